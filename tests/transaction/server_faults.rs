//! The server goes away, refuses, or is slow.

use std::time::{Duration, Instant};

use serde_json::json;
use sonicfg::config::canonical;

use crate::bed::{Bed, Kind, change, changed, described, description, has_points, small_switch};
use crate::common::redis::Redis;

/// Asserts that a change fails for a reason, with nothing changed, and is made once the reason is gone.
fn refused(bed: &Bed, reason: &str, mend: impl FnOnce(&Redis)) {
    let run = bed.apply(&description("ours"), &[]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(run.last_line().starts_with("Error: cannot "), "{}", run.stderr);
    assert!(run.last_line().contains(reason), "{}", run.stderr);
    mend(bed.redis());
    assert_eq!(bed.config(), canonical(&small_switch()));
    bed.is_at_rest();
    bed.apply(&description("ours"), &[]).is_clean();
    assert_eq!(described(&bed.config()), "ours");
}

#[test]
fn a_server_without_memory() {
    let bed = Bed::new(Kind::Redis);
    bed.redis().cli::<()>(0, &["CONFIG", "SET", "maxmemory", "1"]);
    refused(&bed, "its memory is full", |redis| {
        redis.cli::<()>(0, &["CONFIG", "SET", "maxmemory", "0"]);
    });
}

#[test]
fn a_replica() {
    let bed = Bed::new(Kind::Redis);
    let redis = bed.redis();
    redis.cli::<()>(0, &["REPLICAOF", "127.0.0.1", "1"]);
    refused(&bed, "takes no writes", |redis| {
        redis.cli::<()>(0, &["REPLICAOF", "NO", "ONE"]);
    });
}

#[test]
fn a_server_that_cannot_save() {
    let bed = Bed::on_server(&["--enable-protected-configs", "yes"]);
    let redis = bed.redis();
    let dir = bed.sandbox.path("gone");
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
    refused(&bed, "MISCONF", |redis| {
        redis.cli::<()>(0, &["CONFIG", "SET", "save", ""]);
    });
}

#[test]
fn a_server_that_takes_no_more_in_the_middle() {
    if !has_points() {
        return;
    }
    let bed = Bed::new(Kind::Redis);
    let paused = bed.paused(&change(), &[], "before a step:3");
    bed.redis().cli::<()>(0, &["CONFIG", "SET", "maxmemory", "1"]);
    let run = paused.finish();
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(run.last_line().contains("IS HALF DONE"), "{}", run.stderr);
    assert!(run.last_line().contains("sonicfg recover"), "{}", run.stderr);
    bed.redis().cli::<()>(0, &["CONFIG", "SET", "maxmemory", "0"]);
    assert_eq!(bed.run(&["recover"]).code, Some(0));
    assert_eq!(bed.config(), canonical(&small_switch()));
    bed.is_at_rest();
}

#[test]
fn a_server_that_is_killed_in_the_middle() {
    if !has_points() {
        return;
    }
    // It keeps what it has, and the change goes back.
    let mut bed = Bed::on_server(&["--appendonly", "yes", "--appendfsync", "always"]);
    let paused = bed.paused(&change(), &[], "before a step:3");
    bed.redis_mut().kill();
    paused.go_on();
    std::thread::sleep(Duration::from_millis(300));
    bed.redis_mut().start_again();
    let output = paused.child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains("taken back"), "{text}");
    assert_eq!(bed.config(), canonical(&small_switch()));
    bed.is_at_rest();

    // It keeps nothing, and is filled anew: nothing is played back.
    let mut bed = Bed::new(Kind::Redis);
    let paused = bed.paused(&change(), &[], "before a step:3");
    bed.redis_mut().kill();
    bed.redis_mut().start_again();
    bed.redis().load(&changed());
    let run = paused.finish();
    assert_ne!(run.code, Some(0), "{}", run.stderr);
    assert!(
        run.last_line().contains("nothing was played back"),
        "{}",
        run.stderr
    );
    assert_eq!(bed.config(), canonical(&changed()));
    bed.is_at_rest();
}

