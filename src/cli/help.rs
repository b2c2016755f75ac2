//! `sonicfg help`: the help of commands and the rules of findings.

use clap::CommandFactory;

use crate::config::nearest;
use crate::report::{rule_named, rule_page, rules_page};

use super::complete;
use super::help_text::{HelpEnd, READS};
use super::output::print;
use super::{Cli, Failure, Outcome};

/// The topic of the rules.
const RULES: &str = "rules";

#[derive(Debug, clap::Args)]
#[command(
    help_end = (READS, &[
        "sonicfg help apply-patch",
        "sonicfg help rules must",
        "sonicfg help flags set",
        "sonicfg help rules",
    ])
)]
pub struct Args {
    /// A command; `rules` for all rules of findings; `rules NAME` for one rule
    #[arg(value_name = "TOPIC", add = complete::topics())]
    words: Vec<String>,
}

/// The help of commands below one.
#[derive(Debug, clap::Args)]
pub struct BelowArgs {
    /// A command
    #[arg(value_name = "COMMAND")]
    words: Vec<String>,
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    match &args.words[..] {
        [topic] if topic == RULES => print(&rules_page())?,
        [topic, name] if topic == RULES => print(&rule(name)?)?,
        [topic, _, more, ..] if topic == RULES => {
            let reason = format!("help rules explains one rule at a time; {more:?} is one too many");
            return Err(Failure::Environment(reason));
        }
        words => print(&command(&[], words)?)?,
    }
    Ok(Outcome::Clean)
}

/// The help of a command below the one that these words lead to.
pub fn below(path: &[&str], args: &BelowArgs) -> Result<Outcome, Failure> {
    print(&command(path, &args.words)?)?;
    Ok(Outcome::Clean)
}

fn rule(name: &str) -> Result<String, Failure> {
    rule_named(name).map(rule_page).map_err(|near| {
        let near = near.map(|near| format!("did you mean {near}?"));
        let near = near.unwrap_or_else(|| "sonicfg help rules lists all".to_owned());
        Failure::Environment(format!("there is no rule {name:?}; {near}"))
    })
}

/// What `--help` of a command says.
fn command(path: &[&str], words: &[String]) -> Result<String, Failure> {
    let mut root = Cli::command();
    root.build();
    let path: Vec<&str> = path
        .iter()
        .copied()
        .chain(words.iter().map(String::as_str))
        .collect();
    let mut command = &root;
    for word in &path {
        command = command
            .find_subcommand(word)
            .ok_or_else(|| unknown(command, word))?;
    }
    let asked = [root.get_name()].into_iter().chain(path).chain(["--help"]);
    match Cli::command().try_get_matches_from(asked) {
        Err(help) => Ok(help.to_string()),
        // `--help` ends the reading of arguments.
        Ok(_) => Ok(String::new()),
    }
}

fn unknown(command: &clap::Command, word: &str) -> Failure {
    let usage = command.get_bin_name().unwrap_or_default();
    let names = command.get_subcommands().map(clap::Command::get_name);
    let instead = match nearest(word, names) {
        Some(near) => format!("did you mean {near:?}?"),
        None if command.has_subcommands() => format!("{usage} --help lists the commands"),
        None => format!("{usage} has no commands of its own"),
    };
    Failure::Environment(format!("there is no command {word:?}; {instead}"))
}
