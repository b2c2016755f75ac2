//! The findings of a change by what they follow from, for people.

use super::snippet::{finding, renderer};
use super::{FileReport, Group, printable};

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
