//! Completion of names, asked for as the shells do, and in the shells themselves where they are there.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::common::cli::{Run, Sandbox, fixture};
use crate::common::oracle::say;
use crate::common::redis::Redis;

const CONFIG: &str = r#"{
  "PORT": {"Ethernet0": {"lanes": "1,2"}, "Ethernet4": {"lanes": "3,4"}},
  "VLAN": {"Vlan100": {}},
  "VLAN_MEMBER": {"Vlan100|Ethernet0": {"tagging_mode": "tagged"}},
  "BGP_NEIGHBOR": {"fc00::1": {"asn": "1"}},
  "SNMP_COMMUNITY": {"hush": {"TYPE": "RO"}},
  "MAINTENANCE": {"a\u001b[2J": {}, "a\nb": {}, "a*": {}, "a b": {}}
}"#;

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("c.json", CONFIG);
    sandbox
}

/// What completes the last of some words, as the program tells fish: names without their descriptions.
fn offered(sandbox: &Sandbox, words: &[&str]) -> Vec<String> {
    let mut command = sandbox.command([&["--", "sonicfg"], words].concat());
    command
        .env("SONICFG_COMPLETE", "fish")
        .env("SONICFG_YANG_PATH", fixture("yang-rules"));
    let run = Run::of(&mut command);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{words:?}");
    let lines = run.stdout.lines();
    lines
        .map(|line| line.split('\t').next().unwrap().to_owned())
        .collect()
}

#[test]
fn names_come_from_the_models_and_the_config() {
    let sandbox = sandbox();
    for (words, expected) in [
        (&["expl"][..], &["explain"][..]),
        (&["explain", "/VLAN_"], &["/VLAN_MEMBER/"]),
        (&["explain", "MIRR"], &["MIRROR_SESSION"]),
        (&["explain", "PORT.m"], &["PORT.mtu"]),
        (
            &["explain", "--config", "c.json", "/PORT/E"],
            &["/PORT/Ethernet0/", "/PORT/Ethernet4/"],
        ),
        (
            &["explain", "--config=c.json", "PORT|"],
            &["PORT|Ethernet0", "PORT|Ethernet4"],
        ),
        (&["explain", "/PORT/"], &["/PORT/*/"]),
        (&["explain", "/PORT/*/au"], &["/PORT/*/autoneg"]),
        (
            &["explain", "/DEVICE_METADATA/l"],
            &["/DEVICE_METADATA/localhost/"],
        ),
        (
            &["explain", "--config", "c.json", "'PORT|Ethernet0/ad"],
            &["PORT|Ethernet0/admin_status", "PORT|Ethernet0/adv_speeds"],
        ),
        (&["explain", "--config", "c.json", "/SNMP_COMMUNITY/"], &[]),
        (&["schema", "show", "WRED"], &["WRED_PROFILE"]),
        (&["schema", "json-schema", "WRED"], &["WRED_PROFILE"]),
        (&["flags", "show", "swss"], &["swss_zmq"]),
        (&["flags", "set", "buffer_model", "d"], &["dynamic"]),
        (&["flags", "unset", "swss"], &["swss_zmq"]),
        (&["flags", "watch", "ip_"], &["ip_decap"]),
        (&["help", "ru"], &["rules"]),
        (&["help", "rules", "max"], &["maxelements"]),
        (&["help", "flags", "unse"], &["unset"]),
        (&["completions", "z"], &["zsh"]),
        (&["validate", "--report", "sar"], &["sarif"]),
        (
            &[
                "apply-patch",
                "p.json",
                "--config",
                "c.json",
                "--ignore-path",
                "/VLAN_MEMBER/V",
            ],
            &["/VLAN_MEMBER/Vlan100|Ethernet0/"],
        ),
        (&["apply-patch", "p.json", "--config", "c."], &["c.json"]),
    ] {
        assert_eq!(offered(&sandbox, words), expected, "{words:?}");
    }
    // What steers a terminal is not offered.
    let names = offered(&sandbox, &["explain", "--config", "c.json", "/MAINTENANCE/a"]);
    assert_eq!(names, ["/MAINTENANCE/a*/", "/MAINTENANCE/a b/"]);
    // Flags are keys that the model names.
    let flags = offered(&sandbox, &["explain", "/SYSTEM_DEFAULTS/sw"]);
    assert_eq!(flags, ["/SYSTEM_DEFAULTS/swss_zmq/"]);
}

