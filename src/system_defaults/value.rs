//! What a config says of a flag.

use serde::Serialize;
use serde_json::Value;

use super::Flag;

/// The table of flags.
pub const TABLE: &str = "SYSTEM_DEFAULTS";
/// The field that says what a flag is set to.
pub const STATUS: &str = "status";

/// The origin of the status of a flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FlagOrigin {
    /// The flag is set.
    Flag,
    /// The flag is not set, but the field that it has replaced is.
    RetiredLeaf,
    /// Neither is set, and the flag has a default.
    Default,
    /// Neither is set, and the flag has no default.
    None,
}

/// The effective value of a flag in a config.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Setting {
    /// Its status, in the flag's words where they are known.
    pub status: Option<String>,
    /// The origin of the status.
    pub origin: FlagOrigin,
}

/// The status that a config gives a flag, the field that it has replaced aside.
pub fn status_of<'c>(config: &'c Value, flag: &Flag) -> Option<&'c str> {
    flag.entry(config)?.1.get(STATUS)?.as_str()
}

/// The value that a config gives the field that a flag has replaced.
pub(super) fn leaf_of<'c>(config: &'c Value, flag: &Flag) -> Option<&'c Value> {
    let path = flag.replaces.as_ref()?;
    config.get(&path.table)?.get(&path.key)?.get(&path.field)
}

/// The effective value of a flag in a config. The field that it has replaced counts where the flag is not set: daemons
/// that read the field still see it.
pub fn setting(flag: &Flag, config: &Value) -> Setting {
    let set = |status: &str, origin| Setting {
        status: Some(status.to_owned()),
        origin,
    };
    if let Some(status) = status_of(config, flag) {
        return set(status, FlagOrigin::Flag);
    }
    if let Some(value) = leaf_of(config, flag).and_then(Value::as_str) {
        return set(flag.from_leaf(value).unwrap_or(value), FlagOrigin::RetiredLeaf);
    }
    match &flag.default {
        Some(default) => set(default, FlagOrigin::Default),
        None => Setting {
            status: None,
            origin: FlagOrigin::None,
        },
    }
}
