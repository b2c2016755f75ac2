//! From text to nodes: `serde_json` checks that the text is JSON, then one walk over it records the place of every
//! part.

use std::borrow::Cow;

use rustc_hash::FxHashSet;
use serde::de::IgnoredAny;
use smallvec::SmallVec;

use super::syntax::{reason, syntax_error};
use super::{
    Document, JsonKind, Key, MAX_DEPTH, MAX_STRING_BYTES, NO_TEXT, NONE, Node, ParseError, REPEATED_NAME,
    Source, Span, Text, link, push, span,
};

/// Few members are compared pair by pair; more go through a set.
const FEW_MEMBERS: usize = 8;

/// Reads a text into a document that has no nodes yet.
pub(super) fn build(document: &mut Document, source: &Source) -> Result<(), ParseError> {
    serde_json::from_str::<IgnoredAny>(&source.text).map_err(|error| syntax_error(source, &error))?;
    let mut builder = Builder {
        source,
        at: 0,
        unescaped: &mut document.unescaped,
        nodes: &mut document.nodes,
    };
    builder.value(Key::root(), 0)?;
    Ok(())
}

/// Walks over a text that is known to be JSON.
struct Builder<'a, 'd> {
    source: &'a Source,
    /// How far it has come.
    at: usize,
    unescaped: &'d mut String,
    nodes: &'d mut Vec<Node>,
}

