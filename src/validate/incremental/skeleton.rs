//! The nodes of a module outside its entries: its top-level container, its tables, and all implicit nodes there.

use smallvec::SmallVec;

use crate::validate::implicit;
use crate::validate::tree::{Class, DocumentAnchor, Inst, Order};

use super::changes::Changes;
use super::state::{State, UnitKind};

/// The nodes of a unit; few units have more than find room without asking for memory.
pub type Nodes = SmallVec<[Inst; 32]>;

impl State<'_> {
    /// The nodes of a unit, those around others first.
    pub fn nodes(&self, unit: u32) -> Nodes {
        let mut nodes = Nodes::new();
        let mut left = Vec::new();
        match self.units[unit as usize].kind {
            // All below an entry belongs to it.
            UnitKind::Entry(_) => {
                if let Some(inst) = self.units[unit as usize].inst {
                    self.with_all_below(inst, &mut nodes);
                }
            }
            UnitKind::Skeleton => {
                let top = self.schema.top[unit as usize];
                left.extend(self.tree.instances(top));
                left.sort_unstable_by_key(|&inst| std::cmp::Reverse(self.tree.order(inst)));
            }
            UnitKind::Table | UnitKind::Free => {}
        }
        while let Some(inst) = left.pop() {
            nodes.push(inst);
            left.extend(self.own_children(inst, unit));
        }
        nodes
    }

    fn with_all_below(&self, inst: Inst, nodes: &mut Nodes) {
        nodes.push(inst);
        for child in self.tree.children(inst) {
            self.with_all_below(child, nodes);
        }
    }

    /// The children of a node that belong to a unit too, from the last to the first.
    pub fn own_children(&self, inst: Inst, unit: u32) -> impl Iterator<Item = Inst> {
        // Implicit nodes follow the entries, of which there may be thousands; before them there is nothing of a
        // skeleton.
        let mut next = self.tree.last_child(inst);
        std::iter::from_fn(move || {
            let child = next.filter(|&child| self.tree.unit(child) == unit)?;
            next = self.tree.previous(child);
            Some(child)
        })
    }

    /// Removes the implicit nodes of a skeleton, before something written in it is created or deleted.
    pub fn soften(&mut self, top: u32, changes: &mut Changes) {
        self.capture(top, changes);
        if !changes.skeletons.insert(top) {
            return;
        }
        let implicit = self.nodes(top).into_iter();
        let implicit: Vec<Inst> = implicit.filter(|&inst| self.tree.get(inst).implicit).collect();
        for &inst in &implicit {
            self.index_remove(inst);
        }
        let is_implicit = |inst: Inst| inst != Inst::ROOT && self.tree.get(inst).implicit;
        let outermost = implicit.into_iter();
        let outermost: Vec<Inst> = outermost
            .filter(|&inst| !is_implicit(self.tree.get(inst).parent))
            .collect();
        outermost.into_iter().for_each(|inst| self.tree.remove(inst));
    }

    /// Gives a skeleton what is implicit in it, and its top-level node the place of its first table.
    pub fn harden(&mut self, top: u32) {
        let id = self.schema.top[top as usize];
        let tables = self
            .tables
            .values()
            .filter(|table| table.container.is_some() && table.model.is_some_and(|model| model.top == id));
        let first = tables.min_by_key(|table| table.rank);
        let first = first.map(|table| (table.rank, table.json));
        match (first, self.units[top as usize].inst) {
            (Some((rank, json)), Some(inst)) => {
                self.tree.get_mut(inst).at = DocumentAnchor::key(json);
                let order = Order {
                    table: rank,
                    ..Order::default()
                };
                self.tree.move_to(inst, order);
            }
            (None, Some(inst)) => {
                self.tree.remove(inst);
                self.unwanted.remove(&inst);
                self.units[top as usize].inst = None;
            }
            (_, None) => {}
        }
        let order = Order {
            class: Class::Implicit,
            table: top,
            ..Order::default()
        };
        self.tree.begin(top, order);
        implicit::add_below(self.schema, &mut self.tree, Inst::ROOT, &[id]);
        for inst in self.tree.instances(id).to_vec() {
            if self.tree.get(inst).implicit {
                self.tree.move_to(inst, self.tree.order(inst));
            }
        }
        self.add_implicit(self.tree.instances(id).to_vec());
        if self.index.is_used() {
            for inst in self.nodes(top) {
                if self.tree.get(inst).implicit {
                    self.index_insert(inst);
                }
            }
        }
    }
}
