//! The models that are part of the program.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::Path;

use sonicfg::config::{Config, Source};
use sonicfg::policy::Policy;
use sonicfg::schema::{NodeId, NodeKind, Retired, Schema, Sources};
use sonicfg::validate::{Diagnostic, validate};

fn shipped() -> Schema {
    Schema::load(&Sources::shipped(), None).unwrap().schema
}

fn with_dir(dir: &Path) -> Schema {
    let mut sources = Sources::shipped();
    sources.add_dir(dir).unwrap();
    Schema::load(&sources, None).unwrap().schema
}

fn with_vendor() -> Schema {
    with_dir(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/yang-vendor"))
}

fn findings(schema: &Schema, text: &str) -> Vec<Diagnostic> {
    let config = Config::parse(Source::new("config_db.json", text)).unwrap();
    validate(schema, &Policy::shipped(), &config).diagnostics
}

/// Validates a config; findings are written as `Rule /pointer: message`.
fn check(schema: &Schema, text: &str, expected: &[&str]) {
    let found = findings(schema, text);
    let shown: Vec<String> = found
        .iter()
        .map(|finding| format!("{} {}: {}", finding.rule, finding.pointer, finding.message))
        .collect();
    assert_eq!(shown, expected, "{text}");
}

/// A config with one flag.
fn flag(name: &str, status: &str) -> String {
    format!(r#"{{"SYSTEM_DEFAULTS": {{"{name}": {{"status": "{status}"}}}}}}"#)
}

#[test]
fn samples_of_the_design_are_valid() {
    let schema = shipped();
    check(
        &schema,
        r#"{"SYSTEM_DEFAULTS": {"tunnel_qos_remap": {"status": "enabled"}, "default_bgp_status": {"status": "down"},
            "synchronous_mode": {"status": "enable"}, "dhcp_server": {"status": "enable"}}}"#,
        &[],
    );
    check(
        &schema,
        r#"{"SYSTEM_DEFAULTS": {"buffer_model": {"status": "dynamic", "reason": "lossless rack"}}}"#,
        &[],
    );
}

