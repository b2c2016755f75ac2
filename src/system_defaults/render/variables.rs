//! Configs and other data as the variables of a template.

use std::cell::RefCell;
use std::rc::Rc;

use serde_json::{Map, Value};

use crate::config::{CONFIG_DB_SEPARATOR, Source, debug_without_contents};
use crate::template::{self, Dict, Key};

use super::super::{Registry, status_of};
use super::yaml::{self, YamlError};

/// Variables from one source.
#[derive(Clone)]
pub enum Variables {
    /// Tables of a config: a key with `|` in it is the tuple of its parts.
    Tables(Value),
    /// A CONFIG_DB: as [`Variables::Tables`], with tables, entries and fields in the order of their bytes.
    Database(Value),
    /// Values as they are.
    Values(Value),
    /// A YAML document, whose keys are read as those of tables. It has been read once.
    Yaml(Yaml),
}

debug_without_contents!(Variables {});

/// A YAML document that was read.
#[derive(Debug, Clone)]
pub struct Yaml(Source);

impl Variables {
    /// Variables from YAML.
    ///
    /// # Errors
    /// [`YamlError`], with the place.
    pub fn yaml(source: Source) -> Result<Self, YamlError> {
        yaml::parse(&source)?;
        Ok(Variables::Yaml(Yaml(source)))
    }
}

/// All variables, and what they have of a config.
pub(super) fn of(
    registry: &Registry,
    layers: &[Variables],
) -> template::Result<(Vec<(String, template::Value)>, Value)> {
    let all = Rc::new(Dict::default());
    let mut config = Value::Object(Map::new());
    for layer in layers {
        let value = match layer {
            Variables::Tables(value) => {
                lay_json(&mut config, value);
                with_tuples(&of_json(value), false)
            }
            Variables::Database(value) => {
                lay_json(&mut config, value);
                with_tuples(&of_json(&in_order(value)), true)
            }
            Variables::Values(value) => {
                lay_json(&mut config, value);
                of_json(value)
            }
            Variables::Yaml(Yaml(source)) => {
                let read = yaml::parse(source);
                let read = read.map_err(|error| template::Error::value(error.to_string()))?;
                with_tuples(&read, false)
            }
        };
        if let template::Value::Dict(value) = value {
            lay(&all, &value);
        }
    }
    fill_replaced(registry, &config, &all);
    let all = all.0.borrow();
    let named = all.iter().filter_map(|(name, value)| match name.value() {
        template::Value::Text(name) => Some((name.to_string(), value.clone())),
        _ => None,
    });
    Ok((named.collect(), config))
}

/// Lays a dictionary over another one; dictionaries in both become one.
fn lay(below: &Rc<Dict>, above: &Rc<Dict>) {
    let mut pending = vec![(below.clone(), above.clone())];
    while let Some((below, above)) = pending.pop() {
        if Rc::ptr_eq(&below, &above) {
            continue;
        }
        for (key, value) in above.0.borrow().iter() {
            let mut below = below.0.borrow_mut();
            match (below.get(key), value) {
                (Some(template::Value::Dict(own)), template::Value::Dict(value)) => {
                    pending.push((own.clone(), value.clone()));
                }
                _ => drop(below.insert(key.clone(), value.clone())),
            }
        }
    }
}

/// As [`lay`], with JSON.
fn lay_json(below: &mut Value, above: &Value) {
    match (below, above) {
        (Value::Object(below), Value::Object(above)) => {
            for (name, value) in above {
                match below.get_mut(name) {
                    Some(own) => lay_json(own, value),
                    None => drop(below.insert(name.clone(), value.clone())),
                }
            }
        }
        (below, above) => *below = above.clone(),
    }
}

/// A config in the order in which the database's library gives it: that of bytes. The name of a list has an `@` behind it there.
fn in_order(value: &Value) -> Value {
    let Value::Object(members) = value else {
        return value.clone();
    };
    let raw = |(name, value): &(&String, &Value)| match value {
        Value::Array(_) => format!("{name}@"),
        _ => (*name).clone(),
    };
    let mut members: Vec<(&String, &Value)> = members.iter().collect();
    members.sort_by_cached_key(raw);
    Value::Object(
        members
            .into_iter()
            .map(|(name, value)| (name.clone(), in_order(value)))
            .collect(),
    )
}

