//! Flags in stores: `sonicfg migrate`, `load`, `flags get|set|unset|list|show` and `render` on files and Redis,
//! as changes that are carried out whole, and written down.

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use sonicfg::config::canonical;

use crate::common::cli::{Run, Sandbox};
use crate::common::redis::{CONFIG_DB, Redis};
use crate::common::shared;

/// A store with a config in it.
pub struct Harness {
    pub sandbox: Sandbox,
    pub redis: Option<Redis>,
}

impl Harness {
    /// One of each kind.
    pub fn each(config: &Value) -> [Harness; 2] {
        [Self::file(config), Self::redis(config)]
    }

    pub fn file(config: &Value) -> Harness {
        let harness = Harness {
            sandbox: Sandbox::new(),
            redis: None,
        };
        harness.load(config);
        harness
    }

    pub fn redis(config: &Value) -> Harness {
        Self::served(Redis::start(), config)
    }

    pub fn served(redis: Redis, config: &Value) -> Harness {
        let harness = Harness {
            sandbox: Sandbox::new(),
            redis: Some(redis),
        };
        harness.load(config);
        harness
    }

    pub fn load(&self, config: &Value) {
        match &self.redis {
            Some(redis) => redis.load(config),
            None => drop(self.sandbox.write("c.json", format!("{config:#}\n"))),
        }
    }

    pub fn url(&self) -> String {
        match &self.redis {
            Some(redis) => redis.url(),
            None => "file:c.json".to_owned(),
        }
    }

    pub fn command(&self, args: &[&str]) -> std::process::Command {
        let mut command = self.sandbox.command(args);
        command
            .args(["--store", &self.url()])
            .env("SONICFG_STATE_DIR", self.sandbox.path("state"))
            .env_remove("SONICFG_STORE");
        command
    }

    /// Runs a command on the store.
    pub fn run(&self, args: &[&str]) -> Run {
        Run::of(&mut self.command(args))
    }

    pub fn config(&self) -> Value {
        match &self.redis {
            Some(redis) => redis.config(),
            None => serde_json::from_str(&self.sandbox.read("c.json")).unwrap(),
        }
    }

    /// Asserts what the store holds, in whatever order.
    #[track_caller]
    pub fn holds(&self, config: &Value) {
        assert_eq!(canonical(&self.config()), canonical(config));
    }
}

/// A switch of old: all its flags are fields.
fn old() -> Value {
    json!({"DEVICE_METADATA": {"localhost": {"hostname": "a", "default_bgp_status": "down",
            "buffer_model": "dynamic", "dhcp_server": "enabled"}},
        "VERSIONS": {"DATABASE": {"VERSION": "version_202505_01"}}})
}

/// The same with flags.
fn new() -> Value {
    json!({"DEVICE_METADATA": {"localhost": {"hostname": "a"}},
        "SYSTEM_DEFAULTS": {"default_bgp_status": {"status": "down"}, "buffer_model": {"status": "dynamic"},
            "dhcp_server": {"status": "enable"}},
        "VERSIONS": {"DATABASE": {"VERSION": "version_202505_01"}}})
}

#[test]
fn store_is_migrated_and_rolled_back() {
    for harness in Harness::each(&old()) {
        let dry = harness.run(&["migrate", "--dry-run"]);
        dry.is_clean();
        assert!(dry.stdout.contains("+ SYSTEM_DEFAULTS"), "{}", dry.stdout);
        harness.holds(&old());

        let run = harness.run(&["migrate", "--comment", "CHG-1"]);
        run.is_clean();
        assert!(
            run.stdout
                .contains("dhcp_server \"enabled\" is moved to SYSTEM_DEFAULTS|dhcp_server \"enable\"\n"),
            "{}",
            run.stdout
        );
        harness.holds(&new());

        let again = harness.run(&["migrate"]);
        again.is_clean();
        assert_eq!(again.stdout, "nothing to migrate\n");

        harness.run(&["migrate", "--reverse"]).is_clean();
        harness.holds(&old());

        let history = harness.run(&["history"]).stdout;
        let lines: Vec<&str> = history.lines().collect();
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(lines.len(), 2, "{history}");
        assert!(
            lines.iter().any(|line| line.contains(&format!(
                "migrate: 1 step, 4 entries, from retired fields, MIGRATED by sonicfg {version} (CHG-1); applied"
            ))),
            "{history}"
        );
        assert!(
            history.contains(&format!(
                "from flags, MIGRATED back by sonicfg {version}; applied"
            )),
            "{history}"
        );
    }
}

