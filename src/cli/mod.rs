//! The command: one file for each subcommand.

mod apply;
mod around;
mod causes;
mod change;
mod checkpoint;
mod complete;
mod confirm;
mod diff;
mod explain;
mod findings;
mod flags;
mod help;
mod history;
mod man;
mod minigraph;
mod options;
mod outcome;
mod output;
mod places;
mod plan;
mod progress;
mod reading;
mod refuse;
mod render;
mod review;
mod schema;
mod scoped;
mod settings;
mod stores;
mod target;
mod task;
mod validate;
mod watch;
mod without_model;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};

use crate::memory;

use output::{print, say};

pub use outcome::{Failure, Outcome};

/// YANG-validated schema and patch engine for SONiC's config_db.
#[derive(Debug, Parser)]
#[command(
    name = "sonicfg",
    version,
    max_term_width = 100,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    after_help = "Examples:\n  sonicfg validate /etc/sonic/config_db.json\n  \
    sonicfg apply-patch change.json --config config_db.json --dry-run\n  \
    sonicfg plan --patch change.json --current config_db.json\n  \
    sonicfg schema show SYSTEM_DEFAULTS"
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check configs, patches or configlets against the models.
    Validate(validate::Args),
    /// Apply a JSON patch to a config: it lands whole, or not at all.
    ApplyPatch(Box<apply::apply_patch::Args>),
    /// Make a config what another one is: whole, or not at all.
    Replace(Box<apply::replace::Args>),
    /// Set the fields that configlets name, or take them out: all, or none.
    Configlet(Box<apply::configlet::Args>),
    /// Go back to a checkpoint, or to before a change of the history.
    Rollback(Box<apply::rollback::Args>),
    /// Save the config under a name.
    Checkpoint(checkpoint::SaveArgs),
    /// Remove a checkpoint.
    DeleteCheckpoint(checkpoint::DeleteArgs),
    /// List the checkpoints.
    ListCheckpoints(checkpoint::ListArgs),
    /// Show what was changed, by whom, and what came of it.
    History(history::Args),
    /// Keep the change that waits for confirmation.
    Confirm(confirm::ConfirmArgs),
    /// Finish what was left unfinished, and take back what was not confirmed in time.
    Recover(confirm::RecoverArgs),
    /// Show the steps in which a change would be made, and change nothing.
    Plan(plan::Args),
    /// Show the smallest change that makes one config of another.
    Diff(diff::Args),
    /// Show the tables that the models define.
    #[command(
        subcommand,
        after_help = "Examples:\n  sonicfg schema list --yang-dir /usr/local/yang-models\n  \
        sonicfg schema show SYSTEM_DEFAULTS"
    )]
    Schema(schema::Command),
    /// Tell what the models say of a place in a config.
    Explain(explain::Args),
    /// Show the flags of SYSTEM_DEFAULTS, and set them.
    #[command(
        subcommand,
        after_help = "Examples:\n  sonicfg flags list --config config_db.json\n  \
        sonicfg flags show buffer_model\n  sonicfg flags set swss_zmq enabled --store sonic: --save"
    )]
    Flags(flags::Command),
    /// Move what retired fields say to the flags that have replaced them, or back.
    Migrate(Box<apply::migrate::Args>),
    /// Build the config that a switch starts with from its layers.
    Load(Box<apply::load::Args>),
    /// Render a template of a service with the tables of a config.
    Render(render::Args),
    /// Show the flags that a minigraph declares.
    Minigraph(minigraph::Args),
    /// Print the script by which a shell completes names
    Completions(complete::Args),
    /// Print a manual page, or write those of all commands
    Man(man::Args),
    /// Print the help of a command, or what the kinds of rules ask for.
    Help(help::Args),
}

impl Cli {
    /// Reads the arguments of the process. `None`: they asked for help or the version, which is told; or a shell asked
    /// what completes a word, which is answered.
    ///
    /// # Errors
    /// [`Failure::Environment`] for arguments that do not do; how they are used is told already.
    pub fn from_args() -> Result<Option<Self>, Failure> {
        memory::for_one_thing();
        if complete::answered() {
            return Ok(None);
        }
        let error = match Self::try_parse() {
            Ok(cli) => return Ok(Some(cli)),
            Err(error) => error,
        };
        let told = error.to_string();
        match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => print(&told).map(|()| None),
            ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
                say(&format!("{told}\n"));
                let reason = "no command is given; the commands are listed above";
                Err(Failure::Environment(reason.to_owned()))
            }
            _ => {
                // The first paragraph is the reason, which comes last here; tips and usage follow.
                let (reason, rest) = told.split_once("\n\n").unwrap_or((&told, ""));
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
