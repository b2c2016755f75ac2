//! From text to nodes, in one walk that checks the syntax and records the place of every part.
//!
//! A text that the walk refuses is given to `serde_json`, whose reason comes first if it has one.

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

/// The bytes of a string that are not plain: quotation mark, backslash, control characters.
const ENDS_PLAIN: [bool; 256] = {
    let mut ends = [false; 256];
    let mut control = 0;
    while control < b' ' as usize {
        ends[control] = true;
        control += 1;
    }
    ends[b'"' as usize] = true;
    ends[b'\\' as usize] = true;
    ends
};

/// A refusal is rare: in a box it does not make the other outcome larger.
type Walked<T> = Result<T, Box<ParseError>>;

/// Reads a text into a document that has no nodes yet.
pub(super) fn build(document: &mut Document, source: &Source) -> Result<(), ParseError> {
    let mut builder = Builder {
        source,
        bytes: source.text.as_bytes(),
        at: 0,
        unescaped: &mut document.unescaped,
        nodes: &mut document.nodes,
    };
    builder
        .document()
        .map_err(|refusal| match serde_json::from_str::<IgnoredAny>(&source.text) {
            Err(error) => syntax_error(source, &error),
            Ok(_) => *refusal,
        })
}

/// Walks over a text.
struct Builder<'a, 'd> {
    source: &'a Source,
    /// The same text.
    bytes: &'a [u8],
    /// How far it has come.
    at: usize,
    unescaped: &'d mut String,
    nodes: &'d mut Vec<Node>,
}

