//! Functions (XPath 1.0, section 4; RFC 7950, section 10).

use super::{check, equal};
use crate::support::{Model, check_yang, conditions, module};

#[test]
fn strings_of_values() {
    equal(&[
        ("../n", "'42'"),
        ("../d", "'2.5'"),
        ("../mode", "'read run'"),
        ("../pet", "'m:kitten'"),
        ("../none", "''"),
        ("../words", "'q'"),
        ("../l", "'pq1one'"),
        ("true()", "'true'"),
        ("1 = 2", "'false'"),
        ("1.50", "'1.5'"),
        (".5", "'0.5'"),
        ("-0", "'0'"),
        ("100000000000", "'100000000000'"),
        ("0 div 0", "'NaN'"),
        ("1 div 0", "'Infinity'"),
        ("-1 div 0", "'-Infinity'"),
    ]);
    check(
        &["string() = 'h'", "../s[string() = 'hello world']"],
        &["string() = ''"],
    );
}

#[test]
fn numbers_of_values() {
    equal(&[
        ("number(' -12.50 ')", "'-12.5'"),
        ("number('5.')", "'5'"),
        ("number('.5')", "'0.5'"),
        ("number('')", "'NaN'"),
        ("number('1e3')", "'NaN'"),
        ("number('0x10')", "'NaN'"),
        ("number('+1')", "'NaN'"),
        ("number(true())", "'1'"),
        ("number(../n)", "'42'"),
        ("number(../none)", "'NaN'"),
        ("number(../ll)", "'3'"),
        ("sum(../ll)", "'2'"),
        ("sum(../none)", "'0'"),
        ("sum(../words)", "'NaN'"),
        ("floor(2.6)", "'2'"),
        ("floor(-2.5)", "'-3'"),
        ("ceiling(2.4)", "'3'"),
        ("ceiling(-2.5)", "'-2'"),
        ("round(2.5)", "'3'"),
        ("round(2.4)", "'2'"),
        ("round(-2.5)", "'-2'"),
        ("round(0 div 0)", "'NaN'"),
        ("round(1 div 0)", "'Infinity'"),
        ("count(../words)", "'3'"),
        ("count(../none)", "'0'"),
        ("count(../l[a = 'p'] | ../l[b = 'q'])", "'4'"),
        ("count(../* | ../n)", "'25'"),
    ]);
    check(&["../n[number() = 42]"], &["number() = number()"]);
}

#[test]
fn string_functions() {
    equal(&[
        ("concat('a', 1, true(), ../x, ../none)", "'a1truep'"),
        ("substring('12345', 2, 3)", "'234'"),
        ("substring('12345', 2)", "'2345'"),
        ("substring('12345', 1.5, 2.6)", "'234'"),
        ("substring('12345', 0, 3)", "'12'"),
        ("substring('12345', -1, 3)", "'1'"),
        ("substring('12345', -42)", "'12345'"),
        ("substring('12345', 2, -1)", "''"),
        ("substring('12345', 0 div 0, 3)", "''"),
        ("substring('12345', 1, 0 div 0)", "''"),
        ("substring('12345', -42, 1 div 0)", "'12345'"),
        ("substring('12345', -1 div 0, 1 div 0)", "''"),
        ("substring('aüb', 2, 1)", "'ü'"),
        ("substring-before('1999/04/01', '/')", "'1999'"),
        ("substring-before('abc', 'x')", "''"),
        ("substring-before('abc', '')", "''"),
        ("substring-after('1999/04/01', '/')", "'04/01'"),
        ("substring-after('abc', 'x')", "''"),
        ("substring-after('abc', '')", "'abc'"),
        ("string-length('aüb')", "'3'"),
        ("string-length(../none)", "'0'"),
        ("normalize-space(../blank)", "'a b c'"),
        ("normalize-space('')", "''"),
        ("translate('bar', 'abc', 'ABC')", "'BAr'"),
        ("translate('--aaa--', 'abc-', 'ABC')", "'AAA'"),
        ("translate('aa', 'aa', 'xy')", "'xx'"),
    ]);
    check(
        &[
            "contains(../s, 'lo wo')",
            "contains('a', '')",
            "starts-with(../s, 'hell')",
            "starts-with('', '')",
            "starts-with(../n, 4)",
            "string-length() = 1",
            "../blank[normalize-space() = 'a b c']",
        ],
        &[
            "contains(../s, 'x')",
            "contains('', 'a')",
            "starts-with(../s, 'ello')",
            "string-length() = 0",
        ],
    );
}

