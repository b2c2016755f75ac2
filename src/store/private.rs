//! Folders and files that are ours alone: locks, journals, histories.
//!
//! Nothing in them is believed that another user could have put there. A folder is opened without following a link, belongs
//! to us, and is made 0700 whatever the umask. A file is opened in that folder, not by its path, without following a link
//! and without waiting; it is a regular file with one name, belongs to us, and can be written by no one else.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, RenameFlags, Stat};
use rustix::io::Errno;

use super::{StoreError, random_id};

/// What a file that is not complete yet is called.
const UNFINISHED: &str = ".new-";
/// The largest file of ours that is read, in bytes.
const MAX_BYTES: u64 = crate::config::MAX_FILE_BYTES;
/// The rights of a folder, and of a file.
const FOLDER: Mode = Mode::RWXU;
const FILE: Mode = Mode::RUSR.union(Mode::WUSR);
/// The right of others to write.
const OTHERS_WRITE: Mode = Mode::WGRP.union(Mode::WOTH);

/// A folder that is ours alone.
#[derive(Debug)]
pub struct PrivateFolder {
    fd: OwnedFd,
    path: PathBuf,
}

impl PrivateFolder {
    /// Opens a folder. `None`: it is not there.
    ///
    /// # Errors
    /// [`StoreError::Untrusted`]: it belongs to another user, others can write to it and there is something in it that
    /// would be believed, or it is no folder. [`StoreError::Files`].
    pub fn open(path: &Path) -> Result<Option<Self>, StoreError> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fd = match rustix::fs::open(path, flags, Mode::empty()) {
            Ok(fd) => fd,
            Err(Errno::NOENT) => return Ok(None),
            Err(Errno::LOOP | Errno::NOTDIR) if path.symlink_metadata().is_ok() => {
                return Err(untrusted(path, "it is no folder, but a link or a file"));
            }
            Err(error) => return Err(StoreError::files("open the folder", path, &error.into())),
        };
        let folder = PrivateFolder {
            fd,
            path: path.to_owned(),
        };
        let stat = rustix::fs::fstat(&folder.fd).map_err(|error| folder.failed("open", "", error))?;
        check_owner(path, &stat)?;
        let mode = Mode::from_raw_mode(stat.st_mode);
        if mode.intersects(OTHERS_WRITE) && folder.names()?.iter().any(|name| is_believed(name)) {
            let reason = format!(
                "others can write to it (mode {:03o}): look at the files in it, then take that right away (chmod 700)",
                mode.as_raw_mode() & 0o777
            );
            return Err(untrusted(path, &reason));
        }
        if mode.as_raw_mode() & 0o777 != FOLDER.as_raw_mode() {
            let made = rustix::fs::fchmod(&folder.fd, FOLDER);
            // A file system that is read-only keeps what it has.
            if mode.intersects(OTHERS_WRITE) {
                made.map_err(|error| folder.failed("protect", "", error))?;
            }
        }
        Ok(Some(folder))
    }

    /// Opens a folder, which is made with its parents where it is not there.
    ///
    /// # Errors
    /// As [`PrivateFolder::open`].
    pub fn create(path: &Path) -> Result<Self, StoreError> {
        loop {
            if let Some(folder) = Self::open(path)? {
                return Ok(folder);
            }
            make_folders(path).map_err(|error| StoreError::files("make the folder", path, &error))?;
        }
    }

    /// A folder in this one. `None`: it is not there.
    ///
    /// # Errors
    /// As [`PrivateFolder::open`].
    pub fn folder(&self, name: &str) -> Result<Option<Self>, StoreError> {
        Self::open(&self.path.join(name))
    }

    /// The path by which it was opened.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The names of the files, without those that are not complete.
    ///
    /// # Errors
    /// [`StoreError::Files`].
    pub fn names(&self) -> Result<Vec<String>, StoreError> {
        let mut names = self.all_names()?;
        names.retain(|name| !name.starts_with(UNFINISHED));
        Ok(names)
    }

    /// Removes files that are not complete: their writer was killed.
    ///
    /// # Errors
    /// [`StoreError::Files`].
    pub fn remove_unfinished(&self) -> Result<(), StoreError> {
        let names = self.all_names()?;
        let mut unfinished = names.iter().filter(|name| name.starts_with(UNFINISHED));
        unfinished.try_for_each(|name| self.remove(name))
    }

    fn all_names(&self) -> Result<Vec<String>, StoreError> {
        let refused = |error: Errno| self.failed("read", "", error);
        let mut names = Vec::new();
        for entry in rustix::fs::Dir::read_from(&self.fd).map_err(refused)? {
            let entry = entry.map_err(refused)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name != "." && name != ".." {
                names.push(name);
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    /// The contents of a file. `None`: it is not there.
    ///
    /// # Errors
    /// [`StoreError::Untrusted`], [`StoreError::Files`].
    pub fn read(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let fd = match rustix::fs::openat(&self.fd, name, flags, Mode::empty()) {
            Ok(fd) => fd,
            Err(Errno::NOENT) => return Ok(None),
            Err(error) => return Err(self.failed("read", name, error)),
        };
        self.check(name, &fd)?;
        let mut bytes = Vec::new();
        let read = File::from(fd).take(MAX_BYTES + 1).read_to_end(&mut bytes);
        read.map_err(|error| StoreError::files("read", self.path.join(name), &error))?;
        Ok(Some(bytes))
    }

    /// Writes a file whole or not at all, and syncs it and the folder. `replaces`: in the place of one that is there;
    /// otherwise that one stays, and the answer is `false`.
    ///
    /// # Errors
    /// [`StoreError::Files`].
    pub fn write(&self, name: &str, bytes: &[u8], replaces: bool) -> Result<bool, StoreError> {
        let unfinished = format!("{UNFINISHED}{}", random_id());
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let refused = |error: Errno| self.failed("write", name, error);
        let fd = rustix::fs::openat(&self.fd, unfinished.as_str(), flags, FILE).map_err(refused)?;
        let mut file = File::from(fd);
        let written = file
            .write_all(bytes)
            .and_then(|()| Ok(rustix::fs::fchmod(&file, FILE)?))
            .and_then(|()| file.sync_all())
            .and_then(|()| Ok(self.put(&unfinished, name, replaces)?));
        match written {
            Ok(true) => {}
            Ok(false) => {
                let _ = rustix::fs::unlinkat(&self.fd, unfinished.as_str(), AtFlags::empty());
                return Ok(false);
            }
            Err(error) => {
                let _ = rustix::fs::unlinkat(&self.fd, unfinished.as_str(), AtFlags::empty());
                return Err(StoreError::files("write", self.path.join(name), &error));
            }
        }
        rustix::fs::fsync(&self.fd).map_err(refused)?;
        Ok(true)
    }

    /// Gives a complete file its name.
    fn put(&self, from: &str, name: &str, replaces: bool) -> Result<bool, Errno> {
        if !replaces {
            match rustix::fs::renameat_with(&self.fd, from, &self.fd, name, RenameFlags::NOREPLACE) {
                Ok(()) => return Ok(true),
                Err(Errno::EXIST) => return Ok(false),
                // A file system that cannot do both at once.
                Err(Errno::INVAL | Errno::NOSYS) if self.has(name) => return Ok(false),
                Err(Errno::INVAL | Errno::NOSYS) => {}
                Err(error) => return Err(error),
            }
        }
        rustix::fs::renameat(&self.fd, from, &self.fd, name)?;
        Ok(true)
    }

    /// Gives a file another name, in the place of one that is there.
    ///
    /// # Errors
    /// [`StoreError::Files`].
    pub fn rename(&self, from: &str, to: &str) -> Result<(), StoreError> {
        let renamed = rustix::fs::renameat(&self.fd, from, &self.fd, to);
        renamed.map_err(|error| self.failed("rename", from, error))
    }

    /// Removes a file, if it is there.
    ///
    /// # Errors
    /// [`StoreError::Files`].
    pub fn remove(&self, name: &str) -> Result<(), StoreError> {
        match rustix::fs::unlinkat(&self.fd, name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(error) => Err(self.failed("remove", name, error)),
        }
    }

    /// Whether there is anything of this name.
    pub fn has(&self, name: &str) -> bool {
        rustix::fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW).is_ok()
    }

    /// Opens a file to lock it; it is made where it is not there.
    ///
    /// # Errors
    /// [`StoreError::Untrusted`], [`StoreError::Files`].
    pub(super) fn open_lock(&self, name: &str) -> Result<File, StoreError> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let fd = match rustix::fs::openat(&self.fd, name, flags, FILE) {
            Ok(fd) => fd,
            Err(Errno::LOOP) => return Err(untrusted(&self.path.join(name), "it is a link")),
            Err(error) => return Err(self.failed("lock", name, error)),
        };
        self.check(name, &fd)?;
        Ok(File::from(fd))
    }

    /// Whether a file still has its name here.
    pub(super) fn is_still(&self, name: &str, file: &File) -> bool {
        let own = rustix::fs::fstat(file);
        let there = rustix::fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW);
        let place = |stat: Stat| (stat.st_dev, stat.st_ino);
        own.is_ok_and(|own| there.is_ok_and(|there| place(own) == place(there)))
    }

    /// Refuses a file that another user could have written.
    fn check(&self, name: &str, fd: &OwnedFd) -> Result<(), StoreError> {
        let path = self.path.join(name);
        let stat = rustix::fs::fstat(fd).map_err(|error| self.failed("read", name, error))?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(untrusted(&path, "it is no regular file"));
        }
        check_owner(&path, &stat)?;
        // One without a name was removed just now.
        if stat.st_nlink > 1 {
            return Err(untrusted(&path, "it has other names too (hard links)"));
        }
        let mode = Mode::from_raw_mode(stat.st_mode);
        if mode.intersects(OTHERS_WRITE) {
            let reason = format!("others can write to it (mode {:03o})", mode.as_raw_mode() & 0o777);
            return Err(untrusted(&path, &reason));
        }
        Ok(())
    }

    fn failed(&self, doing: &'static str, name: &str, error: Errno) -> StoreError {
        match error {
            Errno::LOOP => untrusted(&self.path.join(name), "it is a link"),
            error => StoreError::files(doing, self.path.join(name), &error.into()),
        }
    }
}

