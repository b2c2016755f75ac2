//! What must exist and how often: mandatory nodes, choices, `min-elements` and `max-elements`, duplicate entries and
//! elements, `unique` (RFC 7950, sections 7.6.5, 7.7.5, 7.8 and 7.9).

use std::collections::hash_map::Entry;

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::schema::{NodeId, NodeKind, Schema};

use super::conditions::context_of;
use super::diagnostic::Rule;
use super::findings::{DiagnosticBuilder, DiagnosticCollector};
use super::fix::Correction;
use super::implicit::{has_data, is_there};
use super::index::Index;
use super::tree::{AnchorPart, Inst, Symbol, Tree};
use super::xpath::Evaluator;

/// Something that is missing, unless its `when` says that it need not be there.
pub struct Missing {
    parent: Inst,
    node: NodeId,
    finding: DiagnosticBuilder,
}

/// Checks the structure of a tree. Nodes that are needed for a moment are added and not seen by
/// anything else.
pub fn check(schema: &Schema, tree: &mut Tree, findings: &mut DiagnosticCollector) {
    let mut missing = Vec::new();
    required(schema, tree, Inst::ROOT, &schema.top, &mut missing, findings);
    for at in 0..schema.nodes.len() {
        let id = NodeId(at as u32);
        match &schema.node(id).kind {
            NodeKind::Container { .. } => inside(schema, tree, id, &mut missing, findings),
            NodeKind::List(_) => {
                inside(schema, tree, id, &mut missing, findings);
                repeated(schema, tree, id, tree.instances(id), findings);
            }
            NodeKind::LeafList(_) => repeated(schema, tree, id, tree.instances(id), findings),
            _ => {}
        }
    }
    let missing = conditional_instances(schema, tree, missing, findings);
    let index = Index::new(schema);
    let evaluator = Evaluator::new(schema, tree, &index);
    for item in missing {
        report_missing(&evaluator, item, findings);
    }
}

/// Checks instances of a list or leaf-list: their number, and that none is a duplicate.
pub fn repeated(
    schema: &Schema,
    tree: &Tree,
    id: NodeId,
    instances: &[Inst],
    findings: &mut DiagnosticCollector,
) {
    match &schema.node(id).kind {
        NodeKind::List(list) => {
            duplicate_entries(tree, &list.keys, instances, findings);
            for unique in &list.uniques {
                check_unique(schema, tree, id, unique, instances, findings);
            }
            too_many(schema, tree, id, list.max, instances, findings);
        }
        NodeKind::LeafList(list) => {
            duplicate_elements(tree, id, instances, findings);
            too_many(schema, tree, id, list.max, instances, findings);
        }
        _ => {}
    }
}

/// Adds an instance of each missing node that has conditions; only then can these be evaluated. Leaves out misspelt
/// nodes.
pub fn conditional_instances(
    schema: &Schema,
    tree: &mut Tree,
    missing: Vec<Missing>,
    findings: &DiagnosticCollector,
) -> Vec<(Missing, Option<Inst>)> {
    let mut instances = Vec::new();
    for item in missing {
        let at = tree.get(item.parent).at;
        if findings.is_misspelt(at.json, &schema.node(item.node).name) {
            continue;
        }
        let conditional = conditional(schema, item.node);
        let instance = conditional.map(|id| tree.add_detached(id, item.parent, at));
        instances.push((item, instance));
    }
    instances
}

/// Reports something that is missing, unless its conditions say that it need not be there.
pub fn report_missing(
    evaluator: &Evaluator,
    (item, instance): (Missing, Option<Inst>),
    findings: &mut DiagnosticCollector,
) {
    let Evaluator { schema, tree, .. } = *evaluator;
    let wanted = instance.is_none_or(|inst| {
        schema.node(tree.get(inst).schema).whens.iter().all(|when| {
            let context = context_of(tree, inst, when);
            evaluator.evaluate(&when.condition, context).to_boolean()
        })
    });
    if wanted {
        findings.add(tree.get(item.parent).at, Some(item.node), item.finding);
    }
}

fn inside(
    schema: &Schema,
    tree: &Tree,
    id: NodeId,
    missing: &mut Vec<Missing>,
    findings: &mut DiagnosticCollector,
) {
    let children = schema.node(id).children.iter().copied();
    let constrained: Vec<NodeId> = children.filter(|&child| is_constrained(schema, child)).collect();
    if constrained.is_empty() {
        return;
    }
    for &inst in tree.instances(id) {
        if !tree.get(inst).invalid {
            required(schema, tree, inst, &constrained, missing, findings);
        }
    }
}

