//! Changes as people write them: JSON patches (RFC 6902), configlets and golden configs, and what they make of a
//! config.

mod between;
mod configlet;
mod configlets;
mod golden;
mod json_patch;
mod origin;
mod reason;
mod scopes;
mod sonic_yang;

use std::fmt;

use serde_json::Value;
use thiserror::Error;

use crate::config::{JsonId, Location, ParseError, Span};
use crate::policy::Policy;
use crate::validate::masked_pointer;

pub use crate::config::Scope;
pub use between::{TableChange, between, between_entries};
pub use configlet::Configlet;
pub use configlets::{Configlets, NotAConfiglet};
pub use golden::Golden;
pub use json_patch::Patch;
pub use origin::OperationOrigin;
pub use sonic_yang::{SonicYangError, SonicYangPatched};

/// Why a text is not a change.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{name}:{line}:{column}: {message}", line = location.line, column = location.column)]
pub struct SyntaxError {
    /// How the text is called.
    pub name: String,
    /// Line and column in it.
    pub location: Location,
    /// The bytes that it is about.
    pub span: Span,
    /// What is wrong, in words.
    pub message: String,
}

impl SyntaxError {
    /// An error of the JSON itself.
    pub fn from_parse(name: &str, error: ParseError) -> Self {
        SyntaxError {
            name: name.to_owned(),
            location: error.location,
            span: error.span,
            message: error.message,
        }
    }

    fn at(document: &crate::config::Document, id: JsonId, message: impl Into<String>) -> Self {
        Self::at_span(document, document.span(id), message)
    }

    /// An error about a span of a document.
    pub fn at_span(
        document: &crate::config::Document,
        span: Option<Span>,
        message: impl Into<String>,
    ) -> Self {
        let span = span.unwrap_or(Span { start: 0, end: 0 });
        SyntaxError {
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
pub struct PatchError {
    /// The position of the operation, from 0.
    pub index: usize,
    /// The operation in short: what it does and where.
    pub operation: OperationSummary,
    /// The reason of the failure.
    pub reason: OperationErrorKind,
}

/// An operation in short: `replace /PORT/Ethernet0/mtu`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationSummary {
    /// The kind of the operation.
    pub name: &'static str,
    /// The JSON pointer that a value is taken from.
    pub from: Option<String>,
    /// The JSON pointer that it is done to.
    pub path: String,
}

impl fmt::Display for OperationSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)?;
        if let Some(from) = &self.from {
            write!(f, " {} to", whole_if_empty(from))?;
        }
        write!(f, " {}", whole_if_empty(&self.path))
    }
}

impl OperationSummary {
    /// The summary with every pointer in it rewritten, to keep secrets out of messages.
    #[must_use]
    pub fn map_pointers(self, rewrite: impl Fn(&str) -> String) -> Self {
        OperationSummary {
            name: self.name,
            from: self.from.map(|from| rewrite(&from)),
            path: rewrite(&self.path),
        }
    }
}

/// Why an operation cannot be done. The strings are JSON pointers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OperationErrorKind {
    /// Something is not there.
    Missing {
        /// The first part of the path that is not there.
        place: String,
        /// What may have been meant.
        near: Option<String>,
    },
    /// Something is not there, because an earlier operation of the patch has taken it away.
    TakenBefore {
        /// The first part of the path that is not there.
        place: String,
        /// The position of that operation, from 0.
        by: usize,
    },
    /// A path leads into a string, number, boolean or null.
    InsideScalar {
        /// The place of that value.
        place: String,
    },
    /// A `test` found another value.
    OtherValue,
    /// A value was to be moved into itself.
    IntoItself,
    /// A position behind the end of a list, or none at all.
    NoPosition {
        /// The list.
        list: String,
        /// How many elements it has.
        len: usize,
    },
    /// The whole config was to go.
    WholeConfig,
    /// A table without entries was to be added.
    EmptyTable,
}

impl fmt::Display for OperationErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OperationErrorKind::Missing { place, near } => {
                write!(f, "there is no {place}")?;
                match near {
                    Some(near) => write!(f, "; did you mean {near}?"),
                    None => Ok(()),
                }
            }
            OperationErrorKind::TakenBefore { place, by } => {
                write!(f, "there is no {place} any more: operation {by} takes it away")
            }
            OperationErrorKind::InsideScalar { place } => {
                write!(
                    f,
                    "{} is a single value, there is nothing in it",
                    whole_if_empty(place)
                )
            }
            OperationErrorKind::OtherValue => f.write_str("the value there is another one"),
            OperationErrorKind::IntoItself => f.write_str("nothing can be moved into itself"),
            OperationErrorKind::NoPosition { list, len } => {
                write!(
                    f,
                    "the list {list} has {len} elements, counted from 0; \"-\" is its end"
                )
            }
            OperationErrorKind::WholeConfig => f.write_str("a config cannot be removed, only its tables"),
            OperationErrorKind::EmptyTable => {
                f.write_str("the table has no entry, and config_db cannot hold an empty table")
            }
        }
    }
}

impl PatchError {
    /// The error without keys that are secret by a policy.
    #[must_use]
    fn masked(mut self, policy: &Policy) -> Self {
        let rewrite = |pointer: &str| masked_pointer(policy, pointer);
        self.operation = self.operation.map_pointers(rewrite);
        match &mut self.reason {
            OperationErrorKind::Missing { place, near } => {
                *place = rewrite(place);
                // Two names that read the same are no hint.
                *near = near
                    .take()
                    .map(|near| rewrite(&near))
                    .filter(|near| near != place);
            }
            OperationErrorKind::InsideScalar { place }
            | OperationErrorKind::TakenBefore { place, .. }
            | OperationErrorKind::NoPosition { list: place, .. } => *place = rewrite(place),
            OperationErrorKind::OtherValue
            | OperationErrorKind::IntoItself
            | OperationErrorKind::WholeConfig
            | OperationErrorKind::EmptyTable => {}
        }
        self
    }
}

fn whole_if_empty(pointer: &str) -> &str {
    if pointer.is_empty() {
        "the whole config"
    } else {
        pointer
    }
}

/// Brings the members of a changed value into the order that they had before; new ones come behind.
///
/// Removing a member of an ordered map moves the last one into its place; a user who looks at what a
/// patch did to a file wants to see the patch alone.
fn keep_order(before: &Value, after: Value) -> Value {
    keep_order_in(before, after, &|_| true)
}

/// The same, where of the members of the value only some were changed.
fn keep_order_in(before: &Value, after: Value, is_changed: &dyn Fn(&str) -> bool) -> Value {
    let kept = |name: &str, value: &Value, changed: &mut Value| {
        if is_changed(name) {
            *changed = keep_order(value, changed.take());
        }
    };
    match (before, after) {
        (Value::Object(old), Value::Object(mut new)) => {
            // Mostly each member keeps its position, and new ones follow.
            if old.len() <= new.len() && old.keys().eq(new.keys().take(old.len())) {
                for ((name, value), changed) in old.iter().zip(new.values_mut()) {
                    kept(name, value, changed);
                }
                return Value::Object(new);
            }
            let mut ordered = serde_json::Map::with_capacity(new.len());
            for (name, value) in old {
                if let Some(changed) = new.get_mut(name) {
                    kept(name, value, changed);
                    ordered.insert(name.clone(), changed.take());
                }
            }
            let added = new.into_iter().filter(|(name, _)| !old.contains_key(name));
            ordered.extend(added);
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
