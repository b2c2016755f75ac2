//! config_db: which list an entry belongs to, fields that are rows, lists that are strings, and the
//! rules that stand in the policy.

use sonicfg::policy::Policy;
use sonicfg::schema::{Schema, Sources};

use crate::support::{Model, check_config_db, module};

/// A module of tables, as SONiC has them.
fn tables(name: &str, body: &str) -> Model {
    Model::of(&[module(name, &format!("container {name} {{ {body} }}"))])
}

#[test]
fn documents_that_are_no_config() {
    let model = tables(
        "sonic-a",
        "container A { list A_LIST { key k; leaf k { type string; } leaf x { type string; } } }",
    );
    check_config_db(
        &model,
        &[
            ("{}", &[]),
            ("[]", &["InvalidJSON : a list where an object of tables belongs"]),
            (
                r#"{"A": []}"#,
                &["InvalidJSON /A: a list where an object of entries belongs"],
            ),
            (
                r#"{"A": {"k": "x"}}"#,
                &["InvalidJSON /A/k: a string where an object of fields belongs"],
            ),
            (
                r#"{"A": {}}"#,
                &[
                    r#"MinElements /A: the table "A" has no entry; config_db cannot hold it, and it is left out"#,
                ],
            ),
            (
                r#"{"A": {"k": {"x": 5}}}"#,
                &["InvalidValue /A/k/x: a number where a string belongs"],
            ),
            (
                r#"{"A": {"k": {"x": true}}}"#,
                &["InvalidValue /A/k/x: a boolean where a string belongs"],
            ),
            (
                r#"{"A": {"k": {"x": null}}}"#,
                &["InvalidValue /A/k/x: null where a string belongs"],
            ),
            (
                r#"{"A": {"k": {"x": ["a"]}}}"#,
                &["InvalidValue /A/k/x: a list where a string belongs"],
            ),
        ],
    );
    let hint = |text: &str| model.config_db(text).remove(0).hint;
    assert_eq!(hint(r#"{"A": {"k": {"x": 5}}}"#).as_deref(), Some(r#"write "5""#));
    assert_eq!(hint(r#"{"A": {}}"#).as_deref(), Some("remove the table"));
}

#[test]
fn tables_without_a_model_are_warned_of() {
    let model = tables(
        "sonic-port",
        "container PORT { list PORT_LIST { key k; leaf k { type string; } } }",
    );
    let found = model.config_db(r#"{"PORTS": {"x": 1}, "PORT": {"e0": {}}}"#);
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0].to_string(),
        r#"/PORTS: no model covers the table "PORTS": it is not checked [UnknownElement] (did you mean "PORT"?)"#
    );
    assert_eq!(found[0].severity.to_string(), "warning");
}

#[test]
fn unknown_fields_have_hints() {
    let model = tables(
        "sonic-a",
        "container A { list A_LIST { key name; leaf name { type string; } leaf hostname { type string; } leaf mtu { type string; } }
            container fixed { } }",
    );
    let found = |text: &str| {
        let finding = model.config_db(text).remove(0);
        (finding.message, finding.hint.unwrap_or_default())
    };
    let pair = |message: &str, hint: &str| (message.to_owned(), hint.to_owned());
    assert_eq!(
        found(r#"{"A": {"a": {"hostnam": ""}}}"#),
        pair(
            r#"there is no field "hostnam" here"#,
            r#"did you mean "hostname"?"#
        )
    );
    assert_eq!(
        found(r#"{"A": {"a": {"zzz": ""}}}"#),
        pair(r#"there is no field "zzz" here"#, "its fields: hostname, mtu")
    );
    assert_eq!(
        found(r#"{"A": {"a": {"name": "a"}}}"#),
        pair(
            r#""name" is part of the entry's key, not a field"#,
            "remove the field"
        )
    );
    assert_eq!(
        found(r#"{"A": {"fixed": {"zzz": ""}}}"#),
        pair(r#"there is no field "zzz" here"#, "the entry has no fields")
    );
}

#[test]
fn entries_belong_to_the_list_with_as_many_keys() {
    let model = tables(
        "sonic-interface",
        "container INTERFACE {
            list INTERFACE_LIST { key name; leaf name { type string { pattern 'Ethernet[0-9]+'; } } leaf vrf { type string; } }
            list INTERFACE_IPPREFIX_LIST { key 'name prefix'; leaf name { type string; } leaf prefix { type string { length 1..8; } } leaf family { type string; } } }",
    );
    check_config_db(
        &model,
        &[
            (
                r#"{"INTERFACE": {"Ethernet0": {"vrf": "a"}, "Ethernet0|10.0.0.10": {"family": "IPv4"}}}"#,
                &["Length /INTERFACE/Ethernet0|10.0.0.10"],
            ),
            (r#"{"INTERFACE": {"Ethernet0|fc00::1": {"family": "IPv6"}}}"#, &[]),
            (
                r#"{"INTERFACE": {"Ethernet0|fc00::1": {"vrf": "a"}}}"#,
                &["UnknownElement /INTERFACE/Ethernet0|fc00::1/vrf"],
            ),
            (
                r#"{"INTERFACE": {"Ethernet0|a|b": {}}}"#,
                &[r#"ListKey /INTERFACE/Ethernet0|a|b: a key of 3 parts does not fit the table "INTERFACE""#],
            ),
        ],
    );
    let found = model.config_db(r#"{"INTERFACE": {"Ethernet0|a|b": {}}}"#);
    assert_eq!(
        found[0].hint.as_deref(),
        Some("its keys: <name>, <name>|<prefix>")
    );
}

#[test]
fn of_several_lists_the_first_that_takes_key_and_fields() {
    let model = tables(
        "sonic-t",
        "container T {
            list T_NUM_LIST { key id; leaf id { type uint8; } leaf a { type string; } }
            list T_NAME_LIST { key id; leaf id { type string { pattern '[a-z0-9]+'; } } leaf b { type string; } leaf c { type string { length 1; } } }
            container fixed { leaf d { type string; } } }",
    );
    check_config_db(
        &model,
        &[
            (
                r#"{"T": {"7": {"a": ""}, "x": {"b": ""}, "8": {"b": ""}, "9": {}, "fixed": {"d": ""}}}"#,
                &[],
            ),
            // The second is the one that fits; what is wrong in it is said.
            (r#"{"T": {"8": {"b": "", "c": "12"}}}"#, &["Length /T/8/c"]),
            // None fits: the first says why.
            (
                r#"{"T": {"UPPER": {"b": ""}}}"#,
                &["InvalidValue /T/UPPER", "UnknownElement /T/UPPER/b"],
            ),
            (r#"{"T": {"7": {"a": "", "b": ""}}}"#, &["UnknownElement /T/7/b"]),
        ],
    );
}

#[test]
fn single_list_named_after_the_table_is_its_list() {
    let model = tables(
        "sonic-a",
        "container A { list OTHER_LIST { key k; leaf k { type string; } } container fixed { leaf x { type string; } } }
            container B { list ANY_LIST { key k; leaf k { type string; } } }",
    );
    check_config_db(
        &model,
        &[
            (r#"{"A": {"fixed": {"x": ""}}}"#, &[]),
            (
                r#"{"A": {"k": {}}}"#,
                &[r#"UnknownElement /A/k: the table "A" has no entry of this name"#],
            ),
            (r#"{"B": {"k": {}}}"#, &["UnknownElement /B/k"]),
        ],
    );
    let hint = |text: &str| model.config_db(text).remove(0).hint;
    assert_eq!(
        hint(r#"{"A": {"fixd": {}}}"#).as_deref(),
        Some(r#"did you mean "fixed"?"#)
    );
    assert_eq!(hint(r#"{"A": {"k": {}}}"#).as_deref(), Some("its entries: fixed"));
}

#[test]
fn fields_of_a_map_are_rows() {
    let model = tables(
        "sonic-map",
        "container DSCP_TO_TC_MAP { list DSCP_TO_TC_MAP_LIST { key name; leaf name { type string; }
            list DSCP_TO_TC_MAP { key dscp; leaf dscp { type uint8 { range 0..63; } } leaf tc { type uint8 { range 0..7; } mandatory true; } } } }",
    );
    check_config_db(
        &model,
        &[
            (r#"{"DSCP_TO_TC_MAP": {"AZURE": {"0": "1", "63": "7"}}}"#, &[]),
            (
                r#"{"DSCP_TO_TC_MAP": {"AZURE": {"64": "1", "1": "8", "x": ["1"], "2": 3}}}"#,
                &[
                    r#"Range /DSCP_TO_TC_MAP/AZURE/64: "64" is out of the allowed range"#,
                    r#"Range /DSCP_TO_TC_MAP/AZURE/1: "8" is out of the allowed range"#,
                    "InvalidValue /DSCP_TO_TC_MAP/AZURE/x: a list where a string belongs",
                    "InvalidValue /DSCP_TO_TC_MAP/AZURE/2: a number where a string belongs",
                ],
            ),
            (
                r#"{"DSCP_TO_TC_MAP": {"AZURE": {"8": "1", "010": "2"}}}"#,
                &["Duplicate /DSCP_TO_TC_MAP/AZURE/010"],
            ),
        ],
    );
}

#[test]
fn flags_have_leafs_and_rows() {
    let model = Model {
        schema: Schema::load(&Sources::shipped(), None).unwrap().schema,
        policy: Policy::shipped(),
    };
    check_config_db(
        &model,
        &[
            (
                r#"{"SYSTEM_DEFAULTS": {"buffer_model": {"status": "dynamic", "reason": "lossless rack", "by": "me"}}}"#,
                &[],
            ),
            (
                r#"{"SYSTEM_DEFAULTS": {"buffer_model": {"status": "dynamic", "reason": ""}}}"#,
                &["Length /SYSTEM_DEFAULTS/buffer_model/reason"],
            ),
            (
                r#"{"SYSTEM_DEFAULTS": {"buffer_model": {"status": "dynamic", "": "x"}}}"#,
                &["Length /SYSTEM_DEFAULTS/buffer_model/"],
            ),
            (
                r#"{"SYSTEM_DEFAULTS": {"buffer_model": {"status": ["dynamic"]}}}"#,
                &["InvalidValue /SYSTEM_DEFAULTS/buffer_model/status"],
            ),
        ],
    );
}

#[test]
fn an_entry_without_fields_may_stand_as_null() {
    let model = tables(
        "sonic-a",
        "container A { list A_LIST { key k; leaf k { type string; } leaf x { type string; } } list A_B_LIST { key 'k l'; leaf k { type string; } leaf l { type string; } leaf y { type string; mandatory true; } } }",
    );
    check_config_db(
        &model,
        &[
            (r#"{"A": {"a": {"NULL": "NULL"}, "b": {}}}"#, &[]),
            (r#"{"A": {"a": {"NULL": "x"}}}"#, &["UnknownElement /A/a/NULL"]),
            (r#"{"A": {"a|b": {"NULL": "NULL"}}}"#, &["Mandatory /A/a|b"]),
        ],
    );
}

#[test]
fn lists_that_are_one_string() {
    let body = "container MIRROR_SESSION { list MIRROR_SESSION_LIST { key name; leaf name { type string; }
            leaf-list src_ip { type uint8; } leaf-list dst_ip { type uint8; } leaf-list dflt { type uint8; default 1; default 2; } } }
        container NTP { container global { leaf-list src_intf { type string { pattern '[a-z]+'; } } } }";
    let model = tables("sonic-a", body).with_shipped_policy();
    check_config_db(
        &model,
        &[
            (r#"{"MIRROR_SESSION": {"a": {"src_ip": "1,2,3"}}}"#, &[]),
            (r#"{"MIRROR_SESSION": {"a": {"src_ip": ["1", "2"]}}}"#, &[]),
            (r#"{"MIRROR_SESSION": {"a": {"src_ip": ""}}}"#, &[]),
            (
                r#"{"MIRROR_SESSION": {"a": {"src_ip": "1,x"}}}"#,
                &[r#"InvalidValue /MIRROR_SESSION/a/src_ip: "x" is not a number (uint8)"#],
            ),
            (
                r#"{"MIRROR_SESSION": {"a": {"src_ip": "1,1"}}}"#,
                &["Duplicate /MIRROR_SESSION/a/src_ip"],
            ),
            (r#"{"NTP": {"global": {"src_intf": "a;b"}}}"#, &[]),
            (
                r#"{"NTP": {"global": {"src_intf": "a,b"}}}"#,
                &["Pattern /NTP/global/src_intf"],
            ),
            (
                r#"{"MIRROR_SESSION": {"a": {"dst_ip": "1"}}}"#,
                &["InvalidValue /MIRROR_SESSION/a/dst_ip: a string where a list of strings belongs"],
            ),
        ],
    );
    let found = model.config_db(r#"{"MIRROR_SESSION": {"a": {"dst_ip": "1"}}}"#);
    assert_eq!(found[0].hint.as_deref(), Some(r#"write ["1"]"#));
}

#[test]
fn empty_lists() {
    let model = tables(
        "sonic-a",
        "container A { container g { leaf-list ll { type uint8; } leaf-list dflt { type uint8; default 1; default 2; }
            leaf-list none { type string { pattern '' ; } default ''; }
            leaf-list need { type string; min-elements 1; } } }",
    );
    check_config_db(
        &model,
        &[
            (r#"{"A": {"g": {"ll": [""], "need": ["a"]}}}"#, &[]),
            (r#"{"A": {"g": {"ll": [], "need": ["a"]}}}"#, &[]),
            // The list says what the default says.
            (r#"{"A": {"g": {"none": [""], "need": ["a"]}}}"#, &[]),
            (r#"{"A": {"g": {"none": [], "need": ["a"]}}}"#, &[]),
            (
                r#"{"A": {"g": {"ll": ["", ""], "need": ["a"]}}}"#,
                &["InvalidValue /A/g/ll/0", "InvalidValue /A/g/ll/1"],
            ),
            (
                r#"{"A": {"g": {"ll": [1], "need": ["a"]}}}"#,
                &["InvalidValue /A/g/ll/0: a number where a string belongs"],
            ),
            (r#"{"A": {"g": {"need": [""]}}}"#, &["MinElements /A/g"]),
            (
                r#"{"A": {"g": {"dflt": [""], "need": ["a"]}}}"#,
                &["InvalidValue /A/g/dflt: an empty list where the default is [\"1\",\"2\"]"],
            ),
        ],
    );
    let found = model.config_db(r#"{"A": {"g": {"dflt": [], "need": ["a"]}}}"#);
    assert_eq!(
        found[0].hint.as_deref(),
        Some("remove the field, then the default counts")
    );
}

#[test]
fn lanes_are_numbers_of_one_port() {
    let port = "container sonic-port { container PORT { list PORT_LIST { key name; leaf name { type string; } leaf lanes { type string; } } } }";
    let metadata = "container sonic-device_metadata { container DEVICE_METADATA { container localhost { leaf platform { type string; } } } }";
    let model = Model::of(&[
        module("sonic-port", port),
        module("sonic-device_metadata", metadata),
    ])
    .with_shipped_policy();
    check_config_db(
        &model,
        &[
            (
                r#"{"PORT": {"Ethernet0": {"lanes": "0,1"}, "Ethernet4": {"lanes": "2, 3"}}}"#,
                &[],
            ),
            (
                r#"{"PORT": {"Ethernet0": {"lanes": "0,1"}, "Ethernet4": {"lanes": "2,1"}}}"#,
                &["Lanes /PORT/Ethernet4/lanes: the lane 1 belongs to Ethernet0 already"],
            ),
            (
                r#"{"PORT": {"Ethernet0": {"lanes": "0,x"}, "Ethernet4": {"lanes": ""}}}"#,
                &[
                    r#"Lanes /PORT/Ethernet0/lanes: the lane "x" is not a number"#,
                    r#"Lanes /PORT/Ethernet4/lanes: the lane "" is not a number"#,
                ],
            ),
            (
                r#"{"DEVICE_METADATA": {"localhost": {"platform": "x86_64-arista_7050cx3_32s"}},
                    "PORT": {"Ethernet0": {"lanes": "0,1"}, "Ethernet4": {"lanes": "1"}}}"#,
                &[],
            ),
            (
                r#"{"DEVICE_METADATA": {"localhost": {"platform": "x86_64-arista_7050cx3_32s"}}, "PORT": {"Ethernet0": {"lanes": "a"}}}"#,
                &["Lanes /PORT/Ethernet0/lanes"],
            ),
            (
                r#"{"DEVICE_METADATA": {"localhost": {"platform": "x86_64-other"}},
                    "PORT": {"Ethernet0": {"lanes": "0,1"}, "Ethernet4": {"lanes": "1"}}}"#,
                &["Lanes /PORT/Ethernet4/lanes"],
            ),
        ],
    );
    // Without a policy there is no such rule.
    let plain = Model {
        policy: Policy::default(),
        ..model
    };
    check_config_db(
        &plain,
        &[(
            r#"{"PORT": {"Ethernet0": {"lanes": "1"}, "Ethernet4": {"lanes": "1"}}}"#,
            &[],
        )],
    );
}

#[test]
fn address_ranges_are_used_once_in_a_vrf() {
    let ranges = "container sonic-bgp-peerrange { container BGP_PEER_RANGE {
        list BGP_PEER_RANGE_LIST { key peer_range_name; leaf peer_range_name { type string; } leaf-list ip_range { type string; } }
        list BGP_PEER_RANGE_VRF_LIST { key 'vrf_name peer_range_name'; leaf vrf_name { type string; } leaf peer_range_name { type string; }
            leaf-list ip_range { type string; } } } }";
    let model = Model::of(&[module("sonic-bgp-peerrange", ranges)]).with_shipped_policy();
    check_config_db(
        &model,
        &[
            (
                r#"{"BGP_PEER_RANGE": {"a": {"ip_range": ["10.0.0.0/24", "10.0.1.0/24"]}, "b": {"ip_range": ["10.0.2.0/24"]},
                    "Vrf1|a": {"ip_range": ["10.0.0.0/24"]}, "Vrf2|a": {"ip_range": ["10.0.0.0/24"]}}}"#,
                &[],
            ),
            (
                r#"{"BGP_PEER_RANGE": {"a": {"ip_range": ["10.0.0.0/24"]}, "b": {"ip_range": ["10.0.1.0/24", "10.0.0.0/24"]}}}"#,
                &[
                    r#"PeerRange /BGP_PEER_RANGE/b/ip_range/1: "10.0.0.0/24" is used by a already, in the same VRF"#,
                ],
            ),
            (
                r#"{"BGP_PEER_RANGE": {"Vrf1|a": {"ip_range": ["10.0.0.0/24"]}, "Vrf1|b": {"ip_range": ["10.0.0.0/24"]}}}"#,
                &[
                    r#"PeerRange /BGP_PEER_RANGE/Vrf1|b/ip_range/0: "10.0.0.0/24" is used by Vrf1|a already, in the same VRF"#,
                ],
            ),
            (
                r#"{"BGP_PEER_RANGE": {"a": {"ip_range": ["10.0.0.0/24"]}, "default|b": {"ip_range": ["10.0.0.0/24"]}}}"#,
                &["PeerRange /BGP_PEER_RANGE/default|b/ip_range/0"],
            ),
        ],
    );
}
