//! The errors that one config has and another one has not.

use std::collections::HashSet;

use serde_json::Value;

use crate::config::Config;
use crate::policy::Policy;
use crate::schema::Schema;
use crate::validate::{Diagnostic, DiagnosticKey, Severity, validate};

/// The errors of `found` that the config `before` does not have. Warnings are left out.
pub fn introduced_errors(
    schema: &Schema,
    policy: &Policy,
    before: Option<&Value>,
    mut found: Vec<Diagnostic>,
) -> Vec<Diagnostic> {
    found.retain(|one| one.severity == Severity::Error);
    if let (Some(before), false) = (before, found.is_empty()) {
        let known = validate(schema, policy, &Config::from_value("the config", before)).diagnostics;
        let known: HashSet<DiagnosticKey> = known.iter().map(DiagnosticKey::of).collect();
        found.retain(|one| !known.contains(&DiagnosticKey::of(one)));
    }
    found
}
