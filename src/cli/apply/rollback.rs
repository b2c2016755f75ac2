//! `sonicfg rollback`: back to a checkpoint, or to before a change of the history.

use super::{ApplyArgs, ChangeCommand, TryArgs};
use crate::cli::complete;
use crate::cli::help_text::{CHANGES, HelpEnd};
use crate::cli::refuse::Wording;
use crate::cli::{Failure, Outcome};
use crate::engine::{ChangeRequest, Edit, Rejection};
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
    apply: ApplyArgs,
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    let stores = args.apply.stores.open()?;
    let (source, name) = match (&args.name, &args.to) {
        (Some(name), _) => (format!("checkpoint {name}"), Some(name.clone())),
        (None, to) => (format!("undo to {}", to.as_deref().unwrap_or_default()), None),
    };
    let command = ChangeCommand {
        args: &args.apply,
        dry_run: args.attempt.dry_run,
        path_trace: args.attempt.path_trace.clone(),
        name: "rollback",
        wording: Wording::CHANGE,
        source: source.clone(),
        done: "Config rolled back successfully.",
        // The config had these fields before.
        retired: Some(args.apply.models.retired_or(Retired::Warn)?),
        summary: None,
    };
    super::run(&command, |_| {
        let Some(name) = name else {
            return Ok(ChangeRequest::rollback_to(args.to.as_deref().unwrap_or_default()));
        };
        let checkpoints = stores.checkpoints();
        let request = ChangeRequest::new(move |running| {
            let loaded = checkpoints.load(&name, running.scopes);
            let configs = loaded.map_err(|error| Rejection::other(error.to_string()))?;
            Ok(configs.into_iter().map(Edit::Replace).collect::<Vec<_>>().into())
        });
        Ok(request.source(source))
    })
}
