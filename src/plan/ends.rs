//! The two ends of a plan, and what is tried on them.

use crate::validate::{Found, Rule, Update, Validator};

/// How many entries are so many that a thread of its own for them pays.
const MANY: usize = 16;

/// The two ends of a plan, validated.
pub struct Ends<'v, 's> {
    /// The current config.
    pub current: &'v mut Validator<'s>,
    /// The target.
    pub target: &'v mut Validator<'s>,
}

impl<'s> Ends<'_, 's> {
    /// Does something with each end, about so many entries: at the same time where they are many. The ends do
    /// not know of each other.
    pub fn both<T: Send>(
        &mut self,
        count: usize,
        with_current: impl FnOnce(&mut Validator<'s>) -> T,
        with_target: impl FnOnce(&mut Validator<'s>) -> T + Send,
    ) -> (T, T) {
        let Ends { current, target } = self;
        if count < MANY {
            return (with_current(current), with_target(target));
        }
        std::thread::scope(|scope| {
            let target = scope.spawn(|| with_target(target));
            let current = with_current(current);
            let target = target.join();
            (
                current,
                target.unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            )
        })
    }
}

/// How the findings differ from those at a time before, over several updates.
#[derive(Default)]
pub struct Since {
    new: Vec<Found>,
    cured: Vec<Found>,
}

impl Since {
    /// Adds what an update did.
    pub fn add(&mut self, update: Update) {
        let cancel = |from: &mut Vec<Found>, found: &Found| {
            let at = from.iter().position(|other| other == found);
            at.map(|at| from.swap_remove(at)).is_some()
        };
        for found in update.cured {
            if !cancel(&mut self.new, &found) {
                self.cured.push(found);
            }
        }
        for found in update.new {
            if !cancel(&mut self.cured, &found) {
                self.new.push(found);
            }
        }
    }

    /// Whether there are errors that were not there.
    pub fn has_errors(&self) -> bool {
        self.new.iter().any(is_brought)
    }
}

/// Whether an update brought errors.
pub fn has_errors(update: &Update) -> bool {
    update.new.iter().any(is_brought)
}

/// Whether something new is an error that an order can do something about: none cures what has been retired.
fn is_brought(found: &Found) -> bool {
    found.is_error() && found.diagnostic.rule != Rule::Retired
}
