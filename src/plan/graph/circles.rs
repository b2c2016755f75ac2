//! Orders that lead in a circle, and breaking them: entries lose parts early, or get them late.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use rustc_hash::FxHashMap;
use serde_json::Value;

use crate::config::EntryName;
use crate::plan::content::without;
use crate::plan::involved::{Ends, has_errors, tried, write};
use crate::validate::{Part, Validator};

use super::{Graph, Kind, Tie};

impl<'c> Graph<'c> {
    pub(super) fn circles(&self) -> Vec<Vec<usize>> {
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
        let mut circles: Vec<Vec<usize>> = sorted.collect();
        circles.sort_unstable();
        circles
    }

    /// The entries whose edits are in circles.
    pub(super) fn edits_in(&self, circles: &[Vec<usize>]) -> BTreeSet<EntryName> {
        let actions = circles.iter().flatten().map(|&at| &self.actions[at]);
        let edits = actions.filter(|action| action.kind == Kind::Edit);
        edits
            .map(|action| self.entries[action.entry].name.clone())
            .collect()
    }

    /// Lets entries of circles lose parts early, or get them late. Says whether that changed anything.
    pub(super) fn break_circles(
        &mut self,
        circles: &[Vec<usize>],
        tied: &FxHashMap<(usize, usize), (usize, Part)>,
        ends: &mut Ends,
    ) -> bool {
        let mut broken = false;
        for circle in circles {
            let members: BTreeSet<usize> = circle.iter().copied().collect();
            let mut ties: Vec<(usize, usize)> = circle
                .iter()
                .flat_map(|&after| self.before[after].iter().map(move |&(before, _)| (before, after)))
                .filter(|(before, _)| members.contains(before))
                .collect();
            ties.sort_unstable();
            let mut parts: Vec<(bool, usize, usize, Part)> = Vec::new();
            for (before, after) in ties {
                let Some((at, part)) = tied.get(&(before, after)) else {
                    continue;
                };
                let own = if self.actions[after].entry == *at {
                    after
                } else {
                    before
                };
                if *part != Part::Key {
                    // What is edited is split before what comes or goes.
                    let whole = self.actions[own].kind != Kind::Edit;
                    parts.push((whole, own, *at, part.clone()));
                }
            }
            parts.sort();
            parts.dedup();
            let edits = parts.iter().filter(|(whole, ..)| !whole).count();
            let chosen = if edits > 0 { &parts[..edits] } else { &parts[..] };
            for (_, own, at, part) in chosen {
                let is_new = match self.actions[*own].kind {
                    Kind::Leave => self.split(*at, part, true, false, ends),
                    Kind::Come => self.split(*at, part, false, true, ends),
                    Kind::Edit => self.split(*at, part, true, true, ends),
                    _ => false,
                };
                broken |= is_new;
            }
        }
        broken
    }

    /// Splits edits: references that are given up go before, those that are brought come after.
    pub(super) fn split_edits(
        &mut self,
        names: &[EntryName],
        positions: &BTreeMap<EntryName, usize>,
        tied: &FxHashMap<(usize, usize), (usize, Part)>,
        ends: &mut Ends,
    ) {
        for name in names {
            let Some((at, edit)) = positions
                .get(name)
                .and_then(|&at| Some((at, self.action(at, &Kind::Edit)?)))
            else {
                continue;
            };
            let parts = |side: &dyn Fn(&(usize, usize)) -> usize| -> BTreeSet<Part> {
                let own = tied
                    .iter()
                    .filter(|(pair, (from, _))| *from == at && side(pair) == edit);
                own.map(|(_, (_, part))| part.clone()).collect()
            };
            for part in parts(&|pair| pair.0) {
                self.split(at, &part, true, false, ends);
            }
            for part in parts(&|pair| pair.1) {
                self.split(at, &part, false, true, ends);
            }
        }
    }

    /// The entries whose edits wait for something and are waited for, by references of their own.
    pub fn splittable(&self, pending: &BTreeSet<EntryName>) -> BTreeSet<EntryName> {
        let mut waited_for = BTreeSet::new();
        for before in &self.before {
            let referring = before.iter().filter(|(_, tie)| *tie == Tie::ReferredBy);
            waited_for.extend(referring.map(|&(earlier, _)| earlier));
        }
        let edits = self.actions.iter().enumerate().filter(|(at, action)| {
            action.kind == Kind::Edit
                && waited_for.contains(at)
                && self.before[*at].iter().any(|(_, tie)| *tie == Tie::RefersTo)
        });
        let names = edits.map(|(_, action)| &self.entries[action.entry].name);
        names.filter(|name| pending.contains(*name)).cloned().collect()
    }

    /// Notes that an entry loses a part early, or gets it late, if it can stand without.
    fn split(&mut self, at: usize, part: &Part, early: bool, late: bool, ends: &mut Ends) -> bool {
        let entry = &mut self.entries[at];
        if entry.detached.contains_key(part) {
            return false;
        }
        let can = |validator: &mut Validator, value: Option<&Value>| {
            value.is_some_and(|value| {
                let there = [write(&entry.name, Some(without(value, [part])))];
                let back = [write(&entry.name, Some(value.clone()))];
                without(value, [part]) != *value && !has_errors(&tried(validator, &there, &back))
            })
        };
        let early = early && !entry.early.contains(part) && can(ends.current, entry.current);
        let late = late && !entry.late.contains(part) && can(ends.target, entry.target);
        if early {
            entry.early.insert(part.clone());
        }
        if late {
            entry.late.insert(part.clone());
        }
        early || late
    }
}
