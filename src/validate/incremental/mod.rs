//! A config under change: what a change brings and what it cures, at a cost that depends on what the
//! change can affect.

mod changes;
mod check;
mod claims;
mod dependency_index;
mod facts;
mod reading;
mod reference;
mod skeleton;
mod state;
mod table_deps;

use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde_json::Value;
use smallvec::SmallVec;

use crate::config::{Document, EntryName, JsonId, WriteRef, write_all};
use crate::policy::Policy;
use crate::schema::Schema;

use super::{Diagnostic, DiagnosticKey, Rule, Severity};

use facts::Facts;
use reference::{View, entry_of};
use state::State;

pub use changes::Fingerprint;
pub use reference::{EntryPart, Reference};

/// A finding and the entry that it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryDiagnostic {
    /// The entry; where a finding is about a whole table, its key is empty.
    pub entry: EntryName,
    /// The finding. It has no place in a text and no fix; of a condition it has no related places.
    pub diagnostic: Diagnostic,
}

/// What an update made of the findings.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Update {
    /// Findings that were not there before.
    pub new: Vec<EntryDiagnostic>,
    /// Findings that are there no more.
    pub cured: Vec<EntryDiagnostic>,
}

impl EntryDiagnostic {
    /// What identifies the finding.
    pub fn key(&self) -> DiagnosticKey {
        DiagnosticKey::with_secret(&self.diagnostic, || Some(self.entry.key.to_string()))
    }

    /// Whether it is an error.
    pub fn is_error(&self) -> bool {
        self.diagnostic.severity == Severity::Error
    }

    /// Whether it is a condition that does not hold.
    pub fn is_condition(&self) -> bool {
        self.is_error() && matches!(self.diagnostic.rule, Rule::Must | Rule::When)
    }

    /// What puts findings in order.
    fn place(&self) -> (&EntryName, &str, Rule, &str) {
        let Diagnostic {
            pointer,
            rule,
            message,
            ..
        } = &self.diagnostic;
        (&self.entry, pointer, *rule, message)
    }

    fn of(document: &Document, json: JsonId, diagnostic: Diagnostic) -> Self {
        EntryDiagnostic {
            entry: entry_of(document, json).unwrap_or_else(|| EntryName::new("", "")),
            diagnostic,
        }
    }
}

impl Update {
    /// What is different between the findings before and after.
    fn between(mut before: Vec<EntryDiagnostic>, mut after: Vec<EntryDiagnostic>) -> Self {
        let mut by_place: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
        for (at, found) in before.iter().enumerate() {
            by_place.entry(&found.diagnostic.pointer).or_default().push(at);
        }
        let mut stands = vec![false; before.len()];
        after.retain(|found| {
            let Some(same) = by_place.get_mut(found.diagnostic.pointer.as_str()) else {
                return true;
            };
            let at = same.iter().position(|&old| before[old] == *found);
            let known = at.map(|at| same.swap_remove(at));
            known.map(|old| stands[old] = true).is_none()
        });
        let mut stands = stands.into_iter();
        before.retain(|_| !stands.next().unwrap_or_default());
        for found in [&mut after, &mut before] {
            found.sort_by(|one, other| one.place().cmp(&other.place()));
        }
        Update {
            new: after,
            cured: before,
        }
    }
}

/// A config with its findings, which can be changed.
///
/// The cost of an update depends on the readers of the fields that it changes: only these are checked again. Everything
/// is read again, at the price of [`Validator::new`], where the models give a default or a container without presence a
/// `when` that can be seen; where the canonical value of a leaf depends on which member of a union takes it; and once
/// in many thousand updates, to free the memory of deleted nodes.
///
/// The findings are those of [`validate`](super::validate) on the same config. Only hints can differ, where
/// there are so many mistakes that no more of them are looked for: each update may look for as many
/// again.
#[derive(Debug, Clone)]
pub struct Validator<'s> {
    schema: &'s Schema,
    policy: &'s Policy,
    state: State<'s>,
    /// How large the document may grow by changes before it is read anew.
    limit: usize,
}

/// How many values of a document may be out of use, at least, before everything is read anew.
const UNUSED: usize = 500_000;
/// How many entries are copied at the cost of changing one.
const COST_OF_CHANGE: usize = 12;

impl<'s> Validator<'s> {
    /// Validates a config, an object of tables.
    pub fn new(schema: &'s Schema, policy: &'s Policy, config: &Value) -> Self {
        let facts = Arc::new(Facts::new(schema, policy));
        let state = State::load(schema, policy, facts, config);
        Validator {
            limit: limit(&state),
            state,
            schema,
            policy,
        }
    }

    /// All findings of the present config.
    pub fn found(&self) -> Vec<EntryDiagnostic> {
        self.state.found()
    }

    /// Whether there is no finding.
    pub fn is_clean(&self) -> bool {
        self.state.is_clean()
    }

    /// The present config as a value.
    pub fn config(&self) -> Value {
        self.state.config()
    }

