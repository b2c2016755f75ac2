//! The reasons why each write of a plan is in its step.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::config::{EntryName, Write};
use crate::validate::EntryDiagnostic;

use super::affected::Cause;
use super::graph::{ActionKind, EdgeKind, Graph};
use super::limits::Exceeded;
use super::reason::joined;
use super::{Condition, DependencyKind, EntrySet, ReasonKind, Step, StepReason};

/// One reason for all writes of a step.
pub fn for_all(writes: &[Write], because: &ReasonKind) -> Vec<StepReason> {
    let reasons = writes.iter().map(|write| StepReason {
        entry: write.entry.clone(),
        because: because.clone(),
    });
    reasons.collect()
}

/// Adds the reasons, and what is interrupted, to the steps. `step_of` counts from the first of them,
/// which is step `first` of the plan.
pub fn explain(
    graph: &Graph,
    step_of: &[Option<usize>],
    held: &BTreeMap<usize, Exceeded>,
    barred: &BTreeMap<usize, EntryDiagnostic>,
    steps: &mut [Step],
    first: usize,
) {
    let mut after: Vec<Vec<(usize, EdgeKind)>> = vec![Vec::new(); graph.actions.len()];
    for (action, before) in graph.before.iter().enumerate() {
        for &(before, edge) in before {
            after[before].push((action, edge));
        }
    }
    let names = graph.entries.iter().enumerate();
    let explainer = Explainer {
        graph,
        step_of,
        held,
        barred,
        first,
        positions: names.map(|(at, entry)| (&entry.name, at)).collect(),
        after,
    };
    let mut reasons: Vec<Vec<StepReason>> = vec![Vec::new(); steps.len()];
    let mut disrupts: Vec<BTreeSet<EntryName>> = vec![BTreeSet::new(); steps.len()];
    for (action, what) in graph.actions.iter().enumerate() {
        let Some(step) = step_of[action] else { continue };
        let name = &graph.entries[what.entry].name;
        reasons[step].extend(
            explainer
                .reasons(action, step)
                .into_iter()
                .map(|because| StepReason {
                    entry: name.clone(),
                    because,
                }),
        );
        if explainer.interrupts(action) {
            disrupts[step].insert(name.clone());
        }
    }
    for ((step, reasons), disrupts) in steps.iter_mut().zip(reasons).zip(disrupts) {
        step.why = joined(reasons);
        step.disrupts = disrupts.into_iter().collect();
    }
}

struct Explainer<'a, 'c> {
    graph: &'a Graph<'c>,
    step_of: &'a [Option<usize>],
    held: &'a BTreeMap<usize, Exceeded>,
    barred: &'a BTreeMap<usize, EntryDiagnostic>,
    first: usize,
    positions: FxHashMap<&'a EntryName, usize>,
    /// For each action, those that wait for it.
    after: Vec<Vec<(usize, EdgeKind)>>,
}

impl<'a, 'c> Explainer<'a, 'c> {
    /// Whether an action interrupts an entry that stays.
    fn interrupts(&self, action: usize) -> bool {
        let what = &self.graph.actions[action];
        let entry = &self.graph.entries[what.entry];
        match what.kind {
            ActionKind::Delete => entry.recreated.is_some(),
            // What shall be down is not interrupted.
            ActionKind::Down => entry.interrupted_down,
            _ => false,
        }
    }

    fn reasons(&self, action: usize, step: usize) -> Vec<ReasonKind> {
        let mut reasons: Vec<ReasonKind> = self
            .cause(action)
            .into_iter()
            .chain(self.kept_down(action))
            .collect();
        let before = &self.graph.before[action];
        let binding: SmallVec<[(usize, EdgeKind); 4]> = before
            .iter()
            .copied()
            .filter(|&(other, _)| self.step_of[other].is_some_and(|other| other + 1 == step))
            .collect();
        // It is done as soon as it can be: what the step before it did let it.
        if let Some((dependency, others)) = self.dependency_among(&binding, |other| (other, action)) {
            reasons.push(ReasonKind::After {
                step: self.first + step - 1,
                others,
                dependency,
            });
        } else if step > 0 && binding.is_empty() {
            reasons.push(self.waited(action));
        } else if step > 0 && reasons.is_empty() {
            reasons.push(ReasonKind::Own {
                step: self.first + step - 1,
            });
        } else if !self.says_what_follows(&reasons) {
            reasons.extend(self.before_what(action));
        }
        reasons
    }

