//! From text to an expression (XPath 1.0, section 3).

use super::error::XPathError;
use super::lexer::{Token, tokens};
use super::{Arithmetic, Axis, Comparison, Expr, Function, Path, Predicate, Shape, Start, Step, Test};
use crate::schema::model::{IdentityId, ModuleId, PatternId};

/// How deep an expression may be nested.
const MAX_DEPTH: usize = 100;

/// What names in an expression mean.
pub trait Names {
    /// The module of a prefix; without a prefix, the module whose names need none.
    fn module(&self, prefix: Option<&str>) -> Option<ModuleId>;
    /// The identity of this name in a module.
    fn identity(&self, module: ModuleId, name: &str) -> Option<IdentityId>;
    /// Compiles a pattern that `re-match` is given.
    fn pattern(&mut self, text: &str) -> PatternId;
}

/// Parses an expression. Paths come out unresolved.
///
/// # Errors
/// What is not an expression, or not supported: variables, and arguments of `derived-from` and
/// `derived-from-or-self` that are computed.
pub fn parse(text: &str, names: &mut dyn Names) -> Result<Expr, XPathError> {
    let mut parser = Parser {
        tokens: tokens(text)?,
        at: 0,
        names,
        depth: 0,
    };
    let expr = parser.or()?;
    match parser.tokens.get(parser.at) {
        None => Ok(expr),
        Some(token) => Err(XPathError::new(format!("{} is not expected", show(token)))),
    }
}

fn show(token: &Token) -> String {
    match token {
        Token::Symbol(symbol) => format!("\"{symbol}\""),
        Token::Literal(text) => format!("the string '{text}'"),
        Token::Number(number) => number.to_string(),
        Token::Name(Some(prefix), name) => format!("\"{prefix}:{name}\""),
        Token::Name(None, name) => format!("\"{name}\""),
    }
}

struct Parser<'n> {
    tokens: Vec<Token>,
    at: usize,
    names: &'n mut dyn Names,
    depth: usize,
}

type Parsed<T = Expr> = Result<T, XPathError>;

