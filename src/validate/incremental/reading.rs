//! Reading tables and entries, each in its place.

use rustc_hash::FxHashMap;

use crate::config::{Document, JsonId, JsonKind};
use crate::validate::findings::DiagnosticCollector;
use crate::validate::implicit;
use crate::validate::read::Reader;
use crate::validate::tree::{Class, DocumentAnchor, Inst, NO_UNIT, Order};

use super::EntryDiagnostic;
use super::state::{EntryAnchor, Issues, State, TableState, UnitKind};

impl State<'_> {
    /// Reads all tables of the document.
    pub fn load_tables(&mut self) {
        let root = self.document.root();
        if self.document.kind(root) != JsonKind::Object {
            let unit = self.new_unit(UnitKind::Table);
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
        }
    }

    /// A table is created, without entries. The caller marks the skeleton for checking.
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
                None => self.tree.add(table.top, Inst::ROOT, DocumentAnchor::key(json)),
            };
            self.units[skeleton as usize].inst = Some(top);
            // After the top-level node, even if that is older.
            self.tree.begin(skeleton, Order { within: 1, ..order });
            self.tree.add(table.node, top, DocumentAnchor::key(json))
        });
        let unit = self.new_unit(UnitKind::Table);
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
        // It is checked when it is created, and has none yet then.
        let is_empty = !table.opaque && table.entries.is_empty();
        let found = self
            .reading(|reader| reader.read_head(name, model, json, is_empty))
            .1;
        self.units[unit as usize].issues = None;
        self.note_read(unit, found);
    }

    /// An entry is created, after the others of its table; its unit, if the table has a model.
    pub fn add_entry(&mut self, table: &str, json: JsonId) -> Option<u32> {
        let key = self.tree.intern(self.document.key(json));
        let state = self.tables.get_mut(table)?;
        state.entries_so_far += 1;
        let place = match (state.model, state.container) {
            (Some(table), Some(container)) => Some(EntryAnchor {
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
        let unit = place.map_or(NO_UNIT, |place| self.new_unit(UnitKind::Entry(place)));
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

    /// Reads an entry, which has no nodes yet. They follow the given sibling, else everything that is written.
    pub fn read(&mut self, unit: u32, behind: Option<Option<Inst>>) {
        let UnitKind::Entry(place) = self.units[unit as usize].kind else {
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
        if self.index.is_used() {
            for node in self.nodes(unit) {
                self.index_insert(node);
            }
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

    /// Adds a node to the index, if it is a leaf.
    pub fn index_insert(&mut self, inst: Inst) {
        if self.schema.value_type(self.tree.get(inst).schema).is_some() {
            self.index.insert(&self.tree, inst);
        }
    }

    /// Removes a node from the index, if it is a leaf.
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
}

/// What was found, with the entries that it is about.
pub fn found(document: &Document, findings: &mut DiagnosticCollector) -> Vec<EntryDiagnostic> {
    let found = findings.take().into_iter();
    found
        .map(|(at, diagnostic)| EntryDiagnostic::of(document, at.json, diagnostic))
        .collect()
}
