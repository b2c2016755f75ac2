//! Carries a template out.

mod callable;
mod expression;
mod loops;
mod scope;
mod statement;
mod templates;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::{Rc, Weak};

use super::args::Args;
use super::ast::Template;
use super::checks::{self, Check};
use super::error::{Error, ErrorKind, Result};
use super::filters::{self, Filter};
use super::parser::{self, Dialect};
use super::value::{self, Attributes, Budget, Cursor, Key, Value};

pub use callable::Callable;
pub use loops::LoopState;
pub use scope::Scope;
pub use templates::Module;

/// How long the output may be, in bytes.
const MAX_OUTPUT: usize = 64 * 1024 * 1024;
/// How deep statements, expressions, calls and inclusions may be nested while they are carried out.
const MAX_DEPTH: usize = 2_000;

/// What a loader gives: the name and the text of a template, or nothing where there is none.
pub type Loaded = std::result::Result<Option<(String, String)>, String>;

/// What the caller of a template provides.
pub struct Host {
    /// Filters beside those of every template.
    pub filters: &'static [(&'static str, Filter)],
    /// Variables that templates may hide.
    pub globals: Vec<(&'static str, Value)>,
    /// Finds a template by the name by which another one includes it.
    pub loader: Box<dyn Fn(&str) -> Loaded>,
    /// What an attribute of something undefined is.
    pub attributes: Attributes,
    /// Whether there are the tags `do`, `break` and `continue`.
    pub has_extensions: bool,
}

impl Default for Host {
    /// Nothing beside what every template has.
    fn default() -> Self {
        Host {
            filters: &[],
            globals: Vec::new(),
            loader: Box::new(|_| Ok(None)),
            attributes: Attributes::Undefined,
            has_extensions: false,
        }
    }
}

/// A rendering under way.
pub struct Interpreter {
    pub budget: Budget,
    host: Host,
    /// Outputs, the innermost last: of the template, of macros, of blocks that are assigned.
    outputs: RefCell<Vec<String>>,
    depth: Cell<usize>,
    /// The template whose code is carried out.
    template: RefCell<Rc<Template>>,
    escapes: Cell<bool>,
    /// Templates that were read, by name.
    templates: RefCell<HashMap<String, Rc<Template>>>,
    /// Templates that were imported without context, by name.
    modules: RefCell<HashMap<String, Rc<Module>>>,
    /// Scopes with macros, which hold their scopes.
    with_macros: RefCell<Vec<Weak<Scope>>>,
}

impl Drop for Interpreter {
    /// Takes the macros out of their scopes, which would hold each other for ever.
    fn drop(&mut self) {
        for scope in self.with_macros.take() {
            if let Some(scope) = scope.upgrade() {
                scope.clear();
            }
        }
    }
}

/// Renders a template with variables.
///
/// # Errors
/// The template is none, asks for what is not there, or is beyond a limit.
pub fn render(
    host: Host,
    name: &str,
    text: &str,
    variables: Vec<(String, Value)>,
    instructions: u64,
) -> Result<String> {
    let template = parse(&host, name, text)?;
    let globals = host
        .globals
        .iter()
        .map(|(name, value)| (Rc::from(*name), value.clone()));
    let variables = variables.into_iter().map(|(name, value)| (Rc::from(name), value));
    let base = Scope::given(variables, Some(Scope::given(globals, None)));
    let interpreter = Interpreter {
        budget: Budget::new(instructions),
        host,
        outputs: RefCell::new(vec![String::new()]),
        depth: Cell::new(0),
        template: RefCell::new(template.clone()),
        escapes: Cell::new(false),
        templates: RefCell::default(),
        modules: RefCell::default(),
        with_macros: RefCell::default(),
    };
    interpreter.run_template(&template, base)?;
    Ok(interpreter.outputs.take().pop().unwrap_or_default())
}

fn parse(host: &Host, name: &str, text: &str) -> Result<Rc<Template>> {
    let dialect = Dialect {
        has_filter: &|name| find_filter(host, name).is_some(),
        has_test: &|name| checks::find(name).is_some(),
        has_extensions: host.has_extensions,
    };
    parser::parse(name, text, &dialect)
}

fn find_filter(host: &Host, name: &str) -> Option<Filter> {
    let own = host.filters.iter().find(|(own, _)| *own == name);
    own.map(|(_, filter)| *filter).or_else(|| filters::find(name))
}

