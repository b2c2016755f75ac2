//! The findings of a change by what they follow from, for people.

use super::full::{finding, renderer};
use super::{FileReport, printable};

/// Findings that follow from the same thing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Group {
    /// What they follow from, if that is to be told.
    pub heading: Option<String>,
    /// What is to be known of it, a line each.
    pub notes: Vec<String>,
    /// The findings: the positions of their files, and their own in those.
    pub findings: Vec<(usize, usize)>,
}

/// The findings of files in groups: the heading of a group with a colon, its notes indented, then the
/// findings as in [`Full`]; without the lines that count them.
///
/// [`Full`]: super::Full
pub fn grouped(files: &[FileReport], groups: &[Group], color: bool) -> String {
    let renderer = renderer(color);
    let mut out = String::new();
    for group in groups {
        if let Some(heading) = &group.heading {
            out.push_str(&printable(heading));
            out.push_str(":\n");
        }
        for note in &group.notes {
            out.push_str("  ");
            out.push_str(&printable(note));
            out.push('\n');
        }
        if group.heading.is_some() {
            out.push('\n');
        }
        let found = group.findings.iter().filter_map(|&(file, at)| {
            let file = files.get(file)?;
            Some((file, file.diagnostics.get(at)?))
        });
        for (file, diagnostic) in found {
            out.push_str(&finding(&renderer, color, file, diagnostic));
        }
    }
    out
}