#[test]
fn each_flag_takes_the_words_of_its_family() {
    let schema = shipped();
    let families = [
        (["up", "down"].as_slice(), ["default_bgp_status"].as_slice()),
        (
            &["enable", "disable"],
            &["default_pfcwd_status", "synchronous_mode", "dhcp_server"],
        ),
        (&["dynamic", "traditional"], &["buffer_model"]),
        (
            &["enabled", "disabled"],
            &[
                "tunnel_qos_remap",
                "ip_decap",
                "mux_tunnel_egress_acl",
                "swss_zmq",
                "async_rec",
                "software_bfd",
                "polaris",
            ],
        ),
    ];
    let words: Vec<&str> = families.iter().flat_map(|(words, _)| *words).copied().collect();
    for (own, flags) in families {
        for name in flags {
            for word in words.iter().chain(&["", "Enabled", "on"]) {
                let message = match (own.contains(word), *word) {
                    (true, _) => None,
                    (false, "") => {
                        Some(r#"Length: "" is 0 characters long, which is not allowed"#.to_owned())
                    }
                    _ => Some(format!("Must: status of this flag must be {}", own.join(" or "))),
                };
                let found = findings(&schema, &flag(name, word));
                let shown: Vec<String> = found
                    .iter()
                    .map(|d| format!("{}: {}", d.rule, d.message))
                    .collect();
                assert_eq!(shown, message.into_iter().collect::<Vec<_>>(), "{name} {word}");
                if let [finding] = &found[..] {
                    assert_eq!(finding.pointer, format!("/SYSTEM_DEFAULTS/{name}/status"));
                }
            }
        }
    }
}

#[test]
fn unknown_flag_is_refused() {
    let schema = shipped();
    for name in [
        "no_such_flag",
        "system-flag",
        "up-down",
        "enabled-disabled",
        "ip-decap",
        "IP_DECAP",
        "",
    ] {
        check(
            &schema,
            &flag(name, "enabled"),
            &[&format!(
                "InvalidValue /SYSTEM_DEFAULTS/{name}: {name:?} is not an identity that is allowed here"
            )],
        );
    }
    let hint = |name: &str| findings(&schema, &flag(name, "enabled")).remove(0).hint.unwrap();
    assert!(
        hint("ip-decap").starts_with(r#"did you mean "ip_decap"? allowed: "#),
        "{}",
        hint("ip-decap")
    );
    let all = hint("zzz");
    let allowed: Vec<&str> = all.strip_prefix("allowed: ").unwrap().split(", ").collect();
    assert_eq!(allowed.len(), 12, "{all}");
    assert!(
        allowed.contains(&"polaris") && !allowed.contains(&"up-down"),
        "{all}"
    );
}

#[test]
fn custom_fields_of_flags() {
    let schema = shipped();
    let long = "x".repeat(256);
    for (field, value, refused) in [
        ("reason", "lossless rack", false),
        ("name", "a field of this name is one as any other", false),
        (&long[1..], &long[1..], false),
        ("reason", "", true),
        ("", "x", true),
        ("reason", long.as_str(), true),
        (long.as_str(), "x", true),
    ] {
        let text = format!(
            r#"{{"SYSTEM_DEFAULTS": {{"ip_decap": {{"status": "enabled", "{field}": "{value}"}}}}}}"#
        );
        let rules: Vec<String> = findings(&schema, &text)
            .iter()
            .map(|d| d.rule.to_string())
            .collect();
        let expected: &[&str] = if refused { &["Length"] } else { &[] };
        assert_eq!(rules, expected, "{field}");
    }
    // A flag may stand without a status.
    check(&schema, r#"{"SYSTEM_DEFAULTS": {"ip_decap": {}}}"#, &[]);
}

#[test]
fn vendor_module_adds_flags() {
    let refused = "is not an identity that is allowed here";
    for (name, status, with, without) in [
        ("vendor-flags:fast_link_retrain", "enabled", None, refused),
        (
            "vendor-flags:fast_link_retrain",
            "enable",
            Some("status of this flag must be enabled or disabled"),
            refused,
        ),
        // Without a family it takes any words.
        ("vendor-flags:fan_profile", "quiet", None, refused),
        // SONiC's loader wants the module in front.
        (
            "fan_profile",
            "quiet",
            Some("is an identity of the module vendor-flags, whose name must stand in front"),
            refused,
        ),
        ("vendor-flags:fan_profile", "as loud as you like", None, refused),
        (
            "sonic-system-defaults:fan_profile",
            "quiet",
            Some(refused),
            refused,
        ),
    ] {
        let messages = |schema: &Schema| -> Vec<String> {
            findings(schema, &flag(name, status))
                .into_iter()
                .map(|d| d.message)
                .collect()
        };
        match (with, &messages(&with_vendor())[..]) {
            (None, []) => {}
            (Some(part), [message]) => assert!(message.ends_with(part), "{message}"),
            (_, found) => panic!("{name} {status}: {found:?}"),
        }
        let found = messages(&shipped());
        assert!(
            found.len() == 1 && found[0].ends_with(without),
            "{name} {status}: {found:?}"
        );
    }
}

#[test]
fn flag_is_found_in_any_module() {
    let folder = tempfile::tempdir().unwrap();
    for vendor in ["acme", "emca"] {
        let text = format!(
            "module {vendor} {{ yang-version 1.1; namespace 'urn:{vendor}'; prefix v;
                import sonic-system-defaults {{ prefix sysd; }}
                identity {vendor}_flag {{ base sysd:system-flag; base sysd:up-down; }}
                identity shared_flag {{ base sysd:system-flag; }}
                identity no_flag {{ base sysd:up-down; }} }}"
        );
        std::fs::write(folder.path().join(format!("{vendor}.yang")), text).unwrap();
    }
    let schema = with_dir(folder.path());
    check(
        &schema,
        r#"{"SYSTEM_DEFAULTS": {"acme:acme_flag": {"status": "up"}, "emca:emca_flag": {"status": "down"},
            "acme:shared_flag": {}, "emca:shared_flag": {}}}"#,
        &[],
    );
    check(
        &schema,
        r#"{"SYSTEM_DEFAULTS": {"acme:acme_flag": {"status": "enabled"}, "no_flag": {}, "shared_flag": {}}}"#,
        &[
            "Must /SYSTEM_DEFAULTS/acme:acme_flag/status: status of this flag must be up or down",
            r#"InvalidValue /SYSTEM_DEFAULTS/no_flag: "no_flag" is not an identity that is allowed here"#,
            r#"InvalidValue /SYSTEM_DEFAULTS/shared_flag: "shared_flag" is an identity of the module acme, whose name must stand in front"#,
        ],
    );
}

