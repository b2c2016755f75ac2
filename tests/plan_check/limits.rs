//! How much is interrupted at once.

use super::*;

/// Removes and adds BGP neighbours, so many at a time.
fn neighbours(count: usize, at_once: usize) -> (Value, Vec<Vec<(String, Value)>>) {
    let names: Vec<String> = (0..count).map(|at| format!("10.0.0.{at}")).collect();
    let entries: serde_json::Map<_, _> = names
        .iter()
        .map(|name| (name.clone(), json!({"asn": "1"})))
        .collect();
    let mut steps: Vec<Vec<(String, Value)>> = Vec::new();
    let mut back = Vec::new();
    for names in names.chunks(at_once) {
        let full = |name: &String| format!("BGP_NEIGHBOR|{name}");
        let mut step = back;
        step.extend(names.iter().map(|name| (full(name), NONE)));
        steps.push(step);
        back = names
            .iter()
            .map(|name| (full(name), json!({"asn": "2"})))
            .collect();
    }
    steps.push(back);
    (json!({"BGP_NEIGHBOR": entries, "VRF": {"v": {}}}), steps)
}

#[test]
fn share_of_a_table_is_interrupted_at_once() {
    let run = |disruption, at_once| {
        let (current, steps) = neighbours(8, at_once);
        let steps: Vec<Vec<(&str, Value)>> = steps
            .iter()
            .map(|step| {
                step.iter()
                    .map(|(name, value)| (name.as_str(), value.clone()))
                    .collect()
            })
            .collect();
        let steps: Vec<Step> = steps.iter().map(Vec::as_slice).collect();
        judge(disruption, &current, &steps)
    };
    assert!(run(Disruption::Policy, 2).is_good());
    broken(Property::Limit, &run(Disruption::Policy, 3));
    assert!(run(Disruption::AllAtOnce, 8).is_good());
    assert!(run(Disruption::Rolling(3), 3).is_good());
    broken(Property::Limit, &run(Disruption::Rolling(2), 3));
}

#[test]
fn portchannel_keeps_an_available_member() {
    let members = |names: &[&str]| {
        let members: serde_json::Map<_, _> = names
            .iter()
            .map(|name| (format!("PC|{name}"), json!({})))
            .collect();
        let ports: serde_json::Map<_, _> = (0..8)
            .map(|at| {
                (
                    format!("Ethernet{at}"),
                    json!({"lanes": at.to_string(), "admin_status": "up"}),
                )
            })
            .collect();
        json!({"PORT": ports, "PORTCHANNEL": {"PC": {}}, "PORTCHANNEL_MEMBER": members,
               "BUFFER_PROFILE": {"p": {}}})
    };
    let port = |at: usize, status: &str| {
        let name = ["PORT|Ethernet0", "PORT|Ethernet1"][at];
        (name, json!({"lanes": at.to_string(), "admin_status": status}))
    };
    let pg = |at: usize| {
        (
            ["BUFFER_PG|Ethernet0|3", "BUFFER_PG|Ethernet1|3"][at],
            json!({"profile": "p"}),
        )
    };
    let both: &[Step] = &[
        &[port(0, "down"), port(1, "down")],
        &[pg(0), pg(1)],
        &[port(0, "up"), port(1, "up")],
    ];
    let turns: &[Step] = &[
        &[port(0, "down")],
        &[pg(0)],
        &[port(0, "up"), port(1, "down")],
        &[pg(1)],
        &[port(1, "up")],
    ];
    let pair = members(&["Ethernet0", "Ethernet1"]);
    good(&pair, turns);
    let told = bad(Property::Limit, &pair, both);
    assert!(told[0].contains("of PC is interrupted"), "{told:?}");
    assert!(judge(Disruption::Rolling(2), &pair, both).is_good());
    good(&members(&["Ethernet0", "Ethernet1", "Ethernet2"]), both);
    good(&members(&["Ethernet0"]), both);
}

#[test]
fn dependents_do_not_count_when_rolling() {
    let current = with(
        switch(),
        json!({"VLAN": {"Vlan1": {}, "Vlan2": {}}, "VLAN_MEMBER": {"Vlan1|Ethernet0": {}, "Vlan2|Ethernet0": {}}}),
    );
    let steps: &[Step] = &[
        &[
            ("VLAN_MEMBER|Vlan1|Ethernet0", NONE),
            ("VLAN_MEMBER|Vlan2|Ethernet0", NONE),
        ],
        &[("PORT|Ethernet0", NONE)],
        &[("PORT|Ethernet0", port("4"))],
        &[
            ("VLAN_MEMBER|Vlan1|Ethernet0", json!({})),
            ("VLAN_MEMBER|Vlan2|Ethernet0", json!({})),
        ],
    ];
    assert_eq!(
        told(&judge(Disruption::Rolling(1), &current, steps)),
        Vec::<String>::new()
    );
}
