//! A config in a file, replaced whole or not at all.

use std::collections::BTreeMap;
use std::fs::{File, Metadata};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::config::{Document, ReadError, Source, edited, plain_reason};
use crate::patch::SyntaxError;
use crate::policy::Policy;
use crate::validate::without_secrets;

use super::{
    Commit, CommitMarker, LockFile, LockOwner, PrivateFolder, Server, Snapshot, Store, StoreError, Version,
    fail_point,
};

/// How long a replacement without a lock waits for that of another process.
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
    lock: Option<OwnLock>,
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
        let mut source = Source::read_file(&self.path)?;
        source.name.clone_from(&self.name);
        Ok(source)
    }

    /// Replaces the file's text, if it is still `expected`: the new text is written beside it, synced, and renamed,
    /// with the mode and owner of the file; then the folder is synced. A reader finds the old text or the new one, even
    /// after a power failure. Of several concurrent writers exactly one succeeds: a store that is not locked is, for as
    /// long as this takes.
    ///
    /// # Errors
    /// [`StoreError`]; unless it is [`StoreError::Sync`], the file is as it was.
    pub fn replace(&self, expected: &str, text: &str) -> Result<(), StoreError> {
        let refused = |error: &std::io::Error| self.refused(error);
        let metadata = std::fs::metadata(&self.path).map_err(|error| refused(&error))?;
        let file = written_beside(&self.path, text).map_err(|error| refused(&error))?;
        dress(file.as_file(), &metadata).map_err(|error| refused(&error))?;
        file.as_file().sync_all().map_err(|error| refused(&error))?;
        let _lock = match self.lock {
            Some(_) => None,
            None => Some(self.wait_for_lock()?),
        };
        let unchanged = Source::read_file(&self.path).is_ok_and(|now| now.text == expected);
        if !unchanged {
            return Err(StoreError::Conflict {
                store: self.name.clone(),
                table: None,
            });
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

    /// Takes the lock, a file of our own: who may only read the config cannot hold it.
    fn take_lock(&self, holder: &LockOwner) -> Result<OwnLock, StoreError> {
        loop {
            let folder = PrivateFolder::create(&self.state_dir).map_err(|error| self.unlockable(error))?;
            match LockFile::take(folder, "lock", &self.name, holder) {
                Ok(lock) => {
                    return Ok(OwnLock {
                        lock: Some(lock),
                        folder: self.state_dir.clone(),
                    });
                }
                // Its last owner took the empty folder away.
                Err(StoreError::Files { .. }) if is_gone(&self.state_dir) => {}
                Err(error) => {
                    let _ = std::fs::remove_dir(&self.state_dir);
                    return Err(self.unlockable(error));
                }
            }
        }
    }

    /// Where there can be no lock, the config cannot be written.
    fn unlockable(&self, error: StoreError) -> StoreError {
        match error {
            StoreError::Files { reason, .. } => StoreError::Write {
                path: PathBuf::from(&self.name),
                reason,
            },
            error => error,
        }
    }

    fn wait_for_lock(&self) -> Result<OwnLock, StoreError> {
        let holder = LockOwner::this("library");
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.take_lock(&holder) {
                Err(StoreError::Held { .. }) if Instant::now() < deadline => std::thread::sleep(PAUSE),
                outcome => return outcome,
            }
        }
    }
}

/// The lock of a config file. Where nothing was changed, nothing is left.
#[derive(Debug)]
struct OwnLock {
    lock: Option<LockFile>,
    folder: PathBuf,
}

impl Drop for OwnLock {
    fn drop(&mut self) {
        self.lock = None;
        let _ = std::fs::remove_dir(&self.folder);
    }
}

fn is_gone(path: &Path) -> bool {
    path.symlink_metadata()
        .is_err_and(|error| error.kind() == ErrorKind::NotFound)
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

    fn clear_marker(&mut self, _: &str) -> Result<(), StoreError> {
        Ok(())
    }

    fn withdraw(&mut self) -> Result<(), StoreError> {
        Ok(())
    }

    fn server(&self) -> Option<&Server> {
        None
    }

    fn lock(&mut self, holder: &LockOwner) -> Result<(), StoreError> {
        self.lock = Some(self.take_lock(holder)?);
        Ok(())
    }

    fn keep_lock(&mut self) -> Result<(), StoreError> {
        Ok(())
    }

    fn unlock(&mut self) {
        self.lock = None;
    }

    fn state(&mut self, _: &str, _: &str) -> Result<Option<BTreeMap<String, String>>, StoreError> {
        Ok(None)
    }
}

/// Writes a file whole or not at all: beside it, synced, and renamed into its place; then the folder is synced. A link is
/// followed: what it points to is replaced. A file that is there keeps its mode and owner; a new one is for its owner
/// alone.
///
/// # Errors
/// The system's reason, or it is no regular file. Unless the folder could not be synced, the file is unchanged.
pub fn write_whole(path: &Path, text: &str) -> std::io::Result<()> {
    let path = &behind_links(path)?;
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

/// The regular file behind all links; the path itself where there is no file yet.
///
/// # Errors
/// The system's reason: a link points to nothing, or it is no regular file.
pub fn behind_links(path: &Path) -> std::io::Result<PathBuf> {
    match path.canonicalize() {
        Ok(real) if real.is_file() => Ok(real),
        Ok(_) => Err(std::io::Error::other("it is not a regular file")),
        Err(error) if error.kind() == ErrorKind::NotFound && is_gone(path) => std::path::absolute(path),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Err(std::io::Error::other("it is a link that points to nothing"))
        }
        Err(error) => Err(error),
    }
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
    fn reader_cannot_hold_up_a_writer() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("c.json");
        std::fs::write(&path, "old").unwrap();
        let reader = File::open(&path).unwrap();
        reader.lock().unwrap();
        let mut store = FileStore::open(&path).unwrap();
        store.replace("old", "new").unwrap();
        store.lock(&LockOwner::this("a test")).unwrap();
        store.replace("new", "newer").unwrap();
        let other = FileStore::open(&path).unwrap();
        let held = other
            .take_lock(&LockOwner::this("another"))
            .unwrap_err()
            .to_string();
        assert!(held.contains("(process "), "{held}");
        store.unlock();
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn link_is_followed_and_a_pipe_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        std::fs::write(path("real"), "old").unwrap();
        symlink("real", path("link")).unwrap();
        symlink("none", path("dangling")).unwrap();
        let made = std::process::Command::new("mkfifo")
            .arg(path("pipe"))
            .status()
            .unwrap();
        assert!(made.success());
        write_whole(&path("link"), "new").unwrap();
        assert!(path("link").is_symlink());
        assert_eq!(std::fs::read_to_string(path("real")).unwrap(), "new");
        for (name, reason) in [("dangling", "points to nothing"), ("pipe", "not a regular file")] {
            let refused = write_whole(&path(name), "x").unwrap_err().to_string();
            assert!(refused.contains(reason), "{name}: {refused}");
        }
        assert!(
            Source::read_file(&path("pipe"))
                .unwrap_err()
                .to_string()
                .contains("not a regular file")
        );
    }
}
