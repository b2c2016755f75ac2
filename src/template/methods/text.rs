//! The methods of texts.

use crate::template::args::{Args, int_argument, text_argument};
use crate::template::error::{Error, Result};
use crate::template::format::{self, Fields, escaped};
use crate::template::interpreter::Interpreter;
use crate::template::value::{MAX_TEXT, Text, Value, is_printable};

use super::bounds;

pub(super) const NAMES: &[&str] = &[
    "capitalize",
    "casefold",
    "center",
    "count",
    "endswith",
    "expandtabs",
    "find",
    "format",
    "format_map",
    "index",
    "isalnum",
    "isalpha",
    "isascii",
    "isdecimal",
    "isdigit",
    "isidentifier",
    "islower",
    "isnumeric",
    "isprintable",
    "isspace",
    "istitle",
    "isupper",
    "join",
    "ljust",
    "lower",
    "lstrip",
    "partition",
    "removeprefix",
    "removesuffix",
    "replace",
    "rfind",
    "rindex",
    "rjust",
    "rpartition",
    "rsplit",
    "rstrip",
    "split",
    "splitlines",
    "startswith",
    "strip",
    "swapcase",
    "title",
    "upper",
    "zfill",
];

/// A text with its first letter large, and the others small.
pub fn capitalized(text: &str) -> String {
    let mut characters = text.chars();
    let Some(first) = characters.next() else {
        return String::new();
    };
    large(first) + &characters.as_str().to_lowercase()
}

/// A letter at the beginning of a word.
fn large(letter: char) -> String {
    let upper: String = letter.to_uppercase().collect();
    let mut characters = upper.chars();
    let first: String = characters.next().into_iter().collect();
    first + &characters.as_str().to_lowercase()
}

fn is_line_end(character: char) -> bool {
    matches!(
        character,
        '\n' | '\r' | '\x0b' | '\x0c' | '\x1c'..='\x1e' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

/// The lines of a text, with their ends or without.
pub fn lines(text: &str, has_ends: bool) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(is_line_end).unwrap_or(rest.len());
        let behind = &rest[end..];
        let length = match behind.chars().next() {
            Some('\r') if behind[1..].starts_with('\n') => 2,
            Some(character) => character.len_utf8(),
            None => 0,
        };
        found.push(&rest[..if has_ends { end + length } else { end }]);
        rest = &rest[end + length..];
    }
    found
}

/// Whether Python takes a character for white space.
fn is_blank(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\x1c'..='\x1f')
}

/// A text without these characters, or without white space, at its ends.
fn stripped<'t>(text: &'t str, characters: Option<&str>, left: bool, right: bool) -> &'t str {
    let is_taken = |c: char| characters.map_or_else(|| is_blank(c), |characters| characters.contains(c));
    let text = if left {
        text.trim_start_matches(is_taken)
    } else {
        text
    };
    if right {
        text.trim_end_matches(is_taken)
    } else {
        text
    }
}

fn count_of(value: Option<Value>, default: i128) -> Result<i128> {
    value.map_or(Ok(default), |value| int_argument(&value))
}

/// The parts between blanks, at most so many splits.
fn split_blanks(text: &str, most: usize, from_right: bool) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    loop {
        rest = if from_right {
            rest.trim_end_matches(is_blank)
        } else {
            rest.trim_start_matches(is_blank)
        };
        if rest.is_empty() {
            break;
        }
        if parts.len() == most {
            parts.push(rest);
            break;
        }
        if from_right {
            let at = rest.char_indices().rev().find(|(_, c)| is_blank(*c));
            let at = at.map_or(0, |(at, c)| at + c.len_utf8());
            parts.push(&rest[at..]);
            rest = &rest[..at];
        } else {
            let at = rest.find(is_blank).unwrap_or(rest.len());
            parts.push(&rest[..at]);
            rest = &rest[at..];
        }
    }
    if from_right {
        parts.reverse();
    }
    parts
}

fn split(text: &str, args: &Args, from_right: bool) -> Result<Vec<String>> {
    let [separator, most] = args.bind("split", ["sep", "maxsplit"], 0)?;
    let most = usize::try_from(count_of(most, -1)?).unwrap_or(usize::MAX);
    let parts: Vec<&str> = match separator {
        None | Some(Value::None) => split_blanks(text, most, from_right),
        Some(separator) => {
            let separator = text_argument(&separator, "separator")?;
            if separator.is_empty() {
                return Err(Error::value("empty separator"));
            }
            if from_right {
                let mut parts: Vec<&str> = text.rsplitn(most.saturating_add(1), &**separator).collect();
                parts.reverse();
                parts
            } else {
                text.splitn(most.saturating_add(1), &**separator).collect()
            }
        }
    };
    Ok(parts.into_iter().map(str::to_owned).collect())
}

