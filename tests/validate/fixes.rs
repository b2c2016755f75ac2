//! Machine-applicable fixes: what is offered, and that a config is better with it.

use std::collections::HashSet;

use serde_json::Value;
use sonicfg::policy::Policy;
use sonicfg::schema::{Schema, Sources};
use sonicfg::validate::{Diagnostic, DiagnosticKey, Fix};

use crate::support::{Model, module};

/// The built-in models, and those of a small switch.
fn switch() -> Model {
    let mut sources = Sources::shipped();
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/yang-rules");
    sources.add_dir(fixtures.as_ref()).unwrap();
    Model {
        schema: Schema::load(&sources, None).unwrap().schema,
        policy: Policy::shipped(),
    }
}

/// Makes a fix in the text and in the value, which come out the same; gives the text.
#[track_caller]
fn applied(fix: &Fix, text: &str) -> String {
    let mended = fix.apply_to_text(text).unwrap();
    let mut value: Value = serde_json::from_str(text).unwrap();
    let patch: json_patch::Patch = serde_json::from_value(fix.to_patch()).unwrap();
    json_patch::patch(&mut value, &patch).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&mended).unwrap(), value, "{mended}");
    mended
}

/// Checks that a document has one fix, what it does, and the text after it; that the finding is gone then, and that no
/// other one is there instead.
#[track_caller]
fn fixed(validate: impl Fn(&str) -> Vec<Diagnostic>, text: &str, description: &str, mended: &str) {
    let found = validate(text);
    let fixes: Vec<&Diagnostic> = found.iter().filter(|one| one.fix.is_some()).collect();
    let [one] = fixes[..] else {
        panic!("{text}\n{found:#?}");
    };
    let fix = one.fix.as_deref().unwrap();
    assert_eq!(fix.description, description);
    let text_after = applied(fix, text);
    assert_eq!(text_after, mended);
    let keys =
        |found: &[Diagnostic]| -> HashSet<DiagnosticKey> { found.iter().map(DiagnosticKey::of).collect() };
    let (before, after) = (keys(&found), keys(&validate(&text_after)));
    assert!(!after.contains(&DiagnosticKey::of(one)), "{after:#?}");
    assert!(after.is_subset(&before), "{before:#?}\n{after:#?}");
}

/// Checks that a config has findings, and that none has a fix.
#[track_caller]
fn unfixed(model: &Model, text: &str) {
    let found = model.config_db(text);
    assert!(!found.is_empty(), "{text}");
    for one in found {
        assert_eq!(one.fix, None, "{text}");
    }
}

