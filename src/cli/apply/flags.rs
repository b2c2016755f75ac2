//! `sonicfg flags set` and `unset`: one flag in a store.

use serde_json::{Map, Value, json};

use super::{ApplyArgs, ChangeCommand, TryArgs};
use crate::cli::complete;
use crate::cli::flag_name::named;
use crate::cli::help_text::{APPLIED_BUT, CHANGES, CONFLICT, HelpEnd, INTERRUPTED, REJECTED, UNKNOWN, USAGE};
use crate::cli::refuse::Wording;
use crate::cli::{Failure, Outcome};
use crate::config::Source;
use crate::engine::{ApplyError, ChangeDocument, ChangeRequest, Edit, Rejection};
use crate::patch::Configlet;
use crate::system_defaults::{Registry, STATUS, TABLE};

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
        &[(0, "unset, or it was not set"), REJECTED, USAGE, CONFLICT, APPLIED_BUT, UNKNOWN, INTERRUPTED],
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
    run(FlagEdit {
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
        edit: &|_| Some((fields.clone(), ChangeDocument::ConfigletUpdate)),
    })
}

pub fn unset(args: &UnsetArgs) -> Result<Outcome, Failure> {
    let keys: Vec<&str> = args.fields.iter().map(String::as_str).collect();
    run(FlagEdit {
        name: &args.name,
        attempt: &args.attempt,
        apply: &args.apply,
        command: "flags unset",
        source: format!("{}{}", args.name, with_fields(&keys)),
        done: "Flag unset successfully.",
        edit: &|entry| {
            let fields = entry?.as_object()?;
            let there = keys.iter().filter(|key| fields.contains_key(**key));
            let going: Map<String, Value> = there.map(|key| ((*key).to_owned(), "".into())).collect();
            // A configlet without fields names the whole entry.
            (keys.is_empty() || !going.is_empty()).then_some((going, ChangeDocument::ConfigletDelete))
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

/// An edit of one flag.
struct FlagEdit<'a> {
    name: &'a str,
    attempt: &'a TryArgs,
    apply: &'a ApplyArgs,
    command: &'static str,
    source: String,
    done: &'static str,
    /// The fields for a configlet and its kind, made from the entry of the flag; `None` where there is nothing to change.
    #[allow(clippy::type_complexity, reason = "one function, used in one place")]
    edit: &'a dyn Fn(Option<&Value>) -> Option<(Map<String, Value>, fn(Configlet) -> ChangeDocument)>,
}

fn run(flag: FlagEdit) -> Result<Outcome, Failure> {
    flag.apply.stores.check()?;
    let command = ChangeCommand {
        args: flag.apply,
        dry_run: flag.attempt.dry_run,
        path_trace: flag.attempt.path_trace.clone(),
        name: flag.command,
        wording: Wording::CHANGE,
        source: flag.source.clone(),
        done: flag.done,
        cascades: false,
        retired: None,
        summary: None,
    };
    super::run(&command, |_| {
        let request = ChangeRequest::new(|running| {
            let registry = Registry::of(running.engine.schema()?)?;
            let known = named(&registry, flag.name)?;
            let configlet = |key: &str, fields: Value| -> Result<Configlet, ApplyError> {
                let written = json!([{TABLE: {key: fields}}]);
                let source = Source::new(flag.command, written.to_string());
                Ok(Configlet::parse(source).map_err(Rejection::from)?)
            };
            let edits = running.configs.iter().map(|config| {
                let config = config.to_value();
                let entry = known.entry(&config);
                let Some((fields, change)) = (flag.edit)(entry.map(|(_, entry)| entry)) else {
                    return Ok(Edit::Sequence(Vec::new()));
                };
                let edit = change(configlet(&known.key, fields.into())?);
                // An entry under another spelling moves: a switch refuses that one, and both together.
                let mut edits = Vec::new();
                for key in known.others(&config) {
                    edits.push(ChangeDocument::ConfigletDelete(configlet(key, json!({}))?));
                }
                if let Some((_, entry)) = entry.filter(|(key, _)| *key != known.key) {
                    edits.push(ChangeDocument::ConfigletUpdate(configlet(
                        &known.key,
                        entry.clone(),
                    )?));
                }
                edits.push(edit);
                Ok(Edit::Sequence(edits))
            });
            Ok(edits.collect::<Result<Vec<_>, ApplyError>>()?.into())
        });
        Ok(request.source(flag.source))
    })
}
