//! What is to be said of a change: findings, where they come from, and what they follow from.

use std::collections::HashMap;

use serde_json::Value;

use crate::config::{Config, ConfigError, Document, Source, pointer, to_text};
use crate::patch::Scope;
use crate::policy::Policy;
use crate::report::{Counts, FileReport, Group, changes};
use crate::schema::Schema;
use crate::validate::{Diagnostic, Report, Rule, Severity, validate};

use super::causes::{Causes, Finding};
use super::change::{Change, masked_pointer};
use super::places::Places;
use super::settings::Adjustments;
use super::without_model::wrong_forms;

/// How many operations are told with what they did to the config.
const MAX_EFFECTS: usize = 20;
/// How many differences that one operation made are options.
const MAX_DIFFERENCES: usize = 10;

/// The heading of what stood before a change.
pub const BEFORE: &str = "before the change";

/// A change to one config.
pub struct Part<'a> {
    /// Whose config it is. That is told where there are several.
    pub scope: &'a Scope,
    /// The config before.
    pub base: &'a Config,
    /// The change.
    pub change: &'a Change,
    /// The config after.
    pub target: &'a Value,
}

/// What is to be told of a change.
#[derive(Debug, Default, Clone, Copy)]
pub struct Options<'a> {
    /// Errors alone.
    pub errors_only: bool,
    /// Which operation each finding follows from, and what it did.
    pub operations: bool,
    /// JSON pointers to what is exempt, and in whose config; nothing is said of what stands below them.
    pub ignored: &'a [Ignored],
    /// What a project makes of findings, if that is to count.
    pub adjustments: Option<&'a Adjustments<'a>>,
}

/// A part of a config that is exempt.
#[derive(Debug, Clone)]
pub struct Ignored {
    /// Whose config; `None` for all.
    pub scope: Option<Scope>,
    /// Where, as reference tokens.
    pub place: Vec<String>,
}

impl Ignored {
    /// Reads a JSON pointer, with a scope in front or without. `None` where it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let mut place = pointer::split(text)?;
        let scope = place.first().and_then(|first| Scope::named(first));
        if scope.is_some() {
            place.remove(0);
        }
        Some(Ignored { scope, place })
    }

    /// Whether all that stands at a place of a config is exempt.
    pub fn covers(&self, scope: &Scope, place: &[String]) -> bool {
        self.scope.as_ref().is_none_or(|own| own == scope) && place.starts_with(&self.place)
    }
}

/// What is to be said of a change.
pub struct Review {
    /// The findings in the change, then those in each config that it is for.
    pub files: Vec<FileReport>,
    /// The same findings by what they follow from.
    pub groups: Vec<Group>,
    /// How many errors there are that the configs do not have without the change.
    pub brought: usize,
    /// How many findings the configs have without the change too.
    pub existing: Counts,
}

/// What findings have in common that are told together. In this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Cause {
    /// An operation of the patch, by its position.
    Operation(usize),
    /// The change, nothing more is known.
    Change,
    /// It stood before the change.
    Before,
}

struct Told {
    file: usize,
    part: usize,
    cause: Cause,
    diagnostic: Diagnostic,
}

