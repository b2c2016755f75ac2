//! Where libyang 3 departs from XPath 1.0: strings are bytes, numbers are what C reads, and nodes are in another order.
//!
//! What is met in an evaluation and means something else to the other dialect is noted: only then is a condition
//! evaluated for both.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::net::{Ipv4Addr, Ipv6Addr};

use smallvec::smallvec;

use crate::schema::xpath::{Expr, Function};
use crate::schema::{Dialect, Form, NodeId, NodeKind, TypeId, TypeKind};
use crate::validate::tree::Inst;
use crate::validate::value::{Naming, ValueContext, Written, check as value_check, members};

use super::value::{self, Nodes};
use super::{Context, Evaluator, Value};

impl<'t> Evaluator<'t> {
    /// What the dialect at hand makes of something; notes where they do not agree.
    pub(super) fn either<T: PartialEq>(&self, standard: T, libyang: T) -> T {
        if standard != libyang {
            self.disputed.set(true);
        }
        match self.dialect.get() {
            Dialect::Rfc => standard,
            Dialect::Libyang => libyang,
        }
    }

    /// The same for numbers, of which NaN is like itself.
    fn either_number(&self, standard: f64, libyang: f64) -> f64 {
        f64::from_bits(self.either(standard.to_bits(), libyang.to_bits()))
    }

    /// `number()` of a string.
    pub(super) fn text_number(&self, text: &str) -> f64 {
        let number = value::text_to_number(text);
        if is_plain_number(text) {
            return number;
        }
        self.either_number(number, c_number(text))
    }

    /// `string()` of a number.
    pub(super) fn number_text(&self, number: f64) -> String {
        self.either(value::number_to_text(number), c_number_text(number))
    }

    /// `string-length()`.
    pub(super) fn length(&self, text: &str) -> f64 {
        self.either(text.chars().count(), text.len()) as f64
    }

    /// `substring()`.
    pub(super) fn substring(&self, text: &str, start: f64, length: Option<f64>) -> String {
        self.either(substring(text, start, length), c_substring(text, start, length))
    }

    /// `translate()`.
    pub(super) fn translate(&self, text: &str, from: &str, to: &str) -> String {
        self.either(translate(text, from, to), c_translate(text, from, to))
    }

    /// `normalize-space()`.
    pub(super) fn normalize_space(&self, text: &str) -> String {
        let words: Vec<&str> = text.split(is_space).filter(|word| !word.is_empty()).collect();
        let normal = words.join(" ");
        // A single blank between words is left as it is.
        let mut last = ' ';
        let is_orderly = text
            .chars()
            .all(|c| !is_space(std::mem::replace(&mut last, c)) || !is_space(c));
        let kept = is_orderly && !text.starts_with(is_space) && !text.ends_with(is_space);
        let libyang = if kept { text.to_owned() } else { normal.clone() };
        self.either(normal, libyang)
    }

