//! What an evaluation looked at, as keys: when something changes that has one of them, the evaluation
//! may come out differently.
//!
//! A key is a hash. Two things with the same hash cost an evaluation too many, nothing else.

use std::cell::{Cell, RefCell};
use std::hash::{Hash, Hasher};

use rustc_hash::FxHasher;

use crate::schema::NodeId;

/// Something that an evaluation can look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Key<'k> {
    /// The instances of a leaf that have a value.
    Value(NodeId, &'k str),
    /// The instances of a leaf whose type did not take their value.
    Invalid(NodeId),
    /// All instances of a node, with their values.
    All(NodeId),
    /// The instances of a node in a unit, or right below it, with their values.
    In(u32, NodeId),
    /// Everything in a unit.
    Unit(u32),
    /// Any node of the config.
    Anything,
}

impl Key<'_> {
    /// The hash of the key.
    pub fn hash(self) -> u64 {
        let mut hasher = FxHasher::default();
        Hash::hash(&self, &mut hasher);
        hasher.finish()
    }
}

/// How many nodes a step can reach that still get keys of their own.
const FEW: usize = 8;

/// Collects the keys of what one unit looks at.
#[derive(Debug)]
pub struct ReadSet {
    keys: RefCell<Vec<u64>>,
    /// What can only make a condition doubtful, of the one that is evaluated.
    doubts: RefCell<Vec<u64>>,
    own: Cell<u32>,
}

impl ReadSet {
    /// Empty. Nodes in the unit `own` need no key.
    pub fn of(own: u32) -> Self {
        ReadSet {
            keys: RefCell::default(),
            doubts: RefCell::default(),
            own: Cell::new(own),
        }
    }

    /// Adds a key to the set.
    pub fn note(&self, key: Key) {
        self.keys.borrow_mut().push(key.hash());
    }

    /// Notes a key of what can only make the condition doubtful that is evaluated.
    pub fn note_doubt(&self, key: Key) {
        self.doubts.borrow_mut().push(key.hash());
    }

    /// A condition has been evaluated, or will be. What could make it doubtful counts only if it does not
    /// hold.
    pub fn resolve_doubts(&self, holds: bool) {
        let doubts = &mut *self.doubts.borrow_mut();
        if holds {
            doubts.clear();
        } else {
            self.keys.borrow_mut().append(doubts);
        }
    }

    /// Notes that instances of some nodes were looked for in a unit, or right below it.
    pub fn note_in(&self, unit: u32, nodes: &[NodeId]) {
        if unit == self.own.get() {
            return;
        }
        if nodes.len() > FEW {
            self.note(Key::Unit(unit));
        } else {
            nodes.iter().for_each(|&node| self.note(Key::In(unit, node)));
        }
    }

    /// Notes that everything in a unit was looked at.
    pub fn note_unit(&self, unit: u32) {
        if unit != self.own.get() {
            self.note(Key::Unit(unit));
        }
    }

    /// The keys, sorted, each once.
    pub fn take(&self) -> Vec<u64> {
        let mut keys = self.keys.take();
        keys.sort_unstable();
        keys.dedup();
        keys
    }
}
