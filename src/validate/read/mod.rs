//! From documents to instance trees, with everything that is wrong on the way.

mod config_db;
mod correction;
mod retired;
mod yang_json;

use rustc_hash::FxHashMap;

use crate::config::{Document, JsonId, JsonKind};
use crate::policy::Policy;
use crate::schema::{NodeId, NodeKind, Schema, TypeId};

use super::diagnostic::Rule;
use super::findings::{DiagnosticBuilder, DiagnosticCollector};
use super::fix::Correction;
use super::tree::{AnchorPart, DocumentAnchor, Inst, Symbol, Tree};
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
    /// For each leaf the text that its type took last.
    taken: FxHashMap<NodeId, Taken>,
    /// The fields of the entry that was read last.
    fields: LastFields,
}

/// A text that a type took, written as a string.
struct Taken {
    raw: Symbol,
    value: Symbol,
    ty: TypeId,
    leafref: Option<TypeId>,
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
            tree: Tree::new(schema, document.root(), document.len() + document.len() / 4),
            unread: Vec::new(),
            findings: DiagnosticCollector::new(document, schema, policy),
            without_model: Vec::new(),
            taken: FxHashMap::default(),
            fields: LastFields::default(),
        }
    }

    /// Adds a leaf, or an element of a leaf-list, and checks its value.
    fn add_value(&mut self, id: NodeId, parent: Inst, at: DocumentAnchor, text: &str, written: Written) {
        let inst = self.tree.add(id, parent, at);
        let raw = self.tree.intern(text);
        let node = self.tree.get_mut(inst);
        node.raw = raw;
        node.value = raw;
        if written == Written::Text
            && let Some(taken) = self.taken.get(&id).filter(|taken| taken.raw == raw)
        {
            node.value = taken.value;
            node.ty = taken.ty;
            node.leafref = taken.leafref;
            return;
        }
        let Some(ty) = self.schema.value_type(id) else {
            return;
        };
        let scope = ValueContext {
            schema: self.schema,
            module: self.schema.node(id).module,
            naming: self.naming,
            brief: false,
        };
        match value::check(scope, ty, text, written) {
            Ok(checked) => {
                let value = if checked.canonical == text {
                    raw
                } else {
                    self.tree.intern(&checked.canonical)
                };
                let node = self.tree.get_mut(inst);
                node.value = value;
                node.ty = checked.ty;
                node.leafref = checked.leafref;
                if written == Written::Text {
                    let (ty, leafref) = (checked.ty, checked.leafref);
                    self.taken.insert(
                        id,
                        Taken {
                            raw,
                            value,
                            ty,
                            leafref,
                        },
                    );
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
                let message = if error.own_message {
                    error.message
                } else {
                    format!("{} {}", self.findings.quote(Some(id), text), error.message)
                };
                let secret = self.findings.is_secret(id);
                let correction = self.meant(id, at, text);
                let finding = DiagnosticBuilder::new(error.rule, message)
                    .correction(correction.map(|text| Correction::Value(text.into())))
                    // A near miss of a secret would reveal it.
                    .hint(error.hint.filter(|_| !secret))
                    .app_tag(error.app_tag);
                self.findings.add(at, Some(id), finding);
            }
        }
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
