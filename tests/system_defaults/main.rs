//! The flags of `SYSTEM_DEFAULTS`, by what a user does with them.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;

mod language;
mod migrate;
mod minigraph;
mod registry;
mod render;
mod retired;
mod stores;
mod vendor;
mod watch;
