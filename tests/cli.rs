//! The command line: what it says of bad input and of a bad environment, and how it ends then.

#![allow(clippy::unwrap_used)]

mod common;

use std::io::Read;
use std::process::Stdio;
use std::time::{Duration, Instant};

use common::cli::{Run, Sandbox, fixture, set_mode};
use serde_json::Value;

/// A module with one table, whose entries have a name and one field.
fn module(name: &str, table: &str, field: &str) -> String {
    format!(
        "module {name} {{\n  yang-version 1.1;\n  namespace \"urn:test:{name}\";\n  prefix t;\n\n  \
         container {name} {{\n    container {table} {{\n      list {table}_LIST {{\n        key \"name\";\n        \
         leaf name {{ type string; }}\n        leaf {field} {{ type string; }}\n      }}\n    }}\n  }}\n}}\n"
    )
}

// What is not JSON

#[track_caller]
fn not_json(text: impl AsRef<[u8]>, place: &str, reason: &str) {
    let run = Sandbox::new().validate(text);
    run.finds(&[&format!("c.json:{place}: error[InvalidJSON] {reason}")]);
    run.fails(1, "Error: 1 error found");
}

#[test]
fn not_json_has_line_and_column() {
    not_json("{\n  \"FEATURE\": }\n", "2:14", "not JSON: a value belongs here");
    not_json("{\n  \"ü\": 1;\n}\n", "2:9", "not JSON: expected `,` or `}`");
    not_json("{\"FEATURE\" {}}", "1:12", "not JSON: expected `:`");
    not_json(
        "{'FEATURE': {}}",
        "1:2",
        "not JSON: the name of a member belongs here, in double quotes",
    );
    not_json(
        "{\"F\": {},\n}",
        "2:1",
        "not JSON: the name of a member belongs here, in double quotes",
    );
    not_json("{\"F\": [\"a\",]}", "1:12", "not JSON: a value belongs here");
    not_json(
        "{}\n{}\n",
        "2:1",
        "not JSON: there is more text after the end of the document",
    );
    not_json("{\"F\": \"\\x\"}", "1:9", "not JSON: invalid escape");
    not_json(
        "{\"F\": \"\\ud800\"}",
        "1:7",
        "not JSON: half of a surrogate pair: \\ud800 to \\udfff only occur in pairs",
    );
    not_json(
        "\u{feff}{}",
        "1:1",
        "not JSON: it begins with a byte order mark; save it as UTF-8 without one",
    );
}

#[test]
fn truncated_file_is_reported() {
    not_json("", "1:1", "not JSON: there is nothing in it");
    not_json(" \n\n", "3:1", "not JSON: there is nothing in it");
    not_json(
        "{\"FEATURE\": {\n  \"bgp\": {}\n",
        "2:12",
        "not JSON: the text ends inside an object",
    );
    not_json("{\"F\": [\"a\"", "1:11", "not JSON: the text ends inside a list");
    not_json("{\"F\": \"a", "1:9", "not JSON: the text ends inside a string");
    not_json("{\"F\":", "1:6", "not JSON: the text ends where a value belongs");
}

