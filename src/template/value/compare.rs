//! Equality and order of values, and values as keys.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

use super::{Budget, MAX_NESTING, Value, ViewKind, repr_of_text, too_deep};
use crate::template::ast::Comparison;
use crate::template::error::{Error, Result};

/// A value as a key of a dictionary: it can be compared without an error, and does not change.
#[derive(Debug, Clone)]
pub struct Key(Value);

impl Key {
    /// # Errors
    /// [`crate::template::error::ErrorKind::Type`]: the value can be changed, and is no key.
    pub fn new(value: Value) -> Result<Self> {
        check_key(&value, 0)?;
        Ok(Key(value))
    }

    pub fn value(&self) -> &Value {
        &self.0
    }
}

impl From<&str> for Key {
    fn from(text: &str) -> Self {
        Key(Value::from(text))
    }
}

fn check_key(value: &Value, depth: usize) -> Result<()> {
    match value {
        Value::List(_) | Value::Dict(_) => {
            let name = value.type_name();
            Err(Error::type_error(format!(
                "unhashable type: {}",
                repr_of_text(name)
            )))
        }
        Value::View(view) if view.kind != ViewKind::Values => {
            let name = value.type_name();
            Err(Error::type_error(format!(
                "unhashable type: {}",
                repr_of_text(name)
            )))
        }
        Value::Tuple(_) if depth > MAX_NESTING => Err(too_deep()),
        Value::Tuple(tuple) => tuple.items.iter().try_for_each(|item| check_key(item, depth + 1)),
        _ => Ok(()),
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        // Keys are not nested deep, and their comparison has no other error.
        is_equal(&self.0, &other.0, 0, &Budget::new(u64::MAX)).unwrap_or(false)
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        hash(&self.0, state);
    }
}

/// The whole number that a number equals.
fn whole(value: &Value) -> Option<i128> {
    match value {
        Value::Bool(value) => Some(i128::from(*value)),
        Value::Int(number) => Some(*number),
        #[allow(clippy::cast_possible_truncation, reason = "it is whole, and not too large")]
        Value::Float(number) if number.fract() == 0.0 && number.abs() < 1e38 => Some(*number as i128),
        _ => None,
    }
}

fn hash<H: Hasher>(value: &Value, state: &mut H) {
    if let Some(number) = whole(value) {
        number.hash(state);
        return;
    }
    match value {
        Value::Float(number) => number.to_bits().hash(state),
        Value::Text(text) => str::hash(text, state),
        Value::Tuple(tuple) => tuple.items.iter().for_each(|item| hash(item, state)),
        Value::Address(address) => address.bits.hash(state),
        _ => {}
    }
}

/// Whether two values are equal.
///
/// # Errors
/// [`crate::template::error::ErrorKind::Limit`]: they are nested too deep.
pub fn equals(left: &Value, right: &Value, budget: &Budget) -> Result<bool> {
    is_equal(left, right, 0, budget)
}

