//! Changes that a switch does not take.

use serde_json::json;

use crate::harness::{Harness, replace};

fn states(harness: &Harness) {
    let fields = [
        ("supported_fecs", "rs, none"),
        ("supported_speeds", "40000,100000"),
    ];
    harness.redis.set_state("PORT_TABLE|Ethernet0", &fields);
    harness.redis.set_state(
        "PORT_TABLE|Ethernet4",
        &[("supported_fecs", "N/A"), ("supported_speeds", "")],
    );
}

#[test]
fn values_that_the_switch_does_not_support() {
    let harness = Harness::new();
    states(&harness);
    harness.refuses(
        &json!([replace("/PORT/Ethernet0/fec", "fc")]),
        "operation 0 (replace /PORT/Ethernet0/fec): /PORT/Ethernet0/fec: the switch does not support \"fc\" there, only rs, \
         none (supported_fecs of PORT_TABLE|Ethernet0 in STATE_DB)",
    );
    harness.refuses(
        &json!([replace("/PORT/Ethernet0/mtu", "9000"), replace("/PORT/Ethernet0/speed", "25000")]),
        "operation 1 (replace /PORT/Ethernet0/speed): /PORT/Ethernet0/speed: the switch does not support \"25000\" there, \
         only 40000, 100000 (supported_speeds of PORT_TABLE|Ethernet0 in STATE_DB)",
    );
    harness.refuses(
        &json!([replace("/PORT/Ethernet4/fec", "N/A")]),
        "operation 0 (replace /PORT/Ethernet4/fec): /PORT/Ethernet4/fec: the switch does not support \"N/A\" there, nor any \
         other value (supported_fecs of PORT_TABLE|Ethernet4 in STATE_DB)",
    );
    let run = harness.apply_with(&json!([replace("/PORT/Ethernet0/fec", "fc")]), &["--dry-run"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""));
}

#[test]
fn values_that_it_supports_and_those_of_which_it_says_nothing() {
    let harness = Harness::new();
    states(&harness);
    harness.applied(&json!([
        replace("/PORT/Ethernet0/fec", "none"),
        replace("/PORT/Ethernet0/speed", "40000"),
        replace("/PORT/Ethernet4/speed", "1"),
        {"op": "remove", "path": "/PORT/Ethernet4/fec"},
        replace("/PORT/Ethernet8/fec", "auto"),
        replace("/PORT/Ethernet8/speed", "7")
    ]));
    // What stood there before the change is none of its business.
    harness
        .redis
        .set_state("PORT_TABLE|Ethernet8", &[("supported_fecs", "rs")]);
    harness.applied(&json!([replace("/PORT/Ethernet8/mtu", "9000")]));
}

#[test]
fn recreated_port_ignores_supported_values() {
    let harness = Harness::new();
    states(&harness);
    harness.policy("[waits.port]\nbefore-adding = \"NONE\"\nuntil-gone = \"NONE\"\n");
    harness.applied(&json!([
        replace("/PORT/Ethernet0/lanes", "0"),
        replace("/PORT/Ethernet0/speed", "25000")
    ]));
}

#[test]
fn the_list_of_a_chassis_does_not_count() {
    let harness = Harness::new();
    states(&harness);
    harness
        .redis
        .cli::<i64>(4, &["HSET", "DEVICE_METADATA|localhost", "switch_type", "voq"]);
    harness.applied(&json!([replace("/PORT/Ethernet0/fec", "fc")]));
}

#[test]
fn ignored_path_skips_preflight() {
    let harness = Harness::new();
    states(&harness);
    let patch = json!([replace("/PORT/Ethernet0/fec", "fc")]);
    let run = harness.apply_with(&patch, &["--ignore-path", "/PORT/Ethernet0"]);
    run.is_clean();
}

#[test]
fn fields_that_the_platform_does_not_let_change() {
    let harness = Harness::new();
    let patch = json!([replace("/BUFFER_PROFILE/lossless/xoff", "5000")]);
    harness.refuses(
        &patch,
        "operation 0 (replace /BUFFER_PROFILE/lossless/xoff): /BUFFER_PROFILE/lossless/xoff: the switch does not let it \
         change: Trident 2 takes no other headroom or pool size while it runs",
    );
    // With its entry, on this platform.
    harness.applied(&json!([
        {"op": "add", "path": "/BUFFER_PROFILE/other", "value": {"size": "1", "xoff": "2"}},
        replace("/BUFFER_PROFILE/lossless/size", "1")
    ]));
    harness
        .redis
        .cli::<i64>(4, &["HSET", "DEVICE_METADATA|localhost", "hwsku", "ACS-MSN4700"]);
    harness.applied(&patch);
}

#[test]
fn fields_that_the_software_does_not_let_change() {
    let harness = Harness::new();
    harness.policy(
        "[immutable.new]\nfields = [\"VLAN.description\"]\nuntil-release = \"20230500\"\nreason = \"too old\"\n\
         [immutable.branch]\nfields = [\"SYSLOG_SERVER\"]\nbranches = [\"2022*\"]\nreason = \"not in this branch\"\n",
    );
    let describe = json!([{"op": "add", "path": "/VLAN/Vlan10/description", "value": "x"}]);
    let syslog = json!([{"op": "remove", "path": "/SYSLOG_SERVER/10.0.0.9"},
                        {"op": "add", "path": "/SYSLOG_SERVER/10.0.0.8", "value": {"port": "514"}}]);
    harness
        .sandbox
        .write("version.yml", "build_version: '20220531.27'\nbranch: '202205'\n");
    harness.refuses(
        &describe,
        "operation 0 (add /VLAN/Vlan10/description): /VLAN/Vlan10/description: the switch does not let it change: too old",
    );
    let run = harness.apply(&syslog);
    assert!(
        run.code == Some(1) && run.last_line().contains("not in this branch"),
        "{run:?}"
    );
    harness
        .sandbox
        .write("version.yml", "build_version: '20230531.2'\nbranch: '202305'\n");
    harness.applied(&describe);
    harness.applied(&syslog);
}

#[test]
fn only_a_switch_has_them() {
    let harness = Harness::new();
    states(&harness);
    let patch = json!([
        replace("/PORT/Ethernet0/fec", "fc"),
        replace("/BUFFER_PROFILE/lossless/xoff", "5000")
    ]);
    harness.sandbox.write("p.json", patch.to_string());
    let apply = |more: &[&str]| {
        let mut command = harness.command(&["apply-patch", "p.json", "--store", &harness.redis.url()]);
        crate::common::cli::Run::of(command.args(more))
    };
    let run = apply(&["--actions", "--report", "json"]);
    assert_eq!(run.code, Some(1));
    let told: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(told["result"], "refused");
    let reason = told["reason"].as_str().unwrap();
    assert!(
        reason.contains("Trident 2") && reason.contains("\"fc\""),
        "all reasons: {reason}"
    );
    apply(&[]).is_clean();
}
