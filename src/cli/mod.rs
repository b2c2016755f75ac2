//! The command: one file for each subcommand.

mod allow;
mod apply;
mod around;
mod cascade;
mod checkpoint;
mod complete;
mod confirm;
mod defaults;
mod dialect;
mod diff;
mod explain;
mod findings;
mod flag_name;
mod flags;
mod help;
mod help_text;
mod history;
mod man;
mod minigraph;
mod old_spellings;
mod options;
mod outcome;
mod output;
mod plan;
mod progress;
mod reading;
mod refuse;
mod render;
mod retired;
mod schema;
mod scoped;
mod settings;
mod stores;
mod target;
mod validate;
mod watch;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};

use crate::memory;

use help_text::{APPLIED_BUT, CONFLICT, HelpEnd, INTERRUPTED, READS, UNKNOWN, USAGE};
use output::{print, say};

pub use outcome::{Failure, Outcome};

/// Check, plan and apply changes of SONiC's config_db with its YANG models.
#[derive(Debug, Parser)]
#[command(
    name = "sonicfg",
    version,
    max_term_width = 100,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    help_template = "{about}\n\n{usage-heading} {usage}\n\n{before-help}Options:\n{options}{after-help}",
    when_built = help_text::with_groups,
    help_end = (PROGRAM_CODES, &[
        "sonicfg validate /etc/sonic/config_db.json",
        "sonicfg apply-patch change.json --config config_db.json --dry-run",
        "sonicfg plan --patch change.json --current config_db.json",
        "sonicfg schema show SYSTEM_DEFAULTS",
    ]),
    // One example, so that the list of commands fits a screen.
    after_help = "Examples:\n  sonicfg apply-patch change.json --config config_db.json --dry-run"
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// The exit codes of all commands together.
const PROGRAM_CODES: &[(u8, &str)] = &[
    (0, "done; no findings, or warnings only"),
    (
        1,
        "errors were found, or a change was rejected; nothing was changed",
    ),
    USAGE,
    CONFLICT,
    APPLIED_BUT,
    UNKNOWN,
    INTERRUPTED,
];

#[derive(Debug, Subcommand)]
#[command(defer = true)]
enum Command {
    /// Check configs, patches or configlets against the models.
    ///
    /// On a switch, without FILE, the running config is checked.
    Validate(validate::Args),
    /// Apply a JSON patch to a config, completely or not at all.
    ApplyPatch(Box<apply::apply_patch::Args>),
    /// Replace the whole config, completely or not at all.
    Replace(Box<apply::replace::Args>),
    /// Set or delete the fields that configlets name.
    ///
    /// All configlets are applied as one change, completely or not at all.
    Configlet(Box<apply::configlet::Args>),
    /// Restore a checkpoint, or undo changes of the history.
    Rollback(Box<apply::rollback::Args>),
    /// Save the config as a checkpoint.
    Checkpoint(checkpoint::SaveArgs),
    /// Delete a checkpoint.
    DeleteCheckpoint(checkpoint::DeleteArgs),
    /// List the checkpoints as a JSON array.
    ListCheckpoints(checkpoint::ListArgs),
    /// List past changes: when, by whom, what, and the result.
    History(history::Args),
    /// Confirm the change that waits for it, or cancel the change.
    ///
    /// A change that was applied with --confirm-within is rolled back unless it is confirmed in time.
    Confirm(confirm::ConfirmArgs),
    /// Finish or roll back interrupted and unconfirmed changes.
    ///
    /// It completes the work of a process that was killed, and rolls back a change that was not confirmed in time.
    Recover(confirm::RecoverArgs),
    /// Show the steps of a change without applying it.
    Plan(plan::Args),
    /// Show the difference of two configs as a patch.
    ///
    /// The patch is the smallest one that turns config A into config B.
    Diff(diff::Args),
    /// Show tables, keys, fields and types of the models.
    #[command(
        subcommand,
        help_end = (READS, &[
            "sonicfg schema list --yang-dir /usr/local/yang-models",
            "sonicfg schema show SYSTEM_DEFAULTS",
        ])
    )]
    Schema(schema::Command),
    /// Explain a table, an entry or a field of a config.
    Explain(explain::Args),
    /// Show and set the flags of SYSTEM_DEFAULTS.
    #[command(
        subcommand,
        help_end = (flags::CODES, &[
            "sonicfg flags list --config config_db.json",
            "sonicfg flags show buffer_model",
            "sonicfg flags set swss_zmq enabled --store sonic: --save",
        ])
    )]
    Flags(flags::Command),
    /// Move retired fields to the flags that replace them, or back.
    Migrate(Box<apply::migrate::Args>),
    /// Build the config that a switch starts with from its layers.
    ///
    /// Without a store, or with --output, the config is written out and no store is changed.
    Load(Box<apply::load::Args>),
    /// Render a service template with the tables of a config.
    Render(render::Args),
    /// Show the flags that a minigraph declares.
    Minigraph(minigraph::Args),
    /// Print the script by which a shell completes names.
    ///
    /// The names of tables, entries, fields, flags and checkpoints are looked up when you press Tab: in the models, and
    /// in the config or store that the command line or SONICFG_STORE names.
    Completions(complete::Args),
    /// Print a manual page, or write the pages of all commands.
    Man(man::Args),
    /// Print the help of a command, or explain the rules of findings.
    Help(help::Args),
}

