//! Which tables the conditions of a table look at.

use rustc_hash::FxHashSet;

use crate::schema::xpath::{Expr, Function, Predicate, Shape, Start};
use crate::schema::{NodeId, Schema};

/// Pairs of tables: one with a condition, one that the condition can look at.
#[derive(Debug)]
pub struct Looks(FxHashSet<(Box<str>, Box<str>)>);

impl Looks {
    /// Those of a schema.
    pub fn new(schema: &Schema) -> Self {
        let mut pairs: FxHashSet<(NodeId, NodeId)> = FxHashSet::default();
        for id in (0..schema.nodes.len() as u32).map(NodeId) {
            let node = schema.node(id);
            let Some(own) = table_of(schema, id) else { continue };
            let musts = node.musts.iter().map(|must| &must.condition);
            for condition in musts.chain(node.whens.iter().map(|when| &when.condition)) {
                targets(schema, condition, &mut |target| {
                    pairs.extend(table_of(schema, target).map(|table| (own, table)));
                });
            }
        }
        let name = |id: NodeId| schema.node(id).name.clone();
        Looks(pairs.into_iter().map(|(a, b)| (name(a), name(b))).collect())
    }

    /// Whether a condition of a node in the first table can look at a node of the second.
    pub fn at(&self, table: &str, other: &str) -> bool {
        self.0.contains(&(table.into(), other.into()))
    }
}

/// The container of the table that a node is in.
fn table_of(schema: &Schema, id: NodeId) -> Option<NodeId> {
    let mut way = [None, None];
    let mut at = Some(id);
    while let Some(id) = at {
        way = [Some(id), way[0]];
        at = schema.node(id).data_parent;
    }
    let table = way[1]?;
    let named = schema.tables.get(&schema.node(table).name)?;
    (named.node == table).then_some(table)
}

/// The nodes that the paths of an expression can reach, those on the way and in predicates too.
pub fn targets(schema: &Schema, expr: &Expr, visit: &mut impl FnMut(NodeId)) {
    let derefs = uses_deref(expr);
    expr.for_each_path(&mut |path| {
        if let Shape::AllOf(leaf) = path.shape {
            visit(leaf);
        }
        for &id in path.steps.iter().flat_map(|step| &step.targets) {
            visit(id);
            // Which path is the argument does not matter: a few tables too many do no harm.
            if derefs {
                for leafref in schema.leafrefs(id) {
                    leafref.path.for_each_path(&mut |path| {
                        path.steps
                            .iter()
                            .flat_map(|step| &step.targets)
                            .for_each(|&id| visit(id));
                    });
                }
            }
        }
    });
}

fn uses_deref(expr: &Expr) -> bool {
    let in_predicates = |predicates: &[Predicate]| predicates.iter().any(|p| uses_deref(&p.condition));
    match expr {
        Expr::Or(a, b)
        | Expr::And(a, b)
        | Expr::Compare(_, a, b)
        | Expr::Arithmetic(_, a, b)
        | Expr::Union(a, b) => uses_deref(a) || uses_deref(b),
        Expr::Negate(a) => uses_deref(a),
        Expr::Call(function, args) => *function == Function::Deref || args.iter().any(uses_deref),
        Expr::Path(path) => {
            let base = match &path.start {
                Start::Filter(base, predicates) => uses_deref(base) || in_predicates(predicates),
                _ => false,
            };
            base || path.steps.iter().any(|step| in_predicates(&step.predicates))
        }
        Expr::Literal(_) | Expr::Number(_) | Expr::Identity(_) | Expr::Pattern(_) => false,
    }
}
