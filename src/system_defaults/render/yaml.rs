//! YAML as values of templates. Plain scalars are read as YAML 1.1, as SONiC's renderer does: `yes` is true, `010` is 8.

use std::collections::HashMap;

use regex_automata::meta::Regex;
use thiserror::Error;
use yaml_rust2::Event;
use yaml_rust2::parser::{Parser, Tag};
use yaml_rust2::scanner::{Marker, TScalarStyle};

use crate::config::Source;
use crate::template::{Key, Value, dictionary};

/// How deep a document may be nested.
const MAX_DEPTH: usize = 200;

/// Why a text is no YAML with variables.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{name}:{line}:{column}: {reason}")]
pub struct YamlError {
    /// The file that was read.
    pub name: String,
    /// The line, counted from 1.
    pub line: usize,
    /// The column, counted from 1.
    pub column: usize,
    /// What is wrong, in words.
    pub reason: String,
}

/// The mapping that a document is; an empty one for an empty document.
pub(super) fn parse(source: &Source) -> Result<Value, YamlError> {
    let mut reader = Reader {
        name: &source.name,
        parser: Parser::new_from_str(&source.text),
        anchors: HashMap::new(),
        patterns: Patterns::new(),
    };
    let mut root = None;
    loop {
        let (event, mark) = reader.next()?;
        match event {
            Event::StreamEnd => break,
            Event::DocumentStart if root.is_some() => return Err(reader.refused(mark, "a second document")),
            Event::Nothing | Event::StreamStart | Event::DocumentStart | Event::DocumentEnd => {}
            event => root = Some((reader.value(event, mark, 0)?, mark)),
        }
    }
    match root {
        None | Some((Value::None, _)) => Ok(dictionary(Vec::new()).unwrap_or(Value::None)),
        Some((value @ Value::Dict(_), _)) => Ok(value),
        Some((_, mark)) => Err(reader.refused(mark, "a mapping of variables is expected")),
    }
}

/// What plain scalars are, by their form.
struct Patterns {
    int: Option<Regex>,
    float: Option<Regex>,
}

impl Patterns {
    fn new() -> Self {
        let int = r"^[-+]?(0b[01_]+|0[0-7_]+|0|[1-9][0-9_]*|0x[0-9a-fA-F_]+|[1-9][0-9_]*(:[0-5]?[0-9])+)$";
        let float = concat!(
            r"^([-+]?[0-9][0-9_]*\.[0-9_]*([eE][-+][0-9]+)?|\.[0-9][0-9_]*([eE][-+][0-9]+)?",
            r"|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$"
        );
        Patterns {
            int: Regex::new(int).ok(),
            float: Regex::new(float).ok(),
        }
    }

    /// The value of a plain scalar.
    fn value(&self, text: &str) -> Value {
        match text {
            "" | "~" | "null" | "Null" | "NULL" => return Value::None,
            "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
                return Value::Bool(true);
            }
            "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
                return Value::Bool(false);
            }
            _ => {}
        }
        let is = |pattern: &Option<Regex>| pattern.as_ref().is_some_and(|pattern| pattern.is_match(text));
        let number = if is(&self.int) {
            int(text).map(Value::Int)
        } else if is(&self.float) {
            float(text).map(Value::Float)
        } else {
            None
        };
        number.unwrap_or_else(|| Value::from(text))
    }
}

/// A number's sign, and its digits without underscores.
fn signed(text: &str) -> (bool, String) {
    let digits = text.trim_start_matches(['-', '+']).replace('_', "");
    (text.starts_with('-'), digits)
}

fn int(text: &str) -> Option<i128> {
    let (is_negative, digits) = signed(text);
    let number = if let Some(digits) = digits.strip_prefix("0b") {
        i128::from_str_radix(digits, 2)
    } else if let Some(digits) = digits.strip_prefix("0x") {
        i128::from_str_radix(digits, 16)
    } else if digits.len() > 1 && digits.starts_with('0') {
        i128::from_str_radix(&digits, 8)
    } else if digits.contains(':') {
        // Parts of sixty.
        let mut number = Some(0i128);
        for part in digits.split(':') {
            number = number.and_then(|number| number.checked_mul(60)?.checked_add(part.parse().ok()?));
        }
        return number.map(|number| if is_negative { -number } else { number });
    } else {
        digits.parse()
    };
    number
        .ok()
        .map(|number| if is_negative { -number } else { number })
}

