//! Moving what retired fields say to the flags that have replaced them, and back.

use serde::Serialize;
use serde_json::Value;

use super::edit::{respell, set_leaf, set_status, unset, unset_leaf};
use super::value::{STATUS, leaf_of, status_of};
use super::{Flag, Registry};
use crate::config::debug_without_contents;

/// How a config is migrated.
#[derive(Clone, Copy, Default)]
pub struct Migration<'a> {
    /// The fields stay beside their flags and say the same, for daemons that still read them.
    pub keep_retired: bool,
    /// What the image sets where a config says nothing. A field that says the same is not moved: its flag
    /// is left to the image.
    pub init_cfg: Option<&'a Value>,
    /// From flags back to fields.
    pub reverse: bool,
}

debug_without_contents!(Migration <'_> { keep_retired, reverse });

/// A migrated config, and what became of each flag that there was something to do about.
#[derive(Clone, PartialEq)]
pub struct Migrated {
    /// The config after the migration.
    pub config: Value,
    /// What was done, by flag.
    pub moves: Vec<Move>,
}

debug_without_contents!(Migrated {});

/// What became of one flag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Move {
    /// The name of the flag.
    pub flag: String,
    /// The field that it has replaced.
    pub leaf: Option<String>,
    /// What the field said.
    pub leaf_value: Option<String>,
    /// What the flag said.
    pub flag_value: Option<String>,
    /// The outcome of its migration.
    pub outcome: MigrationOutcome,
    /// The status that is in effect now.
    pub status: Option<String>,
}

/// What was done about a flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MigrationOutcome {
    /// The one takes over what the other said.
    Moved,
    /// Both say it now.
    Copied,
    /// Both had the same value; the one that is not kept is removed.
    Removed,
    /// They said different things; the flag, which was set later, counts.
    Conflict,
    /// The field had the value that the image sets anyway, and is removed.
    LeftToImage,
    /// The flag said it in other words, or under another key.
    Respelt,
    /// The value is none that the flag or the field has; it is left as it is.
    Invalid,
}

impl Migrated {
    /// How many values were left because they are no legal ones.
    pub fn invalid(&self) -> usize {
        let outcomes = self.moves.iter().map(|one| one.outcome);
        outcomes
            .filter(|&outcome| outcome == MigrationOutcome::Invalid)
            .count()
    }
}

/// Migrates a config. A config that is migrated already does not change.
///
/// Forward, each retired field becomes its flag; an existing flag wins. Other spellings of a status become those of the
/// flag's family. In reverse, each flag that has replaced a field becomes that field. A value that is not legal for the
/// flag or the field is reported and left unchanged.
pub fn migrate(registry: &Registry, migration: &Migration, config: &Value) -> Migrated {
    let mut migrated = Migrated {
        config: config.clone(),
        moves: Vec::new(),
    };
    for flag in registry.iter() {
        let done = if migration.reverse {
            back(flag, config, &mut migrated.config)
        } else {
            forth(flag, migration, config, &mut migrated.config)
        };
        migrated.moves.extend(done);
    }
    migrated
}

/// What a config says of a flag.
struct Said<'c> {
    flag: &'c Flag,
    /// What the field says, whatever kind of value it is.
    leaf: Option<&'c Value>,
    /// What the flag says, whatever kind of value it is.
    status: Option<&'c Value>,
}

impl<'c> Said<'c> {
    fn of(flag: &'c Flag, config: &'c Value) -> Self {
        Said {
            flag,
            leaf: leaf_of(config, flag),
            status: flag.entry(config).and_then(|(_, entry)| entry.get(STATUS)),
        }
    }

    fn done(&self, outcome: MigrationOutcome, status: Option<&str>) -> Move {
        let text = |value: Option<&Value>| {
            value.map(|value| match value {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            })
        };
        Move {
            flag: self.flag.name.clone(),
            leaf: self.flag.replaces.as_ref().map(ToString::to_string),
            leaf_value: text(self.leaf),
            flag_value: text(self.status),
            outcome,
            status: status.map(str::to_owned),
        }
    }
}

