//! A config that has been read, in units that are checked each on its own.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::Value;

use crate::config::{Document, EntryName, JsonId, JsonKind};
use crate::policy::Policy;
use crate::schema::{Schema, Table};
use crate::validate::findings::Findings;
use crate::validate::implicit;
use crate::validate::index::Index;
use crate::validate::read::Reader;
use crate::validate::tree::{At, Class, Inst, NO_UNIT, Order, Tree};

use super::Found;
use super::changes::Changes;
use super::claims::{Claim, Claims};
use super::facts::Facts;
use super::watch::Watch;

/// A config that has been read.
///
/// A *unit* is what is checked as a whole: an entry; a table by itself; or a *skeleton*, the nodes of one
/// module outside its entries, written or not. For each unit it is known what its checks looked at, so
/// that they are made again when, and only when, something there changes.
#[derive(Debug)]
pub struct State<'s> {
    /// The schema.
    pub schema: &'s Schema,
    /// The policy.
    pub policy: &'s Policy,
    /// What follows from these two.
    pub facts: Arc<Facts>,
    /// The text; entries that are written anew are grafted into it.
    pub document: Document,
    /// The nodes.
    pub tree: Tree,
    /// The index over the nodes.
    pub index: Index,
    /// The tables, by name.
    pub tables: FxHashMap<Box<str>, TableState<'s>>,
    /// The units. The first ones are the skeletons of the top-level nodes, in their order.
    pub units: Vec<Unit<'s>>,
    /// Units that are free for use anew.
    pub free: Vec<u32>,
    /// What the checks of each unit looked at.
    pub watch: Watch,
    /// What was looked at to find the members of a unit's unions.
    pub unions: Watch,
    /// What only one may have.
    pub claims: Claims,
    /// Nodes of skeletons that must not be there.
    pub unwanted: FxHashSet<Inst>,
    /// A change has to be followed by reading everything again.
    pub rigid: bool,
    /// How many tables there have been.
    pub tables_so_far: u32,
}

/// A table.
#[derive(Debug)]
pub struct TableState<'s> {
    /// Its object.
    pub json: JsonId,
    /// When it came, among the tables.
    pub rank: u32,
    /// Its model.
    pub model: Option<&'s Table>,
    /// It is no object.
    pub opaque: bool,
    /// Its node, if it has a model.
    pub container: Option<Inst>,
    /// The unit for findings about the table itself.
    pub unit: u32,
    /// Its entries; those of a table without model have no unit.
    pub entries: FxHashMap<Box<str>, u32>,
    /// How many entries there have been.
    pub entries_so_far: u32,
}

/// A unit.
#[derive(Debug)]
pub struct Unit<'s> {
    /// What it is.
    pub kind: Kind<'s>,
    /// Its outermost node, if there is one.
    pub inst: Option<Inst>,
    /// What it claims, and with which nodes.
    pub claims: Vec<(Claim, Inst)>,
    /// What there is to say of it.
    pub issues: Option<Box<Issues>>,
}

/// The kinds of units.
#[derive(Debug, Clone, Copy)]
pub enum Kind<'s> {
    /// None.
    Free,
    /// What stands outside of entries, below one top-level node.
    Skeleton,
    /// A table without its entries.
    Table,
    /// An entry.
    Entry(Place<'s>),
}

/// Where an entry stands.
#[derive(Debug, Clone, Copy)]
pub struct Place<'s> {
    /// In which table.
    pub table: &'s Table,
    /// The table's node.
    pub container: Inst,
    /// In which order.
    pub order: Order,
    /// Its object.
    pub json: JsonId,
}

/// What there is to say of a unit.
#[derive(Debug, Default)]
pub struct Issues {
    /// What was found when it was read.
    pub read: Vec<Found>,
    /// What the checks found.
    pub checked: Vec<Found>,
    /// Names that were offered for unknown ones, by the object that they stand in.
    pub misspelt: FxHashSet<(JsonId, String)>,
    /// Leafs of union types of which no member takes the value.
    pub unresolved: Vec<Inst>,
}

impl Issues {
    fn is_empty(&self) -> bool {
        self.read.is_empty()
            && self.checked.is_empty()
            && self.misspelt.is_empty()
            && self.unresolved.is_empty()
    }
}

