//! The text of a template as tokens: data, and what is written between its tags.

use std::rc::Rc;

use super::error::{Error, ErrorKind, Result, Text};

/// A token, with the offset of its first byte.
#[derive(Debug, Clone)]
pub struct Token {
    pub kind: Kind,
    pub at: usize,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// Text that is output as it is.
    Data(String),
    VariableBegin,
    VariableEnd,
    BlockBegin,
    BlockEnd,
    Name(Rc<str>),
    Text(String),
    Integer(i128),
    Float(f64),
    /// An operator or a bracket.
    Sign(&'static str),
    End,
}

/// Longer ones precede their beginnings.
const SIGNS: [&str; 27] = [
    "**", "//", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<",
    "=", ".", ":", "|", ",", ";", "!",
];

/// A text with line feeds between its lines, and none at its end: one is taken away, as the renderer of SONiC does.
pub fn normalize(text: &str) -> String {
    let mut text = text.replace("\r\n", "\n").replace('\r', "\n");
    if text.ends_with('\n') {
        text.pop();
    }
    text
}

/// The tokens of a text. The line feed behind a tag of a block or a comment is taken away.
pub fn tokens(source: &Rc<Text>) -> Result<Vec<Token>> {
    let mut lexer = Lexer {
        source,
        text: &source.text,
        at: 0,
        tokens: Vec::new(),
    };
    lexer.run()?;
    lexer.push(Kind::End, source.text.len());
    Ok(lexer.tokens)
}

struct Lexer<'t> {
    source: &'t Rc<Text>,
    text: &'t str,
    at: usize,
    tokens: Vec<Token>,
}

