//! Valid configs on the way to the target; what refers, and what conditions need or forbid.

use super::*;
use plan_check::{Rules, Tolerance};

#[test]
fn every_config_on_the_way_is_valid() {
    let current = switch();
    good(
        &current,
        &[
            &[("VLAN|Vlan1", json!({}))],
            &[("VLAN_MEMBER|Vlan1|Ethernet0", json!({}))],
        ],
    );
    let lanes = [("PORT|Ethernet4", port("0"))];
    let steps: &[Step] = &[&lanes, &[("PORT|Ethernet4", port("4"))]];
    let told = told(&judge(Disruption::AllAtOnce, &current, steps));
    assert!(
        told.iter()
            .any(|line| line.starts_with("step 0: Valid: /PORT/Ethernet4/lanes: ")),
        "{told:?}"
    );
    bad(
        Property::Valid,
        &current,
        &[&[("VLAN_MEMBER|Vlan1|Ethernet0", json!({}))]],
    );
    // A table is never left empty.
    let (_, target) = operations(&current, &[]);
    let empty = serde_json::from_value(json!([{"op": "add", "path": "/VLAN", "value": {}}])).unwrap();
    let back = serde_json::from_value(json!([{"op": "remove", "path": "/VLAN"}])).unwrap();
    let verdict = check(
        schema(),
        &Policy::shipped(),
        Disruption::Policy,
        &current,
        &target,
        &[empty, back],
    );
    broken(Property::Valid, &verdict);
}

#[test]
fn findings_that_were_there_can_be_tolerated() {
    let current = json!({"PORT": {"Ethernet0": {"lanes": "0", "mtu": "many"}}});
    let steps: &[Step] = &[&[("PORT|Ethernet1", port("1"))]];
    bad(Property::Valid, &current, steps);
    let (operations, target) = operations(&current, steps);
    let policy = Policy::shipped();
    let mut rules = Rules {
        schema: schema(),
        policy: &policy,
        disruption: Disruption::Policy,
        tolerance: Tolerance {
            preexisting: true,
            ..Tolerance::default()
        },
    };
    assert!(rules.check(&current, &target, &operations).is_good());
    rules.tolerance.preexisting = false;
    assert!(!rules.check(&current, &target, &operations).is_good());
}

#[test]
fn tables_without_a_model_can_be_excepted() {
    let current = switch();
    let steps: &[Step] = &[&[("OTHER|x", json!({"a": "b"}))]];
    bad(Property::Valid, &current, steps);
    let (operations, target) = operations(&current, steps);
    let rules = Rules {
        schema: schema(),
        policy: &Policy::shipped(),
        disruption: Disruption::Policy,
        tolerance: Tolerance {
            ignore_non_yang_tables: true,
            ..Tolerance::default()
        },
    };
    assert!(rules.check(&current, &target, &operations).is_good());
}

#[test]
fn the_steps_lead_to_the_target() {
    let current = switch();
    let (mut operations, target) = operations(&current, &[&[("VLAN|Vlan1", json!({}))]]);
    let policy = Policy::shipped();
    let judge = |operations: &[Vec<PatchOperation>]| {
        check(
            schema(),
            &policy,
            Disruption::Policy,
            &current,
            &target,
            operations,
        )
    };
    assert!(judge(&operations).is_good());
    broken(Property::Target, &judge(&[]));
    operations.push(serde_json::from_value(json!([{"op": "remove", "path": "/VRF"}])).unwrap());
    broken(Property::Target, &judge(&operations));
    // A list without elements has two forms.
    let table = |ports: Value| {
        with(
            switch(),
            json!({"ACL_TABLE": {"A": {"type": "L3", "ports": ports}}}),
        )
    };
    let none = check(
        schema(),
        &policy,
        Disruption::Policy,
        &table(json!([])),
        &table(json!([""])),
        &[],
    );
    assert!(none.is_good());
    assert_eq!(none.summary.lower_bound, 0);
}

#[test]
fn references_come_after_and_go_before() {
    let current = switch();
    let vlan = ("VLAN|Vlan1", json!({}));
    let member = ("VLAN_MEMBER|Vlan1|Ethernet0", json!({}));
    good(&current, &[&[vlan.clone()], &[member.clone()]]);
    bad(Property::References, &current, &[&[vlan, member]]);
    let both = with(
        switch(),
        json!({"VLAN": {"Vlan1": {}}, "VLAN_MEMBER": {"Vlan1|Ethernet0": {}}}),
    );
    let (no_vlan, no_member) = (("VLAN|Vlan1", NONE), ("VLAN_MEMBER|Vlan1|Ethernet0", NONE));
    good(&both, &[&[no_member.clone()], &[no_vlan.clone()]]);
    bad(Property::References, &both, &[&[no_member, no_vlan]]);
}

