//! The process dies, at every point and at any moment; what is left is the config before, or the target.

use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use sonicfg::config::canonical;

use crate::harness::{Harness, KINDS, Kind, change, changed, has_points, small_switch};

/// Where a process can be stopped.
const POINTS: [&str; 9] = [
    "before the journal",
    "after the journal",
    "before a step",
    "before the reply",
    "before the rename",
    "after the rename",
    "after a step",
    "after the history",
    "after the marks",
];
/// Where a recovery can be.
const IN_RECOVERY: [&str; 8] = [
    "in recovery",
    "before a step",
    "before the reply",
    "before the rename",
    "after the rename",
    "after a step",
    "after the history",
    "after the marks",
];
/// The signal.
const KILLED: i32 = 9;

/// Runs the program, to have it killed at a point. Whether it was; if not it came to its end.
fn killed(harness: &Harness, args: &[&str], point: &str) -> bool {
    let mut command = harness.command(args);
    let output = command.env("SONICFG_KILL_AT", point).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    match output.status.signal() {
        Some(KILLED) => true,
        None => {
            assert!(output.status.success(), "{point}: {text}");
            false
        }
        Some(signal) => panic!("{point}: signal {signal}: {text}"),
    }
}

/// Asserts that what is left is one or the other, and that everything goes on from there.
fn settled(harness: &Harness, how: &str) -> bool {
    harness.is_at_rest();
    let (before, target) = (canonical(&small_switch()), canonical(&changed()));
    let now = harness.config();
    assert!(now == before || now == target, "{how}: half done\n{now}");
    now == target
}

/// Kills at every point, and at every point of the recovery from each.
fn at_every_point(kind: Kind, recover: &[&str]) -> usize {
    if !has_points() {
        return 0;
    }
    let harness = Harness::new(kind);
    harness.sandbox.write("p.json", change().to_string());
    let apply = ["apply-patch", "p.json"];
    harness.sandbox.write("target.json", changed().to_string());
    let mut kills = 0;
    for point in POINTS {
        for count in 1.. {
            let at = format!("{point}:{count}");
            harness.load(&small_switch());
            if !killed(&harness, &apply, &at) {
                assert!(settled(&harness, &at));
                break;
            }
            kills += 1;
            // Killed again while it recovers, at each point.
            for again in IN_RECOVERY {
                for count in 1.. {
                    let at_again = format!("{again}:{count}");
                    harness.load(&small_switch());
                    assert!(killed(&harness, &apply, &at));
                    if !killed(&harness, recover, &at_again) {
                        settled(&harness, &format!("{at}, then recovered"));
                        break;
                    }
                    kills += 2;
                    let run = harness.run(recover);
                    let how = format!("{at}, then {at_again}");
                    assert_eq!(run.code, Some(0), "{how}: {}", run.stderr);
                    settled(&harness, &how);
                }
            }
            // The next change recovers by itself.
            harness.load(&small_switch());
            assert!(killed(&harness, &apply, &at));
            let run = harness.run(&["replace", "target.json"]);
            assert_eq!(run.code, Some(0), "{at}: {}", run.stderr);
            assert!(settled(&harness, &at));
        }
    }
    kills
}

#[test]
fn at_every_point_of_a_file() {
    let kills = at_every_point(Kind::File, &["recover"]) + at_every_point(Kind::FileInSteps, &["recover"]);
    assert!(kills >= 200 || !cfg!(debug_assertions), "{kills}");
}

#[test]
fn at_every_point_of_a_file_and_on() {
    at_every_point(Kind::FileInSteps, &["recover", "--forward"]);
}

#[test]
fn at_every_point_of_a_server() {
    let kills = at_every_point(Kind::Redis, &["recover"]);
    assert!(kills >= 100 || !cfg!(debug_assertions), "{kills}");
}

#[test]
fn at_every_point_of_a_server_and_on() {
    let kills = at_every_point(Kind::Redis, &["recover", "--forward"]);
    assert!(kills >= 100 || !cfg!(debug_assertions), "{kills}");
}

#[test]
fn where_it_goes() {
    if !has_points() {
        return;
    }
    for kind in [Kind::FileInSteps, Kind::Redis] {
        let harness = Harness::new(kind);
        harness.sandbox.write("p.json", change().to_string());
        for (point, options, is_target) in [
            ("after a step:2", &[][..], false),
            ("after a step:2", &["--forward"], true),
            ("after a step:3", &[], true),
            ("after the journal", &[], false),
            ("after the journal", &["--forward"], true),
        ] {
            harness.load(&small_switch());
            assert!(killed(&harness, &["apply-patch", "p.json"], point));
            let run = harness.run(&[&["recover"], options].concat());
            assert_eq!(run.code, Some(0), "{}", run.stderr);
            assert!(run.stderr.contains("left unfinished"), "{}", run.stderr);
            assert_eq!(
                settled(&harness, point),
                is_target,
                "{kind:?} {point} {options:?}"
            );
        }
        harness.run(&["recover"]).is_clean();
    }
}

