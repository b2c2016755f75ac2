//! What a schema says about the tables, in words, for people to read.

mod entry;
mod facts;
mod list;
mod lookup;
mod names;
mod page;
mod place;
mod types;

use rustc_hash::FxHashMap;

use super::{LeafListNode, LeafNode, Leafref, NodeId, NodeKind, Schema, SchemaNode, Status, Table};
use entry::{Entry, entries};
use lookup::TablePart;
use names::Names;
pub(crate) use page::TextPage;
use types::{TypeFormatter, TypeText};

pub use facts::{
    Allowed, ConditionFacts, EntryFacts, FieldFacts, PlaceFacts, RetiredFacts, Role, TargetFacts, all_facts,
    facts,
};
pub use list::{TableSummary, overview, summaries};
pub use lookup::{LookupError, table as table_named};
pub use place::PlaceName;

/// Where the details of a field begin.
const DETAIL: usize = 9;
/// How wide the column of names is at most.
const WIDEST_NAME: usize = 36;
/// Said of a leaf that must be there.
const MANDATORY: &str = "mandatory";

/// Describes a table: `TABLE`; of it, the entries with a key like that of `TABLE|key`, or the field of
/// `TABLE.field`. Lines are at most 100 columns wide, where words allow it.
///
/// # Errors
/// [`LookupError`] where the models have no such table, entry or field.
pub fn describe(schema: &Schema, what: &str) -> Result<String, LookupError> {
    let (table, part) = TablePart::of(what);
    let table = lookup::table(schema, table)?;
    let chosen = part.choose(schema, table)?;
    let names = Names::new(schema);
    let mut describer = Describer {
        schema,
        referrers: referrers(schema, &names, table),
        names,
        table,
        page: TextPage::default(),
    };
    describer.heading();
    for entry in chosen {
        describer.entry(entry, part.field());
    }
    Ok(describer.page.into_text())
}

/// The names of the leafs that refer to leafs of a table.
fn referrers(schema: &Schema, names: &Names, table: &Table) -> FxHashMap<NodeId, Vec<String>> {
    let mut found: FxHashMap<NodeId, Vec<String>> = FxHashMap::default();
    for at in 0..schema.nodes.len() as u32 {
        let referrer = NodeId(at);
        for Leafref { target, .. } in schema.leafrefs(referrer) {
            let is_ours = names.table_of(*target).is_some_and(|of| of.name == table.name);
            if is_ours && names.table_of(referrer).is_some() {
                found.entry(*target).or_default().push(names.of(referrer));
            }
        }
    }
    for referrers in found.values_mut() {
        referrers.sort();
        referrers.dedup();
    }
    found
}

struct Describer<'a> {
    schema: &'a Schema,
    names: Names<'a>,
    table: &'a Table,
    referrers: FxHashMap<NodeId, Vec<String>>,
    page: TextPage,
}

