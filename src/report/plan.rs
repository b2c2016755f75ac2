//! Plans: the contract that programs read, a text for people, a graph for Graphviz.

use std::collections::BTreeMap;
use std::fmt::Write;

use json_patch::PatchOperation;
use serde::Serialize;
use serde_json::Value;

use crate::config::EntryName;
use crate::plan::{Because, Link, Plan, Reason, Step, Summary};
use crate::policy::Policy;
use crate::validate::{Diagnostic, MASK};

use super::changes::changes;
use super::json::{Finding, finding};
use super::{counted, printable};

#[derive(Serialize)]
struct Document<'a> {
    steps: Vec<JsonStep<'a>>,
    summary: Summary,
    diagnostics: Vec<Finding<'a>>,
}

#[derive(Serialize)]
struct JsonStep<'a> {
    ops: Vec<PatchOperation>,
    why: Vec<String>,
    disrupts: &'a [EntryName],
}

/// A plan as JSON: its steps with their operations (RFC 6902), why they stand there and what they
/// interrupt, its figures, and what was found. Without a plan there are no steps. The operations are
/// data: secrets in them are what they are.
pub fn plan_json(plan: &Plan, current: &Value, diagnostics: &[Diagnostic]) -> String {
    let operations = plan.operations(current);
    let steps = plan.steps.iter().zip(operations).map(|(step, ops)| JsonStep {
        ops,
        why: step
            .why
            .iter()
            .map(|reason| sentence(&Names(None), reason))
            .collect(),
        disrupts: &step.disrupts,
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

/// A plan for people: for each step what is done and why it stands there. Secrets are masked.
pub fn plan_full(policy: &Policy, plan: &Plan, current: &Value) -> String {
    let names = Names(Some(policy));
    let summary = plan.summary;
    if plan.steps.is_empty() {
        return "no change\n".to_owned();
    }
    // Writing to a string cannot fail.
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{} for {}; {} written, {} removed and added again; no plan has fewer than {}",
        counted(summary.steps, "step"),
        entries(summary.entries_changed, "changed "),
        entries(summary.entries_touched, ""),
        summary.entries_bounced,
        counted(summary.lower_bound, "step"),
    );
    for (number, step) in plan.steps.iter().enumerate() {
        let mark = match step.disrupts.len() {
            0 => String::new(),
            count => format!(" - interrupts {}", entries(count, "")),
        };
        let _ = writeln!(out, "\nStep {} of {}{mark}", number + 1, plan.steps.len());
        let before = old_values(step, current, plan, number);
        step_text(&mut out, policy, &names, step, &before);
    }
    out
}

/// What the entries of a step held before it.
fn old_values<'p>(
    step: &'p Step,
    current: &'p Value,
    plan: &'p Plan,
    number: usize,
) -> BTreeMap<&'p EntryName, Option<&'p Value>> {
    let earlier = plan.steps[..number].iter().rev();
    let value = |name: &'p EntryName| {
        let mut writes = earlier.clone().flat_map(|step| &step.writes);
        match writes.find(|write| write.entry == *name) {
            Some(write) => write.value.as_ref(),
            None => name.find(current),
        }
    };
    step.writes
        .iter()
        .map(|write| (&write.entry, value(&write.entry)))
        .collect()
}

fn step_text(
    out: &mut String,
    policy: &Policy,
    names: &Names,
    step: &Step,
    before: &BTreeMap<&EntryName, Option<&Value>>,
) {
    let mut reasons: BTreeMap<&EntryName, Vec<&Reason>> = BTreeMap::new();
    for reason in &step.why {
        reasons.entry(&reason.entry).or_default().push(reason);
    }
    for write in &step.writes {
        let name = &write.entry;
        let config = |value: Option<&Value>| match value {
            Some(value) => serde_json::json!({ name.table.as_str(): { name.key.as_str(): value } }),
            None => serde_json::json!({}),
        };
        let old = config(before.get(name).copied().flatten());
        for line in changes(policy, &old, &config(write.value.as_ref())).lines() {
            let _ = writeln!(out, "  {line}");
        }
        for reason in reasons.get(name).into_iter().flatten() {
            let _ = writeln!(out, "      {}", because(names, reason));
        }
    }
}

