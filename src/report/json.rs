//! One JSON document for all files.

use serde::Serialize;

use crate::validate::{Diagnostic, Rule, Severity};

use super::{Counts, FileReport, Group, Render};

#[derive(Serialize)]
struct File<'a> {
    path: &'a str,
    input: &'a str,
    tables_without_model: &'a [String],
    diagnostics: Vec<JsonDiagnostic<'a>>,
}

/// A finding as programs read it.
#[derive(Serialize)]
pub struct JsonDiagnostic<'a> {
    rule: Rule,
    pointer: &'a str,
    line: Option<usize>,
    column: Option<usize>,
    yang_path: &'a str,
    message: &'a str,
    hint: Option<&'a str>,
    severity: Severity,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_app_tag: Option<&'a str>,
}

/// `{"files":[{"path","input","tables_without_model","diagnostics":[…]}],"errors":N,"warnings":N}`,
/// with a line feed at the end. `line` and `column` are `null` where a finding has no place in a text.
#[derive(Debug, Default)]
pub struct Json {
    /// Of the files that were shown.
    counts: Counts,
    has_begun: bool,
}

impl Render for Json {
    fn files(&mut self, files: &[FileReport], _: Option<&[Group]>, out: &mut String) {
        for one in files {
            out.push_str(if self.has_begun {
                ",\n"
            } else {
                "{\n  \"files\": [\n"
            });
            self.has_begun = true;
            self.counts += one.counts();
            // Strings, numbers and lists always serialise. A string holds no line feed.
            let text = serde_json::to_string_pretty(&file(one)).unwrap_or_default();
            out.push_str("    ");
            out.push_str(&text.replace('\n', "\n    "));
        }
    }

    fn end(&mut self, out: &mut String) {
        out.push_str(if self.has_begun {
            "\n  ]"
        } else {
            "{\n  \"files\": []"
        });
        let Counts { errors, warnings } = self.counts;
        out.push_str(&format!(
            ",\n  \"errors\": {errors},\n  \"warnings\": {warnings}\n}}\n"
        ));
    }
}

fn file(file: &FileReport) -> File<'_> {
    File {
        path: &file.path,
        input: file.input,
        tables_without_model: &file.tables_without_model,
        diagnostics: file.diagnostics.iter().map(finding).collect(),
    }
}

/// Findings in that form.
pub fn findings_json(found: &[Diagnostic]) -> serde_json::Value {
    let found: Vec<JsonDiagnostic> = found.iter().map(finding).collect();
    // Strings and numbers always serialise.
    serde_json::to_value(found).unwrap_or_default()
}

/// A finding in that form.
pub fn finding(diagnostic: &Diagnostic) -> JsonDiagnostic<'_> {
    let location = diagnostic.place.map(|place| place.location);
    JsonDiagnostic {
        rule: diagnostic.rule,
        pointer: &diagnostic.pointer,
        line: location.map(|location| location.line),
        column: location.map(|location| location.column),
        yang_path: &diagnostic.yang_path,
        message: &diagnostic.message,
        hint: diagnostic.hint.as_deref(),
        severity: diagnostic.severity,
        error_app_tag: diagnostic.app_tag.as_deref(),
    }
}
