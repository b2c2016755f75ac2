//! config_db to YANG JSON and back, through the instance tree.

use serde_json::{Map, Value};

use crate::config::{CONFIG_DB_SEPARATOR, Config, Document, JsonId, JsonKind};
use crate::policy::Policy;
use crate::schema::{NodeId, NodeKind, Rows, Schema, Table, TableList, TypeKind};

use super::read::Reader;
use super::tree::{DocumentAnchor, Inst, Tree};
use super::value::{self, Naming, ValueContext, Written};

/// A config_db as YANG JSON (RFC 7951).
///
/// Values stay as they are written and are strings all of them, whatever their types; only names of
/// identities get the name of their module in front. A list without elements is an empty array.
/// Left out is what the models have no node for, or no node of that kind: tables without a model,
/// entries whose key fits no list, unknown fields, values that are not strings. [`validate`] reports
/// each of them.
///
/// [`validate`]: super::validate
pub fn to_yang_json(schema: &Schema, policy: &Policy, config: &Config) -> Value {
    let reader = Reader::config_db(schema, policy, config.document());
    let writer = YangJson {
        schema,
        document: config.document(),
        tree: &reader.tree,
    };
    Value::Object(writer.members(Inst::ROOT, None))
}

/// YANG JSON as a config_db: the parts of a key joined with `|`, each row of a map as a field, lists
/// as arrays, or as one string where the policy says so.
///
/// Values stay as they are written; numbers and booleans become strings, and names of identities lose the name of their
/// module where they are clear without it. Parts that have no place in a config_db are left out: nodes outside the
/// tables, entries without one of their keys, nodes that the models do not have. Of duplicate entries the last one
/// counts.
pub fn to_config_db(schema: &Schema, policy: &Policy, document: &Document) -> Value {
    let reader = Reader::yang_json(schema, policy, document);
    let writer = ConfigDb {
        schema,
        policy,
        document,
        tree: &reader.tree,
    };
    let mut tables: Vec<(Inst, &Table)> = schema
        .tables
        .iter()
        .filter_map(|table| Some((*reader.tree.instances(table.node).first()?, table)))
        .collect();
    tables.sort_by_key(|(inst, _)| inst.order());
    let tables = tables.into_iter();
    Value::Object(
        tables
            .map(|(inst, table)| (table.name.to_string(), writer.table(table, inst)))
            .collect(),
    )
}

/// Writes a tree that was read from a config_db.
struct YangJson<'a> {
    schema: &'a Schema,
    document: &'a Document,
    tree: &'a Tree,
}

impl YangJson<'_> {
    /// The nodes below a node, as the members of its object; instances of one list are grouped.
    fn members(&self, inst: Inst, node: Option<NodeId>) -> Map<String, Value> {
        let mut members = Map::new();
        for child in self.tree.children(inst) {
            let id = self.tree.get(child).schema;
            let name = self.name(id);
            match &self.schema.node(id).kind {
                NodeKind::List(_) => push(&mut members, name, Value::Object(self.members(child, Some(id)))),
                NodeKind::LeafList(_) => push(&mut members, name, self.value(child)),
                NodeKind::Leaf(_) => drop(members.insert(name, self.value(child))),
                _ => drop(members.insert(name, Value::Object(self.members(child, Some(id))))),
            }
        }
        if let Some(id) = node {
            self.empty_lists(id, self.tree.get(inst).at, &mut members);
        }
        members
    }

    /// Leaf-lists of an entry that have no element, so that the tree does not have them.
    fn empty_lists(&self, id: NodeId, at: DocumentAnchor, members: &mut Map<String, Value>) {
        let is_entry = self
            .schema
            .node(id)
            .data_children
            .iter()
            .any(|&child| self.is_leaf_list(child));
        if !is_entry || self.document.kind(at.json) != JsonKind::Object {
            return;
        }
        for field in self.document.children(at.json) {
            let mut lists = self.schema.data_children_named(id, self.document.key(field));
            if let Some(list) = lists.find(|&child| self.is_leaf_list(child))
                && self.is_empty(field)
            {
                members
                    .entry(self.name(list))
                    .or_insert_with(|| Value::Array(Vec::new()));
            }
        }
    }

    fn is_leaf_list(&self, id: NodeId) -> bool {
        matches!(self.schema.node(id).kind, NodeKind::LeafList(_))
    }

    /// `[]`, `[""]`, and the empty string of a list that is kept as one.
    fn is_empty(&self, field: JsonId) -> bool {
        let is_blank =
            |json| self.document.kind(json) == JsonKind::String && self.document.scalar(json).is_empty();
        match self.document.kind(field) {
            JsonKind::Array => {
                let mut elements = self.document.children(field);
                elements.next().is_none_or(is_blank) && elements.next().is_none()
            }
            _ => is_blank(field),
        }
    }

    /// The member name of a node (RFC 7951, section 4).
    fn name(&self, id: NodeId) -> String {
        let node = self.schema.node(id);
        let inherited = node.data_parent.map(|parent| self.schema.node(parent).module);
        if inherited == Some(node.module) {
            node.name.to_string()
        } else {
            format!("{}:{}", self.schema.module(node.module).name, node.name)
        }
    }

    fn value(&self, inst: Inst) -> Value {
        let node = self.tree.get(inst);
        let text = if is_identity(self.schema, self.tree, inst) {
            node.value
        } else {
            node.raw
        };
        Value::String(self.tree.text(text).to_owned())
    }
}

