//! Files of settings, which are TOML.

use serde::de::DeserializeOwned;
use thiserror::Error;

use super::source::{Location, Source};

/// Why a file of settings is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{file}:{line}:{column}: {message}", line = location.line, column = location.column)]
pub struct TomlError {
    /// The file, as it was named.
    pub file: String,
    /// Line and column in it.
    pub location: Location,
    /// What is wrong, in words.
    pub message: String,
}

/// Reads a file of settings (TOML 1.0).
///
/// # Errors
/// Not TOML, a key that is not known, a value of the wrong kind or outside its range: with line and column.
pub fn from_toml<T: DeserializeOwned>(source: &Source) -> Result<T, TomlError> {
    toml::from_str(&source.text).map_err(|error| TomlError {
        file: source.name.clone(),
        location: source.locate(error.span().map_or(0, |span| span.start as u32)),
        message: error.message().lines().next().unwrap_or_default().to_owned(),
    })
}
