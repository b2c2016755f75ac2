//! Nodes that exist without being written: defaults and containers without presence (RFC 7950, sections 7.5.1, 7.6.1
//! and 7.7.2).

use crate::schema::{NodeId, NodeKind, Schema, Status, TypeId};

use super::conditions::context_of;
use super::index::Index;
use super::tree::{Inst, Tree};
use super::value::{self, Naming, ValueContext, Written};
use super::xpath::Evaluator;

/// How often conditions on defaults are looked at anew after others were taken away.
const ROUNDS: usize = 16;

/// Adds implicit nodes: those that a condition can see, or all.
pub fn add(schema: &Schema, tree: &mut Tree, all: bool) {
    let mut implicit = Implicit { schema, tree, all };
    let tops: Vec<NodeId> = schema.top.clone();
    implicit.below(Inst::ROOT, &tops);
    // Parents come before their children in the schema, so containers that are added on the way get
    // their own children later.
    for at in 0..schema.nodes.len() {
        let id = NodeId(at as u32);
        let node = schema.node(id);
        let worth = all
            || node
                .data_children
                .iter()
                .any(|&child| schema.node(child).observed);
        if worth && matches!(node.kind, NodeKind::Container { .. } | NodeKind::List(_)) {
            for inst in implicit.tree.instances(id).to_vec() {
                implicit.below(inst, &node.children);
            }
        }
    }
    drop_conditional(schema, tree);
}

/// Adds the implicit nodes that a condition can see, right below a node, as far as they are allowed there.
pub fn add_below(schema: &Schema, tree: &mut Tree, parent: Inst, children: &[NodeId]) {
    let all = false;
    Implicit { schema, tree, all }.below(parent, children);
}

struct Implicit<'a> {
    schema: &'a Schema,
    tree: &'a mut Tree,
    all: bool,
}

impl Implicit<'_> {
    fn below(&mut self, parent: Inst, children: &[NodeId]) {
        for &child in children {
            let schema = self.schema;
            let node = schema.node(child);
            let wanted = self.all || node.observed;
            if !node.config || node.status == Status::Obsolete {
                continue;
            }
            match &node.kind {
                NodeKind::Leaf(leaf) if wanted => {
                    if let Some(default) = &leaf.default
                        && !self.is_there(parent, child)
                    {
                        self.add_value(child, parent, leaf.ty, default);
                    }
                }
                NodeKind::LeafList(list) if wanted && !self.is_there(parent, child) => {
                    for default in &list.defaults {
                        self.add_value(child, parent, list.ty, default);
                    }
                }
                NodeKind::Container { presence: false } if wanted && !self.is_there(parent, child) => {
                    let at = self.tree.get(parent).at;
                    let inst = self.tree.add(child, parent, at);
                    self.tree.get_mut(inst).implicit = true;
                }
                NodeKind::Choice { default, .. } => {
                    let cases = node.children.iter().copied();
                    let active = cases.clone().find(|&case| self.has_data(parent, case));
                    if let Some(case) = active.or(*default) {
                        self.below(parent, &schema.node(case).children);
                    }
                }
                _ => {}
            }
        }
    }

    fn is_there(&self, parent: Inst, child: NodeId) -> bool {
        is_there(self.tree, self.schema, parent, child)
    }

    fn has_data(&self, parent: Inst, case: NodeId) -> bool {
        has_data(self.tree, self.schema, parent, case)
    }

    fn add_value(&mut self, id: NodeId, parent: Inst, ty: TypeId, default: &str) {
        let at = self.tree.get(parent).at;
        let inst = self.tree.add(id, parent, at);
        let value = self.tree.intern(default);
        let module = self.schema.node(id).module;
        let scope = ValueContext::new(self.schema, module, Naming::YangJson).briefly();
        // The compiler has checked it; only the member of a union is still to be found.
        let ty = value::check(scope, ty, default, Written::Text).map_or(ty, |checked| checked.ty);
        let node = self.tree.get_mut(inst);
        node.value = value;
        node.raw = value;
        node.ty = ty;
        node.implicit = true;
    }
}

/// Whether a parent has an instance of a node.
pub fn is_there(tree: &Tree, schema: &Schema, parent: Inst, child: NodeId) -> bool {
    let instances = tree.instances(child);
    if instances.is_empty() {
        return false;
    }
    // Where there can be one parent only, any instance will do; it may have thousands of children.
    schema
        .node(child)
        .data_parent
        .is_none_or(|above| schema.is_single(above))
        || tree.child(parent, child).is_some()
}

/// Whether a parent has data of a case, or of a choice or case inside it.
pub fn has_data(tree: &Tree, schema: &Schema, parent: Inst, case: NodeId) -> bool {
    schema
        .node(case)
        .children
        .iter()
        .any(|&child| match schema.node(child).kind {
            NodeKind::Choice { .. } | NodeKind::Case => has_data(tree, schema, parent, child),
            _ => is_there(tree, schema, parent, child),
        })
}

/// Takes away implicit nodes whose `when` does not hold.
pub fn drop_conditional(schema: &Schema, tree: &mut Tree) {
    let conditional: Vec<NodeId> = (0..schema.nodes.len() as u32)
        .map(NodeId)
        .filter(|&id| !schema.node(id).whens.is_empty())
        .collect();
    for _ in 0..ROUNDS {
        let mut dropped = Vec::new();
        let index = Index::new(schema);
        let evaluator = Evaluator::new(schema, tree, &index);
        for &id in &conditional {
            for &inst in tree.instances(id) {
                let holds = |when| {
                    let context = context_of(tree, inst, when);
                    evaluator.evaluate(&when.condition, context).to_boolean()
                };
                if tree.get(inst).implicit && !schema.node(id).whens.iter().all(holds) {
                    dropped.push(inst);
                }
            }
        }
        if dropped.is_empty() {
            return;
        }
        dropped.into_iter().for_each(|inst| tree.remove(inst));
    }
}
