//! What the program says of itself.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;

mod completions;
mod examples;
mod explain;
mod json_schema;
mod man;
mod rules;
mod screen;
