//! Cases that failed once: scripts, and the scenarios of SONiC's own tests of its config updater.
//!
//! They are in the shared data; without it the tests are skipped loudly.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;
mod faults;
mod scenarios;
