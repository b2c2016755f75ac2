//! Expressions.

use std::rc::Rc;

use crate::template::args::Args;
use crate::template::ast::{Arguments, Comparison, Expr, ExprKind, FilterCall};
use crate::template::error::{Error, Result};
use crate::template::format;
use crate::template::value::{
    self, Cursor, Dict, Key, Missing, Value, arithmetic, compare, equals, minus, plus, repr_of_text,
};

use super::{Callable, Interpreter, Scope};

impl Interpreter {
    /// The value of an expression.
    ///
    /// # Errors
    /// With the place of the part that has none.
    pub fn eval(&self, expr: &Expr, scope: &Rc<Scope>) -> Result<Value> {
        let value = match &expr.kind {
            ExprKind::Const(value) => return self.budget.spend(1).map(|()| value.clone()),
            _ => self.deeper(|| {
                self.budget.spend(1)?;
                self.eval_kind(expr, scope)
            }),
        };
        value.map_err(|error| self.placed(error, expr.at))
    }

    /// An error at a place of the current template.
    pub(super) fn placed(&self, error: Error, at: usize) -> Error {
        error.at(&self.template.borrow().source, at)
    }

    fn eval_all(&self, items: &[Expr], scope: &Rc<Scope>) -> Result<Vec<Value>> {
        items.iter().map(|item| self.eval(item, scope)).collect()
    }

    fn eval_kind(&self, expr: &Expr, scope: &Rc<Scope>) -> Result<Value> {
        Ok(match &expr.kind {
            ExprKind::Const(value) => value.clone(),
            ExprKind::Name(name) => self.variable(name, scope),
            ExprKind::List(items) => Value::from(self.eval_all(items, scope)?),
            ExprKind::Tuple(items) => Value::tuple(self.eval_all(items, scope)?),
            ExprKind::Dict(pairs) => {
                let mut entries = Vec::with_capacity(pairs.len());
                for (key, value) in pairs {
                    entries.push((Key::new(self.eval(key, scope)?)?, self.eval(value, scope)?));
                }
                entries.into_iter().collect()
            }
            ExprKind::Concat(parts) => self.concat(&self.eval_all(parts, scope)?)?,
            ExprKind::And(sides) => {
                let left = self.eval(&sides.0, scope)?;
                if left.is_true() {
                    self.eval(&sides.1, scope)?
                } else {
                    left
                }
            }
            ExprKind::Or(sides) => {
                let left = self.eval(&sides.0, scope)?;
                if left.is_true() {
                    left
                } else {
                    self.eval(&sides.1, scope)?
                }
            }
            ExprKind::Not(inner) => Value::Bool(!self.eval(inner, scope)?.is_true()),
            ExprKind::Minus(inner) => minus(&self.eval(inner, scope)?)?,
            ExprKind::Plus(inner) => plus(&self.eval(inner, scope)?)?,
            ExprKind::Binary(operator, sides) => {
                let (left, right) = (self.eval(&sides.0, scope)?, self.eval(&sides.1, scope)?);
                arithmetic(*operator, &left, &right, &self.budget)?
            }
            ExprKind::Compare(first, others) => {
                let mut left = self.eval(first, scope)?;
                let mut holds = true;
                for (comparison, right) in others {
                    let right = self.eval(right, scope)?;
                    holds = self.compared(*comparison, &left, &right)?;
                    if !holds {
                        break;
                    }
                    left = right;
                }
                Value::Bool(holds)
            }
            ExprKind::Condition(sides, otherwise) => {
                if self.eval(&sides.1, scope)?.is_true() {
                    return self.eval(&sides.0, scope);
                }
                match otherwise {
                    Some(otherwise) => self.eval(otherwise, scope)?,
                    None => Value::missing(
                        "the inline if-expression evaluated to false and no else section was defined.",
                    ),
                }
            }
            ExprKind::Attribute(inner, name) => {
                let inner = self.eval(inner, scope)?;
                value::attribute(&inner, name, self.attributes())?
            }
            ExprKind::Item(sides) => {
                let (inner, key) = (self.eval(&sides.0, scope)?, self.eval(&sides.1, scope)?);
                value::item(&inner, &key, self.attributes())?
            }
            ExprKind::Slice(inner, parts) => {
                let inner = self.eval(inner, scope)?;
                let part = |part: &Option<Expr>| {
                    part.as_ref()
                        .map_or(Ok(Value::None), |part| self.eval(part, scope))
                };
                let [start, stop, step] = &**parts;
                let parts = [part(start)?, part(stop)?, part(step)?];
                value::slice(&inner, &parts, &self.budget)?
            }
            ExprKind::Call(callee, arguments) => {
                let callee = self.eval(callee, scope)?;
                let args = self.arguments(arguments, scope)?;
                self.call(&callee, &args)?
            }
            ExprKind::Filter(inner, filter) => {
                let inner = self.eval(inner, scope)?;
                self.filtered(inner, filter, scope)?
            }
            ExprKind::Test(inner, name, arguments) => {
                let inner = self.eval(inner, scope)?;
                let args = self.arguments(arguments, scope)?;
                Value::Bool(self.check(name)?(self, &inner, &args)?)
            }
        })
    }

