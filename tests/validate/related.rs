//! Other places that a finding is about.

use sonicfg::validate::Diagnostic;

use crate::support::{Model, module};

/// The related places of a finding: the text at each, its pointer and what is there.
fn related<'t>(finding: &'t Diagnostic, text: &'t str) -> Vec<(&'t str, &'t str, &'t str)> {
    let places = finding.related.iter().map(|related| {
        let place = related.place.unwrap();
        let span = place.span;
        let before = &text[..span.start as usize];
        assert_eq!(place.location.line, before.matches('\n').count() + 1);
        let shown = &text[span.start as usize..span.end as usize];
        (shown, related.pointer.as_str(), related.message.as_str())
    });
    places.collect()
}

/// Checks the related places of the only finding of a config.
#[track_caller]
fn shown(model: &Model, text: &str, expected: &[(&str, &str, &str)]) {
    let found = model.config_db(text);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(related(&found[0], text), expected, "{text}");
}

fn tables(body: &str) -> Model {
    Model::of(&[module("m", &format!("container m {{ {body} }}"))]).with_shipped_policy()
}

#[test]
fn the_entry_with_the_same_value() {
    let model = tables(
        "container VLAN { list VLAN_LIST { key name; unique vlanid; leaf name { type string; }
            leaf vlanid { type uint16; } leaf-list servers { type string; } } }",
    );
    let text = "{\"VLAN\": {\n  \"Vlan100\": {\"vlanid\": \"100\"},\n  \"Vlan200\": {\"vlanid\": \"100\"}}}";
    shown(
        &model,
        text,
        &[("\"Vlan100\"", "/VLAN/Vlan100", "first used here")],
    );
    // The third one repeats the first, not the second.
    let text =
        "{\"VLAN\": {\"a\": {\"vlanid\": \"1\"}, \"b\": {\"vlanid\": \"1\"}, \"c\": {\"vlanid\": \"1\"}}}";
    let found = model.config_db(text);
    assert_eq!(found.len(), 2);
    for finding in &found {
        assert_eq!(related(finding, text), [("\"a\"", "/VLAN/a", "first used here")]);
    }
    let text = "{\"VLAN\": {\"Vlan1\": {\"servers\": [\"x\", \"y\",\n \"x\"]}}}";
    shown(
        &model,
        text,
        &[("\"x\"", "/VLAN/Vlan1/servers/0", "first listed here")],
    );
}

#[test]
fn the_port_that_has_the_lane() {
    let model = tables(
        "container PORT { list PORT_LIST { key name; leaf name { type string; } leaf lanes { type string; } } }",
    );
    let text = r#"{"PORT": {"Ethernet0": {"lanes": "1,2"}, "Ethernet2": {"lanes": "2,3"}}}"#;
    shown(
        &model,
        text,
        &[("\"1,2\"", "/PORT/Ethernet0/lanes", "first used here")],
    );
}

#[test]
fn the_group_that_has_the_range() {
    let model = tables(
        "container BGP_PEER_RANGE { list BGP_PEER_RANGE_LIST { key \"vrf name\"; leaf vrf { type string; }
            leaf name { type string; } leaf-list ip_range { type string; } } }",
    );
    let text = r#"{"BGP_PEER_RANGE": {"v|a": {"ip_range": ["192.0.2.0/24"]},
        "v|b": {"ip_range": ["192.0.2.0/24"]}}}"#;
    let place = (
        "\"192.0.2.0/24\"",
        "/BGP_PEER_RANGE/v|a/ip_range/0",
        "first used here",
    );
    shown(&model, text, &[place]);
}

#[test]
fn both_cases_of_a_choice() {
    let model = tables(
        "container T { list T_LIST { key name; leaf name { type string; }
            choice c { leaf a { type string; } leaf b { type string; } } } }",
    );
    shown(
        &model,
        r#"{"T": {"x": {"b": "2", "a": "1"}}}"#,
        &[
            ("\"1\"", "/T/x/a", "\"a\" is set here"),
            ("\"2\"", "/T/x/b", "\"b\" is set here"),
        ],
    );
}

#[test]
fn the_value_that_a_condition_reads() {
    let model = tables(
        "container T { list T_LIST { key name; leaf name { type string; }
            leaf mode { type string; } leaf other { type string; }
            leaf must1 { type string; must \"../mode = 'on'\"; }
            leaf when1 { when \"../mode = 'on'\"; type string; }
            leaf two { type string; must \"../mode = 'on' or ../other = 'on'\"; }
            leaf own { type string; must \". = 'on'\"; }
            leaf key1 { type string; must \"../name = 'on'\"; }
            leaf all { type string; must \"/m:m/m:T/m:T_LIST/m:mode = 'on'\"; } } }",
    );
    let config =
        |field: &str| format!(r#"{{"T": {{"x": {{"mode": "off", "other": "off", "{field}": "1"}}}}}}"#);
    let read = [("\"off\"", "/T/x/mode", "the condition reads this value")];
    shown(&model, &config("must1"), &read);
    shown(&model, &config("when1"), &read);
    // There is nothing to point at, or more than one thing.
    for field in ["two", "own", "key1", "all"] {
        shown(&model, &config(field), &[]);
    }
}

#[test]
fn members_that_occur_twice() {
    let model = Model::of(&[
        module("m", "container c { list l { key k; leaf k { type string; } } }"),
        module("other", "container o { leaf own { type string; } }"),
    ]);
    let found = |text: &'static str| (model.yang(text), text);
    let (twice, text) = found(r#"{"m:c": {"l": [{"k": "a"}, {"k": "a"}]}}"#);
    assert_eq!(
        related(&twice[0], text),
        [("{", "/m:c/l/0", "first defined here")]
    );
    let (twice, text) = found(r#"{"other:o": {"own": "a", "other:own": "b"}}"#);
    assert_eq!(
        related(&twice[0], text),
        [("\"a\"", "/other:o/own", "first set here")]
    );
}

#[test]
fn keys_that_are_secret_are_masked() {
    let model = tables(
        "container SNMP_COMMUNITY { list SNMP_COMMUNITY_LIST { key name; unique TYPE; leaf name { type string; }
            leaf TYPE { type string; } } }",
    );
    let text = r#"{"SNMP_COMMUNITY": {"hunter2": {"TYPE": "RO"}, "hunter3": {"TYPE": "RO"}}}"#;
    let found = model.config_db(text);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].related[0].pointer, "/SNMP_COMMUNITY/****");
    assert!(!format!("{found:?}").contains("hunter"));
}
