//! What validation found, for people and for programs: one file for each form.

mod changes;
mod concise;
mod explain;
mod flags;
mod form;
mod full;
mod github;
mod gitlab;
mod groups;
mod json;
mod json_lines;
mod json_schema;
mod junit;
mod locate;
mod patch_text;
mod plan;
mod render;
mod repeated;
mod rule_pages;
mod sarif;
mod sentence;
mod snippet;

use crate::config::{Document, Source};
use crate::policy::Policy;
use crate::validate::{Diagnostic, Report, Severity, masked};

pub use changes::changes;
pub use concise::Concise;
pub use explain::{Explanation, Present, present};
pub use flags::{FlagRow, flag_json, flag_page, flags_json, flags_table};
pub use form::{PlanForm, ReportForm, Style};
pub use full::{Full, counts, findings};
pub use github::Github;
pub use gitlab::Gitlab;
pub use groups::grouped;
pub use json::{Json, findings_json};
pub use json_lines::JsonLines;
pub use json_schema::json_schema;
pub use junit::Junit;
pub use locate::relative;
pub use patch_text::patch_text;
pub use plan::{StepCommands, plan_concise, plan_dot, plan_full, plan_json, plan_json_lines};
pub use render::{FailOn, Render, rendered};
pub use repeated::Repeated;
pub use rule_pages::{rule_named, rule_page, rules_page};
pub use sarif::Sarif;

/// What a file was taken for that could not be read as anything.
pub const UNKNOWN: &str = "unknown";

/// What was found in one file.
#[derive(Debug, Clone)]
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
    /// How many of the findings a change did not bring: they stood before it.
    pub preexisting: Counts,
}

/// Findings that follow from the same thing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Group {
    /// Their cause, where it is shown.
    pub heading: Option<String>,
    /// What is to be known of it, a line each.
    pub notes: Vec<String>,
    /// The findings: the positions of their files, and their own in those.
    pub findings: Vec<(usize, usize)>,
}

/// How many findings there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// How many are errors.
    pub errors: usize,
    /// How many are warnings.
    pub warnings: usize,
}

impl Counts {
    /// Counts findings by their severity.
    pub fn of(diagnostics: &[Diagnostic]) -> Self {
        let errors = diagnostics.iter().filter(|one| one.severity == Severity::Error);
        let errors = errors.count();
        Counts {
            errors,
            warnings: diagnostics.len() - errors,
        }
    }

    /// `2 errors, 1 warning`; nothing where there are none.
    pub fn words(self, joint: &str) -> String {
        let counts = [(self.errors, "error"), (self.warnings, "warning")];
        let counts = counts.into_iter().filter(|(count, _)| *count > 0);
        let counts: Vec<String> = counts.map(|(count, word)| counted(count, word)).collect();
        counts.join(joint)
    }
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.errors += other.errors;
        self.warnings += other.warnings;
    }
}

impl FileReport {
    /// What was found in a document. Its text is copied, and its secrets overwritten, only if there
    /// is something to show.
    pub fn new(document: &Document, input: &'static str, policy: &Policy, report: Report) -> Self {
        let name = document.source().name.clone();
        FileReport {
            input,
            source: if report.diagnostics.is_empty() {
                Source::new(&name, "")
            } else {
                masked(document, policy)
            },
            path: name,
            diagnostics: report.diagnostics,
            tables_without_model: report.tables_without_model,
            preexisting: Counts::default(),
        }
    }

    /// Findings in something that has no text to be shown.
    pub fn without_text(path: impl Into<String>, input: &'static str, diagnostics: Vec<Diagnostic>) -> Self {
        FileReport {
            path: path.into(),
            input,
            source: Source::default(),
            diagnostics,
            tables_without_model: Vec::new(),
            preexisting: Counts::default(),
        }
    }

    /// How many findings it has.
    pub fn counts(&self) -> Counts {
        Counts::of(&self.diagnostics)
    }
}

/// `1 error`, `2 errors`.
pub fn counted(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

/// A text on one line in which nothing steers a terminal: names and values come from files.
pub fn printable(text: &str) -> String {
    let is_plain = |byte| matches!(byte, b' '..=b'~');
    if text.bytes().all(is_plain) && text.trim().len() == text.len() {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for (at, line) in text.lines().map(str::trim).enumerate() {
        if at > 0 {
            out.push(' ');
        }
        for c in line.chars() {
            // Control characters, and those that turn the direction of writing.
            if c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') {
                out.extend(c.escape_default());
            } else {
                out.push(c);
            }
        }
    }
    out
}
