//! What is interrupted after which of the next steps, as far as the order of the graph tells.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use crate::plan::graph::ActionKind;
use crate::plan::limits::{Exceeded, Limits};

use super::Scheduler;

/// How far it is looked ahead. What takes longer counts until then.
const HORIZON: usize = 12;

/// An entry that is interrupted after some of the next steps: from the first on, and no longer after the second.
type Span = (usize, usize, usize);

/// The entries that are interrupted after each of the next steps; 0 is the one that is being made.
#[derive(Debug)]
pub(super) struct Timeline {
    after: Vec<BTreeSet<usize>>,
}

impl Timeline {
    /// Whether nothing is interrupted.
    pub(super) fn is_empty(&self) -> bool {
        self.after.iter().all(BTreeSet::is_empty)
    }

    fn add(&mut self, &(at, from, until): &Span) {
        for step in &mut self.after[from.min(HORIZON - 1)..until.clamp(1, HORIZON)] {
            step.insert(at);
        }
    }

    /// Adds entries, if the limits allow that. Whether some of them count only where what is interrupted now has ended
    /// by then.
    ///
    /// # Errors
    /// The limit that is exceeded.
    pub(super) fn admit(&mut self, limits: &Limits, spans: &[Span]) -> Result<bool, Exceeded> {
        let mut with = Timeline {
            after: self.after.clone(),
        };
        spans.iter().for_each(|span| with.add(span));
        let mut last = None;
        for step in &with.after {
            if last != Some(step) {
                limits.allow(step)?;
            }
            last = Some(step);
        }
        let mut all: BTreeSet<usize> = self.after.iter().flatten().copied().collect();
        all.extend(spans.iter().map(|&(at, ..)| at));
        *self = with;
        Ok(limits.allow(&all).is_err())
    }
}

impl Scheduler<'_, '_, '_> {
    /// What is interrupted by what has started, once a step is done.
    pub(super) fn timeline(&self, step: &BTreeSet<usize>) -> Timeline {
        let mut timeline = Timeline {
            after: vec![BTreeSet::new(); HORIZON],
        };
        let roots: Vec<usize> = self.started.iter().copied().collect();
        let spans = self.spans(&roots, step);
        spans.iter().for_each(|span| timeline.add(span));
        timeline
    }

    /// When the entries that are interrupted with some roots are, which have started, once a step is done.
    pub(super) fn spans(&self, roots: &[usize], step: &BTreeSet<usize>) -> Vec<Span> {
        let mut known = FxHashMap::default();
        let counted = roots.iter().flat_map(|&root| self.limits.counted_by(root));
        let counted: BTreeSet<usize> = counted.copied().collect();
        let left = counted.into_iter().filter(|&at| !self.is_restored(at, step));
        let spans = left.map(|at| {
            let mut remaining = |kinds: [ActionKind; 2]| {
                let actions = kinds.iter().filter_map(|kind| self.graph.action(at, kind));
                let left = actions.map(|action| self.remaining(action, step, &mut known, 0));
                left.collect::<Vec<usize>>()
            };
            let from = remaining([ActionKind::Down, ActionKind::Delete]);
            let until = remaining([ActionKind::Create, ActionKind::Up]);
            (
                at,
                from.into_iter().min().unwrap_or_default(),
                until.into_iter().max().unwrap_or(HORIZON),
            )
        });
        spans.collect()
    }

    /// In how many steps after one an action can be done at the earliest.
    fn remaining(
        &self,
        action: usize,
        step: &BTreeSet<usize>,
        known: &mut FxHashMap<usize, usize>,
        depth: usize,
    ) -> usize {
        if self.step_of[action].is_some() || step.contains(&action) {
            return 0;
        }
        if let Some(&steps) = known.get(&action) {
            return steps;
        }
        if depth == HORIZON || !self.may_start(action) {
            return HORIZON;
        }
        let before = self.graph.before[action].iter();
        let before = before
            .map(|&(before, _)| self.remaining(before, step, known, depth + 1))
            .max();
        let steps = (before.unwrap_or_default() + 1).min(HORIZON);
        known.insert(action, steps);
        steps
    }
}
