//! The leafrefs of a config, and what each can be met by (RFC 7950, section 9.9).
//!
//! They are taken from the config in YANG JSON, leaf by leaf: of a key with several parts each is a
//! reference of its own.

use std::collections::BTreeMap;

use serde_json::Value;

use sonicfg::config::{CONFIG_DB_SEPARATOR, Config, Document, EntryName, Write, entries};
use sonicfg::policy::Policy;
use sonicfg::schema::xpath::{Axis, Comparison, Expr, Path, Start};
use sonicfg::schema::{Leafref, NodeId, NodeKind, Schema};
use sonicfg::validate::internals::{Inst, Tree};
use sonicfg::validate::{EntryPart, Reference, to_yang_json, validate_with_defaults};

/// The references of a config, by the entry that refers. Those that an entry can meet itself are
/// left out.
pub(super) type References = BTreeMap<EntryName, Vec<Reference>>;

/// All leafrefs of a config that hold.
pub(super) fn references(schema: &Schema, policy: &Policy, config: &Value) -> References {
    let yang = to_yang_json(schema, policy, &Config::from_value("config", config));
    let document = Document::from_value("config", &yang);
    let (_, tree) = validate_with_defaults(schema, policy, &document);
    let reader = Reader {
        schema,
        policy,
        tree: &tree,
        by_value: by_value(schema, &tree),
    };
    let mut all = References::new();
    for id in (0..schema.nodes.len() as u32).map(NodeId) {
        for leafref in schema
            .leafrefs(id)
            .iter()
            .filter(|leafref| leafref.require_instance)
        {
            for &inst in tree.instances(id) {
                if let Some(reference) = reader.reference(leafref, inst) {
                    all.entry(reference.from.clone()).or_default().push(reference);
                }
            }
        }
    }
    all
}

/// The instances of leafs that are referred to, by value.
type ByValue<'t> = BTreeMap<(NodeId, &'t str), Vec<Inst>>;

fn by_value<'t>(schema: &Schema, tree: &'t Tree) -> ByValue<'t> {
    let mut by_value = ByValue::new();
    let ids = (0..schema.nodes.len() as u32).map(NodeId);
    let mut targets: Vec<NodeId> = ids
        .flat_map(|id| schema.leafrefs(id))
        .map(|leafref| leafref.target)
        .collect();
    targets.sort_unstable();
    targets.dedup();
    for id in targets {
        for &inst in tree.instances(id) {
            by_value.entry((id, tree.value(inst))).or_default().push(inst);
        }
    }
    by_value
}

struct Reader<'a> {
    schema: &'a Schema,
    policy: &'a Policy,
    tree: &'a Tree,
    by_value: ByValue<'a>,
}

