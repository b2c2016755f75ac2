//! Where the shared data is.

use std::path::{Path, PathBuf};

/// The shared data, if it is there: `SONICFG_CORPUS`, else `../shared`. Says when it is not.
pub fn shared() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let shared = std::env::var_os("SONICFG_CORPUS").map_or_else(|| root.join("../shared"), PathBuf::from);
    if !shared.join("corpus").is_dir() {
        println!("SKIPPED: no corpus in {}; set SONICFG_CORPUS", shared.display());
        return None;
    }
    Some(shared)
}
