//! The actions of a plan and the order that references and rules put them in.

mod cycles;
mod edges;
mod roots;

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use crate::config::EntryName;
use crate::policy::{LocalSystemPorts, Policy};
use crate::validate::{EntryPart, Reference, Validator};

use crate::plan::affected::{AffectedEntry, AffectedSet};
use crate::plan::config_pair::ConfigPair;
use crate::plan::content::is_up;

/// The position of each entry among those that are affected.
type Positions = FxHashMap<EntryName, usize>;

/// What is done to an entry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ActionKind {
    /// The entry is deleted.
    Delete,
    /// The entry is created.
    Create,
    /// It becomes what it shall be.
    Edit,
    /// It is taken down.
    Down,
    /// It is brought up again.
    Up,
    /// It loses a part.
    Clear(EntryPart),
    /// It gets a part.
    Set(EntryPart),
}

/// One thing that is done to one entry.
#[derive(Debug)]
pub struct Action {
    /// The entry, by position.
    pub entry: usize,
    /// The kind of the operation.
    pub kind: ActionKind,
}

/// The actions on one entry.
#[derive(Debug, Clone, Default)]
struct EntryActions {
    /// Those on the whole of it, by what they do.
    whole: [Option<usize>; 5],
    /// Those on parts of it.
    parts: FxHashMap<ActionKind, usize>,
}

impl EntryActions {
    fn place(kind: &ActionKind) -> Option<usize> {
        Some(match kind {
            ActionKind::Delete => 0,
            ActionKind::Create => 1,
            ActionKind::Edit => 2,
            ActionKind::Down => 3,
            ActionKind::Up => 4,
            ActionKind::Clear(_) | ActionKind::Set(_) => return None,
        })
    }

    fn insert(&mut self, kind: &ActionKind, action: usize) {
        match Self::place(kind) {
            Some(place) => self.whole[place] = Some(action),
            None => _ = self.parts.insert(kind.clone(), action),
        }
    }

    fn get(&self, kind: &ActionKind) -> Option<usize> {
        match Self::place(kind) {
            Some(place) => self.whole[place],
            None => self.parts.get(kind).copied(),
        }
    }
}

/// The reason why an action follows another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EdgeKind {
    /// They are done to the same entry.
    Same,
    /// The later one refers to what the earlier one brings.
    RefersTo,
    /// The earlier one gives up a reference to what the later one takes away.
    ReferredBy,
    /// The earlier one takes a port down, or the later one brings it up.
    Down,
    /// A condition of one of them looks at the other.
    Condition,
    /// The earlier one takes a port away whose lanes the later one takes.
    Lanes,
    /// The later one brings what its daemon does not take while what the earlier one takes away is there.
    Conflict,
}

/// The actions with their order.
#[derive(Debug)]
pub struct Graph<'c> {
    /// The entries, in the order of their names.
    pub entries: Vec<AffectedEntry<'c>>,
    /// The actions, by their position.
    pub actions: Vec<Action>,
    /// For each action, those that must be done in an earlier step.
    pub before: Vec<Vec<(usize, EdgeKind)>>,
    /// For each action, those that must not be done in a later step.
    pub not_after: Vec<Vec<usize>>,
    /// Which system ports are those of this switch.
    pub local: LocalSystemPorts,
    /// For each entry its actions, by what they do.
    on: Vec<EntryActions>,
}

