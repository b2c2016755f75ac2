//! Create-only fields, ports that have to be down, nothing touched without need, refused changes.

use super::*;

#[test]
fn create_only_fields_change_with_their_entry() {
    let current = with(
        switch(),
        json!({"VLAN": {"Vlan1": {}}, "VLAN_MEMBER": {"Vlan1|Ethernet0": {}}}),
    );
    let (gone, member) = (
        ("VLAN_MEMBER|Vlan1|Ethernet0", NONE),
        ("VLAN_MEMBER|Vlan1|Ethernet0", json!({})),
    );
    let new = ("PORT|Ethernet0", json!({"lanes": "4", "admin_status": "up"}));
    bad(Property::CreateOnly, &current, &[&[new.clone()]]);
    let verdict = good(
        &current,
        &[
            &[gone.clone()],
            &[("PORT|Ethernet0", NONE)],
            &[new.clone()],
            &[member.clone()],
        ],
    );
    assert_eq!(
        (verdict.summary.lower_bound, verdict.summary.entries_recreated),
        (4, 2)
    );
    let member_name = EntryName::new("VLAN_MEMBER", "Vlan1|Ethernet0");
    let port_name = EntryName::new("PORT", "Ethernet0");
    assert_eq!(
        verdict.disrupts,
        [vec![member_name], vec![port_name], vec![], vec![]]
    );
}

#[test]
fn some_entries_change_only_while_their_port_is_down() {
    let current = with(switch(), json!({"BUFFER_PROFILE": {"p": {}}}));
    let pg = ("BUFFER_PG|Ethernet0|3", json!({"profile": "p"}));
    let down = ("PORT|Ethernet0", json!({"lanes": "0", "admin_status": "down"}));
    let up = ("PORT|Ethernet0", json!({"lanes": "0", "admin_status": "up"}));
    let verdict = good(&current, &[&[down.clone()], &[pg.clone()], &[up.clone()]]);
    assert_eq!(verdict.summary.lower_bound, 3);
    assert_eq!(verdict.disrupts[0], [EntryName::new("PORT", "Ethernet0")]);
    bad(Property::WhileDown, &current, &[&[pg.clone()]]);
    let other = ("BUFFER_PG|Ethernet0|4", json!({"profile": "p"}));
    let together = [other.clone(), up.clone()];
    let told = bad(
        Property::WhileDown,
        &current,
        &[&[down.clone()], &[pg.clone()], &together],
    );
    assert_eq!(
        told,
        ["step 2: WhileDown: BUFFER_PG|Ethernet0|4 changes while PORT|Ethernet0 is up"]
    );
    // Not taken up while changes are left.
    bad(
        Property::WhileDown,
        &current,
        &[
            &[down.clone()],
            &[pg.clone()],
            &[up.clone()],
            &[down],
            &[other],
            &[up],
        ],
    );
}

#[test]
fn new_port_is_brought_up_after_its_changes() {
    let current = with(switch(), json!({"BUFFER_PROFILE": {"p": {}}}));
    let pg = ("BUFFER_PG|Ethernet4|3", json!({"profile": "p"}));
    let down = ("PORT|Ethernet4", port("4"));
    let up = ("PORT|Ethernet4", json!({"lanes": "4", "admin_status": "up"}));
    let verdict = good(&current, &[&[down], &[pg.clone()], &[up.clone()]]);
    assert_eq!(verdict.summary.lower_bound, 3);
    bad(Property::WhileDown, &current, &[&[up], &[pg]]);
}

