//! `sonicfg replace`: a config becomes another.

use std::path::PathBuf;

use serde_json::Value;

use crate::cli::change::Format;
use crate::cli::help_text::{CHANGES, HelpEnd};
use crate::cli::refuse::unreadable;
use crate::cli::task::refused::Wording;
use crate::cli::task::{Wanted, config};
use crate::cli::{Failure, Outcome};
use crate::config::{Config, Document, Source};
use crate::patch::Scope;
use crate::policy::Policy;
use crate::schema::Schema;
use crate::validate::{Rule, Severity, to_config_db, validate_yang_json};

use super::asked::Asked;
use super::{ApplyArgs, Inputs, Job, TryArgs};

#[derive(Debug, clap::Args)]
#[command(
    help_end = (CHANGES, &[
        "sonicfg replace golden.json --store sonic: --dry-run",
        "sonicfg replace golden.json --config /etc/sonic/config_db.json --comment 'golden config 42'",
    ])
)]
pub struct Args {
    /// The new config; `-` is standard input
    ///
    /// For several scopes it is an object of configs: {"localhost": {…}, "asic0": {…}}.
    #[arg(value_name = "FILE")]
    target: PathBuf,

    #[command(flatten)]
    attempt: TryArgs,

    /// The form of the config
    #[arg(
        short,
        long,
        value_enum,
        ignore_case = true,
        default_value_t,
        hide_short_help = true
    )]
    format: Format,

    #[command(flatten)]
    apply: ApplyArgs,
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    let refused = |reason: &dyn std::fmt::Display| Wording::CONFIG.refuse(reason);
    args.apply.stores.check()?;
    let source = Source::read(&args.target).map_err(|error| unreadable(error, refused))?;
    let name = source.name.clone();
    let asked = Asked::new(source);
    super::run(&Job {
        args: &args.apply,
        dry_run: args.attempt.dry_run,
        path_trace: args.attempt.path_trace.clone(),
        command: "replace",
        wording: Wording::CONFIG,
        source: name,
        done: "Config replaced successfully.",
        parallel: false,
        retired: None,
        account: None,
        wanted: &|&Inputs {
                      scopes,
                      models,
                      policy,
                      ..
                  }| {
            let document = asked.document(policy, |error| Wording::CONFIG.refuse_at(error))?;
            let wholes = match scopes {
                [_] => vec![config(document).map_err(|error| Wording::CONFIG.refuse_at(error))?],
                _ => by_scope(document, scopes).map_err(|reason| refused(&reason))?,
            };
            let wholes = wholes.into_iter().map(|whole| match args.format {
                Format::ConfigDb => Ok(whole),
                Format::SonicYang => {
                    from_yang(models.schema()?, policy, &whole).map_err(|reason| refused(&reason))
                }
            });
            let wholes: Result<Vec<Wanted>, Failure> =
                wholes.map(|whole| Ok(Wanted::Whole(whole?))).collect();
            Ok(wholes?.into())
        },
    })
}

/// The config of each scope in an object of them.
pub fn by_scope(document: Document, scopes: &[Scope]) -> Result<Vec<Config>, String> {
    let name = document.source().name.clone();
    let Value::Object(mut parts) = Config::from(document).to_value() else {
        return Err(format!(
            "{name}: there are several scopes, and this is no object of their configs"
        ));
    };
    let mut configs = Vec::new();
    for scope in scopes {
        let part = parts.shift_remove(&scope.to_string());
        let part = part.ok_or_else(|| format!("{name}: there is no config of {scope} in it"))?;
        configs.push(Config::from_value(format!("{name} ({scope})"), &part));
    }
    match parts.keys().next() {
        Some(other) => Err(format!(
            "{name}: {other:?} is none of the scopes that are changed"
        )),
        None => Ok(configs),
    }
}

/// A config that was written as YANG JSON (RFC 7951).
fn from_yang(schema: &Schema, policy: &Policy, whole: &Config) -> Result<Config, String> {
    let document = whole.document();
    // What would silently be missing afterwards; everything else is found in the config itself.
    let lost: Vec<String> = validate_yang_json(schema, policy, document)
        .diagnostics
        .iter()
        .filter(|one| one.severity == Severity::Error)
        .filter(|one| {
            matches!(
                one.rule,
                Rule::UnknownElement | Rule::InvalidJSON | Rule::ListKey | Rule::Duplicate
            )
        })
        .map(ToString::to_string)
        .collect();
    if !lost.is_empty() {
        return Err(lost.join("; "));
    }
    let config = to_config_db(schema, policy, document);
    Ok(Config::from_value(document.source().name.as_str(), &config))
}
