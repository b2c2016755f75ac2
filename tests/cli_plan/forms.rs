//! What `plan` and dry runs say in the forms that other programs read.

use serde_json::Value;

use crate::common::cli::{Run, Sandbox, fixture};
use crate::{NEIGHBOUR, SWITCH, sandbox};

/// The forms that hold findings.
const FORMS: [&str; 7] = [
    "concise",
    "json",
    "json-lines",
    "junit",
    "github",
    "gitlab",
    "sarif",
];

fn plan(sandbox: &Sandbox, patch: &str, options: &[&str], form: &str) -> Run {
    let models = fixture("yang-plan");
    let mut args = vec![
        "plan",
        "--patch",
        patch,
        "--current",
        "c.json",
        "--yang-dir",
        &models,
        "--report",
        form,
    ];
    args.extend(options);
    sandbox.run(args)
}

fn dry_run(sandbox: &Sandbox, patch: &str, form: &str) -> Run {
    let models = fixture("yang-plan");
    let before = sandbox.read("c.json");
    let run = sandbox.run([
        "apply-patch",
        patch,
        "--dry-run",
        "--config",
        "c.json",
        "--yang-dir",
        &models,
        "--report",
        form,
    ]);
    assert_eq!(sandbox.read("c.json"), before);
    run
}

/// All forms of an outcome, one below the other.
fn all(run: impl Fn(&str) -> Run) -> String {
    let mut text = String::new();
    for form in FORMS {
        let run = run(form);
        let shown = match form {
            // The rules and the version are the same in all.
            "sarif" => {
                let document: Value = serde_json::from_str(&run.stdout).unwrap();
                serde_json::to_string_pretty(&document["runs"][0]["results"]).unwrap() + "\n"
            }
            _ => run.stdout.clone(),
        };
        assert!(
            !run.stdout.contains("hunter2") && !run.stderr.contains("hunter2"),
            "{run:?}"
        );
        text += &format!("--- {form}: {}\n{shown}", run.code.unwrap());
    }
    text
}

#[test]
fn plan_in_all_forms() {
    let sandbox = sandbox(NEIGHBOUR);
    insta::assert_snapshot!(all(|form| plan(&sandbox, "p.json", &[], form)));
}

#[test]
fn dry_run_in_all_forms() {
    let sandbox = sandbox(NEIGHBOUR);
    insta::assert_snapshot!(all(|form| dry_run(&sandbox, "p.json", form)));
}

const INVALID: &str = r#"[
  {"op": "replace", "path": "/BGP_NEIGHBOR/10.0.0.3/asn", "value": "65102"},
  {"op": "replace", "path": "/PORT/Ethernet0/admin_status", "value": "on"}
]"#;

#[test]
fn findings_of_a_change_in_all_forms() {
    let sandbox = sandbox(INVALID);
    let planned = all(|form| plan(&sandbox, "p.json", &[], form));
    let tried = all(|form| dry_run(&sandbox, "p.json", form));
    insta::assert_snapshot!(planned);
    // The same findings at the same places, whoever asks.
    let findings = |text: &str| text.lines().filter(|line| line.contains("error[")).count();
    assert_eq!(findings(&planned), findings(&tried));
}

#[test]
fn whoever_asks_for_lines_gets_lines_alone() {
    let sandbox = sandbox(INVALID);
    for run in [
        plan(&sandbox, "p.json", &[], "concise"),
        dry_run(&sandbox, "p.json", "concise"),
    ] {
        assert_eq!(
            (run.stdout.lines().count(), run.stderr.lines().count()),
            (1, 1),
            "{run:?}"
        );
    }
}

#[test]
fn change_against_policy_is_a_finding() {
    let sandbox = sandbox(NEIGHBOUR);
    sandbox.write(
        "policy.toml",
        "[[protected]]\npath = \"/PORT/Ethernet0/admin_status\"\n",
    );
    sandbox.write(
        "p.json",
        r#"[{"op": "remove", "path": "/PORT/Ethernet0/admin_status"}]"#,
    );
    let run = |form: &str| plan(&sandbox, "p.json", &["--policy", "policy.toml"], form);
    insta::assert_snapshot!(all(run));
}

