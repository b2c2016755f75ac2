//! Finding what was left unfinished.

use crate::store::CommitMarker;

use super::{Record, Session, StateDir, TransactionError};

impl Session<'_> {
    /// What was left unfinished on any of the stores, with the folder of its journal.
    pub(super) fn unfinished(&mut self) -> Result<Vec<(StateDir, Record)>, TransactionError> {
        let mut found: Vec<(StateDir, Record)> = Vec::new();
        for at in 0..self.participants.len() {
            let state_dir = StateDir::new(self.participants[at].store.state_dir());
            let own = self.open_journal(&state_dir)?;
            let journal_ref = match state_dir.journal_ref()? {
                Some(journal_ref) => {
                    let there = StateDir::new(&journal_ref.state_dir);
                    let record = self
                        .open_journal(&there)?
                        .filter(|record| record.id == journal_ref.id);
                    if record.is_none() {
                        state_dir.set_journal_ref(None)?;
                    }
                    record.map(|record| (there, record))
                }
                None => None,
            };
            let mut journals: Vec<(StateDir, Record)> =
                own.map(|record| (state_dir, record)).into_iter().collect();
            journals.extend(journal_ref);
            if let Some(marker) = self.participants[at].store.marker()?
                && !journals
                    .iter()
                    .chain(&found)
                    .any(|(_, record)| record.id == marker.transaction)
            {
                journals.extend(self.marked(at, &marker)?);
            }
            for (state_dir, record) in journals {
                if !found.iter().any(|(_, other)| other.id == record.id) {
                    found.push((state_dir, record));
                }
            }
        }
        Ok(found)
    }

    /// The journal in a state directory, unless the history already has the outcome of its change.
    fn open_journal(&mut self, state_dir: &StateDir) -> Result<Option<Record>, TransactionError> {
        let Some(record) = state_dir.journal()? else {
            return Ok(None);
        };
        if state_dir.record(&record.id)?.is_some() {
            state_dir.remove_journal()?;
            for participant in self.participants.iter_mut() {
                let marked = participant.store.marker()?;
                if marked.is_some_and(|marker| marker.transaction == record.id) {
                    participant.store.clear_marker()?;
                }
            }
            return Ok(None);
        }
        Ok(Some(record))
    }

    /// The change that a marker refers to, with its journal in another state directory.
    fn marked(
        &mut self,
        at: usize,
        marker: &CommitMarker,
    ) -> Result<Option<(StateDir, Record)>, TransactionError> {
        let store = self.participants[at].store.name().to_owned();
        let unfinished = |reason: String| TransactionError::Unfinished {
            store: store.clone(),
            id: marker.transaction.clone(),
            who: marker.holder.to_string(),
            reason,
        };
        if !marker.holder.is_here() {
            return Err(unfinished(format!(
                "its journal is on {}, in {}",
                marker.holder.host, marker.journal
            )));
        }
        let state_dir = StateDir::new(&marker.journal);
        let journal = state_dir
            .journal()
            .map_err(|error| unfinished(error.to_string()))?;
        if let Some(pending) = state_dir
            .pending()?
            .filter(|pending| pending.id == marker.transaction)
        {
            // Whose own folder this is knows of it anyway.
            let is_own = state_dir.path() == self.participants[at].store.state_dir();
            return if is_own {
                Ok(None)
            } else {
                Err(TransactionError::Pending(Box::new(pending)))
            };
        }
        match journal {
            Some(record) if record.id == marker.transaction => Ok(Some((state_dir, record))),
            // Only the outcome was not recorded yet, or the state directory was removed.
            _ if state_dir.record(&marker.transaction)?.is_some() || state_dir.path().is_dir() => {
                self.participants[at].store.clear_marker()?;
                Ok(None)
            }
            _ => Err(unfinished(format!(
                "its journal in {} no longer exists",
                marker.journal
            ))),
        }
    }
}
