//! Entries of a config_db by name, and writing them.

use std::collections::HashSet;
use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use smol_str::SmolStr;

use super::document::CONFIG_DB_SEPARATOR;
use crate::config::debug_without_contents;

/// The name of an entry: `TABLE|key1|key2`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EntryName {
    /// The name of the table.
    pub table: SmolStr,
    /// The key with all its parts.
    pub key: SmolStr,
}

impl EntryName {
    /// The entry of a table with a key.
    pub fn new(table: impl Into<SmolStr>, key: impl Into<SmolStr>) -> Self {
        EntryName {
            table: table.into(),
            key: key.into(),
        }
    }

    /// The parts of the key.
    pub fn parts(&self) -> impl Iterator<Item = &str> {
        self.key.split(CONFIG_DB_SEPARATOR)
    }

    /// A write that gives the entry a value, or takes it away.
    pub fn written_as<'w>(&'w self, value: Option<&'w Value>) -> WriteRef<'w> {
        WriteRef { entry: self, value }
    }

    /// The entry's value in a config.
    pub fn find<'c>(&self, config: &'c Value) -> Option<&'c Value> {
        config.get(self.table.as_str())?.get(self.key.as_str())
    }
}

impl fmt::Display for EntryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{CONFIG_DB_SEPARATOR}{}", self.table, self.key)
    }
}

impl Serialize for EntryName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What an entry becomes.
#[derive(Clone, PartialEq)]
pub struct Write {
    /// The name of the entry.
    pub entry: EntryName,
    /// Its new value, an object of fields; `None` where it is deleted.
    pub value: Option<Value>,
}

debug_without_contents!(Write {});

/// A [`Write`] that borrows its parts.
#[derive(Clone, Copy)]
pub struct WriteRef<'w> {
    /// The name of the entry.
    pub entry: &'w EntryName,
    /// Its new value; `None` where it is deleted.
    pub value: Option<&'w Value>,
}

debug_without_contents!(WriteRef <'_> {});

impl<'w> From<&'w Write> for WriteRef<'w> {
    fn from(write: &'w Write) -> Self {
        write.entry.written_as(write.value.as_ref())
    }
}

impl WriteRef<'_> {
    /// The same as a value of its own.
    pub fn to_write(self) -> Write {
        Write {
            entry: self.entry.clone(),
            value: self.value.cloned(),
        }
    }

    /// Makes the change in a config: an existing entry keeps its position, a new one is the last; a table is created
    /// with its first entry and deleted with its last.
    pub fn apply(self, config: &mut Value) {
        let Value::Object(tables) = config else { return };
        let EntryName { table, key } = self.entry;
        match self.value {
            Some(value) => {
                let entries = tables
                    .entry(table.as_str())
                    .or_insert_with(|| Value::Object(Map::new()));
                if let Value::Object(entries) = entries {
                    entries.insert(key.to_string(), value.clone());
                }
            }
            None => {
                let Some(Value::Object(entries)) = tables.get_mut(table.as_str()) else {
                    return;
                };
                entries.shift_remove(key.as_str());
                if entries.is_empty() {
                    tables.shift_remove(table.as_str());
                }
            }
        }
    }
}

impl Write {
    /// Makes the change in a config, as [`WriteRef::apply`] does.
    pub fn apply(&self, config: &mut Value) {
        WriteRef::from(self).apply(config);
    }
}

/// Makes changes in a config, one after the other, as [`Write::apply`] does.
pub fn write_all<'w>(config: &mut Value, writes: impl IntoIterator<Item: Into<WriteRef<'w>>>) {
    let writes: Vec<WriteRef> = writes.into_iter().map(Into::into).collect();
    let mut left = &writes[..];
    while let Some((first, _)) = left.split_first() {
        // Entries that go from one table go together: one by one, each would move all behind it.
        let same = |write: &WriteRef| write.value.is_none() && write.entry.table == first.entry.table;
        let run = left.iter().take_while(|write| same(write)).count();
        if run < 2 {
            first.apply(config);
            left = &left[1..];
            continue;
        }
        let gone: HashSet<&str> = left[..run].iter().map(|write| write.entry.key.as_str()).collect();
        left = &left[run..];
        let Value::Object(tables) = &mut *config else {
            return;
        };
        if let Some(Value::Object(entries)) = tables.get_mut(first.entry.table.as_str()) {
            entries.retain(|key, _| !gone.contains(key.as_str()));
            if entries.is_empty() {
                tables.shift_remove(first.entry.table.as_str());
            }
        }
    }
}