    /// `floor()`: libyang cuts the fraction off. Where there is no number, it leaves the context node for the result.
    pub(super) fn floor(&self, number: f64, context: Context) -> Value<'t> {
        if !number.is_finite() && self.either(false, true) {
            return Value::Nodes(smallvec![context.item]);
        }
        Value::Number(self.either_number(number.floor(), number.trunc()))
    }

    /// `name()`: the prefix is optional, and libyang does not find one in a condition.
    pub(super) fn qualified(&self, name: &str) -> String {
        self.either(name.to_owned(), format!("(null):{name}"))
    }

    /// `ceiling()`: libyang cuts the fraction off, and adds one.
    pub(super) fn ceiling(&self, number: f64) -> f64 {
        let libyang = if number.fract() == 0.0 {
            number
        } else {
            number.trunc() + 1.0
        };
        self.either_number(number.ceil() + 0.0, libyang + 0.0)
    }

    /// `round()`.
    pub(super) fn round(&self, number: f64) -> f64 {
        self.either_number(round(number), c_round(number))
    }

    /// Whether a number in a predicate is a position: libyang cuts the fraction off.
    pub(super) fn is_at(&self, number: f64, position: usize) -> bool {
        let position = position as f64;
        self.either(number == position, number.trunc() == position)
    }

    /// The canonical value of a leaf (RFC 7950, section 6.4.1). The dialects do not read all numbers alike, and do not write
    /// all IPv6 addresses alike.
    pub(super) fn leaf_text(&self, inst: Inst) -> Cow<'t, str> {
        let node = self.tree.get(inst);
        let text = self.tree.text(node.value);
        if node.raw == node.value && !text.starts_with("::") || node.invalid {
            return text.into();
        }
        let is_disputable = match &self.schema.ty(node.ty).kind {
            // SONiC's loader reads the others as the standard does.
            TypeKind::Integer { kind, .. } => !kind.is_unsigned(),
            TypeKind::String { form, .. } => matches!(
                form,
                Some(Form::Ipv6Address | Form::Ipv6AddressNoZone | Form::Ipv6Prefix)
            ),
            _ => false,
        };
        if !is_disputable || node.implicit {
            return text.into();
        }
        let module = self.schema.node(node.schema).module;
        let scope = ValueContext::new(self.schema, module, Naming::YangJson).briefly();
        let raw = self.tree.text(node.raw);
        let other = value_check(
            scope.in_dialect(self.schema.dialect.other()),
            node.ty,
            raw,
            Written::Text,
        );
        let other = other.map_or_else(|_| text.to_owned(), |checked| checked.canonical.into_owned());
        match self.schema.dialect {
            Dialect::Libyang => self.either(other, text.to_owned()),
            Dialect::Rfc => self.either(text.to_owned(), other),
        }
        .into()
    }

    /// The string-value of a node that is no leaf: to libyang, a line for each value, indented.
    pub(super) fn inner_text(&self, inst: Inst) -> String {
        let (mut plain, mut lines) = (String::new(), String::new());
        self.collect_text(inst, 0, (&mut plain, &mut lines));
        self.either(plain, lines)
    }

    fn collect_text(&self, inst: Inst, depth: usize, (plain, lines): (&mut String, &mut String)) {
        let is_leaf = inst != Inst::ROOT && self.schema.value_type(self.tree.get(inst).schema).is_some();
        if is_leaf {
            let text = self.node_text(inst);
            plain.push_str(&text);
            lines.push_str(&"  ".repeat(depth));
            lines.push_str(&text);
            lines.push('\n');
            return;
        }
        lines.push('\n');
        if let Some(read_set) = self.read_set {
            read_set.note_unit(self.tree.unit(inst));
        }
        let mut children: Nodes = self.tree.children(inst).collect();
        if self.dialect.get() == Dialect::Libyang {
            children.sort_by(|&a, &b| self.order(a, b));
        }
        for child in children {
            self.collect_text(child, depth + 1, (plain, lines));
        }
        if inst == Inst::ROOT {
            lines.push('\n');
        }
    }

    /// The first node of a set.
    pub(super) fn first(&self, nodes: &[Inst]) -> Option<Inst> {
        let &standard = nodes.first()?;
        if nodes.len() == 1 {
            return Some(standard);
        }
        let libyang = nodes.iter().copied().min_by(|&a, &b| self.order(a, b));
        Some(self.either(standard, libyang.unwrap_or(standard)))
    }

    /// Nodes in the order that positions count in.
    pub(super) fn in_order(&self, nodes: Nodes) -> Nodes {
        if nodes.len() <= 1 {
            return nodes;
        }
        let mut sorted = nodes.clone();
        sorted.sort_by(|&a, &b| self.order(a, b));
        self.either(nodes, sorted)
    }

    /// The order of nodes in a tree of libyang: siblings stand as their schema nodes do, top-level ones by the names of
    /// their modules first; entries of a list that is not `ordered-by user` by their keys, elements by their values.
    fn order(&self, a: Inst, b: Inst) -> Ordering {
        let (a, b) = (self.way_to(a), self.way_to(b));
        let split = a.iter().zip(&b).position(|(a, b)| a != b);
        let Some(at) = split else {
            return a.len().cmp(&b.len());
        };
        let (a, b) = (a[at], b[at]);
        let (x, y) = (self.tree.get(a), self.tree.get(b));
        if x.schema != y.schema {
            if x.parent == Inst::ROOT {
                let name = |node: NodeId| &self.schema.module(self.schema.node(node).module).name;
                let modules = name(x.schema).cmp(name(y.schema));
                return modules.then(x.schema.cmp(&y.schema));
            }
            return x.schema.cmp(&y.schema);
        }
        let by_values = match &self.schema.node(x.schema).kind {
            NodeKind::List(list) if !list.user_ordered => {
                let mut keys =
                    list.keys
                        .iter()
                        .map(|&key| match (self.tree.child(a, key), self.tree.child(b, key)) {
                            (Some(a), Some(b)) => self.by_value(a, b),
                            (a, b) => a.is_some().cmp(&b.is_some()),
                        });
                keys.find(|order| order.is_ne())
            }
            NodeKind::LeafList(list) if !list.user_ordered => Some(self.by_value(a, b)),
            _ => None,
        };
        let in_document = || self.tree.order(a).cmp(&self.tree.order(b));
        by_values
            .filter(|order| order.is_ne())
            .unwrap_or_else(in_document)
    }

    /// The nodes from the top to a node.
    fn way_to(&self, inst: Inst) -> Vec<Inst> {
        let mut way = vec![inst];
        let mut at = inst;
        while at != Inst::ROOT {
            at = self.tree.get(at).parent;
            way.push(at);
        }
        way.reverse();
        way
    }

    /// The order of two values of one node, as the types of libyang have it.
    fn by_value(&self, a: Inst, b: Inst) -> Ordering {
        let (x, y) = (self.tree.get(a), self.tree.get(b));
        let (text_a, text_b) = (self.tree.text(x.value), self.tree.text(y.value));
        if x.invalid || y.invalid || self.schema.value_type(x.schema).is_none() {
            return text_a.cmp(text_b);
        }
        if x.ty != y.ty {
            // Values of an earlier member of a union come last.
            let place = |ty: TypeId| {
                let own = self.schema.value_type(x.schema)?;
                members(self.schema, own)
                    .iter()
                    .position(|&member| self.is_type(member, ty))
            };
            return place(y.ty).cmp(&place(x.ty));
        }
        let order = match &self.schema.ty(x.ty).kind {
            TypeKind::Integer { .. } => by(text_a, text_b, |text| text.parse::<i128>().ok()),
            TypeKind::Decimal64 { .. } => by(text_a, text_b, |text| {
                // Canonical forms have no zeros at the end: the digits are compared as they stand.
                let (whole, fraction) = text.split_once('.')?;
                format!("{whole}{fraction:0<18}").parse::<i128>().ok()
            }),
            TypeKind::Boolean => Some(text_a.cmp(text_b)),
            // The bits of each byte, from the first byte on.
            TypeKind::Bits(bits) => by(text_a, text_b, |text| {
                let mut bytes = Vec::new();
                for name in text.split(' ').filter(|name| !name.is_empty()) {
                    let bit = bits.iter().find(|bit| *bit.name == *name)?;
                    let at = usize::try_from(bit.value).ok()?;
                    bytes.resize(bytes.len().max(at / 8 + 1), 0_u8);
                    bytes[at / 8] |= 1 << (at % 8);
                }
                Some(bytes)
            }),
            TypeKind::Enumeration(values) => by(text_b, text_a, |text| {
                let value = values.iter().find(|value| *value.name == *text);
                value.map(|value| value.value)
            }),
            TypeKind::Identityref { .. } => by(text_a, text_b, |text| {
                Some(text.rsplit_once(':').map_or(text, |(_, name)| name).to_owned())
            }),
            TypeKind::String { form: Some(form), .. } => match form {
                Form::Ipv4Address | Form::Ipv4AddressNoZone => by(text_a, text_b, |text| {
                    let (address, zone) = text.split_once('%').unwrap_or((text, ""));
                    Some((address.parse::<Ipv4Addr>().ok()?, zone.to_owned()))
                }),
                Form::Ipv6Address | Form::Ipv6AddressNoZone => by(text_a, text_b, |text| {
                    let (address, zone) = text.split_once('%').unwrap_or((text, ""));
                    Some((address.parse::<Ipv6Addr>().ok()?, zone.to_owned()))
                }),
                Form::Ipv4Prefix => by(text_a, text_b, |text| {
                    let (address, length) = text.split_once('/')?;
                    Some((address.parse::<Ipv4Addr>().ok()?, length.parse::<u8>().ok()?))
                }),
                Form::Ipv6Prefix => by(text_a, text_b, |text| {
                    let (address, length) = text.split_once('/')?;
                    Some((address.parse::<Ipv6Addr>().ok()?, length.parse::<u8>().ok()?))
                }),
                Form::DateAndTime => by(text_a, text_b, |text| text.parse::<jiff::Timestamp>().ok()),
                Form::HexString => None,
            },
            _ => None,
        };
        order.unwrap_or_else(|| text_a.cmp(text_b))
    }

    /// Whether a type is another one, or a leafref to a leaf of it.
    fn is_type(&self, ty: TypeId, other: TypeId) -> bool {
        match &self.schema.ty(ty).kind {
            TypeKind::Leafref { target, .. } => self.is_type(*target, other),
            _ => ty == other,
        }
    }
}

