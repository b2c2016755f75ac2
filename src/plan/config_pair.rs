//! The two ends of a plan, and what is tried on them.

use serde_json::Value;

use crate::config::EntryName;
use crate::memory;
use crate::policy::Policy;
use crate::schema::Schema;
use crate::threads::join;
use crate::validate::{DiagnosticKey, EntryDiagnostic, Update, Validator};

/// How many entries are so many that a thread of its own for them pays.
pub const MANY: usize = 400;

/// How many entries can be read at the cost of changing one.
const COST_OF_CHANGE: usize = 4;

/// Whether two configs are much alike, which differ in `changed` entries: then a few changes take less time than to
/// read or copy all that there is.
pub fn are_alike(current: &Value, target: &Value, changed: usize) -> bool {
    let entries = |config: &Value| {
        let tables = config.as_object()?.values();
        let counts = tables.map(|table| {
            table
                .as_object()
                .map(serde_json::Map::len)
                .filter(|&count| count > 0)
        });
        counts.sum::<Option<usize>>()
    };
    // Only entries can be changed: not what is no table, nor a table without any.
    match (entries(current), entries(target)) {
        (Some(count), Some(_)) => changed.saturating_mul(COST_OF_CHANGE) < count,
        _ => false,
    }
}

/// Validates the two ends of a plan, which differ in the entries `changed`.
///
/// Of two configs that [are much alike](are_alike) the second is the first with some changes. Otherwise they do not
/// know of each other, and are read at the same time.
pub fn validated<'s>(
    schema: &'s Schema,
    policy: &'s Policy,
    current: &Value,
    target: &Value,
    changed: &[EntryName],
    alike: bool,
) -> (Validator<'s>, Validator<'s>) {
    if alike {
        let before = Validator::new(schema, policy, current);
        let mut after = before.clone();
        after.update(changed.iter().map(|name| name.written_as(name.find(target))));
        return (before, after);
    }
    join(
        || Validator::new(schema, policy, current),
        || {
            memory::preallocate_arena();
            Validator::new(schema, policy, target)
        },
    )
}

/// The two ends of a plan, validated.
pub struct ConfigPair<'v, 's> {
    /// The validator of the current config.
    pub current: &'v mut Validator<'s>,
    /// The validator of the target config.
    pub target: &'v mut Validator<'s>,
}

impl<'s> ConfigPair<'_, 's> {
    /// Does something with each end, about so many entries: at the same time where they are many. The ends do
    /// not know of each other.
    pub fn both<T: Send>(
        &mut self,
        count: usize,
        with_current: impl FnOnce(&mut Validator<'s>) -> T,
        with_target: impl FnOnce(&mut Validator<'s>) -> T + Send,
    ) -> (T, T) {
        let ConfigPair { current, target } = self;
        if count < MANY {
            return (with_current(current), with_target(target));
        }
        join(|| with_current(current), || with_target(target))
    }
}

/// How the findings differ from those at a time before, over several updates.
#[derive(Default)]
pub struct DiagnosticDelta {
    new: Vec<(DiagnosticKey, EntryDiagnostic)>,
    cured: Vec<(DiagnosticKey, EntryDiagnostic)>,
}

impl DiagnosticDelta {
    /// Adds what an update did.
    pub fn add(&mut self, update: Update) {
        let cancel = |from: &mut Vec<(DiagnosticKey, EntryDiagnostic)>, key: &DiagnosticKey| {
            let at = from.iter().position(|(other, _)| other == key);
            at.map(|at| from.swap_remove(at)).is_some()
        };
        for found in update.cured {
            let key = found.key();
            if !cancel(&mut self.new, &key) {
                self.cured.push((key, found));
            }
        }
        for found in update.new {
            let key = found.key();
            if !cancel(&mut self.cured, &key) {
                self.new.push((key, found));
            }
        }
    }

    /// Whether there are errors that were not there.
    pub fn has_errors(&self) -> bool {
        self.new.iter().any(|(_, found)| is_introduced(found))
    }
}

/// Whether an update brought errors.
pub fn has_errors(update: &Update) -> bool {
    update.new.iter().any(is_introduced)
}

/// Whether something new is an error that an order can do something about: none cures what has been retired.
fn is_introduced(found: &EntryDiagnostic) -> bool {
    found.is_error() && !found.diagnostic.rule.is_tolerated()
}
