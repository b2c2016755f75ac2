//! `sonicfg minigraph`: the flags that a minigraph declares.

use std::path::PathBuf;

use crate::config::{Source, to_text};
use crate::report::{counted, printable};
use crate::system_defaults::{MinigraphError, Registry, minigraph};

use super::help_text::{HelpEnd, USAGE};
use super::options::ModelArgs;
use super::output::{print, say};
use super::{Failure, Outcome};

#[derive(Debug, clap::Args)]
#[command(
    help_end = (&[(0, "done, also if it declares no flag"), (1, "a declaration is invalid"), USAGE], &[
        "sonicfg minigraph /etc/sonic/minigraph.xml",
    ])
)]
pub struct Args {
    /// The minigraph; `-` is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,

    #[command(flatten)]
    models: ModelArgs,
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    let source = Source::read(&args.file)?;
    args.models.look_around()?;
    let registry = Registry::of(&args.models.schema()?)?;
    let declared = minigraph(&registry, &source).map_err(|errors| refuse(&errors))?;
    print(&to_text(&declared.to_config(), None))?;
    Ok(Outcome::Clean)
}

/// Reports the errors of a minigraph; the failure holds the first, and how many more there are.
pub fn refuse(errors: &[MinigraphError]) -> Failure {
    let Some((first, more)) = errors.split_first() else {
        return Failure::refused("the minigraph is refused".to_owned());
    };
    for error in errors.iter().filter(|_| !more.is_empty()) {
        say(&format!("{}\n", printable(&error.to_string())));
    }
    Failure::refused(match more.len() {
        0 => first.to_string(),
        count => format!("{first}; and {}", counted(count, "more error")),
    })
}
