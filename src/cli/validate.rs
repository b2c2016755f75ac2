//! `sonicfg validate`: configs, patches and configlets against the models.

use std::path::PathBuf;

use clap::ValueEnum;

use crate::config::{Config, Document, JsonId, JsonKind, Source};
use crate::patch::{Configlet, FormError, Patch};
use crate::policy::Policy;
use crate::report::{FileReport, counted, totals};
use crate::schema::Schema;
use crate::validate::{Diagnostic, Place, Rule, Severity, validate, validate_yang_json};

use super::change::{self, Change};
use super::options::{ModelArgs, ReportForm, stdout_is_terminal};
use super::output::print;
use super::{Failure, Outcome};

/// Exit codes: 0 nothing found, or warnings alone; 1 errors; 2 wrong usage or environment.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  sonicfg validate /etc/sonic/config_db.json\n  \
    sonicfg validate --yang-dir /usr/local/yang-models --report concise *.json\n  \
    sonicfg validate --base config_db.json change.json-patch")]
pub struct Args {
    /// The files; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    #[command(flatten)]
    models: ModelArgs,

    /// What the files are
    #[arg(long, value_enum, default_value_t = Input::Auto)]
    input: Input,

    /// The config that a patch or configlet is to change
    #[arg(long, value_name = "CONFIG")]
    base: Option<PathBuf>,

    /// In what form findings are shown
    #[arg(long, value_enum, default_value_t = ReportForm::Full)]
    report: ReportForm,

    /// Warnings count as errors
    #[arg(long)]
    deny_warnings: bool,
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
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    let policy = args.models.policy()?;
    let base = args.base.as_deref().map(Config::read).transpose()?;
    // Files come before models: whoever mistyped a name need not wait.
    let sources: Vec<Source> = args
        .files
        .iter()
        .map(|path| Source::read(path))
        .collect::<Result<_, _>>()?;
    let schema = args.models.schema()?;
    let checker = Checker {
        schema: &schema,
        policy: &policy,
        base: base.as_ref(),
    };
    let mut reports = Vec::new();
    for source in sources {
        reports.extend(checker.file(source, args.input)?);
    }
    print(&args.report.render(&reports, stdout_is_terminal()))?;
    let (errors, warnings) = totals(&reports);
    let failed = errors > 0 || args.deny_warnings && warnings > 0;
    if !failed {
        return Ok(Outcome::Clean);
    }
    // The summary for programs that read standard error; the findings themselves are data.
    let mut parts = Vec::new();
    if errors > 0 {
        parts.push(counted(errors, "error"));
    }
    if warnings > 0 {
        parts.push(counted(warnings, "warning"));
    }
    eprintln!("Error: {} found", parts.join(" and "));
    Ok(Outcome::Findings)
}

struct Checker<'a> {
    schema: &'a Schema,
    policy: &'a Policy,
    base: Option<&'a Config>,
}

impl Checker<'_> {
    fn file(&self, source: Source, input: Input) -> Result<Vec<FileReport>, Failure> {
        let document = match Document::parse(source.clone()) {
            Ok(document) => document,
            Err(error) => {
                let error = FormError::from_parse(&source.name, error);
                return Ok(vec![refused(source, "unknown", error)]);
            }
        };
        let input = if input == Input::Auto {
            guess(&document)
        } else {
            input
        };
        match input {
            Input::Sonicyang => {
                let report = validate_yang_json(self.schema, self.policy, &document);
                Ok(vec![FileReport::new(&document, "sonicyang", self.policy, report)])
            }
            Input::Patch => self.change(source, "patch", |source| Patch::parse(source).map(Change::Patch)),
            Input::Configlet => self.change(source, "configlet", |source| {
                Configlet::parse(source).map(Change::Configlet)
            }),
            Input::Auto | Input::ConfigDb => {
                let config = Config::from(document);
                let report = validate(self.schema, self.policy, &config);
                Ok(vec![FileReport::new(
                    config.document(),
                    "config_db",
                    self.policy,
                    report,
                )])
            }
        }
    }

    fn change(
        &self,
        source: Source,
        input: &'static str,
        read: impl Fn(Source) -> Result<Change, FormError>,
    ) -> Result<Vec<FileReport>, Failure> {
        let name = source.name.clone();
        let Some(base) = self.base else {
            return Err(Failure::Environment(format!(
                "{name} is a {input}: name the config it is to change with --base"
            )));
        };
        let change = match read(source.clone()) {
            Ok(change) => change,
            Err(error) => return Ok(vec![refused(source, input, error)]),
        };
        let config = base.to_value();
        let target = match &change {
            Change::Patch(patch) => patch
                .apply(&config)
                .map_err(|error| Failure::Refused(format!("{name}: {error}")))?,
            Change::Configlet(configlet) => configlet.update(&config),
        };
        Ok(change::check(self.schema, self.policy, base, &change, &target))
    }
}

/// The report of a text that is not what it should be.
fn refused(source: Source, input: &'static str, error: FormError) -> FileReport {
    FileReport {
        path: source.name.clone(),
        input,
        source,
        diagnostics: vec![Diagnostic {
            rule: Rule::InvalidJSON,
            severity: Severity::Error,
            pointer: String::new(),
            place: Some(Place {
                span: error.span,
                location: error.location,
            }),
            yang_path: String::new(),
            message: error.message,
            hint: None,
            app_tag: None,
        }],
        tables_without_model: Vec::new(),
    }
}

/// Tells by its form what a document is: operations are a patch, other lists a configlet, members
/// with the names of modules YANG JSON; anything else is a config_db.
fn guess(document: &Document) -> Input {
    let root = document.root();
    let mut children = document.children(root).peekable();
    match document.kind(root) {
        JsonKind::Array => {
            let is_operation =
                |id: JsonId| document.kind(id) == JsonKind::Object && document.get(id, "op").is_some();
            if children.peek().is_none() || children.any(is_operation) {
                Input::Patch
            } else {
                Input::Configlet
            }
        }
        _ if children.peek().is_some() && children.all(|id| document.key(id).contains(':')) => {
            Input::Sonicyang
        }
        _ => Input::ConfigDb,
    }
}
