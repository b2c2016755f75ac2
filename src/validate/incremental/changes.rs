//! Making changes: the units that they touch are read anew, and what looked at these is checked again.

use std::rc::Rc;

use indexmap::IndexMap;
use rustc_hash::{FxBuildHasher, FxHashSet};
use serde_json::{Map, Value};

use crate::config::{EntryName, JsonKind, WriteRef};
use crate::schema::{NodeId, Table, TypeId};
use crate::validate::findings::Hints;
use crate::validate::read_set::Key;
use crate::validate::tree::{Inst, NO_UNIT, Symbol};

use super::state::{State, UnitKind};
use super::{EntryDiagnostic, Update};

/// How often the members of a unit's unions are looked for in one update, before everything is read
/// again.
const ROUNDS: usize = 8;

/// Findings, by unit.
type OldFindings = IndexMap<u32, Vec<EntryDiagnostic>, FxBuildHasher>;

/// What an update has changed so far.
#[derive(Debug, Default)]
pub struct Changes {
    /// The units that were read anew, created or deleted, as they were before.
    before: IndexMap<u32, Vec<Description>, FxBuildHasher>,
    /// Findings before, of all units that are looked at.
    old: OldFindings,
    /// Skeletons in which something written was created or deleted.
    pub skeletons: FxHashSet<u32>,
    /// Units whose claims others have touched, or that are in something unwanted.
    pub concerned: FxHashSet<u32>,
    /// What the findings of this update share; they are made when all is changed.
    pub hints: Rc<Hints>,
    /// Deleted units.
    gone: Vec<u32>,
}

/// What others can see of an entry, as the keys of what they may look at.
#[derive(Debug, Clone)]
pub struct Fingerprint {
    unit: u32,
    /// The keys of readers of this unit: there are none while it does not exist.
    inside: Vec<u64>,
    /// The others, which do not depend on its place.
    keys: Vec<u64>,
}

/// What others can see of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Description {
    schema: NodeId,
    value: Symbol,
    ty: TypeId,
    leafref: Option<TypeId>,
    implicit: bool,
    invalid: bool,
    /// Its depth.
    depth: u32,
}

