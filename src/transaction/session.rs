//! One writer's work on some stores, from the lock to the history.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use jiff::Timestamp;
use serde_json::Value;

use crate::config::{Config, Source};
use crate::store::{EntryChange, Holder, LEASE, LockFile, Snapshot, StoreError, Version, fail_point};

use super::fold::{apply, differing, net};
use super::home::Elsewhere;
use super::id::new_id;
use super::{Around, Home, Member, Outcome, Part, Pending, Record, Save, TransactionError};

/// How long a lock that somebody holds is left alone before it is tried again.
const LOCK_PAUSE: Duration = Duration::from_millis(10);
/// How long a wait lasts before it is looked whether it was broken off.
const WAIT_PAUSE: Duration = Duration::from_millis(20);
/// The pause between the steps of a change on a live store, where nothing else is said.
const SETTLE: Duration = Duration::from_secs(1);

/// How changes are carried out.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What this is, as others see it who wait for the lock.
    pub command: String,
    /// How long a lock is waited for.
    pub lock_timeout: Duration,
    /// The pause between two steps. `None`: a second on a live store; a file is replaced once, for all steps.
    pub settle: Option<Duration>,
    /// How many changes the history keeps.
    pub keep: usize,
    /// Tables that daemons write themselves: what they do there is no conflict, unless the change is about them.
    pub exempt: Vec<String>,
    /// A file that is locked while somebody loads the whole config anew.
    pub reload_lock: Option<PathBuf>,
}

/// What a change is, and where it comes from.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// What its author says of it.
    pub comment: Option<String>,
    /// Where it comes from.
    pub source: String,
    /// It goes back by itself unless it is confirmed within this time.
    pub confirm_within: Option<Duration>,
    /// It takes a change back that must not stay: what fails around a step does not hold it up.
    pub is_back: bool,
    /// The file that the new config of each store is written to as well, in the order of the stores.
    pub saves: Vec<Option<PathBuf>>,
}

/// What becomes of one store.
#[derive(Debug, Clone, PartialEq)]
pub struct PartPlan {
    /// The steps.
    pub steps: Vec<Vec<EntryChange>>,
    /// The config after all of them.
    pub target: Value,
}

/// What is to be done.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Planned {
    /// What becomes of each store.
    pub parts: Vec<PartPlan>,
    /// The changes of the history that this one takes back.
    pub undoes: Vec<String>,
}

/// What was done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Done {
    /// The name of the change; `None` where there was nothing to change.
    pub id: Option<String>,
    /// How many steps it had.
    pub steps: usize,
    /// How many entries it changed.
    pub entries: usize,
    /// Until when it must be confirmed.
    pub confirm_by: Option<String>,
}

/// What is told while a change is carried out.
pub trait Progress {
    /// A step begins: its number from 1, how many there are, and what it does, on which store.
    fn step(&mut self, store: &str, step: usize, of: usize, changes: &[EntryChange]);
    /// A command that a step asks for begins.
    fn doing(&mut self, command: &str);
    /// Something that the user should know.
    fn say(&mut self, text: &str);
    /// A JSON pointer as it may be shown: names of entries can be secret.
    fn shown(&self, pointer: &str) -> String;
}

/// What a session works with.
pub struct Surroundings<'a> {
    /// Becomes true when the user breaks it off.
    pub interrupt: &'a AtomicBool,
    /// Who is told what happens.
    pub progress: &'a mut dyn Progress,
    /// What is done around each step.
    pub around: &'a mut dyn Around,
    /// Makes the steps from one config to another, for what has to be taken back late; why there are none.
    #[allow(clippy::type_complexity, reason = "one function, said in one place")]
    pub plan: &'a dyn Fn(&Value, &Value) -> Result<Vec<Vec<EntryChange>>, String>,
}

/// Makes the steps for the configs as they were read. The stores may be asked for what else it takes.
pub type Make<'m, E> = dyn FnMut(&[Config], &mut [Member]) -> Result<Planned, E> + 'm;

/// One writer's work on some stores, which are locked until it is dropped.
pub struct Session<'a> {
    pub(super) members: Vec<Member>,
    pub(super) home: Home,
    pub(super) holder: Holder,
    pub(super) settings: Settings,
    pub(super) with: Surroundings<'a>,
    pub(super) last_kept: Instant,
    _reload: Option<LockFile>,
}

