//! Plans on the models of the corpus.

use std::collections::BTreeMap;

use super::*;
use common::{corpus, corpus_schema, json_files};

/// The schema of the corpus, if it is there.
fn models() -> Option<&'static Schema> {
    static SCHEMA: OnceLock<Option<Schema>> = OnceLock::new();
    let schema = SCHEMA.get_or_init(|| Some(corpus_schema(&corpus()?)));
    schema.as_ref()
}

/// A config of the corpus' cases of patches, and what its patch makes of it.
fn case(name: &str) -> (Value, Value, Value) {
    let file = corpus().unwrap().join("patch-cases").join(name);
    let case: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let current = case["current_config"].clone();
    let mut target = current.clone();
    let patch: Vec<PatchOperation> = serde_json::from_value(case["patch"].clone()).unwrap();
    // Some patches name tables that another tool adds by itself.
    let _ = json_patch::patch(&mut target, &patch);
    (case, current, target)
}

fn judge_models(schema: &Schema, current: &Value, steps: &[Step]) -> Verdict {
    let (operations, target) = operations(current, steps);
    check(
        schema,
        &Policy::shipped(),
        Disruption::AllAtOnce,
        current,
        &target,
        &operations,
    )
}

#[test]
fn steps_of_another_tool_are_good_but_not_all_at_once() {
    let Some(schema) = models() else { return };
    let policy = Policy::shipped();
    let mut count = BTreeMap::new();
    for file in json_files(&corpus().unwrap().join("patch-cases")) {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let (case, current, target) = case(&name);
        let Some(steps) = case.get("expected_changes") else {
            continue;
        };
        let steps: Vec<Vec<PatchOperation>> = serde_json::from_value(steps.clone()).unwrap();
        let verdict = check(schema, &policy, Disruption::Policy, &current, &target, &steps);
        assert_eq!(told(&verdict), Vec::<String>::new(), "{name}");
        assert!(verdict.summary.lower_bound <= steps.len(), "{name}");
        if verdict.summary.lower_bound > 1 {
            let at_once = vec![steps.concat()];
            let verdict = check(schema, &policy, Disruption::Policy, &current, &target, &at_once);
            for violation in verdict.violations {
                *count.entry(violation.property).or_insert(0) += 1;
            }
        }
    }
    let properties: Vec<Property> = count.into_keys().collect();
    let expected = [
        Property::References,
        Property::Conditions,
        Property::CreateOnly,
        Property::WhileDown,
    ];
    assert_eq!(properties, expected);
}

#[test]
fn four_ports_become_one_in_four_steps() {
    let Some(schema) = models() else { return };
    let (_, current, target) = case("dpb_4_to_1__success.json");
    let port = target["PORT"]["Ethernet0"].clone();
    let mut acl = current["ACL_TABLE"]["NO-NSW-PACL-V4"].clone();
    let names: Vec<String> = (0..4).map(|at| format!("PORT|Ethernet{at}")).collect();
    let members: Vec<String> = (0..4)
        .map(|at| format!("VLAN_MEMBER|Vlan100|Ethernet{at}"))
        .collect();
    let gone = |names: &[String]| -> Vec<(String, Value)> {
        names.iter().map(|name| (name.clone(), NONE)).collect()
    };
    let (no_members, no_ports) = (gone(&members), gone(&names));
    let mut first: Vec<(&str, Value)> = no_members
        .iter()
        .map(|(name, value)| (name.as_str(), value.clone()))
        .collect();
    // An empty list cannot stand where the model has a default.
    acl.as_object_mut().unwrap().remove("ports");
    first.push(("ACL_TABLE|NO-NSW-PACL-V4", acl.clone()));
    acl["ports"] = json!(["Ethernet0"]);
    let second: Vec<(&str, Value)> = no_ports
        .iter()
        .map(|(name, value)| (name.as_str(), value.clone()))
        .collect();
    let last = [
        ("ACL_TABLE|NO-NSW-PACL-V4", acl),
        (
            "VLAN_MEMBER|Vlan100|Ethernet0",
            json!({"tagging_mode": "untagged"}),
        ),
    ];
    let steps: &[Step] = &[&first, &second, &[("PORT|Ethernet0", port)], &last];
    let (operations, end) = operations(&current, steps);
    assert_eq!(end, target);
    let verdict = check(
        schema,
        &Policy::shipped(),
        Disruption::Policy,
        &current,
        &target,
        &operations,
    );
    assert_eq!(told(&verdict), Vec::<String>::new());
    assert_eq!(verdict.summary.lower_bound, 4);
}

#[test]
fn addresses_come_after_their_interface_by_a_condition() {
    let Some(schema) = models() else { return };
    let (_, current, _) = case("remove_2_items_with_dependency_from_same_table__success.json");
    let (address, interface) = (
        ("INTERFACE|Ethernet8|10.0.0.1/30", NONE),
        ("INTERFACE|Ethernet8", NONE),
    );
    let apart = judge_models(schema, &current, &[&[address.clone()], &[interface.clone()]]);
    assert_eq!(told(&apart), Vec::<String>::new());
    let together = judge_models(schema, &current, &[&[address, interface]]);
    assert_eq!(broken(Property::Conditions, &together).len(), 1);
}

#[test]
fn members_of_one_port_are_independent_although_a_condition_counts_them() {
    let Some(schema) = models() else { return };
    let current = json!({
        "PORT": {"Ethernet0": {"lanes": "0", "speed": "10000"}, "Ethernet4": {"lanes": "4", "speed": "10000"}},
        "VLAN": {"Vlan100": {"vlanid": "100"}, "Vlan200": {"vlanid": "200"}},
    });
    let member = |name, mode: &str| (name, json!({"tagging_mode": mode}));
    let steps: &[Step] = &[&[
        member("VLAN_MEMBER|Vlan100|Ethernet0", "tagged"),
        member("VLAN_MEMBER|Vlan100|Ethernet4", "untagged"),
        member("VLAN_MEMBER|Vlan200|Ethernet0", "untagged"),
    ]];
    assert_eq!(told(&judge_models(schema, &current, steps)), Vec::<String>::new());
    // The one that is untagged goes before another one is.
    let (_, both) = operations(&current, steps);
    let moved = [
        ("VLAN_MEMBER|Vlan200|Ethernet0", NONE),
        member("VLAN_MEMBER|Vlan100|Ethernet0", "untagged"),
    ];
    let verdict = judge_models(schema, &both, &[&moved]);
    let is_condition = |violation: &plan_check::Violation| violation.property == Property::Conditions;
    assert!(
        verdict.violations.iter().any(is_condition),
        "{:?}",
        told(&verdict)
    );
    let [gone, untagged] = moved;
    let old = ("VLAN_MEMBER|Vlan100|Ethernet0", NONE);
    assert_eq!(
        told(&judge_models(schema, &both, &[&[gone, old], &[untagged]])),
        Vec::<String>::new()
    );
}
