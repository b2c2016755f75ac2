//! Carrying a change out on stores: all of it or nothing, whatever fails.
//!
//! # The contract
//!
//! A [`Session`] takes these steps, in this order:
//!
//! 1. **Lock.** One writer at a time per store: a file lock beside a file, a lease in Redis that its owner
//!    renews and that expires after its owner died. Other writers are told who holds it.
//! 2. **Recover.** A change that a dead writer left unfinished is rolled back first. A change that waits for
//!    [confirmation](Pending) blocks all others; after its deadline it is rolled back first.
//! 3. **Read.** One snapshot of each store, with its version.
//! 4. **Validate and plan** all configs, before anything is written. The caller does this.
//! 5. **Journal.** The changes of each step, with the previous values, are written and synced.
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
//! Changes of other clients are never overwritten. Where no step was made yet, the change is planned once more from a
//! fresh read; else the completed steps are rolled back and a conflict is reported. A later rollback ([`undo`]) is
//! planned anew, on the config of that time.
//!
//! A Redis server may lose everything, and a reload empties CONFIG_DB and fills it anew. A journal whose marker is
//! missing, or whose CONFIG_DB was emptied since, is closed with a note in the history; a journal is never replayed on
//! a different config.
//!
//! Several scopes are all locked, read, validated and planned before the first write; if one fails, the completed
//! steps of all are rolled back. Different servers cannot commit in one instant: a reader may see one scope ahead of
//! another.

mod checkpoint;
mod commit;
mod confirm;
mod error;
mod history;
mod hooks;
mod id;
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
