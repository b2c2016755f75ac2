//! The method `format` of a text.

use std::rc::Rc;

use crate::template::error::{Error, Result};
use crate::template::value::{
    Attributes, Budget, MAX_TEXT, Text, Value, attribute, float_of, int_of, item, repr, repr_of_text, text,
};

use super::{ascii, escape, escaped, float_digits, int_digits};

/// How wide a field may be, and how many digits a number may have.
const MAX_WIDTH: usize = 10_000;

/// The values for the fields of a text.
pub struct Fields<'v> {
    pub positional: &'v [Value],
    pub named: &'v [(Rc<str>, Value)],
    /// A dictionary instead, for `format_map`.
    pub mapping: Option<&'v Value>,
    next: Option<usize>,
    is_numbered: bool,
}

impl<'v> Fields<'v> {
    pub fn new(positional: &'v [Value], named: &'v [(Rc<str>, Value)], mapping: Option<&'v Value>) -> Self {
        Fields {
            positional,
            named,
            mapping,
            next: None,
            is_numbered: false,
        }
    }

    fn by_name(&mut self, name: &str) -> Result<Value> {
        let index = if name.is_empty() {
            if self.is_numbered {
                return Err(Error::value(
                    "cannot switch from manual field specification to automatic field numbering",
                ));
            }
            let index = self.next.map_or(0, |next| next + 1);
            self.next = Some(index);
            index
        } else if name.bytes().all(|byte| byte.is_ascii_digit()) {
            if self.next.is_some() {
                return Err(Error::value(
                    "cannot switch from automatic field numbering to manual field specification",
                ));
            }
            self.is_numbered = true;
            name.parse().unwrap_or(usize::MAX)
        } else {
            let found = match self.mapping {
                Some(mapping) => item(mapping, &Value::from(name), Attributes::Error).ok(),
                None => self
                    .named
                    .iter()
                    .find(|(own, _)| &**own == name)
                    .map(|(_, value)| value.clone()),
            };
            let found = found.filter(|value| !value.is_undefined() || self.mapping.is_none());
            return found.ok_or_else(|| Error::lookup(repr_of_text(name)));
        };
        if self.mapping.is_some() {
            return Err(Error::value("Format string contains positional fields"));
        }
        let found = self.positional.get(index).cloned();
        found.ok_or_else(|| {
            Error::lookup(format!(
                "Replacement index {index} out of range for positional args tuple"
            ))
        })
    }

    /// The value of a field with what follows its name.
    fn value(&mut self, path: &str) -> Result<Value> {
        let end = path.find(['.', '[']).unwrap_or(path.len());
        let (name, mut rest) = path.split_at(end);
        let mut value = self.by_name(name)?;
        while !rest.is_empty() {
            let found = if let Some(inner) = rest.strip_prefix('.') {
                let end = inner.find(['.', '[']).unwrap_or(inner.len());
                rest = &inner[end..];
                attribute(&value, &Rc::from(&inner[..end]), Attributes::Error)?
            } else {
                let inner = rest.strip_prefix('[').unwrap_or(rest);
                let Some((key, behind)) = inner.split_once(']') else {
                    return Err(Error::value("Missing ']' in format string"));
                };
                rest = behind;
                let index = key
                    .parse()
                    .ok()
                    .filter(|_| key.bytes().all(|byte| byte.is_ascii_digit()));
                let key = index.map_or_else(|| Value::from(key), Value::Int);
                item(&value, &key, Attributes::Error)?
            };
            if let Value::Undefined(missing) = &found {
                return Err(Error::lookup(missing.error().message()));
            }
            value = found;
        }
        Ok(value)
    }
}

/// A text with values in place of its fields in braces.
///
/// # Errors
/// The format is none, or does not fit the values.
pub fn braces(format: &Text, fields: &mut Fields, budget: &Budget) -> Result<Value> {
    let out = filled(format, format.is_markup, fields, 2, budget)?;
    budget.allocate(out.len())?;
    Ok(Value::text_of(&out, format.is_markup))
}

