//! From ordered actions to steps: as many actions as possible in each, every config in between valid.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use rustc_hash::FxHashMap;
use serde_json::Value;

use crate::config::{EntryName, Write};
use crate::policy::Policy;
use crate::validate::{Found, Part, Rule, Severity, Validator};

use super::content::{give_value, without};
use super::graph::{Graph, Kind, Tie};
use super::involved::{tried, write};
use super::limits::{Exceeded, Limits};

/// What has been done to an entry so far.
#[derive(Debug, Clone, PartialEq)]
struct State {
    present: bool,
    /// It is what it shall be, but for what is hidden.
    changed: bool,
    down: bool,
    /// Parts that it has lost of what it was.
    lost: BTreeSet<Part>,
    /// Parts that it has not yet of what it shall be.
    lacking: BTreeSet<Part>,
}

/// Why no step follows.
#[derive(Debug)]
pub enum Stuck {
    /// What is left would interrupt more than is allowed.
    Limit {
        /// Entries whose interruption waits, though others may not end without.
        waiting: Vec<EntryName>,
        /// Those whose interruption has not ended.
        running: Vec<EntryName>,
        /// Which limit.
        exceeded: Exceeded,
    },
    /// No part of what is left leads to a valid config.
    NoOrder(Vec<EntryName>, Vec<Found>),
}

/// Actions in steps.
#[derive(Debug)]
pub struct Scheduled {
    /// The writes of each step.
    pub steps: Vec<Vec<Write>>,
    /// The step of each action.
    pub step_of: Vec<Option<usize>>,
    /// Entries that had to wait for a limit, with the limit.
    pub held: BTreeMap<usize, Exceeded>,
    /// Actions that had to wait, because of an error that they would have brought.
    pub barred: BTreeMap<usize, Found>,
}

/// Puts the actions of a graph into steps. The validator holds the current config, and does so again
/// afterwards. `roots` says for each entry which entries interrupt it, and `first` which interruptions start
/// before others; errors that are `tolerated` do not count.
///
/// # Errors
/// [`Stuck`], and the entries of which something was left to do.
pub fn schedule<'c>(
    policy: &Policy,
    graph: &mut Graph<'c>,
    validator: &mut Validator,
    roots: Vec<BTreeSet<usize>>,
    limits: Limits,
    first: &[EntryName],
    tolerated: &dyn Fn(&Found) -> bool,
) -> Result<Scheduled, (Stuck, BTreeSet<EntryName>)> {
    let back: Vec<Write> = graph
        .entries
        .iter()
        .map(|entry| write(&entry.name, entry.current.cloned()))
        .collect();
    let mut scheduler = Scheduler::new(policy, graph, validator, roots, limits, tolerated);
    let position = |name: &EntryName| {
        scheduler
            .graph
            .entries
            .iter()
            .position(|entry| entry.name == *name)
    };
    scheduler.first = first.iter().filter_map(position).collect();
    let mut steps = Vec::new();
    let stuck = loop {
        match scheduler.next_step() {
            Ok(Some(writes)) => steps.push(writes),
            Ok(None) => break None,
            Err(stuck) => break Some(stuck),
        }
    };
    let pending = scheduler.pending();
    let (step_of, held, barred) = (scheduler.step_of, scheduler.held, scheduler.barred);
    validator.update(&back);
    match stuck {
        Some(stuck) => Err((stuck, pending)),
        None => Ok(Scheduled {
            steps,
            step_of,
            held,
            barred,
        }),
    }
}

/// Makes the steps, one after the other.
struct Scheduler<'a, 'c, 's> {
    policy: &'a Policy,
    graph: &'a mut Graph<'c>,
    validator: &'a mut Validator<'s>,
    roots: Vec<BTreeSet<usize>>,
    limits: Limits,
    /// The actions on each entry.
    actions_on: Vec<Vec<usize>>,
    /// Actions that the validator holds as done, to try something.
    tried: BTreeSet<usize>,
    /// Actions that broke a rule among the entries of their table, when something last went from it.
    waiting_for: BTreeMap<usize, usize>,
    /// By table, how often something went from it or was edited in it.
    gone_from: FxHashMap<String, usize>,
    /// Errors that it has therefore.
    bad: Vec<Found>,
    /// Which errors do not count.
    tolerated: &'a dyn Fn(&Found) -> bool,
    states: Vec<State>,
    /// The step of each action that is done.
    step_of: Vec<Option<usize>>,
    /// How many actions must still be done before each.
    waiting: Vec<usize>,
    after: Vec<Vec<usize>>,
    ready: BTreeSet<usize>,
    started: BTreeSet<usize>,
    /// Roots that have started although the limits left no room.
    borrowed: Vec<usize>,
    /// Roots that start before others.
    first: Vec<usize>,
    /// Roots that had to wait for a limit, with the limit.
    held: BTreeMap<usize, Exceeded>,
    /// Actions that had to wait, because of an error that they would have brought.
    barred: BTreeMap<usize, Found>,
    steps: usize,
}