#[test]
fn nul_and_invalid_utf8() {
    not_json(
        "{\"FEATURE\": {\n  \"b\0p\": {}}}",
        "2:5",
        "not JSON: a control character inside a string, where JSON only allows it escaped",
    );
    not_json(
        b"{\"FEATURE\": {\n  \"\xc3\xbcb\xff\": {}}}",
        "2:6",
        "not JSON: invalid UTF-8",
    );

    let run = Sandbox::new().validate(r#"{"FEATURE": {"b\u0000p": {"state": "enabled"}}}"#);
    run.finds(&[
        r#"c.json:1:14: error[InvalidValue] /FEATURE/b\u{0}p: "b\0p" holds the character U+0000, which YANG does not allow"#,
    ]);
    let run = Sandbox::new().validate(r#"{"DEVICE_METADATA": {"localhost": {"hostname": "a\u0000"}}}"#);
    run.finds(&[
        r#"c.json:1:48: error[InvalidValue] /DEVICE_METADATA/localhost/hostname: "a\0" holds the character U+0000, which YANG does not allow"#,
    ]);
}

#[test]
fn nesting_of_200_levels() {
    let objects = format!("{}1{}", "{\"a\":".repeat(200), "}".repeat(200));
    not_json(&objects, "1:321", "nested deeper than 64 levels");
    let lists = format!("{{\"FEATURE\":\n{}{}}}", "[".repeat(200), "]".repeat(200));
    not_json(&lists, "2:64", "nested deeper than 64 levels");
}

/// The limit on memory makes the allocator fail where more than about twice the size is used.
#[test]
fn string_of_100_megabytes_is_read() {
    const MEGABYTES: usize = 1024 * 1024;
    let sandbox = Sandbox::new();
    let long = "x".repeat(100 * MEGABYTES);
    sandbox.validate("{}").is_clean();
    let limited = |args: &str| {
        let program = env!("CARGO_BIN_EXE_sonicfg");
        let mut shell = sandbox.other("sh");
        shell.args(["-c", &format!("ulimit -v 300000 && exec '{program}' {args}")]);
        let start = Instant::now();
        let run = Run::of(&mut shell);
        assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
        run
    };
    let reason = "a string of 104857600 bytes: strings are read up to 1048576 bytes";

    sandbox.write(
        "c.json",
        format!("{{\"FEATURE\":\n {{\"bgp\": {{\"state\": \"{long}\"}}}}}}"),
    );
    limited("validate --report concise c.json")
        .finds(&[&format!("c.json:2:20: error[InvalidJSON] {reason}")]);
    let full = limited("validate c.json");
    assert!(
        full.stdout.contains(reason) && full.stdout.len() < 2000,
        "{}",
        full.stdout.len()
    );

    sandbox.write("c.json", format!("{{\"FEATURE\": {{\"{long}\": {{}}}}}}"));
    limited("validate --report concise c.json")
        .finds(&[&format!("c.json:1:14: error[InvalidJSON] {reason}")]);
    sandbox.write("p.json", "[]");
    limited("apply-patch p.json --config c.json").fails(2, &format!("Error: c.json:1:14: {reason}"));

    sandbox.write("c.json", "{}");
    sandbox.write(
        "p.json",
        format!("[{{\"op\": \"add\", \"path\": \"/A\", \"value\": \"{long}\"}}]"),
    );
    limited("apply-patch p.json --config c.json").fails(
        1,
        &format!("Error: patch rejected, nothing was changed: p.json:1:39: {reason}"),
    );
}

// JSON that is no config

#[track_caller]
fn finds(text: &str, findings: &[&str]) {
    let lines: Vec<String> = findings
        .iter()
        .map(|finding| format!("c.json:{finding}"))
        .collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    Sandbox::new().validate(text).finds(&lines);
}

#[test]
fn the_top_level_is_an_object() {
    finds(
        "[1]",
        &["1:1: error[InvalidJSON] a list where an object of tables belongs"],
    );
    finds(
        " \"x\"",
        &["1:2: error[InvalidJSON] a string where an object of tables belongs"],
    );
    finds(
        "7",
        &["1:1: error[InvalidJSON] a number where an object of tables belongs"],
    );
    finds(
        "null",
        &["1:1: error[InvalidJSON] null where an object of tables belongs"],
    );
    finds(
        "true",
        &["1:1: error[InvalidJSON] a boolean where an object of tables belongs"],
    );
}

#[test]
fn tables_and_entries_are_objects() {
    finds(
        r#"{"FEATURE": ["bgp"]}"#,
        &["1:2: error[InvalidJSON] /FEATURE: a list where an object of entries belongs"],
    );
    finds(
        r#"{"FEATURE": null}"#,
        &["1:13: error[InvalidJSON] /FEATURE: null where an object of entries belongs"],
    );
    finds(
        r#"{"FEATURE": {"bgp": "enabled", "snmp": []}}"#,
        &[
            "1:21: error[InvalidJSON] /FEATURE/bgp: a string where an object of fields belongs",
            "1:32: error[InvalidJSON] /FEATURE/snmp: a list where an object of fields belongs",
        ],
    );
}

#[test]
fn values_are_strings() {
    finds(
        r#"{"FEATURE": {"bgp": {"state": 1, "auto_restart": true, "delayed": null, "set_owner": [["a"]]}}}"#,
        &[
            r#"1:31: error[InvalidValue] /FEATURE/bgp/state: a number where a string belongs (write "1")"#,
            r#"1:50: error[InvalidValue] /FEATURE/bgp/auto_restart: a boolean where a string belongs (write "true")"#,
            "1:67: error[InvalidValue] /FEATURE/bgp/delayed: null where a string belongs",
            "1:73: error[InvalidValue] /FEATURE/bgp/set_owner: a list where a string belongs",
        ],
    );
    finds(
        "{\"DEVICE_METADATA\": {\"localhost\": {\n\"supporting_bulk_counter_groups\": [1, null, [\"PORT\"], {}], \"hostname\": {}}}}",
        &[
            r#"2:36: error[InvalidValue] /DEVICE_METADATA/localhost/supporting_bulk_counter_groups/0: a number where a string belongs (write "1")"#,
            "2:39: error[InvalidValue] /DEVICE_METADATA/localhost/supporting_bulk_counter_groups/1: null where a string belongs",
            "2:45: error[InvalidValue] /DEVICE_METADATA/localhost/supporting_bulk_counter_groups/2: a list where a string belongs",
            "2:55: error[InvalidValue] /DEVICE_METADATA/localhost/supporting_bulk_counter_groups/3: an object where a string belongs",
            "2:60: error[InvalidValue] /DEVICE_METADATA/localhost/hostname: an object where a string belongs",
        ],
    );
    finds(
        r#"{"DEVICE_METADATA": {"localhost": {"supporting_bulk_counter_groups": 1}}}"#,
        &[
            r#"1:70: error[InvalidValue] /DEVICE_METADATA/localhost/supporting_bulk_counter_groups: a number where a list of strings belongs (write ["1"])"#,
        ],
    );
}

#[test]
fn duplicate_keys() {
    not_json(
        "{\"FEATURE\": {\n  \"bgp\": {},\n  \"b\\u0067p\": {}}}",
        "3:3",
        "\"bgp\" appears twice in one object",
    );
    not_json(
        "{\"A\": {},\n \"A\": {}}",
        "2:2",
        "\"A\" appears twice in one object",
    );
    let many: String = (0..20).map(|number| format!("\"{number}\": {{}}, ")).collect();
    not_json(
        format!("{{{many}\n\"7\": {{}}}}"),
        "2:1",
        "\"7\" appears twice in one object",
    );
}

#[test]
fn keys_of_too_many_and_too_few_parts() {
    finds(
        r#"{"FEATURE": {"bgp|x": {}, "": {}}}"#,
        &[
            r#"1:14: error[ListKey] /FEATURE/bgp|x: a key of 2 parts does not fit the table "FEATURE" (its keys: <name>)"#,
            r#"1:28: error[Length] /FEATURE/: "" is 0 characters long, which is not allowed (allowed: 1..32 characters)"#,
        ],
    );
    let sandbox = Sandbox::new();
    let two_keys = module("pair", "PAIR", "f").replace("key \"name\";", "key \"name f\";");
    sandbox.write("yang/pair.yang", two_keys);
    sandbox.write(
        "c.json",
        r#"{"PAIR": {"a": {}, "a|b": {}, "a|b|c": {}, "|": {}}}"#,
    );
    let run = sandbox.run(["validate", "--report", "concise", "--yang-dir", "yang", "c.json"]);
    run.finds(&[
        r#"c.json:1:11: error[ListKey] /PAIR/a: a key of 1 part does not fit the table "PAIR" (its keys: <name>|<f>)"#,
        r#"c.json:1:31: error[ListKey] /PAIR/a|b|c: a key of 3 parts does not fit the table "PAIR" (its keys: <name>|<f>)"#,
    ]);
}

#[test]
fn an_empty_table() {
    finds(
        "{\n  \"FEATURE\": {}\n}",
        &[
            r#"2:3: warning[MinElements] /FEATURE: the table "FEATURE" has no entry; config_db cannot hold it, and it is left out (remove the table)"#,
        ],
    );
}

#[test]
fn control_characters_of_a_file_do_not_reach_the_terminal() {
    let sandbox = Sandbox::new();
    let run = sandbox.validate("{\"FEATURE\": {\"\\u001b[2J\\r\\n\": {}}}");
    assert!(!run.stdout.contains(['\u{1b}', '\r']), "{:?}", run.stdout);
    assert_eq!(run.stdout.lines().count(), 1, "{}", run.stdout);

    sandbox.write("c.json", "{}");
    sandbox.write("p.json", r#"[{"op": "remove", "path": "/\u001b[2J\n"}]"#);
    let warned = sandbox.run(["apply-patch", "p.json", "--config", "c.json"]);
    sandbox.write("p.json", r#"[{"op": "remove", "path": "/\u001b[2J\n/key"}]"#);
    let refused = sandbox.run(["apply-patch", "p.json", "--config", "c.json"]);
    for (run, start) in [(warned, "warning: "), (refused, "Error: ")] {
        assert!(run.last_line().starts_with(start), "{}", run.stderr);
        assert!(!run.stderr.contains('\u{1b}'), "{}", run.stderr);
        assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
    }
}

// Files and folders

#[test]
fn files_that_cannot_be_read() {
    let sandbox = Sandbox::new();
    sandbox.write("good.json", "{}");
    let run = sandbox.run(["validate", "good.json", "missing.json"]);
    run.fails(2, "Error: cannot read missing.json: no such file or directory");
    assert_eq!(run.stdout, "");
    sandbox
        .run(["validate", "--base", "missing.json", "good.json"])
        .fails(2, "Error: cannot read missing.json: no such file or directory");
    sandbox
        .run(["apply-patch", "missing.json", "--config", "good.json"])
        .fails(2, "Error: cannot read missing.json: no such file or directory");
    sandbox
        .run(["validate", "--policy", "missing.toml", "good.json"])
        .fails(2, "Error: cannot read missing.toml: no such file or directory");

    let secret = sandbox.write("secret.json", "{}");
    set_mode(&secret, 0o000);
    if let Some(mut command) = sandbox.unprivileged(&["validate", "secret.json"]) {
        Run::of(&mut command).fails(2, "Error: cannot read secret.json: permission denied");
    }
}

#[test]
fn base_that_is_not_json_is_reported() {
    let sandbox = Sandbox::new();
    sandbox.write("base.json", "{\"A\": ");
    sandbox.write("p.json", "[]");
    sandbox.run(["validate", "--base", "base.json", "p.json"]).fails(
        2,
        "Error: base.json:1:6: not JSON: the text ends where a value belongs",
    );
}

#[test]
fn unknown_policy_key_is_refused() {
    let sandbox = Sandbox::new();
    sandbox.write("c.json", "{}");
    let refused = |text: &str, message: &str| {
        sandbox.write("p.toml", text);
        let run = sandbox.run(["validate", "--policy", "p.toml", "c.json"]);
        run.fails(2, &format!("Error: p.toml:{message}"));
    };
    refused(
        "# mine\n\n  [lanes]\n  field = 1\n",
        "4:11: invalid type: integer `1`, expected a string",
    );
    sandbox.write("p.toml", "# mine\n\n  lane = 1\n");
    let run = sandbox.run(["validate", "--policy", "p.toml", "c.json"]);
    assert_eq!(run.code, Some(2));
    let start =
        "Error: p.toml:3:3: unknown field `lane`, expected one of `joined-lists`, `map-lists`, `renames`, ";
    assert!(run.last_line().starts_with(start), "{}", run.stderr);
    refused(
        "[lanes]\nfield = \"PORT.lanes\"\nshared = []\n",
        "3:1: unknown field `shared`, expected `field` or `shared-on`",
    );
    refused(
        "[secrets]\nkeys = 7\n",
        "2:8: invalid type: integer `7`, expected a sequence",
    );
    refused("[secrets\n", "1:9: unclosed table, expected `]`");
}

#[test]
fn policy_file_is_taken_from_the_environment() {
    let sandbox = Sandbox::new();
    sandbox.write("c.json", "{}");
    sandbox.write("wrong.toml", "lane = 1\n");
    sandbox.write("right.toml", "daemon-owned = [\"PORT\"]\n");
    let run = |named: &str, args: &[&str]| {
        let mut command = sandbox.command([&["validate", "c.json"], args].concat());
        Run::of(command.env("SONICFG_POLICY", named))
    };
    assert_eq!(run("right.toml", &[]).code, Some(0));
    let refused = run("wrong.toml", &[]);
    assert_eq!(refused.code, Some(2));
    let start = "Error: wrong.toml:1:1: unknown field `lane`";
    assert!(refused.last_line().starts_with(start), "{}", refused.stderr);
    run("nowhere.toml", &[]).fails(2, "Error: cannot read nowhere.toml: no such file or directory");
    // What the command line names takes its place.
    assert_eq!(run("wrong.toml", &["--policy", "right.toml"]).code, Some(0));
}

// Models

#[test]
fn missing_yang_dir_is_reported() {
    let sandbox = Sandbox::new();
    sandbox.write("c.json", "{}");
    sandbox.run(["validate", "--yang-dir", "none", "c.json"]).fails(
        2,
        "Error: cannot read the directory none: no such file or directory",
    );
    sandbox
        .run(["validate", "--yang-dir", "c.json", "c.json"])
        .fails(2, "Error: cannot read the directory c.json: not a directory");
    let mut command = sandbox.command(["schema", "list"]);
    Run::of(command.env("SONICFG_YANG_PATH", "none")).fails(
        2,
        "Error: cannot read the directory none: no such file or directory",
    );
}

#[test]
fn module_that_does_not_parse_is_reported() {
    let sandbox = Sandbox::new();
    sandbox.write("c.json", "{}");
    let dir = fixture("yang-broken");
    sandbox.run(["validate", "--yang-dir", &dir, "c.json"]).fails(
        2,
        &format!("Error: {dir}/broken.yang:12: Invalid character sequence \"tpye\", expected a keyword"),
    );
}

#[test]
fn two_modules_of_one_name() {
    let sandbox = Sandbox::new();
    sandbox.write("c.json", "{}");
    let (a, b) = (fixture("yang-duplicate/a"), fixture("yang-duplicate/b"));
    let message = format!(
        "Error: the module duplicate is in two files: {a}/duplicate.yang and {b}/duplicate.yang; take one of them away"
    );
    sandbox
        .run(["validate", "--yang-dir", &a, "--yang-dir", &b, "c.json"])
        .fails(2, &message);
    let mut command = sandbox.command(["validate", "c.json"]);
    Run::of(command.env("SONICFG_YANG_PATH", format!("{a}:{b}"))).fails(2, &message);
    let mut command = sandbox.command(["validate", "--yang-dir", &a, "c.json"]);
    Run::of(command.env("SONICFG_YANG_PATH", &b)).fails(2, &message);
    // One directory that is named twice holds each module once.
    let mut command = sandbox.command(["validate", "--yang-dir", &a, "--yang-dir", &a, "c.json"]);
    Run::of(command.env("SONICFG_YANG_PATH", format!("{a}/."))).is_clean();
}

#[test]
fn modules_from_the_path_in_the_environment() {
    let sandbox = Sandbox::new();
    sandbox.write("one/lamps.yang", module("lamps", "LAMP", "color"));
    sandbox.write("two/fans.yang", module("fans", "FAN", "speed"));
    sandbox.write(
        "c.json",
        r#"{"LAMP": {"a": {"color": "red"}}, "FAN": {"b": {"sped": "1"}}}"#,
    );
    let args = ["validate", "--report", "concise", "c.json"];
    Run::of(sandbox.command(args).env("SONICFG_YANG_PATH", "one::two:")).finds(&[
        r#"c.json:1:49: error[UnknownElement] /FAN/b/sped: there is no field "sped" here (did you mean "speed"?)"#,
    ]);
    let without =
        "c.json:1:2: warning[UnknownElement] /LAMP: no model covers the table \"LAMP\": it is not checked";
    let run = Run::of(sandbox.command(args).env("SONICFG_YANG_PATH", "two"));
    assert_eq!((run.code, run.stdout.lines().next()), (Some(1), Some(without)));
}

#[test]
fn given_module_replaces_a_built_in_one() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "yang/sonic-feature.yang",
        module("sonic-feature", "FEATURE", "mood"),
    );
    sandbox.write("c.json", r#"{"FEATURE": {"bgp": {"mood": "good"}}}"#);
    sandbox
        .run(["validate", "--yang-dir", "yang", "c.json"])
        .is_clean();
    assert_eq!(sandbox.run(["validate", "c.json"]).code, Some(1));
}

#[test]
fn templates_of_a_source_tree() {
    let sandbox = Sandbox::new();
    let template = module("lamps", "LAMP", "color").replacen(
        "\n  container",
        "\n{% if yang_model_type == \"py\" %}\n  container",
        1,
    ) + "{% endif %}";
    sandbox.write(
        "tree/yang-templates/lamps.yang.j2",
        template.replace("}\n{% endif %}", "{% endif %}}\n"),
    );
    sandbox.write("tree/yang-models/fans.yang", module("fans", "FAN", "speed"));
    sandbox.write(
        "c.json",
        r#"{"LAMP": {"a": {"color": "red"}}, "FAN": {"b": {"speed": "1"}}}"#,
    );
    sandbox
        .run(["validate", "--yang-dir", "tree", "c.json"])
        .is_clean();

    sandbox.write(
        "tree/yang-templates/lamps.yang.j2",
        "module lamps {\n{% if yang_model_type %}\n}\n",
    );
    sandbox.run(["validate", "--yang-dir", "tree", "c.json"]).fails(
        2,
        "Error: tree/yang-templates/lamps.yang.j2:3: the template does not render: \
         `if` without `elif` or `else` or `endif`",
    );
    sandbox.write(
        "tree/yang-templates/lamps.yang.j2",
        "module lamps {\n{% set a = 1 % 0 %}\n}\n",
    );
    let run = sandbox.run(["validate", "--yang-dir", "tree", "c.json"]);
    let message = "Error: tree/yang-templates/lamps.yang.j2:2: the template does not render: ";
    assert_eq!(run.code, Some(2));
    assert!(run.last_line().starts_with(message), "{}", run.stderr);
}

// The cache

#[test]
fn damaged_cache_is_rebuilt() {
    let sandbox = Sandbox::new();
    let config = r#"{"FEATURE": {"bgp": {"stat": "on"}}}"#;
    sandbox.write("c.json", config);
    // What is known of the config needs no models.
    let validate = || sandbox.run(["validate", "--report", "concise", "--no-cache", "c.json"]);
    let right = validate();
    assert_eq!(right.code, Some(1));
    let file = std::fs::read_dir(sandbox.path("cache"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let intact = std::fs::read(&file).unwrap();
    let modified = || std::fs::metadata(&file).unwrap().modified().unwrap();

    let written = modified();
    validate();
    assert_eq!(modified(), written, "an intact file is used, not written again");

    let half = intact.len() / 2;
    let mut flipped = intact.clone();
    flipped[half] ^= 0x10;
    let mut headless = intact.clone();
    headless[0] ^= 1;
    let longer = [&intact[..], b"x"].concat();
    let damaged = [
        &intact[..half],
        &flipped,
        &headless,
        &longer,
        &intact[..8],
        &intact[..40],
        b"",
        b"garbage",
    ];
    for bytes in damaged {
        std::fs::write(&file, bytes).unwrap();
        let run = validate();
        assert_eq!(
            (run.code, &run.stdout, &run.stderr),
            (right.code, &right.stdout, &right.stderr),
            "{} bytes",
            bytes.len()
        );
        assert!(
            std::fs::read(&file).unwrap() == intact,
            "{} bytes are not made good",
            bytes.len()
        );
    }
    let names = std::fs::read_dir(sandbox.path("cache")).unwrap().count();
    assert_eq!(names, 1, "nothing is left behind");
}

#[test]
fn unwritable_cache_is_no_error() {
    let sandbox = Sandbox::new();
    let file = sandbox.write("file", "");
    sandbox.write("good.json", "{}");
    sandbox.write("bad.json", "[1]");
    let blocked = sandbox.path("blocked");
    std::fs::create_dir(&blocked).unwrap();
    set_mode(&blocked, 0o555);
    let warning = |dir: &str, reason: &str| {
        format!(
            "warning: the compiled models are not kept, so each run takes longer: cannot {dir}: {reason}; \
             SONICFG_CACHE_DIR names another directory\n"
        )
    };

    let run = |dir: &std::path::Path, config: &str| {
        Run::of(
            sandbox
                .command(["validate", config])
                .env("SONICFG_CACHE_DIR", dir),
        )
    };
    let expected = warning(&format!("make the directory {}", file.display()), "file exists");
    let good = run(&file, "good.json");
    assert_eq!((good.code, &good.stderr), (Some(0), &expected));
    let bad = run(&file, "bad.json");
    assert_eq!(
        (bad.code, bad.stderr),
        (Some(1), expected + "Error: 1 error found\n")
    );

    let good = run(std::path::Path::new("/proc/sonicfg"), "good.json");
    assert_eq!((good.code, good.stderr.lines().count()), (Some(0), 1));
    let start = "warning: the compiled models are not kept, so each run takes longer: \
                 cannot make the directory /proc/sonicfg: ";
    assert!(good.stderr.starts_with(start), "{}", good.stderr);

    if let Some(mut command) = sandbox.unprivileged(&["validate", "good.json"]) {
        let run = Run::of(command.env("SONICFG_CACHE_DIR", &blocked));
        assert_eq!(run.code, Some(0));
        assert!(
            run.stderr.starts_with("warning: ") && run.stderr.contains("permission denied"),
            "{}",
            run.stderr
        );
        assert_eq!(run.stderr.lines().count(), 1);
    }
    let none = sandbox
        .command(["validate", "--no-schema-cache", "good.json"])
        .env("SONICFG_CACHE_DIR", &file)
        .output();
    Run::from(none.unwrap()).is_clean();
}

// Usage

#[test]
fn wrong_usage() {
    let sandbox = Sandbox::new();
    let bare = sandbox.run([] as [&str; 0]);
    bare.fails(2, "Error: no command is given; the commands are listed above");
    assert!(bare.stderr.contains("\n  apply-patch  ") && bare.stdout.is_empty());
    sandbox
        .run(["schema"])
        .fails(2, "Error: no command is given; the commands are listed above");
    let unknown = sandbox.run(["validat"]);
    unknown.fails(2, "Error: unrecognized subcommand 'validat'");
    assert!(unknown.stderr.contains("'validate'"), "{}", unknown.stderr);
    let option = sandbox.run(["validate", "--strict", "c.json"]);
    option.fails(2, "Error: unexpected argument '--strict' found");
    assert!(
        option
            .stderr
            .contains("Usage: sonicfg validate [OPTIONS] [FILE]...")
    );
    sandbox.run(["diff", "a.json"]).fails(
        2,
        "Error: the following required arguments were not provided: <B>",
    );
    sandbox.run(["validate", "--report", "xml", "c.json"]).fails(
        2,
        "Error: invalid value 'xml' for '--report <REPORT>' [possible values: full, concise, json, json-lines, junit, github, gitlab, sarif]",
    );
    sandbox.run(["apply-patch", "p.json"]).fails(
        2,
        "Error: no store is named: add --config FILE or --store URL, or set SONICFG_STORE; for example: sonicfg \
         apply-patch p.json --config config_db.json",
    );
}

#[test]
fn help_and_version_are_data() {
    let sandbox = Sandbox::new();
    let version = sandbox.run(["--version"]);
    version.is_clean();
    assert_eq!(version.stdout, format!("sonicfg {}\n", env!("CARGO_PKG_VERSION")));
    for args in [&["--help"][..], &["validate", "-h"], &["help", "apply-patch"]] {
        let help = sandbox.run(args);
        help.is_clean();
        assert!(help.stdout.contains("Usage: sonicfg"), "{}", help.stdout);
    }
}

#[test]
fn schema_show_of_an_unknown_table() {
    let sandbox = Sandbox::new();
    sandbox.run(["schema", "show", "FEATUR"]).fails(
        2,
        "Error: no model defines the table \"FEATUR\"; did you mean \"FEATURE\"?",
    );
    let run = sandbox.run(["schema", "show", "QQQ"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    assert!(
        run.last_line()
            .starts_with("Error: no model defines the table \"QQQ\""),
        "{}",
        run.stderr
    );
}

// What a file is taken for

const YANG_JSON: &str = r#"{"sonic-feature:sonic-feature": {"FEATURE": {"FEATURE_LIST": [{"name": "bgp", "state": "enabled"}]}}}"#;
const CONFIG: &str = r#"{"FEATURE": {"bgp": {"state": "enabled"}}}"#;
const PATCH: &str = r#"[{"op": "add", "path": "/FEATURE/bgp/delayed", "value": "False"}]"#;
const CONFIGLET: &str = r#"[{"FEATURE": {"bgp": {"delayed": "False"}}}]"#;

/// What a file was taken for, by the JSON report.
fn taken_for(sandbox: &Sandbox, text: &str, options: &[&str]) -> (Option<i32>, Value) {
    sandbox.write("base.json", CONFIG);
    sandbox.write("x.json", text);
    let args = ["validate", "--report", "json", "x.json"];
    let run = sandbox.run(args.iter().chain(options));
    let report: Value = serde_json::from_str(&run.stdout).unwrap_or_default();
    (run.code, report["files"][0]["input"].clone())
}

#[test]
fn input_is_told_by_its_form() {
    let sandbox = Sandbox::new();
    let base = &["--base", "base.json"][..];
    for (text, options, input) in [
        (CONFIG, &[][..], "config_db"),
        ("{}", &[], "config_db"),
        (YANG_JSON, &[], "sonicyang"),
        (PATCH, base, "patch"),
        ("[]", base, "patch"),
        (CONFIGLET, base, "configlet"),
    ] {
        let (code, taken) = taken_for(&sandbox, text, options);
        assert_eq!((code, taken.as_str()), (Some(0), Some(input)), "{text}");
    }
    assert_eq!(taken_for(&sandbox, "{", &[]), (Some(1), "unknown".into()));
    assert_eq!(
        taken_for(&sandbox, "{", &["--input", "patch", "--base", "base.json"]).1,
        "patch"
    );
    assert_eq!(taken_for(&sandbox, "[1]", &[]), (Some(1), "config_db".into()));
}

#[test]
fn input_that_is_named() {
    let sandbox = Sandbox::new();
    for (text, input, name, code) in [
        (CONFIG, "config-db", "config_db", 0),
        (CONFIG, "config_db", "config_db", 0),
        (CONFIG, "sonicyang", "sonicyang", 1),
        (CONFIG, "patch", "patch", 1),
        // One object of tables is a configlet as well.
        (CONFIG, "configlet", "configlet", 0),
        (YANG_JSON, "sonicyang", "sonicyang", 0),
        (PATCH, "patch", "patch", 0),
        (PATCH, "config-db", "config_db", 1),
        (CONFIGLET, "configlet", "configlet", 0),
        (CONFIGLET, "configlet-delete", "configlet", 0),
        (CONFIGLET, "patch", "patch", 1),
    ] {
        let options = ["--base", "base.json", "--input", input];
        let (found, taken) = taken_for(&sandbox, text, &options);
        assert_eq!(
            (found, taken.as_str()),
            (Some(code), Some(name)),
            "{input}: {text}"
        );
    }
    sandbox.run(["validate", "--input", "toml", "x.json"]).fails(
        2,
        "Error: invalid value 'toml' for '--input <INPUT>' \
             [possible values: auto, config-db, sonicyang, patch, configlet, configlet-delete, golden, ndjson]",
    );
}

#[test]
fn changes_need_a_base() {
    let sandbox = Sandbox::new();
    sandbox.write("p.json", PATCH);
    sandbox.write("c.json", CONFIGLET);
    sandbox.run(["validate", "p.json"]).fails(
        2,
        "Error: p.json is a patch: name the config it is to change with --base",
    );
    sandbox.run(["validate", "c.json"]).fails(
        2,
        "Error: c.json is a configlet: name the config it is to change with --base",
    );
}

#[test]
fn findings_of_a_change_stand_in_the_change() {
    let sandbox = Sandbox::new();
    sandbox.write("base.json", CONFIG);
    let check = |text: &str| {
        sandbox.write("x.json", text);
        sandbox.run(["validate", "--report", "concise", "--base", "base.json", "x.json"])
    };
    let finding = "error[InvalidValue] /FEATURE/bgp/set_owner: \
                   \"no\" is not a value of this enumeration (allowed: kube, local)";
    check("[\n  {\"op\": \"add\", \"path\": \"/FEATURE/bgp/set_owner\", \"value\": \"no\"}]")
        .finds(&[&format!("x.json:2:60: {finding}")]);
    check("[\n  {\"op\": \"add\", \"path\": \"/FEATURE/bgp\",\n \"value\": {\"set_owner\": \"no\"}}]")
        .finds(&[&format!("x.json:3:25: {finding}")]);
    check("[{\"FEATURE\": {\n \"bgp\": {\"set_owner\": \"no\"}}}]")
        .finds(&[&format!("x.json:2:23: {finding}")]);

    check("[\n{\"op\": \"remove\", \"path\": \"/FEATURE/bgpp\"}]").finds(&[
        "x.json:2:26: error[Refused] operation 0 (remove /FEATURE/bgpp) cannot be done: \
         there is no /FEATURE/bgpp; did you mean /FEATURE/bgp?",
    ]);
    check("[\n{\"op\": \"test\", \"path\": \"/FEATURE/bgp/state\", \"value\": \"x\"}]").finds(&[
        "x.json:2:24: error[Refused] operation 0 (test /FEATURE/bgp/state) cannot be done: \
         the value there is another one",
    ]);
    check("[{\"op\": \"remove\"}]")
        .finds(&["x.json:1:2: error[InvalidJSON] operation 0: \"path\" is missing"]);
    check("[{\"FEATURE\": {\"bgp\": [], \"x\": 1}}]")
        .finds(&["x.json:1:22: error[InvalidJSON] a list where an object of fields belongs"]);
}

// Reports and standard streams

#[test]
fn warnings_can_be_denied() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "c.json",
        "{\"FEATURES\": {\"bgp\": {}}, \"FEATURE\": {\"bgp\": {}}}",
    );
    let line = "c.json:1:2: warning[UnknownElement] /FEATURES: no model covers the table \"FEATURES\": \
                it is not checked (did you mean \"FEATURE\"?)";
    sandbox
        .run(["validate", "--report", "concise", "c.json"])
        .finds(&[line]);
    let denied = sandbox.run(["validate", "--report", "concise", "--deny-warnings", "c.json"]);
    denied.fails(1, "Error: 1 warning found");
    assert_eq!(denied.stdout.trim_end(), line);
    sandbox.write("c.json", "{\"FEATURES\": {\"bgp\": {}}, \"FEATURE\": []}");
    sandbox
        .run(["validate", "c.json"])
        .fails(1, "Error: 1 error and 1 warning found");
}

#[test]
fn standard_input() {
    let sandbox = Sandbox::new();
    for name in ["-", "/dev/stdin"] {
        let run = sandbox.run_with_input(&["validate", "--report", "concise", name], b"{\"FEATURE\": []}");
        run.finds(&["<stdin>:1:2: error[InvalidJSON] /FEATURE: a list where an object of entries belongs"]);
    }
    sandbox.write("base.json", CONFIG);
    sandbox
        .run_with_input(&["validate", "--base", "base.json", "-"], PATCH.as_bytes())
        .is_clean();
    sandbox
        .run_with_input(&["validate", "--base", "-", "base.json"], b"{}")
        .is_clean();
    sandbox
        .run_with_input(&["validate", "-", "/dev/stdin"], b"{}")
        .fails(2, "Error: standard input is named twice; it can be read once");
}

#[test]
fn one_file_twice() {
    let sandbox = Sandbox::new();
    sandbox.write("c.json", "{\"FEATURE\": []}");
    let run = sandbox.run(["validate", "--report", "json", "c.json", "c.json"]);
    run.fails(1, "Error: 2 errors found in 2 of 2 files");
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(report["files"].as_array().unwrap().len(), 2);
    assert_eq!(report["files"][0], report["files"][1]);
    assert_eq!(report["errors"], 2);
}

#[test]
fn closed_pipe_does_not_panic() {
    let sandbox = Sandbox::new();
    let entries: Vec<String> = (0..5000)
        .map(|number| format!("\"f{number}\": {{\"state\": 1}}"))
        .collect();
    sandbox.write("c.json", format!("{{\"FEATURE\": {{{}}}}}", entries.join(",\n")));
    for report in ["full", "concise", "json"] {
        let mut command = sandbox.command(["validate", "--report", report, "c.json"]);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = child.stdout.take().unwrap();
        let mut byte = [0];
        stdout.read_exact(&mut byte).unwrap();
        drop(stdout);
        let run = Run::from(child.wait_with_output().unwrap());
        run.fails(1, "Error: 5000 errors found");
    }
    // Nobody listens at all.
    let mut command = sandbox.command(["validate", "c.json"]);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop((child.stdout.take(), child.stderr.take()));
    assert_eq!(child.wait().unwrap().code(), Some(1));
}

#[test]
fn full_standard_output_is_an_error() {
    let sandbox = Sandbox::new();
    sandbox.write("c.json", "{\"FEATURE\": {}}");
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let run = Run::of(sandbox.command(["validate", "c.json"]).stdout(full));
    run.fails(2, "Error: cannot write standard output: no space left on device");
}

#[test]
fn secrets_are_not_shown() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "yang/tacplus.yang",
        module("tacplus", "TACPLUS", "passkey").replace(
            "leaf passkey { type string; }",
            "leaf passkey { type string { length \"1..4\"; } }",
        ),
    );
    sandbox.write("base.json", r#"{"TACPLUS": {"global": {"passkey": "abc"}}}"#);
    for (text, code) in [
        (r#"{"TACPLUS": {"global": {"passkey": "geheim"}}}"#, 1),
        (r#"{"SNMP_COMMUNITY": {"geheim": {}, "geheim": {}}}"#, 1),
        (r#"{"TACPLUS": {"global": {"passkey": "geheim", "x": "1"}}}"#, 1),
        (r#"{"TACPLUS": {"global": {"passkey": "geheim"} "x": "1"}}"#, 1),
        (r#"{"TACPLUS": {"global": {"passkey": "geheim"#, 1),
        (
            r#"[{"op": "add", "path": "/TACPLUS/global/passkey", "value": "geheim"}]"#,
            1,
        ),
        (
            r#"[{"op": "add", "path": "/TACPLUS/global", "value": {"passkey": "geheim"}}]"#,
            1,
        ),
        (
            r#"[{"op": "add", "path": "/TACPLUS/global/passkey", "value": "geheim"},]"#,
            1,
        ),
        (
            r#"[{"op": "test", "path": "/TACPLUS/global/passkey", "value": "geheim"}]"#,
            1,
        ),
        (r#"[{"TACPLUS": {"global": {"passkey": "geheim"}}}]"#, 1),
        (r#"[{"TACPLUS": {"global": {"passkey": "geheim", "y": {}}}}]"#, 1),
    ] {
        sandbox.write("x.json", text);
        for report in ["full", "concise", "json"] {
            let args = [
                "validate",
                "--yang-dir",
                "yang",
                "--report",
                report,
                "--base",
                "base.json",
                "x.json",
            ];
            let run = sandbox.run(args);
            assert_eq!(run.code, Some(code), "{text}");
            let shown = run.stdout + &run.stderr;
            assert!(!shown.contains("geheim"), "{report}: {shown}");
        }
    }
}
