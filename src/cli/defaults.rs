//! What a command works on by default: on a switch its running config and its own models.
//!
//! A machine is a switch if the file in which SONiC describes its databases is there. `SONICFG_DB_CONFIG` names another
//! file, and `SONICFG_SWITCH_MODELS` another directory of models, for tests and for containers.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::store::DATABASE_CONFIG;

use super::Failure;

/// The store of a switch.
pub const SWITCH_STORE: &str = "sonic:";
/// The directory in which a switch has the YANG modules of its own image.
const SWITCH_MODELS: &str = "/usr/local/yang-models";

/// Whether this machine is a switch, with its databases described in this file.
pub fn is_switch(db_config: &Path) -> bool {
    db_config.is_file()
}

/// The store of a command that names none: on a switch its running config.
pub fn store(db_config: &Path) -> Option<&'static str> {
    is_switch(db_config).then_some(SWITCH_STORE)
}

/// The models of a command that names none: on a switch its own. `None` for the built-in ones.
pub fn yang_dir() -> Option<PathBuf> {
    let db_config = variable("SONICFG_DB_CONFIG").unwrap_or_else(|| PathBuf::from(DATABASE_CONFIG));
    let models = variable("SONICFG_SWITCH_MODELS").unwrap_or_else(|| PathBuf::from(SWITCH_MODELS));
    (is_switch(&db_config) && models.is_dir()).then_some(models)
}

/// The failure of a command that names no store where there is no default. It shows the command line with a store.
pub fn no_store() -> Failure {
    let words = std::env::args_os().skip(1);
    let words: Vec<String> = words
        .map(|word: OsString| word.to_string_lossy().into_owned())
        .collect();
    let example = with_config(&words);
    Failure::Environment(format!(
        "no store is named: add --config FILE or --store URL, or set SONICFG_STORE; for example: {example}"
    ))
}

/// A command line with `--config`, as a shell reads it.
fn with_config(words: &[String]) -> String {
    // After `--` there are no options.
    let end = words.iter().position(|word| word == "--").unwrap_or(words.len());
    let (options, rest) = words.split_at(end);
    let added = ["--config".to_owned(), "config_db.json".to_owned()];
    let words = options.iter().chain(&added).chain(rest);
    let quoted = words.map(|word| format!(" {}", quoted(word)));
    format!("sonicfg{}", quoted.collect::<String>())
}

fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

fn variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn example_is_the_command_line_with_a_config() {
        let line = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
            with_config(&words)
        };
        assert_eq!(line(&["confirm"]), "sonicfg confirm --config config_db.json");
        assert_eq!(
            line(&["apply-patch", "a b.json"]),
            "sonicfg apply-patch 'a b.json' --config config_db.json"
        );
        assert_eq!(
            line(&["checkpoint", "--", "it's"]),
            "sonicfg checkpoint --config config_db.json -- 'it'\\''s'"
        );
    }

    #[test]
    fn a_switch_is_where_its_databases_are_described() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("database_config.json");
        assert_eq!(store(&file), None);
        std::fs::write(&file, "{}").unwrap();
        assert_eq!(store(&file), Some(SWITCH_STORE));
    }
}