impl Interpreter {
    /// Does something one level deeper.
    fn deeper<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        if self.depth.get() >= MAX_DEPTH {
            return Err(Error::limit(
                "templates, macros or expressions are nested too deep",
            ));
        }
        self.depth.set(self.depth.get() + 1);
        let done = work();
        self.depth.set(self.depth.get() - 1);
        done
    }

    /// The output of something, as a text of its own.
    fn captured(&self, work: impl FnOnce() -> Result<()>) -> Result<String> {
        self.outputs.borrow_mut().push(String::new());
        let done = work();
        let output = self.outputs.borrow_mut().pop().unwrap_or_default();
        done?;
        self.budget.allocate(output.len())?;
        Ok(output)
    }

    /// Adds to the output.
    fn write(&self, text: &str) -> Result<()> {
        let mut outputs = self.outputs.borrow_mut();
        let Some(output) = outputs.last_mut() else {
            return Ok(());
        };
        if output.len() + text.len() > MAX_OUTPUT {
            return Err(Error::limit(format!(
                "it gives more than {} MiB",
                MAX_OUTPUT / 1024 / 1024
            )));
        }
        output.push_str(text);
        Ok(())
    }

    /// Adds a value to the output.
    fn write_value(&self, value: &Value) -> Result<()> {
        if let Value::Text(text) = value
            && (text.is_markup || !self.escapes.get())
        {
            return self.write(text);
        }
        let text = self.text(value)?;
        if self.escapes.get() {
            return self.write(&super::format::escape(&text));
        }
        self.write(&text)
    }

    /// What a body or a macro has output, as a value.
    fn output_value(&self, text: &str) -> Value {
        Value::text_of(text, self.escapes.get())
    }

    pub fn escapes(&self) -> bool {
        self.escapes.get()
    }

    pub fn attributes(&self) -> Attributes {
        self.host.attributes
    }

    pub fn text(&self, value: &Value) -> Result<String> {
        value::text(value, &self.budget)
    }

    pub fn repr(&self, value: &Value) -> Result<String> {
        value::repr(value, &self.budget)
    }

    /// All items of a value.
    ///
    /// # Errors
    /// It has none.
    pub fn items(&self, value: &Value) -> Result<Vec<Value>> {
        let mut cursor = Cursor::of(value)?;
        let mut items = Vec::new();
        while let Some(item) = cursor.next(self)? {
            self.budget.spend(value::ITEM)?;
            items.push(item);
        }
        Ok(items)
    }

    /// The keys and values that a dictionary is made of: another one, or pairs.
    ///
    /// # Errors
    /// The value is neither.
    pub fn pairs(&self, value: &Value) -> Result<Vec<(Key, Value)>> {
        if let Value::Dict(dict) = value {
            let dict = dict.0.borrow();
            self.budget.spend(dict.len() * 2 * value::ITEM)?;
            return Ok(dict
                .iter()
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect());
        }
        if let Value::Undefined(missing) = value {
            return Err(missing.error());
        }
        let mut pairs = Vec::new();
        for (at, item) in self.items(value)?.iter().enumerate() {
            let parts = self.items(item).map_err(|error| match error.kind() {
                ErrorKind::Type => Error::type_error(format!(
                    "cannot convert dictionary update sequence element #{at} to a sequence"
                )),
                _ => error,
            })?;
            let [key, value] = <[Value; 2]>::try_from(parts).map_err(|parts| {
                Error::value(format!(
                    "dictionary update sequence element #{at} has length {}; 2 is required",
                    parts.len()
                ))
            })?;
            pairs.push((Key::new(key)?, value));
        }
        Ok(pairs)
    }

    /// A filter by its name.
    ///
    /// # Errors
    /// There is none.
    pub fn filter(&self, name: &str) -> Result<Filter> {
        let found = find_filter(&self.host, name);
        found.ok_or_else(|| Error::runtime(format!("No filter named {} found.", value::repr_of_text(name))))
    }

    pub fn has_filter(&self, name: &str) -> bool {
        find_filter(&self.host, name).is_some()
    }

    /// A test by its name.
    ///
    /// # Errors
    /// There is none.
    pub fn check(&self, name: &str) -> Result<Check> {
        let found = checks::find(name);
        found.ok_or_else(|| Error::runtime(format!("No test named {} found.", value::repr_of_text(name))))
    }

    /// Applies a filter by its name.
    ///
    /// # Errors
    /// There is none, or it refuses.
    pub fn apply(&self, name: &str, value: &Value, args: &Args) -> Result<Value> {
        self.filter(name)?(self, value, args)
    }

    /// Whether a template can be included by this name.
    ///
    /// # Errors
    /// It is there, and cannot be read.
    pub fn has_template(&self, name: &str) -> Result<bool> {
        (self.host.loader)(name)
            .map(|found| found.is_some())
            .map_err(Error::runtime)
    }
}

/// Items in order of what `key` makes of them; equal ones keep their order.
///
/// # Errors
/// Two of them cannot be compared.
pub fn sorted(
    interpreter: &Interpreter,
    items: Vec<Value>,
    is_reversed: bool,
    key: impl Fn(&Value) -> Result<Value>,
) -> Result<Vec<Value>> {
    let mut keyed = Vec::with_capacity(items.len());
    for item in items {
        keyed.push((key(&item)?, item));
    }
    // Equal ones keep their order also where it is turned.
    if is_reversed {
        keyed.reverse();
    }
    let mut failed = None;
    let merged = merge_sorted(keyed, &mut |left, right| {
        if failed.is_some() {
            return false;
        }
        match value::order(right, left, "<", &interpreter.budget) {
            Ok(order) => order == Some(std::cmp::Ordering::Less),
            Err(error) => {
                failed = Some(error);
                false
            }
        }
    });
    if let Some(error) = failed {
        return Err(error);
    }
    let mut items: Vec<Value> = merged.into_iter().map(|(_, item)| item).collect();
    if is_reversed {
        items.reverse();
    }
    Ok(items)
}

/// Sorts by merging. `is_behind` says whether its first key belongs behind its second one. It may contradict itself, which the
/// sorting of the standard library does not bear.
fn merge_sorted(
    mut keyed: Vec<(Value, Value)>,
    is_behind: &mut dyn FnMut(&Value, &Value) -> bool,
) -> Vec<(Value, Value)> {
    if keyed.len() < 2 {
        return keyed;
    }
    let right = keyed.split_off(keyed.len() / 2);
    let mut left = merge_sorted(keyed, is_behind).into_iter().peekable();
    let mut right = merge_sorted(right, is_behind).into_iter().peekable();
    let mut merged = Vec::with_capacity(left.len() + right.len());
    while let (Some(one), Some(other)) = (left.peek(), right.peek()) {
        let takes_right = is_behind(&one.0, &other.0);
        merged.extend(if takes_right { right.next() } else { left.next() });
    }
    merged.extend(left);
    merged.extend(right);
    merged
}
