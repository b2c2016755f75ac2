//! `--cascade`: what refers to a removed entry is removed with it, and is named where it is not.

#![allow(clippy::unwrap_used)]

mod common;

use common::cli::{Run, Sandbox, fixture};
use serde_json::{Value, json};

/// A small switch: ports with VLAN and PortChannel members, buffers, an ACL, BGP neighbours.
const SWITCH: &str = include_str!("../fixtures/plan/config_db.json");

const PORT_REMOVED: &str = r#"[{"op": "remove", "path": "/PORT/Ethernet0"}]"#;

fn sandbox(config: &str, patch: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("c.json", config);
    sandbox.write("p.json", patch);
    sandbox
}

fn run(sandbox: &Sandbox, command: &[&str]) -> Run {
    let models = fixture("yang-plan");
    sandbox.run(command.iter().chain(&["--yang-dir", models.as_str()]))
}

fn apply(sandbox: &Sandbox, options: &[&str]) -> Run {
    let command = ["apply-patch", "p.json", "--config", "c.json"];
    run(sandbox, &[&command, options].concat())
}

fn config(sandbox: &Sandbox) -> Value {
    serde_json::from_str(&sandbox.read("c.json")).unwrap()
}

fn parsed(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).unwrap()
}

#[test]
fn rejection_prints_operations_that_can_be_pasted() {
    let sandbox = sandbox(SWITCH, PORT_REMOVED);
    let rejected = apply(&sandbox, &[]);
    rejected.fails(1, "Error: patch rejected, nothing was changed (4 errors)");
    let text = r#"
note: these operations remove what refers to the removed entries; --cascade does the same:
[
  {"op":"remove","path":"/VLAN_MEMBER/Vlan100|Ethernet0"},
  {"op":"remove","path":"/BUFFER_PG/Ethernet0|0"},
  {"op":"remove","path":"/ACL_TABLE/DATAACL/ports/0"},
  {"op":"remove","path":"/UPLINK/u/port"}
]
"#;
    assert!(rejected.stderr.contains(text), "{}", rejected.stderr);
    // As data, after the operations of the patch.
    let cascade = parsed(&apply(&sandbox, &["--report", "json"]))["cascade"].clone();
    let mut whole: Value = serde_json::from_str(PORT_REMOVED).unwrap();
    whole
        .as_array_mut()
        .unwrap()
        .extend(cascade.as_array().unwrap().clone());
    sandbox.write("p.json", whole.to_string());
    let dry = apply(&sandbox, &["--dry-run"]);
    dry.is_clean();
    sandbox.write("p.json", PORT_REMOVED);
    assert_eq!(apply(&sandbox, &["--dry-run", "--cascade"]).stdout, dry.stdout);
    // As a patch of its own, first.
    sandbox.write("p.json", cascade.to_string());
    apply(&sandbox, &[]).is_clean();
    sandbox.write("p.json", PORT_REMOVED);
    apply(&sandbox, &[]).is_clean();
    assert_eq!(
        parsed(&run(
            &sandbox,
            &[
                "plan",
                "--patch",
                "p.json",
                "--current",
                "c.json",
                "--report",
                "json"
            ]
        ))["cascade"],
        Value::Null,
        "the port is not there any more, which nothing can cure"
    );
}

