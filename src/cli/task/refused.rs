//! Telling why there is no plan.

use std::fmt::Display;

use crate::cli::Failure;
use crate::cli::causes::Causes;
use crate::cli::change::{Change, located, masked_pointer};
use crate::cli::outcome::Reason;
use crate::cli::refuse::{no_model, reasons, tell_findings};
use crate::cli::review::{self, Ignored, Part, Review, operation, review};
use crate::cli::without_model::wrong_forms;
use crate::config::{Config, pointer};
use crate::patch::{FormError, Scope, SonicYangError};
use crate::plan::{Refusal, check_allowed};
use crate::policy::Policy;
use crate::report::{Counts, FileReport, Group, counted};
use crate::schema::Schema;
use crate::transaction::Gated;
use crate::validate::{Diagnostic, Severity, masked_entry, validate};

use super::Task;

/// How a refusal is worded.
#[derive(Debug, Clone, Copy)]
pub struct Wording {
    /// What every refusal begins with.
    pub refused: &'static str,
    /// What `--allow-existing` does.
    pub existing: &'static str,
    /// What `--ignore-non-yang-tables` does.
    pub unchecked: &'static str,
    /// Whether findings are shown on standard error as well, with their lines.
    pub tells: bool,
}

impl Wording {
    /// Of a plan.
    pub const PLAN: Wording = Wording {
        refused: "there is no plan",
        existing: "plans it anyway",
        unchecked: "changes it unchecked",
        tells: true,
    };
    /// Of a patch.
    pub const PATCH: Wording = Wording {
        refused: "patch rejected, nothing was changed",
        ..Self::CHANGE
    };
    /// Of a configlet.
    pub const CONFIGLET: Wording = Wording {
        refused: "configlet rejected, nothing was changed",
        ..Self::CHANGE
    };
    /// Of a whole config.
    pub const CONFIG: Wording = Wording {
        refused: "config rejected, nothing was changed",
        ..Self::CHANGE
    };
    /// Of any other change.
    pub const CHANGE: Wording = Wording {
        refused: "change rejected, nothing was changed",
        existing: "applies it anyway",
        unchecked: "applies it unchecked",
        tells: true,
    };

    /// A change that is refused for a reason.
    pub fn refuse(&self, reason: &dyn Display) -> Failure {
        Failure::refused(format!("{}: {reason}", self.refused))
    }

    /// A change that is refused for what stands at a place of it.
    pub fn refuse_at(&self, error: FormError) -> Failure {
        Failure::Refused(Box::new(Reason {
            message: format!("{}: {error}", self.refused),
            at: Some(error),
            summary: None,
        }))
    }

    /// A change that is refused for findings, which are shown above the last line.
    fn refuse_for(&self, review: &Review, is_current: bool) -> Failure {
        let count = review.brought + review.existing.errors;
        let errors = counted(count, "error");
        let reasons = reasons(review);
        let existing = self.existing;
        let (message, summary) = match is_current {
            false => (reasons, errors),
            true => (
                format!("the config is not valid before the change: {reasons}; --allow-existing {existing}"),
                format!("{errors} before the change; --allow-existing {existing}"),
            ),
        };
        Failure::Refused(Box::new(Reason {
            message: format!("{}: {message}", self.refused),
            at: None,
            summary: Some(format!("{} ({summary})", self.refused)),
        }))
    }
}

/// A change without a plan.
pub struct Refused {
    /// The reason.
    pub failure: Failure,
    /// The findings that it is about, if it is about findings, in their files.
    pub files: Vec<FileReport>,
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        Refused {
            failure,
            files: Vec::new(),
        }
    }
}

/// A change whose operations cannot be done. `scope` says whose config it is, where there are several.
pub fn cannot_be_done(
    policy: &Policy,
    wording: &Wording,
    scope: Option<&Scope>,
    change: &Change,
    error: SonicYangError,
) -> Failure {
    match (error, change.patch()) {
        (SonicYangError::Operation(error), Some(patch)) => {
            let error = error.map_pointers(|pointer| masked_pointer(policy, pointer));
            wording.refuse_at(located(patch, scope, error))
        }
        (SonicYangError::NoConfig(errors), _) => {
            let reasons: Vec<String> = errors.iter().map(ToString::to_string).collect();
            Failure::Refused(Box::new(Reason {
                message: format!("{}: {}", wording.refused, reasons.join("; ")),
                at: errors.into_iter().next(),
                summary: None,
            }))
        }
        (SonicYangError::Operation(error), None) => wording.refuse(&error),
    }
}

