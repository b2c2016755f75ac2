//! `sonicfg plan`: what it shows, what it refuses, and that each option does something.

#![allow(clippy::unwrap_used)]

mod common;

use std::path::Path;

use common::cli::{Run, Sandbox, fixture};
use serde_json::{Value, json};

/// A small switch: ports with VLAN and PortChannel members, buffers, an ACL, BGP neighbours.
const SWITCH: &str = include_str!("../fixtures/plan/config_db.json");

const VLAN_REMOVED: &str = r#"[{"op": "remove", "path": "/VLAN"}, {"op": "remove", "path": "/VLAN_MEMBER"}]"#;

const BREAKOUT: &str = r#"[
  {"op": "replace", "path": "/PORT/Ethernet0/lanes", "value": "1"},
  {"op": "add", "path": "/PORT/Ethernet1", "value": {"lanes": "2", "admin_status": "up"}},
  {"op": "add", "path": "/VLAN_MEMBER/Vlan100|Ethernet1", "value": {"tagging_mode": "untagged"}}
]"#;

const NEIGHBOUR: &str = r#"[{"op": "replace", "path": "/BGP_NEIGHBOR/10.0.0.3/asn", "value": "65102"}]"#;

/// A change of three entries, each of which takes its port down.
const THREE_PORTS: &str = r#"[
  {"op": "replace", "path": "/BUFFER_PG/Ethernet0|0", "value": {}},
  {"op": "replace", "path": "/BUFFER_PG/Ethernet8|0", "value": {}},
  {"op": "replace", "path": "/BUFFER_PG/Ethernet12|0", "value": {}}
]"#;

/// A folder with the switch as `c.json` and a change as `p.json`.
fn sandbox(change: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("c.json", SWITCH);
    sandbox.write("p.json", change);
    sandbox
}

fn run(sandbox: &Sandbox, options: &[&str]) -> Run {
    let models = fixture("yang-plan");
    let args = ["plan", "--current", "c.json", "--yang-dir", &models];
    sandbox.run(args.iter().chain(options))
}

/// The plan of a patch in some form.
#[track_caller]
fn planned(change: &str, options: &[&str]) -> String {
    let sandbox = sandbox(change);
    let options: Vec<&str> = ["--patch", "p.json"].iter().chain(options).copied().collect();
    let run = run(&sandbox, &options);
    run.is_clean();
    run.stdout
}

/// The plan of a patch in JSON.
#[track_caller]
fn planned_json(change: &str, options: &[&str]) -> Value {
    let options: Vec<&str> = ["--report", "json"].iter().chain(options).copied().collect();
    serde_json::from_str(&planned(change, &options)).unwrap()
}

#[track_caller]
fn refused(change: &str, options: &[&str], reason: &str) -> Run {
    let sandbox = sandbox(change);
    let options: Vec<&str> = ["--patch", "p.json"].iter().chain(options).copied().collect();
    let run = run(&sandbox, &options);
    run.fails(1, &format!("Error: there is no plan: {reason}"));
    run
}

/// Does the operations of all steps of a plan.
fn carried_out(plan: &Value, current: &Value) -> Value {
    let mut config = current.clone();
    for step in plan["steps"].as_array().unwrap() {
        let ops: json_patch::Patch = serde_json::from_value(step["ops"].clone()).unwrap();
        json_patch::patch(&mut config, &ops).unwrap();
    }
    config
}

// The forms

#[test]
fn a_vlan_with_members_goes() {
    insta::assert_snapshot!("vlan_full", planned(VLAN_REMOVED, &[]));
    insta::assert_snapshot!("vlan_json", planned(VLAN_REMOVED, &["--report", "json"]));
    insta::assert_snapshot!("vlan_dot", planned(VLAN_REMOVED, &["--report", "dot"]));
}

#[test]
fn a_port_in_use_is_broken_out() {
    insta::assert_snapshot!("breakout_full", planned(BREAKOUT, &["--report", "full"]));
    insta::assert_snapshot!("breakout_json", planned(BREAKOUT, &["--report", "json"]));
    insta::assert_snapshot!("breakout_dot", planned(BREAKOUT, &["--report", "dot"]));
}

