//! Setting flags, and the fields that they have replaced, in a config.

use serde_json::{Map, Value};

use super::Flag;
use super::value::{STATUS, TABLE};

/// The object of an entry, made where it is missing. `None` where another kind of value is in its place.
fn entry<'c>(config: &'c mut Value, table: &str, key: &str) -> Option<&'c mut Map<String, Value>> {
    let member = |object: &'c mut Value, name: &str| {
        let members = object.as_object_mut()?;
        Some(members.entry(name).or_insert_with(|| Value::Object(Map::new())))
    };
    let table = member(config, table)?;
    member(table, key)?.as_object_mut()
}

/// Gives a flag a status; its other fields stay.
pub(super) fn set_status(config: &mut Value, flag: &Flag, status: &str) {
    respell(config, flag);
    if let Some(entry) = entry(config, TABLE, &flag.key) {
        entry.insert(STATUS.to_owned(), status.into());
    }
}

/// Gives the entry of a flag the key that is written, and that one alone. Says whether it had another one.
pub(super) fn respell(config: &mut Value, flag: &Flag) -> bool {
    let others: Vec<String> = flag.others(config).into_iter().map(str::to_owned).collect();
    if let Some(Value::Object(flags)) = config.get_mut(TABLE) {
        for key in &others {
            let fields = flags.shift_remove(key);
            if let Some(fields) = fields.filter(|_| !flags.contains_key(&flag.key)) {
                flags.insert(flag.key.clone(), fields);
            }
        }
    }
    !others.is_empty()
}

/// Takes a flag away, in every spelling, and the table with the last one.
pub(super) fn unset(config: &mut Value, flag: &Flag) {
    let Some(tables) = config.as_object_mut() else {
        return;
    };
    if let Some(Value::Object(flags)) = tables.get_mut(TABLE) {
        flags.retain(|key, _| !flag.is_called(key));
        if flags.is_empty() {
            tables.shift_remove(TABLE);
        }
    }
}

/// Gives the field that a flag has replaced a value.
pub(super) fn set_leaf(config: &mut Value, flag: &Flag, value: &str) {
    if let Some(path) = &flag.replaces
        && let Some(entry) = entry(config, &path.table, &path.key)
    {
        entry.insert(path.field.clone(), value.into());
    }
}

/// Takes the field away that a flag has replaced. Its entry stays, without fields if it has no others.
pub(super) fn unset_leaf(config: &mut Value, flag: &Flag) {
    let Some(path) = &flag.replaces else { return };
    let entry = config
        .get_mut(&path.table)
        .and_then(|table| table.get_mut(&path.key));
    if let Some(Value::Object(fields)) = entry {
        fields.shift_remove(&path.field);
    }
}
