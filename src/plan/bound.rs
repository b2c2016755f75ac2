//! How many steps any plan needs; `lower_bound` of the crate `plan-check` defines it.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use petgraph::Direction;
use petgraph::algo::toposort;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;
use rustc_hash::{FxBuildHasher, FxHashMap};
use serde_json::Value;

use crate::config::EntryName;
use crate::policy::{LocalSystemPorts, Policy};
use crate::validate::{EntryPart, Reference, Validator};

use super::affected::{changed_create_only, holders_of};
use super::config_pair::ConfigPair;
use super::conflicts::{Conflicts, Moving, shares_lanes};
use super::content::is_up;

/// An entry that the bound is about, by its position among them.
type Id = usize;

/// What happens to an entry, as far as every plan must do it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Event {
    Leave(Id),
    Come(Id),
    Edit(Id),
    Drop(Id, EntryPart, Id),
    Set(Id, EntryPart, Id),
    Down(usize, Id),
    Up(usize, Id),
}

impl Event {
    fn written(&self) -> Option<Id> {
        match self {
            Event::Leave(id) | Event::Come(id) | Event::Edit(id) => Some(*id),
            Event::Drop(id, ..) | Event::Set(id, ..) => Some(*id),
            Event::Down(..) | Event::Up(..) => None,
        }
    }
}

/// Events and their order. An edge weighs 1 where its ends cannot fall in one step.
#[derive(Default)]
struct Order {
    graph: DiGraph<Event, usize>,
    nodes: FxHashMap<Event, NodeIndex>,
}

impl Order {
    fn node(&mut self, event: Event) -> NodeIndex {
        if let Some(&node) = self.nodes.get(&event) {
            return node;
        }
        let node = self.graph.add_node(event.clone());
        self.nodes.insert(event, node);
        node
    }

    fn order(&mut self, first: Event, then: Event, apart: usize) {
        let (first, then) = (self.node(first), self.node(then));
        self.graph.add_edge(first, then, apart);
    }

    fn longest(&self) -> usize {
        let Ok(sorted) = toposort(&self.graph, None) else {
            return self.graph.node_count();
        };
        let mut step = vec![1; self.graph.node_count()];
        for node in sorted {
            for edge in self.graph.edges_directed(node, Direction::Incoming) {
                step[node.index()] = step[node.index()].max(step[edge.source().index()] + edge.weight());
            }
        }
        step.into_iter().max().unwrap_or_default()
    }
}

/// The bound for two configs, which `pair` hold, and hold again afterwards. `changed` are the entries in
/// which they differ.
pub fn lower_bound(
    policy: &Policy,
    current: &Value,
    target: &Value,
    changed: &[EntryName],
    pair: &mut ConfigPair,
) -> usize {
    if changed.is_empty() {
        return 0;
    }
    // Each end with all entries that only the other one has: a superset of every config of a plan.
    let more = overlay((&mut *pair.current, current), (&*pair.target, target), changed);
    let more_in_target = overlay((&mut *pair.target, target), (&*pair.current, current), changed);
    let bound = Bound {
        policy,
        current,
        target,
        pair: &*pair,
        local: LocalSystemPorts::of([current, target]),
        names: IndexMap::default(),
        order: Order::default(),
    };
    let steps = bound.find(changed);
    for (validator, more) in [(&mut *pair.current, more), (&mut *pair.target, more_in_target)] {
        validator.update(more.into_iter().map(|name| name.written_as(None)));
    }
    steps
}

/// Adds what one config does not have of another; of that what makes a difference: something may refer to it.
fn overlay<'n>(
    (validator, own): (&mut Validator, &Value),
    (of_other, other): (&Validator, &Value),
    changed: &'n [EntryName],
) -> Vec<&'n EntryName> {
    let is_missed = |name: &&EntryName| {
        name.find(own).is_none()
            && name.find(other).is_some()
            && validator.would_be_referred_to(name, of_other)
    };
    let missed: Vec<&EntryName> = changed.iter().filter(is_missed).collect();
    validator.update(missed.iter().map(|name| name.written_as(name.find(other))));
    missed
}

