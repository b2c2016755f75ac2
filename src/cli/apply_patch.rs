//! `sonicfg apply-patch`: a JSON patch on a config file, whole or not at all.

use std::io::IsTerminal;
use std::path::PathBuf;

use crate::config::{Config, ConfigError, Source, to_text};
use crate::patch::Patch;
use crate::report::{FileReport, changes, totals};
use crate::store::FileStore;
use crate::validate::Severity;

use super::change::{self, Change};
use super::options::{ModelArgs, ReportForm};
use super::output::print;
use super::{Failure, Outcome};

/// Exit codes: 0 applied; 1 refused; 2 wrong usage or environment; 3 the file was changed meanwhile.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  sonicfg apply-patch change.json --config /etc/sonic/config_db.json --dry-run\n  \
    sonicfg apply-patch - --config config_db.json < change.json"
)]
pub struct Args {
    /// The patch (RFC 6902); `-` and /dev/stdin are standard input
    #[arg(value_name = "PATCH")]
    patch: PathBuf,

    /// The config_db.json to change
    #[arg(long, value_name = "FILE")]
    config: PathBuf,

    /// Show what would change, and change nothing
    #[arg(short, long)]
    dry_run: bool,

    #[command(flatten)]
    models: ModelArgs,
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    let policy = args.models.policy()?;
    let store = FileStore::open(&args.config)?;
    let patch =
        Patch::parse(Source::read(&args.patch)?).map_err(|error| Failure::Refused(error.to_string()))?;
    let source = store.read()?;
    let before = source.text.clone();
    let config = Config::parse(source).map_err(unusable)?;
    let schema = args.models.schema()?;

    let current = config.to_value();
    let target = patch
        .apply(&current)
        .map_err(|error| Failure::Refused(format!("the patch is refused: {error}; nothing was changed")))?;
    let change = Change::Patch(patch);
    let reports = change::check(&schema, &policy, &config, &change, &target);
    if totals(&reports).0 > 0 {
        return Err(refuse(reports));
    }
    if args.dry_run {
        print(&changes(&policy, &current, &target))?;
        return Ok(Outcome::Clean);
    }
    if target != current {
        store.replace(&before, &to_text(&target, Some(&before)))?;
    }
    print("Patch applied successfully.\n")?;
    Ok(Outcome::Clean)
}

/// The config itself cannot be read as one: the environment is at fault, not the patch.
fn unusable(error: ConfigError) -> Failure {
    Failure::Environment(error.to_string())
}

/// Shows why the patch is refused, and gives the whole reason on one line.
fn refuse(mut reports: Vec<FileReport>) -> Failure {
    for report in &mut reports {
        report
            .diagnostics
            .retain(|diagnostic| diagnostic.severity == Severity::Error);
    }
    reports.retain(|report| !report.diagnostics.is_empty());
    eprint!(
        "{}",
        ReportForm::Full.render(&reports, std::io::stderr().is_terminal())
    );
    let found = reports.iter().flat_map(|report| &report.diagnostics);
    let reasons: Vec<String> = found.map(ToString::to_string).collect();
    Failure::Refused(format!(
        "the patch is refused, nothing was changed: {}",
        reasons.join("; ")
    ))
}
