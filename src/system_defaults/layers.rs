//! A config from the layers that a switch starts with: what its image sets, what its minigraph declares,
//! what its user has set.

use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};
use thiserror::Error;

use crate::config::EntryName;
use crate::config::debug_without_contents;

use super::value::TABLE;

/// Which layer it is. Later ones count more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LayerKind {
    /// `init_cfg.json` of the image.
    InitCfg,
    /// The flags that `minigraph.xml` declares.
    Minigraph,
    /// `config_db.json` of the user.
    ConfigDb,
}

impl fmt::Display for LayerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            LayerKind::InitCfg => "init_cfg",
            LayerKind::Minigraph => "minigraph",
            LayerKind::ConfigDb => "config_db",
        })
    }
}

/// A layer. It need not be complete, nor valid by itself.
#[derive(Clone)]
pub struct Layer {
    /// The kind of the layer.
    pub kind: LayerKind,
    /// What it holds, in the form of a config.
    pub config: Value,
}

debug_without_contents!(Layer { kind });

/// Why layers cannot be laid over each other.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{layer}: {place}: {found} where an object belongs")]
pub struct LayerError {
    /// The layer with the wrong value.
    pub layer: LayerKind,
    /// The table or entry, as a JSON pointer.
    pub place: String,
    /// The kind of value that is there: `a string`.
    pub found: &'static str,
}

/// Layers laid over each other.
#[derive(Clone, Default, PartialEq)]
pub struct Layered {
    /// The config that they make.
    pub config: Value,
    /// The layer of each field, in the order of the config.
    pub origins: Vec<FieldOrigin>,
    /// Tables without entries, which are left out, with the layers that have them.
    pub empty_tables: Vec<(LayerKind, String)>,
}

debug_without_contents!(Layered {});

/// The layer that sets a field.
#[derive(Clone, PartialEq, Serialize)]
pub struct FieldOrigin {
    /// The name of the entry.
    pub entry: EntryName,
    /// The field; `None` for the entry itself, if it has no fields.
    pub field: Option<String>,
    /// The value that is in effect.
    pub value: Value,
    /// The layer that won.
    pub layer: LayerKind,
    /// What earlier layers said, the earliest first.
    pub overrode: Vec<(LayerKind, Value)>,
}

debug_without_contents!(FieldOrigin { field, layer });

impl FieldOrigin {
    /// Whether it is about a flag.
    pub fn is_flag(&self) -> bool {
        self.entry.table == TABLE
    }
}

/// Lays layers over each other, in the order of their kinds: a field of a later one replaces that of an
/// earlier one, lists too. A table without entries is left out, as it cannot be stored.
///
/// # Errors
/// [`LayerError`] for the first thing that is no object of tables, entries or fields.
pub fn lay(layers: &[Layer]) -> Result<Layered, LayerError> {
    let mut ordered: Vec<&Layer> = layers.iter().collect();
    ordered.sort_by_key(|layer| layer.kind);
    let mut tables = Map::new();
    let mut empty_tables = Vec::new();
    for layer in &ordered {
        for (table, entries) in object(layer, "", &layer.config)? {
            let place = format!("/{table}");
            let entries = object(layer, &place, entries)?;
            if entries.is_empty() {
                empty_tables.push((layer.kind, table.clone()));
                continue;
            }
            let merged = tables.entry(table.clone());
            let merged = merged.or_insert_with(|| Value::Object(Map::new()));
            for (key, fields) in entries {
                let fields = object(layer, &format!("{place}/{key}"), fields)?;
                lay_entry(merged, key, fields);
            }
        }
    }
    let config = Value::Object(tables);
    Ok(Layered {
        origins: origins(&ordered, &config),
        config,
        empty_tables,
    })
}

fn object<'c>(layer: &Layer, place: &str, value: &'c Value) -> Result<&'c Map<String, Value>, LayerError> {
    let found = match value {
        Value::Object(members) => return Ok(members),
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
    };
    Err(LayerError {
        layer: layer.kind,
        place: if place.is_empty() {
            "the config".to_owned()
        } else {
            place.to_owned()
        },
        found,
    })
}

