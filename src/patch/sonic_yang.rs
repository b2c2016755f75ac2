//! Patches whose paths lead through YANG JSON (RFC 7951) instead of a config_db: SONiC's format
//! `SONICYANG`.

use json_patch::PatchOperation;
use json_patch::jsonptr::{Pointer, PointerBuf};
use serde_json::{Map, Value};

use crate::config::debug_without_contents;
use crate::config::{CONFIG_DB_SEPARATOR, Config, Document, pointer};
use crate::policy::Policy;
use crate::schema::{NodeKind, Schema};
use crate::validate::{Diagnostic, Rule, to_config_db, to_yang_json, validate_yang_json};

use thiserror::Error;

use super::json_patch::Operation;
use super::{Patch, PatchError, SyntaxError, keep_order};

/// Why a patch on YANG JSON cannot be made to a config.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SonicYangError {
    /// An operation cannot be done.
    #[error(transparent)]
    Operation(PatchError),
    /// What the operations make has no place in a config_db: nodes that the models do not have, entries
    /// without a key or with the key of another.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    NoConfig(Vec<SyntaxError>),
}

impl From<PatchError> for SonicYangError {
    fn from(error: PatchError) -> Self {
        SonicYangError::Operation(error)
    }
}

/// What a patch on YANG JSON makes of a config.
#[derive(Clone)]
pub struct SonicYangPatched {
    /// The config after the patch.
    pub config: Value,
    /// The patch, whose operations know what place of the config they changed: for
    /// [`Patch::origin`], not for [`Patch::apply`].
    pub patch: Patch,
}

debug_without_contents!(SonicYangPatched {});

impl Patch {
    /// The config that the first `count` operations make of another if their paths lead through its YANG
    /// JSON: `/sonic-port:sonic-port/sonic-port:PORT/PORT_LIST/0/mtu`.
    ///
    /// The config is translated ([`to_yang_json`]), patched, and translated back; the differences are applied to the
    /// config, and everything else stays, tables without a model too. Names are found with the name of their module in
    /// front and without, where only one node can be meant. Numbers and booleans are read as the strings of config_db.
    ///
    /// # Errors
    /// [`SonicYangError`].
    pub fn apply_to_yang(
        &self,
        schema: &Schema,
        policy: &Policy,
        config: &Config,
        count: usize,
    ) -> Result<SonicYangPatched, SonicYangError> {
        let before = to_yang_json(schema, policy, config);
        let mut after = before.clone();
        let mut in_yang = self.clone();
        let mut in_config = self.clone();
        in_yang.operations.truncate(count);
        in_config.operations.truncate(count);
        let located = in_yang.operations.iter_mut().zip(&mut in_config.operations);
        for (operation, (in_yang, in_config)) in self.operations.iter().zip(located) {
            let what = resolved(&operation.what, &after);
            let read = Operation::new(operation.index, operation.id, what);
            in_config.place = place(schema, &after, &read);
            in_config.taken = None;
            if !adds_what_is_there(&after, &read.what) {
                operation
                    .execute(&read.what, &mut after)
                    .map_err(|error| error.masked(policy))?;
            }
            *in_yang = read;
        }
        let before = Document::from_value("the config as YANG JSON", &before);
        let after = Document::from_value("the changed YANG JSON", &after);
        let lost = lost(schema, policy, &before, &after);
        if !lost.is_empty() {
            let errors = lost
                .iter()
                .map(|diagnostic| self.no_config(policy, &in_yang, diagnostic));
            return Err(SonicYangError::NoConfig(errors.collect()));
        }
        let old = config.to_value();
        let mut new = old.clone();
        let before = to_config_db(schema, policy, &before);
        let after = to_config_db(schema, policy, &after);
        change(&mut new, &before, &after);
        Ok(SonicYangPatched {
            config: keep_order(&old, new),
            patch: in_config,
        })
    }

    fn no_config(&self, policy: &Policy, in_yang: &Patch, diagnostic: &Diagnostic) -> SyntaxError {
        let origin = in_yang.origin(&diagnostic.pointer, None, true);
        let operation = origin.map(|origin| (origin.operation, self.summary(policy, origin.operation)));
        let mut message = match operation {
            Some((index, Some(summary))) => format!("operation {index} ({summary}): "),
            _ => String::new(),
        };
        message.push_str(&diagnostic.message);
        if let Some(hint) = &diagnostic.hint {
            message = format!("{message} ({hint})");
        }
        let span = origin.and_then(|origin| origin.span);
        SyntaxError::at_span(&self.document, span, message)
    }
}