fn float(text: &str) -> Option<f64> {
    let (is_negative, digits) = signed(&text.to_lowercase());
    let number = match digits.as_str() {
        ".inf" => f64::INFINITY,
        ".nan" => f64::NAN,
        _ => {
            let mut number = 0.0;
            for part in digits.split(':') {
                number = number * 60.0 + part.parse::<f64>().ok()?;
            }
            number
        }
    };
    Some(if is_negative { -number } else { number })
}

struct Reader<'t> {
    name: &'t str,
    parser: Parser<std::str::Chars<'t>>,
    anchors: HashMap<usize, Value>,
    patterns: Patterns,
}

impl Reader<'_> {
    fn refused(&self, mark: Marker, reason: impl Into<String>) -> YamlError {
        YamlError {
            name: self.name.to_owned(),
            line: mark.line(),
            column: mark.col() + 1,
            reason: reason.into(),
        }
    }

    fn next(&mut self) -> Result<(Event, Marker), YamlError> {
        let next = self.parser.next_token();
        next.map_err(|error| self.refused(*error.marker(), error.info()))
    }

    fn value(&mut self, event: Event, mark: Marker, depth: usize) -> Result<Value, YamlError> {
        if depth > MAX_DEPTH {
            return Err(self.refused(mark, format!("it is nested more than {MAX_DEPTH} deep")));
        }
        match event {
            Event::Alias(anchor) => {
                let found = self.anchors.get(&anchor).cloned();
                found.ok_or_else(|| self.refused(mark, "the alias names nothing before it"))
            }
            Event::Scalar(text, style, anchor, tag) => {
                let value = self.scalar(&text, style, tag.as_ref(), mark)?;
                self.anchors.insert(anchor, value.clone());
                Ok(value)
            }
            Event::SequenceStart(anchor, _) => {
                let list = Value::from(Vec::new());
                self.anchors.insert(anchor, list.clone());
                loop {
                    let (event, mark) = self.next()?;
                    if event == Event::SequenceEnd {
                        return Ok(list);
                    }
                    let item = self.value(event, mark, depth + 1)?;
                    if let Value::List(list) = &list {
                        list.0.borrow_mut().push(item);
                    }
                }
            }
            Event::MappingStart(anchor, _) => {
                let mapping = dictionary(Vec::new()).unwrap_or(Value::None);
                self.anchors.insert(anchor, mapping.clone());
                self.fill(&mapping, depth)?;
                Ok(mapping)
            }
            _ => Err(self.refused(mark, "a value is expected")),
        }
    }

    /// Reads the entries of a mapping; those that it merges come first, and give way.
    fn fill(&mut self, mapping: &Value, depth: usize) -> Result<(), YamlError> {
        let mut own = Vec::new();
        let mut merged = Vec::new();
        loop {
            let (event, mark) = self.next()?;
            if event == Event::MappingEnd {
                break;
            }
            let is_merge =
                matches!(&event, Event::Scalar(text, TScalarStyle::Plain, _, None) if text == "<<");
            let key = self.value(event, mark, depth + 1)?;
            let (event, value_mark) = self.next()?;
            let value = self.value(event, value_mark, depth + 1)?;
            if is_merge {
                let sources = match &value {
                    Value::Dict(_) => vec![value],
                    // The first one of a list counts most.
                    Value::List(list) => list.0.borrow().iter().rev().cloned().collect(),
                    _ => return Err(self.refused(value_mark, "a mapping to merge is expected")),
                };
                for source in sources {
                    let Value::Dict(source) = source else {
                        return Err(self.refused(value_mark, "a mapping to merge is expected"));
                    };
                    merged.extend(
                        source
                            .0
                            .borrow()
                            .iter()
                            .map(|(key, value)| (key.clone(), value.clone())),
                    );
                }
            } else {
                let key = Key::new(key).map_err(|error| self.refused(mark, error.message()))?;
                own.push((key, value));
            }
        }
        if let Value::Dict(mapping) = mapping {
            mapping.0.borrow_mut().extend(merged.into_iter().chain(own));
        }
        Ok(())
    }

    fn scalar(
        &self,
        text: &str,
        style: TScalarStyle,
        tag: Option<&Tag>,
        mark: Marker,
    ) -> Result<Value, YamlError> {
        let Some(tag) = tag else {
            return Ok(match style {
                TScalarStyle::Plain => self.patterns.value(text),
                _ => Value::from(text),
            });
        };
        let kind = tag.suffix.as_str();
        let value = match (tag.handle.as_str(), kind) {
            ("!!" | "tag:yaml.org,2002:", "str") => Some(Value::from(text)),
            ("!!" | "tag:yaml.org,2002:", "int") => int(text).map(Value::Int),
            ("!!" | "tag:yaml.org,2002:", "float") => float(text).map(Value::Float),
            ("!!" | "tag:yaml.org,2002:", "bool" | "null") => Some(self.patterns.value(text)),
            _ => None,
        };
        value.ok_or_else(|| self.refused(mark, format!("a value with the tag {kind:?} cannot be read")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        match parse(&Source::new("v.yml", text)) {
            Ok(value) => crate::template::shown(&value),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn plain_scalars_are_those_of_yaml_1_1() {
        for (text, expected) in [
            ("", "{}"),
            (
                "a: yes\nb: Off\nc: ~\nd:",
                "{'a': True, 'b': False, 'c': None, 'd': None}",
            ),
            (
                "a: 010\nb: 0x1F\nc: 0b11\nd: 1_000\ne: 1:30",
                "{'a': 8, 'b': 31, 'c': 3, 'd': 1000, 'e': 90}",
            ),
            (
                "a: 08\nb: '1'\nc: 1e3\nd: y\ne: 0o7",
                "{'a': '08', 'b': '1', 'c': '1e3', 'd': 'y', 'e': '0o7'}",
            ),
            (
                "a: 1.5\nb: -.inf\nc: 1.5e+3\nd: .5",
                "{'a': 1.5, 'b': -inf, 'c': 1500.0, 'd': 0.5}",
            ),
            ("1: a\n~: b\n[1, 2]: c", "v.yml:3:1: unhashable type: 'list'"),
            ("1: a\ntrue: b", "{1: 'b'}"),
            ("a: !!str 1\nb: !!int '2'", "{'a': '1', 'b': 2}"),
            ("a: !x 1", "v.yml:1:7: a value with the tag \"x\" cannot be read"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn anchors_and_merges() {
        let text = "base: &b {x: 1, y: 2}\nown:\n  y: 3\n  <<: *b\nlist: [*b, a]";
        let expected = "{'base': {'x': 1, 'y': 2}, 'own': {'x': 1, 'y': 3}, 'list': [{'x': 1, 'y': 2}, 'a']}";
        assert_eq!(shown(text), expected);
    }

    #[test]
    fn faults_have_their_place() {
        for (text, expected) in [
            (
                "a: [1",
                "v.yml:2:1: while parsing a flow sequence, expected ',' or ']'",
            ),
            ("- a", "v.yml:1:1: a mapping of variables is expected"),
            ("a: 1\n---\nb: 2", "v.yml:2:1: a second document"),
            ("a: *b", "v.yml:1:4: while parsing node, found unknown anchor"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
        let nested = |depth: usize| shown(&format!("a: {}{}", "[".repeat(depth), "]".repeat(depth)));
        assert!(nested(230).contains("nested more than"), "{}", nested(230));
        // The parser has a limit of its own.
        assert!(nested(1000).contains("recursion limit"), "{}", nested(1000));
    }
}