impl<'a, 'c, 's> Scheduler<'a, 'c, 's> {
    /// A scheduler at the current config, which the validator holds.
    fn new(
        policy: &'a Policy,
        graph: &'a mut Graph<'c>,
        validator: &'a mut Validator<'s>,
        roots: Vec<BTreeSet<usize>>,
        limits: Limits,
        tolerated: &'a dyn Fn(&Found) -> bool,
    ) -> Self {
        let states = graph
            .entries
            .iter()
            .map(|entry| State {
                present: entry.current.is_some(),
                changed: false,
                down: false,
                lost: BTreeSet::new(),
                lacking: entry.late.clone(),
            })
            .collect();
        let mut actions_on = vec![Vec::new(); graph.entries.len()];
        for (at, action) in graph.actions.iter().enumerate() {
            actions_on[action.entry].push(at);
        }
        let mut scheduler = Scheduler {
            policy,
            validator,
            roots,
            limits,
            actions_on,
            tried: BTreeSet::new(),
            waiting_for: BTreeMap::new(),
            gone_from: FxHashMap::default(),
            bad: Vec::new(),
            tolerated,
            states,
            step_of: vec![None; graph.actions.len()],
            waiting: graph.before.iter().map(Vec::len).collect(),
            after: vec![Vec::new(); graph.actions.len()],
            ready: BTreeSet::new(),
            started: BTreeSet::new(),
            borrowed: Vec::new(),
            first: Vec::new(),
            held: BTreeMap::new(),
            barred: BTreeMap::new(),
            steps: 0,
            graph,
        };
        for after in 0..scheduler.graph.actions.len() {
            for &(before, _) in &scheduler.graph.before[after] {
                scheduler.after[before].push(after);
            }
            if scheduler.waiting[after] == 0 {
                scheduler.ready.insert(after);
            }
        }
        scheduler
    }

    /// The writes of the next step; none when all is done.
    ///
    /// # Errors
    /// [`Stuck`]
    fn next_step(&mut self) -> Result<Option<Vec<Write>>, Stuck> {
        if self.ready.is_empty() {
            return Ok(None);
        }
        let step = loop {
            let held = self.held_by_table();
            let (free, gated): (Vec<usize>, Vec<usize>) = self
                .ready
                .iter()
                .copied()
                .filter(|action| !held.contains(action))
                .partition(|&action| self.may_start(action));
            let mut step = self.settle_within_limits(free);
            let starting = self.start(&step, &gated);
            if !starting.is_empty() {
                // With what waited only for something that goes now.
                let more = self.ready.iter().copied().filter(|&action| {
                    !held.contains(&action) && (step.contains(&action) || self.may_start(action))
                });
                let more = self.with_what_goes_before(more.collect()).into_iter().collect();
                let all = self.settle(step.clone(), more);
                if self.borrowed.is_empty() || self.limits.allow(&self.interrupted_after(&all)).is_ok() {
                    step = all;
                } else {
                    let more = step.union(&starting).copied().collect();
                    let more = self.with_what_goes_before(more).into_iter().collect();
                    step = self.settle(step, more);
                }
            }
            if !step.is_empty() {
                break step;
            }
            if !held.is_empty() {
                self.waiting_for.clear();
                continue;
            }
            if !self.first.is_empty() {
                // What was to start before all others cannot.
                self.first.clear();
                continue;
            }
            let Some(root) = self.unblocking(&gated) else {
                return Err(self.why_stuck(&gated));
            };
            self.started.insert(root);
            self.borrowed.push(root);
        };
        let writes = self.writes(&step);
        self.try_out(&step);
        for &action in &step {
            if self.takes_away(action) {
                let table = &self.graph.entries[self.graph.actions[action].entry].name.table;
                *self.gone_from.entry(table.clone()).or_default() += 1;
            }
            self.commit(action);
        }
        self.tried.clear();
        self.bad.clear();
        self.steps += 1;
        Ok(Some(writes))
    }

