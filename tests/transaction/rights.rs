//! Users of a server with few rights, and servers that lack commands: a step is made whole, or nothing of it.

use serde_json::{Value, json};
use sonicfg::config::canonical;

use crate::common::cli::{Run, fixture};
use crate::common::redis::{CONFIG_DB, Redis, STATE_DB};
use crate::harness::{Harness, Kind, change, changed, small_switch};

/// A change of one step: it sets a field, creates an entry, and removes a field.
fn three_writes() -> Value {
    json!([
        {"op": "replace", "path": "/BUFFER_PROFILE/lossy/size", "value": "9"},
        {"op": "add", "path": "/BUFFER_PROFILE/extra", "value": {"size": "1"}},
        {"op": "remove", "path": "/VLAN/Vlan100/description"},
    ])
}

/// The program as the user `u`, whose rights are these.
fn run_as(harness: &Harness, rights: &[&str], args: &[&str]) -> Run {
    let user = ["ACL", "SETUSER", "u", "reset", "on", ">pw"];
    harness.redis().cli::<()>(0, &[&user[..], rights].concat());
    let store = format!("{}&user=u&pass=pw", harness.redis().url());
    let mut command = harness.sandbox.command(args);
    command
        .args(["--store", &store])
        .env("SONICFG_STATE_DIR", harness.sandbox.path("state"));
    if args[0] != "history" {
        command.args(["--yang-dir", &fixture("yang-plan")]);
    }
    Run::of(&mut command)
}

fn apply_as(harness: &Harness, rights: &[&str], patch: &Value) -> Run {
    harness.sandbox.write("p.json", patch.to_string());
    run_as(
        harness,
        rights,
        &["apply-patch", "p.json", "--step-delay", "0", "--all-at-once"],
    )
}

/// Asserts that a change was refused with nothing changed and nothing left.
#[track_caller]
fn is_refused(harness: &Harness, run: &Run, reason: &str) {
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(run.last_line().contains(reason), "{}", run.stderr);
    assert_eq!(harness.config(), canonical(&small_switch()), "{}", run.stderr);
    harness.is_at_rest();
    assert!(!harness.run(&["history"]).stdout.contains("applied"));
}

#[test]
fn missing_rights_leave_nothing_half_written() {
    for (rights, reason) in [
        // Some keys can be read, but not written.
        (
            &["%R~*", "~SONICFG*", "~BUFFER*", "~PORT|*", "+@all"][..],
            "NOPERM",
        ),
        // A command is missing, for all keys.
        (&["~*", "+@all", "-hdel"], "NOPERM"),
        (&["~*", "+@all", "-hset"], "NOPERM"),
        (&["~*", "+@all", "-pexpire"], "NOPERM"),
        (&["~*", "+@all", "-keys"], "NOPERM"),
        // A command is missing for some keys only; what was written before it is undone.
        (&["~*", "+@all", "-hdel", "(~SONICFG* +hdel)"], "NOPERM"),
        (&["~*", "+@all", "-hset", "(~SONICFG* +hset)"], "NOPERM"),
        (
            &["~*", "+@all", "-hset", "(~SONICFG* +hset)", "(~BUFFER* +hset)"],
            "NOPERM",
        ),
        // Some keys cannot even be read.
        (&["~SONICFG*", "~VLAN*", "~BUFFER*", "+@all"], "cannot be read"),
    ] {
        let harness = Harness::new(Kind::Redis);
        let run = apply_as(&harness, rights, &three_writes());
        is_refused(&harness, &run, reason);
        // With the rights it is made.
        let run = apply_as(&harness, &["~*", "+@all"], &three_writes());
        assert_eq!(run.code, Some(0), "{}", run.stderr);
    }
}

#[test]
fn missing_commands_leave_nothing_half_written() {
    for command in ["HDEL", "DEL", "PEXPIRE"] {
        let harness = Harness::on_server(&["--rename-command", command, ""]);
        let run = harness.apply(&three_writes(), &["--all-at-once"]);
        assert_eq!(run.code, Some(2), "{command}: {}", run.stderr);
        assert!(run.last_line().contains("rename-command"), "{}", run.stderr);
        assert_eq!(harness.config(), canonical(&small_switch()), "{command}");
    }
}

