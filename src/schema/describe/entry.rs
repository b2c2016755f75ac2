//! The kinds of entries that a table has.

use crate::config::CONFIG_DB_SEPARATOR;
use crate::schema::{NodeId, NodeKind, Rows, Schema, Table};

/// One kind of entry of a table: a list, or a container that is named like the entry.
#[derive(Clone, Copy)]
pub struct Entry {
    /// The list or container.
    pub node: NodeId,
    /// The inner list that takes fields of any name.
    pub rows: Option<Rows>,
}

/// The kinds of entries of a table, in schema order.
pub fn entries(schema: &Schema, table: &Table) -> Vec<Entry> {
    let children = schema.node(table.node).children.iter();
    let entry = |&child: &NodeId| {
        let list = table.lists.iter().find(|list| list.node == child);
        let rows = list.and_then(|list| list.rows);
        (list.is_some() || table.entries.contains(&child)).then_some(Entry { node: child, rows })
    };
    children.filter_map(entry).collect()
}

impl Entry {
    /// The leafs that make up the key; none for a container.
    pub fn keys(self, schema: &Schema) -> &[NodeId] {
        match &schema.node(self.node).kind {
            NodeKind::List(list) => &list.keys,
            _ => &[],
        }
    }

    /// Leafs and leaf-lists in schema order, keys too.
    pub fn leafs(self, schema: &Schema) -> Vec<NodeId> {
        let mut leafs = schema.node(self.node).data_children.clone();
        leafs.retain(|&id| matches!(schema.node(id).kind, NodeKind::Leaf(_) | NodeKind::LeafList(_)));
        // Of these the models know nothing.
        leafs.retain(|&id| schema.retired(id).is_none_or(|retired| !retired.unknown));
        leafs.sort();
        leafs
    }

    /// Leafs and leaf-lists in schema order, without keys.
    pub fn fields(self, schema: &Schema) -> Vec<NodeId> {
        let mut fields = self.leafs(schema);
        fields.retain(|id| !self.keys(schema).contains(id));
        fields
    }

    /// Whether it takes a field, or has a key leaf, of this name.
    pub fn has_field(self, schema: &Schema, name: &str) -> bool {
        let has = |id: &NodeId| schema.node(*id).name.as_ref() == name;
        self.rows.is_some() || self.leafs(schema).iter().any(has)
    }

    /// The field, key leaf or retired field of this name.
    pub fn leaf(self, schema: &Schema, name: &str) -> Option<NodeId> {
        let mut known = self.leafs(schema);
        known.extend(
            schema
                .retired
                .iter()
                .filter(|retired| retired.holder == self.node)
                .map(|retired| retired.node),
        );
        let has = |id: &NodeId| schema.node(*id).name.as_ref() == name;
        known.into_iter().find(has)
    }

    /// Whether it has a field, key leaf or retired field of this name.
    pub fn has_leaf(self, schema: &Schema, name: &str) -> bool {
        self.leaf(schema, name).is_some()
    }

    /// Whether it takes a key, judged by its number of parts.
    pub fn takes(self, schema: &Schema, key: &str) -> bool {
        match self.keys(schema).len() {
            0 => schema.node(self.node).name.as_ref() == key,
            count => key.split(CONFIG_DB_SEPARATOR).count() == count,
        }
    }

    /// The title of an entry, `TABLE|<key>`.
    pub fn title(self, schema: &Schema, table: &str) -> String {
        let keys = self.keys(schema);
        let name = |&key: &NodeId| format!("<{}>", schema.node(key).name);
        let parts: Vec<String> = match keys {
            [] => vec![schema.node(self.node).name.to_string()],
            keys => keys.iter().map(name).collect(),
        };
        format!("{table}|{}", parts.join("|"))
    }
}
