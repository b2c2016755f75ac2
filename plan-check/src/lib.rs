//! Judges a plan by the properties that make it safe for a running switch.
//!
//! This knows nothing of how plans are made: it takes a plan as lists of operations, looks at every
//! config between two steps with a full validation, and states each property in its own words.

mod bound;
mod conditions;
mod conflicts;
mod limits;
mod needless;
mod recreated;
mod refs;
mod refused;
mod search;
mod space;
mod valid;
mod writes;

use std::collections::BTreeSet;
use std::fmt;

use json_patch::PatchOperation;
use serde_json::Value;

use sonicfg::config::{EntryName, differing_entries};
use sonicfg::policy::Policy;
use sonicfg::schema::Schema;

use sonicfg::plan::{Disruption, PlanSummary};

pub use bound::lower_bound;
pub use search::{Searched, impossible, search};

use bound::{Forced, is_up};
use refs::References;
use valid::{FindingCounts, Validity};

/// What a plan is judged by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Property {
    /// Every config on the way is valid, and no table is empty.
    Valid,
    /// The steps can be done, and lead to the target.
    Target,
    /// A referencing entry is created in a later step than the referenced one, and deleted in an earlier one.
    References,
    /// Entries that a condition needs are created in an earlier step; entries that it forbids are deleted in one.
    Conditions,
    /// Create-only fields change only with their entry.
    CreateOnly,
    /// Some entries change only while their port is down.
    WhileDown,
    /// An old entry that is in the way of a new one is deleted in an earlier step.
    Conflict,
    /// Entries that need one of some fields have one.
    KeepOneOf,
    /// Nothing is touched without need.
    Needless,
    /// Nothing is removed that must not be, nothing changes together that must not.
    Refused,
    /// Not too much is interrupted between two steps.
    Limit,
}

/// How a plan breaks a property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The step, from 0; `None` where it is about the change as a whole. What is wrong between two
    /// steps is said of the earlier one.
    pub step: Option<usize>,
    /// The property that is violated.
    pub property: Property,
    /// What is wrong, in words.
    pub message: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.step {
            Some(step) => write!(f, "step {step}: {:?}: {}", self.property, self.message),
            None => write!(f, "{:?}: {}", self.property, self.message),
        }
    }
}

/// What is said of a plan.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Verdict {
    /// How it breaks the properties; empty for a good plan.
    pub violations: Vec<Violation>,
    /// The plan in figures.
    pub summary: PlanSummary,
    /// For each step, the entries that it interrupts: they are deleted although both configs have them, or taken down
    /// although they are up in both.
    pub disrupts: Vec<Vec<EntryName>>,
}

impl Verdict {
    /// Whether the plan has all properties.
    pub fn is_good(&self) -> bool {
        self.violations.is_empty()
    }
}

/// What is let pass.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tolerance {
    /// Findings that the current config has already.
    pub preexisting: bool,
    /// Changes in tables that no model covers.
    pub ignore_non_yang_tables: bool,
}

/// What a plan is judged against.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// The schema of the models.
    pub schema: &'a Schema,
    /// The rules that they do not hold.
    pub policy: &'a Policy,
    /// How much may be interrupted.
    pub disruption: Disruption,
    /// What is let pass.
    pub tolerance: Tolerance,
}

/// Judges a plan: the operations of each step (RFC 6902), from one config to another. Nothing is
/// tolerated; see [`Rules::check`].
pub fn check(
    schema: &Schema,
    policy: &Policy,
    disruption: Disruption,
    current: &Value,
    target: &Value,
    steps: &[Vec<PatchOperation>],
) -> Verdict {
    let rules = Rules {
        schema,
        policy,
        disruption,
        tolerance: Tolerance::default(),
    };
    rules.check(current, target, steps)
}

impl Rules<'_> {
    /// Judges a plan: the operations of each step (RFC 6902), from one config to another.
    ///
    /// An operation that cannot be done is a violation, and what follows is judged without its step.
    pub fn check(&self, current: &Value, target: &Value, steps: &[Vec<PatchOperation>]) -> Verdict {
        let mut configs = vec![normal(current)];
        let mut violations = Vec::new();
        for (step, operations) in steps.iter().enumerate() {
            let mut next = configs[step].clone();
            if let Err(error) = json_patch::patch(&mut next, operations) {
                violations.push(Violation {
                    step: Some(step),
                    property: Property::Target,
                    message: format!("the operations cannot be done: {error}"),
                });
                next = configs[step].clone();
            }
            configs.push(normal(&next));
        }
        let mut verdict = self.judge(configs, normal(target));
        violations.append(&mut verdict.violations);
        verdict.violations = violations;
        verdict
    }

    fn judge(&self, configs: Vec<Value>, target: Value) -> Verdict {
        let current = configs.first().cloned().unwrap_or_default();
        let forced = Forced::new(self.schema, self.policy, &current, &target);
        let findings = configs
            .iter()
            .map(|config| valid::findings(self.schema, self.policy, config));
        let findings = findings.collect();
        let references = configs
            .iter()
            .map(|config| refs::references(self.schema, self.policy, config));
        let references = references.collect();
        let validity = Validity::new(self.schema, self.policy);
        let mut walk = Walk::new(*self, validity, &forced, configs, findings, references);
        walk.judge();
        Verdict {
            summary: walk.summary(),
            disrupts: walk.disrupts(),
            violations: walk.violations,
        }
    }
}

