//! README.md and docs/: their commands print what stands there. `tests/docs_commands.sh` says how they are read;
//! `SONICFG_DOCS=write` writes what they print.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::Command;

/// The script; what follows are the files.
fn reader() -> Command {
    let mut command = Command::new("sh");
    command
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/docs_commands.sh"))
        .arg(env!("CARGO_BIN_EXE_sonicfg"));
    command
}

#[test]
fn commands_print_what_stands_there() {
    let output = reader().output().unwrap();
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
    let output = reader().arg(&path).env_remove("SONICFG_DOCS").output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains(said), "{stderr}");
}

#[test]
fn wrong_documentation_commands_are_reported() {
    is_refused("```console\n$ echo a\nb\n```\n", "-b\n+a\n");
    is_refused("```console\n$ printf 'a\\nb\\nc\\n'\na\n…\nb\n```\n", "+c\n");
    is_refused("```console\n$ false\n```\n", "exit code 1: false");
    is_refused("```console\n$ echo Error: a\nError: a\n```\n", "with exit code 0");
    is_refused("```sh\ntrue\nfalse\n```\n", "this fails: true\nfalse");
    is_refused("```sh\nmake no-such-target\n```\n", "no-such-target");
    is_refused("```console\n$ echo a\n", "not closed");
    is_refused("```console\n$ sonicfg validate nowhere.json\n```\n", "+Error: ");
}

#[test]
fn links_lead_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = std::fs::read_dir(root.join("docs")).unwrap();
    let mut pages: Vec<PathBuf> = docs.map(|entry| entry.unwrap().path()).collect();
    pages.extend(
        [
            "README.md",
            "CHANGELOG.md",
            "CONTRIBUTING.md",
            "MIGRATION.md",
            "SECURITY.md",
        ]
        .map(|name| root.join(name)),
    );
    let mut count = 0;
    for page in pages {
        let text = std::fs::read_to_string(&page).unwrap();
        for rest in text.split("](").skip(1) {
            let target = rest.split(')').next().unwrap();
            let (file, part) = target.split_once('#').unwrap_or((target, ""));
            let path = page.parent().unwrap().join(file);
            let path = if file.is_empty() { page.clone() } else { path };
            assert!(path.exists(), "{}: {target}", page.display());
            // Parts are named after their headings, in small letters, with hyphens for spaces.
            let linked = std::fs::read_to_string(&path).unwrap();
            let is_part = |heading: &str| {
                let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
                let name: String = heading.to_lowercase().chars().filter(kept).collect();
                name.replace(' ', "-") == part
            };
            let headings = linked.lines().filter(|line| line.starts_with('#'));
            let mut headings = headings.map(|line| line.trim_start_matches('#').trim());
            assert!(
                part.is_empty() || headings.any(is_part),
                "{}: {target}",
                page.display()
            );
            count += 1;
        }
    }
    assert!(count > 30, "{count}");
}
