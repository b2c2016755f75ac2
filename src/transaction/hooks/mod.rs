//! What a store needs around each step: commands that run after it, states that are waited for before it; and
//! which changes it does not take at all.

mod actions;
mod preflight;
mod process;
mod release;
mod waits;

use crate::policy::Policy;
use crate::store::{EntryChange, Store};

use super::{Event, Observer, TransactionError};

pub(super) use actions::is_changed;
pub use actions::{StepCommand, commands};
pub use preflight::{Unsupported, unsupported_changes};
pub use release::Release;

use waits::Waits;

/// Says that we are alive, and fails when the change is to be broken off.
pub type Heartbeat<'w> = dyn FnMut(&mut dyn Store) -> Result<(), TransactionError> + 'w;

/// A step that is about to take place, or has just taken place.
pub struct StepContext<'m> {
    /// The store that the step changes.
    pub store: &'m mut dyn Store,
    /// The entries that it changes.
    pub changes: &'m [EntryChange],
    /// Whether it takes a change back: then it takes place whatever happens.
    pub is_rollback: bool,
    /// The changes of a table by which this change creates or deletes entries, in any of its steps.
    pub moves_of: &'m dyn Fn(&str) -> Vec<&'m EntryChange>,
    /// Is called regularly by what takes long.
    pub heartbeat: &'m mut Heartbeat<'m>,
    /// Is called for each event.
    pub observer: &'m mut dyn Observer,
}

/// What a store needs around each step.
pub trait StepHooks {
    /// Is called before a step, which waits for it.
    ///
    /// # Errors
    /// The reason why the step cannot take place. The change is rolled back; a step of a rollback takes place all the
    /// same.
    fn before(&mut self, context: &mut StepContext) -> Result<(), TransactionError>;

    /// Is called after a step.
    ///
    /// # Errors
    /// The reason why the hook failed. The change is rolled back; a rollback continues.
    fn after(&mut self, context: &mut StepContext) -> Result<(), TransactionError>;
}

/// Nothing is done around the steps of a store that no daemons follow.
pub struct NoHooks;

impl StepHooks for NoHooks {
    fn before(&mut self, _: &mut StepContext) -> Result<(), TransactionError> {
        Ok(())
    }

    fn after(&mut self, _: &mut StepContext) -> Result<(), TransactionError> {
        Ok(())
    }
}

/// What a switch needs, as the policy says it.
pub struct SwitchHooks {
    policy: Policy,
    waits: Waits,
}

impl SwitchHooks {
    /// What the policy says.
    pub fn new(policy: &Policy) -> Self {
        SwitchHooks {
            policy: policy.clone(),
            waits: Waits::default(),
        }
    }
}

impl StepHooks for SwitchHooks {
    fn before(&mut self, context: &mut StepContext) -> Result<(), TransactionError> {
        self.waits.wait(&self.policy, context)
    }

    fn after(&mut self, context: &mut StepContext) -> Result<(), TransactionError> {
        actions::run(&self.policy, context)
    }
}
