//! What can go wrong with a transaction.

use std::path::PathBuf;

use thiserror::Error;

use crate::store::StoreError;

use super::Pending;

/// Why a change was not carried out, or what is to be said of one that was.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TransactionError {
    /// The store. Nothing was changed, or it says so itself.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store holds something that is not a config.
    #[error("{reason}")]
    NotAConfig {
        /// The store.
        store: String,
        /// What is wrong, with its place.
        reason: String,
    },
    /// A file of ours was damaged.
    #[error("{} is damaged: {reason}; nothing is changed until that is mended", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Another process left a change unfinished, and it cannot be rolled back from here.
    #[error("{store} holds a part of the change {id}, which {who} left unfinished or unconfirmed: {reason}")]
    Unfinished {
        /// The store.
        store: String,
        /// The change.
        id: String,
        /// Who made it.
        who: String,
        /// The reason why it cannot be rolled back.
        reason: String,
    },
    /// An unfinished change may be in effect in part, and it cannot be known which part is its own.
    #[error("it is not certain what {store} holds of the change {id}, which {who} left unfinished: {reason}")]
    Doubt {
        /// The store.
        store: String,
        /// The change.
        id: String,
        /// Who made it.
        who: String,
        /// Why that is not certain.
        reason: String,
    },
    /// No name of a change is later than the last one of the history, because of a clock that was wrong.
    #[error("no change can have a later name than {last}, the last one in {}; was the clock wrong? Remove that file", path.display())]
    NoLaterName {
        /// The folder of the history.
        path: PathBuf,
        /// The last name.
        last: String,
    },
    /// A change waits for confirmation.
    #[error("the change {} by {} waits for confirmation until {}", .0.id, .0.holder, .0.until)]
    Pending(Box<Pending>),
    /// The change failed, and its completed steps were rolled back.
    #[error("{reason}; the completed steps are rolled back")]
    RolledBack {
        /// Why it failed.
        reason: String,
        /// Whether it may do when it is tried again.
        conflict: bool,
    },
    /// The change failed, and its completed steps could not be rolled back.
    #[error("{reason}; the change {id} IS HALF DONE and could not be rolled back: {left}")]
    RollbackFailed {
        /// Why it failed.
        reason: String,
        /// The reason why they could not be rolled back.
        left: String,
        /// The change.
        id: String,
    },
    /// A command that a step asks for failed.
    #[error("\"{command}\" after the change of {entry} failed: {reason}")]
    Action {
        /// The command.
        command: String,
        /// The entry whose change asks for it.
        entry: String,
        /// How it ended, and what it said.
        reason: String,
    },
    /// An entry of STATE_DB that had to disappear before a step was still there at the deadline.
    #[error("{entry} cannot be added: {state} of STATE_DB is still there after {seconds} s")]
    NotGone {
        /// The entry that is to be added.
        entry: String,
        /// What is still there.
        state: String,
        /// How long that was waited for.
        seconds: f64,
    },
    /// The user broke it off.
    #[error("interrupted; {outcome}")]
    Interrupted {
        /// The state of the configs.
        outcome: String,
    },
    /// The change took place, and something failed after its last step.
    #[error("the change {id} is applied, but {reason}")]
    AppliedBut {
        /// The change.
        id: String,
        /// What failed.
        reason: String,
    },
    /// The config that was read back is not what the change made.
    #[error("the config is not what it makes: another client changed {}", .0.join(", "))]
    Differs(Vec<String>),
    /// The change failed, and the configs are as they were found: another client loaded them meanwhile.
    #[error("{reason}; {closed}")]
    Closed {
        /// Why it failed.
        reason: String,
        /// Why nothing was rolled back.
        closed: String,
    },
    /// Another client changed the same entries.
    #[error("another client changed {} since; nothing was changed", .0.join(", "))]
    Conflicts(Vec<String>),
    /// There is no such change.
    #[error("there is no change {id:?} in the history{}", what_there_is(last.as_deref(), *matching))]
    NoSuchChange {
        /// The id, or its beginning, that was asked for.
        id: String,
        /// The id of the last change, where no id begins like this.
        last: Option<String>,
        /// The number of ids that begin like this.
        matching: usize,
    },
    /// The change is not in effect, so it cannot be rolled back.
    #[error("the change {id} cannot be rolled back: {reason}")]
    NotApplied {
        /// The change.
        id: String,
        /// The outcome of the change.
        reason: String,
    },
    /// No change waits for confirmation.
    #[error("no change waits for confirmation")]
    NothingPending,
    /// The new config cannot be made, or there is no plan for it.
    #[error("{0}")]
    Refused(String),
}

impl TransactionError {
    /// The user broke it off before anything was done of the change.
    pub fn interrupted() -> Self {
        TransactionError::Interrupted {
            outcome: "nothing was changed".to_owned(),
        }
    }

    /// Whether the store cannot be reached, so that it may be better later.
    pub(super) fn is_unreachable(&self) -> bool {
        matches!(self, TransactionError::Store(error) if error.is_unreachable())
    }

    /// Whether another client is, or was, at work, so that a retry may succeed.
    pub fn is_conflict(&self) -> bool {
        match self {
            TransactionError::Store(error) => error.is_conflict(),
            TransactionError::RolledBack { conflict, .. } => *conflict,
            TransactionError::Pending(_)
            | TransactionError::Closed { .. }
            | TransactionError::Conflicts(_)
            | TransactionError::Unfinished { .. } => true,
            _ => false,
        }
    }
}

fn what_there_is(last: Option<&str>, matching: usize) -> String {
    match (matching, last) {
        (2.., _) => format!(": {matching} begin so"),
        (_, Some(last)) => format!(", the last one is {last}"),
        (_, None) => String::new(),
    }
}
