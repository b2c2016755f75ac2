//! A store with a config in it, and the program to change it.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sonicfg::config::canonical;

use crate::common::cli::{Run, Sandbox, fixture};
use crate::common::oracle::say;
use crate::common::redis::{CONFIG_DB, Redis, STATE_DB};

/// What kind of store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A file, replaced once.
    File,
    /// A file, replaced step by step.
    FileInSteps,
    /// A live CONFIG_DB.
    Redis,
}

pub const KINDS: [Kind; 3] = [Kind::File, Kind::FileInSteps, Kind::Redis];

/// A store with a config in it.
pub struct Harness {
    pub kind: Kind,
    pub sandbox: Sandbox,
    pub redis: Option<Redis>,
}

impl Harness {
    /// A store of a small switch.
    pub fn new(kind: Kind) -> Self {
        Self::with(kind, &small_switch())
    }

    pub fn with(kind: Kind, config: &Value) -> Self {
        let sandbox = Sandbox::new();
        let redis = (kind == Kind::Redis).then(Redis::start);
        let harness = Harness { kind, sandbox, redis };
        harness.load(config);
        harness
    }

    /// A small switch on a server that is started with more options.
    pub fn on_server(options: &[&str]) -> Self {
        let harness = Harness {
            kind: Kind::Redis,
            sandbox: Sandbox::new(),
            redis: Some(Redis::start_with(options)),
        };
        harness.load(&small_switch());
        harness
    }

    /// The server.
    pub fn redis(&self) -> &Redis {
        self.redis.as_ref().unwrap()
    }

    pub fn redis_mut(&mut self) -> &mut Redis {
        self.redis.as_mut().unwrap()
    }

    /// Puts a config in the store, and forgets what was.
    pub fn load(&self, config: &Value) {
        match &self.redis {
            Some(redis) => {
                redis.cli::<()>(STATE_DB, &["FLUSHDB"]);
                redis.load(config);
                let _ = std::fs::remove_dir_all(self.sandbox.path("state"));
            }
            None => {
                self.sandbox.write("c.json", format!("{config:#}\n"));
                let _ = std::fs::remove_dir_all(self.home());
            }
        }
    }

    /// The config in the store, in its canonical form.
    pub fn config(&self) -> String {
        let config = match &self.redis {
            Some(redis) => redis.config(),
            None => serde_json::from_str(&self.sandbox.read("c.json")).unwrap(),
        };
        canonical(&config)
    }

    /// Where the journal and the history stand.
    pub fn home(&self) -> PathBuf {
        match self.kind {
            Kind::Redis => {
                let mut homes = std::fs::read_dir(self.sandbox.path("state")).unwrap();
                homes.next().unwrap().unwrap().path()
            }
            _ => self.sandbox.path(".c.json.sonicfg"),
        }
    }

    /// The options that name the store.
    pub fn store(&self) -> Vec<String> {
        match &self.redis {
            Some(redis) => vec!["--store".to_owned(), redis.url()],
            None => vec!["--config".to_owned(), "c.json".to_owned()],
        }
    }

    /// The program with the store.
    pub fn command(&self, args: &[&str]) -> Command {
        let changes = matches!(args[0], "apply-patch" | "replace" | "configlet" | "rollback");
        let mut all: Vec<String> = args.iter().map(ToString::to_string).collect();
        all.extend(self.store());
        if changes && !args.contains(&"--step-delay") {
            let settle = match self.kind {
                Kind::File => "0",
                Kind::FileInSteps => "1ms",
                Kind::Redis => "0",
            };
            all.extend(["--step-delay".to_owned(), settle.to_owned()]);
        }
        let has_models = args.contains(&"--yang-dir");
        if !has_models && (changes || matches!(args[0], "recover" | "confirm")) {
            all.extend(["--yang-dir".to_owned(), fixture("yang-plan")]);
        }
        let mut command = self.sandbox.command(all);
        command
            .env("SONICFG_STATE_DIR", self.sandbox.path("state"))
            .env_remove("SONICFG_STORE");
        command
    }

    pub fn run(&self, args: &[&str]) -> Run {
        Run::of(&mut self.command(args))
    }

    /// Applies a patch.
    pub fn apply(&self, patch: &Value, options: &[&str]) -> Run {
        self.sandbox.write("p.json", patch.to_string());
        self.run(&[&["apply-patch", "p.json"], options].concat())
    }

    /// Starts to apply a patch, and stops at a point until [`Paused::go_on`].
    pub fn paused(&self, patch: &Value, options: &[&str], point: &str) -> Paused {
        self.paused_as("paused", patch, options, point)
    }

