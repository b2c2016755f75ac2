//! How a command ends, and the exit code that says so.

use std::process::ExitCode;

use crate::config::{CONFIG_DB_SEPARATOR, ConfigError, EntryName, ReadError};
use crate::patch::FormError;
use crate::policy::{Policy, PolicyError};
use crate::report::printable;
use crate::schema::SchemaError;
use crate::store::StoreError;
use crate::transaction::TransactionError;
use crate::validate::masked_entry;

use super::change::{masked_pointer, without_secrets};
use super::output::say;

/// A command that did what it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Done, or nothing found: 0.
    Clean,
    /// Findings: 1.
    Findings,
}

/// A command that failed. The message is the whole reason on one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// A change that was refused: 1.
    Refused(Box<Reason>),
    /// A usage or environment error: 2.
    Environment(String),
    /// Another client holds the lock, or has changed the config meanwhile: 3.
    Conflict(String),
    /// The user interrupted it: 130.
    Interrupted(String),
}

/// Why a change was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// All of it, in words.
    pub message: String,
    /// Where in the change it is, and what is wrong there, if it is about one place.
    pub at: Option<FormError>,
    /// The same with the number of errors in place of the errors, if these are shown with their lines.
    pub summary: Option<String>,
}

impl Outcome {
    /// The exit code.
    pub fn exit_code(self) -> ExitCode {
        ExitCode::from(match self {
            Outcome::Clean => 0,
            Outcome::Findings => 1,
        })
    }
}

impl Failure {
    /// A change that was refused.
    pub fn refused(message: impl Into<String>) -> Self {
        Failure::Refused(Box::new(Reason {
            message: message.into(),
            at: None,
            summary: None,
        }))
    }

    /// The exit code.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Failure::Refused(_) => 1,
            Failure::Environment(_) => 2,
            Failure::Conflict(_) => 3,
            Failure::Interrupted(_) => 130,
        })
    }

    /// The reason, on one line.
    pub fn message(&self) -> String {
        printable(match self {
            Failure::Refused(reason) => &reason.message,
            Failure::Environment(message) | Failure::Conflict(message) | Failure::Interrupted(message) => {
                message
            }
        })
    }

    /// A failure of a store; a text that cannot be read comes without its secrets.
    pub fn from_store(error: StoreError, policy: &Policy) -> Self {
        match error {
            StoreError::Parse(refused) => {
                let (source, error) = *refused;
                let (_, error) = without_secrets(source, error, policy);
                Failure::Environment(error.to_string())
            }
            StoreError::CannotKeep { store, entry, reason } => {
                let entry = shown(policy, &entry);
                Failure::Environment(StoreError::CannotKeep { store, entry, reason }.to_string())
            }
            error => error.into(),
        }
    }

    /// A failure of a transaction, without secrets.
    pub fn from_transaction(error: TransactionError, policy: &Policy) -> Self {
        let conflict = error.is_conflict();
        let error = match error {
            TransactionError::Differs(entries) => {
                TransactionError::Differs(entries.iter().map(|entry| shown(policy, entry)).collect())
            }
            TransactionError::Conflicts(places) => TransactionError::Conflicts(
                places.iter().map(|place| masked_pointer(policy, place)).collect(),
            ),
            error => error,
        };
        match error {
            TransactionError::Store(error) => Self::from_store(error, policy),
            error @ TransactionError::Interrupted { .. } => Failure::Interrupted(error.to_string()),
            error if conflict => Failure::Conflict(error.to_string()),
            error @ (TransactionError::Refused(_)
            | TransactionError::NotApplied { .. }
            | TransactionError::NoSuchChange { .. }
            | TransactionError::NothingPending) => Failure::refused(error.to_string()),
            error => Failure::Environment(error.to_string()),
        }
    }

    /// The same failure, which shows every reason on its last line.
    pub fn with_full_reason(mut self) -> Self {
        if let Failure::Refused(reason) = &mut self {
            reason.summary = None;
        }
        self
    }

    /// Prints the last line of a failed command to standard error: `Error: ` and the reason, or the summary of errors
    /// that are shown above it.
    pub fn tell(&self) {
        let summary = match self {
            Failure::Refused(reason) => reason.summary.as_deref().map(printable),
            _ => None,
        };
        say(&format!("Error: {}\n", summary.unwrap_or_else(|| self.message())));
    }
}

/// The name of an entry without a secret key.
fn shown(policy: &Policy, entry: &str) -> String {
    match entry.split_once(CONFIG_DB_SEPARATOR) {
        Some((table, key)) => masked_entry(policy, &EntryName::new(table, key)).to_string(),
        None => entry.to_owned(),
    }
}

impl From<SchemaError> for Failure {
    fn from(error: SchemaError) -> Self {
        Failure::Environment(error.to_string())
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        Failure::Environment(error.to_string())
    }
}

impl From<PolicyError> for Failure {
    fn from(error: PolicyError) -> Self {
        Failure::Environment(error.to_string())
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            error if error.is_conflict() => Failure::Conflict(error.to_string()),
            error => Failure::Environment(error.to_string()),
        }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        match error {
            ConfigError::Read(error) => error.into(),
            ConfigError::Parse { .. } => Failure::refused(error.to_string()),
        }
    }
}
