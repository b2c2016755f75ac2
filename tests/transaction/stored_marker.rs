//! The pair `"NULL": "NULL"`, as Redis keeps an entry without fields, in what people write.

use serde_json::{Value, json};

use crate::harness::{Harness, KINDS, Kind, small_switch};

/// The config with one more VLAN, as it is written, and as it is.
fn with_vlan(fields: Value) -> Value {
    let mut config = small_switch();
    config["VLAN"]["Vlan300"] = fields;
    config
}

fn changes(harness: &Harness) -> usize {
    let run = harness.run(&["history", "--report", "json"]);
    run.is_clean();
    serde_json::from_str::<Vec<Value>>(&run.stdout).unwrap().len()
}

#[test]
fn it_is_the_entry_without_fields_wherever_it_is_written() {
    let marked = with_vlan(json!({"NULL": "NULL"}));
    let plain = sonicfg::config::canonical(&with_vlan(json!({})));
    for kind in KINDS {
        let harness = Harness::new(kind);
        // Written twice, there is nothing to do the second time, and no other writer.
        let patch = json!([{"op": "add", "path": "/VLAN/Vlan300", "value": {"NULL": "NULL"}}]);
        for _ in 0..2 {
            harness.apply(&patch, &[]).is_clean();
            assert_eq!(harness.config(), plain, "{kind:?}");
            assert_eq!(changes(&harness), 1, "{kind:?}");
        }
        harness.is_at_rest();
        harness.load(&small_switch());
        harness.sandbox.write("marked.json", marked.to_string());
        for _ in 0..2 {
            harness.run(&["replace", "marked.json"]).is_clean();
            assert_eq!(changes(&harness), 1, "{kind:?}");
        }
        harness.load(&small_switch());
        let configlet = json!([{"VLAN": {"Vlan300": {"NULL": "NULL"}}}]);
        harness.sandbox.write("configlet.json", configlet.to_string());
        harness
            .run(&["configlet", "-u", "-j", "configlet.json"])
            .is_clean();
        assert_eq!(harness.config(), plain, "{kind:?}");
    }
}

#[test]
fn a_file_that_has_it_can_be_changed() {
    let harness = Harness::with(Kind::File, &with_vlan(json!({"NULL": "NULL"})));
    let patch = json!([{"op": "add", "path": "/VLAN/Vlan300/description", "value": "storage"}]);
    harness.apply(&patch, &[]).is_clean();
    let expected = with_vlan(json!({"description": "storage"}));
    assert_eq!(harness.config(), sonicfg::config::canonical(&expected));
}