#[test]
fn one_of_four_neighbours_gets_another_asn() {
    insta::assert_snapshot!("neighbour_full", planned(NEIGHBOUR, &[]));
    insta::assert_snapshot!("neighbour_json", planned(NEIGHBOUR, &["--report", "json"]));
    insta::assert_snapshot!("neighbour_dot", planned(NEIGHBOUR, &["--report", "dot"]));
}

#[test]
fn the_steps_lead_to_the_target() {
    let current: Value = serde_json::from_str(SWITCH).unwrap();
    for change in [VLAN_REMOVED, BREAKOUT, NEIGHBOUR, THREE_PORTS] {
        let patch: json_patch::Patch = serde_json::from_str(change).unwrap();
        let mut target = current.clone();
        json_patch::patch(&mut target, &patch).unwrap();
        let plan = planned_json(change, &[]);
        assert_eq!(carried_out(&plan, &current), target, "{change}");
        let steps = plan["steps"].as_array().unwrap();
        assert_eq!(plan["summary"]["steps"], json!(steps.len()));
        assert_eq!(plan["diagnostics"], json!([]));
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    for form in ["full", "json", "dot"] {
        for change in [BREAKOUT, THREE_PORTS] {
            let first = planned(change, &["--report", form]);
            let again = planned(change, &["--report", form, "--no-schema-cache"]);
            assert_eq!(first, again, "{form}");
        }
    }
}

#[test]
fn no_change_is_no_step() {
    assert_eq!(planned("[]", &[]), "no change\n");
    let same = r#"[{"op": "replace", "path": "/PORT/Ethernet0/mtu", "value": "9100"}]"#;
    assert_eq!(planned(same, &[]), "no change\n");
    let plan = planned_json("[]", &[]);
    let summary = json!({"steps": 0, "entries_changed": 0, "entries_touched": 0, "entries_bounced": 0,
        "lower_bound": 0});
    assert_eq!(plan, json!({"steps": [], "summary": summary, "diagnostics": []}));
}

#[test]
fn many_writes_that_are_alike_are_cut_but_what_is_interrupted_is_named() {
    let sandbox = Sandbox::new();
    let neighbours = |asn: &str| {
        let entries = (0..20).map(|at| (format!("10.0.0.{at}"), json!({"asn": asn})));
        let rules = (0..20).map(|at| (format!("A|R{at}"), json!({"action": asn})));
        json!({"BGP_NEIGHBOR": Value::Object(entries.collect()), "ACL_TABLE": {"A": {}},
            "ACL_RULE": Value::Object(rules.collect())})
    };
    sandbox.write("c.json", neighbours("1").to_string());
    sandbox.write("t.json", neighbours("2").to_string());
    let plan = run(&sandbox, &["--target", "t.json", "--all-at-once"]);
    plan.is_clean();
    insta::assert_snapshot!("many_full", plan.stdout);
    let dot = run(
        &sandbox,
        &["--target", "t.json", "--all-at-once", "--report", "dot"],
    );
    dot.is_clean();
    insta::assert_snapshot!("many_dot", dot.stdout);
}

#[test]
fn what_the_change_itself_takes_down_is_marked() {
    let change = r#"[{"op": "replace", "path": "/PORT/Ethernet4/admin_status", "value": "down"}]"#;
    assert_eq!(
        planned(change, &[]),
        "1 step for 1 changed entry: 1 edited; no plan has fewer steps\n\
         ! 1 entry taken down\n  \
         from step 1 on: PORT|Ethernet4 goes down, as the change asks\n\
         \n\
         Step 1 of 1 - takes down PORT|Ethernet4\n\
         ! ~ PORT|Ethernet4 admin_status \"up\" -> \"down\"\n"
    );
    assert_eq!(planned_json(change, &[])["steps"][0]["disrupts"], json!([]));
}

#[test]
fn a_new_port_is_kept_down_for_its_buffers() {
    let change = r#"[{"op": "add", "path": "/PORT/Ethernet1", "value": {"lanes": "20", "admin_status": "up"}},
        {"op": "add", "path": "/BUFFER_PG/Ethernet1|0", "value": {"profile": "lossy"}}]"#;
    assert_eq!(
        planned(change, &[]),
        "3 steps for 2 changed entries: 2 added; no plan has fewer steps\n\
         nothing that stays is interrupted\n\
         \n\
         Step 1 of 3\n  \
         + PORT|Ethernet1 {\"lanes\": \"20\", \"admin_status\": \"down\"}\n      \
         kept down until step 3, because BUFFER_PG|Ethernet1|0 changes only while it is down\n      \
         before step 2, because BUFFER_PG|Ethernet1|0 refers to it\n\
         \n\
         Step 2 of 3\n  \
         + BUFFER_PG|Ethernet1|0 {\"profile\": \"lossy\"}\n      \
         after step 1, because it refers to PORT|Ethernet1\n\
         \n\
         Step 3 of 3\n  \
         ~ PORT|Ethernet1 admin_status \"down\" -> \"up\"\n      \
         brought up\n      \
         after step 2, because BUFFER_PG|Ethernet1|0 changes only while it is down\n"
    );
}