#[test]
fn what_refers_goes_with_it_and_is_shown_first() {
    let sandbox = sandbox(SWITCH, PORT_REMOVED);
    let told = "--cascade also removes:\n\
                - ACL_TABLE|DATAACL ports \"Ethernet0\" (it refers to PORT|Ethernet0)\n\
                - BUFFER_PG|Ethernet0|0 (it refers to PORT|Ethernet0)\n\
                - UPLINK|u port (it refers to PORT|Ethernet0)\n\
                - VLAN_MEMBER|Vlan100|Ethernet0 (it refers to PORT|Ethernet0)\n";
    let dry = apply(&sandbox, &["--cascade", "--dry-run"]);
    assert_eq!((dry.code, dry.stderr.as_str()), (Some(0), told));
    assert!(
        dry.stdout
            .contains("- BUFFER_PG|Ethernet0|0 {\"profile\": \"lossy\"}\n")
    );
    let planned = run(
        &sandbox,
        &[
            "plan",
            "--patch",
            "p.json",
            "--current",
            "c.json",
            "--cascade",
            "--report",
            "json",
        ],
    );
    assert_eq!((planned.code, planned.stderr.as_str()), (Some(0), told));
    let removed = json!([
        {"path": "/ACL_TABLE/DATAACL/ports", "element": "Ethernet0", "refers_to": "PORT|Ethernet0"},
        {"path": "/BUFFER_PG/Ethernet0|0", "refers_to": "PORT|Ethernet0"},
        {"path": "/UPLINK/u/port", "refers_to": "PORT|Ethernet0"},
        {"path": "/VLAN_MEMBER/Vlan100|Ethernet0", "refers_to": "PORT|Ethernet0"},
    ]);
    assert_eq!(parsed(&planned)["cascaded"], removed);
    let lines = ["--cascade", "--report", "json-lines"];
    let planned = run(
        &sandbox,
        &[&["plan", "--patch", "p.json", "--current", "c.json"][..], &lines].concat(),
    );
    for run in [planned, apply(&sandbox, &[&lines[..], &["--dry-run"]].concat())] {
        let last: Value = serde_json::from_str(run.stdout.lines().last().unwrap()).unwrap();
        assert_eq!(last, json!({ "cascaded": removed }));
    }
    let applied = apply(&sandbox, &["--cascade", "--report", "json"]);
    assert_eq!((applied.code, applied.stderr.as_str()), (Some(0), told));
    assert_eq!(parsed(&applied)["cascaded"], removed);
    let config = config(&sandbox);
    assert_eq!(config["ACL_TABLE"]["DATAACL"]["ports"], json!(["Ethernet8"]));
    assert_eq!(config["UPLINK"]["u"], json!({}));
    assert_eq!(
        config["VLAN_MEMBER"],
        json!({"Vlan100|Ethernet4": {"tagging_mode": "untagged"}})
    );
    assert!(!sandbox.read("c.json").contains("Ethernet0"));
}

#[test]
fn what_cannot_be_without_a_field_goes_and_so_on() {
    let config = r#"{
      "PORT": {"Ethernet0": {"lanes": "1"}, "Ethernet4": {"lanes": "2"}},
      "TUNNEL": {"t": {"port": "Ethernet0"}, "u": {"port": "Ethernet4"}},
      "TUNNEL_ADDRESS": {"t|10.0.0.1": {}, "u|10.0.0.2": {}},
      "LISTENER": {"Ethernet0": {"note": "x"}, "Ethernet4": {}}
    }"#;
    let sandbox = sandbox(config, PORT_REMOVED);
    let done = apply(&sandbox, &["--cascade"]);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    for line in [
        "- TUNNEL|t (it refers to PORT|Ethernet0)\n",
        "- TUNNEL_ADDRESS|t|10.0.0.1 (it refers to TUNNEL|t)\n",
        "- LISTENER|Ethernet0 (without what is removed: ",
    ] {
        assert!(done.stderr.contains(line), "{}", done.stderr);
    }
    assert_eq!(
        self::config(&sandbox),
        json!({
            "PORT": {"Ethernet4": {"lanes": "2"}},
            "TUNNEL": {"u": {"port": "Ethernet4"}},
            "TUNNEL_ADDRESS": {"u|10.0.0.2": {}},
            "LISTENER": {"Ethernet4": {}},
        })
    );
}

#[test]
fn what_the_change_itself_edits_stays() {
    let patch = r#"[
      {"op": "replace", "path": "/UPLINK/u/port", "value": "Ethernet4"},
      {"op": "remove", "path": "/PORT/Ethernet0"},
      {"op": "add", "path": "/VLAN/Vlan100/description", "value": "two"}
    ]"#;
    let sandbox = sandbox(SWITCH, patch);
    let done = apply(&sandbox, &["--cascade"]);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    assert!(!done.stderr.contains("UPLINK"), "{}", done.stderr);
    assert_eq!(config(&sandbox)["UPLINK"]["u"]["port"], "Ethernet4");
    // An error of the change itself is not cured by removing more.
    let wrong = r#"[{"op": "remove", "path": "/PORT/Ethernet0"}, {"op": "add", "path": "/UPLINK/u/port", "value": "no"}]"#;
    sandbox.write("c.json", SWITCH);
    sandbox.write("p.json", wrong);
    let rejected = apply(&sandbox, &[]);
    assert!(!rejected.stderr.contains("--cascade"), "{}", rejected.stderr);
    let rejected = apply(&sandbox, &["--cascade", "--report", "json"]);
    assert_eq!(rejected.code, Some(1));
    assert_eq!(parsed(&rejected)["cascade"], Value::Null);
    assert_eq!(sandbox.read("c.json"), SWITCH);
}

