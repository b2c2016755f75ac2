//! What is refused, and how that is told.

use serde_json::{Value, json};

use super::*;

#[test]
fn unreadable_input_of_plan_is_refused() {
    let sandbox = sandbox("{\"PORT\": ");
    run(&sandbox, &["--patch", "nowhere.json"])
        .fails(2, "Error: cannot read nowhere.json: no such file or directory");
    run(&sandbox, &["--patch", "p.json"]).fails(
        1,
        "Error: there is no plan: p.json:1:9: not JSON: the text ends where a value belongs",
    );
    run(&sandbox, &["--target", "p.json"]).fails(
        1,
        "Error: there is no plan: p.json:1:9: not JSON: the text ends where a value belongs",
    );
    let current = |text: &str, reason: &str| {
        sandbox.write("c.json", text);
        sandbox.write("p.json", "[]");
        run(&sandbox, &["--patch", "p.json"]).fails(2, &format!("Error: c.json:1:1: {reason}"));
    };
    current("", "not JSON: there is nothing in it");
    current("[]", "a config is an object of tables, not a list");
    sandbox.write("c.json", SWITCH);
    run(&sandbox, &["--target", "p.json"]).fails(
        1,
        "Error: there is no plan: p.json:1:1: a config is an object of tables, not a list",
    );
    sandbox.write(
        "policy.toml",
        "[create-only]\nPORT = [\"mtu\"]\n\n[interupted-at-once]\nPORT = 1.0\n",
    );
    let run = run(&sandbox, &["--patch", "p.json", "--policy", "policy.toml"]);
    assert_eq!(run.code, Some(2));
    assert!(
        run.last_line()
            .starts_with("Error: policy.toml:4:2: unknown field `interupted-at-once`, expected"),
        "{}",
        run.stderr
    );
}

#[test]
fn operations_that_cannot_be_done() {
    let run = refused(
        r#"[{"op": "remove", "path": "/VLAN/Vlan200"}]"#,
        &["--report", "json"],
        "p.json:1:27: operation 0 (remove /VLAN/Vlan200) cannot be done: there is no /VLAN/Vlan200; did you mean \
         /VLAN/Vlan100?",
    );
    let plan: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(plan["steps"], json!([]));
}

const INVALID: &str = r#"[
  {"op": "replace", "path": "/VLAN/Vlan100/description", "value": "x"},
  {"op": "replace", "path": "/PORT/Ethernet0/mtu", "value": "many"}
]"#;

#[test]
fn invalid_target_is_refused() {
    let reason = "operation 1 (replace /PORT/Ethernet0/mtu): /PORT/Ethernet0/mtu: \"many\" is not a \
                  number (uint16) [InvalidValue]";
    let run = refused(INVALID, &[], reason);
    assert_eq!(run.stdout, "");
    assert!(
        run.stderr.starts_with(
            "operation 1 (replace /PORT/Ethernet0/mtu):\n  ~ PORT|Ethernet0 mtu \"9100\" -> \"many\"\n"
        ),
        "{}",
        run.stderr
    );
    let run = refused(INVALID, &["--report", "json"], reason);
    let plan: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(
        (&plan["steps"], &plan["summary"]["steps"]),
        (&json!([]), &json!(0))
    );
    let found = &plan["diagnostics"][0];
    assert_eq!(
        (&found["pointer"], &found["line"], &found["column"]),
        (&json!("/PORT/Ethernet0/mtu"), &json!(3), &json!(61))
    );
    refused(INVALID, &["--report", "dot"], reason);
    assert_eq!(steps(INVALID, &["--ignore-path", "/PORT/Ethernet0/mtu"]), 1);
    assert_eq!(steps(INVALID, &["--ignore-path", "/localhost/PORT"]), 1);
    refused(INVALID, &["--ignore-path", "/PORT/Ethernet4"], reason);
    refused(INVALID, &["--ignore-path", "/asic0/PORT"], reason);
    let sandbox = sandbox(INVALID);
    self::run(&sandbox, &["--patch", "p.json", "--ignore-path", "PORT"]).fails(
        2,
        "Error: --ignore-path \"PORT\" is no JSON pointer, which begins with \"/\"",
    );
}

