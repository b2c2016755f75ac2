//! Findings, and files that they are in, for reports.

use sonicfg::config::{Source, Span};
use sonicfg::report::FileReport;
use sonicfg::validate::{Diagnostic, Rule, SourceRange};

/// A file without findings.
pub fn file(path: &str, text: &str) -> FileReport {
    FileReport {
        source: Source::new(path, text),
        ..FileReport::without_text(path, "config_db", Vec::new())
    }
}

/// A finding without a place.
pub fn finding(rule: Rule, pointer: &str, message: &str) -> Diagnostic {
    Diagnostic {
        pointer: pointer.to_owned(),
        ..Diagnostic::error(rule, message)
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
        place: Some(SourceRange { span, location }),
        ..diagnostic
    }
}
