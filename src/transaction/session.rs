//! One writer's work on some stores, from the lock to the history.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::config::Config;
use crate::store::{EntryChange, LEASE, LockFile, LockOwner, Snapshot, StoreError, Version, fail_point};
use crate::validate::masked_entry;

use super::commit::FailedCommit;
use super::hooks::is_changed;
use super::squash::{apply, differing};
use super::{
    ChangeOrigin, ChangeOutcome, CommitReport, Participant, PlanFn, Record, SessionContext, StateDir,
    StorePlan, TransactionError, TransactionOptions, TransactionPlan,
};

/// The pause between two attempts to take a lock that another writer holds.
const LOCK_PAUSE: Duration = Duration::from_millis(10);
/// How long a wait lasts before it is looked whether it was broken off.
const WAIT_PAUSE: Duration = Duration::from_millis(20);
/// The pause between the steps of a change on a live store, where nothing else is said.
const STEP_DELAY: Duration = Duration::from_secs(1);

/// One writer's work on some stores, which are locked until it is dropped.
pub struct Session<'a> {
    /// The stores; those that recovery opens beside the caller's own come last.
    pub(super) participants: &'a mut Vec<Participant>,
    /// The number of the caller's own stores.
    pub(super) own: usize,
    pub(super) state_dir: StateDir,
    pub(super) holder: LockOwner,
    pub(super) settings: TransactionOptions,
    pub(super) with: SessionContext<'a>,
    pub(super) last_kept: Instant,
    _reload: Option<LockFile>,
}

impl<'a> Session<'a> {
    /// Locks the stores, and rolls back what was left unfinished on them or was not confirmed in time.
    ///
    /// # Errors
    /// [`TransactionError`]: a lock is held, a change waits for confirmation, or something unfinished cannot be
    /// rolled back.
    pub fn begin(
        participants: &'a mut Vec<Participant>,
        settings: TransactionOptions,
        with: SessionContext<'a>,
    ) -> Result<Self, TransactionError> {
        let mut session = Self::locked(participants, settings, with)?;
        session.recover(super::Direction::Back)?;
        session.resolve_pending()?;
        // What was left unfinished may have been about other stores too.
        session.forget_others();
        Ok(session)
    }

    /// Locks the stores, and does nothing else.
    ///
    /// # Errors
    /// [`StoreError`]: a store is not there or cannot be reached, or another writer holds its lock.
    pub fn locked(
        participants: &'a mut Vec<Participant>,
        settings: TransactionOptions,
        with: SessionContext<'a>,
    ) -> Result<Self, TransactionError> {
        let holder = LockOwner::this(&settings.command);
        let deadline = Instant::now() + settings.lock_timeout;
        let reload = settings
            .reload_lock
            .as_ref()
            .filter(|path| path.parent().is_some_and(std::path::Path::is_dir))
            .map(|path| {
                let path = path.clone();
                retry_until(deadline, with.interrupt, move || {
                    LockFile::share(&path, "the config")
                })
            })
            .transpose()?;
        for at in 0..participants.len() {
            let locked = retry_until(deadline, with.interrupt, || participants[at].store.lock(&holder));
            if let Err(error) = locked {
                participants[..at]
                    .iter_mut()
                    .for_each(|participant| participant.store.unlock());
                return Err(error);
            }
        }
        fail_point("after the lock");
        let state_dir = participants
            .first()
            .map(|participant| StateDir::new(participant.store.state_dir()));
        Ok(Session {
            state_dir: state_dir.unwrap_or_else(|| StateDir::new(PathBuf::new())),
            own: participants.len(),
            participants,
            holder,
            settings,
            with,
            last_kept: Instant::now(),
            _reload: reload,
        })
    }

    /// Unlocks the stores that recovery opened.
    fn forget_others(&mut self) {
        for mut other in self.participants.drain(self.own..) {
            other.store.unlock();
        }
    }

    /// The stores, one for each scope.
    pub fn participants(&self) -> &[Participant] {
        self.participants
    }

    /// The folder of the journal.
    pub fn state_dir(&self) -> &StateDir {
        &self.state_dir
    }

