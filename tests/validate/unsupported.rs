//! What a module uses and is not supported: an error when it is loaded, which names it.

use crate::support::{load, module};

/// What loading a module `m` says. The path of its file is cut off.
fn refusal(body: &str) -> String {
    let error = load(&[module("m", body)]).map(drop).unwrap_err().to_string();
    match error.split_once("0.yang") {
        Some((_, rest)) => format!("m.yang{rest}"),
        None => error,
    }
}

#[test]
fn unsupported_types_are_named() {
    assert_eq!(
        refusal("container c { leaf x { type instance-identifier; } }"),
        "YANG modules: the type instance-identifier is not supported (at /m:c/x)"
    );
}

#[test]
fn node_tests_that_yang_has_no_nodes_for() {
    assert_eq!(
        refusal("container c {\n must \"comment()\"; }"),
        "m.yang:3: the node test comment is not supported"
    );
}

/// Checks what is said of a condition, be it in a `must` or a `when`.
fn check(conditions: &[(&str, &str)]) {
    for (condition, message) in conditions {
        let text = condition.replace('\\', "\\\\");
        for statement in ["must", "when"] {
            let body = format!(
                "container c {{ leaf x {{ {statement} \"{text}\"; type string; }} leaf y {{ type string; }} }}"
            );
            assert_eq!(refusal(&body), *message, "{statement} {condition}");
        }
    }
}

#[test]
fn expressions() {
    let refused = |condition: &str, reason: &str| {
        format!("/c/x: the expression \"{condition}\" is not supported: {reason}")
    };
    for (condition, reason) in [
        ("lang('en')", "the function lang() is not supported"),
        (
            "derived-from(., string(../y))",
            "derived-from() with a computed identity is not supported",
        ),
        (
            "derived-from-or-self(., concat('m:', 'a'))",
            "derived-from-or-self() with a computed identity is not supported",
        ),
        (
            "re-match(., ../y)",
            "re-match() with a computed pattern is not supported",
        ),
        ("count(1)", "count() takes a node-set only"),
        ("sum(../y = 1)", "sum() takes a node-set only"),
        ("../y | 'a'", r#""|" joins node-sets only"#),
        ("'a'[1]", "predicates and steps go with a node-set only"),
        ("string(../y)/x", "predicates and steps go with a node-set only"),
    ] {
        check(&[(condition, &refused(condition, reason))]);
    }
}

/// What libyang refuses before we see it.
#[test]
fn expressions_that_are_none() {
    check(&[
        ("$x = 1", r#"YANG modules: Variable "x" not defined"#),
        ("id('x')", r#"m.yang: Unknown XPath function "id". (at /m:c/x)"#),
        (
            "namespace::x",
            "m.yang: Invalid character 'n'[1] of expression 'namespace::x'. (at /m:c/x)",
        ),
        (
            "count(../y, ../y)",
            "m.yang: Invalid number of arguments (2) for the XPath function count. (at /m:c/x)",
        ),
        ("../y +", "m.yang: Unexpected XPath expression end. (at /m:c/x)"),
        (
            "../z:y",
            r#"m.yang: Unknown/non-implemented module "z". (at /m:c/x)"#,
        ),
    ]);
}
