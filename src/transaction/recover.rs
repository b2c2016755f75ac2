//! Recovery of unfinished changes: finds out how many steps took place, and rolls back or forward.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::config::{Config, pointer};
use crate::patch::Scope;
use crate::store::{CommitMarker, EntryChange, StoreError, Version, open_again};

use super::commit::{StepRun, restore_save, write_save};
use super::identity::{is_other, is_same};
use super::position::{Known, Position, position};
use super::squash::{inverse, squash};
use super::{
    ChangeOutcome, Event, Participant, Record, RecordPart, Session, StateDir, TransactionError, undo,
};

/// How long an unreachable server is waited for before a change is left to recovery.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(100);

/// The direction of recovery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The completed steps are rolled back.
    Back,
    /// They are rolled back also where it is not certain that the config is the one that they left. Values that are not
    /// theirs stay.
    BackInDoubt,
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
        for participant in self.participants.iter() {
            StateDir::new(participant.store.state_dir()).tidy()?;
        }
        let mut told = Vec::new();
        for (state_dir, mut record) in self.unfinished()? {
            if let Some(store) = self.other_server(&record)? {
                self.with.observer.event(&Event::OtherServer {
                    id: &record.id,
                    holder: &record.holder,
                    store: &store,
                });
                continue;
            }
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
        for at in 0..self.own {
            let state_dir = StateDir::new(self.participants[at].store.state_dir());
            for aside in state_dir.put_damaged_journals_aside()? {
                told.push(format!("the damaged journal is put aside as {}", aside.display()));
            }
            for record in state_dir.journals()? {
                let reason = "abandoned; the config was left as it was found".to_owned();
                self.close(&state_dir, &record, ChangeOutcome::Closed { reason })?;
                told.push(format!("the change {} is closed", record.id));
            }
            for journal_ref in state_dir.journal_refs()? {
                state_dir.remove_journal_ref(&journal_ref.id)?;
            }
            for pending in state_dir.pendings()? {
                let history = pending.state_dir.map_or(state_dir.clone(), StateDir::new);
                self.remove_pendings(&history, &pending.id)?;
                told.push(format!(
                    "the change {} waits for no confirmation any more",
                    pending.id
                ));
            }
            let store = &mut self.participants[at].store;
            if let Some(marker) = store.marker()? {
                store.clear_marker(&marker.transaction)?;
                told.push(format!(
                    "the marker of {} in {} is removed",
                    marker.transaction,
                    store.name()
                ));
            }
        }
        Ok(told)
    }

    /// The name of a store of a change, if there is another server now than the one that the change was made on.
    pub(super) fn other_server(&mut self, record: &Record) -> Result<Option<String>, TransactionError> {
        let participants = self.participants_of(record)?;
        for (part, at) in record.parts.iter().zip(participants) {
            let store = &mut self.participants[at].store;
            if is_same(part, store.server()) {
                continue;
            }
            let config = Config::from(store.snapshot()?.document).to_value();
            if is_other(part, store.server(), &config) {
                return Ok(Some(store.name().to_owned()));
            }
        }
        Ok(None)
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
            let answered = self.answered(&part.steps);
            let store = &self.participants[participant].store;
            let unknown = |reason: String| TransactionError::Doubt {
                store: store.name().to_owned(),
                id: record.id.clone(),
                who: record.holder.to_string(),
                reason,
            };
            if is_other(part, store.server(), &config) {
                return Err(unknown("there is another server at its address now".to_owned()));
            }
            let found = position(
                part,
                &config,
                Known {
                    keeps_markers: store.keeps_markers(),
                    marker: marker.as_ref().filter(|marker| marker.transaction == record.id),
                    server: store.server(),
                    is_own: back.is_some(),
                    answered: &answered,
                },
            );
            positions.push(match found {
                Position::Doubt(count) if direction == Direction::BackInDoubt => Position::Changed(count),
                Position::Doubt(_) => {
                    return Err(unknown(
                        "its entries are not as it left them; a change by another client, or another config that was \
                         loaded since"
                            .to_owned(),
                    ));
                }
                found => found,
            });
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
                Position::Settled(reason) => gone = Some(reason),
                // Returned as an error above.
                Position::Doubt(_) => {}
            }
        }
        for save in &record.saves {
            restore_save(save)?;
        }
        if let Some(reason) = gone {
            return self.leave(state_dir, record, reason);
        }
        let is_own = back.is_some();
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
        match self.close(state_dir, record, outcome.clone()) {
            // The configs are as before; the journal stays, and is closed later.
            Err(error) if is_own && !error.is_conflict() => {
                self.with.observer.event(&Event::NotRecorded(&error));
                Ok(outcome)
            }
            closed => closed,
        }
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
        self.close(state_dir, record, outcome)
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
                Position::Settled(reason) => return self.leave(state_dir, record, reason),
                Position::Doubt(_) => 0,
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
        self.close(state_dir, record, outcome)
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
            // What is still on its way must not arrive after this.
            let read = store
                .withdraw()
                .and_then(|()| store.snapshot())
                .and_then(|snapshot| Ok((snapshot, store.marker()?)));
            match read {
                Ok((snapshot, marker)) => {
                    match store.keep_lock() {
                        // A server that forgot all has forgotten the lock too. What was read is read again, under the
                        // new lock.
                        Err(StoreError::LockLost { holder: None, .. }) => {
                            store.lock(&self.holder)?;
                            continue;
                        }
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
