//! `sonicfg migrate`: retired fields to flags, and back.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::{ApplyArgs, ChangeCommand, ChangeSummary, TryArgs};
use crate::cli::help_text::{APPLIED_BUT, CONFLICT, HelpEnd, INTERRUPTED, UNKNOWN, USAGE};
use crate::cli::output::say;
use crate::cli::reading::read_config;
use crate::cli::refuse::Wording;
use crate::cli::target::{check, write_new};
use crate::cli::{Failure, Outcome};
use crate::config::{Config, Document, edited, pointer};
use crate::engine::{ChangeRequest, Edit};
use crate::patch::Scope;
use crate::policy::Policy;
use crate::report::{FileReport, counted, printable};
use crate::schema::Retired;
use crate::system_defaults::{Migrated, Migration, MigrationOutcome as Done, Move};
use crate::validate::{Diagnostic, Report, Rule, SourceRange};

#[derive(Debug, clap::Args)]
#[command(
    help_end = (
        &[
            (0, "done, or there was nothing to do"),
            (1, "invalid values were left unchanged, or the models reject the result"),
            USAGE,
            CONFLICT,
            APPLIED_BUT,
            UNKNOWN,
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
        return write(args, retired, image.as_ref(), path);
    }
    let migration = Migration {
        keep_retired: args.keep_retired,
        init_cfg: image.as_ref(),
        reverse: args.reverse,
    };
    let done: RefCell<Vec<MigratedScope>> = RefCell::default();
    let command = ChangeCommand {
        args: &args.apply,
        dry_run: args.attempt.dry_run,
        path_trace: args.attempt.path_trace.clone(),
        name: "migrate",
        wording: Wording::CHANGE,
        source: source(args),
        done: "",
        cascades: false,
        retired: Some(retired),
        summary: Some(&|| summary(args, &done.borrow())),
    };
    let outcome = super::run(&command, |_| {
        let request = ChangeRequest::new(|running| {
            let mut made = Vec::new();
            let mut edits = Vec::new();
            for ((scope, store), config) in running.scopes.iter().zip(running.stores).zip(running.configs) {
                // In a live CONFIG_DB flags are written all the same: their readers are running.
                let migration = Migration {
                    init_cfg: migration.init_cfg.filter(|_| store.starts_with("file:")),
                    ..migration
                };
                let migrated = running.engine.migrate(&migration, config)?;
                edits.push(Edit::Replace(whole(config, &migrated)));
                made.push(MigratedScope::new(
                    scope,
                    config,
                    running.engine.policy(),
                    migrated,
                ));
            }
            done.replace(made);
            Ok(edits.into())
        });
        Ok(request.source(source(args)))
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
struct MigratedScope {
    scope: Scope,
    migrated: Migrated,
    /// The config, with the values that are left because they are no legal ones.
    file: FileReport,
}

impl MigratedScope {
    fn new(scope: &Scope, config: &Config, policy: &Policy, migrated: Migrated) -> Self {
        let document = config.document();
        let left = migrated.moves.iter().filter(|one| one.outcome == Done::Invalid);
        let diagnostics = left.map(|one| invalid(document, one)).collect();
        let report = Report {
            diagnostics,
            tables_without_model: Vec::new(),
        };
        MigratedScope {
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
        place: span.map(|span| SourceRange {
            span,
            location: document.source().locate(span.start),
        }),
        pointer: place,
        ..Diagnostic::error(Rule::InvalidValue, message)
    }
}

/// The origin in the history. Nothing of it is in the config.
fn source(args: &Args) -> String {
    let (from, way) = match (args.reverse, args.keep_retired) {
        (true, _) => ("flags", "MIGRATED back"),
        (false, true) => ("retired fields, which stay", "MIGRATED"),
        (false, false) => ("retired fields", "MIGRATED"),
    };
    format!("{from}, {way} by sonicfg {}", env!("CARGO_PKG_VERSION"))
}

/// The migrated config, with the name of the file that it is written to.
fn whole(config: &Config, migrated: &Migrated) -> Config {
    let name = config.document().source().name.as_str();
    Config::from_value(name, &migrated.config)
}

/// Writes the migrated config to another file.
fn write(args: &Args, retired: Retired, image: Option<&Value>, path: &Path) -> Result<Outcome, Failure> {
    let mut stores = args.apply.stores.open()?;
    let configs = stores.read()?;
    let (scopes, [config]) = (stores.scopes(), &configs[..]) else {
        let message = "--output is one file, and there are several configs to migrate";
        return Err(Failure::Environment(message.to_owned()));
    };
    let engine = args.apply.models.engine(Some(retired))?;
    let migration = Migration {
        keep_retired: args.keep_retired,
        init_cfg: image,
        reverse: args.reverse,
    };
    let migrated = engine.migrate(&migration, config);
    let migrated = migrated.map_err(|error| Failure::from_apply(error, &Wording::CHANGE))?;
    let current = config.to_value();
    if migrated.config != current {
        let name = "the migrated config";
        check(
            engine.schema()?,
            engine.policy(),
            name,
            Some(&current),
            &migrated.config,
        )?;
    }
    write_new(path, &edited(config.document(), &migrated.config))?;
    let invalid = migrated.invalid();
    let made = MigratedScope::new(&scopes[0], config, engine.policy(), migrated);
    args.apply.print_summary("migrate", &summary(args, &[made]))?;
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
fn summary(args: &Args, done: &[MigratedScope]) -> ChangeSummary {
    let several = done.len() > 1;
    let mut text = String::new();
    let mut flags = Vec::new();
    for MigratedScope { scope, migrated, .. } in done {
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
    ChangeSummary {
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
