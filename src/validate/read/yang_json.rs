//! YANG JSON (RFC 7951).

use crate::config::{JsonId, JsonKind};
use crate::schema::{ModuleId, NodeId, NodeKind};
use crate::validate::diagnostic::Rule;
use crate::validate::findings::DiagnosticBuilder;
use crate::validate::tree::{DocumentAnchor, Inst};
use crate::validate::value::Written;

use super::{Reader, written_as};

impl Reader<'_> {
    pub(super) fn read_top(&mut self) {
        let root = self.document.root();
        if self.document.kind(root) != JsonKind::Object {
            self.wrong_kind(
                DocumentAnchor::value(root),
                None,
                Rule::InvalidJSON,
                "an object",
                None,
                None,
            );
            return;
        }
        for json in self.document.children(root) {
            if let Some(node) = self.top_node(json) {
                self.read_node(node, Inst::ROOT, json);
            }
        }
    }

    /// The node of a top-level member, which needs the module's name (section 4).
    fn top_node(&mut self, json: JsonId) -> Option<NodeId> {
        let schema = self.schema;
        let member = self.document.key(json);
        let Some((module, name)) = member.split_once(':') else {
            let message = format!("{member:?} at the top level needs the name of its module in front");
            self.findings.add(
                DocumentAnchor::key(json),
                None,
                DiagnosticBuilder::new(Rule::InvalidJSON, message),
            );
            return None;
        };
        let known = schema
            .module_named(module)
            .filter(|&id| schema.module(id).implemented);
        let Some(id) = known else {
            let names = schema.modules.iter().map(|module| module.name.as_ref());
            let hint = self
                .findings
                .nearest(module, names)
                .map(|near| format!("did you mean {near:?}?"));
            let finding =
                DiagnosticBuilder::new(Rule::UnknownElement, format!("there is no module {module:?}"));
            self.findings
                .add(DocumentAnchor::key(json), None, finding.hint(hint));
            return None;
        };
        let node = schema.top_node(id, name);
        if node.is_none() {
            let message = format!("the module {module:?} has no node {name:?} at the top");
            self.findings.add(
                DocumentAnchor::key(json),
                None,
                DiagnosticBuilder::new(Rule::UnknownElement, message),
            );
        }
        node
    }

    fn read_members(&mut self, node: NodeId, inst: Inst, json: JsonId) {
        for member in self.document.children(json) {
            if let Some(child) = self.child_node(node, member) {
                self.read_node(child, inst, member);
            }
        }
    }

    fn child_node(&mut self, parent: NodeId, json: JsonId) -> Option<NodeId> {
        let schema = self.schema;
        let member = self.document.key(json);
        let (module, name) = match member.split_once(':') {
            Some((module, name)) => (schema.module_named(module), name),
            None => (Some(schema.node(parent).module), member),
        };
        let found = module.and_then(|module: ModuleId| schema.data_child(parent, module, name));
        if found.is_none() {
            let children = schema.node(parent).data_children.iter();
            let names = children.map(|&child| schema.node(child).name.as_ref());
            let near = self.findings.nearest(name, names);
            if let (Some(near), Some(object)) = (near, self.document.parent(json)) {
                self.findings.note_misspelt(object, near);
            }
            let hint = near.map(|near| format!("did you mean {near:?}?"));
            let message = format!("there is no node {member:?} in {:?}", schema.node(parent).name);
            let finding = DiagnosticBuilder::new(Rule::UnknownElement, message).hint(hint);
            self.findings
                .add(DocumentAnchor::key(json), Some(parent), finding);
        }
        found
    }

    fn read_node(&mut self, id: NodeId, parent: Inst, json: JsonId) {
        let schema = self.schema;
        let node = schema.node(id);
        if !node.config {
            let message = format!("{:?} is state data; a config holds none", node.name);
            self.findings.add(
                DocumentAnchor::key(json),
                Some(id),
                DiagnosticBuilder::new(Rule::UnknownElement, message),
            );
            return;
        }
        self.retired(id, json);
        let kind = self.document.kind(json);
        let repeats = !matches!(node.kind, NodeKind::List(_) | NodeKind::LeafList(_));
        if repeats && let Some(first) = self.tree.child(parent, id) {
            let first = self.tree.get(first).at;
            let finding =
                DiagnosticBuilder::new(Rule::Duplicate, format!("{:?} appears twice here", node.name))
                    .related(first, "first set here");
            self.findings.add(DocumentAnchor::key(json), Some(id), finding);
            return;
        }
        match (&node.kind, kind) {
            (NodeKind::Container { .. }, JsonKind::Object) => {
                let inst = self.tree.add(id, parent, DocumentAnchor::key(json));
                self.read_members(id, inst, json);
            }
            (NodeKind::List(_), JsonKind::Array) => {
                for entry in self.document.children(json) {
                    self.read_list_entry(id, parent, entry);
                }
            }
            (NodeKind::LeafList(_), JsonKind::Array) => {
                for element in self.document.children(json) {
                    let kind = self.document.kind(element);
                    match kind {
                        JsonKind::Array | JsonKind::Object => {
                            self.wrong_kind(
                                DocumentAnchor::value(element),
                                Some(id),
                                Rule::InvalidJSON,
                                "a value",
                                None,
                                None,
                            );
                            self.unread.push((id, parent, DocumentAnchor::value(element)));
                        }
                        kind => self.add_scalar(id, parent, element, written_as(kind)),
                    }
                }
            }
            (NodeKind::Leaf(_), JsonKind::Array) if self.is_empty_value(json) => {
                self.add_value(id, parent, DocumentAnchor::value(json), "", Written::Empty);
            }
            (NodeKind::Leaf(_), JsonKind::Array | JsonKind::Object) => {
                self.wrong_kind(
                    DocumentAnchor::value(json),
                    Some(id),
                    Rule::InvalidJSON,
                    "a value",
                    None,
                    None,
                );
                self.unread.push((id, parent, DocumentAnchor::value(json)));
            }
            (NodeKind::Leaf(_), kind) => self.add_scalar(id, parent, json, written_as(kind)),
            (NodeKind::Any { .. }, _) => {
                self.tree.add(id, parent, DocumentAnchor::key(json));
            }
            _ => {
                let wanted = self.wanted(id);
                self.wrong_kind(
                    DocumentAnchor::value(json),
                    Some(id),
                    Rule::InvalidJSON,
                    wanted,
                    None,
                    None,
                );
                if let (NodeKind::List(_), Some(object)) = (&node.kind, self.document.parent(json)) {
                    self.findings.note_misspelt(object, &node.name);
                } else {
                    self.unread.push((id, parent, DocumentAnchor::value(json)));
                }
            }
        }
    }

    fn read_list_entry(&mut self, id: NodeId, parent: Inst, json: JsonId) {
        if self.document.kind(json) != JsonKind::Object {
            self.wrong_kind(
                DocumentAnchor::value(json),
                Some(id),
                Rule::InvalidJSON,
                "an object",
                None,
                None,
            );
            return;
        }
        let inst = self.tree.add(id, parent, DocumentAnchor::value(json));
        self.read_members(id, inst, json);
        let NodeKind::List(list) = &self.schema.node(id).kind else {
            return;
        };
        for &key in &list.keys {
            let unread = self
                .unread
                .iter()
                .any(|&(id, parent, _)| (id, parent) == (key, inst));
            if !unread && self.tree.child(inst, key).is_none() {
                let name = &self.schema.node(key).name;
                let finding = DiagnosticBuilder::new(Rule::ListKey, format!("the entry has no key {name:?}"));
                self.findings.add(DocumentAnchor::value(json), Some(id), finding);
            }
        }
    }

    fn add_scalar(&mut self, id: NodeId, parent: Inst, json: JsonId, written: Written) {
        let text = self.document.scalar(json);
        self.add_value(id, parent, DocumentAnchor::value(json), text, written);
    }

    /// `[null]`, the value of the type `empty` (section 6.9).
    fn is_empty_value(&self, json: JsonId) -> bool {
        let mut items = self.document.children(json);
        let null = items
            .next()
            .is_some_and(|item| self.document.kind(item) == JsonKind::Null);
        null && items.next().is_none()
    }
}
