//! `sonicfg migrate`: retired fields to flags, and back.

use std::path::PathBuf;

use clap::ValueEnum;
use serde::Serialize;

use crate::config::{Config, edited};
use crate::flags::{Layer, LayerKind, Migrated, Migration, Move, Outcome as Done, Registry, lay, migrate};
use crate::policy::Policy;
use crate::report::{changes, counted, printable};
use crate::schema::Retired;
use crate::store::FileStore;

use super::change::read_document;
use super::flags::read_config;
use super::options::ModelArgs;
use super::output::{print, say};
use super::target::{check, write_new};
use super::{Failure, Outcome};

/// Exit codes: 0 done, or nothing to do; 1 values that are left because they are no legal ones, or a result
/// that the models refuse; 2 wrong usage or environment; 3 the file was changed meanwhile.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  sonicfg migrate --config /etc/sonic/config_db.json --dry-run\n  \
    sonicfg migrate --config config_db.json --keep-retired --yang-dir /usr/local/yang-models\n  \
    sonicfg migrate --config config_db.json --reverse --output old.json"
)]
pub struct Args {
    /// The config_db.json to migrate
    #[arg(long, value_name = "FILE")]
    config: PathBuf,

    /// Write the migrated config to this file instead, and leave the other as it is
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Show what would change, and change nothing
    #[arg(short, long)]
    dry_run: bool,

    /// Keep the fields beside their flags, both saying the same, for daemons that still read the fields
    #[arg(long)]
    keep_retired: bool,

    /// The init_cfg.json of the image: what it sets is left to it
    #[arg(long, value_name = "FILE", conflicts_with = "reverse")]
    init_cfg: Option<PathBuf>,

    /// Go back from flags to fields, before a downgrade
    #[arg(long, conflicts_with = "keep_retired")]
    reverse: bool,

    /// In what form it is told what was done
    #[arg(long, value_enum, default_value_t = Form::Full)]
    report: Form,

    #[command(flatten)]
    models: ModelArgs,
}

/// In what form it is told what was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// A line for each flag, for people
    Full,
    /// One JSON document
    Json,
}

#[derive(Serialize)]
struct Document<'a> {
    changed: bool,
    dry_run: bool,
    invalid: usize,
    flags: &'a [Move],
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    let policy = args.models.policy()?;
    let store = FileStore::open(&args.config)?;
    let document = read_document(store.read()?, &policy);
    let config = document.map_err(|(_, error)| Failure::Environment(error.to_string()))?;
    let config = Config::from(config);
    let image = args.init_cfg.as_deref().map(|path| read_config(path, &policy));
    let image = image.transpose()?;
    let schema = args.models.schema_with(match (args.keep_retired, args.reverse) {
        (true, _) => Retired::Mirror,
        (_, true) => Retired::Warn,
        _ => Retired::Error,
    })?;
    let registry = Registry::of(&schema)?;
    let current = config.to_value();
    let migration = Migration {
        keep_retired: args.keep_retired,
        init_cfg: image.as_ref(),
        reverse: args.reverse,
    };
    let migrated = migrate(&registry, &migration, &current);
    let over_image = |config: &serde_json::Value| {
        let layer = |kind, config: &serde_json::Value| Layer {
            kind,
            config: config.clone(),
        };
        let layers = image.iter().map(|image| layer(LayerKind::InitCfg, image));
        let layers: Vec<Layer> = layers.chain([layer(LayerKind::ConfigDb, config)]).collect();
        lay(&layers).map(|layered| layered.config)
    };
    let (before, after) = match image {
        Some(_) => {
            let refused = |error: crate::flags::LayerError| Failure::Refused(error.to_string());
            let before = over_image(&current).map_err(refused)?;
            (before, over_image(&migrated.config).map_err(refused)?)
        }
        None => (current.clone(), migrated.config.clone()),
    };
    let changed = migrated.config != current;
    if changed {
        check(&schema, &policy, "the migrated config", Some(&before), &after)?;
    }
    if !args.dry_run && (changed || args.output.is_some()) {
        write(args, &store, &config, &migrated)?;
    }
    print(&match args.report {
        Form::Full => full(args, &policy, &current, &migrated),
        Form::Json => json(args, changed, &migrated),
    })?;
    match migrated.invalid() {
        0 => Ok(Outcome::Clean),
        count => {
            say(&format!(
                "Error: {} left, because {} not legal\n",
                counted(count, "value"),
                if count == 1 { "it is" } else { "they are" }
            ));
            Ok(Outcome::Findings)
        }
    }
}

/// Puts the migrated config in its place.
fn write(args: &Args, store: &FileStore, config: &Config, migrated: &Migrated) -> Result<(), Failure> {
    let document = config.document();
    let text = edited(document, &migrated.config);
    match &args.output {
        Some(path) => write_new(path, &text),
        None => Ok(store.replace(&document.source().text, &text)?),
    }
}

fn json(args: &Args, changed: bool, migrated: &Migrated) -> String {
    let document = Document {
        changed,
        dry_run: args.dry_run,
        invalid: migrated.invalid(),
        flags: &migrated.moves,
    };
    // Strings and lists always serialise.
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

fn full(args: &Args, policy: &Policy, current: &serde_json::Value, migrated: &Migrated) -> String {
    if migrated.moves.is_empty() {
        return "nothing to migrate\n".to_owned();
    }
    let lines = migrated.moves.iter();
    let mut text: String = lines.map(|one| line(args, one)).collect();
    if args.dry_run {
        text += &changes(policy, current, &migrated.config);
    }
    text
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
