//! Plans for programs.

use json_patch::PatchOperation;
use rustc_hash::FxHashSet;
use serde::Serialize;
use serde_json::Value;

use crate::config::EntryName;
use crate::plan::{Plan, PlanSummary};
use crate::policy::Policy;
use crate::report::json::{JsonDiagnostic, finding};
use crate::threads::join;
use crate::validate::Diagnostic;

use super::StepCommands;
use super::values::Values;
use super::words::{Names, because};

#[derive(Serialize)]
struct Document<'a> {
    steps: Vec<Step<'a>>,
    summary: PlanSummary,
    diagnostics: Vec<JsonDiagnostic<'a>>,
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
    let document = Document {
        steps: steps(policy, plan, current, commands).collect(),
        summary: plan.summary,
        diagnostics: diagnostics.iter().map(finding).collect(),
    };
    // Strings, numbers and lists always serialise.
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

#[derive(Serialize)]
struct StepLine<'a> {
    step: usize,
    of: usize,
    #[serde(flatten)]
    content: Step<'a>,
}

#[derive(Serialize)]
struct SummaryLine {
    summary: PlanSummary,
}

/// The same on lines: `{"step","of","ops","why","disrupts"}` for each step, then `{"summary"}`.
pub fn plan_json_lines(
    policy: &Policy,
    plan: &Plan,
    current: &Value,
    commands: Option<&StepCommands>,
) -> String {
    let of = plan.steps.len();
    let numbered = steps(policy, plan, current, commands).zip(1..);
    let lines = numbered.map(|(content, step)| StepLine { step, of, content });
    // As above.
    let mut lines: Vec<String> = lines
        .map(|line| serde_json::to_string(&line).unwrap_or_default())
        .collect();
    let summary = SummaryLine {
        summary: plan.summary,
    };
    lines.push(serde_json::to_string(&summary).unwrap_or_default());
    lines.join("\n") + "\n"
}

/// How many entries are so many that a thread of its own for a part of what is said of them pays.
const MANY: usize = 200;

fn steps<'a>(
    policy: &'a Policy,
    plan: &'a Plan,
    current: &'a Value,
    commands: Option<&'a StepCommands>,
) -> impl Iterator<Item = Step<'a>> {
    let (operations, reasons) = if plan.summary.entries_touched < MANY {
        (plan.operations(current), reasons(policy, plan, current))
    } else {
        let (reasons, operations) = join(|| reasons(policy, plan, current), || plan.operations(current));
        (operations, reasons)
    };
    let steps = plan.steps.iter().zip(operations).zip(reasons).enumerate();
    steps.map(move |(number, ((step, ops), why))| Step {
        ops,
        why,
        disrupts: &step.disrupts,
        runs: commands.map(|steps| steps.get(number).map_or(&[][..], Vec::as_slice)),
    })
}

/// Why the writes of each step stand there.
fn reasons(policy: &Policy, plan: &Plan, current: &Value) -> Vec<Vec<String>> {
    let names = Names::Masked(policy);
    let mut values = Values::new(policy, current);
    let steps = plan.steps.iter().map(|step| {
        let writes = step.writes.iter().filter(|write| values.changes(write));
        let changed: FxHashSet<&EntryName> = writes.map(|write| &write.entry).collect();
        values.pass(step);
        let why = step
            .why
            .iter()
            .filter(|reason| changed.contains(&reason.entry))
            .map(|reason| format!("{}: {}", names.of(&reason.entry), because(names, &reason.because)));
        why.collect()
    });
    steps.collect()
}
