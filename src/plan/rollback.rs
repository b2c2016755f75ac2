//! The way back to a config that was there before.

use serde_json::Value;

use crate::config::differing_entries;
use crate::policy::Policy;
use crate::schema::Schema;

use super::explain::for_all;
use super::make::writes_to;
use super::{Disruption, Plan, PlanOptions, PlanSummary, ReasonKind, Refusal, Step, plan};

/// The steps back to a config that was there before: within the limits of the policy if there is such a plan, else with
/// as much interrupted at once as it needs. What binds a change forward does not bind it: protected entries, errors and
/// retired fields of the target, tables without a model. Limits that the caller names himself are kept.
///
/// # Errors
/// [`Refusal::Cycle`], [`Refusal::NoOrder`]: no order of steps is safe. [`Refusal::Limit`]: a limit of the caller.
pub fn plan_rollback(
    schema: &Schema,
    policy: &Policy,
    disruption: Disruption,
    current: &Value,
    target: &Value,
) -> Result<Plan, Refusal> {
    let options = |disruption| PlanOptions {
        disruption,
        allow_existing: true,
        ignore_non_yang_tables: true,
        is_rollback: true,
        ignored: Vec::new(),
    };
    match plan(schema, policy, &options(disruption), current, target) {
        Err(Refusal::Limit { .. }) if disruption == Disruption::Policy => {
            plan(schema, policy, &options(Disruption::AllAtOnce), current, target)
        }
        planned => planned,
    }
}

impl Plan {
    /// All differences between two configs in one step, unchecked: the last resort of a way back.
    pub fn in_one_step(current: &Value, target: &Value) -> Plan {
        let writes = writes_to(differing_entries(current, target), target);
        let count = writes.len();
        if count == 0 {
            return Plan::default();
        }
        Plan {
            summary: PlanSummary {
                steps: 1,
                entries_changed: count,
                entries_touched: count,
                entries_recreated: 0,
                lower_bound: 1,
            },
            steps: vec![Step {
                why: for_all(&writes, &ReasonKind::NoOrder),
                writes,
                ..Step::default()
            }],
            ..Plan::default()
        }
    }
}
