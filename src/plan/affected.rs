//! Which entries a plan writes: those that differ, those that have to go and come again, those that
//! have to lose a reference for a while, and those that are taken down.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::config::EntryName;
use crate::policy::{ChangeRequires, LocalSystemPorts, Policy};
use crate::validate::{EntryPart, Reference, Validator};

use super::config_pair::{ConfigPair, has_errors};
use super::conflicts::shares_lanes;
use super::content::{is_up, same_part, without};

/// An entry that a plan writes.
#[derive(Debug, Clone)]
pub struct AffectedEntry<'c> {
    /// The table and the key of the entry.
    pub name: EntryName,
    /// What it is now.
    pub current: Option<&'c Value>,
    /// What it shall be.
    pub target: Option<&'c Value>,
    /// The reason why it is recreated, if it is.
    pub recreated: Option<Cause>,
    /// Parts that it loses for a while, with the entries that they refer to.
    pub detached: BTreeMap<EntryPart, BTreeSet<EntryName>>,
    /// Parts of its present value that it loses before it is changed or deleted.
    pub early: BTreeSet<EntryPart>,
    /// Parts of its target value that it gets after it was created or changed.
    pub late: BTreeSet<EntryPart>,
    /// It is down while this entry changes, by the rule of this position.
    pub taken_down: Option<(usize, EntryName)>,
    /// Entries that go and come again without which, now, a condition of it does not hold.
    pub needs_before: BTreeSet<EntryName>,
    /// The same of what it shall be.
    pub needs_after: BTreeSet<EntryName>,
    /// It is taken down, and up in both configs.
    pub interrupted_down: bool,
}

/// The reasons why an entry is recreated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// This field changes only with its entry.
    CreateOnly(String),
    /// It cannot exist without these, which are recreated.
    Follows(BTreeSet<EntryName>),
}

impl AffectedEntry<'_> {
    /// Whether it exists before and after.
    pub fn stays(&self) -> bool {
        self.current.is_some() && self.target.is_some()
    }

    /// Whether it is away at some time.
    pub fn is_deleted(&self) -> bool {
        self.current.is_some() && (self.target.is_none() || self.recreated.is_some())
    }

    /// Whether it is created at some time.
    pub fn is_created(&self) -> bool {
        self.target.is_some() && (self.current.is_none() || self.recreated.is_some())
    }

    /// Whether it exists all the time and is another entry afterwards.
    pub fn is_edited(&self) -> bool {
        self.stays() && self.recreated.is_none() && self.current != self.target
    }

    /// Whether it holds the same in a part before and after.
    pub fn keeps(&self, part: &EntryPart) -> bool {
        match (self.current, self.target) {
            (Some(current), Some(target)) => same_part(current, target, part),
            _ => false,
        }
    }
}

/// The entries that a plan writes, by name.
#[derive(Debug)]
pub struct AffectedSet<'c> {
    /// The affected entries, by name.
    pub entries: BTreeMap<EntryName, AffectedEntry<'c>>,
    current: &'c Value,
    target: &'c Value,
    /// Which system ports are those of this switch.
    local: LocalSystemPorts,
}

impl<'c> AffectedSet<'c> {
    /// Finds them. `changed` are the entries that differ.
    pub fn find(
        policy: &Policy,
        current: &'c Value,
        target: &'c Value,
        changed: Vec<EntryName>,
        pair: &mut ConfigPair,
    ) -> Self {
        let mut affected = AffectedSet {
            entries: BTreeMap::new(),
            current,
            target,
            local: LocalSystemPorts::of([current, target]),
        };
        let mut recreated = Vec::new();
        for name in changed {
            let entry = affected.entry(&name);
            if let Some(field) = changed_create_only(policy, &name.table, entry.current, entry.target) {
                entry.recreated = Some(Cause::CreateOnly(field));
                recreated.push(name);
            }
        }
        affected.close_over_dependents(policy, recreated, pair);
        affected
    }

    /// Lets entries that are edited go and come again instead. Says whether there are any.
    pub fn recreate(&mut self, policy: &Policy, names: &BTreeSet<EntryName>, pair: &mut ConfigPair) -> bool {
        let mut recreated = Vec::new();
        for name in names {
            let mut others = BTreeSet::new();
            for validator in [&pair.current, &pair.target] {
                let references = validator.references_from(name).into_iter();
                others.extend(references.flat_map(|reference| reference.to).map(|(to, _)| to));
            }
            others.retain(|other| {
                let other = self.entries.get(other);
                other.is_some_and(|other| other.is_deleted() || other.is_created())
            });
            let entry = self.entry(name);
            if entry.is_edited() && !others.is_empty() {
                entry.recreated = Some(Cause::Follows(others));
                entry.detached.clear();
                recreated.push(name.clone());
            }
        }
        let any = !recreated.is_empty();
        if any {
            self.close_over_dependents(policy, recreated, pair);
        }
        any
    }

