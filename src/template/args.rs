//! The arguments of a call.

use std::rc::Rc;

use super::error::{Error, Result};
use super::value::{Text, Value, repr_of_text};

/// Arguments, without names and with them.
#[derive(Debug, Clone, Default)]
pub struct Args {
    pub positional: Vec<Value>,
    pub named: Vec<(Rc<str>, Value)>,
}

impl Args {
    pub fn of(positional: Vec<Value>) -> Self {
        let named = Vec::new();
        Args { positional, named }
    }

    /// The arguments in the order of the parameters of `what`, the first `least` of which are needed.
    ///
    /// # Errors
    /// [`super::error::ErrorKind::Type`]: there are too many or too few of them, or one has an unknown name.
    pub fn bind<const N: usize>(
        &self,
        what: &str,
        names: [&str; N],
        least: usize,
    ) -> Result<[Option<Value>; N]> {
        let mut bound: [Option<Value>; N] = std::array::from_fn(|at| self.positional.get(at).cloned());
        let count = self.positional.len();
        if count > N {
            return Err(Error::type_error(format!(
                "{what}() takes at most {N} argument{} ({count} given)",
                if N == 1 { "" } else { "s" }
            )));
        }
        for (name, value) in &self.named {
            let Some(at) = names.iter().position(|own| *own == &**name && !own.is_empty()) else {
                let name = repr_of_text(name);
                return Err(Error::type_error(format!(
                    "{what}() got an unexpected keyword argument {name}"
                )));
            };
            if bound[at].is_some() {
                let name = repr_of_text(name);
                return Err(Error::type_error(format!(
                    "{what}() got multiple values for argument {name}"
                )));
            }
            bound[at] = Some(value.clone());
        }
        if let Some(at) = (0..least).find(|at| bound[*at].is_none()) {
            return Err(Error::type_error(format!(
                "{what}() missing required argument: {} (pos {})",
                repr_of_text(names[at]),
                at + 1
            )));
        }
        Ok(bound)
    }

    /// The one argument of `what`.
    ///
    /// # Errors
    /// As [`Args::bind`].
    pub fn one(&self, what: &str) -> Result<Value> {
        let [value] = self.bind(what, [""], 1)?;
        Ok(value.unwrap_or(Value::None))
    }

    /// Checks that there are none for `what`.
    ///
    /// # Errors
    /// As [`Args::bind`].
    pub fn none(&self, what: &str) -> Result<()> {
        self.bind::<0>(what, [], 0).map(drop)
    }
}

/// A text as an argument of `what`.
///
/// # Errors
/// [`super::error::ErrorKind::Type`]: it is none.
pub fn text_argument<'v>(value: &'v Value, what: &str) -> Result<&'v Text> {
    match value {
        Value::Text(text) => Ok(text),
        Value::Undefined(missing) => Err(missing.error()),
        _ => Err(Error::type_error(format!(
            "{what} must be str, not {}",
            value.type_name()
        ))),
    }
}

/// A whole number as an argument.
///
/// # Errors
/// [`super::error::ErrorKind::Type`]: it is none.
pub fn int_argument(value: &Value) -> Result<i128> {
    match value {
        Value::Int(number) => Ok(*number),
        Value::Bool(value) => Ok(i128::from(*value)),
        Value::Undefined(missing) => Err(missing.error()),
        _ => Err(Error::type_error(format!(
            "{} object cannot be interpreted as an integer",
            repr_of_text(value.type_name())
        ))),
    }
}
