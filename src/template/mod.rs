//! Templates in the language of Jinja2 with the values of Python, as SONiC's services have them.
//!
//! `lexer` and `parser` read a template (`ast`), `interpreter` carries it out. `value` has Python's values with their
//! arithmetic, order and text; `methods`, `filters` and `checks` have what templates can do with them. Lists and dictionaries
//! can be changed, and messages have Python's words, since people compare both.

mod args;
mod ast;
mod checks;
mod error;
mod filters;
mod format;
mod interpreter;
mod lexer;
mod methods;
mod parser;
mod value;

pub use args::Args;
pub use error::{Error, Result};
pub use filters::Filter;
pub use interpreter::{Callable, Host, Interpreter, Loaded, render, sorted};
pub use value::{Address, Attributes, Dict, Key, Prefix, Value, contains, item, parse_int};

/// The stack that templates need which are nested as deep as they may be, in bytes.
const STACK: usize = 256 * 1024 * 1024;

/// Does something on a stack that is large enough for every template.
///
/// # Errors
/// Why there is no such stack.
pub fn on_own_stack<T: Send>(work: impl FnOnce() -> T + Send) -> std::result::Result<T, String> {
    std::thread::scope(|scope| {
        let builder = std::thread::Builder::new().stack_size(STACK);
        let work = builder
            .spawn_scoped(scope, work)
            .map_err(|error| error.to_string())?;
        work.join().map_err(|_| "the rendering ended early".to_owned())
    })
}

/// A dictionary of these pairs.
///
/// # Errors
/// A value is no key.
pub fn dictionary(pairs: impl IntoIterator<Item = (Value, Value)>) -> Result<Value> {
    let pairs = pairs.into_iter().map(|(key, value)| Ok((Key::new(key)?, value)));
    Ok(pairs.collect::<Result<Vec<_>>>()?.into_iter().collect())
}

/// How a value is output, for tests.
#[cfg(test)]
pub fn shown(value: &Value) -> String {
    value::repr(value, &value::Budget::new(1_000_000)).unwrap_or_default()
}
