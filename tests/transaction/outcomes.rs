//! What a failed change says: the exit code and the state of docs/exit-codes.md, for each failure at each time.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use sonicfg::config::canonical;

use crate::common::cli::Run;
use crate::common::redis::{CONFIG_DB, STATE_DB};
use crate::harness::{Harness, Kind, change, changed, description, has_points, small_switch};

/// The time of a failure: a column of the table.
#[derive(Debug, Clone, Copy)]
enum When {
    Before = 1,
    Between = 2,
    After = 3,
}

impl When {
    /// The point at which a change of three steps is stopped.
    fn point(self) -> &'static str {
        match self {
            When::Before => "before a step:1",
            When::Between => "before a step:2",
            When::After => "after a step:3",
        }
    }
}

/// Asserts that the table of the documentation has this outcome.
#[track_caller]
fn is_documented(failure: &str, when: When, outcome: &str) {
    let page = std::fs::read_to_string("docs/exit-codes.md").unwrap();
    let row = page
        .lines()
        .find(|line| line.starts_with(&format!("| {failure}")));
    let row = row.unwrap_or_else(|| panic!("no row {failure:?}"));
    let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
    assert!(
        cells[when as usize].contains(outcome),
        "{failure}, {when:?}: {}",
        cells[when as usize]
    );
}

/// Asserts an outcome, and that what is in effect is what it says.
#[track_caller]
fn ends(harness: &Harness, run: &Run, (failure, when, outcome): (&str, When, &str)) {
    is_documented(failure, when, outcome);
    let (code, state) = outcome.split_once(", ").unwrap();
    assert_eq!(
        run.code,
        Some(code.parse().unwrap()),
        "{failure}, {when:?}: {}",
        run.stderr
    );
    let expected = if state == "applied" {
        changed()
    } else {
        small_switch()
    };
    let now: serde_json::Value = serde_json::from_str(&harness.config()).unwrap();
    for table in ["VLAN", "BGP_NEIGHBOR", "VLAN_MEMBER", "BUFFER_PG"] {
        assert_eq!(
            canonical(&now[table]),
            canonical(&expected[table]),
            "{failure}, {when:?}: {}",
            run.stderr
        );
    }
    if state == "rolled back" && run.code != Some(130) {
        assert!(run.last_line().contains("rolled back"), "{}", run.stderr);
    }
    if state == "applied" && run.code != Some(0) {
        assert!(run.last_line().contains("is applied, but"), "{}", run.stderr);
    }
}

/// A change that is stopped at a time, for something to happen.
fn stopped(when: When, options: &[&str], happens: impl FnOnce(&Harness)) -> (Harness, Run) {
    let harness = Harness::new(Kind::Redis);
    let paused = harness.paused(&change(), options, when.point());
    happens(&harness);
    let run = paused.finish();
    (harness, run)
}

#[test]
fn another_client() {
    if !has_points() {
        return;
    }
    let harness = Harness::new(Kind::Redis);
    let paused = harness.paused(&description("x"), &[], "before a step:1");
    let run = harness.apply(&change(), &["--lock-timeout", "0"]);
    ends(
        &harness,
        &run,
        ("another client holds the lock", When::Before, "3, not applied"),
    );
    assert_eq!(paused.finish().code, Some(0));
    let write = |harness: &Harness| {
        harness
            .redis()
            .cli::<i64>(CONFIG_DB, &["HSET", "PORT|Ethernet12", "description", "theirs"]);
    };
    for (when, outcome) in [(When::Between, "3, rolled back"), (When::After, "4, applied")] {
        let (harness, run) = stopped(when, &[], write);
        ends(
            &harness,
            &run,
            ("another client changes the config", when, outcome),
        );
        harness.is_at_rest();
        let now: serde_json::Value = serde_json::from_str(&harness.config()).unwrap();
        assert_eq!(now["PORT"]["Ethernet12"]["description"], "theirs");
        // Programs read it.
        if let When::After = when {
            assert!(
                harness
                    .run(&["history"])
                    .stdout
                    .contains("; applied: the config is not what it makes")
            );
        }
    }
}

