//! `.sonicfg.toml`: what a project says once.

use crate::common::cli::{Sandbox, fixture};
use crate::{bad, good, sites};

#[test]
fn files_without_names_are_those_of_the_project() {
    let sandbox = sites(3, &[]);
    sandbox.write("golden/deep/db.json", good(1));
    sandbox.write("golden/lab/db.json", bad(1));
    sandbox.write("other.json", "no");
    sandbox.write(
        ".sonicfg.toml",
        "files = [\"sites/*.json\", \"golden/**/db.json\"]\nexclude = [\"golden/lab/**\"]\n",
    );
    let run = sandbox.run(["validate"]);
    run.is_clean();
    let names: Vec<&str> = run
        .stdout
        .lines()
        .map(|line| line.split(": ").next().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "golden/deep/db.json",
            "sites/000.json",
            "sites/001.json",
            "sites/002.json"
        ]
    );
    // What is named is checked, and of a folder what the patterns say.
    sandbox
        .run(["validate", "golden/lab/db.json"])
        .fails(1, "Error: 1 error found");
    let run = sandbox.run(["validate", "golden"]);
    assert_eq!(run.stdout, "golden/deep/db.json: valid (config_db)\n");
    // Below the project it is found as well, and patterns lead from it.
    let run = sandbox
        .command(["validate"])
        .current_dir(sandbox.path("golden"))
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(run.stdout).unwrap().lines().count(), 4);
}

#[test]
fn project_without_files_is_an_error() {
    let sandbox = sites(1, &[]);
    sandbox.write(".sonicfg.toml", "retired = \"warn\"\n");
    sandbox.run(["validate"]).fails(
        2,
        "Error: no file is named, and .sonicfg.toml has no patterns of files",
    );
    sandbox.write(".sonicfg.toml", "files = [\"none/*.json\"]\n");
    sandbox
        .run(["validate"])
        .fails(2, "Error: no file matches the patterns of .sonicfg.toml");
}

#[test]
fn unknown_settings_are_refused_at_their_place() {
    let sandbox = sites(1, &[]);
    sandbox.write(
        ".sonicfg.toml",
        "files = [\"sites/*.json\"]\n\n[rules]\nLeafRef = \"warning\"\nLeafRaf = \"off\"\n",
    );
    let run = sandbox.run(["validate"]);
    assert!(
        run.last_line()
            .starts_with("Error: .sonicfg.toml:5:1: unknown variant `LeafRaf`, expected one of"),
        "{}",
        run.stderr
    );
    assert_eq!(run.code, Some(2));
    sandbox.write(".sonicfg.toml", "files = [\n");
    let run = sandbox.run(["validate"]);
    assert!(
        run.last_line().starts_with("Error: .sonicfg.toml:"),
        "{}",
        run.stderr
    );
    sandbox
        .run(["validate", "--config-file", "none.toml", "sites"])
        .fails(2, "Error: cannot read none.toml: no such file or directory");
}

#[test]
fn findings_weigh_what_the_project_says() {
    let sandbox = sites(2, &[0, 1]);
    let validate = |settings: &str| {
        sandbox.write(".sonicfg.toml", settings);
        let run = sandbox.run(["validate", "--report", "concise", "--summary", "sites"]);
        let weights = |word: &str| run.stdout.matches(word).count();
        (weights("error[Range]"), weights("warning[Range]"), run.code)
    };
    assert_eq!(validate(""), (2, 0, Some(1)));
    assert_eq!(validate("[rules]\nRange = \"warning\"\n"), (0, 2, Some(0)));
    assert_eq!(validate("[rules]\nRange = \"off\"\n"), (0, 0, Some(0)));
    assert_eq!(validate("[rules]\nPattern = \"off\"\n"), (2, 0, Some(1)));
    assert_eq!(
        validate("[tables.WARM_RESTART]\nseverity = \"warning\"\n"),
        (0, 2, Some(0))
    );
    // What is said of both comes before what is said of the table, and that before what is said of the kind.
    let both = "[rules]\nRange = \"off\"\n[tables.WARM_RESTART]\nseverity = \"warning\"\nrules = { Range = \"error\" }\n";
    assert_eq!(validate(both), (2, 0, Some(1)));
    assert_eq!(
        validate("[rules]\nRange = \"off\"\n[tables.WARM_RESTART]\nseverity = \"warning\"\n"),
        (0, 2, Some(0))
    );
    assert_eq!(
        validate("[tables.FEATURE]\nseverity = \"off\"\n"),
        (2, 0, Some(1))
    );
}

#[test]
fn warnings_become_errors() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "a.json",
        "{\"OTHER\": {\"a\": {\"b\": \"c\"}}, \"FEATURE\": {\"a\": {}}}",
    );
    sandbox.write(".sonicfg.toml", "[rules]\nUnknownElement = \"error\"\n");
    let run = sandbox.run(["validate", "--report", "concise", "a.json"]);
    run.fails(1, "Error: 1 error found");
}

