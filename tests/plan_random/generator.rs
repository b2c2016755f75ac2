//! Cuts of large configs, and edits of them, made with the references at hand and repaired until valid.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};
use sonicfg::config::{EntryName, Write, differing_entries, entries};
use sonicfg::policy::Policy;
use sonicfg::schema::Schema;
use sonicfg::validate::{EntryPart, Reference, Severity, Validator};

use crate::common::mutate::Random;

/// A config to take entries from, with the references of each entry.
struct Source {
    config: Value,
    references: BTreeMap<EntryName, Vec<Reference>>,
}

/// A config that is worked on, and others to take from.
pub struct Generator<'s> {
    pub(super) policy: &'s Policy,
    pub(super) validator: Validator<'s>,
    /// What the validator holds.
    pub(super) config: Value,
    sources: Vec<Source>,
}

/// Tables whose entries are picked more often.
const WANTED: [&str; 18] = [
    "ACL_RULE",
    "ACL_TABLE",
    "BGP_NEIGHBOR",
    "BGP_PEER_RANGE",
    "BUFFER_PG",
    "BUFFER_QUEUE",
    "INTERFACE",
    "LOOPBACK_INTERFACE",
    "MIRROR_SESSION",
    "PORT",
    "PORTCHANNEL_INTERFACE",
    "PORTCHANNEL_MEMBER",
    "PORT_QOS_MAP",
    "QUEUE",
    "VLAN_INTERFACE",
    "VLAN_MEMBER",
    "VLAN_SUB_INTERFACE",
    "VRF",
];

/// How often a config is repaired before it is given up.
const REPAIRS: usize = 8;

impl<'s> Generator<'s> {
    pub fn new(schema: &'s Schema, policy: &'s Policy, configs: Vec<Value>) -> Self {
        let empty = Value::Object(Map::new());
        let mut generator = Generator {
            policy,
            validator: Validator::new(schema, policy, &empty),
            config: empty,
            sources: Vec::new(),
        };
        for mut config in configs {
            config
                .as_object_mut()
                .unwrap()
                .retain(|table, _| schema.tables.get(table).is_some());
            generator.become_config(&config);
            let names = entries(&config).map(|(table, key, _)| EntryName::new(table, key));
            let references = names
                .map(|name| {
                    let references = generator.validator.references_from(&name);
                    (name, references)
                })
                .collect();
            generator.sources.push(Source { config, references });
        }
        generator
    }

    fn write(&mut self, writes: &[Write]) {
        self.validator.update(writes);
        writes.iter().for_each(|write| write.apply(&mut self.config));
    }

    fn become_config(&mut self, config: &Value) {
        let writes: Vec<Write> = differing_entries(&self.config, config)
            .into_iter()
            .map(|entry| Write {
                value: entry.find(config).cloned(),
                entry,
            })
            .collect();
        self.write(&writes);
    }

    /// A valid config of at most about so many entries of a source and what they need.
    pub fn cut(&mut self, most: usize, random: &mut Random) -> Option<Value> {
        let at = random.below(self.sources.len());
        let mut config = Value::Object(Map::new());
        for _ in 0..1 + random.below(most) {
            let table = self.table(at, random)?;
            for _ in 0..1 + random.below(3) {
                self.take(at, &table, &mut config, random);
            }
        }
        self.repaired(&config, random)
    }

    /// A table of a source.
    fn table(&self, at: usize, random: &mut Random) -> Option<String> {
        let tables = self.sources[at].config.as_object()?;
        let wanted: Vec<&String> = tables
            .keys()
            .filter(|table| WANTED.contains(&table.as_str()))
            .collect();
        let all: Vec<&String> = tables.keys().collect();
        let some = if random.one_in(3) || wanted.is_empty() {
            &all
        } else {
            &wanted
        };
        random.pick(some).map(|table| (*table).clone())
    }

    /// Adds an entry of a table of a source, and what it needs.
    fn take(&self, at: usize, table: &str, config: &mut Value, random: &mut Random) {
        let source = &self.sources[at];
        let Some(Value::Object(all)) = source.config.get(table) else {
            return;
        };
        let keys: Vec<&String> = all.keys().collect();
        let Some(key) = random.pick(&keys) else { return };
        let mut open = vec![EntryName::new(table, key.as_str())];
        if source.config.get("DEVICE_METADATA").is_some() {
            open.push(EntryName::new("DEVICE_METADATA", "localhost"));
        }
        while let Some(name) = open.pop() {
            let Some(value) = name.find(&source.config).filter(|_| name.find(config).is_none()) else {
                continue;
            };
            let value = trimmed(value, random);
            // What else is of the same thing.
            if let Some((above, _)) = name.key.split_once('|') {
                open.push(EntryName::new(name.table.as_str(), above));
            }
            for reference in source.references.get(&name).into_iter().flatten() {
                if stands(&value, &reference.via) {
                    open.extend(reference.to.iter().map(|(to, _)| to.clone()));
                }
            }
            let (entry, value) = (name, Some(value));
            Write { entry, value }.apply(config);
        }
    }

