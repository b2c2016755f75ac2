//! `sonicfg load`: the config that a switch starts with, from its layers.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde_json::{Map, Value};

use super::{ApplyArgs, ChangeCommand, ChangeSummary, TryArgs, parse_change, read_change};
use crate::cli::help_text::{APPLIED_BUT, CONFLICT, HelpEnd, INTERRUPTED, UNKNOWN, USAGE};
use crate::cli::minigraph::refuse;
use crate::cli::output::{print, say};
use crate::cli::refuse::Wording;
use crate::cli::target::{check, write_new};
use crate::cli::{Failure, Outcome};
use crate::config::{Config, Document, Source, to_text};
use crate::engine::{ApplyError, ChangeRequest, Edit, Rejection, read_document};
use crate::patch::{Golden, Scope};
use crate::policy::Policy;
use crate::report::printable;
use crate::schema::{Retired, Schema};
use crate::system_defaults::{
    FieldOrigin, Layer, LayerKind, Layered, Migration, Registry, lay, migrate, minigraph,
};
use crate::validate::{MASK, masked_entry};

#[derive(Debug, clap::Args)]
#[command(
    help_end = (
        &[
            (0, "done"),
            (1, "a layer or the result was rejected; nothing was changed"),
            USAGE,
            CONFLICT,
            APPLIED_BUT,
            UNKNOWN,
            INTERRUPTED,
        ],
        &[
            "sonicfg load --init-cfg init_cfg.json --config-db config_db.json --explain",
            "sonicfg load --init-cfg init_cfg.json --config-db config_db.json --store sonic: --dry-run",
            "sonicfg load --init-cfg init_cfg.json --minigraph minigraph.xml --output config_db.json",
            "sonicfg load --minigraph minigraph.xml --store sonic: --merge",
            "sonicfg load --golden golden_config_db.json --store sonic: --dry-run",
        ],
    )
)]
#[group(id = "layers", required = true, multiple = true, args = ["init_cfg", "minigraph", "config_db", "golden"])]
pub struct Args {
    /// The first layer: the init_cfg.json of the image
    #[arg(long, value_name = "FILE")]
    init_cfg: Option<PathBuf>,

    /// The second layer: the flags of a minigraph.xml
    #[arg(long, value_name = "FILE")]
    minigraph: Option<PathBuf>,

    /// The last layer: the user's config_db.json
    #[arg(long, value_name = "FILE")]
    config_db: Option<PathBuf>,

    /// A golden config, laid over the layers or the config of the store
    ///
    /// Its tables replace those that are there, and an empty table removes one, as "config override-config-table" does. On
    /// a switch with several ASICs it is an object {"localhost": …, "asic0": …}; a scope that is not in it stays as it is.
    #[arg(long, value_name = "FILE", conflicts_with = "explain")]
    golden: Option<PathBuf>,

    /// Replace the config of the store with the result, as when a switch starts; this is the default
    #[arg(long, hide_short_help = true)]
    replace: bool,

    /// Merge the result into the config of the store
    #[arg(long, conflicts_with = "replace", hide_short_help = true)]
    merge: bool,

    /// Write the result to this file instead of a store
    #[arg(long, value_name = "FILE", conflicts_with_all = ["dry_run", "path_trace", "save", "confirm_within"])]
    output: Option<PathBuf>,

    /// Show the layer that each flag comes from; with `all`, each field
    ///
    /// The values that it overrides are shown too.
    #[arg(
        long,
        value_enum,
        value_name = "WHAT",
        num_args = 0..=1,
        default_missing_value = "flags",
        require_equals = true,
        hide_possible_values = true
    )]
    explain: Option<Explain>,

    #[command(flatten)]
    attempt: TryArgs,

    #[command(flatten)]
    apply: ApplyArgs,
}

