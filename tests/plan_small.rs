//! Plans for small switches, each a case that was wrong once; judged by `plan-check`.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use plan_check::check;
use serde_json::{Value, json};
use sonicfg::plan::{Disruption, Plan, PlanOptions, Refusal, plan};
use sonicfg::policy::Policy;
use sonicfg::schema::Schema;

/// Plans a change there and back, and has both plans judged. Gives the first.
#[track_caller]
fn planned(disruption: Disruption, current: &Value, target: &Value) -> Plan {
    let schema = common::small_switch();
    let there = judged(&schema, disruption, current, target);
    judged(&schema, disruption, target, current);
    there
}

#[track_caller]
fn judged(schema: &Schema, disruption: Disruption, current: &Value, target: &Value) -> Plan {
    let policy = Policy::shipped();
    let options = PlanOptions {
        disruption,
        ..PlanOptions::default()
    };
    let plan = match plan(schema, &policy, &options, current, target) {
        Ok(plan) => plan,
        Err(refusal) => panic!("{refusal}"),
    };
    let operations = plan.operations(current);
    let verdict = check(schema, &policy, disruption, current, target, &operations);
    let violations: Vec<String> = verdict.violations.iter().map(ToString::to_string).collect();
    assert_eq!(violations, Vec::<String>::new());
    assert_eq!(plan.summary, verdict.summary);
    let disrupts: Vec<_> = plan.steps.iter().map(|step| step.disrupts.clone()).collect();
    assert_eq!(disrupts, verdict.disrupts);
    plan
}

fn with(mut config: Value, more: Value) -> Value {
    for (table, entries) in more.as_object().unwrap() {
        config[table] = entries.clone();
    }
    config
}

/// Ports with lanes; the names of those that are up end with `+`.
fn ports(ports: &[(&str, &str)]) -> Value {
    let mut table = json!({});
    for (name, lanes) in ports {
        let mut port = json!({"lanes": lanes});
        if name.ends_with('+') {
            port["admin_status"] = json!("up");
        }
        table[name.trim_end_matches('+')] = port;
    }
    json!({"PORT": table})
}

const ALL: Disruption = Disruption::AllAtOnce;
const ONE: Disruption = Disruption::Rolling(1);

#[test]
fn port_taken_down_and_recreated_later_counts_as_interrupted() {
    let current = with(
        ports(&[("Ethernet0+", "0")]),
        json!({"BUFFER_PG": {"Ethernet0|1": {}}}),
    );
    let plan = planned(ALL, &current, &ports(&[("Ethernet0+", "1")]));
    assert_eq!(plan.steps[0].disrupts.len(), 1);
}

#[test]
fn lanes_are_swapped_and_passed_round_two_ports_at_a_time() {
    let lanes = |lanes: [&str; 3]| {
        ports(&[
            ("Ethernet0", lanes[0]),
            ("Ethernet1", lanes[1]),
            ("Ethernet2", lanes[2]),
        ])
    };
    let current = lanes(["0", "1", "2"]);
    // A lane is free in an earlier step than another port takes it.
    for disruption in [Disruption::Rolling(2), Disruption::Policy, ALL] {
        assert_eq!(
            planned(disruption, &current, &lanes(["1", "0", "2"])).steps.len(),
            2
        );
        let round = planned(disruption, &current, &lanes(["1", "2", "0"])).steps.len();
        assert_eq!(round, if disruption == ALL { 2 } else { 3 });
    }
    // Where the last one takes a free lane, one after the other can.
    let steps = planned(ONE, &current, &lanes(["1", "2", "3"])).steps.len();
    assert!(steps <= 6, "{steps}");
    let policy = Policy::shipped();
    let options = PlanOptions {
        disruption: ONE,
        ..PlanOptions::default()
    };
    let swapped = lanes(["1", "0", "2"]);
    let refused = plan(&common::small_switch(), &policy, &options, &current, &swapped);
    assert!(
        matches!(
            refused,
            Err(Refusal::Limit {
                needed: 2,
                limit: 1,
                ..
            })
        ),
        "{refused:?}"
    );
}

