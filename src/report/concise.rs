//! One line for each finding: `file:line:column: severity[Rule] pointer: message (hint) (related place)`.

use std::fmt::Write;

use super::sentence::sentence;
use super::{FileReport, Group, Render, printable};

/// The findings of all files, a line each.
#[derive(Debug, Default)]
pub struct Concise;

impl Render for Concise {
    fn files(&mut self, files: &[FileReport], _: Option<&[Group]>, out: &mut String) {
        for file in files {
            lines(file, out);
        }
    }

    fn end(&mut self, _: &mut String) {}
}

/// The findings of a file, a line each.
pub fn lines(file: &FileReport, out: &mut String) {
    for diagnostic in &file.diagnostics {
        let place = match diagnostic.place {
            Some(place) => format!("{}:{}:{}", file.path, place.location.line, place.location.column),
            None => file.path.clone(),
        };
        let said = sentence(diagnostic);
        // Writing to a string cannot fail. A message of several lines stays on one.
        let _ = writeln!(
            out,
            "{}: {}[{}] {said}",
            printable(&place),
            diagnostic.severity,
            diagnostic.rule
        );
    }
}
