//! Findings, and files that they are in, for reports.

use sonicfg::config::{Source, Span};
use sonicfg::report::{Counts, FileReport};
use sonicfg::validate::{Diagnostic, Place, Rule, Severity};

/// A file without findings.
pub fn file(path: &str, text: &str) -> FileReport {
    FileReport {
        path: path.to_owned(),
        input: "config_db",
        source: Source::new(path, text),
        diagnostics: Vec::new(),
        tables_without_model: Vec::new(),
        existing: Counts::default(),
    }
}

/// A finding without a place.
pub fn finding(rule: Rule, pointer: &str, message: &str) -> Diagnostic {
    Diagnostic {
        rule,
        severity: Severity::Error,
        pointer: pointer.to_owned(),
        place: None,
        yang_path: String::new(),
        message: message.to_owned(),
        hint: None,
        app_tag: None,
    }
}

/// A finding at the first place of a text in its file.
pub fn at(file: &FileReport, needle: &str, diagnostic: Diagnostic) -> Diagnostic {
    let start = file.source.text.find(needle).unwrap() as u32;
    let span = Span {
        start,
        end: start + needle.len() as u32,
    };
    let location = file.source.locate(start);
    Diagnostic {
        place: Some(Place { span, location }),
        ..diagnostic
    }
}
