//! What the command says of changes: which operation a finding follows from, configs of several scopes,
//! paths through YANG JSON, what is exempt, configlets that delete.

#![allow(clippy::unwrap_used)]

mod common;

use std::fs::OpenOptions;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};

use common::cli::{Run, Sandbox};
use serde_json::{Value, json};

const REFUSED: &str = "Error: patch rejected, nothing was changed: ";

/// A model in which members refer to ports, and a port that is up needs a speed.
const MODEL: &str = r#"module ports {
  namespace "urn:test:ports";
  prefix p;
  container ports {
    container PORT { list PORT_LIST { key name; leaf name { type string; }
      leaf mtu { type uint16; }
      leaf speed { type uint32; }
      leaf admin_status { type string;
        must "../speed" { error-message "a port that is up needs a speed"; } } } }
    container MEMBER { list MEMBER_LIST { key "vlan port"; leaf vlan { type string; }
      leaf port { type leafref { path "/p:ports/p:PORT/p:PORT_LIST/p:name"; } }
      leaf-list tags { type string; } } }
    container SNMP_COMMUNITY { list SNMP_COMMUNITY_LIST { key name; leaf name { type string; }
      leaf TYPE { type enumeration { enum RO; enum RW; } } } }
  }
}
"#;

const CONFIG: &str = r#"{
  "PORT": {
    "Ethernet0": {"mtu": "9100"},
    "Ethernet4": {"speed": "100000", "admin_status": "up"}
  },
  "MEMBER": {
    "Vlan1|Ethernet0": {}
  }
}
"#;

fn sandbox(config: &str, change: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("yang/ports.yang", MODEL);
    sandbox.write("c.json", config);
    sandbox.write("p.json", change);
    sandbox
}

fn apply(sandbox: &Sandbox, options: &[&str]) -> Run {
    let args = ["apply-patch", "p.json", "--yang-dir", "yang", "--full-reason"];
    sandbox.run(args.iter().chain(options))
}

fn validate(sandbox: &Sandbox, options: &[&str]) -> Run {
    let args = ["validate", "p.json", "--yang-dir", "yang"];
    sandbox.run(args.iter().chain(options))
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

// Which operation it is

#[test]
fn refused_change_names_operation_and_effect() {
    let config = CONFIG.replace("9100", "none");
    let patch = r#"[
{"op": "add", "path": "/PORT/Ethernet4/mtu", "value": "9100"},
{"op": "remove", "path": "/PORT/Ethernet4/speed"},
{"op": "move", "from": "/PORT/Ethernet0", "path": "/PORT/Ethernet1"},
{"op": "add", "path": "/PORT/Ethernet8", "value": {"mtu": "99999"}}
]"#;
    let sandbox = sandbox(&config, patch);
    let run = apply(&sandbox, &["--config", "c.json"]);
    assert_eq!(
        run.stderr,
        r#"operation 1 (remove /PORT/Ethernet4/speed):
  - PORT|Ethernet4 speed "100000"

error[Must]: a port that is up needs a speed
 --> c.json:4:54
  |
4 |     "Ethernet4": {"speed": "100000", "admin_status": "up"}
  |                                                      ^^^^ /PORT/Ethernet4/admin_status
  |
  = at: /ports:ports/PORT/PORT_LIST/admin_status
  = help: the condition: speed is set

operation 2 (move /PORT/Ethernet0 to /PORT/Ethernet1):
  - PORT|Ethernet0 {"mtu": "none"}
  + PORT|Ethernet1 {"mtu": "none"}

error[InvalidValue]: "none" is not a number (uint16)
 --> p.json:4:51
  |
4 | {"op": "move", "from": "/PORT/Ethernet0", "path": "/PORT/Ethernet1"},
  |                                                   ^^^^^^^^^^^^^^^^^ /PORT/Ethernet1/mtu
  |
  = at: /ports:ports/PORT/PORT_LIST/mtu

error[LeafRef]: "Ethernet0" refers to nothing: it is not in PORT (/ports:ports/PORT/PORT_LIST/name)
 --> c.json:7:12
  |
7 |     "Vlan1|Ethernet0": {}
  |            ^^^^^^^^^ /MEMBER/Vlan1|Ethernet0
  |
  = at: /ports:ports/MEMBER/MEMBER_LIST/port
  = help: the change takes away what this refers to: remove or change this reference too

operation 3 (add /PORT/Ethernet8):
  + PORT|Ethernet8 {"mtu": "99999"}

error[Bounds]: "99999" is out of the bounds of uint16
 --> p.json:5:59
  |
5 | {"op": "add", "path": "/PORT/Ethernet8", "value": {"mtu": "99999"}}
  |                                                           ^^^^^^^ /PORT/Ethernet8/mtu
  |
  = at: /ports:ports/PORT/PORT_LIST/mtu
  = help: allowed: 0..65535

p.json: 2 errors (patch)
c.json: 2 errors (config_db)
"#
        .to_owned()
            + run.last_line()
            + "\n"
    );
    run.fails(
        1,
        &format!(
            "{REFUSED}operation 1 (remove /PORT/Ethernet4/speed): /PORT/Ethernet4/admin_status: a port that is up \
             needs a speed [Must] (the condition: speed is set); operation 2 (move /PORT/Ethernet0 to \
             /PORT/Ethernet1): /PORT/Ethernet1/mtu: \"none\" is not a number (uint16) [InvalidValue]; /MEMBER/Vlan1|Ethernet0: \"Ethernet0\" refers to nothing: it is not in PORT \
             (/ports:ports/PORT/PORT_LIST/name) [LeafRef] (the change takes away what this refers to: remove or change this \
             reference too); operation 3 (add /PORT/Ethernet8): /PORT/Ethernet8/mtu: \"99999\" is out of the bounds of \
             uint16 [Bounds] (allowed: 0..65535)"
        ),
    );
}

