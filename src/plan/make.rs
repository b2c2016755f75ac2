//! A change to a plan: what has to be touched, in which order, in which steps.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::config::{EntryName, Write, differing_entries, pointer};
use crate::memory;
use crate::policy::Policy;
use crate::schema::Schema;
use crate::threads::at_once;
use crate::validate::{Found, Rule, Validator};

use super::bound::lower_bound;
use super::ends::{Ends, MANY, are_alike, validated};
use super::explain::{explain, unchecked};
use super::graph::Graph;
use super::involved::Involvement;
use super::limits::Limits;
use super::refusal::check_allowed;
use super::schedule::{Scheduled, Stuck, schedule};
use super::{Disruption, Plan, Refusal, Step, Summary};

/// How a plan is made.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// How much may be interrupted between two steps.
    pub disruption: Disruption,
    /// Errors that the current config has already do not count.
    pub allow_existing: bool,
    /// Tables that no model covers are changed unchecked, in a step of their own.
    pub ignore_non_yang_tables: bool,
    /// Retired fields that the change brings do not count: it goes back to what was.
    pub allow_retired: bool,
    /// Places, as reference tokens; errors at or below them do not count.
    pub ignored: Vec<Vec<String>>,
}

impl Options {
    /// Whether a whole table is exempt.
    fn exempts(&self, table: &str) -> bool {
        let mut ignored = self.ignored.iter();
        ignored.any(|ignored| {
            [table].starts_with(ignored.iter().map(String::as_str).collect::<Vec<_>>().as_slice())
        })
    }

    fn ignores(&self, found: &Found) -> bool {
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
    options: &Options,
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
    ends: Option<(Validator<'s>, Validator<'s>)>,
}

/// As [`plan`], and what it is made with is left to the caller.
///
/// # Errors
/// As [`plan`].
pub fn plan_in<'s>(
    workspace: &mut Workspace<'s>,
    schema: &'s Schema,
    policy: &'s Policy,
    options: &Options,
    current: &Value,
    target: &Value,
) -> Result<Plan, Refusal> {
    check_allowed(policy, current, target)?;
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
    let ends = validated(schema, policy, current, target, &all_changed, alike);
    let (before, after) = workspace.ends.insert(ends);
    let (mut existing, _) = by_severity(before.found());
    existing.retain(|found| !options.ignores(found));
    let (mut brought, warnings) = by_severity(after.found());
    let stood_before = |found: &Found| existing.iter().any(|old| old.is_same(found));
    // What has been retired and stood before is no fault of the change.
    let stands = |found: &Found| {
        let is_retired = found.diagnostic.rule == Rule::Retired;
        (options.allow_retired && is_retired) || (options.allow_existing || is_retired) && stood_before(found)
    };
    brought.retain(|found| !options.ignores(found) && !stands(found));
    // Steps bring nothing retired that is neither in the one config nor in the other.
    let tolerated =
        |found: &Found| options.ignores(found) || stands(found) || found.diagnostic.rule == Rule::Retired;
    if !brought.is_empty() {
        brought.retain(|found| !stood_before(found));
        let is_old = brought.is_empty();
        return Err(Refusal::Invalid {
            current: is_old,
            found: if is_old { existing } else { brought },
        });
    }
    let mut steps: Vec<Step> = Vec::new();
    if !unmodeled.is_empty() {
        let writes: Vec<Write> = unmodeled
            .into_iter()
            .map(|entry| Write {
                value: entry.find(target).cloned(),
                entry,
            })
            .collect();
        before.update(&writes);
        steps.push(Step {
            why: unchecked(&writes),
            writes,
            ..Step::default()
        });
    }
    let unchecked_steps = steps.len();
    let mut ends = Ends {
        current: before,
        target: after,
    };
    let change = Change {
        policy,
        options,
        current,
        target,
    };
    let (arranged, bound) = if count < MANY || alike {
        let bound = lower_bound(policy, current, target, &all_changed, &mut ends);
        (change.arrange(changed, &mut ends, &tolerated), bound)
    } else {
        // How many steps there must be and which there are does not depend on each other. To find both at the same
        // time takes copies of what is there.
        let (mut before, mut after) = (ends.current.clone(), ends.target.clone());
        let all_changed = &all_changed;
        at_once(
            || change.arrange(changed, &mut ends, &tolerated),
            move || {
                memory::make_room();
                let mut ends = Ends {
                    current: &mut before,
                    target: &mut after,
                };
                lower_bound(policy, current, target, all_changed, &mut ends)
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

/// What is to be done, between two configs that are valid.
struct Change<'c> {
    policy: &'c Policy,
    options: &'c Options,
    current: &'c Value,
    target: &'c Value,
}

impl<'c> Change<'c> {
    /// Finds what has to be written, and puts it into steps. `changed` are the entries that differ.
    fn arrange(
        &self,
        changed: Vec<EntryName>,
        ends: &mut Ends,
        tolerated: &dyn Fn(&Found) -> bool,
    ) -> Result<(Graph<'c>, Scheduled), Refusal> {
        let Change {
            policy,
            options,
            current,
            target,
        } = *self;
        let mut involvement = Involvement::find(policy, current, target, changed, ends);
        let mut split = BTreeSet::new();
        let mut first: Vec<EntryName> = Vec::new();
        loop {
            let mut graph = match Graph::build(policy, &involvement, &split, ends) {
                Ok(graph) => graph,
                Err(names) => {
                    let edited = names.iter().cloned().collect();
                    if involvement.bounce(policy, &edited, ends) {
                        continue;
                    }
                    return Err(Refusal::Circle(names));
                }
            };
            let roots = graph.roots(policy);
            let limits = Limits::new(policy, options.disruption, &graph, &roots, current);
            for root in limits.roots() {
                if let Err(exceeded) = limits.admit(root, &Default::default()) {
                    return Err(refuse_limit(graph.entries[root].name.clone(), exceeded));
                }
            }
            match schedule(policy, &mut graph, ends, roots, limits, &first, tolerated) {
                Ok(scheduled) => return Ok((graph, scheduled)),
                Err((stuck, pending)) => {
                    if let Stuck::Limit { waiting, running, .. } = &stuck
                        && let Some(root) = waiting.iter().find(|root| !first.contains(root))
                    {
                        // It starts before those that do not end without it.
                        let at = first.iter().position(|other| running.contains(other));
                        first.insert(at.unwrap_or(first.len()), root.clone());
                        continue;
                    }
                    let more = graph.splittable(&pending);
                    if more.is_subset(&split) && involvement.bounce(policy, &more, ends) {
                        split.clear();
                    } else if more.is_subset(&split) {
                        return Err(match stuck {
                            Stuck::Limit {
                                mut waiting,
                                exceeded,
                                ..
                            } => refuse_limit(waiting.swap_remove(0), exceeded),
                            Stuck::NoOrder(entries, found) => Refusal::NoOrder { entries, found },
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
fn by_severity(found: Vec<Found>) -> (Vec<Found>, Vec<Found>) {
    found.into_iter().partition(Found::is_error)
}

fn summary(changed: usize, graph: &Graph, steps: &[Step], lower_bound: usize) -> Summary {
    let writes = steps.iter().flat_map(|step| &step.writes);
    let touched: BTreeSet<&EntryName> = writes.map(|write| &write.entry).collect();
    Summary {
        steps: steps.len(),
        entries_changed: changed,
        entries_touched: touched.len(),
        entries_bounced: graph
            .entries
            .iter()
            .filter(|entry| entry.bounced.is_some())
            .count(),
        lower_bound,
    }
}
