//! A patch on a config file: it lands whole, or the file is as it was.

#![allow(clippy::unwrap_used)]

mod common;

use std::os::unix::fs::{MetadataExt, symlink};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant, SystemTime};

use common::cli::{Run, Sandbox, fixture, set_mode};
use common::oracle::say;
use serde_json::{Value, json};

const CONFIG: &str = r#"{
    "FEATURE": {
        "snmp": {
            "state": "enabled",
            "delayed": "True"
        },
        "bgp": {
            "state": "enabled"
        }
    },
    "SYSTEM_DEFAULTS": {
        "default_bgp_status": {
            "status": "up"
        }
    }
}
"#;

const APPLIED: &str = "Patch applied successfully.\n";

/// All that a refused patch must leave as it is.
#[derive(Debug, PartialEq)]
struct Snapshot {
    bytes: Vec<u8>,
    inode: u64,
    modified: SystemTime,
    mode: u32,
}

fn snapshot(path: &Path) -> Snapshot {
    let metadata = std::fs::metadata(path).unwrap();
    Snapshot {
        bytes: std::fs::read(path).unwrap(),
        inode: metadata.ino(),
        modified: metadata.modified().unwrap(),
        mode: metadata.mode(),
    }
}

/// A folder with a config and a patch.
fn sandbox(config: &str, patch: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("c.json", config);
    sandbox.write("p.json", patch);
    sandbox
}

fn apply(sandbox: &Sandbox, options: &[&str]) -> Run {
    sandbox.run(
        ["apply-patch", "p.json", "--config", "c.json", "--full-reason"]
            .iter()
            .chain(options),
    )
}

#[track_caller]
fn is_applied(run: &Run) {
    run.is_clean();
    assert_eq!(run.stdout, APPLIED);
}

/// Asserts that a patch is refused for a reason, and that nothing is touched.
#[track_caller]
fn refused(config: &str, patch: &str, reason: &str) -> Run {
    let sandbox = sandbox(config, patch);
    let before = snapshot(&sandbox.path("c.json"));
    let run = apply(&sandbox, &[]);
    run.fails(
        1,
        &format!("Error: patch rejected, nothing was changed: {reason}"),
    );
    assert_eq!(run.stdout, "");
    assert_eq!(snapshot(&sandbox.path("c.json")), before);
    assert_eq!(sandbox.names(), ["c.json", "p.json"]);
    run
}

/// Applies a patch; the config that is there then.
#[track_caller]
fn applied(config: &str, patch: &str) -> Value {
    let sandbox = sandbox(config, patch);
    is_applied(&apply(&sandbox, &[]));
    assert_eq!(sandbox.names(), ["c.json", "p.json"]);
    serde_json::from_str(&sandbox.read("c.json")).unwrap()
}

// What is applied

#[test]
fn valid_patch_is_applied_completely() {
    let config = std::fs::read_to_string(fixture("config_db.json")).unwrap();
    let patch = std::fs::read_to_string(fixture("patches/good.json")).unwrap();
    let changed = applied(&config, &patch);
    let mut expected: Value = serde_json::from_str(&config).unwrap();
    expected["SYSTEM_DEFAULTS"]["default_bgp_status"]["status"] = "down".into();
    expected["FEATURE"]["snmp"]["state"] = "disabled".into();
    expected["WARM_RESTART"]["bgp"]["bgp_timer"] = "120".into();
    expected["SYSTEM_DEFAULTS"]["async_rec"] = json!({"status": "enabled", "reason": "large route tables"});
    assert_eq!(changed, expected);
}

#[test]
fn patch_is_read_from_standard_input() {
    for name in ["-", "/dev/stdin"] {
        let sandbox = sandbox(CONFIG, "");
        let patch = br#"[{"op": "replace", "path": "/FEATURE/bgp/state", "value": "disabled"}]"#;
        is_applied(&sandbox.run_with_input(&["apply-patch", name, "--config", "c.json"], patch));
        let expected = CONFIG.replace(
            "\"bgp\": {\n            \"state\": \"enabled\"",
            "\"bgp\": {\n            \"state\": \"disabled\"",
        );
        assert_eq!(sandbox.read("c.json"), expected);

        let run = sandbox.run_with_input(&["apply-patch", name, "--config", "c.json"], b"[{}]");
        run.fails(
            1,
            "Error: patch rejected, nothing was changed: <stdin>:1:2: operation 0: \"op\" is missing",
        );
    }
}

#[test]
fn add_existing_and_remove_missing() {
    let patch = r#"[{"op": "add", "path": "/WARM_RESTART/bgp", "value": {"bgp_timer": "120"}}]"#;
    assert_eq!(
        applied(CONFIG, patch)["WARM_RESTART"],
        json!({"bgp": {"bgp_timer": "120"}})
    );

    let config = r#"{"DEVICE_METADATA": {"localhost": {"supporting_bulk_counter_groups": ["PORT"]}}}"#;
    let patch = r#"[
        {"op": "add", "path": "/DEVICE_METADATA/localhost/supporting_bulk_counter_groups/-", "value": "PORT"},
        {"op": "add", "path": "/DEVICE_METADATA/localhost/supporting_bulk_counter_groups/-", "value": "QUEUE"},
        {"op": "add", "path": "/DEVICE_METADATA/localhost/supporting_bulk_counter_groups/-", "value": "QUEUE"}
    ]"#;
    let groups = "/DEVICE_METADATA/localhost/supporting_bulk_counter_groups";
    assert_eq!(
        applied(config, patch).pointer(groups),
        Some(&json!(["PORT", "QUEUE"]))
    );
}