impl<'s> State<'s> {
    /// Reads and checks a config.
    pub fn load(schema: &'s Schema, policy: &'s Policy, facts: Arc<Facts>, config: &Value) -> Self {
        let document = Document::from_value("config", config);
        let mut state = State {
            tree: Tree::editable(schema, document.root()),
            document,
            index: Index::new(schema),
            schema,
            policy,
            tables: FxHashMap::default(),
            units: Vec::new(),
            free: Vec::new(),
            watch: Watch::default(),
            unions: Watch::default(),
            claims: Claims::default(),
            unwanted: FxHashSet::default(),
            rigid: facts.tangled,
            facts,
            tables_so_far: 0,
        };
        for _ in &schema.top {
            state.new_unit(Kind::Skeleton);
        }
        state.load_tables();
        for top in 0..schema.top.len() as u32 {
            state.harden(top);
        }
        if state.facts.tangled {
            implicit::drop_conditional(schema, &mut state.tree);
        }
        let units: Vec<u32> = (0..state.units.len() as u32).collect();
        let mut changes = Changes::default();
        if state.resolve(&units) {
            state.rigid = true;
            state.index = Index::new(schema);
        }
        for &unit in &units {
            state.claim(unit, &mut changes);
        }
        for &unit in &units {
            state.check(unit, &mut changes);
        }
        state
    }

    fn load_tables(&mut self) {
        let root = self.document.root();
        if self.document.kind(root) != JsonKind::Object {
            let unit = self.new_unit(Kind::Table);
            let found = self.reading(|reader| reader.no_tables()).1;
            self.note_read(unit, found);
            return;
        }
        let tables: Vec<JsonId> = self.document.children(root).collect();
        for json in tables {
            let name: Box<str> = self.document.key(json).into();
            let entries: Vec<JsonId> = self.document.children(json).collect();
            self.add_table(&name, json);
            if self.tables.get(&name).is_some_and(|table| table.opaque) {
                continue;
            }
            for entry in entries {
                self.add_entry(&name, entry);
            }
            if let Some(table) = self.tables.get(&name)
                && table.entries.is_empty()
            {
                self.check_table(&name);
            }
        }
    }

    /// A table comes, without entries. It is up to the caller to look at the skeleton.
    pub fn add_table(&mut self, name: &str, json: JsonId) {
        let model = self.schema.tables.get(name);
        let rank = self.tables_so_far;
        self.tables_so_far += 1;
        let opaque = self.document.kind(json) != JsonKind::Object;
        let container = model.filter(|_| !opaque).map(|table| {
            let skeleton = self.facts.top(table);
            let order = Order {
                table: rank,
                ..Order::default()
            };
            self.tree.begin(skeleton, order);
            let top = match self.tree.instances(table.top).first() {
                Some(&top) => top,
                None => self.tree.add(table.top, Inst::ROOT, At::key(json)),
            };
            self.units[skeleton as usize].inst = Some(top);
            // Behind the top-level node, even if that came earlier.
            self.tree.begin(skeleton, Order { within: 1, ..order });
            self.tree.add(table.node, top, At::key(json))
        });
        let unit = self.new_unit(Kind::Table);
        let table = TableState {
            json,
            rank,
            model,
            opaque,
            container,
            unit,
            entries: FxHashMap::default(),
            entries_so_far: 0,
        };
        self.tables.insert(name.into(), table);
        self.check_table(name);
    }

    /// Looks at a table without its entries.
    pub fn check_table(&mut self, name: &str) {
        let Some(table) = self.tables.get(name) else {
            return;
        };
        let (unit, json, model) = (table.unit, table.json, table.model);
        // It is looked at when it comes, and then has none yet.
        let is_empty = !table.opaque && table.entries.is_empty();
        let found = self
            .reading(|reader| reader.read_head(name, model, json, is_empty))
            .1;
        self.units[unit as usize].issues = None;
        self.note_read(unit, found);
    }

    /// An entry comes, behind the others of its table; gives its unit, if the table has a model.
    pub fn add_entry(&mut self, table: &str, json: JsonId) -> Option<u32> {
        let key: Box<str> = self.document.key(json).into();
        let state = self.tables.get_mut(table)?;
        state.entries_so_far += 1;
        let place = match (state.model, state.container) {
            (Some(table), Some(container)) => Some(Place {
                table,
                container,
                order: Order {
                    table: state.rank,
                    entry: state.entries_so_far,
                    ..Order::default()
                },
                json,
            }),
            _ => None,
        };
        let was_empty = state.entries.is_empty();
        let unit = place.map_or(NO_UNIT, |place| self.new_unit(Kind::Entry(place)));
        if let Some(state) = self.tables.get_mut(table) {
            state.entries.insert(key, unit);
        }
        if was_empty {
            self.check_table(table);
        }
        if unit == NO_UNIT {
            return None;
        }
        self.read(unit, None);
        Some(unit)
    }