    /// As much of some actions as can be done in one step, and interrupts no more than is allowed even
    /// where interruptions have started for which there is no room yet.
    fn settle_within_limits(&mut self, free: Vec<usize>) -> BTreeSet<usize> {
        let ready = self.with_what_goes_before(free.clone()).into_iter().collect();
        let step = self.settle(BTreeSet::new(), ready);
        if self.borrowed.is_empty() || self.limits.allow(&self.interrupted_after(&step)).is_ok() {
            return step;
        }
        let borrowed = self.borrowed.iter();
        let with: BTreeSet<usize> = borrowed
            .flat_map(|&root| self.limits.interrupted_by(root))
            .copied()
            .collect();
        let (held, rest): (Vec<usize>, Vec<usize>) = free.into_iter().partition(|&action| {
            let action = &self.graph.actions[action];
            with.contains(&action.entry) && matches!(action.kind, Kind::Leave | Kind::Down)
        });
        let ready = self.with_what_goes_before(rest.clone()).into_iter().collect();
        let mut step = self.settle(BTreeSet::new(), ready);
        for action in held {
            let more: BTreeSet<usize> = rest.iter().chain(&step).chain([&action]).copied().collect();
            let more = self.with_what_goes_before(more.into_iter().collect());
            let more = more.into_iter().collect();
            let all = self.settle(step.clone(), more);
            if all.contains(&action) && self.limits.allow(&self.interrupted_after(&all)).is_ok() {
                step = all;
            }
        }
        step
    }

    /// The entries of which something is left to do.
    fn pending(&self) -> BTreeSet<EntryName> {
        let left = self
            .graph
            .actions
            .iter()
            .zip(&self.step_of)
            .filter(|(_, step)| step.is_none());
        left.map(|(action, _)| self.graph.entries[action.entry].name.clone())
            .collect()
    }

    /// Of some actions those for which all that must not come later is done, or among them.
    fn with_what_goes_before(&self, mut actions: Vec<usize>) -> Vec<usize> {
        loop {
            let together: BTreeSet<usize> = actions.iter().copied().collect();
            let goes = |other: &usize| self.step_of[*other].is_some() || together.contains(other);
            actions.retain(|&action| self.graph.not_after[action].iter().all(goes));
            if actions.len() == together.len() {
                return actions;
            }
        }
    }

    /// Whether an action interrupts nothing, or something that has been allowed to be interrupted.
    fn may_start(&self, action: usize) -> bool {
        let at = self.graph.actions[action].entry;
        let entry = &self.graph.entries[at];
        let interrupts = match &self.graph.actions[action].kind {
            Kind::Leave => entry.bounced.is_some(),
            Kind::Down => entry.interrupted_down || entry.bounced.is_some(),
            Kind::Detach(part) => entry.detached.contains_key(part),
            _ => false,
        };
        !interrupts
            || self.roots[at].is_empty()
            || self.roots[at].iter().any(|root| self.started.contains(root))
    }

    /// Starts as many interruptions as the limits allow, with what `step` restores. Gives the actions
    /// that can be done then.
    fn start(&mut self, step: &BTreeSet<usize>, gated: &[usize]) -> BTreeSet<usize> {
        let mut starting = BTreeSet::new();
        if gated.is_empty() {
            return starting;
        }
        let with = self
            .started
            .iter()
            .flat_map(|&root| self.limits.interrupted_by(root));
        let mut interrupted: BTreeSet<usize> =
            with.copied().filter(|&at| !self.is_restored(at, step)).collect();
        let wanted: BTreeSet<usize> = gated
            .iter()
            .flat_map(|&action| self.roots[self.graph.actions[action].entry].iter().copied())
            .collect();
        let mut by_turns: Vec<usize> = wanted.iter().copied().collect();
        by_turns.sort_by_key(|&root| {
            let first = self.first.iter().position(|&other| other == root);
            let turns = self.limits.turns(root, &wanted);
            (first.unwrap_or(usize::MAX), std::cmp::Reverse(turns), root)
        });
        for root in by_turns {
            let mut first = self.first.iter().take_while(|&&first| first != root);
            if first.any(|first| !self.started.contains(first)) {
                continue;
            }
            match self.limits.admit(root, &interrupted) {
                Ok(()) => {
                    self.started.insert(root);
                    interrupted.extend(self.limits.interrupted_by(root));
                }
                Err(exceeded) => {
                    self.held.entry(root).or_insert(exceeded);
                }
            }
        }
        starting.extend(gated.iter().copied().filter(|&action| self.may_start(action)));
        starting
    }