#[test]
fn every_operation() {
    let patch = r#"[
        {"op": "test", "path": "/FEATURE/bgp/state", "value": "enabled"},
        {"op": "copy", "from": "/FEATURE/bgp", "path": "/FEATURE/lldp"},
        {"op": "move", "from": "/FEATURE/snmp", "path": "/FEATURE/teamd"},
        {"op": "remove", "path": "/FEATURE/teamd/delayed"},
        {"op": "replace", "path": "/FEATURE/bgp", "value": {"state": "disabled"}},
        {"op": "remove", "path": "/SYSTEM_DEFAULTS"}
    ]"#;
    assert_eq!(
        applied(CONFIG, patch),
        json!({"FEATURE": {"bgp": {"state": "disabled"}, "lldp": {"state": "enabled"}, "teamd": {"state": "enabled"}}})
    );
}

#[test]
fn an_empty_patch_and_one_that_changes_nothing_leave_the_file_alone() {
    for patch in [
        "[]",
        r#"[{"op": "replace", "path": "/FEATURE/bgp/state", "value": "enabled"}]"#,
        r#"[{"op": "add", "path": "/FEATURE/x", "value": {}}, {"op": "remove", "path": "/FEATURE/x"}]"#,
    ] {
        let sandbox = sandbox(CONFIG, patch);
        let before = snapshot(&sandbox.path("c.json"));
        is_applied(&apply(&sandbox, &[]));
        assert_eq!(snapshot(&sandbox.path("c.json")), before, "{patch}");
        let run = apply(&sandbox, &["--dry-run"]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(0), "no change\n"));
    }
}

#[test]
fn order_and_form_of_the_file_stay() {
    let patch = r#"[{"op": "remove", "path": "/FEATURE/snmp/state"}, {"op": "add", "path": "/FEATURE/snmp/set_owner", "value": "local"},
        {"op": "add", "path": "/FEATURE/lldp", "value": {"state": "enabled"}}]"#;
    let expected = CONFIG
        .replace("            \"state\": \"enabled\",\n", "")
        .replace("\"delayed\": \"True\"\n", "\"delayed\": \"True\",\n            \"set_owner\": \"local\"\n")
        .replace(
            "\"bgp\": {\n            \"state\": \"enabled\"\n        }\n",
            "\"bgp\": {\n            \"state\": \"enabled\"\n        },\n        \"lldp\": {\n            \"state\": \"enabled\"\n        }\n",
        );
    let compact = |text: &str| serde_json::from_str::<Value>(text).unwrap().to_string();
    let forms: [&dyn Fn(&str) -> String; 6] = [
        &|text| text.to_owned(),
        &|text| text.replace("    ", "  "),
        &|text| text.replace("    ", "\t"),
        &|text| text.trim_end().to_owned(),
        &|text| compact(text),
        &|text| compact(text) + "\n",
    ];
    for form in forms {
        let sandbox = sandbox(&form(CONFIG), patch);
        is_applied(&apply(&sandbox, &[]));
        assert_eq!(sandbox.read("c.json"), form(&expected));
    }
}

#[test]
fn tables_without_model_stay_unchanged() {
    let config = r#"{"VENDOR": {"x": {"big": 123456789012345678901234567890, "huge": 1e400, "small": 1e-400, "zero": 1.0, "ü": "\u00fc\/"}}, "FEATURE": {"bgp": {}}}"#;
    let sandbox = sandbox(
        config,
        r#"[{"op": "add", "path": "/FEATURE/bgp/state", "value": "enabled"}]"#,
    );
    is_applied(&apply(&sandbox, &[]));
    let expected = config.replace("\"bgp\": {}", "\"bgp\": {\"state\": \"enabled\"}");
    assert_eq!(sandbox.read("c.json"), expected);
}

