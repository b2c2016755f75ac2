//! A plan between two configs, judged; and what a refusal comes down to.

use plan_check::{Searched, check, search};
use serde_json::Value;
use sonicfg::config::{Config, EntryName, Write, differing_entries, entries};
use sonicfg::plan::{Disruption, Plan, PlanOptions, Refusal, plan};
use sonicfg::policy::Policy;
use sonicfg::schema::Schema;
use sonicfg::validate::validate;

/// What plans are made and judged by.
pub struct Bench<'s> {
    pub schema: &'s Schema,
    pub policy: &'s Policy,
    /// How many configs a search may look at.
    pub most_states: usize,
}

/// So many failures are made small and told.
pub const MOST_SHRUNK: usize = 12;

/// Two configs.
#[derive(Clone)]
pub struct Pair {
    pub current: Value,
    pub target: Value,
}

/// What came of the pairs.
#[derive(Debug, Default)]
pub struct Tally {
    pub plans: usize,
    pub steps: usize,
    /// Refused, and no plan there is, by trying all.
    pub impossible: usize,
    /// Refused, and too large to try all.
    pub undecided: usize,
    /// Refused by a limit, though a search finds a plan that a limit lets pass: one that takes a port
    /// up and down again between. Without the limit there is a plan.
    pub strict: usize,
    /// Plans of as many steps as the bound.
    pub at_bound: usize,
    /// Plans that a search was compared with, and how many have more steps.
    pub searched: usize,
    pub longer: usize,
    pub failures: Vec<String>,
}