impl Describer<'_> {
    /// The table itself.
    fn heading(&mut self) {
        let node = self.schema.node(self.table.node);
        let module = self.schema.module(node.module);
        let revision = module.revision.as_ref();
        let revision = revision.map_or(String::new(), |revision| format!("@{revision}"));
        let heading = format!(
            "{} — module {}{revision} ({})",
            self.table.name, module.name, module.origin
        );
        self.page.hanging("", 2, &heading);
        self.conditions(self.table.top, 2);
        self.remarks(self.table.node, 2);
        if entries(self.schema, self.table).is_empty() {
            self.page
                .hanging("  ", 2, "The model has no entry that config_db can hold.");
        }
    }

    /// An entry of the table: keys, fields, conditions. `only` names the field to be shown.
    fn entry(&mut self, entry: Entry, only: Option<&str>) {
        let schema = self.schema;
        let node = schema.node(entry.node);
        self.page.gap();
        self.page.hanging("", 2, &entry.title(schema, &self.table.name));
        if only.is_none() {
            let counts = counts_of_entries(node);
            if !counts.is_empty() {
                self.page.hanging("  ", 2, &counts);
            }
            self.remarks(entry.node, 2);
        }
        let is_shown = |id: &NodeId| only.is_none_or(|only| schema.node(*id).name.as_ref() == only);
        let mut leafs: Vec<NodeId> = entry.keys(schema).to_vec();
        leafs.extend(entry.fields(schema));
        leafs.retain(is_shown);
        let mut rows = Vec::new();
        if let Some(found) = entry.rows
            && (only.is_none() || leafs.is_empty())
        {
            rows.extend([("field", found.field), ("value", found.value)]);
        }
        let width = leafs
            .iter()
            .map(|&id| schema.node(id).name.len())
            .chain(rows.iter().map(|&(_, id)| schema.node(id).name.len() + 2))
            .filter(|&width| width <= WIDEST_NAME)
            .max()
            .unwrap_or_default();
        for id in leafs {
            let label = if entry.keys(schema).contains(&id) {
                "key"
            } else {
                "field"
            };
            self.leaf(label, &schema.node(id).name, id, width);
        }
        if let [(_, name), (_, value)] = rows[..] {
            let name_of = |id| &schema.node(id).name;
            let further = if entry.fields(schema).is_empty() {
                "any"
            } else {
                "any other"
            };
            let text = format!(
                "{further} field <{}> with the value <{}>",
                name_of(name),
                name_of(value)
            );
            self.page.hanging("  ", 4, &text);
        }
        for (label, id) in rows {
            self.leaf(label, &format!("<{}>", schema.node(id).name), id, width);
        }
        if only.is_none() {
            self.choices(entry.node);
            self.uniques(node);
            self.beyond(entry);
            self.referred_to(entry.keys(schema), 2);
        }
    }

    /// A key or field, with everything that is known of it.
    fn leaf(&mut self, label: &str, name: &str, id: NodeId, width: usize) {
        let schema = self.schema;
        let node = schema.node(id);
        let formatter = TypeFormatter {
            schema,
            names: &self.names,
            leafrefs: schema.leafrefs(id),
            module: node.module,
        };
        let (TypeText { phrase, values }, mut remarks) = match &node.kind {
            NodeKind::Leaf(leaf) => (formatter.words(leaf.ty), leaf_remarks(leaf)),
            NodeKind::LeafList(list) => (formatter.list_words(list.ty), leaf_list_remarks(list)),
            _ => return,
        };
        if node.module != schema.node(self.table.node).module {
            remarks.push(format!("added by module {}", schema.module(node.module).name));
        }
        if !node.config {
            remarks.push("state, not configuration".to_owned());
        }
        remarks.extend(status(node.status).map(str::to_owned));
        if label == "value" {
            // A field has a value.
            remarks.retain(|remark| remark != MANDATORY);
        }
        remarks.insert(0, phrase);
        let heading = format!("  {label:<5}  {name:<width$}  ");
        self.page
            .hanging(&heading, DETAIL + width + 2, &remarks.join(", "));
        self.description(id, DETAIL);
        self.values(&values);
        self.conditions(id, DETAIL);
        if label != "key" {
            self.referred_to(&[id], DETAIL);
        }
    }

    /// Values with their descriptions.
    fn values(&mut self, values: &[(String, String)]) {
        let widths = values.iter().map(|(name, _)| name.chars().count());
        let width = widths
            .filter(|&width| width <= WIDEST_NAME)
            .max()
            .unwrap_or_default();
        for (name, description) in values {
            let heading = format!("{:DETAIL$}  {name:<width$}  ", "");
            self.page.hanging(&heading, DETAIL + 4 + width, description);
        }
    }

    /// What is said of a node.
    fn remarks(&mut self, id: NodeId, indent: usize) {
        if let Some(status) = status(self.schema.node(id).status) {
            self.detail(indent, status, "");
        }
        self.description(id, indent);
        self.conditions(id, indent);
    }

    /// Description and reference of a node.
    fn description(&mut self, id: NodeId, indent: usize) {
        if let Some(description) = self.schema.description(id) {
            self.page.paragraphs(indent, description);
        }
        if let Some(reference) = self.schema.reference(id) {
            self.detail(indent, "see", &as_one(reference));
        }
    }

    /// `when` and `must` of a node.
    fn conditions(&mut self, id: NodeId, indent: usize) {
        let node = self.schema.node(id);
        for when in &node.whens {
            self.detail(indent, "only when", &as_one(&when.text));
            if let Some(description) = &when.description {
                self.page.paragraphs(indent + "only when  ".len(), description);
            }
        }
        for must in &node.musts {
            let text = as_one(&must.text);
            match must.message.as_ref().or(must.description.as_ref()) {
                Some(message) => {
                    self.detail(indent, "must", &format!("{:?}", as_one(message)));
                    self.detail(indent, "", &text);
                }
                None => self.detail(indent, "must", &text),
            }
        }
    }

    fn detail(&mut self, indent: usize, label: &str, text: &str) {
        let width = label.len().max("must".len());
        let heading = format!("{:indent$}{label:<width$}  ", "");
        self.page.hanging(&heading, indent + width + 2, text);
    }

    /// Who refers to leafs.
    fn referred_to(&mut self, targets: &[NodeId], indent: usize) {
        let found = targets.iter().filter_map(|target| self.referrers.get(target));
        let mut names: Vec<&str> = found.flatten().map(String::as_str).collect();
        names.sort_unstable();
        names.dedup();
        if !names.is_empty() {
            let heading = format!("{:indent$}referred to by  ", "");
            let text = names.join(", ");
            self.page.hanging(&heading, indent + 16, &text);
        }
    }

    /// Which fields exclude one another.
    fn choices(&mut self, id: NodeId) {
        let schema = self.schema;
        for &child in &schema.node(id).children {
            if let NodeKind::Choice { mandatory, default } = &schema.node(child).kind {
                let cases: Vec<String> = schema
                    .node(child)
                    .children
                    .iter()
                    .map(|&case| {
                        let mut fields = Vec::new();
                        self.data_names(case, &mut fields);
                        let remark = if *default == Some(case) {
                            " (by default)"
                        } else {
                            ""
                        };
                        format!("{}{remark}", fields.join(", "))
                    })
                    .collect();
                let label = if *mandatory {
                    "exactly one of"
                } else {
                    "at most one of"
                };
                self.page
                    .hanging(&format!("  {label}  "), 4 + label.len(), &cases.join(" | "));
                for &case in &schema.node(child).children {
                    self.choices(case);
                }
            }
        }
    }

    /// The names of data nodes below a choice or case.
    fn data_names(&self, id: NodeId, names: &mut Vec<String>) {
        for &child in &self.schema.node(id).children {
            let node = self.schema.node(child);
            match node.kind {
                NodeKind::Choice { .. } | NodeKind::Case => self.data_names(child, names),
                _ => names.push(node.name.to_string()),
            }
        }
    }

    fn uniques(&mut self, node: &SchemaNode) {
        let NodeKind::List(list) = &node.kind else { return };
        for unique in &list.uniques {
            let names = joined(unique.iter().map(|&id| self.schema.node(id).name.to_string()));
            self.page.hanging("  no two entries have the same  ", 4, &names);
        }
    }

    /// What the model has and config_db cannot hold.
    fn beyond(&mut self, entry: Entry) {
        let children = &self.schema.node(entry.node).data_children;
        let is_beyond = |id: &&NodeId| {
            let is_row = entry.rows.is_some_and(|rows| rows.list == **id);
            let kind = &self.schema.node(**id).kind;
            !is_row && !matches!(kind, NodeKind::Leaf(_) | NodeKind::LeafList(_))
        };
        let names = joined(
            children
                .iter()
                .filter(is_beyond)
                .map(|&id| self.schema.node(id).name.to_string()),
        );
        if !names.is_empty() {
            self.page.hanging("  not in config_db  ", 4, &names);
        }
    }
}

