//! Filters of texts.

use crate::template::args::{Args, int_argument, text_argument};
use crate::template::error::{Error, Result};
use crate::template::format as formats;
use crate::template::interpreter::Interpreter;
use crate::template::methods;
use crate::template::value::{MAX_TEXT, Text, Value, repr_of_text};

use super::{Path, given};

/// A value as a text, which stays markup where it is.
fn soft(interpreter: &Interpreter, value: &Value) -> Result<Text> {
    match value {
        Value::Text(text) => Ok(text.clone()),
        _ => Ok(Text {
            text: interpreter.text(value)?.into(),
            is_markup: false,
        }),
    }
}

fn made(interpreter: &Interpreter, text: &str, is_markup: bool) -> Result<Value> {
    interpreter.budget.allocate(text.len())?;
    Ok(Value::text_of(text, is_markup))
}

/// A filter that calls the method of the text of the same name.
fn method(interpreter: &Interpreter, value: &Value, name: &str, args: &Args) -> Result<Value> {
    let text = Value::Text(soft(interpreter, value)?);
    methods::call(interpreter, &text, name, args)
}

pub(super) fn upper(interpreter: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    method(interpreter, value, "upper", args)
}

pub(super) fn lower(interpreter: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    method(interpreter, value, "lower", args)
}

pub(super) fn capitalize(interpreter: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    method(interpreter, value, "capitalize", args)
}

pub(super) fn center(interpreter: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    let [width] = args.bind("do_center", ["width"], 0)?;
    let args = Args::of(vec![width.unwrap_or(Value::Int(80))]);
    method(interpreter, value, "center", &args)
}

pub(super) fn trim(interpreter: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    let [characters] = args.bind("do_trim", ["chars"], 0)?;
    let args = Args::of(characters.into_iter().collect());
    method(interpreter, value, "strip", &args)
}

pub(super) fn string(interpreter: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    args.none("soft_str")?;
    soft(interpreter, value).map(Value::Text)
}

pub(super) fn safe(interpreter: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    args.none("do_mark_safe")?;
    Ok(Value::markup(&interpreter.text(value)?))
}

pub(super) fn escape(interpreter: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    args.none("escape")?;
    Ok(Value::markup(&formats::escaped(&soft(interpreter, value)?)))
}

pub(super) fn forceescape(interpreter: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    args.none("do_forceescape")?;
    Ok(Value::markup(&formats::escape(&interpreter.text(value)?)))
}

pub(super) fn title(interpreter: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    args.none("do_title")?;
    let text = soft(interpreter, value)?;
    let mut out = String::new();
    let mut word = String::new();
    for character in text.chars() {
        if "-({[<".contains(character) || character.is_whitespace() {
            out += &methods::capitalized(&word);
            word.clear();
            out.push(character);
        } else {
            word.push(character);
        }
    }
    out += &methods::capitalized(&word);
    made(interpreter, &out, false)
}

pub(super) fn replace(interpreter: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    let [old, new, count] = args.bind("do_replace", ["old", "new", "count"], 2)?;
    let (old, new) = (old.unwrap_or(Value::None), new.unwrap_or(Value::None));
    let (text, old, new) = (
        soft(interpreter, value)?,
        soft(interpreter, &old)?,
        soft(interpreter, &new)?,
    );
    let count = given(count).map_or(Ok(-1), |count| int_argument(&count))?;
    interpreter.budget.allocate(text.len())?;
    if !interpreter.escapes() {
        return made(interpreter, &methods::replace(&text, &old, &new, count)?, false);
    }
    let is_markup = text.is_markup || old.is_markup || new.is_markup;
    let part = |part: &Text| {
        if is_markup {
            formats::escaped(part)
        } else {
            part.to_string()
        }
    };
    let replaced = methods::replace(&part(&text), &part(&old), &part(&new), count)?;
    made(interpreter, &replaced, is_markup)
}

pub(super) fn format(interpreter: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    if !args.positional.is_empty() && !args.named.is_empty() {
        return Err(Error::runtime(
            "can't handle positional and keyword arguments at the same time",
        ));
    }
    let text = soft(interpreter, value)?;
    let values = if args.named.is_empty() {
        Value::tuple(args.positional.clone())
    } else {
        args.named
            .iter()
            .map(|(name, value)| (crate::template::value::Key::from(&**name), value.clone()))
            .collect()
    };
    formats::percent(&text, &values, &interpreter.budget)
}

pub(super) fn join(interpreter: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    let [separator, attribute] = args.bind("do_join", ["d", "attribute"], 0)?;
    let separator = separator.unwrap_or_else(|| Value::from(""));
    let mut items = interpreter.items(value)?;
    if let Some(attribute) = given(attribute) {
        let path = Path::of(Some(&attribute), true);
        for item in &mut items {
            *item = path.get(interpreter, item)?;
        }
    }
    let separator = soft(interpreter, &separator)?;
    let mut parts = Vec::with_capacity(items.len());
    for item in &items {
        parts.push(soft(interpreter, item)?);
    }
    let is_markup = interpreter.escapes() && (separator.is_markup || parts.iter().any(|part| part.is_markup));
    let shown = |text: &Text| {
        if is_markup {
            formats::escaped(text)
        } else {
            text.to_string()
        }
    };
    let separator = shown(&separator);
    let mut out = String::new();
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            out.push_str(&separator);
        }
        out += &shown(part);
        if out.len() > MAX_TEXT {
            return Err(Error::limit("a text is too long"));
        }
    }
    made(interpreter, &out, is_markup)
}

