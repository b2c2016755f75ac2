//! Statements.

use std::rc::Rc;

use crate::template::ast::{FilterCall, Statement, Target};
use crate::template::error::{Error, ErrorKind, Result};
use crate::template::value::{Key, Value, repr_of_text};

use super::{Interpreter, Scope};

/// How a body ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// What follows is carried out.
    On,
    /// The loop around ends.
    Break,
    /// The next item of the loop around follows.
    Continue,
}

impl Interpreter {
    /// Carries out the statements of a body.
    pub(super) fn run_all(&self, body: &[Statement], scope: &Rc<Scope>) -> Result<Flow> {
        for statement in body {
            self.budget.spend(1)?;
            match self.deeper(|| self.run_one(statement, scope))? {
                Flow::On => {}
                flow => return Ok(flow),
            }
        }
        Ok(Flow::On)
    }

    fn run_one(&self, statement: &Statement, scope: &Rc<Scope>) -> Result<Flow> {
        match statement {
            Statement::Data(text) => self.write(text)?,
            Statement::Print(expressions) => {
                for expr in expressions {
                    let value = self.eval(expr, scope)?;
                    self.write_value(&value)
                        .map_err(|error| self.placed(error, expr.at))?;
                }
            }
            Statement::Do(expr) => drop(self.eval(expr, scope)?),
            Statement::For(own) => {
                let over = self.eval(&own.iter, scope)?;
                let flow = self.run_loop(own, scope, &over, 0);
                return flow.map_err(|error| self.placed(error, own.iter.at));
            }
            Statement::If(branches, otherwise) => {
                for (test, body) in branches {
                    if self.eval(test, scope)?.is_true() {
                        return self.run_all(body, scope);
                    }
                }
                return self.run_all(otherwise, scope);
            }
            Statement::Set(target, expr) => {
                let value = self.eval(expr, scope)?;
                self.assign(target, value, scope)
                    .map_err(|error| self.placed(error, expr.at))?;
            }
            Statement::SetBlock(target, filters, body) => {
                let value = self.block_value(filters, body, scope)?;
                self.assign(target, value, scope)?;
            }
            Statement::With(values, body) => {
                let inner = Scope::inner(scope);
                let mut known = Vec::new();
                for (_, expr) in values {
                    known.push(self.eval(expr, scope)?);
                }
                for ((target, _), value) in values.iter().zip(known) {
                    self.assign(target, value, &inner)?;
                }
                return self.run_all(body, &inner);
            }
            Statement::Autoescape(is_on, body) => {
                let inner = Scope::inner(scope);
                let is_on = self.eval(is_on, scope)?.is_true();
                let before = self.escapes.replace(is_on);
                let flow = self.run_all(body, &inner);
                self.escapes.set(before);
                return flow;
            }
            Statement::Filter(filters, body) => {
                let value = self.block_value(filters, body, scope)?;
                self.write_value(&value)?;
            }
            Statement::Macro(own) => {
                let value = self.macro_value(own, scope);
                if let Some(name) = &own.name {
                    scope.set(name.clone(), value);
                }
            }
            Statement::Call(call, own) => {
                let value = self.eval_call_block(call, own, scope)?;
                self.write_value(&value)?;
            }
            Statement::Block(block) => self.run_block(block, scope)?,
            Statement::Extends(name) => {
                let done = self.extend(name, scope);
                done.map_err(|error| self.placed(error, name.at))?;
            }
            Statement::Include(include) => {
                let done = self.include(include, scope);
                done.map_err(|error| self.placed(error, include.template.at))?;
            }
            Statement::Import(import, name) => {
                let module = self.import(import, scope)?;
                scope.set(name.clone(), Value::Module(module));
                self.hide(name, scope);
            }
            Statement::From(import, names) => {
                let module = self.import(import, scope)?;
                for (name, own) in names {
                    let value = module.exported(name).unwrap_or_else(|| {
                        Value::missing(format!(
                            "the template {} does not export the requested name {}",
                            repr_of_text(&module.name),
                            repr_of_text(name)
                        ))
                    });
                    scope.set(own.clone(), value);
                    self.hide(own, scope);
                }
            }
            Statement::Break => return Ok(Flow::Break),
            Statement::Continue => return Ok(Flow::Continue),
        }
        Ok(Flow::On)
    }

    /// What a name imported at the top of a template is not: exported.
    fn hide(&self, name: &Rc<str>, scope: &Rc<Scope>) {
        if let (true, Some(frame)) = (scope.is_top, &scope.frame) {
            frame.hidden.borrow_mut().insert(name.clone());
        }
    }

    /// The output of a body, behind filters.
    fn block_value(&self, filters: &[FilterCall], body: &[Statement], scope: &Rc<Scope>) -> Result<Value> {
        let output = self.captured(|| self.run_all(body, &Scope::inner(scope)).map(drop))?;
        let mut value = self.output_value(&output);
        for filter in filters {
            value = self.filtered(value, filter, scope)?;
        }
        Ok(value)
    }

    /// Gives a value to what is assigned to.
    pub(super) fn assign(&self, target: &Target, value: Value, scope: &Rc<Scope>) -> Result<()> {
        match target {
            Target::Name(name) => {
                scope.set(name.clone(), value);
                if let (true, Some(frame)) = (scope.is_top, &scope.frame) {
                    frame.hidden.borrow_mut().remove(name);
                }
            }
            Target::Tuple(targets, at) => {
                let items = match &value {
                    Value::Tuple(tuple) => Ok(tuple.items.clone()),
                    _ => self.items(&value),
                };
                let items = items.map_err(|error| {
                    let error = match (&value, error.kind()) {
                        (Value::Undefined(_), _) => error,
                        (_, ErrorKind::Type) => {
                            let name = value.type_name();
                            Error::type_error(format!("cannot unpack non-iterable {name} object"))
                        }
                        _ => error,
                    };
                    self.placed(error, *at)
                })?;
                if items.len() != targets.len() {
                    let (expected, count) = (targets.len(), items.len());
                    let message = if count < expected {
                        format!("not enough values to unpack (expected {expected}, got {count})")
                    } else {
                        format!("too many values to unpack (expected {expected})")
                    };
                    return Err(self.placed(Error::value(message), *at));
                }
                for (target, item) in targets.iter().zip(items) {
                    self.assign(target, item, scope)?;
                }
            }
            Target::Attribute(name, attribute, at) => {
                let Some(Value::Namespace(dict)) = scope.get(name) else {
                    let error = Error::runtime("cannot assign attribute on non-namespace object");
                    return Err(self.placed(error, *at));
                };
                let old = dict.0.borrow_mut().insert(Key::from(&**attribute), value);
                drop(old);
            }
        }
        Ok(())
    }
}
