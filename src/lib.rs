#![doc = include_str!("../README.md")]

#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
pub mod config;
pub mod engine;
mod memory;
pub mod patch;
pub mod plan;
pub mod policy;
pub mod report;
pub mod schema;
pub mod store;
pub mod system_defaults;
mod template;
mod threads;
pub mod transaction;
pub mod validate;

pub use serde_json;
pub use smol_str;

/// The examples of the guide for those who use the crate, run as tests.
#[cfg(doctest)]
#[doc = include_str!("../docs/library.md")]
mod library {}
