//! `sonicfg validate`: configs, patches and configlets against the models.

mod batch;
mod inputs;
mod running;
mod stream;
mod tally;

use std::path::PathBuf;
use std::sync::Mutex;

use clap::ValueEnum;

use crate::config::{Config, Source};
use crate::engine::check::{CheckError, Checker, InputKind, ResultCache};
use crate::engine::read_document;
use crate::report::FailOn;
use crate::store::DATABASE_CONFIG;
use crate::validate::Diagnostic;

use super::defaults;
use super::help_text::{HelpEnd, USAGE};
use super::options::{Format, ModelArgs, RepeatedArgs, ReportForm, renderer};
use super::output::{print, say};
use super::scoped::{self, ScopedFile};
use super::settings::Adjustments;
use super::{Failure, Outcome};
use batch::Threads;
use inputs::{Partition, files};
use running::running;
use tally::Tally;

#[derive(Debug, clap::Args)]
#[command(
    help_end = (&[(0, "no findings, or warnings only"), (1, "errors"), USAGE], &[
        "sonicfg validate /etc/sonic/config_db.json",
        "sonicfg validate --base config_db.json change.json-patch",
        "sonicfg validate --yang-dir /usr/local/yang-models --report concise *.json",
        "sonicfg validate --report sarif --summary sites/ > findings.sarif",
        "sonicfg validate --partition 2/5 --fail-fast",
        "collect-configs | sonicfg validate --input ndjson -",
    ])
)]
pub struct Args {
    /// Files or folders; `-` is standard input
    ///
    /// In a folder, all *.json below it are checked, or those that match the patterns of .sonicfg.toml. Without FILE,
    /// all files that match those patterns are checked; on a switch without .sonicfg.toml, the running config.
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,

    /// The kind of the files
    #[arg(long, value_enum, default_value_t = Input::Auto)]
    input: Input,

    /// The config that a patch or configlet is applied to
    ///
    /// May be repeated, once for each scope: SCOPE is localhost, which may be omitted, or asic0, asic1 and so on.
    #[arg(long, value_name = "[SCOPE=]CONFIG", value_hint = clap::ValueHint::FilePath)]
    base: Vec<ScopedFile>,

    /// The form of the paths in patches
    #[arg(
        short,
        long,
        value_enum,
        ignore_case = true,
        default_value_t,
        hide_short_help = true
    )]
    format: Format,

    /// Show errors that --base already has, but do not count them
    #[arg(long)]
    allow_existing: bool,

    /// Count warnings as errors
    #[arg(long)]
    deny_warnings: bool,

    /// Stop after the first file that fails
    #[arg(long)]
    fail_fast: bool,

    /// Check N files in parallel [default: the number of cores]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,

    /// Check part K of N, for N machines that share the work
    ///
    /// The path of a file decides which part it belongs to.
    #[arg(long, value_name = "K/N", hide_short_help = true)]
    partition: Option<Partition>,

    /// Check unchanged configs again, and do not cache the findings
    #[arg(long, hide_short_help = true)]
    no_cache: bool,

    /// The file in which the switch describes its databases, to check the running config
    #[arg(
        long,
        value_name = "FILE",
        env = "SONICFG_DB_CONFIG",
        hide_env_values = true,
        default_value = DATABASE_CONFIG,
        hide_short_help = true
    )]
    db_config: PathBuf,

    /// The output format [default: full]
    ///
    /// With --input ndjson it is json-lines, with a verdict for each input line.
    #[arg(long, value_enum, help_heading = "Output")]
    report: Option<ReportForm>,

    /// Print the numbers of files and findings at the end, on standard error
    #[arg(long, help_heading = "Output")]
    summary: bool,

    #[command(flatten)]
    repeated: RepeatedArgs,

    #[command(flatten)]
    models: ModelArgs,
}

/// The kind of an input file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Input {
    /// The kind that its content shows
    Auto,
    /// A config_db.json
    #[value(name = "config-db", alias = "config_db")]
    ConfigDb,
    /// YANG JSON (RFC 7951)
    Sonicyang,
    /// A JSON patch (RFC 6902) for --base
    Patch,
    /// A configlet that is merged into --base
    Configlet,
    /// A configlet that names what is deleted from --base: fields, entries or tables
    ConfigletDelete,
    /// A golden config whose tables replace those of --base
    Golden,
    /// One document on each line; the verdict of each follows on a line of its own, in the same order
    Ndjson,
}

