//! Changes of stores: one way through candidate, review, plan, platform check and commit.

use std::borrow::Cow;
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::Value;

use crate::config::Config;
use crate::patch::Scope;
use crate::plan::{Disruption, Plan, PlanOptions, Refusal, Workspace, plan_in, plan_rollback};
use crate::policy::Policy;
use crate::report::StepCommands;
use crate::schema::Schema;
use crate::transaction::{
    ChangeOrigin, CommitReport, Direction, History, NoHooks, Observer, Participant, Pending, Release,
    Session as Transaction, SessionContext, StateDir, StepHooks, StorePlan, SwitchHooks, TransactionError,
    TransactionOptions, TransactionPlan, commands, squash, unsupported_changes,
};
use crate::validate::{masked_entry, validate};

use super::Engine;
use super::candidate::{Candidate, CandidateBuilder, config};
use super::change::ChangeDocument;
use super::error::ApplyError;
use super::planned::{PlannedChange, step_changes};
use super::reject::{Candidates, is_error};
use super::rejection::{RejectReason, Rejection};
use super::request::{Allow, ChangeRequest, Edits, Running};
use super::stores::StoreSet;

/// How changes of some stores are made.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SessionOptions {
    /// The name of the command, in the history and for clients that wait for the lock.
    pub command: String,
    /// The time to wait for a lock.
    pub lock_timeout: Duration,
    /// The pause between two steps. `None`: one second in Redis; a file is replaced once, for all steps.
    pub step_delay: Option<Duration>,
    /// The number of changes that the history keeps.
    pub history_keep: usize,
    /// A file that is locked while the switch loads its whole config.
    pub reload_lock: Option<PathBuf>,
    /// Whether the commands and checks of the policy for a switch are carried out. `None`: on the stores of a switch.
    pub actions: Option<bool>,
    /// The file in which a switch names its software, for checks against the platform.
    pub version_file: PathBuf,
    /// Becomes true to interrupt the change; what was done of it is rolled back.
    pub interrupt: Arc<AtomicBool>,
}

impl Default for SessionOptions {
    fn default() -> Self {
        SessionOptions {
            command: "library".to_owned(),
            lock_timeout: Duration::from_secs(10),
            step_delay: None,
            history_keep: 100,
            reload_lock: None,
            actions: None,
            version_file: PathBuf::from("/etc/sonic/sonic_version.yml"),
            interrupt: Arc::default(),
        }
    }
}

/// The result of a change that was only tried.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct DryRun {
    /// What would be changed, by scope.
    pub changes: Vec<PlannedChange>,
    /// The number of errors that the running configs have, counted where those are allowed; of a rollback, those that the
    /// restored configs have.
    pub preexisting_errors: usize,
}

/// The outcome of a change that waited for confirmation.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Confirmation {
    /// The change is kept.
    Kept(String),
    /// The change was cancelled and is rolled back.
    Cancelled {
        /// The change.
        id: String,
        /// JSON pointers to places that another client changed since; they are left as they are.
        kept: Vec<String>,
    },
    /// The confirmation arrived after the deadline; the change is rolled back.
    TooLate {
        /// The change.
        id: String,
        /// As for `Cancelled`.
        kept: Vec<String>,
    },
}

/// Stores that changes are made on. Each operation takes the locks for as long as it takes.
pub struct Session {
    engine: Engine,
    stores: StoreSet,
    options: SessionOptions,
}

impl Engine {
    /// A session on stores.
    pub fn open(&self, mut stores: StoreSet, options: SessionOptions) -> Session {
        stores.mask_with(self.policy());
        Session {
            engine: self.clone(),
            stores,
            options,
        }
    }

    /// The plan of a candidate.
    ///
    /// # Errors
    /// [`ApplyError::Rejected`]: there is none.
    pub fn plan(
        &self,
        candidate: Candidate,
        allow: &Allow,
        disruption: Disruption,
    ) -> Result<PlannedChange, ApplyError> {
        let candidates = [candidate.mirrored(self.schema()?)?];
        let how = Planning {
            allow,
            is_rollback: false,
            is_parallel: false,
        };
        let mut plans = self.plans(&candidates, &[disruption], &how)?;
        let [candidate] = candidates;
        Ok(PlannedChange {
            candidate,
            plan: plans.pop().unwrap_or_default(),
            commands: None,
        })
    }

