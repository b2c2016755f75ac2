//! A code quality report, which GitLab shows in merge requests.

use std::path::PathBuf;

use serde::Serialize;

use crate::validate::{Diagnostic, Severity};

use super::locate::{Fingerprints, relative};
use super::sentence::sentence;
use super::{FileReport, Group, Render, printable};

#[derive(Debug, Serialize)]
struct Issue {
    description: String,
    check_name: &'static str,
    fingerprint: String,
    severity: &'static str,
    location: IssueLocation,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    other_locations: Vec<IssueLocation>,
    content: IssueContent,
}

#[derive(Debug, Serialize)]
struct IssueContent {
    body: String,
}

/// What the documentation says of the rule, with the section that says more, and a fix, in Markdown.
fn content(diagnostic: &Diagnostic) -> String {
    let rule = diagnostic.rule;
    let mut body = format!("[{rule}]({}): {}.", rule.page(), rule.text().summary);
    if let Some(fix) = &diagnostic.fix {
        body += &format!("\n\nFix: {}.", printable(&fix.description));
    }
    body
}

#[derive(Debug, Serialize)]
struct IssueLocation {
    path: String,
    lines: IssueLines,
}

#[derive(Debug, Serialize)]
struct IssueLines {
    begin: usize,
}

/// A list with `{"description","check_name","fingerprint","severity","location","content"}` for each finding, and
/// `other_locations` where it has related places; errors are `major`, warnings `minor`. A finding without a place is shown at the first line.
#[derive(Debug)]
pub struct Gitlab {
    root: PathBuf,
    fingerprints: Fingerprints,
    issues: Vec<Issue>,
}

impl Gitlab {
    /// Paths lead from `root`.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Gitlab {
            root: root.into(),
            fingerprints: Fingerprints::default(),
            issues: Vec::new(),
        }
    }
}

impl Render for Gitlab {
    fn files(&mut self, files: &[FileReport], _: Option<&[Group]>, _: &mut String) {
        for file in files {
            let path = relative(&file.path, &self.root);
            for diagnostic in &file.diagnostics {
                self.issues.push(Issue {
                    description: sentence(diagnostic),
                    check_name: diagnostic.rule.name(),
                    fingerprint: self.fingerprints.next(&path, diagnostic),
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
                    other_locations: diagnostic
                        .related
                        .iter()
                        .map(|related| IssueLocation {
                            path: path.clone(),
                            lines: IssueLines {
                                begin: related.place.map_or(1, |place| place.location.line),
                            },
                        })
                        .collect(),
                    content: IssueContent {
                        body: content(diagnostic),
                    },
                });
            }
        }
    }

    fn end(&mut self, out: &mut String) {
        // Strings and numbers always serialise.
        out.push_str(&serde_json::to_string_pretty(&self.issues).unwrap_or_default());
        out.push('\n');
    }
}
