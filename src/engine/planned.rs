//! A candidate and its plan.

use crate::plan::Plan;
use crate::report::StepCommands;

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
