//! `sonicfg confirm` and `sonicfg recover`: changes that wait, and changes that were left unfinished.

use std::time::Duration;

use crate::transaction::{Direction, Session, Settings, Surroundings, TransactionError};

use super::apply::{interrupt, late};
use super::around::AroundArgs;
use super::help_text::{CONFLICT, HelpEnd, USAGE};
use super::options::ModelArgs;
use super::output::{print, say};
use super::progress::Told;
use super::stores::{StoreArgs, home};
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
    help_end = (&[(0, "done, or there was nothing to do"), USAGE, CONFLICT], &[
        "sonicfg recover --store sonic:",
        "sonicfg recover --forward --config config_db.json",
        "sonicfg recover --watch --store sonic:",
    ])
)]
pub struct RecoverArgs {
    /// Complete interrupted changes instead of rolling them back
    #[arg(long, conflicts_with_all = ["abandon", "watch"])]
    forward: bool,

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
    let id = with_session((&args.stores, &args.models, &args.around), "confirm", |session| {
        let home = session.home().clone();
        let pending = home.pending()?.ok_or(TransactionError::NothingPending)?;
        if pending.is_over() || args.cancel {
            let conflicts = session.take_back(&home, &pending.id, "it was cancelled")?;
            return Ok((pending.id, true, !args.cancel, conflicts));
        }
        session.confirm()?;
        Ok((pending.id, false, false, Vec::new()))
    })?;
    let (id, is_back, is_late, conflicts) = id;
    for conflict in conflicts {
        say(&format!(
            "warning: another client changed {conflict}; its value is kept\n"
        ));
    }
    if is_late {
        return Err(Failure::refused(format!(
            "the time to confirm the change {id} is over; it is rolled back"
        )));
    }
    print(&if is_back {
        format!("The change {id} is rolled back.\n")
    } else {
        format!("The change {id} is confirmed.\n")
    })?;
    Ok(Outcome::Clean)
}

pub fn recover(args: &RecoverArgs) -> Result<Outcome, Failure> {
    if args.abandon {
        let told = with_session((&args.stores, &args.models, &args.around), "recover", |session| {
            session.abandon()
        })?;
        let told = if told.is_empty() {
            vec!["nothing to abandon".to_owned()]
        } else {
            told
        };
        print(&format!("{}\n", told.join("\n")))?;
        return Ok(Outcome::Clean);
    }
    let direction = if args.forward {
        Direction::Forward
    } else {
        Direction::Back
    };
    let once = || {
        with_session((&args.stores, &args.models, &args.around), "recover", |session| {
            let recovered = session.recover(direction)?.len();
            Ok(recovered + usize::from(session.expire()?))
        })
    };
    if !args.watch {
        if once()? == 0 {
            print("nothing to recover\n")?;
        }
        return Ok(Outcome::Clean);
    }
    let interrupt = interrupt()?;
    once()?;
    let home = home(&args.stores.open()?);
    loop {
        if interrupt.load(std::sync::atomic::Ordering::Relaxed) {
            return Ok(Outcome::Clean);
        }
        // Looked at without the lock, so that nobody is held up. A journal may be that of a change that goes on.
        let is_left = home.journal().is_ok_and(|journal| journal.is_some());
        let is_over = home
            .pending()
            .is_ok_and(|pending| pending.is_some_and(|pending| pending.is_over()));
        if (is_over || is_left)
            && let Err(failure) = once()
            && !matches!(failure, Failure::Conflict(_))
        {
            say(&format!("warning: {}\n", failure.message()));
        }
        std::thread::sleep(WATCH);
    }
}

/// Does something with the stores locked.
fn with_session<T>(
    (stores, models, around): (&StoreArgs, &ModelArgs, &AroundArgs),
    command: &str,
    act: impl FnOnce(&mut Session) -> Result<T, TransactionError>,
) -> Result<T, Failure> {
    let policy = models.policy()?;
    let opened = stores.open()?;
    let settings: Settings = stores.settings(command, &opened, &policy.written_by_daemons);
    let interrupt = interrupt()?;
    let mut progress = Told::new(&policy, false);
    let mut around = around.around(&policy, &opened);
    let schema = std::cell::OnceCell::new();
    let plan = |current: &serde_json::Value, target: &serde_json::Value| {
        let schema = schema.get_or_init(|| models.schema());
        let schema = schema.as_ref().map_err(Failure::message)?;
        late(schema, &policy, current, target)
    };
    let with = Surroundings {
        interrupt: &interrupt,
        progress: &mut progress,
        around: &mut *around,
        plan: &plan,
    };
    let mut session = Session::locked(opened.members, settings, with)
        .map_err(|error| Failure::from_transaction(error, &policy))?;
    act(&mut session).map_err(|error| Failure::from_transaction(error, &policy))
}
