//! `sonicfg validate`: configs, patches and configlets against the models.

mod batch;
mod checker;
mod inputs;
mod stream;
mod tally;
mod verdicts;

use std::path::PathBuf;

use clap::ValueEnum;

use crate::config::{Config, Source};
use crate::report::{Judgement, UNKNOWN};

use super::change::{Format, read_document};
use super::options::{ModelArgs, ReportForm};
use super::output::{print, say};
use super::scoped::{self, ScopedFile};
use super::settings::Adjustments;
use super::{Failure, Outcome};
use batch::Threads;
use checker::{Checker, Models};
use inputs::{Partition, files};
use tally::Tally;
use verdicts::Verdicts;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 nothing found, or warnings alone; 1 errors; 2 wrong usage or environment.\n\nExamples:\n  sonicfg validate /etc/sonic/config_db.json\n  \
    sonicfg validate --yang-dir /usr/local/yang-models --report concise *.json\n  \
    sonicfg validate --base config_db.json change.json-patch\n  \
    sonicfg validate --report sarif --summary sites/ > findings.sarif\n  \
    sonicfg validate --partition 2/5 --fail-fast\n  \
    collect-configs | sonicfg validate --input ndjson -"
)]
pub struct Args {
    /// The files; `-` is standard input, and of a folder all *.json below it, or those that match the patterns of
    /// .sonicfg.toml. If none is named, all files that match those patterns
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,

    #[command(flatten)]
    models: ModelArgs,

    /// What the files are
    #[arg(long, value_enum, default_value_t = Input::Auto)]
    input: Input,

    /// The config that a patch or configlet is to change. May be given once for each scope: SCOPE is
    /// localhost, which may be left out, or asic0, asic1 and so on
    #[arg(long, value_name = "[SCOPE=]CONFIG", value_hint = clap::ValueHint::FilePath)]
    base: Vec<ScopedFile>,

    /// How the paths of patches lead to what they change
    #[arg(short, long, value_enum, ignore_case = true, default_value_t)]
    format: Format,

    /// What is wrong with --base before a change is shown, and does not count
    #[arg(long)]
    allow_existing: bool,

    /// In what form findings are shown; if it is not said, full. With --input ndjson it is json-lines, with a
    /// verdict for each line of the input
    #[arg(long, value_enum)]
    report: Option<ReportForm>,

    /// Warnings count as errors
    #[arg(long)]
    deny_warnings: bool,

    /// Check so many files at the same time; if it is not said, as many as there are cores
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,

    /// Say at the end, on standard error, how many files there were and what was found in them
    #[arg(long)]
    summary: bool,

    /// Stop behind the first file that fails
    #[arg(long)]
    fail_fast: bool,

    /// Check the K-th of N parts of the files, for as many machines that share the work; which part a file belongs
    /// to is told by its path
    #[arg(long, value_name = "K/N")]
    partition: Option<Partition>,

    /// Check configs too that have not changed since they were last checked, and keep nothing of what is found
    #[arg(long)]
    no_cache: bool,
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Input {
    /// Tell by its form
    Auto,
    /// A config_db.json
    #[value(name = "config-db", alias = "config_db")]
    ConfigDb,
    /// YANG JSON (RFC 7951)
    Sonicyang,
    /// A JSON patch (RFC 6902) on --base
    Patch,
    /// A configlet laid over --base
    Configlet,
    /// A configlet that says what goes from --base: the fields it names, the entry where it names none,
    /// the table where it names no key
    ConfigletDelete,
    /// One of these on each line, what is told by its form: for each a verdict comes on a line of its own, in the
    /// same order, as soon as it is there
    Ndjson,
}

impl Input {
    /// What it is called in reports.
    fn name(self) -> &'static str {
        match self {
            Input::Auto | Input::Ndjson => UNKNOWN,
            Input::ConfigDb => "config_db",
            Input::Sonicyang => "sonicyang",
            Input::Patch => "patch",
            Input::Configlet | Input::ConfigletDelete => "configlet",
        }
    }

