//! Fields that flags of `SYSTEM_DEFAULTS` have replaced, beside whatever models define them still.
//!
//! A retired field keeps its node, so that a config that has it can be read; where the models have none, it
//! gets one. Conditions that read it are answered from its flag.

use super::scope::CompileScope;
use super::statements::{Statements, flag_identities};
use super::xpath::{self, Comparison, Expr, Function, Path, PathRewrite, Resolver, Shape, Start};
use crate::schema::model::docs::TextSpan;
use crate::schema::model::retired::RetiredLeaf;
use crate::schema::model::{
    IdentityId, LeafNode, ModuleId, Must, NamedValue, NodeId, NodeKind, Schema, SchemaNode, Status, Type,
    TypeId, TypeKind,
};
use crate::schema::{FLAGS_MODULE, SchemaError};

/// How conditions are to be answered that read a retired field.
pub struct PathRewrites(Vec<(NodeId, PathRewrite)>);

/// Finds the retired fields of a schema whose conditions are not there yet, and what answers for them.
pub fn find(schema: &mut Schema, scope: &mut CompileScope) -> Result<PathRewrites, SchemaError> {
    let mut path_rewrites = Vec::new();
    for flag in flag_identities(schema) {
        let statements = Statements::of(schema, flag);
        let Some(path) = statements.replaces()? else {
            continue;
        };
        let table = schema.tables.get(&path.table);
        let mut entries = table.into_iter().flat_map(|table| &table.entries);
        let Some(&holder) = entries.find(|&&entry| *schema.node(entry).name == *path.key) else {
            continue;
        };
        let mut leaf_values: Vec<(Box<str>, Box<str>)> = Vec::new();
        let boxed = |(leaf, status): (&str, &str)| (leaf.into(), status.into());
        leaf_values.extend(statements.leaf_values()?.into_iter().map(boxed));
        let mut words = None;
        for &base in &schema.identity(flag).bases {
            let family = Statements::of(schema, base);
            if let Some(values) = family.values()? {
                let mut all = leaf_values.clone();
                all.extend(values.into_iter().map(|word| boxed((word, word))));
                all.extend(family.also_written()?.into_iter().map(boxed));
                words = Some(all);
            }
        }
        let default = statements.default()?;
        let in_leaf = |status: &str| {
            let said = leaf_values.iter().find(|(_, flag)| flag.as_ref() == status);
            said.map_or_else(|| status.into(), |(leaf, _)| leaf.clone())
        };
        let default = default.map(in_leaf);
        let known = schema.data_children_named(holder, &path.field).next();
        let node = match known {
            Some(node) => node,
            None => {
                let description = format!(
                    "Retired: SYSTEM_DEFAULTS|{} says what it said.",
                    schema.identity(flag).name
                );
                add_node(schema, holder, &path.field, words.as_deref(), description)
            }
        };
        let status = status_path(schema, flag, scope)?;
        // What holds without it is for the flag to say.
        if let NodeKind::Leaf(leaf) = &mut schema.nodes[node.index()].kind {
            leaf.default = None;
            leaf.mandatory = false;
        } else {
            continue;
        }
        path_rewrites.push((
            node,
            PathRewrite {
                status,
                leaf: Expr::Literal("".into()),
                words: leaf_values,
                default,
            },
        ));
        schema.retired.push(RetiredLeaf {
            holder,
            node,
            flag,
            words,
            unknown: known.is_none(),
        });
    }
    Ok(PathRewrites(path_rewrites))
}

/// Gives an entry a leaf for a field that its models do not know.
fn add_node(
    schema: &mut Schema,
    holder: NodeId,
    field: &str,
    words: Option<&[(Box<str>, Box<str>)]>,
    description: String,
) -> NodeId {
    let id = NodeId(schema.nodes.len() as u32);
    let kind = match words {
        Some(words) => {
            let names = words.iter().map(|(leaf, _)| NamedValue {
                name: leaf.clone(),
                value: 0,
                description: None,
            });
            TypeKind::Enumeration(names.collect())
        }
        None => TypeKind::String {
            length: None,
            patterns: Vec::new(),
            form: None,
        },
    };
    let description = schema.docs.add(&description);
    let ty = TypeId(schema.types.len() as u32);
    schema.types.push(Type { name: None, kind });
    schema.nodes.push(SchemaNode {
        name: field.into(),
        module: schema.node(holder).module,
        parent: Some(holder),
        data_parent: Some(holder),
        children: Vec::new(),
        data_children: Vec::new(),
        kind: NodeKind::Leaf(LeafNode {
            ty,
            default: None,
            mandatory: false,
            key: false,
            units: None,
            leafrefs: Vec::new(),
        }),
        config: true,
        musts: Vec::new(),
        whens: Vec::new(),
        description,
        reference: TextSpan::default(),
        status: Status::Obsolete,
        observed: false,
    });
    let above = &schema.nodes[holder.index()].data_children;
    let at = above.partition_point(|&child| *schema.node(child).name < *field);
    let above = &mut schema.nodes[holder.index()];
    above.data_children.insert(at, id);
    above.children.push(id);
    id
}

