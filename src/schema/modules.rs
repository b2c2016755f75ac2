//! Directories of modules, whose texts are only read if need be.
//!
//! Reading them all and computing a digest takes longer than reading the compiled schema. So the cache also remembers
//! the digest for a set of files: by their names, sizes, inode numbers and times of change, as version control does.

use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use super::cache::Cache;
use super::model::Schema;
use super::model::retired::Retired;
use super::sources::{Sources, files};
use super::{Loaded, SchemaError};

/// How long ago a file must have been changed so that another change would show in its time: clocks of file systems
/// are coarse.
const STABLE_AFTER: Duration = Duration::from_secs(2);

/// The built-in modules and those of directories.
#[derive(Debug)]
pub struct Modules {
    dirs: Vec<PathBuf>,
    retired: Retired,
    /// The state of the files in the file system; `None` where it is not conclusive.
    print: Option<[u8; 32]>,
    sources: OnceLock<Sources>,
}

impl Modules {
    /// The modules of directories, each as [`Sources::add_dir`] takes it.
    ///
    /// # Errors
    /// [`SchemaError::Directory`]: one cannot be listed.
    pub fn new(dirs: Vec<PathBuf>, retired: Retired) -> Result<Self, SchemaError> {
        let mut paths = Vec::new();
        for dir in &dirs {
            paths.extend(files(dir)?);
        }
        Ok(Modules {
            print: print(&paths, retired),
            dirs,
            retired,
            sources: OnceLock::new(),
        })
    }

    /// The treatment of fields that flags have replaced.
    pub fn retired(&self) -> Retired {
        self.retired
    }

    /// The digest of their texts.
    ///
    /// # Errors
    /// As [`Sources::add_dir`].
    pub fn digest(&self, cache: Option<&Cache>) -> Result<[u8; 32], SchemaError> {
        let remembering = cache.zip(self.print.as_ref());
        if let Some((cache, print)) = remembering
            && let Some(digest) = cache.digest_of(print)
        {
            return Ok(digest);
        }
        let digest = self.sources()?.digest();
        if let Some((cache, print)) = remembering {
            // Where that cannot be, the texts are read again the next time.
            cache.remember(print, &digest);
        }
        Ok(digest)
    }

    /// Compiles the modules, or takes their compiled form from a cache.
    ///
    /// # Errors
    /// As [`Sources::add_dir`] and [`Schema::load`].
    pub fn load(&self, cache: Option<&Cache>) -> Result<Loaded, SchemaError> {
        if let Some(cache) = cache
            && let Some(mut schema) = cache.get(&self.digest(Some(cache))?)
        {
            schema.retired_mode = self.retired;
            return Ok(Loaded {
                schema,
                cache_warning: None,
            });
        }
        Schema::load(self.sources()?, cache)
    }

    fn sources(&self) -> Result<&Sources, SchemaError> {
        if let Some(sources) = self.sources.get() {
            return Ok(sources);
        }
        let mut sources = Sources::shipped().with_retired(self.retired);
        for dir in &self.dirs {
            sources.add_dir(dir)?;
        }
        Ok(self.sources.get_or_init(|| sources))
    }
}

/// What files look like from outside, with the built-in modules. `None` where there are none, or where one may be
/// changed again without showing it.
fn print(paths: &[PathBuf], retired: Retired) -> Option<[u8; 32]> {
    if paths.is_empty() {
        return None;
    }
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok()?;
    let mut hasher = blake3::Hasher::new();
    hasher.update(&Sources::shipped().with_retired(retired).digest());
    let mut look = |path: &Path| {
        let seen = std::fs::metadata(path).ok()?;
        let changed = Duration::from_secs(u64::try_from(seen.ctime()).ok()?);
        // A time in the future is not conclusive either.
        if now.checked_sub(changed)? < STABLE_AFTER {
            return None;
        }
        let name = path.as_os_str().as_bytes();
        hasher.update(&(name.len() as u64).to_le_bytes());
        hasher.update(name);
        for number in [seen.dev(), seen.ino(), seen.size()] {
            hasher.update(&number.to_le_bytes());
        }
        for time in [seen.mtime(), seen.mtime_nsec(), seen.ctime(), seen.ctime_nsec()] {
            hasher.update(&time.to_le_bytes());
        }
        Some(())
    };
    for path in paths {
        look(path)?;
    }
    Some(*hasher.finalize().as_bytes())
}