#[test]
fn regular_expressions() {
    check(
        &[
            r"re-match(../s, '[a-z]+ [a-z]+')",
            r"re-match('22', '\d{1,3}')",
            r"re-match('Zü', '\p{L}+')",
            "re-match('', '')",
            "not(re-match(../none, '.+'))",
        ],
        &[
            r"re-match(../s, 'hello')",
            r"re-match('1222', '\d{1,3}')",
            "re-match(../none, 'a')",
        ],
    );
}

#[test]
fn names_of_nodes() {
    equal(&[
        ("local-name()", "'here'"),
        ("local-name(..)", "'c'"),
        ("local-name(../none)", "''"),
        ("local-name(/)", "''"),
        ("name()", "'here'"),
        ("name(../l)", "'l'"),
        ("namespace-uri(../n)", "'urn:m'"),
    ]);
    check(
        &["count(../*[starts-with(local-name(), 'l')]) = 10"],
        &["../*[local-name() = 'none']"],
    );
}

#[test]
fn functions_of_yang() {
    check(
        &[
            "enum-value(../level) = 10",
            "not(enum-value(../s) = enum-value(../s))",
            "bit-is-set(../mode, 'run')",
            "not(bit-is-set(../s, 'hello'))",
            "derived-from(../pet, 'animal')",
            "derived-from(../pet, 'm:cat')",
            "derived-from(../pet, 'small')",
            "derived-from-or-self(../pet, 'kitten')",
            "../*[derived-from(., 'animal')]",
            "current() = 'h'",
            "../l[b = current()/../y]",
            "../l[a = string(current()/../x)]/b = 'r'",
        ],
        &[
            "enum-value(../level) = 5",
            "enum-value(../none) = 0",
            "bit-is-set(../mode, 'write')",
            "bit-is-set(../none, 'read')",
            "derived-from(../pet, 'kitten')",
            "derived-from(../pet, 'horse')",
            "derived-from-or-self(../pet, 'horse')",
            "derived-from(../pet, 'unicorn')",
            "derived-from(../s, 'animal')",
            "derived-from(../none, 'animal')",
        ],
    );
}

#[test]
fn deref_follows_references() {
    check(
        &[
            "deref(../ref) = 's'",
            "count(deref(../ref)) = 2",
            "deref(../ref)/../b = 'r'",
            "deref(../ref)/../in/w = 'q'",
            "deref(current()/../ref)[../b = 'r']/../v = 5",
            "deref(../loose)/../v = 4",
        ],
        &[
            "deref(../ref) = 'p'",
            "deref(../ref)/../in/w = 'one'",
            "deref(../none)",
            "deref(../s)",
        ],
    );
    // Through a reference to a reference, a default, and a member of a union.
    conditions(
        "list port { key name; leaf name { type string; } leaf mtu { type uint16; } }
            list member { key port; leaf port { type leafref { path /port/name; } } }
            leaf mirror { type leafref { path /member/port; } default e0;
                must \"deref(.)/../port = current()\"; MUST }
            leaf any { type union { type leafref { path /port/name; } type string; } }",
        r#"{"m:port": [{"name": "e0", "mtu": 9100}, {"name": "e4", "mtu": 1500}],
            "m:member": [{"port": "e0"}], "m:any": "e4"}"#,
        &["deref(deref(.))/../mtu = 9100", "deref(/any)/../mtu = 1500"],
        &[
            "deref(deref(.))/../mtu = 1500",
            "deref(deref(deref(.)))",
            "deref(/any)/../mtu = 9100",
        ],
    );
}

#[test]
fn derived_from_looks_at_every_base() {
    let zoo = "identity animal; identity small;";
    let m = "import zoo { prefix z; }
        identity cat { base z:animal; base z:small; } identity horse { base z:animal; }
        leaf pet { type identityref { base z:animal; } must \"derived-from(., 'z:small')\" { error-message 'too large'; }
            must \"derived-from(., 'z:animal') and not(derived-from(., 'animal'))\"; }
        identity animal;";
    let model = Model::of(&[module("zoo", zoo), module("m", m)]);
    check_yang(
        &model,
        &[
            (r#"{"m:pet": "cat"}"#, &[]),
            (r#"{"m:pet": "horse"}"#, &["Must /m:pet: too large"]),
        ],
    );
}
