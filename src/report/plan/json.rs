//! Plans for programs.

use std::collections::BTreeSet;

use json_patch::PatchOperation;
use serde::Serialize;
use serde_json::Value;

use crate::config::EntryName;
use crate::plan::{Plan, Summary};
use crate::policy::Policy;
use crate::report::json::{Finding, finding};
use crate::validate::Diagnostic;

use super::StepCommands;
use super::values::Values;
use super::words::{Names, because};

#[derive(Serialize)]
struct Document<'a> {
    steps: Vec<Step<'a>>,
    summary: Summary,
    diagnostics: Vec<Finding<'a>>,
}

#[derive(Serialize)]
struct Step<'a> {
    ops: Vec<PatchOperation>,
    why: Vec<String>,
    disrupts: &'a [EntryName],
    #[serde(skip_serializing_if = "Option::is_none")]
    runs: Option<&'a [Vec<String>]>,
}

/// A plan as JSON: its steps with their operations (RFC 6902), why they stand there and what they
/// interrupt, its figures, and what was found. Without a plan there are no steps. The operations are
/// data: secrets in them, and in the names of what is interrupted, are what they are. `commands` are those that
/// run after each step; without them steps say nothing of commands.
pub fn plan_json(
    policy: &Policy,
    plan: &Plan,
    current: &Value,
    diagnostics: &[Diagnostic],
    commands: Option<&StepCommands>,
) -> String {
    let names = Names::Masked(policy);
    let operations = plan.operations(current);
    let mut values = Values::new(policy, current);
    let steps = plan
        .steps
        .iter()
        .zip(operations)
        .enumerate()
        .map(|(number, (step, ops))| {
            let writes = step.writes.iter().filter(|write| values.changes(write));
            let changed: BTreeSet<&EntryName> = writes.map(|write| &write.entry).collect();
            values.pass(step);
            let why = step
                .why
                .iter()
                .filter(|reason| changed.contains(&reason.entry))
                .map(|reason| format!("{}: {}", names.of(&reason.entry), because(names, &reason.because)));
            Step {
                ops,
                why: why.collect(),
                disrupts: &step.disrupts,
                runs: commands.map(|steps| steps.get(number).map_or(&[][..], Vec::as_slice)),
            }
        });
    let document = Document {
        steps: steps.collect(),
        summary: plan.summary,
        diagnostics: diagnostics.iter().map(finding).collect(),
    };
    // Strings, numbers and lists always serialise.
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}
