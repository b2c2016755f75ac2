//! JSON text (RFC 8259) as a tree that remembers the place of everything.
//!
//! What is JSON and what is not is the same as for `serde_json`, which also says why.

mod build;
mod dump;
mod view;

/// How the message about a member name that is used twice ends; the name is before it (RFC 8259, section 4).
pub const REPEATED_NAME: &str = "appears twice in one object";
mod syntax;

pub(super) use view::STORED_MARKER;

use serde_json::{Map, Value};
use thiserror::Error;

use super::source::{Location, Source, Span};
use crate::config::debug_without_contents;

/// How deep objects and arrays may be nested.
pub const MAX_DEPTH: usize = 64;
/// The longest string that is read, in bytes of its JSON text.
pub const MAX_STRING_BYTES: usize = 1024 * 1024;
/// How many bytes of a text there are for each value at least, as a rule.
const BYTES_OF_A_VALUE: usize = 16;
/// How many values room is made for before any is read.
const MAX_FORESEEN: usize = 1 << 20;

const NONE: u32 = u32::MAX;

/// Why a text is not a JSON document that we read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct ParseError {
    /// What is wrong, in words.
    pub message: String,
    /// The line and the column.
    pub location: Location,
    /// The bytes that it is about.
    pub span: Span,
}

/// One value of a [`Document`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JsonId(u32);

impl JsonId {
    /// The position in document order.
    pub fn order(self) -> u32 {
        self.0
    }
}

/// The kinds of JSON values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonKind {
    /// The JSON value `null`.
    Null,
    /// The JSON value `true` or `false`.
    Bool,
    /// A number, kept as it was written.
    Number,
    /// A string of characters.
    String,
    /// An array of JSON values.
    Array,
    /// An object of JSON members.
    Object,
}

