//! Rules of the network operating system that its models do not hold; the policy names the fields.

use std::collections::hash_map::Entry;

use rustc_hash::FxHashMap;

use crate::policy::{Lanes, Policy};
use crate::schema::{NodeId, NodeKind, Schema};

use super::diagnostic::Rule;
use super::findings::{DiagnosticBuilder, DiagnosticCollector};
use super::tree::{Inst, Tree};

/// The VRF of entries whose key does not name one.
const DEFAULT_VRF: &str = "default";

/// Checks the rules of a policy.
pub fn check(schema: &Schema, policy: &Policy, tree: &Tree, findings: &mut DiagnosticCollector) {
    if let Some(lanes) = &policy.lanes {
        check_lanes(schema, lanes, tree, findings);
    }
    for rule in &policy.unique_in_vrf {
        check_unique_in_vrf(schema, &rule.field, tree, findings);
    }
}

/// The nodes of a `TABLE.field`, one for each list and entry of the table that has it.
pub fn field_nodes(schema: &Schema, field: &str) -> Vec<NodeId> {
    let Some((table, field)) = field.split_once('.') else {
        return Vec::new();
    };
    let Some(table) = schema.tables.get(table) else {
        return Vec::new();
    };
    let lists = table.lists.iter().map(|list| list.node);
    let holders = lists.chain(table.entries.iter().copied());
    holders
        .flat_map(|holder| schema.data_children_named(holder, field))
        .collect()
}

fn check_lanes(schema: &Schema, rule: &Lanes, tree: &Tree, findings: &mut DiagnosticCollector) {
    let mut users: FxHashMap<&str, Inst> = FxHashMap::default();
    let shared = is_shared(schema, rule, tree);
    for id in field_nodes(schema, &rule.field) {
        for &inst in tree.instances(id) {
            let node = tree.get(inst);
            if node.invalid {
                continue;
            }
            for lane in lanes(tree, inst) {
                if !is_lane(lane) {
                    report_no_lane(tree, inst, lane, findings);
                } else if let Some(&other) = users.get(lane).filter(|&&other| !shared && other != inst) {
                    report_lane(schema, tree, inst, lane, other, findings);
                } else {
                    users.insert(lane, inst);
                }
            }
        }
    }
}

/// The lanes of a port, as they are written.
pub fn lanes(tree: &Tree, inst: Inst) -> impl Iterator<Item = &str> {
    tree.text(tree.get(inst).raw).split(',').map(str::trim)
}

/// Whether it is the number of a lane.
pub fn is_lane(lane: &str) -> bool {
    !lane.is_empty() && lane.bytes().all(|b| b.is_ascii_digit())
}

/// Reports a lane that is none.
pub fn report_no_lane(tree: &Tree, inst: Inst, lane: &str, findings: &mut DiagnosticCollector) {
    let message = format!("the lane {lane:?} is not a number");
    let hint = Some("write lanes as numbers with commas: \"0,1,2,3\"".to_owned());
    let node = tree.get(inst);
    findings.add(
        node.at,
        Some(node.schema),
        DiagnosticBuilder::new(Rule::Lanes, message).hint(hint),
    );
}

/// Reports a lane that another port has.
pub fn report_lane(
    schema: &Schema,
    tree: &Tree,
    inst: Inst,
    lane: &str,
    other: Inst,
    findings: &mut DiagnosticCollector,
) {
    let user = entry_name(schema, tree, other);
    let message = format!("the lane {lane} belongs to {user} already");
    let node = tree.get(inst);
    let finding = DiagnosticBuilder::new(Rule::Lanes, message).related(tree.get(other).at, "first used here");
    findings.add(node.at, Some(node.schema), finding);
}

/// The nodes that say which platform it is.
pub fn platforms(schema: &Schema) -> Vec<NodeId> {
    field_nodes(schema, "DEVICE_METADATA.platform")
}

/// Whether ports share lanes on this platform.
pub fn is_shared(schema: &Schema, rule: &Lanes, tree: &Tree) -> bool {
    let platforms = platforms(schema);
    let mut values = platforms
        .iter()
        .flat_map(|&id| tree.instances(id))
        .map(|&inst| tree.value(inst));
    values.any(|platform| rule.shared_on.iter().any(|name| name == platform))
}

/// The first key of the entry of a leaf.
fn entry_name(schema: &Schema, tree: &Tree, leaf: Inst) -> String {
    keys(schema, tree, tree.get(leaf).parent).join("|")
}

fn keys(schema: &Schema, tree: &Tree, entry: Inst) -> Vec<String> {
    match &schema.node(tree.get(entry).schema).kind {
        NodeKind::List(list) => list
            .keys
            .iter()
            .filter_map(|&key| tree.child(entry, key))
            .map(|inst| tree.value(inst).to_owned())
            .collect(),
        _ => Vec::new(),
    }
}

fn check_unique_in_vrf(schema: &Schema, field: &str, tree: &Tree, findings: &mut DiagnosticCollector) {
    let mut users: FxHashMap<(String, &str), Inst> = FxHashMap::default();
    for id in field_nodes(schema, field) {
        for &inst in tree.instances(id) {
            let node = tree.get(inst);
            if node.invalid {
                continue;
            }
            let vrf = vrf(schema, tree, inst);
            let value = tree.value(inst);
            match users.entry((vrf, value)) {
                Entry::Occupied(first) => {
                    let other = *first.get();
                    if tree.get(other).parent != node.parent {
                        report_not_unique(schema, tree, inst, other, findings);
                    }
                }
                Entry::Vacant(place) => {
                    place.insert(inst);
                }
            }
        }
    }
}

/// The VRF of the entry of a leaf.
pub fn vrf(schema: &Schema, tree: &Tree, inst: Inst) -> String {
    let keys = keys(schema, tree, tree.get(inst).parent);
    match &keys[..] {
        [vrf, _, ..] => vrf.clone(),
        _ => DEFAULT_VRF.to_owned(),
    }
}

/// Reports a value that another entry has in the same VRF.
pub fn report_not_unique(
    schema: &Schema,
    tree: &Tree,
    inst: Inst,
    other: Inst,
    findings: &mut DiagnosticCollector,
) {
    let (value, user) = (tree.value(inst), entry_name(schema, tree, other));
    let message = format!("{value:?} is used by {user} already, in the same VRF");
    let node = tree.get(inst);
    let finding =
        DiagnosticBuilder::new(Rule::PeerRange, message).related(tree.get(other).at, "first used here");
    findings.add(node.at, Some(node.schema), finding);
}
