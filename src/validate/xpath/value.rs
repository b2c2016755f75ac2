//! Values of expressions and how they turn into one another (XPath 1.0, sections 3.2 to 4.4).

use std::borrow::Cow;

use smallvec::SmallVec;

use crate::validate::tree::Inst;

/// Nodes of a tree, few as a rule.
pub type Nodes = SmallVec<[Inst; 4]>;

/// The value of an expression.
#[derive(Debug, Clone)]
pub enum Value<'t> {
    /// A node-set, in document order.
    Nodes(Nodes),
    /// A string of characters.
    Text(Cow<'t, str>),
    /// A number, in double precision.
    Number(f64),
    /// The value true or false.
    Boolean(bool),
}

impl Value<'_> {
    /// As `boolean()` gives it.
    pub fn to_boolean(&self) -> bool {
        match self {
            Value::Nodes(nodes) => !nodes.is_empty(),
            Value::Text(text) => !text.is_empty(),
            Value::Number(number) => *number != 0.0 && !number.is_nan(),
            Value::Boolean(boolean) => *boolean,
        }
    }

    /// The nodes of a node-set; none for other values.
    pub fn into_nodes(self) -> Nodes {
        match self {
            Value::Nodes(nodes) => nodes,
            _ => Nodes::new(),
        }
    }
}

/// `number()` of a string: an optional minus sign, digits, a point (section 4.4).
pub fn text_to_number(text: &str) -> f64 {
    let text = text.trim_matches([' ', '\t', '\r', '\n']);
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_number = digits.chars().all(|c| c.is_ascii_digit() || c == '.')
        && digits.chars().filter(|&c| c == '.').count() <= 1
        && digits.chars().any(|c| c.is_ascii_digit());
    if is_number {
        text.parse().unwrap_or(f64::NAN)
    } else {
        f64::NAN
    }
}

/// `string()` of a number (section 4.2).
pub fn number_to_text(number: f64) -> String {
    if number.is_nan() {
        "NaN".to_owned()
    } else if number.is_infinite() {
        if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned()
    } else if number == 0.0 {
        "0".to_owned()
    } else {
        number.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_texts() {
        assert_eq!(text_to_number(" -12.5 "), -12.5);
        assert!(text_to_number("1e3").is_nan());
        assert!(text_to_number("0x1f").is_nan());
        assert!(text_to_number("").is_nan());
        assert!(text_to_number("inf").is_nan());
        assert_eq!(number_to_text(3.0), "3");
        assert_eq!(number_to_text(-0.0), "0");
        assert_eq!(number_to_text(1.25), "1.25");
        assert_eq!(number_to_text(f64::NEG_INFINITY), "-Infinity");
    }

    #[test]
    fn truth() {
        assert!(!Value::Text("".into()).to_boolean());
        assert!(Value::Text("false".into()).to_boolean());
        assert!(!Value::Number(f64::NAN).to_boolean());
        assert!(!Value::Nodes(Nodes::new()).to_boolean());
    }
}