impl Cli {
    /// Reads the arguments of the process. `None` if they asked for help, for the version, or for the completion of a
    /// word, which is printed.
    ///
    /// # Errors
    /// [`Failure::Environment`] for invalid arguments; their usage is printed before.
    pub fn from_args() -> Result<Option<Self>, Failure> {
        memory::tune_for_short_process();
        if complete::answered() {
            return Ok(None);
        }
        let error = match Self::try_parse_from(old_spellings::replaced(std::env::args_os())) {
            Ok(cli) => return Ok(Some(cli)),
            Err(error) => error,
        };
        let text = error.to_string();
        match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => print(&text).map(|()| None),
            ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
                say(&format!("{text}\n"));
                let reason = "no command is given; the commands are listed above";
                Err(Failure::Environment(reason.to_owned()))
            }
            _ => {
                // The first paragraph is the reason, which is printed last; tips and usage are printed first.
                let (reason, rest) = text.split_once("\n\n").unwrap_or((&text, ""));
                say(&format!("{}\n", rest.trim_end()));
                let reason = reason.trim_start_matches("error: ");
                Err(Failure::Environment(reason.to_owned()))
            }
        }
    }

    /// Carries out the command.
    ///
    /// # Errors
    /// [`Failure`]: what was wrong with the usage or the environment, or why a change was refused.
    pub fn run(self) -> Result<Outcome, Failure> {
        match self.command {
            Command::Validate(args) => validate::run(&args),
            Command::ApplyPatch(args) => apply::apply_patch::run(&args),
            Command::Replace(args) => apply::replace::run(&args),
            Command::Configlet(args) => apply::configlet::run(&args),
            Command::Rollback(args) => apply::rollback::run(&args),
            Command::Checkpoint(args) => checkpoint::save(&args),
            Command::DeleteCheckpoint(args) => checkpoint::delete(&args),
            Command::ListCheckpoints(args) => checkpoint::list(&args),
            Command::History(args) => history::run(&args),
            Command::Confirm(args) => confirm::confirm(&args),
            Command::Recover(args) => confirm::recover(&args),
            Command::Plan(args) => plan::run(&args),
            Command::Diff(args) => diff::run(&args),
            Command::Schema(command) => schema::run(&command),
            Command::Explain(args) => explain::run(&args),
            Command::Flags(command) => flags::run(&command),
            Command::Migrate(args) => apply::migrate::run(&args),
            Command::Load(args) => apply::load::run(&args),
            Command::Render(args) => render::run(&args),
            Command::Minigraph(args) => minigraph::run(&args),
            Command::Completions(args) => complete::run(&args),
            Command::Man(args) => man::run(&args),
            Command::Help(args) => help::run(&args),
        }
    }
}
