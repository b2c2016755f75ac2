//! Folders and files that another user could have made: nothing in them is believed, and nothing is held up by them.

use std::os::unix::fs::{MetadataExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sonicfg::config::canonical;

use crate::common::cli::{Run, Sandbox, fixture, set_mode};
use crate::common::oracle::say;
use crate::common::redis::STATE_DB;
use crate::harness::{Harness, Kind, change, changed, described, description, has_points, small_switch};

/// The number of the user `nobody`.
const NOBODY: u32 = 65534;
const STATE: &str = ".c.json.sonicfg";

fn is_root() -> bool {
    let is_root = std::fs::metadata("/proc/self").unwrap().uid() == 0;
    if !is_root {
        say("SKIPPED: only root can be another user");
    }
    is_root
}

fn mode(path: &Path) -> u32 {
    std::fs::symlink_metadata(path).unwrap().mode() & 0o777
}

/// A program with a lifetime, so that a hang is a failure.
fn ends(command: &mut Command) -> Run {
    let child = command
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let id = child.id().to_string();
    let start = Instant::now();
    let output = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| child.wait_with_output().unwrap());
        while !waiting.is_finished() {
            if start.elapsed() > Duration::from_secs(30) {
                let _ = Command::new("kill").args(["-9", &id]).status();
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        waiting.join().unwrap()
    });
    assert!(output.status.code().is_some(), "it hangs");
    Run::from(output)
}

#[test]
fn folders_are_private_whatever_the_umask() {
    for umask in ["000", "022", "077", "177"] {
        for kind in [Kind::File, Kind::Redis] {
            let harness = Harness::new(kind);
            harness.sandbox.write("p.json", description("x").to_string());
            for args in [&["apply-patch", "p.json"][..], &["checkpoint", "cp"]] {
                let command = harness.command(args);
                let mut masked = harness.sandbox.other("sh");
                for (name, value) in command.get_envs() {
                    if let Some(value) = value {
                        masked.env(name, value);
                    }
                }
                masked
                    .args(["-c", &format!("umask {umask}; exec \"$@\""), "sh"])
                    .arg(command.get_program())
                    .args(command.get_args());
                let run = Run::of(&mut masked);
                assert_eq!(run.code, Some(0), "{umask}: {}", run.stderr);
            }
            let mut folders = vec![harness.home(), harness.home().join("history")];
            match kind {
                Kind::Redis => {
                    folders.extend([harness.sandbox.path("state"), harness.home().join("checkpoints")])
                }
                _ => folders.push(harness.sandbox.path("checkpoints")),
            }
            for folder in folders {
                assert_eq!(mode(&folder), 0o700, "{umask}: {}", folder.display());
            }
            for entry in std::fs::read_dir(harness.home().join("history")).unwrap() {
                assert_eq!(mode(&entry.unwrap().path()), 0o600);
            }
        }
    }
}

#[test]
fn folder_of_another_user_is_not_used() {
    if !is_root() {
        return;
    }
    let sandbox = Sandbox::new();
    set_mode(&sandbox.path("."), 0o1777);
    sandbox.write("victim", "a file of root\n");
    set_mode(&sandbox.path("victim"), 0o600);
    sandbox.write("c.json", small_switch().to_string());
    sandbox.write("p.json", description("x").to_string());
    let apply = [
        "apply-patch",
        "p.json",
        "--config",
        "c.json",
        "--yang-dir",
        &fixture("yang-plan"),
    ];
    let plant = |script: &str| {
        let _ = std::fs::remove_dir_all(sandbox.path(STATE));
        let status = sandbox
            .other("sh")
            .args(["-c", script])
            .uid(NOBODY)
            .gid(NOBODY)
            .status();
        assert!(status.unwrap().success(), "{script}");
    };
    for script in [
        format!("mkdir {STATE} && ln -s \"$PWD/victim\" {STATE}/lock"),
        format!("mkdir -m 777 {STATE}"),
        format!("mkdir -m 755 {STATE} && mkfifo {STATE}/lock"),
        format!("mkdir {STATE} && echo x > {STATE}/journal"),
        format!("ln -s \"$PWD\" {STATE}"),
        format!("echo x > {STATE}"),
    ] {
        plant(&script);
        for args in [
            &apply[..],
            &["recover", "--config", "c.json"],
            &["confirm", "--config", "c.json"],
        ] {
            let run = ends(&mut sandbox.command(args));
            assert_eq!(run.code, Some(2), "{script}: {args:?}: {}", run.stderr);
            assert!(
                run.last_line().contains("is not used: "),
                "{script}: {}",
                run.stderr
            );
        }
        assert_eq!(sandbox.read("victim"), "a file of root\n");
        let config: Value = serde_json::from_str(&sandbox.read("c.json")).unwrap();
        assert_eq!(config, small_switch());
    }
}

#[test]
fn links_and_pipes_in_our_folder_are_refused() {
    let harness = Harness::new(Kind::File);
    harness.apply(&description("x"), &[]).is_clean();
    let home = harness.home();
    harness.sandbox.write("victim", "not ours\n");
    let id = "20200101T000000000-0000";
    for name in [
        "lock".to_owned(),
        format!("journal-{id}"),
        format!("pending-{id}"),
        "journal".to_owned(),
    ] {
        let path = home.join(&name);
        for is_link in [true, false] {
            if is_link {
                symlink(harness.sandbox.path("victim"), &path).unwrap();
            } else {
                assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
            }
            harness.sandbox.write("p.json", description("y").to_string());
            let run = ends(&mut harness.command(&["apply-patch", "p.json"]));
            assert_eq!(run.code, Some(2), "{name}: {}", run.stderr);
            assert!(
                run.last_line().contains("is not used: "),
                "{name}: {}",
                run.stderr
            );
            std::fs::remove_file(&path).unwrap();
        }
    }
    assert_eq!(harness.sandbox.read("victim"), "not ours\n");
    harness.apply(&description("y"), &[]).is_clean();
}

