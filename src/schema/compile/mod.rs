//! From what libyang compiled to a [`Schema`]: expressions parsed and resolved, patterns compiled,
//! look-ups made.

pub(super) mod libyang;
mod retired;
mod scope;
pub(super) mod statements;
mod tables;
pub mod xpath;

use rustc_hash::{FxHashMap, FxHashSet};

use super::model::dialect::Dialect;
use super::model::retired::Retired;
use super::model::{
    Leafref, ModuleId, Must, NodeId, NodeKind, Schema, SchemaNode, Type, TypeId, TypeKind, When,
};
use super::pattern::Pattern;
use super::{SchemaError, Sources};
use libyang::{Compiled, Prefixes, RawCondition};
use scope::{CompileScope, Patterns};
use xpath::{Axis, Comparison, Expr, Names, Resolver, Shape, Start};

/// Makes a schema.
///
/// # Errors
/// What a module uses and we do not support.
pub fn build(compiled: Compiled, sources: &Sources, digest: [u8; 32]) -> Result<Schema, SchemaError> {
    let Compiled {
        mut modules,
        mut nodes,
        types,
        identities,
        patterns,
        docs,
        top,
        conditions,
        leafref_prefixes,
    } = compiled;
    for module in &mut modules {
        if let Some(text) = sources.texts.get(module.name.as_ref()) {
            module.origin = match &text.file {
                Some(file) => file.display().to_string().into(),
                None => "shipped".into(),
            };
        }
    }
    link_data_children(&mut nodes);
    let mut scope = CompileScope {
        identities: &identities,
        patterns: Patterns::default(),
        prefixes: Vec::new(),
        module: ModuleId(0),
    };
    for text in patterns {
        scope.patterns.add(text);
    }
    resolve_leafrefs(&mut nodes, &types, &top, &leafref_prefixes, &mut scope)?;
    let mut schema = Schema {
        tables: tables::find(&modules, &nodes, &top),
        retired: Vec::new(),
        retired_mode: sources.retired,
        has_other_flags: sources.has_other_flags(),
        dialect: Dialect::default(),
        modules,
        nodes,
        types,
        identities: identities.clone(),
        patterns: Vec::new(),
        has_disputed_patterns: false,
        docs,
        top,
        digest,
        top_by_name: FxHashMap::default(),
    };
    let path_rewrites = match sources.retired {
        Retired::Allow => None,
        _ => Some(retired::find(&mut schema, &mut scope)?),
    };
    for condition in conditions {
        add_condition(&mut schema, condition, &mut scope, path_rewrites.as_ref())?;
    }
    if let (Retired::Mirror, Some(path_rewrites)) = (sources.retired, path_rewrites) {
        path_rewrites.mirror(&mut schema);
    }
    schema.patterns = scope.patterns.compiled;
    schema.has_disputed_patterns = schema.patterns.iter().any(Pattern::is_disputed);
    mark_observed(&mut schema);
    schema.index();
    Ok(schema)
}

/// Gives each data node the data nodes right below it, through choices and cases.
fn link_data_children(nodes: &mut [SchemaNode]) {
    for at in 0..nodes.len() {
        let is_data = !matches!(nodes[at].kind, NodeKind::Choice { .. } | NodeKind::Case);
        if let (true, Some(parent)) = (is_data, nodes[at].data_parent) {
            nodes[parent.index()].data_children.push(NodeId(at as u32));
        }
    }
    for at in 0..nodes.len() {
        let mut children = std::mem::take(&mut nodes[at].data_children);
        children.sort_by(|a, b| nodes[a.index()].name.cmp(&nodes[b.index()].name));
        nodes[at].data_children = children;
    }
}

/// The leafref types inside a type, unions taken apart.
fn leafref_types(types: &[Type], ty: TypeId, found: &mut Vec<TypeId>) {
    match &types[ty.index()].kind {
        TypeKind::Leafref { .. } => found.push(ty),
        TypeKind::Union(members) => {
            for &member in members {
                leafref_types(types, member, found);
            }
        }
        _ => {}
    }
}