    /// The same under a name, for several at once.
    pub fn paused_as(&self, name: &str, patch: &Value, options: &[&str], point: &str) -> Paused {
        let patch_file = format!("{name}.json");
        self.sandbox.write(&patch_file, patch.to_string());
        let mut command = self.command(&[&["apply-patch", &patch_file], options].concat());
        let file = self.sandbox.path(name);
        let child = command
            .env("SONICFG_PAUSE_AT", point)
            .env("SONICFG_PAUSE_FILE", &file)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut paused = Paused { child, file };
        paused.wait();
        paused
    }

    /// Asserts that nothing of a change is left: no journal, no mark, no lock.
    #[track_caller]
    pub fn is_at_rest(&self) {
        if let Some(redis) = &self.redis {
            // The id of the server stays.
            let mut keys: Vec<String> = redis.cli(STATE_DB, &["KEYS", "*"]);
            keys.retain(|key| key != "SONICFG|STORE");
            assert!(keys.is_empty(), "{keys:?}");
            let strange: Vec<String> = redis.cli(CONFIG_DB, &["KEYS", "*SONICFG*"]);
            assert!(strange.is_empty(), "{strange:?}");
            // Where nothing was ever written there is no folder.
            if std::fs::read_dir(self.sandbox.path("state")).map_or(0, Iterator::count) == 0 {
                return;
            }
        }
        let left = self.state_files(&["journal", "lock", "elsewhere", ".new-"]);
        assert!(left.is_empty(), "{left:?}");
    }

    /// The files in the state directory whose names begin like this.
    pub fn state_files(&self, beginnings: &[&str]) -> Vec<PathBuf> {
        if self.redis.is_some() && !self.sandbox.path("state").exists() {
            return Vec::new();
        }
        let Ok(entries) = std::fs::read_dir(self.home()) else {
            return Vec::new();
        };
        let paths = entries.map(|entry| entry.unwrap().path());
        let is_meant = |path: &PathBuf| {
            let name = path.file_name().unwrap().to_str().unwrap();
            beginnings.iter().any(|beginning| name.starts_with(beginning))
        };
        paths.filter(is_meant).collect()
    }

    /// The journal of the change that was left unfinished.
    pub fn journal(&self) -> PathBuf {
        let mut journals = self.state_files(&["journal"]);
        assert_eq!(journals.len(), 1, "{journals:?}");
        journals.remove(0)
    }
}

/// A run of the program that waits at a point.
pub struct Paused {
    pub child: Child,
    file: PathBuf,
}

impl Paused {
    /// Waits until it stops at a point.
    pub fn wait(&mut self) {
        let start = Instant::now();
        while !self.file.exists() {
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none(), "it ended before: {ended:?}");
            assert!(start.elapsed() < Duration::from_secs(20), "it never stops");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Lets it go on.
    pub fn go_on(&self) {
        std::fs::remove_file(&self.file).unwrap();
    }

    /// Lets it go on to its end.
    pub fn finish(self) -> Run {
        self.go_on();
        Run::from(self.child.wait_with_output().unwrap())
    }
}

/// Whether this build has points at which it can be stopped. Says loudly when it has none.
pub fn has_points() -> bool {
    if !cfg!(debug_assertions) {
        say("SKIPPED: this build has no points to be stopped at");
    }
    cfg!(debug_assertions)
}

/// The config of a small switch.
pub fn small_switch() -> Value {
    serde_json::from_str(&std::fs::read_to_string(fixture("plan/config_db.json")).unwrap()).unwrap()
}

/// A change of it that takes three steps.
pub fn change() -> Value {
    serde_json::from_str(&std::fs::read_to_string(fixture("plan/change.json")).unwrap()).unwrap()
}

/// What that change makes of it.
pub fn changed() -> Value {
    let mut config = small_switch();
    config["VLAN"]["Vlan200"] = json!({"description": "storage"});
    config["VLAN_MEMBER"]["Vlan200|Ethernet4"] = json!({"tagging_mode": "tagged"});
    config["BGP_NEIGHBOR"]["10.0.0.3"]["asn"] = "65102".into();
    config["BUFFER_PG"]["Ethernet0|0"]
        .as_object_mut()
        .unwrap()
        .remove("profile");
    config
}

/// A change of one field.
pub fn description(text: &str) -> Value {
    json!([{"op": "add", "path": "/PORT/Ethernet4/description", "value": text}])
}

/// The field that [`description`] sets.
pub fn described(config: &str) -> Value {
    let config: Value = serde_json::from_str(config).unwrap();
    config["PORT"]["Ethernet4"]["description"].clone()
}
