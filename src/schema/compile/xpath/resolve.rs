//! Finds, before any data is seen, which schema nodes each step of a path can reach.

use super::{Axis, Comparison, Expr, Function, IndexKey, Path, Predicate, Shape, Start, Step, Test};
use crate::schema::model::{NodeId, NodeKind, SchemaNode};

/// A set of schema nodes, the root among them or not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    /// The data nodes, sorted by id.
    pub nodes: Vec<NodeId>,
    /// Whether the root is in the set.
    pub root: bool,
}

impl Reach {
    /// One node, or the root for `None`.
    pub fn of(node: Option<NodeId>) -> Self {
        Reach {
            nodes: node.into_iter().collect(),
            root: node.is_none(),
        }
    }

    fn from_nodes(mut nodes: Vec<NodeId>) -> Self {
        nodes.sort_unstable();
        nodes.dedup();
        Reach { nodes, root: false }
    }
}

/// Resolves expressions against schema nodes.
pub struct Resolver<'s> {
    /// All schema nodes, by their id.
    pub nodes: &'s [SchemaNode],
    /// The top-level data nodes.
    pub top: &'s [NodeId],
}

/// The contexts of an expression: what `current()` is, and the node that predicates look at.
#[derive(Clone, Copy)]
struct Contexts<'a> {
    current: &'a Reach,
    item: &'a Reach,
}

