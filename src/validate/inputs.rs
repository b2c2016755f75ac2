//! What a condition reads of the entry that it is checked for.
//!
//! Most conditions read one or two fields of their entry, and then look something up in the rest of the config. For
//! entries in which those fields have the same values, they come out the same.

use rustc_hash::FxHashSet;
use smallvec::SmallVec;

use crate::schema::xpath::{Axis, Expr, Function, Path, Predicate, Shape, Start, Step, Test};
use crate::schema::{NodeId, Schema, TypeId};

use super::findings::DiagnosticCollector;
use super::tree::{Inst, Symbol, Tree};

/// For how many entries a condition has to be checked before its inputs are worth a look.
const WORTH: usize = 16;

/// The checks of one condition that nothing was found in, for entries that are alike in what it reads of them.
pub struct Passed {
    /// `None` where the condition may read anything, or is checked too rarely.
    inputs: Option<Inputs>,
    passed: FxHashSet<Values>,
}

impl Passed {
    /// No check yet of a condition with instances of a node as its context nodes; without a node the context is the root.
    pub fn of(schema: &Schema, condition: &Expr, context: Option<NodeId>, checks: usize) -> Self {
        Passed {
            inputs: (checks >= WORTH)
                .then(|| Inputs::of(schema, condition, context))
                .flatten(),
            passed: FxHashSet::default(),
        }
    }

    /// Whether a condition holds with a context node, as `check` says; it is asked unless it has found nothing for a node
    /// that is alike.
    pub fn or_check<'a>(
        &mut self,
        tree: &Tree,
        context: Inst,
        findings: &mut DiagnosticCollector<'a>,
        check: impl FnOnce(&mut DiagnosticCollector<'a>) -> bool,
    ) -> bool {
        let Some(inputs) = &self.inputs else {
            return check(findings);
        };
        let values = inputs.values(tree, context);
        if self.passed.contains(&values) {
            return true;
        }
        let before = findings.len();
        let holds = check(findings);
        // Of a condition that holds there may be a warning all the same, for each node.
        if holds && findings.len() == before {
            self.passed.insert(values);
        }
        holds
    }
}

/// Leafs around a context node. Two context nodes for which they have the same values are alike for a condition.
struct Inputs {
    /// Whether the context node is one of them.
    itself: bool,
    /// Each with the node that it is right below, which is the context node or around it.
    leafs: SmallVec<[(NodeId, NodeId); 4]>,
}

/// What an expression can know of a leaf.
#[derive(PartialEq, Eq, Hash)]
struct Value {
    value: Symbol,
    ty: TypeId,
    invalid: bool,
}

/// The values of inputs, those of different leafs apart from each other.
type Values = SmallVec<[Option<Value>; 4]>;

impl Inputs {
    /// The inputs of a condition; `None` where they cannot be told from its text.
    fn of(schema: &Schema, condition: &Expr, context: Option<NodeId>) -> Option<Self> {
        let mut finder = Finder {
            schema,
            context,
            inputs: Inputs {
                itself: false,
                leafs: SmallVec::new(),
            },
        };
        finder.expr(condition, finder.context())?;
        Some(finder.inputs)
    }

    fn values(&self, tree: &Tree, context: Inst) -> Values {
        let value = |inst: Inst| {
            let node = tree.get(inst);
            Some(Value {
                value: node.value,
                ty: node.ty,
                invalid: node.invalid,
            })
        };
        let mut values = Values::new();
        if self.itself {
            values.push(value(context));
        }
        for &(holder, leaf) in &self.leafs {
            let mut around = context;
            while around != Inst::ROOT && tree.get(around).schema != holder {
                around = tree.get(around).parent;
            }
            let leafs = tree
                .children(around)
                .filter(|&child| tree.get(child).schema == leaf);
            values.extend(leafs.map(value));
            values.push(None);
        }
        values
    }
}

/// Where the nodes of an expression are.
#[derive(Clone, Copy)]
enum Place {
    /// They are the same whatever the context node is, as long as the inputs have the same values.
    Elsewhere,
    /// The context node, or the one around it that is an instance of this node.
    Own(NodeId),
    /// A leaf or leaf-list right below such a node; it is one of the inputs.
    OwnLeaf(NodeId),
}

