//! What was changed, and taking it back.

use serde_json::{Value, json};
use sonicfg::config::canonical;

use crate::harness::{Harness, KINDS, Kind, change, changed, described, description, small_switch};

fn listed(harness: &Harness) -> Vec<Value> {
    let run = harness.run(&["history", "--report", "json"]);
    run.is_clean();
    serde_json::from_str(&run.stdout).unwrap()
}

#[test]
fn history_lists_changes_with_authors() {
    for kind in KINDS {
        let harness = Harness::new(kind);
        harness.run(&["history"]).is_clean();
        harness.apply(&change(), &["--comment", "CHG-1"]).is_clean();
        harness.apply(&description("x"), &[]).is_clean();
        let found = listed(&harness);
        assert_eq!(found.len(), 2);
        let first = &found[1];
        assert_eq!(first["comment"], "CHG-1");
        assert_eq!(first["source"], "p.json");
        assert_eq!(first["command"], "apply-patch");
        assert_eq!(first["entries"], 4);
        assert_eq!(first["outcome"], "applied");
        assert_eq!(first["steps"], if kind == Kind::File { 1 } else { 3 });
        // The patch and its inverse are what they say.
        let id = first["id"].as_str().unwrap();
        let shown = harness.run(&["history", "show", id, "--report", "json"]);
        shown.is_clean();
        let shown: Value = serde_json::from_str(&shown.stdout).unwrap();
        let mut config = small_switch();
        json_patch::patch(
            &mut config,
            &serde_json::from_value::<json_patch::Patch>(shown["patch"].clone()).unwrap(),
        )
        .unwrap();
        assert_eq!(canonical(&config), canonical(&changed()));
        json_patch::patch(
            &mut config,
            &serde_json::from_value::<json_patch::Patch>(shown["inverse"].clone()).unwrap(),
        )
        .unwrap();
        assert_eq!(canonical(&config), canonical(&small_switch()));
        let full = harness.run(&["history", "show", id]);
        full.is_clean();
        assert!(full.stdout.contains("+ VLAN|Vlan200"), "{}", full.stdout);
    }
}

#[test]
fn taking_back_the_last_and_more() {
    for kind in KINDS {
        let harness = Harness::new(kind);
        harness.apply(&change(), &[]).is_clean();
        let before = harness.config();
        harness.apply(&description("x"), &[]).is_clean();
        harness.apply(&description("y"), &[]).is_clean();
        let found = listed(&harness);
        let run = harness.run(&["rollback", "--to", found[1]["id"].as_str().unwrap()]);
        run.is_clean();
        assert_eq!(run.stdout, "Config rolled back successfully.\n");
        assert_eq!(harness.config(), before);
        let after = listed(&harness);
        assert_eq!(after.len(), 4);
        assert_eq!(
            (&after[1]["outcome"], &after[2]["outcome"]),
            (&json!("undone"), &json!("undone"))
        );
        // It is not in effect any more.
        let again = harness.run(&["rollback", "--to", found[1]["id"].as_str().unwrap()]);
        assert_eq!(again.code, Some(1));
        assert!(
            again.last_line().contains("rolled back already"),
            "{}",
            again.stderr
        );
        // All of it, by the beginning of its name.
        harness
            .run(&["rollback", "--to", found[2]["id"].as_str().unwrap()])
            .is_clean();
        assert_eq!(harness.config(), canonical(&small_switch()));
        let none = harness.run(&["rollback", "--to", "1999"]);
        assert_eq!(none.code, Some(1), "{}", none.stderr);
        assert!(
            none.last_line().contains("there is no change \"1999\""),
            "{}",
            none.stderr
        );
        harness.is_at_rest();
    }
}

#[test]
fn rollback_keeps_later_changes_of_others() {
    let harness = Harness::new(Kind::Redis);
    harness.apply(&change(), &[]).is_clean();
    let id = listed(&harness)[0]["id"].as_str().unwrap().to_owned();
    // Something else stays.
    harness
        .redis()
        .cli::<i64>(4, &["HSET", "PORT|Ethernet8", "mtu", "1500"]);
    // The same is a conflict.
    harness
        .redis()
        .cli::<i64>(4, &["HSET", "VLAN|Vlan200", "description", "theirs"]);
    let now = harness.config();
    let run = harness.run(&["rollback", "--to", &id]);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert!(run.last_line().contains("/VLAN/Vlan200"), "{}", run.stderr);
    assert_eq!(harness.config(), now);
    harness
        .redis()
        .cli::<i64>(4, &["HSET", "VLAN|Vlan200", "description", "storage"]);
    harness.run(&["rollback", "--to", &id]).is_clean();
    let mut expected = small_switch();
    expected["PORT"]["Ethernet8"]["mtu"] = "1500".into();
    assert_eq!(harness.config(), canonical(&expected));
}

#[test]
fn nothing_to_do() {
    for kind in KINDS {
        let harness = Harness::new(kind);
        let before = harness.sandbox.names();
        harness.apply(&json!([]), &[]).is_clean();
        harness.apply(&description("x"), &["--dry-run"]).is_clean();
        assert!(listed(&harness).is_empty());
        assert_eq!(harness.config(), canonical(&small_switch()));
        harness.apply(&description("x"), &[]).is_clean();
        // A patch that is applied already.
        harness.apply(&description("x"), &[]).is_clean();
        assert_eq!(listed(&harness).len(), 1);
        assert!(before.iter().all(|name| harness.sandbox.names().contains(name)));
        harness.is_at_rest();
    }
}

#[test]
fn it_is_bounded() {
    let harness = Harness::new(Kind::File);
    for number in 0..6 {
        harness
            .apply(&description(&number.to_string()), &["--history-keep", "3"])
            .is_clean();
    }
    assert_eq!(listed(&harness).len(), 3);
    harness
        .apply(&description("x"), &["--history-keep", "0"])
        .is_clean();
    assert!(listed(&harness).is_empty());
    assert_eq!(described(&harness.config()), "x");
}

#[test]
fn change_with_preexisting_errors_is_rolled_back() {
    let mut config = small_switch();
    config["PORT"]["Ethernet8"]["mtu"] = "many".into();
    for kind in KINDS {
        let harness = Harness::with(kind, &config);
        let run = harness.apply(&description("x"), &[]);
        assert_eq!(run.code, Some(1), "{}", run.stderr);
        assert!(run.last_line().contains("--allow-existing"), "{}", run.stderr);
        assert_eq!(harness.config(), canonical(&config));
        let run = harness.apply(&description("x"), &["--allow-existing"]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert_eq!(described(&harness.config()), "x");
        // What adds an error is refused all the same.
        let worse = json!([{"op": "replace", "path": "/PORT/Ethernet0/mtu", "value": "few"}]);
        assert_eq!(harness.apply(&worse, &["--allow-existing"]).code, Some(1));
    }
}

#[test]
fn many_operations() {
    for kind in [Kind::File, Kind::Redis] {
        let harness = Harness::new(kind);
        let operations: Vec<Value> = (0..5000)
            .map(|number| json!({"op": "add", "path": format!("/VLAN/Vlan{}", 1000 + number), "value": {"description": "x"}}))
            .collect();
        harness.apply(&operations.into(), &[]).is_clean();
        let config: Value = serde_json::from_str(&harness.config()).unwrap();
        assert_eq!(config["VLAN"].as_object().unwrap().len(), 5001);
        harness.run(&["rollback", "--to", "2"]).is_clean();
        assert_eq!(harness.config(), canonical(&small_switch()));
        harness.is_at_rest();
    }
}