fn lay_entry(table: &mut Value, key: &str, fields: &Map<String, Value>) {
    let Value::Object(entries) = table else { return };
    let entry = entries.entry(key).or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(own) = entry {
        for (field, value) in fields {
            own.insert(field.clone(), value.clone());
        }
    }
}

fn origins(layers: &[&Layer], config: &Value) -> Vec<FieldOrigin> {
    let mut origins = Vec::new();
    let members = |value: &Value| value.as_object().cloned().unwrap_or_default();
    for (table, entries) in members(config) {
        for (key, fields) in members(&entries) {
            let entry = EntryName::new(table.as_str(), key.as_str());
            if members(&fields).is_empty() {
                origins.extend(origin(layers, &entry, None, fields));
                continue;
            }
            for (field, value) in members(&fields) {
                origins.extend(origin(layers, &entry, Some(field), value));
            }
        }
    }
    origins
}

fn origin(layers: &[&Layer], entry: &EntryName, field: Option<String>, value: Value) -> Option<FieldOrigin> {
    let said = layers.iter().filter_map(|layer| {
        let entry = entry.find(&layer.config)?;
        let value = match &field {
            Some(field) => entry.get(field)?,
            None => entry,
        };
        Some((layer.kind, value.clone()))
    });
    let mut said: Vec<(LayerKind, Value)> = said.collect();
    let (layer, _) = said.pop()?;
    Some(FieldOrigin {
        entry: entry.clone(),
        field,
        value,
        layer,
        overrode: said,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn layer(kind: LayerKind, config: Value) -> Layer {
        Layer { kind, config }
    }

    #[test]
    fn later_layers_win_field_by_field() {
        let layered = lay(&[
            layer(
                LayerKind::ConfigDb,
                json!({"SYSTEM_DEFAULTS": {"a": {"status": "disabled"}}, "VLAN": {"Vlan1": {}}}),
            ),
            layer(
                LayerKind::InitCfg,
                json!({"SYSTEM_DEFAULTS": {"a": {"status": "enabled", "by": "image"}, "b": {"status": "up"}},
                       "T": {"k": {"l": ["1", "2"]}}, "EMPTY": {}}),
            ),
            layer(
                LayerKind::Minigraph,
                json!({"SYSTEM_DEFAULTS": {"a": {"status": "x"}}, "T": {"k": {"l": ["3"]}}}),
            ),
        ])
        .unwrap();
        assert_eq!(
            layered.config,
            json!({"SYSTEM_DEFAULTS": {"a": {"status": "disabled", "by": "image"}, "b": {"status": "up"}},
                   "T": {"k": {"l": ["3"]}}, "VLAN": {"Vlan1": {}}})
        );
        assert_eq!(layered.empty_tables, [(LayerKind::InitCfg, "EMPTY".to_owned())]);
        let first = &layered.origins[0];
        assert_eq!((first.layer, first.is_flag()), (LayerKind::ConfigDb, true));
        assert_eq!(
            first.overrode,
            [
                (LayerKind::InitCfg, json!("enabled")),
                (LayerKind::Minigraph, json!("x"))
            ]
        );
        let last = layered.origins.last().unwrap();
        assert_eq!(
            (last.entry.to_string(), &last.field),
            ("VLAN|Vlan1".to_owned(), &None)
        );
    }

    #[test]
    fn malformed_layers_are_refused() {
        let error = |config| lay(&[layer(LayerKind::InitCfg, config)]).unwrap_err().to_string();
        assert_eq!(
            error(json!([])),
            "init_cfg: the config: a list where an object belongs"
        );
        assert_eq!(
            error(json!({"T": "x"})),
            "init_cfg: /T: a string where an object belongs"
        );
        assert_eq!(
            error(json!({"T": {"k": null}})),
            "init_cfg: /T/k: null where an object belongs"
        );
    }
}
