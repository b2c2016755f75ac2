//! `sonicfg rollback`: back to a checkpoint, or to before a change of the history.

use crate::cli::complete;
use crate::cli::help_text::{CHANGES, HelpEnd};
use crate::cli::task::Wanted;
use crate::cli::task::refused::Wording;
use crate::cli::{Failure, Outcome};
use crate::config::Config;
use crate::schema::Retired;
use crate::transaction::{History, TransactionError};

use super::{ApplyArgs, Inputs, Job, TryArgs, Wants};

#[derive(Debug, clap::Args)]
#[command(
    help_end = (CHANGES, &[
        "sonicfg rollback before-upgrade --store sonic:",
        "sonicfg rollback --to 20261121T143000123-5f2a --config config_db.json --dry-run",
    ])
)]
#[group(id = "where", required = true, multiple = false, args = ["name", "to"])]
pub struct Args {
    /// The checkpoint to restore
    #[arg(value_name = "NAME", add = complete::checkpoints())]
    name: Option<String>,

    /// Undo this change of the history and all later ones
    ///
    /// The first characters of its name are enough. Changes that others made since are kept; if they changed the same
    /// places, nothing is done.
    #[arg(long, value_name = "ID", add = complete::changes())]
    to: Option<String>,

    #[command(flatten)]
    attempt: TryArgs,

    #[command(flatten)]
    apply: ApplyArgs,
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    let checkpoints = args.apply.stores.checkpoints(&args.apply.stores.open()?);
    let to_checkpoint = |name: &str, inputs: &Inputs| {
        let loaded = checkpoints.load(name, inputs.scopes);
        let configs = loaded.map_err(|error| Wording::CHANGE.refuse(&error))?;
        Ok(configs.into_iter().map(Wanted::Whole).collect::<Vec<_>>().into())
    };
    let (source, name) = match (&args.name, &args.to) {
        (Some(name), _) => (format!("checkpoint {name}"), Some(name)),
        (None, to) => (format!("undo to {}", to.as_deref().unwrap_or_default()), None),
    };
    super::run(&Job {
        args: &args.apply,
        dry_run: args.attempt.dry_run,
        path_trace: args.attempt.path_trace.clone(),
        command: "rollback",
        wording: Wording::CHANGE,
        source,
        done: "Config rolled back successfully.",
        parallel: false,
        // What is taken back was there before.
        retired: Some(args.apply.models.retired_or(Retired::Warn)?),
        account: None,
        wanted: &|inputs| match name {
            Some(name) => to_checkpoint(name, inputs),
            None => before(args.to.as_deref().unwrap_or_default(), inputs),
        },
    })
}

/// The configs as they would be without a change of the history and all that came after it.
fn before(id: &str, inputs: &Inputs) -> Result<Wants, Failure> {
    let failed = |error| Failure::from_transaction(error, inputs.policy);
    let changes = History::new(inputs.home.clone()).since(id).map_err(failed)?;
    let mut conflicts = Vec::new();
    let mut parts = Vec::new();
    for (config, store) in inputs.configs.iter().zip(inputs.stores) {
        let undone = changes.undo(store, &config.to_value());
        conflicts.extend(undone.conflicts);
        let whole = Config::from_value("the config without the change", &undone.target);
        parts.push(Wanted::Whole(whole));
    }
    if !conflicts.is_empty() {
        return Err(failed(TransactionError::Conflicts(conflicts)));
    }
    Ok(Wants {
        parts,
        undoes: changes.ids,
    })
}
