//! Commands that run after a step.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::common::cli::Run;
use crate::harness::{APPLIED, Harness, config, replace};

/// The telemetry action as it is shipped, with another number of retries and so on.
fn telemetry(more: &str) -> String {
    format!(
        "[actions.telemetry]\nafter = [\"PORT.speed\"]\nrun = [\"systemctl\", \"restart\", \"telemetry\"]\n\
         before-retry = [\"systemctl\", \"reset-failed\", \"telemetry\"]\n{more}\n"
    )
}

#[test]
fn each_command_runs_once_after_its_step() {
    let harness = Harness::new();
    let patch = json!([
        replace("/PORT/Ethernet0/speed", "40000"),
        replace("/PORT/Ethernet4/speed", "40000"),
        replace("/PORT/Ethernet8/mtu", "9000"),
        {"op": "add", "path": "/SYSLOG_SERVER/10.0.0.8", "value": {"port": "514"}},
        {"op": "add", "path": "/VLAN/Vlan10/dhcp_servers/-", "value": "10.0.0.2"}
    ]);
    assert_eq!(
        harness.applied(&patch),
        [
            "systemctl restart dhcp_relay",
            "systemctl restart rsyslog-config",
            "systemctl restart telemetry"
        ]
    );
    assert_eq!(harness.redis.config()["PORT"]["Ethernet4"]["speed"], "40000");
}

#[test]
fn change_without_matching_action_runs_no_command() {
    let harness = Harness::new();
    assert_eq!(
        harness.applied(&json!([replace("/PORT/Ethernet0/mtu", "9000")])),
        [""; 0]
    );
    // A rule of a file takes the place of the shipped one.
    harness.policy("[actions.telemetry]\nafter = []\nrun = [\"systemctl\", \"restart\", \"telemetry\"]\n");
    assert_eq!(
        harness.applied(&json!([replace("/PORT/Ethernet0/speed", "40000")])),
        [""; 0]
    );
}

#[test]
fn neighbours_of_a_removed_address_are_flushed() {
    let harness = Harness::new();
    let patch = json!([
        {"op": "remove", "path": "/VLAN_INTERFACE/Vlan10|10.1.0.1~124"},
        {"op": "remove", "path": "/VLAN_INTERFACE/Vlan10|fc00::1~164"},
        {"op": "add", "path": "/VLAN_INTERFACE/Vlan10|10.2.0.1~124", "value": {}}
    ]);
    assert_eq!(
        harness.applied(&patch),
        [
            "ip neigh flush dev Vlan10 to 10.1.0.1/24",
            "ip neigh flush dev Vlan10 to fc00::1/64"
        ]
    );
}

#[test]
fn the_program_is_called_without_a_shell() {
    let harness = Harness::new();
    harness.policy(
        "[actions.x]\nafter = [\"NTP_SERVER\"]\nrun = [\"ip\", \"{1}\"]\n[actions.chrony]\nrun = [\"ip\"]\n",
    );
    let name = "a b; touch pwned $(touch pwned)";
    let patch = json!([{"op": "add", "path": "/NTP_SERVER", "value": {name: {}}}]);
    assert_eq!(harness.applied(&patch), [format!("ip {name}")]);
    assert!(!harness.sandbox.path("pwned").exists());
}

#[test]
fn failed_command_rolls_back_the_change() {
    let harness = Harness::new();
    harness.policy(&telemetry("retries = 0"));
    harness.program(
        "systemctl",
        "case \"$*\" in *telemetry) echo 'no such\nunit' >&2; exit 5;; esac",
    );
    let patch = json!([
        replace("/PORT/Ethernet0/speed", "40000"),
        {"op": "add", "path": "/SYSLOG_SERVER/10.0.0.8", "value": {}}
    ]);
    let run = harness.apply(&patch);
    run.fails(
        2,
        "Error: \"systemctl restart telemetry\" after the change of PORT|Ethernet0 failed: exit code 5: no such; unit; \
         the completed steps are rolled back",
    );
    assert_eq!(run.stdout, "");
    assert_eq!(harness.redis.config(), config());
    // The services read the old values again; what fails then is told, and holds nothing up.
    let both = ["systemctl restart rsyslog-config", "systemctl restart telemetry"];
    assert_eq!(harness.calls(), [both, both].concat());
    assert!(
        run.stderr.contains("warning: \"systemctl restart telemetry\""),
        "{}",
        run.stderr
    );
    // Nothing is left to be recovered.
    harness.program("systemctl", "exit 0");
    assert_eq!(harness.apply(&patch).stdout, APPLIED);
}

