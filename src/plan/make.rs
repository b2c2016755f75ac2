//! A change to a plan: what has to be touched, in which order, in which steps.

use std::collections::{BTreeSet, HashSet};

use serde_json::Value;

use crate::config::{EntryName, Write, differing_entries, pointer};
use crate::memory;
use crate::policy::Policy;
use crate::schema::Schema;
use crate::threads::join;
use crate::validate::{DiagnosticKey, EntryDiagnostic, Validator};

use super::affected::AffectedSet;
use super::bound::lower_bound;
use super::config_pair::{ConfigPair, MANY, are_alike, validated};
use super::explain::{explain, for_all};
use super::graph::Graph;
use super::limits::Limits;
use super::refusal::check_allowed;
use super::schedule::{ScheduleError, Scheduled, schedule};
use super::{Disruption, Plan, PlanSummary, ReasonKind, Refusal, Step};

/// How a plan is made.
#[derive(Debug, Clone, Default)]
pub struct PlanOptions {
    /// How much may be interrupted between two steps.
    pub disruption: Disruption,
    /// Errors that the current config has already do not count.
    pub allow_existing: bool,
    /// Tables that no model covers are changed unchecked, in a step of their own.
    pub ignore_non_yang_tables: bool,
    /// The target is a config that was there before. What a change may not do or introduce does not bind the way back
    /// to it: protected entries are removed, and errors and retired fields of the target do not count.
    pub is_rollback: bool,
    /// Places, as reference tokens; errors at or below them do not count.
    pub ignored: Vec<Vec<String>>,
}

impl PlanOptions {
    /// Whether a whole table is exempt.
    fn exempts(&self, table: &str) -> bool {
        let mut ignored = self.ignored.iter();
        ignored.any(|ignored| {
            [table].starts_with(ignored.iter().map(String::as_str).collect::<Vec<_>>().as_slice())
        })
    }

    fn ignores(&self, found: &EntryDiagnostic) -> bool {
        !self.ignored.is_empty() && {
            let place = pointer::split(&found.diagnostic.pointer).unwrap_or_default();
            self.ignored.iter().any(|ignored| place.starts_with(ignored))
        }
    }
}

/// The steps from one config to another.
///
/// # Errors
/// [`Refusal`]: one of the configs is not valid, the policy forbids the change, or no order is safe.
pub fn plan(
    schema: &Schema,
    policy: &Policy,
    options: &PlanOptions,
    current: &Value,
    target: &Value,
) -> Result<Plan, Refusal> {
    plan_in(
        &mut Workspace::default(),
        schema,
        policy,
        options,
        current,
        target,
    )
}

/// What a plan is made with. To free it takes time, which who ends anyway need not spend.
#[derive(Debug, Default)]
pub struct Workspace<'s> {
    pair: Option<(Validator<'s>, Validator<'s>)>,
}

/// As [`plan`], and what it is made with is left to the caller.
///
/// # Errors
/// As [`plan`].
pub fn plan_in<'s>(
    workspace: &mut Workspace<'s>,
    schema: &'s Schema,
    policy: &'s Policy,
    options: &PlanOptions,
    current: &Value,
    target: &Value,
) -> Result<Plan, Refusal> {
    if !options.is_rollback {
        check_allowed(policy, current, target)?;
    }
    let all_changed = differing_entries(current, target);
    let count = all_changed.len();
    let (unmodeled, changed): (Vec<EntryName>, Vec<EntryName>) = all_changed
        .iter()
        .cloned()
        .partition(|name| schema.tables.get(&name.table).is_none());
    if !options.ignore_non_yang_tables {
        let tables = unmodeled.iter().map(|name| name.table.as_str());
        let mut tables: Vec<String> = tables
            .filter(|table| !options.exempts(table))
            .map(str::to_owned)
            .collect();
        tables.dedup();
        if !tables.is_empty() {
            return Err(Refusal::NoModel(tables));
        }
    }
    let alike = are_alike(current, target, count);
    let pair = validated(schema, policy, current, target, &all_changed, alike);
    let (before, after) = workspace.pair.insert(pair);
    let (mut preexisting, _) = by_severity(before.found());
    preexisting.retain(|found| !options.ignores(found));
    let (mut introduced, warnings) = by_severity(after.found());
    let mut known: HashSet<DiagnosticKey> = preexisting.iter().map(EntryDiagnostic::key).collect();
    if options.is_rollback {
        known.extend(introduced.iter().map(EntryDiagnostic::key));
    }
    let is_preexisting = |found: &EntryDiagnostic| known.contains(&found.key());
    // The change does not introduce retired fields that the config had before.
    let stands = |found: &EntryDiagnostic| {
        let is_tolerated = found.diagnostic.rule.is_tolerated();
        (options.allow_existing || options.is_rollback || is_tolerated) && is_preexisting(found)
    };
    introduced.retain(|found| !options.ignores(found) && !stands(found));
    // Steps bring nothing retired that is neither in the one config nor in the other.
    let tolerated = |found: &EntryDiagnostic| {
        options.ignores(found) || stands(found) || found.diagnostic.rule.is_tolerated()
    };
    if !introduced.is_empty() {
        introduced.retain(|found| !is_preexisting(found));
        let is_old = introduced.is_empty();
        return Err(Refusal::Invalid {
            current: is_old,
            found: if is_old { preexisting } else { introduced },
        });
    }
    let mut steps: Vec<Step> = Vec::new();
    if !unmodeled.is_empty() {
        let writes = writes_to(unmodeled, target);
        before.update(&writes);
        steps.push(Step {
            why: for_all(&writes, &ReasonKind::NoModel),
            writes,
            ..Step::default()
        });
    }
    let unchecked_steps = steps.len();
    let mut pair = ConfigPair {
        current: before,
        target: after,
    };
    let change = PlannedEdit {
        policy,
        options,
        current,
        target,
    };
    let (arranged, bound) = if count < MANY || alike {
        let bound = lower_bound(policy, current, target, &all_changed, &mut pair);
        (change.arrange(changed, &mut pair, &tolerated), bound)
    } else {
        // How many steps there must be and which there are does not depend on each other. To find both at the same
        // time takes copies of what is there.
        let (mut before, mut after) = (pair.current.clone(), pair.target.clone());
        let all_changed = &all_changed;
        join(
            || change.arrange(changed, &mut pair, &tolerated),
            move || {
                memory::preallocate_arena();
                let mut pair = ConfigPair {
                    current: &mut before,
                    target: &mut after,
                };
                lower_bound(policy, current, target, all_changed, &mut pair)
            },
        )
    };
    let (graph, scheduled) = arranged?;
    steps.extend(scheduled.steps.into_iter().map(|writes| Step {
        writes,
        ..Step::default()
    }));
    explain(
        &graph,
        &scheduled.step_of,
        &scheduled.held,
        &scheduled.barred,
        &mut steps[unchecked_steps..],
        unchecked_steps,
    );
    let summary = summary(count, &graph, &steps, bound);
    Ok(Plan {
        steps,
        summary,
        warnings,
    })
}

