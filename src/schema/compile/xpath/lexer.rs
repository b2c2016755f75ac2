//! Tokens of an expression (XPath 1.0, section 3.7).

use super::error::XPathError;

/// A token of an XPath expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Token {
    /// `(`, `)`, `[`, `]`, `.`, `..`, `@`, `,`, `::`, `/`, `//`, `|`, `+`, `-`, `=`, `!=`, `<`, `<=`,
    /// `>`, `>=`, `$`, and the operators `and`, `or`, `mod`, `div`, `*`.
    Symbol(&'static str),
    /// A string of characters.
    Literal(String),
    /// A number, in double precision.
    Number(f64),
    /// A name, or `*` as a name test, with its prefix.
    Name(Option<String>, String),
}

const SYMBOLS: &[&str] = &[
    "::", "//", "..", "!=", "<=", ">=", "(", ")", "[", "]", ".", "@", ",", "/", "|", "+", "-", "=", "<", ">",
    "$",
];

const OPERATORS: &[&str] = &["and", "or", "mod", "div"];

/// Splits an expression into tokens.
pub fn tokens(text: &str) -> Result<Vec<Token>, XPathError> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        // Section 3.7: behind an operand, `*` and names are operators.
        let operator = !matches!(
            tokens.last(),
            None | Some(Token::Symbol(
                "(" | "["
                    | "@"
                    | ","
                    | "::"
                    | "/"
                    | "//"
                    | "|"
                    | "+"
                    | "-"
                    | "="
                    | "!="
                    | "<"
                    | "<="
                    | ">"
                    | ">="
                    | "*"
                    | "and"
                    | "or"
                    | "mod"
                    | "div"
            ))
        );
        let length;
        if first == '"' || first == '\'' {
            let end = rest[1..]
                .find(first)
                .ok_or_else(|| XPathError::new("a string is not closed"))?;
            tokens.push(Token::Literal(rest[1..=end].to_owned()));
            length = end + 2;
        } else if first.is_ascii_digit()
            || (first == '.' && rest[1..].starts_with(|c: char| c.is_ascii_digit()))
        {
            length = rest
                .find(|c: char| !c.is_ascii_digit() && c != '.')
                .unwrap_or(rest.len());
            let number = rest[..length]
                .parse()
                .map_err(|_| XPathError::new(format!("{:?} is no number", &rest[..length])))?;
            tokens.push(Token::Number(number));
        } else if first == '*' {
            tokens.push(if operator {
                Token::Symbol("*")
            } else {
                Token::Name(None, "*".to_owned())
            });
            length = 1;
        } else if let Some(symbol) = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
            tokens.push(Token::Symbol(symbol));
            length = symbol.len();
        } else if is_name_start(first) {
            let (name, used) = name(rest);
            match OPERATORS.iter().find(|word| operator && name.1 == **word) {
                Some(word) if name.0.is_none() => tokens.push(Token::Symbol(word)),
                _ => tokens.push(Token::Name(name.0, name.1)),
            }
            length = used;
        } else {
            return Err(XPathError::new(format!("{first:?} is not expected")));
        }
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

fn is_name_start(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

fn ncname(text: &str) -> &str {
    let end = text
        .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.')))
        .unwrap_or(text.len());
    &text[..end]
}

/// A name with its prefix, and how many bytes it takes.
fn name(text: &str) -> ((Option<String>, String), usize) {
    let first = ncname(text);
    if let Some(rest) = text[first.len()..].strip_prefix(':')
        && !rest.starts_with(':')
    {
        if rest.starts_with('*') {
            return ((Some(first.to_owned()), "*".to_owned()), first.len() + 2);
        }
        let local = ncname(rest);
        if !local.is_empty() {
            let used = first.len() + 1 + local.len();
            return ((Some(first.to_owned()), local.to_owned()), used);
        }
    }
    ((None, first.to_owned()), first.len())
}
