//! Recovery of unfinished changes: finds out how many steps took place, and rolls back or forward.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::config::{Config, pointer};
use crate::patch::Scope;
use crate::store::{CommitMarker, EntryChange, StoreError, Version, open_again};

use super::commit::{StepRun, restore_save, write_save};
use super::position::Position;
use super::squash::{inverse, squash};
use super::{
    ChangeOutcome, Event, Participant, Record, RecordPart, Session, StateDir, TransactionError, undo,
};

/// How long an unreachable server is waited for before a change is left to recovery.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(100);

/// The direction of recovery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The completed steps are rolled back.
    Back,
    /// The steps that are left are done.
    Forward,
}

/// A part whose entries another client changed since: the store, by its position, the number of completed steps, and
/// the present config.
type ChangedPart<'r> = (&'r RecordPart, usize, usize, (Value, Version));

impl Session<'_> {
    /// Finishes what was left unfinished on the stores. Each such change, with its outcome.
    ///
    /// # Errors
    /// [`TransactionError`]: it could not be finished; it can be tried again.
    pub fn recover(&mut self, direction: Direction) -> Result<Vec<Record>, TransactionError> {
        let mut told = Vec::new();
        for (state_dir, mut record) in self.unfinished()? {
            let outcome = self.finish(&state_dir, &record, direction, None)?;
            self.with.observer.event(&Event::Recovered {
                id: &record.id,
                holder: &record.holder,
                outcome: &outcome,
            });
            record.outcome = Some(outcome);
            told.push(record);
        }
        Ok(told)
    }

    /// Closes what was left unfinished or waits for confirmation, and leaves the configs as they are. Gives what
    /// there is to say about it, and where a journal that cannot be read was put.
    ///
    /// # Errors
    /// [`TransactionError`].
    pub fn abandon(&mut self) -> Result<Vec<String>, TransactionError> {
        let mut told = Vec::new();
        let state_dir = self.state_dir.clone();
        match state_dir.journal() {
            Ok(Some(record)) => {
                let reason = "abandoned; the config was left as it was found".to_owned();
                self.close(&state_dir, &record, ChangeOutcome::Closed { reason })?;
                told.push(format!("the change {} is closed", record.id));
            }
            Ok(None) => {}
            Err(TransactionError::Damaged { .. }) => {
                let aside = state_dir.put_journal_aside()?;
                told.push(format!("the damaged journal is put aside as {}", aside.display()));
            }
            Err(error) => return Err(error),
        }
        for participant in self.participants.iter_mut() {
            let state_dir = StateDir::new(participant.store.state_dir());
            state_dir.set_journal_ref(None)?;
            if let Some(pending) = state_dir.pending()? {
                state_dir.set_pending(None)?;
                told.push(format!(
                    "the change {} waits for no confirmation any more",
                    pending.id
                ));
            }
            if let Some(marker) = participant.store.marker()? {
                participant.store.clear_marker()?;
                told.push(format!(
                    "the marker of {} in {} is removed",
                    marker.transaction,
                    participant.store.name()
                ));
            }
        }
        Ok(told)
    }

    /// Finishes an unfinished change, and closes it. `back` is the recorded reason of a rollback.
    pub(super) fn finish(
        &mut self,
        state_dir: &StateDir,
        record: &Record,
        direction: Direction,
        back: Option<ChangeOutcome>,
    ) -> Result<ChangeOutcome, TransactionError> {
        let participants = self.participants_of(record)?;
        let mut positions = Vec::new();
        let mut configs = Vec::new();
        for (part, &participant) in record.parts.iter().zip(&participants) {
            let (config, version, marker) = self.reached(participant)?;
            positions.push(self.position(record, part, participant, &config, marker));
            configs.push((config, version));
        }
        let is_complete =
            |(position, part): (&Position, &RecordPart)| *position == Position::After(part.steps.len());
        let complete = positions.iter().zip(&record.parts).all(is_complete);
        let nothing = positions.iter().all(|position| *position == Position::After(0));
        if complete && !(nothing && record.saves.is_empty()) && back.is_none()
            || direction == Direction::Forward
        {
            return self.roll_forward(state_dir, record, &participants, &positions, configs);
        }
        let mut gone = None;
        let mut changed: Vec<ChangedPart> = Vec::new();
        let parts = record.parts.iter().zip(&participants).zip(positions).zip(configs);
        for (((part, &participant), position), (config, version)) in parts.rev() {
            match position {
                Position::After(count) => {
                    let steps = inverse(&part.steps[..count]);
                    let markers = (0..count).rev().collect();
                    self.run_rollback(record, part, participant, (&steps, markers), (config, version))?;
                }
                Position::Changed(count) => {
                    changed.push((part, participant, count, (config, version)));
                }
                Position::Gone(reason) => gone = Some(reason),
            }
        }
        for save in &record.saves {
            restore_save(save)?;
        }
        if let Some(reason) = gone {
            return self.leave(state_dir, record, reason);
        }
        let mut outcome = back.unwrap_or_else(|| ChangeOutcome::RolledBack {
            reason: "it was left unfinished".to_owned(),
        });
        let conflicts = self.undo_changed(record, changed)?;
        let conflicts = self.shown(&conflicts);
        if !conflicts.is_empty() {
            self.with.observer.event(&Event::ForeignChangesKept(&conflicts));
            let text = format!(
                "another client changed {}; its values are kept",
                conflicts.join(", ")
            );
            if let ChangeOutcome::RolledBack { reason } = &mut outcome {
                *reason = format!("{reason}; {text}");
            }
        }
        self.close(state_dir, record, outcome.clone())?;
        Ok(outcome)
    }

    /// Closes a change, and leaves the configs as they were found.
    fn leave(
        &mut self,
        state_dir: &StateDir,
        record: &Record,
        reason: &str,
    ) -> Result<ChangeOutcome, TransactionError> {
        let outcome = ChangeOutcome::Closed {
            reason: reason.to_owned(),
        };
        self.close(state_dir, record, outcome.clone())?;
        Ok(outcome)
    }

    /// Commits steps that take something back; nothing breaks them off.
    fn run_rollback(
        &mut self,
        record: &Record,
        part: &RecordPart,
        participant: usize,
        (steps, markers): (&[Vec<EntryChange>], Vec<usize>),
        (config, version): (Value, Version),
    ) -> Result<(), TransactionError> {
        let run = StepRun {
            participant,
            steps,
            markers,
            config,
            version,
            exempt: self.exempt(&part.steps, &part.steps),
            target: None,
            may_stop: false,
            is_rollback: true,
        };
        self.run(record, run).map_err(|failed| failed.error)
    }

    /// Does the steps that are left.
    fn roll_forward(
        &mut self,
        state_dir: &StateDir,
        record: &Record,
        participants: &[usize],
        positions: &[Position],
        configs: Vec<(Value, Version)>,
    ) -> Result<ChangeOutcome, TransactionError> {
        for ((part, position), (&participant, (config, version))) in record
            .parts
            .iter()
            .zip(positions)
            .zip(participants.iter().zip(configs))
        {
            let count = match position {
                Position::After(count) => *count,
                Position::Changed(_) => {
                    let changed = squash(&part.steps);
                    let places = changed
                        .iter()
                        .map(|change| pointer::join([change.table.as_str(), change.key.as_str()]));
                    return Err(TransactionError::Conflicts(
                        self.shown(&places.collect::<Vec<_>>()),
                    ));
                }
                Position::Gone(reason) => return self.leave(state_dir, record, reason),
            };
            // It is not known whether the hooks of the last step ran.
            if let Some(last) = count.checked_sub(1).and_then(|last| part.steps.get(last)) {
                self.run_hooks(record, participant, last, (true, true))?;
            }
            self.run(
                record,
                StepRun {
                    participant,
                    steps: &part.steps[count..],
                    markers: (count + 1..=part.steps.len()).collect(),
                    config,
                    version,
                    exempt: self.exempt(&part.steps, &part.steps),
                    target: None,
                    may_stop: true,
                    is_rollback: false,
                },
            )
            .map_err(|failed| failed.error)?;
        }
        for save in &record.saves {
            write_save(save)?;
        }
        let outcome = ChangeOutcome::Applied {
            note: Some("it was left unfinished, and completed later".to_owned()),
        };
        self.close(state_dir, record, outcome.clone())?;
        Ok(outcome)
    }

    /// Rolls changes back on stores where another client changed some of their entries since. Those values are kept and
    /// reported.
    fn undo_changed(
        &mut self,
        record: &Record,
        changed: Vec<ChangedPart>,
    ) -> Result<Vec<String>, TransactionError> {
        let mut conflicts = Vec::new();
        for (part, participant, count, (config, version)) in changed {
            let undone = undo(&config, &squash(&part.steps[..count]));
            conflicts.extend(undone.conflicts);
            let plan = self.plan(&config, &undone.target);
            // The marker stays during the rollback. If the rollback is interrupted, it starts again, from the config at
            // that time.
            let markers = vec![count; plan.steps.len()];
            self.run_rollback(
                record,
                part,
                participant,
                (&plan.steps, markers),
                (config, version),
            )?;
        }
        Ok(conflicts)
    }

    /// The stores of a change, by their positions. One that is not among ours is opened and locked.
    pub(super) fn participants_of(&mut self, record: &Record) -> Result<Vec<usize>, TransactionError> {
        let mut participants = Vec::new();
        for part in &record.parts {
            let known = self
                .participants
                .iter()
                .position(|participant| participant.store.identity() == part.store);
            let at = match known {
                Some(at) => at,
                None => {
                    let mut store = open_again(&part.store, self.state_dir.path())?;
                    store.lock(&self.holder)?;
                    self.participants.push(Participant {
                        scope: Scope::named(&part.scope).unwrap_or(Scope::HOST),
                        store,
                    });
                    self.participants.len() - 1
                }
            };
            participants.push(at);
        }
        Ok(participants)
    }

    /// Reads a store. If its server is unreachable, waits for it.
    fn reached(
        &mut self,
        participant: usize,
    ) -> Result<(Value, Version, Option<CommitMarker>), TransactionError> {
        let deadline = Instant::now() + PATIENCE;
        let store = &mut self.participants[participant].store;
        loop {
            let read = store
                .snapshot()
                .and_then(|snapshot| Ok((snapshot, store.marker()?)));
            match read {
                Ok((snapshot, marker)) => {
                    // A server that forgot all has forgotten the lock too.
                    match store.keep_lock() {
                        Err(StoreError::LockLost { holder: None, .. }) => store.lock(&self.holder)?,
                        outcome => outcome?,
                    }
                    let config = Config::from(snapshot.document).to_value();
                    return Ok((config, snapshot.version, marker));
                }
                Err(error) if error.is_unreachable() && Instant::now() < deadline => {
                    std::thread::sleep(PAUSE)
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}
