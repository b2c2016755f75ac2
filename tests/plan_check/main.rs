//! Plans that break one property each, beside neighbours that keep it.

#![allow(clippy::unwrap_used, clippy::panic)]
#![allow(
    clippy::cloned_ref_to_slice_refs,
    reason = "a step is a slice of writes, one or many"
)]

#[path = "../common/mod.rs"]
mod common;
mod conflicts;
mod corpus;
mod entries;
mod limits;
mod order;
mod search;

use std::sync::OnceLock;

use json_patch::PatchOperation;
use plan_check::{Property, Verdict, check};
use serde_json::{Value, json};
use sonicfg::config::{EntryName, Write, pointer};
use sonicfg::plan::Disruption;
use sonicfg::policy::Policy;
use sonicfg::schema::Schema;

/// The models of a small switch.
fn schema() -> &'static Schema {
    static SCHEMA: OnceLock<Schema> = OnceLock::new();
    SCHEMA.get_or_init(common::small_switch)
}

/// The entries that a step writes, by name; `null` removes one.
type Step<'a> = &'a [(&'a str, Value)];

/// The operations of steps, and the config that they lead to.
fn operations(current: &Value, steps: &[Step]) -> (Vec<Vec<PatchOperation>>, Value) {
    let mut config = current.clone();
    let mut all = Vec::new();
    for step in steps {
        let mut operations = Vec::new();
        for (name, value) in *step {
            let (table, key) = name.split_once('|').unwrap();
            let entry = EntryName::new(table, key);
            let others = config
                .get(table)
                .map_or(0, |table| table.as_object().unwrap().len());
            let path = pointer::join([table, key]);
            let operation = match (value.is_null(), others) {
                (true, 1) => json!({"op": "remove", "path": pointer::join([table])}),
                (true, _) => json!({"op": "remove", "path": path}),
                (false, 0) => json!({"op": "add", "path": pointer::join([table]), "value": {key: value}}),
                (false, _) => json!({"op": "add", "path": path, "value": value}),
            };
            operations.push(serde_json::from_value(operation).unwrap());
            let value = (!value.is_null()).then(|| value.clone());
            Write { entry, value }.apply(&mut config);
        }
        all.push(operations);
    }
    (all, config)
}

fn judge(disruption: Disruption, current: &Value, steps: &[Step]) -> Verdict {
    let (operations, target) = operations(current, steps);
    check(
        schema(),
        &Policy::shipped(),
        disruption,
        current,
        &target,
        &operations,
    )
}

/// Asserts that steps are a good plan to where they lead.
#[track_caller]
fn good(current: &Value, steps: &[Step]) -> Verdict {
    let verdict = judge(Disruption::Policy, current, steps);
    assert_eq!(told(&verdict), Vec::<String>::new());
    assert!(
        verdict.summary.lower_bound <= steps.len(),
        "{:?}",
        verdict.summary
    );
    verdict
}

/// Asserts that steps break one property.
#[track_caller]
fn bad(property: Property, current: &Value, steps: &[Step]) -> Vec<String> {
    broken(property, &judge(Disruption::Policy, current, steps))
}

#[track_caller]
fn broken(property: Property, verdict: &Verdict) -> Vec<String> {
    let told = told(verdict);
    assert!(!told.is_empty(), "nothing is found");
    assert!(
        verdict
            .violations
            .iter()
            .all(|violation| violation.property == property),
        "{told:#?}"
    );
    told
}

fn told(verdict: &Verdict) -> Vec<String> {
    verdict.violations.iter().map(ToString::to_string).collect()
}

fn port(lanes: &str) -> Value {
    json!({"lanes": lanes})
}

/// Four ports, all of them up.
fn switch() -> Value {
    json!({"PORT": {
        "Ethernet0": {"lanes": "0", "admin_status": "up"},
        "Ethernet1": {"lanes": "1", "admin_status": "up"},
        "Ethernet2": {"lanes": "2", "admin_status": "up"},
        "Ethernet3": {"lanes": "3", "admin_status": "up"},
    }})
}

fn with(mut config: Value, more: Value) -> Value {
    for (table, entries) in more.as_object().unwrap() {
        config[table] = entries.clone();
    }
    config
}

const NONE: Value = Value::Null;