/// What is in YANG JSON and would silently not be in the config_db, save what was so before.
fn lost(schema: &Schema, policy: &Policy, before: &Document, after: &Document) -> Vec<Diagnostic> {
    let is_lost = |diagnostic: &Diagnostic| {
        matches!(
            diagnostic.rule,
            Rule::UnknownElement | Rule::InvalidJSON | Rule::ListKey | Rule::Duplicate
        )
    };
    let found = |document| {
        let mut found = validate_yang_json(schema, policy, document).diagnostics;
        found.retain(is_lost);
        found
    };
    let mut lost = found(after);
    if !lost.is_empty() {
        let known = found(before);
        lost.retain(|new| {
            !known
                .iter()
                .any(|old| (&old.pointer, &old.message) == (&new.pointer, &new.message))
        });
    }
    lost
}

/// An operation with the names that a document has, and strings as values.
fn resolved(what: &PatchOperation, document: &Value) -> PatchOperation {
    let mut what = what.clone();
    match &mut what {
        PatchOperation::Add(op) => resolve(&mut op.path, Some(&mut op.value), document),
        PatchOperation::Replace(op) => resolve(&mut op.path, Some(&mut op.value), document),
        PatchOperation::Test(op) => resolve(&mut op.path, Some(&mut op.value), document),
        PatchOperation::Remove(op) => resolve(&mut op.path, None, document),
        PatchOperation::Move(op) => {
            resolve(&mut op.path, None, document);
            resolve(&mut op.from, None, document);
        }
        PatchOperation::Copy(op) => {
            resolve(&mut op.path, None, document);
            resolve(&mut op.from, None, document);
        }
    }
    what
}

fn resolve(path: &mut PointerBuf, value: Option<&mut Value>, document: &Value) {
    let mut at = Some(document);
    let mut tokens = tokens(path);
    for token in &mut tokens {
        at = match at {
            Some(Value::Object(members)) => {
                if let Some(name) = member_name(members, token) {
                    *token = name.to_owned();
                }
                members.get(token)
            }
            Some(Value::Array(items)) => token.parse().ok().and_then(|index: usize| items.get(index)),
            _ => None,
        };
    }
    *path = PointerBuf::from_tokens(tokens.iter().map(String::as_str));
    if let Some(value) = value {
        let module = tokens.first().and_then(|top| top.split_once(':'));
        written(value, module.map(|(module, _)| module));
    }
}

/// The name under which an object has a node, with the module's name in front or without.
fn member_name<'a>(members: &'a Map<String, Value>, wanted: &str) -> Option<&'a str> {
    if let Some((name, _)) = members.get_key_value(wanted) {
        return Some(name);
    }
    let mut names = members.keys().map(String::as_str).filter(|name| {
        match (name.split_once(':'), wanted.split_once(':')) {
            (Some((_, name)), None) => name == wanted,
            (None, Some((_, wanted))) => *name == wanted,
            _ => false,
        }
    });
    names.next().filter(|_| names.next().is_none())
}

/// Makes strings of numbers and booleans, and leaves out the name of the module that nodes have anyway.
fn written(value: &mut Value, module: Option<&str>) {
    match value {
        Value::Number(_) | Value::Bool(_) => *value = Value::String(value.to_string()),
        Value::Array(items) => items.iter_mut().for_each(|item| written(item, module)),
        Value::Object(members) => {
            *members = std::mem::take(members)
                .into_iter()
                .map(|(name, mut member)| {
                    written(&mut member, module);
                    let short = name
                        .split_once(':')
                        .filter(|(of, rest)| Some(*of) == module && !is_top(of, rest));
                    (short.map_or(name.clone(), |(_, rest)| rest.to_owned()), member)
                })
                .collect();
        }
        Value::String(_) | Value::Null => {}
    }
}

/// Whether a node is the container of all tables of a module, which keeps its module's name.
fn is_top(module: &str, name: &str) -> bool {
    module == name
}

/// Whether an `add` at the end of a leaf-list names what the list holds already.
fn adds_what_is_there(document: &Value, what: &PatchOperation) -> bool {
    let PatchOperation::Add(add) = what else {
        return false;
    };
    let list = add.path.as_str().strip_suffix("/-");
    let list = list.and_then(|list| document.pointer(list)?.as_array());
    add.value.is_string() && list.is_some_and(|items| items.contains(&add.value))
}