#[test]
fn symbolic_link_is_followed_and_kept() {
    let sandbox = sandbox(CONFIG, r#"[{"op": "remove", "path": "/FEATURE/bgp/state"}]"#);
    std::fs::create_dir(sandbox.path("real")).unwrap();
    std::fs::rename(sandbox.path("c.json"), sandbox.path("real/config.json")).unwrap();
    symlink("real/config.json", sandbox.path("link")).unwrap();
    symlink(sandbox.path("link"), sandbox.path("c.json")).unwrap();
    is_applied(&apply(&sandbox, &[]));
    assert!(sandbox.path("c.json").is_symlink() && sandbox.path("link").is_symlink());
    assert!(!sandbox.path("real/config.json").is_symlink());
    let changed: Value = serde_json::from_str(&sandbox.read("real/config.json")).unwrap();
    assert_eq!(changed["FEATURE"]["bgp"], json!({}));
    let mut names: Vec<_> = std::fs::read_dir(sandbox.path("real"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    names.sort();
    assert_eq!(names, [".config.json.sonicfg", "config.json"]);
    assert_eq!(sandbox.names(), ["c.json", "link", "p.json", "real"]);
}

#[test]
fn mode_and_owner_are_kept() {
    let sandbox = sandbox(CONFIG, r#"[{"op": "remove", "path": "/FEATURE/bgp/state"}]"#);
    let file = sandbox.path("c.json");
    let owned = std::os::unix::fs::chown(&file, Some(1234), Some(4321)).is_ok();
    if !owned {
        say("SKIPPED: only root can give a file away");
    }
    set_mode(&file, 0o640);
    let before = std::fs::metadata(&file).unwrap();
    is_applied(&apply(&sandbox, &[]));
    let after = std::fs::metadata(&file).unwrap();
    assert_eq!(after.mode(), before.mode());
    assert_eq!((after.uid(), after.gid()), (before.uid(), before.gid()));
    assert_ne!(
        after.ino(),
        before.ino(),
        "the file was replaced, not written over"
    );
}

#[test]
fn dry_run_shows_the_differences_and_touches_nothing() {
    let sandbox = sandbox(
        CONFIG,
        r#"[{"op": "replace", "path": "/FEATURE/bgp/state", "value": "disabled"},
            {"op": "remove", "path": "/FEATURE/snmp/delayed"},
            {"op": "remove", "path": "/SYSTEM_DEFAULTS"},
            {"op": "add", "path": "/FEATURE/lldp", "value": {"state": "enabled"}},
            {"op": "add", "path": "/FEATURE/bgp/set_owner", "value": "local"}]"#,
    );
    let before = snapshot(&sandbox.path("c.json"));
    let run = apply(&sandbox, &["--dry-run"]);
    run.is_clean();
    assert_eq!(
        run.stdout,
        "- FEATURE|snmp delayed \"True\"\n\
         ~ FEATURE|bgp state \"enabled\" -> \"disabled\"\n\
         + FEATURE|bgp set_owner \"local\"\n\
         + FEATURE|lldp {\"state\": \"enabled\"}\n\
         - SYSTEM_DEFAULTS|default_bgp_status {\"status\": \"up\"}\n"
    );
    assert_eq!(snapshot(&sandbox.path("c.json")), before);
    assert_eq!(apply(&sandbox, &["-d"]).stdout, run.stdout);
}

// What is refused

#[test]
fn invalid_patch_leaves_the_file_unchanged() {
    let sandbox = Sandbox::new();
    let config = sandbox.path("c.json");
    std::fs::copy(fixture("config_db.json"), &config).unwrap();
    let before = snapshot(&config);
    let patch = fixture("patches/refused.json");
    for options in [&[][..], &["--dry-run"]] {
        let run = sandbox.run(
            ["apply-patch", &patch, "--config", "c.json"]
                .iter()
                .chain(options),
        );
        assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""));
        let all = sandbox.run(
            ["apply-patch", &patch, "--config", "c.json", "--full-reason"]
                .iter()
                .chain(options),
        );
        assert_eq!((all.code, all.stdout.as_str()), (Some(1), ""));
        assert_eq!(snapshot(&config), before);
        assert_eq!(sandbox.names(), ["c.json"]);
        for (place, reason) in [
            (
                "4:17",
                "/SYSTEM_DEFAULTS/tunnel_qos_remp: \"tunnel_qos_remp\" is not an identity that is allowed here",
            ),
            (
                "12:18",
                "/SYSTEM_DEFAULTS/default_bgp_status/status: status of this flag must be up or down",
            ),
            (
                "17:18",
                "/WARM_RESTART/teamd/bgp_timer: bgp_timer belongs to module bgp alone",
            ),
        ] {
            assert!(
                run.stderr.contains(&format!("--> {patch}:{place}\n")),
                "{}",
                run.stderr
            );
            assert!(all.last_line().contains(reason), "{}", all.stderr);
        }
        assert_eq!(
            run.last_line(),
            "Error: patch rejected, nothing was changed (3 errors)"
        );
        let start = "Error: patch rejected, nothing was changed: operation 0 (add /SYSTEM_DEFAULTS/";
        assert!(all.last_line().starts_with(start), "{}", all.stderr);
    }
}

#[test]
fn operations_that_cannot_be_done() {
    let one = |operation: &str, reason: &str| {
        let patch = format!(
            "[{{\"op\": \"test\", \"path\": \"/FEATURE/bgp/state\", \"value\": \"enabled\"}},\n{operation}]"
        );
        refused(CONFIG, &patch, &format!("p.json:2:{reason}"));
    };
    one(
        r#"{"op": "remove", "path": "/FEATURE/bgpp"}"#,
        "26: operation 1 (remove /FEATURE/bgpp) cannot be done: there is no /FEATURE/bgpp; did you mean /FEATURE/bgp?",
    );
    one(
        r#"{"op": "replace", "path": "/FEATURES/bgp/state", "value": "x"}"#,
        "27: operation 1 (replace /FEATURES/bgp/state) cannot be done: there is no /FEATURES; did you mean /FEATURE?",
    );
    one(
        r#"{"op": "add", "path": "/FEATURE/lldp/state", "value": "enabled"}"#,
        "23: operation 1 (add /FEATURE/lldp/state) cannot be done: there is no /FEATURE/lldp",
    );
    one(
        r#"{"op": "add", "path": "/FEATURE/bgp/state/-", "value": "x"}"#,
        "23: operation 1 (add /FEATURE/bgp/state/-) cannot be done: \
         /FEATURE/bgp/state is a single value, there is nothing in it",
    );
    one(
        r#"{"op": "test", "path": "/FEATURE/bgp/state", "value": "disabled"}"#,
        "24: operation 1 (test /FEATURE/bgp/state) cannot be done: the value there is another one",
    );
    one(
        r#"{"op": "move", "from": "/FEATURE/bgp", "path": "/FEATURE/bgp/x"}"#,
        "48: operation 1 (move /FEATURE/bgp to /FEATURE/bgp/x) cannot be done: nothing can be moved into itself",
    );
    one(
        r#"{"op": "copy", "from": "/FEATURE/none", "path": "/FEATURE/x"}"#,
        "49: operation 1 (copy /FEATURE/none to /FEATURE/x) cannot be done: there is no /FEATURE/none",
    );
    one(
        r#"{"op": "remove", "path": ""}"#,
        "26: operation 1 (remove the whole config) cannot be done: a config cannot be removed, only its tables",
    );
    let groups = "/DEVICE_METADATA/localhost/supporting_bulk_counter_groups";
    let config =
        r#"{"DEVICE_METADATA": {"localhost": {"supporting_bulk_counter_groups": ["PORT", "QUEUE"]}}}"#;
    for (path, value) in [
        ("2", None),
        ("-", None),
        ("00", None),
        ("x", None),
        ("3", Some("PG")),
    ] {
        let path = format!("{groups}/{path}");
        let (op, value) = match value {
            Some(value) => ("add", format!(", \"value\": \"{value}\"")),
            None => ("remove", String::new()),
        };
        let column = 21 + op.len();
        refused(
            config,
            &format!("[{{\"op\": \"{op}\", \"path\": \"{path}\"{value}}}]"),
            &format!(
                "p.json:1:{column}: operation 0 ({op} {path}) cannot be done: \
                 the list {groups} has 2 elements, counted from 0; \"-\" is its end"
            ),
        );
    }
}

#[test]
fn malformed_patch_is_refused() {
    refused(CONFIG, "", "p.json:1:1: not JSON: there is nothing in it");
    refused(
        CONFIG,
        "{}",
        "p.json:1:1: a patch is a list of operations, not an object",
    );
    refused(
        CONFIG,
        "[7]",
        "p.json:1:2: operation 0: an operation is an object, not a number",
    );
    refused(
        CONFIG,
        r#"[{"op": "delete", "path": "/A"}]"#,
        "p.json:1:2: operation 0: there is no operation \"delete\": \
         the operations are add, remove, replace, move, copy, test",
    );
    refused(
        CONFIG,
        r#"[{"op": "replce", "path": "/A", "value": 1}]"#,
        "p.json:1:2: operation 0: there is no operation \"replce\": did you mean \"replace\"?",
    );
    refused(
        CONFIG,
        r#"[{"op": "add", "path": "/A"}]"#,
        "p.json:1:2: operation 0: \"value\" is missing",
    );
    refused(
        CONFIG,
        r#"[{"op": "remove", "path": 7}]"#,
        "p.json:1:2: operation 0: \"path\" is a number, not a string",
    );
    refused(
        CONFIG,
        r#"[{"op": "remove", "path": "FEATURE"}]"#,
        "p.json:1:2: operation 0: \"path\" is no JSON pointer: it begins with \"/\" and holds \"~\" only as \"~0\" and \"~1\"",
    );
    let sandbox = sandbox(CONFIG, "");
    sandbox.write("p.json", b"[\"\xff\"]");
    apply(&sandbox, &[]).fails(
        1,
        "Error: patch rejected, nothing was changed: p.json:1:3: invalid UTF-8",
    );
}

#[test]
fn findings_of_the_patch_stand_in_the_patch() {
    let located = |patch: &str, place: &str, operation: &str, reason: &str| {
        let run = refused(CONFIG, patch, &format!("operation 0 ({operation}): {reason}"));
        assert!(
            run.stderr.contains(&format!("--> p.json:{place}\n")),
            "{}",
            run.stderr
        );
        assert!(!run.stderr.contains("--> c.json"), "{}", run.stderr);
    };
    let owner = "\"me\" is not a value of this enumeration [InvalidValue] (allowed: kube, local)";
    located(
        "[\n{\"op\": \"add\", \"path\": \"/FEATURE/bgp/set_owner\",\n \"value\": \"me\"}]",
        "3:11",
        "add /FEATURE/bgp/set_owner",
        &format!("/FEATURE/bgp/set_owner: {owner}"),
    );
    located(
        "[\n{\"op\": \"add\", \"path\": \"/FEATURE/lldp\",\n \"value\": {\"state\": \"enabled\",\n \"set_owner\": \"me\"}}]",
        "4:15",
        "add /FEATURE/lldp",
        &format!("/FEATURE/lldp/set_owner: {owner}"),
    );
    located(
        "[\n{\"op\": \"add\", \"path\": \"/FEATURE/bgp\",\n \"value\": {\"stat\": \"enabled\"}}]",
        "3:12",
        "add /FEATURE/bgp",
        "/FEATURE/bgp/stat: there is no field \"stat\" here [UnknownElement] (did you mean \"state\"?)",
    );
    located(
        "[\n{\"op\": \"add\", \"path\": \"/FEATURE/bgp|x\", \"value\": {}}]",
        "2:23",
        "add /FEATURE/bgp|x",
        "/FEATURE/bgp|x: a key of 2 parts does not fit the table \"FEATURE\" [ListKey] (its keys: <name>)",
    );
}

#[test]
fn elements_that_the_patch_appends_are_found_in_it() {
    let config = r#"{"DEVICE_METADATA": {"localhost": {"supporting_bulk_counter_groups": ["PORT"]}}}"#;
    let patch = "[{\"op\": \"add\", \"path\": \"/DEVICE_METADATA/localhost/supporting_bulk_counter_groups/-\",\n\
                 \"value\": 5}]";
    let run = refused(
        config,
        patch,
        "operation 0 (add /DEVICE_METADATA/localhost/supporting_bulk_counter_groups/-): \
         /DEVICE_METADATA/localhost/supporting_bulk_counter_groups/1: \
         a number where a string belongs [InvalidValue] (write \"5\")",
    );
    assert!(run.stderr.contains("--> p.json:2:10\n"), "{}", run.stderr);
}

#[test]
fn config_invalid_before_the_patch_is_refused() {
    let config = CONFIG.replace("\"delayed\": \"True\"", "\"set_owner\": \"me\"");
    let finding = "/FEATURE/snmp/set_owner: \"me\" is not a value of this enumeration [InvalidValue] \
                   (allowed: kube, local)";
    let sandbox = sandbox(
        &config,
        r#"[{"op": "add", "path": "/FEATURE/snmp/delayed", "value": "True"}]"#,
    );
    let before = snapshot(&sandbox.path("c.json"));
    let run = apply(&sandbox, &[]);
    run.fails(
        1,
        &format!(
            "Error: patch rejected, nothing was changed: the config is not valid before the change: {finding}; \
             --allow-existing applies it anyway"
        ),
    );
    assert!(run.stderr.contains("--> c.json:5:26\n"), "{}", run.stderr);
    assert!(!run.stderr.contains("--> p.json"), "{}", run.stderr);
    assert_eq!(snapshot(&sandbox.path("c.json")), before);

    // One that is there already, and one that the patch brings.
    sandbox.write(
        "p.json",
        r#"[{"op": "add", "path": "/FEATURE/bgp/set_owner", "value": "us"}]"#,
    );
    let run = apply(&sandbox, &[]);
    assert!(
        run.stderr.contains("--> c.json:5:26\n") && run.stderr.contains("--> p.json:1:59\n"),
        "{}",
        run.stderr
    );
    assert!(!run.last_line().contains("without it either"));

    // And the cure.
    sandbox.write(
        "p.json",
        r#"[{"op": "replace", "path": "/FEATURE/snmp/set_owner", "value": "local"}]"#,
    );
    is_applied(&apply(&sandbox, &[]));
    assert_eq!(sandbox.read("c.json"), config.replace("\"me\"", "\"local\""));
}

#[test]
fn tables_without_a_model_are_not_changed_unasked() {
    let config = r#"{"VENDOR": {"a": {"f": "1"}}, "FEATURE": {"bgp": {}}}"#;
    let option = "(--ignore-non-yang-tables applies it unchecked)";
    refused(
        config,
        r#"[{"op": "replace", "path": "/VENDOR/a/f", "value": "2"}]"#,
        &format!(
            "p.json:1:28: operation 0 (replace /VENDOR/a/f): no model covers the table \"VENDOR\" {option}"
        ),
    );
    refused(
        config,
        r#"[{"op": "remove", "path": "/VENDOR"}]"#,
        &format!("p.json:1:27: operation 0 (remove /VENDOR): no model covers the table \"VENDOR\" {option}"),
    );
    refused(
        config,
        r#"[{"op": "add", "path": "/FEATURES/bgp", "value": {}}]"#,
        &format!(
            "p.json:1:24: operation 0 (add /FEATURES/bgp): no model covers the table \"FEATURES\", did you mean \"FEATURE\"? {option}"
        ),
    );
    applied(
        config,
        r#"[{"op": "add", "path": "/FEATURE/bgp/state", "value": "enabled"}]"#,
    );
    for option in ["-n", "--ignore-non-yang-tables"] {
        let sandbox = sandbox(config, r#"[{"op": "remove", "path": "/VENDOR"}]"#);
        is_applied(&apply(&sandbox, &[option]));
        assert_eq!(sandbox.read("c.json"), r#"{"FEATURE": {"bgp": {}}}"#);
    }
}

#[test]
fn secrets_are_masked() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "yang/secrets.yang",
        "module secrets {\n  namespace \"urn:test:secrets\";\n  prefix s;\n  container secrets {\n    \
         container TACPLUS { container global { leaf passkey { type string { length \"1..8\"; } } } }\n    \
         container SNMP_COMMUNITY { list SNMP_COMMUNITY_LIST { key name; leaf name { type string; } \
         leaf TYPE { type enumeration { enum RO; enum RW; } } } }\n  }\n}\n",
    );
    let config =
        r#"{"TACPLUS": {"global": {"passkey": "geheim"}}, "SNMP_COMMUNITY": {"geheimnis": {"TYPE": "RO"}}}"#;
    sandbox.write("c.json", config);
    let before = snapshot(&sandbox.path("c.json"));
    let run = |patch: &str, options: &[&str]| {
        sandbox.write("p.json", patch);
        let args = [
            "apply-patch",
            "p.json",
            "--config",
            "c.json",
            "--yang-dir",
            "yang",
        ];
        let run = sandbox.run(args.iter().chain(options));
        let shown = format!("{}{}", run.stdout, run.stderr);
        assert!(!shown.contains("geheim"), "{shown}");
        run
    };
    for (patch, place) in [
        (
            r#"[{"op": "add", "path": "/TACPLUS/global/passkey", "value": "geheimnisse"}]"#,
            "1:60",
        ),
        (
            r#"[{"op": "add", "path": "/TACPLUS/global", "value": {"passkey": "geheimnisse"}}]"#,
            "1:64",
        ),
        (
            r#"[{"op": "add", "path": "/TACPLUS/global", "value": {"passkey": 1234}}]"#,
            "1:64",
        ),
        (
            r#"[{"op": "add", "path": "/SNMP_COMMUNITY/geheimnis/TYPE", "value": "RX"}]"#,
            "1:67",
        ),
        (
            r#"[{"op": "add", "path": "/SNMP_COMMUNITY/geheim", "value": {"TYPE": "RX"}}]"#,
            "1:68",
        ),
    ] {
        let run = run(patch, &[]);
        assert_eq!(run.code, Some(1), "{}", run.stderr);
        assert!(
            run.stderr.contains(&format!("--> p.json:{place}\n")),
            "{patch}\n{}",
            run.stderr
        );
        assert!(!run.stderr.contains("1234"), "{}", run.stderr);
    }
    run(r#"[{"op": "remove", "path": "/SNMP_COMMUNITY/geheimniss"}]"#, &[]).fails(
        1,
        "Error: patch rejected, nothing was changed: p.json:1:27: operation 0 \
         (remove /SNMP_COMMUNITY/****) cannot be done: there is no /SNMP_COMMUNITY/****",
    );
    let patch = r#"[{"op": "replace", "path": "/TACPLUS/global/passkey", "value": "geheim2"},
        {"op": "add", "path": "/SNMP_COMMUNITY/geheim", "value": {"TYPE": "RW"}}]"#;
    let dry = run(patch, &["--dry-run"]);
    assert_eq!(
        dry.stdout,
        "~ TACPLUS|global passkey \"****\" -> \"****\"\n+ SNMP_COMMUNITY|**** {\"TYPE\": \"****\"}\n"
    );
    assert_eq!(snapshot(&sandbox.path("c.json")), before);
}

