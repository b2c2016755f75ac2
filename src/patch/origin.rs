//! From places in a changed config back to the operations of the patch that changed it.

use json_patch::PatchOperation;
use serde_json::Value;

use crate::config::{JsonId, JsonKind, Span, pointer};

use super::Patch;
use super::json_patch::Operation;

/// The part of a patch that a place of the changed config is made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OperationOrigin {
    /// The position of the operation in the patch's document, from 0.
    pub operation: usize,
    /// Where in the patch it says so.
    pub span: Option<Span>,
}

impl Patch {
    /// The place in the patch that a place of the changed config is made from, by the last operation that touched it.
    /// `value` is the value at that place; `name` asks for the place of its name.
    pub fn origin(&self, place: &str, value: Option<&Value>, name: bool) -> Option<OperationOrigin> {
        let tokens = pointer::split(place)?;
        self.operations.iter().rev().find_map(|operation| {
            Some(OperationOrigin {
                operation: operation.index,
                span: self.span_of(operation, &tokens, value, name)?,
            })
        })
    }

    /// `None` if the operation did not touch the place; `Some(None)` if it did, and has no text.
    fn span_of(
        &self,
        operation: &Operation,
        tokens: &[String],
        value: Option<&Value>,
        name: bool,
    ) -> Option<Option<Span>> {
        let Operation { id, place, what, .. } = operation;
        let added = self.document.get(*id, "value");
        if let PatchOperation::Add(add) = what
            && let ([list @ .., end], [around @ .., _]) = (&place[..], tokens)
            && end == "-"
            && list == around
        {
            // The operation that put an element at its position is not known, but its value is.
            return (Some(&add.value) == value).then(|| self.document.span(added?));
        }
        if matches!(what, PatchOperation::Test(_)) {
            return None;
        }
        let Some(rest) = tokens.strip_prefix(&place[..]) else {
            // An operation inside the place: a field was taken from an entry, say.
            if place.starts_with(tokens) {
                return Some(self.path_span(*id));
            }
            let taken = operation
                .taken
                .as_ref()
                .is_some_and(|from| from.starts_with(tokens));
            return taken.then(|| self.document.span(self.document.get(*id, "from")?));
        };
        let found = added.and_then(|added| self.below(added, rest));
        Some(match found {
            Some(found) if !rest.is_empty() => self.document.name_or_scalar(found, name),
            Some(found) if !name && self.document.is_scalar(found) => self.document.span(found),
            _ => self.path_span(*id),
        })
    }

    fn below(&self, mut id: JsonId, tokens: &[String]) -> Option<JsonId> {
        for token in tokens {
            id = match self.document.kind(id) {
                JsonKind::Object => self.document.get(id, token)?,
                JsonKind::Array => self.document.children(id).nth(token.parse().ok()?)?,
                _ => return None,
            };
        }
        Some(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Source;
    use serde_json::json;

    fn shown(text: &str, place: &str, value: Option<Value>) -> Option<(usize, String)> {
        let patch = Patch::parse(Source::new("p.json", text)).unwrap();
        let origin = patch.origin(place, value.as_ref(), false)?;
        let span = origin.span.unwrap();
        Some((
            origin.operation,
            text[span.start as usize..span.end as usize].to_owned(),
        ))
    }

    #[test]
    fn places_lead_back_to_operations() {
        let text = r#"[{"op": "add", "path": "/T/a", "value": {"f": "v"}}, {"op": "remove", "path": "/T/b/g"},
            {"op": "move", "from": "/T/c/h", "path": "/T/d/h"}, {"op": "test", "path": "/T/a/f", "value": "v"}]"#;
        let shown = |place| shown(text, place, None);
        let found = |operation, text: &str| Some((operation, text.to_owned()));
        assert_eq!(shown("/T/a/f"), found(0, "\"v\""));
        assert_eq!(shown("/T/a"), found(0, "\"/T/a\""));
        assert_eq!(shown("/T/b"), found(1, "\"/T/b/g\""));
        assert_eq!(shown("/T/c"), found(2, "\"/T/c/h\""));
        assert_eq!(shown("/T/d/h"), found(2, "\"/T/d/h\""));
        assert_eq!(shown("/U"), None);
    }

    #[test]
    fn elements_at_the_end_of_a_list_are_found_by_what_they_are() {
        let text = r#"[{"op": "add", "path": "/T/a/l/-", "value": "x"}, {"op": "add", "path": "/T/a/l/-", "value": "y"}]"#;
        let shown = |place, value: &str| shown(text, place, Some(json!(value)));
        assert_eq!(shown("/T/a/l/1", "x"), Some((0, "\"x\"".to_owned())));
        assert_eq!(shown("/T/a/l/2", "y"), Some((1, "\"y\"".to_owned())));
        assert_eq!(shown("/T/a/l/0", "old"), None);
    }
}