/// What --explain shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Explain {
    /// The layers of flags
    Flags,
    /// The layers of all fields
    All,
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    let has_store = args.apply.stores.is_named();
    let files = [&args.init_cfg, &args.minigraph, &args.config_db, &args.golden];
    let standard = files.into_iter().flatten().filter(|path| Source::is_stdin(path));
    if standard.count() > 1 {
        let message = "standard input is named twice; it can be read once";
        return Err(Failure::Environment(message.to_owned()));
    }
    let has_layers = [&args.init_cfg, &args.minigraph, &args.config_db]
        .iter()
        .any(|file| file.is_some());
    match (&args.golden, has_layers, has_store && args.output.is_none()) {
        (Some(golden), false, true) => return apply_golden(args, golden),
        (Some(_), false, false) => {
            let message =
                "a golden config is laid over another config: name a store, or the layers of that config";
            return Err(Failure::Environment(message.to_owned()));
        }
        (_, _, true) => return apply(args),
        _ => {}
    }
    let way = [(args.merge, "--merge"), (args.replace, "--replace")];
    if let Some((_, option)) = way.into_iter().find(|(is_given, _)| *is_given) {
        return Err(Failure::Environment(format!(
            "{option} is about a store, and the config is only written"
        )));
    }
    let policy = args.apply.models.policy()?;
    let schema = args.apply.models.schema()?;
    let mut layered = Layers::read(args, &policy)?.lay(&schema)?;
    if let Some(path) = &args.golden {
        let golden = Golden::of(read_golden(path, &policy)?, &[Scope::HOST])
            .map_err(|error| Failure::refused(error.to_string()))?;
        for part in golden {
            layered.config = over(&part, &policy, &layered.config)
                .map_err(|error| Failure::from_apply(error, &Wording::CONFIG))?;
        }
    }
    let name = "the config of these layers";
    check(&schema, &policy, name, None, &layered.config)?;
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

/// Brings the config of the layers into the store.
fn apply(args: &Args) -> Result<Outcome, Failure> {
    args.apply.stores.check()?;
    let policy = args.apply.models.policy()?;
    let layers = Layers::read(args, &policy)?;
    let names: Vec<String> = layers.names.clone();
    let golden = args
        .golden
        .as_deref()
        .map(|path| read_golden(path, &policy))
        .transpose()?;
    let laid: RefCell<Option<Layered>> = RefCell::default();
    let done = if args.merge {
        "Config merged successfully."
    } else {
        "Config loaded successfully."
    };
    let summary = || summary(args, &policy, done, laid.borrow().as_ref());
    let command = ChangeCommand {
        args: &args.apply,
        dry_run: args.attempt.dry_run,
        path_trace: args.attempt.path_trace.clone(),
        name: "load",
        wording: Wording::CONFIG,
        source: names.join(", "),
        done,
        cascades: false,
        retired: None,
        summary: args.explain.map(|_| &summary as &dyn Fn() -> ChangeSummary),
    };
    super::run(&command, |_| {
        let request = ChangeRequest::new(|running| {
            if laid.borrow().is_none() {
                laid.replace(Some(layers.clone().lay(running.engine.schema()?)?));
            }
            let laid = laid.borrow();
            let Some(layered) = laid.as_ref() else {
                return Err(Failure::Environment("there are no layers".to_owned()).into());
            };
            let name = "the config of these layers";
            let golden = golden
                .clone()
                .map(|document| Golden::of(document, running.scopes));
            let golden = golden.transpose().map_err(Rejection::from)?;
            let mut golden = golden.into_iter().flatten();
            // The files are those of the host.
            let edits = running.scopes.iter().zip(running.configs).map(|(scope, config)| {
                let mut target = match (*scope == Scope::HOST || running.scopes.len() == 1, args.merge) {
                    (false, _) => config.to_value(),
                    (true, false) => layered.config.clone(),
                    (true, true) => merged(&config.to_value(), &layered.config)?,
                };
                if let Some(part) = golden.next() {
                    target = over(&part, &policy, &target)?;
                }
                Ok(Edit::Replace(Config::from_value(name, &target)))
            });
            Ok(edits.collect::<Result<Vec<_>, ApplyError>>()?.into())
        });
        Ok(request.source(names.join(", ")))
    })
}

/// Lays a golden config over the config of the store.
fn apply_golden(args: &Args, path: &Path) -> Result<Outcome, Failure> {
    args.apply.stores.check()?;
    if args.merge {
        let message = "--merge is about layers, and a golden config always replaces whole tables";
        return Err(Failure::Environment(message.to_owned()));
    }
    let source = read_change(path, &Wording::CONFIG)?;
    let command = ChangeCommand {
        args: &args.apply,
        dry_run: args.attempt.dry_run,
        path_trace: args.attempt.path_trace.clone(),
        name: "load",
        wording: Wording::CONFIG,
        source: source.name.clone(),
        done: "Golden config loaded successfully.",
        cascades: false,
        retired: None,
        summary: None,
    };
    super::run(&command, |engine| {
        let document = parse_change(source, engine)?;
        Ok(ChangeRequest::golden(document))
    })
}