    /// Reads an entry, which has no nodes yet. They stand behind the sibling given, else behind all that is
    /// written.
    pub fn read(&mut self, unit: u32, behind: Option<Option<Inst>>) {
        let Kind::Entry(place) = self.units[unit as usize].kind else {
            return;
        };
        self.tree.begin(unit, place.order);
        let (inst, found) =
            self.reading(|reader| reader.read_entry(place.table, place.container, place.json));
        self.units[unit as usize].issues = None;
        self.note_read(unit, found);
        self.units[unit as usize].inst = inst;
        let Some(inst) = inst else { return };
        let before = behind.unwrap_or_else(|| {
            let mut before = self.tree.previous(inst);
            while let Some(sibling) = before.filter(|&sibling| self.tree.get(sibling).implicit) {
                before = self.tree.previous(sibling);
            }
            before
        });
        self.tree.move_behind(inst, before);
        self.tree.begin_class(Class::Implicit);
        self.add_implicit(vec![inst]);
        for node in self.nodes(unit) {
            self.index_insert(node);
        }
    }

    /// Adds what is implicit below some nodes, and below that.
    pub fn add_implicit(&mut self, mut nodes: Vec<Inst>) {
        while let Some(inst) = nodes.pop() {
            let id = self.tree.get(inst).schema;
            if self.facts.checks(id).implicit_below {
                implicit::add_below(self.schema, &mut self.tree, inst, &self.schema.node(id).children);
            }
            nodes.extend(
                self.own_children(inst, self.tree.unit(inst))
                    .filter(|&child| self.facts.checks(self.tree.get(child).schema).implicit_below),
            );
        }
    }

    /// Tells the index of a node, if it is a leaf.
    pub fn index_insert(&mut self, inst: Inst) {
        if self.schema.value_type(self.tree.get(inst).schema).is_some() {
            self.index.insert(&self.tree, inst);
        }
    }

    /// Tells the index that a node goes, if it is a leaf.
    pub fn index_remove(&mut self, inst: Inst) {
        if self.schema.value_type(self.tree.get(inst).schema).is_some() {
            self.index.remove(&self.tree, inst);
        }
    }

    /// Reads something, and gives what was found wrong.
    fn reading<T>(&mut self, read: impl FnOnce(&mut Reader<'_>) -> T) -> (T, Option<Issues>) {
        let tree = std::mem::take(&mut self.tree);
        let mut reader = Reader::onto(self.schema, self.policy, &self.document, tree);
        let result = read(&mut reader);
        let Reader {
            mut tree,
            unread,
            mut findings,
            ..
        } = reader;
        tree.begin_class(Class::Unread);
        for (id, parent, at) in unread {
            let inst = tree.add(id, parent, at);
            tree.get_mut(inst).invalid = true;
        }
        let issues = (!findings.is_empty()).then(|| Issues {
            read: found(&self.document, &mut findings),
            misspelt: std::mem::take(findings.misspelt()),
            ..Issues::default()
        });
        self.tree = tree;
        (result, issues)
    }

    fn note_read(&mut self, unit: u32, issues: Option<Issues>) {
        if let Some(issues) = issues {
            self.units[unit as usize].issues = Some(Box::new(issues));
        }
    }

    /// What there is to say of a unit, to be added to.
    pub fn issues(&mut self, unit: u32) -> &mut Issues {
        self.units[unit as usize].issues.get_or_insert_default()
    }

    /// Forgets that there was something to say, where there is nothing.
    pub fn tidy(&mut self, unit: u32) {
        let issues = &mut self.units[unit as usize].issues;
        if issues.as_ref().is_some_and(|issues| issues.is_empty()) {
            *issues = None;
        }
    }

    /// All findings.
    pub fn found(&self) -> Vec<Found> {
        let units = 0..self.units.len() as u32;
        units.flat_map(|unit| self.found_of(unit).cloned()).collect()
    }

    /// The node of an entry.
    pub fn entry(&self, name: &EntryName) -> Option<Inst> {
        let unit = *self
            .tables
            .get(name.table.as_str())?
            .entries
            .get(name.key.as_str())?;
        self.units.get(unit as usize)?.inst
    }

    /// The findings of a unit.
    pub fn found_of(&self, unit: u32) -> impl Iterator<Item = &Found> {
        let issues = self.units[unit as usize].issues.iter();
        issues.flat_map(|issues| issues.read.iter().chain(&issues.checked))
    }

    /// A new unit.
    pub fn new_unit(&mut self, kind: Kind<'s>) -> u32 {
        let unit = Unit {
            kind,
            inst: None,
            claims: Vec::new(),
            issues: None,
        };
        match self.free.pop() {
            Some(free) => {
                self.units[free as usize] = unit;
                free
            }
            None => {
                self.units.push(unit);
                (self.units.len() - 1) as u32
            }
        }
    }
}

/// What was found, with the entries that it is about.
pub fn found(document: &Document, findings: &mut Findings) -> Vec<Found> {
    let found = findings.take().into_iter();
    found
        .map(|(at, diagnostic)| Found::of(document, at.json, diagnostic))
        .collect()
}
