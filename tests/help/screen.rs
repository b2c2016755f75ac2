//! What `-h` and `--help` show: a screen of help, groups, exit codes.

use std::collections::BTreeSet;

use crate::common::cli::Sandbox;

use super::examples::commands;

/// The lines of a screen, and their length.
const LINES: usize = 40;
const COLUMNS: usize = 100;

/// The help of a command as the program prints it.
fn help(sandbox: &Sandbox, path: &str, option: &str) -> String {
    let words = path.split(' ').skip(1).chain([option]);
    let run = sandbox.run(words);
    run.is_clean();
    run.stdout
}

#[test]
fn short_help_fits_a_screen() {
    let sandbox = Sandbox::new();
    for (path, _) in commands() {
        let text = help(&sandbox, &path, "-h");
        let count = text.lines().count();
        assert!(count <= LINES, "{path}: {count} lines\n{text}");
        // A usage line is not wrapped.
        let lines = text.lines().filter(|line| !line.starts_with("Usage:"));
        for line in lines {
            assert!(line.chars().count() <= COLUMNS, "{path}: {line}");
        }
    }
}

#[test]
fn each_help_and_each_page_lists_the_exit_codes() {
    let sandbox = Sandbox::new();
    sandbox.run(["man", "--dir", "man1"]).is_clean();
    for (path, _) in commands() {
        let text = help(&sandbox, &path, "--help");
        let (_, codes) = text.split_once("\nExit codes:\n").unwrap_or_default();
        let codes: Vec<&str> = codes.lines().take_while(|line| !line.is_empty()).collect();
        assert!(codes.len() >= 2, "{path}:\n{text}");
        let numbers: Vec<u8> = codes
            .iter()
            .map(|line| line.split_whitespace().next().unwrap().parse().unwrap())
            .collect();
        assert!(numbers.is_sorted() && numbers[0] == 0, "{path}: {numbers:?}");
        let name = path.replace(' ', "-");
        let page = sandbox.path("man1").join(format!("{name}.1"));
        // The help commands below others have no pages.
        if path.ends_with(" help") && path != "sonicfg help" {
            continue;
        }
        let page = std::fs::read_to_string(page).unwrap();
        for line in codes {
            let (code, text) = line.trim().split_once(' ').unwrap();
            let text = text.trim().replace('-', "\\-");
            assert!(
                page.contains(&format!("\\fB{code}\\fR\n{text}\n")),
                "{path}: {line}\n{page}"
            );
        }
    }
}

#[test]
fn each_command_is_in_one_group() {
    let sandbox = Sandbox::new();
    for option in ["-h", "--help"] {
        let text = help(&sandbox, "sonicfg", option);
        let (_, text) = text.split_once("\nChecking:\n").unwrap();
        let (groups, _) = text.split_once("\nOptions:\n").unwrap();
        let entries = groups.lines().filter_map(|line| line.strip_prefix("  "));
        let entries: Vec<(&str, &str)> = entries.map(|line| line.split_once(' ').unwrap()).collect();
        let listed: BTreeSet<String> = entries
            .iter()
            .map(|(name, _)| format!("sonicfg {name}"))
            .collect();
        let all = commands().into_iter().map(|(path, _)| path);
        let top: BTreeSet<String> = all.filter(|path| path.split(' ').count() == 2).collect();
        assert_eq!(listed, top);
        assert_eq!(entries.len(), top.len());
        assert!(
            entries.iter().all(|(_, about)| about.trim().len() > 10),
            "{groups}"
        );
    }
}

#[test]
fn options_of_large_commands_are_in_groups() {
    for (path, command) in commands() {
        let options = command
            .get_arguments()
            .filter(|argument| !argument.is_positional());
        let ungrouped = options.filter(|option| option.get_help_heading().is_none());
        let count = ungrouped.count();
        assert!(count <= 12, "{path}: {count} options without a group");
    }
}
