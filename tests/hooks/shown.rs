//! What is shown of commands before anything runs, and policies that are refused.

use serde_json::{Value, json};

use crate::common::cli::Run;
use crate::harness::{Harness, config, replace};

fn patch() -> Value {
    json!([replace("/PORT/Ethernet0/lanes", "0,1"), {"op": "remove", "path": "/VLAN_INTERFACE/Vlan10|10.1.0.1~124"}])
}

#[test]
fn dry_run_shows_commands_and_runs_none() {
    let harness = Harness::new();
    let run = harness.apply_with(&patch(), &["--dry-run"]);
    run.is_clean();
    assert_eq!(
        run.stdout,
        "~ PORT|Ethernet0 lanes \"0,1,2,3\" -> \"0,1\"\n- VLAN_INTERFACE|Vlan10|10.1.0.1/24\n\
         after step 1 of 2 runs ip neigh flush dev Vlan10 to 10.1.0.1/24\n\
         after step 1 of 2 runs systemctl restart telemetry\n\
         after step 2 of 2 runs systemctl restart telemetry\n"
    );
    let full = harness.apply_with(&patch(), &["--dry-run", "--verbose"]);
    assert!(
        full.stdout.contains("  then runs systemctl restart telemetry\n"),
        "{}",
        full.stdout
    );
    let json = harness.apply_with(&patch(), &["--dry-run", "--report", "json"]);
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(
        json["steps"][1]["runs"],
        json!([["systemctl", "restart", "telemetry"]])
    );
    assert_eq!(harness.calls(), [""; 0]);
    assert_eq!(harness.redis.config(), config());
}

#[test]
fn plan_shows_commands_on_request() {
    let harness = Harness::new();
    harness.sandbox.write("c.json", config().to_string());
    harness.sandbox.write("p.json", patch().to_string());
    let plan = |options: &[&str]| {
        let mut command = harness.command(&["plan", "--patch", "p.json", "--current", "c.json"]);
        let run = Run::of(command.args(options));
        run.is_clean();
        run.stdout
    };
    assert!(!plan(&[]).contains("systemctl"));
    assert!(plan(&["--actions"]).contains("  then runs ip neigh flush dev Vlan10 to 10.1.0.1/24\n"));
    let told = |options: &[&str]| -> Value { serde_json::from_str(&plan(options)).unwrap() };
    assert!(told(&["--report", "json"])["steps"][0].get("runs").is_none());
    let json = told(&["--report", "json", "--actions"]);
    assert_eq!(json["steps"][0]["runs"].as_array().unwrap().len(), 2);
    assert_eq!(harness.calls(), [""; 0]);
}

#[test]
fn invalid_policy_is_reported_at_its_place() {
    let harness = Harness::new();
    for (text, told) in [
        (
            "[actions.x]\nrun = [\"a\"]\nafter-all = []\n",
            "policy.toml:3:1: unknown field `after-all`",
        ),
        (
            "[actions.x]\nrun = []\n",
            "policy.toml:2:7: a command begins with",
        ),
        (
            "[actions.x]\nrun = [\"a\", \"{b}\"]\n",
            "policy.toml:2:7: \"{b}\" holds a brace",
        ),
        (
            "[actions.x]\nafter = []\n",
            "policy.toml:1:1: missing field `run`",
        ),
        (
            "[actions.x]\nrun = [\"a\"]\ntimeout = \"soon\"\n",
            "policy.toml:3:11: \"soon\" is no length of time",
        ),
        (
            "[waits.x]\nbefore-adding = \"PORT\"\nuntil-gone = 1\n",
            "policy.toml:3:14: invalid type",
        ),
        (
            "[supported.x]\nfield = \"PORT\"\namong = \"A.b\"\n",
            "policy.toml:2:9: \"PORT\" names no field",
        ),
        (
            "[immutable.x]\nfields = [\"A\", \".b\"]\nreason = \"r\"\n",
            "policy.toml:2:10: \".b\" names no table",
        ),
        (
            "[immutable.x]\nfields = [\"A\"]\nuntil-release = \"2022\"\nreason = \"r\"\n",
            "policy.toml:3:17: \"2022\" is no release",
        ),
    ] {
        harness.policy(text);
        let run = harness.apply(&patch());
        assert_eq!(run.code, Some(2), "{run:?}");
        assert!(
            run.last_line().starts_with(&format!("Error: {told}")),
            "{}",
            run.last_line()
        );
    }
}
