//! All plans there are, and the bound that none of them is below.

use super::*;
use common::mutate::Random;
use plan_check::{Searched, impossible, lower_bound, search};
use sonicfg::config::{Config, differing_entries};
use sonicfg::validate::validate;

/// The fewest steps of any plan; `None` where there is none.
#[track_caller]
fn fewest(current: &Value, target: &Value) -> Option<usize> {
    let policy = Policy::shipped();
    let steps = match search(schema(), &policy, Disruption::Policy, current, target, 2000) {
        Searched::Plan(configs) => Some(configs.len()),
        Searched::Nothing => None,
        Searched::TooLarge => panic!("too large"),
    };
    let bound = lower_bound(schema(), &policy, current, target);
    assert!(steps.is_none_or(|steps| bound <= steps), "{bound} {steps:?}");
    steps
}

#[test]
fn search_finds_the_fewest_steps() {
    let current = with(
        switch(),
        json!({
            "VLAN": {"Vlan1": {}},
            "VLAN_MEMBER": {"Vlan1|Ethernet0": {}},
            "ACL_TABLE": {"A": {"ports": ["Ethernet0", "Ethernet1"]}},
            "BUFFER_PROFILE": {"p": {}},
        }),
    );
    let changed = |pointer: &str, value: Value| {
        let mut target = current.clone();
        let (above, name) = pointer.rsplit_once('/').unwrap();
        target.pointer_mut(above).unwrap()[name] = value;
        target
    };
    assert_eq!(fewest(&current, &current), Some(0));
    assert_eq!(
        fewest(&current, &changed("/VLAN/Vlan1/description", json!("d"))),
        Some(1)
    );
    assert_eq!(
        fewest(&current, &changed("/VLAN_MEMBER/Vlan1|Ethernet1", json!({}))),
        Some(1)
    );
    // A recreated port, with a member and a list that let go of it.
    assert_eq!(
        fewest(&current, &changed("/PORT/Ethernet0/lanes", json!("4"))),
        Some(4)
    );
    // A change that wants its port down.
    assert_eq!(
        fewest(
            &current,
            &changed("/BUFFER_PG", json!({"Ethernet2|3": {"profile": "p"}}))
        ),
        Some(3)
    );
    assert_eq!(
        fewest(
            &current,
            &changed("/BUFFER_PG", json!({"Ethernet0|3": {"profile": "p"}}))
        ),
        Some(3)
    );
}

#[test]
fn search_retargets_a_field_in_as_few_steps_as_can_be() {
    let current = with(switch(), json!({"UPLINK": {"u": {"port": "Ethernet0"}}}));
    let target = |lanes: &str| {
        let mut target = current.clone();
        let ports = target["PORT"].as_object_mut().unwrap();
        ports.remove("Ethernet0");
        ports.insert("Ethernet4".to_owned(), port(lanes));
        target["UPLINK"]["u"]["port"] = json!("Ethernet4");
        target
    };
    assert_eq!(fewest(&current, &target("4")), Some(3));
    // The lane is free before the other port takes it.
    assert_eq!(fewest(&current, &target("0")), Some(4));
}

#[test]
fn limits_make_plans_longer() {
    let policy = Policy::shipped();
    let neighbours =
        |asn: &str| json!({"BGP_NEIGHBOR": {"a": {"asn": asn}, "b": {"asn": asn}, "c": {"asn": "9"}}});
    let steps = |disruption| match search(
        schema(),
        &policy,
        disruption,
        &neighbours("1"),
        &neighbours("2"),
        500,
    ) {
        Searched::Plan(configs) => configs.len(),
        other => panic!("{other:?}"),
    };
    assert_eq!(steps(Disruption::AllAtOnce), 2);
    assert_eq!(steps(Disruption::Rolling(2)), 2);
    assert_eq!(steps(Disruption::Rolling(1)), 3);
    assert_eq!(steps(Disruption::Policy), 3);
}

#[test]
fn impossible_changes_are_recognized() {
    let policy = Policy::shipped();
    let is_impossible = |current: &Value, target: &Value, most| {
        impossible(schema(), &policy, Disruption::Policy, current, target, most)
    };
    // Two entries that each must go before the other comes.
    let current = json!({"OFFER": {"x": {}}, "FORBIDS": {"y": {}}});
    let swapped = json!({"OFFER": {"y": {}}, "FORBIDS": {"x": {}}});
    assert_eq!(is_impossible(&current, &swapped, 1000), Some(false));
    // A removal that is refused, a target that is not valid.
    let loopback = json!({"LOOPBACK_INTERFACE": {"Loopback0": {}, "Loopback1": {}}, "VRF": {"v": {}}});
    let vrf = json!({"LOOPBACK_INTERFACE": {"Loopback1": {}}, "VRF": {"v": {}}});
    assert_eq!(is_impossible(&loopback, &vrf, 1000), Some(true));
    let dangling = json!({"TUNNEL": {"t": {"port": "Ethernet9"}}});
    assert_eq!(is_impossible(&vrf, &dangling, 1000), Some(true));
    // A condition wants together what a reference wants apart.
    let ring = with(
        vrf.clone(),
        json!({"RING": {"r": {}}, "RING_MEMBER": {"r|1": {}}}),
    );
    assert_eq!(is_impossible(&vrf, &ring, 1000), Some(true));
    assert_eq!(is_impossible(&ring, &vrf, 1000), Some(true));
    assert_eq!(is_impossible(&vrf, &ring, 1), None);
}

