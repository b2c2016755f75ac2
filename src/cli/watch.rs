//! `sonicfg flags watch`: flags as they change.

use std::io::{ErrorKind, Write};
use std::process::{Command, ExitStatus, Stdio};

use crate::config::plain_reason;
use crate::report::printable;
use crate::store::{FileWatch, RedisWatch, Watch};
use crate::system_defaults::{Flag, FlagChange, FlagEvent, Followed, Registry};

use super::apply::interrupt;
use super::complete;
use super::flag_name::named;
use super::help_text::{HelpEnd, USAGE};
use super::options::ModelArgs;
use super::output::say;
use super::reading::{Place, ReadArgs};
use super::{Failure, Outcome};

#[derive(Debug, clap::Args)]
#[command(
    help_end = (&[(0, "ended by a signal, or the reader of the output ended"), USAGE], &[
        "sonicfg flags watch --store sonic:",
        "sonicfg flags watch dhcp_server --store sonic: --exec 'systemctl restart dhcp_relay'",
    ])
)]
pub struct WatchArgs {
    /// The flags to follow [default: all]
    #[arg(value_name = "NAME", add = complete::flags())]
    names: Vec<String>,

    /// Run a command with /bin/sh for each change instead of printing it
    ///
    /// The commands run one after the other, with SONICFG_FLAG, SONICFG_OLD, SONICFG_NEW and SONICFG_TIME in their
    /// environment. A variable whose value would be null is not set.
    #[arg(long, value_name = "CMD")]
    exec: Option<String>,

    /// Switch on keyspace notifications of the Redis server (notify-keyspace-events)
    #[arg(long)]
    configure_notifications: bool,

    #[command(flatten)]
    read: ReadArgs,

    #[command(flatten)]
    models: ModelArgs,
}

pub fn run(args: &WatchArgs) -> Result<Outcome, Failure> {
    let place = args.read.needed()?;
    if args.read.is_stdin() {
        let message = "standard input cannot be followed";
        return Err(Failure::Environment(message.to_owned()));
    }
    let stop = interrupt()?;
    let registry = Registry::of(&args.models.schema()?)?;
    let mut flags: Vec<Flag> = Vec::new();
    for name in &args.names {
        let flag = named(&registry, name)?;
        if !flags.contains(flag) {
            flags.push(flag.clone());
        }
    }
    if flags.is_empty() {
        flags = registry.iter().cloned().collect();
    }
    let entries = Followed::entries(&flags);
    let watch: Box<dyn Watch> = match place {
        Place::File(path) => Box::new(FileWatch::new(&path, entries)),
        Place::Redis(address) => Box::new(RedisWatch::new(address, entries, args.configure_notifications)),
    };
    for event in Followed::new(watch, &flags, stop)? {
        match (event, &args.exec) {
            (FlagEvent::Note(note), _) => say(&format!("warning: {}\n", printable(&note))),
            (FlagEvent::Change(change), Some(command)) => execute(command, &change),
            (FlagEvent::Change(change), None) => {
                if !print_line(&change)? {
                    return Ok(Outcome::Clean);
                }
            }
        }
    }
    Ok(Outcome::Clean)
}

/// Prints a change. Gives whether the reader is still there.
fn print_line(change: &FlagChange) -> Result<bool, Failure> {
    // Strings always serialise.
    let line = serde_json::to_string(change).unwrap_or_default() + "\n";
    let mut out = std::io::stdout().lock();
    match out.write_all(line.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(error) => {
            let reason = plain_reason(&error);
            Err(Failure::Environment(format!(
                "cannot write standard output: {reason}"
            )))
        }
    }
}

/// Runs a command for a change. Values come by its environment alone, so nothing in them is ever run.
fn execute(command: &str, change: &FlagChange) {
    let mut shell = Command::new("/bin/sh");
    shell
        .args(["-c", command])
        .env("SONICFG_FLAG", &change.name)
        .env("SONICFG_TIME", &change.time)
        .stdin(Stdio::null());
    for (name, value) in [("SONICFG_OLD", &change.old), ("SONICFG_NEW", &change.new)] {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    let failed = match shell.status() {
        Ok(status) if status.success() => return,
        Ok(status) => ended(status),
        Err(error) => format!("cannot be run: {}", plain_reason(&error)),
    };
    say(&format!("warning: the command for {} {failed}\n", change.name));
}

fn ended(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("ended with exit code {code}"),
        None => "was killed".to_owned(),
    }
}
