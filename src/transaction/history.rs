//! What was changed before.

use serde_json::Value;

use crate::store::EntryChange;

use super::squash::squash;
use super::{ChangeOutcome, Record, StateDir, TransactionError, Undo, undo};

/// The history of a store.
#[derive(Debug, Clone)]
pub struct History {
    state_dir: StateDir,
}

/// What changes of the history come to together.
#[derive(Debug, Clone, Default)]
pub struct HistoryRange {
    ids: Vec<String>,
    /// Each of them, the last one first: the store, and what it did there.
    changes: Vec<(String, Vec<EntryChange>)>,
}

impl HistoryRange {
    /// The ids of the changes that are in effect, the last one first.
    pub fn ids(&self) -> Vec<String> {
        self.ids.clone()
    }

    /// Takes them back on a store whose config is this by now, one after the other, so that what others changed
    /// between two of them stays as well.
    pub fn undo(&self, store: &str, current: &Value) -> Undo {
        let mut all = Undo {
            target: current.clone(),
            conflicts: Vec::new(),
        };
        for (_, changes) in self.changes.iter().filter(|(name, _)| name == store) {
            let undone = undo(&all.target, changes);
            all.target = undone.target;
            all.conflicts.extend(undone.conflicts);
        }
        all
    }
}

impl History {
    /// The history in a folder.
    pub fn new(state_dir: StateDir) -> Self {
        History { state_dir }
    }

    /// All changes, the last one first, and why those cannot be read that cannot.
    ///
    /// # Errors
    /// [`TransactionError::Store`].
    pub fn list(&self) -> Result<(Vec<Record>, Vec<TransactionError>), TransactionError> {
        let mut records = Vec::new();
        let mut damaged = Vec::new();
        for id in self.state_dir.ids()?.iter().rev() {
            match self.state_dir.record(id) {
                Ok(record) => records.extend(record),
                Err(error) => damaged.push(error),
            }
        }
        Ok((records, damaged))
    }

    /// The change with a name, or with a name that begins so, if it is the only one.
    ///
    /// # Errors
    /// [`TransactionError::NoSuchChange`], [`TransactionError::Damaged`].
    pub fn find(&self, id: &str) -> Result<Record, TransactionError> {
        let ids = self.state_dir.ids()?;
        let fitting: Vec<&String> = ids.iter().filter(|known| known.starts_with(id)).collect();
        let refused = |last: Option<&String>| TransactionError::NoSuchChange {
            id: id.to_owned(),
            last: last.cloned(),
            matching: fitting.len(),
        };
        match fitting[..] {
            [found] => self.state_dir.record(found)?.ok_or_else(|| refused(None)),
            [] => Err(refused(ids.last())),
            _ => Err(refused(None)),
        }
    }

    /// The combined effect of a change and all changes after it, as far as they are in effect.
    ///
    /// # Errors
    /// [`TransactionError::NotApplied`], as [`History::find`].
    pub fn since(&self, id: &str) -> Result<HistoryRange, TransactionError> {
        let first = self.find(id)?;
        let applied = |record: &Record| record.outcome.as_ref().is_some_and(ChangeOutcome::is_applied);
        if !applied(&first) {
            let (word, reason) = first
                .outcome
                .as_ref()
                .map_or(("unfinished", ""), ChangeOutcome::words);
            let reason = match word {
                "undone" if reason.is_empty() => "it was rolled back already".to_owned(),
                "undone" => format!("it was rolled back already, by {reason}"),
                "rolled-back" => format!("it was rolled back at once: {reason}"),
                _ => format!("it was {word}: {reason}"),
            };
            return Err(TransactionError::NotApplied { id: first.id, reason });
        }
        let (mut records, damaged) = self.list()?;
        if let Some(error) = damaged.into_iter().next() {
            return Err(error);
        }
        // A change and its rollback cancel out. Changes of other clients between them are kept.
        let took_place = |record: &Record| {
            let outcome = record.outcome.as_ref();
            outcome.is_some_and(|outcome| {
                outcome.is_applied() || matches!(outcome, ChangeOutcome::Undone { .. })
            })
        };
        records.retain(|record| record.id >= first.id && took_place(record));
        let mut since = HistoryRange::default();
        for record in &records {
            since.ids.extend(applied(record).then(|| record.id.clone()));
            let parts = record.parts.iter();
            since
                .changes
                .extend(parts.map(|part| (part.store.clone(), squash(&part.steps))));
        }
        Ok(since)
    }
}