impl<'a> Builder<'a, '_> {
    /// The byte that is next; 0, which JSON does not allow, at the end.
    fn next(&self) -> u8 {
        self.source.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }

    fn skip_while(&mut self, skipped: impl Fn(u8) -> bool) {
        while skipped(self.next()) {
            self.at += 1;
        }
    }

    /// Skips white space, and a comma or colon.
    fn skip_between(&mut self) {
        self.skip_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b',' | b':'));
    }

    /// Steps over a string; says whether it has escapes.
    fn skip_string(&mut self) -> bool {
        let bytes = self.source.text.as_bytes();
        let mut has_escapes = false;
        self.at += 1;
        loop {
            let rest = bytes.get(self.at..).unwrap_or_default();
            match rest.iter().position(|&byte| byte == b'"' || byte == b'\\') {
                Some(plain) => self.at += plain,
                None => {
                    self.at = bytes.len();
                    return has_escapes;
                }
            }
            if self.next() == b'"' {
                self.at += 1;
                return has_escapes;
            }
            has_escapes = true;
            self.at += 2;
        }
    }

    fn error(&self, span: Span, message: String) -> ParseError {
        ParseError {
            message,
            location: self.source.locate(span.start),
            span,
        }
    }

    /// Reads a string, unescaped into the side buffer where it has escapes.
    fn string(&mut self) -> Result<Text, ParseError> {
        let start = self.at;
        let has_escapes = self.skip_string();
        let raw = self.source.text.get(start..self.at).unwrap_or("\"\"");
        if raw.len() > MAX_STRING_BYTES {
            let span = span(start, start + 1);
            let message = format!(
                "a string of {} bytes: strings are read up to {MAX_STRING_BYTES} bytes",
                raw.len() - 2
            );
            return Err(self.error(span, message));
        }
        let inner = &raw[1..raw.len() - 1];
        if !has_escapes {
            return Ok(Text {
                start: (start + 1) as u32,
                len: inner.len() as u32,
            });
        }
        let text: String = serde_json::from_str(raw).map_err(|error| {
            self.error(
                span(start, start + raw.len()),
                format!("not JSON: {}", reason(&error)),
            )
        })?;
        let at = self.source.text.len() + self.unescaped.len();
        self.unescaped.push_str(&text);
        Ok(Text {
            start: at as u32,
            len: text.len() as u32,
        })
    }

    fn value(&mut self, key: Key, depth: usize) -> Result<u32, ParseError> {
        self.skip_between();
        let start = self.at;
        let kind = match self.next() {
            b'"' => JsonKind::String,
            b'{' => JsonKind::Object,
            b'[' => JsonKind::Array,
            b't' | b'f' => JsonKind::Bool,
            b'n' => JsonKind::Null,
            _ => JsonKind::Number,
        };
        if matches!(kind, JsonKind::Object | JsonKind::Array) {
            return self.container(kind, start, key, depth);
        }
        let text = if kind == JsonKind::String {
            self.string()?
        } else {
            self.skip_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
            match kind {
                JsonKind::Null => NO_TEXT,
                _ => Text {
                    start: start as u32,
                    len: (self.at - start) as u32,
                },
            }
        };
        Ok(push(self.nodes, kind, key, text, span(start, self.at)))
    }

    fn container(&mut self, kind: JsonKind, start: usize, key: Key, depth: usize) -> Result<u32, ParseError> {
        let id = push(self.nodes, kind, key, NO_TEXT, span(start, start + 1));
        if depth == MAX_DEPTH {
            let message = format!("nested deeper than {MAX_DEPTH} levels");
            return Err(self.error(span(start, start + 1), message));
        }
        self.at += 1;
        if kind == JsonKind::Object {
            self.members(id, depth)?;
        } else {
            self.items(id, depth)?;
        }
        self.at += 1;
        self.nodes[id as usize].span = span(start, self.at);
        Ok(id)
    }

    fn members(&mut self, id: u32, depth: usize) -> Result<(), ParseError> {
        let mut last = NONE;
        let mut names: SmallVec<[Cow<'a, str>; FEW_MEMBERS]> = SmallVec::new();
        let mut seen: FxHashSet<Cow<'a, str>> = FxHashSet::default();
        loop {
            self.skip_between();
            if self.next() != b'"' {
                return Ok(());
            }
            let start = self.at;
            let text = self.string()?;
            let name_span = span(start, self.at);
            let name = self.resolve(text);
            let repeated = if names.len() < FEW_MEMBERS {
                let repeated = names.contains(&name);
                names.push(name);
                repeated
            } else {
                if seen.is_empty() {
                    seen.extend(names.iter().cloned());
                }
                !seen.insert(name)
            };
            if repeated {
                let message = format!("{:?} {REPEATED_NAME}", self.resolve(text));
                return Err(self.error(name_span, message));
            }
            let key = Key {
                parent: id,
                text,
                span: name_span,
            };
            let child = self.value(key, depth + 1)?;
            link(self.nodes, id, &mut last, child);
        }
    }

    fn items(&mut self, id: u32, depth: usize) -> Result<(), ParseError> {
        let mut last = NONE;
        for position in 0.. {
            self.skip_between();
            if matches!(self.next(), b']' | 0) {
                break;
            }
            let child = self.value(Key::item(id, position), depth + 1)?;
            link(self.nodes, id, &mut last, child);
        }
        Ok(())
    }

    /// A string of the text. One without escapes is borrowed from there.
    fn resolve(&self, text: Text) -> Cow<'a, str> {
        let source = self.source.text.as_str();
        let (from, len) = (text.start as usize, text.len as usize);
        if from >= source.len() {
            let from = from - source.len();
            Cow::Owned(self.unescaped[from..from + len].to_owned())
        } else {
            Cow::Borrowed(&source[from..from + len])
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<i32>().prop_map(|number| Value::from(f64::from(number) / 16.0)),
            "[ -~]{0,12}".prop_map(Value::from),
            "[\\PC\n\"\\\\]{0,6}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 48, 12, |inner| {
            let members = prop::collection::vec(("[a-d\"\\\\é|/~]{0,3}", inner.clone()), 0..12);
            prop_oneof![
                prop::collection::vec(inner, 0..6).prop_map(Value::from),
                members.prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    /// A text of a value: on one line or many, with what is not plain as it is or escaped.
    fn text(value: &Value, pretty: bool, escaped: bool) -> String {
        let text = match pretty {
            true => serde_json::to_string_pretty(value)
                .unwrap()
                .replace('\n', "\r\n\t"),
            false => serde_json::to_string(value).unwrap(),
        };
        let escape = |c: char| -> String {
            let mut units = [0; 2];
            let units = c.encode_utf16(&mut units).iter();
            units.map(|unit| format!("\\u{unit:04x}")).collect()
        };
        match escaped {
            true => text
                .chars()
                .map(|c| if c.is_ascii() { c.to_string() } else { escape(c) })
                .collect(),
            false => text,
        }
    }

    proptest! {
        #[test]
        fn every_value_is_where_it_is_said_to_be(value in any_json(), pretty: bool, escaped: bool) {
            let text = text(&value, pretty, escaped);
            let document = Document::parse(Source::new("t", text.as_str())).unwrap();
            prop_assert_eq!(&document.to_value(document.root()), &value);
            let at = |span: Span| &text[span.start as usize..span.end as usize];
            let mut left = vec![document.root()];
            while let Some(id) = left.pop() {
                let written: Value = serde_json::from_str(at(document.span(id).unwrap())).unwrap();
                prop_assert_eq!(written, document.to_value(id));
                if let Some(span) = document.key_span(id) {
                    let name: String = serde_json::from_str(at(span)).unwrap();
                    prop_assert_eq!(name, document.key(id));
                }
                left.extend(document.children(id));
            }
        }

        /// A repeated name is the only thing that serde_json accepts and this parser rejects.
        #[test]
        fn what_is_json_is_for_serde_json_to_say(
            value in any_json(), pretty: bool, at: prop::sample::Index, instead in "[\\[\\]{}:,\"\\\\0a. \n]{0,2}",
        ) {
            let mut text = text(&value, pretty, false);
            let (start, c) = text.char_indices().nth(at.index(text.chars().count())).unwrap();
            text.replace_range(start..start + c.len_utf8(), &instead);
            let found = Document::parse(Source::new("t", text.as_str()));
            match (serde_json::from_str::<Value>(&text), found) {
                (Ok(value), Ok(document)) => prop_assert_eq!(document.to_value(document.root()), value),
                (Ok(_), Err(error)) => prop_assert!(error.message.contains("twice"), "{}", error.message),
                (Err(_), found) => prop_assert!(found.is_err(), "{text}"),
            }
        }
    }
}
