//! What differs between two configs, field by field.

use serde_json::{Map, Value};

use super::pointer;

/// One difference between two configs.
#[derive(Debug, Clone, PartialEq)]
pub struct ConfigChange {
    /// The JSON pointer of the entry or field.
    pub pointer: String,
    /// What is done there.
    pub kind: ChangeKind,
}

/// What a [`ConfigChange`] does.
#[derive(Clone, PartialEq)]
pub enum ChangeKind {
    /// A table, entry or field is added.
    Add(Value),
    /// A table, entry or field is removed.
    Remove(Value),
    /// A value becomes another one.
    Replace(Value, Value),
}

impl std::fmt::Debug for ChangeKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Their values may be secret.
        f.write_str(match self {
            ChangeKind::Add(_) => "Add",
            ChangeKind::Remove(_) => "Remove",
            ChangeKind::Replace(..) => "Replace",
        })
    }
}

/// The differences between two values, in the order of the first, additions behind. Entries that
/// come or go are one difference; entries in both are compared field by field.
pub fn diff(before: &Value, after: &Value) -> Vec<ConfigChange> {
    let mut changes = Vec::new();
    walk(before, after, "", 0, &mut changes);
    changes
}

/// Tables and entries are looked into; fields are compared whole.
const ENTRY_DEPTH: usize = 3;

fn walk(before: &Value, after: &Value, at: &str, depth: usize, changes: &mut Vec<ConfigChange>) {
    if before == after {
        return;
    }
    let (Value::Object(old), Value::Object(new), true) = (before, after, depth < ENTRY_DEPTH) else {
        changes.push(ConfigChange {
            pointer: at.to_owned(),
            kind: ChangeKind::Replace(before.clone(), after.clone()),
        });
        return;
    };
    for (name, value) in old {
        let place = pointer::child(at, name);
        match new.get(name) {
            Some(other) => walk(value, other, &place, depth + 1, changes),
            None => whole(
                value,
                &place,
                depth + 1,
                &|value| ChangeKind::Remove(value.clone()),
                changes,
            ),
        }
    }
    for (name, value) in new {
        if !old.contains_key(name) {
            let place = pointer::child(at, name);
            whole(
                value,
                &place,
                depth + 1,
                &|value| ChangeKind::Add(value.clone()),
                changes,
            );
        }
    }
}

/// A table that is added or removed is reported entry by entry.
fn whole(
    value: &Value,
    at: &str,
    depth: usize,
    kind: &dyn Fn(&Value) -> ChangeKind,
    changes: &mut Vec<ConfigChange>,
) {
    let empty = Map::new();
    let entries = match value {
        Value::Object(entries) if depth == 1 => entries,
        _ => &empty,
    };
    if entries.is_empty() {
        changes.push(ConfigChange {
            pointer: at.to_owned(),
            kind: kind(value),
        });
    }
    for (name, entry) in entries {
        changes.push(ConfigChange {
            pointer: pointer::child(at, name),
            kind: kind(entry),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fields_and_entries() {
        let before = json!({"T": {"a": {"f": "1", "g": "2"}, "b": {}}, "U": {"x": {}}});
        let after = json!({"T": {"a": {"f": "3", "g": "2"}, "c": {"h": ["1"]}}});
        let told: Vec<String> = diff(&before, &after)
            .iter()
            .map(|change| {
                let kind = match &change.kind {
                    ChangeKind::Add(_) => "add",
                    ChangeKind::Remove(_) => "remove",
                    ChangeKind::Replace(..) => "replace",
                };
                format!("{kind} {}", change.pointer)
            })
            .collect();
        assert_eq!(told, ["replace /T/a/f", "remove /T/b", "add /T/c", "remove /U/x"]);
        assert!(diff(&before, &before).is_empty());
    }
}