fn by<T: Ord>(a: &str, b: &str, key: impl Fn(&str) -> Option<T>) -> Option<Ordering> {
    Some(key(a)?.cmp(&key(b)?))
}

/// Whether a predicate may depend on the position of a node.
pub(super) fn is_positional(predicate: &Expr) -> bool {
    match predicate {
        Expr::Number(_) | Expr::Arithmetic(..) | Expr::Negate(_) => true,
        Expr::Or(a, b) | Expr::And(a, b) | Expr::Compare(_, a, b) => has_position(a) || has_position(b),
        Expr::Call(function, args) => {
            let is_number = matches!(
                function,
                Function::Position
                    | Function::Last
                    | Function::Count
                    | Function::Number
                    | Function::Sum
                    | Function::Floor
                    | Function::Ceiling
                    | Function::Round
                    | Function::StringLength
                    | Function::EnumValue
            );
            is_number || args.iter().any(has_position)
        }
        _ => false,
    }
}

/// Whether an expression asks for the position, outside the predicates of paths.
fn has_position(expr: &Expr) -> bool {
    match expr {
        Expr::Or(a, b) | Expr::And(a, b) | Expr::Compare(_, a, b) | Expr::Arithmetic(_, a, b) => {
            has_position(a) || has_position(b)
        }
        Expr::Negate(a) => has_position(a),
        Expr::Call(function, args) => *function == Function::Position || args.iter().any(has_position),
        _ => false,
    }
}