// What the environment refuses

/// Asserts that nothing was touched, and the exit code of a failed environment.
#[track_caller]
fn environment_fails(run: &Run, sandbox: &Sandbox, folder: &str, before: &Snapshot, reason: &str) {
    run.fails(2, &format!("Error: {reason}"));
    assert_eq!(run.stdout, "");
    assert_eq!(&snapshot(&sandbox.path(folder).join("c.json")), before);
    let left = std::fs::read_dir(sandbox.path(folder)).unwrap();
    let left: Vec<_> = left
        .map(|entry| entry.unwrap().file_name())
        .filter(|name| name != "cache")
        .collect();
    assert!(
        left.iter().all(|name| name == "c.json" || name == "p.json"),
        "left behind: {left:?}"
    );
}

#[test]
fn config_that_is_not_json_is_refused() {
    for (text, reason) in [
        (
            "{\"A\": {\n}",
            "c.json:2:2: not JSON: the text ends inside an object",
        ),
        ("", "c.json:1:1: not JSON: there is nothing in it"),
        (
            "{\"A\": {}, \"A\": {}}",
            "c.json:1:11: \"A\" appears twice in one object",
        ),
    ] {
        let sandbox = sandbox(text, "[]");
        let before = snapshot(&sandbox.path("c.json"));
        environment_fails(&apply(&sandbox, &[]), &sandbox, "", &before, reason);
    }
}

