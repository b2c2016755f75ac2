//! Plans as graphs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::Value;

use crate::config::{EntryName, Write};
use crate::plan::{Condition, DependencyKind, EntrySet, Plan, ReasonKind};
use crate::policy::Policy;
use crate::report::printable;

use super::groups::groups;
use super::values::Values;
use super::words::Names;

/// How many entries that are alike have boxes of their own.
const ALIKE: usize = 12;

/// The order of a plan as a graph for Graphviz: each step a rank, an arrow from what is written first to
/// what had to wait for it, red what is interrupted. Of many writes that are alike one box tells the
/// number. Secret keys are masked.
pub fn plan_dot(policy: &Policy, plan: &Plan, current: &Value) -> String {
    let names = Names::Masked(policy);
    let mut out = String::from(
        "digraph plan {\n    rankdir=LR;\n    node [shape=box, fontname=\"sans-serif\"];\n    edge [fontname=\"sans-serif\", fontsize=10];\n",
    );
    // The steps in their order, also where no arrow leads from one to the next.
    let steps: Vec<String> = (1..=plan.steps.len()).map(|step| format!("step{step}")).collect();
    if steps.len() > 1 {
        let _ = writeln!(out, "    {} [style=invis];", steps.join(" -> "));
    }
    let mut values = Values::new(policy, current);
    let mut nodes: BTreeMap<(usize, &EntryName), String> = BTreeMap::new();
    for (number, step) in plan.steps.iter().enumerate() {
        let _ = writeln!(out, "    {{\n        rank=same;");
        let label = format!("step {}", number + 1);
        let _ = writeln!(
            out,
            "        step{} [label=\"{label}\", shape=plaintext];",
            number + 1
        );
        let mut count = 0;
        let mut node = |label: &str, interrupts: bool| {
            count += 1;
            let id = format!("s{}n{count}", number + 1);
            let mark = if interrupts {
                ", color=red, fontcolor=red"
            } else {
                ""
            };
            let _ = writeln!(out, "        {id} [label=\"{}\"{mark}];", escaped(label));
            id
        };
        for group in groups(step, &values, |write| sign(&values, write)) {
            let Some((first, _)) = group.writes.first() else {
                continue;
            };
            let sign = sign(&values, first);
            if group.is_within(ALIKE) {
                for (write, _) in &group.writes {
                    let id = node(&format!("{sign} {}", names.of(&write.entry)), group.interrupts);
                    nodes.insert((number, &write.entry), id);
                }
            } else {
                let mut label = format!(
                    "{sign} {} of {}",
                    group.writes.len(),
                    printable(&first.entry.table)
                );
                if group.interrupts {
                    for (write, _) in &group.writes {
                        label.push('\n');
                        label.push_str(&names.of(&write.entry));
                    }
                }
                let id = node(&label, group.interrupts);
                for (write, _) in &group.writes {
                    nodes.insert((number, &write.entry), id.clone());
                }
            }
        }
        let _ = writeln!(out, "    }}");
        values.pass(step);
    }
    for (from, to, label) in arrows(plan, &nodes) {
        let _ = writeln!(out, "    {from} -> {to} [label=\"{label}\"];");
    }
    out.push_str("}\n");
    out
}

/// `+` for an entry that comes, `-` for one that goes, `~` for one that becomes another.
fn sign(values: &Values, write: &Write) -> String {
    values.kind(write).chars().take(1).collect()
}

/// The arrows between nodes, each once.
fn arrows<'n>(
    plan: &'n Plan,
    nodes: &'n BTreeMap<(usize, &'n EntryName), String>,
) -> BTreeSet<(&'n str, &'n str, &'static str)> {
    let mut arrows = BTreeSet::new();
    for (number, step) in plan.steps.iter().enumerate() {
        for reason in &step.why {
            let own = (number, &reason.entry);
            let ends: Vec<Arrow> = match &reason.because {
                ReasonKind::After {
                    step,
                    others,
                    dependency,
                } => {
                    let others = others.0.iter();
                    others
                        .map(|other| ((*step, other), own, label(*dependency)))
                        .collect()
                }
                ReasonKind::Before {
                    step,
                    others,
                    dependency,
                } => {
                    let others = others.0.iter();
                    others
                        .map(|other| (own, (*step, other), label(*dependency)))
                        .collect()
                }
                ReasonKind::CreateOnly { back, .. } => {
                    vec![(own, (*back, &reason.entry), "added again")]
                }
                ReasonKind::Follows { others, back } => {
                    let mut ends = gives_way(plan, number, &reason.entry, others);
                    ends.push((own, (*back, &reason.entry), "added again"));
                    ends
                }
                ReasonKind::Loses { others, back } => {
                    let mut ends = gives_way(plan, number, &reason.entry, others);
                    ends.push((own, (*back, &reason.entry), "gets its reference back"));
                    ends
                }
                ReasonKind::TakenDown { back: Some(back), .. } => {
                    vec![(own, (*back, &reason.entry), "brought up again")]
                }
                ReasonKind::KeptDown { back, .. } => vec![(own, (*back, &reason.entry), "brought up")],
                _ => continue,
            };
            for (from, to, label) in ends {
                if let (Some(from), Some(to)) = (nodes.get(&from), nodes.get(&to)) {
                    arrows.insert((from.as_str(), to.as_str(), label));
                }
            }
        }
    }
    arrows
}

/// An arrow between two writes, each an entry in a step.
type Arrow<'p> = ((usize, &'p EntryName), (usize, &'p EntryName), &'static str);

/// The arrows from an entry that gives way in a step to what is removed after it.
fn gives_way<'p>(plan: &'p Plan, step: usize, entry: &'p EntryName, others: &'p EntrySet) -> Vec<Arrow<'p>> {
    let removed = |other: &'p EntryName| {
        let later = plan.steps.iter().enumerate().skip(step + 1);
        let mut later = later.filter(|(_, step)| {
            let mut writes = step.writes.iter();
            writes.any(|write| write.entry == *other && write.value.is_none())
        });
        later
            .next()
            .map(|(at, _)| ((step, entry), (at, other), "gives way to"))
    };
    others.0.iter().filter_map(removed).collect()
}

/// What the first of two entries is to the second.
fn label(dependency: DependencyKind) -> &'static str {
    match dependency {
        DependencyKind::RefersTo => "is referred to by",
        DependencyKind::ReferredBy => "refers to",
        DependencyKind::Replaces => "takes the place of",
        DependencyKind::WhileEarlierDown => "is down for",
        DependencyKind::WhileLaterDown => "changes while down",
        DependencyKind::Condition(Condition::LaterNeedsEarlier) => "is needed by",
        DependencyKind::Condition(Condition::EarlierNeedsLater) => "needs",
        DependencyKind::Condition(Condition::Excludes) => "excludes",
        DependencyKind::Lanes => "gives its lanes to",
        DependencyKind::Conflict => "makes room for",
        DependencyKind::Condition(Condition::Unclear) => "condition",
    }
}

fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"");
    text.replace('\n', "\\n")
}
