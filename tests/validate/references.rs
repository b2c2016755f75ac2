//! Leafrefs (RFC 7950, section 9.9), in unions too (section 9.12).

use crate::support::{Model, check, check_yang, module};

#[test]
fn absolute_and_relative_paths() {
    check(
        "container PORT { list PORT_LIST { key name; leaf name { type string; } leaf alias { type string; } } }
            container VLAN {
                leaf port { type leafref { path '/PORT/PORT_LIST/name'; } }
                leaf-list ports { type leafref { path '../../PORT/PORT_LIST/name'; } }
                leaf alias { type leafref { path '/PORT/PORT_LIST/alias'; } } }",
        &[
            (
                r#"{"m:PORT": {"PORT_LIST": [{"name": "e0", "alias": "one"}, {"name": "e4"}]},
                    "m:VLAN": {"port": "e4", "ports": ["e0", "e4"], "alias": "one"}}"#,
                &[],
            ),
            (
                r#"{"m:PORT": {"PORT_LIST": [{"name": "e0", "alias": "one"}]},
                    "m:VLAN": {"port": "e1", "ports": ["e0", "e4"], "alias": "e0"}}"#,
                &[
                    r#"LeafRef /m:VLAN/port: "e1" refers to nothing: it is not in PORT_LIST (/m:PORT/PORT_LIST/name)"#,
                    "LeafRef /m:VLAN/ports/1",
                    "LeafRef /m:VLAN/alias",
                ],
            ),
        ],
    );
}

#[test]
fn hint_names_where_the_target_can_be_created() {
    let ports = "container sonic-port { container PORT { list PORT_LIST { key name;
        leaf name { type string; } leaf alias { type string; } } } }";
    let vlans = "import sonic-port { prefix port; }
        container sonic-vlan { container VLAN { list VLAN_LIST { key name; leaf name { type string; }
            leaf port { type leafref { path /port:sonic-port/port:PORT/port:PORT_LIST/port:name; } }
            leaf alias { type leafref { path /port:sonic-port/port:PORT/port:PORT_LIST/port:alias; } } } } }";
    let model = Model::of(&[module("sonic-port", ports), module("sonic-vlan", vlans)]);
    let found = model.config_db(
        r#"{"PORT": {"Ethernet0": {"alias": "etp1"}},
            "VLAN": {"a": {"port": "Ethernet00"}, "b": {"port": "x"}, "c": {"alias": "x"}}}"#,
    );
    let hints: Vec<&str> = found
        .iter()
        .filter_map(|finding| finding.hint.as_deref())
        .collect();
    assert_eq!(
        hints,
        [
            r#"did you mean "Ethernet0"? or add "Ethernet00" to PORT"#,
            r#"add "x" to PORT"#,
            r#"add "x" to PORT.alias"#,
        ]
    );
    assert!(
        found
            .iter()
            .all(|finding| finding.app_tag.as_deref() == Some("instance-required"))
    );
}

