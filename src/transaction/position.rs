//! How far a change has come.

use serde_json::Value;

use crate::config::EntryName;
use crate::store::{Mark, fail_point};

use super::fold::same;
use super::{Part, Record, Session};

/// How far a change has come on a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Position {
    /// So many steps took place, and nobody changed their entries since.
    After(usize),
    /// So many steps took place, and somebody changed some of their entries since.
    Changed(usize),
    /// The store does not know any more; nothing is played back.
    Gone(&'static str),
}

impl Session<'_> {
    /// How far a change has come on a store.
    pub(super) fn position(
        &self,
        record: &Record,
        part: &Part,
        member: usize,
        config: &Value,
        mark: Option<Mark>,
    ) -> Position {
        fail_point("in recovery");
        let fits = |count: usize| missed(part, count, config) == 0;
        if !self.members[member].store.keeps_marks() {
            let counts = || (0..=part.steps.len()).rev();
            if let Some(count) = counts().find(|&count| fits(count)) {
                return Position::After(count);
            }
            let nearest = counts().min_by_key(|&count| missed(part, count, config));
            return Position::Changed(nearest.unwrap_or_default());
        }
        match mark.filter(|mark| mark.transaction == record.id) {
            Some(mark) if mark.reloaded => {
                Position::Gone("CONFIG_DB was emptied and loaded anew since, so nothing was played back")
            }
            Some(mark) if fits(mark.step.min(part.steps.len())) => {
                Position::After(mark.step.min(part.steps.len()))
            }
            Some(mark) => Position::Changed(mark.step.min(part.steps.len())),
            None if fits(0) => Position::After(0),
            None => Position::Gone(
                "its mark is gone from the server, which was restarted or emptied, so nothing was played back",
            ),
        }
    }
}

/// How many entries of a change are not what they are after so many steps.
fn missed(part: &Part, count: usize, config: &Value) -> usize {
    let mut expected: indexmap::IndexMap<EntryName, Option<&Value>> = indexmap::IndexMap::new();
    for change in part.steps.iter().flatten() {
        expected.entry(change.entry()).or_insert(change.before.as_ref());
    }
    for change in part.steps[..count].iter().flatten() {
        expected.insert(change.entry(), change.after.as_ref());
    }
    let differs = |(name, value): &(&EntryName, &Option<&Value>)| !same(**value, name.find(config));
    expected.iter().filter(differs).count()
}
