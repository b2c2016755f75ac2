//! An entry of both configs that is away meanwhile is so for a reason.
//!
//! A reason is a create-only field that changes; or that it could not exist in some config of those in which it is
//! away: with everything else that is away without a reason put back there, it introduces a finding, or has one. So
//! entries that are away only because of each other have none. An entry of which a part can exist is to be edited, not
//! removed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use sonicfg::config::{EntryName, Write, differing_entries, pointer};
use sonicfg::policy::Policy;
use sonicfg::validate::EntryPart;

use crate::Walk;
use crate::bound::changed_create_only;
use crate::conflicts::has_one_of;
use crate::needless::{elements, field_names};
use crate::refs::References;
use crate::valid::FindingCounts;

/// What can be away.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Item {
    Entry(EntryName),
    Field(EntryName, String),
    Element(EntryName, String, String),
}

impl Item {
    fn entry(&self) -> &EntryName {
        match self {
            Item::Entry(entry) | Item::Field(entry, _) | Item::Element(entry, ..) => entry,
        }
    }

    fn name(&self) -> String {
        match self {
            Item::Entry(entry) => format!("{entry} is removed and added again"),
            Item::Field(entry, field) => format!("{field} of {entry} is removed and added again"),
            Item::Element(entry, field, element) => {
                format!("{element:?} in {field} of {entry} is removed and added again")
            }
        }
    }

    /// Puts it back into a config, with its value in another one.
    fn restore(&self, policy: &Policy, config: &mut Value, from: &Value) {
        let entry = self.entry();
        let Some(whole) = entry.find(from) else { return };
        let mut value = match (self, entry.find(config)) {
            (Item::Entry(_), _) => whole.clone(),
            (_, None) => return,
            (_, Some(value)) => value.clone(),
        };
        match self {
            Item::Entry(_) => {}
            Item::Field(_, field) => {
                if let (Some(fields), Some(old)) = (value.as_object_mut(), whole.get(field)) {
                    fields.insert(field.clone(), old.clone());
                }
            }
            Item::Element(_, field, element) => match value.get_mut(field) {
                Some(Value::Array(list)) => {
                    list.retain(|other| other.as_str() != Some(""));
                    list.push(Value::String(element.clone()));
                }
                Some(Value::String(text)) => {
                    let joint = policy.joined_by(&entry.table, field).unwrap_or_default();
                    text.push_str(joint);
                    text.push_str(element);
                }
                _ => {
                    let element = Value::String(element.clone());
                    let list = whole.get(field).is_some_and(Value::is_array);
                    let only = if list {
                        Value::Array(vec![element])
                    } else {
                        element
                    };
                    if let Some(fields) = value.as_object_mut() {
                        fields.insert(field.clone(), only);
                    }
                }
            },
        }
        let write = Write {
            entry: entry.clone(),
            value: Some(value),
        };
        write.apply(config);
    }
}