#[test]
fn a_value_that_can_mean_one_thing() {
    let model = switch();
    for (field, wrong, right) in [
        ("admin_status", r#""Up""#, r#""up""#),
        ("admin_status", r#""dwon""#, r#""down""#),
        ("admin_status", r#"" up""#, r#""up""#),
        ("autoneg", r#""ON\n""#, r#""on""#),
        ("mtu", r#""0900""#, r#""900""#),
        ("mtu", "9100", r#""9100""#),
    ] {
        let config =
            |value: &str| format!(r#"{{"PORT": {{"Ethernet0": {{"lanes": "1,2", "{field}": {value}}}}}}}"#);
        let description = format!("write {right}");
        fixed(
            |text| model.config_db(text),
            &config(wrong),
            &description,
            &config(right),
        );
    }
    for wrong in [r#"[" 192.0.2.1"]"#, r#"["192.0.2.1\t"]"#] {
        let config = |value: &str| format!(r#"{{"VLAN": {{"Vlan7": {{"dhcp_servers": {value}}}}}}}"#);
        fixed(
            |text| model.config_db(text),
            &config(wrong),
            r#"write "192.0.2.1""#,
            &config(r#"["192.0.2.1"]"#),
        );
    }
}

#[test]
fn a_list_that_was_written_as_one_value() {
    let model = switch();
    let servers = |value: &str| format!(r#"{{"VLAN": {{"Vlan7": {{"dhcp_servers": {value}}}}}}}"#);
    fixed(
        |text| model.config_db(text),
        &servers(r#""192.0.2.1""#),
        r#"write ["192.0.2.1"]"#,
        &servers(r#"["192.0.2.1"]"#),
    );
    let config = |value: &str| {
        format!(
            r#"{{"PORT": {{"Ethernet0": {{"lanes": "1,2", "autoneg": "on", "adv_speeds": ["1", {value}]}}}}}}"#
        )
    };
    fixed(
        |text| model.config_db(text),
        &config("40000"),
        r#"write "40000""#,
        &config(r#""40000""#),
    );
}

#[test]
fn words_of_other_types() {
    let body = "identity color; identity red { base color; } identity green { base color; }
        leaf b { type boolean; }
        leaf c { type identityref { base color; } }
        leaf u { type union { type enumeration { enum auto; enum off; } type uint8; } }";
    let model = Model::of(&[module("m", body)]);
    for (name, wrong, right) in [
        ("b", "True", "true"),
        ("b", " false", "false"),
        ("c", "Red", "red"),
        ("c", "gren", "green"),
        ("u", "AUTO", "auto"),
    ] {
        let document = |value: &str| format!(r#"{{"m:{name}": "{value}"}}"#);
        let description = format!("write {right:?}");
        fixed(
            |text| model.yang(text),
            &document(wrong),
            &description,
            &document(right),
        );
    }
    // Another member of the union may be meant.
    for text in [r#"{"m:u": "atuo"}"#, r#"{"m:b": "yes"}"#, r#"{"m:c": "blue"}"#] {
        let found = model.yang(text);
        assert_eq!((found.len(), &found[0].fix), (1, &None), "{text}");
    }
}

#[test]
fn a_name_that_can_mean_one_thing() {
    let model = switch();
    let validate = |text: &str| model.config_db(text);
    fixed(
        validate,
        r#"{"FEATURE": {"bgp": {"sate": "enabled"}}}"#,
        r#"rename "sate" to "state""#,
        r#"{"FEATURE": {"bgp": {"state": "enabled"}}}"#,
    );
    fixed(
        validate,
        "{\"FEATURES\": {\"bgp\": {\"state\": \"enabled\"}},\n \"VRF\": {\"Vrf1\": {}}}",
        r#"rename "FEATURES" to "FEATURE""#,
        "{\"FEATURE\": {\"bgp\": {\"state\": \"enabled\"}},\n \"VRF\": {\"Vrf1\": {}}}",
    );
    // The field is there already; its type does not take the value; the table has no such fields.
    unfixed(
        &model,
        r#"{"FEATURE": {"bgp": {"sate": "enabled", "state": "disabled"}}}"#,
    );
    unfixed(
        &model,
        r#"{"PORT": {"Ethernet0": {"lanes": "1", "admin_statu": "x"}}}"#,
    );
    unfixed(&model, r#"{"FEATURES": {"bgp": {"zzz": "enabled"}}}"#);
    unfixed(&model, r#"{"FEATURES": {"bgp": {}}, "FEATURE": {"a": {}}}"#);
}

#[test]
fn what_is_too_much_is_removed() {
    let model = switch();
    let validate = |text: &str| model.config_db(text);
    for (wrong, right) in [
        (r#""192.0.2.1", "192.0.2.1""#, r#""192.0.2.1""#),
        (
            r#""192.0.2.1", "192.0.2.1", "192.0.2.2""#,
            r#""192.0.2.1", "192.0.2.2""#,
        ),
    ] {
        let config = |elements: &str| format!(r#"{{"VLAN": {{"Vlan7": {{"dhcp_servers": [{elements}]}}}}}}"#);
        fixed(validate, &config(wrong), "remove it", &config(right));
    }
    fixed(validate, r#"{ "VLAN": {} }"#, "remove it", "{}");
    fixed(
        validate,
        "{\n  \"VLAN\": {},\n  \"VRF\": {\"Vrf1\": {}}\n}",
        "remove it",
        "{\n  \"VRF\": {\"Vrf1\": {}}\n}",
    );
    fixed(
        validate,
        "{\n  \"VRF\": {\"Vrf1\": {}},\n  \"VLAN\": {}\n}",
        "remove it",
        "{\n  \"VRF\": {\"Vrf1\": {}}\n}",
    );
}

#[test]
fn a_retired_field_becomes_its_flag() {
    let model = switch();
    let validate = |text: &str| model.config_db(text);
    let description = r#"set SYSTEM_DEFAULTS|default_bgp_status to "down" and remove the field"#;
    fixed(
        validate,
        r#"{"DEVICE_METADATA": {"localhost": {"default_bgp_status": "down"}}}"#,
        description,
        r#"{"DEVICE_METADATA": {"localhost": {}}, "SYSTEM_DEFAULTS": {"default_bgp_status": {"status": "down"}}}"#,
    );
    fixed(
        validate,
        "{\n  \"SYSTEM_DEFAULTS\": {\n    \"buffer_model\": {\"status\": \"dynamic\"}\n  },\n  \"DEVICE_METADATA\": {\n    \
         \"localhost\": {\n      \"default_bgp_status\": \"down\",\n      \"hostname\": \"a\"\n    }\n  }\n}\n",
        description,
        "{\n  \"SYSTEM_DEFAULTS\": {\n    \"buffer_model\": {\"status\": \"dynamic\"},\n    \
         \"default_bgp_status\": {\"status\": \"down\"}\n  },\n  \"DEVICE_METADATA\": {\n    \
         \"localhost\": {\n      \"hostname\": \"a\"\n    }\n  }\n}\n",
    );
    // The flag is set: which of them counts is not certain. A value without a status has none to write.
    unfixed(
        &model,
        r#"{"SYSTEM_DEFAULTS": {"default_bgp_status": {"status": "up"}}, "DEVICE_METADATA": {"localhost": {"default_bgp_status": "down"}}}"#,
    );
    unfixed(
        &model,
        r#"{"DEVICE_METADATA": {"localhost": {"default_bgp_status": "sideways"}}}"#,
    );
}

#[test]
fn a_reference_in_another_case() {
    let model = switch();
    let config = |port: &str| {
        format!(
            r#"{{"PORT": {{"Ethernet0": {{"lanes": "1"}}}}, "ACL_TABLE": {{"a": {{"ports": ["{port}"]}}}}}}"#
        )
    };
    unfixed(&model, &config("Ethernet4"));
    let vlans = |name: &str| format!(r#"{{"m:vlan": [{{"name": "Vlan1"}}], "m:to": "{name}"}}"#);
    let body = "list vlan { key name; leaf name { type string; } }
        leaf to { type leafref { path \"/m:vlan/m:name\"; } }";
    let lists = Model::of(&[module("m", body)]);
    fixed(
        |text| lists.yang(text),
        &vlans("vlan1 "),
        r#"write "Vlan1""#,
        &vlans("Vlan1"),
    );
}

#[test]
fn a_key_is_not_fixed() {
    let model = switch();
    unfixed(
        &model,
        r#"{"PORT": {"Ethernet0": {"lanes": "1"}}, "VLAN": {"Vlan1": {}}, "VLAN_MEMBER": {"vlan1|Ethernet0": {}}}"#,
    );
}

#[test]
fn secrets_have_no_fixes() {
    let body = "container m { container TACPLUS { container global { leaf passkey { type enumeration { enum hunter2; } }
            leaf timeout { type uint8; } } }
        container SNMP_COMMUNITY { list SNMP_COMMUNITY_LIST { key name; leaf name { type string; }
            leaf TYPE { type enumeration { enum RO; enum RW; } } } } }";
    let model = Model::of(&[module("m", body)]).with_shipped_policy();
    for text in [
        r#"{"TACPLUS": {"global": {"passkey": "Hunter2"}}}"#,
        r#"{"SNMP_COMMUNITY": {"hunter2": {"TYPE": "ro"}}}"#,
    ] {
        let found = model.config_db(text);
        assert_eq!(found.len(), 1, "{found:#?}");
        assert_eq!(found[0].fix, None);
        assert!(
            !format!("{found:?}").to_lowercase().contains("hunter"),
            "{found:?}"
        );
    }
    // Fields that are not secret have them.
    let text = r#"{"TACPLUS": {"global": {"timeout": 5}}}"#;
    assert!(model.config_db(text)[0].fix.is_some());
}

#[test]
fn a_config_without_text_has_patches_alone() {
    let model = switch();
    let value = serde_json::json!({"FEATURE": {"bgp": {"sate": "enabled"}}});
    let config = sonicfg::config::Config::from_value("c", &value);
    let report = sonicfg::validate::validate(&model.schema, &model.policy, &config);
    let fix = report.diagnostics[0].fix.as_deref().unwrap();
    assert!(fix.replacements.is_empty());
    assert_eq!(
        fix.to_patch(),
        serde_json::json!([{"op": "move", "from": "/FEATURE/bgp/sate", "path": "/FEATURE/bgp/state"}])
    );
}

#[test]
fn many_mistakes_do_not_take_long() {
    let model = switch();
    let elements = vec!["\"192.0.2.1\""; 50_000].join(",");
    let start = std::time::Instant::now();
    let found = model.config_db(&format!(
        r#"{{"VLAN": {{"Vlan7": {{"dhcp_servers": [{elements}]}}}}}}"#
    ));
    assert!(start.elapsed().as_secs() < 30, "{:?}", start.elapsed());
    assert_eq!(found.len(), 49_999);
    let fixes = found.iter().filter(|one| one.fix.is_some()).count();
    assert!((1..=1_000).contains(&fixes), "{fixes}");
}
