//! What cannot stand side by side: an old entry that holds lanes, or something else that a new one takes, is gone in an
//! earlier step.

use rustc_hash::FxHashMap;
use serde_json::Value;

use crate::config::EntryName;
use crate::policy::{BreakBeforeMake, Policy};

/// From this number of pairs on, one of the old entries goes after the others, and what is new waits for that one alone.
const MANY_PAIRS: usize = 4096;

/// An entry that goes or comes.
#[derive(Debug, Clone, Copy)]
pub struct Moving<'e> {
    /// What it is called by the caller.
    pub id: usize,
    /// The name of the entry.
    pub name: &'e EntryName,
    /// What it is now, if it is deleted at some time.
    pub old: Option<&'e Value>,
    /// What it shall be, if it is created at some time.
    pub new: Option<&'e Value>,
}

impl Moving<'_> {
    fn is_recreated(&self) -> bool {
        self.old.is_some() && self.new.is_some()
    }
}

/// Why a new entry waits for an old one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConflictKind {
    /// The old one has lanes that it takes.
    Lanes,
    /// The daemon that makes it does not take it while the old one is there.
    Daemon,
}

/// Which entries wait for which.
#[derive(Debug, Default)]
pub struct Conflicts {
    /// Old entries, and new ones that come in a later step.
    pub apart: Vec<(usize, usize, ConflictKind)>,
    /// Old entries, and such that go no sooner than these: what is new waits for the latter alone.
    pub not_after: Vec<(usize, usize)>,
}

impl Conflicts {
    /// Finds them among entries that go or come.
    pub fn find(policy: &Policy, shares_lanes: bool, entries: &[Moving]) -> Self {
        let mut found = Conflicts::default();
        if !shares_lanes {
            found.add_lanes(policy, entries);
        }
        for rule in &policy.break_before_make {
            found.add_rule(rule, entries);
        }
        found.apart.sort_unstable();
        found.apart.dedup();
        found
    }

    fn add_lanes(&mut self, policy: &Policy, entries: &[Moving]) {
        let lanes = policy.lanes.as_ref();
        let Some((table, field)) = lanes.and_then(|lanes| lanes.field.split_once('.')) else {
            return;
        };
        let in_table = || entries.iter().filter(|entry| entry.name.table == table);
        let mut holders: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
        for entry in in_table() {
            for lane in elements(entry.old, field) {
                holders.entry(lane).or_default().push(entry.id);
            }
        }
        for entry in in_table() {
            let held = elements(entry.new, field).filter_map(|lane| holders.get(lane));
            let others = held.flatten().filter(|&&old| old != entry.id);
            self.apart
                .extend(others.map(|&old| (old, entry.id, ConflictKind::Lanes)));
        }
    }

    fn add_rule(&mut self, rule: &BreakBeforeMake, entries: &[Moving]) {
        let mut groups: FxHashMap<(&str, &str), [Vec<&Moving>; 2]> = FxHashMap::default();
        for entry in entries {
            for (side, value) in [entry.old, entry.new].into_iter().enumerate() {
                if let Some(shared) = value.and_then(|value| rule.shared(entry.name, value)) {
                    groups.entry(shared).or_default()[side].push(entry);
                }
            }
        }
        for [old, new] in groups.into_values() {
            let last = old.iter().rfind(|entry| entry.new.is_none());
            if let Some(last) = last.filter(|_| old.len() * new.len() > MANY_PAIRS) {
                let others = old.iter().filter(|entry| entry.id != last.id);
                self.not_after.extend(others.map(|entry| (entry.id, last.id)));
                let waiting = new.iter().map(|entry| (last.id, entry.id, ConflictKind::Daemon));
                self.apart.extend(waiting);
                continue;
            }
            for come in &new {
                // What was side by side before, and is so afterwards, can be.
                let against = old.iter().filter(|go| {
                    !(go.is_recreated() && come.is_recreated()) && rule.conflict(go.name, come.name)
                });
                self.apart
                    .extend(against.map(|go| (go.id, come.id, ConflictKind::Daemon)));
            }
        }
    }
}

/// Whether the platform is one on which ports share lanes.
pub fn shares_lanes(policy: &Policy, configs: [&Value; 2]) -> bool {
    let shared_on = |platform: &str| {
        let mut lanes = policy.lanes.iter().flat_map(|lanes| &lanes.shared_on);
        lanes.any(|name| name == platform)
    };
    let entries = configs
        .into_iter()
        .flat_map(|config| config.get("DEVICE_METADATA")?.as_object());
    let platforms = entries
        .flat_map(|entries| entries.values())
        .filter_map(|entry| entry.get("platform"));
    platforms.filter_map(Value::as_str).any(shared_on)
}

fn elements<'v>(entry: Option<&'v Value>, field: &str) -> impl Iterator<Item = &'v str> {
    let text = entry
        .and_then(|entry| entry.get(field)?.as_str())
        .unwrap_or_default();
    text.split(',')
        .map(str::trim)
        .filter(|element| !element.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn many_pairs_are_tied_by_one() {
        let value = json!({});
        let names: Vec<EntryName> = (0..200)
            .map(|vlan| EntryName::new("VLAN_MEMBER", format!("Vlan{vlan}|Ethernet0")))
            .collect();
        let entries: Vec<Moving> = names
            .iter()
            .enumerate()
            .map(|(id, name)| Moving {
                id,
                name,
                old: (id < 100).then_some(&value),
                new: (id >= 100).then_some(&value),
            })
            .collect();
        let found = Conflicts::find(&Policy::shipped(), false, &entries);
        assert_eq!(found.apart.len(), 100);
        assert_eq!(found.not_after.len(), 99);
        let few = Conflicts::find(&Policy::shipped(), false, &entries[90..110]);
        assert_eq!((few.apart.len(), few.not_after.len()), (100, 0));
    }
}
