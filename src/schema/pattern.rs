//! Patterns: XML Schema regular expressions (RFC 7950, section 9.4.5), matched by finite automata.
//!
//! The verdict to meet is libyang's, which hands patterns to PCRE: `\d`, `\w` and `\s` are Unicode classes, `^` and `$`
//! are literal.

use std::sync::OnceLock;

use regex_automata::dfa::dense;
use regex_automata::meta;
use regex_automata::nfa::thompson;
use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, Hir, HirKind};
use serde::{Deserialize, Serialize};

use super::{automaton, bytes};

/// The largest automaton that is kept for a pattern; larger ones are matched as they go.
const MAX_AUTOMATON_BYTES: usize = 64 * 1024;

/// A compiled `pattern` (RFC 7950, section 9.4.5).
#[derive(Debug, Serialize, Deserialize)]
pub struct Pattern {
    /// The pattern as the module has it.
    pub text: Box<str>,
    /// The same in the syntax of the `regex` crates, anchored.
    regex: Box<str>,
    /// The [`automaton::table`] for values that are all ASCII; empty where it would be too large.
    #[serde(with = "bytes")]
    automaton: Vec<u8>,
    #[serde(skip)]
    full: OnceLock<Option<meta::Regex>>,
}

impl Pattern {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// What in the pattern is not supported, or is no pattern.
    pub fn compile(text: &str) -> Result<Self, String> {
        let regex = translate(text)?;
        let hir = regex_syntax::Parser::new()
            .parse(&regex)
            .map_err(|error| one_line(&error.to_string()))?;
        Ok(Pattern {
            text: text.into(),
            regex: regex.into(),
            automaton: ascii_automaton(&hir).unwrap_or_default(),
            full: OnceLock::new(),
        })
    }

    /// Whether the whole value matches.
    pub fn is_match(&self, value: &str) -> bool {
        if value.is_ascii()
            && let Some(verdict) = automaton::accepts(&self.automaton, value)
        {
            return verdict;
        }
        self.full
            .get_or_init(|| meta::Regex::new(&self.regex).ok())
            .as_ref()
            .is_some_and(|regex| regex.is_match(value))
    }

    /// The same in the syntax of ECMA-262 with the flag `u`, without anchors, as JSON Schema has it. `None` where
    /// that cannot say exactly the same.
    pub fn ecma(&self) -> Option<String> {
        let mut translator = Translator {
            chars: self.text.chars().peekable(),
            out: String::new(),
            ecma: true,
        };
        translator.expression().ok()?;
        let text = translator.out;
        let parse = |regex: &str| regex_syntax::Parser::new().parse(regex).ok();
        let same = parse(&self.regex)? == parse(&format!("\\A(?:{text})\\z"))?;
        (same && !has_odd_count(&text)).then_some(text)
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

/// Whether a count follows a count, or a brace is none of a count: ECMA-262 has no such.
fn has_odd_count(text: &str) -> bool {
    let mut chars = text.chars().peekable();
    let (mut in_class, mut counted) = (false, false);
    while let Some(c) = chars.next() {
        let was_counted = std::mem::take(&mut counted);
        match c {
            '\\' => {
                // The braces of a property.
                if matches!(chars.next(), Some('p' | 'P')) {
                    let _ = chars.by_ref().find(|&c| c == '}');
                }
            }
            '[' => in_class = true,
            ']' => in_class = false,
            _ if in_class => {}
            '*' | '+' | '?' if was_counted => return true,
            '*' | '+' | '?' => counted = true,
            '{' => {
                let count: String = chars.by_ref().take_while(|&c| c != '}').collect();
                let (least, most) = count.split_once(',').unwrap_or((&count, ""));
                let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
                if was_counted || !is_number(least) || !(most.is_empty() || is_number(most)) {
                    return true;
                }
                counted = true;
            }
            '}' => return true,
            _ => {}
        }
    }
    false
}

fn one_line(text: &str) -> String {
    text.lines().last().unwrap_or_default().trim().to_owned()
}

/// XML Schema syntax to the syntax of the `regex` crates.
fn translate(pattern: &str) -> Result<String, String> {
    let mut translator = Translator {
        chars: pattern.chars().peekable(),
        out: String::from("\\A(?:"),
        ecma: false,
    };
    translator.expression()?;
    translator.out.push_str(")\\z");
    Ok(translator.out)
}

struct Translator<'a> {
    chars: std::iter::Peekable<std::str::Chars<'a>>,
    out: String,
    /// Whether the syntax is that of ECMA-262.
    ecma: bool,
}

impl Translator<'_> {
    fn expression(&mut self) -> Result<(), String> {
        while let Some(c) = self.chars.next() {
            match c {
                '\\' => self.escape(false)?,
                '[' => self.class()?,
                '^' | '$' => self.literal(c),
                '.' => self.out.push_str("[^\\n\\r]"),
                '(' => {
                    // Only plain and non-capturing groups have an automaton.
                    self.out.push('(');
                    if self.chars.peek() == Some(&'?') {
                        self.chars.next();
                        if self.chars.next() != Some(':') {
                            return Err("groups that begin with \"(?\" are not supported".to_owned());
                        }
                    }
                    self.out.push_str("?:");
                }
                ')' | '|' | '?' | '*' | '+' | '{' | '}' => self.out.push(c),
                c => self.literal(c),
            }
        }
        Ok(())
    }

