//! Committing the steps of a change, and taking them back.

use std::sync::atomic::Ordering;

use serde_json::Value;

use crate::config::{Config, Document, Source, edited, plain_reason, to_text};
use crate::store::{Commit, EntryChange, Mark, Store, StoreError, Version, fail_point, write_whole};

use super::fold::apply;
use super::recover::Direction;
use super::session::when_due;
use super::{Event, Moment, Outcome, Record, Save, Session, TransactionError};

/// A change that failed on its way.
pub(super) struct Failed {
    /// Why.
    pub(super) error: TransactionError,
    /// How many steps had taken place.
    pub(super) steps: usize,
}

impl Failed {
    /// Whether it is not known if the last step took place.
    pub(super) fn is_uncertain(&self) -> bool {
        matches!(
            self.error,
            TransactionError::Store(StoreError::Uncertain { .. } | StoreError::Sync { .. })
        )
    }
}

/// Steps to be committed on one store.
pub(super) struct Run<'r> {
    /// The store, by its position.
    pub(super) member: usize,
    /// The steps.
    pub(super) steps: &'r [Vec<EntryChange>],
    /// What the mark says after each of them.
    pub(super) marks: Vec<usize>,
    /// The config before.
    pub(super) config: Value,
    /// Which state that is.
    pub(super) version: Version,
    /// Tables in which others may change something meanwhile.
    pub(super) exempt: Vec<String>,
    /// The config after all of them, where it is more than they say: its order, and empty tables.
    pub(super) target: Option<&'r Value>,
    /// Whether the user can break it off.
    pub(super) may_stop: bool,
    /// Whether it takes a change back, so that nothing that fails around a step holds it up.
    pub(super) is_back: bool,
}

