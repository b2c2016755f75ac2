//! Integers (RFC 7950, section 9.2) and decimal64 (section 9.3).

use std::borrow::Cow;
use std::sync::OnceLock;

use regex_syntax::hir::{Class, HirKind};

use crate::schema::{Dialect, IntegerKind, Range};
use crate::validate::diagnostic::Rule;

use super::{CheckResult, ValueError, Written, ranges};

/// White space is allowed around numbers: that of YANG strings (RFC 7950, section 14, `yang-char`).
pub(super) fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

pub(super) fn integer<'a>(
    kind: IntegerKind,
    range: Option<&Range>,
    value: &'a str,
    (written, dialect): (Written, Dialect),
) -> CheckResult<'a> {
    let no_number = || ValueError::new(Rule::InvalidValue, format!("is not a number ({})", kind.name()));
    if let Some(number) = canonical(value)
        && range.is_none_or(|range| range.contains(number))
    {
        let (min, max) = kind.bounds();
        if (min..=max).contains(&number) {
            return Ok(Cow::Borrowed(value));
        }
    }
    let expanded;
    let text = if written == Written::Number {
        expanded = expand(value).ok_or_else(no_number)?;
        expanded.as_str()
    } else {
        value
    };
    let base = match (written, dialect) {
        (Written::Text, Dialect::Libyang) => Base::OfPrefix,
        (Written::Field, Dialect::Libyang) if kind.is_unsigned() => {
            loader_reads(text)?;
            Base::Ten
        }
        (Written::Field, Dialect::Libyang) => Base::OfPrefix,
        (Written::Text | Written::Field, Dialect::Rfc) if text.contains(is_space) => return Err(no_number()),
        _ => Base::Ten,
    };
    let (number, rest) = leading_integer(text, base).ok_or_else(no_number)?;
    let (min, max) = kind.bounds();
    // What does not fit in 64 bits is no number of any kind.
    if number < i64::MIN.into() || number > u64::MAX.into() {
        return Err(no_number().hint(format!("allowed: {min}..{max}")));
    }
    if number < min || number > max {
        let allowed = range.map_or_else(|| format!("{min}..{max}"), ranges);
        let message = format!("is out of the bounds of {}", kind.name());
        return Err(ValueError::new(Rule::Bounds, message).hint(format!("allowed: {allowed}")));
    }
    if !rest.chars().all(is_space) {
        return Err(no_number());
    }
    check_range(range, number, ranges)?;
    let canonical = number.to_string();
    Ok(if canonical == value {
        Cow::Borrowed(value)
    } else {
        Cow::Owned(canonical)
    })
}

/// How long a number may be so that it surely fits in 64 bits.
const SHORT: usize = 18;

/// The number that a short text is in its canonical form, as nearly all are.
fn canonical(text: &str) -> Option<i128> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_canonical = match digits.as_bytes() {
        [b'0'] => text == digits,
        [b'1'..=b'9', rest @ ..] => rest.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    let number = (is_canonical && text.len() <= SHORT).then(|| text.parse::<i64>().ok());
    number.flatten().map(i128::from)
}

fn check_range(range: Option<&Range>, number: i128, show: fn(&Range) -> String) -> Result<(), ValueError> {
    match range {
        Some(range) if !range.contains(number) => {
            Err(ValueError::new(Rule::Range, "is out of the allowed range")
                .or_own(range.message.as_deref(), range.app_tag.as_deref())
                .hint(format!("allowed: {}", show(range))))
        }
        _ => Ok(()),
    }
}

/// How the digits of a number are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Base {
    /// As decimal digits (RFC 7950, section 9.2.1).
    Ten,
    /// As C's `strtoll` does with base 0: `0x` is hexadecimal, a leading `0` octal.
    OfPrefix,
}

/// The sign and the digits of a text.
fn signed(text: &str) -> (bool, &str) {
    match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    }
}

