//! Location paths (XPath 1.0, section 2), walked, or answered from the index.

use std::borrow::Cow;

use smallvec::{SmallVec, smallvec};

use crate::schema::NodeKind;
use crate::schema::xpath::{Axis, IndexKey, Path, Predicate, Shape, Start, Step, Test};
use crate::validate::read_set::Key;
use crate::validate::tree::{Inst, Symbol};

use super::dialects::is_positional;
use super::value::Nodes;
use super::{Context, Evaluator, Value};

/// The texts of a value, one as a rule.
type Texts<'v> = SmallVec<[Cow<'v, str>; 2]>;

impl<'t> Evaluator<'t> {
    pub(super) fn path(&self, path: &Path, context: Context) -> Nodes {
        if let Shape::AllOf(leaf) = path.shape {
            self.note(Key::All(leaf));
            let mut nodes = Nodes::from_slice(self.tree.instances(leaf));
            self.sort(&mut nodes);
            return nodes;
        }
        let mut nodes = match &path.start {
            Start::Root => smallvec![Inst::ROOT],
            Start::Context => smallvec![context.item],
            Start::Current => smallvec![context.current],
            Start::Filter(expr, predicates) => {
                let mut nodes = self.eval(expr, context).into_nodes();
                for predicate in predicates {
                    nodes = self.filter(predicate, nodes, false, context.current);
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

    fn step(&self, step: &Step, from: &[Inst], level: bool, current: Inst) -> Nodes {
        // Only upwards, or from several nodes, can nodes be met twice or out of order.
        let down = matches!(step.axis, Axis::Child | Axis::Current);
        let orderly = from.len() == 1 && !is_reverse(step.axis) || level && down;
        let mut found = Nodes::new();
        for &item in from {
            let mut nodes = match self.indexed(step, item, current) {
                Some(nodes) => nodes,
                None => self.walk(step, item),
            };
            for predicate in &step.predicates {
                nodes = self.filter(predicate, nodes, is_reverse(step.axis), current);
            }
            if found.is_empty() {
                found = nodes;
            } else {
                found.append(&mut nodes);
            }
        }
        if !orderly {
            self.sort(&mut found);
        }
        found
    }

    /// Puts nodes in document order, each once.
    pub(super) fn sort(&self, nodes: &mut Nodes) {
        self.tree.sort(nodes);
        nodes.dedup();
        // Implicit nodes were added last, but their order is that of the nodes around them.
        if nodes.iter().any(|&inst| self.tree.get(inst).implicit) {
            nodes.sort_by_cached_key(|&inst| {
                let mut way = vec![self.tree.order(inst)];
                let mut at = inst;
                while at != Inst::ROOT {
                    at = self.tree.get(at).parent;
                    way.push(self.tree.order(at));
                }
                way.reverse();
                way
            });
        }
    }

    /// Keeps the nodes for which a predicate is true. A number is a position; on a reverse axis the nodes are in that
    /// order already.
    fn filter(&self, predicate: &Predicate, mut nodes: Nodes, is_reverse: bool, current: Inst) -> Nodes {
        let size = nodes.len();
        if !is_reverse && is_positional(&predicate.condition) {
            nodes = self.in_order(nodes);
        }
        let mut position = 0;
        nodes.retain(|&mut item| {
            position += 1;
            let context = Context {
                item,
                current,
                position,
                size,
            };
            match self.eval(&predicate.condition, context) {
                Value::Number(number) => self.is_at(number, context.position),
                value => value.to_boolean(),
            }
        });
        nodes
    }

    /// The children of an item that a step can reach and that meet every index key of its first
    /// predicate. `None` where there is no key.
    fn indexed(&self, step: &Step, item: Inst, current: Inst) -> Option<Nodes> {
        let keys: &[IndexKey] = &step.predicates.first()?.keys;
        let context = Context {
            item: current,
            current,
            position: 1,
            size: 1,
        };
        let is_below = |node: &Inst| self.tree.get(*node).parent == item;
        let mut values: SmallVec<[_; 2]> = SmallVec::new();
        for key in keys {
            let texts = self.texts(key, context)?;
            // A walk would have looked at them.
            let mut invalid = self.index.invalid(self.tree, key.leaf).iter();
            if invalid.any(|&leaf| is_below(&self.item_of(key, leaf))) {
                self.doubtful.set(true);
            }
            self.note_doubt(Key::Invalid(key.leaf));
            let symbols = texts.iter().filter_map(|text| self.tree.symbol(text));
            let symbols: SmallVec<[Symbol; 4]> = symbols.collect();
            values.push((key, texts, symbols));
        }
        let (at, (key, texts, symbols)) = values
            .iter()
            .enumerate()
            .min_by_key(|(_, (key, _, symbols))| self.same(key, symbols).map(<[_]>::len).sum::<usize>())?;
        // A node that meets the rest of the predicate must have one of these values first.
        texts
            .iter()
            .for_each(|text| self.note(Key::Value(key.leaf, text)));
        let found = self.same(key, symbols).flatten();
        let found = found.map(|&leaf| self.item_of(key, leaf));
        let mut found: Nodes = found.filter(is_below).collect();
        self.tree.sort(&mut found);
        found.dedup();
        for (_, (key, _, symbols)) in values.iter().enumerate().filter(|&(other, _)| other != at) {
            found.retain(|&mut item| self.has_one_of(key, item, symbols));
        }
        Some(found)
    }

    /// The leafs with the values of an index key.
    fn same<'a>(&'a self, key: &'a IndexKey, symbols: &'a [Symbol]) -> impl Iterator<Item = &'t [Inst]> + 'a {
        symbols
            .iter()
            .map(|&symbol| self.index.find(self.tree, key.leaf, symbol))
    }

    /// The item of a step that a leaf makes meet an index key.
    fn item_of(&self, key: &IndexKey, leaf: Inst) -> Inst {
        if key.is_item {
            leaf
        } else {
            self.tree.get(leaf).parent
        }
    }

    /// Whether an item meets an index key.
    fn has_one_of(&self, key: &IndexKey, item: Inst, symbols: &[Symbol]) -> bool {
        let has = |inst: Inst| symbols.contains(&self.tree.get(inst).value);
        if key.is_item {
            return has(item);
        }
        if let Some(read_set) = self.read_set {
            read_set.note_in(self.tree.unit(item), &[key.leaf]);
        }
        let mut children = self.tree.children(item);
        children.any(|child| self.tree.get(child).schema == key.leaf && has(child))
    }

    /// The values of an index key; `None` where the index has no answer.
    fn texts<'v>(&self, key: &'v IndexKey, context: Context) -> Option<Texts<'v>>
    where
        't: 'v,
    {
        match self.operand(&key.value, context) {
            Value::Text(text) => Some(smallvec![self.canonical_for(key.leaf, text)]),
            Value::Nodes(nodes) => {
                let texts = nodes.into_iter().map(|node| self.node_text(node));
                Some(texts.map(|text| self.canonical_for(key.leaf, text)).collect())
            }
            Value::Number(_) | Value::Boolean(_) => None,
        }
    }

    fn walk(&self, step: &Step, item: Inst) -> Nodes {
        let mut found = Nodes::new();
        let tree = self.tree;
        if let Some(read_set) = self.read_set {
            match (step.axis, &step.test) {
                (Axis::Child, Test::Text | Test::Nothing)
                | (Axis::Current | Axis::Parent | Axis::Attribute, _) => {}
                (Axis::Child, Test::Name(..)) => read_set.note_in(tree.unit(item), &step.targets),
                (Axis::Child, Test::Node | Test::Any(_)) => read_set.note_unit(tree.unit(item)),
                // Rare enough to be looked at anew with every change.
                _ => read_set.note(Key::Anything),
            }
        }
        match step.axis {
            // The text of a leaf is its value.
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
                    let mut siblings = Nodes::new();
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
                    self.sort(&mut found);
                    found.reverse();
                }
            }
        }
        found
    }

    fn siblings(&self, step: &Step, item: Inst, following: bool, found: &mut Nodes) {
        if item == Inst::ROOT {
            return;
        }
        let siblings: Nodes = self.in_order(self.tree.children(self.tree.get(item).parent).collect());
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

    fn descend(&self, step: &Step, item: Inst, found: &mut Nodes) {
        for child in self.tree.children(item) {
            self.keep(step, child, found);
            self.descend(step, child, found);
        }
    }

    /// Keeps a node that passes the node test.
    fn keep(&self, step: &Step, inst: Inst, found: &mut Nodes) {
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