fn resolve_leafrefs(
    nodes: &mut [SchemaNode],
    types: &[Type],
    top: &[NodeId],
    prefixes: &FxHashMap<TypeId, Prefixes>,
    scope: &mut CompileScope,
) -> Result<(), SchemaError> {
    for at in 0..nodes.len() {
        let ty = match &nodes[at].kind {
            NodeKind::Leaf(leaf) => leaf.ty,
            NodeKind::LeafList(list) => list.ty,
            _ => continue,
        };
        let mut found = Vec::new();
        leafref_types(types, ty, &mut found);
        let mut leafrefs = Vec::new();
        for ty in found {
            let TypeKind::Leafref {
                path: text,
                require_instance,
                ..
            } = &types[ty.index()].kind
            else {
                continue;
            };
            scope.module = nodes[at].module;
            scope.prefixes = prefixes.get(&ty).cloned().unwrap_or_default();
            let refused = |reason: String| SchemaError::Expression {
                node: schema_path(nodes, NodeId(at as u32)),
                text: text.to_string(),
                reason,
            };
            let mut path = xpath::parse(text, scope).map_err(|error| refused(error.to_string()))?;
            let resolver = Resolver { nodes, top };
            let reach = resolver.resolve(&mut path, Some(NodeId(at as u32)));
            let [target] = reach.nodes[..] else {
                return Err(refused("it does not lead to one leaf".to_owned()));
            };
            let global = matches!(&path, Expr::Path(path) if path.shape == Shape::AllOf(target));
            leafrefs.push(Leafref {
                ty,
                path,
                target,
                global,
                require_instance: *require_instance,
            });
        }
        match &mut nodes[at].kind {
            NodeKind::Leaf(leaf) => leaf.leafrefs = leafrefs,
            NodeKind::LeafList(list) => list.leafrefs = leafrefs,
            _ => {}
        }
    }
    Ok(())
}

fn schema_path(nodes: &[SchemaNode], id: NodeId) -> String {
    let mut names = Vec::new();
    let mut at = Some(id);
    while let Some(id) = at {
        names.push(nodes[id.index()].name.as_ref());
        at = nodes[id.index()].data_parent;
    }
    names.reverse();
    format!("/{}", names.join("/"))
}

fn add_condition(
    schema: &mut Schema,
    raw: RawCondition,
    scope: &mut CompileScope,
    path_rewrites: Option<&retired::PathRewrites>,
) -> Result<(), SchemaError> {
    scope.module = schema.node(raw.node).module;
    scope.prefixes = raw.prefixes;
    let refused = |reason: String| SchemaError::Expression {
        node: schema_path(&schema.nodes, raw.node),
        text: raw.text.clone(),
        reason,
    };
    let mut condition = xpath::parse(&raw.text, scope).map_err(|error| refused(error.to_string()))?;
    let resolver = Resolver {
        nodes: &schema.nodes,
        top: &schema.top,
    };
    resolver.resolve(&mut condition, raw.context);
    canonical_identities(schema, &mut condition, raw.context, scope);
    if let Some(path_rewrites) = path_rewrites {
        path_rewrites.put_into(&mut condition);
    }
    let text = on_one_line(&raw.text).into();
    let node = &mut schema.nodes[raw.node.index()];
    if raw.is_when {
        node.whens.push(When {
            condition,
            text,
            context: raw.context,
            description: raw.description,
        });
    } else {
        node.musts.push(Must {
            condition,
            text,
            message: raw.message,
            app_tag: raw.app_tag,
            description: raw.description,
        });
    }
    Ok(())
}

/// An expression that a module writes over several lines, on one.
fn on_one_line(text: &str) -> String {
    text.lines().map(str::trim).collect::<Vec<_>>().join(" ")
}

/// Strings that are compared with identityrefs name identities by prefix; values name them by module.
fn canonical_identities(schema: &Schema, expr: &mut Expr, context: Option<NodeId>, scope: &CompileScope) {
    match expr {
        Expr::Or(a, b) | Expr::And(a, b) | Expr::Arithmetic(_, a, b) | Expr::Union(a, b) => {
            canonical_identities(schema, a, context, scope);
            canonical_identities(schema, b, context, scope);
        }
        Expr::Compare(op, a, b) => {
            canonical_identities(schema, a, context, scope);
            canonical_identities(schema, b, context, scope);
            if matches!(op, Comparison::Equal | Comparison::NotEqual) {
                rename(schema, a, b, context, scope);
                rename(schema, b, a, context, scope);
            }
        }
        Expr::Negate(a) => canonical_identities(schema, a, context, scope),
        Expr::Call(_, args) => {
            for arg in args {
                canonical_identities(schema, arg, context, scope);
            }
        }
        Expr::Path(path) => {
            if let Start::Filter(base, predicates) = &mut path.start {
                canonical_identities(schema, base, context, scope);
                for predicate in predicates {
                    canonical_identities(schema, &mut predicate.condition, None, scope);
                }
            }
            for step in &mut path.steps {
                let item = step.targets.first().copied();
                for predicate in &mut step.predicates {
                    canonical_identities(schema, &mut predicate.condition, item, scope);
                    for key in &mut predicate.keys {
                        if is_identityref(schema, key.leaf) {
                            rename_literal(schema, &mut key.value, scope);
                        }
                    }
                }
            }
        }
        _ => {}
    }
}

