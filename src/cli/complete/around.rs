//! The command line around the word that is completed.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::mpsc;
use std::time::Duration;

use clap::{ArgMatches, Command, CommandFactory, FromArgMatches};
use serde_json::Value;

use crate::policy::Policy;
use crate::schema::Schema;

use super::super::Cli;
use super::super::options::ModelArgs;
use super::super::reading::{ReadArgs, read_config};
use super::super::stores::StoreArgs;
use crate::engine::StoreSet;

/// How long a store may take to answer.
const PATIENCE: Duration = Duration::from_millis(300);

/// The command and its arguments, as far as they are there.
pub struct Around {
    command: Command,
    matches: ArgMatches,
}

impl Around {
    /// What a shell called this process with.
    pub fn of_process() -> Self {
        let words = std::env::args_os().skip_while(|word| word != "--").skip(1);
        Self::of(words.collect())
    }

    fn of(words: Vec<OsString>) -> Self {
        let mut root = Cli::command().ignore_errors(true);
        let mut matches = root.clone().try_get_matches_from(words).unwrap_or_default();
        root.build();
        let mut command = root;
        while let Some((name, below)) = matches.subcommand() {
            let Some(found) = command.find_subcommand(name) else {
                break;
            };
            (command, matches) = (found.clone(), below.clone());
        }
        Around { command, matches }
    }

    fn has(&self, argument: &str) -> bool {
        self.command
            .get_arguments()
            .any(|known| known.get_id() == argument)
    }

    /// The values of an argument of strings.
    pub fn values(&self, argument: &str) -> Vec<String> {
        let values = self.matches.try_get_many::<String>(argument);
        values.ok().flatten().into_iter().flatten().cloned().collect()
    }

    /// The arguments that a command shares with others, if it has one of this name.
    fn shared<A: FromArgMatches>(&self, argument: &str) -> Option<A> {
        let matches = self.has(argument).then_some(&self.matches)?;
        A::from_arg_matches(matches).ok()
    }

    /// The models; the built-in ones, where the command does not say which.
    pub fn schema(&self) -> Option<Schema> {
        match self.shared::<ModelArgs>("yang_dirs") {
            Some(models) => {
                models.look_around().ok()?;
                models.schema().ok()
            }
            None => Schema::load(&crate::schema::Sources::shipped(), None)
                .ok()
                .map(|loaded| loaded.schema),
        }
    }

    /// The policy.
    pub fn policy(&self) -> Policy {
        let models = self.shared::<ModelArgs>("yang_dirs");
        let policy = models.and_then(|models| models.policy_silently().ok());
        policy.unwrap_or_else(Policy::shipped)
    }

    /// The stores that the command works on.
    pub fn stores(&self) -> Option<(StoreArgs, Option<StoreSet>)> {
        let args: StoreArgs = self.shared("checkpoint_dir")?;
        let stores = args.open().ok();
        Some((args, stores))
    }

    /// The config that the command reads or changes; `None` where it is not to be had at once.
    pub fn config(&self) -> Option<Value> {
        let policy = self.policy();
        let (sender, receiver) = mpsc::channel();
        let (stores, read): (Option<StoreArgs>, Option<ReadArgs>) = match self.has("checkpoint_dir") {
            true => (self.shared("checkpoint_dir"), None),
            false => (None, self.shared("db_config")),
        };
        let current: Option<PathBuf> = match self.matches.try_get_one::<PathBuf>("current") {
            Ok(current) => current.cloned(),
            Err(_) => None,
        };
        // An unreachable store is not waited for; the process ends all the same.
        std::thread::spawn(move || {
            let config = match (stores, read, current) {
                (Some(args), ..) => args
                    .open()
                    .ok()
                    .and_then(|mut stores| Some(stores.read().ok()?.first()?.to_value())),
                (_, Some(args), _) if !args.is_stdin() => args
                    .place()
                    .ok()
                    .flatten()
                    .and_then(|place| place.read(&policy).ok()),
                (_, _, Some(path)) => read_config(&path, &policy).ok(),
                _ => None,
            };
            let _ = sender.send(config);
        });
        receiver.recv_timeout(PATIENCE).ok().flatten()
    }
}
