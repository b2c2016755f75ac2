//! What can go wrong with a store.

use std::path::PathBuf;

use thiserror::Error;

use crate::config::{ReadError, plain_reason};
use crate::patch::SyntaxError;

use super::LockOwner;

/// Why a config could not be read or changed. Where it could not be changed it is as it was, unless the error
/// says otherwise.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// It cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The text is not JSON.
    #[error(transparent)]
    Parse(SyntaxError),
    /// It is a folder, a pipe, or a device.
    #[error("{} is not a file; name the file that holds the config", path.display())]
    NotAFile {
        /// What was named.
        path: PathBuf,
    },
    /// A file cannot be written.
    #[error("cannot replace {}: {reason}; it is as it was", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        reason: String,
    },
    /// The file was replaced, but the system would not confirm that the change is on the disk.
    #[error("{} is replaced, but it is not certain to be on the disk: {reason}", path.display())]
    Sync {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        reason: String,
    },
    /// A folder or file beside the store cannot be used.
    #[error("cannot {doing} {}: {reason}", path.display())]
    Files {
        /// What was being done.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        reason: String,
    },
    /// A folder or file of ours is not as we make it, so another user may have put it there.
    #[error("{} is not used: {reason}", path.display())]
    Untrusted {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Another writer holds the lock.
    #[error("{store} is being changed by {holder}")]
    Held {
        /// The store.
        store: String,
        /// Who holds it.
        holder: String,
    },
    /// The lock was ours and is not any more.
    #[error("{store} is no longer locked by this change{}; nothing more is written", but_by(holder.as_deref()))]
    LockLost {
        /// The store.
        store: String,
        /// The present owner of the lock, if there is one.
        holder: Option<String>,
    },
    /// Another client changed the config meanwhile.
    #[error("{store} was changed by another client meanwhile{}; its changes are kept, try again", in_table(table.as_deref()))]
    Conflict {
        /// The store.
        store: String,
        /// The table that was changed, where that is known.
        table: Option<String>,
    },
    /// The connection was lost in the middle of a step.
    #[error("{store}: it is not known whether the step took place: {reason}")]
    Uncertain {
        /// The store.
        store: String,
        /// What happened.
        reason: String,
    },
    /// The server refused a write in the middle of a step, and to undo the writes before it.
    #[error("{store}: a part of a step was written, and could not be undone: {reason}")]
    Partial {
        /// The store.
        store: String,
        /// The server's reason.
        reason: String,
    },
    /// The server cannot be reached, or refused what it was asked.
    #[error("cannot {doing} {store}: {reason}")]
    Server {
        /// The store.
        store: String,
        /// What was being done.
        doing: &'static str,
        /// The server's reason, or the system's.
        reason: String,
        /// Whether there is no connection, so that it may be better later.
        unreachable: bool,
    },
    /// The database does not hold a CONFIG_DB.
    #[error("{store} is no CONFIG_DB: {reason}")]
    NoConfig {
        /// The store.
        store: String,
        /// What is wrong.
        reason: String,
    },
    /// A value cannot be kept there.
    #[error("{store} cannot keep {entry}: {reason}; nothing was changed")]
    CannotKeep {
        /// The store.
        store: String,
        /// The entry.
        entry: String,
        /// Why.
        reason: String,
    },
    /// It is not named rightly.
    #[error("{url:?} names no store: {reason}")]
    Url {
        /// What was given, without a password.
        url: String,
        /// What is wrong.
        reason: String,
    },
    /// The file that describes the databases of a switch cannot be used.
    #[error("cannot use {}, which describes the databases of the switch: {reason}", path.display())]
    DatabaseConfig {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

impl StoreError {
    /// A failure with a file or folder.
    pub fn files(doing: &'static str, path: impl Into<PathBuf>, error: &std::io::Error) -> Self {
        StoreError::Files {
            doing,
            path: path.into(),
            reason: plain_reason(error),
        }
    }

    /// Another writer holds the lock.
    pub fn held(store: &str, holder: &LockOwner) -> Self {
        StoreError::Held {
            store: store.to_owned(),
            holder: holder.to_string(),
        }
    }

    /// Whether another client is, or was, at work, so that a retry may succeed.
    pub fn is_conflict(&self) -> bool {
        matches!(
            self,
            StoreError::Held { .. } | StoreError::LockLost { .. } | StoreError::Conflict { .. }
        )
    }

    /// Whether the server was not there.
    pub fn is_unreachable(&self) -> bool {
        matches!(
            self,
            StoreError::Uncertain { .. }
                | StoreError::Server {
                    unreachable: true,
                    ..
                }
        )
    }
}

fn but_by(holder: Option<&str>) -> String {
    holder.map_or(String::new(), |holder| format!(", but by {holder}"))
}

fn in_table(table: Option<&str>) -> String {
    table.map_or(String::new(), |table| format!(", in the table {table}"))
}
