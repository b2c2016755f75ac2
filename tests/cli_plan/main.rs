//! `sonicfg plan`: what it shows, what it refuses, and that each option does something.

#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;
mod forms;
mod options;
mod refused;
mod shown;

use common::cli::{Run, Sandbox, fixture};
use serde_json::Value;

/// A small switch: ports with VLAN and PortChannel members, buffers, an ACL, BGP neighbours.
const SWITCH: &str = include_str!("../../fixtures/plan/config_db.json");

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
    let args = [
        "plan",
        "--current",
        "c.json",
        "--full-reason",
        "--yang-dir",
        &models,
    ];
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

/// How many steps a change takes.
#[track_caller]
fn steps(change: &str, options: &[&str]) -> usize {
    planned_json(change, options)["steps"].as_array().unwrap().len()
}
