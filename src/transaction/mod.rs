//! Carrying a change out on stores: all of it or nothing, whatever fails.
//!
//! # The contract
//!
//! A [`Session`] goes through these steps, in this order:
//!
//! 1. **Lock.** One writer at a time per store: a file lock beside a file, a lease in Redis that its owner
//!    renews and that expires after its owner died. Who holds it is told to everybody else.
//! 2. **Recover.** What a writer who died left unfinished is taken back first. A change that waits for
//!    [confirmation](Pending) refuses all others; one whose time is over is taken back first.
//! 3. **Read.** One snapshot of each store, with its version.
//! 4. **Validate and plan** all configs, before anything is written. That is the caller's part.
//! 5. **Journal.** What each step changes, with what stood there before, is written and synced.
//! 6. **Commit** step by step. Each step is one atomic compare-and-set: it takes place whole, and only if
//!    nobody has changed the config since it was read, whether they know of the lock or not. How far the
//!    change has come is known afterwards, whenever the process dies: Redis keeps a mark that is written in the
//!    same script as the step; a file shows it by what stands in it, and is replaced once, for all steps, unless
//!    a pause between them is asked for.
//! 7. **Read back** and compare.
//! 8. **History**, then the journal and the mark go, then the lock.
//!
//! On a switch ([`SwitchHooks`]) a step may have to wait for a state, and may ask for commands to run after it. If one of
//! them fails, the change goes back; on the way back they run as well, and a failure is told and changes nothing.
//!
//! If a step fails, the steps done are taken back, the last one first. If that fails too, or the process dies,
//! the journal stays, and recovery does it later; it can itself be interrupted and started again.
//!
//! What others changed meanwhile is never overwritten. Where nothing had been done yet, the change is made once
//! more from a fresh read, else what was done goes back and a conflict is reported. An undo that comes late
//! ([`undo`]) is planned anew, on the config as it is by then.
//!
//! A Redis server may forget everything, and a reload empties CONFIG_DB and fills it anew. A journal whose mark
//! is gone, or whose CONFIG_DB was emptied since, is closed with a note in the history; nothing is played onto a
//! config that it was not made for.
//!
//! Several scopes are all locked, read, validated and planned before the first write; if one fails, those done
//! go back. Different servers cannot commit in one instant: a reader may see one scope ahead of another.

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
    /// Where it is.
    pub store: Box<dyn Store>,
}
