//! As many actions as can be done in one step: what makes the config invalid is left out.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use crate::config::EntryName;
use crate::plan::graph::ActionKind;
use crate::validate::{EntryDiagnostic, Rule};

use super::Scheduler;

impl Scheduler<'_, '_, '_> {
    /// The most of `kept` and `added` that can be done in one step. Of `kept` as little as possible is
    /// left out.
    pub(super) fn largest_valid_subset(
        &mut self,
        kept: BTreeSet<usize>,
        added: BTreeSet<usize>,
    ) -> BTreeSet<usize> {
        let mut step: BTreeSet<usize> = kept.union(&added).copied().collect();
        let mut left_out: Vec<BTreeSet<usize>> = Vec::new();
        self.look_ahead(&step);
        loop {
            let found = self.trial(&step);
            let out = if found.is_empty() {
                let out = self.too_early(&step);
                if out.is_empty() {
                    break;
                }
                out
            } else {
                let out = self.culprits(&step, &kept, &found);
                self.bar(&out, &found);
                left_out.push(out.clone());
                out
            };
            step.retain(|action| !out.contains(action));
        }
        self.add_left_out(step, left_out)
    }

    /// Notes why actions have to wait: an error of their entry, else the first.
    fn bar(&mut self, out: &BTreeSet<usize>, found: &[EntryDiagnostic]) {
        for &action in out {
            let name = self.graph.name_of(action);
            let own = found.iter().find(|found| found.entry == *name);
            if let Some(found) = own.or(found.first()) {
                self.barred.insert(action, found.clone());
            }
        }
    }

    /// Adds what was left out again where it does no harm: one by one, then what was left out together.
    fn add_left_out(&mut self, step: BTreeSet<usize>, left_out: Vec<BTreeSet<usize>>) -> BTreeSet<usize> {
        let mut tries: Vec<BTreeSet<usize>> = Vec::new();
        if left_out.iter().any(|out| out.len() > 1) || left_out.len() > 1 {
            tries.extend(left_out.iter().flatten().map(|&action| BTreeSet::from([action])));
        }
        tries.extend(left_out.iter().filter(|out| out.len() > 1).cloned());
        if left_out.len() > 1 {
            tries.push(left_out.iter().flatten().copied().collect());
        }
        let mut more_of_it = step.clone();
        for more in tries {
            if more.is_subset(&more_of_it) {
                continue;
            }
            let both: BTreeSet<usize> = more_of_it.union(&more).copied().collect();
            let found = self.trial(&both);
            if found.is_empty() {
                more_of_it = both;
            } else if let Some(&action) = more.first().filter(|_| more.len() == 1) {
                self.note_waiting(action, &found);
            }
        }
        // Actions that are too early are left out; if the rest is not valid then, all that were added are.
        while more_of_it.len() > step.len() {
            if !self.trial(&more_of_it).is_empty() {
                return step;
            }
            let out = self.too_early(&more_of_it);
            if out.is_empty() {
                break;
            }
            more_of_it.retain(|action| !out.contains(action));
        }
        more_of_it
    }

    /// Notes that an action need not be tried before something is deleted from its table, where that is what it breaks
    /// a rule with.
    fn note_waiting(&mut self, action: usize, found: &[EntryDiagnostic]) {
        let table = &self.graph.name_of(action).table;
        let among_table = |found: &EntryDiagnostic| {
            found.entry.table == *table
                && matches!(
                    found.diagnostic.rule,
                    Rule::Lanes | Rule::PeerRange | Rule::Unique | Rule::Duplicate | Rule::MaxElements
                )
        };
        if found.iter().all(among_table) {
            let count = self.gone_from.get(table).copied().unwrap_or_default();
            self.waiting_for.insert(action, count);
        }
    }

    /// Ready actions that are known to break a rule with entries of their table, where none of these was deleted since,
    /// nor is with the ready actions.
    pub(super) fn held_by_table(&self) -> BTreeSet<usize> {
        let table = |action: usize| self.graph.name_of(action).table.as_str();
        if self.waiting_for.is_empty() {
            return BTreeSet::new();
        }
        let going = self.ready.iter().filter(|&&action| self.takes_away(action));
        let going: BTreeSet<&str> = going.map(|&action| table(action)).collect();
        let waiting = self.waiting_for.iter().filter(|&(&action, count)| {
            let gone = self.gone_from.get(table(action)).copied().unwrap_or_default();
            gone == *count && !going.contains(table(action))
        });
        waiting.map(|(&action, _)| action).collect()
    }

    pub(super) fn takes_away(&self, action: usize) -> bool {
        matches!(
            self.graph.actions[action].kind,
            ActionKind::Delete | ActionKind::Edit | ActionKind::Clear(_)
        )
    }

    /// The actions that make a step invalid: those on the entries that are not valid, else those without
    /// which they would be.
    fn culprits(
        &mut self,
        step: &BTreeSet<usize>,
        kept: &BTreeSet<usize>,
        found: &[EntryDiagnostic],
    ) -> BTreeSet<usize> {
        let mut by_entry: FxHashMap<&EntryName, Vec<usize>> = FxHashMap::default();
        for &action in step {
            let name = self.graph.name_of(action);
            by_entry.entry(name).or_default().push(action);
        }
        let mut out = BTreeSet::new();
        let mut others = Vec::new();
        for found in found {
            let own = by_entry.get(&found.entry);
            let own = own
                .into_iter()
                .flatten()
                .copied()
                .filter(|action| !kept.contains(action));
            let before = out.len();
            out.extend(own);
            if out.len() == before {
                others.push(found);
            }
        }
        if !out.is_empty() {
            return out;
        }
        let may_matter = |action: &usize| {
            let table = &self.graph.name_of(*action).table;
            others.iter().any(|found| match found.diagnostic.rule {
                Rule::Must | Rule::When => self.validator.conditions_look_at(&found.entry.table, table),
                Rule::LeafRef | Rule::InvalidValue => true,
                _ => found.entry.table == *table,
            })
        };
        let candidates = step.iter().filter(|action| !kept.contains(action));
        let candidates: Vec<usize> = candidates.copied().filter(may_matter).collect();
        for action in candidates {
            let mut fewer = step.clone();
            fewer.remove(&action);
            let left = self.trial(&fewer);
            if others.iter().any(|found| !left.contains(found)) {
                out.insert(action);
            }
        }
        if out.is_empty() {
            out = step.difference(kept).copied().collect();
        }
        if out.is_empty() {
            // Nothing but what was valid before is left, and it is not: start anew.
            out.clone_from(step);
        }
        out
    }
}