/// The entry that alone can satisfy a reference, if it is another one.
fn single_target(reference: &Reference) -> Option<&EntryName> {
    let (first, _) = reference.to.first()?;
    let alone = reference.to.iter().all(|(name, _)| name == first);
    (alone && *first != reference.from).then_some(first)
}

/// An entry that the bound is about.
#[derive(Debug, Clone, Copy)]
struct Entry<'b> {
    current: Option<&'b Value>,
    target: Option<&'b Value>,
    /// It is recreated.
    recreated: bool,
}

impl Entry<'_> {
    fn is_deleted(self) -> bool {
        self.current.is_some() && (self.target.is_none() || self.recreated)
    }

    fn is_created(self) -> bool {
        self.target.is_some() && (self.current.is_none() || self.recreated)
    }
}

struct Bound<'b, 'v, 's> {
    policy: &'b Policy,
    current: &'b Value,
    target: &'b Value,
    pair: &'b ConfigPair<'v, 's>,
    /// Which system ports are those of this switch.
    local: LocalSystemPorts,
    names: IndexMap<EntryName, Entry<'b>, FxBuildHasher>,
    order: Order,
}

impl<'b> Bound<'b, '_, '_> {
    fn find(mut self, changed: &[EntryName]) -> usize {
        let mut entries = self.recreate(changed);
        entries.extend_from_slice(changed);
        entries.sort_unstable();
        entries.dedup();
        let ids: Vec<Id> = entries.iter().map(|name| self.id(name)).collect();
        for &id in &ids {
            match (self.names[id].is_deleted(), self.names[id].is_created()) {
                (true, true) => self.order.order(Event::Leave(id), Event::Come(id), 1),
                (true, false) => _ = self.order.node(Event::Leave(id)),
                (false, true) => _ = self.order.node(Event::Come(id)),
                (false, false) => _ = self.order.node(Event::Edit(id)),
            }
        }
        let mut anew = false;
        for (name, &id) in entries.iter().zip(&ids) {
            if self.names[id].is_deleted() {
                anew |= self.referrers_out(name, id);
            }
            if self.names[id].is_created() {
                self.referrers_in(name, id);
            }
        }
        self.conflicts(&entries, &ids);
        self.holders();
        self.order.longest().max(if anew { 3 } else { 1 })
    }

    /// The position of an entry, and what is to be known of it.
    fn id(&mut self, name: &EntryName) -> Id {
        if let Some(id) = self.names.get_index_of(name) {
            return id;
        }
        let entry = Entry {
            current: name.find(self.current),
            target: name.find(self.target),
            recreated: false,
        };
        self.names.insert_full(name.clone(), entry).0
    }

    /// Finds what create-only fields force to go and come again, and what has it in its key.
    fn recreate(&mut self, changed: &[EntryName]) -> Vec<EntryName> {
        let mut new: Vec<EntryName> = Vec::new();
        for name in changed {
            let id = self.id(name);
            let entry = &mut self.names[id];
            if changed_create_only(self.policy, &name.table, entry.current, entry.target).is_some() {
                entry.recreated = true;
                new.push(name.clone());
            }
        }
        let mut recreated = Vec::new();
        while let Some(name) = new.pop() {
            let keys = |validator: &Validator| -> BTreeSet<EntryName> {
                let references = validator.references_to(&name).into_iter();
                let keys = references.filter(|reference| {
                    reference.via == EntryPart::Key && single_target(reference).is_some()
                });
                keys.map(|reference| reference.from).collect()
            };
            let before = keys(self.pair.current);
            for follower in keys(self.pair.target).intersection(&before) {
                let id = self.id(follower);
                let entry = &mut self.names[id];
                if entry.current.is_some() && entry.target.is_some() && !entry.recreated {
                    entry.recreated = true;
                    new.push(follower.clone());
                }
            }
            recreated.push(name);
        }
        recreated
    }

