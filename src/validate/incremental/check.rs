//! Checking one unit.

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::{SmallVec, smallvec};

use crate::schema::{NodeId, NodeKind};
use crate::validate::conditions::{check_must, check_when, is_below};
use crate::validate::findings::DiagnosticCollector;
use crate::validate::read::written;
use crate::validate::read_set::{Key, ReadSet};
use crate::validate::references::{self, may_refer, resolve_member, resolve_union};
use crate::validate::spelling::{self, KeyPart};
use crate::validate::tree::{Class, Inst, NO_UNIT, Order};
use crate::validate::value::Naming;
use crate::validate::xpath::Evaluator;
use crate::validate::{rules, structure};

use super::changes::Changes;
use super::claims::{Claim, ClaimRule, Claimant};
use super::reading::found;
use super::skeleton::Nodes;
use super::state::{State, UnitKind};

impl State<'_> {
    /// Finds which members take the values of the unions in some units. Says whether any value changed
    /// by that; then what others found is of no worth.
    pub fn resolve(&mut self, units: &[u32]) -> bool {
        let mut resolved = Vec::new();
        for &unit in units {
            let read_set = ReadSet::of(NO_UNIT);
            let evaluator = Evaluator::noting(self.schema, &self.tree, &self.index, &read_set);
            let mut unresolved = Vec::new();
            let outermost = self.units[unit as usize].inst;
            let nodes = match (self.units[unit as usize].kind, outermost) {
                (UnitKind::Entry(_), Some(inst))
                    if !self.facts.checks(self.tree.get(inst).schema).union_below =>
                {
                    Nodes::new()
                }
                _ => self.nodes(unit),
            };
            for inst in nodes {
                let node = self.tree.get(inst);
                if self.facts.checks(node.schema).union && may_refer(&self.tree, inst) {
                    let written = written(&self.document, node.at);
                    let members = self.facts.members(node.schema);
                    let found = resolve_union(&evaluator, inst, members, Naming::ConfigDb, written);
                    if found.is_none() {
                        unresolved.push(inst);
                    }
                    resolved.push((inst, found));
                }
            }
            self.unions.set(unit, &read_set.take());
            if !unresolved.is_empty() {
                self.issues(unit).unresolved = unresolved;
            }
        }
        let mut changed = false;
        for (inst, found) in resolved {
            changed |= resolve_member(&mut self.tree, inst, found);
        }
        changed
    }

    /// Notes what a unit claims for itself.
    pub fn claim(&mut self, unit: u32, changes: &mut Changes) {
        let (UnitKind::Entry(_), Some(entry)) =
            (self.units[unit as usize].kind, self.units[unit as usize].inst)
        else {
            return;
        };
        let id = self.tree.get(entry).schema;
        let mut claims: SmallVec<[(Claim, u32, Inst); 2]> = SmallVec::new();
        if let NodeKind::List(list) = &self.schema.node(id).kind {
            if let Some(values) = structure::key_values(&self.tree, entry, &list.keys) {
                let rule = ClaimRule::Key(id);
                claims.push((Claim { rule, values }, 0, entry));
            }
            let networks = spelling::are_networks(self.policy, self.schema.table_name(id));
            if let Some(key) = spelling::spelled_key(self.schema, &self.tree, entry, networks) {
                let values = key.into_iter().map(|part| match part {
                    KeyPart::Address(address, length) => self.tree.intern(&format!("{address} {length:?}")),
                    KeyPart::Other(value) => value,
                });
                let values = values.collect();
                let rule = ClaimRule::Address(id);
                claims.push((Claim { rule, values }, 0, entry));
            }
            for (leafs, at) in list.uniques.iter().zip(0..) {
                let values = structure::unique_values(self.schema, &self.tree, entry, id, leafs);
                let texts = values.map(|values| values.iter().map(|&text| text.to_owned()).collect());
                let Some(texts): Option<Vec<String>> = texts else {
                    continue;
                };
                let values = texts.iter().map(|text| self.tree.intern(text)).collect();
                let rule = ClaimRule::Unique(id, at);
                claims.push((Claim { rule, values }, 0, entry));
            }
        }
        let nodes = if self
            .schema
            .node(id)
            .data_children
            .iter()
            .any(|&id| self.facts.checks(id).ruled)
        {
            self.nodes(unit)
        } else {
            Nodes::new()
        };
        for inst in nodes {
            let node = self.tree.get(inst);
            let id = node.schema;
            if !self.facts.checks(id).ruled || node.invalid {
                continue;
            }
            if let Some(at) = self.facts.lanes.iter().position(|&lane| lane == id) {
                let lanes = rules::lanes(&self.tree, inst).filter(|lane| rules::is_lane(lane));
                let lanes: FxHashSet<String> = lanes.map(str::to_owned).collect();
                for lane in lanes {
                    let values = smallvec![self.tree.intern(&lane)];
                    let rule = ClaimRule::Lane;
                    claims.push((Claim { rule, values }, at as u32, inst));
                }
            }
            for (at, &(rule, other)) in self.facts.once_in_vrf.iter().enumerate() {
                if other == id {
                    let vrf = rules::vrf(self.schema, &self.tree, inst);
                    let values = smallvec![self.tree.intern(&vrf), self.tree.get(inst).value];
                    let rule = ClaimRule::OnceInVrf(rule);
                    claims.push((Claim { rule, values }, at as u32, inst));
                }
            }
        }
        for (claim, at, inst) in &claims {
            let holder = Claimant {
                rank: (*at, self.tree.order(*inst)),
                unit,
                inst: *inst,
            };
            self.claims.add(claim.clone(), holder, &mut changes.concerned);
        }
        let claims = claims.into_iter().map(|(claim, _, inst)| (claim, inst));
        self.units[unit as usize].claims = claims.collect();
    }

    /// Checks a unit that has been read.
    pub fn check(&mut self, unit: u32, changes: &mut Changes) {
        let is_entry = match self.units[unit as usize].kind {
            UnitKind::Entry(_) => true,
            UnitKind::Skeleton => false,
            UnitKind::Table | UnitKind::Free => return,
        };
        let nodes = self.nodes(unit);
        let hints = Rc::clone(&changes.hints);
        let mut findings = DiagnosticCollector::sharing(&self.document, self.schema, self.policy, hints);
        let issues = self.units[unit as usize].issues.as_ref();
        if let Some(issues) = issues.filter(|issues| !issues.misspelt.is_empty()) {
            findings.misspelt().clone_from(&issues.misspelt);
        }
        // The children of a skeleton are entries, which are units of their own.
        let read_set = ReadSet::of(if is_entry { unit } else { NO_UNIT });
        let missing = self.missing(unit, is_entry, &nodes, &read_set, &mut findings);
        self.tree.begin(
            unit,
            Order {
                class: Class::Detached,
                ..Order::default()
            },
        );
        let missing = structure::conditional_instances(self.schema, &mut self.tree, missing, &findings);
        let detached: Vec<Inst> = missing.iter().filter_map(|(_, inst)| *inst).collect();
        let evaluator = Evaluator::noting(self.schema, &self.tree, &self.index, &read_set);
        for &inst in issues.iter().flat_map(|issues| &issues.unresolved) {
            self.refers_to_nothing(&evaluator, inst, &mut findings);
        }
        let unwanted = self.conditions(&evaluator, &nodes, &mut findings);
        for item in missing {
            structure::report_missing(&evaluator, item, &mut findings);
        }
        if is_entry {
            self.repeated(&nodes, &mut findings);
            self.rules(&evaluator, unit, &nodes, &mut findings);
        } else {
            self.limits(&evaluator, unit, &nodes, &mut findings);
        }
        let checked = found(&self.document, &mut findings);
        drop(findings);
        self.dependents.set(unit, &read_set.take());
        detached.into_iter().for_each(|inst| self.tree.remove(inst));
        if !is_entry {
            self.note_unwanted(&nodes, &unwanted, changes);
        }
        if !checked.is_empty() || self.units[unit as usize].issues.is_some() {
            self.issues(unit).checked = checked;
            self.tidy(unit);
        }
    }

    /// What is missing below the nodes of a unit.
    fn missing(
        &self,
        unit: u32,
        is_entry: bool,
        nodes: &[Inst],
        read_set: &ReadSet,
        findings: &mut DiagnosticCollector,
    ) -> Vec<structure::Missing> {
        let mut missing = Vec::new();
        if !is_entry {
            let top = &self.schema.top[unit as usize..=unit as usize];
            structure::required(self.schema, &self.tree, Inst::ROOT, top, &mut missing, findings);
        }
        for &inst in nodes {
            let node = self.tree.get(inst);
            if !self.facts.checks(node.schema).constrained || node.invalid {
                continue;
            }
            let schema = self.schema.node(node.schema);
            if !is_entry {
                read_set.note_in(unit, &schema.data_children);
            }
            let children = &schema.children;
            structure::required(self.schema, &self.tree, inst, children, &mut missing, findings);
        }
        missing
    }

    /// Checks the conditions and leafrefs of a unit's nodes. Gives those that must not be there.
    fn conditions(
        &self,
        evaluator: &Evaluator,
        nodes: &[Inst],
        findings: &mut DiagnosticCollector,
    ) -> FxHashSet<Inst> {
        let mut unwanted = FxHashSet::default();
        for &inst in nodes {
            let node = self.tree.get(inst);
            let checks = self.facts.checks(node.schema);
            if checks.leafref
                && let Some(leafref) = references::plain(self.schema, node.schema)
                && !references::holds(evaluator, inst, leafref)
            {
                self.refers_to_nothing(evaluator, inst, findings);
            }
            if checks.conditions && !node.implicit {
                let mut whens = self.schema.node(node.schema).whens.iter();
                if !whens.all(|when| check_when(evaluator, inst, when, findings)) {
                    unwanted.insert(inst);
                }
            }
        }
        for &inst in nodes {
            let node = self.tree.get(inst);
            let is_checked = self.facts.checks(node.schema).conditions && !node.invalid;
            if is_checked
                && !is_below(&self.tree, inst, &unwanted)
                && !is_below(&self.tree, inst, &self.unwanted)
            {
                for must in &self.schema.node(node.schema).musts {
                    check_must(evaluator, inst, must, findings);
                }
            }
        }
        unwanted
    }

    /// Reports a dangling leafref, unless nothing collects findings. Its reads are noted in any case, so that the unit
    /// is checked again when they change.
    fn refers_to_nothing(&self, evaluator: &Evaluator, inst: Inst, findings: &mut DiagnosticCollector) {
        if self.quiet {
            references::note_targets(evaluator, inst);
        } else {
            references::report(evaluator, inst, findings);
        }
    }

    /// Checks what is repeated inside an entry.
    fn repeated(&self, nodes: &[Inst], findings: &mut DiagnosticCollector) {
        let mut groups: FxHashMap<NodeId, Vec<Inst>> = FxHashMap::default();
        for &inst in nodes.iter().skip(1) {
            let id = self.tree.get(inst).schema;
            if self.facts.checks(id).repeated {
                groups.entry(id).or_default().push(inst);
            }
        }
        for (id, instances) in groups {
            structure::repeated(self.schema, &self.tree, id, &instances, findings);
        }
    }

    /// Checks what an entry claims, and the form of lanes.
    fn rules(&self, evaluator: &Evaluator, unit: u32, nodes: &[Inst], findings: &mut DiagnosticCollector) {
        let (schema, tree) = (self.schema, &self.tree);
        let lanes = self.policy.lanes.as_ref();
        for &inst in nodes {
            let node = tree.get(inst);
            if node.invalid || !self.facts.lanes.contains(&node.schema) {
                continue;
            }
            for &platform in &self.facts.platforms {
                evaluator.note(Key::All(platform));
            }
            for lane in rules::lanes(tree, inst).filter(|lane| !rules::is_lane(lane)) {
                rules::report_no_lane(tree, inst, lane, findings);
            }
        }
        for (claim, inst) in &self.units[unit as usize].claims {
            let Some(first) = self.claims.first(claim).filter(|first| first.inst != *inst) else {
                continue;
            };
            match claim.rule {
                ClaimRule::Key(_) => structure::report_duplicate_entry(tree, *inst, first.inst, findings),
                ClaimRule::Address(_) => spelling::report(schema, tree, *inst, first.inst, findings),
                ClaimRule::Unique(id, at) => {
                    if let NodeKind::List(list) = &schema.node(id).kind
                        && let Some(leafs) = list.uniques.get(at as usize)
                    {
                        structure::report_not_unique(schema, tree, *inst, first.inst, leafs, findings);
                    }
                }
                ClaimRule::Lane => {
                    if lanes.is_some_and(|lanes| !rules::is_shared(schema, lanes, tree)) {
                        // As often as it is written.
                        for lane in rules::lanes(tree, *inst)
                            .filter(|lane| tree.symbol(lane).is_some_and(|lane| claim.values[..] == [lane]))
                        {
                            rules::report_lane(schema, tree, *inst, lane, first.inst, findings);
                        }
                    }
                }
                ClaimRule::OnceInVrf(_) => {
                    if first.unit != unit {
                        rules::report_not_unique(schema, tree, *inst, first.inst, findings);
                    }
                }
            }
        }
    }

    /// Checks how many entries a table has.
    fn limits(&self, evaluator: &Evaluator, unit: u32, nodes: &[Inst], findings: &mut DiagnosticCollector) {
        for &inst in nodes {
            for &child in &self.schema.node(self.tree.get(inst).schema).data_children {
                let NodeKind::List(list) = &self.schema.node(child).kind else {
                    continue;
                };
                if list.max == u32::MAX {
                    continue;
                }
                evaluator.note(Key::In(unit, child));
                let mut entries = self.tree.instances(child).to_vec();
                entries.retain(|&entry| self.tree.get(entry).parent == inst);
                self.tree.sort(&mut entries);
                entries.dedup();
                structure::too_many(self.schema, &self.tree, child, list.max, &entries, findings);
            }
        }
    }

    /// Notes which nodes of a skeleton must not be there. If that changes, the entries in them are
    /// looked at again.
    fn note_unwanted(&mut self, nodes: &[Inst], unwanted: &FxHashSet<Inst>, changes: &mut Changes) {
        for &inst in nodes {
            let is_unwanted = unwanted.contains(&inst);
            let was_unwanted = self.unwanted.contains(&inst);
            if is_unwanted == was_unwanted {
                continue;
            }
            if is_unwanted {
                self.unwanted.insert(inst);
            } else {
                self.unwanted.remove(&inst);
            }
            let mut left = vec![inst];
            while let Some(inst) = left.pop() {
                left.extend(self.tree.children(inst));
                let unit = self.tree.unit(inst);
                if matches!(self.units[unit as usize].kind, UnitKind::Entry(_)) {
                    changes.concerned.insert(unit);
                }
            }
        }
    }
}
