//! Tokens as expressions.

use std::rc::Rc;

use crate::template::ast::{Arguments, Comparison, Expr, ExprKind, Operator};
use crate::template::error::Result;
use crate::template::lexer::Kind;
use crate::template::value::Value;

use super::Parser;

/// How many parts an expression may have that are nested in each other, each in the next one.
const MAX_PARTS: usize = 200;

fn expr(at: usize, kind: ExprKind) -> Expr {
    Expr { at, kind }
}

impl Parser<'_> {
    /// An expression, with a condition or without.
    pub(super) fn expression(&mut self) -> Result<Expr> {
        self.deeper(Parser::condition_expression)
    }

    /// Expressions with commas between them: a tuple, or one of them alone.
    pub(super) fn tuple(&mut self, has_condition: bool, ends: &[&str]) -> Result<Expr> {
        match self.tuple_or_nothing(has_condition, ends)? {
            Some(tuple) => Ok(tuple),
            None => self.unexpected("an expression"),
        }
    }

    fn tuple_or_nothing(&mut self, has_condition: bool, ends: &[&str]) -> Result<Option<Expr>> {
        let at = self.offset();
        let mut items = Vec::new();
        let mut is_tuple = false;
        loop {
            let is_end = matches!(self.kind(), Kind::VariableEnd | Kind::BlockEnd) || self.is_sign(")");
            if is_end || ends.iter().any(|end| self.is_word(end)) {
                break;
            }
            items.push(if has_condition {
                self.expression()?
            } else {
                self.deeper(Parser::or)?
            });
            if !self.take_sign(",") {
                break;
            }
            is_tuple = true;
        }
        if is_tuple {
            return Ok(Some(expr(at, ExprKind::Tuple(items))));
        }
        Ok(items.pop())
    }

    /// Counts the parts of an expression that are nested in each other without brackets.
    fn count(&self, length: &mut usize) -> Result<()> {
        *length += 1;
        if *length > MAX_PARTS {
            let message = format!("an expression has more than {MAX_PARTS} parts");
            return self.fail_at(message, self.offset());
        }
        Ok(())
    }

    fn condition_expression(&mut self) -> Result<Expr> {
        let unknown = self.unknown.len();
        let (mut then, mut length) = (self.or()?, 0);
        while self.is_word("if") {
            self.count(&mut length)?;
            let at = self.offset();
            self.advance();
            let test = self.or()?;
            let otherwise = if self.take_word("else") {
                Some(Box::new(self.expression()?))
            } else {
                None
            };
            self.unknown.truncate(unknown);
            then = expr(at, ExprKind::Condition(Box::new((then, test)), otherwise));
        }
        Ok(then)
    }

    fn or(&mut self) -> Result<Expr> {
        let (mut left, mut length) = (self.and()?, 0);
        while self.take_word("or") {
            self.count(&mut length)?;
            let right = self.and()?;
            left = expr(left.at, ExprKind::Or(Box::new((left, right))));
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Expr> {
        let (mut left, mut length) = (self.not()?, 0);
        while self.take_word("and") {
            self.count(&mut length)?;
            let right = self.not()?;
            left = expr(left.at, ExprKind::And(Box::new((left, right))));
        }
        Ok(left)
    }

    fn not(&mut self) -> Result<Expr> {
        let at = self.offset();
        if self.take_word("not") {
            let inner = self.deeper(Parser::not)?;
            return Ok(expr(at, ExprKind::Not(Box::new(inner))));
        }
        self.compare()
    }

    fn comparison(&mut self) -> Option<Comparison> {
        let found = match self.kind() {
            Kind::Sign(sign) => match *sign {
                "==" => Comparison::Equal,
                "!=" => Comparison::NotEqual,
                "<" => Comparison::Less,
                "<=" => Comparison::LessEqual,
                ">" => Comparison::Greater,
                ">=" => Comparison::GreaterEqual,
                _ => return None,
            },
            Kind::Name(word) if &**word == "in" => Comparison::In,
            Kind::Name(word) if &**word == "not" => {
                if !matches!(self.ahead(), Kind::Name(word) if &**word == "in") {
                    return None;
                }
                self.advance();
                Comparison::NotIn
            }
            _ => return None,
        };
        self.advance();
        Some(found)
    }

    fn compare(&mut self) -> Result<Expr> {
        let first = self.sum()?;
        let at = self.offset();
        let mut others = Vec::new();
        while let Some(comparison) = self.comparison() {
            others.push((comparison, self.sum()?));
        }
        if others.is_empty() {
            return Ok(first);
        }
        Ok(expr(at, ExprKind::Compare(Box::new(first), others)))
    }

    fn binary(
        &mut self,
        operators: &[(&str, Operator)],
        operand: fn(&mut Self) -> Result<Expr>,
    ) -> Result<Expr> {
        let (mut left, mut length) = (operand(self)?, 0);
        loop {
            self.count(&mut length)?;
            let at = self.offset();
            let operator = operators.iter().find(|(sign, _)| self.is_sign(sign));
            let Some((_, operator)) = operator else {
                return Ok(left);
            };
            self.advance();
            let right = operand(self)?;
            left = expr(at, ExprKind::Binary(*operator, Box::new((left, right))));
        }
    }

    fn sum(&mut self) -> Result<Expr> {
        self.binary(&[("+", Operator::Add), ("-", Operator::Subtract)], Parser::concat)
    }

    fn concat(&mut self) -> Result<Expr> {
        let first = self.product()?;
        if !self.is_sign("~") {
            return Ok(first);
        }
        let at = first.at;
        let mut parts = vec![first];
        while self.take_sign("~") {
            parts.push(self.product()?);
        }
        Ok(expr(at, ExprKind::Concat(parts)))
    }

    fn product(&mut self) -> Result<Expr> {
        let operators = [
            ("*", Operator::Multiply),
            ("/", Operator::Divide),
            ("//", Operator::FloorDivide),
            ("%", Operator::Modulo),
        ];
        self.binary(&operators, Parser::power)
    }

    fn power(&mut self) -> Result<Expr> {
        self.binary(&[("**", Operator::Power)], |parser| parser.unary(true))
    }

    fn unary(&mut self, has_filter: bool) -> Result<Expr> {
        let at = self.offset();
        let node = if self.take_sign("-") {
            let inner = self.deeper(|parser| parser.unary(false))?;
            expr(at, ExprKind::Minus(Box::new(inner)))
        } else if self.take_sign("+") {
            let inner = self.deeper(|parser| parser.unary(false))?;
            expr(at, ExprKind::Plus(Box::new(inner)))
        } else {
            self.primary()?
        };
        let node = self.postfix(node)?;
        if has_filter {
            self.filters_and_tests(node)
        } else {
            Ok(node)
        }
    }

    fn primary(&mut self) -> Result<Expr> {
        let at = self.offset();
        let kind = match self.kind().clone() {
            Kind::Name(name) => {
                self.advance();
                match &*name {
                    "true" | "True" => ExprKind::Const(Value::Bool(true)),
                    "false" | "False" => ExprKind::Const(Value::Bool(false)),
                    "none" | "None" => ExprKind::Const(Value::None),
                    _ => {
                        self.names.push(name.clone());
                        ExprKind::Name(name)
                    }
                }
            }
            Kind::Text(mut text) => {
                self.advance();
                while let Kind::Text(next) = self.kind() {
                    text += next;
                    self.advance();
                }
                ExprKind::Const(Value::from(text))
            }
            Kind::Integer(number) => {
                self.advance();
                ExprKind::Const(Value::Int(number))
            }
            Kind::Float(number) => {
                self.advance();
                ExprKind::Const(Value::Float(number))
            }
            Kind::Sign("(") => {
                self.advance();
                let inner = self.deeper(|parser| parser.tuple_or_nothing(true, &[]))?;
                self.expect_sign(")")?;
                let empty = || expr(at, ExprKind::Tuple(Vec::new()));
                return Ok(inner.unwrap_or_else(empty));
            }
            Kind::Sign("[") => {
                self.advance();
                ExprKind::List(self.items("]", Parser::expression)?)
            }
            Kind::Sign("{") => {
                self.advance();
                ExprKind::Dict(self.items("}", |parser| {
                    let key = parser.expression()?;
                    parser.expect_sign(":")?;
                    Ok((key, parser.expression()?))
                })?)
            }
            _ => return self.unexpected("an expression"),
        };
        Ok(expr(at, kind))
    }

    /// Items with commas between them, and behind the last one or not.
    fn items<T>(&mut self, end: &str, read: impl Fn(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        let mut items = Vec::new();
        while !self.take_sign(end) {
            if !items.is_empty() {
                self.expect_sign(",")?;
                if self.take_sign(end) {
                    break;
                }
            }
            items.push(read(self)?);
        }
        Ok(items)
    }

    fn postfix(&mut self, mut node: Expr) -> Result<Expr> {
        let mut length = 0;
        loop {
            self.count(&mut length)?;
            let at = node.at;
            if self.take_sign(".") {
                node = match self.kind().clone() {
                    Kind::Name(name) => {
                        self.advance();
                        expr(at, ExprKind::Attribute(Box::new(node), name))
                    }
                    Kind::Integer(number) => {
                        let index = expr(self.offset(), ExprKind::Const(Value::Int(number)));
                        self.advance();
                        expr(at, ExprKind::Item(Box::new((node, index))))
                    }
                    _ => return self.unexpected("a name or a number"),
                };
            } else if self.take_sign("[") {
                node = self.subscript(node)?;
            } else if self.is_sign("(") {
                let arguments = self.arguments()?;
                node = expr(at, ExprKind::Call(Box::new(node), arguments));
            } else {
                return Ok(node);
            }
        }
    }

    fn subscript(&mut self, node: Expr) -> Result<Expr> {
        let at = node.at;
        let mut parts: Vec<Option<Expr>> = Vec::new();
        let mut has_slice = false;
        let start = self.offset();
        if !self.is_sign(":") {
            let first = self.expression()?;
            if self.is_sign(",") {
                let mut items = vec![first];
                while self.take_sign(",") {
                    items.push(self.expression()?);
                }
                self.expect_sign("]")?;
                let index = expr(start, ExprKind::Tuple(items));
                return Ok(expr(at, ExprKind::Item(Box::new((node, index)))));
            }
            parts.push(Some(first));
        } else {
            parts.push(None);
        }
        while self.take_sign(":") {
            has_slice = true;
            let is_absent = self.is_sign(":") || self.is_sign("]");
            parts.push(if is_absent { None } else { Some(self.expression()?) });
        }
        self.expect_sign("]")?;
        parts.resize_with(parts.len().max(3), || None);
        let mut parts = parts.into_iter();
        let parts: [Option<Expr>; 3] = std::array::from_fn(|_| parts.next().flatten());
        match parts {
            [Some(index), _, _] if !has_slice => Ok(expr(at, ExprKind::Item(Box::new((node, index))))),
            parts => Ok(expr(at, ExprKind::Slice(Box::new(node), Box::new(parts)))),
        }
    }

    /// The arguments of a call, from its parenthesis.
    pub(super) fn arguments(&mut self) -> Result<Arguments> {
        let mut arguments = Arguments::default();
        let mut is_first = true;
        self.expect_sign("(")?;
        while !self.take_sign(")") {
            if !is_first {
                self.expect_sign(",")?;
                if self.take_sign(")") {
                    break;
                }
            }
            is_first = false;
            let at = self.offset();
            let is_plain = arguments.list.is_none() && arguments.mapping.is_none();
            if self.take_sign("*") {
                if !is_plain {
                    return self.fail_at("such an argument must not follow here", at);
                }
                arguments.list = Some(Box::new(self.expression()?));
            } else if self.take_sign("**") {
                if arguments.mapping.is_some() {
                    return self.fail_at("such an argument must not follow here", at);
                }
                arguments.mapping = Some(Box::new(self.expression()?));
            } else if let (Kind::Name(name), Kind::Sign("=")) = (self.kind().clone(), self.ahead().clone()) {
                if arguments.mapping.is_some() {
                    return self.fail_at("such an argument must not follow here", at);
                }
                self.advance();
                self.advance();
                arguments.named.push((name, self.expression()?));
            } else {
                if !is_plain || !arguments.named.is_empty() {
                    return self.fail_at("an argument without a name must not follow here", at);
                }
                arguments.positional.push(self.expression()?);
            }
        }
        Ok(arguments)
    }

    /// What follows an operand: filters, tests and calls.
    fn filters_and_tests(&mut self, mut node: Expr) -> Result<Expr> {
        let mut length = 0;
        loop {
            self.count(&mut length)?;
            let at = node.at;
            if self.take_sign("|") {
                let filter = self.filter_call()?;
                node = expr(at, ExprKind::Filter(Box::new(node), filter));
            } else if self.take_word("is") {
                node = self.test(node)?;
            } else if self.is_sign("(") {
                let arguments = self.arguments()?;
                node = expr(at, ExprKind::Call(Box::new(node), arguments));
            } else {
                return Ok(node);
            }
        }
    }

    fn test(&mut self, node: Expr) -> Result<Expr> {
        let at = node.at;
        let is_negated = self.take_word("not");
        let name_at = self.offset();
        let name: Rc<str> = self.dotted_name()?;
        if !(self.dialect.has_test)(&name) {
            self.unknown.push((name_at, format!("there is no test `{name}`")));
        }
        let mut arguments = Arguments::default();
        let takes_operand = match self.kind() {
            Kind::Sign("(") => {
                arguments = self.arguments()?;
                false
            }
            Kind::Name(word) => !["else", "or", "and"].contains(&&**word),
            Kind::Text(_) | Kind::Integer(_) | Kind::Float(_) | Kind::Sign("[" | "{") => true,
            _ => false,
        };
        if takes_operand {
            if self.is_word("is") {
                return self.fail_at("tests with `is` cannot follow each other", self.offset());
            }
            let operand = self.primary()?;
            arguments.positional.push(self.postfix(operand)?);
        }
        let test = expr(at, ExprKind::Test(Box::new(node), name, arguments));
        Ok(if is_negated {
            expr(at, ExprKind::Not(Box::new(test)))
        } else {
            test
        })
    }
}