fn filled(
    format: &str,
    is_markup: bool,
    fields: &mut Fields,
    depth: usize,
    budget: &Budget,
) -> Result<String> {
    if depth == 0 {
        return Err(Error::value("Max string recursion exceeded"));
    }
    let mut out = String::new();
    let mut rest = format;
    while let Some(at) = rest.find(['{', '}']) {
        out.push_str(&rest[..at]);
        let brace = &rest[at..=at];
        rest = &rest[at + 1..];
        if rest.starts_with(brace) {
            out.push_str(brace);
            rest = &rest[1..];
            continue;
        }
        if brace == "}" {
            return Err(Error::value("Single '}' encountered in format string"));
        }
        if rest.is_empty() {
            return Err(Error::value("Single '{' encountered in format string"));
        }
        let mut level = 1;
        let end = rest.find(|c: char| {
            level += i32::from(c == '{') - i32::from(c == '}');
            level == 0
        });
        let Some(end) = end else {
            return Err(Error::value("expected '}' before end of string"));
        };
        let field = &rest[..end];
        rest = &rest[end + 1..];
        let name_end = field.find(['!', ':']).unwrap_or(field.len());
        let (name, behind) = field.split_at(name_end);
        let value = fields.value(name)?;
        let (conversion, spec) = match behind.strip_prefix('!') {
            Some(behind) => {
                let mut characters = behind.chars();
                let conversion = characters.next();
                let behind = characters.as_str();
                if !behind.is_empty() && !behind.starts_with(':') {
                    return Err(Error::value("expected ':' after conversion specifier"));
                }
                (conversion, behind.strip_prefix(':').unwrap_or(""))
            }
            None => (None, behind.strip_prefix(':').unwrap_or("")),
        };
        let spec = filled(spec, false, fields, depth - 1, budget)?;
        let value = match conversion {
            None => value,
            Some('s') => Value::from(text(&value, budget)?),
            Some('r') => Value::from(repr(&value, budget)?),
            Some('a') => Value::from(ascii(&repr(&value, budget)?)),
            Some(other) => {
                return Err(Error::value(format!("Unknown conversion specifier {other}")));
            }
        };
        let shown = formatted(&value, &spec, budget)?;
        out += &match &value {
            Value::Text(text) if is_markup && spec.is_empty() => escaped(text),
            _ if is_markup => escape(&shown),
            _ => shown,
        };
        if out.len() > MAX_TEXT {
            return Err(Error::limit("a text is too long"));
        }
    }
    out.push_str(rest);
    Ok(out)
}

/// The parts of a format of one value.
struct Spec {
    fill: char,
    align: Option<char>,
    sign: char,
    is_alternate: bool,
    width: usize,
    grouping: Option<char>,
    precision: Option<usize>,
    kind: Option<char>,
}

fn spec_of(text: &str, type_name: &str) -> Result<Spec> {
    let refused = || {
        let text = repr_of_text(text);
        Error::value(format!(
            "Invalid format specifier {text} for object of type '{type_name}'"
        ))
    };
    let mut characters: Vec<char> = text.chars().rev().collect();
    let mut spec = Spec {
        fill: ' ',
        align: None,
        sign: '-',
        is_alternate: false,
        width: 0,
        grouping: None,
        precision: None,
        kind: None,
    };
    let is_align = |c: Option<&char>| c.is_some_and(|c| "<>=^".contains(*c));
    let mut has_fill = false;
    if is_align(characters.len().checked_sub(2).and_then(|at| characters.get(at))) {
        spec.fill = characters.pop().unwrap_or(' ');
        spec.align = characters.pop();
        has_fill = true;
    } else if is_align(characters.last()) {
        spec.align = characters.pop();
    }
    let take = |characters: &mut Vec<char>, which: &str| {
        let is_there = characters.last().is_some_and(|c| which.contains(*c));
        if is_there { characters.pop() } else { None }
    };
    spec.sign = take(&mut characters, "+- ").unwrap_or('-');
    take(&mut characters, "z");
    spec.is_alternate = take(&mut characters, "#").is_some();
    if !has_fill && take(&mut characters, "0").is_some() {
        spec.fill = '0';
        if spec.align.is_none() && type_name != "str" {
            spec.align = Some('=');
        }
    }
    let number = |characters: &mut Vec<char>| -> Result<Option<usize>> {
        let mut number = None;
        while let Some(digit) = characters.last().and_then(|c| c.to_digit(10)) {
            characters.pop();
            let sum = number.unwrap_or(0) * 10 + digit as usize;
            if sum > MAX_WIDTH {
                return Err(Error::limit("a field is too wide"));
            }
            number = Some(sum);
        }
        Ok(number)
    };
    spec.width = number(&mut characters)?.unwrap_or(0);
    spec.grouping = take(&mut characters, ",_");
    if take(&mut characters, ".").is_some() {
        let precision = number(&mut characters)?;
        spec.precision = Some(precision.ok_or_else(|| Error::value("Format specifier missing precision"))?);
    }
    spec.kind = characters.pop();
    if characters.is_empty() {
        Ok(spec)
    } else {
        Err(refused())
    }
}

