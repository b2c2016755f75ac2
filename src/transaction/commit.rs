//! Committing the steps of a change, and taking them back.

use std::sync::atomic::Ordering;
use std::time::Instant;

use serde_json::Value;

use crate::config::{Config, Document, Source, edited, to_text};
use crate::store::{Commit, CommitMarker, EntryChange, Store, StoreError, Version, fail_point, write_whole};

use super::recover::{Direction, PATIENCE};
use super::session::{closed_by_another, heartbeat_if_due};
use super::squash::apply;
use super::{ChangeOutcome, Event, Record, Save, Session, StepContext, TransactionError};

/// A change that failed on its way.
pub(super) struct FailedCommit {
    /// Why.
    pub(super) error: TransactionError,
    /// How many steps had taken place.
    pub(super) steps: usize,
}

impl FailedCommit {
    /// Whether it is not known if the last step took place.
    pub(super) fn is_uncertain(&self) -> bool {
        matches!(
            self.error,
            TransactionError::Store(
                StoreError::Uncertain { .. } | StoreError::Sync { .. } | StoreError::Partial { .. }
            )
        )
    }
}

/// Steps to be committed on one store.
pub(super) struct StepRun<'r> {
    /// The store, by its position.
    pub(super) participant: usize,
    /// The steps.
    pub(super) steps: &'r [Vec<EntryChange>],
    /// What the mark says after each of them.
    pub(super) markers: Vec<usize>,
    /// The config before.
    pub(super) config: Value,
    /// Which state that is.
    pub(super) version: Version,
    /// Tables in which others may change something meanwhile, beside those in which daemons answer its steps.
    pub(super) exempt: Vec<String>,
    /// The config after all of them, where it is more than they say: its order, and empty tables.
    pub(super) target: Option<&'r Value>,
    /// Whether the user can break it off.
    pub(super) may_stop: bool,
    /// Whether it takes a change back, so that nothing that fails around a step holds it up.
    pub(super) is_rollback: bool,
}