/// Goes through a condition. Everything is `None` where the inputs cannot be told.
struct Finder<'s> {
    schema: &'s Schema,
    context: Option<NodeId>,
    inputs: Inputs,
}

impl Finder<'_> {
    fn context(&self) -> Place {
        self.context.map_or(Place::Elsewhere, Place::Own)
    }

    /// An expression with its context item there.
    fn expr(&mut self, expr: &Expr, item: Place) -> Option<()> {
        match expr {
            Expr::Or(a, b) | Expr::And(a, b) | Expr::Compare(_, a, b) | Expr::Arithmetic(_, a, b) => {
                self.expr(a, item)?;
                self.expr(b, item)
            }
            Expr::Negate(a) => self.expr(a, item),
            Expr::Literal(_) | Expr::Number(_) | Expr::Identity(_) | Expr::Pattern(_) => Some(()),
            Expr::Call(function, args) => self.call(*function, args, item),
            Expr::Path(path) => {
                let place = self.path(path, item)?;
                self.read(place)
            }
            Expr::Retired(answer) => {
                self.expr(&answer.status, item)?;
                self.expr(&answer.leaf, item)
            }
            // The first node of both depends on their order.
            Expr::Union(..) => None,
        }
    }

    fn call(&mut self, function: Function, args: &[Expr], item: Place) -> Option<()> {
        match function {
            // They tell more of a node than its value.
            Function::Position
            | Function::Last
            | Function::Deref
            | Function::Name
            | Function::LocalName
            | Function::NamespaceUri => None,
            Function::Current => self.read(self.context()),
            Function::True | Function::False => Some(()),
            // Without its argument a function takes the context item.
            _ if args.is_empty() => self.read(item),
            _ => args.iter().try_for_each(|arg| self.expr(arg, item)),
        }
    }

    /// Nodes whose values are read.
    fn read(&mut self, place: Place) -> Option<()> {
        if let Place::Own(id) = place {
            // Of what is no leaf, the value is all values below.
            self.schema.value_type(id).filter(|_| self.context == Some(id))?;
            self.inputs.itself = true;
        }
        Some(())
    }

    fn path(&mut self, path: &Path, item: Place) -> Option<Place> {
        if let Shape::AllOf(_) = path.shape {
            return Some(Place::Elsewhere);
        }
        let mut place = match &path.start {
            Start::Root => Place::Elsewhere,
            Start::Context => item,
            Start::Current => self.context(),
            Start::Filter(Expr::Call(Function::Current, _), predicates) => {
                self.predicates(predicates, self.context())?;
                self.context()
            }
            Start::Filter(..) => return None,
        };
        for step in &path.steps {
            place = self.step(step, place)?;
            self.predicates(&step.predicates, place)?;
        }
        Some(place)
    }

    fn predicates(&mut self, predicates: &[Predicate], item: Place) -> Option<()> {
        predicates
            .iter()
            .try_for_each(|predicate| self.expr(&predicate.condition, item))
    }

    fn step(&mut self, step: &Step, from: Place) -> Option<Place> {
        let schema = self.schema;
        match (from, step.axis, &step.test) {
            (Place::Elsewhere, ..) | (_, Axis::Current, Test::Node) => Some(from),
            (Place::Own(id), Axis::Parent, Test::Node) => Some(match schema.node(id).data_parent {
                Some(above) if !schema.is_single(above) => Place::Own(above),
                _ => Place::Elsewhere,
            }),
            (Place::OwnLeaf(holder), Axis::Parent, Test::Node) => Some(Place::Own(holder)),
            (Place::Own(id), Axis::Child, Test::Name(..)) => match step.targets[..] {
                [] => Some(Place::Elsewhere),
                [leaf] => {
                    schema.value_type(leaf)?;
                    if !self.inputs.leafs.contains(&(id, leaf)) {
                        self.inputs.leafs.push((id, leaf));
                    }
                    Some(Place::OwnLeaf(id))
                }
                _ => None,
            },
            (Place::OwnLeaf(_), Axis::Child, Test::Text) => Some(from),
            _ => None,
        }
    }
}
