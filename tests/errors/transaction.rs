//! Changes that are not carried out, and checkpoints that cannot be used.

use std::path::PathBuf;

use sonicfg::patch::Scope;
use sonicfg::store::{LockOwner, StoreError};
use sonicfg::transaction::{CheckpointError, Checkpoints, Pending, TransactionError};

use crate::{Mend, Told, judge, variants};

variants!(transaction_error, TRANSACTION, TransactionError, {
    TransactionError::Store(_) => "Store",
    TransactionError::NotAConfig { .. } => "NotAConfig",
    TransactionError::Damaged { .. } => "Damaged",
    TransactionError::Unfinished { .. } => "Unfinished",
    TransactionError::Doubt { .. } => "Doubt",
    TransactionError::NoLaterName { .. } => "NoLaterName",
    TransactionError::Pending(_) => "Pending",
    TransactionError::RolledBack { .. } => "RolledBack",
    TransactionError::RollbackFailed { .. } => "RollbackFailed",
    TransactionError::Action { .. } => "Action",
    TransactionError::NotGone { .. } => "NotGone",
    TransactionError::Interrupted { .. } => "Interrupted",
    TransactionError::AppliedBut { .. } => "AppliedBut",
    TransactionError::Differs(_) => "Differs",
    TransactionError::Closed { .. } => "Closed",
    TransactionError::Conflicts(_) => "Conflicts",
    TransactionError::NoSuchChange { .. } => "NoSuchChange",
    TransactionError::NotApplied { .. } => "NotApplied",
    TransactionError::NothingPending => "NothingPending",
    TransactionError::Refused(_) => "Refused",
});

variants!(checkpoint_error, CHECKPOINT, CheckpointError, {
    CheckpointError::Name { .. } => "Name",
    CheckpointError::Missing { .. } => "Missing",
    CheckpointError::Exists { .. } => "Exists",
    CheckpointError::Unfit { .. } => "Unfit",
    CheckpointError::Config(_) => "Config",
    CheckpointError::Files { .. } => "Files",
});

