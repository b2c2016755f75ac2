//! The server goes away, refuses, or is slow.

use std::time::{Duration, Instant};

use serde_json::json;
use sonicfg::config::canonical;

use crate::common::redis::Redis;
use crate::harness::{Harness, Kind, change, changed, described, description, has_points, small_switch};

/// Asserts that a change fails for a reason, with nothing changed, and is made once the reason is gone.
fn refused(harness: &Harness, reason: &str, mend: impl FnOnce(&Redis)) {
    let run = harness.apply(&description("ours"), &[]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(run.last_line().starts_with("Error: cannot "), "{}", run.stderr);
    assert!(run.last_line().contains(reason), "{}", run.stderr);
    mend(harness.redis());
    assert_eq!(harness.config(), canonical(&small_switch()));
    harness.is_at_rest();
    harness.apply(&description("ours"), &[]).is_clean();
    assert_eq!(described(&harness.config()), "ours");
}

#[test]
fn server_out_of_memory_fails_the_change() {
    let harness = Harness::new(Kind::Redis);
    harness.redis().cli::<()>(0, &["CONFIG", "SET", "maxmemory", "1"]);
    refused(&harness, "its memory is full", |redis| {
        redis.cli::<()>(0, &["CONFIG", "SET", "maxmemory", "0"]);
    });
}

#[test]
fn replica_is_refused() {
    let harness = Harness::new(Kind::Redis);
    let redis = harness.redis();
    redis.cli::<()>(0, &["REPLICAOF", "127.0.0.1", "1"]);
    refused(&harness, "takes no writes", |redis| {
        redis.cli::<()>(0, &["REPLICAOF", "NO", "ONE"]);
    });
}

#[test]
fn server_that_cannot_save_fails_the_change() {
    let harness = Harness::on_server(&["--enable-protected-configs", "yes"]);
    let redis = harness.redis();
    let dir = harness.sandbox.path("gone");
    std::fs::create_dir(&dir).unwrap();
    redis.cli::<()>(0, &["CONFIG", "SET", "dir", dir.to_str().unwrap()]);
    redis.cli::<()>(0, &["CONFIG", "SET", "save", "3600 1000"]);
    std::fs::remove_dir(&dir).unwrap();
    redis.cli::<String>(0, &["BGSAVE"]);
    let start = Instant::now();
    while !redis
        .cli::<String>(0, &["INFO", "persistence"])
        .contains("rdb_last_bgsave_status:err")
    {
        assert!(start.elapsed() < Duration::from_secs(10), "it saves all the same");
        std::thread::sleep(Duration::from_millis(10));
    }
    refused(&harness, "MISCONF", |redis| {
        redis.cli::<()>(0, &["CONFIG", "SET", "save", ""]);
    });
}

#[test]
fn server_refusing_writes_midway_leaves_recovery() {
    if !has_points() {
        return;
    }
    let harness = Harness::new(Kind::Redis);
    let paused = harness.paused(&change(), &[], "before a step:3");
    harness.redis().cli::<()>(0, &["CONFIG", "SET", "maxmemory", "1"]);
    let run = paused.finish();
    assert_eq!(run.code, Some(5), "{}", run.stderr);
    assert!(run.last_line().contains("IS HALF DONE"), "{}", run.stderr);
    assert!(run.last_line().contains("sonicfg recover"), "{}", run.stderr);
    harness.redis().cli::<()>(0, &["CONFIG", "SET", "maxmemory", "0"]);
    assert_eq!(harness.run(&["recover"]).code, Some(0));
    assert_eq!(harness.config(), canonical(&small_switch()));
    harness.is_at_rest();
}

#[test]
fn server_killed_midway_is_recovered() {
    if !has_points() {
        return;
    }
    // It keeps what it has, and the change goes back.
    let mut harness = Harness::on_server(&["--appendonly", "yes", "--appendfsync", "always"]);
    let paused = harness.paused(&change(), &[], "before a step:3");
    harness.redis_mut().kill();
    paused.go_on();
    std::thread::sleep(Duration::from_millis(300));
    harness.redis_mut().start_again();
    let output = paused.child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains("rolled back"), "{text}");
    assert_eq!(harness.config(), canonical(&small_switch()));
    harness.is_at_rest();

    // It keeps nothing, and is filled anew: nothing is played back.
    let mut harness = Harness::new(Kind::Redis);
    let paused = harness.paused(&change(), &[], "before a step:3");
    harness.redis_mut().kill();
    harness.redis_mut().start_again();
    harness.redis().load(&changed());
    let run = paused.finish();
    assert_ne!(run.code, Some(0), "{}", run.stderr);
    assert!(
        run.last_line().contains("nothing was played back"),
        "{}",
        run.stderr
    );
    assert_eq!(harness.config(), canonical(&changed()));
    harness.is_at_rest();
}

