//! config_db: tables, entries, fields.

use serde_json::json;
use smallvec::SmallVec;

use crate::config::{CONFIG_DB_SEPARATOR, JsonId, JsonKind};
use crate::schema::{NodeId, NodeKind, Rows, Table, TableList};
use crate::validate::diagnostic::Rule;
use crate::validate::findings::DiagnosticBuilder;
use crate::validate::fix::Correction;
use crate::validate::tree::{AnchorPart, DocumentAnchor, Inst};
use crate::validate::value::{self, Written};

use super::Reader;

impl<'a> Reader<'a> {
    pub(super) fn read_tables(&mut self) {
        let root = self.document.root();
        if self.document.kind(root) != JsonKind::Object {
            self.no_tables();
            return;
        }
        for json in self.document.children(root) {
            let name = self.document.key(json);
            let table = self.schema.tables.get(name);
            let is_empty = self.document.children(json).next().is_none();
            if self.read_head(name, table, json, is_empty)
                && let Some(table) = table
            {
                self.read_table(table, json);
            }
        }
    }

    /// Reports a document that is no object.
    pub fn no_tables(&mut self) {
        let at = DocumentAnchor::value(self.document.root());
        self.wrong_kind(at, None, Rule::InvalidJSON, "an object of tables", None, None);
    }

    /// Looks at a table without its entries. Says whether it is one that config_db can hold, with a
    /// model or without.
    pub fn read_head(&mut self, name: &str, table: Option<&Table>, json: JsonId, is_empty: bool) -> bool {
        // Of an empty table there is nothing to check.
        if table.is_none() && !(is_empty && self.document.kind(json) == JsonKind::Object) {
            self.unknown_table(name, json);
        }
        let node = table.map(|table| table.node);
        if self.document.kind(json) != JsonKind::Object {
            let wanted = "an object of entries";
            self.wrong_kind(
                DocumentAnchor::value(json),
                node,
                Rule::InvalidJSON,
                wanted,
                None,
                None,
            );
            return false;
        }
        if is_empty {
            let message =
                format!("the table {name:?} has no entry; config_db cannot hold it, and it is left out");
            let finding = DiagnosticBuilder::new(Rule::MinElements, message).warning();
            let hint = Some("remove the table".to_owned());
            let finding = finding.hint(hint).correction(Some(Correction::Removal));
            self.findings.add(DocumentAnchor::key(json), node, finding);
        }
        true
    }

    fn unknown_table(&mut self, name: &str, json: JsonId) {
        self.without_model.push(name.to_owned());
        let message = format!("no model covers the table {name:?}: it is not checked");
        let (hint, correction) = match self.renamed_table(json) {
            Some((hint, correction)) => (Some(hint), correction),
            None => {
                let tables = self.schema.tables.iter().map(|table| table.name.as_ref());
                let hint = self
                    .findings
                    .nearest(name, tables)
                    .map(|near| format!("did you mean {near:?}?"));
                let correction = hint.as_ref().and_then(|_| self.table_meant(json));
                (hint, correction)
            }
        };
        let finding = DiagnosticBuilder::new(Rule::UnknownElement, message)
            .hint(hint)
            .correction(correction)
            .warning();
        self.findings.add(DocumentAnchor::key(json), None, finding);
    }

    fn read_table(&mut self, table: &'a Table, json: JsonId) {
        let top = match self.tree.instances(table.top).first() {
            Some(&top) => top,
            None => self.tree.add(table.top, Inst::ROOT, DocumentAnchor::key(json)),
        };
        let container = self.tree.add(table.node, top, DocumentAnchor::key(json));
        for entry in self.document.children(json) {
            self.read_entry(table, container, entry);
        }
    }

