//! Results of earlier validations, kept in the user's cache folder.
//!
//! A result is a file. Its name is a digest of everything that the result depends on: the text, the kind of input, the
//! models, the policy, this program. Severities by project are not part of it and are applied afterwards.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use crate::schema::Cache;
use crate::validate::Report;

use super::InputKind;
use crate::engine::{Engine, LoadError};

/// To be raised with every change of what is stored.
const FORMAT: u32 = 3;
/// The largest result that is kept, in bytes: one with many findings is as quickly made as read.
const MAX_BYTES: usize = 1 << 20;
/// How many results are kept in a folder, of which there are 256.
const KEPT: usize = 128;
const CHECKSUM: usize = 32;

/// The digest of everything that a result depends on.
pub(super) type Key = blake3::Hash;

/// The findings in a config.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct StoredResult {
    /// The name of the kind of input.
    pub(super) input: String,
    /// The findings.
    pub(super) report: Report,
}

/// The results of earlier validations with the same models and policy.
pub struct ResultCache {
    dir: PathBuf,
    /// Everything that they depend on, except for the text.
    base: blake3::Hasher,
    recalled: AtomicUsize,
}

impl ResultCache {
    /// The user's results for an engine. `None` where the program's own file cannot be read, or where the engine was
    /// made of a schema.
    ///
    /// # Errors
    /// [`LoadError`]: the models cannot be read.
    pub fn of_user(engine: &Engine) -> Result<Option<Self>, LoadError> {
        let (Some(program), Some((models, retired, dialect))) = (program(), engine.digest()?) else {
            return Ok(None);
        };
        let policy = engine.policy();
        // The rules print as they are, each of them.
        let rest = format!("{FORMAT} {program} {retired:?} {dialect:?} {policy:?}");
        let mut base = blake3::Hasher::new();
        base.update(&models);
        base.update(&(rest.len() as u64).to_le_bytes());
        base.update(rest.as_bytes());
        Ok(Some(ResultCache {
            dir: Cache::of_user().dir().join("verdicts"),
            base,
            recalled: AtomicUsize::new(0),
        }))
    }

    /// The key of the result of a text.
    pub(super) fn key(&self, text: &str, kind: InputKind) -> Key {
        let mut hasher = self.base.clone();
        hasher.update(&[kind as u8]);
        hasher.update(text.as_bytes());
        hasher.finalize()
    }

    /// The result, if it is there and intact.
    pub(super) fn get(&self, key: &Key) -> Option<StoredResult> {
        let bytes = std::fs::read(self.path(key)).ok()?;
        let (checksum, payload) = bytes.split_at_checked(CHECKSUM)?;
        if blake3::hash(payload).as_bytes() != checksum {
            return None;
        }
        let result = postcard::from_bytes(payload).ok()?;
        self.recalled.fetch_add(1, Ordering::Relaxed);
        Some(result)
    }

    /// Stores a result. Where that fails, the text is validated again the next time.
    pub(super) fn put(&self, key: &Key, input: &str, report: &Report) {
        let Ok(payload) = postcard::to_stdvec(&(input, report)) else {
            return;
        };
        if payload.len() > MAX_BYTES {
            return;
        }
        let path = self.path(key);
        let folder = path.parent().unwrap_or(&self.dir);
        // Configs are private, and so are results about them.
        let cache = Cache::in_dir(folder);
        let checksum = blake3::hash(&payload);
        let written =
            private_folder(folder).and_then(|()| cache.write(&path, &[checksum.as_bytes(), &payload]));
        // Now and then, so that it costs next to nothing.
        if written.is_ok() && key.as_bytes()[1] < 8 {
            cache.prune("", KEPT, &path);
        }
    }

    /// The number of results that were found.
    pub fn recalled(&self) -> usize {
        self.recalled.load(Ordering::Relaxed)
    }

    fn path(&self, key: &Key) -> PathBuf {
        let name = key.to_hex();
        self.dir.join(&name[..2]).join(&name[2..])
    }
}

/// Which program this is: any other build may find other things.
fn program() -> Option<String> {
    let program = std::fs::metadata(std::env::current_exe().ok()?).ok()?;
    let built = program.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(format!("{} {built:?}", program.len()))
}

fn private_folder(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_stay() {
        let folder = tempfile::tempdir().unwrap();
        for at in 0..KEPT + 50 {
            let path = folder.path().join(at.to_string());
            std::fs::write(&path, "x").unwrap();
            let file = std::fs::File::open(&path).unwrap();
            file.set_modified(UNIX_EPOCH + std::time::Duration::from_secs(at as u64))
                .unwrap();
        }
        let newest = folder.path().join((KEPT + 49).to_string());
        Cache::in_dir(folder.path()).prune("", KEPT, &newest);
        let left = std::fs::read_dir(folder.path()).unwrap().flatten();
        let mut left: Vec<usize> = left
            .map(|entry| entry.file_name().to_string_lossy().parse().unwrap())
            .collect();
        left.sort_unstable();
        assert_eq!(left, (50..KEPT + 50).collect::<Vec<_>>());
        Cache::in_dir(folder.path().join("none")).prune("", KEPT, &newest);
    }
}
