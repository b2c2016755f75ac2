//! `sonicfg migrate`: retired fields to flags, and back.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::cli::help_text::{CONFLICT, HelpEnd, INTERRUPTED, USAGE};
use crate::cli::output::say;
use crate::cli::reading::{read_config, read_store};
use crate::cli::target::{check, errors, write_new};
use crate::cli::task::Wanted;
use crate::cli::task::refused::Wording;
use crate::cli::{Failure, Outcome};
use crate::config::{Config, Document, edited, pointer};
use crate::flags::{Migrated, Migration, Move, Outcome as Done, Registry, migrate};
use crate::patch::Scope;
use crate::policy::Policy;
use crate::report::{FileReport, counted, printable};
use crate::schema::{Retired, Schema};
use crate::validate::{Diagnostic, Place, Report, Rule};

use super::{Account, ApplyArgs, Inputs, Job, TryArgs};

#[derive(Debug, clap::Args)]
#[command(
    help_end = (
        &[
            (0, "done, or there was nothing to do"),
            (1, "invalid values were left unchanged, or the models reject the result"),
            USAGE,
            CONFLICT,
            INTERRUPTED,
        ],
        &[
            "sonicfg migrate --config /etc/sonic/config_db.json --dry-run",
            "sonicfg migrate --store sonic: --save --confirm-within 10m",
            "sonicfg migrate --store sonic: --keep-retired --yang-dir /usr/local/yang-models",
            "sonicfg migrate --config config_db.json --reverse --output old.json",
        ],
    )
)]
pub struct Args {
    /// Write the migrated config to this file, and leave the store unchanged
    #[arg(long, value_name = "FILE", conflicts_with_all = ["dry_run", "path_trace", "save", "confirm_within"])]
    output: Option<PathBuf>,

    /// Keep the retired fields beside their flags, with equal values
    ///
    /// For daemons that still read the fields. Later changes keep both equal with --retired mirror.
    #[arg(long)]
    keep_retired: bool,

    /// The init_cfg.json of the image; values that it sets are not written
    ///
    /// A field whose value equals the image default is removed and not written as a flag, if the config stays valid.
    /// In a live CONFIG_DB flags are always written, because daemons read them there.
    #[arg(long, value_name = "FILE", conflicts_with = "reverse")]
    init_cfg: Option<PathBuf>,

    /// Move flags back to fields, before a downgrade
    #[arg(long, conflicts_with = "keep_retired")]
    reverse: bool,

    #[command(flatten)]
    attempt: TryArgs,

    #[command(flatten)]
    apply: ApplyArgs,
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    args.apply.stores.check()?;
    let retired = retired(args)?;
    let policy = args.apply.models.policy()?;
    let image = args.init_cfg.as_deref().map(|path| read_config(path, &policy));
    let image = image.transpose()?;
    if let Some(path) = &args.output {
        return write(args, retired, image.as_ref(), &policy, path);
    }
    let done: RefCell<Vec<Made>> = RefCell::default();
    let outcome = super::run(&Job {
        args: &args.apply,
        dry_run: args.attempt.dry_run,
        path_trace: args.attempt.path_trace.clone(),
        command: "migrate",
        wording: Wording::CHANGE,
        source: source(args),
        done: "",
        parallel: false,
        retired: Some(retired),
        account: Some(&|| account(args, &done.borrow())),
        wanted: &|inputs: &Inputs| {
            let schema = inputs.models.schema()?;
            let mut made = Vec::new();
            let mut wanted = Vec::new();
            for ((scope, store), config) in inputs.scopes.iter().zip(inputs.stores).zip(inputs.configs) {
                let is_file = store.starts_with("file:");
                let image = image.as_ref().filter(|_| is_file);
                let migrated = migrated(args, schema, inputs.policy, image, config)?;
                wanted.push(whole(config, &migrated));
                made.push(Made::new(scope, config, inputs.policy, migrated));
            }
            done.replace(made);
            Ok(wanted.into())
        },
    })?;
    let invalid = done.borrow().iter().map(|made| made.migrated.invalid()).sum();
    Ok(tell_invalid(invalid).unwrap_or(outcome))
}