    /// The plans of some candidates; the rejection of the first that has none.
    fn plans(
        &self,
        candidates: &[Candidate],
        disruptions: &[Disruption],
        how: &Planning,
    ) -> Result<Vec<Plan>, ApplyError> {
        let schema = self.schema()?;
        let allow = how.allow;
        for candidate in candidates {
            if let Some(ChangeDocument::Golden(golden)) = candidate.change()
                && let Some(rejection) = Rejection::of_golden(golden, self.policy(), candidate.target())
            {
                return Err(rejection.into());
            }
        }
        let make = &|(candidate, disruption): (&Candidate, &Disruption)| {
            let (running, target) = (candidate.running(), candidate.target());
            if how.is_rollback {
                return rollback(schema, self.policy(), *disruption, running, target);
            }
            let of_scope =
                |scope: &Option<Scope>| scope.as_ref().is_none_or(|scope| scope == candidate.scope());
            let options = PlanOptions {
                disruption: *disruption,
                allow_existing: allow.existing_errors,
                ignore_non_yang_tables: allow.unmodeled_tables,
                is_rollback: false,
                ignored: allow
                    .ignored
                    .iter()
                    .filter(|ignored| of_scope(&ignored.scope))
                    .map(|ignored| ignored.place.clone())
                    .collect(),
            };
            let mut workspace = ManuallyDrop::new(Workspace::default());
            let plan = plan_in(&mut workspace, schema, self.policy(), &options, running, target);
            if !self.is_short_lived() {
                drop(ManuallyDrop::into_inner(workspace));
            }
            plan
        };
        let jobs = candidates.iter().zip(disruptions);
        let made: Vec<_> = if how.is_parallel {
            std::thread::scope(|scope| {
                let threads: Vec<_> = jobs.map(|job| scope.spawn(move || make(job))).collect();
                let joined = threads.into_iter().map(std::thread::ScopedJoinHandle::join);
                joined
                    .map(|plan| plan.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                    .collect()
            })
        } else {
            jobs.map(make).collect()
        };
        let all = Candidates {
            engine: self,
            all: candidates,
            ignored: &allow.ignored,
        };
        let mut plans = Vec::new();
        for (at, plan) in made.into_iter().enumerate() {
            match plan {
                Ok(plan) => plans.push(plan),
                Err(refusal) => return Err(all.reject(at, refusal)?.into()),
            }
        }
        for at in (0..candidates.len()).filter(|_| !how.is_rollback) {
            if let Some(rejection) = all.check_forms(at)? {
                return Err(rejection.into());
            }
        }
        Ok(plans)
    }

    /// The number of errors that the running configs have, without those that are ignored; 0 where such errors are not
    /// allowed.
    pub fn preexisting_errors(
        &self,
        candidates: &[PlannedChange],
        allow: &Allow,
    ) -> Result<usize, ApplyError> {
        if !allow.existing_errors {
            return Ok(0);
        }
        self.errors(candidates, allow, |candidate| Cow::Borrowed(candidate.config()))
    }

    /// The number of errors that the configs have after a change and had before it; 0 where such errors are not allowed.
    fn remaining_errors(
        &self,
        candidates: &[PlannedChange],
        request: &ChangeRequest,
    ) -> Result<usize, ApplyError> {
        if !request.is_rollback {
            return self.preexisting_errors(candidates, &request.allow);
        }
        self.errors(candidates, &request.allow, |candidate| {
            Cow::Owned(Config::from_value("the restored config", candidate.target()))
        })
    }

    fn errors(
        &self,
        candidates: &[PlannedChange],
        allow: &Allow,
        config: impl Fn(&Candidate) -> Cow<Config>,
    ) -> Result<usize, ApplyError> {
        let schema = self.schema()?;
        let counts = candidates.iter().map(|PlannedChange { candidate, .. }| {
            let found = validate(schema, self.policy(), &config(candidate)).diagnostics;
            let errors = found
                .iter()
                .filter(|one| is_error(candidate.scope(), one, &allow.ignored));
            errors.count()
        });
        Ok(counts.sum())
    }
}

/// What is known of the stores while a transaction has them.
struct Participants {
    scopes: Vec<Scope>,
    names: Vec<String>,
    /// Whether steps are seen one by one on each store.
    has_steps: Vec<bool>,
    has_actions: bool,
    state_dir: StateDir,
}

impl Session {
    /// The models and the policy.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The switch that interrupts a change of this session.
    pub fn interrupt(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.options.interrupt)
    }

