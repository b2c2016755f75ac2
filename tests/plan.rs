//! Plans: found, judged by `plan-check`, and as short as they can be.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::path::Path;

use plan_check::check;
use serde_json::Value;
use sonicfg::config::Source;
use sonicfg::patch::Patch;
use sonicfg::plan::{Disruption, Plan, PlanOptions, Refusal, plan};
use sonicfg::policy::Policy;
use sonicfg::schema::Schema;

fn read(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Makes a plan and has it judged.
fn checked(
    name: &str,
    schema: &Schema,
    disruption: Disruption,
    current: &Value,
    target: &Value,
) -> Result<Plan, Refusal> {
    let policy = Policy::shipped();
    let options = PlanOptions {
        disruption,
        ..PlanOptions::default()
    };
    let plan = plan(schema, &policy, &options, current, target)?;
    let operations = plan.operations(current);
    let verdict = check(schema, &policy, disruption, current, target, &operations);
    let violations: Vec<String> = verdict.violations.iter().map(ToString::to_string).collect();
    assert!(violations.is_empty(), "{name} {disruption:?}: {violations:#?}");
    assert_eq!(plan.summary, verdict.summary, "{name} {disruption:?}");
    let disrupts: Vec<_> = plan.steps.iter().map(|step| step.disrupts.clone()).collect();
    assert_eq!(disrupts, verdict.disrupts, "{name} {disruption:?}");
    Ok(plan)
}

/// The most steps and recreations with everything at once, where more is known than what the peer does.
const ALL_AT_ONCE: [(&str, usize, usize); 5] = [
    ("replace-t0real-by-t1real", 9, 117),
    ("t1real-bgp-timers-48", 2, 48),
    ("t1real-dpb1to4-active-1", 6, 17),
    ("t1real-qosmap-28port", 3, 0),
    ("tiny-bgp-createonly-200", 2, 200),
];

#[test]
fn bench_cases_are_planned_and_judged() {
    let Some(shared) = common::shared() else { return };
    let schema = common::corpus_schema(&shared.join("corpus"));
    let mut dirs: Vec<_> = std::fs::read_dir(shared.join("bench"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("peer.json").exists())
        .collect();
    dirs.sort();
    assert!(dirs.len() >= 25);
    for dir in dirs {
        let name = dir.file_name().unwrap().to_str().unwrap();
        let (current, target) = (read(&dir.join("current.json")), read(&dir.join("expected.json")));
        let peer = read(&dir.join("peer.json"))["steps"]
            .as_u64()
            .map(|steps| steps as usize);
        for disruption in [Disruption::Policy, Disruption::AllAtOnce] {
            let plan = match checked(name, &schema, disruption, &current, &target) {
                Ok(plan) => plan,
                Err(refusal) => panic!("{name} {disruption:?}: {refusal}"),
            };
            println!("{name:32} {disruption:?}: {:?}, peer {peer:?}", plan.summary);
            let steps = plan.steps.len();
            assert!(
                peer.is_none_or(|peer| steps <= peer),
                "{name} {disruption:?}: {steps}"
            );
            let known = ALL_AT_ONCE.iter().find(|(known, ..)| *known == name);
            if let Some((_, most, recreated)) = known {
                let most = if disruption == Disruption::AllAtOnce {
                    *most
                } else {
                    10.max(*most)
                };
                assert!(
                    steps <= most || name.starts_with("replace"),
                    "{name} {disruption:?}: {steps}"
                );
                assert!(
                    plan.summary.entries_recreated <= *recreated,
                    "{name} {disruption:?}"
                );
            }
        }
    }
}

#[test]
fn patch_cases_are_planned_or_refused() {
    let Some(shared) = common::shared() else { return };
    let corpus = shared.join("corpus");
    let schema = common::corpus_schema(&corpus);
    let cases = common::json_files(&corpus.join("patch-cases"));
    assert!(cases.len() >= 25);
    for path in cases {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let case = read(&path);
        let patch = Patch::parse(Source::new(name, case["patch"].to_string())).unwrap();
        let current = &case["current_config"];
        let target = patch.apply(&Policy::shipped(), current);
        let plan = match &target {
            Ok(target) => checked(name, &schema, Disruption::Policy, current, target),
            Err(error) => panic!("{name}: {error}"),
        };
        let steps = case["expected_changes"].as_array().map_or(0, Vec::len);
        match (case["kind"].as_str().unwrap(), plan) {
            ("reject", Err(refusal)) => println!("{name}: {refusal}"),
            ("reject", Ok(plan)) => panic!("{name}: {:?}", plan.summary),
            (_, Err(refusal)) => panic!("{name}: {refusal}"),
            (_, Ok(plan)) => {
                println!("{name}: {:?}, peer {steps}", plan.summary);
                assert!(plan.steps.len() <= steps, "{name}: {}", plan.steps.len());
            }
        }
    }
}
