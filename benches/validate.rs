//! How fast configs are validated, beside libyang 3 on the same machine: `make bench`.
//!
//! Each figure is the median of several runs. Ratios compare runs that follow one another, because
//! the speed of a machine drifts.

#[path = "shared/cpu.rs"]
mod cpu;
mod generate;
mod shared;

use cpu::{Whose, cpu};

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use sonicfg::config::{Config, EntryName, Source, Write, canonical, entries};
use sonicfg::policy::Policy;
use sonicfg::schema::{Retired, Schema, Sources};
use sonicfg::validate::{Validator, to_yang_json, validate};

const BINARY: &str = env!("CARGO_BIN_EXE_sonicfg");

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let Some(shared) = shared::shared() else { return };
    let models = shared.join("corpus/yang-models");
    if let [_, flag, file, ..] = &arguments[..]
        && flag == "--peak"
    {
        return peak(&models, Path::new(file));
    }
    let oracle = Path::new(env!("CARGO_MANIFEST_DIR")).join("oracle/target/release/oracle");
    let bench = Bench {
        schema: schema(&models),
        policy: Policy::shipped(),
        oracle: oracle.is_file().then_some(oracle),
        models,
    };
    if bench.oracle.is_none() {
        println!("no oracle: build it with `make oracle-test`, or run this with `make bench`");
    }
    let configs = shared.join("corpus/config_db");
    println!("| what | bound | measured |");
    println!("|---|---|---|");
    bench.whole_process(&configs.join("sample_config_db.json"));
    bench.thousand_files(&configs.join("sample_config_db.json"));
    bench.against_oracle(
        "large_config_db.json",
        &configs.join("large_config_db.json"),
        500.0,
        15,
        1,
    );
    let mut cases: Vec<PathBuf> = std::fs::read_dir(shared.join("bench"))
        .expect("the benches of the corpus")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    cases.sort();
    for case in cases {
        let name = case
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        bench.against_oracle(
            &format!("{name}/current.json"),
            &case.join("current.json"),
            5.0,
            15,
            5,
        );
    }
    bench.twice_as_large();
    bench.one_field(&configs.join("large_config_db.json"));
    let output = Command::new(&arguments[0])
        .args([
            "--peak".as_ref(),
            configs.join("large_config_db.json").as_os_str(),
        ])
        .output()
        .expect("this program");
    println!(
        "| peak memory, `large_config_db.json` | ≤ 120 MB | {} |",
        String::from_utf8_lossy(&output.stdout).trim()
    );
}

fn schema(models: &Path) -> Schema {
    let mut sources = Sources::shipped().with_retired(Retired::Allow);
    sources.add_dir(models).expect("the models of the corpus");
    Schema::load(&sources, None).expect("a schema").schema
}

/// Validates a file in this process, and prints how much memory that took at most.
fn peak(models: &Path, file: &Path) {
    let schema = schema(models);
    let config = Config::read(file).expect("a config");
    assert_eq!(validate(&schema, &Policy::shipped(), &config).errors(), 0);
    let status = std::fs::read_to_string("/proc/self/status").expect("the status of this process");
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM"))
        .unwrap_or_default();
    let kilobytes: f64 = line
        .split_whitespace()
        .nth(1)
        .and_then(|number| number.parse().ok())
        .unwrap_or(0.0);
    println!("{:.1} MB", kilobytes * 1024.0 / 1e6);
}

struct Bench {
    schema: Schema,
    policy: Policy,
    oracle: Option<PathBuf>,
    models: PathBuf,
}