#[test]
fn config_that_is_no_regular_file_is_refused() {
    let sandbox = sandbox(CONFIG, "[]");
    let run = |config: &str| sandbox.run(["apply-patch", "p.json", "--config", config]);
    run("none.json").fails(2, "Error: cannot read none.json: no such file or directory");
    run(".").fails(2, "Error: . is not a file; name the file that holds the config");
    run("/dev/null").fails(
        2,
        "Error: /dev/null is not a file; name the file that holds the config",
    );
    symlink("none.json", sandbox.path("dangling")).unwrap();
    run("dangling").fails(2, "Error: cannot read dangling: no such file or directory");
}

const CHANGE: &str = r#"[{"op": "remove", "path": "/FEATURE/bgp/state"}]"#;

#[test]
fn unwritable_directory_fails_the_change() {
    let sandbox = sandbox(CONFIG, CHANGE);
    sandbox.write("dir/c.json", CONFIG);
    set_mode(&sandbox.path("dir"), 0o555);
    let before = snapshot(&sandbox.path("dir/c.json"));
    let args = [
        "apply-patch",
        "p.json",
        "--config",
        "dir/c.json",
        "--no-schema-cache",
    ];
    let Some(mut command) = sandbox.unprivileged(&args) else {
        return;
    };
    let run = Run::of(&mut command);
    let reason = "cannot replace dir/c.json: permission denied; it is as it was";
    environment_fails(&run, &sandbox, "dir", &before, reason);
    // So that it can be removed.
    set_mode(&sandbox.path("dir"), 0o755);
}

