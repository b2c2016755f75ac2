//! What a change left unfinished: how far it came, and taking it back or going on.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::config::{Config, pointer};
use crate::patch::Scope;
use crate::store::{EntryChange, Mark, StoreError, Version, open_again};

use super::carry::{Run, take_save_back, write_save};
use super::fold::{inverse, net};
use super::position::Position;
use super::{Event, Home, Member, Outcome, Part, Record, Session, TransactionError, undo};

/// How long a server that went away is waited for before a change is left to recovery.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(100);

/// Which way an unfinished change goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Its steps are taken back.
    Back,
    /// The steps that are left are done.
    Forward,
}

/// A part whose entries somebody changed since: the store, by its position, how many steps took place, and the
/// config as it is.
type Changed<'r> = (&'r Part, usize, usize, (Value, Version));

impl Session<'_> {
    /// Finishes what was left unfinished on the stores. Gives each such change with what came of it.
    ///
    /// # Errors
    /// [`TransactionError`]: it could not be finished; it can be tried again.
    pub fn recover(&mut self, direction: Direction) -> Result<Vec<Record>, TransactionError> {
        let mut told = Vec::new();
        for (home, mut record) in self.unfinished()? {
            let outcome = self.finish(&home, &record, direction, None)?;
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
        let home = self.home.clone();
        match home.journal() {
            Ok(Some(record)) => {
                let reason = "abandoned; the config was left as it was found".to_owned();
                self.close(&home, &record, Outcome::Closed { reason })?;
                told.push(format!("the change {} is closed", record.id));
            }
            Ok(None) => {}
            Err(TransactionError::Damaged { .. }) => {
                let aside = home.put_journal_aside()?;
                told.push(format!("the damaged journal is put aside as {}", aside.display()));
            }
            Err(error) => return Err(error),
        }
        for member in self.members.iter_mut() {
            let home = Home::new(member.store.home());
            home.set_elsewhere(None)?;
            if let Some(pending) = home.pending()? {
                home.set_pending(None)?;
                told.push(format!(
                    "the change {} waits for no confirmation any more",
                    pending.id
                ));
            }
            if let Some(mark) = member.store.mark()? {
                member.store.clear_mark()?;
                told.push(format!(
                    "the mark of {} in {} is gone",
                    mark.transaction,
                    member.store.name()
                ));
            }
        }
        Ok(told)
    }

    /// Brings an unfinished change to its end, and closes it. `back` is what is said of it where it goes back.
    pub(super) fn finish(
        &mut self,
        home: &Home,
        record: &Record,
        direction: Direction,
        back: Option<Outcome>,
    ) -> Result<Outcome, TransactionError> {
        let members = self.members_of(record)?;
        let mut positions = Vec::new();
        let mut configs = Vec::new();
        for (part, &member) in record.parts.iter().zip(&members) {
            let (config, version, mark) = self.reached(member)?;
            positions.push(self.position(record, part, member, &config, mark));
            configs.push((config, version));
        }
        let is_complete =
            |(position, part): (&Position, &Part)| *position == Position::After(part.steps.len());
        let complete = positions.iter().zip(&record.parts).all(is_complete);
        let nothing = positions.iter().all(|position| *position == Position::After(0));
        if complete && !(nothing && record.saves.is_empty()) && back.is_none()
            || direction == Direction::Forward
        {
            return self.go_on(home, record, &members, &positions, configs);
        }
        let mut gone = None;
        let mut changed: Vec<Changed> = Vec::new();
        let parts = record.parts.iter().zip(&members).zip(positions).zip(configs);
        for (((part, &member), position), (config, version)) in parts.rev() {
            match position {
                Position::After(count) => {
                    let steps = inverse(&part.steps[..count]);
                    let marks = (0..count).rev().collect();
                    self.run_back(record, part, member, (&steps, marks), (config, version))?;
                }
                Position::Changed(count) => {
                    changed.push((part, member, count, (config, version)));
                }
                Position::Gone(reason) => gone = Some(reason),
            }
        }
        for save in &record.saves {
            take_save_back(save)?;
        }
        if let Some(reason) = gone {
            return self.leave(home, record, reason);
        }
        let mut outcome = back.unwrap_or_else(|| Outcome::WentBack {
            reason: "it was left unfinished".to_owned(),
        });
        let conflicts = self.undo_changed(record, changed)?;
        let conflicts = self.shown(&conflicts);
        if !conflicts.is_empty() {
            self.with.observer.event(&Event::ForeignChangesKept(&conflicts));
            let text = format!("somebody else changed {}, which stays", conflicts.join(", "));
            if let Outcome::WentBack { reason } = &mut outcome {
                *reason = format!("{reason}; {text}");
            }
        }
        self.close(home, record, outcome.clone())?;
        Ok(outcome)
    }

    /// Closes a change, and leaves the configs as they were found.
    fn leave(&mut self, home: &Home, record: &Record, reason: &str) -> Result<Outcome, TransactionError> {
        let outcome = Outcome::Closed {
            reason: reason.to_owned(),
        };
        self.close(home, record, outcome.clone())?;
        Ok(outcome)
    }

    /// Commits steps that take something back; nothing breaks them off.
    fn run_back(
        &mut self,
        record: &Record,
        part: &Part,
        member: usize,
        (steps, marks): (&[Vec<EntryChange>], Vec<usize>),
        (config, version): (Value, Version),
    ) -> Result<(), TransactionError> {
        let run = Run {
            member,
            steps,
            marks,
            config,
            version,
            exempt: self.exempt(&part.steps),
            target: None,
            may_stop: false,
            is_back: true,
        };
        self.run(record, run).map_err(|failed| failed.error)
    }

    /// Does the steps that are left.
    fn go_on(
        &mut self,
        home: &Home,
        record: &Record,
        members: &[usize],
        positions: &[Position],
        configs: Vec<(Value, Version)>,
    ) -> Result<Outcome, TransactionError> {
        for ((part, position), (&member, (config, version))) in record
            .parts
            .iter()
            .zip(positions)
            .zip(members.iter().zip(configs))
        {
            let count = match position {
                Position::After(count) => *count,
                Position::Changed(_) => {
                    let changed = net(&part.steps);
                    let places = changed
                        .iter()
                        .map(|change| pointer::join([change.table.as_str(), change.key.as_str()]));
                    return Err(TransactionError::Conflicts(
                        self.shown(&places.collect::<Vec<_>>()),
                    ));
                }
                Position::Gone(reason) => return self.leave(home, record, reason),
            };
            // Nobody knows whether what the last step asked for was done.
            if let Some(last) = count.checked_sub(1).and_then(|last| part.steps.get(last)) {
                self.around(record, member, last, (true, true))?;
            }
            self.run(
                record,
                Run {
                    member,
                    steps: &part.steps[count..],
                    marks: (count + 1..=part.steps.len()).collect(),
                    config,
                    version,
                    exempt: self.exempt(&part.steps),
                    target: None,
                    may_stop: true,
                    is_back: false,
                },
            )
            .map_err(|failed| failed.error)?;
        }
        for save in &record.saves {
            write_save(save)?;
        }
        let outcome = Outcome::Applied {
            note: Some("it was left unfinished, and completed later".to_owned()),
        };
        self.close(home, record, outcome.clone())?;
        Ok(outcome)
    }

    /// Takes changes back on stores where somebody else changed some of their entries since. What they changed
    /// stays; it is told.
    fn undo_changed(
        &mut self,
        record: &Record,
        changed: Vec<Changed>,
    ) -> Result<Vec<String>, TransactionError> {
        let mut conflicts = Vec::new();
        for (part, member, count, (config, version)) in changed {
            let undone = undo(&config, &net(&part.steps[..count]));
            conflicts.extend(undone.conflicts);
            let plan = self.plan(&config, &undone.target)?;
            // While it goes on, the mark stays: if it is broken off, it is begun anew, from the config as it
            // is by then.
            let marks = vec![count; plan.steps.len()];
            self.run_back(record, part, member, (&plan.steps, marks), (config, version))?;
        }
        Ok(conflicts)
    }

    /// The stores of a change, by their positions. One that is not among ours is opened and locked.
    pub(super) fn members_of(&mut self, record: &Record) -> Result<Vec<usize>, TransactionError> {
        let mut members = Vec::new();
        for part in &record.parts {
            let known = self
                .members
                .iter()
                .position(|member| member.store.identity() == part.store);
            let at = match known {
                Some(at) => at,
                None => {
                    let mut store = open_again(&part.store, self.home.path())?;
                    store.lock(&self.holder)?;
                    self.members.push(Member {
                        scope: Scope::named(&part.scope).unwrap_or(Scope::HOST),
                        store,
                    });
                    self.members.len() - 1
                }
            };
            members.push(at);
        }
        Ok(members)
    }

    /// Reads a store, and waits for its server if that went away.
    fn reached(&mut self, member: usize) -> Result<(Value, Version, Option<Mark>), TransactionError> {
        let deadline = Instant::now() + PATIENCE;
        let store = &mut self.members[member].store;
        loop {
            let read = store
                .snapshot()
                .and_then(|snapshot| Ok((snapshot, store.mark()?)));
            match read {
                Ok((snapshot, mark)) => {
                    // A server that forgot all has forgotten the lock too.
                    match store.keep_lock() {
                        Err(StoreError::LockLost { holder: None, .. }) => store.lock(&self.holder)?,
                        outcome => outcome?,
                    }
                    let config = Config::from(snapshot.document).to_value();
                    return Ok((config, snapshot.version, mark));
                }
                Err(error) if error.is_unreachable() && Instant::now() < deadline => {
                    std::thread::sleep(PAUSE)
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}
