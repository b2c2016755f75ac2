//! Texts that cannot be read.

use std::path::Path;

use sonicfg::config::{Config, ConfigError, Document, ReadError, Source, from_toml};
use sonicfg::policy::Policy;

use crate::{Mend, Told, judge, told, variants};

variants!(read_error, READ, ReadError, {
    ReadError::Io { .. } => "Io",
    ReadError::TooLarge { .. } => "TooLarge",
    ReadError::Utf8 { .. } => "Utf8",
});

variants!(config_error, CONFIG, ConfigError, {
    ConfigError::Read(_) => "Read",
    ConfigError::Parse { .. } => "Parse",
});

#[test]
fn unreadable_files_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let latin = dir.path().join("latin.json");
    std::fs::write(&latin, b"{\"a\": \"\xe4\"}").unwrap();
    let large = dir.path().join("large.json");
    std::fs::File::create(&large).unwrap().set_len(1 << 40).unwrap();
    let errors: Vec<Told> = [
        (
            dir.path().join("missing.json"),
            &["cannot read ", "missing.json: "][..],
        ),
        (dir.path().to_owned(), &["cannot read "]),
        (latin, &["latin.json:1:8: invalid UTF-8"]),
        (large, &["large.json", "larger than", "MiB"]),
    ]
    .into_iter()
    .map(|(path, about)| {
        let error = Source::read(&path).unwrap_err();
        Told {
            variant: read_error(&error),
            text: error.to_string(),
            about,
            mend: Mend::Told,
        }
    })
    .collect();
    judge(&errors, READ);
}

#[test]
fn malformed_configs_are_refused() {
    let missing = ConfigError::Read(Source::read(Path::new("missing.json")).unwrap_err());
    let broken = Config::parse(Source::new("c.json", "{\"PORT\": }")).unwrap_err();
    let errors: Vec<Told> = [
        (missing, &["missing.json"][..]),
        (broken, &["c.json:1:10: ", "not JSON"]),
    ]
    .into_iter()
    .map(|(error, about)| Told {
        variant: config_error(&error),
        text: error.to_string(),
        about,
        mend: Mend::Told,
    })
    .collect();
    judge(&errors, CONFIG);
}

/// What is wrong with a text of JSON; its place is told by whoever names the text.
#[test]
fn malformed_json_is_refused() {
    let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
    let long = format!("\"{}\"", "x".repeat(2_000_000));
    let errors: Vec<Told> = [
        ("{", "not JSON"),
        ("{\"a\": 1,}", "not JSON"),
        ("nul", "not JSON"),
        ("{} x", "not JSON"),
        ("\"a\u{1}\"", "not JSON"),
        ("", "empty"),
        (deep.as_str(), "nested deeper than 64 levels"),
        (long.as_str(), "a string of 2000000 bytes"),
    ]
    .into_iter()
    .map(|(text, about)| {
        let error = Document::parse(Source::new("c.json", text)).unwrap_err();
        let text = error.to_string();
        assert!(about == "empty" || text.contains(about), "{text}");
        told(text, &[], Mend::Told)
    })
    .collect();
    judge(&errors, &[""]);
}

#[test]
fn malformed_policy_and_settings_are_refused() {
    let policies = [
        "x = 1",
        "[lanes]\nfield = 1\n",
        "[[protected]]\npath = \"PORT\"\n",
        "[max-unavailable]\nPORT = 2.0\n",
        "[actions.x]\nrun = []\n",
        "[actions.x]\nrun = [\"a\"]\npause = \"soon\"\n",
        "[immutable.x]\nfields = [\"A.\"]\nreason = \"\"\n",
        "a = \n",
        "[lanes",
    ];
    let errors: Vec<Told> = policies
        .into_iter()
        .map(|text| {
            let source = Source::new("policy.toml", text);
            let error = from_toml::<Policy>(&source).unwrap_err();
            told(error, &["policy.toml:"], Mend::Told)
        })
        .collect();
    judge(&errors, &[""]);
}
