//! Location paths (XPath 1.0, section 2), walked, or answered from the index.

use crate::schema::NodeKind;
use crate::schema::xpath::{Axis, IndexKey, Path, Predicate, Shape, Start, Step, Test};
use crate::validate::tree::{Inst, Symbol};

use super::{Context, Evaluator, Value};

impl Evaluator<'_> {
    pub(super) fn path(&self, path: &Path, context: Context) -> Vec<Inst> {
        if let Shape::AllOf(leaf) = path.shape {
            let mut nodes = self.tree.instances(leaf).to_vec();
            self.sort(&mut nodes);
            return nodes;
        }
        let mut nodes = match &path.start {
            Start::Root => vec![Inst::ROOT],
            Start::Context => vec![context.item],
            Start::Current => vec![context.current],
            Start::Filter(expr, predicates) => {
                let mut nodes = self.eval(expr, context).into_nodes();
                for predicate in predicates {
                    nodes = self.filter(predicate, nodes, context.current);
                }
                nodes
            }
        };
        // Whether all nodes are equally deep, so that none is inside another.
        let mut level = nodes.len() <= 1;
        for step in &path.steps {
            nodes = self.step(step, &nodes, level, context.current);
            if nodes.is_empty() {
                break;
            }
            level &= matches!(step.axis, Axis::Child | Axis::Current | Axis::Parent);
        }
        nodes
    }

    fn step(&self, step: &Step, from: &[Inst], level: bool, current: Inst) -> Vec<Inst> {
        // Only upwards, or from several nodes, can nodes be met twice or out of order.
        let down = matches!(step.axis, Axis::Child | Axis::Current);
        let orderly = from.len() == 1 && !is_reverse(step.axis) || level && down;
        let mut found = Vec::new();
        for &item in from {
            let mut nodes = match self.indexed(step, item, current) {
                Some(nodes) => nodes,
                None => self.walk(step, item),
            };
            for predicate in &step.predicates {
                nodes = self.filter(predicate, nodes, current);
            }
            found.append(&mut nodes);
        }
        if !orderly {
            self.sort(&mut found);
        }
        found
    }

    /// Puts nodes in document order, each once.
    pub(super) fn sort(&self, nodes: &mut Vec<Inst>) {
        nodes.sort_unstable();
        nodes.dedup();
        // Implicit nodes were added last, but stand where the nodes around them do.
        if nodes.iter().any(|&inst| self.tree.get(inst).implicit) {
            nodes.sort_by_cached_key(|&inst| {
                let mut way = vec![inst];
                let mut at = inst;
                while at != Inst::ROOT {
                    at = self.tree.get(at).parent;
                    way.push(at);
                }
                way.reverse();
                way
            });
        }
    }

    /// Keeps the nodes of which a predicate holds. A number stands for a position.
    fn filter(&self, predicate: &Predicate, nodes: Vec<Inst>, current: Inst) -> Vec<Inst> {
        let size = nodes.len();
        let mut kept = Vec::new();
        for (before, item) in nodes.into_iter().enumerate() {
            let context = Context {
                item,
                current,
                position: before + 1,
                size,
            };
            let holds = match self.eval(&predicate.condition, context) {
                Value::Number(number) => number == context.position as f64,
                value => value.to_boolean(),
            };
            if holds {
                kept.push(item);
            }
        }
        kept
    }

    /// The children of an item that a step can reach, narrowed by the best of the index keys of its
    /// first predicate. `None` where there is none, or few children to look at anyway.
    fn indexed(&self, step: &Step, item: Inst, current: Inst) -> Option<Vec<Inst>> {
        let keys: &[IndexKey] = &step.predicates.first()?.keys;
        let mut best: Option<Vec<Inst>> = None;
        for key in keys {
            let context = Context {
                item: current,
                current,
                position: 1,
                size: 1,
            };
            let item_of = |leaf: Inst| {
                if key.is_item {
                    leaf
                } else {
                    self.tree.get(leaf).parent
                }
            };
            let is_below = |node: &Inst| self.tree.get(*node).parent == item;
            let symbols = self.symbols(key, context)?;
            let mut found = Vec::new();
            for symbol in symbols {
                let same = self.index.find(self.tree, key.leaf, symbol).iter();
                found.extend(same.map(|&leaf| item_of(leaf)).filter(is_below));
            }
            // A walk would have looked at them.
            let mut invalid = self.index.invalid(self.tree, key.leaf).iter();
            if invalid.any(|&leaf| is_below(&item_of(leaf))) {
                self.doubtful.set(true);
            }
            found.sort_unstable();
            found.dedup();
            if best.as_ref().is_none_or(|best| found.len() < best.len()) {
                best = Some(found);
            }
            if best.as_ref().is_some_and(|best| best.len() <= 1) {
                break;
            }
        }
        best
    }

    /// The values that an index key stands for; `None` where the index cannot tell.
    fn symbols(&self, key: &IndexKey, context: Context) -> Option<Vec<Symbol>> {
        match self.eval(&key.value, context) {
            Value::Text(text) => {
                let text = self.canonical_for(key.leaf, text);
                Some(self.tree.symbol(&text).into_iter().collect())
            }
            Value::Nodes(nodes) => {
                let mut symbols = Vec::new();
                for node in nodes {
                    let text = self.canonical_for(key.leaf, self.node_text(node));
                    symbols.extend(self.tree.symbol(&text));
                }
                Some(symbols)
            }
            Value::Number(_) | Value::Boolean(_) => None,
        }
    }

    fn walk(&self, step: &Step, item: Inst) -> Vec<Inst> {
        let mut found = Vec::new();
        let tree = self.tree;
        match step.axis {
            // The text of a leaf stands for the leaf.
            Axis::Child if step.test == Test::Text => self.keep(step, item, &mut found),
            Axis::Child => tree
                .children(item)
                .for_each(|child| self.keep(step, child, &mut found)),
            Axis::Current => self.keep(step, item, &mut found),
            Axis::Parent if item != Inst::ROOT => self.keep(step, tree.get(item).parent, &mut found),
            Axis::Parent | Axis::Attribute => {}
            Axis::Descendant => self.descend(step, item, &mut found),
            Axis::DescendantOrSelf => {
                self.keep(step, item, &mut found);
                self.descend(step, item, &mut found);
            }
            Axis::Ancestor | Axis::AncestorOrSelf => {
                if step.axis == Axis::AncestorOrSelf {
                    self.keep(step, item, &mut found);
                }
                let mut at = item;
                while at != Inst::ROOT {
                    at = tree.get(at).parent;
                    self.keep(step, at, &mut found);
                }
            }
            Axis::FollowingSibling | Axis::PrecedingSibling => {
                self.siblings(step, item, step.axis == Axis::FollowingSibling, &mut found);
            }
            Axis::Following | Axis::Preceding => {
                let mut at = item;
                while at != Inst::ROOT {
                    let mut siblings = Vec::new();
                    let all = Step {
                        axis: step.axis,
                        test: Test::Node,
                        targets: Vec::new(),
                        predicates: Vec::new(),
                    };
                    self.siblings(&all, at, step.axis == Axis::Following, &mut siblings);
                    for sibling in siblings {
                        self.keep(step, sibling, &mut found);
                        self.descend(step, sibling, &mut found);
                    }
                    at = tree.get(at).parent;
                }
                if step.axis == Axis::Preceding {
                    found.sort_unstable_by(|a, b| b.cmp(a));
                }
            }
        }
        found
    }

    fn siblings(&self, step: &Step, item: Inst, following: bool, found: &mut Vec<Inst>) {
        if item == Inst::ROOT {
            return;
        }
        let siblings: Vec<Inst> = self.tree.children(self.tree.get(item).parent).collect();
        let Some(own) = siblings.iter().position(|&sibling| sibling == item) else {
            return;
        };
        if following {
            siblings[own + 1..]
                .iter()
                .for_each(|&sibling| self.keep(step, sibling, found));
        } else {
            siblings[..own]
                .iter()
                .rev()
                .for_each(|&sibling| self.keep(step, sibling, found));
        }
    }

    fn descend(&self, step: &Step, item: Inst, found: &mut Vec<Inst>) {
        for child in self.tree.children(item) {
            self.keep(step, child, found);
            self.descend(step, child, found);
        }
    }

    /// Keeps a node that passes the node test.
    fn keep(&self, step: &Step, inst: Inst, found: &mut Vec<Inst>) {
        let passes = match &step.test {
            Test::Node => true,
            Test::Nothing => false,
            _ if inst == Inst::ROOT => false,
            Test::Text => {
                let kind = &self.schema.node(self.tree.get(inst).schema).kind;
                matches!(kind, NodeKind::Leaf(_) | NodeKind::LeafList(_))
            }
            Test::Name(..) | Test::Any(_) => step.targets.contains(&self.tree.get(inst).schema),
        };
        if passes {
            found.push(inst);
        }
    }
}

/// Positions on these axes count backwards.
fn is_reverse(axis: Axis) -> bool {
    matches!(
        axis,
        Axis::Ancestor | Axis::AncestorOrSelf | Axis::Preceding | Axis::PrecedingSibling
    )
}
