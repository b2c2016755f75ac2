//! README.md and docs/: their commands print what stands there. `tests/newcomer.sh` says how they are read;
//! `SONICFG_DOCS=write` writes what they print.

#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::Command;

/// The script; what follows are the files.
fn newcomer() -> Command {
    let mut command = Command::new("sh");
    command
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/newcomer.sh"))
        .arg(env!("CARGO_BIN_EXE_sonicfg"));
    command
}

#[test]
fn commands_print_what_stands_there() {
    let output = newcomer().output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// What the script says of a file.
#[track_caller]
fn is_refused(text: &str, said: &str) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("page.md");
    std::fs::write(&path, text).unwrap();
    let output = newcomer().arg(&path).env_remove("SONICFG_DOCS").output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains(said), "{stderr}");
}

#[test]
fn what_it_does_not_let_pass() {
    is_refused("```console\n$ echo a\nb\n```\n", "-b\n+a\n");
    is_refused("```console\n$ printf 'a\\nb\\nc\\n'\na\n…\nb\n```\n", "+c\n");
    is_refused("```console\n$ false\n```\n", "exit code 1: false");
    is_refused("```console\n$ echo Error: a\nError: a\n```\n", "with exit code 0");
    is_refused("```sh\ntrue\nfalse\n```\n", "this fails: true\nfalse");
    is_refused("```sh\nmake no-such-target\n```\n", "no-such-target");
    is_refused("```console\n$ echo a\n", "not closed");
    is_refused("```console\n$ sonicfg validate nowhere.json\n```\n", "+Error: ");
}
