//! The operator `%` of a text.

use crate::template::error::{Error, Result};
use crate::template::value::{
    Budget, Key, MAX_TEXT, Text, Value, float_of, int_of, repr, repr_of_text, text,
};

use super::{ascii, escape, escaped, float_digits, int_digits};

/// How wide a field may be, and how many digits it may have.
const MAX_WIDTH: usize = 10_000;

/// A conversion with its flags.
#[derive(Default)]
#[allow(clippy::struct_excessive_bools, reason = "they are the flags of the format")]
struct Field {
    is_left: bool,
    has_sign: bool,
    has_blank: bool,
    is_alternate: bool,
    has_zeros: bool,
    width: usize,
    precision: Option<usize>,
}

/// The values for the fields.
struct Values<'v> {
    all: &'v Value,
    next: usize,
}

impl Values<'_> {
    fn next(&mut self) -> Result<Value> {
        let found = match self.all {
            Value::Tuple(tuple) => tuple.items.get(self.next),
            one => (self.next == 0).then_some(one),
        };
        self.next += 1;
        found
            .cloned()
            .ok_or_else(|| Error::type_error("not enough arguments for format string"))
    }

    fn named(&mut self, name: &str) -> Result<Value> {
        let Value::Dict(dict) = self.all else {
            return Err(Error::type_error("format requires a mapping"));
        };
        // With a name, all values count as taken.
        self.next = usize::MAX - 1;
        let found = dict.0.borrow().get(&Key::from(name)).cloned();
        found.ok_or_else(|| Error::lookup(repr_of_text(name)))
    }

    fn check_end(&self) -> Result<()> {
        let is_done = match self.all {
            Value::Tuple(tuple) => self.next >= tuple.items.len(),
            Value::Dict(_) | Value::List(_) | Value::Range(_) | Value::Undefined(_) => true,
            _ => self.next > 0,
        };
        if is_done {
            return Ok(());
        }
        Err(Error::type_error(
            "not all arguments converted during string formatting",
        ))
    }
}

/// A text with values in place of its fields.
///
/// # Errors
/// The format is none, or does not fit the values.
pub fn percent(format: &Text, values: &Value, budget: &Budget) -> Result<Value> {
    let mut values = Values { all: values, next: 0 };
    let mut out = String::new();
    let mut characters = format.chars().enumerate().peekable();
    while let Some((_, character)) = characters.next() {
        if character != '%' {
            out.push(character);
            continue;
        }
        let mut field = Field::default();
        let mut named = None;
        if characters.next_if(|(_, c)| *c == '(').is_some() {
            let mut name = String::new();
            let mut depth = 1;
            loop {
                let Some((_, c)) = characters.next() else {
                    return Err(Error::value("incomplete format key"));
                };
                depth += i32::from(c == '(') - i32::from(c == ')');
                if depth == 0 {
                    break;
                }
                name.push(c);
            }
            named = Some(values.named(&name)?);
        }
        while let Some((_, flag)) = characters.next_if(|(_, c)| "-+ #0".contains(*c)) {
            match flag {
                '-' => field.is_left = true,
                '+' => field.has_sign = true,
                ' ' => field.has_blank = true,
                '#' => field.is_alternate = true,
                _ => field.has_zeros = true,
            }
        }
        if let Some(width) = number_of(&mut characters, &mut values)? {
            field.is_left |= width < 0;
            field.width = usize::try_from(width.abs()).unwrap_or(0);
        }
        if characters.next_if(|(_, c)| *c == '.').is_some() {
            let precision = number_of(&mut characters, &mut values)?.unwrap_or(0);
            field.precision = Some(usize::try_from(precision).unwrap_or(0));
        }
        characters.next_if(|(_, c)| "hlL".contains(*c));
        let Some((at, conversion)) = characters.next() else {
            return Err(Error::value("incomplete format"));
        };
        if conversion == '%' {
            out.push('%');
            continue;
        }
        if !"crsadiuoxXeEfFgG".contains(conversion) {
            return Err(Error::value(format!(
                "unsupported format character '{conversion}' ({:#x}) at index {at}",
                u32::from(conversion)
            )));
        }
        let value = match named {
            Some(value) => value,
            None => values.next()?,
        };
        field.write(conversion, &value, format.is_markup, &mut out, budget)?;
        if out.len() > MAX_TEXT {
            return Err(Error::limit("a text is too long"));
        }
    }
    values.check_end()?;
    budget.allocate(out.len())?;
    Ok(Value::text_of(&out, format.is_markup))
}