/// Refuses what SONiC's loader, Python's `int(text, 10)`, does not take for the number that libyang and the daemons would
/// read: other bases, digits beyond ASCII, underscores.
fn loader_reads(text: &str) -> Result<(), ValueError> {
    let refused = |message: &str| Err(ValueError::new(Rule::InvalidValue, message));
    let digits = signed(text.trim_matches(is_space)).1;
    if let Some(decimal) = decimal(text) {
        let message = "is hexadecimal: SONiC's loader reads decimal numbers only, and refuses the entry";
        return refused(message).map_err(|error| error.hint(format!("write {decimal:?}")));
    }
    let is_octal =
        digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_octal {
        let plain = digits.trim_start_matches('0');
        // One digit below eight is the same number in both bases.
        if plain.len() > 1 || plain.parse().is_ok_and(|digit: u32| digit > 7) {
            let message =
                format!("has a leading zero: SONiC's loader reads {plain}, libyang an octal number");
            return refused(&message).map_err(|error| error.taken().hint(format!("write {plain:?}")));
        }
    }
    let has_others = digits.contains(|c: char| c == '_' || !c.is_ascii());
    if has_others && let Some(number) = python_integer(digits) {
        let message =
            format!("is not written in plain digits: SONiC's loader reads {number}, and nothing else does");
        return refused(&message).map_err(|error| error.taken().hint(format!("write {number:?}")));
    }
    Ok(())
}

/// The number in decimal digits that a hexadecimal text is; `None` for others.
pub fn decimal(text: &str) -> Option<String> {
    let (negative, digits) = signed(text.trim_matches(is_space));
    let hexadecimal = digits.strip_prefix("0x").or(digits.strip_prefix("0X"))?;
    // No sign of its own.
    let is_hexadecimal = hexadecimal.bytes().all(|byte| byte.is_ascii_hexdigit());
    let number = u64::from_str_radix(hexadecimal, 16)
        .ok()
        .filter(|_| is_hexadecimal)?;
    let sign = if negative { "-" } else { "" };
    Some(format!("{sign}{number}"))
}

/// The number that Python reads where digits are of any script, with single underscores between them.
fn python_integer(digits: &str) -> Option<String> {
    let is_separated = digits.split('_').all(|group| !group.is_empty());
    let mut number = String::new();
    for c in digits.chars().filter(|&c| c != '_') {
        number.push(char::from(b'0' + digit(c)?));
    }
    let number = number.trim_start_matches('0');
    is_separated.then(|| if number.is_empty() { "0" } else { number }.to_owned())
}

/// The value of a decimal digit of any script (general category Nd): they come in runs of ten.
fn digit(c: char) -> Option<u8> {
    if let Some(digit) = c.to_digit(10) {
        return Some(digit as u8);
    }
    static RUNS: OnceLock<Vec<(u32, u32)>> = OnceLock::new();
    let runs = RUNS.get_or_init(|| {
        let hir = regex_syntax::Parser::new().parse("\\p{Nd}");
        match hir.as_ref().map(regex_syntax::hir::Hir::kind) {
            Ok(HirKind::Class(Class::Unicode(class))) => class
                .iter()
                .map(|range| (range.start().into(), range.end().into()))
                .collect(),
            _ => Vec::new(),
        }
    });
    let code = u32::from(c);
    let run = runs
        .iter()
        .find(|(first, last)| (*first..=*last).contains(&code))?;
    Some(((code - run.0) % 10) as u8)
}

/// The integer that a text begins with, and what follows it.
fn leading_integer(text: &str, base: Base) -> Option<(i128, &str)> {
    let (negative, digits) = signed(text.trim_start_matches(is_space));
    let hexadecimal = digits.strip_prefix("0x").or(digits.strip_prefix("0X"));
    let (radix, digits) = match hexadecimal {
        Some(hex) if base == Base::OfPrefix && hex.starts_with(|c: char| c.is_ascii_hexdigit()) => (16, hex),
        _ if base == Base::OfPrefix && digits.starts_with('0') => (8, digits),
        _ => (10, digits),
    };
    let end = digits.find(|c: char| !c.is_digit(radix)).unwrap_or(digits.len());
    if end == 0 {
        return None;
    }
    let mut number: i128 = 0;
    for c in digits[..end].chars() {
        number = number
            .saturating_mul(radix.into())
            .saturating_add(c.to_digit(radix).unwrap_or(0).into());
    }
    Some((if negative { -number } else { number }, &digits[end..]))
}

/// A JSON number without its exponent; `None` where a fraction is left.
fn expand(number: &str) -> Option<String> {
    let Some(at) = number.find(['e', 'E']) else {
        // Zero may have a fraction.
        let zero = number
            .trim_start_matches('-')
            .chars()
            .all(|c| c == '0' || c == '.');
        return Some(if zero { "0".to_owned() } else { number.to_owned() });
    };
    let (mantissa, exponent) = (&number[..at], number[at + 1..].parse::<i32>().ok()?);
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", mantissa),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if digits.chars().all(|c| c == '0') {
        return Some("0".to_owned());
    }
    let point = i64::try_from(whole.len()).ok()? + i64::from(exponent);
    let significant = digits.trim_end_matches('0').len();
    // Longer than any 64-bit number is refused without writing all the zeros.
    let point = usize::try_from(point)
        .ok()
        .filter(|&point| point <= 40 && point >= significant)?;
    let digits = format!("{digits:0<point$}");
    let digits = digits[..point].trim_start_matches('0');
    Some(format!("{sign}{digits}"))
}

