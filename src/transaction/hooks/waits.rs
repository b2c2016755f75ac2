//! Waits before a step: an entry is added only after the switch has removed what was in its place.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::config::EntryName;
use crate::policy::Policy;
use crate::store::EntryChange;
use crate::transaction::TransactionError;
use crate::validate::masked_entry;

use super::StepContext;

/// How often it is looked.
const LOOK: Duration = Duration::from_millis(50);

/// Waits, and knows for what it waited in vain.
#[derive(Default)]
pub(super) struct Waits {
    in_vain: HashSet<EntryName>,
}

impl Waits {
    /// Waits until the step can take place. All entries of a step are waited for at the same time.
    pub(super) fn wait(
        &mut self,
        policy: &Policy,
        context: &mut StepContext,
    ) -> Result<(), TransactionError> {
        let start = Instant::now();
        let mut first = Ok(());
        for wait in policy.waits.values() {
            let added = context.changes.iter().filter(|change| {
                change.table == wait.before_adding && change.before.is_none() && change.after.is_some()
            });
            let moves = (context.moves_of)(&wait.before_adding);
            let lanes = policy.lanes.as_ref().and_then(|lanes| {
                let (table, field) = lanes.field.split_once('.')?;
                (table == wait.before_adding).then_some(field)
            });
            for (change, removed) in added.flat_map(|change| {
                let before = awaited(lanes, change, &moves, context.is_rollback);
                before.into_iter().map(move |removed| (change, removed))
            }) {
                let entry = removed.entry();
                // What did not go in that time does not go on the way back either.
                if self.in_vain.contains(&entry) {
                    continue;
                }
                while context.store.state(&wait.until_gone, &removed.key)?.is_some() {
                    let left = wait.deadline.saturating_sub(start.elapsed());
                    if left.is_zero() {
                        let state = EntryName::new(wait.until_gone.as_str(), removed.key.as_str());
                        first = first.and(Err(TransactionError::NotGone {
                            entry: masked_entry(policy, &change.entry()).to_string(),
                            state: if policy.is_secret_key(&change.table) {
                                wait.until_gone.clone()
                            } else {
                                state.to_string()
                            },
                            seconds: wait.deadline.as_secs_f64(),
                        }));
                        self.in_vain.insert(entry);
                        break;
                    }
                    (context.heartbeat)(context.store)?;
                    std::thread::sleep(LOOK.min(left));
                }
                if first.is_err() && !context.is_rollback {
                    return first;
                }
            }
        }
        first
    }
}

/// The entries that the change removes and that an added one waits for: the one of its own key, and those that had one of
/// its lanes, which are in a field.
fn awaited<'m>(
    lanes: Option<&str>,
    added: &EntryChange,
    moves: &[&'m EntryChange],
    is_rollback: bool,
) -> Vec<&'m EntryChange> {
    let shared = |other: &EntryChange| {
        let own = elements(added.after.as_ref(), lanes);
        let value = other.before.as_ref().or(other.after.as_ref());
        elements(value, lanes).any(|element| own.clone().any(|own| own == element))
    };
    let mut found: Vec<&EntryChange> = Vec::new();
    for &other in moves {
        // The way back removes what the change has added.
        let is_removed = other.after.is_none() || is_rollback;
        let is_own = other.key == added.key && other.after.is_none();
        let is_awaited = is_own || is_removed && other.key != added.key && shared(other);
        if is_awaited && !found.iter().any(|known| known.key == other.key) {
            found.push(other);
        }
    }
    found
}

/// The elements of a field, between commas.
fn elements<'v>(entry: Option<&'v Value>, field: Option<&str>) -> impl Iterator<Item = &'v str> + Clone {
    let text = field
        .and_then(|field| entry?.get(field)?.as_str())
        .unwrap_or_default();
    text.split(',')
        .map(str::trim)
        .filter(|element| !element.is_empty())
}