impl Bench {
    fn whole_process(&self, config: &Path) {
        let cache = tempfile::tempdir().expect("a folder for the cache");
        let run = |more: &[&str]| {
            let start = Instant::now();
            let status = Command::new(BINARY)
                .arg("validate")
                .arg("--yang-dir")
                .arg(&self.models)
                .args(["--retired", "allow", "--no-cache"])
                .args(more)
                .arg(config)
                .env("SONICFG_CACHE_DIR", cache.path())
                .env_remove("SONICFG_YANG_PATH")
                .stdout(Stdio::null())
                .status()
                .expect("the binary");
            assert!(status.success());
            start.elapsed()
        };
        run(&[]);
        let cached = median((0..31).map(|_| run(&[])));
        let fresh = median((0..11).map(|_| run(&["--no-schema-cache"])));
        println!(
            "| whole process, `sample_config_db.json`, cache warm | ≤ 15 ms | {} |",
            show(cached)
        );
        println!(
            "| whole process, `sample_config_db.json`, no cache | ≤ 120 ms | {} |",
            show(fresh)
        );
    }

    /// Copies of a config with small edits, one in fifty with a mistake, each checked.
    fn thousand_files(&self, config: &Path) {
        const FILES: usize = 1000;
        let folder = tempfile::tempdir().expect("a folder");
        let text = std::fs::read_to_string(config).expect("a config");
        let config: Value = serde_json::from_str(&text).expect("a config");
        let ports = config["PORT"].as_object().expect("ports");
        let ports: Vec<&String> = ports.keys().collect();
        for at in 0..FILES {
            let mut edited = config.clone();
            let port = &mut edited["PORT"][ports[at % ports.len()]];
            port["description"] = format!("uplink {at}").into();
            if at % 50 == 0 {
                port["mtu"] = "99999".into();
            }
            let path = folder.path().join(format!("{at}.json"));
            std::fs::write(path, format!("{edited:#}")).expect("a file");
        }
        let cache = tempfile::tempdir().expect("a folder for the cache");
        let run = |more: &[&str]| {
            let start = Instant::now();
            let output = Command::new(BINARY)
                .args([
                    "validate",
                    "--report",
                    "concise",
                    "--retired",
                    "allow",
                    "--yang-dir",
                ])
                .arg(&self.models)
                .args(more)
                .arg(folder.path())
                .env("SONICFG_CACHE_DIR", cache.path())
                .env_remove("SONICFG_YANG_PATH")
                .output()
                .expect("the binary");
            let told = String::from_utf8_lossy(&output.stderr);
            assert!(
                told.ends_with(&format!(" in {} of {FILES} files\n", FILES / 50)),
                "{told}"
            );
            FILES as f64 / start.elapsed().as_secs_f64()
        };
        let rate = |more: &[&str]| {
            run(more);
            let mut rates: Vec<f64> = (0..5).map(|_| run(more)).collect();
            rates.sort_by(f64::total_cmp);
            rates[rates.len() / 2]
        };
        println!(
            "| 1,000 copies of `sample_config_db.json` with small edits, all cores | ≥ 300 files a second | {:.0} a second |",
            rate(&["--no-cache"])
        );
        println!("| the same once more, unchanged | | {:.0} a second |", rate(&[]));
    }

    /// The time from text to verdict.
    fn ours(&self, text: &str, runs: usize) -> Duration {
        self.verdict(text, runs, Instant::now, |start| start.elapsed())
    }

    /// The CPU time from text to verdict.
    fn our_cpu(&self, text: &str, runs: usize) -> Duration {
        self.verdict(text, runs, || cpu(Whose::Own), |before| cpu(Whose::Own) - before)
    }

    /// What is measured from text to verdict.
    fn verdict<T>(
        &self,
        text: &str,
        runs: usize,
        start: impl Fn() -> T,
        end: impl Fn(T) -> Duration,
    ) -> Duration {
        median((0..runs).map(|_| {
            let source = Source::new("config", text);
            let start = start();
            let config = Config::parse(source).expect("a config");
            let report = validate(&self.schema, &self.policy, &config);
            let took = end(start);
            assert_eq!(report.errors(), 0);
            took
        }))
    }