impl<'a> Session<'a> {
    /// Locks the stores, and takes back what was left unfinished on them, or is not confirmed in time.
    ///
    /// # Errors
    /// [`TransactionError`]: a lock is held, a change waits for confirmation, or something unfinished cannot be
    /// taken back.
    pub fn begin(
        members: Vec<Member>,
        settings: Settings,
        with: Surroundings<'a>,
    ) -> Result<Self, TransactionError> {
        let mut session = Self::locked(members, settings, with)?;
        let own = session.members.len();
        session.recover(super::Direction::Back)?;
        session.settle_pending()?;
        // What was left unfinished may have been about other stores too.
        session.members.truncate(own);
        Ok(session)
    }

    /// Locks the stores, and does nothing else.
    ///
    /// # Errors
    /// [`StoreError`]: there is no store, it cannot be reached, or somebody holds its lock.
    pub fn locked(
        mut members: Vec<Member>,
        settings: Settings,
        with: Surroundings<'a>,
    ) -> Result<Self, TransactionError> {
        let holder = Holder::this(&settings.command);
        let deadline = Instant::now() + settings.lock_timeout;
        let reload = settings
            .reload_lock
            .as_ref()
            .filter(|path| path.parent().is_some_and(std::path::Path::is_dir))
            .map(|path| {
                let path = path.clone();
                patient(deadline, with.interrupt, move || {
                    LockFile::share(&path, "the config")
                })
            })
            .transpose()?;
        for member in &mut members {
            patient(deadline, with.interrupt, || member.store.lock(&holder))?;
        }
        let home = members.first().map(|member| Home::new(member.store.home()));
        Ok(Session {
            home: home.unwrap_or_else(|| Home::new(PathBuf::new())),
            members,
            holder,
            settings,
            with,
            last_kept: Instant::now(),
            _reload: reload,
        })
    }

    /// The stores.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// The folder of the journal.
    pub fn home(&self) -> &Home {
        &self.home
    }

