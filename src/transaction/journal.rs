//! The journal and the history of a session.

use serde_json::Value;

use crate::config::{Config, Source};
use crate::store::{StoreError, behind_links, fail_point};

use super::deadline::{BootDeadline, time_of_day};
use super::id::new_id;
use super::identity::device;
use super::squash::squash;
use super::state_dir::JournalRef;
use super::{
    ChangeOrigin, ChangeOutcome, Pending, Record, RecordPart, Save, Session, StateDir, StorePlan,
    TransactionError,
};

impl Session<'_> {
    /// The record of a change that begins now.
    pub(super) fn record(
        &self,
        origin: &ChangeOrigin,
        undoes: &[String],
        plans: Vec<StorePlan>,
        currents: &[Value],
    ) -> Result<Record, TransactionError> {
        let mut parts = Vec::new();
        let mut saves = Vec::new();
        let wanted = origin.saves.iter().chain(std::iter::repeat(&None));
        for (((participant, plan), current), save) in
            self.participants.iter().zip(plans).zip(currents).zip(wanted)
        {
            let is_changed = plan.target != *current;
            let tables = tables_of_one(current, &plan.target);
            if let Some(path) = save {
                let path = behind_links(path).map_err(|error| StoreError::files("write", path, &error))?;
                saves.push(Save {
                    path: path.display().to_string(),
                    before: saved(&path)?,
                    after: plan.target,
                });
            }
            let mut steps = plan.steps;
            steps.retain(|step| !step.is_empty());
            // No process follows a file step by step, so it is replaced once.
            if !participant.store.is_live()
                && self
                    .settings
                    .step_delay
                    .is_none_or(|step_delay| step_delay.is_zero())
            {
                let whole = squash(&steps);
                steps.clear();
                // This covers an empty table, which has no entry that changes.
                steps.extend(Some(whole).filter(|whole| is_changed || !whole.is_empty()));
            }
            parts.push(RecordPart {
                scope: participant.scope.to_string(),
                store: participant.store.identity(),
                steps,
                tables,
                server: participant.store.server().map(|server| server.identity.clone()),
                device: device(current).filter(|_| participant.store.server().is_some()),
            });
        }
        let last = self.state_dir.ids()?.pop();
        let id = new_id(last.as_deref()).ok_or_else(|| TransactionError::NoLaterName {
            path: self.state_dir.path().join("history"),
            last: last.unwrap_or_default(),
        })?;
        Ok(Record {
            id,
            time: self.holder.since.clone(),
            holder: self.holder.clone(),
            comment: origin.comment.clone(),
            source: origin.source.clone(),
            confirm_by: origin.confirm_within.map(time_of_day),
            confirm_in_boot: origin.confirm_within.and_then(BootDeadline::after),
            undoes: undoes.to_vec(),
            parts,
            saves,
            outcome: None,
        })
    }

    /// Writes the journal. Stores with another state directory get a reference to it first.
    pub(super) fn write_journal(&self, record: &Record) -> Result<(), TransactionError> {
        let journal_ref = JournalRef {
            id: record.id.clone(),
            state_dir: self.state_dir.path().to_owned(),
        };
        for state_dir in self.other_state_dirs(&self.state_dir) {
            state_dir.write_journal_ref(&journal_ref)?;
        }
        self.state_dir.write_journal(record)
    }

    /// The state directories of the stores, without one.
    fn other_state_dirs(&self, but: &StateDir) -> Vec<StateDir> {
        let state_dirs = self
            .participants
            .iter()
            .map(|participant| StateDir::new(participant.store.state_dir()));
        state_dirs.filter(|state_dir| state_dir != but).collect()
    }

    /// Takes the journal of a change away of which nothing was done.
    pub(super) fn forget(&self, record: &Record) -> Result<(), TransactionError> {
        debug_assert!(record.outcome.is_none());
        self.state_dir.remove_journal(&record.id)?;
        for state_dir in self.other_state_dirs(&self.state_dir) {
            state_dir.remove_journal_ref(&record.id)?;
        }
        Ok(())
    }

    /// Says on every store of a change that it waits for confirmation.
    pub(super) fn write_pendings(
        &self,
        state_dir: &StateDir,
        record: &Record,
    ) -> Result<(), TransactionError> {
        let Some(until) = &record.confirm_by else {
            return Ok(());
        };
        let mut pending = Pending {
            id: record.id.clone(),
            until: until.clone(),
            in_boot: record.confirm_in_boot.clone(),
            state_dir: Some(state_dir.path().to_owned()),
            holder: record.holder.clone(),
        };
        for other in self.other_state_dirs(state_dir) {
            other.write_pending(&pending)?;
        }
        pending.state_dir = None;
        state_dir.write_pending(&pending)
    }

    /// Says on every store that a change does not wait for confirmation any more.
    pub(super) fn remove_pendings(&self, state_dir: &StateDir, id: &str) -> Result<(), TransactionError> {
        for other in self.other_state_dirs(state_dir) {
            other.remove_pending(id)?;
        }
        state_dir.remove_pending(id)
    }

    /// Writes the outcome of a change to the history, and removes its journal and markers. Gives the outcome that is in the
    /// history: that of another process, where the locks were lost meanwhile and the change was closed there.
    pub(super) fn close(
        &mut self,
        state_dir: &StateDir,
        record: &Record,
        outcome: ChangeOutcome,
    ) -> Result<ChangeOutcome, TransactionError> {
        if let Some(closed) = self.closed_elsewhere(state_dir, record)? {
            return Ok(closed);
        }
        let mut record = record.clone();
        let waits = record.confirm_by.is_some() && outcome.is_applied();
        if waits {
            self.write_pendings(state_dir, &record)?;
        } else if record.confirm_by.is_some() {
            self.remove_pendings(state_dir, &record.id)?;
        }
        // A pending change must stay in the history, however short that is, or it could not be rolled back.
        let keep = self.settings.keep.max(usize::from(record.confirm_by.is_some()));
        if outcome.is_applied() {
            for id in &record.undoes {
                self.mark_undone(state_dir, id, &record.id)?;
            }
        }
        record.outcome = Some(outcome.clone());
        fail_point("before the history");
        if !state_dir.write_record(&record, keep)?
            && let Some(closed) = state_dir.record(&record.id)?.and_then(|record| record.outcome)
        {
            return Ok(closed);
        }
        fail_point("after the history");
        state_dir.remove_journal(&record.id)?;
        for participant in self.participants.iter_mut() {
            StateDir::new(participant.store.state_dir()).remove_journal_ref(&record.id)?;
            // The mark of one that waits for confirmation stays, for those who have another folder.
            if !waits {
                participant.store.clear_marker(&record.id)?;
            }
        }
        fail_point("after the marks");
        Ok(outcome)
    }

    /// The outcome of a change that another process closed, because this one lost its locks. A lock that expired is taken
    /// again.
    ///
    /// # Errors
    /// [`StoreError::LockLost`]: another process is at work, and its outcome is not there yet.
    fn closed_elsewhere(
        &mut self,
        state_dir: &StateDir,
        record: &Record,
    ) -> Result<Option<ChangeOutcome>, TransactionError> {
        for at in 0..self.participants.len() {
            let store = &mut self.participants[at].store;
            let lost = match store.keep_lock() {
                Err(error @ StoreError::LockLost { .. }) => error,
                // An unreachable server changes nothing of the outcome.
                _ => continue,
            };
            let is_locked =
                matches!(lost, StoreError::LockLost { holder: None, .. }) && store.lock(&self.holder).is_ok();
            let closed = state_dir.record(&record.id)?.and_then(|record| record.outcome);
            match closed {
                Some(outcome) => return Ok(Some(outcome)),
                None if is_locked => {}
                None => return Err(lost.into()),
            }
        }
        Ok(None)
    }

    pub(super) fn mark_undone(
        &self,
        state_dir: &StateDir,
        id: &str,
        by: &str,
    ) -> Result<(), TransactionError> {
        if let Some(mut record) = state_dir.record(id)? {
            record.outcome = Some(ChangeOutcome::Undone { by: by.to_owned() });
            state_dir.rewrite_record(&record)?;
        }
        Ok(())
    }
}

/// The tables that one of two configs has, and the other has not.
fn tables_of_one(one: &Value, other: &Value) -> Vec<String> {
    let missing = |of: &Value, other: &Value| -> Vec<String> {
        let tables = of.as_object().into_iter().flat_map(|tables| tables.keys());
        tables
            .filter(|table| other.get(*table).is_none())
            .cloned()
            .collect()
    };
    [missing(one, other), missing(other, one)].concat()
}

/// The config in a file, if the file exists.
fn saved(path: &std::path::Path) -> Result<Option<Value>, TransactionError> {
    if !path.exists() {
        return Ok(None);
    }
    let source = Source::read_file(path).map_err(StoreError::from)?;
    let config = Config::parse(source).map_err(|error| TransactionError::Refused(error.to_string()))?;
    Ok(Some(config.to_value()))
}