#[test]
fn on_the_way_back_the_others_run_though_one_fails() {
    let harness = Harness::new();
    harness.program("systemctl", "case \"$*\" in *dhcp_relay) exit 1;; esac");
    harness.policy(
        "[actions.dhcp-relay]\nafter = [\"VLAN.dhcp_servers\"]\nrun = [\"systemctl\", \"restart\", \"dhcp_relay\"]\n\
         retries = 0\n",
    );
    let patch = json!([
        {"op": "add", "path": "/VLAN/Vlan10/dhcp_servers/-", "value": "10.0.0.2"},
        replace("/PORT/Ethernet0/speed", "40000")
    ]);
    assert_eq!(harness.apply(&patch).code, Some(2));
    let (relay, telemetry) = ("systemctl restart dhcp_relay", "systemctl restart telemetry");
    assert_eq!(harness.calls(), [relay, relay, telemetry]);
    assert_eq!(harness.redis.config(), config());
}

#[test]
fn start_limit_is_reset_before_retry() {
    let harness = Harness::new();
    let limit = harness.sandbox.write("limit", "");
    harness.program(
        "systemctl",
        &format!(
            "if [ $1 = reset-failed ]; then rm -f {0}; elif [ -e {0} ]; then echo 'start request repeated too quickly' >&2; \
             exit 1; fi",
            limit.display()
        ),
    );
    let start = Instant::now();
    assert_eq!(
        harness.applied(&json!([replace("/PORT/Ethernet0/speed", "40000")])),
        [
            "systemctl restart telemetry",
            "systemctl reset-failed telemetry",
            "systemctl restart telemetry"
        ]
    );
    assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
}

#[test]
fn it_is_tried_again_so_often() {
    let harness = Harness::new();
    harness.policy(&telemetry("retries = 3\npause = \"10ms\""));
    harness.program("systemctl", "exit 1");
    let run = harness.apply(&json!([replace("/PORT/Ethernet0/speed", "40000")]));
    assert_eq!(run.code, Some(2));
    let calls = harness.calls();
    let restarts = calls.iter().filter(|call| call.contains("restart")).count();
    assert_eq!((restarts, calls.len()), (8, 14), "there and back: {calls:?}");
}

#[test]
fn unconfirmed_change_is_rolled_back_though_a_command_fails() {
    let harness = Harness::new();
    harness.policy(&telemetry("retries = 0"));
    let patch = json!([replace("/PORT/Ethernet0/speed", "40000")]);
    assert_eq!(
        harness.apply_with(&patch, &["--confirm-within", "1h"]).code,
        Some(0)
    );
    harness.program("systemctl", "exit 1");
    let run = Run::of(&mut harness.on_switch(&["confirm", "--cancel"]));
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(
        run.stderr.contains("warning: \"systemctl restart telemetry\""),
        "{run:?}"
    );
    assert_eq!(harness.redis.config(), config());
    assert_eq!(harness.calls().len(), 2);
}

#[cfg(debug_assertions)]
#[test]
fn recovery_runs_them_too() {
    let harness = Harness::new();
    let killed = |patch: &serde_json::Value| {
        let mut command = harness.apply_command(patch, &[]);
        let run = Run::of(command.env("SONICFG_KILL_AT", "after a step"));
        assert_eq!((run.code, harness.calls()), (None, Vec::new()));
    };
    // What is complete stays, and what its last step asked for is done.
    killed(&json!([replace("/PORT/Ethernet4/speed", "40000")]));
    assert_eq!(Run::of(&mut harness.on_switch(&["recover"])).code, Some(0));
    assert_eq!(harness.redis.config()["PORT"]["Ethernet4"]["speed"], "40000");
    assert_eq!(harness.calls(), ["systemctl restart telemetry"]);
    std::fs::remove_file(harness.sandbox.path("calls")).unwrap();
    // A half goes back: the port is added again, and the services follow.
    let before = harness.redis.config();
    killed(&json!([replace("/PORT/Ethernet0/lanes", "0,1")]));
    assert!(harness.redis.config()["PORT"].get("Ethernet0").is_none());
    assert_eq!(Run::of(&mut harness.on_switch(&["recover"])).code, Some(0));
    assert_eq!(harness.redis.config(), before);
    assert_eq!(harness.calls(), ["systemctl restart telemetry"]);
}

