//! One line for each finding: `file:line:column: severity[Rule] pointer: message (hint) (related place)`.

use std::fmt::Write;

use super::repeated::{Item, Repeated, more};
use super::sentence::sentence;
use super::{FileReport, Group, Render, printable};

/// The findings of all files, a line each.
#[derive(Debug, Default)]
pub struct Concise {
    repeated: Repeated,
}

impl Concise {
    /// With or without the findings that are like others.
    pub fn new(repeated: Repeated) -> Self {
        Concise { repeated }
    }
}

impl Render for Concise {
    fn files(&mut self, files: &[FileReport], _: Option<&[Group]>, out: &mut String) {
        for file in files {
            lines(std::slice::from_ref(file), self.repeated, out);
        }
    }

    fn end(&mut self, _: &mut String) {}
}

/// The findings of files, a line each.
pub fn lines(files: &[FileReport], repeated: Repeated, out: &mut String) {
    let found = files.iter().enumerate();
    let found = found.flat_map(|(at, file)| file.diagnostics.iter().map(move |one| (at, one)));
    for item in repeated.items(files, found) {
        let (file, diagnostic) = match item {
            Item::Finding(file, diagnostic) => (file, diagnostic),
            Item::More(file, diagnostic, count) => {
                let (path, more) = (printable(&file.path), more(diagnostic, count));
                let _ = writeln!(out, "{path}: {}[{}] {more}", diagnostic.severity, diagnostic.rule);
                continue;
            }
        };
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
