//! What each script of `cases/faults` prints.

use std::process::Command;

use crate::common::shared;

/// The output of a script, standard error included; `None` without the shared data.
fn output(name: &str) -> Option<String> {
    let dir = shared()?.join("cases/faults").join(name);
    let script = dir.join("cmd.sh");
    assert!(script.is_file(), "there is no {}", script.display());
    let cache = tempfile::tempdir().unwrap();
    let out = Command::new("bash")
        .arg("-c")
        .arg("exec 2>&1; . \"$0\"")
        .arg(&script)
        .env("SONICFG", env!("CARGO_BIN_EXE_sonicfg"))
        .env("YANG", dir.join("../../../corpus/yang-models"))
        .env("SONICFG_CACHE_DIR", cache.path())
        .output()
        .unwrap();
    Some(String::from_utf8_lossy(&out.stdout).into_owned())
}

/// Runs a script, and checks that its output has the lines that end so, in this order.
#[track_caller]
fn check(name: &str, wanted: &[&str], unwanted: &[&str]) {
    let Some(out) = output(name) else { return };
    let mut lines = out.lines();
    for wanted in wanted {
        assert!(
            lines.any(|line| line.contains(wanted)),
            "{wanted:?} is not in its place:\n{out}"
        );
    }
    for unwanted in unwanted {
        assert!(!out.contains(unwanted), "{unwanted:?} is in\n{out}");
    }
}

#[test]
fn acl_ports_empty_string() {
    check("acl-ports-empty-string", &["exit 0", "exit 0"], &["exit 1"]);
}

#[test]
fn bracket_reference_hint() {
    check(
        "bracket-reference-hint",
        &["\"p\"", "\"ROCE\"", "exit 1"],
        &["add \"[BUFFER_POOL|p]\""],
    );
}

#[test]
fn breakout_lanes_not_waited_for() {
    check(
        "breakout-lanes-not-waited-for",
        &["PORT|Ethernet0 in CONFIG_DB: 0, PORT|Ethernet1: 0"],
        &[],
    );
}

#[test]
fn confirm_of_cured_config() {
    check(
        "confirm-of-cured-config",
        &["exit 0", "after the deadline: exit 0", "the next change: exit 0"],
        &[],
    );
}

#[test]
fn daemon_removes_pg_of_down_port() {
    check(
        "daemon-removes-pg-of-down-port",
        &["exit 0", "exit 0"],
        &["exit 3"],
    );
}

#[test]
fn emptied_leaf_list_stays() {
    check(
        "emptied-leaf-list-stays",
        &["file:", "exit 0", "redis:", "exit 0", "0"],
        &["prefixes_v4"],
    );
}

#[test]
fn empty_list_message() {
    check("empty-list-message", &["exit "], &["default is  "]);
}

#[test]
fn empty_table_in_a_file() {
    let Some(out) = output("empty-table-in-a-file") else {
        return;
    };
    assert!(out.contains("exit 0"), "{out}");
    let about = out.lines().filter(|line| line.contains("/VRRP_LAB: "));
    assert_eq!(about.count(), 1, "{out}");
}

#[test]
fn existing_error_blamed_on_op0() {
    let Some(out) = output("existing-error-blamed-on-op0") else {
        return;
    };
    let (file, redis) = out.split_once("redis:").unwrap();
    assert_eq!(file.trim_start_matches("file:").trim(), redis.trim(), "{out}");
    assert!(
        !out.contains("operation 0 (add /PORT/Ethernet0/description): /ACL_RULE"),
        "{out}"
    );
}

#[test]
fn loopback0_with_its_table() {
    check("loopback0-with-its-table", &["exit 0"], &[]);
}

#[test]
fn mirror_rule_left_without_action() {
    check(
        "mirror-rule-left-without-action",
        &[
            "- ACL_RULE|MIR|R1",
            "- MIRROR_SESSION|mon0",
            "+ MIRROR_SESSION|mon0",
            "+ ACL_RULE|MIR|R1",
        ],
        &["ACL_RULE|MIR|R1 MIRROR_INGRESS_ACTION"],
    );
}

#[test]
fn multi_asic_file_not_checked() {
    check(
        "multi-asic-file-not-checked",
        &["/asic0/PORT", "/asic1/", "exit 1"],
        &["valid, "],
    );
}

#[test]
fn multi_asic_path_without_scope() {
    check("multi-asic-path-without-scope", &["exit 1"], &[]);
}

#[test]
fn null_pair_in_a_file() {
    check(
        "null-pair-in-a-file",
        &["exit 0", "exit 0", "exit "],
        &["exit 3", "another client"],
    );
}

#[test]
fn remove_absent_table() {
    check("remove-absent-table", &["exit 0"], &[]);
}

#[test]
fn rollback_of_pfcwd_global() {
    check(
        "rollback-of-pfcwd-global",
        &[
            "exit 0",
            "rollback to the checkpoint: exit 0",
            "exit 0",
            "after the deadline: exit 0",
            "0",
            "the next change: exit 0",
        ],
        &[],
    );
}

#[test]
fn unknown_flag_refused() {
    check("unknown-flag-refused", &["warning", "exit 0"], &[]);
}

#[test]
fn vrf_of_interface_in_place() {
    check(
        "vrf-of-interface-in-place",
        &["4 steps", "- INTERFACE|Ethernet0", "+ INTERFACE|Ethernet0"],
        &[
            "~ INTERFACE|Ethernet0 vrf_name",
            "+ VLAN_INTERFACE|Vlan100 vrf_name",
        ],
    );
}