/// Tells why there is no plan for one of some tasks.
pub fn refuse(
    schema: &Schema,
    policy: &Policy,
    tasks: &[Task],
    at: usize,
    (ignored, wording): (&[Ignored], &Wording),
    refusal: Refusal,
) -> Result<Refused, Failure> {
    let task = &tasks[at];
    let scope = (tasks.len() > 1).then_some(&task.scope);
    let refused = |reason: &dyn Display| wording.refuse(reason);
    let of_scope = |reason: &dyn Display| match scope {
        Some(scope) => refused(&format!("{scope}: {reason}")),
        None => refused(reason),
    };
    let refusal = refusal.map_entries(|name| masked_entry(policy, name));
    if let Refusal::Invalid { current, .. } = &refusal
        && let Some(review) = findings(schema, policy, tasks, at, (ignored, wording))?
    {
        if wording.tells {
            tell_findings(&review);
        }
        return Ok(Refused {
            failure: wording.refuse_for(&review, *current),
            files: review.files,
        });
    }
    let failure = match (&refusal, &task.change) {
        (Refusal::NoModel(tables), change) => {
            let table = tables.first().map_or("", String::as_str);
            let may = format!("--ignore-non-yang-tables {}", wording.unchecked);
            match change {
                Some(change) => wording.refuse_at(no_model(
                    schema,
                    policy,
                    scope,
                    (change, &task.target),
                    table,
                    &may,
                )),
                None => of_scope(&format!("no model covers the table {table:?} ({may})")),
            }
        }
        (Refusal::Forbidden { pointer, reason }, change) => {
            let told = format!("{}: {reason}", masked_pointer(policy, pointer));
            let change = change.as_ref();
            match change.and_then(|change| forbidden_operation(schema, policy, task, change)) {
                Some(at) => {
                    let told = format!("{}: {told}", at.message);
                    let message = of_scope(&told).message();
                    let at = Some(FormError { message: told, ..at });
                    Failure::Refused(Box::new(Reason {
                        message,
                        at,
                        summary: None,
                    }))
                }
                None => of_scope(&told),
            }
        }
        _ => of_scope(&refusal),
    };
    // These stand in configs that nobody has written.
    let found = refusal.found().iter().map(|found| found.diagnostic.clone());
    let files = vec![changed(task, found.collect())];
    Ok(Refused { failure, files })
}

/// The change of a task with findings that have no place in it.
fn changed(task: &Task, diagnostics: Vec<Diagnostic>) -> FileReport {
    let (document, input) = match (&task.change, &task.whole) {
        (Some(change), _) => (change.document(), change.input()),
        (None, Some(whole)) => (whole.document(), "config_db"),
        (None, None) => (task.config.document(), "config_db"),
    };
    FileReport::without_text(document.source().name.as_str(), input, diagnostics)
}

/// Refuses what the models do not say of tables that they do not cover: values that are no strings.
pub fn check_forms(
    schema: &Schema,
    policy: &Policy,
    tasks: &[Task],
    at: usize,
    (ignored, wording): (&[Ignored], &Wording),
) -> Result<(), Refused> {
    let task = &tasks[at];
    // Forms are a matter of tables that no model covers.
    let mut tables = task
        .target
        .as_object()
        .into_iter()
        .flat_map(|tables| tables.keys());
    if tables.all(|table| schema.tables.get(table).is_some()) {
        return Ok(());
    }
    let target = match &task.whole {
        Some(whole) => whole.clone(),
        None => Config::from_value("the target", &task.target),
    };
    let mut found = wrong_forms(schema, policy, &task.config, target.document(), &task.target);
    found.retain(|one| !is_exempt(&task.scope, one, ignored));
    if found.is_empty() {
        return Ok(());
    }
    let refusal = Refusal::Invalid {
        current: false,
        found: Vec::new(),
    };
    Err(refuse(schema, policy, tasks, at, (ignored, wording), refusal)?)
}

