//! Whole configs as they are written: one for each scope in one document, or as YANG JSON.

use serde_json::Value;

use crate::config::{Config, Document};
use crate::patch::Scope;
use crate::validate::{Rule, Severity, to_config_db, validate_yang_json};

use super::Engine;
use super::error::ApplyError;
use super::rejection::Rejection;

/// The config of each scope in an object of configs: `{"localhost": {…}, "asic0": {…}}`.
///
/// # Errors
/// The reason: a scope is missing, or is not one of these.
pub fn config_by_scope(document: Document, scopes: &[Scope]) -> Result<Vec<Config>, String> {
    let name = document.source().name.clone();
    let Value::Object(mut parts) = Config::from(document).to_value() else {
        return Err(format!(
            "{name}: there are several scopes, and this is no object of their configs"
        ));
    };
    let mut configs = Vec::new();
    for scope in scopes {
        let part = parts.shift_remove(&scope.to_string());
        let part = part.ok_or_else(|| format!("{name}: there is no config of {scope} in it"))?;
        configs.push(Config::from_value(format!("{name} ({scope})"), &part));
    }
    match parts.keys().next() {
        Some(other) => Err(format!(
            "{name}: {other:?} is none of the scopes that are changed"
        )),
        None => Ok(configs),
    }
}

/// A config that is written as YANG JSON (RFC 7951).
///
/// # Errors
/// [`ApplyError::Rejected`]: a part of it would be lost in config_db.
pub fn from_yang_json(engine: &Engine, whole: &Config) -> Result<Config, ApplyError> {
    let (schema, policy) = (engine.schema()?, engine.policy());
    let document = whole.document();
    // Parts that would be missing afterwards without a word; all other findings are those of the config itself.
    let lost: Vec<String> = validate_yang_json(schema, policy, document)
        .diagnostics
        .iter()
        .filter(|one| one.severity == Severity::Error)
        .filter(|one| {
            matches!(
                one.rule,
                Rule::UnknownElement | Rule::InvalidJSON | Rule::ListKey | Rule::Duplicate
            )
        })
        .map(ToString::to_string)
        .collect();
    if !lost.is_empty() {
        return Err(Rejection::other(lost.join("; ")).into());
    }
    let config = to_config_db(schema, policy, document);
    Ok(Config::from_value(document.source().name.as_str(), &config))
}