#[test]
fn command_over_its_timeout_is_killed() {
    let harness = Harness::new();
    harness.policy(&telemetry("timeout = \"200ms\""));
    harness.program("systemctl", "sleep 60 & sleep 60");
    let start = Instant::now();
    let run = harness.apply(&json!([replace("/PORT/Ethernet0/speed", "40000")]));
    run.fails(
        2,
        "Error: \"systemctl restart telemetry\" after the change of PORT|Ethernet0 failed: it took longer than 0.2 s and was \
         killed; the completed steps are rolled back",
    );
    assert!(start.elapsed() < Duration::from_secs(20));
    assert_eq!(harness.redis.config(), config());
    assert_eq!(harness.calls().len(), 2, "once there, once back");
}

#[test]
fn missing_program_fails_the_change() {
    let harness = Harness::new();
    harness.policy(&telemetry("retries = 0").replace("\"systemctl\", \"restart\"", "\"no-such-program\""));
    harness.apply(&json!([replace("/PORT/Ethernet0/speed", "40000")])).fails(
        2,
        "Error: \"no-such-program telemetry\" after the change of PORT|Ethernet0 failed: there is no program no-such-program \
         on PATH; the completed steps are rolled back",
    );
    assert_eq!(harness.redis.config(), config());
}

#[test]
fn secret_keys_are_not_told() {
    let harness = Harness::new();
    harness.policy("[actions.snmp]\nafter = [\"SNMP_COMMUNITY\"]\nrun = [\"systemctl\", \"snmp\", \"{1}\"]\nretries = 0\n");
    harness.program("systemctl", "exit 1");
    let patch = json!([{"op": "add", "path": "/SNMP_COMMUNITY", "value": {"hunter2": {"TYPE": "RO"}}}]);
    for options in [&["--verbose"][..], &["--dry-run"], &["--dry-run", "--verbose"]] {
        let run = harness.apply_with(&patch, options);
        assert!(
            !format!("{}{}", run.stdout, run.stderr).contains("hunter2"),
            "{run:?}"
        );
    }
    assert_eq!(harness.calls()[0], "systemctl snmp hunter2");
}

#[test]
fn breaking_off_ends_the_command_and_goes_back() {
    let harness = Harness::new();
    // It hangs on the way there only.
    harness.program("systemctl", "[ -e hung ] && exit 0; touch hung; sleep 60");
    let mut command = harness.apply_command(&json!([replace("/PORT/Ethernet0/speed", "40000")]), &[]);
    command
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    let child = command.spawn().unwrap();
    let start = Instant::now();
    while !harness.sandbox.path("hung").exists() {
        assert!(start.elapsed() < Duration::from_secs(20));
        std::thread::sleep(Duration::from_millis(10));
    }
    let kill = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(kill.unwrap().success());
    let run = Run::from(child.wait_with_output().unwrap());
    run.fails(130, "Error: interrupted; the completed steps are rolled back");
    assert!(start.elapsed() < Duration::from_secs(20));
    assert_eq!(harness.redis.config(), config());
}

#[test]
fn other_stores_have_them_on_request() {
    let harness = Harness::new();
    let apply = |patch: &serde_json::Value, store: &str, options: &[&str]| {
        harness.sandbox.write("p.json", patch.to_string());
        let mut command = harness.command(&["apply-patch", "p.json", "--store", store]);
        let run = Run::of(command.args(options));
        run.is_clean();
    };
    let patch = |speed: &str| json!([replace("/PORT/Ethernet0/speed", speed)]);
    harness.sandbox.write("c.json", config().to_string());
    for store in [harness.redis.url(), "file:c.json".to_owned()] {
        apply(&patch("40000"), &store, &[]);
        assert_eq!(harness.calls(), [""; 0]);
        apply(&patch("50000"), &store, &["--actions"]);
        assert_eq!(harness.calls(), ["systemctl restart telemetry"]);
        std::fs::remove_file(harness.sandbox.path("calls")).unwrap();
    }
}
