//! `sonicfg man`: a page for each command, which the tools for manual pages read without complaint.

use std::collections::BTreeSet;
use std::process::Command;

use crate::common::cli::{Run, Sandbox};
use crate::common::oracle::say;
use crate::common::sources::sources;

use super::examples::commands;

/// The pages of all commands: names and texts.
fn pages(sandbox: &Sandbox) -> Vec<(String, String)> {
    let run = sandbox.run(["man", "--dir", "man1"]);
    run.is_clean();
    let names = run.stdout.lines();
    names
        .map(|path| (path.trim_start_matches("man1/").to_owned(), sandbox.read(path)))
        .collect()
}

#[test]
fn each_command_has_a_page() {
    let sandbox = Sandbox::new();
    let pages = pages(&sandbox);
    let names: BTreeSet<String> = pages.iter().map(|(name, _)| name.clone()).collect();
    let of_commands = commands().into_iter().map(|(path, _)| path);
    let expected: BTreeSet<String> = of_commands
        .filter(|path| path == "sonicfg help" || !path.ends_with(" help"))
        .map(|path| format!("{}.1", path.replace(' ', "-")))
        .collect();
    assert_eq!(names, expected);
    for (name, text) in &pages {
        for section in [
            "NAME",
            "SYNOPSIS",
            "DESCRIPTION",
            "EXIT STATUS",
            "EXAMPLES",
            "SEE ALSO",
        ] {
            let quoted = format!(".SH \"{section}\"");
            assert!(
                text.contains(&format!(".SH {section}\n")) || text.contains(&quoted),
                "{name}: {section}\n{text}"
            );
        }
        assert!(!text.contains("Examples:"), "{name}");
    }
    let printed = sandbox.run(["man"]);
    printed.is_clean();
    assert_eq!(pages[0], ("sonicfg.1".to_owned(), printed.stdout));
}

#[test]
fn each_option_has_its_text() {
    let sandbox = Sandbox::new();
    let pages = pages(&sandbox);
    for (path, command) in commands() {
        let name = format!("{}.1", path.replace(' ', "-"));
        let Some((_, text)) = pages.iter().find(|(page, _)| *page == name) else {
            continue;
        };
        // The help of `--help` itself differs between the two.
        for argument in command
            .get_arguments()
            .filter(|argument| argument.get_id() != "help")
        {
            let help = argument.get_help().map(ToString::to_string);
            let help = help
                .unwrap_or_default()
                .replace('-', "\\-")
                .replace('\'', "\\*(Aq");
            let help = help.replace('…', "\\[u2026]");
            assert!(text.contains(&format!("\n{help}")), "{name}: {help}\n{text}");
        }
    }
}

#[test]
fn tools_for_manual_pages_do_not_complain() {
    let sandbox = Sandbox::new();
    let pages = pages(&sandbox);
    let mut missing = 0;
    for tool in [
        &["groff", "-man", "-ww", "-z", "-Tutf8"][..],
        &["mandoc", "-T", "lint", "-W", "error"],
    ] {
        for (name, _) in &pages {
            let mut command: Command = sandbox.other(tool[0]);
            let Ok(output) = command
                .args(&tool[1..])
                .arg(sandbox.path("man1").join(name))
                .output()
            else {
                say(&format!("SKIPPED: there is no {}", tool[0]));
                missing += 1;
                break;
            };
            let run = Run::from(output);
            assert_eq!(
                (run.code, run.stdout.as_str(), run.stderr.as_str()),
                (Some(0), "", ""),
                "{name}"
            );
        }
    }
    assert!(missing <= 2);
}

#[test]
fn obstacles_to_man_pages_are_named() {
    let sandbox = Sandbox::new();
    sandbox.write("file", "");
    let run = sandbox.run(["man", "--dir", "file/man1"]);
    run.fails(2, "Error: cannot write file/man1: not a directory");
}

/// Every variable that the program reads is told, and every file that it has a fixed place for.
#[test]
fn variables_and_files_are_told() {
    let sandbox = Sandbox::new();
    let page = sandbox.run(["man"]).stdout.replace("\\-", "-");
    let mut seen = BTreeSet::new();
    for file in sources() {
        for quoted in file.without_tests().split('"').skip(1).step_by(2) {
            let is_variable =
                quoted.starts_with("SONICFG_") && quoted.chars().all(|c| c.is_ascii_uppercase() || c == '_');
            let is_file = ["/etc/", "/var/lib/", "/var/run/"]
                .iter()
                .any(|top| quoted.starts_with(top));
            if (is_variable || is_file) && !quoted.contains([' ', '\n']) {
                seen.insert(quoted.to_owned());
            }
        }
    }
    // For tests that kill and stop the program at some point; what is there on any machine, and on any switch.
    let untold = [
        "SONICFG_KILL_AT",
        "SONICFG_PAUSE_AT",
        "SONICFG_PAUSE_FILE",
        "/etc/sonic/sonic_version.yml",
        "/etc/passwd",
    ];
    assert!(seen.len() > 10, "{seen:?}");
    for name in seen.iter().filter(|name| !untold.contains(&name.as_str())) {
        assert!(page.contains(name.as_str()), "{name}");
    }
}
