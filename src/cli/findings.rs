//! What is wrong with a change, as findings in files, in the forms that other programs read.

use crate::config::Source;
use crate::report::{Counts, FileReport, Judgement};
use crate::validate::{Diagnostic, Place, Rule, Severity};

use super::Failure;
use super::options::{ReportForm, look};
use super::outcome::Reason;
use super::output::print;

/// Shows findings in a form.
///
/// # Errors
/// [`Failure::Environment`] where standard output cannot be written.
pub fn show(form: ReportForm, command: &'static str, files: &[FileReport]) -> Result<(), Failure> {
    let mut renderer = form.form().renderer(look(command, Judgement::default()));
    let mut out = String::new();
    renderer.files(files, None, &mut out);
    renderer.end(&mut out);
    print(&out)
}

/// A change in which these things were found; none of them has a place in it.
pub fn in_change(name: &str, diagnostics: Vec<Diagnostic>) -> FileReport {
    FileReport {
        path: name.to_owned(),
        input: "change",
        source: Source::default(),
        diagnostics,
        tables_without_model: Vec::new(),
        existing: Counts::default(),
    }
}

/// Why a change is refused. Where nothing was found in files, that itself is the finding.
pub fn of_refusal(name: &str, reason: &Reason, files: Vec<FileReport>) -> Vec<FileReport> {
    if files.iter().any(|file| !file.diagnostics.is_empty()) {
        return files;
    }
    let at = reason.at.as_ref();
    let diagnostic = Diagnostic {
        rule: Rule::Refused,
        severity: Severity::Error,
        pointer: String::new(),
        place: at.map(|at| Place {
            span: at.span,
            location: at.location,
        }),
        yang_path: String::new(),
        message: at.map_or(&reason.message, |at| &at.message).clone(),
        hint: None,
        app_tag: None,
    };
    vec![in_change(at.map_or(name, |at| &at.name), vec![diagnostic])]
}

/// The findings of files, without them.
pub fn diagnostics(files: &[FileReport]) -> Vec<Diagnostic> {
    let found = files.iter().flat_map(|file| &file.diagnostics);
    found.cloned().collect()
}
