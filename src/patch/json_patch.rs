//! JSON patch (RFC 6902) on a config, through the `json-patch` crate; and what SONiC's patches need
//! beyond the RFC: an `add` below a table that is not there makes the table, an `add` at the end of a
//! list of what the list holds already does nothing.

use json_patch::{AddOperation, PatchErrorKind, PatchOperation};
use serde_json::Value;

use crate::config::nearest;
use crate::config::{Document, JsonId, JsonKind, Source, Span, pointer};

use super::{ApplyError, FormError, keep_order};

const OPERATIONS: [&str; 6] = ["add", "remove", "replace", "move", "copy", "test"];

/// A JSON patch with the places of its operations.
#[derive(Debug, Clone)]
pub struct Patch {
    document: Document,
    operations: Vec<(JsonId, PatchOperation)>,
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
        let root = document.root();
        if document.kind(root) != JsonKind::Array {
            let found = document.kind(root).describe();
            let message = format!("a patch is a list of operations, not {found}");
            return Err(FormError::at(&document, root, message));
        }
        let mut operations = Vec::new();
        for (index, id) in document.children(root).enumerate() {
            let operation = operation(&document, id)
                .map_err(|message| FormError::at(&document, id, format!("operation {index}: {message}")))?;
            operations.push((id, operation));
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
        for (index, (_, operation)) in self.operations.iter().enumerate() {
            if let PatchOperation::Add(add) = operation {
                if adds_what_is_there(&changed, add) {
                    continue;
                }
                make_table(&mut changed, add);
            }
            json_patch::patch(&mut changed, std::slice::from_ref(operation)).map_err(|error| ApplyError {
                index,
                operation: short(operation),
                reason: reason(&changed, operation, &error.kind),
            })?;
        }
        Ok(keep_order(config, changed))
    }

    /// Where in the patch a place of the changed config comes from: the value, or the operation, of
    /// the last one that touched it.
    pub fn origin(&self, place: &str) -> Option<Span> {
        let tokens = pointer::split(place)?;
        self.operations.iter().rev().find_map(|(id, operation)| {
            let path = pointer::split(operation.path().as_str())?;
            let covers = tokens.len() >= path.len() && tokens[..path.len()] == path[..];
            // An operation inside the place: a field was taken from an entry, say.
            let inside = path.len() > tokens.len() && path[..tokens.len()] == tokens[..];
            if covers {
                let value = self.document.get(*id, "value");
                let below = value.and_then(|value| self.below(value, &tokens[path.len()..]));
                self.document.span(below.unwrap_or(*id))
            } else if inside {
                self.document.span(*id)
            } else {
                None
            }
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
    serde_json::from_value(document.to_value(id)).map_err(|error| error.to_string())
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
fn make_table(config: &mut Value, add: &AddOperation) {
    if let (Some(tokens), Value::Object(tables)) = (pointer::split(add.path.as_str()), config)
        && let [table, _, ..] = &tokens[..]
    {
        tables
            .entry(table.clone())
            .or_insert_with(|| Value::Object(serde_json::Map::new()));
    }
}

/// An operation in short: `replace /PORT/Ethernet0/mtu`.
fn short(operation: &PatchOperation) -> String {
    let (name, from) = match operation {
        PatchOperation::Add(_) => ("add", None),
        PatchOperation::Remove(_) => ("remove", None),
        PatchOperation::Replace(_) => ("replace", None),
        PatchOperation::Move(op) => ("move", Some(&op.from)),
        PatchOperation::Copy(op) => ("copy", Some(&op.from)),
        PatchOperation::Test(_) => ("test", None),
    };
    let path = operation.path().as_str();
    let path = if path.is_empty() { "the whole config" } else { path };
    match from {
        Some(from) => format!("{name} {from} to {path}"),
        None => format!("{name} {path}"),
    }
}

fn reason(config: &Value, operation: &PatchOperation, kind: &PatchErrorKind) -> String {
    match kind {
        PatchErrorKind::TestFailed if config.pointer(operation.path().as_str()).is_none() => {
            missing(config, operation.path().as_str())
        }
        PatchErrorKind::TestFailed => "the value there is another one".to_owned(),
        PatchErrorKind::CannotMoveInsideItself => "nothing can be moved into itself".to_owned(),
        PatchErrorKind::InvalidFromPointer => match operation {
            PatchOperation::Move(op) => missing(config, op.from.as_str()),
            PatchOperation::Copy(op) => missing(config, op.from.as_str()),
            _ => missing(config, operation.path().as_str()),
        },
        _ => missing(config, operation.path().as_str()),
    }
}

/// The first part of a path that is not there, with the name that may have been meant.
fn missing(config: &Value, path: &str) -> String {
    let mut at = config;
    let mut walked = String::new();
    for token in pointer::split(path).unwrap_or_default() {
        let next = match at {
            Value::Object(members) => members.get(&token),
            Value::Array(items) => token.parse::<usize>().ok().and_then(|index| items.get(index)),
            _ => return format!("{walked} is a single value, there is nothing in it"),
        };
        let place = pointer::child(&walked, &token);
        match next {
            Some(next) => at = next,
            None => {
                let near = match at {
                    Value::Object(members) => nearest(&token, members.keys().map(String::as_str)),
                    _ => None,
                };
                let hint = near.map(|near| format!("; did you mean {}?", pointer::child(&walked, near)));
                return format!("there is no {place}{}", hint.unwrap_or_default());
            }
        }
        walked = place;
    }
    "its path does not fit the config".to_owned()
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
                .origin(place)
                .map(|span| &text[span.start as usize..span.end as usize])
        };
        assert_eq!(shown("/T/a/f"), Some("\"v\""));
        assert_eq!(shown("/T/a"), Some("{\"f\": \"v\"}"));
        assert_eq!(shown("/T/b"), Some(r#"{"op": "remove", "path": "/T/b/g"}"#));
        assert_eq!(shown("/U"), None);
    }
}
