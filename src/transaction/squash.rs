//! What steps come to.

use indexmap::IndexMap;
use serde_json::Value;

use crate::config::{EntryName, Write, write_all};
use crate::store::EntryChange;

/// The steps of a plan with what each entry is before and after.
pub fn changes_of<'s>(
    current: &Value,
    steps: impl IntoIterator<Item = &'s [Write]>,
) -> Vec<Vec<EntryChange>> {
    let mut now: IndexMap<EntryName, Option<Value>> = IndexMap::new();
    let mut told = Vec::new();
    for writes in steps {
        let changes = writes.iter().map(|write| {
            let known = now.entry(write.entry.clone());
            let value = known.or_insert_with(|| write.entry.find(current).cloned());
            let before = std::mem::replace(value, write.value.clone());
            EntryChange {
                table: write.entry.table.to_string(),
                key: write.entry.key.to_string(),
                before,
                after: write.value.clone(),
            }
        });
        told.push(changes.collect());
    }
    told
}

/// What some steps come to: each entry once, from what it is before the first to what it is after the last.
pub fn squash(steps: &[Vec<EntryChange>]) -> Vec<EntryChange> {
    let mut folded: IndexMap<EntryName, EntryChange> = IndexMap::new();
    for change in steps.iter().flatten() {
        match folded.get_mut(&change.entry()) {
            Some(known) => known.after.clone_from(&change.after),
            None => drop(folded.insert(change.entry(), change.clone())),
        }
    }
    let mut folded: Vec<EntryChange> = folded.into_values().collect();
    folded.retain(|change| change.before != change.after);
    folded
}

/// The steps that take others back, the last one first.
pub fn inverse(steps: &[Vec<EntryChange>]) -> Vec<Vec<EntryChange>> {
    let back = |step: &Vec<EntryChange>| step.iter().map(EntryChange::inverse).collect();
    steps.iter().rev().map(back).collect()
}

/// Makes changes in a config.
pub fn apply(config: &mut Value, changes: &[EntryChange]) {
    let writes: Vec<Write> = changes
        .iter()
        .map(|change| Write {
            entry: change.entry(),
            value: change.after.clone(),
        })
        .collect();
    write_all(config, &writes);
}

/// Whether two values of an entry are the same where they are kept: an empty list reads back as one empty
/// element, and fields have no order.
pub fn same(one: Option<&Value>, other: Option<&Value>) -> bool {
    match (one, other) {
        (Some(Value::Object(one)), Some(Value::Object(other))) => {
            one.len() == other.len() && one.iter().all(|(name, value)| same(Some(value), other.get(name)))
        }
        (Some(Value::Array(one)), Some(Value::Array(other))) => {
            let is_empty = |list: &[Value]| matches!(list, [] | [Value::String(_)] if list.iter().all(|element| element == ""));
            one == other || is_empty(one) && is_empty(other)
        }
        (one, other) => one == other,
    }
}

/// The entries in which two configs differ where they are kept.
pub fn differing(one: &Value, other: &Value) -> Vec<EntryName> {
    let mut names = crate::config::differing_entries(one, other);
    names.retain(|name| !same(name.find(one), name.find(other)));
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn steps_there_and_back() {
        let current = json!({"T": {"a": {"f": "1"}, "b": {}}});
        let write = |key: &str, value: Option<Value>| Write {
            entry: EntryName::new("T", key),
            value,
        };
        let steps = [
            vec![write("a", None), write("c", Some(json!({"g": "1"})))],
            vec![write("a", Some(json!({"f": "2"}))), write("c", None)],
        ];
        let steps = changes_of(&current, steps.iter().map(Vec::as_slice));
        let squash = squash(&steps);
        assert_eq!(squash.len(), 1);
        assert_eq!(squash[0].before, Some(json!({"f": "1"})));
        assert_eq!(squash[0].after, Some(json!({"f": "2"})));
        let mut config = current.clone();
        for step in steps.iter().chain(&inverse(&steps)) {
            apply(&mut config, step);
        }
        assert!(differing(&config, &current).is_empty());
    }

    #[test]
    fn equal_forms_of_lists_compare_equal() {
        let same = |one: Value, other: Value| same(Some(&one), Some(&other));
        assert!(same(json!({"l": [], "f": "1"}), json!({"f": "1", "l": [""]})));
        assert!(!same(json!({"l": []}), json!({"l": ["a"]})));
        assert!(!same(json!({"l": []}), json!({})));
        assert!(!same(json!({"f": ""}), json!({"f": [""]})));
    }
}