/// Tables with tuples as keys. In those of a file, tuples follow the other keys, as where SONiC's renderer puts them.
fn with_tuples(tables: &template::Value, are_in_place: bool) -> template::Value {
    let template::Value::Dict(tables) = tables else {
        return tables.clone();
    };
    let tables = tables.0.borrow();
    let tables = tables.iter().map(|(name, entries)| {
        let template::Value::Dict(entries) = entries else {
            return (name.clone(), entries.clone());
        };
        let entries = entries.0.borrow();
        let (mut kept, mut apart) = (Vec::new(), Vec::new());
        for (key, fields) in entries.iter() {
            match key
                .value()
                .as_str()
                .filter(|text| text.contains(CONFIG_DB_SEPARATOR))
                .and_then(tuple)
            {
                Some(tuple) if are_in_place => kept.push((tuple, fields.clone())),
                Some(tuple) => apart.push((tuple, fields.clone())),
                None => kept.push((key.clone(), fields.clone())),
            }
        }
        (name.clone(), kept.into_iter().chain(apart).collect())
    });
    tables.collect()
}

/// A key as the tuple of its parts.
fn tuple(key: &str) -> Option<Key> {
    let parts = key.split(CONFIG_DB_SEPARATOR).map(template::Value::from);
    Key::new(template::Value::tuple(parts.collect())).ok()
}

/// A JSON value as it is.
fn of_json(value: &Value) -> template::Value {
    match value {
        Value::Null => template::Value::None,
        Value::Bool(boolean) => template::Value::Bool(*boolean),
        Value::Number(number) => {
            let whole = number
                .as_i64()
                .map(i128::from)
                .or_else(|| number.as_u64().map(i128::from));
            match (whole, number.as_f64()) {
                (Some(number), _) => template::Value::Int(number),
                (None, Some(number)) => template::Value::Float(number),
                (None, None) => template::Value::from(number.to_string()),
            }
        }
        Value::String(text) => template::Value::from(text.as_str()),
        Value::Array(items) => template::Value::from(items.iter().map(of_json).collect::<Vec<_>>()),
        Value::Object(members) => members
            .iter()
            .map(|(name, member)| (Key::from(name.as_str()), of_json(member)))
            .collect(),
    }
}

/// Gives the fields that flags have replaced the status of their flags, where they are not there.
fn fill_replaced(registry: &Registry, config: &Value, all: &Rc<Dict>) {
    for flag in registry.iter() {
        let (Some(path), Some(status)) = (&flag.replaces, status_of(config, flag)) else {
            continue;
        };
        let table = inner(all, &path.table);
        let entry = table.and_then(|table| inner(&table, &path.key));
        if let Some(entry) = entry {
            let value = template::Value::from(flag.to_leaf(status));
            entry
                .0
                .borrow_mut()
                .entry(Key::from(path.field.as_str()))
                .or_insert(value);
        }
    }
}

/// The dictionary under a key, which is made where it is not there.
fn inner(outer: &Rc<Dict>, name: &str) -> Option<Rc<Dict>> {
    let mut outer = outer.0.borrow_mut();
    let empty = || template::Value::Dict(Rc::new(Dict(RefCell::default())));
    match outer.entry(Key::from(name)).or_insert_with(empty) {
        template::Value::Dict(dict) => Some(dict.clone()),
        _ => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::schema::{Schema, Sources};

    fn shown(layers: &[Variables]) -> String {
        let registry = Registry::of(&Schema::load(&Sources::shipped(), None).unwrap().schema).unwrap();
        let (variables, _) = of(&registry, layers).unwrap();
        let shown = variables
            .iter()
            .map(|(name, value)| format!("{name}={}", template::shown(value)));
        shown.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_file_keeps_its_order_and_a_database_has_that_of_bytes() {
        let config = json!({"B": {"k|2": {"l": ["x"], "l9": "y"}, "k": {}, "a|1": {}}, "A": {}});
        assert_eq!(
            shown(&[Variables::Tables(config.clone())]),
            "B={'k': {}, ('k', '2'): {'l': ['x'], 'l9': 'y'}, ('a', '1'): {}} A={}"
        );
        assert_eq!(
            shown(&[Variables::Database(config)]),
            "A={} B={('a', '1'): {}, 'k': {}, ('k', '2'): {'l9': 'y', 'l': ['x']}}"
        );
    }

    #[test]
    fn later_layers_count_most() {
        let layers = [
            Variables::Tables(json!({"T": {"a|b": {"x": 1}, "c": {"y": 1}}, "v": [1]})),
            Variables::Tables(json!({"T": {"a|b": {"z": 2}, "c": 5}, "v": [2]})),
            Variables::Values(json!({"T": {"a|b": 3}})),
        ];
        assert_eq!(
            shown(&layers),
            "T={'c': 5, ('a', 'b'): {'x': 1, 'z': 2}, 'a|b': 3} v=[2]"
        );
    }
}