    /// A config as it is, or less what is wrong in it. It is what is worked on afterwards.
    pub fn repaired(&mut self, config: &Value, random: &mut Random) -> Option<Value> {
        let base = self.config.clone();
        self.become_config(config);
        for _ in 0..REPAIRS {
            let found = self.validator.found();
            let wrong: BTreeSet<EntryName> = found
                .into_iter()
                .filter(|found| found.diagnostic.severity == Severity::Error)
                .map(|found| found.entry)
                .collect();
            if wrong.is_empty() {
                return Some(self.config.clone());
            }
            let mut writes = Vec::new();
            for entry in wrong {
                let old = entry.find(&base);
                let is_new = old != entry.find(&self.config);
                let value = old.filter(|_| is_new && random.one_in(2)).cloned();
                if entry.table == "DEVICE_METADATA" || entry.key.is_empty() {
                    return None;
                }
                writes.push(Write { entry, value });
            }
            self.write(&writes);
        }
        None
    }

    /// The config that is worked on, changed in some ways.
    pub fn edited(&mut self, random: &mut Random) -> Option<Value> {
        let base = self.config.clone();
        let wanted = 1 + random.below(5);
        let mut done = 0;
        for _ in 0..wanted * 4 {
            let Some(writes) = self.edit(random) else { continue };
            self.write(&writes);
            done += 1;
            if done == wanted {
                break;
            }
        }
        let config = self.config.clone();
        self.become_config(&base);
        self.repaired(&config, random)
    }

    /// An entry of the config that is worked on.
    pub(super) fn entry(&self, random: &mut Random, table: Option<&str>) -> Option<EntryName> {
        let all = entries(&self.config);
        let some = all.filter(|(name, ..)| table.is_none_or(|table| table == *name));
        let names: Vec<EntryName> = some.map(|(table, key, _)| EntryName::new(table, key)).collect();
        let tables: BTreeSet<&str> = names.iter().map(|name| name.table.as_str()).collect();
        let tables: Vec<&str> = tables.into_iter().collect();
        let table = random.pick(&tables)?;
        let names: Vec<&EntryName> = names.iter().filter(|name| name.table == *table).collect();
        random.pick(&names).map(|name| (*name).clone())
    }

    pub(super) fn value(&self, name: &EntryName) -> Option<Map<String, Value>> {
        name.find(&self.config)?.as_object().cloned()
    }

    /// An entry of the same table in some source.
    pub(super) fn like(&self, name: &EntryName, random: &mut Random) -> Option<Map<String, Value>> {
        let source = random.pick(&self.sources)?;
        let entries = source.config.get(name.table.as_str())?.as_object()?;
        let all: Vec<&Value> = entries.values().collect();
        random.pick(&all)?.as_object().cloned()
    }

    /// Entries of a source that are not there, with what they need.
    pub(super) fn more(&self, random: &mut Random) -> Option<Vec<Write>> {
        if self.sources.is_empty() {
            return None;
        }
        let at = random.below(self.sources.len());
        let mut config = self.config.clone();
        let table = self.table(at, random)?;
        if random.one_in(4) {
            // A table instead of what was there.
            config.as_object_mut()?.shift_remove(&table);
        }
        for _ in 0..1 + random.below(3) {
            self.take(at, &table, &mut config, random);
        }
        let changed = differing_entries(&self.config, &config).into_iter();
        let writes = changed.map(|entry| Write {
            value: entry.find(&config).cloned(),
            entry,
        });
        Some(writes.collect())
    }
}

/// An entry with short lists.
fn trimmed(value: &Value, random: &mut Random) -> Value {
    let mut value = value.clone();
    for field in value
        .as_object_mut()
        .into_iter()
        .flat_map(|fields| fields.values_mut())
    {
        if let Value::Array(list) = field {
            while list.len() > 3 || list.len() > 1 && random.one_in(3) {
                list.remove(random.below(list.len()));
            }
        }
    }
    value
}

/// Whether an entry has a part.
pub fn stands(value: &Value, part: &EntryPart) -> bool {
    match part {
        EntryPart::Key => true,
        EntryPart::Field(field) | EntryPart::Name(field) => value.get(field.as_str()).is_some(),
        EntryPart::Element(field, element) => {
            let list = value.get(field.as_str()).and_then(Value::as_array);
            list.is_some_and(|list| list.iter().any(|item| item.as_str() == Some(element)))
        }
    }
}
