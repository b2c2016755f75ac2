//! The actions of a plan and the order that references and rules put them in.

mod circles;
mod roots;
mod ties;

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use crate::config::EntryName;
use crate::policy::Policy;
use crate::validate::{Part, Reference, Validator};

use crate::plan::content::is_up;
use crate::plan::ends::Ends;
use crate::plan::involved::{Involved, Involvement};

/// Where each entry stands among those that are involved.
type Positions = FxHashMap<EntryName, usize>;

/// What is done to an entry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// It goes.
    Leave,
    /// It comes.
    Come,
    /// It becomes what it shall be.
    Edit,
    /// It is taken down.
    Down,
    /// It is brought up again.
    Up,
    /// It loses a part.
    Detach(Part),
    /// It gets a part.
    Attach(Part),
}

/// One thing that is done to one entry.
#[derive(Debug)]
pub struct Action {
    /// The entry, by position.
    pub entry: usize,
    /// What is done.
    pub kind: Kind,
}

/// The actions on one entry.
#[derive(Debug, Clone, Default)]
struct OnEntry {
    /// Those on the whole of it, by what they do.
    whole: [Option<usize>; 5],
    /// Those on parts of it.
    parts: FxHashMap<Kind, usize>,
}

impl OnEntry {
    fn place(kind: &Kind) -> Option<usize> {
        Some(match kind {
            Kind::Leave => 0,
            Kind::Come => 1,
            Kind::Edit => 2,
            Kind::Down => 3,
            Kind::Up => 4,
            Kind::Detach(_) | Kind::Attach(_) => return None,
        })
    }

    fn insert(&mut self, kind: &Kind, action: usize) {
        match Self::place(kind) {
            Some(place) => self.whole[place] = Some(action),
            None => _ = self.parts.insert(kind.clone(), action),
        }
    }

    fn get(&self, kind: &Kind) -> Option<usize> {
        match Self::place(kind) {
            Some(place) => self.whole[place],
            None => self.parts.get(kind).copied(),
        }
    }
}

/// Why an action comes after another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tie {
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
}

/// The actions with their order.
#[derive(Debug)]
pub struct Graph<'c> {
    /// The entries, in the order of their names.
    pub entries: Vec<Involved<'c>>,
    /// The actions.
    pub actions: Vec<Action>,
    /// For each action, those that must be done in an earlier step.
    pub before: Vec<Vec<(usize, Tie)>>,
    /// For each action, those that must not be done in a later step.
    pub not_after: Vec<Vec<usize>>,
    /// For each entry its actions, by what they do.
    on: Vec<OnEntry>,
}

impl<'c> Graph<'c> {
    /// Orders the actions of all entries that are involved. Where that leads in a circle, entries come
    /// without a part at first, or lose it early; edits of the entries in `split` do in any case, where
    /// they give up some references and bring others.
    ///
    /// # Errors
    /// The entries of a circle that cannot be broken.
    pub fn build(
        policy: &Policy,
        involvement: &Involvement<'c>,
        split: &BTreeSet<EntryName>,
        ends: &mut Ends,
    ) -> Result<Self, Vec<EntryName>> {
        let mut entries: Vec<Involved> = involvement.entries.values().cloned().collect();
        let mut were_split = split.clone();
        let mut split: Vec<EntryName> = split.iter().cloned().collect();
        // An entry that is not there has none.
        let of = |validator: &mut Validator| -> Vec<Vec<Reference>> {
            let names = entries.iter().map(|entry| &entry.name);
            names.map(|name| validator.references_from(name)).collect()
        };
        let (before, after) = ends.both(entries.len(), of, of);
        let references: Vec<(Vec<Reference>, Vec<Reference>)> = before.into_iter().zip(after).collect();
        let positions: Positions = entries
            .iter()
            .enumerate()
            .map(|(at, entry)| (entry.name.clone(), at))
            .collect();
        let untouched = untouched(&entries, &positions, ends);
        let shared = involvement.shares_lanes(policy);
        loop {
            let mut graph = Graph {
                on: vec![OnEntry::default(); entries.len()],
                entries,
                actions: Vec::new(),
                before: Vec::new(),
                not_after: Vec::new(),
            };
            graph.add_actions(policy);
            let tied = graph.tie_references(&positions, &references);
            graph.tie_untouched(&untouched, &positions, ends);
            graph.tie_holders(policy, &positions);
            graph.tie_needs(&positions);
            if !shared {
                graph.tie_lanes(policy);
            }
            for before in &mut graph.before {
                before.sort_unstable();
                before.dedup_by_key(|(at, _)| *at);
            }
            if !split.is_empty() {
                graph.split_edits(&std::mem::take(&mut split), &positions, &tied, ends);
                entries = graph.entries;
                continue;
            }
            let circles = graph.circles();
            if circles.is_empty() {
                return Ok(graph);
            }
            let in_circles = graph.edits_in(&circles);
            if !in_circles.is_subset(&were_split) {
                split = in_circles.difference(&were_split).cloned().collect();
                were_split.extend(in_circles);
                graph.split_edits(&std::mem::take(&mut split), &positions, &tied, ends);
                entries = graph.entries;
                continue;
            }
            let broken = graph.break_circles(&circles, &tied, ends);
            if !broken {
                let members = circles.iter().flatten().map(|&at| graph.actions[at].entry);
                let names: BTreeSet<EntryName> = members.map(|at| graph.entries[at].name.clone()).collect();
                return Err(names.into_iter().collect());
            }
            entries = graph.entries;
        }
    }

