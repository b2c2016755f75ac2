//! How much is interrupted between two steps.

use std::collections::{BTreeMap, BTreeSet};

use sonicfg::config::{EntryName, entries};
use sonicfg::plan::Disruption;

use crate::bound::changed_create_only;
use crate::conflicts::{Obstacle, obstacle, shares_lanes};
use crate::{Property, Walk};

impl Walk<'_> {
    pub(super) fn limits(&mut self) {
        for at in 1..self.configs.len().saturating_sub(1) {
            let mut interrupted = self.away(at);
            interrupted.extend(self.down(at));
            let messages = match self.rules.disruption {
                Disruption::AllAtOnce => Vec::new(),
                Disruption::Rolling(0) => {
                    let all = interrupted.iter();
                    all.map(|entry| format!("{entry} is interrupted, and nothing may be"))
                        .collect()
                }
                Disruption::Rolling(most) => self.rolling(at, &interrupted, most),
                Disruption::Policy => {
                    let mut messages = self.shares(&interrupted);
                    messages.extend(self.whole_groups(&interrupted));
                    messages
                }
            };
            for message in messages {
                self.violation(at - 1, Property::Limit, message);
            }
        }
    }

    fn shares(&self, interrupted: &BTreeSet<EntryName>) -> Vec<String> {
        let mut messages = Vec::new();
        for (table, share) in &self.rules.policy.max_unavailable {
            let all = entries(self.current).filter(|(name, ..)| name == table).count();
            // To pass something on, both entries are away at once.
            let least = if self.passes_on(table) { 2 } else { 1 };
            let limit = ((all as f64 * share).floor() as usize).max(least);
            let count = interrupted.iter().filter(|entry| entry.table == *table).count();
            if count > limit {
                messages.push(format!(
                    "{count} entries of {table} are interrupted, {limit} may be"
                ));
            }
        }
        messages
    }

    /// Whether an entry of a table takes what another one gives up, and both are recreated.
    fn passes_on(&self, table: &str) -> bool {
        let shares = shares_lanes(self.rules.policy, [self.current, self.target]);
        let recreated = self.forced.recreated.iter().filter(|entry| entry.table == table);
        let recreated: Vec<&EntryName> = recreated.collect();
        recreated.iter().any(|old| {
            recreated.iter().any(|new| {
                let values = old.find(self.current).zip(new.find(self.target));
                values.is_some_and(|(before, after)| {
                    let found = obstacle(self.rules.policy, shares, (old, before), (new, after));
                    found == Some(Obstacle::Lanes)
                })
            })
        })
    }

    fn whole_groups(&self, interrupted: &BTreeSet<EntryName>) -> Vec<String> {
        let mut messages = Vec::new();
        let recreated = self.recreated();
        for rule in &self.rules.policy.keep_available {
            let mut groups: BTreeMap<String, Vec<EntryName>> = BTreeMap::new();
            for (_, key, _) in entries(self.current).filter(|(table, ..)| *table == rule.table) {
                let member = EntryName::new(&rule.table, key);
                let group = member.parts().next().unwrap_or_default().to_owned();
                groups.entry(group).or_default().push(member);
            }
            for (group, members) in groups {
                let is_interrupted = |member: &EntryName| {
                    let through = member.parts().nth(1);
                    let through = through.map(|key| EntryName::new(&rule.through, key));
                    interrupted.contains(member)
                        || through.is_some_and(|through| interrupted.contains(&through))
                };
                // The members go with what they belong to.
                let whole = EntryName::new(&rule.of, &group);
                if members.len() > 1 && members.iter().all(is_interrupted) && !recreated.contains(&whole) {
                    messages.push(format!("every entry of {} of {group} is interrupted", rule.table));
                }
            }
        }
        messages
    }

    fn rolling(&self, at: usize, interrupted: &BTreeSet<EntryName>, most: usize) -> Vec<String> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for entry in interrupted {
            if self.is_on_its_own(entry, at) {
                *counts.entry(&entry.table).or_default() += 1;
            }
        }
        let over = counts.into_iter().filter(|(_, count)| *count > most);
        over.map(|(table, count)| {
            format!("{count} entries of {table} are interrupted on their own account, {most} may be")
        })
        .collect()
    }

    /// Whether an entry is interrupted for its own sake: it is down, or a create-only field of it
    /// changes. What is away without either is so because of another entry, or needlessly, which is
    /// found elsewhere.
    fn is_on_its_own(&self, entry: &EntryName, at: usize) -> bool {
        if entry.find(&self.configs[at]).is_some() {
            return true;
        }
        let (Some(old), Some(new)) = (entry.find(self.current), entry.find(self.target)) else {
            return false;
        };
        !changed_create_only(self.rules.policy, &entry.table, old, new).is_empty()
    }
}