#[test]
fn timers_of_warm_restart_belong_to_one_module() {
    let schema = shipped();
    check(
        &schema,
        r#"{"WARM_RESTART": {"bgp": {"bgp_timer": "120", "bgp_eoiu": "true"}, "teamd": {"teamsyncd_timer": "1"},
            "swss": {"neighsyncd_timer": "9999"}, "system": {}}}"#,
        &[],
    );
    for (field, value, owner) in [
        ("bgp_timer", "120", "bgp"),
        ("bgp_eoiu", "false", "bgp"),
        ("teamsyncd_timer", "120", "teamd"),
        ("neighsyncd_timer", "120", "swss"),
    ] {
        for module in ["bgp", "teamd", "swss", "system"] {
            let text = format!(r#"{{"WARM_RESTART": {{"{module}": {{"{field}": "{value}"}}}}}}"#);
            let message =
                format!("Must /WARM_RESTART/{module}/{field}: {field} belongs to module {owner} alone");
            let expected = [message.as_str()];
            check(&schema, &text, if module == owner { &[] } else { &expected });
        }
    }
}

#[test]
fn values_of_warm_restart() {
    let schema = shipped();
    let restart = |module: &str, field: &str, value: &str| {
        format!(r#"{{"WARM_RESTART": {{"{module}": {{"{field}": "{value}"}}}}}}"#)
    };
    for value in ["0", "3601"] {
        for (module, field) in [("bgp", "bgp_timer"), ("teamd", "teamsyncd_timer")] {
            let text = restart(module, field, value);
            check(
                &schema,
                &text,
                &[&format!(
                    "Range /WARM_RESTART/{module}/{field}: this timer takes 1 to 3600 seconds"
                )],
            );
            assert_eq!(
                findings(&schema, &text)[0].app_tag.as_deref(),
                Some("timer-invalid")
            );
        }
    }
    check(
        &schema,
        &restart("swss", "neighsyncd_timer", "10000"),
        &["Range /WARM_RESTART/swss/neighsyncd_timer: neighsyncd_timer takes 1 to 9999 seconds"],
    );
    check(
        &schema,
        &restart("bgp", "bgp_eoiu", "yes"),
        &[r#"InvalidValue /WARM_RESTART/bgp/bgp_eoiu: "yes" is not a boolean"#],
    );
    check(
        &schema,
        r#"{"WARM_RESTART": {"syncd": {}}}"#,
        &[r#"InvalidValue /WARM_RESTART/syncd: "syncd" is not a value of this enumeration"#],
    );
}

#[test]
fn metadata_field_replaced_by_a_flag_is_retired() {
    let schema = shipped();
    for (field, value) in [
        ("default_bgp_status", "up"),
        ("default_pfcwd_status", "disable"),
        ("synchronous_mode", "enable"),
        ("buffer_model", "traditional"),
        ("dhcp_server", "enabled"),
    ] {
        check(
            &schema,
            &format!(
                r#"{{"DEVICE_METADATA": {{"localhost": {{"hostname": "sw1", "{field}": "{value}"}}}}}}"#
            ),
            &[&format!(
                "Retired /DEVICE_METADATA/localhost/{field}: {field} {value:?} is retired: \
                 the flag SYSTEM_DEFAULTS|{field} has taken its place"
            )],
        );
    }
}

#[test]
fn metadata_of_a_switch() {
    let schema = shipped();
    check(
        &schema,
        r#"{"DEVICE_METADATA": {
            "localhost": {"hostname": "sw1", "hwsku": "Force10-S6000", "platform": "x86_64-dell_s6000_s1220-r0",
                "mac": "00:11:22:33:44:55", "type": "ToRRouter", "bgp_asn": "65100", "timezone": "Europe/Stockholm",
                "docker_routing_config_mode": "unified", "t2_group_asns": ["65300", "65301"], "deployment_id": "1"},
            "bmc": {"bmc_if_name": "bmc0", "bmc_addr": "10.0.0.2"}}}"#,
        &[],
    );
    check(
        &schema,
        r#"{"DEVICE_METADATA": {"localhost": {"mac": "00:11:22:33:44", "type": "TorRouter", "bgp_asn": "x"}, "other": {}}}"#,
        &[
            "Pattern /DEVICE_METADATA/localhost/mac: \"00:11:22:33:44\" does not match the pattern '[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}'",
            r#"InvalidValue /DEVICE_METADATA/localhost/type: "TorRouter" is not a value of this enumeration"#,
            r#"InvalidValue /DEVICE_METADATA/localhost/bgp_asn: "x" is not a number (uint32)"#,
            r#"UnknownElement /DEVICE_METADATA/other: the table "DEVICE_METADATA" has no entry of this name"#,
        ],
    );
}

#[test]
fn suppress_fib_pending_needs_synchronous_mode() {
    let schema = shipped();
    let config = |suppress: &str, flags: &str| {
        format!(r#"{{"DEVICE_METADATA": {{"localhost": {{{suppress}}}}}{flags}}}"#)
    };
    let on = r#""suppress-fib-pending": "enabled""#;
    let off = r#""suppress-fib-pending": "disabled""#;
    let mode =
        |status: &str| format!(r#", "SYSTEM_DEFAULTS": {{"synchronous_mode": {{"status": "{status}"}}}}"#);
    check(&schema, &config(on, ""), &[]);
    check(&schema, &config(on, &mode("enable")), &[]);
    check(
        &schema,
        &config(on, r#", "SYSTEM_DEFAULTS": {"synchronous_mode": {}}"#),
        &[],
    );
    check(
        &schema,
        &config(
            on,
            r#", "SYSTEM_DEFAULTS": {"dhcp_server": {"status": "disable"}}"#,
        ),
        &[],
    );
    check(&schema, &config(off, &mode("disable")), &[]);
    check(&schema, &config("", &mode("disable")), &[]);
    check(
        &schema,
        &config(on, &mode("disable")),
        &[
            "Must /DEVICE_METADATA/localhost/suppress-fib-pending: suppress-fib-pending needs the ASIC in \
            synchronous mode: SYSTEM_DEFAULTS|synchronous_mode must not be disable",
        ],
    );
}

#[test]
fn feature_entries_are_validated() {
    let schema = shipped();
    check(
        &schema,
        r#"{"FEATURE": {"bgp": {"state": "{% if x %}enabled{% endif %}", "auto_restart": "enabled", "set_owner": "local",
            "delayed": "False", "check_up_status": "false"}}}"#,
        &[],
    );
    check(
        &schema,
        r#"{"FEATURE": {"bgp": {"set_owner": "me", "check_up_status": "maybe"}}}"#,
        &[
            r#"InvalidValue /FEATURE/bgp/set_owner: "me" is not a value of this enumeration"#,
            "Pattern /FEATURE/bgp/check_up_status: \"maybe\" does not match the pattern 'false|true|False|True'",
        ],
    );
}

#[test]
fn every_node_has_a_description() {
    let schema = shipped();
    let ours = |name: &str| name.starts_with("sonic-");
    let mut nodes = 0;
    for (node, id) in schema.nodes.iter().zip((0..).map(NodeId)) {
        if ours(&schema.module(node.module).name) && !matches!(node.kind, NodeKind::Case) {
            nodes += 1;
            let description = schema.description(id).unwrap_or_default();
            assert!(description.ends_with('.'), "{}: {description:?}", node.name);
        }
    }
    assert!(nodes > 80, "{nodes}");
    for identity in &schema.identities {
        if ours(&schema.module(identity.module).name) {
            assert!(identity.description.is_some(), "{}", identity.name);
        }
    }
}

/// Modules as the releases 202012 and 202106 have them: other namespaces, imports by date, fewer types.
const OLDER: [(&str, &str); 4] = [
    (
        "sonic-types.yang",
        r#"module sonic-types {
          namespace "http://example.org/older/sonic-head"; prefix sonic-types;
          revision 2019-07-01;
          typedef admin_status { type enumeration { enum up; enum down; } }
        }"#,
    ),
    (
        "sonic-extension.yang",
        r#"module sonic-extension {
          namespace "http://example.org/older/sonic-extension"; prefix sonic-extension;
          revision 2019-07-01;
          extension db-name { argument "value"; }
        }"#,
    ),
    (
        "sonic-port.yang",
        r#"module sonic-port {
          yang-version 1.1; namespace "http://example.org/older/sonic-port"; prefix port;
          import sonic-types { prefix stypes; revision-date 2019-07-01; }
          import sonic-extension { prefix ext; revision-date 2019-07-01; }
          container sonic-port {
            container PORT {
              ext:db-name "CONFIG_DB";
              list PORT_LIST {
                key "port_name";
                leaf port_name { type string; }
                leaf admin_status { type stypes:admin_status; }
              }
            }
          }
        }"#,
    ),
    (
        "sonic-device_metadata.yang",
        r#"module sonic-device_metadata {
          yang-version 1.1; namespace "http://example.org/older/device_metadata"; prefix device_metadata;
          import sonic-types { prefix stypes; revision-date 2019-07-01; }
          container sonic-device_metadata {
            container DEVICE_METADATA {
              container localhost {
                leaf hostname { type string; }
                leaf default_bgp_status { type stypes:admin_status; }
              }
            }
          }
        }"#,
    ),
];

