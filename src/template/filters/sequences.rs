//! Filters of lists and dictionaries.

use std::cmp::Ordering;
use std::hash::{BuildHasher, RandomState};
use std::rc::Rc;

use indexmap::IndexSet;

use crate::template::args::{Args, int_argument};
use crate::template::error::{Error, Result};
use crate::template::interpreter::{Interpreter, sorted};
use crate::template::value::{Cursor, Generator, Key, Step, Tuple, Value, View, ViewKind, equals, order};

use super::{Path, given};

fn truth(value: Option<Value>) -> bool {
    value.is_some_and(|value| value.is_true())
}

pub(super) fn list(interpreter: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    args.none("do_list")?;
    Ok(Value::from(interpreter.items(value)?))
}

pub(super) fn first(interpreter: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    args.none("do_first")?;
    let first = Cursor::of(value)?.next(interpreter)?;
    Ok(first.unwrap_or_else(|| Value::missing("No first item, sequence was empty.")))
}

pub(super) fn last(interpreter: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    args.none("do_last")?;
    if let Value::Generator(_) = value {
        return Err(not_reversible(value));
    }
    let last = interpreter.items(value).map_err(|_| not_reversible(value))?.pop();
    Ok(last.unwrap_or_else(|| Value::missing("No last item, sequence was empty.")))
}

fn not_reversible(value: &Value) -> Error {
    value.lacks("is not reversible")
}

pub(super) fn reverse(interpreter: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    args.none("do_reverse")?;
    if let Value::Text(text) = value {
        let reversed: String = text.chars().rev().collect();
        return Ok(Value::text_of(&reversed, text.is_markup));
    }
    let items = interpreter.items(value);
    let mut items = items.map_err(|_| Error::runtime("argument must be iterable"))?;
    items.reverse();
    if let Value::Generator(_) = value {
        return Ok(Value::from(items));
    }
    Ok(Generator::value(
        "reversed",
        Cursor::Items(items.into_iter()),
        None,
    ))
}

pub(super) fn random(interpreter: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    args.none("do_random")?;
    let items = interpreter.items(value)?;
    if items.is_empty() {
        return Ok(Value::missing("No random item, sequence was empty."));
    }
    let length = items.len() as u64;
    let at = RandomState::new().hash_one(interpreter.budget.left()) % length;
    Ok(items
        .into_iter()
        .nth(usize::try_from(at).unwrap_or(0))
        .unwrap_or(Value::None))
}

pub(super) fn items(_: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    args.none("do_items")?;
    let cursor = match value {
        Value::Undefined(_) => Cursor::Items(Vec::new().into_iter()),
        Value::Dict(dict) => {
            let (kind, dict) = (ViewKind::Items, dict.clone());
            Cursor::of(&Value::View(Rc::new(View { kind, dict })))?
        }
        _ => return Err(Error::type_error("Can only get item pairs from a mapping.")),
    };
    Ok(Generator::value("generator", cursor, None))
}

pub(super) fn sort(interpreter: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    let [reverse, case, attribute] = args.bind("do_sort", ["reverse", "case_sensitive", "attribute"], 0)?;
    let path = Path::several(attribute.as_ref(), truth(case));
    let items = interpreter.items(value)?;
    let items = sorted(interpreter, items, truth(reverse), |item| {
        // As a list, items are compared as far as they differ.
        Ok(Value::from(vec![path.get(interpreter, item)?]))
    })?;
    Ok(Value::from(items))
}