/// Refuses what the switch does not take of one of some tasks.
pub fn check_gated(
    policy: &Policy,
    tasks: &[Task],
    at: usize,
    (ignored, wording): (&[Ignored], &Wording),
    gated: &[Gated],
) -> Result<(), Failure> {
    let task = &tasks[at];
    let mut told = Vec::new();
    for gated in gated {
        let name = &gated.entry;
        let place = [Some(name.table.as_str()), Some(&name.key), gated.field.as_deref()];
        let place: Vec<String> = place.into_iter().flatten().map(str::to_owned).collect();
        if ignored.iter().any(|one| one.covers(&task.scope, &place)) {
            continue;
        }
        let pointer = pointer::join(place.iter().map(String::as_str));
        let change = task.change.as_ref().filter(|change| change.patch().is_some());
        let operation = change.and_then(|change| {
            let origin = change.origin(&pointer, &task.target, false)?;
            Some(format!("{}: ", operation(policy, change, origin.operation)))
        });
        told.push(format!(
            "{}{}: {gated}",
            operation.unwrap_or_default(),
            masked_pointer(policy, &pointer)
        ));
    }
    if told.is_empty() {
        return Ok(());
    }
    let reasons = told.join("; ");
    Err(if tasks.len() > 1 {
        wording.refuse(&format!("{}: {reasons}", task.scope))
    } else {
        wording.refuse(&reasons)
    })
}

/// Whether a finding is an error that counts.
pub fn is_error(scope: &Scope, diagnostic: &Diagnostic, ignored: &[Ignored]) -> bool {
    diagnostic.severity == Severity::Error && !is_exempt(scope, diagnostic, ignored)
}

fn is_exempt(scope: &Scope, diagnostic: &Diagnostic, ignored: &[Ignored]) -> bool {
    let place = pointer::split(&diagnostic.pointer).unwrap_or_default();
    ignored.iter().any(|one| one.covers(scope, &place))
}

/// The operation with which a patch comes to what the policy forbids, at its place.
fn forbidden_operation(schema: &Schema, policy: &Policy, task: &Task, change: &Change) -> Option<FormError> {
    let patch = change.patch()?;
    let causes = Causes::new(schema, policy, &task.config, change);
    let mut operations = patch.positions().filter(|&index| {
        let effect = causes.effect(index);
        effect.is_some_and(|(_, after)| check_allowed(policy, &task.current, &after).is_err())
    });
    let index = operations.next()?;
    let span = patch.operation_span(index);
    Some(FormError::at_span(
        patch.document(),
        span,
        operation(policy, change, index),
    ))
}

/// The findings with their places in the change, those of all tasks together. `None` where there are none to be
/// told that way.
fn findings(
    schema: &Schema,
    policy: &Policy,
    tasks: &[Task],
    at: usize,
    (ignored, wording): (&[Ignored], &Wording),
) -> Result<Option<Review>, Failure> {
    let task = &tasks[at];
    let change = match (&task.change, &task.whole) {
        (Some(change), _) => change,
        (None, Some(whole)) => return Ok(Some(findings_in(schema, policy, task, whole, ignored))),
        (None, None) => return Ok(None),
    };
    let parts: Option<Vec<Part>> = tasks
        .iter()
        .map(|task| {
            Some(Part {
                scope: &task.scope,
                base: &task.config,
                change: task.change.as_ref()?,
                target: &task.target,
            })
        })
        .collect();
    let Some(parts) = parts else { return Ok(None) };
    let options = review::Options {
        errors_only: true,
        operations: true,
        ignored,
        adjustments: None,
    };
    let review = review(schema, policy, &parts, &options)
        .map_err(|error| wording.refuse_at(FormError::at_span(change.document(), None, error.to_string())))?;
    Ok(Some(review))
}

/// The findings of a target that is a config of its own.
fn findings_in(schema: &Schema, policy: &Policy, task: &Task, whole: &Config, ignored: &[Ignored]) -> Review {
    let mut report = validate(schema, policy, whole);
    let strangers = wrong_forms(schema, policy, &task.config, whole.document(), &task.target);
    report.diagnostics.extend(strangers);
    report
        .diagnostics
        .retain(|one| is_error(&task.scope, one, ignored));
    let count = report.diagnostics.len();
    Review {
        files: vec![FileReport::new(whole.document(), "config_db", policy, report)],
        groups: vec![Group {
            heading: None,
            notes: Vec::new(),
            findings: (0..count).map(|at| (0, at)).collect(),
        }],
        brought: count,
        existing: Counts::default(),
    }
}
