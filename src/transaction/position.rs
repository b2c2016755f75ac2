//! How far a change has come, read from the entries that it changes.
//!
//! The marker of a store counts the completed steps. It says nothing of the config: that may have been emptied and loaded
//! anew since. So the entries decide.

use serde_json::Value;

use crate::config::EntryName;
use crate::store::{CommitMarker, Server, fail_point};

use super::RecordPart;
use super::squash::{same, squash};
use super::undo;

const NO_MARK: &str = "the server has no mark of it, so no step of it took place; nothing was played back";
const ALL_THERE: &str = "CONFIG_DB was loaded anew since, with all of it; nothing was played back";
const NOTHING_LEFT: &str =
    "CONFIG_DB was loaded anew or changed since, and nothing of it is left; nothing was played back";

/// How far a change has come on a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Position {
    /// This number of steps took place, and no other client changed their entries since.
    After(usize),
    /// This number of steps took place, and another client changed some of their entries since.
    Changed(usize),
    /// It is not half done, for another reason than that its steps took place or did not. Nothing is played back.
    Settled(&'static str),
    /// This number of steps may have taken place on this config, or another config may have been loaded since.
    Doubt(usize),
}

/// What is known of a store beside its config.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known<'k> {
    /// Whether the store keeps markers.
    pub keeps_markers: bool,
    /// The marker of the change, if it is there.
    pub marker: Option<&'k CommitMarker>,
    /// The server, if there is one.
    pub server: Option<&'k Server>,
    /// Whether the process that made the steps asks, and has held the lock since.
    pub is_own: bool,
    /// Tables in which daemons answer the change: their entries say nothing of it.
    pub answered: &'k [String],
}

/// How the entries of a change are now, by number.
#[derive(Debug, Default, PartialEq, Eq)]
struct Entries {
    /// As before the change.
    before: usize,
    /// As after it.
    after: usize,
    /// As after some of its steps.
    between: usize,
    /// As none of its steps made them.
    other: usize,
}

impl Entries {
    fn of(part: &RecordPart, config: &Value, answered: &[String]) -> Self {
        let mut values: indexmap::IndexMap<EntryName, Vec<Option<&Value>>> = indexmap::IndexMap::new();
        for change in part.steps.iter().flatten() {
            let known = values.entry(change.entry()).or_default();
            if known.is_empty() {
                known.push(change.before.as_ref());
            }
            known.push(change.after.as_ref());
        }
        let mut entries = Entries::default();
        for (name, values) in &values {
            if answered.iter().any(|table| *table == name.table) {
                continue;
            }
            let now = name.find(config);
            let (first, last) = (values[0], values[values.len() - 1]);
            match (same(now, first), same(now, last)) {
                (true, true) => {}
                (true, false) => entries.before += 1,
                (false, true) => entries.after += 1,
                _ if values.iter().any(|value| same(now, *value)) => entries.between += 1,
                _ => entries.other += 1,
            }
        }
        entries
    }

    /// Whether a part of the change is there, and another is not: no config that was made otherwise looks like this.
    fn is_half_done(&self) -> bool {
        self.between > 0 || self.before > 0 && self.after > 0
    }
}

