//! `sonicfg schema json-schema`: it takes whatever validation takes, and refuses what can be told from a value.

use std::time::Instant;

use jsonschema::Validator;
use serde_json::{Value, json};
use sonicfg::config::{Config, Source};
use sonicfg::policy::Policy;
use sonicfg::report::json_schema;
use sonicfg::schema::{Retired, Schema, Sources};
use sonicfg::validate::{Rule, validate};

use crate::common::cli::{Sandbox, fixture};
use crate::common::{corpus, corpus_schema, json_files, shared};

fn small() -> Schema {
    let mut sources = Sources::shipped();
    sources.add_dir(fixture("yang-rules").as_ref()).unwrap();
    Schema::load(&sources, None).unwrap().schema
}

/// The JSON Schema of models, and what it takes.
fn validator(schema: &Schema) -> (Value, Validator) {
    let text = json_schema(schema, &Policy::shipped(), None);
    let document: Value = serde_json::from_str(&text).unwrap();
    jsonschema::meta::validate(&document).unwrap();
    let validator = jsonschema::validator_for(&document).unwrap();
    (document, validator)
}

fn is_accepted(schema: &Schema, config: &Value) -> bool {
    let config = Config::parse(Source::new("c.json", config.to_string())).unwrap();
    validate(schema, &Policy::shipped(), &config).errors() == 0
}

#[track_caller]
fn takes(validator: &Validator, config: &Value, name: &str) {
    if validator.is_valid(config) {
        return;
    }
    let errors: Vec<String> = validator
        .iter_errors(config)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    panic!("{name}: {errors:#?}");
}

#[test]
fn it_takes_the_configs_of_the_corpus() {
    let Some(corpus) = corpus() else { return };
    let schema = corpus_schema(&corpus);
    let started = Instant::now();
    let (document, validator) = validator(&schema);
    let size = document.to_string().len();
    eprintln!("{size} bytes, {:?}", started.elapsed());
    assert!(size < 2_000_000, "{size}");
    let mut files = json_files(&corpus.join("config_db"));
    let benches = std::fs::read_dir(shared().unwrap().join("bench")).unwrap();
    for bench in benches {
        let bench = bench.unwrap().path();
        files.extend([bench.join("current.json"), bench.join("expected.json")]);
    }
    let mut taken = 0;
    for file in files.iter().filter(|file| file.is_file()) {
        let config: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        if is_accepted(&schema, &config) {
            takes(&validator, &config, &file.display().to_string());
            taken += 1;
        }
    }
    assert!(taken >= 2, "{taken}");
}

#[test]
fn it_refuses_what_can_be_told_from_a_value() {
    let schema = small();
    let (_, validator) = validator(&schema);
    // The kind that is about changes has none of a config.
    for rule in Rule::ALL.into_iter().filter(|rule| *rule != Rule::Refused) {
        let example = rule.example();
        let mended: Value = serde_json::from_str(example.mended).unwrap();
        takes(&validator, &mended, example.mended);
        // What looks at other values, or counts with a condition, is left to validation.
        let is_told = !matches!(
            rule,
            Rule::InvalidJSON
                | Rule::LeafRef
                | Rule::Must
                | Rule::When
                | Rule::Missing
                | Rule::MinElements
                | Rule::Unique
                | Rule::Choice
                | Rule::Lanes
                | Rule::PeerRange
                | Rule::Scopes
        );
        if let Ok(bad) = serde_json::from_str::<Value>(example.bad) {
            assert_eq!(validator.is_valid(&bad), !is_told, "{rule}: {bad}");
        }
    }
}

/// Each of these is tried alone: what validation takes, the schema takes; what is marked, it refuses.
#[test]
fn odd_values_are_taken_as_validation_takes_them() {
    let schema = small();
    let (_, validator) = validator(&schema);
    let port = |field: &str, value: Value| {
        let mut config = json!({"PORT": {"Ethernet0": {"lanes": "1"}}});
        config["PORT"]["Ethernet0"][field] = value;
        config
    };
    let taken = [
        port("mtu", "0x400".into()),
        port("mtu", " +1500\n".into()),
        port("mtu", "02000".into()),
        port("NULL", "NULL".into()),
        json!({"PORT": {"Ethernet0": {"lanes": "1", "autoneg": "on", "adv_speeds": ["0x10"]}}}),
        json!({"PORT": {"Ethernet0": {"lanes": "1", "autoneg": "on", "adv_speeds": "10,20"}}}),
        json!({"VLAN": {"Vlan1": {"dhcp_servers": []}}}),
        json!({"VLAN": {"Vlan1": {"dhcp_servers": [""]}}}),
        json!({"NO_MODEL": {"a|b|c": {"x": ["y"]}}}),
        json!({"VLAN": {}}),
        json!({"NO_MODEL": {}}),
        json!({"SYSTEM_DEFAULTS": {"swss_zmq": {"status": "enabled", "owner": "lab"}}}),
        json!({"SYSTEM_DEFAULTS": {"sonic-system-defaults:swss_zmq": {"status": "enabled"}}}),
        json!({"DEVICE_METADATA": {"localhost": {"hostname": "a"}}}),
        json!({"BGP_PEER_RANGE": {"default|a b": {}}}),
    ];
    for config in taken {
        assert!(is_accepted(&schema, &config), "{config}");
        takes(&validator, &config, &config.to_string());
    }
    let refused = [
        port("mtu", 1500.into()),
        port("mtu", "1500x".into()),
        port("mtu", "67".into()),
        port("mtu", Value::Null),
        port("NULL", "x".into()),
        port("nosuch", "x".into()),
        json!({"VLAN": {"Vlan1": {"dhcp_servers": "10.0.0.1"}}}),
        json!({"VLAN": {"Vlan1": {"dhcp_servers": [["10.0.0.1"]]}}}),
        json!({"NO_MODEL": "x"}),
        json!({"PORT": {"Ethernet0": "up"}}),
        json!({"SYSTEM_DEFAULTS": {"no_such_flag": {"status": "enabled"}}}),
        json!({"DEVICE_METADATA": {"otherhost": {"hostname": "a"}}}),
        json!({"VLAN_MEMBER": {"Vlan1": {"tagging_mode": "tagged"}}}),
        json!([]),
    ];
    for config in refused {
        assert!(!is_accepted(&schema, &config), "{config}");
        assert!(!validator.is_valid(&config), "{config}");
    }
}