impl Parser<'_> {
    fn peek_is(&self, symbol: &str) -> bool {
        matches!(self.tokens.get(self.at), Some(Token::Symbol(s)) if *s == symbol)
    }

    fn take(&mut self, symbol: &str) -> bool {
        let found = self.peek_is(symbol);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, symbol: &str) -> Parsed<()> {
        if self.take(symbol) {
            return Ok(());
        }
        let found = self.tokens.get(self.at).map_or("the end".to_owned(), show);
        Err(XPathError::new(format!("\"{symbol}\" is expected, not {found}")))
    }

    fn or(&mut self) -> Parsed {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(XPathError::new("nested too deep"));
        }
        let mut left = self.and()?;
        while self.take("or") {
            left = Expr::Or(Box::new(left), Box::new(self.and()?));
        }
        self.depth -= 1;
        Ok(left)
    }

    fn and(&mut self) -> Parsed {
        let mut left = self.equality()?;
        while self.take("and") {
            left = Expr::And(Box::new(left), Box::new(self.equality()?));
        }
        Ok(left)
    }

    fn equality(&mut self) -> Parsed {
        let mut left = self.relation()?;
        loop {
            let op = if self.take("=") {
                Comparison::Equal
            } else if self.take("!=") {
                Comparison::NotEqual
            } else {
                return Ok(left);
            };
            left = Expr::Compare(op, Box::new(left), Box::new(self.relation()?));
        }
    }

    fn relation(&mut self) -> Parsed {
        let mut left = self.sum()?;
        loop {
            let op = if self.take("<") {
                Comparison::Less
            } else if self.take("<=") {
                Comparison::LessOrEqual
            } else if self.take(">") {
                Comparison::Greater
            } else if self.take(">=") {
                Comparison::GreaterOrEqual
            } else {
                return Ok(left);
            };
            left = Expr::Compare(op, Box::new(left), Box::new(self.sum()?));
        }
    }

    fn sum(&mut self) -> Parsed {
        let mut left = self.product()?;
        loop {
            let op = if self.take("+") {
                Arithmetic::Add
            } else if self.take("-") {
                Arithmetic::Subtract
            } else {
                return Ok(left);
            };
            left = Expr::Arithmetic(op, Box::new(left), Box::new(self.product()?));
        }
    }

    fn product(&mut self) -> Parsed {
        let mut left = self.unary()?;
        loop {
            let op = if self.take("*") {
                Arithmetic::Multiply
            } else if self.take("div") {
                Arithmetic::Divide
            } else if self.take("mod") {
                Arithmetic::Modulo
            } else {
                return Ok(left);
            };
            left = Expr::Arithmetic(op, Box::new(left), Box::new(self.unary()?));
        }
    }

    fn unary(&mut self) -> Parsed {
        let mut negative = false;
        let mut any = false;
        while self.take("-") {
            negative = !negative;
            any = true;
        }
        let value = self.union()?;
        Ok(match (any, negative) {
            (true, true) => Expr::Negate(Box::new(value)),
            // Two signs cancel out, but the value is a number all the same.
            (true, false) => Expr::Call(Function::Number, vec![value]),
            _ => value,
        })
    }

    fn union(&mut self) -> Parsed {
        let mut left = self.path()?;
        while self.take("|") {
            let right = self.path()?;
            if !is_node_set(&left) || !is_node_set(&right) {
                return Err(XPathError::new("\"|\" joins node-sets only"));
            }
            left = Expr::Union(Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn path(&mut self) -> Parsed {
        if self.begins_filter() {
            return self.filter();
        }
        let mut steps = Vec::new();
        let start = if self.take("/") {
            if !self.begins_step() {
                return Ok(path(Start::Root, steps));
            }
            Start::Root
        } else if self.take("//") {
            steps.push(any_descendant());
            Start::Root
        } else {
            Start::Context
        };
        self.steps(&mut steps)?;
        Ok(path(start, steps))
    }

    /// Whether a filter expression follows: a string, a number, a parenthesis or a function call.
    fn begins_filter(&self) -> bool {
        match self.tokens.get(self.at) {
            Some(Token::Literal(_) | Token::Number(_) | Token::Symbol("(" | "$")) => true,
            Some(Token::Name(None, name)) => {
                let call = matches!(self.tokens.get(self.at + 1), Some(Token::Symbol("(")));
                call && !is_node_type(name)
            }
            _ => false,
        }
    }

    fn begins_step(&self) -> bool {
        matches!(
            self.tokens.get(self.at),
            Some(Token::Name(..) | Token::Symbol("." | ".." | "@"))
        )
    }

    fn filter(&mut self) -> Parsed {
        let primary = self.primary()?;
        let predicates = self.predicates()?;
        let mut steps = Vec::new();
        let more = if self.take("//") {
            steps.push(any_descendant());
            true
        } else {
            self.take("/")
        };
        if more {
            self.steps(&mut steps)?;
        }
        Ok(match primary {
            Expr::Call(Function::Current, _) if predicates.is_empty() => path(Start::Current, steps),
            primary if predicates.is_empty() && steps.is_empty() => primary,
            primary if !is_node_set(&primary) => {
                return Err(XPathError::new("predicates and steps go with a node-set only"));
            }
            primary => path(Start::Filter(primary, predicates), steps),
        })
    }

    fn primary(&mut self) -> Parsed {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        match token {
            Some(Token::Literal(text)) => Ok(Expr::Literal(text.into())),
            Some(Token::Number(number)) => Ok(Expr::Number(number)),
            Some(Token::Symbol("(")) => {
                let inner = self.or()?;
                self.expect(")")?;
                Ok(inner)
            }
            Some(Token::Name(None, name)) => self.call(&name),
            _ => Err(XPathError::new("variables are not supported")),
        }
    }

    fn call(&mut self, name: &str) -> Parsed {
        let (function, fewest, most) = Function::named(name)
            .ok_or_else(|| XPathError::new(format!("the function {name}() is not supported")))?;
        self.expect("(")?;
        let mut args = Vec::new();
        if !self.peek_is(")") {
            args.push(self.or()?);
            while self.take(",") {
                args.push(self.or()?);
            }
        }
        self.expect(")")?;
        if args.len() < fewest || args.len() > most {
            return Err(XPathError::new(format!(
                "{name}() does not take {} arguments",
                args.len()
            )));
        }
        let takes_nodes = matches!(
            function,
            Function::BitIsSet
                | Function::Count
                | Function::Deref
                | Function::DerivedFrom
                | Function::DerivedFromOrSelf
                | Function::EnumValue
                | Function::LocalName
                | Function::Name
                | Function::NamespaceUri
                | Function::Sum
        );
        if takes_nodes && args.first().is_some_and(|arg| !is_node_set(arg)) {
            return Err(XPathError::new(format!("{name}() takes a node-set only")));
        }
        match function {
            Function::DerivedFrom | Function::DerivedFromOrSelf => match self.identity(&args[1], name)? {
                Some(identity) => args[1] = Expr::Identity(identity),
                // Nothing is derived from an identity that no module defines.
                None => return Ok(Expr::Call(Function::False, Vec::new())),
            },
            Function::ReMatch => {
                if let Expr::Literal(text) = &args[1] {
                    args[1] = Expr::Pattern(self.names.pattern(text));
                } else {
                    return Err(XPathError::new(
                        "re-match() with a computed pattern is not supported",
                    ));
                }
            }
            _ => {}
        }
        Ok(Expr::Call(function, args))
    }

    /// The identity that a literal names.
    fn identity(&self, arg: &Expr, function: &str) -> Parsed<Option<IdentityId>> {
        let Expr::Literal(text) = arg else {
            let message = format!("{function}() with a computed identity is not supported");
            return Err(XPathError::new(message));
        };
        let (prefix, name) = match text.split_once(':') {
            Some((prefix, name)) => (Some(prefix), name),
            None => (None, text.as_ref()),
        };
        let module = self.names.module(prefix);
        Ok(module.and_then(|module| self.names.identity(module, name)))
    }

    fn steps(&mut self, steps: &mut Vec<Step>) -> Parsed<()> {
        loop {
            let step = self.step()?;
            steps.push(step);
            if self.take("//") {
                steps.push(any_descendant());
            } else if !self.take("/") {
                return Ok(());
            }
        }
    }

    fn step(&mut self) -> Parsed<Step> {
        if self.take(".") {
            return Ok(step(Axis::Current, Test::Node));
        }
        if self.take("..") {
            return Ok(step(Axis::Parent, Test::Node));
        }
        let axis = self.axis()?;
        let test = self.test()?;
        let mut step = step(axis, test);
        step.predicates = self.predicates()?;
        Ok(step)
    }

    fn axis(&mut self) -> Parsed<Axis> {
        if self.take("@") {
            return Ok(Axis::Attribute);
        }
        let (Some(Token::Name(None, name)), Some(Token::Symbol("::"))) =
            (self.tokens.get(self.at), self.tokens.get(self.at + 1))
        else {
            return Ok(Axis::Child);
        };
        let axis = match name.as_str() {
            "child" => Axis::Child,
            "parent" => Axis::Parent,
            "self" => Axis::Current,
            "descendant" => Axis::Descendant,
            "descendant-or-self" => Axis::DescendantOrSelf,
            "ancestor" => Axis::Ancestor,
            "ancestor-or-self" => Axis::AncestorOrSelf,
            "following" => Axis::Following,
            "following-sibling" => Axis::FollowingSibling,
            "preceding" => Axis::Preceding,
            "preceding-sibling" => Axis::PrecedingSibling,
            "attribute" => Axis::Attribute,
            name => return Err(XPathError::new(format!("the axis {name} is not supported"))),
        };
        self.at += 2;
        Ok(axis)
    }

    fn test(&mut self) -> Parsed<Test> {
        let Some(Token::Name(prefix, name)) = self.tokens.get(self.at).cloned() else {
            let found = self.tokens.get(self.at).map_or("the end".to_owned(), show);
            return Err(XPathError::new(format!("a name is expected, not {found}")));
        };
        self.at += 1;
        if prefix.is_none() && is_node_type(&name) && self.take("(") {
            if let Some(Token::Literal(_)) = self.tokens.get(self.at) {
                self.at += 1;
            }
            self.expect(")")?;
            return Ok(match name.as_str() {
                "node" => Test::Node,
                "text" => Test::Text,
                _ => Test::Nothing,
            });
        }
        if prefix.is_none() && name == "*" {
            return Ok(Test::Any(None));
        }
        let module = self.names.module(prefix.as_deref()).ok_or_else(|| {
            XPathError::new(format!("the prefix {} is unknown", prefix.unwrap_or_default()))
        })?;
        Ok(if name == "*" {
            Test::Any(Some(module))
        } else {
            Test::Name(module, name.into())
        })
    }

    fn predicates(&mut self) -> Parsed<Vec<Predicate>> {
        let mut predicates = Vec::new();
        while self.take("[") {
            predicates.push(Predicate {
                condition: self.or()?,
                keys: Vec::new(),
            });
            self.expect("]")?;
        }
        Ok(predicates)
    }
}

/// Whether the value of an expression is a node-set.
fn is_node_set(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::Path(_) | Expr::Union(..) | Expr::Call(Function::Current | Function::Deref, _)
    )
}

fn is_node_type(name: &str) -> bool {
    matches!(name, "node" | "text" | "comment" | "processing-instruction")
}

fn step(axis: Axis, test: Test) -> Step {
    Step {
        axis,
        test,
        targets: Vec::new(),
        predicates: Vec::new(),
    }
}

fn any_descendant() -> Step {
    step(Axis::DescendantOrSelf, Test::Node)
}

fn path(start: Start, steps: Vec<Step>) -> Expr {
    Expr::Path(Box::new(Path {
        start,
        steps,
        shape: Shape::Walk,
    }))
}
