//! The part of a patch for each scope of a change.

use crate::patch::{Patch, Scope, SyntaxError};

use super::rejection::{RejectReason, Rejection};

/// Why a patch cannot be divided among the scopes of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SplitError {
    /// A scope in a path is not valid, or an operation is about two of them.
    Syntax(SyntaxError),
    /// An operation is for a scope that is not one of those of the change.
    NoStore {
        /// The scope.
        scope: Scope,
        /// The operation and its place.
        at: SyntaxError,
    },
}

impl SplitError {
    /// What is wrong, with its place in the patch.
    pub fn into_form(self) -> SyntaxError {
        match self {
            SplitError::Syntax(error) | SplitError::NoStore { at: error, .. } => error,
        }
    }
}

impl From<SplitError> for Rejection {
    fn from(error: SplitError) -> Self {
        match error {
            SplitError::Syntax(error) => error.into(),
            SplitError::NoStore { scope, at } => Rejection::at(RejectReason::NoStore(scope), at),
        }
    }
}

/// The part of a patch for each of the scopes, in their order; an empty patch for a scope that it does not name.
///
/// # Errors
/// [`SplitError`].
pub fn split(patch: Patch, scopes: &[Scope]) -> Result<Vec<Patch>, SplitError> {
    let none = patch.cleared();
    // The switch's own tool, too, asks for the scope where there are several, and takes the host's where there is one.
    let only = (scopes.len() == 1).then_some(&Scope::HOST);
    let mut parts = patch.into_scopes(only).map_err(SplitError::Syntax)?;
    let split = scopes.iter().map(|scope| {
        let at = parts.iter().position(|(of, _)| of == scope);
        at.map_or_else(|| none.clone(), |at| parts.remove(at).1)
    });
    let split = split.collect();
    let Some((scope, part)) = parts.first() else {
        return Ok(split);
    };
    let index = part.positions().next().unwrap_or_default();
    let message = format!("operation {index} is for {scope}, whose config is not named");
    Err(SplitError::NoStore {
        scope: scope.clone(),
        at: SyntaxError::at_span(none.document(), part.operation_span(index), message),
    })
}