    /// The CPU time that libyang 3 takes to parse and validate the same config as YANG JSON, without loading the models.
    fn theirs(&self, text: &str, runs: u32) -> Option<Duration> {
        let config = Config::parse(Source::new("config", text)).expect("a config");
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("config.json");
        let document = to_yang_json(&self.schema, &self.policy, &config);
        std::fs::write(&file, document.to_string()).expect("a file");
        let oracle = self.oracle.as_ref()?;
        let run = |arguments: &[&OsStr]| {
            let before = cpu(Whose::Children);
            let output = Command::new(oracle)
                .arg("--yang-dir")
                .arg(&self.models)
                .args(arguments)
                .output()
                .expect("the oracle");
            let answer: Value = serde_json::from_slice(&output.stdout).expect("the oracle's answer");
            (cpu(Whose::Children) - before, answer)
        };
        let (loading, _) = run(&["--check-modules".as_ref()]);
        let count = runs.to_string();
        let (whole, answer) = run(&["--time".as_ref(), count.as_ref(), file.as_ref()]);
        assert_eq!(answer["verdict"], "valid");
        Some(whole.saturating_sub(loading) / runs)
    }

    fn against_oracle(&self, name: &str, file: &Path, bound: f64, runs: usize, oracle_runs: u32) {
        let text = std::fs::read_to_string(file).expect("a config");
        let ours = self.our_cpu(&text, runs);
        let measured = match self.theirs(&text, oracle_runs) {
            Some(theirs) => format!(
                "{:.0} times: {} against {}",
                theirs.as_secs_f64() / ours.as_secs_f64(),
                show(ours),
                show(theirs)
            ),
            None => show(ours),
        };
        println!(
            "| `{name}` from text, CPU time, against libyang 3 | ≥ {bound:.0} times less | {measured} |"
        );
    }

    /// The time of an update of a config under change after one field got another value, as long as
    /// few look at the field.
    fn one_field(&self, file: &Path) {
        let config = Config::read(file).expect("a config").to_value();
        let mut validator = Validator::new(&self.schema, &self.policy, &config);
        let found = validator.found().len();
        let mut times = Vec::new();
        for (table, key, value) in entries(&config).step_by(7) {
            let entry = EntryName::new(table, key);
            let fields = value.as_object().into_iter().flatten();
            for (field, old) in fields.filter(|(_, old)| old.is_string()) {
                let mut other = value.clone();
                other[field] = format!("{}0", old.as_str().unwrap_or_default()).into();
                for value in [other, value.clone()] {
                    let write = [Write {
                        entry: entry.clone(),
                        value: Some(value),
                    }];
                    let start = Instant::now();
                    validator.update(&write);
                    times.push(start.elapsed());
                }
            }
        }
        assert_eq!(validator.found().len(), found);
        times.sort();
        println!(
            "| incremental update after one field changed, `large_config_db.json` | ≤ 1 ms | {:.3} ms; of 100, 99 within {:.3} ms |",
            times[times.len() / 2].as_secs_f64() * 1e3,
            times[times.len() * 99 / 100].as_secs_f64() * 1e3
        );
    }

    fn twice_as_large(&self) {
        let texts = [1, 2, 4].map(|scale| canonical(&generate::config(scale)));
        // One after the other, and each the best of several, so that drift does not count.
        let best = |text: &str| (0..5).map(|_| self.ours(text, 5)).min().unwrap_or_default();
        let times = [best(&texts[0]), best(&texts[1]), best(&texts[2])];
        let ratio = |at: usize| times[at + 1].as_secs_f64() / times[at].as_secs_f64();
        println!(
            "| a config twice as large, and twice again | ≤ 2.3 times the time | {:.2}, {:.2} times: {}, {}, {} |",
            ratio(0),
            ratio(1),
            show(times[0]),
            show(times[1]),
            show(times[2])
        );
    }
}

fn median(times: impl Iterator<Item = Duration>) -> Duration {
    let mut times: Vec<Duration> = times.collect();
    times.sort();
    times[times.len() / 2]
}

fn show(time: Duration) -> String {
    if time.as_secs() >= 1 {
        format!("{:.1} s", time.as_secs_f64())
    } else {
        format!("{:.1} ms", time.as_secs_f64() * 1e3)
    }
}