/// What becomes of retired fields while they are migrated: those that are there are no fault of the migration,
/// and those that it writes are wanted.
fn retired(args: &Args) -> Result<Retired, Failure> {
    let fitting = if args.keep_retired || args.reverse {
        Retired::Warn
    } else {
        Retired::Error
    };
    match args.apply.models.retired_or(fitting)? {
        // It makes them equal itself, also where they are not before.
        Retired::Mirror if args.keep_retired => Ok(Retired::Warn),
        Retired::Mirror => Err(Failure::Environment(
            "--retired mirror keeps both, the field and its flag: say --keep-retired too".to_owned(),
        )),
        other => Ok(other),
    }
}

/// What becomes of one config.
struct Made {
    scope: Scope,
    migrated: Migrated,
    /// The config, with the values that are left because they are no legal ones.
    file: FileReport,
}

impl Made {
    fn new(scope: &Scope, config: &Config, policy: &Policy, migrated: Migrated) -> Self {
        let document = config.document();
        let left = migrated.moves.iter().filter(|one| one.outcome == Done::Invalid);
        let diagnostics = left.map(|one| invalid(document, one)).collect();
        let report = Report {
            diagnostics,
            tables_without_model: Vec::new(),
        };
        Made {
            scope: scope.clone(),
            file: FileReport::new(document, "config_db", policy, report),
            migrated,
        }
    }
}

/// A value that is left, as a finding.
fn invalid(document: &Document, one: &Move) -> Diagnostic {
    let flag = || pointer::join(["SYSTEM_DEFAULTS", &one.flag, "status"]);
    let leaf = one.leaf.as_deref().filter(|_| one.leaf_value.is_some());
    let place = leaf.map_or_else(flag, str::to_owned);
    let value = one
        .leaf_value
        .as_ref()
        .filter(|_| leaf.is_some())
        .or(one.flag_value.as_ref());
    let span = document.find(&place).and_then(|id| document.span(id));
    let message = format!(
        "{:?} is no legal value, so it is left and not migrated",
        value.map_or("", String::as_str)
    );
    Diagnostic {
        place: span.map(|span| Place {
            span,
            location: document.source().locate(span.start),
        }),
        pointer: place,
        ..Diagnostic::error(Rule::InvalidValue, message)
    }
}

/// What the history says. Nothing of it stands in the config.
fn source(args: &Args) -> String {
    let (from, way) = match (args.reverse, args.keep_retired) {
        (true, _) => ("flags", "MIGRATED back"),
        (false, true) => ("retired fields, which stay", "MIGRATED"),
        (false, false) => ("retired fields", "MIGRATED"),
    };
    format!("{from}, {way} by sonicfg {}", env!("CARGO_PKG_VERSION"))
}

/// The migrated config.
fn migrated(
    args: &Args,
    schema: &Schema,
    policy: &Policy,
    image: Option<&Value>,
    config: &Config,
) -> Result<Migrated, Failure> {
    let registry = Registry::of(schema)?;
    let current = config.to_value();
    let migration = Migration {
        keep_retired: args.keep_retired,
        init_cfg: image,
        reverse: args.reverse,
    };
    let migrated = migrate(&registry, &migration, &current);
    let is_left = |one: &Move| one.outcome == Done::LeftToImage;
    if migrated.moves.iter().any(is_left) && !errors(schema, policy, &current, &migrated.config).is_empty() {
        // It needs the flag itself.
        let migration = Migration {
            init_cfg: None,
            ..migration
        };
        return Ok(migrate(&registry, &migration, &current));
    }
    Ok(migrated)
}

/// The migrated config as a target, with places in the text that the file will have.
fn whole(config: &Config, migrated: &Migrated) -> Wanted {
    let name = config.document().source().name.as_str();
    Wanted::Whole(Config::from_value(name, &migrated.config))
}

