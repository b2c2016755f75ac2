//! The text of a rejection for people and for programs, with hints that name options.

use std::fmt::Display;
use std::io::IsTerminal;

use json_patch::PatchOperation;

use crate::config::ReadError;
use crate::engine::{ApplyError, RejectReason, Rejection, Review};
use crate::patch::SyntaxError;
use crate::plan::Refusal;
use crate::report::{FileReport, Repeated, counted, counts, grouped, patch_text};

use super::Failure;
use super::options::color;
use super::outcome::Reason;
use super::output::say;

/// How a rejection is worded.
#[derive(Debug, Clone, Copy)]
pub struct Wording {
    /// The beginning of every rejection.
    pub refused: &'static str,
    /// What `--allow-existing` does.
    pub preexisting: &'static str,
    /// What `--ignore-non-yang-tables` does.
    pub unchecked: &'static str,
    /// Which option names the store of a scope; `None` where there is one store only.
    pub store: Option<&'static str>,
    /// Whether the command has the option `--cascade`.
    pub cascades: bool,
    /// Whether findings are shown on standard error as well, with their lines.
    pub shows_findings: bool,
    /// Whether findings that are like others are shown there.
    pub repeated: Repeated,
}

impl Wording {
    /// Of a plan.
    pub const PLAN: Wording = Wording {
        refused: "there is no plan",
        preexisting: "plans it anyway",
        unchecked: "changes it unchecked",
        store: None,
        cascades: true,
        shows_findings: true,
        repeated: Repeated::Counted,
    };
    /// Of a patch.
    pub const PATCH: Wording = Wording {
        refused: "patch rejected, nothing was changed",
        cascades: true,
        ..Self::CHANGE
    };
    /// Of a configlet.
    pub const CONFIGLET: Wording = Wording {
        refused: "configlet rejected, nothing was changed",
        cascades: true,
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
        preexisting: "applies it anyway",
        unchecked: "applies it unchecked",
        store: Some("--config"),
        cascades: false,
        shows_findings: true,
        repeated: Repeated::Counted,
    };

    /// A change that is rejected for a reason.
    pub fn refuse(&self, reason: &dyn Display) -> Failure {
        Failure::refused(format!("{}: {reason}", self.refused))
    }

    /// The failure for a rejection. Findings are printed with their lines, if this wording shows them.
    pub fn failure(&self, rejection: &Rejection) -> Failure {
        let review = &rejection.review;
        let hint = self.hint(&rejection.reason);
        let at = rejection.at.clone().map(|at| SyntaxError {
            message: format!("{}{hint}", at.message),
            ..at
        });
        let summary = match &rejection.reason {
            RejectReason::Invalid { preexisting_only } if !review.groups.is_empty() => {
                if self.shows_findings {
                    show_findings(review, self.repeated);
                    self.show_cascade(&rejection.cascade);
                }
                let errors = counted(review.introduced + review.preexisting.errors, "error");
                let when = if *preexisting_only {
                    " before the change"
                } else {
                    ""
                };
                Some(format!("{} ({errors}{when}{hint})", self.refused))
            }
            _ => None,
        };
        Failure::Refused(Box::new(Reason {
            rule: rejection.reason.rule(),
            message: format!("{}: {rejection}{hint}", self.refused),
            at,
            summary,
        }))
    }

    /// Prints to standard error what would remove all that refers to what the change removes.
    fn show_cascade(&self, operations: &[PatchOperation]) {
        if operations.is_empty() {
            return;
        }
        let option = if self.cascades {
            "; --cascade does the same"
        } else {
            ""
        };
        let patch = patch_text(operations);
        say(&format!(
            "\nnote: these operations remove what refers to the removed entries{option}:\n{patch}"
        ));
    }

    /// What the user can do about it, to follow the reason.
    fn hint(&self, reason: &RejectReason) -> String {
        match reason {
            RejectReason::Invalid {
                preexisting_only: true,
            } => {
                format!("; --allow-existing {}", self.preexisting)
            }
            RejectReason::UnmodeledTable { .. } => format!(" (--ignore-non-yang-tables {})", self.unchecked),
            RejectReason::NoStore(scope) => match self.store {
                Some(option) => format!(": {option} {scope}=FILE"),
                None => format!(
                    ", and this is the config of the host (for that of {scope}: leave /{scope} out of the paths)"
                ),
            },
            RejectReason::NoPlan(Refusal::Limit { limit: 0, .. }) => {
                " (without --no-interruptions the change is made)".to_owned()
            }
            RejectReason::NoPlan(Refusal::Limit { needed, .. }) => {
                format!(" (--rolling {needed} or --all-at-once lifts the limit)")
            }
            _ => String::new(),
        }
    }
}

impl Failure {
    /// The failure for an error of the engine. `wording` is that of the command.
    pub fn from_apply(error: ApplyError, wording: &Wording) -> Self {
        match error {
            ApplyError::Rejected(rejection) => wording.failure(&rejection),
            ApplyError::Load(error) => error.into(),
            ApplyError::Transaction(error) => error.into(),
            ApplyError::Request(error) => match error.downcast::<Failure>() {
                Ok(failure) => *failure,
                Err(error) => Failure::Environment(error.to_string()),
            },
        }
    }
}

/// A change that is not UTF-8 is rejected; every other failure to read it is one of the environment.
pub fn unreadable(error: ReadError, refused: impl Fn(&dyn Display) -> Failure) -> Failure {
    match error {
        ReadError::Utf8 { .. } => refused(&error),
        error => error.into(),
    }
}

/// Prints the findings of a rejection to standard error.
fn show_findings(review: &Review, repeated: Repeated) {
    let color = color(std::io::stderr().is_terminal());
    let with_findings = |file: &&FileReport| !file.diagnostics.is_empty();
    say(&grouped(&review.files, &review.groups, color, repeated));
    say(&counts(review.files.iter().filter(with_findings)));
}
