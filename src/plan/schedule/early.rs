//! What has to wait for others of the same step, because a condition turns on whether they are there.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use rustc_hash::FxHashMap;

use crate::config::{EntryName, Write};
use crate::plan::graph::{Kind, Tie};
use crate::plan::involved::tried;
use crate::validate::Found;

use super::Scheduler;

impl Scheduler<'_, '_, '_> {
    /// The actions of a valid step that have to wait for others of it, because a condition of one entry
    /// turns on whether another one is there. What needs each other stays together.
    pub(super) fn too_early(&mut self, step: &BTreeSet<usize>) -> BTreeSet<usize> {
        let mut by_entry: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for &action in step {
            by_entry
                .entry(self.graph.actions[action].entry)
                .or_default()
                .push(action);
        }
        let mut tables: BTreeMap<&str, usize> = BTreeMap::new();
        for &at in by_entry.keys() {
            *tables.entry(&self.graph.entries[at].name.table).or_default() += 1;
        }
        // The tables at which conditions of what is done besides look.
        let looked_at: BTreeSet<&str> = tables
            .keys()
            .copied()
            .filter(|table| {
                tables.iter().any(|(other, count)| {
                    (other != table || *count > 1) && self.validator.conditions_look_at(other, table)
                })
            })
            .collect();
        let moving: Vec<usize> = by_entry
            .iter()
            .filter(|(at, actions)| {
                let moves =
                    |&action: &usize| matches!(self.graph.actions[action].kind, Kind::Come | Kind::Leave);
                looked_at.contains(self.graph.entries[**at].name.table.as_str()) && actions.iter().any(moves)
            })
            .map(|(&at, _)| at)
            .collect();
        if moving.is_empty() {
            return BTreeSet::new();
        }
        let positions: FxHashMap<EntryName, usize> = by_entry
            .keys()
            .map(|&at| (self.graph.entries[at].name.clone(), at))
            .collect();
        let none = BTreeSet::new();
        let writes: Vec<(usize, Write, Write)> = moving
            .into_iter()
            .map(|at| (at, self.write_after(at, step), self.write_after(at, &none)))
            .collect();
        self.try_out(step);
        // From an entry to those that have to wait for it.
        let mut ties: BTreeSet<(usize, usize)> = BTreeSet::new();
        let turned = |found: &[Found], at: usize| -> Vec<usize> {
            let conditions = found.iter().filter(|found| found.is_condition());
            let others = conditions.filter_map(|found| positions.get(&found.entry).copied());
            others.filter(|&other| other != at).collect()
        };
        for (at, to, from) in &writes {
            let update = tried(
                self.validator,
                std::slice::from_ref(from),
                std::slice::from_ref(to),
            );
            ties.extend(turned(&update.new, *at).into_iter().map(|other| (*at, other)));
        }
        self.try_out(&none);
        for (at, to, from) in &writes {
            let update = tried(
                self.validator,
                std::slice::from_ref(to),
                std::slice::from_ref(from),
            );
            ties.extend(turned(&update.new, *at).into_iter().map(|other| (other, *at)));
        }
        let ties = self.without_bound(&by_entry, ties);
        self.wait(&by_entry, &ties)
    }

    /// Ties of two entries less those of which an entry that the step does not write wants both done
    /// together: with one of them alone a condition of it would not hold.
    fn without_bound(
        &mut self,
        by_entry: &BTreeMap<usize, Vec<usize>>,
        ties: BTreeSet<(usize, usize)>,
    ) -> BTreeSet<(usize, usize)> {
        if ties.is_empty() {
            return ties;
        }
        let written: BTreeSet<EntryName> = by_entry
            .keys()
            .map(|&at| self.graph.entries[at].name.clone())
            .collect();
        let mut outside = |only: &dyn Fn(usize) -> bool| {
            let some = by_entry.iter().filter(|(at, _)| only(**at));
            let some: BTreeSet<usize> = some.flat_map(|(_, actions)| actions).copied().collect();
            let mut found = self.trial(&some);
            found.retain(|found| found.is_condition() && !written.contains(&found.entry));
            found
        };
        let firsts: BTreeSet<usize> = ties.iter().map(|&(first, _)| first).collect();
        let thens: BTreeSet<usize> = ties.iter().map(|&(_, then)| then).collect();
        let early: BTreeMap<usize, Vec<Found>> = firsts
            .into_iter()
            .map(|first| (first, outside(&|at| at == first)))
            .collect();
        let without: BTreeMap<usize, Vec<Found>> = thens
            .into_iter()
            .map(|then| (then, outside(&|at| at != then)))
            .collect();
        let mut kept = ties;
        kept.retain(|&(first, then)| {
            let early = &early[&first];
            let without = &without[&then];
            let both = |found: &[Found]| !early.is_empty() && early.iter().any(|one| !found.contains(one));
            let neither =
                |found: &[Found]| !without.is_empty() && without.iter().any(|one| !found.contains(one));
            let bound = !early.is_empty() && both(&outside(&|at| at == first || at == then))
                || !without.is_empty() && neither(&outside(&|at| at != first && at != then));
            !bound
        });
        kept
    }

    /// Notes that the actions on some entries come after those on others; gives those that wait.
    fn wait(
        &mut self,
        by_entry: &BTreeMap<usize, Vec<usize>>,
        ties: &BTreeSet<(usize, usize)>,
    ) -> BTreeSet<usize> {
        if ties.is_empty() {
            return BTreeSet::new();
        }
        let entries: Vec<usize> = by_entry.keys().copied().collect();
        let node = |at: usize| NodeIndex::new(entries.partition_point(|&other| other < at));
        let mut graph: DiGraph<(), ()> = DiGraph::new();
        entries.iter().for_each(|_| {
            graph.add_node(());
        });
        for &(before, after) in ties {
            graph.add_edge(node(before), node(after), ());
        }
        let mut component = vec![0; entries.len()];
        for (number, members) in tarjan_scc(&graph).iter().enumerate() {
            members
                .iter()
                .for_each(|member| component[member.index()] = number);
        }
        let mut waiting = BTreeSet::new();
        for &(before, after) in ties {
            if component[node(before).index()] == component[node(after).index()] {
                continue;
            }
            for &later in &by_entry[&after] {
                for &earlier in &by_entry[&before] {
                    self.graph.before[later].push((earlier, Tie::Condition));
                    self.after[earlier].push(later);
                    self.waiting[later] += 1;
                }
                self.ready.remove(&later);
                waiting.insert(later);
            }
        }
        waiting
    }
}
