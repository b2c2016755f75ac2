//! What validation found, for people and for programs: one file for each form.

mod changes;
mod concise;
mod full;
mod json;

use crate::config::Source;
use crate::validate::{Diagnostic, Severity};

pub use changes::changes;
pub use concise::concise;
pub use full::full;
pub use json::json;

/// What was found in one file.
#[derive(Debug)]
pub struct FileReport {
    /// The file as the user named it.
    pub path: String,
    /// What it was taken for: `config_db`, `sonicyang`, `patch` or `configlet`.
    pub input: &'static str,
    /// Its text, secrets overwritten; findings with a place refer to it.
    pub source: Source,
    /// The findings, in document order.
    pub diagnostics: Vec<Diagnostic>,
    /// Tables that no model covers.
    pub tables_without_model: Vec<String>,
}

impl FileReport {
    fn count(&self, severity: Severity) -> usize {
        self.diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.severity == severity)
            .count()
    }
}

/// How many errors and warnings there are in all files.
pub fn totals(files: &[FileReport]) -> (usize, usize) {
    let sum = |severity| files.iter().map(|file| file.count(severity)).sum();
    (sum(Severity::Error), sum(Severity::Warning))
}

/// `1 error`, `2 errors`.
pub fn counted(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}
