//! A config under change: what a change brings and what it cures, at a cost that depends on what the
//! change can affect.

mod looks;
mod reference;

use std::cell::OnceCell;

use rustc_hash::FxHashMap;
use serde_json::Value;

use crate::config::{Document, EntryName, Write};
use crate::policy::Policy;
use crate::schema::Schema;

use super::index::Index;
use super::read::Reader;
use super::tree::{Inst, Tree};
use super::value::Naming;
use super::{Diagnostic, examine};

use looks::Looks;
use reference::{Referrers, View, entry_of};

pub use reference::{Part, Reference};

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

/// A config with its findings, which can be changed.
#[derive(Debug)]
pub struct Validator<'s> {
    schema: &'s Schema,
    policy: &'s Policy,
    config: Value,
    found: Vec<Found>,
    read: Read,
    referrers: Referrers,
    looks: OnceCell<Looks>,
}

/// A config that has been read.
#[derive(Debug)]
struct Read {
    document: Document,
    tree: Tree,
    index: Index,
    /// The nodes of the entries.
    entries: FxHashMap<EntryName, Inst>,
}

impl<'s> Validator<'s> {
    /// Validates a config, an object of tables.
    pub fn new(schema: &'s Schema, policy: &'s Policy, config: &Value) -> Self {
        let (read, found) = Read::new(schema, policy, config);
        Validator {
            schema,
            policy,
            config: config.clone(),
            found,
            read,
            referrers: Referrers::new(schema),
            looks: OnceCell::new(),
        }
    }

    /// All findings as they stand.
    pub fn found(&self) -> Vec<Found> {
        self.found.clone()
    }

    /// The config as it stands.
    pub fn config(&self) -> &Value {
        &self.config
    }

    /// Makes changes, all at once.
    pub fn update(&mut self, writes: &[Write]) -> Update {
        for write in writes {
            write.apply(&mut self.config);
        }
        let (read, found) = Read::new(self.schema, self.policy, &self.config);
        self.read = read;
        let mut before = std::mem::replace(&mut self.found, found);
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

    /// The leafrefs that hold and have a target in an entry, by the entry that refers and the part of it.
    ///
    /// Leafrefs without `require-instance`, and those of defaults, are left out.
    pub fn references_to(&self, entry: &EntryName) -> Vec<Reference> {
        let inst = self.read.entries.get(entry);
        inst.map_or_else(Vec::new, |&inst| self.view().references_to(inst, &self.referrers))
    }

    /// The leafrefs of an entry that hold, by the part of it.
    ///
    /// What is left out is as in [`Validator::references_to`].
    pub fn references_from(&self, entry: &EntryName) -> Vec<Reference> {
        let inst = self.read.entries.get(entry);
        inst.map_or_else(Vec::new, |&inst| self.view().references_from(inst))
    }

    /// Whether a `must` or `when` of a node in the first table has a path that can reach a node of the
    /// second. That is a question about the models; a table can look at itself.
    pub fn conditions_look_at(&self, table_of_condition: &str, table_looked_at: &str) -> bool {
        let looks = self.looks.get_or_init(|| Looks::new(self.schema));
        looks.at(table_of_condition, table_looked_at)
    }

    fn view(&self) -> View<'_> {
        View {
            schema: self.schema,
            document: &self.read.document,
            tree: &self.read.tree,
            index: &self.read.index,
        }
    }
}

impl Read {
    fn new(schema: &Schema, policy: &Policy, config: &Value) -> (Self, Vec<Found>) {
        let document = Document::from_value("config", config);
        let reader = Reader::config_db(schema, policy, &document);
        let (found, tree) = examine(schema, policy, reader, Naming::ConfigDb, false);
        let found = found.into_iter().map(|(at, diagnostic)| Found {
            entry: entry_of(&document, at.json).unwrap_or_else(|| EntryName::new("", "")),
            diagnostic,
        });
        let found = found.collect();
        let mut entries = FxHashMap::default();
        for table in schema.tables.iter() {
            for &container in tree.instances(table.node) {
                for inst in tree.children(container) {
                    let node = tree.get(inst);
                    if let (false, Some(name)) = (node.implicit, entry_of(&document, node.at.json)) {
                        entries.insert(name, inst);
                    }
                }
            }
        }
        let read = Read {
            index: Index::new(schema),
            document,
            tree,
            entries,
        };
        (read, found)
    }
}
