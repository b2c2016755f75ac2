//! Other templates: those that are included, imported and extended, and their blocks.

use std::cell::RefCell;
use std::rc::Rc;

use crate::template::ast::{Block, Expr, Import, Include, Template};
use crate::template::error::{Error, ErrorKind, Result};
use crate::template::value::{Value, repr_of_text};

use super::callable::parent;
use super::scope::Frame;
use super::{Interpreter, Scope, parse};

/// A template that was imported.
#[derive(Debug)]
pub struct Module {
    pub name: String,
    /// The text that it outputs.
    pub output: String,
    scope: Rc<Scope>,
}

impl Module {
    /// A name that it sets or defines, and exports.
    pub fn exported(&self, name: &str) -> Option<Value> {
        let frame = self.scope.frame.as_ref()?;
        let is_hidden = name.starts_with('_') || frame.hidden.borrow().contains(name);
        self.scope.own(name).filter(|_| !is_hidden)
    }
}

impl Interpreter {
    /// Carries out a template in a scope of its own, above what it is given.
    pub(super) fn run_template(&self, template: &Rc<Template>, base: Rc<Scope>) -> Result<Rc<Scope>> {
        let scope = Scope::top(base, Frame::default());
        self.deeper(|| self.run_frame(template, &scope))?;
        Ok(scope)
    }

    /// Carries out a template, and what it extends.
    fn run_frame(&self, template: &Rc<Template>, scope: &Rc<Scope>) -> Result<()> {
        let Some(frame) = &scope.frame else {
            return Ok(());
        };
        {
            let mut blocks = frame.blocks.borrow_mut();
            for block in &template.blocks {
                let own = (template.clone(), block.clone());
                blocks
                    .entry(block.name.clone())
                    .or_insert_with(Vec::new)
                    .push(own);
            }
        }
        let before = self.template.replace(template.clone());
        let done = self.run_body(template, scope);
        self.template.replace(before);
        done
    }

    fn run_body(&self, template: &Rc<Template>, scope: &Rc<Scope>) -> Result<()> {
        let mut rest = template.body.iter();
        for statement in rest.by_ref() {
            self.run_all(std::slice::from_ref(statement), scope)?;
            let is_extended = scope.frame.as_ref().is_some_and(|frame| frame.is_extended.get());
            if is_extended {
                break;
            }
        }
        let Some(extended) = scope.frame.as_ref().and_then(|frame| frame.extended.take()) else {
            return Ok(());
        };
        // The rest counts for what it sets.
        self.captured(|| {
            for statement in rest {
                self.run_all(std::slice::from_ref(statement), scope)?;
            }
            Ok(())
        })?;
        if scope
            .frame
            .as_ref()
            .is_some_and(|frame| frame.extended.borrow().is_some())
        {
            return Err(Error::runtime("extended multiple times"));
        }
        if let Some(frame) = &scope.frame {
            frame.is_extended.set(false);
        }
        self.deeper(|| self.run_frame(&extended, scope))
    }

    /// Notes which template this one extends.
    pub(super) fn extend(&self, name: &Expr, scope: &Rc<Scope>) -> Result<()> {
        let name = self.eval(name, scope)?;
        let template = self.template_of(&name)?;
        let Some(frame) = &scope.frame else {
            return Ok(());
        };
        if frame.is_extended.replace(true) {
            return Err(Error::runtime("extended multiple times"));
        }
        frame.extended.replace(Some(template));
        Ok(())
    }

    /// Carries out the block of this name that counts.
    pub(super) fn run_block(&self, block: &Rc<Block>, scope: &Rc<Scope>) -> Result<()> {
        let is_extended = scope.frame.as_ref().is_some_and(|frame| frame.is_extended.get());
        if is_extended {
            return Ok(());
        }
        let around = if block.is_scoped {
            scope.clone()
        } else {
            scope.top_of()
        };
        self.run_block_of(&block.name, 0, &around, &scope.top_of())
    }