/// How far a change has come on a store that holds this config.
pub(super) fn position(part: &RecordPart, config: &Value, known: Known) -> Position {
    fail_point("in recovery");
    let count = part.steps.len();
    let fits = |count: usize| missed(part, count, config, known.answered) == 0;
    let step = known.marker.map(|marker| marker.step.min(count));
    if let Some(step) = step.filter(|&step| fits(step)) {
        return Position::After(step);
    }
    if fits(0) {
        return Position::After(0);
    }
    if known.keeps_markers && step.is_none() {
        // The id of the server is kept beside the marker: one is lost with the other.
        let then = part.server.as_ref();
        let has_marks = known
            .server
            .is_some_and(|server| server.had_id && then.is_some_and(|then| then.id == server.identity.id));
        if has_marks {
            return Position::Settled(NO_MARK);
        }
    }
    let entries = Entries::of(part, config, known.answered);
    let is_whole = entries.before + entries.between + entries.other == 0;
    let nearest = || {
        let counts = (0..=count).rev();
        counts
            .min_by_key(|&count| missed(part, count, config, known.answered))
            .unwrap_or_default()
    };
    if known.keeps_markers {
        return match step {
            _ if is_whole => Position::Settled(ALL_THERE),
            None => match (1..count).rev().find(|&count| fits(count)) {
                Some(count) => Position::After(count),
                None => Position::Doubt(nearest()),
            },
            Some(step) if known.is_own || entries.is_half_done() => Position::Changed(step),
            // All of it took place, and was changed later.
            Some(step) if step == count && entries.before == 0 && entries.after > 0 => Position::After(count),
            Some(step) => {
                let own = squash(&part.steps[..step]);
                if undo(config, &own).target == *config {
                    Position::Settled(NOTHING_LEFT)
                } else {
                    Position::Doubt(step)
                }
            }
        };
    }
    match (1..=count).rev().find(|&count| fits(count)) {
        Some(count) => Position::After(count),
        None if known.is_own || entries.is_half_done() => Position::Changed(nearest()),
        // A file that is replaced once is never half done.
        None if entries.before == 0 && entries.after > 0 => Position::After(count),
        None if entries.before > 0 && entries.after == 0 => Position::After(0),
        None => Position::Doubt(nearest()),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{EntryChange, LockOwner, ServerIdentity};
    use serde_json::json;

    /// A change of three steps: it sets the entries a, b and c, each from 1 to 2.
    fn part() -> RecordPart {
        let step = |key: &str| {
            vec![EntryChange {
                table: "T".into(),
                key: key.into(),
                before: Some(json!({"f": "1"})),
                after: Some(json!({"f": "2"})),
            }]
        };
        RecordPart {
            steps: ["a", "b", "c"].map(step).to_vec(),
            server: Some(ServerIdentity {
                id: "id".into(),
                run: String::new(),
            }),
            ..RecordPart::default()
        }
    }

    fn config(a: &str, b: &str, c: &str) -> Value {
        let entry = |text: &str| match text {
            "theirs" => json!({"f": "2", "g": "theirs"}),
            text => json!({"f": text}),
        };
        json!({"T": {"a": entry(a), "b": entry(b), "c": entry(c)}})
    }

    fn at(config: &Value, step: Option<usize>, had_id: bool, is_own: bool) -> Position {
        let marker = step.map(|step| CommitMarker {
            transaction: String::new(),
            step,
            of: None,
            until: None,
            holder: LockOwner::this("a test"),
        });
        let server = Server {
            identity: ServerIdentity {
                id: if had_id { "id" } else { "new" }.into(),
                run: String::new(),
            },
            had_id,
        };
        position(
            &part(),
            config,
            Known {
                keeps_markers: true,
                marker: marker.as_ref(),
                server: Some(&server),
                is_own,
                answered: &[],
            },
        )
    }

    #[test]
    fn entries_decide_on_a_server() {
        use Position::{After, Changed, Doubt, Settled};
        // The marker counts, and the entries confirm it.
        assert_eq!(at(&config("2", "1", "1"), Some(1), true, false), After(1));
        assert_eq!(at(&config("1", "1", "1"), Some(1), true, false), After(0));
        assert_eq!(
            at(&config("2", "2", "2"), Some(1), true, false),
            Settled(ALL_THERE)
        );
        // Another client changed an entry of a change that is half done.
        assert_eq!(at(&config("2", "theirs", "1"), Some(2), true, false), Changed(2));
        assert_eq!(at(&config("9", "2", "1"), Some(2), true, false), Changed(2));
        // What is left may be ours, or of a config that was loaded since.
        assert_eq!(at(&config("theirs", "1", "1"), Some(1), true, false), Doubt(1));
        assert_eq!(at(&config("theirs", "1", "1"), Some(1), true, true), Changed(1));
        assert_eq!(
            at(&config("9", "1", "1"), Some(1), true, false),
            Settled(NOTHING_LEFT)
        );
        assert_eq!(at(&config("2", "2", "theirs"), Some(3), true, false), After(3));
        assert_eq!(at(&config("2", "2", "theirs"), Some(2), true, false), Doubt(2));
        // No marker: none was ever written, or all were lost.
        assert_eq!(at(&config("2", "1", "1"), None, true, false), Settled(NO_MARK));
        assert_eq!(at(&config("2", "1", "1"), None, false, false), After(1));
        assert_eq!(at(&config("1", "1", "1"), None, false, false), After(0));
        assert_eq!(at(&config("2", "2", "2"), None, false, false), Settled(ALL_THERE));
        assert_eq!(at(&config("1", "2", "1"), None, false, false), Doubt(2));
    }

    #[test]
    fn contents_decide_on_a_file() {
        use Position::{After, Changed, Doubt};
        let at = |config: &Value, is_own| {
            let known = Known {
                keeps_markers: false,
                marker: None,
                server: None,
                is_own,
                answered: &[],
            };
            position(&part(), config, known)
        };
        assert_eq!(at(&config("2", "2", "1"), false), After(2));
        assert_eq!(at(&config("2", "2", "2"), false), After(3));
        assert_eq!(at(&config("2", "theirs", "1"), false), Changed(2));
        assert_eq!(at(&config("2", "2", "theirs"), false), After(3));
        assert_eq!(at(&config("9", "1", "1"), false), After(0));
        assert_eq!(at(&config("9", "9", "9"), false), Doubt(3));
        assert_eq!(at(&config("9", "9", "9"), true), Changed(3));
    }
}
