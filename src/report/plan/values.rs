//! What entries hold as a plan goes on.

use rustc_hash::FxHashMap;
use serde_json::Value;

use crate::config::{EntryName, Write};
use crate::plan::Step;
use crate::policy::Policy;

/// What entries hold before a step.
pub struct Values<'p> {
    /// The policy, which says what is secret.
    pub policy: &'p Policy,
    /// The config before all steps.
    pub current: &'p Value,
    written: FxHashMap<&'p EntryName, Option<&'p Value>>,
}

impl<'p> Values<'p> {
    /// The values before the first step.
    pub fn new(policy: &'p Policy, current: &'p Value) -> Self {
        Values {
            policy,
            current,
            written: FxHashMap::default(),
        }
    }

    /// Goes on to the next step.
    pub fn pass(&mut self, step: &'p Step) {
        let writes = step.writes.iter();
        self.written
            .extend(writes.map(|write| (&write.entry, write.value.as_ref())));
    }

    /// What an entry holds.
    pub fn before(&self, name: &EntryName) -> Option<&'p Value> {
        match self.written.get(name) {
            Some(value) => *value,
            None => name.find(self.current),
        }
    }

    /// Whether a write does anything.
    pub fn changes(&self, write: &Write) -> bool {
        self.before(&write.entry) != write.value.as_ref()
    }

    /// What a write does: `+` for an entry that comes, `-` for one that goes, `~` with each field that
    /// becomes another.
    pub fn kind(&self, write: &Write) -> String {
        match (self.before(&write.entry), &write.value) {
            (Some(old), Some(new)) => {
                let fields = |value: &Value| value.as_object().cloned().unwrap_or_default();
                let (old, new) = (fields(old), fields(new));
                let mut changed: Vec<&String> = old.keys().chain(new.keys()).collect();
                changed.retain(|field| old.get(*field) != new.get(*field));
                changed.sort_unstable();
                changed.dedup();
                changed.iter().map(|field| format!("~{field}")).collect()
            }
            (_, Some(_)) => "+".to_owned(),
            (_, None) => "-".to_owned(),
        }
    }

    /// Whether a write takes an entry down: others change only while it has the value that it gets.
    pub fn goes_down(&self, write: &Write) -> bool {
        let (Some(old), Some(new)) = (self.before(&write.entry), &write.value) else {
            return false;
        };
        self.policy.change_requires.iter().any(|rule| {
            let is_down = |value: &Value| match value.get(&rule.field) {
                Some(value) => value.as_str() == Some(&rule.value),
                None => rule.absent,
            };
            rule.of == write.entry.table && !is_down(old) && is_down(new)
        })
    }
}
