//! The library as its users call it: a change is made as the command makes it.

#![allow(clippy::unwrap_used, clippy::panic, clippy::field_reassign_with_default)]

mod common;

use std::collections::BTreeSet;
use std::path::Path;

use common::cli::Sandbox;
use common::redis::Redis;
use common::sources::sources;
use serde_json::{Value, json};
use sonicfg::config::{Config, Source};
use sonicfg::engine::{
    Allow, ApplyError, ChangeRequest, Engine, Event, Observer, RejectReason, SessionOptions, StateDirs,
    StoreSet,
};
use sonicfg::patch::{Patch, Scope};
use sonicfg::store::StoreUrl;
use sonicfg::validate::Rule;

const SECRET: &str = "hunter2";

fn patch(text: &str) -> Patch {
    Patch::parse(Source::new("p.json", text)).unwrap()
}

fn file(path: &Path) -> StoreSet {
    StoreSet::open(
        &[(Scope::HOST, StoreUrl::File(path.to_owned()))],
        &StateDirs::default(),
    )
    .unwrap()
}

#[test]
fn findings_of_a_rejection_have_places_and_operations() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("config_db.json");
    std::fs::copy("fixtures/config_db.json", &path).unwrap();
    let engine = Engine::builder().build().unwrap();
    let refused = Patch::parse(Source::read(Path::new("fixtures/patches/refused.json")).unwrap()).unwrap();
    let mut session = engine.open(file(&path), SessionOptions::default());
    let error = session
        .apply(&ChangeRequest::patch(refused), &mut ())
        .unwrap_err();
    let ApplyError::Rejected(rejection) = error else {
        panic!("{error}");
    };
    assert_eq!(
        rejection.reason,
        RejectReason::Invalid {
            preexisting_only: false
        }
    );
    let review = &rejection.review;
    assert_eq!(review.introduced, 3);
    let places = review.files[0]
        .diagnostics
        .iter()
        .map(|one| one.place.unwrap().location);
    let places: Vec<(usize, usize)> = places.map(|place| (place.line, place.column)).collect();
    assert_eq!(places, [(4, 17), (12, 18), (17, 18)]);
    let headings = review.groups.iter().map(|group| group.heading.clone().unwrap());
    let operations: Vec<String> = headings.map(|heading| heading[..11].to_owned()).collect();
    assert_eq!(operations, ["operation 0", "operation 1", "operation 2"]);
}

