//! What operators call schema nodes.

use rustc_hash::FxHashMap;

use crate::schema::{NodeId, NodeKind, Schema, Table};

/// Finds the names of nodes.
pub struct Names<'a> {
    schema: &'a Schema,
    tables: FxHashMap<NodeId, &'a Table>,
}

impl<'a> Names<'a> {
    /// For the nodes of a schema.
    pub fn new(schema: &'a Schema) -> Self {
        let tables = schema.tables.iter().map(|table| (table.node, table)).collect();
        Names { schema, tables }
    }

    /// The table that a node is in, or is.
    pub fn table_of(&self, node: NodeId) -> Option<&'a Table> {
        let mut at = Some(node);
        while let Some(id) = at {
            if let Some(table) = self.tables.get(&id) {
                return Some(table);
            }
            at = self.schema.node(id).data_parent;
        }
        None
    }

    /// `TABLE|<key>|…` for a key, `TABLE.field` for a field, `TABLE.<name>` for fields of any name, the
    /// schema path for what is in no table.
    pub fn of(&self, node: NodeId) -> String {
        let Some(table) = self.table_of(node) else {
            return self.schema.path(node);
        };
        let table = &table.name;
        let parent = self.schema.node(node).data_parent;
        let kind = parent.map(|parent| &self.schema.node(parent).kind);
        match kind {
            // A row of an inner list: any field, or its value.
            Some(NodeKind::List(_)) if !self.is_entry(parent) => {
                format!("{table}.<{}>", self.schema.node(node).name)
            }
            Some(NodeKind::List(list)) if list.keys.contains(&node) => {
                let parts: Vec<String> = list
                    .keys
                    .iter()
                    .map(|&key| {
                        if key == node {
                            format!("<{}>", self.schema.node(key).name)
                        } else {
                            "…".to_owned()
                        }
                    })
                    .collect();
                format!("{table}|{}", parts.join("|"))
            }
            _ => format!("{table}.{}", self.schema.node(node).name),
        }
    }

    fn is_entry(&self, node: Option<NodeId>) -> bool {
        let parent = node.and_then(|node| self.schema.node(node).data_parent);
        parent.is_some_and(|parent| self.tables.contains_key(&parent))
    }
}
