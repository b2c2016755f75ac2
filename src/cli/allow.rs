//! The options for what a change may do beyond the rules.

use crate::engine::{Allow, IgnoredPath};
use crate::plan::Disruption;

use super::{Failure, complete};

/// The options for what a change may do.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Checks and limits")]
pub struct AllowArgs {
    /// Accept errors that the config had before the change
    ///
    /// The change must not add errors.
    #[arg(long)]
    pub allow_existing: bool,

    /// Let the change touch tables that no model covers
    ///
    /// Their entries are written unchecked, first, in a step of their own.
    #[arg(short = 'n', long)]
    pub ignore_non_yang_tables: bool,

    /// A JSON pointer; errors at or below it do not block the change
    ///
    /// Edits there are still applied, and references to it are still checked. May be repeated. With a scope in
    /// front it counts for the config of that scope only.
    #[arg(short, long, value_name = "PTR", add = complete::pointers())]
    pub ignore_path: Vec<String>,

    #[command(flatten)]
    pub disruption: DisruptionArgs,
}

/// The options for how much a change may interrupt at once.
#[derive(Debug, Clone, clap::Args)]
#[group(multiple = false)]
pub struct DisruptionArgs {
    /// Interrupt at most N entries of each table at once
    ///
    /// Entries that depend on these are not counted. 0 is the same as --no-interruptions.
    #[arg(long, value_name = "N", hide_short_help = true)]
    rolling: Option<u32>,

    /// Interrupt any number of entries at once
    #[arg(long, hide_short_help = true)]
    all_at_once: bool,

    /// Reject the change if anything that it does not remove would be interrupted
    ///
    /// Nothing is removed to be added again, and no port is taken down that is up before and after.
    #[arg(long, hide_short_help = true)]
    no_interruptions: bool,
}

impl DisruptionArgs {
    /// The limit; `None` where none is given.
    pub fn limit(&self) -> Option<Disruption> {
        match self.rolling {
            _ if self.all_at_once => Some(Disruption::AllAtOnce),
            _ if self.no_interruptions => Some(Disruption::Rolling(0)),
            Some(limit) => Some(Disruption::Rolling(limit as usize)),
            None => None,
        }
    }
}

impl AllowArgs {
    /// The same for the engine.
    ///
    /// # Errors
    /// [`Failure::Environment`]: `--ignore-path` is not a JSON pointer.
    pub fn allow(&self) -> Result<Allow, Failure> {
        let parse = |text: &String| {
            IgnoredPath::parse(text).ok_or_else(|| {
                let message = format!("--ignore-path {text:?} is no JSON pointer, which begins with \"/\"");
                Failure::Environment(message)
            })
        };
        Ok(Allow {
            existing_errors: self.allow_existing,
            unmodeled_tables: self.ignore_non_yang_tables,
            ignored: self.ignore_path.iter().map(parse).collect::<Result<_, _>>()?,
        })
    }
}
