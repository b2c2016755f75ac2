//! What plans look like.

use std::path::Path;

use serde_json::{Value, json};

use super::common::{self, cli::Sandbox};
use super::*;

#[test]
fn vlan_is_deleted_with_its_members() {
    insta::assert_snapshot!("vlan_full", planned(VLAN_REMOVED, &[]));
    insta::assert_snapshot!("vlan_json", planned(VLAN_REMOVED, &["--report", "json"]));
    insta::assert_snapshot!("vlan_dot", planned(VLAN_REMOVED, &["--report", "dot"]));
}

#[test]
fn port_in_use_is_broken_out() {
    insta::assert_snapshot!("breakout_full", planned(BREAKOUT, &["--report", "full"]));
    insta::assert_snapshot!("breakout_json", planned(BREAKOUT, &["--report", "json"]));
    insta::assert_snapshot!("breakout_dot", planned(BREAKOUT, &["--report", "dot"]));
}

#[test]
fn one_of_four_neighbours_gets_another_asn() {
    insta::assert_snapshot!("neighbour_full", planned(NEIGHBOUR, &[]));
    insta::assert_snapshot!("neighbour_json", planned(NEIGHBOUR, &["--report", "json"]));
    insta::assert_snapshot!("neighbour_dot", planned(NEIGHBOUR, &["--report", "dot"]));
}

#[test]
fn the_steps_lead_to_the_target() {
    let current: Value = serde_json::from_str(SWITCH).unwrap();
    for change in [VLAN_REMOVED, BREAKOUT, NEIGHBOUR, THREE_PORTS] {
        let patch: json_patch::Patch = serde_json::from_str(change).unwrap();
        let mut target = current.clone();
        json_patch::patch(&mut target, &patch).unwrap();
        let plan = planned_json(change, &[]);
        assert_eq!(carried_out(&plan, &current), target, "{change}");
        let steps = plan["steps"].as_array().unwrap();
        assert_eq!(plan["summary"]["steps"], json!(steps.len()));
        assert_eq!(plan["diagnostics"], json!([]));
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    for form in ["full", "json", "dot"] {
        for change in [BREAKOUT, THREE_PORTS] {
            let first = planned(change, &["--report", form]);
            let again = planned(change, &["--report", form, "--no-schema-cache"]);
            assert_eq!(first, again, "{form}");
        }
    }
}

#[test]
fn no_change_is_no_step() {
    assert_eq!(planned("[]", &[]), "no change\n");
    let same = r#"[{"op": "replace", "path": "/PORT/Ethernet0/mtu", "value": "9100"}]"#;
    assert_eq!(planned(same, &[]), "no change\n");
    let plan = planned_json("[]", &[]);
    let summary = json!({"steps": 0, "entries_changed": 0, "entries_touched": 0, "entries_recreated": 0,
        "lower_bound": 0});
    assert_eq!(plan, json!({"steps": [], "summary": summary, "diagnostics": []}));
}

#[test]
fn many_writes_that_are_alike_are_cut_but_what_is_interrupted_is_named() {
    let sandbox = Sandbox::new();
    let neighbours = |asn: &str| {
        let entries = (0..20).map(|at| (format!("10.0.0.{at}"), json!({"asn": asn})));
        let rules = (0..20).map(|at| (format!("A|R{at}"), json!({"action": asn})));
        json!({"BGP_NEIGHBOR": Value::Object(entries.collect()), "ACL_TABLE": {"A": {}},
            "ACL_RULE": Value::Object(rules.collect())})
    };
    sandbox.write("c.json", neighbours("1").to_string());
    sandbox.write("t.json", neighbours("2").to_string());
    let plan = run(&sandbox, &["--target", "t.json", "--all-at-once"]);
    plan.is_clean();
    insta::assert_snapshot!("many_full", plan.stdout);
    let dot = run(
        &sandbox,
        &["--target", "t.json", "--all-at-once", "--report", "dot"],
    );
    dot.is_clean();
    insta::assert_snapshot!("many_dot", dot.stdout);
}

#[test]
fn entries_taken_down_by_the_change_are_marked() {
    let change = r#"[{"op": "replace", "path": "/PORT/Ethernet4/admin_status", "value": "down"}]"#;
    assert_eq!(
        planned(change, &[]),
        "1 step for 1 changed entry: 1 edited; no plan has fewer steps\n\
         ! 1 entry taken down\n  \
         from step 1 on: PORT|Ethernet4 goes down, as the change asks\n\
         \n\
         Step 1 of 1 - takes down PORT|Ethernet4\n\
         ! ~ PORT|Ethernet4 admin_status \"up\" -> \"down\"\n"
    );
    assert_eq!(planned_json(change, &[])["steps"][0]["disrupts"], json!([]));
}

#[test]
fn new_port_is_kept_down_for_its_buffers() {
    let change = r#"[{"op": "add", "path": "/PORT/Ethernet1", "value": {"lanes": "20", "admin_status": "up"}},
        {"op": "add", "path": "/BUFFER_PG/Ethernet1|0", "value": {"profile": "lossy"}}]"#;
    assert_eq!(
        planned(change, &[]),
        "3 steps for 2 changed entries: 2 added; no plan has fewer steps\n\
         nothing that stays is interrupted\n\
         \n\
         Step 1 of 3\n  \
         + PORT|Ethernet1 {\"lanes\": \"20\", \"admin_status\": \"down\"}\n      \
         kept down until step 3, because BUFFER_PG|Ethernet1|0 changes only while it is down\n      \
         before step 2, because BUFFER_PG|Ethernet1|0 refers to it\n\
         \n\
         Step 2 of 3\n  \
         + BUFFER_PG|Ethernet1|0 {\"profile\": \"lossy\"}\n      \
         after step 1, because it refers to PORT|Ethernet1\n\
         \n\
         Step 3 of 3\n  \
         ~ PORT|Ethernet1 admin_status \"down\" -> \"up\"\n      \
         brought up\n      \
         after step 2, because BUFFER_PG|Ethernet1|0 changes only while it is down\n"
    );
}

