//! `sonicfg load`: the config that a switch starts with, from its layers.

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use crate::config::{Source, to_text};
use crate::flags::{FieldOrigin, Layer, LayerKind, Layered, Migration, Registry, lay, migrate, minigraph};
use crate::policy::Policy;
use crate::report::printable;
use crate::validate::MASK;

use super::change::read_document;
use super::minigraph::refuse;
use super::options::ModelArgs;
use super::output::{print, say};
use super::target::{check, write_new};
use super::{Failure, Outcome};

/// Exit codes: 0 done; 1 a layer or the result is refused; 2 wrong usage or environment.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  sonicfg load --init-cfg init_cfg.json --config-db config_db.json --explain\n  \
    sonicfg load --init-cfg init_cfg.json --minigraph minigraph.xml --output config_db.json"
)]
#[group(id = "layers", required = true, multiple = true, args = ["init_cfg", "minigraph", "config_db"])]
pub struct Args {
    /// The init_cfg.json of the image, the first layer
    #[arg(long, value_name = "FILE")]
    init_cfg: Option<PathBuf>,

    /// The minigraph.xml, whose flags are laid over it
    #[arg(long, value_name = "FILE")]
    minigraph: Option<PathBuf>,

    /// The config_db.json of the user, laid over both
    #[arg(long, value_name = "FILE")]
    config_db: Option<PathBuf>,

    /// Write the config to this file; else it is printed
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Say which layer each flag comes from and what it overrode, or each field with `all`, instead of
    /// printing the config
    #[arg(long, value_enum, value_name = "WHAT", num_args = 0..=1, default_missing_value = "flags", require_equals = true)]
    explain: Option<Explain>,

    #[command(flatten)]
    models: ModelArgs,
}

/// What is explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Explain {
    /// The flags
    Flags,
    /// All fields
    All,
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    let policy = args.models.policy()?;
    let files = [
        (LayerKind::InitCfg, &args.init_cfg),
        (LayerKind::ConfigDb, &args.config_db),
    ];
    let named = files
        .iter()
        .filter_map(|(_, path)| path.as_ref())
        .chain(&args.minigraph);
    if named.filter(|path| Source::is_stdin(path)).count() > 1 {
        let message = "standard input is named twice; it can be read once";
        return Err(Failure::Environment(message.to_owned()));
    }
    let mut layers = Vec::new();
    for (kind, path) in files {
        if let Some(path) = path {
            layers.push(read(kind, path, &policy)?);
        }
    }
    let graph = args.minigraph.as_deref().map(Source::read).transpose()?;
    let schema = args.models.schema()?;
    let registry = Registry::of(&schema)?;
    for layer in &mut layers {
        flags_of(&registry, layer);
    }
    if let Some(graph) = graph {
        let declared = minigraph(&registry, &graph).map_err(|errors| refuse(&errors))?;
        layers.push(Layer {
            kind: LayerKind::Minigraph,
            config: declared.to_config(),
        });
    }
    let layered = lay(&layers).map_err(|error| Failure::Refused(error.to_string()))?;
    for (layer, table) in &layered.empty_tables {
        say(&format!(
            "note: {layer}: the table {table} has no entry, so it is left out\n"
        ));
    }
    check(
        &schema,
        &policy,
        "the config of these layers",
        None,
        &layered.config,
    )?;
    let text = to_text(&layered.config, None);
    if let Some(path) = &args.output {
        write_new(path, &text)?;
    }
    match args.explain {
        Some(what) => print(&explained(&policy, &layered, what))?,
        None if args.output.is_none() => print(&text)?,
        None => {}
    }
    Ok(Outcome::Clean)
}

fn read(kind: LayerKind, path: &Path, policy: &Policy) -> Result<Layer, Failure> {
    let document = read_document(Source::read(path)?, policy);
    let document = document.map_err(|(_, error)| Failure::Refused(error.to_string()))?;
    Ok(Layer {
        kind,
        config: document.to_value(document.root()),
    })
}

/// Makes flags of the retired fields of a layer, so that a user's value counts whichever way it is written.
fn flags_of(registry: &Registry, layer: &mut Layer) {
    let migrated = migrate(registry, &Migration::default(), &layer.config);
    for one in &migrated.moves {
        if let (Some(leaf), Some(_), Some(status)) = (&one.leaf, &one.leaf_value, &one.status) {
            let (kind, flag) = (layer.kind, &one.flag);
            say(&format!(
                "note: {kind}: {leaf} counts as SYSTEM_DEFAULTS|{flag} {status:?}\n"
            ));
        }
    }
    layer.config = migrated.config;
}

/// A line for each field: where it comes from, and what it overrode.
fn explained(policy: &Policy, layered: &Layered, what: Explain) -> String {
    let origins = layered.origins.iter();
    let mut origins = origins
        .filter(|one| what == Explain::All || one.is_flag())
        .peekable();
    if origins.peek().is_none() {
        return "no layer sets a flag\n".to_owned();
    }
    origins.map(|one| line(policy, one)).collect()
}

fn line(policy: &Policy, one: &FieldOrigin) -> String {
    let shown = |value: &serde_json::Value| match &one.field {
        Some(field) if policy.is_secret_field(&one.entry.table, field) => MASK.to_owned(),
        _ => value.to_string(),
    };
    let entry = if policy.is_secret_key(&one.entry.table) {
        format!("{}|{}", one.entry.table, MASK)
    } else {
        one.entry.to_string()
    };
    let field = one.field.as_ref().map(|field| format!(" {field}"));
    let overrode = one.overrode.iter();
    let overrode = overrode.map(|(layer, value)| format!("{} of {layer}", shown(value)));
    let overrode: Vec<String> = overrode.collect();
    let end = match overrode.is_empty() {
        true => String::new(),
        false => format!(", over {}", overrode.join(" and ")),
    };
    let text = format!(
        "{entry}{} {} from {}{end}",
        field.unwrap_or_default(),
        shown(&one.value),
        one.layer
    );
    printable(&text) + "\n"
}