    /// Whether it is said already that something is done afterwards.
    fn says_what_follows(&self, reasons: &[ReasonKind]) -> bool {
        reasons.iter().any(|because| {
            matches!(
                because,
                ReasonKind::Follows { .. } | ReasonKind::Loses { .. } | ReasonKind::TakenDown { .. }
            )
        })
    }

    /// What is done, where that is not the change itself.
    fn cause(&self, action: usize) -> Option<ReasonKind> {
        let what = &self.graph.actions[action];
        let entry = &self.graph.entries[what.entry];
        let back = |kind: &ActionKind| {
            let action = self.graph.action(what.entry, kind)?;
            self.step_of[action].map(|step| step + self.first)
        };
        match (&what.kind, &entry.recreated) {
            (ActionKind::Delete, Some(Cause::CreateOnly(field))) => Some(ReasonKind::CreateOnly {
                field: field.clone(),
                back: back(&ActionKind::Create)?,
            }),
            (ActionKind::Delete, Some(Cause::Follows(others))) => Some(ReasonKind::Follows {
                others: self.followed(action, others)?,
                back: back(&ActionKind::Create)?,
            }),
            (ActionKind::Create, Some(_)) => Some(ReasonKind::Again),
            (ActionKind::Clear(part), _) => Some(ReasonKind::Loses {
                others: EntrySet::of(entry.detached.get(part)?.iter().cloned())?,
                back: back(&ActionKind::Set(part.clone()))?,
            }),
            (ActionKind::Set(part), _) => Some(ReasonKind::Regains {
                others: EntrySet::of(entry.detached.get(part)?.iter().cloned())?,
            }),
            (ActionKind::Down, _) => {
                let changing = self.after[action]
                    .iter()
                    .filter(|(_, edge)| *edge == EdgeKind::Down);
                Some(ReasonKind::TakenDown {
                    others: EntrySet::of(changing.map(|&(other, _)| self.name(other).clone()))?,
                    back: back(&ActionKind::Up),
                })
            }
            (ActionKind::Up, _) => Some(ReasonKind::BroughtUp {
                again: entry.current.is_some(),
            }),
            _ => None,
        }
    }

    /// Whether an entry is taken down to be brought up later.
    fn kept_down(&self, action: usize) -> Option<ReasonKind> {
        let what = &self.graph.actions[action];
        if what.kind != ActionKind::Create {
            return None;
        }
        let up = self.graph.action(what.entry, &ActionKind::Up)?;
        let changing = self.graph.before[up]
            .iter()
            .filter(|(_, edge)| *edge == EdgeKind::Down);
        Some(ReasonKind::KeptDown {
            others: EntrySet::of(changing.map(|&(other, _)| self.name(other).clone()))?,
            back: self.step_of[up]? + self.first,
        })
    }

    /// Those of the entries that go and come again which do keep an entry from staying.
    fn followed(&self, action: usize, all: &BTreeSet<EntryName>) -> Option<EntrySet> {
        let later = self.after[action].iter().map(|&(later, _)| self.name(later));
        let edges = later.filter(|name| all.contains(*name)).cloned();
        EntrySet::of(edges).or_else(|| EntrySet::of(all.iter().cloned()))
    }

    /// Why an action is not done right after what it had to wait for.
    fn waited(&self, action: usize) -> ReasonKind {
        let what = &self.graph.actions[action];
        let starts = matches!(
            what.kind,
            ActionKind::Delete | ActionKind::Down | ActionKind::Clear(_)
        );
        let limit = starts
            .then(|| self.limit_of(what.entry, &mut BTreeSet::new()))
            .flatten();
        match limit {
            Some(exceeded) => ReasonKind::Limit {
                of: exceeded.of.clone(),
                limit: exceeded.limit,
            },
            None => ReasonKind::Invalid {
                error: self.barred.get(&action).map(|found| found.diagnostic.to_string()),
            },
        }
    }

