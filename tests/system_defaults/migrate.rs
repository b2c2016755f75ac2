//! Migration: the table of all retired fields and values, `sonicfg migrate`, `sonicfg load`.

use std::sync::LazyLock;

use serde_json::{Value, json};
use sonicfg::config::Config;
use sonicfg::policy::Policy;
use sonicfg::schema::{Retired, Schema, Sources};
use sonicfg::system_defaults::{
    Layer, LayerKind, Migration, MigrationOutcome, Registry, lay, migrate, setting,
};
use sonicfg::validate::{Rule, validate};

use crate::common::cli::Sandbox;
use crate::common::{json_files, shared};

/// The fields, and the statuses of their flags with the words of the field for the same.
const RETIRED: [(&str, [(&str, &str); 2]); 5] = [
    ("default_bgp_status", [("up", "up"), ("down", "down")]),
    (
        "default_pfcwd_status",
        [("enable", "enable"), ("disable", "disable")],
    ),
    ("synchronous_mode", [("enable", "enable"), ("disable", "disable")]),
    (
        "buffer_model",
        [("dynamic", "dynamic"), ("traditional", "traditional")],
    ),
    ("dhcp_server", [("enable", "enabled"), ("disable", "disabled")]),
];

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| schema(Retired::Error));
static MIRROR: LazyLock<Schema> = LazyLock::new(|| schema(Retired::Mirror));

fn schema(retired: Retired) -> Schema {
    let sources = Sources::shipped().with_retired(retired);
    Schema::load(&sources, None).unwrap().schema
}

fn registry() -> Registry {
    Registry::of(&SCHEMA).unwrap()
}

/// A config with a field, and a flag.
pub fn config(name: &str, leaf: Option<&str>, status: Option<&str>) -> Value {
    let mut config = json!({"DEVICE_METADATA": {"localhost": {"hostname": "sw1"}}});
    if let Some(leaf) = leaf {
        config["DEVICE_METADATA"]["localhost"][name] = leaf.into();
    }
    if let Some(status) = status {
        config["SYSTEM_DEFAULTS"] = json!({name: {"status": status}});
    }
    config
}

fn rules(schema: &Schema, config: &Value) -> Vec<Rule> {
    let report = validate(schema, &Policy::shipped(), &Config::from_value("c", config));
    report.diagnostics.iter().map(|one| one.rule).collect()
}

/// Checks what becomes of one state of one field.
fn check(name: &str, leaf: Option<(&str, &str)>, status: Option<(&str, &str)>) {
    let registry = registry();
    let forward = Migration::default();
    let keep = Migration {
        keep_retired: true,
        ..forward
    };
    let reverse = Migration {
        reverse: true,
        ..forward
    };
    let start = config(name, leaf.map(|pair| pair.1), status.map(|pair| pair.0));
    // The flag was set later.
    let counts = status.or(leaf);
    let flag_only = config(name, None, counts.map(|pair| pair.0));
    let leaf_only = config(name, counts.map(|pair| pair.1), None);
    let both = config(name, counts.map(|pair| pair.1), counts.map(|pair| pair.0));

    for (migration, expected) in [(&forward, &flag_only), (&keep, &both), (&reverse, &leaf_only)] {
        let expected = match (migration.reverse, status) {
            // There is no flag to go back from.
            (true, None) => &start,
            _ => expected,
        };
        let migrated = migrate(&registry, migration, &start);
        assert_eq!(migrated.config, *expected, "{migration:?} {start}");
        assert_eq!(
            migrated.moves.is_empty(),
            start == *expected,
            "{migration:?} {start}"
        );
        let again = migrate(&registry, migration, &migrated.config);
        assert_eq!(again.config, migrated.config);
        assert_eq!(again.moves, [], "{migration:?} {start}");
        let conflicts = migrated
            .moves
            .iter()
            .filter(|one| one.outcome == MigrationOutcome::Conflict);
        let differ = leaf.is_some() && status.is_some() && leaf != status;
        assert_eq!(conflicts.count(), usize::from(differ), "{migration:?} {start}");
    }
    // There and back.
    let there = migrate(&registry, &forward, &leaf_only).config;
    assert_eq!(migrate(&registry, &reverse, &there).config, leaf_only);

    // Validation.
    let errors = if leaf.is_some() {
        vec![Rule::Retired]
    } else {
        Vec::new()
    };
    assert_eq!(rules(&SCHEMA, &start), errors, "{start}");
    assert_eq!(rules(&SCHEMA, &flag_only), []);
    let differ = leaf.is_some() && status.is_some() && leaf != status;
    let errors = if differ { vec![Rule::Must] } else { Vec::new() };
    assert_eq!(rules(&MIRROR, &start), errors, "{start}");
    assert_eq!(rules(&MIRROR, &both), []);

    // Loading: a user's value counts, whichever way it is written.
    let image = Layer {
        kind: LayerKind::InitCfg,
        config: config(name, None, Some("image")),
    };
    let user = Layer {
        kind: LayerKind::ConfigDb,
        config: migrate(&registry, &forward, &start).config,
    };
    let layered = lay(&[user, image]).unwrap();
    let flag = registry.get(name).unwrap();
    let loaded = setting(flag, &layered.config).status;
    assert_eq!(
        loaded.as_deref(),
        Some(counts.map_or("image", |pair| pair.0)),
        "{start}"
    );
    let origin = layered.origins.iter().find(|one| one.is_flag()).unwrap();
    let layer = if counts.is_some() {
        LayerKind::ConfigDb
    } else {
        LayerKind::InitCfg
    };
    assert_eq!(origin.layer, layer);
}

