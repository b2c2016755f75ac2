//! From text to nodes.

use std::fmt;

use rustc_hash::FxHashSet;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::syntax::{reason, syntax_error};
use super::{
    Document, JsonKind, Key, MAX_DEPTH, MAX_STRING_BYTES, NO_TEXT, NONE, Node, ParseError, Source, Span,
    Text, link, push, span,
};

/// Reads a text into a document that has no nodes yet.
pub(super) fn build(document: &mut Document, source: &Source) -> Result<(), ParseError> {
    let text = source.text.as_str();
    let raw: &RawValue = serde_json::from_str(text).map_err(|error| syntax_error(source, &error))?;
    let mut builder = Builder {
        source,
        unescaped: &mut document.unescaped,
        nodes: &mut document.nodes,
    };
    let start = builder.offset(raw.get());
    builder.value(raw.get(), start, Key::root(), 0)?;
    Ok(())
}

struct Builder<'a, 'd> {
    source: &'a Source,
    unescaped: &'d mut String,
    nodes: &'d mut Vec<Node>,
}

impl<'a> Builder<'a, '_> {
    /// The offset of a part of the source text.
    fn offset(&self, part: &str) -> usize {
        part.as_ptr() as usize - self.source.text.as_ptr() as usize
    }

    fn error(&self, span: Span, message: String) -> ParseError {
        ParseError {
            message,
            location: self.source.locate(span.start),
            span,
        }
    }

    /// The text of a string token, unescaped into the side buffer where it has escapes.
    fn string(&mut self, raw: &str, start: usize) -> Result<Text, ParseError> {
        if raw.len() > MAX_STRING_BYTES {
            let span = span(start, start + 1);
            let message = format!(
                "a string of {} bytes: strings are read up to {MAX_STRING_BYTES} bytes",
                raw.len() - 2
            );
            return Err(self.error(span, message));
        }
        let inner = &raw[1..raw.len() - 1];
        if !inner.as_bytes().contains(&b'\\') {
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

    fn value(&mut self, raw: &'a str, start: usize, key: Key, depth: usize) -> Result<u32, ParseError> {
        let whole = span(start, start + raw.len());
        let as_written = Text {
            start: start as u32,
            len: raw.len() as u32,
        };
        let (kind, text) = match raw.as_bytes()[0] {
            b'"' => (JsonKind::String, self.string(raw, start)?),
            b'{' => (JsonKind::Object, NO_TEXT),
            b'[' => (JsonKind::Array, NO_TEXT),
            b't' | b'f' => (JsonKind::Bool, as_written),
            b'n' => (JsonKind::Null, NO_TEXT),
            _ => (JsonKind::Number, as_written),
        };
        let id = push(self.nodes, kind, key, text, whole);
        if !matches!(kind, JsonKind::Object | JsonKind::Array) {
            return Ok(id);
        }
        if depth == MAX_DEPTH {
            let message = format!("nested deeper than {MAX_DEPTH} levels");
            return Err(self.error(span(start, start + 1), message));
        }
        if kind == JsonKind::Object {
            self.members(raw, id, depth)?;
        } else {
            self.items(raw, id, depth)?;
        }
        Ok(id)
    }

    fn members(&mut self, raw: &'a str, id: u32, depth: usize) -> Result<(), ParseError> {
        let members = serde_json::Deserializer::from_str(raw)
            .deserialize_map(RawMembers)
            .map_err(|error| syntax_error(self.source, &error))?;
        let mut last = NONE;
        // Few members are compared pair by pair; many go through a set.
        let mut seen: FxHashSet<String> = FxHashSet::default();
        for (index, (name, value)) in members.iter().enumerate() {
            let name_start = self.offset(name.get());
            let name_span = span(name_start, name_start + name.get().len());
            let text = self.string(name.get(), name_start)?;
            let repeated = if members.len() > 8 {
                !seen.insert(self.resolve(text).to_owned())
            } else {
                let mut sibling = self.nodes[id as usize].first;
                let mut found = false;
                while index > 0 && sibling != NONE && !found {
                    let node = &self.nodes[sibling as usize];
                    found = self.resolve(node.key) == self.resolve(text);
                    sibling = node.next;
                }
                found
            };
            if repeated {
                let message = format!("{:?} stands twice in one object", self.resolve(text));
                return Err(self.error(name_span, message));
            }
            let key = Key {
                parent: id,
                text,
                span: name_span,
            };
            let start = self.offset(value.get());
            let child = self.value(value.get(), start, key, depth + 1)?;
            link(self.nodes, id, &mut last, child);
        }
        Ok(())
    }

    fn items(&mut self, raw: &'a str, id: u32, depth: usize) -> Result<(), ParseError> {
        let items = serde_json::Deserializer::from_str(raw)
            .deserialize_seq(RawItems)
            .map_err(|error| syntax_error(self.source, &error))?;
        let mut last = NONE;
        for (position, item) in items.iter().enumerate() {
            let start = self.offset(item.get());
            let child = self.value(item.get(), start, Key::item(id, position), depth + 1)?;
            link(self.nodes, id, &mut last, child);
        }
        Ok(())
    }

    fn resolve(&self, text: Text) -> &str {
        let source = self.source.text.len();
        let (from, len) = (text.start as usize, text.len as usize);
        if from >= source {
            &self.unescaped[from - source..from - source + len]
        } else {
            &self.source.text[from..from + len]
        }
    }
}

struct RawMembers;

impl<'de> Visitor<'de> for RawMembers {
    type Value = Vec<(&'de RawValue, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(members)
    }
}

struct RawItems;

impl<'de> Visitor<'de> for RawItems {
    type Value = Vec<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(items)
    }
}