    /// Reads an entry of a table; gives its node, unless its key fits nothing in the table.
    pub fn read_entry(&mut self, table: &Table, container: Inst, json: JsonId) -> Option<Inst> {
        let schema = self.schema;
        let key = self.document.key(json);
        let named = table
            .entries
            .iter()
            .find(|entry| schema.node(**entry).name.as_ref() == key);
        let is_named = named.is_some_and(|_| {
            let mut lists = table.lists.iter().filter(|list| list.keys == 1);
            !lists.any(|list| self.is_taken_by_list(list.node, json))
        });
        if let Some(&entry) = named.filter(|_| is_named) {
            let inst = self.tree.add(entry, container, DocumentAnchor::key(json));
            self.read_fields(entry, None, inst, json);
            return Some(inst);
        }
        let parts = parts_of(key);
        let fitting: SmallVec<[&TableList; 4]> = table
            .lists
            .iter()
            .filter(|list| list.keys == parts.len())
            .collect();
        let list = match fitting[..] {
            [] => {
                self.no_list(table, json, &parts);
                return None;
            }
            [only] => only,
            // The first that takes the key and knows the fields; none does: the first will say why.
            [first, ..] => fitting
                .iter()
                .copied()
                .find(|list| self.accepts(list, &parts, json))
                .unwrap_or(first),
        };
        let inst = self.tree.add(list.node, container, DocumentAnchor::key(json));
        for (position, (&part, &leaf)) in parts.iter().zip(self.keys(list.node)).enumerate() {
            let at = DocumentAnchor {
                json,
                spot: AnchorPart::KeyPart(position as u16),
            };
            self.add_key(leaf, inst, at, part);
        }
        self.read_fields(list.node, list.rows, inst, json);
        Some(inst)
    }

