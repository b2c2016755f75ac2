//! From a change to the fewest steps that are safe for a running switch.
//!
//! What safe means: every step leads to a valid config; what refers to something comes after it and
//! goes before it; some fields change only with their entry, some entries only while a port is down;
//! nothing else is touched, and not too much is interrupted at once.

mod bound;
pub mod check;
mod content;
mod ends;
mod explain;
mod graph;
mod interruption;
mod involved;
mod limits;
mod make;
mod reason;
mod refusal;
mod schedule;

use std::collections::BTreeSet;

use indexmap::IndexMap;
use json_patch::PatchOperation;
use serde::Serialize;
use serde_json::Value;

use crate::config::{EntryName, Write, write_all};
use crate::patch::between;
use crate::validate::Found;

pub use interruption::{How, Interruption};
pub use make::{Options, Workspace, plan, plan_in};
pub use reason::{Because, Condition, Link, Others, Reason};
pub use refusal::{Refusal, check_allowed};

/// The ordered steps from one config to another.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plan {
    /// The steps; each is committed as one.
    pub steps: Vec<Step>,
    /// The plan in figures.
    pub summary: Summary,
    /// Warnings about the target.
    pub warnings: Vec<Found>,
}

/// Entry writes that are committed together.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Step {
    /// The writes, each entry once, in the order of their names.
    pub writes: Vec<Write>,
    /// Why the writes stand in this step and not in another.
    pub why: Vec<Reason>,
    /// Entries whose service this step interrupts: they are removed to be added again, or taken down.
    pub disrupts: Vec<EntryName>,
}

impl Plan {
    /// The operations of each step (RFC 6902). Done in order they make the target of `current`.
    pub fn operations(&self, current: &Value) -> Vec<Vec<PatchOperation>> {
        let mut config = tables_of(current, self.steps.iter().flat_map(|step| &step.writes));
        let steps = self.steps.iter().map(|step| {
            let before = part_of(&config, &step.writes);
            write_all(&mut config, &step.writes);
            between(&before, &part_of(&config, &step.writes))
        });
        steps.collect()
    }
}

/// The tables of a config that are written.
fn tables_of<'w>(config: &Value, writes: impl Iterator<Item = &'w Write>) -> Value {
    let Some(tables) = config.as_object() else {
        return config.clone();
    };
    let names: BTreeSet<&str> = writes.map(|write| write.entry.table.as_str()).collect();
    let written = tables.iter().filter(|(name, _)| names.contains(name.as_str()));
    Value::Object(
        written
            .map(|(name, table)| (name.clone(), table.clone()))
            .collect(),
    )
}

/// The part of a config that is enough to tell what some writes do to it: the entries that they write,
/// and in each table one of the others, if there is one, which shows that the table stays.
fn part_of(config: &Value, writes: &[Write]) -> Value {
    let mut tables: IndexMap<&str, BTreeSet<&str>> = IndexMap::new();
    for Write { entry, .. } in writes {
        tables.entry(&entry.table).or_default().insert(&entry.key);
    }
    let parts = tables.into_iter().filter_map(|(table, keys)| {
        let entries = config.get(table)?.as_object()?;
        let other = entries.iter().find(|(key, _)| !keys.contains(key.as_str()));
        let written = keys.iter().filter_map(|key| entries.get_key_value(*key));
        let part = written
            .chain(other)
            .map(|(key, value)| (key.clone(), value.clone()));
        Some((table.to_owned(), Value::Object(part.collect())))
    });
    Value::Object(parts.collect())
}

/// A plan in figures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// How many steps there are.
    pub steps: usize,
    /// How many entries differ between the two configs.
    pub entries_changed: usize,
    /// How many entries any step writes.
    pub entries_touched: usize,
    /// How many entries are removed and added again.
    pub entries_bounced: usize,
    /// No plan has fewer steps.
    pub lower_bound: usize,
}

/// How much may be interrupted between two steps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Disruption {
    /// What the policy says.
    #[default]
    Policy,
    /// This many entries of each table on their own account; what depends on them is not counted.
    Rolling(usize),
    /// As much as there is.
    AllAtOnce,
}
