//! The actions of a plan and the order that references and rules put them in.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use rustc_hash::FxHashMap;
use serde_json::Value;

use crate::config::EntryName;
use crate::policy::Policy;
use crate::validate::{Part, Reference, Validator};

use super::content::{has_value, without};
use super::involved::{Cause, Ends, Involved, Involvement, has_errors, holders_of, tried, write};

/// What is done to an entry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
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
    by_what: BTreeMap<(usize, Kind), usize>,
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
        let references: Vec<(Vec<Reference>, Vec<Reference>)> = entries
            .iter()
            .map(|entry| {
                let of = |validator: &Validator, value: Option<&Value>| {
                    value.map_or_else(Vec::new, |_| validator.references_from(&entry.name))
                };
                (of(ends.current, entry.current), of(ends.target, entry.target))
            })
            .collect();
        let positions: BTreeMap<EntryName, usize> = entries
            .iter()
            .enumerate()
            .map(|(at, entry)| (entry.name.clone(), at))
            .collect();
        loop {
            let mut graph = Graph {
                entries,
                actions: Vec::new(),
                before: Vec::new(),
                not_after: Vec::new(),
                by_what: BTreeMap::new(),
            };
            graph.add_actions(policy, &positions);
            let tied = graph.tie_references(&positions, &references);
            graph.tie_untouched(&positions, ends);
            graph.tie_holders(policy, &positions);
            graph.tie_needs(&positions);
            if !involvement.shares_lanes(policy) {
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
        self.by_what.insert((entry, kind.clone()), at);
        self.actions.push(Action { entry, kind });
        self.before.push(Vec::new());
        self.not_after.push(Vec::new());
        at
    }

    /// The action of a kind on an entry.
    pub fn action(&self, entry: usize, kind: &Kind) -> Option<usize> {
        self.by_what.get(&(entry, kind.clone())).copied()
    }

    fn tie(&mut self, before: Option<usize>, after: Option<usize>, tie: Tie) {
        if let (Some(before), Some(after)) = (before, after)
            && before != after
        {
            self.before[after].push((before, tie));
        }
    }

    fn add_actions(&mut self, policy: &Policy, positions: &BTreeMap<EntryName, usize>) {
        for at in 0..self.entries.len() {
            let entry = &self.entries[at];
            let (leaves, comes, edited) = (entry.leaves(), entry.comes(), entry.is_edited());
            let (down, up) = self.down_and_up(policy, positions, at);
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
    fn down_and_up(
        &self,
        policy: &Policy,
        positions: &BTreeMap<EntryName, usize>,
        at: usize,
    ) -> (bool, bool) {
        let entry = &self.entries[at];
        let Some((rule, _)) = &entry.taken_down else {
            return (false, false);
        };
        let rule = &policy.changes_while[*rule];
        let is_up = |value: Option<&Value>| value.is_some_and(|value| !has_value(value, rule));
        let (before, after) = (is_up(entry.current), is_up(entry.target));
        if entry.stays() && entry.bounced.is_none() {
            return (before && after, before && after);
        }
        let dependents = || {
            let tables = rule.tables.iter();
            let range = tables.flat_map(|table| {
                let first = EntryName::new(table.as_str(), "");
                let same = move |(name, _): &(&EntryName, &usize)| name.table == *table;
                positions.range(first..).take_while(same)
            });
            range
                .filter(|(name, _)| holders_of(rule, name).any(|holder| holder == entry.name))
                .map(|(_, &at)| &self.entries[at])
        };
        let down = before && dependents().any(|other| other.current.is_some());
        let up = after && dependents().any(|other| other.target.is_some());
        (down, up)
    }

    /// The action with which an entry loses what it has in a part now.
    fn losing(&self, at: usize, part: &Part) -> Option<usize> {
        let detach = self.action(at, &Kind::Detach(part.clone()));
        let edit = || {
            self.action(at, &Kind::Edit)
                .filter(|_| !self.entries[at].keeps(part))
        };
        detach.or_else(|| self.action(at, &Kind::Leave)).or_else(edit)
    }

    /// The action with which an entry gets what it shall have in a part.
    fn bringing(&self, at: usize, part: &Part) -> Option<usize> {
        let attach = self.action(at, &Kind::Attach(part.clone()));
        let edit = || {
            self.action(at, &Kind::Edit)
                .filter(|_| !self.entries[at].keeps(part))
        };
        attach.or_else(|| self.action(at, &Kind::Come)).or_else(edit)
    }

    /// Puts what refers to something after it, and before it on the way out. Gives the references that
    /// made a tie: the later action on the way in, the earlier one on the way out.
    fn tie_references(
        &mut self,
        positions: &BTreeMap<EntryName, usize>,
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
        positions: &BTreeMap<EntryName, usize>,
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
        positions: &BTreeMap<EntryName, usize>,
    ) {
        let table = |reference: &Reference| reference.to.first().map(|(to, _)| to.table.clone());
        let same = |next: &&Reference| next.via == reference.via && table(next) == table(reference);
        for (name, part) in after.iter().filter(same).flat_map(|next| &next.to) {
            let source = positions.get(name).and_then(|&to| self.bringing(to, part));
            self.tie(source, Some(later), Tie::ReferredBy);
        }
    }

    /// The same for references of entries that the plan does not write.
    fn tie_untouched(&mut self, positions: &BTreeMap<EntryName, usize>, ends: &Ends) {
        let mut references = BTreeSet::new();
        for entry in self.entries.iter().filter(|entry| entry.current.is_some()) {
            let to = ends.current.references_to(&entry.name).into_iter();
            references.extend(to.filter(|reference| !positions.contains_key(&reference.from)));
        }
        for reference in references {
            let losses: Option<Vec<usize>> = reference
                .to
                .iter()
                .map(|(name, part)| positions.get(name).and_then(|&to| self.losing(to, part)))
                .collect();
            let Some(losses) = losses else { continue };
            let after = ends.target.references_from(&reference.from);
            for later in losses {
                self.tie_taking_over(&reference, &after, later, positions);
            }
        }
    }

    /// Puts changes that need a port down between its going down and its coming up.
    fn tie_holders(&mut self, policy: &Policy, positions: &BTreeMap<EntryName, usize>) {
        for at in 0..self.actions.len() {
            let name = &self.entries[self.actions[at].entry].name;
            let rules = policy.changes_while.iter();
            let holders: Vec<usize> = rules
                .filter(|rule| rule.tables.contains(&name.table))
                .flat_map(|rule| holders_of(rule, name))
                .filter_map(|holder| positions.get(&holder).copied())
                .collect();
            for holder in holders {
                let entry = &self.entries[holder];
                let Some((rule, _)) = &entry.taken_down else {
                    continue;
                };
                let rule = &policy.changes_while[*rule];
                let is_up = |value: Option<&Value>| value.is_some_and(|value| !has_value(value, rule));
                let edit = self.action(holder, &Kind::Edit);
                let (before, after) = (is_up(entry.current), is_up(entry.target));
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
    fn tie_lanes(&mut self, policy: &Policy) {
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
    fn tie_needs(&mut self, positions: &BTreeMap<EntryName, usize>) {
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

    fn circles(&self) -> Vec<Vec<usize>> {
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
    fn edits_in(&self, circles: &[Vec<usize>]) -> BTreeSet<EntryName> {
        let actions = circles.iter().flatten().map(|&at| &self.actions[at]);
        let edits = actions.filter(|action| action.kind == Kind::Edit);
        edits
            .map(|action| self.entries[action.entry].name.clone())
            .collect()
    }

    /// Lets entries of circles lose parts early, or get them late. Says whether that changed anything.
    fn break_circles(
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
    fn split_edits(
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

    /// The entries whose going and coming, or being down, makes each entry go, lose something or be
    /// taken down: the roots of interruption.
    pub fn roots(&self, policy: &Policy) -> Vec<BTreeSet<usize>> {
        let positions: BTreeMap<&EntryName, usize> = self
            .entries
            .iter()
            .enumerate()
            .map(|(at, entry)| (&entry.name, at))
            .collect();
        let mut roots: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); self.entries.len()];
        let mut causes: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); self.entries.len()];
        for (at, entry) in self.entries.iter().enumerate() {
            match &entry.bounced {
                Some(Cause::CreateOnly(_)) => {
                    roots[at].insert(at);
                }
                Some(Cause::Follows(others)) => {
                    let others = others.iter().filter_map(|name| positions.get(name));
                    causes[at].extend(others);
                    // What comes and goes for good interrupts nothing.
                    if causes[at]
                        .iter()
                        .all(|&other| self.entries[other].bounced.is_none())
                    {
                        roots[at].insert(at);
                    }
                }
                None => {
                    let others = entry.detached.values().flatten();
                    causes[at].extend(others.filter_map(|name| positions.get(name)));
                }
            }
            for rule in &policy.changes_while {
                if !rule.tables.contains(&entry.name.table) {
                    continue;
                }
                for holder in holders_of(rule, &entry.name) {
                    let Some(&holder) = positions.get(&holder) else {
                        continue;
                    };
                    if self.action(holder, &Kind::Down).is_none() || !self.entries[holder].stays() {
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
