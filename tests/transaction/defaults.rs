//! Commands that name no store and no models: on a switch they work on its running config and its own models, elsewhere
//! they say what to add.

use std::process::Command;

use sonicfg::config::canonical;

use crate::common::cli::{Run, fixture};

use super::harness::{Harness, Kind, change, changed, small_switch};

/// The program on a switch: the server of the store is described where a switch describes its databases.
fn on_switch(harness: &Harness, args: &[&str]) -> Command {
    let mut command = harness.sandbox.command(args);
    command
        .env("SONICFG_DB_CONFIG", harness.redis().database_config())
        .env("SONICFG_SWITCH_MODELS", fixture("yang-plan"))
        .env("SONICFG_STATE_DIR", harness.sandbox.path("state"))
        .env("SONICFG_CHECKPOINT_DIR", harness.sandbox.path("checkpoints"))
        .env_remove("SONICFG_STORE");
    command
}

fn run(harness: &Harness, args: &[&str]) -> Run {
    Run::of(&mut on_switch(harness, args))
}

#[test]
fn switch_is_changed_without_a_store_and_models() {
    let harness = Harness::new(Kind::Redis);
    harness.sandbox.write("p.json", change().to_string());
    let lock = harness.sandbox.path("reload.lock");
    let lock = lock.to_str().unwrap();
    let apply = [
        "apply-patch",
        "p.json",
        "--step-delay",
        "0",
        "--reload-lock",
        lock,
    ];
    run(&harness, &["checkpoint", "before"]).is_clean();
    run(&harness, &apply).is_clean();
    assert_eq!(harness.config(), canonical(&changed()));
    let history = run(&harness, &["history"]);
    history.is_clean();
    assert_eq!(history.stdout.lines().count(), 1, "{}", history.stdout);
    let rollback = ["rollback", "before", "--step-delay", "0", "--reload-lock", lock];
    run(&harness, &rollback).is_clean();
    assert_eq!(harness.config(), canonical(&small_switch()));
}

#[test]
fn another_store_that_is_named_takes_precedence() {
    let harness = Harness::new(Kind::Redis);
    let before = harness.config();
    harness.sandbox.write("p.json", change().to_string());
    harness.sandbox.write("c.json", format!("{:#}\n", small_switch()));
    run(&harness, &["apply-patch", "p.json", "--config", "c.json"]).is_clean();
    let mut command = on_switch(&harness, &["apply-patch", "p.json"]);
    harness.sandbox.write("d.json", format!("{:#}\n", small_switch()));
    Run::of(command.env("SONICFG_STORE", "file:d.json")).is_clean();
    assert_eq!(harness.config(), before);
    assert_eq!(harness.sandbox.read("c.json"), harness.sandbox.read("d.json"));
}

#[test]
fn validate_without_a_file_checks_the_running_config() {
    let harness = Harness::new(Kind::Redis);
    run(&harness, &["validate"]).is_clean();
    let mut config = small_switch();
    config["PORT"]["Ethernet0"]["mtu"] = "many".into();
    harness.load(&config);
    let found = run(&harness, &["validate", "--report", "concise"]);
    assert_eq!(found.code, Some(1), "{}", found.stderr);
    let line = found.stdout.trim_end();
    assert!(
        line.starts_with("running config:") && line.contains("/PORT/Ethernet0/mtu: \"many\""),
        "{line}"
    );
    found.fails(1, "Error: 1 error found");
    // What is named is checked, and nothing else.
    harness.sandbox.write("c.json", "{}");
    run(&harness, &["validate", "c.json"]).is_clean();
}

#[test]
fn models_of_the_switch_are_the_default_of_models() {
    let harness = Harness::new(Kind::Redis);
    let own = run(&harness, &["schema", "list"]);
    own.is_clean();
    assert!(own.stdout.contains("plan-switch"), "{}", own.stdout);
    let other = harness
        .sandbox
        .command(["schema", "list"])
        .env("SONICFG_SWITCH_MODELS", fixture("yang-plan"))
        .output();
    let other = Run::from(other.unwrap());
    assert!(!other.stdout.contains("plan-switch"), "{}", other.stdout);
}

#[test]
fn elsewhere_the_message_shows_what_to_add() {
    let harness = Harness::new(Kind::File);
    let needed =
        "no store is named: add --config FILE or --store URL, or set SONICFG_STORE; for example: sonicfg";
    for args in [
        &["history"][..],
        &["confirm", "--cancel"],
        &["flags", "get", "swss_zmq"],
        &["checkpoint", "before"],
        &["migrate", "--dry-run"],
    ] {
        let words = args.join(" ");
        let mut command = harness.sandbox.command(args);
        Run::of(command.env_remove("SONICFG_STORE"))
            .fails(2, &format!("Error: {needed} {words} --config config_db.json"));
    }
}
