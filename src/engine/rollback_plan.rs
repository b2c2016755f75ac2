//! The steps of a rollback that is planned anew: of an expired, unfinished or earlier change.

use serde_json::Value;

use crate::plan::{Disruption, PlanOptions, plan};
use crate::store::EntryChange;

use super::Engine;
use super::planned::step_changes;

/// The steps from one config to another: within the limits if there is such a plan, else with as much interrupted at
/// once as the change needs. Errors that the config has before do not block it.
///
/// # Errors
/// The reason, in words.
pub(super) fn plan_rollback(
    engine: &Engine,
    current: &Value,
    target: &Value,
) -> Result<Vec<Vec<EntryChange>>, String> {
    let schema = engine.schema().map_err(|error| error.to_string())?;
    let mut refusal = String::new();
    for disruption in [Disruption::Policy, Disruption::AllAtOnce] {
        let options = PlanOptions {
            disruption,
            allow_existing: true,
            ignore_non_yang_tables: true,
            // The config had them before.
            allow_retired: true,
            ignored: Vec::new(),
        };
        match plan(schema, engine.policy(), &options, current, target) {
            Ok(plan) => return Ok(step_changes(&plan, current)),
            Err(error) => refusal = error.to_string(),
        }
    }
    Err(format!("it cannot be rolled back: {refusal}"))
}
