//! A config in a file, replaced whole or not at all.

use std::collections::BTreeMap;
use std::fs::{File, Metadata, TryLockError};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::config::{Document, ReadError, Source, edited, plain_reason};
use crate::patch::SyntaxError;
use crate::policy::Policy;
use crate::validate::without_secrets;

use super::{Commit, CommitMarker, LockFile, LockOwner, Snapshot, Store, StoreError, Version, fail_point};

/// How long the file itself is waited for. It is locked no longer than it takes to compare it and rename one.
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(5);

/// A config file. A symbolic link is followed: what it points to is replaced, not the link.
#[derive(Debug)]
pub struct FileStore {
    /// The file as it was named.
    name: String,
    /// The file behind all links.
    path: PathBuf,
    state_dir: PathBuf,
    lock: Option<LockFile>,
    /// What is secret; `None`: what the built-in policy says.
    policy: Option<Policy>,
}

impl FileStore {
    /// The store of an existing file. Its state directory is beside it: `.NAME.sonicfg`.
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
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        let state_dir = path.with_file_name(format!(".{file}.sonicfg"));
        Ok(FileStore {
            name: name.display().to_string(),
            path,
            state_dir,
            lock: None,
            policy: None,
        })
    }

    /// A text of the file as a document. The error has no secrets.
    fn parse(&self, source: Source) -> Result<Document, StoreError> {
        Document::read(source).map_err(|(source, error)| {
            let shipped = Policy::shipped;
            let policy = self.policy.clone().unwrap_or_else(shipped);
            let (shown, error) = without_secrets(source, error, &policy);
            StoreError::Parse(SyntaxError::from_parse(&shown.name, error))
        })
    }

    /// The file behind all links.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the file.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    pub fn read(&self) -> Result<Source, StoreError> {
        let mut source = Source::read(&self.path)?;
        source.name.clone_from(&self.name);
        Ok(source)
    }

    /// Replaces the file's text, if it is still `expected`: the new text is written beside it, synced, and renamed,
    /// with the mode and owner of the file; then the folder is synced. A reader finds the old text or the new one, even
    /// after a power failure. Of several concurrent writers exactly one succeeds.
    ///
    /// # Errors
    /// [`StoreError`]; unless it is [`StoreError::Sync`], the file is as it was.
    pub fn replace(&self, expected: &str, text: &str) -> Result<(), StoreError> {
        let refused = |error: &std::io::Error| self.refused(error);
        let metadata = std::fs::metadata(&self.path).map_err(|error| refused(&error))?;
        let file = written_beside(&self.path, text).map_err(|error| refused(&error))?;
        dress(file.as_file(), &metadata).map_err(|error| refused(&error))?;
        file.as_file().sync_all().map_err(|error| refused(&error))?;
        let conflict = || StoreError::Conflict {
            store: self.name.clone(),
            table: None,
        };
        // Held until the new file has taken the place of the locked one.
        let _lock = self.lock_text()?.ok_or_else(conflict)?;
        let unchanged = Source::read(&self.path).is_ok_and(|now| now.text == expected);
        if !unchanged {
            return Err(conflict());
        }
        fail_point("before the rename");
        file.persist(&self.path).map_err(|error| refused(&error.error))?;
        fail_point("after the rename");
        sync_folder(&self.path).map_err(|error| StoreError::Sync {
            path: PathBuf::from(&self.name),
            reason: plain_reason(&error),
        })
    }

    fn refused(&self, error: &std::io::Error) -> StoreError {
        StoreError::Write {
            path: PathBuf::from(&self.name),
            reason: plain_reason(error),
        }
    }

    /// Locks the present file. `None`: another writer replaced it meanwhile.
    fn lock_text(&self) -> Result<Option<File>, StoreError> {
        let refused = |error: &std::io::Error| self.refused(error);
        let file = File::open(&self.path).map_err(|error| refused(&error))?;
        let deadline = Instant::now() + PATIENCE;
        while let Err(error) = file.try_lock() {
            match error {
                // A file system without locks: the comparison of the texts must do.
                TryLockError::Error(error) if error.kind() == ErrorKind::Unsupported => break,
                TryLockError::Error(error) => return Err(refused(&error)),
                TryLockError::WouldBlock if Instant::now() >= deadline => {
                    return Err(StoreError::Held {
                        store: self.name.clone(),
                        holder: "an unknown process".to_owned(),
                    });
                }
                TryLockError::WouldBlock => std::thread::sleep(PAUSE),
            }
        }
        let locked = file.metadata().map_err(|error| refused(&error))?;
        let there = std::fs::metadata(&self.path).map_err(|error| refused(&error))?;
        let same = (locked.dev(), locked.ino()) == (there.dev(), there.ino());
        Ok(same.then_some(file))
    }
}

