//! What is to be done to one config: the change as it was read, and the config that it makes.

pub mod refused;

use std::mem::ManuallyDrop;

use serde_json::Value;

use crate::config::{Config, Document, JsonKind};
use crate::flags::{Registry, mirror, mirror_whole};
use crate::patch::{ApplyError, FormError, Scope, SonicYangError};
use crate::plan::{Disruption, Options, Plan, Workspace, plan_in};
use crate::policy::Policy;
use crate::schema::{Retired, Schema};

use super::Failure;
use super::change::Change;
use super::complete;
use super::review::Ignored;
use refused::{Refused, Wording, check_forms, refuse};

/// What is wanted of a config.
#[derive(Debug, Clone)]
pub enum Wanted {
    /// That a change is made.
    Change(Change),
    /// That several are, one after the other.
    Changes(Vec<Change>),
    /// That it becomes another.
    Whole(Config),
}

/// What is to be done to one config.
pub struct Task {
    /// Whose config it is. That is told where there are several.
    pub scope: Scope,
    pub config: Config,
    pub current: Value,
    /// The change; `None` where a whole config is the target.
    pub change: Option<Change>,
    /// The target as it was read, if it is a config of its own.
    pub whole: Option<Config>,
    /// Whether that is what somebody asked for, and not what several changes make.
    pub is_whole: bool,
    pub target: Value,
}

/// A task as far as it can be made without the models.
pub struct Begun {
    config: Config,
    current: Value,
    wanted: Wanted,
    /// What a single change makes of the config, if that is known.
    made: Result<Option<Value>, ApplyError>,
}

impl Begun {
    /// What is wanted of a config.
    pub fn new(config: Config, wanted: Wanted) -> Self {
        let current = config.to_value();
        let made = match &wanted {
            Wanted::Change(change) => change.make_without_models(&current),
            Wanted::Changes(_) | Wanted::Whole(_) => Ok(None),
        };
        Begun {
            config,
            current,
            wanted,
            made,
        }
    }

    /// What the config becomes.
    ///
    /// # Errors
    /// The change, and why it cannot be done.
    pub fn task(
        self,
        schema: &Schema,
        policy: &Policy,
        scope: Scope,
    ) -> Result<Task, Box<(Change, SonicYangError)>> {
        let (change, target) = match (self.wanted, self.made) {
            (Wanted::Change(change), Ok(Some(target))) => (change, target),
            (Wanted::Change(change), Err(error)) => return Err(Box::new((change, error.into()))),
            (wanted, _) => return Task::new(schema, policy, scope, self.config, wanted),
        };
        Ok(Task {
            scope,
            config: self.config,
            current: self.current,
            change: Some(change),
            whole: None,
            is_whole: false,
            target,
        })
    }
}

impl Task {
    /// What a config becomes.
    ///
    /// # Errors
    /// The change, and why it cannot be done.
    pub fn new(
        schema: &Schema,
        policy: &Policy,
        scope: Scope,
        config: Config,
        wanted: Wanted,
    ) -> Result<Self, Box<(Change, SonicYangError)>> {
        let current = config.to_value();
        let is_whole = matches!(wanted, Wanted::Whole(_));
        let (change, whole, target) = match wanted {
            Wanted::Whole(whole) => {
                let target = whole.to_value();
                (None, Some(whole), target)
            }
            Wanted::Changes(mut changes) if changes.len() == 1 => {
                return Self::new(schema, policy, scope, config, Wanted::Change(changes.remove(0)));
            }
            Wanted::Changes(changes) => {
                let mut made = config.clone();
                for mut change in changes {
                    match change.make(schema, policy, &made) {
                        Ok(target) => made = Config::from_value("the changed config", &target),
                        Err(error) => return Err(Box::new((change, error))),
                    }
                }
                let target = made.to_value();
                (None, Some(made), target)
            }
            Wanted::Change(mut change) => match change.make(schema, policy, &config) {
                Ok(target) => (Some(change), None, target),
                Err(error) => return Err(Box::new((change, error))),
            },
        };
        Ok(Task {
            scope,
            config,
            current,
            change,
            whole,
            is_whole,
            target,
        })
    }
}