#[test]
fn syntax_error_is_reported_at_its_place() {
    let sandbox = sandbox("[\n  {\"op\": \"remove\" \"path\": \"/VLAN\"}\n]");
    let run = plan(&sandbox, "p.json", &[], "github");
    assert!(
        run.stdout.starts_with("::error file=p.json,line=2,col="),
        "{}",
        run.stdout
    );
    let run = dry_run(&sandbox, "p.json", "concise");
    assert!(
        run.stdout.starts_with("p.json:2:19: error[InvalidJSON] "),
        "{}",
        run.stdout
    );
    assert_eq!(run.code, Some(1));
}

#[test]
fn paths_with_spaces_and_beyond_ascii() {
    let sandbox = sandbox(INVALID);
    sandbox.write("Zürich Süd/p 1.json", INVALID);
    for form in FORMS {
        let run = plan(&sandbox, "Zürich Süd/p 1.json", &[], form);
        let path = match form {
            "sarif" => "Z%C3%BCrich%20S%C3%BCd/p%201.json",
            // The plan's own document names no files.
            "json" => "",
            _ => "Zürich Süd/p 1.json",
        };
        assert!(run.stdout.contains(path), "{form}: {}", run.stdout);
    }
}

#[test]
fn secrets_are_masked_in_all_forms() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "c.json",
        r#"{"SYSTEM_DEFAULTS": {"buffer_model": {"status": "traditional"}}}"#,
    );
    sandbox.write(
        "p.json",
        r#"[{"op": "add", "path": "/SYSTEM_DEFAULTS/buffer_model", "value": {"status": "off", "passkey": "hunter2"}}]"#,
    );
    let text = all(|form| {
        sandbox.run([
            "plan",
            "--patch",
            "p.json",
            "--current",
            "c.json",
            "--report",
            form,
        ])
    });
    assert!(
        text.contains("error[Must] /SYSTEM_DEFAULTS/buffer_model/status"),
        "{text}"
    );
    all(|form| {
        sandbox.run([
            "apply-patch",
            "p.json",
            "--dry-run",
            "--config",
            "c.json",
            "--report",
            form,
        ])
    });
}

/// A config with a retired field that can be moved, and one whose value is no legal one.
const RETIRED: &str = r#"{
    "DEVICE_METADATA": {"localhost": {
        "synchronous_mode": "enable",
        "buffer_model": "sideways"
    }}
}"#;

#[test]
fn migration_in_all_forms() {
    let sandbox = Sandbox::new();
    sandbox.write("c.json", RETIRED);
    let migrate = |form: &str| sandbox.run(["migrate", "--config", "c.json", "--dry-run", "--report", form]);
    insta::assert_snapshot!(all(migrate));
    sandbox.write("c.json", RETIRED.replace("sideways", "dynamic"));
    let clean = all(migrate);
    assert!(!clean.contains("error[") && !clean.contains("::error"), "{clean}");
    assert_eq!(sandbox.read("c.json"), RETIRED.replace("sideways", "dynamic"));
}

#[test]
fn committed_change_reports_outcome_in_all_forms() {
    for form in FORMS {
        let sandbox = sandbox(NEIGHBOUR);
        let models = fixture("yang-plan");
        let run = sandbox.run([
            "apply-patch",
            "p.json",
            "--config",
            "c.json",
            "--yang-dir",
            &models,
            "--report",
            form,
        ]);
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{form}");
        assert_ne!(sandbox.read("c.json"), SWITCH);
        let expected = match form {
            "concise" => "Patch applied successfully.\n",
            "json" => "\"result\": \"applied\"",
            "json-lines" => "\"result\":\"applied\"",
            "junit" => "<testcase name=\"p.json\" classname=\"change\"/>",
            "github" => "",
            "gitlab" => "[]\n",
            _ => "\"results\": []",
        };
        assert!(run.stdout.contains(expected), "{form}: {}", run.stdout);
    }
}
