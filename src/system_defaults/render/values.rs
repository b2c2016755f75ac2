//! A config as the variables of a template.

use std::cmp::Ordering;

use minijinja::Value as Item;
use minijinja::value::Tuple;
use serde_json::Value;

use crate::config::CONFIG_DB_SEPARATOR;

/// The variables: tables, in natural order, and what is named beside them.
pub(super) fn context(config: &Value, more: &[(String, String)]) -> Item {
    let tables = config.as_object().into_iter().flatten();
    let tables = tables.filter(|(name, _)| more.iter().all(|(own, _)| own != *name));
    let tables = tables.map(|(name, entries)| (Item::from(name.as_str()), table(entries)));
    let more = more
        .iter()
        .map(|(name, value)| (Item::from(name.as_str()), Item::from(value.as_str())));
    Item::from_pairs(tables.chain(more))
}

/// A table: its entries by key; a key of several parts is the tuple of these.
fn table(entries: &Value) -> Item {
    let Value::Object(entries) = entries else {
        return of_json(entries);
    };
    let mut entries: Vec<(&String, &Value)> = entries.iter().collect();
    entries.sort_by(|a, b| natural(a.0, b.0));
    let entries = entries.into_iter().map(|(key, fields)| {
        let key = if key.contains(CONFIG_DB_SEPARATOR) {
            let parts = key.split(CONFIG_DB_SEPARATOR).map(Item::from);
            Tuple::from(parts.collect::<Vec<Item>>()).into()
        } else {
            Item::from(key.as_str())
        };
        (key, of_json(fields))
    });
    Item::from_pairs(entries)
}

/// A value as it is.
fn of_json(value: &Value) -> Item {
    match value {
        Value::Null => Item::from(()),
        Value::Bool(boolean) => Item::from(*boolean),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(number), _) => Item::from(number),
            (None, Some(number)) => Item::from(number),
            (None, None) => Item::from(number.to_string()),
        },
        Value::String(text) => Item::from(text.as_str()),
        Value::Array(items) => items.iter().map(of_json).collect(),
        Value::Object(members) => {
            let members = members.iter();
            Item::from_pairs(members.map(|(name, member)| (name.as_str(), of_json(member))))
        }
    }
}

/// The order in which `Ethernet4` precedes `Ethernet10`.
pub(super) fn natural(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a, b);
    loop {
        let (text_a, rest_a) = split_at_digits(a);
        let (text_b, rest_b) = split_at_digits(b);
        let (number_a, next_a) = number(rest_a);
        let (number_b, next_b) = number(rest_b);
        let order = text_a.cmp(text_b).then(by_value(number_a, number_b));
        if order != Ordering::Equal || next_a.len() == a.len() || next_b.len() == b.len() {
            return order.then(a.cmp(b));
        }
        (a, b) = (next_a, next_b);
    }
}

fn split_at_digits(text: &str) -> (&str, &str) {
    let at = text.find(|c: char| c.is_ascii_digit()).unwrap_or(text.len());
    text.split_at(at)
}

fn number(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text.split_at(end)
}

/// Compares numbers of any length.
fn by_value(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
    a.len().cmp(&b.len()).then(a.cmp(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_names_count_by_value() {
        let mut names = [
            "Ethernet10",
            "Ethernet4",
            "Ethernet",
            "Vlan9|a10",
            "Vlan9|a9",
            "Ethernet04",
        ];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(
            names,
            [
                "Ethernet",
                "Ethernet4",
                "Ethernet04",
                "Ethernet10",
                "Vlan9|a9",
                "Vlan9|a10"
            ]
        );
    }
}
