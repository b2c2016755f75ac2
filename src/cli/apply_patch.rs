//! `sonicfg apply-patch`: a JSON patch on config files, whole or not at all.

use std::fmt::Display;
use std::path::PathBuf;

use serde_json::Value;

use crate::config::{Config, Source, edited};
use crate::patch::{Patch, Scope, SonicYangError};
use crate::policy::Policy;
use crate::report::{changes, counted};
use crate::schema::Schema;
use crate::store::{FileStore, StoreError};

use super::change::{Change, Format, located, masked_pointer, read_document};
use super::options::ModelArgs;
use super::output::{print, say};
use super::refuse::{ignored, no_model, tell_findings, unreadable};
use super::review::{Ignored, Options, Part, Review, review};
use super::scoped::{self, ScopedFile};
use super::without_model::unchecked;
use super::{Failure, Outcome};

/// Exit codes: 0 applied; 1 refused; 2 wrong usage or environment; 3 the file was changed meanwhile.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  sonicfg apply-patch change.json --config /etc/sonic/config_db.json --dry-run\n  \
    sonicfg apply-patch - --config config_db.json < change.json\n  \
    sonicfg apply-patch change.json --config config_db.json --config asic0=config_db0.json"
)]
pub struct Args {
    /// The patch (RFC 6902); `-` and /dev/stdin are standard input
    #[arg(value_name = "PATCH")]
    patch: PathBuf,

    /// The config_db.json to change. May be given once for each scope: SCOPE is localhost, which may be
    /// left out, or asic0, asic1 and so on. Operations whose path begins with /asic0 are for the config
    /// of asic0; all others are for the host's. All configs are validated before any is written
    #[arg(long, required = true, value_name = "[SCOPE=]FILE")]
    config: Vec<ScopedFile>,

    /// How the paths of the patch lead to what they change
    #[arg(short, long, value_enum, ignore_case = true, default_value_t)]
    format: Format,

    /// Show what would change, and change nothing
    #[arg(short, long)]
    dry_run: bool,

    /// Let the patch change tables that no model covers; nothing is checked there but that values are
    /// strings
    #[arg(short = 'n', long)]
    ignore_non_yang_tables: bool,

    /// A JSON pointer into the config; nothing that is wrong at or below it refuses the patch. What the
    /// patch changes there is applied all the same, and what refers to it is checked. May be given
    /// several times; with a scope in front it counts for that config alone
    #[arg(short, long, value_name = "PTR")]
    ignore_path: Vec<String>,

    /// Apply the patch though the config is not valid before it, if it brings nothing new that is wrong
    #[arg(long)]
    allow_existing: bool,

    #[command(flatten)]
    models: ModelArgs,
}

/// A config, and what the patch makes of it.
struct Target {
    scope: Scope,
    store: FileStore,
    config: Config,
    change: Change,
    current: Value,
    target: Value,
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    scoped::check(&args.config, "--config")?;
    let ignored = ignored(&args.ignore_path)?;
    let policy = args.models.policy()?;
    let stores: Vec<FileStore> = args
        .config
        .iter()
        .map(|file| FileStore::open(&file.path))
        .collect::<Result<_, _>>()?;
    let patch = Source::read(&args.patch).map_err(|error| unreadable(error, refused))?;
    let scopes = args.config.iter().map(|file| &file.scope);
    let patches = read_document(patch, &policy)
        .map_err(|(_, error)| error)
        .and_then(Patch::of)
        .and_then(|patch| scoped::split(&patch, scopes, Some("--config")))
        .map_err(|error| refused(&error))?;
    // A config that is none is no fault of the patch.
    let configs: Vec<Config> = stores
        .iter()
        .map(|store| {
            let config = read_document(store.read()?, &policy).map(Config::from);
            config.map_err(|(_, error)| Failure::Environment(error.to_string()))
        })
        .collect::<Result<_, _>>()?;
    let schema = args.models.schema()?;