    /// Makes changes, all at once.
    pub fn update<'w>(&mut self, writes: impl IntoIterator<Item: Into<WriteRef<'w>>>) -> Update {
        self.make(&collected(writes))
    }

    fn make(&mut self, writes: &[WriteRef]) -> Update {
        if writes.is_empty() {
            return Update::default();
        }
        if !self.is_worn() {
            let update = self.state.update(writes);
            return update.unwrap_or_else(|old| self.reload(&self.config(), old));
        }
        let mut config = self.config();
        write_all(&mut config, writes.iter().copied());
        self.reload(&config, self.state.found())
    }

    /// Whether a change has to be followed by reading everything again.
    pub(super) fn is_worn(&self) -> bool {
        self.state.rigid || self.state.document.len() > self.limit
    }

    /// The findings that changes would introduce: they are made and undone, with `back`, which writes the same entries.
    pub fn tried<'w>(
        &mut self,
        there: impl IntoIterator<Item: Into<WriteRef<'w>>>,
        back: impl IntoIterator<Item: Into<WriteRef<'w>>>,
    ) -> Update {
        self.there_and_back(&collected(there), &collected(back))
    }

    /// The entries with a condition that is true now, and false after changes that are made and undone, with `back`,
    /// which writes the same entries.
    pub fn failing_conditions<'w>(
        &mut self,
        there: impl IntoIterator<Item: Into<WriteRef<'w>>>,
        back: impl IntoIterator<Item: Into<WriteRef<'w>>>,
    ) -> Vec<EntryName> {
        let there = collected(there);
        // Findings that are removed on the way there must be noted on the way back, to be reported again. That is so
        // for one write, and of no interest in a copy.
        self.state.quiet = there.len() == 1 || self.is_cheaper_copied(&there);
        let update = self.there_and_back(&there, &collected(back));
        self.state.quiet = false;
        let conditions = update.new.into_iter().filter(EntryDiagnostic::is_condition);
        conditions.map(|found| found.entry).collect()
    }

    fn there_and_back(&mut self, there: &[WriteRef], back: &[WriteRef]) -> Update {
        if self.is_worn() {
            let update = self.make(there);
            self.make(back);
            return update;
        }
        if self.is_cheaper_copied(there)
            && let Ok(update) = self.state.clone().update(there)
        {
            return update;
        }
        match self.state.update(there) {
            Ok(update) => {
                // Its findings stay.
                self.state.quiet = false;
                if let Err(old) = self.state.undo(back) {
                    self.reload(&self.config(), old);
                }
                update
            }
            Err(old) => {
                let update = self.reload(&self.config(), old);
                self.make(back);
                update
            }
        }
    }

    /// Whether to make so many changes in a copy takes less time than to take them back.
    fn is_cheaper_copied(&self, changes: &[WriteRef]) -> bool {
        !self.is_worn() && changes.len().saturating_mul(COST_OF_CHANGE) > self.state.size()
    }

    /// Reads a config instead, and says what is different from the findings before.
    fn reload(&mut self, config: &Value, before: Vec<EntryDiagnostic>) -> Update {
        let facts = Arc::clone(&self.state.facts);
        self.state = State::load(self.schema, self.policy, facts, config);
        self.limit = limit(&self.state);
        Update::between(before, self.state.found())
    }

    /// The leafrefs that hold and have a target in an entry, by the entry that refers and the part of it.
    ///
    /// Leafrefs without `require-instance`, and those of defaults, are left out.
    pub fn references_to(&self, entry: &EntryName) -> Vec<Reference> {
        let inst = self.state.entry(entry);
        inst.map_or_else(Vec::new, |inst| {
            self.view().references_to(inst, &self.state.facts.referrers)
        })
    }

    /// The leafrefs of an entry that hold, by the part of it.
    ///
    /// What is left out is as in [`Validator::references_to`].
    pub fn references_from(&self, entry: &EntryName) -> Vec<Reference> {
        let inst = self.state.entry(entry);
        inst.map_or_else(Vec::new, |inst| self.view().references_from(inst))
    }

    /// What others can see of an entry. It is not known of one that is not here, or with which more would go: a
    /// table with its last entry.
    pub fn seen(&self, entry: &EntryName) -> Option<Fingerprint> {
        (!self.is_worn()).then(|| self.state.seen(entry)).flatten()
    }

    /// The same, if a field of the entry had another value, written as the canonical form of the value is.
    pub fn seen_with(&self, entry: &EntryName, field: &str, value: &str) -> Option<Fingerprint> {
        (!self.is_worn())
            .then(|| self.state.seen_with(entry, field, value))
            .flatten()
    }

    /// Whether a condition or reference of another entry looks at an entry that is here.
    pub fn is_looked_at(&self, seen: &Fingerprint) -> bool {
        self.is_worn() || self.state.is_looked_at(seen)
    }

    /// Whether a condition or reference of another entry may depend on an entry that is created, with its value when it
    /// existed here, or in another config.
    pub fn is_looked_for(&self, entry: &EntryName, seen: &Fingerprint) -> bool {
        self.is_worn() || self.state.is_looked_for(entry, seen)
    }

    /// Whether a `must` or `when` of a node in the first table has a path that can reach a node of the
    /// second. That is a question about the models; a table can look at itself.
    pub fn conditions_look_at(&self, table_of_condition: &str, table_looked_at: &str) -> bool {
        let table_deps = self.state.facts.table_deps(self.schema);
        table_deps.at(self.schema, table_of_condition, table_looked_at)
    }

    /// Whether something of this config may refer to an entry of another one, if it existed here too.
    pub fn would_be_referred_to(&self, entry: &EntryName, of: &Validator) -> bool {
        // What is there but was not read is not known.
        let inst = of.state.entry(entry);
        inst.is_none_or(|inst| {
            let (view, other) = (self.view(), of.view());
            view.may_refer_to(other, inst, &self.state.facts.referrers)
        })
    }

    fn view(&self) -> View<'_> {
        View {
            schema: self.schema,
            document: &self.state.document,
            tree: &self.state.tree,
            index: &self.state.index,
        }
    }
}

fn collected<'w>(writes: impl IntoIterator<Item: Into<WriteRef<'w>>>) -> SmallVec<[WriteRef<'w>; 4]> {
    writes.into_iter().map(Into::into).collect()
}

fn limit(state: &State) -> usize {
    state.document.len().saturating_mul(3).max(UNUSED)
}