#[test]
fn an_owner_that_cannot_be_kept() {
    let sandbox = sandbox(CONFIG, CHANGE);
    if std::os::unix::fs::chown(sandbox.path("c.json"), Some(1234), Some(4321)).is_err() {
        say("SKIPPED: only root can give a file away");
        return;
    }
    set_mode(&sandbox.path("c.json"), 0o666);
    let before = snapshot(&sandbox.path("c.json"));
    let args = ["apply-patch", "p.json", "--config", "c.json", "--no-schema-cache"];
    let Some(mut command) = sandbox.unprivileged(&args) else {
        return;
    };
    let run = Run::of(&mut command);
    let reason = "cannot replace c.json: operation not permitted; it is as it was";
    environment_fails(&run, &sandbox, "", &before, reason);
}

/// A limit on the size of files stops the writing midway, wherever the file is.
#[test]
fn file_size_limit_fails_the_change() {
    let entries: Vec<String> = (0..400)
        .map(|number| format!("\"f{number}\": {{\"state\": \"enabled\"}}"))
        .collect();
    let config = format!(
        "{{\"FEATURE\": {{\"bgp\": {{\"state\": \"enabled\"}}, {}}}}}\n",
        entries.join(", ")
    );
    let sandbox = sandbox(&config, CHANGE);
    let before = snapshot(&sandbox.path("c.json"));
    let program = env!("CARGO_BIN_EXE_sonicfg");
    let script = format!(
        "trap '' XFSZ; ulimit -f 8; exec '{program}' apply-patch p.json --config c.json --no-schema-cache"
    );
    let run = Run::of(sandbox.other("sh").args(["-c", &script]));
    let reason = "cannot replace c.json: file too large; it is as it was";
    environment_fails(&run, &sandbox, "", &before, reason);
}