/// A plan as the sequence of its configs, and the findings on the way.
struct Walk<'a> {
    rules: Rules<'a>,
    validity: Validity<'a>,
    current: &'a Value,
    target: &'a Value,
    forced: &'a Forced<'a>,
    /// The current config, and the config after each step.
    configs: Vec<Value>,
    /// What validation finds in each.
    findings: Vec<FindingCounts>,
    /// The leafrefs of each.
    references: Vec<References>,
    /// The entries that each step writes.
    writes: Vec<Vec<EntryName>>,
    violations: Vec<Violation>,
}

impl<'a> Walk<'a> {
    fn new(
        rules: Rules<'a>,
        validity: Validity<'a>,
        forced: &'a Forced<'a>,
        configs: Vec<Value>,
        findings: Vec<FindingCounts>,
        references: Vec<References>,
    ) -> Self {
        let pairs = configs.windows(2);
        Walk {
            rules,
            validity,
            current: forced.current,
            target: forced.target,
            forced,
            findings,
            references,
            writes: pairs.map(|pair| differing_entries(&pair[0], &pair[1])).collect(),
            configs,
            violations: Vec::new(),
        }
    }

    fn judge(&mut self) {
        self.valid();
        self.arrives();
        for step in 0..self.writes.len() {
            self.references(step);
            self.conditions(step);
            self.create_only(step);
            self.conflicts(step);
            self.keep_one_of(step);
        }
        self.while_down();
        self.needless();
        self.refused();
        self.limits();
    }

    fn violation(&mut self, step: impl Into<Option<usize>>, property: Property, message: String) {
        self.violations.push(Violation {
            step: step.into(),
            property,
            message,
        });
    }

    /// Whether an entry is in the current config and in the target.
    fn stays(&self, entry: &EntryName) -> bool {
        entry.find(self.current).is_some() && entry.find(self.target).is_some()
    }

    /// Entries that both configs have, but not the config after a number of steps.
    fn away(&self, at: usize) -> BTreeSet<EntryName> {
        let gone = differing_entries(self.current, &self.configs[at]).into_iter();
        gone.filter(|entry| self.stays(entry) && entry.find(&self.configs[at]).is_none())
            .collect()
    }

    /// Entries that are up in both configs, but down in that after a number of steps.
    fn down(&self, at: usize) -> BTreeSet<EntryName> {
        let edited = differing_entries(self.current, &self.configs[at]).into_iter();
        edited.filter(|entry| self.is_down(entry, at)).collect()
    }

    fn is_down(&self, entry: &EntryName, at: usize) -> bool {
        let rules = self.rules.policy.change_requires.iter();
        rules.filter(|rule| rule.of == entry.table).any(|rule| {
            let up = |config: &Value| is_up(rule, entry.find(config));
            let there = entry.find(&self.configs[at]).is_some();
            up(self.current) && up(self.target) && there && !up(&self.configs[at])
        })
    }

    /// Entries that the plan removes and adds again.
    fn recreated(&self) -> BTreeSet<EntryName> {
        (0..self.configs.len()).flat_map(|at| self.away(at)).collect()
    }

    fn disrupts(&self) -> Vec<Vec<EntryName>> {
        let steps = self.writes.iter().enumerate();
        let disrupts = steps.map(|(step, writes)| {
            let writes = writes.iter().filter(|entry| {
                let removed = entry.find(&self.configs[step + 1]).is_none();
                let stood = entry.find(&self.configs[step]).is_some();
                let taken_down = self.is_down(entry, step + 1) && !self.is_down(entry, step);
                stood && (removed && self.stays(entry) || taken_down)
            });
            writes.cloned().collect()
        });
        disrupts.collect()
    }

    fn summary(&self) -> PlanSummary {
        let touched: BTreeSet<&EntryName> = self.writes.iter().flatten().collect();
        let Rules { schema, policy, .. } = self.rules;
        PlanSummary {
            steps: self.writes.len(),
            entries_changed: differing_entries(self.current, self.target).len(),
            entries_touched: touched.len(),
            entries_recreated: self.recreated().len(),
            lower_bound: lower_bound(schema, policy, self.current, self.target),
        }
    }
}

/// A config with its lists without elements in one form, that in which config_db reads them back.
fn normal(config: &Value) -> Value {
    match config {
        Value::Object(members) => {
            let members = members.iter();
            Value::Object(
                members
                    .map(|(name, value)| (name.clone(), normal(value)))
                    .collect(),
            )
        }
        Value::Array(elements) if elements.is_empty() => Value::Array(vec![Value::String(String::new())]),
        other => other.clone(),
    }
}
