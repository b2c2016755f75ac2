//! Loops, and the variable `loop`.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use crate::template::args::Args;
use crate::template::ast::For;
use crate::template::error::{Error, Result};
use crate::template::value::{Budget, Cursor, List, Value, equals};

use super::statement::Flow;
use super::{Interpreter, Scope};

/// How many instructions a turn of a loop costs, its body aside.
const ITERATION: usize = 8;

/// A loop that is carried out.
#[derive(Debug)]
pub struct LoopState {
    /// The loop, with the scope around it; for calls of a recursive one.
    own: (Rc<For>, Rc<Scope>),
    depth: usize,
    index: Cell<usize>,
    /// The item before, the item, and those behind that are known.
    items: RefCell<(Option<Value>, Option<Value>, VecDeque<Value>)>,
    /// The list that it is over, which may grow meanwhile.
    live: Option<Rc<List>>,
    cycled: RefCell<Option<Vec<Value>>>,
}

impl LoopState {
    pub fn described(&self) -> String {
        format!("<LoopContext {}/{}>", self.index.get() + 1, self.length())
    }

    /// How many items there are.
    pub fn length(&self) -> usize {
        match &self.live {
            Some(list) => list.0.borrow().len(),
            None => self.index.get() + 1 + self.items.borrow().2.len(),
        }
    }

    /// The item behind the current one.
    fn following(&self) -> Option<Value> {
        match &self.live {
            Some(list) => list.0.borrow().get(self.index.get() + 1).cloned(),
            None => self.items.borrow().2.front().cloned(),
        }
    }

    /// What is left of the items.
    ///
    /// # Errors
    /// Never; a walk over the variable takes its items away.
    pub fn rest(&self) -> Result<Cursor> {
        let rest: Vec<Value> = self.items.borrow_mut().2.drain(..).collect();
        Ok(Cursor::Items(rest.into_iter()))
    }

    /// What the variable says about the loop.
    pub fn property(&self, name: &str) -> Option<Value> {
        let index = self.index.get();
        let length = self.length();
        Some(match name {
            "index" => Value::int(index + 1),
            "index0" => Value::int(index),
            "revindex" => Value::int(length.saturating_sub(index)),
            "revindex0" => Value::int(length.saturating_sub(index + 1)),
            "first" => Value::Bool(index == 0),
            "last" => Value::Bool(self.following().is_none()),
            "length" => Value::int(length),
            "depth" => Value::int(self.depth + 1),
            "depth0" => Value::int(self.depth),
            "previtem" => match &self.items.borrow().0 {
                Some(item) => item.clone(),
                None => Value::missing("there is no previous item"),
            },
            "nextitem" => match self.following() {
                Some(item) => item,
                None => Value::missing("there is no next item"),
            },
            _ => return None,
        })
    }

    /// One of the arguments, in turn.
    ///
    /// # Errors
    /// There are none.
    pub fn cycle(&self, args: &Args) -> Result<Value> {
        let count = args.positional.len();
        if count == 0 {
            return Err(Error::type_error("no items for cycling given"));
        }
        Ok(args.positional[self.index.get() % count].clone())
    }

    /// Whether the arguments differ from those of the item before.
    ///
    /// # Errors
    /// They cannot be compared.
    pub fn changed(&self, args: &Args, budget: &Budget) -> Result<Value> {
        let mut cycled = self.cycled.borrow_mut();
        let is_same = match &*cycled {
            Some(old) => equals(
                &Value::tuple(old.clone()),
                &Value::tuple(args.positional.clone()),
                budget,
            )?,
            None => false,
        };
        *cycled = Some(args.positional.clone());
        Ok(Value::Bool(!is_same))
    }
}

impl Interpreter {
    /// Carries out a loop over a value.
    pub(super) fn run_loop(
        &self,
        own: &Rc<For>,
        scope: &Rc<Scope>,
        over: &Value,
        depth: usize,
    ) -> Result<Flow> {
        let mut cursor = Cursor::of(over)?;
        let live = match (over, &own.test) {
            (Value::List(list), None) => Some(list.clone()),
            _ => None,
        };
        let state = own.has_loop.then(|| {
            Rc::new(LoopState {
                own: (own.clone(), scope.clone()),
                depth,
                index: Cell::new(0),
                items: RefCell::new((None, None, VecDeque::new())),
                live: live.clone(),
                cycled: RefCell::new(None),
            })
        });
        if let (Some(state), None) = (&state, &live) {
            // What the variable says needs all items.
            let mut all = VecDeque::new();
            while let Some(item) = self.next_item(own, scope, &mut cursor)? {
                all.push_back(item);
            }
            state.items.borrow_mut().2 = all;
        }
        let mut count = 0;
        loop {
            let item = match &state {
                Some(state) => {
                    let next = match &live {
                        Some(_) => cursor.next(self)?,
                        None => state.items.borrow_mut().2.pop_front(),
                    };
                    let mut items = state.items.borrow_mut();
                    items.0 = std::mem::replace(&mut items.1, next.clone());
                    state.index.set(count);
                    next
                }
                None => self.next_item(own, scope, &mut cursor)?,
            };
            let Some(item) = item else {
                break;
            };
            count += 1;
            self.budget.spend(ITERATION)?;
            let inner = Scope::inner(scope);
            if let Some(state) = &state {
                inner.set(Rc::from("loop"), Value::Loop(state.clone()));
            }
            self.assign(&own.target, item, &inner)?;
            match self.run_all(&own.body, &inner)? {
                Flow::Break => break,
                Flow::Continue | Flow::On => {}
            }
        }
        if count == 0 {
            return self.run_all(&own.otherwise, &Scope::inner(scope));
        }
        Ok(Flow::On)
    }

    /// The next item that the loop's own condition lets through.
    fn next_item(&self, own: &For, scope: &Rc<Scope>, cursor: &mut Cursor) -> Result<Option<Value>> {
        while let Some(item) = cursor.next(self)? {
            let Some(test) = &own.test else {
                return Ok(Some(item));
            };
            let inner = Scope::inner(scope);
            self.assign(&own.target, item.clone(), &inner)?;
            if self.eval(test, &inner)?.is_true() {
                return Ok(Some(item));
            }
        }
        Ok(None)
    }

    /// The output of a recursive loop over other items.
    pub(super) fn call_loop(&self, state: &LoopState, args: &Args) -> Result<Value> {
        let (own, scope) = &state.own;
        if !own.is_recursive {
            return Err(Error::type_error(
                "The loop must have the 'recursive' marker to be called recursively.",
            ));
        }
        let over = args.one("loop")?;
        let output = self.captured(|| {
            self.deeper(|| self.run_loop(own, scope, &over, state.depth + 1))
                .map(drop)
        })?;
        Ok(self.output_value(&output))
    }
}
