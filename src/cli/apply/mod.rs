//! Making a change on stores: what the commands that do have in common.

pub mod apply_patch;
mod args;
mod asked;
pub mod configlet;
pub mod flags;
mod late;
pub mod load;
mod maker;
pub mod migrate;
pub mod replace;
pub mod rollback;
mod told;

use std::mem::ManuallyDrop;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

use crate::config::Config;
use crate::memory;
use crate::patch::Scope;
use crate::policy::Policy;
use crate::report::FileReport;
use crate::schema::{Retired, Schema};
use crate::transaction::Home;

use super::findings;
use super::options::ReportForm;
use super::output::print;
use super::refuse::ignored;
use super::task::Wanted;
use super::task::refused::Wording;
use super::{Failure, Outcome};
use maker::Maker;
use told::{one_line, refused_json};

pub use args::{ApplyArgs, TryArgs};
pub use late::late;
pub use told::Account;

/// A change to be made.
pub struct Job<'a> {
    pub args: &'a ApplyArgs,
    /// Show what would change, and change nothing.
    pub dry_run: bool,
    /// Write the plan to a file.
    pub path_trace: Option<PathBuf>,
    /// The command, as others see it who wait for the lock.
    pub command: &'static str,
    pub wording: Wording,
    /// Where the change comes from, as the history says it.
    pub source: String,
    /// What is said when it is done.
    pub done: &'static str,
    /// Whether several scopes are planned at the same time.
    pub parallel: bool,
    /// What becomes of retired fields, where that is not for the user to say.
    pub retired: Option<Retired>,
    /// What the command itself says of the change, once what is wanted is known.
    pub account: Option<&'a dyn Fn() -> Account>,
    /// What is wanted of the config of each scope.
    pub wanted: &'a dyn Fn(&Inputs) -> Result<Wants, Failure>,
}

/// What a change is made from.
pub struct Inputs<'a> {
    /// The scopes of the stores.
    pub scopes: &'a [Scope],
    /// The names of the stores.
    pub stores: &'a [String],
    /// Their configs as they are.
    pub configs: &'a [Config],
    /// The folder of their history.
    pub home: &'a Home,
    pub models: &'a Models<'a>,
    pub policy: &'a Policy,
}

/// What is wanted.
#[derive(Default)]
pub struct Wants {
    /// Of each scope.
    pub parts: Vec<Wanted>,
    /// The changes that are taken back by it.
    pub undoes: Vec<String>,
}

impl From<Vec<Wanted>> for Wants {
    fn from(parts: Vec<Wanted>) -> Self {
        Wants {
            parts,
            undoes: Vec::new(),
        }
    }
}

/// The models, which are loaded while other things are done.
pub struct Models<'a> {
    schema: &'a OnceLock<Result<Schema, Failure>>,
    policy: &'a Policy,
}

impl Models<'_> {
    /// The schema, once it is loaded.
    ///
    /// # Errors
    /// [`Failure`]: it cannot be loaded.
    pub fn schema(&self) -> Result<&Schema, Failure> {
        self.schema.wait().as_ref().map_err(Clone::clone)
    }
}

/// Makes a change.
///
/// # Errors
/// [`Failure`].
pub fn run(job: &Job) -> Result<Outcome, Failure> {
    let args = job.args;
    let ignored = ignored(&args.allowed.ignore_path)?;
    let policy = args.models.policy()?;
    // Taking it apart would be the last thing that the process does, and for nothing.
    let schema = ManuallyDrop::new(OnceLock::new());
    let mut found = Vec::new();
    let retired = job.retired;
    let ended = std::thread::scope(|scope| {
        scope.spawn(|| {
            memory::make_room();
            // Nobody else sets it.
            let _ = schema.set(match retired {
                Some(retired) => args.models.schema_as(retired),
                None => args.models.schema(),
            });
        });
        let models = Models {
            schema: &schema,
            policy: &policy,
        };
        let stores = args.stores.open()?;
        let maker = Maker {
            job,
            models: &models,
            ignored: &ignored,
            wording: Wording {
                // Whoever asks for a line for each finding gets that alone.
                tells: args.report != ReportForm::Concise,
                ..job.wording
            },
        };
        if job.dry_run {
            maker.dry_run(stores, &mut found)
        } else {
            maker.carry_out(stores, &mut found)
        }
    });
    if let Err(failure) = &ended {
        tell_refusal(job, failure, found)?;
    }
    if args.full_reason {
        return ended.map_err(Failure::with_full_reason);
    }
    ended
}

/// Tells programs why a change was not made, on standard output.
fn tell_refusal(job: &Job, failure: &Failure, found: Vec<FileReport>) -> Result<(), Failure> {
    let form = job.args.report;
    let told = || refused_json(failure, &findings::diagnostics(&found));
    match (form, failure) {
        (ReportForm::Full, _) => Ok(()),
        (ReportForm::Json, _) => print(&told()),
        (ReportForm::JsonLines, _) => print(&one_line(&told())),
        (form, Failure::Refused(reason)) => {
            let files = findings::of_refusal(&job.source, reason, found);
            findings::show(form, job.command, &files)
        }
        // It is no fault of the change.
        _ => Ok(()),
    }
}

/// Becomes true when the user breaks the change off, or goes away.
pub fn interrupt() -> Result<Arc<AtomicBool>, Failure> {
    let interrupt = Arc::new(AtomicBool::new(false));
    for signal in [
        signal_hook::consts::SIGINT,
        signal_hook::consts::SIGTERM,
        signal_hook::consts::SIGHUP,
    ] {
        signal_hook::flag::register(signal, Arc::clone(&interrupt))
            .map_err(|error| Failure::Environment(format!("cannot wait for signals: {error}")))?;
    }
    Ok(interrupt)
}