/// A text in a field of so many characters.
fn padded(text: &str, args: &Args, name: &str) -> Result<String> {
    let [width, fill] = args.bind(name, ["", ""], 1)?;
    let width = int_argument(&width.unwrap_or(Value::None))?;
    let fill = fill.unwrap_or_else(|| Value::from(" "));
    let fill = text_argument(&fill, "The fill character")?;
    if fill.chars().count() != 1 {
        return Err(Error::type_error(
            "The fill character must be exactly one character long",
        ));
    }
    let length = text.chars().count();
    let width = usize::try_from(width).unwrap_or(0);
    if width > MAX_TEXT / 4 {
        return Err(Error::limit("a text is too long"));
    }
    let missing = width.saturating_sub(length);
    let left = match name {
        "ljust" => 0,
        "rjust" => missing,
        _ => missing / 2 + (missing & width & 1),
    };
    Ok(fill.repeat(left) + text + &fill.repeat(missing - left))
}

/// Where a part is in a text, in bytes of the text, between the bounds that the arguments name.
fn find(text: &Text, args: &Args, name: &str) -> Result<Option<usize>> {
    let [part, start, stop] = args.bind(name, ["", "", ""], 1)?;
    let part = part.unwrap_or(Value::None);
    let part = text_argument(&part, "argument")?;
    let Some((offset, inner)) = between(text, start, stop)? else {
        return Ok(None);
    };
    let found = if name.starts_with('r') {
        inner.rfind(&**part)
    } else {
        inner.find(&**part)
    };
    Ok(found.map(|at| text[..offset + at].chars().count()))
}

/// The part of a text between two numbers of characters, with its offset in bytes; `None` behind the end.
fn between(text: &str, start: Option<Value>, stop: Option<Value>) -> Result<Option<(usize, &str)>> {
    let length = text.chars().count();
    let bounds = bounds(start, stop, length)?;
    if bounds.start > length || bounds.start > bounds.end {
        return Ok(None);
    }
    let byte = |at: usize| text.char_indices().nth(at).map_or(text.len(), |(at, _)| at);
    let (from, to) = (byte(bounds.start), byte(bounds.end));
    Ok(Some((from, &text[from..to])))
}

fn starts_or_ends(text: &str, args: &Args, name: &str) -> Result<bool> {
    let [parts, start, stop] = args.bind(name, ["", "", ""], 1)?;
    let parts = parts.unwrap_or(Value::None);
    let parts = match &parts {
        Value::Tuple(tuple) => tuple.items.clone(),
        Value::Undefined(missing) => return Err(missing.error()),
        Value::Text(_) => vec![parts],
        _ => {
            let other = parts.type_name();
            return Err(Error::type_error(format!(
                "{name} first arg must be str or a tuple of str, not {other}"
            )));
        }
    };
    let inner = between(text, start, stop)?;
    for part in &parts {
        let part = text_argument(part, "argument")?;
        let is_there = inner.is_some_and(|(_, inner)| match name {
            "startswith" => inner.starts_with(&**part),
            _ => inner.ends_with(&**part),
        });
        if is_there {
            return Ok(true);
        }
    }
    Ok(false)
}

fn titled(text: &str) -> String {
    let mut out = String::new();
    let mut is_inside = false;
    for character in text.chars() {
        if is_inside {
            out.extend(character.to_lowercase());
        } else {
            out += &large(character);
        }
        is_inside = is_cased(character);
    }
    out
}

fn is_cased(character: char) -> bool {
    character.is_lowercase() || character.is_uppercase()
}