#[test]
fn entries_interrupted_for_one_reason_stand_together() {
    let change = r#"[{"op": "replace", "path": "/PORTCHANNEL/PortChannel1/mtu", "value": "9000"}]"#;
    let sandbox = sandbox(change);
    sandbox.write("policy.toml", "[create-only]\nPORTCHANNEL = [\"mtu\"]\n");
    let run = run(
        &sandbox,
        &["--patch", "p.json", "--policy", "policy.toml", "--all-at-once"],
    );
    run.is_clean();
    let lines: Vec<&str> = run.stdout.lines().skip(1).take(4).collect();
    assert_eq!(
        lines,
        [
            "! 3 entries interrupted",
            "  from step 1 to step 4: 2 of PORTCHANNEL_MEMBER are removed and added again, because \
             PORTCHANNEL|PortChannel1 is",
            "      PortChannel1|Ethernet12, PortChannel1|Ethernet8",
            "  from step 2 to step 3: PORTCHANNEL|PortChannel1 is removed and added again, because mtu \
             changes only with its entry",
        ]
    );
}

#[test]
fn conditions_are_told() {
    let change = r#"[{"op": "remove", "path": "/OFFER"}, {"op": "remove", "path": "/NEEDS"},
        {"op": "add", "path": "/FORBIDS", "value": {"a": {}}}]"#;
    let plan = planned_json(change, &[]);
    let why: Vec<&Value> = plan["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| &step["why"])
        .collect();
    assert_eq!(
        why,
        [
            &json!(["NEEDS|a: before step 2, because a condition of it asks for OFFER|a"]),
            &json!(["OFFER|a: after step 1, because a condition of NEEDS|a asked for it"]),
            &json!([
                "FORBIDS|a: after step 2, because a condition does not allow it beside OFFER|a as that was before"
            ]),
        ]
    );
}

#[test]
fn the_readme_shows_what_is_shown() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let command = "plan --patch fixtures/plan/change.json --current fixtures/plan/config_db.json \
                   --yang-dir fixtures/yang-plan";
    let sandbox = Sandbox::new();
    let run = Run::of(sandbox.command(command.split_whitespace()).current_dir(root));
    run.is_clean();
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let told = format!("$ sonicfg {command}\n{}```\n", run.stdout);
    assert!(readme.contains(&told), "{told}");
}

#[test]
fn the_readme_shows_the_json() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let (_, json) = readme.split_once("```json\n").unwrap();
    let (json, _) = json.split_once("```").unwrap();
    let shown: Value = serde_json::from_str(json).unwrap();
    assert_eq!(shown, planned_json(NEIGHBOUR, &[]));
}

