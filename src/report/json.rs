//! One JSON document for all files.

use serde::Serialize;
use serde_json::Value;

use crate::validate::{Diagnostic, Fix, Related, Rule, Severity};

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
    /// The condition of the model that does not hold, in XPath.
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<&'a str>,
    /// The section of the documentation, relative to its folder.
    documentation: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related: Vec<RelatedPlace<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<FixJson<'a>>,
}

/// Another place that a finding is about.
#[derive(Serialize)]
struct RelatedPlace<'a> {
    message: &'a str,
    pointer: &'a str,
    line: Option<usize>,
    column: Option<usize>,
}

/// A correction: a JSON patch (RFC 6902) of the config, and the same as replacements in its text.
#[derive(Serialize)]
struct FixJson<'a> {
    description: &'a str,
    patch: Value,
    replacements: Vec<ReplacementJson<'a>>,
}

/// What to write in place of a part of the text; columns count characters.
#[derive(Serialize)]
struct ReplacementJson<'a> {
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    text: &'a str,
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
pub fn findings_json(found: &[Diagnostic]) -> Value {
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
        condition: diagnostic.condition.as_deref(),
        documentation: diagnostic.rule.page(),
        related: diagnostic.related.iter().map(related).collect(),
        fix: diagnostic.fix.as_deref().map(fix),
    }
}

fn related(related: &Related) -> RelatedPlace<'_> {
    let location = related.place.map(|place| place.location);
    RelatedPlace {
        message: &related.message,
        pointer: &related.pointer,
        line: location.map(|location| location.line),
        column: location.map(|location| location.column),
    }
}

fn fix(fix: &Fix) -> FixJson<'_> {
    let replacements = fix.replacements.iter().map(|replacement| ReplacementJson {
        line: replacement.start.line,
        column: replacement.start.column,
        end_line: replacement.end.line,
        end_column: replacement.end.column,
        text: &replacement.text,
    });
    FixJson {
        description: &fix.description,
        patch: fix.to_patch(),
        replacements: replacements.collect(),
    }
}
