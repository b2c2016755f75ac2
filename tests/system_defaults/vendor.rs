//! The flags of a vendor: in config_db their key has the vendor's module in front, and the bare name is still read.

use serde_json::{Value, json};

use super::stores::Harness;
use crate::common::cli::{Sandbox, fixture};

const KEY: &str = "vendor-flags:fan_profile";
const BARE: &str = "fan_profile";

fn config(flags: &Value) -> Value {
    json!({"DEVICE_METADATA": {"localhost": {"hostname": "sw1"}}, "SYSTEM_DEFAULTS": flags})
}

fn run(harness: &Harness, args: &[&str]) -> crate::common::cli::Run {
    harness.run(&[args, &["--yang-dir", &fixture("yang-vendor")]].concat())
}

#[test]
fn the_key_that_is_written_has_the_module_in_front() {
    for harness in Harness::each(&config(&json!({"dhcp_server": {"status": "enable"}}))) {
        for name in [BARE, KEY] {
            run(&harness, &["flags", "set", name, "quiet"]).is_clean();
            harness.holds(&config(
                &json!({"dhcp_server": {"status": "enable"}, KEY: {"status": "quiet"}}),
            ));
            let got = run(&harness, &["flags", "get", name]);
            assert_eq!(got.stdout, "quiet\n");
        }
        harness.sandbox.write("v.json", harness.config().to_string());
        let models = fixture("yang-vendor");
        harness
            .sandbox
            .run(["validate", "v.json", "--yang-dir", &models])
            .is_clean();
        run(&harness, &["flags", "unset", BARE]).is_clean();
        harness.holds(&config(&json!({"dhcp_server": {"status": "enable"}})));
    }
}

#[test]
fn the_bare_name_is_read_and_moves_with_the_next_change() {
    let old = config(&json!({BARE: {"status": "quiet", "by": "lab"}}));
    for harness in Harness::each(&old) {
        assert_eq!(run(&harness, &["flags", "get", BARE]).stdout, "quiet\n");
        let shown = run(&harness, &["flags", "list", "--report", "json"]);
        assert!(shown.stdout.contains("\"quiet\""), "{}", shown.stdout);
        run(&harness, &["flags", "set", BARE, "loud"]).is_clean();
        harness.holds(&config(&json!({KEY: {"status": "loud", "by": "lab"}})));
        harness.load(&old);
        run(&harness, &["flags", "unset", KEY]).is_clean();
        harness.holds(&json!({"DEVICE_METADATA": {"localhost": {"hostname": "sw1"}}}));
    }
}

#[test]
fn a_config_with_the_bare_name_is_refused_and_migrated() {
    let sandbox = Sandbox::new();
    let models = fixture("yang-vendor");
    sandbox.write("c.json", config(&json!({BARE: {"status": "quiet"}})).to_string());
    let found = sandbox.run(["validate", "--report", "concise", "c.json", "--yang-dir", &models]);
    assert!(
        found.stdout.contains(&format!(
            "\"{BARE}\" is an identity of the module vendor-flags, whose name must stand in front (write \"{KEY}\")"
        )),
        "{}",
        found.stdout
    );
    sandbox
        .run(["migrate", "--config", "c.json", "--yang-dir", &models])
        .is_clean();
    let migrated: Value = serde_json::from_str(&sandbox.read("c.json")).unwrap();
    assert_eq!(migrated, config(&json!({KEY: {"status": "quiet"}})));
    sandbox
        .run(["validate", "c.json", "--yang-dir", &models])
        .is_clean();
    sandbox.write(
        "t.j2",
        "{{ flag('fan_profile') }} {{ flag('vendor-flags:fan_profile') }}",
    );
    for file in ["c.json", "old.json"] {
        sandbox.write(
            "old.json",
            config(&json!({BARE: {"status": "quiet"}})).to_string(),
        );
        let rendered = sandbox.run(["render", "t.j2", "--config", file, "--yang-dir", &models]);
        assert_eq!(rendered.stdout.trim_end(), "quiet quiet");
    }
}

#[test]
fn a_message_for_yang_json_offers_the_word_that_is_taken() {
    let sandbox = Sandbox::new();
    let document = json!({"sonic-system-defaults:sonic-system-defaults": {"SYSTEM_DEFAULTS": {"SYSTEM_DEFAULTS_LIST": [
        {"name": "fan_profil", "status": "quiet"}
    ]}}});
    sandbox.write("y.json", document.to_string());
    let models = fixture("yang-vendor");
    let found = sandbox.run([
        "validate",
        "--input",
        "sonicyang",
        "y.json",
        "--yang-dir",
        &models,
    ]);
    assert!(
        found.stdout.contains(&format!("did you mean \"{KEY}\"?")),
        "{}",
        found.stdout
    );
    let meant = document.to_string().replace("fan_profil", KEY);
    sandbox.write("y.json", meant);
    sandbox
        .run([
            "validate",
            "--input",
            "sonicyang",
            "y.json",
            "--yang-dir",
            &models,
        ])
        .is_clean();
}
