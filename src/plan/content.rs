//! What an entry holds at one moment of a plan.

use serde_json::{Map, Value};

use crate::policy::ChangeRequires;
use crate::validate::EntryPart;

/// Whether two forms of an entry hold the same in one part.
pub fn same_part(a: &Value, b: &Value, part: &EntryPart) -> bool {
    match part {
        EntryPart::Key => true,
        EntryPart::Field(field) => a.get(field.as_str()) == b.get(field.as_str()),
        EntryPart::Element(field, element) => {
            has_element(a.get(field.as_str()), element) == has_element(b.get(field.as_str()), element)
        }
        EntryPart::Name(field) => a.get(field.as_str()).is_some() == b.get(field.as_str()).is_some(),
    }
}

/// Whether an entry holds a part that it can lose.
pub fn has_part(value: &Value, part: &EntryPart) -> bool {
    match part {
        EntryPart::Key => false,
        EntryPart::Field(field) | EntryPart::Name(field) => value.get(field.as_str()).is_some(),
        EntryPart::Element(field, element) => has_element(value.get(field.as_str()), element),
    }
}

fn has_element(list: Option<&Value>, element: &str) -> bool {
    let list = list.and_then(Value::as_array);
    list.is_some_and(|list| list.iter().any(|item| item.as_str() == Some(element)))
}

/// Removes a part of an entry. A list is removed with its last element.
pub fn take_out(fields: &mut Map<String, Value>, part: &EntryPart) {
    match part {
        EntryPart::Key => {}
        EntryPart::Field(field) | EntryPart::Name(field) => {
            fields.shift_remove(field.as_str());
        }
        EntryPart::Element(field, element) => {
            let Some(Value::Array(list)) = fields.get_mut(field.as_str()) else {
                return;
            };
            list.retain(|item| item.as_str() != Some(element));
            if list.is_empty() {
                fields.shift_remove(field.as_str());
            }
        }
    }
}

/// An entry without some of its parts.
pub fn without<'p>(value: &Value, parts: impl IntoIterator<Item = &'p EntryPart>) -> Value {
    let mut value = value.clone();
    if let Value::Object(fields) = &mut value {
        for part in parts {
            take_out(fields, part);
        }
    }
    value
}

/// Whether an entry has the value that a rule asks for while others change.
fn has_value(value: &Value, rule: &ChangeRequires) -> bool {
    match value.get(&rule.field) {
        Some(value) => value.as_str() == Some(&rule.value),
        None => rule.absent,
    }
}

/// Whether an entry is there and has another value than a rule asks for.
pub fn is_up(value: Option<&Value>, rule: &ChangeRequires) -> bool {
    value.is_some_and(|value| !has_value(value, rule))
}

/// Gives an entry the value that a rule asks for.
pub fn give_value(value: &mut Value, rule: &ChangeRequires) {
    if let Value::Object(fields) = value {
        fields.insert(rule.field.clone(), Value::String(rule.value.clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn parts_are_compared_and_taken_out() {
        let entry = json!({"f": "1", "l": ["a", "b"]});
        let element = |name: &str| EntryPart::Element("l".into(), name.into());
        let less = without(&entry, [&element("a")]);
        assert_eq!(less, json!({"f": "1", "l": ["b"]}));
        assert!(!same_part(&entry, &less, &element("a")));
        assert!(same_part(&entry, &less, &element("b")));
        assert_eq!(
            without(&less, [&element("b"), &EntryPart::Field("f".into())]),
            json!({})
        );
    }
}
