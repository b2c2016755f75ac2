//! Arithmetic.

use std::rc::Rc;

use super::{Budget, ITEM, List, MAX_TEXT, Text, Tuple, Value, repr_of_text, text};
use crate::template::ast::Operator;
use crate::template::error::{Error, ErrorKind, Result};
use crate::template::format;

/// A number that takes part in arithmetic.
#[derive(Clone, Copy)]
enum Number {
    Int(i128),
    Float(f64),
}

impl Number {
    fn of(value: &Value) -> Option<Self> {
        Some(match value {
            Value::Bool(value) => Number::Int(i128::from(*value)),
            Value::Int(number) => Number::Int(*number),
            Value::Float(number) => Number::Float(*number),
            _ => return None,
        })
    }

    #[allow(clippy::cast_precision_loss, reason = "Python rounds as well")]
    fn float(self) -> f64 {
        match self {
            Number::Int(number) => number as f64,
            Number::Float(number) => number,
        }
    }
}

/// The outcome of an operator.
///
/// # Errors
/// The types do not have it, or the outcome is too large.
pub fn arithmetic(operator: Operator, left: &Value, right: &Value, budget: &Budget) -> Result<Value> {
    if let (Operator::Modulo, Value::Text(format)) = (operator, left) {
        return format::percent(format, right, budget);
    }
    if let (Some(left), Some(right)) = (Number::of(left), Number::of(right)) {
        return numbers(operator, left, right);
    }
    match (left, right) {
        (Value::Undefined(missing), _) | (_, Value::Undefined(missing)) => return Err(missing.error()),
        _ => {}
    }
    match operator {
        Operator::Add => add(left, right, budget),
        Operator::Multiply => multiply(left, right, budget),
        _ => Err(unsupported(operator, left, right)),
    }
}

fn unsupported(operator: Operator, left: &Value, right: &Value) -> Error {
    Error::type_error(format!(
        "unsupported operand type(s) for {}: {} and {}",
        operator.sign(),
        repr_of_text(left.type_name()),
        repr_of_text(right.type_name())
    ))
}

fn add(left: &Value, right: &Value, budget: &Budget) -> Result<Value> {
    match (left, right) {
        (Value::Text(left), Value::Text(right)) => {
            let is_markup = left.is_markup || right.is_markup;
            let part = |text: &Text| {
                if is_markup {
                    format::escaped(text)
                } else {
                    text.to_string()
                }
            };
            budget.allocate(left.len() + right.len())?;
            Ok(Value::text_of(&(part(left) + &part(right)), is_markup))
        }
        (Value::List(left), Value::List(right)) => {
            let items: Vec<Value> = left
                .0
                .borrow()
                .iter()
                .chain(right.0.borrow().iter())
                .cloned()
                .collect();
            budget.spend(items.len() * ITEM)?;
            Ok(Value::from(items))
        }
        (Value::Tuple(left), Value::Tuple(right)) => {
            let items: Vec<Value> = left.items.iter().chain(&right.items).cloned().collect();
            budget.spend(items.len() * ITEM)?;
            Ok(Value::tuple(items))
        }
        (Value::Text(_) | Value::List(_) | Value::Tuple(_), _) => {
            let own = match left {
                Value::Text(_) => "str",
                Value::List(_) => "list",
                _ => "tuple",
            };
            let other = repr_of_text(right.type_name());
            let other = other.trim_matches('\'');
            Err(Error::type_error(format!(
                "can only concatenate {own} (not \"{other}\") to {own}"
            )))
        }
        _ => Err(unsupported(Operator::Add, left, right)),
    }
}

fn multiply(left: &Value, right: &Value, budget: &Budget) -> Result<Value> {
    let (sequence, factor) = match (left, right) {
        (Value::Text(_) | Value::List(_) | Value::Tuple(_), _) => (left, right),
        (_, Value::Text(_) | Value::List(_) | Value::Tuple(_)) => (right, left),
        _ => return Err(unsupported(Operator::Multiply, left, right)),
    };
    let Some(Number::Int(times)) = Number::of(factor) else {
        return Err(Error::type_error(format!(
            "can't multiply sequence by non-int of type {}",
            repr_of_text(factor.type_name())
        )));
    };
    let length = match sequence {
        Value::Text(text) => text.len(),
        _ => sequence.len().unwrap_or(0) * 32,
    };
    let times = usize::try_from(times.max(0)).unwrap_or(usize::MAX);
    let whole = length.saturating_mul(times);
    if whole > MAX_TEXT {
        return Err(Error::limit("the product is too large"));
    }
    budget.allocate(whole)?;
    let repeated = |items: &[Value]| items.iter().cycle().take(items.len() * times).cloned().collect();
    Ok(match sequence {
        Value::Text(text) => Value::text_of(&text.repeat(times), text.is_markup),
        Value::List(list) => Value::List(Rc::new(List(std::cell::RefCell::new(repeated(&list.0.borrow()))))),
        Value::Tuple(tuple) => Value::Tuple(Rc::new(Tuple {
            items: repeated(&tuple.items),
            fields: &[],
        })),
        _ => Value::None,
    })
}

