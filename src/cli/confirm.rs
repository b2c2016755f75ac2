//! `sonicfg confirm` and `sonicfg recover`: changes that wait, and changes that were left unfinished.

use std::time::Duration;

use crate::engine::{ApplyError, Confirmation, Direction, Session};
use crate::policy::Policy;

use super::apply::interrupt;
use super::around::AroundArgs;
use super::help_text::{CONFLICT, HelpEnd, UNKNOWN, USAGE};
use super::options::ModelArgs;
use super::output::{print, say};
use super::progress::TerminalProgress;
use super::refuse::Wording;
use super::stores::StoreArgs;
use super::{Failure, Outcome};

/// How often a watch looks for what there is to do.
const WATCH: Duration = Duration::from_secs(1);

#[derive(Debug, clap::Args)]
#[command(
    help_end = (
        &[
            (0, "confirmed; with --cancel: rolled back"),
            (1, "no change waits for confirmation"),
            USAGE,
            CONFLICT,
            UNKNOWN,
        ],
        &["sonicfg confirm --store sonic:", "sonicfg confirm --cancel --config config_db.json"],
    )
)]
pub struct ConfirmArgs {
    /// Roll the change back now
    #[arg(long)]
    cancel: bool,

    #[command(flatten)]
    stores: StoreArgs,

    #[command(flatten)]
    around: AroundArgs,

    #[command(flatten)]
    models: ModelArgs,
}

#[derive(Debug, clap::Args)]
#[command(
    help_end = (&[(0, "done, or there was nothing to do"), USAGE, CONFLICT, UNKNOWN], &[
        "sonicfg recover --store sonic:",
        "sonicfg recover --forward --config config_db.json",
        "sonicfg recover --watch --store sonic:",
    ])
)]
pub struct RecoverArgs {
    /// Complete interrupted changes instead of rolling them back
    #[arg(long, conflicts_with_all = ["abandon", "watch"])]
    forward: bool,

    /// Roll back also where it is not certain that the config is the one that the change left
    ///
    /// Fields that hold the value of the interrupted change get the value from before it. All others stay.
    #[arg(long, conflicts_with_all = ["forward", "abandon", "watch"])]
    in_doubt: bool,

    /// Leave the config as it is, and close interrupted and unconfirmed changes
    ///
    /// A damaged journal is renamed and kept.
    #[arg(long, conflicts_with = "watch")]
    abandon: bool,

    /// Keep running, and roll back each change that is not confirmed in time
    #[arg(long)]
    watch: bool,

    #[command(flatten)]
    stores: StoreArgs,

    #[command(flatten)]
    around: AroundArgs,

    #[command(flatten)]
    models: ModelArgs,
}

pub fn confirm(args: &ConfirmArgs) -> Result<Outcome, Failure> {
    let (mut session, policy) = open((&args.stores, &args.models, &args.around), "confirm")?;
    let mut progress = TerminalProgress::new(&policy, false);
    let done = if args.cancel {
        session.cancel(&mut progress)
    } else {
        session.confirm(&mut progress)
    };
    let warn = |kept: &[String]| {
        for place in kept {
            say(&format!(
                "warning: another client changed {place}; its value is kept\n"
            ));
        }
    };
    match done.map_err(failed)? {
        Confirmation::Kept(id) => print(&format!("The change {id} is confirmed.\n"))?,
        Confirmation::Cancelled { id, kept } => {
            warn(&kept);
            print(&format!("The change {id} is rolled back.\n"))?;
        }
        Confirmation::TooLate { id, kept } => {
            warn(&kept);
            let message = format!("the time to confirm the change {id} is over; it is rolled back");
            return Err(Failure::refused(message));
        }
    }
    Ok(Outcome::Clean)
}

pub fn recover(args: &RecoverArgs) -> Result<Outcome, Failure> {
    let (mut session, policy) = open((&args.stores, &args.models, &args.around), "recover")?;
    let mut progress = TerminalProgress::new(&policy, false);
    if args.abandon {
        let mut closed = session.abandon(&mut progress).map_err(failed)?;
        if closed.is_empty() {
            closed.push("nothing to abandon".to_owned());
        }
        print(&format!("{}\n", closed.join("\n")))?;
        return Ok(Outcome::Clean);
    }
    let direction = if args.forward {
        Direction::Forward
    } else if args.in_doubt {
        Direction::BackInDoubt
    } else {
        Direction::Back
    };
    let count = session.recover(direction, &mut progress).map_err(failed)?;
    if !args.watch {
        if count == 0 {
            print("nothing to recover\n")?;
        }
        return Ok(Outcome::Clean);
    }
    let interrupt = session.interrupt();
    while !interrupt.load(std::sync::atomic::Ordering::Relaxed) {
        // Without the lock, so that no writer waits. The journal may be that of a change that is being made.
        if session.has_work_for_recovery()
            && let Err(failure) = session.recover(direction, &mut progress).map_err(failed)
            && !matches!(failure, Failure::Conflict(_))
        {
            say(&format!("warning: {}\n", failure.message()));
        }
        std::thread::sleep(WATCH);
    }
    Ok(Outcome::Clean)
}

fn failed(error: ApplyError) -> Failure {
    Failure::from_apply(error, &Wording::CHANGE)
}

/// A session on the stores, and the policy.
fn open(
    (stores, models, around): (&StoreArgs, &ModelArgs, &AroundArgs),
    command: &str,
) -> Result<(Session, Policy), Failure> {
    let engine = models.engine(None)?;
    let mut options = around.apply_to(stores.options(command));
    options.interrupt = interrupt()?;
    let session = engine.open(stores.open()?, options);
    Ok((session, engine.policy().clone()))
}