#[test]
fn every_field_every_value_every_state() {
    for (name, words) in RETIRED {
        check(name, None, None);
        for word in words {
            check(name, Some(word), None);
            check(name, None, Some(word));
            for other in words {
                check(name, Some(word), Some(other));
            }
        }
    }
}

#[test]
fn real_configs_migrate_and_come_back() {
    let Some(shared) = shared() else { return };
    let mut files = json_files(&shared.join("corpus/config_db"));
    for entry in std::fs::read_dir(shared.join("bench")).unwrap() {
        files.push(entry.unwrap().path().join("current.json"));
    }
    assert!(files.len() > 25);
    let mut sources = Sources::shipped();
    sources.add_dir(&shared.join("corpus/yang-models")).unwrap();
    let schema = Schema::load(&sources, None).unwrap().schema;
    let registry = Registry::of(&schema).unwrap();
    let reverse = Migration {
        reverse: true,
        ..Migration::default()
    };
    let mut moved = 0;
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let config: Value = serde_json::from_str(&text).unwrap();
        let migrated = migrate(&registry, &Migration::default(), &config);
        assert_eq!(rules(&schema, &migrated.config), [], "{}", file.display());
        let back = migrate(&registry, &reverse, &migrated.config);
        // The sample has flags of its own beside its fields; they were there before.
        let mut expected = config.clone();
        for one in &migrated.moves {
            assert!(
                matches!(one.outcome, MigrationOutcome::Moved),
                "{}: {one:?}",
                file.display()
            );
            moved += 1;
            let _ = &mut expected;
        }
        assert_eq!(back.config, expected, "{}", file.display());
    }
    assert!(moved > 20, "{moved}");
}

fn sandbox(config: &Value) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("c.json", format!("{config:#}\n"));
    sandbox
}

fn read(sandbox: &Sandbox, name: &str) -> Value {
    serde_json::from_str(&sandbox.read(name)).unwrap()
}

#[test]
fn file_is_migrated_and_reversed() {
    let old = json!({"DEVICE_METADATA": {"localhost": {"hostname": "a", "dhcp_server": "enabled", "buffer_model": "dynamic"}}});
    let sandbox = sandbox(&old);
    let dry = sandbox.run(["migrate", "--config", "c.json", "--dry-run"]);
    dry.is_clean();
    assert_eq!(read(&sandbox, "c.json"), old);
    assert!(dry.stdout.contains("+ SYSTEM_DEFAULTS"), "{}", dry.stdout);

    let run = sandbox.run(["migrate", "--config", "c.json"]);
    run.is_clean();
    assert_eq!(
        run.stdout,
        "/DEVICE_METADATA/localhost/buffer_model \"dynamic\" is moved to SYSTEM_DEFAULTS|buffer_model \"dynamic\"\n\
         /DEVICE_METADATA/localhost/dhcp_server \"enabled\" is moved to SYSTEM_DEFAULTS|dhcp_server \"enable\"\n"
    );
    let new = json!({"DEVICE_METADATA": {"localhost": {"hostname": "a"}},
        "SYSTEM_DEFAULTS": {"buffer_model": {"status": "dynamic"}, "dhcp_server": {"status": "enable"}}});
    assert_eq!(read(&sandbox, "c.json"), new);

    let text = sandbox.read("c.json");
    let run = sandbox.run(["migrate", "--config", "c.json"]);
    run.is_clean();
    assert_eq!(run.stdout, "nothing to migrate\n");
    assert_eq!(sandbox.read("c.json"), text);

    sandbox
        .run([
            "migrate",
            "--config",
            "c.json",
            "--reverse",
            "--output",
            "old.json",
        ])
        .is_clean();
    assert_eq!((read(&sandbox, "c.json"), read(&sandbox, "old.json")), (new, old));
}

