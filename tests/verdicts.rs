//! Every row of `docs/verdicts.md`: our verdict in both dialects, and libyang's own.

#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::collections::BTreeSet;

use common::oracle::{Oracle, Verdict, say};
use serde_json::{Value, json};
use sonicfg::config::{Config, Document, Source};
use sonicfg::policy::Policy;
use sonicfg::schema::{Dialect, Schema, Sources};
use sonicfg::validate::{Report, Rule, validate, validate_yang_json};

/// A row about libyang.
struct Row {
    /// Its name in the table.
    name: &'static str,
    /// The module, without its head.
    body: &'static str,
    /// YANG JSON, without the module's name in front of the first member.
    data: &'static str,
    /// Whether libyang takes it.
    libyang: bool,
    /// Whether the standard takes it.
    rfc: bool,
}

const fn row(name: &'static str, body: &'static str, data: &'static str, libyang: bool, rfc: bool) -> Row {
    Row {
        name,
        body,
        data,
        libyang,
        rfc,
    }
}

const INT: &str = "leaf x { type int32; }";
const FROM_TEN: &str = "leaf x { type int32 { range 10..20; } }";
const IPV6: &str = "leaf x { must \"contains(., '.')\"; type inet:ipv6-address; }";
const NO_IPV4: &str = "leaf x { must \"not(contains(., '.'))\"; type inet:ipv6-address; }";

