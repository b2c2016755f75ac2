//! Strings, booleans, enumerations, bits and binary (RFC 7950, sections 9.4 to 9.8).

use std::borrow::Cow;

use crate::config::nearest;
use crate::schema::{Dialect, NamedValue, PatternUse, Range};
use crate::validate::diagnostic::Rule;

use super::number::is_space;
use super::{CheckResult, Naming, ValueContext, ValueError, ranges};

/// How many allowed words a hint lists.
const MAX_LISTED: usize = 24;

pub(super) fn string(
    scope: ValueContext,
    length: Option<&Range>,
    patterns: &[PatternUse],
    value: &str,
) -> Result<(), ValueError> {
    let is_plain = value.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if !is_plain && let Some(c) = value.chars().find(|&c| !is_yang_char(c)) {
        return Err(ValueError::new(
            Rule::InvalidValue,
            format!(
                "holds the character U+{:04X}, which YANG does not allow",
                c as u32
            ),
        ));
    }
    if !is_plain
        && (scope.naming, scope.dialect) == (Naming::ConfigDb, Dialect::Libyang)
        && let Some(c) = value.chars().find(|&c| c > '\u{FFFF}')
    {
        let code = c as u32;
        let message = format!("holds the character U+{code:04X}, which SONiC's loader cannot read");
        return Err(ValueError::new(Rule::InvalidValue, message)
            .hint("it hands characters above U+FFFF to libyang as two escapes, which libyang 3 refuses, and the config with them"));
    }
    let count = if is_plain {
        value.len()
    } else {
        value.chars().count()
    };
    check_length(length, count, "characters")?;
    for pattern in patterns {
        let compiled = &scope.schema.patterns[pattern.pattern.index()];
        if compiled.is_match(scope.dialect, value) == Some(pattern.inverted) {
            if scope.brief {
                return Err(ValueError::bare(Rule::Pattern));
            }
            let verb = if pattern.inverted {
                "matches"
            } else {
                "does not match"
            };
            return Err(
                ValueError::new(Rule::Pattern, format!("{verb} the pattern '{}'", compiled.text))
                    .or_own(pattern.message.as_deref(), pattern.app_tag.as_deref()),
            );
        }
    }
    Ok(())
}

/// The characters of a YANG string (RFC 7950, section 14, `yang-char`).
fn is_yang_char(c: char) -> bool {
    match c as u32 {
        0x9 | 0xA | 0xD => true,
        0..=0x1F => false,
        0xFDD0..=0xFDEF => false,
        code => code & 0xFFFE != 0xFFFE,
    }
}

fn check_length(length: Option<&Range>, count: usize, unit: &str) -> Result<(), ValueError> {
    match length {
        Some(length) if !length.contains(count as i128) => {
            let message = format!("is {count} {unit} long, which is not allowed");
            Err(ValueError::new(Rule::Length, message)
                .or_own(length.message.as_deref(), length.app_tag.as_deref())
                .hint(format!("allowed: {} {unit}", ranges(length))))
        }
        _ => Ok(()),
    }
}

pub(super) fn boolean(value: &str) -> CheckResult<'_> {
    if value == "true" || value == "false" {
        return Ok(Cow::Borrowed(value));
    }
    Err(ValueError::new(Rule::InvalidValue, "is not a boolean").hint("allowed: true, false"))
}

pub(super) fn enumeration<'a>(enums: &[NamedValue], value: &'a str, brief: bool) -> CheckResult<'a> {
    if enums.iter().any(|item| item.name.as_ref() == value) {
        return Ok(Cow::Borrowed(value));
    }
    if brief {
        return Err(ValueError::bare(Rule::InvalidValue));
    }
    Err(
        ValueError::new(Rule::InvalidValue, "is not a value of this enumeration")
            .hint(allowed(value, enums.iter().map(|item| item.name.as_ref()))),
    )
}

