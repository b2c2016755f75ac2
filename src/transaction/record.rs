//! What is remembered of a change: in the journal while it is carried out, in the history afterwards.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::config::debug_without_contents;
use crate::store::{EntryChange, LockOwner, ServerIdentity};

use super::deadline::BootDeadline;
use super::squash::squash;

/// A change that is or was carried out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Its name. Later changes have greater ones.
    pub id: String,
    /// When it began, as RFC 3339 writes it.
    pub time: String,
    /// Who carries it out.
    pub holder: LockOwner,
    /// What its author says of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// The origin of the change: the name of a file, or a checkpoint.
    pub source: String,
    /// Until when it must be confirmed, if it must be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirm_by: Option<String>,
    /// The same by the clock of this boot of the machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirm_in_boot: Option<BootDeadline>,
    /// The changes that this one rolls back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undoes: Vec<String>,
    /// What it does to each store.
    pub parts: Vec<RecordPart>,
    /// The config files that are written as well, with their previous contents.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub saves: Vec<Save>,
    /// The outcome; `None` while the change is being made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<ChangeOutcome>,
}

/// What a change does to one store.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RecordPart {
    /// Whose config it is.
    pub scope: String,
    /// The store, as it can be named again.
    pub store: String,
    /// The steps, in their order.
    pub steps: Vec<Vec<EntryChange>>,
    /// The tables that were not there before, or are not there after.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<String>,
    /// What the server said of itself, if the store has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<ServerIdentity>,
    /// What the config called its switch before the change: the name of a field, and its value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<[String; 2]>,
}

/// A config file that is written as well.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Save {
    /// The file, behind all links.
    pub path: String,
    /// The previous config in the file, if there was one.
    pub before: Option<Value>,
    /// The config that is written.
    pub after: Value,
}

debug_without_contents!(Save { path });

/// The outcome of a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum ChangeOutcome {
    /// The change took place.
    Applied {
        /// What else there is to say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// It was rolled back before it was complete.
    #[serde(alias = "went-back")]
    RolledBack {
        /// Why.
        reason: String,
    },
    /// It was left as it was found.
    Closed {
        /// Why.
        reason: String,
    },
    /// It took place, and was rolled back later.
    Undone {
        /// By which change; empty where nothing had to be changed for it.
        by: String,
    },
}

impl ChangeOutcome {
    /// The state in one word, and what there is to say about it.
    pub fn words(&self) -> (&'static str, &str) {
        match self {
            ChangeOutcome::Applied { note } => ("applied", note.as_deref().unwrap_or_default()),
            ChangeOutcome::RolledBack { reason } => ("rolled-back", reason),
            ChangeOutcome::Closed { reason } => ("closed", reason),
            ChangeOutcome::Undone { by } => ("undone", by),
        }
    }

    /// Whether the change is in effect, as far as no other client changed anything since.
    pub fn is_applied(&self) -> bool {
        matches!(self, ChangeOutcome::Applied { .. })
    }
}

impl Record {
    /// How many steps it has on all stores.
    pub fn steps(&self) -> usize {
        self.parts.iter().map(|part| part.steps.len()).sum()
    }

    /// The number of entries that the change as a whole changes.
    pub fn entries(&self) -> usize {
        self.parts.iter().map(|part| squash(&part.steps).len()).sum()
    }
}
