//! Leafrefs (RFC 7950, section 9.9), those inside unions too (section 9.12).

use crate::schema::{Leafref, NodeId, NodeKind, Schema, TypeId, TypeKind};

use super::diagnostic::Rule;
use super::findings::{Finding, Findings};
use super::index::Index;
use super::tree::{Inst, Symbol, Tree};
use super::value::{self, Naming, Scope};
use super::xpath::Evaluator;

/// What a leaf of a union type turned out to be.
struct Resolved {
    inst: Inst,
    canonical: String,
    ty: TypeId,
    leafref: Option<TypeId>,
}

/// Finds, for leafs of union types whose value may be a reference, the first member that takes it
/// with its target there. Says whether any value changed.
pub fn resolve_unions(
    schema: &Schema,
    tree: &mut Tree,
    index: &Index,
    naming: Naming,
    findings: &mut Findings,
) -> bool {
    let mut resolved = Vec::new();
    let mut missing = Vec::new();
    for id in with_leafrefs(schema) {
        let Some(ty) = schema.value_type(id) else { continue };
        let members = value::members(schema, ty);
        if members.len() < 2 {
            continue;
        }
        let scope = Scope {
            schema,
            module: schema.node(id).module,
            naming,
        };
        for &inst in tree.instances(id) {
            let node = tree.get(inst);
            if node.leafref.is_none() || node.implicit {
                continue;
            }
            let raw = tree.text(node.raw);
            let written = findings.written(node.at);
            let found = members.iter().find_map(|&member| {
                let checked = value::check(scope, member, raw, written).ok()?;
                let there = checked.leafref.is_none_or(|ty| {
                    let leafref = schema.leafrefs(id).iter().find(|leafref| leafref.ty == ty);
                    let symbol = tree.symbol(&checked.canonical);
                    leafref.zip(symbol).is_some_and(|(leafref, symbol)| {
                        target_is_there(schema, tree, index, inst, leafref, symbol)
                    })
                });
                there.then(|| Resolved {
                    inst,
                    canonical: checked.canonical.into_owned(),
                    ty: checked.ty,
                    leafref: checked.leafref,
                })
            });
            match found {
                Some(found) => resolved.push(found),
                None => missing.push((id, inst)),
            }
        }
    }
    for (id, inst) in missing {
        report(schema, tree, id, inst, findings);
        tree.get_mut(inst).leafref = None;
    }
    let mut changed = false;
    for found in resolved {
        let value = tree.intern(&found.canonical);
        let node = tree.get_mut(found.inst);
        changed |= node.value != value;
        node.value = value;
        node.ty = found.ty;
        // Looked at already.
        node.leafref = found.leafref;
    }
    changed
}

/// Checks that the target of every plain leafref is there.
pub fn check(schema: &Schema, tree: &Tree, index: &Index, findings: &mut Findings) {
    for id in with_leafrefs(schema) {
        // In unions they have been looked at.
        let [leafref] = schema.leafrefs(id) else { continue };
        if Some(leafref.ty) != schema.value_type(id) || !leafref.require_instance {
            continue;
        }
        for &inst in tree.instances(id) {
            let node = tree.get(inst);
            let checked = node.implicit || node.invalid;
            if !checked && !target_is_there(schema, tree, index, inst, leafref, node.value) {
                report(schema, tree, id, inst, findings);
            }
        }
    }
}

fn with_leafrefs(schema: &Schema) -> impl Iterator<Item = NodeId> {
    let nodes = (0..schema.nodes.len() as u32).map(NodeId);
    nodes.filter(|&id| !schema.leafrefs(id).is_empty())
}

fn target_is_there(
    schema: &Schema,
    tree: &Tree,
    index: &Index,
    inst: Inst,
    leafref: &Leafref,
    value: Symbol,
) -> bool {
    if leafref.global {
        return !index.find(tree, leafref.target, value).is_empty();
    }
    let evaluator = Evaluator::new(schema, tree, index);
    let targets = evaluator.evaluate(&leafref.path, inst).into_nodes();
    targets.into_iter().any(|target| tree.get(target).value == value)
}

fn report(schema: &Schema, tree: &Tree, id: NodeId, inst: Inst, findings: &mut Findings) {
    let node = tree.get(inst);
    let raw = tree.text(node.raw);
    let leafrefs = schema.leafrefs(id);
    let mut places: Vec<String> = leafrefs
        .iter()
        .map(|leafref| provider(schema, leafref.target))
        .collect();
    places.dedup();
    let mut paths: Vec<String> = leafrefs
        .iter()
        .map(|leafref| schema.path(leafref.target))
        .collect();
    paths.dedup();
    let targets = leafrefs.iter().map(|leafref| leafref.target);
    let secret = targets.chain([id]).find(|&node| findings.is_secret(node));
    let message = format!(
        "{} refers to nothing: it is not in {} ({})",
        findings.quote(secret, raw),
        places.join(" or "),
        paths.join(", ")
    );
    let hint = if secret.is_some() {
        None
    } else {
        let values = leafrefs.iter().flat_map(|leafref| tree.instances(leafref.target));
        let names = values.map(|&target| tree.value(target));
        match findings.nearest(raw, names) {
            Some(near) => Some(format!(
                "did you mean {near:?}? or add {raw:?} to {}",
                places.join(" or ")
            )),
            None => Some(format!("add {raw:?} to {}", places.join(" or "))),
        }
    };
    // A union takes none of its members then; a plain leafref misses its target.
    let plain = schema
        .value_type(id)
        .is_some_and(|ty| matches!(schema.ty(ty).kind, TypeKind::Leafref { .. }));
    let rule = if plain { Rule::LeafRef } else { Rule::InvalidValue };
    let finding = Finding::new(rule, message)
        .hint(hint)
        .app_tag(Some("instance-required".to_owned()));
    findings.add(node.at, Some(id), finding);
}

/// Who holds a value that can be referred to: a table, or a field of one.
fn provider(schema: &Schema, target: NodeId) -> String {
    let mut names = Vec::new();
    let mut at = Some(target);
    while let Some(id) = at {
        names.push(id);
        at = schema.node(id).data_parent;
    }
    let name = |id: NodeId| schema.node(id).name.as_ref();
    let table = names.iter().rev().nth(1).map_or("", |&id| name(id));
    match &schema.node(target).kind {
        NodeKind::Leaf(leaf) if leaf.key => table.to_owned(),
        _ => format!("{table}.{}", name(target)),
    }
}