#[test]
fn a_server_that_does_not_come_back() {
    if !has_points() {
        return;
    }
    let mut bed = Bed::on_server(&["--appendonly", "yes", "--appendfsync", "always"]);
    let paused = bed.paused(&change(), &[], "before a step:2");
    bed.redis_mut().kill();
    let run = paused.finish();
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(run.last_line().contains("IS HALF DONE"), "{}", run.stderr);
    let run = bed.run(&["recover"]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(run.last_line().contains("no server is there"), "{}", run.stderr);
    bed.redis_mut().start_again();
    assert_eq!(bed.run(&["recover"]).code, Some(0));
    assert_eq!(bed.config(), canonical(&small_switch()));
    bed.is_at_rest();
}

#[test]
fn a_slow_server() {
    let bed = Bed::new(Kind::Redis);
    bed.redis().cli::<()>(0, &["CLIENT", "PAUSE", "2000", "ALL"]);
    let start = Instant::now();
    bed.apply(&description("ours"), &[]).is_clean();
    assert!(start.elapsed() > Duration::from_secs(1));
    assert_eq!(described(&bed.config()), "ours");
}

#[test]
fn a_database_that_is_none() {
    let bed = Bed::new(Kind::Redis);
    bed.sandbox.write("p.json", "[]");
    let socket = bed.redis().socket();
    let run = |db: &str| {
        let mut command = bed.sandbox.command(["apply-patch", "p.json", "--store"]);
        command
            .arg(format!("unix://{}?db={db}", socket.display()))
            .env("SONICFG_STATE_DIR", bed.sandbox.path("state"));
        let run = crate::common::cli::Run::of(&mut command);
        assert_eq!(run.code, Some(2), "{}", run.stderr);
        run.last_line().to_owned()
    };
    assert!(run("6").contains("never stand in CONFIG_DB"), "{}", run("6"));
    assert!(run("99").contains("no database of that number"), "{}", run("99"));
    for key in ["ROUTE_TABLE:10.0.0.0/8", "PORT_TABLE:Ethernet0"] {
        bed.redis().cli::<i64>(0, &["HSET", key, "f", "v"]);
    }
    assert!(
        run("0").contains("no key of database 0 has a \"|\""),
        "{}",
        run("0")
    );
    bed.redis().cli::<()>(4, &["SET", "PORT|Ethernet0|x", "text"]);
    assert!(
        run("4").contains("the key \"PORT|Ethernet0|x\" is no hash"),
        "{}",
        run("4")
    );
}

#[test]
fn a_password() {
    let mut bed = Bed::new(Kind::Redis);
    bed.redis()
        .cli::<()>(0, &["CONFIG", "SET", "requirepass", "s3cret"]);
    let run = bed.apply(&description("ours"), &[]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(run.last_line().contains("password"), "{}", run.stderr);
    let with = |password: &str| {
        let store = format!("unix://{}?db=4&pass={password}", bed.redis().socket().display());
        let mut command = bed.sandbox.command([
            "apply-patch",
            "p.json",
            "--settle",
            "0",
            "--store",
            &store,
            "--yang-dir",
            &crate::common::cli::fixture("yang-plan"),
        ]);
        command.env("SONICFG_STATE_DIR", bed.sandbox.path("state"));
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
    bed.redis_mut().kill();
}

#[test]
fn values_that_cannot_be_kept() {
    let bed = Bed::new(Kind::Redis);
    let patch = json!([{"op": "add", "path": "/ACL_TABLE/DATAACL/ports", "value": ["Ethernet0,Ethernet4"]}]);
    let run = bed.apply(&patch, &["--ignore-path", "/ACL_TABLE"]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(
        run.last_line().contains("an element of ports holds a comma"),
        "{}",
        run.stderr
    );
    assert_eq!(bed.config(), canonical(&small_switch()));
    bed.is_at_rest();
}
