//! Orders that lead in a cycle, and breaking them: entries lose parts early, or get them late.

use std::collections::BTreeSet;

use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use rustc_hash::FxHashMap;
use serde_json::Value;

use crate::config::EntryName;
use crate::plan::affected::AffectedEntry;
use crate::plan::config_pair::{ConfigPair, DiagnosticDelta};
use crate::plan::content::{has_part, without};
use crate::policy::Policy;
use crate::validate::{EntryPart, Validator};

use super::{ActionKind, EdgeKind, Graph, Positions};

impl<'c> Graph<'c> {
    pub(super) fn cycles(&self) -> Vec<Vec<usize>> {
        let mut graph: DiGraph<(), ()> = DiGraph::with_capacity(self.actions.len(), self.actions.len());
        for _ in &self.actions {
            graph.add_node(());
        }
        let before = self
            .before
            .iter()
            .map(|before| before.iter().map(|(before, _)| before));
        for (after, (before, not_after)) in before.zip(&self.not_after).enumerate() {
            for &before in before.chain(not_after) {
                graph.add_edge(NodeIndex::new(before), NodeIndex::new(after), ());
            }
        }
        let components = tarjan_scc(&graph).into_iter().filter(|members| members.len() > 1);
        let sorted = components.map(|members| {
            let mut members: Vec<usize> = members.into_iter().map(NodeIndex::index).collect();
            members.sort_unstable();
            members
        });
        let mut cycles: Vec<Vec<usize>> = sorted.collect();
        cycles.sort_unstable();
        cycles
    }

    /// The entries whose edits are in cycles.
    pub(super) fn edits_in(&self, cycles: &[Vec<usize>]) -> BTreeSet<EntryName> {
        let actions = cycles.iter().flatten().map(|&at| &self.actions[at]);
        let edits = actions.filter(|action| action.kind == ActionKind::Edit);
        edits
            .map(|action| self.entries[action.entry].name.clone())
            .collect()
    }

    /// Lets entries of cycles lose parts early, or get them late. Says whether that changed anything.
    pub(super) fn break_cycles(
        &mut self,
        policy: &Policy,
        cycles: &[Vec<usize>],
        edges_of_parts: &FxHashMap<(usize, usize), (usize, EntryPart)>,
        pair: &mut ConfigPair,
    ) -> bool {
        let mut broken = false;
        for cycle in cycles {
            let members: BTreeSet<usize> = cycle.iter().copied().collect();
            let mut edges: Vec<(usize, usize)> = cycle
                .iter()
                .flat_map(|&after| self.before[after].iter().map(move |&(before, _)| (before, after)))
                .filter(|(before, _)| members.contains(before))
                .collect();
            edges.sort_unstable();
            let mut parts: Vec<(bool, usize, usize, EntryPart)> = Vec::new();
            for (before, after) in edges {
                let Some((at, part)) = edges_of_parts.get(&(before, after)) else {
                    continue;
                };
                let own = if self.actions[after].entry == *at {
                    after
                } else {
                    before
                };
                if *part != EntryPart::Key {
                    // Edits are split before creations and deletions.
                    let whole = self.actions[own].kind != ActionKind::Edit;
                    parts.push((whole, own, *at, part.clone()));
                }
            }
            parts.sort();
            parts.dedup();
            let edits = parts.iter().filter(|(whole, ..)| !whole).count();
            let chosen = if edits > 0 { &parts[..edits] } else { &parts[..] };
            for (_, own, at, part) in chosen {
                let (early, late) = match self.actions[*own].kind {
                    ActionKind::Delete => (true, false),
                    ActionKind::Create => (false, true),
                    ActionKind::Edit => (true, true),
                    _ => continue,
                };
                let entry = &self.entries[*at];
                let part = |wanted: bool, noted: &BTreeSet<EntryPart>| {
                    let is_new = wanted && !noted.contains(part);
                    is_new.then(|| part.clone()).into_iter().collect()
                };
                let wanted = SplitParts {
                    at: *at,
                    early: part(early, &entry.early),
                    late: part(late, &entry.late),
                };
                broken |= self.split(policy, &[wanted], pair);
            }
        }
        broken
    }

