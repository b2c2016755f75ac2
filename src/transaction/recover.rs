//! What a change left unfinished: how far it came, and taking it back or going on.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::config::{Config, EntryName, pointer};
use crate::patch::Scope;
use crate::store::{EntryChange, Mark, StoreError, Version, fail_point, open_again};

use super::carry::{Run, take_save_back, write_save};
use super::fold::{inverse, net, same};
use super::{Home, Member, Origin, Outcome, Part, Pending, Record, Session, TransactionError, undo};

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

/// How far a change has come on a store.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Position {
    /// So many steps took place, and nobody changed their entries since.
    After(usize),
    /// So many steps took place, and somebody changed some of their entries since.
    Changed(usize),
    /// The store does not know any more; nothing is played back.
    Gone(&'static str),
}

impl Session<'_> {
    /// Finishes what was left unfinished on the stores. Gives each such change with what came of it.
    ///
    /// # Errors
    /// [`TransactionError`]: it could not be finished; it can be tried again.
    pub fn recover(&mut self, direction: Direction) -> Result<Vec<Record>, TransactionError> {
        let mut told = Vec::new();
        for (home, mut record) in self.unfinished()? {
            let outcome = self.finish(&home, &record, direction, None)?;
            let words = match &outcome {
                Outcome::Applied { .. } => "is completed".to_owned(),
                Outcome::Closed { reason } => format!("is closed: {reason}"),
                _ => "is taken back".to_owned(),
            };
            let (id, holder) = (&record.id, &record.holder);
            self.with.progress.say(&format!(
                "the change {id}, which {holder} left unfinished, {words}"
            ));
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
        for member in &mut self.members {
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

    /// What was left unfinished on any of the stores, with the folder of its journal.
    fn unfinished(&mut self) -> Result<Vec<(Home, Record)>, TransactionError> {
        let mut found: Vec<(Home, Record)> = Vec::new();
        for at in 0..self.members.len() {
            let home = Home::new(self.members[at].store.home());
            let own = self.open_journal(&home)?;
            let elsewhere = match home.elsewhere()? {
                Some(elsewhere) => {
                    let there = Home::new(&elsewhere.home);
                    let record = self
                        .open_journal(&there)?
                        .filter(|record| record.id == elsewhere.id);
                    if record.is_none() {
                        home.set_elsewhere(None)?;
                    }
                    record.map(|record| (there, record))
                }
                None => None,
            };
            let mut journals: Vec<(Home, Record)> = own.map(|record| (home, record)).into_iter().collect();
            journals.extend(elsewhere);
            if let Some(mark) = self.members[at].store.mark()?
                && !journals
                    .iter()
                    .chain(&found)
                    .any(|(_, record)| record.id == mark.transaction)
            {
                journals.extend(self.marked(at, &mark)?);
            }
            for (home, record) in journals {
                if !found.iter().any(|(_, other)| other.id == record.id) {
                    found.push((home, record));
                }
            }
        }
        Ok(found)
    }

    /// The journal in a folder, unless what came of its change stands in the history already.
    fn open_journal(&mut self, home: &Home) -> Result<Option<Record>, TransactionError> {
        let Some(record) = home.journal()? else {
            return Ok(None);
        };
        if home.record(&record.id)?.is_some() {
            home.remove_journal()?;
            for member in &mut self.members {
                let marked = member.store.mark()?;
                if marked.is_some_and(|mark| mark.transaction == record.id) {
                    member.store.clear_mark()?;
                }
            }
            return Ok(None);
        }
        Ok(Some(record))
    }

    /// The change that a mark tells of, whose journal stands in another folder.
    fn marked(&mut self, at: usize, mark: &Mark) -> Result<Option<(Home, Record)>, TransactionError> {
        let store = self.members[at].store.name().to_owned();
        let unfinished = |reason: String| TransactionError::Unfinished {
            store: store.clone(),
            id: mark.transaction.clone(),
            who: mark.holder.to_string(),
            reason,
        };
        if !mark.holder.is_here() {
            return Err(unfinished(format!(
                "its journal stands on {}, in {}; run \"sonicfg recover\" there, or leave the config as it is with \
                 \"sonicfg recover --abandon\"",
                mark.holder.host, mark.journal
            )));
        }
        let home = Home::new(&mark.journal);
        let journal = home.journal().map_err(|error| unfinished(error.to_string()))?;
        match journal {
            Some(record) if record.id == mark.transaction => Ok(Some((home, record))),
            // Only what came of it was left to be told, or its folder is gone.
            _ if home.record(&mark.transaction)?.is_some() || home.path().is_dir() => {
                self.members[at].store.clear_mark()?;
                Ok(None)
            }
            _ => Err(unfinished(format!(
                "its journal in {} is gone; \"sonicfg recover --abandon\" leaves the config as it is",
                mark.journal
            ))),
        }
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
        let mut changed: Vec<(usize, usize, Value, Version, Vec<EntryChange>)> = Vec::new();
        let parts = record.parts.iter().zip(&members).zip(positions).zip(configs);
        for (((part, &member), position), (config, version)) in parts.rev() {
            match position {
                Position::After(count) => {
                    let steps = inverse(&part.steps[..count]);
                    self.run(
                        record,
                        Run {
                            member,
                            steps: &steps,
                            marks: (0..count).rev().collect(),
                            config,
                            version,
                            exempt: self.exempt(&part.steps),
                            target: None,
                            may_stop: false,
                            is_back: true,
                        },
                    )
                    .map_err(|failed| failed.error)?;
                }
                Position::Changed(count) => {
                    changed.push((member, count, config, version, net(&part.steps[..count])));
                }
                Position::Gone(reason) => gone = Some(reason),
            }
        }
        for save in &record.saves {
            take_save_back(save)?;
        }
        if let Some(reason) = gone {
            let outcome = Outcome::Closed {
                reason: reason.to_owned(),
            };
            self.close(home, record, outcome.clone())?;
            return Ok(outcome);
        }
        let mut outcome = back.unwrap_or_else(|| Outcome::WentBack {
            reason: "it was left unfinished".to_owned(),
        });
        if changed.is_empty() {
            self.close(home, record, outcome.clone())?;
            return Ok(outcome);
        }
        let conflicts = self.undo_changed(record, changed)?;
        let conflicts = self.shown(&conflicts);
        if !conflicts.is_empty() {
            let text = format!("somebody else changed {}, which stays", conflicts.join(", "));
            self.with.progress.say(&text);
            if let Outcome::WentBack { reason } = &mut outcome {
                *reason = format!("{reason}; {text}");
            }
        }
        self.close(home, record, outcome.clone())?;
        Ok(outcome)
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
                    return Err(TransactionError::Conflicts(
                        net(&part.steps)
                            .iter()
                            .map(|change| pointer::join([change.table.as_str(), change.key.as_str()]))
                            .collect(),
                    ));
                }
                Position::Gone(reason) => {
                    let outcome = Outcome::Closed {
                        reason: (*reason).to_owned(),
                    };
                    self.close(home, record, outcome.clone())?;
                    return Ok(outcome);
                }
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
        for id in &record.undoes {
            self.mark_undone(id, &record.id)?;
        }
        Ok(outcome)
    }

    /// Takes changes back on stores where somebody else changed some of their entries since. What they changed
    /// stays; it is told.
    fn undo_changed(
        &mut self,
        record: &Record,
        changed: Vec<(usize, usize, Value, Version, Vec<EntryChange>)>,
    ) -> Result<Vec<String>, TransactionError> {
        let mut conflicts = Vec::new();
        for (member, count, config, version, changes) in changed {
            let undone = undo(&config, &changes);
            conflicts.extend(undone.conflicts);
            let plan = self.plan(&config, &undone.target)?;
            let part = &record.parts[member.min(record.parts.len() - 1)];
            // While it goes on, the mark stays: if it is broken off, it is begun anew, from the config as it
            // is by then.
            let marks = vec![count; plan.steps.len()];
            self.run(
                record,
                Run {
                    member,
                    steps: &plan.steps,
                    marks,
                    config,
                    version,
                    exempt: self.exempt(&part.steps),
                    target: None,
                    may_stop: false,
                    is_back: true,
                },
            )
            .map_err(|failed| failed.error)?;
        }
        Ok(conflicts)
    }

    /// The stores of a change, by their positions. One that is not among ours is opened and locked.
    fn members_of(&mut self, record: &Record) -> Result<Vec<usize>, TransactionError> {
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
                        Err(StoreError::LockLost { by, .. }) if by.is_empty() => store.lock(&self.holder)?,
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

    /// How far a change has come on a store.
    fn position(
        &self,
        record: &Record,
        part: &Part,
        member: usize,
        config: &Value,
        mark: Option<Mark>,
    ) -> Position {
        fail_point("in recovery");
        let fits = |count: usize| missed(part, count, config) == 0;
        if !self.members[member].store.keeps_marks() {
            let counts = || (0..=part.steps.len()).rev();
            if let Some(count) = counts().find(|&count| fits(count)) {
                return Position::After(count);
            }
            let nearest = counts().min_by_key(|&count| missed(part, count, config));
            return Position::Changed(nearest.unwrap_or_default());
        }
        match mark.filter(|mark| mark.transaction == record.id) {
            Some(mark) if mark.reloaded => {
                Position::Gone("CONFIG_DB was emptied and loaded anew since, so nothing was played back")
            }
            Some(mark) if fits(mark.step.min(part.steps.len())) => {
                Position::After(mark.step.min(part.steps.len()))
            }
            Some(mark) => Position::Changed(mark.step.min(part.steps.len())),
            None if fits(0) => Position::After(0),
            None => Position::Gone(
                "its mark is gone from the server, which was restarted or emptied, so nothing was played back",
            ),
        }
    }

    /// What a change that waits for confirmation comes to: it refuses all others, or, when its time is over, it
    /// is taken back.
    pub(super) fn settle_pending(&mut self) -> Result<(), TransactionError> {
        self.expire()?;
        for member in &self.members {
            if let Some(pending) = Home::new(member.store.home()).pending()? {
                return Err(TransactionError::Pending(Box::new(pending)));
            }
        }
        Ok(())
    }

    /// Takes back what was not confirmed in time. Gives whether there was such a change.
    ///
    /// # Errors
    /// [`TransactionError`].
    pub fn expire(&mut self) -> Result<bool, TransactionError> {
        let mut any = false;
        for at in 0..self.members.len() {
            let home = Home::new(self.members[at].store.home());
            let Some(pending) = home.pending()?.filter(Pending::is_over) else {
                continue;
            };
            any = true;
            let conflicts = self.take_back(&home, &pending.id, "it was not confirmed in time")?;
            self.with.progress.say(&format!(
                "the change {} by {} was not confirmed until {}, and is taken back{}",
                pending.id,
                pending.holder,
                pending.until,
                theirs(&conflicts)
            ));
        }
        Ok(any)
    }

    /// Takes back a change that waits for confirmation, as far as nobody changed the same since. Gives what
    /// somebody changed, and stays.
    ///
    /// # Errors
    /// [`TransactionError`].
    pub fn take_back(&mut self, home: &Home, id: &str, why: &str) -> Result<Vec<String>, TransactionError> {
        let Some(record) = home.record(id)? else {
            home.set_pending(None)?;
            return Err(TransactionError::NoSuchChange {
                id: id.to_owned(),
                hint: String::new(),
            });
        };
        if !record.outcome.as_ref().is_some_and(Outcome::is_applied) {
            home.set_pending(None)?;
            return Ok(Vec::new());
        }
        let changes: Vec<(String, Vec<EntryChange>)> = record
            .parts
            .iter()
            .map(|part| (part.store.clone(), net(&part.steps)))
            .collect();
        self.members_of(&record)?;
        let (plans, currents, versions, conflicts) = self.undo_plans(&changes)?;
        let origin = Origin {
            comment: Some(why.to_owned()),
            source: format!("undo of {id}"),
            is_back: true,
            ..Origin::default()
        };
        self.carry_out(&origin, &[id.to_owned()], plans, currents, versions)?;
        for save in &record.saves {
            take_save_back(save)?;
        }
        home.set_pending(None)?;
        Ok(self.shown(&conflicts))
    }

    /// Names of places as they may be shown.
    fn shown(&self, pointers: &[String]) -> Vec<String> {
        let pointers = pointers.iter();
        pointers
            .map(|pointer| self.with.progress.shown(pointer))
            .collect()
    }

    /// The plans that take changes back, on the configs as they are now.
    #[allow(
        clippy::type_complexity,
        reason = "what a change is carried out with, and what stays"
    )]
    pub(super) fn undo_plans(
        &mut self,
        changes: &[(String, Vec<EntryChange>)],
    ) -> Result<(Vec<super::PartPlan>, Vec<Value>, Vec<Version>, Vec<String>), TransactionError> {
        let (configs, versions) = self.read()?;
        let mut conflicts = Vec::new();
        let mut plans = Vec::new();
        let mut currents = Vec::new();
        for (member, config) in self.members.iter().zip(&configs) {
            let current = config.to_value();
            let identity = member.store.identity();
            let own = changes.iter().filter(|(store, _)| *store == identity);
            let own: Vec<EntryChange> = own.flat_map(|(_, changes)| changes.clone()).collect();
            let undone = undo(&current, &own);
            conflicts.extend(undone.conflicts);
            plans.push(self.plan(&current, &undone.target)?);
            currents.push(current);
        }
        Ok((plans, currents, versions, conflicts))
    }
}

/// What is said of changes that stay.
fn theirs(conflicts: &[String]) -> String {
    if conflicts.is_empty() {
        return String::new();
    }
    format!("; somebody else changed {}, which stays", conflicts.join(", "))
}

/// How many entries of a change are not what they are after so many steps.
fn missed(part: &Part, count: usize, config: &Value) -> usize {
    let mut expected: indexmap::IndexMap<EntryName, Option<&Value>> = indexmap::IndexMap::new();
    for change in part.steps.iter().flatten() {
        expected.entry(change.entry()).or_insert(change.before.as_ref());
    }
    for change in part.steps[..count].iter().flatten() {
        expected.insert(change.entry(), change.after.as_ref());
    }
    let differs = |(name, value): &(&EntryName, &Option<&Value>)| !same(**value, name.find(config));
    expected.iter().filter(differs).count()
}