    /// Reads the configs, gets the steps from `make`, and commits them. Where another client changed a config before
    /// the first step, all this is done once more from a fresh read.
    ///
    /// # Errors
    /// What `make` gives, and [`TransactionError`].
    pub fn change<E: From<TransactionError>>(
        &mut self,
        origin: &ChangeOrigin,
        make: &mut PlanFn<E>,
    ) -> Result<CommitReport, E> {
        let mut attempts = 0;
        loop {
            attempts += 1;
            let (configs, versions) = self.read()?;
            let TransactionPlan { parts, undoes } = make(&configs, self.participants)?;
            let currents = configs.iter().map(Config::to_value).collect();
            match self.execute(origin, &undoes, parts, currents, versions) {
                Err(TransactionError::Store(StoreError::Conflict { .. })) if attempts == 1 => {}
                outcome => return Ok(outcome?),
            }
        }
    }

    /// Reads all configs.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn read(&mut self) -> Result<(Vec<Config>, Vec<Version>), TransactionError> {
        let snapshots: Result<Vec<Snapshot>, StoreError> = self
            .participants
            .iter_mut()
            .map(|participant| participant.store.snapshot())
            .collect();
        let parts = snapshots?
            .into_iter()
            .map(|snapshot| (Config::from(snapshot.document), snapshot.version));
        Ok(parts.unzip())
    }

    /// Carries plans out, with journal and history.
    pub(super) fn execute(
        &mut self,
        origin: &ChangeOrigin,
        undoes: &[String],
        plans: Vec<StorePlan>,
        currents: Vec<Value>,
        versions: Vec<Version>,
    ) -> Result<CommitReport, TransactionError> {
        let targets: Vec<Value> = plans.iter().map(|plan| plan.target.clone()).collect();
        let record = self.record(origin, undoes, plans, &currents)?;
        let saves_nothing = record
            .saves
            .iter()
            .all(|save| save.before.as_ref() == Some(&save.after));
        if record.steps() == 0 && saves_nothing {
            for id in undoes {
                self.mark_undone(&self.state_dir, id, "")?;
            }
            return Ok(CommitReport::default());
        }
        fail_point("before the journal");
        self.write_journal(&record)?;
        fail_point("after the journal");
        match self.commit_steps(&record, &targets, currents, versions, origin.is_rollback) {
            Ok(()) => {}
            // Nothing was done.
            Err(failed) if failed.steps == 0 && !failed.is_uncertain() => {
                self.forget(&record)?;
                return Err(failed.error);
            }
            Err(failed) => return Err(self.roll_back(&record, failed)),
        }
        // From here on the change is applied, whatever fails.
        let applied_but = |reason: String| TransactionError::AppliedBut {
            id: record.id.clone(),
            reason,
        };
        let verified = self.verify(&record, &targets);
        let note = verified.as_ref().err().map(ToString::to_string);
        let state_dir = self.state_dir.clone();
        match self.close(&state_dir, &record, ChangeOutcome::Applied { note: note.clone() }) {
            Ok(ChangeOutcome::Applied { note: closed }) if closed == note => {}
            Ok(closed) => return Err(closed_by_another(&record, closed)),
            Err(TransactionError::Store(error @ StoreError::LockLost { .. })) => {
                return Err(TransactionError::RollbackFailed {
                    reason: "all steps were made".to_owned(),
                    left: error.to_string(),
                    id: record.id,
                });
            }
            // It would stay without a confirmation.
            Err(error)
                if record.confirm_by.is_some()
                    && state_dir.record(&record.id).is_ok_and(|one| one.is_none()) =>
            {
                let steps = record.steps().max(1);
                return Err(self.roll_back(&record, FailedCommit { error, steps }));
            }
            Err(error) => return Err(applied_but(error.to_string())),
        }
        verified.map_err(|error| applied_but(error.to_string()))?;
        Ok(CommitReport {
            steps: record.steps(),
            entries: record.entries(),
            confirm_by: record.confirm_by.clone(),
            id: Some(record.id),
            preexisting_errors: 0,
        })
    }

    /// Reads the configs back and compares them.
    fn verify(&mut self, record: &Record, targets: &[Value]) -> Result<(), TransactionError> {
        let (configs, _) = self.read()?;
        let mut others = Vec::new();
        for (at, (config, target)) in configs.iter().zip(targets).enumerate() {
            let steps = &record.parts[at].steps;
            let exempt = self.exempt(steps, steps);
            let mut names = differing(&config.to_value(), target);
            names.retain(|name| !exempt.iter().any(|table| *table == name.table));
            others.extend(
                names
                    .iter()
                    .map(|name| masked_entry(self.with.policy, name).to_string()),
            );
        }
        if others.is_empty() {
            return Ok(());
        }
        Err(TransactionError::Differs(others))
    }

    /// The tables that daemons write: those that a change is not about, and those in which they answer the steps that
    /// are `done`.
    pub(super) fn exempt(&self, steps: &[Vec<EntryChange>], done: &[Vec<EntryChange>]) -> Vec<String> {
        let is_touched = |table: &String| steps.iter().flatten().any(|change| change.table == *table);
        let tables = self.settings.exempt.iter();
        let mut exempt: Vec<String> = tables.filter(|table| !is_touched(table)).cloned().collect();
        exempt.extend(self.answered(done));
        exempt
    }

    /// The tables that daemons change in answer to some steps.
    pub(super) fn answered(&self, steps: &[Vec<EntryChange>]) -> Vec<String> {
        let answers = self.with.policy.daemon_answers.iter().filter(|answer| {
            let mut changes = steps.iter().flatten();
            changes.any(|change| is_changed(&answer.after, change))
        });
        answers.flat_map(|answer| &answer.tables).cloned().collect()
    }

    /// Waits, and says meanwhile that we are alive. `false`: the user broke it off.
    pub(super) fn wait(&mut self, time: Duration) -> Result<bool, TransactionError> {
        let end = Instant::now() + time;
        loop {
            heartbeat_if_due(&mut self.last_kept, || {
                let mut participants = self.participants.iter_mut();
                participants.try_for_each(|participant| participant.store.keep_lock())
            })?;
            if self.is_interrupted() {
                return Ok(false);
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(true);
            }
            std::thread::sleep(left.min(WAIT_PAUSE));
        }
    }

    pub(super) fn is_interrupted(&self) -> bool {
        self.with.interrupt.load(Ordering::Relaxed)
    }

    /// The pause between the steps of a store.
    pub(super) fn step_delay(&self, at: usize) -> Duration {
        let live = self.participants[at].store.is_live();
        let default = if live { STEP_DELAY } else { Duration::ZERO };
        self.settings.step_delay.unwrap_or(default)
    }

    /// The steps that make one config of another.
    pub(super) fn plan(&self, current: &Value, target: &Value) -> StorePlan {
        let steps = (self.with.plan)(current, target);
        let mut made = current.clone();
        steps.iter().for_each(|step| apply(&mut made, step));
        StorePlan { steps, target: made }
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        self.forget_others();
        for participant in self.participants.iter_mut() {
            participant.store.unlock();
        }
    }
}

