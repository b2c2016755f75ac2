//! What may be interrupted now: roots start as the limits allow, and restore what they can.

use std::collections::BTreeSet;

use crate::config::EntryName;
use crate::plan::graph::ActionKind;
use crate::validate::EntryDiagnostic;

use super::Scheduler;
use super::timeline::Timeline;

impl Scheduler<'_, '_, '_> {
    /// Whether an action interrupts nothing, or something that has been allowed to be interrupted.
    pub(super) fn may_start(&self, action: usize) -> bool {
        self.interrupts_for(action)
            .is_none_or(|roots| roots.is_empty() || roots.iter().any(|root| self.started.contains(root)))
    }

    /// The roots for the sake of which an action interrupts its entry, if it does.
    pub(super) fn interrupts_for(&self, action: usize) -> Option<&BTreeSet<usize>> {
        let at = self.graph.actions[action].entry;
        let entry = &self.graph.entries[at];
        let interrupts = match &self.graph.actions[action].kind {
            ActionKind::Delete => entry.recreated.is_some(),
            ActionKind::Down => entry.interrupted_down || entry.recreated.is_some(),
            ActionKind::Clear(part) => entry.detached.contains_key(part),
            _ => false,
        };
        interrupts.then(|| &self.roots[at])
    }

    /// Starts as many interruptions as the limits allow, with what `step` restores. Gives the actions
    /// that can be done then.
    ///
    /// What cannot end without others starts with them, and after what it needs, so that each is interrupted for as
    /// short as can be. Where nothing starts so, whatever can start does.
    pub(super) fn start(&mut self, step: &BTreeSet<usize>, gated: &[usize]) -> BTreeSet<usize> {
        if gated.is_empty() {
            return BTreeSet::new();
        }
        let mut timeline = self.timeline(step);
        let wanted: BTreeSet<usize> = gated
            .iter()
            .flat_map(|&action| self.roots[self.graph.actions[action].entry].iter().copied())
            .filter(|root| !self.started.contains(root))
            .collect();
        let is_idle = timeline.is_empty();
        let before = self.started.len();
        self.start_in_groups(&wanted, step, &mut timeline);
        if is_idle && self.started.len() == before {
            self.start_singly(&wanted, step, &mut timeline);
        }
        let starting = gated.iter().copied().filter(|&action| self.may_start(action));
        starting.collect()
    }

    fn start_in_groups(&mut self, wanted: &BTreeSet<usize>, step: &BTreeSet<usize>, timeline: &mut Timeline) {
        let groups = std::mem::take(&mut self.groups);
        let mut open = wanted.len();
        for group in &groups {
            if open == 0 {
                break;
            }
            let is_open = |root: &&usize| !self.started.contains(root);
            let members: Vec<usize> = group.members.iter().filter(is_open).copied().collect();
            let is_ready = !members.is_empty() && members.iter().all(|root| wanted.contains(root));
            if !is_ready || !group.needs.is_subset(&self.started) {
                // It waits for others, which wait for the limit.
                for &root in members.iter().filter(|root| wanted.contains(root)) {
                    if let Some(limit) = self.limits.limit_of(root) {
                        self.held.entry(root).or_insert(limit);
                    }
                }
                continue;
            }
            open -= members.len();
            if group.is_whole {
                self.admit(&members, step, timeline);
            } else {
                for root in members {
                    self.admit(&[root], step, timeline);
                }
            }
        }
        self.groups = groups;
    }

    fn start_singly(&mut self, wanted: &BTreeSet<usize>, step: &BTreeSet<usize>, timeline: &mut Timeline) {
        let mut by_turns: Vec<usize> = wanted.iter().copied().collect();
        by_turns.sort_by_key(|&root| {
            let first = self.first.iter().position(|&other| other == root);
            let turns = self.limits.turns(root, wanted);
            (first.unwrap_or(usize::MAX), std::cmp::Reverse(turns), root)
        });
        for root in by_turns {
            let mut first = self.first.iter().take_while(|&&first| first != root);
            if first.all(|first| self.started.contains(first)) {
                self.admit(&[root], step, timeline);
            }
        }
    }

    /// Starts some roots together with a step, if the limits allow it.
    fn admit(&mut self, roots: &[usize], step: &BTreeSet<usize>, timeline: &mut Timeline) {
        self.started.extend(roots);
        let begins = self.ready.iter().filter(|&&action| {
            let sake = self.interrupts_for(action);
            sake.is_some_and(|sake| roots.iter().any(|root| sake.contains(root)))
        });
        let step: BTreeSet<usize> = step.iter().chain(begins).copied().collect();
        match timeline.admit(&self.limits, &self.spans(roots, &step)) {
            Ok(is_ahead) => {
                if is_ahead {
                    self.borrowed.extend(roots);
                }
            }
            Err(exceeded) => {
                for &root in roots {
                    self.started.remove(&root);
                    self.held.entry(root).or_insert_with(|| exceeded.clone());
                }
            }
        }
    }

    /// An interruption for which the limits leave no room, but without which those that have started do not end: it
    /// removes something that another entry waits for, or that a recreated entry conflicts with.
    pub(super) fn unblocking(&mut self, gated: &[usize]) -> Option<usize> {
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
            .map(|&action| self.graph.name_of(action).clone())
            .collect();
        let count =
            |found: &[EntryDiagnostic]| found.iter().filter(|found| names.contains(&found.entry)).count();
        for root in roots {
            let leave = |&at: &usize| {
                let leave = self.graph.action(at, &ActionKind::Delete)?;
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
    pub(super) fn interrupted_after(&self, step: &BTreeSet<usize>) -> BTreeSet<usize> {
        let all = 0..self.graph.entries.len();
        all.filter(|&at| {
            let is_done = |kind| {
                let action = self.graph.action(at, &kind);
                action.is_some_and(|action| self.step_of[action].is_some() || step.contains(&action))
            };
            let entry = &self.graph.entries[at];
            let away =
                entry.recreated.is_some() && is_done(ActionKind::Delete) && !is_done(ActionKind::Create);
            let went_down = is_done(ActionKind::Down) || is_done(ActionKind::Create);
            let down = entry.interrupted_down && went_down && !self.is_restored(at, step);
            away || down
        })
        .collect()
    }

    /// Whether an entry is back and up, once a step is done too.
    pub(super) fn is_restored(&self, at: usize, step: &BTreeSet<usize>) -> bool {
        let is_done = |kind| {
            let action = self.graph.action(at, &kind);
            action.is_none_or(|action| self.step_of[action].is_some() || step.contains(&action))
        };
        is_done(ActionKind::Create) && is_done(ActionKind::Up)
    }
}
