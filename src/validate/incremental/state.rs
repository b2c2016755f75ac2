//! A config that has been read, in units that are checked each on its own.

use std::sync::Arc;

use indexmap::IndexMap;
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};
use serde_json::{Map, Value};
use smallvec::SmallVec;

use crate::config::{Document, EntryName, JsonId, JsonKind, write_all};
use crate::policy::Policy;
use crate::schema::{Schema, Table};
use crate::validate::implicit;
use crate::validate::index::Index;
use crate::validate::tree::{Inst, Order, Symbol, Tree};

use super::EntryDiagnostic;
use super::changes::Changes;
use super::claims::{Claim, Claims};
use super::dependency_index::DependencyIndex;
use super::facts::Facts;

/// A config that has been read.
///
/// A *unit* is what is checked as a whole: an entry; a table by itself; or a *skeleton*, the nodes of one
/// module outside its entries, written or not. For each unit it is known what its checks looked at, so
/// that they are made again when, and only when, something there changes.
#[derive(Debug, Clone)]
pub struct State<'s> {
    /// The schema of the models.
    pub schema: &'s Schema,
    /// The policy beside the models.
    pub policy: &'s Policy,
    /// What follows from these two.
    pub facts: Arc<Facts>,
    /// The text; entries that are written anew are grafted into it.
    pub document: Document,
    /// The nodes of the config.
    pub tree: Tree,
    /// The index over the nodes.
    pub index: Index,
    /// The tables, by name.
    pub tables: FxHashMap<Box<str>, TableState<'s>>,
    /// Writes to tables without a model, which no check reads.
    pub unread: IndexMap<EntryName, Option<Value>, FxBuildHasher>,
    /// The units. The first ones are the skeletons of the top-level nodes, in their order.
    pub units: Vec<Unit<'s>>,
    /// Units that are free for use anew.
    pub free: Vec<u32>,
    /// What the checks of each unit looked at.
    pub dependents: DependencyIndex,
    /// What was looked at to find the members of a unit's unions.
    pub unions: DependencyIndex,
    /// What only one may have.
    pub claims: Claims,
    /// Nodes of skeletons that must not be there.
    pub unwanted: FxHashSet<Inst>,
    /// What refers to nothing is not reported: it takes many words, and what is tried out is not for reading.
    pub quiet: bool,
    /// A change has to be followed by reading everything again.
    pub rigid: bool,
    /// How many tables there have been.
    pub tables_so_far: u32,
}

/// The state of one table.
#[derive(Debug, Clone)]
pub struct TableState<'s> {
    /// Its JSON object in the document.
    pub json: JsonId,
    /// The order of its creation, among the tables.
    pub rank: u32,
    /// The model of its table.
    pub model: Option<&'s Table>,
    /// It is no object.
    pub opaque: bool,
    /// Its node, if it has a model.
    pub container: Option<Inst>,
    /// The unit for findings about the table itself.
    pub unit: u32,
    /// Its entries; those of a table without model have no unit.
    pub entries: FxHashMap<Symbol, u32>,
    /// How many entries there have been.
    pub entries_so_far: u32,
}

/// A unit that is checked as a whole.
#[derive(Debug, Clone)]
pub struct Unit<'s> {
    /// The part of the config that it is.
    pub kind: UnitKind<'s>,
    /// Its outermost node, if there is one.
    pub inst: Option<Inst>,
    /// What it claims, and with which nodes.
    pub claims: SmallVec<[(Claim, Inst); 1]>,
    /// What there is to say of it.
    pub issues: Option<Box<Issues>>,
}

/// The kinds of units.
#[derive(Debug, Clone, Copy)]
pub enum UnitKind<'s> {
    /// The place of a deleted unit.
    Free,
    /// The nodes outside of entries, below one top-level node.
    Skeleton,
    /// A table without its entries.
    Table,
    /// An entry of a table.
    Entry(EntryAnchor<'s>),
}

