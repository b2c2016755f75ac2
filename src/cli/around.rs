//! What stores need around each step.

use crate::policy::Policy;
use crate::store::{EntryChange, Store};
use crate::transaction::{Around, TransactionError};

/// Nothing is done around the steps of a store that no daemons follow.
struct Nothing;

impl Around for Nothing {
    fn before(
        &mut self,
        _: &mut dyn Store,
        _: &[EntryChange],
        _: &mut dyn FnMut(&mut dyn Store) -> Result<(), TransactionError>,
    ) -> Result<(), TransactionError> {
        Ok(())
    }

    fn after(
        &mut self,
        _: &mut dyn Store,
        _: &[EntryChange],
        _: &mut dyn FnMut(&mut dyn Store) -> Result<(), TransactionError>,
    ) -> Result<(), TransactionError> {
        Ok(())
    }
}

/// What is done around the steps.
pub fn around(_: &Policy, _: bool) -> Box<dyn Around> {
    Box::new(Nothing)
}
