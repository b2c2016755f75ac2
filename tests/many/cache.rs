//! What was found in configs before.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

use crate::common::cli::{Run, Sandbox, fixture};
use crate::{bad, good, sites};

const UNCHANGED: &str = "unchanged since they were last checked";

fn validate(sandbox: &Sandbox, options: &[&str]) -> Run {
    let mut args = vec!["validate", "--summary", "--report", "full", "sites"];
    args.extend(options);
    sandbox.run(args)
}

/// How many verdicts were there already.
fn recalled(run: &Run) -> usize {
    let summary = run.stderr.lines().find(|line| line.contains(" invalid")).unwrap();
    let part = summary.split("; ").find_map(|part| part.strip_suffix(UNCHANGED));
    part.map_or(0, |count| count.trim().parse().unwrap())
}

/// The files of verdicts.
fn kept(sandbox: &Sandbox) -> Vec<PathBuf> {
    let folder = sandbox.path("cache/verdicts");
    let folders = std::fs::read_dir(folder).into_iter().flatten();
    folders
        .flat_map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap())
        .map(|file| file.unwrap().path())
        .collect()
}

#[test]
fn unchanged_files_are_not_checked_again() {
    let sandbox = sites(10, &[2, 7]);
    let first = validate(&sandbox, &[]);
    assert_eq!(recalled(&first), 0);
    let second = validate(&sandbox, &[]);
    assert_eq!(recalled(&second), 10);
    assert_eq!((&first.stdout, first.code), (&second.stdout, second.code));
    sandbox.write("sites/002.json", good(500));
    let third = validate(&sandbox, &[]);
    assert_eq!(recalled(&third), 9);
    third.fails(1, "Error: 1 error found in 1 of 10 files");
    // A config is what it is, wherever it stands.
    sandbox.write("sites/copy.json", bad(7));
    let fourth = validate(&sandbox, &[]);
    assert_eq!(recalled(&fourth), 11);
    assert!(
        fourth.stdout.contains("--> sites/copy.json:3:41"),
        "{}",
        fourth.stdout
    );
}

#[test]
fn other_models_rules_and_ways_to_read_make_other_verdicts() {
    let sandbox = sites(2, &[]);
    let policy = sandbox.write("policy.toml", "[secrets]\nfields = [\"FEATURE.state\"]\n");
    let yang = fixture("yang-vendor");
    assert_eq!(recalled(&validate(&sandbox, &[])), 0);
    let options: [&[&str]; 4] = [
        &["--policy", policy.to_str().unwrap()],
        &["--yang-dir", &yang],
        &["--retired", "warn"],
        &["--input", "config-db"],
    ];
    for options in options {
        assert_eq!(recalled(&validate(&sandbox, options)), 0, "{options:?}");
        assert_eq!(recalled(&validate(&sandbox, options)), 2, "{options:?}");
    }
    // What is made of findings comes after.
    assert_eq!(recalled(&validate(&sandbox, &["--deny-warnings"])), 2);
}

#[test]
fn project_settings_are_not_cached() {
    let sandbox = sites(3, &[1]);
    validate(&sandbox, &[]).fails(1, "Error: 1 error found in 1 of 3 files");
    sandbox.write("lenient.toml", "[rules]\nRange = \"warning\"\n");
    let lenient = validate(&sandbox, &["--config-file", "lenient.toml"]);
    assert_eq!((recalled(&lenient), lenient.code), (3, Some(0)));
    validate(&sandbox, &[]).fails(1, "Error: 1 error found in 1 of 3 files");
}

