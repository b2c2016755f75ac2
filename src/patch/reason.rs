//! Why an operation cannot be done, in words about the config.

use json_patch::{PatchErrorKind, PatchOperation};
use serde_json::Value;

use crate::config::{nearest, pointer};

use super::{OperationErrorKind, OperationSummary};

/// An operation in short.
pub fn summary(operation: &PatchOperation) -> OperationSummary {
    let (name, from) = match operation {
        PatchOperation::Add(_) => ("add", None),
        PatchOperation::Remove(_) => ("remove", None),
        PatchOperation::Replace(_) => ("replace", None),
        PatchOperation::Move(op) => ("move", Some(&op.from)),
        PatchOperation::Copy(op) => ("copy", Some(&op.from)),
        PatchOperation::Test(_) => ("test", None),
    };
    OperationSummary {
        name,
        from: from.map(ToString::to_string),
        path: operation.path().to_string(),
    }
}

/// Why an operation failed on a config, which it has left as it was but for what a `move` took.
pub fn reason(config: &Value, operation: &PatchOperation, kind: &PatchErrorKind) -> OperationErrorKind {
    let path = operation.path().as_str();
    match (kind, operation) {
        (PatchErrorKind::TestFailed, _) if config.pointer(path).is_some() => OperationErrorKind::OtherValue,
        (PatchErrorKind::CannotMoveInsideItself, _) => OperationErrorKind::IntoItself,
        (PatchErrorKind::InvalidFromPointer, PatchOperation::Move(op)) => missing(config, op.from.as_str()),
        (PatchErrorKind::InvalidFromPointer, PatchOperation::Copy(op)) => missing(config, op.from.as_str()),
        _ => missing(config, path),
    }
}

/// The first part of a path that is not there, with the name that may have been meant.
fn missing(config: &Value, path: &str) -> OperationErrorKind {
    let mut at = config;
    let mut walked = String::new();
    for token in pointer::split(path).unwrap_or_default() {
        let place = pointer::child(&walked, &token);
        let next = match at {
            Value::Object(members) => members.get(&token).ok_or_else(|| {
                let near = nearest(&token, members.keys().map(String::as_str));
                OperationErrorKind::Missing {
                    near: near.map(|near| pointer::child(&walked, near)),
                    place: place.clone(),
                }
            }),
            Value::Array(items) => {
                // Digits without leading zeros (RFC 6901, section 4).
                let index = token.parse::<usize>().ok();
                let index = index.filter(|index| index.to_string() == token);
                index
                    .and_then(|index| items.get(index))
                    .ok_or_else(|| OperationErrorKind::NoPosition {
                        list: walked.clone(),
                        len: items.len(),
                    })
            }
            _ => Err(OperationErrorKind::InsideScalar {
                place: walked.clone(),
            }),
        };
        match next {
            Ok(next) => at = next,
            Err(reason) => return reason,
        }
        walked = place;
    }
    // Every part is there: only the whole config can neither be removed nor moved.
    OperationErrorKind::WholeConfig
}