pub(super) fn bits<'a>(bits: &[NamedValue], value: &'a str) -> CheckResult<'a> {
    let mut found = vec![false; bits.len()];
    for word in value.split(is_space).filter(|word| !word.is_empty()) {
        let Some(at) = bits.iter().position(|bit| bit.name.as_ref() == word) else {
            return Err(
                ValueError::new(Rule::InvalidValue, "names a bit that is not there")
                    .hint(allowed(word, bits.iter().map(|bit| bit.name.as_ref()))),
            );
        };
        if found[at] {
            return Err(ValueError::new(
                Rule::InvalidValue,
                format!("names the bit {word} twice"),
            ));
        }
        found[at] = true;
    }
    let names: Vec<&str> = bits
        .iter()
        .zip(found)
        .filter_map(|(bit, set)| set.then_some(bit.name.as_ref()))
        .collect();
    let canonical = names.join(" ");
    Ok(if canonical == value {
        Cow::Borrowed(value)
    } else {
        Cow::Owned(canonical)
    })
}

/// Base64 (RFC 4648, section 4).
pub(super) fn binary<'a>(length: Option<&Range>, value: &'a str) -> CheckResult<'a> {
    let refused = |message: &str| ValueError::new(Rule::InvalidValue, message);
    let canonical: Cow<str> = if value.len() > 64 && value.as_bytes()[64] == b'\n' {
        // Lines of 64 characters.
        Cow::Owned(value.chars().filter(|&c| c != '\n').collect())
    } else {
        Cow::Borrowed(value)
    };
    let digits = canonical.trim_end_matches('=');
    let padding = canonical.len() - digits.len();
    let is_digit = |c: char| c.is_ascii_alphanumeric() || c == '+' || c == '/';
    if padding > 2 || !digits.chars().all(is_digit) {
        return Err(refused("is not Base64"));
    }
    if !canonical.len().is_multiple_of(4) {
        return Err(refused("is not Base64: its length is not divisible by 4"));
    }
    check_length(length, canonical.len() / 4 * 3 - padding, "bytes")?;
    Ok(canonical)
}

/// `did you mean X?` where a word is close to an allowed one, else the allowed words.
pub(super) fn allowed<'a>(word: &str, names: impl Iterator<Item = &'a str> + Clone) -> String {
    match nearest(word, names.clone()) {
        Some(name) => format!("did you mean {name:?}? allowed: {}", list(names)),
        None => format!("allowed: {}", list(names)),
    }
}

/// Words with commas, cut where there are very many.
pub(super) fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    if names.len() <= MAX_LISTED {
        return names.join(", ");
    }
    format!("{}, … ({} in all)", names[..MAX_LISTED].join(", "), names.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(names: &[&str]) -> Vec<NamedValue> {
        let items = names.iter().enumerate();
        items
            .map(|(value, name)| NamedValue {
                name: (*name).into(),
                value: value as i64,
                description: None,
            })
            .collect()
    }

    #[test]
    fn bits_come_in_order_of_position() {
        let known = named(&["a", "b", "c"]);
        assert_eq!(bits(&known, " c  a ").unwrap(), "a c");
        assert_eq!(bits(&known, "").unwrap(), "");
        assert!(bits(&known, "a\u{c}b").is_err());
        assert!(bits(&known, "a a").unwrap_err().message.contains("twice"));
        assert!(bits(&known, "d").is_err());
    }

    #[test]
    fn enumerations_suggest() {
        let error = enumeration(&named(&["enable", "disable"]), "enabled", false).unwrap_err();
        assert_eq!(
            error.hint.unwrap(),
            "did you mean \"enable\"? allowed: enable, disable"
        );
    }

    #[test]
    fn binary_is_base64() {
        let length = Range {
            parts: vec![(1, 2)],
            message: None,
            app_tag: None,
        };
        assert!(binary(Some(&length), "YQ==").is_ok());
        assert_eq!(binary(Some(&length), "YWFh").unwrap_err().rule, Rule::Length);
        assert!(binary(None, "YQ=").is_err());
        assert!(binary(None, "Y?==").is_err());
    }

    #[test]
    fn booleans_are_exact() {
        assert!(boolean("true").is_ok());
        assert!(boolean("True").is_err());
    }
}