    /// A value behind a filter.
    pub(super) fn filtered(&self, value: Value, filter: &FilterCall, scope: &Rc<Scope>) -> Result<Value> {
        let args = self.arguments(&filter.arguments, scope)?;
        let made = self.apply(&filter.name, &value, &args);
        made.map_err(|error| self.placed(error, filter.at))
    }

    fn variable(&self, name: &Rc<str>, scope: &Rc<Scope>) -> Value {
        if let Some(value) = scope.get(name) {
            return value;
        }
        match &**name {
            "range" | "dict" | "namespace" | "cycler" | "joiner" => {
                Value::Callable(Rc::new(Callable::Builtin(name.clone())))
            }
            // The blocks of the template, by their names.
            "self" => {
                let frame = scope.frame.as_ref();
                let names = frame.map(|frame| frame.blocks.borrow().keys().cloned().collect::<Vec<_>>());
                let blocks = names.unwrap_or_default().into_iter().map(|name| {
                    let block = Callable::Block(name.clone(), 0, scope.top_of());
                    (Key::from(&*name), Value::Callable(Rc::new(block)))
                });
                Value::Namespace(Rc::new(Dict(std::cell::RefCell::new(blocks.collect()))))
            }
            _ => Value::Undefined(Rc::new(Missing::Name(name.clone()))),
        }
    }

    fn concat(&self, parts: &[Value]) -> Result<Value> {
        let is_markup = self.escapes();
        let mut out = String::new();
        for part in parts {
            match part {
                Value::Text(text) if is_markup => out += &format::escaped(text),
                _ if is_markup => out += &format::escape(&self.text(part)?),
                _ => out += &self.text(part)?,
            }
        }
        self.budget.allocate(out.len())?;
        Ok(Value::text_of(&out, is_markup))
    }

    /// The outcome of a comparison.
    ///
    /// # Errors
    /// The values cannot be compared.
    pub fn compared(&self, comparison: Comparison, left: &Value, right: &Value) -> Result<bool> {
        if let (Comparison::In | Comparison::NotIn, Value::Generator(_) | Value::Loop(_)) =
            (comparison, right)
        {
            let mut cursor = Cursor::of(right)?;
            let mut is_there = false;
            while let Some(item) = cursor.next(self)? {
                if equals(&item, left, &self.budget)? {
                    is_there = true;
                    break;
                }
            }
            return Ok(is_there == (comparison == Comparison::In));
        }
        compare(comparison, left, right, &self.budget)
    }

    /// The arguments of a call.
    pub(super) fn arguments(&self, arguments: &Arguments, scope: &Rc<Scope>) -> Result<Args> {
        let mut args = Args::of(self.eval_all(&arguments.positional, scope)?);
        for (name, value) in &arguments.named {
            args.named.push((name.clone(), self.eval(value, scope)?));
        }
        if let Some(list) = &arguments.list {
            args.positional.extend(self.items(&self.eval(list, scope)?)?);
        }
        if let Some(mapping) = &arguments.mapping {
            let mapping = self.eval(mapping, scope)?;
            let Value::Dict(dict) = &mapping else {
                return Err(Error::type_error(format!(
                    "argument after ** must be a mapping, not {}",
                    mapping.type_name()
                )));
            };
            for (key, value) in dict.0.borrow().iter() {
                let Value::Text(name) = key.value() else {
                    return Err(Error::type_error("keywords must be strings"));
                };
                if args.named.iter().any(|(own, _)| **own == **name) {
                    return Err(Error::type_error(format!(
                        "got multiple values for keyword argument {}",
                        repr_of_text(name)
                    )));
                }
                args.named.push((name.text.clone(), value.clone()));
            }
        }
        Ok(args)
    }
}
