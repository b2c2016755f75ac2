//! What tests share: where the corpus is, its schema.

#![allow(dead_code, reason = "not every test uses all of it")]

pub mod cli;
pub mod mutate;
pub mod oracle;
pub mod redis;
pub mod sources;
pub mod values;

use std::path::{Path, PathBuf};

use sonicfg::schema::{Retired, Schema, Sources};

/// The shared data, if it is there: `SONICFG_CORPUS`, else `../shared`. Says loudly when it is not.
pub fn shared() -> Option<PathBuf> {
    let dir = std::env::var_os("SONICFG_CORPUS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"),
        PathBuf::from,
    );
    if dir.join("corpus").is_dir() {
        return Some(dir);
    }
    eprintln!(
        "SKIPPED: no corpus in {}; set SONICFG_CORPUS to the folder that holds it",
        dir.display()
    );
    None
}

/// The folder `corpus` of the shared data.
pub fn corpus() -> Option<PathBuf> {
    Some(shared()?.join("corpus"))
}

/// The schema of the corpus' modules beside the shipped ones, as they are.
pub fn corpus_schema(corpus: &Path) -> Schema {
    let mut sources = Sources::shipped().with_retired(Retired::Allow);
    sources.add_dir(&corpus.join("yang-models")).unwrap();
    Schema::load(&sources, None).unwrap().schema
}

/// The models of the small switch in `fixtures/yang-plan`, alone.
pub fn small_switch() -> Schema {
    let mut sources = Sources::empty();
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/yang-plan");
    sources.add_dir(&dir).unwrap();
    Schema::load(&sources, None).unwrap().schema
}

/// The JSON files of a folder, sorted.
pub fn json_files(dir: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    files
}