impl Reader<'_> {
    fn reference(&self, leafref: &Leafref, inst: Inst) -> Option<Reference> {
        let node = self.tree.get(inst);
        if node.implicit || node.invalid || node.leafref != Some(leafref.ty) {
            return None;
        }
        let value = self.tree.value(inst);
        let targets = if leafref.global {
            let key = (leafref.target, value);
            self.by_value.get(&key).cloned().unwrap_or_default()
        } else {
            self.walk(&leafref.path, inst, inst)
        };
        let alike = targets.into_iter().filter(|&target| {
            let other = self.tree.get(target);
            !other.implicit && self.tree.value(target) == value
        });
        let to: Vec<_> = alike.filter_map(|target| self.place(target)).collect();
        let (from, via) = self.place(inst)?;
        // An entry can always refer to itself.
        let apart = !to.is_empty() && to.iter().all(|(entry, _)| *entry != from);
        let text = self.raw(inst).into();
        apart.then_some(Reference { from, via, text, to })
    }

    /// The nodes of a leafref's path: steps up and down, with keys compared to leafs beside the
    /// reference (section 9.9.2).
    fn walk(&self, path: &Expr, item: Inst, current: Inst) -> Vec<Inst> {
        let Expr::Path(path) = path else {
            return Vec::new();
        };
        let Path { start, steps, .. } = path.as_ref();
        let mut nodes = match start {
            Start::Root => vec![Inst::ROOT],
            Start::Context => vec![item],
            Start::Current => vec![current],
            Start::Filter(Expr::Call(sonicfg::schema::xpath::Function::Current, _), _) => vec![current],
            Start::Filter(..) => Vec::new(),
        };
        for step in steps {
            let mut next: Vec<Inst> = match step.axis {
                Axis::Parent => nodes.iter().map(|&node| self.tree.get(node).parent).collect(),
                Axis::Child => {
                    let children = nodes.iter().flat_map(|&node| self.tree.children(node));
                    let fit = |child: &Inst| step.targets.contains(&self.tree.get(*child).schema);
                    children.filter(fit).collect()
                }
                Axis::Current => nodes,
                _ => Vec::new(),
            };
            next.retain(|&node| {
                let mut predicates = step.predicates.iter();
                predicates.all(|predicate| self.holds(&predicate.condition, node, current))
            });
            nodes = next;
        }
        nodes
    }

    fn holds(&self, condition: &Expr, item: Inst, current: Inst) -> bool {
        match condition {
            Expr::And(a, b) => self.holds(a, item, current) && self.holds(b, item, current),
            Expr::Compare(Comparison::Equal, a, b) => {
                let values = |expr| -> Vec<&str> {
                    let nodes = self.walk(expr, item, current).into_iter();
                    nodes.map(|node| self.tree.value(node)).collect()
                };
                let (a, b) = (values(a), values(b));
                a.iter().any(|value| b.contains(value))
            }
            _ => false,
        }
    }

    /// The entry of a leaf, and the part of it.
    fn place(&self, leaf: Inst) -> Option<(EntryName, EntryPart)> {
        let mut entry = leaf;
        let table = loop {
            let above = self.tree.get(entry).parent;
            if above == Inst::ROOT {
                return None;
            }
            let node = self.schema.node(self.tree.get(above).schema);
            match self.schema.tables.get(&node.name) {
                Some(table) if table.node == self.tree.get(above).schema => break table,
                _ => entry = above,
            }
        };
        let parent = self.tree.get(leaf).parent;
        let name = self.schema.node(self.tree.get(leaf).schema).name.to_string();
        let part = match &self.schema.node(self.tree.get(leaf).schema).kind {
            NodeKind::Leaf(node) if parent == entry && node.key => EntryPart::Key,
            NodeKind::Leaf(node) if parent != entry && node.key => EntryPart::Name(self.raw(leaf).into()),
            NodeKind::Leaf(_) if parent != entry => EntryPart::Field(self.key(parent).into()),
            NodeKind::LeafList(_) if self.policy.joined_by(&table.name, &name).is_none() => {
                EntryPart::Element(name.into(), self.raw(leaf).into())
            }
            _ => EntryPart::Field(name.into()),
        };
        Some((EntryName::new(table.name.as_ref(), self.key(entry)), part))
    }

    /// The key of an entry or a row.
    fn key(&self, inst: Inst) -> String {
        let node = self.schema.node(self.tree.get(inst).schema);
        let NodeKind::List(list) = &node.kind else {
            return node.name.to_string();
        };
        let keys = list.keys.iter().filter_map(|&key| self.tree.child(inst, key));
        let parts: Vec<String> = keys.map(|key| self.raw(key)).collect();
        parts.join(&CONFIG_DB_SEPARATOR.to_string())
    }

    fn raw(&self, inst: Inst) -> String {
        self.tree.text(self.tree.get(inst).raw).to_owned()
    }
}

/// The one entry that can meet a reference.
pub(super) fn only_target(reference: &Reference) -> Option<&EntryName> {
    let (first, _) = reference.to.first()?;
    let mut targets = reference.to.iter();
    targets.all(|(target, _)| target == first).then_some(first)
}

/// One config with all entries of another laid over it.
pub(super) fn overlay(below: &Value, above: &Value) -> Value {
    let mut config = below.clone();
    for (table, key, value) in entries(above) {
        let write = Write {
            entry: EntryName::new(table, key),
            value: Some(value.clone()),
        };
        write.apply(&mut config);
    }
    config
}

/// Whether a reference is in the key of its entry.
pub(super) fn is_key(part: &EntryPart) -> bool {
    matches!(part, EntryPart::Key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sonicfg::schema::Sources;
    use sonicfg::validate::Validator;
    use std::collections::BTreeSet;
    use std::path::Path;

    /// The same references as the validator gives, which reads them in another way.
    #[test]
    fn references_are_those_of_the_validator() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let shared = std::env::var_os("SONICFG_CORPUS").map_or_else(|| root.join("../../shared"), Into::into);
        if !shared.join("corpus").is_dir() {
            eprintln!("SKIPPED: no corpus in {}", shared.display());
            return;
        }
        let mut sources = Sources::shipped();
        sources.add_dir(&shared.join("corpus/yang-models")).unwrap();
        let schema = Schema::load(&sources, None).unwrap().schema;
        let policy = Policy::shipped();
        let mut count = 0;
        for file in [
            "corpus/config_db/sample_config_db.json",
            "corpus/config_db/large_config_db.json",
        ] {
            let text = std::fs::read_to_string(shared.join(file)).unwrap();
            let config: Value = serde_json::from_str(&text).unwrap();
            let own: BTreeSet<Reference> = references(&schema, &policy, &config)
                .into_values()
                .flatten()
                .map(|mut reference| {
                    reference.to.sort();
                    reference.to.dedup();
                    reference
                })
                .collect();
            let validator = Validator::new(&schema, &policy, &config);
            let names = entries(&config).map(|(table, key, _)| EntryName::new(table, key));
            let mut others: BTreeSet<Reference> =
                names.flat_map(|name| validator.references_from(&name)).collect();
            others.retain(|reference| reference.to.iter().all(|(to, _)| *to != reference.from));
            assert_eq!(own, others, "{file}");
            count += own.len();
        }
        assert!(count > 1000, "{count}");
    }
}
