//! Identityrefs.

use crate::support::{Model, check_config_db, module};

/// Two modules that define animals, and a third that names them.
fn animals() -> Model {
    let base = "identity animal; identity small;
        identity cat { base animal; base small; }
        identity kitten { base cat; }
        identity horse { base animal; }
        identity mouse { base small; }
        identity fish { base animal; }";
    let more = "import base { prefix b; }
        identity dog { base b:animal; } identity fish { base b:animal; }";
    let body = "import base { prefix b; }
        identity ant { base b:animal; base b:small; }
        container m { container T { list T_LIST { key pet;
            leaf pet { type identityref { base b:animal; } }
            leaf tiny { type identityref { base b:animal; base b:small; } } } } }";
    Model::of(&[module("base", base), module("more", more), module("m", body)])
}

#[test]
fn identities_are_named_with_their_module() {
    let refused = |name: &str| format!("InvalidValue: {name:?} is not an identity that is allowed here");
    let cases: [(&str, &str, Option<String>); 12] = [
        ("pet", "base:cat", None),
        ("pet", "base:kitten", None),
        ("pet", "more:dog", None),
        ("pet", "m:ant", None),
        ("pet", "ant", None),
        (
            "pet",
            "cat",
            Some(
                "InvalidValue: \"cat\" is an identity of the module base, whose name must stand in front"
                    .to_owned(),
            ),
        ),
        ("pet", "more:cat", Some(refused("more:cat"))),
        ("pet", "base:animal", Some(refused("base:animal"))),
        ("pet", "base:mouse", Some(refused("base:mouse"))),
        ("tiny", "base:kitten", None),
        ("tiny", "base:horse", Some(refused("base:horse"))),
        ("tiny", "base:mouse", Some(refused("base:mouse"))),
    ];
    let model = animals();
    for (leaf, name, expected) in cases {
        let entry = match leaf {
            "pet" => format!(r#"{{"pet": "{name}"}}"#),
            _ => format!(r#"{{"pet": "ant", "{leaf}": "{name}"}}"#),
        };
        let found = model.yang(&format!(r#"{{"m:m": {{"T": {{"T_LIST": [{entry}]}}}}}}"#));
        let shown = found.first().map(|d| format!("{}: {}", d.rule, d.message));
        assert_eq!(shown, expected, "{leaf} {name}");
    }
}

#[test]
fn config_db_names_identities_as_yang_json_does() {
    check_config_db(
        &animals(),
        &[
            (
                r#"{"T": {"base:cat": {"tiny": "base:kitten"}, "ant": {}, "m:ant": {}, "more:dog": {"tiny": "ant"}}}"#,
                &["Duplicate /T/m:ant"],
            ),
            (
                r#"{"T": {"cat": {"tiny": "kitten"}}}"#,
                &[
                    r#"InvalidValue /T/cat: "cat" is an identity of the module base, whose name must stand in front"#,
                    "InvalidValue /T/cat/tiny",
                ],
            ),
            (r#"{"T": {"base:fish": {}, "more:fish": {}}}"#, &[]),
            (r#"{"T": {"fish": {}}}"#, &["InvalidValue /T/fish"]),
            (
                r#"{"T": {"mouse": {}, "animal": {}, "dogg": {}}}"#,
                &[
                    "InvalidValue /T/mouse",
                    "InvalidValue /T/animal",
                    "InvalidValue /T/dogg",
                ],
            ),
        ],
    );
    let found = animals().config_db(r#"{"T": {"kittn": {}}}"#);
    assert_eq!(
        found[0].hint.as_deref(),
        Some(
            "did you mean \"base:kitten\"? allowed: base:cat, base:kitten, base:horse, base:fish, ant, more:dog, more:fish"
        )
    );
    let found = animals().config_db(r#"{"T": {"cat": {}}}"#);
    assert_eq!(found[0].hint.as_deref(), Some("write \"base:cat\""));
}
