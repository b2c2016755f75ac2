//! How many steps any plan needs; [`lower_bound`](super::check::lower_bound) defines it.

use std::collections::BTreeSet;

use petgraph::Direction;
use petgraph::algo::toposort;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;
use rustc_hash::FxHashMap;
use serde_json::Value;

use crate::config::EntryName;
use crate::policy::Policy;
use crate::validate::{Part, Reference, Validator};

use super::content::is_up;
use super::ends::Ends;
use super::involved::{changed_create_only, holders_of, write};

/// What happens to an entry, as far as every plan must do it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Event {
    Leave(EntryName),
    Come(EntryName),
    Edit(EntryName),
    Drop(EntryName, Part, EntryName),
    Set(EntryName, Part, EntryName),
    Down(usize, EntryName),
    Up(usize, EntryName),
}

impl Event {
    fn written(&self) -> Option<&EntryName> {
        match self {
            Event::Leave(name) | Event::Come(name) | Event::Edit(name) => Some(name),
            Event::Drop(name, ..) | Event::Set(name, ..) => Some(name),
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

/// The bound for two configs, which `ends` hold, and hold again afterwards. `changed` are the entries in
/// which they differ.
pub fn lower_bound(
    policy: &Policy,
    current: &Value,
    target: &Value,
    changed: &[EntryName],
    ends: &mut Ends,
) -> usize {
    if changed.is_empty() {
        return 0;
    }
    // Each end with all that only the other one has: there stands all that a plan can have.
    ends.both(
        changed.len(),
        |validator| overlay(validator, changed, current, target),
        |validator| overlay(validator, changed, target, current),
    );
    let bound = Bound {
        policy,
        current,
        target,
        ends: &*ends,
        bounced: BTreeSet::new(),
        order: Order::default(),
    };
    let steps = bound.find(changed);
    ends.both(
        changed.len(),
        |validator| overlay(validator, changed, current, &Value::Null),
        |validator| overlay(validator, changed, target, &Value::Null),
    );
    steps
}

/// Gives entries that one config does not have the value of the other; those alone that something may
/// refer to.
fn overlay(validator: &mut Validator, changed: &[EntryName], own: &Value, other: &Value) {
    let missing = changed
        .iter()
        .filter(|name| name.find(own).is_none() && validator.is_referred_to(&name.table));
    let writes: Vec<_> = missing
        .map(|name| write(name, name.find(other).cloned()))
        .collect();
    validator.update(&writes);
}

/// The entry that alone can satisfy a reference, if it is another one.
fn tied(reference: &Reference) -> Option<&EntryName> {
    let (first, _) = reference.to.first()?;
    let alone = reference.to.iter().all(|(name, _)| name == first);
    (alone && *first != reference.from).then_some(first)
}

struct Bound<'b, 'v, 's> {
    policy: &'b Policy,
    current: &'b Value,
    target: &'b Value,
    ends: &'b Ends<'v, 's>,
    bounced: BTreeSet<EntryName>,
    order: Order,
}

impl Bound<'_, '_, '_> {
    fn find(mut self, changed: &[EntryName]) -> usize {
        self.bounce(changed);
        let entries: BTreeSet<EntryName> = changed.iter().chain(&self.bounced).cloned().collect();
        for name in &entries {
            match (self.leaves(name), self.comes(name)) {
                (true, true) => self
                    .order
                    .order(Event::Leave(name.clone()), Event::Come(name.clone()), 1),
                (true, false) => _ = self.order.node(Event::Leave(name.clone())),
                (false, true) => _ = self.order.node(Event::Come(name.clone())),
                (false, false) => _ = self.order.node(Event::Edit(name.clone())),
            }
        }
        let mut anew = false;
        for name in &entries {
            if self.leaves(name) {
                anew |= self.referrers_out(name);
            }
            if self.comes(name) {
                self.referrers_in(name);
            }
        }
        self.holders();
        self.order.longest().max(if anew { 3 } else { 1 })
    }

    /// Finds what create-only fields force to go and come again, and what has it in its key.
    fn bounce(&mut self, changed: &[EntryName]) {
        let mut new: Vec<EntryName> = changed
            .iter()
            .filter(|name| {
                let (old, new) = (name.find(self.current), name.find(self.target));
                changed_create_only(self.policy, &name.table, old, new).is_some()
            })
            .cloned()
            .collect();
        self.bounced.extend(new.iter().cloned());
        while let Some(name) = new.pop() {
            let keys = |validator: &Validator| -> BTreeSet<EntryName> {
                let references = validator.references_to(&name).into_iter();
                let keys =
                    references.filter(|reference| reference.via == Part::Key && tied(reference).is_some());
                keys.map(|reference| reference.from).collect()
            };
            let before = keys(self.ends.current);
            for follower in keys(self.ends.target).intersection(&before) {
                let stays = follower.find(self.current).is_some() && follower.find(self.target).is_some();
                if stays && self.bounced.insert(follower.clone()) {
                    new.push(follower.clone());
                }
            }
        }
    }

    fn leaves(&self, name: &EntryName) -> bool {
        name.find(self.current).is_some() && (name.find(self.target).is_none() || self.bounced.contains(name))
    }

    fn comes(&self, name: &EntryName) -> bool {
        name.find(self.target).is_some() && (name.find(self.current).is_none() || self.bounced.contains(name))
    }

    /// What refers to an entry that goes. Says whether a field of something that stays does, and refers
    /// to another one that comes afterwards.
    fn referrers_out(&mut self, name: &EntryName) -> bool {
        let mut anew = false;
        for reference in self.ends.current.references_to(name) {
            let from = &reference.from;
            if tied(&reference).is_none() || from.find(self.current).is_none() {
                continue;
            }
            let (leave, gone) = (Event::Leave(name.clone()), Event::Leave(from.clone()));
            if reference.via == Part::Key {
                if self.leaves(from) {
                    self.order.order(gone, leave, 1);
                }
                continue;
            }
            let drop = Event::Drop(from.clone(), reference.via.clone(), name.clone());
            self.order.order(drop.clone(), leave, 1);
            if self.leaves(from) {
                self.order.order(drop, gone, 0);
            } else {
                anew |= self.refers_anew(name, &reference);
            }
        }
        anew
    }

    fn refers_anew(&self, name: &EntryName, reference: &Reference) -> bool {
        let Part::Field(field) = &reference.via else {
            return false;
        };
        let from = &reference.from;
        if from.find(self.target).is_none() || self.policy.joined_by(&from.table, field).is_some() {
            return false;
        }
        let after = self.ends.target.references_from(from);
        let mut same = after.iter().filter(|other| other.via == reference.via);
        same.any(|other| tied(other).is_some_and(|taken| taken != name && self.comes(taken)))
    }

    fn referrers_in(&mut self, name: &EntryName) {
        for reference in self.ends.target.references_to(name) {
            let from = &reference.from;
            if tied(&reference).is_none() || from.find(self.target).is_none() {
                continue;
            }
            let (come, there) = (Event::Come(name.clone()), Event::Come(from.clone()));
            if reference.via == Part::Key {
                if self.comes(from) {
                    self.order.order(come, there, 1);
                }
                continue;
            }
            let set = Event::Set(from.clone(), reference.via.clone(), name.clone());
            self.order.order(come, set.clone(), 1);
            if self.comes(from) {
                self.order.order(there, set, 0);
            }
        }
    }

    fn holders(&mut self) {
        let events: Vec<Event> = self.order.graph.node_weights().cloned().collect();
        for (at, rule) in self.policy.changes_while.iter().enumerate() {
            for event in &events {
                let Some(name) = event.written().filter(|name| rule.tables.contains(&name.table)) else {
                    continue;
                };
                for holder in holders_of(rule, name) {
                    if is_up(holder.find(self.current), rule) {
                        let down = Event::Down(at, holder.clone());
                        self.order.order(down.clone(), event.clone(), 1);
                        if self.leaves(&holder) {
                            self.order.order(down, Event::Leave(holder.clone()), 0);
                        }
                    }
                    if is_up(holder.find(self.target), rule) {
                        let up = Event::Up(at, holder.clone());
                        self.order.order(event.clone(), up.clone(), 1);
                        if self.comes(&holder) {
                            self.order.order(Event::Come(holder), up, 0);
                        }
                    }
                }
            }
        }
    }
}
