//! Leafrefs (RFC 7950, section 9.9), those inside unions too (section 9.12).

use std::rc::Rc;

use rustc_hash::FxHashMap;

use crate::config::CONFIG_DB_SEPARATOR;
use crate::policy::References;
use crate::schema::{Leafref, NodeId, NodeKind, Schema, TypeId, TypeKind};

use super::diagnostic::Rule;
use super::findings::{DiagnosticBuilder, DiagnosticCollector};
use super::fix::Correction;
use super::index::Index;
use super::read_set::Key;
use super::tree::{Inst, Symbol, Tree};
use super::value::{self, Naming, ValueContext, Written};
use super::xpath::Evaluator;

/// What a leaf of a union type turned out to be.
#[derive(Clone)]
pub struct Resolved {
    canonical: Rc<str>,
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
    findings: &mut DiagnosticCollector,
) -> bool {
    let mut resolved = Vec::new();
    let evaluator = Evaluator::new(schema, tree, index);
    for id in with_leafrefs(schema) {
        let members = union_members(schema, id);
        if members.is_empty() {
            continue;
        }
        // Where any instance of a target will do, leafs with the same text refer to the same.
        let is_global = schema.leafrefs(id).iter().all(|leafref| leafref.global);
        let mut known: FxHashMap<Symbol, Option<Resolved>> = FxHashMap::default();
        for &inst in tree.instances(id) {
            if !may_refer(tree, inst) {
                continue;
            }
            let written = findings.written(tree.get(inst).at);
            let resolve = || resolve_union(&evaluator, inst, &members, naming, written);
            let found = if is_global && written == Written::Text {
                known.entry(tree.get(inst).raw).or_insert_with(resolve).clone()
            } else {
                resolve()
            };
            resolved.push((inst, found));
        }
    }
    let unresolved = resolved.iter().filter(|(_, found)| found.is_none());
    let unresolved: Vec<Inst> = unresolved.map(|(inst, _)| *inst).collect();
    let mut changed = false;
    for (inst, found) in resolved {
        changed |= resolve_member(tree, inst, found);
    }
    let evaluator = Evaluator::new(schema, tree, index);
    for inst in unresolved {
        report(&evaluator, inst, findings);
    }
    changed
}

/// The members of a leaf's type, if it is a union with leafrefs.
pub fn union_members(schema: &Schema, id: NodeId) -> Vec<TypeId> {
    let ty = schema.value_type(id).filter(|_| !schema.leafrefs(id).is_empty());
    let members = ty.map(|ty| value::members(schema, ty));
    members.filter(|members| members.len() > 1).unwrap_or_default()
}

/// Whether a member that is a leafref took a leaf's value, so that its target has to be looked for.
pub fn may_refer(tree: &Tree, inst: Inst) -> bool {
    let node = tree.get(inst);
    node.leafref.is_some() && !node.implicit
}

/// The first member of a union that takes the value of a leaf, with its target there.
pub fn resolve_union(
    evaluator: &Evaluator,
    inst: Inst,
    members: &[TypeId],
    naming: Naming,
    written: Written,
) -> Option<Resolved> {
    let Evaluator { schema, tree, .. } = *evaluator;
    let id = tree.get(inst).schema;
    let scope = ValueContext::new(schema, schema.node(id).module, naming).briefly();
    let raw = tree.text(tree.get(inst).raw);
    members.iter().find_map(|&member| {
        let checked = value::check(scope, member, raw, written).ok()?;
        let there = checked.leafref.is_none_or(|ty| {
            let mut leafrefs = schema.leafrefs(id).iter();
            leafrefs.find(|leafref| leafref.ty == ty).is_some_and(|leafref| {
                evaluator.note(Key::Value(leafref.target, &checked.canonical));
                let symbol = tree.symbol(&checked.canonical);
                symbol.is_some_and(|symbol| target_is_there(evaluator, inst, leafref, symbol))
            })
        });
        there.then(|| Resolved {
            canonical: checked.canonical.into(),
            ty: checked.ty,
            leafref: checked.leafref,
        })
    })
}

/// Makes a leaf what it turned out to be. Says whether its value changed.
pub fn resolve_member(tree: &mut Tree, inst: Inst, found: Option<Resolved>) -> bool {
    let Some(found) = found else {
        tree.get_mut(inst).leafref = None;
        return false;
    };
    let value = tree.intern(&found.canonical);
    let node = tree.get_mut(inst);
    let changed = node.value != value;
    node.value = value;
    node.ty = found.ty;
    // Looked at already.
    node.leafref = found.leafref;
    changed
}

