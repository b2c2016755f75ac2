//! The methods of dictionaries.

use std::rc::Rc;

use crate::template::args::Args;
use crate::template::error::{Error, Result};
use crate::template::interpreter::Interpreter;
use crate::template::value::{Dict, ITEM, Key, Value, View, ViewKind};

pub(super) const NAMES: &[&str] = &[
    "__contains__",
    "__delitem__",
    "__getitem__",
    "__len__",
    "__setitem__",
    "clear",
    "copy",
    "fromkeys",
    "get",
    "items",
    "keys",
    "pop",
    "popitem",
    "setdefault",
    "update",
    "values",
];

pub(super) fn call(interpreter: &Interpreter, dict: &Rc<Dict>, name: &str, args: &Args) -> Result<Value> {
    let view = |kind| {
        args.none(&format!("dict.{name}"))?;
        let dict = dict.clone();
        Ok(Value::View(Rc::new(View { kind, dict })))
    };
    let key_and_value = || {
        let [key, value] = args.bind(name, ["", ""], 1)?;
        Ok((Key::new(key.unwrap_or(Value::None))?, value))
    };
    match name {
        "keys" => view(ViewKind::Keys),
        "values" => view(ViewKind::Values),
        "items" => view(ViewKind::Items),
        "__len__" => {
            args.none(name)?;
            Ok(Value::int(dict.0.borrow().len()))
        }
        "__contains__" => Ok(Value::Bool(
            dict.0.borrow().contains_key(&Key::new(args.one(name)?)?),
        )),
        "__getitem__" | "__delitem__" => {
            let key = Key::new(args.one(name)?)?;
            let is_removed = name == "__delitem__";
            let found = if is_removed {
                dict.0.borrow_mut().shift_remove(&key)
            } else {
                dict.0.borrow().get(&key).cloned()
            };
            match found {
                Some(found) => Ok(if is_removed { Value::None } else { found }),
                None => Err(Error::lookup(interpreter.repr(key.value())?)),
            }
        }
        "__setitem__" => {
            let [key, value] = args.bind(name, ["", ""], 2)?;
            let old = dict.0.borrow_mut().insert(
                Key::new(key.unwrap_or(Value::None))?,
                value.unwrap_or(Value::None),
            );
            drop(old);
            Ok(Value::None)
        }
        "get" => {
            let (key, default) = key_and_value()?;
            let found = dict.0.borrow().get(&key).cloned();
            Ok(found.or(default).unwrap_or(Value::None))
        }
        "setdefault" => {
            let (key, default) = key_and_value()?;
            let mut dict = dict.0.borrow_mut();
            Ok(dict.entry(key).or_insert(default.unwrap_or(Value::None)).clone())
        }
        // Nothing is looked for in an empty one.
        "pop" if args.positional.len() == 2 && dict.0.borrow().is_empty() => Ok(args.positional[1].clone()),
        "pop" => {
            let (key, default) = key_and_value()?;
            let found = dict.0.borrow_mut().shift_remove(&key);
            match found.or(default) {
                Some(found) => Ok(found),
                None => Err(Error::lookup(interpreter.repr(key.value())?)),
            }
        }
        "popitem" => {
            args.none("dict.popitem")?;
            let found = dict.0.borrow_mut().pop();
            let (key, value) = found.ok_or_else(|| Error::lookup("'popitem(): dictionary is empty'"))?;
            Ok(Value::tuple(vec![key.value().clone(), value]))
        }
        "clear" => {
            args.none("dict.clear")?;
            let old = std::mem::take(&mut *dict.0.borrow_mut());
            drop(old);
            Ok(Value::None)
        }
        "copy" => {
            args.none("dict.copy")?;
            interpreter.budget.spend(dict.0.borrow().len() * 2 * ITEM)?;
            Ok(dict
                .0
                .borrow()
                .iter()
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect())
        }
        "fromkeys" => {
            let [keys, value] = args.bind(name, ["", ""], 1)?;
            let value = value.unwrap_or(Value::None);
            let keys = interpreter.items(&keys.unwrap_or(Value::None))?;
            let pairs = keys.into_iter().map(|key| Ok((Key::new(key)?, value.clone())));
            Ok(pairs.collect::<Result<Vec<_>>>()?.into_iter().collect())
        }
        _ => {
            let [other] = Args::of(args.positional.clone()).bind("update", [""], 0)?;
            let mut pairs = match other {
                Some(other) => interpreter.pairs(&other)?,
                None => Vec::new(),
            };
            pairs.extend(
                args.named
                    .iter()
                    .map(|(name, value)| (Key::from(&**name), value.clone())),
            );
            dict.0.borrow_mut().extend(pairs);
            Ok(Value::None)
        }
    }
}
