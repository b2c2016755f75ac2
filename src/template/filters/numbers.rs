//! Filters of numbers.

use crate::template::args::{Args, int_argument};
use crate::template::ast::Operator;
use crate::template::error::{Error, ErrorKind, Result};
use crate::template::interpreter::Interpreter;
use crate::template::value::{self, Value, arithmetic, float_of, int_of, repr_of_text};

use super::{Path, given, is_conversion};

pub(super) fn abs(_: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    args.none("abs")?;
    match value {
        Value::Bool(value) => Ok(Value::Int(i128::from(*value))),
        Value::Int(number) => number.checked_abs().map(Value::Int).ok_or_else(Error::overflow),
        Value::Float(number) => Ok(Value::Float(number.abs())),
        Value::Undefined(missing) => Err(missing.error()),
        _ => Err(Error::type_error(format!(
            "bad operand type for abs(): {}",
            repr_of_text(value.type_name())
        ))),
    }
}

pub(super) fn int(_: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    let [default, base] = args.bind("do_int", ["default", "base"], 0)?;
    let base = base.map(|base| int_argument(&base)).transpose();
    let whole = base.and_then(|base| int_of(value, base));
    match whole {
        Ok(number) => return Ok(Value::Int(number)),
        Err(error) if !is_conversion(&error) => return Err(error),
        Err(_) => {}
    }
    // A text may be a number with a fraction.
    let cut = float_of(value).and_then(|number| int_of(&Value::Float(number), None));
    match cut {
        Ok(number) => Ok(Value::Int(number)),
        Err(error) if is_conversion(&error) || error.kind() == ErrorKind::Overflow => {
            Ok(default.unwrap_or(Value::Int(0)))
        }
        Err(error) => Err(error),
    }
}

pub(super) fn float(_: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    let [default] = args.bind("do_float", ["default"], 0)?;
    match float_of(value) {
        Ok(number) => Ok(Value::Float(number)),
        Err(error) if is_conversion(&error) => Ok(default.unwrap_or(Value::Float(0.0))),
        Err(error) => Err(error),
    }
}

pub(super) fn round(interpreter: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    let [precision, method] = args.bind("do_round", ["precision", "method"], 0)?;
    let precision = precision.unwrap_or(Value::Int(0));
    let function: fn(f64) -> f64 = match method.as_ref().map_or(Some("common"), Value::as_str) {
        Some("common") => {
            // Without digits, the number becomes a whole one.
            if matches!(precision, Value::None) {
                let whole = value::round(value, 0, &interpreter.budget)?;
                return int_of(&whole, None).map(Value::Int);
            }
            return value::round(value, int_argument(&precision)?, &interpreter.budget);
        }
        Some("ceil") => f64::ceil,
        Some("floor") => f64::floor,
        _ => return Err(Error::runtime("method must be common, ceil or floor")),
    };
    let budget = &interpreter.budget;
    let unit = arithmetic(Operator::Power, &Value::Int(10), &precision, budget)?;
    let scaled = arithmetic(Operator::Multiply, value, &unit, budget)?;
    let whole = match scaled {
        Value::Int(_) => scaled,
        _ => {
            let number = float_of(&scaled)
                .map_err(|_| Error::type_error(format!("must be real number, not {}", value.type_name())))?;
            Value::Int(int_of(&Value::Float(function(number)), None)?)
        }
    };
    arithmetic(Operator::Divide, &whole, &unit, budget)
}

pub(super) fn sum(interpreter: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    let [attribute, start] = args.bind("do_sum", ["attribute", "start"], 0)?;
    let path = given(attribute).map(|attribute| Path::of(Some(&attribute), true));
    let mut sum = start.unwrap_or(Value::Int(0));
    if sum.as_str().is_some() {
        return Err(Error::type_error(
            "sum() can't sum strings [use ''.join(seq) instead]",
        ));
    }
    for item in interpreter.items(value)? {
        let item = match &path {
            Some(path) => path.get(interpreter, &item)?,
            None => item,
        };
        sum = arithmetic(Operator::Add, &sum, &item, &interpreter.budget)?;
    }
    Ok(sum)
}

pub(super) fn filesizeformat(_: &Interpreter, value: &Value, args: &Args) -> Result<Value> {
    let [is_binary] = args.bind("do_filesizeformat", ["binary"], 0)?;
    let is_binary = is_binary.is_some_and(|is_binary| is_binary.is_true());
    let bytes = float_of(value)?;
    let base = if is_binary { 1024.0 } else { 1000.0 };
    if (bytes - 1.0).abs() < f64::EPSILON {
        return Ok(Value::from("1 Byte"));
    }
    if bytes < base {
        return Ok(Value::from(format!(
            "{} Bytes",
            int_of(&Value::Float(bytes), None)?
        )));
    }
    let letters = if is_binary { "KMGTPEZY" } else { "kMGTPEZY" };
    let end = if is_binary { "iB" } else { "B" };
    let mut unit = base;
    let mut shown = String::new();
    for letter in letters.chars() {
        unit *= base;
        shown = format!("{:.1} {letter}{end}", base * bytes / unit);
        if bytes < unit {
            break;
        }
    }
    Ok(Value::from(shown))
}
