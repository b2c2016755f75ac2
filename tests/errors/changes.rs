//! Patches and configlets that are none or cannot be done, and changes that have no plan.

use serde_json::{Value, json};
use sonicfg::config::{Document, Source};
use sonicfg::patch::{Configlet, Configlets, OperationErrorKind, Patch, SonicYangError, SyntaxError};
use sonicfg::plan::{PlanOptions, Refusal, plan};
use sonicfg::policy::Policy;
use sonicfg::schema::{Schema, Sources};

use crate::{Mend, Told, judge, told, variants};

variants!(reason, REASON, OperationErrorKind, {
    OperationErrorKind::Missing { .. } => "Missing",
    OperationErrorKind::TakenBefore { .. } => "TakenBefore",
    OperationErrorKind::InsideScalar { .. } => "InsideScalar",
    OperationErrorKind::OtherValue => "OtherValue",
    OperationErrorKind::IntoItself => "IntoItself",
    OperationErrorKind::NoPosition { .. } => "NoPosition",
    OperationErrorKind::WholeConfig => "WholeConfig",
    OperationErrorKind::EmptyTable => "EmptyTable",
});

variants!(refusal, REFUSAL, Refusal, {
    Refusal::Invalid { .. } => "Invalid",
    Refusal::NoModel(_) => "NoModel",
    Refusal::Forbidden { .. } => "Forbidden",
    Refusal::Limit { .. } => "Limit",
    Refusal::Cycle(_) => "Cycle",
    Refusal::NoOrder { .. } => "NoOrder",
});

variants!(sonic_yang, SONIC_YANG, SonicYangError, {
    SonicYangError::Operation(_) => "Operation",
    SonicYangError::NoConfig(_) => "NoConfig",
});

fn patch(text: &str) -> Result<Patch, SyntaxError> {
    Patch::parse(Source::new("p.json", text))
}

#[test]
fn malformed_changes_are_refused() {
    let patches = [
        "{}",
        "[{}]",
        "[{\"op\": \"put\", \"path\": \"/A\"}]",
        "[{\"op\": \"add\", \"path\": \"A\", \"value\": 1}]",
        "[{\"op\": \"add\", \"path\": \"/A\"}]",
        "[{\"op\": \"move\", \"path\": \"/A\"}]",
        "[1]",
        "[",
    ];
    let mut errors: Vec<Told> = patches
        .into_iter()
        .map(|text| told(patch(text).err().unwrap(), &["p.json:1:"], Mend::Told))
        .collect();
    for text in ["1", "[1]", "{\"PORT\": 1}", "{\"PORT\": {\"Ethernet0\": 1}}"] {
        let document = Document::parse(Source::new("c.json", text)).unwrap();
        if let Err(error) = Configlet::of(document) {
            errors.push(told(error, &["c.json:1:"], Mend::Told));
        }
    }
    assert!(errors.len() > patches.len());
    judge(&errors, &[""]);
}

#[test]
fn impossible_operations_are_refused() {
    let config = json!({"PORT": {"Ethernet0": {"mtu": "9100", "list": ["a"]}}});
    let operations = [
        (
            json!({"op": "remove", "path": "/PORTS"}),
            &["remove /PORTS"][..],
            Mend::Says("did you mean /PORT?"),
        ),
        (
            json!({"op": "add", "path": "/PORT/Ethernet0/mtu/x", "value": "1"}),
            &["/PORT/Ethernet0/mtu"],
            Mend::Told,
        ),
        (
            json!({"op": "test", "path": "/PORT/Ethernet0/mtu", "value": "1"}),
            &["test /PORT/Ethernet0/mtu"],
            Mend::Told,
        ),
        (
            json!({"op": "move", "from": "/PORT", "path": "/PORT/x"}),
            &["/PORT/x"],
            Mend::Told,
        ),
        (
            json!({"op": "remove", "path": "/PORT/Ethernet0/list/7"}),
            &["/PORT/Ethernet0/list", "1 element"],
            Mend::Says("\"-\" is its end"),
        ),
        (
            json!({"op": "remove", "path": ""}),
            &["remove"],
            Mend::Says("only its tables"),
        ),
    ];
    let mut errors: Vec<Told> = operations
        .into_iter()
        .map(|(operation, about, mend)| {
            let patch = Patch::parse(Source::new("p.json", json!([operation]).to_string())).unwrap();
            let error = patch.apply(&Policy::shipped(), &config).unwrap_err();
            Told {
                variant: reason(&error.reason),
                text: error.to_string(),
                about,
                mend,
            }
        })
        .collect();
    let twice = json!([{"op": "remove", "path": "/PORT"}, {"op": "remove", "path": "/PORT/Ethernet0"}]);
    let patch = Patch::parse(Source::new("p.json", twice.to_string())).unwrap();
    let error = patch.apply(&Policy::shipped(), &config).unwrap_err();
    errors.push(Told {
        variant: reason(&error.reason),
        text: error.to_string(),
        about: &["there is no /PORT any more"],
        mend: Mend::Says("operation 0 takes it away"),
    });
    let empty = json!([{"op": "add", "path": "/VRF", "value": {}}]);
    let patch = Patch::parse(Source::new("p.json", empty.to_string())).unwrap();
    let patch = patch.ignoring_absent_tables();
    let error = patch.apply(&Policy::shipped(), &config).unwrap_err();
    errors.push(Told {
        variant: reason(&error.reason),
        text: error.to_string(),
        about: &["add /VRF"],
        mend: Mend::Says("cannot hold an empty table"),
    });
    judge(&errors, REASON);
}