fn numbers(operator: Operator, left: Number, right: Number) -> Result<Value> {
    match (left, right) {
        (Number::Int(left), Number::Int(right)) => ints(operator, left, right),
        _ => floats(operator, left.float(), right.float()),
    }
}

fn ints(operator: Operator, left: i128, right: i128) -> Result<Value> {
    let none = || Err(Error::new(ErrorKind::Runtime, zero_of(operator)));
    let number = match operator {
        Operator::Add => left.checked_add(right),
        Operator::Subtract => left.checked_sub(right),
        Operator::Multiply => left.checked_mul(right),
        Operator::Divide if right == 0 => return none(),
        Operator::Divide => return Ok(Value::Float(quotient(left, right))),
        Operator::FloorDivide if right == 0 => return none(),
        Operator::Modulo if right == 0 => return none(),
        Operator::FloorDivide => left.checked_div_euclid(right).map(|euclid| {
            // The floor differs from Euclid's quotient where the divisor is negative.
            let rest = left.rem_euclid(right);
            if right < 0 && rest != 0 {
                euclid - 1
            } else {
                euclid
            }
        }),
        Operator::Modulo => left.checked_rem_euclid(right).map(|rest| {
            if right < 0 && rest != 0 {
                rest + right
            } else {
                rest
            }
        }),
        Operator::Power => match u32::try_from(right) {
            Ok(power) => left.checked_pow(power),
            Err(_) if right > 0 && matches!(left, -1..=1) => left.checked_pow(2 - u32::from(right % 2 != 0)),
            Err(_) if right > 0 => None,
            Err(_) => {
                let (left, right) = (Number::Int(left), Number::Int(right));
                return floats(operator, left.float(), right.float());
            }
        },
    };
    number.map(Value::Int).ok_or_else(Error::overflow)
}

/// The quotient of two whole numbers, rounded once.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_wrap,
    reason = "rounding is what it is for, and shifts are small"
)]
fn quotient(left: i128, right: i128) -> f64 {
    let (above, below) = (left.unsigned_abs(), right.unsigned_abs());
    let bits = |number: u128| 128 - number.leading_zeros();
    // So far that the quotient has more bits than a float, with one more for what is left.
    let shift = (56 + bits(below)).saturating_sub(bits(above));
    if bits(above) <= 53 && bits(below) <= 53 {
        return left as f64 / right as f64;
    }
    let (mut whole, mut rest) = (above / below, above % below);
    for _ in 0..shift {
        rest *= 2;
        whole = whole << 1 | u128::from(rest >= below);
        if rest >= below {
            rest -= below;
        }
    }
    let rounded = (whole | u128::from(rest != 0)) as f64 * 0.5f64.powi(shift as i32);
    if (left < 0) == (right < 0) {
        rounded
    } else {
        -rounded
    }
}

fn zero_of(operator: Operator) -> &'static str {
    match operator {
        Operator::Divide => "division by zero",
        Operator::Modulo => "integer modulo by zero",
        _ => "integer division or modulo by zero",
    }
}

#[allow(clippy::float_cmp, reason = "zero is exact")]
fn floats(operator: Operator, left: f64, right: f64) -> Result<Value> {
    let is_division = matches!(
        operator,
        Operator::Divide | Operator::FloorDivide | Operator::Modulo
    );
    if is_division && right == 0.0 {
        return Err(Error::runtime("division by zero"));
    }
    let number = match operator {
        Operator::Add => left + right,
        Operator::Subtract => left - right,
        Operator::Multiply => left * right,
        Operator::Divide => left / right,
        Operator::FloorDivide => floor_divided(left, right).0,
        Operator::Modulo => floor_divided(left, right).1,
        Operator::Power => {
            if left == 0.0 && right < 0.0 {
                return Err(Error::runtime("0.0 cannot be raised to a negative power"));
            }
            if left < 0.0 && right.fract() != 0.0 {
                return Err(Error::value("the power of a negative number is complex"));
            }
            left.powf(right)
        }
    };
    if number.is_infinite() && left.is_finite() && right.is_finite() && operator == Operator::Power {
        return Err(Error::overflow());
    }
    Ok(Value::Float(number))
}

