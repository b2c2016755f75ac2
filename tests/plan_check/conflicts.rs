//! What is in the way of what comes; entries that need one of some fields.

use super::*;

fn two_lags() -> Value {
    let groups = json!({"PortChannel1": {}, "PortChannel2": {}});
    with(
        switch(),
        json!({"PORTCHANNEL": groups, "PORTCHANNEL_MEMBER": {"PortChannel2|Ethernet0": {}}, "VLAN": {"Vlan1": {}}}),
    )
}

#[test]
fn what_a_port_is_used_for_goes_in_an_earlier_step() {
    let old = ("PORTCHANNEL_MEMBER|PortChannel2|Ethernet0", NONE);
    for new in [
        "PORTCHANNEL_MEMBER|PortChannel1|Ethernet0",
        "VLAN_MEMBER|Vlan1|Ethernet0",
    ] {
        let new = (new, json!({}));
        let verdict = good(&two_lags(), &[&[old.clone()], &[new.clone()]]);
        assert_eq!(verdict.summary.lower_bound, 2);
        bad(Property::Conflict, &two_lags(), &[&[old.clone(), new.clone()]]);
        bad(Property::Conflict, &two_lags(), &[&[new.clone()], &[old.clone()]]);
    }
    // Of another port, or a new use beside one that stays.
    let other = ("PORTCHANNEL_MEMBER|PortChannel1|Ethernet1", json!({}));
    assert_eq!(good(&two_lags(), &[&[old, other]]).summary.lower_bound, 1);
    good(&two_lags(), &[&[("VLAN_MEMBER|Vlan1|Ethernet0", json!({}))]]);
}

#[test]
fn ranges_do_not_overlap_between_two_steps() {
    let down = json!({"PORT": {"Ethernet0": {"lanes": "0"}}, "BUFFER_PG": {"Ethernet0|0-2": {}}});
    let old = ("BUFFER_PG|Ethernet0|0-2", NONE);
    let inside = ("BUFFER_PG|Ethernet0|2", json!({}));
    good(&down, &[&[old.clone()], &[inside.clone()]]);
    bad(Property::Conflict, &down, &[&[old.clone(), inside]]);
    good(&down, &[&[old, ("BUFFER_PG|Ethernet0|3-4", json!({}))]]);
}

#[test]
fn lanes_are_free_in_an_earlier_step() {
    let swap = [("PORT|Ethernet4", port("4")), ("PORT|Ethernet0", NONE)];
    let current = json!({"PORT": {"Ethernet0": {"lanes": "4"}}});
    bad(Property::Conflict, &current, &[&swap]);
    let verdict = good(&current, &[&[swap[1].clone()], &[swap[0].clone()]]);
    assert_eq!(verdict.summary.lower_bound, 2);
}

#[test]
fn entries_keep_one_of_the_fields_that_they_need() {
    let mut policy = Policy::shipped();
    policy
        .keep_one_of
        .insert("UPLINK".to_owned(), vec!["port".to_owned(), "note".to_owned()]);
    let current = with(switch(), json!({"UPLINK": {"u": {"port": "Ethernet0"}}}));
    let new = ("PORT|Ethernet0", json!({"lanes": "9", "admin_status": "up"}));
    let judge = |steps: &[Step]| {
        let (operations, target) = operations(&current, steps);
        check(
            schema(),
            &policy,
            Disruption::Policy,
            &current,
            &target,
            &operations,
        )
    };
    let uplink = ("UPLINK|u", json!({"port": "Ethernet0"}));
    let gone = ("PORT|Ethernet0", NONE);
    let removed: &[Step] = &[
        &[("UPLINK|u", NONE)],
        &[gone.clone()],
        &[new.clone()],
        &[uplink.clone()],
    ];
    assert_eq!(told(&judge(removed)), Vec::<String>::new());
    let emptied: &[Step] = &[&[("UPLINK|u", json!({}))], &[gone], &[new], &[uplink]];
    broken(Property::KeepOneOf, &judge(emptied));
}
