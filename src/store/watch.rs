//! Following entries of a store.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use serde_json::Value;

use crate::config::{Config, EntryName};

use super::{FileStore, Store, StoreError};

/// How often a file is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// Follows entries of a store.
pub trait Watch {
    /// How messages call the store.
    fn name(&self) -> &str;

    /// Begins, or begins anew after an error. What changes from now on is noticed.
    ///
    /// # Errors
    /// [`StoreError`]: it cannot be reached, or does not send notifications.
    fn open(&mut self) -> Result<(), StoreError>;

    /// Waits at most so long until entries may have changed since this was last asked; whether they may.
    ///
    /// # Errors
    /// [`StoreError`]: it cannot be followed any more.
    fn wait(&mut self, at_most: Duration) -> Result<bool, StoreError>;

    /// The entries as they are now, all at one moment; `None` for one that is not there.
    ///
    /// # Errors
    /// [`StoreError`]: it cannot be followed any more.
    fn read(&mut self) -> Result<Vec<Option<Value>>, StoreError>;
}

/// Follows entries of a config file. It may be replaced or rewritten: while its text is not a config, the last config
/// counts.
pub struct FileWatch {
    name: String,
    path: PathBuf,
    entries: Vec<EntryName>,
    seen: Option<FileStamp>,
    last: Option<Vec<Option<Value>>>,
}

/// The file as it was when it was read.
#[derive(Clone, PartialEq, Eq)]
struct FileStamp {
    device: u64,
    inode: u64,
    size: u64,
    modified: Option<SystemTime>,
    changed: (i64, i64),
    /// Whether a later change is certain to have another time. Once it is, the file is read once more.
    is_stable: bool,
}

impl FileStamp {
    fn of(path: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        let metadata = std::fs::metadata(path).ok()?;
        let modified = metadata.modified().ok();
        let age = modified.and_then(|time| SystemTime::now().duration_since(time).ok());
        Some(FileStamp {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            modified,
            changed: (metadata.ctime(), metadata.ctime_nsec()),
            is_stable: age.is_some_and(|age| age > LOOK),
        })
    }
}

impl FileWatch {
    /// Follows entries of the file of this name.
    pub fn new(path: &Path, entries: Vec<EntryName>) -> Self {
        FileWatch {
            name: path.display().to_string(),
            path: path.to_owned(),
            entries,
            seen: None,
            last: None,
        }
    }

    fn config(&self) -> Result<Value, StoreError> {
        let snapshot = FileStore::open(&self.path)?.snapshot()?;
        Ok(Config::from(snapshot.document).to_value())
    }
}

impl Watch for FileWatch {
    fn name(&self) -> &str {
        &self.name
    }

    fn open(&mut self) -> Result<(), StoreError> {
        FileStore::open(&self.path).map(drop)
    }

    fn wait(&mut self, at_most: Duration) -> Result<bool, StoreError> {
        let until = Instant::now() + at_most;
        loop {
            if FileStamp::of(&self.path) != self.seen {
                return Ok(true);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(false);
            }
            std::thread::sleep(left.min(LOOK));
        }
    }

    fn read(&mut self) -> Result<Vec<Option<Value>>, StoreError> {
        // Looked at first: what changes while it is read is seen next time.
        let seen = FileStamp::of(&self.path);
        if let (true, Some(FileStamp { is_stable: true, .. }), Some(last)) =
            (seen == self.seen, &seen, &self.last)
        {
            return Ok(last.clone());
        }
        match (self.config(), &self.last) {
            (Ok(config), _) => {
                let entries = self.entries.iter().map(|entry| entry.find(&config).cloned());
                let entries: Vec<Option<Value>> = entries.collect();
                self.seen = seen;
                self.last = Some(entries.clone());
                Ok(entries)
            }
            // Another process is writing it, or is replacing it.
            (Err(_), Some(last)) => {
                self.seen = seen;
                Ok(last.clone())
            }
            (Err(error), None) => Err(error),
        }
    }
}
