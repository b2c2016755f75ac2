//! Changes on stores: all or nothing, on files and on a live CONFIG_DB, whatever fails.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;
mod confirm;
mod corpus;
mod defaults;
mod disk_faults;
mod emptied;
mod existing_tool;
mod folders;
mod harness;
mod history;
mod kills;
mod outcomes;
mod rights;
mod scopes;
mod server_faults;
mod stored_marker;
mod subscriber;
mod takeover;
mod writers;
