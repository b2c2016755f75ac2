//! Attributes and elements of values.

use std::rc::Rc;

use super::{Budget, ITEM, Key, List, Missing, Range, Text, Tuple, Value, repr_of_text};
use crate::template::error::{Error, Result};
use crate::template::interpreter::Callable;
use crate::template::methods;

/// What becomes of an attribute of something undefined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attributes {
    /// It is undefined as well.
    Undefined,
    /// It is an error.
    Error,
}

/// A value behind a dot: an attribute, or else the element with this key.
///
/// # Errors
/// The value is undefined, where that is an error.
pub fn attribute(value: &Value, name: &Rc<str>, mode: Attributes) -> Result<Value> {
    if let Value::Undefined(missing) = value {
        return of_undefined(missing, mode);
    }
    if let Some(found) = own_attribute(value, name) {
        return Ok(found);
    }
    let key = Value::Text(Text {
        text: name.clone(),
        is_markup: false,
    });
    let found = element(value, &key).ok();
    Ok(found.unwrap_or_else(|| Value::missing_attribute(value, key)))
}

/// A value behind brackets: the element with this key, or else the attribute.
///
/// # Errors
/// The value is undefined, where that is an error.
pub fn item(value: &Value, key: &Value, mode: Attributes) -> Result<Value> {
    if let Value::Undefined(missing) = value {
        return of_undefined(missing, mode);
    }
    let found = element(value, key).ok();
    let found = found.or_else(|| own_attribute(value, &key.as_str().map(Rc::from)?));
    Ok(found.unwrap_or_else(|| Value::missing_attribute(value, key.clone())))
}

fn of_undefined(missing: &Rc<Missing>, mode: Attributes) -> Result<Value> {
    match mode {
        Attributes::Undefined => Ok(Value::Undefined(missing.clone())),
        Attributes::Error => Err(missing.error()),
    }
}

/// An attribute in Python's sense: a method, or a property of a type.
fn own_attribute(value: &Value, name: &Rc<str>) -> Option<Value> {
    if methods::names(value).contains(&&**name) {
        return Some(Value::Callable(Rc::new(Callable::Method(
            value.clone(),
            name.clone(),
        ))));
    }
    Some(match (value, &**name) {
        (Value::Tuple(tuple), _) => {
            let at = tuple.fields.iter().position(|field| *field == &**name)?;
            tuple.items.get(at)?.clone()
        }
        (Value::Int(_) | Value::Bool(_), "real" | "numerator") => {
            Value::Int(super::int_of(value, None).ok()?)
        }
        (Value::Int(_) | Value::Bool(_), "imag") => Value::Int(0),
        (Value::Int(_) | Value::Bool(_), "denominator") => Value::Int(1),
        (Value::Float(_), "real") => value.clone(),
        (Value::Float(_), "imag") => Value::Float(0.0),
        (Value::Range(range), "start") => Value::Int(range.start),
        (Value::Range(range), "stop") => Value::Int(range.stop),
        (Value::Range(range), "step") => Value::Int(range.step),
        (Value::Address(address), "version") => Value::Int(address.family.version()),
        (Value::Address(address), "value") if address.is_of_netaddr => {
            Value::Int(i128::try_from(address.bits).ok()?)
        }
        (Value::Namespace(dict), _) => dict.0.borrow().get(&Key::from(&**name))?.clone(),
        (Value::Module(module), _) => module.exported(name)?,
        (Value::Loop(state), _) => return state.property(name),
        (Value::Cycler(cycler), "current") => cycler.items.get(cycler.at.get())?.clone(),
        (Value::Callable(callable), _) => return callable.property(name),
        _ => return None,
    })
}

/// A whole number that can be an index.
fn index_of(value: &Value) -> Option<i128> {
    match value {
        Value::Bool(value) => Some(i128::from(*value)),
        Value::Int(number) => Some(*number),
        _ => None,
    }
}

