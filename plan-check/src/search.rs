//! Whether there is any plan at all, and how few steps it takes: by trying everything. For small
//! changes only.

use std::collections::BTreeMap;

use serde_json::Value;

use sonicfg::plan::Disruption;
use sonicfg::policy::Policy;
use sonicfg::schema::Schema;

use crate::bound::Forced;
use crate::refs::{References, references};
use crate::space::Space;
use crate::valid::{FindingCounts, Validity};
use crate::{Rules, Tolerance, Walk, normal};

/// How many steps more than the fewest that the order of two configs allows are tried.
const MOST_EXTRA_STEPS: usize = 3;

/// The result of a search.
#[derive(Debug, Clone, PartialEq)]
pub enum Searched {
    /// The configs after each step of a plan that has all properties; none has fewer steps.
    Plan(Vec<Value>),
    /// There is no plan.
    Nothing,
    /// There is too much to look at.
    TooLarge,
}

/// Whether no plan leads from one config to another; `None` where that takes too long to find out.
///
/// See [`search`] for what is tried.
pub fn impossible(
    schema: &Schema,
    policy: &Policy,
    disruption: Disruption,
    current: &Value,
    target: &Value,
    max_states: usize,
) -> Option<bool> {
    match search(schema, policy, disruption, current, target, max_states) {
        Searched::Plan(_) => Some(false),
        Searched::Nothing => Some(true),
        Searched::TooLarge => None,
    }
}

/// Looks for a plan with the fewest steps, by trying every sequence of configs.
///
/// In a config of a plan, each entry that changes, or may have to be away or down meanwhile, is as in `current` or
/// `target`, or is away; each of its fields that refer to such entries is as in either, or has only the elements that
/// both have or that refer to nothing of the kind, or is away; a port may be down beside. Tables without a model are
/// entries like any other. All steps between such configs are tried that have the properties of a step; a sequence of
/// them must have all properties. More than 6 such entries or `max_states` configs are too large.
pub fn search(
    schema: &Schema,
    policy: &Policy,
    disruption: Disruption,
    current: &Value,
    target: &Value,
    max_states: usize,
) -> Searched {
    let (current, target) = (normal(current), normal(target));
    let rules = Rules {
        schema,
        policy,
        disruption,
        tolerance: Tolerance {
            ignore_non_yang_tables: true,
            preexisting: false,
        },
    };
    let forced = Forced::new(schema, policy, &current, &target);
    let space = Space {
        rules,
        current: &current,
        target: &target,
        forced: &forced,
    };
    if space.is_refused() {
        return Searched::Nothing;
    }
    let Some(configs) = space.configs(max_states) else {
        return Searched::TooLarge;
    };
    Graph::new(&space, configs).search(max_states)
}

/// Configs, and the steps between them.
struct Graph<'a> {
    space: &'a Space<'a>,
    configs: Vec<Value>,
    findings: Vec<FindingCounts>,
    references: Vec<References>,
    validity: Validity<'a>,
    steps: BTreeMap<(usize, usize), bool>,
}

impl<'a> Graph<'a> {
    fn new(space: &'a Space<'a>, configs: Vec<Value>) -> Self {
        let Rules { schema, policy, .. } = space.rules;
        let validity = Validity::remembering(schema, policy);
        let mut graph = Graph {
            space,
            configs: Vec::new(),
            findings: Vec::new(),
            references: Vec::new(),
            validity,
            steps: BTreeMap::new(),
        };
        let last = configs.len() - 1;
        for (at, config) in configs.into_iter().enumerate() {
            let findings = graph.validity.findings(&config);
            if at == 0
                || at == last
                || findings.is_within(&FindingCounts::default()) && graph.is_within_limits(&config)
            {
                graph.references.push(references(schema, policy, &config));
                graph.findings.push(findings);
                graph.configs.push(config);
            }
        }
        graph
    }

    fn walk(
        &self,
        configs: Vec<Value>,
        findings: Vec<FindingCounts>,
        references: Vec<References>,
    ) -> Walk<'a> {
        let validity = self.validity.clone();
        Walk::new(
            self.space.rules,
            validity,
            self.space.forced,
            configs,
            findings,
            references,
        )
    }

    fn is_within_limits(&self, config: &Value) -> bool {
        let configs = vec![
            self.space.current.clone(),
            config.clone(),
            self.space.target.clone(),
        ];
        let mut walk = self.walk(configs, Vec::new(), Vec::new());
        walk.limits();
        walk.violations.is_empty()
    }

    fn through(&self, path: &[usize]) -> Walk<'a> {
        self.walk(
            path.iter().map(|&at| self.configs[at].clone()).collect(),
            path.iter().map(|&at| self.findings[at].clone()).collect(),
            path.iter().map(|&at| self.references[at].clone()).collect(),
        )
    }

    /// Whether there can be a step from one config to another.
    fn is_step(&mut self, from: usize, to: usize) -> bool {
        if let Some(&is_step) = self.steps.get(&(from, to)) {
            return is_step;
        }
        let mut walk = self.through(&[from, to]);
        walk.create_only(0);
        walk.conflicts(0);
        walk.keep_one_of(0);
        walk.while_down();
        if walk.violations.is_empty() {
            walk.references(0);
        }
        if walk.violations.is_empty() {
            walk.conditions(0);
        }
        let is_step = walk.violations.is_empty();
        self.steps.insert((from, to), is_step);
        is_step
    }

    fn search(mut self, most: usize) -> Searched {
        let last = self.configs.len() - 1;
        if self.space.current == self.space.target {
            return Searched::Plan(Vec::new());
        }
        // How many steps each config is from the target.
        let mut away = vec![usize::MAX; self.configs.len()];
        away[last] = 0;
        let mut edge = vec![last];
        let mut steps = 0;
        while !edge.is_empty() {
            steps += 1;
            let unknown = (0..last).filter(|&at| away[at] == usize::MAX);
            let next: Vec<usize> = unknown
                .filter(|&from| edge.iter().any(|&to| self.is_step(from, to)))
                .collect();
            next.iter().for_each(|&at| away[at] = steps);
            edge = next;
        }
        if away[0] == usize::MAX {
            return Searched::Nothing;
        }
        let mut budget = most.saturating_mul(100);
        for length in away[0]..=away[0] + MOST_EXTRA_STEPS {
            let mut path = vec![0];
            if self.extend(&mut path, length, &away, &mut budget) {
                let configs = path[1..].iter().map(|&at| self.configs[at].clone());
                return Searched::Plan(configs.collect());
            }
        }
        Searched::TooLarge
    }

    /// Makes a path to the target of so many more steps that has all properties.
    fn extend(&mut self, path: &mut Vec<usize>, left: usize, away: &[usize], budget: &mut usize) -> bool {
        let at = path[path.len() - 1];
        let last = self.configs.len() - 1;
        if at == last {
            let mut walk = self.through(path);
            walk.judge();
            return walk.violations.is_empty();
        }
        for next in 1..=last {
            if away[next] >= left || path.contains(&next) || (next == last && left > 1) {
                continue;
            }
            if *budget == 0 {
                return false;
            }
            *budget -= 1;
            if self.is_step(at, next) {
                path.push(next);
                if self.extend(path, left - 1, away, budget) {
                    return true;
                }
                path.pop();
            }
        }
        false
    }
}