/// Whether a node must have something below it.
pub fn has_constrained(schema: &Schema, id: NodeId) -> bool {
    let children = &schema.node(id).children;
    children.iter().any(|&child| is_constrained(schema, child))
}

fn is_constrained(schema: &Schema, id: NodeId) -> bool {
    match &schema.node(id).kind {
        NodeKind::Leaf(leaf) => leaf.mandatory,
        NodeKind::LeafList(list) => list.min > 0,
        NodeKind::List(list) => list.min > 0,
        NodeKind::Any { mandatory } => *mandatory,
        NodeKind::Choice { .. } => true,
        NodeKind::Container { .. } | NodeKind::Case => false,
    }
}

/// Checks what a node must have below it.
pub fn required(
    schema: &Schema,
    tree: &Tree,
    parent: Inst,
    children: &[NodeId],
    missing: &mut Vec<Missing>,
    findings: &mut DiagnosticCollector,
) {
    for &child in children {
        let node = schema.node(child);
        if !node.config {
            continue;
        }
        let finding = match &node.kind {
            NodeKind::Leaf(leaf) if leaf.mandatory && !leaf.key => {
                (!is_there(tree, schema, parent, child)).then(|| mandatory(&node.name))
            }
            NodeKind::Any { mandatory: true } => {
                (!is_there(tree, schema, parent, child)).then(|| mandatory(&node.name))
            }
            NodeKind::LeafList(list) => too_few(schema, tree, parent, child, list.min),
            NodeKind::List(list) => too_few(schema, tree, parent, child, list.min),
            NodeKind::Choice { mandatory, .. } => {
                choice(schema, tree, parent, child, *mandatory, missing, findings)
            }
            _ => None,
        };
        missing.extend(finding.map(|finding| Missing {
            parent,
            node: child,
            finding,
        }));
    }
}

fn mandatory(name: &str) -> DiagnosticBuilder {
    DiagnosticBuilder::new(Rule::Mandatory, format!("{name:?} is missing; it is mandatory"))
        .hint(Some(format!("add {name:?}")))
}

fn too_few(schema: &Schema, tree: &Tree, parent: Inst, child: NodeId, min: u32) -> Option<DiagnosticBuilder> {
    if min == 0 {
        return None;
    }
    let count = tree
        .children(parent)
        .filter(|&inst| tree.get(inst).schema == child)
        .count();
    (count < min as usize).then(|| {
        let name = called(schema, child);
        DiagnosticBuilder::new(
            Rule::MinElements,
            format!("{count} of {name:?}; at least {min} must be there"),
        )
        .app_tag(Some("too-few-elements".to_owned()))
    })
}

/// One case of a choice may have data; of a mandatory one, one must.
fn choice(
    schema: &Schema,
    tree: &Tree,
    parent: Inst,
    id: NodeId,
    mandatory: bool,
    missing: &mut Vec<Missing>,
    findings: &mut DiagnosticCollector,
) -> Option<DiagnosticBuilder> {
    let node = schema.node(id);
    let cases: Vec<NodeId> = node
        .children
        .iter()
        .copied()
        .filter(|&case| has_data(tree, schema, parent, case))
        .collect();
    match cases[..] {
        [] => {
            return mandatory.then(|| {
                let mut names = Vec::new();
                data_names(schema, id, &mut names);
                let message = format!("one of these must be there: {}", names.join(", "));
                DiagnosticBuilder::new(Rule::Missing, message).app_tag(Some("missing-choice".to_owned()))
            });
        }
        [case] => required(
            schema,
            tree,
            parent,
            &schema.node(case).children,
            missing,
            findings,
        ),
        [first, second, ..] => {
            let names = [first, second].map(|case| {
                let there = first_data(tree, schema, parent, case);
                schema.node(there.unwrap_or(case)).name.as_ref()
            });
            let message = format!("{:?} and {:?} exclude each other", names[0], names[1]);
            let mut finding = DiagnosticBuilder::new(Rule::Choice, message);
            for case in [first, second] {
                let there = first_data(tree, schema, parent, case);
                if let Some(inst) = there.and_then(|there| tree.child(parent, there)) {
                    let name = &schema.node(tree.get(inst).schema).name;
                    finding = finding.related(tree.get(inst).at, format!("{name:?} is set here"));
                }
            }
            findings.add(tree.get(parent).at, node.data_parent, finding);
        }
    }
    None
}

/// The names of the data nodes in a choice or case: users know no cases.
fn data_names<'s>(schema: &'s Schema, id: NodeId, names: &mut Vec<&'s str>) {
    for &child in &schema.node(id).children {
        match is_schema_only(schema, child) {
            true => data_names(schema, child, names),
            false => names.push(&schema.node(child).name),
        }
    }
}

