//! `sonicfg diff`: the smallest change that makes one config of another.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde_json::Value;

use crate::config::{Document, JsonKind, Source};
use crate::engine::read_document;
use crate::patch::{Configlets, between};
use crate::policy::Policy;
use crate::report::{changes, patch_text};
use crate::validate::masked_pointer;

use super::help_text::{HelpEnd, USAGE};
use super::options::policy;
use super::output::print;
use super::{Failure, Outcome};

#[derive(Debug, clap::Args)]
#[command(
    help_end = (
        &[
            (0, "done, also if the configs differ"),
            (1, "the configs differ, with --exit-code"),
            USAGE,
        ],
        &[
            "sonicfg diff running.json candidate.json > change.json",
            "sonicfg diff --report full config_db.json config_db.json.bak",
        ],
    )
)]
pub struct Args {
    /// The config before; `-` is standard input
    #[arg(value_name = "A")]
    current: PathBuf,

    /// The config after; `-` is standard input
    #[arg(value_name = "B")]
    target: PathBuf,

    /// The output format
    ///
    /// Values of secret fields are masked in `full` only. A patch and a configlet hold them, because they are to be
    /// applied.
    #[arg(long, value_enum, default_value_t = DiffForm::Patch)]
    report: DiffForm,

    /// Use exit code 1 if the configs differ
    #[arg(long)]
    exit_code: bool,

    /// A policy file that extends or overrides the built-in policy: which fields are secret
    ///
    /// Default: /etc/sonicfg/policy.toml, if that file exists.
    #[arg(long, value_name = "FILE", env = "SONICFG_POLICY", hide_env_values = true)]
    policy: Option<PathBuf>,
}

/// The output format of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum DiffForm {
    /// A JSON patch (RFC 6902), one operation per line
    Patch,
    /// One JSON object with two configlets: `update`, to be merged into A first, and `delete`, which names what is
    /// deleted. A list that changes is completely in `update`
    Configlet,
    /// Text, for people: `+` created, `-` deleted, `~` changed
    Full,
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    if Source::is_stdin(&args.current) && Source::is_stdin(&args.target) {
        let message = "standard input is named twice; it can be read once";
        return Err(Failure::Environment(message.to_owned()));
    }
    let policy = policy(args.policy.as_deref())?;
    let current = read(&args.current, &policy)?;
    let target = read(&args.target, &policy)?;
    print(&match args.report {
        DiffForm::Patch => patch_text(&between(&current, &target)),
        DiffForm::Configlet => configlets(&policy, &current, &target)?,
        DiffForm::Full => changes(&policy, &current, &target),
    })?;
    let differ = args.exit_code && current != target;
    Ok(if differ { Outcome::Findings } else { Outcome::Clean })
}

fn read(path: &Path, policy: &Policy) -> Result<Value, Failure> {
    let document: Document = read_document(Source::read(path)?, policy)
        .map_err(|(_, error)| Failure::Environment(error.to_string()))?;
    match document.kind(document.root()) {
        JsonKind::Object => Ok(document.to_value(document.root())),
        kind => Err(Failure::Environment(format!(
            "{}: a config is an object of tables, not {}",
            document.source().name,
            kind.describe()
        ))),
    }
}

fn configlets(policy: &Policy, current: &Value, target: &Value) -> Result<String, Failure> {
    let configlets = Configlets::between(current, target).map_err(|mut error| {
        error.place = masked_pointer(policy, &error.place);
        Failure::refused(error.to_string())
    })?;
    // Strings and lists always serialise.
    let mut text = serde_json::to_string_pretty(&configlets).unwrap_or_default();
    text.push('\n');
    Ok(text)
}
