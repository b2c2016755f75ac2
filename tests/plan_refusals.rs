//! Changes that have no plan, and what is said of them.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::Path;

use plan_check::{Searched, check};
use plan_check::{impossible, search};
use serde_json::{Value, json};
use sonicfg::plan::{Disruption, Plan, PlanOptions, Refusal, plan};
use sonicfg::policy::Policy;
use sonicfg::schema::{Schema, Sources};

fn models(dir: &str) -> Schema {
    let mut sources = Sources::empty();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    sources.add_dir(&fixtures.join(dir)).unwrap();
    Schema::load(&sources, None).unwrap().schema
}

fn within(schema: &Schema, disruption: Disruption, current: &Value, target: &Value) -> Result<Plan, Refusal> {
    let options = PlanOptions {
        disruption,
        ..PlanOptions::default()
    };
    plan(schema, &Policy::shipped(), &options, current, target)
}

/// The refusal of a change that no plan leads through, by trying all.
#[track_caller]
fn refused(schema: &Schema, current: &Value, target: &Value) -> Refusal {
    let policy = Policy::shipped();
    let all = Disruption::AllAtOnce;
    assert_eq!(impossible(schema, &policy, all, current, target, 500), Some(true));
    within(schema, all, current, target).unwrap_err()
}

/// Asserts that a change is refused there and back, for entries that refer to each other.
#[track_caller]
fn cycle(current: &Value, target: &Value, names: &[&str]) {
    let schema = models("yang-cycle");
    for (from, to) in [(current, target), (target, current)] {
        let refusal = refused(&schema, from, to);
        let Refusal::Cycle(entries) = &refusal else {
            panic!("{refusal}")
        };
        let told: Vec<String> = entries.iter().map(ToString::to_string).collect();
        assert_eq!(told, names);
        let message = refusal.to_string();
        assert!(
            message.contains("refer to each other") && names.iter().all(|name| message.contains(name)),
            "{message}"
        );
    }
}

#[test]
fn mandatory_fields_make_a_cycle() {
    let alone = json!({"LONER": {"l": {}}});
    let pair = json!({
        "LONER": {"l": {}},
        "PLUG": {"p": {"socket": "s"}},
        "SOCKET": {"s": {"plug": "p"}},
    });
    cycle(&alone, &pair, &["PLUG|p", "SOCKET|s"]);
}

#[test]
fn keys_make_a_cycle() {
    let alone = json!({"LONER": {"l": {}}});
    let pair = json!({"LONER": {"l": {}}, "LOCK": {"x|y": {}}, "KEY": {"y|x": {}}});
    cycle(&alone, &pair, &["KEY|y|x", "LOCK|x|y"]);
}

#[test]
fn fields_that_may_be_left_out_make_none() {
    let schema = models("yang-cycle");
    let alone = json!({"LONER": {"l": {}}});
    let pair = json!({
        "LONER": {"l": {}},
        "FRIEND": {"a": {"friends": ["b", "c"]}, "b": {"friends": ["a"]}, "c": {"friends": ["b"]}},
    });
    let policy = Policy::shipped();
    for (from, to) in [(&alone, &pair), (&pair, &alone)] {
        let plan = within(&schema, Disruption::Policy, from, to).unwrap();
        let operations = plan.operations(from);
        let verdict = check(&schema, &policy, Disruption::Policy, from, to, &operations);
        assert!(verdict.is_good(), "{:#?}", verdict.violations);
        assert_eq!(plan.steps.len(), plan.summary.lower_bound);
    }
}

#[test]
fn contradictory_condition_and_reference_are_refused() {
    let schema = models("yang-plan");
    let alone = json!({"VRF": {"v": {}}});
    let ring = json!({"VRF": {"v": {}}, "RING": {"r": {}}, "RING_MEMBER": {"r|1": {}}});
    for (from, to) in [(&alone, &ring), (&ring, &alone)] {
        let refusal = refused(&schema, from, to);
        let Refusal::NoOrder { entries, .. } = &refusal else {
            panic!("{refusal}")
        };
        assert!(!entries.is_empty());
        assert!(refusal.to_string().contains("RING"), "{refusal}");
    }
}

#[test]
fn protected_entries_are_not_removed() {
    let schema = models("yang-plan");
    let all = json!({
        "VRF": {"v": {}},
        "LOOPBACK_INTERFACE": {"Loopback0": {}, "Loopback1": {}},
        "PFC_WD": {"GLOBAL": {"POLL_INTERVAL": "400"}, "Ethernet0": {"action": "drop"}},
    });
    let without = |pointer: &str| {
        let mut target = all.clone();
        let (above, name) = pointer.rsplit_once('/').unwrap();
        let above = target.pointer_mut(above).unwrap();
        above.as_object_mut().unwrap().shift_remove(name).unwrap();
        target
    };
    for removed in [
        "/LOOPBACK_INTERFACE/Loopback0",
        "/PFC_WD/GLOBAL",
        "/PFC_WD/GLOBAL/POLL_INTERVAL",
    ] {
        let refusal = refused(&schema, &all, &without(removed));
        let Refusal::Forbidden { pointer, .. } = &refusal else {
            panic!("{refusal}")
        };
        assert_eq!(pointer, removed);
        assert!(refusal.to_string().contains("may not remove"), "{refusal}");
    }
    // The whole table may go.
    for table in ["/LOOPBACK_INTERFACE", "/PFC_WD"] {
        within(&schema, Disruption::Policy, &all, &without(table)).unwrap();
    }
    // Others of the same tables, and the protected ones re-created.
    let mut moved = without("/LOOPBACK_INTERFACE/Loopback1");
    moved["LOOPBACK_INTERFACE"]["Loopback0"] = json!({"vrf_name": "v"});
    moved["PFC_WD"] = json!({"GLOBAL": {"POLL_INTERVAL": "200"}});
    within(&schema, Disruption::Policy, &all, &moved).unwrap();
}