pub(super) fn dictsort(interpreter: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    let [case, by, reverse] = args.bind("do_dictsort", ["case_sensitive", "by", "reverse"], 0)?;
    let at = match by.as_ref().map_or(Some("key"), Value::as_str) {
        Some("key") => 0,
        Some("value") => 1,
        _ => return Err(Error::runtime("You can only sort by either \"key\" or \"value\"")),
    };
    let Value::Dict(dict) = value else {
        return Err(value.lacks("has no attribute 'items'"));
    };
    let pairs = dict
        .0
        .borrow()
        .iter()
        .map(|(key, value)| Value::tuple(vec![key.value().clone(), value.clone()]))
        .collect();
    let path = Path::of(Some(&Value::Int(at)), truth(case));
    let pairs = sorted(interpreter, pairs, truth(reverse), |pair| {
        path.get(interpreter, pair)
    })?;
    Ok(Value::from(pairs))
}

pub(super) fn unique(_: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    let [case, attribute] = args.bind("do_unique", ["case_sensitive", "attribute"], 0)?;
    let path = Path::of(attribute.as_ref(), truth(case));
    let mut seen = IndexSet::new();
    let step: Step = Box::new(move |interpreter, item| {
        let key = Key::new(path.get(interpreter, &item)?)?;
        Ok(seen.insert(key).then_some(item))
    });
    Ok(Generator::value("generator", Cursor::of(value)?, Some(step)))
}

fn extreme(interpreter: &Interpreter, value: &Value, args: &Args, wanted: Ordering) -> Result<Value> {
    let [case, attribute] = args.bind("do_min", ["case_sensitive", "attribute"], 0)?;
    let path = Path::of(attribute.as_ref(), truth(case));
    let mut best: Option<(Value, Value)> = None;
    let sign = if wanted == Ordering::Less { "<" } else { ">" };
    for item in interpreter.items(value)? {
        let key = path.get(interpreter, &item)?;
        let is_better = match &best {
            Some((own, _)) => order(&key, own, sign, &interpreter.budget)? == Some(wanted),
            None => true,
        };
        if is_better {
            best = Some((key, item));
        }
    }
    let best = best.map(|(_, item)| item);
    Ok(best.unwrap_or_else(|| Value::missing("No aggregated item, sequence was empty.")))
}

pub(super) fn min(interpreter: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    extreme(interpreter, value, args, Ordering::Less)
}

pub(super) fn max(interpreter: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    extreme(interpreter, value, args, Ordering::Greater)
}

pub(super) fn groupby(interpreter: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    let names = ["attribute", "default", "case_sensitive"];
    let [attribute, default, case] = args.bind("do_groupby", names, 1)?;
    let is_case_kept = truth(case);
    let mut path = Path::of(attribute.as_ref(), is_case_kept);
    path.default = given(default);
    let items = sorted(interpreter, interpreter.items(value)?, false, |item| {
        path.get(interpreter, item)
    })?;
    let mut groups: Vec<(Value, Vec<Value>)> = Vec::new();
    for item in items {
        let key = path.get(interpreter, &item)?;
        match groups.last_mut() {
            Some((own, group)) if equals(own, &key, &interpreter.budget)? => group.push(item),
            _ => groups.push((key, vec![item])),
        }
    }
    // The key has the case of the first item.
    path.is_case_kept = true;
    let mut tuples = Vec::new();
    for (_, group) in groups {
        let key = path.get(interpreter, &group[0])?;
        tuples.push(Value::Tuple(Rc::new(Tuple {
            items: vec![key, Value::from(group)],
            fields: &["grouper", "list"],
        })));
    }
    Ok(Value::from(tuples))
}

pub(super) fn batch(interpreter: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    let [size, fill] = args.bind("do_batch", ["linecount", "fill_with"], 1)?;
    // What is no number is never reached.
    let size = match size {
        Some(Value::Int(size)) => usize::try_from(size).unwrap_or(usize::MAX),
        Some(Value::Bool(size)) => usize::from(size),
        _ => usize::MAX,
    };
    let mut batches: Vec<Vec<Value>> = Vec::new();
    for item in interpreter.items(value)? {
        match batches.last_mut() {
            Some(batch) if batch.len() != size => batch.push(item),
            _ => batches.push(vec![item]),
        }
    }
    if let (Some(fill), Some(batch)) = (given(fill), batches.last_mut())
        && batch.len() < size
        && size != usize::MAX
    {
        interpreter.budget.allocate(size)?;
        batch.resize(size, fill);
    }
    let batches: Vec<Value> = batches.into_iter().map(Value::from).collect();
    Ok(Generator::value(
        "generator",
        Cursor::Items(batches.into_iter()),
        None,
    ))
}

