//! Plans: found, judged by `plan-check`, and as short as they can be.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::path::Path;

use plan_check::check;
use serde_json::{Value, json};
use sonicfg::config::{EntryName, Source};
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
    ("replace-t0real-by-t1real", 9, 119),
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
        // A table that loses its last entry goes with it, against the existing tool.
        if case["kind"] == "reject" && name.to_lowercase().starts_with("emptying_") {
            continue;
        }
        let target = patch.ignoring_absent_tables().apply(&Policy::shipped(), current);
        let plan = match &target {
            Err(error) if case["kind"] == "reject" => {
                println!("{name}: {error}");
                continue;
            }
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

#[test]
fn entries_of_other_line_cards_take_no_port_down() {
    let Some(shared) = common::shared() else { return };
    let schema = common::corpus_schema(&shared.join("corpus"));
    let port = |lanes: &str, index: &str| json!({"lanes": lanes, "speed": "100000", "alias": format!("a{index}"), "index": index, "admin_status": "up"});
    let metadata = json!({"hostname": "lc1", "asic_name": "Asic0", "switch_type": "voq", "switch_id": "0",
        "max_cores": "4", "mac": "00:00:00:00:00:01"});
    let current = json!({
        "PORT": {"Ethernet0": port("0", "0"), "Ethernet4": port("4", "1")},
        "DEVICE_METADATA": {"localhost": metadata},
        "SCHEDULER": {"s": {"type": "DWRR", "weight": "14"}},
    });
    let steps = |key: &str| {
        let mut target = current.clone();
        target["QUEUE"] = json!({ key: {"scheduler": "s"} });
        checked(key, &schema, Disruption::Policy, &current, &target)
            .unwrap()
            .steps
            .len()
    };
    assert_eq!(steps("lc2|asic0|Ethernet0|3"), 1);
    assert_eq!(steps("lc1|asic1|Ethernet0|3"), 1);
    assert_eq!(steps("lc1|asic0|Ethernet0|3"), 3);
}

/// Whole configs in place of each other, within the limits: few steps, and nothing away for long.
#[test]
fn whole_configs_replace_each_other_in_few_steps() {
    let Some(shared) = common::shared() else { return };
    let schema = common::corpus_schema(&shared.join("corpus"));
    let mut configs: Vec<(String, Value)> = Vec::new();
    for dir in std::fs::read_dir(shared.join("bench")).unwrap() {
        let file = dir.unwrap().path().join("current.json");
        let config = read(&file);
        if configs.iter().all(|(_, known)| *known != config) {
            let name = file.parent().unwrap().file_name().unwrap();
            configs.push((name.to_string_lossy().into_owned(), config));
        }
    }
    configs.sort_by(|one, other| one.0.cmp(&other.0));
    let policy = Policy::shipped();
    let options = PlanOptions::default();
    let mut planned = 0;
    for (from, current) in &configs {
        for (to, target) in configs.iter().filter(|(to, _)| to != from) {
            let plan = match plan(&schema, &policy, &options, current, target) {
                Ok(plan) => plan,
                Err(refusal) => {
                    assert!(
                        from.starts_with("tiny") || to.starts_with("tiny"),
                        "{from} -> {to}: {refusal}"
                    );
                    continue;
                }
            };
            planned += 1;
            let (steps, bound) = (plan.steps.len(), plan.summary.lower_bound);
            // A quarter of 56 ports at a time, each of which is away for three to five steps: no fewer than 18.
            let most = 3 * bound + 1;
            let interrupted = plan.interruptions();
            let longest = interrupted
                .iter()
                .map(|one| one.until - one.from)
                .max()
                .unwrap_or(0);
            println!("{from} -> {to}: {steps} steps, no fewer than {bound}; longest interruption {longest}");
            assert!(steps <= most, "{from} -> {to}: {steps} steps, bound {bound}");
            // What has to go with others, and come after them, takes its time even in the shortest plan.
            assert!(
                longest <= (steps / 3).max(bound - 1),
                "{from} -> {to}: {longest} of {steps}"
            );
            let times = |name: &EntryName| {
                plan.steps
                    .iter()
                    .filter(|step| step.disrupts.contains(name))
                    .count()
            };
            for one in &interrupted {
                assert!(times(&one.entry) <= 2, "{from} -> {to}: {}", one.entry);
            }
        }
    }
    assert!(planned >= 56, "{planned}");
}
