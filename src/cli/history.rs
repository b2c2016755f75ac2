//! `sonicfg history`: past changes, who made them, and their results.

use json_patch::PatchOperation;
use serde_json::{Value, json};

use crate::patch::between;
use crate::report::{changes, counted, printable};
use crate::transaction::{ChangeOutcome as Ended, History, Record, RecordPart, squash};

use super::complete;
use super::help;
use super::help_text::{HelpEnd, READS, USAGE};
use super::options::{PageForm, policy};
use super::output::{print, say};
use super::stores::StoreArgs;
use super::{Failure, Outcome};

#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    help_end = (&[(0, "done"), (1, "there is no such change"), USAGE], &[
        "sonicfg history --store sonic:",
        "sonicfg history show 20261121T1430 --config config_db.json",
    ])
)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,

    #[command(flatten)]
    list: ListArgs,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Show one change as a patch, with the patch that undoes it
    Show(ShowArgs),
    /// Print the help of a command
    #[command(help_end = (READS, &["sonicfg history help show"]))]
    Help(help::BelowArgs),
}

#[derive(Debug, clap::Args)]
struct ListArgs {
    #[command(flatten)]
    stores: StoreArgs,

    /// The output format
    #[arg(long, value_enum, default_value_t = PageForm::Full, help_heading = "Output")]
    report: PageForm,
}

#[derive(Debug, clap::Args)]
#[command(
    help_end = (&[(0, "done"), (1, "there is no such change"), USAGE], &[
        "sonicfg history show 20261121T1430 --config config_db.json",
        "sonicfg history show 20261121T143000123-5f2a --store sonic: --report json",
    ])
)]
struct ShowArgs {
    /// The change; the first characters of its name are enough
    #[arg(add = complete::changes())]
    id: String,

    #[command(flatten)]
    stores: StoreArgs,

    /// The output format
    ///
    /// The operations in json are data: secrets in them are not masked.
    #[arg(long, value_enum, default_value_t = PageForm::Full, help_heading = "Output")]
    report: PageForm,

    /// A policy file that extends or overrides the built-in policy: which fields are secret
    ///
    /// Default: /etc/sonicfg/policy.toml, if that file exists.
    #[arg(
        long,
        help_heading = "Models and policy",
        value_name = "FILE",
        env = "SONICFG_POLICY",
        hide_env_values = true
    )]
    policy: Option<std::path::PathBuf>,
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    match &args.command {
        None => list(&args.list),
        Some(Command::Show(args)) => show(args),
        Some(Command::Help(args)) => help::below(&["history"], args),
    }
}

fn list(args: &ListArgs) -> Result<Outcome, Failure> {
    let state_dir = args.stores.open()?.state_dir();
    let pending = state_dir.pending()?;
    let (records, damaged) = History::new(state_dir).list()?;
    let waits = |record: &Record| pending.as_ref().is_some_and(|pending| pending.id == record.id);
    let text = match args.report {
        PageForm::Json => {
            let listed: Vec<Value> = records
                .iter()
                .map(|record| summary(record, waits(record)))
                .collect();
            format!("{:#}\n", Value::Array(listed))
        }
        PageForm::Full if records.is_empty() => "no change yet\n".to_owned(),
        PageForm::Full => records.iter().map(|record| line(record, waits(record))).collect(),
    };
    print(&text)?;
    for error in &damaged {
        say(&format!("warning: {}\n", printable(&error.to_string())));
    }
    Ok(Outcome::Clean)
}

