//! The parts of help that all commands share: groups of commands, exit codes, examples.

use clap::Command;

/// The commands of the top level by group. A test asserts that each command is in one group.
pub const GROUPS: &[(&str, &[&str])] = &[
    ("Checking", &["validate", "diff"]),
    (
        "Changing",
        &[
            "plan",
            "apply-patch",
            "replace",
            "configlet",
            "load",
            "confirm",
            "recover",
        ],
    ),
    (
        "History",
        &[
            "history",
            "rollback",
            "checkpoint",
            "list-checkpoints",
            "delete-checkpoint",
        ],
    ),
    ("Models", &["schema", "explain"]),
    ("Flags", &["flags", "migrate", "minigraph", "render"]),
    ("Other", &["completions", "man", "help"]),
];

/// How many examples `-h` shows; `--help` shows all.
const SHORT_EXAMPLES: usize = 2;

/// A usage or environment error, the same for all commands.
pub const USAGE: (u8, &str) = (2, "usage or environment error");
/// Another client that works on the same config, the same for all commands that change one.
pub const CONFLICT: (u8, &str) = (
    3,
    "another client holds the lock, or has changed the config meanwhile",
);
/// A change after which something failed, the same for all commands that make one.
pub const APPLIED_BUT: (u8, &str) = (4, "applied, but something failed after the last step");
/// A change that may be half done, the same for all commands that make one.
pub const UNKNOWN: (u8, &str) = (
    5,
    "not known what is in effect; \"sonicfg recover\" finishes or rolls back",
);
/// An interrupted change, the same for all commands that make one.
pub const INTERRUPTED: (u8, &str) = (130, "interrupted; the change was rolled back");
/// The exit codes of a command that reads or prints.
pub const READS: &[(u8, &str)] = &[(0, "done"), USAGE];
/// A change that was rejected.
pub const REJECTED: (u8, &str) = (1, "rejected; nothing was changed");
/// The exit codes of a command that changes a config.
pub const CHANGES: &[(u8, &str)] = &[
    (0, "done"),
    REJECTED,
    USAGE,
    CONFLICT,
    APPLIED_BUT,
    UNKNOWN,
    INTERRUPTED,
];

/// The parts of a command's help.
pub trait HelpEnd {
    /// Sets the exit codes and the examples of a command: two examples for `-h`, all and the exit codes for `--help`.
    fn help_end(self, end: (&[(u8, &str)], &[&str])) -> Self;

    /// Completes a command when clap builds it: a command that is not asked for is never built.
    fn when_built(self, complete: fn(Self) -> Self) -> Self;
}

impl HelpEnd for Command {
    fn help_end(self, (codes, examples): (&[(u8, &str)], &[&str])) -> Self {
        let few = examples.get(..SHORT_EXAMPLES).unwrap_or(examples);
        self.after_help(listed(few))
            .after_long_help(format!("{}\n{}", exit_codes(codes), listed(examples)))
    }

    fn when_built(self, complete: fn(Self) -> Self) -> Self {
        self.defer(complete)
    }
}

fn listed(examples: &[&str]) -> String {
    let lines = examples.iter().map(|line| format!("\n  {line}"));
    format!("Examples:{}", lines.collect::<String>())
}

/// The section of exit codes, a line each.
pub fn exit_codes(codes: &[(u8, &str)]) -> String {
    let lines = codes.iter().map(|(code, text)| format!("  {code:<3}  {text}\n"));
    format!("Exit codes:\n{}", lines.collect::<String>())
}

/// The program with its commands in their groups before its help, with a line between groups in `--help`. It is called
/// when clap builds the program, so that the texts of the commands are there.
pub fn with_groups(program: Command) -> Command {
    let (short, long) = (groups(&program, ""), groups(&program, "\n"));
    program.before_help(short).before_long_help(long)
}

fn groups(program: &Command, gap: &str) -> String {
    let about = |name: &str| {
        let command = program.find_subcommand(name);
        let about = command.and_then(Command::get_about).map(ToString::to_string);
        about.unwrap_or_default()
    };
    let groups = GROUPS.iter().map(|(group, names)| {
        let lines = names
            .iter()
            .map(|name| format!("  {name:<17}  {}\n", about(name)));
        format!("{group}:\n{}", lines.collect::<String>())
    });
    groups.collect::<Vec<_>>().join(gap)
}
