//! What release 0.1 wrote is read: journals of killed changes, histories, changes that wait for confirmation,
//! checkpoints. `fixtures/released-0.1/make.sh` writes the files.

#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::path::PathBuf;

use common::cli::{Run, Sandbox, fixture};
use common::redis::{CONFIG_DB, Redis, STATE_DB};
use serde_json::Value;
use sonicfg::config::canonical;

/// The folder of the journal and the history of `c.json`.
const STATE: &str = ".c.json.sonicfg";

fn released(name: &str) -> String {
    std::fs::read_to_string(fixture(&format!("released-0.1/{name}"))).unwrap()
}

/// A file with a digest in its first line, with paths of this machine.
fn with_paths(text: &str, sandbox: &Sandbox, socket: &str) -> String {
    let (first, body) = text.split_once('\n').unwrap();
    let (form, _) = first.rsplit_once(' ').unwrap();
    let dir = sandbox.path(".").canonicalize().unwrap();
    let body = body
        .replace("@DIR@", dir.to_str().unwrap())
        .replace("@SOCKET@", socket);
    let digest = blake3::hash(body.trim_end_matches('\n').as_bytes()).to_hex();
    format!("{form} {digest}\n{body}")
}

/// The config, the journal or pending change, and the history of one of the folders.
fn restored(folder: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("c.json", released(&format!("{folder}/c.json")));
    for entry in std::fs::read_dir(fixture(&format!("released-0.1/{folder}"))).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let target = match &*name {
            "c.json" => continue,
            "journal" | "pending" => PathBuf::from(&name),
            _ => PathBuf::from("history").join(&name),
        };
        let text = with_paths(&released(&format!("{folder}/{name}")), &sandbox, "");
        sandbox.write(&format!("{STATE}/{}", target.display()), text);
    }
    sandbox
}

fn config(text: &str) -> String {
    canonical(&serde_json::from_str(text).unwrap())
}

/// The config before the change.
fn before() -> Value {
    serde_json::from_str(&std::fs::read_to_string(fixture("plan/config_db.json")).unwrap()).unwrap()
}

/// What the change makes of it, as the released program wrote it.
fn target() -> String {
    config(&released("pending/c.json"))
}

fn run(sandbox: &Sandbox, args: &[&str]) -> Run {
    sandbox.run([args, &["--config", "c.json"]].concat())
}

fn with_models(sandbox: &Sandbox, args: &[&str]) -> Run {
    run(sandbox, &[args, &["--yang-dir", &fixture("yang-plan")]].concat())
}

fn history(sandbox: &Sandbox) -> Vec<Value> {
    let run = run(sandbox, &["history", "--report", "json"]);
    run.is_clean();
    serde_json::from_str(&run.stdout).unwrap()
}

