//! Why each write of a plan stands where it does.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::config::EntryName;
use crate::validate::Found;

use super::graph::{Graph, Kind, Tie};
use super::involved::Cause;
use super::limits::Exceeded;
use super::reason::joined;
use super::{Because, Condition, Link, Others, Reason, Step};

/// The reasons for entries of tables that no model covers.
pub fn unchecked(writes: &[crate::config::Write]) -> Vec<Reason> {
    let reasons = writes.iter().map(|write| Reason {
        entry: write.entry.clone(),
        because: Because::NoModel,
    });
    reasons.collect()
}

/// Adds the reasons, and what is interrupted, to the steps. `step_of` counts from the first of them,
/// which is step `first` of the plan.
pub fn explain(
    graph: &Graph,
    step_of: &[Option<usize>],
    held: &BTreeMap<usize, Exceeded>,
    barred: &BTreeMap<usize, Found>,
    steps: &mut [Step],
    first: usize,
) {
    let mut after: Vec<Vec<(usize, Tie)>> = vec![Vec::new(); graph.actions.len()];
    for (action, before) in graph.before.iter().enumerate() {
        for &(before, tie) in before {
            after[before].push((action, tie));
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
    let mut reasons: Vec<Vec<Reason>> = vec![Vec::new(); steps.len()];
    let mut disrupts: Vec<BTreeSet<EntryName>> = vec![BTreeSet::new(); steps.len()];
    for (action, what) in graph.actions.iter().enumerate() {
        let Some(step) = step_of[action] else { continue };
        let name = &graph.entries[what.entry].name;
        reasons[step].extend(explainer.reasons(action, step).into_iter().map(|because| Reason {
            entry: name.clone(),
            because,
        }));
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
    barred: &'a BTreeMap<usize, Found>,
    first: usize,
    positions: FxHashMap<&'a EntryName, usize>,
    /// For each action, those that wait for it.
    after: Vec<Vec<(usize, Tie)>>,
}

impl<'a, 'c> Explainer<'a, 'c> {
    /// Whether an action interrupts an entry that stays.
    fn interrupts(&self, action: usize) -> bool {
        let what = &self.graph.actions[action];
        let entry = &self.graph.entries[what.entry];
        match what.kind {
            Kind::Leave => entry.bounced.is_some(),
            // What shall be down is not interrupted.
            Kind::Down => entry.interrupted_down,
            _ => false,
        }
    }

    fn reasons(&self, action: usize, step: usize) -> Vec<Because> {
        let mut reasons: Vec<Because> = self
            .cause(action)
            .into_iter()
            .chain(self.kept_down(action))
            .collect();
        let before = &self.graph.before[action];
        let binding: SmallVec<[(usize, Tie); 4]> = before
            .iter()
            .copied()
            .filter(|&(other, _)| self.step_of[other].is_some_and(|other| other + 1 == step))
            .collect();
        // It is done as soon as it can be: what the step before it did let it.
        if let Some((link, others)) = self.linked(&binding, |other| (other, action)) {
            reasons.push(Because::After {
                step: self.first + step - 1,
                others,
                link,
            });
        } else if step > 0 && binding.is_empty() {
            reasons.push(self.waited(action));
        } else if step > 0 && reasons.is_empty() {
            reasons.push(Because::Own {
                step: self.first + step - 1,
            });
        } else if !self.says_what_follows(&reasons) {
            reasons.extend(self.before_what(action));
        }
        reasons
    }

    /// Whether it is said already that something is done afterwards.
    fn says_what_follows(&self, reasons: &[Because]) -> bool {
        reasons.iter().any(|because| {
            matches!(
                because,
                Because::Follows { .. } | Because::Loses { .. } | Because::TakenDown { .. }
            )
        })
    }

    /// What is done, where that is not the change itself.
    fn cause(&self, action: usize) -> Option<Because> {
        let what = &self.graph.actions[action];
        let entry = &self.graph.entries[what.entry];
        let back = |kind: &Kind| {
            let action = self.graph.action(what.entry, kind)?;
            self.step_of[action].map(|step| step + self.first)
        };
        match (&what.kind, &entry.bounced) {
            (Kind::Leave, Some(Cause::CreateOnly(field))) => Some(Because::CreateOnly {
                field: field.clone(),
                back: back(&Kind::Come)?,
            }),
            (Kind::Leave, Some(Cause::Follows(others))) => Some(Because::Follows {
                others: self.followed(action, others)?,
                back: back(&Kind::Come)?,
            }),
            (Kind::Come, Some(_)) => Some(Because::Again),
            (Kind::Detach(part), _) => Some(Because::Loses {
                others: Others::of(entry.detached.get(part)?.iter().cloned())?,
                back: back(&Kind::Attach(part.clone()))?,
            }),
            (Kind::Attach(part), _) => Some(Because::Regains {
                others: Others::of(entry.detached.get(part)?.iter().cloned())?,
            }),
            (Kind::Down, _) => {
                let changing = self.after[action].iter().filter(|(_, tie)| *tie == Tie::Down);
                Some(Because::TakenDown {
                    others: Others::of(changing.map(|&(other, _)| self.name(other).clone()))?,
                    back: back(&Kind::Up),
                })
            }
            (Kind::Up, _) => Some(Because::BroughtUp {
                again: entry.current.is_some(),
            }),
            _ => None,
        }
    }

    /// Whether an entry comes down to be brought up later.
    fn kept_down(&self, action: usize) -> Option<Because> {
        let what = &self.graph.actions[action];
        if what.kind != Kind::Come {
            return None;
        }
        let up = self.graph.action(what.entry, &Kind::Up)?;
        let changing = self.graph.before[up].iter().filter(|(_, tie)| *tie == Tie::Down);
        Some(Because::KeptDown {
            others: Others::of(changing.map(|&(other, _)| self.name(other).clone()))?,
            back: self.step_of[up]? + self.first,
        })
    }

    /// Those of the entries that go and come again which do keep an entry from staying.
    fn followed(&self, action: usize, all: &BTreeSet<EntryName>) -> Option<Others> {
        let later = self.after[action].iter().map(|&(later, _)| self.name(later));
        let tied = later.filter(|name| all.contains(*name)).cloned();
        Others::of(tied).or_else(|| Others::of(all.iter().cloned()))
    }

    /// What goes in the same step from lanes that an action needs, if something does.
    fn freed(&self, action: usize) -> Option<Because> {
        let going = self.graph.not_after[action].iter();
        let now = going.filter(|&&other| self.step_of[other] == self.step_of[action]);
        Some(Because::Lanes {
            others: Others::of(now.map(|&other| self.name(other).clone()))?,
        })
    }

    /// Why an action is not done right after what it had to wait for.
    fn waited(&self, action: usize) -> Because {
        let what = &self.graph.actions[action];
        let starts = matches!(what.kind, Kind::Leave | Kind::Down | Kind::Detach(_));
        let limit = starts
            .then(|| self.limit_of(what.entry, &mut BTreeSet::new()))
            .flatten();
        match limit {
            Some(exceeded) => Because::Limit {
                of: exceeded.of.clone(),
                limit: exceeded.limit,
            },
            None => self.freed(action).unwrap_or_else(|| Because::Invalid {
                error: self.barred.get(&action).map(|found| found.diagnostic.to_string()),
            }),
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
        if let Some(Cause::Follows(others)) = &entry.bounced {
            causes.extend(others);
        }
        let causes = causes.into_iter().filter_map(|name| self.positions.get(name));
        let mut causes: Vec<usize> = causes.copied().collect();
        if let Some(down) = self.graph.action(at, &Kind::Down) {
            let changing = self.after[down].iter().filter(|(_, tie)| *tie == Tie::Down);
            causes.extend(changing.map(|&(other, _)| self.graph.actions[other].entry));
        }
        causes.into_iter().find_map(|cause| self.limit_of(cause, seen))
    }

    /// What waits for an action first.
    fn before_what(&self, action: usize) -> Option<Because> {
        let later = |&(other, tie): &(usize, Tie)| (tie != Tie::Same).then(|| self.step_of[other])?;
        let step = self.after[action].iter().filter_map(later).min()?;
        let next: SmallVec<[(usize, Tie); 4]> = self.after[action]
            .iter()
            .copied()
            .filter(|one| later(one) == Some(step))
            .collect();
        let (link, others) = self.linked(&next, |other| (action, other))?;
        Some(Because::Before {
            step: self.first + step,
            others,
            link,
        })
    }

    /// Of actions that are tied to another one those with the first link. `pair` gives the earlier and
    /// the later of the two.
    fn linked(
        &self,
        tied: &[(usize, Tie)],
        pair: impl Fn(usize) -> (usize, usize),
    ) -> Option<(Link, Others)> {
        let links = tied.iter().filter_map(|&(other, tie)| {
            let (earlier, later) = pair(other);
            Some((self.link(earlier, later, tie)?, other))
        });
        let links: SmallVec<[(Link, usize); 4]> = links.collect();
        let (first, _) = *links.iter().min_by_key(|(link, _)| *link)?;
        let same = links.iter().filter(|(link, _)| *link == first);
        let others = Others::of(same.map(|&(_, other)| self.name(other).clone()))?;
        Some((first, others))
    }

    fn link(&self, earlier: usize, later: usize, tie: Tie) -> Option<Link> {
        let (first, second) = (&self.graph.actions[earlier], &self.graph.actions[later]);
        Some(match tie {
            Tie::Same => return None,
            Tie::RefersTo => Link::RefersTo,
            // What only brings something gives no reference up.
            Tie::ReferredBy if matches!(first.kind, Kind::Come | Kind::Attach(_)) => Link::Replaces,
            Tie::ReferredBy => Link::ReferredBy,
            Tie::Down => {
                let is_holder = self.graph.entries[first.entry].taken_down.is_some();
                if second.kind != Kind::Up && (first.kind == Kind::Down || is_holder) {
                    Link::WhileEarlierDown
                } else {
                    Link::WhileLaterDown
                }
            }
            Tie::Condition => Link::Condition(match (&first.kind, &second.kind) {
                (Kind::Leave, Kind::Leave) => Condition::EarlierNeedsLater,
                (Kind::Leave, _) => Condition::Excludes,
                (Kind::Come, Kind::Leave) => Condition::Unclear,
                (Kind::Come, _) => Condition::LaterNeedsEarlier,
                (_, Kind::Leave) => Condition::EarlierNeedsLater,
                (_, Kind::Come) => Condition::Excludes,
                _ => Condition::Unclear,
            }),
        })
    }

    fn name(&self, action: usize) -> &'a EntryName {
        self.graph.name_of(action)
    }
}