/// A number in the format itself, or a `*` for the next value.
fn number_of<I: Iterator<Item = (usize, char)>>(
    characters: &mut std::iter::Peekable<I>,
    values: &mut Values,
) -> Result<Option<i128>> {
    let too_large = || Error::limit("a field is too wide");
    let most = i128::try_from(MAX_WIDTH).unwrap_or(i128::MAX);
    if characters.next_if(|(_, c)| *c == '*').is_some() {
        let value = values.next()?;
        return match value {
            Value::Int(number) if (-most..=most).contains(&number) => Ok(Some(number)),
            Value::Int(_) => Err(too_large()),
            Value::Bool(value) => Ok(Some(i128::from(value))),
            _ => Err(Error::type_error("* wants int")),
        };
    }
    let mut number = None;
    while let Some((_, digit)) = characters.next_if(|(_, c)| c.is_ascii_digit()) {
        let sum = number.unwrap_or(0) * 10 + i128::from(digit.to_digit(10).unwrap_or(0));
        if sum > most {
            return Err(too_large());
        }
        number = Some(sum);
    }
    Ok(number)
}

impl Field {
    fn write(
        &self,
        conversion: char,
        value: &Value,
        is_markup: bool,
        out: &mut String,
        budget: &Budget,
    ) -> Result<()> {
        match conversion {
            's' | 'r' | 'a' => {
                let shown = match conversion {
                    's' => match value {
                        Value::Text(text) if is_markup => escaped(text),
                        _ => text(value, budget)?,
                    },
                    'r' => repr(value, budget)?,
                    _ => ascii(&repr(value, budget)?),
                };
                let shown = if is_markup && value.as_str().is_none() {
                    escape(&shown)
                } else {
                    shown
                };
                let shown = match self.precision {
                    Some(precision) => shown.chars().take(precision).collect(),
                    None => shown,
                };
                self.pad("", "", &shown, false, out);
            }
            'c' => self.pad("", "", &character(value)?, false, out),
            'e' | 'E' | 'f' | 'F' | 'g' | 'G' => {
                let number = match value {
                    Value::Text(_) | Value::List(_) | Value::None => None,
                    _ => float_of(value).ok(),
                };
                let number = number.ok_or_else(|| {
                    Error::type_error(format!("must be real number, not {}", value.type_name()))
                })?;
                let precision = self.precision.unwrap_or(6);
                let digits = float_digits(
                    number,
                    conversion.to_ascii_lowercase(),
                    precision,
                    self.is_alternate,
                );
                let digits = if conversion.is_uppercase() {
                    digits.to_uppercase()
                } else {
                    digits
                };
                self.pad(
                    self.sign(number.is_sign_negative() && !number.is_nan()),
                    "",
                    &digits,
                    true,
                    out,
                );
            }
            _ => {
                let is_decimal = "diu".contains(conversion);
                let number = match value {
                    Value::Float(_) if is_decimal => Some(int_of(value, None)?),
                    Value::Int(_) | Value::Bool(_) => Some(int_of(value, None)?),
                    Value::Address(address) if address.is_of_netaddr => Some(int_of(value, None)?),
                    _ => None,
                };
                let number = number.ok_or_else(|| {
                    let wanted = if is_decimal { "a real number" } else { "an integer" };
                    let name = value.type_name();
                    Error::type_error(format!("%{conversion} format: {wanted} is required, not {name}"))
                })?;
                let digits = int_digits(number.unsigned_abs(), conversion);
                let digits = format!("{digits:0>width$}", width = self.precision.unwrap_or(0));
                let prefix = match conversion {
                    'x' if self.is_alternate => "0x",
                    'X' if self.is_alternate => "0X",
                    'o' if self.is_alternate => "0o",
                    _ => "",
                };
                self.pad(self.sign(number < 0), prefix, &digits, true, out);
            }
        }
        Ok(())
    }

    fn sign(&self, is_negative: bool) -> &'static str {
        match is_negative {
            true => "-",
            false if self.has_sign => "+",
            false if self.has_blank => " ",
            false => "",
        }
    }

    fn pad(&self, sign: &str, prefix: &str, digits: &str, is_number: bool, out: &mut String) {
        let length = sign.len() + prefix.len() + digits.chars().count();
        let missing = self.width.saturating_sub(length);
        let is_filled = is_number && self.has_zeros && !self.is_left;
        if !self.is_left && !is_filled {
            out.extend(std::iter::repeat_n(' ', missing));
        }
        out.push_str(sign);
        out.push_str(prefix);
        if is_filled {
            out.extend(std::iter::repeat_n('0', missing));
        }
        out.push_str(digits);
        if self.is_left {
            out.extend(std::iter::repeat_n(' ', missing));
        }
    }
}

/// A character, or the character with a number.
fn character(value: &Value) -> Result<String> {
    match value {
        Value::Text(text) if text.chars().count() == 1 => Ok(text.to_string()),
        Value::Int(number) => {
            let found = u32::try_from(*number).ok().and_then(char::from_u32);
            found
                .map(String::from)
                .ok_or_else(|| Error::value("%c arg not in range(0x110000)"))
        }
        _ => Err(Error::type_error("%c requires int or char")),
    }
}
