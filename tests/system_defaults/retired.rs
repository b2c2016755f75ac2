//! Fields of `DEVICE_METADATA|localhost` that flags have replaced, under each `--retired`.

use serde_json::{Value, json};
use sonicfg::config::{Config, EntryName, Write};
use sonicfg::policy::Policy;
use sonicfg::schema::{Retired, Schema, Sources};
use sonicfg::validate::{Validator, validate as validate_all};

use crate::common::cli::{Run, Sandbox};
use crate::common::shared;

/// The metadata of a switch that still has the fields.
const METADATA: &str = r#"module sonic-device_metadata { yang-version 1.1; namespace "urn:m"; prefix m;
  container sonic-device_metadata { container DEVICE_METADATA { container localhost {
    leaf hostname { type string; }
    leaf default_bgp_status { type enumeration { enum up; enum down; } default up; }
    leaf default_pfcwd_status { type enumeration { enum disable; enum enable; } default disable; }
    leaf synchronous_mode { type enumeration { enum enable; enum disable; } default enable; }
    leaf buffer_model { type string { pattern "dynamic|traditional"; } }
    leaf dhcp_server { type enumeration { enum enabled; enum disabled; } }
    leaf suppress-fib-pending { type enumeration { enum enabled; enum disabled; }
      must "current() = 'disabled' or ../synchronous_mode = 'enable'" { error-message "needs synchronous mode"; } }
  } } } }"#;

/// Its own flags.
const DEFAULTS: &str = include_str!("../../fixtures/yang-rules/sonic-system-defaults.yang");

/// A table that asks for values of the fields.
const POOLS: &str = r#"module sonic-pool { yang-version 1.1; namespace "urn:p"; prefix p;
  import sonic-device_metadata { prefix m; }
  container sonic-pool { container POOL { list POOL_LIST { key name;
    leaf name { type string; }
    leaf percentage { type uint8;
      must "/m:sonic-device_metadata/m:DEVICE_METADATA/m:localhost/m:buffer_model = 'dynamic'" {
        error-message "needs the dynamic buffer model"; } }
    leaf range { type string;
      when "/m:sonic-device_metadata/m:DEVICE_METADATA/m:localhost[m:dhcp_server = 'enabled']"; }
  } } } }"#;

fn switch() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("yang/sonic-device_metadata.yang", METADATA);
    sandbox.write("yang/sonic-system-defaults.yang", DEFAULTS);
    sandbox.write("yang/sonic-pool.yang", POOLS);
    sandbox
}

fn validate(sandbox: &Sandbox, retired: &str, config: &Value) -> Run {
    sandbox.write("c.json", config.to_string());
    let args = [
        "validate",
        "--report",
        "concise",
        "--yang-dir",
        "yang",
        "--retired",
        retired,
        "c.json",
    ];
    sandbox.run(args)
}

/// A config with fields of the metadata, and flags.
fn config(fields: Value, flags: Value) -> Value {
    let mut config = json!({"DEVICE_METADATA": {"localhost": fields}});
    if flags.as_object().is_some_and(|flags| !flags.is_empty()) {
        config["SYSTEM_DEFAULTS"] = flags;
    }
    config
}

#[test]
fn retired_field_error_names_the_flag() {
    let sandbox = switch();
    let config = config(json!({"dhcp_server": "enabled"}), json!({}));
    let told = "dhcp_server \"enabled\" is retired: the flag SYSTEM_DEFAULTS|dhcp_server has taken its place \
                (write \"SYSTEM_DEFAULTS\": {\"dhcp_server\": {\"status\": \"enable\"}} instead)";
    let place = "c.json:1:34";
    validate(&sandbox, "error", &config).finds(&[&format!(
        "{place}: error[Retired] /DEVICE_METADATA/localhost/dhcp_server: {told}"
    )]);
    validate(&sandbox, "warn", &config).finds(&[&format!(
        "{place}: warning[Retired] /DEVICE_METADATA/localhost/dhcp_server: {told}"
    )]);
    validate(&sandbox, "mirror", &config).finds(&[]);
    validate(&sandbox, "allow", &config).finds(&[]);
    // With the shipped models it is no different.
    sandbox
        .run(["validate", "--report", "concise", "c.json"])
        .finds(&[&format!(
            "{place}: error[Retired] /DEVICE_METADATA/localhost/dhcp_server: {told}"
        )]);
}

