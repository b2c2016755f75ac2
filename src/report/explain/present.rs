//! What there is at a place in a config.

use serde::Serialize;
use serde_json::Value;

use crate::config::EntryName;
use crate::config::debug_without_contents;
use crate::policy::Policy;
use crate::schema::{PlaceName, Schema};
use crate::validate::{EntryPart, MASK, Reference, Validator, masked_entry};

/// What there is at a place in a config; secrets are masked.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Present {
    /// How many entries the table has.
    pub entries: usize,
    /// The entries that are meant, or their values of the field; entries without it are left out.
    pub values: Vec<(String, Value)>,
    /// What refers to the entry, or to its field: entries with their fields. Only where a key is named.
    pub referred_to_by: Vec<String>,
    /// The entries that it refers to. Only where a key is named.
    pub refers_to: Vec<String>,
}

debug_without_contents!(Present {});

/// What there is at a place in a config, an object of tables.
pub fn present(schema: &Schema, policy: &Policy, config: &Value, place: &PlaceName) -> Present {
    let entries = config.get(&place.table).and_then(Value::as_object);
    let mut values = Vec::new();
    for (key, entry) in entries.into_iter().flatten() {
        if place.key.as_ref().is_some_and(|meant| meant != key) {
            continue;
        }
        let name = masked_entry(policy, &EntryName::new(&*place.table, &**key)).to_string();
        match &place.field {
            None => values.push((name, masked_fields(policy, &place.table, entry))),
            Some(field) => {
                let value = entry
                    .get(field)
                    .map(|value| masked_value(policy, &place.table, field, value));
                values.extend(value.map(|value| (name, value)));
            }
        }
    }
    let (mut referred_to_by, mut refers_to) = (Vec::new(), Vec::new());
    if let Some(key) = &place.key {
        let entry = EntryName::new(&*place.table, &**key);
        let validator = Validator::new(schema, policy, config);
        let field = place.field.as_deref();
        for Reference { from, via, to, .. } in validator.references_to(&entry) {
            let is_meant = |(name, part): &(EntryName, EntryPart)| *name == entry && is_part(part, field);
            if to.iter().any(is_meant) {
                referred_to_by.push(referrer(policy, &from, &via));
            }
        }
        for Reference { via, to, .. } in validator.references_from(&entry) {
            if is_part(&via, field) {
                refers_to.extend(to.iter().map(|(name, _)| masked_entry(policy, name).to_string()));
            }
        }
    }
    for names in [&mut referred_to_by, &mut refers_to] {
        names.sort();
        names.dedup();
    }
    Present {
        entries: entries.map_or(0, serde_json::Map::len),
        values,
        referred_to_by,
        refers_to,
    }
}

/// Whether a part of an entry is meant: each, where no field is named.
fn is_part(part: &EntryPart, field: Option<&str>) -> bool {
    match (part, field) {
        (_, None) => true,
        (EntryPart::Key, Some(_)) => false,
        (EntryPart::Field(name) | EntryPart::Element(name, _) | EntryPart::Name(name), Some(field)) => {
            name == field
        }
    }
}

fn referrer(policy: &Policy, from: &EntryName, via: &EntryPart) -> String {
    let name = masked_entry(policy, from);
    match via {
        EntryPart::Key => name.to_string(),
        EntryPart::Field(field) | EntryPart::Element(field, _) | EntryPart::Name(field) => {
            format!("{name} {field}")
        }
    }
}

fn masked_fields(policy: &Policy, table: &str, entry: &Value) -> Value {
    match entry {
        Value::Object(fields) => {
            let fields = fields.iter();
            let masked =
                |(name, value): (&String, &Value)| (name.clone(), masked_value(policy, table, name, value));
            Value::Object(fields.map(masked).collect())
        }
        _ => masked_value(policy, table, "", entry),
    }
}

fn masked_value(policy: &Policy, table: &str, field: &str, value: &Value) -> Value {
    if policy.is_secret_field(table, field) || policy.is_secret_key(table) {
        return Value::from(MASK);
    }
    value.clone()
}
