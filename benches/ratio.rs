//! How fast the command is beside an earlier build of it, in one run: `make bench`.
//!
//! `SONICFG_BASE` names the earlier build. Runs of the two alternate. CPU time is that of the processes themselves, user
//! and system; a ratio is that of the medians.

#[path = "shared/cpu.rs"]
mod cpu;
#[allow(clippy::unwrap_used, reason = "it is a part of the tests")]
#[path = "../tests/common/redis.rs"]
mod redis;
mod shared;

use cpu::{Whose, cpu};

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use redis::Redis;
use serde_json::{Value, json};
use tempfile::TempDir;

const NEW: &str = env!("CARGO_BIN_EXE_sonicfg");
/// How much slower what was not to become faster may be.
const NO_SLOWER: f64 = 1.03;
/// How many copies of a config are validated at once.
const FILES: usize = 1000;

fn main() {
    let Some(shared) = shared::shared() else { return };
    let Some(base) = std::env::var_os("SONICFG_BASE") else {
        println!("SKIPPED: SONICFG_BASE names no earlier build");
        return;
    };
    let bench = Bench {
        binaries: [base.into(), NEW.into()],
        models: shared.join("corpus/yang-models"),
        folder: tempfile::tempdir().expect("a folder"),
    };
    println!("| what | bound | CPU time | elapsed time | before | now |");
    println!("|---|---|---|---|---|---|");
    let configs = shared.join("corpus/config_db");
    let (sample, large) = (
        configs.join("sample_config_db.json"),
        configs.join("large_config_db.json"),
    );
    bench.row("validate the sample", NO_SLOWER, 101, |run| {
        run.validate(&[&sample], true)
    });
    bench.plans(&shared.join("bench"));
    bench.one_field(&shared.join("bench/t1real-port-desc-1/current.json"));
    let copies = bench.copies(&sample);
    bench.row("validate 1,000 edited copies of the sample", 0.4, 7, |run| {
        run.validate(&[&copies], false)
    });
    bench.row("validate `large_config_db.json`", 0.5, 41, |run| {
        run.validate(&[&large], true)
    });
}

struct Bench {
    /// The earlier build, and this one.
    binaries: [PathBuf; 2],
    models: PathBuf,
    folder: TempDir,
}

/// One of the two builds.
struct Run<'b> {
    bench: &'b Bench,
    /// Which of them it is.
    which: usize,
    /// Which run of it it is.
    number: usize,
}

/// What a process took.
#[derive(Clone, Copy, Default)]
struct Took {
    cpu: Duration,
    elapsed: Duration,
}

impl Bench {
    /// Runs both builds in turn, and prints a row. What is counted is the sum of what `run` gives.
    fn row(&self, what: &str, bound: f64, runs: usize, run: impl Fn(&Run) -> Took) {
        let mut took: [Vec<Took>; 2] = Default::default();
        // The first runs fill the caches.
        for number in 0..=runs {
            for turn in 0..2 {
                // Each of them is the first as often as the other.
                let which = (number + turn) % 2;
                let one = run(&Run {
                    bench: self,
                    which,
                    number,
                });
                if number > 0 {
                    took[which].push(one);
                }
            }
        }
        let median = |which: usize, of: fn(&Took) -> Duration| {
            let mut times: Vec<Duration> = took[which].iter().map(of).collect();
            times.sort();
            times[times.len() / 2].as_secs_f64()
        };
        let cpu = [0, 1].map(|which| median(which, |took| took.cpu));
        let elapsed = [0, 1].map(|which| median(which, |took| took.elapsed));
        println!(
            "| {what} | ≤ {bound} times | {:.3} times | {:.3} times | {:.1} ms | {:.1} ms |",
            cpu[1] / cpu[0],
            elapsed[1] / elapsed[0],
            cpu[0] * 1e3,
            cpu[1] * 1e3,
        );
    }

