//! Why a template does not render.

use std::rc::Rc;

/// What kind of error it is, after Python's classes, so far as templates can tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The text is no template.
    Syntax,
    /// Something undefined is used.
    Undefined,
    /// A value has the wrong type.
    Type,
    /// A value has the right type, and is wrong.
    Value,
    /// A key or an index is absent.
    Lookup,
    /// A number is too large.
    Overflow,
    /// A template that is included is absent.
    NoTemplate,
    /// A limit is reached.
    Limit,
    /// Any other kind of error.
    Runtime,
}

/// An error with the place of the expression that it comes from.
#[derive(Debug, Clone)]
pub struct Error(Box<Body>);

#[derive(Debug, Clone)]
struct Body {
    kind: ErrorKind,
    message: String,
    place: Option<(Rc<Text>, usize)>,
}

/// The text of a template under its name, with line feeds alone between its lines.
#[derive(Debug)]
pub struct Text {
    /// How messages call the template.
    pub name: String,
    /// The text from beginning to end.
    pub text: String,
}

/// What an evaluation gives.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let (message, place) = (message.into(), None);
        Error(Box::new(Body { kind, message, place }))
    }

    pub fn type_error(message: impl Into<String>) -> Self {
        Error::new(ErrorKind::Type, message)
    }

    pub fn value(message: impl Into<String>) -> Self {
        Error::new(ErrorKind::Value, message)
    }

    pub fn lookup(message: impl Into<String>) -> Self {
        Error::new(ErrorKind::Lookup, message)
    }

    pub fn limit(message: impl Into<String>) -> Self {
        Error::new(ErrorKind::Limit, message)
    }

    pub fn runtime(message: impl Into<String>) -> Self {
        Error::new(ErrorKind::Runtime, message)
    }

    pub fn overflow() -> Self {
        Error::new(ErrorKind::Overflow, "the number is too large")
    }

    /// The same error with this place, unless it has one.
    #[must_use]
    pub fn at(mut self, text: &Rc<Text>, offset: usize) -> Self {
        if self.0.place.is_none() {
            self.0.place = Some((text.clone(), offset));
        }
        self
    }

    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The name of the template, with line and column, both counted from 1.
    pub fn place(&self) -> Option<(&str, usize, usize)> {
        let (text, offset) = self.0.place.as_ref()?;
        let before = text.text.get(..*offset)?;
        let line = before.matches('\n').count() + 1;
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        Some((&text.name, line, before[start..].chars().count() + 1))
    }
}