    let mut targets = Vec::new();
    for (((file, store), patch), config) in args.config.iter().zip(stores).zip(patches).zip(configs) {
        let mut change = args.format.change(patch.clone());
        let target = change.make(&schema, &policy, &config).map_err(|error| {
            let scope = (args.config.len() > 1).then_some(&file.scope);
            cannot_be_done(&policy, scope, &patch, error)
        })?;
        targets.push(Target {
            scope: file.scope.clone(),
            store,
            current: config.to_value(),
            config,
            change,
            target,
        });
    }
    if !args.ignore_non_yang_tables {
        for target in &targets {
            let scope = (targets.len() > 1).then_some(&target.scope);
            covered(&schema, &policy, scope, target, &ignored)?;
        }
    }
    let options = Options {
        errors_only: true,
        operations: true,
        ignored: &ignored,
    };
    let review = review(&schema, &policy, &parts(&targets), &options).map_err(|error| refused(&error))?;
    let existing = review.existing.0;
    if review.brought > 0 || existing > 0 && !args.allow_existing {
        return Err(refuse(&review));
    }
    if args.dry_run {
        print(&differences(&policy, &targets))?;
    } else {
        write(&targets)?;
        if let Err(failure) = print("Patch applied successfully.\n") {
            // It is done all the same.
            let message = failure.message();
            say(&format!("warning: the patch is applied, but {message}\n"));
        }
    }
    if existing > 0 {
        let errors = counted(existing, "error");
        say(&format!(
            "warning: the config has {errors}, as it had before the patch\n"
        ));
    }
    Ok(Outcome::Clean)
}

fn parts(targets: &[Target]) -> Vec<Part<'_>> {
    let parts = targets.iter().map(|one| Part {
        scope: &one.scope,
        base: &one.config,
        change: &one.change,
        target: &one.target,
    });
    parts.collect()
}

/// Refuses a change of a table that no model covers.
fn covered(
    schema: &Schema,
    policy: &Policy,
    scope: Option<&Scope>,
    target: &Target,
    ignored: &[Ignored],
) -> Result<(), Failure> {
    let is_exempt = |table: &str| {
        let place = [table.to_owned()];
        let mut ignored = ignored.iter();
        ignored.any(|one| one.covers(&target.scope, &place))
    };
    let unchecked = unchecked(schema, &target.current, &target.target);
    let Some(table) = unchecked.into_iter().find(|table| !is_exempt(table)) else {
        return Ok(());
    };
    let may = "--ignore-non-yang-tables applies it unchecked";
    let changed = (&target.change, &target.target);
    Err(refused(&no_model(schema, policy, scope, changed, table, may)))
}

/// What the patch would change, each config by its scope where there are several.
fn differences(policy: &Policy, targets: &[Target]) -> String {
    let told = targets.iter().map(|target| {
        let changes = changes(policy, &target.current, &target.target);
        match targets {
            [_] => changes,
            _ => format!("{}:\n{changes}", target.scope),
        }
    });
    told.collect()
}

/// Replaces the files that change. If one cannot be replaced, those before it are put back.
fn write(targets: &[Target]) -> Result<(), Failure> {
    let mut written: Vec<(&Target, String)> = Vec::new();
    let mut uncertain = Ok(());
    for target in targets.iter().filter(|one| one.target != one.current) {
        let document = target.config.document();
        let text = edited(document, &target.target);
        match target.store.replace(&document.source().text, &text) {
            Ok(()) => {}
            // It holds the change, and so are the others to.
            Err(error @ StoreError::Sync { .. }) => uncertain = Err(error.into()),
            Err(error) => return Err(put_back(&written, error.into())),
        }
        written.push((target, text));
    }
    uncertain
}

/// Puts back what was replaced, the last one first, and adds to a failure what came of it.
fn put_back(written: &[(&Target, String)], failure: Failure) -> Failure {
    let mut outcome = String::new();
    for (target, text) in written.iter().rev() {
        let source = target.config.document().source();
        outcome += &match target.store.replace(text, &source.text) {
            Ok(()) => format!("; {} is put back as it was", source.name),
            Err(error @ StoreError::Sync { .. }) => format!("; put back as it was: {error}"),
            Err(error) => format!("; {} HOLDS THE CHANGE STILL: {error}", source.name),
        };
    }
    failure.and_so(&outcome)
}

fn cannot_be_done(policy: &Policy, scope: Option<&Scope>, patch: &Patch, error: SonicYangError) -> Failure {
    match error {
        SonicYangError::Operation(error) => {
            let error = error.map_pointers(|pointer| masked_pointer(policy, pointer));
            refused(&located(patch, scope, error))
        }
        SonicYangError::NoConfig(errors) => {
            let reasons: Vec<String> = errors.iter().map(ToString::to_string).collect();
            refused(&reasons.join("; "))
        }
    }
}

fn refused(reason: &dyn Display) -> Failure {
    Failure::Refused(format!("the patch is refused, nothing was changed: {reason}"))
}

/// Shows why the patch is refused, and gives the whole reason on one line.
fn refuse(review: &Review) -> Failure {
    let reasons = tell_findings(review);
    if review.brought == 0 {
        return refused(&format!(
            "the config is not valid without it either: {reasons}; --allow-existing applies it all the same"
        ));
    }
    refused(&reasons)
}
