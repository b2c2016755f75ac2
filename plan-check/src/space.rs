//! The configs that a plan may go through: each entry that changes, or may have to, in each form that
//! it can have meanwhile.

use std::collections::BTreeSet;

use serde_json::Value;

use sonicfg::config::{EntryName, Write};
use sonicfg::validate::EntryPart;

use crate::bound::{Forced, is_up};
use crate::conflicts::is_remote;
use crate::needless::elements;
use crate::refs::References;
use crate::valid::{FindingCounts, Validity, findings};
use crate::{Rules, Walk, normal};

/// More entries than this are not looked at.
const MOST_ENTRIES: usize = 6;

/// The configs that a plan may go through.
pub(super) struct Space<'a> {
    pub(super) rules: Rules<'a>,
    pub(super) current: &'a Value,
    pub(super) target: &'a Value,
    pub(super) forced: &'a Forced<'a>,
}

impl Space<'_> {
    /// Whether the target is wrong, or the net effect of the change, however it is made.
    pub(super) fn is_refused(&self) -> bool {
        if self.forced.differing.is_empty() {
            return false;
        }
        let validity = Validity::new(self.rules.schema, self.rules.policy);
        let mut walk = Walk::new(
            self.rules,
            validity,
            self.forced,
            vec![self.current.clone(), self.target.clone()],
            vec![
                FindingCounts::default(),
                findings(self.rules.schema, self.rules.policy, self.target),
            ],
            Vec::new(),
        );
        walk.valid();
        walk.refused();
        !walk.violations.is_empty()
    }

    /// The entries that change, or may have to.
    fn core(&self) -> BTreeSet<EntryName> {
        let validity = Validity::new(self.rules.schema, self.rules.policy);
        let mut core: BTreeSet<EntryName> = self.forced.differing.iter().cloned().collect();
        let mut open: Vec<EntryName> = core.union(&self.forced.recreated).cloned().collect();
        while let Some(entry) = open.pop() {
            core.insert(entry.clone());
            if core.len() > MOST_ENTRIES {
                break;
            }
            let mut more = self.ports_of(&entry);
            let may_leave = !self.forced.differing.contains(&entry) || self.forced.recreated.contains(&entry);
            if may_leave && !self.is_port_only(&entry) {
                let references = self.forced.old.values().chain(self.forced.new.values()).flatten();
                let refers = references.filter(|reference| reference.to.iter().any(|(to, _)| *to == entry));
                more.extend(refers.map(|reference| reference.from.clone()));
                for config in [self.current, self.target] {
                    let without = put(config, &entry, None);
                    let (without, with) = (validity.findings(&without), validity.findings(config));
                    let conditions = without.beyond(&with).filter(|finding| finding.condition);
                    more.extend(conditions.filter_map(|finding| finding.entry()));
                }
            }
            open.extend(more.into_iter().filter(|name| !core.contains(name)));
        }
        core
    }

    fn ports_of(&self, entry: &EntryName) -> Vec<EntryName> {
        let rules = self.rules.policy.change_requires.iter();
        let is_local = !is_remote(entry, [self.current, self.target]);
        let rules = rules.filter(|rule| is_local && rule.is_about(&entry.table));
        let ports = rules.flat_map(|rule| {
            let ports = entry.parts().map(|key| EntryName::new(&rule.of, key));
            ports.filter(|port| is_up(rule, port.find(self.current)) || is_up(rule, port.find(self.target)))
        });
        ports.collect()
    }

    /// Whether an entry has only to go down.
    fn is_port_only(&self, entry: &EntryName) -> bool {
        let differs = self.forced.differing.contains(entry) || self.forced.recreated.contains(entry);
        !differs
            && self
                .rules
                .policy
                .change_requires
                .iter()
                .any(|rule| rule.of == entry.table)
    }

    /// All configs; the current one first, the target last.
    pub(super) fn configs(&self, most: usize) -> Option<Vec<Value>> {
        let core = self.core();
        if core.len() > MOST_ENTRIES {
            return None;
        }
        let mut configs = vec![self.current.clone()];
        for entry in &core {
            let versions = self.versions(entry, &core);
            if configs.len().checked_mul(versions.len())? > most {
                return None;
            }
            let with = configs.iter().flat_map(|config| {
                let versions = versions.iter();
                versions.map(move |version| put(config, entry, version.clone()))
            });
            configs = with.collect();
        }
        configs.retain(|config| config != self.current && config != self.target);
        configs.insert(0, self.current.clone());
        configs.push(self.target.clone());
        Some(configs)
    }

    fn versions(&self, entry: &EntryName, core: &BTreeSet<EntryName>) -> Vec<Option<Value>> {
        let (old, new) = (entry.find(self.current), entry.find(self.target));
        let mut versions: Vec<Option<Value>> = Vec::new();
        for whole in [old, new].into_iter().flatten() {
            let mut variants = vec![whole.clone()];
            for field in self.referring_fields(entry, core) {
                let values = self.field_values(entry, &field, core);
                let with = variants.iter().flat_map(|variant| {
                    let values = values.iter();
                    let field = &field;
                    values.map(move |value| set(variant, field, value.clone()))
                });
                variants = with.collect();
            }
            for rule in self
                .rules
                .policy
                .change_requires
                .iter()
                .filter(|rule| rule.of == entry.table)
            {
                let down = Value::String(rule.value.clone());
                let variants_down: Vec<Value> = variants
                    .iter()
                    .filter(|variant| is_up(rule, Some(variant)))
                    .map(|variant| set(variant, &rule.field, Some(down.clone())))
                    .collect();
                variants.extend(variants_down);
            }
            versions.extend(variants.into_iter().map(Some));
        }
        versions.push(None);
        let mut unlike: Vec<Option<Value>> = Vec::new();
        for version in versions {
            if !unlike.contains(&version) {
                unlike.push(version);
            }
        }
        unlike
    }

    fn references_in<'r>(
        &self,
        references: &'r References,
        entry: &EntryName,
        core: &BTreeSet<EntryName>,
    ) -> Vec<&'r EntryPart> {
        let references = references.get(entry).into_iter().flatten();
        let within = references.filter(|reference| reference.to.iter().any(|(to, _)| core.contains(to)));
        within.map(|reference| &reference.via).collect()
    }

    fn referring_fields(&self, entry: &EntryName, core: &BTreeSet<EntryName>) -> BTreeSet<String> {
        let mut parts = self.references_in(&self.forced.old, entry, core);
        parts.extend(self.references_in(&self.forced.new, entry, core));
        let fields = parts.into_iter().filter_map(|part| match part {
            EntryPart::Key => None,
            EntryPart::Field(field) | EntryPart::Name(field) | EntryPart::Element(field, _) => {
                Some(field.to_string())
            }
        });
        fields.collect()
    }

    fn field_values(&self, entry: &EntryName, field: &str, core: &BTreeSet<EntryName>) -> Vec<Option<Value>> {
        let value = |config| entry.find(config).and_then(|entry| entry.get(field)).cloned();
        let (old, new) = (value(self.current), value(self.target));
        let policy = self.rules.policy;
        let list = |value: &Option<Value>| elements(policy, &entry.table, field, value.as_ref()?);
        let (old_list, new_list) = (list(&old).unwrap_or_default(), list(&new).unwrap_or_default());
        let mut values = vec![old.clone(), new, None];
        if matches!(old, Some(Value::Array(_))) {
            let mut parts = self.references_in(&self.forced.old, entry, core);
            parts.extend(self.references_in(&self.forced.new, entry, core));
            let refers = |element: &String| {
                let part = EntryPart::Element(field.into(), element.into());
                parts.contains(&&part)
            };
            let array = |list: Vec<&String>| normal(&Value::from_iter(list.into_iter().cloned()));
            let free = |list: &'_ [String]| array(list.iter().filter(|element| !refers(element)).collect());
            let both = old_list.iter().filter(|element| new_list.contains(element));
            values.extend([
                Some(free(&old_list)),
                Some(free(&new_list)),
                Some(array(both.collect())),
            ]);
        }
        values
    }
}

/// A config with another value of an entry.
fn put(config: &Value, entry: &EntryName, value: Option<Value>) -> Value {
    let mut config = config.clone();
    let entry = entry.clone();
    Write { entry, value }.apply(&mut config);
    config
}

/// An entry with another value of a field.
fn set(entry: &Value, field: &str, value: Option<Value>) -> Value {
    let mut entry = entry.clone();
    if let Some(fields) = entry.as_object_mut() {
        match value {
            Some(value) => drop(fields.insert(field.to_owned(), value)),
            None => drop(fields.shift_remove(field)),
        }
    }
    entry
}
