//! Steps for what is taken back late.

use serde_json::Value;

use crate::config::Write;
use crate::plan::{Disruption, Options, plan};
use crate::policy::Policy;
use crate::schema::Schema;
use crate::store::EntryChange;
use crate::transaction::changes_of;

use super::Models;

/// The steps from one config to another, for what is taken back late: within the limits if there are such, else
/// as much at once as it asks for. What is wrong before does not hold it up.
pub(super) fn plan_late(
    models: &Models,
    current: &Value,
    target: &Value,
) -> Result<Vec<Vec<EntryChange>>, String> {
    let schema = models.schema().map_err(|failure| failure.message())?;
    late(schema, models.policy, current, target)
}

/// As [`plan_late`], with models that are there.
pub fn late(
    schema: &Schema,
    policy: &Policy,
    current: &Value,
    target: &Value,
) -> Result<Vec<Vec<EntryChange>>, String> {
    let mut refusal = String::new();
    for disruption in [Disruption::Policy, Disruption::AllAtOnce] {
        let options = Options {
            disruption,
            allow_existing: true,
            ignore_non_yang_tables: true,
            // It was there before.
            allow_retired: true,
            ignored: Vec::new(),
        };
        match plan(schema, policy, &options, current, target) {
            Ok(plan) => {
                let steps: Vec<Vec<Write>> = plan.steps.into_iter().map(|step| step.writes).collect();
                return Ok(changes_of(current, steps.iter().map(Vec::as_slice)));
            }
            Err(error) => refusal = error.to_string(),
        }
    }
    Err(format!("it cannot be rolled back: {refusal}"))
}