impl State<'_> {
    /// Makes changes, and says what they did to the findings.
    ///
    /// # Errors
    /// The findings before, where everything has to be read again to know: what is there is of no use
    /// then. It is so where the value of a leaf depends on which member of a union takes it.
    pub fn update(&mut self, writes: &[WriteRef]) -> Result<Update, Vec<EntryDiagnostic>> {
        let old = self.change(writes)?;
        let new = old
            .keys()
            .flat_map(|&unit| self.found_of(unit).cloned())
            .collect();
        Ok(Update::between(old.into_values().flatten().collect(), new))
    }

    /// Makes changes, which take others back: what they do to the findings is known.
    ///
    /// # Errors
    /// As [`State::update`].
    pub fn undo(&mut self, writes: &[WriteRef]) -> Result<(), Vec<EntryDiagnostic>> {
        self.change(writes).map(drop)
    }

    /// Makes changes. Gives the findings before, by unit, of all units that were looked at.
    fn change(&mut self, writes: &[WriteRef]) -> Result<OldFindings, Vec<EntryDiagnostic>> {
        let mut changes = Changes::default();
        if self.document.kind(self.document.root()) == JsonKind::Object {
            for write in writes {
                self.write(*write, &mut changes);
            }
        }
        for top in std::mem::take(&mut changes.skeletons) {
            self.harden(top);
        }
        let mut units: Vec<u32> = changes.before.keys().copied().collect();
        let mut keys = FxHashSet::default();
        let mut done = 0;
        for round in 0.. {
            if round == ROUNDS || self.resolve(&units[done..]) {
                return Err(self.found_before(changes));
            }
            for unit in &units[done..] {
                self.claim(*unit, &mut changes);
            }
            for unit in &units[done..] {
                self.differences(*unit, &changes, &mut keys);
            }
            done = units.len();
            let mut others = FxHashSet::default();
            for &key in &keys {
                self.unions.collect(key, &mut others);
            }
            let mut others: Vec<u32> = others.into_iter().collect();
            others.retain(|unit| !changes.before.contains_key(unit));
            if others.is_empty() {
                break;
            }
            others.sort_unstable();
            for &unit in &others {
                self.capture(unit, &mut changes);
                self.reread(unit, &mut changes);
            }
            units.extend(others);
        }
        self.check_all(units, &keys, &mut changes);
        for &unit in &changes.gone {
            self.dependents.set(unit, &[]);
            self.unions.set(unit, &[]);
            self.units[unit as usize].kind = UnitKind::Free;
            self.units[unit as usize].issues = None;
        }
        self.free.append(&mut changes.gone);
        Ok(changes.old)
    }

    /// What others can see of an entry. `None` where more than the entry would come and go with it.
    pub fn seen(&self, name: &EntryName) -> Option<Fingerprint> {
        let table = self.tables.get(name.table.as_str())?;
        // Something that is not written may take its place.
        if table.entries.len() <= 1 || self.is_named(table.model, &name.key) {
            return None;
        }
        let unit = *table.entries.get(&self.tree.symbol(&name.key)?)?;
        if unit == NO_UNIT {
            return None;
        }
        let nodes = self.descriptions(unit);
        let inside = keys_inside(unit, nodes.iter()).collect();
        let mut keys = Vec::with_capacity(nodes.len() * 2);
        self.keys_outside(unit, nodes.iter(), &mut keys);
        Some(Fingerprint { unit, inside, keys })
    }

    /// The same of an entry with another value in one of its fields.
    pub fn seen_with(&self, name: &EntryName, field: &str, value: &str) -> Option<Fingerprint> {
        let mut seen = self.seen(name)?;
        let lists = self.schema.tables.get(&name.table)?.lists.iter();
        let leafs = lists.flat_map(|list| self.schema.data_children_named(list.node, field));
        let keys = leafs.flat_map(|leaf| [Key::All(leaf), Key::Value(leaf, value)]);
        seen.keys.extend(keys.map(Key::hash));
        Some(seen)
    }

    /// Whether a check of another unit looked at what can be seen of an entry.
    pub fn is_looked_at(&self, seen: &Fingerprint) -> bool {
        let mut keys = seen.inside.iter().chain(&seen.keys);
        keys.any(|&key| self.dependents.has_others(key, seen.unit) || self.unions.has_others(key, seen.unit))
    }

    /// Whether a check of another unit looked for what can be seen of an entry, which is not here.
    pub fn is_looked_for(&self, name: &EntryName, seen: &Fingerprint) -> bool {
        // Its implicit replacement may be removed then.
        let Some(model) = self.schema.tables.get(&name.table) else {
            return true;
        };
        if self.is_named(Some(model), &name.key) {
            return true;
        }
        let mut keys = FxHashSet::default();
        match self.tables.get(name.table.as_str()) {
            Some(table) => {
                let key = self.tree.symbol(&name.key);
                let stands = key.is_some_and(|key| table.entries.contains_key(&key));
                if table.opaque || table.entries.is_empty() || stands {
                    return true;
                }
            }
            // Its table is created with it.
            None => {
                let around = [model.top, model.node];
                if around.iter().any(|&id| self.facts.checks(id).conditions) {
                    return true;
                }
                let top = self.facts.top(model);
                keys.extend([Key::Unit(NO_UNIT), Key::In(NO_UNIT, model.top), Key::Unit(top)].map(Key::hash));
                keys.extend(around.map(|id| Key::All(id).hash()));
                keys.extend(around.map(|id| Key::In(top, id).hash()));
            }
        }
        let mut keys = seen.keys.iter().chain(&keys);
        keys.any(|&key| self.dependents.has_others(key, NO_UNIT) || self.unions.has_others(key, NO_UNIT))
    }

    /// All findings as they were before the changes.
    fn found_before(&self, changes: Changes) -> Vec<EntryDiagnostic> {
        let others = (0..self.units.len() as u32).filter(|unit| !changes.old.contains_key(unit));
        let others: Vec<EntryDiagnostic> = others.flat_map(|unit| self.found_of(unit).cloned()).collect();
        changes.old.into_values().flatten().chain(others).collect()
    }

    /// Checks units, and whatever looked at something with one of these keys.
    fn check_all(&mut self, units: Vec<u32>, keys: &FxHashSet<u64>, changes: &mut Changes) {
        let mut checked: FxHashSet<u32> = units.into_iter().collect();
        checked.extend(changes.concerned.drain());
        for &key in keys {
            self.dependents.collect(key, &mut checked);
        }
        let mut left: Vec<u32> = checked.iter().copied().collect();
        // Skeletons first: they may be unwanted with all that is in them.
        left.sort_unstable();
        let gone: FxHashSet<u32> = changes.gone.iter().copied().collect();
        while !left.is_empty() {
            for unit in left {
                if !gone.contains(&unit) {
                    self.note_old(unit, changes);
                    self.check(unit, changes);
                }
            }
            left = changes
                .concerned
                .drain()
                .filter(|&unit| checked.insert(unit))
                .collect();
        }
    }

    fn write(&mut self, write: WriteRef, changes: &mut Changes) {
        let name = write.entry.table.as_str();
        let key = write.entry.key.as_str();
        let model = self.schema.tables.get(name);
        let is_named = |state: &Self| state.is_named(model, key);
        if model.is_none() {
            self.unread.insert(write.entry.clone(), write.value.cloned());
        }
        let Some(value) = write.value else {
            return self.remove(name, key, is_named(self), changes);
        };
        if !self.tables.contains_key(name) {
            if let Some(table) = model {
                self.soften(self.facts.top(table), changes);
            }
            let root = self.document.root();
            let json = self.document.graft(root, name, &Value::Object(Map::new()));
            self.add_table(name, json);
            if let Some(table) = self.tables.get(name) {
                changes.old.insert(table.unit, Vec::new());
            }
        }
        let Some(table) = self.tables.get(name).filter(|table| !table.opaque) else {
            return;
        };
        let (json, table_unit) = (table.json, table.unit);
        let entry = self.tree.symbol(key).and_then(|key| table.entries.get(&key));
        match entry.copied() {
            Some(NO_UNIT) => {}
            Some(unit) => {
                self.capture(unit, changes);
                let json = self.document.graft(json, key, value);
                if let UnitKind::Entry(place) = &mut self.units[unit as usize].kind {
                    place.json = json;
                }
                self.reread(unit, changes);
            }
            None => {
                if table.entries.is_empty() {
                    self.note_old(table_unit, changes);
                }
                if let Some(table) = model.filter(|_| is_named(self)) {
                    self.soften(self.facts.top(table), changes);
                }
                let json = self.document.graft(json, key, value);
                if let Some(unit) = self.add_entry(name, json) {
                    changes.old.insert(unit, Vec::new());
                    changes.before.insert(unit, Vec::new());
                }
            }
        }
    }

    /// Whether a model has a container for an entry of its own.
    fn is_named(&self, model: Option<&Table>, key: &str) -> bool {
        let mut entries = model.into_iter().flat_map(|table| &table.entries);
        entries.any(|&entry| *self.schema.node(entry).name == *key)
    }

    fn remove(&mut self, name: &str, key: &str, is_named: bool, changes: &mut Changes) {
        let key = self.tree.symbol(key);
        let Some(table) = self.tables.get_mut(name).filter(|table| !table.opaque) else {
            return;
        };
        let model = table.model;
        let unit = key.and_then(|key| table.entries.remove(&key));
        let is_empty = table.entries.is_empty();
        if let Some(unit) = unit.filter(|&unit| unit != NO_UNIT) {
            if let Some(table) = model.filter(|_| is_named) {
                self.soften(self.facts.top(table), changes);
            }
            self.capture(unit, changes);
            self.release(unit, changes);
            changes.gone.push(unit);
        }
        if !is_empty {
            return;
        }
        if let Some(table) = model {
            self.soften(self.facts.top(table), changes);
        }
        if let Some(table) = self.tables.remove(name) {
            self.note_old(table.unit, changes);
            changes.gone.push(table.unit);
            if let Some(container) = table.container {
                self.unwanted.remove(&container);
                self.tree.remove(container);
            }
        }
    }

    /// Reads an entry again, in its place.
    fn reread(&mut self, unit: u32, changes: &mut Changes) {
        let inst = self.units[unit as usize].inst;
        let behind = inst.map(|inst| self.tree.previous(inst));
        self.release(unit, changes);
        // A key that fits nothing never does; such an entry has no node, before or after.
        self.read(unit, behind);
    }

    /// Takes the nodes of an entry out.
    fn release(&mut self, unit: u32, changes: &mut Changes) {
        for (claim, inst) in std::mem::take(&mut self.units[unit as usize].claims) {
            self.claims.remove(&claim, inst, &mut changes.concerned);
        }
        for inst in self.nodes(unit) {
            self.index_remove(inst);
        }
        if let Some(inst) = self.units[unit as usize].inst.take() {
            self.tree.remove(inst);
        }
    }

    /// Notes how a unit is, before it changes.
    pub fn capture(&mut self, unit: u32, changes: &mut Changes) {
        self.note_old(unit, changes);
        if !changes.before.contains_key(&unit) {
            changes.before.insert(unit, self.descriptions(unit));
        }
    }

    fn note_old(&self, unit: u32, changes: &mut Changes) {
        let old = changes.old.entry(unit);
        old.or_insert_with(|| self.found_of(unit).cloned().collect());
    }

    fn descriptions(&self, unit: u32) -> Vec<Description> {
        let nodes = self.nodes(unit).into_iter();
        let mut depths: Vec<Inst> = Vec::new();
        nodes
            .map(|inst| {
                let node = self.tree.get(inst);
                while depths.last().is_some_and(|&above| above != node.parent) {
                    depths.pop();
                }
                depths.push(inst);
                Description {
                    schema: node.schema,
                    value: node.value,
                    ty: node.ty,
                    leafref: node.leafref,
                    implicit: node.implicit,
                    invalid: node.invalid,
                    depth: depths.len() as u32,
                }
            })
            .collect()
    }

    /// The keys of what became different in a unit.
    fn differences(&self, unit: u32, changes: &Changes, keys: &mut FxHashSet<u64>) {
        let none = Vec::new();
        let before = changes.before.get(&unit).unwrap_or(&none);
        let after = self.descriptions(unit);
        let same_before = before.iter().zip(&after).take_while(|(a, b)| a == b).count();
        let (before, after) = (&before[same_before..], &after[same_before..]);
        let pairs = before.iter().rev().zip(after.iter().rev());
        let same_behind = pairs.take_while(|(a, b)| a == b).count();
        let before = &before[..before.len() - same_behind];
        let after = &after[..after.len() - same_behind];
        if !before.is_empty() || !after.is_empty() {
            let nodes = before.iter().chain(after);
            keys.extend(keys_inside(unit, nodes.clone()));
            self.keys_outside(unit, nodes, keys);
        }
    }

    /// The keys of some nodes of a unit that do not depend on its place.
    fn keys_outside<'d>(
        &self,
        unit: u32,
        nodes: impl Iterator<Item = &'d Description>,
        keys: &mut impl Extend<u64>,
    ) {
        let around = match self.units[unit as usize].kind {
            UnitKind::Entry(place) => self.facts.top(place.table),
            _ => NO_UNIT,
        };
        keys.extend([Key::Anything.hash()]);
        for node in nodes {
            let id = node.schema;
            keys.extend([Key::All(id).hash()]);
            if self.schema.value_type(id).is_some() {
                keys.extend([Key::Value(id, self.tree.text(node.value)).hash()]);
                if node.invalid {
                    keys.extend([Key::Invalid(id).hash()]);
                }
            }
            if node.depth == 1 {
                keys.extend([Key::In(around, id).hash(), Key::Unit(around).hash()]);
            }
        }
    }
}

/// The keys of readers of a unit.
fn keys_inside<'d>(unit: u32, nodes: impl Iterator<Item = &'d Description>) -> impl Iterator<Item = u64> {
    let nodes = nodes.map(move |node| Key::In(unit, node.schema).hash());
    nodes.chain([Key::Unit(unit).hash()])
}
