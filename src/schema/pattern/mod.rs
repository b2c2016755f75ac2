//! Patterns: regular expressions (RFC 7950, section 9.4.5), matched by finite automata.
//!
//! The standard is XML Schema. libyang hands patterns to PCRE2 instead, which reads some of them differently, and reads
//! more: each pattern has both readings, once where they are the same.

mod blocks;
mod pcre;
mod xsd;

use std::sync::OnceLock;

use regex_automata::dfa::dense;
use regex_automata::meta;
use regex_automata::nfa::thompson;
use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, Hir, HirKind};
use serde::{Deserialize, Serialize};

use super::{Dialect, automaton, bytes};
use xsd::Target;

/// The largest automaton that is kept for a pattern; larger ones are matched as they go.
const MAX_AUTOMATON_BYTES: usize = 64 * 1024;

/// A compiled `pattern` (RFC 7950, section 9.4.5).
#[derive(Debug, Serialize, Deserialize)]
pub struct Pattern {
    /// The pattern as the module has it.
    pub text: Box<str>,
    /// As libyang reads it, or what in it is not read.
    libyang: Result<Matcher, Box<str>>,
    /// As the standard reads it, where that is not the same. What is no XML Schema is read as libyang reads it.
    rfc: Option<Matcher>,
}

/// One reading of a pattern.
#[derive(Debug, Serialize, Deserialize)]
struct Matcher {
    /// The pattern in the syntax of the `regex` crates, anchored.
    regex: Box<str>,
    /// The [`automaton::table`] for values that are all ASCII; empty where it would be too large.
    #[serde(with = "bytes")]
    automaton: Vec<u8>,
    #[serde(skip)]
    full: OnceLock<Option<meta::Regex>>,
}

impl Pattern {
    /// Compiles a pattern. What in it is not read leaves the values of its type unchecked: [`Pattern::unread`] says it.
    pub fn compile(text: &str) -> Self {
        let libyang = pcre::translate(text).and_then(|regex| parse(&regex));
        let rfc = xsd::translate(text, Target::Regex).and_then(|regex| parse(&regex));
        let rfc = rfc
            .ok()
            .filter(|rfc| libyang.as_ref().ok().map(|read| &read.1) != Some(&rfc.1));
        let compiled = |(regex, hir): (String, Hir)| Matcher::compile(regex, &hir);
        Pattern {
            text: text.into(),
            libyang: libyang.and_then(compiled).map_err(Into::into),
            rfc: rfc.and_then(|read| compiled(read).ok()),
        }
    }

    /// Whether the whole value matches. `None` where the pattern is not read.
    pub fn is_match(&self, dialect: Dialect, value: &str) -> Option<bool> {
        self.read_by(dialect).ok()?.is_match(value)
    }

    /// Why the pattern is not read, in words that follow its name: `it has a possessive repetition`.
    pub fn unread(&self, dialect: Dialect) -> Option<&str> {
        self.read_by(dialect).err()
    }

    /// Whether the dialects read it differently, or one of them is not read.
    pub fn is_disputed(&self) -> bool {
        self.rfc.is_some() || self.libyang.is_err()
    }

    /// The same in the syntax of ECMA-262 with the flag `u`, without anchors, as JSON Schema has it. `None` where
    /// that cannot say exactly the same.
    pub fn ecma(&self, dialect: Dialect) -> Option<String> {
        let own = self.read_by(dialect).ok()?;
        let text = xsd::translate(&self.text, Target::Ecma(dialect)).ok()?;
        let hir = |regex: &str| regex_syntax::Parser::new().parse(regex).ok();
        (hir(&own.regex)? == hir(&anchored(&text))?).then_some(text)
    }

    fn read_by(&self, dialect: Dialect) -> Result<&Matcher, &str> {
        match (dialect, &self.rfc, &self.libyang) {
            (Dialect::Rfc, Some(rfc), _) => Ok(rfc),
            (_, _, Ok(libyang)) => Ok(libyang),
            (_, _, Err(reason)) => Err(reason),
        }
    }
}

fn anchored(regex: &str) -> String {
    format!("\\A(?:{regex})\\z")
}

/// A regular expression with anchors around it, and what it means.
fn parse(regex: &str) -> Result<(String, Hir), String> {
    let regex = anchored(regex);
    let hir = regex_syntax::Parser::new().parse(&regex);
    let hir = hir.map_err(|error| one_line(&error.to_string()))?;
    Ok((regex, hir))
}

