//! Machine-applicable corrections of findings, where only one correction is possible.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::config::{Document, JsonId, JsonKind, Lines, Location, Span, pointer};

use super::tree::{AnchorPart, DocumentAnchor};

/// The table of flags.
const FLAGS: &str = "SYSTEM_DEFAULTS";

/// A correction of a finding that needs no further decision: the same change as a JSON patch and, where the config was
/// read from a text, as replacements in it.
///
/// It is for the config that was validated. After one fix has been applied, the config has to be validated again before
/// the next one: two fixes can change the same place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fix {
    /// What the fix does, as an instruction: `write "up"`.
    pub description: String,
    /// A JSON patch (RFC 6902) of the config.
    pub operations: Vec<FixOperation>,
    /// The replacements in the text, in order and disjoint; empty where the config has no text.
    pub replacements: Vec<Replacement>,
}

/// One operation of a JSON patch (RFC 6902, section 4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum FixOperation {
    /// Adds a member to an object.
    Add {
        /// The JSON pointer of the new member.
        path: String,
        /// Its value.
        #[serde(with = "json_text")]
        value: Value,
    },
    /// Removes a member or an element.
    Remove {
        /// The JSON pointer of what is removed.
        path: String,
    },
    /// Replaces a value by another one.
    Replace {
        /// The JSON pointer of the value.
        path: String,
        /// The new value.
        #[serde(with = "json_text")]
        value: Value,
    },
    /// Renames a member of an object.
    Move {
        /// The JSON pointer of the member.
        from: String,
        /// The JSON pointer with its new name.
        path: String,
    },
}

/// A part of the text, and the text to write instead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replacement {
    /// The bytes that are replaced; empty for an insertion.
    pub span: Span,
    /// Line and column of the first byte.
    pub start: Location,
    /// Line and column behind the last byte.
    pub end: Location,
    /// What to write instead.
    pub text: String,
}

impl FixOperation {
    /// The same operation on a config that is a member of a document: its pointers get the pointer of the config in
    /// front.
    fn below(&mut self, config: &str) {
        let paths = match self {
            FixOperation::Add { path, .. }
            | FixOperation::Remove { path }
            | FixOperation::Replace { path, .. } => [Some(path), None],
            FixOperation::Move { from, path } => [Some(path), Some(from)],
        };
        for path in paths.into_iter().flatten() {
            path.insert_str(0, config);
        }
    }

    /// The operation as RFC 6902 writes it: `{"op": "replace", "path": …, "value": …}`.
    pub fn to_json(&self) -> Value {
        match self {
            FixOperation::Add { path, value } => json!({"op": "add", "path": path, "value": value}),
            FixOperation::Remove { path } => json!({"op": "remove", "path": path}),
            FixOperation::Replace { path, value } => json!({"op": "replace", "path": path, "value": value}),
            FixOperation::Move { from, path } => json!({"op": "move", "from": from, "path": path}),
        }
    }
}

impl Fix {
    /// The same fix of a config that is a member of a document, by the pointer of the config.
    pub(super) fn below(&mut self, config: &str) {
        self.operations
            .iter_mut()
            .for_each(|operation| operation.below(config));
    }

    /// The JSON patch (RFC 6902, section 3): an array of operations.
    pub fn to_patch(&self) -> Value {
        self.operations.iter().map(FixOperation::to_json).collect()
    }

    /// The text with the replacements made. `None` if it is not the text that the fix is for.
    pub fn apply_to_text(&self, text: &str) -> Option<String> {
        let mut out = String::with_capacity(text.len());
        let mut done = 0;
        for replacement in &self.replacements {
            let (start, end) = (replacement.span.start as usize, replacement.span.end as usize);
            out.push_str(text.get(done..start)?);
            out.push_str(&replacement.text);
            done = end;
        }
        out.push_str(text.get(done..)?);
        Some(out)
    }
}

/// JSON values as texts: not every format of serde can read a value whose type is not known.
mod json_text {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use serde_json::Value;

