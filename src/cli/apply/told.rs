//! What a change comes to, and its outcome for programs.

use serde_json::{Map, Value, json};

use crate::cli::Failure;
use crate::report::{FileReport, StepCommands, findings_json, printable};
use crate::transaction::Done;
use crate::validate::Diagnostic;

/// What a command itself says of its change.
#[derive(Debug, Clone, Default)]
pub struct Account {
    /// For people, in place of the line that says that it is done.
    pub text: String,
    /// For programs, beside the outcome.
    pub members: Map<String, Value>,
    /// What was found in the configs, or that nothing was.
    pub files: Vec<FileReport>,
}

/// A document with what a command adds to it.
pub fn with_members(text: String, account: Option<&Account>) -> String {
    let document = account.and_then(|account| Some((account, serde_json::from_str(&text).ok()?)));
    match document {
        Some((account, Value::Object(mut members))) => {
            members.extend(account.members.clone());
            pretty(&Value::Object(members))
        }
        _ => text,
    }
}

/// A document on one line.
pub fn one_line(text: &str) -> String {
    match serde_json::from_str::<Value>(text) {
        Ok(document) => format!("{document}\n"),
        Err(_) => text.to_owned(),
    }
}

/// A change that was made, or that had nothing to make.
pub fn result_json(done: &Done) -> String {
    pretty(&json!({
        "result": if done.id.is_some() { "applied" } else { "unchanged" },
        "id": done.id,
        "steps": done.steps,
        "entries": done.entries,
        "confirm_by": done.confirm_by,
    }))
}

/// A change that was not made.
pub fn refused_json(failure: &Failure, found: &[Diagnostic]) -> String {
    pretty(&json!({
        "result": match failure {
            Failure::Refused(_) => "refused",
            Failure::Environment(_) => "failed",
            Failure::Conflict(_) => "conflict",
            Failure::Interrupted(_) => "interrupted",
        },
        "reason": failure.message(),
        "diagnostics": findings_json(found),
    }))
}

/// The commands that run, with the steps after which they do, a line each.
pub fn then_runs(commands: &StepCommands) -> String {
    let of = commands.len();
    let steps = commands.iter().enumerate();
    let lines = steps.flat_map(|(number, commands)| {
        commands.iter().map(move |words| {
            let command = printable(&words.join(" "));
            format!("after step {} of {of} runs {command}\n", number + 1)
        })
    });
    lines.collect()
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}