impl Session<'_> {
    /// Commits all steps of a change, and writes the files that are written as well.
    pub(super) fn commit_steps(
        &mut self,
        record: &Record,
        targets: &[Value],
        currents: Vec<Value>,
        versions: Vec<Version>,
        is_rollback: bool,
    ) -> Result<(), FailedCommit> {
        let mut done = 0;
        for (participant, ((part, config), version)) in
            record.parts.iter().zip(currents).zip(versions).enumerate()
        {
            let run = StepRun {
                participant,
                steps: &part.steps,
                markers: (1..=part.steps.len()).collect(),
                config,
                version,
                exempt: self.exempt(&part.steps, &[]),
                target: targets.get(participant),
                may_stop: true,
                is_rollback,
            };
            if let Err(failed) = self.run(record, run) {
                return Err(FailedCommit {
                    steps: done + failed.steps,
                    error: failed.error,
                });
            }
            done += part.steps.len();
        }
        for save in &record.saves {
            if let Err(error) = write_save(save) {
                // A failure after at least one step rolls the completed steps back.
                return Err(FailedCommit {
                    error,
                    steps: done.max(1),
                });
            }
        }
        Ok(())
    }

    /// Commits steps on one store.
    pub(super) fn run(&mut self, record: &Record, run: StepRun) -> Result<(), FailedCommit> {
        let step_delay = self.step_delay(run.participant);
        let (mut config, mut version) = (run.config, run.version);
        let mut exempt = run.exempt;
        let identity = self.participants[run.participant].store.identity();
        let part = record.parts.iter().find(|part| part.store == identity);
        let count = part.map_or(run.steps.len(), |part| part.steps.len());
        let mut done = 0;
        let failed = |done: usize| move |error: TransactionError| FailedCommit { error, steps: done };
        for (step, &at) in run.steps.iter().zip(&run.markers) {
            let may_go_on = if done > 0 && !step_delay.is_zero() {
                let went_on = self.wait(step_delay).map_err(failed(done))?;
                went_on || !run.may_stop
            } else {
                !(run.may_stop && self.is_interrupted())
            };
            if !may_go_on {
                return Err(failed(done)(TransactionError::interrupted()));
            }
            self.run_hooks(record, run.participant, step, (false, run.is_rollback))
                .map_err(failed(done))?;
            let store = &mut self.participants[run.participant].store;
            self.with.observer.event(&Event::StepStarted {
                store: store.name(),
                step: done + 1,
                of: run.steps.len(),
                changes: step,
            });
            apply(&mut config, step);
            let is_last = done + 1 == run.steps.len();
            let target = run.target.filter(|_| is_last).unwrap_or(&config);
            let marker = CommitMarker {
                transaction: record.id.clone(),
                step: at,
                of: Some(count),
                until: record.confirm_by.clone(),
                holder: self.holder.clone(),
            };
            fail_point("before a step");
            let committed = store.commit(&Commit {
                version: &version,
                changes: step,
                target,
                marker: &marker,
                exempt: &exempt,
            });
            version = committed.map_err(|error| failed(done)(error.into()))?;
            fail_point("after a step");
            done += 1;
            exempt.extend(self.answered(std::slice::from_ref(step)));
            self.run_hooks(record, run.participant, step, (true, run.is_rollback))
                .map_err(failed(done))?;
        }
        Ok(())
    }

    /// What the store needs before or after a step. Nothing of that holds up the way back.
    pub(super) fn run_hooks(
        &mut self,
        record: &Record,
        participant: usize,
        step: &[EntryChange],
        (after, is_rollback): (bool, bool),
    ) -> Result<(), TransactionError> {
        let interrupt = self.with.interrupt;
        let (earlier, rest) = self.participants.split_at_mut(participant);
        let Some((own, later)) = rest.split_first_mut() else {
            return Ok(());
        };
        let identity = own.store.identity();
        let part = record.parts.iter().find(|part| part.store == identity);
        let moves_of = |table: &str| -> Vec<&EntryChange> {
            let steps = part.into_iter().flat_map(|part| part.steps.iter().flatten());
            let own = steps.filter(|change| change.table == table);
            own.filter(|change| change.before.is_none() || change.after.is_none())
                .collect()
        };
        let last_kept = &mut self.last_kept;
        let mut heartbeat = |store: &mut dyn Store| {
            heartbeat_if_due(last_kept, || {
                store.keep_lock()?;
                let mut others = earlier.iter_mut().chain(later.iter_mut());
                others.try_for_each(|other| other.store.keep_lock())
            })?;
            if !is_rollback && interrupt.load(Ordering::Relaxed) {
                return Err(TransactionError::interrupted());
            }
            Ok(())
        };
        let mut context = StepContext {
            store: &mut *own.store,
            changes: step,
            is_rollback,
            moves_of: &moves_of,
            heartbeat: &mut heartbeat,
            observer: &mut *self.with.observer,
        };
        let done = if after {
            self.with.hooks.after(&mut context)
        } else {
            self.with.hooks.before(&mut context)
        };
        match done {
            Err(error) if is_rollback => {
                self.with.observer.event(&Event::HookFailed(&error));
                Ok(())
            }
            done => done,
        }
    }

    /// Rolls the completed steps of a failed change back. The error reports what happened to them.
    pub(super) fn roll_back(&mut self, record: &Record, failed: FailedCommit) -> TransactionError {
        // A signal can interrupt the wait for a server's answer, so that the outcome of the step is not known.
        let interrupted = matches!(failed.error, TransactionError::Interrupted { .. })
            || self.is_interrupted() && (failed.is_uncertain() || failed.error.is_unreachable());
        let conflict = failed.error.is_conflict();
        let reason = failed.error.to_string();
        let outcome = ChangeOutcome::RolledBack {
            reason: if interrupted {
                "the user broke it off".to_owned()
            } else {
                reason.clone()
            },
        };
        let state_dir = self.state_dir.clone();
        let deadline = Instant::now() + PATIENCE;
        // The rollback is not broken off. A signal, or a lost connection, in the middle of it makes it start again from what
        // is there.
        let finished = loop {
            match self.finish(&state_dir, record, Direction::Back, Some(outcome.clone())) {
                Err(error) if error.is_unreachable() && Instant::now() < deadline => {}
                finished => break finished,
            }
        };
        match finished {
            Ok(ChangeOutcome::RolledBack { .. }) if interrupted => TransactionError::Interrupted {
                outcome: "the completed steps are rolled back".to_owned(),
            },
            Ok(ChangeOutcome::RolledBack { .. }) => TransactionError::RolledBack { reason, conflict },
            Ok(ChangeOutcome::Closed { reason: closed }) => TransactionError::Closed { reason, closed },
            // Another process has taken the locks over.
            Ok(closed) => closed_by_another(record, closed),
            Err(left) => match state_dir.record(&record.id) {
                Ok(Some(Record {
                    outcome: Some(closed),
                    ..
                })) => closed_by_another(record, closed),
                _ => TransactionError::RollbackFailed {
                    reason,
                    left: left.to_string(),
                    id: record.id.clone(),
                },
            },
        }
    }
}

/// Writes a config file that is written as well.
pub(super) fn write_save(save: &Save) -> Result<(), TransactionError> {
    write_config(&save.path, &save.after)
}

/// Undoes what the change wrote to a config file, and nothing else.
pub(super) fn restore_save(save: &Save) -> Result<(), TransactionError> {
    let path = std::path::Path::new(&save.path);
    // What is not there any more, or is no config file, is not ours.
    let Ok(source) = Source::read_file(path) else {
        return Ok(());
    };
    let now = Config::parse(source).map_err(|error| TransactionError::Refused(error.to_string()))?;
    let now = now.to_value();
    match &save.before {
        None if now == save.after => {
            Ok(std::fs::remove_file(path).map_err(|error| StoreError::files("remove", path, &error))?)
        }
        None => Ok(()),
        Some(before) => {
            let changes: Vec<EntryChange> = crate::config::differing_entries(before, &save.after)
                .into_iter()
                .map(|name| EntryChange {
                    before: name.find(before).cloned(),
                    after: name.find(&save.after).cloned(),
                    table: name.table.to_string(),
                    key: name.key.to_string(),
                })
                .collect();
            let undone = super::undo(&now, &changes).target;
            if undone == now {
                return Ok(());
            }
            write_config(&save.path, &undone)
        }
    }
}

fn write_config(path: &str, config: &Value) -> Result<(), TransactionError> {
    let path = std::path::Path::new(path);
    let old = Source::read_file(path)
        .ok()
        .and_then(|source| Document::parse(source).ok());
    let text = old.map_or_else(|| to_text(config, None), |old| edited(&old, config));
    Ok(write_whole(path, &text).map_err(|error| StoreError::files("write", path, &error))?)
}
