//! From ordered actions to steps: as many actions as possible in each, every config in between valid.

mod early;
mod groups;
mod interruption;
mod largest_valid;
mod timeline;
mod trial;

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use smol_str::SmolStr;

use crate::config::{EntryName, Write};
use crate::policy::Policy;
use crate::validate::{EntryDiagnostic, EntryPart, Fingerprint, Validator};

use crate::plan::config_pair::ConfigPair;
use crate::plan::graph::{ActionKind, Graph};
use crate::plan::limits::{Exceeded, Limits};

use groups::StartGroup;
use trial::Form;

/// What has been done to an entry so far.
#[derive(Debug, Clone, Default, PartialEq)]
struct State {
    present: bool,
    /// It is what it shall be, but for what is hidden.
    changed: bool,
    down: bool,
    /// Parts that it has lost of what it was.
    lost: BTreeSet<EntryPart>,
    /// Parts that it has not yet of what it shall be.
    lacking: BTreeSet<EntryPart>,
}

/// The actions of a step on one entry.
type Own = SmallVec<[usize; 2]>;

/// Why no step follows.
#[derive(Debug)]
pub enum ScheduleError {
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
    NoOrder(Vec<EntryName>, Vec<EntryDiagnostic>),
}

/// Actions, grouped in steps.
#[derive(Debug)]
pub struct Scheduled {
    /// The writes of each step.
    pub steps: Vec<Vec<Write>>,
    /// The step of each action.
    pub step_of: Vec<Option<usize>>,
    /// Entries that had to wait for a limit, with the limit.
    pub held: BTreeMap<usize, Exceeded>,
    /// Actions that had to wait, because of an error that they would have brought.
    pub barred: BTreeMap<usize, EntryDiagnostic>,
}

/// Puts the actions of a graph into steps. `pair` hold the current config and the target, and do so again
/// afterwards where it is stuck. That the target is valid is known. `roots` says for each entry which entries
/// interrupt it, and `first` which interruptions start before others; errors that are `tolerated` do not count.
///
/// # Errors
/// [`ScheduleError`], and the entries of which something was left to do.
pub fn schedule<'c>(
    policy: &Policy,
    graph: &mut Graph<'c>,
    pair: &mut ConfigPair,
    roots: Vec<BTreeSet<usize>>,
    limits: Limits,
    first: &[EntryName],
    tolerated: &dyn Fn(&EntryDiagnostic) -> bool,
) -> Result<Scheduled, (ScheduleError, BTreeSet<EntryName>)> {
    let mut scheduler = Scheduler::new(policy, graph, pair, roots, limits, tolerated);
    let first = first.iter().filter_map(|name| scheduler.positions.get(name));
    scheduler.first = first.copied().collect();
    scheduler.levels = scheduler.levels();
    scheduler.groups = scheduler.start_groups();
    let mut steps = Vec::new();
    let schedule_error = loop {
        match scheduler.next_step() {
            Ok(Some(writes)) => steps.push(writes),
            Ok(None) => break None,
            Err(schedule_error) => break Some(schedule_error),
        }
    };
    let pending = scheduler.pending();
    let (step_of, held, barred) = (scheduler.step_of, scheduler.held, scheduler.barred);
    if let Some(schedule_error) = schedule_error {
        let entries = graph.entries.iter();
        pair.current
            .update(entries.map(|entry| entry.name.written_as(entry.current)));
        return Err((schedule_error, pending));
    }
    Ok(Scheduled {
        steps,
        step_of,
        held,
        barred,
    })
}

/// Makes the steps, one after the other.
struct Scheduler<'a, 'c, 's> {
    policy: &'a Policy,
    graph: &'a mut Graph<'c>,
    validator: &'a mut Validator<'s>,
    /// The target, validated.
    target: &'a Validator<'s>,
    roots: Vec<BTreeSet<usize>>,
    limits: Limits,
    /// The position of each entry.
    positions: FxHashMap<EntryName, usize>,
    /// The actions on each entry.
    actions_on: Vec<Vec<usize>>,
    /// Actions that the validator holds as done, to try something.
    tried: BTreeSet<usize>,
    /// Errors that it has therefore.
    bad: Vec<EntryDiagnostic>,
    /// Of which entries a condition fails where nothing but some actions on one entry is done, since the last
    /// step.
    alone: FxHashMap<(usize, Own), Vec<EntryName>>,
    /// What others can see of entries.
    seen: FxHashMap<(usize, Form), Fingerprint>,
    /// Actions that broke a rule among the entries of their table, at the time of its last deletion.
    waiting_for: BTreeMap<usize, usize>,
    /// By table, the number of deletions and edits in it.
    gone_from: FxHashMap<SmolStr, usize>,
    /// Which errors do not count.
    tolerated: &'a dyn Fn(&EntryDiagnostic) -> bool,
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
    /// The roots in groups that start together, in the order in which they should.
    groups: Vec<StartGroup>,
    /// For each action the step in which it can be done, by the order of the graph alone.
    levels: Vec<usize>,
    /// Roots that had to wait for a limit, with the limit.
    held: BTreeMap<usize, Exceeded>,
    /// Actions that had to wait, because of an error that they would have brought.
    barred: BTreeMap<usize, EntryDiagnostic>,
    steps: usize,
}

