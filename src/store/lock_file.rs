//! A lock that is a file: it holds as long as the process lives, and names its owner.

use std::fs::{File, TryLockError};
use std::io::{ErrorKind, Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::OFlags;

use super::{LockOwner, PrivateFolder, StoreError};

/// The largest part of a lock file that is read to find its owner, in bytes.
const MAX_HOLDER_BYTES: u64 = 4096;

/// A lock that this process holds. It is given back when it is dropped, or when the process ends, however it
/// ends.
#[derive(Debug)]
pub struct LockFile {
    file: File,
    /// Where the file is, if it is ours.
    place: Option<(PrivateFolder, String)>,
}

impl LockFile {
    /// Takes the lock of this name in a folder of ours, if it is free. `store` is the name of the locked store in messages.
    ///
    /// # Errors
    /// [`StoreError::Held`] with its owner, [`StoreError::Files`] and [`StoreError::Untrusted`] where there can be no such
    /// file.
    pub fn take(
        folder: PrivateFolder,
        name: &str,
        store: &str,
        holder: &LockOwner,
    ) -> Result<Self, StoreError> {
        let path = folder.path().join(name);
        let refused = |error: &std::io::Error| StoreError::files("lock", &path, error);
        loop {
            let mut file = folder.open_lock(name)?;
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
            if !folder.is_still(name, &file) {
                continue;
            }
            let text = serde_json::to_string(holder).unwrap_or_default();
            let written = file
                .set_len(0)
                .and_then(|()| file.rewind())
                .and_then(|()| file.write_all(text.as_bytes()))
                .map_err(|error| refused(&error));
            // Where it cannot say who we are, it is removed again.
            let lock = LockFile {
                file,
                place: Some((folder, name.to_owned())),
            };
            return written.map(|()| lock);
        }
    }

    /// Takes the lock on a file that others lock too, which stays and says nothing of its owner.
    ///
    /// # Errors
    /// As [`LockFile::take`].
    pub fn share(path: &Path, store: &str) -> Result<Self, StoreError> {
        let refused = |error: &std::io::Error| StoreError::files("lock", path, error);
        let open = |writes: bool| {
            File::options()
                .read(true)
                .write(writes)
                .create(writes)
                .truncate(false)
                .custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed())
                .open(path)
        };
        let mut file = open(true);
        if file
            .as_ref()
            .is_err_and(|error| error.kind() == ErrorKind::PermissionDenied)
        {
            file = open(false);
        }
        let file = file.map_err(|error| refused(&error))?;
        if !file.metadata().is_ok_and(|metadata| metadata.is_file()) {
            return Err(StoreError::Untrusted {
                path: path.to_owned(),
                reason: "it is no regular file".to_owned(),
            });
        }
        match file.try_lock() {
            Ok(()) => Ok(LockFile { file, place: None }),
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
        if let Some((folder, name)) = &self.place {
            // This happens while it is still locked, so that only our own file is removed.
            let _ = folder.remove(name);
            let _ = self.file.unlock();
        }
    }
}

/// Who holds the lock, as the file says.
fn owner(file: &mut File) -> String {
    let mut text = String::new();
    let read = file.take(MAX_HOLDER_BYTES).read_to_string(&mut text);
    LockOwner::shown(read.map_or("", |_| &text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let folder = || PrivateFolder::create(&dir.path().join("own")).unwrap();
        let holder = LockOwner::this("a test");
        let first = LockFile::take(folder(), "lock", "the store", &holder).unwrap();
        let refused = LockFile::take(folder(), "lock", "the store", &holder)
            .unwrap_err()
            .to_string();
        assert!(refused.starts_with("the store is being changed by "), "{refused}");
        assert!(refused.contains("a test) since 20"), "{refused}");
        drop(first);
        assert!(!folder().has("lock"));
        LockFile::take(folder(), "lock", "the store", &holder).unwrap();
    }
}