/// Questions about all characters.
fn is(text: &str, name: &str) -> bool {
    let all = |check: fn(char) -> bool| !text.is_empty() && text.chars().all(check);
    let cased = || text.chars().any(is_cased);
    match name {
        "isalnum" => all(char::is_alphanumeric),
        "isalpha" => all(char::is_alphabetic),
        "isascii" => text.is_ascii(),
        "isdecimal" => all(|c| c.is_ascii_digit() || !c.is_ascii() && c.is_numeric() && !is_digit_sign(c)),
        "isdigit" => all(|c| c.is_ascii_digit() || !c.is_ascii() && c.is_numeric() && !is_fraction(c)),
        "isnumeric" => all(char::is_numeric),
        "isidentifier" => {
            !text.starts_with(|c: char| c.is_numeric()) && all(|c| c.is_alphanumeric() || c == '_')
        }
        "islower" => cased() && !text.chars().any(char::is_uppercase),
        "isupper" => cased() && !text.chars().any(char::is_lowercase),
        "isspace" => all(is_blank),
        "isprintable" => text.chars().all(is_printable),
        _ => {
            // A word begins with a large letter, and goes on with small ones.
            let mut was_cased = false;
            let mut is_right = cased();
            for character in text.chars() {
                is_right &= if was_cased {
                    !character.is_uppercase()
                } else {
                    !character.is_lowercase()
                };
                was_cased = is_cased(character);
            }
            is_right
        }
    }
}

/// Numbers in the form of signs, such as those above the line.
fn is_digit_sign(character: char) -> bool {
    matches!(character, '²' | '³' | '¹' | '\u{2070}'..='\u{2089}' | '\u{2460}'..='\u{249b}')
        || is_fraction(character)
}

fn is_fraction(character: char) -> bool {
    matches!(character, '¼'..='¾' | '\u{2150}'..='\u{218b}' | '\u{3000}'..='\u{9fff}')
}

fn joined(interpreter: &Interpreter, text: &Text, args: &Args) -> Result<String> {
    let items = interpreter.items(&args.one("str.join")?)?;
    let mut out = String::new();
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            out.push_str(text);
        }
        match item {
            Value::Text(item) if text.is_markup => out += &escaped(item),
            Value::Text(item) => out.push_str(item),
            _ => {
                return Err(Error::type_error(format!(
                    "sequence item {at}: expected str instance, {} found",
                    item.type_name()
                )));
            }
        }
        interpreter.budget.allocate(out.len() / (at + 1))?;
        if out.len() > MAX_TEXT {
            return Err(Error::limit("a text is too long"));
        }
    }
    Ok(out)
}

fn replaced(text: &Text, args: &Args) -> Result<String> {
    let [old, new, most] = args.bind("replace", ["", "", ""], 2)?;
    let (old, new) = (old.unwrap_or(Value::None), new.unwrap_or(Value::None));
    let part = |value: &Value, at: usize| {
        let part = text_argument(value, &format!("replace() argument {at}"))?;
        Ok(if text.is_markup {
            escaped(part)
        } else {
            part.to_string()
        })
    };
    replace(text, &part(&old, 1)?, &part(&new, 2)?, count_of(most, -1)?)
}

/// A text with another part in place of one, at most so many times; negative is always.
pub fn replace(text: &str, old: &str, new: &str, most: i128) -> Result<String> {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let count = if old.is_empty() {
        text.chars().count() + 1
    } else {
        text.matches(old).count()
    };
    let growth = new
        .len()
        .saturating_sub(old.len())
        .saturating_mul(count.min(most));
    if text.len().saturating_add(growth) > MAX_TEXT {
        return Err(Error::limit("a text is too long"));
    }
    Ok(text.replacen(old, new, most))
}

fn expanded(text: &str, size: i128) -> Result<String> {
    let size = usize::try_from(size).unwrap_or(0);
    if size > 10_000 {
        return Err(Error::limit("a tab is too wide"));
    }
    let mut out = String::new();
    let mut column = 0;
    for character in text.chars() {
        match character {
            '\t' if size > 0 => {
                let blanks = size - column % size;
                out.extend(std::iter::repeat_n(' ', blanks));
                column += blanks;
            }
            '\t' => {}
            '\n' | '\r' => {
                out.push(character);
                column = 0;
            }
            _ => {
                out.push(character);
                column += 1;
            }
        }
        if out.len() > MAX_TEXT {
            return Err(Error::limit("a text is too long"));
        }
    }
    Ok(out)
}

