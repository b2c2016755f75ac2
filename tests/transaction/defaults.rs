//! Commands that name no store and no models: on a switch they work on its running config and its own models, elsewhere
//! they say what to add.

use std::process::Command;

use sonicfg::config::canonical;

use crate::common::cli::{Run, fixture};

use super::bed::{Bed, Kind, change, changed, small_switch};

/// The program on a switch: the server of the store is described where a switch describes its databases.
fn on_switch(bed: &Bed, args: &[&str]) -> Command {
    let mut command = bed.sandbox.command(args);
    command
        .env("SONICFG_DB_CONFIG", bed.redis().database_config())
        .env("SONICFG_SWITCH_MODELS", fixture("yang-plan"))
        .env("SONICFG_STATE_DIR", bed.sandbox.path("state"))
        .env("SONICFG_CHECKPOINT_DIR", bed.sandbox.path("checkpoints"))
        .env_remove("SONICFG_STORE");
    command
}

fn run(bed: &Bed, args: &[&str]) -> Run {
    Run::of(&mut on_switch(bed, args))
}

#[test]
fn switch_is_changed_without_a_store_and_models() {
    let bed = Bed::new(Kind::Redis);
    bed.sandbox.write("p.json", change().to_string());
    let lock = bed.sandbox.path("reload.lock");
    let lock = lock.to_str().unwrap();
    let apply = ["apply-patch", "p.json", "--settle", "0", "--reload-lock", lock];
    run(&bed, &["checkpoint", "before"]).is_clean();
    run(&bed, &apply).is_clean();
    assert_eq!(bed.config(), canonical(&changed()));
    let history = run(&bed, &["history"]);
    history.is_clean();
    assert_eq!(history.stdout.lines().count(), 1, "{}", history.stdout);
    let rollback = ["rollback", "before", "--settle", "0", "--reload-lock", lock];
    run(&bed, &rollback).is_clean();
    assert_eq!(bed.config(), canonical(&small_switch()));
}

#[test]
fn another_store_that_is_named_takes_precedence() {
    let bed = Bed::new(Kind::Redis);
    let before = bed.config();
    bed.sandbox.write("p.json", change().to_string());
    bed.sandbox.write("c.json", format!("{:#}\n", small_switch()));
    run(&bed, &["apply-patch", "p.json", "--config", "c.json"]).is_clean();
    let mut command = on_switch(&bed, &["apply-patch", "p.json"]);
    bed.sandbox.write("d.json", format!("{:#}\n", small_switch()));
    Run::of(command.env("SONICFG_STORE", "file:d.json")).is_clean();
    assert_eq!(bed.config(), before);
    assert_eq!(bed.sandbox.read("c.json"), bed.sandbox.read("d.json"));
}

#[test]
fn validate_without_a_file_checks_the_running_config() {
    let bed = Bed::new(Kind::Redis);
    run(&bed, &["validate"]).is_clean();
    let mut config = small_switch();
    config["PORT"]["Ethernet0"]["mtu"] = "many".into();
    bed.load(&config);
    let found = run(&bed, &["validate", "--report", "concise"]);
    assert_eq!(found.code, Some(1), "{}", found.stderr);
    let line = found.stdout.trim_end();
    assert!(
        line.starts_with("running config:") && line.contains("/PORT/Ethernet0/mtu: \"many\""),
        "{line}"
    );
    found.fails(1, "Error: 1 error found");
    // What is named is checked, and nothing else.
    bed.sandbox.write("c.json", "{}");
    run(&bed, &["validate", "c.json"]).is_clean();
}

#[test]
fn models_of_the_switch_are_the_default_of_models() {
    let bed = Bed::new(Kind::Redis);
    let own = run(&bed, &["schema", "list"]);
    own.is_clean();
    assert!(own.stdout.contains("plan-switch"), "{}", own.stdout);
    let other = bed
        .sandbox
        .command(["schema", "list"])
        .env("SONICFG_SWITCH_MODELS", fixture("yang-plan"))
        .output();
    let other = Run::from(other.unwrap());
    assert!(!other.stdout.contains("plan-switch"), "{}", other.stdout);
}

#[test]
fn elsewhere_the_message_shows_what_to_add() {
    let bed = Bed::new(Kind::File);
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
        let mut command = bed.sandbox.command(args);
        Run::of(command.env_remove("SONICFG_STORE"))
            .fails(2, &format!("Error: {needed} {words} --config config_db.json"));
    }
}
