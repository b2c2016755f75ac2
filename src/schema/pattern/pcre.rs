//! Patterns as libyang reads them: it rewrites a few characters of a pattern, and hands the rest to PCRE2.
//!
//! What comes out is in the syntax of the `regex` crates. PCRE2 knows more than finite automata can do, and some of it has
//! changed from release to release: such a pattern is named, not guessed.

use std::iter::Peekable;
use std::str::Chars;

/// PCRE2 to the syntax of the `regex` crates, without anchors.
///
/// # Errors
/// What in the pattern is not read.
pub(super) fn translate(pattern: &str) -> Result<String, String> {
    let rewritten = rewrite(pattern)?;
    let mut translator = Translator {
        chars: rewritten.chars().peekable(),
        out: String::new(),
        depth: 0,
        ignores_case: false,
    };
    translator.expression()?;
    Ok(translator.out)
}

/// What libyang 3 makes of a pattern before PCRE2 compiles it (`lys_compile_type_pattern_check`): outside brackets `^` and
/// `$` get a backslash, even behind one; and the name of a Unicode block gives way to a range, always the same one,
/// whatever block it is: U+0000 to U+007F outside brackets, U+0080 to U+00FF inside.
fn rewrite(pattern: &str) -> Result<String, String> {
    let mut out = String::with_capacity(pattern.len() + 8);
    let (mut brackets, mut escaped) = (0_usize, false);
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        if let Some(block) = rest.strip_prefix("\\p{Is") {
            let (_, after) = block.split_once('}').ok_or("a property is not closed")?;
            out.push_str(match brackets {
                0 => "[\\x{0}-\\x{7F}]",
                1 => "\\x{80}-\\x{FF}",
                _ => return Err("it names a Unicode block inside nested brackets".to_owned()),
            });
            rest = after;
            continue;
        }
        match c {
            '^' | '$' if brackets == 0 => out.push('\\'),
            '[' if !escaped => brackets += 1,
            ']' if !escaped => brackets = brackets.checked_sub(1).ok_or("\"]\" closes no bracket")?,
            _ => {}
        }
        escaped = c == '\\' && !escaped;
        out.push(c);
        rest = &rest[c.len_utf8()..];
    }
    Ok(out)
}

struct Translator<'a> {
    chars: Peekable<Chars<'a>>,
    out: String,
    /// How many groups are open.
    depth: usize,
    ignores_case: bool,
}

/// What an escape stands for.
enum Escaped {
    Char(char),
    /// What a class of characters has in its brackets, and whether all others are meant.
    Class(&'static str, bool),
    /// The same for a general category.
    Category(String, bool),
}

/// White space of PCRE2 with Unicode properties: U+180E was white space once.
const SPACE: &str = "\\s\\x{180E}";
const WORD: &str = "\\p{L}\\p{N}_";
const HORIZONTAL: &str = "\\t\\x20\\x{A0}\\x{1680}\\x{180E}\\x{2000}-\\x{200A}\\x{202F}\\x{205F}\\x{3000}";
const VERTICAL: &str = "\\n\\x{B}\\x{C}\\r\\x{85}\\x{2028}\\x{2029}";
const LINE: &str = "\\n";

/// The general categories, and those of PCRE2's own names that say the same in the `regex` crates.
const CATEGORIES: [&str; 38] = [
    "C", "Cc", "Cf", "Cn", "Co", "L", "Ll", "Lm", "Lo", "Lt", "Lu", "M", "Mc", "Me", "Mn", "N", "Nd", "Nl",
    "No", "P", "Pc", "Pd", "Pe", "Pf", "Pi", "Po", "Ps", "S", "Sc", "Sk", "Sm", "So", "Z", "Zl", "Zp", "Zs",
    "Any", "LC",
];

impl Translator<'_> {
    fn expression(&mut self) -> Result<(), String> {
        while let Some(c) = self.chars.next() {
            match c {
                '\\' => match self.escape(false)? {
                    Escaped::Char(c) => self.literal(c),
                    Escaped::Class(class, others) => self.brackets(class, others),
                    Escaped::Category(name, others) => {
                        self.brackets(&format!("\\p{{{name}}}"), others);
                    }
                },
                '[' => self.class()?,
                '.' => self.out.push('.'),
                '(' => self.group()?,
                ')' => {
                    self.depth = self.depth.checked_sub(1).ok_or("\")\" closes no group")?;
                    self.out.push(')');
                }
                '|' => self.out.push('|'),
                '*' | '+' | '?' => self.repetition(&c.to_string())?,
                '{' => self.braces()?,
                // Behind a backslash, libyang's own backslash makes anchors of them.
                '^' => self.out.push_str("\\A"),
                '$' => self.out.push_str("\\z"),
                c => self.literal(c),
            }
        }
        match self.depth {
            0 => Ok(()),
            _ => Err("a group is not closed".to_owned()),
        }
    }