fn joined(names: impl Iterator<Item = String>) -> String {
    names.collect::<Vec<_>>().join(", ")
}

fn leaf_remarks(leaf: &LeafNode) -> Vec<String> {
    let mut remarks = Vec::new();
    remarks.extend(leaf.units.as_ref().map(|units| format!("in {units}")));
    if leaf.mandatory && !leaf.key {
        remarks.push(MANDATORY.to_owned());
    }
    remarks.extend(
        leaf.default
            .as_ref()
            .map(|default| format!("default {}", value(default))),
    );
    remarks
}

fn leaf_list_remarks(list: &LeafListNode) -> Vec<String> {
    let mut remarks = Vec::new();
    remarks.extend(list.units.as_ref().map(|units| format!("in {units}")));
    remarks.extend(bounds(list.min, list.max, "element"));
    if !list.defaults.is_empty() {
        let defaults = list.defaults.iter().map(|default| value(default));
        remarks.push(format!("default {}", joined(defaults)));
    }
    if list.user_ordered {
        remarks.push("order matters".to_owned());
    }
    remarks
}

/// A value as it is, or in quotation marks where it would get lost.
fn value(text: &str) -> String {
    if text.is_empty() || text.contains([' ', ',']) {
        format!("{text:?}")
    } else {
        text.to_owned()
    }
}

fn counts_of_entries(node: &SchemaNode) -> String {
    match &node.kind {
        NodeKind::List(list) => bounds(list.min, list.max, "entry").unwrap_or_default(),
        _ => String::new(),
    }
}

/// `min-elements` and `max-elements` in words; nothing where neither is set.
fn bounds(min: u32, max: u32, what: &str) -> Option<String> {
    let plural = |count: u32| match (count, what) {
        (1, what) => what.to_owned(),
        (_, "entry") => "entries".to_owned(),
        (_, what) => format!("{what}s"),
    };
    match (min, max) {
        (0, u32::MAX) => None,
        (0, max) => Some(format!("at most {max} {}", plural(max))),
        (min, u32::MAX) => Some(format!("at least {min} {}", plural(min))),
        (min, max) if min == max => Some(format!("exactly {min} {}", plural(min))),
        (min, max) => Some(format!("{min} to {max} {}", plural(max))),
    }
}

fn status(status: Status) -> Option<&'static str> {
    match status {
        Status::Current => None,
        Status::Deprecated => Some("deprecated"),
        Status::Obsolete => Some("obsolete"),
    }
}

/// A text of several lines as one.
fn as_one(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
