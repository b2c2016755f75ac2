//! Names of release 0.1 that are still accepted, with a warning that says the new ones.

#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::cli::Sandbox;

const CONFIG: &str = r#"{"FEATURE": {"bgp": {"state": "enabled"}}}"#;
const PATCH: &str = r#"[{"op": "replace", "path": "/FEATURE/bgp/state", "value": "disabled"}]"#;
const APPLIED: &str = "Patch applied successfully.\n";
const SETTLE: &str = "warning: --settle is now --step-delay; the old name is accepted in this release only\n";

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("c.json", CONFIG);
    sandbox.write("p.json", PATCH);
    sandbox
}

#[test]
fn old_option_is_accepted_with_a_warning() {
    for option in [&["--settle", "1ms"][..], &["--settle=1ms"]] {
        let sandbox = sandbox();
        let run = sandbox.run([&["apply-patch", "p.json", "--config", "c.json"], option].concat());
        assert_eq!((run.code, &*run.stdout, &*run.stderr), (Some(0), APPLIED, SETTLE));
        assert!(sandbox.read("c.json").contains("disabled"));
    }
}

#[test]
fn old_option_has_the_checks_of_the_new_one() {
    let sandbox = sandbox();
    let apply = ["apply-patch", "p.json", "--config", "c.json"];
    let run = sandbox.run([&apply[..], &["--settle", "soon"]].concat());
    assert_eq!(run.code, Some(2));
    assert!(
        run.last_line().contains("'soon' for '--step-delay"),
        "{}",
        run.stderr
    );
    let run = sandbox.run([&apply[..], &["--settle", "0", "--step-delay", "0"]].concat());
    assert_eq!(run.code, Some(2));
    assert!(run.last_line().contains("--step-delay"), "{}", run.stderr);
    // Behind `--` it is a name like others.
    let run = sandbox.run(["validate", "--", "--settle"]);
    assert_eq!(run.code, Some(2));
    assert!(
        run.stderr.starts_with("Error: ") && run.stderr.contains("--settle"),
        "{}",
        run.stderr
    );
    // The new name alone gives no warning.
    let run = sandbox.run([&apply[..], &["--step-delay", "0"]].concat());
    assert_eq!((run.code, &*run.stderr), (Some(0), ""));
}

#[test]
fn old_policy_keys_are_read_with_a_warning() {
    let sandbox = sandbox();
    sandbox.write(
        "policy.toml",
        "[[refused-removal]]\npath = \"/FEATURE/bgp/state\"\n",
    );
    sandbox.write("p.json", r#"[{"op": "remove", "path": "/FEATURE/bgp/state"}]"#);
    let warning = "warning: policy.toml:1:3: the key \"refused-removal\" is now \"protected\"; the old name is read in \
                   this release only\n";
    let apply = [
        "apply-patch",
        "p.json",
        "--config",
        "c.json",
        "--policy",
        "policy.toml",
    ];
    let plan = [
        "plan",
        "--current",
        "c.json",
        "--patch",
        "p.json",
        "--policy",
        "policy.toml",
    ];
    for command in [&apply[..], &plan[..]] {
        let run = sandbox.run(command.iter().copied());
        assert_eq!(run.code, Some(1));
        assert_eq!(run.stderr.matches("warning: ").count(), 1, "{}", run.stderr);
        assert!(run.stderr.starts_with(warning), "{}", run.stderr);
        assert!(run.stderr.contains("/FEATURE/bgp"), "{}", run.stderr);
    }
    assert_eq!(sandbox.read("c.json"), CONFIG);
}

#[test]
fn both_names_of_a_policy_key_are_an_error() {
    let sandbox = sandbox();
    sandbox.write(
        "policy.toml",
        "daemon-owned = [\"A\"]\nwritten-by-daemons = [\"B\"]\n",
    );
    sandbox
        .run(["apply-patch", "p.json", "--config", "c.json", "--policy", "policy.toml"])
        .fails(
            2,
            "Error: policy.toml:2:1: the file has both \"written-by-daemons\" and \"daemon-owned\", which are the same \
             key; use \"daemon-owned\"",
        );
}
