//! Taking a change back late, when others may have changed the config too.

use serde_json::{Map, Value};

use crate::config::debug_without_contents;
use crate::config::{EntryName, Write, pointer};
use crate::store::EntryChange;

use super::squash::same;

/// The result of undoing a change on the present config.
#[derive(Clone, PartialEq)]
pub struct Undo {
    /// The config after the undo.
    pub target: Value,
    /// JSON pointers to values that are neither those of the change nor those before it: another client changed them,
    /// and they are kept.
    pub conflicts: Vec<String>,
}

debug_without_contents!(Undo {});

/// Takes changes back. Fields that hold the value that a change gave them get the one back that they had
/// before; those that have it already stay; others are conflicts, and stay as well.
pub fn undo(current: &Value, changes: &[EntryChange]) -> Undo {
    let mut target = current.clone();
    let mut conflicts = Vec::new();
    for change in changes {
        let entry = change.entry();
        let now = entry.find(current);
        let (before, after) = (change.before.as_ref(), change.after.as_ref());
        if same(now, before) {
            continue;
        }
        let value = if same(now, after) {
            before.cloned()
        } else if let (Some(Value::Object(now)), Some(Value::Object(before)), Some(Value::Object(after))) =
            (now, before, after)
        {
            Some(Value::Object(fields(&entry, now, before, after, &mut conflicts)))
        } else {
            conflicts.push(pointer::join([entry.table.as_str(), entry.key.as_str()]));
            continue;
        };
        Write { entry, value }.apply(&mut target);
    }
    Undo { target, conflicts }
}

/// The fields of an entry that another client changed too.
fn fields(
    entry: &EntryName,
    now: &Map<String, Value>,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
    conflicts: &mut Vec<String>,
) -> Map<String, Value> {
    let mut fields = now.clone();
    let new = after.keys().filter(|name| !before.contains_key(*name));
    for name in before.keys().chain(new) {
        let (now, old, new) = (now.get(name), before.get(name), after.get(name));
        if same(old, new) || same(now, old) {
            continue;
        }
        if !same(now, new) {
            conflicts.push(pointer::join([entry.table.as_str(), entry.key.as_str(), name]));
        } else if let Some(old) = old {
            fields.insert(name.clone(), old.clone());
        } else {
            fields.shift_remove(name);
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn change(key: &str, before: Option<Value>, after: Option<Value>) -> EntryChange {
        EntryChange {
            table: "T".into(),
            key: key.into(),
            before,
            after,
        }
    }

    #[test]
    fn undo_keeps_changes_of_others() {
        let changes = [
            change(
                "edited",
                Some(json!({"f": "1", "g": "1"})),
                Some(json!({"f": "2", "h": "2"})),
            ),
            change("added", None, Some(json!({"f": "1"}))),
            change("added and edited", None, Some(json!({"f": "1"}))),
            change("removed", Some(json!({"f": "1"})), None),
            change("back already", Some(json!({"f": "1"})), Some(json!({"f": "2"}))),
        ];
        let current = json!({"T": {
            "edited": {"f": "2", "h": "3", "other": "x"},
            "added": {"f": "1"},
            "added and edited": {"f": "1", "theirs": "x"},
            "back already": {"f": "1"}
        }});
        let undone = undo(&current, &changes);
        assert_eq!(
            undone.target,
            json!({"T": {
                "edited": {"f": "1", "h": "3", "other": "x", "g": "1"},
                "added and edited": {"f": "1", "theirs": "x"},
                "removed": {"f": "1"},
                "back already": {"f": "1"}
            }})
        );
        assert_eq!(undone.conflicts, ["/T/edited/h", "/T/added and edited"]);
    }
}
