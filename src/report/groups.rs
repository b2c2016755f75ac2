//! The findings of a change by what they follow from, for people.

use super::repeated::Repeated;
use super::snippet::{item, renderer};
use super::{FileReport, Group, printable};

/// The findings of files in groups: the heading of a group with a colon, its notes indented, then the
/// findings as in [`Full`]; without the lines that count them.
///
/// [`Full`]: super::Full
pub fn grouped(files: &[FileReport], groups: &[Group], color: bool, repeated: Repeated) -> String {
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
            let diagnostic = files.get(file)?.diagnostics.get(at)?;
            Some((file, diagnostic))
        });
        for shown in repeated.items(files, found) {
            out.push_str(&item(&renderer, color, &shown));
        }
    }
    out
}
