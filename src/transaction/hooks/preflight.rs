//! Changes that a switch does not take: values that it does not support, fields that it does not let change.

use std::fmt;

use serde_json::Value;

use crate::config::{EntryName, differing_entries};
use crate::policy::{ImmutableFields, Policy, Supported, is_on};
use crate::store::{Store, StoreError};
use crate::validate::{MASK, masked_entry};

use super::Release;
use super::actions::{changed_fields, field};

/// A field whose change the switch does not take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsupported {
    /// The name of the entry.
    pub entry: EntryName,
    /// The field; `None` where it is about the entry as a whole.
    pub field: Option<String>,
    /// The reason, in words.
    pub reason: String,
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

/// The parts of a change that the platform does not support, judged by its net effect.
///
/// # Errors
/// [`StoreError`]: STATE_DB cannot be read.
pub fn unsupported_changes(
    policy: &Policy,
    release: &Release,
    store: &mut dyn Store,
    current: &Value,
    target: &Value,
) -> Result<Vec<Unsupported>, StoreError> {
    let mut found = Vec::new();
    if policy.supported.is_empty() && policy.immutable.is_empty() {
        return Ok(found);
    }
    let metadata = |name: &str| {
        let value = current.get("DEVICE_METADATA")?.get("localhost")?.get(name)?;
        value.as_str().map(str::to_owned)
    };
    let listed = |rule: &&Supported| rule.not_on.is_empty() || !is_on(&rule.not_on, metadata);
    let supported: Vec<&Supported> = policy.supported.values().filter(listed).collect();
    let refused = policy.immutable.values().filter(|rule| {
        let date = rule.until_release.as_ref();
        is_on(&rule.on, metadata)
            && rule.is_branch(&release.names())
            && date.is_none_or(|date| release.is_before(date))
    });
    let refused: Vec<&ImmutableFields> = refused.collect();
    for entry in differing_entries(current, target) {
        let (before, after) = (entry.find(current), entry.find(target));
        for rule in &refused {
            found.extend(refusal(rule, &entry, before, after));
        }
        for rule in supported.iter().filter(|rule| rule.field.table == entry.table) {
            found.extend(unsupported(policy, rule, store, &entry, before, after)?);
        }
    }
    Ok(found)
}

/// A change of a field that the switch does not let change.
fn refusal(
    rule: &ImmutableFields,
    entry: &EntryName,
    before: Option<&Value>,
    after: Option<&Value>,
) -> Option<Unsupported> {
    if rule.edits_only && (before.is_none() || after.is_none()) {
        return None;
    }
    let mut own = rule.fields.iter().filter(|fields| fields.is_of(&entry.table));
    let hit = own.find_map(|fields| {
        let mut changed = changed_fields(before, after);
        match changed.find(|field| fields.has(field)) {
            // It is added or removed whole.
            Some(_) if fields.is_whole() && (before.is_none() || after.is_none()) => Some(None),
            Some(field) => Some(Some(field.to_owned())),
            // An entry without fields.
            None => (fields.is_whole() && before != after).then_some(None),
        }
    })?;
    Some(Unsupported {
        entry: entry.clone(),
        field: hit,
        reason: format!("the switch does not let it change: {}", rule.reason),
    })
}

/// A value that is not among those that the switch lists.
fn unsupported(
    policy: &Policy,
    rule: &Supported,
    store: &mut dyn Store,
    entry: &EntryName,
    before: Option<&Value>,
    after: Option<&Value>,
) -> Result<Option<Unsupported>, StoreError> {
    let name = &rule.field.field;
    let Some(Value::String(value)) = field(after, name) else {
        return Ok(None);
    };
    // Removed and added again it is another, of which the list says nothing.
    let is_another = before.is_some()
        && changed_fields(before, after).any(|field| policy.is_create_only(&entry.table, field));
    if field(before, name) == field(after, name) || is_another {
        return Ok(None);
    }
    let state = store.state(&rule.among.table, &entry.key)?;
    let list = state.and_then(|fields| fields.get(&rule.among.field).cloned());
    let list = list.unwrap_or_default();
    let known: Vec<&str> = list
        .split(',')
        .map(str::trim)
        .filter(|one| !one.is_empty())
        .collect();
    let value = value.trim();
    if known.is_empty() || known.contains(&value) && !rule.nothing.iter().any(|word| word == value) {
        return Ok(None);
    }
    let known: Vec<&str> = known
        .into_iter()
        .filter(|one| !rule.nothing.iter().any(|word| word == one))
        .collect();
    let value = if policy.is_secret_field(&entry.table, name) {
        MASK.to_owned()
    } else {
        format!("{value:?}")
    };
    let key = masked_entry(policy, entry).key;
    Ok(Some(Unsupported {
        entry: entry.clone(),
        field: Some(name.clone()),
        reason: format!(
            "the switch does not support {value} there, {} ({} of {}|{key} in STATE_DB)",
            if known.is_empty() {
                "nor any other value".to_owned()
            } else {
                format!("only {}", known.join(", "))
            },
            rule.among.field,
            rule.among.table,
        ),
    }))
}
