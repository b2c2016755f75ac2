//! The command: one file for each subcommand.

mod apply_patch;
mod change;
mod options;
mod outcome;
mod output;
mod schema;
mod validate;

use clap::{Parser, Subcommand};

pub use outcome::{Failure, Outcome};

/// YANG-validated schema and patch engine for SONiC's config_db.
#[derive(Debug, Parser)]
#[command(
    name = "sonicfg",
    version,
    max_term_width = 100,
    arg_required_else_help = true
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
    ApplyPatch(apply_patch::Args),
    /// Show the tables that the models define.
    #[command(subcommand)]
    Schema(schema::Command),
}

impl Cli {
    /// Carries out the command.
    ///
    /// # Errors
    /// [`Failure`]: what was wrong with the usage or the environment, or why a change was refused.
    pub fn run(self) -> Result<Outcome, Failure> {
        match self.command {
            Command::Validate(args) => validate::run(&args),
            Command::ApplyPatch(args) => apply_patch::run(&args),
            Command::Schema(command) => schema::run(&command),
        }
    }
}
