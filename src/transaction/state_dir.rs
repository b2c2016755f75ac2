//! The folder of a store: its journal, its history, and the change that waits for confirmation.
//!
//! Every file begins with a line that holds a digest of the rest; it is written whole or not at all. One that
//! does not fit its digest is refused by name, and nothing is guessed.

use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::config::{Source, plain_reason};
use crate::store::write_whole;

use super::id::is_id;
use super::{Pending, Record, TransactionError};

/// What the first line of a file begins with: the name of its form, and the version of that.
const FORM: &str = "sonicfg-record 1 ";

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

impl StateDir {
    /// A folder; it need not be there yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        StateDir { path: path.into() }
    }

    /// The path of the folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The change that is being carried out, or was left unfinished.
    ///
    /// # Errors
    /// [`TransactionError::Damaged`], [`TransactionError::Files`].
    pub fn journal(&self) -> Result<Option<Record>, TransactionError> {
        read(&self.file("journal"))
    }

    /// Writes the journal of a change, in the place of another one.
    ///
    /// # Errors
    /// [`TransactionError::Files`].
    pub fn write_journal(&self, record: &Record) -> Result<(), TransactionError> {
        self.write(&self.file("journal"), record)
    }

    /// Takes the journal away.
    ///
    /// # Errors
    /// [`TransactionError::Files`].
    pub fn remove_journal(&self) -> Result<(), TransactionError> {
        remove(&self.file("journal"))
    }

    /// Puts a journal that cannot be read aside, under another name.
    ///
    /// # Errors
    /// [`TransactionError::Files`].
    pub fn put_journal_aside(&self) -> Result<PathBuf, TransactionError> {
        let (from, to) = (self.file("journal"), self.file("journal.damaged"));
        std::fs::rename(&from, &to).map_err(|error| failed("put aside", &from, &error))?;
        Ok(to)
    }

    /// The reference to the journal of a change of this store that is in another state directory.
    ///
    /// # Errors
    /// As [`StateDir::journal`].
    pub fn journal_ref(&self) -> Result<Option<JournalRef>, TransactionError> {
        read(&self.file("elsewhere"))
    }

    /// Writes that reference, or removes it.
    ///
    /// # Errors
    /// [`TransactionError::Files`].
    pub fn set_journal_ref(&self, journal_ref: Option<&JournalRef>) -> Result<(), TransactionError> {
        match journal_ref {
            Some(journal_ref) => self.write(&self.file("elsewhere"), journal_ref),
            None => remove(&self.file("elsewhere")),
        }
    }

    /// The change that waits for confirmation.
    ///
    /// # Errors
    /// As [`StateDir::journal`].
    pub fn pending(&self) -> Result<Option<Pending>, TransactionError> {
        read(&self.file("pending"))
    }

    /// Says which change waits for confirmation, or that none does.
    ///
    /// # Errors
    /// [`TransactionError::Files`].
    pub fn set_pending(&self, pending: Option<&Pending>) -> Result<(), TransactionError> {
        match pending {
            Some(pending) => self.write(&self.file("pending"), pending),
            None => remove(&self.file("pending")),
        }
    }

    /// The names of the changes in the history, the first one first.
    ///
    /// # Errors
    /// [`TransactionError::Files`].
    pub fn ids(&self) -> Result<Vec<String>, TransactionError> {
        let folder = self.path.join("history");
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed("read", &folder, &error)),
        };
        let mut ids = Vec::new();
        for entry in entries {
            let name = entry
                .map_err(|error| failed("read", &folder, &error))?
                .file_name();
            let id = name.to_str().and_then(|name| name.strip_suffix(".json"));
            ids.extend(id.filter(|id| is_id(id)).map(str::to_owned));
        }
        ids.sort_unstable();
        Ok(ids)
    }

    /// A change of the history.
    ///
    /// # Errors
    /// As [`StateDir::journal`].
    pub fn record(&self, id: &str) -> Result<Option<Record>, TransactionError> {
        if !is_id(id) {
            return Ok(None);
        }
        read(&self.history_file(id))
    }

    /// Writes a change into the history, which keeps so many.
    ///
    /// # Errors
    /// [`TransactionError::Files`].
    pub fn write_record(&self, record: &Record, keep: usize) -> Result<(), TransactionError> {
        if keep > 0 {
            self.write(&self.history_file(&record.id), record)?;
        }
        let ids = self.ids()?;
        for id in &ids[..ids.len().saturating_sub(keep)] {
            remove(&self.history_file(id))?;
        }
        Ok(())
    }

    fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    fn history_file(&self, id: &str) -> PathBuf {
        self.path.join("history").join(format!("{id}.json"))
    }

    fn write(&self, path: &Path, value: &impl Serialize) -> Result<(), TransactionError> {
        let refused = |error: &std::io::Error| failed("write", path, error);
        let folder = path.parent().unwrap_or(&self.path);
        // What was changed may be secret.
        let made = std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder);
        made.map_err(|error| failed("make the folder", folder, &error))?;
        let body = serde_json::to_string(value).map_err(|error| refused(&error.into()))?;
        let text = format!("{FORM}{}\n{body}\n", blake3::hash(body.as_bytes()).to_hex());
        write_whole(path, &text).map_err(|error| refused(&error))
    }
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, TransactionError> {
    match std::fs::metadata(path) {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed("read", path, &error)),
    }
    let damaged = |reason: &str| TransactionError::Damaged {
        path: path.to_owned(),
        reason: reason.to_owned(),
    };
    let text = match Source::read(path) {
        Ok(source) => source.text,
        Err(error @ crate::config::ReadError::Utf8 { .. }) => return Err(damaged(&error.to_string())),
        Err(error) => {
            return Err(TransactionError::Files {
                doing: "read",
                path: path.to_owned(),
                reason: error.to_string(),
            });
        }
    };
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

fn remove(path: &Path) -> Result<(), TransactionError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(failed("remove", path, &error)),
        _ => Ok(()),
    }
}

fn failed(doing: &'static str, path: &Path, error: &std::io::Error) -> TransactionError {
    TransactionError::Files {
        doing,
        path: path.to_owned(),
        reason: plain_reason(error),
    }
}