#[test]
fn library_and_command_share_the_history_of_a_server() {
    let server = Redis::start();
    let sandbox = Sandbox::new();
    server.load(&json!({"FEATURE": {"snmp": {"state": "enabled"}}}));
    let mut dirs = StateDirs::default();
    dirs.state = Some(sandbox.path("state"));
    let urls = [(Scope::HOST, StoreUrl::parse(&server.url()).unwrap())];
    let engine = Engine::builder().build().unwrap();
    let mut session = engine.open(StoreSet::open(&urls, &dirs).unwrap(), SessionOptions::default());
    let change = patch(r#"[{"op": "replace", "path": "/FEATURE/snmp/state", "value": "disabled"}]"#);
    let report = session.apply(&ChangeRequest::patch(change), &mut ()).unwrap();
    let id = report.id.unwrap();
    assert_eq!((report.steps, report.entries), (1, 1));
    let run = sandbox.run(&["history", "--store", &server.url(), "--state-dir", "state"]);
    assert!(run.stdout.starts_with(&id), "{}", run.stdout);
    let run = sandbox.run(&[
        "rollback",
        "--to",
        &id,
        "--store",
        &server.url(),
        "--state-dir",
        "state",
    ]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(server.config()["FEATURE"]["snmp"]["state"], "enabled");
    let records = session.history().list().unwrap().0;
    assert_eq!(records.len(), 2);
    assert_eq!(records[1].id, id);
}

#[test]
fn one_defect_has_one_rule_in_every_command() {
    let sandbox = Sandbox::new();
    sandbox.write("c.json", r#"{"FEATURE": {"snmp": {"state": "enabled"}}}"#);
    sandbox.write("p.json", r#"[{"op": "remove", "path": "/FEATURE/smnp"}]"#);
    let concise = |args: &[&str]| {
        let run = sandbox.run(args);
        assert_eq!(run.code, Some(1), "{}", run.stderr);
        run.stdout
    };
    let expected = "p.json:1:27: error[Refused] operation 0 (remove /FEATURE/smnp) cannot be done: there is no \
                    /FEATURE/smnp; did you mean /FEATURE/snmp?\n";
    let form = ["--report", "concise"];
    let with = |args: &[&str]| {
        [args, &form[..]]
            .concat()
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    };
    for args in [
        with(&["validate", "--base", "c.json", "p.json"]),
        with(&["plan", "--patch", "p.json", "--current", "c.json"]),
        with(&["apply-patch", "p.json", "--config", "c.json"]),
    ] {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        assert_eq!(concise(&args), expected, "{args:?}");
    }
}

/// The rule of the one finding of a command.
#[track_caller]
fn rule(sandbox: &Sandbox, args: &[&str]) -> String {
    let run = sandbox.run([args, &["--report", "json"]].concat());
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    let found = match document["files"].as_array() {
        Some(files) => files
            .iter()
            .flat_map(|file| file["diagnostics"].as_array().unwrap().clone())
            .collect(),
        None => document["diagnostics"].as_array().unwrap().clone(),
    };
    assert_eq!(found.len(), 1, "{args:?}: {document:#}");
    found[0]["rule"].as_str().unwrap().to_owned()
}

#[test]
fn an_unknown_table_or_field_is_one_rule_in_every_command() {
    let sandbox = Sandbox::new();
    sandbox.write("c.json", r#"{"FEATURE": {"snmp": {"state": "enabled"}}}"#);
    for (patch, expected) in [
        (
            r#"[{"op": "add", "path": "/FEATURES", "value": {"a": {"b": "c"}}}]"#,
            "UnknownElement",
        ),
        (
            r#"[{"op": "add", "path": "/FEATURE/snmp/sate", "value": "x"}]"#,
            "UnknownElement",
        ),
        (
            r#"[{"op": "add", "path": "/FEATURE/snmp/set_owner", "value": "x"}]"#,
            "InvalidValue",
        ),
        (r#"[{"op": "remove", "path": "/FEATURE/smnp"}]"#, "Refused"),
        (r#"[{"op": "remove", "path": "/asic0/FEATURE/snmp"}]"#, "Refused"),
        (r#"[{"op": "remove", "path": "FEATURE"}]"#, "InvalidJSON"),
        (r#"{"op": "remove"}"#, "InvalidJSON"),
    ] {
        sandbox.write("p.json", patch);
        for args in [
            &["validate", "--input", "patch", "--base", "c.json", "p.json"][..],
            &["plan", "--patch", "p.json", "--current", "c.json"],
            &["apply-patch", "p.json", "--config", "c.json"],
        ] {
            assert_eq!(rule(&sandbox, args), expected, "{patch} {args:?}");
        }
    }
}

/// The groups of findings of a rejection, each with its heading.
fn groups(error: ApplyError) -> Vec<(String, Vec<String>)> {
    let ApplyError::Rejected(rejection) = error else {
        panic!("{error}");
    };
    let review = rejection.review;
    let groups = review.groups.iter().map(|group| {
        let found = group.findings.iter();
        let found = found.map(|&(file, at)| review.files[file].diagnostics[at].pointer.clone());
        (group.heading.clone().unwrap(), found.collect())
    });
    groups.collect()
}

#[test]
fn old_errors_are_told_apart_on_every_store() {
    let dir = tempfile::tempdir().unwrap();
    let model = "module m { yang-version 1.1; namespace urn:m; prefix m; container m {
        container SNMP_COMMUNITY { list SNMP_COMMUNITY_LIST { key name; leaf name { type string; }
            leaf TYPE { type enumeration { enum RO; enum RW; } } } } } }";
    std::fs::write(dir.path().join("m.yang"), model).unwrap();
    let engine = Engine::builder().yang_dir(dir.path()).build().unwrap();
    // The keys are secret, so that findings do not name them.
    let running = json!({"FEATURE": {"snmp": {"state": "enabled"}, "bgp": {"status": "x"}},
        "SNMP_COMMUNITY": {"a": {"TYPE": "XX"}, "b": {"TYPE": "RO"}}});
    let text = r#"[{"op": "replace", "path": "/FEATURE/snmp/state", "value": "disabled"},
        {"op": "replace", "path": "/SNMP_COMMUNITY/b/TYPE", "value": "XX"}]"#;
    let path = dir.path().join("config_db.json");
    std::fs::write(&path, running.to_string()).unwrap();
    let server = Redis::start();
    server.load(&running);
    let mut dirs = StateDirs::default();
    dirs.state = Some(dir.path().join("state"));
    let urls = [(Scope::HOST, StoreUrl::parse(&server.url()).unwrap())];
    for stores in [file(&path), StoreSet::open(&urls, &dirs).unwrap()] {
        let mut session = engine.open(stores, SessionOptions::default());
        let error = session.dry_run(&ChangeRequest::patch(patch(text))).unwrap_err();
        let mut found = groups(error);
        found.iter_mut().for_each(|(_, pointers)| pointers.sort());
        assert_eq!(
            found,
            [
                (
                    "operation 1 (replace /SNMP_COMMUNITY/****/TYPE)".to_owned(),
                    vec!["/SNMP_COMMUNITY/****/TYPE".to_owned()]
                ),
                (
                    "before the change".to_owned(),
                    vec![
                        "/FEATURE/bgp/status".to_owned(),
                        "/SNMP_COMMUNITY/****/TYPE".to_owned()
                    ]
                ),
            ]
        );
    }
}

#[test]
fn what_a_change_has_removed_is_not_asked_for_again() {
    let sandbox = Sandbox::new();
    let models = common::cli::fixture("yang-rules");
    let config = json!({"PORT": {"Ethernet0": {"lanes": "1"}, "Ethernet4": {"lanes": "2"}},
        "VLAN": {"Vlan100": {}}, "VLAN_MEMBER": {"Vlan100|Ethernet0": {"tagging_mode": "tagged"}}});
    sandbox.write("c.json", config.to_string());
    let hint = |patch: &str| {
        sandbox.write("p.json", patch);
        let args = [
            "apply-patch",
            "p.json",
            "--config",
            "c.json",
            "--yang-dir",
            &models,
            "--full-reason",
        ];
        sandbox.run(args).last_line().to_owned()
    };
    let said = hint(r#"[{"op": "remove", "path": "/PORT/Ethernet0"}]"#);
    assert!(
        said.ends_with("(the change takes away what this refers to: remove or change this reference too)"),
        "{said}"
    );
    let said = hint(
        r#"[{"op": "add", "path": "/VLAN_MEMBER/Vlan100|Ethernet8", "value": {"tagging_mode": "tagged"}}]"#,
    );
    assert!(
        said.ends_with(r#"(did you mean "Ethernet0"? or add "Ethernet8" to PORT)"#),
        "{said}"
    );
    let twice =
        r#"[{"op": "remove", "path": "/PORT/Ethernet4"}, {"op": "remove", "path": "/PORT/Ethernet4/lanes"}]"#;
    let said = hint(twice);
    assert!(
        said.ends_with("there is no /PORT/Ethernet4 any more: operation 0 takes it away"),
        "{said}"
    );
}

#[test]
fn json_of_several_scopes_is_one_document() {
    let sandbox = Sandbox::new();
    for name in ["a.json", "b.json"] {
        sandbox.write(name, r#"{"FEATURE": {"snmp": {"state": "enabled"}}}"#);
    }
    sandbox.write(
        "p.json",
        r#"[{"op": "replace", "path": "/localhost/FEATURE/snmp/state", "value": "disabled"},
            {"op": "replace", "path": "/asic0/FEATURE/snmp/state", "value": "disabled"}]"#,
    );
    let stores = ["--config", "a.json", "--config", "asic0=b.json"];
    let apply = |more: &[&str]| {
        let run = sandbox.run(&[&["apply-patch", "p.json"], &stores[..], more].concat());
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        run.stdout
    };
    let document: Value = serde_json::from_str(&apply(&["--dry-run", "--report", "json"])).unwrap();
    let scopes: Vec<&String> = document.as_object().unwrap().keys().collect();
    assert_eq!(scopes, ["localhost", "asic0"]);
    assert!(document["asic0"]["steps"].is_array(), "{document:#}");
    apply(&["--path-trace", "trace.json"]);
    let trace: Value = serde_json::from_str(&sandbox.read("trace.json")).unwrap();
    assert!(trace["localhost"]["steps"].is_array(), "{trace:#}");
}

#[derive(Default)]
struct Kinds(BTreeSet<&'static str>);

impl Observer for Kinds {
    fn event(&mut self, event: &Event) {
        let kind = match event {
            Event::StepStarted { step: 1, of: 1, .. } => "step",
            Event::Expired { .. } => "expired",
            _ => "other",
        };
        self.0.insert(kind);
    }
}

#[test]
fn a_change_that_is_not_confirmed_is_rolled_back_and_observed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("config_db.json");
    std::fs::write(&path, r#"{"FEATURE": {"snmp": {"state": "enabled"}}}"#).unwrap();
    let engine = Engine::builder().build().unwrap();
    let mut session = engine.open(file(&path), SessionOptions::default());
    let change = patch(r#"[{"op": "replace", "path": "/FEATURE/snmp/state", "value": "disabled"}]"#);
    let request = ChangeRequest::patch(change).confirm_within(Some(std::time::Duration::ZERO));
    let mut kinds = Kinds::default();
    let report = session.apply(&request, &mut kinds).unwrap();
    assert!(report.confirm_by.is_some());
    let start = std::time::Instant::now();
    while !session.has_work_for_recovery() {
        assert!(start.elapsed().as_secs() < 10);
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let count = session
        .recover(sonicfg::engine::Direction::Back, &mut kinds)
        .unwrap();
    assert_eq!(count, 1);
    assert_eq!(kinds.0, BTreeSet::from(["step", "expired"]));
    let config = Config::read(&path).unwrap().to_value();
    assert_eq!(config["FEATURE"]["snmp"]["state"], "enabled");
}

#[test]
fn existing_errors_are_counted_where_they_are_allowed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("config_db.json");
    let text = r#"{"FEATURE": {"snmp": {"state": "enabled"}}, "SYSTEM_DEFAULTS": {"buffer_model": {"status": "x"}}}"#;
    std::fs::write(&path, text).unwrap();
    let engine = Engine::builder().build().unwrap();
    let mut session = engine.open(file(&path), SessionOptions::default());
    let change = || patch(r#"[{"op": "replace", "path": "/FEATURE/snmp/state", "value": "disabled"}]"#);
    let error = session.dry_run(&ChangeRequest::patch(change())).unwrap_err();
    assert!(matches!(
        error,
        ApplyError::Rejected(rejection) if rejection.reason == RejectReason::Invalid { preexisting_only: true }
    ));
    let mut allow = Allow::default();
    allow.existing_errors = true;
    let tried = session
        .dry_run(&ChangeRequest::patch(change()).allow(allow))
        .unwrap();
    assert_eq!(tried.preexisting_errors, 1);
    assert_eq!(
        tried.changes[0].candidate.target()["FEATURE"]["snmp"]["state"],
        "disabled"
    );
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
}

/// Everything that a user of the library can print of a change with a secret in it.
#[test]
fn neither_display_nor_debug_shows_a_secret() {
    let engine = Engine::builder().build().unwrap();
    let policy = engine.policy();
    let running = json!({"SNMP_COMMUNITY": {SECRET: {"TYPE": "RO"}},
        "TACPLUS": {"global": {"passkey": SECRET, "timeout": "5"}}});
    let mut printed: Vec<String> = Vec::new();
    let operations = [
        r#"[{"op": "replace", "path": "/SNMP_COMMUNITY/hunter3/TYPE", "value": "RW"}]"#,
        r#"[{"op": "remove", "path": "/SNMP_COMMUNITY/hunter2/TYPES"}]"#,
        r#"[{"op": "test", "path": "/SNMP_COMMUNITY/hunter2/TYPE", "value": "hunter2"}]"#,
        r#"[{"op": "move", "from": "/SNMP_COMMUNITY/hunter2/X", "path": "/SNMP_COMMUNITY/hunter2/Y"}]"#,
        r#"[{"op": "add", "path": "/SNMP_COMMUNITY/hunter2/TYPE/x", "value": "hunter2"}]"#,
    ];
    for text in operations {
        let patch = patch(text);
        let error = patch.apply(policy, &running).unwrap_err();
        printed.extend([error.to_string(), format!("{error:?}"), format!("{patch:?}")]);
        printed.push(patch.summary(policy, 0).unwrap().to_string());
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("config_db.json");
    std::fs::write(&path, running.to_string()).unwrap();
    let mut session = engine.open(file(&path), SessionOptions::default());
    let invalid = [
        operations[0],
        r#"[{"op": "add", "path": "/SNMP_COMMUNITY/hunter2/TYPE", "value": "XX"}]"#,
        r#"[{"op": "add", "path": "/SNMP_COMMUNITY/hunter2", "value": {"TYPE": "hunter2"}}]"#,
        r#"[{"op": "add", "path": "/TACPLUS/global/passkey", "value": "hunter2 hunter2"}]"#,
        r#"[{"op": "add", "path": "/NONSUCH", "value": {"a": {"secret": "hunter2"}}}]"#,
    ];
    for text in invalid {
        let request = ChangeRequest::patch(patch(text));
        let Err(error) = session.dry_run(&request) else {
            continue;
        };
        printed.extend([error.to_string(), format!("{error:?}")]);
        if let ApplyError::Rejected(rejection) = &error {
            for diagnostic in rejection.review.files.iter().flat_map(|file| &file.diagnostics) {
                printed.extend([diagnostic.to_string(), format!("{diagnostic:?}")]);
                assert_ne!(diagnostic.rule, Rule::InvalidJSON);
            }
        }
    }
    let good = patch(r#"[{"op": "add", "path": "/TACPLUS/global/passkey", "value": "hunter2x"}]"#);
    let mut allow = Allow::default();
    allow.unmodeled_tables = true;
    let tried = session.dry_run(&ChangeRequest::patch(good).allow(allow)).unwrap();
    printed.push(format!("{tried:?}"));
    std::fs::write(&path, r#"{"SNMP_COMMUNITY": {"hunter2": {}, "hunter2": {}}}"#).unwrap();
    let error = session.dry_run(&ChangeRequest::patch(patch("[]"))).unwrap_err();
    printed.extend([error.to_string(), format!("{error:?}")]);
    let config = Config::parse(Source::new("c", running.to_string())).unwrap();
    printed.extend([format!("{config:?}"), format!("{:?}", config.document().source())]);
    {
        let server = Redis::start();
        let mut dirs = StateDirs::default();
        dirs.state = Some(dir.path().join("state"));
        server.load(&running);
        let urls = [(Scope::HOST, StoreUrl::parse(&server.url()).unwrap())];
        let mut session = engine.open(StoreSet::open(&urls, &dirs).unwrap(), SessionOptions::default());
        let mut allow = Allow::default();
        allow.unmodeled_tables = true;
        let cannot_keep = patch(
            r#"[{"op": "add", "path": "/SNMP_COMMUNITY/hunter2", "value": {"TYPE": "RO", "x": ["a,hunter2"]}}]"#,
        );
        let error = session
            .apply(&ChangeRequest::patch(cannot_keep).allow(allow), &mut ())
            .unwrap_err();
        printed.extend([error.to_string(), format!("{error:?}")]);
    }
    assert!(printed.len() > 20);
    for text in printed {
        assert!(!text.contains(SECRET), "{text}");
    }
}

/// Types that hold a config, or a part of one, print nothing of it; a new one must not derive `Debug`.
#[test]
fn no_type_with_contents_of_a_config_derives_debug() {
    // Private ones, and those whose values are flags or masked already.
    let exempt = [
        "Spot",
        "Key",
        "FileReport",
        "Present",
        "Config",
        "Snapshot",
        "State",
        "Sarif",
        "ChangeSummary",
    ];
    let mut found = BTreeSet::new();
    for file in sources() {
        for item in file.text.split("#[derive(").skip(1) {
            let (derived, rest) = item.split_once(")]").unwrap();
            let head = rest
                .trim_start()
                .lines()
                .find(|line| !line.starts_with("#[") && !line.starts_with("///"));
            let Some(name) = head.and_then(|head| {
                head.strip_prefix("pub struct ")
                    .or(head.strip_prefix("pub enum "))
            }) else {
                continue;
            };
            let name: String = name.chars().take_while(|c| c.is_alphanumeric()).collect();
            let body = rest.split("\n}").next().unwrap();
            let fields = body.lines().filter(|line| !line.trim_start().starts_with("//"));
            let holds = fields.clone().any(|line| {
                let words = line.split(|c: char| !c.is_alphanumeric());
                words.skip(1).any(|word| word == "Value")
            });
            if derived.split(", ").any(|one| one == "Debug") && holds && !exempt.contains(&name.as_str()) {
                found.insert(format!("{}: {name}", file.path.display()));
            }
        }
    }
    // Values of templates print nothing of themselves.
    let private = ["plan/", "validate/", "schema/", "template/"];
    found.retain(|one| !private.iter().any(|folder| one.starts_with(folder)));
    assert_eq!(found, BTreeSet::new());
}