/// Writes the migrated config elsewhere.
fn write(
    args: &Args,
    retired: Retired,
    image: Option<&Value>,
    policy: &Policy,
    path: &Path,
) -> Result<Outcome, Failure> {
    let mut stores = args.apply.stores.open()?;
    let [member] = &mut stores.members[..] else {
        let message = "--output is one file, and there are several configs to migrate";
        return Err(Failure::Environment(message.to_owned()));
    };
    let config = read_store(&mut *member.store, policy)?;
    let schema = args.apply.models.schema_as(retired)?;
    let migrated = migrated(args, &schema, policy, image, &config)?;
    let current = config.to_value();
    if migrated.config != current {
        let name = "the migrated config";
        check(&schema, policy, name, Some(&current), &migrated.config)?;
    }
    write_new(path, &edited(config.document(), &migrated.config))?;
    let invalid = migrated.invalid();
    let account = account(args, &[Made::new(&member.scope, &config, policy, migrated)]);
    args.apply.tell_account("migrate", &account)?;
    Ok(tell_invalid(invalid).unwrap_or(Outcome::Clean))
}

/// Says how many values were left, if any were.
fn tell_invalid(count: usize) -> Option<Outcome> {
    (count > 0).then(|| {
        let are = if count == 1 { "it is" } else { "they are" };
        let values = counted(count, "value");
        say(&format!("Error: {values} left, because {are} not legal\n"));
        Outcome::Findings
    })
}

/// What became of each flag.
fn account(args: &Args, done: &[Made]) -> Account {
    let several = done.len() > 1;
    let mut text = String::new();
    let mut flags = Vec::new();
    for Made { scope, migrated, .. } in done {
        for one in &migrated.moves {
            let of = if several {
                format!("{scope}: ")
            } else {
                String::new()
            };
            text += &(of + &line(args, one));
            // Strings always serialise.
            let mut told = serde_json::to_value(one).unwrap_or_default();
            if several {
                told["scope"] = scope.to_string().into();
            }
            flags.push(told);
        }
    }
    if flags.is_empty() {
        text = "nothing to migrate\n".to_owned();
    }
    let moves = || done.iter().flat_map(|made| &made.migrated.moves);
    let changed = moves().any(|one| one.outcome != Done::Invalid);
    let invalid: usize = done.iter().map(|made| made.migrated.invalid()).sum();
    let members: [(&str, Value); 4] = [
        ("changed", changed.into()),
        ("dry_run", args.attempt.dry_run.into()),
        ("invalid", json!(invalid)),
        ("flags", flags.into()),
    ];
    let members: Map<String, Value> = members
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    Account {
        text,
        members,
        files: done.iter().map(|made| made.file.clone()).collect(),
    }
}

/// What became of one flag.
fn line(args: &Args, one: &Move) -> String {
    let shown = |value: &Option<String>| format!("{:?}", value.as_deref().unwrap_or_default());
    let leaf = one.leaf.as_deref().unwrap_or_default();
    let entry = format!("SYSTEM_DEFAULTS|{}", one.flag);
    let (said, flagged, status) = (shown(&one.leaf_value), shown(&one.flag_value), shown(&one.status));
    let text = match (one.outcome, args.reverse) {
        (Done::Moved, false) => format!("{leaf} {said} is moved to {entry} {status}"),
        (Done::Moved, true) => format!("{entry} {flagged} is moved to {leaf}"),
        (Done::Copied, _) => format!("{leaf} and {entry} both say {status} now"),
        (Done::Removed, false) => format!("{leaf} {said} is removed: {entry} says the same"),
        (Done::Removed, true) => format!("{entry} is removed: {leaf} says the same"),
        (Done::Conflict, _) => {
            format!("warning: {leaf} said {said} and {entry} {flagged}: the flag counts, it was set later")
        }
        (Done::LeftToImage, _) => format!("{leaf} {said} is removed: the image sets {entry} to the same"),
        (Done::Respelt, _) => format!("{entry} is written {status} now"),
        (Done::Invalid, _) if one.flag_value.is_some() && one.leaf_value.is_none() => {
            format!("error: {entry} {flagged} is no legal status and is left")
        }
        (Done::Invalid, _) if one.flag_value.is_some() => {
            format!("error: {leaf} {said} or {entry} {flagged} is no legal value; both are left")
        }
        (Done::Invalid, _) => format!("error: {leaf} {said} is no legal value and is left"),
    };
    printable(&text) + "\n"
}