/// Validates the configs that a change makes. What the change brought is reported at its place in the
/// change, everything else at its place in the config that it is for. All parts are of one document.
///
/// # Errors
/// [`ConfigError`] where the change makes something that could not be read again.
pub fn review(
    schema: &Schema,
    policy: &Policy,
    parts: &[Part],
    options: &Options,
) -> Result<Review, ConfigError> {
    let Some(first) = parts.first() else {
        return Ok(Review {
            files: Vec::new(),
            groups: Vec::new(),
            brought: 0,
            existing: Counts::default(),
        });
    };
    let mut found = Vec::new();
    let mut without_model = Vec::new();
    for at in 0..parts.len() {
        without_model.push(check(schema, policy, parts, at, options, &mut found)?);
    }
    found.sort_by_key(|one| (one.file, one.diagnostic.place.map(|place| place.span.start)));
    let brought = |one: &&Told| one.cause != Cause::Before && one.diagnostic.severity == Severity::Error;
    let brought = found.iter().filter(brought).count();
    // What stood before stands in the configs.
    let mut stood = vec![Counts::default(); parts.len() + 1];
    for one in found.iter().filter(|one| one.cause == Cause::Before) {
        stood[one.file] += Counts::of(std::slice::from_ref(&one.diagnostic));
    }
    let groups = if options.operations {
        groups(schema, policy, parts, &found)
    } else {
        Vec::new()
    };
    let bases = parts.iter().map(|part| part.base.document());
    let documents = [first.change.document()].into_iter().chain(bases);
    let inputs = [first.change.input()]
        .into_iter()
        .chain(std::iter::repeat("config_db"));
    let mut reports: Vec<Report> = Vec::new();
    reports.resize_with(parts.len() + 1, Report::default);
    for (report, tables) in reports.iter_mut().skip(1).zip(without_model) {
        report.tables_without_model = tables;
    }
    for one in found {
        reports[one.file].diagnostics.push(one.diagnostic);
    }
    let mut existing = Counts::default();
    for counts in &stood {
        existing += *counts;
    }
    let files = documents.zip(inputs).zip(reports).zip(stood);
    Ok(Review {
        files: files
            .map(|(((document, input), report), existing)| FileReport {
                existing,
                ..FileReport::new(document, input, policy, report)
            })
            .collect(),
        groups,
        brought,
        existing,
    })
}

/// Finds what is wrong with one of the configs that a change makes; its tables without a model.
fn check(
    schema: &Schema,
    policy: &Policy,
    parts: &[Part],
    at: usize,
    options: &Options,
    found: &mut Vec<Told>,
) -> Result<Vec<String>, ConfigError> {
    let part = &parts[at];
    // The target goes through text, so that its findings have places, and those lead to values.
    let changed = Config::parse(Source::new("the changed config", to_text(part.target, None)))?;
    let mut report = validate(schema, policy, &changed);
    let strangers = wrong_forms(schema, policy, part.base, changed.document(), part.target);
    report.diagnostics.extend(strangers);
    if report.diagnostics.is_empty() {
        return Ok(report.tables_without_model);
    }
    let mut old = by_finding(part.base.document(), validate(schema, policy, part.base));
    let places = Places::new(changed.document(), part.base.document(), part.change, part.target);
    let mut causes = Causes::new(schema, policy, part.base, part.change);
    for mut diagnostic in report.diagnostics {
        let key = Finding::of(changed.document(), &diagnostic);
        let mut before = old.get_mut(&key).and_then(Vec::pop);
        if let Some(before) = &mut before
            && before.rule == Rule::Retired
        {
            // A change is not to blame for what has not been migrated yet.
            before.severity = Severity::Warning;
            diagnostic.severity = Severity::Warning;
        }
        let is_error = diagnostic.severity == Severity::Error;
        let place = places.find(diagnostic.place);
        let tokens = place.pointer.as_deref().unwrap_or(&diagnostic.pointer);
        let tokens = pointer::split(tokens).unwrap_or_default();
        let is_exempt = options.ignored.iter().any(|one| one.covers(part.scope, &tokens));
        if is_exempt || options.errors_only && !is_error {
            continue;
        }
        let (cause, in_change) = if let Some(before) = before {
            diagnostic = before;
            (Cause::Before, false)
        } else {
            diagnostic.place = place.place;
            let operation = match place.origin {
                Some(origin) => part.change.patch().map(|_| origin.operation),
                None if options.operations => causes.of(&key),
                None => None,
            };
            let cause = operation.map_or(Cause::Change, Cause::Operation);
            (cause, place.origin.is_some())
        };
        let document = if in_change {
            part.change.document()
        } else {
            part.base.document()
        };
        let counts = |adjustments: &Adjustments| adjustments.adjust(&document.source().name, &mut diagnostic);
        if !options.adjustments.is_none_or(counts) {
            continue;
        }
        found.push(Told {
            file: if in_change { 0 } else { at + 1 },
            part: at,
            cause,
            diagnostic,
        });
    }
    Ok(report.tables_without_model)
}