fn all_equal<'v>(
    left: impl IntoIterator<Item = &'v Value>,
    right: impl IntoIterator<Item = &'v Value>,
    depth: usize,
    budget: &Budget,
) -> Result<bool> {
    for (left, right) in left.into_iter().zip(right) {
        if !is_equal(left, right, depth + 1, budget)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn is_equal(left: &Value, right: &Value, depth: usize, budget: &Budget) -> Result<bool> {
    if depth > MAX_NESTING {
        return Err(too_deep());
    }
    budget.spend(1)?;
    if let (Some(left), Some(right)) = (whole(left), whole(right)) {
        return Ok(left == right);
    }
    Ok(match (left, right) {
        (Value::Undefined(_), Value::Undefined(_)) | (Value::None, Value::None) => true,
        (Value::Float(left), Value::Float(right)) => left == right,
        (Value::Text(left), Value::Text(right)) => **left == **right,
        (Value::List(left), Value::List(right)) => {
            if Rc::ptr_eq(left, right) {
                return Ok(true);
            }
            let (left, right) = (left.0.borrow(), right.0.borrow());
            left.len() == right.len() && all_equal(left.iter(), right.iter(), depth, budget)?
        }
        (Value::Tuple(left), Value::Tuple(right)) => {
            left.items.len() == right.items.len() && all_equal(&left.items, &right.items, depth, budget)?
        }
        (Value::Dict(left), Value::Dict(right)) => {
            if Rc::ptr_eq(left, right) {
                return Ok(true);
            }
            let (left, right) = (left.0.borrow(), right.0.borrow());
            if left.len() != right.len() {
                return Ok(false);
            }
            for (key, value) in left.iter() {
                let other = right.get(key);
                if !other.map_or(Ok(false), |other| is_equal(value, other, depth + 1, budget))? {
                    return Ok(false);
                }
            }
            true
        }
        (Value::View(left), Value::View(right)) if left.kind == right.kind => {
            if Rc::ptr_eq(left, right) {
                return Ok(true);
            }
            let (one, other) = (left.dict.0.borrow(), right.dict.0.borrow());
            if left.kind == ViewKind::Values || one.len() != other.len() {
                return Ok(false);
            }
            let mut is_same = true;
            for (key, value) in one.iter() {
                is_same &= match other.get(key) {
                    Some(other) if left.kind == ViewKind::Items => is_equal(value, other, depth + 1, budget)?,
                    other => other.is_some(),
                };
            }
            is_same
        }
        (Value::Range(left), Value::Range(right)) => {
            let length = left.len();
            length == right.len()
                && (length == 0 || left.start == right.start && (length == 1 || left.step == right.step))
        }
        (Value::Address(left), Value::Address(right)) => left == right,
        (Value::Generator(left), Value::Generator(right)) => Rc::ptr_eq(left, right),
        (Value::Namespace(left), Value::Namespace(right)) => Rc::ptr_eq(left, right),
        (Value::Callable(left), Value::Callable(right)) => Rc::ptr_eq(left, right),
        (Value::Loop(left), Value::Loop(right)) => Rc::ptr_eq(left, right),
        (Value::Module(left), Value::Module(right)) => Rc::ptr_eq(left, right),
        (Value::Cycler(left), Value::Cycler(right)) => Rc::ptr_eq(left, right),
        _ => false,
    })
}

/// The order of two values; `None` for numbers without one.
///
/// # Errors
/// [`crate::template::error::ErrorKind::Type`]: their types have none. `sign` is the comparison that asks for it.
pub fn order(left: &Value, right: &Value, sign: &str, budget: &Budget) -> Result<Option<Ordering>> {
    ordered(left, right, sign, 0, budget)
}

fn sequences(
    left: &[Value],
    right: &[Value],
    sign: &str,
    depth: usize,
    budget: &Budget,
) -> Result<Option<Ordering>> {
    if depth > MAX_NESTING {
        return Err(too_deep());
    }
    for (left, right) in left.iter().zip(right) {
        if !is_equal(left, right, depth + 1, budget)? {
            return ordered(left, right, sign, depth + 1, budget);
        }
    }
    Ok(Some(left.len().cmp(&right.len())))
}

fn ordered(
    left: &Value,
    right: &Value,
    sign: &str,
    depth: usize,
    budget: &Budget,
) -> Result<Option<Ordering>> {
    budget.spend(1)?;
    if let (Some(left), Some(right)) = (whole(left), whole(right)) {
        return Ok(Some(left.cmp(&right)));
    }
    let number = |value: &Value| match value {
        Value::Float(number) => Some(*number),
        #[allow(
            clippy::cast_precision_loss,
            reason = "the other number is not whole, so the difference is larger"
        )]
        _ => whole(value).map(|number| number as f64),
    };
    if let (Some(left), Some(right)) = (number(left), number(right)) {
        return Ok(left.partial_cmp(&right));
    }
    match (left, right) {
        (Value::Undefined(missing), _) | (_, Value::Undefined(missing)) => Err(missing.error()),
        (Value::Text(left), Value::Text(right)) => Ok(Some((**left).cmp(&**right))),
        (Value::List(left), Value::List(right)) => {
            sequences(&left.0.borrow(), &right.0.borrow(), sign, depth, budget)
        }
        (Value::Tuple(left), Value::Tuple(right)) => {
            sequences(&left.items, &right.items, sign, depth, budget)
        }
        (Value::Address(left), Value::Address(right)) if left.is_of_netaddr == right.is_of_netaddr => {
            Ok(Some((left.family, left.bits).cmp(&(right.family, right.bits))))
        }
        _ => Err(Error::type_error(format!(
            "{} not supported between instances of {} and {}",
            repr_of_text(sign),
            repr_of_text(left.type_name()),
            repr_of_text(right.type_name())
        ))),
    }
}