    /// The limit that an entry waited for, or one of those with which it is interrupted.
    fn limit_of(&self, at: usize, seen: &mut BTreeSet<usize>) -> Option<&'a Exceeded> {
        if !seen.insert(at) {
            return None;
        }
        if let Some(exceeded) = self.held.get(&at) {
            return Some(exceeded);
        }
        let entry = &self.graph.entries[at];
        let mut causes: Vec<&EntryName> = entry.detached.values().flatten().collect();
        if let Some(Cause::Follows(others)) = &entry.recreated {
            causes.extend(others);
        }
        let causes = causes.into_iter().filter_map(|name| self.positions.get(name));
        let mut causes: Vec<usize> = causes.copied().collect();
        if let Some(down) = self.graph.action(at, &ActionKind::Down) {
            let changing = self.after[down]
                .iter()
                .filter(|(_, edge)| *edge == EdgeKind::Down);
            causes.extend(changing.map(|&(other, _)| self.graph.actions[other].entry));
        }
        causes.into_iter().find_map(|cause| self.limit_of(cause, seen))
    }

    /// What waits for an action first.
    fn before_what(&self, action: usize) -> Option<ReasonKind> {
        let later =
            |&(other, edge): &(usize, EdgeKind)| (edge != EdgeKind::Same).then(|| self.step_of[other])?;
        let step = self.after[action].iter().filter_map(later).min()?;
        let next: SmallVec<[(usize, EdgeKind); 4]> = self.after[action]
            .iter()
            .copied()
            .filter(|one| later(one) == Some(step))
            .collect();
        let (dependency, others) = self.dependency_among(&next, |other| (action, other))?;
        Some(ReasonKind::Before {
            step: self.first + step,
            others,
            dependency,
        })
    }

    /// Of actions that are tied to another one those with the first link. `pair` gives the earlier and
    /// the later of the two.
    fn dependency_among(
        &self,
        edges: &[(usize, EdgeKind)],
        pair: impl Fn(usize) -> (usize, usize),
    ) -> Option<(DependencyKind, EntrySet)> {
        let dependencies = edges.iter().filter_map(|&(other, edge)| {
            let (earlier, later) = pair(other);
            Some((self.dependency(earlier, later, edge)?, other))
        });
        let dependencies: SmallVec<[(DependencyKind, usize); 4]> = dependencies.collect();
        let (first, _) = *dependencies.iter().min_by_key(|(dependency, _)| *dependency)?;
        let same = dependencies.iter().filter(|(dependency, _)| *dependency == first);
        let others = EntrySet::of(same.map(|&(_, other)| self.name(other).clone()))?;
        Some((first, others))
    }

    fn dependency(&self, earlier: usize, later: usize, edge: EdgeKind) -> Option<DependencyKind> {
        let (first, second) = (&self.graph.actions[earlier], &self.graph.actions[later]);
        Some(match edge {
            EdgeKind::Same => return None,
            EdgeKind::Lanes => DependencyKind::Lanes,
            EdgeKind::Conflict => DependencyKind::Conflict,
            EdgeKind::RefersTo => DependencyKind::RefersTo,
            // What only brings something gives no reference up.
            EdgeKind::ReferredBy if matches!(first.kind, ActionKind::Create | ActionKind::Set(_)) => {
                DependencyKind::Replaces
            }
            EdgeKind::ReferredBy => DependencyKind::ReferredBy,
            EdgeKind::Down => {
                let is_holder = self.graph.entries[first.entry].taken_down.is_some();
                if second.kind != ActionKind::Up && (first.kind == ActionKind::Down || is_holder) {
                    DependencyKind::WhileEarlierDown
                } else {
                    DependencyKind::WhileLaterDown
                }
            }
            EdgeKind::Condition => DependencyKind::Condition(match (&first.kind, &second.kind) {
                (ActionKind::Delete, ActionKind::Delete) => Condition::EarlierNeedsLater,
                (ActionKind::Delete, _) => Condition::Excludes,
                (ActionKind::Create, ActionKind::Delete) => Condition::Unclear,
                (ActionKind::Create, _) => Condition::LaterNeedsEarlier,
                (_, ActionKind::Delete) => Condition::EarlierNeedsLater,
                (_, ActionKind::Create) => Condition::Excludes,
                _ => Condition::Unclear,
            }),
        })
    }

    fn name(&self, action: usize) -> &'a EntryName {
        self.graph.name_of(action)
    }
}