/// Each holds what it is about: an operation, or places in the text.
#[test]
fn impossible_yang_json_operations_are_refused() {
    let operation = Patch::parse(Source::new(
        "p.json",
        "[{\"op\": \"remove\", \"path\": \"/m:m/A\"}]",
    ))
    .unwrap();
    let operation = operation.apply(&Policy::shipped(), &json!({})).unwrap_err();
    let errors = [
        SonicYangError::Operation(operation),
        SonicYangError::NoConfig(vec![patch("[1]").unwrap_err()]),
    ];
    let errors: Vec<Told> = errors
        .iter()
        .map(|error| match error {
            SonicYangError::Operation(inner) => Told {
                variant: sonic_yang(error),
                text: inner.to_string(),
                about: &["remove /m:m/A"],
                mend: Mend::Told,
            },
            SonicYangError::NoConfig(inner) => Told {
                variant: sonic_yang(error),
                text: inner[0].to_string(),
                about: &["p.json:1:"],
                mend: Mend::Told,
            },
            other => panic!("{other}"),
        })
        .collect();
    judge(&errors, SONIC_YANG);
}

#[test]
fn changes_beyond_configlets_are_refused() {
    let errors: Vec<Told> = [
        (json!({"A": {"k": {}}}), json!({"A": {}})),
        (json!({}), json!({"A": {}})),
        (json!({}), json!({"A": 1})),
        (json!({}), json!({"A": {"k": 1}})),
    ]
    .into_iter()
    .filter_map(|(current, target)| Configlets::between(&current, &target).err())
    .map(|error| told(error, &["/A"], Mend::Told))
    .collect();
    assert!(errors.len() > 2);
    judge(&errors, &[""]);
}

fn models(dir: &str) -> Schema {
    let mut sources = Sources::empty();
    let fixtures = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    sources.add_dir(&fixtures.join(dir)).unwrap();
    Schema::load(&sources, None).unwrap().schema
}

#[test]
fn why_there_is_no_plan() {
    let (switch, cycle) = (models("yang-plan"), models("yang-cycle"));
    let refused = |schema: &Schema, current: Value, target: Value| {
        plan(
            schema,
            &Policy::shipped(),
            &PlanOptions::default(),
            &current,
            &target,
        )
        .unwrap_err()
    };
    let port = |lanes: [&str; 2]| {
        json!({
            "PORT": {
                "Ethernet0": {"lanes": lanes[0], "admin_status": "up"},
                "Ethernet1": {"lanes": lanes[1], "admin_status": "up"},
            },
            "PORTCHANNEL": {"PortChannel1": {}},
            "PORTCHANNEL_MEMBER": {"PortChannel1|Ethernet0": {}, "PortChannel1|Ethernet1": {}},
        })
    };
    let vrf = || json!({"VRF": {"v": {}}});
    let errors = [
        (
            refused(
                &switch,
                vrf(),
                json!({"VRF": {"v": {}}, "PORT": {"Ethernet0": {"mtu": "x", "lanes": "1"}}}),
            ),
            &["/PORT/Ethernet0/mtu", "the target is not valid"][..],
            Mend::Told,
        ),
        (
            refused(
                &switch,
                vrf(),
                json!({"VRF": {"v": {}}, "NEWS": {"a": {"x": "1"}}}),
            ),
            &["NEWS"],
            Mend::Told,
        ),
        (
            refused(
                &switch,
                json!({"LOOPBACK_INTERFACE": {"Loopback0": {}, "Loopback1": {}}}),
                json!({"LOOPBACK_INTERFACE": {"Loopback1": {}}}),
            ),
            &["/LOOPBACK_INTERFACE/Loopback0"],
            Mend::Told,
        ),
        (
            refused(&switch, port(["0", "1"]), port(["1", "0"])),
            &["PORT"],
            Mend::Told,
        ),
        (
            refused(
                &cycle,
                json!({"LONER": {"l": {}}}),
                json!({"LONER": {"l": {}}, "PLUG": {"p": {"socket": "s"}}, "SOCKET": {"s": {"plug": "p"}}}),
            ),
            &["PLUG|p", "SOCKET|s"],
            Mend::Told,
        ),
        (
            refused(
                &switch,
                vrf(),
                json!({"VRF": {"v": {}}, "RING": {"r": {}}, "RING_MEMBER": {"r|1": {}}}),
            ),
            &["RING"],
            Mend::Told,
        ),
    ];
    let errors: Vec<Told> = errors
        .into_iter()
        .map(|(error, about, mend)| Told {
            variant: refusal(&error),
            text: error.to_string(),
            about,
            mend,
        })
        .collect();
    judge(&errors, REFUSAL);
}
