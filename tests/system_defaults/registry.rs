//! `sonicfg flags list` and `flags show`.

use serde_json::{Value, json};

use crate::common::cli::{Sandbox, fixture};

fn json_of(sandbox: &Sandbox, args: &[&str]) -> Value {
    let run = sandbox.run(args);
    run.is_clean();
    serde_json::from_str(&run.stdout).unwrap()
}

#[test]
fn all_flags_in_columns() {
    let sandbox = Sandbox::new();
    let run = sandbox.run(["flags", "list"]);
    run.is_clean();
    insta::assert_snapshot!(run.stdout);
}

#[test]
fn flag_settings_of_a_config() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "c.json",
        r#"{"DEVICE_METADATA": {"localhost": {"dhcp_server": "enabled", "default_bgp_status": "up"}},
            "SYSTEM_DEFAULTS": {"default_bgp_status": {"status": "down"}, "swss_zmq": {}}}"#,
    );
    let run = sandbox.run(["flags", "list", "--config", "c.json"]);
    run.is_clean();
    insta::assert_snapshot!(run.stdout);
    let flags = json_of(
        &sandbox,
        &["flags", "list", "--config", "c.json", "--report", "json"],
    );
    let setting = |name: &str| {
        let mut flags = flags["flags"].as_array().unwrap().iter();
        flags.find(|flag| flag["name"] == name).unwrap()["setting"].clone()
    };
    assert_eq!(
        setting("default_bgp_status"),
        json!({"status": "down", "origin": "flag"})
    );
    assert_eq!(
        setting("dhcp_server"),
        json!({"status": "enable", "origin": "retired-leaf"})
    );
    assert_eq!(
        setting("synchronous_mode"),
        json!({"status": "enable", "origin": "default"})
    );
    assert_eq!(setting("buffer_model"), json!({"status": null, "origin": "none"}));
    assert_eq!(
        setting("swss_zmq"),
        json!({"status": "disabled", "origin": "default"})
    );
}

#[test]
fn one_flag_in_detail() {
    let sandbox = Sandbox::new();
    let run = sandbox.run(["flags", "show", "dhcp_server"]);
    run.is_clean();
    insta::assert_snapshot!(run.stdout);
    let flag = json_of(&sandbox, &["flags", "show", "dhcp_server", "--report", "json"]);
    assert_eq!(flag["replaces"], "/DEVICE_METADATA/localhost/dhcp_server");
    assert_eq!(
        flag["leaf_values"],
        json!([["enabled", "enable"], ["disabled", "disable"]])
    );
    assert_eq!(flag["setting"], Value::Null);
}

#[test]
fn vendor_flag_is_one_identity() {
    let sandbox = Sandbox::new();
    let dir = fixture("yang-vendor");
    let show = |name| {
        json_of(
            &sandbox,
            &["flags", "show", name, "--yang-dir", &dir, "--report", "json"],
        )
    };
    let flag = show("fast_link_retrain");
    assert_eq!(flag["module"], "vendor-flags");
    assert_eq!(flag["default"], "disabled");
    assert_eq!(flag["family"]["values"], json!(["enabled", "disabled"]));
    assert_eq!(flag["minigraph_name"], "FastRetrain");
    assert_eq!(
        flag["consumers"],
        json!([{"service": "xcvrd", "effect": "restart"}])
    );
    let bare = show("fan_profile");
    assert_eq!(bare["family"], Value::Null);
    assert_eq!(bare["minigraph_name"], "FanProfile");
    assert_eq!(bare["consumers"], json!([]));
}

#[test]
fn unknown_flag_is_reported() {
    let sandbox = Sandbox::new();
    sandbox.run(["flags", "show", "tunnel_qos_remp"]).fails(
        2,
        "Error: there is no flag \"tunnel_qos_remp\": did you mean \"tunnel_qos_remap\"?",
    );
    sandbox.run(["flags", "show", "xyz"]).fails(
        2,
        "Error: there is no flag \"xyz\"; sonicfg flags list names those that there are",
    );
}

/// A module with one flag that has these statements, and what `flags list` says of it.
fn with_statements(statements: &str) -> crate::common::cli::Run {
    let sandbox = Sandbox::new();
    sandbox.write(
        "yang/v.yang",
        format!(
            r#"module v {{ yang-version 1.1; namespace "urn:v"; prefix v;
  import sonic-system-defaults {{ prefix sysd; }}
  import sonicfg-extensions {{ prefix sonicfg; }}
  identity mine {{ base sysd:system-flag; {statements} }} }}"#
        ),
    );
    sandbox.run(["flags", "list", "--yang-dir", "yang"])
}

#[test]
fn statements_that_say_nothing() {
    for (statements, reason) in [
        (
            r#"sonicfg:consumed-by "swss";"#,
            r#"consumed-by: two words belong here, not "swss""#,
        ),
        (
            r#"sonicfg:consumed-by "swss often";"#,
            r#"consumed-by: a change takes effect at restart, reload, live, not "often""#,
        ),
        (
            r#"sonicfg:replaces "DEVICE_METADATA/localhost/x";"#,
            r#"replaces: a field is written /TABLE/key/field, not "DEVICE_METADATA/localhost/x""#,
        ),
        (
            r#"sonicfg:default "a"; sonicfg:default "b";"#,
            "default: it may occur once only",
        ),
        (
            r#"sonicfg:replaces "/DEVICE_METADATA/localhost/buffer_model";"#,
            "replaces: the flag buffer_model of module sonic-system-defaults has the same",
        ),
        (
            r#"sonicfg:minigraph-name "DhcpServer";"#,
            "minigraph-name: the flag dhcp_server of module sonic-system-defaults has the same",
        ),
    ] {
        let last = format!("Error: module v: identity mine: {reason}");
        with_statements(statements).fails(2, &last);
    }
    with_statements("sonicfg:default \"a\";").is_clean();
}
