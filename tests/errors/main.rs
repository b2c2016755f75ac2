//! Every error of the library, said once: on one line, with what it was about, and what to do where a user can do
//! something. A variant that is new and not said here does not compile, or fails.

#![allow(clippy::unwrap_used, clippy::panic)]

mod changes;
mod engine;
mod flags;
mod reading;
mod schema;
#[path = "../common/sources.rs"]
mod sources;
mod store;
mod transaction;

use std::collections::BTreeSet;

use sources::sources;

/// What a user can do about an error.
pub enum Mend {
    /// It is told, in these words.
    Says(&'static str),
    /// What is wrong says what is to be done: a name, a value, a reason of the system.
    Told,
}

/// An error as it is told, the names that have to be in it, and what to do.
pub struct Told {
    /// The name of the variant; empty where the type has none.
    pub variant: &'static str,
    /// What is said.
    pub text: String,
    /// What it is about.
    pub about: &'static [&'static str],
    /// What a user can do.
    pub mend: Mend,
}

/// Makes a function that names the variant of an error, without an arm for others, and the list of all.
#[macro_export]
macro_rules! variants {
    ($name:ident, $all:ident, $error:ty, { $($pattern:pat => $variant:literal),+ $(,)? }) => {
        const $all: &[&str] = &[$($variant),+];
        fn $name(error: &$error) -> &'static str {
            static IS_CHECKED: std::sync::Once = std::sync::Once::new();
            IS_CHECKED.call_once(|| $crate::check_listed(stringify!($error), $all));
            #[allow(unreachable_patterns, reason = "some of these enums are non_exhaustive")]
            match error {
                $($pattern => $variant),+,
                _ => "a variant that is not listed",
            }
        }
    };
}

/// Compares the listed variants of an enum with those in its source, since a match on a `non_exhaustive` enum compiles
/// without them.
pub fn check_listed(error: &str, listed: &[&str]) {
    let head = format!("pub enum {} {{", error.rsplit("::").next().unwrap());
    let files = sources();
    let file = files.iter().find(|file| file.text.contains(&head));
    let file = file.unwrap_or_else(|| panic!("{error} is not in src"));
    let body = file
        .text
        .split(&head)
        .nth(1)
        .unwrap()
        .split("\n}")
        .next()
        .unwrap();
    let variants: BTreeSet<&str> = body
        .lines()
        .filter_map(|line| line.strip_prefix("    "))
        .filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase()))
        .filter_map(|line| line.split([' ', '(', ',', '{']).next())
        .collect();
    let listed: BTreeSet<&str> = listed.iter().copied().collect();
    assert_eq!(variants, listed, "{error}");
}

/// Judges what is told of errors, of which each variant has to be there.
#[track_caller]
pub fn judge(errors: &[Told], all: &[&str]) {
    let told: BTreeSet<&str> = errors.iter().map(|error| error.variant).collect();
    let all: BTreeSet<&str> = all.iter().copied().collect();
    assert_eq!(told, all);
    for Told {
        variant,
        text,
        about,
        mend,
    } in errors
    {
        assert!(
            !text.is_empty() && text.chars().all(|c| !c.is_control()),
            "{variant}: {text:?}"
        );
        assert!(
            !text.ends_with(['.', ' ', ';', ',']) && !text.contains("  "),
            "{variant}: {text}"
        );
        let debugged = [
            "Os {",
            "Some(",
            "None",
            "Err(",
            "Ok(",
            "::",
            "kind:",
            "Error {",
            "Utf8Error",
            "(os error",
        ];
        for mark in debugged {
            assert!(!text.contains(mark), "{variant}: {text}");
        }
        for name in *about {
            assert!(text.contains(name), "{variant}: {name} is not in: {text}");
        }
        if let Mend::Says(words) = mend {
            assert!(text.contains(words), "{variant}: {words} is not in: {text}");
        }
    }
}

/// An error that is told rightly if it has all of some words in it.
pub fn told(text: impl ToString, about: &'static [&'static str], mend: Mend) -> Told {
    Told {
        variant: "",
        text: text.to_string(),
        about,
        mend,
    }
}

/// The types of errors that are told in this test.
const JUDGED: &[&str] = &[
    "ApplyError",
    "CheckError",
    "CheckpointError",
    "ConfigError",
    "EditError",
    "SyntaxError",
    "LayerError",
    "LoadError",
    "LookupError",
    "MinigraphError",
    "NotAConfiglet",
    "OpenError",
    "ParseError",
    "PatchError",
    "ReadError",
    "Refusal",
    "Rejection",
    "RenderError",
    "SchemaError",
    "SonicYangError",
    "StoreError",
    "TomlError",
    "TransactionError",
    "XPathError",
    "YamlError",
];

/// No type of errors is forgotten.
#[test]
fn all_types_of_errors_are_judged() {
    let files = sources();
    let mut found: BTreeSet<String> = files.iter().flat_map(|file| types(&file.text)).collect();
    // The command's own, which is made of these.
    found.remove("Failure");
    let judged: BTreeSet<String> = JUDGED.iter().map(ToString::to_string).collect();
    assert_eq!(found, judged);
}

/// The types of errors in a text.
fn types(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut is_error = false;
    for line in text.lines() {
        if let Some(derived) = line.strip_prefix("#[derive(") {
            is_error = derived
                .trim_end_matches(")]")
                .split(", ")
                .any(|name| name == "Error");
        }
        if let Some(name) = line.strip_prefix("impl std::error::Error for ") {
            found.push(name.trim_end_matches(" {}").to_owned());
        }
        for kind in ["pub enum ", "pub struct "] {
            if let Some(rest) = line.strip_prefix(kind).filter(|_| is_error) {
                let end = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
                found.push(rest[..end].to_owned());
                is_error = false;
            }
        }
    }
    found
}
