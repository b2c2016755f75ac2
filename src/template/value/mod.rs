//! The values of templates: those of Python, which templates of SONiC are written for.

mod address;
mod compare;
mod cursor;
mod index;
mod number;
mod text;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use indexmap::IndexMap;

use super::error::{Error, ErrorKind, Result};
use super::interpreter::{Callable, LoopState, Module};

pub use address::{Address, Family, Prefix};
pub use compare::{Key, compare, contains, equals, order};
pub use cursor::{Cursor, Generator, Step};
pub use index::{Attributes, attribute, item, slice};
pub use number::{arithmetic, float_of, int_of, minus, parse_int, plus, round};
pub use text::{float_text, is_printable, repr, repr_of_text, text};

/// A value. Lists and dictionaries are shared and can be changed, as in Python.
#[derive(Clone)]
pub enum Value {
    Undefined(Rc<Missing>),
    None,
    Bool(bool),
    Int(i128),
    Float(f64),
    Text(Text),
    List(Rc<List>),
    Tuple(Rc<Tuple>),
    Dict(Rc<Dict>),
    View(Rc<View>),
    Generator(Rc<Generator>),
    Range(Rc<Range>),
    Address(Rc<Address>),
    Namespace(Rc<Dict>),
    Callable(Rc<Callable>),
    Loop(Rc<LoopState>),
    Module(Rc<Module>),
    Cycler(Rc<Cycler>),
}

impl std::fmt::Debug for Value {
    /// A value may hold a secret, so nothing of it is shown.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Value { .. }")
    }
}

/// Why a value is undefined.
#[derive(Debug)]
pub enum Missing {
    /// No variable has this name.
    Name(Rc<str>),
    /// The value, described, has no such attribute or element.
    Attribute(&'static str, Value),
    /// Anything else, in words.
    Reason(String),
}

impl Missing {
    /// The error of using it.
    pub fn error(&self) -> Error {
        let message = match self {
            Missing::Name(name) => format!("{} is undefined", repr_of_text(name)),
            Missing::Attribute(owner, Value::Text(name)) => {
                format!("'{owner}' has no attribute {}", repr_of_text(name))
            }
            Missing::Attribute(owner, name) => {
                let name = repr(name, &Budget::small()).unwrap_or_default();
                format!("{owner} has no element {name}")
            }
            Missing::Reason(reason) => reason.clone(),
        };
        Error::new(ErrorKind::Undefined, message)
    }
}

/// A text; markup needs no escaping for HTML, and escapes what is joined to it.
#[derive(Debug, Clone)]
pub struct Text {
    pub text: Rc<str>,
    pub is_markup: bool,
}

impl std::ops::Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

/// A list that can be changed.
#[derive(Debug, Default)]
pub struct List(pub RefCell<Vec<Value>>);

/// A tuple, with names of its fields where it has these.
#[derive(Debug)]
pub struct Tuple {
    pub items: Vec<Value>,
    pub fields: &'static [&'static str],
}

/// A dictionary that can be changed, in order of insertion.
#[derive(Debug, Default)]
pub struct Dict(pub RefCell<IndexMap<Key, Value>>);

/// What a [`View`] shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ViewKind {
    Keys,
    Values,
    Items,
}

/// A view of a dictionary, which follows its changes.
#[derive(Debug)]
pub struct View {
    pub kind: ViewKind,
    pub dict: Rc<Dict>,
}

/// A range of whole numbers.
#[derive(Debug, Clone, Copy)]
pub struct Range {
    pub start: i128,
    pub stop: i128,
    pub step: i128,
}

impl Range {
    pub fn len(&self) -> usize {
        let (from, to, step) = match self.step > 0 {
            true => (self.start, self.stop, self.step),
            false => (self.stop, self.start, -self.step),
        };
        let span = to.saturating_sub(from).max(0);
        let rest = i128::from(span % step != 0);
        usize::try_from(span / step + rest).unwrap_or(usize::MAX)
    }

    /// The number at an index, which is in the range.
    pub fn at(&self, index: usize) -> Value {
        Value::Int(self.start + self.step * i128::try_from(index).unwrap_or_default())
    }
}

/// Values in turn, again and again.
#[derive(Debug)]
pub struct Cycler {
    pub items: Vec<Value>,
    pub at: Cell<usize>,
}

