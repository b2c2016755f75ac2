//! Carrying a change out on stores: all of it or nothing, whatever fails.
//!
//! # The contract
//!
//! A [`Session`] takes these steps, in this order:
//!
//! 1. **Lock.** One writer at a time per store: a file of our own beside a file, a lease in Redis that its owner
//!    renews and that expires after its owner died. Other writers are told who holds it.
//! 2. **Recover.** A change that a dead writer left unfinished is rolled back first. A change that waits for
//!    [confirmation](Pending) blocks all others on each of its stores; after its deadline it is rolled back first.
//! 3. **Read.** One snapshot of each store, with its version.
//! 4. **Validate and plan** all configs, before anything is written. The caller does this.
//! 5. **Journal.** The changes of each step, with the previous values, are written and synced, in a file of this change.
//! 6. **Commit** step by step. Each step is one atomic compare-and-set: it takes place whole, and only if no client
//!    has changed the config since it was read, whether it uses the lock or not. The progress is known at all
//!    times, even if the process dies: Redis keeps a commit marker that is written in the same script as the step; a
//!    file shows it by its contents, and is replaced once, for all steps, unless a step delay is given.
//! 7. **Read back** and compare.
//! 8. **History**, then the journal and the marker are removed, then the lock.
//!
//! On a switch ([`SwitchHooks`]) a step may wait for a state, and commands may run after it. If one of them fails, the
//! change is rolled back. They run during the rollback as well; a failure there is reported and changes nothing.
//!
//! If a step fails, the completed steps are rolled back, the last one first. If that fails too, or the process dies,
//! the journal stays, and recovery does it later. Recovery can be interrupted and started again.
//!
//! # What holds
//!
//! - **A refused step leaves nothing.** A script of Redis first has its rights checked, compares, writes to the lock, tries
//!   each command where it changes nothing, and puts back what it wrote before a refusal. Where even that is refused
//!   ([`StoreError::Partial`](crate::store::StoreError::Partial)), the marker counts the step, so that it is rolled back like
//!   a whole one.
//! - **A late message does nothing.** Each lock has a random token, and each attempt of a step a number. An attempt whose
//!   answer did not arrive is withdrawn before anything is read or rolled back. A marker is removed by the name of its change.
//! - **A writer that was stopped beyond its lease does no harm.** Its steps are void. Its journal has a name of its own. It
//!   asks for its lock before it closes the change, and the outcome that is first in the history stays.
//! - **A journal is played back only on the config that it is about.** How far a change has come is read from the entries
//!   themselves (`position.rs`): the marker counts the steps, and the entries confirm it. Where they are as before, or as
//!   after the change, there is nothing to roll back, for whatever reason. Where they are half done, the change is
//!   rolled back. Values that another client gave stay. Where it cannot be told whether the config was loaded anew since,
//!   nothing is done, and the user is asked ([`TransactionError::Doubt`]).
//! - **A store is known by what it says of itself**: a random id beside the marker, the run of the server, the MAC address
//!   or host name in the config. Journals and pending changes of another server at the same URL are left alone, and named.
//! - **Nothing is believed that another user could have written** ([`PrivateFolder`](crate::store::PrivateFolder)). Markers
//!   name no files. A journal counts only for a store that it is about.
//! - Changes of other clients are never overwritten. Where no step was made yet, the change is planned once more from a
//!   fresh read; else the completed steps are rolled back and a conflict is reported. A later rollback ([`undo`]) is
//!   planned anew, on the config of that time.
//! - **The outcome says what is in effect**: all of the change, nothing of it, or that this is not known. A failure after the last
//!   step is [`TransactionError::AppliedBut`].
//! - A deadline for confirmation is counted by a clock that cannot be set, within a boot of the machine; after a reboot by
//!   the time of day.
//!
//! # What cannot hold
//!
//! Several scopes are all locked, read, validated and planned before the first write; if one fails, the completed
//! steps of all are rolled back. But different servers cannot commit in one instant: a reader may see one scope ahead of
//! another. A server that loses its last writes after it confirmed them, as in a failover to a replica, loses a step; if that
//! was the last one, no journal is left that knows of it.

mod checkpoint;
mod commit;
mod confirm;
mod deadline;
mod error;
mod history;
mod hooks;
mod id;
mod identity;
mod journal;
mod observer;
mod position;
mod record;
mod recover;
mod session;
mod settings;
mod squash;
mod state_dir;
mod undo;
mod unfinished;

use crate::patch::Scope;
use crate::store::Store;

pub use checkpoint::{CheckpointError, Checkpoints};
pub use confirm::Pending;
pub use deadline::BootDeadline;
pub use error::TransactionError;
pub use history::{History, HistoryRange};
pub use hooks::{
    Heartbeat, NoHooks, Release, StepCommand, StepContext, StepHooks, SwitchHooks, Unsupported, commands,
    unsupported_changes,
};
pub use observer::{Event, Observer};
pub use record::{ChangeOutcome, Record, RecordPart, Save};
pub use recover::Direction;
pub use session::Session;
pub use settings::{
    ChangeOrigin, CommitReport, PlanFn, SessionContext, StorePlan, TransactionOptions, TransactionPlan,
};
pub use squash::{changes_of, squash};
pub use state_dir::StateDir;
pub use undo::{Undo, undo};

/// A store, and whose config it holds.
pub struct Participant {
    /// Whose config it is.
    pub scope: Scope,
    /// The store of the config.
    pub store: Box<dyn Store>,
}
