//! The tests of templates, behind `is`.

use std::rc::Rc;

use super::args::Args;
use super::ast::{Comparison, Operator};
use super::error::Result;
use super::interpreter::Interpreter;
use super::value::{Cursor, Key, Text, Value, arithmetic, equals};

/// A test: whether it holds for a value with arguments.
pub type Check = fn(&Interpreter, &Value, &Args) -> Result<bool>;

/// The test of a name.
pub fn find(name: &str) -> Option<Check> {
    Some(match name {
        "boolean" => |_, value, args| args.none("boolean").map(|()| matches!(value, Value::Bool(_))),
        "callable" => |_, value, args| {
            args.none("callable")?;
            Ok(matches!(
                value,
                Value::Callable(_) | Value::Undefined(_) | Value::Loop(_)
            ))
        },
        "defined" => |_, value, args| args.none("defined").map(|()| !value.is_undefined()),
        "undefined" => |_, value, args| args.none("undefined").map(|()| value.is_undefined()),
        "divisibleby" => |interpreter, value, args| {
            let [divisor] = args.bind("divisibleby", ["num"], 1)?;
            has_rest(interpreter, value, &divisor.unwrap_or(Value::None), 0)
        },
        "even" => |interpreter, value, args| {
            args.none("even")?;
            has_rest(interpreter, value, &Value::Int(2), 0)
        },
        "odd" => |interpreter, value, args| {
            args.none("odd")?;
            has_rest(interpreter, value, &Value::Int(2), 1)
        },
        "eq" | "==" | "equalto" => {
            |interpreter, value, args| against(interpreter, Comparison::Equal, value, args)
        }
        "ne" | "!=" => |interpreter, value, args| against(interpreter, Comparison::NotEqual, value, args),
        "lt" | "<" | "lessthan" => {
            |interpreter, value, args| against(interpreter, Comparison::Less, value, args)
        }
        "le" | "<=" => |interpreter, value, args| against(interpreter, Comparison::LessEqual, value, args),
        "gt" | ">" | "greaterthan" => {
            |interpreter, value, args| against(interpreter, Comparison::Greater, value, args)
        }
        "ge" | ">=" => |interpreter, value, args| against(interpreter, Comparison::GreaterEqual, value, args),
        "in" => |interpreter, value, args| {
            let [container] = args.bind("in", ["seq"], 1)?;
            interpreter.compared(Comparison::In, value, &container.unwrap_or(Value::None))
        },
        "escaped" => |_, value, args| {
            args.none("escaped")?;
            Ok(matches!(value, Value::Text(Text { is_markup: true, .. })))
        },
        "false" => |_, value, args| args.none("false").map(|()| matches!(value, Value::Bool(false))),
        "true" => |_, value, args| args.none("true").map(|()| matches!(value, Value::Bool(true))),
        "filter" => |interpreter, value, args| {
            args.none("filter")?;
            Key::new(value.clone())?;
            Ok(value.as_str().is_some_and(|name| interpreter.has_filter(name)))
        },
        "test" => |_, value, args| {
            args.none("test")?;
            Key::new(value.clone())?;
            Ok(value.as_str().is_some_and(|name| find(name).is_some()))
        },
        "float" => |_, value, args| args.none("float").map(|()| matches!(value, Value::Float(_))),
        "integer" => |_, value, args| args.none("integer").map(|()| matches!(value, Value::Int(_))),
        "number" => |_, value, args| {
            args.none("number")?;
            Ok(matches!(value, Value::Int(_) | Value::Float(_) | Value::Bool(_)))
        },
        "iterable" => |_, value, args| args.none("iterable").map(|()| is_iterable(value)),
        "sequence" => |_, value, args| {
            args.none("sequence")?;
            Ok(matches!(
                value,
                Value::Undefined(_)
                    | Value::Text(_)
                    | Value::List(_)
                    | Value::Tuple(_)
                    | Value::Dict(_)
                    | Value::Range(_)
            ))
        },
        "mapping" => |_, value, args| args.none("mapping").map(|()| matches!(value, Value::Dict(_))),
        "string" => |_, value, args| args.none("string").map(|()| value.as_str().is_some()),
        "none" => |_, value, args| args.none("none").map(|()| matches!(value, Value::None)),
        "lower" => |interpreter, value, args| {
            args.none("lower")?;
            let text = interpreter.text(value)?;
            Ok(text.chars().any(char::is_lowercase) && !text.chars().any(char::is_uppercase))
        },
        "upper" => |interpreter, value, args| {
            args.none("upper")?;
            let text = interpreter.text(value)?;
            Ok(text.chars().any(char::is_uppercase) && !text.chars().any(char::is_lowercase))
        },
        "sameas" => |interpreter, value, args| {
            let [other] = args.bind("sameas", ["other"], 1)?;
            is_same(interpreter, value, &other.unwrap_or(Value::None))
        },
        _ => return None,
    })
}

fn is_iterable(value: &Value) -> bool {
    match value {
        // Walking over it would take its items away.
        Value::Loop(_) | Value::Generator(_) => true,
        _ => Cursor::of(value).is_ok(),
    }
}

fn has_rest(interpreter: &Interpreter, value: &Value, divisor: &Value, rest: i128) -> Result<bool> {
    let found = arithmetic(Operator::Modulo, value, divisor, &interpreter.budget)?;
    equals(&found, &Value::Int(rest), &interpreter.budget)
}

fn against(interpreter: &Interpreter, comparison: Comparison, value: &Value, args: &Args) -> Result<bool> {
    let [other] = args.bind(comparison.sign(), [""], 1)?;
    interpreter.compared(comparison, value, &other.unwrap_or(Value::None))
}

/// Whether two values are one object.
fn is_same(interpreter: &Interpreter, left: &Value, right: &Value) -> Result<bool> {
    Ok(match (left, right) {
        (Value::List(left), Value::List(right)) => Rc::ptr_eq(left, right),
        (Value::Dict(left), Value::Dict(right)) => Rc::ptr_eq(left, right),
        (Value::Tuple(left), Value::Tuple(right)) => {
            Rc::ptr_eq(left, right) || left.items.is_empty() && right.items.is_empty()
        }
        _ => left.type_name() == right.type_name() && equals(left, right, &interpreter.budget)?,
    })
}