#[test]
fn the_readme_names_every_rule_of_plans() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let policy = std::fs::read_to_string(root.join("policy/default.toml")).unwrap();
    let keys = policy.lines().filter_map(|line| {
        let key = line.trim_start_matches('[').trim_end_matches(']');
        line.starts_with('[').then_some(key)
    });
    for key in keys.skip_while(|key| *key != "create-only") {
        assert!(readme.contains(&format!("`{key}`")), "{key}");
    }
}

// The ways to write a change

#[test]
fn configlets_and_whole_configs() {
    let sandbox = sandbox("[]");
    sandbox.write("u.json", r#"{"PORT": {"Ethernet0": {"mtu": "9000"}}}"#);
    sandbox.write("d.json", r#"{"PORT": {"Ethernet0": {"mtu": ""}}}"#);
    let change = |option, file| {
        let run = run(&sandbox, &[option, file]);
        run.is_clean();
        run.stdout.lines().last().unwrap().to_owned()
    };
    assert_eq!(
        change("--configlet-update", "u.json"),
        "  ~ PORT|Ethernet0 mtu \"9100\" -> \"9000\""
    );
    assert_eq!(
        change("--configlet-delete", "d.json"),
        "  - PORT|Ethernet0 mtu \"9100\""
    );
    sandbox.write(
        "t.json",
        SWITCH.replace("\"description\": \"servers\"", "\"description\": \"x\""),
    );
    assert_eq!(
        change("--target", "t.json"),
        "  ~ VLAN|Vlan100 description \"servers\" -> \"x\""
    );
}

#[test]
fn paths_through_yang_json() {
    let change = r#"[{"op": "replace", "path": "/plan-switch:plan-switch/VLAN/VLAN_LIST/0/description",
        "value": "x"}]"#;
    let plan = planned(change, &["--format", "SONICYANG"]);
    assert!(
        plan.ends_with("  ~ VLAN|Vlan100 description \"servers\" -> \"x\"\n"),
        "{plan}"
    );
    refused(
        change,
        &[],
        "p.json:1:28: operation 0 (replace /plan-switch:plan-switch/VLAN/VLAN_LIST/0/description) cannot be \
         done: there is no /plan-switch:plan-switch",
    );
}