impl Session<'_> {
    /// Commits all steps of a change, and writes the files that are written as well.
    pub(super) fn carry(
        &mut self,
        record: &Record,
        targets: &[Value],
        currents: Vec<Value>,
        versions: Vec<Version>,
        is_back: bool,
    ) -> Result<(), Failed> {
        let mut done = 0;
        for (member, ((part, config), version)) in record.parts.iter().zip(currents).zip(versions).enumerate()
        {
            let run = Run {
                member,
                steps: &part.steps,
                marks: (1..=part.steps.len()).collect(),
                config,
                version,
                exempt: self.exempt(&part.steps),
                target: targets.get(member),
                may_stop: true,
                is_back,
            };
            if let Err(failed) = self.run(record, run) {
                return Err(Failed {
                    steps: done + failed.steps,
                    error: failed.error,
                });
            }
            done += part.steps.len();
        }
        for save in &record.saves {
            if let Err(error) = write_save(save) {
                // With one step more than none, what was done goes back.
                return Err(Failed {
                    error,
                    steps: done.max(1),
                });
            }
        }
        Ok(())
    }

    /// Commits steps on one store.
    pub(super) fn run(&mut self, record: &Record, run: Run) -> Result<(), Failed> {
        let settle = self.settle(run.member);
        let (mut config, mut version) = (run.config, run.version);
        let mut done = 0;
        let failed = |done: usize| move |error: TransactionError| Failed { error, steps: done };
        for (step, &at) in run.steps.iter().zip(&run.marks) {
            let may_go_on = if done > 0 && !settle.is_zero() {
                let went_on = self.wait(settle).map_err(failed(done))?;
                went_on || !run.may_stop
            } else {
                !(run.may_stop && self.is_interrupted())
            };
            if !may_go_on {
                return Err(failed(done)(TransactionError::interrupted()));
            }
            self.around(record, run.member, step, (false, run.is_back))
                .map_err(failed(done))?;
            let store = &mut self.members[run.member].store;
            self.with.observer.event(&Event::StepStarted {
                store: store.name(),
                step: done + 1,
                of: run.steps.len(),
                changes: step,
            });
            apply(&mut config, step);
            let is_last = done + 1 == run.steps.len();
            let target = run.target.filter(|_| is_last).unwrap_or(&config);
            let mark = Mark {
                transaction: record.id.clone(),
                step: at,
                journal: self.home.path().display().to_string(),
                holder: self.holder.clone(),
                reloaded: false,
            };
            fail_point("before a step");
            let committed = store.commit(&Commit {
                version: &version,
                changes: step,
                target,
                mark: &mark,
                exempt: &run.exempt,
            });
            version = committed.map_err(|error| failed(done)(error.into()))?;
            fail_point("after a step");
            done += 1;
            self.around(record, run.member, step, (true, run.is_back))
                .map_err(failed(done))?;
        }
        Ok(())
    }

    /// What the store needs before or after a step. Nothing of that holds up the way back.
    pub(super) fn around(
        &mut self,
        record: &Record,
        member: usize,
        step: &[EntryChange],
        (after, is_back): (bool, bool),
    ) -> Result<(), TransactionError> {
        let interrupt = self.with.interrupt;
        let (earlier, rest) = self.members.split_at_mut(member);
        let Some((own, later)) = rest.split_first_mut() else {
            return Ok(());
        };
        let identity = own.store.identity();
        let part = record.parts.iter().find(|part| part.store == identity);
        let was_removed = |change: &EntryChange| {
            let mut steps = part.into_iter().flat_map(|part| part.steps.iter().flatten());
            steps.any(|other| other.after.is_none() && other.key == change.key && other.table == change.table)
        };
        let last_kept = &mut self.last_kept;
        let mut waiting = |store: &mut dyn Store| {
            when_due(last_kept, || {
                store.keep_lock()?;
                let mut others = earlier.iter_mut().chain(later.iter_mut());
                others.try_for_each(|other| other.store.keep_lock())
            })?;
            if !is_back && interrupt.load(Ordering::Relaxed) {
                return Err(TransactionError::interrupted());
            }
            Ok(())
        };
        let mut moment = Moment {
            store: &mut *own.store,
            changes: step,
            is_back,
            was_removed: &was_removed,
            waiting: &mut waiting,
            observer: &mut *self.with.observer,
        };
        let done = if after {
            self.with.around.after(&mut moment)
        } else {
            self.with.around.before(&mut moment)
        };
        match done {
            Err(error) if is_back => {
                self.with.observer.event(&Event::HookFailed(&error));
                Ok(())
            }
            done => done,
        }
    }

    /// Takes back what was done of a change that failed. Gives what is to be said of it.
    pub(super) fn go_back(&mut self, record: &Record, failed: Failed) -> TransactionError {
        let interrupted = matches!(failed.error, TransactionError::Interrupted { .. });
        let conflict = failed.error.is_conflict();
        let reason = failed.error.to_string();
        let outcome = Outcome::WentBack {
            reason: if interrupted {
                "the user broke it off".to_owned()
            } else {
                reason.clone()
            },
        };
        let home = self.home.clone();
        // The way back is not broken off.
        match self.finish(&home, record, Direction::Back, Some(outcome)) {
            Ok(_) if interrupted => TransactionError::Interrupted {
                outcome: "what was done of the change is taken back".to_owned(),
            },
            Ok(Outcome::Applied { .. }) => TransactionError::Refused(format!(
                "{reason}; all steps of the change {} had taken place, and it is applied",
                record.id
            )),
            Ok(Outcome::Closed { reason: closed }) => {
                TransactionError::Refused(format!("{reason}; {closed}"))
            }
            Ok(_) => TransactionError::WentBack { reason, conflict },
            Err(left) => TransactionError::HalfDone {
                reason,
                left: left.to_string(),
                id: record.id.clone(),
            },
        }
    }
}

/// Writes a config file that is written as well.
pub(super) fn write_save(save: &Save) -> Result<(), TransactionError> {
    write_config(&save.path, &save.after)
}

/// Takes back what was written to a config file: what the change made of it, and nothing else.
pub(super) fn take_save_back(save: &Save) -> Result<(), TransactionError> {
    let path = std::path::Path::new(&save.path);
    let Ok(source) = Source::read(path) else {
        return Ok(());
    };
    let now = Config::parse(source).map_err(|error| TransactionError::Refused(error.to_string()))?;
    let now = now.to_value();
    match &save.before {
        None if now == save.after => std::fs::remove_file(path).map_err(|error| TransactionError::Files {
            doing: "remove",
            path: path.to_owned(),
            reason: plain_reason(&error),
        }),
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
    let old = Source::read(path)
        .ok()
        .and_then(|source| Document::parse(source).ok());
    let text = old.map_or_else(|| to_text(config, None), |old| edited(&old, config));
    write_whole(path, &text).map_err(|error| TransactionError::Files {
        doing: "write",
        path: path.to_owned(),
        reason: plain_reason(&error),
    })
}
