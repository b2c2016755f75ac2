//! A config under change: what a change brings and what it cures, at a cost that depends on what the
//! change can affect.

use serde_json::Value;

use crate::config::{Config, EntryName, Write, pointer};
use crate::policy::Policy;
use crate::schema::Schema;

use super::{Diagnostic, validate};

/// A finding and the entry that it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The entry; where a finding is about a whole table, its key is empty.
    pub entry: EntryName,
    /// The finding. It has no place in a text.
    pub diagnostic: Diagnostic,
}

/// What an update made of the findings.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Update {
    /// Findings that were not there before.
    pub new: Vec<Found>,
    /// Findings that are there no more.
    pub cured: Vec<Found>,
}

/// Which part of an entry a reference is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Part of its key.
    Key,
    /// A field with one value, or a field that is kept as one string.
    Field(String),
    /// An element of a list, as it is written.
    Element(String, String),
    /// The name of a field that is a row of its own (`CABLE_LENGTH|AZURE` `Ethernet0`).
    Name(String),
}

/// A leafref that holds, and what it refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The entry that refers.
    pub from: EntryName,
    /// Where in it.
    pub via: Part,
    /// The entries that have what it refers to: one is enough.
    pub to: Vec<(EntryName, Part)>,
}

/// A config with its findings, which can be changed.
#[derive(Debug)]
pub struct Validator<'s> {
    schema: &'s Schema,
    policy: &'s Policy,
    config: Value,
    found: Vec<Found>,
}

impl<'s> Validator<'s> {
    /// Validates a config, an object of tables.
    pub fn new(schema: &'s Schema, policy: &'s Policy, config: &Value) -> Self {
        let mut validator = Validator {
            schema,
            policy,
            config: config.clone(),
            found: Vec::new(),
        };
        validator.found = validator.validate();
        validator
    }

    /// All findings as they stand.
    pub fn found(&self) -> Vec<Found> {
        self.found.clone()
    }

    /// Makes changes, all at once.
    pub fn update(&mut self, writes: &[Write]) -> Update {
        for write in writes {
            write.apply(&mut self.config);
        }
        let mut before = std::mem::take(&mut self.found);
        self.found = self.validate();
        let mut new = Vec::new();
        for found in &self.found {
            match before.iter().position(|old| old == found) {
                Some(at) => {
                    before.swap_remove(at);
                }
                None => new.push(found.clone()),
            }
        }
        Update { new, cured: before }
    }

    fn validate(&self) -> Vec<Found> {
        let config = Config::from_value("config", &self.config);
        let report = validate(self.schema, self.policy, &config);
        let found = report.diagnostics.into_iter().map(|diagnostic| {
            let mut tokens = pointer::split(&diagnostic.pointer)
                .unwrap_or_default()
                .into_iter();
            let entry = EntryName {
                table: tokens.next().unwrap_or_default(),
                key: tokens.next().unwrap_or_default(),
            };
            Found { entry, diagnostic }
        });
        found.collect()
    }
}
