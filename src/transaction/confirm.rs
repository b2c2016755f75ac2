//! Confirmed commit (RFC 6241, section 8.4): a change that is rolled back unless it is confirmed in time.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::store::{EntryChange, LockOwner, Version};

use super::commit::restore_save;
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
    /// The process that made it.
    pub holder: LockOwner,
}

impl Pending {
    /// Whether its time is over. One whose time cannot be read is over.
    pub fn is_over(&self) -> bool {
        self.left().is_zero()
    }

    /// How much time is left.
    pub fn left(&self) -> std::time::Duration {
        let until: Option<Timestamp> = self.until.parse().ok();
        let left = until.map(|until| until.duration_since(Timestamp::now()));
        left.and_then(|left| left.try_into().ok()).unwrap_or_default()
    }
}

impl Session<'_> {
    /// Handles a pending change: before its deadline it blocks all others, after the deadline it is rolled back.
    pub(super) fn resolve_pending(&mut self) -> Result<(), TransactionError> {
        self.expire()?;
        for participant in self.participants.iter() {
            if let Some(pending) = StateDir::new(participant.store.state_dir()).pending()? {
                return Err(TransactionError::Pending(Box::new(pending)));
            }
        }
        Ok(())
    }

    /// Rolls back what was not confirmed in time. Whether there was such a change.
    ///
    /// # Errors
    /// [`TransactionError`].
    pub fn expire(&mut self) -> Result<bool, TransactionError> {
        let mut any = false;
        for at in 0..self.participants.len() {
            let state_dir = StateDir::new(self.participants[at].store.state_dir());
            let Some(pending) = state_dir.pending()?.filter(Pending::is_over) else {
                continue;
            };
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
        let state_dir = self.state_dir.clone();
        let pending = state_dir.pending()?.ok_or(TransactionError::NothingPending)?;
        self.no_longer_pending(&state_dir)?;
        Ok(pending.id)
    }

    /// Removes the record of the pending change, and the markers that show it to other clients.
    fn no_longer_pending(&mut self, state_dir: &StateDir) -> Result<(), TransactionError> {
        state_dir.set_pending(None)?;
        for participant in self.participants.iter_mut() {
            participant.store.clear_marker()?;
        }
        Ok(())
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
            self.no_longer_pending(state_dir)?;
            return Err(TransactionError::NoSuchChange {
                id: id.to_owned(),
                last: None,
                matching: 0,
            });
        };
        if !record.outcome.as_ref().is_some_and(ChangeOutcome::is_applied) {
            self.no_longer_pending(state_dir)?;
            return Ok(Vec::new());
        }
        let changes: Vec<(String, Vec<EntryChange>)> = record
            .parts
            .iter()
            .map(|part| (part.store.clone(), squash(&part.steps)))
            .collect();
        self.participants_of(&record)?;
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
        self.no_longer_pending(state_dir)?;
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