#[test]
fn deletions_of_configlets_cascade() {
    let sandbox = sandbox(SWITCH, r#"[{"VLAN": {"Vlan100": {}}}]"#);
    let delete = ["configlet", "-j", "p.json", "--config", "c.json", "-d"];
    let rejected = run(&sandbox, &delete);
    rejected.fails(1, "Error: configlet rejected, nothing was changed (2 errors)");
    let operation = r#"{"op":"remove","path":"/VLAN_MEMBER"}"#;
    assert!(rejected.stderr.contains(operation), "{}", rejected.stderr);
    let done = run(&sandbox, &[&delete[..], &["--cascade"]].concat());
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    assert_eq!(config(&sandbox).get("VLAN_MEMBER"), None);
    run(
        &sandbox,
        &[
            "configlet",
            "-j",
            "p.json",
            "--config",
            "c.json",
            "-u",
            "--cascade",
        ],
    )
    .fails(2, "Error: --cascade is about configlets that delete (-d)");
    run(
        &sandbox,
        &["plan", "--target", "c.json", "--current", "c.json", "--cascade"],
    )
    .fails(2, "Error: --cascade is about a patch or configlet");
}

#[test]
fn an_element_of_a_list_that_is_kept_as_one_string_goes() {
    let module = r#"module lists {
      namespace "urn:lists"; prefix l; yang-version 1.1;
      container lists {
        container BUFFER_PROFILE { list BUFFER_PROFILE_LIST { key name; leaf name { type string; } } }
        container BUFFER_PORT_INGRESS_PROFILE_LIST {
          list BUFFER_PORT_INGRESS_PROFILE_LIST_LIST {
            key port;
            leaf port { type string; }
            leaf-list profile_list {
              type leafref { path "/l:lists/l:BUFFER_PROFILE/l:BUFFER_PROFILE_LIST/l:name"; }
            }
          }
        }
      }
    }"#;
    let config = r#"{
      "BUFFER_PROFILE": {"a": {}, "ab": {}, "c": {}},
      "BUFFER_PORT_INGRESS_PROFILE_LIST": {"Ethernet0": {"profile_list": "ab,a,c"}, "Ethernet4": {"profile_list": "a"}}
    }"#;
    let sandbox = sandbox(config, r#"[{"op": "remove", "path": "/BUFFER_PROFILE/a"}]"#);
    sandbox.write("models/lists.yang", module);
    let done = sandbox.run([
        "apply-patch",
        "p.json",
        "--config",
        "c.json",
        "--cascade",
        "--yang-dir",
        "models",
    ]);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    assert_eq!(
        self::config(&sandbox)["BUFFER_PORT_INGRESS_PROFILE_LIST"],
        json!({"Ethernet0": {"profile_list": "ab,c"}, "Ethernet4": {}})
    );
}

#[test]
fn each_asic_has_a_cascade_of_its_own() {
    let sandbox = sandbox(SWITCH, r#"[{"op": "remove", "path": "/asic0/PORTCHANNEL"}]"#);
    sandbox.write("c0.json", SWITCH);
    let both = ["--config", "asic0=c0.json"];
    let rejected = parsed(&apply(&sandbox, &[&both[..], &["--report", "json"]].concat()));
    assert_eq!(
        rejected["cascade"],
        json!([{"op": "remove", "path": "/asic0/PORTCHANNEL_MEMBER"}])
    );
    let done = apply(
        &sandbox,
        &[&both[..], &["--cascade", "--report", "json"]].concat(),
    );
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    assert_eq!(
        parsed(&done)["cascaded"][0]["path"],
        "/asic0/PORTCHANNEL_MEMBER/PortChannel1|Ethernet12"
    );
    assert!(sandbox.read("c.json").contains("PORTCHANNEL_MEMBER"));
    assert!(!sandbox.read("c0.json").contains("PORTCHANNEL_MEMBER"));
}
