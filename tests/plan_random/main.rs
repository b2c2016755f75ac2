//! Plans between random configs, judged by `plan-check`; where there is none, a search must find none.
//!
//! `SONICFG_PLAN_PAIRS` asks for so many pairs in each test, of a fresh seed beside the fixed one (or of
//! `SONICFG_PLAN_SEED`). `SONICFG_PLAN_LONGER` prints plans of more steps than needed, and refusals that
//! are too large to search.
#![allow(clippy::unwrap_used, clippy::panic)]

mod cascade;
#[path = "../common/mod.rs"]
mod common;
mod edits;
mod generator;
mod oracle;
mod switch;

use std::path::Path;
use std::sync::OnceLock;
use std::time::Instant;

use serde_json::Value;
use sonicfg::config::{Write, differing_entries};
use sonicfg::plan::Disruption;
use sonicfg::policy::Policy;
use sonicfg::schema::Schema;

use common::mutate::Random;
use generator::Generator;
use oracle::{Bench, MOST_SHRUNK, Pair, Tally};

const SEED: u64 = 20;

fn policy() -> &'static Policy {
    static POLICY: OnceLock<Policy> = OnceLock::new();
    POLICY.get_or_init(Policy::shipped)
}

/// The models of a small switch.
fn small() -> &'static Schema {
    static SCHEMA: OnceLock<Schema> = OnceLock::new();
    SCHEMA.get_or_init(common::small_switch)
}

fn models(shared: &Path) -> &'static Schema {
    static SCHEMA: OnceLock<Schema> = OnceLock::new();
    SCHEMA.get_or_init(|| common::corpus_schema(&shared.join("corpus")))
}

fn disruption(at: usize) -> Disruption {
    match at % 5 {
        0 | 1 => Disruption::Policy,
        2 => Disruption::AllAtOnce,
        3 => Disruption::Rolling(1),
        _ => Disruption::Rolling(2 + at % 2),
    }
}

/// Runs pairs of the fixed seed, and of a fresh one if more are asked for.
fn run(name: &str, usual: usize, bench: &Bench, mut pairs: impl FnMut(&mut Random) -> Option<Pair>) {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let mut rounds = vec![(SEED, usual)];
    if let Some(count) = number("SONICFG_PLAN_PAIRS") {
        let clock = std::time::UNIX_EPOCH.elapsed().unwrap().as_micros() as u64;
        rounds.push((number("SONICFG_PLAN_SEED").unwrap_or(clock), count as usize));
    }
    for (seed, count) in rounds {
        let begun = Instant::now();
        let mut random = Random::new(seed);
        let mut tally = Tally::default();
        let (mut seen, mut tried) = (0, 0);
        while seen < count && tried < count * 20 {
            tried += 1;
            let Some(pair) = pairs(&mut random) else { continue };
            let differing = differing_entries(&pair.current, &pair.target).len();
            if differing == 0 {
                continue;
            }
            bench.there_and_back(
                disruption(seen),
                &pair,
                differing <= 4 && seen % 4 == 0,
                &mut tally,
            );
            seen += 1;
        }
        let failures = std::mem::take(&mut tally.failures);
        println!(
            "{name}, seed {seed}: {seen} of {tried} pairs in {:?}: {tally:?}",
            begun.elapsed()
        );
        for failure in failures.iter().take(MOST_SHRUNK) {
            println!("{failure}\n");
        }
        assert!(
            failures.is_empty(),
            "{name}, seed {seed}: {} failures",
            failures.len()
        );
        assert!(
            tally.strict * 50 <= tally.plans,
            "{name}: {} refused by limits",
            tally.strict
        );
        assert_eq!(seen, count, "{name}: too few pairs of valid configs");
    }
}

fn small_bench() -> Bench<'static> {
    Bench {
        schema: small(),
        policy: policy(),
        most_states: 150,
    }
}

/// An entry in two is from another config.
fn nearby(current: &Value, other: &Value, random: &mut Random) -> Value {
    let mut target = current.clone();
    for entry in differing_entries(current, other) {
        if random.one_in(2) {
            let value = entry.find(other).cloned();
            Write { entry, value }.apply(&mut target);
        }
    }
    target
}

#[test]
fn small_switches_are_mixed() {
    let mut generator = Generator::new(small(), policy(), Vec::new());
    run("mixed", 850, &small_bench(), |random| {
        let current = generator.repaired(&switch::any(random), random)?;
        let target = nearby(&current, &switch::any(random), random);
        let target = generator.repaired(&target, random)?;
        Some(Pair { current, target })
    });
}

#[test]
fn small_switches_are_edited() {
    let mut random = Random::new(1);
    let sources = (0..30).map(|_| switch::any(&mut random)).collect();
    let mut generator = Generator::new(small(), policy(), sources);
    run("edited", 570, &small_bench(), |random| {
        let current = generator.repaired(&switch::any(random), random)?;
        let target = generator.edited(random)?;
        Some(Pair { current, target })
    });
}

/// The configs of the corpus.
fn corpus_configs(shared: &Path) -> Vec<Value> {
    let read = |path: &Path| -> Value { serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap() };
    let mut configs = vec![read(&shared.join("corpus/config_db/sample_config_db.json"))];
    for name in [
        "replace-t0real-by-t1real",
        "t1real-dpb1to4-free-4",
        "syn64-vlan-del-all",
    ] {
        let dir = shared.join("bench").join(name);
        configs.extend([read(&dir.join("current.json")), read(&dir.join("expected.json"))]);
    }
    for path in common::json_files(&shared.join("corpus/patch-cases")) {
        configs.push(read(&path)["current_config"].clone());
    }
    configs
}

fn corpus_pairs(name: &str, usual: usize, entries: usize) {
    let Some(shared) = common::shared() else { return };
    let schema = models(&shared);
    let mut generator = Generator::new(schema, policy(), corpus_configs(&shared));
    let bench = Bench {
        schema,
        policy: policy(),
        most_states: 60,
    };
    run(name, usual, &bench, |random| {
        let current = generator.cut(entries, random)?;
        let target = if random.one_in(8) {
            let other = generator.cut(entries, random)?;
            let target = nearby(&current, &other, random);
            generator.repaired(&target, random)?
        } else {
            generator.edited(random)?
        };
        Some(Pair { current, target })
    });
}

#[test]
fn cuts_of_the_corpus_are_edited() {
    corpus_pairs("cuts", 560, 4);
}

#[test]
fn larger_cuts_of_the_corpus_are_edited() {
    corpus_pairs("larger cuts", 20, 20);
}