pub(super) fn decimal64<'a>(
    digits: u8,
    range: Option<&Range>,
    value: &'a str,
    dialect: Dialect,
) -> CheckResult<'a> {
    let no_number = || ValueError::new(Rule::InvalidValue, "is not a decimal number");
    let text = value.trim_matches(is_space);
    let (negative, unsigned) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        Some(b'0'..=b'9') => (false, text),
        _ => return Err(no_number()),
    };
    // RFC 7950, section 9.3.1: digits come first, and no blanks.
    if dialect == Dialect::Rfc && (unsigned.starts_with('.') || text != value) {
        return Err(no_number());
    }
    let (whole, fraction) = match unsigned.split_once('.') {
        Some((_, "")) => return Err(no_number()),
        Some(parts) => parts,
        None => (unsigned, ""),
    };
    if !whole.chars().chain(fraction.chars()).all(|c| c.is_ascii_digit()) {
        return Err(no_number());
    }
    let fraction = fraction.trim_end_matches('0');
    let digits = usize::from(digits);
    if fraction.len() > digits {
        return Err(ValueError::new(
            Rule::DecimalFractionExceed,
            format!("has more than {digits} fraction digits"),
        ));
    }
    let scaled: i128 = format!("0{whole}{fraction:0<digits$}")
        .parse()
        .map_err(|_| no_number())?;
    let scaled = if negative { -scaled } else { scaled };
    if scaled < i64::MIN.into() || scaled > i64::MAX.into() {
        return Err(no_number());
    }
    if let Some(range) = range.filter(|range| !range.contains(scaled)) {
        let show = |number: i128| fixed_point(number, digits);
        let parts: Vec<String> = range
            .parts
            .iter()
            .map(|&(min, max)| format!("{}..{}", show(min), show(max)))
            .collect();
        return Err(ValueError::new(Rule::Range, "is out of the allowed range")
            .or_own(range.message.as_deref(), range.app_tag.as_deref())
            .hint(format!("allowed: {}", parts.join(", "))));
    }
    let canonical = fixed_point(scaled, digits);
    Ok(if canonical == value {
        Cow::Borrowed(value)
    } else {
        Cow::Owned(canonical)
    })
}

