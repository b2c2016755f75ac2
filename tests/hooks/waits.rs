//! States that are waited for before a step.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::common::cli::Run;
use crate::harness::{APPLIED, Harness, config, replace};

const STATE: &str = "PORT_TABLE|Ethernet0";

fn wait(deadline: &str) -> String {
    format!(
        "[waits.port]\nbefore-adding = \"PORT\"\nuntil-gone = \"PORT_TABLE\"\ndeadline = \"{deadline}\"\n"
    )
}

#[test]
fn port_is_added_again_after_it_left_state_db() {
    let harness = Harness::new();
    harness.policy(&wait("20s"));
    harness.redis.set_state(STATE, &[("state", "ok")]);
    let patch = json!([replace("/PORT/Ethernet0/lanes", "0,1")]);
    let mut command = harness.apply_command(&patch, &[]);
    command
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    let child = command.spawn().unwrap();
    let start = Instant::now();
    while harness.redis.config()["PORT"].get("Ethernet0").is_some() {
        assert!(start.elapsed() < Duration::from_secs(15));
        std::thread::sleep(Duration::from_millis(10));
    }
    // As long as its state is there, it stays away.
    std::thread::sleep(Duration::from_millis(400));
    assert!(harness.redis.config()["PORT"].get("Ethernet0").is_none());
    harness.redis.remove_state(STATE);
    let run = Run::from(child.wait_with_output().unwrap());
    run.is_clean();
    assert_eq!(run.stdout, APPLIED);
    assert_eq!(harness.redis.config()["PORT"]["Ethernet0"]["lanes"], "0,1");
}

#[test]
fn missed_deadline_rolls_back_the_change() {
    let harness = Harness::new();
    harness.policy(&wait("300ms"));
    harness.redis.set_state(STATE, &[("state", "ok")]);
    let start = Instant::now();
    harness.apply(&json!([replace("/PORT/Ethernet0/lanes", "0,1")])).fails(
        2,
        "Error: PORT|Ethernet0 cannot be added: PORT_TABLE|Ethernet0 of STATE_DB is still there after 0.3 s; the \
         completed steps are rolled back",
    );
    assert!(start.elapsed() > Duration::from_millis(300));
    assert_eq!(harness.redis.config(), config());
}

#[test]
fn new_port_needs_no_wait() {
    let harness = Harness::new();
    harness.policy(&wait("20s"));
    harness
        .redis
        .set_state("PORT_TABLE|Ethernet12", &[("state", "ok")]);
    harness
        .redis
        .set_state("PORT_TABLE|Ethernet4", &[("state", "ok")]);
    let start = Instant::now();
    harness.applied(&json!([
        {"op": "add", "path": "/PORT/Ethernet12", "value": {"lanes": "12"}},
        replace("/PORT/Ethernet4/mtu", "9000")
    ]));
    assert!(start.elapsed() < Duration::from_secs(15));
}

#[test]
fn port_waits_for_those_whose_lanes_it_takes() {
    let harness = Harness::new();
    harness.policy(&wait("20s"));
    harness.redis.set_state(STATE, &[("state", "ok")]);
    let patch = json!([
        {"op": "remove", "path": "/PORT/Ethernet0"},
        {"op": "add", "path": "/PORT/Ethernet2", "value": {"lanes": "2,3"}}
    ]);
    let child = harness
        .apply_command(&patch, &[])
        .stdout(std::process::Stdio::null())
        .spawn();
    let start = Instant::now();
    while harness.redis.config()["PORT"].get("Ethernet0").is_some() {
        assert!(start.elapsed() < Duration::from_secs(15));
        std::thread::sleep(Duration::from_millis(10));
    }
    std::thread::sleep(Duration::from_millis(400));
    assert!(harness.redis.config()["PORT"].get("Ethernet2").is_none());
    harness.redis.remove_state(STATE);
    assert!(child.unwrap().wait().unwrap().success());
    assert_eq!(harness.redis.config()["PORT"]["Ethernet2"]["lanes"], "2,3");
}
