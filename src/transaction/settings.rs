//! Inputs and results of a session.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use serde_json::Value;

use crate::config::Config;
use crate::config::debug_without_contents;
use crate::policy::Policy;
use crate::store::EntryChange;

use super::{Observer, Participant, StepHooks};

/// How changes are carried out.
#[derive(Debug, Clone)]
pub struct TransactionOptions {
    /// What this is, as others see it who wait for the lock.
    pub command: String,
    /// How long a lock is waited for.
    pub lock_timeout: Duration,
    /// The pause between two steps. `None`: a second on a live store; a file is replaced once, for all steps.
    pub step_delay: Option<Duration>,
    /// How many changes the history keeps.
    pub keep: usize,
    /// Tables that daemons write themselves: what they do there is no conflict, unless the change is about them.
    pub exempt: Vec<String>,
    /// A file that is locked while the switch loads its whole config.
    pub reload_lock: Option<PathBuf>,
}

/// The origin of a change.
#[derive(Debug, Clone, Default)]
pub struct ChangeOrigin {
    /// What its author says of it.
    pub comment: Option<String>,
    /// The name of a file, or a description.
    pub source: String,
    /// The change is rolled back unless it is confirmed within this time.
    pub confirm_within: Option<Duration>,
    /// It takes a change back that must not stay: what fails around a step does not hold it up.
    pub is_rollback: bool,
    /// The file that the new config of each store is written to as well, in the order of the stores.
    pub saves: Vec<Option<PathBuf>>,
}

/// What becomes of one store.
#[derive(Clone, PartialEq)]
pub struct StorePlan {
    /// The steps, in their order.
    pub steps: Vec<Vec<EntryChange>>,
    /// The config after all of them.
    pub target: Value,
}

debug_without_contents!(StorePlan {});

/// What is to be done.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TransactionPlan {
    /// What becomes of each store.
    pub parts: Vec<StorePlan>,
    /// The changes of the history that this one rolls back.
    pub undoes: Vec<String>,
}

/// The result of a commit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CommitReport {
    /// The id of the change in the history; `None` where there was nothing to change.
    pub id: Option<String>,
    /// The number of steps.
    pub steps: usize,
    /// The number of changed entries.
    pub entries: usize,
    /// The deadline for its confirmation, as RFC 3339 writes it.
    pub confirm_by: Option<String>,
    /// The number of errors that the configs had before, counted where those are allowed; of a rollback, those that the
    /// restored configs have.
    pub preexisting_errors: usize,
}

/// What a session works with.
pub struct SessionContext<'a> {
    /// Becomes true when the user breaks it off.
    pub interrupt: &'a AtomicBool,
    /// Is called for each event.
    pub observer: &'a mut dyn Observer,
    /// What is done around each step.
    pub hooks: &'a mut dyn StepHooks,
    /// The policy, which says what is secret.
    pub policy: &'a Policy,
    /// Plans a rollback that happens later, from one config to another. There is always one.
    pub plan: &'a dyn Fn(&Value, &Value) -> Vec<Vec<EntryChange>>,
}

/// Makes the steps for the configs as they were read. The stores may be asked for what else it takes.
pub type PlanFn<'m, E> = dyn FnMut(&[Config], &mut [Participant]) -> Result<TransactionPlan, E> + 'm;
