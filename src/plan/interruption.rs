//! What a plan interrupts, and for how long.

use std::collections::BTreeMap;

use crate::config::EntryName;

use super::{Plan, ReasonKind, StepReason};

/// An entry whose service is interrupted. Steps are counted from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interruption {
    /// The name of the entry.
    pub entry: EntryName,
    /// The step with which that begins.
    pub from: usize,
    /// The step with which it ends.
    pub until: usize,
    /// The way in which it is interrupted.
    pub how: How,
    /// Why: [`ReasonKind::CreateOnly`], [`ReasonKind::Follows`] or [`ReasonKind::TakenDown`].
    pub because: Option<ReasonKind>,
}

/// How an entry is interrupted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum How {
    /// It is removed and added again.
    Removed,
    /// It is taken down and brought up again.
    Down,
}

impl Plan {
    /// What is interrupted, in the order in which that begins.
    pub fn interruptions(&self) -> Vec<Interruption> {
        let mut found: BTreeMap<&EntryName, Interruption> = BTreeMap::new();
        for (at, step) in self.steps.iter().enumerate() {
            for name in &step.disrupts {
                found.entry(name).or_insert_with(|| Interruption {
                    entry: name.clone(),
                    from: at,
                    until: at,
                    how: How::Down,
                    because: None,
                });
            }
        }
        for (at, step) in self.steps.iter().enumerate() {
            for write in &step.writes {
                if let Some(one) = found.get_mut(&write.entry)
                    && at >= one.from
                {
                    if write.value.is_none() {
                        one.how = How::Removed;
                    } else if one.how == How::Removed && one.until == one.from {
                        one.until = at;
                    }
                }
            }
            for StepReason { entry, because } in &step.why {
                let Some(one) = found.get_mut(entry).filter(|one| at >= one.from) else {
                    continue;
                };
                match because {
                    ReasonKind::BroughtUp { .. } => one.until = at,
                    ReasonKind::CreateOnly { .. } | ReasonKind::Follows { .. } => {
                        one.because = Some(because.clone());
                    }
                    ReasonKind::TakenDown { .. } if one.because.is_none() => {
                        one.because = Some(because.clone());
                    }
                    _ => {}
                }
            }
        }
        let mut all: Vec<Interruption> = found.into_values().collect();
        all.sort_by(|a, b| (a.from, a.until, &a.entry).cmp(&(b.from, b.until, &b.entry)));
        all
    }
}
