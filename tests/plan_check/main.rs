//! Plans that break one property each, beside neighbours that keep it.

#![allow(clippy::unwrap_used, clippy::panic)]
#![allow(
    clippy::cloned_ref_to_slice_refs,
    reason = "a step is a slice of writes, one or many"
)]

#[path = "../common/mod.rs"]
mod common;
mod corpus;

use std::path::Path;
use std::sync::OnceLock;

use common::mutate::Random;
use json_patch::PatchOperation;
use serde_json::{Value, json};
use sonicfg::config::{Config, EntryName, Write, differing_entries, pointer};
use sonicfg::plan::Disruption;
use sonicfg::plan::check::{
    Property, Rules, Searched, Tolerance, Verdict, check, impossible, lower_bound, search,
};
use sonicfg::policy::Policy;
use sonicfg::schema::{Schema, Sources};
use sonicfg::validate::validate;

/// The models of a small switch.
fn schema() -> &'static Schema {
    static SCHEMA: OnceLock<Schema> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        let mut sources = Sources::empty();
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/yang-plan");
        sources.add_dir(&dir).unwrap();
        Schema::load(&sources, None).unwrap().schema
    })
}

/// The entries that a step writes, by name; `null` removes one.
type Step<'a> = &'a [(&'a str, Value)];

/// The operations of steps, and the config that they lead to.
fn operations(current: &Value, steps: &[Step]) -> (Vec<Vec<PatchOperation>>, Value) {
    let mut config = current.clone();
    let mut all = Vec::new();
    for step in steps {
        let mut operations = Vec::new();
        for (name, value) in *step {
            let (table, key) = name.split_once('|').unwrap();
            let entry = EntryName::new(table, key);
            let others = config
                .get(table)
                .map_or(0, |table| table.as_object().unwrap().len());
            let path = pointer::join([table, key]);
            let operation = match (value.is_null(), others) {
                (true, 1) => json!({"op": "remove", "path": pointer::join([table])}),
                (true, _) => json!({"op": "remove", "path": path}),
                (false, 0) => json!({"op": "add", "path": pointer::join([table]), "value": {key: value}}),
                (false, _) => json!({"op": "add", "path": path, "value": value}),
            };
            operations.push(serde_json::from_value(operation).unwrap());
            let value = (!value.is_null()).then(|| value.clone());
            Write { entry, value }.apply(&mut config);
        }
        all.push(operations);
    }
    (all, config)
}

fn judge(disruption: Disruption, current: &Value, steps: &[Step]) -> Verdict {
    let (operations, target) = operations(current, steps);
    check(
        schema(),
        &Policy::shipped(),
        disruption,
        current,
        &target,
        &operations,
    )
}

/// Asserts that steps are a good plan to where they lead.
#[track_caller]
fn good(current: &Value, steps: &[Step]) -> Verdict {
    let verdict = judge(Disruption::Policy, current, steps);
    assert_eq!(told(&verdict), Vec::<String>::new());
    assert!(
        verdict.summary.lower_bound <= steps.len(),
        "{:?}",
        verdict.summary
    );
    verdict
}

/// Asserts that steps break one property.
#[track_caller]
fn bad(property: Property, current: &Value, steps: &[Step]) -> Vec<String> {
    broken(property, &judge(Disruption::Policy, current, steps))
}

#[track_caller]
fn broken(property: Property, verdict: &Verdict) -> Vec<String> {
    let told = told(verdict);
    assert!(!told.is_empty(), "nothing is found");
    assert!(
        verdict
            .violations
            .iter()
            .all(|violation| violation.property == property),
        "{told:#?}"
    );
    told
}

fn told(verdict: &Verdict) -> Vec<String> {
    verdict.violations.iter().map(ToString::to_string).collect()
}

fn port(lanes: &str) -> Value {
    json!({"lanes": lanes})
}

/// Four ports, all of them up.
fn switch() -> Value {
    json!({"PORT": {
        "Ethernet0": {"lanes": "0", "admin_status": "up"},
        "Ethernet1": {"lanes": "1", "admin_status": "up"},
        "Ethernet2": {"lanes": "2", "admin_status": "up"},
        "Ethernet3": {"lanes": "3", "admin_status": "up"},
    }})
}

fn with(mut config: Value, more: Value) -> Value {
    for (table, entries) in more.as_object().unwrap() {
        config[table] = entries.clone();
    }
    config
}

const NONE: Value = Value::Null;

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
            existing: true,
            ..Tolerance::default()
        },
    };
    assert!(rules.check(&current, &target, &operations).is_good());
    rules.tolerance.existing = false;
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
fn what_needs_each_other_comes_together() {
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
        (verdict.summary.lower_bound, verdict.summary.entries_bounced),
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
fn a_new_port_comes_up_after_its_changes() {
    let current = with(switch(), json!({"BUFFER_PROFILE": {"p": {}}}));
    let pg = ("BUFFER_PG|Ethernet4|3", json!({"profile": "p"}));
    let down = ("PORT|Ethernet4", port("4"));
    let up = ("PORT|Ethernet4", json!({"lanes": "4", "admin_status": "up"}));
    let verdict = good(&current, &[&[down], &[pg.clone()], &[up.clone()]]);
    assert_eq!(verdict.summary.lower_bound, 3);
    bad(Property::WhileDown, &current, &[&[up], &[pg]]);
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
fn what_refers_to_a_bounced_entry_goes_or_lets_go() {
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
        (verdict.summary.lower_bound, verdict.summary.entries_bounced),
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
fn a_field_goes_straight_from_one_entry_to_another() {
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
    good(&current, &[&[empty], &[gone, same], &[taken]]);
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
            &[gone.clone(), ("PORT|Ethernet4", port("0"))],
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
    let told = bad(
        Property::Refused,
        &current,
        &[&[("PFC_WD|GLOBAL", NONE), ("PFC_WD|Ethernet0", NONE)]],
    );
    assert_eq!(
        told,
        [
            "Refused: /PFC_WD/GLOBAL is removed",
            "Refused: /PFC_WD/GLOBAL/POLL_INTERVAL is removed"
        ]
    );
    // What comes again is not removed.
    let vrf = ("LOOPBACK_INTERFACE|Loopback0", json!({"vrf_name": "v"}));
    good(&current, &[&[("LOOPBACK_INTERFACE|Loopback0", NONE)], &[vrf]]);
}

#[test]
fn a_type_does_not_change_together_with_rules() {
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
fn a_part_of_a_table_is_interrupted_at_once() {
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
fn a_portchannel_is_never_interrupted_whole() {
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
fn what_depends_is_not_counted_when_rolling() {
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
fn a_search_finds_the_fewest_steps() {
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
    // A bounced port, with a member and a list that let go of it.
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
fn a_search_retargets_a_field_in_three_steps() {
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
    assert_eq!(fewest(&current, &target("0")), Some(3));
}

#[test]
fn what_no_plan_can_do_is_known() {
    let policy = Policy::shipped();
    let is_impossible = |current: &Value, target: &Value, most| {
        impossible(schema(), &policy, Disruption::Policy, current, target, most)
    };
    // Two entries that each must go before the other comes.
    let current = json!({"OFFER": {"x": {}}, "FORBIDS": {"y": {}}});
    let swapped = json!({"OFFER": {"y": {}}, "FORBIDS": {"x": {}}});
    assert_eq!(is_impossible(&current, &swapped, 1000), Some(false));
    // A removal that is refused, a target that is not valid.
    let loopback = json!({"LOOPBACK_INTERFACE": {"Loopback0": {}}, "VRF": {"v": {}}});
    let vrf = json!({"VRF": {"v": {}}});
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
                if std::env::var_os("PLAN_CHECK_SHOW").is_some() && bound < configs.len() {
                    eprintln!("{bound} < {}: {current}\n    {target}", configs.len());
                }
            }
            Searched::Nothing => {
                without += 1;
                if std::env::var_os("PLAN_CHECK_SHOW").is_some() {
                    eprintln!("nothing: {current}\n    {target}");
                }
            }
            Searched::TooLarge => continue,
        }
        seen += 1;
    }
    eprintln!("{seen} changes, {without} without a plan, {sharp} of as many steps as the bound");
}