/// Whether a container has an item in it.
///
/// # Errors
/// [`crate::template::error::ErrorKind::Type`]: it is no container.
pub fn contains(container: &Value, item: &Value, budget: &Budget) -> Result<bool> {
    let any = |items: &[Value]| {
        for own in items {
            if is_equal(own, item, 0, budget)? {
                return Ok(true);
            }
        }
        Ok(false)
    };
    match container {
        Value::Undefined(_) => Ok(false),
        Value::Text(text) => match item {
            Value::Text(part) => {
                budget.allocate(text.len())?;
                Ok(text.contains(&**part))
            }
            Value::Undefined(missing) => Err(missing.error()),
            _ => Err(Error::type_error(format!(
                "'in <string>' requires string as left operand, not {}",
                item.type_name()
            ))),
        },
        Value::List(list) => any(&list.0.borrow()),
        Value::Tuple(tuple) => any(&tuple.items),
        Value::Dict(dict) => {
            let key = Key::new(item.clone())?;
            Ok(dict.0.borrow().contains_key(&key))
        }
        Value::View(view) => {
            let dict = view.dict.0.borrow();
            match (view.kind, item) {
                (ViewKind::Keys, _) => Ok(dict.contains_key(&Key::new(item.clone())?)),
                (ViewKind::Values, _) => {
                    for own in dict.values() {
                        if is_equal(own, item, 0, budget)? {
                            return Ok(true);
                        }
                    }
                    Ok(false)
                }
                (ViewKind::Items, Value::Tuple(pair)) if pair.items.len() == 2 => {
                    let own = dict.get(&Key::new(pair.items[0].clone())?);
                    own.map_or(Ok(false), |own| is_equal(own, &pair.items[1], 0, budget))
                }
                (ViewKind::Items, _) => Ok(false),
            }
        }
        Value::Range(range) => Ok(whole(item).is_some_and(|number| {
            let (low, high) = match range.step > 0 {
                true => (range.start, range.stop - 1),
                false => (range.stop + 1, range.start),
            };
            (low..=high).contains(&number) && (number - range.start) % range.step == 0
        })),
        _ => Err(Error::type_error(format!(
            "argument of type {} is not iterable",
            repr_of_text(container.type_name())
        ))),
    }
}

/// The outcome of a comparison; membership aside.
///
/// # Errors
/// [`crate::template::error::ErrorKind::Type`]
pub fn compare(comparison: Comparison, left: &Value, right: &Value, budget: &Budget) -> Result<bool> {
    let order = || order(left, right, comparison.sign(), budget);
    Ok(match comparison {
        Comparison::Equal => equals(left, right, budget)?,
        Comparison::NotEqual => !equals(left, right, budget)?,
        Comparison::In => contains(right, left, budget)?,
        Comparison::NotIn => !contains(right, left, budget)?,
        Comparison::Less => order()? == Some(Ordering::Less),
        Comparison::Greater => order()? == Some(Ordering::Greater),
        Comparison::LessEqual => matches!(order()?, Some(Ordering::Less | Ordering::Equal)),
        Comparison::GreaterEqual => matches!(order()?, Some(Ordering::Greater | Ordering::Equal)),
    })
}
