//! What daemons change in answer to a step.

use serde_json::json;

use crate::common::cli::Run;
use crate::harness::{APPLIED, Harness, replace};

/// A daemon that removes a profile after each step that writes a port.
fn with_daemon(policy: &str) -> Harness {
    let harness = Harness::new();
    let socket = harness.redis.socket();
    harness.program(
        "daemon",
        &format!(
            "redis-cli -s {} -n 4 DEL 'BUFFER_PROFILE|lossless' > /dev/null",
            socket.display()
        ),
    );
    harness.policy(&format!(
        "[actions.daemon]\nafter = [\"PORT\"]\nrun = [\"daemon\"]\n{policy}"
    ));
    harness
}

/// A port is removed in the first step, and added in the second.
fn patch() -> serde_json::Value {
    json!([
        replace("/PORT/Ethernet0/lanes", "0,1"),
        replace("/BUFFER_PROFILE/lossless/size", "1500")
    ])
}

#[test]
fn what_nobody_asked_for_is_a_conflict() {
    let harness = with_daemon("[remove]\ndaemon-answers = [\"BUFFER_PG\", \"BUFFER_PROFILE\"]\n");
    let run = harness.apply(&patch());
    assert_eq!(run.code, Some(3), "{run:?}");
    assert_eq!(harness.redis.config()["PORT"]["Ethernet0"]["lanes"], "0,1,2,3");
}

#[test]
fn an_answer_to_a_step_is_no_conflict() {
    let harness = with_daemon("");
    let run = harness.apply(&patch());
    run.is_clean();
    assert_eq!(run.stdout, APPLIED);
    let config = harness.redis.config();
    assert_eq!(config["PORT"]["Ethernet0"]["lanes"], "0,1");
    assert!(config.get("BUFFER_PROFILE").is_none(), "{config}");
}

#[test]
fn a_rollback_over_what_daemons_changed_succeeds() {
    let harness = with_daemon("");
    harness.apply(&patch()).is_clean();
    let mut command = harness.on_switch(&["rollback", "--to", "20", "--step-delay", "0"]);
    Run::of(&mut command).is_clean();
    assert_eq!(harness.redis.config()["PORT"]["Ethernet0"]["lanes"], "0,1,2,3");
}