#[test]
fn port_is_down_while_it_is_recreated_with_dependents() {
    let group = json!({"Ethernet0|3": {"profile": "p"}});
    let current = with(switch(), json!({"BUFFER_PROFILE": {"p": {}}, "BUFFER_PG": group}));
    let port =
        |lanes: &str, status: &str| ("PORT|Ethernet0", json!({"lanes": lanes, "admin_status": status}));
    let pg = |value: Value| ("BUFFER_PG|Ethernet0|3", value);
    let verdict = good(
        &current,
        &[
            &[port("0", "down")],
            &[pg(NONE)],
            &[("PORT|Ethernet0", NONE)],
            &[port("4", "down")],
            &[pg(json!({"profile": "p"}))],
            &[port("4", "up")],
        ],
    );
    assert_eq!(verdict.summary.lower_bound, 6);
    let disrupts = verdict.disrupts.iter().flatten().map(ToString::to_string);
    let expected = ["PORT|Ethernet0", "BUFFER_PG|Ethernet0|3", "PORT|Ethernet0"];
    assert_eq!(disrupts.collect::<Vec<_>>(), expected);
    bad(
        Property::WhileDown,
        &current,
        &[
            &[port("0", "down")],
            &[pg(NONE)],
            &[("PORT|Ethernet0", NONE)],
            &[port("4", "up")],
            &[port("4", "down")],
            &[pg(json!({"profile": "p"}))],
            &[port("4", "up")],
        ],
    );
}

#[test]
fn nothing_is_touched_without_need() {
    let current = with(switch(), json!({"VLAN": {"Vlan1": {"description": "a"}}}));
    let vlan = |text: &str| ("VLAN|Vlan1", json!({"description": text}));
    good(&current, &[&[vlan("b")]]);
    bad(
        Property::Needless,
        &current,
        &[&[("VLAN|Vlan1", NONE)], &[vlan("b")]],
    );
    bad(Property::Needless, &current, &[&[vlan("c")], &[vlan("b")]]);
    bad(
        Property::Needless,
        &current,
        &[&[("VLAN|Vlan1", json!({}))], &[vlan("b")]],
    );
    bad(
        Property::Needless,
        &current,
        &[&[vlan("b")], &[vlan("a")], &[vlan("b")]],
    );
    let stranger = ("VLAN|Vlan2", json!({}));
    bad(
        Property::Needless,
        &current,
        &[&[vlan("b"), stranger], &[("VLAN|Vlan2", NONE)]],
    );
    // A port goes down for a reason only.
    let down = ("PORT|Ethernet0", json!({"lanes": "0", "admin_status": "down"}));
    let up = ("PORT|Ethernet0", json!({"lanes": "0", "admin_status": "up"}));
    bad(
        Property::Needless,
        &current,
        &[&[down.clone()], &[vlan("b")], &[up.clone()]],
    );
    let unset = ("PORT|Ethernet0", port("0"));
    bad(
        Property::Needless,
        &current,
        &[&[unset], &[vlan("b")], &[up.clone()]],
    );
    let current = with(current, json!({"BUFFER_PROFILE": {"p": {}}}));
    let pg = ("BUFFER_PG|Ethernet0|3", json!({"profile": "p"}));
    bad(
        Property::Needless,
        &current,
        &[&[down.clone()], &[pg], &[up.clone()], &[down], &[up]],
    );
}

