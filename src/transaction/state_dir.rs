//! The folder of a store: its journals, its history, and the change that waits for confirmation.
//!
//! Every file begins with a line that holds a digest of the rest; it is written whole or not at all. One that
//! does not fit its digest is refused by name, and nothing is guessed. Each change has files of its own. The folder is ours
//! alone ([`PrivateFolder`]).

use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::store::{PrivateFolder, StoreError};

use super::id::is_id;
use super::{Pending, Record, TransactionError};

/// What the first line of a file begins with: the name of its form, and the version of that.
const FORM: &str = "sonicfg-record 1 ";
/// The kinds of files. Release 0.1 had one of each, of this name; now the id of the change follows.
const JOURNAL: &str = "journal";
const ELSEWHERE: &str = "elsewhere";
const PENDING: &str = "pending";
/// The folder of the history, and what its files end with.
const HISTORY: &str = "history";
const ENDING: &str = ".json";
/// What the name of a journal begins with that was put aside.
const DAMAGED: &str = "damaged-";

/// The folder of a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateDir {
    path: PathBuf,
}

/// A reference to the journal of another store, for a change of both.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct JournalRef {
    /// The change, by its id.
    pub id: String,
    /// The folder of the other store.
    #[serde(rename = "home")]
    pub state_dir: PathBuf,
}

/// What a file of a change holds, with its id.
trait OfChange: DeserializeOwned {
    fn id(&self) -> &str;
}

impl OfChange for Record {
    fn id(&self) -> &str {
        &self.id
    }
}

impl OfChange for JournalRef {
    fn id(&self) -> &str {
        &self.id
    }
}

impl OfChange for Pending {
    fn id(&self) -> &str {
        &self.id
    }
}