#[test]
fn server_that_stays_away_leaves_recovery() {
    if !has_points() {
        return;
    }
    let mut harness = Harness::on_server(&["--appendonly", "yes", "--appendfsync", "always"]);
    let paused = harness.paused(&change(), &[], "before a step:2");
    harness.redis_mut().kill();
    let run = paused.finish();
    assert_eq!(run.code, Some(5), "{}", run.stderr);
    assert!(run.last_line().contains("IS HALF DONE"), "{}", run.stderr);
    let run = harness.run(&["recover"]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(run.last_line().contains("no server is there"), "{}", run.stderr);
    harness.redis_mut().start_again();
    assert_eq!(harness.run(&["recover"]).code, Some(0));
    assert_eq!(harness.config(), canonical(&small_switch()));
    harness.is_at_rest();
}

#[test]
fn slow_server_is_waited_for() {
    let harness = Harness::new(Kind::Redis);
    harness.redis().cli::<()>(0, &["CLIENT", "PAUSE", "2000", "ALL"]);
    let start = Instant::now();
    harness.apply(&description("ours"), &[]).is_clean();
    assert!(start.elapsed() > Duration::from_secs(1));
    assert_eq!(described(&harness.config()), "ours");
}

#[test]
fn missing_database_is_reported() {
    let harness = Harness::new(Kind::Redis);
    harness.sandbox.write("p.json", "[]");
    let socket = harness.redis().socket();
    let run = |db: &str| {
        let mut command = harness.sandbox.command(["apply-patch", "p.json", "--store"]);
        command
            .arg(format!("unix://{}?db={db}", socket.display()))
            .env("SONICFG_STATE_DIR", harness.sandbox.path("state"));
        let run = crate::common::cli::Run::of(&mut command);
        assert_eq!(run.code, Some(2), "{}", run.stderr);
        run.last_line().to_owned()
    };
    assert!(run("6").contains("never in CONFIG_DB"), "{}", run("6"));
    assert!(run("99").contains("no database of that number"), "{}", run("99"));
    for key in ["ROUTE_TABLE:10.0.0.0/8", "PORT_TABLE:Ethernet0"] {
        harness.redis().cli::<i64>(0, &["HSET", key, "f", "v"]);
    }
    assert!(
        run("0").contains("no key of database 0 has a \"|\""),
        "{}",
        run("0")
    );
    harness.redis().cli::<()>(4, &["SET", "PORT|Ethernet0|x", "text"]);
    assert!(
        run("4").contains("the key \"PORT|Ethernet0|x\" is no hash"),
        "{}",
        run("4")
    );
}

#[test]
fn password_is_used_and_not_shown() {
    let mut harness = Harness::new(Kind::Redis);
    harness
        .redis()
        .cli::<()>(0, &["CONFIG", "SET", "requirepass", "s3cret"]);
    let run = harness.apply(&description("ours"), &[]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(run.last_line().contains("password"), "{}", run.stderr);
    let with = |password: &str| {
        let store = format!(
            "unix://{}?db=4&pass={password}",
            harness.redis().socket().display()
        );
        let mut command = harness.sandbox.command([
            "apply-patch",
            "p.json",
            "--step-delay",
            "0",
            "--store",
            &store,
            "--yang-dir",
            &crate::common::cli::fixture("yang-plan"),
        ]);
        command.env("SONICFG_STATE_DIR", harness.sandbox.path("state"));
        crate::common::cli::Run::of(&mut command)
    };
    let run = with("wr0ng");
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(
        run.last_line().contains("the password is wrong"),
        "{}",
        run.stderr
    );
    assert!(!run.stderr.contains("wr0ng"), "{}", run.stderr);
    with("s3cret").is_clean();
    harness.redis_mut().kill();
}

#[test]
fn values_that_cannot_be_kept() {
    let harness = Harness::new(Kind::Redis);
    let patch = json!([{"op": "add", "path": "/ACL_TABLE/DATAACL/ports", "value": ["Ethernet0,Ethernet4"]}]);
    let run = harness.apply(&patch, &["--ignore-path", "/ACL_TABLE"]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(
        run.last_line().contains("an element of ports holds a comma"),
        "{}",
        run.stderr
    );
    assert_eq!(harness.config(), canonical(&small_switch()));
    harness.is_at_rest();
}
