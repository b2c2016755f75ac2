//! Why an operation of the engine failed.

use thiserror::Error;

use crate::schema::SchemaError;
use crate::store::StoreError;
use crate::transaction::TransactionError;

use super::models::LoadError;
use super::rejection::Rejection;

/// Why a change was not made. No secret is in its `Display` or `Debug`.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ApplyError {
    /// The change is at fault; nothing was changed.
    #[error(transparent)]
    Rejected(Box<Rejection>),
    /// The models or the policy cannot be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// A lock, a store or the commit failed. It says what state the configs are in.
    #[error(transparent)]
    Transaction(#[from] TransactionError),
    /// A function that the caller gave with the request failed; nothing was changed.
    #[error(transparent)]
    Request(Box<dyn std::error::Error + Send + Sync>),
}

impl ApplyError {
    /// Whether another client is, or was, at work, so that the same change may succeed later.
    pub fn is_conflict(&self) -> bool {
        matches!(self, ApplyError::Transaction(error) if error.is_conflict())
    }
}

impl From<Rejection> for ApplyError {
    fn from(rejection: Rejection) -> Self {
        ApplyError::Rejected(Box::new(rejection))
    }
}

impl From<StoreError> for ApplyError {
    fn from(error: StoreError) -> Self {
        ApplyError::Transaction(error.into())
    }
}

impl From<SchemaError> for ApplyError {
    fn from(error: SchemaError) -> Self {
        ApplyError::Load(error.into())
    }
}
