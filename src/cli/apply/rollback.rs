//! `sonicfg rollback`: back to a checkpoint, or to before a change of the history.

use super::{ApplyArgs, ChangeCommand, KeepArgs, TryArgs};
use crate::cli::complete;
use crate::cli::help_text::{CHANGES, HelpEnd};
use crate::cli::refuse::Wording;
use crate::cli::{Failure, Outcome};
use crate::engine::ChangeRequest;
use crate::schema::Retired;

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
    keep: KeepArgs,

    #[command(flatten)]
    apply: ApplyArgs,
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    let source = match (&args.name, &args.to) {
        (Some(name), _) => format!("checkpoint {name}"),
        (None, to) => format!("undo to {}", to.as_deref().unwrap_or_default()),
    };
    let checkpoints = args.apply.stores.open()?.checkpoints();
    let command = ChangeCommand {
        args: &args.apply,
        dry_run: args.attempt.dry_run,
        path_trace: args.attempt.path_trace.clone(),
        name: "rollback",
        wording: Wording::CHANGE,
        source,
        done: "Config rolled back successfully.",
        // The config had these fields before.
        cascades: false,
        retired: Some(args.apply.models.retired_or(Retired::Warn)?),
        summary: None,
    };
    let keep = args.keep.keep.clone();
    super::run(&command, |_| {
        let request = match &args.name {
            Some(name) => ChangeRequest::restore(checkpoints, name),
            None => ChangeRequest::rollback_to(args.to.as_deref().unwrap_or_default()),
        };
        Ok(request.keep(keep))
    })
}
