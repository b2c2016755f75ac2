//! Workflow commands, which the runner of GitHub Actions shows as annotations at the lines of files.

use std::fmt::Write;
use std::path::Path;

use crate::validate::Severity;

use super::FileReport;
use super::locate::{Extents, relative};
use super::sentence::sentence;

/// A command for each finding: `::error file=…,line=…,col=…,endColumn=…,title=Rule::pointer: message`.
/// Paths lead from `root`. A finding without a place is shown at the first line.
pub fn github(files: &[FileReport], root: &Path) -> String {
    let mut out = String::new();
    for file in files {
        let path = property(&relative(&file.path, root));
        let extents = Extents::of(file);
        for diagnostic in &file.diagnostics {
            let command = match diagnostic.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            };
            let place = match extents.find(diagnostic) {
                None => "line=1".to_owned(),
                // Columns are only understood of a single line.
                Some(extent) if extent.start.line == extent.end.line => format!(
                    "line={},col={},endColumn={}",
                    extent.start.line, extent.start.column, extent.end.column
                ),
                Some(extent) => format!("line={},endLine={}", extent.start.line, extent.end.line),
            };
            let title = property(&diagnostic.rule.to_string());
            let message = data(&sentence(diagnostic));
            // Writing to a string cannot fail.
            let _ = writeln!(out, "::{command} file={path},{place},title={title}::{message}");
        }
    }
    out
}

/// A message as the runner reads it.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property as the runner reads it.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_runner_takes_for_its_own_is_escaped() {
        assert_eq!(property("a,b:c%\r\n.json"), "a%2Cb%3Ac%25%0D%0A.json");
        assert_eq!(data("50%, a: b\n::error::no"), "50%25, a: b%0A::error::no");
    }
}
