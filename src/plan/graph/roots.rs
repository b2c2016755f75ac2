//! What is interrupted on its own account, and what with it.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use crate::config::EntryName;
use crate::plan::affected::{Cause, holders_of};
use crate::policy::Policy;

use super::{ActionKind, Graph};

impl<'c> Graph<'c> {
    /// The entries whose going and coming, or being down, makes each entry go, lose something or be
    /// taken down: the roots of interruption.
    pub fn roots(&self, policy: &Policy) -> Vec<BTreeSet<usize>> {
        let positions: FxHashMap<&EntryName, usize> = self
            .entries
            .iter()
            .enumerate()
            .map(|(at, entry)| (&entry.name, at))
            .collect();
        let mut roots: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); self.entries.len()];
        let mut causes: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); self.entries.len()];
        for (at, entry) in self.entries.iter().enumerate() {
            match &entry.recreated {
                Some(Cause::CreateOnly(_)) => {
                    roots[at].insert(at);
                }
                Some(Cause::Follows(others)) => {
                    let others = others.iter().filter_map(|name| positions.get(name));
                    causes[at].extend(others);
                    // Net creations and deletions interrupt nothing.
                    if causes[at]
                        .iter()
                        .all(|&other| self.entries[other].recreated.is_none())
                    {
                        roots[at].insert(at);
                    }
                }
                None => {
                    let others = entry.detached.values().flatten();
                    causes[at].extend(others.filter_map(|name| positions.get(name)));
                }
            }
            for rule in &policy.change_requires {
                if !rule.is_about(&entry.name.table) {
                    continue;
                }
                for holder in holders_of(rule, &entry.name, &self.local) {
                    let Some(&holder) = positions.get(&holder) else {
                        continue;
                    };
                    if self.action(holder, &ActionKind::Down).is_none() || !self.entries[holder].stays() {
                        continue;
                    }
                    if entry.current == entry.target {
                        causes[holder].insert(at);
                    } else {
                        roots[holder].insert(holder);
                    }
                }
            }
        }
        loop {
            let mut grown = false;
            for at in 0..roots.len() {
                for &cause in &causes[at] {
                    let more: Vec<usize> = roots[cause].difference(&roots[at]).copied().collect();
                    grown |= !more.is_empty();
                    roots[at].extend(more);
                }
            }
            if !grown {
                return roots;
            }
        }
    }
}
