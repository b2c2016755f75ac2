//! `sonicfg diff`: the smallest change that makes one config of another.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde_json::Value;

use crate::config::{Document, JsonKind, Source};
use crate::patch::{Configlets, between};
use crate::policy::Policy;
use crate::report::changes;

use super::change::{masked_pointer, read_document};
use super::options::policy;
use super::output::print;
use super::{Failure, Outcome};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 done, also where they differ; 1 they differ, with --exit-code; 2 wrong \
    usage or environment.\n\nExamples:\n  sonicfg diff running.json wanted.json > change.json\n  \
    sonicfg diff --report full config_db.json config_db.json.bak"
)]
pub struct Args {
    /// The config as it is; `-` is standard input
    #[arg(value_name = "A")]
    current: PathBuf,

    /// The config as it is to be; `-` is standard input
    #[arg(value_name = "B")]
    target: PathBuf,

    /// In what form the change is shown. Values of secret fields are masked in `full` alone: a patch and
    /// a configlet hold them, so that they can be applied
    #[arg(long, value_enum, default_value_t = DiffForm::Patch)]
    report: DiffForm,

    /// Give 1 as the exit code if they differ
    #[arg(long)]
    exit_code: bool,

    /// A file of rules that adds to the built-in policy, or overrides it: which fields are secret; else it is
    /// /etc/sonicfg/policy.toml, where that is there
    #[arg(long, value_name = "FILE", env = "SONICFG_POLICY", hide_env_values = true)]
    policy: Option<PathBuf>,
}

/// In what form a change is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum DiffForm {
    /// A JSON patch (RFC 6902), one operation a line
    Patch,
    /// One JSON object with two configlets: `update`, to be laid over A first, then `delete`, which says
    /// what goes. A list that changes stands in `update` whole
    Configlet,
    /// For people: `+` comes, `-` goes, `~` becomes another
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
        DiffForm::Patch => patch(&current, &target),
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

fn patch(current: &Value, target: &Value) -> String {
    let operations = between(current, target);
    if operations.is_empty() {
        return "[]\n".to_owned();
    }
    let lines: Vec<String> = operations
        .iter()
        .map(|operation| format!("  {}", serde_json::to_string(operation).unwrap_or_default()))
        .collect();
    format!("[\n{}\n]\n", lines.join(",\n"))
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