    /// Finds what some entries that go and come again take with them.
    fn close_over_dependents(
        &mut self,
        policy: &Policy,
        mut recreated: Vec<EntryName>,
        pair: &mut ConfigPair,
    ) {
        loop {
            self.follow(&mut recreated, pair);
            self.recreate_what_cannot_lose(policy, &mut recreated, pair);
            if recreated.is_empty() {
                self.recreate_what_needs(&mut recreated, pair);
            }
            if recreated.is_empty() {
                break;
            }
        }
        for (at, rule) in policy.change_requires.iter().enumerate() {
            self.take_down(at, rule);
        }
    }

    /// Whether the platform is one on which ports share lanes.
    pub fn shares_lanes(&self, policy: &Policy) -> bool {
        shares_lanes(policy, [self.current, self.target])
    }

    /// Which system ports are those of this switch.
    pub fn local_ports(&self) -> &LocalSystemPorts {
        &self.local
    }

    fn entry(&mut self, name: &EntryName) -> &mut AffectedEntry<'c> {
        let (current, target) = (self.current, self.target);
        self.entries.entry(name.clone()).or_insert_with(|| AffectedEntry {
            name: name.clone(),
            current: name.find(current),
            target: name.find(target),
            recreated: None,
            detached: BTreeMap::new(),
            early: BTreeSet::new(),
            late: BTreeSet::new(),
            taken_down: None,
            needs_before: BTreeSet::new(),
            needs_after: BTreeSet::new(),
            interrupted_down: false,
        })
    }

    /// What refers to entries that go and come again: it loses the reference meanwhile, or follows.
    fn follow(&mut self, recreated: &mut Vec<EntryName>, pair: &ConfigPair) {
        while let Some(name) = recreated.pop() {
            for reference in pair.current.references_to(&name) {
                if reference.from == name || self.is_held_otherwise(&reference) {
                    continue;
                }
                let referrer = self.entry(&reference.from);
                if !referrer.stays() || !referrer.keeps(&reference.via) {
                    continue;
                }
                if let Some(Cause::Follows(others)) = &mut referrer.recreated {
                    others.insert(name.clone());
                } else if referrer.recreated.is_none() && reference.via == EntryPart::Key {
                    referrer.recreated = Some(Cause::Follows(BTreeSet::from([name.clone()])));
                    referrer.detached.clear();
                    recreated.push(reference.from);
                } else if referrer.recreated.is_none() {
                    let others = referrer.detached.entry(reference.via).or_default();
                    others.insert(name.clone());
                }
            }
        }
    }

    /// Whether something that stays all the while satisfies a reference too.
    fn is_held_otherwise(&self, reference: &Reference) -> bool {
        reference.to.iter().any(|(name, part)| {
            self.entries
                .get(name)
                .is_none_or(|entry| entry.recreated.is_none() && entry.keeps(part))
        })
    }

    /// An entry that is not valid without the references that it would lose is recreated instead.
    fn recreate_what_cannot_lose(
        &mut self,
        policy: &Policy,
        recreated: &mut Vec<EntryName>,
        pair: &mut ConfigPair,
    ) {
        for entry in self.entries.values_mut() {
            if entry.detached.is_empty() {
                continue;
            }
            let trial = |validator: &mut Validator, value: Option<&Value>| {
                value.is_some_and(|value| {
                    let less = without(value, entry.detached.keys());
                    if policy.loses_last(&entry.name.table, value, &less) {
                        return true;
                    }
                    let there = [entry.name.written_as(Some(&less))];
                    let back = [entry.name.written_as(Some(value))];
                    has_errors(&validator.tried(there, back))
                })
            };
            if trial(pair.current, entry.current) || trial(pair.target, entry.target) {
                let others = std::mem::take(&mut entry.detached).into_values().flatten();
                entry.recreated = Some(Cause::Follows(others.collect()));
                recreated.push(entry.name.clone());
            }
        }
    }

    /// What a condition ties to entries that go and come again, before and after, follows them.
    fn recreate_what_needs(&mut self, recreated: &mut Vec<EntryName>, pair: &mut ConfigPair) {
        let all: Vec<&AffectedEntry> = self.entries.values().collect();
        if all.iter().all(|entry| entry.recreated.is_none()) {
            return;
        }
        let (before, after) = pair.both(
            all.len(),
            |current| violated(&all, current, |entry| entry.current),
            |target| violated(&all, target, |entry| entry.target),
        );
        let follow: Vec<EntryName> = before.intersection(&after).cloned().collect();
        for name in follow {
            let stays = name.find(self.current).is_some() && name.find(self.target).is_some();
            let entry = self.entries.get(&name);
            if stays && entry.is_none_or(|entry| entry.recreated.is_none()) {
                let entry = self.entry(&name);
                entry.recreated = Some(Cause::Follows(BTreeSet::new()));
                entry.detached.clear();
                recreated.push(name);
            }
        }
        if recreated.is_empty() {
            self.find_needed(&before, &after, pair);
        }
    }

    /// Notes which entries that go and come again others need by a condition.
    fn find_needed(
        &mut self,
        before: &BTreeSet<EntryName>,
        after: &BTreeSet<EntryName>,
        pair: &mut ConfigPair,
    ) {
        let mut needs: BTreeMap<EntryName, [BTreeSet<EntryName>; 2]> = BTreeMap::new();
        let causes: Vec<&AffectedEntry> = self.entries.values().collect();
        let by_condition = |entry: &AffectedEntry| match &entry.recreated {
            Some(Cause::Follows(others)) => others.is_empty() || !entry.needs_before.is_empty(),
            _ => false,
        };
        if before.is_empty() && after.is_empty() && !causes.iter().any(|entry| by_condition(entry)) {
            return;
        }
        for entry in &causes {
            let one = std::slice::from_ref(entry);
            let found = [
                violated(one, pair.current, |entry| entry.current),
                violated(one, pair.target, |entry| entry.target),
            ];
            for (side, names) in found.into_iter().enumerate() {
                for name in names.into_iter().filter(|name| *name != entry.name) {
                    needs.entry(name).or_default()[side].insert(entry.name.clone());
                }
            }
        }
        for (name, [old, new]) in needs {
            if let Some(entry) = self.entries.get_mut(&name) {
                if let Some(Cause::Follows(others)) = &mut entry.recreated {
                    others.extend(old.union(&new).cloned());
                }
                entry.needs_before = old;
                entry.needs_after = new;
            }
        }
        // Of some, a condition fails only without several others.
        let recreated = self
            .entries
            .values()
            .filter(|entry| matches!(entry.recreated, Some(Cause::CreateOnly(_))));
        let recreated: BTreeSet<EntryName> = recreated.map(|entry| entry.name.clone()).collect();
        for entry in self.entries.values_mut() {
            if entry.recreated == Some(Cause::Follows(BTreeSet::new())) {
                entry.recreated = Some(Cause::Follows(recreated.clone()));
                entry.needs_before.clone_from(&recreated);
                entry.needs_after.clone_from(&recreated);
            }
        }
    }

    /// Takes entries down whose dependents change only while they are.
    fn take_down(&mut self, at: usize, rule: &ChangeRequires) {
        let mut holders: BTreeMap<EntryName, EntryName> = BTreeMap::new();
        for entry in self.entries.values() {
            if rule.is_about(&entry.name.table) {
                for holder in holders_of(rule, &entry.name, &self.local) {
                    holders.entry(holder).or_insert_with(|| entry.name.clone());
                }
            }
        }
        for (holder, changed) in holders {
            let current = holder.find(self.current);
            let target = holder.find(self.target);
            if is_up(current, rule) || is_up(target, rule) {
                let entry = self.entry(&holder);
                entry.taken_down.get_or_insert((at, changed));
                entry.interrupted_down |= is_up(current, rule) && is_up(target, rule);
            }
        }
    }
}

