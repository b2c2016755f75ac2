//! `integrations/github/action.yml`: its steps, as a runner does them.

use serde_json::Value;

use crate::common::cli::{Run, Sandbox, fixture};
use crate::release;
use crate::yaml::{file, members, text};

/// Runs the steps with inputs, until one fails.
fn act(sandbox: &Sandbox, given: &[(&str, &str)]) -> Run {
    let action = file("integrations/github/action.yml");
    let declared = members(&action["inputs"]);
    for (name, _) in given {
        assert!(declared.iter().any(|(input, _)| input == name), "no input {name}");
    }
    let value = |name: &str| {
        let input = declared.iter().find(|(input, _)| input == name);
        let (_, input) = input.unwrap_or_else(|| panic!("no input {name}"));
        assert!(!text(&input["description"]).is_empty(), "{name}");
        match given.iter().find(|(input, _)| *input == name) {
            Some((_, value)) => (*value).to_owned(),
            None => text(&input["default"]),
        }
    };
    let filled = |expression: &str| {
        let inner = expression
            .strip_prefix("${{ inputs.")
            .and_then(|rest| rest.strip_suffix(" }}"));
        match inner {
            Some(name) => value(name),
            None => {
                assert_eq!(
                    expression,
                    "${{ github.server_url }}/${{ github.action_repository }}/releases/download"
                );
                "file:///nowhere".to_owned()
            }
        }
    };
    std::fs::create_dir_all(sandbox.path("runner")).unwrap();
    sandbox.write("path", "");
    let mut stdout = String::new();
    let mut stderr = String::new();
    for step in action["runs"]["steps"].as_vec().unwrap() {
        match text(&step["if"]).as_str() {
            "inputs.binary == ''" if !value("binary").is_empty() => continue,
            "" | "inputs.binary == ''" => {}
            other => panic!("the test does not know the condition {other}"),
        }
        assert_eq!(text(&step["shell"]), "sh");
        // What steps before it put before the path.
        let mut path = sandbox
            .read("path")
            .lines()
            .rev()
            .map(str::to_owned)
            .collect::<Vec<_>>();
        path.push("/usr/local/bin:/usr/bin:/bin".to_owned());
        let mut shell = sandbox.other("sh");
        shell
            .args(["-ec", &text(&step["run"])])
            .env("PATH", path.join(":"))
            .env("RUNNER_TEMP", sandbox.path("runner"))
            .env("GITHUB_PATH", sandbox.path("path"))
            .envs(
                members(&step["env"])
                    .into_iter()
                    .map(|(name, of)| (name, filled(&text(of)))),
            );
        let run = Run::of(&mut shell);
        stdout += &run.stdout;
        stderr += &run.stderr;
        if run.code != Some(0) {
            return Run {
                code: run.code,
                stdout,
                stderr,
            };
        }
    }
    Run {
        code: Some(0),
        stdout,
        stderr,
    }
}

#[test]
fn annotations_by_a_release() {
    let sandbox = Sandbox::new();
    release::configs(&sandbox);
    let source = release::publish(&sandbox);
    let run = act(&sandbox, &[("files", "configs/*.json\n"), ("source", &source)]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(lines.len(), 1, "{}", run.stdout);
    assert!(
        lines[0].starts_with("::error file=configs/of a site.json,line=2,"),
        "{}",
        run.stdout
    );
    let run = act(&sandbox, &[("files", "configs/right.json"), ("source", &source)]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), ""), "{}", run.stderr);

    release::tamper(&sandbox);
    let run = act(&sandbox, &[("files", "configs/right.json"), ("source", &source)]);
    assert_eq!(
        (run.code, run.stdout.contains("FAILED")),
        (Some(1), true),
        "{}",
        run.stderr
    );
    let run = act(&sandbox, &[("files", "configs/right.json")]);
    assert_ne!(run.code, Some(0), "there is no release there");
}

#[test]
fn all_inputs() {
    let sandbox = Sandbox::new();
    release::configs(&sandbox);
    let vendor = std::fs::read(fixture("yang-vendor/vendor-flags.yang")).unwrap();
    sandbox.write("more models/vendor-flags.yang", vendor);
    let binary = [("binary", env!("CARGO_BIN_EXE_sonicfg"))];
    let with = |more: &[(&'static str, &'static str)]| [&binary[..], more].concat();
    let run = act(
        &sandbox,
        &with(&[
            ("files", "configs/of a site.json\nconfigs/right.json"),
            ("report", "sarif"),
            ("output", "r.sarif"),
        ]),
    );
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{}", run.stderr);
    let sarif: Value = serde_json::from_str(&sandbox.read("r.sarif")).unwrap();
    assert_eq!(sarif["runs"][0]["results"].as_array().unwrap().len(), 1);

    // What the project names.
    sandbox.write(".sonicfg.toml", "files = [\"configs/*.json\"]\n");
    let run = act(&sandbox, &binary);
    assert_eq!(run.stdout.lines().count(), 1, "{}", run.stdout);
    assert_eq!(run.code, Some(1), "{}", run.stderr);

    // A table without a model is a warning.
    sandbox.write(
        "other.json",
        "{\"NOBODYS\": {\"a\": {\"b\": \"c\"}}, \"FEATURE\": {\"a\": {}}}\n",
    );
    assert_eq!(act(&sandbox, &with(&[("files", "other.json")])).code, Some(0));
    let denied = act(
        &sandbox,
        &with(&[("files", "other.json"), ("deny-warnings", "true")]),
    );
    assert_eq!(denied.code, Some(1), "{}", denied.stderr);

    let options = act(
        &sandbox,
        &with(&[
            ("files", "configs/right.json"),
            ("options", "--base\nconfigs/of a site.json\n--input\nconfiglet"),
        ]),
    );
    assert_eq!(options.code, Some(0), "{}", options.stderr);
    let missing = act(
        &sandbox,
        &with(&[
            ("files", "configs/right.json"),
            ("yang-dirs", "more models\nno models"),
        ]),
    );
    assert_eq!(missing.code, Some(2));
    assert!(missing.last_line().contains("no models"), "{}", missing.stderr);
    let missing = act(
        &sandbox,
        &with(&[("files", "configs/right.json"), ("policy", "no policy.toml")]),
    );
    assert_eq!(missing.code, Some(2));
    assert!(
        missing.last_line().contains("no policy.toml"),
        "{}",
        missing.stderr
    );
}
