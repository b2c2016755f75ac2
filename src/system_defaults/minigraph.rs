//! The flags that a minigraph declares.

use roxmltree::{Document, Error, Node, ParsingOptions};
use serde_json::{Map, Value};
use thiserror::Error;

use crate::config::{Location, Source};

use super::value::{STATUS, TABLE};
use super::{Flag, Registry};

/// The namespace of a minigraph.
const GRAPH: &str = "Microsoft.Search.Autopilot.Evolution";
/// The namespace of the types in it.
const TYPES: &str = "http://schemas.datacontract.org/2004/07/Microsoft.Search.Autopilot.Evolution";

/// The largest minigraph, in bytes. Real ones have a few hundred thousand.
const MAX_BYTES: usize = 32 * 1024 * 1024;
/// How many elements, texts and comments it may have.
const MAX_NODES: u32 = 2_000_000;
/// How long a tag may be, in bytes.
const MAX_TAG_BYTES: usize = 64 * 1024;
/// The greatest depth of nested elements.
const MAX_DEPTH: usize = 256;
/// How much of a text a message shows, in characters.
const SHOWN: usize = 60;

const NO_DTD: &str = "a document type declaration, which a minigraph has not: its entities are not expanded";

/// What is wrong with a minigraph.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{name}:{line}:{column}: {message}", line = location.line, column = location.column)]
pub struct MinigraphError {
    /// The name of the minigraph.
    pub name: String,
    /// Line and column in it.
    pub location: Location,
    /// What is wrong there.
    pub message: String,
}

/// The flags that a minigraph declares.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Declared {
    /// The keys of the flags with their statuses, in the order of the declaration.
    pub flags: Vec<(String, String)>,
}

impl Declared {
    /// The flags as a config; one without tables where there are none.
    pub fn to_config(&self) -> Value {
        let mut flags = Map::new();
        for (key, status) in &self.flags {
            let mut entry = Map::new();
            entry.insert(STATUS.to_owned(), status.as_str().into());
            flags.insert(key.clone(), Value::Object(entry));
        }
        let mut config = Map::new();
        if !flags.is_empty() {
            config.insert(TABLE.to_owned(), Value::Object(flags));
        }
        Value::Object(config)
    }
}

/// Reads the `SystemDefaultsDeclaration` of a minigraph. One without it declares nothing. Elements count by
/// the URI of their namespace; those of others are not the declaration's, and are passed over.
///
/// # Errors
/// All errors, in the order of the text: it is not well-formed XML, has a document type declaration (which could expand
/// entities), or exceeds a limit; a flag is unknown or occurs twice, or has no name, no value, or a value that it does
/// not accept.
pub fn minigraph(registry: &Registry, source: &Source) -> Result<Declared, Vec<MinigraphError>> {
    let text = source.text.as_str();
    let refused = |offset: usize, message: String| {
        vec![MinigraphError {
            name: source.name.clone(),
            location: locate(text, offset),
            message,
        }]
    };
    if text.len() > MAX_BYTES {
        let limit = MAX_BYTES / 1024 / 1024;
        return Err(refused(MAX_BYTES, format!("a minigraph has at most {limit} MiB")));
    }
    check_limits(text).map_err(|(offset, message)| refused(offset, message))?;
    let options = ParsingOptions {
        nodes_limit: MAX_NODES,
        ..ParsingOptions::default()
    };
    let document = Document::parse_with_options(text, options).map_err(|error| {
        let position = error.pos();
        let location = Location {
            line: position.row as usize,
            column: position.col as usize,
        };
        vec![MinigraphError {
            name: source.name.clone(),
            location,
            message: reason(&error),
        }]
    })?;
    let mut reader = Reader {
        registry,
        source,
        document: &document,
        declared: Declared::default(),
        errors: Vec::new(),
    };
    for declaration in declarations(document.root_element()) {
        for list in named(declaration, TYPES, "SystemDefaults") {
            for flag in named(list, TYPES, "SystemDefault") {
                reader.flag(flag);
            }
        }
    }
    match reader.errors.is_empty() {
        true => Ok(reader.declared),
        false => Err(reader.errors),
    }
}

