//! A writer that is stopped beyond its lease, a message that arrives late, another server at the same address.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use sonicfg::config::canonical;

use crate::common::cli::{Run, Sandbox, fixture};
use crate::common::redis::{CONFIG_DB, Redis, STATE_DB};
use crate::harness::{Harness, Kind, change, has_points, small_switch};

/// A change of one step, of an entry that the other change leaves alone.
fn small_change() -> Value {
    json!([{"op": "replace", "path": "/PORT/Ethernet12/mtu", "value": "1234"}])
}

/// The lease of the lock ends.
fn expire_lock(redis: &Redis) {
    redis.cli::<i64>(STATE_DB, &["DEL", "SONICFG|LOCK"]);
}

#[test]
fn stopped_writer_harms_no_change_of_another() {
    if !has_points() {
        return;
    }
    for (point, codes) in [
        ("after the lock", &[3, 0][..]),
        ("before the journal", &[3]),
        ("after the journal", &[3]),
        ("before a step", &[3]),
        ("after a step", &[4]),
        ("before the history", &[4]),
        ("after the history", &[0]),
    ] {
        let harness = Harness::new(Kind::Redis);
        let first = harness.paused_as("first", &small_change(), &[], point);
        expire_lock(harness.redis());
        // Another takes over, and has made one of three steps.
        let mut second = harness.paused_as("second", &change(), &[], "before a step:2");
        let run = first.finish();
        assert!(
            run.code.is_some_and(|code| codes.contains(&code)),
            "{point}: {:?} {}",
            run.code,
            run.stderr
        );
        // It dies; its journal is still there.
        second.child.kill().unwrap();
        second.child.wait().unwrap();
        let recovered = harness.run(&["recover"]);
        assert_eq!(recovered.code, Some(0), "{point}: {}", recovered.stderr);
        assert!(
            recovered.stderr.contains("is rolled back"),
            "{point}: {}",
            recovered.stderr
        );
        let mut expected = small_switch();
        if matches!(run.code, Some(0 | 4)) {
            expected["PORT"]["Ethernet12"]["mtu"] = "1234".into();
        }
        assert_eq!(harness.config(), canonical(&expected), "{point}");
        harness.is_at_rest();
        let history = harness.run(&["history"]).stdout;
        assert!(history.contains("apply-patch: 3 steps"), "{point}: {history}");
    }
}

#[test]
fn stopped_writer_reports_what_became_of_its_change() {
    if !has_points() {
        return;
    }
    // Stopped between two steps; another takes over, and rolls it back.
    let harness = Harness::new(Kind::Redis);
    let first = harness.paused_as("first", &change(), &[], "before a step:2");
    expire_lock(harness.redis());
    assert_eq!(harness.apply(&small_change(), &[]).code, Some(0));
    let run = first.finish();
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert!(run.last_line().contains("rolled back"), "{}", run.stderr);
    let mut expected = small_switch();
    expected["PORT"]["Ethernet12"]["mtu"] = "1234".into();
    assert_eq!(harness.config(), canonical(&expected));
    harness.is_at_rest();
}

/// What is between a client and a server: one of the commits arrives only when it is released.
struct Network {
    socket: PathBuf,
    release: Arc<AtomicBool>,
    delivered: Arc<AtomicUsize>,
}