impl<'a, 'c, 's> Scheduler<'a, 'c, 's> {
    /// A scheduler at the current config, between two ends.
    fn new(
        policy: &'a Policy,
        graph: &'a mut Graph<'c>,
        pair: &'a mut ConfigPair<'_, 's>,
        roots: Vec<BTreeSet<usize>>,
        limits: Limits,
        tolerated: &'a dyn Fn(&EntryDiagnostic) -> bool,
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
        let names = graph
            .entries
            .iter()
            .zip(0..)
            .map(|(entry, at)| (entry.name.clone(), at));
        let mut scheduler = Scheduler {
            policy,
            validator: pair.current,
            target: pair.target,
            roots,
            limits,
            positions: names.collect(),
            actions_on,
            tried: BTreeSet::new(),
            waiting_for: BTreeMap::new(),
            gone_from: FxHashMap::default(),
            bad: Vec::new(),
            alone: FxHashMap::default(),
            seen: FxHashMap::default(),
            tolerated,
            states,
            step_of: vec![None; graph.actions.len()],
            waiting: graph.before.iter().map(Vec::len).collect(),
            after: vec![Vec::new(); graph.actions.len()],
            ready: BTreeSet::new(),
            started: BTreeSet::new(),
            borrowed: Vec::new(),
            first: Vec::new(),
            groups: Vec::new(),
            levels: Vec::new(),
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
    /// [`ScheduleError`]
    fn next_step(&mut self) -> Result<Option<Vec<Write>>, ScheduleError> {
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
            let mut step = self.largest_subset_within_limits(free);
            let starting = self.start(&step, &gated);
            if !starting.is_empty() {
                // With the actions that waited only for something that is deleted now.
                let more = self.ready.iter().copied().filter(|&action| {
                    !held.contains(&action) && (step.contains(&action) || self.may_start(action))
                });
                let more: Vec<usize> = more.collect();
                let all = self.with_what_goes_before(more.clone()).into_iter().collect();
                let all = self.largest_valid_subset(step.clone(), all);
                if self.borrowed.is_empty() || self.limits.allow(&self.interrupted_after(&all)).is_ok() {
                    step = all;
                } else {
                    step = self.largest_subset_within_limits(more);
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
        if !self.completes(&step) {
            self.try_out(&step);
        }
        for &action in &step {
            if self.takes_away(action) {
                let table = &self.graph.name_of(action).table;
                *self.gone_from.entry(table.clone()).or_default() += 1;
            }
            self.commit(action);
        }
        self.tried.clear();
        self.bad.clear();
        self.alone.clear();
        self.steps += 1;
        Ok(Some(writes))
    }

    /// As much of some actions as can be done in one step, and interrupts no more than is allowed even
    /// where interruptions have started for which there is no room yet.
    fn largest_subset_within_limits(&mut self, free: Vec<usize>) -> BTreeSet<usize> {
        let ready = self.with_what_goes_before(free.clone()).into_iter().collect();
        let step = self.largest_valid_subset(BTreeSet::new(), ready);
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
            with.contains(&action.entry) && matches!(action.kind, ActionKind::Delete | ActionKind::Down)
        });
        let ready = self.with_what_goes_before(rest.clone()).into_iter().collect();
        let mut step = self.largest_valid_subset(BTreeSet::new(), ready);
        for action in held {
            let more: BTreeSet<usize> = rest.iter().chain(&step).chain([&action]).copied().collect();
            let more = self.with_what_goes_before(more.into_iter().collect());
            let more = more.into_iter().collect();
            let all = self.largest_valid_subset(step.clone(), more);
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

    fn why_stuck(&mut self, gated: &[usize]) -> ScheduleError {
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
            return ScheduleError::Limit {
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
        ScheduleError::NoOrder(names, found)
    }

    fn commit(&mut self, action: usize) {
        let at = self.graph.actions[action].entry;
        let state = std::mem::take(&mut self.states[at]);
        self.states[at] = self.done_to(at, state, &self.graph.actions[action].kind);
        self.step_of[action] = Some(self.steps);
        self.ready.remove(&action);
        for &after in &self.after[action] {
            self.waiting[after] -= 1;
            if self.waiting[after] == 0 {
                self.ready.insert(after);
            }
        }
    }
}
