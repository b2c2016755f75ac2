//! The order of actions: references, ports that are down, lanes, needs.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use crate::config::EntryName;
use crate::plan::affected::holders_of;
use crate::plan::config_pair::ConfigPair;
use crate::plan::conflicts::{ConflictKind, Conflicts, Moving};
use crate::plan::content::is_up;
use crate::policy::Policy;
use crate::validate::{EntryPart, Reference};

use super::{ActionKind, EdgeKind, Graph, Positions};

impl<'c> Graph<'c> {
    /// Puts what refers to something after it, and before it on the way out. Gives the references that
    /// made a tie: the later action on the way in, the earlier one on the way out.
    pub(super) fn add_reference_edges(
        &mut self,
        positions: &Positions,
        references: &[(Vec<Reference>, Vec<Reference>)],
    ) -> FxHashMap<(usize, usize), (usize, EntryPart)> {
        let mut edges_of_parts = FxHashMap::default();
        for (at, (before, after)) in references.iter().enumerate() {
            for reference in before {
                self.add_current_edges(at, reference, after, positions, &mut edges_of_parts);
            }
            for reference in after {
                let later = self.bringing(at, &reference.via);
                if reference.to.iter().any(|(name, _)| *name == reference.from) {
                    continue;
                }
                let sources: Option<Vec<usize>> = reference
                    .to
                    .iter()
                    .map(|(name, part)| positions.get(name).and_then(|&to| self.bringing(to, part)))
                    .collect();
                // Something that is there all the while is enough.
                for earlier in sources.into_iter().flatten() {
                    self.edge(Some(earlier), later, EdgeKind::RefersTo);
                    if let Some(later) = later {
                        edges_of_parts.insert((earlier, later), (at, reference.via.clone()));
                    }
                }
            }
        }
        edges_of_parts
    }

    fn add_current_edges(
        &mut self,
        at: usize,
        reference: &Reference,
        after: &[Reference],
        positions: &Positions,
        edges_of_parts: &mut FxHashMap<(usize, usize), (usize, EntryPart)>,
    ) {
        if reference.to.iter().any(|(name, _)| *name == reference.from) {
            return;
        }
        let losses: Option<Vec<usize>> = reference
            .to
            .iter()
            .map(|(name, part)| positions.get(name).and_then(|&to| self.losing(to, part)))
            .collect();
        let Some(losses) = losses else { return };
        let earlier = self.losing(at, &reference.via);
        for later in losses {
            self.edge(earlier, Some(later), EdgeKind::ReferredBy);
            if let Some(earlier) = earlier {
                edges_of_parts.insert((earlier, later), (at, reference.via.clone()));
            } else {
                self.tie_taking_over(reference, after, later, positions);
            }
        }
    }

    /// A reference stays, and it refers to another entry afterwards, which is created before the present one is
    /// deleted.
    fn tie_taking_over(
        &mut self,
        reference: &Reference,
        after: &[Reference],
        later: usize,
        positions: &Positions,
    ) {
        let table = |reference: &Reference| reference.to.first().map(|(to, _)| to.table.clone());
        let same = |next: &&Reference| next.via == reference.via && table(next) == table(reference);
        for (name, part) in after.iter().filter(same).flat_map(|next| &next.to) {
            let source = positions.get(name).and_then(|&to| self.bringing(to, part));
            self.edge(source, Some(later), EdgeKind::ReferredBy);
        }
    }

    /// The same for references of entries that the plan does not write.
    pub(super) fn add_untouched_edges(
        &mut self,
        references: &[Reference],
        positions: &Positions,
        pair: &ConfigPair,
    ) {
        for reference in references {
            let losses: Option<Vec<usize>> = reference
                .to
                .iter()
                .map(|(name, part)| positions.get(name).and_then(|&to| self.losing(to, part)))
                .collect();
            let Some(losses) = losses else { continue };
            let after = pair.target.references_from(&reference.from);
            for later in losses {
                self.tie_taking_over(reference, &after, later, positions);
            }
        }
    }

