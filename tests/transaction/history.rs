//! What was changed, and taking it back.

use serde_json::{Value, json};
use sonicfg::config::canonical;

use crate::bed::{Bed, KINDS, Kind, change, changed, described, description, small_switch};

fn listed(bed: &Bed) -> Vec<Value> {
    let run = bed.run(&["history", "--report", "json"]);
    run.is_clean();
    serde_json::from_str(&run.stdout).unwrap()
}

#[test]
fn what_was_done_by_whom() {
    for kind in KINDS {
        let bed = Bed::new(kind);
        bed.run(&["history"]).is_clean();
        bed.apply(&change(), &["--comment", "CHG-1"]).is_clean();
        bed.apply(&description("x"), &[]).is_clean();
        let found = listed(&bed);
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
        let shown = bed.run(&["history", "show", id, "--report", "json"]);
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
        let full = bed.run(&["history", "show", id]);
        full.is_clean();
        assert!(full.stdout.contains("+ VLAN|Vlan200"), "{}", full.stdout);
    }
}

#[test]
fn taking_back_the_last_and_more() {
    for kind in KINDS {
        let bed = Bed::new(kind);
        bed.apply(&change(), &[]).is_clean();
        let before = bed.config();
        bed.apply(&description("x"), &[]).is_clean();
        bed.apply(&description("y"), &[]).is_clean();
        let found = listed(&bed);
        let run = bed.run(&["rollback", "--to", found[1]["id"].as_str().unwrap()]);
        run.is_clean();
        assert_eq!(run.stdout, "Config rolled back successfully.\n");
        assert_eq!(bed.config(), before);
        let after = listed(&bed);
        assert_eq!(after.len(), 4);
        assert_eq!(
            (&after[1]["outcome"], &after[2]["outcome"]),
            (&json!("undone"), &json!("undone"))
        );
        // It is not in effect any more.
        let again = bed.run(&["rollback", "--to", found[1]["id"].as_str().unwrap()]);
        assert_eq!(again.code, Some(1));
        assert!(
            again.last_line().contains("taken back already"),
            "{}",
            again.stderr
        );
        // All of it, by the beginning of its name.
        bed.run(&["rollback", "--to", found[2]["id"].as_str().unwrap()])
            .is_clean();
        assert_eq!(bed.config(), canonical(&small_switch()));
        let none = bed.run(&["rollback", "--to", "1999"]);
        assert_eq!(none.code, Some(1), "{}", none.stderr);
        assert!(
            none.last_line().contains("there is no change \"1999\""),
            "{}",
            none.stderr
        );
        bed.is_at_rest();
    }
}

#[test]
fn what_others_changed_since() {
    let bed = Bed::new(Kind::Redis);
    bed.apply(&change(), &[]).is_clean();
    let id = listed(&bed)[0]["id"].as_str().unwrap().to_owned();
    // Something else stays.
    bed.redis()
        .cli::<i64>(4, &["HSET", "PORT|Ethernet8", "mtu", "1500"]);
    // The same is a conflict.
    bed.redis()
        .cli::<i64>(4, &["HSET", "VLAN|Vlan200", "description", "theirs"]);
    let now = bed.config();
    let run = bed.run(&["rollback", "--to", &id]);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert!(run.last_line().contains("/VLAN/Vlan200"), "{}", run.stderr);
    assert_eq!(bed.config(), now);
    bed.redis()
        .cli::<i64>(4, &["HSET", "VLAN|Vlan200", "description", "storage"]);
    bed.run(&["rollback", "--to", &id]).is_clean();
    let mut expected = small_switch();
    expected["PORT"]["Ethernet8"]["mtu"] = "1500".into();
    assert_eq!(bed.config(), canonical(&expected));
}

#[test]
fn nothing_to_do() {
    for kind in KINDS {
        let bed = Bed::new(kind);
        let before = bed.sandbox.names();
        bed.apply(&json!([]), &[]).is_clean();
        bed.apply(&description("x"), &["--dry-run"]).is_clean();
        assert!(listed(&bed).is_empty());
        assert_eq!(bed.config(), canonical(&small_switch()));
        bed.apply(&description("x"), &[]).is_clean();
        // A patch that is applied already.
        bed.apply(&description("x"), &[]).is_clean();
        assert_eq!(listed(&bed).len(), 1);
        assert!(before.iter().all(|name| bed.sandbox.names().contains(name)));
        bed.is_at_rest();
    }
}

#[test]
fn it_is_bounded() {
    let bed = Bed::new(Kind::File);
    for number in 0..6 {
        bed.apply(&description(&number.to_string()), &["--history-keep", "3"])
            .is_clean();
    }
    assert_eq!(listed(&bed).len(), 3);
    bed.apply(&description("x"), &["--history-keep", "0"]).is_clean();
    assert!(listed(&bed).is_empty());
    assert_eq!(described(&bed.config()), "x");
}

#[test]
fn a_change_with_existing_errors() {
    let mut config = small_switch();
    config["PORT"]["Ethernet8"]["mtu"] = "many".into();
    for kind in KINDS {
        let bed = Bed::with(kind, &config);
        let run = bed.apply(&description("x"), &[]);
        assert_eq!(run.code, Some(1), "{}", run.stderr);
        assert!(run.last_line().contains("--allow-existing"), "{}", run.stderr);
        assert_eq!(bed.config(), canonical(&config));
        let run = bed.apply(&description("x"), &["--allow-existing"]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert_eq!(described(&bed.config()), "x");
        // What adds an error is refused all the same.
        let worse = json!([{"op": "replace", "path": "/PORT/Ethernet0/mtu", "value": "few"}]);
        assert_eq!(bed.apply(&worse, &["--allow-existing"]).code, Some(1));
    }
}

#[test]
fn many_operations() {
    for kind in [Kind::File, Kind::Redis] {
        let bed = Bed::new(kind);
        let operations: Vec<Value> = (0..5000)
            .map(|number| json!({"op": "add", "path": format!("/VLAN/Vlan{}", 1000 + number), "value": {"description": "x"}}))
            .collect();
        bed.apply(&operations.into(), &[]).is_clean();
        let config: Value = serde_json::from_str(&bed.config()).unwrap();
        assert_eq!(config["VLAN"].as_object().unwrap().len(), 5001);
        bed.run(&["rollback", "--to", "2"]).is_clean();
        assert_eq!(bed.config(), canonical(&small_switch()));
        bed.is_at_rest();
    }
}