/// Whether a value is the name of an identity that its type takes.
fn is_identity(schema: &Schema, tree: &Tree, inst: Inst) -> bool {
    let node = tree.get(inst);
    !node.invalid && matches!(schema.ty(node.ty).kind, TypeKind::Identityref { .. })
}

/// Adds an item to the array of this name.
fn push(members: &mut Map<String, Value>, name: String, item: Value) {
    if let Value::Array(items) = members.entry(name).or_insert_with(|| Value::Array(Vec::new())) {
        items.push(item);
    }
}

/// Writes a tree that was read from YANG JSON.
struct ConfigDb<'a> {
    schema: &'a Schema,
    policy: &'a Policy,
    document: &'a Document,
    tree: &'a Tree,
}

impl ConfigDb<'_> {
    fn table(&self, table: &Table, container: Inst) -> Value {
        let mut entries = Map::new();
        for inst in self.tree.children(container) {
            let id = self.tree.get(inst).schema;
            if table.entries.contains(&id) {
                let name = self.schema.node(id).name.to_string();
                entries.insert(name, self.entry(table, None, inst));
            } else if let Some(list) = table.lists.iter().find(|list| list.node == id)
                && let Some(key) = self.key(list, inst)
            {
                entries.insert(key, self.entry(table, list.rows, inst));
            }
        }
        Value::Object(entries)
    }

    /// The key of a list entry, if it has all parts.
    fn key(&self, list: &TableList, inst: Inst) -> Option<String> {
        let NodeKind::List(node) = &self.schema.node(list.node).kind else {
            return None;
        };
        let parts = node
            .keys
            .iter()
            .map(|&key| Some(self.text(self.tree.child(inst, key)?)));
        let parts: Option<Vec<String>> = parts.collect();
        Some(parts?.join(&CONFIG_DB_SEPARATOR.to_string()))
    }

    fn entry(&self, table: &Table, rows: Option<Rows>, inst: Inst) -> Value {
        let mut fields = Map::new();
        for child in self.tree.children(inst) {
            let id = self.tree.get(child).schema;
            let node = self.schema.node(id);
            match &node.kind {
                NodeKind::Leaf(leaf) if !leaf.key => {
                    fields.insert(node.name.to_string(), self.text(child).into());
                }
                NodeKind::LeafList(_) => push(&mut fields, node.name.to_string(), self.text(child).into()),
                NodeKind::List(_) => {
                    if let Some(rows) = rows.filter(|rows| rows.list == id)
                        && let Some(field) = self.tree.child(child, rows.field)
                        && let Some(value) = self.tree.child(child, rows.value)
                    {
                        fields.insert(self.text(field), self.text(value).into());
                    }
                }
                _ => {}
            }
        }
        self.empty_lists(inst, &mut fields);
        for (name, value) in &mut fields {
            if let (Value::Array(items), Some(separator)) =
                (&*value, self.policy.joined_by(&table.name, name))
            {
                let items: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
                *value = items.join(separator).into();
            }
        }
        Value::Object(fields)
    }

    /// Arrays without an element, which the tree does not have.
    fn empty_lists(&self, inst: Inst, fields: &mut Map<String, Value>) {
        let id = self.tree.get(inst).schema;
        for member in self.document.children(self.tree.get(inst).at.json) {
            let name = self.document.key(member);
            let name = name.split_once(':').map_or(name, |(_, name)| name);
            let mut lists = self.schema.data_children_named(id, name);
            let is_list = lists.any(|child| matches!(self.schema.node(child).kind, NodeKind::LeafList(_)));
            let is_empty = self.document.kind(member) == JsonKind::Array
                && self.document.children(member).next().is_none();
            if is_list && is_empty {
                fields.entry(name).or_insert_with(|| Value::Array(Vec::new()));
            }
        }
    }

    /// The text of a leaf as config_db has it.
    fn text(&self, inst: Inst) -> String {
        let node = self.tree.get(inst);
        let canonical = self.tree.value(inst);
        if is_identity(self.schema, self.tree, inst) {
            return self.without_module(inst, canonical);
        }
        // JSON numbers may have forms that strings must not have: `1e2`.
        if self.document.kind(node.at.json) == JsonKind::Number {
            return canonical.to_owned();
        }
        self.tree.text(node.raw).to_owned()
    }

    /// The name of an identity without its module, where that still means the same identity.
    fn without_module(&self, inst: Inst, canonical: &str) -> String {
        let node = self.tree.get(inst);
        let name = canonical.split_once(':').map_or(canonical, |(_, name)| name);
        let module = self.schema.node(node.schema).module;
        let scope = ValueContext::new(self.schema, module, Naming::ConfigDb).briefly();
        let same = self.schema.value_type(node.schema).is_some_and(|ty| {
            value::check(scope, ty, name, Written::Text).is_ok_and(|checked| checked.canonical == canonical)
        });
        if same {
            name.to_owned()
        } else {
            canonical.to_owned()
        }
    }
}