    /// An interruption for which the limits leave no room, but without which those that have started do
    /// not end: it takes away what something waits for, or what something that comes back cannot stand
    /// beside.
    fn unblocking(&mut self, gated: &[usize]) -> Option<usize> {
        let roots = gated
            .iter()
            .flat_map(|&action| self.roots[self.graph.actions[action].entry].iter().copied());
        let roots: BTreeSet<usize> = roots.filter(|root| !self.started.contains(root)).collect();
        let awaited = self.awaited();
        let blocked: BTreeSet<usize> = self
            .ready
            .iter()
            .copied()
            .filter(|&action| self.may_start(action))
            .collect();
        let found = self.trial(&blocked);
        let names: BTreeSet<EntryName> = blocked
            .iter()
            .map(|&action| self.graph.entries[self.graph.actions[action].entry].name.clone())
            .collect();
        let count = |found: &[Found]| found.iter().filter(|found| names.contains(&found.entry)).count();
        for root in roots {
            let leave = |&at: &usize| {
                let leave = self.graph.action(at, &Kind::Leave)?;
                self.step_of[leave].is_none().then_some(leave)
            };
            let leaves: Vec<usize> = self
                .limits
                .interrupted_by(root)
                .iter()
                .filter_map(leave)
                .collect();
            if leaves.iter().any(|leave| awaited.contains(leave)) {
                return Some(root);
            }
            let mut with = blocked.clone();
            with.extend(leaves);
            if !found.is_empty() && count(&self.trial(&with)) < count(&found) {
                return Some(root);
            }
        }
        None
    }

    /// The actions that something waits for, directly or not, that has started.
    fn awaited(&self) -> BTreeSet<usize> {
        let with = self
            .started
            .iter()
            .flat_map(|&root| self.limits.interrupted_by(root));
        let with: BTreeSet<usize> = with.copied().collect();
        let own = |action: &usize| with.contains(&self.graph.actions[*action].entry);
        let mut open: Vec<usize> = (0..self.graph.actions.len()).filter(own).collect();
        let mut awaited = BTreeSet::new();
        while let Some(action) = open.pop() {
            let before = self.graph.before[action].iter().map(|&(before, _)| before);
            let before = before.chain(self.graph.not_after[action].iter().copied());
            for before in before.filter(|&before| self.step_of[before].is_none()) {
                if awaited.insert(before) {
                    open.push(before);
                }
            }
        }
        awaited
    }

    /// The entries that are away or down for a while once a step is done.
    fn interrupted_after(&self, step: &BTreeSet<usize>) -> BTreeSet<usize> {
        let all = 0..self.graph.entries.len();
        all.filter(|&at| {
            let is_done = |kind| {
                let action = self.graph.action(at, &kind);
                action.is_some_and(|action| self.step_of[action].is_some() || step.contains(&action))
            };
            let entry = &self.graph.entries[at];
            let away = entry.bounced.is_some() && is_done(Kind::Leave) && !is_done(Kind::Come);
            let went_down = is_done(Kind::Down) || is_done(Kind::Come);
            let down = entry.interrupted_down && went_down && !self.is_restored(at, step);
            away || down
        })
        .collect()
    }

    /// Whether an entry is back and up, once a step is done too.
    fn is_restored(&self, at: usize, step: &BTreeSet<usize>) -> bool {
        let is_done = |kind| {
            let action = self.graph.action(at, &kind);
            action.is_none_or(|action| self.step_of[action].is_some() || step.contains(&action))
        };
        is_done(Kind::Come) && is_done(Kind::Up)
    }