pub(super) fn indent(interpreter: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    let [width, first, blank] = args.bind("do_indent", ["width", "first", "blank"], 0)?;
    let indent = match width {
        None => " ".repeat(4),
        Some(Value::Text(text)) => text.to_string(),
        Some(number) => {
            let width = usize::try_from(int_argument(&number)?).unwrap_or(0);
            if width > 10_000 {
                return Err(Error::limit("the indent is too wide"));
            }
            " ".repeat(width)
        }
    };
    let is_true = |value: Option<Value>| value.is_some_and(|value| value.is_true());
    let (first, blank) = (is_true(first), is_true(blank));
    let text = text_argument(value, "indented value")?;
    let is_markup = text.is_markup;
    let text = format!("{}\n", &**text);
    let mut out = String::new();
    for (at, line) in methods::lines(&text, false).into_iter().enumerate() {
        if at > 0 {
            out.push('\n');
        }
        if (at > 0 && (blank || !line.is_empty())) || (at == 0 && first) {
            out.push_str(&indent);
        }
        out.push_str(line);
        if out.len() > MAX_TEXT {
            return Err(Error::limit("a text is too long"));
        }
    }
    made(interpreter, &out, is_markup)
}

pub(super) fn striptags(interpreter: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    args.none("do_striptags")?;
    let mut text = interpreter.text(value)?;
    for (begin, end) in [("<!--", "-->"), ("<", ">")] {
        let mut out = String::new();
        let mut rest = text.as_str();
        while let Some(at) = rest.find(begin) {
            let Some(length) = rest[at..].find(end) else {
                break;
            };
            out.push_str(&rest[..at]);
            rest = &rest[at + length + end.len()..];
        }
        out.push_str(rest);
        text = out;
    }
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    made(interpreter, &unescaped(&text), false)
}

/// A text with the characters that HTML has names and numbers for.
fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.find(';').filter(|end| *end < 12);
        let character = end.and_then(|end| match &rest[1..end] {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            "nbsp" => Some('\u{a0}'),
            name => {
                let number = name.strip_prefix('#')?;
                let number = match number.strip_prefix(['x', 'X']) {
                    Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                    None => number.parse().ok()?,
                };
                char::from_u32(number)
            }
        });
        match (character, end) {
            (Some(character), Some(end)) => {
                out.push(character);
                rest = &rest[end + 1..];
            }
            _ => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out + rest
}

/// A text as a part of a URL.
fn quoted(text: &str, is_query: bool) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'.' | b'-' | b'~' => out.push(byte as char),
            b'/' if !is_query => out.push('/'),
            b' ' if is_query => out.push('+'),
            _ => out += &format!("%{byte:02X}"),
        }
    }
    out
}

pub(super) fn urlencode(interpreter: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    args.none("do_urlencode")?;
    let pairs = match value {
        Value::Text(text) => return made(interpreter, &quoted(text, false), false),
        Value::Dict(_) => interpreter
            .pairs(value)?
            .into_iter()
            .map(|(key, value)| Value::tuple(vec![key.value().clone(), value]))
            .collect(),
        _ => match interpreter.items(value) {
            Ok(items) => items,
            Err(_) => return made(interpreter, &quoted(&interpreter.text(value)?, false), false),
        },
    };
    let mut parts = Vec::new();
    for pair in pairs {
        let pair = interpreter.items(&pair)?;
        let [key, value] = &pair[..] else {
            let (count, word) = match pair.len() {
                0 | 1 => (format!("(expected 2, got {})", pair.len()), "not enough"),
                _ => ("(expected 2)".to_owned(), "too many"),
            };
            return Err(Error::value(format!("{word} values to unpack {count}")));
        };
        let (key, value) = (interpreter.text(key)?, interpreter.text(value)?);
        parts.push(format!("{}={}", quoted(&key, true), quoted(&value, true)));
    }
    made(interpreter, &parts.join("&"), false)
}

pub(super) fn xmlattr(interpreter: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    let [space] = args.bind("do_xmlattr", ["autospace"], 0)?;
    let has_space = space.is_none_or(|space| space.is_true());
    let Value::Dict(dict) = value else {
        return Err(value.lacks("has no attribute 'items'"));
    };
    let mut parts = Vec::new();
    for (key, value) in dict.0.borrow().iter() {
        if matches!(value, Value::None | Value::Undefined(_)) {
            continue;
        }
        let key = soft(interpreter, key.value())?;
        if key.contains(|c: char| c.is_ascii_whitespace() || c == '\x0b' || "/>=".contains(c)) {
            let key = repr_of_text(&key);
            return Err(Error::value(format!(
                "Invalid character in attribute name: {key}"
            )));
        }
        let value = formats::escaped(&soft(interpreter, value)?);
        parts.push(format!("{}=\"{value}\"", formats::escaped(&key)));
    }
    let space = if has_space && !parts.is_empty() { " " } else { "" };
    made(
        interpreter,
        &format!("{space}{}", parts.join(" ")),
        interpreter.escapes(),
    )
}
