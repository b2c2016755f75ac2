//! Files and folders.

use crate::common::cli::{Sandbox, fixture, set_mode};
use crate::{bad, good, sites};

#[test]
fn findings_are_in_the_order_of_files() {
    let sandbox = sites(150, &[3, 77, 149]);
    let one = sandbox.run([
        "validate",
        "--no-cache",
        "--report",
        "concise",
        "-j",
        "1",
        "sites",
    ]);
    let four = sandbox.run([
        "validate",
        "--no-cache",
        "--report",
        "concise",
        "-j",
        "4",
        "sites",
    ]);
    assert_eq!(one.stdout, four.stdout);
    let places: Vec<&str> = one
        .stdout
        .lines()
        .map(|line| line.split(": ").next().unwrap())
        .collect();
    assert_eq!(
        places,
        [
            "sites/003.json:3:41",
            "sites/077.json:3:41",
            "sites/149.json:3:41"
        ]
    );
    for run in [one, four] {
        run.fails(1, "Error: 3 errors found in 3 of 150 files");
    }
}

#[test]
fn forms_that_are_one_document_hold_all_files() {
    let sandbox = sites(70, &[5]);
    let cases = [
        ("json", "\"path\": \"sites/"),
        ("junit", "<testcase name=\"sites/"),
    ];
    for (form, each) in cases {
        let run = sandbox.run(["validate", "--report", form, "sites"]);
        assert_eq!(run.stdout.matches(each).count(), 70, "{form}");
        run.fails(1, "Error: 1 error found in 1 of 70 files");
    }
    let run = sandbox.run(["validate", "--report", "json", "sites"]);
    let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(document["files"][5]["diagnostics"][0]["rule"], "Range");
    assert_eq!(document["errors"], 1);
}

#[test]
fn summary_is_written_to_standard_error() {
    let sandbox = sites(3, &[1]);
    sandbox.write("sites/none.json", "{");
    let run = sandbox.run(["validate", "--summary", "--report", "json-lines", "sites"]);
    assert_eq!(run.stdout.lines().count(), 2);
    assert_eq!(
        run.stderr,
        "4 files: 2 valid, 2 invalid\n2 errors: 1 InvalidJSON, 1 Range\nError: 2 errors found in 2 of 4 files\n"
    );
    let run = sandbox.run(["validate", "--summary", "sites/000.json"]);
    assert_eq!(
        run.stderr,
        "1 file: 1 valid, 0 invalid; 1 unchanged since they were last checked\n"
    );
}

#[test]
fn the_first_failure_ends_it() {
    let sandbox = sites(120, &[40, 41, 100]);
    for jobs in ["1", "3"] {
        let run = sandbox.run([
            "validate",
            "--no-cache",
            "--fail-fast",
            "--report",
            "concise",
            "--summary",
            "-j",
            jobs,
            "sites",
        ]);
        assert_eq!(run.stdout.lines().count(), 1, "{}", run.stdout);
        assert!(run.stdout.starts_with("sites/040.json:"));
        assert!(
            run.stderr.starts_with("41 files: 40 valid, 1 invalid\n"),
            "{}",
            run.stderr
        );
        run.fails(1, "Error: 1 error found in 1 of 41 files");
    }
    // Warnings fail nothing, unless it is asked for.
    sandbox.write(
        "w/a.json",
        "{\"OTHER\": {\"a\": {\"b\": \"c\"}}, \"FEATURE\": {\"a\": {}}}",
    );
    sandbox.write("w/b.json", bad(1));
    let run = sandbox.run(["validate", "--fail-fast", "--report", "concise", "w"]);
    assert_eq!(run.stdout.lines().count(), 2);
    let run = sandbox.run([
        "validate",
        "--fail-fast",
        "--deny-warnings",
        "--report",
        "concise",
        "w",
    ]);
    run.fails(1, "Error: 1 warning found");
}

#[test]
fn unreadable_file_does_not_hide_the_others() {
    let sandbox = sites(6, &[4]);
    set_mode(&sandbox.path("sites/002.json"), 0);
    let args = ["validate", "--report", "concise", "-j", "2", "sites"];
    let Some(mut command) = sandbox.unprivileged(&args) else {
        return;
    };
    let run = crate::common::cli::Run::of(&mut command);
    assert!(
        run.stdout.starts_with("sites/004.json:3:41: error[Range]"),
        "{}",
        run.stdout
    );
    assert!(
        run.stderr
            .starts_with("error: cannot read sites/002.json: permission denied\n"),
        "{}",
        run.stderr
    );
    run.fails(2, "Error: cannot read sites/002.json: permission denied");
}

