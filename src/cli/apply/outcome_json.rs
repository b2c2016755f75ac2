//! The outcome of a change as JSON.

use json_patch::PatchOperation;
use serde_json::{Map, Value, json};

use crate::cli::Failure;
use crate::engine::CommitReport;
use crate::patch::Scope;
use crate::report::{FileReport, StepCommands, findings_json, printable};
use crate::validate::Diagnostic;

/// What a command itself reports of its change.
#[derive(Debug, Clone, Default)]
pub struct ChangeSummary {
    /// For people, in place of the line that says that it is report.
    pub text: String,
    /// For programs, beside the outcome.
    pub members: Map<String, Value>,
    /// What was found in the configs, or that nothing was.
    pub files: Vec<FileReport>,
}

/// A document with more members.
pub fn with_members(text: String, more: &Map<String, Value>) -> String {
    match serde_json::from_str(&text) {
        Ok(Value::Object(mut members)) if !more.is_empty() => {
            members.extend(more.clone());
            pretty(&Value::Object(members))
        }
        _ => text,
    }
}

/// Members as a document on a line of its own; nothing where there are none.
pub fn line_of(members: &Map<String, Value>) -> String {
    match members.is_empty() {
        true => String::new(),
        false => format!("{}\n", Value::Object(members.clone())),
    }
}

/// The documents of several scopes as one: an object with a member for each scope. That of a single scope stays as it is.
pub fn by_scope(mut documents: Vec<(&Scope, String)>) -> String {
    if let [_] = documents[..] {
        return documents.pop().map(|(_, text)| text).unwrap_or_default();
    }
    let members = documents.into_iter().map(|(scope, text)| {
        let document = serde_json::from_str(&text).unwrap_or(Value::String(text));
        (scope.to_string(), document)
    });
    pretty(&Value::Object(members.collect()))
}

/// A document on one line.
pub fn one_line(text: &str) -> String {
    match serde_json::from_str::<Value>(text) {
        Ok(document) => format!("{document}\n"),
        Err(_) => text.to_owned(),
    }
}

/// A change that was made, or that had nothing to make.
pub fn result_json(report: &CommitReport) -> String {
    pretty(&json!({
        "result": if report.id.is_some() { "applied" } else { "unchanged" },
        "id": report.id,
        "steps": report.steps,
        "entries": report.entries,
        "confirm_by": report.confirm_by,
    }))
}

/// A change that was not made, or not as it should be. `cascade` are the operations that would make it valid.
pub fn refused_json(failure: &Failure, found: &[Diagnostic], cascade: &[PatchOperation]) -> String {
    let document = json!({
        "result": match failure {
            Failure::Refused(_) => "refused",
            Failure::Environment(_) => "failed",
            Failure::Conflict(_) => "conflict",
            Failure::AppliedBut(_) => "applied-but",
            Failure::Unknown(_) => "unknown",
            Failure::Interrupted(_) => "interrupted",
        },
        "reason": failure.message(),
        "diagnostics": findings_json(found),
    });
    with_members(pretty(&document), &cascade_member(cascade))
}

/// The member `cascade` of a rejection, where there are such operations.
pub fn cascade_member(operations: &[PatchOperation]) -> Map<String, Value> {
    let member = (!operations.is_empty()).then(|| ("cascade".to_owned(), json!(operations)));
    member.into_iter().collect()
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
