//! A change that goes back by itself unless it is confirmed in time.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::store::{EntryChange, Holder, Version};

use super::carry::take_save_back;
use super::fold::net;
use crate::validate::masked_pointer;

use super::{Event, Home, Origin, Outcome, PartPlan, Session, TransactionError, undo};

/// A change that waits for confirmation. It stands on disk, so that its deadline holds across a reboot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// The change.
    pub id: String,
    /// Until when it must be confirmed, as RFC 3339 writes it.
    pub until: String,
    /// Who made it.
    pub holder: Holder,
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
    /// What a change that waits for confirmation comes to: it refuses all others, or, when its time is over, it
    /// is taken back.
    pub(super) fn settle_pending(&mut self) -> Result<(), TransactionError> {
        self.expire()?;
        for member in self.members.iter() {
            if let Some(pending) = Home::new(member.store.home()).pending()? {
                return Err(TransactionError::Pending(Box::new(pending)));
            }
        }
        Ok(())
    }

    /// Takes back what was not confirmed in time. Gives whether there was such a change.
    ///
    /// # Errors
    /// [`TransactionError`].
    pub fn expire(&mut self) -> Result<bool, TransactionError> {
        let mut any = false;
        for at in 0..self.members.len() {
            let home = Home::new(self.members[at].store.home());
            let Some(pending) = home.pending()?.filter(Pending::is_over) else {
                continue;
            };
            any = true;
            let conflicts = self.take_back(&home, &pending.id, "it was not confirmed in time")?;
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
        let home = self.home.clone();
        let pending = home.pending()?.ok_or(TransactionError::NothingPending)?;
        self.no_longer_pending(&home)?;
        Ok(pending.id)
    }

    /// Forgets the change that waits for confirmation, and the marks that tell others of it.
    fn no_longer_pending(&mut self, home: &Home) -> Result<(), TransactionError> {
        home.set_pending(None)?;
        for member in self.members.iter_mut() {
            member.store.clear_mark()?;
        }
        Ok(())
    }

    /// Takes back a change that waits for confirmation, as far as nobody changed the same since. Gives what
    /// somebody changed, and stays.
    ///
    /// # Errors
    /// [`TransactionError`].
    pub fn take_back(&mut self, home: &Home, id: &str, why: &str) -> Result<Vec<String>, TransactionError> {
        let Some(record) = home.record(id)? else {
            self.no_longer_pending(home)?;
            return Err(TransactionError::NoSuchChange {
                id: id.to_owned(),
                last: None,
                matching: 0,
            });
        };
        if !record.outcome.as_ref().is_some_and(Outcome::is_applied) {
            self.no_longer_pending(home)?;
            return Ok(Vec::new());
        }
        let changes: Vec<(String, Vec<EntryChange>)> = record
            .parts
            .iter()
            .map(|part| (part.store.clone(), net(&part.steps)))
            .collect();
        self.members_of(&record)?;
        let (plans, currents, versions, conflicts) = self.undo_plans(&changes)?;
        let origin = Origin {
            comment: Some(why.to_owned()),
            source: format!("undo of {id}"),
            is_back: true,
            ..Origin::default()
        };
        self.carry_out(&origin, &[id.to_owned()], plans, currents, versions)?;
        for save in &record.saves {
            take_save_back(save)?;
        }
        self.no_longer_pending(home)?;
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
    ) -> Result<(Vec<PartPlan>, Vec<Value>, Vec<Version>, Vec<String>), TransactionError> {
        let (configs, versions) = self.read()?;
        let mut conflicts = Vec::new();
        let mut plans = Vec::new();
        let mut currents = Vec::new();
        for (member, config) in self.members.iter().zip(&configs) {
            let current = config.to_value();
            let identity = member.store.identity();
            let own = changes.iter().filter(|(store, _)| *store == identity);
            let own: Vec<EntryChange> = own.flat_map(|(_, changes)| changes.clone()).collect();
            let undone = undo(&current, &own);
            conflicts.extend(undone.conflicts);
            plans.push(self.plan(&current, &undone.target)?);
            currents.push(current);
        }
        Ok((plans, currents, versions, conflicts))
    }
}
