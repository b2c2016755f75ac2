//! Leafrefs that hold, as references between entries (RFC 7950, section 9.9).

use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;

use crate::config::{Document, EntryName, JsonId, JsonKind};
use crate::schema::{Leafref, NodeId, Schema};
use crate::validate::index::Index;
use crate::validate::tree::{AnchorPart, DocumentAnchor, Inst, Tree};
use crate::validate::xpath::Evaluator;

/// Which part of an entry a reference is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EntryPart {
    /// Part of its key.
    Key,
    /// A field with one value, or a field that is kept as one string.
    Field(SmolStr),
    /// An element of a list, as it is written.
    Element(SmolStr, SmolStr),
    /// The name of a field that is a row of its own (`CABLE_LENGTH|AZURE` `Ethernet0`).
    Name(SmolStr),
}

/// A leafref that holds, and what it refers to.
///
/// Several may have the same part of an entry: the parts of its key, the elements of a list that is kept
/// as one string. Each has to be satisfied on its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// The entry that refers.
    pub from: EntryName,
    /// The part of it that refers.
    pub via: EntryPart,
    /// The value that refers, as it is written.
    pub text: SmolStr,
    /// The entries that have what it refers to: one is enough.
    pub to: Vec<(EntryName, EntryPart)>,
}

/// For each leaf that leafrefs point to, the leafs with those leafrefs.
#[derive(Debug)]
pub struct Referrers(FxHashMap<NodeId, Vec<NodeId>>);

impl Referrers {
    /// Those of a schema.
    pub fn new(schema: &Schema) -> Self {
        let mut referrers: FxHashMap<NodeId, Vec<NodeId>> = FxHashMap::default();
        for id in (0..schema.nodes.len() as u32).map(NodeId) {
            for leafref in schema.leafrefs(id).iter().filter(|l| l.require_instance) {
                let nodes = referrers.entry(leafref.target).or_default();
                if nodes.last() != Some(&id) {
                    nodes.push(id);
                }
            }
        }
        Referrers(referrers)
    }

    fn of(&self, target: NodeId) -> &[NodeId] {
        self.0.get(&target).map_or(&[], Vec::as_slice)
    }
}

/// A config that has been read: its text, its nodes, and an index over them.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// The schema of the models.
    pub schema: &'a Schema,
    /// The document with its text.
    pub document: &'a Document,
    /// The nodes of the config.
    pub tree: &'a Tree,
    /// The index of leaf values.
    pub index: &'a Index,
}

impl<'a> View<'a> {
    /// The references of the leafs below an entry's node.
    pub fn references_from(self, entry: Inst) -> Vec<Reference> {
        let leafs = self.below(entry).into_iter();
        let found = leafs.filter_map(|leaf| self.reference(leaf, self.targets(leaf)));
        sorted(found.collect())
    }

    /// The references that have a target among the leafs below an entry's node.
    pub fn references_to(self, entry: Inst, referrers: &Referrers) -> Vec<Reference> {
        let mut found = Vec::new();
        let mut seen = FxHashSet::default();
        for leaf in self.below(entry) {
            let node = self.tree.get(leaf);
            if node.implicit {
                continue;
            }
            for &referrer in referrers.of(node.schema) {
                for &from in self.index.find(self.tree, referrer, node.value) {
                    let leafref = self.leafref(from);
                    if leafref.is_none_or(|leafref| leafref.target != node.schema) {
                        continue;
                    }
                    let targets = self.targets(from);
                    if targets.contains(&leaf) && seen.insert(from) {
                        found.extend(self.reference(from, targets));
                    }
                }
            }
        }
        sorted(found)
    }

    /// Whether a leaf has the value of a leaf below an entry's node in another config, and could refer to that.
    pub fn may_refer_to(self, other: View, entry: Inst, referrers: &Referrers) -> bool {
        other.below(entry).into_iter().any(|leaf| {
            let node = other.tree.get(leaf);
            let value = || self.tree.symbol(other.tree.text(node.value));
            let mut referrers = referrers.of(node.schema).iter();
            let has = |&referrer: &NodeId, value| !self.index.find(self.tree, referrer, value).is_empty();
            referrers.len() > 0 && value().is_some_and(|value| referrers.any(|referrer| has(referrer, value)))
        })
    }

    /// The leafref that took the value of a leaf, if it has to have a target.
    fn leafref(self, leaf: Inst) -> Option<&'a Leafref> {
        let node = self.tree.get(leaf);
        if node.implicit || node.invalid {
            return None;
        }
        let leafrefs = self.schema.leafrefs(node.schema);
        leafrefs.iter().find(|leafref| Some(leafref.ty) == node.leafref)
    }

    /// The leafs that satisfy the leafref of a leaf; defaults are in no entry and are left out.
    fn targets(self, leaf: Inst) -> Vec<Inst> {
        let Some(leafref) = self.leafref(leaf) else {
            return Vec::new();
        };
        let value = self.tree.get(leaf).value;
        let mut targets = if leafref.global {
            self.index.find(self.tree, leafref.target, value).to_vec()
        } else {
            let evaluator = Evaluator::new(self.schema, self.tree, self.index);
            evaluator.evaluate(&leafref.path, leaf).into_nodes().into_vec()
        };
        targets.retain(|&target| {
            let target = self.tree.get(target);
            target.value == value && !target.implicit
        });
        targets
    }

    /// The reference of a leaf to its targets.
    fn reference(self, leaf: Inst, targets: Vec<Inst>) -> Option<Reference> {
        let targets = targets.into_iter();
        let mut to: Vec<_> = targets.filter_map(|target| self.place(target)).collect();
        if to.is_empty() {
            return None;
        }
        to.sort_unstable();
        to.dedup();
        let (from, via) = self.place(leaf)?;
        let text = self.tree.text(self.tree.get(leaf).raw).into();
        Some(Reference { from, via, text, to })
    }

    /// The nodes below another, at any depth.
    fn below(self, inst: Inst) -> Vec<Inst> {
        let mut nodes: Vec<Inst> = self.tree.children(inst).collect();
        let mut next = 0;
        while let Some(&inst) = nodes.get(next) {
            nodes.extend(self.tree.children(inst));
            next += 1;
        }
        nodes
    }

    /// The entry of a leaf, and the part of it.
    fn place(self, leaf: Inst) -> Option<(EntryName, EntryPart)> {
        let DocumentAnchor { json, spot } = self.tree.get(leaf).at;
        let document = self.document;
        let part = match spot {
            AnchorPart::KeyPart(_) => EntryPart::Key,
            AnchorPart::Key => EntryPart::Name(document.key(json).into()),
            AnchorPart::Value => match document.parent(json) {
                Some(list) if document.kind(list) == JsonKind::Array => EntryPart::Element(
                    document.key(list).into(),
                    self.tree.text(self.tree.get(leaf).raw).into(),
                ),
                _ => EntryPart::Field(document.key(json).into()),
            },
        };
        Some((entry_of(document, json)?, part))
    }
}

/// The entry of a value; that of a table has no key.
pub fn entry_of(document: &Document, json: JsonId) -> Option<EntryName> {
    let mut way = [None, None];
    let mut at = json;
    while let Some(parent) = document.parent(at) {
        way = [Some(at), way[0]];
        at = parent;
    }
    let key = |json| SmolStr::new(document.key(json));
    Some(EntryName {
        table: key(way[0]?),
        key: way[1].map(key).unwrap_or_default(),
    })
}

fn sorted(mut references: Vec<Reference>) -> Vec<Reference> {
    references.sort_unstable();
    references.dedup();
    references
}