/// The declarations: below the root, or the root itself.
fn declarations<'a, 'i>(root: Node<'a, 'i>) -> impl Iterator<Item = Node<'a, 'i>> {
    let is_one = |node: &Node| {
        let name = node.tag_name();
        // A piece of a minigraph by itself says nothing of the namespace that it was in.
        name.name() == "SystemDefaultsDeclaration" && matches!(name.namespace(), None | Some(GRAPH))
    };
    let own = Some(root).filter(is_one).into_iter();
    own.chain(root.children().filter(is_one))
}

/// The elements of a name right below another.
fn named<'a, 'i: 'a>(
    node: Node<'a, 'i>,
    namespace: &'static str,
    name: &'static str,
) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children()
        .filter(move |child| child.has_tag_name((namespace, name)))
}

struct Reader<'a, 'i> {
    registry: &'a Registry,
    source: &'a Source,
    document: &'a Document<'i>,
    declared: Declared,
    errors: Vec<MinigraphError>,
}

impl Reader<'_, '_> {
    fn refuse(&mut self, node: Node, message: String) {
        let position = self.document.text_pos_at(node.range().start);
        self.errors.push(MinigraphError {
            name: self.source.name.clone(),
            location: Location {
                line: position.row as usize,
                column: position.col as usize,
            },
            message,
        });
    }

    /// The text of the one element of a name; `None` where it is wrong, which is reported.
    fn text(&mut self, node: Node, name: &'static str) -> Option<String> {
        let mut elements = named(node, TYPES, name);
        let Some(element) = elements.next() else {
            self.refuse(node, format!("a SystemDefault without a {name}"));
            return None;
        };
        if let Some(other) = elements.next() {
            self.refuse(other, format!("a SystemDefault with a second {name}"));
            return None;
        }
        if let Some(inner) = element.children().find(Node::is_element) {
            self.refuse(inner, format!("an element in a {name}, which is a text"));
            return None;
        }
        let texts = element.children().filter(Node::is_text);
        let text: String = texts.filter_map(|text| text.text()).collect();
        let text = text.trim();
        if text.is_empty() {
            self.refuse(element, format!("an empty {name}"));
            return None;
        }
        Some(text.to_owned())
    }

    fn flag(&mut self, node: Node) {
        let (Some(name), value) = (self.text(node, "Name"), self.text(node, "Value")) else {
            return;
        };
        let registry = self.registry;
        let Some(flag) = registry.in_minigraph(&name) else {
            let near = nearest(registry, &name);
            let hint = near.map(|near| format!(", did you mean {near}?"));
            let message = format!("there is no flag {}{}", shown(&name), hint.unwrap_or_default());
            return self.refuse(node, message);
        };
        if self.declared.flags.iter().any(|(known, _)| *known == flag.key) {
            let message = format!("{} declares the flag {} a second time", shown(&name), flag.name);
            return self.refuse(node, message);
        }
        let Some(value) = value else { return };
        let status = status(flag, &value);
        if !flag.takes(status) {
            let value = shown(&value);
            let message = format!(
                "{value} is not a status of {}, which is {}",
                flag.name,
                flag.values()
            );
            self.refuse(node, message);
        }
        // It is noted all the same, so that a second one is reported.
        self.declared.flags.push((flag.key.clone(), status.to_owned()));
    }
}

/// The status that a value declares: `True` and `False` are the words of the family, where it has such.
fn status<'a>(flag: &'a Flag, value: &'a str) -> &'a str {
    let words = flag.family.as_ref().and_then(|family| family.true_false.as_ref());
    match words {
        Some((yes, _)) if value.eq_ignore_ascii_case("true") => yes,
        Some((_, no)) if value.eq_ignore_ascii_case("false") => no,
        _ => value,
    }
}

fn nearest<'r>(registry: &'r Registry, name: &str) -> Option<&'r str> {
    // A long name is not a misspelt one.
    let names = registry.iter().map(|flag| flag.minigraph_name.as_str());
    (name.chars().count() <= SHOWN)
        .then(|| crate::config::nearest(name, names))
        .flatten()
}