fn forth(flag: &Flag, migration: &Migration, config: &Value, migrated: &mut Value) -> Option<Move> {
    let said = Said::of(flag, config);
    let in_leaf = said
        .leaf
        .map(|leaf| leaf.as_str().and_then(|leaf| flag.from_leaf(leaf)));
    let in_flag = said
        .status
        .map(|status| status.as_str().and_then(|status| flag.normal(status)));
    let spelt = in_flag
        .flatten()
        .is_some_and(|word| said.status != Some(&word.into()));
    let spelt = respell(migrated, flag) || spelt;
    if let (Some(word), true) = (in_flag.flatten(), spelt) {
        set_status(migrated, flag, word);
    }
    match (in_leaf, in_flag) {
        (None, None) => spelt.then(|| said.done(MigrationOutcome::Respelt, None)),
        // Without a legal status the field is all there is to go by; nothing is thrown away then.
        (_, Some(None)) | (Some(None), _) => Some(said.done(MigrationOutcome::Invalid, None)),
        (None, Some(Some(word))) if migration.keep_retired && flag.replaces.is_some() => {
            set_leaf(migrated, flag, flag.to_leaf(word));
            Some(said.done(MigrationOutcome::Copied, Some(word)))
        }
        (None, Some(Some(word))) => spelt.then(|| said.done(MigrationOutcome::Respelt, Some(word))),
        (Some(leaf), Some(Some(word))) => {
            let same = leaf == Some(word);
            if migration.keep_retired {
                let written = said.leaf.and_then(Value::as_str) == Some(flag.to_leaf(word));
                if same && written {
                    return spelt.then(|| said.done(MigrationOutcome::Respelt, Some(word)));
                }
                set_leaf(migrated, flag, flag.to_leaf(word));
            } else {
                unset_leaf(migrated, flag);
            }
            Some(match (same, migration.keep_retired) {
                (true, false) => said.done(MigrationOutcome::Removed, Some(word)),
                (true, true) => said.done(MigrationOutcome::Respelt, Some(word)),
                (false, _) => said.done(MigrationOutcome::Conflict, Some(word)),
            })
        }
        (Some(Some(word)), None) if migration.keep_retired => {
            set_status(migrated, flag, word);
            // The flag may not have all the words of the field.
            set_leaf(migrated, flag, flag.to_leaf(word));
            Some(said.done(MigrationOutcome::Copied, Some(word)))
        }
        (Some(Some(word)), None) => {
            unset_leaf(migrated, flag);
            if migration
                .init_cfg
                .is_some_and(|image| of_image(flag, image) == Some(word))
            {
                return Some(said.done(MigrationOutcome::LeftToImage, Some(word)));
            }
            set_status(migrated, flag, word);
            Some(said.done(MigrationOutcome::Moved, Some(word)))
        }
    }
}

/// What the image sets a flag to, by the flag or by the field that it has replaced.
fn of_image<'c>(flag: &'c Flag, image: &'c Value) -> Option<&'c str> {
    let status = status_of(image, flag).and_then(|status| flag.normal(status));
    status.or_else(|| {
        leaf_of(image, flag)?
            .as_str()
            .and_then(|leaf| flag.from_leaf(leaf))
    })
}

fn back(flag: &Flag, config: &Value, migrated: &mut Value) -> Option<Move> {
    flag.replaces.as_ref()?;
    let said = Said::of(flag, config);
    let Some(status) = said.status else {
        flag.entry(config)?;
        // It says nothing that the field could.
        unset(migrated, flag);
        return Some(said.done(MigrationOutcome::Removed, None));
    };
    let Some(word) = status.as_str().and_then(|status| flag.normal(status)) else {
        return Some(said.done(MigrationOutcome::Invalid, None));
    };
    unset(migrated, flag);
    let leaf = flag.to_leaf(word);
    let outcome = match said.leaf {
        None => MigrationOutcome::Moved,
        Some(own) if own.as_str() == Some(leaf) => MigrationOutcome::Removed,
        Some(_) => MigrationOutcome::Conflict,
    };
    set_leaf(migrated, flag, leaf);
    Some(said.done(outcome, Some(word)))
}
