//! The text of each rule: what it requires, and how a config that violates it is corrected.

use crate::validate::{Rule, Severity};

/// The text of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleText {
    /// What the rule requires, as a clause.
    pub summary: &'static str,
    /// How a config that violates it is corrected.
    pub help: &'static str,
    /// The severity of its findings by default.
    pub severity: Severity,
}

/// The text of a rule.
pub fn rule_text(rule: Rule) -> RuleText {
    let (summary, help) = words(rule);
    RuleText {
        summary,
        help,
        severity: Severity::Error,
    }
}

fn words(rule: Rule) -> (&'static str, &'static str) {
    match rule {
        Rule::InvalidJSON => (
            "the text is JSON of the right form",
            "correct the JSON at this place; a missing comma, quote or bracket is mostly just before it",
        ),
        Rule::UnknownElement => (
            "the models define each table, field and node",
            "correct the name, remove the element, or add the models that define it with --yang-dir",
        ),
        Rule::InvalidValue => (
            "the value belongs to the type of the node",
            "write one of the listed values, or a value of the form that the finding describes",
        ),
        Rule::Pattern => (
            "the value matches the patterns of its type",
            "write the value in the form that the pattern describes",
        ),
        Rule::Length => (
            "the length of the value is within the limits of its type",
            "make the value shorter or longer, as the finding says",
        ),
        Rule::Range => (
            "the number is in the range of its type",
            "write a number in the range that the finding names",
        ),
        Rule::Bounds => (
            "the number fits its integer type",
            "write a number within the bounds of the type",
        ),
        Rule::DecimalFractionExceed => (
            "the decimal number has no more fraction digits than its type",
            "round the number to the fraction digits of the type",
        ),
        Rule::DateTime => (
            "the value is a valid date and time",
            "write it like 2026-01-31T12:00:00Z, with a day that exists in that month",
        ),
        Rule::IPv4 => (
            "the value is a valid IPv4 address or prefix",
            "write four numbers up to 255; a prefix also needs a length up to 32",
        ),
        Rule::IPv6 => (
            "the value is a valid IPv6 address or prefix",
            "write groups of hexadecimal digits; a prefix also needs a length up to 128",
        ),
        Rule::LeafRef => (
            "the entry that a value refers to exists",
            "create the entry that the value names, or name an existing one",
        ),
        Rule::Must => (
            "the `must` conditions of the models are true",
            "change this value, or the values that the condition compares it with",
        ),
        Rule::When => (
            "the `when` condition of the node is true",
            "delete the field or entry, or make the condition true",
        ),
        Rule::Mandatory => ("a mandatory field is set", "set the field"),
        Rule::Missing => (
            "one case of a mandatory `choice` is set",
            "set the fields of one of the cases",
        ),
        Rule::ListKey => (
            "the key of an entry has one part for each key of its table",
            "write the parts of the key separated by `|`, in the order of the model",
        ),
        Rule::MinElements => (
            "a table or list has at least the required number of elements",
            "add the missing elements, or delete the table or list",
        ),
        Rule::MaxElements => (
            "a table or list has no more elements than allowed",
            "delete the surplus elements",
        ),
        Rule::Duplicate => ("an entry or element occurs once", "delete all but one of them"),
        Rule::Unique => (
            "fields that a model declares unique differ from entry to entry",
            "give one of the entries another value",
        ),
        Rule::Choice => (
            "only fields from one case of a `choice` are set",
            "keep the fields of one case, and delete the others",
        ),
        Rule::Retired => (
            "no field is set that a flag of SYSTEM_DEFAULTS has replaced",
            "set the flag instead; sonicfg migrate does this for a whole config",
        ),
        Rule::Lanes => (
            "the lanes of a port are numbers, and no two ports share a lane",
            "give each port lanes that no other port uses",
        ),
        Rule::PeerRange => (
            "an address range of dynamic BGP peers is used once in a VRF",
            "delete the range from one of the peer groups",
        ),
        Rule::Refused => (
            "a change can be applied: its operations can be done, the policy allows it, and it can be ordered in safe \
             steps",
            "change what the finding names; if an option lifts the limit, the finding names the option",
        ),
    }
}
