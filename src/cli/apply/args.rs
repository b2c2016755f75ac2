//! The options of every command that makes a change.

use std::path::PathBuf;
use std::time::Duration;

use crate::cli::Failure;
use crate::cli::allow::AllowArgs;
use crate::cli::around::AroundArgs;
use crate::cli::complete;
use crate::cli::findings;
use crate::cli::options::{ModelArgs, RepeatedArgs, ReportForm};
use crate::cli::output::print;
use crate::cli::stores::{StoreArgs, duration};

use super::ChangeSummary;
use super::outcome_json::{one_line, with_members};

/// The heading of the options for how a change is applied.
const APPLYING: &str = "Applying";

/// The options of every command that makes a change.
#[derive(Debug, clap::Args)]
pub struct ApplyArgs {
    #[command(flatten)]
    pub stores: StoreArgs,

    #[command(flatten)]
    pub(super) allowed: AllowArgs,

    /// Roll back unless "sonicfg confirm" is run within this time: 10m
    #[arg(long, help_heading = APPLYING, value_name = "DURATION", value_parser = duration)]
    pub(super) confirm_within: Option<Duration>,

    /// Also write the new config to FILE, or to /etc/sonic/config_db.json
    ///
    /// The file is replaced completely or not at all. The configs of ASICs are written beside it, to config_db0.json
    /// and so on.
    #[arg(long, help_heading = APPLYING, value_name = "FILE", num_args = 0..=1, default_missing_value = "/etc/sonic/config_db.json")]
    pub(super) save: Option<PathBuf>,

    /// A comment for the history
    #[arg(long, help_heading = APPLYING, value_name = "TEXT")]
    pub(super) comment: Option<String>,

    /// The pause between two steps: 500ms, 2s, 0
    ///
    /// It lets daemons process one step before the next one is written. Default: 1s on Redis. A file is replaced once
    /// for all steps, unless a pause is given.
    #[arg(long, help_heading = APPLYING, value_name = "DURATION", value_parser = duration, hide_short_help = true)]
    pub(super) step_delay: Option<Duration>,

    #[command(flatten)]
    pub(super) around: AroundArgs,

    /// Report what each step does; with --dry-run, show the plan
    #[arg(short, long, help_heading = "Output")]
    pub(super) verbose: bool,

    /// The output format
    ///
    /// The formats junit, github, gitlab and sarif hold the errors of the change and nothing else.
    #[arg(long, value_enum, default_value_t = ReportForm::Full, help_heading = "Output")]
    pub(super) report: ReportForm,

    /// End with every reason of a rejection on the line `Error: …`, for programs
    ///
    /// Without it that line counts the errors, which are shown above it.
    #[arg(long, help_heading = "Output", hide_short_help = true)]
    pub(super) full_reason: bool,

    #[command(flatten)]
    pub(super) repeated: RepeatedArgs,

    #[command(flatten)]
    pub(super) models: ModelArgs,
}

impl ApplyArgs {
    /// Prints the summary of a command that has no outcome of a change.
    ///
    /// # Errors
    /// [`Failure::Environment`] where standard output cannot be written.
    pub(super) fn print_summary(
        &self,
        command: &'static str,
        summary: &ChangeSummary,
    ) -> Result<(), Failure> {
        let document = || with_members("{}\n".to_owned(), &summary.members);
        match self.report {
            ReportForm::Full | ReportForm::Concise => print(&summary.text),
            ReportForm::Json => print(&document()),
            ReportForm::JsonLines => print(&one_line(&document())),
            form => findings::show(form, command, self.repeated.repeated(), &summary.files),
        }
    }
}

/// The tables that another config leaves as they are.
#[derive(Debug, Clone, clap::Args)]
pub struct KeepArgs {
    /// Leave a table as it is; may be repeated
    ///
    /// It is neither removed nor replaced: for tables that daemons write, e.g. BUFFER_PG.
    #[arg(long, value_name = "TABLE", help_heading = "Checks and limits", add = complete::tables())]
    pub keep: Vec<String>,
}

/// Trying a change, with the short options of SONiC's own commands.
#[derive(Debug, Clone, clap::Args)]
pub struct TryArgs {
    /// Show what would change, and change nothing
    #[arg(short, long)]
    pub dry_run: bool,

    /// Write the plan with all operations and reasons to a JSON file
    #[arg(short = 't', long, value_name = "FILE", hide_short_help = true)]
    pub path_trace: Option<PathBuf>,
}
