//! Names, values and references of earlier releases: what is written now, and the correction.

use sonicfg::config::Source;
use sonicfg::policy::Policy;
use sonicfg::validate::Diagnostic;

use crate::support::{Model, module};

const MODEL: &str = "container m {
    container POOL { list POOL_LIST { key name;
        leaf name { type string { pattern '[-a-zA-Z0-9.|\\[\\]]+'; } } } }
    container LINK { list LINK_LIST { key name;
        leaf name { type string; }
        leaf members { type string; }
        leaf mode { type enumeration { enum slow; enum fast; } }
        leaf pool { type leafref { path '/m:m/m:POOL/m:POOL_LIST/m:name'; } }
        leaf short { type leafref { path '/m:m/m:SHORT/m:SHORT_LIST/m:name'; } }
        leaf any { type union { type leafref { path '/m:m/m:POOL/m:POOL_LIST/m:name'; } type uint8; } } } }
    container SHORT { list SHORT_LIST { key name; leaf name { type string { pattern '[a-z]+'; } } } } }";

const POLICY: &str = r#"
    references.plain-since = "202111"
    [renames]
    UPLINKS = { to = "LINK", since = "202405" }
    "LINK.ports" = { to = "members", since = "202411" }
    "LINK.timer" = { removed = true }
    "LINK.mode" = { values = { "0" = "slow" } }
"#;

fn model() -> Model {
    let mut model = Model::of(&[module("m", MODEL)]);
    model.policy = Policy::parse(&Source::new("p.toml", POLICY)).unwrap();
    model
}

/// The finding of a config, its hint, and what its fix does.
#[track_caller]
fn advice(config: &str) -> (String, String, Option<String>) {
    let found = model().config_db(config);
    let [one] = &found[..] else { panic!("{found:#?}") };
    let Diagnostic {
        message, hint, fix, ..
    } = one.clone();
    (message, hint.unwrap(), fix.map(|fix| fix.description))
}

fn owned(message: &str, hint: &str, fix: Option<&str>) -> (String, String, Option<String>) {
    (message.to_owned(), hint.to_owned(), fix.map(str::to_owned))
}

#[test]
fn tables_fields_and_values() {
    assert_eq!(
        advice(r#"{"UPLINKS": {"a": {"members": "x"}}}"#),
        owned(
            r#"no model covers the table "UPLINKS": it is not checked"#,
            r#"its name is "LINK" since release 202405"#,
            Some(r#"rename "UPLINKS" to "LINK""#)
        )
    );
    assert_eq!(
        advice(r#"{"LINK": {"a": {"ports": "x"}}}"#),
        owned(
            r#"there is no field "ports" here"#,
            r#"its name is "members" since release 202411"#,
            Some(r#"rename "ports" to "members""#)
        )
    );
    let both = advice(r#"{"LINK": {"a": {"ports": "x", "members": "x"}}}"#);
    assert_eq!(
        both.1,
        r#"remove it: its name is "members" since release 202411, which is set too"#
    );
    assert_eq!(both.2, None);
    assert_eq!(
        advice(r#"{"LINK": {"a": {"timer": "x"}}}"#),
        owned(
            r#"there is no field "timer" here"#,
            "remove the field: it is not there any more",
            Some("remove it")
        )
    );
    assert_eq!(
        advice(r#"{"LINK": {"a": {"mode": "0"}}}"#),
        owned(
            r#""0" is not a value of this enumeration"#,
            r#"write "slow""#,
            Some(r#"write "slow""#)
        )
    );
}

#[test]
fn references_with_their_table() {
    for written in ["[POOL|a]", "POOL|a", "[POOL|b]"] {
        let config = format!(r#"{{"POOL": {{"a": {{}}}}, "LINK": {{"a": {{"pool": {written:?}}}}}}}"#);
        let (message, hint, fix) = advice(&config);
        let name = &written.trim_matches(['[', ']'])[5..];
        assert!(
            message.starts_with(&format!("{written:?} refers to nothing: it is not in POOL")),
            "{message}"
        );
        assert_eq!(
            hint,
            format!("write {name:?}: references are names alone since release 202111")
        );
        assert_eq!(fix, Some(format!("write {name:?}")));
    }
    // The type of the target does not take the brackets.
    let (message, hint, fix) = advice(r#"{"SHORT": {"x": {}}, "LINK": {"a": {"short": "[SHORT|x]"}}}"#);
    assert!(message.starts_with(r#""[SHORT|x]" does not match"#), "{message}");
    assert_eq!(
        hint,
        r#"write "x": references are names alone since release 202111"#
    );
    assert_eq!(fix.as_deref(), Some(r#"write "x""#));
    let (_, hint, _) = advice(r#"{"POOL": {"a": {}}, "LINK": {"a": {"any": "[POOL|a]"}}}"#);
    assert_eq!(
        hint,
        r#"write "a": references are names alone since release 202111"#
    );
    // Another table's reference is none of this leaf.
    let found = model().config_db(r#"{"POOL": {"a": {}}, "LINK": {"a": {"pool": "[LINK|a]"}}}"#);
    assert_eq!((&found[0].hint, &found[0].fix), (&None, &None));
}

#[test]
fn a_rename_says_one_thing() {
    let refused = |text: &str| {
        let source = Source::new("p.toml", text);
        Policy::parse(&source).unwrap_err().to_string()
    };
    let told = refused("[renames]\nA = { values = { x = \"y\" } }\n");
    assert!(told.contains("\"A\" is a table"), "{told}");
    for keys in ["since = \"202405\"", "to = \"c\", removed = true"] {
        let told = refused(&format!("[renames]\n\"A.b\" = {{ {keys} }}\n"));
        assert_eq!(
            told,
            "p.toml:2:9: a rename has one of `to`, `removed = true` and `values`"
        );
    }
}

#[test]
fn the_shipped_policy_knows_what_releases_renamed() {
    let policy = Policy::shipped();
    let to = |table: &str, field: &str| {
        policy
            .renamed_field(table, field)
            .and_then(|rename| rename.to.clone())
    };
    assert_eq!(to("FEATURE", "has_timer").as_deref(), Some("delayed"));
    assert_eq!(to("FEATURE", "status").as_deref(), Some("state"));
    assert_eq!(policy.renamed_field("PORT", "autoneg").unwrap().values["1"], "on");
    assert_eq!(
        policy.renamed_table("PFC_WD_TABLE").unwrap().to.as_deref(),
        Some("PFC_WD")
    );
}