#[test]
fn the_type_of_an_acl_does_not_change_with_its_rules() {
    let schema = models("yang-plan");
    let of = |name: &str, action: &str| {
        json!({
            "ACL_TABLE": {"A": {"type": name}, "AB": {"type": "L3"}},
            "ACL_RULE": {"A|r": {"action": action}, "AB|r": {"action": action}},
        })
    };
    let refusal = refused(&schema, &of("L3", "DROP"), &of("MIRROR", "FORWARD"));
    let Refusal::Forbidden { pointer, reason } = &refusal else {
        panic!("{refusal}")
    };
    assert_eq!(pointer, "/ACL_TABLE/A/type");
    assert!(reason.contains("ACL_RULE"), "{reason}");
    // One without the other, the rules of another table, and a table of the control plane.
    let mut other = of("MIRROR", "FORWARD");
    other["ACL_RULE"]["A|r"]["action"] = json!("DROP");
    for (current, target) in [
        (of("L3", "DROP"), of("MIRROR", "DROP")),
        (of("L3", "DROP"), of("L3", "FORWARD")),
        (of("L3", "DROP"), other),
        (of("CTRLPLANE", "DROP"), of("L3", "FORWARD")),
    ] {
        within(&schema, Disruption::Policy, &current, &target).unwrap();
    }
}

#[test]
fn unsatisfiable_limit_says_how_many_are_needed() {
    let schema = models("yang-plan");
    // Both ports have to be down at once: one must be, while it gives the other its lanes.
    let of = |lanes: [&str; 2]| {
        json!({
            "PORT": {
                "Ethernet0": {"lanes": lanes[0], "admin_status": "up"},
                "Ethernet1": {"lanes": lanes[1], "admin_status": "up"},
            },
            "PORTCHANNEL": {"PortChannel1": {}},
            "PORTCHANNEL_MEMBER": {"PortChannel1|Ethernet0": {}, "PortChannel1|Ethernet1": {}},
        })
    };
    let (current, target) = (of(["0", "1"]), of(["1", "0"]));
    let policy = Policy::shipped();
    let searched = search(&schema, &policy, Disruption::Policy, &current, &target, 500);
    assert_eq!(searched, Searched::Nothing);
    let refusal = within(&schema, Disruption::Policy, &current, &target).unwrap_err();
    assert!(matches!(refusal, Refusal::Limit { .. }), "{refusal}");
    let message = refusal.to_string();
    assert!(
        message.contains("2 of PORT") && message.contains("at most 1"),
        "{message}"
    );
    for disruption in [Disruption::AllAtOnce, Disruption::Rolling(2)] {
        within(&schema, disruption, &current, &target).unwrap();
    }
}

#[test]
fn tables_without_a_model_are_refused_or_changed_unchecked() {
    let schema = models("yang-plan");
    let current = json!({"VRF": {"v": {}}, "NEWS": {"a": {"x": "1"}}, "OLDS": {"a": {}}});
    let target = json!({"VRF": {"w": {}}, "NEWS": {"a": {"x": "2"}, "b": {}}});
    let refusal = within(&schema, Disruption::Policy, &current, &target).unwrap_err();
    assert_eq!(
        refusal,
        Refusal::NoModel(vec!["NEWS".to_owned(), "OLDS".to_owned()])
    );
    assert_eq!(refusal.to_string(), "no model covers NEWS, OLDS");
    // Those that stay as they are do not matter.
    let mut same = current.clone();
    same["VRF"] = json!({"w": {}});
    within(&schema, Disruption::Policy, &current, &same).unwrap();
    let options = PlanOptions {
        ignore_non_yang_tables: true,
        ..PlanOptions::default()
    };
    let plan = plan(&schema, &Policy::shipped(), &options, &current, &target).unwrap();
    assert_eq!(plan.steps.len(), 2);
    let first: Vec<&str> = plan.steps[0]
        .writes
        .iter()
        .map(|write| write.entry.table.as_str())
        .collect();
    assert_eq!(first, ["NEWS", "NEWS", "OLDS"]);
    let mut end = current.clone();
    for operations in plan.operations(&current) {
        json_patch::patch(&mut end, &operations).unwrap();
    }
    assert_eq!(end, target);
}
