//! Whole configs in the forms in which switches and their tools write them: one config for each scope, a dump of the
//! database, the output of `show runningconfiguration all`, tables without entries.

#![allow(clippy::unwrap_used)]

mod common;

use common::cli::{Run, Sandbox};
use serde_json::{Value, json};

/// A switch's own models, which still have retired fields and take any flag.
const METADATA: &str = r#"module sonic-device_metadata { yang-version 1.1; namespace "urn:m"; prefix m;
  container sonic-device_metadata { container DEVICE_METADATA { container localhost {
    leaf hostname { type string; }
    leaf default_bgp_status { type enumeration { enum up; enum down; } }
  } } } }"#;
const FLAGS: &str = include_str!("../fixtures/yang-rules/sonic-system-defaults.yang");
const COMMUNITY: &str = r#"module sonic-snmp { yang-version 1.1; namespace "urn:s"; prefix s;
  container sonic-snmp { container SNMP_COMMUNITY { list SNMP_COMMUNITY_LIST { key name;
    leaf name { type string; }
    leaf TYPE { type enumeration { enum RO; enum RW; } }
    leaf-list hosts { type string { pattern "[a-z]+"; } }
  } } } }"#;

fn switch() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("yang/sonic-device_metadata.yang", METADATA);
    sandbox.write("yang/sonic-system-defaults.yang", FLAGS);
    sandbox.write("yang/sonic-snmp.yang", COMMUNITY);
    sandbox
}

fn validate(sandbox: &Sandbox, more: &[&str], text: &str) -> Run {
    sandbox.write("c.json", text);
    let args = ["validate", "--report", "concise", "--yang-dir", "yang", "c.json"];
    sandbox.run([&args[..], more].concat())
}

fn read(sandbox: &Sandbox) -> Value {
    serde_json::from_str(&sandbox.read("c.json")).unwrap()
}

#[test]
fn the_configs_of_all_scopes_are_checked_and_compared() {
    let sandbox = switch();
    let text = r#"{"localhost": {"FEATURE": {"bgp": {"state": "enabled"}, "lldp": {"state": "enabled"}}},
 "asic0": {"FEATURE": {"bgp": {"state": "disabled", "sate": "x"}}, "SNMP_COMMUNITY": {"hunter2": {"TYPE": "RX"}}},
 "asic1": []}"#;
    // Twice: the second time the result is recalled.
    for _ in 0..2 {
        let run = validate(&sandbox, &[], text);
        run.finds(&[
            "c.json:2:41: warning[Scopes] /asic0/FEATURE/bgp/state: state is \"disabled\" for asic0 and \"enabled\" for \
             localhost; it must be the same for all (the value for localhost: 1:45 /localhost/FEATURE/bgp/state)",
            "c.json:2:53: error[UnknownElement] /asic0/FEATURE/bgp/sate: there is no field \"sate\" here (did you mean \
             \"state\"?)",
            "c.json:2:107: error[InvalidValue] /asic0/SNMP_COMMUNITY/****/TYPE: \"RX\" is not a value of this \
             enumeration (allowed: RO, RW)",
            "c.json:3:2: error[InvalidJSON] /asic1: a list where an object of tables belongs",
        ]);
    }
    let full = sandbox.run(["validate", "--yang-dir", "yang", "c.json"]);
    assert!(!full.stdout.contains("hunter2"), "{}", full.stdout);
    // What the project settles for a table holds in all scopes.
    sandbox.write(
        ".sonicfg.toml",
        "[rules]\nScopes = \"off\"\n[tables.FEATURE]\nrules = { UnknownElement = \"off\" }\n",
    );
    let run = sandbox.run(["validate", "--report", "concise", "--yang-dir", "yang", "c.json"]);
    assert_eq!(run.stdout.lines().count(), 2, "{}", run.stdout);
}

