//! `sonicfg schema json-schema`: it takes whatever validation takes, and refuses what can be told from a value.

use std::time::Instant;

use jsonschema::Validator;
use serde_json::{Value, json};
use sonicfg::config::{Config, Document, Source};
use sonicfg::policy::Policy;
use sonicfg::report::json_schema;
use sonicfg::schema::{Retired, Schema, Sources};
use sonicfg::validate::{Rule, validate};

use crate::common::cli::{Sandbox, fixture};
use crate::common::oracle::say;
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
    let document = Document::parse(Source::new("c.json", config.to_string())).unwrap();
    validate(schema, &Policy::shipped(), &Config::as_written(document)).errors() == 0
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
    let (document, validator) = validator(&schema);
    let size = json_schema(&schema, &Policy::shipped(), None).len();
    let started = Instant::now();
    jsonschema::validator_for(&document).unwrap();
    say(&format!("{size} bytes, loaded in {:?}", started.elapsed()));
    assert!(size < 450_000, "{size}");
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
                | Rule::SameAddress
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
        port("mtu", " +1500\n".into()),
        json!({"PORT": {"Ethernet0": {"lanes": "1", "autoneg": "on", "adv_speeds": ["10"]}}}),
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
        port("NULL", "NULL".into()),
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

/// What ajv 8 asks of a schema in its strict mode: `strictTypes`, `strictTuples`, `strictRequired`, and no property that a
/// pattern of another rule matches.
struct Strict<'d> {
    document: &'d Value,
    wrong: Vec<String>,
}

/// The keywords that say something about values of one type.
const TYPED: [(&str, &[&str]); 6] = [
    ("string", &["pattern", "minLength", "maxLength", "format"]),
    ("number", &["minimum", "maximum", "multipleOf"]),
    (
        "array",
        &[
            "items",
            "uniqueItems",
            "minItems",
            "maxItems",
            "contains",
            "prefixItems",
        ],
    ),
    (
        "object",
        &[
            "properties",
            "patternProperties",
            "additionalProperties",
            "propertyNames",
            "required",
            "minProperties",
            "maxProperties",
        ],
    ),
    (
        "",
        &[
            "enum", "const", "anyOf", "allOf", "oneOf", "not", "type", "$ref", "$defs",
        ],
    ),
    (
        "",
        &[
            "$schema",
            "$comment",
            "title",
            "description",
            "default",
            "deprecated",
        ],
    ),
];

impl Strict<'_> {
    /// Looks at a schema; `types` are those that the schemas around it say of the same value.
    fn check(&mut self, schema: &Value, at: &str, types: &[&str]) {
        let Some(members) = schema.as_object() else {
            assert!(schema.is_boolean(), "{at}");
            return;
        };
        let own: Vec<&str> = match &members.get("type") {
            Some(Value::String(one)) => vec![one],
            None => types.to_vec(),
            Some(other) => return self.wrong.push(format!("{at}: the type is {other}")),
        };
        if !types.is_empty() && own.iter().any(|ty| !types.contains(ty)) {
            self.wrong.push(format!("{at}: {own:?} inside {types:?}"));
        }
        for (keyword, value) in members {
            let about = TYPED
                .iter()
                .find(|(_, keywords)| keywords.contains(&keyword.as_str()));
            match about {
                None => self
                    .wrong
                    .push(format!("{at}: the keyword {keyword} is not known")),
                Some((ty, _)) if !ty.is_empty() && !own.contains(ty) => {
                    self.wrong.push(format!("{at}: {keyword} without the type {ty}"));
                }
                Some(_) => {}
            }
            let at = format!("{at}/{keyword}");
            match keyword.as_str() {
                "properties" | "patternProperties" | "$defs" => {
                    for (name, schema) in value.as_object().unwrap() {
                        self.check(schema, &format!("{at}/{name}"), &[]);
                    }
                }
                "items" | "additionalProperties" => self.check(value, &at, &[]),
                "propertyNames" => self.check(value, &at, &["string"]),
                "anyOf" | "allOf" | "oneOf" => {
                    for schema in value.as_array().unwrap() {
                        self.check(schema, &at, &own);
                    }
                }
                "not" => self.check(value, &at, &own),
                "prefixItems" => self.wrong.push(format!("{at}: a tuple")),
                "required" => {
                    let known = members.get("properties").and_then(Value::as_object);
                    for name in value.as_array().unwrap() {
                        if known.is_none_or(|known| !known.contains_key(name.as_str().unwrap())) {
                            self.wrong.push(format!("{at}: {name} is no property"));
                        }
                    }
                }
                "$ref" => {
                    let pointer = value
                        .as_str()
                        .unwrap()
                        .trim_start_matches('#')
                        .replace("%7C", "|");
                    assert!(self.document.pointer(&pointer).is_some(), "{at}: {pointer}");
                }
                _ => {}
            }
        }
        let patterns = members.get("patternProperties").and_then(Value::as_object);
        let names = members.get("properties").and_then(Value::as_object);
        for pattern in patterns.into_iter().flatten().map(|(pattern, _)| pattern) {
            let of_names = json!({"propertyNames": {"not": {"pattern": pattern}}});
            let of_names = jsonschema::validator_for(&of_names).unwrap();
            let all = names.cloned().unwrap_or_default();
            if !of_names.is_valid(&all.into()) {
                self.wrong
                    .push(format!("{at}: the pattern {pattern} matches a property"));
            }
        }
    }
}

#[test]
fn strict_validators_take_it() {
    let mut schemas = vec![small()];
    schemas.extend(corpus().map(|corpus| corpus_schema(&corpus)));
    for schema in schemas {
        let text = json_schema(&schema, &Policy::shipped(), None);
        let document: Value = serde_json::from_str(&text).unwrap();
        let mut strict = Strict {
            document: &document,
            wrong: Vec::new(),
        };
        strict.check(&document, "", &[]);
        assert!(strict.wrong.is_empty(), "{:#?}", strict.wrong);
    }
    // The judge sees what is wrong.
    let odd = json!({"type": ["array", "string"], "anyOf": [{"pattern": "x"}], "required": ["a"], "foo": 1});
    let mut strict = Strict {
        document: &odd,
        wrong: Vec::new(),
    };
    strict.check(&odd, "", &[]);
    strict.check(
        &json!({"anyOf": [{"pattern": "x"}], "required": ["a"], "foo": 1, "type": "object"}),
        "",
        &[],
    );
    assert_eq!(strict.wrong.len(), 4, "{:#?}", strict.wrong);
}

#[test]
fn a_retired_field_that_the_models_define_is_deprecated() {
    let Some(corpus) = corpus() else { return };
    let mut sources = Sources::shipped();
    sources.add_dir(&corpus.join("yang-models")).unwrap();
    let schema = Schema::load(&sources, None).unwrap().schema;
    let (document, validator) = validator(&schema);
    let entries = &document["properties"]["DEVICE_METADATA"]["properties"]["localhost"]["properties"];
    assert_eq!(entries["default_bgp_status"]["deprecated"], true);
    let config = json!({"DEVICE_METADATA": {"localhost": {"default_bgp_status": "down"}}});
    takes(&validator, &config, "a field that the models define");
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
