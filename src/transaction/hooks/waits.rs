//! Waits before a step: an entry is added again only after the switch has removed it.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use crate::config::EntryName;
use crate::policy::Policy;
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
            let again = context.changes.iter().filter(|change| {
                change.table == wait.before_adding
                    && change.before.is_none()
                    && change.after.is_some()
                    && (context.was_removed)(change)
            });
            for change in again {
                let entry = change.entry();
                // What did not go in that time does not go on the way back either.
                if self.in_vain.contains(&entry) {
                    continue;
                }
                while context.store.state(&wait.until_gone, &change.key)?.is_some() {
                    let left = wait.deadline.saturating_sub(start.elapsed());
                    if left.is_zero() {
                        let state = EntryName::new(wait.until_gone.as_str(), change.key.as_str());
                        first = first.and(Err(TransactionError::NotGone {
                            entry: masked_entry(policy, &entry).to_string(),
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