impl JsonKind {
    /// The kind with its article, for messages.
    pub fn describe(self) -> &'static str {
        match self {
            JsonKind::Null => "null",
            JsonKind::Bool => "a boolean",
            JsonKind::Number => "a number",
            JsonKind::String => "a string",
            JsonKind::Array => "a list",
            JsonKind::Object => "an object",
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Text {
    start: u32,
    len: u32,
}

#[derive(Debug, Clone)]
struct Node {
    kind: JsonKind,
    parent: u32,
    first: u32,
    next: u32,
    /// The member name in an object; the position in an array.
    key: Text,
    key_span: Span,
    /// A scalar's text, unescaped.
    text: Text,
    span: Span,
}

const NO_SPAN: Span = Span {
    start: NONE,
    end: NONE,
};
const NO_TEXT: Text = Text { start: 0, len: 0 };

/// A JSON document. Read from text, its values have places; built from a
/// [`Value`], they have none.
pub struct Document {
    source: Source,
    /// Strings that had escapes, and all strings of a document that has no text.
    unescaped: String,
    nodes: Vec<Node>,
    /// The outermost value.
    root: u32,
}

debug_without_contents!(Document { source });

impl Clone for Document {
    /// A copy, with room for values that are added to it.
    fn clone(&self) -> Self {
        let mut unescaped = String::with_capacity(with_room(self.unescaped.len()));
        unescaped.push_str(&self.unescaped);
        let mut nodes = Vec::with_capacity(with_room(self.nodes.len()));
        nodes.extend_from_slice(&self.nodes);
        Document {
            source: self.source.clone(),
            unescaped,
            nodes,
            root: self.root,
        }
    }
}

impl Document {
    /// Reads a text.
    ///
    /// # Errors
    /// [`ParseError`], with line and column: not JSON, a member twice in one object, nesting deeper
    /// than [`MAX_DEPTH`], a string longer than [`MAX_STRING_BYTES`].
    pub fn parse(source: Source) -> Result<Self, ParseError> {
        Self::read(source).map_err(|(_, error)| error)
    }

    /// As [`Document::parse`], and a text that is refused is given back, to show where.
    ///
    /// # Errors
    /// The text with its [`ParseError`].
    pub fn read(source: Source) -> Result<Self, (Source, ParseError)> {
        let mut document = Document {
            unescaped: String::new(),
            nodes: Vec::with_capacity((source.text.len() / BYTES_OF_A_VALUE).min(MAX_FORESEEN)),
            source: Source::default(),
            root: 0,
        };
        match build::build(&mut document, &source) {
            Ok(()) => {
                document.source = source;
                Ok(document)
            }
            Err(error) => Err((source, error)),
        }
    }

    /// A document without places from a value.
    pub fn from_value(name: impl Into<String>, value: &Value) -> Self {
        let (nodes, bytes) = extent(value);
        let mut document = Document {
            source: Source::new(name, ""),
            unescaped: String::with_capacity(with_room(bytes)),
            nodes: Vec::with_capacity(with_room(nodes)),
            root: 0,
        };
        document.push_value(value, Key::root());
        document
    }

    /// Adds a value that knows its name and its parent, but is not among the children of that; the caller keeps its
    /// number. Nothing else moves.
    pub fn graft(&mut self, parent: JsonId, name: &str, value: &Value) -> JsonId {
        let text = self.keep(name);
        let key = Key {
            parent: parent.0,
            text,
            span: NO_SPAN,
        };
        JsonId(self.push_value(value, key))
    }

    fn push_value(&mut self, value: &Value, key: Key) -> u32 {
        let (kind, text) = match value {
            Value::Null => (JsonKind::Null, NO_TEXT),
            Value::Bool(b) => (JsonKind::Bool, self.keep(if *b { "true" } else { "false" })),
            Value::Number(n) => (JsonKind::Number, self.keep(&n.to_string())),
            Value::String(s) => (JsonKind::String, self.keep(s)),
            Value::Array(_) => (JsonKind::Array, NO_TEXT),
            Value::Object(_) => (JsonKind::Object, NO_TEXT),
        };
        let id = push(&mut self.nodes, kind, key, text, NO_SPAN);
        let mut last = NONE;
        match value {
            Value::Array(items) => {
                for (position, item) in items.iter().enumerate() {
                    let child = self.push_value(item, Key::item(id, position));
                    link(&mut self.nodes, id, &mut last, child);
                }
            }
            Value::Object(members) => {
                for (name, member) in members {
                    let text = self.keep(name);
                    let key = Key {
                        parent: id,
                        text,
                        span: NO_SPAN,
                    };
                    let child = self.push_value(member, key);
                    link(&mut self.nodes, id, &mut last, child);
                }
            }
            _ => {}
        }
        id
    }

    fn keep(&mut self, text: &str) -> Text {
        let start = self.unescaped.len();
        self.unescaped.push_str(text);
        Text {
            start: (self.source.text.len() + start) as u32,
            len: text.len() as u32,
        }
    }

    /// The outermost value of the document.
    pub fn root(&self) -> JsonId {
        JsonId(self.root)
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is no value at all (never so for a parsed document).
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The text this was read from; its text is empty for a document built from a value.
    pub fn source(&self) -> &Source {
        &self.source
    }

    fn node(&self, id: JsonId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    fn text(&self, text: Text) -> &str {
        let from = text.start as usize;
        let len = text.len as usize;
        let source = self.source.text.len();
        if from >= source {
            &self.unescaped[from - source..from - source + len]
        } else {
            &self.source.text[from..from + len]
        }
    }

    /// What kind of value this is.
    pub fn kind(&self, id: JsonId) -> JsonKind {
        self.node(id).kind
    }

    /// The text of a scalar: a string without quotes and escapes, a number as written.
    pub fn scalar(&self, id: JsonId) -> &str {
        self.text(self.node(id).text)
    }

    /// The member name of a value; empty for items of an array.
    pub fn key(&self, id: JsonId) -> &str {
        self.text(self.node(id).key)
    }

    /// The value around this one.
    pub fn parent(&self, id: JsonId) -> Option<JsonId> {
        let parent = self.node(id).parent;
        (parent != NONE && id.0 != self.root).then_some(JsonId(parent))
    }

    /// Members of an object or items of an array, in order.
    pub fn children(&self, id: JsonId) -> Children<'_> {
        Children {
            document: self,
            next: self.node(id).first,
        }
    }

    /// The member of an object with this name.
    pub fn get(&self, id: JsonId, key: &str) -> Option<JsonId> {
        self.children(id).find(|&child| self.key(child) == key)
    }

    /// Takes a value out from among the members or items of its parent. Nothing else moves, and its text stays.
    pub fn unlink(&mut self, id: JsonId) {
        let Some(parent) = self.parent(id) else { return };
        let next = self.node(id).next;
        let before = self.children(parent).find(|&child| self.node(child).next == id.0);
        match before {
            Some(before) => self.nodes[before.0 as usize].next = next,
            None => self.nodes[parent.0 as usize].first = next,
        }
    }

    /// The span of the value, if the document was read from text.
    pub fn span(&self, id: JsonId) -> Option<Span> {
        let span = self.node(id).span;
        (span != NO_SPAN).then_some(span)
    }

    /// The span of the member name of a value.
    pub fn key_span(&self, id: JsonId) -> Option<Span> {
        let span = self.node(id).key_span;
        (span != NO_SPAN).then_some(span)
    }

    /// Whether a value is neither an object nor an array.
    pub fn is_scalar(&self, id: JsonId) -> bool {
        !matches!(self.kind(id), JsonKind::Array | JsonKind::Object)
    }

    /// Where to point for a value: at a scalar itself, else, or if `name` asks for it, at its name.
    pub fn name_or_scalar(&self, id: JsonId, name: bool) -> Option<Span> {
        match self.key_span(id) {
            Some(key) if name || !self.is_scalar(id) => Some(key),
            _ => self.span(id),
        }
    }

    /// The JSON pointer (RFC 6901) of a value.
    pub fn pointer(&self, id: JsonId) -> String {
        let mut tokens = Vec::new();
        let mut at = id;
        while let Some(parent) = self.parent(at) {
            tokens.push(if self.kind(parent) == JsonKind::Array {
                self.node(at).key.start.to_string()
            } else {
                self.key(at).to_owned()
            });
            at = parent;
        }
        tokens.reverse();
        super::pointer::join(tokens.iter().map(String::as_str))
    }

    /// The value at a JSON pointer.
    pub fn find(&self, pointer: &str) -> Option<JsonId> {
        let mut at = self.root();
        for token in super::pointer::split(pointer)? {
            at = match self.kind(at) {
                JsonKind::Object => self.get(at, &token)?,
                JsonKind::Array => self.children(at).nth(token.parse().ok()?)?,
                _ => return None,
            };
        }
        Some(at)
    }

    /// The innermost value whose name, or whose own text, begins at a byte offset or before it.
    pub fn at(&self, offset: u32) -> Option<JsonId> {
        let begin = |node: &Node| {
            if node.key_span == NO_SPAN {
                node.span.start
            } else {
                node.key_span.start
            }
        };
        // Nodes are in document order.
        let behind = self.nodes.partition_point(|node| begin(node) <= offset);
        Some(JsonId(behind.checked_sub(1)? as u32))
    }

    /// A value as a `serde_json` value.
    pub fn to_value(&self, id: JsonId) -> Value {
        match self.kind(id) {
            JsonKind::Null => Value::Null,
            JsonKind::Bool => Value::Bool(self.scalar(id) == "true"),
            JsonKind::Number => serde_json::from_str(self.scalar(id)).unwrap_or(Value::Null),
            JsonKind::String => Value::String(self.scalar(id).to_owned()),
            JsonKind::Array => self.children(id).map(|child| self.to_value(child)).collect(),
            JsonKind::Object => {
                let mut members = Map::with_capacity(self.children(id).count());
                let children = self.children(id);
                members.extend(children.map(|child| (self.key(child).to_owned(), self.to_value(child))));
                Value::Object(members)
            }
        }
    }
}

/// Iterator over the values inside a value.
pub struct Children<'a> {
    document: &'a Document,
    next: u32,
}

impl Iterator for Children<'_> {
    type Item = JsonId;

    fn next(&mut self) -> Option<JsonId> {
        if self.next == NONE {
            return None;
        }
        let id = self.next;
        self.next = self.document.nodes[id as usize].next;
        Some(JsonId(id))
    }
}

/// So much, and some more for what is added later: to move everything then would touch it all once more.
fn with_room(used: usize) -> usize {
    used + used / 4
}

/// How many values there are in one, itself included, and how many bytes their texts and names have.
fn extent(value: &Value) -> (usize, usize) {
    match value {
        Value::String(text) => (1, text.len()),
        Value::Array(items) => items.iter().map(extent).fold((1, 0), sum),
        Value::Object(members) => {
            let extents = members
                .iter()
                .map(|(name, member)| sum(extent(member), (0, name.len())));
            extents.fold((1, 0), sum)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => (1, 0),
    }
}

fn sum(one: (usize, usize), other: (usize, usize)) -> (usize, usize) {
    (one.0 + other.0, one.1 + other.1)
}

struct Key {
    parent: u32,
    text: Text,
    span: Span,
}

impl Key {
    fn root() -> Self {
        Key {
            parent: NONE,
            text: NO_TEXT,
            span: NO_SPAN,
        }
    }

    fn item(parent: u32, position: usize) -> Self {
        Key {
            parent,
            text: Text {
                start: position as u32,
                len: 0,
            },
            span: NO_SPAN,
        }
    }
}

fn push(nodes: &mut Vec<Node>, kind: JsonKind, key: Key, text: Text, span: Span) -> u32 {
    let id = nodes.len() as u32;
    nodes.push(Node {
        kind,
        parent: key.parent,
        first: NONE,
        next: NONE,
        key: key.text,
        key_span: key.span,
        text,
        span,
    });
    id
}

fn link(nodes: &mut [Node], parent: u32, last: &mut u32, child: u32) {
    if *last == NONE {
        nodes[parent as usize].first = child;
    } else {
        nodes[*last as usize].next = child;
    }
    *last = child;
}

fn span(start: usize, end: usize) -> Span {
    Span {
        start: start as u32,
        end: end as u32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Document, ParseError> {
        Document::parse(Source::new("t.json", text))
    }

    fn message(text: &str) -> String {
        let error = parse(text).unwrap_err();
        format!(
            "{}:{}: {}",
            error.location.line, error.location.column, error.message
        )
    }

    #[test]
    fn spans_point_at_keys_and_values() {
        let text = "{\"A\": {\"k\\u0041\": [\"x\", 12]}}";
        let document = parse(text).unwrap();
        let list = document.find("/A/kA").unwrap();
        assert_eq!(document.key(list), "kA");
        let key = document.key_span(list).unwrap();
        assert_eq!(&text[key.start as usize..key.end as usize], "\"k\\u0041\"");
        let number = document.find("/A/kA/1").unwrap();
        let span = document.span(number).unwrap();
        assert_eq!(&text[span.start as usize..span.end as usize], "12");
        assert_eq!(document.pointer(number), "/A/kA/1");
    }

    #[test]
    fn value_round_trip() {
        let value: Value = serde_json::json!({"T": {"k|1/2": {"f": "v\n", "l": ["a", ""]}, "e": {}}});
        let document = Document::from_value("x", &value);
        assert_eq!(document.to_value(document.root()), value);
        assert_eq!(
            document.pointer(document.find("/T/k|1~12/l/1").unwrap()),
            "/T/k|1~12/l/1"
        );
    }

    #[test]
    fn refusals_have_line_and_column() {
        assert_eq!(message("{\n \"a\": }"), "2:7: not JSON: a value belongs here");
        assert_eq!(
            message("{\"a\":1,\n \"a\":2}"),
            "2:2: \"a\" appears twice in one object"
        );
        assert_eq!(message(""), "1:1: not JSON: there is nothing in it");
        assert_eq!(
            message("{\"a\": 1\n\n"),
            "1:8: not JSON: the text ends inside an object"
        );
        assert_eq!(
            message("{\"ä\": \"ü\tä\"}"),
            "1:9: not JSON: a control character inside a string, where JSON only allows it escaped"
        );
        let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
        assert_eq!(message(&deep), "1:65: nested deeper than 64 levels");
    }
}
