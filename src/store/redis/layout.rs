//! The form of an entry in a hash: a list is `field@` with its elements joined, an entry without fields is the one pair
//! `NULL` `NULL`.

use serde_json::{Map, Value};

/// What joins the elements of a list.
const JOIN: char = ',';
/// What the name of a field ends with that holds a list.
const LIST: char = '@';
/// The field, and its value, of an entry without fields.
const NULL: &str = "NULL";

/// The fields of an entry, as its hash has them.
///
/// # Errors
/// Why the value cannot be kept: what is no string or list of strings, an element that holds what joins them,
/// a field that would be read back as a list.
pub fn to_hash(value: &Value) -> Result<Vec<(String, String)>, String> {
    let Value::Object(fields) = value else {
        return Err("it is no object of fields".to_owned());
    };
    let mut hash = Vec::with_capacity(fields.len());
    for (name, value) in fields {
        match value {
            Value::String(text) if name == NULL && text == NULL => {}
            _ if name == NULL => {
                return Err(format!(
                    "a field {NULL} would not be read back: it stands for no fields"
                ));
            }
            Value::String(_) if name.ends_with(LIST) => {
                return Err(format!(
                    "the field {name} would be read back as a list, because of its last character"
                ));
            }
            Value::String(text) => hash.push((name.clone(), text.clone())),
            Value::Array(elements) => {
                let mut texts = Vec::with_capacity(elements.len());
                for element in elements {
                    match element {
                        Value::String(text) if text.contains(JOIN) => {
                            return Err(format!(
                                "an element of {name} holds a comma, which joins the elements of a list"
                            ));
                        }
                        Value::String(text) => texts.push(text.as_str()),
                        _ => return Err(format!("an element of {name} is no string")),
                    }
                }
                hash.push((format!("{name}{LIST}"), texts.join(&JOIN.to_string())));
            }
            _ => return Err(format!("the field {name} is no string and no list")),
        }
    }
    if hash.is_empty() {
        hash.push((NULL.to_owned(), NULL.to_owned()));
    }
    Ok(hash)
}

/// An entry from the fields of its hash, in the order of their names.
pub fn from_hash(mut hash: Vec<(String, String)>) -> Value {
    hash.sort_unstable();
    let mut fields = Map::new();
    for (name, text) in hash {
        if name == NULL {
            continue;
        }
        match name.strip_suffix(LIST) {
            Some(list) => {
                let elements = text.split(JOIN).map(|element| Value::String(element.to_owned()));
                fields.insert(list.to_owned(), elements.collect());
            }
            None => {
                fields.insert(name, Value::String(text));
            }
        }
    }
    Value::Object(fields)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pairs(hash: &[(&str, &str)]) -> Vec<(String, String)> {
        hash.iter()
            .map(|&(name, text)| (name.to_owned(), text.to_owned()))
            .collect()
    }

    #[test]
    fn there_and_back() {
        for (value, hash) in [
            (
                json!({"f": "1", "l": ["a", "b"]}),
                pairs(&[("f", "1"), ("l@", "a,b")]),
            ),
            (json!({}), pairs(&[("NULL", "NULL")])),
            (json!({"l": [""]}), pairs(&[("l@", "")])),
        ] {
            assert_eq!(to_hash(&value).unwrap(), hash);
            assert_eq!(from_hash(hash), value);
        }
        assert_eq!(to_hash(&json!({"l": []})).unwrap(), pairs(&[("l@", "")]));
        // As it may be written in a file.
        assert_eq!(
            to_hash(&json!({"NULL": "NULL"})).unwrap(),
            pairs(&[("NULL", "NULL")])
        );
        assert_eq!(
            to_hash(&json!({"f": "1", "NULL": "NULL"})).unwrap(),
            pairs(&[("f", "1")])
        );
    }

    #[test]
    fn values_without_redis_form_are_refused() {
        let refused = |value: Value| to_hash(&value).unwrap_err();
        assert!(refused(json!({"l": ["a,b"]})).contains("an element of l holds a comma"));
        assert!(refused(json!({"l": [1]})).contains("an element of l is no string"));
        assert!(refused(json!({"f": 1})).contains("the field f is no string"));
        assert!(refused(json!({"f@": "1"})).contains("would be read back as a list"));
        assert!(refused(json!({"NULL": "1"})).contains("would not be read back"));
        assert!(refused(json!("x")).contains("no object"));
    }
}
