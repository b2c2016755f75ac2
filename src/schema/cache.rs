//! Compiled schemas in files, so that loading one takes about a millisecond.
//!
//! A file is named after the digest of the modules' texts and of the form of the file. It is written
//! beside its place and renamed into it; when anything is off it is made anew.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::config::plain_reason;

use super::model::Schema;
use super::stored;

/// To be raised with every change of what is stored.
const FORMAT: u32 = 8;
/// How many schemas are kept.
const KEPT: usize = 16;
/// How many looks of files are kept whose digest is known.
const KEPT_PRINTS: usize = 64;

/// A folder of compiled schemas.
#[derive(Debug, Clone)]
pub struct Cache {
    dir: PathBuf,
}

impl Cache {
    /// A cache in a folder; the folder is made when something is stored.
    pub fn in_dir(dir: impl Into<PathBuf>) -> Self {
        Cache { dir: dir.into() }
    }

    /// The user's cache: `$SONICFG_CACHE_DIR`, else `sonicfg` in `$XDG_CACHE_HOME`, in
    /// `$HOME/.cache`, or in `/var/cache`.
    pub fn of_user() -> Self {
        let variable = |name| {
            std::env::var_os(name)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        let dir = variable("SONICFG_CACHE_DIR").unwrap_or_else(|| {
            variable("XDG_CACHE_HOME")
                .or_else(|| variable("HOME").map(|home| home.join(".cache")))
                .unwrap_or_else(|| "/var/cache".into())
                .join("sonicfg")
        });
        Cache { dir }
    }

    /// The folder of the cache.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    fn path(&self, digest: &[u8; 32]) -> PathBuf {
        let mut hasher = blake3::Hasher::new();
        hasher.update(digest);
        hasher.update(&FORMAT.to_le_bytes());
        hasher.update(env!("CARGO_PKG_VERSION").as_bytes());
        let name = hasher.finalize().to_hex();
        self.dir.join(format!("schema-{}.bin", &name[..32]))
    }

    /// The schema of this digest, if it is there and intact.
    pub(super) fn get(&self, digest: &[u8; 32]) -> Option<Schema> {
        let schema = stored::read(std::fs::read(self.path(digest)).ok()?)?;
        (schema.digest == *digest).then_some(schema)
    }

    /// The digest of the texts in files that look like this from outside, if it was remembered.
    pub(super) fn digest_of(&self, print: &[u8; 32]) -> Option<[u8; 32]> {
        let bytes = std::fs::read(self.print_path(print)).ok()?;
        let (digest, check) = bytes.split_first_chunk::<32>()?;
        (check == print_check(print, digest)).then_some(*digest)
    }

    /// Remembers the digest of the texts in files that look like this from outside.
    pub(super) fn remember(&self, print: &[u8; 32], digest: &[u8; 32]) {
        let path = self.print_path(print);
        if self.write(&path, &[digest, &print_check(print, digest)]).is_ok() {
            self.prune("print-", KEPT_PRINTS, &path);
        }
    }

    fn print_path(&self, print: &[u8; 32]) -> PathBuf {
        let name = blake3::Hash::from_bytes(*print).to_hex();
        self.dir.join(format!("print-{}.bin", &name[..32]))
    }

    /// Stores a schema.
    ///
    /// # Errors
    /// The file that could not be written, and why; the schema is none the worse for it.
    pub(super) fn put(&self, schema: &Schema) -> Result<(), String> {
        let path = self.path(&schema.digest);
        let refused =
            |error: &std::io::Error| format!("cannot write {}: {}", path.display(), plain_reason(error));
        let bytes = stored::write(schema).map_err(|error| error.to_string())?;
        std::fs::create_dir_all(&self.dir).map_err(|error| {
            let dir = self.dir.display();
            format!("cannot make the directory {dir}: {}", plain_reason(&error))
        })?;
        self.write(&path, &[&bytes]).map_err(|error| refused(&error))?;
        self.prune("schema-", KEPT, &path);
        Ok(())
    }

    /// Writes a file of the folder in parts, beside its place, and renames it into it.
    pub(crate) fn write(&self, path: &Path, parts: &[&[u8]]) -> std::io::Result<()> {
        std::fs::create_dir_all(&self.dir)?;
        let mut file = tempfile::Builder::new().prefix(".new-").tempfile_in(&self.dir)?;
        for part in parts {
            file.write_all(part)?;
        }
        file.persist(path).map(drop).map_err(|error| error.error)
    }

    /// Removes the oldest files of a kind beyond so many. `newest` is not one of them.
    pub(crate) fn prune(&self, kind: &str, kept: usize, newest: &Path) {
        let Ok(entries) = std::fs::read_dir(&self.dir) else {
            return;
        };
        let mut files: Vec<_> = entries
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                name.starts_with(kind) && path != newest
            })
            .filter_map(|path| Some((std::fs::metadata(&path).ok()?.modified().ok()?, path)))
            .collect();
        files.sort();
        let surplus = (files.len() + 1).saturating_sub(kept);
        for (_, path) in &files[..surplus] {
            // Another process may have removed it; there is nothing to do about a failure.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// What shows that a file which remembers a digest is whole.
fn print_check(print: &[u8; 32], digest: &[u8; 32]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"print").update(print).update(digest);
    *hasher.finalize().as_bytes()
}