impl Store for FileStore {
    fn name(&self) -> &str {
        &self.name
    }

    fn identity(&self) -> String {
        format!("file:{}", self.path.display())
    }

    fn state_dir(&self) -> &Path {
        &self.state_dir
    }

    fn is_live(&self) -> bool {
        false
    }

    fn mask_with(&mut self, policy: &Policy) {
        self.policy = Some(policy.clone());
    }

    fn snapshot(&mut self) -> Result<Snapshot, StoreError> {
        let document = self.parse(self.read()?)?;
        let version = Version::Text(document.source().text.clone());
        Ok(Snapshot { document, version })
    }

    fn commit(&mut self, commit: &Commit) -> Result<Version, StoreError> {
        if self.lock.is_none() {
            return Err(StoreError::LockLost {
                store: self.name.clone(),
                holder: None,
            });
        }
        let Version::Text(before) = commit.version else {
            return Err(StoreError::Conflict {
                store: self.name.clone(),
                table: None,
            });
        };
        let document = self.parse(Source::new(self.name.as_str(), before.as_str()))?;
        let text = edited(&document, commit.target);
        self.replace(before, &text)?;
        Ok(Version::Text(text))
    }

    fn marker(&mut self) -> Result<Option<CommitMarker>, StoreError> {
        Ok(None)
    }

    fn keeps_markers(&self) -> bool {
        false
    }

    fn clear_marker(&mut self) -> Result<(), StoreError> {
        Ok(())
    }

    fn lock(&mut self, holder: &LockOwner) -> Result<(), StoreError> {
        loop {
            std::fs::create_dir_all(&self.state_dir).map_err(|error| self.refused(&error))?;
            match LockFile::take(&self.state_dir.join("lock"), &self.name, holder) {
                Ok(lock) => {
                    self.lock = Some(lock);
                    return Ok(());
                }
                // Its last owner took the empty folder away.
                Err(StoreError::Files { .. }) if !self.state_dir.exists() => {}
                Err(StoreError::Files { reason, .. }) => {
                    let _ = std::fs::remove_dir(&self.state_dir);
                    let path = PathBuf::from(&self.name);
                    return Err(StoreError::Write { path, reason });
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn keep_lock(&mut self) -> Result<(), StoreError> {
        Ok(())
    }

    fn unlock(&mut self) {
        self.lock = None;
        // Where nothing was changed, nothing is left.
        let _ = std::fs::remove_dir(&self.state_dir);
    }

    fn state(&mut self, _: &str, _: &str) -> Result<Option<BTreeMap<String, String>>, StoreError> {
        Ok(None)
    }
}

impl Drop for FileStore {
    fn drop(&mut self) {
        if self.lock.is_some() {
            self.unlock();
        }
    }
}

/// Writes a file whole or not at all: beside it, synced, and renamed into its place; then the folder is synced.
/// A file that is there keeps its mode and owner; a new one is for its owner alone.
///
/// # Errors
/// The system's reason. Unless the folder could not be synced, the file is unchanged.
pub fn write_whole(path: &Path, text: &str) -> std::io::Result<()> {
    let file = written_beside(path, text)?;
    match std::fs::metadata(path) {
        Ok(metadata) => dress(file.as_file(), &metadata)?,
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    sync_folder(path)
}

/// A file with a text, beside the one whose place it is to take.
fn written_beside(path: &Path, text: &str) -> std::io::Result<tempfile::NamedTempFile> {
    let mut file = tempfile::Builder::new()
        .prefix(".sonicfg-")
        .tempfile_in(folder(path))?;
    file.write_all(text.as_bytes())?;
    Ok(file)
}

fn sync_folder(path: &Path) -> std::io::Result<()> {
    File::open(folder(path))?.sync_all()
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        Some(_) => Path::new("."),
        None => Path::new("/"),
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
    fn foreign_change_is_not_overwritten() {
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
    fn missing_file_is_named() {
        let error = FileStore::open(Path::new("/no/such/file")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot read /no/such/file: no such file or directory"
        );
    }

    #[test]
    fn non_regular_file_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let error = FileStore::open(dir.path()).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "{} is not a file; name the file that holds the config",
                dir.path().display()
            )
        );
    }

    #[test]
    fn replaced_locked_file_is_detected() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("c.json");
        std::fs::write(&path, "old").unwrap();
        let store = FileStore::open(&path).unwrap();
        let other = store.lock_text().unwrap().unwrap();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| store.replace("old", "ours"));
            while std::fs::read_dir(dir.path()).unwrap().count() < 2 {
                std::thread::sleep(PAUSE);
            }
            // The new text is written; the lock is taken next.
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
