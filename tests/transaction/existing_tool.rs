//! The commands and options of the existing tool.

use std::time::Duration;

use serde_json::{Value, json};
use sonicfg::config::canonical;

use crate::harness::{Harness, KINDS, Kind, change, changed, described, small_switch};

#[test]
fn checkpoints() {
    for kind in KINDS {
        let harness = Harness::new(kind);
        let empty = harness.run(&["list-checkpoints"]);
        empty.is_clean();
        assert_eq!(empty.stdout, "[]\n");
        assert_eq!(
            harness.run(&["checkpoint", "before", "-v"]).stdout,
            "Checkpoint created successfully.\n"
        );
        harness.apply(&change(), &[]).is_clean();
        harness.run(&["checkpoint", "after"]).is_clean();
        let names: Value = serde_json::from_str(&harness.run(&["list-checkpoints"]).stdout).unwrap();
        assert_eq!(names, json!(["after", "before"]));
        let timed: Value = serde_json::from_str(&harness.run(&["list-checkpoints", "-t"]).stdout).unwrap();
        // The newest first.
        assert_eq!(
            (&timed[0]["name"], &timed[1]["name"]),
            (&json!("after"), &json!("before"))
        );
        assert!(timed[0]["time"].is_string(), "{timed}");
        let run = harness.run(&["rollback", "before"]);
        run.is_clean();
        assert_eq!(run.stdout, "Config rolled back successfully.\n");
        assert_eq!(harness.config(), canonical(&small_switch()));
        harness.run(&["rollback", "after"]).is_clean();
        assert_eq!(harness.config(), canonical(&changed()));
        let twice = harness.run(&["checkpoint", "after"]);
        assert_eq!(twice.code, Some(1));
        harness.run(&["checkpoint", "after", "--overwrite"]).is_clean();
        let missing = harness.run(&["rollback", "befor"]);
        assert_eq!(missing.code, Some(1));
        assert!(
            missing.last_line().contains("did you mean \"before\"?"),
            "{}",
            missing.stderr
        );
        for name in ["../x", "a/b", ".."] {
            assert_eq!(harness.run(&["checkpoint", name]).code, Some(1), "{name}");
        }
        assert_eq!(
            harness.run(&["delete-checkpoint", "after"]).stdout,
            "Checkpoint deleted successfully.\n"
        );
        assert_eq!(harness.run(&["delete-checkpoint", "after"]).code, Some(1));
    }
}

#[test]
fn checkpoints_of_the_existing_tool() {
    // A file with the whole config, as JSON.
    let harness = Harness::new(Kind::File);
    harness
        .sandbox
        .write("checkpoints/theirs.cp.json", changed().to_string());
    harness.run(&["rollback", "theirs"]).is_clean();
    assert_eq!(harness.config(), canonical(&changed()));
    harness.run(&["checkpoint", "ours"]).is_clean();
    let saved: Value = serde_json::from_str(&harness.sandbox.read("checkpoints/ours.cp.json")).unwrap();
    assert_eq!(canonical(&saved), canonical(&changed()));
}

#[test]
fn replace_and_configlets() {
    for kind in KINDS {
        let harness = Harness::new(kind);
        harness.sandbox.write("target.json", changed().to_string());
        let run = harness.run(&["replace", "target.json", "--dry-run"]);
        run.is_clean();
        assert!(run.stdout.contains("+ VLAN|Vlan200"), "{}", run.stdout);
        assert_eq!(harness.config(), canonical(&small_switch()));
        let run = harness.run(&["replace", "target.json", "-f", "CONFIGDB"]);
        run.is_clean();
        assert_eq!(run.stdout, "Config replaced successfully.\n");
        assert_eq!(harness.config(), canonical(&changed()));

        harness.sandbox.write(
            "a.json",
            json!([{"VLAN": {"Vlan300": {"description": "x"}}}, {"PORT": {"Ethernet4": {"description": "y"}}}])
                .to_string(),
        );
        harness.sandbox.write(
            "b.json",
            json!([{"PORT": {"Ethernet4": {"description": "z"}}}]).to_string(),
        );
        let parsed = harness.run(&["configlet", "-p", "-j", "a.json"]);
        parsed.is_clean();
        assert!(parsed.stdout.contains("Vlan300"), "{}", parsed.stdout);
        let test = harness.run(&["configlet", "-t", "-u", "-j", "a.json"]);
        test.is_clean();
        assert!(test.stdout.contains("+ VLAN|Vlan300"), "{}", test.stdout);
        harness
            .run(&["configlet", "-u", "-j", "a.json", "-j", "b.json"])
            .is_clean();
        assert_eq!(described(&harness.config()), "z");
        harness.sandbox.write(
            "c2.json",
            json!([{"VLAN": {"Vlan300": {}}}, {"PORT": {"Ethernet4": {"description": ""}}}]).to_string(),
        );
        harness.run(&["configlet", "-d", "-j", "c2.json"]).is_clean();
        assert_eq!(harness.config(), canonical(&changed()));
        assert_eq!(
            harness.run(&["configlet", "-j", "a.json"]).code,
            Some(2),
            "neither update nor delete"
        );
        harness.is_at_rest();
    }
}

