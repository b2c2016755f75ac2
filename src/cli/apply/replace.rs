//! `sonicfg replace`: a config becomes another.

use std::path::PathBuf;

use super::{ApplyArgs, ChangeCommand, KeepArgs, TryArgs, parse_change, read_change};
use crate::cli::help_text::{CHANGES, HelpEnd};
use crate::cli::options::Format;
use crate::cli::refuse::Wording;
use crate::cli::{Failure, Outcome};
use crate::engine::{ApplyError, ChangeRequest, Edit, Rejection, config, config_by_scope, from_yang_json};

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

    #[command(flatten)]
    keep: KeepArgs,

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
    args.apply.stores.check()?;
    let source = read_change(&args.target, &Wording::CONFIG)?;
    let name = source.name.clone();
    let command = ChangeCommand {
        args: &args.apply,
        dry_run: args.attempt.dry_run,
        path_trace: args.attempt.path_trace.clone(),
        name: "replace",
        wording: Wording::CONFIG,
        source: name.clone(),
        done: "Config replaced successfully.",
        cascades: false,
        retired: None,
        summary: None,
    };
    let keep = args.keep.keep.clone();
    super::run(&command, |engine| {
        let document = parse_change(source, engine)?;
        let format = args.format;
        let request = ChangeRequest::new(move |running| {
            let document = document.clone();
            let wholes = match running.scopes {
                [_] => vec![config(document).map_err(Rejection::from)?],
                scopes => config_by_scope(document, scopes).map_err(Rejection::other)?,
            };
            let wholes = wholes.into_iter().map(|whole| match format {
                Format::ConfigDb => Ok(Edit::Replace(whole)),
                Format::SonicYang => from_yang_json(running.engine, &whole).map(Edit::Replace),
            });
            Ok(wholes.collect::<Result<Vec<_>, ApplyError>>()?.into())
        });
        Ok(request.keep(keep).source(name))
    })
}