fn read_golden(path: &Path, policy: &Policy) -> Result<Document, Failure> {
    let document = read_document(read_change(path, &Wording::CONFIG)?, policy);
    document.map_err(|(_, error)| Failure::refused(error.to_string()))
}

/// A config with a golden config laid over it.
fn over(golden: &Golden, policy: &Policy, config: &Value) -> Result<Value, ApplyError> {
    let changed = golden.apply(policy, config);
    match Rejection::of_golden(golden, policy, &changed) {
        Some(rejection) => Err(rejection.into()),
        None => Ok(changed),
    }
}

/// A config with another laid over it: its fields replace those that are there, its lists too.
fn merged(below: &Value, above: &Value) -> Result<Value, ApplyError> {
    let layer = |kind, config: &Value| Layer {
        kind,
        config: config.clone(),
    };
    let layers = [
        layer(LayerKind::InitCfg, below),
        layer(LayerKind::ConfigDb, above),
    ];
    let laid = lay(&layers).map_err(|error| Rejection::other(error.to_string()))?;
    Ok(laid.config)
}

/// What is said of the layers.
fn summary(args: &Args, policy: &Policy, done: &str, laid: Option<&Layered>) -> ChangeSummary {
    let (Some(what), Some(layered)) = (args.explain, laid) else {
        return ChangeSummary::default();
    };
    let mut text = explained(policy, layered, what);
    let lines: Vec<Value> = text.lines().map(Value::from).collect();
    if !args.attempt.dry_run {
        text += done;
        text.push('\n');
    }
    ChangeSummary {
        text,
        members: Map::from_iter([("explain".to_owned(), lines.into())]),
        files: Vec::new(),
    }
}

/// The layers as they were read.
#[derive(Clone)]
struct Layers {
    layers: Vec<Layer>,
    graph: Option<Source>,
    names: Vec<String>,
}

impl Layers {
    fn read(args: &Args, policy: &Policy) -> Result<Self, Failure> {
        let mut read_layers = Vec::new();
        for (kind, path) in [
            (LayerKind::InitCfg, &args.init_cfg),
            (LayerKind::ConfigDb, &args.config_db),
        ] {
            if let Some(path) = path {
                read_layers.push(read(kind, path, policy)?);
            }
        }
        let graph = args.minigraph.as_deref().map(Source::read).transpose()?;
        let files = [&args.init_cfg, &args.minigraph, &args.config_db];
        let names = files.into_iter().chain([&args.golden]).flatten();
        Ok(Layers {
            layers: read_layers,
            graph,
            names: names.map(|path| path.display().to_string()).collect(),
        })
    }

    /// Lays them over each other, and says what is left out.
    fn lay(mut self, schema: &Schema) -> Result<Layered, Failure> {
        let registry = Registry::of(schema)?;
        for layer in &mut self.layers {
            flags_of(&registry, layer);
        }
        if let Some(graph) = &self.graph {
            let declared = minigraph(&registry, graph).map_err(|errors| refuse(&errors))?;
            self.layers.push(Layer {
                kind: LayerKind::Minigraph,
                config: declared.to_config(),
            });
        }
        let mut layered = lay(&self.layers).map_err(|error| Failure::refused(error.to_string()))?;
        for (layer, table) in &layered.empty_tables {
            say(&format!(
                "note: {layer}: the table {table} has no entry, so it is left out\n"
            ));
        }
        if schema.retired_mode == Retired::Mirror {
            // Daemons still read the fields.
            let keep = Migration {
                keep_retired: true,
                ..Migration::default()
            };
            layered.config = migrate(&registry, &keep, &layered.config).config;
        }
        Ok(layered)
    }
}

fn read(kind: LayerKind, path: &Path, policy: &Policy) -> Result<Layer, Failure> {
    let document = read_document(Source::read(path)?, policy);
    let document = document.map_err(|(_, error)| Failure::refused(error.to_string()))?;
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

/// A line for each field: the layer that sets it, and the values that it overrides.
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
    let entry = masked_entry(policy, &one.entry);
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