    /// The stores, one for each scope.
    pub fn stores(&self) -> &StoreSet {
        &self.stores
    }

    /// Makes a change on all stores, or on none: locks them, finishes what was left unfinished, reads, validates and
    /// plans, and commits step by step. Where another client changed a config before the first step, it reads and plans
    /// once more.
    ///
    /// # Errors
    /// [`ApplyError`]. It says what state the configs are in.
    pub fn apply(
        &mut self,
        request: &ChangeRequest,
        observer: &mut dyn Observer,
    ) -> Result<CommitReport, ApplyError> {
        let engine = self.engine.clone();
        let participants = self.participants();
        let origin = ChangeOrigin {
            comment: request.comment.clone(),
            source: request.source.clone(),
            confirm_within: request.confirm_within,
            is_rollback: false,
            saves: request
                .save
                .as_deref()
                .map_or(Vec::new(), |path| self.saves(path)),
        };
        let version_file = self.options.version_file.clone();
        let mut planned = Vec::new();
        let mut report = self.transact(observer, true, |session| {
            session.change(&origin, &mut |configs: &[Config], members: &mut [Participant]| {
                let made = engine.prepare(&participants, &version_file, configs, members, request)?;
                let parts = made.changes.iter().map(store_plan).collect();
                planned = made.changes;
                Ok::<_, ApplyError>(TransactionPlan {
                    parts,
                    undoes: made.undoes,
                })
            })
        })?;
        // Counted without the locks. The change is applied, whatever becomes of the count.
        report.preexisting_errors = self
            .engine
            .remaining_errors(&planned, request)
            .unwrap_or_default();
        Ok(report)
    }

    /// Does all of [`Session::apply`] but for the commit, without the locks.
    ///
    /// # Errors
    /// As [`Session::apply`].
    pub fn dry_run(&mut self, request: &ChangeRequest) -> Result<DryRun, ApplyError> {
        let configs = self.stores.read()?;
        let participants = self.participants();
        let version_file = self.options.version_file.clone();
        let members = &mut self.stores.participants;
        let made = self
            .engine
            .prepare(&participants, &version_file, &configs, members, request)?;
        Ok(DryRun {
            preexisting_errors: self.engine.remaining_errors(&made.changes, request)?,
            changes: made.changes,
        })
    }

    /// Keeps the change that waits for confirmation. One whose deadline has passed is rolled back instead.
    ///
    /// # Errors
    /// [`ApplyError`], [`TransactionError::NothingPending`].
    pub fn confirm(&mut self, observer: &mut dyn Observer) -> Result<Confirmation, ApplyError> {
        self.transact(observer, false, |session| {
            let (state_dir, pending) = session.pending()?.ok_or(TransactionError::NothingPending)?;
            if pending.is_over() {
                let kept =
                    session.roll_back_change(&state_dir, &pending.id, "it was not confirmed in time")?;
                return Ok(Confirmation::TooLate { id: pending.id, kept });
            }
            Ok(Confirmation::Kept(session.confirm()?))
        })
    }

    /// Rolls the change that waits for confirmation back.
    ///
    /// # Errors
    /// As [`Session::confirm`].
    pub fn cancel(&mut self, observer: &mut dyn Observer) -> Result<Confirmation, ApplyError> {
        self.transact(observer, false, |session| {
            let (state_dir, pending) = session.pending()?.ok_or(TransactionError::NothingPending)?;
            let kept = session.roll_back_change(&state_dir, &pending.id, "it was cancelled")?;
            Ok(Confirmation::Cancelled { id: pending.id, kept })
        })
    }

