//! How config_db maps to schema nodes: tables, the lists and containers in them, and maps.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::model::{Module, NodeId, NodeKind, SchemaNode};

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
    /// Finds the tables of compiled modules. A table that two modules define belongs to the first.
    pub(super) fn find(modules: &[Module], nodes: &[SchemaNode], top: &[NodeId]) -> Self {
        let mut tables: Vec<Table> = Vec::new();
        for &id in top {
            let node = &nodes[id.index()];
            let is_table_holder = matches!(node.kind, NodeKind::Container { .. })
                && node.name == modules[node.module.index()].name
                && node.config;
            if !is_table_holder {
                continue;
            }
            for &child in &node.children {
                let container = &nodes[child.index()];
                if matches!(container.kind, NodeKind::Container { .. })
                    && holds_entries(nodes, container)
                    && !tables.iter().any(|table| table.name == container.name)
                {
                    tables.push(table(nodes, id, child));
                }
            }
        }
        tables.sort_by(|a, b| a.name.cmp(&b.name));
        let mut tables = Tables {
            tables,
            by_name: FxHashMap::default(),
        };
        tables.index();
        tables
    }

    pub(super) fn index(&mut self) {
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

/// Whether a container has what entries map to; one with leafs alone, such as an event, has not.
fn holds_entries(nodes: &[SchemaNode], container: &SchemaNode) -> bool {
    let mut children = container.children.iter().map(|child| &nodes[child.index()].kind);
    children.any(|kind| matches!(kind, NodeKind::List(_) | NodeKind::Container { .. }))
}

fn table(nodes: &[SchemaNode], top: NodeId, id: NodeId) -> Table {
    let container = &nodes[id.index()];
    let mut lists = Vec::new();
    let mut entries = Vec::new();
    for &child in &container.children {
        let node = &nodes[child.index()];
        match &node.kind {
            NodeKind::List(list) => lists.push(TableList {
                node: child,
                keys: list.keys.len(),
                rows: rows(nodes, child),
            }),
            NodeKind::Container { .. } => entries.push(child),
            _ => {}
        }
    }
    // A table's only list counts if it is named after the table.
    if let [only] = &lists[..] {
        let name = &nodes[only.node.index()].name;
        if name.strip_suffix("_LIST") != Some(container.name.as_ref()) {
            lists.clear();
        }
    }
    Table {
        name: container.name.clone(),
        node: id,
        top,
        lists,
        entries,
    }
}

/// The inner list of a list, if it has exactly one, with one key and one other leaf.
fn rows(nodes: &[SchemaNode], list: NodeId) -> Option<Rows> {
    let mut inner = nodes[list.index()]
        .children
        .iter()
        .copied()
        .filter(|child| matches!(nodes[child.index()].kind, NodeKind::List(_)));
    let (Some(id), None) = (inner.next(), inner.next()) else {
        return None;
    };
    let NodeKind::List(list) = &nodes[id.index()].kind else {
        return None;
    };
    let (&[field], &[a, b]) = (&list.keys[..], &nodes[id.index()].children[..]) else {
        return None;
    };
    let value = if a == field { b } else { a };
    matches!(nodes[value.index()].kind, NodeKind::Leaf(_)).then_some(Rows {
        list: id,
        field,
        value,
    })
}
