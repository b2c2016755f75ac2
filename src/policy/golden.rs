//! Rules for golden configs, which replace whole tables.

use serde::Deserialize;

use super::entry_or_field;

/// What a golden config keeps, and what it requires.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct GoldenRules {
    /// Fields that a golden config keeps where it has their entry and not them.
    pub keep: Vec<KeptFields>,
    /// Values that it may not result in without a field.
    pub requires: Vec<GoldenRequirement>,
}

/// Fields that each switch has of its own.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct KeptFields {
    /// The entry as a JSON pointer: `/TABLE/key`.
    #[serde(deserialize_with = "entry_or_field")]
    pub entry: String,
    /// The names of the fields.
    pub fields: Vec<String>,
}

/// A value that needs a field.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GoldenRequirement {
    /// The field that may have the value, as a JSON pointer: `/TABLE/key/field`.
    #[serde(deserialize_with = "entry_or_field")]
    pub field: String,
    /// The value, or one of several that commas separate.
    pub contains: String,
    /// The field that must not be empty then.
    #[serde(deserialize_with = "entry_or_field")]
    pub requires: String,
}