/// The quotient, rounded down, and what is left, with the sign of the divisor.
fn floor_divided(left: f64, right: f64) -> (f64, f64) {
    let mut rest = left % right;
    let mut quotient = (left - rest) / right;
    if rest == 0.0 {
        rest = 0.0f64.copysign(right);
    } else if (right < 0.0) != (rest < 0.0) {
        rest += right;
        quotient -= 1.0;
    }
    if quotient == 0.0 {
        return (0.0f64.copysign(left / right), rest);
    }
    let floor = quotient.floor();
    (
        if quotient - floor > 0.5 {
            floor + 1.0
        } else {
            floor
        },
        rest,
    )
}

fn signed(value: &Value, sign: &str, int: fn(i128) -> Option<i128>, float: fn(f64) -> f64) -> Result<Value> {
    match Number::of(value) {
        Some(Number::Int(number)) => int(number).map(Value::Int).ok_or_else(Error::overflow),
        Some(Number::Float(number)) => Ok(Value::Float(float(number))),
        None => match value {
            Value::Undefined(missing) => Err(missing.error()),
            _ => Err(Error::type_error(format!(
                "bad operand type for unary {sign}: {}",
                repr_of_text(value.type_name())
            ))),
        },
    }
}

/// A number with its sign turned.
///
/// # Errors
/// It is none.
pub fn minus(value: &Value) -> Result<Value> {
    signed(value, "-", i128::checked_neg, |number| -number)
}

/// A number as it is.
///
/// # Errors
/// It is none.
pub fn plus(value: &Value) -> Result<Value> {
    signed(value, "+", Some, |number| number)
}

/// Digits without the underscores between them; `None` where an underscore is elsewhere.
fn without_underscores(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let is_between = |at: usize| {
        at > 0
            && bytes[at - 1].is_ascii_alphanumeric()
            && bytes.get(at + 1).is_some_and(u8::is_ascii_alphanumeric)
    };
    let is_right = bytes
        .iter()
        .enumerate()
        .all(|(at, byte)| *byte != b'_' || is_between(at));
    is_right.then(|| text.replace('_', ""))
}

/// A whole number as Python's `int` reads it.
///
/// # Errors
/// The text is none, or it is too large.
pub fn parse_int(text: &str, base: i128) -> Result<i128> {
    let refused = || {
        Error::value(format!(
            "invalid literal for int() with base {base}: {}",
            repr_of_text(text)
        ))
    };
    if base != 0 && !(2..=36).contains(&base) {
        return Err(Error::value("int() base must be >= 2 and <= 36, or 0"));
    }
    let digits = text.trim();
    let (sign, digits) = match digits.strip_prefix(['+', '-']) {
        Some(rest) => (&digits[..1], rest),
        None => ("", digits),
    };
    let prefix = digits.get(..2).map(str::to_ascii_lowercase);
    let named = match prefix.as_deref() {
        Some("0x") => Some(16),
        Some("0o") => Some(8),
        Some("0b") => Some(2),
        _ => None,
    };
    let (radix, digits) = match named.filter(|named| base == 0 || *named == base) {
        Some(named) => (named, digits[2..].strip_prefix('_').unwrap_or(&digits[2..])),
        None if base == 0 => {
            let is_plain = !digits.starts_with('0') || digits.bytes().all(|byte| matches!(byte, b'0' | b'_'));
            if !is_plain {
                return Err(refused());
            }
            (10, digits)
        }
        None => (base, digits),
    };
    let digits = without_underscores(digits).ok_or_else(refused)?;
    let radix = u32::try_from(radix).unwrap_or(10);
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return Err(refused());
    }
    i128::from_str_radix(&format!("{sign}{digits}"), radix).map_err(|_| Error::overflow())
}

