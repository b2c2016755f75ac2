//! Writes of one step that are alike.

use std::collections::BTreeMap;

use crate::config::{EntryName, Write};
use crate::plan::{ReasonKind, Step};

use super::values::Values;
use super::words::{Names, because};

/// Writes of one table that do the same, for the same kind of reasons.
pub struct StepGroup<'p> {
    /// The writes, with their reasons, in the order of their names.
    pub writes: Vec<(&'p Write, Vec<&'p ReasonKind>)>,
    /// Whether they interrupt something.
    pub interrupts: bool,
}

impl StepGroup<'_> {
    /// Whether what the writes do is said entry by entry, where at most so many are.
    pub fn is_within(&self, most: usize) -> bool {
        self.writes.len() <= most
    }
}

/// The writes of a step by what they have in common, in the order of the first of each. `change` says
/// what a write does, without the name of its entry.
pub fn groups<'p>(step: &'p Step, values: &Values, change: impl Fn(&Write) -> String) -> Vec<StepGroup<'p>> {
    let mut reasons: BTreeMap<&EntryName, Vec<&ReasonKind>> = BTreeMap::new();
    for reason in &step.why {
        reasons.entry(&reason.entry).or_default().push(&reason.because);
    }
    let mut by_shape: BTreeMap<(&str, bool, String, Vec<String>), usize> = BTreeMap::new();
    let mut groups: Vec<StepGroup> = Vec::new();
    for write in step.writes.iter().filter(|write| values.changes(write)) {
        let why = reasons.remove(&write.entry).unwrap_or_default();
        let interrupts = step.disrupts.contains(&write.entry) || values.goes_down(write);
        let shape = why.iter().map(|why| because(Names::Tables, why)).collect();
        let table = write.entry.table.as_str();
        let at = *by_shape
            .entry((table, interrupts, change(write), shape))
            .or_insert(groups.len());
        if at == groups.len() {
            groups.push(StepGroup {
                writes: Vec::new(),
                interrupts,
            });
        }
        groups[at].writes.push((write, why));
    }
    groups
}
