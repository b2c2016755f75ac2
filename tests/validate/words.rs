//! Conditions in English, and as the module has them where they have no words.

use sonicfg::validate::Diagnostic;

use crate::support::{Model, module};

/// The message of the `must` of an entry of a table that is false.
#[track_caller]
fn said(must: &str, entry: &str) -> Diagnostic {
    let body = format!(
        r#"container m {{
            container MODE {{ container global {{ leaf mode {{ type string; }} leaf area {{ type string; }} }} }}
            container PORT {{ list PORT_LIST {{ key name; leaf name {{ type string; }} leaf mtu {{ type uint16; }} }} }}
            container VLAN_MEMBER {{ list VLAN_MEMBER_LIST {{
                key 'vlan port'; leaf vlan {{ type string; }} leaf port {{ type string; }} leaf tagging {{ type string; }}
            }} }}
            container LAG {{ list LAG_LIST {{
                key name; must "{must}";
                leaf name {{ type string; }}
                leaf port {{ type leafref {{ path '/m:m/m:PORT/m:PORT_LIST/m:name'; }} }}
                leaf mode {{ type string; }} leaf type {{ type string; default "a"; }} leaf size {{ type uint16; }}
                leaf-list members {{ type string; }}
            }} }}
        }}"#
    );
    let model = Model::of(&[module("m", &body)]);
    let found = model.config_db(&format!(
        r#"{{"PORT": {{"e0": {{"mtu": "9000"}}}}, "LAG": {{"lag1": {entry}}}}}"#
    ));
    let [one] = &found[..] else {
        panic!("{must}: {found:#?}");
    };
    assert_eq!(one.condition.as_deref(), Some(must));
    one.clone()
}

#[test]
fn conditions_in_words() {
    for (must, entry, words) in [
        ("mode = 'on'", "{}", r#"mode is "on""#),
        ("mode", "{}", "mode is set"),
        ("not(mode)", r#"{"mode": "on"}"#, "mode is not set"),
        ("not(mode = 'on')", r#"{"mode": "on"}"#, r#"mode is not "on""#),
        ("mode != 'on'", "{}", r#"mode is set, but not to "on""#),
        ("type != 'a'", "{}", r#"type is not "a""#),
        (
            "name = 'x' or name = 'y' or mode",
            "{}",
            r#"name is "x" or "y" or mode is set"#,
        ),
        (
            "not(name = 'lag1' or name = 'y')",
            "{}",
            r#"name is neither "lag1" nor "y""#,
        ),
        (
            "name = 'x' and (mode or size)",
            "{}",
            r#"name is "x" and (mode is set or size is set)"#,
        ),
        ("not(type = 'a') or mode", "{}", r#"mode is set if type is "a""#),
        (
            "not(size) or size != 5",
            r#"{"size": "5"}"#,
            "size is set, but not to 5 if it is set",
        ),
        (
            "not(mode) or mode != 'x'",
            r#"{"mode": "x"}"#,
            r#"mode is not "x""#,
        ),
        ("mode and mode = 'x'", "{}", r#"mode is "x""#),
        ("mode != ''", r#"{"mode": ""}"#, "mode is set and not empty"),
        (
            "size > 5 and size <= 9",
            r#"{"size": "1"}"#,
            "size is more than 5 and size is at most 9",
        ),
        ("5 < size", r#"{"size": "1"}"#, "size is more than 5"),
        ("size + 1 >= 9", r#"{"size": "1"}"#, "size + 1 is at least 9"),
        ("count(members) = 2", "{}", "the number of members is 2"),
        ("count(members) > 0", "{}", "members is set"),
        (
            "members = 'x'",
            r#"{"members": ["y"]}"#,
            r#"one of members is "x""#,
        ),
        (
            "count(members[. = 'x']) = 0",
            r#"{"members": ["x"]}"#,
            r#"none of members is "x""#,
        ),
        ("boolean(mode[. = 'a' or . = 'b'])", "{}", r#"mode is "a" or "b""#),
        ("contains(name, ':')", "{}", r#"name contains ":""#),
        (
            "not(starts-with(name, 'lag'))",
            "{}",
            r#"name does not begin with "lag""#,
        ),
        (
            "re-match(name, '[0-9]+')",
            "{}",
            "name matches the pattern '[0-9]+'",
        ),
        (
            "string-length(name) <= 3",
            "{}",
            "the length of name is at most 3",
        ),
        (
            "substring-after(name, 'lag') = size",
            r#"{"size": "2"}"#,
            r#"the part of name after "lag" is size"#,
        ),
        (
            "/m:m/m:MODE/m:global/m:mode = 'on'",
            "{}",
            r#"mode of MODE|global is "on""#,
        ),
        (
            "name = /m:m/m:PORT/m:PORT_LIST/m:name",
            "{}",
            "name is the name of an entry of PORT",
        ),
        (
            "/m:m/m:PORT/m:PORT_LIST[m:name = current()/m:name]",
            "{}",
            "there is PORT|<name>",
        ),
        (
            "count(/m:m/m:VLAN_MEMBER/m:VLAN_MEMBER_LIST) > 0",
            "{}",
            "there is an entry of VLAN_MEMBER",
        ),
        (
            "not(../../PORT/PORT_LIST[name = 'e0'])",
            "{}",
            "there is no PORT|e0",
        ),
        (
            "/m:m/m:PORT/m:PORT_LIST[m:name = current()/m:port]/m:mtu < 2000",
            r#"{"port": "e0"}"#,
            "mtu of PORT|<port> is less than 2000",
        ),
        (
            "count(/m:m/m:VLAN_MEMBER/m:VLAN_MEMBER_LIST[m:port = current()/m:port][m:tagging = 'x']) > 3",
            r#"{"port": "e0"}"#,
            r#"the number of entries VLAN_MEMBER|*|<port> whose tagging is "x" is more than 3"#,
        ),
        (
            "count(/m:m/m:VLAN_MEMBER/m:VLAN_MEMBER_LIST[m:port = current()/m:port and m:tagging = 'x']) > 3",
            r#"{"port": "e0"}"#,
            r#"the number of entries VLAN_MEMBER|*|<port> whose tagging is "x" is more than 3"#,
        ),
        (
            "deref(m:port)/../m:mtu < 2000",
            r#"{"port": "e0"}"#,
            "mtu of the entry that port refers to is less than 2000",
        ),
        ("translate(name, 'a', 'b') = 'x'", "{}", ""),
    ] {
        let found = said(must, entry);
        let message = match words {
            "" => format!("the condition does not hold: {must}"),
            words => format!("this must hold: {words}"),
        };
        assert_eq!(found.message, message);
        assert_eq!(found.hint, None);
    }
}

#[test]
fn identities_and_when() {
    let model = Model::of(&[module(
        "m",
        r#"identity base; identity fast { base base; }
        container m { container LINK { list LINK_LIST { key name;
            leaf name { type string; }
            leaf kind { type identityref { base base; } }
            leaf rate { when "derived-from-or-self(../kind, 'm:fast')"; type string; }
            leaf size { type uint16; must ". > 5" { error-message "too small"; } }
        } } }"#,
    )]);
    let found = model.config_db(r#"{"LINK": {"a": {"rate": "1", "size": "5"}}}"#);
    let said: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "/LINK/a/rate: only allowed when kind is fast or derived from it [When]",
            "/LINK/a/size: too small [Must] (the condition: size is more than 5)",
        ]
    );
}
