//! Values in texts: `%` as of C, and `format` as of Python.

mod braces;
mod percent;

pub use braces::{Fields, braces};
pub use percent::percent;

/// A text with what HTML reserves escaped.
pub fn escaped(text: &super::value::Text) -> String {
    if text.is_markup {
        text.to_string()
    } else {
        escape(text)
    }
}

/// A text with what HTML reserves escaped.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\'' => out.push_str("&#39;"),
            '"' => out.push_str("&#34;"),
            _ => out.push(character),
        }
    }
    out
}

/// The digits of a number without its sign, under one of `e`, `f` and `g`. `is_full` keeps the point and zeros.
fn float_digits(number: f64, conversion: char, precision: usize, is_full: bool) -> String {
    let number = number.abs();
    if number.is_nan() {
        return "nan".to_owned();
    }
    if number.is_infinite() {
        return "inf".to_owned();
    }
    match conversion {
        'e' => scientific(number, precision, is_full),
        'f' => {
            let text = format!("{number:.precision$}");
            if is_full && precision == 0 {
                text + "."
            } else {
                text
            }
        }
        _ => {
            let precision = precision.max(1);
            let exponent = exponent_of(number, precision);
            let limit = i32::try_from(precision).unwrap_or(i32::MAX);
            let text = if (-4..limit).contains(&exponent) {
                let places = usize::try_from(limit - 1 - exponent).unwrap_or(0);
                let text = format!("{number:.places$}");
                if is_full && places == 0 { text + "." } else { text }
            } else {
                scientific(number, precision - 1, is_full)
            };
            if is_full { text } else { without_zeros(&text) }
        }
    }
}

/// The exponent of a number that is rounded to so many digits.
fn exponent_of(number: f64, digits: usize) -> i32 {
    let text = format!("{number:.*e}", digits - 1);
    text.split_once('e')
        .and_then(|(_, exponent)| exponent.parse().ok())
        .unwrap_or(0)
}

fn scientific(number: f64, precision: usize, is_full: bool) -> String {
    let text = format!("{number:.precision$e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let point = if is_full && precision == 0 { "." } else { "" };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}{point}e{sign}{:02}", exponent.abs())
}

/// A number without the zeros at the end of its fraction.
fn without_zeros(text: &str) -> String {
    let (digits, exponent) = match text.find('e') {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    if !digits.contains('.') {
        return text.to_owned();
    }
    let digits = digits.trim_end_matches('0').trim_end_matches('.');
    format!("{digits}{exponent}")
}

/// The digits of a whole number without its sign.
fn int_digits(number: u128, conversion: char) -> String {
    match conversion {
        'x' => format!("{number:x}"),
        'X' => format!("{number:X}"),
        'o' => format!("{number:o}"),
        'b' => format!("{number:b}"),
        _ => number.to_string(),
    }
}

/// A text with characters beyond ASCII escaped.
fn ascii(repr: &str) -> String {
    let mut out = String::new();
    for character in repr.chars() {
        let number = u32::from(character);
        match number {
            0..=0x7f => out.push(character),
            0x80..=0xff => out += &format!("\\x{number:02x}"),
            0x100..=0xffff => out += &format!("\\u{number:04x}"),
            _ => out += &format!("\\U{number:08x}"),
        }
    }
    out
}
