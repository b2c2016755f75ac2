//! Values of leafs, looked up: which instances of a leaf have a value.

use std::cell::{Cell, OnceCell};
use std::collections::hash_map::Entry;

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::schema::{NodeId, Schema};

use super::tree::{Inst, Symbol, Tree};

/// The instances of one leaf.
#[derive(Debug, Clone, Default)]
struct Instances {
    by_value: FxHashMap<Symbol, SmallVec<[Inst; 4]>>,
    invalid: SmallVec<[Inst; 4]>,
}

/// For each leaf that is asked for, its instances by value. Made on first use; later changes of the tree must be
/// reported to it.
#[derive(Debug, Clone)]
pub struct Index {
    leafs: Vec<OnceCell<Box<Instances>>>,
    /// Something has been asked for.
    used: Cell<bool>,
}

impl Index {
    /// An index over a tree.
    pub fn new(schema: &Schema) -> Self {
        let mut leafs = Vec::new();
        leafs.resize_with(schema.nodes.len(), OnceCell::new);
        Index {
            leafs,
            used: Cell::new(false),
        }
    }

    /// Whether changes must be reported: so it is once the index was used.
    pub fn is_used(&self) -> bool {
        self.used.get()
    }

    /// The instances of a leaf or leaf-list with a value; in document order, unless the tree is edited.
    pub fn find(&self, tree: &Tree, leaf: NodeId, value: Symbol) -> &[Inst] {
        let instances = self.instances(tree, leaf);
        instances.by_value.get(&value).map_or(&[], SmallVec::as_slice)
    }

    /// The instances of a leaf or leaf-list whose type did not take their value.
    pub fn invalid(&self, tree: &Tree, leaf: NodeId) -> &[Inst] {
        &self.instances(tree, leaf).invalid
    }

    /// Adds a leaf that the tree has now.
    pub fn insert(&mut self, tree: &Tree, inst: Inst) {
        let node = tree.get(inst);
        if let Some(instances) = self.leafs[node.schema.index()].get_mut() {
            instances.by_value.entry(node.value).or_default().push(inst);
            if node.invalid {
                instances.invalid.push(inst);
            }
        }
    }

    /// Removes a leaf that is about to be deleted, or to get another value.
    pub fn remove(&mut self, tree: &Tree, inst: Inst) {
        let node = tree.get(inst);
        if let Some(instances) = self.leafs[node.schema.index()].get_mut() {
            if let Entry::Occupied(mut same) = instances.by_value.entry(node.value) {
                take(same.get_mut(), inst);
                if same.get().is_empty() {
                    same.remove();
                }
            }
            if node.invalid {
                take(&mut instances.invalid, inst);
            }
        }
    }

    fn instances(&self, tree: &Tree, leaf: NodeId) -> &Instances {
        self.leafs[leaf.index()].get_or_init(|| {
            self.used.set(true);
            let mut instances = Box::<Instances>::default();
            for &inst in tree.instances(leaf) {
                let node = tree.get(inst);
                instances.by_value.entry(node.value).or_default().push(inst);
                if node.invalid {
                    instances.invalid.push(inst);
                }
            }
            instances
        })
    }
}

/// Removes an instance. The last one added is often the first one removed.
fn take(instances: &mut SmallVec<[Inst; 4]>, inst: Inst) {
    if let Some(at) = instances.iter().rposition(|&other| other == inst) {
        instances.swap_remove(at);
    }
}
