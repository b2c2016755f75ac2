//! `sonicfg explain`: what is known of a place.

use serde_json::{Value, json};

use crate::common::cli::{Sandbox, fixture};

const CONFIG: &str = r#"{
  "PORT": {"Ethernet0": {"lanes": "1,2", "mtu": "9100"}, "Ethernet4": {"lanes": "5,6"}},
  "VLAN": {"Vlan100": {"vlanid": "100"}},
  "VLAN_MEMBER": {"Vlan100|Ethernet0": {"tagging_mode": "tagged"}},
  "ACL_TABLE": {"guard": {"ports": ["Ethernet0", "Ethernet4"]}},
  "SYSTEM_DEFAULTS": {"buffer_model": {"status": "dynamic"}},
  "TACPLUS": {"global": {"passkey": "hush"}}
}"#;

/// What is told of a place, with the models of the small switch.
fn told(place: &str, more: &[&str]) -> String {
    let sandbox = Sandbox::new();
    sandbox.write("config_db.json", CONFIG);
    let models = fixture("yang-rules");
    let run = sandbox.run([&["explain", place, "--yang-dir", &models], more].concat());
    run.is_clean();
    run.stdout.replace(&models, "yang-rules")
}

#[test]
fn explain_field() {
    insta::assert_snapshot!(told("/PORT/Ethernet0/mtu", &["--config", "config_db.json"]), @r#"
    mtu — a field of PORT|<name>
      Size of the largest frame.

      YANG path       /small-switch:small-switch/PORT/PORT_LIST/mtu
      module          small-switch (yang-rules/small-switch.yang)
      type            uint16 68..9216
      units           bytes
      default         9100
      mandatory       no

      in the config   "9100"
    "#);
    insta::assert_snapshot!(told("VLAN_MEMBER.tagging_mode", &[]), @r#"
    tagging_mode — a field of VLAN_MEMBER|<name>|<port>
      Whether frames on the port carry the number of the VLAN.

      YANG path       /small-switch:small-switch/VLAN_MEMBER/VLAN_MEMBER_LIST/tagging_mode
      module          small-switch (yang-rules/small-switch.yang)
      type            tagged or untagged
      mandatory       no
      must            current() = 'tagged' or count(../../VLAN_MEMBER_LIST[port =
                      current()/../port][tagging_mode = 'untagged']) = 1
                      (a port is untagged in one VLAN only)

      policy          create-only: for another value the entry is removed and added again
    "#);
}

#[test]
fn explain_key_part() {
    insta::assert_snapshot!(told("PORT.name", &["--config", "config_db.json"]), @r#"
    name — a part of the key of PORT|<name>
      Name of the port.

      YANG path       /small-switch:small-switch/PORT/PORT_LIST/name
      module          small-switch (yang-rules/small-switch.yang)
      type            string matching 'Ethernet[0-9]{1,3}'
      may be named by ACL_TABLE.ports, VLAN_MEMBER|…|<port>
    "#);
}

#[test]
fn explain_entry() {
    insta::assert_snapshot!(told("VLAN|Vlan100", &["--config", "config_db.json"]), @r#"
    VLAN — module small-switch@2026-11-21 (yang-rules/small-switch.yang)
      VLANs.

    VLAN|<name>
      A VLAN.
      key    name            string matching 'Vlan[0-9]{1,4}'
             Name of the VLAN.
      field  vlanid          uint16 1..4094
             Number of the VLAN.
      field  dhcp_servers    list of ipv4-address-no-zone
             Servers that DHCP requests go to.
      field  dhcpv6_servers  list of ipv6-address-no-zone
             Servers that DHCPv6 requests go to.
      no two entries have the same  vlanid
      referred to by  VLAN_MEMBER|<name>|…

      policy          dhcp_servers: after a change, a switch runs: systemctl restart dhcp_relay
      in the config   {"vlanid":"100"}
      referred to by  VLAN_MEMBER|Vlan100|Ethernet0
    "#);
}

#[test]
fn explain_table() {
    let text = told("/PORT", &["--config", "config_db.json"]);
    assert!(
        text.contains("at most 25 % of its entries are interrupted at once"),
        "{text}"
    );
    assert!(text.contains("lanes: create-only"), "{text}");
    assert!(
        text.contains("in the config   PORT|Ethernet0 {\"lanes\":\"1,2\""),
        "{text}"
    );
}

#[test]
fn explain_flag_and_the_field_it_replaces() {
    insta::assert_snapshot!(told("/SYSTEM_DEFAULTS/buffer_model/status", &["--config", "config_db.json"]), @r#"
    status — a field of SYSTEM_DEFAULTS|<name>
      What the flag is set to: one of the two words of its family, or any text where it has none.

      YANG path       /sonic-system-defaults:sonic-system-defaults/SYSTEM_DEFAULTS/SYSTEM_DEFAULTS_LIST/status
      module          sonic-system-defaults (shipped)
      type            flag-text (string of 1..255 characters)
      mandatory       no
      must            not(derived-from(../name, 'system-defaults:up-down')) or . = 'up' or . = 'down'
                      (status of this flag must be up or down)
      must            not(derived-from(../name, 'system-defaults:enable-disable')) or . = 'enable' or .
                      = 'disable'
                      (status of this flag must be enable or disable)
      must            not(derived-from(../name, 'system-defaults:enabled-disabled')) or . = 'enabled' or
                      . = 'disabled'
                      (status of this flag must be enabled or disabled)
      must            not(derived-from(../name, 'system-defaults:dynamic-traditional')) or . = 'dynamic'
                      or . = 'traditional'
                      (status of this flag must be dynamic or traditional)

    buffer_model
      How buffers are sized. dynamic: the switch computes headroom and pools from speed, cable length
      and MTU of the ports. traditional: the sizes are those in the BUFFER tables. Without the flag the
      switch sizes them as traditional does, but no condition takes it for set.
      values          dynamic or traditional (family dynamic-traditional)
      default         none
      value           dynamic, as the flag says
      replaces        /DEVICE_METADATA/localhost/buffer_model
      in a minigraph  BufferModel
      read by         swss, when it starts
      module          sonic-system-defaults

      in the config   "dynamic"
    "#);
    insta::assert_snapshot!(told("DEVICE_METADATA|localhost|buffer_model", &[]), @r#"
    buffer_model — a field of DEVICE_METADATA|localhost
      Retired: SYSTEM_DEFAULTS|buffer_model says what it said.

      YANG path       /sonic-device_metadata:sonic-device_metadata/DEVICE_METADATA/localhost/buffer_model
      module          sonic-device_metadata (shipped)
      type            dynamic or traditional
      mandatory       no
      status          obsolete
      retired         the flag SYSTEM_DEFAULTS|buffer_model has taken its place
    "#);
}

#[test]
fn all_ways_to_write_a_place_are_the_same() {
    let field = told("/PORT/Ethernet0/mtu", &[]);
    for place in [
        "PORT|Ethernet0/mtu",
        "PORT|Ethernet0|mtu",
        "/PORT/*/mtu",
        "PORT|*/mtu",
        "PORT.mtu",
        "PORT/mtu",
        "PORT/Ethernet0/mtu",
        "/small-switch:small-switch/PORT/PORT_LIST/mtu",
        "/small-switch:small-switch/small-switch:PORT/PORT_LIST/0/mtu",
    ] {
        assert_eq!(told(place, &[]), field, "{place}");
    }
    let entry = told("/VLAN_MEMBER/Vlan100|Ethernet0", &[]);
    assert_eq!(told("VLAN_MEMBER|Vlan100|Ethernet0", &[]), entry);
    assert_eq!(told("VLAN_MEMBER|*", &[]), entry);
    assert_eq!(told("VLAN_MEMBER/Vlan100|Ethernet0", &[]), entry);
    assert_eq!(
        told("/VLAN/Vlan1/dhcp_servers/0", &[]),
        told("VLAN.dhcp_servers", &[])
    );
}

#[test]
fn explain_unknown_name_suggests_known_ones() {
    let sandbox = Sandbox::new();
    for (place, reason) in [
        (
            "FEATUER",
            "no model defines the table \"FEATUER\"; did you mean \"FEATURE\"?",
        ),
        (
            "FEATURE.stat",
            "the table \"FEATURE\" has no field \"stat\"; did you mean \"state\"?",
        ),
        (
            "/FEATURE/a|b",
            "the table \"FEATURE\" has no entry with the key \"a|b\"; its entries: FEATURE|<name>",
        ),
        (
            "/FEATURE/bgp/state/more",
            "\"/FEATURE/bgp/state/more\" is no place in a config: write /TABLE, /TABLE/key, /TABLE/key/field, \
             'TABLE|key' or TABLE.field",
        ),
        (
            "/~2",
            "\"/~2\" is no place in a config: write /TABLE, /TABLE/key, /TABLE/key/field, 'TABLE|key' or TABLE.field",
        ),
    ] {
        sandbox
            .run(["explain", place])
            .fails(2, &format!("Error: {reason}"));
    }
}

#[test]
fn programs_read_json() {
    let text = told(
        "/PORT/Ethernet0/mtu",
        &["--config", "config_db.json", "--report", "json"],
    );
    let told: Value = serde_json::from_str(&text).unwrap();
    let field = &told["entries"][0]["fields"][0];
    assert_eq!(told["place"], "/PORT/Ethernet0/mtu");
    assert_eq!(
        field["yang_path"],
        "/small-switch:small-switch/PORT/PORT_LIST/mtu"
    );
    assert_eq!(field["type"], "uint16 68..9216");
    assert_eq!(field["allowed"]["ranges"], json!([["68", "9216"]]));
    assert_eq!(field["default"], json!(["9100"]));
    assert_eq!(field["units"], "bytes");
    assert_eq!(told["config"]["values"], json!([["PORT|Ethernet0", "9100"]]));
    let text = self::told("/VLAN_MEMBER/*/port", &["--report", "json"]);
    let told: Value = serde_json::from_str(&text).unwrap();
    let field = &told["entries"][0]["fields"][0];
    assert_eq!(field["role"], "key");
    assert_eq!(
        field["refers_to"],
        json!([{"name": "PORT|<name>", "must_exist": true}])
    );
}

#[test]
fn secrets_are_not_shown() {
    let sandbox = Sandbox::new();
    let model = "module sonic-t { yang-version 1.1; namespace \"urn:t\"; prefix t; container sonic-t {
        container TACPLUS { container global { leaf passkey { type string; } } }
        container SNMP_COMMUNITY { list SNMP_COMMUNITY_LIST { key name; leaf name { type string; }
          leaf TYPE { type string; } } } } }";
    sandbox.write("yang/sonic-t.yang", model);
    sandbox.write(
        "c.json",
        r#"{"TACPLUS": {"global": {"passkey": "hush"}}, "SNMP_COMMUNITY": {"hush": {"TYPE": "RO"}}}"#,
    );
    for place in [
        "TACPLUS.passkey",
        "TACPLUS",
        "SNMP_COMMUNITY",
        "/SNMP_COMMUNITY/hush",
        "SNMP_COMMUNITY|hush|TYPE",
    ] {
        for report in ["full", "json"] {
            let run = sandbox.run([
                "explain",
                place,
                "--config",
                "c.json",
                "--yang-dir",
                "yang",
                "--report",
                report,
            ]);
            run.is_clean();
            assert!(
                run.stdout.contains("***") && !run.stdout.contains("hush"),
                "{place}: {}",
                run.stdout
            );
        }
    }
}