impl Walk<'_> {
    pub(super) fn needless_absences(&self) -> Vec<(usize, String)> {
        let away: Vec<BTreeSet<Item>> = (0..self.configs.len()).map(|at| self.items_away(at)).collect();
        let all: BTreeSet<&Item> = away.iter().flatten().collect();
        if all.is_empty() {
            return Vec::new();
        }
        let old = self.with_reason(&away, self.current);
        let new = self.with_reason(&away, self.target);
        let mut found = Vec::new();
        for item in all {
            let reason = old.contains(item) && new.contains(item) && !self.could_be_edited(item, &away);
            if !reason {
                let first = away.iter().position(|items| items.contains(item)).unwrap_or(1);
                found.push((first - 1, format!("{}, and nothing asks for it", item.name())));
            }
        }
        found
    }

    /// Entries that both configs have, but not the config after a number of steps.
    fn items_away(&self, at: usize) -> BTreeSet<Item> {
        let mut items = BTreeSet::new();
        for entry in differing_entries(self.current, &self.configs[at]) {
            let (Some(old), Some(new)) = (entry.find(self.current), entry.find(self.target)) else {
                continue;
            };
            let Some(value) = entry.find(&self.configs[at]) else {
                items.insert(Item::Entry(entry));
                continue;
            };
            let mut fields = field_names(Some(old));
            fields.retain(|field| new.get(field).is_some() && self.taken_down(&entry, field).is_none());
            for field in fields {
                let list = |entry_value: &Value| match entry_value.get(&field) {
                    Some(value) => elements(self.rules.policy, &entry.table, &field, value),
                    None => Some(Vec::new()),
                };
                match (list(old), list(new), list(value)) {
                    (Some(old), Some(new), Some(value)) => {
                        let both = old.into_iter().filter(|element| new.contains(element));
                        let gone = both.filter(|element| !value.contains(element));
                        items
                            .extend(gone.map(|element| Item::Element(entry.clone(), field.clone(), element)));
                    }
                    _ if value.get(&field).is_none() => {
                        items.insert(Item::Field(entry.clone(), field));
                    }
                    _ => {}
                }
            }
        }
        items
    }

    /// Those of the entries that are away that cannot be put back at all times, with their value in one config.
    fn with_reason(&self, away: &[BTreeSet<Item>], from: &Value) -> BTreeSet<Item> {
        let policy = self.rules.policy;
        let all: BTreeSet<&Item> = away.iter().flatten().collect();
        let recreated = all.into_iter().filter(|item| {
            let Item::Entry(entry) = item else { return false };
            let (Some(old), Some(new)) = (entry.find(self.current), entry.find(self.target)) else {
                return false;
            };
            !changed_create_only(policy, &entry.table, old, new).is_empty()
        });
        let mut reasons: BTreeSet<Item> = recreated.cloned().collect();
        loop {
            let mut more = BTreeSet::new();
            for (at, items) in away.iter().enumerate() {
                let open: Vec<&Item> = items.iter().filter(|item| !reasons.contains(*item)).collect();
                more.extend(self.unable(at, &open, from));
            }
            if more.is_empty() {
                return reasons;
            }
            reasons.extend(more);
        }
    }

    /// Which things, all put back into the config after a number of steps, have to do with findings.
    fn unable(&self, at: usize, items: &[&Item], from: &Value) -> Vec<Item> {
        let policy = self.rules.policy;
        if items.is_empty() {
            return Vec::new();
        }
        let config = &self.configs[at];
        let with = |skip: Option<&Item>| {
            let mut config = config.clone();
            for item in items.iter().filter(|item| Some(**item) != skip) {
                item.restore(policy, &mut config, from);
            }
            config
        };
        let whole = with(None);
        let findings = self.validity.findings(&whole);
        if findings.is_within(&self.findings[at]) {
            return Vec::new();
        }
        let concerned = items.iter().filter(|item| {
            let without = self.validity.findings(&with(Some(item)));
            if findings.is_within(&without) {
                return false;
            }
            // A smaller part of the entry may be possible.
            let Item::Entry(entry) = item else { return true };
            let Some(less) = reduced(&whole, entry, &findings, &self.findings[at]) else {
                return true;
            };
            let has_one = |config| {
                entry
                    .find(config)
                    .is_some_and(|form| has_one_of(policy, entry, form))
            };
            has_one(&whole) && !has_one(&less) || !self.validity.findings(&less).is_within(&without)
        });
        concerned.map(|item| (*item).clone()).collect()
    }

    /// Whether a changed entry or field could have been edited at once, beside everything that it refers to.
    fn could_be_edited(&self, item: &Item, away: &[BTreeSet<Item>]) -> bool {
        let entry = item.entry();
        let (Some(old), Some(new)) = (entry.find(self.current), entry.find(self.target)) else {
            return false;
        };
        let changed = match item {
            Item::Entry(_) => {
                old != new && changed_create_only(self.rules.policy, &entry.table, old, new).is_empty()
            }
            Item::Field(_, field) => old.get(field) != new.get(field),
            Item::Element(..) => false,
        };
        let recreated = self.recreated();
        let refers = |references: &References| held(references, entry, item);
        let (left, taken) = (refers(&self.forced.old), refers(&self.forced.new));
        // Only a reference that changes from one entry to another depends on which of both exist at a time.
        if !changed || left == taken || left.iter().chain(&taken).any(|target| recreated.contains(target)) {
            return false;
        }
        let first = away.iter().position(|items| items.contains(item)).unwrap_or(1);
        let last = away
            .iter()
            .rposition(|items| items.contains(item))
            .unwrap_or(first);
        (first - 1..=last).any(|at| {
            let config = &self.configs[at];
            if matches!(item, Item::Field(..)) && at >= first {
                let mut all = left.iter().chain(&taken);
                if !left.is_empty() && !taken.is_empty() && all.all(|target| target.find(config).is_some()) {
                    return true;
                }
            }
            let mut beside = config.clone();
            for (names, references, from) in [
                (&left, &self.forced.old, self.current),
                (&taken, &self.forced.new, self.target),
            ] {
                bring(&mut beside, names, references, from);
            }
            let edit = |from: &Value| {
                let mut config = beside.clone();
                item.restore(self.rules.policy, &mut config, from);
                self.validity.findings(&config).is_within(&self.findings[at])
            };
            edit(self.current) && edit(self.target)
        })
    }
}

