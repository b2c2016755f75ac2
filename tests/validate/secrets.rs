//! Values of secret fields and keys, which no message, hint or pointer may show.

use sonicfg::validate::Diagnostic;

use crate::support::{Model, module};

/// A value that is easy to find.
const SECRET: &str = "hunter2";

fn model() -> Model {
    let tacacs = "container sonic-tacacs { container TACPLUS { container global {
        leaf passkey { type string { length 1..5; } } leaf timeout { type uint8; } leaf-list old_passkeys { type string; max-elements 2; }
        leaf key_passkey { type leafref { path /sonic-tacacs/SNMP_USER/SNMP_USER_LIST/passkey; } }
        must \"not(passkey = 'hunter2')\"; } }
      container SNMP_USER { list SNMP_USER_LIST { key name; unique passkey; leaf name { type string; }
        leaf community { type leafref { path /sonic-tacacs/SNMP_COMMUNITY/SNMP_COMMUNITY_LIST/name; } }
        leaf passkey { type string { pattern '[a-z0-9]+'; } }
        leaf auth_password { type enumeration { enum none; enum hunter3; } } } }
      container SNMP_COMMUNITY { list SNMP_COMMUNITY_LIST { key name;
        leaf name { type string { length 1..10; pattern '[a-z0-9]*'; } } leaf TYPE { type enumeration { enum RO; enum RW; } mandatory true; } } } }";
    Model::of(&[module("sonic-tacacs", tacacs)]).with_shipped_policy()
}

/// Findings as `Rule /pointer: message`; none of their texts may hold the secret.
fn findings(document: &str) -> Vec<String> {
    let found = model().config_db(document);
    let show = |d: &Diagnostic| format!("{} {}: {}", d.rule, d.pointer, d.message);
    for finding in &found {
        let all = format!(
            "{finding} {:?} {:?} {}",
            finding.hint, finding.app_tag, finding.yang_path
        );
        assert!(!all.contains(SECRET), "{all}");
    }
    found.iter().map(show).collect()
}

#[test]
fn secret_fields_are_masked() {
    assert_eq!(
        findings(r#"{"TACPLUS": {"global": {"passkey": "hunter2!"}}}"#),
        ["Length /TACPLUS/global/passkey: (a secret value) is 8 characters long, which is not allowed"]
    );
    assert_eq!(
        findings(r#"{"TACPLUS": {"global": {"passkey": ["hunter2"], "old_passkeys": "hunter2"}}}"#),
        [
            "InvalidValue /TACPLUS/global/passkey: a list where a string belongs",
            "InvalidValue /TACPLUS/global/old_passkeys: a string where a list of strings belongs",
        ]
    );
    assert_eq!(
        findings(r#"{"TACPLUS": {"global": {"old_passkeys": ["hunter2", "hunter2", "x"]}}}"#),
        [
            "Duplicate /TACPLUS/global/old_passkeys/1: (a secret value) is in the list already",
            r#"MaxElements /TACPLUS/global/old_passkeys/2: 3 of "old_passkeys"; at most 2 are allowed"#,
        ]
    );
    assert_eq!(
        findings(r#"{"SNMP_USER": {"a": {"passkey": "hunter2-"}, "b": {"auth_password": "hunter2"}}}"#),
        [
            "Pattern /SNMP_USER/a/passkey: (a secret value) does not match the pattern '[a-z0-9]+'",
            "InvalidValue /SNMP_USER/b/auth_password: (a secret value) is not a value of this enumeration",
        ]
    );
    assert_eq!(
        findings(r#"{"SNMP_USER": {"a": {"passkey": "hunter2"}, "b": {"passkey": "hunter2"}}}"#),
        [
            r#"Unique /SNMP_USER/b: Unique data leaf(s) "passkey" not satisfied: another entry has the same passkey"#
        ]
    );
}

#[test]
fn of_numbers() {
    let model = Model::of(&[module(
        "sonic-a",
        "container sonic-a { container A { container g { leaf a_secret { type uint8; } leaf b_secret { type string; } } } }",
    )])
    .with_shipped_policy();
    let found = model.config_db(r#"{"A": {"g": {"a_secret": 4711, "b_secret": 4711}}}"#);
    assert_eq!(found.len(), 2);
    assert!(!format!("{found:?}").contains("4711"), "{found:?}");
    let found = model.config_db(r#"{"A": {"g": {"a_secret": "4711"}}}"#);
    assert!(!format!("{found:?}").contains("4711"), "{found:?}");
}

#[test]
fn secret_keys_are_masked() {
    assert_eq!(
        findings(
            r#"{"SNMP_COMMUNITY": {"hunter2": {"TYPE": "RX"}, "hunter2-": {"TYPE": "RO"}, "hunter2a": {}}}"#
        ),
        [
            r#"InvalidValue /SNMP_COMMUNITY/****/TYPE: "RX" is not a value of this enumeration"#,
            "Pattern /SNMP_COMMUNITY/****: (a secret value) does not match the pattern '[a-z0-9]*'",
            r#"Mandatory /SNMP_COMMUNITY/****: "TYPE" is missing; it is mandatory"#,
        ]
    );
    assert_eq!(
        findings(r#"{"SNMP_COMMUNITY": {"hunter2|x": {}, "hunter2": []}}"#),
        [
            r#"ListKey /SNMP_COMMUNITY/****: a key of 2 parts does not fit the table "SNMP_COMMUNITY""#,
            "InvalidJSON /SNMP_COMMUNITY/****: a list where an object of fields belongs",
        ]
    );
}

#[test]
fn of_targets_of_references() {
    // The target is secret, and so is what was meant to be it.
    assert_eq!(
        findings(
            r#"{"SNMP_COMMUNITY": {"hunter2": {"TYPE": "RO"}}, "SNMP_USER": {"a": {"community": "hunter2a"}}}"#
        ),
        [
            "LeafRef /SNMP_USER/a/community: (a secret value) refers to nothing: it is not in SNMP_COMMUNITY \
            (/sonic-tacacs:sonic-tacacs/SNMP_COMMUNITY/SNMP_COMMUNITY_LIST/name)"
        ]
    );
    assert_eq!(
        findings(r#"{"SNMP_USER": {"a": {"passkey": "hunter2"}}, "TACPLUS": {"global": {"key_passkey": "hunter2a"}}}"#).len(),
        1
    );
}

#[test]
fn in_yang_json() {
    let found = model().yang(
        r#"{"sonic-tacacs:sonic-tacacs": {"SNMP_COMMUNITY": {"SNMP_COMMUNITY_LIST": [{"name": "hunter2-", "TYPE": "RO"}]},
            "TACPLUS": {"global": {"passkey": "hunter2"}}}}"#,
    );
    let shown: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(shown.len(), 2, "{shown:?}");
    assert!(!shown.concat().contains(SECRET), "{shown:?}");
}
