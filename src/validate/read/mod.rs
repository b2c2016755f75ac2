//! From documents to instance trees, with everything that is wrong on the way.

mod config_db;
mod correction;
mod dialects;
mod renamed;
mod retired;
mod yang_json;

use rustc_hash::FxHashMap;

use crate::config::{Document, JsonId, JsonKind};
use crate::policy::Policy;
use crate::schema::{NodeId, NodeKind, Schema, TypeId};

use super::diagnostic::Rule;
use super::findings::{DiagnosticBuilder, DiagnosticCollector};
use super::fix::Correction;
use super::tree::{AnchorPart, DocumentAnchor, Inst, Instance, Symbol, Tree};
use super::value::{self, Naming, ValueContext, Written};

/// Reads one document into a tree.
pub struct Reader<'a> {
    schema: &'a Schema,
    policy: &'a Policy,
    document: &'a Document,
    naming: Naming,
    /// The tree that was read.
    pub tree: Tree,
    /// Nodes that are there, but whose value is of the wrong kind.
    pub unread: Vec<(NodeId, Inst, DocumentAnchor)>,
    /// What was found wrong.
    pub findings: DiagnosticCollector<'a>,
    /// Tables that no model covers, in document order.
    pub without_model: Vec<String>,
    /// For each leaf the text that its type took last: the next one is often the same.
    last: FxHashMap<NodeId, Taken>,
    /// For each leaf all texts that its type took.
    taken: FxHashMap<(NodeId, Symbol), Taken>,
    /// The fields of the entry that was read last.
    fields: LastFields,
}

/// A text that a type took, written as a string.
#[derive(Clone, Copy)]
struct Taken {
    raw: Symbol,
    value: Symbol,
    ty: TypeId,
    leafref: Option<TypeId>,
}

impl Taken {
    /// Gives the value to a leaf.
    fn give(&self, leaf: &mut Instance) {
        leaf.raw = self.raw;
        leaf.value = self.value;
        leaf.ty = self.ty;
        leaf.leafref = self.leafref;
    }
}

/// The fields of an entry, by their names, in order: those of the next one are often the same.
#[derive(Default)]
struct LastFields {
    node: Option<NodeId>,
    fields: Vec<(JsonId, Option<NodeId>)>,
}

impl<'a> Reader<'a> {
    /// Reads a config_db document into a tree.
    pub fn config_db(schema: &'a Schema, policy: &'a Policy, document: &'a Document) -> Self {
        let mut reader = Self::new(schema, policy, document, Naming::ConfigDb);
        reader.read_tables();
        reader
    }

    /// Reads YANG JSON (RFC 7951).
    pub fn yang_json(schema: &'a Schema, policy: &'a Policy, document: &'a Document) -> Self {
        let mut reader = Self::new(schema, policy, document, Naming::YangJson);
        reader.read_top();
        reader
    }

    /// Reads on, parts of a config_db, into a tree that is there already.
    pub fn onto(schema: &'a Schema, policy: &'a Policy, document: &'a Document, tree: Tree) -> Self {
        Reader {
            schema,
            policy,
            document,
            naming: Naming::ConfigDb,
            tree,
            unread: Vec::new(),
            findings: DiagnosticCollector::new(document, schema, policy).without_fixes(),
            without_model: Vec::new(),
            last: FxHashMap::default(),
            taken: FxHashMap::default(),
            fields: LastFields::default(),
        }
    }

    fn new(schema: &'a Schema, policy: &'a Policy, document: &'a Document, naming: Naming) -> Self {
        Reader {
            schema,
            policy,
            document,
            naming,
            // Most values have a node, and keys and defaults have some too.
            tree: Tree::new(schema, document.root(), document.len() + document.len() / 2),
            unread: Vec::new(),
            findings: DiagnosticCollector::new(document, schema, policy),
            without_model: Vec::new(),
            last: FxHashMap::default(),
            taken: FxHashMap::default(),
            fields: LastFields::default(),
        }
    }