/// The entries of a config, in its order. What is not of the form of a config has none.
pub fn entries(config: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    let tables = config.as_object().into_iter().flatten();
    tables.flat_map(|(table, entries)| {
        let entries = entries.as_object().into_iter().flatten();
        entries.map(move |(key, value)| (table.as_str(), key.as_str(), value))
    })
}

/// The entries in which two configs differ, in the order of their names.
pub fn differing_entries(before: &Value, after: &Value) -> Vec<EntryName> {
    let none = Map::new();
    let (Value::Object(before), Value::Object(after)) = (before, after) else {
        return Vec::new();
    };
    let mut names = Vec::new();
    for (table, old) in before {
        let new = after.get(table);
        if new == Some(old) {
            continue;
        }
        let (old, new) = (old.as_object(), new.and_then(Value::as_object));
        let (old, new) = (old.unwrap_or(&none), new.unwrap_or(&none));
        let gone_or_other = old.iter().filter(|(key, value)| new.get(*key) != Some(value));
        let come = new.keys().filter(|key| !old.contains_key(*key));
        let keys = gone_or_other.map(|(key, _)| key).chain(come);
        names.extend(keys.map(|key| EntryName::new(table, key)));
    }
    for (table, new) in after.iter().filter(|(table, _)| !before.contains_key(*table)) {
        let keys = new.as_object().unwrap_or(&none).keys();
        names.extend(keys.map(|key| EntryName::new(table, key)));
    }
    names.sort_unstable();
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn writes_make_and_clear_tables() {
        let mut config = json!({"T": {"a": {"f": "1"}}});
        let write = |table, key, value| Write {
            entry: EntryName::new(table, key),
            value,
        };
        write("U", "b|c", Some(json!({}))).apply(&mut config);
        write("T", "a", None).apply(&mut config);
        write("X", "a", None).apply(&mut config);
        assert_eq!(config, json!({"U": {"b|c": {}}}));
        let name = EntryName::new("U", "b|c");
        assert_eq!(name.to_string(), "U|b|c");
        assert!(name.find(&config).is_some());
        assert_eq!(entries(&config).collect::<Vec<_>>(), [("U", "b|c", &json!({}))]);
    }

    #[test]
    fn many_writes_do_what_each_does() {
        let before = json!({"T": {"a": {}, "b": {}, "c": {}, "d": {}}, "U": {"x": {}, "y": {}}});
        let write = |table, key, value| Write {
            entry: EntryName::new(table, key),
            value,
        };
        let writes = [
            write("T", "a", None),
            write("T", "c", None),
            write("T", "nothing", None),
            write("T", "a", Some(json!({"f": "1"}))),
            write("U", "x", None),
            write("U", "y", None),
            write("U", "z", Some(json!({}))),
        ];
        let (mut together, mut alone) = (before.clone(), before);
        write_all(&mut together, &writes);
        writes.iter().for_each(|write| write.apply(&mut alone));
        assert_eq!(together.to_string(), alone.to_string());
    }

    #[test]
    fn differences_by_entry() {
        let before = json!({"T": {"a": {"f": "1"}, "b": {}}, "U": {"x": {}}, "S": {"s": {}}});
        let after = json!({"T": {"a": {"f": "2"}, "c": {}}, "V": {"y": {}}, "S": {"s": {}}});
        let names: Vec<String> = differing_entries(&before, &after)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(names, ["T|a", "T|b", "T|c", "U|x", "V|y"]);
    }
}