/// The first data node of a case that is there.
fn first_data(tree: &Tree, schema: &Schema, parent: Inst, case: NodeId) -> Option<NodeId> {
    schema
        .node(case)
        .children
        .iter()
        .find_map(|&child| match is_schema_only(schema, child) {
            true => first_data(tree, schema, parent, child),
            false => is_there(tree, schema, parent, child).then_some(child),
        })
}

/// What users call a node of which there are too few or too many: entries of a table by its name.
fn called(schema: &Schema, id: NodeId) -> &str {
    let node = schema.node(id);
    let around = node.data_parent.map(|parent| schema.node(parent).name.as_ref());
    let table = node
        .name
        .strip_suffix("_LIST")
        .filter(|&name| Some(name) == around);
    table.unwrap_or(&node.name)
}

/// The node whose `when` statements say whether a missing node must exist, if there are any. A choice's conditions are
/// on the nodes inside it, of which the first is used.
fn conditional(schema: &Schema, node: NodeId) -> Option<NodeId> {
    let mut id = node;
    while schema.node(id).whens.is_empty() && is_schema_only(schema, id) {
        id = *schema.node(id).children.first()?;
    }
    (!schema.node(id).whens.is_empty()).then_some(id)
}

fn is_schema_only(schema: &Schema, id: NodeId) -> bool {
    matches!(schema.node(id).kind, NodeKind::Choice { .. } | NodeKind::Case)
}

/// Instances by the node around them.
fn by_parent(tree: &Tree, instances: &[Inst]) -> FxHashMap<Inst, Vec<Inst>> {
    let mut groups: FxHashMap<Inst, Vec<Inst>> = FxHashMap::default();
    for &inst in instances {
        groups.entry(tree.get(inst).parent).or_default().push(inst);
    }
    groups
}

/// Reports the first instance that is too many.
pub fn too_many(
    schema: &Schema,
    tree: &Tree,
    id: NodeId,
    max: u32,
    instances: &[Inst],
    findings: &mut DiagnosticCollector,
) {
    if instances.len() <= max as usize {
        return;
    }
    for group in by_parent(tree, instances).into_values() {
        // The first that is too many.
        if let Some(&inst) = group.get(max as usize) {
            let name = called(schema, id);
            let message = format!("{} of {name:?}; at most {max} are allowed", group.len());
            let finding = DiagnosticBuilder::new(Rule::MaxElements, message);
            findings.add(
                tree.get(inst).at,
                Some(id),
                finding.app_tag(Some("too-many-elements".to_owned())),
            );
        }
    }
}

fn duplicate_entries(tree: &Tree, keys: &[NodeId], instances: &[Inst], findings: &mut DiagnosticCollector) {
    if keys.is_empty() || instances.len() < 2 || have_names_of_their_own(tree, keys, instances) {
        return;
    }
    let mut seen: FxHashMap<(Inst, SmallVec<[Symbol; 4]>), Inst> = FxHashMap::default();
    seen.reserve(instances.len());
    for &inst in instances {
        let Some(values) = key_values(tree, inst, keys) else {
            continue;
        };
        let parent = tree.get(inst).parent;
        match seen.entry((parent, values)) {
            Entry::Occupied(first) => report_duplicate_entry(tree, inst, *first.get(), findings),
            Entry::Vacant(place) => {
                place.insert(inst);
            }
        }
    }
}

/// Whether the keys of entries are the names of members, as they are written: no object has two of the same name.
fn have_names_of_their_own(tree: &Tree, keys: &[NodeId], instances: &[Inst]) -> bool {
    instances.iter().all(|&inst| {
        let mut leafs = keys.iter().map(|&key| tree.child(inst, key));
        leafs.all(|leaf| {
            leaf.map(|leaf| tree.get(leaf))
                .is_some_and(|leaf| leaf.value == leaf.raw && matches!(leaf.at.spot, AnchorPart::KeyPart(_)))
        })
    })
}

/// The values of an entry's keys, if all are there and valid.
pub fn key_values(tree: &Tree, inst: Inst, keys: &[NodeId]) -> Option<SmallVec<[Symbol; 4]>> {
    keys.iter()
        .map(|&key| tree.child(inst, key).map(|leaf| tree.get(leaf)))
        .map(|leaf| leaf.filter(|leaf| !leaf.invalid).map(|leaf| leaf.value))
        .collect()
}

/// Reports a duplicate entry.
pub fn report_duplicate_entry(tree: &Tree, inst: Inst, first: Inst, findings: &mut DiagnosticCollector) {
    let message = if written_keys(tree, inst) == written_keys(tree, first) {
        "an entry with the same key exists already"
    } else {
        "an entry with the same key exists already, in another spelling"
    };
    let finding =
        DiagnosticBuilder::new(Rule::Duplicate, message).related(tree.get(first).at, "first defined here");
    let node = tree.get(inst);
    findings.add(node.at, Some(node.schema), finding);
}

