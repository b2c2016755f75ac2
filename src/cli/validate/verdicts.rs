//! What was found in configs before: whoever has not changed one need not wait for it again.
//!
//! A verdict is a file whose name is a digest of everything that it comes of: the text, what it was taken for, the
//! models, the policy, this program. What a project makes of findings is not part of it, and comes after.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use super::Input;
use super::checker::Models;
use crate::cli::Failure;
use crate::policy::Policy;
use crate::schema::Cache;
use crate::validate::Report;

/// To be raised with every change of what is stored.
const FORMAT: u32 = 1;
/// The largest verdict that is kept, in bytes: one with many findings is as quickly made as read.
const MAX_BYTES: usize = 1 << 20;
/// How many verdicts are kept in a folder, of which there are 256.
const KEPT: usize = 128;
const CHECKSUM: usize = 32;

/// What a verdict comes of.
pub type Key = blake3::Hash;

/// What was found in a config.
#[derive(Debug, Serialize, Deserialize)]
pub struct Verdict {
    /// What it was taken for.
    pub input: String,
    /// What was found.
    pub report: Report,
}

/// The verdicts of models and a policy.
pub struct Verdicts {
    dir: PathBuf,
    /// All that they come of, save the text.
    base: blake3::Hasher,
    recalled: AtomicUsize,
}

impl Verdicts {
    /// The user's verdicts. `None` if it cannot be told which program this is.
    ///
    /// # Errors
    /// [`Failure::Environment`]: the models cannot be read.
    pub fn of_user(models: &Models, policy: &Policy) -> Result<Option<Self>, Failure> {
        let Some(program) = program() else {
            return Ok(None);
        };
        let (models, retired) = models.digest()?;
        // The rules print as they are, each of them.
        let rest = format!("{FORMAT} {program} {retired:?} {policy:?}");
        let mut base = blake3::Hasher::new();
        base.update(&models);
        base.update(&(rest.len() as u64).to_le_bytes());
        base.update(rest.as_bytes());
        Ok(Some(Verdicts {
            dir: Cache::of_user().dir().join("verdicts"),
            base,
            recalled: AtomicUsize::new(0),
        }))
    }

    /// What the verdict of a text comes of.
    pub fn key(&self, text: &str, input: Input) -> Key {
        let mut hasher = self.base.clone();
        hasher.update(&[input as u8]);
        hasher.update(text.as_bytes());
        hasher.finalize()
    }

    /// The verdict, if it is there and intact.
    pub fn get(&self, key: &Key) -> Option<Verdict> {
        let bytes = std::fs::read(self.path(key)).ok()?;
        let (checksum, payload) = bytes.split_at_checked(CHECKSUM)?;
        if blake3::hash(payload).as_bytes() != checksum {
            return None;
        }
        let verdict = postcard::from_bytes(payload).ok()?;
        self.recalled.fetch_add(1, Ordering::Relaxed);
        Some(verdict)
    }

    /// Keeps a verdict. Where that cannot be, it is made anew the next time.
    pub fn put(&self, key: &Key, input: &str, report: &Report) {
        let Ok(payload) = postcard::to_stdvec(&(input, report)) else {
            return;
        };
        if payload.len() > MAX_BYTES {
            return;
        }
        let path = self.path(key);
        let folder = path.parent().unwrap_or(&self.dir);
        // Others have no business with what stands in configs.
        let cache = Cache::in_dir(folder);
        let checksum = blake3::hash(&payload);
        let written =
            private_folder(folder).and_then(|()| cache.write(&path, &[checksum.as_bytes(), &payload]));
        // Now and then, so that it costs next to nothing.
        if written.is_ok() && key.as_bytes()[1] < 8 {
            cache.prune("", KEPT, &path);
        }
    }

    /// How many verdicts were there already.
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