    fn why_stuck(&mut self, gated: &[usize]) -> Stuck {
        let mut roots: Vec<usize> = self.borrowed.clone();
        for &action in gated {
            let at = self.graph.actions[action].entry;
            roots.extend(self.roots[at].iter().filter(|root| self.held.contains_key(root)));
        }
        if let Some(exceeded) = roots.iter().find_map(|root| self.held.get(root)) {
            let exceeded = exceeded.clone();
            let name = |root: &usize| self.graph.entries[*root].name.clone();
            let running = self.started.iter().filter(|&&root| {
                let mut with = self.limits.interrupted_by(root).iter();
                with.any(|&at| !self.is_restored(at, &BTreeSet::new()))
            });
            return Stuck::Limit {
                waiting: roots.iter().map(name).collect(),
                running: running.map(name).collect(),
                exceeded,
            };
        }
        let all: BTreeSet<usize> = self.ready.clone();
        let found = self.trial(&all);
        self.try_out(&BTreeSet::new());
        // With what waits for them: they may wait for that.
        let waiting = all.iter().flat_map(|&action| &self.after[action]);
        let entries = self.entries_of(all.iter().chain(waiting));
        let mut names: Vec<EntryName> = entries
            .into_iter()
            .map(|at| self.graph.entries[at].name.clone())
            .collect();
        names.sort_unstable();
        Stuck::NoOrder(names, found)
    }

    fn commit(&mut self, action: usize) {
        let at = self.graph.actions[action].entry;
        let state = &self.states[at];
        self.states[at] = self.done_to(at, state.clone(), &self.graph.actions[action].kind);
        self.step_of[action] = Some(self.steps);
        self.ready.remove(&action);
        for &after in &self.after[action] {
            self.waiting[after] -= 1;
            if self.waiting[after] == 0 {
                self.ready.insert(after);
            }
        }
    }

    fn done_to(&self, at: usize, mut state: State, kind: &Kind) -> State {
        let entry = &self.graph.entries[at];
        match kind {
            Kind::Leave => state.present = false,
            Kind::Come => {
                state.present = true;
                state.changed = true;
                state.down = self.graph.action(at, &Kind::Up).is_some();
            }
            Kind::Edit => state.changed = true,
            Kind::Down => state.down = true,
            Kind::Up => state.down = false,
            Kind::Detach(part) => {
                state.lost.insert(part.clone());
                if entry.detached.contains_key(part) {
                    state.lacking.insert(part.clone());
                }
            }
            Kind::Attach(part) => {
                state.lost.remove(part);
                state.lacking.remove(part);
            }
        }
        state
    }

    /// What an entry holds in a state.
    fn content(&self, at: usize, state: &State) -> Option<Value> {
        if !state.present {
            return None;
        }
        let entry = &self.graph.entries[at];
        let (value, hidden) = if state.changed {
            (entry.target?, &state.lacking)
        } else {
            (entry.current?, &state.lost)
        };
        let mut value = without(value, hidden);
        if let (true, Some((rule, _))) = (state.down, &entry.taken_down) {
            give_value(&mut value, &self.policy.changes_while[*rule]);
        }
        Some(value)
    }

    /// The state of an entry once some actions are done.
    fn state_after(&self, at: usize, actions: &BTreeSet<usize>) -> State {
        let own = self.actions_on[at]
            .iter()
            .filter(|action| actions.contains(action));
        own.fold(self.states[at].clone(), |state, &action| {
            self.done_to(at, state, &self.graph.actions[action].kind)
        })
    }

    /// The write of an entry as it is once some actions are done.
    fn write_after(&self, at: usize, actions: &BTreeSet<usize>) -> Write {
        let state = self.state_after(at, actions);
        write(&self.graph.entries[at].name, self.content(at, &state))
    }

    /// The writes of some actions.
    fn writes(&self, actions: &BTreeSet<usize>) -> Vec<Write> {
        let entries = self.entries_of(actions.iter());
        entries
            .into_iter()
            .map(|at| self.write_after(at, actions))
            .collect()
    }

