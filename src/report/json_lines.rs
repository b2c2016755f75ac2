//! One JSON document for each finding, on a line of its own.

use serde::Serialize;

use super::json::{JsonDiagnostic, finding};
use super::{FileReport, Group, Render};

#[derive(Serialize)]
struct Line<'a> {
    path: &'a str,
    input: &'a str,
    #[serde(flatten)]
    finding: JsonDiagnostic<'a>,
}

/// `{"path","input","rule","pointer","line","column",…}`: the members of a finding in [`Json`], behind
/// those of its file. Files without findings have no line.
///
/// [`Json`]: super::Json
#[derive(Debug, Default)]
pub struct JsonLines;

impl Render for JsonLines {
    fn files(&mut self, files: &[FileReport], _: Option<&[Group]>, out: &mut String) {
        for file in files {
            for diagnostic in &file.diagnostics {
                let line = Line {
                    path: &file.path,
                    input: file.input,
                    finding: finding(diagnostic),
                };
                // Strings and numbers always serialise.
                *out += &serde_json::to_string(&line).unwrap_or_default();
                out.push('\n');
            }
        }
    }

    fn end(&mut self, _: &mut String) {}
}
