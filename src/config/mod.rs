//! The document: JSON text with places, config_db tables and entries, JSON pointers, differences, similar names,
//! settings files.
//!
//! Nothing here knows YANG.

mod debug;
mod diff;
mod document;
mod edit;
mod entry;
mod json;
mod nearest;
pub mod pointer;
mod print;
mod scope;
mod source;
mod toml;

pub(crate) use debug::debug_without_contents;
pub use diff::{ChangeKind, ConfigChange, diff};
pub use document::{CONFIG_DB_SEPARATOR, Config, ConfigError, without_markers};
pub use edit::edited;
pub use entry::{EntryName, Write, WriteRef, differing_entries, entries, write_all};
pub use json::{Document, JsonId, JsonKind, MAX_DEPTH, MAX_STRING_BYTES, ParseError, REPEATED_NAME};
pub use nearest::{nearest, only_near};
pub use print::{canonical, to_text};
pub use scope::{Scope, scopes, without_scope};
pub use source::{Lines, Location, MAX_FILE_BYTES, ReadError, Source, Span, plain_reason};
pub use toml::{TomlError, from_toml};
