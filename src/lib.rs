#![doc = include_str!("../README.md")]

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
mod threads;
pub mod transaction;
pub mod validate;

/// The examples of the guide for those who use the crate, run as tests.
#[cfg(doctest)]
#[doc = include_str!("../docs/library.md")]
mod library {}
