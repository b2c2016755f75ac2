//! `yang:date-and-time` (RFC 6991, section 3). Its pattern has been met before.

use std::borrow::Cow;

use crate::validate::diagnostic::Rule;

use super::{CheckResult, ValueError};

/// Parts of the text, with what they may be at most; as libyang checks them.
const PARTS: [(&str, usize, u32, u32); 5] = [
    ("month", 5, 0, 12),
    ("day", 8, 1, 31),
    ("hour", 11, 0, 23),
    ("minute", 14, 0, 59),
    ("second", 17, 0, 60),
];

pub(super) fn check(value: &str) -> CheckResult<'_> {
    for (name, at, min, max) in PARTS {
        part(value.get(at..at + 2), name, min, max)?;
    }
    if !value.ends_with(['Z', 'z']) {
        let zone = value.len().saturating_sub(6);
        part(value.get(zone + 1..zone + 3), "hour of the time zone", 0, 23)?;
        part(value.get(zone + 4..), "minute of the time zone", 0, 59)?;
    }
    Ok(Cow::Borrowed(value))
}

fn part(text: Option<&str>, name: &str, min: u32, max: u32) -> Result<(), ValueError> {
    match text.and_then(|text| text.parse::<u32>().ok()) {
        Some(number) if min <= number && number <= max => Ok(()),
        _ => Err(ValueError::new(
            Rule::DateTime,
            format!("is no date and time: its {name} is not one"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        assert!(check("1985-04-12T23:20:50.52Z").is_ok());
        assert!(check("1985-04-12T23:20:50+02:00").is_ok());
        for bad in [
            "1985-13-12T23:20:50Z",
            "1985-04-32T23:20:50Z",
            "1985-04-12T24:20:50Z",
            "1985-04-12T23:60:50Z",
            "1985-04-12T23:20:61Z",
            "1985-04-12T23:20:50+24:00",
            "1985-04-12T23:20:50+02:60",
        ] {
            assert_eq!(check(bad).unwrap_err().rule, Rule::DateTime, "{bad}");
        }
    }
}
