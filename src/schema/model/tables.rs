//! How config_db maps to schema nodes: tables, the lists and containers in them, and maps.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::ids::NodeId;

/// The tables that the modules define.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Tables {
    tables: Vec<Table>,
    #[serde(skip)]
    by_name: FxHashMap<Box<str>, usize>,
}

/// A table: a container right below the top-level container that is named like its module.
#[derive(Debug, Serialize, Deserialize)]
pub struct Table {
    /// Its name, without prefix or path.
    pub name: Box<str>,
    /// The container of the table.
    pub node: NodeId,
    /// The container around it.
    pub top: NodeId,
    /// Its lists, in schema order.
    pub lists: Vec<TableList>,
    /// Containers in it: each maps the entry of its own name.
    pub entries: Vec<NodeId>,
}

/// A list of a table: maps the entries whose key has as many parts as the list has keys.
#[derive(Debug, Serialize, Deserialize)]
pub struct TableList {
    /// The YANG list of the entries.
    pub node: NodeId,
    /// How many keys it has.
    pub keys: usize,
    /// An inner list that takes the fields which have no leaf.
    pub rows: Option<Rows>,
}

/// An inner list with two leafs: each field of an entry is one row.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Rows {
    /// The inner list of the rows.
    pub list: NodeId,
    /// Its key, which takes the field's name.
    pub field: NodeId,
    /// Its other leaf, which takes the field's value.
    pub value: NodeId,
}

impl Tables {
    /// The index of some tables, in any order.
    pub(in crate::schema) fn new(mut tables: Vec<Table>) -> Self {
        tables.sort_by(|a, b| a.name.cmp(&b.name));
        let mut tables = Tables {
            tables,
            by_name: FxHashMap::default(),
        };
        tables.index();
        tables
    }

    pub(in crate::schema) fn index(&mut self) {
        let names = self.tables.iter().enumerate();
        self.by_name = names.map(|(at, table)| (table.name.clone(), at)).collect();
    }

    /// The table of this name.
    pub fn get(&self, name: &str) -> Option<&Table> {
        self.by_name.get(name).map(|&at| &self.tables[at])
    }

    /// All tables, in order of their names.
    pub fn iter(&self) -> std::slice::Iter<'_, Table> {
        self.tables.iter()
    }
}
