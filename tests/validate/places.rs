//! Where findings stand: the bytes, line and column, the order.

use sonicfg::config::Span;
use sonicfg::validate::Diagnostic;

use crate::support::{Model, module};

/// Checks that the findings of a document are about what stands in «», in this order.
fn marked(validate: impl Fn(&str) -> Vec<Diagnostic>, document: &str) {
    let plain = document.replace(['«', '»'], "");
    let found = validate(&plain);
    let mut at = 0;
    let mut expected: Vec<&str> = Vec::new();
    let mut spans = Vec::new();
    for part in document.split('«') {
        let (inside, after) = part.split_once('»').unwrap_or(("", part));
        if part.contains('»') {
            expected.push(inside);
            spans.push(Span {
                start: at as u32,
                end: (at + inside.len()) as u32,
            });
        }
        at += inside.len() + after.len();
    }
    let places: Vec<Span> = found
        .iter()
        .filter_map(|finding| Some(finding.place?.span))
        .collect();
    let shown: Vec<&str> = places
        .iter()
        .map(|span| &plain[span.start as usize..span.end as usize])
        .collect();
    assert_eq!(shown, expected);
    assert_eq!(places, spans);
    for finding in &found {
        let place = finding.place.unwrap();
        let before = &plain[..place.span.start as usize];
        assert_eq!(place.location.line, before.matches('\n').count() + 1);
        assert_eq!(
            place.location.column,
            before.chars().rev().take_while(|&c| c != '\n').count() + 1
        );
    }
}

fn vlans() -> Model {
    let vlan = "container sonic-vlan {
        container VLAN { list VLAN_LIST { key name; unique vlanid;
            leaf name { type string { pattern 'Vlan[0-9]+'; } } leaf vlanid { type uint16; mandatory true; }
            leaf-list dhcp_servers { type uint32; max-elements 2; }
            must \"not(vlanid = 7)\"; } }
        container VLAN_MEMBER { list VLAN_MEMBER_LIST { key 'name port';
            leaf name { type leafref { path /sonic-vlan/VLAN/VLAN_LIST/name; } }
            leaf port { type string { pattern 'Ethernet[0-9]+'; } }
            leaf mode { type enumeration { enum tagged; enum untagged; } } } } }";
    Model::of(&[module("sonic-vlan", vlan)])
}

#[test]
fn values_fields_and_keys() {
    let model = vlans();
    marked(
        |text| model.config_db(text),
        r#"{
  "VLAN": {
    "Vlan100": {"vlanid": «"many"»},
    "«Vlann»": {"vlanid": "101", «"vlanidd"»: "1"},
    «"Vlan7"»: {"vlanid": "7"},
    «"Vlan8"»: {"dhcp_servers": ["1", «"x"», «"3"»]},
    «"Vlan9|x"»: {"vlanid": "9"},
    "Vlan10": {"vlanid": «5»}
  },
  «"VLANS"»: {"Vlan1": {}}
}"#,
    );
}

#[test]
fn parts_of_keys() {
    let model = vlans();
    marked(
        |text| model.config_db(text),
        r#"{
  "VLAN": {"Vlan100": {"vlanid": "100"}},
  "VLAN_MEMBER": {
    "Vlan100|«eth0»": {"mode": "tagged"},
    "«Vlan200»|Ethernet0": {"mode": «"tag"»},
    "«Vlan200»|«»": {},
    «"Vlan100\u007Ceth4"»: {},
    «"Vlan100"»: {}
  }
}"#,
    );
}

#[test]
fn multiline_value_is_located_at_its_name() {
    let model = vlans();
    marked(
        |text| model.config_db(text),
        r#"{
  "VLAN": {
    "Vlan100": {
      «"vlanid"»: [
        "100"
      ]
    },
    «"Vlan101"»: [
      "x"
    ]
  }
}"#,
    );
    let model = Model::new(
        "container c { presence p; leaf x { type string; mandatory true; } list l { key k; leaf k { type string; } } }",
    );
    marked(|text| model.yang(text), r#"{«"m:c"»: {"l": [{"k": "ä"}, «{»}]}}"#);
    marked(|text| model.yang(text), "«[»]");
}

#[test]
fn columns_count_characters() {
    let model = Model::new("leaf s { type string; } leaf n { type uint8; }");
    let found = model.yang("{\n\t\"m:s\": \"üß😀\", \"m:n\": \"x\"\n}");
    let place = found[0].place.unwrap();
    assert_eq!((place.location.line, place.location.column), (2, 23));
}

#[test]
fn findings_stand_in_the_order_of_the_document() {
    let model = Model::new(
        "leaf a { type uint8; } leaf b { type uint8; must 'false()'; } leaf c { type leafref { path /d; } }
        leaf-list d { type string; max-elements 1; } leaf e { when 'false()'; type string; } list l { key k; unique u;
            leaf k { type string; } leaf u { type string; } }",
    );
    marked(
        |text| model.yang(text),
        r#"{"m:l": [{"k": "1", "u": "x"}, «{»"k": "2", "u": "x"}], "m:e": «""», "m:d": ["1", «"2"»],
            "m:c": «"x"», "m:b": «1», «"m:zz"»: 1, "m:a": «"x"»}"#,
    );
    marked(
        |text| model.yang(text),
        r#"{"m:a": «"x"», "m:b": «1», "m:c": «"x"», "m:d": ["1", «"2"»], "m:e": «""», «"m:zz"»: 1,
            "m:l": [{"k": "1", "u": "x"}, «{»"k": "2", "u": "x"}]}"#,
    );
}

#[test]
fn value_without_text_has_no_places() {
    let model = vlans();
    let value = serde_json::json!({"VLAN": {"Vlan1": {"vlanid": "x"}}});
    let config = sonicfg::config::Config::from_value("memory", &value);
    let found = sonicfg::validate::validate(&model.schema, &model.policy, &config).diagnostics;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].place, None);
    assert_eq!(found[0].pointer, "/VLAN/Vlan1/vlanid");
    assert_eq!(found[0].yang_path, "/sonic-vlan:sonic-vlan/VLAN/VLAN_LIST/vlanid");
}
