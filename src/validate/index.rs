//! Values of leafs, looked up: which instances of a leaf have a value.

use std::cell::OnceCell;

use rustc_hash::FxHashMap;

use crate::schema::{NodeId, Schema};

use super::tree::{Inst, Symbol, Tree};

type ByValue = FxHashMap<Symbol, Vec<Inst>>;

/// For each leaf that is asked for, its instances by value. Made when first asked, for a tree that
/// does not change meanwhile.
#[derive(Debug)]
pub struct Index {
    leafs: Vec<OnceCell<ByValue>>,
}

impl Index {
    /// An index over a tree.
    pub fn new(schema: &Schema) -> Self {
        let mut leafs = Vec::new();
        leafs.resize_with(schema.nodes.len(), OnceCell::new);
        Index { leafs }
    }

    /// The instances of a leaf or leaf-list with a value, in document order.
    pub fn find(&self, tree: &Tree, leaf: NodeId, value: Symbol) -> &[Inst] {
        let values = self.leafs[leaf.index()].get_or_init(|| {
            let mut values = ByValue::default();
            for &inst in tree.instances(leaf) {
                values.entry(tree.get(inst).value).or_default().push(inst);
            }
            values
        });
        values.get(&value).map_or(&[], Vec::as_slice)
    }
}
