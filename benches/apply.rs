//! How fast changes are made on stores: whole processes of the command, on a file and on a live Redis:
//! `make bench`.
//!
//! Each figure is the median of several runs.

#[allow(clippy::unwrap_used, reason = "it is a part of the tests")]
#[path = "../tests/common/redis.rs"]
mod redis;
mod shared;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use redis::Redis;
use serde_json::{Value, json};
use tempfile::TempDir;

const BINARY: &str = env!("CARGO_BIN_EXE_sonicfg");
/// How often each change is made.
const RUNS: usize = 21;

fn main() {
    let Some(shared) = shared::shared() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let bench = Bench {
        models: shared.join("corpus/yang-models"),
        folder,
    };
    println!("| what | bound | measured |");
    println!("|---|---|---|");
    let current = read(&shared.join("bench/t1real-port-desc-1/current.json"));
    let server = Redis::start();
    let one = |number: usize| json!([{"op": "add", "path": "/PORT/Ethernet0/description", "value": number.to_string()}]);

    server.load(&current);
    let live = ["--store", &server.url()];
    row("one field, live Redis", 40, bench.median(&live, one, |_| {}));
    let file = bench.folder.path().join("c.json");
    std::fs::write(&file, format!("{current:#}\n")).expect("a config");
    let name = file.display().to_string();
    row(
        "one field, a file",
        25,
        bench.median(&["--config", &name], one, |_| {}),
    );

    let rules = |number: usize| -> Value {
        let rule = |at: usize| {
            let path = format!("/ACL_RULE/DATAACL|BENCH_{number}_{at}");
            let value =
                json!({"PRIORITY": at.to_string(), "PACKET_ACTION": "FORWARD", "SRC_IP": "10.0.0.0/8"});
            json!({"op": "add", "path": path, "value": value})
        };
        (0..1000).map(rule).collect::<Vec<_>>().into()
    };
    let many = [&live[..], &["--step-delay", "0"]].concat();
    let with_table = {
        let mut config = current.clone();
        config["ACL_TABLE"]["DATAACL"] =
            json!({"policy_desc": "bench", "type": "L3", "stage": "ingress", "ports": ["Ethernet0"]});
        config
    };
    server.load(&with_table);
    row(
        "1,000 ACL rules, live Redis",
        150,
        bench.median(&many, rules, |_| server.load(&with_table)),
    );
}

fn row(what: &str, bound: u32, took: Duration) {
    println!(
        "| {what}, whole process | ≤ {bound} ms | {:.1} ms |",
        took.as_secs_f64() * 1e3
    );
}

fn read(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).expect("a file")).expect("JSON")
}

struct Bench {
    models: PathBuf,
    folder: TempDir,
}

impl Bench {
    /// How long the command takes to apply a patch; a new one for each run, and the store made ready before it.
    fn median(&self, store: &[&str], patch: impl Fn(usize) -> Value, ready: impl Fn(usize)) -> Duration {
        let mut times: Vec<Duration> = (0..=RUNS)
            .map(|number| {
                ready(number);
                let file = self.folder.path().join("p.json");
                std::fs::write(&file, patch(number).to_string()).expect("a patch");
                let start = Instant::now();
                let status = Command::new(BINARY)
                    .arg("apply-patch")
                    .arg(&file)
                    .args(store)
                    .arg("--yang-dir")
                    .arg(&self.models)
                    .env("SONICFG_CACHE_DIR", self.folder.path().join("cache"))
                    .env("SONICFG_STATE_DIR", self.folder.path().join("state"))
                    .env_remove("SONICFG_YANG_PATH")
                    .env_remove("SONICFG_STORE")
                    .stdout(Stdio::null())
                    .status()
                    .expect("the binary");
                let took = start.elapsed();
                assert!(status.success());
                took
            })
            .collect();
        // The first run fills the cache.
        times.remove(0);
        times.sort();
        times[RUNS / 2]
    }
}