/// Kills at random moments: as many as `SONICFG_KILLS` says for each kind of store.
fn at_random(kind: Kind) {
    let count: usize = std::env::var("SONICFG_KILLS").map_or(100, |text| text.parse().unwrap());
    let harness = Harness::new(kind);
    harness.sandbox.write("p.json", change().to_string());
    let options = ["apply-patch", "p.json", "--step-delay", "2ms"];
    // How long it takes is learned from runs that are left alone.
    let mut lasts = Duration::from_millis(20);
    let (mut killed, mut random) = (0, 0x9e37_79b9_7f4a_7c15_u64);
    let mut outcomes = [0, 0];
    for round in 0..count * 4 {
        if killed >= count {
            break;
        }
        harness.load(&small_switch());
        let start = std::time::Instant::now();
        let mut child = harness
            .command(&options)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        if round % 20 == 0 {
            assert!(child.wait().unwrap().success());
            lasts = start.elapsed();
        } else {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            std::thread::sleep(lasts.mul_f64((random % 1000) as f64 / 1000.0));
            child.kill().unwrap();
            killed += usize::from(child.wait().unwrap().signal() == Some(KILLED));
        }
        let run = harness.run(&["recover"]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        outcomes[usize::from(settled(&harness, "at random"))] += 1;
    }
    eprintln!(
        "{kind:?}: {killed} killed; before {}, target {}",
        outcomes[0], outcomes[1]
    );
    assert!(killed >= count, "{killed}");
}

#[test]
fn at_random_moments_of_a_file() {
    at_random(Kind::FileInSteps);
    at_random(Kind::File);
}

#[test]
fn at_random_moments_of_a_server() {
    at_random(Kind::Redis);
    at_random(Kind::Redis);
}

#[test]
fn recovery_after_flush_closes_the_journal() {
    if !has_points() {
        return;
    }
    let mut harness = Harness::new(Kind::Redis);
    harness.sandbox.write("p.json", change().to_string());
    let other: Value = {
        let mut config = changed();
        config["PORT"]["Ethernet4"]["mtu"] = "1500".into();
        config
    };
    // Restarted without anything on disk, or reloaded; what it holds then is a config of its own.
    for restart in [true, false] {
        harness.load(&small_switch());
        assert!(killed(&harness, &["apply-patch", "p.json"], "after a step:2"));
        if restart {
            harness.redis_mut().kill();
            harness.redis_mut().start_again();
        }
        // Empties CONFIG_DB, and leaves the mark.
        harness.redis().load(&other);
        let run = harness.run(&["recover"]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert!(run.stderr.contains("nothing was played back"), "{}", run.stderr);
        assert_eq!(harness.config(), canonical(&other));
        harness.is_at_rest();
        let history = harness.run(&["history"]);
        assert!(history.stdout.contains("; closed: "), "{}", history.stdout);
    }
}

#[test]
fn recovery_keeps_changes_of_others() {
    if !has_points() {
        return;
    }
    for kind in [Kind::FileInSteps, Kind::Redis] {
        let harness = Harness::new(kind);
        harness.sandbox.write("p.json", change().to_string());
        assert!(killed(&harness, &["apply-patch", "p.json"], "after a step:2"));
        // A part of the change, and something else.
        let set = |config: &mut Value| {
            config["VLAN"]["Vlan200"]["description"] = "theirs".into();
            config["PORT"]["Ethernet8"]["mtu"] = "1500".into();
        };
        match &harness.redis {
            Some(redis) => {
                redis.cli::<i64>(4, &["HSET", "VLAN|Vlan200", "description", "theirs"]);
                redis.cli::<i64>(4, &["HSET", "PORT|Ethernet8", "mtu", "1500"]);
            }
            None => {
                let mut config = serde_json::from_str(&harness.config()).unwrap();
                set(&mut config);
                harness.sandbox.write("c.json", config.to_string());
            }
        }
        let run = harness.run(&["recover"]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert!(
            run.stderr.contains("another client changed /VLAN/Vlan200"),
            "{}",
            run.stderr
        );
        let mut expected = small_switch();
        expected["VLAN"]["Vlan200"] = serde_json::json!({"description": "theirs"});
        set(&mut expected);
        assert_eq!(harness.config(), canonical(&expected), "{kind:?}");
        harness.is_at_rest();
    }
}

#[test]
fn all_kinds_make_the_change() {
    for kind in KINDS {
        let harness = Harness::new(kind);
        let run = harness.apply(&change(), &[]);
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{kind:?}");
        assert_eq!(harness.config(), canonical(&changed()));
        harness.is_at_rest();
    }
}
