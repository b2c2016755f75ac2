//! The configlets that make one config of another.

use serde::Serialize;
use serde_json::{Map, Value};
use thiserror::Error;

use crate::config::debug_without_contents;
use crate::config::pointer;

/// Two configlets that together make one config of another: first `update` is laid over it, then
/// `delete` is taken out of it, see [`Configlet::update`] and [`Configlet::delete`].
///
/// [`Configlet::update`]: super::Configlet::update
/// [`Configlet::delete`]: super::Configlet::delete
#[derive(Clone, Default, PartialEq, Serialize)]
pub struct Configlets {
    /// New and changed values. A list is complete.
    pub update: Vec<Value>,
    /// Deletions: fields by their names with their old values, entries and tables as empty objects.
    pub delete: Vec<Value>,
}

debug_without_contents!(Configlets {});

/// A difference that configlets cannot express.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("a configlet cannot say what differs at {place}: {reason}")]
pub struct NotAConfiglet {
    /// The JSON pointer; the name of an entry may be secret.
    pub place: String,
    /// The reason of the failure.
    pub reason: &'static str,
}

impl Configlets {
    /// The configlets that make `target` of `current`. Each is a list of one object, or empty if nothing
    /// is to be done.
    ///
    /// # Errors
    /// [`NotAConfiglet`]: a table without entries that is to be made or left, a table or an entry that is no
    /// object, a field that is one.
    pub fn between(current: &Value, target: &Value) -> Result<Self, NotAConfiglet> {
        let (old, new) = (object(current, "")?, object(target, "")?);
        let (mut update, mut delete) = (Map::new(), Map::new());
        for (name, after) in new {
            let at = pointer::child("", name);
            let before = old.get(name).unwrap_or(&Value::Null);
            if before == after {
                continue;
            }
            let none = Map::new();
            let before = if before.is_null() {
                &none
            } else {
                object(before, &at)?
            };
            let after = object(after, &at)?;
            if after.is_empty() {
                return Err(refused(&at, "a table is never left without entries"));
            }
            let (changed, gone) = entries(before, after, &at)?;
            for (table, part) in [(&mut update, changed), (&mut delete, gone)] {
                if !part.is_empty() {
                    table.insert(name.clone(), Value::Object(part));
                }
            }
        }
        for name in old.keys().filter(|name| !new.contains_key(*name)) {
            delete.insert(name.clone(), Value::Object(Map::new()));
        }
        let list = |tables: Map<String, Value>| {
            if tables.is_empty() {
                Vec::new()
            } else {
                vec![Value::Object(tables)]
            }
        };
        Ok(Configlets {
            update: list(update),
            delete: list(delete),
        })
    }
}

type Parts = (Map<String, Value>, Map<String, Value>);

fn entries(old: &Map<String, Value>, new: &Map<String, Value>, at: &str) -> Result<Parts, NotAConfiglet> {
    let (mut update, mut delete) = (Map::new(), Map::new());
    for (key, after) in new {
        let at = pointer::child(at, key);
        match old.get(key) {
            Some(before) if before == after => {}
            Some(before) => {
                let (changed, gone) = fields(object(before, &at)?, object(after, &at)?, &at)?;
                for (entries, part) in [(&mut update, changed), (&mut delete, gone)] {
                    if !part.is_empty() {
                        entries.insert(key.clone(), Value::Object(part));
                    }
                }
            }
            None => {
                let (changed, _) = fields(&Map::new(), object(after, &at)?, &at)?;
                update.insert(key.clone(), Value::Object(changed));
            }
        }
    }
    for key in old.keys().filter(|key| !new.contains_key(*key)) {
        delete.insert(key.clone(), Value::Object(Map::new()));
    }
    Ok((update, delete))
}

fn fields(old: &Map<String, Value>, new: &Map<String, Value>, at: &str) -> Result<Parts, NotAConfiglet> {
    let (mut update, mut delete) = (Map::new(), Map::new());
    let plain = |name: &String, value: &Value| {
        if value.is_object() {
            Err(refused(
                &pointer::child(at, name),
                "an object in an entry is a part of its key",
            ))
        } else {
            Ok(value.clone())
        }
    };
    for (name, value) in new.iter().filter(|(name, value)| old.get(*name) != Some(value)) {
        update.insert(name.clone(), plain(name, value)?);
    }
    for (name, value) in old.iter().filter(|(name, _)| !new.contains_key(*name)) {
        delete.insert(name.clone(), plain(name, value)?);
    }
    Ok((update, delete))
}

fn object<'a>(value: &'a Value, at: &str) -> Result<&'a Map<String, Value>, NotAConfiglet> {
    value
        .as_object()
        .ok_or_else(|| refused(at, "it is not an object there"))
}

fn refused(at: &str, reason: &'static str) -> NotAConfiglet {
    NotAConfiglet {
        place: at.to_owned(),
        reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Source;
    use crate::patch::Configlet;
    use serde_json::json;

    #[test]
    fn configlets_between_two_configs() {
        let current =
            json!({"T": {"a": {"f": "1", "g": "2", "l": ["x", "y"]}, "b": {}, "c|d": {}}, "U": {"x": {}}});
        let target =
            json!({"T": {"a": {"f": "3", "l": ["y"]}, "c|d": {}, "e": {"h": "1"}, "n": {}}, "V": {"k": {}}});
        let configlets = Configlets::between(&current, &target).unwrap();
        assert_eq!(
            serde_json::to_value(&configlets).unwrap(),
            json!({
                "update": [{"T": {"a": {"f": "3", "l": ["y"]}, "e": {"h": "1"}, "n": {}}, "V": {"k": {}}}],
                "delete": [{"T": {"a": {"g": "2"}, "b": {}}, "U": {}}],
            })
        );
        let read = |list| Configlet::parse(Source::new("c", Value::Array(list).to_string())).unwrap();
        let updated = read(configlets.update).update(&current);
        assert_eq!(read(configlets.delete).delete(&updated), target);
        assert_eq!(Configlets::between(&target, &target), Ok(Configlets::default()));
    }

    #[test]
    fn changes_without_configlet_are_refused() {
        let message = |target| {
            let current = json!({"T": {"a": {"f": "1"}}});
            Configlets::between(&current, &target).unwrap_err().to_string()
        };
        let start = "a configlet cannot say what differs at";
        assert_eq!(
            message(json!({"T": {}})),
            format!("{start} /T: a table is never left without entries")
        );
        assert_eq!(
            message(json!({"T": []})),
            format!("{start} /T: it is not an object there")
        );
        assert_eq!(
            message(json!({"T": {"a": {"f": {"g": "1"}}}})),
            format!("{start} /T/a/f: an object in an entry is a part of its key")
        );
    }
}
