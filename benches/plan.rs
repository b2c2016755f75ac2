//! How fast changes are planned: whole processes of the command, beside the figures of an existing
//! implementation that come with the cases: `make bench`.
//!
//! Each figure is the median of several runs.

#[path = "shared/cpu.rs"]
mod cpu;
mod shared;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use cpu::{Whose, cpu};

const BINARY: &str = env!("CARGO_BIN_EXE_sonicfg");

/// A case that takes the existing implementation longer must take a hundred times less.
const SLOW: f64 = 1.0;
/// How many rules are added to a large config, and then five times as many.
const RULES: [usize; 2] = [2_000, 10_000];

fn main() {
    let Some(shared) = shared::shared() else { return };
    let cache = tempfile::tempdir().expect("a folder for the cache");
    let bench = Bench {
        models: shared.join("corpus/yang-models"),
        cache: cache.path().to_owned(),
    };
    println!("| what | bound | measured |");
    println!("|---|---|---|");
    let mut cases: Vec<PathBuf> = std::fs::read_dir(shared.join("bench"))
        .expect("the benches of the corpus")
        .map(|entry| entry.expect("an entry").path())
        .filter(|case| case.join("peer.json").is_file())
        .collect();
    cases.sort();
    for case in &cases {
        bench.case(case);
    }
    bench.many_rules(&shared.join("corpus/config_db/large_config_db.json"));
}

struct Bench {
    models: PathBuf,
    cache: PathBuf,
}

impl Bench {
    /// How long the command takes to plan a change, and its CPU time.
    fn plan(&self, change: &[&Path], current: &Path, runs: usize) -> ([Duration; 2], Value) {
        let run = || {
            let before = cpu(Whose::Children);
            let start = Instant::now();
            let output = Command::new(BINARY)
                .arg("plan")
                .args(change)
                .arg("--current")
                .arg(current)
                .arg("--yang-dir")
                .arg(&self.models)
                .args(["--report", "json"])
                .env("SONICFG_CACHE_DIR", &self.cache)
                .env_remove("SONICFG_YANG_PATH")
                .stderr(Stdio::inherit())
                .output()
                .expect("the binary");
            let took = start.elapsed();
            assert!(output.status.success());
            ([took, cpu(Whose::Children) - before], output.stdout)
        };
        // The first run fills the cache.
        let (_, output) = run();
        let times: Vec<[Duration; 2]> = (0..runs).map(|_| run().0).collect();
        let median = |which: usize| {
            let mut times: Vec<Duration> = times.iter().map(|time| time[which]).collect();
            times.sort();
            times[runs / 2]
        };
        let plan = serde_json::from_slice(&output).expect("a plan");
        ([median(0), median(1)], plan)
    }

    fn case(&self, case: &Path) {
        let name = case.file_name().unwrap_or_default().to_string_lossy();
        let ([took, cpu], plan) = self.plan(
            &[Path::new("--patch"), &case.join("patch.json")],
            &case.join("current.json"),
            15,
        );
        let peer = std::fs::read_to_string(case.join("peer.json")).expect("the figures of the peer");
        let peer: Value = serde_json::from_str(&peer).expect("JSON");
        let beside = match peer["plan_cpu_seconds"].as_f64() {
            Some(seconds) => format!(
                "{:.0} times less CPU time than {seconds:.1} s",
                seconds / cpu.as_secs_f64()
            ),
            None => "the existing implementation gave up".to_owned(),
        };
        let bound = match peer["plan_cpu_seconds"].as_f64() {
            Some(seconds) if seconds > SLOW => "≤ 40 ms, ≥ 100 times less CPU time",
            _ => "≤ 40 ms",
        };
        println!(
            "| plan `{name}`, whole process | {bound} | {:.1} ms for {} steps; {beside} |",
            took.as_secs_f64() * 1e3,
            plan["summary"]["steps"],
        );
    }

    /// Adds rules to a table that the config has.
    fn many_rules(&self, large: &Path) {
        let text = std::fs::read_to_string(large).expect("a config");
        let config: Value = serde_json::from_str(&text).expect("JSON");
        let rules = config["ACL_RULE"].as_object().expect("rules");
        let (key, rule) = rules.iter().next().expect("a rule");
        let table = key.split('|').next().unwrap_or_default();
        let folder = tempfile::tempdir().expect("a folder");
        let times = RULES.map(|count| {
            let patch: Vec<Value> = (0..count)
                .map(|number| {
                    json!({"op": "add", "path": format!("/ACL_RULE/{table}|BENCH_{number}"), "value": rule})
                })
                .collect();
            let file = folder.path().join("patch.json");
            std::fs::write(&file, Value::Array(patch).to_string()).expect("a file");
            let ([took, _], plan) = self.plan(&[Path::new("--patch"), &file], large, 5);
            assert_eq!(plan["summary"]["entries_changed"], count);
            took
        });
        println!(
            "| plan 10,000 more ACL rules, `large_config_db.json`, whole process | ≤ 1 s | {:.2} s |",
            times[1].as_secs_f64()
        );
        println!(
            "| 10,000 rules beside 2,000 | ≤ 7 times | {:.1} times |",
            times[1].as_secs_f64() / times[0].as_secs_f64()
        );
    }
}
