//! Whether there is any plan at all.
use crate::plan::Disruption;
use crate::policy::Policy;
use crate::schema::Schema;
use serde_json::Value;

/// stub
pub fn impossible(_: &Schema, _: &Policy, _: Disruption, _: &Value, _: &Value, _: usize) -> Option<bool> {
    None
}