    /// Finishes what was left unfinished on the stores, and rolls back what was not confirmed in time. The number of
    /// changes that this was about.
    ///
    /// # Errors
    /// [`ApplyError`].
    pub fn recover(
        &mut self,
        direction: Direction,
        observer: &mut dyn Observer,
    ) -> Result<usize, ApplyError> {
        self.transact(observer, false, |session| {
            let recovered = session.recover(direction)?.len();
            Ok(recovered + usize::from(session.expire()?))
        })
    }

    /// Closes what was left unfinished or waits for confirmation, and leaves the configs as they are. What was closed,
    /// a sentence for each.
    ///
    /// # Errors
    /// [`ApplyError`].
    pub fn abandon(&mut self, observer: &mut dyn Observer) -> Result<Vec<String>, ApplyError> {
        self.transact(observer, false, |session| Ok(session.abandon()?))
    }

    /// A request that rolls a change of the history back, and all changes after it, as [`ChangeRequest::rollback_to`].
    pub fn rollback_to(&self, id: &str) -> ChangeRequest<'static> {
        ChangeRequest::rollback_to(id)
    }

    /// The changes of these stores.
    pub fn history(&self) -> History {
        History::new(self.stores.state_dir())
    }

    /// The change that waits for confirmation.
    ///
    /// # Errors
    /// [`ApplyError`]: its record cannot be read.
    pub fn pending(&self) -> Result<Option<Pending>, ApplyError> {
        Ok(self.stores.state_dir().pending()?)
    }

    /// Whether a change waits whose deadline has passed, or one was left unfinished or is at work. Takes no lock.
    pub fn has_work_for_recovery(&self) -> bool {
        let members = self.stores.participants.iter();
        members
            .map(|one| StateDir::new(one.store.state_dir()))
            .any(|state_dir| {
                let is_left = state_dir.journals().is_ok_and(|journals| !journals.is_empty());
                let is_over = |pendings: Vec<Pending>| pendings.iter().any(Pending::is_over);
                is_left || state_dir.pendings().is_ok_and(is_over)
            })
    }

    fn has_actions(&self) -> bool {
        self.options.actions.unwrap_or(self.stores.is_switch())
    }

    fn participants(&self) -> Participants {
        let has_steps = self.options.step_delay.is_some_and(|delay| !delay.is_zero());
        let members = self.stores.participants.iter();
        Participants {
            scopes: self.stores.scopes(),
            names: self.stores.names(),
            has_steps: members
                .map(|participant| participant.store.is_live() || has_steps)
                .collect(),
            has_actions: self.has_actions(),
            state_dir: self.stores.state_dir(),
        }
    }

    /// Locks the stores, does something, and unlocks them. `recovers`: what was left unfinished or has expired is
    /// finished first.
    fn transact<T>(
        &mut self,
        observer: &mut dyn Observer,
        recovers: bool,
        act: impl FnOnce(&mut Transaction) -> Result<T, ApplyError>,
    ) -> Result<T, ApplyError> {
        let engine = self.engine.clone();
        let settings = TransactionOptions {
            command: self.options.command.clone(),
            lock_timeout: self.options.lock_timeout,
            step_delay: self.options.step_delay,
            keep: self.options.history_keep,
            exempt: engine.policy().daemon_owned.clone(),
            reload_lock: self
                .options
                .reload_lock
                .clone()
                .filter(|_| self.stores.is_switch()),
        };
        let mut hooks: Box<dyn StepHooks> = if self.has_actions() {
            Box::new(SwitchHooks::new(engine.policy()))
        } else {
            Box::new(NoHooks)
        };
        let plan = |current: &Value, target: &Value| {
            let planned = match engine.schema() {
                Ok(schema) => rollback(schema, engine.policy(), Disruption::Policy, current, target).ok(),
                Err(_) => None,
            };
            // Without models, what was there is restored all the same.
            let planned = planned.unwrap_or_else(|| Plan::in_one_step(current, target));
            step_changes(&planned, current)
        };
        let with = SessionContext {
            interrupt: &self.options.interrupt,
            observer,
            hooks: &mut *hooks,
            plan: &plan,
            policy: engine.policy(),
        };
        let participants = &mut self.stores.participants;
        let session = if recovers {
            Transaction::begin(participants, settings, with)
        } else {
            Transaction::locked(participants, settings, with)
        };
        let ended = session
            .map_err(ApplyError::from)
            .and_then(|mut session| act(&mut session));
        // A signal interrupts the wait for the answer of a server as well.
        let is_interrupted = self.options.interrupt.load(Ordering::Relaxed);
        ended.map_err(|error| match error {
            ApplyError::Transaction(TransactionError::Store(error))
                if is_interrupted && error.is_unreachable() =>
            {
                TransactionError::interrupted().into()
            }
            error => error,
        })
    }

    /// The file that each new config is written to as well.
    fn saves(&self, path: &Path) -> Vec<Option<PathBuf>> {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let members = self.stores.participants.iter();
        members
            .map(|participant| {
                let number = participant.scope.to_string();
                let path = match number.strip_prefix("asic") {
                    None => path.clone(),
                    Some(number) => {
                        let (stem, ending) = (path.file_stem(), path.extension());
                        let stem = stem.unwrap_or_default().to_string_lossy();
                        let ending = ending.unwrap_or_default().to_string_lossy();
                        path.with_file_name(format!("{stem}{number}.{ending}"))
                    }
                };
                // The store itself is written anyway.
                let real = path.canonicalize().unwrap_or_else(|_| path.clone());
                let is_store = participant.store.identity() == format!("file:{}", real.display());
                (!is_store).then_some(path)
            })
            .collect()
    }
}