    /// Puts changes that need a port down between its going down and its coming up.
    pub(super) fn tie_holders(&mut self, policy: &Policy, positions: &Positions) {
        for at in 0..self.actions.len() {
            let name = &self.entries[self.actions[at].entry].name;
            let rules = policy.change_requires.iter();
            let holders: Vec<usize> = rules
                .filter(|rule| rule.is_about(&name.table))
                .flat_map(|rule| holders_of(rule, name, &self.local))
                .filter_map(|holder| positions.get(&holder).copied())
                .collect();
            for holder in holders {
                let entry = &self.entries[holder];
                let Some((rule, _)) = &entry.taken_down else {
                    continue;
                };
                let rule = &policy.change_requires[*rule];
                let edit = self.action(holder, &ActionKind::Edit);
                let (before, after) = (is_up(entry.current, rule), is_up(entry.target, rule));
                let down = self
                    .action(holder, &ActionKind::Down)
                    .or(edit.filter(|_| before && !after));
                let up = self
                    .action(holder, &ActionKind::Up)
                    .or(edit.filter(|_| !before && after));
                let losing = matches!(self.actions[at].kind, ActionKind::Delete | ActionKind::Clear(_));
                let gaining = matches!(self.actions[at].kind, ActionKind::Create | ActionKind::Set(_));
                let apart = entry.recreated.is_some();
                if !apart || losing {
                    self.edge(down, Some(at), EdgeKind::Down);
                }
                if !apart || gaining {
                    self.edge(Some(at), up, EdgeKind::Down);
                }
            }
        }
    }

    /// Of entries that cannot stand side by side, the old ones go before the new ones come.
    pub(super) fn tie_conflicts(&mut self, policy: &Policy, shares_lanes: bool) {
        let moving = self.entries.iter().enumerate().map(|(id, entry)| Moving {
            id,
            name: &entry.name,
            old: entry.current.filter(|_| entry.is_deleted()),
            new: entry.target.filter(|_| entry.is_created()),
        });
        let moving: Vec<Moving> = moving
            .filter(|entry| entry.old.is_some() || entry.new.is_some())
            .collect();
        let found = Conflicts::find(policy, shares_lanes, &moving);
        for (old, new, kind) in found.apart {
            let edge = match kind {
                ConflictKind::Lanes => EdgeKind::Lanes,
                ConflictKind::Daemon => EdgeKind::Conflict,
            };
            let delete = self.action(old, &ActionKind::Delete);
            let create = self.action(new, &ActionKind::Create);
            self.edge(delete, create, edge);
        }
        for (old, last) in found.not_after {
            let deletes = (
                self.action(old, &ActionKind::Delete),
                self.action(last, &ActionKind::Delete),
            );
            if let (Some(old), Some(last)) = deletes {
                self.not_after[last].push(old);
            }
        }
    }

    /// Puts what needs others that go and come again by a condition before they go, and after they are
    /// back.
    pub(super) fn tie_needs(&mut self, positions: &Positions) {
        for at in 0..self.entries.len() {
            let entry = &self.entries[at];
            let edit = self.action(at, &ActionKind::Edit);
            let (delete, create) = (
                self.action(at, &ActionKind::Delete),
                self.action(at, &ActionKind::Create),
            );
            let follows = entry.recreated.is_some();
            // What is edited may need the same before and after; then it is the condition's matter.
            let both = |name: &&EntryName| {
                follows || !(entry.needs_before.contains(*name) && entry.needs_after.contains(*name))
            };
            let find = |names: &BTreeSet<EntryName>| -> Vec<usize> {
                let known = names.iter().filter(both).filter_map(|name| positions.get(name));
                known.copied().collect()
            };
            let (before, after) = (find(&entry.needs_before), find(&entry.needs_after));
            for other in before {
                self.edge(
                    delete.or(edit),
                    self.action(other, &ActionKind::Delete),
                    EdgeKind::Condition,
                );
                for part in self.entries[other].detached.clone().into_keys() {
                    self.edge(
                        delete.or(edit),
                        self.action(other, &ActionKind::Clear(part)),
                        EdgeKind::Condition,
                    );
                }
            }
            for other in after {
                self.edge(
                    self.action(other, &ActionKind::Create),
                    create.or(edit),
                    EdgeKind::Condition,
                );
                for part in self.entries[other].detached.clone().into_keys() {
                    self.edge(
                        self.action(other, &ActionKind::Set(part)),
                        create.or(edit),
                        EdgeKind::Condition,
                    );
                }
            }
        }
    }
}
