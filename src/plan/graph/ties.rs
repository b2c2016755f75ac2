//! Which action comes before which: references, ports that are down, lanes, needs.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;
use serde_json::Value;

use crate::config::EntryName;
use crate::plan::content::is_up;
use crate::plan::ends::Ends;
use crate::plan::involved::{Involved, holders_of};
use crate::policy::Policy;
use crate::validate::{Part, Reference};

use super::{Graph, Kind, Positions, Tie};

impl<'c> Graph<'c> {
    /// Puts what refers to something after it, and before it on the way out. Gives the references that
    /// made a tie: the later action on the way in, the earlier one on the way out.
    pub(super) fn tie_references(
        &mut self,
        positions: &Positions,
        references: &[(Vec<Reference>, Vec<Reference>)],
    ) -> FxHashMap<(usize, usize), (usize, Part)> {
        let mut tied = FxHashMap::default();
        for (at, (before, after)) in references.iter().enumerate() {
            for reference in before {
                self.tie_current(at, reference, after, positions, &mut tied);
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
                    self.tie(Some(earlier), later, Tie::RefersTo);
                    if let Some(later) = later {
                        tied.insert((earlier, later), (at, reference.via.clone()));
                    }
                }
            }
        }
        tied
    }

    fn tie_current(
        &mut self,
        at: usize,
        reference: &Reference,
        after: &[Reference],
        positions: &Positions,
        tied: &mut FxHashMap<(usize, usize), (usize, Part)>,
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
            self.tie(earlier, Some(later), Tie::ReferredBy);
            if let Some(earlier) = earlier {
                tied.insert((earlier, later), (at, reference.via.clone()));
            } else {
                self.tie_taking_over(reference, after, later, positions);
            }
        }
    }

    /// A reference stays, and what it refers to is another entry afterwards: that comes before the one
    /// there is now goes.
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
            self.tie(source, Some(later), Tie::ReferredBy);
        }
    }

    /// The same for references of entries that the plan does not write.
    pub(super) fn tie_untouched(&mut self, references: &[Reference], positions: &Positions, ends: &Ends) {
        for reference in references {
            let losses: Option<Vec<usize>> = reference
                .to
                .iter()
                .map(|(name, part)| positions.get(name).and_then(|&to| self.losing(to, part)))
                .collect();
            let Some(losses) = losses else { continue };
            let after = ends.target.references_from(&reference.from);
            for later in losses {
                self.tie_taking_over(reference, &after, later, positions);
            }
        }
    }

    /// Puts changes that need a port down between its going down and its coming up.
    pub(super) fn tie_holders(&mut self, policy: &Policy, positions: &Positions) {
        for at in 0..self.actions.len() {
            let name = &self.entries[self.actions[at].entry].name;
            let rules = policy.changes_while.iter();
            let holders: Vec<usize> = rules
                .filter(|rule| rule.is_about(&name.table))
                .flat_map(|rule| holders_of(rule, name))
                .filter_map(|holder| positions.get(&holder).copied())
                .collect();
            for holder in holders {
                let entry = &self.entries[holder];
                let Some((rule, _)) = &entry.taken_down else {
                    continue;
                };
                let rule = &policy.changes_while[*rule];
                let edit = self.action(holder, &Kind::Edit);
                let (before, after) = (is_up(entry.current, rule), is_up(entry.target, rule));
                let down = self
                    .action(holder, &Kind::Down)
                    .or(edit.filter(|_| before && !after));
                let up = self
                    .action(holder, &Kind::Up)
                    .or(edit.filter(|_| !before && after));
                let losing = matches!(self.actions[at].kind, Kind::Leave | Kind::Detach(_));
                let gaining = matches!(self.actions[at].kind, Kind::Come | Kind::Attach(_));
                let apart = entry.bounced.is_some();
                if !apart || losing {
                    self.tie(down, Some(at), Tie::Down);
                }
                if !apart || gaining {
                    self.tie(Some(at), up, Tie::Down);
                }
            }
        }
    }

    /// Lets nothing come to lanes before what has them now goes from them.
    pub(super) fn tie_lanes(&mut self, policy: &Policy) {
        let Some((table, field)) = policy
            .lanes
            .as_ref()
            .and_then(|lanes| lanes.field.split_once('.'))
        else {
            return;
        };
        let lanes = |value: Option<&'c Value>| {
            let text = value
                .and_then(|value| value.get(field)?.as_str())
                .unwrap_or_default();
            text.split(',').map(str::trim).filter(|lane| !lane.is_empty())
        };
        let in_table = |entry: &&Involved| entry.name.table == table;
        let mut had: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
        for (at, entry) in self
            .entries
            .iter()
            .enumerate()
            .filter(|(_, entry)| in_table(entry))
        {
            if let Some(leave) = self.action(at, &Kind::Leave) {
                for lane in lanes(entry.current) {
                    had.entry(lane).or_default().push(leave);
                }
            }
        }
        let mut ties = BTreeSet::new();
        for (at, entry) in self
            .entries
            .iter()
            .enumerate()
            .filter(|(_, entry)| in_table(entry))
        {
            if let Some(come) = self.action(at, &Kind::Come) {
                let had = lanes(entry.target).filter_map(|lane| had.get(lane)).flatten();
                ties.extend(had.map(|&leave| (leave, come)));
            }
        }
        for (leave, come) in ties {
            self.not_after[come].push(leave);
        }
    }

    /// Puts what needs others that go and come again by a condition before they go, and after they are
    /// back.
    pub(super) fn tie_needs(&mut self, positions: &Positions) {
        for at in 0..self.entries.len() {
            let entry = &self.entries[at];
            let edit = self.action(at, &Kind::Edit);
            let (leave, come) = (self.action(at, &Kind::Leave), self.action(at, &Kind::Come));
            let follows = entry.bounced.is_some();
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
                self.tie(leave.or(edit), self.action(other, &Kind::Leave), Tie::Condition);
                for part in self.entries[other].detached.clone().into_keys() {
                    self.tie(
                        leave.or(edit),
                        self.action(other, &Kind::Detach(part)),
                        Tie::Condition,
                    );
                }
            }
            for other in after {
                self.tie(self.action(other, &Kind::Come), come.or(edit), Tie::Condition);
                for part in self.entries[other].detached.clone().into_keys() {
                    self.tie(
                        self.action(other, &Kind::Attach(part)),
                        come.or(edit),
                        Tie::Condition,
                    );
                }
            }
        }
    }
}