#[test]
fn entries_interrupted_for_one_reason_stand_together() {
    let change = r#"[{"op": "replace", "path": "/PORTCHANNEL/PortChannel1/mtu", "value": "9000"}]"#;
    let sandbox = sandbox(change);
    sandbox.write("policy.toml", "[create-only]\nPORTCHANNEL = [\"mtu\"]\n");
    let run = run(
        &sandbox,
        &["--patch", "p.json", "--policy", "policy.toml", "--all-at-once"],
    );
    run.is_clean();
    let lines: Vec<&str> = run.stdout.lines().skip(1).take(4).collect();
    assert_eq!(
        lines,
        [
            "! 3 entries interrupted",
            "  from step 1 to step 4: 2 of PORTCHANNEL_MEMBER are removed and added again, because \
             PORTCHANNEL|PortChannel1 is",
            "      PortChannel1|Ethernet12, PortChannel1|Ethernet8",
            "  from step 2 to step 3: PORTCHANNEL|PortChannel1 is removed and added again, because mtu \
             changes only with its entry",
        ]
    );
}

#[test]
fn conditions_are_told() {
    let change = r#"[{"op": "remove", "path": "/OFFER"}, {"op": "remove", "path": "/NEEDS"},
        {"op": "add", "path": "/FORBIDS", "value": {"a": {}}}]"#;
    let plan = planned_json(change, &[]);
    let why: Vec<&Value> = plan["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| &step["why"])
        .collect();
    assert_eq!(
        why,
        [
            &json!(["NEEDS|a: before step 2, because a condition of it asks for OFFER|a"]),
            &json!(["OFFER|a: after step 1, because a condition of NEEDS|a asked for it"]),
            &json!([
                "FORBIDS|a: after step 2, because a condition does not allow it beside OFFER|a as that was before"
            ]),
        ]
    );
}

#[test]
fn entry_recreated_by_a_condition_names_what_it_needs() {
    let sandbox = Sandbox::new();
    let mut current: Value = serde_json::from_str(SWITCH).unwrap();
    current["LISTENER"] = json!({"Ethernet4": {"note": "x"}});
    sandbox.write("c.json", current.to_string());
    current["PORT"]["Ethernet4"]["lanes"] = json!("5");
    current["BGP_NEIGHBOR"]["10.0.0.3"]["asn"] = json!("7");
    sandbox.write("t.json", current.to_string());
    let run = run(&sandbox, &["--target", "t.json"]);
    run.is_clean();
    let why = "! - LISTENER|Ethernet4\n      added again in step 4; it is away while PORT|Ethernet4 is removed and \
               added again\n";
    assert!(run.stdout.contains(why), "{}", run.stdout);
}

