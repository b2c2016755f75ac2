//! Finds the tables of compiled modules.

use crate::schema::model::tables::{Rows, Table, TableList, Tables};
use crate::schema::model::{Module, NodeId, NodeKind, SchemaNode};

/// Finds the tables of compiled modules. A table that two modules define belongs to the first.
pub(super) fn find(modules: &[Module], nodes: &[SchemaNode], top: &[NodeId]) -> Tables {
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
    Tables::new(tables)
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
