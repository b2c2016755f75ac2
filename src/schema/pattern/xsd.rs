//! Patterns as XML Schema has them (RFC 7950, section 9.4.5; XML Schema Part 2, appendix F).

use crate::schema::Dialect;

use super::blocks;

/// The syntax that a pattern is brought to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// That of the `regex` crates.
    Regex,
    /// That of ECMA-262 with the flag `u`, with the classes that a dialect has.
    Ecma(Dialect),
}

/// XML Schema syntax to another one, without anchors.
///
/// # Errors
/// What in the pattern is not XML Schema, or has no like in the other syntax.
pub(super) fn translate(pattern: &str, target: Target) -> Result<String, String> {
    let mut translator = Translator {
        chars: pattern.chars().peekable(),
        out: String::new(),
        target,
    };
    translator.expression()?;
    Ok(translator.out)
}

struct Translator<'a> {
    chars: std::iter::Peekable<std::str::Chars<'a>>,
    out: String,
    target: Target,
}

/// White space (`\s`).
const SPACE: &str = " \\t\\n\\r";
/// The first characters of names (`\i`), and those behind them (`\c`), as far as general categories say it.
const INITIAL: &str = "\\p{L}_:";
const NAME: &str = "\\p{L}\\p{M}\\p{Nd}._:\\-";

impl Translator<'_> {
    fn expression(&mut self) -> Result<(), String> {
        let mut counted = false;
        while let Some(c) = self.chars.next() {
            let was_counted = std::mem::take(&mut counted);
            match c {
                '\\' => self.escape(false)?,
                '[' => self.class()?,
                '.' => self.out.push_str(match self.target {
                    Target::Ecma(Dialect::Libyang) => "[^\\n]",
                    _ => "[^\\n\\r]",
                }),
                '(' => self.group()?,
                ')' | '|' => self.out.push(c),
                '?' | '*' | '+' if was_counted => return Err("a repetition is repeated".to_owned()),
                '?' | '*' | '+' => {
                    counted = true;
                    self.out.push(c);
                }
                '{' if was_counted => return Err("a repetition is repeated".to_owned()),
                '{' => {
                    counted = true;
                    self.count()?;
                }
                ']' | '}' => return Err(format!("\"{c}\" closes nothing")),
                c => self.literal(c),
            }
        }
        Ok(())
    }

    fn group(&mut self) -> Result<(), String> {
        if self.chars.peek() == Some(&'?') {
            // That it captures nothing is all the same here, and patterns of libyang may say it.
            if self.target == Target::Regex {
                return Err("it has a group that begins with \"(?\"".to_owned());
            }
            self.chars.next();
            if self.chars.next() != Some(':') {
                return Err("it has a group that begins with \"(?\"".to_owned());
            }
        }
        self.out.push_str("(?:");
        Ok(())
    }

    fn count(&mut self) -> Result<(), String> {
        let count: String = self.chars.by_ref().take_while(|&c| c != '}').collect();
        let (least, most) = count.split_once(',').unwrap_or((&count, ""));
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number(least) || !(most.is_empty() || is_number(most)) {
            return Err(format!("\"{{{count}}}\" is no count"));
        }
        self.out.push_str(&format!("{{{count}}}"));
        Ok(())
    }

    fn literal(&mut self, c: char) {
        let is_meta = match self.target {
            Target::Ecma(_) => "^$\\.*+?()[]{}|".contains(c),
            Target::Regex => regex_syntax::is_meta_character(c),
        };
        if is_meta {
            self.out.push('\\');
        }
        self.out.push(c);
    }

    fn escape(&mut self, in_class: bool) -> Result<(), String> {
        let c = self.chars.next().ok_or("it ends in a backslash")?;
        let class = match (c, self.target) {
            ('n' | 'r' | 't', _) => {
                self.out.push('\\');
                self.out.push(c);
                return Ok(());
            }
            // Outside a class a hyphen must not be escaped there, inside it must.
            ('-', Target::Ecma(_)) if in_class => {
                self.out.push_str("\\-");
                return Ok(());
            }
            ('p' | 'P', _) => return self.property(c, in_class),
            ('d' | 'D', _) => "\\p{Nd}",
            ('s' | 'S', Target::Ecma(Dialect::Libyang)) => "\\p{White_Space}\\u{180E}",
            ('s' | 'S', _) => SPACE,
            ('w' | 'W', Target::Ecma(Dialect::Libyang)) => "\\p{L}\\p{N}_",
            // Its own class is of what it leaves out.
            ('w', _) => return self.brackets("\\p{P}\\p{Z}\\p{C}", true, in_class),
            ('W', _) => return self.brackets("\\p{P}\\p{Z}\\p{C}", false, in_class),
            ('i' | 'I', Target::Regex) => INITIAL,
            ('c' | 'C', Target::Regex) => NAME,
            (c, _) if c.is_ascii_alphanumeric() => return Err(format!("it has the escape \"\\{c}\"")),
            (c, _) => {
                self.literal(c);
                return Ok(());
            }
        };
        self.brackets(class, c.is_ascii_uppercase(), in_class)
    }

    fn brackets(&mut self, class: &str, others: bool, in_class: bool) -> Result<(), String> {
        let open = match (others, in_class) {
            (false, true) => {
                self.out.push_str(class);
                return Ok(());
            }
            (true, true) if self.target != Target::Regex => {
                return Err("a class inside a class is turned round".to_owned());
            }
            (true, _) => "[^",
            (false, false) => "[",
        };
        self.out.push_str(open);
        self.out.push_str(class);
        self.out.push(']');
        Ok(())
    }

    fn property(&mut self, letter: char, in_class: bool) -> Result<(), String> {
        if self.chars.next() != Some('{') {
            return Err(format!("\"\\{letter}\" wants a category in braces"));
        }
        let name: String = self.chars.by_ref().take_while(|&c| c != '}').collect();
        if let Some(block) = name.strip_prefix("Is") {
            if self.target != Target::Regex {
                return Err("it names a Unicode block".to_owned());
            }
            let ranges = blocks::ranges(block).ok_or_else(|| format!("there is no block \"{block}\""))?;
            return self.brackets(&ranges, letter == 'P', in_class);
        }
        if name.is_empty() || name.len() > 2 {
            return Err(format!("\"{name}\" is no category"));
        }
        self.out.push_str(&format!("\\{letter}{{{name}}}"));
        Ok(())
    }

    /// A character class; the opening bracket is taken already.
    fn class(&mut self) -> Result<(), String> {
        self.out.push('[');
        if self.chars.next_if_eq(&'^').is_some() {
            self.out.push('^');
        }
        let mut first = true;
        loop {
            let c = self.chars.next().ok_or("a character class is not closed")?;
            match c {
                ']' if !first => break,
                ']' => return Err("a character class is empty".to_owned()),
                '[' => return Err("a bracket is inside brackets".to_owned()),
                '\\' => self.escape(true)?,
                '-' => match self.chars.peek() {
                    // Subtraction: everything before, without the class that follows.
                    Some('[') if self.target != Target::Regex => {
                        return Err("there is no subtraction".to_owned());
                    }
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