/// Whether both dialects surely read the same number: digits, and a point between them.
fn is_plain_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text).as_bytes();
    let mut points = 0;
    !digits.is_empty()
        && digits.iter().all(|&byte| {
            points += usize::from(byte == b'.');
            byte.is_ascii_digit() || byte == b'.'
        })
        && points <= 1
        && digits.len() > points
        && digits.len() <= 15
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

/// A whole text as C's `strtold` reads it: blanks before it, a sign, hexadecimal numbers, exponents, words for infinity.
/// What is out of range is no number.
fn c_number(text: &str) -> f64 {
    let text = text.trim_start_matches([' ', '\t', '\n', '\u{b}', '\u{c}', '\r']);
    let (negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let lower = digits.to_ascii_lowercase();
    let number = if let Some(hexadecimal) = lower.strip_prefix("0x") {
        hexadecimal_number(hexadecimal)
    } else if lower == "inf" || lower == "infinity" {
        Some(f64::INFINITY)
    } else if lower.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        lower.parse().ok().filter(|number: &f64| number.is_finite())
    } else {
        None
    };
    number.map_or(f64::NAN, |number| if negative { -number } else { number })
}

/// The digits behind `0x`, with a fraction and a binary exponent.
fn hexadecimal_number(text: &str) -> Option<f64> {
    let (mantissa, exponent) = match text.split_once('p') {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut number = 0.0;
    for c in whole.chars().chain(fraction.chars()) {
        number = number * 16.0 + f64::from(c.to_digit(16)?);
    }
    let scale = exponent.checked_sub(i32::try_from(fraction.len()).ok()?.checked_mul(4)?)?;
    Some(number * 2.0_f64.powi(scale)).filter(|number| number.is_finite())
}

/// `string()` of a number: one digit behind the point.
fn c_number_text(number: f64) -> String {
    let is_integer = number.fract() == 0.0 && number.abs() < 9.2e18;
    if !number.is_finite() || is_integer {
        value::number_to_text(number)
    } else {
        format!("{number:.1}")
    }
}

/// The closest integer; halves go up (section 4.4).
fn round(number: f64) -> f64 {
    if number.is_finite() {
        (number + 0.5).floor()
    } else {
        number
    }
}

/// One half is added, and the fraction cut off.
fn c_round(number: f64) -> f64 {
    if !number.is_finite() {
        number
    } else if (-0.5..0.0).contains(&number) {
        0.0
    } else {
        (number + 0.5).trunc()
    }
}

/// Characters count from 1; positions are rounded (section 4.2).
fn substring(text: &str, start: f64, length: Option<f64>) -> String {
    let first = round(start);
    let end = length.map_or(f64::INFINITY, |length| first + round(length));
    let chars = text.chars().enumerate();
    chars
        .filter(|&(at, _)| {
            let position = at as f64 + 1.0;
            position >= first && position < end
        })
        .map(|(_, c)| c)
        .collect()
}

/// The same with bytes, and with C's integers. Half a character is none that could be compared.
fn c_substring(text: &str, start: f64, length: Option<f64>) -> String {
    let (least, most) = (i64::from(i32::MIN), i64::from(i32::MAX));
    let start = c_round(start);
    let start = match start {
        _ if start.is_finite() => start as i64 - 1,
        f64::NEG_INFINITY => least,
        _ => most,
    };
    let length = length.map_or(most, |length| {
        let length = c_round(length);
        match length {
            _ if length.is_nan() || length.is_sign_negative() => 0,
            _ if length.is_finite() => length as i64,
            _ => most,
        }
    });
    let end = start.saturating_add(length);
    let bytes = text.bytes().enumerate();
    let kept: Vec<u8> = bytes
        .filter(|&(at, _)| (start..end).contains(&(at as i64)))
        .map(|(_, byte)| byte)
        .collect();
    String::from_utf8_lossy(&kept).into_owned()
}

/// Replaces characters by those at the same place of another text; those without one go (section 4.2).
fn translate(text: &str, from: &str, to: &str) -> String {
    text.chars()
        .filter_map(|c| match from.chars().position(|other| other == c) {
            Some(at) => to.chars().nth(at),
            None => Some(c),
        })
        .collect()
}

/// The same with bytes.
fn c_translate(text: &str, from: &str, to: &str) -> String {
    let bytes: Vec<u8> = text
        .bytes()
        .filter_map(|c| match from.bytes().position(|other| other == c) {
            Some(at) => to.as_bytes().get(at).copied(),
            None => Some(c),
        })
        .collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn substrings_as_the_standard_has_them() {
        assert_eq!(substring("12345", 2.0, Some(3.0)), "234");
        assert_eq!(substring("12345", 1.5, Some(2.6)), "234");
        assert_eq!(substring("12345", 0.0, Some(3.0)), "12");
        assert_eq!(substring("12345", f64::NAN, Some(3.0)), "");
        assert_eq!(substring("12345", -42.0, Some(f64::INFINITY)), "12345");
        assert_eq!(substring("12345", f64::NEG_INFINITY, Some(f64::INFINITY)), "");
        assert_eq!(substring("aüb", 2.0, None), "üb");
    }

    #[test]
    fn substrings_as_libyang_has_them() {
        assert_eq!(c_substring("12345", 1.5, Some(2.6)), "234");
        assert_eq!(c_substring("12345", 0.0, Some(3.0)), "12");
        assert_eq!(c_substring("12345", f64::NAN, Some(3.0)), "");
        assert_eq!(c_substring("12345", f64::NEG_INFINITY, None), "");
        assert_eq!(c_substring("aüb", 4.0, None), "b");
    }

    #[test]
    fn translations() {
        assert_eq!(translate("bar", "abc", "ABC"), "BAr");
        assert_eq!(translate("--aaa--", "abc-", "ABC"), "AAA");
        assert_eq!(c_translate("--aaa--", "abc-", "ABC"), "AAA");
        assert_eq!(translate("äb", "ä", "xy"), "xb");
        assert_eq!(c_translate("äb", "ä", "xy"), "xyb");
    }

    #[test]
    fn rounding_goes_up() {
        assert_eq!(round(2.5), 3.0);
        assert_eq!(round(-2.5), -2.0);
        assert_eq!(round(-2.7), -3.0);
        assert_eq!(c_round(-2.7), -2.0);
        assert!(round(f64::NAN).is_nan());
    }

    #[test]
    fn numbers_as_c_reads_them() {
        for (text, number) in [
            ("0x10", 16.0),
            ("1.6E1", 16.0),
            ("+16", 16.0),
            (" 16", 16.0),
            ("0x1.8p1", 3.0),
            (".5", 0.5),
        ] {
            assert_eq!(c_number(text), number, "{text}");
        }
        for text in ["16 ", "", "0x", "1e999", "1e", "nan", "e1", "--1", "1_0", "0x1g"] {
            assert!(c_number(text).is_nan(), "{text}");
        }
        assert_eq!(c_number("-inf"), f64::NEG_INFINITY);
        assert_eq!(c_number_text(1.25), "1.2");
        assert_eq!(c_number_text(-3.0), "-3");
    }
}
