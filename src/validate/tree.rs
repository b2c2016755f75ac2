//! The instance tree: the nodes of a config, each with its schema node, its canonical value and its
//! place in the document.

use indexmap::IndexSet;
use rustc_hash::FxBuildHasher;

use crate::config::JsonId;
use crate::schema::{NodeId, Schema, TypeId};

/// A string of a [`Tree`], kept once: equal strings have equal symbols.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Symbol(u32);

/// A node of a [`Tree`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Inst(u32);

impl Inst {
    /// The root, above all top-level nodes.
    pub const ROOT: Inst = Inst(0);
}

const NONE: u32 = u32::MAX;

/// Where in a document something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At {
    /// The value.
    pub json: JsonId,
    /// What of it.
    pub spot: Spot,
}

/// What is meant of a value in a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spot {
    /// The value itself.
    Value,
    /// Its member name.
    Key,
    /// One of the parts of its member name, which `|` separates.
    KeyPart(u16),
}

impl At {
    /// The value itself.
    pub fn value(json: JsonId) -> Self {
        At {
            json,
            spot: Spot::Value,
        }
    }

    /// Its member name.
    pub fn key(json: JsonId) -> Self {
        At {
            json,
            spot: Spot::Key,
        }
    }
}

/// What is known of a node.
#[derive(Debug, Clone)]
pub struct Instance {
    /// Its schema node; for the root it is meaningless.
    pub schema: NodeId,
    /// The node around it.
    pub parent: Inst,
    first: u32,
    last: u32,
    next: u32,
    /// The canonical value of a leaf; the text as written where the type does not take it.
    pub value: Symbol,
    /// The value as it was written.
    pub raw: Symbol,
    /// The type that took the value: a member of a union, the target's type of a leafref.
    pub ty: TypeId,
    /// The leafref that took the value.
    pub leafref: Option<TypeId>,
    /// Where it stands; for implicit nodes, where the node around them stands.
    pub at: At,
    /// It is not in the document: a default, or a container without presence.
    pub implicit: bool,
    /// Its type did not take the value.
    pub invalid: bool,
}

/// The nodes of a config.
#[derive(Debug)]
pub struct Tree {
    nodes: Vec<Instance>,
    strings: IndexSet<Box<str>, FxBuildHasher>,
    /// The instances of each schema node, in document order.
    instances: Vec<Vec<Inst>>,
}

impl Tree {
    /// A tree without nodes but its root, which stands at the root of a document.
    pub fn new(schema: &Schema, root: JsonId) -> Self {
        let mut strings = IndexSet::default();
        strings.insert(Box::from(""));
        let empty = Symbol(0);
        Tree {
            nodes: vec![Instance {
                schema: NodeId(NONE),
                parent: Inst::ROOT,
                first: NONE,
                last: NONE,
                next: NONE,
                value: empty,
                raw: empty,
                ty: TypeId(NONE),
                leafref: None,
                at: At::value(root),
                implicit: false,
                invalid: false,
            }],
            strings,
            instances: vec![Vec::new(); schema.nodes.len()],
        }
    }

    /// The symbol of a string, new or not.
    pub fn intern(&mut self, text: &str) -> Symbol {
        if let Some(at) = self.strings.get_index_of(text) {
            return Symbol(at as u32);
        }
        Symbol(self.strings.insert_full(text.into()).0 as u32)
    }

    /// The symbol of a string, if any node has it as its value.
    pub fn symbol(&self, text: &str) -> Option<Symbol> {
        self.strings.get_index_of(text).map(|at| Symbol(at as u32))
    }

    /// The string of a symbol.
    pub fn text(&self, symbol: Symbol) -> &str {
        self.strings.get_index(symbol.0 as usize).map_or("", |text| text)
    }

    /// What is known of a node.
    pub fn get(&self, inst: Inst) -> &Instance {
        &self.nodes[inst.0 as usize]
    }

    /// The same, to be changed.
    pub fn get_mut(&mut self, inst: Inst) -> &mut Instance {
        &mut self.nodes[inst.0 as usize]
    }

    /// The canonical value of a leaf.
    pub fn value(&self, inst: Inst) -> &str {
        self.text(self.get(inst).value)
    }

    /// Adds a node without a value below another, behind its other children.
    pub fn add(&mut self, schema: NodeId, parent: Inst, at: At) -> Inst {
        let inst = self.add_detached(schema, parent, at);
        let above = &mut self.nodes[parent.0 as usize];
        let last = std::mem::replace(&mut above.last, inst.0);
        if last == NONE {
            above.first = inst.0;
        } else {
            self.nodes[last as usize].next = inst.0;
        }
        self.instances[schema.index()].push(inst);
        inst
    }

    /// Adds a node that sees the node around it, but is seen by none.
    pub fn add_detached(&mut self, schema: NodeId, parent: Inst, at: At) -> Inst {
        let inst = Inst(self.nodes.len() as u32);
        let empty = Symbol(0);
        self.nodes.push(Instance {
            schema,
            parent,
            first: NONE,
            last: NONE,
            next: NONE,
            value: empty,
            raw: empty,
            ty: TypeId(NONE),
            leafref: None,
            at,
            implicit: false,
            invalid: false,
        });
        inst
    }

    /// Takes a node out, with all below it.
    pub fn remove(&mut self, inst: Inst) {
        let below: Vec<Inst> = self.children(inst).collect();
        for child in below {
            self.remove(child);
        }
        let (parent, schema, next) = {
            let node = self.get(inst);
            (node.parent, node.schema, node.next)
        };
        let mut before = None;
        let mut at = self.get(parent).first;
        while at != NONE && at != inst.0 {
            before = Some(at);
            at = self.nodes[at as usize].next;
        }
        if at == inst.0 {
            match before {
                None => self.nodes[parent.0 as usize].first = next,
                Some(before) => self.nodes[before as usize].next = next,
            }
            if next == NONE {
                self.nodes[parent.0 as usize].last = before.unwrap_or(NONE);
            }
        }
        self.instances[schema.index()].retain(|&other| other != inst);
    }

    /// The nodes right below a node, in order.
    pub fn children(&self, inst: Inst) -> impl Iterator<Item = Inst> {
        let mut next = self.get(inst).first;
        std::iter::from_fn(move || {
            if next == NONE {
                return None;
            }
            let inst = Inst(next);
            next = self.nodes[next as usize].next;
            Some(inst)
        })
    }

    /// The child of a node that is an instance of a schema node; the first, where there are several.
    pub fn child(&self, inst: Inst, schema: NodeId) -> Option<Inst> {
        self.children(inst)
            .find(|&child| self.get(child).schema == schema)
    }

    /// All instances of a schema node.
    pub fn instances(&self, schema: NodeId) -> &[Inst] {
        &self.instances[schema.index()]
    }
}

impl Inst {
    /// The position in the order in which nodes were added, which is document order.
    pub fn order(self) -> u32 {
        self.0
    }
}
