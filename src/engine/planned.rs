//! A candidate and its plan.

use serde_json::Value;

use crate::plan::Plan;
use crate::report::StepCommands;
use crate::store::EntryChange;
use crate::transaction::changes_of;

use super::candidate::Candidate;

/// A candidate with the plan that leads to it.
#[derive(Debug)]
#[non_exhaustive]
pub struct PlannedChange {
    /// The candidate of one scope.
    pub candidate: Candidate,
    /// The steps, in their order.
    pub plan: Plan,
    /// The commands that run after each step on a switch, where commands are on.
    pub commands: Option<StepCommands>,
}

/// The entries that each step of a plan changes, from a running config on.
pub(super) fn step_changes(plan: &Plan, running: &Value) -> Vec<Vec<EntryChange>> {
    changes_of(running, plan.steps.iter().map(|step| step.writes.as_slice()))
}