    fn entries_of<'x>(&self, actions: impl Iterator<Item = &'x usize>) -> BTreeSet<usize> {
        actions.map(|&action| self.graph.actions[action].entry).collect()
    }

    /// Has the validator hold the config after some actions.
    fn try_out(&mut self, actions: &BTreeSet<usize>) {
        let entries = self.entries_of(self.tried.symmetric_difference(actions));
        if entries.is_empty() {
            return;
        }
        let writes: Vec<Write> = entries
            .into_iter()
            .map(|at| self.write_after(at, actions))
            .collect();
        self.tried.clone_from(actions);
        let update = self.validator.update(&writes);
        for cured in &update.cured {
            if let Some(at) = self.bad.iter().position(|found| found == cured) {
                self.bad.swap_remove(at);
            }
        }
        let new = update.new.into_iter();
        self.bad.extend(
            new.filter(|found| found.diagnostic.severity == Severity::Error && !(self.tolerated)(found)),
        );
    }

    /// The errors that some actions would bring.
    fn trial(&mut self, actions: &BTreeSet<usize>) -> Vec<Found> {
        self.try_out(actions);
        self.bad.clone()
    }

    /// The most of `kept` and `added` that can be done in one step. Of `kept` as little as possible is
    /// left out.
    fn settle(&mut self, kept: BTreeSet<usize>, added: BTreeSet<usize>) -> BTreeSet<usize> {
        let mut step: BTreeSet<usize> = kept.union(&added).copied().collect();
        let mut left_out: Vec<BTreeSet<usize>> = Vec::new();
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
        self.take_back(step, left_out)
    }

    /// Notes why actions have to wait: an error of their entry, else the first.
    fn bar(&mut self, out: &BTreeSet<usize>, found: &[Found]) {
        for &action in out {
            let name = &self.graph.entries[self.graph.actions[action].entry].name;
            let own = found.iter().find(|found| found.entry == *name);
            if let Some(found) = own.or(found.first()) {
                self.barred.insert(action, found.clone());
            }
        }
    }

    /// Adds what was left out again where it does no harm: one by one, then what was left out together.
    fn take_back(&mut self, step: BTreeSet<usize>, left_out: Vec<BTreeSet<usize>>) -> BTreeSet<usize> {
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
        // What comes too early is left out; if the rest does not do then, all that was added is.
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

    /// Notes that an action need not be tried before something goes from its table, where that is what
    /// it breaks a rule with.
    fn note_waiting(&mut self, action: usize, found: &[Found]) {
        let table = &self.graph.entries[self.graph.actions[action].entry].name.table;
        let among_table = |found: &Found| {
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

    /// Ready actions that are known to break a rule with what stands in their table, where nothing of
    /// that went since, nor goes with what is ready.
    fn held_by_table(&self) -> BTreeSet<usize> {
        let table = |action: usize| {
            let entry = self.graph.actions[action].entry;
            self.graph.entries[entry].name.table.as_str()
        };
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

    fn takes_away(&self, action: usize) -> bool {
        matches!(
            self.graph.actions[action].kind,
            Kind::Leave | Kind::Edit | Kind::Detach(_)
        )
    }

    /// The actions that make a step invalid: those on the entries that are not valid, else those without
    /// which they would be.
    fn culprits(
        &mut self,
        step: &BTreeSet<usize>,
        kept: &BTreeSet<usize>,
        found: &[Found],
    ) -> BTreeSet<usize> {
        let mut by_entry: FxHashMap<&EntryName, Vec<usize>> = FxHashMap::default();
        for &action in step {
            let name = &self.graph.entries[self.graph.actions[action].entry].name;
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
            let table = &self.graph.entries[self.graph.actions[*action].entry].name.table;
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

    /// The actions of a valid step that have to wait for others of it, because a condition of one entry
    /// turns on whether another one is there. What needs each other stays together.
    fn too_early(&mut self, step: &BTreeSet<usize>) -> BTreeSet<usize> {
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
        // From an entry to those that have to wait for it.
        let mut ties: BTreeSet<(usize, usize)> = BTreeSet::new();
        let turned = |found: &[Found], at: usize| -> Vec<usize> {
            let conditions = found.iter().filter(|found| {
                found.diagnostic.severity == Severity::Error
                    && matches!(found.diagnostic.rule, Rule::Must | Rule::When)
            });
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
            found.retain(|found| {
                matches!(found.diagnostic.rule, Rule::Must | Rule::When) && !written.contains(&found.entry)
            });
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
