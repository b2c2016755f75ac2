//! `sonicfg completions`: names that a shell completes, as they are in the models and in the store.
//!
//! The printed script calls the program with `SONICFG_COMPLETE` in its environment for each word that is to be
//! completed. Errors are ignored then: nothing is offered.

mod around;
mod names;

use std::ffi::OsStr;
use std::io::Write;

use clap::{CommandFactory, ValueEnum};
use clap_complete::CompleteEnv;
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use clap_complete::env::{Bash, EnvCompleter, Fish, Shells, Zsh};

use crate::report::printable;

use super::help_text::{HelpEnd, READS};
use super::output::print;
use super::{Cli, Failure, Outcome};

use around::Around;

/// Which shell asks.
const VARIABLE: &str = "SONICFG_COMPLETE";
/// What is called to complete.
const PROGRAM: &str = "sonicfg";
/// How many names are offered at most.
const MOST: usize = 2_000;

#[derive(Debug, clap::Args)]
#[command(
    help_end = (READS, &[
        "sonicfg completions bash > /etc/bash_completion.d/sonicfg",
        "sonicfg completions zsh > ~/.zfunc/_sonicfg",
        "sonicfg completions fish > ~/.config/fish/completions/sonicfg.fish",
    ])
)]
pub struct Args {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

/// A shell that completes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Shell {
    /// bash, 4.4 or newer
    Bash,
    /// zsh
    Zsh,
    /// fish
    Fish,
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    let script = match args.shell {
        Shell::Bash => include_str!("bash.sh").to_owned(),
        Shell::Zsh => {
            // Found in $fpath it is run as the function that completes.
            let call =
                "if [[ \"${funcstack[1]}\" == _sonicfg ]]; then _clap_dynamic_completer_sonicfg \"$@\"; fi\n";
            registration(&Zsh)? + call
        }
        Shell::Fish => registration(&Fish)?,
    };
    print(&script)?;
    Ok(Outcome::Clean)
}

fn registration(shell: &dyn EnvCompleter) -> Result<String, Failure> {
    let mut script = Vec::new();
    let written = shell.write_registration(VARIABLE, PROGRAM, PROGRAM, PROGRAM, &mut script);
    written.map_err(|error| Failure::Environment(format!("cannot write the script: {error}")))?;
    Ok(String::from_utf8_lossy(&script).into_owned())
}

/// Whether a shell asked for the completion of a word, which is answered then.
pub fn answered() -> bool {
    if std::env::var_os(VARIABLE).is_none_or(|shell| shell.is_empty()) {
        return false;
    }
    let folder = std::env::current_dir().ok();
    let env = CompleteEnv::with_factory(Cli::command)
        .var(VARIABLE)
        .shells(Shells(&[&Bash, &Zsh, &Fish]));
    // Nothing is printed for an unknown shell.
    let _ = env.try_complete(std::env::args_os(), folder.as_deref());
    let _ = std::io::stdout().flush();
    true
}

/// Makes a completer of what finds names.
fn completer(find: fn(&Around, &str) -> Vec<(String, String)>) -> ArgValueCompleter {
    ArgValueCompleter::new(move |current: &OsStr| {
        // Some shells give the word as it is written.
        let current = current.to_string_lossy().replace('\\', "");
        let current = current.trim_start_matches(['\'', '"']);
        let around = Around::of_process();
        let found = find(&around, current).into_iter();
        // Names come from files: what steers a terminal is not offered.
        let found = found.filter(|(name, _)| name.starts_with(current) && printable(name) == *name);
        let candidate = |(name, help): (String, String)| {
            let help = Some(printable(&help)).filter(|help| !help.is_empty());
            CompletionCandidate::new(name).help(help.map(Into::into))
        };
        found.take(MOST).map(candidate).collect()
    })
}

/// Completes places: tables, entries, fields.
pub fn places() -> ArgValueCompleter {
    completer(names::places)
}

/// Completes JSON pointers to places.
pub fn pointers() -> ArgValueCompleter {
    completer(|around, current| match current {
        "" => names::places(around, "/"),
        current => names::places(around, current),
    })
}

/// Completes tables.
pub fn tables() -> ArgValueCompleter {
    completer(|around, _| names::tables(around))
}

/// Completes flags.
pub fn flags() -> ArgValueCompleter {
    completer(|around, _| names::flags(around))
}

/// Completes what a flag can be set to.
pub fn statuses() -> ArgValueCompleter {
    completer(|around, _| names::statuses(around))
}

/// Completes checkpoints.
pub fn checkpoints() -> ArgValueCompleter {
    completer(|around, _| names::checkpoints(around))
}

/// Completes changes of the history.
pub fn changes() -> ArgValueCompleter {
    completer(|around, _| names::changes(around))
}

/// Completes what there is help for.
pub fn topics() -> ArgValueCompleter {
    completer(names::topics)
}
