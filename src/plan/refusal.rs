//! Why there is no plan.

use std::fmt;

use serde_json::Value;

use crate::config::{CONFIG_DB_SEPARATOR, EntryName, pointer};
use crate::policy::Policy;
use crate::validate::EntryDiagnostic;

/// Why a change has no plan. Nothing of it can be done then.
#[derive(Debug, Clone, PartialEq)]
pub enum Refusal {
    /// The target is not valid, or the current config is not: the findings.
    Invalid {
        /// Whether it is the current config.
        current: bool,
        /// The errors.
        found: Vec<EntryDiagnostic>,
    },
    /// The change touches tables that no model covers.
    NoModel(Vec<String>),
    /// The policy does not allow the change.
    Forbidden {
        /// What is not allowed, as a JSON pointer.
        pointer: String,
        /// Why.
        reason: String,
    },
    /// More would be interrupted at once than is allowed.
    Limit {
        /// The entry whose change does that.
        entry: EntryName,
        /// The table or group whose entries would be interrupted.
        of: String,
        /// How many at once.
        needed: usize,
        /// How many may be.
        limit: usize,
    },
    /// These refer to each other, so none can come or go first.
    Cycle(Vec<EntryName>),
    /// No order of what is left leads from one valid config to the next.
    NoOrder {
        /// The entries that are left.
        entries: Vec<EntryName>,
        /// What would be wrong after the next step.
        found: Vec<EntryDiagnostic>,
    },
}

/// How many names a message holds.
const NAMED: usize = 8;

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Invalid { current, found } => {
                let whose = if *current {
                    "the current config is not valid"
                } else {
                    "the target is not valid"
                };
                write!(
                    f,
                    "{whose}: {}",
                    joined(found.iter().map(|found| &found.diagnostic))
                )
            }
            Refusal::NoModel(tables) => write!(f, "no model covers {}", tables.join(", ")),
            Refusal::Forbidden { pointer, reason } => write!(f, "{pointer}: {reason}"),
            Refusal::Limit { entry, limit: 0, .. } => {
                write!(f, "{entry} would be interrupted, and nothing may be")
            }
            Refusal::Limit {
                entry,
                of,
                needed,
                limit,
            } => write!(
                f,
                "with the change of {entry}, {needed} of {of} would be interrupted at once, and at most \
                 {limit} may be"
            ),
            Refusal::Cycle(entries) => write!(
                f,
                "these refer to each other, so none of them can come or go first: {}",
                joined(entries)
            ),
            Refusal::NoOrder { entries, found } => {
                write!(f, "no order of these changes is safe: {}", joined(entries))?;
                if !found.is_empty() {
                    let found = found.iter().map(|found| &found.diagnostic);
                    write!(f, "; what could be done next would bring: {}", joined(found))?;
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for Refusal {}

impl Refusal {
    /// The findings that it is about.
    pub fn found(&self) -> &[EntryDiagnostic] {
        match self {
            Refusal::Invalid { found, .. } | Refusal::NoOrder { found, .. } => found,
            _ => &[],
        }
    }

    /// The refusal with every entry's name rewritten, to keep secrets out of messages.
    #[must_use]
    pub fn map_entries(mut self, rewrite: impl Fn(&EntryName) -> EntryName) -> Self {
        match &mut self {
            Refusal::Limit { entry, of, .. } => {
                *entry = rewrite(entry);
                if let Some((table, group)) = of.split_once(CONFIG_DB_SEPARATOR) {
                    *of = rewrite(&EntryName::new(table, group)).to_string();
                }
            }
            Refusal::Cycle(entries) | Refusal::NoOrder { entries, .. } => {
                entries.iter_mut().for_each(|entry| *entry = rewrite(entry));
            }
            Refusal::Invalid { .. } | Refusal::NoModel(_) | Refusal::Forbidden { .. } => {}
        }
        self
    }
}

fn joined<T: fmt::Display>(items: impl IntoIterator<Item = T>) -> String {
    let mut names: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    let mut text = names.join("; ");
    if more > 0 {
        text.push_str(&format!("; and {more} more"));
    }
    text
}

/// Checks what a policy forbids, by the net effect of a change.
///
/// # Errors
/// [`Refusal::Forbidden`]: the first that is not allowed.
pub fn check_allowed(policy: &Policy, current: &Value, target: &Value) -> Result<(), Refusal> {
    for rule in &policy.protected {
        // The table as a whole may be removed.
        let table_stays = pointer::split(&rule.path)
            .and_then(|place| target.get(place.first()?)?.as_object())
            .is_some_and(|entries| !entries.is_empty());
        if table_stays && current.pointer(&rule.path).is_some() && target.pointer(&rule.path).is_none() {
            return Err(Refusal::Forbidden {
                pointer: rule.path.clone(),
                reason: "a change may not remove it without its whole table".to_owned(),
            });
        }
    }
    for rule in &policy.exclusive_changes {
        let entries = |config: &'_ Value| config.get(&rule.table).and_then(Value::as_object).cloned();
        let (Some(before), Some(after)) = (entries(current), entries(target)) else {
            continue;
        };
        for (key, old) in &before {
            let Some(new) = after.get(key) else { continue };
            let (old, new) = (old.get(&rule.field), new.get(&rule.field));
            let is_exempt = |value: Option<&Value>| {
                let text = value.and_then(Value::as_str);
                text.is_some_and(|text| rule.except.iter().any(|except| except == text))
            };
            if old == new || is_exempt(old) || is_exempt(new) {
                continue;
            }
            if below(current, &rule.with, key) != below(target, &rule.with, key) {
                return Err(Refusal::Forbidden {
                    pointer: pointer::join([rule.table.as_str(), key, &rule.field]),
                    reason: format!(
                        "it does not change together with entries of {}: change one after the other",
                        rule.with
                    ),
                });
            }
        }
    }
    Ok(())
}

/// The entries of a table whose key begins with another key.
fn below<'c>(config: &'c Value, table: &str, key: &str) -> std::collections::BTreeMap<&'c str, &'c Value> {
    let entries = config.get(table).and_then(Value::as_object).into_iter().flatten();
    let same = entries.filter(|(name, _)| {
        name.strip_prefix(key)
            .is_some_and(|rest| rest.starts_with(CONFIG_DB_SEPARATOR))
    });
    same.map(|(name, value)| (name.as_str(), value)).collect()
}
