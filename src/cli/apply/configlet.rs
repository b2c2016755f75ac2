//! `sonicfg configlet`: sets or deletes fields.

use std::path::PathBuf;

use super::{ApplyArgs, ChangeCommand, parse_change, read_change};
use crate::cli::cascade::CascadeArgs;
use crate::cli::help_text::{CHANGES, HelpEnd};
use crate::cli::output::print;
use crate::cli::refuse::Wording;
use crate::cli::{Failure, Outcome};
use crate::config::{Source, to_text};
use crate::engine::{ApplyError, ChangeRequest, Engine, Rejection};
use crate::patch::Configlet;

#[derive(Debug, clap::Args)]
#[command(
    help_end = (CHANGES, &[
        "sonicfg configlet -u -j vlan.json --store sonic:",
        "sonicfg configlet -d -j vlan.json --config config_db.json --dry-run",
        "sonicfg configlet -p -j vlan.json",
    ])
)]
#[group(id = "what", required = true, multiple = true, args = ["update", "delete", "test", "parse"])]
pub struct Args {
    /// A configlet: a list of objects {TABLE: {key: {field: value}}}
    ///
    /// May be repeated: all configlets are applied in the given order, as one change.
    #[arg(short, long, required = true, value_name = "FILE")]
    json: Vec<PathBuf>,

    /// Set the fields that the configlets name
    #[arg(short, long, conflicts_with = "delete")]
    update: bool,

    /// Delete the fields that the configlets name
    ///
    /// Where a configlet names no field, the entry is deleted; where it names no key, the table.
    #[arg(short, long)]
    delete: bool,

    /// Show what would change, and change nothing
    #[arg(short, long, visible_alias = "dry-run")]
    test: bool,

    /// Read the configlets and show them, nothing else
    #[arg(short, long)]
    parse: bool,

    #[command(flatten)]
    cascade: CascadeArgs,

    #[command(flatten)]
    apply: ApplyArgs,
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    args.cascade.check(args.delete, "configlets that delete (-d)")?;
    if !args.parse {
        args.apply.stores.check()?;
    }
    let sources = args
        .json
        .iter()
        .map(|path| read_change(path, &Wording::CONFIGLET));
    let sources: Vec<Source> = sources.collect::<Result<_, _>>()?;
    let names: Vec<&str> = sources.iter().map(|source| source.name.as_str()).collect();
    let names = names.join(", ");
    let read = |engine: &Engine| -> Result<Vec<Configlet>, ApplyError> {
        let read = sources.into_iter().map(|source| {
            let configlet = Configlet::of(parse_change(source, engine)?);
            Ok(configlet.map_err(Rejection::from)?)
        });
        read.collect()
    };
    if args.parse {
        let engine = args.apply.models.engine(None)?;
        let configlets = read(&engine).map_err(|error| Failure::from_apply(error, &Wording::CONFIGLET))?;
        for configlet in configlets {
            let document = configlet.document();
            print(&to_text(&document.to_value(document.root()), None))?;
        }
        return Ok(Outcome::Clean);
    }
    let command = ChangeCommand {
        args: &args.apply,
        dry_run: args.test,
        path_trace: None,
        name: "configlet",
        wording: Wording::CONFIGLET,
        source: names,
        done: "Configlet applied successfully.",
        cascades: args.cascade.cascade,
        retired: None,
        summary: None,
    };
    super::run(&command, |engine| {
        let configlets = read(engine)?;
        Ok(if args.delete {
            ChangeRequest::configlet_delete(configlets)
        } else {
            ChangeRequest::configlet_update(configlets)
        })
    })
}