#[test]
fn retired_fields_are_as_they_are_asked_to_be() {
    let config = json!({"DEVICE_METADATA": {"localhost": {"default_bgp_status": "down"}}});
    for (mode, is_valid) in [
        (Retired::Error, false),
        (Retired::Warn, true),
        (Retired::Mirror, false),
    ] {
        let schema = Schema::load(&Sources::shipped().with_retired(mode), None)
            .unwrap()
            .schema;
        let (_, validator) = validator(&schema);
        let is_accepted = is_accepted(&schema, &config);
        assert!(!is_accepted || validator.is_valid(&config), "{mode:?}");
        if mode != Retired::Mirror {
            assert_eq!(validator.is_valid(&config), is_valid, "{mode:?}");
        }
    }
}

/// Whether a finding is about more than the value that it stands at.
fn looks_around(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::LeafRef | Rule::Must | Rule::When | Rule::MinElements | Rule::Missing
    )
}

#[test]
fn mutations_of_configs_bring_no_false_alarm() {
    let Some(corpus) = corpus() else { return };
    let schema = corpus_schema(&corpus);
    let (_, validator) = validator(&schema);
    let text = std::fs::read(corpus.join("config_db/sample_config_db.json")).unwrap();
    let sample: Value = serde_json::from_slice(&text).unwrap();
    // One entry of each table, and in it one field after the other as something else.
    let entries: Vec<(&String, &String, &Value)> = sample
        .as_object()
        .unwrap()
        .iter()
        .filter_map(|(table, entries)| {
            let (key, entry) = entries.as_object()?.iter().next()?;
            Some((table, key, entry))
        })
        .collect();
    let most = entries
        .iter()
        .map(|(.., entry)| entry.as_object().unwrap().len())
        .max();
    let others = [
        "",
        "0",
        "1",
        "007",
        "0x1F",
        "-1",
        "true",
        "up",
        "a b",
        "10.0.0.1",
        "::1/64",
        "Ethernet0",
        "é",
    ];
    let mut taken = 0;
    for (at, other) in (0..most.unwrap()).flat_map(|at| others.map(|other| (at, other))) {
        let mut config = json!({});
        for (table, key, entry) in &entries {
            if let Some((field, value)) = entry.as_object().unwrap().iter().nth(at) {
                config[*table] = json!({*key: entry});
                config[*table][*key][field] = match value {
                    Value::Array(_) => json!([other]),
                    _ => json!(other),
                };
            }
        }
        let parsed = Config::parse(Source::new("c.json", config.to_string())).unwrap();
        let report = validate(&schema, &Policy::shipped(), &parsed);
        for (table, entries) in config.as_object().unwrap() {
            let prefix = format!("/{table}/");
            let mut found = report.diagnostics.iter();
            if found.all(|found| !found.pointer.starts_with(&prefix) || looks_around(found.rule)) {
                let alone = json!({table: entries});
                takes(&validator, &alone, &alone.to_string());
                taken += 1;
            }
        }
    }
    assert!(taken > 1000, "{taken}");
}

#[test]
fn one_table_alone() {
    let sandbox = Sandbox::new();
    let models = fixture("yang-rules");
    let run = sandbox.run(["schema", "json-schema", "VLAN", "--yang-dir", &models]);
    run.is_clean();
    insta::assert_snapshot!(run.stdout);
    let run = sandbox.run(["schema", "json-schema", "VLANN"]);
    run.fails(2, "Error: no model defines the table \"VLANN\"");
    let run = sandbox.run(["schema", "json-schema", "SYSTEM_DEFAULTS"]);
    run.is_clean();
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    let flags = &document["properties"]["SYSTEM_DEFAULTS"]["properties"];
    assert!(
        flags["swss_zmq"]["description"].as_str().unwrap().contains("ZMQ"),
        "{flags}"
    );
}
