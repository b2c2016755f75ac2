//! Values as text, as `str` and `repr` of Python write them.

use std::fmt::Write as _;
use std::rc::Rc;

use super::{Budget, MAX_NESTING, Text, Value, ViewKind, too_deep};
use crate::template::error::{Error, ErrorKind, Result};

/// How a value is output.
///
/// # Errors
/// [`ErrorKind::Limit`]: it is nested too deep, or too long.
pub fn text(value: &Value, budget: &Budget) -> Result<String> {
    match value {
        Value::Text(text) => Ok(text.to_string()),
        Value::Undefined(_) => Ok(String::new()),
        Value::Address(address) => Ok(address.to_string()),
        Value::Module(module) => Ok(module.output.clone()),
        Value::Loop(state) => Ok(state.described()),
        _ => repr(value, budget),
    }
}

/// How a value is output inside a list.
///
/// # Errors
/// [`ErrorKind::Limit`]: it is nested too deep, or too long.
pub fn repr(value: &Value, budget: &Budget) -> Result<String> {
    let mut out = String::new();
    write_repr(value, &mut out, &mut Vec::new(), budget)?;
    budget.allocate(out.len())?;
    Ok(out)
}

fn write_items<'v>(
    items: impl IntoIterator<Item = &'v Value>,
    out: &mut String,
    around: &mut Vec<*const u8>,
    budget: &Budget,
) -> Result<usize> {
    let mut count = 0;
    for item in items {
        if count > 0 {
            out.push_str(", ");
        }
        write_repr(item, out, around, budget)?;
        count += 1;
    }
    Ok(count)
}

fn write_pairs<'v>(
    pairs: impl IntoIterator<Item = (&'v Value, &'v Value)>,
    out: &mut String,
    around: &mut Vec<*const u8>,
    budget: &Budget,
) -> Result<()> {
    out.push('{');
    for (count, (key, value)) in pairs.into_iter().enumerate() {
        if count > 0 {
            out.push_str(", ");
        }
        write_repr(key, out, around, budget)?;
        out.push_str(": ");
        write_repr(value, out, around, budget)?;
    }
    out.push('}');
    Ok(())
}

/// Writes a value. `around` has the lists and dictionaries in which it is; one of these again is only hinted at.
fn write_repr(value: &Value, out: &mut String, around: &mut Vec<*const u8>, budget: &Budget) -> Result<()> {
    if around.len() > MAX_NESTING {
        return Err(too_deep());
    }
    budget.spend(1)?;
    if out.len() > super::MAX_TEXT {
        return Err(Error::new(ErrorKind::Limit, "a text is too long"));
    }
    let own: *const u8 = match value {
        Value::List(list) => Rc::as_ptr(list).cast(),
        Value::Dict(dict) | Value::Namespace(dict) => Rc::as_ptr(dict).cast(),
        _ => std::ptr::null(),
    };
    if !own.is_null() && around.contains(&own) {
        out.push_str(if let Value::List(_) = value {
            "[...]"
        } else {
            "{...}"
        });
        return Ok(());
    }
    around.push(own);
    write_own(value, out, around, budget)?;
    around.pop();
    Ok(())
}

fn write_own(value: &Value, out: &mut String, around: &mut Vec<*const u8>, budget: &Budget) -> Result<()> {
    match value {
        Value::Undefined(_) => out.push_str("Undefined"),
        Value::None => out.push_str("None"),
        Value::Bool(true) => out.push_str("True"),
        Value::Bool(false) => out.push_str("False"),
        Value::Int(number) => {
            let _ = write!(out, "{number}");
        }
        Value::Float(number) => out.push_str(&float_text(*number)),
        Value::Text(Text {
            text,
            is_markup: true,
        }) => {
            let _ = write!(out, "Markup({})", repr_of_text(text));
        }
        Value::Text(text) => out.push_str(&repr_of_text(text)),
        Value::List(list) => {
            out.push('[');
            write_items(list.0.borrow().iter(), out, around, budget)?;
            out.push(']');
        }
        Value::Tuple(tuple) => {
            out.push('(');
            if write_items(&tuple.items, out, around, budget)? == 1 {
                out.push(',');
            }
            out.push(')');
        }
        Value::Dict(dict) | Value::Namespace(dict) => {
            let (before, after) = match value {
                Value::Namespace(_) => ("<Namespace ", ">"),
                _ => ("", ""),
            };
            let dict = dict.0.borrow();
            out.push_str(before);
            write_pairs(
                dict.iter().map(|(key, value)| (key.value(), value)),
                out,
                around,
                budget,
            )?;
            out.push_str(after);
        }
        Value::View(view) => {
            let dict = view.dict.0.borrow();
            out.push_str(value.type_name());
            out.push_str("([");
            match view.kind {
                ViewKind::Keys => write_items(dict.keys().map(super::Key::value), out, around, budget)?,
                ViewKind::Values => write_items(dict.values(), out, around, budget)?,
                ViewKind::Items => {
                    let pairs: Vec<Value> = dict
                        .iter()
                        .map(|(key, value)| Value::tuple(vec![key.value().clone(), value.clone()]))
                        .collect();
                    write_items(&pairs, out, around, budget)?
                }
            };
            out.push_str("])");
        }
        Value::Range(range) => {
            let _ = write!(out, "range({}, {}", range.start, range.stop);
            if range.step != 1 {
                let _ = write!(out, ", {}", range.step);
            }
            out.push(')');
        }
        Value::Address(address) => {
            let _ = write!(out, "{}('{address}')", value.type_name());
        }
        Value::Generator(generator) => {
            let _ = write!(out, "<{} object>", generator.type_name);
        }
        Value::Callable(callable) => out.push_str(&callable.described()),
        Value::Loop(state) => out.push_str(&state.described()),
        Value::Module(module) => {
            let _ = write!(out, "<TemplateModule {}>", repr_of_text(&module.name));
        }
        Value::Cycler(_) => out.push_str("<jinja2.utils.Cycler object>"),
    }
    Ok(())
}

/// Whether a character is shown as it is.
pub fn is_printable(character: char) -> bool {
    match character {
        ' '..='~' => true,
        '\0'..='\u{a0}' | '\u{ad}' => false,
        // Rust escapes marks that join the character before them, which are printable.
        '\u{300}'..='\u{36f}' => true,
        _ => !character.is_whitespace() && character.escape_debug().count() == 1,
    }
}

/// A text in quotes.
pub fn repr_of_text(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for character in text.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ if character == quote => out.extend(['\\', quote]),
            _ if is_printable(character) => out.push(character),
            _ => {
                let number = u32::from(character);
                let _ = match number {
                    0..=0xff => write!(out, "\\x{number:02x}"),
                    0x100..=0xffff => write!(out, "\\u{number:04x}"),
                    _ => write!(out, "\\U{number:08x}"),
                };
            }
        }
    }
    out.push(quote);
    out
}

/// A number with the fewest digits that give it back.
pub fn float_text(number: f64) -> String {
    if number.is_nan() {
        return "nan".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let plain = number.to_string();
        return if plain.contains('.') { plain } else { plain + ".0" };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}