/// The element with a key or an index.
fn element(value: &Value, key: &Value) -> Result<Value> {
    if let Value::Dict(dict) = value {
        let found = dict.0.borrow().get(&Key::new(key.clone())?).cloned();
        return found.ok_or_else(|| Error::lookup("there is no such key"));
    }
    let length = match value {
        Value::Text(_) | Value::List(_) | Value::Tuple(_) | Value::Range(_) => value.len().unwrap_or(0),
        _ => return Err(value.lacks("is not subscriptable")),
    };
    let Some(index) = index_of(key) else {
        return Err(Error::type_error(format!(
            "{} indices must be integers or slices, not {}",
            value.type_name(),
            key.type_name()
        )));
    };
    let length_signed = i128::try_from(length).unwrap_or(i128::MAX);
    let index = if index < 0 { index + length_signed } else { index };
    let index = usize::try_from(index).ok().filter(|index| *index < length);
    let out = || Error::lookup(format!("{} index out of range", value.type_name()));
    let index = index.ok_or_else(out)?;
    let found = match value {
        Value::Text(text) => text
            .chars()
            .nth(index)
            .map(|c| Value::text_of(c.encode_utf8(&mut [0; 4]), text.is_markup)),
        Value::List(list) => list.0.borrow().get(index).cloned(),
        Value::Tuple(tuple) => tuple.items.get(index).cloned(),
        Value::Range(range) => Some(range.at(index)),
        _ => None,
    };
    found.ok_or_else(out)
}

/// The indices that a slice takes of so many items, in turn.
///
/// # Errors
/// A part of the slice is no whole number, or its step is zero.
pub fn slice_of(parts: &[Value; 3], length: usize) -> Result<(i128, i128, i128, usize)> {
    let [start, stop, step] = parts;
    let number = |value: &Value| match value {
        Value::None => Ok(None),
        Value::Undefined(missing) => Err(missing.error()),
        _ => index_of(value).map(Some).ok_or_else(|| {
            Error::type_error("slice indices must be integers or None or have an __index__ method")
        }),
    };
    let step = number(step)?.unwrap_or(1);
    if step == 0 {
        return Err(Error::value("slice step cannot be zero"));
    }
    let length = i128::try_from(length).unwrap_or(i128::MAX);
    let (lowest, highest) = if step > 0 { (0, length) } else { (-1, length - 1) };
    let clamp = |number: i128| {
        let number = if number < 0 {
            number.saturating_add(length)
        } else {
            number
        };
        number.clamp(lowest, highest)
    };
    let (first, last) = if step > 0 {
        (lowest, highest)
    } else {
        (highest, lowest)
    };
    let start = number(start)?.map_or(first, clamp);
    let stop = number(stop)?.map_or(last, clamp);
    let step = step.clamp(-(length + 1), length + 1);
    let count = Range { start, stop, step }.len();
    Ok((start, stop, step, count))
}

/// The part of a sequence that a slice takes.
///
/// # Errors
/// The value is no sequence, or the slice is none.
pub fn slice(value: &Value, parts: &[Value; 3], budget: &Budget) -> Result<Value> {
    let length = match value {
        Value::Text(_) | Value::List(_) | Value::Tuple(_) | Value::Range(_) => value.len().unwrap_or(0),
        Value::Dict(_) => return Err(Error::type_error("unhashable type: 'slice'")),
        _ => return Err(value.lacks("is not subscriptable")),
    };
    let (start, stop, step, count) = slice_of(parts, length)?;
    budget.allocate(length)?;
    let is_text = matches!(value, Value::Text(_));
    budget.spend(if is_text { count / 2 } else { count * ITEM })?;
    let taken = Range { start, stop, step };
    let indices = (0..count).filter_map(|at| match taken.at(at) {
        Value::Int(index) => usize::try_from(index).ok(),
        _ => None,
    });
    Ok(match value {
        Value::Text(text) if text.is_ascii() && step == 1 => {
            let from = usize::try_from(start).unwrap_or(0).min(length);
            Value::text_of(&text[from..from + count], text.is_markup)
        }
        Value::Text(text) => {
            let characters: Vec<char> = text.chars().collect();
            let part: String = indices.filter_map(|at| characters.get(at)).collect();
            Value::text_of(&part, text.is_markup)
        }
        Value::List(list) => {
            let list = list.0.borrow();
            let items = indices.filter_map(|at| list.get(at).cloned()).collect();
            Value::List(Rc::new(List(std::cell::RefCell::new(items))))
        }
        Value::Tuple(tuple) => {
            let items = indices.filter_map(|at| tuple.items.get(at).cloned()).collect();
            Value::Tuple(Rc::new(Tuple { items, fields: &[] }))
        }
        Value::Range(range) => Value::Range(Rc::new(Range {
            start: range.start + range.step * start,
            stop: range.start + range.step * stop,
            step: range.step * step,
        })),
        _ => return Err(Error::type_error(repr_of_text(value.type_name()))),
    })
}