#[test]
fn a_dump_of_the_database_is_a_config() {
    let sandbox = switch();
    let text = r#"{"SNMP_COMMUNITY|hunter2": {"ttl": -0.001, "type": "hash", "value": {"TYPE": "RO", "hosts@": "a,B,c"}},
 "CONFIG_DB_INITIALIZED": {"type": "string", "value": "1"},
 "DEVICE_METADATA|localhost": {"type": "hash", "value": {"hostname": "leaf"}}}"#;
    for _ in 0..2 {
        let run = validate(&sandbox, &[], text);
        run.finds(&[
            "c.json:1:94: error[Pattern] /SNMP_COMMUNITY/****/hosts/1: \"B\" does not match the pattern '[a-z]+'",
        ]);
        let full = sandbox.run(["validate", "--yang-dir", "yang", "c.json"]);
        assert!(!full.stdout.contains("hunter2"), "{}", full.stdout);
    }
    validate(&sandbox, &[], &text.replace(",B,", ",b,")).is_clean();
}

#[test]
fn text_of_the_routing_daemons_is_no_table() {
    let sandbox = switch();
    validate(
        &sandbox,
        &[],
        r#"{"FEATURE": {"bgp": {"state": "enabled"}}, "bgpraw": "router bgp 65001"}"#,
    )
    .is_clean();
    validate(
        &sandbox,
        &[],
        r#"{"localhost": {"FEATURE": {"bgp": {"state": "enabled"}}, "bgpraw": ""}, "asic0": {"bgpraw": "x"}}"#,
    )
    .is_clean();
}

#[test]
fn a_config_without_any_modeled_table_is_not_valid() {
    let sandbox = switch();
    validate(&sandbox, &[], r#"{"HOSTS": {"a": {"b": "c"}}}"#).finds(&[
        "c.json:1:1: error[UnknownElement] no model covers any of its tables, so nothing in it was checked (it is no \
         config_db, or the models of its tables are not loaded)",
        "c.json:1:2: warning[UnknownElement] /HOSTS: no model covers the table \"HOSTS\": it is not checked",
    ]);
    validate(&sandbox, &[], "{}").is_clean();
}