impl<'a> Builder<'a, '_> {
    fn document(&mut self) -> Walked<()> {
        self.skip_space();
        self.value(Key::root(), 0)?;
        self.skip_space();
        if self.at < self.bytes.len() {
            return self.not_json();
        }
        Ok(())
    }

    /// The byte that is next; 0, which JSON does not allow, at the end.
    fn next(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(0)
    }

    fn skip_while(&mut self, skipped: impl Fn(u8) -> bool) {
        while skipped(self.next()) {
            self.at += 1;
        }
    }

    fn skip_space(&mut self) {
        self.skip_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
    }

    fn error(&self, span: Span, message: String) -> Box<ParseError> {
        Box::new(ParseError {
            message,
            location: self.source.locate(span.start),
            span,
        })
    }

    /// What is next does not belong here; `serde_json` says more.
    #[cold]
    fn not_json<T>(&self) -> Walked<T> {
        let at = self.at.min(self.bytes.len());
        Err(self.error(span(at, at), "not JSON".to_owned()))
    }

    /// Steps over a string; says whether it has escapes, which are not looked at.
    fn skip_string(&mut self) -> Walked<bool> {
        let mut has_escapes = false;
        self.at += 1;
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            let plain = rest.iter().position(|&byte| ENDS_PLAIN[usize::from(byte)]);
            self.at += plain.unwrap_or(rest.len());
            match self.next() {
                b'"' => {
                    self.at += 1;
                    return Ok(has_escapes);
                }
                b'\\' => {
                    has_escapes = true;
                    self.at += 2;
                }
                _ => return self.not_json(),
            }
        }
    }

    /// Reads a string, unescaped into the side buffer where it has escapes.
    fn string(&mut self) -> Walked<Text> {
        let start = self.at;
        let has_escapes = self.skip_string()?;
        let len = self.at - start;
        if len > MAX_STRING_BYTES {
            let span = span(start, start + 1);
            let message = format!(
                "a string of {} bytes: strings are read up to {MAX_STRING_BYTES} bytes",
                len - 2
            );
            return Err(self.error(span, message));
        }
        if !has_escapes {
            return Ok(Text {
                start: (start + 1) as u32,
                len: (len - 2) as u32,
            });
        }
        let raw = self.source.text.get(start..self.at).unwrap_or_default();
        let text: String = serde_json::from_str(raw)
            .map_err(|error| self.error(span(start, self.at), format!("not JSON: {}", reason(&error))))?;
        let at = self.bytes.len() + self.unescaped.len();
        self.unescaped.push_str(&text);
        Ok(Text {
            start: at as u32,
            len: text.len() as u32,
        })
    }

    /// Steps over one or more digits.
    fn skip_digits(&mut self) -> Walked<()> {
        let start = self.at;
        self.skip_while(|byte| byte.is_ascii_digit());
        if self.at == start {
            return self.not_json();
        }
        Ok(())
    }

    /// Steps over a number (RFC 8259, section 6).
    fn skip_number(&mut self) -> Walked<()> {
        if self.next() == b'-' {
            self.at += 1;
        }
        match self.next() {
            b'0' => self.at += 1,
            _ => self.skip_digits()?,
        }
        if self.next() == b'.' {
            self.at += 1;
            self.skip_digits()?;
        }
        if matches!(self.next(), b'e' | b'E') {
            self.at += 1;
            if matches!(self.next(), b'+' | b'-') {
                self.at += 1;
            }
            self.skip_digits()?;
        }
        Ok(())
    }

    fn skip_word(&mut self, word: &str) -> Walked<()> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        if !rest.starts_with(word.as_bytes()) {
            return self.not_json();
        }
        self.at += word.len();
        Ok(())
    }

    /// Reads the value that is next.
    fn value(&mut self, key: Key, depth: usize) -> Walked<u32> {
        let start = self.at;
        let (kind, text) = match self.next() {
            b'"' => (JsonKind::String, self.string()?),
            b'{' => return self.container(JsonKind::Object, key, depth),
            b'[' => return self.container(JsonKind::Array, key, depth),
            b'n' => {
                self.skip_word("null")?;
                (JsonKind::Null, NO_TEXT)
            }
            other => {
                let kind = match other {
                    b't' | b'f' => JsonKind::Bool,
                    _ => JsonKind::Number,
                };
                match other {
                    b't' => self.skip_word("true")?,
                    b'f' => self.skip_word("false")?,
                    _ => self.skip_number()?,
                }
                let text = Text {
                    start: start as u32,
                    len: (self.at - start) as u32,
                };
                (kind, text)
            }
        };
        Ok(push(self.nodes, kind, key, text, span(start, self.at)))
    }

    fn container(&mut self, kind: JsonKind, key: Key, depth: usize) -> Walked<u32> {
        let start = self.at;
        let id = push(self.nodes, kind, key, NO_TEXT, span(start, start + 1));
        if depth == MAX_DEPTH {
            let message = format!("nested deeper than {MAX_DEPTH} levels");
            return Err(self.error(span(start, start + 1), message));
        }
        self.at += 1;
        self.skip_space();
        if kind == JsonKind::Object {
            self.members(id, depth)?;
        } else {
            self.items(id, depth)?;
        }
        self.at += 1;
        self.nodes[id as usize].span = span(start, self.at);
        Ok(id)
    }

    /// Steps over the comma behind a part of an object or an array. False where the end is next.
    fn has_another(&mut self, end: u8) -> Walked<bool> {
        self.skip_space();
        match self.next() {
            b',' => {
                self.at += 1;
                self.skip_space();
                Ok(true)
            }
            next if next == end => Ok(false),
            _ => self.not_json(),
        }
    }

    fn members(&mut self, id: u32, depth: usize) -> Walked<()> {
        let mut last = NONE;
        let mut names: SmallVec<[Cow<'a, str>; FEW_MEMBERS]> = SmallVec::new();
        let mut seen: FxHashSet<Cow<'a, str>> = FxHashSet::default();
        if self.next() == b'}' {
            return Ok(());
        }
        loop {
            if self.next() != b'"' {
                return self.not_json();
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
            self.skip_space();
            if self.next() != b':' {
                return self.not_json();
            }
            self.at += 1;
            self.skip_space();
            let key = Key {
                parent: id,
                text,
                span: name_span,
            };
            let child = self.value(key, depth + 1)?;
            link(self.nodes, id, &mut last, child);
            if !self.has_another(b'}')? {
                return Ok(());
            }
        }
    }

    fn items(&mut self, id: u32, depth: usize) -> Walked<()> {
        let mut last = NONE;
        if self.next() == b']' {
            return Ok(());
        }
        for position in 0.. {
            let child = self.value(Key::item(id, position), depth + 1)?;
            link(self.nodes, id, &mut last, child);
            if !self.has_another(b']')? {
                break;
            }
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
            value in any_json(), pretty: bool, at: prop::sample::Index, instead in "[\\[\\]{}:,\"\\\\0a. \n\t+eE1tu-]{0,2}",
        ) {
            let mut text = text(&value, pretty, false);
            let (start, c) = text.char_indices().nth(at.index(text.chars().count())).unwrap();
            text.replace_range(start..start + c.len_utf8(), &instead);
            let found = Document::parse(Source::new("t", text.as_str()));
            match (serde_json::from_str::<IgnoredAny>(&text), found) {
                (Ok(_), Ok(document)) => {
                    // A number may be too large for a value.
                    if let Ok(value) = serde_json::from_str::<Value>(&text) {
                        prop_assert_eq!(document.to_value(document.root()), value);
                    }
                }
                (Ok(_), Err(error)) => prop_assert!(error.message.contains("twice"), "{}", error.message),
                (Err(_), found) => prop_assert!(found.is_err(), "{text}"),
            }
        }
    }
}
