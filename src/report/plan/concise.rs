//! Plans in few words.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::Value;

use crate::config::EntryName;
use crate::plan::{Plan, ReasonKind};
use crate::policy::Policy;
use crate::report::printable;

use super::StepCommands;
use super::values::Values;

/// A line for each thing that a step does: `1/3 ! - BGP_NEIGHBOR|10.0.0.3`, with the number of the step, how many
/// there are, `!` where it interrupts something, and what is done; then those for the commands that run after it. Secrets
/// are masked. Nothing to do is said in one line.
pub fn plan_concise(
    policy: &Policy,
    plan: &Plan,
    current: &Value,
    commands: Option<&StepCommands>,
) -> String {
    if plan.steps.is_empty() {
        return "no change\n".to_owned();
    }
    let mut out = String::new();
    let mut values = Values::new(policy, current);
    let of = plan.steps.len();
    for (number, step) in plan.steps.iter().enumerate() {
        let step_number = number + 1;
        let mut why: BTreeMap<&EntryName, Vec<&ReasonKind>> = BTreeMap::new();
        for reason in &step.why {
            why.entry(&reason.entry).or_default().push(&reason.because);
        }
        for write in step.writes.iter().filter(|write| values.changes(write)) {
            let interrupts = step.disrupts.contains(&write.entry) || values.goes_down(write);
            let mark = if interrupts { '!' } else { ' ' };
            let why = why.remove(&write.entry).unwrap_or_default();
            for line in values.lines(write, &why) {
                // Writing to a string cannot fail.
                let _ = writeln!(out, "{step_number}/{of} {mark} {line}");
            }
        }
        values.pass(step);
        for words in commands.and_then(|steps| steps.get(number)).into_iter().flatten() {
            let _ = writeln!(
                out,
                "{step_number}/{of}   then runs {}",
                printable(&words.join(" "))
            );
        }
    }
    out
}
