//! `sonicfg checkpoint`, `delete-checkpoint`, `list-checkpoints`: named, saved configs.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::config::Config;
use crate::patch::Scope;
use crate::transaction::CheckpointError;

use super::complete;
use super::help_text::{HelpEnd, READS, USAGE};
use super::options::policy;
use super::output::{print, say};
use super::stores::StoreArgs;
use super::{Failure, Outcome};

#[derive(Debug, clap::Args)]
#[command(
    help_end = (&[(0, "saved"), (1, "the name is invalid, or taken"), USAGE], &[
        "sonicfg checkpoint before-upgrade --store sonic:",
        "sonicfg checkpoint 2026-11-21 --config config_db.json",
    ])
)]
pub struct SaveArgs {
    /// The name: letters, digits, dots, hyphens and underscores
    name: String,

    /// Replace a checkpoint of the same name
    #[arg(long)]
    overwrite: bool,

    /// Report where it is saved
    #[arg(short, long)]
    verbose: bool,

    #[command(flatten)]
    stores: StoreArgs,
}

#[derive(Debug, clap::Args)]
#[command(
    help_end = (&[(0, "deleted"), (1, "there is no checkpoint of that name"), USAGE], &[
        "sonicfg delete-checkpoint before-upgrade --store sonic:",
    ])
)]
pub struct DeleteArgs {
    /// The name
    #[arg(add = complete::checkpoints())]
    name: String,

    /// Report which file is deleted
    #[arg(short, long)]
    verbose: bool,

    #[command(flatten)]
    stores: StoreArgs,
}

#[derive(Debug, clap::Args)]
#[command(help_end = (READS, &["sonicfg list-checkpoints --time --store sonic:"]))]
pub struct ListArgs {
    /// Also show the time of each checkpoint, newest first
    #[arg(short, long)]
    time: bool,

    /// Report where they are
    #[arg(short, long)]
    verbose: bool,

    #[command(flatten)]
    stores: StoreArgs,
}

pub fn save(args: &SaveArgs) -> Result<Outcome, Failure> {
    let mut stores = args.stores.open()?;
    stores.mask_with(&policy(None)?);
    let configs = stores.read()?;
    let configs = stores
        .scopes()
        .into_iter()
        .zip(configs.iter().map(Config::to_value));
    let configs: Vec<(Scope, Value)> = configs.collect();
    let path = stores.checkpoints().save(&args.name, &configs, args.overwrite)?;
    if args.verbose {
        say(&format!("saved as {}\n", path.display()));
    }
    print("Checkpoint created successfully.\n")?;
    Ok(Outcome::Clean)
}

pub fn delete(args: &DeleteArgs) -> Result<Outcome, Failure> {
    let path = args.stores.open()?.checkpoints().delete(&args.name)?;
    if args.verbose {
        say(&format!("removed {}\n", path.display()));
    }
    print("Checkpoint deleted successfully.\n")?;
    Ok(Outcome::Clean)
}

pub fn list(args: &ListArgs) -> Result<Outcome, Failure> {
    let checkpoints = args.stores.open()?.checkpoints();
    let mut found = checkpoints.list()?;
    if args.time {
        found.sort_by_key(|(_, time)| std::cmp::Reverse(*time));
    }
    let listed: Vec<Value> = found
        .into_iter()
        .map(|(name, time)| {
            if !args.time {
                return Value::String(name);
            }
            let time = Timestamp::try_from(time).unwrap_or_default().as_second();
            let time = Timestamp::from_second(time).unwrap_or_default();
            json!({"name": name, "time": time.to_string()})
        })
        .collect();
    if args.verbose {
        say(&format!("in {}\n", checkpoints.folder().display()));
    }
    print(&format!("{:#}\n", Value::Array(listed)))?;
    Ok(Outcome::Clean)
}

impl From<CheckpointError> for Failure {
    fn from(error: CheckpointError) -> Self {
        match error {
            CheckpointError::Exists { .. } => Failure::refused(format!(
                "{error}; --overwrite replaces it, delete-checkpoint deletes it"
            )),
            CheckpointError::Name { .. }
            | CheckpointError::Missing { .. }
            | CheckpointError::Unfit { .. } => Failure::refused(error.to_string()),
            CheckpointError::Config(error) => error.into(),
            error @ CheckpointError::Files { .. } => Failure::Environment(error.to_string()),
        }
    }
}