/// Whether what a file of this name says is carried out.
fn is_believed(name: &str) -> bool {
    ["journal", "pending", "elsewhere"]
        .iter()
        .any(|known| name.starts_with(known))
}

/// Refuses what belongs to another user.
fn check_owner(path: &Path, stat: &Stat) -> Result<(), StoreError> {
    let own = rustix::process::geteuid().as_raw();
    if stat.st_uid == own {
        return Ok(());
    }
    let reason = format!(
        "it belongs to the user with the number {}, not to {own}; what is in it is not believed",
        stat.st_uid
    );
    Err(untrusted(path, &reason))
}

fn untrusted(path: &Path, reason: &str) -> StoreError {
    StoreError::Untrusted {
        path: path.to_owned(),
        reason: reason.to_owned(),
    }
}

/// Makes a folder and its parents, for their owner alone whatever the umask. One that is there stays as it is.
///
/// # Errors
/// The system's reason.
pub fn make_folders(path: &Path) -> std::io::Result<()> {
    match rustix::fs::mkdir(path, FOLDER) {
        Ok(()) => Ok(rustix::fs::chmod(path, FOLDER)?),
        Err(Errno::EXIST) => Ok(()),
        Err(Errno::NOENT) => {
            let parent = path.parent().filter(|parent| *parent != Path::new(""));
            make_folders(parent.ok_or(Errno::NOENT)?)?;
            make_folders(path)
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().mode() & 0o777
    }

    #[test]
    fn folders_and_files_are_private() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/b");
        let folder = PrivateFolder::create(&path).unwrap();
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o700, 0o700));
        assert!(folder.write("x", b"1", true).unwrap());
        assert!(!folder.write("x", b"2", false).unwrap());
        assert_eq!(folder.read("x").unwrap().unwrap(), b"1");
        assert_eq!(mode(&path.join("x")), 0o600);
        assert_eq!(folder.names().unwrap(), ["x"]);
        folder.remove("x").unwrap();
        folder.remove("x").unwrap();
        assert_eq!(folder.read("x").unwrap(), None);
        // One that was made wider is made private, unless others could have put something there that counts.
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o777)).unwrap();
        PrivateFolder::open(&path).unwrap().unwrap();
        assert_eq!(mode(&path), 0o700);
        folder.write("journal-1", b"1", true).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o777)).unwrap();
        let refused = PrivateFolder::open(&path).unwrap_err().to_string();
        assert!(refused.contains("mode 777"), "{refused}");
    }

    #[test]
    fn links_pipes_and_shared_files_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let folder = PrivateFolder::create(&dir.path().join("own")).unwrap();
        let file = |name: &str| folder.path().join(name);
        std::fs::write(dir.path().join("victim"), "v").unwrap();
        symlink(dir.path().join("victim"), file("link")).unwrap();
        std::fs::hard_link(dir.path().join("victim"), file("hard")).unwrap();
        std::fs::write(file("wide"), "w").unwrap();
        std::fs::set_permissions(file("wide"), std::fs::Permissions::from_mode(0o666)).unwrap();
        let made = std::process::Command::new("mkfifo")
            .arg(file("pipe"))
            .status()
            .unwrap();
        assert!(made.success());
        for (name, reason) in [
            ("link", "it is a link"),
            ("hard", "hard links"),
            ("wide", "mode 666"),
            ("pipe", "no regular file"),
        ] {
            for refused in [folder.read(name).map(drop), folder.open_lock(name).map(drop)] {
                let refused = refused.unwrap_err().to_string();
                assert!(refused.contains(reason), "{name}: {refused}");
            }
        }
        symlink(folder.path(), dir.path().join("to")).unwrap();
        let refused = PrivateFolder::open(&dir.path().join("to"))
            .unwrap_err()
            .to_string();
        assert!(refused.contains("no folder"), "{refused}");
        assert_eq!(std::fs::read_to_string(dir.path().join("victim")).unwrap(), "v");
    }
}
