//! Finds out why a candidate is rejected, and where.

use json_patch::PatchOperation;

use crate::config::{Config, ConfigError, nearest, pointer};
use crate::patch::{Scope, SyntaxError};
use crate::plan::{Refusal, check_allowed};
use crate::report::{Counts, FileReport, Group};
use crate::transaction::Unsupported;
use crate::validate::{Diagnostic, Severity, masked_entry, masked_pointer, validate};

use super::Engine;
use super::candidate::Candidate;
use super::cascade::cascade;
use super::change::ChangeDocument;
use super::error::ApplyError;
use super::rejection::{RejectReason, Rejection};
use super::review::{Causes, IgnoredPath, Review, ReviewInput, ReviewOptions, review};
use super::unmodeled::wrong_forms;

/// The candidates of a change, to find out why one of them is rejected.
pub(super) struct Candidates<'a> {
    pub engine: &'a Engine,
    pub all: &'a [Candidate],
    pub ignored: &'a [IgnoredPath],
}

impl Candidates<'_> {
    /// The rejection of a candidate that has no plan.
    ///
    /// # Errors
    /// [`ApplyError`]: the models cannot be loaded, or the candidate cannot be read again as a config.
    pub fn reject(&self, at: usize, refusal: Refusal) -> Result<Rejection, ApplyError> {
        let (schema, policy) = (self.engine.schema()?, self.engine.policy());
        let candidate = &self.all[at];
        let of_scope = |text: String| self.of_scope(candidate, text);
        let refusal = refusal.map_entries(|name| masked_entry(policy, name));
        if let Refusal::Invalid { current, .. } = &refusal
            && let Some(review) = self.findings(at)?
        {
            let reasons = review.one_line();
            let text = if *current {
                format!("the config is not valid before the change: {reasons}")
            } else {
                reasons
            };
            let reason = RejectReason::Invalid {
                preexisting_only: *current,
            };
            let cascade = match current {
                true => Vec::new(),
                false => self.cascade()?,
            };
            return Ok(Rejection {
                review,
                cascade,
                ..Rejection::new(reason, text)
            });
        }
        let found = refusal.found().iter().map(|found| found.diagnostic.clone());
        // The configs between two steps are in no file.
        let review = Review {
            files: vec![without_places(candidate, found.collect())],
            ..Review::default()
        };
        let rejection = match (refusal, candidate.change()) {
            (Refusal::NoModel(tables), change) => {
                let table = tables.into_iter().next().unwrap_or_default();
                let near = nearest(&table, schema.tables.iter().map(|table| table.name.as_ref()));
                let near = near.map(str::to_owned);
                match change {
                    Some(change) => self.unmodeled(candidate, change, table, near),
                    None => {
                        let text = of_scope(no_model(&table, None));
                        Rejection::new(RejectReason::UnmodeledTable { table, near }, text)
                    }
                }
            }
            (Refusal::Forbidden { pointer, reason }, change) => {
                let pointer = masked_pointer(policy, &pointer);
                let text = format!("{pointer}: {reason}");
                let operation = match change {
                    Some(change) => self.forbidden_operation(candidate, change)?,
                    None => None,
                };
                let reason = RejectReason::Protected(pointer);
                match operation {
                    Some(at) => {
                        let text = format!("{}: {text}", at.message);
                        Rejection {
                            at: Some(SyntaxError {
                                message: text.clone(),
                                ..at
                            }),
                            ..Rejection::new(reason, of_scope(text))
                        }
                    }
                    None => Rejection::new(reason, of_scope(text)),
                }
            }
            (Refusal::Invalid { current, found }, _) => {
                let text = of_scope(Refusal::Invalid { current, found }.to_string());
                let reason = RejectReason::Invalid {
                    preexisting_only: current,
                };
                Rejection::new(reason, text)
            }
            (refusal, _) => {
                let text = of_scope(refusal.to_string());
                Rejection::new(RejectReason::NoPlan(refusal), text)
            }
        };
        Ok(Rejection { review, ..rejection })
    }

    /// The rejection of values that config_db cannot hold, in tables that no model covers.
    ///
    /// # Errors
    /// As [`Candidates::reject`].
    pub fn check_forms(&self, at: usize) -> Result<Option<Rejection>, ApplyError> {
        let (schema, policy) = (self.engine.schema()?, self.engine.policy());
        let candidate = &self.all[at];
        let tables = candidate.target().as_object().into_iter();
        let mut tables = tables.flat_map(|tables| tables.keys());
        if tables.all(|table| schema.tables.get(table).is_some()) {
            return Ok(None);
        }
        let target = match candidate.whole() {
            Some(whole) => whole.clone(),
            None => Config::from_value("the target", candidate.target()),
        };
        let (config, document) = (candidate.config(), target.document());
        let mut found = wrong_forms(schema, policy, config, document, candidate.target());
        found.retain(|one| !is_ignored(candidate.scope(), one, self.ignored));
        if found.is_empty() {
            return Ok(None);
        }
        let refusal = Refusal::Invalid {
            current: false,
            found: Vec::new(),
        };
        self.reject(at, refusal).map(Some)
    }

    /// The rejection of what the platform does not support.
    pub fn check_platform(&self, at: usize, unsupported_changes: Vec<Unsupported>) -> Option<Rejection> {
        let policy = self.engine.policy();
        let candidate = &self.all[at];
        let mut texts = Vec::new();
        let mut unsupported = Vec::new();
        for mut unsupported_changes in unsupported_changes {
            let name = &unsupported_changes.entry;
            let place = [
                Some(name.table.as_str()),
                Some(&name.key),
                unsupported_changes.field.as_deref(),
            ];
            let place: Vec<String> = place.into_iter().flatten().map(str::to_owned).collect();
            if IgnoredPath::any_covers(self.ignored, candidate.scope(), &place) {
                continue;
            }
            let pointer = pointer::join(place.iter().map(String::as_str));
            let change = candidate.change().filter(|change| change.patch().is_some());
            let operation = change.and_then(|change| {
                let origin = change.origin(&pointer, candidate.target(), false)?;
                Some(format!("{}: ", change.operation(policy, origin.operation)))
            });
            let pointer = masked_pointer(policy, &pointer);
            texts.push(format!(
                "{}{pointer}: {unsupported_changes}",
                operation.unwrap_or_default()
            ));
            unsupported_changes.entry = masked_entry(policy, &unsupported_changes.entry);
            unsupported.push(unsupported_changes);
        }
        if texts.is_empty() {
            return None;
        }
        let text = self.of_scope(candidate, texts.join("; "));
        Some(Rejection::new(RejectReason::Unsupported(unsupported), text))
    }

    /// What would remove all that refers to what the change removes; nothing where the change would not be valid with it,
    /// or where it has to be shown with a secret.
    ///
    /// # Errors
    /// [`ApplyError`]: the models cannot be loaded.
    fn cascade(&self) -> Result<Vec<PatchOperation>, ApplyError> {
        let (schema, policy) = (self.engine.schema()?, self.engine.policy());
        let mut operations = Vec::new();
        for candidate in self.all.iter().filter(|candidate| candidate.is_edit()) {
            let Some(found) = cascade(schema, policy, candidate.running(), candidate.target()) else {
                continue;
            };
            let is_shown = |operation: &PatchOperation| {
                let path = operation.path().as_str();
                masked_pointer(policy, path) == path
            };
            if !found.is_valid || !found.operations.iter().all(is_shown) {
                return Ok(Vec::new());
            }
            operations.extend(found.operations.into_iter().map(|operation| match self.all {
                [_] => operation,
                _ => candidate.scope().in_front_of(operation),
            }));
        }
        Ok(operations)
    }

    /// A text about a candidate, with its scope in front where there are several.
    fn of_scope(&self, candidate: &Candidate, text: String) -> String {
        if self.all.len() > 1 {
            format!("{}: {text}", candidate.scope())
        } else {
            text
        }
    }

    fn unmodeled(
        &self,
        candidate: &Candidate,
        change: &ChangeDocument,
        table: String,
        near: Option<String>,
    ) -> Rejection {
        let mut message = no_model(&table, near.as_deref());
        let origin = change.origin(&pointer::child("", &table), candidate.target(), true);
        if let Some(origin) = origin {
            let operation = change.operation(self.engine.policy(), origin.operation);
            message = format!("{operation}: {message}");
        }
        let span = origin.and_then(|origin| origin.span);
        let at = SyntaxError::at_span(change.document(), span, self.of_scope(candidate, message));
        Rejection::at(RejectReason::UnmodeledTable { table, near }, at)
    }

    /// The first operation of a patch after which the policy does not allow the change, at its place.
    fn forbidden_operation(
        &self,
        candidate: &Candidate,
        change: &ChangeDocument,
    ) -> Result<Option<SyntaxError>, ApplyError> {
        let Some(patch) = change.patch() else {
            return Ok(None);
        };
        let (schema, policy) = (self.engine.schema()?, self.engine.policy());
        let causes = Causes::new(schema, policy, candidate.config(), change);
        let mut operations = patch.positions().filter(|&index| {
            let effect = causes.effect(index);
            effect.is_some_and(|(_, after)| check_allowed(policy, candidate.running(), &after).is_err())
        });
        Ok(operations.next().map(|index| {
            let span = patch.operation_span(index);
            SyntaxError::at_span(patch.document(), span, change.operation(policy, index))
        }))
    }

    /// The findings with their places in the change, for all candidates together. `None` where the candidate is the
    /// result of several changes.
    fn findings(&self, at: usize) -> Result<Option<Review>, ApplyError> {
        let (schema, policy) = (self.engine.schema()?, self.engine.policy());
        let candidate = &self.all[at];
        let change = match (candidate.change(), candidate.whole()) {
            (Some(change), _) => change,
            (None, Some(whole)) => return Ok(Some(self.findings_in(candidate, whole)?)),
            (None, None) => return Ok(None),
        };
        let inputs = self.all.iter().map(|candidate| {
            Some(ReviewInput {
                scope: candidate.scope(),
                base: candidate.config(),
                change: candidate.change()?,
                target: candidate.target(),
            })
        });
        let Some(inputs) = inputs.collect::<Option<Vec<_>>>() else {
            return Ok(None);
        };
        let options = ReviewOptions {
            errors_only: true,
            operations: true,
            ignored: self.ignored,
            adjust: None,
        };
        let unreadable = |error: ConfigError| {
            let at = SyntaxError::at_span(change.document(), None, error.to_string());
            Rejection::at(RejectReason::NotAConfig, at)
        };
        Ok(Some(
            review(schema, policy, &inputs, &options).map_err(unreadable)?,
        ))
    }

    /// The findings of a candidate that is a config of its own.
    fn findings_in(&self, candidate: &Candidate, whole: &Config) -> Result<Review, ApplyError> {
        let (schema, policy) = (self.engine.schema()?, self.engine.policy());
        let mut report = validate(schema, policy, whole);
        let (config, document) = (candidate.config(), whole.document());
        let wrong = wrong_forms(schema, policy, config, document, candidate.target());
        report.diagnostics.extend(wrong);
        report
            .diagnostics
            .retain(|one| is_error(candidate.scope(), one, self.ignored));
        let count = report.diagnostics.len();
        Ok(Review {
            files: vec![FileReport::new(document, "config_db", policy, report)],
            groups: vec![Group {
                heading: None,
                notes: Vec::new(),
                findings: (0..count).map(|at| (0, at)).collect(),
            }],
            introduced: count,
            preexisting: Counts::default(),
        })
    }
}

fn no_model(table: &str, near: Option<&str>) -> String {
    let near = near.map_or(String::new(), |near| format!(", did you mean {near:?}?"));
    format!("no model covers the table {table:?}{near}")
}

/// The file of a candidate with findings that have no place in it.
fn without_places(candidate: &Candidate, diagnostics: Vec<Diagnostic>) -> FileReport {
    let (document, input) = match (candidate.change(), candidate.whole()) {
        (Some(change), _) => (change.document(), change.kind()),
        (None, Some(whole)) => (whole.document(), "config_db"),
        (None, None) => (candidate.config().document(), "config_db"),
    };
    FileReport::without_text(document.source().name.as_str(), input, diagnostics)
}

/// Whether a finding is an error that blocks a change.
pub(super) fn is_error(scope: &Scope, diagnostic: &Diagnostic, ignored: &[IgnoredPath]) -> bool {
    diagnostic.severity == Severity::Error && !is_ignored(scope, diagnostic, ignored)
}

fn is_ignored(scope: &Scope, diagnostic: &Diagnostic, ignored: &[IgnoredPath]) -> bool {
    let place = pointer::split(&diagnostic.pointer).unwrap_or_default();
    IgnoredPath::any_covers(ignored, scope, &place)
}
