//! A config in a file, replaced whole or not at all.

use std::fs::{File, Metadata, TryLockError};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use thiserror::Error;

use crate::config::{ReadError, Source, plain_reason};

/// How long a lock is waited for. It is held no longer than it takes to compare a file and rename one.
const LOCK_PATIENCE: Duration = Duration::from_secs(5);
const LOCK_PAUSE: Duration = Duration::from_millis(5);

/// Why a config file could not be read or replaced. Where it could not be replaced it is as it was.
#[derive(Debug, Error)]
pub enum StoreError {
    /// It cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It is a folder, a pipe, or a device.
    #[error("{} is not a file", path.display())]
    NotAFile {
        /// What was named.
        path: PathBuf,
    },
    /// It cannot be replaced.
    #[error("cannot replace {}: {reason}; it is as it was", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        reason: String,
    },
    /// The file was replaced, but the system would not confirm that the change is on the disk.
    #[error("{} is replaced, but it is not certain to be on the disk: {reason}", path.display())]
    Sync {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        reason: String,
    },
    /// Somebody else holds a lock on the file.
    #[error("{} is locked by somebody else; it is as it was, try again", path.display())]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// Somebody else changed the file meanwhile.
    #[error("{} was changed by somebody else meanwhile; it is as they left it, try again", path.display())]
    Conflict {
        /// The file.
        path: PathBuf,
    },
}

/// A config file. A symbolic link is followed: what it points to is replaced, not the link.
#[derive(Debug)]
pub struct FileStore {
    /// The file as it was named.
    name: PathBuf,
    /// The file behind all links.
    path: PathBuf,
}

impl FileStore {
    /// The store of an existing file.
    ///
    /// # Errors
    /// [`StoreError::Read`] if there is no such file, [`StoreError::NotAFile`] if it is something else.
    pub fn open(name: &Path) -> Result<Self, StoreError> {
        let refused = |error| ReadError::io(name, &error);
        let path = name.canonicalize().map_err(refused)?;
        let kind = std::fs::metadata(&path).map_err(refused)?.file_type();
        if !kind.is_file() {
            return Err(StoreError::NotAFile {
                path: name.to_owned(),
            });
        }
        Ok(FileStore {
            name: name.to_owned(),
            path,
        })
    }

    /// Reads the file.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    pub fn read(&self) -> Result<Source, StoreError> {
        let mut source = Source::read(&self.path)?;
        source.name = self.name.display().to_string();
        Ok(source)
    }

    /// Replaces the file's text, if it is still `expected`: the new text is written beside it, synced,
    /// and renamed into its place, with the mode and owner that the file has; then the folder is synced.
    /// Whoever reads the file finds the old text or the new one, whenever the power fails. Of several that
    /// replace it in this way at the same time, one does.
    ///
    /// # Errors
    /// [`StoreError`]; unless it is [`StoreError::Sync`], the file is as it was.
    pub fn replace(&self, expected: &str, text: &str) -> Result<(), StoreError> {
        let refused = |error: &std::io::Error| StoreError::Write {
            path: self.name.clone(),
            reason: plain_reason(error),
        };
        let folder = self.path.parent().unwrap_or(Path::new("/"));
        let metadata = std::fs::metadata(&self.path).map_err(|error| refused(&error))?;
        let mut file = tempfile::Builder::new()
            .prefix(".sonicfg-")
            .tempfile_in(folder)
            .map_err(|error| refused(&error))?;
        file.write_all(text.as_bytes()).map_err(|error| refused(&error))?;
        dress(file.as_file(), &metadata).map_err(|error| refused(&error))?;
        file.as_file().sync_all().map_err(|error| refused(&error))?;
        let conflict = || StoreError::Conflict {
            path: self.name.clone(),
        };
        // Held until the new file has taken the place of the locked one.
        let _lock = self.lock()?.ok_or_else(conflict)?;
        let unchanged = Source::read(&self.path).is_ok_and(|now| now.text == expected);
        if !unchanged {
            return Err(conflict());
        }
        file.persist(&self.path).map_err(|error| refused(&error.error))?;
        let synced = File::open(folder).and_then(|folder| folder.sync_all());
        synced.map_err(|error| StoreError::Sync {
            path: self.name.clone(),
            reason: plain_reason(&error),
        })
    }
}