impl Matcher {
    fn compile(regex: String, hir: &Hir) -> Result<Self, String> {
        let matcher = Matcher {
            regex: regex.into(),
            automaton: ascii_automaton(hir).unwrap_or_default(),
            full: OnceLock::new(),
        };
        if matcher.automaton.is_empty() && matcher.full().is_none() {
            return Err("it is too large".to_owned());
        }
        Ok(matcher)
    }

    fn is_match(&self, value: &str) -> Option<bool> {
        if value.is_ascii()
            && let Some(verdict) = automaton::accepts(&self.automaton, value)
        {
            return Some(verdict);
        }
        Some(self.full()?.is_match(value))
    }

    fn full(&self) -> Option<&meta::Regex> {
        self.full
            .get_or_init(|| meta::Regex::new(&self.regex).ok())
            .as_ref()
    }
}

fn ascii_automaton(hir: &Hir) -> Option<Vec<u8>> {
    let nfa = thompson::NFA::compiler()
        .configure(
            thompson::Config::new()
                .which_captures(thompson::WhichCaptures::None)
                .nfa_size_limit(Some(4 * MAX_AUTOMATON_BYTES)),
        )
        .build_from_hir(&ascii_only(hir))
        .ok()?;
    let dense = dense::Builder::new()
        .configure(
            dense::Config::new()
                .start_kind(regex_automata::dfa::StartKind::Anchored)
                .dfa_size_limit(Some(4 * MAX_AUTOMATON_BYTES))
                .determinize_size_limit(Some(16 * MAX_AUTOMATON_BYTES)),
        )
        .build_from_nfa(&nfa)
        .ok()?;
    automaton::table(&dense, MAX_AUTOMATON_BYTES)
}

/// The same expression for input that is all ASCII, so that classes such as `\p{L}` stay small.
fn ascii_only(hir: &Hir) -> Hir {
    match hir.kind() {
        HirKind::Class(Class::Unicode(class)) => {
            let mut class = class.clone();
            class.intersect(&ClassUnicode::new([ClassUnicodeRange::new('\0', '\x7F')]));
            Hir::class(Class::Unicode(class))
        }
        HirKind::Repetition(repetition) => Hir::repetition(repetition.with(ascii_only(&repetition.sub))),
        HirKind::Capture(capture) => ascii_only(&capture.sub),
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(ascii_only).collect()),
        HirKind::Alternation(parts) => Hir::alternation(parts.iter().map(ascii_only).collect()),
        _ => hir.clone(),
    }
}