#[test]
fn damaged_cached_result_is_recomputed() {
    let sandbox = sites(3, &[1]);
    let first = validate(&sandbox, &[]);
    let files = kept(&sandbox);
    assert_eq!(files.len(), 3);
    for file in &files {
        let mode = std::fs::metadata(file).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "others read {}", file.display());
        let mut bytes = std::fs::read(file).unwrap();
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        std::fs::write(file, bytes).unwrap();
    }
    let second = validate(&sandbox, &[]);
    assert_eq!((recalled(&second), &second.stdout), (0, &first.stdout));
    std::fs::write(&files[0], "").unwrap();
    let third = validate(&sandbox, &[]);
    assert_eq!((recalled(&third), &third.stdout), (2, &first.stdout));
}

#[test]
fn without_the_cache_nothing_is_kept_or_known() {
    let sandbox = sites(3, &[1]);
    assert_eq!(recalled(&validate(&sandbox, &["--no-cache"])), 0);
    assert_eq!(kept(&sandbox), [] as [PathBuf; 0]);
    validate(&sandbox, &[]);
    assert_eq!(recalled(&validate(&sandbox, &["--no-cache"])), 0);
}

#[test]
fn secrets_are_masked_in_what_is_known_too() {
    let sandbox = Sandbox::new();
    let text = r#"{"SYSTEM_DEFAULTS": {"buffer_model": {"status": "off", "passkey": "hunter2"}}}"#;
    sandbox.write("sites/a.json", text);
    let first = validate(&sandbox, &[]);
    let second = validate(&sandbox, &[]);
    assert_eq!(recalled(&second), 1);
    assert_eq!(first.stdout, second.stdout);
    assert!(!second.stdout.contains("hunter2") && second.stdout.contains("passkey"));
    for file in kept(&sandbox) {
        let bytes = std::fs::read(file).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains("hunter2"));
    }
}

/// A module with one table, whose field takes as many characters as a digit says.
fn module(length: u8) -> String {
    format!(
        "module t {{\n  yang-version 1.1;\n  namespace \"urn:t\";\n  prefix t;\n\n  container t {{\n    container T_TABLE {{\n      \
         list T_TABLE_LIST {{\n        key \"name\";\n        leaf name {{ type string; }}\n        \
         leaf colour {{ type string {{ length \"1..{length}\"; }} }}\n      }}\n    }}\n  }}\n}}\n"
    )
}

#[test]
fn models_are_read_again_once_they_look_otherwise() {
    let sandbox = Sandbox::new();
    sandbox.write("models/t.yang", module(9));
    sandbox.write("c.json", "{\"T_TABLE\": {\"a\": {\"colour\": \"yellow\"}}}");
    let validate = || {
        sandbox.run([
            "validate",
            "--no-cache",
            "--yang-dir",
            "models",
            "--report",
            "concise",
            "c.json",
        ])
    };
    let remembered = || {
        sandbox
            .names_in("cache")
            .iter()
            .filter(|name| name.starts_with("print-"))
            .count()
    };
    validate().is_clean();
    // Another change might not show in the time of a file that is as new as this.
    assert_eq!(remembered(), 0);
    sandbox.write("models/t.yang", module(3));
    validate().fails(1, "Error: 1 error found");
    std::thread::sleep(Duration::from_millis(3100));
    validate().fails(1, "Error: 1 error found");
    assert_eq!(remembered(), 1);
    validate().fails(1, "Error: 1 error found");
    // As long as before, and of the same time as before.
    let path = sandbox.path("models/t.yang");
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    let time = file.metadata().unwrap().modified().unwrap();
    sandbox.write("models/t.yang", module(8));
    file.set_modified(time).unwrap();
    validate().is_clean();
    // What is remembered of other files, or damaged, is of no use.
    sandbox.write("models/t.yang", module(3));
    std::thread::sleep(Duration::from_millis(3100));
    validate().fails(1, "Error: 1 error found");
    for name in sandbox
        .names_in("cache")
        .iter()
        .filter(|name| name.starts_with("print-"))
    {
        let path = sandbox.path("cache").join(name);
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[0] ^= 1;
        std::fs::write(&path, bytes).unwrap();
    }
    validate().fails(1, "Error: 1 error found");
}
