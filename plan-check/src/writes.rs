//! What a step writes, beside what refers to it; create-only fields; ports that have to be down.

use serde_json::Value;

use sonicfg::config::{EntryName, Write};
use sonicfg::validate::{EntryPart, Reference};

use crate::bound::{changed_create_only, is_up};
use crate::conflicts::is_remote;
use crate::{Property, Walk};

/// A config with one entry as it is in another config.
pub(super) fn with_entry_of(config: &Value, entry: &EntryName, other: &Value) -> Value {
    let mut config = config.clone();
    let write = Write {
        entry: entry.clone(),
        value: entry.find(other).cloned(),
    };
    write.apply(&mut config);
    config
}

impl Walk<'_> {
    /// Whether a part of an entry is the same in two configs.
    fn stands(&self, (entry, part): (&EntryName, &EntryPart), a: &Value, b: &Value) -> bool {
        let (Some(a), Some(b)) = (entry.find(a), entry.find(b)) else {
            return false;
        };
        match part {
            EntryPart::Key => true,
            EntryPart::Field(field) => match self.rules.policy.joined_by(&entry.table, field) {
                // Which of its elements is meant is not said: one that stays may be it.
                Some(joint) => {
                    let elements = |value: &Value| -> Vec<String> {
                        let text = value
                            .get(field.as_str())
                            .and_then(Value::as_str)
                            .unwrap_or_default();
                        text.split(joint).map(str::to_owned).collect()
                    };
                    let (a, b) = (elements(a), elements(b));
                    a.iter().any(|element| b.contains(element))
                }
                None => a.get(field.as_str()).is_some() && a.get(field.as_str()) == b.get(field.as_str()),
            },
            EntryPart::Name(name) => a.get(name.as_str()).is_some() && b.get(name.as_str()).is_some(),
            EntryPart::Element(field, element) => {
                [a, b].iter().all(|value| has_element(value, field, element))
            }
        }
    }

    /// Whether a reference is the same in two configs, on the side of the referencing entry.
    fn refers_on(&self, reference: &Reference, a: &Value, b: &Value) -> bool {
        self.stands((&reference.from, &reference.via), a, b)
    }

    pub(super) fn references(&mut self, step: usize) {
        let (before, next) = (&self.configs[step], &self.configs[step + 1]);
        let mut messages = Vec::new();
        let mut look = |at: usize, did: &str| {
            for reference in self.references[at].values().flatten() {
                let mut targets = reference.to.iter();
                if targets.any(|(entry, part)| self.stands((entry, part), before, next)) {
                    continue;
                }
                let Some((target, _)) = reference.to.first() else {
                    continue;
                };
                let (from, via) = (&reference.from, part_name(&reference.via));
                if !self.refers_on(reference, before, next) {
                    messages.push(format!(
                        "{did} {target} together with the reference of {from} {via}"
                    ));
                } else if at > step && self.held_before(step, reference) {
                    // Everything that it could refer to is deleted, and something else is created.
                    messages.push(format!(
                        "{from} {via} refers to {target} at once, with no step between"
                    ));
                }
            }
        };
        look(step, "removes");
        look(step + 1, "adds");
        for message in messages {
            self.violation(step, Property::References, message);
        }
    }

    /// Whether a reference referred to anything before a step.
    fn held_before(&self, step: usize, reference: &Reference) -> bool {
        let before = self.references[step].get(&reference.from);
        before.is_some_and(|before| before.iter().any(|other| other.via == reference.via))
    }

    pub(super) fn create_only(&mut self, step: usize) {
        let (before, next) = (&self.configs[step], &self.configs[step + 1]);
        let mut messages = Vec::new();
        for entry in &self.writes[step] {
            if let (Some(old), Some(new)) = (entry.find(before), entry.find(next)) {
                let fields = changed_create_only(self.rules.policy, &entry.table, old, new);
                if !fields.is_empty() {
                    messages.push(format!("{entry} exists while {} changes", fields.join(", ")));
                }
            }
        }
        for message in messages {
            self.violation(step, Property::CreateOnly, message);
        }
    }

    pub(super) fn while_down(&mut self) {
        let policy = self.rules.policy;
        let mut found = Vec::new();
        for rule in &policy.change_requires {
            for (step, writes) in self.writes.iter().enumerate() {
                let up = |port: &EntryName, at: usize| is_up(rule, port.find(&self.configs[at]));
                let local = writes.iter().filter(|entry| {
                    rule.is_about(&entry.table) && !is_remote(entry, [self.current, self.target])
                });
                for entry in local {
                    let ports = entry.parts().map(|key| EntryName::new(&rule.of, key));
                    for port in ports {
                        if up(&port, step) || up(&port, step + 1) {
                            found.push((step, format!("{entry} changes while {port} is up")));
                        } else if let Some(early) = (0..step).find(|&at| !up(&port, at) && up(&port, at + 1))
                        {
                            let message = format!("{port} is taken up while {entry} is still to change");
                            found.push((early, message));
                        }
                    }
                }
            }
        }
        found.sort();
        found.dedup();
        for (step, message) in found {
            self.violation(step, Property::WhileDown, message);
        }
    }
}

/// Whether a list field of an entry has an element.
pub(super) fn has_element(entry: &Value, field: &str, element: &str) -> bool {
    let elements = entry.get(field).and_then(Value::as_array);
    elements.is_some_and(|elements| elements.iter().any(|other| other.as_str() == Some(element)))
}

/// A part of an entry, in a message.
fn part_name(part: &EntryPart) -> String {
    match part {
        EntryPart::Key => "(its key)".to_owned(),
        EntryPart::Field(field) | EntryPart::Name(field) => format!("({field})"),
        EntryPart::Element(field, element) => format!("({field}: {element})"),
    }
}
