//! Every config on the way is valid, and the last one is the target.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use serde_json::Value;

use sonicfg::config::{Config, EntryName, canonical, differing_entries, pointer};
use sonicfg::policy::Policy;
use sonicfg::schema::Schema;
use sonicfg::validate::{DiagnosticKey, Rule, Severity, validate};

use crate::{Property, Walk};

/// One error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FindingKey {
    pub(super) pointer: String,
    /// Of a `must` or `when`.
    pub(super) condition: bool,
    pub(super) message: String,
}

impl FindingKey {
    /// The entry that it is about.
    pub(super) fn entry(&self) -> Option<EntryName> {
        let mut tokens = pointer::split(&self.pointer)?.into_iter();
        Some(EntryName::new(tokens.next()?, tokens.next()?))
    }
}

/// The errors of a config. The same finding can be there several times, each for another element of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct FindingCounts(BTreeMap<DiagnosticKey, Vec<FindingKey>>);

impl FindingCounts {
    /// What is here and not, or not as often, in others.
    pub(super) fn beyond<'f>(&'f self, others: &'f FindingCounts) -> impl Iterator<Item = &'f FindingKey> {
        self.0.iter().flat_map(|(key, found)| {
            let known = others.0.get(key).map_or(0, Vec::len);
            found.iter().skip(known)
        })
    }

    /// Whether everything here is in others too.
    pub(super) fn is_within(&self, others: &FindingCounts) -> bool {
        self.beyond(others).next().is_none()
    }
}

/// All errors of a config.
pub(super) fn findings(schema: &Schema, policy: &Policy, config: &Value) -> FindingCounts {
    let report = validate(schema, policy, &Config::from_value("config", config));
    let mut findings = FindingCounts::default();
    for diagnostic in report.diagnostics {
        if diagnostic.severity != Severity::Error {
            continue;
        }
        let key = DiagnosticKey::of(&diagnostic);
        let finding = FindingKey {
            pointer: diagnostic.pointer,
            condition: matches!(diagnostic.rule, Rule::Must | Rule::When),
            message: diagnostic.message,
        };
        findings.0.entry(key).or_default().push(finding);
    }
    findings
}

/// Validates configs that a plan does not go through, to see what would be.
#[derive(Debug, Clone)]
pub(super) struct Validity<'a> {
    schema: &'a Schema,
    policy: &'a Policy,
    /// What was found before, by the text of the config.
    known: Option<Rc<RefCell<HashMap<String, FindingCounts>>>>,
}

impl<'a> Validity<'a> {
    pub(super) fn new(schema: &'a Schema, policy: &'a Policy) -> Self {
        Validity {
            schema,
            policy,
            known: None,
        }
    }

    /// The same, for where the same configs are looked at many times.
    pub(super) fn remembering(schema: &'a Schema, policy: &'a Policy) -> Self {
        Validity {
            schema,
            policy,
            known: Some(Rc::default()),
        }
    }

    pub(super) fn findings(&self, config: &Value) -> FindingCounts {
        let Some(known) = &self.known else {
            return findings(self.schema, self.policy, config);
        };
        let text = canonical(config);
        if let Some(findings) = known.borrow().get(&text) {
            return findings.clone();
        }
        let findings = findings(self.schema, self.policy, config);
        known.borrow_mut().insert(text, findings.clone());
        findings
    }
}

impl Walk<'_> {
    pub(super) fn valid(&mut self) {
        let none = FindingCounts::default();
        let tolerance = self.rules.tolerance;
        for step in 0..self.writes.len() {
            let allowed = if tolerance.preexisting {
                &self.findings[0]
            } else {
                &none
            };
            let found: Vec<String> = self.findings[step + 1]
                .beyond(allowed)
                .map(|finding| format!("{}: {}", finding.pointer, finding.message))
                .collect();
            for message in found {
                self.violation(step, Property::Valid, message);
            }
        }
        // config_db has no tables without entries.
        let is_empty = |config: &Value, table: &str| {
            let entries = config.get(table).and_then(Value::as_object);
            entries.is_some_and(serde_json::Map::is_empty)
        };
        for step in 0..self.writes.len() {
            let tables = self.configs[step + 1].as_object().into_iter().flatten();
            let emptied = tables.map(|(table, _)| table).filter(|table| {
                is_empty(&self.configs[step + 1], table)
                    && !is_empty(self.current, table)
                    && !is_empty(self.target, table)
            });
            let messages: Vec<String> = emptied
                .map(|table| format!("/{table}: no entry is left"))
                .collect();
            for message in messages {
                self.violation(step, Property::Valid, message);
            }
        }
        if tolerance.ignore_non_yang_tables {
            return;
        }
        for step in 0..self.writes.len() {
            let written: BTreeSet<_> = self.writes[step].iter().map(|e| e.table.clone()).collect();
            for table in written {
                if self.rules.schema.tables.get(&table).is_none() {
                    let message = format!("no model covers the table {table}");
                    self.violation(step, Property::Valid, message);
                }
            }
        }
    }

    pub(super) fn arrives(&mut self) {
        let last = &self.configs[self.configs.len() - 1];
        let mut off: Vec<String> = differing_entries(last, self.target)
            .iter()
            .map(ToString::to_string)
            .collect();
        // Values that are no configs have no entries.
        if off.is_empty() && last != self.target {
            off.push("the config".to_owned());
        }
        if !off.is_empty() {
            let message = format!("the steps do not lead to the target: {}", off.join(", "));
            self.violation(None, Property::Target, message);
        }
    }
}