fn one_line(text: &str) -> String {
    text.lines().last().unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_automaton_says_what_the_expression_says(value in "[a-c0-2.:/ -]{0,12}", cut: prop::sample::Index) {
            let patterns = ["", "a|b", "[ab]+(:[0-2]{1,2})?", "([0-2]+\\.){1,3}[0-2]", "(a|[^b])*c", "\\w+[-/ ]\\w*", ".{0,4}"];
            for text in patterns {
                let pattern = Pattern::compile(text);
                let matcher = pattern.libyang.as_ref().unwrap();
                let said = automaton::accepts(&matcher.automaton, &value);
                let regex = meta::Regex::new(&matcher.regex).unwrap();
                prop_assert_eq!(said, Some(regex.is_match(&value)), "{}", text);
                // A part of a table leads to the same verdict or to none.
                let part = &matcher.automaton[..cut.index(matcher.automaton.len())];
                prop_assert!([said, None].contains(&automaton::accepts(part, &value)), "{}", text);
            }
        }
    }

    fn read(pattern: &str, dialect: Dialect, value: &str) -> bool {
        Pattern::compile(pattern).is_match(dialect, value).unwrap()
    }

    fn matches(pattern: &str, value: &str) -> bool {
        let verdict = read(pattern, Dialect::Libyang, value);
        assert_eq!(read(pattern, Dialect::Rfc, value), verdict, "{pattern}");
        verdict
    }

    /// Whether libyang and the standard take a value.
    fn disputed(pattern: &str, value: &str) -> (bool, bool) {
        (
            read(pattern, Dialect::Libyang, value),
            read(pattern, Dialect::Rfc, value),
        )
    }

    #[test]
    fn patterns_match_the_whole_value() {
        assert!(matches("a|b", "a"));
        assert!(!matches("a|b", "ab"));
        assert!(!matches("abc", "xabcx"));
        assert!(matches("", ""));
    }

    #[test]
    fn anchors_are_plain_characters() {
        assert!(matches("^a$", "^a$"));
        assert!(!matches("^a$", "a"));
        assert!(matches("[$^]", "$"));
    }

    #[test]
    fn classes_escape() {
        assert!(matches("[-a.&&~~]+", "-a.&~"));
        assert!(matches("[a\\-z]+", "a-z"));
        assert!(!matches("[a\\-z]+", "b"));
        assert!(matches("[^0-9]", "ü"));
    }

    #[test]
    fn letters_beyond_ascii() {
        assert!(matches("[\\p{L}\\p{N}]+", "Zürich4"));
        assert!(!matches("[\\p{L}\\p{N}]+", "Zürich 4"));
        assert!(matches("\\w+", "aß"));
        assert!(matches("\\d", "٣"));
    }

    #[test]
    fn dialects_differ() {
        // To PCRE2 the first closing bracket ends the class.
        assert_eq!(disputed("[a-z-[aeiou]]+", "xyz"), (false, true));
        assert_eq!(disputed("[a-z-[aeiou]]+", "x]"), (true, false));
        assert_eq!(disputed(".", "\r"), (true, false));
        assert_eq!(disputed("\\s", "\u{a0}"), (true, false));
        assert_eq!(disputed("\\w", "_"), (true, false));
        assert_eq!(disputed("\\w", "$"), (false, true));
        assert_eq!(disputed("a\\^", "a^"), (false, true));
        // libyang has one range for all blocks.
        assert_eq!(disputed("\\p{IsGreek}", "α"), (false, true));
        assert_eq!(disputed("\\p{IsGreek}", "a"), (true, false));
        assert_eq!(disputed("[\\p{IsGreek}x]", "ü"), (true, false));
    }

    #[test]
    fn what_only_pcre_knows_counts_for_both() {
        assert!(matches("(?i)eth[0-9]", "ETH1"));
        assert!(matches("a(?i:b)c", "aBc"));
        assert!(!matches("a(?i:b)c", "aBC"));
        assert!(matches("[[:alpha:]_]+", "eth_ü"));
        assert!(!matches("[[:^digit:]]+", "a1"));
        assert!(matches("[[:xdigit:]]{2}", "aF"));
        assert!(matches("(?:a|b)*?", "ab"));
        assert!(matches("a{,b}", "a{,b}"));
        assert!(matches("\\x41\\x{42}", "AB"));
    }

    #[test]
    fn what_is_not_read_is_named() {
        let unread = |pattern: &str| {
            Pattern::compile(pattern)
                .unread(Dialect::Libyang)
                .map(str::to_owned)
        };
        assert_eq!(
            unread("a{,3}").unwrap(),
            "\"{,3}\" is a count since PCRE2 10.43, and plain characters before"
        );
        assert_eq!(
            unread("(?!a)b").unwrap(),
            "it has a group that begins with \"(?!\""
        );
        assert_eq!(unread("a++").unwrap(), "it has a possessive repetition");
        assert_eq!(unread("(a)\\1").unwrap(), "it has the escape \"\\1\"");
        assert_eq!(unread("\\p{Greek}").unwrap(), "it has the property \"Greek\"");
        assert_eq!(unread("[[:punct:]]").unwrap(), "it has the class \"[:punct:]\"");
        assert!(unread("(a{1000}){1000}").unwrap().contains("too large"));
        for broken in [
            "[a",
            "a)",
            "(a",
            "a\\",
            "*a",
            "[z-a]",
            "a]",
            "\\p{",
            "[[:alpha:]",
            "(?",
            "a{2",
        ] {
            // Not all are wrong to PCRE2; none may do harm.
            let _ = Pattern::compile(broken);
        }
        assert_eq!(Pattern::compile("(?!a)b").is_match(Dialect::Rfc, "b"), None);
    }

    #[test]
    fn in_the_syntax_of_ecma() {
        let ecma = |pattern: &str| Pattern::compile(pattern).ecma(Dialect::Libyang);
        assert_eq!(ecma("a\\-b|[a\\-z]#").as_deref(), Some("a-b|[a\\-z]#"));
        assert_eq!(ecma("\\d+(x\\.)?").as_deref(), Some("[\\p{Nd}]+(?:x\\.)?"));
        assert_eq!(ecma("^.$").as_deref(), Some("\\^[^\\n]\\$"));
        assert_eq!(
            ecma("\\s\\w").as_deref(),
            Some("[\\p{White_Space}\\u{180E}][\\p{L}\\p{N}_]")
        );
        assert_eq!(ecma("[a-z-[aeiou]]"), None);
        assert_eq!(ecma("a**"), None);
        assert_eq!(ecma("(?i)a"), None);
    }

    #[test]
    fn large_counts_still_match() {
        let pattern = "[a-zA-Z0-9]{1,500}(\\.[a-zA-Z0-9]{1,500}){0,30}";
        assert!(matches(pattern, &"a".repeat(500)));
        assert!(!matches(pattern, &"a".repeat(501)));
    }
}