#[test]
fn refusing_server() {
    if !has_points() {
        return;
    }
    let full = |harness: &Harness| harness.redis().cli::<()>(0, &["CONFIG", "SET", "maxmemory", "1"]);
    let failure = "the server refuses a write";
    let (harness, run) = stopped(When::Before, &[], full);
    ends(&harness, &run, (failure, When::Before, "2, not applied"));
    let (harness, run) = stopped(When::Between, &[], full);
    is_documented(failure, When::Between, "5, not known");
    assert_eq!(run.code, Some(5), "{}", run.stderr);
    assert!(run.last_line().contains("IS HALF DONE"), "{}", run.stderr);
    harness.redis().cli::<()>(0, &["CONFIG", "SET", "maxmemory", "0"]);
    assert_eq!(harness.run(&["recover"]).code, Some(0));
    assert_eq!(harness.config(), canonical(&small_switch()));
}

#[test]
fn lost_connection() {
    if !has_points() {
        return;
    }
    let failure = "the connection is lost";
    let options = ["--appendonly", "yes", "--appendfsync", "always"];
    let mut harness = Harness::on_server(&options);
    let paused = harness.paused(&change(), &[], When::Before.point());
    harness.redis_mut().kill();
    let run = paused.finish();
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    is_documented(failure, When::Before, "2, not applied");
    harness.redis_mut().start_again();
    assert_eq!(harness.config(), canonical(&small_switch()));

    let mut harness = Harness::on_server(&options);
    let paused = harness.paused(&change(), &[], When::After.point());
    harness.redis_mut().kill();
    let run = paused.finish();
    harness.redis_mut().start_again();
    ends(&harness, &run, (failure, When::After, "4, applied"));
    // What could not be removed is removed later.
    assert_eq!(harness.run(&["recover"]).code, Some(0));
    assert_eq!(harness.config(), canonical(&changed()));
    harness.is_at_rest();
}

#[test]
fn files_that_cannot_be_written() {
    if !has_points() {
        return;
    }
    // A folder stands where the history would be.
    let block = |harness: &Harness| std::fs::write(harness.home().join("history"), "").unwrap();
    let failure = "the history cannot be written";
    let (harness, run) = stopped(When::After, &[], block);
    ends(&harness, &run, (failure, When::After, "4, applied"));
    std::fs::remove_file(harness.home().join("history")).unwrap();
    let recovered = harness.run(&["recover"]);
    assert_eq!(recovered.code, Some(0), "{}", recovered.stderr);
    assert!(harness.run(&["history"]).stdout.contains("; applied"));
    assert_eq!(harness.config(), canonical(&changed()));
    harness.is_at_rest();
    // One that would wait for a confirmation is rolled back.
    is_documented(failure, When::After, "2, rolled back");
    let harness = Harness::new(Kind::Redis);
    let paused = harness.paused(&change(), &["--confirm-within", "1h"], When::After.point());
    let id = harness
        .journal()
        .file_name()
        .unwrap()
        .to_str()
        .unwrap()
        .replace("journal-", "pending-");
    std::fs::create_dir(harness.home().join(&id)).unwrap();
    let run = paused.finish();
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(run.last_line().contains("rolled back"), "{}", run.stderr);
    assert_eq!(harness.config(), canonical(&small_switch()));

    let failure = "the file of `--save` cannot be written";
    let harness = Harness::new(Kind::Redis);
    let run = harness.apply(&change(), &["--save", "none/c.json"]);
    ends(&harness, &run, (failure, When::After, "2, rolled back"));
}