    fn add(&mut self, entry: usize, kind: Kind) -> usize {
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
    pub fn action(&self, entry: usize, kind: &Kind) -> Option<usize> {
        self.on[entry].get(kind)
    }

    fn tie(&mut self, before: Option<usize>, after: Option<usize>, tie: Tie) {
        if let (Some(before), Some(after)) = (before, after)
            && before != after
        {
            self.before[after].push((before, tie));
        }
    }

    fn add_actions(&mut self, policy: &Policy) {
        for at in 0..self.entries.len() {
            let entry = &self.entries[at];
            let (leaves, comes, edited) = (entry.leaves(), entry.comes(), entry.is_edited());
            let (down, up) = self.down_and_up(policy, at);
            let entry = &self.entries[at];
            let lost: Vec<Part> = entry.detached.keys().chain(&entry.early).cloned().collect();
            let gained: Vec<Part> = entry.detached.keys().chain(&entry.late).cloned().collect();
            let kept: BTreeSet<Part> = entry.detached.keys().cloned().collect();
            let down = down.then(|| self.add(at, Kind::Down));
            let leave = leaves.then(|| self.add(at, Kind::Leave));
            let come = comes.then(|| self.add(at, Kind::Come));
            let edit = edited.then(|| self.add(at, Kind::Edit));
            let up = up.then(|| self.add(at, Kind::Up));
            self.tie(down, leave, Tie::Same);
            self.tie(leave, come, Tie::Same);
            self.tie(come, up, Tie::Same);
            self.tie(down, up, Tie::Same);
            for part in lost {
                let is_kept = kept.contains(&part);
                let detach = Some(self.add(at, Kind::Detach(part)));
                self.tie(detach, leave, Tie::Same);
                if !is_kept {
                    self.tie(detach, edit, Tie::Same);
                }
            }
            for part in gained {
                let is_kept = kept.contains(&part);
                let detach = self.action(at, &Kind::Detach(part.clone())).filter(|_| is_kept);
                let attach = Some(self.add(at, Kind::Attach(part)));
                self.tie(detach, attach, Tie::Same);
                self.tie(come, attach, Tie::Same);
                if !is_kept {
                    self.tie(edit, attach, Tie::Same);
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
        let rule = &policy.changes_while[*rule];
        let (before, after) = (is_up(entry.current, rule), is_up(entry.target, rule));
        if entry.stays() && entry.bounced.is_none() {
            return (before && after, before && after);
        }
        let dependents = || {
            let tables = rule.tables.iter();
            let of_tables = tables.flat_map(|table| {
                let first = self.entries.partition_point(|other| other.name.table < *table);
                let same = move |other: &&Involved| other.name.table == *table;
                self.entries[first..].iter().take_while(same)
            });
            of_tables.filter(|other| {
                rule.of == entry.name.table && other.name.parts().any(|part| part == entry.name.key)
            })
        };
        let down = before && dependents().any(|other| other.current.is_some());
        let up = after && dependents().any(|other| other.target.is_some());
        (down, up)
    }

    /// The action with which an entry loses what it has in a part now.
    fn losing(&self, at: usize, part: &Part) -> Option<usize> {
        let entry = &self.entries[at];
        let is_lost = entry.detached.contains_key(part) || entry.early.contains(part);
        let detach = is_lost
            .then(|| self.action(at, &Kind::Detach(part.clone())))
            .flatten();
        let edit = || {
            self.action(at, &Kind::Edit)
                .filter(|_| !self.entries[at].keeps(part))
        };
        detach.or_else(|| self.action(at, &Kind::Leave)).or_else(edit)
    }

    /// The action with which an entry gets what it shall have in a part.
    fn bringing(&self, at: usize, part: &Part) -> Option<usize> {
        let entry = &self.entries[at];
        let is_gained = entry.detached.contains_key(part) || entry.late.contains(part);
        let attach = is_gained
            .then(|| self.action(at, &Kind::Attach(part.clone())))
            .flatten();
        let edit = || {
            self.action(at, &Kind::Edit)
                .filter(|_| !self.entries[at].keeps(part))
        };
        attach.or_else(|| self.action(at, &Kind::Come)).or_else(edit)
    }
}

/// The references of entries that the plan does not write to those that it does, as they are now.
fn untouched(entries: &[Involved], positions: &Positions, ends: &Ends) -> Vec<Reference> {
    let stand = entries.iter().filter(|entry| entry.current.is_some());
    let to = stand.flat_map(|entry| ends.current.references_to(&entry.name));
    let mut references: Vec<Reference> = to
        .filter(|reference| !positions.contains_key(&reference.from))
        .collect();
    references.sort_unstable();
    references.dedup();
    references
}