    /// Plans of all cases, each counted.
    fn plans(&self, cases: &Path) {
        let mut cases: Vec<PathBuf> = std::fs::read_dir(cases)
            .expect("the cases")
            .map(|entry| entry.expect("an entry").path())
            .filter(|case| case.join("patch.json").is_file())
            .collect();
        cases.sort();
        let what = format!("plan the {} cases", cases.len());
        self.row(&what, NO_SLOWER, 15, |run| {
            let took = cases.iter().map(|case| {
                let mut command = run.command("plan");
                command.arg("--patch").arg(case.join("patch.json"));
                command.arg("--current").arg(case.join("current.json"));
                run.time(command, true)
            });
            took.fold(Took::default(), |sum, one| Took {
                cpu: sum.cpu + one.cpu,
                elapsed: sum.elapsed + one.elapsed,
            })
        });
    }

    /// One field of a config in a file and on a live Redis gets another value.
    fn one_field(&self, config: &Path) {
        let current: Value = json_of(config);
        let file = self.folder.path().join("c.json");
        std::fs::write(&file, format!("{current:#}\n")).expect("a config");
        let file = file.display().to_string();
        self.row("one field, a file", NO_SLOWER, 41, |run| {
            run.apply(&["--config", &file])
        });
        let server = Redis::start();
        server.load(&current);
        let url = server.url();
        self.row("one field, live Redis", NO_SLOWER, 41, |run| {
            run.apply(&["--store", &url])
        });
    }

    /// Copies of a config with small edits, one in fifty with a mistake.
    fn copies(&self, config: &Path) -> PathBuf {
        let folder = self.folder.path().join("copies");
        std::fs::create_dir(&folder).expect("a folder");
        let config = json_of(config);
        let ports = config["PORT"].as_object().expect("ports");
        let ports: Vec<&String> = ports.keys().collect();
        for at in 0..FILES {
            let mut edited = config.clone();
            let port = &mut edited["PORT"][ports[at % ports.len()]];
            port["description"] = format!("uplink {at}").into();
            if at % 50 == 0 {
                port["mtu"] = "99999".into();
            }
            let path = folder.join(format!("{at}.json"));
            std::fs::write(path, format!("{edited:#}")).expect("a file");
        }
        folder
    }
}

fn json_of(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).expect("a file")).expect("JSON")
}

impl Run<'_> {
    fn command(&self, name: &str) -> Command {
        let folder = self.bench.folder.path();
        let mut command = Command::new(&self.bench.binaries[self.which]);
        command
            .arg(name)
            .arg("--yang-dir")
            .arg(&self.bench.models)
            // The two may keep different things there.
            .env("SONICFG_CACHE_DIR", folder.join(format!("cache{}", self.which)))
            .env("SONICFG_STATE_DIR", folder.join(format!("state{}", self.which)))
            .env_remove("SONICFG_YANG_PATH")
            .env_remove("SONICFG_STORE")
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    fn validate(&self, paths: &[&Path], is_valid: bool) -> Took {
        let mut command = self.command("validate");
        command
            .args(["--retired", "allow", "--no-cache", "--report", "concise"])
            .args(paths);
        self.time(command, is_valid)
    }

    /// Sets a field to a value that it has not had before.
    fn apply(&self, store: &[&str]) -> Took {
        let value = format!("{}.{}", self.which, self.number);
        let patch = json!([{"op": "add", "path": "/PORT/Ethernet0/description", "value": value}]);
        let file = self.bench.folder.path().join("p.json");
        std::fs::write(&file, patch.to_string()).expect("a patch");
        let mut command = self.command("apply-patch");
        command.arg(file).args(store);
        self.time(command, true)
    }

    /// What a process takes from its start to its end.
    fn time(&self, mut command: Command, succeeds: bool) -> Took {
        let before = cpu(Whose::Children);
        let start = Instant::now();
        let status = command.status().expect("the binary");
        let elapsed = start.elapsed();
        assert_eq!(status.success(), succeeds, "{command:?}");
        Took {
            cpu: cpu(Whose::Children) - before,
            elapsed,
        }
    }
}