impl Input {
    /// The kind of an input of the engine.
    fn kind(self) -> InputKind {
        match self {
            Input::Auto | Input::Ndjson => InputKind::Auto,
            Input::ConfigDb => InputKind::ConfigDb,
            Input::Sonicyang => InputKind::YangJson,
            Input::Patch => InputKind::Patch,
            Input::Configlet => InputKind::ConfigletUpdate,
            Input::ConfigletDelete => InputKind::ConfigletDelete,
            Input::Golden => InputKind::Golden,
        }
    }
}

impl From<CheckError> for Failure {
    fn from(error: CheckError) -> Self {
        match error {
            CheckError::Load(error) => error.into(),
            CheckError::NoBase { name, kind } => Failure::Environment(format!(
                "{name} is a {}: name the config it is to change with --base",
                kind.name()
            )),
            error => Failure::refused(error.to_string()),
        }
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
    // Files come before models: a mistyped name is reported at once.
    let is_running = named.is_empty()
        && settings.file.is_none()
        && args.base.is_empty()
        && args.partition.is_none()
        && defaults::is_switch(&args.db_config);
    let (files, running) = if is_running {
        (Vec::new(), Some(running(&args.db_config, &policy)?))
    } else {
        (files(named, settings, args.partition)?, None)
    };
    let mut bases = Vec::new();
    for base in &args.base {
        // Without a base there is nothing to say about the files.
        let config = read_document(Source::read(&base.path)?, &policy)
            .map_err(|(_, error)| Failure::Environment(error.to_string()))?;
        bases.push((base.scope.clone(), Config::from(config)));
    }
    let engine = args.models.engine_with(policy, None)?;
    let keeps = !args.no_cache && !is_stream;
    let results = if keeps {
        ResultCache::of_user(&engine)?
    } else {
        None
    };
    let adjustments = Adjustments::new(settings);
    let adjust = |file: &str, diagnostic: &mut Diagnostic| adjustments.adjust(file, diagnostic);
    let checker = Checker {
        engine: &engine,
        bases: &bases,
        format: args.format.into(),
        operations: form == ReportForm::Full && !is_stream,
        adjust: &adjust,
        results: results.as_ref(),
        alike: (is_stream || files.len() > 1).then(Mutex::default),
    };
    let fail_on = FailOn {
        deny_warnings: args.deny_warnings,
        allow_existing: args.allow_existing,
    };
    let jobs = args.jobs.map(usize::from);
    let mut tally = Tally::new(fail_on);
    let mut unchecked = None;
    if is_stream {
        // The number of lines is not known.
        let threads = Threads::new(jobs, usize::MAX)?;
        for path in &files {
            let with = (fail_on, args.fail_fast);
            if stream::check(&checker, path, &threads, with, |report| tally.add(report))? {
                break;
            }
        }
    } else {
        let threads = Threads::new(jobs, files.len())?;
        let mut renderer = renderer(form, "validate", fail_on, args.repeated.repeated());
        if let Some(source) = running {
            let report = checker.check(Ok(source), InputKind::ConfigDb)?;
            let mut text = String::new();
            renderer.files(&report.files, report.groups.as_deref(), &mut text);
            print(&text)?;
            tally.add(&report);
        }
        unchecked = batch::check(
            &checker,
            (&files, args.input.kind()),
            &threads,
            (fail_on, args.fail_fast),
            |report| {
                let mut text = String::new();
                renderer.files(&report.files, report.groups.as_deref(), &mut text);
                (text, tally.add(report))
            },
        )?;
        let mut end = String::new();
        renderer.end(&mut end);
        print(&end)?;
    }
    if let Some(file) = settings.file.as_ref().filter(|_| settings.weighs_tables()) {
        for table in adjustments.unknown_tables(engine.schema()?) {
            let file = file.display();
            say(&format!(
                "warning: {file}: [tables.{table}]: no model defines this table\n"
            ));
        }
    }
    let word = if is_stream { "line" } else { "file" };
    if args.summary {
        let recalled = results.as_ref().map_or(0, ResultCache::recalled);
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