impl Resolver<'_> {
    /// Resolves an expression whose context node is an instance of `context`, or the root.
    /// Returns what it can reach, if it is a path.
    pub fn resolve(&self, expr: &mut Expr, context: Option<NodeId>) -> Reach {
        let current = Reach::of(context);
        self.expr(
            expr,
            Contexts {
                current: &current,
                item: &current,
            },
        )
    }

    fn expr(&self, expr: &mut Expr, contexts: Contexts) -> Reach {
        match expr {
            Expr::Or(a, b) | Expr::And(a, b) | Expr::Compare(_, a, b) | Expr::Arithmetic(_, a, b) => {
                self.expr(a, contexts);
                self.expr(b, contexts);
                Reach::default()
            }
            Expr::Negate(a) => {
                self.expr(a, contexts);
                Reach::default()
            }
            Expr::Union(a, b) => {
                let (a, b) = (self.expr(a, contexts), self.expr(b, contexts));
                let mut both = Reach::from_nodes([a.nodes, b.nodes].concat());
                both.root = a.root || b.root;
                both
            }
            Expr::Call(function, args) => {
                let reached: Vec<Reach> = args.iter_mut().map(|arg| self.expr(arg, contexts)).collect();
                match function {
                    Function::Current => contexts.current.clone(),
                    Function::Deref => self.deref(&reached[0]),
                    _ => Reach::default(),
                }
            }
            Expr::Path(path) => self.path(path, contexts),
            Expr::Literal(_) | Expr::Number(_) | Expr::Identity(_) | Expr::Pattern(_) | Expr::Retired(_) => {
                Reach::default()
            }
        }
    }

    /// The targets of the leafrefs in a set of leafs. They are resolved before conditions are.
    fn deref(&self, from: &Reach) -> Reach {
        let mut targets = Vec::new();
        for &id in &from.nodes {
            match &self.nodes[id.index()].kind {
                NodeKind::Leaf(leaf) => targets.extend(leaf.leafrefs.iter().map(|leafref| leafref.target)),
                NodeKind::LeafList(list) => {
                    targets.extend(list.leafrefs.iter().map(|leafref| leafref.target))
                }
                _ => {}
            }
        }
        Reach::from_nodes(targets)
    }

    fn path(&self, path: &mut Path, contexts: Contexts) -> Reach {
        let mut at = match &mut path.start {
            Start::Root => Reach::of(None),
            Start::Context => contexts.item.clone(),
            Start::Current => contexts.current.clone(),
            Start::Filter(expr, predicates) => {
                let reached = self.expr(expr, contexts);
                for predicate in predicates {
                    let contexts = Contexts {
                        current: contexts.current,
                        item: &reached,
                    };
                    self.expr(&mut predicate.condition, contexts);
                }
                reached
            }
        };
        let simple_start = !matches!(path.start, Start::Filter(..));
        // Whether nothing is left out on the way: where the path turned, there is one instance.
        let mut complete = simple_start && self.is_one_instance(&at);
        for step in &mut path.steps {
            at = self.step(step, &at, contexts.current);
            complete = match step.axis {
                Axis::Child => complete && step.predicates.is_empty() && step.test != Test::Text,
                Axis::Parent | Axis::Current => step.predicates.is_empty() && self.is_one_instance(&at),
                _ => false,
            };
        }
        path.shape = match (&at.nodes[..], complete && !at.root) {
            ([leaf], true) if self.is_value(*leaf) => Shape::AllOf(*leaf),
            _ => Shape::Walk,
        };
        at
    }

    fn is_value(&self, id: NodeId) -> bool {
        matches!(
            self.nodes[id.index()].kind,
            NodeKind::Leaf(_) | NodeKind::LeafList(_)
        )
    }

    /// Whether a set has at most one instance.
    fn is_one_instance(&self, reach: &Reach) -> bool {
        match (&reach.nodes[..], reach.root) {
            ([], true) => true,
            ([id], false) => {
                let mut at = Some(*id);
                while let Some(id) = at {
                    let node = &self.nodes[id.index()];
                    if matches!(node.kind, NodeKind::List(_) | NodeKind::LeafList(_)) {
                        return false;
                    }
                    at = node.data_parent;
                }
                true
            }
            _ => false,
        }
    }

    fn step(&self, step: &mut Step, from: &Reach, current: &Reach) -> Reach {
        let mut reached = Reach::default();
        if step.test == Test::Text {
            // The text of a leaf is its value.
            reached = Reach::from_nodes(
                from.nodes
                    .iter()
                    .copied()
                    .filter(|&id| self.is_value(id))
                    .collect(),
            );
        } else {
            self.walk(step.axis, from, &mut |node| match node {
                None => reached.root |= step.test == Test::Node,
                Some(id) if self.passes(id, &step.test) => reached.nodes.push(id),
                Some(_) => {}
            });
            reached.nodes.sort_unstable();
            reached.nodes.dedup();
        }
        step.targets.clone_from(&reached.nodes);
        for (position, predicate) in step.predicates.iter_mut().enumerate() {
            let contexts = Contexts {
                current,
                item: &reached,
            };
            self.expr(&mut predicate.condition, contexts);
            if position == 0 && forward(step.axis) {
                predicate.keys = self.keys(predicate, &reached);
            }
        }
        // Positions would count differently behind an index.
        if step.predicates.len() > 1 && step.predicates.iter().any(|p| is_positional(&p.condition)) {
            step.predicates[0].keys.clear();
        }
        reached
    }

    fn passes(&self, id: NodeId, test: &Test) -> bool {
        let node = &self.nodes[id.index()];
        match test {
            Test::Name(module, name) => node.module == *module && node.name == *name,
            Test::Any(Some(module)) => node.module == *module,
            Test::Any(None) | Test::Node => true,
            Test::Text | Test::Nothing => false,
        }
    }

    fn below(&self, at: Option<NodeId>) -> &[NodeId] {
        match at {
            Some(id) => &self.nodes[id.index()].data_children,
            None => self.top,
        }
    }

    fn descend(&self, at: Option<NodeId>, visit: &mut dyn FnMut(Option<NodeId>)) {
        for &child in self.below(at) {
            visit(Some(child));
            self.descend(Some(child), visit);
        }
    }

    fn walk(&self, axis: Axis, from: &Reach, visit: &mut dyn FnMut(Option<NodeId>)) {
        let starts = from
            .nodes
            .iter()
            .copied()
            .map(Some)
            .chain(from.root.then_some(None));
        for at in starts {
            let parent = at.map(|id| self.nodes[id.index()].data_parent);
            match axis {
                Axis::Child => self.below(at).iter().for_each(|&child| visit(Some(child))),
                Axis::Parent => parent.into_iter().for_each(&mut *visit),
                Axis::Current => visit(at),
                Axis::Descendant => self.descend(at, visit),
                Axis::DescendantOrSelf => {
                    visit(at);
                    self.descend(at, visit);
                }
                Axis::Ancestor | Axis::AncestorOrSelf => {
                    if axis == Axis::AncestorOrSelf {
                        visit(at);
                    }
                    let mut up = parent;
                    while let Some(node) = up {
                        visit(node);
                        up = node.map(|id| self.nodes[id.index()].data_parent);
                    }
                }
                Axis::FollowingSibling | Axis::PrecedingSibling => {
                    if let Some(parent) = parent {
                        self.below(parent)
                            .iter()
                            .for_each(|&sibling| visit(Some(sibling)));
                    }
                }
                // Wherever in the tree: rare enough not to be looked at closer.
                Axis::Following | Axis::Preceding => self.descend(None, visit),
                Axis::Attribute => {}
            }
        }
    }

    /// The parts of a predicate that an index can answer.
    fn keys(&self, predicate: &Predicate, items: &Reach) -> Vec<IndexKey> {
        let [item] = items.nodes[..] else {
            return Vec::new();
        };
        if is_positional(&predicate.condition) {
            return Vec::new();
        }
        let mut keys = Vec::new();
        let mut parts = vec![&predicate.condition];
        while let Some(part) = parts.pop() {
            match part {
                Expr::And(a, b) => parts.extend([b.as_ref(), a.as_ref()]),
                Expr::Compare(Comparison::Equal, a, b) => {
                    for (path, value) in [(a, b), (b, a)] {
                        if let Some((leaf, is_item)) = self.own_leaf(path, item)
                            && !uses_item(value)
                        {
                            keys.push(IndexKey {
                                leaf,
                                is_item,
                                value: value.as_ref().clone(),
                            });
                            break;
                        }
                    }
                }
                _ => {}
            }
        }
        keys
    }

    /// The leaf that a path in a predicate means: right below the item, or the item itself.
    fn own_leaf(&self, expr: &Expr, item: NodeId) -> Option<(NodeId, bool)> {
        let Expr::Path(path) = expr else { return None };
        let (Start::Context, [step]) = (&path.start, &path.steps[..]) else {
            return None;
        };
        let &[leaf] = &step.targets[..] else { return None };
        if !step.predicates.is_empty() || !self.is_value(leaf) {
            return None;
        }
        match step.axis {
            Axis::Child if step.test == Test::Text => Some((leaf, true)),
            Axis::Child => Some((leaf, false)),
            Axis::Current if leaf == item => Some((leaf, true)),
            _ => None,
        }
    }
}