pub(super) fn slice(interpreter: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    let [count, fill] = args.bind("do_slice", ["slices", "fill_with"], 1)?;
    let count = int_argument(&count.unwrap_or(Value::None))?;
    let items = interpreter.items(value)?;
    if count == 0 {
        return Err(Error::runtime("integer division or modulo by zero"));
    }
    let count = usize::try_from(count).unwrap_or(0);
    interpreter.budget.allocate(count)?;
    let (size, larger) = (items.len() / count.max(1), items.len() % count.max(1));
    let fill = given(fill);
    let mut rest = items.into_iter();
    let mut slices = Vec::with_capacity(count);
    for at in 0..count {
        let mut slice: Vec<Value> = rest.by_ref().take(size + usize::from(at < larger)).collect();
        if at >= larger {
            slice.extend(fill.clone());
        }
        slices.push(Value::from(slice));
    }
    Ok(Generator::value(
        "generator",
        Cursor::Items(slices.into_iter()),
        None,
    ))
}

pub(super) fn map(_: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    let has_attribute =
        args.positional.is_empty() && args.named.iter().any(|(name, _)| &**name == "attribute");
    let step: Step = if has_attribute {
        let bound = args.bind("map", ["attribute", "default"], 1);
        let [attribute, default] = bound?;
        let mut path = Path::of(attribute.as_ref(), true);
        path.default = given(default);
        Box::new(move |interpreter, item| path.get(interpreter, &item).map(Some))
    } else {
        let Some((name, rest)) = args.positional.split_first() else {
            return Err(Error::runtime("map requires a filter argument"));
        };
        let name = name.as_str().unwrap_or_default().to_owned();
        let args = Args {
            positional: rest.to_vec(),
            named: args.named.clone(),
        };
        Box::new(move |interpreter, item| interpreter.apply(&name, &item, &args).map(Some))
    };
    made(value, step)
}

/// A generator of what a step makes of each item; a value that counts as false has none.
fn made(value: &Value, step: Step) -> Result<Value> {
    let cursor = match value.is_true() {
        true => Cursor::of(value)?,
        false => Cursor::Items(Vec::new().into_iter()),
    };
    Ok(Generator::value("generator", cursor, Some(step)))
}

/// Items for which a test holds, or does not.
fn chosen(value: &Value, args: &Args, has_attribute: bool, wanted: bool) -> Result<Value> {
    let mut rest = args.positional.iter();
    let path = match (has_attribute, rest.next()) {
        (true, Some(attribute)) => Path::of(Some(attribute), true),
        (true, None) => return Err(Error::runtime("Missing parameter for attribute name")),
        (false, _) => {
            rest = args.positional.iter();
            Path::of(None, true)
        }
    };
    let test = rest
        .next()
        .map(|name| name.as_str().unwrap_or_default().to_owned());
    let args = Args {
        positional: rest.cloned().collect(),
        named: args.named.clone(),
    };
    let step: Step = Box::new(move |interpreter, item| {
        let part = path.get(interpreter, &item)?;
        let holds = match &test {
            Some(test) => interpreter.check(test)?(interpreter, &part, &args)?,
            None => part.is_true(),
        };
        Ok((holds == wanted).then_some(item))
    });
    made(value, step)
}

pub(super) fn select(_: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    chosen(value, args, false, true)
}

pub(super) fn reject(_: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    chosen(value, args, false, false)
}

pub(super) fn selectattr(_: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    chosen(value, args, true, true)
}

pub(super) fn rejectattr(_: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    chosen(value, args, true, false)
}
