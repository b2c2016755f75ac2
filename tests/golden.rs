//! Golden configs: whole tables that are laid over a config, in `load`, `plan` and `validate`.

#![allow(clippy::unwrap_used)]

mod common;

use common::cli::{Run, Sandbox, fixture};
use serde_json::{Value, json};

/// A small switch: ports with VLAN and PortChannel members, buffers, an ACL, BGP neighbours.
const SWITCH: &str = include_str!("../fixtures/plan/config_db.json");

const GOLDEN: &str = r#"{
  "VLAN": {"Vlan100": {"description": "clients"}, "Vlan200": {}},
  "VLAN_MEMBER": {"Vlan200|Ethernet4": {"tagging_mode": "tagged"}},
  "ACL_RULE": {},
  "ACL_TABLE": {}
}"#;

fn sandbox(golden: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("c.json", SWITCH);
    sandbox.write("g.json", golden);
    sandbox
}

fn run(sandbox: &Sandbox, command: &[&str]) -> Run {
    let models = fixture("yang-plan");
    sandbox.run(command.iter().chain(&["--yang-dir", models.as_str()]))
}

fn load(sandbox: &Sandbox, options: &[&str]) -> Run {
    let command = ["load", "--golden", "g.json", "--config", "c.json"];
    run(sandbox, &[&command, options].concat())
}

fn config(sandbox: &Sandbox, name: &str) -> Value {
    serde_json::from_str(&sandbox.read(name)).unwrap()
}

#[test]
fn tables_of_a_golden_config_replace_those_of_the_store() {
    let sandbox = sandbox(GOLDEN);
    let dry = load(&sandbox, &["--dry-run"]);
    dry.is_clean();
    assert_eq!(
        dry.stdout,
        "~ VLAN|Vlan100 description \"servers\" -> \"clients\"\n\
         + VLAN|Vlan200\n\
         - VLAN_MEMBER|Vlan100|Ethernet0 {\"tagging_mode\": \"untagged\"}\n\
         - VLAN_MEMBER|Vlan100|Ethernet4 {\"tagging_mode\": \"untagged\"}\n\
         + VLAN_MEMBER|Vlan200|Ethernet4 {\"tagging_mode\": \"tagged\"}\n\
         - ACL_TABLE|DATAACL {\"type\": \"L3\", \"ports\": [\"Ethernet0\",\"Ethernet8\"]}\n\
         - ACL_RULE|DATAACL|R1 {\"action\": \"DROP\"}\n"
    );
    assert_eq!(sandbox.read("c.json"), SWITCH);
    let planned = run(
        &sandbox,
        &[
            "plan",
            "--golden",
            "g.json",
            "--current",
            "c.json",
            "--report",
            "json",
        ],
    );
    planned.is_clean();
    let planned: Value = serde_json::from_str(&planned.stdout).unwrap();
    assert_eq!(planned["summary"]["entries_changed"], 7);
    let validated = run(
        &sandbox,
        &["validate", "g.json", "--input", "golden", "--base", "c.json"],
    );
    validated.is_clean();
    let done = load(&sandbox, &[]);
    done.is_clean();
    assert_eq!(done.stdout, "Golden config loaded successfully.\n");
    let mut expected: Value = serde_json::from_str(SWITCH).unwrap();
    let golden: Value = serde_json::from_str(GOLDEN).unwrap();
    for table in ["VLAN", "VLAN_MEMBER"] {
        expected[table] = golden[table].clone();
    }
    for table in ["ACL_RULE", "ACL_TABLE"] {
        expected.as_object_mut().unwrap().shift_remove(table);
    }
    assert_eq!(config(&sandbox, "c.json"), expected);
    // Again, it changes nothing.
    assert_eq!(load(&sandbox, &["--dry-run"]).stdout, "no change\n");
}

#[test]
fn errors_are_shown_in_the_golden_config() {
    let sandbox = sandbox(
        "{\n  \"VLAN\": {\"Vlan200\": {\"description\": \"x\"}},\n  \"UPLINK\": {\"u\": {\"port\": \"Ethernet99\"}}\n}",
    );
    let rejected = load(&sandbox, &[]);
    rejected.fails(1, "Error: config rejected, nothing was changed (3 errors)");
    for place in ["--> g.json:3:28", "--> c.json:10:6"] {
        assert!(rejected.stderr.contains(place), "{}", rejected.stderr);
    }
    let found = run(
        &sandbox,
        &["validate", "g.json", "--input", "golden", "--base", "c.json"],
    );
    assert_eq!(found.code, Some(1));
    assert!(found.stdout.contains("--> g.json:3:28"), "{}", found.stdout);
    assert_eq!(sandbox.read("c.json"), SWITCH);
    let alone = run(&sandbox, &["validate", "g.json", "--input", "golden"]);
    alone.fails(
        2,
        "Error: g.json is a golden config: name the config it is to change with --base",
    );
}