/// A config of a few entries, valid or not.
fn any_config(random: &mut Random) -> Value {
    let mut config = json!({"BUFFER_PROFILE": {"p": {}}});
    let ports = ["Ethernet0", "Ethernet1"];
    let mut put = |table: &str, key: &str, value: Value| {
        let value = Some(value);
        let entry = EntryName::new(table, key);
        Write { entry, value }.apply(&mut config);
    };
    for (at, name) in ports.iter().enumerate() {
        if random.one_in(5) {
            continue;
        }
        let lanes = [at.to_string(), "2".to_owned()][usize::from(random.one_in(4))].clone();
        let mut port = json!({"lanes": lanes});
        if random.one_in(2) {
            port["admin_status"] = json!(["up", "down"][random.below(2)]);
        }
        put("PORT", name, port);
    }
    let some = |random: &mut Random| ports[random.below(2)];
    if random.one_in(2) {
        put("VLAN", "Vlan1", json!({}));
        if random.one_in(2) {
            put("VLAN_MEMBER", &format!("Vlan1|{}", some(random)), json!({}));
        }
    }
    if random.one_in(3) {
        put("UPLINK", "u", json!({"port": some(random)}));
    }
    if random.one_in(3) {
        put("TUNNEL", "t", json!({"port": some(random)}));
        if random.one_in(2) {
            put("TUNNEL_ADDRESS", "t|1", json!({}));
        }
    }
    if random.one_in(3) {
        let lists = [
            json!([""]),
            json!(["Ethernet0"]),
            json!(["Ethernet1"]),
            json!(["Ethernet0", "Ethernet1"]),
        ];
        put("ACL_TABLE", "A", json!({"ports": lists[random.below(4)]}));
    }
    if random.one_in(3) {
        put(
            "BUFFER_PG",
            &format!("{}|3", some(random)),
            json!({"profile": "p"}),
        );
    }
    if random.one_in(4) {
        put("NEEDS", "x", json!({}));
    }
    if random.one_in(3) {
        put("OFFER", "x", json!({}));
    }
    if random.one_in(4) {
        put("FORBIDS", "x", json!({}));
    }
    if random.one_in(6) {
        let number = random.below(2).to_string();
        put("LEFT", "x", json!({"number": number}));
        put("RIGHT", "x", json!({"number": number}));
    }
    config
}

/// What a target of its own and a current config have in common: an entry in this many is from it.
fn nearby(current: &Value, random: &mut Random) -> Value {
    let other = any_config(random);
    let mut target = current.clone();
    for name in differing_entries(current, &other) {
        if random.one_in(2) {
            let value = name.find(&other).cloned();
            Write { entry: name, value }.apply(&mut target);
        }
    }
    target
}

/// `PLAN_CHECK_CASES` and `PLAN_CHECK_SEED` make it look at more, or at others.
#[test]
fn no_plan_has_fewer_steps_than_the_bound() {
    let policy = Policy::shipped();
    let count = std::env::var("PLAN_CHECK_CASES")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(40);
    let seed = std::env::var("PLAN_CHECK_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or(1);
    let mut random = Random::new(seed);
    let is_valid =
        |config: &Value| validate(schema(), &policy, &Config::from_value("c", config)).errors() == 0;
    let (mut seen, mut sharp, mut without) = (0, 0, 0);
    while seen < count {
        let current = any_config(&mut random);
        let target = nearby(&current, &mut random);
        if !is_valid(&current) || !is_valid(&target) || current == target {
            continue;
        }
        let found = search(schema(), &policy, Disruption::AllAtOnce, &current, &target, 300);
        let bound = lower_bound(schema(), &policy, &current, &target);
        match found {
            Searched::Plan(configs) => {
                assert!(
                    bound <= configs.len(),
                    "{bound}: {current} to {target} by {configs:#?}"
                );
                sharp += usize::from(bound == configs.len());
            }
            Searched::Nothing => {
                without += 1;
            }
            Searched::TooLarge => continue,
        }
        seen += 1;
    }
    eprintln!("{seen} changes, {without} without a plan, {sharp} of as many steps as the bound");
}
