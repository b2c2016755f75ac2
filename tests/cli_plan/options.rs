//! Each option does something.

use super::common::cli::fixture;
use super::*;

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
    sandbox.write("g.json", r#"{"UPLINK": {"u": {"note": "x"}}}"#);
    assert_eq!(change("--golden", "g.json"), "  + UPLINK|u note \"x\"");
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
        "p.json:1:28: operation 0 is for asic0, whose config is not named, and this is the config of the host (for that of asic0: leave \
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
fn change_beyond_the_limit_names_the_option() {
    let change = r#"[{"op": "replace", "path": "/PORTCHANNEL/PortChannel1/mtu", "value": "9000"}]"#;
    let sandbox = sandbox(change);
    // By the built-in policy the members may go with the PortChannel itself.
    let group = "[[keep-available]]\ntable = \"PORTCHANNEL_MEMBER\"\nthrough = \"PORT\"\n";
    let policy =
        "[remove]\nkeep-available = [\"PORTCHANNEL_MEMBER\"]\n[create-only]\nPORTCHANNEL = [\"mtu\"]\n";
    sandbox.write("policy.toml", format!("{policy}{group}"));
    let with = |options: &[&str]| {
        let all = ["--patch", "p.json", "--policy", "policy.toml"];
        let all: Vec<&str> = all.iter().chain(options).copied().collect();
        run(&sandbox, &all)
    };
    with(&[]).fails(
        1,
        "Error: there is no plan: with the change of PORTCHANNEL|PortChannel1, 2 of \
         PORTCHANNEL_MEMBER|PortChannel1 would be interrupted at once, and at most 1 may be (--rolling 2 or --all-at-once lifts \
         the limit)",
    );
    with(&["--rolling", "2"]).is_clean();
    with(&["--all-at-once"]).is_clean();
    sandbox.write("policy.toml", "[create-only]\nPORTCHANNEL = [\"mtu\"]\n");
    with(&[]).is_clean();
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
    let both = ["--patch", "p.json", "--rolling", "1", "--no-interruptions"];
    run(&sandbox, &both).fails(
        2,
        "Error: the argument '--rolling <N>' cannot be used with '--no-interruptions'",
    );
    for nothing in [&["--rolling", "0"][..], &["--no-interruptions"]] {
        run(&sandbox, &[&["--patch", "p.json"], nothing].concat()).fails(
            1,
            "Error: there is no plan: BGP_NEIGHBOR|10.0.0.3 would be interrupted, and nothing may be (without \
             --no-interruptions the change is made)",
        );
    }
    run(&sandbox, &[]).fails(
        2,
        "Error: the following required arguments were not provided: <--patch <FILE>|--configlet-update \
         <FILE>|--configlet-delete <FILE>|--golden <FILE>|--target <FILE>>",
    );
}

#[test]
fn without_a_cache_nothing_is_kept() {
    let sandbox = sandbox(NEIGHBOUR);
    run(&sandbox, &["--patch", "p.json", "--no-schema-cache"]).is_clean();
    assert!(!sandbox.path("cache").exists());
    run(&sandbox, &["--patch", "p.json"]).is_clean();
    assert!(sandbox.path("cache").exists());
}
