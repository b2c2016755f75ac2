//! `sonicfg diff`: the smallest change that makes one config of another.

#![allow(clippy::unwrap_used)]

mod common;

use common::cli::{Run, Sandbox};
use serde_json::{Value, json};
use sonicfg::config::Source;
use sonicfg::patch::{Configlet, Patch};
use sonicfg::policy::Policy;

const A: &str = r#"{
    "FEATURE": {"bgp": {"state": "enabled"}, "snmp": {"state": "enabled", "delayed": "True"}},
    "TACPLUS": {"global": {"passkey": "geheim"}},
    "DEVICE_METADATA": {"localhost": {"supporting_bulk_counter_groups": ["PORT", "QUEUE", "BUFFER_POOL"]}}
}"#;

const B: &str = r#"{
    "DEVICE_METADATA": {"localhost": {"supporting_bulk_counter_groups": ["PORT", "BUFFER_POOL"]}},
    "FEATURE": {"snmp": {"state": "disabled"}, "lldp": {"state": "enabled"}},
    "TACPLUS": {"global": {"passkey": "geheimer"}},
    "SYSTEM_DEFAULTS": {"buffer_model": {"status": "dynamic"}}
}"#;

fn diff(a: &str, b: &str, options: &[&str]) -> Run {
    let sandbox = Sandbox::new();
    sandbox.write("a.json", a);
    sandbox.write("b.json", b);
    sandbox.run(["diff", "a.json", "b.json"].iter().chain(options))
}

fn value(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn diff_prints_a_patch() {
    let run = diff(A, B, &[]);
    run.is_clean();
    assert_eq!(
        run.stdout,
        r#"[
  {"op":"replace","path":"/FEATURE/snmp/state","value":"disabled"},
  {"op":"remove","path":"/FEATURE/snmp/delayed"},
  {"op":"add","path":"/FEATURE/lldp","value":{"state":"enabled"}},
  {"op":"remove","path":"/FEATURE/bgp"},
  {"op":"replace","path":"/TACPLUS/global/passkey","value":"geheimer"},
  {"op":"remove","path":"/DEVICE_METADATA/localhost/supporting_bulk_counter_groups/1"},
  {"op":"add","path":"/SYSTEM_DEFAULTS","value":{"buffer_model":{"status":"dynamic"}}}
]
"#
    );
    let patch = Patch::parse(Source::new("p", run.stdout)).unwrap();
    assert_eq!(patch.apply(&Policy::shipped(), &value(A)).unwrap(), value(B));
}

#[test]
fn configlets() {
    let run = diff(A, B, &["--report", "configlet"]);
    run.is_clean();
    let mut told = value(&run.stdout);
    assert_eq!(
        told,
        json!({
            "update": [{
                "DEVICE_METADATA": {"localhost": {"supporting_bulk_counter_groups": ["PORT", "BUFFER_POOL"]}},
                "FEATURE": {"snmp": {"state": "disabled"}, "lldp": {"state": "enabled"}},
                "TACPLUS": {"global": {"passkey": "geheimer"}},
                "SYSTEM_DEFAULTS": {"buffer_model": {"status": "dynamic"}},
            }],
            "delete": [{"FEATURE": {"snmp": {"delayed": "True"}, "bgp": {}}}],
        })
    );
    let mut read = |name: &str| Configlet::parse(Source::new("c", told[name].take().to_string())).unwrap();
    let updated = read("update").update(&value(A));
    assert_eq!(read("delete").delete(&updated), value(B));

    let secret = r#"{"SNMP_COMMUNITY": {"geheim": []}}"#;
    let run = diff(A, secret, &["--report", "configlet"]);
    run.fails(
        1,
        "Error: a configlet cannot say what differs at /SNMP_COMMUNITY/****: it is not an object there",
    );
    assert_eq!(run.stdout, "");
}

#[test]
fn for_people() {
    let run = diff(A, B, &["--report", "full"]);
    run.is_clean();
    assert_eq!(
        run.stdout,
        "- FEATURE|bgp {\"state\": \"enabled\"}\n\
         ~ FEATURE|snmp state \"enabled\" -> \"disabled\"\n\
         - FEATURE|snmp delayed \"True\"\n\
         + FEATURE|lldp {\"state\": \"enabled\"}\n\
         ~ TACPLUS|global passkey \"****\" -> \"****\"\n\
         ~ DEVICE_METADATA|localhost supporting_bulk_counter_groups [\"PORT\",\"QUEUE\",\"BUFFER_POOL\"] -> \
         [\"PORT\",\"BUFFER_POOL\"]\n\
         + SYSTEM_DEFAULTS|buffer_model {\"status\": \"dynamic\"}\n"
    );
}

#[test]
fn exit_codes() {
    for (form, nothing) in [
        ("patch", "[]\n"),
        ("configlet", "{\n  \"update\": [],\n  \"delete\": []\n}\n"),
        ("full", "no change\n"),
    ] {
        for options in [&["--report", form][..], &["--report", form, "--exit-code"]] {
            let same = diff(A, A, options);
            same.is_clean();
            assert_eq!(same.stdout, nothing);
            let other = diff(A, B, options);
            let code = if options.len() == 2 { 0 } else { 1 };
            assert_eq!((other.code, other.stderr.as_str()), (Some(code), ""));
        }
    }
}

#[test]
fn invalid_config_is_refused_by_diff() {
    diff(A, "[]", &[]).fails(2, "Error: b.json: a config is an object of tables, not a list");
    diff("{", A, &[]).fails(2, "Error: a.json:1:2: not JSON: the text ends inside an object");
    let sandbox = Sandbox::new();
    sandbox
        .run(["diff", "-", "-"])
        .fails(2, "Error: standard input is named twice; it can be read once");
    let run = sandbox.run_with_input(&["diff", "-", "/dev/null"], b"{}");
    assert_eq!(run.code, Some(2));
    sandbox.write("b.json", B);
    let run = sandbox.run_with_input(&["diff", "-", "b.json", "--report", "full"], B.as_bytes());
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), "no change\n"));
}
