//! `sonicfg flags watch`.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::stores::Harness;
use crate::common::redis::{CONFIG_DB, Redis};

const PATIENCE: Duration = Duration::from_secs(20);

/// A run of `flags watch`, and what it has printed so far.
struct Watching {
    child: Child,
    lines: Arc<Mutex<Vec<String>>>,
    messages: Arc<Mutex<Vec<String>>>,
}

fn collect(stream: impl std::io::Read + Send + 'static) -> Arc<Mutex<Vec<String>>> {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let into = Arc::clone(&lines);
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines() {
            into.lock().unwrap().push(line.unwrap());
        }
    });
    lines
}

impl Watching {
    fn start(harness: &Harness, args: &[&str]) -> Self {
        let mut command = harness.command(&[&["flags", "watch"], args].concat());
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = collect(child.stdout.take().unwrap());
        let messages = collect(child.stderr.take().unwrap());
        Watching {
            child,
            lines,
            messages,
        }
    }

    fn changes(&self) -> Vec<Value> {
        let lines = self.lines.lock().unwrap();
        lines
            .iter()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// What was printed last of each flag that is set.
    fn last(&self) -> BTreeMap<String, String> {
        let mut last = BTreeMap::new();
        for change in self.changes() {
            let name = change["name"].as_str().unwrap().to_owned();
            match change["new"].as_str() {
                Some(status) => last.insert(name, status.to_owned()),
                None => last.remove(&name),
            };
        }
        last
    }

    #[track_caller]
    fn until(&self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let start = Instant::now();
        while !is_so(self) {
            let (changes, messages) = (self.changes(), self.messages.lock().unwrap());
            assert!(
                start.elapsed() < PATIENCE,
                "never {what}: {changes:?} {messages:?}"
            );
            drop(messages);
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits until each flag was told once.
    fn until_told(&self) {
        self.until("told", |watching| {
            watching
                .changes()
                .iter()
                .any(|change| change["name"] == "dhcp_server")
        });
    }

    /// Ends it as a service is ended.
    fn end(mut self) -> i32 {
        let id = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &id])
                .status()
                .unwrap()
                .success()
        );
        self.child.wait().unwrap().code().unwrap()
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn set(redis: &Redis, name: &str, status: &str) {
    redis.cli::<i64>(
        CONFIG_DB,
        &["HSET", &format!("SYSTEM_DEFAULTS|{name}"), "status", status],
    );
}

fn stored(harness: &Harness) -> BTreeMap<String, String> {
    let config = harness.config();
    let flags = config["SYSTEM_DEFAULTS"].as_object().unwrap();
    let flags = flags.iter();
    flags
        .map(|(name, entry)| (name.clone(), entry["status"].as_str().unwrap().to_owned()))
        .collect()
}

fn small() -> Value {
    json!({"DEVICE_METADATA": {"localhost": {"hostname": "a"}}, "SYSTEM_DEFAULTS": {"dhcp_server": {"status": "enable"}}})
}

const TELLS: [&str; 2] = ["--notify-keyspace-events", "AKE"];

#[test]
fn every_store_is_followed() {
    for harness in [
        Harness::file(&small()),
        Harness::served(Redis::start_with(&TELLS), &small()),
    ] {
        let watching = Watching::start(&harness, &["dhcp_server", "swss_zmq"]);
        watching.until("two lines", |watching| watching.changes().len() == 2);
        harness
            .run(&["flags", "set", "dhcp_server", "disable"])
            .is_clean();
        watching.until("a change", |watching| watching.changes().len() == 3);
        harness
            .run(&["flags", "set", "buffer_model", "dynamic"])
            .is_clean();
        harness.run(&["flags", "unset", "dhcp_server"]).is_clean();
        watching.until("another", |watching| watching.changes().len() == 4);
        let told: Vec<Value> = watching
            .changes()
            .into_iter()
            .map(|change| json!([change["name"], change["old"], change["new"]]))
            .collect();
        assert_eq!(
            json!(told),
            json!([
                ["dhcp_server", null, "enable"],
                ["swss_zmq", null, null],
                ["dhcp_server", "enable", "disable"],
                ["dhcp_server", "disable", null]
            ])
        );
        assert!(watching.changes()[0]["time"].as_str().unwrap().ends_with('Z'));
        assert_eq!(watching.messages.lock().unwrap().len(), 0);
        assert_eq!(watching.end(), 0);
    }
}

#[test]
fn burst_of_changes_ends_with_the_stored_value() {
    let harness = Harness::served(Redis::start_with(&TELLS), &small());
    let watching = Watching::start(&harness, &[]);
    watching.until_told();
    let names = ["dhcp_server", "swss_zmq", "tunnel_qos_remap", "buffer_model"];
    let mut connection = harness.redis.as_ref().unwrap().connect(CONFIG_DB);
    for turn in 0..1000_usize {
        let name = format!("SYSTEM_DEFAULTS|{}", names[turn * 7 % names.len()]);
        if turn % 11 == 0 {
            ::redis::cmd("DEL").arg(name).exec(&mut connection).unwrap();
        } else {
            let mut command = ::redis::cmd("HSET");
            let command = command.arg(name).arg("status").arg(format!("v{turn}"));
            command.exec(&mut connection).unwrap();
        }
    }
    let stored = stored(&harness);
    watching.until("equal", |watching| watching.last() == stored);
    // Nothing stale comes after it.
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(watching.last(), stored);
    // Each line goes on where the last one of its flag ended.
    let mut last: BTreeMap<String, Value> = BTreeMap::new();
    for change in watching.changes() {
        let name = change["name"].as_str().unwrap().to_owned();
        let before = last.insert(name, change["new"].clone()).unwrap_or_default();
        assert_eq!(change["old"], before);
    }
    assert_eq!(watching.end(), 0);
}

#[test]
fn redis_restart_loses_no_change() {
    let mut harness = Harness::redis(&small());
    let watching = Watching::start(&harness, &["--configure-notifications"]);
    watching.until_told();
    let turn = |harness: &Harness, turns: std::ops::Range<usize>| {
        let redis = harness.redis.as_ref().unwrap();
        for turn in turns {
            let name = ["dhcp_server", "swss_zmq"][turn % 2];
            set(redis, name, &format!("v{turn}"));
        }
    };
    turn(&harness, 0..100);
    harness.redis.as_mut().unwrap().kill();
    std::thread::sleep(Duration::from_millis(300));
    harness.redis.as_mut().unwrap().start_again();
    harness.load(&small());
    turn(&harness, 100..200);
    let stored_now = stored(&harness);
    watching.until("equal", |watching| watching.last() == stored_now);
    // It follows again, and is told at once.
    watching.until("followed again", |watching| {
        let messages = watching.messages.lock().unwrap();
        messages
            .iter()
            .any(|message| message.ends_with("is followed again"))
    });
    turn(&harness, 200..203);
    let stored_now = stored(&harness);
    watching.until("equal again", |watching| watching.last() == stored_now);
    assert_eq!(watching.end(), 0);
}

#[test]
fn an_emptied_database_is_noticed() {
    let harness = Harness::served(Redis::start_with(&TELLS), &small());
    let watching = Watching::start(&harness, &["dhcp_server"]);
    watching.until_told();
    harness.redis.as_ref().unwrap().cli::<()>(CONFIG_DB, &["FLUSHDB"]);
    watching.until("unset", |watching| watching.last().is_empty());
}

#[test]
fn server_without_notifications_is_refused() {
    let harness = Harness::served(Redis::start_with(&["--notify-keyspace-events", "Ex"]), &small());
    let run = harness.run(&["flags", "watch"]);
    assert_eq!(run.code, Some(2));
    assert!(
        run.last_line().ends_with(
            "the server does not send all notifications: notify-keyspace-events is \"xE\" and lacks K, g, h; \
             --configure-notifications turns them on"
        ),
        "{}",
        run.stderr
    );
    let setting = || -> Vec<String> {
        let redis = harness.redis.as_ref().unwrap();
        redis.cli(CONFIG_DB, &["CONFIG", "GET", "notify-keyspace-events"])
    };
    assert_eq!(setting()[1], "xE");
    let watching = Watching::start(&harness, &["--configure-notifications"]);
    watching.until_told();
    // What others need stays on.
    let letters = &setting()[1];
    assert!(
        "xEKgh".chars().all(|letter| letters.contains(letter)),
        "{letters}"
    );

    let mut harness = Harness::redis(&small());
    harness.redis.as_mut().unwrap().kill();
    let run = harness.run(&["flags", "watch", "--configure-notifications"]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
}

#[test]
fn watch_runs_a_command_per_change() {
    let harness = Harness::served(Redis::start_with(&TELLS), &small());
    let command = "echo \"$SONICFG_FLAG [${SONICFG_OLD-unset}] [${SONICFG_NEW-unset}]\" >> out.txt; \
                   echo \"said $SONICFG_FLAG\"";
    let mut watching = Watching::start(&harness, &["dhcp_server", "--exec", command]);
    let read = || std::fs::read_to_string(harness.sandbox.path("out.txt")).unwrap_or_default();
    let lines = |count: usize| {
        let start = Instant::now();
        while read().lines().count() < count {
            assert!(start.elapsed() < PATIENCE, "{}", read());
            std::thread::sleep(Duration::from_millis(10));
        }
    };
    lines(1);
    let redis = harness.redis.as_ref().unwrap();
    // Nothing in a value is ever run.
    set(redis, "dhcp_server", "$(touch a) `touch b`; touch c\" '");
    lines(2);
    redis.cli::<i64>(CONFIG_DB, &["DEL", "SYSTEM_DEFAULTS|dhcp_server"]);
    lines(3);
    assert_eq!(
        read(),
        "dhcp_server [unset] [enable]\n\
         dhcp_server [enable] [$(touch a) `touch b`; touch c\" ']\n\
         dhcp_server [$(touch a) `touch b`; touch c\" '] [unset]\n"
    );
    for name in ["a", "b", "c"] {
        assert!(!harness.sandbox.path(name).exists());
    }
    // What it prints goes where the lines would.
    let start = Instant::now();
    while watching.lines.lock().unwrap().len() < 3 {
        assert!(start.elapsed() < PATIENCE, "{:?}", watching.lines);
        std::thread::sleep(Duration::from_millis(10));
    }
    watching.child.kill().unwrap();

    let watching = Watching::start(&harness, &["dhcp_server", "--exec", "exit 3"]);
    watching.until("warned", |watching| {
        *watching.messages.lock().unwrap() == ["warning: the command for dhcp_server ended with exit code 3"]
    });
    assert_eq!(watching.end(), 0);
}

#[test]
fn while_a_command_takes_its_time_only_the_last_value_is_kept() {
    let harness = Harness::served(Redis::start_with(&TELLS), &small());
    let command = "echo $SONICFG_NEW >> out.txt; sleep 0.4";
    let watching = Watching::start(&harness, &["dhcp_server", "--exec", command]);
    let read = || std::fs::read_to_string(harness.sandbox.path("out.txt")).unwrap_or_default();
    let start = Instant::now();
    while read().is_empty() {
        assert!(start.elapsed() < PATIENCE);
        std::thread::sleep(Duration::from_millis(5));
    }
    for turn in 0..50 {
        set(
            harness.redis.as_ref().unwrap(),
            "dhcp_server",
            &format!("v{turn}"),
        );
    }
    while !read().ends_with("v49\n") {
        assert!(start.elapsed() < PATIENCE, "{}", read());
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(read(), "enable\nv49\n");
    assert_eq!(watching.end(), 0);
}

#[test]
fn watch_follows_replaced_and_rewritten_files() {
    let harness = Harness::file(&small());
    let watching = Watching::start(&harness, &["dhcp_server"]);
    watching.until_told();
    let with = |status: &str| json!({"SYSTEM_DEFAULTS": {"dhcp_server": {"status": status}}}).to_string();
    for turn in 0..20 {
        match turn % 4 {
            // In its place, and of the same length.
            0 | 1 => drop(harness.sandbox.write("c.json", with(&format!("v{turn:02}")))),
            2 => {
                harness.sandbox.write("n.json", with(&format!("v{turn:02}")));
                std::fs::rename(harness.sandbox.path("n.json"), harness.sandbox.path("c.json")).unwrap();
            }
            _ => {
                // Half of it is there for a while, or nothing.
                harness.sandbox.write("c.json", "{\"SYSTEM_DEF");
                std::thread::sleep(Duration::from_millis(150));
                std::fs::remove_file(harness.sandbox.path("c.json")).unwrap();
                std::thread::sleep(Duration::from_millis(150));
                harness.sandbox.write("c.json", with(&format!("v{turn:02}")));
            }
        }
    }
    watching.until("the last", |watching| {
        watching
            .last()
            .get("dhcp_server")
            .is_some_and(|status| status == "v19")
    });
    // A file that was none for a while has unset nothing.
    assert!(watching.changes().iter().all(|change| !change["new"].is_null()));
    assert_eq!(watching.end(), 0);
}