#[test]
fn step_that_cannot_be_undone_is_reported_and_recovered() {
    let harness = Harness::new(Kind::Redis);
    // The entry that is created cannot be removed again.
    let rights = [
        "~*",
        "+@all",
        "-hset",
        "-del",
        "(~SONICFG* +hset +del)",
        "(~BUFFER* +hset)",
    ];
    let run = apply_as(&harness, &rights, &three_writes());
    assert_eq!(run.code, Some(5), "{}", run.stderr);
    assert!(run.last_line().contains("IS HALF DONE"), "{}", run.stderr);
    assert_ne!(harness.config(), canonical(&small_switch()));
    // With the rights it is rolled back.
    let run = run_as(&harness, &["~*", "+@all"], &["recover"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(harness.config(), canonical(&small_switch()));
    harness.is_at_rest();
}

/// The rights that docs/safety.md names.
fn documented_rights() -> Vec<String> {
    let page = std::fs::read_to_string("docs/safety.md").unwrap();
    let line = page
        .lines()
        .find_map(|line| line.split_once("ACL SETUSER sonicfg on "));
    let (_, rights) = line.expect("the page names the rights");
    let words = rights.split_whitespace().skip(1);
    words
        .map(|word| word.trim_matches(['\'', '"']).to_owned())
        .collect()
}

#[test]
fn documented_rights_suffice() {
    let rights = documented_rights();
    let rights: Vec<&str> = rights.iter().map(String::as_str).collect();
    assert!(rights.len() > 5, "{rights:?}");
    let harness = Harness::new(Kind::Redis);
    let run = apply_as(&harness, &rights, &change());
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    assert_eq!(harness.config(), canonical(&changed()));
    harness.is_at_rest();
    let run = run_as(&harness, &rights, &["rollback", "--to", "2", "--step-delay", "0"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(harness.config(), canonical(&small_switch()));
    // None of them is too many.
    for left_out in rights.iter().filter(|right| right.starts_with('+')) {
        let fewer: Vec<&str> = rights.iter().copied().filter(|right| right != left_out).collect();
        let harness = Harness::new(Kind::Redis);
        let run = apply_as(&harness, &fewer, &change());
        let is_needed = run.code == Some(2) && harness.config() == canonical(&small_switch());
        assert!(
            is_needed || *left_out == "+info",
            "{left_out}: {:?} {}",
            run.code,
            run.stderr
        );
    }
}

#[test]
fn order_of_a_locale_does_not_matter() {
    let dir = tempfile::tempdir().unwrap();
    let made = std::process::Command::new("localedef")
        .args(["-i", "en_US", "-f", "UTF-8"])
        .arg(dir.path().join("en_US.UTF-8"))
        .output();
    if !made.is_ok_and(|made| made.status.success()) {
        crate::common::oracle::say("SKIPPED: no locale can be made here (Debian: package locales)");
        return;
    }
    let locale = [
        ("LOCPATH", dir.path().to_str().unwrap()),
        ("LC_ALL", "en_US.UTF-8"),
    ];
    let mut config = small_switch();
    // Capitals, bars and digits are in another order there.
    config["VLAN"] =
        json!({"A": {"description": "1"}, "Vlan100": {"description": "2"}, "Zlan": {"description": "3"}});
    let harness = Harness {
        kind: Kind::Redis,
        sandbox: crate::common::cli::Sandbox::new(),
        redis: Some(Redis::start_in(&[], &locale)),
    };
    harness.load(&json!({}));
    harness.sandbox.write("c.json", config.to_string());
    let run = harness.run(&["replace", "c.json"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    assert_eq!(harness.config(), canonical(&config));
    // A change of another client is seen in each table.
    if crate::harness::has_points() {
        for key in [
            "VLAN|A",
            "VLAN|Zlan",
            "VLAN_MEMBER|Vlan100|Ethernet0",
            "PORT|Ethernet12",
        ] {
            let paused = harness.paused(&change(), &[], "before a step:2");
            harness
                .redis()
                .cli::<i64>(CONFIG_DB, &["HSET", key, "theirs", "x"]);
            let run = paused.finish();
            assert_eq!(run.code, Some(3), "{key}: {}", run.stderr);
            harness.redis().cli::<i64>(CONFIG_DB, &["HDEL", key, "theirs"]);
            assert_eq!(harness.config(), canonical(&config));
        }
    }
    let keys: Vec<String> = harness.redis().cli(STATE_DB, &["KEYS", "*"]);
    assert_eq!(keys, ["SONICFG|STORE"]);
}