/// Unmounts with its value.
struct Mount<'a>(&'a Path);

impl Drop for Mount<'_> {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg(self.0).status();
    }
}

#[test]
fn full_disk_fails_the_change() {
    let sandbox = sandbox(CONFIG, CHANGE);
    let dir = sandbox.path("small");
    std::fs::create_dir(&dir).unwrap();
    let mut mount = sandbox.other("mount");
    mount
        .args(["-t", "tmpfs", "-o", "size=8k", "none"])
        .arg(&dir)
        .stderr(Stdio::null());
    if !mount.status().is_ok_and(|status| status.success()) {
        say("SKIPPED: no right to mount a small disk");
        return;
    }
    let _mount = Mount(&dir);
    std::fs::write(dir.join("c.json"), CONFIG).unwrap();
    // A page is left free for the folder's new entry; the text needs another.
    let mut filler = vec![b' '; 16 * 1024];
    while std::fs::write(dir.join("p.json"), &filler).is_err() {
        filler.truncate(filler.len() - 1024);
    }
    let before = snapshot(&dir.join("c.json"));
    let args = ["apply-patch", "p.json", "--config", "small/c.json"];
    let run = sandbox.run(args);
    let reason = "cannot replace small/c.json: no space left on device; it is as it was";
    environment_fails(&run, &sandbox, "small", &before, reason);
}

#[test]
fn success_that_cannot_be_told_is_success() {
    let sandbox = sandbox(CONFIG, CHANGE);
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = sandbox.command(["apply-patch", "p.json", "--config", "c.json"]);
    let run = Run::of(command.stdout(full));
    let warning =
        "warning: the change is applied, but cannot write standard output: no space left on device\n";
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), warning));
    assert_ne!(sandbox.read("c.json"), CONFIG);
}

// Others, and size

