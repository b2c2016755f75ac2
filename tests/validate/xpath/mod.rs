//! XPath 1.0 as YANG uses it, on one document with nodes of every kind.

mod functions;
mod index;
mod operators;
mod paths;

use crate::support::conditions;

/// A module with one leaf of every kind; the conditions stand on the leaf `here`.
const BODY: &str = "
    identity animal; identity small; identity cat { base animal; base small; } identity kitten { base cat; }
    identity horse { base animal; }
    container c {
        leaf here { type string; MUST }
        leaf n { type int32; }
        leaf d { type decimal64 { fraction-digits 2; } }
        leaf s { type string; }
        leaf blank { type string; }
        leaf flag { type boolean; }
        leaf level { type enumeration { enum low { value 5; } enum high { value 10; } } }
        leaf mode { type bits { bit read; bit write; bit run; } }
        leaf pet { type identityref { base animal; } }
        leaf a-b { type uint8; }
        leaf x { type string; }
        leaf y { type string; }
        leaf-list ll { type int8; ordered-by user; }
        leaf-list words { type string; ordered-by user; }
        leaf-list none { type string; }
        list l { key 'a b'; ordered-by user; leaf a { type string; } leaf b { type string; } leaf v { type uint8; }
            container in { leaf w { type string; } } }
        leaf ref { type leafref { path ../l/a; } }
        leaf loose { type leafref { path ../l/a; require-instance false; } }
    }
    leaf outside { type string; }";

const DOCUMENT: &str = r#"{"m:c": {
    "here": "h", "n": 42, "d": "2.50", "s": "hello world", "blank": " a  b\tc ", "flag": true, "level": "high",
    "mode": "run read", "pet": "kitten", "a-b": 9, "x": "p", "y": "q",
    "ll": [3, 1, -2], "words": ["q", "r", "z"],
    "l": [
        {"a": "p", "b": "q", "v": 1, "in": {"w": "one"}},
        {"a": "p", "b": "r", "v": 2},
        {"a": "s", "b": "q", "v": 3, "in": {"w": "q"}},
        {"a": "t", "b": "q", "v": 4},
        {"a": "s", "b": "r", "v": 5}],
    "ref": "s", "loose": "t"},
    "m:outside": "o"}"#;

/// Checks which conditions hold, and which do not.
fn check(holding: &[&str], failing: &[&str]) {
    conditions(BODY, DOCUMENT, holding, failing);
}

/// Checks numbers and strings that expressions give.
fn equal(expected: &[(&str, &str)]) {
    let holding: Vec<String> = expected
        .iter()
        .map(|(a, b)| format!("string({a}) = {b}"))
        .collect();
    let failing: Vec<String> = expected
        .iter()
        .map(|(a, b)| format!("string({a}) != {b}"))
        .collect();
    let holding: Vec<&str> = holding.iter().map(String::as_str).collect();
    let failing: Vec<&str> = failing.iter().map(String::as_str).collect();
    check(&holding, &failing);
}
