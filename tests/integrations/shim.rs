//! `integrations/shim/config`: sonicfg behind the commands of the existing tool, on a server of its own, beside a
//! stand-in for the real `config`.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use sonicfg::config::canonical;

use crate::common::cli::{Run, Sandbox, fixture, set_mode};
use crate::common::redis::Redis;

/// A switch with the shim in the place of `config`, and the real one beside it.
struct Switch {
    sandbox: Sandbox,
    redis: Redis,
}

fn from_file(path: impl AsRef<Path>) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn before() -> Value {
    from_file(fixture("plan/config_db.json"))
}

impl Switch {
    fn new() -> Self {
        let switch = Switch {
            sandbox: Sandbox::new(),
            redis: Redis::start(),
        };
        switch.redis.load(&before());
        let shim = Path::new(env!("CARGO_MANIFEST_DIR")).join("integrations/shim/config");
        switch.program("bin/config", &std::fs::read(shim).unwrap());
        let real = "#!/bin/sh\necho \"the real config: $*\"\nexit 7\n";
        switch.program("bin/config.sonic", real.as_bytes());
        let db_config = switch.redis.database_config();
        let ini = format!(
            "[shim]\nprogram = {}\nstore-options = --db-config {} --reload-lock '{}'\n\
             change-options = --step-delay 0 --yang-dir {}\n",
            env!("CARGO_BIN_EXE_sonicfg"),
            db_config.display(),
            switch.sandbox.path("reload.lock").display(),
            fixture("yang-plan"),
        );
        switch.sandbox.write("shim.ini", ini);
        switch
    }

    fn program(&self, name: &str, text: &[u8]) -> PathBuf {
        let path = self.sandbox.write(name, text);
        set_mode(&path, 0o755);
        path
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.sandbox.other(self.sandbox.path("bin/config"));
        command
            .args(args)
            .env("SONICFG_SHIM_INI", self.sandbox.path("shim.ini"))
            .env("SONICFG_STATE_DIR", self.sandbox.path("state"))
            .env("SONICFG_CHECKPOINT_DIR", self.sandbox.path("checkpoints"));
        command
    }

    fn run(&self, args: &[&str]) -> Run {
        Run::of(&mut self.command(args))
    }

    fn config(&self) -> String {
        canonical(&self.redis.config())
    }

    fn description(&self) -> Value {
        self.redis.config()["VLAN"]["Vlan200"]["description"].clone()
    }
}

/// What a run printed, and how it ended.
fn outcome(run: &Run) -> (Option<i32>, &str, &str) {
    (run.code, &run.stdout, &run.stderr)
}

