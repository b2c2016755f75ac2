//! The filters that templates of SONiC use.

use std::rc::Rc;

use crate::template::{Address, Args, Attributes, Error, Filter, Interpreter, Key, Prefix, Result, Value};
use crate::template::{dictionary, item, parse_int, sorted};

use super::base64;

/// All of them, by name.
pub(super) const FILTERS: &[(&str, Filter)] = &[
    ("b64decode", b64decode),
    ("b64encode", b64encode),
    ("broadcast", broadcast),
    ("file_exists", file_exists),
    ("get_primary_addr", get_primary_addr),
    ("ip", ip),
    ("ip_network", ip_network),
    ("ipv4", ipv4),
    ("ipv6", ipv6),
    ("netmask", netmask),
    ("network", network),
    ("pfx_filter", pfx_filter),
    ("prefixlen", prefixlen),
    ("sort_by_port_index", sort_by_port_index),
    ("unique_name", unique_name),
];

/// The network that a value names, if it names one.
fn prefix(interpreter: &Interpreter, value: &Value) -> Result<Option<Prefix>> {
    if !value.is_true() {
        return Ok(None);
    }
    Ok(Prefix::parse(&interpreter.text(value)?))
}

fn has_version(interpreter: &Interpreter, value: &Value, args: &Args, version: i128) -> Result<Value> {
    args.none("is_ipv4")?;
    let prefix = prefix(interpreter, value)?;
    Ok(Value::Bool(
        prefix.is_some_and(|prefix| prefix.family.version() == version),
    ))
}

fn ipv4(interpreter: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    has_version(interpreter, value, args, 4)
}

fn ipv6(interpreter: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    has_version(interpreter, value, args, 6)
}

/// A part of a network as a text; `none` where there is no such part.
fn part(
    interpreter: &Interpreter,
    value: &Value,
    args: &Args,
    part: impl Fn(&Prefix) -> Option<Address>,
) -> Result<Value> {
    args.none("prefix_attr")?;
    let address = prefix(interpreter, value)?.as_ref().and_then(part);
    Ok(address.map_or(Value::None, |address| Value::from(address.to_string())))
}

fn ip(interpreter: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    part(interpreter, value, args, |prefix| Some(prefix.own()))
}

fn network(interpreter: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    part(interpreter, value, args, |prefix| Some(prefix.network()))
}

fn netmask(interpreter: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    part(interpreter, value, args, |prefix| Some(prefix.netmask()))
}

fn broadcast(interpreter: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    part(interpreter, value, args, Prefix::broadcast)
}

fn prefixlen(interpreter: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    args.none("prefix_attr")?;
    let prefix = prefix(interpreter, value)?;
    Ok(prefix.map_or(Value::None, |prefix| Value::from(prefix.length.to_string())))
}

/// The address of the network, as an object; a message where the value names none.
fn ip_network(interpreter: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    args.none("ip_network")?;
    Ok(match value.as_str().and_then(Prefix::parse) {
        Some(prefix) => Value::Address(Rc::new(prefix.network())),
        None => Value::from(format!("Invalid ip address {}", interpreter.text(value)?)),
    })
}

/// Sorts a list itself by the numbers in the names of its ports; those of the back end are last. It gives nothing.
fn sort_by_port_index(interpreter: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    args.none("sort_by_port_index")?;
    let Value::List(list) = value else {
        return Ok(Value::None);
    };
    let items = list.0.borrow().clone();
    let index = |name: &Value| {
        let Some(text) = name.as_str() else {
            let message = format!("argument of type '{}' is not iterable", name.type_name());
            return Err(Error::type_error(message));
        };
        let (behind, more) = if text.contains("BP") { (11, 1024) } else { (8, 0) };
        let number: String = text.chars().skip(behind).collect();
        Ok(Value::Int(parse_int(&number, 10)?.saturating_add(more)))
    };
    let items = sorted(interpreter, items, false, index)?;
    let old = std::mem::replace(&mut *list.0.borrow_mut(), items);
    drop(old);
    Ok(Value::None)
}

