//! What a schema says about a place, as data.

use serde::Serialize;

use crate::schema::{ModuleId, NodeId, NodeKind, Range, Schema, Table, TypeId, TypeKind};

use super::entry::{Entry, entries};
use super::lookup::LookupError;
use super::names::Names;
use super::place::PlaceName;
use super::types::{TypeFormatter, decimal};
use super::{as_one, bounds, referrers, status};

/// What the models say of a place in a config.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlaceFacts {
    /// The name of the table.
    pub table: String,
    /// The module that defines it, and the origin of its text.
    pub module: String,
    /// A file, or `built-in`.
    pub origin: String,
    /// What the table is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The kinds of entries that are meant.
    pub entries: Vec<EntryFacts>,
}

/// A kind of entries of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EntryFacts {
    /// The list or container.
    #[serde(skip)]
    pub node: NodeId,
    /// The name of its entries, `TABLE|<key>`.
    pub name: String,
    /// The path of its node.
    pub yang_path: String,
    /// The description in the models.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// How many there may be, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<String>,
    /// Conditions of the entry, those of the table too.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<ConditionFacts>,
    /// Fields that differ from entry to entry, together.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unique: Vec<Vec<String>>,
    /// Its key, part by part, and its fields; or the one that is meant.
    pub fields: Vec<FieldFacts>,
    /// Whether it takes fields of any name.
    pub any_field: bool,
}

/// A part of a key, or a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldFacts {
    /// The leaf or leaf-list.
    #[serde(skip)]
    pub node: NodeId,
    /// Its name, without prefix or path.
    pub name: String,
    /// What it is of its entry.
    pub role: Role,
    /// The path of its node.
    pub yang_path: String,
    /// The module that it belongs to.
    pub module: String,
    /// The description in the models.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Where more is said of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Its type in words.
    #[serde(rename = "type")]
    pub type_words: String,
    /// Whether it holds a list of such values.
    pub list: bool,
    /// How many elements there may be, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<String>,
    /// What its value may be.
    #[serde(skip_serializing_if = "Allowed::is_empty")]
    pub allowed: Allowed,
    /// What counts where it is not there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub default: Vec<String>,
    /// What its numbers count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub units: Option<String>,
    /// Whether it must be there.
    pub mandatory: bool,
    /// The status `deprecated` or `obsolete`, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<&'static str>,
    /// Its `must` and `when` conditions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<ConditionFacts>,
    /// What its values name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub refers_to: Vec<TargetFacts>,
    /// The keys and fields whose values name those of this.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub referred_to_by: Vec<String>,
    /// What has taken its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retired: Option<RetiredFacts>,
}

/// What a field is of its entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// A part of the key.
    Key,
    /// A field of an entry.
    Field,
    /// The name of fields that may have any.
    AnyName,
    /// The value of fields that may have any name.
    AnyValue,
}

/// What a value may be, as far as that can be listed. The members of a union are taken together.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Allowed {
    /// Words, each with its description.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<(String, String)>,
    /// Allowed ranges of numbers, with messages.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ranges: Vec<(String, String)>,
    /// Allowed lengths of texts, with messages.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lengths: Vec<(String, String)>,
    /// Patterns of XML Schema; those that begin with `!` must not match.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub patterns: Vec<String>,
}

/// A `must` or `when`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConditionFacts {
    /// The kind of condition: `must` or `when`.
    pub kind: &'static str,
    /// The condition, as XPath text.
    pub condition: String,
    /// What the model says where it does not hold, or of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// What a leafref points to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TargetFacts {
    /// The name, `TABLE|<key>` or `TABLE.field`.
    pub name: String,
    /// Whether it must be there.
    pub must_exist: bool,
}

/// What has taken a field's place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RetiredFacts {
    /// The name of the flag.
    pub flag: String,
    /// Values of the field, each with the status of the flag that says the same; empty where it is the same
    /// text.
    pub words: Vec<(String, String)>,
}

/// What the models say of a place.
///
/// # Errors
/// [`LookupError`] where they have no such table, entry or field.
pub fn facts(schema: &Schema, place: &PlaceName) -> Result<PlaceFacts, LookupError> {
    let (table, entries) = place.entries(schema)?;
    let names = Names::new(schema);
    let collector = Collector {
        schema,
        table,
        referrers: referrers(schema, &names, table),
        names: &names,
    };
    Ok(collector.place(entries, place.field.as_deref()))
}

