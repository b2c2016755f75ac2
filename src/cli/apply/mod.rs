//! The commands that change stores: options, a request for the engine, and the rendering of its outcome.

pub mod apply_patch;
mod args;
pub mod configlet;
pub mod flags;
pub mod load;
pub mod migrate;
pub mod outcome_json;
pub mod replace;
pub mod rollback;
mod show;

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use json_patch::PatchOperation;
use serde_json::Map;

use crate::config::{Document, Source, plain_reason};
use crate::engine::{
    ApplyError, ChangeRequest, Engine, PlannedChange, Rejection, Session, StoreSet, read_document,
};
use crate::memory;
use crate::policy::Policy;
use crate::report::{FileReport, plan_json, printable};
use crate::schema::Retired;

use super::cascade;
use super::findings;
use super::options::ReportForm;
use super::output::{print, say};
use super::progress::TerminalProgress;
use super::refuse::{Wording, unreadable};
use super::{Failure, Outcome};
use outcome_json::{one_line, refused_json};

pub use args::{ApplyArgs, KeepArgs, TryArgs};
pub use outcome_json::ChangeSummary;

/// A command that changes stores.
pub struct ChangeCommand<'a> {
    pub args: &'a ApplyArgs,
    /// Show what would change, and change nothing.
    pub dry_run: bool,
    /// Write the plan to a file.
    pub path_trace: Option<PathBuf>,
    /// The name of the command, in the history and for clients that wait for the lock.
    pub name: &'static str,
    pub wording: Wording,
    /// The name of the change, where a finding has no file.
    pub source: String,
    /// The message of success.
    pub done: &'static str,
    /// Whether what refers to removed entries is removed too.
    pub cascades: bool,
    /// The treatment of retired fields, where the command decides it.
    pub retired: Option<Retired>,
    /// What the command itself reports of the change.
    pub summary: Option<&'a dyn Fn() -> ChangeSummary>,
}

/// Makes a change: `request` gives it, once the policy is loaded.
///
/// # Errors
/// [`Failure`].
pub fn run<'r>(
    command: &ChangeCommand,
    request: impl FnOnce(&Engine) -> Result<ChangeRequest<'r>, ApplyError>,
) -> Result<Outcome, Failure> {
    let args = command.args;
    let allow = args.allowed.allow()?;
    let engine = args.models.engine(command.retired)?;
    // Freeing the models would be the last work of the process, for nothing.
    std::mem::forget(engine.clone());
    engine.load_in_background(memory::preallocate_arena);
    let wording = Wording {
        // `concise` prints one line per finding and nothing else.
        shows_findings: args.report != ReportForm::Concise,
        repeated: args.repeated.repeated(),
        ..command.wording
    };
    let mut found = Vec::new();
    let mut operations = Vec::new();
    let cascaded = RefCell::new(Map::new());
    let made = request(&engine).and_then(|request| {
        let trace = |changes: &[PlannedChange]| {
            warn_of_idle_operations(engine.policy(), changes);
            if command.cascades {
                cascade::show(engine.policy(), changes);
                cascaded.replace(cascade::members(engine.policy(), changes));
            }
            write_trace(command, engine.policy(), changes)
        };
        let request = request
            .allow(allow)
            .disruption(args.allowed.disruption.limit())
            .comment(args.comment.clone())
            .confirm_within(args.confirm_within)
            .save(args.save.clone())
            .cascade(command.cascades)
            .on_planned(&trace);
        let stores = args.stores.open()?;
        let mut session = open(args, command.name, &engine, stores)?;
        if command.dry_run {
            let tried = session.dry_run(&request)?;
            Ok(show::dry_run(
                command,
                engine.policy(),
                &tried,
                &cascaded.borrow(),
            )?)
        } else {
            let mut progress = TerminalProgress::new(engine.policy(), args.verbose);
            let report = session.apply(&request, &mut progress)?;
            Ok(show::applied(command, &report, &cascaded.borrow())?)
        }
    });
    let ended = made.map_err(|error| {
        if let ApplyError::Rejected(rejection) = &error {
            found.clone_from(&rejection.review.files);
            operations.clone_from(&rejection.cascade);
        }
        Failure::from_apply(error, &wording)
    });
    if let Err(failure) = &ended {
        show_rejection(command, failure, found, &operations)?;
    }
    if args.full_reason {
        return ended.map_err(Failure::with_full_reason);
    }
    ended
}

/// A session of a command on stores.
///
/// # Errors
/// [`Failure::Environment`]: signals cannot be caught.
fn open(args: &ApplyArgs, command: &str, engine: &Engine, stores: StoreSet) -> Result<Session, Failure> {
    let mut options = args.around.apply_to(args.stores.options(command));
    options.step_delay = args.step_delay;
    options.interrupt = interrupt()?;
    Ok(engine.open(stores, options))
}

/// Prints for programs, on standard output, why a change was not made.
fn show_rejection(
    command: &ChangeCommand,
    failure: &Failure,
    found: Vec<FileReport>,
    cascade: &[PatchOperation],
) -> Result<(), Failure> {
    let form = command.args.report;
    let found = match failure {
        Failure::Refused(reason) => findings::of_refusal(&command.source, reason, found),
        // The change is not at fault.
        _ => found,
    };
    let document = || refused_json(failure, &findings::diagnostics(&found), cascade);
    match (form, failure) {
        (ReportForm::Full, _) => Ok(()),
        (ReportForm::Json, _) => print(&document()),
        (ReportForm::JsonLines, _) => print(&one_line(&document())),
        (form, Failure::Refused(_)) => {
            findings::show(form, command.name, command.args.repeated.repeated(), &found)
        }
        _ => Ok(()),
    }
}

/// Names operations that do nothing: a misspelt table must not pass unnoticed.
pub fn warn_of_idle_operations(policy: &Policy, changes: &[PlannedChange]) {
    for change in changes {
        for idle in change.candidate.idle_operations(policy) {
            let warning = printable(&format!("warning: {idle}"));
            say(&(warning + "\n"));
        }
    }
}

/// Writes the plans to the file of `--path-trace`: one JSON document; for several scopes an object with the plan of each.
fn write_trace(
    command: &ChangeCommand,
    policy: &Policy,
    changes: &[PlannedChange],
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let Some(path) = &command.path_trace else {
        return Ok(());
    };
    let plans = changes.iter().map(|change| {
        let running = change.candidate.running();
        (
            change.candidate.scope(),
            plan_json(policy, &change.plan, running, &[], None),
        )
    });
    let text = outcome_json::by_scope(plans.collect());
    crate::store::write_whole(path, &text).map_err(|error| {
        let reason = plain_reason(&error);
        let failure = Failure::Environment(format!("cannot write {}: {reason}", path.display()));
        failure.into()
    })
}

/// Reads the text of a change. One that is not UTF-8 is rejected.
///
/// # Errors
/// [`Failure`].
pub fn read_change(path: &Path, wording: &Wording) -> Result<Source, Failure> {
    Source::read(path).map_err(|error| unreadable(error, |reason| wording.refuse(reason)))
}

/// A text as the document of a change.
///
/// # Errors
/// [`ApplyError::Rejected`]: it is not JSON.
pub fn parse_change(source: Source, engine: &Engine) -> Result<Document, ApplyError> {
    read_document(source, engine.policy()).map_err(|(_, error)| Rejection::from(error).into())
}

/// Becomes true when the user interrupts the process, or its terminal is closed.
///
/// # Errors
/// [`Failure::Environment`]: signals cannot be caught.
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