/// The first of those that have the same `name`.
fn unique_name(interpreter: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    args.none("unique_name")?;
    let mut seen = indexmap::IndexSet::new();
    let mut kept = Vec::new();
    for own in interpreter.items(value)? {
        let name = item(&own, &Value::from("name"), Attributes::Error)?;
        if name.is_undefined() {
            return Err(Error::lookup("'name'"));
        }
        if seen.insert(Key::new(name)?) {
            kept.push(own);
        }
    }
    Ok(Value::from(kept))
}

/// The entries of a table of interfaces that have an address: name, prefix, fields.
fn addressed(interpreter: &Interpreter, value: &Value) -> Result<Vec<(Value, String, Value)>> {
    let Value::Dict(dict) = value else {
        return Err(value.lacks("has no attribute 'items'"));
    };
    let mut found = Vec::new();
    for (key, fields) in dict.0.borrow().iter() {
        let Value::Tuple(parts) = key.value() else {
            continue;
        };
        let [name, address] = &parts.items[..] else {
            return Err(Error::value("too many values to unpack (expected 2)"));
        };
        let mut address = interpreter.text(address)?;
        if !address.contains('/') {
            match Prefix::parse(&address).filter(|_| !address.is_empty()) {
                Some(prefix) => address += &format!("/{}", prefix.family.width()),
                None => return Err(Error::value(format!("'{address}' is invalid ip address"))),
            }
        }
        found.push((name.clone(), address, fields.clone()));
    }
    Ok(found)
}

/// A table of interfaces without the entries that have no address.
fn pfx_filter(interpreter: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    args.none("pfx_filter")?;
    if !value.is_true() {
        return dictionary(Vec::new());
    }
    let entries = addressed(interpreter, value)?.into_iter();
    dictionary(
        entries.map(|(name, address, fields)| (Value::tuple(vec![name, Value::from(address)]), fields)),
    )
}

/// For each interface with secondary addresses, the first host of its primary network.
fn get_primary_addr(interpreter: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    args.none("get_primary_addr")?;
    if !value.is_true() {
        return Ok(Value::from(""));
    }
    let entries = addressed(interpreter, value)?;
    let is_secondary =
        |fields: &Value| crate::template::contains(fields, &Value::from("secondary"), &interpreter.budget);
    let mut with_secondary = indexmap::IndexSet::new();
    for (name, _, fields) in &entries {
        if is_secondary(fields)? {
            with_secondary.insert(Key::new(name.clone())?);
        }
    }
    let mut primary = Vec::new();
    for (name, address, fields) in entries {
        if is_secondary(&fields)? || !with_secondary.swap_remove(&Key::new(name.clone())?) {
            continue;
        }
        let Some(prefix) = Prefix::parse(&address) else {
            let message = format!("'{address}' does not appear to be an IPv4 or IPv6 network");
            return Err(Error::value(message));
        };
        let host = prefix
            .first_host()
            .ok_or_else(|| Error::lookup("address out of range"))?;
        let key = Value::tuple(vec![name, Value::Address(Rc::new(host))]);
        primary.push((key, dictionary(Vec::new())?));
    }
    dictionary(primary)
}

/// A text in Base64; anything else is left as it is.
fn b64encode(_: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    args.none("b64encode")?;
    let encoded = value
        .as_str()
        .map(|text| Value::from(base64::encode(text.as_bytes())));
    Ok(encoded.unwrap_or_else(|| value.clone()))
}

/// The text of Base64; anything else is left as it is.
fn b64decode(_: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    args.none("b64decode")?;
    let decoded = value.as_str().and_then(base64::decode);
    let decoded = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
    Ok(decoded.map_or_else(|| value.clone(), Value::from))
}

fn file_exists(_: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    args.none("file_exists")?;
    match value {
        Value::Text(path) => Ok(Value::Bool(std::path::Path::new(&**path).is_file())),
        Value::Bool(_) | Value::Int(_) => Ok(Value::Bool(false)),
        _ => Err(Error::type_error(format!(
            "stat: path should be string, bytes, os.PathLike or integer, not {}",
            value.type_name()
        ))),
    }
}
