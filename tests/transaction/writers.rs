//! Others change the config too.

use std::process::Stdio;

use serde_json::{Value, json};
use sonicfg::config::canonical;

use crate::common::cli::Run;
use crate::harness::{Harness, Kind, change, described, description, has_points, small_switch};

/// What somebody else does to a CONFIG_DB, who knows of no lock.
const THEIRS: [&[&str]; 3] = [
    &["HSET", "PORT|Ethernet8", "mtu", "1500"],
    &["HSET", "VLAN|Vlan300", "description", "theirs"],
    &["DEL", "BGP_NEIGHBOR|10.0.0.7"],
];

/// The config of the small switch after that.
fn with_theirs(mut config: Value, which: usize) -> Value {
    match which {
        0 => config["PORT"]["Ethernet8"]["mtu"] = "1500".into(),
        1 => config["VLAN"]["Vlan300"] = json!({"description": "theirs"}),
        _ => drop(
            config["BGP_NEIGHBOR"]
                .as_object_mut()
                .unwrap()
                .shift_remove("10.0.0.7"),
        ),
    }
    config
}

#[test]
fn conflict_between_read_and_first_step_is_retried() {
    if !has_points() {
        return;
    }
    for (which, command) in THEIRS.iter().enumerate() {
        let harness = Harness::new(Kind::Redis);
        // Once: it is made anew, from what is there now.
        let paused = harness.paused(&description("ours"), &[], "before a step:1");
        harness.redis().cli::<i64>(4, command);
        let run = paused.finish();
        run.is_clean();
        let mut expected = with_theirs(small_switch(), which);
        expected["PORT"]["Ethernet4"]["description"] = "ours".into();
        assert_eq!(harness.config(), canonical(&expected));
        // Twice: that is a conflict.
        let mut paused = harness.paused(&description("again"), &[], "before a step:1,before a step:2");
        harness
            .redis()
            .cli::<i64>(4, &["HSET", "PORT|Ethernet12", "mtu", "1501"]);
        paused.go_on();
        paused.wait();
        harness
            .redis()
            .cli::<i64>(4, &["HSET", "PORT|Ethernet12", "mtu", "1502"]);
        let run = paused.finish();
        assert_eq!(run.code, Some(3), "{}", run.stderr);
        assert!(
            run.last_line()
                .contains("was changed by another client meanwhile"),
            "{}",
            run.stderr
        );
        expected["PORT"]["Ethernet12"]["mtu"] = "1502".into();
        assert_eq!(harness.config(), canonical(&expected));
        harness.is_at_rest();
    }
}

#[test]
fn conflicting_change_is_reported() {
    if !has_points() {
        return;
    }
    // What the second read finds is validated anew.
    let harness = Harness::new(Kind::Redis);
    let patch =
        json!([{"op": "add", "path": "/VLAN_MEMBER/Vlan100|Ethernet8", "value": {"tagging_mode": "tagged"}}]);
    let paused = harness.paused(&patch, &[], "before a step:1");
    for key in [
        "VLAN_MEMBER|Vlan100|Ethernet0",
        "VLAN_MEMBER|Vlan100|Ethernet4",
        "VLAN|Vlan100",
    ] {
        harness.redis().cli::<i64>(4, &["DEL", key]);
    }
    let left = harness.config();
    let run = paused.finish();
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    assert_eq!(harness.config(), left);
    harness.is_at_rest();
}

#[test]
fn conflict_between_steps_rolls_back() {
    if !has_points() {
        return;
    }
    for (which, command) in THEIRS.iter().enumerate() {
        let harness = Harness::new(Kind::Redis);
        let paused = harness.paused(&change(), &[], "before a step:2");
        harness.redis().cli::<i64>(4, command);
        let run = paused.finish();
        assert_eq!(run.code, Some(3), "{}", run.stderr);
        assert!(run.last_line().contains("rolled back"), "{}", run.stderr);
        assert_eq!(harness.config(), canonical(&with_theirs(small_switch(), which)));
        harness.is_at_rest();
    }
}