#[test]
fn elements_and_fields_refer_too() {
    let current = with(
        switch(),
        json!({"ACL_TABLE": {"A": {"ports": ["Ethernet0"]}}, "UPLINK": {"u": {"port": "Ethernet0"}}}),
    );
    let new = ("PORT|Ethernet4", port("4"));
    let ports = ("ACL_TABLE|A", json!({"ports": ["Ethernet0", "Ethernet4"]}));
    good(&current, &[&[new.clone()], &[ports.clone()]]);
    bad(Property::References, &current, &[&[new.clone(), ports]]);
    let uplink = ("UPLINK|u", json!({"port": "Ethernet4"}));
    good(&current, &[&[new.clone()], &[uplink.clone()]]);
    bad(Property::References, &current, &[&[new, uplink]]);
}

#[test]
fn one_target_that_stays_is_enough() {
    let sessions = |names: &[&str]| {
        let sessions: serde_json::Map<_, _> =
            names.iter().map(|name| ((*name).to_owned(), json!({}))).collect();
        json!({"SESSION": sessions})
    };
    let watch = ("WATCH|w", json!({"session": "s"}));
    let other = ("SESSION|blue|s", json!({}));
    good(&sessions(&["red|s"]), &[&[other.clone(), watch.clone()]]);
    bad(
        Property::References,
        &sessions(&["red|t"]),
        &[&[other.clone(), watch]],
    );
    let watched = with(sessions(&["red|s"]), json!({"WATCH": {"w": {"session": "s"}}}));
    bad(
        Property::References,
        &watched,
        &[&[other.clone(), ("SESSION|red|s", NONE)]],
    );
    good(&watched, &[&[other], &[("SESSION|red|s", NONE)]]);
}

#[test]
fn conditions_come_after_what_they_need() {
    let current = json!({"VRF": {"v": {}}});
    let (offer, needs) = (("OFFER|x", json!({})), ("NEEDS|x", json!({})));
    good(&current, &[&[offer.clone()], &[needs.clone()]]);
    bad(Property::Conditions, &current, &[&[offer.clone(), needs]]);
    good(
        &current,
        &[&[offer, ("NEEDS|y", NONE), ("VRF|w", json!({}))][..1]],
    );
    let both = json!({"OFFER": {"x": {}}, "NEEDS": {"x": {}}});
    good(&both, &[&[("NEEDS|x", NONE)], &[("OFFER|x", NONE)]]);
    bad(
        Property::Conditions,
        &both,
        &[&[("NEEDS|x", NONE), ("OFFER|x", NONE)]],
    );
}

#[test]
fn conditions_come_after_what_they_forbid() {
    let current = json!({"OFFER": {"x": {}}});
    let (gone, forbids) = (("OFFER|x", NONE), ("FORBIDS|x", json!({})));
    good(&current, &[&[gone.clone()], &[forbids.clone()]]);
    bad(Property::Conditions, &current, &[&[gone, forbids]]);
    let current = json!({"FORBIDS": {"x": {}}});
    good(&current, &[&[("FORBIDS|x", NONE)], &[("OFFER|x", json!({}))]]);
    bad(
        Property::Conditions,
        &current,
        &[&[("FORBIDS|x", NONE), ("OFFER|x", json!({}))]],
    );
}

#[test]
fn mutually_required_entries_are_created_together() {
    let current = json!({"VRF": {"v": {}}});
    let pair = |number: &str| {
        [
            ("LEFT|x", json!({"number": number})),
            ("RIGHT|x", json!({"number": number})),
        ]
    };
    good(&current, &[&pair("1")]);
    good(
        &json!({"LEFT": {"x": {"number": "1"}}, "RIGHT": {"x": {"number": "1"}}}),
        &[&pair("2")],
    );
    good(
        &json!({"LEFT": {"x": {"number": "1"}}, "RIGHT": {"x": {"number": "1"}}}),
        &[&[("LEFT|x", NONE), ("RIGHT|x", NONE)]],
    );
}

#[test]
fn entries_wanted_by_another_are_created_together() {
    let both: Step = &[("OFFER|x", json!({})), ("NEEDS|x", json!({}))];
    let current = json!({"GUARD": {"x": {}}});
    good(&current, &[both]);
    let gone: Step = &[("OFFER|x", NONE), ("NEEDS|x", NONE)];
    let all = json!({"GUARD": {"x": {}}, "OFFER": {"x": {}}, "NEEDS": {"x": {}}});
    good(&all, &[gone]);
    // The guard of another name has no say.
    bad(Property::Conditions, &json!({"GUARD": {"y": {}}}), &[both]);
}