#[test]
fn retired_field_with_invalid_value_is_reported() {
    let sandbox = switch();
    validate(
        &sandbox,
        "error",
        &config(json!({"dhcp_server": "on"}), json!({})),
    )
    .finds(&[
        "c.json:1:34: error[Retired] /DEVICE_METADATA/localhost/dhcp_server: dhcp_server \"on\" is retired: \
         the flag SYSTEM_DEFAULTS|dhcp_server has taken its place (its flag is SYSTEM_DEFAULTS|dhcp_server, \
         whose status is enable or disable)",
    ]);
    let run = validate(
        &sandbox,
        "mirror",
        &config(json!({"dhcp_server": "on"}), json!({})),
    );
    assert!(run.stdout.contains("error[InvalidValue]"), "{}", run.stdout);
}

#[test]
fn the_switchs_own_flags_count_where_they_are_allowed() {
    let sandbox = switch();
    let own = config(json!({}), json!({"anything": {"status": "enabled"}}));
    validate(&sandbox, "allow", &own).finds(&[]);
    let run = validate(&sandbox, "error", &own);
    assert!(run.stdout.contains("error[UnknownFlag]"), "{}", run.stdout);
    let ours = config(json!({}), json!({"default_bgp_status": {"status": "down"}}));
    validate(&sandbox, "error", &ours).finds(&[]);
    assert_eq!(validate(&sandbox, "allow", &ours).code, Some(1));
}

/// The rules of what is found, with the places.
fn rules(run: &Run) -> Vec<String> {
    let lines = run.stdout.lines().map(|line| {
        let (_, rest) = line.split_once('[').unwrap();
        let (rule, rest) = rest.split_once("] ").unwrap();
        format!("{rule} {}", rest.split(": ").next().unwrap())
    });
    lines.collect()
}

#[test]
fn conditions_are_answered_from_the_flags() {
    let sandbox = switch();
    let pool = |flags: Value| {
        let mut config = config(json!({}), flags);
        config["POOL"] = json!({"a": {"percentage": "5"}});
        config
    };
    let wrong = ["Must /POOL/a/percentage"];
    for mode in ["error", "warn", "mirror"] {
        let found = |config: &Value| rules(&validate(&sandbox, mode, config));
        assert_eq!(
            found(&pool(json!({"buffer_model": {"status": "dynamic"}}))),
            [""; 0]
        );
        assert_eq!(
            found(&pool(json!({"buffer_model": {"status": "traditional"}}))),
            wrong
        );
        // It has no default.
        assert_eq!(found(&pool(json!({}))), wrong);
        assert_eq!(found(&pool(json!({"buffer_model": {"by": "me"}}))), wrong);
        let fib = |flags| config(json!({"suppress-fib-pending": "enabled"}), flags);
        assert_eq!(found(&fib(json!({}))), [""; 0]);
        assert_eq!(
            found(&fib(json!({"synchronous_mode": {"status": "enable"}}))),
            [""; 0]
        );
        let off = found(&fib(json!({"synchronous_mode": {"status": "disable"}})));
        assert_eq!(off, ["Must /DEVICE_METADATA/localhost/suppress-fib-pending"]);
        // The flag says enable what the field says enabled for.
        let range = |flags: Value| {
            let mut config = config(json!({"hostname": "sw1"}), flags);
            config["POOL"] = json!({"a": {"range": "x"}});
            config
        };
        assert_eq!(
            found(&range(json!({"dhcp_server": {"status": "enable"}}))),
            [""; 0]
        );
        let off = ["When /POOL/a/range"];
        assert_eq!(found(&range(json!({"dhcp_server": {"status": "disable"}}))), off);
        assert_eq!(found(&range(json!({}))), off);
    }
}

#[test]
fn unmigrated_field_still_counts_in_conditions() {
    let sandbox = switch();
    let mut old = config(json!({"buffer_model": "dynamic"}), json!({}));
    old["POOL"] = json!({"a": {"percentage": "5"}});
    assert_eq!(
        rules(&validate(&sandbox, "error", &old)),
        ["Retired /DEVICE_METADATA/localhost/buffer_model"]
    );
    old["SYSTEM_DEFAULTS"] = json!({"buffer_model": {"status": "traditional"}});
    assert_eq!(
        rules(&validate(&sandbox, "warn", &old)),
        [
            "Retired /DEVICE_METADATA/localhost/buffer_model",
            "Must /POOL/a/percentage"
        ]
    );
}

