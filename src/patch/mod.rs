//! Changes as people write them: JSON patches (RFC 6902) and configlets, and what they make of a
//! config.

mod configlet;
mod json_patch;

use serde_json::Value;
use thiserror::Error;

use crate::config::{JsonId, Location, ParseError, Span};

pub use configlet::Configlet;
pub use json_patch::Patch;

/// Why a text is not a change.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{name}:{line}:{column}: {message}", line = location.line, column = location.column)]
pub struct FormError {
    /// How the text is called.
    pub name: String,
    /// Where in it.
    pub location: Location,
    /// The bytes that it is about.
    pub span: Span,
    /// What is wrong.
    pub message: String,
}

impl FormError {
    /// An error of the JSON itself.
    pub fn from_parse(name: &str, error: ParseError) -> Self {
        FormError {
            name: name.to_owned(),
            location: error.location,
            span: error.span,
            message: error.message,
        }
    }

    fn at(document: &crate::config::Document, id: JsonId, message: impl Into<String>) -> Self {
        let span = document.span(id).unwrap_or(Span { start: 0, end: 0 });
        FormError {
            name: document.source().name.clone(),
            location: document.source().locate(span.start),
            span,
            message: message.into(),
        }
    }
}

/// Why a change cannot be made to a config.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("operation {index} ({operation}) cannot be done: {reason}")]
pub struct ApplyError {
    /// The position of the operation, from 0.
    pub index: usize,
    /// The operation in short: what it does and where.
    pub operation: String,
    /// Why not.
    pub reason: String,
}

/// Brings the members of a changed value into the order that they had before; new ones come behind.
///
/// Removing a member of an ordered map moves the last one into its place; a user who looks at what a
/// patch did to a file wants to see the patch alone.
fn keep_order(before: &Value, after: Value) -> Value {
    match (before, after) {
        (Value::Object(old), Value::Object(mut new)) => {
            let mut ordered = serde_json::Map::with_capacity(new.len());
            for (name, value) in old {
                if let Some(changed) = new.shift_remove(name) {
                    ordered.insert(name.clone(), keep_order(value, changed));
                }
            }
            ordered.extend(new);
            Value::Object(ordered)
        }
        (_, after) => after,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn order_stays() {
        let before = json!({"a": 1, "b": {"x": 1, "y": 2, "z": 3}, "c": 3});
        let after = json!({"new": 0, "c": 3, "b": {"z": 3, "x": 1}});
        assert_eq!(
            keep_order(&before, after).to_string(),
            json!({"b": {"x": 1, "z": 3}, "c": 3, "new": 0}).to_string()
        );
    }
}
