//! A document with some of its values changed, as text: what did not change stays to the letter.

use rustc_hash::FxHashMap;
use serde_json::{Map, Value};

use super::json::{Document, JsonId, JsonKind};
use super::print::indentation;
use super::source::Span;

/// The text of a document after a change. Values, names and white space that the change does not concern
/// are taken over as they were written; what is new takes the form of its surroundings.
///
/// `document` was read from text, and `value` replaces it.
pub fn edited(document: &Document, value: &Value) -> String {
    let text = document.source().text.as_str();
    let root = document.root();
    let Some(Span { start, end }) = document.span(root) else {
        return value.to_string();
    };
    let indent = indentation(text);
    let mut editor = Editor {
        document,
        text,
        colon: colon(document).unwrap_or(if indent.is_empty() { ":" } else { ": " }),
        line_break: if text.contains("\r\n") { "\r\n" } else { "\n" },
        out: text[..start as usize].to_owned(),
        indent,
    };
    let spread = !editor.indent.is_empty();
    editor.value(value, Some(root), 0, spread);
    editor.out.push_str(&text[end as usize..]);
    editor.out
}

/// The text between the first name of a document and its value.
fn colon(document: &Document) -> Option<&str> {
    let first = document.children(document.root()).next()?;
    let (key, value) = (document.key_span(first)?, document.span(first)?);
    Some(&document.source().text[key.end as usize..value.start as usize])
}

struct Editor<'a> {
    document: &'a Document,
    text: &'a str,
    indent: String,
    colon: &'a str,
    line_break: &'static str,
    out: String,
}

impl<'a> Editor<'a> {
    fn raw(&self, span: Option<Span>) -> &'a str {
        span.map_or("", |span| &self.text[span.start as usize..span.end as usize])
    }

    /// Writes a value that takes the place of another one, or of none. `spread` says whether what is
    /// around it is written over several lines.
    fn value(&mut self, value: &Value, old: Option<JsonId>, depth: usize, spread: bool) {
        if let Some(id) = old.filter(|&id| is_same(self.document, id, value)) {
            let raw = self.raw(self.document.span(id));
            self.out.push_str(raw);
            return;
        }
        let old = old.filter(|&id| self.document.children(id).next().is_some());
        let spread = old.map_or(spread, |id| self.raw(self.document.span(id)).contains('\n'));
        match value {
            Value::Object(members) => self.object(members, old, depth, spread),
            Value::Array(items) => {
                self.out.push('[');
                for (position, item) in items.iter().enumerate() {
                    self.separate(position == 0, depth + 1, spread);
                    self.value(item, None, depth + 1, spread);
                }
                self.close(']', items.is_empty(), depth, spread);
            }
            scalar => self.out.push_str(&scalar.to_string()),
        }
    }

    fn object(&mut self, members: &Map<String, Value>, old: Option<JsonId>, depth: usize, spread: bool) {
        let document = self.document;
        let children = old.into_iter().flat_map(|id| document.children(id));
        let known: FxHashMap<&str, JsonId> = children.map(|id| (document.key(id), id)).collect();
        self.out.push('{');
        for (position, (name, member)) in members.iter().enumerate() {
            self.separate(position == 0, depth + 1, spread);
            let old = known.get(name.as_str()).copied();
            let key = old.and_then(|id| document.key_span(id));
            let value = old.and_then(|id| document.span(id));
            if let (Some(key), Some(value)) = (key, value) {
                self.out
                    .push_str(&self.text[key.start as usize..value.start as usize]);
            } else {
                self.out.push_str(&Value::String(name.clone()).to_string());
                self.out.push_str(self.colon);
            }
            self.value(member, old, depth + 1, spread);
        }
        self.close('}', members.is_empty(), depth, spread);
    }

    /// The text before a member or element.
    fn separate(&mut self, first: bool, depth: usize, spread: bool) {
        if !first {
            self.out.push(',');
        }
        if spread {
            self.new_line(depth);
        } else if !first && self.colon.ends_with(' ') {
            self.out.push(' ');
        }
    }

    fn close(&mut self, bracket: char, empty: bool, depth: usize, spread: bool) {
        if spread && !empty {
            self.new_line(depth);
        }
        self.out.push(bracket);
    }

    fn new_line(&mut self, depth: usize) {
        self.out.push_str(self.line_break);
        for _ in 0..depth {
            self.out.push_str(&self.indent);
        }
    }
}

