//! `sonicfg man`: manual pages, one for each command.

mod texts;

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Command, CommandFactory};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use crate::config::plain_reason;

use super::help_text::{GROUPS, HelpEnd, READS};
use super::output::print;
use super::{Cli, Failure, Outcome};

use texts::{ENVIRONMENT, FILES, Note};

/// The section of commands that users call.
const SECTION: &str = "1";
/// When the pages were last looked through.
const DATE: &str = "2026-11-21";

#[derive(Debug, clap::Args)]
#[command(help_end = (READS, &["sonicfg man | man -l -", "sonicfg man --dir /usr/local/share/man/man1"]))]
pub struct Args {
    /// Write the pages of all commands into this directory and print their paths
    ///
    /// Without it the page of sonicfg is printed.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    let mut root = Cli::command();
    root.build();
    let Some(dir) = &args.dir else {
        print(&page(&root, None)?)?;
        return Ok(Outcome::Clean);
    };
    let refused = |path: &Path, error: &std::io::Error| {
        let reason = plain_reason(error);
        Failure::Environment(format!("cannot write {}: {reason}", path.display()))
    };
    std::fs::create_dir_all(dir).map_err(|error| refused(dir, &error))?;
    let mut pages = Vec::new();
    collect(&root, None, &mut pages)?;
    for (name, text) in pages {
        let path = dir.join(name);
        std::fs::write(&path, text).map_err(|error| refused(&path, &error))?;
        print(&format!("{}\n", path.display()))?;
    }
    Ok(Outcome::Clean)
}

/// The pages of a command and those below it, by the names of their files.
fn collect(
    command: &Command,
    above: Option<&Command>,
    pages: &mut Vec<(String, String)>,
) -> Result<(), Failure> {
    pages.push((format!("{}.{SECTION}", name(command)), page(command, above)?));
    for below in command.get_subcommands().filter(|below| is_told(command, below)) {
        collect(below, Some(command), pages)?;
    }
    Ok(())
}

/// Whether a command below another has a page: the help commands of groups have none.
fn is_told(above: &Command, below: &Command) -> bool {
    !below.is_hide_set() && (above.get_name() == "sonicfg" || below.get_name() != "help")
}

/// `sonicfg-flags-set`
fn name(command: &Command) -> &str {
    command.get_display_name().unwrap_or_else(|| command.get_name())
}

fn page(command: &Command, above: Option<&Command>) -> Result<String, Failure> {
    // A page has all of the help; what is hidden from `-h` would have no text.
    let all = command
        .clone()
        .mut_args(|argument| argument.hide_short_help(false));
    let man = Man::new(all)
        .title(name(command))
        .section(SECTION)
        .date(DATE)
        .source(format!("sonicfg {}", env!("CARGO_PKG_VERSION")))
        .manual("sonicfg");
    let mut out = Vec::new();
    let written = write(command, above, &man, &mut out);
    written.map_err(|error| Failure::Environment(format!("cannot write the page: {error}")))?;
    Ok(ascii(&String::from_utf8_lossy(&out)))
}

/// The same with other characters in the form that all tools for manual pages read.
fn ascii(page: &str) -> String {
    let mut text = String::with_capacity(page.len());
    for c in page.chars() {
        match c.is_ascii() {
            true => text.push(c),
            false => text += &format!("\\[u{:04X}]", u32::from(c)),
        }
    }
    text
}

fn write(command: &Command, above: Option<&Command>, man: &Man, out: &mut Vec<u8>) -> std::io::Result<()> {
    man.render_title(out)?;
    man.render_name_section(out)?;
    let usage = command.clone().render_usage().to_string();
    let mut roff = Roff::new();
    roff.control("SH", ["SYNOPSIS"]);
    for line in usage.trim_start_matches("Usage:").lines() {
        roff.text([roman(line.trim())]);
        roff.control("br", []);
    }
    out.write_all(roff.render().as_bytes())?;
    man.render_description_section(out)?;
    man.render_options_section(out)?;
    let mut roff = Roff::new();
    let mut below: Vec<&Command> = command
        .get_subcommands()
        .filter(|below| is_told(command, below))
        .collect();
    if above.is_none() {
        let names: Vec<&str> = GROUPS
            .iter()
            .flat_map(|(_, names)| names.iter().copied())
            .collect();
        below.sort_by_key(|below| names.iter().position(|&name| name == below.get_name()));
    }
    if !below.is_empty() {
        roff.control("SH", ["COMMANDS"]);
        for below in &below {
            let first = |(_, names): &&(&str, &[&str])| names.first() == Some(&below.get_name());
            if above.is_none()
                && let Some((group, _)) = GROUPS.iter().find(first)
            {
                roff.control("SS", [*group]);
            }
            roff.control("TP", []);
            roff.text([bold(format!("{}({SECTION})", name(below)))]);
            roff.text([roman(
                below.get_about().map(ToString::to_string).unwrap_or_default(),
            )]);
        }
    }
    roff.control("SH", ["EXIT STATUS"]);
    let after = command.get_after_long_help().map(ToString::to_string);
    let (codes, examples) = after
        .as_deref()
        .unwrap_or_default()
        .split_once("Examples:\n")
        .unwrap_or_default();
    // The first line is their heading.
    let codes = codes.lines().skip(1);
    for (code, text) in codes.filter_map(|line| line.trim().split_once(' ')) {
        roff.control("TP", []);
        roff.text([bold(code)]);
        roff.text([roman(text.trim_start())]);
    }
    for (title, notes) in [("ENVIRONMENT", ENVIRONMENT), ("FILES", FILES)] {
        notes_of(command, above.is_none(), title, notes, &mut roff);
    }
    roff.control("SH", ["EXAMPLES"]);
    roff.control("nf", []);
    for line in examples.lines() {
        roff.text([roman(line.trim_start())]);
    }
    roff.control("fi", []);
    roff.control("SH", ["SEE ALSO"]);
    let seen = above.into_iter().chain(below);
    let seen: Vec<String> = seen.map(|other| format!("{}({SECTION})", name(other))).collect();
    roff.text([roman(if seen.is_empty() {
        "sonicfg(1)".to_owned()
    } else {
        seen.join(", ")
    })]);
    out.write_all(roff.render().as_bytes())
}

/// What of the environment or the files a command has to do with; all, for the page of the program.
fn notes_of(command: &Command, is_root: bool, title: &str, notes: &[Note], roff: &mut Roff) {
    let has = |argument: &&str| command.get_arguments().any(|known| known.get_id() == *argument);
    let is_of = |note: &&Note| is_root || note.arguments.iter().any(has);
    let mut notes = notes.iter().filter(is_of).peekable();
    if notes.peek().is_none() {
        return;
    }
    roff.control("SH", [title]);
    for note in notes {
        roff.control("TP", []);
        roff.text([bold(note.name)]);
        roff.text([roman(note.text)]);
    }
}
