//! How many steps any plan needs.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use sonicfg::config::{EntryName, differing_entries};
use sonicfg::policy::{ChangeRequires, Policy};
use sonicfg::schema::Schema;
use sonicfg::validate::{EntryPart, Reference};

use crate::conflicts::{Obstacle, is_remote, obstacle, shares_lanes};
use crate::refs::{References, is_key, only_target, overlay, references};

/// A number of steps below which no plan keeps rules 1 to 6, whatever may be interrupted; 0 where
/// nothing changes.
///
/// It is the number of events in the longest chain of events of which each must come in an earlier
/// step than the next. The events and their order follow from the two configs,
/// the leafrefs of the schema and the policy; conditions and limits do not count. All configs have
/// their lists without elements in one form.
///
/// **Tied.** A reference is a leafref at one part of an entry `e` (one part of its key, a field, an
/// element of a list, the name or value of a row); where a key has several parts, or a field is kept as
/// one string of several elements, each is a reference of its own. References of `current` are resolved
/// in `target` with all entries of `current` laid over it, references of `target` in `current` with all
/// entries of `target` laid over it: a superset of every config of a plan. A reference is *tied* to the
/// entry `x` if every instance that meets it there is in `x`, and `x` is not `e`.
///
/// **Recreated.** The smallest set that holds each entry that is in both configs and
/// - of which a create-only field differs (is in one alone, or has another value), or
/// - of whose key one part is tied to the same recreated entry in both.
///
/// **Events.**
/// - `leave(e)`, the first step that removes `e`: `e` is in `current`, and is not in `target` or is recreated.
/// - `come(e)`, the last step that adds `e`: `e` is in `target`, and is not in `current` or is recreated.
/// - `edit(e)`, a step that changes `e`: `e` is in both and differs and is not recreated.
/// - `drop(e, part, x)`, the first step after which a reference is removed: `e` has in `current`, outside
///   its key, a reference tied to `x`, and `leave(x)` is an event.
/// - `set(e, part, x)`, the last step that sets a reference: `e` has in `target`, outside its key, a
///   reference tied to `x`, and `come(x)` is an event.
/// - `down(p)`, for each rule of `change-requires`: the first step after which `p`, an entry of `of`, is
///   down or away: `p` is in `current` and up there, and one of the events above is of an entry `e` of
///   `tables` that has a part of its key equal to the key of `p`, unless that names the port of another line card.
/// - `up(p)`, the last step that makes `p` up: likewise with `target`.
///
/// An entry is up if the field has another value than the rule's, or is absent and `absent` is false.
///
/// **Order.** Where both events exist, `a < b` means: `a` is in an earlier step; `a <= b`: not in a
/// later one.
/// - `leave(e) < come(e)`.
/// - `leave(e) < leave(x)` for each reference in the key of `e` in `current` that is tied to `x`;
///   `come(x) < come(e)` likewise in `target`.
/// - `drop(e, part, x) < leave(x)` and `drop(e, part, x) <= leave(e)`.
/// - `come(x) < set(e, part, x)` and `come(e) <= set(e, part, x)`.
/// - `leave(e) < come(x)` where `e` in `current` is in the way of `x` in `target`: they have a lane in common (on
///   platforms where ports do not share lanes), or a rule of `break-before-make` says so and not both entries are in
///   both configs.
/// - `down(p) <` every event of the entries `e` of its rule `< up(p)`; `down(p) <= leave(p)`;
///   `come(p) <= up(p)`.
///
/// The bound is one more than the most `<` on any path; the number of events, if they are in a cycle
/// (then there is no plan).
///
/// It is at least 3 where an entry that is in both configs and not recreated has a field (not one that
/// is kept as one string of several elements) which in `current` is tied to an entry that leaves and
/// in `target` to another one that is created: either the field changes between the two, or, where the
/// two cannot exist together, it is empty meanwhile.
pub fn lower_bound(schema: &Schema, policy: &Policy, current: &Value, target: &Value) -> usize {
    Forced::new(schema, policy, current, target).bound()
}

/// An event, as the bound defines them; parts and rules are named by their positions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Leave(EntryName),
    Come(EntryName),
    Edit(EntryName),
    Drop(EntryName, EntryPart, EntryName),
    Set(EntryName, EntryPart, EntryName),
    Down(usize, EntryName),
    Up(usize, EntryName),
}

impl Event {
    /// The entry that is written then, unless it is taken down or up.
    fn of(&self) -> Option<&EntryName> {
        match self {
            Event::Leave(entry) | Event::Come(entry) | Event::Edit(entry) => Some(entry),
            Event::Drop(entry, ..) | Event::Set(entry, ..) => Some(entry),
            Event::Down(..) | Event::Up(..) => None,
        }
    }
}