/// The path to the status of a flag.
fn status_path(schema: &Schema, flag: IdentityId, scope: &mut CompileScope) -> Result<Expr, SchemaError> {
    let flags = schema.module_named(FLAGS_MODULE).unwrap_or(ModuleId(0));
    let identity = schema.identity(flag);
    scope.module = flags;
    scope.prefixes = vec![("sysd".to_owned(), flags)];
    let text = format!(
        "/sysd:{FLAGS_MODULE}/sysd:SYSTEM_DEFAULTS/sysd:SYSTEM_DEFAULTS_LIST[sysd:name = '{}:{}']/sysd:status",
        schema.module(identity.module).name,
        identity.name
    );
    let mut path = xpath::parse(&text, scope).map_err(|error| SchemaError::Expression {
        node: identity.name.to_string(),
        text: text.clone(),
        reason: error.to_string(),
    })?;
    let (nodes, top) = (&schema.nodes, &schema.top);
    Resolver { nodes, top }.resolve(&mut path, None);
    Ok(path)
}

impl PathRewrites {
    fn of(&self, node: NodeId) -> Option<&PathRewrite> {
        self.0
            .iter()
            .find(|(known, _)| *known == node)
            .map(|(_, answer)| answer)
    }

    /// Makes a condition read the flags instead of the fields that they have replaced.
    pub fn put_into(&self, expr: &mut Expr) {
        match expr {
            Expr::Or(a, b)
            | Expr::And(a, b)
            | Expr::Compare(_, a, b)
            | Expr::Arithmetic(_, a, b)
            | Expr::Union(a, b) => {
                self.put_into(a);
                self.put_into(b);
            }
            Expr::Negate(a) => self.put_into(a),
            Expr::Call(_, args) => args.iter_mut().for_each(|arg| self.put_into(arg)),
            Expr::Path(path) => {
                self.put_into_predicates(path);
                let target = path.steps.last().map(|step| &step.targets[..]);
                if let Some([target]) = target
                    && let Some(answer) = self.of(*target)
                {
                    let leaf = std::mem::replace(expr, Expr::Number(0.0));
                    *expr = Expr::Retired(Box::new(PathRewrite {
                        leaf,
                        ..answer.clone()
                    }));
                }
            }
            Expr::Literal(_) | Expr::Number(_) | Expr::Identity(_) | Expr::Pattern(_) | Expr::Retired(_) => {}
        }
    }

    fn put_into_predicates(&self, path: &mut Path) {
        let mut predicates = Vec::new();
        if let Start::Filter(base, others) = &mut path.start {
            self.put_into(base);
            predicates.extend(others);
        }
        predicates.extend(path.steps.iter_mut().flat_map(|step| &mut step.predicates));
        for predicate in predicates {
            self.put_into(&mut predicate.condition);
            // The index knows the value of the field.
            predicate.keys.retain(|key| self.of(key.leaf).is_none());
            for key in &mut predicate.keys {
                self.put_into(&mut key.value);
            }
        }
    }

    /// Demands of each field that is there with its flag that both say the same.
    pub fn mirror(&self, schema: &mut Schema) {
        for (node, answer) in &self.0 {
            let own = || {
                Expr::Path(Box::new(Path {
                    start: Start::Current,
                    steps: Vec::new(),
                    shape: Shape::Walk,
                }))
            };
            let no_flag = Expr::Call(Function::Not, vec![answer.status.clone()]);
            let said = Expr::Retired(Box::new(PathRewrite {
                leaf: own(),
                ..answer.clone()
            }));
            let same = Expr::Compare(Comparison::Equal, Box::new(own()), Box::new(said));
            let retired = schema.retired.iter().find(|retired| retired.node == *node);
            let Some(flag) = retired.map(|retired| schema.identity(retired.flag).name.clone()) else {
                continue;
            };
            let field = schema.node(*node).name.clone();
            schema.nodes[node.index()].musts.push(Must {
                condition: Expr::Or(Box::new(no_flag), Box::new(same)),
                text: format!(". = status of SYSTEM_DEFAULTS|{flag}").into(),
                message: Some(
                    format!(
                        "{field} and the flag that mirrors it, SYSTEM_DEFAULTS|{flag}, must say the same"
                    )
                    .into(),
                ),
                app_tag: Some("retired-mirror".into()),
                description: None,
            });
        }
    }
}