#[test]
fn no_reader_finds_neither_the_field_nor_its_flag() {
    let harness = Harness::redis(&old());
    let done = AtomicBool::new(false);
    let script = "local field = redis.call('HGET', 'DEVICE_METADATA|localhost', 'dhcp_server') \
                  local flag = redis.call('HGET', 'SYSTEM_DEFAULTS|dhcp_server', 'status') \
                  if field or flag then return 'some' end return 'none'";
    std::thread::scope(|scope| {
        let redis = harness.redis.as_ref().unwrap();
        let done = &done;
        let reader = scope.spawn(move || {
            let mut connection = redis.connect(CONFIG_DB);
            let mut looks = 0;
            while !done.load(Ordering::Relaxed) {
                let found: String = ::redis::cmd("EVAL")
                    .arg(script)
                    .arg(0)
                    .query(&mut connection)
                    .unwrap();
                assert_eq!(found, "some");
                looks += 1;
            }
            looks
        });
        for _ in 0..5 {
            harness.run(&["migrate"]).is_clean();
            harness.run(&["migrate", "--reverse"]).is_clean();
        }
        done.store(true, Ordering::Relaxed);
        assert!(reader.join().unwrap() > 100);
    });
}

#[test]
fn unconfirmed_migration_is_rolled_back() {
    for harness in Harness::each(&old()) {
        let run = harness.run(&["migrate", "--confirm-within", "1s"]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        harness.holds(&new());
        std::thread::sleep(std::time::Duration::from_millis(2200));
        let run = harness.run(&["recover"]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        harness.holds(&old());

        harness.run(&["migrate"]).is_clean();
        let history = harness.run(&["history", "--report", "json"]).stdout;
        let history: Vec<Value> = serde_json::from_str(&history).unwrap();
        let newest = history
            .iter()
            .map(|one| one["id"].as_str().unwrap())
            .max()
            .unwrap();
        let run = harness.run(&["rollback", "--to", newest]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        harness.holds(&old());
    }
}

#[test]
fn invalid_value_stays_in_a_store() {
    for harness in Harness::each(
        &json!({"DEVICE_METADATA": {"localhost": {"buffer_model": "big", "dhcp_server": "enabled"}}}),
    ) {
        let run = harness.run(&["migrate", "--report", "json"]);
        run.fails(1, "Error: 1 value left, because it is not legal");
        let told: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(
            (&told["result"], &told["invalid"]),
            (&json!("applied"), &json!(1))
        );
        harness.holds(&json!({"DEVICE_METADATA": {"localhost": {"buffer_model": "big"}},
            "SYSTEM_DEFAULTS": {"dhcp_server": {"status": "enable"}}}));
        let dry = harness.run(&["migrate", "--dry-run", "--report", "json"]);
        dry.fails(1, "Error: 1 value left, because it is not legal");
        let told: Value = serde_json::from_str(&dry.stdout).unwrap();
        assert_eq!((&told["steps"], &told["changed"]), (&json!([]), &json!(false)));
    }
}

#[test]
fn fields_that_stay_are_kept_equal_by_every_change() {
    let config = json!({"DEVICE_METADATA": {"localhost": {"hostname": "a", "dhcp_server": "enabled"}},
        "SYSTEM_DEFAULTS": {"dhcp_server": {"status": "disable"}}});
    let both = |leaf: &str, status: &str| {
        json!({"DEVICE_METADATA": {"localhost": {"hostname": "a", "dhcp_server": leaf}},
            "SYSTEM_DEFAULTS": {"dhcp_server": {"status": status}}})
    };
    let (on, off) = (both("enabled", "enable"), both("disabled", "disable"));
    for harness in Harness::each(&config) {
        // They differ, and the flag counts.
        harness
            .run(&["migrate", "--keep-retired", "--retired", "mirror"])
            .is_clean();
        harness.holds(&off);
        harness.run(&["migrate", "--retired", "mirror"]).fails(
            2,
            "Error: --retired mirror keeps both, the field and its flag: say --keep-retired too",
        );
        let apply = |args: &[&str]| {
            let run = harness.run(&[args, &["--retired", "mirror"]].concat());
            assert_eq!(run.code, Some(0), "{args:?}: {}", run.stderr);
        };
        apply(&["flags", "set", "dhcp_server", "enable"]);
        harness.holds(&on);
        harness.sandbox.write(
            "p.json",
            r#"[{"op": "replace", "path": "/DEVICE_METADATA/localhost/dhcp_server", "value": "disabled"}]"#,
        );
        apply(&["apply-patch", "p.json"]);
        harness.holds(&off);
        harness.sandbox.write(
            "l.json",
            r#"[{"SYSTEM_DEFAULTS": {"dhcp_server": {"status": "enable"}}}]"#,
        );
        apply(&["configlet", "-u", "-j", "l.json"]);
        harness.holds(&on);
        // A whole config with one of the two.
        let mut whole = off.clone();
        whole["DEVICE_METADATA"]["localhost"]
            .as_object_mut()
            .unwrap()
            .remove("dhcp_server");
        harness.sandbox.write("w.json", whole.to_string());
        apply(&["replace", "w.json"]);
        harness.holds(&off);
        harness
            .sandbox
            .write("w.json", both("enabled", "disable").to_string());
        apply(&["replace", "w.json"]);
        harness.holds(&on);
        harness.sandbox.write(
            "init.json",
            r#"{"SYSTEM_DEFAULTS": {"dhcp_server": {"status": "disable"}}}"#,
        );
        apply(&["load", "--init-cfg", "init.json", "--merge"]);
        harness.holds(&off);
        apply(&["flags", "unset", "dhcp_server"]);
        harness.holds(&json!({"DEVICE_METADATA": {"localhost": {"hostname": "a"}}}));
        apply(&["flags", "set", "dhcp_server", "enable"]);
        harness.holds(&on);
        apply(&["migrate", "--keep-retired"]);
        harness.holds(&on);
        harness.run(&["migrate", "--reverse"]).is_clean();
        harness.run(&["migrate"]).is_clean();
    }
}

#[test]
fn plan_keeps_mirrored_fields_equal() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "c.json",
        json!({"DEVICE_METADATA": {"localhost": {"dhcp_server": "enabled"}},
            "SYSTEM_DEFAULTS": {"dhcp_server": {"status": "enable"}}})
        .to_string(),
    );
    sandbox.write(
        "p.json",
        r#"[{"op": "replace", "path": "/SYSTEM_DEFAULTS/dhcp_server/status", "value": "disable"}]"#,
    );
    let run = sandbox.run([
        "plan",
        "--patch",
        "p.json",
        "--current",
        "c.json",
        "--report",
        "json",
        "--retired",
        "mirror",
    ]);
    run.is_clean();
    let plan: Value = serde_json::from_str(&run.stdout).unwrap();
    let ops = plan["steps"][0]["ops"].to_string();
    assert!(
        ops.contains("/DEVICE_METADATA/localhost/dhcp_server") && ops.contains("\"disabled\""),
        "{}",
        run.stdout
    );
}

#[test]
fn layers_become_what_a_store_holds() {
    let held = json!({"DEVICE_METADATA": {"localhost": {"hostname": "a", "bgp_asn": "65100"}},
        "SYSTEM_DEFAULTS": {"swss_zmq": {"status": "enabled"}}});
    for harness in Harness::each(&held) {
        harness.sandbox.write(
            "init.json",
            r#"{"SYSTEM_DEFAULTS": {"default_bgp_status": {"status": "up"}, "tunnel_qos_remap": {"status": "disabled"}}}"#,
        );
        harness.sandbox.write(
            "config.json",
            r#"{"DEVICE_METADATA": {"localhost": {"hostname": "b", "default_bgp_status": "down"}}}"#,
        );
        let load = ["load", "--init-cfg", "init.json", "--config-db", "config.json"];
        let flags =
            json!({"default_bgp_status": {"status": "down"}, "tunnel_qos_remap": {"status": "disabled"}});

        let run = harness.run(&[&load[..], &["--output", "out.json"]].concat());
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        harness.holds(&held);
        let run = harness.run(&[&load[..], &["--explain", "--dry-run"]].concat());
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert!(
            run.stdout.starts_with(
                "SYSTEM_DEFAULTS|default_bgp_status status \"down\" from config_db, over \"up\" of init_cfg\n"
            ) && run.stdout.contains("- SYSTEM_DEFAULTS"),
            "{}",
            run.stdout
        );
        harness.holds(&held);

        let run = harness.run(&[&load[..], &["--merge"]].concat());
        assert_eq!(
            (run.code, &*run.stdout),
            (Some(0), "Config merged successfully.\n")
        );
        let mut both = flags.clone();
        both["swss_zmq"] = json!({"status": "enabled"});
        harness.holds(
            &json!({"DEVICE_METADATA": {"localhost": {"hostname": "b", "bgp_asn": "65100"}}, "SYSTEM_DEFAULTS": both}),
        );

        let run = harness.run(&load);
        assert_eq!(
            (run.code, &*run.stdout),
            (Some(0), "Config loaded successfully.\n")
        );
        harness
            .holds(&json!({"DEVICE_METADATA": {"localhost": {"hostname": "b"}}, "SYSTEM_DEFAULTS": flags}));
        let run = harness.run(&["history"]);
        assert!(
            run.stdout.contains("load: 1 step, ") && run.stdout.contains("from init.json, config.json"),
            "{}",
            run.stdout
        );

        harness.sandbox.write(
            "bad.json",
            r#"{"SYSTEM_DEFAULTS": {"swss_zmq": {"status": "on"}}}"#,
        );
        let run = harness.run(&["load", "--config-db", "bad.json"]);
        run.fails(1, "Error: config rejected, nothing was changed (1 error)");
        let run = harness.run(&["load", "--config-db", "bad.json", "--full-reason"]);
        assert_eq!(run.code, Some(1));
        assert!(
            run.last_line()
                .contains("status of this flag must be enabled or disabled"),
            "{}",
            run.stderr
        );
        harness
            .holds(&json!({"DEVICE_METADATA": {"localhost": {"hostname": "b"}}, "SYSTEM_DEFAULTS": flags}));
    }
    let run = Sandbox::new().run(["load", "--init-cfg", "i.json", "--merge"]);
    run.fails(
        2,
        "Error: --merge is about a store, and the config is only written",
    );
}

#[test]
fn flags_are_set_and_unset() {
    for harness in Harness::each(&json!({"DEVICE_METADATA": {"localhost": {"hostname": "a"}}})) {
        let get = |name: &str| harness.run(&["flags", "get", name]);
        assert_eq!(get("dhcp_server").stdout, "disable\n");
        get("buffer_model").fails(1, "Error: buffer_model is not set, and has no default");
        let run = harness.run(&["flags", "set", "dhcp_server", "enable", "--field", "owner=lab 1"]);
        run.is_clean();
        assert_eq!(run.stdout, "Flag set successfully.\n");
        harness.holds(&json!({"DEVICE_METADATA": {"localhost": {"hostname": "a"}},
            "SYSTEM_DEFAULTS": {"dhcp_server": {"status": "enable", "owner": "lab 1"}}}));
        assert_eq!(get("dhcp_server").stdout, "enable\n");
        let run = harness.run(&["flags", "get", "dhcp_server", "--field", "owner"]);
        assert_eq!(run.stdout, "lab 1\n");
        let run = harness.run(&["flags", "get", "dhcp_server", "--report", "json"]);
        let told: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(
            told,
            json!({"name": "dhcp_server", "status": "enable", "origin": "flag", "fields": {"owner": "lab 1"}})
        );

        let run = harness.run(&["flags", "set", "dhcp_server", "enabled"]);
        run.fails(1, "Error: change rejected, nothing was changed (1 error)");
        let run = harness.run(&["flags", "set", "dhcp_server", "enabled", "--full-reason"]);
        assert_eq!(run.code, Some(1));
        assert!(
            run.last_line()
                .contains("status of this flag must be enable or disable"),
            "{}",
            run.stderr
        );
        harness.run(&["flags", "set", "dhcp_sever", "enable"]).fails(
            2,
            "Error: there is no flag \"dhcp_sever\": did you mean \"dhcp_server\"?",
        );

        let list = harness.run(&["flags", "list"]).stdout;
        let line = list.lines().find(|line| line.starts_with("dhcp_server")).unwrap();
        let cells: Vec<&str> = line.split_whitespace().take(5).collect();
        assert_eq!(
            cells,
            ["dhcp_server", "enable|disable", "disable", "enable", "flag"]
        );
        let show = harness.run(&["flags", "show", "dhcp_server"]).stdout;
        assert!(show.contains("enable, as the flag says"), "{show}");

        harness.sandbox.write("t.j2", "{{ flag('dhcp_server') }}");
        let run = harness.run(&["render", "t.j2"]);
        run.is_clean();
        assert_eq!(run.stdout, "enable\n");

        harness
            .run(&["flags", "unset", "dhcp_server", "--field", "owner"])
            .is_clean();
        harness.holds(&json!({"DEVICE_METADATA": {"localhost": {"hostname": "a"}},
            "SYSTEM_DEFAULTS": {"dhcp_server": {"status": "enable"}}}));
        for _ in 0..2 {
            harness.run(&["flags", "unset", "dhcp_server"]).is_clean();
            harness.holds(&json!({"DEVICE_METADATA": {"localhost": {"hostname": "a"}}}));
        }
        let history = harness.run(&["history"]).stdout;
        assert!(
            history.contains("flags set: 1 step, 1 entry, from dhcp_server enable, field owner; applied"),
            "{history}"
        );
        assert_eq!(history.lines().count(), 3, "{history}");
    }
}

#[test]
fn the_environment_names_the_store() {
    let harness = Harness::redis(&new());
    let mut command = harness.sandbox.command(["flags", "get", "dhcp_server"]);
    let run = Run::of(command.env("SONICFG_STORE", harness.url()));
    assert_eq!((run.code, &*run.stdout), (Some(0), "enable\n"));
    let database = harness.redis.as_ref().unwrap().database_config();
    let mut command =
        harness
            .sandbox
            .command(["flags", "get", "dhcp_server", "--store", "sonic:", "--db-config"]);
    let run = Run::of(command.arg(database));
    assert_eq!((run.code, &*run.stdout), (Some(0), "enable\n"));
    let mut command = harness.sandbox.command(["flags", "get", "dhcp_server"]);
    Run::of(command.env_remove("SONICFG_STORE")).fails(
        2,
        "Error: no store is named: add --config FILE or --store URL, or set SONICFG_STORE; for example: sonicfg \
         flags get dhcp_server --config config_db.json",
    );
}

#[test]
fn every_retired_field_on_a_store() {
    let harness = Harness::redis(&old());
    for (name, status, leaf, other) in [
        ("default_bgp_status", "down", "down", "up"),
        ("default_pfcwd_status", "enable", "enable", "disable"),
        ("synchronous_mode", "disable", "disable", "enable"),
        ("buffer_model", "traditional", "traditional", "dynamic"),
        ("dhcp_server", "enable", "enabled", "disabled"),
    ] {
        let with = |leaf, status| crate::migrate::config(name, leaf, status);
        let (flag_only, leaf_only) = (with(None, Some(status)), with(Some(leaf), None));
        for start in [
            leaf_only.clone(),
            flag_only.clone(),
            with(Some(leaf), Some(status)),
            with(Some(other), Some(status)),
        ] {
            harness.load(&start);
            harness.run(&["migrate"]).is_clean();
            harness.holds(&flag_only);
            let run = harness.run(&["migrate"]);
            assert_eq!(run.stdout, "nothing to migrate\n");
            assert_eq!(harness.run(&["flags", "get", name]).stdout, format!("{status}\n"));
            harness.load(&start);
            harness.run(&["migrate", "--keep-retired"]).is_clean();
            harness.holds(&with(Some(leaf), Some(status)));
            harness.run(&["migrate", "--reverse"]).is_clean();
            harness.holds(&leaf_only);
        }
        let neither = with(None, None);
        harness.load(&neither);
        for way in [
            &["migrate"][..],
            &["migrate", "--reverse"],
            &["migrate", "--keep-retired"],
        ] {
            assert_eq!(harness.run(way).stdout, "nothing to migrate\n");
            harness.holds(&neither);
        }
    }
}

#[test]
fn real_configs_go_there_and_back() {
    let Some(shared) = shared() else { return };
    let models = shared.join("corpus/yang-models");
    let models = ["--yang-dir", models.to_str().unwrap()];
    let mut files = vec![shared.join("corpus/config_db/sample_config_db.json")];
    for entry in std::fs::read_dir(shared.join("bench")).unwrap() {
        files.push(entry.unwrap().path().join("current.json"));
    }
    assert!(files.len() > 20);
    // The models are compiled once.
    let harness = Harness::file(&json!({}));
    for file in files {
        let name = file.display();
        let config: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        harness.load(&config);
        let run = harness.run(&[&["migrate"], &models[..]].concat());
        assert_eq!(run.code, Some(0), "{name}: {}", run.stderr);
        let args = [&["validate", "--retired", "error", "c.json"], &models[..]].concat();
        let run = harness.sandbox.run(args);
        assert_eq!(run.code, Some(0), "{name}: {}", run.stdout);
        let run = harness.run(&[&["migrate", "--reverse"], &models[..]].concat());
        assert_eq!(run.code, Some(0), "{name}: {}", run.stderr);
        harness.holds(&config);
    }
}

#[test]
fn image_values_are_written_where_needed() {
    // In a live CONFIG_DB there are readers now.
    let image = r#"{"SYSTEM_DEFAULTS": {"default_bgp_status": {"status": "down"}, "buffer_model": {"status": "dynamic"}}}"#;
    let harness = Harness::redis(&old());
    harness.sandbox.write("init.json", image);
    harness.run(&["migrate", "--init-cfg", "init.json"]).is_clean();
    harness.holds(&new());
    // In a file the image sets it, unless the config is not valid without.
    let harness = Harness::file(&old());
    harness.sandbox.write("init.json", image);
    harness.run(&["migrate", "--init-cfg", "init.json"]).is_clean();
    harness.holds(&json!({"DEVICE_METADATA": {"localhost": {"hostname": "a"}},
        "SYSTEM_DEFAULTS": {"dhcp_server": {"status": "enable"}},
        "VERSIONS": {"DATABASE": {"VERSION": "version_202505_01"}}}));
}
