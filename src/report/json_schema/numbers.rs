//! Patterns of numbers that are written as strings, as validation reads them.

/// White space that may stand around a number.
const SPACE: &str = "[ \\t\\n\\r]*";

/// Integers in ranges, inclusive, in decimal; whatever is hexadecimal or octal is taken too.
pub fn integer(ranges: &[(i128, i128)]) -> String {
    let (mut negative, mut positive) = (Vec::new(), Vec::new());
    let mut zero = false;
    for &(min, max) in ranges {
        zero |= min <= 0 && max >= 0;
        if max > 0 {
            alternatives(min.max(1).unsigned_abs(), max.unsigned_abs(), &mut positive);
        }
        if min < 0 {
            alternatives(max.min(-1).unsigned_abs(), min.unsigned_abs(), &mut negative);
        }
    }
    let mut forms = Vec::new();
    if zero {
        forms.push("[-+]?0".to_owned());
    }
    if !positive.is_empty() {
        forms.push(format!("\\+?(?:{})", positive.join("|")));
    }
    if !negative.is_empty() {
        forms.push(format!("-(?:{})", negative.join("|")));
    }
    forms.push("[-+]?0(?:[xX][0-9a-fA-F]+|[0-7]+)".to_owned());
    format!("{SPACE}(?:{}){SPACE}", forms.join("|"))
}

/// Decimal numbers with at most so many digits behind the point, zeros at the end not counted.
pub fn decimal(digits: u8) -> String {
    format!("{SPACE}(?:[-+]|[0-9])[0-9]*(?:\\.[0-9]{{1,{digits}}}0*)?{SPACE}")
}

/// The numbers from one to another in decimal, without leading zeros.
fn alternatives(min: u128, max: u128, out: &mut Vec<String>) {
    if min > max {
        return;
    }
    let (low, high) = (min.to_string(), max.to_string());
    if low.len() < high.len() {
        // All of one length, then those that are longer.
        let nines = 10_u128.pow(low.len() as u32) - 1;
        alternatives(min, nines, out);
        alternatives(nines + 1, max, out);
        return;
    }
    same_length("", low.as_bytes(), high.as_bytes(), out);
}

/// The numbers between two of one length, behind some digits.
fn same_length(prefix: &str, low: &[u8], high: &[u8], out: &mut Vec<String>) {
    let all = |digits: &[u8], digit: u8| digits.iter().all(|&d| d == digit);
    let ([first, low_rest @ ..], [last, high_rest @ ..]) = (low, high) else {
        out.push(prefix.to_owned());
        return;
    };
    if all(low_rest, b'0') && all(high_rest, b'9') {
        out.push(format!("{prefix}{}{}", class(*first, *last), any(low_rest.len())));
        return;
    }
    let digit = |digit: u8| format!("{prefix}{}", char::from(digit));
    if first == last {
        same_length(&digit(*first), low_rest, high_rest, out);
        return;
    }
    let (mut from, mut to) = (*first, *last);
    let mut top = Vec::new();
    if !all(low_rest, b'0') {
        same_length(&digit(from), low_rest, &vec![b'9'; low_rest.len()], out);
        from += 1;
    }
    if !all(high_rest, b'9') {
        same_length(&digit(to), &vec![b'0'; high_rest.len()], high_rest, &mut top);
        to -= 1;
    }
    if from <= to {
        out.push(format!("{prefix}{}{}", class(from, to), any(low_rest.len())));
    }
    out.append(&mut top);
}

fn class(from: u8, to: u8) -> String {
    match (char::from(from), char::from(to)) {
        (from, to) if from == to => from.to_string(),
        (from, to) => format!("[{from}-{to}]"),
    }
}

fn any(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => "[0-9]".to_owned(),
        _ => format!("[0-9]{{{count}}}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn takes(pattern: &str, text: &str) -> bool {
        let regex = regex_automata::meta::Regex::new(&format!("\\A(?:{pattern})\\z")).unwrap();
        regex.is_match(text)
    }

    #[test]
    fn exactly_the_numbers_of_a_range() {
        for (min, max) in [
            (0, 0),
            (0, 9),
            (1, 4094),
            (68, 9216),
            (-128, 127),
            (-5, -3),
            (7, 1000),
            (100, 199),
        ] {
            let pattern = integer(&[(min, max)]);
            for number in -10_000..=10_000_i128 {
                let is_in = min <= number && number <= max;
                assert_eq!(
                    takes(&pattern, &number.to_string()),
                    is_in,
                    "{min}..{max}: {number}"
                );
            }
        }
        let wide = integer(&[(0, u64::MAX.into())]);
        assert!(takes(&wide, "18446744073709551615") && !takes(&wide, "18446744073709551616"));
        let parts = integer(&[(1, 2), (9, 9)]);
        assert!(takes(&parts, "2") && !takes(&parts, "3") && takes(&parts, "9"));
    }

    #[test]
    fn other_writings() {
        let pattern = integer(&[(1, 9)]);
        for text in [" +7\n", "0x7", "07", "7"] {
            assert!(takes(&pattern, text), "{text}");
        }
        for text in ["", "0", "7x", "+-7", "10"] {
            assert!(!takes(&pattern, text), "{text}");
        }
    }

    #[test]
    fn decimals() {
        let pattern = decimal(2);
        for text in ["1", "-1.5", "+0.25", "0.2500", " 3 "] {
            assert!(takes(&pattern, text), "{text}");
        }
        for text in ["", "1.", "1.255", "x"] {
            assert!(!takes(&pattern, text), "{text}");
        }
    }
}