impl Network {
    /// Holds the commit of this number.
    fn before(server: &Path, socket: PathBuf, number: usize) -> Self {
        let listener = UnixListener::bind(&socket).unwrap();
        let network = Network {
            socket,
            release: Arc::default(),
            delivered: Arc::default(),
        };
        let (release, delivered) = (Arc::clone(&network.release), Arc::clone(&network.delivered));
        let server = server.to_owned();
        let seen = Arc::new(AtomicUsize::new(0));
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let upstream = UnixStream::connect(&server).unwrap();
                let (mut from, mut to) = (client.try_clone().unwrap(), upstream.try_clone().unwrap());
                let (release, delivered, seen) = (release.clone(), delivered.clone(), seen.clone());
                std::thread::spawn(move || {
                    let mut buffer = vec![0; 1 << 20];
                    while let Ok(count @ 1..) = from.read(&mut buffer) {
                        let part = &buffer[..count];
                        let is_commit = part.windows(10).any(|bytes| bytes == b"$4\r\nEVAL\r\n");
                        if is_commit && seen.fetch_add(1, Ordering::SeqCst) + 1 == number {
                            while !release.load(Ordering::SeqCst) {
                                std::thread::sleep(Duration::from_millis(5));
                            }
                            let _ = to.write_all(part);
                            delivered.fetch_add(1, Ordering::SeqCst);
                            continue;
                        }
                        if to.write_all(part).is_err() {
                            break;
                        }
                    }
                });
                let (mut from, mut to) = (upstream, client);
                std::thread::spawn(move || {
                    let mut buffer = vec![0; 1 << 16];
                    while let Ok(count @ 1..) = from.read(&mut buffer) {
                        let _ = to.write_all(&buffer[..count]);
                    }
                });
            }
        });
        network
    }

    /// Delivers what was held, and waits until the server has had time to run it.
    fn deliver(&self) {
        self.release.store(true, Ordering::SeqCst);
        let start = std::time::Instant::now();
        while self.delivered.load(Ordering::SeqCst) == 0 {
            assert!(start.elapsed() < Duration::from_secs(20), "nothing was held");
            std::thread::sleep(Duration::from_millis(5));
        }
        std::thread::sleep(Duration::from_millis(300));
    }
}

#[test]
fn commit_that_arrives_late_is_void() {
    for number in [1, 2, 3] {
        let harness = Harness::new(Kind::Redis);
        harness.sandbox.write("p.json", change().to_string());
        let network = Network::before(
            &harness.redis().socket(),
            harness.sandbox.path("net.sock"),
            number,
        );
        let store = format!("unix://{}?db={CONFIG_DB}", network.socket.display());
        let mut command =
            harness
                .sandbox
                .command(["apply-patch", "p.json", "--step-delay", "0", "--store", &store]);
        command
            .args(["--yang-dir", &fixture("yang-plan")])
            .env("SONICFG_STATE_DIR", harness.sandbox.path("state"))
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped());
        let child = command.spawn().unwrap();
        // It waits for the answer; a signal ends the wait.
        let start = std::time::Instant::now();
        loop {
            let steps: Option<String> = harness.redis().cli(STATE_DB, &["HGET", "SONICFG|MARK", "step"]);
            let has_lock: i64 = harness.redis().cli(STATE_DB, &["EXISTS", "SONICFG|LOCK"]);
            let done = steps.map_or(0, |steps| steps.parse().unwrap());
            if has_lock == 1 && done + 1 == number && !harness.state_files(&["journal"]).is_empty() {
                break;
            }
            assert!(
                start.elapsed() < Duration::from_secs(30),
                "it does not come that far"
            );
            std::thread::sleep(Duration::from_millis(5));
        }
        std::thread::sleep(Duration::from_millis(300));
        let ended = std::process::Command::new("kill")
            .arg(child.id().to_string())
            .status();
        assert!(ended.unwrap().success());
        let run = Run::from(child.wait_with_output().unwrap());
        assert_eq!(run.code, Some(130), "commit {number}: {}", run.stderr);
        assert_eq!(harness.config(), canonical(&small_switch()), "commit {number}");
        network.deliver();
        assert_eq!(
            harness.config(),
            canonical(&small_switch()),
            "commit {number} arrived late"
        );
        let recovered = harness.run(&["recover"]);
        assert_eq!(recovered.code, Some(0), "{}", recovered.stderr);
        assert_eq!(harness.config(), canonical(&small_switch()));
        harness.is_at_rest();
    }
}

/// Two servers that are reached by one name, one after the other.
struct Switched {
    sandbox: Sandbox,
    servers: [Redis; 2],
}

impl Switched {
    fn new(configs: [&Value; 2]) -> Self {
        let servers = [Redis::start(), Redis::start()];
        for (server, config) in servers.iter().zip(configs) {
            server.load(config);
        }
        Switched {
            sandbox: Sandbox::new(),
            servers,
        }
    }

