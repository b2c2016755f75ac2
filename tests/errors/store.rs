//! Stores that cannot be used, and somebody else who uses them.

use std::path::PathBuf;

use sonicfg::config::{Document, ReadError, Source};
use sonicfg::patch::SyntaxError;
use sonicfg::store::{DatabaseConfig, FileStore, LockOwner, StoreError, StoreUrl};

use crate::{Mend, Told, judge, told, variants};

variants!(store_error, STORE, StoreError, {
    StoreError::Read(_) => "Read",
    StoreError::Parse(_) => "Parse",
    StoreError::NotAFile { .. } => "NotAFile",
    StoreError::Write { .. } => "Write",
    StoreError::Sync { .. } => "Sync",
    StoreError::Files { .. } => "Files",
    StoreError::Untrusted { .. } => "Untrusted",
    StoreError::Held { .. } => "Held",
    StoreError::LockLost { .. } => "LockLost",
    StoreError::Conflict { .. } => "Conflict",
    StoreError::Uncertain { .. } => "Uncertain",
    StoreError::Partial { .. } => "Partial",
    StoreError::Server { .. } => "Server",
    StoreError::NoConfig { .. } => "NoConfig",
    StoreError::CannotKeep { .. } => "CannotKeep",
    StoreError::Url { .. } => "Url",
    StoreError::DatabaseConfig { .. } => "DatabaseConfig",
});

/// What the system says where a disk is full.
fn full() -> std::io::Error {
    std::io::Error::from_raw_os_error(28)
}

#[test]
fn store_errors_are_reported() {
    let path = || PathBuf::from("/etc/sonic/config_db.json");
    let store = || "redis://127.0.0.1:6379/4".to_owned();
    let reason = || "Connection refused".to_owned();
    let parse = Document::parse(Source::new("config_db.json", "{")).unwrap_err();
    let dir = tempfile::tempdir().unwrap();
    let described = dir.path().join("database_config.json");
    std::fs::write(&described, "{\"INSTANCES\": {}, \"DATABASES\": {}}").unwrap();
    let system = sonicfg::config::plain_reason(&full());
    let errors = [
        (
            ReadError::TooLarge {
                path: "c.json".to_owned(),
            }
            .into(),
            &["c.json"][..],
            Mend::Told,
        ),
        (
            StoreError::Parse(SyntaxError::from_parse("config_db.json", parse)),
            &["config_db.json:1:"],
            Mend::Told,
        ),
        (
            FileStore::open("/".as_ref()).err().unwrap(),
            &["/ is not a file"],
            Mend::Says("name the file that holds the config"),
        ),
        (
            StoreError::Write {
                path: path(),
                reason: system.clone(),
            },
            &["/etc/sonic/config_db.json", "space", "it is as it was"],
            Mend::Told,
        ),
        (
            StoreError::Sync {
                path: path(),
                reason: system,
            },
            &["/etc/sonic/config_db.json", "is replaced"],
            Mend::Told,
        ),
        (
            StoreError::files("write", path(), &full()),
            &["cannot write /etc/sonic/config_db.json", "space"],
            Mend::Told,
        ),
        (
            StoreError::Untrusted {
                path: path(),
                reason: "it belongs to another user".to_owned(),
            },
            &["config_db.json", "another user"],
            Mend::Told,
        ),
        (
            StoreError::Partial {
                store: "redis://127.0.0.1".to_owned(),
                reason: "NOPERM".to_owned(),
            },
            &["redis://127.0.0.1", "NOPERM"],
            Mend::Told,
        ),
        (
            StoreError::held("config_db.json", &LockOwner::this("sonicfg rollback a")),
            &["config_db.json", "sonicfg rollback a"],
            Mend::Told,
        ),
        (
            StoreError::LockLost {
                store: store(),
                holder: Some("admin".to_owned()),
            },
            &["redis://127.0.0.1:6379/4", "by admin"],
            Mend::Says("nothing more is written"),
        ),
        (
            StoreError::Conflict {
                store: store(),
                table: Some("PORT".to_owned()),
            },
            &["redis://127.0.0.1:6379/4", "PORT"],
            Mend::Says("try again"),
        ),
        (
            StoreError::Uncertain {
                store: store(),
                reason: reason(),
            },
            &["redis://127.0.0.1:6379/4", "Connection refused"],
            Mend::Told,
        ),
        (
            StoreError::Server {
                store: store(),
                doing: "connect to",
                reason: reason(),
                unreachable: true,
            },
            &["cannot connect to redis://127.0.0.1:6379/4", "Connection refused"],
            Mend::Told,
        ),
        (
            StoreError::NoConfig {
                store: store(),
                reason: "PORT|Ethernet0 is a list".to_owned(),
            },
            &["redis://127.0.0.1:6379/4", "PORT|Ethernet0"],
            Mend::Told,
        ),
        (
            StoreError::CannotKeep {
                store: store(),
                entry: "PORT|Ethernet0".to_owned(),
                reason: "a field is empty".to_owned(),
            },
            &["redis://127.0.0.1:6379/4", "PORT|Ethernet0"],
            Mend::Says("nothing was changed"),
        ),
        (
            StoreUrl::parse("mysql://x").unwrap_err(),
            &["\"mysql://x\""],
            Mend::Says("one begins with file:, redis:, unix: or sonic:"),
        ),
        (
            DatabaseConfig::read(&described).unwrap_err(),
            &["database_config.json", "CONFIG_DB"],
            Mend::Told,
        ),
    ];
    let errors: Vec<Told> = errors
        .into_iter()
        .map(|(error, about, mend)| Told {
            variant: store_error(&error),
            text: error.to_string(),
            about,
            mend,
        })
        .collect();
    judge(&errors, STORE);
}

/// Each says how it is written rightly, and none holds the password.
#[test]
fn names_of_stores_that_are_none() {
    let errors: Vec<Told> = [
        ("file:", "file:PATH"),
        ("redis://", "redis://HOST:PORT/DB"),
        ("redis://u:hush@h:x/4", "port"),
        ("redis://h/x", "number"),
        ("unix:?db=4", "unix:///path.sock?db=4"),
        ("config_db.json", "one begins with file:"),
    ]
    .into_iter()
    .map(|(url, right)| {
        let text = StoreUrl::parse(url).unwrap_err().to_string();
        assert!(text.contains(right) && !text.contains("hush"), "{url}: {text}");
        told(text, &["names no store: "], Mend::Told)
    })
    .collect();
    judge(&errors, &[""]);
}