#[test]
fn older_models_load_beside_the_built_in_ones() {
    let older = tempfile::tempdir().unwrap();
    let write = |(name, text): &(&str, &str)| std::fs::write(older.path().join(name), text).unwrap();
    OLDER[..3].iter().for_each(write);
    // A built-in module that the directory lacks stays, with the types that it needs.
    let schema = with_dir(older.path());
    check(
        &schema,
        r#"{"PORT": {"Ethernet0": {"admin_status": "up"}},
            "DEVICE_METADATA": {"localhost": {"hostname": "leaf-1", "has_sonic_dhcpv4_relay": "True", "hwsku": "x"}},
            "FEATURE": {"snmp": {"support_syslog_rate_limit": "no"}}}"#,
        &[
            "Pattern /FEATURE/snmp/support_syslog_rate_limit: \"no\" does not match the pattern 'false|true|False|True'",
        ],
    );
    // One that it has takes the place of the built-in one, however old it is.
    write(&OLDER[3]);
    let text = r#"{"DEVICE_METADATA": {"localhost": {"hostname": "leaf-1", "timezone": "UTC"}}, "FEATURE": {"snmp": {}}}"#;
    for retired in [
        Retired::ByModels,
        Retired::Error,
        Retired::Warn,
        Retired::Mirror,
        Retired::Allow,
    ] {
        let mut sources = Sources::shipped().with_retired(retired);
        sources.add_dir(older.path()).unwrap();
        let schema = Schema::load(&sources, None).unwrap().schema;
        let found = findings(&schema, text);
        let places: Vec<&str> = found.iter().map(|one| one.pointer.as_str()).collect();
        assert_eq!(places, ["/DEVICE_METADATA/localhost/timezone"], "{retired:?}");
    }
}
