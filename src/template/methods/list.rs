//! The methods of lists, and those that tuples and ranges have as well.

use std::rc::Rc;

use crate::template::args::{Args, int_argument};
use crate::template::error::{Error, Result};
use crate::template::interpreter::{Interpreter, sorted};
use crate::template::value::{ITEM, List, Value, equals};

use super::{bounds, position};

pub(super) const NAMES: &[&str] = &[
    "__contains__",
    "__delitem__",
    "__getitem__",
    "__len__",
    "__setitem__",
    "append",
    "clear",
    "copy",
    "count",
    "extend",
    "index",
    "insert",
    "pop",
    "remove",
    "reverse",
    "sort",
];

/// An index into so many items, counted from the end where it is negative; cut at both ends.
fn clamped(index: i128, length: usize) -> usize {
    let length_signed = i128::try_from(length).unwrap_or(i128::MAX);
    let index = if index < 0 {
        index.saturating_add(length_signed)
    } else {
        index
    };
    usize::try_from(index.clamp(0, length_signed)).unwrap_or(length)
}

/// An index that is within so many items, counted from the end where it is negative.
fn index_in(index: i128, length: usize, name: &str) -> Result<usize> {
    let length_signed = i128::try_from(length).unwrap_or(i128::MAX);
    let at = if index < 0 {
        index.saturating_add(length_signed)
    } else {
        index
    };
    let at = usize::try_from(at).ok().filter(|at| *at < length);
    at.ok_or_else(|| {
        Error::lookup(if name == "pop" {
            "pop index out of range"
        } else {
            "list index out of range"
        })
    })
}

pub(super) fn call(interpreter: &Interpreter, list: &Rc<List>, name: &str, args: &Args) -> Result<Value> {
    match name {
        "append" => {
            let item = args.one("list.append")?;
            list.0.borrow_mut().push(item);
        }
        "clear" => {
            args.none("list.clear")?;
            let old = std::mem::take(&mut *list.0.borrow_mut());
            drop(old);
        }
        "copy" => {
            args.none("list.copy")?;
            interpreter.budget.spend(list.0.borrow().len() * ITEM)?;
            return Ok(Value::from(list.0.borrow().clone()));
        }
        "extend" => {
            let items = interpreter.items(&args.one("list.extend")?)?;
            list.0.borrow_mut().extend(items);
        }
        "insert" => {
            let [index, item] = args.bind("insert", ["", ""], 2)?;
            let index = int_argument(&index.unwrap_or(Value::None))?;
            let mut items = list.0.borrow_mut();
            let at = clamped(index, items.len());
            items.insert(at, item.unwrap_or(Value::None));
        }
        "pop" | "__getitem__" | "__delitem__" => {
            let least = usize::from(name != "pop");
            let [index] = args.bind(name, [""], least)?;
            if list.0.borrow().is_empty() && name == "pop" {
                return Err(Error::lookup("pop from empty list"));
            }
            let index = index.map_or(Ok(-1), |index| int_argument(&index))?;
            let mut items = list.0.borrow_mut();
            let at = index_in(index, items.len(), name)?;
            let found = if name == "__getitem__" {
                items[at].clone()
            } else {
                items.remove(at)
            };
            return Ok(if name == "__delitem__" { Value::None } else { found });
        }
        "__setitem__" => {
            let [index, item] = args.bind(name, ["", ""], 2)?;
            let index = int_argument(&index.unwrap_or(Value::None))?;
            let mut items = list.0.borrow_mut();
            let at = index_in(index, items.len(), name)?;
            let old = std::mem::replace(&mut items[at], item.unwrap_or(Value::None));
            drop(items);
            drop(old);
        }
        "__len__" => {
            args.none(name)?;
            return Ok(Value::int(list.0.borrow().len()));
        }
        "__contains__" => {
            let items = list.0.borrow().clone();
            let found = position(interpreter, &items, &args.one(name)?, 0..items.len())?;
            return Ok(Value::Bool(found.is_some()));
        }
        "remove" => {
            let wanted = args.one("list.remove")?;
            let items = list.0.borrow().clone();
            let at = position(interpreter, &items, &wanted, 0..items.len())?;
            let at = at.ok_or_else(|| Error::value("list.remove(x): x not in list"))?;
            let removed = list.0.borrow_mut().remove(at);
            drop(removed);
        }
        "reverse" => {
            args.none("list.reverse")?;
            list.0.borrow_mut().reverse();
        }
        "sort" => {
            if !args.positional.is_empty() {
                return Err(Error::type_error("sort() takes no positional arguments"));
            }
            let [key, reverse] = args.bind("sort", ["key", "reverse"], 0)?;
            let reverse = reverse.is_some_and(|reverse| reverse.is_true());
            let items = list.0.borrow().clone();
            let key = key.filter(|key| !matches!(key, Value::None));
            let order = sorted(interpreter, items, reverse, |item| match &key {
                Some(key) => interpreter.call(key, &Args::of(vec![item.clone()])),
                None => Ok(item.clone()),
            })?;
            let old = std::mem::replace(&mut *list.0.borrow_mut(), order);
            drop(old);
        }
        _ => {
            let items = list.0.borrow().clone();
            return search(interpreter, "list", &items, name, args);
        }
    }
    Ok(Value::None)
}

/// `count` and `index`.
pub(super) fn search(
    interpreter: &Interpreter,
    type_name: &str,
    items: &[Value],
    name: &str,
    args: &Args,
) -> Result<Value> {
    if name == "count" {
        let wanted = args.one("count")?;
        let mut count = 0;
        for item in items {
            count += i128::from(equals(item, &wanted, &interpreter.budget)?);
        }
        return Ok(Value::Int(count));
    }
    let [wanted, start, stop] = args.bind("index", ["", "", ""], 1)?;
    let wanted = wanted.unwrap_or(Value::None);
    let found = position(interpreter, items, &wanted, bounds(start, stop, items.len())?)?;
    match found {
        Some(at) => Ok(Value::int(at)),
        None if type_name == "list" => Err(Error::value(format!(
            "{} is not in list",
            interpreter.repr(&wanted)?
        ))),
        None => Err(Error::value(format!(
            "{type_name}.index(x): x not in {type_name}"
        ))),
    }
}