impl FileStore {
    /// Locks the file that stands in the place now. `None`: somebody put another one there meanwhile.
    fn lock(&self) -> Result<Option<File>, StoreError> {
        let refused = |error: &std::io::Error| StoreError::Write {
            path: self.name.clone(),
            reason: plain_reason(error),
        };
        let file = File::open(&self.path).map_err(|error| refused(&error))?;
        let deadline = Instant::now() + LOCK_PATIENCE;
        while let Err(error) = file.try_lock() {
            match error {
                // A file system without locks: the comparison of the texts must do.
                TryLockError::Error(error) if error.kind() == ErrorKind::Unsupported => break,
                TryLockError::Error(error) => return Err(refused(&error)),
                TryLockError::WouldBlock if Instant::now() >= deadline => {
                    return Err(StoreError::Locked {
                        path: self.name.clone(),
                    });
                }
                TryLockError::WouldBlock => std::thread::sleep(LOCK_PAUSE),
            }
        }
        let locked = file.metadata().map_err(|error| refused(&error))?;
        let there = std::fs::metadata(&self.path).map_err(|error| refused(&error))?;
        let same = (locked.dev(), locked.ino()) == (there.dev(), there.ino());
        Ok(same.then_some(file))
    }
}

/// Gives a new file the mode and the owner of the one whose place it takes.
fn dress(file: &File, like: &Metadata) -> std::io::Result<()> {
    let own = file.metadata()?;
    if (own.uid(), own.gid()) != (like.uid(), like.gid()) {
        std::os::unix::fs::fchown(file, Some(like.uid()), Some(like.gid()))?;
    }
    // After the owner: a change of owner takes some bits away.
    file.set_permissions(like.permissions())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn replaces_behind_a_link_and_keeps_the_mode() {
        let dir = tempfile::tempdir().unwrap();
        let (real, link) = (dir.path().join("real.json"), dir.path().join("link.json"));
        std::fs::write(&real, "old").unwrap();
        std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o640)).unwrap();
        symlink(&real, &link).unwrap();
        let store = FileStore::open(&link).unwrap();
        assert_eq!(store.read().unwrap().text, "old");
        store.replace("old", "new").unwrap();
        assert!(link.is_symlink());
        assert_eq!(std::fs::read_to_string(&real).unwrap(), "new");
        assert_eq!(
            std::fs::metadata(&real).unwrap().permissions().mode() & 0o777,
            0o640
        );
        assert_eq!(
            std::fs::read_dir(dir.path()).unwrap().count(),
            2,
            "nothing is left behind"
        );
    }

    #[test]
    fn what_others_wrote_stays() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("c.json");
        std::fs::write(&path, "theirs").unwrap();
        let store = FileStore::open(&path).unwrap();
        let error = store.replace("ours", "new").unwrap_err();
        assert!(matches!(error, StoreError::Conflict { .. }));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "theirs");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = FileStore::open(Path::new("/no/such/file")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot read /no/such/file: no such file or directory"
        );
    }

    #[test]
    fn what_is_no_file_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let error = FileStore::open(dir.path()).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("{} is not a file", dir.path().display())
        );
    }

    #[test]
    fn a_file_that_took_the_place_of_the_locked_one_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("c.json");
        std::fs::write(&path, "old").unwrap();
        let store = FileStore::open(&path).unwrap();
        let other = store.lock().unwrap().unwrap();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| store.replace("old", "ours"));
            while std::fs::read_dir(dir.path()).unwrap().count() < 2 {
                std::thread::sleep(LOCK_PAUSE);
            }
            // The new text is written; the lock is what comes next.
            std::thread::sleep(Duration::from_millis(200));
            assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
            std::fs::write(dir.path().join("new"), "old").unwrap();
            std::fs::rename(dir.path().join("new"), &path).unwrap();
            drop(other);
            let error = waiting.join().unwrap().unwrap_err();
            assert!(matches!(error, StoreError::Conflict { .. }), "{error}");
        });
    }
}