#[test]
fn an_operation_that_does_a_lot_is_told_in_short() {
    let ports: serde_json::Map<String, Value> =
        (0..15).map(|n| (format!("P{n}"), json!({"mtu": "x"}))).collect();
    let patch = json!([{"op": "add", "path": "/PORT", "value": ports}]);
    let sandbox = sandbox("{}", &patch.to_string());
    let run = apply(&sandbox, &["--config", "c.json"]);
    let start = "operation 0 (add /PORT):\n  + PORT|P0 {\"mtu\": \"x\"}\n";
    assert!(run.stderr.starts_with(start), "{}", run.stderr);
    assert!(
        run.stderr
            .contains("  + PORT|P9 {\"mtu\": \"x\"}\n  and 5 more\n\nerror["),
        "{}",
        run.stderr
    );
}

#[test]
fn preexisting_findings_are_separate_and_can_be_allowed() {
    let config = CONFIG.replace("9100", "none");
    let broken = r#"[{"op": "add", "path": "/PORT/Ethernet4/mtu", "value": "x"}]"#;
    let good = r#"[{"op": "add", "path": "/PORT/Ethernet4/mtu", "value": "1"}]"#;
    let sandbox = sandbox(&config, broken);
    let old = "/PORT/Ethernet0/mtu: \"none\" is not a number (uint16) [InvalidValue]";
    let new = "operation 0 (add /PORT/Ethernet4/mtu): /PORT/Ethernet4/mtu: \"x\" is not a number (uint16) [InvalidValue]";
    for options in [
        &["--config", "c.json"][..],
        &["--config", "c.json", "--allow-existing"],
    ] {
        let run = apply(&sandbox, options);
        run.fails(1, &format!("{REFUSED}{new}; before the change: {old}"));
        assert!(
            run.stderr
                .contains("\n\nbefore the change:\n\nerror[InvalidValue]: \"none\" is not"),
            "{}",
            run.stderr
        );
    }
    for options in [
        &["--base", "c.json"][..],
        &["--base", "c.json", "--allow-existing"],
    ] {
        let run = validate(&sandbox, options);
        let count = if options.len() == 2 { "2 errors" } else { "1 error" };
        run.fails(1, &format!("Error: {count} found"));
        assert!(
            run.stdout.contains("\n\nbefore the change:\n\nerror["),
            "{}",
            run.stdout
        );
    }

    sandbox.write("p.json", good);
    apply(&sandbox, &["--config", "c.json"]).fails(
        1,
        &format!(
            "{REFUSED}the config is not valid before the change: {old}; --allow-existing applies it anyway"
        ),
    );
    validate(&sandbox, &["--base", "c.json"]).fails(1, "Error: 1 error found");
    let run = validate(&sandbox, &["--base", "c.json", "--allow-existing"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    assert!(
        run.stdout.starts_with("before the change:\n\nerror["),
        "{}",
        run.stdout
    );
    let run = apply(&sandbox, &["--config", "c.json", "--allow-existing"]);
    assert_eq!(
        (run.code, run.stdout.as_str(), run.stderr.as_str()),
        (
            Some(0),
            "Patch applied successfully.\n",
            "warning: the config has 1 error, as it had before\n"
        )
    );
    assert_eq!(json(&sandbox.read("c.json"))["PORT"]["Ethernet4"]["mtu"], "1");
}

#[test]
fn preexisting_findings_are_recognized() {
    // Elements move when others go.
    let config = r#"{"MEMBER": {"Vlan1|Ethernet0": {"tags": ["a", 5]}}, "PORT": {"Ethernet0": {}}}"#;
    let sandbox = sandbox(
        config,
        r#"[{"op": "remove", "path": "/MEMBER/Vlan1|Ethernet0/tags/0"}]"#,
    );
    assert_eq!(
        apply(&sandbox, &["--config", "c.json", "--allow-existing"]).code,
        Some(0)
    );
    // Entries with secret names look alike, and are different ones.
    let config = r#"{"SNMP_COMMUNITY": {"one": {"TYPE": "RX"}, "two": {"TYPE": "RO"}}}"#;
    sandbox.write("c.json", config);
    sandbox.write(
        "p.json",
        r#"[{"op": "remove", "path": "/SNMP_COMMUNITY/one"}, {"op": "replace", "path": "/SNMP_COMMUNITY/two/TYPE", "value": "RX"}]"#,
    );
    let run = apply(&sandbox, &["--config", "c.json", "--allow-existing"]);
    assert_eq!(run.code, Some(1), "{}", run.stdout);
    let start = format!("{REFUSED}operation 1 (replace /SNMP_COMMUNITY/****/TYPE): ");
    assert!(run.last_line().starts_with(&start), "{}", run.stderr);
}

#[test]
fn secrets_stay_hidden_in_what_operations_did() {
    let config = r#"{"SNMP_COMMUNITY": {"geheim": {"TYPE": "RO"}}}"#;
    let sandbox = sandbox(
        config,
        r#"[{"op": "replace", "path": "/asic0/SNMP_COMMUNITY/geheim/TYPE", "value": "RX"}]"#,
    );
    let run = apply(&sandbox, &["--config", "asic0=c.json"]);
    assert_eq!(run.code, Some(1));
    assert!(
        run.stderr.starts_with(
            "operation 0 (replace /SNMP_COMMUNITY/****/TYPE):\n  ~ SNMP_COMMUNITY|**** TYPE \"****\" -> \"****\"\n"
        ),
        "{}",
        run.stderr
    );
    assert!(!run.stderr.contains("geheim"), "{}", run.stderr);
    let path = "/ports:ports/SNMP_COMMUNITY/SNMP_COMMUNITY_LIST/-";
    let patch = json!([{"op": "add", "path": path, "value": {"name": "geheim2", "TYPE": "RX"}}]);
    sandbox.write("p.json", patch.to_string());
    let run = apply(&sandbox, &["--config", "c.json", "-f", "SONICYANG"]);
    assert_eq!(run.code, Some(1));
    assert!(!run.stderr.contains("geheim"), "{}", run.stderr);
    sandbox.write(
        "p.json",
        r#"[{"op": "copy", "from": "/SNMP_COMMUNITY/geheim", "path": "/asic1/SNMP_COMMUNITY/geheim"}]"#,
    );
    let run = apply(&sandbox, &["--config", "c.json"]);
    assert_eq!(run.code, Some(1));
    assert!(!run.stderr.contains("geheim"), "{}", run.stderr);
}

// Tables without a model

#[test]
fn numbers_are_refused_in_tables_without_a_model_too() {
    let config = r#"{"VENDOR": {"x": {"old": 5, "l": ["a", 7]}}}"#;
    let patch = r#"[{"op": "add", "path": "/VENDOR/x/l/-", "value": true}, {"op": "add", "path": "/NEW/y", "value": {"n": 5}}]"#;
    let sandbox = sandbox(config, patch);
    apply(&sandbox, &["--config", "c.json", "-n"]).fails(
        1,
        &format!(
            "{REFUSED}operation 0 (add /VENDOR/x/l/-): /VENDOR/x/l/2: a boolean where a string belongs [InvalidValue] \
             (write \"true\"); operation 1 (add /NEW/y): /NEW/y/n: a number where a string belongs [InvalidValue] \
             (write \"5\")"
        ),
    );
    sandbox.write(
        "p.json",
        r#"[{"op": "add", "path": "/VENDOR/x/new", "value": "5"}]"#,
    );
    apply(&sandbox, &["--config", "c.json", "-n"]).is_clean();
    assert_eq!(
        sandbox.read("c.json"),
        r#"{"VENDOR": {"x": {"old": 5, "l": ["a", 7], "new": "5"}}}"#
    );
}

// Scopes

const ASIC: &str = "{\"PORT\": {\"Ethernet0\": {\"mtu\": \"1\"}}}\n";

const SCOPED: &str = r#"[
{"op": "add", "path": "/asic0/PORT/Ethernet0/mtu", "value": "2"},
{"op": "add", "path": "/localhost/PORT/Ethernet0/mtu", "value": "3"},
{"op": "add", "path": "/localhost/PORT/Ethernet4/mtu", "value": "4"}
]"#;

#[test]
fn each_scope_has_its_config() {
    let sandbox = sandbox(CONFIG, SCOPED);
    sandbox.write("a.json", ASIC);
    let configs = ["--config", "c.json", "--config", "asic0=a.json"];
    let dry = apply(&sandbox, &[&configs[..], &["--dry-run"]].concat());
    dry.is_clean();
    assert_eq!(
        dry.stdout,
        "localhost:\n~ PORT|Ethernet0 mtu \"9100\" -> \"3\"\n+ PORT|Ethernet4 mtu \"4\"\n\
         asic0:\n~ PORT|Ethernet0 mtu \"1\" -> \"2\"\n"
    );
    let bases = ["--base", "c.json", "--base", "asic0=a.json"];
    let run = validate(&sandbox, &bases);
    run.is_clean();
    assert_eq!(
        run.stdout,
        "p.json: valid (patch)\nc.json: valid (config_db)\na.json: valid (config_db)\n"
    );
    apply(&sandbox, &configs).is_clean();
    assert_eq!(sandbox.read("a.json"), ASIC.replace('1', "2"));
    let config = json(&sandbox.read("c.json"));
    assert_eq!(config["PORT"]["Ethernet0"]["mtu"], "3");
    assert_eq!(config["PORT"]["Ethernet4"]["mtu"], "4");
}

#[test]
fn unscoped_patch_applies_to_one_config() {
    let sandbox = sandbox(CONFIG, r#"[{"op": "remove", "path": "/localhost/MEMBER"}]"#);
    apply(&sandbox, &["--config", "c.json"]).is_clean();
    assert!(json(&sandbox.read("c.json")).get("MEMBER").is_none());
    sandbox.write(
        "p.json",
        r#"[{"op": "remove", "path": "/asic0/PORT/Ethernet0/mtu"}]"#,
    );
    apply(&sandbox, &["--config", "asic0=c.json"]).is_clean();
    assert_eq!(json(&sandbox.read("c.json"))["PORT"]["Ethernet0"], json!({}));
}

#[test]
fn last_line_of_a_rejection_counts_the_errors() {
    let wrong = r#"{"PORT": {"Ethernet0": {"mtu": "x"}}}"#;
    let right = r#"{"PORT": {"Ethernet0": {"mtu": "9100"}}}"#;
    let one = r#"[{"op": "replace", "path": "/PORT/Ethernet0/mtu", "value": "y"}]"#;
    let two = r#"[{"op": "replace", "path": "/PORT/Ethernet0/mtu", "value": "y"},
        {"op": "add", "path": "/PORT/Ethernet4", "value": {"mtu": "z"}}]"#;
    let none = r#"[{"op": "add", "path": "/PORT/Ethernet4", "value": {}}]"#;
    let configlet = r#"[{"PORT": {"Ethernet0": {"mtu": "y"}}}]"#;
    let change = "rejected, nothing was changed";
    for (config, text, command, last_line) in [
        (
            right,
            one,
            &["apply-patch"][..],
            format!("patch {change} (1 error)"),
        ),
        (right, two, &["apply-patch"], format!("patch {change} (2 errors)")),
        (
            wrong,
            none,
            &["apply-patch"],
            format!("patch {change} (1 error before the change; --allow-existing applies it anyway)"),
        ),
        (right, wrong, &["replace"], format!("config {change} (1 error)")),
        (
            right,
            configlet,
            &["configlet", "-u", "-j"],
            format!("configlet {change} (1 error)"),
        ),
    ] {
        let sandbox = sandbox(config, text);
        let options = ["p.json", "--config", "c.json", "--yang-dir", "yang"];
        let args: Vec<&str> = command.iter().copied().chain(options).collect();
        sandbox.run(&args).fails(1, &format!("Error: {last_line}"));
        // The JSON document has the whole reason, and so has the last line for programs.
        let all = sandbox.run(args.iter().chain(&["--full-reason", "--report", "json"]));
        let outcome = json(&all.stdout);
        let reason = outcome["reason"].as_str().unwrap();
        assert_eq!(all.last_line(), format!("Error: {reason}"));
        assert!(reason.contains("[InvalidValue]"), "{reason}");
    }
    let sandbox = sandbox(right, two);
    let options = ["--patch", "p.json", "--current", "c.json", "--yang-dir", "yang"];
    sandbox
        .run(["plan"].iter().chain(&options))
        .fails(1, "Error: there is no plan (2 errors)");
}

#[test]
fn scope_without_config_is_refused() {
    let sandbox = sandbox(CONFIG, SCOPED);
    apply(&sandbox, &["--config", "c.json"]).fails(
        1,
        &format!(
            "{REFUSED}p.json:2:23: operation 0 is for asic0, whose config is not named: --config asic0=FILE"
        ),
    );
    assert_eq!(sandbox.read("c.json"), CONFIG);
    let run = validate(&sandbox, &["--base", "asic0=c.json", "--report", "concise"]);
    assert_eq!(
        run.stdout,
        "p.json:3:23: error[Refused] operation 1 is for localhost, whose config is not named (a base for localhost is needed \
         too)\n"
    );
    run.fails(1, "Error: 1 error found");
}

#[test]
fn one_scope_that_is_refused_refuses_all() {
    let sandbox = sandbox(CONFIG, &SCOPED.replace("\"2\"", "\"x\""));
    sandbox.write("a.json", ASIC);
    let run = apply(&sandbox, &["--config", "c.json", "--config", "asic0=a.json"]);
    run.fails(
        1,
        &format!(
            "{REFUSED}asic0: operation 0 (add /PORT/Ethernet0/mtu): /PORT/Ethernet0/mtu: \"x\" is not a number (uint16) [InvalidValue]"
        ),
    );
    assert!(run.stderr.contains(" --> p.json:2:61\n"), "{}", run.stderr);
    assert_eq!(
        (sandbox.read("c.json"), sandbox.read("a.json")),
        (CONFIG.to_owned(), ASIC.to_owned())
    );
    // What is wrong before counts for each config too.
    sandbox.write("p.json", "[]");
    sandbox.write("a.json", ASIC.replace('1', "y"));
    apply(&sandbox, &["--config", "c.json", "--config", "asic0=a.json"]).fails(
        1,
        &format!(
            "{REFUSED}the config is not valid before the change: asic0: before the change: /PORT/Ethernet0/mtu: \
             \"y\" is not a number (uint16) [InvalidValue]; --allow-existing applies it anyway"
        ),
    );
}

#[test]
fn an_operation_that_cannot_be_done_in_its_scope() {
    let sandbox = sandbox(CONFIG, r#"[{"op": "remove", "path": "/asic0/PORT/Ethernet4"}]"#);
    sandbox.write("a.json", ASIC);
    let reason = "asic0: operation 0 (remove /PORT/Ethernet4) cannot be done: there is no /PORT/Ethernet4; did you \
                  mean /PORT/Ethernet0?";
    apply(&sandbox, &["--config", "c.json", "--config", "asic0=a.json"])
        .fails(1, &format!("{REFUSED}p.json:1:27: {reason}"));
    let run = validate(
        &sandbox,
        &[
            "--base",
            "c.json",
            "--base",
            "asic0=a.json",
            "--report",
            "concise",
        ],
    );
    assert_eq!(run.stdout, format!("p.json:1:27: error[Refused] {reason}\n"));
}

#[test]
fn earlier_scope_is_rolled_back_when_a_later_one_is_locked() {
    let sandbox = sandbox(CONFIG, SCOPED);
    sandbox.write("a.json", ASIC);
    let folder = sandbox.path(".a.json.sonicfg");
    std::fs::DirBuilder::new().mode(0o700).create(&folder).unwrap();
    let lock = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(folder.join("lock"))
        .unwrap();
    lock.lock().unwrap();
    apply(&sandbox, &["--config", "c.json", "--config", "asic0=a.json"]).fails(
        3,
        "Error: a.json is being changed by an unknown process; --lock-timeout waits longer for it",
    );
    assert_eq!(
        (sandbox.read("c.json"), sandbox.read("a.json")),
        (CONFIG.to_owned(), ASIC.to_owned())
    );
    assert_eq!(sandbox.names(), ["a.json", "c.json", "p.json", "yang"]);
}

#[test]
fn scopes_and_files_that_do_not_fit() {
    let sandbox = sandbox(CONFIG, "[]");
    apply(&sandbox, &["--config", "c.json", "--config", "localhost=a.json"])
        .fails(2, "Error: --config names two configs for localhost");
    apply(&sandbox, &["--config", "c.json", "--config", "asic1=./c.json"])
        .fails(2, "Error: --config names ./c.json for localhost and for asic1");
    validate(&sandbox, &["--base", "asic0=a.json", "--base", "asic0=b.json"])
        .fails(2, "Error: --base names two configs for asic0");
    sandbox.write("p.json", r#"[{"op": "remove", "path": "/asicx/PORT"}]"#);
    apply(&sandbox, &["--config", "c.json"]).fails(
        1,
        &format!("{REFUSED}p.json:1:27: operation 0: \"asicx\" is no scope: they are localhost, asic0, asic1 and so on"),
    );
}

// Paths through YANG JSON

#[test]
fn patches_through_yang_json() {
    let mut config = json(CONFIG);
    config["VENDOR"] = json!({"x": {"n": "1"}});
    let patch = r#"[
{"op": "test", "path": "/ports:ports/ports:PORT/PORT_LIST/0/name", "value": "Ethernet0"},
{"op": "replace", "path": "/ports:ports/ports:PORT/PORT_LIST/0/mtu", "value": 9000},
{"op": "add", "path": "/ports:ports/PORT/PORT_LIST/-", "value": {"name": "Ethernet8", "ports:mtu": "1"}}
]"#;
    let sandbox = sandbox(&config.to_string(), patch);
    for format in ["SONICYANG", "sonicyang"] {
        let run = apply(&sandbox, &["--config", "c.json", "--format", format, "--dry-run"]);
        run.is_clean();
        assert_eq!(
            run.stdout,
            "~ PORT|Ethernet0 mtu \"9100\" -> \"9000\"\n+ PORT|Ethernet8 {\"mtu\": \"1\"}\n"
        );
    }
    apply(&sandbox, &["--config", "c.json", "-f", "SONICYANG"]).is_clean();
    config["PORT"]["Ethernet0"]["mtu"] = "9000".into();
    config["PORT"]["Ethernet8"] = json!({"mtu": "1"});
    assert_eq!(json(&sandbox.read("c.json")), config);
    apply(&sandbox, &["--config", "c.json", "-f", "xml"]).fails(
        2,
        "Error: invalid value 'xml' for '--format <FORMAT>' [possible values: CONFIGDB, SONICYANG]",
    );
}

#[test]
fn findings_of_a_patch_through_yang_json() {
    let patch = r#"[
{"op": "remove", "path": "/ports:ports/PORT/PORT_LIST/0"},
{"op": "add", "path": "/ports:ports/PORT/PORT_LIST/-", "value": {"name": "Ethernet8", "mtu": "x"}}
]"#;
    let sandbox = sandbox(CONFIG, patch);
    let run = apply(&sandbox, &["--config", "c.json", "-f", "SONICYANG"]);
    run.fails(
        1,
        &format!(
            "{REFUSED}operation 0 (remove /ports:ports/PORT/PORT_LIST/0): /MEMBER/Vlan1|Ethernet0: \"Ethernet0\" refers \
             to nothing: it is not in PORT (/ports:ports/PORT/PORT_LIST/name) [LeafRef] (the change takes away what this \
             refers to: remove or change this reference too); operation 1 (add /ports:ports/PORT/PORT_LIST/-): /PORT/Ethernet8/mtu: \
             \"x\" is not a number (uint16) [InvalidValue]"
        ),
    );
    assert!(run.stderr.contains(" --> p.json:3:94\n"), "{}", run.stderr);
    // What would be lost on the way back.
    let patch = r#"[{"op": "add", "path": "/ports:ports/PORT/PORT_LIST/0/mtuu", "value": "1"}]"#;
    sandbox.write("p.json", patch);
    let reason = "operation 0 (add /ports:ports/PORT/PORT_LIST/0/mtuu): there is no node \"mtuu\" in \"PORT_LIST\" \
                  (did you mean \"mtu\"?)";
    apply(&sandbox, &["--config", "c.json", "-f", "SONICYANG"])
        .fails(1, &format!("{REFUSED}p.json:1:24: {reason}"));
    let run = validate(
        &sandbox,
        &["--base", "c.json", "-f", "SONICYANG", "--report", "concise"],
    );
    assert_eq!(run.stdout, format!("p.json:1:24: error[Refused] {reason}\n"));
}

// What is exempt

#[test]
fn findings_below_an_ignored_path_do_not_refuse() {
    let patch = r#"[{"op": "add", "path": "/PORT/Ethernet4/mtu", "value": "x"},
        {"op": "add", "path": "/PORT/Ethernet0/mtu", "value": "1"}, {"op": "add", "path": "/VENDOR/a", "value": {}}]"#;
    let sandbox = sandbox(CONFIG, patch);
    for path in [
        "/PORT",
        "/PORT/Ethernet4",
        "/PORT/Ethernet4/mtu",
        "/localhost/PORT",
    ] {
        let run = apply(
            &sandbox,
            &["--config", "c.json", "-d", "--ignore-path", path, "-i", "/VENDOR"],
        );
        run.is_clean();
        assert_eq!(
            run.stdout,
            "~ PORT|Ethernet0 mtu \"9100\" -> \"1\"\n+ PORT|Ethernet4 mtu \"x\"\n+ VENDOR|a\n"
        );
    }
    for path in ["/PORT/Ethernet0", "/PORT/Ether", "/asic0/PORT"] {
        let run = apply(
            &sandbox,
            &["--config", "c.json", "-d", "-i", path, "-i", "/VENDOR"],
        );
        assert_eq!(run.code, Some(1), "{path}");
    }
    // The config of an ASIC alone.
    sandbox.write("a.json", CONFIG);
    sandbox.write("q.json", patch.replace("\"/", "\"/asic0/"));
    let args = [
        "apply-patch",
        "q.json",
        "--yang-dir",
        "yang",
        "--config",
        "asic0=a.json",
        "-n",
    ];
    let asic = |path: &str| sandbox.run(args.iter().chain(&["-d", "-i", path])).code;
    assert_eq!(asic("/asic0/PORT"), Some(0));
    assert_eq!(asic("/localhost/PORT"), Some(1));
    apply(&sandbox, &["--config", "c.json", "-i", ""]).is_clean();
    assert_eq!(json(&sandbox.read("c.json"))["PORT"]["Ethernet4"]["mtu"], "x");
    apply(&sandbox, &["--config", "c.json", "-i", "PORT"]).fails(
        2,
        "Error: --ignore-path \"PORT\" is no JSON pointer, which begins with \"/\"",
    );
}

