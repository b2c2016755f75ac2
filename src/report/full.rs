//! For people: each finding with the line of the source that it is about, the place underlined.

use std::fmt::Write;

use super::groups::grouped;
use super::repeated::Repeated;
use super::snippet::{item, renderer};
use super::{Counts, FileReport, Group, Render, UNKNOWN, counted, printable};

/// The findings of all files, a block each: what is wrong, where, the source line with the place
/// underlined, what to do about it; those of a change by what they follow from. At the end a line for each
/// file that counts its findings.
#[derive(Debug)]
pub struct Full {
    color: bool,
    repeated: Repeated,
    /// The lines of the files that were shown, with their names and, if it may be left out, without.
    counts: Vec<(String, String)>,
}

impl Full {
    /// `color` puts in the escape sequences of a terminal.
    pub fn new(color: bool, repeated: Repeated) -> Self {
        Full {
            color,
            repeated,
            counts: Vec::new(),
        }
    }
}

impl Render for Full {
    fn files(&mut self, files: &[FileReport], groups: Option<&[Group]>, out: &mut String) {
        out.push_str(&match groups {
            Some(groups) => grouped(files, groups, self.color, self.repeated),
            None => findings(files, self.color, self.repeated),
        });
        let lines = files
            .iter()
            .map(|file| (summary(file, true), summary(file, false)));
        self.counts.extend(lines);
    }

    fn end(&mut self, out: &mut String) {
        let is_one = self.counts.len() == 1;
        for (named, short) in self.counts.drain(..) {
            out.push_str(if is_one { &short } else { &named });
            out.push('\n');
        }
    }
}

/// The findings of all files, a block each.
pub fn findings(files: &[FileReport], color: bool, repeated: Repeated) -> String {
    let renderer = renderer(color);
    let files_with_findings = files.iter().enumerate();
    let found = files_with_findings.flat_map(|(at, file)| file.diagnostics.iter().map(move |one| (at, one)));
    let items = repeated.items(files, found);
    items.iter().map(|shown| item(&renderer, color, shown)).collect()
}

/// A line for each file that counts its findings.
pub fn counts<'a>(files: impl IntoIterator<Item = &'a FileReport>) -> String {
    let files: Vec<&FileReport> = files.into_iter().collect();
    let lines = files.iter().map(|file| summary(file, files.len() > 1) + "\n");
    lines.collect()
}

/// `2 errors, 1 warning`, or that the file is valid. `named` puts its name in front.
fn summary(file: &FileReport, named: bool) -> String {
    let Counts { errors, warnings } = file.counts();
    let mut counts = Vec::new();
    if errors == 0 {
        counts.push("valid".to_owned());
    } else {
        counts.push(counted(errors, "error"));
    }
    if warnings > 0 {
        counts.push(counted(warnings, "warning"));
    }
    let mut line = counts.join(", ");
    if named || errors == 0 {
        line = format!("{}: {line}", printable(&file.path));
    }
    // What the file was taken for, and how much of it was not checked.
    let mut remarks = Vec::new();
    if file.input != UNKNOWN {
        remarks.push(file.input.to_owned());
    }
    let without_model = file.tables_without_model.len();
    if without_model > 0 {
        remarks.push(format!("{} without a model", counted(without_model, "table")));
    }
    if !remarks.is_empty() {
        let _ = write!(line, " ({})", remarks.join(", "));
    }
    line
}
