//! `pprint`: a value over several lines where it is long.

use crate::template::args::Args;
use crate::template::error::Result;
use crate::template::interpreter::{Interpreter, sorted};
use crate::template::value::{MAX_NESTING, Value, too_deep};

/// How long a line may be.
const WIDTH: usize = 80;

pub(super) fn pprint(interpreter: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    args.none("do_pprint")?;
    let mut out = String::new();
    write(interpreter, value, 0, 0, 0, &mut out)?;
    interpreter.budget.allocate(out.len())?;
    Ok(Value::from(out))
}

/// A value with the keys of its dictionaries in order.
fn ordered(interpreter: &Interpreter, value: &Value, depth: usize) -> Result<Value> {
    if depth > MAX_NESTING {
        return Err(too_deep());
    }
    interpreter.budget.spend(1)?;
    Ok(match value {
        Value::List(list) => {
            let items = list.0.borrow().clone();
            let items = items.iter().map(|item| ordered(interpreter, item, depth + 1));
            Value::from(items.collect::<Result<Vec<_>>>()?)
        }
        Value::Tuple(tuple) => {
            let items = tuple
                .items
                .iter()
                .map(|item| ordered(interpreter, item, depth + 1));
            Value::tuple(items.collect::<Result<_>>()?)
        }
        Value::Dict(_) => {
            let pairs = sorted_pairs(interpreter, value)?;
            let mut entries = Vec::new();
            for (key, value) in pairs {
                let key = crate::template::value::Key::new(key)?;
                entries.push((key, ordered(interpreter, &value, depth + 1)?));
            }
            entries.into_iter().collect()
        }
        other => other.clone(),
    })
}

fn sorted_pairs(interpreter: &Interpreter, value: &Value) -> Result<Vec<(Value, Value)>> {
    let pairs = interpreter.pairs(value)?;
    let items: Vec<Value> = pairs
        .into_iter()
        .map(|(key, value)| Value::tuple(vec![key.value().clone(), value]))
        .collect();
    let key = |pair: &Value| match pair {
        Value::Tuple(pair) => Ok(pair.items[0].clone()),
        other => Ok(other.clone()),
    };
    // Keys that cannot be compared are in the order of their types.
    let by_key = sorted(interpreter, items.clone(), false, key);
    let pairs = match by_key {
        Ok(pairs) => pairs,
        Err(_) => sorted(interpreter, items, false, |pair| {
            Ok(Value::from(key(pair)?.type_name()))
        })?,
    };
    let apart = pairs.iter().filter_map(|pair| match pair {
        Value::Tuple(pair) => Some((pair.items[0].clone(), pair.items[1].clone())),
        _ => None,
    });
    Ok(apart.collect())
}

/// Writes a value that begins in a column, with room for what follows it in its last line.
fn write(
    interpreter: &Interpreter,
    value: &Value,
    column: usize,
    behind: usize,
    depth: usize,
    out: &mut String,
) -> Result<()> {
    if depth > MAX_NESTING {
        return Err(too_deep());
    }
    let flat = interpreter.repr(&ordered(interpreter, value, depth)?)?;
    if flat.chars().count() + column + behind <= WIDTH {
        out.push_str(&flat);
        return Ok(());
    }
    let lines = |items: &[Value], open: &str, close: &str, out: &mut String| -> Result<()> {
        out.push_str(open);
        for (at, item) in items.iter().enumerate() {
            let is_last = at + 1 == items.len();
            if at > 0 {
                out.push_str(",\n");
                out.push_str(&" ".repeat(column + 1));
            }
            let behind = if is_last { behind + close.len() } else { 1 };
            write(interpreter, item, column + 1, behind, depth + 1, out)?;
        }
        out.push_str(close);
        Ok(())
    };
    match value {
        Value::List(list) => {
            let items = list.0.borrow().clone();
            lines(&items, "[", "]", out)
        }
        Value::Tuple(tuple) => {
            let close = if tuple.items.len() == 1 { ",)" } else { ")" };
            lines(&tuple.items, "(", close, out)
        }
        Value::Dict(_) => {
            let pairs = sorted_pairs(interpreter, value)?;
            out.push('{');
            for (at, (key, value)) in pairs.iter().enumerate() {
                if at > 0 {
                    out.push_str(",\n");
                    out.push_str(&" ".repeat(column + 1));
                }
                let key = interpreter.repr(key)?;
                out.push_str(&key);
                out.push_str(": ");
                let behind = if at + 1 == pairs.len() { behind + 1 } else { 1 };
                let column = column + 1 + key.chars().count() + 2;
                write(interpreter, value, column, behind, depth + 1, out)?;
            }
            out.push('}');
            Ok(())
        }
        Value::Text(text) => {
            write_text(text, column, behind, depth, out);
            Ok(())
        }
        _ => {
            out.push_str(&flat);
            Ok(())
        }
    }
}

/// A long text as several strings, one below the other.
fn write_text(text: &str, column: usize, behind: usize, depth: usize, out: &mut String) {
    use crate::template::value::repr_of_text;
    let (column, behind) = if depth == 0 {
        (column + 1, behind + 1)
    } else {
        (column, behind)
    };
    let room = WIDTH.saturating_sub(column);
    let lines = crate::template::methods::lines(text, true);
    let length = |text: &str| text.chars().count();
    let mut chunks: Vec<String> = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let is_last = at + 1 == lines.len();
        let whole = repr_of_text(line);
        let most = if is_last {
            room.saturating_sub(behind)
        } else {
            room
        };
        if length(&whole) <= most {
            chunks.push(whole);
            continue;
        }
        let words = words_with_blanks(line);
        let mut current = String::new();
        for (at, word) in words.iter().enumerate() {
            let is_last_word = is_last && at + 1 == words.len();
            let most = if is_last_word {
                room.saturating_sub(behind)
            } else {
                room
            };
            let candidate = format!("{current}{word}");
            if length(&repr_of_text(&candidate)) > most {
                if !current.is_empty() {
                    chunks.push(repr_of_text(&current));
                }
                current = (*word).to_owned();
            } else {
                current = candidate;
            }
        }
        if !current.is_empty() {
            chunks.push(repr_of_text(&current));
        }
    }
    if chunks.len() == 1 {
        out.push_str(&repr_of_text(text));
        return;
    }
    if depth == 0 {
        out.push('(');
    }
    out.push_str(&chunks.join(&format!("\n{}", " ".repeat(column))));
    if depth == 0 {
        out.push(')');
    }
}

/// Words, each with the blanks behind it.
fn words_with_blanks(line: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = line;
    while !rest.is_empty() {
        let blank = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let behind = &rest[blank..];
        let end = blank + (behind.len() - behind.trim_start().len());
        words.push(&rest[..end]);
        rest = &rest[end..];
    }
    words
}
