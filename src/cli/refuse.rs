//! Telling why a change is refused.

use std::fmt::Display;
use std::io::IsTerminal;

use serde_json::Value;

use crate::config::{ReadError, nearest, pointer};
use crate::patch::{FormError, Scope};
use crate::policy::Policy;
use crate::report::{FileReport, counts, grouped};
use crate::schema::Schema;

use super::Failure;
use super::change::Change;
use super::options::color;
use super::output::say;
use super::review::{BEFORE, Ignored, Review, operation};

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

/// Shows the findings that refuse a change.
pub fn tell_findings(review: &Review) {
    let color = color(std::io::stderr().is_terminal());
    let with_findings = |file: &&FileReport| !file.diagnostics.is_empty();
    say(&grouped(&review.files, &review.groups, color));
    say(&counts(review.files.iter().filter(with_findings)));
}

/// The findings that refuse a change on one line, for programs.
pub fn reasons(review: &Review) -> String {
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
    let total = review.brought + review.existing.errors;
    if total > MAX_REASONS {
        reasons.push(format!("and {} more", total - MAX_REASONS));
    }
    reasons.join("; ")
}

/// Says that a change is one of a table that no model covers, with the operation and its place. `may`
/// says what can be done about it, `scope` whose config it is, where there are several.
pub fn no_model(
    schema: &Schema,
    policy: &Policy,
    scope: Option<&Scope>,
    (change, target): (&Change, &Value),
    table: &str,
    may: &str,
) -> FormError {
    let near = nearest(table, schema.tables.iter().map(|table| table.name.as_ref()));
    let near = near.map_or(String::new(), |near| format!(", did you mean {near:?}?"));
    let mut message = format!("no model covers the table {table:?}{near} ({may})");
    let origin = change.origin(&pointer::child("", table), target, true);
    if let Some(origin) = origin {
        message = format!("{}: {message}", operation(policy, change, origin.operation));
    }
    if let Some(scope) = scope {
        message = format!("{scope}: {message}");
    }
    let span = origin.and_then(|origin| origin.span);
    FormError::at_span(change.document(), span, message)
}