/// A value under a format.
fn formatted(value: &Value, format: &str, budget: &Budget) -> Result<String> {
    if format.is_empty() {
        return text(value, budget);
    }
    let type_name = value.type_name();
    let unknown = |kind: char| {
        Error::value(format!(
            "Unknown format code '{kind}' for object of type '{type_name}'"
        ))
    };
    match value {
        Value::Text(text) => {
            let spec = spec_of(format, "str")?;
            if let Some(kind) = spec.kind.filter(|kind| *kind != 's') {
                return Err(unknown(kind));
            }
            if let Some(grouping) = spec.grouping {
                return Err(Error::value(format!("Cannot specify '{grouping}' with 's'.")));
            }
            if spec.align == Some('=') {
                return Err(Error::value(
                    "'=' alignment not allowed in string format specifier",
                ));
            }
            let shown: String = text.chars().take(spec.precision.unwrap_or(usize::MAX)).collect();
            Ok(spec.aligned("", &shown, '<'))
        }
        Value::Int(_) | Value::Bool(_) | Value::Float(_) => {
            let spec = spec_of(format, type_name)?;
            let kind = spec.kind;
            if matches!(value, Value::Float(_)) || kind.is_some_and(|kind| "eEfFgG%".contains(kind)) {
                return spec.float(float_of(value)?, unknown);
            }
            let number = int_of(value, None)?;
            let kind = kind.unwrap_or('d');
            if kind == 'c' {
                let found = u32::try_from(number).ok().and_then(char::from_u32);
                let found = found.ok_or_else(Error::overflow)?;
                return Ok(spec.aligned("", &found.to_string(), '<'));
            }
            if !"bdnoxX".contains(kind) {
                return Err(unknown(kind));
            }
            if spec.precision.is_some() {
                return Err(Error::value("Precision not allowed in integer format specifier"));
            }
            let prefix = match kind {
                'b' | 'o' | 'x' | 'X' if spec.is_alternate => format!("0{kind}"),
                _ => String::new(),
            };
            let digits = int_digits(number.unsigned_abs(), kind);
            let size = if "box".contains(kind.to_ascii_lowercase()) {
                4
            } else {
                3
            };
            Ok(spec.number(number < 0, &prefix, &digits, "", size))
        }
        _ => Err(Error::type_error(format!(
            "unsupported format string passed to {type_name}.__format__"
        ))),
    }
}

impl Spec {
    fn float(&self, number: f64, unknown: impl Fn(char) -> Error) -> Result<String> {
        let is_negative = number.is_sign_negative() && !number.is_nan();
        let precision = self.precision.unwrap_or(6);
        let (digits, end) = match self.kind {
            Some(kind @ ('e' | 'E' | 'f' | 'F' | 'g' | 'G')) => {
                let digits = float_digits(number, kind.to_ascii_lowercase(), precision, self.is_alternate);
                let digits = if kind.is_uppercase() {
                    digits.to_uppercase()
                } else {
                    digits
                };
                (digits, "")
            }
            Some('%') => (
                float_digits(number * 100.0, 'f', precision, self.is_alternate),
                "%",
            ),
            Some('n') => (float_digits(number, 'g', precision, self.is_alternate), ""),
            Some(kind) => return Err(unknown(kind)),
            None => match self.precision {
                // As `g`, with at least one digit behind the point.
                Some(precision) => {
                    let digits = float_digits(number, 'g', precision, self.is_alternate);
                    let limit = i32::try_from(precision.max(1)).unwrap_or(i32::MAX);
                    let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit());
                    let has_room = super::exponent_of(number.abs(), precision.max(1)) < limit - 1;
                    let digits = match (is_plain, has_room) {
                        (true, true) => digits + ".0",
                        (true, false) => float_digits(number, 'e', precision.max(1) - 1, false),
                        _ => digits,
                    };
                    (digits, "")
                }
                None => (crate::template::value::float_text(number.abs()), ""),
            },
        };
        let (whole, rest) = match digits.find(['.', 'e', 'E']) {
            Some(at) => digits.split_at(at),
            None => (digits.as_str(), ""),
        };
        Ok(self.number(is_negative, "", whole, &format!("{rest}{end}"), 3))
    }

    /// A number with its sign, in groups of so many digits.
    fn number(&self, is_negative: bool, prefix: &str, whole: &str, rest: &str, size: usize) -> String {
        let sign = match (is_negative, self.sign) {
            (true, _) => "-",
            (false, '+') => "+",
            (false, ' ') => " ",
            _ => "",
        };
        let sign = format!("{sign}{prefix}");
        let grouped = |whole: &str| match self.grouping {
            Some(separator) if whole.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
                let length = whole.len();
                let mut out = String::new();
                for (at, digit) in whole.chars().enumerate() {
                    if at > 0 && (length - at).is_multiple_of(size) {
                        out.push(separator);
                    }
                    out.push(digit);
                }
                out
            }
            _ => whole.to_owned(),
        };
        let mut digits = grouped(whole) + rest;
        if self.fill == '0' && self.align == Some('=') && self.grouping.is_some() {
            // Zeros are grouped as well; the field may get one wider so that it begins with no separator.
            let mut whole = whole.to_owned();
            while sign.len() + digits.len() < self.width {
                whole.insert(0, '0');
                digits = grouped(&whole) + rest;
            }
        }
        self.aligned(&sign, &digits, '>')
    }

    fn aligned(&self, sign: &str, shown: &str, default: char) -> String {
        let missing = self.width.saturating_sub(sign.len() + shown.chars().count());
        let fill = |count: usize| String::from_iter(std::iter::repeat_n(self.fill, count));
        match self.align.unwrap_or(default) {
            '<' => format!("{sign}{shown}{}", fill(missing)),
            '=' => format!("{sign}{}{shown}", fill(missing)),
            '^' => format!(
                "{}{sign}{shown}{}",
                fill(missing / 2),
                fill(missing - missing / 2)
            ),
            _ => format!("{}{sign}{shown}", fill(missing)),
        }
    }
}