#[test]
fn operations_for_the_host_and_for_others() {
    let change = |scope: &str| {
        format!(r#"[{{"op": "replace", "path": "/{scope}/PORT/Ethernet0/mtu", "value": "9000"}}]"#)
    };
    assert_eq!(steps(&change("localhost"), &[]), 1);
    refused(
        &change("asic0"),
        &[],
        "p.json:1:28: operation 0 is for asic0, and this is the config of the host (for that of asic0: leave \
         /asic0 out of the paths)",
    );
}

#[test]
fn standard_input_is_read_once() {
    let sandbox = sandbox(NEIGHBOUR);
    let models = fixture("yang-plan");
    let with_input = |options: &[&str], input: &str| {
        let args: Vec<&str> = ["plan", "--yang-dir", &models]
            .iter()
            .chain(options)
            .copied()
            .collect();
        sandbox.run_with_input(&args, input.as_bytes())
    };
    let plan = planned(NEIGHBOUR, &[]);
    let patch = with_input(&["--current", "c.json", "--patch", "-"], NEIGHBOUR);
    let current = with_input(&["--current", "-", "--patch", "p.json"], SWITCH);
    for run in [patch, current] {
        run.is_clean();
        assert_eq!(run.stdout, plan);
    }
    with_input(&["--current", "-", "--patch", "-"], SWITCH)
        .fails(2, "Error: standard input is named twice; it can be read once");
}

// How much is interrupted

/// How many steps a change takes.
#[track_caller]
fn steps(change: &str, options: &[&str]) -> usize {
    planned_json(change, options)["steps"].as_array().unwrap().len()
}

#[test]
fn limits_of_interruption() {
    assert_eq!(steps(THREE_PORTS, &[]), 7);
    assert_eq!(steps(THREE_PORTS, &["--rolling", "1"]), 7);
    assert_eq!(steps(THREE_PORTS, &["--rolling", "2"]), 5);
    assert_eq!(steps(THREE_PORTS, &["--rolling", "3"]), 3);
    assert_eq!(steps(THREE_PORTS, &["--all-at-once"]), 3);
    let plan = planned(THREE_PORTS, &["--rolling", "2"]);
    assert!(
        plan.contains("      waited, because at most 2 of PORT may be interrupted at once\n"),
        "{plan}"
    );
}

#[test]
fn a_change_beyond_the_limit_asks_for_the_option() {
    let change = r#"[{"op": "replace", "path": "/PORTCHANNEL/PortChannel1/mtu", "value": "9000"}]"#;
    let sandbox = sandbox(change);
    sandbox.write("policy.toml", "[create-only]\nPORTCHANNEL = [\"mtu\"]\n");
    let with = |options: &[&str]| {
        let all = ["--patch", "p.json", "--policy", "policy.toml"];
        let all: Vec<&str> = all.iter().chain(options).copied().collect();
        run(&sandbox, &all)
    };
    with(&[]).fails(
        1,
        "Error: there is no plan: a change of PORTCHANNEL|PortChannel1 interrupts 2 of \
         PORTCHANNEL_MEMBER|PortChannel1 at once, and at most 1 may be (--rolling 2 or --all-at-once lifts \
         the limit)",
    );
    with(&["--rolling", "2"]).is_clean();
    with(&["--all-at-once"]).is_clean();
    // Without the policy the field changes in place.
    assert_eq!(steps(change, &[]), 1);
}

#[test]
fn options_that_exclude_each_other() {
    let sandbox = sandbox(NEIGHBOUR);
    run(
        &sandbox,
        &["--patch", "p.json", "--rolling", "1", "--all-at-once"],
    )
    .fails(
        2,
        "Error: the argument '--rolling <N>' cannot be used with '--all-at-once'",
    );
    run(&sandbox, &["--patch", "p.json", "--target", "c.json"]).fails(
        2,
        "Error: the argument '--patch <FILE>' cannot be used with '--target <FILE>'",
    );
    run(&sandbox, &["--patch", "p.json", "--rolling", "0"]).fails(
        2,
        "Error: invalid value '0' for '--rolling <N>': 0 is not in 1..=4294967295",
    );
    run(&sandbox, &[]).fails(
        2,
        "Error: the following required arguments were not provided: <--patch <FILE>|--configlet-update \
         <FILE>|--configlet-delete <FILE>|--target <FILE>>",
    );
}

// What is refused

#[test]
fn what_cannot_be_read() {
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
fn a_target_that_is_not_valid() {
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
fn a_current_config_that_is_not_valid() {
    let sandbox = sandbox(VLAN_REMOVED);
    sandbox.write(
        "c.json",
        SWITCH.replacen("\"mtu\": \"9100\"", "\"mtu\": \"many\"", 1),
    );
    run(&sandbox, &["--patch", "p.json"]).fails(
        1,
        "Error: there is no plan: the config is not valid without the change either: /PORT/Ethernet0/mtu: \
         \"many\" is not a number (uint16) [InvalidValue]; --allow-existing plans all the same",
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
fn what_the_policy_forbids() {
    refused(
        r#"[{"op": "remove", "path": "/OFFER"}, {"op": "remove", "path": "/PFC_WD"}]"#,
        &[],
        "operation 1 (remove /PFC_WD): /PFC_WD/GLOBAL: a change may not remove it",
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
fn circles_are_refused_with_their_entries() {
    refused(
        r#"[{"op": "add", "path": "/RING", "value": {"r": {}}},
            {"op": "add", "path": "/RING_MEMBER", "value": {"r|m": {}}}]"#,
        &[],
        "no order of these changes is safe: RING|r; RING_MEMBER|r|m; what could be done next would bring: \
         /RING/r: the condition does not hold: \
         /p:plan-switch/p:RING_MEMBER/p:RING_MEMBER_LIST[p:ring = current()/p:name] [Must]",
    );
}

// Secrets

const SECRET_MODEL: &str = r#"module secrets {
  namespace "urn:test:secrets";
  prefix s;
  container secrets {
    container SNMP_COMMUNITY { list SNMP_COMMUNITY_LIST { key name; leaf name { type string; }
      leaf TYPE { type enumeration { enum RO; enum RW; } } } }
    container SNMP_USE { list SNMP_USE_LIST { key name;
      leaf name { type leafref { path "/s:secrets/s:SNMP_COMMUNITY/s:SNMP_COMMUNITY_LIST/s:name"; } } } }
    container TACPLUS { list TACPLUS_LIST { key name; leaf name { type string; }
      leaf passkey { type string { length "1..20"; } } } }
  }
}
"#;

#[test]
fn secrets_are_data_and_nothing_else() {
    let sandbox = Sandbox::new();
    sandbox.write("yang/secrets.yang", SECRET_MODEL);
    let policy = "[secrets]\nkeys = [\"SNMP_USE\"]\n[create-only]\nSNMP_COMMUNITY = [\"TYPE\"]\n";
    sandbox.write("policy.toml", policy);
    let config = |kind: &str, key: &str| {
        json!({"SNMP_COMMUNITY": {"hush": {"TYPE": kind}}, "SNMP_USE": {"hush": {}},
            "TACPLUS": {"global": {"passkey": key}}})
        .to_string()
    };
    sandbox.write("c.json", config("RO", "whisper"));
    sandbox.write("t.json", config("RW", "murmur"));
    sandbox.write("bad.json", config("hush", "whisper-whisper-whisper"));
    let run = |target: &str, form: &str| {
        let args = [
            "plan",
            "--current",
            "c.json",
            "--target",
            target,
            "--report",
            form,
        ];
        let models = ["--yang-dir", "yang", "--policy", "policy.toml"];
        sandbox.run(args.iter().chain(&models))
    };
    let hides = |text: &str| {
        for secret in ["hush", "whisper", "murmur"] {
            assert!(!text.contains(secret), "{text}");
        }
    };
    for form in ["full", "dot"] {
        let run = run("t.json", form);
        run.is_clean();
        hides(&run.stdout);
        assert!(run.stdout.contains("SNMP_COMMUNITY|***"), "{}", run.stdout);
    }
    let plan: Value = serde_json::from_str(&run("t.json", "json").stdout).unwrap();
    for step in plan["steps"].as_array().unwrap() {
        hides(&step["why"].to_string());
    }
    assert!(plan["steps"].to_string().contains("murmur"));
    for form in ["full", "json", "dot"] {
        let run = run("bad.json", form);
        assert_eq!(run.code, Some(1));
        assert!(!run.stderr.contains("whisper"), "{}", run.stderr);
        assert!(!run.stdout.contains("whisper"), "{}", run.stdout);
    }
}

// What a real switch gives

#[test]
fn big_plans_stay_readable() {
    let Some(shared) = common::shared() else { return };
    let sandbox = Sandbox::new();
    let models = shared.join("corpus/yang-models");
    let plan = |case: &str, form: &str| {
        let dir = shared.join("bench").join(case);
        let file = |name: &str| Path::new(&dir).join(name).to_str().unwrap().to_owned();
        let (current, patch) = (file("current.json"), file("patch.json"));
        let args = ["plan", "--current", &current, "--patch", &patch, "--report", form];
        let run = sandbox.run(args.iter().chain(&["--yang-dir", models.to_str().unwrap()]));
        run.is_clean();
        run.stdout
    };
    let rules = plan("t1real-aclrule-add-1000", "full");
    assert!(rules.lines().count() < 15, "{rules}");
    assert!(rules.contains("\n  … and 997 more of ACL_RULE\n"), "{rules}");
    assert!(plan("t1real-aclrule-add-1000", "dot").lines().count() < 20);
    let down = plan("t1real-admin-down-all", "full");
    assert!(
        down.contains("from step 1 on: 28 of PORT go down, as the change asks\n"),
        "{down}"
    );
    let breakout = plan("t1real-dpb1to4-active-1", "full");
    assert!(
        breakout.starts_with("6 steps for 5 changed entries: "),
        "{breakout}"
    );
}
