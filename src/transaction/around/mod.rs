//! What a store needs around each step: commands that run after it, states that are waited for before it; and
//! which changes it does not take at all.

mod actions;
mod gates;
mod process;
mod release;
mod waits;

use crate::policy::Policy;
use crate::store::{EntryChange, Store};

use super::{Event, Observer, TransactionError};

pub use actions::{Command, commands};
pub use gates::{Gated, gated};
pub use release::Release;

use waits::Waits;

/// Says that we are alive, and fails when the change is to be broken off.
pub type Waiting<'w> = dyn FnMut(&mut dyn Store) -> Result<(), TransactionError> + 'w;

/// A step that is about to take place, or has just taken place.
pub struct Moment<'m> {
    /// Where.
    pub store: &'m mut dyn Store,
    /// What it changes.
    pub changes: &'m [EntryChange],
    /// Whether it takes a change back: then it takes place whatever happens.
    pub is_back: bool,
    /// Whether the change removed an entry, so that one that is added now is added again.
    pub was_removed: &'m dyn Fn(&EntryChange) -> bool,
    /// Is called regularly by what takes long.
    pub waiting: &'m mut Waiting<'m>,
    /// Observes what happens.
    pub observer: &'m mut dyn Observer,
}

/// What a store needs around each step.
pub trait Around {
    /// Is called before a step, which waits for it.
    ///
    /// # Errors
    /// Why the step cannot take place. The change goes back; a step that does so takes place all the same.
    fn before(&mut self, moment: &mut Moment) -> Result<(), TransactionError>;

    /// Is called after a step.
    ///
    /// # Errors
    /// Why what the step asks for could not be done. The change goes back; one that does so goes on.
    fn after(&mut self, moment: &mut Moment) -> Result<(), TransactionError>;
}

/// Nothing is done around the steps of a store that no daemons follow.
pub struct Nothing;

impl Around for Nothing {
    fn before(&mut self, _: &mut Moment) -> Result<(), TransactionError> {
        Ok(())
    }

    fn after(&mut self, _: &mut Moment) -> Result<(), TransactionError> {
        Ok(())
    }
}

/// What a switch needs, as the policy says it.
pub struct Switch {
    policy: Policy,
    waits: Waits,
}

impl Switch {
    /// What the policy says.
    pub fn new(policy: &Policy) -> Self {
        Switch {
            policy: policy.clone(),
            waits: Waits::default(),
        }
    }
}

impl Around for Switch {
    fn before(&mut self, moment: &mut Moment) -> Result<(), TransactionError> {
        self.waits.wait(&self.policy, moment)
    }

    fn after(&mut self, moment: &mut Moment) -> Result<(), TransactionError> {
        actions::run(&self.policy, moment)
    }
}
