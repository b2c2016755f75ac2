//! The guide `docs/system-defaults.md`: its commands print what stands there.
//!
//! `SONICFG_DOCS=write` writes what they print into the guide.

use std::path::Path;

use crate::common::cli::{Run, Sandbox, fixture};

const GUIDE: &str = "docs/system-defaults.md";

/// A text without what is another each time: the names of changes, times, who it was.
fn steady(text: &str) -> String {
    text.split_inclusive('\n').map(steady_line).collect()
}

fn steady_line(line: &str) -> String {
    let digits =
        |word: &str, count: usize| word.bytes().take(count).filter(u8::is_ascii_digit).count() == count;
    let mut words: Vec<String> = line.split(' ').map(str::to_owned).collect();
    for word in &mut words {
        let bare = word.trim_end_matches([';', ',', ':', '\n']).to_owned();
        let steady = if bare.len() == 23 && digits(&bare, 8) && bare.as_bytes()[8] == b'T' {
            "20261121T143000123-5f2a"
        } else if bare.ends_with('Z') && digits(&bare, 4) && bare.contains('T') {
            "2026-11-21T14:30:00Z"
        } else {
            continue;
        };
        *word = word.replacen(&bare, steady, 1);
    }
    if words.len() > 2 && words[0].ends_with("-5f2a") && words[1].ends_with('Z') {
        "admin".clone_into(&mut words[2]);
    }
    words.join(" ")
}

#[test]
fn its_commands_print_what_stands_there() {
    let sandbox = Sandbox::new();
    for (name, of) in [
        ("config_db.json", "system-defaults/config_db.json"),
        ("init_cfg.json", "system-defaults/init_cfg.json"),
        ("swss_vars.j2", "templates/swss_vars.j2"),
    ] {
        sandbox.write(name, std::fs::read(fixture(of)).unwrap());
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(GUIDE);
    let guide = std::fs::read_to_string(&path).unwrap();
    let programs = Path::new(env!("CARGO_BIN_EXE_sonicfg")).parent().unwrap();
    let programs = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    let mut real = String::new();
    let mut is_console = false;
    for line in guide.lines() {
        match line {
            "```console" => is_console = true,
            "```" => is_console = false,
            _ => {}
        }
        let Some(command) = line.strip_prefix("$ ").filter(|_| is_console) else {
            if !is_console || line == "```console" {
                real += line;
                real.push('\n');
            }
            continue;
        };
        real += &format!("{line}\n");
        let mut shell = sandbox.other("sh");
        let run = Run::of(shell.args(["-c", command]).env("PATH", &programs));
        real += &steady(&format!("{}{}", run.stdout, run.stderr));
    }
    if std::env::var_os("SONICFG_DOCS").is_some_and(|how| how == "write") {
        std::fs::write(&path, &real).unwrap();
    }
    assert_eq!(real, guide);
}
