//! Plans for people.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::config::{EntryName, Write};
use crate::plan::{Interruption, Plan, ReasonKind, Step};
use crate::policy::Policy;
use crate::report::changes::changes;
use crate::report::{counted, printable};

use super::StepCommands;
use super::groups::{StepGroup, groups};
use super::interrupted::{interrupted, taken_down};
use super::values::Values;
use super::words::{Names, because};

/// The number of similar writes that are shown one by one.
const ALIKE: usize = 6;
/// The number that is shown where there are more.
const SAMPLES: usize = 3;

/// The number of fields and list elements of one entry that are shown.
const FIELDS: usize = 8;
/// After how many characters a line is cut.
const LONG: usize = 200;

/// A plan for people: what is interrupted for how long, then for each step what is done and why it
/// stands there. Secrets are masked. Of many writes that are alike some are shown; what is interrupted
/// is named in any case. `commands` are those that run after each step.
pub fn plan_full(policy: &Policy, plan: &Plan, current: &Value, commands: Option<&StepCommands>) -> String {
    let names = Names::Masked(policy);
    let mut out = String::new();
    if plan.steps.is_empty() {
        out.push_str("no change\n");
    } else {
        out.push_str(&headline(plan, current));
        let interruptions = plan.interruptions();
        let down = downs(plan, Values::new(policy, current));
        out.push_str(&at_a_glance(names, &interruptions, &down));
        let mut values = Values::new(policy, current);
        let mut is_cut = false;
        for (number, step) in plan.steps.iter().enumerate() {
            let mark = mark(names, number, &interruptions, &down);
            let _ = writeln!(out, "\nStep {} of {}{mark}", number + 1, plan.steps.len());
            is_cut |= step_text(&mut out, names, step, &values);
            values.pass(step);
            for words in commands.and_then(|steps| steps.get(number)).into_iter().flatten() {
                let _ = writeln!(out, "  then runs {}", printable(&words.join(" ")));
            }
        }
        if is_cut {
            out.push_str("\n--report json shows all\n");
        }
    }
    for warning in &plan.warnings {
        let _ = writeln!(out, "warning: {}", printable(&warning.diagnostic.to_string()));
    }
    out
}

fn headline(plan: &Plan, current: &Value) -> String {
    let summary = plan.summary;
    let mut last: BTreeMap<&EntryName, Option<&Value>> = BTreeMap::new();
    for write in plan.steps.iter().flat_map(|step| &step.writes) {
        last.insert(&write.entry, write.value.as_ref());
    }
    let (mut added, mut removed) = (0, 0);
    for (name, value) in last {
        match (name.find(current), value) {
            (None, Some(_)) => added += 1,
            (Some(_), None) => removed += 1,
            _ => {}
        }
    }
    let edited = summary.entries_changed.saturating_sub(added + removed);
    let kinds = [(added, "added"), (removed, "removed"), (edited, "edited")];
    let kinds = kinds.iter().filter(|(count, _)| *count > 0);
    let kinds: Vec<String> = kinds.map(|(count, kind)| format!("{count} {kind}")).collect();
    let more = match summary.entries_touched.saturating_sub(summary.entries_changed) {
        0 => String::new(),
        more => format!("; {more} more touched for that"),
    };
    let bound = if summary.steps <= summary.lower_bound {
        "no plan has fewer steps".to_owned()
    } else {
        format!("no plan has fewer than {}", counted(summary.lower_bound, "step"))
    };
    format!(
        "{} for {}: {}{more}; {bound}\n",
        counted(summary.steps, "step"),
        changed_entries(summary.entries_changed),
        kinds.join(", "),
    )
}

fn changed_entries(count: usize) -> String {
    match count {
        1 => "1 changed entry".to_owned(),
        count => format!("{count} changed entries"),
    }
}

/// What goes down by the change itself, and in which step.
fn downs<'p>(plan: &'p Plan, mut values: Values<'p>) -> Vec<(usize, &'p EntryName)> {
    let mut downs = Vec::new();
    for (number, step) in plan.steps.iter().enumerate() {
        let goes_down = |write: &&Write| values.goes_down(write) && !step.disrupts.contains(&write.entry);
        let names = step.writes.iter().filter(goes_down).map(|write| &write.entry);
        downs.extend(names.map(|name| (number, name)));
        values.pass(step);
    }
    downs
}

/// What is interrupted, for how long and why.
fn at_a_glance(names: Names, interruptions: &[Interruption], down: &[(usize, &EntryName)]) -> String {
    let text = match (interruptions.len(), down.len()) {
        (0, 0) => return "nothing that stays is interrupted\n".to_owned(),
        (count, 0) => format!("{} interrupted", entries(count)),
        (0, down) => format!("{} taken down", entries(down)),
        (count, down) => format!("{} interrupted, {down} taken down", entries(count)),
    };
    format!(
        "! {text}\n{}{}",
        interrupted(names, interruptions),
        taken_down(names, down)
    )
}

fn entries(count: usize) -> String {
    match count {
        1 => "1 entry".to_owned(),
        count => format!("{count} entries"),
    }
}

