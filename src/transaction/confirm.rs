//! Confirmed commit (RFC 6241, section 8.4): a change that is rolled back unless it is confirmed in time.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::store::{EntryChange, LockOwner, Version};

use super::commit::restore_save;
use super::deadline::BootDeadline;
use super::squash::squash;
use crate::validate::masked_pointer;

use super::{ChangeOrigin, ChangeOutcome, Event, Session, StateDir, StorePlan, TransactionError, undo};

/// A change that waits for confirmation. Its record is on disk, so that the deadline survives a reboot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// The change, by its id.
    pub id: String,
    /// Until when it must be confirmed, as RFC 3339 writes it.
    pub until: String,
    /// The same by the clock of the boot in which it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_boot: Option<BootDeadline>,
    /// The folder of the history that has the change, where that is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state_dir: Option<PathBuf>,
    /// The process that made it.
    pub holder: LockOwner,
}

impl Session<'_> {
    /// Handles a pending change: before its deadline it blocks all others, after the deadline it is rolled back.
    pub(super) fn resolve_pending(&mut self) -> Result<(), TransactionError> {
        self.expire()?;
        match self.pending()? {
            Some((_, pending)) => Err(TransactionError::Pending(Box::new(pending))),
            None => Ok(()),
        }
    }

    /// The changes that wait for confirmation on one of the stores, with the folders of their histories. Those of another
    /// server at the same address are left alone, and named.
    fn pendings(&mut self) -> Result<Vec<(StateDir, Pending)>, TransactionError> {
        let mut found: Vec<(StateDir, Pending)> = Vec::new();
        for at in 0..self.own {
            let own = StateDir::new(self.participants[at].store.state_dir());
            for pending in own.pendings()? {
                if found.iter().any(|(_, other)| other.id == pending.id) {
                    continue;
                }
                let state_dir = pending.state_dir.as_ref().map_or(own.clone(), StateDir::new);
                let record = state_dir.record(&pending.id)?;
                let other = match &record {
                    Some(record) => self.other_server(record)?,
                    None => None,
                };
                match other {
                    Some(store) => self.with.observer.event(&Event::OtherServer {
                        id: &pending.id,
                        holder: &pending.holder,
                        store: &store,
                    }),
                    None => found.push((state_dir, pending)),
                }
            }
        }
        Ok(found)
    }

    /// The change that waits for confirmation on the stores, with the folder of its history.
    ///
    /// # Errors
    /// [`TransactionError`].
    pub fn pending(&mut self) -> Result<Option<(StateDir, Pending)>, TransactionError> {
        Ok(self.pendings()?.into_iter().next())
    }

    /// Rolls back what was not confirmed in time. Whether there was such a change.
    ///
    /// # Errors
    /// [`TransactionError`].
    pub fn expire(&mut self) -> Result<bool, TransactionError> {
        let mut any = false;
        for (state_dir, pending) in self.pendings()? {
            if !pending.is_over() {
                continue;
            }
            any = true;
            let conflicts = self.roll_back_change(&state_dir, &pending.id, "it was not confirmed in time")?;
            self.with.observer.event(&Event::Expired {
                pending: &pending,
                kept: &conflicts,
            });
        }
        Ok(any)
    }

    /// Keeps the change that waits for confirmation.
    ///
    /// # Errors
    /// [`TransactionError::NothingPending`], [`TransactionError`].
    pub fn confirm(&mut self) -> Result<String, TransactionError> {
        let (state_dir, pending) = self.pending()?.ok_or(TransactionError::NothingPending)?;
        if let Some(record) = state_dir.record(&pending.id)? {
            self.participants_of(&record)?;
        }
        self.no_longer_pending(&state_dir, &pending.id)?;
        Ok(pending.id)
    }

    /// Removes the record of the pending change, and the markers that show it to other clients.
    fn no_longer_pending(&mut self, state_dir: &StateDir, id: &str) -> Result<(), TransactionError> {
        for participant in self.participants.iter_mut() {
            participant.store.clear_marker(id)?;
        }
        self.remove_pendings(state_dir, id)
    }

    /// Rolls a pending change back, except for values that another client changed since. The places that keep such
    /// values.
    ///
    /// # Errors
    /// [`TransactionError`].
    pub fn roll_back_change(
        &mut self,
        state_dir: &StateDir,
        id: &str,
        why: &str,
    ) -> Result<Vec<String>, TransactionError> {
        let Some(record) = state_dir.record(id)? else {
            self.no_longer_pending(state_dir, id)?;
            return Err(TransactionError::NoSuchChange {
                id: id.to_owned(),
                last: None,
                matching: 0,
            });
        };
        self.participants_of(&record)?;
        if !record.outcome.as_ref().is_some_and(ChangeOutcome::is_applied) {
            self.no_longer_pending(state_dir, id)?;
            return Ok(Vec::new());
        }
        let changes: Vec<(String, Vec<EntryChange>)> = record
            .parts
            .iter()
            .map(|part| (part.store.clone(), squash(&part.steps)))
            .collect();
        let (plans, currents, versions, conflicts) = self.undo_plans(&changes)?;
        let origin = ChangeOrigin {
            comment: Some(why.to_owned()),
            source: format!("undo of {id}"),
            is_rollback: true,
            ..ChangeOrigin::default()
        };
        self.execute(&origin, &[id.to_owned()], plans, currents, versions)?;
        // The config is restored. A file that is not must not refuse every later change.
        for save in &record.saves {
            if let Err(error) = restore_save(save) {
                self.with.observer.event(&Event::SaveNotRestored(&error));
            }
        }
        self.no_longer_pending(state_dir, id)?;
        Ok(self.shown(&conflicts))
    }

    /// Names of places as they may be shown.
    pub(super) fn shown(&self, pointers: &[String]) -> Vec<String> {
        let pointers = pointers.iter();
        pointers
            .map(|pointer| masked_pointer(self.with.policy, pointer))
            .collect()
    }

    /// The plans that take changes back, on the configs as they are now.
    #[allow(
        clippy::type_complexity,
        reason = "what a change is carried out with, and what stays"
    )]
    pub(super) fn undo_plans(
        &mut self,
        changes: &[(String, Vec<EntryChange>)],
    ) -> Result<(Vec<StorePlan>, Vec<Value>, Vec<Version>, Vec<String>), TransactionError> {
        let (configs, versions) = self.read()?;
        let mut conflicts = Vec::new();
        let mut plans = Vec::new();
        let mut currents = Vec::new();
        for (participant, config) in self.participants.iter().zip(&configs) {
            let current = config.to_value();
            let identity = participant.store.identity();
            let own = changes.iter().filter(|(store, _)| *store == identity);
            let own: Vec<EntryChange> = own.flat_map(|(_, changes)| changes.clone()).collect();
            let undone = undo(&current, &own);
            conflicts.extend(undone.conflicts);
            plans.push(self.plan(&current, &undone.target));
            currents.push(current);
        }
        Ok((plans, currents, versions, conflicts))
    }
}
