//! The findings of a change, each at its place and with the operation that introduces it.

mod causes;
mod places;

use std::collections::HashMap;

use serde_json::Value;

use crate::config::{Config, ConfigError, Source, pointer, to_text};
use crate::patch::Scope;
use crate::policy::Policy;
use crate::report::{Counts, FileReport, Group, changes};
use crate::schema::Schema;
use crate::validate::{Diagnostic, DiagnosticKey, Report, Severity, validate, validate_with_keys};

use super::change::ChangeDocument;
use super::unmodeled::wrong_forms;
use places::Places;

pub(super) use causes::Causes;

/// The number of operations whose effect on the config is shown.
const MAX_EFFECTS: usize = 20;
/// How many differences that one operation made are shown.
const MAX_DIFFERENCES: usize = 10;

/// The heading of findings that the config had before a change.
pub const BEFORE: &str = "before the change";

/// The `error-app-tag` of a reference to nothing (RFC 7950, section 15.5).
const DANGLING: &str = "instance-required";
/// The hint for a reference that is as it was, and dangles since the change.
const TAKEN_AWAY: &str = "the change takes away what this refers to: remove or change this reference too";

/// A change of one config, to be reviewed.
pub struct ReviewInput<'a> {
    /// The scope of the config, named where there are several.
    pub scope: &'a Scope,
    /// The config before the change.
    pub base: &'a Config,
    /// The change that makes `target` of `base`.
    pub change: &'a ChangeDocument,
    /// The config after the change.
    pub target: &'a Value,
}

/// Changes the severity of a finding in the file of this name, or drops it with `false`.
pub type Adjust<'a> = dyn Fn(&str, &mut Diagnostic) -> bool + Sync + 'a;

/// What a review covers.
#[derive(Default, Clone, Copy)]
pub struct ReviewOptions<'a> {
    /// Errors only, no warnings.
    pub errors_only: bool,
    /// Whether findings are grouped by the operation that introduces them.
    pub operations: bool,
    /// Parts of the configs whose findings are left out.
    pub ignored: &'a [IgnoredPath],
    /// Severities that the project sets.
    pub adjust: Option<&'a Adjust<'a>>,
}

/// A part of a config whose findings do not block a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IgnoredPath {
    /// The scope of the config; `None` for all.
    pub scope: Option<Scope>,
    /// The reference tokens of a JSON pointer (RFC 6901) into the config.
    pub place: Vec<String>,
}

impl IgnoredPath {
    /// Reads a JSON pointer, with a scope in front or without. `None` where it is not a JSON pointer.
    pub fn parse(text: &str) -> Option<Self> {
        let mut place = pointer::split(text)?;
        let scope = place.first().and_then(|first| Scope::named(first));
        if scope.is_some() {
            place.remove(0);
        }
        Some(IgnoredPath { scope, place })
    }

    /// Whether a place of the config of a scope is at or below this one.
    pub fn covers(&self, scope: &Scope, place: &[String]) -> bool {
        self.scope.as_ref().is_none_or(|own| own == scope) && place.starts_with(&self.place)
    }

    /// Whether a place of the config of a scope is at or below one of several.
    pub(in crate::engine) fn any_covers(ignored: &[Self], scope: &Scope, place: &[String]) -> bool {
        ignored.iter().any(|one| one.covers(scope, place))
    }
}

/// The findings of a change.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Review {
    /// The findings in the change, then those in each config that it is for.
    pub files: Vec<FileReport>,
    /// The same findings by cause.
    pub groups: Vec<Group>,
    /// The number of errors that the change introduces.
    pub introduced: usize,
    /// The number of findings that the configs have without the change too.
    pub preexisting: Counts,
}

/// What a group of findings has in common, in the order of the groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Cause {
    /// An operation of the patch, by its position.
    Operation(usize),
    /// The change as a whole.
    Change,
    /// The config had it before the change.
    Preexisting,
}

/// A finding with its cause.
struct AttributedFinding {
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
    parts: &[ReviewInput],
    options: &ReviewOptions,
) -> Result<Review, ConfigError> {
    let Some(first) = parts.first() else {
        return Ok(Review::default());
    };
    let mut found = Vec::new();
    let mut without_model = Vec::new();
    for at in 0..parts.len() {
        without_model.push(check(schema, policy, parts, at, options, &mut found)?);
    }
    found.sort_by_key(|one| (one.file, one.diagnostic.place.map(|place| place.span.start)));
    let is_introduced = |one: &&AttributedFinding| {
        one.cause != Cause::Preexisting && one.diagnostic.severity == Severity::Error
    };
    let introduced = found.iter().filter(is_introduced).count();
    // The places of preexisting findings are in the configs.
    let mut stood = vec![Counts::default(); parts.len() + 1];
    for one in found.iter().filter(|one| one.cause == Cause::Preexisting) {
        stood[one.file] += Counts::of(std::slice::from_ref(&one.diagnostic));
    }
    let groups = if options.operations {
        groups(schema, policy, parts, &found)
    } else {
        Vec::new()
    };
    let bases = parts.iter().map(|part| part.base.document());
    let documents = [first.change.document()].into_iter().chain(bases);
    let inputs = [first.change.kind()]
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
    let mut preexisting = Counts::default();
    for counts in &stood {
        preexisting += *counts;
    }
    let files = documents.zip(inputs).zip(reports).zip(stood);
    Ok(Review {
        files: files
            .map(|(((document, input), report), preexisting)| FileReport {
                preexisting,
                ..FileReport::new(document, input, policy, report)
            })
            .collect(),
        groups,
        introduced,
        preexisting,
    })
}