/// The canonical form (section 9.3.2): at least one digit on each side of the point.
fn fixed_point(scaled: i128, digits: usize) -> String {
    let sign = if scaled < 0 { "-" } else { "" };
    let text = format!("{:0>width$}", scaled.unsigned_abs(), width = digits + 1);
    let (whole, fraction) = text.split_at(text.len() - digits);
    let fraction = fraction.trim_end_matches('0');
    let fraction = if fraction.is_empty() { "0" } else { fraction };
    format!("{sign}{whole}.{fraction}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn int(kind: IntegerKind, value: &str) -> Result<String, Rule> {
        integer_as(kind, value, (Written::Text, Dialect::Libyang))
    }

    fn integer_as(kind: IntegerKind, value: &str, how: (Written, Dialect)) -> Result<String, Rule> {
        integer(kind, None, value, how)
            .map(Cow::into_owned)
            .map_err(|error| error.rule)
    }

    #[test]
    fn integers_as_c_reads_them() {
        assert_eq!(int(IntegerKind::Uint8, "7"), Ok("7".into()));
        assert_eq!(int(IntegerKind::Uint8, " +7\n"), Ok("7".into()));
        assert_eq!(int(IntegerKind::Uint8, "010"), Ok("8".into()));
        assert_eq!(int(IntegerKind::Uint8, "\u{c}7"), Err(Rule::InvalidValue));
        assert_eq!(int(IntegerKind::Uint8, "0x1F"), Ok("31".into()));
        assert_eq!(int(IntegerKind::Uint8, "08"), Err(Rule::InvalidValue));
        assert_eq!(int(IntegerKind::Uint8, "0x"), Err(Rule::InvalidValue));
        assert_eq!(int(IntegerKind::Uint8, "-0"), Ok("0".into()));
        assert_eq!(int(IntegerKind::Uint8, "-5"), Err(Rule::Bounds));
        assert_eq!(int(IntegerKind::Uint8, "300"), Err(Rule::Bounds));
        assert_eq!(int(IntegerKind::Uint8, "300x"), Err(Rule::Bounds));
        assert_eq!(int(IntegerKind::Uint8, "30x"), Err(Rule::InvalidValue));
        assert_eq!(int(IntegerKind::Uint8, ""), Err(Rule::InvalidValue));
        assert_eq!(int(IntegerKind::Int8, "-128"), Ok("-128".into()));
        assert_eq!(
            int(IntegerKind::Uint64, "18446744073709551615"),
            Ok("18446744073709551615".into())
        );
        assert_eq!(
            int(IntegerKind::Uint64, "18446744073709551616"),
            Err(Rule::InvalidValue)
        );
    }

    #[test]
    fn fields_as_the_loader_of_sonic_reads_them() {
        let field = |text: &str| integer_as(IntegerKind::Uint16, text, (Written::Field, Dialect::Libyang));
        for (text, number) in [
            ("100", "100"),
            (" +100\n", "100"),
            ("007", "7"),
            ("-0", "0"),
            ("00", "0"),
        ] {
            assert_eq!(field(text), Ok(number.into()), "{text}");
        }
        for text in [
            "0x64",
            "0144",
            "0100",
            "08",
            "1_00",
            "1__0",
            "_1",
            "\u{661}\u{660}",
            "1e2",
            "1.0",
            "",
            "ten",
        ] {
            assert_eq!(field(text), Err(Rule::InvalidValue), "{text}");
        }
        let hint = |text: &str| loader_reads(text).unwrap_err().hint.unwrap();
        assert_eq!(hint("0x64"), "write \"100\"");
        assert_eq!(hint("0144"), "write \"144\"");
        assert_eq!(hint("1_00"), "write \"100\"");
        assert_eq!(hint("\u{661}\u{660}"), "write \"10\"");
        // Signed integers come to libyang as they are.
        let signed = |text: &str| integer_as(IntegerKind::Int32, text, (Written::Field, Dialect::Libyang));
        assert_eq!(signed("0x64"), Ok("100".into()));
        assert_eq!(signed("0144"), Ok("100".into()));
    }

    #[test]
    fn integers_of_the_standard_are_decimal() {
        let standard = |text: &str| integer_as(IntegerKind::Int32, text, (Written::Text, Dialect::Rfc));
        assert_eq!(standard("+0144"), Ok("144".into()));
        assert_eq!(standard("0x64"), Err(Rule::InvalidValue));
        assert_eq!(standard(" 16"), Err(Rule::InvalidValue));
    }

    #[test]
    fn json_numbers_lose_their_exponent() {
        let number = |text| {
            integer(
                IntegerKind::Int32,
                None,
                text,
                (Written::Number, Dialect::Libyang),
            )
            .map(Cow::into_owned)
        };
        assert_eq!(number("1e2"), Ok("100".into()));
        assert_eq!(number("1.5e1"), Ok("15".into()));
        assert_eq!(number("-120e-1"), Ok("-12".into()));
        assert_eq!(number("0.0"), Ok("0".into()));
        assert!(number("1.5").is_err());
        assert!(number("1e-1").is_err());
        assert!(number("1e999999999").is_err());
    }

    #[test]
    fn decimals() {
        let decimal = |text: &str| {
            decimal64(2, None, text, Dialect::Libyang)
                .map(Cow::into_owned)
                .map_err(|error| error.rule)
        };
        assert_eq!(decimal("1"), Ok("1.0".into()));
        assert_eq!(decimal("01.500"), Ok("1.5".into()));
        assert_eq!(decimal("-0.05"), Ok("-0.05".into()));
        assert_eq!(decimal("-.5"), Ok("-0.5".into()));
        assert_eq!(decimal(".5"), Err(Rule::InvalidValue));
        assert_eq!(decimal("5."), Err(Rule::InvalidValue));
        assert_eq!(decimal("1.234"), Err(Rule::DecimalFractionExceed));
        assert_eq!(decimal("1e2"), Err(Rule::InvalidValue));
        assert_eq!(decimal("99999999999999999999"), Err(Rule::InvalidValue));
        let standard = |text: &str| decimal64(2, None, text, Dialect::Rfc).is_ok();
        assert!(standard("-0.5") && !standard("-.5") && !standard(" 0.5"));
    }
}
