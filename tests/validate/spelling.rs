//! One address in two spellings as two keys of a table.

use sonicfg::validate::Severity;

use crate::support::{Model, module};

fn found(config: &str) -> Vec<String> {
    let model = Model::of(&[module(
        "m",
        "import ietf-inet-types { prefix inet; }
        container m {
            container STATIC_ROUTE { list STATIC_ROUTE_LIST { key 'vrf prefix';
                leaf vrf { type string; } leaf prefix { type string; } } }
            container INTERFACE { list INTERFACE_LIST { key 'name prefix';
                leaf name { type string; } leaf prefix { type string; } } }
            container PEER { list PEER_LIST { key address; leaf address { type inet:ip-address; } } } }",
    )])
    .with_shipped_policy();
    let found = model.config_db(config);
    found
        .iter()
        .filter(|one| one.app_tag.is_none())
        .map(|one| {
            let severity = one.severity;
            let first = one.related.first().map_or("", |related| &related.pointer);
            assert_eq!(severity == Severity::Warning, one.rule.name() == "SameAddress");
            format!("{} {} {first}", one.rule, one.pointer)
        })
        .collect()
}

#[test]
fn two_spellings_are_reported_once() {
    assert_eq!(
        found(
            r#"{"INTERFACE": {"e0|2001:db8::1/64": {}, "e4|2001:0db8::1/64": {}, "e0|2001:0DB8:0::1/64": {}}}"#
        ),
        ["SameAddress /INTERFACE/e0|2001:0DB8:0::1~164 /INTERFACE/e0|2001:db8::1~164"]
    );
    assert_eq!(
        found(r#"{"INTERFACE": {"e0|10.0.0.1/24": {}, "e0|10.0.0.01/24": {}, "e0|10.0.0.1/024": {}}}"#),
        [
            "SameAddress /INTERFACE/e0|10.0.0.01~124 /INTERFACE/e0|10.0.0.1~124",
            "SameAddress /INTERFACE/e0|10.0.0.1~1024 /INTERFACE/e0|10.0.0.1~124",
        ]
    );
}

#[test]
fn bits_behind_the_prefix_count_where_the_key_is_an_address() {
    let routes =
        r#"{"STATIC_ROUTE": {"default|10.0.0.1/24": {}, "default|10.0.0.0/24": {}, "Vrf1|10.0.0.0/24": {}}}"#;
    assert_eq!(
        found(routes),
        ["SameAddress /STATIC_ROUTE/default|10.0.0.0~124 /STATIC_ROUTE/default|10.0.0.1~124"]
    );
    assert!(found(r#"{"INTERFACE": {"e0|10.0.0.1/24": {}, "e0|10.0.0.2/24": {}}}"#).is_empty());
}

#[test]
fn keys_that_are_equal_for_their_type_are_duplicates() {
    assert_eq!(
        found(r#"{"PEER": {"2001:db8::1": {}, "2001:DB8::1": {}}}"#),
        ["Duplicate /PEER/2001:DB8::1 /PEER/2001:db8::1"]
    );
    assert!(found(r#"{"PEER": {"2001:db8::1": {}, "10.0.0.1": {}}}"#).is_empty());
}
