//! The filters that every template has.

mod json;
mod numbers;
mod pretty;
mod sequences;
mod texts;
mod wrap;

use std::rc::Rc;

use super::args::Args;
use super::error::{Error, ErrorKind, Result};
use super::interpreter::Interpreter;
use super::value::{self, Value};

/// A filter: what it makes of a value with arguments.
pub type Filter = fn(&Interpreter, &Value, &Args) -> Result<Value>;

/// The filter of a name.
pub fn find(name: &str) -> Option<Filter> {
    Some(match name {
        "abs" => numbers::abs,
        "attr" => attr,
        "batch" => sequences::batch,
        "capitalize" => texts::capitalize,
        "center" => texts::center,
        "count" | "length" => length,
        "d" | "default" => default,
        "dictsort" => sequences::dictsort,
        "e" | "escape" => texts::escape,
        "filesizeformat" => numbers::filesizeformat,
        "first" => sequences::first,
        "float" => numbers::float,
        "forceescape" => texts::forceescape,
        "format" => texts::format,
        "groupby" => sequences::groupby,
        "indent" => texts::indent,
        "int" => numbers::int,
        "items" => sequences::items,
        "join" => texts::join,
        "last" => sequences::last,
        "list" => sequences::list,
        "lower" => texts::lower,
        "map" => sequences::map,
        "max" => sequences::max,
        "min" => sequences::min,
        "pprint" => pretty::pprint,
        "random" => sequences::random,
        "reject" => sequences::reject,
        "rejectattr" => sequences::rejectattr,
        "replace" => texts::replace,
        "reverse" => sequences::reverse,
        "round" => numbers::round,
        "safe" => texts::safe,
        "select" => sequences::select,
        "selectattr" => sequences::selectattr,
        "slice" => sequences::slice,
        "sort" => sequences::sort,
        "string" => texts::string,
        "striptags" => texts::striptags,
        "sum" => numbers::sum,
        "title" => texts::title,
        "tojson" => json::tojson,
        "trim" => texts::trim,
        "truncate" => wrap::truncate,
        "unique" => sequences::unique,
        "upper" => texts::upper,
        "urlencode" => texts::urlencode,
        "wordcount" => wrap::wordcount,
        "wordwrap" => wrap::wordwrap,
        "xmlattr" => texts::xmlattr,
        _ => return None,
    })
}

fn attr(interpreter: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    let [name] = args.bind("do_attr", ["name"], 1)?;
    let name = name.unwrap_or(Value::None);
    let Some(text) = name.as_str() else {
        return Err(Error::type_error("attribute name must be string"));
    };
    if let (Value::Dict(_), false) = (value, super::methods::names(value).contains(&text)) {
        return Ok(Value::missing_attribute(value, name));
    }
    value::attribute(value, &Rc::from(text), interpreter.attributes())
}

fn length(_: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    args.none("len")?;
    let length = value.len().map(Value::int);
    length.ok_or_else(|| {
        let name = value::repr_of_text(value.type_name());
        Error::type_error(format!("object of type {name} has no len()"))
    })
}

fn default(_: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    let [other, is_boolean] = args.bind("do_default", ["default_value", "boolean"], 0)?;
    let is_boolean = is_boolean.is_some_and(|is_boolean| is_boolean.is_true());
    if value.is_undefined() || is_boolean && !value.is_true() {
        return Ok(other.unwrap_or_else(|| Value::from("")));
    }
    Ok(value.clone())
}

/// An argument that may be left out or `none`.
fn given(value: Option<Value>) -> Option<Value> {
    value.filter(|value| !matches!(value, Value::None))
}

/// What leads from an item to the part of it that a filter is about.
struct Path {
    /// For each of several paths, its parts.
    paths: Vec<Vec<Value>>,
    default: Option<Value>,
    is_case_kept: bool,
}

impl Path {
    fn of(attribute: Option<&Value>, is_case_kept: bool) -> Self {
        let paths = vec![parts(attribute)];
        let default = None;
        Path {
            paths,
            default,
            is_case_kept,
        }
    }

    /// As [`Path::of`], with commas between several paths.
    fn several(attribute: Option<&Value>, is_case_kept: bool) -> Self {
        let paths = match attribute {
            Some(Value::Text(text)) => text
                .split(',')
                .map(|path| parts(Some(&Value::from(path))))
                .collect(),
            attribute => vec![parts(attribute)],
        };
        let default = None;
        Path {
            paths,
            default,
            is_case_kept,
        }
    }

    fn follow(&self, interpreter: &Interpreter, item: &Value, parts: &[Value]) -> Result<Value> {
        let mut found = item.clone();
        for part in parts {
            found = value::item(&found, part, interpreter.attributes())?;
            if let (Some(default), true) = (&self.default, found.is_undefined()) {
                found = default.clone();
            }
        }
        Ok(match &found {
            Value::Text(text) if !self.is_case_kept => Value::text_of(&text.to_lowercase(), text.is_markup),
            _ => found,
        })
    }

    /// The part of an item.
    fn get(&self, interpreter: &Interpreter, item: &Value) -> Result<Value> {
        match &self.paths[..] {
            [path] => self.follow(interpreter, item, path),
            paths => {
                let parts = paths.iter().map(|path| self.follow(interpreter, item, path));
                Ok(Value::tuple(parts.collect::<Result<_>>()?))
            }
        }
    }
}

/// The parts of a path: names, and numbers as indices.
fn parts(attribute: Option<&Value>) -> Vec<Value> {
    match attribute {
        None | Some(Value::None) => Vec::new(),
        Some(Value::Text(text)) => {
            let parts = text.split('.').map(|part| match part.parse() {
                Ok(number) if part.bytes().all(|byte| byte.is_ascii_digit()) => Value::Int(number),
                _ => Value::from(part),
            });
            parts.collect()
        }
        Some(other) => vec![other.clone()],
    }
}

/// Whether an error is one of a wrong type or value, which some filters answer with a default.
fn is_conversion(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Type | ErrorKind::Value)
}
