//! `--help` of every command: it ends with examples, and no option is without a word.

use clap::{Command, CommandFactory};

use sonicfg::cli::Cli;

/// Every command with its path, `sonicfg flags set`.
pub fn commands() -> Vec<(String, Command)> {
    let mut root = Cli::command();
    root.build();
    let mut found = Vec::new();
    collect(&root, "sonicfg", &mut found);
    found
}

fn collect(command: &Command, path: &str, found: &mut Vec<(String, Command)>) {
    found.push((path.to_owned(), command.clone()));
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
        collect(below, &format!("{path} {}", below.get_name()), found);
    }
}

/// The command lines below `Examples:`, which is the last part of a help.
pub fn examples(help: &str) -> Vec<String> {
    let (_, lines) = help.rsplit_once("\nExamples:\n").unwrap_or_default();
    lines.lines().map(|line| line.trim().to_owned()).collect()
}

/// The words of a command line, up to the first `|`, `<` or `>`; quotation marks are taken off.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quoted = false;
    for character in line.chars() {
        match character {
            '\'' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            ' ' if !quoted => words.extend(word.take()),
            '|' | '<' | '>' if !quoted => break,
            _ => word.get_or_insert_default().push(character),
        }
    }
    assert!(!quoted, "{line}");
    words.extend(word);
    words
}

#[test]
fn each_command_has_examples_that_are_read() {
    for (path, mut command) in commands() {
        let help = command.render_long_help().to_string();
        let examples = examples(&help);
        let of_its_own = format!("{path} ");
        assert!(
            examples
                .iter()
                .any(|line| *line == path || line.starts_with(&of_its_own)),
            "{path}: {help}"
        );
        for line in examples {
            // It may read what another program writes.
            let mut programs = line.split(" | ");
            let own = programs.find(|program| program.starts_with("sonicfg "));
            let words = words(own.unwrap_or_else(|| panic!("{path}: {line}")));
            // What prints help or the version is no error of the arguments.
            if let Err(error) = Cli::command().try_get_matches_from(&words) {
                assert!(!error.use_stderr(), "{line}\n{error}");
            }
        }
        let short = command.render_help().to_string();
        assert!(short.contains("\nExamples:\n"), "{path}: {short}");
    }
}

#[test]
fn no_option_and_no_value_is_without_a_word() {
    for (path, command) in commands() {
        assert!(command.get_about().is_some(), "{path}");
        for argument in command.get_arguments() {
            let id = argument.get_id();
            let help = argument.get_help().map(ToString::to_string);
            assert!(help.is_some_and(|help| help.len() > 5), "{path}: {id}");
            let shown = argument.get_possible_values().into_iter();
            let mut shown = shown.filter(|value| !value.is_hide_set());
            let plain = argument.get_action().takes_values();
            assert!(
                !plain || shown.all(|value| value.get_help().is_some()),
                "{path}: {id}"
            );
        }
    }
}