    /// Splits edits: references that are given up go before, those that are brought come after.
    pub(super) fn split_edits(
        &mut self,
        policy: &Policy,
        names: &[EntryName],
        positions: &Positions,
        edges_of_parts: &FxHashMap<(usize, usize), (usize, EntryPart)>,
        pair: &mut ConfigPair,
    ) {
        let mut wanted: Vec<SplitParts> = Vec::new();
        for name in names {
            let Some((at, edit)) = positions
                .get(name)
                .and_then(|&at| Some((at, self.action(at, &ActionKind::Edit)?)))
            else {
                continue;
            };
            let parts = |side: &dyn Fn(&(usize, usize)) -> usize| -> BTreeSet<EntryPart> {
                let own = edges_of_parts
                    .iter()
                    .filter(|(pair, (from, _))| *from == at && side(pair) == edit);
                own.map(|(_, (_, part))| part.clone()).collect()
            };
            let (early, late) = (parts(&|pair| pair.0), parts(&|pair| pair.1));
            wanted.push(SplitParts { at, early, late });
        }
        self.split(policy, &wanted, pair);
    }

    /// The entries whose edits wait for something and are waited for, by references of their own.
    pub fn splittable(&self, pending: &BTreeSet<EntryName>) -> BTreeSet<EntryName> {
        let mut waited_for = BTreeSet::new();
        for before in &self.before {
            let referring = before.iter().filter(|(_, edge)| *edge == EdgeKind::ReferredBy);
            waited_for.extend(referring.map(|&(earlier, _)| earlier));
        }
        let edits = self.actions.iter().enumerate().filter(|(at, action)| {
            action.kind == ActionKind::Edit
                && waited_for.contains(at)
                && self.before[*at]
                    .iter()
                    .any(|(_, edge)| *edge == EdgeKind::RefersTo)
        });
        let names = edits.map(|(_, action)| &self.entries[action.entry].name);
        names.filter(|name| pending.contains(*name)).cloned().collect()
    }

    /// Notes that entries lose parts early, or get them late, if they are valid without. Whether any is new.
    fn split(&mut self, policy: &Policy, wanted: &[SplitParts], pair: &mut ConfigPair) -> bool {
        let entries = &self.entries;
        let count = wanted.iter().map(|one| one.early.len() + one.late.len()).sum();
        let (early, late) = pair.both(
            count,
            |current| {
                can_lose(
                    policy,
                    current,
                    entries,
                    wanted,
                    |entry| entry.current,
                    |one| &one.early,
                )
            },
            |target| {
                can_lose(
                    policy,
                    target,
                    entries,
                    wanted,
                    |entry| entry.target,
                    |one| &one.late,
                )
            },
        );
        let mut any = false;
        for (one, (early, late)) in wanted.iter().zip(early.into_iter().zip(late)) {
            let entry = &mut self.entries[one.at];
            for part in early {
                any |= entry.early.insert(part);
            }
            for part in late {
                any |= entry.late.insert(part);
            }
        }
        any
    }
}

/// What an entry shall lose early, or get late, if it can.
struct SplitParts {
    at: usize,
    early: BTreeSet<EntryPart>,
    late: BTreeSet<EntryPart>,
}

/// Those of the parts that are asked for without which the entry is valid.
fn can_lose<'c>(
    policy: &Policy,
    validator: &mut Validator,
    entries: &[AffectedEntry<'c>],
    wanted: &[SplitParts],
    value: impl Fn(&AffectedEntry<'c>) -> Option<&'c Value>,
    parts: impl Fn(&SplitParts) -> &BTreeSet<EntryPart>,
) -> Vec<Vec<EntryPart>> {
    let mut all = Vec::new();
    for one in wanted {
        let entry = &entries[one.at];
        let mut can = Vec::new();
        if let Some(value) = value(entry) {
            // From one attempt to the next: an entry may be large, and to put it back takes as long.
            let mut since = DiagnosticDelta::default();
            let keeps_one = |less: &Value| !policy.loses_last(&entry.name.table, value, less);
            let own = parts(one)
                .iter()
                .filter(|part| !entry.detached.contains_key(part));
            let own: Vec<&EntryPart> = own.filter(|part| has_part(value, part)).collect();
            let tried = !own.is_empty();
            if own.len() > 1 {
                // They are mostly lost together, and lists are long.
                let less = without(value, own.iter().copied());
                since.add(validator.update([entry.name.written_as(Some(&less))]));
                if !since.has_errors() && keeps_one(&less) {
                    can.extend(own.iter().copied().cloned());
                }
            }
            if can.is_empty() {
                for part in own {
                    let less = without(value, [part]);
                    since.add(validator.update([entry.name.written_as(Some(&less))]));
                    if !since.has_errors() && keeps_one(&less) {
                        can.push(part.clone());
                    }
                }
            }
            if tried {
                validator.update([entry.name.written_as(Some(value))]);
            }
        }
        all.push(can);
    }
    all
}
