//! Finding what was left unfinished.

use crate::store::CommitMarker;

use super::{Pending, Record, Session, StateDir, TransactionError};

impl Session<'_> {
    /// What was left unfinished on any of the stores, with the folder of its journal.
    pub(super) fn unfinished(&mut self) -> Result<Vec<(StateDir, Record)>, TransactionError> {
        let mut found: Vec<(StateDir, Record)> = Vec::new();
        for at in 0..self.participants.len() {
            let state_dir = StateDir::new(self.participants[at].store.state_dir());
            let mut journals = self.open_journals(&state_dir)?;
            for record in &journals {
                self.check_store(at, &state_dir, record)?;
            }
            let mut journals: Vec<(StateDir, Record)> = journals
                .drain(..)
                .map(|record| (state_dir.clone(), record))
                .collect();
            for journal_ref in state_dir.journal_refs()? {
                let there = StateDir::new(&journal_ref.state_dir);
                let mut records = self.open_journals(&there)?;
                records.retain(|record| record.id == journal_ref.id);
                match records.pop() {
                    Some(record) => {
                        self.check_store(at, &there, &record)?;
                        journals.push((there, record));
                    }
                    None => state_dir.remove_journal_ref(&journal_ref.id)?,
                }
            }
            if let Some(marker) = self.participants[at].store.marker()?
                && !journals
                    .iter()
                    .chain(&found)
                    .any(|(_, record)| record.id == marker.transaction)
            {
                self.check_marker(at, &state_dir, &marker)?;
            }
            for (state_dir, record) in journals {
                if !found.iter().any(|(_, other)| other.id == record.id) {
                    found.push((state_dir, record));
                }
            }
        }
        Ok(found)
    }

    /// The journals in a state directory, without those of changes whose outcome the history already has.
    fn open_journals(&mut self, state_dir: &StateDir) -> Result<Vec<Record>, TransactionError> {
        let mut open = Vec::new();
        for record in state_dir.journals()? {
            if state_dir.record(&record.id)?.is_none() {
                open.push(record);
                continue;
            }
            state_dir.remove_journal(&record.id)?;
            let waits = state_dir
                .pendings()?
                .iter()
                .any(|pending| pending.id == record.id);
            for participant in self.participants.iter_mut().filter(|_| !waits) {
                participant.store.clear_marker(&record.id)?;
            }
        }
        Ok(open)
    }

    /// A journal counts only for a store that it is about.
    fn check_store(&self, at: usize, state_dir: &StateDir, record: &Record) -> Result<(), TransactionError> {
        let identity = self.participants[at].store.identity();
        // The stores of a switch share a folder.
        let is_own = |identity: &String| record.parts.iter().any(|part| part.store == *identity);
        let shares = |one: &super::Participant| {
            one.store.state_dir() == state_dir.path() && is_own(&one.store.identity())
        };
        if is_own(&identity) || self.participants.iter().any(shares) {
            return Ok(());
        }
        Err(TransactionError::Damaged {
            path: state_dir.path().join(format!("journal-{}", record.id)),
            reason: format!("it is not about {identity}"),
        })
    }

    /// Refuses to go on where a marker is that of a change of another user, whose journal is not here. A marker names no
    /// files: another user could have written it.
    fn check_marker(
        &mut self,
        at: usize,
        state_dir: &StateDir,
        marker: &CommitMarker,
    ) -> Result<(), TransactionError> {
        let pendings = state_dir.pendings()?;
        if pendings.iter().any(|pending| pending.id == marker.transaction) {
            return Ok(());
        }
        let store = &mut self.participants[at].store;
        // Only its end was not reached any more.
        if state_dir.record(&marker.transaction)?.is_some() {
            store.clear_marker(&marker.transaction)?;
            return Ok(());
        }
        match &marker.until {
            Some(until) if marker.of == Some(marker.step) => {
                Err(TransactionError::Pending(Box::new(Pending {
                    id: marker.transaction.clone(),
                    until: until.clone(),
                    in_boot: None,
                    state_dir: None,
                    holder: marker.holder.clone(),
                })))
            }
            _ => Err(TransactionError::Unfinished {
                store: store.name().to_owned(),
                id: marker.transaction.clone(),
                who: marker.holder.to_string(),
                reason: format!(
                    "its journal is not in {}, but with who made it",
                    state_dir.path().display()
                ),
            }),
        }
    }
}