#[test]
fn invalid_current_config_is_refused() {
    let sandbox = sandbox(VLAN_REMOVED);
    sandbox.write(
        "c.json",
        SWITCH.replacen("\"mtu\": \"9100\"", "\"mtu\": \"many\"", 1),
    );
    run(&sandbox, &["--patch", "p.json"]).fails(
        1,
        "Error: there is no plan: the config is not valid before the change: /PORT/Ethernet0/mtu: \
         \"many\" is not a number (uint16) [InvalidValue]; --allow-existing plans it anyway",
    );
    let allowed = run(&sandbox, &["--patch", "p.json", "--allow-existing"]);
    assert_eq!(
        (allowed.code, allowed.stderr.as_str()),
        (
            Some(0),
            "warning: the config has 1 error, as it has without the change\n"
        )
    );
    assert_eq!(allowed.stdout, planned(VLAN_REMOVED, &[]));
    run(&sandbox, &["--patch", "p.json", "--ignore-path", "/PORT"]).is_clean();
    // What the change brings is not allowed with it.
    sandbox.write("p.json", INVALID.replace("Ethernet0/mtu", "Ethernet4/mtu"));
    run(&sandbox, &["--patch", "p.json", "--allow-existing"]).fails(
        1,
        "Error: there is no plan: operation 1 (replace /PORT/Ethernet4/mtu): /PORT/Ethernet4/mtu: \"many\" is \
         not a number (uint16) [InvalidValue]; before the change: /PORT/Ethernet0/mtu: \"many\" is not a \
         number (uint16) [InvalidValue]",
    );
}

#[test]
fn tables_without_a_model() {
    let change = r#"[{"op": "add", "path": "/VLANS", "value": {"k": {"f": "1"}}},
        {"op": "remove", "path": "/NEEDS"}]"#;
    refused(
        change,
        &[],
        "p.json:1:24: operation 0 (add /VLANS): no model covers the table \"VLANS\", did you mean \"VLAN\"? \
         (--ignore-non-yang-tables changes it unchecked)",
    );
    let plan = planned_json(change, &["--ignore-non-yang-tables"]);
    assert_eq!(
        plan["steps"][0],
        json!({
            "ops": [{"op": "add", "path": "/VLANS", "value": {"k": {"f": "1"}}}],
            "why": ["VLANS|k: changed unchecked, because no model covers its table"],
            "disrupts": []
        })
    );
    assert_eq!(plan["steps"].as_array().unwrap().len(), 2);
    assert_eq!(plan["diagnostics"][0]["severity"], "warning");
    assert_eq!(planned_json(change, &["--ignore-path", "/VLANS"]), plan);
    refused(
        r#"[{"op": "add", "path": "/MINE", "value": {"k": {"f": 1}}}]"#,
        &["-n"],
        "operation 0 (add /MINE): /MINE/k/f: a number where a string belongs [InvalidValue] (write \"1\")",
    );
}

#[test]
fn change_against_policy_is_refused() {
    refused(
        r#"[{"op": "remove", "path": "/OFFER"}, {"op": "remove", "path": "/PFC_WD/GLOBAL/POLL_INTERVAL"}]"#,
        &[],
        "operation 1 (remove /PFC_WD/GLOBAL/POLL_INTERVAL): /PFC_WD/GLOBAL/POLL_INTERVAL: a change may not remove it \
         without its whole table",
    );
    refused(
        r#"[{"op": "replace", "path": "/ACL_TABLE/DATAACL/type", "value": "L3V6"},
            {"op": "remove", "path": "/ACL_RULE"}]"#,
        &[],
        "operation 1 (remove /ACL_RULE): /ACL_TABLE/DATAACL/type: it does not change together with entries \
         of ACL_RULE: change one after the other",
    );
}

#[test]
fn cycles_are_refused_with_their_entries() {
    refused(
        r#"[{"op": "add", "path": "/RING", "value": {"r": {}}},
            {"op": "add", "path": "/RING_MEMBER", "value": {"r|m": {}}}]"#,
        &[],
        "no order of these changes is safe: RING|r; RING_MEMBER|r|m; what could be done next would bring: \
         /RING/r: this must hold: there is RING_MEMBER|<name>|* [Must]",
    );
}
