//! Why a change is rejected.

use std::fmt;

use json_patch::PatchOperation;
use serde_json::Value;

use crate::patch::{Golden, Scope, SonicYangError, SyntaxError};
use crate::plan::Refusal;
use crate::policy::Policy;
use crate::transaction::Unsupported;
use crate::validate::Rule;

use super::candidate::EditError;
use super::change::located;
use super::review::{BEFORE, Review};

/// The number of findings in the one-line text of a rejection.
const MAX_REASONS: usize = 100;

/// A change that was rejected; nothing of it was done. [`fmt::Display`] gives the whole reason on one line. Secrets are
/// masked in all of it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Rejection {
    /// The reason, as data.
    pub reason: RejectReason,
    /// The place in the change that the reason is about, and the reason without its file, line and column.
    pub at: Option<SyntaxError>,
    /// The findings that it is about, if it is about findings.
    pub review: Review,
    /// The operations that remove what refers to what the change removes, where the change is valid with them. They are
    /// for the config after the change; of several scopes, their paths begin with the scope.
    pub cascade: Vec<PatchOperation>,
    pub(super) text: String,
}

/// The reason of a [`Rejection`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum RejectReason {
    /// The text is not a change.
    Syntax,
    /// The change is for a scope that has no store.
    NoStore(Scope),
    /// An operation of the patch cannot be done: its position, counted from 0.
    Operation(usize),
    /// The YANG JSON after the patch is not a config.
    NotAConfig,
    /// The candidate config is not valid. `preexisting_only`: it has no error that the running config does not have.
    Invalid {
        /// Whether the change introduces none of the errors.
        preexisting_only: bool,
    },
    /// The change is about a table that no model covers.
    UnmodeledTable {
        /// The table.
        table: String,
        /// A table of the models with a similar name.
        near: Option<String>,
    },
    /// The policy does not allow the change of this place, a JSON pointer (RFC 6901).
    Protected(String),
    /// The platform does not support the change.
    Unsupported(Vec<Unsupported>),
    /// No order of steps is safe within the limits.
    NoPlan(Refusal),
    /// The change waits for confirmation, and no order of steps that would roll it back is safe.
    NoWayBack(Refusal),
    /// Another reason, in words.
    Other,
}

impl RejectReason {
    /// The rule that the change violates: the one that validation of the change reports.
    pub fn rule(&self) -> Rule {
        match self {
            RejectReason::Syntax => Rule::InvalidJSON,
            RejectReason::UnmodeledTable { .. } => Rule::UnknownElement,
            _ => Rule::Refused,
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Rejection {}

impl From<SyntaxError> for Rejection {
    fn from(error: SyntaxError) -> Self {
        Rejection::at(RejectReason::Syntax, error)
    }
}

impl Rejection {
    /// A rejection for another reason than those that the engine finds.
    pub fn other(text: impl Into<String>) -> Self {
        Rejection::new(RejectReason::Other, text.into())
    }

    /// The rejection of a golden config that results in what the policy does not allow, with the place in it.
    pub fn of_golden(golden: &Golden, policy: &Policy, changed: &Value) -> Option<Self> {
        let (place, error) = golden.check(policy, changed)?;
        Some(Rejection::at(RejectReason::Protected(place), error))
    }

    /// A rejection about a place of the change.
    pub(super) fn at(reason: RejectReason, at: SyntaxError) -> Self {
        let text = at.to_string();
        Rejection {
            at: Some(at),
            ..Rejection::new(reason, text)
        }
    }

    pub(super) fn new(reason: RejectReason, text: String) -> Self {
        Rejection {
            reason,
            at: None,
            review: Review::default(),
            cascade: Vec::new(),
            text,
        }
    }

    /// A rejection whose operations cannot be done. `scope` is named where the change has several.
    pub fn of_edit(failed: EditError, scope: Option<&Scope>) -> Self {
        let EditError { change, error } = failed;
        match (error, change.patch()) {
            (SonicYangError::Operation(error), Some(patch)) => {
                let reason = RejectReason::Operation(error.index);
                Rejection::at(reason, located(patch, scope, &error))
            }
            (SonicYangError::NoConfig(errors), _) => {
                let reasons: Vec<String> = errors.iter().map(ToString::to_string).collect();
                Rejection {
                    at: errors.into_iter().next(),
                    ..Rejection::new(RejectReason::NotAConfig, reasons.join("; "))
                }
            }
            (SonicYangError::Operation(error), None) => {
                Rejection::new(RejectReason::Operation(error.index), error.to_string())
            }
        }
    }
}

impl Review {
    /// The findings on one line, by cause. All of them are in `files`; the line has the first hundred.
    pub fn one_line(&self) -> String {
        let mut left = MAX_REASONS;
        let mut reasons = Vec::new();
        for group in &self.groups {
            let found = group.findings.iter().take(left);
            let found: Vec<String> = found
                .map(|&(file, at)| self.files[file].diagnostics[at].to_string())
                .collect();
            left -= found.len();
            match &group.heading {
                _ if found.is_empty() => {}
                // Where no error is new, the text says so once, before all of them.
                Some(heading) if self.introduced > 0 || heading != BEFORE => {
                    reasons.push(format!("{heading}: {}", found.join("; ")));
                }
                _ => reasons.extend(found),
            }
        }
        let total = self.introduced + self.preexisting.errors;
        if total > MAX_REASONS {
            reasons.push(format!("and {} more", total - MAX_REASONS));
        }
        reasons.join("; ")
    }
}