#[test]
fn lanes_are_passed_round_with_what_refers_to_the_ports() {
    let of = |lanes: [&str; 3]| {
        let ports = ports(&[
            ("Ethernet0", lanes[0]),
            ("Ethernet1", lanes[1]),
            ("Ethernet2", lanes[2]),
        ]);
        with(
            ports,
            json!({
                "TUNNEL": {"y": {"port": "Ethernet2"}},
                "ACL_TABLE": {"x": {"ports": ["Ethernet1"]}},
                "UPLINK": {"u": {"port": "Ethernet0"}},
            }),
        )
    };
    planned(Disruption::Rolling(2), &of(["2", "1", "0"]), &of(["0", "2", "3"]));
    planned(Disruption::Policy, &of(["2", "1", "0"]), &of(["0", "2", "1"]));
}

#[test]
fn port_giving_up_lanes_starts_before_the_port_taking_them() {
    let group = json!({"BUFFER_PG": {"Ethernet1|0": {}}});
    let of = |lanes: [&str; 3]| {
        let ports = ports(&[
            ("Ethernet0", lanes[0]),
            ("Ethernet1+", lanes[1]),
            ("Ethernet2", lanes[2]),
        ]);
        with(ports, group.clone())
    };
    planned(ONE, &of(["1", "2", "3"]), &of(["2", "3", "4"]));
    planned(Disruption::Policy, &of(["0", "1", "2"]), &of(["1", "2", "3"]));
}

#[test]
fn port_recreated_down_counts_for_the_limit() {
    let current = ports(&[("Ethernet0+", "0"), ("Ethernet2", "2")]);
    let target = with(
        ports(&[("Ethernet0+", "2"), ("Ethernet2", "4")]),
        json!({"BUFFER_PG": {"Ethernet0|0": {}}}),
    );
    planned(ONE, &current, &target);
}

#[test]
fn group_keeps_an_available_member_though_one_is_removed() {
    let of = |lanes: [&str; 2], members: Value| {
        with(
            ports(&[("Ethernet0", lanes[0]), ("Ethernet3", lanes[1])]),
            json!({"PORTCHANNEL": {"PortChannel2": {}}, "PORTCHANNEL_MEMBER": members}),
        )
    };
    let current = of(
        ["0", "3"],
        json!({"PortChannel2|Ethernet0": {}, "PortChannel2|Ethernet3": {}}),
    );
    let target = of(["2", "5"], json!({"PortChannel2|Ethernet3": {}}));
    planned(Disruption::Policy, &current, &target);
}

#[test]
fn dependent_by_condition_is_absent_while_the_port_is() {
    let listener = json!({"LISTENER": {"Ethernet0": {}}, "BUFFER_PG": {"Ethernet0|1": {}}});
    let of = |lanes: &str, more: &Value| with(ports(&[("Ethernet0+", lanes)]), more.clone());
    planned(ALL, &of("0", &listener), &of("1", &listener));
    // One that comes or goes for good waits for the port too.
    planned(ALL, &of("0", &json!({})), &of("1", &listener));
}

#[test]
fn list_moves_between_recreated_ports_by_an_edit() {
    let of = |lanes: [&str; 2], port: &str| {
        with(
            ports(&[("Ethernet0", lanes[0]), ("Ethernet2", lanes[1])]),
            json!({"ACL_TABLE": {"y": {"ports": [port]}}}),
        )
    };
    let plan = planned(ALL, &of(["0", "2"], "Ethernet0"), &of(["2", "4"], "Ethernet2"));
    assert_eq!(plan.summary.entries_recreated, 2);
}

#[test]
fn mandatory_reference_is_recreated_when_old_and_new_port_exclude_each_other() {
    let of = |lanes: [&str; 2], port: &str| {
        with(
            ports(&[("Ethernet0", lanes[0]), ("Ethernet1", lanes[1])]),
            json!({"TUNNEL": {"x": {"port": port}}}),
        )
    };
    let plan = planned(ALL, &of(["1", "2"], "Ethernet0"), &of(["0", "1"], "Ethernet1"));
    assert_eq!(plan.summary.entries_recreated, 3);
}

#[test]
fn mandatory_reference_is_recreated_when_another_port_takes_the_lanes() {
    let of = |port: &str| with(ports(&[(port, "4")]), json!({"TUNNEL": {"y": {"port": port}}}));
    let plan = planned(Disruption::Policy, &of("Ethernet3"), &of("Ethernet4"));
    assert_eq!(plan.steps.len(), 4);
}

#[test]
fn entries_required_together_are_created_together() {
    let current = json!({"GUARD": {"x": {}}});
    let target = json!({"GUARD": {"x": {}}, "OFFER": {"x": {}}, "NEEDS": {"x": {}}});
    assert_eq!(planned(ALL, &current, &target).steps.len(), 1);
}