const ROWS: &[Row] = &[
    row("hexadecimal integer", INT, r#"{"x": "0x10"}"#, true, false),
    row("leading zero", FROM_TEN, r#"{"x": "010"}"#, false, true),
    row("leading zero", FROM_TEN, r#"{"x": "024"}"#, true, false),
    row("blanks around a number", INT, r#"{"x": " 16\n"}"#, true, false),
    row(
        "decimal without a digit",
        "leaf x { type decimal64 { fraction-digits 1; } }",
        r#"{"x": "-.5"}"#,
        true,
        false,
    ),
    row(
        "form of an IPv6 address",
        IPV6,
        r#"{"x": "::a4:c9f"}"#,
        true,
        false,
    ),
    row(
        "form of an IPv6 address",
        NO_IPV4,
        r#"{"x": "::a4:c9f"}"#,
        false,
        true,
    ),
    row(
        "class subtraction",
        "leaf x { type string { pattern '[a-z-[aeiou]]'; } }",
        r#"{"x": "x"}"#,
        false,
        true,
    ),
    row(
        "class subtraction",
        "leaf x { type string { pattern '[a-z-[aeiou]]'; } }",
        r#"{"x": "x]"}"#,
        true,
        false,
    ),
    row(
        "Unicode block",
        r"leaf x { type string { pattern '\p{IsGreek}'; } }",
        r#"{"x": "α"}"#,
        false,
        true,
    ),
    row(
        "Unicode block",
        r"leaf x { type string { pattern '\p{IsGreek}'; } }",
        r#"{"x": "a"}"#,
        true,
        false,
    ),
    row(
        "Unicode block",
        r"leaf x { type string { pattern '[\p{IsGreek}x]'; } }",
        r#"{"x": "ü"}"#,
        true,
        false,
    ),
    row(
        "the point",
        "leaf x { type string { pattern 'a.'; } }",
        r#"{"x": "a\r"}"#,
        true,
        false,
    ),
    row(
        "white space",
        r"leaf x { type string { pattern '\s'; } }",
        r#"{"x": "\u00a0"}"#,
        true,
        false,
    ),
    row(
        "white space",
        r"leaf x { type string { pattern '\s'; } }",
        r#"{"x": "\u180e"}"#,
        true,
        false,
    ),
    row(
        "word characters",
        r"leaf x { type string { pattern '\w'; } }",
        r#"{"x": "$"}"#,
        false,
        true,
    ),
    row(
        "word characters",
        r"leaf x { type string { pattern '\w'; } }",
        r#"{"x": "_"}"#,
        true,
        false,
    ),
    row(
        "escaped caret",
        r"leaf x { type string { pattern 'a\^'; } }",
        r#"{"x": "a^"}"#,
        false,
        true,
    ),
    row(
        "patterns of PCRE2",
        "leaf x { type string { pattern '(?i)eth[0-9]'; } }",
        r#"{"x": "ETH1"}"#,
        true,
        true,
    ),
    row(
        "patterns of PCRE2",
        "leaf x { type string { pattern '[[:alpha:]]+'; } }",
        r#"{"x": "aü"}"#,
        true,
        true,
    ),
    row(
        "patterns of PCRE2",
        "leaf x { type string { pattern '[[:alpha:]]+'; } }",
        r#"{"x": "1"}"#,
        false,
        false,
    ),
    row(
        "patterns that are not checked",
        "leaf x { type string { pattern '(?!b).*'; } }",
        r#"{"x": "a"}"#,
        true,
        true,
    ),
    row(
        "re-match()",
        "leaf x { must \"re-match(., '[a-z-[aeiou]]')\"; type string; }",
        r#"{"x": "x"}"#,
        false,
        true,
    ),
    row(
        "number()",
        "leaf x { must 'number(.) = 16'; type string; }",
        r#"{"x": "0x10"}"#,
        true,
        false,
    ),
    row(
        "number()",
        "leaf x { must 'number(.) = 16'; type string; }",
        r#"{"x": "1.6E1"}"#,
        true,
        false,
    ),
    row(
        "number()",
        "leaf x { must 'number(.) = 16'; type string; }",
        r#"{"x": "+16"}"#,
        true,
        false,
    ),
    row(
        "number()",
        "leaf x { must 'number(.) = 16'; type string; }",
        r#"{"x": " 16"}"#,
        true,
        true,
    ),
    row(
        "number()",
        "leaf x { must 'number(.) = 16'; type string; }",
        r#"{"x": "16 "}"#,
        false,
        true,
    ),
    row(
        "number()",
        "leaf x { must '. > 9'; type string; }",
        r#"{"x": "0xA"}"#,
        true,
        false,
    ),
    row(
        "string() of a number",
        "leaf x { must \"string(1.25) = '1.2'\"; type string; }",
        r#"{"x": "a"}"#,
        true,
        false,
    ),
    row(
        "string() of a number",
        "leaf x { must \"string(1.25) = '1.25'\"; type string; }",
        r#"{"x": "a"}"#,
        false,
        true,
    ),
    row(
        "string-length()",
        "leaf x { must 'string-length(.) = 2'; type string; }",
        r#"{"x": "ü"}"#,
        true,
        false,
    ),
    row(
        "string-length()",
        "leaf x { must 'string-length(.) <= 2'; type string; }",
        r#"{"x": "üö"}"#,
        false,
        true,
    ),
    row(
        "substring()",
        "leaf x { must \"substring(., 2, 1) = 'ü'\"; type string; }",
        r#"{"x": "aü"}"#,
        false,
        true,
    ),
    row(
        "substring()",
        "leaf x { must \"substring(., -1 div 0) = ''\"; type string; }",
        r#"{"x": "a"}"#,
        true,
        false,
    ),
    row(
        "translate()",
        "leaf x { must \"translate(., 'ü', 'ue') = 'u'\"; type string; }",
        r#"{"x": "ü"}"#,
        false,
        true,
    ),
    row(
        "normalize-space()",
        "leaf x { must \"normalize-space(.) = 'a b'\"; type string; }",
        r#"{"x": "a\tb"}"#,
        false,
        true,
    ),
    row(
        "floor(), ceiling(), round()",
        "leaf x { must 'floor(.) = -2'; type string; }",
        r#"{"x": "-1.5"}"#,
        false,
        true,
    ),
    row(
        "floor(), ceiling(), round()",
        "leaf x { must 'ceiling(.) = 0'; type string; }",
        r#"{"x": "-1.5"}"#,
        true,
        false,
    ),
    row(
        "floor(), ceiling(), round()",
        "leaf x { must 'round(.) = -3'; type string; }",
        r#"{"x": "-2.7"}"#,
        false,
        true,
    ),
    row(
        "floor(), ceiling(), round()",
        "leaf x { must 'boolean(floor(.))'; type string; }",
        r#"{"x": "a"}"#,
        true,
        false,
    ),
    row(
        "name()",
        "leaf x { must \"name(.) = 'x'\"; type string; }",
        r#"{"x": "a"}"#,
        false,
        true,
    ),
    row(
        "node-set and boolean",
        "container c { must 'l = false()'; leaf-list l { type string; } leaf y { type string; } }",
        r#"{"c": {"y": "a"}}"#,
        false,
        true,
    ),
    row(
        "string-value of a container",
        "container c { must \"string(.) = 'ab'\"; leaf x { type string; } leaf y { type string; } }",
        r#"{"c": {"x": "a", "y": "b"}}"#,
        false,
        true,
    ),
    row(
        "string-value of a container",
        "container c { must 'string-length(.) = 9'; leaf x { type string; } leaf y { type string; } }",
        r#"{"c": {"x": "a", "y": "b"}}"#,
        true,
        false,
    ),
    row(
        "first node",
        "container c { must \"string(l) = 'z'\"; leaf-list l { type string; } }",
        r#"{"c": {"l": ["z", "y"]}}"#,
        false,
        true,
    ),
    row(
        "first node",
        "container c { must 'string(l) = 9'; leaf-list l { type uint8; } }",
        r#"{"c": {"l": ["10", "9"]}}"#,
        true,
        false,
    ),
    row(
        "first node",
        "container c { must \"string(l) = 'b'\"; leaf-list l { type enumeration { enum a; enum b; } } }",
        r#"{"c": {"l": ["a", "b"]}}"#,
        true,
        false,
    ),
    row(
        "first node",
        "container c { must \"string(l) = 'x'\"; leaf-list l { type union { type uint8; type string; } } }",
        r#"{"c": {"l": ["5", "x"]}}"#,
        true,
        false,
    ),
    row(
        "first node",
        "container c { must \"string(l) = '9.0.0.0/8'\"; leaf-list l { type inet:ipv4-prefix; } }",
        r#"{"c": {"l": ["10.0.0.0/8", "9.0.0.0/8"]}}"#,
        true,
        false,
    ),
    row(
        "first node",
        "container c { must \"contains(k/n, 'b')\"; list k { key n; leaf n { type string; } } }",
        r#"{"c": {"k": [{"n": "b"}, {"n": "a"}]}}"#,
        false,
        true,
    ),
    row(
        "first node",
        "container c { must \"string(l) = 'z'\"; leaf-list l { type string; ordered-by user; } }",
        r#"{"c": {"l": ["z", "y"]}}"#,
        true,
        true,
    ),
    row(
        "positions",
        "container c { must \"k[1]/n = 'b'\"; list k { key n; leaf n { type string; } } }",
        r#"{"c": {"k": [{"n": "b"}, {"n": "a"}]}}"#,
        false,
        true,
    ),
    row(
        "positions",
        "container c { must \"k[1.5]/n = 'a'\"; list k { key n; leaf n { type string; } } }",
        r#"{"c": {"k": [{"n": "a"}]}}"#,
        true,
        false,
    ),
    row(
        "positions",
        "container c { must \"k[n = 'b']/preceding-sibling::k/n = 'a'\"; list k { key n; leaf n { type string; } } }",
        r#"{"c": {"k": [{"n": "b"}, {"n": "a"}]}}"#,
        true,
        false,
    ),
];

fn module(body: &str) -> String {
    format!(
        "module m {{ yang-version 1.1; namespace \"urn:m\"; prefix m; import ietf-inet-types {{ prefix inet; }} {body} }}"
    )
}

fn load(text: &str, dialect: Dialect) -> Schema {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("m.yang"), text).unwrap();
    let mut sources = Sources::shipped();
    sources.add_dir(dir.path()).unwrap();
    let mut schema = Schema::load(&sources, None).unwrap().schema;
    schema.dialect = dialect;
    schema
}

fn document(data: &str) -> String {
    let data: Value = serde_json::from_str(data).unwrap();
    let (name, value) = data.as_object().unwrap().iter().next().unwrap();
    json!({format!("m:{name}"): value}).to_string()
}

fn report(schema: &Schema, text: &str) -> Report {
    let document = Document::parse(Source::new("document", text)).unwrap();
    validate_yang_json(schema, &Policy::default(), &document)
}

#[test]
fn each_row_is_judged_as_it_stands() {
    for row in ROWS {
        let (text, data) = (module(row.body), document(row.data));
        for (dialect, valid) in [(Dialect::Libyang, row.libyang), (Dialect::Rfc, row.rfc)] {
            let report = report(&load(&text, dialect), &data);
            let found = &report.diagnostics;
            assert_eq!(
                report.errors() == 0,
                valid,
                "{dialect:?}: {} {data}: {found:?}",
                row.body
            );
        }
        // Never valid here and refused by a switch without a word.
        if row.rfc && !row.libyang {
            let by_rfc = report(&load(&text, Dialect::Rfc), &data);
            let words: Vec<&str> = by_rfc
                .diagnostics
                .iter()
                .map(|found| found.message.as_str())
                .collect();
            assert!(
                words.iter().any(|words| words.contains("libyang 3")),
                "{}: {words:?}",
                row.body
            );
            let by_libyang = report(&load(&text, Dialect::Libyang), &data);
            let hints = by_libyang
                .diagnostics
                .iter()
                .filter_map(|found| found.hint.as_deref());
            assert!(
                hints
                    .into_iter()
                    .any(|hint| hint.contains("valid by RFC 7950") || hint.contains("XPath 1.0")),
                "{}",
                row.body
            );
        }
    }
}

#[test]
fn libyang_says_so_itself() {
    for row in ROWS {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("m.yang"), module(row.body)).unwrap();
        let Some(mut oracle) = Oracle::start(&[dir.path().to_owned()]) else {
            say("SKIPPED: libyang_says_so_itself");
            return;
        };
        let verdict = oracle.ask(&document(row.data));
        assert_eq!(
            verdict == Verdict::Valid,
            row.libyang,
            "{} {}: {verdict:?}",
            row.body,
            row.data
        );
    }
}

#[test]
fn a_pattern_that_is_not_read_is_named() {
    let body = "leaf x { type string { pattern 'a++|[0-9]+'; } } leaf y { must \"re-match(., '(?!b).*')\"; type string; }";
    for dialect in [Dialect::Libyang, Dialect::Rfc] {
        let schema = load(&module(body), dialect);
        let report = report(&schema, r#"{"m:x": "b", "m:y": "b"}"#);
        let found: Vec<String> = report
            .diagnostics
            .iter()
            .map(|one| format!("{} {one}", one.severity))
            .collect();
        assert_eq!(
            found,
            [
                "warning /m:x: the pattern 'a++|[0-9]+' is not checked: it has a possessive repetition [Pattern]",
                "warning /m:y: the pattern '(?!b).*' of a condition is not checked: it has a group that begins with \
                 \"(?!\" [Must]",
            ]
        );
    }
}

/// A row about SONiC's loader: a config, whether a switch takes it, and whether we do.
struct LoaderRow {
    name: &'static str,
    config: fn() -> Value,
    switch: bool,
    /// What our finding says; empty where there is none.
    says: &'static str,
}

const LOADER_ROWS: &[LoaderRow] = &[
    LoaderRow {
        name: "hexadecimal unsigned integer",
        config: || json!({"T": {"k": {"n": "0x64"}}}),
        switch: false,
        says: "is hexadecimal: SONiC's loader reads decimal numbers only",
    },
    LoaderRow {
        name: "unsigned integer with a leading zero",
        config: || json!({"T": {"k": {"n": "0100"}}}),
        switch: true,
        says: "SONiC's loader reads 100, libyang an octal number",
    },
    LoaderRow {
        name: "unsigned integer with a leading zero",
        config: || json!({"T": {"k": {"n": "007"}}}),
        switch: true,
        says: "",
    },
    LoaderRow {
        name: "underscores, other digits",
        config: || json!({"T": {"k": {"n": "1_00"}}}),
        switch: true,
        says: "SONiC's loader reads 100, and nothing else does",
    },
    LoaderRow {
        name: "underscores, other digits",
        config: || json!({"T": {"k": {"n": "١٠"}}}),
        switch: true,
        says: "SONiC's loader reads 10, and nothing else does",
    },
    LoaderRow {
        name: "signed integer, key, member of a union",
        config: || json!({"T": {"k": {"i": "0x64", "u": "0144"}}, "N": {"0x10": {"f": "1"}}}),
        switch: true,
        says: "",
    },
    LoaderRow {
        name: "the pair \"NULL\": \"NULL\"",
        config: || json!({"T": {"k": {"NULL": "NULL"}}}),
        switch: false,
        says: "SONiC's loader refuses the pair",
    },
    LoaderRow {
        name: "characters above U+FFFF",
        config: || json!({"T": {"k": {"s": "a😀"}}}),
        switch: false,
        says: "U+1F600, which SONiC's loader cannot read",
    },
    LoaderRow {
        name: "characters above U+FFFF",
        config: || json!({"T": {"😀": {}}}),
        switch: false,
        says: "U+1F600, which SONiC's loader cannot read",
    },
    LoaderRow {
        name: "characters above U+FFFF",
        config: || json!({"NO_MODEL": {"😀": {"f": "😀"}}}),
        switch: true,
        says: "no model covers the table",
    },
    LoaderRow {
        name: "blanks around a part of a key",
        config: || json!({"T": {" k": {}}}),
        switch: true,
        says: "has blanks around it: SONiC's loader drops them",
    },
    LoaderRow {
        name: "blanks in a joined list",
        config: || json!({"J": {"k": {"l": "a, b"}}}),
        switch: true,
        says: "has blanks around it: SONiC's loader drops them",
    },
    LoaderRow {
        name: "empty elements",
        config: || json!({"J": {"k": {"l": "a,,b"}}}),
        switch: true,
        says: "an empty element: SONiC's loader leaves it out",
    },
    LoaderRow {
        name: "empty elements",
        config: || json!({"T": {"k": {"l": ["a", ""]}}}),
        switch: true,
        says: "an empty element: SONiC's loader leaves it out",
    },
    LoaderRow {
        name: "numbers, booleans, null, lists as strings",
        config: || json!({"T": {"k": {"s": 5}}}),
        switch: true,
        says: "a number where a string belongs",
    },
    LoaderRow {
        name: "field maps of other lists",
        config: || json!({"M": {"k": {"a": "1"}}}),
        switch: false,
        says: "it knows no list M_LIST whose fields are rows",
    },
    LoaderRow {
        name: "named entry beside a list",
        config: || json!({"N": {"GLOBAL": {"f": "1"}}}),
        switch: false,
        says: "GLOBAL",
    },
    LoaderRow {
        name: "named entry beside a list",
        config: || json!({"N": {"GLOBAL": {"g": "1"}}}),
        switch: true,
        says: "",
    },
];

/// Tables of the rows about the loader.
const TABLES: &str = r#"module t {
    yang-version 1.1; namespace "urn:t"; prefix t;
    container t {
        container T { list T_LIST { key k; leaf k { type string; } leaf n { type uint16; } leaf i { type int32; }
            leaf u { type union { type uint16; type boolean; } } leaf s { type string; } leaf-list l { type string; } } }
        container J { list J_LIST { key k; leaf k { type string; } leaf-list l { type string; }
            leaf-list m { type union { type uint16; type boolean; } } } }
        container M { list M_LIST { key k; leaf k { type string; }
            list M { key a; leaf a { type string; } leaf b { type string; } } } }
        container N { list N_LIST { key k; leaf k { type uint16; } leaf f { type string; } }
            container GLOBAL { leaf f { type string; } leaf g { type string; } } }
    }
}"#;

fn tables(dialect: Dialect) -> (Schema, Policy) {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("t.yang"), TABLES).unwrap();
    let mut sources = Sources::shipped();
    sources.add_dir(dir.path()).unwrap();
    let mut schema = Schema::load(&sources, None).unwrap().schema;
    schema.dialect = dialect;
    let joined = Source::new("p.toml", "[joined-lists]\n\"J.l\" = \",\"\n\"J.m\" = \",\"\n");
    (schema, Policy::shipped().with_file(&joined).unwrap())
}

#[test]
fn each_row_about_the_loader_is_judged_as_it_stands() {
    let (schema, policy) = tables(Dialect::Libyang);
    for row in LOADER_ROWS {
        let config = (row.config)();
        let document = Document::parse(Source::new("c.json", config.to_string())).unwrap();
        let report = validate(&schema, &policy, &Config::as_written(document));
        let said: Vec<&str> = report
            .diagnostics
            .iter()
            .map(|found| found.message.as_str())
            .collect();
        assert_eq!(said.is_empty(), row.says.is_empty(), "{config}: {said:?}");
        assert!(
            said.iter().all(|said| said.contains(row.says)),
            "{config}: {said:?}"
        );
        assert!(said.len() <= 1, "{config}: {said:?}");
        assert!(row.switch || report.errors() == 1, "{config} is not refused");
    }
}

#[test]
fn what_a_loader_refuses_is_a_warning_where_the_standard_decides() {
    let (schema, policy) = tables(Dialect::Rfc);
    for row in LOADER_ROWS.iter().filter(|row| !row.switch) {
        let config = (row.config)();
        let document = Document::parse(Source::new("c.json", config.to_string())).unwrap();
        let report = validate(&schema, &policy, &Config::as_written(document));
        let is_own_error = config["T"]["k"]["n"] == "0x64";
        let is_named = config["N"]["GLOBAL"].is_object();
        assert_eq!(
            report.errors() > 0,
            is_own_error,
            "{config}: {:?}",
            report.diagnostics
        );
        assert!(!report.diagnostics.is_empty() || is_named, "{config}");
    }
}

#[test]
fn a_leading_zero_is_a_decimal_number_to_the_standard_and_to_a_switch() {
    let (schema, policy) = tables(Dialect::Rfc);
    let config = Config::parse(Source::new("c.json", r#"{"T": {"k": {"n": "0100"}}}"#)).unwrap();
    assert_eq!(validate(&schema, &policy, &config).diagnostics, []);
    let (schema, policy) = tables(Dialect::Libyang);
    let report = validate(&schema, &policy, &config);
    // A switch takes it: the hint says nothing else.
    assert_eq!(report.diagnostics[0].hint.as_deref(), Some("write \"100\""));
    let blanks = Config::parse(Source::new("c.json", r#"{"J": {"k": {"m": "10, 20"}}}"#)).unwrap();
    assert_eq!(validate(&schema, &policy, &blanks).diagnostics, []);
}

#[test]
fn a_stored_marker_is_removed_by_its_fix() {
    let (schema, policy) = tables(Dialect::Libyang);
    let text = r#"{"T": {"k": {"NULL": "NULL"}}}"#;
    let document = Document::parse(Source::new("c.json", text)).unwrap();
    let report = validate(&schema, &policy, &Config::as_written(document));
    let [found] = &report.diagnostics[..] else {
        panic!("{:?}", report.diagnostics)
    };
    assert_eq!(
        (found.rule, found.pointer.as_str()),
        (Rule::UnknownElement, "/T/k/NULL")
    );
    let fixed = found.fix.as_ref().unwrap().apply_to_text(text).unwrap();
    assert_eq!(fixed, r#"{"T": {"k": {}}}"#);
    // Read as a config, the entry has no fields.
    let config = Config::parse(Source::new("c.json", text)).unwrap();
    assert_eq!(validate(&schema, &policy, &config).diagnostics, []);
}

/// The page and these tests have the same rows.
#[test]
fn the_page_has_every_row() {
    let page = include_str!("../docs/verdicts.md");
    let cells = page
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split(" |").next());
    let named: BTreeSet<&str> = cells.filter(|cell| *cell != "what").collect();
    let rows = ROWS.iter().map(|row| row.name);
    let rows: BTreeSet<&str> = rows.chain(LOADER_ROWS.iter().map(|row| row.name)).collect();
    assert_eq!(named, rows);
}
