//! Telling why a change is refused.

use std::fmt::Display;
use std::io::IsTerminal;

use crate::config::ReadError;
use crate::report::{FileReport, counts, grouped};

use super::Failure;
use super::options::color;
use super::output::say;
use super::review::{BEFORE, Ignored, Review};

/// How many findings the one line that programs read holds; all of them stand above it.
const MAX_REASONS: usize = 100;

/// Reads what `--ignore-path` names.
///
/// # Errors
/// [`Failure::Environment`]: no JSON pointer.
pub fn ignored(pointers: &[String]) -> Result<Vec<Ignored>, Failure> {
    let parse = |text: &String| {
        Ignored::parse(text).ok_or_else(|| {
            let message = format!("--ignore-path {text:?} is no JSON pointer, which begins with \"/\"");
            Failure::Environment(message)
        })
    };
    pointers.iter().map(parse).collect()
}

/// A change that is not UTF-8 is at fault itself, else the environment is.
pub fn unreadable(error: ReadError, refused: impl Fn(&dyn Display) -> Failure) -> Failure {
    match error {
        ReadError::Utf8 { .. } => refused(&error),
        error => error.into(),
    }
}

/// Shows the findings that refuse a change. Gives them on one line, for programs.
pub fn tell_findings(review: &Review) -> String {
    let color = color(std::io::stderr().is_terminal());
    let with_findings = |file: &&FileReport| !file.diagnostics.is_empty();
    say(&grouped(&review.files, &review.groups, color));
    say(&counts(review.files.iter().filter(with_findings)));

    let mut left = MAX_REASONS;
    let mut reasons = Vec::new();
    for group in &review.groups {
        let found = group.findings.iter().take(left);
        let found: Vec<String> = found
            .map(|&(file, at)| review.files[file].diagnostics[at].to_string())
            .collect();
        left -= found.len();
        match &group.heading {
            _ if found.is_empty() => {}
            // That they all stood before is said once.
            Some(heading) if review.brought > 0 || heading != BEFORE => {
                reasons.push(format!("{heading}: {}", found.join("; ")));
            }
            _ => reasons.extend(found),
        }
    }
    let total = review.brought + review.existing.0;
    if total > MAX_REASONS {
        reasons.push(format!("and {} more", total - MAX_REASONS));
    }
    reasons.join("; ")
}
