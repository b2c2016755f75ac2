//! Why each write of a plan stands where it does.

use std::collections::{BTreeMap, BTreeSet};

use super::graph::{Graph, Kind, Tie};
use super::involved::Cause;
use super::limits::Exceeded;
use super::{Because, Link, Reason, Step};

/// Adds the reasons, and what is interrupted, to the steps. `step_of` counts from the first of them,
/// which is step `first` of the plan.
pub fn explain(
    graph: &Graph,
    step_of: &[Option<usize>],
    held: &BTreeMap<usize, Exceeded>,
    steps: &mut [Step],
    first: usize,
) {
    let mut after: Vec<Vec<(usize, Tie)>> = vec![Vec::new(); graph.actions.len()];
    for (action, before) in graph.before.iter().enumerate() {
        for &(before, tie) in before {
            after[before].push((action, tie));
        }
    }
    let mut reasons: Vec<BTreeSet<Reason>> = vec![BTreeSet::new(); steps.len()];
    for (action, what) in graph.actions.iter().enumerate() {
        let Some(step) = step_of[action] else { continue };
        let entry = &graph.entries[what.entry];
        let place = |other: usize| step_of[other].map(|step| step + first);
        let mut add = |because| {
            reasons[step].insert(Reason {
                entry: entry.name.clone(),
                because,
            });
        };
        match (&what.kind, &entry.bounced, &entry.taken_down) {
            (Kind::Leave, Some(Cause::CreateOnly(field)), _) => {
                add(Because::CreateOnly { field: field.clone() })
            }
            (Kind::Leave, Some(Cause::Follows(others)), _) => {
                if let Some(other) = others.first() {
                    add(Because::Follows { other: other.clone() });
                }
            }
            (Kind::Detach(part), ..) => {
                if let Some(other) = entry.detached.get(part).and_then(|others| others.first()) {
                    add(Because::Follows { other: other.clone() });
                }
            }
            (Kind::Down, _, Some((_, other))) => add(Because::TakenDown { other: other.clone() }),
            (Kind::Up, ..) => add(Because::BroughtUp),
            _ => {}
        }
        if matches!(what.kind, Kind::Leave | Kind::Down)
            && let Some(exceeded) = held.get(&what.entry)
        {
            add(Because::Limit {
                of: exceeded.of.clone(),
                limit: exceeded.limit,
            });
        }
        let tied = |ties: &[(usize, Tie)]| {
            let linked = ties.iter().filter_map(|&(other, tie)| {
                let name = &graph.entries[graph.actions[other].entry].name;
                Some((place(other)?, name.clone(), link(tie)?))
            });
            linked.collect::<Vec<_>>()
        };
        // What it had to wait for longest, else what waits for it first.
        let waited = tied(&graph.before[action]);
        let last = waited.iter().map(|(step, ..)| *step).max();
        let after_it = tied(&after[action]);
        if let Some((step, other, link)) = waited.into_iter().filter(|(step, ..)| Some(*step) == last).min() {
            add(Because::After { step, other, link });
        } else if let Some((step, other, link)) = after_it.into_iter().min() {
            add(Because::Before { step, other, link });
        }
    }
    for (at, (step, reasons)) in steps.iter_mut().zip(reasons).enumerate() {
        step.why = reasons.into_iter().collect();
        let mut disrupts: Vec<_> = graph
            .actions
            .iter()
            .enumerate()
            .filter(|(action, what)| {
                let entry = &graph.entries[what.entry];
                let interrupts = match what.kind {
                    Kind::Leave => entry.bounced.is_some(),
                    // What shall be down is not interrupted.
                    Kind::Down => entry.stays() && graph.action(what.entry, &Kind::Up).is_some(),
                    _ => false,
                };
                interrupts && step_of[*action] == Some(at)
            })
            .map(|(_, what)| graph.entries[what.entry].name.clone())
            .collect();
        disrupts.sort_unstable();
        disrupts.dedup();
        step.disrupts = disrupts;
    }
}

fn link(tie: Tie) -> Option<Link> {
    match tie {
        Tie::Same => None,
        Tie::RefersTo => Some(Link::RefersTo),
        Tie::ReferredBy => Some(Link::ReferredBy),
        Tie::Down => Some(Link::Down),
        Tie::Condition => Some(Link::Condition),
    }
}