    /// Adds a leaf, or an element of a leaf-list, and checks its value.
    fn add_value(&mut self, id: NodeId, parent: Inst, at: DocumentAnchor, text: &str, written: Written) {
        let inst = self.tree.add(id, parent, at);
        let is_text = matches!(written, Written::Text | Written::Field);
        if is_text
            && let Some(last) = self.last.get(&id)
            && self.tree.text(last.raw) == text
        {
            last.give(self.tree.get_mut(inst));
            return;
        }
        let raw = self.tree.intern(text);
        let node = self.tree.get_mut(inst);
        if written == Written::Text
            && let Some(&taken) = self.taken.get(&(id, raw))
        {
            taken.give(node);
            self.last.insert(id, taken);
            return;
        }
        node.raw = raw;
        node.value = raw;
        let Some(ty) = self.schema.value_type(id) else {
            return;
        };
        let scope = self.scope(id);
        match value::check(scope, ty, text, written) {
            Ok(checked) => {
                let value = if checked.canonical == text {
                    raw
                } else {
                    self.tree.intern(&checked.canonical)
                };
                let taken = Taken {
                    raw,
                    value,
                    ty: checked.ty,
                    leafref: checked.leafref,
                };
                taken.give(self.tree.get_mut(inst));
                let is_noted = self.note_dialects(id, at, (text, written), &checked);
                if is_text && !is_noted {
                    self.taken.insert((id, raw), taken);
                    self.last.insert(id, taken);
                }
            }
            Err(error) => {
                self.tree.get_mut(inst).invalid = true;
                if self.is_told_retired(id) {
                    return;
                }
                if error.rule == Rule::InvalidValue && self.is_other_flag(id) {
                    self.unknown_flag(id, at, text, error.hint);
                    return;
                }
                // A near miss of a secret would reveal it.
                let secret = self.findings.is_secret(id);
                let hint = self.with_dialect(id, (text, written), &error);
                let message = if error.own_message {
                    error.message
                } else {
                    format!("{} {}", self.findings.quote(Some(id), text), error.message)
                };
                // A near miss of a secret would reveal it.
                let renamed = if secret {
                    None
                } else {
                    self.renamed_value(id, at, text)
                };
                let (hint, correction) = match renamed {
                    Some((hint, correction)) => (Some(hint), correction),
                    None => {
                        let correction = self.meant(id, at, text);
                        let correction = correction.map(|text| Correction::Value(text.into()));
                        (hint.filter(|_| !secret), correction)
                    }
                };
                let finding = DiagnosticBuilder::new(error.rule, message)
                    .correction(correction)
                    .hint(hint)
                    .app_tag(error.app_tag);
                self.findings.add(at, Some(id), finding);
            }
        }
    }

    /// What is known of a leaf whose value is checked.
    fn scope(&self, leaf: NodeId) -> ValueContext<'a> {
        ValueContext::new(self.schema, self.schema.node(leaf).module, self.naming)
    }

    /// A value of the wrong kind.
    fn wrong_kind(
        &mut self,
        at: DocumentAnchor,
        id: Option<NodeId>,
        rule: Rule,
        wanted: &str,
        hint: Option<String>,
        correction: Option<Correction>,
    ) {
        let found = self.document.kind(at.json).describe();
        let message = format!("{found} where {wanted} belongs");
        let finding = DiagnosticBuilder::new(rule, message)
            .hint(hint)
            .correction(correction);
        self.findings.add(at, id, finding);
    }

    /// What kind of value a field takes, in words.
    fn wanted(&self, id: NodeId) -> &'static str {
        match self.schema.node(id).kind {
            NodeKind::LeafList(_) => "a list of strings",
            NodeKind::List(_) => "a list of entries",
            NodeKind::Container { .. } => "an object",
            _ => "a string",
        }
    }
}

/// How a value was written.
pub fn written(document: &Document, at: DocumentAnchor) -> Written {
    match at.spot {
        AnchorPart::Value => written_as(document.kind(at.json)),
        AnchorPart::Key | AnchorPart::KeyPart(_) => Written::Text,
    }
}

fn written_as(kind: JsonKind) -> Written {
    match kind {
        JsonKind::Number => Written::Number,
        JsonKind::Bool => Written::Boolean,
        JsonKind::Null => Written::Null,
        _ => Written::Text,
    }
}