#[test]
fn target_of_an_unchanged_reference_is_replaced_in_two_steps() {
    let of = |session: &str| json!({"SESSION": {session: {}}, "WATCH": {"w": {"session": "s"}}});
    assert_eq!(planned(ALL, &of("a|s"), &of("b|s")).steps.len(), 2);
}

#[test]
fn nothing_is_interrupted_where_nothing_may_be() {
    let schema = common::small_switch();
    let policy = Policy::shipped();
    let options = PlanOptions {
        disruption: Disruption::Rolling(0),
        ..PlanOptions::default()
    };
    let current = with(
        ports(&[("Ethernet0+", "0"), ("Ethernet1", "1")]),
        json!({"VLAN": {"Vlan1": {}}, "VLAN_MEMBER": {"Vlan1|Ethernet0": {"tagging_mode": "tagged"}}}),
    );
    let refused = |more: Value| {
        let target = with(current.clone(), more);
        plan(&schema, &policy, &options, &current, &target).map_err(|refusal| refusal.to_string())
    };
    let told = |more: Value| refused(more).unwrap_err();
    assert_eq!(
        told(json!({"VLAN_MEMBER": {"Vlan1|Ethernet0": {"tagging_mode": "untagged"}}})),
        "VLAN_MEMBER|Vlan1|Ethernet0 would be interrupted, and nothing may be"
    );
    assert_eq!(
        told(json!({"BUFFER_PG": {"Ethernet0|0": {}}})),
        "PORT|Ethernet0 would be interrupted, and nothing may be"
    );
    // What goes or comes, and what changes on a port that is down, interrupts nothing.
    assert!(refused(json!({"VLAN_MEMBER": {"Vlan1|Ethernet1": {}}})).is_ok());
    assert!(refused(json!({"BUFFER_PG": {"Ethernet1|0": {}}})).is_ok());
}

#[test]
fn one_thing_of_a_port_at_a_time() {
    let base = ports(&[("Ethernet0", "0"), ("Ethernet1", "1")]);
    let base = with(
        base,
        json!({"VLAN": {"Vlan1": {}, "Vlan2": {}}, "PORTCHANNEL": {"PortChannel1": {}, "PortChannel2": {}}}),
    );
    let of = |more: Value| with(base.clone(), more);
    let steps =
        |current: Value, target: Value| planned(Disruption::Policy, &of(current), &of(target)).steps.len();
    // The new name sorts before the old one, and after it.
    let in_lag = |lag: &str| json!({"PORTCHANNEL_MEMBER": {format!("{lag}|Ethernet0"): {}}});
    assert_eq!(steps(in_lag("PortChannel2"), in_lag("PortChannel1")), 2);
    let in_vlan =
        |vlan: &str| json!({"VLAN_MEMBER": {format!("{vlan}|Ethernet0"): {"tagging_mode": "untagged"}}});
    assert_eq!(steps(in_vlan("Vlan2"), in_vlan("Vlan1")), 2);
    assert_eq!(steps(in_vlan("Vlan1"), in_lag("PortChannel1")), 2);
    // Another port's membership is in nobody's way.
    let other = json!({"VLAN_MEMBER": {"Vlan1|Ethernet1": {"tagging_mode": "untagged"}}});
    assert_eq!(steps(in_vlan("Vlan1"), other), 1);
    let mode = |mode: &str| json!({"VLAN_MEMBER": {"Vlan1|Ethernet0": {"tagging_mode": mode}}});
    assert_eq!(steps(mode("tagged"), mode("untagged")), 2);
    // Ranges that overlap.
    let groups = |ranges: &[&str]| {
        let entries = ranges
            .iter()
            .map(|range| (format!("Ethernet0|{range}"), json!({})));
        json!({"BUFFER_PG": entries.collect::<serde_json::Map<_, _>>()})
    };
    assert_eq!(steps(groups(&["0-2", "7"]), groups(&["0-1", "7"])), 2);
    assert_eq!(steps(groups(&["0-2"]), groups(&["3-4"])), 1);
}

#[test]
fn sub_ports_of_a_breakout_come_in_a_later_step() {
    let whole = ports(&[("Ethernet0", "0,1"), ("Ethernet8", "8")]);
    let broken_out = ports(&[("Ethernet0", "0"), ("Ethernet1", "1"), ("Ethernet8", "8")]);
    let plan = planned(Disruption::Policy, &whole, &broken_out);
    assert_eq!(plan.steps.len(), 2);
    assert_eq!(plan.steps[0].writes.len(), 1);
}
