//! Nothing is touched without need: every entry and field changes straight from its current to its target value.

use std::collections::BTreeSet;

use serde_json::Value;

use sonicfg::config::EntryName;
use sonicfg::policy::{ChangeRequires, Policy};

use crate::bound::is_up;
use crate::conflicts::is_remote;
use crate::{Property, Walk};

/// The elements of a list, also of one that is kept as one string; `None` where it is no list.
pub(super) fn elements(policy: &Policy, table: &str, field: &str, value: &Value) -> Option<Vec<String>> {
    let elements: Vec<String> = match (value, policy.joined_by(table, field)) {
        (Value::Array(elements), _) => {
            let texts = elements
                .iter()
                .map(|element| element.as_str().unwrap_or_default());
            texts.map(str::to_owned).collect()
        }
        (Value::String(text), Some(joint)) => text.split(joint).map(str::to_owned).collect(),
        _ => return None,
    };
    Some(
        elements
            .into_iter()
            .filter(|element| !element.is_empty())
            .collect(),
    )
}

/// The names of an entry's fields.
pub(super) fn field_names(entry: Option<&Value>) -> BTreeSet<String> {
    let fields = entry.and_then(Value::as_object).into_iter().flatten();
    fields.map(|(name, _)| name.clone()).collect()
}

/// The first position at which something exists again after it was deleted, or is deleted again after it was created:
/// it may change as often as `changes` says.
fn unsteady(there: &[bool], changes: usize) -> Option<usize> {
    let mut turns = (1..there.len()).filter(|&at| there[at] != there[at - 1]);
    turns.nth(changes)
}

impl Walk<'_> {
    pub(super) fn needless(&mut self) {
        let touched: BTreeSet<EntryName> = self.writes.iter().flatten().cloned().collect();
        let mut found = Vec::new();
        for entry in &touched {
            self.steady_entry(entry, &mut found);
            let mut fields = BTreeSet::new();
            for config in &self.configs {
                fields.extend(field_names(entry.find(config)));
            }
            for field in &fields {
                let rule = self.taken_down(entry, field);
                match rule {
                    Some(rule) => self.steady_port(entry, rule, &mut found),
                    None => self.steady_field(entry, field, &mut found),
                }
            }
        }
        found.extend(self.needless_absences());
        for (step, message) in found {
            self.violation(step, Property::Needless, message);
        }
    }

    fn steady_entry(&self, entry: &EntryName, found: &mut Vec<(usize, String)>) {
        let there: Vec<bool> = self
            .configs
            .iter()
            .map(|config| entry.find(config).is_some())
            .collect();
        let (old, new) = (
            entry.find(self.current).is_some(),
            entry.find(self.target).is_some(),
        );
        let (changes, message) = match (old, new) {
            (false, false) => (0, "is created, though it is not in the target"),
            (true, true) => (2, "is deleted more than once"),
            (true, false) => (1, "is created again, though it is not in the target"),
            (false, true) => (1, "is deleted again, though it is in the target"),
        };
        if let Some(at) = unsteady(&there, changes) {
            found.push((at - 1, format!("{entry} {message}")));
        }
    }

    fn steady_field(&self, entry: &EntryName, field: &str, found: &mut Vec<(usize, String)>) {
        let value = |config| entry.find(config).and_then(|entry| entry.get(field));
        let (old, new) = (value(self.current), value(self.target));
        let list = |value: Option<&Value>| match value {
            Some(value) => elements(self.rules.policy, &entry.table, field, value),
            None => Some(Vec::new()),
        };
        // With the value at each time at which the entry exists.
        let stands = self.configs.iter().enumerate();
        let stands: Vec<(usize, Option<&Value>)> = stands
            .filter(|(_, config)| entry.find(config).is_some())
            .map(|(at, config)| (at, value(config)))
            .collect();
        let lists: Option<Vec<_>> = stands.iter().map(|&(_, value)| list(value)).collect();
        let step_of = |position: usize| stands[position].0.saturating_sub(1);
        if let (Some(old), Some(new), Some(lists)) = (list(old), list(new), lists) {
            let all: BTreeSet<&String> = lists.iter().flatten().collect();
            for element in all {
                let there: Vec<bool> = lists.iter().map(|list| list.contains(element)).collect();
                let changes = match (old.contains(element), new.contains(element)) {
                    (true, true) => 2,
                    (false, false) => {
                        let at = there.iter().position(|there| *there).unwrap_or_default();
                        let message =
                            format!("{entry} gets {element:?} in {field}, which is not in the target");
                        found.push((step_of(at), message));
                        continue;
                    }
                    _ => 1,
                };
                if let Some(at) = unsteady(&there, changes) {
                    found.push((
                        step_of(at),
                        format!("{entry} changes {element:?} in {field} back"),
                    ));
                }
            }
            return;
        }
        let mut arrived = false;
        for (position, &(_, value)) in stands.iter().enumerate() {
            let message = match value {
                Some(_) if value != old && value != new => "which is neither the old nor the new one",
                None if old.is_some() && new.is_none() => {
                    arrived = true;
                    continue;
                }
                None if arrived && old.is_none() => "though it had the new one",
                Some(_) if arrived && value != new => "though it had the new one",
                _ => {
                    arrived |= value == new && new != old;
                    continue;
                }
            };
            found.push((
                step_of(position),
                format!("{entry} gets another value of {field}, {message}"),
            ));
            return;
        }
    }

    /// The rule for which a field of an entry changes, where entries change only while it has a value.
    pub(super) fn taken_down(&self, port: &EntryName, field: &str) -> Option<&ChangeRequires> {
        let mut rules = self.rules.policy.change_requires.iter();
        rules.find(|rule| {
            rule.of == port.table
                && rule.field == field
                && (0..self.writes.len()).any(|step| self.changes_of(rule, port, step))
        })
    }

    /// Whether a step writes an entry that changes only while a port is down.
    fn changes_of(&self, rule: &ChangeRequires, port: &EntryName, step: usize) -> bool {
        let mut writes = self.writes[step].iter();
        writes.any(|entry| {
            rule.is_about(&entry.table)
                && entry.parts().any(|key| key == port.key)
                && !is_remote(entry, [self.current, self.target])
        })
    }

    /// A port is down only around the changes that want it down.
    fn steady_port(&self, port: &EntryName, rule: &ChangeRequires, found: &mut Vec<(usize, String)>) {
        let field = |config| port.find(config).map(|port| port.get(&rule.field));
        let known = [field(self.current), field(self.target)];
        for (at, config) in self.configs.iter().enumerate() {
            let value = field(config);
            let down = value.is_some() && !is_up(rule, port.find(config));
            if value.is_some() && !down && !known.contains(&value) {
                let message = format!("{port} gets a value of {} that is not in the target", rule.field);
                found.push((at.saturating_sub(1), message));
            }
        }
        let up: Vec<bool> = self
            .configs
            .iter()
            .map(|config| is_up(rule, port.find(config)))
            .collect();
        let mut first = 0;
        while first < up.len() {
            let end = (first..up.len()).find(|&at| up[at]).unwrap_or(up.len());
            let inside = first > 0 && end < up.len();
            let stands = (first..end).any(|at| port.find(&self.configs[at]).is_some());
            let changes = (first..end.max(1) - 1).any(|step| self.changes_of(rule, port, step));
            if end > first && inside && stands && !changes {
                found.push((
                    first - 1,
                    format!("{port} is taken down, and nothing changes meanwhile"),
                ));
            }
            first = end + 1;
        }
    }
}
