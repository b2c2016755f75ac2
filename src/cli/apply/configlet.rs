//! `sonicfg configlet`: fields that are set, or what goes.

use std::path::PathBuf;

use crate::cli::change::{Change, read_document};
use crate::cli::help_text::{CHANGES, HelpEnd};
use crate::cli::output::print;
use crate::cli::refuse::unreadable;
use crate::cli::task::Wanted;
use crate::cli::task::refused::Wording;
use crate::cli::{Failure, Outcome};
use crate::config::{Source, to_text};
use crate::patch::{Configlet, Scope};
use crate::policy::Policy;

use super::{ApplyArgs, Inputs, Job};

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
    apply: ApplyArgs,
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    let refused = |reason: &dyn std::fmt::Display| Wording::CONFIGLET.refuse(reason);
    if !args.parse {
        args.apply.stores.check()?;
    }
    let sources: Vec<Source> = args
        .json
        .iter()
        .map(|path| Source::read(path).map_err(|error| unreadable(error, refused)))
        .collect::<Result<_, _>>()?;
    let read = |policy: &Policy| -> Result<Vec<Configlet>, Failure> {
        let read = sources.iter().map(|source| {
            let document = read_document(source.clone(), policy)
                .map_err(|(_, error)| Wording::CONFIGLET.refuse_at(error))?;
            Configlet::of(document).map_err(|error| Wording::CONFIGLET.refuse_at(error))
        });
        read.collect()
    };
    if args.parse {
        let policy = args.apply.models.policy()?;
        for configlet in read(&policy)? {
            let document = configlet.document();
            print(&to_text(&document.to_value(document.root()), None))?;
        }
        return Ok(Outcome::Clean);
    }
    let names: Vec<&str> = sources.iter().map(|source| source.name.as_str()).collect();
    super::run(&Job {
        args: &args.apply,
        dry_run: args.test,
        path_trace: None,
        command: "configlet",
        wording: Wording::CONFIGLET,
        source: names.join(", "),
        done: "Configlet applied successfully.",
        parallel: false,
        retired: None,
        account: None,
        wanted: &|&Inputs { scopes, policy, .. }| {
            let change = |configlet| {
                if args.delete {
                    Change::ConfigletDelete(configlet)
                } else {
                    Change::Configlet(configlet)
                }
            };
            let changes: Vec<Change> = read(policy)?.into_iter().map(change).collect();
            // A configlet names no scope, so it is for the host.
            let wanted = scopes.iter().map(|scope| {
                let own = if *scope == Scope::HOST {
                    changes.clone()
                } else {
                    Vec::new()
                };
                Wanted::Changes(own)
            });
            Ok(wanted.collect::<Vec<_>>().into())
        },
    })
}
