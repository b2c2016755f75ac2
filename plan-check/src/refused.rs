//! What a change may not come to.

use sonicfg::config::{EntryName, differing_entries, pointer};

use crate::{Property, Walk};

impl Walk<'_> {
    pub(super) fn refused(&mut self) {
        let mut messages = self.protected_paths();
        messages.extend(self.exclusive_changes());
        for message in messages {
            self.violation(None, Property::Refused, message);
        }
    }

    fn protected_paths(&self) -> Vec<String> {
        let rules = self.rules.policy.protected.iter();
        let removed = rules.filter(|rule| {
            let Some(tokens) = pointer::split(&rule.path) else {
                return false;
            };
            let find = |config| {
                tokens
                    .iter()
                    .try_fold(config, |at: &serde_json::Value, token| at.get(token))
            };
            let table = tokens.first().and_then(|table| self.target.get(table));
            let table_stays =
                table.is_some_and(|table| table.as_object().is_some_and(|table| !table.is_empty()));
            table_stays && find(self.current).is_some() && find(self.target).is_none()
        });
        removed.map(|rule| format!("{} is removed", rule.path)).collect()
    }

    fn exclusive_changes(&self) -> Vec<String> {
        let differing = differing_entries(self.current, self.target);
        let mut messages = Vec::new();
        for rule in &self.rules.policy.exclusive_changes {
            for entry in differing.iter().filter(|entry| entry.table == rule.table) {
                let (Some(old), Some(new)) = (entry.find(self.current), entry.find(self.target)) else {
                    continue;
                };
                let (old, new) = (old.get(&rule.field), new.get(&rule.field));
                let excepted = [old, new].into_iter().flatten().any(|value| {
                    let value = value.as_str().unwrap_or_default();
                    rule.except.iter().any(|name| name == value)
                });
                if old == new || excepted {
                    continue;
                }
                if let Some(other) = differing.iter().find(|other| is_below(other, entry, &rule.with)) {
                    messages.push(format!("{} of {entry} changes together with {other}", rule.field));
                }
            }
        }
        messages
    }
}

/// Whether an entry of a table has a key that begins with the key of another.
fn is_below(entry: &EntryName, above: &EntryName, table: &str) -> bool {
    let mut parts = entry.parts();
    entry.table == table && above.parts().all(|part| parts.next() == Some(part)) && parts.next().is_some()
}