/// Checks that the target of every plain leafref is there.
pub fn check(schema: &Schema, tree: &Tree, index: &Index, findings: &mut DiagnosticCollector) {
    let evaluator = Evaluator::new(schema, tree, index);
    for id in with_leafrefs(schema) {
        if let Some(leafref) = plain(schema, id) {
            for &inst in tree.instances(id) {
                if !holds(&evaluator, inst, leafref) {
                    report(&evaluator, inst, findings);
                }
            }
        }
    }
}

/// The leafref of a leaf whose type is nothing else, if its target has to be there. In unions they are
/// looked at before.
pub fn plain(schema: &Schema, id: NodeId) -> Option<&Leafref> {
    let [leafref] = schema.leafrefs(id) else {
        return None;
    };
    (Some(leafref.ty) == schema.value_type(id) && leafref.require_instance).then_some(leafref)
}

/// Whether the target of a leaf is there, if it has to be.
pub fn holds(evaluator: &Evaluator, inst: Inst, leafref: &Leafref) -> bool {
    let tree = evaluator.tree;
    let node = tree.get(inst);
    if node.implicit || node.invalid {
        return true;
    }
    evaluator.note(Key::Value(leafref.target, tree.text(node.value)));
    target_is_there(evaluator, inst, leafref, node.value)
}

fn with_leafrefs(schema: &Schema) -> impl Iterator<Item = NodeId> {
    let nodes = (0..schema.nodes.len() as u32).map(NodeId);
    nodes.filter(|&id| !schema.leafrefs(id).is_empty())
}

fn target_is_there(evaluator: &Evaluator, inst: Inst, leafref: &Leafref, value: Symbol) -> bool {
    let tree = evaluator.tree;
    if leafref.global {
        return !evaluator.index.find(tree, leafref.target, value).is_empty();
    }
    let targets = evaluator.evaluate(&leafref.path, inst).into_nodes();
    targets.into_iter().any(|target| tree.get(target).value == value)
}

/// Reports a leaf that refers to nothing.
pub fn report(evaluator: &Evaluator, inst: Inst, findings: &mut DiagnosticCollector) {
    let Evaluator { schema, tree, .. } = *evaluator;
    let id = tree.get(inst).schema;
    let node = tree.get(inst);
    let raw = tree.text(node.raw);
    let leafrefs = schema.leafrefs(id);
    let mut paths: Vec<String> = leafrefs
        .iter()
        .map(|leafref| schema.path(leafref.target))
        .collect();
    paths.dedup();
    let targets = leafrefs.iter().map(|leafref| leafref.target);
    let secret = targets.chain([id]).find(|&node| findings.is_secret(node));
    note_targets(evaluator, inst);
    // Where the value is, and the path of the reference does not lead.
    let elsewhere = leafrefs.iter().find(|leafref| {
        let is_there = !evaluator.index.find(tree, leafref.target, node.value).is_empty();
        is_there && secret.is_none()
    });
    let place = match elsewhere {
        Some(leafref) => {
            let table = provider(schema, leafref.target);
            match words(evaluator, inst, leafref, findings) {
                Some(words) => format!("it is in {table}, but it is not the {words}"),
                None => format!("it is in {table}, but not where the reference leads"),
            }
        }
        None => format!("it is not in {}", providers(schema, leafrefs).join(" or ")),
    };
    let message = format!(
        "{} refers to nothing: {place} ({})",
        findings.quote(secret, raw),
        paths.join(", ")
    );
    let (hint, correction) = match (secret, elsewhere) {
        (Some(_), _) => (None, None),
        (None, Some(leafref)) => (possible(evaluator, inst, leafref, findings), None),
        (None, None) => advice(evaluator, inst, findings),
    };
    // A union takes none of its members then; a plain leafref misses its target.
    let plain = schema
        .value_type(id)
        .is_some_and(|ty| matches!(schema.ty(ty).kind, TypeKind::Leafref { .. }));
    let rule = if plain { Rule::LeafRef } else { Rule::InvalidValue };
    let finding = DiagnosticBuilder::new(rule, message)
        .hint(hint)
        .correction(correction)
        .app_tag(Some("instance-required".to_owned()));
    findings.add(node.at, Some(id), finding);
}