/// Whether a value equals that of a document, with its members in the same order.
fn is_same(document: &Document, id: JsonId, value: &Value) -> bool {
    let mut children = document.children(id);
    match (document.kind(id), value) {
        (JsonKind::String, Value::String(text)) => document.scalar(id) == text,
        (JsonKind::Array, Value::Array(items)) => {
            items.iter().all(|item| {
                children
                    .next()
                    .is_some_and(|child| is_same(document, child, item))
            }) && children.next().is_none()
        }
        (JsonKind::Object, Value::Object(members)) => {
            members.iter().all(|(name, member)| {
                children
                    .next()
                    .is_some_and(|child| document.key(child) == name && is_same(document, child, member))
            }) && children.next().is_none()
        }
        (JsonKind::Array | JsonKind::Object | JsonKind::String, _) => false,
        // Numbers compare as what they were read as.
        (_, value) => document.to_value(id) == *value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Source;

    fn edit(text: &str, change: impl Fn(&mut Value)) -> String {
        let document = Document::parse(Source::new("t", text)).unwrap();
        let mut value = document.to_value(document.root());
        change(&mut value);
        let text = edited(&document, &value);
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value, "{text}");
        text
    }

    #[test]
    fn nothing_changed() {
        let text = " {\"a\" :{ \"b\":[1 ,2.50] } ,\n\"\\u0063\": 1e999}\r\n\n";
        assert_eq!(
            edited(&Document::parse(Source::new("t", text)).unwrap(), &{
                let document = Document::parse(Source::new("t", text)).unwrap();
                document.to_value(document.root())
            }),
            text
        );
    }

    #[test]
    fn the_rest_stays_as_it_was_written() {
        let text = "{\n  \"T\": {\n    \"k\\u0065y\": {\"l\": [\"1\", \"2\"], \"f\": \"\\u00fc\"},\n    \"x\": {}\n  },\n  \"U\": {\"n\": 1.00}\n}\n";
        let changed = edit(text, |value| {
            value["T"]["key"]["l"] = serde_json::json!(["1", "3"]);
            value["T"]["x"]["g"] = "v".into();
            value["T"]["y"] = serde_json::json!({"h": ["1"], "e": {}});
        });
        assert_eq!(
            changed,
            "{\n  \"T\": {\n    \"k\\u0065y\": {\"l\": [\"1\", \"3\"], \"f\": \"\\u00fc\"},\n    \"x\": {\n      \"g\": \"v\"\n    },\n    \
             \"y\": {\n      \"h\": [\n        \"1\"\n      ],\n      \"e\": {}\n    }\n  },\n  \"U\": {\"n\": 1.00}\n}\n"
        );
        let changed = edit(text, |value| {
            value["T"].as_object_mut().unwrap().remove("key");
            value["U"] = "s".into();
        });
        assert_eq!(changed, "{\n  \"T\": {\n    \"x\": {}\n  },\n  \"U\": \"s\"\n}\n");
    }

    #[test]
    fn texts_of_one_line() {
        let add = |value: &mut Value| value["T"]["b"] = serde_json::json!({"f": ["1", "2"]});
        assert_eq!(
            edit(r#"{"T":{"a":{}}}"#, add),
            r#"{"T":{"a":{},"b":{"f":["1","2"]}}}"#
        );
        assert_eq!(
            edit(r#"{"T": {"a": {}}}"#, add),
            r#"{"T": {"a": {}, "b": {"f": ["1", "2"]}}}"#
        );
        assert_eq!(
            edit("{\"T\": {}}", add),
            "{\"T\": {\"b\": {\"f\": [\"1\", \"2\"]}}}"
        );
        assert_eq!(edit("{}\n", |value| value["T"] = 1.into()), "{\"T\":1}\n");
    }

    #[test]
    fn other_line_breaks() {
        let text = "{\r\n\t\"T\": {\r\n\t\t\"a\": \"1\"\r\n\t}\r\n}";
        assert_eq!(
            edit(text, |value| value["T"]["b"] = "2".into()),
            "{\r\n\t\"T\": {\r\n\t\t\"a\": \"1\",\r\n\t\t\"b\": \"2\"\r\n\t}\r\n}"
        );
    }
}
