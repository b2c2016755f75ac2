//! Several scopes change together.

use serde_json::{Value, json};
use sonicfg::config::canonical;

use crate::common::cli::{Run, Sandbox, fixture};
use crate::common::redis::Redis;
use crate::harness::{change, changed, has_points, small_switch};

/// The change for the host, and for an ASIC.
fn both() -> Value {
    let host = change();
    let mut operations = Vec::new();
    for scope in ["localhost", "asic0"] {
        for operation in host.as_array().unwrap() {
            let mut operation = operation.clone();
            operation["path"] = format!("/{scope}{}", operation["path"].as_str().unwrap()).into();
            operations.push(operation);
        }
    }
    operations.into()
}

fn run(sandbox: &Sandbox, args: &[&str], point: Option<&str>) -> Run {
    let mut command = sandbox.command(args);
    command
        .env("SONICFG_STATE_DIR", sandbox.path("state"))
        .args(["--yang-dir", &fixture("yang-plan")]);
    if let Some(point) = point {
        command.env("SONICFG_KILL_AT", point);
    }
    Run::of(&mut command)
}

#[test]
fn two_servers() {
    let sandbox = Sandbox::new();
    let (host, asic) = (Redis::start(), Redis::start());
    let asic_store = format!("asic0={}", asic.url());
    let stores = ["--store", &host.url(), "--store", &asic_store];
    let state = |redis: &Redis| canonical(&redis.config());
    let reset = || {
        host.load(&small_switch());
        asic.load(&small_switch());
        let _ = std::fs::remove_dir_all(sandbox.path("state"));
    };
    sandbox.write("p.json", both().to_string());
    let apply = [&["apply-patch", "p.json", "--step-delay", "0"], &stores[..]].concat();
    reset();
    run(&sandbox, &apply, None).is_clean();
    assert_eq!(
        (state(&host), state(&asic)),
        (canonical(&changed()), canonical(&changed()))
    );
    // Both go back.
    let id = run(
        &sandbox,
        &[&["rollback", "--to", "2", "--step-delay", "0"], &stores[..]].concat(),
        None,
    );
    id.is_clean();
    assert_eq!(
        (state(&host), state(&asic)),
        (canonical(&small_switch()), canonical(&small_switch()))
    );
    // A checkpoint holds both.
    run(&sandbox, &apply, None).is_clean();
    Run::of(
        sandbox
            .command([&["checkpoint", "both"], &stores[..]].concat())
            .env("SONICFG_STATE_DIR", sandbox.path("state")),
    )
    .is_clean();
    reset_only(&host, &asic);
    // Somebody's value that is wrong in one refuses both.
    asic.cli::<i64>(4, &["HSET", "PORT|Ethernet0", "mtu", "many"]);
    let refused = run(&sandbox, &apply, None);
    assert_eq!(refused.code, Some(1), "{}", refused.stderr);
    assert_eq!(state(&host), canonical(&small_switch()));
    if !has_points() {
        return;
    }
    // Killed in the middle of the second, recovered from either.
    for store in [&stores[..], &["--store", &host.url()], &["--store", &asic.url()]] {
        for point in [
            "after a step:2",
            "after a step:4",
            "before the reply:5",
            "after the journal",
        ] {
            reset();
            let killed = run(&sandbox, &apply, Some(point));
            assert_eq!(killed.code, None, "{}", killed.stderr);
            let recovered = run(&sandbox, &[&["recover"], store].concat(), None);
            assert_eq!(recovered.code, Some(0), "{store:?} {point}: {}", recovered.stderr);
            let both = (state(&host), state(&asic));
            let before = (canonical(&small_switch()), canonical(&small_switch()));
            assert_eq!(both, before, "{store:?} {point}");
        }
    }
}

fn reset_only(host: &Redis, asic: &Redis) {
    host.load(&small_switch());
    asic.load(&small_switch());
}

#[test]
fn change_of_two_files_is_atomic() {
    let sandbox = Sandbox::new();
    let reset = || {
        for name in ["c.json", "a.json"] {
            sandbox.write(name, small_switch().to_string());
            let _ = std::fs::remove_dir_all(sandbox.path(&format!(".{name}.sonicfg")));
        }
    };
    let state = |name: &str| canonical(&serde_json::from_str(&sandbox.read(name)).unwrap());
    sandbox.write("p.json", both().to_string());
    let apply = [
        "apply-patch",
        "p.json",
        "--config",
        "c.json",
        "--config",
        "asic0=a.json",
    ];
    reset();
    run(&sandbox, &apply, None).is_clean();
    assert_eq!(
        (state("c.json"), state("a.json")),
        (canonical(&changed()), canonical(&changed()))
    );
    if !has_points() {
        return;
    }
    for store in [&["--config", "c.json"], &["--config", "a.json"]] {
        for (point, is_done) in [
            ("after the journal", false),
            ("after a step:1", false),
            ("before the rename:2", false),
            ("after the rename:2", true),
            ("after the history", true),
        ] {
            reset();
            let killed = run(&sandbox, &apply, Some(point));
            assert_eq!(killed.code, None, "{}", killed.stderr);
            let recovered = run(&sandbox, &[&["recover"], &store[..]].concat(), None);
            assert_eq!(recovered.code, Some(0), "{store:?} {point}: {}", recovered.stderr);
            let expected = if is_done {
                canonical(&changed())
            } else {
                canonical(&small_switch())
            };
            assert_eq!(
                (state("c.json"), state("a.json")),
                (expected.clone(), expected),
                "{store:?} {point}"
            );
        }
    }
    // A change to one alone is refused while the other one's journal speaks of it; then it is recovered first.
    reset();
    assert_eq!(run(&sandbox, &apply, Some("after a step:1")).code, None);
    sandbox.write(
        "q.json",
        json!([{"op": "replace", "path": "/PORT/Ethernet4/mtu", "value": "1500"}]).to_string(),
    );
    let run = run(&sandbox, &["apply-patch", "q.json", "--config", "a.json"], None);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(state("c.json"), canonical(&small_switch()));
}