#[test]
fn values_are_compared_in_canonical_form() {
    check(
        "leaf-list known { type uint16; } leaf x { type leafref { path /known; } }",
        &[
            (r#"{"m:known": [8, 31], "m:x": "010"}"#, &[]),
            (r#"{"m:known": ["0x1f"], "m:x": 31}"#, &[]),
            (r#"{"m:known": [8], "m:x": "10"}"#, &["LeafRef /m:x"]),
            // The type of the target counts as well.
            (r#"{"m:known": [8], "m:x": "eight"}"#, &["InvalidValue /m:x"]),
        ],
    );
}

#[test]
fn predicates_pick_the_entry() {
    let body = "list lag { key 'name unit'; leaf name { type string; } leaf unit { type uint8; } leaf-list member { type string; } leaf ip { type string; } }
        leaf name { type leafref { path /lag/name; } }
        leaf unit { type leafref { path '/lag[name = current()/../name]/unit'; } }
        leaf member { type leafref { path '/lag[name = current()/../name][unit = current()/../unit]/member'; } }";
    check(
        body,
        &[
            (
                r#"{"m:lag": [{"name": "a", "unit": 1, "member": ["e0"]}, {"name": "a", "unit": 2, "member": ["e4"]}, {"name": "b", "unit": 3}],
                    "m:name": "a", "m:unit": 2, "m:member": "e4"}"#,
                &[],
            ),
            (
                r#"{"m:lag": [{"name": "a", "unit": 1, "member": ["e0"]}, {"name": "a", "unit": 2, "member": ["e4"]}, {"name": "b", "unit": 3}],
                    "m:name": "a", "m:unit": 2, "m:member": "e0"}"#,
                &["LeafRef /m:member"],
            ),
            (
                r#"{"m:lag": [{"name": "a", "unit": 1}, {"name": "b", "unit": 3}], "m:name": "a", "m:unit": 3}"#,
                &["LeafRef /m:unit"],
            ),
        ],
    );
}

#[test]
fn inside_a_list_a_relative_path_stays_in_its_entry() {
    check(
        "list l { key k; leaf k { type string; } leaf-list known { type string; }
            leaf x { type leafref { path ../known; } } leaf y { type leafref { path '../../l/known'; } } }",
        &[
            (
                r#"{"m:l": [{"k": "1", "known": ["a"], "x": "a", "y": "b"}, {"k": "2", "known": ["b"]}]}"#,
                &[],
            ),
            (
                r#"{"m:l": [{"k": "1", "known": ["a"], "x": "b"}, {"k": "2", "known": ["b"]}]}"#,
                &["LeafRef /m:l/0/x"],
            ),
        ],
    );
}

#[test]
fn chains_of_references() {
    check(
        "leaf-list port { type string { length 1..4; } }
            leaf-list member { type leafref { path /port; } }
            leaf-list mirror { type leafref { path /member; } }",
        &[
            (
                r#"{"m:port": ["e0", "e4"], "m:member": ["e0"], "m:mirror": ["e0"]}"#,
                &[],
            ),
            (
                r#"{"m:port": ["e0", "e4"], "m:member": ["e0"], "m:mirror": ["e4"]}"#,
                &["LeafRef /m:mirror/0"],
            ),
            // The reference to a reference that is broken is not broken itself.
            (
                r#"{"m:port": ["e0"], "m:member": ["e4"], "m:mirror": ["e4"]}"#,
                &["LeafRef /m:member/0"],
            ),
            (
                r#"{"m:port": ["e0"], "m:mirror": ["much too long"]}"#,
                &["Length /m:mirror/0"],
            ),
        ],
    );
}

#[test]
fn reference_to_an_invalid_value_is_not_reported_again() {
    check(
        "leaf-list port { type string { pattern 'e[0-9]'; } } leaf x { type leafref { path /port; } }
            leaf-list n { type uint8; } leaf y { type leafref { path /n; } }",
        &[(
            r#"{"m:port": ["f0"], "m:x": "f0"}"#,
            &["Pattern /m:port/0", "Pattern /m:x"],
        )],
    );
}

#[test]
fn an_instance_may_not_be_required() {
    check(
        "leaf-list port { type string { length 1..4; } }
            leaf x { type leafref { path /port; require-instance false; } }",
        &[
            (r#"{"m:port": ["e0"], "m:x": "e4"}"#, &[]),
            (r#"{"m:x": "e4"}"#, &[]),
            (r#"{"m:x": "Ethernet4"}"#, &["Length /m:x"]),
        ],
    );
}

#[test]
fn default_needs_no_target() {
    check(
        "leaf-list port { type string; } leaf x { type leafref { path /port; } default e0; }",
        &[
            (r#"{"m:port": ["e4"]}"#, &[]),
            (r#"{"m:port": ["e4"], "m:x": "e0"}"#, &["LeafRef /m:x"]),
        ],
    );
}

#[test]
fn unions_take_the_member_whose_target_is_there() {
    let model = Model::new(
        "leaf-list port { type string; } leaf-list lag { type string; }
            leaf-list member { type union {
                type leafref { path /port; } type leafref { path /lag; } type string { pattern 'any[0-9]*'; } } }",
    );
    check_yang(
        &model,
        &[
            (
                r#"{"m:port": ["e0"], "m:lag": ["p1"], "m:member": ["e0", "p1", "any7"]}"#,
                &[],
            ),
            (
                r#"{"m:port": ["e0"], "m:lag": ["p1"], "m:member": ["e0", "x1", "p1"]}"#,
                &[
                    r#"InvalidValue /m:member/1: "x1" refers to nothing: it is not in .port or .lag (/m:port, /m:lag)"#,
                ],
            ),
        ],
    );
}

#[test]
fn the_member_that_takes_a_value_gives_its_form() {
    let body = "leaf-list n { type uint8; } leaf-list s { type string; }
        leaf x { type union { type leafref { path /n; } type leafref { path /s; } type string { length 5..6; } } }";
    let model = Model::new(body);
    assert_eq!(
        model.values(r#"{"m:n": [8], "m:s": ["010"], "m:x": "010"}"#, "x"),
        ["8"]
    );
    assert_eq!(
        model.values(r#"{"m:n": [9], "m:s": ["010"], "m:x": "010"}"#, "x"),
        ["010"]
    );
    assert_eq!(model.values(r#"{"m:n": [9], "m:x": "00010"}"#, "x"), ["00010"]);
    check_yang(
        &model,
        &[(r#"{"m:n": [9], "m:x": "010"}"#, &["InvalidValue /m:x"])],
    );
}

#[test]
fn union_may_hold_references_without_target() {
    check(
        "leaf-list port { type string { pattern 'e.*'; } }
            leaf x { type union { type leafref { path /port; require-instance false; } type uint8; } }",
        &[
            (r#"{"m:x": "e0"}"#, &[]),
            (r#"{"m:x": "7"}"#, &[]),
            (r#"{"m:x": "f0"}"#, &["InvalidValue /m:x"]),
        ],
    );
}

#[test]
fn a_value_that_is_there_but_not_where_the_path_leads() {
    let model = Model::of(&[module(
        "m",
        "container m {
            container VLAN_MEMBER { list VLAN_MEMBER_LIST { key 'vlan port';
                leaf vlan { type string; } leaf port { type string; } } }
            container UNTAGGED { list UNTAGGED_LIST { key vlan;
                leaf vlan { type string; }
                leaf port { type leafref {
                    path '/m:m/m:VLAN_MEMBER/m:VLAN_MEMBER_LIST[m:vlan = current()/../m:vlan]/m:port'; } } } } }",
    )]);
    let said = |vlan: &str, port: &str| {
        let found = model.config_db(&format!(
            r#"{{"VLAN_MEMBER": {{"Vlan1|Ethernet0": {{}}, "Vlan2|PortChannel5": {{}}}},
                "UNTAGGED": {{{vlan:?}: {{"port": {port:?}}}}}}}"#
        ));
        let [one] = &found[..] else { panic!("{found:#?}") };
        (one.message.clone(), one.hint.clone())
    };
    let (message, hint) = said("Vlan2", "Ethernet0");
    assert_eq!(
        message,
        "\"Ethernet0\" refers to nothing: it is in VLAN_MEMBER, but it is not the port of VLAN_MEMBER|Vlan2|* \
         (/m:m/VLAN_MEMBER/VLAN_MEMBER_LIST/port)"
    );
    assert_eq!(hint.as_deref(), Some("possible here: PortChannel5"));
    let (_, hint) = said("Vlan3", "Ethernet0");
    assert_eq!(hint, None);
    let (message, hint) = said("Vlan1", "Ethernet00");
    assert!(message.contains("it is not in VLAN_MEMBER ("), "{message}");
    assert_eq!(
        hint.as_deref(),
        Some(r#"did you mean "Ethernet0"? or add "Ethernet00" to VLAN_MEMBER"#)
    );
}

#[test]
fn only_what_a_table_takes_is_offered_to_be_added() {
    let model = Model::of(&[module(
        "m",
        "container m {
            container PORT { list PORT_LIST { key name; leaf name { type string; } } }
            container VLAN { list VLAN_LIST { key name; leaf name { type string { pattern 'Vlan[0-9]+'; } } } }
            container USE { list USE_LIST { key name; leaf name { type string; }
                leaf any { type union {
                    type leafref { path '/m:m/m:PORT/m:PORT_LIST/m:name'; }
                    type leafref { path '/m:m/m:VLAN/m:VLAN_LIST/m:name'; } } }
                leaf port { type leafref { path '/m:m/m:PORT/m:PORT_LIST/m:name'; } } } } }",
    )]);
    let hint = |field: &str, value: &str| {
        let found = model.config_db(&format!(r#"{{"USE": {{"a": {{{field:?}: {value:?}}}}}}}"#));
        let [one] = &found[..] else { panic!("{found:#?}") };
        one.hint.clone()
    };
    assert_eq!(
        hint("any", "Vlan7").as_deref(),
        Some(r#"add "Vlan7" to PORT or VLAN"#)
    );
    assert_eq!(hint("any", "e0").as_deref(), Some(r#"add "e0" to PORT"#));
    // A part of a key holds no separator.
    assert_eq!(hint("port", "VLAN|e0"), None);
}