/// What a rendering may still do: work and memory, in instructions.
#[derive(Debug)]
pub struct Budget(Cell<u64>);

/// How long a single text may be, in bytes.
pub const MAX_TEXT: usize = 64 * 1024 * 1024;
/// How deep values may contain each other where all of them are visited.
pub const MAX_NESTING: usize = 400;
/// How many bytes of a text, or items of a list, count as one instruction.
const BYTES_OF_INSTRUCTION: usize = 8;

/// How many instructions an item of a new list costs.
pub const ITEM: usize = 4;

impl Budget {
    pub fn new(instructions: u64) -> Self {
        Budget(Cell::new(instructions))
    }

    /// Enough for a message.
    fn small() -> Self {
        Budget::new(10_000)
    }

    /// Takes so many instructions from it.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`]: there are fewer left.
    pub fn spend(&self, instructions: usize) -> Result<()> {
        let left = self.0.get().checked_sub(instructions as u64);
        self.0.set(left.unwrap_or(0));
        left.map(drop)
            .ok_or_else(|| Error::limit("it takes too many instructions"))
    }

    /// Takes what so many bytes or items cost.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`]
    pub fn allocate(&self, length: usize) -> Result<()> {
        if length > MAX_TEXT {
            return Err(Error::limit(format!("a value has more than {MAX_TEXT} bytes")));
        }
        self.spend(length / BYTES_OF_INSTRUCTION)
    }

    /// How many instructions are left.
    pub fn left(&self) -> u64 {
        self.0.get()
    }
}

/// The error of a value that visits itself, or that is nested too deep.
pub fn too_deep() -> Error {
    Error::limit("a value is nested too deep")
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(Text {
            text: Rc::from(text),
            is_markup: false,
        })
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::from(text.as_str())
    }
}

impl From<Vec<Value>> for Value {
    fn from(items: Vec<Value>) -> Self {
        Value::List(Rc::new(List(RefCell::new(items))))
    }
}

impl FromIterator<(Key, Value)> for Value {
    fn from_iter<T: IntoIterator<Item = (Key, Value)>>(pairs: T) -> Self {
        Value::Dict(Rc::new(Dict(RefCell::new(pairs.into_iter().collect()))))
    }
}

impl Value {
    pub fn markup(text: &str) -> Self {
        Value::text_of(text, true)
    }

    pub fn text_of(text: &str, is_markup: bool) -> Self {
        Value::Text(Text {
            text: Rc::from(text),
            is_markup,
        })
    }

    pub fn tuple(items: Vec<Value>) -> Self {
        Value::Tuple(Rc::new(Tuple { items, fields: &[] }))
    }

    pub fn int(number: usize) -> Self {
        Value::Int(i128::try_from(number).unwrap_or(i128::MAX))
    }

    /// An undefined value, for a reason.
    pub fn missing(reason: impl Into<String>) -> Self {
        Value::Undefined(Rc::new(Missing::Reason(reason.into())))
    }

    /// What an absent attribute or element of a value is.
    pub fn missing_attribute(owner: &Value, name: Value) -> Self {
        Value::Undefined(Rc::new(Missing::Attribute(owner.described(), name)))
    }