/// Whether a step begins interruptions, takes something down, or ends interruptions.
fn mark(names: Names, number: usize, interruptions: &[Interruption], down: &[(usize, &EntryName)]) -> String {
    let told = |which: &dyn Fn(&&Interruption) -> bool| {
        let chosen = interruptions.iter().filter(which);
        by_table(names, chosen.map(|one| &one.entry))
    };
    let now = down.iter().filter(|(step, _)| *step == number);
    let marks = [
        ("interrupts", told(&|one| one.from == number)),
        ("takes down", by_table(names, now.map(|(_, name)| *name))),
        ("restores", told(&|one| one.until == number)),
    ];
    let mut mark = String::new();
    for (what, text) in marks {
        if !text.is_empty() {
            let _ = write!(mark, " - {what} {text}");
        }
    }
    mark
}

fn by_table<'n>(names: Names, entries: impl Iterator<Item = &'n EntryName>) -> String {
    let mut tables: BTreeMap<&str, Vec<&EntryName>> = BTreeMap::new();
    for name in entries {
        tables.entry(&name.table).or_default().push(name);
    }
    let told = tables.into_iter().map(|(table, members)| match &members[..] {
        [one] => names.of(one),
        members => format!("{} of {}", members.len(), printable(table)),
    });
    told.collect::<Vec<String>>().join(", ")
}

impl Values<'_> {
    /// What a write does, a line each.
    pub fn lines(&self, write: &Write, why: &[&ReasonKind]) -> Vec<String> {
        let name = Names::Masked(self.policy).of(&write.entry);
        let goes_for_a_while =
            |why: &&ReasonKind| matches!(why, ReasonKind::CreateOnly { .. } | ReasonKind::Follows { .. });
        if write.value.is_none() && why.iter().any(goes_for_a_while) {
            return vec![format!("- {name}")];
        }
        if why.iter().any(|why| **why == ReasonKind::Again) {
            let lines = self.difference(write, write.entry.find(self.current));
            let fields: Vec<String> = lines
                .iter()
                .map(|line| line.replacen(&format!(" {name}"), "", 1))
                .collect();
            return vec![if fields.is_empty() {
                format!("+ {name} again, as it was")
            } else {
                format!("+ {name} again, with {}", fields.join(", "))
            }];
        }
        self.difference(write, self.before(&write.entry))
    }

    fn difference(&self, write: &Write, old: Option<&Value>) -> Vec<String> {
        let name = &write.entry;
        let config = |value: Option<&Value>| match value {
            Some(value) => json!({ name.table.as_str(): { name.key.as_str(): value } }),
            None => json!({}),
        };
        if old == write.value.as_ref() {
            return Vec::new();
        }
        let told = changes(self.policy, &config(old), &config(write.value.as_ref()));
        told.lines().map(str::to_owned).collect()
    }
}

/// A line without the end that makes it too long to be read.
fn cut(line: &str) -> String {
    match line.char_indices().nth(LONG) {
        Some((end, _)) => format!("{} …", &line[..end]),
        None => line.to_owned(),
    }
}

/// Shows a step. Whether some writes are left out.
fn step_text(out: &mut String, names: Names, step: &Step, values: &Values) -> bool {
    let mut is_cut = false;
    for group in groups(step, values, |write| values.kind(write)) {
        let shown = if group.is_within(ALIKE) {
            group.writes.len()
        } else {
            SAMPLES
        };
        group_text(out, names, &group, shown, values);
        is_cut |= shown < group.writes.len();
    }
    is_cut
}

fn group_text(out: &mut String, names: Names, group: &StepGroup, shown: usize, values: &Values) {
    let told: Vec<Vec<String>> = group
        .writes
        .iter()
        .map(|(_, why)| {
            // That it is added again is shown beside its name.
            let why = why.iter().filter(|why| ***why != ReasonKind::Again);
            why.map(|why| because(names, why)).collect()
        })
        .collect();
    let is_same = told.windows(2).all(|pair| pair[0] == pair[1]);
    let margin = if group.interrupts { "!" } else { " " };
    for ((write, why), reasons) in group.writes.iter().zip(&told).take(shown) {
        let lines = values.lines(write, why);
        let left = lines.len().saturating_sub(FIELDS);
        let rest = (left > 1).then(|| format!("… and {left} more of {}", names.of(&write.entry)));
        let whole = lines.len() - if rest.is_some() { left } else { 0 };
        for line in lines.into_iter().take(whole).chain(rest) {
            let _ = writeln!(out, "{margin} {}", cut(&line));
        }
        if !is_same || group.writes.len() == 1 {
            for reason in reasons {
                let _ = writeln!(out, "      {reason}");
            }
        }
    }
    let left = group.writes.len() - shown;
    if left > 0 {
        let table = group
            .writes
            .first()
            .map_or("", |(write, _)| write.entry.table.as_str());
        let likewise = if is_same {
            ""
        } else {
            ", for reasons of the same kind"
        };
        let _ = writeln!(
            out,
            "{margin} … and {left} more of {}{likewise}",
            printable(table)
        );
    }
    if is_same && group.writes.len() > 1 {
        for reason in told.iter().take(1).flatten() {
            let _ = writeln!(out, "      each {reason}");
        }
    }
}
