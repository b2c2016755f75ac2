//! `oracle`: libyang 3 as a second opinion on YANG-JSON documents.
//!
//! ```text
//! oracle --yang-dir DIR [--yang-dir DIR …] [--print] < DOCUMENTS
//! oracle --yang-dir DIR … --time RUNS FILE
//! oracle --yang-dir DIR … --check-modules
//! ```
//!
//! Without a mode, standard input holds one document a line, and each is answered by one line, written at once:
//!
//! ```text
//! valid
//! invalid<TAB>MESSAGE<TAB>DATA PATH<TAB>SCHEMA PATH<TAB>APP TAG[<TAB>FURTHER]
//! ```
//!
//! A path or tag that libyang does not give is an empty column. FURTHER is there when libyang reports more than one
//! error: a JSON array of objects with the keys `message`, `data_path`, `schema_path` and `app_tag`. In the other
//! columns, control characters and backslashes are written as in a JSON string, so that a line is one answer.
//!
//! `--print` gives a valid document a third column, `valid<TAB><TAB>JSON`: the validated tree with all its defaults.
//!
//! `--time` parses and validates the document in FILE that many times and prints
//! `{"runs":N,"median_seconds":x,"min_seconds":y,"verdict":"valid"}`; freeing the tree is not part of a run.
//! `--check-modules` prints `{"modules":N,"seconds":x}` for loading and compiling the modules.
//!
//! The exit code is 0 whatever the verdicts are, and 2 if the modules cannot be loaded or something else fails.

mod context;

use std::error::Error;
use std::fmt::Write as _;
use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};
use std::{fs, iter};

use clap::Parser;
use serde_json::json;

use context::{Finding, Oracle};

/// Asks libyang 3 whether YANG-JSON documents are valid.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Load the modules of this folder; can be given more than once
    #[arg(long = "yang-dir", value_name = "DIR", required = true)]
    yang_dirs: Vec<PathBuf>,
    /// Print valid documents with their default values
    #[arg(long, conflicts_with_all = ["time", "check_modules"])]
    print: bool,
    /// Time so many validations of FILE
    #[arg(long, value_name = "RUNS", requires = "file", value_parser = clap::value_parser!(u32).range(1..))]
    time: Option<u32>,
    /// Only load the modules
    #[arg(long, conflicts_with = "time")]
    check_modules: bool,
    /// The document to time
    #[arg(requires = "time")]
    file: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_broken_pipe(error.as_ref()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("Error: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    let oracle = Oracle::load(&arguments.yang_dirs)?;
    if arguments.check_modules {
        let seconds = start.elapsed().as_secs_f64();
        return Ok(writeln!(
            io::stdout(),
            "{}",
            json!({"modules": oracle.modules(), "seconds": seconds})
        )?);
    }
    match (arguments.time, &arguments.file) {
        (Some(runs), Some(file)) => time(&oracle, runs, file),
        _ => answer(&oracle, arguments.print),
    }
}

/// One line of standard output for each line of standard input.
fn answer(oracle: &Oracle, print: bool) -> Result<(), Box<dyn Error>> {
    let mut input = io::stdin().lock();
    let mut output = io::stdout().lock();
    let mut document = Vec::new();
    while input.read_until(b'\n', &mut document)? > 0 {
        if document.ends_with(b"\n") {
            document.pop();
        }
        let line = match oracle.check(&document) {
            Ok(tree) if print => format!("valid\t\t{}", tree.to_json()?),
            Ok(_) => "valid".to_owned(),
            Err(findings) => invalid(&findings),
        };
        writeln!(output, "{line}")?;
        output.flush()?;
        document.clear();
    }
    Ok(())
}

/// The answer to an invalid document.
fn invalid(findings: &[Finding]) -> String {
    let Some((first, further)) = findings.split_first() else {
        return "invalid".to_owned();
    };
    let optional = [&first.data_path, &first.schema_path, &first.app_tag];
    let mut columns: Vec<_> = iter::once("invalid".to_owned())
        .chain(iter::once(escape(&first.message)))
        .chain(optional.map(|column| escape(column.as_deref().unwrap_or_default())))
        .collect();
    if !further.is_empty() {
        let further: Vec<_> = further
            .iter()
            .map(|finding| {
                json!({
                    "message": finding.message,
                    "data_path": finding.data_path,
                    "schema_path": finding.schema_path,
                    "app_tag": finding.app_tag,
                })
            })
            .collect();
        columns.push(json!(further).to_string());
    }
    columns.join("\t")
}

/// A column's text without anything that could end the column or the line.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' => escaped.push_str("\\\\"),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            _ if character.is_control() => {
                // Writing to a string cannot fail.
                let _ = write!(escaped, "\\u{:04x}", u32::from(character));
            }
            _ => escaped.push(character),
        }
    }
    escaped
}

/// Times `runs` validations of one document.
fn time(oracle: &Oracle, runs: u32, file: &Path) -> Result<(), Box<dyn Error>> {
    let document = fs::read(file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
    let mut seconds = Vec::new();
    let mut verdict = "valid";
    for _ in 0..runs {
        let start = Instant::now();
        let result = oracle.check(&document);
        seconds.push(start.elapsed());
        if result.is_err() {
            verdict = "invalid";
        }
    }
    seconds.sort_unstable();
    let (median, min) = (median(&seconds), seconds.first().copied().unwrap_or_default());
    // Written by hand for the order of the keys.
    writeln!(
        io::stdout(),
        r#"{{"runs":{runs},"median_seconds":{},"min_seconds":{},"verdict":"{verdict}"}}"#,
        median.as_secs_f64(),
        min.as_secs_f64(),
    )?;
    Ok(())
}

/// The median of sorted durations.
fn median(sorted: &[Duration]) -> Duration {
    let middle = sorted.len() / 2;
    match sorted {
        [] => Duration::ZERO,
        _ if sorted.len() % 2 == 1 => sorted[middle],
        _ => (sorted[middle - 1] + sorted[middle]) / 2,
    }
}

/// Whether the reader of our answers has gone, which is no failure.
fn is_broken_pipe(error: &(dyn Error + 'static)) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
