//! Where a config lives.

mod file;

pub use file::{FileStore, StoreError};