/// A change on a line.
fn line(record: &Record, waits: bool) -> String {
    let (state, more) = record.outcome.as_ref().map_or(("unfinished", ""), Ended::words);
    let mut text = format!(
        "{} {} {} {}: {}, {}",
        record.id,
        record.time,
        record.holder.user,
        record.holder.command,
        counted(record.steps(), "step"),
        if record.entries() == 1 {
            "1 entry".to_owned()
        } else {
            format!("{} entries", record.entries())
        },
    );
    text += &format!(", from {}", record.source);
    if let Some(comment) = &record.comment {
        text += &format!(" ({comment})");
    }
    text += &match (state, more) {
        ("applied", _) if waits => format!(
            "; waits for confirmation until {}",
            record.confirm_by.as_deref().unwrap_or_default()
        ),
        ("applied", "") => "; applied".to_owned(),
        ("undone", "") => "; undone".to_owned(),
        ("undone", by) => format!("; undone by {by}"),
        ("rolled-back", reason) => format!("; rolled back: {reason}"),
        (state, more) => format!("; {state}: {more}"),
    };
    format!("{}\n", printable(&text))
}

/// A change without what it does.
fn summary(record: &Record, waits: bool) -> Value {
    let (state, more) = record.outcome.as_ref().map_or(("unfinished", ""), Ended::words);
    json!({
        "id": record.id,
        "time": record.time,
        "user": record.holder.user,
        "host": record.holder.host,
        "command": record.holder.command,
        "comment": record.comment,
        "source": record.source,
        "steps": record.steps(),
        "entries": record.entries(),
        "stores": record.parts.iter().map(|part| &part.store).collect::<Vec<_>>(),
        "outcome": state,
        "reason": more,
        "confirm_by": record.confirm_by.as_ref().filter(|_| waits),
    })
}

fn show(args: &ShowArgs) -> Result<Outcome, Failure> {
    let policy = policy(args.policy.as_deref())?;
    let state_dir = args.stores.open()?.state_dir();
    let pending = state_dir.pending()?;
    let record = History::new(state_dir).find(&args.id)?;
    let waits = pending.is_some_and(|pending| pending.id == record.id);
    let several = record.parts.len() > 1;
    let text = match args.report {
        PageForm::Json => {
            let mut shown = summary(&record, waits);
            let scoped = |inverse: bool| -> Vec<Value> {
                let parts = record
                    .parts
                    .iter()
                    .flat_map(|part| operations(part, several, inverse));
                parts.map(|operation| json!(operation)).collect()
            };
            shown["patch"] = scoped(false).into();
            shown["inverse"] = scoped(true).into();
            format!("{shown:#}\n")
        }
        PageForm::Full => {
            let mut text = line(&record, waits);
            for part in &record.parts {
                if several {
                    text += &format!("{}, {}:\n", part.scope, part.store);
                }
                let (before, after) = ends(part);
                text += &changes(&policy, &before, &after);
            }
            text
        }
    };
    print(&text)?;
    Ok(Outcome::Clean)
}

/// The entries that a change changes, before and after. A table that stays has one more, so that it is there.
fn ends(part: &RecordPart) -> (Value, Value) {
    let (mut before, mut after) = (json!({}), json!({}));
    for change in squash(&part.steps) {
        if !part.tables.contains(&change.table) {
            before[&change.table][""] = json!({});
            after[&change.table][""] = json!({});
        }
        for (config, value) in [(&mut before, &change.before), (&mut after, &change.after)] {
            if let Some(value) = value {
                config[&change.table][&change.key] = value.clone();
            }
        }
    }
    (before, after)
}

/// What a change did to a store as a patch, or the patch that takes that back.
fn operations(part: &RecordPart, several: bool, inverse: bool) -> Vec<PatchOperation> {
    let (before, after) = ends(part);
    let (from, to) = if inverse { (after, before) } else { (before, after) };
    let mut operations = between(&from, &to);
    if several {
        for operation in &mut operations {
            let value = json!(operation);
            let path = format!("/{}{}", part.scope, value["path"].as_str().unwrap_or_default());
            let mut scoped = value;
            scoped["path"] = path.into();
            if let Ok(scoped) = serde_json::from_value(scoped) {
                *operation = scoped;
            }
        }
    }
    operations
}
