//! `sonicfg apply-patch`: a JSON patch on a config file, whole or not at all.

use std::fmt::Display;
use std::io::IsTerminal;
use std::path::PathBuf;

use crate::config::{Config, ReadError, Source, edited, nearest};
use crate::patch::Patch;
use crate::report::{changes, totals};
use crate::store::FileStore;
use crate::validate::Severity;

use super::change::{self, Change, Checked, located, masked_pointer, read_document, unchecked};
use super::options::{ModelArgs, ReportForm};
use super::output::{print, say};
use super::{Failure, Outcome};

/// How many findings the one line that programs read holds; all of them stand above it.
const MAX_REASONS: usize = 100;

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

    /// Let the patch change tables that no model covers; nothing checks them
    #[arg(short = 'n', long)]
    ignore_non_yang_tables: bool,

    #[command(flatten)]
    models: ModelArgs,
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    let policy = args.models.policy()?;
    let store = FileStore::open(&args.config)?;
    let patch = Source::read(&args.patch).map_err(unreadable)?;
    let patch = read_document(patch, &policy)
        .map_err(|(_, error)| error)
        .and_then(Patch::of)
        .map_err(|error| refused(&error))?;
    // A config that is none is no fault of the patch.
    let config = read_document(store.read()?, &policy)
        .map(Config::from)
        .map_err(|(_, error)| Failure::Environment(error.to_string()))?;
    let schema = args.models.schema()?;

    let current = config.to_value();
    let target = patch.apply(&current).map_err(|error| {
        let error = error.map_pointers(|pointer| masked_pointer(&policy, pointer));
        refused(&located(&patch, error))
    })?;
    if !args.ignore_non_yang_tables
        && let Some(table) = unchecked(&schema, &current, &target).first()
    {
        let near = nearest(table, schema.tables.iter().map(|table| table.name.as_ref()));
        let near = near.map_or(String::new(), |near| format!(", did you mean {near:?}?"));
        return Err(refused(&format!(
            "no model covers the table {table:?}{near} (--ignore-non-yang-tables applies it unchecked)"
        )));
    }
    let change = Change::Patch(patch);
    let checked =
        change::check(&schema, &policy, &config, &change, &target).map_err(|error| refused(&error))?;
    if totals(&checked.reports).0 > 0 {
        return Err(refuse(checked));
    }
    if args.dry_run {
        print(&changes(&policy, &current, &target))?;
        return Ok(Outcome::Clean);
    }
    if target != current {
        let document = config.document();
        store.replace(&document.source().text, &edited(document, &target))?;
    }
    if let Err(failure) = print("Patch applied successfully.\n") {
        // It is done all the same.
        say(&format!(
            "warning: the patch is applied, but {}\n",
            failure.message()
        ));
    }
    Ok(Outcome::Clean)
}

/// A patch that is not UTF-8 is at fault itself, else the environment is.
fn unreadable(error: ReadError) -> Failure {
    match error {
        ReadError::Utf8 { .. } => refused(&error),
        error => error.into(),
    }
}

fn refused(reason: &impl Display) -> Failure {
    Failure::Refused(format!("the patch is refused, nothing was changed: {reason}"))
}

/// Shows why the patch is refused, and gives the whole reason on one line.
fn refuse(checked: Checked) -> Failure {
    let mut reports = checked.reports;
    for report in &mut reports {
        report
            .diagnostics
            .retain(|diagnostic| diagnostic.severity == Severity::Error);
    }
    reports.retain(|report| !report.diagnostics.is_empty());
    say(&ReportForm::Full.render(&reports, std::io::stderr().is_terminal()));
    let found: Vec<_> = reports.iter().flat_map(|report| &report.diagnostics).collect();
    let mut reasons: Vec<String> = found.iter().take(MAX_REASONS).map(ToString::to_string).collect();
    if found.len() > MAX_REASONS {
        reasons.push(format!("and {} more", found.len() - MAX_REASONS));
    }
    let reasons = reasons.join("; ");
    if checked.brought == 0 {
        return refused(&format!("the config is not valid without it either: {reasons}"));
    }
    refused(&reasons)
}
