//! What may stand where, what must be there and how often (RFC 7950, sections 7.5 to 7.9).

use crate::support::{Model, check, check_yang, module};

#[test]
fn nodes_that_no_model_has() {
    let model = Model::of(&[
        module(
            "m",
            "container c { leaf hostname { type string; } } augment /o:o { leaf extra { type string; } }",
        )
        .replace("prefix m;", "prefix m; import other { prefix o; }"),
        module("other", "container o { leaf own { type string; } }"),
    ]);
    check_yang(
        &model,
        &[
            (
                r#"{"m:c": {"hostname": "a", "m:hostnam": "b"}}"#,
                &[r#"UnknownElement /m:c/m:hostnam: there is no node "m:hostnam" in "c""#],
            ),
            (
                r#"{"m:d": {}}"#,
                &[r#"UnknownElement /m:d: the module "m" has no node "d" at the top"#],
            ),
            (
                r#"{"n:c": {}}"#,
                &[r#"UnknownElement /n:c: there is no module "n""#],
            ),
            (
                r#"{"c": {}}"#,
                &[r#"InvalidJSON /c: "c" at the top level needs the name of its module in front"#],
            ),
            (r#"{"other:o": {"own": "a", "m:extra": "b"}}"#, &[]),
            (
                r#"{"other:o": {"extra": "b"}}"#,
                &["UnknownElement /other:o/extra"],
            ),
            (
                r#"{"other:o": {"own": "a", "other:own": "b"}}"#,
                &[r#"Duplicate /other:o/other:own: "own" appears twice here"#],
            ),
        ],
    );
    let hint = |text| model.yang(text).remove(0).hint;
    assert_eq!(
        hint(r#"{"m:c": {"hostnam": "a"}}"#).as_deref(),
        Some(r#"did you mean "hostname"?"#)
    );
    assert_eq!(hint(r#"{"m:c": {"zzz": "a"}}"#), None);
    assert_eq!(
        hint(r#"{"othr:o": {}}"#).as_deref(),
        Some(r#"did you mean "other"?"#)
    );
}

#[test]
fn each_kind_of_node_has_its_kind_of_json() {
    check(
        "container c { leaf x { type string; } leaf-list ll { type string; }
            list l { key k; leaf k { type string; } } container in { } anydata any; }",
        &[
            (
                r#"{"m:c": {"x": "a", "ll": ["a"], "l": [{"k": "a"}], "in": {}, "any": {"z": 1}}}"#,
                &[],
            ),
            (
                r#"{"m:c": {"x": ["a"], "ll": "a", "l": {"k": "a"}, "in": "a"}}"#,
                &[
                    "InvalidJSON /m:c/x: a list where a value belongs",
                    "InvalidJSON /m:c/ll: a string where a list of strings belongs",
                    "InvalidJSON /m:c/l: an object where a list of entries belongs",
                    "InvalidJSON /m:c/in: a string where an object belongs",
                ],
            ),
            (
                r#"{"m:c": {"ll": [["a"], {}], "l": ["a"]}}"#,
                &[
                    "InvalidJSON /m:c/ll/0: a list where a value belongs",
                    "InvalidJSON /m:c/ll/1: an object where a value belongs",
                    "InvalidJSON /m:c/l/0: a string where an object belongs",
                ],
            ),
            ("[]", &["InvalidJSON : a list where an object belongs"]),
        ],
    );
}

#[test]
fn state_data_is_refused() {
    check(
        "container c { leaf up { config false; type boolean; mandatory true; }
            list counters { config false; leaf n { type uint8; } } }",
        &[
            (r#"{"m:c": {}}"#, &[]),
            (
                r#"{"m:c": {"up": true, "counters": [{"n": 1}]}}"#,
                &[
                    r#"UnknownElement /m:c/up: "up" is state data; a config holds none"#,
                    r#"UnknownElement /m:c/counters: "counters" is state data; a config holds none"#,
                ],
            ),
        ],
    );
}

#[test]
fn mandatory_leafs() {
    check(
        "container plain { container deep { leaf x { type string; mandatory true; } } }",
        &[
            // A container without presence is always there.
            ("{}", &[r#"Mandatory : "x" is missing; it is mandatory"#]),
            (r#"{"m:plain": {}}"#, &["Mandatory /m:plain"]),
            (r#"{"m:plain": {"deep": {}}}"#, &["Mandatory /m:plain/deep"]),
            (r#"{"m:plain": {"deep": {"x": ""}}}"#, &[]),
        ],
    );
    check(
        "container there { presence 'it is'; leaf x { type string; mandatory true; } }
            list l { key k; leaf k { type string; } leaf y { type string; mandatory true; } anydata any { mandatory true; } }",
        &[
            ("{}", &[]),
            (r#"{"m:there": {}}"#, &["Mandatory /m:there"]),
            (
                r#"{"m:l": [{"k": "a", "y": "", "any": {}}, {"k": "b"}]}"#,
                &[
                    r#"Mandatory /m:l/1: "y" is missing; it is mandatory"#,
                    r#"Mandatory /m:l/1: "any" is missing; it is mandatory"#,
                ],
            ),
        ],
    );
    let model = Model::new("container c { presence p; leaf hostname { type string; mandatory true; } }");
    assert_eq!(
        model.yang(r#"{"m:c": {}}"#)[0].hint.as_deref(),
        Some(r#"add "hostname""#)
    );
    // One finding will do for a name that is misspelt.
    check_yang(
        &model,
        &[(r#"{"m:c": {"hostnam": "a"}}"#, &["UnknownElement /m:c/hostnam"])],
    );
}

#[test]
fn mandatory_only_while_its_when_holds() {
    check(
        "leaf mode { type string; default a; }
            container c { presence p;
                leaf x { when \"/mode = 'a'\"; type string; mandatory true; }
                leaf y { when \"/mode = 'b'\"; type string; mandatory true; }
                leaf-list ll { when \"/mode = 'b'\"; type string; min-elements 1; }
                choice ch { when \"/mode = 'b'\"; mandatory true; leaf p { type string; } leaf q { type string; } } }
            container plain { when \"/mode = 'b'\"; leaf z { type string; mandatory true; } }",
        &[
            (r#"{"m:c": {}}"#, &[r#"Mandatory /m:c: "x" is missing; it is mandatory"#]),
            (r#"{"m:c": {"x": ""}}"#, &[]),
            (
                r#"{"m:mode": "b", "m:c": {}}"#,
                &[
                    r#"Mandatory : "z" is missing; it is mandatory"#,
                    r#"Mandatory /m:c: "y" is missing; it is mandatory"#,
                    "MinElements /m:c",
                    "Missing /m:c",
                ],
            ),
            (r#"{"m:mode": "b", "m:c": {"y": "", "ll": ["a"], "p": ""}, "m:plain": {"z": ""}}"#, &[]),
        ],
    );
}

#[test]
fn choice_cases_exclude_each_other() {
    check(
        "container c { presence p; choice way {
            leaf a { type string; }
            case b { leaf b1 { type string; } leaf b2 { type string; mandatory true; } }
            case d { choice inner { leaf d1 { type string; } container d2 { presence p; } } leaf d3 { type string; } } } }",
        &[
            (r#"{"m:c": {}}"#, &[]),
            (r#"{"m:c": {"a": ""}}"#, &[]),
            (r#"{"m:c": {"b2": ""}}"#, &[]),
            (r#"{"m:c": {"b1": ""}}"#, &[r#"Mandatory /m:c: "b2" is missing; it is mandatory"#]),
            (r#"{"m:c": {"b1": "", "b2": ""}}"#, &[]),
            (r#"{"m:c": {"a": "", "b2": ""}}"#, &[r#"Choice /m:c: "a" and "b2" exclude each other"#]),
            (r#"{"m:c": {"d1": "", "d3": ""}}"#, &[]),
            (r#"{"m:c": {"d1": "", "d2": {}}}"#, &[r#"Choice /m:c: "d1" and "d2" exclude each other"#]),
            (r#"{"m:c": {"a": "", "d2": {}}}"#, &[r#"Choice /m:c: "a" and "d2" exclude each other"#]),
        ],
    );
}

#[test]
fn mandatory_choices() {
    check(
        "container c { presence p; choice way { mandatory true;
            case a { leaf a1 { type string; } }
            case b { choice inner { mandatory true; leaf b1 { type string; } leaf b2 { type string; } } leaf b3 { type string; } } } }",
        &[
            ("{}", &[]),
            (r#"{"m:c": {}}"#, &["Missing /m:c: one of these must be there: a1, b1, b2, b3"]),
            (r#"{"m:c": {"a1": ""}}"#, &[]),
            (r#"{"m:c": {"b1": "", "b3": ""}}"#, &[]),
            (r#"{"m:c": {"b3": ""}}"#, &["Missing /m:c: one of these must be there: b1, b2"]),
        ],
    );
    let model = Model::new("choice way { mandatory true; leaf a { type string; } }");
    assert_eq!(model.yang("{}")[0].app_tag.as_deref(), Some("missing-choice"));
}

#[test]
fn keys_must_be_there() {
    check(
        "list l { key 'a b'; leaf a { type string; } leaf b { type uint8; } leaf c { type string; } }",
        &[
            (r#"{"m:l": [{"a": "x", "b": 1}, {"b": 1, "a": "y"}]}"#, &[]),
            (
                r#"{"m:l": [{"a": "x"}]}"#,
                &[r#"ListKey /m:l/0: the entry has no key "b""#],
            ),
            (
                r#"{"m:l": [{"c": "x"}]}"#,
                &[
                    r#"ListKey /m:l/0: the entry has no key "a""#,
                    r#"ListKey /m:l/0: the entry has no key "b""#,
                ],
            ),
        ],
    );
}

#[test]
fn entries_and_elements_stand_once() {
    check(
        "list l { key 'a b'; leaf a { type string; } leaf b { type uint8; } }
            leaf-list ll { type uint8; }
            list outer { key k; leaf k { type string; } leaf-list in { type string; } list l { key k; leaf k { type string; } } }",
        &[
            (r#"{"m:l": [{"a": "x", "b": 1}, {"a": "x", "b": 2}, {"a": "y", "b": 1}]}"#, &[]),
            (
                r#"{"m:l": [{"a": "x", "b": 8}, {"a": "x", "b": "010"}]}"#,
                &["Duplicate /m:l/1: an entry with the same key exists already"],
            ),
            (r#"{"m:ll": [1, 2, 3]}"#, &[]),
            (
                r#"{"m:ll": [8, 2, "010", 2]}"#,
                &[
                    r#"Duplicate /m:ll/2: "010" is in the list already"#,
                    r#"Duplicate /m:ll/3: "2" is in the list already"#,
                ],
            ),
            (
                r#"{"m:outer": [{"k": "1", "in": ["a"], "l": [{"k": "a"}]}, {"k": "2", "in": ["a"], "l": [{"k": "a"}]}]}"#,
                &[],
            ),
        ],
    );
}

#[test]
fn least_and_most_numbers() {
    let body = "container c { presence p;
        leaf-list ll { type string; min-elements 1; max-elements 2; }
        list l { key k; min-elements 1; max-elements 2; leaf k { type string; } } }";
    check(
        body,
        &[
            ("{}", &[]),
            (r#"{"m:c": {"ll": ["a"], "l": [{"k": "a"}, {"k": "b"}]}}"#, &[]),
            (
                r#"{"m:c": {"ll": []}}"#,
                &[
                    r#"MinElements /m:c: 0 of "ll"; at least 1 must be there"#,
                    r#"MinElements /m:c: 0 of "l"; at least 1 must be there"#,
                ],
            ),
            (
                r#"{"m:c": {"ll": ["a", "b", "c", "d"], "l": [{"k": "a"}, {"k": "b"}, {"k": "c"}]}}"#,
                &[
                    r#"MaxElements /m:c/ll/2: 4 of "ll"; at most 2 are allowed"#,
                    r#"MaxElements /m:c/l/2: 3 of "l"; at most 2 are allowed"#,
                ],
            ),
        ],
    );
    let tags = |text| -> Vec<String> {
        let found = Model::new(body).yang(text);
        found.into_iter().filter_map(|finding| finding.app_tag).collect()
    };
    assert_eq!(tags(r#"{"m:c": {"l": [{"k": "a"}]}}"#), ["too-few-elements"]);
    assert_eq!(
        tags(r#"{"m:c": {"ll": ["a", "b", "c"], "l": [{"k": "a"}]}}"#),
        ["too-many-elements"]
    );
    // Inside a container without presence they count even where nothing is written.
    check(
        "container c { list l { key k; min-elements 2; leaf k { type string; } } }",
        &[
            ("{}", &[r#"MinElements : 0 of "l"; at least 2 must be there"#]),
            (r#"{"m:c": {"l": [{"k": "a"}]}}"#, &["MinElements /m:c"]),
        ],
    );
    // Each entry of an outer list has its own.
    check(
        "list o { key k; leaf k { type string; } leaf-list ll { type string; max-elements 1; } }",
        &[
            (
                r#"{"m:o": [{"k": "a", "ll": ["1"]}, {"k": "b", "ll": ["2"]}]}"#,
                &[],
            ),
            (
                r#"{"m:o": [{"k": "a", "ll": ["1"]}, {"k": "b", "ll": ["2", "3"]}]}"#,
                &["MaxElements /m:o/1/ll/1"],
            ),
        ],
    );
}

#[test]
fn unique_values() {
    check(
        "list l { key k; unique ip; leaf k { type string; } leaf ip { type string; } }",
        &[
            (
                r#"{"m:l": [{"k": "1", "ip": "a"}, {"k": "2", "ip": "b"}, {"k": "3"}, {"k": "4"}]}"#,
                &[],
            ),
            (
                r#"{"m:l": [{"k": "1", "ip": "a"}, {"k": "2"}, {"k": "3", "ip": "a"}]}"#,
                &[r#"Unique /m:l/2: Unique data leaf(s) "ip" not satisfied: another entry has the same ip"#],
            ),
        ],
    );
    check(
        "list l { key k; unique 'ip where/port'; leaf k { type string; } leaf ip { type string; }
            container where { leaf port { type uint8; } } }",
        &[
            // Entries that lack one of the leafs are left out.
            (
                r#"{"m:l": [{"k": "1", "ip": "a"}, {"k": "2", "ip": "a"}, {"k": "3", "where": {"port": 1}}]}"#,
                &[],
            ),
            (
                r#"{"m:l": [{"k": "1", "ip": "a", "where": {"port": 1}}, {"k": "2", "ip": "a", "where": {"port": 2}},
                            {"k": "3", "ip": "b", "where": {"port": 1}}]}"#,
                &[],
            ),
            (
                r#"{"m:l": [{"k": "1", "ip": "a", "where": {"port": 8}}, {"k": "2", "ip": "a", "where": {"port": "010"}}]}"#,
                &[
                    r#"Unique /m:l/1: Unique data leaf(s) "ip port" not satisfied: another entry has the same ip and port"#,
                ],
            ),
        ],
    );
    // A default counts as a value.
    check(
        "list l { key k; unique 'ip port'; leaf k { type string; } leaf ip { type string; } leaf port { type uint8; default 80; } }",
        &[
            (
                r#"{"m:l": [{"k": "1", "ip": "a"}, {"k": "2", "ip": "a", "port": 81}]}"#,
                &[],
            ),
            (
                r#"{"m:l": [{"k": "1", "ip": "a"}, {"k": "2", "ip": "a", "port": 80}]}"#,
                &["Unique /m:l/1"],
            ),
            (
                r#"{"m:l": [{"k": "1", "ip": "a"}, {"k": "2", "ip": "a"}]}"#,
                &["Unique /m:l/1"],
            ),
        ],
    );
    // Two statements are two rules; each outer entry stands for itself.
    check(
        "list o { key k; leaf k { type string; }
            list l { key k; unique a; unique b; leaf k { type string; } leaf a { type string; } leaf b { type string; } } }",
        &[
            (r#"{"m:o": [{"k": "1", "l": [{"k": "1", "a": "x"}]}, {"k": "2", "l": [{"k": "1", "a": "x"}]}]}"#, &[]),
            (
                r#"{"m:o": [{"k": "1", "l": [{"k": "1", "a": "x", "b": "y"}, {"k": "2", "a": "x", "b": "y"}]}]}"#,
                &["Unique /m:o/0/l/1", "Unique /m:o/0/l/1"],
            ),
        ],
    );
    let model = Model::new("list l { key k; unique a; leaf k { type string; } leaf a { type string; } }");
    let found = model.yang(r#"{"m:l": [{"k": "1", "a": "x"}, {"k": "2", "a": "x"}]}"#);
    assert_eq!(found[0].app_tag.as_deref(), Some("data-not-unique"));
}

#[test]
fn invalid_mandatory_node_is_not_missing() {
    check(
        "container c { presence p; leaf x { type string; mandatory true; must '. = 1'; }
            leaf-list ll { type uint8; min-elements 1; } list l { key k; min-elements 1; leaf k { type uint8; } }
            container in { leaf deep { type string; mandatory true; } } must \"x = 'a'\"; }",
        &[
            (r#"{"m:c": {"x": "a", "ll": ["1"], "l": [{"k": 1}], "in": {"deep": ""}}}"#, &["Must /m:c/x"]),
            (
                r#"{"m:c": {"x": {}, "ll": 5, "l": "x", "in": []}}"#,
                &["InvalidJSON /m:c/x", "InvalidJSON /m:c/ll", "InvalidJSON /m:c/l", "InvalidJSON /m:c/in"],
            ),
            (
                r#"{"m:c": {"x": {}, "ll": [{}], "l": [{"k": []}], "in": {"deep": []}}}"#,
                &["InvalidJSON /m:c/x", "InvalidJSON /m:c/ll/0", "InvalidJSON /m:c/l/0/k", "InvalidJSON /m:c/in/deep"],
            ),
        ],
    );
    check(
        "list l { key k; unique u; leaf k { type uint8; } leaf u { type uint8; } } leaf-list ll { type uint8; }",
        &[(
            r#"{"m:l": [{"k": "x", "u": "y"}, {"k": "x", "u": "y"}], "m:ll": ["x", "x"]}"#,
            &[
                "InvalidValue /m:l/0/k",
                "InvalidValue /m:l/0/u",
                "InvalidValue /m:l/1/k",
                "InvalidValue /m:l/1/u",
                "InvalidValue /m:ll/0",
                "InvalidValue /m:ll/1",
            ],
        )],
    );
}