    pub fn serialize<S: Serializer>(value: &Value, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&value.to_string())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
        serde_json::from_str(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// What corrects a finding, before it is known where that is in the text.
pub enum Correction {
    /// Another value in its place.
    Value(Value),
    /// Another name of the member.
    Name(String),
    /// Nothing in its place.
    Removal,
    /// The flag that has replaced a retired field, in place of the field.
    Flag {
        /// The name of the flag.
        flag: String,
        /// Its status.
        status: String,
    },
}

impl Correction {
    /// The fix at a place of a document; `None` where the place cannot be corrected alone.
    pub fn fix(self, document: &Document, lines: &Lines, at: DocumentAnchor) -> Option<Fix> {
        let json = at.json;
        let path = document.pointer(json);
        let edits = Edits { document, lines };
        match self {
            Correction::Value(value) if at.spot == AnchorPart::Value => {
                let text = value.to_string();
                Some(Fix {
                    description: format!("write {text}"),
                    replacements: edits.replace(document.span(json), text).into_iter().collect(),
                    operations: vec![FixOperation::Replace { path, value }],
                })
            }
            Correction::Name(name) if at.spot == AnchorPart::Key => {
                let object = document.parent(json)?;
                if document.get(object, &name).is_some() {
                    return None;
                }
                let text = Value::from(name.as_str()).to_string();
                Some(Fix {
                    description: format!("rename {:?} to {text}", document.key(json)),
                    replacements: edits.replace(document.key_span(json), text).into_iter().collect(),
                    operations: vec![FixOperation::Move {
                        from: path,
                        path: pointer::child(&document.pointer(object), &name),
                    }],
                })
            }
            Correction::Removal => Some(Fix {
                description: "remove it".to_owned(),
                replacements: edits.remove(json).into_iter().collect(),
                operations: vec![FixOperation::Remove { path }],
            }),
            Correction::Flag { flag, status } => {
                let root = document.root();
                let flags = document.get(root, FLAGS);
                if flags.is_some_and(|flags| {
                    document.kind(flags) != JsonKind::Object || document.get(flags, &flag).is_some()
                }) {
                    return None;
                }
                let description = format!("set SYSTEM_DEFAULTS|{flag} to {status:?} and remove the field");
                let entry = json!({"status": status});
                let (object, name, value) = match flags {
                    Some(flags) => (flags, flag.as_str(), entry),
                    None => (root, FLAGS, json!({flag: entry})),
                };
                let path_of_flag = pointer::child(&document.pointer(object), name);
                let mut replacements: Vec<Replacement> = edits.remove(json).into_iter().collect();
                replacements.extend(edits.insert(object, name, &value));
                replacements.sort_by_key(|replacement| replacement.span.start);
                Some(Fix {
                    description,
                    operations: vec![
                        FixOperation::Remove { path },
                        FixOperation::Add {
                            path: path_of_flag,
                            value,
                        },
                    ],
                    replacements,
                })
            }
            _ => None,
        }
    }
}

/// A value on one line, with blanks behind colons and commas as people write them.
fn on_one_line(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let members = members.iter();
            let members = members
                .map(|(name, value)| format!("{}: {}", Value::from(name.as_str()), on_one_line(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
        value => value.to_string(),
    }
}

/// Makes replacements in the text of a document.
struct Edits<'a> {
    document: &'a Document,
    lines: &'a Lines<'a>,
}

impl Edits<'_> {
    fn replace(&self, span: Option<Span>, text: String) -> Option<Replacement> {
        let span = span?;
        Some(Replacement {
            span,
            start: self.lines.locate(span.start),
            end: self.lines.locate(span.end),
            text,
        })
    }

    /// Removes a member or element with the comma that separates it from its neighbour.
    fn remove(&self, json: JsonId) -> Option<Replacement> {
        let document = self.document;
        let around = document.parent(json)?;
        let start = |id| {
            let key = document.key_span(id);
            key.or(document.span(id)).map(|span| span.start)
        };
        let mut siblings = document.children(around);
        let mut previous = None;
        loop {
            match siblings.next()? {
                id if id == json => break,
                id => previous = Some(id),
            }
        }
        let span = if let Some(next) = siblings.next() {
            Span {
                start: start(json)?,
                end: start(next)?,
            }
        } else if let Some(previous) = previous {
            Span {
                start: document.span(previous)?.end,
                end: document.span(json)?.end,
            }
        } else {
            self.inside(around)?
        };
        self.replace(Some(span), String::new())
    }

    /// Adds a member behind the others of an object.
    fn insert(&self, object: JsonId, name: &str, value: &Value) -> Option<Replacement> {
        let document = self.document;
        let member = format!("{}: {}", Value::from(name), on_one_line(value));
        let Some(last) = document.children(object).last() else {
            return self.replace(Some(self.inside(object)?), member);
        };
        let end = document.span(last)?.end;
        let before = document
            .source()
            .text
            .get(..document.key_span(last)?.start as usize)?;
        let indent = before.rsplit_once('\n').map(|(_, indent)| indent);
        let indent = indent.filter(|indent| indent.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\r')));
        let text = match indent {
            Some(indent) => format!(",\n{indent}{member}"),
            None => format!(", {member}"),
        };
        self.replace(Some(Span { start: end, end }), text)
    }

    /// The bytes between the brackets of an object or array.
    fn inside(&self, id: JsonId) -> Option<Span> {
        let span = self.document.span(id)?;
        Some(Span {
            start: span.start + 1,
            end: span.end.checked_sub(1)?,
        })
    }
}