#[test]
fn journal_of_a_file_is_rolled_back() {
    let sandbox = restored("file");
    let half = config(&sandbox.read("c.json"));
    assert!(half != canonical(&before()) && half != target());
    let run = with_models(&sandbox, &["recover"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(config(&sandbox.read("c.json")), canonical(&before()));
    assert!(!sandbox.path(&format!("{STATE}/journal")).exists());
    assert_eq!(history(&sandbox)[0]["outcome"], "rolled-back");
}

#[test]
fn journal_of_a_file_is_rolled_forward() {
    let sandbox = restored("file");
    let run = with_models(&sandbox, &["recover", "--forward"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(config(&sandbox.read("c.json")), target());
    assert_eq!(history(&sandbox)[0]["outcome"], "applied");
}

/// A server as it was when the released program was killed after its first step.
fn restored_server(sandbox: &Sandbox) -> Redis {
    let redis = Redis::start();
    let socket = redis.socket().display().to_string();
    let journal = with_paths(&released("redis/journal"), sandbox, &socket);
    let record: Value = serde_json::from_str(journal.lines().nth(1).unwrap()).unwrap();
    let mut config = before();
    for change in record["parts"][0]["steps"][0].as_array().unwrap() {
        let (table, key) = (change["table"].as_str().unwrap(), change["key"].as_str().unwrap());
        if change["after"].is_null() {
            config[table].as_object_mut().unwrap().remove(key);
        } else {
            config[table][key] = change["after"].clone();
        }
    }
    redis.load(&config);
    sandbox.write("state/sonic/journal", journal);
    // A marker holds which run of the server set it, and how often a database had been emptied by then.
    let info: String = redis.cli(CONFIG_DB, &["INFO"]);
    let figure = |name: &str| {
        let line = info.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_default()
            .split(',')
            .next()
            .unwrap()
            .trim()
            .to_owned()
    };
    let statistics: String = redis.cli(CONFIG_DB, &["INFO", "commandstats"]);
    let flushes = statistics
        .lines()
        .find_map(|line| line.strip_prefix("cmdstat_flushdb:calls="));
    let flushes = flushes
        .and_then(|rest| rest.split(',').next())
        .unwrap_or("0")
        .to_owned();
    let dir = sandbox.path(".").canonicalize().unwrap();
    let mark = released("redis/mark").replace("@DIR@", dir.to_str().unwrap());
    let words: Vec<&str> = mark.lines().collect();
    for pair in words.chunks(2) {
        let value = match pair[0] {
            "run" => figure("run_id:"),
            "emptied" => flushes.clone(),
            _ => pair[1].to_owned(),
        };
        redis.cli::<()>(STATE_DB, &["HSET", "SONICFG|MARK", pair[0], &value]);
    }
    redis
}

#[test]
fn journal_and_mark_of_redis_are_recovered() {
    for (options, expected, outcome) in [
        (&[][..], canonical(&before()), "rolled-back"),
        (&["--forward"], target(), "applied"),
    ] {
        let sandbox = Sandbox::new();
        let redis = restored_server(&sandbox);
        let on_switch = |args: &[&str]| {
            let mut command = sandbox.command(args);
            command
                .env("SONICFG_STATE_DIR", sandbox.path("state"))
                .args(["--store", "sonic:", "--db-config"])
                .arg(redis.database_config())
                .arg("--reload-lock")
                .arg(sandbox.path("reload.lock"));
            Run::of(&mut command)
        };
        let models = fixture("yang-plan");
        let run = on_switch(&[&["recover", "--yang-dir", &models], options].concat());
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert_eq!(canonical(&redis.config()), expected);
        let keys: Vec<String> = redis.cli(STATE_DB, &["KEYS", "*"]);
        assert_eq!(keys, ["SONICFG|STORE"]);
        assert!(!sandbox.path("state/sonic/journal").exists());
        let run = on_switch(&["history", "--report", "json"]);
        let changes: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(changes[0]["outcome"], outcome);
    }
}

#[test]
fn history_is_listed_and_rolled_back() {
    let sandbox = restored("history");
    let changes = history(&sandbox);
    let outcomes: Vec<&str> = changes
        .iter()
        .map(|change| change["outcome"].as_str().unwrap())
        .collect();
    assert_eq!(
        outcomes,
        ["applied", "closed", "rolled-back", "applied", "undone"]
    );
    let id = |at: usize| changes[at]["id"].as_str().unwrap();
    let text = run(&sandbox, &["history"]).stdout;
    assert!(text.contains("(CHG-2); applied\n"), "{text}");
    assert!(text.contains("; rolled back: the user broke it off\n"), "{text}");
    run(&sandbox, &["history", "show", id(2)]).is_clean();
    // One that was rolled back cannot be undone.
    let refused = with_models(&sandbox, &["rollback", "--to", id(2)]);
    assert_eq!(refused.code, Some(1), "{}", refused.stderr);
    let run = with_models(&sandbox, &["rollback", "--to", id(0)]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(config(&sandbox.read("c.json")), canonical(&before()));
    assert_eq!(history(&sandbox)[1]["outcome"], "undone");
}

#[test]
fn pending_change_is_confirmed_or_cancelled() {
    let sandbox = restored("pending");
    sandbox.write("p.json", "[]");
    let other = with_models(&sandbox, &["apply-patch", "p.json"]);
    assert_eq!(other.code, Some(3), "{}", other.stderr);
    assert!(
        other.last_line().contains("waits for confirmation until 21"),
        "{}",
        other.stderr
    );
    run(&sandbox, &["confirm"]).is_clean();
    assert_eq!(config(&sandbox.read("c.json")), target());

    let sandbox = restored("pending");
    let run = with_models(&sandbox, &["confirm", "--cancel"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(config(&sandbox.read("c.json")), canonical(&before()));
}

#[test]
fn checkpoint_is_rolled_back_to() {
    let sandbox = restored("history");
    sandbox.write("checkpoints/before.cp.json", released("checkpoint.json"));
    let run = with_models(&sandbox, &["rollback", "before", "--step-delay", "0"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(config(&sandbox.read("c.json")), canonical(&before()));
}
