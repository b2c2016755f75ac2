//! The options of every command that makes a change.

use std::path::PathBuf;
use std::time::Duration;

use crate::cli::Failure;
use crate::cli::around::AroundArgs;
use crate::cli::findings;
use crate::cli::options::{ModelArgs, ReportForm};
use crate::cli::output::print;
use crate::cli::stores::{StoreArgs, duration};
use crate::cli::task::Allowed;

use super::Account;
use super::told::{one_line, with_members};

/// How a change is carried out, for every command that makes one.
#[derive(Debug, clap::Args)]
pub struct ApplyArgs {
    #[command(flatten)]
    pub stores: StoreArgs,

    /// Say what each step does, also where messages do not go to a terminal; with --dry-run show the plan
    #[arg(short, long)]
    pub(super) verbose: bool,

    #[command(flatten)]
    pub(super) allowed: Allowed,

    /// The pause between two steps, so that daemons consume one before the next: 500ms, 2s, 0. On Redis it is 1s
    /// where nothing is said; a file is replaced once, for all steps, unless a pause is given
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(super) settle: Option<Duration>,

    /// What the history says of the change
    #[arg(long, value_name = "TEXT")]
    pub(super) comment: Option<String>,

    /// Take the change back by itself, unless "sonicfg confirm" comes within this time: 10m
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(super) confirm_within: Option<Duration>,

    /// Write the new config to a file as well, whole or not at all; without a name to /etc/sonic/config_db.json.
    /// Those of ASICs go beside it, to config_db0.json and so on
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "/etc/sonic/config_db.json")]
    pub(super) save: Option<PathBuf>,

    /// In what form the outcome is told, and what is found. junit, github, gitlab and sarif hold what is wrong with
    /// the change, and nothing else
    #[arg(long, value_enum, default_value_t = ReportForm::Full)]
    pub(super) report: ReportForm,

    #[command(flatten)]
    pub(super) around: AroundArgs,

    #[command(flatten)]
    pub(super) models: ModelArgs,
}

impl ApplyArgs {
    /// Tells what a command says itself, where nothing else is told.
    ///
    /// # Errors
    /// [`Failure::Environment`] where standard output cannot be written.
    pub(super) fn tell_account(&self, command: &'static str, account: &Account) -> Result<(), Failure> {
        match self.report {
            ReportForm::Full | ReportForm::Concise => print(&account.text),
            ReportForm::Json => print(&with_members("{}".to_owned(), Some(account))),
            ReportForm::JsonLines => print(&one_line(&with_members("{}".to_owned(), Some(account)))),
            form => findings::show(form, command, &account.files),
        }
    }
}

/// Trying a change out, under the letters that SONiC's own commands have.
#[derive(Debug, Clone, clap::Args)]
pub struct TryArgs {
    /// Show what would change, and change nothing
    #[arg(short, long)]
    pub dry_run: bool,

    /// Write the plan with all operations and reasons to a file, as JSON
    #[arg(short = 't', long, value_name = "FILE")]
    pub path_trace: Option<PathBuf>,
}
