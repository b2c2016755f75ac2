//! What a plan interrupts, in words.

use std::collections::BTreeMap;

use crate::config::EntryName;
use crate::plan::{How, Interruption, ReasonKind};
use crate::report::printable;

use super::words::Names;

/// How wide a list of names is.
const WIDTH: usize = 100;

/// What is interrupted from which step to which, and why, with every name. Names with a time, a table and
/// a reason in common stand together.
pub fn interrupted(names: Names, interruptions: &[Interruption]) -> String {
    let mut by_reason: BTreeMap<(usize, usize, &str, How, String), Vec<&Interruption>> = BTreeMap::new();
    for one in interruptions {
        let shape = one
            .because
            .as_ref()
            .map_or(String::new(), |because| why(Names::Tables, because));
        let key = (one.from, one.until, one.entry.table.as_str(), one.how, shape);
        by_reason.entry(key).or_default().push(one);
    }
    let mut out = String::new();
    for ((from, until, table, how, shape), members) in by_reason {
        let (who, verb) = match &members[..] {
            [one] => (names.of(&one.entry), "is"),
            members => (format!("{} of {}", members.len(), printable(table)), "are"),
        };
        let how = match how {
            How::Removed => "removed and added again",
            How::Down => "taken down and brought up again",
        };
        let mut all = members.iter().map(|one| {
            let because = one.because.as_ref();
            because.map_or(String::new(), |because| why(names, because))
        });
        let first = all.next().unwrap_or_default();
        let shown = if all.all(|other| other == first) {
            first
        } else {
            shape
        };
        out.push_str(&format!(
            "  from step {} to step {}: {who} {verb} {how}{shown}\n",
            from + 1,
            until + 1
        ));
        if members.len() > 1 {
            out.push_str(&keys(names, members.iter().map(|one| &one.entry)));
        }
    }
    out
}

/// What goes down by the change itself, from which step on, with every name.
pub fn taken_down(names: Names, down: &[(usize, &EntryName)]) -> String {
    let mut by_step: BTreeMap<(usize, &str), Vec<&EntryName>> = BTreeMap::new();
    for (step, name) in down {
        by_step.entry((*step, &name.table)).or_default().push(name);
    }
    let mut out = String::new();
    for ((step, table), members) in by_step {
        let step = step + 1;
        let shown = match &members[..] {
            [one] => format!("{} goes down, as the change asks\n", names.of(one)),
            members => format!(
                "{} of {} go down, as the change asks\n{}",
                members.len(),
                printable(table),
                keys(names, members.iter().copied())
            ),
        };
        out.push_str(&format!("  from step {step} on: {shown}"));
    }
    out
}

/// The keys of entries of one table.
fn keys<'n>(names: Names, entries: impl Iterator<Item = &'n EntryName>) -> String {
    wrapped(entries.map(|name| {
        let name = names.of(name);
        name.split_once('|')
            .map_or(name.clone(), |(_, key)| key.to_owned())
    }))
}

fn why(names: Names, because: &ReasonKind) -> String {
    match because {
        ReasonKind::CreateOnly { field, .. } => format!(", because {field} changes only with its entry"),
        ReasonKind::Follows { others, .. } => format!(
            ", because {} {}",
            names.others(others),
            if others.0.len() > 1 { "are" } else { "is" }
        ),
        ReasonKind::TakenDown { others, .. } => format!(", for a change of {}", names.others(others)),
        _ => String::new(),
    }
}

/// Names with commas between them, on as many lines as they need.
fn wrapped(names: impl Iterator<Item = String>) -> String {
    const INDENT: &str = "      ";
    let mut out = String::new();
    let mut line = String::from(INDENT);
    let mut names = names.peekable();
    while let Some(name) = names.next() {
        let comma = if names.peek().is_some() { "," } else { "" };
        let is_first = line.len() == INDENT.len();
        if !is_first && line.chars().count() + name.chars().count() + 2 > WIDTH {
            out.push_str(&line);
            out.push('\n');
            line = INDENT.to_owned();
        } else if !is_first {
            line.push(' ');
        }
        line.push_str(&name);
        line.push_str(comma);
    }
    out.push_str(&line);
    out.push('\n');
    out
}