#[test]
fn references_to_a_recreated_entry_are_deleted_or_cleared() {
    let current = with(
        switch(),
        json!({
            "ACL_TABLE": {"A": {"type": "L3", "ports": ["Ethernet0", "Ethernet1"]}},
            "UPLINK": {"u": {"port": "Ethernet0", "note": "n"}},
            "TUNNEL": {"t": {"port": "Ethernet0"}},
            "TUNNEL_ADDRESS": {"t|1": {}},
        }),
    );
    let acl = |ports: Value| ("ACL_TABLE|A", json!({"type": "L3", "ports": ports}));
    let (less, all) = (acl(json!(["Ethernet1"])), acl(json!(["Ethernet0", "Ethernet1"])));
    let (lets_go, uplink) = (
        ("UPLINK|u", json!({"note": "n"})),
        ("UPLINK|u", json!({"port": "Ethernet0", "note": "n"})),
    );
    let (no_tunnel, tunnel) = (("TUNNEL|t", NONE), ("TUNNEL|t", json!({"port": "Ethernet0"})));
    let (no_address, address) = (("TUNNEL_ADDRESS|t|1", NONE), ("TUNNEL_ADDRESS|t|1", json!({})));
    let (gone, new) = (
        ("PORT|Ethernet0", NONE),
        ("PORT|Ethernet0", json!({"lanes": "4", "admin_status": "up"})),
    );
    let verdict = good(
        &current,
        &[
            &[less.clone(), lets_go.clone(), no_address.clone()],
            &[no_tunnel.clone()],
            &[gone.clone()],
            &[new.clone()],
            &[all.clone(), uplink.clone(), tunnel.clone()],
            &[address.clone()],
        ],
    );
    // The field that must be there is not known to the bound.
    assert_eq!(
        (verdict.summary.lower_bound, verdict.summary.entries_recreated),
        (4, 3)
    );
    let rest = |first: Vec<(&'static str, Value)>, last: Vec<(&'static str, Value)>| {
        let mut first = first;
        first.push(no_address.clone());
        let mut last = last;
        last.push(tunnel.clone());
        let steps: Vec<Vec<(&str, Value)>> = vec![
            first,
            vec![no_tunnel.clone()],
            vec![gone.clone()],
            vec![new.clone()],
            last,
            vec![address.clone()],
        ];
        let steps: Vec<Step> = steps.iter().map(Vec::as_slice).collect();
        bad(Property::Needless, &current, &steps)
    };
    // The whole list, the whole entry, more than the field, something else.
    rest(
        vec![acl(json!([""])), lets_go.clone()],
        vec![all.clone(), uplink.clone()],
    );
    rest(
        vec![("ACL_TABLE|A", json!({"type": "L3"})), lets_go.clone()],
        vec![all.clone(), uplink.clone()],
    );
    rest(
        vec![("ACL_TABLE|A", NONE), lets_go.clone()],
        vec![all.clone(), uplink.clone()],
    );
    rest(
        vec![less.clone(), ("UPLINK|u", NONE)],
        vec![all.clone(), uplink.clone()],
    );
    rest(vec![less.clone(), ("UPLINK|u", json!({}))], vec![all, uplink]);
}

#[test]
fn entries_requiring_a_recreated_entry_are_deleted_too() {
    let current = with(
        switch(),
        json!({"LISTENER": {"Ethernet0": {"note": "a"}, "Ethernet1": {}}}),
    );
    let gone = ("LISTENER|Ethernet0", NONE);
    let (no_port, port) = (("PORT|Ethernet0", NONE), ("PORT|Ethernet0", port("4")));
    for note in ["a", "b"] {
        let back = ("LISTENER|Ethernet0", json!({"note": note}));
        good(
            &current,
            &[
                &[gone.clone()],
                &[no_port.clone()],
                &[port.clone()],
                &[back.clone()],
            ],
        );
        let together = [port.clone(), back.clone()];
        bad(
            Property::Conditions,
            &current,
            &[&[gone.clone()], &[no_port.clone()], &together],
        );
        let other = ("LISTENER|Ethernet1", NONE);
        let steps: &[Step] = &[
            &[gone.clone(), other],
            &[no_port.clone()],
            &[port.clone()],
            &[back, ("LISTENER|Ethernet1", json!({}))],
        ];
        bad(Property::Needless, &current, steps);
    }
}

#[test]
fn entries_that_only_have_each_other_as_a_reason_have_none() {
    let current = with(
        json!({"VRF": {"v": {"kind": "a"}}}),
        json!({"LEFT": {"x": {"number": "1"}}, "RIGHT": {"x": {"number": "1"}}}),
    );
    let (left, right) = (
        ("LEFT|x", json!({"number": "1"})),
        ("RIGHT|x", json!({"number": "1"})),
    );
    let vrf = ("VRF|v", json!({"kind": "b"}));
    let told = bad(
        Property::Needless,
        &current,
        &[&[("LEFT|x", NONE), ("RIGHT|x", NONE)], &[vrf, left, right]],
    );
    assert_eq!(told.len(), 2);
}