#[test]
fn checkpoints_and_changes_come_from_the_store() {
    let sandbox = sandbox();
    sandbox.write("config_db.json", r#"{"FEATURE": {"bgp": {"state": "enabled"}}}"#);
    sandbox
        .run(["checkpoint", "before-upgrade", "--config", "config_db.json"])
        .is_clean();
    let set = [
        "flags",
        "set",
        "swss_zmq",
        "enabled",
        "--config",
        "config_db.json",
    ];
    assert_eq!(sandbox.run(set).code, Some(0));
    let stored = ["--config", "config_db.json"];
    for command in ["rollback", "delete-checkpoint"] {
        let words = [&[command], &stored[..], &["be"]].concat();
        assert_eq!(offered(&sandbox, &words), ["before-upgrade"], "{command}");
    }
    let listed = sandbox.run(["history", "--config", "config_db.json"]).stdout;
    let id = listed.split(' ').next().unwrap();
    for command in [&["history", "show"][..], &["rollback"]] {
        let to = if command == ["rollback"] {
            &["--to", "2"][..]
        } else {
            &["2"][..]
        };
        let words = [command, &stored[..], to].concat();
        assert_eq!(offered(&sandbox, &words), [id], "{command:?}");
    }
}

#[test]
fn keys_come_from_a_live_store() {
    let redis = Redis::start();
    let sandbox = sandbox();
    redis.load(&serde_json::from_str(CONFIG).unwrap());
    let store = redis.url();
    let words = ["explain", "--store", &store, "/PORT/Ethernet4"];
    assert_eq!(offered(&sandbox, &words), ["/PORT/Ethernet4/"]);
}

#[test]
fn completion_errors_are_silent_and_quick() {
    let sandbox = sandbox();
    sandbox.write("broken.json", "{");
    for words in [
        &["explain", "--config", "broken.json", "/PORT/"][..],
        &["explain", "--config", "missing.json", "/PORT/"],
        // Nobody answers there.
        &["explain", "--store", "redis://192.0.2.1:6379/4", "/PORT/"],
        &["explain", "--yang-dir", "missing", "/PORT/"],
        &["rollback", "--store", "nonsense:", ""],
        &["no-such-command", "x"],
        &["explain", "a\u{1b}[2J", "x"],
        &[],
    ] {
        let started = Instant::now();
        offered(&sandbox, words);
        assert!(started.elapsed() < Duration::from_secs(2), "{words:?}");
    }
    let mut command = sandbox.command(["--", "sonicfg", "expl"]);
    let run = Run::of(command.env("SONICFG_COMPLETE", "tcsh"));
    assert_eq!(
        (run.code, run.stdout.as_str(), run.stderr.as_str()),
        (Some(0), "", "")
    );
}

/// A shell with the program in its path; says loudly where there is none.
fn shell(sandbox: &Sandbox, name: &str) -> Option<Command> {
    if Command::new(name).arg("--version").output().is_err() {
        say(&format!("SKIPPED: there is no {name}"));
        return None;
    }
    let programs = std::path::Path::new(env!("CARGO_BIN_EXE_sonicfg"))
        .parent()
        .unwrap();
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    let mut command = sandbox.other(name);
    command
        .env("PATH", path)
        .env("HOME", sandbox.path("home"))
        .env("SONICFG_YANG_PATH", fixture("yang-rules"));
    Some(command)
}

/// Completes a line in bash as it does at the end of a line: it cuts words at colons and equals signs too.
#[test]
fn bash_completes() {
    let sandbox = sandbox();
    for (words, line, expected) in [
        ("sonicfg expl", "sonicfg expl", "explain"),
        ("sonicfg explain /POR", "sonicfg explain /POR", "/PORT/"),
        (
            "sonicfg explain --config = c.json /PORT/Ethernet0",
            "sonicfg explain --config=c.json /PORT/Ethernet0",
            "/PORT/Ethernet0/",
        ),
        (
            "sonicfg explain --config c.json \"'PORT|Ethernet4\"",
            "sonicfg explain --config c.json 'PORT|Ethernet4",
            "PORT|Ethernet4",
        ),
        (
            "sonicfg explain --config c.json /VLAN_MEMBER/",
            "sonicfg explain --config c.json /VLAN_MEMBER/",
            "/VLAN_MEMBER/Vlan100\\|Ethernet0/",
        ),
        (
            "sonicfg explain --config c.json /BGP_NEIGHBOR/fc00 ::",
            "sonicfg explain --config c.json /BGP_NEIGHBOR/fc00::",
            "1/",
        ),
        (
            "sonicfg explain --config c.json /BGP_NEIGHBOR/fc00 :: 1/a",
            "sonicfg explain --config c.json /BGP_NEIGHBOR/fc00::1/a",
            "1/asn",
        ),
        (
            "sonicfg explain --report = js",
            "sonicfg explain --report=js",
            "json",
        ),
        (
            "sonicfg flags set swss_zmq e",
            "sonicfg flags set swss_zmq e",
            "enabled",
        ),
        (
            "sonicfg explain --config c.json /MAINTENANCE/a",
            "sonicfg explain --config c.json /MAINTENANCE/a",
            "/MAINTENANCE/a\\*/",
        ),
        ("sonicfg  explain  \"\"", "sonicfg  explain  ", "ACL_TABLE"),
    ] {
        let Some(mut bash) = shell(&sandbox, "bash") else {
            return;
        };
        let script = format!(
            "source <(sonicfg completions bash); compopt() {{ :; }}\n\
             COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); COMP_LINE=$1; COMP_POINT=${{#COMP_LINE}}\n\
             _sonicfg sonicfg; printf '%s\\n' \"${{COMPREPLY[@]}}\""
        );
        let run = Run::of(bash.args(["--norc", "-c", &script, "bash", line]));
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{line}");
        assert_eq!(
            run.stdout.lines().next(),
            Some(expected),
            "{line}\n{}",
            run.stdout
        );
    }
}

/// A name from a config is one word to the shell, whichever quotes are open: typed in them, it is the name again.
#[test]
fn bash_quotes_names_for_the_open_quotes() {
    let names = [
        "$(touch pwned)",
        "`touch pwned`",
        "a'b",
        "a'$(touch pwned)'",
        "a\"b",
        "a\\b",
        "a;touch pwned",
        "a&b",
        "a!b",
        "a b",
    ];
    for name in names {
        let sandbox = Sandbox::new();
        sandbox.write(
            "c.json",
            serde_json::json!({"MAINTENANCE": {name: {}}}).to_string(),
        );
        for quote in ["\"", "'", ""] {
            let Some(mut bash) = shell(&sandbox, "bash") else {
                return;
            };
            let line = format!("sonicfg explain --config c.json {quote}/MAINTENANCE/");
            let script = r#"
                source <(sonicfg completions bash); compopt() { :; }
                COMP_WORDS=(sonicfg explain --config c.json "$2/MAINTENANCE/"); COMP_CWORD=4
                COMP_LINE=$1; COMP_POINT=${#COMP_LINE}
                _sonicfg sonicfg
                eval "word=$2${COMPREPLY[0]}$2"; printf %s "$word""#;
            let run = Run::of(bash.args(["--norc", "-c", script, "bash", &line, quote]));
            assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{quote} {name}");
            assert_eq!(run.stdout, format!("/MAINTENANCE/{name}/"), "{quote}");
            assert!(!sandbox.path("pwned").exists(), "{quote} {name}");
        }
    }
}

#[test]
fn zsh_reads_its_script() {
    let sandbox = sandbox();
    let Some(mut zsh) = shell(&sandbox, "zsh") else {
        return;
    };
    let script = "autoload -U compinit; compinit -u -d dump; source <(sonicfg completions zsh); print $_comps[sonicfg]";
    let run = Run::of(zsh.args(["-f", "-c", script]));
    assert_eq!(
        (run.stdout.as_str(), run.stderr.as_str()),
        ("_clap_dynamic_completer_sonicfg\n", "")
    );
}

#[test]
fn fish_completes() {
    let sandbox = sandbox();
    let Some(mut fish) = shell(&sandbox, "fish") else {
        return;
    };
    let script =
        "sonicfg completions fish | source; complete -C 'sonicfg explain --config c.json /PORT/Ethernet0/m'";
    let run = Run::of(fish.args(["--no-config", "-c", script]));
    let offered = run.stdout.split(['\t', '\n']).next();
    assert_eq!(offered, Some("/PORT/Ethernet0/mtu"), "{}", run.stderr);
}
