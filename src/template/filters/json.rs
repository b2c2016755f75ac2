//! `tojson`: JSON with its keys in order, which is safe in HTML.

use std::fmt::Write as _;

use crate::template::args::{Args, int_argument};
use crate::template::error::{Error, Result};
use crate::template::interpreter::Interpreter;
use crate::template::value::{MAX_NESTING, MAX_TEXT, Value, float_text, too_deep};

pub(super) fn tojson(interpreter: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    let [indent] = args.bind("do_tojson", ["indent"], 0)?;
    let indent = match super::given(indent) {
        None => None,
        Some(Value::Text(text)) => Some(text.to_string()),
        Some(number) => {
            let width = usize::try_from(int_argument(&number)?).unwrap_or(0);
            if width > 1_000 {
                return Err(Error::limit("the indent is too wide"));
            }
            Some(" ".repeat(width))
        }
    };
    let mut writer = Writer {
        interpreter,
        indent,
        out: String::new(),
    };
    writer.value(value, 0)?;
    interpreter.budget.allocate(writer.out.len())?;
    Ok(Value::markup(&writer.out))
}

struct Writer<'i> {
    interpreter: &'i Interpreter,
    indent: Option<String>,
    out: String,
}

impl Writer<'_> {
    fn value(&mut self, value: &Value, depth: usize) -> Result<()> {
        self.interpreter.budget.spend(1)?;
        if depth > MAX_NESTING {
            return Err(too_deep());
        }
        if self.out.len() > MAX_TEXT {
            return Err(Error::limit("a text is too long"));
        }
        match value {
            Value::None => self.out.push_str("null"),
            Value::Bool(value) => self.out.push_str(if *value { "true" } else { "false" }),
            Value::Int(number) => {
                let _ = write!(self.out, "{number}");
            }
            Value::Float(number) => self.out.push_str(&float(*number)),
            Value::Text(text) => self.text(text),
            Value::List(list) => {
                let items = list.0.borrow().clone();
                self.items(&items, depth)?;
            }
            Value::Tuple(tuple) => self.items(&tuple.items, depth)?,
            Value::Dict(dict) => {
                let pairs = dict
                    .0
                    .borrow()
                    .iter()
                    .map(|(key, value)| (key.value().clone(), value.clone()))
                    .collect();
                self.pairs(pairs, depth)?;
            }
            _ => {
                return Err(Error::type_error(format!(
                    "Object of type {} is not JSON serializable",
                    value.type_name()
                )));
            }
        }
        Ok(())
    }

    /// The break before an item, or before the end.
    fn line(&mut self, depth: usize) {
        if let Some(indent) = &self.indent {
            self.out.push('\n');
            for _ in 0..depth {
                self.out.push_str(indent);
            }
        }
    }

    fn separate(&mut self, at: usize, depth: usize) {
        if at > 0 {
            self.out.push_str(if self.indent.is_some() { "," } else { ", " });
        }
        self.line(depth + 1);
    }

    fn items(&mut self, items: &[Value], depth: usize) -> Result<()> {
        self.out.push('[');
        for (at, item) in items.iter().enumerate() {
            self.separate(at, depth);
            self.value(item, depth + 1)?;
        }
        if !items.is_empty() {
            self.line(depth);
        }
        self.out.push(']');
        Ok(())
    }

    fn pairs(&mut self, pairs: Vec<(Value, Value)>, depth: usize) -> Result<()> {
        self.out.push('{');
        let items = pairs
            .into_iter()
            .map(|(key, value)| Value::tuple(vec![key, value]))
            .collect();
        let sorted =
            crate::template::interpreter::sorted(self.interpreter, items, false, |pair| match pair {
                Value::Tuple(pair) => Ok(pair.items[0].clone()),
                _ => Ok(Value::None),
            })?;
        for (at, pair) in sorted.iter().enumerate() {
            let Value::Tuple(pair) = pair else {
                continue;
            };
            self.separate(at, depth);
            self.key(&pair.items[0])?;
            self.out.push_str(": ");
            self.value(&pair.items[1], depth + 1)?;
        }
        if !sorted.is_empty() {
            self.line(depth);
        }
        self.out.push('}');
        Ok(())
    }

    fn key(&mut self, key: &Value) -> Result<()> {
        let text = match key {
            Value::Text(text) => text.to_string(),
            Value::None => "null".to_owned(),
            Value::Bool(value) => value.to_string(),
            Value::Int(number) => number.to_string(),
            Value::Float(number) => float(*number),
            _ => {
                return Err(Error::type_error(format!(
                    "keys must be str, int, float, bool or None, not {}",
                    key.type_name()
                )));
            }
        };
        self.text(&text);
        Ok(())
    }

    fn text(&mut self, text: &str) {
        self.out.push('"');
        for character in text.chars() {
            match character {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\n' => self.out.push_str("\\n"),
                '\r' => self.out.push_str("\\r"),
                '\t' => self.out.push_str("\\t"),
                '\x08' => self.out.push_str("\\b"),
                '\x0c' => self.out.push_str("\\f"),
                // What HTML reserves is escaped as well.
                '<' | '>' | '&' | '\'' => self.escape(character),
                ' '..='~' => self.out.push(character),
                _ => self.escape(character),
            }
        }
        self.out.push('"');
    }

    fn escape(&mut self, character: char) {
        for unit in character.encode_utf16(&mut [0; 2]) {
            let _ = write!(self.out, "\\u{unit:04x}");
        }
    }
}

fn float(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    float_text(number)
}
