//! Changes that go back by themselves unless they are confirmed.

use std::time::Duration;

use serde_json::{Value, json};
use sonicfg::config::canonical;

use crate::bed::{Bed, Kind, change, changed, described, description, small_switch};
use crate::common::cli::Run;

const BOTH: [Kind; 2] = [Kind::File, Kind::Redis];

#[test]
fn confirmed_in_time() {
    for kind in BOTH {
        let bed = Bed::new(kind);
        let run = bed.apply(&change(), &["--confirm-within", "1h", "--comment", "a try"]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert!(
            run.stderr.contains("unless \"sonicfg confirm\" is run before"),
            "{}",
            run.stderr
        );
        // Nobody else changes anything meanwhile, and is told why.
        let other = bed.apply(&description("x"), &[]);
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
            bed.run(&["history"])
                .stdout
                .contains("; waits for confirmation until 20")
        );
        let run = bed.run(&["confirm"]);
        run.is_clean();
        assert!(run.stdout.contains("is confirmed"), "{}", run.stdout);
        bed.run(&["confirm"]).fails(
            1,
            "Error: no change waits for confirmation; \"sonicfg history\" shows what was changed",
        );
        bed.apply(&description("x"), &[]).is_clean();
        assert_eq!(described(&bed.config()), "x");
    }
}

#[test]
fn others_with_another_folder_are_refused_too() {
    let bed = Bed::new(Kind::Redis);
    assert_eq!(bed.apply(&change(), &["--confirm-within", "1h"]).code, Some(0));
    bed.sandbox.write("p.json", description("x").to_string());
    let theirs = |bed: &Bed| {
        let mut command = bed.command(&["apply-patch", "p.json"]);
        command.env("SONICFG_STATE_DIR", bed.sandbox.path("theirs"));
        Run::of(&mut command)
    };
    let run = theirs(&bed);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert!(
        run.last_line().contains("waits for confirmation until 20"),
        "{}",
        run.stderr
    );
    bed.run(&["confirm"]).is_clean();
    bed.is_at_rest();
    theirs(&bed).is_clean();
    assert_eq!(described(&bed.config()), "x");
}

#[test]
fn cancelled() {
    for kind in BOTH {
        let bed = Bed::new(kind);
        assert_eq!(bed.apply(&change(), &["--confirm-within", "1h"]).code, Some(0));
        let run = bed.run(&["confirm", "--cancel"]);
        run.is_clean();
        assert!(run.stdout.contains("is rolled back"), "{}", run.stdout);
        assert_eq!(bed.config(), canonical(&small_switch()));
        bed.is_at_rest();
    }
}

#[test]
fn too_late() {
    for kind in BOTH {
        // The next command takes it back.
        let bed = Bed::new(kind);
        let late = |bed: &Bed| {
            assert_eq!(bed.apply(&change(), &["--confirm-within", "10ms"]).code, Some(0));
            std::thread::sleep(Duration::from_millis(1100));
        };
        late(&bed);
        let run = bed.apply(&description("x"), &[]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert!(run.stderr.contains("was not confirmed until"), "{}", run.stderr);
        let mut expected = small_switch();
        expected["PORT"]["Ethernet4"]["description"] = "x".into();
        assert_eq!(bed.config(), canonical(&expected));
        bed.is_at_rest();
        // So does a confirmation that comes too late, and recovery.
        bed.load(&small_switch());
        late(&bed);
        let run = bed.run(&["confirm"]);
        assert_eq!(run.code, Some(1), "{}", run.stderr);
        assert_eq!(bed.config(), canonical(&small_switch()));
        bed.load(&small_switch());
        late(&bed);
        assert_eq!(bed.run(&["recover"]).code, Some(0));
        assert_eq!(bed.config(), canonical(&small_switch()));
        bed.is_at_rest();
    }
}

#[test]
fn a_watch_takes_it_back() {
    let bed = Bed::new(Kind::Redis);
    let watch = bed
        .command(&["recover", "--watch"])
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    assert_eq!(bed.apply(&change(), &["--confirm-within", "1s"]).code, Some(0));
    assert_eq!(bed.config(), canonical(&changed()));
    let start = std::time::Instant::now();
    while bed.config() != canonical(&small_switch()) {
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
fn after_a_reboot() {
    let mut bed = Bed::new(Kind::Redis);
    bed.sandbox.write("saved.json", small_switch().to_string());
    let options = ["--confirm-within", "10ms", "--save", "saved.json"];
    assert_eq!(bed.apply(&change(), &options).code, Some(0));
    std::thread::sleep(Duration::from_millis(1100));
    // The server forgot everything, and was filled from a config that has a part of the change, what somebody
    // else changed since, and a part of what was before.
    bed.redis_mut().kill();
    bed.redis_mut().start_again();
    let mut loaded = changed();
    loaded["VLAN"]["Vlan200"]["description"] = "theirs".into();
    loaded["BGP_NEIGHBOR"]["10.0.0.3"]["asn"] = "65002".into();
    loaded["PORT"]["Ethernet8"]["mtu"] = "1500".into();
    bed.redis().load(&loaded);
    let run = bed.run(&["recover"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(
        run.stderr.contains("another client changed /VLAN/Vlan200"),
        "{}",
        run.stderr
    );
    let mut expected = small_switch();
    expected["VLAN"]["Vlan200"] = json!({"description": "theirs"});
    expected["PORT"]["Ethernet8"]["mtu"] = "1500".into();
    assert_eq!(bed.config(), canonical(&expected));
    let saved: Value = serde_json::from_str(&bed.sandbox.read("saved.json")).unwrap();
    assert_eq!(
        canonical(&saved),
        canonical(&small_switch()),
        "what was saved goes back too"
    );
    bed.is_at_rest();
}