#[test]
fn fields_that_stay_beside_their_flags() {
    let sandbox = sandbox(&config("dhcp_server", Some("disabled"), None));
    sandbox
        .run(["migrate", "--config", "c.json", "--keep-retired"])
        .is_clean();
    assert_eq!(
        read(&sandbox, "c.json"),
        config("dhcp_server", Some("disabled"), Some("disable"))
    );
    sandbox.run(["validate", "--retired", "mirror", "c.json"]);
    let run = sandbox.run([
        "migrate",
        "--config",
        "c.json",
        "--keep-retired",
        "--report",
        "json",
    ]);
    run.is_clean();
    let told: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(
        told,
        json!({"result": "unchanged", "id": null, "steps": 0, "entries": 0, "confirm_by": null,
            "changed": false, "dry_run": false, "invalid": 0, "flags": []})
    );
}

#[test]
fn conflicts_and_other_words_are_told() {
    let sandbox = sandbox(&json!({
        "DEVICE_METADATA": {"localhost": {"default_bgp_status": "up", "synchronous_mode": "disabled"}},
        "SYSTEM_DEFAULTS": {"default_bgp_status": {"status": "down"}, "dhcp_server": {"status": "enabled"}}}));
    let run = sandbox.run(["migrate", "--config", "c.json"]);
    run.is_clean();
    assert_eq!(
        run.stdout,
        "warning: /DEVICE_METADATA/localhost/default_bgp_status said \"up\" and SYSTEM_DEFAULTS|default_bgp_status \
         \"down\": the flag counts, it was set later\n\
         /DEVICE_METADATA/localhost/synchronous_mode \"disabled\" is moved to SYSTEM_DEFAULTS|synchronous_mode \
         \"disable\"\n\
         SYSTEM_DEFAULTS|dhcp_server is written \"enable\" now\n"
    );
}

#[test]
fn invalid_value_is_left_by_migration() {
    let sandbox = sandbox(
        &json!({"DEVICE_METADATA": {"localhost": {"buffer_model": "big", "dhcp_server": "enabled"}}}),
    );
    let run = sandbox.run(["migrate", "--config", "c.json", "--report", "json"]);
    run.fails(1, "Error: 1 value left, because it is not legal");
    assert_eq!(
        read(&sandbox, "c.json"),
        json!({"DEVICE_METADATA": {"localhost": {"buffer_model": "big"}}, "SYSTEM_DEFAULTS": {"dhcp_server": {"status": "enable"}}})
    );
    let told: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(told["invalid"], 1);
    assert_eq!(told["flags"][0]["outcome"], "invalid");
    assert_eq!(told["flags"][1]["outcome"], "moved");
}

#[test]
fn image_values_are_left_to_the_image() {
    let sandbox = sandbox(
        &json!({"DEVICE_METADATA": {"localhost": {"default_bgp_status": "up", "synchronous_mode": "disable"}},
        "SYSTEM_DEFAULTS": {"buffer_model": {"status": "dynamic"}}}),
    );
    sandbox.write(
        "init.json",
        json!({"SYSTEM_DEFAULTS": {"default_bgp_status": {"status": "up"}, "buffer_model": {"status": "dynamic"},
            "synchronous_mode": {"status": "enable"}}})
        .to_string(),
    );
    sandbox
        .run(["migrate", "--config", "c.json", "--init-cfg", "init.json"])
        .is_clean();
    assert_eq!(
        read(&sandbox, "c.json"),
        json!({"DEVICE_METADATA": {"localhost": {}},
            "SYSTEM_DEFAULTS": {"buffer_model": {"status": "dynamic"}, "synchronous_mode": {"status": "disable"}}})
    );
}