fn by_finding(document: &Document, report: Report) -> HashMap<Finding, Vec<Diagnostic>> {
    let mut found: HashMap<Finding, Vec<Diagnostic>> = HashMap::new();
    // From the end, so that the first one is taken first.
    for diagnostic in report.diagnostics.into_iter().rev() {
        let key = Finding::of(document, &diagnostic);
        found.entry(key).or_default().push(diagnostic);
    }
    found
}

/// The findings by part and cause.
fn groups(schema: &Schema, policy: &Policy, parts: &[Part], found: &[Told]) -> Vec<Group> {
    let mut counts = vec![0; parts.len() + 1];
    let mut sorted: Vec<(usize, Cause, (usize, usize))> = Vec::new();
    for one in found {
        // Findings are sorted by file, and within a file in the order that its report has.
        sorted.push((one.part, one.cause, (one.file, counts[one.file])));
        counts[one.file] += 1;
    }
    sorted.sort();
    let mut groups: Vec<Group> = Vec::new();
    for chunk in sorted.chunk_by(|one, other| (one.0, one.1) == (other.0, other.1)) {
        let (at, cause, _) = chunk[0];
        let part = &parts[at];
        let scope = match parts {
            [_] => String::new(),
            _ => format!("{}: ", part.scope),
        };
        let (heading, told) = match cause {
            Cause::Operation(index) => {
                let effect = (groups.len() < MAX_EFFECTS).then(|| effect(schema, policy, part, index));
                (
                    Some(operation(policy, part.change, index)),
                    effect.unwrap_or_default(),
                )
            }
            Cause::Before => (Some(BEFORE.to_owned()), Vec::new()),
            // What is told of one operation would be all there is to say of a configlet.
            Cause::Change if part.change.patch().is_none() && parts.len() == 1 => (None, Vec::new()),
            Cause::Change => (Some("the change".to_owned()), Vec::new()),
        };
        groups.push(Group {
            heading: heading.map(|heading| scope + &heading),
            notes: told,
            findings: chunk.iter().map(|&(_, _, at)| at).collect(),
        });
    }
    groups
}

/// An operation with its position, without secrets.
pub fn operation(policy: &Policy, change: &Change, index: usize) -> String {
    let summary = change.patch().and_then(|patch| patch.summary(index));
    let summary = summary.map(|summary| summary.map_pointers(|pointer| masked_pointer(policy, pointer)));
    summary.map_or_else(
        || format!("operation {index}"),
        |summary| format!("operation {index} ({summary})"),
    )
}

/// What an operation did to the config, a line each.
fn effect(schema: &Schema, policy: &Policy, part: &Part, index: usize) -> Vec<String> {
    let causes = Causes::new(schema, policy, part.base, part.change);
    let Some((before, after)) = causes.effect(index) else {
        return Vec::new();
    };
    let told = changes(policy, &before, &after);
    let mut lines: Vec<String> = told.lines().take(MAX_DIFFERENCES).map(str::to_owned).collect();
    let count = told.lines().count();
    if count > MAX_DIFFERENCES {
        lines.push(format!("and {} more", count - MAX_DIFFERENCES));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_is_exempt() {
        let covers = |pointer: &str, scope: &str, place: &[&str]| {
            let place: Vec<String> = place.iter().map(|&token| token.to_owned()).collect();
            let scope = Scope::named(scope).unwrap();
            Ignored::parse(pointer).unwrap().covers(&scope, &place)
        };
        assert!(covers("/PORT", "localhost", &["PORT", "Ethernet0"]));
        assert!(covers("/PORT", "asic0", &["PORT"]));
        assert!(covers("", "localhost", &["PORT"]));
        assert!(covers("/localhost/PORT", "localhost", &["PORT"]));
        assert!(covers("/asic1", "asic1", &["PORT"]));
        assert!(!covers("/PORT/Ethernet0", "localhost", &["PORT"]));
        assert!(!covers("/PORT/Ethernet0", "localhost", &["PORT", "Ethernet01"]));
        assert!(!covers("/asic1/PORT", "asic0", &["PORT"]));
        assert!(!covers("/asic1/PORT", "localhost", &["PORT"]));
        assert!(Ignored::parse("PORT").is_none());
    }
}
