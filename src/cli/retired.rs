//! The option for how retired fields count.

use clap::ValueEnum;
use serde::Deserialize;

/// How retired fields count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RetiredArg {
    /// They are warnings where the models define them, and errors where not or where a change adds them
    Auto,
    /// They are errors
    Error,
    /// They are warnings
    Warn,
    /// They are accepted. Models from --yang-dir are used unchanged, including their own sonic-system-defaults
    Allow,
    /// They are accepted beside their flags and kept equal to them
    Mirror,
}