#[test]
fn why_changes_are_not_carried_out() {
    let path = || PathBuf::from("/etc/sonic/.config_db.json.sonicfg/journal");
    let id = || "20261121T143000123-5f2a".to_owned();
    let reason = || "Connection refused".to_owned();
    let entries = || vec!["PORT|Ethernet0".to_owned(), "VLAN|Vlan100".to_owned()];
    let errors = [
        (
            TransactionError::Store(StoreError::Conflict {
                store: "config_db.json".to_owned(),
                table: None,
            }),
            &["config_db.json"][..],
            Mend::Says("try again"),
        ),
        (
            TransactionError::NotAConfig {
                store: "config_db.json".to_owned(),
                reason: "config_db.json:1:1: a config is an object of tables, not a list".to_owned(),
            },
            &["config_db.json:1:1"],
            Mend::Says("an object of tables"),
        ),
        (
            TransactionError::Damaged {
                path: path(),
                reason: "it ends too early".to_owned(),
            },
            &["/etc/sonic/.config_db.json.sonicfg/journal", "ends too early"],
            Mend::Told,
        ),
        (
            TransactionError::Unfinished {
                store: "config_db.json".to_owned(),
                id: id(),
                who: "admin".to_owned(),
                reason: "its journal is not here: \"sonicfg recover\" on their machine finishes it"
                    .to_owned(),
            },
            &["config_db.json", "20261121T143000123-5f2a", "admin"],
            Mend::Told,
        ),
        (
            TransactionError::Pending(Box::new(Pending {
                id: id(),
                until: "2026-11-21T14:40:00Z".to_owned(),
                in_boot: None,
                state_dir: None,
                holder: LockOwner::this("sonicfg apply-patch p.json"),
            })),
            &[
                "20261121T143000123-5f2a",
                "2026-11-21T14:40:00Z",
                "apply-patch p.json",
            ],
            Mend::Told,
        ),
        (
            TransactionError::Doubt {
                store: "config_db.json".to_owned(),
                id: id(),
                who: "admin".to_owned(),
                reason: "the server was restarted since".to_owned(),
            },
            &["config_db.json", "20261121T143000123-5f2a", "admin", "restarted"],
            Mend::Told,
        ),
        (
            TransactionError::NoLaterName {
                path: path(),
                last: "99991231T235959999-ffff".to_owned(),
            },
            &[
                "99991231T235959999-ffff",
                "/etc/sonic/.config_db.json.sonicfg/journal",
            ],
            Mend::Says("Remove that file"),
        ),
        (
            TransactionError::AppliedBut {
                id: id(),
                reason: reason(),
            },
            &["20261121T143000123-5f2a", "Connection refused"],
            Mend::Says("is applied"),
        ),
        (
            TransactionError::Closed {
                reason: reason(),
                closed: "the config was loaded anew".to_owned(),
            },
            &["Connection refused", "loaded anew"],
            Mend::Told,
        ),
        (
            TransactionError::RolledBack {
                reason: reason(),
                conflict: false,
            },
            &["Connection refused"],
            Mend::Says("are rolled back"),
        ),
        (
            TransactionError::RollbackFailed {
                reason: reason(),
                left: "the server is gone".to_owned(),
                id: id(),
            },
            &[
                "Connection refused",
                "the server is gone",
                "20261121T143000123-5f2a",
            ],
            Mend::Told,
        ),
        (
            TransactionError::Action {
                command: "systemctl restart telemetry".to_owned(),
                entry: "PORT|Ethernet0".to_owned(),
                reason: "it ended with 1".to_owned(),
            },
            &["systemctl restart telemetry", "PORT|Ethernet0", "ended with 1"],
            Mend::Told,
        ),
        (
            TransactionError::NotGone {
                entry: "PORT|Ethernet0".to_owned(),
                state: "PORT_TABLE|Ethernet0".to_owned(),
                seconds: 30.0,
            },
            &["PORT|Ethernet0", "PORT_TABLE|Ethernet0", "30 s"],
            Mend::Told,
        ),
        (
            TransactionError::Interrupted {
                outcome: "nothing was changed".to_owned(),
            },
            &["interrupted"],
            Mend::Says("nothing was changed"),
        ),
        (
            TransactionError::Differs(entries()),
            &["PORT|Ethernet0, VLAN|Vlan100"],
            Mend::Told,
        ),
        (
            TransactionError::Conflicts(entries()),
            &["PORT|Ethernet0, VLAN|Vlan100"],
            Mend::Says("nothing was changed"),
        ),
        (
            TransactionError::NoSuchChange {
                id: "2027".to_owned(),
                last: Some("20261121T143000123-5f2a".to_owned()),
                matching: 0,
            },
            &["\"2027\""],
            Mend::Says("20261121T143000123-5f2a"),
        ),
        (
            TransactionError::NotApplied {
                id: id(),
                reason: "it was rolled back already".to_owned(),
            },
            &["20261121T143000123-5f2a"],
            Mend::Told,
        ),
        (TransactionError::NothingPending, &["no change waits"], Mend::Told),
        (
            TransactionError::Refused("PORT|Ethernet0: no".to_owned()),
            &["PORT|Ethernet0"],
            Mend::Told,
        ),
    ];
    let errors: Vec<Told> = errors
        .into_iter()
        .map(|(error, about, mend)| Told {
            variant: transaction_error(&error),
            text: error.to_string(),
            about,
            mend,
        })
        .collect();
    judge(&errors, TRANSACTION);
}

#[test]
fn why_checkpoints_cannot_be_used() {
    let dir = tempfile::tempdir().unwrap();
    let write =
        |name: &str, text: &str| std::fs::write(dir.path().join(format!("{name}.cp.json")), text).unwrap();
    write("good", "{}");
    write("broken", "{");
    std::fs::write(dir.path().join("file"), "").unwrap();
    let checkpoints = Checkpoints::new(dir.path());
    let load = |name: &str| checkpoints.load(name, &[Scope::HOST]).unwrap_err();
    let of_asics = [Scope::HOST, Scope::named("asic0").unwrap()];
    let other = checkpoints.load("good", &of_asics).unwrap_err();
    let blocked = Checkpoints::new(dir.path().join("file"));
    let errors = [
        (
            load("a b"),
            &["\"a b\""][..],
            Mend::Says("letters, digits, dots, hyphens and underscores"),
        ),
        (load("goad"), &["\"goad\""], Mend::Says("good")),
        (
            CheckpointError::Exists {
                name: "good".to_owned(),
            },
            &["\"good\""],
            Mend::Told,
        ),
        (other, &["\"good\""], Mend::Told),
        (load("broken"), &["broken.cp.json:1:"], Mend::Told),
        (blocked.list().unwrap_err(), &["cannot read ", "file"], Mend::Told),
    ];
    let errors: Vec<Told> = errors
        .into_iter()
        .map(|(error, about, mend)| Told {
            variant: checkpoint_error(&error),
            text: error.to_string(),
            about,
            mend,
        })
        .collect();
    judge(&errors, CHECKPOINT);
}