    fn keys(&self, list: NodeId) -> &'a [NodeId] {
        match &self.schema.node(list).kind {
            NodeKind::List(list) => &list.keys,
            _ => &[],
        }
    }

    /// Whether a list takes a key, and has a node for every field.
    pub(super) fn accepts(&self, list: &TableList, parts: &[&str], json: JsonId) -> bool {
        let keys_fit = self.keys(list.node).iter().zip(parts).all(|(&leaf, part)| {
            let scope = self.scope(leaf).briefly();
            let ty = self.schema.value_type(leaf);
            ty.is_some_and(|ty| value::check(scope, ty, part, Written::Text).is_ok())
        });
        let mut fields = self.document.children(json);
        keys_fit
            && (list.rows.is_some()
                || fields.all(|field| self.field(list.node, self.document.key(field)).is_some()))
    }

    fn no_list(&mut self, table: &Table, json: JsonId, parts: &[&str]) {
        let schema = self.schema;
        let key = self.document.key(json);
        let entries = || {
            table
                .entries
                .iter()
                .map(|&entry| schema.node(entry).name.as_ref())
        };
        if table.lists.is_empty() {
            let names: Vec<&str> = entries().collect();
            let near = self.findings.nearest(key, names.iter().copied());
            let hint = match near {
                Some(near) => format!("did you mean {near:?}?"),
                None => format!("its entries: {}", names.join(", ")),
            };
            let message = format!("the table {:?} has no entry of this name", table.name);
            let finding = DiagnosticBuilder::new(Rule::UnknownElement, message).hint(Some(hint));
            self.findings
                .add(DocumentAnchor::key(json), Some(table.node), finding);
            return;
        }
        let shapes: Vec<String> = table
            .lists
            .iter()
            .map(|list| {
                let names: Vec<String> = self
                    .keys(list.node)
                    .iter()
                    .map(|&leaf| format!("<{}>", schema.node(leaf).name))
                    .collect();
                names.join("|")
            })
            .chain(entries().map(str::to_owned))
            .collect();
        let counts = match parts.len() {
            1 => "1 part".to_owned(),
            count => format!("{count} parts"),
        };
        let message = format!("a key of {counts} does not fit the table {:?}", table.name);
        let finding = DiagnosticBuilder::new(Rule::ListKey, message)
            .hint(Some(format!("its keys: {}", shapes.join(", "))));
        self.findings
            .add(DocumentAnchor::key(json), Some(table.node), finding);
    }

    /// The leaf or leaf-list for a field; not a key, which is a part of the entry's key.
    pub(super) fn field(&self, node: NodeId, name: &str) -> Option<NodeId> {
        self.schema
            .data_children_named(node, name)
            .find(|&child| match &self.schema.node(child).kind {
                NodeKind::Leaf(leaf) => !leaf.key,
                NodeKind::LeafList(_) => true,
                _ => false,
            })
    }

    /// The leaf or leaf-list for a field by its position; in entries of one list that is often the same.
    fn field_at(&mut self, at: usize, node: NodeId, json: JsonId) -> Option<NodeId> {
        let name = self.document.key(json);
        if let Some(&(other, leaf)) = self.fields.fields.get(at)
            && self.document.key(other) == name
        {
            return leaf;
        }
        let leaf = self.field(node, name);
        // Those behind it are at other positions now.
        self.fields.fields.truncate(at);
        if self.fields.fields.len() == at {
            self.fields.fields.push((json, leaf));
        }
        leaf
    }

    fn read_fields(&mut self, node: NodeId, rows: Option<Rows>, inst: Inst, json: JsonId) {
        if self.document.kind(json) != JsonKind::Object {
            self.wrong_kind(
                DocumentAnchor::value(json),
                Some(node),
                Rule::InvalidJSON,
                "an object of fields",
                None,
                None,
            );
            self.tree.get_mut(inst).invalid = true;
            return;
        }
        if self.fields.node != Some(node) {
            self.fields.node = Some(node);
            self.fields.fields.clear();
        }
        for (at, field) in self.document.children(json).enumerate() {
            if self.document.is_stored_marker(field) {
                self.stored_marker(node, field);
                continue;
            }
            match (self.field_at(at, node, field), rows) {
                (Some(leaf), _) => self.read_field(leaf, inst, field),
                (None, Some(rows)) => {
                    self.note_rows(node, field);
                    self.read_row(rows, inst, field);
                }
                (None, None) => self.unknown_field(node, field),
            }
        }
    }

    fn unknown_field(&mut self, node: NodeId, field: JsonId) {
        let schema = self.schema;
        let name = self.document.key(field);
        let is_key = schema
            .data_children_named(node, name)
            .any(|child| matches!(&schema.node(child).kind, NodeKind::Leaf(leaf) if leaf.key));
        let (message, hint, correction) = if is_key {
            let message = format!("{name:?} is part of the entry's key, not a field");
            (message, Some("remove the field".to_owned()), None)
        } else if let Some((hint, correction)) = self.renamed_field(node, field) {
            (format!("there is no field {name:?} here"), Some(hint), correction)
        } else {
            let children = schema.node(node).data_children.iter();
            let names: Vec<&str> = children
                .filter(|&&child| match &schema.node(child).kind {
                    NodeKind::Leaf(leaf) => !leaf.key && schema.retired(child).is_none(),
                    NodeKind::LeafList(_) => true,
                    _ => false,
                })
                .map(|&child| schema.node(child).name.as_ref())
                .collect();
            let near = self.findings.nearest(name, names.iter().copied());
            let hint = match near {
                Some(near) => {
                    if let Some(object) = self.document.parent(field) {
                        self.findings.note_misspelt(object, near);
                    }
                    Some(format!("did you mean {near:?}?"))
                }
                None if names.is_empty() => Some("the entry has no fields".to_owned()),
                None if names.len() <= 12 => Some(format!("its fields: {}", names.join(", "))),
                None => None,
            };
            let correction = near.and_then(|_| self.field_meant(node, field, names.iter().copied()));
            (format!("there is no field {name:?} here"), hint, correction)
        };
        let finding = DiagnosticBuilder::new(Rule::UnknownElement, message)
            .hint(hint)
            .correction(correction);
        self.findings.add(DocumentAnchor::key(field), Some(node), finding);
    }

    fn read_field(&mut self, leaf: NodeId, inst: Inst, field: JsonId) {
        let schema = self.schema;
        let at = DocumentAnchor::value(field);
        if !schema.node(leaf).config {
            let finding = DiagnosticBuilder::new(Rule::UnknownElement, "state data; a config holds none");
            self.findings.add(DocumentAnchor::key(field), Some(leaf), finding);
            return;
        }
        self.retired(leaf, field);
        let document = self.document;
        match (document.kind(field), &schema.node(leaf).kind) {
            (JsonKind::String, NodeKind::LeafList(_)) => self.read_joined(leaf, inst, field),
            (JsonKind::String, _) => self.add_value(leaf, inst, at, document.scalar(field), Written::Field),
            (JsonKind::Array, NodeKind::LeafList(_)) => self.read_elements(leaf, inst, field),
            _ => {
                self.not_a_string(leaf, field, self.wanted(leaf));
                self.unread.push((leaf, inst, at));
            }
        }
    }

    fn read_elements(&mut self, leaf: NodeId, inst: Inst, field: JsonId) {
        let document = self.document;
        let elements: Vec<JsonId> = document.children(field).collect();
        let is_blank = |&element: &JsonId| {
            document.kind(element) == JsonKind::String && document.scalar(element).is_empty()
        };
        // `[]` and `[""]` are the same to config_db: no elements.
        if elements.is_empty() || elements.len() == 1 && is_blank(&elements[0]) {
            self.check_empty_list(leaf, field);
            return;
        }
        for element in elements {
            if document.kind(element) == JsonKind::String {
                let at = DocumentAnchor::value(element);
                match document.scalar(element) {
                    "" => self.add_empty_element(leaf, inst, at),
                    text => self.add_value(leaf, inst, at, text, Written::Field),
                }
            } else {
                self.not_a_string(leaf, element, "a string");
                self.unread.push((leaf, inst, DocumentAnchor::value(element)));
            }
        }
    }

    /// An empty list cannot override a default: config_db has no way to say it. A default of one empty element is what
    /// an empty list reads as.
    fn check_empty_list(&mut self, leaf: NodeId, field: JsonId) {
        if let NodeKind::LeafList(list) = &self.schema.node(leaf).kind
            && list.defaults.iter().any(|default| !default.is_empty())
        {
            let message = format!("an empty list where the default is {}", json!(list.defaults));
            let hint = "remove the field, then the default counts".to_owned();
            let finding = DiagnosticBuilder::new(Rule::InvalidValue, message).hint(Some(hint));
            self.findings
                .add(DocumentAnchor::value(field), Some(leaf), finding);
        }
    }

    /// A list that config_db keeps as one string.
    fn read_joined(&mut self, leaf: NodeId, inst: Inst, field: JsonId) {
        let document = self.document;
        let text = document.scalar(field);
        let table = self.schema.table_name(leaf);
        let Some(separator) = self.policy.joined_by(table, document.key(field)) else {
            let hint = if self.findings.is_secret(leaf) {
                None
            } else {
                Some(format!("write [{text:?}]"))
            };
            self.wrong_kind(
                DocumentAnchor::value(field),
                Some(leaf),
                Rule::InvalidValue,
                "a list of strings",
                hint,
                self.quoted(leaf, field, true),
            );
            self.unread.push((leaf, inst, DocumentAnchor::value(field)));
            return;
        };
        if text.is_empty() {
            self.check_empty_list(leaf, field);
            return;
        }
        for element in text.split(separator) {
            self.add_joined(leaf, inst, DocumentAnchor::value(field), element);
        }
    }

    fn not_a_string(&mut self, leaf: NodeId, json: JsonId, wanted: &str) {
        let hint = match self.document.kind(json) {
            JsonKind::Number | JsonKind::Bool if !self.findings.is_secret(leaf) => {
                let text = self.document.scalar(json);
                Some(if wanted == "a string" {
                    format!("write {text:?}")
                } else {
                    format!("write [{text:?}]")
                })
            }
            _ => None,
        };
        let correction = hint
            .as_ref()
            .and_then(|_| self.quoted(leaf, json, wanted != "a string"));
        self.wrong_kind(
            DocumentAnchor::value(json),
            Some(leaf),
            Rule::InvalidValue,
            wanted,
            hint,
            correction,
        );
    }

    /// A field that is a row of an inner list.
    fn read_row(&mut self, rows: Rows, inst: Inst, field: JsonId) {
        let document = self.document;
        if document.kind(field) != JsonKind::String {
            self.not_a_string(rows.value, field, "a string");
            return;
        }
        let row = self.tree.add(rows.list, inst, DocumentAnchor::key(field));
        let name = document.key(field);
        self.add_value(rows.field, row, DocumentAnchor::key(field), name, Written::Text);
        self.add_value(
            rows.value,
            row,
            DocumentAnchor::value(field),
            document.scalar(field),
            Written::Text,
        );
    }
}

/// The parts of a key. Most keys are so short that a search for the separators takes longer than this.
fn parts_of(key: &str) -> SmallVec<[&str; 4]> {
    let mut parts = SmallVec::new();
    let mut start = 0;
    for (at, byte) in key.bytes().enumerate() {
        if char::from(byte) == CONFIG_DB_SEPARATOR {
            parts.push(&key[start..at]);
            start = at + 1;
        }
    }
    parts.push(&key[start..]);
    parts
}
