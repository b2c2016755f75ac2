//! Changes as people write them: what patches and configlets make of configs, and the smallest patch
//! between two configs.

#![allow(clippy::unwrap_used)]

mod common;

use std::collections::VecDeque;

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use sonicfg::config::{Config, Source};
use sonicfg::patch::{Configlet, Configlets, Patch, Scope, SonicYangError, between};
use sonicfg::policy::Policy;
use sonicfg::schema::{Schema, Sources};
use sonicfg::validate::to_yang_json;

fn patch(operations: &Value) -> Result<Patch, String> {
    Patch::parse(Source::new("p.json", operations.to_string())).map_err(|error| error.to_string())
}

fn apply(config: &Value, operations: &Value) -> Result<Value, String> {
    patch(operations)?
        .apply(&Policy::shipped(), config)
        .map_err(|error| error.to_string())
}

// RFC 6902

/// Every test of the public suite that is not disabled gives the RFC's result. None of them contradicts
/// what SONiC adds to the RFC: "4.1. add with missing object" and "A.12.  Adding to a Non-existent
/// Target" add a number and a string where an entry would have to stand, so no table is made for them; and
/// no test adds a string to the end of a list that holds it.
#[test]
fn the_public_suite() {
    let Some(corpus) = common::corpus() else { return };
    let mut count = 0;
    for name in ["spec_tests.json", "tests.json"] {
        let text = std::fs::read_to_string(corpus.join("json-patch-tests").join(name)).unwrap();
        let tests: Vec<Value> = serde_json::from_str(&text).unwrap();
        for test in tests.iter().filter(|test| test.get("disabled").is_none()) {
            let result = apply(&test["doc"], &test["patch"]);
            match test.get("expected") {
                Some(expected) => assert_eq!(result.as_ref(), Ok(expected), "{test}"),
                // Some tests say only what is done, and that it goes well.
                None if test.get("error").is_none() => assert!(result.is_ok(), "{test}: {result:?}"),
                None => assert!(result.is_err(), "{test}: {result:?}"),
            }
            count += 1;
        }
    }
    assert!(count > 100, "{count} tests");
}

#[test]
fn missing_table_is_created_for_an_entry_only() {
    let config = json!({"VLAN": {"Vlan1": {}}});
    let add =
        |path: &str, value: Value| apply(&config, &json!([{"op": "add", "path": path, "value": value}]));
    assert_eq!(
        add("/PORT/Ethernet0", json!({"mtu": "9100"})),
        Ok(json!({"VLAN": {"Vlan1": {}}, "PORT": {"Ethernet0": {"mtu": "9100"}}}))
    );
    for (path, value) in [
        ("/PORT/Ethernet0", json!("x")),
        ("/PORT/Ethernet0/mtu", json!("9100")),
        ("/PORT/Ethernet0/mtu", json!({})),
    ] {
        let error = add(path, value).unwrap_err();
        assert_eq!(
            error,
            format!("operation 0 (add {path}) cannot be done: there is no /PORT")
        );
    }
}

#[test]
fn string_in_list_is_not_appended_twice() {
    let config = json!({"T": {"a": {"l": ["x"]}}, "list": ["x"]});
    let add = |path: &str, value: &str| {
        let changed = apply(&config, &json!([{"op": "add", "path": path, "value": value}])).unwrap();
        changed.pointer(path.trim_end_matches("/-")).unwrap().clone()
    };
    assert_eq!(add("/T/a/l/-", "x"), json!(["x"]));
    assert_eq!(add("/T/a/l/-", "y"), json!(["x", "y"]));
    // Elsewhere the RFC's rule stands.
    assert_eq!(add("/list/-", "x"), json!(["x", "x"]));
}

// The smallest patch between two configs

fn field() -> impl Strategy<Value = Value> {
    let word = prop::sample::select(vec!["a", "b", "c", "Ethernet0", "10.0.0.0/31", "~", ""]);
    prop_oneof![
        word.clone().prop_map(Value::from),
        vec(word.clone(), 0..3).prop_map(Value::from),
        vec(word, 5..14).prop_map(Value::from),
    ]
}

fn config() -> impl Strategy<Value = Value> {
    let name = |names: &'static [&'static str]| prop::sample::select(names).prop_map(str::to_owned);
    let entry = btree_map(name(&["f", "g", "l", "-", "0"]), field(), 0..4);
    let table = btree_map(name(&["a", "b", "Vlan1|Ethernet0", "10.0.0.1/24"]), entry, 0..4);
    let config = btree_map(name(&["T", "U", "V/W", "X"]), table, 0..4);
    config.prop_map(|config| serde_json::to_value(config).unwrap())
}

