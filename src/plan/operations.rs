//! The steps of a plan as JSON patches.

use json_patch::PatchOperation;
use rustc_hash::FxHashMap;
use serde_json::Value;

use crate::config::{EntryName, Write};
use crate::patch::{TableChange, between_entries};

use super::Plan;

impl Plan {
    /// The operations of each step (RFC 6902). Done in order they make the target of `current`.
    pub fn operations(&self, current: &Value) -> Vec<Vec<PatchOperation>> {
        let mut config = Config {
            current,
            counts: FxHashMap::default(),
            written: FxHashMap::default(),
        };
        let steps = self.steps.iter();
        steps
            .map(|step| between_entries(&config.pass(&step.writes)))
            .collect()
    }
}

/// A config between two steps: what it was at first, and what was written since.
struct Config<'a> {
    current: &'a Value,
    /// How many entries the tables have that were written; `None` where there is no such table.
    counts: FxHashMap<&'a str, Option<usize>>,
    written: FxHashMap<&'a EntryName, Option<&'a Value>>,
}

impl<'a> Config<'a> {
    /// Makes the writes of a step. Gives what they do to each table.
    fn pass(&mut self, writes: &'a [Write]) -> Vec<TableChange<'a>> {
        let mut sorted: Vec<&Write> = writes.iter().collect();
        sorted.sort_by(|one, other| one.entry.cmp(&other.entry));
        let tables = sorted.chunk_by(|one, other| one.entry.table == other.entry.table);
        tables.filter_map(|writes| self.pass_table(writes)).collect()
    }

    fn pass_table(&mut self, writes: &[&'a Write]) -> Option<TableChange<'a>> {
        let table = writes.first()?.entry.table.as_str();
        if self.current.get(table).is_some_and(|table| !table.is_object()) {
            // No entry can be written to it.
            return None;
        }
        let stood = *self.counts.entry(table).or_insert_with(|| {
            let entries = self.current.get(table)?.as_object()?;
            Some(entries.len())
        });
        let mut count = stood.unwrap_or_default();
        let mut entries = Vec::with_capacity(writes.len());
        for &Write { entry, value } in writes {
            let new = value.as_ref();
            let old = match self.written.insert(entry, new) {
                Some(written) => written,
                None => entry.find(self.current),
            };
            count = (count + usize::from(new.is_some())).saturating_sub(usize::from(old.is_some()));
            entries.push((entry.key.as_str(), [old, new]));
        }
        let stands = (count > 0).then_some(count);
        self.counts.insert(table, stands);
        Some(TableChange {
            table,
            stood: stood.is_some(),
            stands: stands.is_some(),
            entries,
        })
    }
}