impl<'c> Graph<'c> {
    /// Orders the actions of all entries that are involved. Where that leads in a cycle, entries come
    /// without a part at first, or lose it early; edits of the entries in `split` do in any case, where
    /// they give up some references and bring others.
    ///
    /// # Errors
    /// The entries of a cycle that cannot be broken.
    pub fn build(
        policy: &Policy,
        affected: &AffectedSet<'c>,
        split: &BTreeSet<EntryName>,
        pair: &mut ConfigPair,
    ) -> Result<Self, Vec<EntryName>> {
        let mut entries: Vec<AffectedEntry> = affected.entries.values().cloned().collect();
        let mut were_split = split.clone();
        let mut split: Vec<EntryName> = split.iter().cloned().collect();
        // An entry that is not there has none.
        let of = |validator: &mut Validator| -> Vec<Vec<Reference>> {
            let names = entries.iter().map(|entry| &entry.name);
            names.map(|name| validator.references_from(name)).collect()
        };
        let (before, after) = pair.both(entries.len(), of, of);
        let references: Vec<(Vec<Reference>, Vec<Reference>)> = before.into_iter().zip(after).collect();
        let positions: Positions = entries
            .iter()
            .enumerate()
            .map(|(at, entry)| (entry.name.clone(), at))
            .collect();
        let untouched = untouched(&entries, &positions, pair);
        let shared = affected.shares_lanes(policy);
        loop {
            let mut graph = Graph {
                on: vec![EntryActions::default(); entries.len()],
                entries,
                actions: Vec::new(),
                before: Vec::new(),
                not_after: Vec::new(),
                local: affected.local_ports().clone(),
            };
            graph.add_actions(policy);
            let edges_of_parts = graph.add_reference_edges(&positions, &references);
            graph.add_untouched_edges(&untouched, &positions, pair);
            graph.tie_holders(policy, &positions);
            graph.tie_needs(&positions);
            graph.tie_conflicts(policy, shared);
            for before in &mut graph.before {
                before.sort_unstable();
                before.dedup_by_key(|(at, _)| *at);
            }
            let mut cycles = Vec::new();
            if split.is_empty() {
                cycles = graph.cycles();
                if cycles.is_empty() {
                    return Ok(graph);
                }
                let in_cycles = graph.edits_in(&cycles);
                split = in_cycles.difference(&were_split).cloned().collect();
                were_split.extend(in_cycles);
            }
            if !split.is_empty() {
                graph.split_edits(
                    policy,
                    &std::mem::take(&mut split),
                    &positions,
                    &edges_of_parts,
                    pair,
                );
                entries = graph.entries;
                continue;
            }
            let broken = graph.break_cycles(policy, &cycles, &edges_of_parts, pair);
            if !broken {
                let members = cycles.iter().flatten().map(|&at| graph.actions[at].entry);
                let names: BTreeSet<EntryName> = members.map(|at| graph.entries[at].name.clone()).collect();
                return Err(names.into_iter().collect());
            }
            entries = graph.entries;
        }
    }

    fn add(&mut self, entry: usize, kind: ActionKind) -> usize {
        let at = self.actions.len();
        self.on[entry].insert(&kind, at);
        self.actions.push(Action { entry, kind });
        self.before.push(Vec::new());
        self.not_after.push(Vec::new());
        at
    }

    /// The name of the entry that an action is done to.
    pub fn name_of(&self, action: usize) -> &EntryName {
        &self.entries[self.actions[action].entry].name
    }

    /// The action of a kind on an entry.
    pub fn action(&self, entry: usize, kind: &ActionKind) -> Option<usize> {
        self.on[entry].get(kind)
    }

    fn edge(&mut self, before: Option<usize>, after: Option<usize>, edge: EdgeKind) {
        if let (Some(before), Some(after)) = (before, after)
            && before != after
        {
            self.before[after].push((before, edge));
        }
    }