fn entries(count: usize, kind: &str) -> String {
    match count {
        1 => format!("1 {kind}entry"),
        count => format!("{count} {kind}entries"),
    }
}

/// The order of a plan as a graph for Graphviz: each step a rank, an arrow from what is written first to
/// what had to wait for it. Secret keys are masked.
pub fn plan_dot(policy: &Policy, plan: &Plan) -> String {
    let names = Names(Some(policy));
    let mut out = String::from("digraph plan {\n    rankdir=LR;\n    node [shape=box];\n");
    let node = |step: usize, name: &EntryName| format!("\"{}: {}\"", step + 1, escaped(&names.of(name)));
    for (number, step) in plan.steps.iter().enumerate() {
        let _ = writeln!(out, "    {{\n        rank=same;");
        for write in &step.writes {
            let label = escaped(&names.of(&write.entry));
            let mark = if step.disrupts.contains(&write.entry) {
                ", color=red"
            } else {
                ""
            };
            let _ = writeln!(
                out,
                "        {} [label=\"{label}\"{mark}];",
                node(number, &write.entry)
            );
        }
        let _ = writeln!(out, "    }}");
    }
    for (number, step) in plan.steps.iter().enumerate() {
        for reason in &step.why {
            let (from, to, link) = match &reason.because {
                Because::After { step, other, link } => {
                    (node(*step, other), node(number, &reason.entry), link)
                }
                Because::Before { step, other, link } => {
                    (node(number, &reason.entry), node(*step, other), link)
                }
                _ => continue,
            };
            let _ = writeln!(out, "    {from} -> {to} [label=\"{}\"];", label(*link));
        }
    }
    out.push_str("}\n");
    out
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

fn label(link: Link) -> &'static str {
    match link {
        Link::RefersTo => "is referred to",
        Link::ReferredBy => "refers to",
        Link::Down => "while down",
        Link::Condition => "condition",
    }
}

/// How entries are called: with their secrets, or for people.
struct Names<'a>(Option<&'a Policy>);

impl Names<'_> {
    fn of(&self, name: &EntryName) -> String {
        match self.0 {
            Some(policy) if policy.is_secret_key(&name.table) => format!("{}|{MASK}", name.table),
            Some(_) => printable(&name.to_string()),
            None => name.to_string(),
        }
    }
}

fn sentence(names: &Names, reason: &Reason) -> String {
    format!("{}: {}", names.of(&reason.entry), because(names, reason))
}

/// Why, in words. Steps are counted from 1 there.
fn because(names: &Names, reason: &Reason) -> String {
    match &reason.because {
        Because::CreateOnly { field } => {
            format!("removed and added again, because {field} changes only with its entry")
        }
        Because::Follows { other } => {
            format!("gives way while {} is removed and added again", names.of(other))
        }
        Because::TakenDown { other } => format!(
            "taken down, because {} changes only while it is down",
            names.of(other)
        ),
        Because::BroughtUp => "brought up again".to_owned(),
        Because::Limit { of, limit } => {
            format!("waited, because no more than {limit} of {of} are interrupted at once")
        }
        Because::After { step, other, link } => {
            let other = names.of(other);
            let why = match link {
                Link::RefersTo => format!("it refers to {other}"),
                Link::ReferredBy => format!("{other} referred to it"),
                Link::Down => format!("of the changes made while it or {other} is down"),
                Link::Condition => format!("a condition ties it to {other}"),
            };
            format!("after step {}, because {why}", step + 1)
        }
        Because::Before { step, other, link } => {
            let other = names.of(other);
            let why = match link {
                Link::RefersTo => format!("{other} refers to it"),
                Link::ReferredBy => format!("it refers to {other}"),
                Link::Down => format!("of the changes made while it or {other} is down"),
                Link::Condition => format!("a condition ties it to {other}"),
            };
            format!("before step {}, because {why}", step + 1)
        }
    }
}