impl Bench<'_> {
    fn plan(&self, disruption: Disruption, pair: &Pair) -> Result<Plan, Refusal> {
        let options = PlanOptions {
            disruption,
            ..PlanOptions::default()
        };
        plan(self.schema, self.policy, &options, &pair.current, &pair.target)
    }

    /// Plans a change, there and back, and notes what comes of it.
    pub fn there_and_back(&self, disruption: Disruption, pair: &Pair, searched: bool, tally: &mut Tally) {
        let back = Pair {
            current: pair.target.clone(),
            target: pair.current.clone(),
        };
        self.one(disruption, pair, searched, tally);
        self.one(disruption, &back, searched, tally);
    }

    fn one(&self, disruption: Disruption, pair: &Pair, searched: bool, tally: &mut Tally) {
        match self.plan(disruption, pair) {
            Ok(plan) => {
                tally.plans += 1;
                tally.steps += plan.steps.len();
                tally.at_bound += usize::from(plan.steps.len() == plan.summary.lower_bound);
                let wrong = self.wrong(disruption, pair, &plan);
                if tally.failures.len() >= MOST_SHRUNK && !wrong.is_empty() {
                    tally.failures.push(String::new());
                } else if !wrong.is_empty() {
                    let still = |pair: &Pair| match self.plan(disruption, pair) {
                        Ok(plan) => {
                            let now = self.wrong(disruption, pair, &plan);
                            now.iter().any(|now| kind(now) == kind(&wrong[0]))
                        }
                        Err(_) => false,
                    };
                    let small = self.shrunk(pair, still);
                    let plan = self.plan(disruption, &small);
                    let wrong = plan.as_ref().map(|plan| self.wrong(disruption, &small, plan));
                    let steps = plan.as_ref().map(steps);
                    tally
                        .failures
                        .push(format!("{}: {wrong:#?} {steps:#?}", told(disruption, &small)));
                } else if searched {
                    self.compare(disruption, pair, &plan, tally);
                }
            }
            Err(refusal) => self.refused(disruption, pair, &refusal, tally),
        }
    }

    /// What is wrong with a plan.
    fn wrong(&self, disruption: Disruption, pair: &Pair, plan: &Plan) -> Vec<String> {
        let operations = plan.operations(&pair.current);
        let (current, target) = (&pair.current, &pair.target);
        let verdict = check(self.schema, self.policy, disruption, current, target, &operations);
        let mut wrong: Vec<String> = verdict.violations.iter().map(ToString::to_string).collect();
        let mut end = current.clone();
        for operations in &operations {
            if json_patch::patch(&mut end, operations).is_err() {
                wrong.push("end: operations cannot be done".to_owned());
            }
        }
        if end != *target {
            wrong.push(format!("end: {end}"));
        }
        if !wrong.is_empty() {
            return wrong;
        }
        if plan.summary != verdict.summary {
            wrong.push(format!("summary: {:?} {:?}", plan.summary, verdict.summary));
        }
        let disrupts: Vec<_> = plan.steps.iter().map(|step| step.disrupts.clone()).collect();
        if disrupts != verdict.disrupts {
            wrong.push(format!("disrupts: {disrupts:?} {:?}", verdict.disrupts));
        }
        if self.plan(disruption, pair).as_ref() != Ok(plan) {
            wrong.push("again: another plan".to_owned());
        }
        wrong
    }

    /// Compares a plan with the shortest there is, where that can be found.
    fn compare(&self, disruption: Disruption, pair: &Pair, plan: &Plan, tally: &mut Tally) {
        if plan.steps.len() == plan.summary.lower_bound {
            tally.searched += 1;
            return;
        }
        let Searched::Plan(configs) = self.search(disruption, pair) else {
            return;
        };
        tally.searched += 1;
        if plan.steps.len() > configs.len() {
            tally.longer += 1;
            if std::env::var_os("SONICFG_PLAN_LONGER").is_some() {
                let is_longer =
                    |pair: &Pair| match (self.plan(disruption, pair), self.search(disruption, pair)) {
                        (Ok(plan), Searched::Plan(configs)) => plan.steps.len() > configs.len(),
                        _ => false,
                    };
                let small = self.shrunk(pair, is_longer);
                let plan = self.plan(disruption, &small);
                let steps = plan.as_ref().map(steps);
                println!("LONGER {}: {steps:#?}", told(disruption, &small));
            }
        }
    }

    fn search(&self, disruption: Disruption, pair: &Pair) -> Searched {
        let (current, target) = (&pair.current, &pair.target);
        search(
            self.schema,
            self.policy,
            disruption,
            current,
            target,
            self.most_states,
        )
    }

    /// A pair without a plan must be one that none leads through.
    fn refused(&self, disruption: Disruption, pair: &Pair, refusal: &Refusal, tally: &mut Tally) {
        let is_limit = matches!(refusal, Refusal::Limit { .. });
        if is_limit && let Err(other) = self.plan(Disruption::AllAtOnce, pair) {
            // Without the limit there is another reason, and that has to hold.
            if matches!(other, Refusal::Limit { .. }) {
                tally
                    .failures
                    .push(format!("{}: {other}", told(disruption, pair)));
            } else {
                self.refused(Disruption::AllAtOnce, pair, &other, tally);
            }
            return;
        }
        let mut searched = self.search(disruption, pair);
        let mut small = pair.clone();
        if searched == Searched::TooLarge {
            let still = |pair: &Pair| {
                self.plan(disruption, pair)
                    .is_err_and(|now| std::mem::discriminant(&now) == std::mem::discriminant(refusal))
            };
            small = self.shrunk(pair, still);
            searched = self.search(disruption, &small);
        }
        match searched {
            Searched::Nothing => tally.impossible += 1,
            Searched::TooLarge => {
                tally.undecided += 1;
                if std::env::var_os("SONICFG_PLAN_LONGER").is_some() {
                    println!("UNDECIDED {} {refusal}", told(disruption, &small));
                }
            }
            Searched::Plan(_) if is_limit => tally.strict += 1,
            Searched::Plan(_) if tally.failures.len() >= MOST_SHRUNK => tally.failures.push(String::new()),
            Searched::Plan(configs) => {
                let still = |pair: &Pair| {
                    self.plan(disruption, pair)
                        .is_err_and(|now| std::mem::discriminant(&now) == std::mem::discriminant(refusal))
                        && matches!(self.search(disruption, pair), Searched::Plan(_))
                };
                let small = self.shrunk(&small, still);
                let refusal = self.plan(disruption, &small).map(|plan| plan.steps.len());
                tally.failures.push(format!(
                    "{}: refused: {refusal:?}, but there are {} steps",
                    told(disruption, &small),
                    configs.len()
                ));
            }
        }
    }

    fn is_valid(&self, config: &Value) -> bool {
        validate(self.schema, self.policy, &Config::from_value("config", config)).errors() == 0
    }

    /// A smaller pair for which something still holds: changed entries and fields are taken back, what
    /// both have goes.
    fn shrunk(&self, pair: &Pair, still: impl Fn(&Pair) -> bool) -> Pair {
        let mut pair = pair.clone();
        loop {
            let mut smaller = Vec::new();
            for name in differing_entries(&pair.current, &pair.target) {
                smaller.push((name.clone(), name.find(&pair.current).cloned()));
                smaller.push((name.clone(), name.find(&pair.target).cloned()));
                smaller.push((name, None));
            }
            let both = entries(&pair.current).map(|(table, key, _)| EntryName::new(table, key));
            smaller.extend(both.map(|name| (name, None)));
            let mut changed = false;
            for (entry, value) in smaller {
                let write = Write { entry, value };
                let mut less = pair.clone();
                write.apply(&mut less.current);
                write.apply(&mut less.target);
                changed |= self.keep(&mut pair, less, &still);
            }
            let all = entries(&pair.current).chain(entries(&pair.target));
            let fields: Vec<(EntryName, String)> = all
                .flat_map(|(table, key, value)| {
                    let fields = value.as_object().into_iter().flatten();
                    fields.map(move |(field, _)| (EntryName::new(table, key), field.clone()))
                })
                .collect();
            for (name, field) in fields {
                let mut less = pair.clone();
                for config in [&mut less.current, &mut less.target] {
                    if let Some(value) = name.find(config).cloned() {
                        let mut value = value;
                        value.as_object_mut().unwrap().shift_remove(&field);
                        let (entry, value) = (name.clone(), Some(value));
                        Write { entry, value }.apply(config);
                    }
                }
                changed |= self.keep(&mut pair, less, &still);
            }
            if !changed {
                return pair;
            }
        }
    }

    fn keep(&self, pair: &mut Pair, less: Pair, still: impl Fn(&Pair) -> bool) -> bool {
        let differs = less.current != pair.current || less.target != pair.target;
        let good = differs && self.is_valid(&less.current) && self.is_valid(&less.target) && still(&less);
        if good {
            *pair = less;
        }
        good
    }
}

/// What a message is about, without names.
fn kind(message: &str) -> String {
    let words = message
        .split([':', ' '])
        .filter(|word| word.parse::<usize>().is_err());
    let mut words = words.filter(|word| !word.is_empty() && *word != "step");
    words.next().unwrap_or_default().to_owned()
}

fn told(disruption: Disruption, pair: &Pair) -> String {
    format!("{disruption:?}: {} -> {}", pair.current, pair.target)
}

fn steps(plan: &Plan) -> Vec<String> {
    let steps = plan.steps.iter().map(|step| {
        let writes = step.writes.iter().map(|write| match &write.value {
            Some(value) => format!("{} = {value}", write.entry),
            None => format!("{} -", write.entry),
        });
        writes.collect::<Vec<_>>().join(", ")
    });
    steps.collect()
}
