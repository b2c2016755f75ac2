//! JSON patch (RFC 6902) on a config, through the `json-patch` crate; and what SONiC's patches need
//! beyond the RFC: an `add` below a table that is not there makes the table, an `add` at the end of a
//! list of what the list holds already does nothing.

use json_patch::{AddOperation, PatchErrorKind, PatchOperation};
use serde_json::Value;

use crate::config::nearest;
use crate::config::{Document, JsonId, JsonKind, Source, Span, pointer};

use super::{ApplyError, FormError, Reason, Summary, keep_order};

const OPERATIONS: [&str; 6] = ["add", "remove", "replace", "move", "copy", "test"];

/// A JSON patch with the places of its operations.
#[derive(Debug, Clone)]
pub struct Patch {
    document: Document,
    operations: Vec<Operation>,
}

#[derive(Debug, Clone)]
struct Operation {
    id: JsonId,
    /// The reference tokens of its `path`.
    path: Vec<String>,
    what: PatchOperation,
}

impl Patch {
    /// Reads a patch: an array of operations (RFC 6902, section 3).
    ///
    /// # Errors
    /// [`FormError`] with line and column: not JSON, not an array, an operation that is not one of the
    /// six, without its members, or whose `path` is no JSON pointer.
    pub fn parse(source: Source) -> Result<Self, FormError> {
        let name = source.name.clone();
        let document = Document::parse(source).map_err(|error| FormError::from_parse(&name, error))?;
        Self::of(document)
    }

    /// The patch that a document holds.
    ///
    /// # Errors
    /// As [`Patch::parse`], save that it is JSON.
    pub fn of(document: Document) -> Result<Self, FormError> {
        let root = document.root();
        if document.kind(root) != JsonKind::Array {
            let found = document.kind(root).describe();
            let message = format!("a patch is a list of operations, not {found}");
            return Err(FormError::at(&document, root, message));
        }
        let mut operations = Vec::new();
        for (index, id) in document.children(root).enumerate() {
            let what = operation(&document, id)
                .map_err(|message| FormError::at(&document, id, format!("operation {index}: {message}")))?;
            let path = pointer::split(what.path().as_str()).unwrap_or_default();
            operations.push(Operation { id, path, what });
        }
        Ok(Patch { document, operations })
    }

    /// The patch's own document.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// How many operations there are.
    pub fn len(&self) -> usize {
        self.operations.len()
    }

    /// Whether the patch asks for nothing.
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    /// The config that the patch makes of another. Members keep the order they had.
    ///
    /// # Errors
    /// [`ApplyError`]: the first operation that cannot be done; then nothing is.
    pub fn apply(&self, config: &Value) -> Result<Value, ApplyError> {
        let mut changed = config.clone();
        for (index, Operation { path, what, .. }) in self.operations.iter().enumerate() {
            if let PatchOperation::Add(add) = what {
                if adds_what_is_there(&changed, add) {
                    continue;
                }
                make_table(&mut changed, path);
            }
            json_patch::patch(&mut changed, std::slice::from_ref(what)).map_err(|error| ApplyError {
                index,
                operation: summary(what),
                reason: reason(&changed, what, &error.kind),
            })?;
        }
        Ok(keep_order(config, changed))
    }

    /// Where in the patch the path of an operation stands.
    pub fn operation_span(&self, index: usize) -> Option<Span> {
        self.path_span(self.operations.get(index)?.id)
    }

    /// Where in the patch a place of the changed config comes from, by the last operation that touched
    /// it. `value` is what stands at that place; `name` asks for where its name is written, not itself.
    pub fn origin(&self, place: &str, value: Option<&Value>, name: bool) -> Option<Span> {
        let tokens = pointer::split(place)?;
        self.operations.iter().rev().find_map(|operation| {
            let Operation { id, path, what } = operation;
            if let PatchOperation::Add(add) = what
                && let ([list @ .., end], [around @ .., _]) = (&path[..], &tokens[..])
                && end == "-"
                && list == around
            {
                // Where an element came to stand is not known any more, but what it is.
                let added = self.document.get(*id, "value")?;
                return (Some(&add.value) == value)
                    .then(|| self.document.span(added))
                    .flatten();
            }
            let Some(rest) = tokens.strip_prefix(&path[..]) else {
                // An operation inside the place: a field was taken from an entry, say.
                let inside = path.starts_with(&tokens);
                return inside.then(|| self.path_span(*id)).flatten();
            };
            let added = self.document.get(*id, "value");
            let found = added.and_then(|added| self.below(added, rest));
            match found {
                Some(found) if !rest.is_empty() => self.document.name_or_scalar(found, name),
                Some(found) if !name && self.document.is_scalar(found) => self.document.span(found),
                _ => self.path_span(*id),
            }
        })
    }