/// What two configs force, whatever the plan.
#[derive(Debug)]
pub(super) struct Forced<'a> {
    policy: &'a Policy,
    pub(super) current: &'a Value,
    pub(super) target: &'a Value,
    /// The references of `current`, resolved in all that a plan can have.
    pub(super) old: References,
    /// The references of `target`, likewise.
    pub(super) new: References,
    /// The entries in which the configs differ.
    pub(super) differing: Vec<EntryName>,
    /// Entries that have to be removed and added again.
    pub(super) recreated: BTreeSet<EntryName>,
}

impl<'a> Forced<'a> {
    pub(super) fn new(schema: &Schema, policy: &'a Policy, current: &'a Value, target: &'a Value) -> Self {
        let differing = differing_entries(current, target);
        let mut forced = Forced {
            policy,
            current,
            target,
            old: References::new(),
            new: References::new(),
            differing,
            recreated: BTreeSet::new(),
        };
        if !forced.differing.is_empty() {
            forced.old = references(schema, policy, &overlay(target, current));
            forced.old.retain(|entry, _| entry.find(current).is_some());
            forced.new = references(schema, policy, &overlay(current, target));
            forced.new.retain(|entry, _| entry.find(target).is_some());
            forced.find_bounced();
        }
        forced
    }

    fn find_bounced(&mut self) {
        let recreated = self.differing.iter().filter(|entry| {
            let (Some(old), Some(new)) = (entry.find(self.current), entry.find(self.target)) else {
                return false;
            };
            !changed_create_only(self.policy, &entry.table, old, new).is_empty()
        });
        self.recreated = recreated.cloned().collect();
        loop {
            let mut more = Vec::new();
            for (entry, old) in &self.old {
                let new = self.new.get(entry).map_or(&[][..], Vec::as_slice);
                let held = |references: &[Reference]| -> BTreeSet<EntryName> {
                    let keys = references.iter().filter(|reference| is_key(&reference.via));
                    keys.filter_map(only_target).cloned().collect()
                };
                let both = entry.find(self.target).is_some() && !self.recreated.contains(entry);
                let (old, new) = (held(old), held(new));
                if both
                    && old
                        .intersection(&new)
                        .any(|target| self.recreated.contains(target))
                {
                    more.push(entry.clone());
                }
            }
            if more.is_empty() {
                return;
            }
            self.recreated.extend(more);
        }
    }

    fn leaves(&self, entry: &EntryName) -> bool {
        entry.find(self.current).is_some()
            && (entry.find(self.target).is_none() || self.recreated.contains(entry))
    }

    fn comes(&self, entry: &EntryName) -> bool {
        entry.find(self.target).is_some()
            && (entry.find(self.current).is_none() || self.recreated.contains(entry))
    }

    fn bound(&self) -> usize {
        if self.differing.is_empty() {
            return 0;
        }
        let mut order = Order::default();
        self.entries_in(&mut order);
        self.references_in(&mut order);
        self.conflicts_in(&mut order);
        self.ports_in(&mut order);
        let least = if self.refers_anew() { 3 } else { 1 };
        order.longest().max(least)
    }

    fn entries_in(&self, order: &mut Order) {
        let entries: BTreeSet<&EntryName> = self.differing.iter().chain(&self.recreated).collect();
        for entry in entries {
            let (leaves, comes) = (self.leaves(entry), self.comes(entry));
            if leaves {
                order.event(Event::Leave(entry.clone()));
            }
            if comes {
                order.event(Event::Come(entry.clone()));
            }
            match (leaves, comes) {
                (true, true) => order.earlier(Event::Leave(entry.clone()), Event::Come(entry.clone())),
                (false, false) => order.event(Event::Edit(entry.clone())),
                _ => {}
            }
        }
    }

    fn references_in(&self, order: &mut Order) {
        for reference in self.old.values().flatten() {
            let Some(target) = only_target(reference) else {
                continue;
            };
            if !self.leaves(target) {
                continue;
            }
            let (from, leave) = (&reference.from, Event::Leave(target.clone()));
            let gone = Event::Leave(from.clone());
            if !is_key(&reference.via) {
                let drop = Event::Drop(from.clone(), reference.via.clone(), target.clone());
                order.earlier(drop.clone(), leave);
                if self.leaves(from) {
                    order.not_later(drop, gone);
                }
            } else if self.leaves(from) {
                order.earlier(gone, leave);
            }
        }
        for reference in self.new.values().flatten() {
            let Some(target) = only_target(reference) else {
                continue;
            };
            if !self.comes(target) {
                continue;
            }
            let (from, come) = (&reference.from, Event::Come(target.clone()));
            let there = Event::Come(from.clone());
            if !is_key(&reference.via) {
                let set = Event::Set(from.clone(), reference.via.clone(), target.clone());
                order.earlier(come, set.clone());
                if self.comes(from) {
                    order.not_later(there, set);
                }
            } else if self.comes(from) {
                order.earlier(come, there);
            }
        }
    }