#[test]
fn shim_applies_and_reverts_a_patch() {
    let switch = Switch::new();
    let change = fixture("plan/change.json");
    let run = switch.run(&["checkpoint", "before", "-v"]);
    assert_eq!(
        (run.code, run.stdout.as_str()),
        (Some(0), "Checkpoint created successfully.\n")
    );

    let run = switch.run(&["apply-patch", "--dry-run", &change]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(lines.first(), Some(&"** DRY RUN EXECUTION **"));
    assert!(
        lines.contains(&"+ VLAN|Vlan200 {\"description\": \"storage\"}"),
        "{}",
        run.stdout
    );
    assert_eq!(lines.last(), Some(&"Patch applied successfully."));
    assert_eq!(switch.config(), canonical(&before()));

    let run = switch.run(&["apply-patch", &change, "-f", "CONFIGDB", "-p"]);
    assert_eq!(outcome(&run), (Some(0), "Patch applied successfully.\n", ""));
    assert_eq!(switch.description(), "storage");

    // The existing tool saves over a checkpoint of that name.
    let run = switch.run(&["checkpoint", "after"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let run = switch.run(&["checkpoint", "after"]);
    assert_eq!(outcome(&run), (Some(0), "Checkpoint created successfully.\n", ""));
    let run = switch.run(&["list-checkpoints"]);
    assert_eq!(
        outcome(&run),
        (Some(0), "[\n    \"after\",\n    \"before\"\n]\n", "")
    );
    let timed: Value = serde_json::from_str(&switch.run(&["list-checkpoints", "--time"]).stdout).unwrap();
    assert_eq!(timed[0]["name"], "after");
    assert!(timed[0]["time"].is_string(), "{timed}");

    let run = switch.run(&["rollback", "before"]);
    assert_eq!(outcome(&run), (Some(0), "Config rolled back successfully.\n", ""));
    assert_eq!(switch.config(), canonical(&before()));
    let run = switch.run(&["delete-checkpoint", "before"]);
    assert_eq!(outcome(&run), (Some(0), "Checkpoint deleted successfully.\n", ""));
}

#[test]
fn shim_replaces_a_whole_config() {
    let switch = Switch::new();
    let mut target = before();
    target["VLAN"]["Vlan200"] = json!({"description": "storage"});
    switch.sandbox.write("target.json", target.to_string());
    let run = switch.run(&["replace", "target.json", "-v"]);
    assert_eq!(
        (run.code, run.stdout.as_str()),
        (Some(0), "Config replaced successfully.\n")
    );
    assert_eq!(switch.config(), canonical(&target));
    // In the form of YANG, which the existing tool writes too.
    let wrong = switch.run(&["replace", "--format=SONICYANG", "target.json"]);
    assert_eq!(wrong.code, Some(2), "{}", wrong.stdout);
    assert_eq!(switch.config(), canonical(&target));
}

#[test]
fn shim_passes_on_refusals() {
    let switch = Switch::new();
    let wrong = json!([{"op": "replace", "path": "/PORT/Ethernet0/mtu", "value": "many"}]).to_string();
    // As the gNMI server calls it.
    let mut child = switch
        .command(&["apply-patch", "-f", "CONFIGDB", "/dev/stdin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(wrong.as_bytes()).unwrap();
    let run = Run::from(child.wait_with_output().unwrap());
    assert_eq!(
        run.code,
        Some(2),
        "every failure of the existing tool has this code"
    );
    let told = run.last_line().strip_prefix("Error: ").unwrap();
    assert!(
        told.starts_with("patch rejected") && told.contains("many"),
        "{told}"
    );
    let shown: Vec<&str> = run.stderr.lines().filter(|line| line.contains("Error")).collect();
    assert_eq!(shown, [run.last_line()]);
    let failed = format!("Failed to apply patch due to: {told}\n");
    assert!(run.stderr.contains(&failed), "{}", run.stderr);

    for (args, failed) in [
        (["rollback", "nowhere"], "Failed to rollback config"),
        (
            ["delete-checkpoint", "nowhere"],
            "Failed to delete config checkpoint",
        ),
        (["checkpoint", "a/b"], "Failed to create a config checkpoint"),
        (["replace", "nowhere.json"], "Failed to replace config"),
    ] {
        let run = switch.run(&args);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{args:?}");
        assert!(run.stderr.lines().any(|line| line == failed), "{}", run.stderr);
        assert!(run.last_line().starts_with("Error: "), "{}", run.stderr);
    }
    assert_eq!(switch.config(), canonical(&before()));
}

#[test]
fn wrong_usage() {
    let switch = Switch::new();
    for args in [
        &["apply-patch"][..],
        &["apply-patch", "a.json", "b.json"],
        &["apply-patch", "a.json", "--dry"],
        &["apply-patch", "a.json", "-f", "YAML"],
        &["rollback", "a", "--parallel"],
        &["checkpoint", "a", "--dry-run"],
        &["list-checkpoints", "a"],
    ] {
        let run = switch.run(args);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{args:?}");
        assert!(run.stderr.starts_with("usage: config "), "{}", run.stderr);
        assert!(run.last_line().starts_with("Error: "), "{}", run.stderr);
    }
    let help = switch.run(&["rollback", "-?"]);
    assert_eq!(help.code, Some(0));
    assert!(help.stdout.contains("CHECKPOINT_NAME"), "{}", help.stdout);
    switch.sandbox.write("shim.ini", "[shim]\nprogramme = sonicfg\n");
    let run = switch.run(&["list-checkpoints"]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("unknown key programme"), "{}", run.stderr);
    switch
        .sandbox
        .write("shim.ini", "[shim]\nprogram = /nowhere/sonicfg\n");
    let run = switch.run(&["list-checkpoints"]);
    assert_eq!(run.code, Some(2));
    assert_eq!(
        run.last_line(),
        "Error: cannot run /nowhere/sonicfg: No such file or directory"
    );
}

#[test]
fn every_option_as_it_is_handed_on() {
    let switch = Switch::new();
    let program = switch.program(
        "bin/sonicfg",
        b"#!/bin/sh\nprintf '%s\\n' \"$@\" > words\necho '[]'\n",
    );
    let ini = format!(
        "[shim]\nprogram = {}\nstore-options = --db-config 'a b'\nchange-options = --rolling 2 ; at most\n",
        program.display()
    );
    switch.sandbox.write("shim.ini", ini);
    let store = ["--store", "sonic:", "--db-config", "a b"];
    let change = [&store[..], &["--full-reason", "--rolling", "2"]].concat();
    for (args, options, common) in [
        (
            &[
                "apply-patch",
                "-dpnv",
                "-i",
                "/A/b c",
                "--ignore-path=/D",
                "-fSONICYANG",
                "-t",
                "plan",
                "-",
            ][..],
            &[
                "--format=SONICYANG",
                "--path-trace=plan",
                "--parallel",
                "--dry-run",
                "--ignore-non-yang-tables",
                "--ignore-path=/A/b c",
                "--ignore-path=/D",
                "--verbose",
                "--",
                "-",
            ][..],
            &change[..],
        ),
        (
            &["appl", "p.json"],
            &["--format=CONFIGDB", "--", "p.json"],
            &change,
        ),
        (
            &["repl", "--path-trace", "t", "a b"],
            &["--format=CONFIGDB", "--path-trace=t", "--", "a b"],
            &change,
        ),
        (
            &["rollback", "n", "-n", "-i", "/A", "-d"],
            &[
                "--dry-run",
                "--ignore-non-yang-tables",
                "--ignore-path=/A",
                "--",
                "n",
            ],
            &change,
        ),
        (
            &["checkpoint", "n", "-v"],
            &["--verbose", "--overwrite", "--", "n"],
            &store,
        ),
        (
            &["delete-checkpoint", "-v", "n"],
            &["--verbose", "--", "n"],
            &store,
        ),
        (&["list-c", "-t"], &["--time"], &store),
    ] {
        let run = switch.run(args);
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{args:?}");
        let words = switch.sandbox.read("words");
        let words: Vec<&str> = words.lines().collect();
        assert!(words[0].starts_with(args[0]), "{words:?}");
        assert_eq!(words[1..], [common, options].concat());
    }
}

#[test]
fn everything_else_goes_to_the_real_one() {
    let switch = Switch::new();
    for args in [
        &["vlan", "add", "100"][..],
        &["--help"],
        &["re"],
        &[],
        &["reload", "-y", "a b"],
    ] {
        let run = switch.run(args);
        let told = format!("the real config: {}\n", args.join(" "));
        assert_eq!(outcome(&run), (Some(7), told.as_str(), ""));
    }
    // Another one on PATH, where none stands beside it.
    std::fs::rename(
        switch.sandbox.path("bin/config.sonic"),
        switch.sandbox.path("away"),
    )
    .unwrap();
    let other = switch.program("other/config", b"#!/bin/sh\necho \"another: $*\"\n");
    let path = format!(
        "{}:{}",
        switch.sandbox.path("bin").display(),
        other.parent().unwrap().display()
    );
    let run = Run::of(switch.command(&["vlan", "add", "100"]).env("PATH", path));
    assert_eq!(outcome(&run), (Some(0), "another: vlan add 100\n", ""));
    // Never itself.
    let run = Run::of(switch.command(&["vlan"]).env("PATH", switch.sandbox.path("bin")));
    assert_eq!(run.code, Some(2));
    assert!(
        run.last_line()
            .starts_with("Error: there is no other config program"),
        "{}",
        run.stderr
    );
}

#[test]
fn broken_off() {
    let switch = Switch::new();
    let ini = switch
        .sandbox
        .read("shim.ini")
        .replace("--step-delay 0", "--step-delay 10s");
    switch.sandbox.write("shim.ini", ini);
    for signal in ["-INT", "-TERM"] {
        let child = switch
            .command(&["apply-patch", &fixture("plan/change.json")])
            .process_group(0)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let start = std::time::Instant::now();
        while switch.config() == canonical(&before()) {
            assert!(start.elapsed().as_secs() < 10, "no step");
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        // A terminal sends it to the whole group; others to the one process that they know.
        let id = child.id();
        let to = if signal == "-INT" {
            format!("-{id}")
        } else {
            id.to_string()
        };
        let mut kill = Command::new("kill");
        kill.args([signal, "--", &to]);
        assert!(kill.status().unwrap().success());
        let run = Run::from(child.wait_with_output().unwrap());
        assert_eq!(run.code, Some(1), "{}", run.stderr);
        assert!(run.last_line().contains("rolled back"), "{}", run.stderr);
        assert_eq!(switch.config(), canonical(&before()));
    }
}

#[test]
fn old_errors_do_not_stop_an_unrelated_change() {
    let switch = Switch::new();
    // The default of change-options.
    let ini = switch.sandbox.read("shim.ini");
    let ini: Vec<&str> = ini
        .lines()
        .filter(|line| !line.starts_with("change-options"))
        .collect();
    switch.sandbox.write("shim.ini", ini.join("\n"));
    let old = json!({"FEATURE": {"snmp": {"state": "enabled"}, "bgp": {"status": "x"}}});
    switch.redis.cli::<()>(4, &["FLUSHDB"]);
    switch.redis.load(&old);
    let apply = |operation: Value| {
        let patch = switch.sandbox.write("p.json", json!([operation]).to_string());
        switch.run(&["apply-patch", patch.to_str().unwrap()])
    };
    let run = apply(json!({"op": "replace", "path": "/FEATURE/snmp/state", "value": "disabled"}));
    assert_eq!(
        outcome(&run),
        (
            Some(0),
            "Patch applied successfully.\n",
            "warning: the config has 1 error, as it had before\n"
        )
    );
    assert_eq!(switch.redis.config()["FEATURE"]["snmp"]["state"], "disabled");
    // A new one does.
    let run = apply(json!({"op": "add", "path": "/FEATURE/snmp/status", "value": "x"}));
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    let said = run.last_line();
    assert!(
        said.contains("operation 0 (add /FEATURE/snmp/status): /FEATURE/snmp/status: "),
        "{said}"
    );
    assert_eq!(switch.redis.config()["FEATURE"]["snmp"].get("status"), None);
}
