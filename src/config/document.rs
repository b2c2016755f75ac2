//! One config_db as a document.

use serde_json::Value;
use thiserror::Error;

use super::json::{Document, JsonId, JsonKind, ParseError, STORED_MARKER};
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
/// that is wrong with it. An entry with the pair `"NULL": "NULL"`, as Redis keeps one without fields, is an entry without
/// that pair.
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
        Ok(Config::from(document))
    }

    /// A document as it was written, to be checked: with the pairs `"NULL": "NULL"` that are in it.
    pub fn as_written(document: Document) -> Self {
        Config { document }
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
        Config::from(Document::from_value(name, value))
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
    fn from(mut document: Document) -> Self {
        let markers: Vec<JsonId> = document
            .children(document.root())
            .flat_map(|table| document.children(table))
            .filter(|&entry| document.kind(entry) == JsonKind::Object)
            .flat_map(|entry| document.children(entry))
            .filter(|&field| document.is_stored_marker(field))
            .collect();
        for field in markers {
            document.unlink(field);
        }
        Config { document }
    }
}

/// Takes the pair `"NULL": "NULL"` out of all entries of a config.
pub fn without_markers(config: &mut Value) {
    let tables = config.as_object_mut().into_iter().flatten();
    let entries = tables.flat_map(|(_, entries)| entries.as_object_mut().into_iter().flatten());
    for fields in entries.filter_map(|(_, entry)| entry.as_object_mut()) {
        if fields
            .get(STORED_MARKER)
            .is_some_and(|value| value == STORED_MARKER)
        {
            fields.shift_remove(STORED_MARKER);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_stored_marker_is_no_field() {
        let text = r#"{"T": {"a": {"NULL": "NULL"}, "b": {"f": "1", "NULL": "NULL", "g": "2"}, "NULL": {}}, "NULL": "NULL",
                       "U": {"c": {"NULL": "x"}, "d": ["NULL"], "e": {"f": "1", "\u004eULL": "NULL"}}}"#;
        let config = Config::parse(Source::new("c", text)).unwrap();
        let expected = json!({"T": {"a": {}, "b": {"f": "1", "g": "2"}, "NULL": {}}, "NULL": "NULL",
                              "U": {"c": {"NULL": "x"}, "d": ["NULL"], "e": {"f": "1"}}});
        assert_eq!(config.to_value(), expected);
        let written = Document::parse(Source::new("c", text)).unwrap();
        let mut value = written.to_value(written.root());
        without_markers(&mut value);
        assert_eq!(value, expected);
    }
}
