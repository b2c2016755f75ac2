//! Changes that go back by themselves unless they are confirmed.

use std::time::Duration;

use serde_json::{Value, json};
use sonicfg::config::canonical;

use crate::common::cli::Run;
use crate::harness::{Harness, Kind, change, changed, described, description, small_switch};

const BOTH: [Kind; 2] = [Kind::File, Kind::Redis];

#[test]
fn confirm_before_deadline_keeps_the_change() {
    for kind in BOTH {
        let harness = Harness::new(kind);
        let run = harness.apply(&change(), &["--confirm-within", "1h", "--comment", "a try"]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert!(
            run.stderr.contains("unless \"sonicfg confirm\" is run before"),
            "{}",
            run.stderr
        );
        // Nobody else changes anything meanwhile, and is told why.
        let other = harness.apply(&description("x"), &[]);
        assert_eq!(other.code, Some(3), "{}", other.stderr);
        let line = other.last_line();
        for part in [
            "waits for confirmation until 20",
            "sonicfg confirm",
            "--cancel",
            "apply-patch",
        ] {
            assert!(line.contains(part), "{line}");
        }
        assert!(
            harness
                .run(&["history"])
                .stdout
                .contains("; waits for confirmation until 20")
        );
        let run = harness.run(&["confirm"]);
        run.is_clean();
        assert!(run.stdout.contains("is confirmed"), "{}", run.stdout);
        harness.run(&["confirm"]).fails(
            1,
            "Error: no change waits for confirmation; \"sonicfg history\" shows what was changed",
        );
        harness.apply(&description("x"), &[]).is_clean();
        assert_eq!(described(&harness.config()), "x");
    }
}

#[test]
fn others_with_another_folder_are_refused_too() {
    let harness = Harness::new(Kind::Redis);
    assert_eq!(
        harness.apply(&change(), &["--confirm-within", "1h"]).code,
        Some(0)
    );
    harness.sandbox.write("p.json", description("x").to_string());
    let theirs = |harness: &Harness| {
        let mut command = harness.command(&["apply-patch", "p.json"]);
        command.env("SONICFG_STATE_DIR", harness.sandbox.path("theirs"));
        Run::of(&mut command)
    };
    let run = theirs(&harness);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert!(
        run.last_line().contains("waits for confirmation until 20"),
        "{}",
        run.stderr
    );
    harness.run(&["confirm"]).is_clean();
    harness.is_at_rest();
    theirs(&harness).is_clean();
    assert_eq!(described(&harness.config()), "x");
}

#[test]
fn cancel_rolls_back_the_change() {
    for kind in BOTH {
        let harness = Harness::new(kind);
        assert_eq!(
            harness.apply(&change(), &["--confirm-within", "1h"]).code,
            Some(0)
        );
        let run = harness.run(&["confirm", "--cancel"]);
        run.is_clean();
        assert!(run.stdout.contains("is rolled back"), "{}", run.stdout);
        assert_eq!(harness.config(), canonical(&small_switch()));
        harness.is_at_rest();
    }
}

#[test]
fn confirm_after_deadline_is_refused() {
    for kind in BOTH {
        // The next command takes it back.
        let harness = Harness::new(kind);
        let late = |harness: &Harness| {
            assert_eq!(
                harness.apply(&change(), &["--confirm-within", "10ms"]).code,
                Some(0)
            );
            std::thread::sleep(Duration::from_millis(1100));
        };
        late(&harness);
        let run = harness.apply(&description("x"), &[]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert!(run.stderr.contains("was not confirmed until"), "{}", run.stderr);
        let mut expected = small_switch();
        expected["PORT"]["Ethernet4"]["description"] = "x".into();
        assert_eq!(harness.config(), canonical(&expected));
        harness.is_at_rest();
        // So does a confirmation that comes too late, and recovery.
        harness.load(&small_switch());
        late(&harness);
        let run = harness.run(&["confirm"]);
        assert_eq!(run.code, Some(1), "{}", run.stderr);
        assert_eq!(harness.config(), canonical(&small_switch()));
        harness.load(&small_switch());
        late(&harness);
        assert_eq!(harness.run(&["recover"]).code, Some(0));
        assert_eq!(harness.config(), canonical(&small_switch()));
        harness.is_at_rest();
    }
}

#[test]
fn watch_rolls_back_an_unconfirmed_change() {
    let harness = Harness::new(Kind::Redis);
    let watch = harness
        .command(&["recover", "--watch"])
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    assert_eq!(
        harness.apply(&change(), &["--confirm-within", "1s"]).code,
        Some(0)
    );
    assert_eq!(harness.config(), canonical(&changed()));
    let start = std::time::Instant::now();
    while harness.config() != canonical(&small_switch()) {
        assert!(start.elapsed() < Duration::from_secs(20), "it stays");
        std::thread::sleep(Duration::from_millis(50));
    }
    let status = std::process::Command::new("kill")
        .arg(watch.id().to_string())
        .status();
    assert!(status.unwrap().success());
    let run = Run::from(watch.wait_with_output().unwrap());
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stderr.contains("is rolled back"), "{}", run.stderr);
}

#[test]
fn unconfirmed_change_is_rolled_back_after_a_reboot() {
    let mut harness = Harness::new(Kind::Redis);
    harness.sandbox.write("saved.json", small_switch().to_string());
    let options = ["--confirm-within", "10ms", "--save", "saved.json"];
    assert_eq!(harness.apply(&change(), &options).code, Some(0));
    std::thread::sleep(Duration::from_millis(1100));
    // The server forgot everything, and was filled from a config that has a part of the change, what somebody
    // else changed since, and a part of what was before.
    harness.redis_mut().kill();
    harness.redis_mut().start_again();
    let mut loaded = changed();
    loaded["VLAN"]["Vlan200"]["description"] = "theirs".into();
    loaded["BGP_NEIGHBOR"]["10.0.0.3"]["asn"] = "65002".into();
    loaded["PORT"]["Ethernet8"]["mtu"] = "1500".into();
    harness.redis().load(&loaded);
    let run = harness.run(&["recover"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(
        run.stderr.contains("another client changed /VLAN/Vlan200"),
        "{}",
        run.stderr
    );
    let mut expected = small_switch();
    expected["VLAN"]["Vlan200"] = json!({"description": "theirs"});
    expected["PORT"]["Ethernet8"]["mtu"] = "1500".into();
    assert_eq!(harness.config(), canonical(&expected));
    let saved: Value = serde_json::from_str(&harness.sandbox.read("saved.json")).unwrap();
    assert_eq!(
        canonical(&saved),
        canonical(&small_switch()),
        "what was saved goes back too"
    );
    harness.is_at_rest();
}