#[test]
fn each_asic_has_a_part() {
    let sandbox = sandbox(
        r#"{"localhost": {"ACL_RULE": {}}, "asic1": {"BGP_NEIGHBOR": {"10.0.0.9": {"asn": "65009"}}}}"#,
    );
    let whole: Value = serde_json::from_str(SWITCH).unwrap();
    for name in ["c0.json", "c1.json"] {
        sandbox.write(name, SWITCH);
    }
    let asics = ["--config", "asic0=c0.json", "--config", "asic1=c1.json"];
    let bases = [
        "--base",
        "c.json",
        "--base",
        "asic0=c0.json",
        "--base",
        "asic1=c1.json",
    ];
    run(
        &sandbox,
        &[&["validate", "g.json", "--input", "golden"], &bases[..]].concat(),
    )
    .is_clean();
    let done = load(&sandbox, &asics);
    done.is_clean();
    let changed = ["c.json", "c0.json", "c1.json"].map(|name| config(&sandbox, name));
    assert_eq!(changed[0].get("ACL_RULE"), None);
    assert_eq!(changed[0]["BGP_NEIGHBOR"], whole["BGP_NEIGHBOR"]);
    assert_eq!(changed[1], whole);
    assert_eq!(changed[2]["BGP_NEIGHBOR"], json!({"10.0.0.9": {"asn": "65009"}}));
    assert_eq!(changed[2]["ACL_RULE"], whole["ACL_RULE"]);
    sandbox.write("g.json", r#"{"asic1": {"ACL_RULE": {}}}"#);
    load(&sandbox, &asics).fails(
        1,
        "Error: config rejected, nothing was changed: g.json:1:1: there is no \"localhost\", the config of the host",
    );
    sandbox.write("g.json", r#"{"ACL_RULE": {}}"#);
    assert_eq!(load(&sandbox, &asics).code, Some(1));
    // Nothing in it changes nothing.
    sandbox.write("g.json", "{}");
    assert_eq!(
        load(
            &sandbox,
            &[&asics[..], &["--dry-run", "--report", "concise"]].concat()
        )
        .code,
        Some(0)
    );
}

#[test]
fn golden_config_is_laid_over_layers() {
    let sandbox = sandbox(r#"{"PORT": {"Ethernet0": {"lanes": "1,2,3,4"}}, "VLAN": {}}"#);
    sandbox.write(
        "i.json",
        r#"{"PORT": {"Ethernet4": {"lanes": "5"}}, "VLAN": {"Vlan1": {}}}"#,
    );
    sandbox.write(
        "d.json",
        r#"{"PORT": {"Ethernet8": {"lanes": "6"}}, "VRF": {"Vrf1": {}}}"#,
    );
    let layers = [
        "--init-cfg",
        "i.json",
        "--config-db",
        "d.json",
        "--golden",
        "g.json",
    ];
    let printed = run(&sandbox, &[&["load"], &layers[..]].concat());
    printed.is_clean();
    let expected = json!({"PORT": {"Ethernet0": {"lanes": "1,2,3,4"}}, "VRF": {"Vrf1": {}}});
    assert_eq!(serde_json::from_str::<Value>(&printed.stdout).unwrap(), expected);
    run(&sandbox, &[&["load", "--config", "c.json"], &layers[..]].concat()).is_clean();
    assert_eq!(config(&sandbox, "c.json"), expected);
    run(&sandbox, &["load", "--golden", "g.json"]).fails(
        2,
        "Error: a golden config is laid over another config: name a store, or the layers of that config",
    );
    load(&sandbox, &["--merge"]).fails(
        2,
        "Error: --merge is about layers, and a golden config always replaces whole tables",
    );
}

#[test]
fn what_the_policy_says_of_golden_configs_counts() {
    let policy = "[[golden.keep]]\nentry = \"/PFC_WD/GLOBAL\"\nfields = [\"POLL_INTERVAL\"]\n\n\
                  [[golden.requires]]\nfield = \"/UPLINK/u/note\"\ncontains = \"b\"\nrequires = \"/VLAN/Vlan100/description\"\n";
    let sandbox = sandbox(r#"{"PFC_WD": {"GLOBAL": {}}}"#);
    sandbox.write("p.toml", policy);
    let with = ["--policy", "p.toml"];
    assert_eq!(
        load(&sandbox, &[&with[..], &["--dry-run"]].concat()).stdout,
        "no change\n"
    );
    assert_eq!(
        load(&sandbox, &["--dry-run"]).code,
        Some(1),
        "it is protected without that"
    );
    sandbox.write(
        "g.json",
        r#"{"UPLINK": {"u": {"note": "a,b"}}, "VLAN": {"Vlan100": {}}}"#,
    );
    let reason = "/UPLINK/u/note: \"b\" requires /VLAN/Vlan100/description, which is not set";
    load(&sandbox, &with).fails(
        1,
        &format!("Error: config rejected, nothing was changed: g.json:1:27: {reason}"),
    );
    let found = run(
        &sandbox,
        &[
            &["validate", "g.json", "--input", "golden", "--base", "c.json"],
            &with[..],
        ]
        .concat(),
    );
    assert_eq!(found.code, Some(1));
    assert!(found.stdout.contains(reason), "{}", found.stdout);
    sandbox.write("g.json", r#"{"UPLINK": {"u": {"note": "a,b"}}}"#);
    load(&sandbox, &with).is_clean();
}
