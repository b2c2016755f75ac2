//! One config_db as a document.

use serde_json::Value;
use thiserror::Error;

use super::json::{Document, ParseError};
use super::source::{ReadError, Source};

/// What joins the parts of an entry's key.
pub const CONFIG_DB_SEPARATOR: char = '|';

/// Why there is no config.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It is not JSON, or breaks a limit.
    #[error("{name}:{line}:{column}: {error}", line = error.location.line, column = error.location.column)]
    Parse {
        /// How the text is called.
        name: String,
        /// What is wrong.
        error: ParseError,
    },
}

/// A config_db: `{"TABLE": {"key1|key2": {"field": "value", "list": ["a", "b"]}}}`.
///
/// It is any JSON document; whether it has that form is for validation to say, with everything else
/// that is wrong with it.
#[derive(Debug, Clone)]
pub struct Config {
    document: Document,
}

impl Config {
    /// Reads a config from text.
    ///
    /// # Errors
    /// [`ConfigError::Parse`] where the text is not JSON or breaks a limit of [`Document::parse`].
    pub fn parse(source: Source) -> Result<Self, ConfigError> {
        let name = source.name.clone();
        let document = Document::parse(source).map_err(|error| ConfigError::Parse { name, error })?;
        Ok(Config { document })
    }

    /// Reads a config from a file; `-` is standard input.
    ///
    /// # Errors
    /// As [`Source::read`] and [`Config::parse`].
    pub fn read(path: &std::path::Path) -> Result<Self, ConfigError> {
        Self::parse(Source::read(path)?)
    }

    /// A config from a value. Its entries have no places in a text.
    pub fn from_value(name: impl Into<String>, value: &Value) -> Self {
        Config {
            document: Document::from_value(name, value),
        }
    }

    /// The config as a value.
    pub fn to_value(&self) -> Value {
        self.document.to_value(self.document.root())
    }

    /// The document with its text.
    pub fn document(&self) -> &Document {
        &self.document
    }
}

impl From<Document> for Config {
    fn from(document: Document) -> Self {
        Config { document }
    }
}
