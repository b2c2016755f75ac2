//! Finding what was left unfinished.

use crate::store::Mark;

use super::{Home, Record, Session, TransactionError};

impl Session<'_> {
    /// What was left unfinished on any of the stores, with the folder of its journal.
    pub(super) fn unfinished(&mut self) -> Result<Vec<(Home, Record)>, TransactionError> {
        let mut found: Vec<(Home, Record)> = Vec::new();
        for at in 0..self.members.len() {
            let home = Home::new(self.members[at].store.home());
            let own = self.open_journal(&home)?;
            let elsewhere = match home.elsewhere()? {
                Some(elsewhere) => {
                    let there = Home::new(&elsewhere.home);
                    let record = self
                        .open_journal(&there)?
                        .filter(|record| record.id == elsewhere.id);
                    if record.is_none() {
                        home.set_elsewhere(None)?;
                    }
                    record.map(|record| (there, record))
                }
                None => None,
            };
            let mut journals: Vec<(Home, Record)> = own.map(|record| (home, record)).into_iter().collect();
            journals.extend(elsewhere);
            if let Some(mark) = self.members[at].store.mark()?
                && !journals
                    .iter()
                    .chain(&found)
                    .any(|(_, record)| record.id == mark.transaction)
            {
                journals.extend(self.marked(at, &mark)?);
            }
            for (home, record) in journals {
                if !found.iter().any(|(_, other)| other.id == record.id) {
                    found.push((home, record));
                }
            }
        }
        Ok(found)
    }

    /// The journal in a folder, unless what came of its change stands in the history already.
    fn open_journal(&mut self, home: &Home) -> Result<Option<Record>, TransactionError> {
        let Some(record) = home.journal()? else {
            return Ok(None);
        };
        if home.record(&record.id)?.is_some() {
            home.remove_journal()?;
            for member in self.members.iter_mut() {
                let marked = member.store.mark()?;
                if marked.is_some_and(|mark| mark.transaction == record.id) {
                    member.store.clear_mark()?;
                }
            }
            return Ok(None);
        }
        Ok(Some(record))
    }

    /// The change that a mark tells of, whose journal stands in another folder.
    fn marked(&mut self, at: usize, mark: &Mark) -> Result<Option<(Home, Record)>, TransactionError> {
        let store = self.members[at].store.name().to_owned();
        let unfinished = |reason: String| TransactionError::Unfinished {
            store: store.clone(),
            id: mark.transaction.clone(),
            who: mark.holder.to_string(),
            reason,
        };
        if !mark.holder.is_here() {
            return Err(unfinished(format!(
                "its journal is on {}, in {}",
                mark.holder.host, mark.journal
            )));
        }
        let home = Home::new(&mark.journal);
        let journal = home.journal().map_err(|error| unfinished(error.to_string()))?;
        if let Some(pending) = home.pending()?.filter(|pending| pending.id == mark.transaction) {
            // Whose own folder this is knows of it anyway.
            let is_own = home.path() == self.members[at].store.home();
            return if is_own {
                Ok(None)
            } else {
                Err(TransactionError::Pending(Box::new(pending)))
            };
        }
        match journal {
            Some(record) if record.id == mark.transaction => Ok(Some((home, record))),
            // Only what came of it was left to be told, or its folder is gone.
            _ if home.record(&mark.transaction)?.is_some() || home.path().is_dir() => {
                self.members[at].store.clear_mark()?;
                Ok(None)
            }
            _ => Err(unfinished(format!("its journal in {} is gone", mark.journal))),
        }
    }
}
