//! `when` and `must`, and what they see (RFC 7950, sections 7.21.5, 7.5.3 and 6.4.1).

use crate::support::{Model, check, check_yang, module};

#[test]
fn when_on_every_kind_of_node() {
    let on = "when \"/m:mode = 'on'\";";
    let body = format!(
        "leaf mode {{ type string; }}
        container c {{
            leaf x {{ {on} type string; }}
            container in {{ {on} leaf a {{ type string; }} }}
            list l {{ {on} key k; leaf k {{ type string; }} }}
            leaf-list ll {{ {on} type string; }}
            choice ch {{ {on} leaf c1 {{ type string; }} }}
            choice other {{ case one {{ {on} leaf c2 {{ type string; }} }} }}
            uses group {{ {on} }}
        }}
        grouping group {{ leaf g {{ type string; }} }}
        augment /c {{ {on} leaf au {{ type string; }} }}"
    );
    let all = r#""m:c": {"x": "", "in": {"a": ""}, "l": [{"k": "1"}, {"k": "2"}], "ll": ["a"], "c1": "", "c2": "", "g": "", "au": ""}"#;
    let message = "only allowed when /m:mode = 'on'";
    let places = ["x", "in", "l/0", "l/1", "ll/0", "c1", "c2", "g", "au"];
    let refused: Vec<String> = places
        .iter()
        .map(|place| format!("When /m:c/{place}: {message}"))
        .collect();
    let refused: Vec<&str> = refused.iter().map(String::as_str).collect();
    check(
        &body,
        &[
            (&format!(r#"{{"m:mode": "on", {all}}}"#), &[]),
            (&format!(r#"{{"m:mode": "off", {all}}}"#), &refused),
            (&format!("{{{all}}}"), &refused),
            (r#"{"m:c": {}}"#, &[]),
        ],
    );
}

#[test]
fn the_context_of_when() {
    check(
        "container c { leaf mode { type string; }
            leaf x { when \"../mode = 'on'\"; type string; }
            container in { when \"../mode = 'on'\"; leaf a { type string; } }
            choice ch { when \"mode = 'on'\"; case one { when \"mode != 'off'\"; leaf c1 { type string; } } }
            uses group { when \"mode = 'on'\"; } }
        grouping group { leaf g { type string; } }
        augment /c { when \"mode = 'on'\"; leaf au { type string; } }",
        &[
            (
                r#"{"m:c": {"mode": "on", "x": "", "in": {"a": ""}, "c1": "", "g": "", "au": ""}}"#,
                &[],
            ),
            (
                r#"{"m:c": {"mode": "of", "x": "", "in": {"a": ""}, "c1": "", "g": "", "au": ""}}"#,
                &[
                    "When /m:c/x",
                    "When /m:c/in",
                    "When /m:c/c1",
                    "When /m:c/g",
                    "When /m:c/au",
                ],
            ),
        ],
    );
}

#[test]
fn when_sees_defaults_and_decides_on_them() {
    let body = "container c {
        leaf mode { type string; default a; }
        leaf x { when \"../mode = 'a'\"; type string; default dx; }
        leaf y { when \"../mode = 'b'\"; type string; default dy; }
        leaf z { when \"../y = 'dy'\"; type string; default dz; }
        leaf seen { type string; must \"concat(../x, '-', ../y, '-', ../z) = .\"; } }";
    check(
        body,
        &[
            (r#"{"m:c": {"x": "1"}}"#, &[]),
            (r#"{"m:c": {"y": "1"}}"#, &["When /m:c/y"]),
            (r#"{"m:c": {"mode": "b", "x": "1"}}"#, &["When /m:c/x"]),
            (r#"{"m:c": {"mode": "b", "y": "1"}}"#, &[]),
            // What hangs on a default goes with it.
            (r#"{"m:c": {"seen": "dx--"}}"#, &[]),
            (r#"{"m:c": {"mode": "b", "seen": "-dy-dz"}}"#, &[]),
            (r#"{"m:c": {"mode": "b", "y": "1", "seen": "-1-"}}"#, &[]),
            (r#"{"m:c": {"mode": "b", "z": "1"}}"#, &[]),
            (r#"{"m:c": {"mode": "c", "z": "1"}}"#, &["When /m:c/z"]),
        ],
    );
}

#[test]
fn must_on_every_kind_of_node() {
    check(
        "leaf limit { type uint8; default 2; }
        leaf x { type uint8; must '. < /limit' { error-message 'x is too large'; } }
        leaf-list ll { type uint8; must '. < /limit'; }
        list l { key k; leaf k { type uint8; } must 'k < /limit'; must 'count(../l) < 3' { error-message 'too many'; } }
        container c { presence p; leaf a { type uint8; } must 'a < /limit'; }",
        &[
            (r#"{"m:x": 1, "m:ll": [0, 1], "m:l": [{"k": 0}, {"k": 1}], "m:c": {"a": 1}}"#, &[]),
            (r#"{"m:limit": 9, "m:x": 8, "m:ll": [7, 8], "m:l": [{"k": 8}], "m:c": {"a": 8}}"#, &[]),
            (
                r#"{"m:x": 2, "m:ll": [2, 1, 3], "m:l": [{"k": 1}, {"k": 2}], "m:c": {}}"#,
                &[
                    "Must /m:x: x is too large",
                    "Must /m:ll/0: the condition does not hold: . < /limit",
                    "Must /m:ll/2",
                    "Must /m:l/1",
                    "Must /m:c",
                ],
            ),
            (
                r#"{"m:l": [{"k": 0}, {"k": 1}, {"k": 2}]}"#,
                &[
                    "Must /m:l/0: too many",
                    "Must /m:l/1: too many",
                    "Must /m:l/2: the condition does not hold: k < /limit",
                    "Must /m:l/2: too many",
                ],
            ),
        ],
    );
}

#[test]
fn must_keeps_the_words_of_the_model() {
    let model = Model::new(
        "leaf x { type uint8; must '. != 1'; must '. != 2' { error-message 'not two'; error-app-tag no-two; } }",
    );
    let one = model.yang(r#"{"m:x": 1}"#).remove(0);
    assert_eq!(one.message, "the condition does not hold: . != 1");
    assert_eq!(one.app_tag.as_deref(), Some("must-violation"));
    assert_eq!(one.yang_path, "/m:x");
    let two = model.yang(r#"{"m:x": 2}"#).remove(0);
    assert_eq!(two.message, "not two");
    assert_eq!(two.hint.as_deref(), Some("the condition: . != 2"));
    assert_eq!(two.app_tag.as_deref(), Some("no-two"));
}

#[test]
fn must_on_what_is_not_written() {
    // A container without presence is there all the same, one with presence is not.
    check(
        "leaf limit { type uint8; default 1; }
        container plain { must '/limit = 1'; container deep { must '/limit < 3'; } }
        container there { presence p; must '/limit = 1'; }",
        &[
            ("{}", &[]),
            (r#"{"m:limit": 2}"#, &["Must "]),
            (r#"{"m:limit": 2, "m:plain": {}}"#, &["Must /m:plain"]),
            (
                r#"{"m:limit": 3, "m:plain": {}, "m:there": {}}"#,
                &["Must /m:plain", "Must /m:plain", "Must /m:there"],
            ),
        ],
    );
    // So is a leaf with a default.
    check(
        "leaf limit { type uint8; } leaf x { type uint8; default 5; must 'not(/limit) or . < /limit'; }
        leaf-list ll { type uint8; default 5; default 6; must 'not(/limit) or . < /limit'; }",
        &[
            ("{}", &[]),
            (r#"{"m:limit": 7}"#, &[]),
            (r#"{"m:limit": 6}"#, &["Must "]),
            (r#"{"m:limit": 5}"#, &["Must ", "Must ", "Must "]),
            (r#"{"m:limit": 5, "m:x": 1, "m:ll": [1]}"#, &[]),
        ],
    );
}

#[test]
fn must_sees_defaults() {
    check(
        "container c {
            leaf x { type uint8; default 5; }
            leaf-list ll { type string; default a; default b; }
            choice ch { default two; leaf one { type string; default d1; } case two { leaf two { type string; default d2; }
                choice in { default deep; leaf deep { type string; default d3; } leaf deeper { type string; default d4; } } } }
            container in { leaf y { type uint8; default 6; } }
            container there { presence p; leaf z { type uint8; default 7; } }
            list l { key k; leaf k { type string; } leaf v { type uint8; default 8; } }
        }
        leaf seen { type string;
            must \". = concat(/c/x, /c/ll[1], /c/ll[2], /c/one, /c/two, /c/deep, /c/deeper, /c/in/y, /c/there/z, sum(/c/l/v))\"; }",
        &[
            (r#"{"m:seen": "5abd2d360"}"#, &[]),
            (r#"{"m:c": {"x": 1, "ll": ["c"]}, "m:seen": "1cd2d360"}"#, &[]),
            (r#"{"m:c": {"ll": []}, "m:seen": "5abd2d360"}"#, &[]),
            (r#"{"m:c": {"one": "!"}, "m:seen": "5ab!60"}"#, &[]),
            (r#"{"m:c": {"two": "!"}, "m:seen": "5ab!d360"}"#, &[]),
            (r#"{"m:c": {"deeper": "!"}, "m:seen": "5abd2!60"}"#, &[]),
            (r#"{"m:c": {"there": {}, "l": [{"k": "1"}, {"k": "2", "v": 1}]}, "m:seen": "5abd2d3679"}"#, &[]),
            (r#"{"m:seen": "6"}"#, &["Must /m:seen"]),
        ],
    );
}

#[test]
fn values_are_compared_in_canonical_form() {
    check(
        "import ietf-inet-types { prefix inet; }
        leaf n { type uint8; must \". = '08'\"; } leaf d { type decimal64 { fraction-digits 2; } must \". = '1.50'\"; }
        leaf ip { type inet:ipv6-address; must \". = 'FC00::1'\"; } leaf b { type bits { bit x; bit y; } must \". = 'y x'\"; }
        leaf s { type string; must \". = '8'\"; }",
        &[
            (r#"{"m:n": 8, "m:d": "1.5", "m:ip": "fc00:0::1", "m:b": "x y", "m:s": "8"}"#, &[]),
            (r#"{"m:s": "08"}"#, &["Must /m:s"]),
        ],
    );
}

#[test]
fn names_of_identities_are_those_of_the_module_with_the_condition() {
    let base = "identity a; identity b { base a; } identity c { base a; }";
    let m = "import base { prefix p; } identity d { base p:a; }
        leaf x { type identityref { base p:a; } must \". = 'p:b' or . = 'd'\"; }
        list l { key i; leaf i { type identityref { base p:a; } } }
        leaf y { type string; must \"/l[i = 'p:b'] and not(/l[i = 'd'])\"; }";
    let model = Model::of(&[module("base", base), module("m", m)]);
    check_yang(
        &model,
        &[
            (r#"{"m:x": "base:b"}"#, &[]),
            (r#"{"m:x": "d"}"#, &[]),
            (r#"{"m:x": "base:c"}"#, &["Must /m:x"]),
            (r#"{"m:l": [{"i": "base:b"}, {"i": "base:c"}], "m:y": ""}"#, &[]),
            (
                r#"{"m:l": [{"i": "base:b"}, {"i": "m:d"}], "m:y": ""}"#,
                &["Must /m:y"],
            ),
        ],
    );
}

#[test]
fn conditions_of_groupings_and_augments_use_the_prefixes_of_their_module() {
    let library = "grouping g { leaf mode { type string; } leaf x { type string; must \"../lib:mode = 'on' or ../mode = 'on'\"; } }"
        .replace("lib:", "library:");
    let m = "import library { prefix lib; } container c { uses lib:g; }";
    let more = "import m { prefix mm; } augment /mm:c { leaf y { type string; must \"../mm:mode = 'on' and ../y\"; } }";
    let model = Model::of(&[module("library", &library), module("m", m), module("more", more)]);
    check_yang(
        &model,
        &[
            (r#"{"m:c": {"mode": "on", "more:y": ""}}"#, &[]),
            (r#"{"m:c": {"mode": "off", "more:y": ""}}"#, &["Must /m:c/more:y"]),
            (r#"{"m:c": {"mode": "on", "x": ""}}"#, &[]),
            (r#"{"m:c": {"mode": "off", "x": ""}}"#, &["Must /m:c/x"]),
        ],
    );
}

#[test]
fn consequences_are_not_reported() {
    check(
        "container c {
            leaf n { type uint8; must '. < 10'; }
            leaf-list ll { type uint8; }
            list l { key k; leaf k { type uint8; } leaf v { type uint8; } }
            leaf when { when '../n = 1'; type string; }
            container gone { when \"../n = 2\"; leaf g { type string; must 'false()'; } }
            leaf a { type string; must '../n = 3'; }
            leaf b { type string; must 'count(../ll[. = 3]) = 1'; }
            leaf d { type string; must '../l[k = 3]'; }
            leaf e { type string; must \"../l[k = '3']/v = 4\"; }
            leaf f { type string; must \". = /c/ll\"; }
            leaf ok { type string; must '../n or ../ll'; }
            leaf other { type string; must 'false()'; }
        }",
        &[
            (
                r#"{"m:c": {"n": "x", "when": "", "a": "", "ok": ""}}"#,
                &["InvalidValue /m:c/n"],
            ),
            (
                r#"{"m:c": {"ll": [1, "x"], "b": "", "f": "3", "ok": ""}}"#,
                &["InvalidValue /m:c/ll/1"],
            ),
            (
                r#"{"m:c": {"l": [{"k": "x"}], "d": "", "e": ""}}"#,
                &["InvalidValue /m:c/l/0/k"],
            ),
            (
                r#"{"m:c": {"l": [{"k": 3, "v": "x"}], "d": "", "e": ""}}"#,
                &["InvalidValue /m:c/l/0/v"],
            ),
            // What stands where it must not is not looked into.
            (r#"{"m:c": {"gone": {"g": ""}}}"#, &["When /m:c/gone"]),
            // What has nothing to do with it is reported.
            (
                r#"{"m:c": {"n": "x", "other": ""}}"#,
                &["InvalidValue /m:c/n", "Must /m:c/other"],
            ),
            (r#"{"m:c": {"n": 12, "a": ""}}"#, &["Must /m:c/n", "Must /m:c/a"]),
        ],
    );
}

#[test]
fn functions_that_look_into_invalid_values_say_nothing() {
    check(
        "identity i; identity j { base i; }
        leaf-list port { type string { length 2; } }
        leaf e { type enumeration { enum a { value 3; } } }
        leaf b { type bits { bit x; } }
        leaf p { type identityref { base i; } }
        leaf r { type leafref { path /port; } }
        leaf here { type string;
            must '/e and enum-value(/e) = 3'; must \"bit-is-set(/b, 'x')\"; must \"derived-from(/p, 'i')\"; must 'deref(/r)'; }",
        &[
            (r#"{"m:port": ["p0"], "m:e": "a", "m:b": "x", "m:p": "j", "m:r": "p0", "m:here": ""}"#, &[]),
            (
                r#"{"m:port": ["p0"], "m:e": "z", "m:b": "z", "m:p": "z", "m:r": "z", "m:here": ""}"#,
                &["InvalidValue /m:e", "InvalidValue /m:b", "InvalidValue /m:p", "Length /m:r"],
            ),
        ],
    );
}

/// Conditions are checked once for entries that are alike in what the conditions read of them.
#[test]
fn conditions_come_out_the_same_for_one_entry_and_for_many() {
    let model = Model::new(
        "container c {
            leaf-list taken { type string; }
            list peer { key name; leaf name { type string; } leaf kind { type string; } }
            list member {
                key \"vlan port\";
                must \"mode = 'a' or count(tag) > 1\";
                must \"not(tag) or tag[1] = 'x' or tag[last()] = 'y'\";
                must \"../peer[name = current()/port]/kind = mode or vlan mod 3 = 0\";
                must \"string(mode | port) != 'p1'\";
                must \"string-length(.) < 9\";
                must \"name(*[last()]) != 'row' or mode = 'b'\";
                leaf vlan { type uint8; must '. > ../vlan - 1 and . != 7'; }
                leaf port { type string; must 'not(/c/taken[. = current()])'; must \"starts-with(., 'p')\"; }
                leaf mode { type string; when \"../port != 'p3'\"; must \". = 'a' or ../vlan < 20\"; }
                leaf-list tag { type string; must \". != 'z' or ../../peer[kind = current()/../mode]\"; }
                leaf level { type union { type uint8; type string; } must \". = '1' or . = 'high'\"; }
                list row { key k; leaf k { type string; } leaf v { type string; must \". = ../../mode or ../k = 'k1'\"; } }
            }
        }",
    );
    let around =
        r#""taken": ["p1", "p4"], "peer": [{"name": "p0", "kind": "a"}, {"name": "p2", "kind": "b"}]"#;
    let member = |at: usize| {
        let (port, mode) = (at % 5, ["a", "b"][at / 5 % 2]);
        let tags = [r#""x", "z""#, r#""z""#, "", r#""q", "y""#][at / 3 % 4];
        let level = ["01", "1", "high", "low"][at / 2 % 4];
        let rows = [r#", "row": [{"k": "k1", "v": "a"}, {"k": "k2", "v": "a"}]"#, ""][at / 7 % 2];
        format!(
            r#"{{"vlan": {}, "port": "p{port}", "mode": "{mode}", "tag": [{tags}], "level": "{level}"{rows}}}"#,
            at / 5,
        )
    };
    let findings = |members: &[String]| {
        let members = members.join(", ");
        model.yang(&format!(r#"{{"m:c": {{{around}, "member": [{members}]}}}}"#))
    };
    let all: Vec<String> = (0..120).map(member).collect();
    let mut expected = Vec::new();
    for (at, one) in all.iter().enumerate() {
        let alone = findings(std::slice::from_ref(one)).into_iter();
        expected.extend(alone.map(|finding| {
            let pointer = finding.pointer.replacen("/member/0", &format!("/member/{at}"), 1);
            (finding.rule, pointer, finding.message)
        }));
    }
    let found = findings(&all).into_iter();
    let found: Vec<_> = found
        .map(|finding| (finding.rule, finding.pointer, finding.message))
        .collect();
    assert_eq!(found, expected);
    assert!(expected.len() > 100, "{}", expected.len());
}