/// The writes that give entries the value that they have in a target.
pub(super) fn writes_to(entries: Vec<EntryName>, target: &Value) -> Vec<Write> {
    let writes = entries.into_iter().map(|entry| Write {
        value: entry.find(target).cloned(),
        entry,
    });
    writes.collect()
}

/// What is to be done, between two configs that are valid.
struct PlannedEdit<'c> {
    policy: &'c Policy,
    options: &'c PlanOptions,
    current: &'c Value,
    target: &'c Value,
}

impl<'c> PlannedEdit<'c> {
    /// Finds what has to be written, and puts it into steps. `changed` are the entries that differ.
    fn arrange(
        &self,
        changed: Vec<EntryName>,
        pair: &mut ConfigPair,
        tolerated: &dyn Fn(&EntryDiagnostic) -> bool,
    ) -> Result<(Graph<'c>, Scheduled), Refusal> {
        let PlannedEdit {
            policy,
            options,
            current,
            target,
        } = *self;
        let mut affected = AffectedSet::find(policy, current, target, changed, pair);
        let mut split = BTreeSet::new();
        let mut first: Vec<EntryName> = Vec::new();
        loop {
            let mut graph = match Graph::build(policy, &affected, &split, pair) {
                Ok(graph) => graph,
                Err(names) => {
                    let edited = names.iter().cloned().collect();
                    if affected.recreate(policy, &edited, pair) {
                        continue;
                    }
                    return Err(Refusal::Cycle(names));
                }
            };
            let roots = graph.roots(policy);
            let limits = Limits::new(policy, options.disruption, &graph, &roots, current);
            for root in limits.roots() {
                if let Err(exceeded) = limits.admit(&[root]) {
                    return Err(refuse_limit(graph.entries[root].name.clone(), exceeded));
                }
            }
            match schedule(policy, &mut graph, pair, roots, limits, &first, tolerated) {
                Ok(scheduled) => return Ok((graph, scheduled)),
                Err((schedule_error, pending)) => {
                    if let ScheduleError::Limit { waiting, running, .. } = &schedule_error
                        && let Some(root) = waiting.iter().find(|root| !first.contains(root))
                    {
                        // It starts before those that do not end without it.
                        let at = first.iter().position(|other| running.contains(other));
                        first.insert(at.unwrap_or(first.len()), root.clone());
                        continue;
                    }
                    let more = graph.splittable(&pending);
                    if more.is_subset(&split) && affected.recreate(policy, &more, pair) {
                        split.clear();
                    } else if more.is_subset(&split) {
                        return Err(match schedule_error {
                            ScheduleError::Limit {
                                mut waiting,
                                exceeded,
                                ..
                            } => refuse_limit(waiting.swap_remove(0), exceeded),
                            ScheduleError::NoOrder(entries, found) => Refusal::NoOrder { entries, found },
                        });
                    }
                    split.extend(more);
                }
            }
        }
    }
}

fn refuse_limit(entry: EntryName, exceeded: super::limits::Exceeded) -> Refusal {
    Refusal::Limit {
        entry,
        of: exceeded.of,
        needed: exceeded.needed,
        limit: exceeded.limit,
    }
}

/// The errors, and the warnings.
fn by_severity(found: Vec<EntryDiagnostic>) -> (Vec<EntryDiagnostic>, Vec<EntryDiagnostic>) {
    found.into_iter().partition(EntryDiagnostic::is_error)
}

fn summary(changed: usize, graph: &Graph, steps: &[Step], lower_bound: usize) -> PlanSummary {
    let writes = steps.iter().flat_map(|step| &step.writes);
    let touched: BTreeSet<&EntryName> = writes.map(|write| &write.entry).collect();
    PlanSummary {
        steps: steps.len(),
        entries_changed: changed,
        entries_touched: touched.len(),
        entries_recreated: graph
            .entries
            .iter()
            .filter(|entry| entry.recreated.is_some())
            .count(),
        lower_bound,
    }
}
