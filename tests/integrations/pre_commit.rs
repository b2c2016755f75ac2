//! `.pre-commit-hooks.yaml`: its hooks, run with the files that they are for, as pre-commit does.

use std::path::Path;

use regex_automata::meta::Regex;

use crate::common::cli::{Run, Sandbox};
use crate::release;
use crate::yaml::{file, text};

#[test]
fn pre_commit_hooks_run() {
    let sandbox = Sandbox::new();
    release::configs(&sandbox);
    sandbox.write("site/config_db0.json", sandbox.read("configs/of a site.json"));
    let hooks = file(".pre-commit-hooks.yaml");
    let hooks = hooks.as_vec().unwrap();
    let ids: Vec<String> = hooks.iter().map(|hook| text(&hook["id"])).collect();
    assert_eq!(ids, ["sonicfg-system", "sonicfg"]);
    for hook in hooks {
        let files = Regex::new(&text(&hook["files"])).unwrap();
        for (name, is_for_it) in [
            ("config_db.json", true),
            ("site/config_db0.json", true),
            ("golden_config_db.json", false),
            ("config_db.json.j2", false),
            ("package.json", false),
        ] {
            assert_eq!(files.is_match(name), is_for_it, "{name}");
        }
        // It takes the entry for words, and puts the files behind them.
        let entry = text(&hook["entry"]);
        let mut words = entry.split_whitespace();
        let program = Path::new(env!("CARGO_BIN_EXE_sonicfg"));
        assert_eq!(words.next(), program.file_name().unwrap().to_str());
        let run = |names: &[&str]| {
            let mut command = sandbox.other(program);
            Run::of(command.args(words.clone()).args(names))
        };
        run(&["configs/right.json"]).is_clean();
        let run = run(&["site/config_db0.json", "configs/right.json"]);
        assert_eq!(run.code, Some(1), "{}", run.stderr);
        assert!(
            run.stdout.starts_with("site/config_db0.json:2:"),
            "{}",
            run.stdout
        );
    }
}