fn forward(axis: Axis) -> bool {
    matches!(axis, Axis::Child)
}

/// Whether an expression depends on the position of the item, or may be a number, which is a position.
fn is_positional(expr: &Expr) -> bool {
    fn mentions(expr: &Expr) -> bool {
        match expr {
            Expr::Or(a, b)
            | Expr::And(a, b)
            | Expr::Compare(_, a, b)
            | Expr::Arithmetic(_, a, b)
            | Expr::Union(a, b) => mentions(a) || mentions(b),
            Expr::Negate(a) => mentions(a),
            Expr::Call(Function::Position | Function::Last, _) => true,
            Expr::Call(_, args) => args.iter().any(mentions),
            _ => false,
        }
    }
    let boolean = matches!(
        expr,
        Expr::Or(..)
            | Expr::And(..)
            | Expr::Compare(..)
            | Expr::Path(_)
            | Expr::Union(..)
            | Expr::Literal(_)
            | Expr::Call(
                Function::Not
                    | Function::Boolean
                    | Function::True
                    | Function::False
                    | Function::Contains
                    | Function::StartsWith
                    | Function::ReMatch
                    | Function::DerivedFrom
                    | Function::DerivedFromOrSelf
                    | Function::BitIsSet,
                _
            )
    );
    !boolean || mentions(expr)
}

/// Whether the value of an expression inside a predicate depends on the item.
fn uses_item(expr: &Expr) -> bool {
    match expr {
        Expr::Or(a, b)
        | Expr::And(a, b)
        | Expr::Compare(_, a, b)
        | Expr::Arithmetic(_, a, b)
        | Expr::Union(a, b) => uses_item(a) || uses_item(b),
        Expr::Negate(a) => uses_item(a),
        Expr::Call(Function::Position | Function::Last, _) => true,
        Expr::Call(
            Function::String
            | Function::Number
            | Function::Name
            | Function::LocalName
            | Function::NamespaceUri
            | Function::StringLength
            | Function::NormalizeSpace,
            args,
        ) if args.is_empty() => true,
        Expr::Call(_, args) => args.iter().any(uses_item),
        Expr::Path(path) => match &path.start {
            Start::Context => true,
            Start::Filter(base, _) => uses_item(base),
            Start::Root | Start::Current => false,
        },
        Expr::Literal(_) | Expr::Number(_) | Expr::Identity(_) | Expr::Pattern(_) | Expr::Retired(_) => false,
    }
}
