//! Configs as text.

use serde::Serialize;
use serde_json::Value;
use serde_json::ser::{PrettyFormatter, Serializer};

/// How many spaces a level is indented by where nothing else is known, as SONiC's own tools do.
const INDENT: usize = 4;

/// A config as text, in the order it has. `like` is a text to take the indentation and the end of
/// the last line from.
pub fn to_text(value: &Value, like: Option<&str>) -> String {
    let indent = like.map_or(" ".repeat(INDENT), indentation);
    let mut text = if indent.is_empty() {
        value.to_string()
    } else {
        pretty(value, &indent)
    };
    if like.is_none_or(|like| like.ends_with('\n')) {
        text.push('\n');
    }
    text
}

/// The canonical text of a config: members sorted by name, four spaces, one line feed at the end.
/// Empty lists are written `[""]`, as config_db reads them back.
pub fn canonical(value: &Value) -> String {
    to_text(&sorted(value), None)
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| name.as_str());
            let members = members.into_iter();
            Value::Object(
                members
                    .map(|(name, member)| (name.clone(), sorted(member)))
                    .collect(),
            )
        }
        Value::Array(items) if items.is_empty() => Value::Array(vec![Value::String(String::new())]),
        other => other.clone(),
    }
}

fn pretty(value: &Value, indent: &str) -> String {
    let mut bytes = Vec::new();
    let mut serializer =
        Serializer::with_formatter(&mut bytes, PrettyFormatter::with_indent(indent.as_bytes()));
    // Writing a value to memory cannot fail, and JSON is UTF-8.
    let written = value.serialize(&mut serializer);
    debug_assert!(written.is_ok());
    String::from_utf8(bytes).unwrap_or_default()
}

/// The white space that the second line of a text begins with; empty for a text of one line.
pub(super) fn indentation(text: &str) -> String {
    let Some(line) = text.trim_end().lines().nth(1) else {
        return String::new();
    };
    let blank = line.len() - line.trim_start_matches([' ', '\t']).len();
    if blank == 0 {
        return " ".repeat(INDENT);
    }
    line[..blank].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_of_the_text_stays() {
        let value: Value = serde_json::json!({"B": {"k": {"f": "v"}}, "A": {}});
        for text in [
            "{\"B\":{\"k\":{\"f\":\"v\"}},\"A\":{}}",
            "{\n \"B\": {\n  \"k\": {\n   \"f\": \"v\"\n  }\n },\n \"A\": {}\n}\n",
        ] {
            assert_eq!(to_text(&value, Some(text)), text);
        }
    }

    #[test]
    fn canonical_sorts() {
        let value: Value = serde_json::json!({"B": {}, "A": {"k": {"l": []}}});
        let text = canonical(&value);
        assert!(text.find("\"A\"") < text.find("\"B\""));
        assert!(text.contains("\"l\": [\n                \"\"\n            ]"));
    }
}