/// A task that keeps flags equal to the fields that they have replaced, if the models ask for that.
///
/// # Errors
/// [`Failure::Environment`]: what the models say of a flag does not do.
pub fn mirrored(schema: &Schema, mut task: Task) -> Result<Task, Failure> {
    if schema.retired_mode != Retired::Mirror {
        return Ok(task);
    }
    let registry = Registry::of(schema)?;
    let target = match &task.whole {
        None => mirror(&registry, &task.current, &task.target),
        Some(_) if task.is_whole => mirror_whole(&registry, &task.current, &task.target),
        Some(_) => mirror(&registry, &task.current, &task.target),
    };
    if target != task.target {
        let named = |whole: &Config| Config::from_value(whole.document().source().name.as_str(), &target);
        task.whole = task.whole.as_ref().map(named);
        task.target = target;
    }
    Ok(task)
}

/// A document as a config, if it has the form of one.
pub fn config(document: Document) -> Result<Config, FormError> {
    let root = document.root();
    match document.kind(root) {
        JsonKind::Object => Ok(Config::from(document)),
        kind => {
            let message = format!("a config is an object of tables, not {}", kind.describe());
            Err(FormError::at_span(&document, document.span(root), message))
        }
    }
}

/// The options for what a change may do.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Checks and limits")]
pub struct Allowed {
    /// Accept errors that the config had before the change
    ///
    /// The change must not add errors.
    #[arg(long)]
    pub allow_existing: bool,

    /// Let the change touch tables that no model covers
    ///
    /// Their entries are written unchecked, first, in a step of their own.
    #[arg(short = 'n', long)]
    pub ignore_non_yang_tables: bool,

    /// A JSON pointer; errors at or below it do not block the change
    ///
    /// Edits there are still applied, and references to it are still checked. May be repeated. With a scope in
    /// front it counts for the config of that scope only.
    #[arg(short, long, value_name = "PTR", add = complete::pointers())]
    pub ignore_path: Vec<String>,

    #[command(flatten)]
    pub disruption: DisruptionArgs,
}

/// The options for how much a change may interrupt at once.
#[derive(Debug, Clone, clap::Args)]
#[group(multiple = false)]
pub struct DisruptionArgs {
    /// Interrupt at most N entries of each table at once
    ///
    /// Entries that depend on these are not counted.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), hide_short_help = true)]
    rolling: Option<u32>,

    /// Interrupt any number of entries at once
    #[arg(long, hide_short_help = true)]
    all_at_once: bool,
}

impl DisruptionArgs {
    /// The limit that was asked for; `None` where none was.
    pub fn asked(&self) -> Option<Disruption> {
        match self.rolling {
            _ if self.all_at_once => Some(Disruption::AllAtOnce),
            Some(limit) => Some(Disruption::Rolling(limit as usize)),
            None => None,
        }
    }
}

/// Makes the plan of each task; the refusal of the first that has none.
pub fn plans(
    schema: &Schema,
    policy: &Policy,
    tasks: &[Task],
    allowed: &Allowed,
    disruptions: &[Disruption],
    (ignored, wording): (&[Ignored], &Wording),
    parallel: bool,
) -> Result<Vec<Plan>, Refused> {
    let make = &|(task, disruption): (&Task, &Disruption)| {
        let options = Options {
            disruption: *disruption,
            allow_existing: allowed.allow_existing,
            ignore_non_yang_tables: allowed.ignore_non_yang_tables,
            allow_retired: false,
            ignored: ignored
                .iter()
                .filter(|ignored| ignored.scope.as_ref().is_none_or(|scope| *scope == task.scope))
                .map(|ignored| ignored.place.clone())
                .collect(),
        };
        // It would be taken apart shortly before the process ends, for nothing.
        let mut workspace = ManuallyDrop::new(Workspace::default());
        plan_in(
            &mut workspace,
            schema,
            policy,
            &options,
            &task.current,
            &task.target,
        )
    };
    let jobs = tasks.iter().zip(disruptions);
    let made: Vec<_> = if parallel {
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
    let mut plans = Vec::new();
    for (at, plan) in made.into_iter().enumerate() {
        match plan {
            Ok(plan) => plans.push(plan),
            Err(refusal) => return Err(refuse(schema, policy, tasks, at, (ignored, wording), refusal)?),
        }
    }
    for at in 0..tasks.len() {
        check_forms(schema, policy, tasks, at, (ignored, wording))?;
    }
    Ok(plans)
}
