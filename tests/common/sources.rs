//! The source files of the program, for tests that read them.

#![allow(clippy::unwrap_used, dead_code, reason = "not every test uses all of it")]

use std::path::{Path, PathBuf};

/// A Rust file of the program.
pub struct SourceFile {
    /// Its path from `src` on.
    pub path: PathBuf,
    pub text: String,
}

impl SourceFile {
    /// The text without unit tests, which stand at the end.
    pub fn without_tests(&self) -> &str {
        self.text.split("#[cfg(test)]\nmod tests").next().unwrap()
    }
}

/// All files of `src`, in the order of their paths.
pub fn sources() -> Vec<SourceFile> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut pending = vec![root.clone()];
    while let Some(dir) = pending.pop() {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let path = path.strip_prefix(&root).unwrap().to_owned();
                found.push(SourceFile { path, text });
            }
        }
    }
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found
}
