//! The methods of values, as in Python.

mod dict;
mod list;
mod text;

use super::args::{Args, int_argument};
use super::error::{Error, Result};
use super::interpreter::Interpreter;
use super::value::{Value, ViewKind, contains, equals};

pub use text::{capitalized, lines, replace};

/// The methods of a value.
pub fn names(value: &Value) -> &'static [&'static str] {
    match value {
        Value::Text(_) => text::NAMES,
        Value::List(_) => list::NAMES,
        Value::Dict(_) => dict::NAMES,
        Value::Tuple(_) | Value::Range(_) => &["count", "index"],
        Value::View(view) if view.kind != ViewKind::Values => &["isdisjoint"],
        Value::Int(_) | Value::Bool(_) => &["bit_count", "bit_length", "conjugate"],
        Value::Float(_) => &["conjugate", "is_integer"],
        Value::Cycler(_) => &["next", "reset"],
        Value::Loop(_) => &["changed", "cycle"],
        _ => &[],
    }
}

/// Calls a method that the value has.
///
/// # Errors
/// What the method refuses.
pub fn call(interpreter: &Interpreter, value: &Value, name: &str, args: &Args) -> Result<Value> {
    interpreter.budget.allocate(value.len().unwrap_or(0))?;
    match value {
        Value::Text(text) => {
            let made = text::call(interpreter, text, name, args)?;
            interpreter.budget.allocate(made.as_str().map_or(0, str::len))?;
            Ok(made)
        }
        Value::List(list) => list::call(interpreter, list, name, args),
        Value::Dict(dict) => dict::call(interpreter, dict, name, args),
        Value::Loop(state) => match name {
            "cycle" => state.cycle(args),
            _ => state.changed(args, &interpreter.budget),
        },
        Value::Cycler(cycler) => {
            args.none(name)?;
            if name == "reset" {
                cycler.at.set(0);
                return Ok(Value::None);
            }
            let at = cycler.at.get();
            cycler.at.set((at + 1) % cycler.items.len());
            Ok(cycler.items[at].clone())
        }
        Value::View(_) => {
            for item in interpreter.items(&args.one(name)?)? {
                if contains(value, &item, &interpreter.budget)? {
                    return Ok(Value::Bool(false));
                }
            }
            Ok(Value::Bool(true))
        }
        Value::Int(_) | Value::Bool(_) => {
            args.none(name)?;
            let number = int_argument(value)?;
            Ok(match name {
                "bit_count" => Value::Int(number.unsigned_abs().count_ones().into()),
                "bit_length" => Value::Int((128 - number.unsigned_abs().leading_zeros()).into()),
                _ => Value::Int(number),
            })
        }
        Value::Float(number) => {
            args.none(name)?;
            Ok(match name {
                "is_integer" => Value::Bool(number.fract() == 0.0),
                _ => Value::Float(*number),
            })
        }
        _ => list::search(
            interpreter,
            value.type_name(),
            &interpreter.items(value)?,
            name,
            args,
        ),
    }
}

/// The index of an item between two others.
fn position(
    interpreter: &Interpreter,
    items: &[Value],
    wanted: &Value,
    bounds: std::ops::Range<usize>,
) -> Result<Option<usize>> {
    for at in bounds {
        if items
            .get(at)
            .map_or(Ok(false), |item| equals(item, wanted, &interpreter.budget))?
        {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

/// The bounds of a part of so many items, from optional numbers.
fn bounds(start: Option<Value>, stop: Option<Value>, length: usize) -> Result<std::ops::Range<usize>> {
    let length_signed = i128::try_from(length).unwrap_or(i128::MAX);
    let bound = |value: Option<Value>, default: usize| match value {
        None | Some(Value::None) => Ok(default),
        Some(value) => {
            let number = int_argument(&value).map_err(|error| match value {
                Value::Undefined(_) => error,
                _ => Error::type_error("slice indices must be integers or None or have an __index__ method"),
            })?;
            let number = if number < 0 {
                number.saturating_add(length_signed).max(0)
            } else {
                number
            };
            Ok(usize::try_from(number).unwrap_or(usize::MAX))
        }
    };
    Ok(bound(start, 0)?..bound(stop, length)?.min(length))
}
