//! Why an XPath expression is not supported.

use thiserror::Error;

/// Why a text is not an expression that we take.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct XPathError(String);

impl XPathError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        XPathError(message.into())
    }
}