#[test]
fn layers_make_a_config() {
    let sandbox = sandbox(
        &json!({"DEVICE_METADATA": {"localhost": {"hostname": "a", "default_bgp_status": "down"}},
        "SYSTEM_DEFAULTS": {"swss_zmq": {"status": "enabled"}}}),
    );
    sandbox.write(
        "init.json",
        r#"{"FEATURE": {}, "SYSTEM_DEFAULTS": {"default_bgp_status": {"status": "up"}, "tunnel_qos_remap": {"status": "disabled"}}}"#,
    );
    sandbox.write(
        "m.xml",
        "<SystemDefaultsDeclaration><a:SystemDefaults xmlns:a=\"http://schemas.datacontract.org/2004/07/Microsoft.Search.Autopilot.Evolution\">\
         <a:SystemDefault><a:Name>TunnelQosRemapEnabled</a:Name><a:Value>True</a:Value></a:SystemDefault>\
         <a:SystemDefault><a:Name>SwssZmq</a:Name><a:Value>False</a:Value></a:SystemDefault>\
         </a:SystemDefaults></SystemDefaultsDeclaration>",
    );
    let load = [
        "load",
        "--init-cfg",
        "init.json",
        "--minigraph",
        "m.xml",
        "--config-db",
        "c.json",
    ];
    let run = sandbox.run(load);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let loaded: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(
        loaded,
        json!({"DEVICE_METADATA": {"localhost": {"hostname": "a"}}, "SYSTEM_DEFAULTS": {
            "default_bgp_status": {"status": "down"}, "tunnel_qos_remap": {"status": "enabled"}, "swss_zmq": {"status": "enabled"}}})
    );
    assert_eq!(
        run.stderr,
        "note: config_db: /DEVICE_METADATA/localhost/default_bgp_status counts as \
         SYSTEM_DEFAULTS|default_bgp_status \"down\"\n\
         note: init_cfg: the table FEATURE has no entry, so it is left out\n"
    );
    let run = sandbox.run(load.iter().chain(&["--explain", "--output", "out.json"]));
    assert_eq!(
        run.stdout,
        "SYSTEM_DEFAULTS|default_bgp_status status \"down\" from config_db, over \"up\" of init_cfg\n\
         SYSTEM_DEFAULTS|tunnel_qos_remap status \"enabled\" from minigraph, over \"disabled\" of init_cfg\n\
         SYSTEM_DEFAULTS|swss_zmq status \"enabled\" from config_db, over \"disabled\" of minigraph\n"
    );
    assert_eq!(read(&sandbox, "out.json"), loaded);
    let run = sandbox.run(load.iter().chain(&["--explain=all"]));
    assert!(
        run.stdout
            .contains("DEVICE_METADATA|localhost hostname \"a\" from config_db\n"),
        "{}",
        run.stdout
    );
}

#[test]
fn layers_that_do_not_make_one() {
    let sandbox = sandbox(&json!({"SYSTEM_DEFAULTS": {"swss_zmq": {"status": "on"}}}));
    let run = sandbox.run(["load", "--config-db", "c.json", "--output", "out.json"]);
    assert_eq!(run.code, Some(1));
    assert!(
        run.last_line()
            .contains("status of this flag must be enabled or disabled"),
        "{}",
        run.stderr
    );
    assert_eq!(sandbox.names(), ["c.json"]);
    assert_eq!(sandbox.run(["load"]).code, Some(2));
    sandbox.write("bad.json", r#"{"T": "x"}"#);
    sandbox
        .run(["load", "--init-cfg", "bad.json"])
        .fails(1, "Error: init_cfg: /T: a string where an object belongs");
    sandbox.write("m.xml", "<x>");
    assert_eq!(
        sandbox
            .run(["load", "--minigraph", "m.xml", "--output", "out.json"])
            .code,
        Some(1)
    );
    assert_eq!(sandbox.names(), ["bad.json", "c.json", "m.xml"]);
}