#[test]
fn mirror_requires_equal_values() {
    let sandbox = switch();
    let both = |leaf: &str, status: &str| {
        config(
            json!({"dhcp_server": leaf}),
            json!({"dhcp_server": {"status": status}}),
        )
    };
    validate(&sandbox, "mirror", &both("enabled", "enable")).finds(&[]);
    validate(&sandbox, "mirror", &both("disabled", "disable")).finds(&[]);
    validate(&sandbox, "mirror", &both("enabled", "disable")).finds(&[
        "c.json:1:48: error[Must] /DEVICE_METADATA/localhost/dhcp_server: dhcp_server and the flag that mirrors \
         it, SYSTEM_DEFAULTS|dhcp_server, must say the same (the condition: dhcp_server is status of \
         SYSTEM_DEFAULTS|dhcp_server if status of SYSTEM_DEFAULTS|dhcp_server is set) (the condition reads this value: 1:103 \
         /SYSTEM_DEFAULTS/dhcp_server/status)",
    ]);
    // With the shipped models too.
    let shipped = |config: &Value| {
        sandbox.write("c.json", config.to_string());
        sandbox.run(["validate", "--retired", "mirror", "c.json"]).code
    };
    assert_eq!(shipped(&both("enabled", "enable")), Some(0));
    assert_eq!(shipped(&both("enabled", "disable")), Some(1));
}

/// A config that was not migrated, and a patch on it.
fn change(sandbox: &Sandbox, operations: &str) {
    sandbox.write(
        "c.json",
        r#"{"DEVICE_METADATA": {"localhost": {"hostname": "a", "buffer_model": "dynamic", "dhcp_server": "enabled"}},
            "POOL": {"a": {"percentage": "5"}}}"#,
    );
    sandbox.write("p.json", operations);
}

#[test]
fn change_is_refused_only_for_new_retired_fields() {
    let sandbox = switch();
    let apply = [
        "apply-patch",
        "p.json",
        "--config",
        "c.json",
        "--yang-dir",
        "yang",
        "--dry-run",
    ];
    let plan = [
        "plan",
        "--patch",
        "p.json",
        "--current",
        "c.json",
        "--yang-dir",
        "yang",
    ];
    let check = ["validate", "--base", "c.json", "p.json", "--yang-dir", "yang"];
    let all = |sandbox: &Sandbox| {
        let runs = [&apply[..], &plan, &check].map(|args| sandbox.run(args));
        runs.map(|run| (run.code, run.last_line().to_owned()))
    };
    for harmless in [
        r#"[{"op": "replace", "path": "/DEVICE_METADATA/localhost/hostname", "value": "b"}]"#,
        r#"[{"op": "remove", "path": "/DEVICE_METADATA/localhost/dhcp_server"}]"#,
        r#"[{"op": "add", "path": "/SYSTEM_DEFAULTS", "value": {"buffer_model": {"status": "dynamic"}}},
            {"op": "remove", "path": "/DEVICE_METADATA/localhost/buffer_model"}]"#,
    ] {
        change(&sandbox, harmless);
        for (code, line) in all(&sandbox) {
            assert_eq!(code, Some(0), "{harmless}: {line}");
        }
    }
    for wrong in [
        r#"[{"op": "add", "path": "/DEVICE_METADATA/localhost/default_bgp_status", "value": "up"}]"#,
        r#"[{"op": "replace", "path": "/DEVICE_METADATA/localhost/dhcp_server", "value": "disabled"}]"#,
    ] {
        change(&sandbox, wrong);
        for (code, line) in all(&sandbox) {
            assert_eq!(code, Some(1), "{wrong}: {line}");
        }
        let line = sandbox
            .run(apply.iter().chain(&["--full-reason"]))
            .last_line()
            .to_owned();
        assert!(line.contains("is retired: the flag SYSTEM_DEFAULTS|d"), "{line}");
    }
    // The pool asks for the model.
    change(
        &sandbox,
        r#"[{"op": "remove", "path": "/DEVICE_METADATA/localhost/buffer_model"}]"#,
    );
    assert_eq!(sandbox.run(apply).code, Some(1));
}