#[test]
fn known_findings_are_ignored_for_a_reason() {
    let sandbox = sites(2, &[0, 1]);
    let validate = |settings: &str| {
        sandbox.write(".sonicfg.toml", settings);
        let run = sandbox.run(["validate", "--report", "concise", "--summary", "sites"]);
        (run.stdout.lines().count(), run.stderr)
    };
    let (count, told) =
        validate("[[ignore]]\npointer = \"/WARM_RESTART/*/bgp_timer\"\nreason = \"CHG-1234\"\n");
    assert_eq!(count, 0);
    assert_eq!(told, "2 files: 2 valid, 0 invalid; 2 findings ignored\n");
    let with = |rest: &str| format!("[[ignore]]\npointer = \"/WARM_RESTART\"\nreason = \"x\"\n{rest}\n");
    assert_eq!(validate(&with("files = [\"sites/001.json\"]")).0, 1);
    assert_eq!(validate(&with("rule = \"Pattern\"")).0, 2);
    assert_eq!(validate(&with("rule = \"Range\"")).0, 0);
    assert_eq!(validate("[[ignore]]\npointer = \"/WARM\"\nreason = \"x\"\n").0, 2);
}

#[test]
fn settings_of_an_unknown_table_are_reported() {
    let sandbox = sites(1, &[]);
    sandbox.write(".sonicfg.toml", "[tables.WARM_RESTRAT]\nseverity = \"off\"\n");
    // The second time nothing else needs the models.
    for _ in 0..2 {
        let run = sandbox.run(["validate", "sites"]);
        assert_eq!(
            run.stderr,
            "warning: .sonicfg.toml: [tables.WARM_RESTRAT]: no model defines this table\n"
        );
        assert_eq!(run.code, Some(0));
    }
}

/// A config with a retired field.
const RETIRED: &str = r#"{"DEVICE_METADATA": {"localhost": {"synchronous_mode": "enable"}}}"#;

#[test]
fn options_come_before_the_environment_and_that_before_the_file() {
    let sandbox = Sandbox::new();
    sandbox.write("c.json", RETIRED);
    sandbox.write(".sonicfg.toml", "retired = \"warn\"\n");
    let run = |options: &[&str], environment: Option<&str>| {
        let mut command = sandbox.command(
            ["validate", "--report", "concise", "c.json"]
                .iter()
                .chain(options),
        );
        if let Some(value) = environment {
            command.env("SONICFG_RETIRED", value);
        }
        let run = crate::common::cli::Run::of(&mut command);
        run.stdout
            .split(": ")
            .nth(1)
            .unwrap_or("nothing")
            .split(' ')
            .next()
            .unwrap()
            .to_owned()
    };
    assert_eq!(run(&[], None), "warning[Retired]");
    assert_eq!(run(&[], Some("error")), "error[Retired]");
    assert_eq!(run(&["--retired", "warn"], Some("error")), "warning[Retired]");
    assert_eq!(run(&["--config-file", "/dev/null"], None), "error[Retired]");
}

#[test]
fn models_and_rules_are_found_from_the_file() {
    let sandbox = Sandbox::new();
    sandbox.write("site/models/t.yang", crate_module());
    sandbox.write(
        "site/rules/policy.toml",
        "[secrets]\nfields = [\"T_TABLE.colour\"]\n",
    );
    sandbox.write(
        "site/.sonicfg.toml",
        "yang-dirs = [\"models\"]\npolicy = \"rules/policy.toml\"\nfiles = [\"*.json\"]\n",
    );
    sandbox.write(
        "site/a.json",
        "{\"T_TABLE\": {\"a\": {\"colour\": \"hunter2hunter2\"}}}",
    );
    std::fs::create_dir(sandbox.path("site/below")).unwrap();
    for folder in ["site", "site/below"] {
        let output = sandbox
            .command(["validate"])
            .current_dir(sandbox.path(folder))
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(
            text.contains("error[Length]") && !text.contains("hunter2"),
            "{text}"
        );
    }
    // Directories that are named come in their place.
    let run = sandbox
        .command(["validate", "--yang-dir", &fixture("yang-vendor")])
        .current_dir(sandbox.path("site"))
        .output()
        .unwrap();
    let text = String::from_utf8(run.stdout).unwrap();
    assert!(text.contains("1 table without a model"), "{text}");
}

fn crate_module() -> &'static str {
    "module t {\n  yang-version 1.1;\n  namespace \"urn:t\";\n  prefix t;\n\n  container t {\n    container T_TABLE {\n      \
     list T_TABLE_LIST {\n        key \"name\";\n        leaf name { type string; }\n        leaf colour { type string { length \"1..7\"; } }\n      \
     }\n    }\n  }\n}\n"
}

#[test]
fn whoever_makes_a_change_names_the_file() {
    let sandbox = Sandbox::new();
    sandbox.write("c.json", good(1));
    sandbox.write(".sonicfg.toml", "policy = \"policy.toml\"\n");
    sandbox.write("policy.toml", "[[protected]]\npath = \"/FEATURE/bgp/state\"\n");
    sandbox.write("p.json", r#"[{"op": "remove", "path": "/FEATURE/bgp/state"}]"#);
    // A folder in which somebody happens to stand does not decide what is done to a switch.
    let apply = ["apply-patch", "p.json", "--config", "c.json"];
    let named = apply.iter().chain(&["--config-file", ".sonicfg.toml"]);
    let run = sandbox.run(named);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    assert_eq!(sandbox.read("c.json"), good(1));
    let run = sandbox.run(apply);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    // Plans change nothing.
    sandbox.write("c.json", good(1));
    let run = sandbox.run(["plan", "--patch", "p.json", "--current", "c.json"]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
}
