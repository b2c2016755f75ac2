//! JSON patch (RFC 6902) on a config, through the `json-patch` crate; and what SONiC's patches need
//! beyond the RFC: an `add` of an entry to a table that is not there makes the table, an `add` at the end
//! of a list of what the list holds already does nothing.

use std::sync::Arc;

use json_patch::jsonptr::{Pointer, PointerBuf};
use json_patch::{
    AddOperation, CopyOperation, MoveOperation, PatchOperation, RemoveOperation, ReplaceOperation,
    TestOperation,
};
use rustc_hash::FxHashSet;
use serde_json::{Map, Value};

use crate::config::debug_without_contents;
use crate::config::nearest;
use crate::config::{Document, JsonId, JsonKind, Source, Span, pointer};

use super::reason::{reason, summary};
use crate::policy::Policy;
use crate::validate::masked_pointer;

use super::{OperationErrorKind, OperationSummary, PatchError, SyntaxError, keep_order_in};

const OPERATIONS: [&str; 6] = ["add", "remove", "replace", "move", "copy", "test"];

/// A JSON patch with the places of its operations.
#[derive(Clone)]
pub struct Patch {
    pub(super) document: Arc<Document>,
    pub(super) operations: Vec<Operation>,
    pub(super) ignores_absent_tables: bool,
}

debug_without_contents!(Patch { document });

#[derive(Debug, Clone)]
pub(super) struct Operation {
    /// Its position in the document, from 0.
    pub index: usize,
    /// The object in the document.
    pub id: JsonId,
    /// The place in the config that it changes, as reference tokens.
    pub place: Vec<String>,
    /// The place that a `move` takes a value from.
    pub taken: Option<Vec<String>>,
    /// What is done. Its pointers are those of the text, without a scope in front.
    pub what: PatchOperation,
}

impl Patch {
    /// Reads a patch: an array of operations (RFC 6902, section 3).
    ///
    /// # Errors
    /// [`SyntaxError`] with line and column: not JSON, not an array, an operation that is not one of the
    /// six, without its members, or whose `path` is no JSON pointer.
    pub fn parse(source: Source) -> Result<Self, SyntaxError> {
        let name = source.name.clone();
        let document = Document::parse(source).map_err(|error| SyntaxError::from_parse(&name, error))?;
        Self::of(document)
    }

    /// The patch that a document holds.
    ///
    /// # Errors
    /// As [`Patch::parse`], save that it is JSON.
    pub fn of(document: Document) -> Result<Self, SyntaxError> {
        let root = document.root();
        if document.kind(root) != JsonKind::Array {
            let found = document.kind(root).describe();
            let message = format!("a patch is a list of operations, not {found}");
            return Err(SyntaxError::at(&document, root, message));
        }
        let mut operations = Vec::new();
        for (index, id) in document.children(root).enumerate() {
            let what = operation(&document, id)
                .map_err(|message| SyntaxError::at(&document, id, format!("operation {index}: {message}")))?;
            operations.push(Operation::new(index, id, what));
        }
        Ok(Patch {
            document: Arc::new(document),
            operations,
            ignores_absent_tables: false,
        })
    }

    /// The same patch, which ignores the removal of a table that is absent (RFC 6902 does not, section 4.2). SONiC's own
    /// command adds all tables that a patch names before it applies the patch.
    #[must_use]
    pub fn ignoring_absent_tables(mut self) -> Self {
        self.ignores_absent_tables = true;
        self
    }

