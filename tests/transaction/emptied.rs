//! CONFIG_DB is emptied, or something else is that has nothing to do with it.

use serde_json::{Value, json};
use sonicfg::config::canonical;

use crate::common::redis::{CONFIG_DB, STATE_DB};
use crate::harness::{Harness, Kind, change, changed, has_points, small_switch};

/// Leaves a change of three steps unfinished.
fn unfinished(point: &str) -> Harness {
    let harness = Harness::new(Kind::Redis);
    harness.sandbox.write("p.json", change().to_string());
    let mut command = harness.command(&["apply-patch", "p.json"]);
    let output = command.env("SONICFG_KILL_AT", point).output().unwrap();
    assert_eq!(output.status.code(), None);
    harness
}

/// What others do that leaves CONFIG_DB as it is.
const ELSEWHERE: [(i64, &[&str]); 4] = [
    (1, &["FLUSHDB"]),
    (0, &["CONFIG", "RESETSTAT"]),
    (STATE_DB, &["FLUSHDB"]),
    (STATE_DB, &["DEL", "SONICFG|STORE"]),
];

#[test]
fn what_happens_elsewhere_is_no_reload() {
    if !has_points() {
        return;
    }
    for (database, command) in ELSEWHERE {
        for point in ["after a step:1", "after a step:2"] {
            let harness = unfinished(point);
            harness.redis().cli::<::redis::Value>(database, command);
            let run = harness.run(&["recover"]);
            assert_eq!(run.code, Some(0), "{command:?}: {}", run.stderr);
            assert!(
                run.stderr.contains("is rolled back"),
                "{command:?}: {}",
                run.stderr
            );
            assert_eq!(harness.config(), canonical(&small_switch()), "{command:?}");
            harness.is_at_rest();
        }
        // The same while the process lives; then the change fails.
        if database == STATE_DB {
            continue;
        }
        let harness = Harness::new(Kind::Redis);
        let paused = harness.paused(&change(), &[], "before a step:2");
        harness.redis().cli::<::redis::Value>(database, command);
        harness
            .redis()
            .cli::<i64>(CONFIG_DB, &["HSET", "PORT|Ethernet12", "description", "theirs"]);
        let run = paused.finish();
        assert_eq!(run.code, Some(3), "{}", run.stderr);
        let mut expected = small_switch();
        expected["PORT"]["Ethernet12"]["description"] = "theirs".into();
        assert_eq!(harness.config(), canonical(&expected), "{command:?}");
        harness.is_at_rest();
    }
}

#[test]
fn reload_of_the_config_before_leaves_nothing_to_do() {
    if !has_points() {
        return;
    }
    for (loaded, is_closed) in [(small_switch(), false), (changed(), true)] {
        let harness = unfinished("after a step:2");
        harness.redis().load(&loaded);
        let run = harness.run(&["recover"]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert_eq!(
            run.stderr.contains("nothing was played back"),
            is_closed,
            "{}",
            run.stderr
        );
        assert_eq!(harness.config(), canonical(&loaded));
        harness.is_at_rest();
    }
}

#[test]
fn doubt_is_asked() {
    if !has_points() {
        return;
    }
    // One of the entries is as neither the change nor the config before it has them, and the others of the first step are as
    // before: a reload, and then a change of another client, or the same without the reload?
    let doubtful = |harness: &Harness| {
        let mut config = small_switch();
        config["PORT"]["Ethernet0"] = json!({"lanes": "1,2,3,4", "admin_status": "down", "mtu": "1500"});
        harness.redis().load(&config);
        config
    };
    for (args, expected) in [
        (&["recover", "--abandon"][..], "down"),
        (&["recover", "--in-doubt"], "up"),
    ] {
        let harness = unfinished("after a step:1");
        let config = doubtful(&harness);
        let patch: Value = json!([{"op": "replace", "path": "/PORT/Ethernet8/mtu", "value": "1500"}]);
        for run in [harness.run(&["recover"]), harness.apply(&patch, &[])] {
            assert_eq!(run.code, Some(5), "{}", run.stderr);
            for part in ["it is not certain", "--in-doubt", "--abandon"] {
                assert!(run.last_line().contains(part), "{}", run.stderr);
            }
            assert_eq!(harness.config(), canonical(&config));
        }
        let run = harness.run(args);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        let now: Value = serde_json::from_str(&harness.config()).unwrap();
        assert_eq!(now["PORT"]["Ethernet0"]["admin_status"], expected);
        assert_eq!(now["PORT"]["Ethernet0"]["mtu"], "1500");
        harness.is_at_rest();
    }
}
