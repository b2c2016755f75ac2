//! What follows from the models and the policy alone, found once.

use std::sync::OnceLock;

use rustc_hash::FxHashMap;

use crate::policy::Policy;
use crate::schema::{NodeId, NodeKind, Schema, Table, TypeId};
use crate::validate::{references, rules, structure};

use super::reference::Referrers;
use super::table_deps::{self, TableDeps};

/// What there is to check on the instances of a schema node.
#[derive(Debug, Clone, Copy, Default)]
pub struct Checks {
    /// Whether it has conditions.
    pub conditions: bool,
    /// A leafref and nothing else.
    pub leafref: bool,
    /// A union with leafrefs.
    pub union: bool,
    /// Such a union below it.
    pub union_below: bool,
    /// Something that must be below it.
    pub constrained: bool,
    /// Defaults or containers below it that exist without being written.
    pub implicit_below: bool,
    /// It is a list or leaf-list.
    pub repeated: bool,
    /// A rule of the policy is about it.
    pub ruled: bool,
}

/// What follows from the models and the policy.
#[derive(Debug)]
pub struct Facts {
    checks: Vec<Checks>,
    /// The nodes of the rule about lanes, in order.
    pub lanes: Vec<NodeId>,
    /// The nodes that say which platform it is.
    pub platforms: Vec<NodeId>,
    /// The nodes of the rules about what is used once in a VRF, with the rule's number.
    pub once_in_vrf: Vec<(u32, NodeId)>,
    /// The members of each union with leafrefs, by its leaf.
    unions: FxHashMap<NodeId, Vec<TypeId>>,
    /// The position of each among the top-level nodes.
    tops: FxHashMap<NodeId, u32>,
    /// Nodes that are not written have conditions, or one reference depends on how others were
    /// resolved: then a change can spread in ways that are not followed.
    pub tangled: bool,
    /// Which leafs refer to which.
    pub referrers: Referrers,
    table_deps: OnceLock<TableDeps>,
}

impl Facts {
    /// Those of a schema and a policy.
    pub fn new(schema: &Schema, policy: &Policy) -> Self {
        let mut checks: Vec<Checks> = Vec::with_capacity(schema.nodes.len());
        let mut tangled = false;
        let mut unions = FxHashMap::default();
        for id in (0..schema.nodes.len() as u32).map(NodeId) {
            let node = schema.node(id);
            let implicit = match &node.kind {
                NodeKind::Leaf(leaf) => leaf.default.is_some(),
                NodeKind::LeafList(list) => !list.defaults.is_empty(),
                NodeKind::Container { presence } => !presence,
                _ => false,
            };
            tangled |= implicit && node.observed && !node.whens.is_empty();
            let members = references::union_members(schema, id);
            let union = !members.is_empty();
            if union {
                unions.insert(id, members);
            }
            tangled |= union && looks_at_unions(schema, id);
            let mut below = node.data_children.iter();
            checks.push(Checks {
                conditions: !node.musts.is_empty() || !node.whens.is_empty(),
                leafref: references::plain(schema, id).is_some(),
                union,
                union_below: false,
                constrained: structure::has_constrained(schema, id),
                implicit_below: matches!(node.kind, NodeKind::Container { .. } | NodeKind::List(_))
                    && below.any(|&child| schema.node(child).observed),
                repeated: matches!(node.kind, NodeKind::List(_) | NodeKind::LeafList(_)),
                ruled: false,
            });
        }
        // Parents precede their children.
        for id in (0..schema.nodes.len() as u32).rev().map(NodeId) {
            let below = checks[id.index()];
            if let Some(parent) = schema.node(id).data_parent {
                checks[parent.index()].union_below |= below.union || below.union_below;
            }
        }
        let field_nodes = |field: &str| rules::field_nodes(schema, field);
        let lanes = policy
            .lanes
            .as_ref()
            .map_or_else(Vec::new, |lanes| field_nodes(&lanes.field));
        let once = policy.unique_in_vrf.iter().zip(0..);
        let once_in_vrf: Vec<(u32, NodeId)> = once
            .flat_map(|(rule, at)| field_nodes(&rule.field).into_iter().map(move |id| (at, id)))
            .collect();
        for id in lanes.iter().chain(once_in_vrf.iter().map(|(_, id)| id)) {
            checks[id.index()].ruled = true;
        }
        Facts {
            checks,
            lanes,
            platforms: rules::platforms(schema),
            once_in_vrf,
            unions,
            tops: schema.top.iter().copied().zip(0..).collect(),
            tangled,
            referrers: Referrers::new(schema),
            table_deps: OnceLock::new(),
        }
    }

    /// Which tables the conditions of a table look at.
    pub fn table_deps(&self, schema: &Schema) -> &TableDeps {
        self.table_deps.get_or_init(|| TableDeps::new(schema))
    }

    /// What there is to check on the instances of a node.
    pub fn checks(&self, id: NodeId) -> Checks {
        self.checks[id.index()]
    }

    /// The members of a leaf's union, if it has leafrefs.
    pub fn members(&self, id: NodeId) -> &[TypeId] {
        self.unions.get(&id).map_or(&[], Vec::as_slice)
    }

    /// The position of a table's module among the top-level nodes.
    pub fn top(&self, table: &Table) -> u32 {
        self.tops.get(&table.top).copied().unwrap_or_default()
    }
}

fn is_union(schema: &Schema, id: NodeId) -> bool {
    !references::union_members(schema, id).is_empty()
}

/// Whether the path of a leafref in a union looks at other such unions on its way.
fn looks_at_unions(schema: &Schema, id: NodeId) -> bool {
    let mut found = false;
    for leafref in schema.leafrefs(id).iter().filter(|leafref| !leafref.global) {
        table_deps::targets(schema, &leafref.path, &mut |target| {
            found |= target != leafref.target && is_union(schema, target);
        });
    }
    found
}