/// A config without empty tables.
fn storable() -> impl Strategy<Value = Value> {
    config().prop_map(|mut config| {
        let tables = config.as_object_mut().unwrap();
        tables.retain(|_, table| table != &json!({}));
        config
    })
}

/// Any JSON, a few levels deep.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        "[a-c~/]{0,2}".prop_map(Value::from)
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::from),
            btree_map("[a-c~/]{0,2}", inner, 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

fn operations(current: &Value, target: &Value) -> Value {
    serde_json::to_value(between(current, target)).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn between_leads_from_one_to_the_other(current in config(), target in config()) {
        let operations = operations(&current, &target);
        prop_assert_eq!(apply(&current, &operations), Ok(target.clone()), "{}", operations);
        // The same each time.
        prop_assert_eq!(&operations, &self::operations(&current, &target));
        prop_assert_eq!(operations.as_array().unwrap().is_empty(), current == target);
    }

    #[test]
    fn between_takes_any_json(current in any_json(), target in any_json()) {
        let mut changed = current.clone();
        json_patch::patch(&mut changed, &between(&current, &target)).unwrap();
        prop_assert_eq!(changed, target);
    }

    #[test]
    fn between_leaves_no_table_empty_on_the_way(current in storable(), target in storable()) {
        let mut config = current.clone();
        for operation in between(&current, &target) {
            json_patch::patch(&mut config, &[operation]).unwrap();
            let empty = config.as_object().unwrap().values().any(|table| table == &json!({}));
            prop_assert!(!empty, "{}", config);
        }
    }

    #[test]
    fn between_changes_nothing_twice(current in config(), target in config()) {
        // An entry that is in both is never written whole, nor is a table.
        for operation in between(&current, &target) {
            let path = operation.path().as_str();
            let depth = path.matches('/').count();
            let is_in_both = current.pointer(path).is_some() && target.pointer(path).is_some();
            prop_assert!(depth > 2 || !is_in_both, "{}", operation);
        }
    }

    #[test]
    fn configlets_lead_from_one_to_the_other(current in storable(), target in storable()) {
        let configlets = Configlets::between(&current, &target).unwrap();
        let read = |parts: Vec<Value>| Configlet::parse(Source::new("c", Value::Array(parts).to_string())).unwrap();
        let updated = read(configlets.update).update(&current);
        prop_assert_eq!(read(configlets.delete).delete(&updated), target);
    }

    // Scopes

    #[test]
    fn a_patch_of_scopes_is_the_patches_of_each(
        host in (config(), config()),
        asics in vec((config(), config()), 0..3),
        turns in vec(any::<prop::sample::Index>(), 64),
    ) {
        let names: Vec<String> = ["".to_owned()]
            .into_iter()
            .chain((0..asics.len()).map(|asic| format!("/asic{asic}")))
            .collect();
        let configs: Vec<(Value, Value)> = [host].into_iter().chain(asics).collect();
        // The operations of all scopes, those of each in order, otherwise as they come.
        let mut waiting: Vec<VecDeque<Value>> = configs
            .iter()
            .map(|(current, target)| operations(current, target).as_array().unwrap().clone().into())
            .collect();
        let mut mixed = Vec::new();
        for turn in turns.iter().cycle() {
            let first = turn.index(waiting.len());
            let scopes = (first..waiting.len()).chain(0..first);
            let Some(scope) = scopes.into_iter().find(|&scope| !waiting[scope].is_empty()) else { break };
            let mut operation = waiting[scope].pop_front().unwrap();
            operation["path"] = format!("{}{}", names[scope], operation["path"].as_str().unwrap()).into();
            mixed.push(operation);
        }
        let count = mixed.len();
        let parts = patch(&Value::Array(mixed)).unwrap().into_scopes(Some(&Scope::HOST)).unwrap();
        prop_assert_eq!(parts.iter().map(|(_, part)| part.len()).sum::<usize>(), count);
        for ((current, target), name) in configs.iter().zip(["localhost", "asic0", "asic1", "asic2"]) {
            let part = parts.iter().find(|(scope, _)| scope.to_string() == name);
            let changed = part.map_or(Ok(current.clone()), |(_, part)| part.apply(&Policy::shipped(), current));
            prop_assert_eq!(changed.as_ref(), Ok(target));
        }
    }
}

// Paths through YANG JSON

fn schema() -> Schema {
    Schema::load(&Sources::shipped(), None).unwrap().schema
}

fn in_yang(schema: &Schema, config: &Value, operations: Value) -> Result<Value, Vec<String>> {
    let config = Config::from_value("c.json", config);
    let patch = patch(&operations).unwrap();
    let patched = patch.apply_to_yang(schema, &Policy::shipped(), &config, patch.len());
    match patched {
        Ok(patched) => Ok(patched.config),
        Err(SonicYangError::Operation(error)) => Err(vec![error.to_string()]),
        Err(SonicYangError::NoConfig(errors)) => Err(errors.iter().map(ToString::to_string).collect()),
        Err(error) => Err(vec![error.to_string()]),
    }
}

const FEATURES: &str = "/sonic-feature:sonic-feature/sonic-feature:FEATURE/FEATURE_LIST";

#[test]
fn paths_through_yang_json() {
    let schema = schema();
    let config = json!({
        "FEATURE": {"bgp": {"state": "enabled"}, "snmp": {"state": "enabled", "delayed": "True"}},
        "VENDOR": {"x": {"y": ["z"]}},
        "DEVICE_METADATA": {"localhost": {"hostname": "s", "supporting_bulk_counter_groups": ["PORT"]}},
    });
    let change = |operations| in_yang(&schema, &config, operations).unwrap();
    let with = |edit: fn(&mut Value)| {
        let mut config = config.clone();
        edit(&mut config);
        config
    };
    // With the module's name in front and without; values as strings and otherwise.
    for (table, value) in [
        ("sonic-feature:FEATURE", json!("False")),
        ("FEATURE", json!("False")),
    ] {
        let path = format!("/sonic-feature:sonic-feature/{table}/FEATURE_LIST/1/delayed");
        let changed = change(json!([{"op": "replace", "path": path, "value": value}]));
        assert_eq!(
            changed,
            with(|config| config["FEATURE"]["snmp"]["delayed"] = "False".into())
        );
    }
    // Entries are elements.
    assert_eq!(
        change(json!([
            {"op": "remove", "path": format!("{FEATURES}/0")},
            {"op": "add", "path": format!("{FEATURES}/-"), "value": {"name": "lldp", "sonic-feature:state": "enabled"}},
        ])),
        with(|config| {
            config["FEATURE"] =
                json!({"snmp": {"state": "enabled", "delayed": "True"}, "lldp": {"state": "enabled"}});
        })
    );
    // A container is an entry; what is at the end of a list already is not added again.
    let metadata = "/sonic-device_metadata:sonic-device_metadata/DEVICE_METADATA/localhost";
    assert_eq!(
        change(json!([
            {"op": "add", "path": format!("{metadata}/supporting_bulk_counter_groups/-"), "value": "PORT"},
            {"op": "add", "path": format!("{metadata}/supporting_bulk_counter_groups/-"), "value": "QUEUE"},
            {"op": "test", "path": format!("{metadata}/hostname"), "value": "s"},
        ])),
        with(|config| {
            config["DEVICE_METADATA"]["localhost"]["supporting_bulk_counter_groups"] =
                json!(["PORT", "QUEUE"]);
        })
    );
    // A table goes with its last entry, its list, its container, or its module.
    for path in [
        FEATURES,
        "/sonic-feature:sonic-feature/FEATURE",
        "/sonic-feature:sonic-feature",
    ] {
        let changed = change(json!([{"op": "remove", "path": path}]));
        assert_eq!(
            changed,
            with(|config| {
                config.as_object_mut().unwrap().remove("FEATURE");
            })
        );
    }
    // A module that is not there yet.
    let timer = json!({"sonic-warm-restart:WARM_RESTART": {"WARM_RESTART_LIST": [{"module": "bgp", "bgp_timer": 120}]}});
    assert_eq!(
        change(json!([{"op": "add", "path": "/sonic-warm-restart:sonic-warm-restart", "value": timer}])),
        with(|config| config["WARM_RESTART"] = json!({"bgp": {"bgp_timer": "120"}}))
    );
}

#[test]
fn patch_of_yang_json_without_counterpart_in_config() {
    let schema = schema();
    let config = json!({"FEATURE": {"bgp": {"state": "enabled"}}});
    let refused = |operations| in_yang(&schema, &config, operations).unwrap_err();
    assert_eq!(
        refused(json!([
            {"op": "test", "path": format!("{FEATURES}/0/state"), "value": "enabled"},
            {"op": "add", "path": format!("{FEATURES}/0/stat"), "value": "enabled"},
        ])),
        [format!(
            "p.json:1:134: operation 1 (add {FEATURES}/0/stat): there is no node \"stat\" in \"FEATURE_LIST\" \
             (did you mean \"state\"?)"
        )]
    );
    assert_eq!(
        refused(json!([{"op": "add", "path": format!("{FEATURES}/-"), "value": {"state": "enabled"}}])).len(),
        1
    );
    assert_eq!(
        refused(json!([{"op": "remove", "path": format!("{FEATURES}/7")}])),
        [format!(
            "operation 0 (remove {FEATURES}/7) cannot be done: the list \
             /sonic-feature:sonic-feature/FEATURE/FEATURE_LIST has 1 elements, counted from 0; \"-\" is its end"
        )]
    );
}

#[test]
fn places_of_yang_json_are_places_of_the_config() {
    let schema = schema();
    let config = Config::from_value(
        "c.json",
        &json!({"FEATURE": {"bgp": {"state": "enabled"}, "snmp": {}}}),
    );
    let operations = json!([
        {"op": "replace", "path": format!("{FEATURES}/0/state"), "value": "on"},
        {"op": "add", "path": format!("{FEATURES}/-"), "value": {"name": "lldp", "state": "off"}},
        {"op": "remove", "path": format!("{FEATURES}/1")},
    ]);
    let text = operations.to_string();
    let patch = patch(&operations).unwrap();
    let patched = patch
        .apply_to_yang(&schema, &Policy::shipped(), &config, patch.len())
        .unwrap();
    let shown = |place: &str| {
        let origin = patched.patch.origin(place, None, false)?;
        let span = origin.span?;
        Some((origin.operation, &text[span.start as usize..span.end as usize]))
    };
    assert_eq!(shown("/FEATURE/bgp/state"), Some((0, "\"on\"")));
    assert_eq!(shown("/FEATURE/lldp/state"), Some((1, "\"off\"")));
    assert_eq!(shown("/FEATURE/snmp").map(|(operation, _)| operation), Some(2));
    assert_eq!(shown("/DEVICE_METADATA"), None);
}

// The corpus

/// What the first patch of each case makes of its config is what the steps of the case lead to. The same
/// through YANG JSON.
#[test]
fn the_cases_of_the_corpus() {
    let Some(corpus) = common::corpus() else { return };
    let schema = common::corpus_schema(&corpus);
    let policy = Policy::shipped();
    let mut count = 0;
    for path in common::json_files(&corpus.join("patch-cases")) {
        let case: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let current = &case["current_config"];
        let target = apply(current, &case["patch"]).unwrap();
        let Some(steps) = case["expected_changes"].as_array() else {
            continue;
        };
        let stepped = steps
            .iter()
            .fold(current.clone(), |config, step| apply(&config, step).unwrap());
        assert_eq!(stepped, target, "{}", path.display());
        assert_eq!(apply(current, &operations(current, &target)), Ok(target.clone()));

        let yang = |config: &Value| to_yang_json(&schema, &policy, &Config::from_value("c", config));
        let operations = operations(&yang(current), &yang(&target));
        let patched = in_yang(&schema, current, operations).unwrap();
        assert_eq!(patched, target, "{}", path.display());
        count += 1;
    }
    assert!(count >= 20, "{count} cases");
}

/// A whole config of a switch, parts of which go and come back through its YANG JSON.
#[test]
fn sample_config_survives_yang_json_patch() {
    let Some(corpus) = common::corpus() else { return };
    let schema = common::corpus_schema(&corpus);
    let policy = Policy::shipped();
    let text = std::fs::read_to_string(corpus.join("config_db/sample_config_db.json")).unwrap();
    let whole: Value = serde_json::from_str(&text).unwrap();
    let yang = |config: &Value| to_yang_json(&schema, &policy, &Config::from_value("c", config));
    for nth in [2, 3, 7] {
        let mut part = whole.clone();
        let mut at = 0;
        let tables = part.as_object_mut().unwrap();
        for (name, entries) in tables
            .iter_mut()
            .filter(|(name, _)| schema.tables.get(name).is_some())
        {
            let Value::Object(entries) = entries else {
                panic!("{name}")
            };
            entries.retain(|_, _| {
                at += 1;
                at % nth != 0
            });
        }
        tables.retain(|_, entries| entries != &json!({}));
        for (current, target) in [(&whole, &part), (&part, &whole)] {
            let operations = operations(&yang(current), &yang(target));
            let patched = in_yang(&schema, current, operations).unwrap();
            // What is there now, and what differs from what is to be there.
            assert_eq!(between(&patched, target), [], "every entry {nth}");
        }
    }
}