impl StateDir {
    /// A folder; it need not be there yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        StateDir { path: path.into() }
    }

    /// The path of the folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The changes that are being carried out, or were left unfinished; the first one first.
    ///
    /// # Errors
    /// [`TransactionError::Damaged`], [`StoreError::Files`], [`StoreError::Untrusted`].
    pub fn journals(&self) -> Result<Vec<Record>, TransactionError> {
        self.all(JOURNAL)
    }

    /// Writes the journal of a change.
    ///
    /// # Errors
    /// [`StoreError::Files`], [`StoreError::Untrusted`].
    pub fn write_journal(&self, record: &Record) -> Result<(), TransactionError> {
        self.write(JOURNAL, &record.id, record)
    }

    /// Takes the journal of a change away, and no other.
    ///
    /// # Errors
    /// As [`StateDir::journals`].
    pub fn remove_journal(&self, id: &str) -> Result<(), TransactionError> {
        self.remove::<Record>(JOURNAL, id)
    }

    /// Puts journals that cannot be read aside, under other names, which are given.
    ///
    /// # Errors
    /// [`StoreError::Files`], [`StoreError::Untrusted`].
    pub fn put_damaged_journals_aside(&self) -> Result<Vec<PathBuf>, TransactionError> {
        let mut aside = Vec::new();
        let Some(folder) = self.open()? else {
            return Ok(aside);
        };
        for name in names(&folder, JOURNAL)? {
            if let Err(TransactionError::Damaged { .. }) = read_change::<Record>(&folder, &name) {
                let to = format!("{DAMAGED}{name}");
                folder.rename(&name, &to)?;
                aside.push(self.path.join(to));
            }
        }
        Ok(aside)
    }

    /// The references to journals of changes of this store that are in other state directories.
    ///
    /// # Errors
    /// As [`StateDir::journals`].
    pub fn journal_refs(&self) -> Result<Vec<JournalRef>, TransactionError> {
        self.all(ELSEWHERE)
    }

    /// Writes such a reference.
    ///
    /// # Errors
    /// As [`StateDir::write_journal`].
    pub fn write_journal_ref(&self, journal_ref: &JournalRef) -> Result<(), TransactionError> {
        self.write(ELSEWHERE, &journal_ref.id, journal_ref)
    }

    /// Takes the reference to the journal of a change away.
    ///
    /// # Errors
    /// As [`StateDir::journals`].
    pub fn remove_journal_ref(&self, id: &str) -> Result<(), TransactionError> {
        self.remove::<JournalRef>(ELSEWHERE, id)
    }

    /// The changes that wait for confirmation. There are several only where several servers were reached by one URL.
    ///
    /// # Errors
    /// As [`StateDir::journals`].
    pub fn pendings(&self) -> Result<Vec<Pending>, TransactionError> {
        self.all(PENDING)
    }

    /// The first change that waits for confirmation.
    ///
    /// # Errors
    /// As [`StateDir::journals`].
    pub fn pending(&self) -> Result<Option<Pending>, TransactionError> {
        Ok(self.pendings()?.into_iter().next())
    }

    /// Says that a change waits for confirmation.
    ///
    /// # Errors
    /// As [`StateDir::write_journal`].
    pub fn write_pending(&self, pending: &Pending) -> Result<(), TransactionError> {
        self.write(PENDING, &pending.id, pending)
    }

    /// Says that a change waits for no confirmation any more.
    ///
    /// # Errors
    /// As [`StateDir::journals`].
    pub fn remove_pending(&self, id: &str) -> Result<(), TransactionError> {
        self.remove::<Pending>(PENDING, id)
    }

    /// The names of the changes in the history, the first one first.
    ///
    /// # Errors
    /// [`StoreError::Files`], [`StoreError::Untrusted`].
    pub fn ids(&self) -> Result<Vec<String>, TransactionError> {
        let Some(folder) = self.history()? else {
            return Ok(Vec::new());
        };
        let names = folder.names()?;
        let ids = names.iter().filter_map(|name| name.strip_suffix(ENDING));
        Ok(ids.filter(|id| is_id(id)).map(str::to_owned).collect())
    }

    /// A change of the history.
    ///
    /// # Errors
    /// As [`StateDir::journals`].
    pub fn record(&self, id: &str) -> Result<Option<Record>, TransactionError> {
        match self.history()? {
            Some(folder) if is_id(id) => read(&folder, &history_name(id)),
            _ => Ok(None),
        }
    }

    /// Writes the outcome of a change into the history, which keeps so many changes. The outcome that is there first
    /// stays: the answer is `false` then.
    ///
    /// # Errors
    /// [`StoreError::Files`], [`StoreError::Untrusted`].
    pub fn write_record(&self, record: &Record, keep: usize) -> Result<bool, TransactionError> {
        self.put_record(record, keep, false)
    }

    /// Writes a change of the history anew.
    ///
    /// # Errors
    /// [`StoreError::Files`], [`StoreError::Untrusted`].
    pub fn rewrite_record(&self, record: &Record) -> Result<(), TransactionError> {
        self.put_record(record, usize::MAX, true).map(drop)
    }

    fn put_record(&self, record: &Record, keep: usize, replaces: bool) -> Result<bool, TransactionError> {
        PrivateFolder::create(&self.path)?;
        let folder = PrivateFolder::create(&self.path.join(HISTORY))?;
        let name = history_name(&record.id);
        let is_new = keep == 0 || folder.write(&name, text(record).as_bytes(), replaces)?;
        let ids = self.ids()?;
        for id in &ids[..ids.len().saturating_sub(keep)] {
            folder.remove(&history_name(id))?;
        }
        Ok(is_new)
    }

    /// Removes files that a process was killed over while it wrote them.
    ///
    /// # Errors
    /// [`StoreError::Files`], [`StoreError::Untrusted`].
    pub fn tidy(&self) -> Result<(), TransactionError> {
        if let Some(folder) = self.open()? {
            folder.remove_unfinished()?;
            if let Some(history) = folder.folder(HISTORY)? {
                history.remove_unfinished()?;
            }
        }
        Ok(())
    }

    fn open(&self) -> Result<Option<PrivateFolder>, StoreError> {
        PrivateFolder::open(&self.path)
    }

    fn history(&self) -> Result<Option<PrivateFolder>, StoreError> {
        match self.open()? {
            Some(folder) => folder.folder(HISTORY),
            None => Ok(None),
        }
    }

    fn all<T: OfChange>(&self, kind: &str) -> Result<Vec<T>, TransactionError> {
        let Some(folder) = self.open()? else {
            return Ok(Vec::new());
        };
        let mut found = Vec::new();
        for name in names(&folder, kind)? {
            found.extend(read_change(&folder, &name)?);
        }
        Ok(found)
    }

    fn write(&self, kind: &str, id: &str, value: &impl Serialize) -> Result<(), TransactionError> {
        let folder = PrivateFolder::create(&self.path)?;
        folder.write(&format!("{kind}-{id}"), text(value).as_bytes(), true)?;
        Ok(())
    }

    fn remove<T: OfChange>(&self, kind: &str, id: &str) -> Result<(), TransactionError> {
        let Some(folder) = self.open()? else {
            return Ok(());
        };
        folder.remove(&format!("{kind}-{id}"))?;
        // That of release 0.1.
        if folder.has(kind) && read::<T>(&folder, kind)?.is_some_and(|value| value.id() == id) {
            folder.remove(kind)?;
        }
        Ok(())
    }
}

