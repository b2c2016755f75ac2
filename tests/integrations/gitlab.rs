//! `integrations/gitlab/sonicfg.yml`: its script, as a runner does it.

use serde_json::Value;

use crate::common::cli::{Run, Sandbox};
use crate::release;
use crate::yaml::{file, members, text};

/// Runs the job with variables.
fn job(sandbox: &Sandbox, given: &[(&str, &str)]) -> Run {
    let job = &file("integrations/gitlab/sonicfg.yml")["sonicfg"];
    let declared = members(&job["variables"]);
    for (name, _) in given {
        assert!(
            declared.iter().any(|(variable, _)| variable == name),
            "no variable {name}"
        );
    }
    let script: Vec<String> = job["script"].as_vec().unwrap().iter().map(text).collect();
    let mut shell = sandbox.other("sh");
    shell
        .args(["-ec", &script.join("\n")])
        .envs(declared.iter().map(|(name, value)| (name, text(value))))
        .envs(given.iter().copied());
    Run::of(&mut shell)
}

/// The files that the job keeps.
fn artifacts() -> [String; 2] {
    let job = &file("integrations/gitlab/sonicfg.yml")["sonicfg"];
    assert_eq!(text(&job["artifacts"]["when"]), "always");
    let reports = &job["artifacts"]["reports"];
    [text(&reports["codequality"]), text(&reports["junit"])]
}

#[test]
fn reports_by_a_release() {
    let sandbox = Sandbox::new();
    release::configs(&sandbox);
    let source = release::publish(&sandbox);
    std::fs::rename(
        sandbox.path("configs/of a site.json"),
        sandbox.path("configs/site.json"),
    )
    .unwrap();
    let run = job(
        &sandbox,
        &[("SONICFG_SOURCE", &source), ("SONICFG_FILES", "configs/*.json")],
    );
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    assert!(run.stdout.starts_with("configs/site.json:2:"), "{}", run.stdout);
    let [quality, junit] = artifacts();
    let found: Value = serde_json::from_str(&sandbox.read(&quality)).unwrap();
    assert_eq!(found.as_array().unwrap().len(), 1);
    assert_eq!(found[0]["location"]["path"], "configs/site.json");
    let document = sandbox.read(&junit);
    let document = roxmltree::Document::parse(&document).unwrap();
    let cases = document
        .descendants()
        .filter(|node| node.has_tag_name("testcase"));
    assert_eq!(cases.count(), 2);

    release::tamper(&sandbox);
    let run = job(
        &sandbox,
        &[
            ("SONICFG_SOURCE", &source),
            ("SONICFG_FILES", "configs/right.json"),
        ],
    );
    assert_ne!(run.code, Some(0), "{}", run.stdout);
}

#[test]
fn gitlab_job_checks_project_files_by_default() {
    let sandbox = Sandbox::new();
    let source = release::publish(&sandbox);
    sandbox.write(".sonicfg.toml", "files = [\"site/*.json\"]\n");
    sandbox.write(
        "site/config_db.json",
        "{\"NOBODYS\": {\"a\": {\"b\": \"c\"}}, \"FEATURE\": {\"a\": {}}}\n",
    );
    let run = job(&sandbox, &[("SONICFG_SOURCE", &source)]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), ""), "{}", run.stderr);
    for report in artifacts() {
        assert!(!sandbox.read(&report).is_empty(), "{report}");
    }
    let run = job(
        &sandbox,
        &[
            ("SONICFG_SOURCE", &source),
            ("SONICFG_OPTIONS", "--deny-warnings"),
        ],
    );
    assert_eq!(run.code, Some(1), "{}", run.stderr);
}