/// What the models say of all tables, in order of their names, without what refers to them.
pub fn all_facts(schema: &Schema) -> Vec<PlaceFacts> {
    let names = Names::new(schema);
    let of = |table: &Table| {
        let collector = Collector {
            schema,
            table,
            referrers: rustc_hash::FxHashMap::default(),
            names: &names,
        };
        collector.place(entries(schema, table), None)
    };
    schema.tables.iter().map(of).collect()
}

struct Collector<'a> {
    schema: &'a Schema,
    names: &'a Names<'a>,
    table: &'a Table,
    referrers: rustc_hash::FxHashMap<NodeId, Vec<String>>,
}

impl Collector<'_> {
    fn place(&self, entries: Vec<Entry>, only: Option<&str>) -> PlaceFacts {
        let schema = self.schema;
        let node = schema.node(self.table.node);
        let module = schema.module(node.module);
        PlaceFacts {
            table: self.table.name.to_string(),
            module: module.name.to_string(),
            origin: module.origin.to_string(),
            description: text(schema.description(self.table.node)),
            entries: entries.into_iter().map(|entry| self.entry(entry, only)).collect(),
        }
    }

    fn entry(&self, entry: Entry, only: Option<&str>) -> EntryFacts {
        let schema = self.schema;
        let node = schema.node(entry.node);
        let (count, uniques) = match &node.kind {
            NodeKind::List(list) => (bounds(list.min, list.max, "entry"), &list.uniques[..]),
            _ => (None, &[][..]),
        };
        let name_of = |&id: &NodeId| schema.node(id).name.to_string();
        let keys = entry.keys(schema);
        let mut fields: Vec<FieldFacts> = match only.map(|only| entry.leaf(schema, only)) {
            None => {
                let keys = keys.iter().map(|&id| self.field(id, Role::Key));
                let fields = entry.fields(schema).into_iter();
                keys.chain(fields.map(|id| self.field(id, Role::Field))).collect()
            }
            Some(Some(id)) if keys.contains(&id) => vec![self.field(id, Role::Key)],
            Some(Some(id)) => vec![self.field(id, Role::Field)],
            Some(None) => Vec::new(),
        };
        if let (Some(rows), true) = (entry.rows, only.is_none() || fields.is_empty()) {
            fields.push(self.field(rows.field, Role::AnyName));
            fields.push(self.field(rows.value, Role::AnyValue));
        }
        let mut conditions = Vec::new();
        for id in [self.table.top, self.table.node, entry.node] {
            conditions.extend(self.conditions(id));
        }
        EntryFacts {
            node: entry.node,
            name: entry.title(schema, &self.table.name),
            yang_path: schema.path(entry.node),
            description: text(schema.description(entry.node)),
            count,
            conditions,
            unique: uniques
                .iter()
                .map(|unique| unique.iter().map(name_of).collect())
                .collect(),
            any_field: entry.rows.is_some(),
            fields,
        }
    }

    fn field(&self, id: NodeId, role: Role) -> FieldFacts {
        let schema = self.schema;
        let node = schema.node(id);
        let leafrefs = schema.leafrefs(id);
        let formatter = TypeFormatter {
            schema,
            names: self.names,
            leafrefs,
            module: node.module,
        };
        let mut facts = FieldFacts {
            node: id,
            name: node.name.to_string(),
            role,
            yang_path: schema.path(id),
            module: schema.module(node.module).name.to_string(),
            description: text(schema.description(id)),
            reference: text(schema.reference(id)),
            type_words: String::new(),
            list: false,
            count: None,
            allowed: Allowed::default(),
            default: Vec::new(),
            units: None,
            mandatory: false,
            status: status(node.status),
            conditions: self.conditions(id),
            refers_to: leafrefs
                .iter()
                .map(|leafref| TargetFacts {
                    name: self.names.of(leafref.target),
                    must_exist: leafref.require_instance,
                })
                .collect(),
            referred_to_by: self.referrers.get(&id).cloned().unwrap_or_default(),
            retired: self.retired(id),
        };
        let owned = |text: &str| text.to_owned();
        let words = match &node.kind {
            NodeKind::Leaf(leaf) => {
                facts.default.extend(leaf.default.as_deref().map(owned));
                facts.units = leaf.units.as_deref().map(owned);
                facts.mandatory = leaf.mandatory && role == Role::Field || role == Role::Key;
                self.allowed(leaf.ty, node.module, &mut facts.allowed);
                formatter.words(leaf.ty)
            }
            NodeKind::LeafList(list) => {
                facts.list = true;
                facts.count = bounds(list.min, list.max, "element");
                facts.default = list.defaults.iter().map(|default| owned(default)).collect();
                facts.units = list.units.as_deref().map(owned);
                facts.mandatory = list.min > 0;
                self.allowed(list.ty, node.module, &mut facts.allowed);
                formatter.list_words(list.ty)
            }
            _ => return facts,
        };
        facts.type_words = words.phrase;
        facts
    }

    fn conditions(&self, id: NodeId) -> Vec<ConditionFacts> {
        let node = self.schema.node(id);
        let whens = node.whens.iter().map(|when| ConditionFacts {
            kind: "when",
            condition: as_one(&when.text),
            message: when.description.as_deref().map(as_one),
        });
        let musts = node.musts.iter().map(|must| ConditionFacts {
            kind: "must",
            condition: as_one(&must.text),
            message: must
                .message
                .as_ref()
                .or(must.description.as_ref())
                .map(|text| as_one(text)),
        });
        whens.chain(musts).collect()
    }

    fn retired(&self, id: NodeId) -> Option<RetiredFacts> {
        let retired = self.schema.retired(id)?;
        let words = retired.words.iter().flatten();
        Some(RetiredFacts {
            flag: self.schema.identity(retired.flag).name.to_string(),
            words: words
                .map(|(leaf, flag)| (leaf.to_string(), flag.to_string()))
                .collect(),
        })
    }

    fn allowed(&self, id: TypeId, module: ModuleId, allowed: &mut Allowed) {
        let owned = |name: &str, description: Option<&str>| {
            (name.to_owned(), as_one(description.unwrap_or_default()))
        };
        match &self.schema.ty(id).kind {
            TypeKind::Integer { range, .. } => {
                allowed.ranges.extend(parts(range.as_ref(), |n| n.to_string()));
            }
            TypeKind::Decimal64 { digits, range } => {
                allowed
                    .ranges
                    .extend(parts(range.as_ref(), |n| decimal(n, *digits)));
            }
            TypeKind::String { length, patterns, .. } => {
                allowed.lengths.extend(parts(length.as_ref(), |n| n.to_string()));
                allowed.patterns.extend(patterns.iter().map(|used| {
                    let mark = if used.inverted { "!" } else { "" };
                    format!("{mark}{}", self.schema.patterns[used.pattern.index()].text)
                }));
            }
            TypeKind::Binary { length } => {
                allowed.lengths.extend(parts(length.as_ref(), |n| n.to_string()));
            }
            TypeKind::Boolean => {
                allowed.values.extend([owned("true", None), owned("false", None)]);
            }
            TypeKind::Enumeration(values) | TypeKind::Bits(values) => {
                let values = values.iter();
                allowed
                    .values
                    .extend(values.map(|value| owned(&value.name, value.description.as_deref())));
            }
            TypeKind::Identityref { bases } => {
                let identities = self.schema.identities_of(bases).map(|id| {
                    let description = self.schema.identity(id).description.as_deref();
                    owned(&self.schema.identity_word(id, module), description)
                });
                allowed.values.extend(identities);
            }
            TypeKind::Union(members) => {
                for &member in members {
                    self.allowed(member, module, allowed);
                }
            }
            // What is there says what is allowed.
            TypeKind::Leafref { .. } | TypeKind::Empty => {}
        }
    }
}

impl Allowed {
    /// Whether nothing can be listed.
    pub fn is_empty(&self) -> bool {
        *self == Allowed::default()
    }
}

fn parts(range: Option<&Range>, number: impl Fn(i128) -> String) -> Vec<(String, String)> {
    let parts = range.into_iter().flat_map(|range| &range.parts);
    parts.map(|&(min, max)| (number(min), number(max))).collect()
}

/// A description as one line.
fn text(text: Option<&str>) -> Option<String> {
    text.map(as_one).filter(|text| !text.is_empty())
}