    /// The references to an entry that is deleted. Whether a field of an entry that stays is one of them, and refers to
    /// another entry afterwards that is created.
    fn referrers_out(&mut self, name: &EntryName, id: Id) -> bool {
        let mut anew = false;
        for reference in self.pair.current.references_to(name) {
            let from = self.id(&reference.from);
            if single_target(&reference).is_none() || self.names[from].current.is_none() {
                continue;
            }
            let (leave, gone) = (Event::Leave(id), Event::Leave(from));
            if reference.via == EntryPart::Key {
                if self.names[from].is_deleted() {
                    self.order.order(gone, leave, 1);
                }
                continue;
            }
            let drop = Event::Drop(from, reference.via.clone(), id);
            self.order.order(drop.clone(), leave, 1);
            if self.names[from].is_deleted() {
                self.order.order(drop, gone, 0);
            } else {
                anew |= self.refers_anew(name, &reference);
            }
        }
        anew
    }

    fn refers_anew(&mut self, name: &EntryName, reference: &Reference) -> bool {
        let EntryPart::Field(field) = &reference.via else {
            return false;
        };
        let from = &reference.from;
        let id = self.id(from);
        if self.names[id].target.is_none() || self.policy.joined_by(&from.table, field).is_some() {
            return false;
        }
        let after = self.pair.target.references_from(from);
        let mut same = after.iter().filter(|other| other.via == reference.via);
        same.any(|other| {
            single_target(other).is_some_and(|taken| {
                let id = self.id(taken);
                taken != name && self.names[id].is_created()
            })
        })
    }

    fn referrers_in(&mut self, name: &EntryName, id: Id) {
        for reference in self.pair.target.references_to(name) {
            let from = self.id(&reference.from);
            if single_target(&reference).is_none() || self.names[from].target.is_none() {
                continue;
            }
            let (come, there) = (Event::Come(id), Event::Come(from));
            if reference.via == EntryPart::Key {
                if self.names[from].is_created() {
                    self.order.order(come, there, 1);
                }
                continue;
            }
            let set = Event::Set(from, reference.via.clone(), id);
            self.order.order(come, set.clone(), 1);
            if self.names[from].is_created() {
                self.order.order(there, set, 0);
            }
        }
    }

    /// What goes before something else comes that cannot stand beside it.
    fn conflicts(&mut self, entries: &[EntryName], ids: &[Id]) {
        let moving = entries.iter().zip(ids).map(|(name, &id)| Moving {
            id,
            name,
            old: self.names[id].current.filter(|_| self.names[id].is_deleted()),
            new: self.names[id].target.filter(|_| self.names[id].is_created()),
        });
        let moving: Vec<Moving> = moving
            .filter(|entry| entry.old.is_some() || entry.new.is_some())
            .collect();
        let shares_lanes = shares_lanes(self.policy, [self.current, self.target]);
        let found = Conflicts::find(self.policy, shares_lanes, &moving);
        for (old, new, _) in found.apart {
            self.order.order(Event::Leave(old), Event::Come(new), 1);
        }
    }

    fn holders(&mut self) {
        let policy = self.policy;
        let events = self.order.graph.node_count();
        for (at, rule) in policy.change_requires.iter().enumerate() {
            for event in (0..events).map(NodeIndex::new) {
                let event = &self.order.graph[event];
                let written = event.written().and_then(|id| self.names.get_index(id));
                let Some((name, _)) = written.filter(|(name, _)| rule.is_about(&name.table)) else {
                    continue;
                };
                let (name, event) = (name.clone(), event.clone());
                for holder in holders_of(rule, &name, &self.local) {
                    let id = self.id(&holder);
                    let entry = self.names[id];
                    if is_up(entry.current, rule) {
                        let down = Event::Down(at, id);
                        self.order.order(down.clone(), event.clone(), 1);
                        if entry.is_deleted() {
                            self.order.order(down, Event::Leave(id), 0);
                        }
                    }
                    if is_up(entry.target, rule) {
                        let up = Event::Up(at, id);
                        self.order.order(event.clone(), up.clone(), 1);
                        if entry.is_created() {
                            self.order.order(Event::Come(id), up, 0);
                        }
                    }
                }
            }
        }
    }
}