/// Finds what is wrong with one of the configs that a change makes; its tables without a model.
fn check(
    schema: &Schema,
    policy: &Policy,
    parts: &[ReviewInput],
    at: usize,
    options: &ReviewOptions,
    found: &mut Vec<AttributedFinding>,
) -> Result<Vec<String>, ConfigError> {
    let part = &parts[at];
    // The target is printed and parsed, so that its findings have places, and these lead to values.
    let changed = Config::parse(Source::new("the changed config", to_text(part.target, None)))?;
    let mut report = validate(schema, policy, &changed);
    let strangers = wrong_forms(schema, policy, part.base, changed.document(), part.target);
    report.diagnostics.extend(strangers);
    if report.diagnostics.is_empty() {
        return Ok(report.tables_without_model);
    }
    let mut old = by_finding(validate_with_keys(schema, policy, part.base));
    let places = Places::new(changed.document(), part.base.document(), part.change, part.target);
    let mut causes = Causes::new(schema, policy, part.base, part.change);
    for mut diagnostic in report.diagnostics {
        let key = DiagnosticKey::in_document(changed.document(), &diagnostic);
        let mut before = old.get_mut(&key).and_then(Vec::pop);
        if let Some(before) = &mut before
            && before.rule.is_tolerated()
        {
            // A change is not to blame for what has not been migrated yet.
            before.severity = Severity::Warning;
            diagnostic.severity = Severity::Warning;
        }
        let is_error = diagnostic.severity == Severity::Error;
        let place = places.find(diagnostic.place);
        let tokens = place.pointer.as_deref().unwrap_or(&diagnostic.pointer);
        let tokens = pointer::split(tokens).unwrap_or_default();
        let is_exempt = IgnoredPath::any_covers(options.ignored, part.scope, &tokens);
        if is_exempt || options.errors_only && !is_error {
            continue;
        }
        let (cause, in_change) = if let Some(before) = before {
            diagnostic = before;
            (Cause::Preexisting, false)
        } else {
            // Related places are kept where they are in the same file.
            diagnostic.moved(place.place, |related| {
                let found = places.find(Some(related));
                found
                    .place
                    .filter(|_| found.origin.is_some() == place.origin.is_some())
            });
            let operation = match place.origin {
                Some(origin) => part.change.patch().map(|_| origin.operation),
                None if options.operations => causes.of(&key),
                None => None,
            };
            if place.origin.is_none() && diagnostic.app_tag.as_deref() == Some(DANGLING) {
                // What the change takes away would only be offered again.
                diagnostic.hint = Some(TAKEN_AWAY.to_owned());
            }
            let cause = operation.map_or(Cause::Change, Cause::Operation);
            (cause, place.origin.is_some())
        };
        let document = if in_change {
            part.change.document()
        } else {
            part.base.document()
        };
        let counts = |adjust: &Adjust| adjust(&document.source().name, &mut diagnostic);
        if !options.adjust.is_none_or(counts) {
            continue;
        }
        found.push(AttributedFinding {
            file: if in_change { 0 } else { at + 1 },
            part: at,
            cause,
            diagnostic,
        });
    }
    Ok(report.tables_without_model)
}

fn by_finding(all: Vec<(DiagnosticKey, Diagnostic)>) -> HashMap<DiagnosticKey, Vec<Diagnostic>> {
    let mut found: HashMap<DiagnosticKey, Vec<Diagnostic>> = HashMap::new();
    // From the end, so that the first one is taken first.
    for (key, diagnostic) in all.into_iter().rev() {
        found.entry(key).or_default().push(diagnostic);
    }
    found
}

/// The findings by part and cause.
fn groups(
    schema: &Schema,
    policy: &Policy,
    parts: &[ReviewInput],
    found: &[AttributedFinding],
) -> Vec<Group> {
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
                    Some(part.change.operation(policy, index)),
                    effect.unwrap_or_default(),
                )
            }
            Cause::Preexisting => (Some(BEFORE.to_owned()), Vec::new()),
            // For a configlet, the effect of its one operation would be the whole change.
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

/// What an operation did to the config, a line each.
fn effect(schema: &Schema, policy: &Policy, part: &ReviewInput, index: usize) -> Vec<String> {
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
    fn ignored_path_covers_its_descendants() {
        let covers = |pointer: &str, scope: &str, place: &[&str]| {
            let place: Vec<String> = place.iter().map(|&token| token.to_owned()).collect();
            let scope = Scope::named(scope).unwrap();
            IgnoredPath::parse(pointer).unwrap().covers(&scope, &place)
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
        assert!(IgnoredPath::parse("PORT").is_none());
    }
}