    fn literal(&mut self, c: char) {
        let is_meta = match self.ecma {
            true => "^$\\.*+?()[]{}|".contains(c),
            false => regex_syntax::is_meta_character(c),
        };
        if is_meta {
            self.out.push('\\');
        }
        self.out.push(c);
    }

    fn escape(&mut self, in_class: bool) -> Result<(), String> {
        let c = self.chars.next().ok_or("ends in a backslash")?;
        match c {
            // Its own classes are of ASCII, or of other spaces.
            'd' if self.ecma => self.out.push_str("\\p{Nd}"),
            'D' if self.ecma => self.out.push_str("\\P{Nd}"),
            's' if self.ecma => self.out.push_str("\\p{White_Space}"),
            'S' if self.ecma => self.out.push_str("\\P{White_Space}"),
            // Outside a class a hyphen must not be escaped, inside it must.
            '-' if self.ecma && in_class => self.out.push_str("\\-"),
            'n' | 'r' | 't' | 'd' | 'D' | 's' | 'S' => {
                self.out.push('\\');
                self.out.push(c);
            }
            'w' if in_class => self.out.push_str("\\p{L}\\p{N}_"),
            'w' => self.out.push_str("[\\p{L}\\p{N}_]"),
            'W' => self.out.push_str("[^\\p{L}\\p{N}_]"),
            'i' if in_class => self.out.push_str("\\p{L}_:"),
            'i' => self.out.push_str("[\\p{L}_:]"),
            'c' if in_class => self.out.push_str("\\p{L}\\p{M}\\p{Nd}._:\\-"),
            'c' => self.out.push_str("[\\p{L}\\p{M}\\p{Nd}._:\\-]"),
            'I' => self.out.push_str("[^\\p{L}_:]"),
            'C' => self.out.push_str("[^\\p{L}\\p{M}\\p{Nd}._:\\-]"),
            'p' | 'P' => self.property(c)?,
            c if c.is_ascii_alphanumeric() => return Err(format!("the escape \"\\{c}\" is not supported")),
            c => self.literal(c),
        }
        Ok(())
    }

    fn property(&mut self, letter: char) -> Result<(), String> {
        let mut name = String::new();
        if self.chars.next() != Some('{') {
            return Err(format!("\"\\{letter}\" wants a category in braces"));
        }
        for c in self.chars.by_ref() {
            if c == '}' {
                break;
            }
            name.push(c);
        }
        if self.ecma && name.len() > 2 {
            return Err("only general categories are known by their short names".to_owned());
        }
        if name.starts_with("Is") {
            return Err(format!("the Unicode block \"{name}\" is not supported"));
        }
        self.out.push('\\');
        self.out.push(letter);
        self.out.push('{');
        self.out.push_str(&name);
        self.out.push('}');
        Ok(())
    }

