//! Entries as scripts give and take them.

use std::collections::BTreeMap;

use redis::Value as Reply;
use serde_json::{Map, Value, json};

use crate::config::CONFIG_DB_SEPARATOR;
use crate::policy::Policy;
use crate::store::{EntryChange, StoreError, TableVersion};
use crate::validate::masked_entry;

use super::digest::Packed;
use super::{from, layout, no_config};

/// The config from the entries that a script gave, and the state of each table.
pub(super) fn config(
    store: &str,
    entries: Reply,
) -> Result<(Value, BTreeMap<String, TableVersion>), StoreError> {
    let strange = || super::strange(store, "read");
    let entries: Vec<Reply> = from(entries).ok_or_else(strange)?;
    let mut tables: Map<String, Value> = Map::new();
    let mut named: Vec<(Vec<u8>, Reply)> = Vec::with_capacity(entries.len() / 2);
    let mut entries = entries.into_iter();
    while let (Some(name), Some(hash)) = (entries.next(), entries.next()) {
        let Reply::BulkString(name) = name else {
            return Err(strange());
        };
        named.push((name, hash));
    }
    // A server gives keys in no order.
    named.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    let mut packed: BTreeMap<String, (Packed, Vec<String>)> = BTreeMap::new();
    for (name, hash) in named {
        let name = String::from_utf8(name).map_err(|error| {
            let name = String::from_utf8_lossy(error.as_bytes()).into_owned();
            no_config(store, format!("the name of the key {name:?} is not UTF-8"))
        })?;
        let mut hash: Vec<(String, String)> =
            from(hash).ok_or_else(|| no_config(store, format!("a field of {name:?} is not UTF-8")))?;
        let Some((table, key)) = name.split_once(CONFIG_DB_SEPARATOR) else {
            return Err(strange());
        };
        hash.sort_unstable();
        let (table_packed, names) = packed.entry(table.to_owned()).or_default();
        table_packed.add(&name, &hash);
        names.push(name.clone());
        let value = layout::from_hash(hash);
        match tables.get_mut(table) {
            Some(Value::Object(entries)) => drop(entries.insert(key.to_owned(), value)),
            _ => drop(tables.insert(table.to_owned(), json!({ key: value }))),
        }
    }
    let versions = packed.into_iter().map(|(table, (packed, entries))| {
        let digest = packed.digest();
        (table, TableVersion { digest, entries })
    });
    Ok((Value::Object(tables), versions.collect()))
}

/// The names of the entries of each table that a step writes, after it.
pub(super) fn names_after(
    versions: &BTreeMap<String, TableVersion>,
    changes: &[EntryChange],
) -> BTreeMap<String, Vec<String>> {
    let mut after: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for change in changes {
        let before = || {
            versions
                .get(&change.table)
                .map_or(Vec::new(), |table| table.entries.clone())
        };
        let names = after.entry(change.table.clone()).or_insert_with(before);
        let name = change.entry().to_string();
        match (names.binary_search(&name), &change.after) {
            (Ok(at), None) => drop(names.remove(at)),
            (Err(at), Some(_)) => names.insert(at, name),
            _ => {}
        }
    }
    after
}

/// The state of the tables, as the script of a step reads it.
pub(super) fn expected(versions: &BTreeMap<String, TableVersion>) -> String {
    let tables = versions.iter();
    let tables = tables.map(|(table, version)| (table.clone(), json!([version.digest, version.entries])));
    Value::Object(tables.collect()).to_string()
}

/// The writes of a step, as its script reads them. Entries of tables that may have changed meanwhile are written whole.
pub(super) fn writes(
    store: &str,
    policy: Option<&Policy>,
    changes: &[EntryChange],
    exempt: &[String],
) -> Result<String, StoreError> {
    let mut writes = Vec::with_capacity(changes.len());
    for change in changes {
        let name = change.entry().to_string();
        let refused = |reason: String| StoreError::CannotKeep {
            store: store.to_owned(),
            entry: masked_entry(policy.unwrap_or(&Policy::shipped()), &change.entry()).to_string(),
            reason,
        };
        if change.key.is_empty() || change.table.is_empty() || change.table.contains(CONFIG_DB_SEPARATOR) {
            return Err(refused(
                "the names of a table and a key are not empty, and that of a table has no \"|\"".to_owned(),
            ));
        }
        let Some(after) = &change.after else {
            writes.push(json!([name]));
            continue;
        };
        let after = layout::to_hash(after).map_err(refused)?;
        // What was read could be kept.
        let before = change.before.as_ref().map(layout::to_hash);
        let before = before.and_then(Result::ok).unwrap_or_default();
        let is_exempt = exempt.contains(&change.table);
        let mut set: Vec<&str> = Vec::new();
        for (field, text) in &after {
            if is_exempt || !before.iter().any(|(name, old)| (name, old) == (field, text)) {
                set.extend([field.as_str(), text]);
            }
        }
        let stays = |field: &String| after.iter().any(|(name, _)| name == field);
        let gone = before
            .iter()
            .map(|(field, _)| field)
            .filter(|field| !stays(field));
        writes.push(json!([name, set, gone.collect::<Vec<_>>()]));
    }
    Ok(Value::Array(writes).to_string())
}