#[test]
fn flag_is_written_before_its_field_is_removed() {
    let sandbox = switch();
    change(
        &sandbox,
        r#"[{"op": "add", "path": "/SYSTEM_DEFAULTS", "value": {"buffer_model": {"status": "dynamic"}}},
            {"op": "remove", "path": "/DEVICE_METADATA/localhost/buffer_model"}]"#,
    );
    let run = sandbox.run([
        "plan",
        "--patch",
        "p.json",
        "--current",
        "c.json",
        "--yang-dir",
        "yang",
        "--report",
        "json",
    ]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let plan: Value = serde_json::from_str(&run.stdout).unwrap();
    let steps = plan["steps"].as_array().unwrap();
    let step_of = |path: &str| {
        let has = |step: &Value| {
            step["ops"]
                .as_array()
                .unwrap()
                .iter()
                .any(|op| op["path"].as_str().unwrap().starts_with(path))
        };
        steps.iter().position(has).unwrap()
    };
    assert!(
        step_of("/SYSTEM_DEFAULTS") <= step_of("/DEVICE_METADATA"),
        "{}",
        run.stdout
    );
}

#[test]
fn mirrored_pair_changes_in_one_step() {
    let sandbox = switch();
    sandbox.write(
        "c.json",
        config(
            json!({"dhcp_server": "enabled"}),
            json!({"dhcp_server": {"status": "enable"}}),
        )
        .to_string(),
    );
    sandbox.write(
        "t.json",
        config(
            json!({"dhcp_server": "disabled"}),
            json!({"dhcp_server": {"status": "disable"}}),
        )
        .to_string(),
    );
    let run = sandbox.run([
        "plan",
        "--target",
        "t.json",
        "--current",
        "c.json",
        "--yang-dir",
        "yang",
        "--retired",
        "mirror",
        "--report",
        "json",
    ]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let plan: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(plan["summary"]["steps"], 1, "{}", run.stdout);
}

#[test]
fn the_sample_of_a_switch() {
    let Some(shared) = shared() else { return };
    let models = shared.join("corpus/yang-models");
    let sample = shared.join("corpus/config_db/sample_config_db.json");
    let sandbox = Sandbox::new();
    let run = |retired: &str| {
        let (models, sample) = (models.to_str().unwrap(), sample.to_str().unwrap());
        sandbox.run([
            "validate",
            "--report",
            "concise",
            "--yang-dir",
            models,
            "--retired",
            retired,
            sample,
        ])
    };
    assert_eq!(run("allow").code, Some(0));
    let found = rules(&run("error"));
    assert!(found.iter().all(|one| one.starts_with("Retired ")), "{found:?}");
    assert_eq!(run("warn").code, Some(0));
}

#[test]
fn incremental_check_equals_full_check_of_retired_fields() {
    let sandbox = switch();
    let fields = [
        json!({"hostname": "a"}),
        json!({"buffer_model": "dynamic", "suppress-fib-pending": "enabled"}),
        json!({"buffer_model": "traditional", "dhcp_server": "enabled", "synchronous_mode": "disable"}),
        json!({"dhcp_server": "off", "suppress-fib-pending": "enabled"}),
    ];
    let flags = [
        ("buffer_model", Some("dynamic")),
        ("dhcp_server", Some("enable")),
        ("synchronous_mode", Some("disable")),
        ("dhcp_server", Some("disable")),
        ("buffer_model", Some("traditional")),
        ("synchronous_mode", None),
        ("buffer_model", None),
        ("dhcp_server", None),
    ];
    for mode in [Retired::Error, Retired::Warn, Retired::Mirror] {
        let mut sources = Sources::shipped().with_retired(mode);
        sources.add_dir(&sandbox.path("yang")).unwrap();
        let schema = Schema::load(&sources, None).unwrap().schema;
        let policy = Policy::shipped();
        let start = json!({"POOL": {"a": {"percentage": "5", "range": "x"}}});
        let mut validator = Validator::new(&schema, &policy, &start);
        let mut seen = 0;
        for metadata in fields.iter().chain(&fields) {
            let metadata = Write {
                entry: EntryName::new("DEVICE_METADATA", "localhost"),
                value: Some(metadata.clone()),
            };
            for (name, status) in flags {
                let flag = Write {
                    entry: EntryName::new("SYSTEM_DEFAULTS", name),
                    value: status.map(|status| json!({"status": status})),
                };
                validator.update(&[metadata.clone(), flag]);
                let mut found: Vec<String> = validator
                    .found()
                    .iter()
                    .map(|one| one.diagnostic.to_string())
                    .collect();
                let config = Config::from_value("c", &validator.config());
                let report = validate_all(&schema, &policy, &config);
                let mut expected: Vec<String> = report.diagnostics.iter().map(ToString::to_string).collect();
                found.sort();
                expected.sort();
                assert_eq!(found, expected, "{mode:?} {:?}", config.to_value());
                seen += found.len();
            }
        }
        assert!(seen > 20, "{mode:?}");
    }
}
