//! Workflow commands, which the runner of GitHub Actions shows as annotations at the lines of files.

use std::fmt::Write;
use std::path::PathBuf;

use crate::validate::Severity;

use super::locate::{Extents, relative};
use super::sentence::sentence;
use super::{FileReport, Group, Render};

/// A command for each finding: `::error file=…,line=…,col=…,endColumn=…,title=Rule::pointer: message`.
/// A finding without a place is shown at the first line.
#[derive(Debug)]
pub struct Github {
    root: PathBuf,
}

impl Github {
    /// Paths lead from `root`.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Github { root: root.into() }
    }
}

impl Render for Github {
    fn files(&mut self, files: &[FileReport], _: Option<&[Group]>, out: &mut String) {
        for file in files {
            let path = property(&relative(&file.path, &self.root));
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
    }

    fn end(&mut self, _: &mut String) {}
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
    fn runner_commands_are_escaped() {
        assert_eq!(property("a,b:c%\r\n.json"), "a%2Cb%3Ac%25%0D%0A.json");
        assert_eq!(data("50%, a: b\n::error::no"), "50%25, a: b%0A::error::no");
    }
}
