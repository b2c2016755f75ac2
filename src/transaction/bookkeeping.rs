//! The journal and the history of a session.

use std::time::SystemTime;

use jiff::Timestamp;
use serde_json::Value;

use crate::config::{Config, Source};
use crate::store::{StoreError, fail_point};

use super::fold::net;
use super::home::Elsewhere;
use super::id::new_id;
use super::{Home, Origin, Outcome, Part, PartPlan, Pending, Record, Save, Session, TransactionError};

impl Session<'_> {
    /// The record of a change that begins now.
    pub(super) fn record(
        &self,
        origin: &Origin,
        undoes: &[String],
        plans: Vec<PartPlan>,
        currents: &[Value],
    ) -> Result<Record, TransactionError> {
        let mut parts = Vec::new();
        let mut saves = Vec::new();
        let wanted = origin.saves.iter().chain(std::iter::repeat(&None));
        for (((member, plan), current), save) in self.members.iter().zip(plans).zip(currents).zip(wanted) {
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
            // Nobody follows a file step by step, so it is replaced once.
            if !member.store.is_live() && self.settings.settle.is_none_or(|settle| settle.is_zero()) {
                let whole = net(&steps);
                steps.clear();
                // Also where what changes is no entry: an empty table that goes.
                steps.extend(Some(whole).filter(|whole| is_changed || !whole.is_empty()));
            }
            parts.push(Part {
                scope: member.scope.to_string(),
                store: member.store.identity(),
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
            id: new_id(self.home.ids()?.last().map(String::as_str)),
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

    /// Writes the journal; stores with another folder are told first where it stands.
    pub(super) fn write_journal(&self, record: &Record) -> Result<(), TransactionError> {
        let elsewhere = Elsewhere {
            id: record.id.clone(),
            home: self.home.path().to_owned(),
        };
        for home in self.other_homes() {
            home.set_elsewhere(Some(&elsewhere))?;
        }
        self.home.write_journal(record)
    }

    pub(super) fn other_homes(&self) -> Vec<Home> {
        let homes = self.members.iter().map(|member| Home::new(member.store.home()));
        homes.filter(|home| *home != self.home).collect()
    }

    /// Takes the journal of a change away of which nothing was done.
    pub(super) fn forget(&self, record: &Record) -> Result<(), TransactionError> {
        debug_assert!(record.outcome.is_none());
        self.home.remove_journal()?;
        for home in self.other_homes() {
            home.set_elsewhere(None)?;
        }
        Ok(())
    }

    /// Writes what came of a change into the history, and takes its journal and marks away.
    pub(super) fn close(
        &mut self,
        home: &Home,
        record: &Record,
        outcome: Outcome,
    ) -> Result<(), TransactionError> {
        let mut record = record.clone();
        let waits = record.confirm_by.is_some() && outcome.is_applied();
        if let (Some(until), true) = (&record.confirm_by, waits) {
            home.set_pending(Some(&Pending {
                id: record.id.clone(),
                until: until.clone(),
                holder: record.holder.clone(),
            }))?;
        }
        // A change that waits for confirmation can be taken back, however short the history is.
        let keep = self.settings.keep.max(usize::from(record.confirm_by.is_some()));
        if outcome.is_applied() {
            for id in &record.undoes {
                self.mark_undone(home, id, &record.id)?;
            }
        }
        record.outcome = Some(outcome);
        home.write_record(&record, keep)?;
        fail_point("after the history");
        home.remove_journal()?;
        for member in self.members.iter_mut() {
            Home::new(member.store.home()).set_elsewhere(None)?;
            // The mark of one that waits for confirmation stays, for those who have another folder.
            if waits {
                continue;
            }
            member.store.clear_mark()?;
        }
        fail_point("after the marks");
        Ok(())
    }

    pub(super) fn mark_undone(&self, home: &Home, id: &str, by: &str) -> Result<(), TransactionError> {
        if let Some(mut record) = home.record(id)? {
            record.outcome = Some(Outcome::Undone { by: by.to_owned() });
            home.write_record(&record, self.settings.keep)?;
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

/// The config that stands in a file, if it is there.
fn saved(path: &std::path::Path) -> Result<Option<Value>, TransactionError> {
    if !path.exists() {
        return Ok(None);
    }
    let source = Source::read(path).map_err(StoreError::from)?;
    let config = Config::parse(source).map_err(|error| TransactionError::Refused(error.to_string()))?;
    Ok(Some(config.to_value()))
}