    fn literal(&mut self, c: char) {
        regex_syntax::escape_into(c.encode_utf8(&mut [0; 4]), &mut self.out);
    }

    fn brackets(&mut self, class: &str, others: bool) {
        self.out.push('[');
        if others {
            self.out.push('^');
        }
        self.out.push_str(class);
        self.out.push(']');
    }

    fn group(&mut self) -> Result<(), String> {
        self.depth += 1;
        match self.chars.peek() {
            // No group captures: libyang asks for that.
            Some('?') => drop(self.chars.next()),
            Some('*') => return Err("it has a verb".to_owned()),
            _ => {
                self.out.push_str("(?:");
                return Ok(());
            }
        }
        let mut flags = String::new();
        for c in self.chars.by_ref() {
            match c {
                'i' | 's' | '-' => flags.push(c),
                ':' => {
                    self.ignores_case |= flags.contains('i');
                    self.out.push_str(&format!("(?{flags}:"));
                    return Ok(());
                }
                ')' if !flags.is_empty() => {
                    self.ignores_case |= flags.contains('i');
                    self.depth -= 1;
                    self.out.push_str(&format!("(?{flags})"));
                    return Ok(());
                }
                c => return Err(format!("it has a group that begins with \"(?{flags}{c}\"")),
            }
        }
        Err("a group is not closed".to_owned())
    }

