//! What is in `integrations/`, run as those run it for whom it is made.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;

mod github;
mod gitlab;
mod pre_commit;
mod release;
mod shim;
mod yaml;
