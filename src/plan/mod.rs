//! From a change to the fewest steps that are safe for a running switch.
//!
//! Safe means: every step leads to a valid config; referenced entries are created before the entries that reference
//! them, and deleted after these; some fields change only with their entry, some entries only while a port is down;
//! nothing else is touched, and not too much is interrupted at once.

mod affected;
mod bound;
mod config_pair;
mod conflicts;
mod content;
mod explain;
mod graph;
mod interruption;
mod limits;
mod make;
mod operations;
mod reason;
mod refusal;
mod rollback;
mod schedule;

use serde::Serialize;

use crate::config::{EntryName, Write};
use crate::validate::EntryDiagnostic;

pub(crate) use content::{same_part, take_out};
pub use interruption::{How, Interruption};
pub use make::{PlanOptions, Workspace, plan, plan_in};
pub use reason::{Condition, DependencyKind, EntrySet, ReasonKind, StepReason};
pub use refusal::{Refusal, check_allowed};
pub use rollback::plan_rollback;

/// The ordered steps from one config to another.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plan {
    /// The steps; each is committed as one.
    pub steps: Vec<Step>,
    /// The plan in figures.
    pub summary: PlanSummary,
    /// Warnings about the target.
    pub warnings: Vec<EntryDiagnostic>,
}

/// Entry writes that are committed together.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Step {
    /// The writes, each entry once, in the order of their names.
    pub writes: Vec<Write>,
    /// The reasons why the writes are in this step.
    pub why: Vec<StepReason>,
    /// Entries whose service this step interrupts: they are removed to be added again, or taken down.
    pub disrupts: Vec<EntryName>,
}

/// A plan in figures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct PlanSummary {
    /// How many steps there are.
    pub steps: usize,
    /// How many entries differ between the two configs.
    pub entries_changed: usize,
    /// How many entries any step writes.
    pub entries_touched: usize,
    /// How many entries are removed and added again.
    pub entries_recreated: usize,
    /// No plan has fewer steps.
    pub lower_bound: usize,
}

/// How much may be interrupted between two steps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Disruption {
    /// What the policy says.
    #[default]
    Policy,
    /// This many entries of each table on their own account; what depends on them is not counted. 0: nothing at all.
    Rolling(usize),
    /// As much as there is.
    AllAtOnce,
}