const SECRET_MODEL: &str = r#"module secrets {
  namespace "urn:test:secrets";
  prefix s;
  container secrets {
    container SNMP_COMMUNITY { list SNMP_COMMUNITY_LIST { key name; leaf name { type string; }
      leaf TYPE { type enumeration { enum RO; enum RW; } } } }
    container SNMP_USE { list SNMP_USE_LIST { key name;
      leaf name { type leafref { path "/s:secrets/s:SNMP_COMMUNITY/s:SNMP_COMMUNITY_LIST/s:name"; } } } }
    container TACPLUS { list TACPLUS_LIST { key name; leaf name { type string; }
      leaf passkey { type string { length "1..20"; } } } }
  }
}
"#;

#[test]
fn secrets_are_data_and_nothing_else() {
    let sandbox = Sandbox::new();
    sandbox.write("yang/secrets.yang", SECRET_MODEL);
    let policy = "[secrets]\nkeys = [\"SNMP_USE\"]\n[create-only]\nSNMP_COMMUNITY = [\"TYPE\"]\n";
    sandbox.write("policy.toml", policy);
    let config = |kind: &str, key: &str| {
        json!({"SNMP_COMMUNITY": {"hush": {"TYPE": kind}}, "SNMP_USE": {"hush": {}},
            "TACPLUS": {"global": {"passkey": key}}})
        .to_string()
    };
    sandbox.write("c.json", config("RO", "whisper"));
    sandbox.write("t.json", config("RW", "murmur"));
    sandbox.write("bad.json", config("hush", "whisper-whisper-whisper"));
    let run = |target: &str, form: &str| {
        let args = [
            "plan",
            "--current",
            "c.json",
            "--target",
            target,
            "--report",
            form,
        ];
        let models = ["--yang-dir", "yang", "--policy", "policy.toml"];
        sandbox.run(args.iter().chain(&models))
    };
    let hides = |text: &str| {
        for secret in ["hush", "whisper", "murmur"] {
            assert!(!text.contains(secret), "{text}");
        }
    };
    for form in ["full", "dot"] {
        let run = run("t.json", form);
        run.is_clean();
        hides(&run.stdout);
        assert!(run.stdout.contains("SNMP_COMMUNITY|***"), "{}", run.stdout);
    }
    let plan: Value = serde_json::from_str(&run("t.json", "json").stdout).unwrap();
    for step in plan["steps"].as_array().unwrap() {
        hides(&step["why"].to_string());
    }
    assert!(plan["steps"].to_string().contains("murmur"));
    for form in ["full", "json", "dot"] {
        let run = run("bad.json", form);
        assert_eq!(run.code, Some(1));
        assert!(!run.stderr.contains("whisper"), "{}", run.stderr);
        assert!(!run.stdout.contains("whisper"), "{}", run.stdout);
    }
}

#[test]
fn big_plans_stay_readable() {
    let Some(shared) = common::shared() else { return };
    let sandbox = Sandbox::new();
    let models = shared.join("corpus/yang-models");
    let plan = |case: &str, form: &str| {
        let dir = shared.join("bench").join(case);
        let file = |name: &str| Path::new(&dir).join(name).to_str().unwrap().to_owned();
        let (current, patch) = (file("current.json"), file("patch.json"));
        let args = ["plan", "--current", &current, "--patch", &patch, "--report", form];
        let run = sandbox.run(args.iter().chain(&["--yang-dir", models.to_str().unwrap()]));
        run.is_clean();
        run.stdout
    };
    let rules = plan("t1real-aclrule-add-1000", "full");
    assert!(rules.lines().count() < 15, "{rules}");
    assert!(rules.contains("\n  … and 997 more of ACL_RULE\n"), "{rules}");
    assert!(plan("t1real-aclrule-add-1000", "dot").lines().count() < 20);
    let down = plan("t1real-admin-down-all", "full");
    assert!(
        down.contains("from step 1 on: 28 of PORT go down, as the change asks\n"),
        "{down}"
    );
    let breakout = plan("t1real-dpb1to4-active-1", "full");
    assert!(
        breakout.starts_with("6 steps for 5 changed entries: "),
        "{breakout}"
    );
}