#[test]
fn missing_file_is_reported_before_any_check() {
    let sandbox = sites(2, &[1]);
    let run = sandbox.run(["validate", "sites/001.json", "sites/nine.json"]);
    assert_eq!(run.stdout, "");
    run.fails(2, "Error: cannot read sites/nine.json: no such file or directory");
    let run = sandbox.run(["validate"]);
    run.fails(
        2,
        "Error: no file is named, and no .sonicfg.toml here or above names any; for example: sonicfg validate \
         config_db.json",
    );
    std::fs::create_dir(sandbox.path("empty")).unwrap();
    let run = sandbox.run(["validate", "empty"]);
    run.fails(2, "Error: there is no file *.json in empty");
}

#[test]
fn folder_means_its_json_files() {
    let sandbox = sites(2, &[]);
    sandbox.write("sites/.git/x.json", "no");
    sandbox.write("sites/.hidden.json", "no");
    sandbox.write("sites/readme.txt", "no");
    sandbox.write("sites/deep/er/c.json", good(3));
    std::os::unix::fs::symlink("../000.json", sandbox.path("sites/deep/link.json")).unwrap();
    std::os::unix::fs::symlink("..", sandbox.path("sites/deep/loop")).unwrap();
    let run = sandbox.run(["validate", "./sites/"]);
    run.is_clean();
    let names: Vec<&str> = run
        .stdout
        .lines()
        .map(|line| line.split(": ").next().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "sites/000.json",
            "sites/001.json",
            "sites/deep/er/c.json",
            "sites/deep/link.json"
        ]
    );
}

#[test]
fn machines_share_the_work() {
    let sandbox = sites(60, &[10, 20, 30]);
    let mut found = Vec::new();
    let mut checked = 0;
    for part in 1..=4 {
        let partition = format!("{part}/4");
        let run = sandbox.run([
            "validate",
            "--partition",
            &partition,
            "--report",
            "junit",
            "sites",
        ]);
        let names = run.stdout.match_indices("<testcase name=\"").map(|(at, text)| {
            let rest = &run.stdout[at + text.len()..];
            rest[..rest.find('"').unwrap()].to_owned()
        });
        let names: Vec<String> = names.collect();
        assert!(
            names.len() > 5,
            "the parts are of about the same size: {}",
            names.len()
        );
        checked += names.len();
        found.extend(names);
    }
    found.sort();
    found.dedup();
    assert_eq!((checked, found.len()), (60, 60));
    let run = sandbox.run(["validate", "--partition", "5/4", "sites"]);
    assert!(
        run.last_line()
            .contains("K/N is one of N parts, counted from 1, such as 2/5"),
        "{}",
        run.stderr
    );
    assert_eq!(run.code, Some(2));
}

#[test]
fn preexisting_findings_fail_no_test_case() {
    let sandbox = Sandbox::new();
    let base = sandbox.write("base.json", bad(1));
    let patch = sandbox.write(
        "patch.json",
        r#"[{"op": "add", "path": "/FEATURE/snmp", "value": {"state": "disabled"}}]"#,
    );
    let (base, patch) = (base.to_str().unwrap(), patch.to_str().unwrap());
    let refused = sandbox.run(["validate", "--base", base, patch, "--report", "junit"]);
    refused.fails(1, "Error: 1 error found");
    assert!(refused.stdout.contains("failures=\"1\""));
    let run = sandbox.run([
        "validate",
        "--base",
        base,
        patch,
        "--report",
        "junit",
        "--allow-existing",
    ]);
    assert!(run.stdout.contains("failures=\"0\""), "{}", run.stdout);
    run.is_clean();
}

#[test]
fn changes_and_configs_are_told_apart() {
    let sandbox = Sandbox::new();
    let config = fixture("config_db.json");
    let run = sandbox.run([
        "validate",
        "--report",
        "concise",
        "--summary",
        "--base",
        &config,
        &fixture("patches/good.json"),
        &config,
        &fixture("patches/refused.json"),
    ]);
    run.fails(1, "Error: 3 errors found in 1 of 3 files");
}
