//! Errors of the engine: models that cannot be loaded, stores that cannot be opened, changes that are rejected.

use std::path::PathBuf;

use serde_json::json;
use sonicfg::config::{Config, Source};
use sonicfg::engine::check::{CheckError, Checker, InputKind};
use sonicfg::engine::{
    ApplyError, Candidate, ChangeRequest, Edit, Engine, LoadError, OpenError, PathFormat, RejectReason,
    Rejection, SessionOptions, StateDirs, StoreSet,
};
use sonicfg::patch::{Patch, Scope};
use sonicfg::store::StoreUrl;
use sonicfg::transaction::TransactionError;

use crate::{Mend, Told, judge, variants};

variants!(load_error, LOAD, LoadError, {
    LoadError::Schema(_) => "Schema",
    LoadError::Read(_) => "Read",
    LoadError::Policy(_) => "Policy",
});

variants!(open_error, OPEN, OpenError, {
    OpenError::Store(_) => "Store",
    OpenError::SameScope(_) => "SameScope",
    OpenError::NotAlone => "NotAlone",
    OpenError::Namespace { .. } => "Namespace",
    OpenError::None => "None",
    OpenError::NoHome => "NoHome",
    OpenError::Path { .. } => "Path",
});

variants!(check_error, CHECK, CheckError, {
    CheckError::NoBase { .. } => "NoBase",
    CheckError::Unreadable { .. } => "Unreadable",
    CheckError::Load(_) => "Load",
});

variants!(apply_error, APPLY, ApplyError, {
    ApplyError::Rejected(_) => "Rejected",
    ApplyError::Load(_) => "Load",
    ApplyError::Transaction(_) => "Transaction",
    ApplyError::Request(_) => "Request",
});

fn told<E: ToString>(variant: fn(&E) -> &'static str, error: &E, about: &'static [&'static str]) -> Told {
    Told {
        variant: variant(error),
        text: error.to_string(),
        about,
        mend: Mend::Told,
    }
}

#[test]
fn load_errors_name_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let broken = dir.path().join("broken.toml");
    std::fs::write(&broken, "[secrets]\nfields = 1\n").unwrap();
    let errors = [
        (
            Engine::builder().yang_dir("/nonexistent").build(),
            &["/nonexistent"][..],
        ),
        (
            Engine::builder().policy_file("/nonexistent.toml").build(),
            &["/nonexistent.toml"],
        ),
        (
            Engine::builder().policy_file(&broken).build(),
            &["broken.toml:2:10"],
        ),
    ];
    let errors = errors.map(|(built, about)| told(load_error, &built.unwrap_err(), about));
    judge(&errors, LOAD);
}

#[test]
fn open_errors_name_the_store() {
    let sonic = || (Scope::HOST, StoreUrl::Sonic);
    let file = || (Scope::HOST, StoreUrl::File("fixtures/config_db.json".into()));
    let open = |urls: &[_]| StoreSet::open(urls, &StateDirs::default()).unwrap_err();
    let errors = [
        (
            open(&[(Scope::HOST, StoreUrl::File("/nonexistent".into()))]),
            &["/nonexistent"][..],
        ),
        (open(&[file(), file()]), &["localhost"]),
        (open(&[sonic(), file()]), &["sonic:"]),
        (open(&[]), &["no store"]),
        (
            OpenError::Namespace {
                file: PathBuf::from("/db.json"),
                name: "blade".to_owned(),
            },
            &["/db.json", "blade"],
        ),
        (OpenError::NoHome, &["home directory"]),
        (
            OpenError::Path {
                path: PathBuf::from("state"),
                source: std::io::Error::from_raw_os_error(2),
            },
            &["state"],
        ),
    ];
    judge(
        &errors.map(|(error, about)| told(open_error, &error, about)),
        OPEN,
    );
}

#[test]
fn check_errors_name_the_input() {
    let engine = Engine::builder().build().unwrap();
    let checker = Checker {
        engine: &engine,
        bases: &[],
        format: PathFormat::ConfigDb,
        operations: false,
        adjust: &|_, _| true,
        results: None,
        alike: None,
    };
    let no_base = checker
        .check(Ok(Source::new("p.json", "[]")), InputKind::Patch)
        .unwrap_err();
    let unreadable = Config::parse(Source::new("the changed config", "[")).unwrap_err();
    let load = Engine::builder().yang_dir("/nonexistent").build().unwrap_err();
    let errors = [
        (no_base, &["p.json", "patch"][..]),
        (
            CheckError::Unreadable {
                name: "p.json".to_owned(),
                error: unreadable.into(),
            },
            &["p.json"],
        ),
        (CheckError::Load(load), &["/nonexistent"]),
    ];
    judge(
        &errors.map(|(error, about)| told(check_error, &error, about)),
        CHECK,
    );
}

#[test]
fn apply_errors_say_what_failed() {
    let engine = Engine::builder().build().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("config_db.json");
    std::fs::copy("fixtures/config_db.json", &path).unwrap();
    let store = || {
        StoreSet::open(
            &[(Scope::HOST, StoreUrl::File(path.clone()))],
            &StateDirs::default(),
        )
        .unwrap()
    };
    let mut session = engine.open(store(), SessionOptions::default());
    let patch = |text: &str| Patch::parse(Source::new("p.json", text)).unwrap();
    let missing = patch(r#"[{"op": "remove", "path": "/FEATURE/smnp"}]"#);
    let rejected = session
        .apply(&ChangeRequest::patch(missing), &mut ())
        .unwrap_err();
    let ApplyError::Rejected(rejection) = &rejected else {
        panic!("{rejected}");
    };
    assert_eq!(rejection.reason, RejectReason::Operation(0));
    let gone = session
        .apply(&ChangeRequest::rollback_to("2027"), &mut ())
        .unwrap_err();
    let own = ChangeRequest::new(|_| Err(ApplyError::Request("no such flag".into())));
    let own = session.apply(&own, &mut ()).unwrap_err();
    let load = Engine::builder().yang_dir("/nonexistent").build().unwrap_err();
    let errors = [
        (rejected, &["p.json:1:2", "/FEATURE/smnp"][..]),
        (gone, &["2027"]),
        (own, &["no such flag"]),
        (ApplyError::Load(load), &["/nonexistent"]),
    ];
    judge(
        &errors.map(|(error, about)| told(apply_error, &error, about)),
        APPLY,
    );
    assert!(matches!(
        session.confirm(&mut ()).unwrap_err(),
        ApplyError::Transaction(TransactionError::NothingPending)
    ));
}

#[test]
fn edits_and_rejections_say_the_operation() {
    let engine = Engine::builder().build().unwrap();
    let config = Config::from_value("c.json", &json!({"FEATURE": {"snmp": {"state": "enabled"}}}));
    let patch = Patch::parse(Source::new(
        "p.json",
        r#"[{"op": "test", "path": "/FEATURE/snmp/state", "value": "x"}]"#,
    ));
    let edit = Edit::Change(PathFormat::ConfigDb.change(patch.unwrap()));
    let schema = engine.schema().unwrap();
    let error = Candidate::new(schema, engine.policy(), Scope::HOST, config, edit).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("operation 0 (test /FEATURE/snmp/state)"),
        "{error}"
    );
    let rejection = Rejection::of_edit(*error, Some(&Scope::HOST));
    let text = rejection.to_string();
    assert!(text.starts_with("p.json:1:25: localhost: operation 0"), "{text}");
}
