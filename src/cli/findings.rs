//! What is wrong with a change, as findings in files, in the forms that other programs read.

use crate::report::{FailOn, FileReport, Repeated};
use crate::validate::{Diagnostic, SourceRange};

use super::Failure;
use super::options::{ReportForm, renderer};
use super::outcome::Reason;
use super::output::print;

/// Shows findings in a form.
///
/// # Errors
/// [`Failure::Environment`] where standard output cannot be written.
pub fn show(
    form: ReportForm,
    command: &'static str,
    repeated: Repeated,
    files: &[FileReport],
) -> Result<(), Failure> {
    let mut renderer = renderer(form, command, FailOn::default(), repeated);
    let mut out = String::new();
    renderer.files(files, None, &mut out);
    renderer.end(&mut out);
    print(&out)
}

/// A change in which these things were found; none of them has a place in it.
pub fn in_change(name: &str, diagnostics: Vec<Diagnostic>) -> FileReport {
    FileReport::without_text(name, "change", diagnostics)
}

/// Why a change is refused. Where nothing was found in files, that itself is the finding.
pub fn of_refusal(name: &str, reason: &Reason, files: Vec<FileReport>) -> Vec<FileReport> {
    if files.iter().any(|file| !file.diagnostics.is_empty()) {
        return files;
    }
    let at = reason.at.as_ref();
    let diagnostic = Diagnostic {
        place: at.map(|at| SourceRange {
            span: at.span,
            location: at.location,
        }),
        ..Diagnostic::error(reason.rule, at.map_or(&reason.message, |at| &at.message))
    };
    vec![in_change(at.map_or(name, |at| &at.name), vec![diagnostic])]
}

/// The findings of files, without them.
pub fn diagnostics(files: &[FileReport]) -> Vec<Diagnostic> {
    let found = files.iter().flat_map(|file| &file.diagnostics);
    found.cloned().collect()
}