#[test]
fn a_table_without_entries_is_a_warning_and_left_out() {
    let sandbox = switch();
    let text = r#"{"FEATURE": {}, "VRRP_LAB": {}, "DEVICE_METADATA": {"localhost": {"hostname": "a"}}}"#;
    validate(&sandbox, &[], text).finds(&[
        "c.json:1:2: warning[MinElements] /FEATURE: the table \"FEATURE\" has no entry; config_db cannot hold it, and it \
         is left out (remove the table)",
        "c.json:1:17: warning[MinElements] /VRRP_LAB: the table \"VRRP_LAB\" has no entry; config_db cannot hold it, \
         and it is left out (remove the table)",
    ]);
    sandbox.write("t.json", text);
    sandbox.write(
        "c.json",
        r#"{"DEVICE_METADATA": {"localhost": {"hostname": "b"}}}"#,
    );
    let run = sandbox.run(["replace", "t.json", "--config", "c.json", "--yang-dir", "yang"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(
        read(&sandbox),
        json!({"DEVICE_METADATA": {"localhost": {"hostname": "a"}}})
    );
}

#[test]
fn the_last_entry_goes_with_its_table() {
    let sandbox = switch();
    sandbox.write(
        "c.json",
        r#"{"FEATURE": {"bgp": {"state": "enabled"}}, "DEVICE_METADATA": {"localhost": {}}}"#,
    );
    sandbox.write("p.json", r#"[{"op": "remove", "path": "/FEATURE/bgp"}]"#);
    let run = sandbox.run(["apply-patch", "p.json", "--config", "c.json"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(read(&sandbox), json!({"DEVICE_METADATA": {"localhost": {}}}));
}

#[test]
fn the_removal_of_an_absent_table_is_a_warning() {
    let sandbox = switch();
    sandbox.write("c.json", r#"{"DEVICE_METADATA": {"localhost": {}}}"#);
    sandbox.write("p.json", r#"[{"op": "remove", "path": "/FEATURE"}]"#);
    let apply = ["apply-patch", "p.json", "--config", "c.json"];
    let idle = "warning: operation 0 (remove /FEATURE): there is no such table";
    sandbox.run(apply).fails(0, idle);
    let plan = ["plan", "--patch", "p.json", "--current", "c.json"];
    sandbox.run(plan).fails(0, idle);
    // An entry of such a table is still named in vain.
    sandbox.write("p.json", r#"[{"op": "remove", "path": "/FEATURE/bgp"}]"#);
    sandbox.run(apply).fails(
        1,
        "Error: patch rejected, nothing was changed: p.json:1:27: operation 0 (remove /FEATURE/bgp) cannot be done: there \
         is no /FEATURE",
    );
}

#[test]
fn a_path_names_its_scope_where_there_are_several() {
    let sandbox = switch();
    sandbox.write("c.json", r#"{"DEVICE_METADATA": {"localhost": {}}}"#);
    sandbox.write("c0.json", r#"{"DEVICE_METADATA": {"localhost": {}}}"#);
    let apply = [
        "apply-patch",
        "p.json",
        "--config",
        "c.json",
        "--config",
        "asic0=c0.json",
    ];
    let hostname = |scope: &str| {
        format!(r#"[{{"op": "add", "path": "{scope}/DEVICE_METADATA/localhost/hostname", "value": "a"}}]"#)
    };
    sandbox.write("p.json", hostname(""));
    sandbox.run(apply).fails(
        1,
        "Error: patch rejected, nothing was changed: p.json:1:24: operation 0: a path begins with a scope where there are \
         several: /localhost, /asic0 and so on",
    );
    sandbox.write("p.json", hostname("/localhost"));
    sandbox.run(apply).is_clean();
    assert_eq!(read(&sandbox)["DEVICE_METADATA"]["localhost"]["hostname"], "a");
}

#[test]
fn fields_and_flags_of_the_switchs_own_models_are_warnings() {
    let sandbox = switch();
    let config = json!({
        "DEVICE_METADATA": {"localhost": {"default_bgp_status": "up"}},
        "SYSTEM_DEFAULTS": {"decap_qos_map": {"status": "enabled"}},
    });
    let text = config.to_string();
    let finds = |how: &str, severity: [&str; 2]| {
        let run = validate(&sandbox, &["--retired", how], &text);
        let found: Vec<&str> = run.stdout.lines().collect();
        assert_eq!(found.len(), 2, "{how}: {}", run.stdout);
        assert!(
            found[0].contains(&format!("{}[Retired]", severity[0])),
            "{how}: {}",
            found[0]
        );
        assert!(
            found[1].contains(&format!("{}[UnknownFlag]", severity[1])),
            "{how}: {}",
            found[1]
        );
    };
    finds("auto", ["warning", "warning"]);
    finds("warn", ["warning", "warning"]);
    finds("error", ["error", "error"]);
    validate(&sandbox, &["--retired", "allow"], &text).is_clean();
    // Without the switch's models neither is defined.
    let own = sandbox.run(["validate", "--report", "concise", "c.json"]);
    assert!(own.stdout.contains("error[Retired]") && own.stdout.contains("error[InvalidValue]"));
    // What was there does not block a change; what a change adds does.
    let apply = |patch: &str| {
        sandbox.write("p.json", patch);
        sandbox.run([
            "apply-patch",
            "p.json",
            "--config",
            "c.json",
            "--yang-dir",
            "yang",
        ])
    };
    apply(r#"[{"op": "add", "path": "/DEVICE_METADATA/localhost/hostname", "value": "a"}]"#).is_clean();
    for (patch, rule) in [
        (
            r#"[{"op": "add", "path": "/SYSTEM_DEFAULTS/other", "value": {"status": "enabled"}}]"#,
            "UnknownFlag",
        ),
        (
            r#"[{"op": "replace", "path": "/DEVICE_METADATA/localhost/default_bgp_status", "value": "down"}]"#,
            "Retired",
        ),
    ] {
        let run = apply(patch);
        assert_eq!(run.code, Some(1), "{}", run.stderr);
        assert!(run.stderr.contains(&format!("error[{rule}]")), "{}", run.stderr);
    }
}