#[test]
fn field_is_retargeted_directly() {
    let current = with(switch(), json!({"UPLINK": {"u": {"port": "Ethernet0"}}}));
    let new = ("PORT|Ethernet4", port("4"));
    let (empty, taken) = (
        ("UPLINK|u", json!({})),
        ("UPLINK|u", json!({"port": "Ethernet4"})),
    );
    let gone = ("PORT|Ethernet0", NONE);
    let verdict = good(&current, &[&[new.clone()], &[taken.clone()], &[gone.clone()]]);
    assert_eq!(verdict.summary.lower_bound, 3);
    bad(
        Property::Needless,
        &current,
        &[&[new.clone(), empty.clone()], &[taken.clone(), gone.clone()]],
    );
    bad(
        Property::Needless,
        &current,
        &[&[empty.clone()], &[gone.clone()], &[new], &[taken.clone()]],
    );
    // Where both cannot stand beside each other, it has to be empty meanwhile.
    let same = ("PORT|Ethernet4", port("0"));
    good(&current, &[&[empty], &[gone], &[same], &[taken]]);
}

#[test]
fn an_entry_that_cannot_be_edited_is_added_again() {
    let current = with(switch(), json!({"TUNNEL": {"t": {"port": "Ethernet0"}}}));
    let (gone, no_tunnel) = (("PORT|Ethernet0", NONE), ("TUNNEL|t", NONE));
    let tunnel = ("TUNNEL|t", json!({"port": "Ethernet4"}));
    good(
        &current,
        &[
            &[no_tunnel.clone()],
            &[gone.clone()],
            &[("PORT|Ethernet4", port("0"))],
            &[tunnel.clone()],
        ],
    );
    let free = ("PORT|Ethernet4", port("4"));
    good(&current, &[&[free.clone()], &[tunnel.clone()], &[gone.clone()]]);
    bad(
        Property::Needless,
        &current,
        &[&[no_tunnel], &[gone, free], &[tunnel]],
    );
}

#[test]
fn some_removals_are_refused() {
    let current = json!({
        "PFC_WD": {"GLOBAL": {"POLL_INTERVAL": "200"}, "Ethernet0": {"action": "drop"}},
        "LOOPBACK_INTERFACE": {"Loopback0": {}, "Loopback1": {}},
        "VRF": {"v": {}},
    });
    good(
        &current,
        &[&[("PFC_WD|Ethernet0", NONE), ("LOOPBACK_INTERFACE|Loopback1", NONE)]],
    );
    bad(Property::Refused, &current, &[&[("PFC_WD|GLOBAL", json!({}))]]);
    bad(
        Property::Refused,
        &current,
        &[&[("LOOPBACK_INTERFACE|Loopback0", NONE)]],
    );
    let told = bad(Property::Refused, &current, &[&[("PFC_WD|GLOBAL", NONE)]]);
    assert_eq!(
        told,
        [
            "Refused: /PFC_WD/GLOBAL is removed",
            "Refused: /PFC_WD/GLOBAL/POLL_INTERVAL is removed"
        ]
    );
    // The whole table may go.
    good(
        &current,
        &[&[("PFC_WD|GLOBAL", NONE), ("PFC_WD|Ethernet0", NONE)]],
    );
    // What comes again is not removed.
    let vrf = ("LOOPBACK_INTERFACE|Loopback0", json!({"vrf_name": "v"}));
    good(&current, &[&[("LOOPBACK_INTERFACE|Loopback0", NONE)], &[vrf]]);
}

#[test]
fn acl_type_and_rules_change_exclusively() {
    let current = |kind: &str| json!({"ACL_TABLE": {"A": {"type": kind}, "B": {}}, "ACL_RULE": {"A|1": {"action": "drop"}}});
    let table = |kind: &str| ("ACL_TABLE|A", json!({"type": kind}));
    let rule = ("ACL_RULE|A|1", json!({"action": "forward"}));
    good(&current("L3"), &[&[table("MIRROR")]]);
    good(&current("L3"), &[&[table("MIRROR"), ("ACL_RULE|B|1", json!({}))]]);
    bad(
        Property::Refused,
        &current("L3"),
        &[&[table("MIRROR")], &[rule.clone()]],
    );
    good(&current("CTRLPLANE"), &[&[table("L3"), rule]]);
}