// Configlets

#[test]
fn configlets_that_delete() {
    let sandbox = sandbox(
        CONFIG,
        r#"[{"PORT": {"Ethernet4": {"admin_status": ""}}, "MEMBER": {}}]"#,
    );
    let options = ["--base", "c.json", "--input", "configlet-delete"];
    let run = validate(&sandbox, &options);
    run.is_clean();
    assert_eq!(
        run.stdout,
        "p.json: valid (configlet)\nc.json: valid (config_db)\n"
    );
    sandbox.write(
        "p.json",
        "{\"PORT\": {\n\"Ethernet4\": {\"speed\": \"\"}, \"Ethernet0\": {}}}",
    );
    let run = validate(&sandbox, &[&options[..], &["--report", "concise"]].concat());
    assert_eq!(
        run.stdout,
        "c.json:4:54: error[Must] /PORT/Ethernet4/admin_status: a port that is up needs a speed (the condition: \
         speed is set)\n\
         c.json:7:12: error[LeafRef] /MEMBER/Vlan1|Ethernet0: \"Ethernet0\" refers to nothing: it is not in PORT \
         (/ports:ports/PORT/PORT_LIST/name) (the change takes away what this refers to: remove or change this \
         reference too)\n"
    );
    run.fails(1, "Error: 2 errors found");
}
