//! The flag that a user names.

use crate::system_defaults::{Flag, Registry};

use super::Failure;

/// The flag of a name.
///
/// # Errors
/// [`Failure::Environment`]: there is none, with the name that may be meant.
pub fn named<'r>(registry: &'r Registry, name: &str) -> Result<&'r Flag, Failure> {
    registry.get(name).ok_or_else(|| {
        let near = registry.nearest(name);
        let hint = near.map(|near| format!(": did you mean {near:?}?"));
        let hint = hint.unwrap_or_else(|| "; sonicfg flags list names those that there are".to_owned());
        Failure::Environment(format!("there is no flag {name:?}{hint}"))
    })
}
