//! What a caller can observe of a change while it is made.

use crate::store::{EntryChange, LockOwner};

use super::{ChangeOutcome, Pending, TransactionError};

/// Something that happens while a change is made. Secrets are masked, except in `changes`, which are the data itself.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'e> {
    /// A step begins on a store.
    StepStarted {
        /// The store, as messages name it.
        store: &'e str,
        /// The number of the step, from 1.
        step: usize,
        /// The number of steps.
        of: usize,
        /// What it changes.
        changes: &'e [EntryChange],
    },
    /// A command that the policy asks for begins.
    CommandStarted {
        /// The command with its arguments.
        command: &'e str,
    },
    /// A change that another process left unfinished was finished.
    Recovered {
        /// The change.
        id: &'e str,
        /// The process that left it unfinished.
        holder: &'e LockOwner,
        /// What became of it.
        outcome: &'e ChangeOutcome,
    },
    /// A change that was not confirmed in time was rolled back.
    Expired {
        /// The change.
        pending: &'e Pending,
        /// JSON pointers to places that another client changed since; they are left as they are.
        kept: &'e [String],
    },
    /// A change that another process left unfinished, or that waits for confirmation, was made on another server than the one
    /// that is at the address now. It is left alone.
    OtherServer {
        /// The change.
        id: &'e str,
        /// The process that made it.
        holder: &'e LockOwner,
        /// The store, as messages name it.
        store: &'e str,
    },
    /// A rollback left places alone that another client changed since: JSON pointers.
    ForeignChangesKept(&'e [String]),
    /// A change was rolled back, and its outcome could not be written to the history.
    NotRecorded(&'e TransactionError),
    /// A command or a wait failed during a rollback. The rollback continues.
    HookFailed(&'e TransactionError),
    /// A file that a change had written as well could not be restored. The rollback continues.
    SaveNotRestored(&'e TransactionError),
}

/// Observes a change while it is made.
pub trait Observer {
    /// Is called for each event, in their order, by the thread that makes the change.
    fn event(&mut self, event: &Event);
}

/// Observes nothing.
impl Observer for () {
    fn event(&mut self, _: &Event) {}
}