pub(super) fn call(interpreter: &Interpreter, text: &Text, name: &str, args: &Args) -> Result<Value> {
    let made = |made: &str| Ok(Value::text_of(made, text.is_markup));
    let list = |parts: Vec<String>| {
        Ok(Value::from(
            parts
                .iter()
                .map(|part| Value::text_of(part, text.is_markup))
                .collect::<Vec<_>>(),
        ))
    };
    match name {
        "format" => {
            let mut fields = Fields::new(&args.positional, &args.named, None);
            return format::braces(text, &mut fields, &interpreter.budget);
        }
        "format_map" => {
            let mapping = args.one("str.format_map")?;
            return format::braces(
                text,
                &mut Fields::new(&[], &[], Some(&mapping)),
                &interpreter.budget,
            );
        }
        "split" => return list(split(text, args, false)?),
        "rsplit" => return list(split(text, args, true)?),
        "splitlines" => {
            let [ends] = args.bind(name, ["keepends"], 0)?;
            let lines = lines(text, ends.is_some_and(|ends| ends.is_true()));
            return list(lines.into_iter().map(str::to_owned).collect());
        }
        "join" => return made(&joined(interpreter, text, args)?),
        "replace" => return made(&replaced(text, args)?),
        "center" | "ljust" | "rjust" => return made(&padded(text, args, name)?),
        "startswith" | "endswith" => return Ok(Value::Bool(starts_or_ends(text, args, name)?)),
        "find" | "rfind" => {
            return Ok(find(text, args, name)?.map_or(Value::Int(-1), Value::int));
        }
        "index" | "rindex" => {
            let found = find(text, args, name)?;
            return found
                .map(Value::int)
                .ok_or_else(|| Error::value("substring not found"));
        }
        "count" => {
            let [part, start, stop] = args.bind(name, ["", "", ""], 1)?;
            let part = part.unwrap_or(Value::None);
            let part = text_argument(&part, "argument")?;
            let inner = between(text, start, stop)?;
            return Ok(Value::int(
                inner.map_or(0, |(_, inner)| inner.matches(&**part).count()),
            ));
        }
        "strip" | "lstrip" | "rstrip" => {
            let [characters] = args.bind(name, [""], 0)?;
            let characters = characters.filter(|characters| !matches!(characters, Value::None));
            let characters = match &characters {
                Some(characters) => Some(&**text_argument(characters, &format!("{name} arg"))?),
                None => None,
            };
            return made(stripped(text, characters, name != "rstrip", name != "lstrip"));
        }
        "removeprefix" | "removesuffix" => {
            let part = args.one(name)?;
            let part = text_argument(&part, "argument")?;
            let rest = if name == "removeprefix" {
                text.strip_prefix(&**part)
            } else {
                text.strip_suffix(&**part)
            };
            return made(rest.unwrap_or(text));
        }
        "partition" | "rpartition" => {
            let separator = args.one(name)?;
            let separator = text_argument(&separator, "separator")?;
            if separator.is_empty() {
                return Err(Error::value("empty separator"));
            }
            let parts = if name == "partition" {
                let found = text.split_once(&**separator);
                found.map_or([text, "", ""], |(before, behind)| [before, separator, behind])
            } else {
                let found = text.rsplit_once(&**separator);
                found.map_or(["", "", text], |(before, behind)| [before, separator, behind])
            };
            let parts = parts.iter().map(|part| Value::text_of(part, text.is_markup));
            return Ok(Value::tuple(parts.collect()));
        }
        "zfill" => {
            let width = usize::try_from(int_argument(&args.one(name)?)?).unwrap_or(0);
            if width > MAX_TEXT / 4 {
                return Err(Error::limit("a text is too long"));
            }
            let (sign, digits) = match text.strip_prefix(['+', '-']) {
                Some(digits) => (&text[..1], digits),
                None => ("", &**text),
            };
            let missing = width.saturating_sub(text.chars().count());
            return made(&format!("{sign}{}{digits}", "0".repeat(missing)));
        }
        "expandtabs" => {
            let [size] = args.bind(name, ["tabsize"], 0)?;
            return made(&expanded(text, count_of(size, 8)?)?);
        }
        _ => args.none(&format!("str.{name}"))?,
    }
    match name {
        "lower" => made(&text.to_lowercase()),
        "upper" => made(&text.to_uppercase()),
        "casefold" => made(&text.to_lowercase().replace('ß', "ss")),
        "capitalize" => made(&capitalized(text)),
        "title" => made(&titled(text)),
        "swapcase" => {
            let swapped = text.chars().map(|c| -> String {
                if c.is_uppercase() {
                    c.to_lowercase().collect()
                } else {
                    c.to_uppercase().collect()
                }
            });
            made(&swapped.collect::<String>())
        }
        _ => Ok(Value::Bool(is(text, name))),
    }
}
