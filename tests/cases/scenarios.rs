//! Scenarios of SONiC's end-to-end tests of its config updater: a state, a patch, and what must become of it.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value};
use sonicfg::config::Source;
use sonicfg::engine::{ApplyError, ChangeRequest, Engine, SessionOptions, StateDirs, StoreSet};
use sonicfg::patch::{Patch, Scope};
use sonicfg::policy::Policy;
use sonicfg::store::StoreUrl;

use crate::common::{corpus_schema, shared};

/// A config after a patch, as RFC 6902 has it; tables that the patch names are there, empty.
fn expected(config: &Value, patch: &[Value]) -> Result<Value, String> {
    let mut made = config.clone();
    for operation in patch {
        let path = operation["path"].as_str().unwrap();
        let table = path.split('/').nth(1).unwrap_or_default();
        if !table.is_empty() && made.get(table).is_none() {
            made[table] = Value::Object(Map::new());
        }
    }
    let operations: json_patch::Patch = serde_json::from_value(Value::Array(patch.to_vec())).unwrap();
    json_patch::patch(&mut made, &operations).map_err(|error| error.to_string())?;
    Ok(made)
}

/// What a config holds: without tables and lists that are empty.
fn plain(config: &Value) -> Value {
    let mut plain = config.clone();
    for entries in plain.as_object_mut().unwrap().values_mut() {
        for entry in entries.as_object_mut().into_iter().flat_map(Map::values_mut) {
            let Some(fields) = entry.as_object_mut() else {
                continue;
            };
            fields
                .retain(|_, value| *value != Value::Array(vec![]) && *value != Value::Array(vec!["".into()]));
        }
    }
    plain
        .as_object_mut()
        .unwrap()
        .retain(|_, entries| entries.as_object().is_none_or(|entries| !entries.is_empty()));
    plain
}

/// The operations for one scope, with the scope taken off their paths.
fn of_scope(patch: &[Value], scope: &str, is_alone: bool) -> Vec<Value> {
    if is_alone {
        return patch.to_vec();
    }
    let inner = |operation: &Value| {
        let path = operation["path"].as_str()?;
        let (first, rest) = match path[1..].split_once('/') {
            Some((first, rest)) => (first, format!("/{rest}")),
            None => (&path[1..], String::new()),
        };
        let (named, rest) = match Scope::named(first) {
            Some(_) => (first, rest),
            None => ("localhost", path.to_owned()),
        };
        let mut operation = operation.clone();
        operation["path"] = rest.into();
        (named == scope).then_some(operation)
    };
    patch.iter().filter_map(inner).collect()
}

/// Why the outcome of a scenario is not the expected one.
fn run(engine: &Engine, shared: &Path, scenario: &Value) -> Result<(), String> {
    let list = |name: &str| scenario[name].as_array().cloned().unwrap_or_default();
    let base = std::fs::read(shared.join(scenario["base"].as_str().unwrap())).unwrap();
    let base: Value = serde_json::from_slice(&base).unwrap();
    let mut scopes = vec!["localhost".to_owned()];
    scopes.extend(list("asics").iter().map(|asic| asic.as_str().unwrap().to_owned()));
    let is_alone = scopes.len() == 1;
    let dir = tempfile::tempdir().unwrap();
    let (setup, patch) = (list("setup"), list("patch"));
    let (mut before, mut urls) = (BTreeMap::new(), Vec::new());
    for scope in &scopes {
        let mut config = base.clone();
        let operations = Value::Array(of_scope(&setup, scope, is_alone));
        let operations: json_patch::Patch = serde_json::from_value(operations).unwrap();
        json_patch::patch(&mut config, &operations).unwrap();
        let path = dir.path().join(format!("{scope}.json"));
        std::fs::write(&path, config.to_string()).unwrap();
        urls.push((Scope::named(scope).unwrap(), StoreUrl::File(path)));
        before.insert(scope.clone(), config);
    }
    let after = |scope: &str| -> Value {
        serde_json::from_slice(&std::fs::read(dir.path().join(format!("{scope}.json"))).unwrap()).unwrap()
    };
    let stores = StoreSet::open(&urls, &StateDirs::default()).unwrap();
    let mut session = engine.open(stores, SessionOptions::default());
    let text = Value::Array(patch.clone()).to_string();
    let made = match Patch::parse(Source::new("p.json", text)) {
        Ok(patch) => session.apply(&ChangeRequest::patch(patch), &mut ()),
        Err(error) => return outcome(scenario, Err(error.to_string())),
    };
    if let Err(error @ (ApplyError::Load(_) | ApplyError::Transaction(_))) = &made {
        return Err(error.to_string());
    }
    let is_applied = made.is_ok();
    outcome(scenario, made.map(|_| ()).map_err(|error| error.to_string()))?;
    if !is_applied {
        let changed = scopes.iter().find(|scope| after(scope) != before[*scope]);
        return changed.map_or(Ok(()), |scope| Err(format!("{scope} is changed")));
    }
    for scope in &scopes {
        let wanted = expected(&before[scope], &of_scope(&patch, scope, is_alone))?;
        if plain(&after(scope)) != plain(&wanted) {
            return Err(format!("{scope} is not what RFC 6902 makes of it"));
        }
    }
    let whole: Map<String, Value> = scopes.iter().map(|scope| (scope.clone(), after(scope))).collect();
    let whole = if is_alone {
        whole["localhost"].clone()
    } else {
        Value::Object(whole)
    };
    for value in list("expect_after") {
        let pointer = value["pointer"].as_str().unwrap();
        let found = whole.pointer(pointer);
        let is_empty =
            found.is_none_or(|found| *found == Value::Array(vec![]) || *found == Value::Object(Map::new()));
        if value["absent"] == true && !is_empty {
            return Err(format!("{pointer} is still there"));
        }
        if value.get("value").is_some_and(|value| found != Some(value)) {
            return Err(format!("{pointer} is {found:?}"));
        }
    }
    Ok(())
}

fn outcome(scenario: &Value, made: Result<(), String>) -> Result<(), String> {
    match (scenario["expect"].as_str().unwrap(), made) {
        ("success", Ok(())) | ("failure", Err(_)) => Ok(()),
        ("success", Err(error)) => Err(format!("it is rejected: {error}")),
        (_, _) => Err("it is accepted".to_owned()),
    }
}

#[test]
fn scenarios_of_the_config_updater() {
    let Some(shared) = shared() else { return };
    let text = std::fs::read_to_string(shared.join("cases/gcu-scenarios.jsonl")).unwrap();
    let engine = Engine::new(corpus_schema(&shared.join("corpus")), Policy::shipped());
    let scenarios: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let halves = scenarios.split_at(scenarios.len() / 2);
    let check = |some: &[Value]| -> Vec<String> {
        let wrong = |scenario: &Value| {
            let why = run(&engine, &shared, scenario).err()?;
            Some(format!("{}: {why}", scenario["name"]))
        };
        some.iter().filter_map(wrong).collect()
    };
    let wrong = std::thread::scope(|scope| {
        let first = scope.spawn(|| check(halves.0));
        let second = check(halves.1);
        [first.join().unwrap(), second].concat()
    });
    eprintln!(
        "{} of {} scenarios agree",
        scenarios.len() - wrong.len(),
        scenarios.len()
    );
    assert_eq!(wrong, Vec::<String>::new());
}