/// The files of a kind: those with the id of their change, and that of release 0.1.
fn names(folder: &PrivateFolder, kind: &str) -> Result<Vec<String>, StoreError> {
    let mut names = folder.names()?;
    names.retain(|name| match name.strip_prefix(kind) {
        Some("") => true,
        Some(rest) => rest.strip_prefix('-').is_some_and(is_id),
        None => false,
    });
    Ok(names)
}

fn history_name(id: &str) -> String {
    format!("{id}{ENDING}")
}

fn text(value: &impl Serialize) -> String {
    let body = serde_json::to_string(value).unwrap_or_default();
    format!("{FORM}{}\n{body}\n", blake3::hash(body.as_bytes()).to_hex())
}

/// A file of a change. One with the name of another change is damaged.
fn read_change<T: OfChange>(folder: &PrivateFolder, name: &str) -> Result<Option<T>, TransactionError> {
    let value: Option<T> = read(folder, name)?;
    let of = name.split_once('-').map(|(_, id)| id);
    if let (Some(value), Some(of)) = (&value, of)
        && value.id() != of
    {
        return Err(damaged(
            folder,
            name,
            "it is about another change than its name says",
        ));
    }
    Ok(value)
}

fn damaged(folder: &PrivateFolder, name: &str, reason: &str) -> TransactionError {
    TransactionError::Damaged {
        path: folder.path().join(name),
        reason: reason.to_owned(),
    }
}

fn read<T: DeserializeOwned>(folder: &PrivateFolder, name: &str) -> Result<Option<T>, TransactionError> {
    let damaged = |reason: &str| damaged(folder, name, reason);
    let Some(bytes) = folder.read(name)? else {
        return Ok(None);
    };
    let text = String::from_utf8(bytes).map_err(|_| damaged("it is not UTF-8"))?;
    let (first, body) = text.split_once('\n').ok_or_else(|| damaged("it is cut short"))?;
    let digest = first
        .strip_prefix(FORM)
        .ok_or_else(|| damaged("its first line is not that of such a file"))?;
    let body = body
        .strip_suffix('\n')
        .ok_or_else(|| damaged("it is cut short"))?;
    if blake3::hash(body.as_bytes()).to_hex().as_str() != digest {
        return Err(damaged("it does not fit the digest in its first line"));
    }
    let value = serde_json::from_str(body).map_err(|error| damaged(&error.to_string()))?;
    Ok(Some(value))
}