#[test]
fn signals() {
    if !has_points() {
        return;
    }
    let failure = "SIGINT, SIGTERM or SIGHUP";
    for signal in ["-TERM", "-INT", "-HUP"] {
        for (when, outcome) in [
            (When::Before, "130, not applied"),
            (When::Between, "130, rolled back"),
            (When::After, "0, applied"),
        ] {
            let harness = Harness::new(Kind::Redis);
            let paused = harness.paused(&change(), &[], when.point());
            kill(signal, paused.child.id());
            let run = paused.finish();
            ends(&harness, &run, (failure, when, outcome));
            harness.is_at_rest();
        }
    }
}

fn kill(signal: &str, id: u32) {
    let status = Command::new("kill").args([signal, &id.to_string()]).status();
    assert!(status.unwrap().success());
}

#[test]
fn signal_while_a_server_does_not_answer() {
    // It does not answer the lock.
    let harness = Harness::new(Kind::Redis);
    harness.sandbox.write("p.json", change().to_string());
    let start = |harness: &Harness, options: &[&str]| {
        let mut command = harness.command(&[&["apply-patch", "p.json"], options].concat());
        command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    harness.redis().cli::<()>(0, &["CLIENT", "PAUSE", "4000", "ALL"]);
    let began = Instant::now();
    let child = start(&harness, &[]);
    std::thread::sleep(Duration::from_millis(1500));
    kill("-TERM", child.id());
    let run = Run::from(child.wait_with_output().unwrap());
    assert_eq!(run.code, Some(130), "{}", run.stderr);
    assert!(run.last_line().contains("nothing was changed"), "{}", run.stderr);
    assert!(began.elapsed() < Duration::from_secs(20));
    std::thread::sleep(Duration::from_millis(
        4100_u64.saturating_sub(began.elapsed().as_millis() as u64),
    ));
    assert_eq!(harness.config(), canonical(&small_switch()));

    // It does not answer a step: signals come again and again while it is rolled back.
    for signals in [1, 5] {
        let harness = Harness::new(Kind::Redis);
        harness.sandbox.write("p.json", change().to_string());
        let child = start(&harness, &["--step-delay", "50ms"]);
        let began = Instant::now();
        while harness.redis().cli::<i64>(CONFIG_DB, &["EXISTS", "VLAN|Vlan200"]) == 0 {
            assert!(began.elapsed() < Duration::from_secs(20));
            std::thread::sleep(Duration::from_millis(2));
        }
        harness.redis().cli::<()>(0, &["CLIENT", "PAUSE", "1500", "ALL"]);
        for _ in 0..signals {
            std::thread::sleep(Duration::from_millis(250));
            // It may have ended.
            let _ = Command::new("kill")
                .args(["-TERM", &child.id().to_string()])
                .status();
        }
        let run = Run::from(child.wait_with_output().unwrap());
        assert_eq!(run.code, Some(130), "{}", run.stderr);
        assert_eq!(harness.config(), canonical(&small_switch()));
        harness.is_at_rest();
    }
}

#[test]
fn lost_lock() {
    if !has_points() {
        return;
    }
    let failure = "the process loses its lock";
    for (when, outcome) in [
        (When::Before, "3, not applied"),
        (When::Between, "3, rolled back"),
        (When::After, "4, applied"),
    ] {
        let harness = Harness::new(Kind::Redis);
        let paused = harness.paused_as("first", &change(), &[], when.point());
        harness.redis().cli::<i64>(STATE_DB, &["DEL", "SONICFG|LOCK"]);
        let next = harness.apply(&description("next"), &[]);
        assert_eq!(next.code, Some(0), "{}", next.stderr);
        let run = paused.finish();
        ends(&harness, &run, (failure, when, outcome));
        harness.is_at_rest();
    }
}

#[test]
fn doubt_and_rejection() {
    let harness = Harness::new(Kind::Redis);
    let patch = serde_json::json!([{"op": "replace", "path": "/PORT/Ethernet0/mtu", "value": "many"}]);
    let run = harness.apply(&patch, &[]);
    ends(
        &harness,
        &run,
        ("the change is invalid", When::Before, "1, not applied"),
    );
    harness.is_at_rest();
}