    /// Carries out a block, so many templates up.
    pub(super) fn run_block_of(
        &self,
        name: &Rc<str>,
        level: usize,
        around: &Rc<Scope>,
        top: &Rc<Scope>,
    ) -> Result<()> {
        let found = top
            .frame
            .as_ref()
            .and_then(|frame| frame.blocks.borrow().get(name)?.get(level).cloned());
        let Some((template, block)) = found else {
            return Ok(());
        };
        if block.is_required && level == 0 {
            let name = repr_of_text(name);
            let error = Error::runtime(format!("Required block {name} not found"));
            return Err(error.at(&template.source, block.at));
        }
        let inner = Scope::inner(around);
        inner.set(Rc::from("super"), parent(name, level, top));
        let before = self.template.replace(template);
        let done = self.deeper(|| self.run_all(&block.body, &inner)).map(drop);
        self.template.replace(before);
        done
    }

    /// A template by its name.
    fn load(&self, name: &str) -> Result<Option<Rc<Template>>> {
        if let Some(found) = self.templates.borrow().get(name) {
            return Ok(Some(found.clone()));
        }
        let loaded = (self.host.loader)(name).map_err(Error::runtime)?;
        let Some((path, text)) = loaded else {
            return Ok(None);
        };
        self.budget.spend(text.len())?;
        let template = parse(&self.host, &path, &text)?;
        self.templates
            .borrow_mut()
            .insert(name.to_owned(), template.clone());
        Ok(Some(template))
    }

    /// The template that a value names, or the first of several that is there.
    fn template_of(&self, name: &Value) -> Result<Rc<Template>> {
        let missing = |message: String| Error::new(ErrorKind::NoTemplate, message);
        match name {
            Value::Undefined(undefined) => Err(undefined.error()),
            Value::List(_) | Value::Tuple(_) => {
                let mut names = Vec::new();
                for name in self.items(name)? {
                    let name = self.text(&name)?;
                    if let Some(found) = self.load(&name)? {
                        return Ok(found);
                    }
                    names.push(name);
                }
                let names = names.join(", ");
                Err(missing(format!(
                    "none of the templates given were found: {names}"
                )))
            }
            _ => {
                let name = self.text(name)?;
                let found = self.load(&name)?;
                found.ok_or_else(|| missing(format!("there is no template {}", repr_of_text(&name))))
            }
        }
    }

    /// Carries out a template that is included.
    pub(super) fn include(&self, include: &Include, scope: &Rc<Scope>) -> Result<()> {
        let name = self.eval(&include.template, scope)?;
        let template = match self.template_of(&name) {
            Err(error) if include.ignores_missing && error.kind() == ErrorKind::NoTemplate => return Ok(()),
            template => template?,
        };
        let base = if include.has_context {
            scope.snapshot()
        } else {
            scope.globals()
        };
        self.run_template(&template, base).map(drop)
    }

    /// The module of a template that is imported.
    pub(super) fn import(&self, import: &Import, scope: &Rc<Scope>) -> Result<Rc<Module>> {
        let made = self.make_module(import, scope);
        made.map_err(|error| self.placed(error, import.template.at))
    }

    fn make_module(&self, import: &Import, scope: &Rc<Scope>) -> Result<Rc<Module>> {
        let name = self.eval(&import.template, scope)?;
        let template = self.template_of(&name)?;
        let name = self.text(&name)?;
        let known = self
            .modules
            .borrow()
            .get(&name)
            .filter(|_| !import.has_context)
            .cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let base = if import.has_context {
            scope.snapshot()
        } else {
            scope.globals()
        };
        let made = RefCell::new(None);
        let output = self.captured(|| {
            made.replace(Some(self.run_template(&template, base)?));
            Ok(())
        })?;
        let Some(scope) = made.into_inner() else {
            return Err(Error::runtime("the template was not carried out"));
        };
        let module = Rc::new(Module {
            name: name.clone(),
            output,
            scope,
        });
        if !import.has_context {
            self.modules.borrow_mut().insert(name, module.clone());
        }
        Ok(module)
    }
}