    /// Reads the configs, lets the steps be made, and carries them out. Where somebody changed a config before
    /// anything was done, it is done once more, from a fresh read.
    ///
    /// # Errors
    /// What `make` gives, and [`TransactionError`].
    pub fn change<E: From<TransactionError>>(
        &mut self,
        origin: &Origin,
        make: &mut Make<E>,
    ) -> Result<Done, E> {
        let mut attempts = 0;
        loop {
            attempts += 1;
            let (configs, versions) = self.read()?;
            let Planned { parts, undoes } = make(&configs, &mut self.members)?;
            let currents = configs.iter().map(Config::to_value).collect();
            match self.carry_out(origin, &undoes, parts, currents, versions) {
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
            .members
            .iter_mut()
            .map(|member| member.store.snapshot())
            .collect();
        let parts = snapshots?
            .into_iter()
            .map(|snapshot| (Config::from(snapshot.document), snapshot.version));
        Ok(parts.unzip())
    }

    /// Carries plans out, with journal and history.
    pub(super) fn carry_out(
        &mut self,
        origin: &Origin,
        undoes: &[String],
        plans: Vec<PartPlan>,
        currents: Vec<Value>,
        versions: Vec<Version>,
    ) -> Result<Done, TransactionError> {
        let targets: Vec<Value> = plans.iter().map(|plan| plan.target.clone()).collect();
        let record = self.record(origin, undoes, plans, &currents)?;
        let saves_nothing = record
            .saves
            .iter()
            .all(|save| save.before.as_ref() == Some(&save.after));
        if record.steps() == 0 && saves_nothing {
            for id in undoes {
                self.mark_undone(id, "")?;
            }
            return Ok(Done::default());
        }
        fail_point("before the journal");
        self.write_journal(&record)?;
        fail_point("after the journal");
        match self.carry(&record, &targets, currents, versions, origin.is_back) {
            Ok(()) => {}
            // Nothing was done.
            Err(failed) if failed.steps == 0 && !failed.is_uncertain() => {
                self.forget(&record)?;
                return Err(failed.error);
            }
            Err(failed) => return Err(self.go_back(&record, failed)),
        }
        let verified = self.verify(&record, &targets);
        let note = verified.as_ref().err().map(ToString::to_string);
        self.close(&self.home.clone(), &record, Outcome::Applied { note })?;
        for id in &record.undoes {
            self.mark_undone(id, &record.id)?;
        }
        verified?;
        Ok(Done {
            steps: record.steps(),
            entries: record.entries(),
            confirm_by: record.confirm_by.clone(),
            id: Some(record.id),
        })
    }

    /// The record of a change that begins now.
    fn record(
        &self,
        origin: &Origin,
        undoes: &[String],
        plans: Vec<PartPlan>,
        currents: &[Value],
    ) -> Result<Record, TransactionError> {
        let mut parts = Vec::new();
        let mut saves = Vec::new();
        let wanted = origin.saves.iter().chain(std::iter::repeat(&None));
        for (((member, plan), current), save) in self.members.iter().zip(plans).zip(currents).zip(wanted) {
            let is_changed = plan.target != *current;
            let tables = tables_of_one(current, &plan.target);
            if let Some(path) = save {
                saves.push(Save {
                    path: path.display().to_string(),
                    before: saved(path)?,
                    after: plan.target,
                });
            }
            let mut steps = plan.steps;
            steps.retain(|step| !step.is_empty());
            // Nobody follows a file step by step, so it is replaced once.
            if !member.store.is_live() && self.settings.settle.is_none_or(|settle| settle.is_zero()) {
                let whole = net(&steps);
                steps.clear();
                // Also where what changes is no entry: an empty table that goes.
                steps.extend(Some(whole).filter(|whole| is_changed || !whole.is_empty()));
            }
            parts.push(Part {
                scope: member.scope.to_string(),
                store: member.store.identity(),
                steps,
                tables,
            });
        }
        let confirm_by = origin.confirm_within.map(|within| {
            let until = Timestamp::try_from(SystemTime::now() + within).unwrap_or(Timestamp::MAX);
            // Whole seconds, and never less time than was asked for.
            let seconds = until.as_second() + i64::from(until.subsec_nanosecond() > 0);
            Timestamp::from_second(seconds).unwrap_or(until).to_string()
        });
        Ok(Record {
            id: new_id(self.home.ids()?.last().map(String::as_str)),
            time: self.holder.since.clone(),
            holder: self.holder.clone(),
            comment: origin.comment.clone(),
            source: origin.source.clone(),
            confirm_by,
            undoes: undoes.to_vec(),
            parts,
            saves,
            outcome: None,
        })
    }

    /// Writes the journal; stores with another folder are told first where it stands.
    pub(super) fn write_journal(&self, record: &Record) -> Result<(), TransactionError> {
        let elsewhere = Elsewhere {
            id: record.id.clone(),
            home: self.home.path().to_owned(),
        };
        for home in self.other_homes() {
            home.set_elsewhere(Some(&elsewhere))?;
        }
        self.home.write_journal(record)
    }

    pub(super) fn other_homes(&self) -> Vec<Home> {
        let homes = self.members.iter().map(|member| Home::new(member.store.home()));
        homes.filter(|home| *home != self.home).collect()
    }

    /// Takes the journal of a change away of which nothing was done.
    fn forget(&self, record: &Record) -> Result<(), TransactionError> {
        debug_assert!(record.outcome.is_none());
        self.home.remove_journal()?;
        for home in self.other_homes() {
            home.set_elsewhere(None)?;
        }
        Ok(())
    }

    /// Writes what came of a change into the history, and takes its journal and marks away.
    pub(super) fn close(
        &mut self,
        home: &Home,
        record: &Record,
        outcome: Outcome,
    ) -> Result<(), TransactionError> {
        let mut record = record.clone();
        if let (Some(until), true) = (&record.confirm_by, outcome.is_applied()) {
            home.set_pending(Some(&Pending {
                id: record.id.clone(),
                until: until.clone(),
                holder: record.holder.clone(),
            }))?;
        }
        // A change that waits for confirmation can be taken back, however short the history is.
        let keep = self.settings.keep.max(usize::from(record.confirm_by.is_some()));
        record.outcome = Some(outcome);
        home.write_record(&record, keep)?;
        fail_point("after the history");
        home.remove_journal()?;
        for member in &mut self.members {
            Home::new(member.store.home()).set_elsewhere(None)?;
            member.store.clear_mark()?;
        }
        fail_point("after the marks");
        Ok(())
    }

    pub(super) fn mark_undone(&self, id: &str, by: &str) -> Result<(), TransactionError> {
        if let Some(mut record) = self.home.record(id)? {
            record.outcome = Some(Outcome::Undone { by: by.to_owned() });
            self.home.write_record(&record, self.settings.keep)?;
        }
        Ok(())
    }

    /// Reads the configs back and compares them.
    fn verify(&mut self, record: &Record, targets: &[Value]) -> Result<(), TransactionError> {
        let (configs, _) = self.read()?;
        let mut others = Vec::new();
        for (at, (config, target)) in configs.iter().zip(targets).enumerate() {
            let exempt = self.exempt(&record.parts[at].steps);
            let mut names = differing(&config.to_value(), target);
            names.retain(|name| !exempt.contains(&name.table));
            others.extend(names.iter().map(ToString::to_string));
        }
        if others.is_empty() {
            return Ok(());
        }
        Err(TransactionError::Differs(others))
    }

    /// The tables that daemons write, without those that a change is about.
    pub(super) fn exempt(&self, steps: &[Vec<EntryChange>]) -> Vec<String> {
        let is_touched = |table: &String| steps.iter().flatten().any(|change| change.table == *table);
        let tables = self.settings.exempt.iter();
        tables.filter(|table| !is_touched(table)).cloned().collect()
    }

    /// Waits, and says meanwhile that we are alive. `false`: the user broke it off.
    pub(super) fn wait(&mut self, time: Duration) -> Result<bool, TransactionError> {
        let end = Instant::now() + time;
        loop {
            self.keep_locks()?;
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

    fn keep_locks(&mut self) -> Result<(), TransactionError> {
        if self.last_kept.elapsed() > LEASE / 4 {
            for member in &mut self.members {
                member.store.keep_lock()?;
            }
            self.last_kept = Instant::now();
        }
        Ok(())
    }

    /// The pause between the steps of a store.
    pub(super) fn settle(&self, at: usize) -> Duration {
        let live = self.members[at].store.is_live();
        let default = if live { SETTLE } else { Duration::ZERO };
        self.settings.settle.unwrap_or(default)
    }

    /// The steps that make one config of another.
    pub(super) fn plan(&self, current: &Value, target: &Value) -> Result<PartPlan, TransactionError> {
        let steps = (self.with.plan)(current, target).map_err(TransactionError::Refused)?;
        let mut made = current.clone();
        steps.iter().for_each(|step| apply(&mut made, step));
        Ok(PartPlan { steps, target: made })
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        for member in &mut self.members {
            member.store.unlock();
        }
    }
}

/// The tables that one of two configs has, and the other has not.
fn tables_of_one(one: &Value, other: &Value) -> Vec<String> {
    let missing = |of: &Value, other: &Value| -> Vec<String> {
        let tables = of.as_object().into_iter().flat_map(|tables| tables.keys());
        tables
            .filter(|table| other.get(*table).is_none())
            .cloned()
            .collect()
    };
    [missing(one, other), missing(other, one)].concat()
}

/// The config that stands in a file, if it is there.
fn saved(path: &std::path::Path) -> Result<Option<Value>, TransactionError> {
    if !path.exists() {
        return Ok(None);
    }
    let source = Source::read(path).map_err(StoreError::from)?;
    let config = Config::parse(source).map_err(|error| TransactionError::Refused(error.to_string()))?;
    Ok(Some(config.to_value()))
}

/// Tries until it is done, or fails for another reason than that somebody holds a lock.
fn patient<T>(
    deadline: Instant,
    interrupt: &AtomicBool,
    mut take: impl FnMut() -> Result<T, StoreError>,
) -> Result<T, TransactionError> {
    loop {
        match take() {
            Err(StoreError::Held { .. }) if Instant::now() < deadline => {
                if interrupt.load(Ordering::Relaxed) {
                    return Err(TransactionError::Interrupted {
                        outcome: "nothing was changed".to_owned(),
                    });
                }
                std::thread::sleep(LOCK_PAUSE);
            }
            outcome => return Ok(outcome?),
        }
    }
}