/// The keys of an entry as they are written, which stand before its fields.
fn written_keys(tree: &Tree, inst: Inst) -> Vec<Symbol> {
    let children = tree.children(inst).map(|child| tree.get(child));
    let keys = children.filter(|child| matches!(child.at.spot, AnchorPart::KeyPart(_)));
    keys.map(|key| key.raw).collect()
}

fn duplicate_elements(tree: &Tree, id: NodeId, instances: &[Inst], findings: &mut DiagnosticCollector) {
    if instances.len() < 2 {
        return;
    }
    let mut seen: FxHashMap<(Inst, Symbol), Inst> = FxHashMap::default();
    seen.reserve(instances.len());
    for &inst in instances {
        let node = tree.get(inst);
        if node.invalid {
            continue;
        }
        match seen.entry((node.parent, node.value)) {
            Entry::Occupied(first) => {
                let first = tree.get(*first.get()).at;
                let value = findings.quote(Some(id), tree.text(node.raw));
                let finding =
                    DiagnosticBuilder::new(Rule::Duplicate, format!("{value} is in the list already"));
                // The elements of a list that is one string have one place.
                let is_apart = first != node.at;
                let finding = if is_apart {
                    finding.related(first, "first listed here")
                } else {
                    finding
                };
                let correction = is_apart.then_some(Correction::Removal);
                findings.add(node.at, Some(id), finding.correction(correction));
            }
            Entry::Vacant(place) => {
                place.insert(inst);
            }
        }
    }
}

/// Section 7.8.3: of all entries that have every one of these leafs, no two have the same values.
fn check_unique(
    schema: &Schema,
    tree: &Tree,
    id: NodeId,
    leafs: &[NodeId],
    instances: &[Inst],
    findings: &mut DiagnosticCollector,
) {
    for group in by_parent(tree, instances).into_values() {
        let mut seen: FxHashMap<Vec<&str>, Inst> = FxHashMap::default();
        for inst in group {
            let Some(values) = unique_values(schema, tree, inst, id, leafs) else {
                continue;
            };
            match seen.entry(values) {
                Entry::Occupied(first) => {
                    report_not_unique(schema, tree, inst, *first.get(), leafs, findings);
                }
                Entry::Vacant(place) => {
                    place.insert(inst);
                }
            }
        }
    }
}

/// The values that a `unique` statement is about, if the entry has all of them.
pub fn unique_values<'t>(
    schema: &'t Schema,
    tree: &'t Tree,
    entry: Inst,
    list: NodeId,
    leafs: &[NodeId],
) -> Option<Vec<&'t str>> {
    leafs
        .iter()
        .map(|&leaf| unique_value(schema, tree, entry, list, leaf))
        .collect()
}

/// Reports an entry with the values of another.
pub fn report_not_unique(
    schema: &Schema,
    tree: &Tree,
    inst: Inst,
    first: Inst,
    leafs: &[NodeId],
    findings: &mut DiagnosticCollector,
) {
    let names: Vec<&str> = leafs
        .iter()
        .map(|&leaf| schema.node(leaf).name.as_ref())
        .collect();
    let message = format!(
        "Unique data leaf(s) {:?} not satisfied: another entry has the same {}",
        names.join(" "),
        names.join(" and ")
    );
    let finding = DiagnosticBuilder::new(Rule::Unique, message)
        .app_tag(Some("data-not-unique".to_owned()))
        .related(tree.get(first).at, "first used here");
    let node = tree.get(inst);
    findings.add(node.at, Some(node.schema), finding);
}

/// The value of a leaf somewhere below a list entry, or its default.
fn unique_value<'t>(
    schema: &'t Schema,
    tree: &'t Tree,
    entry: Inst,
    list: NodeId,
    leaf: NodeId,
) -> Option<&'t str> {
    let mut way = vec![leaf];
    let mut at = schema.node(leaf).data_parent;
    while let Some(id) = at.filter(|&id| id != list) {
        way.push(id);
        at = schema.node(id).data_parent;
    }
    let mut inst = Some(entry);
    for &id in way.iter().rev() {
        inst = inst.and_then(|inst| tree.child(inst, id));
    }
    match (inst, &schema.node(leaf).kind) {
        (Some(inst), _) => (!tree.get(inst).invalid).then(|| tree.value(inst)),
        (None, NodeKind::Leaf(node)) => node.default.as_deref(),
        _ => None,
    }
}