#[test]
fn as_the_gnmi_server_calls_it() {
    let harness = Harness::new(Kind::Redis);
    let mut args: Vec<String> = ["apply-patch", "-f", "CONFIGDB", "/dev/stdin", "--yang-dir"]
        .map(str::to_owned)
        .to_vec();
    args.push(crate::common::cli::fixture("yang-plan"));
    args.extend(harness.store());
    args.extend([
        "--full-reason".to_owned(),
        "--step-delay".to_owned(),
        "0".to_owned(),
    ]);
    args.extend([
        "--state-dir".to_owned(),
        harness.sandbox.path("state").display().to_string(),
    ]);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let run = harness
        .sandbox
        .run_with_input(&args, change().to_string().as_bytes());
    run.is_clean();
    assert_eq!(run.stdout, "Patch applied successfully.\n");
    let wrong = json!([{"op": "replace", "path": "/PORT/Ethernet0/mtu", "value": "many"}]);
    let run = harness
        .sandbox
        .run_with_input(&args, wrong.to_string().as_bytes());
    assert_eq!(run.code, Some(1));
    // The first line with the word is the one that it shows.
    let first = run.stderr.lines().find(|line| line.contains("Error")).unwrap();
    assert!(
        first.starts_with("Error: patch rejected") && first.contains("many"),
        "{}",
        run.stderr
    );
}

#[test]
fn patch_on_a_simulated_switch() {
    let harness = Harness::new(Kind::Redis);
    let config = harness.redis().database_config();
    let lock = harness.sandbox.path("reload.lock");
    harness.sandbox.write("p.json", change().to_string());
    let mut command =
        harness
            .sandbox
            .command(["apply-patch", "p.json", "--store", "sonic:", "--step-delay", "0"]);
    command
        .arg("--db-config")
        .arg(config)
        .arg("--reload-lock")
        .arg(&lock)
        .args(["--lock-timeout", "100ms", "--yang-dir"])
        .arg(crate::common::cli::fixture("yang-plan"))
        .env("SONICFG_STATE_DIR", harness.sandbox.path("state"));
    // While the switch loads its config anew, nothing is changed.
    let file = std::fs::File::create(&lock).unwrap();
    file.lock().unwrap();
    let run = crate::common::cli::Run::of(&mut command);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert!(run.last_line().contains("reload"), "{}", run.stderr);
    drop(file);
    crate::common::cli::Run::of(&mut command).is_clean();
    assert_eq!(harness.config(), canonical(&changed()));
    harness.is_at_rest();
}

#[test]
fn broken_off_between_two_steps() {
    for kind in [Kind::FileInSteps, Kind::Redis] {
        let harness = Harness::new(kind);
        harness.sandbox.write("p.json", change().to_string());
        let child = harness
            .command(&["apply-patch", "p.json", "--step-delay", "10s"])
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let start = std::time::Instant::now();
        while harness.config() == canonical(&small_switch()) {
            assert!(start.elapsed() < Duration::from_secs(10), "no step");
            std::thread::sleep(Duration::from_millis(5));
        }
        // The way back has its pauses too; a short one will do for that.
        let status = std::process::Command::new("kill")
            .args(["-INT", &child.id().to_string()])
            .status();
        assert!(status.unwrap().success());
        let run = crate::common::cli::Run::from(child.wait_with_output().unwrap());
        assert_eq!(run.code, Some(130), "{}", run.stderr);
        assert!(run.last_line().contains("rolled back"), "{}", run.stderr);
        assert_eq!(harness.config(), canonical(&small_switch()));
        harness.is_at_rest();
    }
}

#[test]
fn outcomes_for_programs() {
    let harness = Harness::new(Kind::Redis);
    let json = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let run = harness.apply(&change(), &["--report", "json"]);
    run.is_clean();
    let told = json(&run.stdout);
    assert_eq!(
        (&told["result"], &told["steps"], &told["entries"]),
        (&json!("applied"), &json!(3), &json!(4))
    );
    assert_eq!(
        json(&harness.apply(&json!([]), &["--report", "json"]).stdout)["result"],
        "unchanged"
    );
    let wrong = json!([{"op": "replace", "path": "/PORT/Ethernet0/mtu", "value": "many"}]);
    let run = harness.apply(&wrong, &["--report", "json"]);
    assert_eq!(run.code, Some(1));
    let told = json(&run.stdout);
    assert_eq!(told["result"], "refused");
    assert_eq!(told["diagnostics"][0]["pointer"], "/PORT/Ethernet0/mtu");
    let trace = harness.sandbox.path("trace.json");
    let undo = json!([{"op": "remove", "path": "/VLAN_MEMBER/Vlan200|Ethernet4"}]);
    harness
        .apply(&undo, &["-t", trace.to_str().unwrap(), "-d"])
        .is_clean();
    assert_eq!(
        json(&std::fs::read_to_string(trace).unwrap())["steps"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}
