//! Carrying a change out, or showing what would change.

use std::path::PathBuf;

use serde_json::Value;

use crate::cli::around::step_commands;
use crate::cli::findings;
use crate::cli::options::ReportForm;
use crate::cli::output::{print, say};
use crate::cli::progress::Told;
use crate::cli::reading::read_store;
use crate::cli::review::Ignored;
use crate::cli::stores::{Stores, home};
use crate::cli::task::refused::{Refused, Wording, cannot_be_done, check_gated, is_error};
use crate::cli::task::{Begun, Task, config, mirrored, plans};
use crate::cli::{Failure, Outcome};
use crate::config::Config;
use crate::patch::Scope;
use crate::plan::{Disruption, Plan};
use crate::policy::Policy;
use crate::report::{FileReport, changes, counted, plan_concise, plan_full, plan_json, plan_json_lines};
use crate::transaction::{
    Done, Home, Member, Origin, PartPlan, Planned, Session, Surroundings, TransactionError, changes_of, gated,
};
use crate::validate::{Diagnostic, validate};

use super::late::plan_late;
use super::told::{one_line, result_json, then_runs, with_members};
use super::{Account, Inputs, Job, Models, interrupt};

/// Makes a change.
pub(super) struct Maker<'a> {
    pub(super) job: &'a Job<'a>,
    pub(super) models: &'a Models<'a>,
    pub(super) ignored: &'a [Ignored],
    pub(super) wording: Wording,
}

/// What was made of the configs.
struct Made {
    tasks: Vec<Task>,
    plans: Vec<Plan>,
    undoes: Vec<String>,
}

/// What is known of the stores, whoever works on them.
struct Places {
    scopes: Vec<Scope>,
    names: Vec<String>,
    /// Whether what is done there is followed step by step.
    has_steps: Vec<bool>,
    /// Whether the switch is asked what it takes.
    is_gated: bool,
    home: Home,
}

