//! Which tables the conditions of a table look at.

use std::sync::OnceLock;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::schema::xpath::{Axis, Expr, Function, Path, Predicate, Shape, Start};
use crate::schema::{NodeId, Schema};

/// For each table with conditions, the tables that they can look at.
#[derive(Debug)]
pub struct TableDeps(FxHashMap<NodeId, OfTable>);

/// What a table has of conditions.
#[derive(Debug, Default)]
struct OfTable {
    /// Its nodes that have some.
    nodes: Vec<NodeId>,
    /// The tables that these can look at, found when first asked for.
    others: OnceLock<FxHashSet<NodeId>>,
}

impl TableDeps {
    /// Those of a schema.
    pub fn new(schema: &Schema) -> Self {
        let mut tables: FxHashMap<NodeId, OfTable> = FxHashMap::default();
        for id in (0..schema.nodes.len() as u32).map(NodeId) {
            let node = schema.node(id);
            if node.musts.is_empty() && node.whens.is_empty() {
                continue;
            }
            if let Some(table) = table_of(schema, id) {
                tables.entry(table).or_default().nodes.push(id);
            }
        }
        TableDeps(tables)
    }

    /// Whether a condition of a node in the first table can look at a node of the second.
    pub fn at(&self, schema: &Schema, table: &str, other: &str) -> bool {
        let node = |table| schema.tables.get(table).map(|table| table.node);
        let (Some(table), Some(other)) = (node(table), node(other)) else {
            return false;
        };
        let own = self.0.get(&table);
        own.is_some_and(|own| own.others(schema).contains(&other))
    }
}

impl OfTable {
    fn others(&self, schema: &Schema) -> &FxHashSet<NodeId> {
        self.others.get_or_init(|| {
            let mut tables = FxHashSet::default();
            for node in self.nodes.iter().map(|&id| schema.node(id)) {
                let musts = node.musts.iter().map(|must| &must.condition);
                for condition in musts.chain(node.whens.iter().map(|when| &when.condition)) {
                    others(schema, condition, &mut |target| {
                        tables.extend(table_of(schema, target));
                    });
                }
            }
            tables
        })
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
    reached(schema, expr, &|_| true, visit);
}

/// The nodes of entries other than its own that a condition can reach. A path that stays inside the
/// entry where it starts reaches none.
fn others(schema: &Schema, condition: &Expr, visit: &mut impl FnMut(NodeId)) {
    let leaves = |path: &Path| {
        let aside = |axis| {
            matches!(
                axis,
                Axis::Following | Axis::FollowingSibling | Axis::Preceding | Axis::PrecedingSibling
            )
        };
        !matches!(path.start, Start::Context | Start::Current)
            || path.shape != Shape::Walk
            || path
                .steps
                .iter()
                .any(|step| aside(step.axis) || step.targets.iter().any(|&id| is_around_entries(schema, id)))
    };
    let derefs = uses_deref(condition);
    reached(schema, condition, &|path| derefs || leaves(path), visit);
}

/// Whether a node holds entries, or holds what does.
fn is_around_entries(schema: &Schema, id: NodeId) -> bool {
    let parent = schema.node(id).data_parent;
    parent.is_none_or(|parent| schema.node(parent).data_parent.is_none())
}

fn reached(schema: &Schema, expr: &Expr, counts: &dyn Fn(&Path) -> bool, visit: &mut impl FnMut(NodeId)) {
    let derefs = uses_deref(expr);
    expr.for_each_path(&mut |path| {
        if !counts(path) {
            return;
        }
        if let Shape::AllOf(leaf) = path.shape {
            visit(leaf);
        }
        for (at, step) in path.steps.iter().enumerate() {
            let is_last = at + 1 == path.steps.len();
            for &id in &step.targets {
                // On the way through a table it is not looked at.
                if is_last || !is_around_entries(schema, id) {
                    visit(id);
                }
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
        Expr::Literal(_) | Expr::Number(_) | Expr::Identity(_) | Expr::Pattern(_) | Expr::Retired(_) => false,
    }
}
