//! Entries that a condition needs are created in an earlier step, and entries that it forbids are deleted in one.
//!
//! `R` must come after `T` where a condition of `R` as it will be is violated beside `T` as it was. `R`
//! must come before `T` where a condition of `R` as it was is violated beside `T` as it will be. Both
//! are seen by validating a config in which `T` alone is different. Where each must come after the
//! other, directly or through others, they come together, and rightly so.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use sonicfg::schema::xpath::{Axis, Expr, Start};
use sonicfg::schema::{NodeId, Schema};

use crate::valid::FindingCounts;
use crate::writes::with_entry_of;
use crate::{Property, Walk};

/// Which writes of a step must come after which, by their positions.
#[derive(Debug, Default)]
struct After(BTreeSet<(usize, usize)>);

impl After {
    /// Whether one must come after another, through others too.
    fn reaches(&self, from: usize, to: usize) -> bool {
        let mut seen = BTreeSet::new();
        let mut open = vec![from];
        while let Some(at) = open.pop() {
            if at == to {
                return true;
            }
            if seen.insert(at) {
                open.extend(self.0.range((at, 0)..(at + 1, 0)).map(|&(_, next)| next));
            }
        }
        false
    }
}

impl Walk<'_> {
    pub(super) fn conditions(&mut self, step: usize) {
        let writes = &self.writes[step];
        if writes.len() < 2 {
            return;
        }
        let tables: BTreeSet<&str> = writes.iter().map(|entry| entry.table.as_str()).collect();
        let looked_at: BTreeSet<Box<str>> = tables
            .into_iter()
            .flat_map(|table| looked_at(self.rules.schema, table))
            .collect();
        let mut after = After::default();
        let mut suspects = Vec::new();
        for (at, entry) in writes.iter().enumerate() {
            if !looked_at.contains(entry.table.as_str()) {
                continue;
            }
            for (first, then) in self.orders(step, at) {
                after.0.insert((then, first));
                let (before, next) = (&self.configs[step], &self.configs[step + 1]);
                if entry.find(before).is_none() || entry.find(next).is_none() {
                    suspects.push((first, then));
                }
            }
        }
        suspects.sort_unstable();
        suspects.dedup();
        let apart = suspects
            .into_iter()
            .filter(|&(first, then)| !after.reaches(first, then) && !self.bound_by_others(step, first, then));
        let messages: Vec<String> = apart
            .map(|(first, then)| {
                let (first, then) = (&writes[first], &writes[then]);
                format!("{then} is written together with {first}, which a condition wants written before")
            })
            .collect();
        for message in messages {
            self.violation(step, Property::Conditions, message);
        }
    }

    /// The pairs of writes of a step with one that conditions of the other one put in an order.
    fn orders(&self, step: usize, at: usize) -> Vec<(usize, usize)> {
        let (before, next) = (&self.configs[step], &self.configs[step + 1]);
        let writes = &self.writes[step];
        let hit = |findings: FindingCounts, than: &FindingCounts| -> Vec<usize> {
            let conditions = findings.beyond(than).filter(|finding| finding.condition);
            let entries = conditions.filter_map(|finding| finding.entry());
            let positions = entries.filter_map(|entry| writes.binary_search(&entry).ok());
            positions.filter(|&other| other != at).collect()
        };
        let mut orders = Vec::new();
        let without = self.validity.findings(&with_entry_of(next, &writes[at], before));
        for other in hit(without, &self.findings[step + 1]) {
            orders.push((at, other));
        }
        let early = self.validity.findings(&with_entry_of(before, &writes[at], next));
        for other in hit(early, &self.findings[step]) {
            orders.push((other, at));
        }
        orders
    }

    /// Whether a condition of an entry that the step does not write wants the first of two writes not
    /// to come before the second.
    fn bound_by_others(&self, step: usize, first: usize, then: usize) -> bool {
        let (before, next) = (&self.configs[step], &self.configs[step + 1]);
        let (first, then) = (&self.writes[step][first], &self.writes[step][then]);
        let others = |findings: FindingCounts, than: &FindingCounts, cured: &Value| {
            let conditions = findings.beyond(than).filter(|finding| {
                let entry = finding.entry();
                finding.condition && entry.is_none_or(|entry| !self.writes[step].contains(&entry))
            });
            let found: Vec<_> = conditions.collect();
            let left = if found.is_empty() {
                FindingCounts::default()
            } else {
                self.validity.findings(cured)
            };
            found
                .into_iter()
                .any(|finding| !left.beyond(than).any(|other| other == finding))
        };
        let without = with_entry_of(next, then, before);
        let neither = with_entry_of(&without, first, before);
        let early = with_entry_of(before, first, next);
        let both = with_entry_of(&early, then, next);
        others(
            self.validity.findings(&without),
            &self.findings[step + 1],
            &neither,
        ) || others(self.validity.findings(&early), &self.findings[step], &both)
    }
}

/// The tables whose entries conditions of a table's entries can look at; the table itself only where
/// they look beyond their own entry.
fn looked_at(schema: &Schema, table: &str) -> BTreeSet<Box<str>> {
    let mut tables = BTreeSet::new();
    let Some(table) = schema.tables.get(table) else {
        return tables;
    };
    let containers: BTreeMap<NodeId, &str> = schema
        .tables
        .iter()
        .map(|table| (table.node, table.name.as_ref()))
        .collect();
    let table_of = |node: NodeId| {
        let mut at = Some(node);
        while let Some(id) = at {
            if let Some(name) = containers.get(&id) {
                return Some(*name);
            }
            at = schema.node(id).data_parent;
        }
        None
    };
    let mut look = |condition: &Expr| {
        condition.for_each_path(&mut |path| {
            for step in &path.steps {
                for &target in &step.targets {
                    let Some(name) = table_of(target) else { continue };
                    let above = schema.node(target).data_parent;
                    // Down from the table a path reaches its other entries; up it stays in its own.
                    let others = match step.axis {
                        Axis::Parent | Axis::Current | Axis::Ancestor | Axis::AncestorOrSelf => false,
                        Axis::Child => above == Some(table.node),
                        _ => true,
                    };
                    if name != table.name.as_ref() || others || matches!(path.start, Start::Filter(..)) {
                        tables.insert(Box::from(name));
                    }
                }
            }
        });
    };
    let mut open = vec![table.node];
    while let Some(id) = open.pop() {
        let node = schema.node(id);
        node.musts.iter().for_each(|must| look(&must.condition));
        node.whens.iter().for_each(|when| look(&when.condition));
        open.extend(&node.children);
    }
    tables
}