#[test]
fn two_writers_at_once() {
    let sandbox = Sandbox::new();
    let patches = [("a.json", "bgp"), ("b.json", "snmp")];
    for (name, feature) in patches {
        let patch =
            json!([{"op": "replace", "path": format!("/FEATURE/{feature}/state"), "value": "disabled"}]);
        sandbox.write(name, patch.to_string());
    }
    sandbox.write("c.json", CONFIG);
    let start: Value = serde_json::from_str(CONFIG).unwrap();
    sandbox.run(["validate", "c.json"]).is_clean();
    for round in 0..50 {
        sandbox.write("c.json", CONFIG);
        let children = patches.map(|(name, _)| {
            let mut command = sandbox.command(["apply-patch", name, "--config", "c.json"]);
            command
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        });
        let runs = children.map(|child| Run::from(child.wait_with_output().unwrap()));
        // Whoever was told that it is applied finds it there, and whoever was told that it is not does not.
        let mut expected = start.clone();
        for ((_, feature), run) in patches.iter().zip(&runs) {
            match run.code {
                Some(0) => expected["FEATURE"][feature]["state"] = "disabled".into(),
                _ => run.fails(
                    3,
                    "Error: c.json was changed by another client meanwhile; its changes are kept, try again",
                ),
            }
        }
        assert_ne!(expected, start, "round {round}: one of them was first");
        let found: Value = serde_json::from_str(&sandbox.read("c.json")).unwrap();
        assert_eq!(found, expected, "round {round}: {runs:?}");
        assert_eq!(sandbox.names(), ["a.json", "b.json", "c.json"]);
    }
}

#[test]
fn lock_of_a_reader_is_no_obstacle() {
    let sandbox = sandbox(CONFIG, CHANGE);
    // Who may read the config may lock it; the lock of a writer is a file of its own.
    let file = std::fs::File::open(sandbox.path("c.json")).unwrap();
    file.lock().unwrap();
    is_applied(&apply(&sandbox, &[]));
}

#[test]
fn patch_of_5000_operations_is_applied() {
    let entries: serde_json::Map<String, Value> = (0..5000)
        .map(|number| (format!("f{number}"), json!({"set_owner": "local"})))
        .collect();
    let config = json!({"FEATURE": entries}).to_string();
    let patch = |value: &str| {
        let operations = (0..5000).map(|number| match number % 3 {
            0 => json!({"op": "replace", "path": format!("/FEATURE/f{number}/set_owner"), "value": value}),
            1 => json!({"op": "add", "path": format!("/FEATURE/g{number}"), "value": {"set_owner": value}}),
            _ => json!({"op": "remove", "path": format!("/FEATURE/f{number}")}),
        });
        Value::Array(operations.collect())
            .to_string()
            .replace("},{", "},\n{")
    };
    let start = Instant::now();
    let changed = applied(&config, &patch("kube"));
    assert_eq!(changed["FEATURE"].as_object().unwrap().len(), 5000 + 1667 - 1666);
    assert_eq!(changed["FEATURE"]["f4998"]["set_owner"], "kube");

    // As many findings have their places.
    let sandbox = sandbox(&config, &patch("me"));
    let run = apply(&sandbox, &[]);
    assert_eq!(run.code, Some(1));
    assert_eq!(run.stderr.matches("--> p.json:").count(), 3334);
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
}

#[test]
fn tables_are_left_out_of_a_replacement() {
    let sandbox = Sandbox::new();
    sandbox.write("c.json", CONFIG);
    sandbox.write("new.json", r#"{"FEATURE": {"snmp": {"state": "disabled"}}}"#);
    let replace = |options: &[&str]| {
        sandbox.run(
            ["replace", "new.json", "--config", "c.json"]
                .iter()
                .chain(options),
        )
    };
    let run = replace(&["--keep", "NO_TABLE"]);
    assert_eq!(run.code, Some(1));
    assert!(
        run.last_line()
            .contains("there is no table \"NO_TABLE\" to leave as it is"),
        "{run:?}"
    );
    replace(&["--keep", "FEATURE"]).is_clean();
    let config: Value = serde_json::from_str(&sandbox.read("c.json")).unwrap();
    let before: Value = serde_json::from_str(CONFIG).unwrap();
    assert_eq!(config, json!({"FEATURE": before["FEATURE"]}));
    replace(&[]).is_clean();
    let config: Value = serde_json::from_str(&sandbox.read("c.json")).unwrap();
    assert_eq!(config["FEATURE"], json!({"snmp": {"state": "disabled"}}));
}

#[test]
fn a_leaf_list_without_elements_is_no_field() {
    let models = fixture("yang-plan");
    let config = r#"{"PORT": {"Ethernet0": {"lanes": "0"}}, "ACL_TABLE": {"A": {"type": "L3", "ports": ["Ethernet0"]}}}"#;
    for patch in [
        r#"[{"op": "remove", "path": "/ACL_TABLE/A/ports/0"}]"#,
        r#"[{"op": "replace", "path": "/ACL_TABLE/A/ports", "value": []}]"#,
    ] {
        let sandbox = sandbox(config, patch);
        is_applied(&apply(&sandbox, &["--yang-dir", &models]));
        let config: Value = serde_json::from_str(&sandbox.read("c.json")).unwrap();
        assert_eq!(config["ACL_TABLE"]["A"], json!({"type": "L3"}));
    }
}