/// The place in a config_db that an operation changes, as far as it has one: table, key, field, element.
fn place(schema: &Schema, document: &Value, operation: &Operation) -> Vec<String> {
    let short = |token: &String| {
        let name = token.split_once(':').map_or(token.as_str(), |(_, name)| name);
        name.to_owned()
    };
    let [_, table, rest @ ..] = &operation.place[..] else {
        return Vec::new();
    };
    let mut place = vec![short(table)];
    let Some(table) = schema.tables.get(&place[0]) else {
        return place;
    };
    let [node, rest @ ..] = rest else {
        return place;
    };
    let node = short(node);
    let list = table
        .lists
        .iter()
        .find(|list| &*schema.node(list.node).name == node.as_str());
    let rest = match list {
        None => {
            place.push(node);
            rest
        }
        Some(list) => {
            let [index, rest @ ..] = rest else {
                return place;
            };
            let value = match &operation.what {
                PatchOperation::Add(op) => Some(&op.value),
                PatchOperation::Replace(op) => Some(&op.value),
                _ => None,
            };
            let entries = &operation.place[..3];
            let there = || {
                let list = document.pointer(&pointer::join(entries.iter().map(String::as_str)))?;
                list.as_array()?.get(index.parse::<usize>().ok()?)
            };
            let entry = value.filter(|_| rest.is_empty()).or_else(there);
            let NodeKind::List(node) = &schema.node(list.node).kind else {
                return place;
            };
            let parts = node
                .keys
                .iter()
                .map(|&key| entry?.get(&*schema.node(key).name)?.as_str());
            let Some(parts) = parts.collect::<Option<Vec<&str>>>() else {
                return place;
            };
            place.push(parts.join(&CONFIG_DB_SEPARATOR.to_string()));
            let is_key = |name: &String| {
                let name = short(name);
                node.keys
                    .iter()
                    .any(|&key| &*schema.node(key).name == name.as_str())
            };
            // Rows of a map are fields, which have no place of their own in the list.
            let is_row = |name: &String| {
                list.rows
                    .is_some_and(|rows| *schema.node(rows.list).name == *short(name))
            };
            match rest.first() {
                Some(name) if is_key(name) || is_row(name) => return place,
                _ => rest,
            }
        }
    };
    place.extend(
        rest.iter()
            .enumerate()
            .map(|(at, token)| if at == 0 { short(token) } else { token.clone() }),
    );
    place
}

/// Applies the differences of two configs to a third one. A table is deleted with its last entry.
fn change(config: &mut Value, before: &Value, after: &Value) {
    let (Value::Object(tables), Value::Object(before), Value::Object(after)) = (config, before, after) else {
        return;
    };
    let none = Value::Object(Map::new());
    for (name, old) in before {
        let new = after.get(name).unwrap_or(&none);
        if old == new {
            continue;
        }
        if let Some(table) = tables.get_mut(name) {
            merge(table, old, new);
            if *table == none {
                tables.remove(name);
            }
        }
    }
    for (name, new) in after {
        if !before.contains_key(name) && *new != none {
            let table = tables.entry(name).or_insert_with(|| none.clone());
            merge(table, &none, new);
        }
    }
}

fn merge(config: &mut Value, before: &Value, after: &Value) {
    let (Value::Object(config), Value::Object(before), Value::Object(after)) = (&mut *config, before, after)
    else {
        config.clone_from(after);
        return;
    };
    for name in before.keys().filter(|name| !after.contains_key(*name)) {
        config.remove(name);
    }
    for (name, new) in after {
        let old = before.get(name);
        if old == Some(new) {
            continue;
        }
        match (config.get_mut(name), old) {
            (Some(value), Some(old)) => merge(value, old, new),
            _ => drop(config.insert(name.clone(), new.clone())),
        }
    }
}

fn tokens(path: &Pointer) -> Vec<String> {
    pointer::split(path.as_str()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_with_their_module_and_without() {
        let members = json!({"m:m": {}, "PORT": {}, "a:x": {}, "b:x": {}});
        let Value::Object(members) = members else { return };
        assert_eq!(member_name(&members, "m:m"), Some("m:m"));
        assert_eq!(member_name(&members, "m"), Some("m:m"));
        assert_eq!(member_name(&members, "m:PORT"), Some("PORT"));
        assert_eq!(member_name(&members, "b:x"), Some("b:x"));
        assert_eq!(member_name(&members, "x"), None);
        assert_eq!(member_name(&members, "c:x"), None);
    }

    #[test]
    fn values_as_a_config_db_has_them() {
        let mut value =
            json!({"m:PORT": {"PORT_LIST": [{"m:mtu": 9100, "up": true, "o:x": ["1", 2]}]}, "m:m": null});
        written(&mut value, Some("m"));
        assert_eq!(
            value,
            json!({"PORT": {"PORT_LIST": [{"mtu": "9100", "up": "true", "o:x": ["1", "2"]}]}, "m:m": null})
        );
    }

    #[test]
    fn only_differences_are_written() {
        let mut config =
            json!({"T": {"a": {"f": "1", "odd": "1"}, "b": {}}, "U": {"k": {}}, "W": {"l": {}, "odd|x": {}}});
        let before = json!({"T": {"a": {"f": "1"}, "b": {}}, "U": {"k": {}}, "W": {"l": {}}});
        let after = json!({"T": {"a": {"g": "2"}, "b": {}}, "U": {}, "V": {"n": {}}, "X": {}});
        change(&mut config, &before, &after);
        assert_eq!(
            config,
            json!({"T": {"a": {"g": "2", "odd": "1"}, "b": {}}, "W": {"odd|x": {}}, "V": {"n": {}}})
        );
    }
}