    /// What follows what is repeated: lazy repetition takes the same values as a whole.
    fn repetition(&mut self, count: &str) -> Result<(), String> {
        self.out.push_str(count);
        match self.chars.peek() {
            Some('+') => Err("it has a possessive repetition".to_owned()),
            Some('?') => {
                self.chars.next();
                self.out.push('?');
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// A count in braces; a brace that begins none is a character.
    fn braces(&mut self) -> Result<(), String> {
        let inside: String = self.chars.clone().take_while(|&c| c != '}').collect();
        let is_closed = self.chars.clone().nth(inside.chars().count()) == Some('}');
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let is_count = match inside.split_once(',') {
            Some((least, most)) => is_number(least) && (most.is_empty() || is_number(most)),
            None => is_number(&inside),
        };
        if is_closed && is_count {
            let _ = self.chars.by_ref().nth(inside.len());
            return self.repetition(&format!("{{{inside}}}"));
        }
        let is_newer = |c: char| c.is_ascii_digit() || matches!(c, ',' | ' ' | '\t');
        if is_closed && inside.contains(|c: char| c.is_ascii_digit()) && inside.chars().all(is_newer) {
            return Err(format!(
                "\"{{{inside}}}\" is a count since PCRE2 10.43, and plain characters before"
            ));
        }
        self.literal('{');
        Ok(())
    }

    fn escape(&mut self, in_class: bool) -> Result<Escaped, String> {
        let c = self.chars.next().ok_or("it ends in a backslash")?;
        Ok(match c {
            'n' => Escaped::Char('\n'),
            'r' => Escaped::Char('\r'),
            't' => Escaped::Char('\t'),
            'f' => Escaped::Char('\u{c}'),
            'e' => Escaped::Char('\u{1b}'),
            'a' => Escaped::Char('\u{7}'),
            'b' if in_class => Escaped::Char('\u{8}'),
            'd' => Escaped::Class("\\p{Nd}", false),
            'D' => Escaped::Class("\\p{Nd}", true),
            's' => Escaped::Class(SPACE, false),
            'S' => Escaped::Class(SPACE, true),
            'w' => Escaped::Class(WORD, false),
            'W' => Escaped::Class(WORD, true),
            'h' => Escaped::Class(HORIZONTAL, false),
            'H' => Escaped::Class(HORIZONTAL, true),
            'v' => Escaped::Class(VERTICAL, false),
            'V' => Escaped::Class(VERTICAL, true),
            'N' if !in_class && self.chars.peek() != Some(&'{') => Escaped::Class(LINE, true),
            'p' | 'P' => {
                let (name, others) = self.property(c == 'P')?;
                Escaped::Category(name, others)
            }
            'x' => Escaped::Char(self.code()?),
            c if c.is_ascii_alphanumeric() => return Err(format!("it has the escape \"\\{c}\"")),
            c => Escaped::Char(c),
        })
    }

    /// A general category, with or without braces.
    fn property(&mut self, mut others: bool) -> Result<(String, bool), String> {
        let mut name = match self.chars.next() {
            Some('{') => {
                let name: String = self.chars.by_ref().take_while(|&c| c != '}').collect();
                name.replace([' ', '-', '_'], "")
            }
            Some(c) => c.to_string(),
            None => return Err("a property has no name".to_owned()),
        };
        if let Some(rest) = name.strip_prefix('^') {
            others = !others;
            name = rest.to_owned();
        }
        if name == "L&" {
            "LC".clone_into(&mut name);
        }
        if !CATEGORIES.contains(&name.as_str()) {
            return Err(format!("it has the property \"{name}\""));
        }
        Ok((name, others))
    }

    /// A character by its code: `\x41`, `\x{1F600}`.
    fn code(&mut self) -> Result<char, String> {
        let mut digits = String::new();
        if self.chars.peek() == Some(&'{') {
            self.chars.next();
            digits.extend(self.chars.by_ref().take_while(|&c| c != '}'));
        } else {
            while digits.len() < 2
                && let Some(c) = self.chars.next_if(char::is_ascii_hexdigit)
            {
                digits.push(c);
            }
        }
        let code = match digits.as_str() {
            "" => Some(0),
            digits => u32::from_str_radix(digits.trim(), 16).ok(),
        };
        code.and_then(char::from_u32)
            .ok_or_else(|| format!("it has the code \"{digits}\", which is no character"))
    }

    /// A character class; the opening bracket is taken already. A bracket inside is a plain character.
    fn class(&mut self) -> Result<(), String> {
        self.out.push('[');
        if self.chars.next_if_eq(&'^').is_some() {
            self.out.push('^');
        }
        let mut is_first = true;
        loop {
            let c = self.chars.next().ok_or("a character class is not closed")?;
            let low = match c {
                ']' if !is_first => break,
                '[' => {
                    if self.posix()? {
                        is_first = false;
                        continue;
                    }
                    '['
                }
                '\\' => match self.escape(true)? {
                    Escaped::Char(c) => c,
                    Escaped::Class(class, others) => {
                        self.class_item(class, others);
                        is_first = false;
                        continue;
                    }
                    Escaped::Category(name, others) => {
                        let letter = if others { 'P' } else { 'p' };
                        self.out.push_str(&format!("\\{letter}{{{name}}}"));
                        is_first = false;
                        continue;
                    }
                },
                c => c,
            };
            is_first = false;
            self.literal(low);
            let mut ahead = self.chars.clone();
            if ahead.next() == Some('-') && !matches!(ahead.next(), Some(']') | None) {
                self.chars.next();
                let high = match self.chars.next() {
                    Some('\\') => match self.escape(true)? {
                        Escaped::Char(c) => c,
                        _ => return Err("a range ends in a class".to_owned()),
                    },
                    Some('[') if self.chars.peek() == Some(&':') => {
                        return Err("a range ends in a class".to_owned());
                    }
                    Some(c) => c,
                    None => return Err("a character class is not closed".to_owned()),
                };
                self.out.push('-');
                self.literal(high);
                // A hyphen right behind a range is a plain character.
                if self.chars.next_if_eq(&'-').is_some() {
                    if self.chars.peek() == Some(&'-') {
                        return Err("hyphens follow a range".to_owned());
                    }
                    self.literal('-');
                }
            }
        }
        self.out.push(']');
        Ok(())
    }

    /// A class inside a class.
    fn class_item(&mut self, class: &str, others: bool) {
        match others {
            true => self.brackets(class, true),
            false => self.out.push_str(class),
        }
    }

    /// `[:alpha:]` and its like; the bracket is taken already. False where there is none.
    fn posix(&mut self) -> Result<bool, String> {
        let sign = match self.chars.peek() {
            Some(&c @ (':' | '.' | '=')) => c,
            _ => return Ok(false),
        };
        let inside: String = self
            .chars
            .clone()
            .skip(1)
            .take_while(|&c| c != sign && c != ']')
            .collect();
        let mut ahead = self.chars.clone().skip(1 + inside.chars().count());
        if (ahead.next(), ahead.next()) != (Some(sign), Some(']')) {
            return Ok(false);
        }
        let (name, others) = match inside.strip_prefix('^') {
            Some(name) => (name, true),
            None => (inside.as_str(), false),
        };
        let class = match name {
            "alpha" => "\\p{L}",
            "digit" => "\\p{Nd}",
            "alnum" => "\\p{L}\\p{N}",
            "word" => WORD,
            "space" => SPACE,
            "blank" => HORIZONTAL,
            "cntrl" => "\\p{Cc}",
            "ascii" => "\\x00-\\x7F",
            "xdigit" => "0-9A-Fa-f",
            "lower" if !self.ignores_case => "\\p{Ll}",
            "upper" if !self.ignores_case => "\\p{Lu}",
            name => return Err(format!("it has the class \"[:{name}:]\"")),
        };
        if sign != ':' {
            return Err(format!("it has a collating element, \"[{sign}\""));
        }
        self.class_item(class, others);
        let _ = self.chars.by_ref().nth(inside.chars().count() + 2);
        Ok(true)
    }
}
