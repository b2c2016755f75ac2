//! The kinds of rules, in words: what each is about, and what to do where it is broken.

use crate::validate::{Rule, Severity};

/// A kind of rule in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleText {
    /// What it asks for, in a sentence.
    pub summary: &'static str,
    /// What to do where it is broken.
    pub help: &'static str,
    /// How much a finding of it weighs, if nothing else is said.
    pub severity: Severity,
}

/// A kind of rule in words.
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
            "a text is JSON, and has the shape of what it stands for",
            "mend the JSON at the place that is named: a missing comma, quote or bracket mostly stands just before it",
        ),
        Rule::UnknownElement => (
            "tables, fields and nodes are those that the models define",
            "write the name as the model has it, take it out, or name the models that define it with --yang-dir",
        ),
        Rule::InvalidValue => (
            "a value belongs to its type",
            "write one of the values that the finding lists, or a value of the form that it names",
        ),
        Rule::Pattern => (
            "a text matches the patterns of its type",
            "write the value in the form that the pattern describes",
        ),
        Rule::Length => (
            "a text has a length that its type allows",
            "make the value shorter or longer, as the finding says",
        ),
        Rule::Range => (
            "a number lies in the range of its type",
            "write a number in the range that the finding names",
        ),
        Rule::Bounds => (
            "a number fits the integer type that holds it",
            "write a number that is neither too large nor too small for the type",
        ),
        Rule::DecimalFractionExceed => (
            "a decimal number has no more fraction digits than its type",
            "round the number to as many digits as the type has",
        ),
        Rule::DateTime => (
            "a date and time is one that there is",
            "write it like 2026-01-31T12:00:00Z, with a day that the month has",
        ),
        Rule::IPv4 => (
            "an IPv4 address or prefix is a legal one",
            "write four numbers up to 255, and a prefix length up to 32 where a prefix belongs",
        ),
        Rule::IPv6 => (
            "an IPv6 address or prefix is a legal one",
            "write groups of hexadecimal digits, and a prefix length up to 128 where a prefix belongs",
        ),
        Rule::LeafRef => (
            "what a value refers to is there",
            "add the entry that the value names, or name one that is there",
        ),
        Rule::Must => (
            "the conditions of the models hold",
            "change this value or those that the condition compares it with",
        ),
        Rule::When => (
            "what is only allowed under a condition stands only where it holds",
            "take the field or entry out, or make the condition true",
        ),
        Rule::Mandatory => ("a mandatory field is there", "add the field"),
        Rule::Missing => (
            "one of the cases of a mandatory choice is there",
            "add the fields of one of the cases",
        ),
        Rule::ListKey => (
            "the key of an entry has as many parts as its table has keys",
            "write the key with its parts separated by `|`, in the order of the model",
        ),
        Rule::MinElements => (
            "a table or list has as many elements as it needs",
            "add what is missing, or take the table or list out",
        ),
        Rule::MaxElements => (
            "a table or list has no more elements than it may",
            "take out what is too much",
        ),
        Rule::Duplicate => ("an entry or element stands once", "take out all but one of them"),
        Rule::Unique => (
            "what a model declares unique differs from entry to entry",
            "give one of the entries another value",
        ),
        Rule::Choice => (
            "fields of one case of a choice alone stand together",
            "keep the fields of one case, and take out the others",
        ),
        Rule::Retired => (
            "fields that flags of SYSTEM_DEFAULTS have replaced are no longer written",
            "write the flag instead; sonicfg migrate does so for a whole file",
        ),
        Rule::Lanes => (
            "lanes of ports are numbers, and belong to one port each",
            "give each port lanes that no other port uses",
        ),
        Rule::PeerRange => (
            "an address range of dynamic BGP peers is used once in a VRF",
            "take the range out of one of the peer groups",
        ),
        Rule::Refused => (
            "a change can be made: its operations can be done, the policy allows it, and there is an order of safe steps",
            "change what the finding names; where an option lifts the limit, the finding says which",
        ),
    }
}