/// What to write in place of a value that is nowhere, or what to add.
fn advice(
    evaluator: &Evaluator,
    inst: Inst,
    findings: &mut DiagnosticCollector,
) -> (Option<String>, Option<Correction>) {
    let Evaluator { schema, tree, .. } = *evaluator;
    let node = tree.get(inst);
    let raw = tree.text(node.raw);
    let leafrefs = schema.leafrefs(node.schema);
    let mut targets = leafrefs.iter().map(|leafref| leafref.target);
    let name = targets.find_map(|target| References::name_in(raw, schema.table_name(target)));
    if let Some(name) = name {
        let since = findings.policy().references.since();
        let hint = format!("write {name:?}: references are names alone{since}");
        let is_whole = findings.is_text(node.at, raw);
        return (Some(hint), is_whole.then(|| Correction::Value(name.into())));
    }
    let addable: Vec<&Leafref> = leafrefs
        .iter()
        .filter(|leafref| can_be_added(schema, leafref.target, raw))
        .collect();
    let add = match providers(schema, addable) {
        places if places.is_empty() => None,
        places => Some(format!("add {raw:?} to {}", places.join(" or "))),
    };
    let leafs = leafrefs.iter().map(|leafref| leafref.target).collect();
    match (findings.nearest_target(tree, raw, leafs), add) {
        (Some(near), add) => {
            let is_same = near.eq_ignore_ascii_case(raw.trim()) && findings.is_text(node.at, raw);
            let hint = match add {
                Some(add) => format!("did you mean {near:?}? or {add}"),
                None => format!("did you mean {near:?}?"),
            };
            (Some(hint), is_same.then(|| Correction::Value(near.into())))
        }
        (None, add) => (add, None),
    }
}

/// Whether a table could have a value in the leaf that is referred to.
fn can_be_added(schema: &Schema, target: NodeId, value: &str) -> bool {
    let is_key = matches!(&schema.node(target).kind, NodeKind::Leaf(leaf) if leaf.key);
    if is_key && value.contains(CONFIG_DB_SEPARATOR) {
        return false;
    }
    let scope = ValueContext {
        schema,
        module: schema.node(target).module,
        naming: Naming::ConfigDb,
        brief: true,
        dialect: schema.dialect,
    };
    let ty = schema.value_type(target);
    ty.is_some_and(|ty| value::check(scope, ty, value, Written::Text).is_ok())
}

/// How many values are listed that a reference may have.
const LISTED: usize = 5;

/// The values to which the path of a reference leads, where they are few, or the one that is like its value.
fn possible(
    evaluator: &Evaluator,
    inst: Inst,
    leafref: &Leafref,
    findings: &mut DiagnosticCollector,
) -> Option<String> {
    let tree = evaluator.tree;
    let raw = tree.text(tree.get(inst).raw);
    let targets = evaluator.evaluate(&leafref.path, inst).into_nodes();
    let mut values: Vec<&str> = targets.into_iter().map(|target| tree.value(target)).collect();
    values.sort_unstable();
    values.dedup();
    if let Some(near) = findings.nearest(raw, values.iter().copied()) {
        return Some(format!("did you mean {near:?}?"));
    }
    match values.len() {
        0 => None,
        1..=LISTED => Some(format!("possible here: {}", values.join(", "))),
        _ => Some(format!(
            "possible here: {} and others",
            values[..LISTED].join(", ")
        )),
    }
}

/// What a leaf may refer to, in words, with the values of its own entry in place of their names:
/// `port of VLAN_MEMBER|Vlan100|*`.
fn words(
    evaluator: &Evaluator,
    inst: Inst,
    leafref: &Leafref,
    findings: &DiagnosticCollector,
) -> Option<String> {
    let Evaluator { schema, tree, .. } = *evaluator;
    let node = tree.get(inst);
    let words = schema.path_words(&leafref.path, node.schema)?;
    let mut words = words.strip_prefix("the ").map(str::to_owned).unwrap_or(words);
    for &leaf in &schema.node(schema.node(node.schema).data_parent?).data_children {
        let name = format!("<{}>", schema.node(leaf).name);
        let value = tree
            .child(node.parent, leaf)
            .filter(|_| !findings.is_secret(leaf));
        if let Some(value) = value.filter(|_| words.contains(&name)) {
            words = words.replace(&name, tree.value(value));
        }
    }
    Some(words)
}

/// Notes all that a leaf may refer to: the hint of its report changes with that.
pub fn note_targets(evaluator: &Evaluator, inst: Inst) {
    let leafrefs = evaluator.schema.leafrefs(evaluator.tree.get(inst).schema);
    leafrefs
        .iter()
        .for_each(|leafref| evaluator.note(Key::All(leafref.target)));
}

/// Who holds the values that can be referred to, each once: tables, or fields of them.
fn providers<'l>(schema: &Schema, leafrefs: impl IntoIterator<Item = &'l Leafref>) -> Vec<String> {
    let places = leafrefs
        .into_iter()
        .map(|leafref| provider(schema, leafref.target));
    let mut places: Vec<String> = places.collect();
    places.dedup();
    places
}

fn provider(schema: &Schema, target: NodeId) -> String {
    let table = schema.table_name(target);
    match &schema.node(target).kind {
        NodeKind::Leaf(leaf) if leaf.key => table.to_owned(),
        _ => format!("{table}.{}", schema.node(target).name),
    }
}