    fn command(&self, server: usize, args: &[&str]) -> std::process::Command {
        let link = self.sandbox.path("r.sock");
        let _ = std::fs::remove_file(&link);
        std::os::unix::fs::symlink(self.servers[server].socket(), &link).unwrap();
        let mut command = self.sandbox.command(args);
        command
            .args(["--store", &format!("unix://{}?db={CONFIG_DB}", link.display())])
            .env("SONICFG_STATE_DIR", self.sandbox.path("state"));
        if args[0] != "history" {
            command.args(["--yang-dir", &fixture("yang-plan")]);
        }
        command
    }

    fn run(&self, server: usize, args: &[&str]) -> Run {
        Run::of(&mut self.command(server, args))
    }

    fn config(&self, server: usize) -> String {
        canonical(&self.servers[server].config())
    }
}

#[test]
fn other_server_at_the_same_address_keeps_its_journal() {
    if !has_points() {
        return;
    }
    let named = |mac: &str| {
        let mut config = small_switch();
        config["DEVICE_METADATA"] = json!({"localhost": {"mac": mac}});
        config
    };
    let (first, second) = (named("00:00:00:00:00:01"), named("00:00:00:00:00:02"));
    let unnamed = small_switch();
    // Known by its id where it was used before, else by the config.
    for (configs, was_used) in [([&unnamed, &unnamed], true), ([&first, &second], false)] {
        let switched = Switched::new(configs);
        switched.sandbox.write("p.json", change().to_string());
        switched.sandbox.write("q.json", small_change().to_string());
        switched.sandbox.write(
            "e.json",
            json!([{"op": "replace", "path": "/PORT/Ethernet8/mtu", "value": "1500"}]).to_string(),
        );
        let options = ["--step-delay", "0", "--ignore-non-yang-tables"];
        let apply = |file: &'static str| [&["apply-patch", file][..], &options].concat();
        let before: Vec<String> = (0..2).map(|server| switched.config(server)).collect();
        if was_used {
            assert_eq!(switched.run(1, &apply("e.json")).code, Some(0));
        }
        let mut killed = switched.command(0, &apply("p.json"));
        let output = killed.env("SONICFG_KILL_AT", "after a step:1").output().unwrap();
        assert_eq!(output.status.code(), None);
        let half = switched.config(0);
        assert_ne!(half, before[0]);
        // The second one is changed, and told of the first.
        let run = switched.run(1, &apply("q.json"));
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert!(run.stderr.contains("is another server"), "{}", run.stderr);
        let run = switched.run(1, &["recover"]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert_eq!(switched.config(0), half);
        // The first one still knows.
        let run = switched.run(0, &["recover"]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert!(run.stderr.contains("is rolled back"), "{}", run.stderr);
        assert_eq!(switched.config(0), before[0]);
    }
}

#[test]
fn change_of_another_server_waits_there() {
    let switched = Switched::new([&small_switch(), &small_switch()]);
    switched.sandbox.write("p.json", change().to_string());
    switched.sandbox.write("q.json", small_change().to_string());
    let apply = ["apply-patch", "q.json", "--step-delay", "0"];
    assert_eq!(switched.run(1, &apply).code, Some(0));
    let pending = [
        "apply-patch",
        "p.json",
        "--step-delay",
        "0",
        "--confirm-within",
        "1h",
    ];
    assert_eq!(switched.run(0, &pending).code, Some(0));
    // It neither blocks the other one nor is taken for its own.
    switched.sandbox.write(
        "q.json",
        json!([{"op": "replace", "path": "/PORT/Ethernet8/mtu", "value": "1500"}]).to_string(),
    );
    let run = switched.run(1, &apply);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stderr.contains("is another server"), "{}", run.stderr);
    assert_eq!(switched.run(1, &["confirm"]).code, Some(1));
    assert_eq!(switched.run(0, &apply).code, Some(3));
    let run = switched.run(0, &["confirm", "--cancel"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(switched.config(0), canonical(&small_switch()));
}
