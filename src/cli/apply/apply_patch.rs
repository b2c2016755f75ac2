//! `sonicfg apply-patch`: a JSON patch on a config, whole or not at all.

use std::path::PathBuf;

use super::{ApplyArgs, ChangeCommand, TryArgs, parse_change, read_change};
use crate::cli::cascade::CascadeArgs;
use crate::cli::help_text::{CHANGES, HelpEnd};
use crate::cli::options::Format;
use crate::cli::refuse::Wording;
use crate::cli::{Failure, Outcome};
use crate::engine::{ChangeRequest, Rejection};
use crate::patch::Patch;

#[derive(Debug, clap::Args)]
#[command(
    help_end = (CHANGES, &[
        "sonicfg apply-patch change.json --config /etc/sonic/config_db.json --dry-run",
        "sonicfg apply-patch change.json --store sonic: --confirm-within 10m --comment 'CHG-1234'",
        "sonicfg apply-patch - --store sonic: < change.json",
        "sonicfg apply-patch change.json --config config_db.json --config asic0=config_db0.json",
    ])
)]
pub struct Args {
    /// The JSON patch (RFC 6902); `-` is standard input
    ///
    /// Where there are several configs, each path begins with the scope that it is for: /localhost/PORT, /asic0/PORT. All
    /// configs are validated and planned before any is written.
    #[arg(value_name = "PATCH")]
    patch: PathBuf,

    #[command(flatten)]
    attempt: TryArgs,

    /// The form of the paths in the patch
    #[arg(
        short,
        long,
        value_enum,
        ignore_case = true,
        default_value_t,
        hide_short_help = true
    )]
    format: Format,

    /// Plan the configs of several scopes in parallel
    #[arg(short, long, hide_short_help = true)]
    parallel: bool,

    #[command(flatten)]
    cascade: CascadeArgs,

    #[command(flatten)]
    apply: ApplyArgs,
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    args.apply.stores.check()?;
    let source = read_change(&args.patch, &Wording::PATCH)?;
    let command = ChangeCommand {
        args: &args.apply,
        dry_run: args.attempt.dry_run,
        path_trace: args.attempt.path_trace.clone(),
        name: "apply-patch",
        wording: Wording::PATCH,
        source: source.name.clone(),
        done: "Patch applied successfully.",
        cascades: args.cascade.cascade,
        retired: None,
        summary: None,
    };
    super::run(&command, |engine| {
        let patch = Patch::of(parse_change(source, engine)?).map_err(Rejection::from)?;
        Ok(ChangeRequest::patch_in(args.format.into(), patch).parallel(args.parallel))
    })
}