fn is_identityref(schema: &Schema, id: NodeId) -> bool {
    let ty = schema.value_type(id).map(|ty| &schema.ty(ty).kind);
    matches!(ty, Some(TypeKind::Identityref { .. }))
}

fn rename(schema: &Schema, path: &Expr, literal: &mut Expr, context: Option<NodeId>, scope: &CompileScope) {
    let Expr::Path(path) = path else { return };
    let targets = match (path.steps.last(), &path.start) {
        (Some(step), _) => step.targets.clone(),
        (None, Start::Current | Start::Context) => context.into_iter().collect(),
        _ => Vec::new(),
    };
    if !targets.is_empty() && targets.iter().all(|&id| is_identityref(schema, id)) {
        rename_literal(schema, literal, scope);
    }
}

fn rename_literal(schema: &Schema, literal: &mut Expr, scope: &CompileScope) {
    let Expr::Literal(text) = literal else { return };
    let (prefix, name) = match text.split_once(':') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, text.as_ref()),
    };
    if let Some(module) = scope.module(prefix)
        && scope.identity(module, name).is_some()
    {
        *literal = Expr::Literal(format!("{}:{name}", schema.module(module).name).into());
    }
}

/// Whether something must exist below a container for the container to be valid.
fn is_required(node: &SchemaNode) -> bool {
    match &node.kind {
        NodeKind::Leaf(leaf) => leaf.mandatory,
        NodeKind::LeafList(list) => list.min > 0,
        NodeKind::List(list) => list.min > 0,
        NodeKind::Choice { mandatory, .. } | NodeKind::Any { mandatory } => *mandatory,
        NodeKind::Container { .. } | NodeKind::Case => false,
    }
}

/// Marks the nodes whose implicit instances (defaults, containers without presence) must be in the tree, because a
/// condition reads them or they have one, or something is mandatory in them.
fn mark_observed(schema: &mut Schema) {
    let mut looked_at: FxHashSet<NodeId> = FxHashSet::default();
    let mut note = |expr: &Expr| {
        expr.for_each_path(&mut |path| {
            let last = path.steps.len().saturating_sub(1);
            for (position, step) in path.steps.iter().enumerate() {
                let whole = position == last
                    || !step.predicates.is_empty()
                    || !matches!(step.axis, Axis::Child | Axis::Parent | Axis::Current);
                if whole {
                    looked_at.extend(&step.targets);
                }
            }
        });
    };
    for node in &schema.nodes {
        node.musts.iter().for_each(|must| note(&must.condition));
        node.whens.iter().for_each(|when| note(&when.condition));
        let leafrefs = match &node.kind {
            NodeKind::Leaf(leaf) => &leaf.leafrefs,
            NodeKind::LeafList(list) => &list.leafrefs,
            _ => continue,
        };
        leafrefs.iter().for_each(|leafref| note(&leafref.path));
    }
    // Children come behind their parents, so one pass from the end carries the mark upwards.
    for at in (0..schema.nodes.len()).rev() {
        let id = NodeId(at as u32);
        let node = &schema.nodes[at];
        let own = looked_at.contains(&id) || !node.musts.is_empty();
        let observed = match &node.kind {
            NodeKind::Leaf(leaf) => leaf.default.is_some() && own,
            NodeKind::LeafList(list) => !list.defaults.is_empty() && own,
            NodeKind::Container { presence: false } => {
                let children = || {
                    node.data_children
                        .iter()
                        .map(|child| &schema.nodes[child.index()])
                };
                let required = node
                    .children
                    .iter()
                    .any(|child| is_required(&schema.nodes[child.index()]));
                own || required || children().any(|child| child.observed)
            }
            _ => false,
        };
        schema.nodes[at].observed = observed;
    }
}