/// The entries that a part of an entry refers to.
fn held(references: &References, entry: &EntryName, item: &Item) -> BTreeSet<EntryName> {
    let references = references.get(entry).into_iter().flatten();
    let own = references.filter(|reference| match item {
        Item::Entry(_) => true,
        Item::Field(_, field) => matches!(&reference.via, EntryPart::Field(other) if other == field),
        Item::Element(..) => false,
    });
    own.flat_map(|reference| reference.to.iter().map(|(target, _)| target.clone()))
        .collect()
}

/// Adds entries that a config has not, and what they refer to.
fn bring(config: &mut Value, names: &BTreeSet<EntryName>, references: &References, from: &Value) {
    let mut open: Vec<EntryName> = names.iter().cloned().collect();
    while let Some(name) = open.pop() {
        if name.find(config).is_some() {
            continue;
        }
        let Some(value) = name.find(from) else { continue };
        let refers = references.get(&name).into_iter().flatten();
        open.extend(refers.flat_map(|reference| reference.to.iter().map(|(target, _)| target.clone())));
        let write = Write {
            entry: name,
            value: Some(value.clone()),
        };
        write.apply(config);
    }
}

/// A config with one entry less the fields and elements that have findings which others have not;
/// `None` where there are no such fields.
fn reduced(
    config: &Value,
    entry: &EntryName,
    findings: &FindingCounts,
    than: &FindingCounts,
) -> Option<Value> {
    let mut fields: BTreeMap<String, BTreeSet<Option<usize>>> = BTreeMap::new();
    for finding in findings.beyond(than) {
        let tokens = pointer::split(&finding.pointer)?;
        if tokens.first().is_some_and(|table| *table == entry.table)
            && tokens.get(1).is_some_and(|key| *key == entry.key)
            && let Some(field) = tokens.get(2)
        {
            let element = tokens.get(3).and_then(|index| index.parse().ok());
            fields.entry(field.clone()).or_default().insert(element);
        }
    }
    if fields.is_empty() {
        return None;
    }
    let mut value = entry.find(config)?.clone();
    for (field, gone) in fields {
        let members = value.as_object_mut()?;
        match members.get_mut(&field) {
            Some(Value::Array(list)) if !gone.contains(&None) => {
                let kept = list
                    .iter()
                    .enumerate()
                    .filter(|(at, _)| !gone.contains(&Some(*at)));
                *list = kept.map(|(_, element)| element.clone()).collect();
                if list.is_empty() {
                    members.shift_remove(&field);
                }
            }
            _ => drop(members.shift_remove(&field)),
        }
    }
    let mut config = config.clone();
    let write = Write {
        entry: entry.clone(),
        value: Some(value),
    };
    write.apply(&mut config);
    Some(config)
}