    pub fn is_undefined(&self) -> bool {
        matches!(self, Value::Undefined(_))
    }

    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The name of its type in Python.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Undefined(_) => "Undefined",
            Value::None => "NoneType",
            Value::Bool(_) => "bool",
            Value::Int(_) => "int",
            Value::Float(_) => "float",
            Value::Text(Text { is_markup: true, .. }) => "Markup",
            Value::Text(_) => "str",
            Value::List(_) => "list",
            Value::Tuple(tuple) if !tuple.fields.is_empty() => "_GroupTuple",
            Value::Tuple(_) => "tuple",
            Value::Dict(_) => "dict",
            Value::View(view) => match view.kind {
                ViewKind::Keys => "dict_keys",
                ViewKind::Values => "dict_values",
                ViewKind::Items => "dict_items",
            },
            Value::Generator(generator) => generator.type_name,
            Value::Range(_) => "range",
            Value::Address(address) => match (address.family, address.is_of_netaddr) {
                (_, true) => "IPAddress",
                (Family::V4, false) => "IPv4Address",
                (Family::V6, false) => "IPv6Address",
            },
            Value::Namespace(_) => "Namespace",
            Value::Callable(callable) => callable.type_name(),
            Value::Loop(_) => "LoopContext",
            Value::Module(_) => "TemplateModule",
            Value::Cycler(_) => "Cycler",
        }
    }

    /// How messages call it where it lacks something.
    pub fn described(&self) -> &'static str {
        match self {
            Value::None => "None",
            Value::Undefined(_) => "jinja2.runtime.Undefined object",
            Value::Bool(_) => "bool object",
            Value::Int(_) => "int object",
            Value::Float(_) => "float object",
            Value::Text(Text { is_markup: true, .. }) => "markupsafe.Markup object",
            Value::Text(_) => "str object",
            Value::List(_) => "list object",
            Value::Tuple(tuple) if !tuple.fields.is_empty() => "jinja2.filters._GroupTuple object",
            Value::Tuple(_) => "tuple object",
            Value::Dict(_) => "dict object",
            Value::View(view) => match view.kind {
                ViewKind::Keys => "dict_keys object",
                ViewKind::Values => "dict_values object",
                ViewKind::Items => "dict_items object",
            },
            Value::Generator(generator) => match generator.type_name {
                "generator" => "generator object",
                _ => "list_reverseiterator object",
            },
            Value::Range(_) => "range object",
            Value::Address(address) => match (address.family, address.is_of_netaddr) {
                (_, true) => "netaddr.ip.IPAddress object",
                (Family::V4, false) => "ipaddress.IPv4Address object",
                (Family::V6, false) => "ipaddress.IPv6Address object",
            },
            Value::Namespace(_) => "jinja2.utils.Namespace object",
            Value::Callable(_) => "function object",
            Value::Loop(_) => "jinja2.runtime.LoopContext object",
            Value::Module(_) => "jinja2.environment.TemplateModule object",
            Value::Cycler(_) => "jinja2.utils.Cycler object",
        }
    }

    /// Whether it counts as true.
    pub fn is_true(&self) -> bool {
        match self {
            Value::Undefined(_) | Value::None => false,
            Value::Bool(value) => *value,
            Value::Int(number) => *number != 0,
            Value::Float(number) => *number != 0.0,
            Value::Address(address) => !address.is_of_netaddr || address.bits != 0,
            _ => self.len().is_none_or(|length| length > 0),
        }
    }

    /// How many items it has; `None` for what has no length.
    pub fn len(&self) -> Option<usize> {
        Some(match self {
            Value::Undefined(_) => 0,
            Value::Text(text) if text.is_ascii() => text.len(),
            Value::Text(text) => text.chars().count(),
            Value::List(list) => list.0.borrow().len(),
            Value::Tuple(tuple) => tuple.items.len(),
            Value::Dict(dict) => dict.0.borrow().len(),
            Value::View(view) => view.dict.0.borrow().len(),
            Value::Range(range) => range.len(),
            Value::Loop(state) => state.length(),
            _ => return None,
        })
    }

    /// The error of an operation that its type does not have.
    pub fn lacks(&self, what: &str) -> Error {
        match self {
            Value::Undefined(missing) => missing.error(),
            _ => Error::type_error(format!("{} object {what}", repr_of_text(self.type_name()))),
        }
    }
}

/// Takes values apart one by one, so that deep ones need no stack.
fn dismantle(mut pending: Vec<Value>) {
    while let Some(value) = pending.pop() {
        match value {
            Value::List(list) => {
                if let Some(list) = Rc::into_inner(list) {
                    pending.append(&mut list.0.borrow_mut());
                }
            }
            Value::Tuple(tuple) => {
                if let Some(mut tuple) = Rc::into_inner(tuple) {
                    pending.append(&mut tuple.items);
                }
            }
            Value::Dict(dict) | Value::Namespace(dict) => {
                if let Some(dict) = Rc::into_inner(dict) {
                    pending.extend(dict.0.borrow_mut().drain(..).map(|(_, value)| value));
                }
            }
            _ => {}
        }
    }
}

impl Drop for List {
    fn drop(&mut self) {
        dismantle(std::mem::take(self.0.get_mut()));
    }
}

impl Drop for Tuple {
    fn drop(&mut self) {
        dismantle(std::mem::take(&mut self.items));
    }
}

impl Drop for Dict {
    fn drop(&mut self) {
        dismantle(self.0.get_mut().drain(..).map(|(_, value)| value).collect());
    }
}
