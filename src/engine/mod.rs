//! Changes of configs, from the request to the commit: what every front end calls.
//!
//! An [`Engine`] has the models and the policy. A [`StoreSet`] has the stores. A [`Session`] makes changes:
//! [`Session::apply`] takes a [`ChangeRequest`] through these steps.
//!
//! 1. Lock the stores, and finish what another process left unfinished.
//! 2. Read the running configs, and make the [`Candidate`] of each scope.
//! 3. Validate and plan all candidates. A [`Rejection`] says why one is not accepted, with a [`Review`] of the findings.
//! 4. Check them against the platform.
//! 5. Commit step by step; see [`transaction`](crate::transaction).
//!
//! The engine writes nothing to the terminal. An [`Observer`] gets typed [`Event`]s.

mod candidate;
mod cascade;
mod change;
pub mod check;
mod error;
mod introduced;
mod migration;
mod models;
mod planned;
mod reject;
mod rejection;
mod request;
mod review;
mod scopes;
mod session;
mod stores;
mod unmodeled;
mod whole;

pub use crate::transaction::{CommitReport, Direction, Event, Observer};

pub use candidate::{Candidate, CandidateBuilder, Edit, EditError, config};
pub use cascade::{CascadedRemoval, RemovalCause};
pub use change::{ChangeDocument, PathFormat, read_document};
pub use error::ApplyError;
pub use introduced::introduced_errors;
pub use models::{Engine, EngineBuilder, LoadError};
pub use planned::PlannedChange;
pub use rejection::{RejectReason, Rejection};
pub use request::{Allow, ChangeRequest, Edits, Running};
pub use review::{Adjust, BEFORE, IgnoredPath, Review, ReviewInput, ReviewOptions, review};
pub use scopes::{SplitError, split};
pub use session::{Confirmation, DryRun, Session, SessionOptions};
pub use stores::{CHECKPOINTS, OpenError, StateDirs, StoreSet};
pub use whole::{config_by_scope, from_yang_json};