/// How candidates are planned.
struct Planning<'a> {
    allow: &'a Allow,
    is_rollback: bool,
    is_parallel: bool,
}

/// The steps of a way back. Where no order is safe, they are one step: what was there can always be restored.
fn rollback(
    schema: &Schema,
    policy: &Policy,
    disruption: Disruption,
    current: &Value,
    target: &Value,
) -> Result<Plan, Refusal> {
    match plan_rollback(schema, policy, disruption, current, target) {
        Err(Refusal::Cycle(_) | Refusal::NoOrder { .. }) if !matches!(disruption, Disruption::Rolling(_)) => {
            Ok(Plan::in_one_step(current, target))
        }
        planned => planned,
    }
}

/// A change that is ready to be committed.
struct Prepared {
    changes: Vec<PlannedChange>,
    undoes: Vec<String>,
}

impl Engine {
    /// Makes the candidates of a request for the running configs, plans them, and checks them against the platform.
    fn prepare(
        &self,
        participants: &Participants,
        version_file: &Path,
        configs: &[Config],
        members: &mut [Participant],
        request: &ChangeRequest,
    ) -> Result<Prepared, ApplyError> {
        let policy = self.policy();
        let Participants { scopes, .. } = participants;
        let Edits { by_scope, undoes } = (request.edits)(&Running {
            engine: self,
            scopes,
            stores: &participants.names,
            configs,
            state_dir: &participants.state_dir,
            keep: &request.keep,
        })?;
        // As much as possible is done while another thread may still load the models.
        let mut builders = Vec::new();
        for ((base, edit), name) in configs.iter().zip(by_scope).zip(&participants.names) {
            let base = config(base.document().clone()).map_err(|error| TransactionError::NotAConfig {
                store: name.clone(),
                reason: error.to_string(),
            })?;
            let edit = edit.keeping(&request.keep, &base);
            builders.push(CandidateBuilder::new(policy, base, edit));
        }
        let schema = self.schema()?;
        let is_table = |table: &&String| {
            let mut documents = configs.iter().map(Config::document);
            schema.tables.get(table).is_some()
                || documents.any(|document| document.get(document.root(), table).is_some())
        };
        if let Some(unknown) = request.keep.iter().find(|table| !is_table(table)) {
            return Err(Rejection::other(format!("there is no table {unknown:?} to leave as it is")).into());
        }
        let mut candidates = Vec::new();
        for (scope, builder) in scopes.iter().zip(builders) {
            let candidate = builder.build(schema, policy, scope.clone());
            let several = (scopes.len() > 1).then_some(scope);
            let mut candidate = candidate.map_err(|failed| Rejection::of_edit(*failed, several))?;
            if request.cascades {
                candidate = candidate.cascaded(schema, policy);
            }
            candidates.push(candidate.mirrored(schema)?);
        }
        let disruptions = participants
            .has_steps
            .iter()
            .map(|&has_steps| match request.disruption {
                Some(asked) => asked,
                None if has_steps => Disruption::Policy,
                // Nothing follows the steps, so nothing is interrupted.
                None => Disruption::AllAtOnce,
            });
        let disruptions: Vec<Disruption> = disruptions.collect();
        let how = Planning {
            allow: &request.allow,
            is_rollback: request.is_rollback,
            is_parallel: request.is_parallel,
        };
        let plans = self.plans(&candidates, &disruptions, &how)?;
        if request.confirm_within.is_some() {
            self.check_way_back(&candidates)?;
        }
        if participants.has_actions && !request.is_rollback {
            self.check_platform(&candidates, version_file, members, request)?;
        }
        let parts = candidates.into_iter().zip(plans).zip(&participants.has_steps);
        let changes = parts.map(|((candidate, plan), &has_steps)| PlannedChange {
            commands: participants
                .has_actions
                .then(|| self.step_commands(&plan, candidate.running(), has_steps)),
            candidate,
            plan,
        });
        let changes: Vec<PlannedChange> = changes.collect();
        if let Some(planned) = request.on_planned {
            planned(&changes).map_err(ApplyError::Request)?;
        }
        Ok(Prepared { changes, undoes })
    }

