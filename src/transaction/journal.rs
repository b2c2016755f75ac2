//! The journal and the history of a session.

use std::time::SystemTime;

use jiff::Timestamp;
use serde_json::Value;

use crate::config::{Config, Source};
use crate::store::{StoreError, fail_point};

use super::id::new_id;
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
                saves.push(Save {
                    path: path.display().to_string(),
                    before: saved(path)?,
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
            });
        }
        let confirm_by = origin.confirm_within.map(|within| {
            let until = Timestamp::try_from(SystemTime::now() + within).unwrap_or(Timestamp::MAX);
            // Whole seconds, and never less time than was asked for.
            let seconds = until.as_second() + i64::from(until.subsec_nanosecond() > 0);
            Timestamp::from_second(seconds).unwrap_or(until).to_string()
        });
        Ok(Record {
            id: new_id(self.state_dir.ids()?.last().map(String::as_str)),
            time: self.holder.since.clone(),
            holder: self.holder.clone(),
            comment: origin.comment.clone(),
            source: origin.source.clone(),
            confirm_by,
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
        for state_dir in self.other_state_dirs() {
            state_dir.set_journal_ref(Some(&journal_ref))?;
        }
        self.state_dir.write_journal(record)
    }

    pub(super) fn other_state_dirs(&self) -> Vec<StateDir> {
        let state_dirs = self
            .participants
            .iter()
            .map(|participant| StateDir::new(participant.store.state_dir()));
        state_dirs
            .filter(|state_dir| *state_dir != self.state_dir)
            .collect()
    }

    /// Takes the journal of a change away of which nothing was done.
    pub(super) fn forget(&self, record: &Record) -> Result<(), TransactionError> {
        debug_assert!(record.outcome.is_none());
        self.state_dir.remove_journal()?;
        for state_dir in self.other_state_dirs() {
            state_dir.set_journal_ref(None)?;
        }
        Ok(())
    }

    /// Writes the outcome of a change to the history, and removes its journal and markers.
    pub(super) fn close(
        &mut self,
        state_dir: &StateDir,
        record: &Record,
        outcome: ChangeOutcome,
    ) -> Result<(), TransactionError> {
        let mut record = record.clone();
        let waits = record.confirm_by.is_some() && outcome.is_applied();
        if let (Some(until), true) = (&record.confirm_by, waits) {
            state_dir.set_pending(Some(&Pending {
                id: record.id.clone(),
                until: until.clone(),
                holder: record.holder.clone(),
            }))?;
        }
        // A pending change must stay in the history, however short that is, or it could not be rolled back.
        let keep = self.settings.keep.max(usize::from(record.confirm_by.is_some()));
        if outcome.is_applied() {
            for id in &record.undoes {
                self.mark_undone(state_dir, id, &record.id)?;
            }
        }
        record.outcome = Some(outcome);
        state_dir.write_record(&record, keep)?;
        fail_point("after the history");
        state_dir.remove_journal()?;
        for participant in self.participants.iter_mut() {
            StateDir::new(participant.store.state_dir()).set_journal_ref(None)?;
            // The mark of one that waits for confirmation stays, for those who have another folder.
            if waits {
                continue;
            }
            participant.store.clear_marker()?;
        }
        fail_point("after the marks");
        Ok(())
    }

    pub(super) fn mark_undone(
        &self,
        state_dir: &StateDir,
        id: &str,
        by: &str,
    ) -> Result<(), TransactionError> {
        if let Some(mut record) = state_dir.record(id)? {
            record.outcome = Some(ChangeOutcome::Undone { by: by.to_owned() });
            state_dir.write_record(&record, self.settings.keep)?;
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
    let source = Source::read(path).map_err(StoreError::from)?;
    let config = Config::parse(source).map_err(|error| TransactionError::Refused(error.to_string()))?;
    Ok(Some(config.to_value()))
}