/// The entries of which a condition does not hold while others are away, or without what they lose.
fn violated<'c>(
    others: &[&AffectedEntry<'c>],
    validator: &mut Validator,
    value: impl Fn(&AffectedEntry<'c>) -> Option<&'c Value>,
) -> BTreeSet<EntryName> {
    let mut gone = Vec::new();
    for &entry in others {
        let Some(value) = value(entry) else { continue };
        let less = match (&entry.recreated, entry.detached.is_empty()) {
            (Some(_), _) => None,
            (None, false) => Some(without(value, entry.detached.keys())),
            (None, true) => continue,
        };
        gone.push((&entry.name, less, value));
    }
    let there = gone.iter().map(|(name, less, _)| name.written_as(less.as_ref()));
    let back = gone.iter().map(|(name, _, value)| name.written_as(Some(value)));
    validator.failing_conditions(there, back).into_iter().collect()
}

/// The entries that a key may name, of those that a rule is about. The key of another line card's system port names
/// none.
pub fn holders_of<'a>(
    rule: &'a ChangeRequires,
    name: &'a EntryName,
    local: &LocalSystemPorts,
) -> impl Iterator<Item = EntryName> + use<'a> {
    let parts = (!local.is_remote(name)).then(|| name.parts());
    parts
        .into_iter()
        .flatten()
        .map(|part| EntryName::new(rule.of.as_str(), part))
}

/// A field that changes only with its entry, and does change.
pub fn changed_create_only(
    policy: &Policy,
    table: &str,
    current: Option<&Value>,
    target: Option<&Value>,
) -> Option<String> {
    let (current, target) = (current?.as_object()?, target?.as_object()?);
    let fields = current.keys().chain(target.keys());
    let mut changed = fields.filter(|field| current.get(*field) != target.get(*field));
    changed.find(|field| policy.is_create_only(table, field)).cloned()
}
