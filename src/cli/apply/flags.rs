//! `sonicfg flags set` and `unset`: one flag in a store.

use serde_json::{Map, Value, json};

use crate::cli::change::Change;
use crate::cli::complete;
use crate::cli::flags::named;
use crate::cli::help_text::{CHANGES, CONFLICT, HelpEnd, INTERRUPTED, REJECTED, USAGE};
use crate::cli::task::Wanted;
use crate::cli::task::refused::Wording;
use crate::cli::{Failure, Outcome};
use crate::config::Source;
use crate::flags::{Registry, STATUS, TABLE};
use crate::patch::Configlet;

use super::{ApplyArgs, Inputs, Job, TryArgs};

#[derive(Debug, clap::Args)]
#[command(
    help_end = (CHANGES, &[
        "sonicfg flags set swss_zmq enabled --store sonic: --save",
        "sonicfg flags set dhcp_server enable --config config_db.json --dry-run",
        "sonicfg flags set swss_zmq --field owner=lab --store sonic:",
    ])
)]
#[group(id = "what", required = true, multiple = true, args = ["status", "fields"])]
pub struct SetArgs {
    /// The flag
    #[arg(value_name = "NAME", add = complete::flags())]
    name: String,

    /// The new status; without it the status is unchanged
    #[arg(value_name = "STATUS", add = complete::statuses())]
    status: Option<String>,

    /// A field beside the status; may be repeated
    #[arg(long = "field", value_name = "KEY=VALUE", value_parser = field)]
    fields: Vec<(String, String)>,

    #[command(flatten)]
    attempt: TryArgs,

    #[command(flatten)]
    apply: ApplyArgs,
}

#[derive(Debug, clap::Args)]
#[command(
    help_end = (
        &[(0, "unset, or it was not set"), REJECTED, USAGE, CONFLICT, INTERRUPTED],
        &[
            "sonicfg flags unset swss_zmq --store sonic:",
            "sonicfg flags unset swss_zmq --field owner --config config_db.json",
        ],
    )
)]
pub struct UnsetArgs {
    /// The flag
    #[arg(value_name = "NAME", add = complete::flags())]
    name: String,

    /// Delete this field instead of the flag; may be repeated
    #[arg(long = "field", value_name = "KEY")]
    fields: Vec<String>,

    #[command(flatten)]
    attempt: TryArgs,

    #[command(flatten)]
    apply: ApplyArgs,
}

fn field(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((STATUS, _)) => Err("the status is the argument after the name of the flag".to_owned()),
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("a field is written KEY=VALUE".to_owned()),
    }
}

pub fn set(args: &SetArgs) -> Result<Outcome, Failure> {
    let status = args.status.iter().map(|status| (STATUS, status));
    let fields = args.fields.iter().map(|(key, value)| (key.as_str(), value));
    let fields: Map<String, Value> = status
        .chain(fields)
        .map(|(key, value)| (key.to_owned(), value.as_str().into()))
        .collect();
    let status = args.status.as_deref().map(|status| format!(" {status}"));
    let keys: Vec<&str> = args.fields.iter().map(|(key, _)| key.as_str()).collect();
    make(&Making {
        name: &args.name,
        attempt: &args.attempt,
        apply: &args.apply,
        command: "flags set",
        source: format!(
            "{}{}{}",
            args.name,
            status.unwrap_or_default(),
            with_fields(&keys)
        ),
        done: "Flag set successfully.",
        change: &|_| Some((fields.clone(), Change::Configlet)),
    })
}

pub fn unset(args: &UnsetArgs) -> Result<Outcome, Failure> {
    let keys: Vec<&str> = args.fields.iter().map(String::as_str).collect();
    make(&Making {
        name: &args.name,
        attempt: &args.attempt,
        apply: &args.apply,
        command: "flags unset",
        source: format!("{}{}", args.name, with_fields(&keys)),
        done: "Flag unset successfully.",
        change: &|entry| {
            let fields = entry?.as_object()?;
            let there = keys.iter().filter(|key| fields.contains_key(**key));
            let going: Map<String, Value> = there.map(|key| ((*key).to_owned(), "".into())).collect();
            // A configlet without fields names the whole entry.
            (keys.is_empty() || !going.is_empty()).then_some((going, Change::ConfigletDelete))
        },
    })
}

fn with_fields(keys: &[&str]) -> String {
    match keys {
        [] => String::new(),
        [key] => format!(", field {key}"),
        keys => format!(", fields {}", keys.join(", ")),
    }
}

/// A change of one flag.
struct Making<'a> {
    name: &'a str,
    attempt: &'a TryArgs,
    apply: &'a ApplyArgs,
    command: &'static str,
    source: String,
    done: &'static str,
    /// The fields of the entry that a configlet names, and what becomes of them, by what the entry is; `None`
    /// where there is nothing to do.
    #[allow(clippy::type_complexity, reason = "one function, said in one place")]
    change: &'a dyn Fn(Option<&Value>) -> Option<(Map<String, Value>, fn(Configlet) -> Change)>,
}

fn make(making: &Making) -> Result<Outcome, Failure> {
    making.apply.stores.check()?;
    super::run(&Job {
        args: making.apply,
        dry_run: making.attempt.dry_run,
        path_trace: making.attempt.path_trace.clone(),
        command: making.command,
        wording: Wording::CHANGE,
        source: making.source.clone(),
        done: making.done,
        parallel: false,
        retired: None,
        account: None,
        wanted: &|inputs: &Inputs| {
            let registry = Registry::of(inputs.models.schema()?)?;
            let name = &named(&registry, making.name)?.name;
            let wanted = inputs.configs.iter().map(|config| {
                let config = config.to_value();
                let entry = config.get(TABLE).and_then(|table| table.get(name));
                let Some((fields, change)) = (making.change)(entry) else {
                    return Ok(Wanted::Changes(Vec::new()));
                };
                let written = json!([{TABLE: {name.as_str(): fields}}]);
                let configlet = Configlet::parse(Source::new(making.command, written.to_string()));
                let configlet = configlet.map_err(|error| Wording::CHANGE.refuse(&error))?;
                Ok(Wanted::Change(change(configlet)))
            });
            Ok(wanted.collect::<Result<Vec<_>, Failure>>()?.into())
        },
    })
}
