//! A code quality report, which GitLab shows in merge requests.

use std::path::Path;

use serde::Serialize;

use crate::validate::Severity;

use super::FileReport;
use super::locate::{Fingerprints, relative};
use super::sentence::sentence;

#[derive(Serialize)]
struct Issue {
    description: String,
    check_name: String,
    fingerprint: String,
    severity: &'static str,
    location: IssueLocation,
}

#[derive(Serialize)]
struct IssueLocation {
    path: String,
    lines: IssueLines,
}

#[derive(Serialize)]
struct IssueLines {
    begin: usize,
}

/// A list with `{"description","check_name","fingerprint","severity","location"}` for each finding; errors
/// are `major`, warnings `minor`. Paths lead from `root`. A finding without a place is shown at the first
/// line.
pub fn gitlab(files: &[FileReport], root: &Path) -> String {
    let mut fingerprints = Fingerprints::default();
    let mut issues = Vec::new();
    for file in files {
        let path = relative(&file.path, root);
        for diagnostic in &file.diagnostics {
            issues.push(Issue {
                description: sentence(diagnostic),
                check_name: diagnostic.rule.to_string(),
                fingerprint: fingerprints.next(&path, diagnostic),
                severity: match diagnostic.severity {
                    Severity::Error => "major",
                    Severity::Warning => "minor",
                },
                location: IssueLocation {
                    path: path.clone(),
                    lines: IssueLines {
                        begin: diagnostic.place.map_or(1, |place| place.location.line),
                    },
                },
            });
        }
    }
    // Strings and numbers always serialise.
    let mut text = serde_json::to_string_pretty(&issues).unwrap_or_default();
    text.push('\n');
    text
}