impl Maker<'_> {
    /// Shows what would change.
    pub(super) fn dry_run(
        &self,
        mut stores: Stores,
        found: &mut Vec<FileReport>,
    ) -> Result<Outcome, Failure> {
        let (args, policy) = (self.job.args, self.models.policy);
        let mut configs = Vec::new();
        for member in &mut stores.members {
            configs.push(read_store(&mut *member.store, policy)?);
        }
        let places = self.places(&stores);
        let Made { tasks, plans, .. } = self.make(&places, &configs, &mut stores.members, found)?;
        let several = tasks.len() > 1;
        let shows_commands = args.around.is_on(&stores);
        let account = self.job.account.map(|account| account());
        let mut text = match (&account, args.report) {
            (Some(account), ReportForm::Full | ReportForm::Concise) => account.text.clone(),
            _ => String::new(),
        };
        let mut warnings: Vec<Diagnostic> = Vec::new();
        for ((task, plan), &has_steps) in tasks.iter().zip(&plans).zip(&places.has_steps) {
            let commands = shows_commands.then(|| step_commands(policy, plan, &task.current, has_steps));
            let commands = commands.as_ref();
            let current = &task.current;
            if several && matches!(args.report, ReportForm::Full | ReportForm::Concise) {
                text += &format!("{}:\n", task.scope);
            }
            let found = plan.warnings.iter().map(|found| found.diagnostic.clone());
            let found: Vec<Diagnostic> = found.collect();
            match args.report {
                ReportForm::Json => {
                    let told = plan_json(policy, plan, current, &found, commands);
                    text += &with_members(told, account.as_ref());
                }
                ReportForm::JsonLines => text += &plan_json_lines(policy, plan, current, commands),
                ReportForm::Full if args.verbose => text += &plan_full(policy, plan, current, commands),
                ReportForm::Concise if args.verbose => text += &plan_concise(policy, plan, current, commands),
                ReportForm::Full | ReportForm::Concise => {
                    text += &changes(policy, current, &task.target);
                    text += &commands.map(then_runs).unwrap_or_default();
                }
                ReportForm::Junit | ReportForm::Github | ReportForm::Gitlab | ReportForm::Sarif => {}
            }
            warnings.extend(found);
        }
        print(&text)?;
        if !matches!(args.report, ReportForm::Full | ReportForm::Json) {
            self.show_findings(args.report, account.as_ref(), warnings)?;
        }
        self.warn_of_existing(&tasks)?;
        Ok(Outcome::Clean)
    }

    /// Makes the change.
    pub(super) fn carry_out(&self, stores: Stores, found: &mut Vec<FileReport>) -> Result<Outcome, Failure> {
        let (args, policy) = (self.job.args, self.models.policy);
        let mut settings = args
            .stores
            .settings(self.job.command, &stores, &policy.written_by_daemons);
        settings.settle = args.settle;
        let places = self.places(&stores);
        let interrupt = interrupt()?;
        let mut progress = Told::new(policy, args.verbose);
        let mut around = args.around.around(policy, &stores);
        let late = |current: &Value, target: &Value| plan_late(self.models, current, target);
        let with = Surroundings {
            interrupt: &interrupt,
            progress: &mut progress,
            around: &mut *around,
            plan: &late,
        };
        let origin = Origin {
            comment: args.comment.clone(),
            source: self.job.source.clone(),
            confirm_within: args.confirm_within,
            is_back: false,
            saves: self.saves(&stores),
        };
        let mut session =
            Session::begin(stores.members, settings, with).map_err(|error| self.failed(error))?;
        let mut tasks = Vec::new();
        let done = session.change(&origin, &mut |configs: &[Config], members: &mut [Member]| {
            let made = self.make(&places, configs, members, found);
            let made = made.map_err(Error::Failure)?;
            let parts = made.tasks.iter().zip(&made.plans).map(part_plan).collect();
            tasks = made.tasks;
            Ok::<_, Error>(Planned {
                parts,
                undoes: made.undoes,
            })
        });
        // Nobody waits for what is left to be told.
        drop(session);
        let done = done.map_err(|error| match error {
            Error::Failure(failure) => failure,
            Error::Transaction(error) => self.failed(error),
        })?;
        self.tell(&done, &tasks)
    }

    /// Shows what was found in the change, or in the configs if the command says that itself.
    fn show_findings(
        &self,
        form: ReportForm,
        account: Option<&Account>,
        warnings: Vec<Diagnostic>,
    ) -> Result<(), Failure> {
        let mut files = account.map_or(Vec::new(), |account| account.files.clone());
        if files.is_empty() || !warnings.is_empty() {
            files.push(findings::in_change(&self.job.source, warnings));
        }
        findings::show(form, self.job.command, &files)
    }

    fn failed(&self, error: TransactionError) -> Failure {
        Failure::from_transaction(error, self.models.policy)
    }

    fn tell(&self, done: &Done, tasks: &[Task]) -> Result<Outcome, Failure> {
        let account = self.job.account.map(|account| account());
        let told = match (self.job.args.report, &account) {
            (ReportForm::Full | ReportForm::Concise, Some(account)) => print(&account.text),
            (ReportForm::Full | ReportForm::Concise, None) => print(&format!("{}\n", self.job.done)),
            (ReportForm::Json, account) => print(&with_members(result_json(done), account.as_ref())),
            (ReportForm::JsonLines, account) => {
                print(&one_line(&with_members(result_json(done), account.as_ref())))
            }
            (form, account) => self.show_findings(form, account.as_ref(), Vec::new()),
        };
        if let Err(failure) = told {
            // It is done all the same.
            let message = failure.message();
            say(&format!("warning: the change is applied, but {message}\n"));
        }
        if let (Some(until), Some(id)) = (&done.confirm_by, &done.id) {
            say(&format!(
                "the change {id} is rolled back at {until}, unless \"sonicfg confirm\" is run before\n"
            ));
        }
        self.warn_of_existing(tasks)?;
        Ok(Outcome::Clean)
    }

    fn places(&self, stores: &Stores) -> Places {
        let has_steps = self.job.args.settle.is_some_and(|settle| !settle.is_zero());
        let members = || stores.members.iter();
        Places {
            scopes: members().map(|member| member.scope.clone()).collect(),
            names: members().map(|member| member.store.identity()).collect(),
            has_steps: members()
                .map(|member| member.store.is_live() || has_steps)
                .collect(),
            is_gated: self.job.args.around.is_on(stores),
            home: home(stores),
        }
    }

    /// The configs that the change makes, and the plans for them.
    fn make(
        &self,
        places: &Places,
        configs: &[Config],
        members: &mut [Member],
        found: &mut Vec<FileReport>,
    ) -> Result<Made, Failure> {
        let (job, policy) = (self.job, self.models.policy);
        let Places { scopes, .. } = places;
        let wants = (job.wanted)(&Inputs {
            scopes,
            stores: &places.names,
            configs,
            home: &places.home,
            models: self.models,
            policy,
        })?;
        // As much as can be is done while the models are loaded.
        let mut begun = Vec::new();
        for (base, wanted) in configs.iter().zip(wants.parts) {
            // A config that is none is no fault of the change.
            let base =
                config(base.document().clone()).map_err(|error| Failure::Environment(error.to_string()))?;
            begun.push(Begun::new(base, wanted));
        }
        let schema = self.models.schema()?;
        let mut tasks = Vec::new();
        for (scope, begun) in scopes.iter().zip(begun) {
            let task = begun.task(schema, policy, scope.clone()).map_err(|failed| {
                let (change, error) = *failed;
                let scope = (scopes.len() > 1).then_some(scope);
                cannot_be_done(policy, &self.wording, scope, &change, error)
            })?;
            tasks.push(mirrored(schema, task)?);
        }
        let asked = job.args.allowed.disruption.asked();
        let disruptions: Vec<Disruption> = places
            .has_steps
            .iter()
            .map(|&has_steps| match asked {
                Some(asked) => asked,
                None if has_steps => Disruption::Policy,
                // Nobody sees the steps, so nothing is interrupted.
                None => Disruption::AllAtOnce,
            })
            .collect();
        let how = (self.ignored, &self.wording);
        let plans = plans(
            schema,
            policy,
            &tasks,
            &job.args.allowed,
            &disruptions,
            how,
            job.parallel,
        );
        let plans = plans.map_err(|refused: Refused| {
            *found = refused.files;
            refused.failure
        })?;
        if places.is_gated {
            self.check_gates(&tasks, members)?;
        }
        if let Some(path) = &job.path_trace {
            trace(policy, path, &tasks, &plans)?;
        }
        Ok(Made {
            tasks,
            plans,
            undoes: wants.undoes,
        })
    }

    /// Refuses what the switch does not take.
    fn check_gates(&self, tasks: &[Task], members: &mut [Member]) -> Result<(), Failure> {
        let policy = self.models.policy;
        let release = self.job.args.around.release();
        for (at, (task, member)) in tasks.iter().zip(members).enumerate() {
            let gated = gated(policy, &release, &mut *member.store, &task.current, &task.target);
            let gated = gated.map_err(|error| Failure::from_store(error, policy))?;
            check_gated(policy, tasks, at, (self.ignored, &self.wording), &gated)?;
        }
        Ok(())
    }

    /// Says how many errors the configs have without the change too.
    fn warn_of_existing(&self, tasks: &[Task]) -> Result<(), Failure> {
        if !self.job.args.allowed.allow_existing {
            return Ok(());
        }
        let schema = self.models.schema()?;
        let count: usize = tasks
            .iter()
            .map(|task| {
                let found = validate(schema, self.models.policy, &task.config).diagnostics;
                let errors = found
                    .iter()
                    .filter(|one| is_error(&task.scope, one, self.ignored));
                errors.count()
            })
            .sum();
        if count > 0 {
            let errors = counted(count, "error");
            say(&format!(
                "warning: the config has {errors}, as it had before the change\n"
            ));
        }
        Ok(())
    }

    /// The file that each new config is written to as well.
    fn saves(&self, stores: &Stores) -> Vec<Option<PathBuf>> {
        let Some(path) = &self.job.args.save else {
            return Vec::new();
        };
        let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
        let members = stores.members.iter();
        members
            .map(|member| {
                let number = member.scope.to_string();
                let path = match number.strip_prefix("asic") {
                    None => path.clone(),
                    Some(number) => {
                        let (stem, ending) = (path.file_stem(), path.extension());
                        let stem = stem.unwrap_or_default().to_string_lossy();
                        let ending = ending.unwrap_or_default().to_string_lossy();
                        path.with_file_name(format!("{stem}{number}.{ending}"))
                    }
                };
                // What is the store itself is written anyway.
                let real = path.canonicalize().unwrap_or_else(|_| path.clone());
                let is_store = member.store.identity() == format!("file:{}", real.display());
                (!is_store).then_some(path)
            })
            .collect()
    }
}

/// Why a change was not made.
enum Error {
    Failure(Failure),
    Transaction(TransactionError),
}

impl From<TransactionError> for Error {
    fn from(error: TransactionError) -> Self {
        Error::Transaction(error)
    }
}

/// The steps of a task as a transaction takes them.
fn part_plan((task, plan): (&Task, &Plan)) -> PartPlan {
    let steps = plan.steps.iter().map(|step| step.writes.as_slice());
    PartPlan {
        steps: changes_of(&task.current, steps),
        target: task.target.clone(),
    }
}

/// Writes the plans to a file.
fn trace(policy: &Policy, path: &std::path::Path, tasks: &[Task], plans: &[Plan]) -> Result<(), Failure> {
    let parts = tasks.iter().zip(plans);
    let text: String = parts
        .map(|(task, plan)| plan_json(policy, plan, &task.current, &[], None))
        .collect();
    crate::store::write_whole(path, &text).map_err(|error| {
        let reason = crate::config::plain_reason(&error);
        Failure::Environment(format!("cannot write {}: {reason}", path.display()))
    })
}
