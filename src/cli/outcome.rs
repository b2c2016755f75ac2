//! How a command ends, and the exit code that says so.

use std::fmt;
use std::process::ExitCode;

use crate::config::{ConfigError, ReadError};
use crate::engine::{ApplyError, LoadError, OpenError};
use crate::patch::SyntaxError;
use crate::policy::PolicyError;
use crate::report::printable;
use crate::schema::SchemaError;
use crate::store::StoreError;
use crate::transaction::TransactionError;
use crate::validate::Rule;

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
    /// The change is applied, and something failed after that: 4.
    AppliedBut(String),
    /// It is not known what is in effect of a change: 5.
    Unknown(String),
    /// The user interrupted it: 130.
    Interrupted(String),
}

/// Why a change was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The rule that it violates.
    pub rule: Rule,
    /// All of it, in words.
    pub message: String,
    /// Where in the change it is, and what is wrong there, if it is about one place.
    pub at: Option<SyntaxError>,
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
            rule: Rule::Refused,
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
            Failure::AppliedBut(_) => 4,
            Failure::Unknown(_) => 5,
            Failure::Interrupted(_) => 130,
        })
    }

    /// The reason, on one line.
    pub fn message(&self) -> String {
        printable(match self {
            Failure::Refused(reason) => &reason.message,
            Failure::Environment(message)
            | Failure::Conflict(message)
            | Failure::AppliedBut(message)
            | Failure::Unknown(message)
            | Failure::Interrupted(message) => message,
        })
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

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())
    }
}

impl std::error::Error for Failure {}

impl From<Failure> for ApplyError {
    fn from(failure: Failure) -> Self {
        ApplyError::Request(Box::new(failure))
    }
}

impl From<TransactionError> for Failure {
    fn from(error: TransactionError) -> Self {
        let conflict = error.is_conflict();
        let message = format!("{error}{}", hint(&error));
        match error {
            TransactionError::Store(error) => error.into(),
            TransactionError::Interrupted { .. } => Failure::Interrupted(message),
            TransactionError::AppliedBut { .. } => Failure::AppliedBut(message),
            TransactionError::RollbackFailed { .. } | TransactionError::Doubt { .. } => {
                Failure::Unknown(message)
            }
            _ if conflict => Failure::Conflict(message),
            TransactionError::Refused(_)
            | TransactionError::NotApplied { .. }
            | TransactionError::NoSuchChange { .. }
            | TransactionError::NothingPending => Failure::refused(message),
            _ => Failure::Environment(message),
        }
    }
}

/// What the user can do about a failed transaction, to follow the message.
fn hint(error: &TransactionError) -> &'static str {
    match error {
        TransactionError::Damaged { .. } => {
            "; \"sonicfg recover --abandon\" leaves the config as it is and puts the file aside"
        }
        TransactionError::Unfinished { .. } => {
            "; \"sonicfg recover\" finishes it there, \"sonicfg recover --abandon\" leaves the config as it is"
        }
        TransactionError::Pending(_) => {
            ": \"sonicfg confirm\" keeps it, \"sonicfg confirm --cancel\" rolls it back"
        }
        TransactionError::Doubt { .. } => {
            "; \"sonicfg recover --in-doubt\" rolls back what is left of it, \"sonicfg recover --abandon\" leaves the \
             config as it is"
        }
        TransactionError::RollbackFailed { .. } => "; \"sonicfg recover\" rolls it back later",
        TransactionError::NothingPending => "; \"sonicfg history\" shows what was changed",
        _ => "",
    }
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        Failure::Environment(error.to_string())
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Store(error) => error.into(),
            OpenError::NoHome => Failure::Environment(format!("{error}: --state-dir names a place")),
            error => Failure::Environment(error.to_string()),
        }
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
        let hint = match &error {
            StoreError::Held { .. } => "; --lock-timeout waits longer for it",
            StoreError::DatabaseConfig { .. } => "; --db-config names another",
            _ => "",
        };
        let message = format!("{error}{hint}");
        if error.is_conflict() {
            Failure::Conflict(message)
        } else {
            Failure::Environment(message)
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