/// The anchor of an entry.
#[derive(Debug, Clone, Copy)]
pub struct EntryAnchor<'s> {
    /// The table of the entry.
    pub table: &'s Table,
    /// The container of the table.
    pub container: Inst,
    /// The order among other units.
    pub order: Order,
    /// Its JSON object in the document.
    pub json: JsonId,
}

/// What there is to say of a unit.
#[derive(Debug, Clone, Default)]
pub struct Issues {
    /// What was found when it was read.
    pub read: Vec<EntryDiagnostic>,
    /// What the checks found.
    pub checked: Vec<EntryDiagnostic>,
    /// Names that were offered for unknown ones, by the object that they are in.
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
            // Most values have a node, and keys and defaults have some too.
            tree: Tree::editable(schema, document.root(), document.len() + document.len() / 4),
            document,
            index: Index::new(schema),
            schema,
            policy,
            tables: FxHashMap::default(),
            unread: IndexMap::default(),
            units: Vec::new(),
            free: Vec::new(),
            dependents: DependencyIndex::default(),
            unions: DependencyIndex::default(),
            claims: Claims::default(),
            unwanted: FxHashSet::default(),
            quiet: false,
            rigid: facts.tangled,
            facts,
            tables_so_far: 0,
        };
        for _ in &schema.top {
            state.new_unit(UnitKind::Skeleton);
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

    /// The present config as a value.
    pub fn config(&self) -> Value {
        let document = &self.document;
        if document.kind(document.root()) != JsonKind::Object {
            return document.to_value(document.root());
        }
        let mut tables: Vec<_> = self.tables.iter().collect();
        tables.sort_unstable_by_key(|(_, table)| table.rank);
        let tables = tables.into_iter().map(|(name, table)| {
            let value = match table.model {
                Some(_) if !table.opaque => Value::Object(self.entries_of(table)),
                _ => document.to_value(table.json),
            };
            (name.to_string(), value)
        });
        let mut config = Value::Object(tables.collect());
        let unread = self.unread.iter();
        write_all(
            &mut config,
            unread.map(|(entry, value)| entry.written_as(value.as_ref())),
        );
        config
    }

    /// The entries of a table that has a model.
    fn entries_of(&self, table: &TableState) -> Map<String, Value> {
        let places = table
            .entries
            .values()
            .filter_map(|&unit| match self.units.get(unit as usize)?.kind {
                UnitKind::Entry(place) => Some(place),
                _ => None,
            });
        let mut places: Vec<EntryAnchor> = places.collect();
        // What is grafted is not among the children of anything.
        places.sort_unstable_by_key(|place| place.order);
        let entries = places.into_iter().map(|place| {
            let key = self.document.key(place.json).to_owned();
            (key, self.document.to_value(place.json))
        });
        entries.collect()
    }

    /// How many units there are.
    pub fn size(&self) -> usize {
        self.units.len()
    }

    /// Notes what was found when a unit was read.
    pub fn note_read(&mut self, unit: u32, issues: Option<Issues>) {
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

    /// All findings of the present config.
    pub fn found(&self) -> Vec<EntryDiagnostic> {
        let units = 0..self.units.len() as u32;
        units.flat_map(|unit| self.found_of(unit).cloned()).collect()
    }

    /// Whether there is no finding.
    pub fn is_clean(&self) -> bool {
        (0..self.units.len() as u32).all(|unit| self.found_of(unit).next().is_none())
    }

    /// The node of an entry.
    pub fn entry(&self, name: &EntryName) -> Option<Inst> {
        let table = self.tables.get(name.table.as_str())?;
        let unit = *table.entries.get(&self.tree.symbol(&name.key)?)?;
        self.units.get(unit as usize)?.inst
    }

    /// The findings of a unit.
    pub fn found_of(&self, unit: u32) -> impl Iterator<Item = &EntryDiagnostic> {
        let issues = self.units[unit as usize].issues.iter();
        issues.flat_map(|issues| issues.read.iter().chain(&issues.checked))
    }

    /// Adds a unit without any nodes.
    pub fn new_unit(&mut self, kind: UnitKind<'s>) -> u32 {
        let unit = Unit {
            kind,
            inst: None,
            claims: SmallVec::new(),
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