    /// A character class; the opening bracket is taken already.
    fn class(&mut self) -> Result<(), String> {
        self.out.push('[');
        if self.chars.peek() == Some(&'^') {
            self.chars.next();
            self.out.push('^');
        }
        let mut first = true;
        loop {
            let c = self.chars.next().ok_or("a character class is not closed")?;
            match c {
                ']' if !first => break,
                '\\' => self.escape(true)?,
                '-' => match self.chars.peek() {
                    // Subtraction: everything before, without the class that follows.
                    Some('[') if self.ecma => return Err("there is no subtraction".to_owned()),
                    Some('[') => {
                        self.chars.next();
                        self.out.push_str("--");
                        self.class()?;
                    }
                    Some(']') | None => self.out.push_str("\\-"),
                    Some(_) if first => self.out.push_str("\\-"),
                    Some(_) => self.out.push('-'),
                },
                c => self.literal(c),
            }
            first = false;
        }
        self.out.push(']');
        Ok(())
    }
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
                let pattern = Pattern::compile(text).unwrap();
                let said = automaton::accepts(&pattern.automaton, &value);
                let regex = meta::Regex::new(&pattern.regex).unwrap();
                prop_assert_eq!(said, Some(regex.is_match(&value)), "{}", text);
                // A part of a table leads to the same verdict or to none.
                let part = &pattern.automaton[..cut.index(pattern.automaton.len())];
                prop_assert!([said, None].contains(&automaton::accepts(part, &value)), "{}", text);
            }
        }
    }

    fn matches(pattern: &str, value: &str) -> bool {
        Pattern::compile(pattern).unwrap().is_match(value)
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
    }

    #[test]
    fn classes_subtract_and_escape() {
        assert!(matches("[a-z-[aeiou]]+", "xyz"));
        assert!(!matches("[a-z-[aeiou]]+", "xaz"));
        assert!(matches("[-a.&&~~]+", "-a.&~"));
        assert!(matches("[a\\-z]+", "a-z"));
        assert!(!matches("[a\\-z]+", "b"));
        assert!(matches("[^0-9]", "ü"));
    }

    #[test]
    fn letters_beyond_ascii() {
        assert!(matches("[\\p{L}\\p{N}]+", "Zürich4"));
        assert!(!matches("[\\p{L}\\p{N}]+", "Zürich 4"));
        assert!(matches("\\w+", "a_ß"));
        assert!(matches("\\d", "٣"));
    }

    #[test]
    fn in_the_syntax_of_ecma() {
        let ecma = |pattern: &str| Pattern::compile(pattern).unwrap().ecma();
        assert_eq!(ecma("a\\-b|[a\\-z]#").as_deref(), Some("a-b|[a\\-z]#"));
        assert_eq!(ecma("\\d+(x\\.)?").as_deref(), Some("\\p{Nd}+(?:x\\.)?"));
        assert_eq!(ecma("^.$").as_deref(), Some("\\^[^\\n\\r]\\$"));
        assert_eq!(ecma("[-a&&b]{2,3}").as_deref(), None);
        assert_eq!(ecma("[a-z-[aeiou]]"), None);
        assert_eq!(ecma("a**"), None);
    }

    #[test]
    fn unsupported_pattern_is_named() {
        assert_eq!(
            Pattern::compile("\\p{IsGreek}").unwrap_err(),
            "the Unicode block \"IsGreek\" is not supported"
        );
        assert!(Pattern::compile("(?!a)b").unwrap_err().contains("(?"));
        assert!(Pattern::compile("[a").is_err());
        assert!(Pattern::compile("a)").is_err());
    }

    #[test]
    fn large_counts_still_match() {
        let pattern = "[a-zA-Z0-9]{1,500}(\\.[a-zA-Z0-9]{1,500}){0,30}";
        assert!(matches(pattern, &"a".repeat(500)));
        assert!(!matches(pattern, &"a".repeat(501)));
    }
}
