//! Walks over values.

use std::cell::RefCell;
use std::rc::Rc;

use super::{List, Range, Value, View, ViewKind, repr_of_text};
use crate::template::error::{Error, Result};
use crate::template::interpreter::Interpreter;

/// What a generator makes of an item: another value, or nothing.
pub type Step = Box<dyn FnMut(&Interpreter, Value) -> Result<Option<Value>>>;

/// Values that are made one by one, and only once.
pub struct Generator {
    /// The name of its type in Python.
    pub type_name: &'static str,
    state: RefCell<(Cursor, Option<Step>)>,
}

impl std::fmt::Debug for Generator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Generator").finish_non_exhaustive()
    }
}

impl Generator {
    /// A generator over the items of a cursor.
    pub fn value(type_name: &'static str, cursor: Cursor, step: Option<Step>) -> Value {
        let state = RefCell::new((cursor, step));
        Value::Generator(Rc::new(Generator { type_name, state }))
    }

    fn next(&self, interpreter: &Interpreter) -> Result<Option<Value>> {
        let Ok(mut state) = self.state.try_borrow_mut() else {
            return Err(Error::value("generator already executing"));
        };
        let (cursor, step) = &mut *state;
        loop {
            let Some(item) = cursor.next(interpreter)? else {
                return Ok(None);
            };
            let Some(step) = step else {
                return Ok(Some(item));
            };
            if let Some(made) = step(interpreter, item)? {
                return Ok(Some(made));
            }
        }
    }
}

/// A place in the items of a value.
#[derive(Debug)]
pub enum Cursor {
    /// Items that do not change.
    Items(std::vec::IntoIter<Value>),
    /// A list, which may change meanwhile.
    List(Rc<List>, usize),
    /// A view of a dictionary, with its length at the beginning.
    View(Rc<View>, usize, usize),
    Range(Range, usize),
    Generator(Rc<Generator>),
}

impl Cursor {
    /// A cursor before the first item.
    ///
    /// # Errors
    /// The value has no items.
    pub fn of(value: &Value) -> Result<Self> {
        Ok(match value {
            Value::Undefined(_) => Cursor::Items(Vec::new().into_iter()),
            Value::Text(text) => {
                let characters = text.chars().map(|c| Value::from(&*c.encode_utf8(&mut [0; 4])));
                Cursor::Items(characters.collect::<Vec<_>>().into_iter())
            }
            Value::List(list) => Cursor::List(list.clone(), 0),
            Value::Tuple(tuple) => Cursor::Items(tuple.items.clone().into_iter()),
            Value::Dict(dict) => {
                let (kind, dict) = (ViewKind::Keys, dict.clone());
                let length = dict.0.borrow().len();
                Cursor::View(Rc::new(View { kind, dict }), 0, length)
            }
            Value::View(view) => Cursor::View(view.clone(), 0, view.dict.0.borrow().len()),
            Value::Range(range) => Cursor::Range(**range, 0),
            Value::Generator(generator) => Cursor::Generator(generator.clone()),
            Value::Loop(state) => return state.rest(),
            _ => {
                return Err(Error::type_error(format!(
                    "{} object is not iterable",
                    repr_of_text(value.type_name())
                )));
            }
        })
    }

    /// The next item, and its place behind it.
    ///
    /// # Errors
    /// A dictionary was changed, a generator fails, or a limit is reached.
    pub fn next(&mut self, interpreter: &Interpreter) -> Result<Option<Value>> {
        interpreter.budget.spend(1)?;
        Ok(match self {
            Cursor::Items(items) => items.next(),
            Cursor::List(list, at) => {
                let item = list.0.borrow().get(*at).cloned();
                *at += 1;
                item
            }
            Cursor::View(view, at, length) => {
                let dict = view.dict.0.borrow();
                if dict.len() != *length {
                    return Err(Error::runtime("dictionary changed size during iteration"));
                }
                let item = dict.get_index(*at).map(|(key, value)| match view.kind {
                    ViewKind::Keys => key.value().clone(),
                    ViewKind::Values => value.clone(),
                    ViewKind::Items => Value::tuple(vec![key.value().clone(), value.clone()]),
                });
                *at += 1;
                item
            }
            Cursor::Range(range, at) => {
                let item = (*at < range.len()).then(|| range.at(*at));
                *at += 1;
                item
            }
            Cursor::Generator(generator) => generator.next(interpreter)?,
        })
    }
}