    fn path_span(&self, operation: JsonId) -> Option<Span> {
        self.document.span(self.document.get(operation, "path")?)
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

fn operation(document: &Document, id: JsonId) -> Result<PatchOperation, String> {
    if document.kind(id) != JsonKind::Object {
        return Err(format!(
            "an operation is an object, not {}",
            document.kind(id).describe()
        ));
    }
    let text = |name: &str| -> Result<&str, String> {
        let member = document
            .get(id, name)
            .ok_or_else(|| format!("{name:?} is missing"))?;
        match document.kind(member) {
            JsonKind::String => Ok(document.scalar(member)),
            kind => Err(format!("{name:?} is {}, not a string", kind.describe())),
        }
    };
    let op = text("op")?;
    if !OPERATIONS.contains(&op) {
        let hint = nearest(op, OPERATIONS.into_iter()).map(|near| format!(": did you mean {near:?}?"));
        let known = hint.unwrap_or_else(|| format!(": the operations are {}", OPERATIONS.join(", ")));
        return Err(format!("there is no operation {op:?}{known}"));
    }
    let with_from: &[&str] = if matches!(op, "move" | "copy") {
        &["path", "from"]
    } else {
        &["path"]
    };
    for name in with_from {
        let path = text(name)?;
        if pointer::split(path).is_none() {
            return Err(format!(
                "{name:?} is no JSON pointer: it begins with \"/\" and holds \"~\" only as \"~0\" and \"~1\""
            ));
        }
    }
    if matches!(op, "add" | "replace" | "test") && document.get(id, "value").is_none() {
        return Err("\"value\" is missing".to_owned());
    }
    if document
        .get(id, "value")
        .is_some_and(|value| is_out_of_range(document, value))
    {
        return Err("a number in \"value\" is too large to be kept".to_owned());
    }
    serde_json::from_value(document.to_value(id)).map_err(|error| error.to_string())
}

/// Whether a value holds a number that cannot be kept as one.
fn is_out_of_range(document: &Document, id: JsonId) -> bool {
    match document.kind(id) {
        JsonKind::Number => serde_json::from_str::<serde_json::Number>(document.scalar(id)).is_err(),
        _ => document
            .children(id)
            .any(|child| is_out_of_range(document, child)),
    }
}

/// Whether an `add` at the end of a list names what the list holds already.
fn adds_what_is_there(config: &Value, add: &AddOperation) -> bool {
    let list = add
        .path
        .as_str()
        .strip_suffix("/-")
        .and_then(|list| config.pointer(list));
    matches!(list, Some(Value::Array(items)) if items.contains(&add.value))
}

/// Makes the table that an `add` goes into.
fn make_table(config: &mut Value, path: &[String]) {
    if let (Value::Object(tables), [table, _, ..]) = (config, path)
        && !tables.contains_key(table)
    {
        tables.insert(table.clone(), Value::Object(serde_json::Map::new()));
    }
}

fn summary(operation: &PatchOperation) -> Summary {
    let (name, from) = match operation {
        PatchOperation::Add(_) => ("add", None),
        PatchOperation::Remove(_) => ("remove", None),
        PatchOperation::Replace(_) => ("replace", None),
        PatchOperation::Move(op) => ("move", Some(&op.from)),
        PatchOperation::Copy(op) => ("copy", Some(&op.from)),
        PatchOperation::Test(_) => ("test", None),
    };
    Summary {
        name,
        from: from.map(ToString::to_string),
        path: operation.path().to_string(),
    }
}

fn reason(config: &Value, operation: &PatchOperation, kind: &PatchErrorKind) -> Reason {
    let path = operation.path().as_str();
    match (kind, operation) {
        (PatchErrorKind::TestFailed, _) if config.pointer(path).is_some() => Reason::OtherValue,
        (PatchErrorKind::CannotMoveInsideItself, _) => Reason::IntoItself,
        (PatchErrorKind::InvalidFromPointer, PatchOperation::Move(op)) => missing(config, op.from.as_str()),
        (PatchErrorKind::InvalidFromPointer, PatchOperation::Copy(op)) => missing(config, op.from.as_str()),
        _ => missing(config, path),
    }
}

/// The first part of a path that is not there, with the name that may have been meant.
fn missing(config: &Value, path: &str) -> Reason {
    let mut at = config;
    let mut walked = String::new();
    for token in pointer::split(path).unwrap_or_default() {
        let place = pointer::child(&walked, &token);
        let next = match at {
            Value::Object(members) => members.get(&token).ok_or_else(|| {
                let near = nearest(&token, members.keys().map(String::as_str));
                Reason::Missing {
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
                    .ok_or_else(|| Reason::NoPosition {
                        list: walked.clone(),
                        len: items.len(),
                    })
            }
            _ => Err(Reason::InsideScalar {
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
    Reason::WholeConfig
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn patch(text: &str) -> Result<Patch, FormError> {
        Patch::parse(Source::new("p.json", text))
    }

    fn apply(config: &Value, text: &str) -> Result<Value, String> {
        patch(text)
            .unwrap()
            .apply(config)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn forms_are_checked_with_their_place() {
        let message = |text| patch(text).unwrap_err().to_string();
        assert_eq!(
            message("{}"),
            "p.json:1:1: a patch is a list of operations, not an object"
        );
        assert_eq!(
            message("[\n 7]"),
            "p.json:2:2: operation 0: an operation is an object, not a number"
        );
        assert_eq!(
            message(r#"[{"op": "ad", "path": "/a"}]"#),
            "p.json:1:2: operation 0: there is no operation \"ad\": did you mean \"add\"?"
        );
        assert_eq!(
            message(r#"[{"op": "add", "path": "/a"}]"#),
            "p.json:1:2: operation 0: \"value\" is missing"
        );
        assert_eq!(
            message(r#"[{"op": "add", "path": "/a", "value": {"f": [1e999]}}]"#),
            "p.json:1:2: operation 0: a number in \"value\" is too large to be kept"
        );
        assert!(message(r#"[{"op": "remove", "path": "a"}]"#).contains("no JSON pointer"));
        assert_eq!(
            message(r#"[{"op": "move", "path": "/a"}]"#),
            "p.json:1:2: operation 0: \"from\" is missing"
        );
    }

    #[test]
    fn beyond_the_rfc() {
        let config = json!({"T": {"a": {"l": ["1"]}}});
        let text = r#"[{"op": "add", "path": "/U/b", "value": {}}, {"op": "add", "path": "/T/a/l/-", "value": "1"}]"#;
        assert_eq!(
            apply(&config, text),
            Ok(json!({"T": {"a": {"l": ["1"]}}, "U": {"b": {}}}))
        );
    }

    #[test]
    fn what_cannot_be_done_is_named() {
        let config = json!({"VLAN": {"Vlan100": {"mtu": "9100"}}});
        assert_eq!(
            apply(&config, r#"[{"op": "remove", "path": "/VLAN/Vlan10"}]"#).unwrap_err(),
            "operation 0 (remove /VLAN/Vlan10) cannot be done: there is no /VLAN/Vlan10; did you mean /VLAN/Vlan100?"
        );
        assert_eq!(
            apply(
                &config,
                r#"[{"op": "test", "path": "/VLAN/Vlan100/mtu", "value": "1"}]"#
            )
            .unwrap_err(),
            "operation 0 (test /VLAN/Vlan100/mtu) cannot be done: the value there is another one"
        );
        assert_eq!(
            apply(
                &config,
                r#"[{"op": "add", "path": "/VLAN/Vlan100/mtu/x", "value": "1"}]"#
            )
            .unwrap_err(),
            "operation 0 (add /VLAN/Vlan100/mtu/x) cannot be done: /VLAN/Vlan100/mtu is a single value, there is nothing in it"
        );
    }

    #[test]
    fn places_lead_back_to_operations() {
        let text =
            r#"[{"op": "add", "path": "/T/a", "value": {"f": "v"}}, {"op": "remove", "path": "/T/b/g"}]"#;
        let patch = patch(text).unwrap();
        let shown = |place| {
            patch
                .origin(place, None, false)
                .map(|span| &text[span.start as usize..span.end as usize])
        };
        assert_eq!(shown("/T/a/f"), Some("\"v\""));
        assert_eq!(shown("/T/a"), Some("\"/T/a\""));
        assert_eq!(shown("/T/b"), Some("\"/T/b/g\""));
        assert_eq!(shown("/U"), None);
    }

    #[test]
    fn elements_at_the_end_of_a_list_are_found_by_what_they_are() {
        let text = r#"[{"op": "add", "path": "/T/a/l/-", "value": "x"}, {"op": "add", "path": "/T/a/l/-", "value": "y"}]"#;
        let patch = patch(text).unwrap();
        let shown = |place, value: &str| {
            let span = patch.origin(place, Some(&json!(value)), false)?;
            Some(&text[span.start as usize..span.end as usize])
        };
        assert_eq!(shown("/T/a/l/1", "x"), Some("\"x\""));
        assert_eq!(shown("/T/a/l/2", "y"), Some("\"y\""));
        assert_eq!(shown("/T/a/l/0", "old"), None);
    }
}
