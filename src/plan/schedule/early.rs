//! What has to wait for others of the same step, because a condition turns on whether they are there.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use crate::config::EntryName;
use crate::plan::graph::{ActionKind, EdgeKind};
use crate::validate::EntryDiagnostic;

use super::trial::{Content, End};
use super::{Own, Scheduler};

impl Scheduler<'_, '_, '_> {
    /// The actions of a valid step that have to wait for others of it, because a condition of one entry
    /// turns on whether another one is there. What needs each other stays together.
    pub(super) fn too_early(&mut self, step: &BTreeSet<usize>) -> BTreeSet<usize> {
        let by_entry = self.by_entry(step);
        let moving = self.moving(&by_entry);
        if moving.is_empty() {
            return BTreeSet::new();
        }
        self.note_alone(&by_entry, &moving);
        // From an entry to those that have to wait for it.
        let mut edges: BTreeSet<(usize, usize)> = BTreeSet::new();
        for &at in &moving {
            let turned = self.alone.get(&(at, by_entry[&at].clone()));
            let turned = turned.map_or(&[][..], Vec::as_slice);
            edges.extend(self.others(turned, at, &by_entry).map(|other| (other, at)));
        }
        self.try_out(step);
        let none = BTreeSet::new();
        for at in moving {
            let done = self.content_after(at, step);
            let undone = self.content_after(at, &none);
            let turned = self.turned(&undone, &done);
            edges.extend(self.others(&turned, at, &by_entry).map(|other| (at, other)));
        }
        let edges = self.without_bound(&by_entry, edges);
        self.wait(&by_entry, &edges)
    }

    /// The positions of some entries: those of the step, other than the one at `at`.
    fn others<'x>(
        &'x self,
        names: &'x [EntryName],
        at: usize,
        by_entry: &'x BTreeMap<usize, Own>,
    ) -> impl Iterator<Item = usize> + 'x {
        let known = names.iter().filter_map(|name| self.positions.get(name).copied());
        known.filter(move |other| *other != at && by_entry.contains_key(other))
    }

    /// Finds in advance, while the validator holds nothing of the step that is being made, the answers that are needed
    /// if some actions are a valid step: later they would have to be undone for that.
    pub(super) fn look_ahead(&mut self, step: &BTreeSet<usize>) {
        if self.tried.is_empty() {
            let by_entry = self.by_entry(step);
            let moving = self.moving(&by_entry);
            self.note_alone(&by_entry, &moving);
        }
    }

    /// Actions by their entries.
    fn by_entry(&self, step: &BTreeSet<usize>) -> BTreeMap<usize, Own> {
        let mut by_entry: BTreeMap<usize, Own> = BTreeMap::new();
        for &action in step {
            let actions = by_entry.entry(self.graph.actions[action].entry);
            actions.or_default().push(action);
        }
        by_entry
    }

    /// The entries of a step that come or go, and at which conditions of others of it may look.
    fn moving(&self, by_entry: &BTreeMap<usize, Own>) -> Vec<usize> {
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
        by_entry
            .iter()
            .filter(|(at, actions)| {
                let moves = |&action: &usize| {
                    matches!(
                        self.graph.actions[action].kind,
                        ActionKind::Create | ActionKind::Delete
                    )
                };
                looked_at.contains(self.graph.entries[**at].name.table.as_str()) && actions.iter().any(moves)
            })
            .map(|(&at, _)| at)
            .collect()
    }

    /// Notes of which entries a condition fails where nothing but the actions on one entry is done, for
    /// each of some entries.
    fn note_alone(&mut self, by_entry: &BTreeMap<usize, Own>, moving: &[usize]) {
        let none = BTreeSet::new();
        for &at in moving {
            let own = (at, by_entry[&at].clone());
            if self.alone.contains_key(&own) {
                continue;
            }
            self.try_out(&none);
            let done = self.content_after(at, &own.1.iter().copied().collect());
            let undone = self.content_after(at, &none);
            let turned = self.turned(&done, &undone);
            self.alone.insert(own, turned);
        }
    }

    /// Ties of two entries less those of which an entry that the step does not write wants both done
    /// together: with one of them alone a condition of it would not hold.
    fn without_bound(
        &mut self,
        by_entry: &BTreeMap<usize, Own>,
        edges: BTreeSet<(usize, usize)>,
    ) -> BTreeSet<(usize, usize)> {
        if edges.is_empty() {
            return edges;
        }
        let written: BTreeSet<EntryName> = by_entry
            .keys()
            .map(|&at| self.graph.entries[at].name.clone())
            .collect();
        let firsts: BTreeSet<usize> = edges.iter().map(|&(first, _)| first).collect();
        let thens: BTreeSet<usize> = edges.iter().map(|&(_, then)| then).collect();
        // Of most it is known that alone they do nothing to others.
        let is_harmless = |first: &&usize| {
            let alone = self.alone.get(&(**first, by_entry[*first].clone()));
            alone.is_some_and(|turned| turned.iter().all(|name| written.contains(name)))
        };
        let harmless: BTreeSet<usize> = firsts.iter().filter(is_harmless).copied().collect();
        let mut outside = |only: &dyn Fn(usize) -> bool| {
            let some = by_entry.iter().filter(|(at, _)| only(**at));
            let some: BTreeSet<usize> = some.flat_map(|(_, actions)| actions).copied().collect();
            let mut found = self.trial(&some);
            found.retain(|found| found.is_condition() && !written.contains(&found.entry));
            found
        };
        let early: BTreeMap<usize, Vec<EntryDiagnostic>> = firsts
            .into_iter()
            .map(|first| match harmless.contains(&first) {
                true => (first, Vec::new()),
                false => (first, outside(&|at| at == first)),
            })
            .collect();
        let without: BTreeMap<usize, Vec<EntryDiagnostic>> = thens
            .into_iter()
            .map(|then| (then, outside(&|at| at != then)))
            .collect();
        let mut kept = edges;
        kept.retain(|&(first, then)| {
            let early = &early[&first];
            let without = &without[&then];
            let both =
                |found: &[EntryDiagnostic]| !early.is_empty() && early.iter().any(|one| !found.contains(one));
            let neither = |found: &[EntryDiagnostic]| {
                !without.is_empty() && without.iter().any(|one| !found.contains(one))
            };
            let bound = !early.is_empty() && both(&outside(&|at| at == first || at == then))
                || !without.is_empty() && neither(&outside(&|at| at != first && at != then));
            !bound
        });
        kept
    }

    /// Notes that the actions on some entries come after those on others; gives those that wait.
    fn wait(&mut self, by_entry: &BTreeMap<usize, Own>, edges: &BTreeSet<(usize, usize)>) -> BTreeSet<usize> {
        if edges.is_empty() {
            return BTreeSet::new();
        }
        let entries: Vec<usize> = by_entry.keys().copied().collect();
        let node = |at: usize| NodeIndex::new(entries.partition_point(|&other| other < at));
        let mut graph: DiGraph<(), ()> = DiGraph::new();
        entries.iter().for_each(|_| {
            graph.add_node(());
        });
        for &(before, after) in edges {
            graph.add_edge(node(before), node(after), ());
        }
        let mut component = vec![0; entries.len()];
        for (number, members) in tarjan_scc(&graph).iter().enumerate() {
            members
                .iter()
                .for_each(|member| component[member.index()] = number);
        }
        let mut waiting = BTreeSet::new();
        for &(before, after) in edges {
            if component[node(before).index()] == component[node(after).index()] {
                continue;
            }
            for &later in &by_entry[&after] {
                for &earlier in &by_entry[&before] {
                    self.graph.before[later].push((earlier, EdgeKind::Condition));
                    self.after[earlier].push(later);
                    self.waiting[later] += 1;
                }
                self.ready.remove(&later);
                waiting.insert(later);
            }
        }
        waiting
    }

    /// The entries of which a condition fails once an entry has another value; that value is then undone.
    fn turned(&mut self, there: &Content, back: &Content) -> Vec<EntryName> {
        if !self.may_turn(there, back) {
            return Vec::new();
        }
        let (there, back) = (there.write(self.graph), back.write(self.graph));
        self.validator.failing_conditions([there], [back])
    }

    /// Whether a condition may depend on another value of an entry. It does not where the entry is deleted and no
    /// condition read it, nor where it is created and no condition looked for it.
    fn may_turn(&mut self, there: &Content, back: &Content) -> bool {
        let at = there.at;
        let name = &self.graph.entries[at].name;
        if there.value.is_none() {
            let Some(seen) = self.validator.seen(name) else {
                return true;
            };
            let is_looked_at = self.validator.is_looked_at(&seen);
            if let Some(form) = back.form {
                self.seen.insert((at, form), seen);
            }
            return is_looked_at;
        }
        let Some(form) = there.form.filter(|_| back.value.is_none()) else {
            return true;
        };
        if form.end == End::Target && !self.seen.contains_key(&(at, form)) {
            let seen = match form.down.map(|rule| &self.policy.change_requires[rule]) {
                None => self.target.seen(name),
                Some(rule) => self.target.seen_with(name, &rule.field, &rule.value),
            };
            self.seen.extend(seen.map(|seen| ((at, form), seen)));
        }
        let seen = self.seen.get(&(at, form));
        seen.is_none_or(|seen| self.validator.is_looked_for(name, seen))
    }
}