    /// The operations that remove a table which is absent, in short; their positions in front.
    pub fn removals_of_absent_tables(
        &self,
        policy: &Policy,
        config: &Value,
    ) -> Vec<(usize, OperationSummary)> {
        let is_absent = |(at, operation): &(usize, &Operation)| match (&operation.what, &operation.place[..])
        {
            (PatchOperation::Remove(_), [table]) => {
                let earlier = self.operations[..*at].iter();
                let mut earlier = earlier.filter(|one| one.place.first() == Some(table));
                config.get(table).is_none() && earlier.next().is_none()
            }
            _ => false,
        };
        let removals = self.operations.iter().enumerate().filter(is_absent);
        removals
            .filter_map(|(_, one)| Some((one.index, self.summary(policy, one.index)?)))
            .collect()
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

    /// The config after all operations of the patch (RFC 6902). Members keep their order.
    ///
    /// # Errors
    /// [`PatchError`]: the first operation that cannot be done. Keys that are secret by `policy` are masked in it.
    pub fn apply(&self, policy: &Policy, config: &Value) -> Result<Value, PatchError> {
        self.apply_first(policy, self.operations.len(), config)
    }

    /// The config that the first so many operations make of another.
    ///
    /// # Errors
    /// As [`Patch::apply`].
    pub fn apply_first(&self, policy: &Policy, count: usize, config: &Value) -> Result<Value, PatchError> {
        let mut changed = config.clone();
        for operation in self.operations.iter().take(count) {
            let what = &operation.what;
            if let (PatchOperation::Remove(_), [table]) = (what, &operation.place[..])
                && self.ignores_absent_tables
                && changed.get(table).is_none()
            {
                continue;
            }
            if let PatchOperation::Add(add) = what {
                if adds_what_is_there(&changed, &operation.place, add) {
                    continue;
                }
                make_table(&mut changed, &operation.place, add);
            }
            operation
                .execute(what, &mut changed)
                .map_err(|error| self.with_taker(error).masked(policy))?;
        }
        if self.ignores_absent_tables && count == self.operations.len() {
            self.check_new_tables(config, &changed)
                .map_err(|error| error.masked(policy))?;
        }
        let places = self.operations.iter().take(count);
        let places = places.flat_map(|operation| [Some(&operation.place), operation.taken.as_ref()]);
        // The first part of each; the whole config where there is none.
        let tops: Option<FxHashSet<&str>> = places
            .flatten()
            .map(|place| Some(place.first()?.as_str()))
            .collect();
        Ok(keep_order_in(config, changed, &|table| {
            tops.as_ref().is_none_or(|tops| tops.contains(table))
        }))
    }

    /// Refuses a table that the patch adds and leaves without entries.
    fn check_new_tables(&self, config: &Value, changed: &Value) -> Result<(), PatchError> {
        let adds_empty = |operation: &&Operation| match &operation.place[..] {
            [table] => {
                let is_empty = changed
                    .get(table)
                    .and_then(Value::as_object)
                    .is_some_and(Map::is_empty);
                is_empty && config.get(table).is_none()
            }
            _ => false,
        };
        match self.operations.iter().find(adds_empty) {
            Some(operation) => Err(PatchError {
                index: operation.index,
                operation: summary(&operation.what),
                reason: OperationErrorKind::EmptyTable,
            }),
            None => Ok(()),
        }
    }

    /// The error with the earlier operation that has taken away what is missing, if one has.
    fn with_taker(&self, mut error: PatchError) -> PatchError {
        let OperationErrorKind::Missing { place, .. } = &error.reason else {
            return error;
        };
        let missing = pointer::split(place).unwrap_or_default();
        let before = self.operations.iter().filter(|one| one.index < error.index);
        let takes = |one: &&Operation| match &one.what {
            PatchOperation::Remove(_) => missing.starts_with(&one.place),
            PatchOperation::Move(_) => one.taken.as_ref().is_some_and(|taken| missing.starts_with(taken)),
            _ => false,
        };
        if let Some(by) = before.rev().find(takes) {
            let (place, by) = (place.clone(), by.index);
            error.reason = OperationErrorKind::TakenBefore { place, by };
        }
        error
    }

    /// The positions of the operations in the document, in their order.
    pub fn positions(&self) -> impl ExactSizeIterator<Item = usize> + '_ {
        self.operations.iter().map(|operation| operation.index)
    }

    /// A patch of the same document that asks for nothing.
    #[must_use]
    pub fn cleared(&self) -> Self {
        Patch {
            document: Arc::clone(&self.document),
            operations: Vec::new(),
            ignores_absent_tables: self.ignores_absent_tables,
        }
    }

    /// An operation in short, without a scope in front of its paths. `index` is its position in the
    /// document.
    pub fn summary(&self, policy: &Policy, index: usize) -> Option<OperationSummary> {
        let summary = summary(&self.at(index)?.what);
        Some(summary.map_pointers(|pointer| masked_pointer(policy, pointer)))
    }