#[test]
fn daemon_owned_tables_cause_no_conflict() {
    if !has_points() {
        return;
    }
    let harness = Harness::new(Kind::Redis);
    let paused = harness.paused(&description("ours"), &[], "before a step:1");
    harness
        .redis()
        .cli::<i64>(4, &["HSET", "BUFFER_PG|Ethernet4|3-4", "profile", "lossy"]);
    let run = paused.finish();
    run.is_clean();
    assert_eq!(described(&harness.config()), "ours");
    let config: Value = serde_json::from_str(&harness.config()).unwrap();
    assert_eq!(config["BUFFER_PG"]["Ethernet4|3-4"]["profile"], "lossy");
    let history = harness.run(&["history"]).stdout;
    assert_eq!(history.lines().count(), 1, "{history}");
    // What daemons write in answer to a port that the change takes down is none either.
    let patch = json!([{"op": "remove", "path": "/BUFFER_PG/Ethernet8|0/profile"}]);
    let paused = harness.paused(&patch, &["--all-at-once"], "before a step:2");
    harness
        .redis()
        .cli::<i64>(4, &["HSET", "BUFFER_PG|Ethernet8|5", "profile", "lossy"]);
    paused.finish().is_clean();
    // A change that is about the table, and of no port, is another matter.
    harness
        .redis()
        .cli::<i64>(4, &["HSET", "PORT|Ethernet8", "admin_status", "down"]);
    let patch = json!([
        {"op": "add", "path": "/BUFFER_PG/Ethernet8|0/profile", "value": "lossy"},
        {"op": "add", "path": "/VLAN/Vlan900", "value": {}},
        {"op": "add", "path": "/VLAN_MEMBER/Vlan900|Ethernet0", "value": {}}
    ]);
    let paused = harness.paused(&patch, &["--all-at-once"], "before a step:2");
    harness
        .redis()
        .cli::<i64>(4, &["HSET", "BUFFER_PG|Ethernet4|5", "profile", "lossy"]);
    assert_eq!(paused.finish().code, Some(3));
}

#[test]
fn file_changed_between_read_and_write_is_retried() {
    if !has_points() {
        return;
    }
    let harness = Harness::new(Kind::File);
    let paused = harness.paused(&description("ours"), &[], "before a step:1");
    let mut theirs = small_switch();
    theirs["PORT"]["Ethernet8"]["mtu"] = "1500".into();
    harness.sandbox.write("c.json", theirs.to_string());
    paused.finish().is_clean();
    theirs["PORT"]["Ethernet4"]["description"] = "ours".into();
    assert_eq!(harness.config(), canonical(&theirs));
    harness.is_at_rest();
}

#[test]
fn who_holds_the_lock_is_told() {
    if !has_points() {
        return;
    }
    for kind in [Kind::File, Kind::Redis] {
        let harness = Harness::new(kind);
        let paused = harness.paused(&description("ours"), &[], "before a step:1");
        let run = harness.apply(&description("theirs"), &["--lock-timeout", "50ms"]);
        assert_eq!(run.code, Some(3), "{}", run.stderr);
        let line = run.last_line();
        let pid = format!("(process {}, apply-patch) since 20", paused.child.id());
        assert!(
            line.contains(" is being changed by ") && line.contains(&pid),
            "{line}"
        );
        assert!(line.contains("--lock-timeout"), "{line}");
        // Who waits longer comes after it.
        let mut waiting = harness.command(&["apply-patch", "p.json", "--lock-timeout", "20s"]);
        let waiting = waiting
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_millis(100));
        paused.finish().is_clean();
        Run::from(waiting.wait_with_output().unwrap()).is_clean();
        assert_eq!(described(&harness.config()), "theirs");
        harness.is_at_rest();
    }
}

/// Many processes count one field up. None of their changes is lost.
fn counted(kind: Kind) {
    const PROCESSES: usize = 8;
    let changes: usize = 50;
    let mut start = small_switch();
    start["PORT"]["Ethernet4"]["mtu"] = "1000".into();
    let harness = Harness::with(kind, &start);
    let conflicts: usize = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..PROCESSES)
            .map(|worker| {
                let harness = &harness;
                scope.spawn(move || {
                    let mut again = 0;
                    for _ in 0..changes {
                        loop {
                            let now: Value = serde_json::from_str(&harness.config()).unwrap();
                            let now = now["PORT"]["Ethernet4"]["mtu"].as_str().unwrap().to_owned();
                            let next = (now.parse::<u32>().unwrap() + 1).to_string();
                            let path = "/PORT/Ethernet4/mtu";
                            let patch = json!([{"op": "test", "path": path, "value": now},
                                {"op": "replace", "path": path, "value": next}]);
                            let name = format!("p{worker}.json");
                            harness.sandbox.write(&name, patch.to_string());
                            let run = harness.run(&[
                                "apply-patch",
                                &name,
                                "--lock-timeout",
                                "60s",
                                "--history-keep",
                                "5",
                            ]);
                            match run.code {
                                Some(0) => break,
                                Some(1 | 3) => again += 1,
                                code => panic!("{code:?} {}", run.stderr),
                            }
                        }
                    }
                    again
                })
            })
            .collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).sum()
    });
    let end: Value = serde_json::from_str(&harness.config()).unwrap();
    let expected = (1000 + PROCESSES * changes).to_string();
    assert_eq!(
        end["PORT"]["Ethernet4"]["mtu"], expected,
        "{conflicts} tried again"
    );
    eprintln!("{kind:?}: {conflicts} tried again");
    harness.is_at_rest();
}

#[test]
fn eight_count_on_a_file() {
    counted(Kind::File);
}

#[test]
fn eight_count_on_a_server() {
    counted(Kind::Redis);
}