/// A number as Python's `float` reads it.
fn parse_float(text: &str) -> Result<f64> {
    let refused = || {
        Error::value(format!(
            "could not convert string to float: {}",
            repr_of_text(text)
        ))
    };
    let digits = without_underscores(text.trim()).ok_or_else(refused)?;
    let word = digits.trim_start_matches(['+', '-']).to_ascii_lowercase();
    let is_word = ["inf", "infinity", "nan"].contains(&word.as_str());
    let is_number = word.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    if !is_word && !is_number || digits.len() > word.len() + 1 {
        return Err(refused());
    }
    digits.parse().map_err(|_| refused())
}

/// What Python's `int` makes of a value.
///
/// # Errors
/// It is no number.
pub fn int_of(value: &Value, base: Option<i128>) -> Result<i128> {
    match value {
        Value::Undefined(missing) => Err(missing.error()),
        Value::Text(text) => parse_int(text, base.unwrap_or(10)),
        Value::Bool(value) => Ok(i128::from(*value)),
        Value::Int(number) => Ok(*number),
        Value::Float(number) if number.is_nan() => Err(Error::value("cannot convert float NaN to integer")),
        #[allow(clippy::cast_possible_truncation, reason = "it is cut off, and not too large")]
        Value::Float(number) if number.abs() < 1e38 => Ok(*number as i128),
        Value::Float(_) => Err(Error::overflow()),
        Value::Address(address) => i128::try_from(address.bits).map_err(|_| Error::overflow()),
        _ => Err(Error::type_error(format!(
            "int() argument must be a string, a bytes-like object or a real number, not {}",
            repr_of_text(value.type_name())
        ))),
    }
}

/// What Python's `float` makes of a value.
///
/// # Errors
/// It is no number.
pub fn float_of(value: &Value) -> Result<f64> {
    match (value, Number::of(value)) {
        (_, Some(number)) => Ok(number.float()),
        (Value::Undefined(missing), _) => Err(missing.error()),
        (Value::Text(text), _) => parse_float(text),
        _ => Err(Error::type_error(format!(
            "float() argument must be a string or a real number, not {}",
            repr_of_text(value.type_name())
        ))),
    }
}

/// A number rounded to so many digits behind the point, halves to the even neighbour.
///
/// # Errors
/// The value is no number.
pub fn round(value: &Value, digits: i128, budget: &Budget) -> Result<Value> {
    match Number::of(value) {
        Some(Number::Int(number)) => {
            let power = u32::try_from(digits.min(0).unsigned_abs()).ok();
            let Some(unit) = power.and_then(|power| 10i128.checked_pow(power)) else {
                return Ok(Value::Int(0));
            };
            let (low, rest) = (number.div_euclid(unit), number.rem_euclid(unit).unsigned_abs());
            let half = rest * 2;
            let is_up = half > unit.unsigned_abs() || half == unit.unsigned_abs() && low % 2 != 0;
            let rounded = (low + i128::from(is_up)).checked_mul(unit);
            rounded.map(Value::Int).ok_or_else(Error::overflow)
        }
        Some(Number::Float(number)) if !number.is_finite() || digits > 330 => Ok(Value::Float(number)),
        Some(Number::Float(number)) => {
            if let Ok(digits) = usize::try_from(digits) {
                return Ok(Value::Float(
                    format!("{number:.digits$}").parse().unwrap_or(number),
                ));
            }
            if digits < -308 {
                return Ok(Value::Float(0.0f64.copysign(number)));
            }
            // The exact decimal, cut at its point, decides.
            let exact = format!("{:.0}", number.abs().trunc());
            let has_rest = number.fract() != 0.0;
            let cut = usize::try_from(-digits).unwrap_or(0);
            let padded = format!("{exact:0>width$}", width = cut + 1);
            let (head, tail) = padded.split_at(padded.len() - cut);
            let half = format!("5{}", "0".repeat(cut - 1));
            let is_odd = head.bytes().last().is_some_and(|digit| digit % 2 == 1);
            let is_up = tail > half.as_str() || tail == half && (has_rest || is_odd);
            let head: f64 = head.parse().unwrap_or(0.0);
            let rounded: f64 = format!("{}e{cut}", head + f64::from(u8::from(is_up)))
                .parse()
                .unwrap_or(number);
            Ok(Value::Float(rounded.copysign(number)))
        }
        None => match value {
            Value::Undefined(missing) => Err(missing.error()),
            _ => Err(Error::type_error(format!(
                "type {} doesn't define __round__ method",
                text(&Value::from(value.type_name()), budget)?
            ))),
        },
    }
}
