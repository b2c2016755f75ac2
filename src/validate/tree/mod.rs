//! The instance tree: the nodes of a config, each with its schema node, its canonical value and its
//! place in the document.

mod order;
mod strings;

use smallvec::SmallVec;

use crate::config::JsonId;
use crate::schema::{NodeId, Schema, TypeId};

use order::{EditInfo, EditInfos};
use strings::Strings;

pub use order::{Class, Order};
pub use strings::Symbol;

/// A node of a [`Tree`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Inst(u32);

impl Inst {
    /// The root, above all top-level nodes.
    pub const ROOT: Inst = Inst(0);
}

const NONE: u32 = u32::MAX;
/// How many nodes there are for each string, as a rule: many have the same values.
const NODES_OF_A_STRING: usize = 4;

/// A place in a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DocumentAnchor {
    /// The value of the document.
    pub json: JsonId,
    /// The part of the value.
    pub spot: AnchorPart,
}

/// What is meant of a value in a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnchorPart {
    /// The value, not its name.
    Value,
    /// The name of its member.
    Key,
    /// One of the parts of its member name, which `|` separates.
    KeyPart(u16),
}

impl DocumentAnchor {
    /// The value, not its name.
    pub fn value(json: JsonId) -> Self {
        DocumentAnchor {
            json,
            spot: AnchorPart::Value,
        }
    }

