//! How far a change has come.

use serde_json::Value;

use crate::config::EntryName;
use crate::store::{CommitMarker, fail_point};

use super::squash::same;
use super::{Record, RecordPart, Session};

/// How far a change has come on a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Position {
    /// This number of steps took place, and no other client changed their entries since.
    After(usize),
    /// This number of steps took place, and another client changed some of their entries since.
    Changed(usize),
    /// The store does not know any more; nothing is played back.
    Gone(&'static str),
}

impl Session<'_> {
    /// How far a change has come on a store.
    pub(super) fn position(
        &self,
        record: &Record,
        part: &RecordPart,
        participant: usize,
        config: &Value,
        marker: Option<CommitMarker>,
    ) -> Position {
        fail_point("in recovery");
        let answered = self.answered(&part.steps);
        let missed = |count: usize| missed(part, count, config, &answered);
        let fits = |count: usize| missed(count) == 0;
        if !self.participants[participant].store.keeps_markers() {
            let counts = || (0..=part.steps.len()).rev();
            if let Some(count) = counts().find(|&count| fits(count)) {
                return Position::After(count);
            }
            let nearest = counts().min_by_key(|&count| missed(count));
            return Position::Changed(nearest.unwrap_or_default());
        }
        match marker.filter(|marker| marker.transaction == record.id) {
            Some(marker) if marker.reloaded => {
                Position::Gone("CONFIG_DB was emptied and loaded anew since, so nothing was played back")
            }
            Some(marker) if fits(marker.step.min(part.steps.len())) => {
                Position::After(marker.step.min(part.steps.len()))
            }
            Some(marker) => Position::Changed(marker.step.min(part.steps.len())),
            None if fits(0) => Position::After(0),
            None => Position::Gone(
                "its marker is no longer on the server, which was restarted or emptied, so nothing was played back",
            ),
        }
    }
}

/// How many entries of a change are not what they are after so many steps. Those of tables in which daemons answer it do
/// not count.
fn missed(part: &RecordPart, count: usize, config: &Value, answered: &[String]) -> usize {
    let mut expected: indexmap::IndexMap<EntryName, Option<&Value>> = indexmap::IndexMap::new();
    for change in part.steps.iter().flatten() {
        expected.entry(change.entry()).or_insert(change.before.as_ref());
    }
    for change in part.steps[..count].iter().flatten() {
        expected.insert(change.entry(), change.after.as_ref());
    }
    let differs = |(name, value): &(&EntryName, &Option<&Value>)| {
        !answered.iter().any(|table| *table == name.table) && !same(**value, name.find(config))
    };
    expected.iter().filter(differs).count()
}
