//! A lock that is a file: it holds as long as the process lives, and names its owner.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Seek, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::{LockOwner, StoreError};

/// The largest part of a lock file that is read to find its owner, in bytes.
const MAX_HOLDER_BYTES: u64 = 4096;

/// A lock that this process holds. It is given back when it is dropped, or when the process ends, however it
/// ends.
#[derive(Debug)]
pub struct LockFile {
    file: File,
    path: PathBuf,
    /// Whether the file is not ours.
    stays: bool,
}

impl LockFile {
    /// Takes the lock, if it is free. `store` is the name of the locked store in messages.
    ///
    /// # Errors
    /// [`StoreError::Held`] with its owner, [`StoreError::Files`] where there can be no such file.
    pub fn take(path: &Path, store: &str, holder: &LockOwner) -> Result<Self, StoreError> {
        let refused = |error: &std::io::Error| StoreError::files("lock", path, error);
        loop {
            let mut file = OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .mode(0o644)
                .open(path)
                .map_err(|error| refused(&error))?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    let holder = owner(&mut file);
                    return Err(StoreError::Held {
                        store: store.to_owned(),
                        holder,
                    });
                }
                // A file system without locks: that the config is compared before it is replaced must do.
                Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => {}
                Err(TryLockError::Error(error)) => return Err(refused(&error)),
            }
            // Its last owner may have taken it away between our opening it and our locking it.
            let locked = file.metadata().map_err(|error| refused(&error))?;
            let is_there = std::fs::metadata(path)
                .is_ok_and(|there| (there.dev(), there.ino()) == (locked.dev(), locked.ino()));
            if !is_there {
                continue;
            }
            let mut lock = LockFile {
                file,
                path: path.to_owned(),
                stays: false,
            };
            let text = serde_json::to_string(holder).unwrap_or_default();
            lock.file
                .set_len(0)
                .and_then(|()| lock.file.rewind())
                .and_then(|()| lock.file.write_all(text.as_bytes()))
                .map_err(|error| refused(&error))?;
            return Ok(lock);
        }
    }
}

impl LockFile {
    /// Takes the lock on a file that others lock too, which stays and says nothing of its owner.
    ///
    /// # Errors
    /// As [`LockFile::take`].
    pub fn share(path: &Path, store: &str) -> Result<Self, StoreError> {
        let refused = |error: &std::io::Error| StoreError::files("lock", path, error);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path);
        if file
            .as_ref()
            .is_err_and(|error| error.kind() == ErrorKind::PermissionDenied)
        {
            file = File::open(path);
        }
        let file = file.map_err(|error| refused(&error))?;
        match file.try_lock() {
            Ok(()) => Ok(LockFile {
                file,
                path: path.to_owned(),
                stays: true,
            }),
            Err(TryLockError::WouldBlock) => Err(StoreError::Held {
                store: store.to_owned(),
                holder: format!("a reload, which holds {}", path.display()),
            }),
            Err(TryLockError::Error(error)) => Err(refused(&error)),
        }
    }
}

impl Drop for LockFile {
    fn drop(&mut self) {
        if self.stays {
            return;
        }
        // This happens while it is still locked, so that only our own file is removed.
        let _ = std::fs::remove_file(&self.path);
        let _ = self.file.unlock();
    }
}

/// Who holds the lock, as the file says.
fn owner(file: &mut File) -> String {
    let mut text = String::new();
    let read = file.take(MAX_HOLDER_BYTES).read_to_string(&mut text);
    let holder = read
        .ok()
        .and_then(|_| serde_json::from_str::<LockOwner>(&text).ok());
    holder.map_or_else(|| "an unknown process".to_owned(), |holder| holder.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let holder = LockOwner::this("a test");
        let first = LockFile::take(&path, "the store", &holder).unwrap();
        let refused = LockFile::take(&path, "the store", &holder)
            .unwrap_err()
            .to_string();
        assert!(refused.starts_with("the store is being changed by "), "{refused}");
        assert!(refused.contains("a test) since 20"), "{refused}");
        drop(first);
        assert!(!path.exists());
        LockFile::take(&path, "the store", &holder).unwrap();
    }
}
