//! One JSON document for each finding, on a line of its own.

use serde::Serialize;

use super::FileReport;
use super::json::{Finding, finding};

#[derive(Serialize)]
struct Line<'a> {
    path: &'a str,
    input: &'a str,
    #[serde(flatten)]
    finding: Finding<'a>,
}

/// `{"path","input","rule","pointer","line","column",…}`: the members of a finding in [`json`], behind
/// those of its file. Files without findings have no line.
///
/// [`json`]: super::json
pub fn json_lines(files: &[FileReport]) -> String {
    let mut out = String::new();
    for file in files {
        for diagnostic in &file.diagnostics {
            let line = Line {
                path: &file.path,
                input: file.input,
                finding: finding(diagnostic),
            };
            // Strings and numbers always serialise.
            out += &serde_json::to_string(&line).unwrap_or_default();
            out.push('\n');
        }
    }
    out
}