#[test]
fn saved_file_may_be_a_link_and_no_pipe() {
    let harness = Harness::new(Kind::File);
    let path = |name: &str| harness.sandbox.path(name);
    assert!(
        Command::new("mkfifo")
            .arg(path("pipe"))
            .status()
            .unwrap()
            .success()
    );
    symlink("nothing", path("dangling")).unwrap();
    harness.sandbox.write("real.json", small_switch().to_string());
    symlink("real.json", path("link.json")).unwrap();
    harness.sandbox.write("p.json", change().to_string());
    for (file, reason) in [
        ("pipe", "not a regular file"),
        ("dangling", "points to nothing"),
        (".", "not a regular file"),
    ] {
        let run = ends(&mut harness.command(&["apply-patch", "p.json", "--save", file]));
        assert_eq!(run.code, Some(2), "{file}: {}", run.stderr);
        assert!(run.last_line().contains(reason), "{file}: {}", run.stderr);
        assert_eq!(harness.config(), canonical(&small_switch()));
        harness.is_at_rest();
    }
    harness.apply(&change(), &["--save", "link.json"]).is_clean();
    assert!(path("link.json").is_symlink());
    let saved: Value = serde_json::from_str(&harness.sandbox.read("real.json")).unwrap();
    assert_eq!(canonical(&saved), canonical(&changed()));
}

#[test]
fn journal_counts_only_for_its_own_store() {
    if !has_points() {
        return;
    }
    // The journal of another config of ours, put beside this one.
    let sandbox = Sandbox::new();
    let run = |args: &[&str], config: &str, point: Option<&str>| {
        let mut command = sandbox.command(args);
        command.args(["--config", config]);
        if args[0] != "history" {
            command.args(["--yang-dir", &fixture("yang-plan")]);
        }
        if let Some(point) = point {
            command.env("SONICFG_KILL_AT", point);
        }
        Run::of(&mut command)
    };
    for name in ["c.json", "other.json"] {
        sandbox.write(name, small_switch().to_string());
    }
    sandbox.write("p.json", change().to_string());
    let steps = ["apply-patch", "p.json", "--step-delay", "1ms"];
    assert_eq!(run(&steps, "other.json", Some("after a step:1")).code, None);
    let half = sandbox.read("other.json");
    std::fs::rename(sandbox.path(".other.json.sonicfg"), sandbox.path(STATE)).unwrap();
    for args in [&steps[..], &["recover"]] {
        let refused = run(args, "c.json", None);
        assert_eq!(refused.code, Some(2), "{}", refused.stderr);
        assert!(
            refused.last_line().contains("it is not about file:"),
            "{}",
            refused.stderr
        );
    }
    assert_eq!(sandbox.read("other.json"), half);
    std::fs::rename(sandbox.path(STATE), sandbox.path(".other.json.sonicfg")).unwrap();
    assert_eq!(run(&["recover"], "other.json", None).code, Some(0));
    let now: Value = serde_json::from_str(&sandbox.read("other.json")).unwrap();
    assert_eq!(canonical(&now), canonical(&small_switch()));
}

#[test]
fn mark_names_no_files() {
    // Who can write to the server points to a folder of theirs.
    let harness = Harness::new(Kind::Redis);
    let folder = harness.sandbox.path("theirs");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("journal"), "sonicfg-record 1 0\n{}\n").unwrap();
    let holder = json!({"user": "x", "host": "y", "pid": 1, "command": "z", "since": "2026-01-01T00:00:00Z"});
    let mark = [
        "HSET",
        "SONICFG|MARK",
        "transaction",
        "20260101T000000000-0001",
        "step",
        "1",
        "journal",
        folder.to_str().unwrap(),
        "holder",
        &holder.to_string(),
    ];
    harness.redis().cli::<i64>(STATE_DB, &mark);
    let run = harness.apply(&description("x"), &[]);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert!(run.last_line().contains("x@y (process 1, z)"), "{}", run.stderr);
    assert!(
        !run.stderr.contains("theirs") && !run.stderr.contains("damaged"),
        "{}",
        run.stderr
    );
    assert_eq!(harness.run(&["recover", "--abandon"]).code, Some(0));
    harness.apply(&description("x"), &[]).is_clean();
    assert_eq!(described(&harness.config()), "x");
}

#[test]
fn last_name_of_all_ends_in_an_error() {
    let harness = Harness::new(Kind::File);
    harness.apply(&description("x"), &[]).is_clean();
    let history = harness.home().join("history");
    let first = std::fs::read_dir(&history)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    std::fs::rename(first, history.join("99991231T235959999-ffff.json")).unwrap();
    harness.sandbox.write("p.json", description("y").to_string());
    let run = ends(&mut harness.command(&["apply-patch", "p.json"]));
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(
        run.last_line().contains("99991231T235959999-ffff"),
        "{}",
        run.stderr
    );
    assert_eq!(described(&harness.config()), "x");
    // One of a clock that was ahead by less is followed.
    std::fs::rename(
        history.join("99991231T235959999-ffff.json"),
        history.join("29991231T235959999-ffff.json"),
    )
    .unwrap();
    harness.apply(&description("y"), &[]).is_clean();
}

#[test]
fn reader_of_the_config_holds_nobody_up() {
    let harness = Harness::new(Kind::FileInSteps);
    let reader = std::fs::File::open(harness.sandbox.path("c.json")).unwrap();
    reader.lock().unwrap();
    harness.apply(&change(), &["--lock-timeout", "0"]).is_clean();
    assert_eq!(harness.config(), canonical(&changed()));
}