    /// The place of the path of an operation in the patch. `index` is its position in the document.
    pub fn operation_span(&self, index: usize) -> Option<Span> {
        self.path_span(self.at(index)?.id)
    }

    pub(super) fn path_span(&self, operation: JsonId) -> Option<Span> {
        self.document.span(self.document.get(operation, "path")?)
    }

    fn at(&self, index: usize) -> Option<&Operation> {
        // They are in order, and mostly all there.
        let guess = self
            .operations
            .get(index)
            .filter(|operation| operation.index == index);
        guess.or_else(|| self.operations.iter().find(|operation| operation.index == index))
    }
}

impl Operation {
    pub fn new(index: usize, id: JsonId, what: PatchOperation) -> Self {
        let tokens = |pointer: &Pointer| pointer::split(pointer.as_str()).unwrap_or_default();
        Operation {
            index,
            id,
            place: tokens(what.path()),
            taken: match &what {
                PatchOperation::Move(op) => Some(tokens(&op.from)),
                _ => None,
            },
            what,
        }
    }

    /// Does on a document what the operation says, in the form that `what` gives it.
    ///
    /// # Errors
    /// [`PatchError`]: then nothing is done, save that a `move` may have taken its value away.
    pub fn execute(&self, what: &PatchOperation, document: &mut Value) -> Result<(), PatchError> {
        // The other form keeps what undoes the operations before one that fails; of one there are none.
        json_patch::patch_unsafe(document, std::slice::from_ref(what)).map_err(|error| PatchError {
            index: self.index,
            operation: summary(&self.what),
            reason: reason(document, what, &error.kind),
        })
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
    let place = |name: &str| {
        PointerBuf::parse(text(name)?).map_err(|_| {
            format!(
                "{name:?} is no JSON pointer: it begins with \"/\" and holds \"~\" only as \"~0\" and \"~1\""
            )
        })
    };
    let path = || place("path");
    let from = || place("from");
    let value = || match document.get(id, "value") {
        None => Err("\"value\" is missing".to_owned()),
        Some(value) if is_out_of_range(document, value) => {
            Err("a number in \"value\" is too large to be kept".to_owned())
        }
        Some(value) => Ok(document.to_value(value)),
    };
    Ok(match op {
        "add" => PatchOperation::Add(AddOperation {
            path: path()?,
            value: value()?,
        }),
        "replace" => PatchOperation::Replace(ReplaceOperation {
            path: path()?,
            value: value()?,
        }),
        "test" => PatchOperation::Test(TestOperation {
            path: path()?,
            value: value()?,
        }),
        "move" => PatchOperation::Move(MoveOperation {
            path: path()?,
            from: from()?,
        }),
        "copy" => PatchOperation::Copy(CopyOperation {
            path: path()?,
            from: from()?,
        }),
        "remove" => PatchOperation::Remove(RemoveOperation { path: path()? }),
        _ => {
            let hint = nearest(op, OPERATIONS.into_iter()).map(|near| format!(": did you mean {near:?}?"));
            let known = hint.unwrap_or_else(|| format!(": the operations are {}", OPERATIONS.join(", ")));
            return Err(format!("there is no operation {op:?}{known}"));
        }
    })
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

/// Whether an `add` at the end of a list field names what the list holds already.
fn adds_what_is_there(config: &Value, place: &[String], add: &AddOperation) -> bool {
    let [table, key, field, end] = place else {
        return false;
    };
    let list = || config.get(table)?.get(key)?.get(field)?.as_array();
    end == "-" && add.value.is_string() && list().is_some_and(|items| items.contains(&add.value))
}

/// Makes the table that an `add` puts an entry into. Other values are not entries; for them the RFC's rule holds, that
/// the parent of an `add` must exist (section 4.1).
fn make_table(config: &mut Value, place: &[String], add: &AddOperation) {
    if let (Value::Object(tables), [table, _], true) = (config, place, add.value.is_object())
        && !tables.contains_key(table)
    {
        tables.insert(table.clone(), Value::Object(Map::new()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn patch(text: &str) -> Result<Patch, SyntaxError> {
        Patch::parse(Source::new("p.json", text))
    }

    fn apply(config: &Value, text: &str) -> Result<Value, String> {
        patch(text)
            .unwrap()
            .apply(&Policy::shipped(), config)
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
    fn failed_operation_is_named() {
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
}