    /// That name, as it lives on when the text that it was read from does not.
    fn named(name: &str) -> &'static str {
        let known = [Input::ConfigDb, Input::Sonicyang];
        let found = known.into_iter().find(|input| input.name() == name);
        found.unwrap_or(Input::Auto).name()
    }
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    scoped::check(&args.base, "--base")?;
    let settings = args.models.look_around()?;
    let is_stream = args.input == Input::Ndjson;
    let form = match args.report {
        None => ReportForm::Full,
        Some(form) if !is_stream || form == ReportForm::JsonLines => form,
        Some(_) => {
            let message = "--input ndjson has a verdict for each line: its form is json-lines";
            return Err(Failure::Environment(message.to_owned()));
        }
    };
    if is_stream && args.partition.is_some() {
        let message = "--partition divides files, and --input ndjson has lines";
        return Err(Failure::Environment(message.to_owned()));
    }
    let policy = args.models.policy()?;
    let stdin = PathBuf::from("-");
    let named = match &args.files[..] {
        [] if is_stream => std::slice::from_ref(&stdin),
        named => named,
    };
    let bases = args.base.iter().map(|base| &base.path);
    if named
        .iter()
        .chain(bases)
        .filter(|path| Source::is_stdin(path))
        .count()
        > 1
    {
        let message = "standard input is named twice; it can be read once";
        return Err(Failure::Environment(message.to_owned()));
    }
    // Files come before models: whoever mistyped a name need not wait.
    let files = files(named, settings, args.partition)?;
    let mut bases = Vec::new();
    for base in &args.base {
        // Without a base there is nothing to say about the files.
        let config = read_document(Source::read(&base.path)?, &policy)
            .map_err(|(_, error)| Failure::Environment(error.to_string()))?;
        bases.push((base.scope.clone(), Config::from(config)));
    }
    let models = Models::new(&args.models)?;
    let keeps = !args.no_cache && !is_stream;
    let verdicts = if keeps {
        Verdicts::of_user(&models, &policy)?
    } else {
        None
    };
    let adjustments = Adjustments::new(settings);
    let checker = Checker {
        models: &models,
        policy: &policy,
        bases: &bases,
        format: args.format,
        operations: form == ReportForm::Full && !is_stream,
        adjustments: &adjustments,
        verdicts: verdicts.as_ref(),
    };
    let judgement = Judgement {
        deny_warnings: args.deny_warnings,
        allow_existing: args.allow_existing,
    };
    let jobs = args.jobs.map(usize::from);
    let mut tally = Tally::new(judgement);
    let mut unchecked = None;
    if is_stream {
        // Nobody knows how many lines there are.
        let threads = Threads::new(jobs, usize::MAX)?;
        for path in &files {
            let with = (judgement, args.fail_fast);
            if stream::check(&checker, path, &threads, with, |sheet| tally.add(sheet))? {
                break;
            }
        }
    } else {
        let threads = Threads::new(jobs, files.len())?;
        let mut renderer = form.renderer("validate", judgement);
        unchecked = batch::check(
            &checker,
            (&files, args.input),
            &threads,
            (judgement, args.fail_fast),
            |sheet| {
                let mut text = String::new();
                renderer.files(&sheet.files, sheet.groups.as_deref(), &mut text);
                (text, tally.add(sheet))
            },
        )?;
        let mut end = String::new();
        renderer.end(&mut end);
        print(&end)?;
    }
    if let Some(file) = settings.file.as_ref().filter(|_| settings.weighs_tables()) {
        for table in adjustments.unknown_tables(models.schema()?) {
            let file = file.display();
            say(&format!(
                "warning: {file}: [tables.{table}]: no model defines this table\n"
            ));
        }
    }
    let word = if is_stream { "line" } else { "file" };
    if args.summary {
        let recalled = verdicts.as_ref().map_or(0, Verdicts::recalled);
        say(&tally.summary(word, adjustments.ignored(), recalled));
    }
    if let Some(failure) = unchecked {
        return Err(failure);
    }
    // The last line is for programs that read standard error; the findings themselves are data.
    Ok(match tally.failure(word) {
        None => Outcome::Clean,
        Some(found) => {
            say(&format!("Error: {found}\n"));
            Outcome::Findings
        }
    })
}
