//! `sonicfg apply-patch`: a JSON patch on a config, whole or not at all.

use std::path::PathBuf;

use crate::cli::change::Format;
use crate::cli::help_text::{CHANGES, HelpEnd};
use crate::cli::refuse::unreadable;
use crate::cli::scoped;
use crate::cli::task::Wanted;
use crate::cli::task::refused::Wording;
use crate::cli::{Failure, Outcome};
use crate::config::Source;
use crate::patch::Patch;

use super::asked::Asked;
use super::{ApplyArgs, Inputs, Job, TryArgs};

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
    /// Operations whose path begins with /asic0 change the config of asic0, all others the config of the host. All
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
    apply: ApplyArgs,
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    let refused = |reason: &dyn std::fmt::Display| Wording::PATCH.refuse(reason);
    args.apply.stores.check()?;
    let source = Source::read(&args.patch).map_err(|error| unreadable(error, refused))?;
    let name = source.name.clone();
    let asked = Asked::new(source);
    super::run(&Job {
        args: &args.apply,
        dry_run: args.attempt.dry_run,
        path_trace: args.attempt.path_trace.clone(),
        command: "apply-patch",
        wording: Wording::PATCH,
        source: name,
        done: "Patch applied successfully.",
        parallel: args.parallel,
        retired: None,
        account: None,
        wanted: &|&Inputs { scopes, policy, .. }| {
            let refuse = |error| Wording::PATCH.refuse_at(error);
            let parts = Patch::of(asked.document(policy, refuse)?)
                .and_then(|patch| scoped::split(patch, scopes.iter(), Some("--config")))
                .map_err(refuse)?;
            let change = |patch| Wanted::Change(args.format.change(patch));
            Ok(parts.into_iter().map(change).collect::<Vec<_>>().into())
        },
    })
}