    /// Rejects a change that no safe order of steps would take back.
    fn check_way_back(&self, candidates: &[Candidate]) -> Result<(), ApplyError> {
        let (schema, policy) = (self.schema()?, self.policy());
        for candidate in candidates {
            let (running, target) = (candidate.running(), candidate.target());
            if let Err(refusal) = plan_rollback(schema, policy, Disruption::Policy, target, running) {
                let refusal = refusal.map_entries(|name| masked_entry(policy, name));
                let text = format!("it could not be rolled back in safe steps: {refusal}");
                return Err(Rejection::new(RejectReason::NoWayBack(refusal), text).into());
            }
        }
        Ok(())
    }

    /// Rejects what the platform does not support.
    fn check_platform(
        &self,
        candidates: &[Candidate],
        version_file: &Path,
        members: &mut [Participant],
        request: &ChangeRequest,
    ) -> Result<(), ApplyError> {
        let release = Release::read(version_file);
        let all = Candidates {
            engine: self,
            all: candidates,
            ignored: &request.allow.ignored,
        };
        for (at, (candidate, participant)) in candidates.iter().zip(members).enumerate() {
            let (running, target) = (candidate.running(), candidate.target());
            let unsupported_changes =
                unsupported_changes(self.policy(), &release, &mut *participant.store, running, target)?;
            if let Some(rejection) = all.check_platform(at, unsupported_changes) {
                return Err(rejection.into());
            }
        }
        Ok(())
    }

    /// The commands that run after each step of a plan; after the last one where the steps are committed at once. Secrets
    /// are masked.
    pub fn step_commands(&self, plan: &Plan, running: &Value, has_steps: bool) -> StepCommands {
        let policy = self.policy();
        let mut steps = step_changes(plan, running);
        if !has_steps && let Some(count) = steps.len().checked_sub(1) {
            let whole = squash(&steps);
            steps = vec![Vec::new(); count];
            steps.push(whole);
        }
        let shown = steps.iter().map(|step| {
            let commands = commands(policy, step);
            let words = commands
                .iter()
                .map(|command| command.shown_words(policy).to_vec());
            words.collect()
        });
        shown.collect()
    }
}

/// The steps of a planned change as a transaction takes them.
fn store_plan(change: &PlannedChange) -> StorePlan {
    StorePlan {
        steps: step_changes(&change.plan, change.candidate.running()),
        target: change.candidate.target().clone(),
    }
}