    fn conflicts_in(&self, order: &mut Order) {
        let entries: BTreeSet<&EntryName> = self.differing.iter().chain(&self.recreated).collect();
        let shares = shares_lanes(self.policy, [self.current, self.target]);
        for old in entries.iter().filter(|entry| self.leaves(entry)) {
            for new in entries.iter().filter(|entry| self.comes(entry)) {
                let (Some(old_value), Some(new_value)) = (old.find(self.current), new.find(self.target))
                else {
                    continue;
                };
                let both = [old, new]
                    .iter()
                    .all(|entry| entry.find(self.current).is_some() && entry.find(self.target).is_some());
                let found = obstacle(self.policy, shares, (old, old_value), (new, new_value));
                if found == Some(Obstacle::Lanes) || found == Some(Obstacle::Rule) && !both {
                    order.earlier(Event::Leave((*old).clone()), Event::Come((*new).clone()));
                }
            }
        }
    }

    fn ports_in(&self, order: &mut Order) {
        let written: Vec<Event> = order.events.keys().cloned().collect();
        for (at, rule) in self.policy.change_requires.iter().enumerate() {
            for event in &written {
                let Some(entry) = event.of().filter(|entry| rule.is_about(&entry.table)) else {
                    continue;
                };
                if is_remote(entry, [self.current, self.target]) {
                    continue;
                }
                for key in entry.parts() {
                    let port = EntryName::new(&rule.of, key);
                    if is_up(rule, port.find(self.current)) {
                        let down = Event::Down(at, port.clone());
                        order.earlier(down.clone(), event.clone());
                        if self.leaves(&port) {
                            order.not_later(down, Event::Leave(port.clone()));
                        }
                    }
                    if is_up(rule, port.find(self.target)) {
                        let up = Event::Up(at, port.clone());
                        order.earlier(event.clone(), up.clone());
                        if self.comes(&port) {
                            order.not_later(Event::Come(port), up);
                        }
                    }
                }
            }
        }
    }

    /// Whether a field drops a reference to an entry that leaves, and sets one to another entry that is created.
    fn refers_anew(&self) -> bool {
        let stay = self
            .old
            .iter()
            .filter(|(entry, _)| entry.find(self.target).is_some() && !self.recreated.contains(*entry));
        let mut pairs = stay.flat_map(|(entry, old)| {
            let new = self.new.get(entry).map_or(&[][..], Vec::as_slice);
            old.iter().flat_map(move |a| new.iter().map(move |b| (a, b)))
        });
        pairs.any(|(old, new)| {
            let EntryPart::Field(field) = &old.via else {
                return false;
            };
            let (Some(left), Some(taken)) = (only_target(old), only_target(new)) else {
                return false;
            };
            old.via == new.via
                && self.policy.joined_by(&old.from.table, field).is_none()
                && left != taken
                && self.leaves(left)
                && self.comes(taken)
        })
    }
}

/// The create-only fields in which two values of an entry differ.
pub(super) fn changed_create_only(policy: &Policy, table: &str, old: &Value, new: &Value) -> Vec<String> {
    let fields = |value: &Value| -> BTreeSet<String> {
        value
            .as_object()
            .into_iter()
            .flat_map(|fields| fields.keys().cloned())
            .collect()
    };
    let mut names = fields(old);
    names.extend(fields(new));
    names.retain(|name| policy.is_create_only(table, name) && old.get(name) != new.get(name));
    names.into_iter().collect()
}

/// Whether an entry is there and has not the value of a rule.
pub(super) fn is_up(rule: &ChangeRequires, entry: Option<&Value>) -> bool {
    entry.is_some_and(|entry| match entry.get(&rule.field) {
        Some(value) => value.as_str() != Some(rule.value.as_str()),
        None => !rule.absent,
    })
}

/// Events, and which must come before which.
#[derive(Debug, Default)]
struct Order {
    events: BTreeMap<Event, usize>,
    /// From, to, and whether they cannot fall together.
    edges: Vec<(usize, usize, bool)>,
}

impl Order {
    fn event(&mut self, event: Event) {
        self.number(event);
    }

    fn number(&mut self, event: Event) -> usize {
        let next = self.events.len();
        *self.events.entry(event).or_insert(next)
    }

    fn earlier(&mut self, first: Event, then: Event) {
        let edge = (self.number(first), self.number(then), true);
        self.edges.push(edge);
    }

    fn not_later(&mut self, first: Event, then: Event) {
        let edge = (self.number(first), self.number(then), false);
        self.edges.push(edge);
    }

    /// One more than the most strict edges on any path; the number of events, if there is a cycle.
    fn longest(&self) -> usize {
        let count = self.events.len();
        let mut earliest = vec![1; count];
        for _ in 0..=count {
            let mut settled = true;
            for &(first, then, strict) in &self.edges {
                let least = earliest[first] + usize::from(strict);
                if earliest[then] < least {
                    earliest[then] = least;
                    settled = false;
                }
            }
            if settled {
                return earliest.into_iter().max().unwrap_or_default();
            }
        }
        count
    }
}