    fn add_actions(&mut self, policy: &Policy) {
        for at in 0..self.entries.len() {
            let entry = &self.entries[at];
            let (deleted, created, edited) = (entry.is_deleted(), entry.is_created(), entry.is_edited());
            let (down, up) = self.down_and_up(policy, at);
            let entry = &self.entries[at];
            let lost: Vec<EntryPart> = entry.detached.keys().chain(&entry.early).cloned().collect();
            let gained: Vec<EntryPart> = entry.detached.keys().chain(&entry.late).cloned().collect();
            let kept: BTreeSet<EntryPart> = entry.detached.keys().cloned().collect();
            let down = down.then(|| self.add(at, ActionKind::Down));
            let delete = deleted.then(|| self.add(at, ActionKind::Delete));
            let create = created.then(|| self.add(at, ActionKind::Create));
            let edit = edited.then(|| self.add(at, ActionKind::Edit));
            let up = up.then(|| self.add(at, ActionKind::Up));
            self.edge(down, delete, EdgeKind::Same);
            self.edge(delete, create, EdgeKind::Same);
            self.edge(create, up, EdgeKind::Same);
            self.edge(down, up, EdgeKind::Same);
            for part in lost {
                let is_kept = kept.contains(&part);
                let clear = Some(self.add(at, ActionKind::Clear(part)));
                self.edge(clear, delete, EdgeKind::Same);
                if !is_kept {
                    self.edge(clear, edit, EdgeKind::Same);
                }
            }
            for part in gained {
                let is_kept = kept.contains(&part);
                let clear = self
                    .action(at, &ActionKind::Clear(part.clone()))
                    .filter(|_| is_kept);
                let set = Some(self.add(at, ActionKind::Set(part)));
                self.edge(clear, set, EdgeKind::Same);
                self.edge(create, set, EdgeKind::Same);
                if !is_kept {
                    self.edge(edit, set, EdgeKind::Same);
                }
            }
        }
    }

    /// Whether an entry is taken down by an action of its own, and whether it is brought up by one.
    fn down_and_up(&self, policy: &Policy, at: usize) -> (bool, bool) {
        let entry = &self.entries[at];
        let Some((rule, _)) = &entry.taken_down else {
            return (false, false);
        };
        let rule = &policy.change_requires[*rule];
        let (before, after) = (is_up(entry.current, rule), is_up(entry.target, rule));
        if entry.stays() && entry.recreated.is_none() {
            return (before && after, before && after);
        }
        let dependents = || {
            let tables = rule.tables.iter();
            let of_tables = tables.flat_map(|table| {
                let first = self.entries.partition_point(|other| other.name.table < *table);
                let same = move |other: &&AffectedEntry| other.name.table == *table;
                self.entries[first..].iter().take_while(same)
            });
            of_tables.filter(|other| {
                rule.of == entry.name.table
                    && other.name.parts().any(|part| part == entry.name.key)
                    && !self.local.is_remote(&other.name)
            })
        };
        let down = before && dependents().any(|other| other.current.is_some());
        let up = after && dependents().any(|other| other.target.is_some());
        (down, up)
    }

    /// The action with which an entry loses what it has in a part now.
    fn losing(&self, at: usize, part: &EntryPart) -> Option<usize> {
        let entry = &self.entries[at];
        let is_lost = entry.detached.contains_key(part) || entry.early.contains(part);
        let clear = is_lost
            .then(|| self.action(at, &ActionKind::Clear(part.clone())))
            .flatten();
        let edit = || {
            self.action(at, &ActionKind::Edit)
                .filter(|_| !self.entries[at].keeps(part))
        };
        clear
            .or_else(|| self.action(at, &ActionKind::Delete))
            .or_else(edit)
    }

    /// The action with which an entry gets what it shall have in a part.
    fn bringing(&self, at: usize, part: &EntryPart) -> Option<usize> {
        let entry = &self.entries[at];
        let is_gained = entry.detached.contains_key(part) || entry.late.contains(part);
        let set = is_gained
            .then(|| self.action(at, &ActionKind::Set(part.clone())))
            .flatten();
        let edit = || {
            self.action(at, &ActionKind::Edit)
                .filter(|_| !self.entries[at].keeps(part))
        };
        set.or_else(|| self.action(at, &ActionKind::Create)).or_else(edit)
    }
}

/// The references of entries that the plan does not write to those that it does, as they are now.
fn untouched(entries: &[AffectedEntry], positions: &Positions, pair: &ConfigPair) -> Vec<Reference> {
    let stand = entries.iter().filter(|entry| entry.current.is_some());
    let to = stand.flat_map(|entry| pair.current.references_to(&entry.name));
    let mut references: Vec<Reference> = to
        .filter(|reference| !positions.contains_key(&reference.from))
        .collect();
    references.sort_unstable();
    references.dedup();
    references
}