/// A text in quotation marks; a long one is cut.
fn shown(text: &str) -> String {
    if text.chars().count() <= SHOWN {
        return format!("{text:?}");
    }
    let start: String = text.chars().take(SHOWN).collect();
    format!("{start:?}…")
}

/// Checks what would take the parser too long, or too much memory. A comment with tags in it is taken for
/// them; that only counts against the limits.
fn check_limits(text: &str) -> Result<(), (usize, String)> {
    let bytes = text.as_bytes();
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(start) = find(bytes, at, b'<') {
        // These hold no elements.
        let skipped = [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>")]
            .into_iter()
            .find(|(opens, _)| text[start..].starts_with(opens));
        if let Some((opens, closes)) = skipped {
            let from = start + opens.len();
            let Some(length) = text[from..].find(closes) else {
                return Ok(());
            };
            at = from + length + closes.len();
            continue;
        }
        if text[start..].starts_with("<!DOCTYPE") {
            return Err((start, NO_DTD.to_owned()));
        }
        let Some(end) = find(bytes, start, b'>') else {
            // The parser will say what is wrong; but it has to get there.
            return if text.len() - start > MAX_TAG_BYTES {
                Err((start, format!("a tag has at most {MAX_TAG_BYTES} bytes")))
            } else {
                Ok(())
            };
        };
        if end - start > MAX_TAG_BYTES {
            return Err((start, format!("a tag has at most {MAX_TAG_BYTES} bytes")));
        }
        if bytes.get(start + 1) == Some(&b'/') {
            depth = depth.saturating_sub(1);
        } else if bytes[end - 1] != b'/' {
            depth += 1;
        }
        if depth > MAX_DEPTH {
            return Err((start, format!("elements are nested {MAX_DEPTH} deep at most")));
        }
        at = end + 1;
    }
    Ok(())
}

fn find(bytes: &[u8], from: usize, byte: u8) -> Option<usize> {
    let found = bytes.get(from..)?.iter().position(|&other| other == byte);
    found.map(|found| from + found)
}

fn locate(text: &str, offset: usize) -> Location {
    let mut offset = offset;
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    let before = &text[..offset];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    Location {
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
    }
}

/// The parser's error, without the place, which is at its beginning.
fn reason(error: &Error) -> String {
    match error {
        Error::DtdDetected => NO_DTD.to_owned(),
        Error::NodesLimitReached => format!("a minigraph has at most {MAX_NODES} elements and texts"),
        error => {
            let text = error.to_string();
            let end = text.rfind(" at ").filter(|&at| text[at + 4..].contains(':'));
            format!("no well-formed XML: {}", &text[..end.unwrap_or(text.len())])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Schema, Sources};

    fn read(text: &str) -> Result<Vec<(String, String)>, Vec<String>> {
        let schema = Schema::load(&Sources::shipped(), None).unwrap().schema;
        let registry = Registry::of(&schema).unwrap();
        minigraph(&registry, &Source::new("m.xml", text))
            .map(|declared| declared.flags)
            .map_err(|errors| errors.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn hostile_texts_end_soon() {
        let deep = format!("{}{}", "<a>".repeat(500_000), "</a>".repeat(500_000));
        assert_eq!(
            read(&deep).unwrap_err(),
            ["m.xml:1:769: elements are nested 256 deep at most"]
        );
        let attributes: String = (0..200_000).map(|n| format!(" a{n}=''")).collect();
        assert_eq!(
            read(&format!("<r>\n<x{attributes}/></r>")).unwrap_err(),
            ["m.xml:2:1: a tag has at most 65536 bytes"]
        );
        assert_eq!(
            read(&format!("<x{attributes}")).unwrap_err(),
            ["m.xml:1:1: a tag has at most 65536 bytes"]
        );
        let many = format!("<r>{}</r>", "<a/>".repeat(2_000_001));
        let error = read(&many).unwrap_err();
        assert!(error[0].contains("at most 2000000 elements"), "{error:?}");
        let large = format!("<r>\n{}</r>", " ".repeat(MAX_BYTES));
        let error = read(&large).unwrap_err();
        assert!(error[0].starts_with("m.xml:2:"), "{error:?}");
        assert!(
            error[0].ends_with(": a minigraph has at most 32 MiB"),
            "{error:?}"
        );
    }
}
