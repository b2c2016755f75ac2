//! One finding.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::config::{Location, Span};

/// The kind of rule that a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Rule {
    /// The text is not JSON, or its shape is not that of a config.
    InvalidJSON,
    /// A table, field or node that the models do not have.
    UnknownElement,
    /// A value outside its type: an enum, bit, identity or form that is not there, a wrong lexical form.
    InvalidValue,
    /// A value that does not match a `pattern`.
    Pattern,
    /// A value whose `length` is not allowed.
    Length,
    /// A number outside the `range`.
    Range,
    /// A number outside its type's own range.
    Bounds,
    /// A decimal64 with too many fraction digits.
    DecimalFractionExceed,
    /// A `yang:date-and-time` that is no date or time.
    DateTime,
    /// An IPv4 address or prefix that cannot be converted.
    IPv4,
    /// An IPv6 address or prefix that cannot be converted.
    IPv6,
    /// A leafref whose target is missing.
    LeafRef,
    /// A `must` that does not hold.
    Must,
    /// A node that exists although its `when` is false.
    When,
    /// A mandatory leaf that is missing.
    Mandatory,
    /// A mandatory choice that is missing.
    Missing,
    /// A list entry without one of its keys, or a key with the wrong number of parts.
    ListKey,
    /// Fewer entries or elements than `min-elements`; also a table without entries.
    MinElements,
    /// More than `max-elements`.
    MaxElements,
    /// An entry or element twice.
    Duplicate,
    /// `unique` does not hold.
    Unique,
    /// Nodes of two cases of one choice.
    Choice,
    /// A field that a flag of `SYSTEM_DEFAULTS` has replaced.
    Retired,
    /// A lane that is no number, or that two ports use.
    Lanes,
    /// An address range that is used twice in a VRF.
    PeerRange,
    /// A change that cannot be made, though what it makes is valid: an operation of it cannot be done, the policy does
    /// not allow it, or no order of its steps is safe.
    Refused,
}

impl Rule {
    /// All of them.
    pub const ALL: [Rule; 26] = [
        Rule::InvalidJSON,
        Rule::UnknownElement,
        Rule::InvalidValue,
        Rule::Pattern,
        Rule::Length,
        Rule::Range,
        Rule::Bounds,
        Rule::DecimalFractionExceed,
        Rule::DateTime,
        Rule::IPv4,
        Rule::IPv6,
        Rule::LeafRef,
        Rule::Must,
        Rule::When,
        Rule::Mandatory,
        Rule::Missing,
        Rule::ListKey,
        Rule::MinElements,
        Rule::MaxElements,
        Rule::Duplicate,
        Rule::Unique,
        Rule::Choice,
        Rule::Retired,
        Rule::Lanes,
        Rule::PeerRange,
        Rule::Refused,
    ];
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The config is not valid.
    Error,
    /// Something to know; the config is valid all the same.
    Warning,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        })
    }
}

/// A place in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceRange {
    /// The bytes.
    pub span: Span,
    /// Line and column of the first.
    pub location: Location,
}

/// One finding: what is wrong, its place, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// The kind of rule.
    pub rule: Rule,
    /// Its weight.
    pub severity: Severity,
    /// The JSON pointer (RFC 6901) of the value in the document; secret keys are masked.
    pub pointer: String,
    /// The place in the text, if the document was read from one.
    pub place: Option<SourceRange>,
    /// The schema path of the node; empty where there is none.
    pub yang_path: String,
    /// What is wrong; the model's own words where it has some.
    pub message: String,
    /// What to write or do instead.
    pub hint: Option<String>,
    /// The model's `error-app-tag`.
    pub app_tag: Option<String>,
}

impl Diagnostic {
    /// An error of which nothing is known but the kind of rule and what is wrong.
    pub fn error(rule: Rule, message: impl Into<String>) -> Self {
        Diagnostic {
            rule,
            severity: Severity::Error,
            pointer: String::new(),
            place: None,
            yang_path: String::new(),
            message: message.into(),
            hint: None,
            app_tag: None,
        }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} [{}]", self.pointer, self.message, self.rule)?;
        match &self.hint {
            Some(hint) => write!(f, " ({hint})"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_rules_are_all_rules() {
        for (at, rule) in Rule::ALL.into_iter().enumerate() {
            assert_eq!(rule as usize, at);
        }
        assert_eq!(Rule::Refused as usize + 1, Rule::ALL.len());
    }
}