/// The outcome of a change that another process closed, because this one lost its locks.
pub(super) fn closed_by_another(record: &Record, outcome: ChangeOutcome) -> TransactionError {
    let lost = "this process was stopped for so long that it lost its locks, and another process finished the change";
    match outcome {
        ChangeOutcome::Applied { .. } => TransactionError::AppliedBut {
            id: record.id.clone(),
            reason: lost.to_owned(),
        },
        ChangeOutcome::Closed { reason } => TransactionError::Closed {
            reason: lost.to_owned(),
            closed: reason,
        },
        ChangeOutcome::RolledBack { .. } | ChangeOutcome::Undone { .. } => TransactionError::RolledBack {
            reason: lost.to_owned(),
            conflict: true,
        },
    }
}

/// Lets it be said that the owner of the locks is alive, if that has not been said for a while.
pub(super) fn heartbeat_if_due(
    last_kept: &mut Instant,
    keep: impl FnOnce() -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    if last_kept.elapsed() > LEASE / 4 {
        keep()?;
        *last_kept = Instant::now();
    }
    Ok(())
}

/// Retries until it succeeds, or fails for another reason than a held lock.
fn retry_until<T>(
    deadline: Instant,
    interrupt: &AtomicBool,
    mut take: impl FnMut() -> Result<T, StoreError>,
) -> Result<T, TransactionError> {
    loop {
        match take() {
            Err(StoreError::Held { .. }) if Instant::now() < deadline => {
                if interrupt.load(Ordering::Relaxed) {
                    return Err(TransactionError::interrupted());
                }
                std::thread::sleep(LOCK_PAUSE);
            }
            outcome => return Ok(outcome?),
        }
    }
}
