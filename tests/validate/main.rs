//! Validation, rule by rule: a few lines of a module, a document, the findings.

#![allow(clippy::unwrap_used, clippy::panic)]

mod conditions;
mod config_db;
mod fixes;
mod places;
mod references;
mod related;
mod renamed;
mod secrets;
mod spelling;
mod structure;
mod support;
mod types;
mod unsupported;
mod words;
mod xpath;