impl Lexer<'_> {
    fn push(&mut self, kind: Kind, at: usize) {
        self.tokens.push(Token { kind, at });
    }

    fn fail<T>(&self, message: impl Into<String>, at: usize) -> Result<T> {
        Err(Error::new(ErrorKind::Syntax, message).at(self.source, at))
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn take(&mut self, text: &str) -> bool {
        let is_there = self.rest().starts_with(text);
        if is_there {
            self.at += text.len();
        }
        is_there
    }

    fn skip_blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn data(&mut self, start: usize, end: usize, is_trimmed: bool) {
        let data = &self.text[start..end];
        let data = if is_trimmed { data.trim_end() } else { data };
        if !data.is_empty() {
            self.push(Kind::Data(data.to_owned()), start);
        }
    }

    fn run(&mut self) -> Result<()> {
        while self.at < self.text.len() {
            let start = self.at;
            let found = self.rest().match_indices('{').map(|(at, _)| start + at);
            let found = found
                .into_iter()
                .find(|at| matches!(self.text.as_bytes().get(at + 1), Some(b'{' | b'%' | b'#')));
            let Some(begin) = found else {
                self.data(start, self.text.len(), false);
                self.at = self.text.len();
                return Ok(());
            };
            self.at = begin + 2;
            let tag = self.text.as_bytes()[begin + 1];
            let is_trimmed = self.take("-");
            if !is_trimmed {
                self.take("+");
            }
            self.data(start, begin, is_trimmed);
            match tag {
                b'#' => self.comment(begin)?,
                b'%' if self.raw_begins() => self.raw(begin)?,
                b'%' => {
                    self.push(Kind::BlockBegin, begin);
                    self.code(begin, true)?;
                }
                _ => {
                    self.push(Kind::VariableBegin, begin);
                    self.code(begin, false)?;
                }
            }
        }
        Ok(())
    }

    /// Whether a tag ends here; goes behind it, and behind the blanks that it takes away.
    fn ends(&mut self, end: &str, is_trimming: bool) -> bool {
        if self
            .rest()
            .strip_prefix('-')
            .is_some_and(|rest| rest.starts_with(end))
        {
            self.at += 1 + end.len();
            self.skip_blanks();
            return true;
        }
        if is_trimming
            && self
                .rest()
                .strip_prefix('+')
                .is_some_and(|rest| rest.starts_with(end))
        {
            self.at += 1 + end.len();
            return true;
        }
        if self.take(end) {
            if is_trimming {
                self.take("\n");
            }
            return true;
        }
        false
    }

    fn comment(&mut self, begin: usize) -> Result<()> {
        loop {
            if self.ends("#}", true) {
                return Ok(());
            }
            let Some(next) = self.rest().chars().next() else {
                return self.fail("the comment does not end", begin);
            };
            self.at += next.len_utf8();
        }
    }

    /// Whether the tag is `raw`; goes behind it then.
    fn raw_begins(&mut self) -> bool {
        let before = self.at;
        self.skip_blanks();
        if self.take("raw") {
            self.skip_blanks();
            // The line feed behind this tag stays.
            if self.take("-%}") {
                self.skip_blanks();
                return true;
            }
            if self.take("%}") {
                return true;
            }
        }
        self.at = before;
        false
    }

    fn raw(&mut self, begin: usize) -> Result<()> {
        let start = self.at;
        loop {
            let Some(found) = self.rest().find("{%") else {
                return self.fail("`raw` without `endraw`", begin);
            };
            let end = self.at + found;
            self.at = end + 2;
            let is_trimmed = self.take("-");
            if !is_trimmed {
                self.take("+");
            }
            self.skip_blanks();
            if self.take("endraw") {
                self.skip_blanks();
                if self.ends("%}", true) {
                    self.data(start, end, is_trimmed);
                    return Ok(());
                }
            }
            self.at = end + 2;
        }
    }

    /// The tokens up to the end of a tag.
    fn code(&mut self, begin: usize, is_block: bool) -> Result<()> {
        let end = if is_block { "%}" } else { "}}" };
        let mut open: Vec<(&'static str, usize)> = Vec::new();
        loop {
            self.skip_blanks();
            let at = self.at;
            if open.is_empty() && self.ends(end, is_block) {
                let kind = if is_block {
                    Kind::BlockEnd
                } else {
                    Kind::VariableEnd
                };
                self.push(kind, at);
                return Ok(());
            }
            let Some(first) = self.rest().chars().next() else {
                return self.fail(format!("the tag does not end with `{end}`"), begin);
            };
            let kind = if first.is_ascii_digit() {
                self.number()?
            } else if first.is_alphabetic() || first == '_' {
                let rest = self.rest();
                let is_part = |c: char| c.is_alphanumeric() || c == '_';
                let length = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
                let name = Rc::from(&rest[..length]);
                self.at += length;
                Kind::Name(name)
            } else if first == '"' || first == '\'' {
                self.string(first)?
            } else {
                let sign = SIGNS.into_iter().find(|sign| self.rest().starts_with(sign));
                let Some(sign) = sign.filter(|sign| *sign != "!") else {
                    return self.fail(format!("{first:?} has no meaning here"), at);
                };
                self.at += sign.len();
                match sign {
                    "(" => open.push((")", at)),
                    "[" => open.push(("]", at)),
                    "{" => open.push(("}", at)),
                    ")" | "]" | "}" => match open.pop() {
                        Some((closing, _)) if closing == sign => {}
                        Some((closing, _)) => {
                            return self.fail(format!("`{sign}`, where `{closing}` is expected"), at);
                        }
                        None => return self.fail(format!("`{sign}` closes nothing"), at),
                    },
                    _ => {}
                }
                Kind::Sign(sign)
            };
            self.push(kind, at);
        }
    }

    fn digits(&mut self, is_digit: impl Fn(u8) -> bool) -> String {
        let mut digits = String::new();
        let bytes = self.text.as_bytes();
        loop {
            let is_at = |at: usize| bytes.get(at).is_some_and(|byte| is_digit(*byte));
            let step = usize::from(bytes.get(self.at) == Some(&b'_') && !digits.is_empty());
            if !is_at(self.at + step) {
                return digits;
            }
            digits.push(bytes[self.at + step] as char);
            self.at += step + 1;
        }
    }

    fn number(&mut self) -> Result<Kind> {
        let start = self.at;
        for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
            let is_prefixed = self
                .rest()
                .get(..2)
                .is_some_and(|text| text.eq_ignore_ascii_case(prefix));
            if is_prefixed {
                self.at += 2;
                self.take("_");
                let digits = self.digits(|byte| (byte as char).is_digit(radix));
                return match i128::from_str_radix(&digits, radix) {
                    Ok(number) => Ok(Kind::Integer(number)),
                    Err(_) => self.fail("the number cannot be read", start),
                };
            }
        }
        let mut text = self.digits(|byte| byte.is_ascii_digit());
        let is_attribute = start > 0 && self.text.as_bytes()[start - 1] == b'.';
        let mut is_float = false;
        let byte = |lexer: &Self, ahead: usize| lexer.text.as_bytes().get(lexer.at + ahead).copied();
        if !is_attribute {
            if byte(self, 0) == Some(b'.') && byte(self, 1).is_some_and(|byte| byte.is_ascii_digit()) {
                self.at += 1;
                text.push('.');
                text += &self.digits(|byte| byte.is_ascii_digit());
                is_float = true;
            }
            if matches!(byte(self, 0), Some(b'e' | b'E')) {
                let sign = usize::from(matches!(byte(self, 1), Some(b'+' | b'-')));
                if byte(self, 1 + sign).is_some_and(|byte| byte.is_ascii_digit()) {
                    text.push_str(&self.text[self.at..=self.at + sign]);
                    self.at += 1 + sign;
                    text += &self.digits(|byte| byte.is_ascii_digit());
                    is_float = true;
                }
            }
        }
        let number = if is_float {
            text.parse().ok().map(Kind::Float)
        } else {
            // Zeros alone may be written more than once.
            let is_plain = !text.starts_with('0') || text.bytes().all(|byte| byte == b'0');
            text.parse().ok().filter(|_| is_plain).map(Kind::Integer)
        };
        number.map_or_else(|| self.fail("the number cannot be read", start), Ok)
    }

    fn string(&mut self, quote: char) -> Result<Kind> {
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        loop {
            let Some(next) = self.rest().chars().next() else {
                return self.fail("the string does not end", start);
            };
            self.at += next.len_utf8();
            if next == quote {
                return Ok(Kind::Text(text));
            }
            if next != '\\' {
                text.push(next);
                continue;
            }
            let at = self.at - 1;
            let Some(escape) = self.rest().chars().next() else {
                return self.fail("the string does not end", start);
            };
            self.at += escape.len_utf8();
            match escape {
                '\n' => {}
                '\\' | '\'' | '"' => text.push(escape),
                'n' => text.push('\n'),
                'r' => text.push('\r'),
                't' => text.push('\t'),
                'a' => text.push('\x07'),
                'b' => text.push('\x08'),
                'f' => text.push('\x0c'),
                'v' => text.push('\x0b'),
                'x' => self.escaped(&mut text, 16, 2, 2, at)?,
                'u' => self.escaped(&mut text, 16, 4, 4, at)?,
                'U' => self.escaped(&mut text, 16, 8, 8, at)?,
                '0'..='7' => {
                    self.at -= 1;
                    self.escaped(&mut text, 8, 1, 3, at)?;
                }
                _ => text.extend(['\\', escape]),
            }
        }
    }

    /// A character by its number.
    fn escaped(&mut self, text: &mut String, radix: u32, least: usize, most: usize, at: usize) -> Result<()> {
        let digits = self.rest().chars().take(most).take_while(|c| c.is_digit(radix));
        let digits: String = digits.collect();
        let character = u32::from_str_radix(&digits, radix).ok().and_then(char::from_u32);
        match character.filter(|_| digits.len() >= least) {
            Some(character) => {
                self.at += digits.len();
                text.push(character);
                Ok(())
            }
            None => self.fail("the escape is no character", at),
        }
    }
}