    /// The name of its member.
    pub fn key(json: JsonId) -> Self {
        DocumentAnchor {
            json,
            spot: AnchorPart::Key,
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
    /// Its place; for implicit nodes, the place of the node around them.
    pub at: DocumentAnchor,
    /// It is not in the document: a default, or a container without presence.
    pub implicit: bool,
    /// Its type did not take the value.
    pub invalid: bool,
}

/// The unit of the root, and of nodes in a tree that is not edited.
pub const NO_UNIT: u32 = NONE;

impl Instance {
    /// A node without a value and without others below or behind it.
    fn new(schema: NodeId, parent: Inst, at: DocumentAnchor) -> Self {
        Instance {
            schema,
            parent,
            first: NONE,
            last: NONE,
            next: NONE,
            value: Symbol::EMPTY,
            raw: Symbol::EMPTY,
            ty: TypeId(NONE),
            leafref: None,
            at,
            implicit: false,
            invalid: false,
        }
    }
}

/// The nodes of a config.
#[derive(Debug, Default)]
pub struct Tree {
    nodes: Vec<Instance>,
    strings: Strings,
    /// The instances of each schema node, in document order; in no order where the tree is edited.
    instances: Vec<SmallVec<[Inst; 4]>>,
    /// There where the tree is edited.
    marks: Option<Box<EditInfos>>,
}

impl Clone for Tree {
    /// A copy, with room for nodes that are added to it.
    fn clone(&self) -> Self {
        Tree {
            nodes: copied(&self.nodes),
            strings: self.strings.clone(),
            instances: self.instances.clone(),
            marks: self.marks.as_ref().map(|marks| {
                Box::new(EditInfos {
                    of: copied(&marks.of),
                    free: marks.free.clone(),
                    ..**marks
                })
            }),
        }
    }
}

impl Tree {
    /// A tree without nodes but its root, at the root of a document.
    ///
    /// It has room for `room` nodes.
    pub fn new(schema: &Schema, root: JsonId, room: usize) -> Self {
        let mut nodes = Vec::with_capacity(room + 1);
        nodes.push(Instance::new(
            NodeId(NONE),
            Inst::ROOT,
            DocumentAnchor::value(root),
        ));
        Tree {
            nodes,
            strings: Strings::with_room(room / NODES_OF_A_STRING),
            instances: vec![SmallVec::new(); schema.nodes.len()],
            marks: None,
        }
    }

    /// The same, for a tree that will be edited: each node belongs to a unit and keeps its place in
    /// document order, and taking nodes out costs little.
    ///
    /// There is room for so many nodes before any is moved.
    pub fn editable(schema: &Schema, root: JsonId, room: usize) -> Self {
        let mut tree = Self::new(schema, root, room);
        let mut marks = Vec::with_capacity(room + 1);
        marks.push(EditInfo {
            order: Order::default(),
            unit: NO_UNIT,
            prev: NONE,
            slot: NONE,
        });
        tree.marks = Some(Box::new(EditInfos {
            of: marks,
            free: Vec::new(),
            next: Order::default(),
            unit: NO_UNIT,
        }));
        tree
    }

    /// The unit and the place of nodes that are added from now on to a tree that is edited; the place
    /// moves on by one with each.
    pub fn begin(&mut self, unit: u32, order: Order) {
        if let Some(marks) = &mut self.marks {
            marks.unit = unit;
            marks.next = order;
        }
    }

    /// What sets the nodes apart that are added from now on.
    pub fn begin_class(&mut self, class: Class) {
        if let Some(marks) = &mut self.marks {
            marks.next.class = class;
        }
    }

    /// The unit of a node.
    pub fn unit(&self, inst: Inst) -> u32 {
        self.marks
            .as_ref()
            .map_or(NO_UNIT, |marks| marks.of[inst.0 as usize].unit)
    }

    /// The place of a node.
    pub fn order(&self, inst: Inst) -> Order {
        match &self.marks {
            Some(marks) => marks.of[inst.0 as usize].order,
            None => Order {
                within: inst.0,
                ..Order::default()
            },
        }
    }

    /// Puts nodes in the order of the document.
    pub fn sort(&self, nodes: &mut [Inst]) {
        match &self.marks {
            Some(marks) => nodes.sort_unstable_by_key(|inst| marks.of[inst.0 as usize].order),
            None => nodes.sort_unstable(),
        }
    }

    /// The symbol of a string, new or not.
    pub fn intern(&mut self, text: &str) -> Symbol {
        self.strings.intern(text)
    }

    /// The symbol of a string, if there is one.
    pub fn symbol(&self, text: &str) -> Option<Symbol> {
        self.strings.get(text)
    }

    /// The string of a symbol.
    pub fn text(&self, symbol: Symbol) -> &str {
        self.strings.text(symbol)
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
    pub fn add(&mut self, schema: NodeId, parent: Inst, at: DocumentAnchor) -> Inst {
        let inst = self.add_detached(schema, parent, at);
        let above = &mut self.nodes[parent.0 as usize];
        let last = std::mem::replace(&mut above.last, inst.0);
        if last == NONE {
            above.first = inst.0;
        } else {
            self.nodes[last as usize].next = inst.0;
        }
        let instances = &mut self.instances[schema.index()];
        if let Some(marks) = &mut self.marks {
            let mark = &mut marks.of[inst.0 as usize];
            mark.prev = last;
            mark.slot = instances.len() as u32;
        }
        instances.push(inst);
        inst
    }

    /// Adds a node that sees the node around it, but is seen by none.
    pub fn add_detached(&mut self, schema: NodeId, parent: Inst, at: DocumentAnchor) -> Inst {
        let node = Instance::new(schema, parent, at);
        let new = self.nodes.len() as u32;
        let Some(marks) = &mut self.marks else {
            self.nodes.push(node);
            return Inst(new);
        };
        let mark = EditInfo {
            order: marks.next,
            unit: marks.unit,
            prev: NONE,
            slot: NONE,
        };
        marks.next.within += 1;
        match marks.free.pop() {
            Some(free) => {
                self.nodes[free as usize] = node;
                marks.of[free as usize] = mark;
                Inst(free)
            }
            None => {
                self.nodes.push(node);
                marks.of.push(mark);
                Inst(new)
            }
        }
    }

    /// Takes a node out, with all below it.
    pub fn remove(&mut self, inst: Inst) {
        let mut child = self.get(inst).first;
        while child != NONE {
            let next = self.nodes[child as usize].next;
            self.remove(Inst(child));
            child = next;
        }
        let schema = self.get(inst).schema;
        let is_seen = match &self.marks {
            Some(marks) => marks.of[inst.0 as usize].slot != NONE,
            None => true,
        };
        if is_seen {
            self.unlink(inst);
        }
        let instances = &mut self.instances[schema.index()];
        let Some(marks) = &mut self.marks else {
            instances.retain(|other| *other != inst);
            return;
        };
        if is_seen {
            let slot = marks.of[inst.0 as usize].slot;
            instances.swap_remove(slot as usize);
            if let Some(moved) = instances.get(slot as usize) {
                marks.of[moved.0 as usize].slot = slot;
            }
        }
        marks.free.push(inst.0);
    }

    /// The sibling before a node.
    pub fn previous(&self, inst: Inst) -> Option<Inst> {
        let known = self.marks.as_ref().map(|marks| marks.of[inst.0 as usize].prev);
        let prev = known.unwrap_or_else(|| {
            let mut before = NONE;
            let mut at = self.get(self.get(inst).parent).first;
            while at != NONE && at != inst.0 {
                before = at;
                at = self.nodes[at as usize].next;
            }
            before
        });
        (prev != NONE).then_some(Inst(prev))
    }

    /// The last child of a node.
    pub fn last_child(&self, inst: Inst) -> Option<Inst> {
        let last = self.get(inst).last;
        (last != NONE).then_some(Inst(last))
    }

    fn unlink(&mut self, inst: Inst) {
        let before = self.previous(inst).map_or(NONE, |before| before.0);
        let (parent, next) = (self.get(inst).parent.0 as usize, self.get(inst).next);
        if before == NONE {
            self.nodes[parent].first = next;
        } else {
            self.nodes[before as usize].next = next;
        }
        if next == NONE {
            self.nodes[parent].last = before;
        } else if let Some(marks) = &mut self.marks {
            marks.of[next as usize].prev = before;
        }
    }

    /// Moves a node of a tree that is edited behind one of its siblings, or to the front.
    pub fn move_behind(&mut self, inst: Inst, before: Option<Inst>) {
        if self.previous(inst) == before {
            return;
        }
        self.unlink(inst);
        let parent = self.get(inst).parent.0 as usize;
        let next = match before {
            Some(before) => std::mem::replace(&mut self.nodes[before.0 as usize].next, inst.0),
            None => std::mem::replace(&mut self.nodes[parent].first, inst.0),
        };
        self.nodes[inst.0 as usize].next = next;
        if next == NONE {
            self.nodes[parent].last = inst.0;
        }
        if let Some(marks) = &mut self.marks {
            marks.of[inst.0 as usize].prev = before.map_or(NONE, |before| before.0);
            if next != NONE {
                marks.of[next as usize].prev = inst.0;
            }
        }
    }

    /// Gives a node of a tree that is edited another place among its siblings, the one that its order
    /// says.
    pub fn move_to(&mut self, inst: Inst, order: Order) {
        if let Some(marks) = &mut self.marks {
            marks.of[inst.0 as usize].order = order;
        }
        let mut before = self.last_child(self.get(inst).parent);
        while let Some(sibling) = before {
            if sibling != inst && self.order(sibling) < order {
                break;
            }
            before = self.previous(sibling);
        }
        // What is right behind that sibling may be the node itself.
        self.move_behind(inst, before);
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

/// A copy with room for more: to move everything later would touch it all once more.
fn copied<T: Clone>(items: &[T]) -> Vec<T> {
    let mut copy = Vec::with_capacity(items.len() + items.len() / 4);
    copy.extend_from_slice(items);
    copy
}

impl Inst {
    /// The position in the order in which nodes were added, which is document order.
    pub fn order(self) -> u32 {
        self.0
    }
}
