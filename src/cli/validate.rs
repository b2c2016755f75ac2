//! `sonicfg validate`: configs, patches and configlets against the models.

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use crate::config::{Config, Document, JsonId, JsonKind, Location, ReadError, Source, Span};
use crate::patch::{Configlet, FormError, Patch, Reason};
use crate::policy::Policy;
use crate::report::{FileReport, UNKNOWN, counted, totals};
use crate::schema::Schema;
use crate::validate::{Diagnostic, Place, Rule, Severity, masked, masked_text, validate, validate_yang_json};

use super::change::{self, Change, located, masked_pointer, read_document};
use super::options::{ModelArgs, ReportForm, stdout_is_terminal};
use super::output::{print, say};
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

impl Input {
    /// What it is called in reports.
    fn name(self) -> &'static str {
        match self {
            Input::Auto => UNKNOWN,
            Input::ConfigDb => "config_db",
            Input::Sonicyang => "sonicyang",
            Input::Patch => "patch",
            Input::Configlet => "configlet",
        }
    }
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    let policy = args.models.policy()?;
    let inputs = args.files.iter().chain(&args.base);
    if inputs.filter(|path| Source::is_stdin(path)).count() > 1 {
        let message = "standard input is named twice; it can be read once";
        return Err(Failure::Environment(message.to_owned()));
    }
    // Without a base there is nothing to say about the files.
    let base = match &args.base {
        Some(path) => {
            let base = read_document(Source::read(path)?, &policy);
            Some(base.map_err(|(_, error)| Failure::Environment(error.to_string()))?)
        }
        None => None,
    };
    let base = base.map(Config::from);
    // Files come before models: whoever mistyped a name need not wait.
    let files: Vec<Text> = args
        .files
        .iter()
        .map(|path| read(path, &policy))
        .collect::<Result<_, _>>()?;
    let schema = args.models.schema()?;
    let checker = Checker {
        schema: &schema,
        policy: &policy,
        base: base.as_ref(),
    };
    let mut reports = Vec::new();
    for text in files {
        reports.extend(checker.file(text, args.input)?);
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
    say(&format!("Error: {} found\n", parts.join(" and ")));
    Ok(Outcome::Findings)
}

/// A file's text, or what is wrong with it.
type Text = Result<Source, (Source, FormError)>;

/// Reads a file. One that is not UTF-8 was read, and is no JSON.
fn read(path: &Path, policy: &Policy) -> Result<Text, ReadError> {
    match Source::read(path) {
        Err(ReadError::Utf8 {
            path,
            line,
            column,
            offset,
            lossy,
        }) => {
            let error = FormError {
                name: path.clone(),
                message: "not JSON: invalid UTF-8".to_owned(),
                location: Location { line, column },
                span: Span {
                    start: offset,
                    end: offset + 1,
                },
            };
            Ok(Err((masked_text(Source::new(path, lossy), policy), error)))
        }
        text => text.map(Ok),
    }
}

struct Checker<'a> {
    schema: &'a Schema,
    policy: &'a Policy,
    base: Option<&'a Config>,
}

impl Checker<'_> {
    fn file(&self, text: Text, input: Input) -> Result<Vec<FileReport>, Failure> {
        let document = match text.and_then(|source| read_document(source, self.policy)) {
            Ok(document) => document,
            Err((shown, error)) => return Ok(vec![refused(shown, input.name(), Rule::InvalidJSON, error)]),
        };
        let input = if input == Input::Auto {
            guess(&document)
        } else {
            input
        };
        match input {
            Input::Sonicyang => {
                let report = validate_yang_json(self.schema, self.policy, &document);
                Ok(vec![FileReport::new(
                    &document,
                    input.name(),
                    self.policy,
                    report,
                )])
            }
            Input::Patch => self.change(document, input, |document| Patch::of(document).map(Change::Patch)),
            Input::Configlet => self.change(document, input, |document| {
                Configlet::of(document).map(Change::Configlet)
            }),
            Input::Auto | Input::ConfigDb => {
                let config = Config::from(document);
                let report = validate(self.schema, self.policy, &config);
                Ok(vec![FileReport::new(
                    config.document(),
                    Input::ConfigDb.name(),
                    self.policy,
                    report,
                )])
            }
        }
    }

    fn change(
        &self,
        document: Document,
        input: Input,
        read: impl Fn(Document) -> Result<Change, FormError>,
    ) -> Result<Vec<FileReport>, Failure> {
        let Some(base) = self.base else {
            return Err(Failure::Environment(format!(
                "{} is a {}: name the config it is to change with --base",
                document.source().name,
                input.name()
            )));
        };
        let refused = |rule, error| {
            let shown = masked(&document, self.policy);
            Ok(vec![refused(shown, input.name(), rule, error)])
        };
        let change = match read(document.clone()) {
            Ok(change) => change,
            Err(error) => return refused(Rule::InvalidJSON, error),
        };
        let config = base.to_value();
        let target = match &change {
            Change::Patch(patch) => match patch.apply(&config) {
                Ok(target) => target,
                Err(error) => {
                    let error = error.map_pointers(|pointer| masked_pointer(self.policy, pointer));
                    let rule = match error.reason {
                        Reason::OtherValue => Rule::InvalidValue,
                        _ => Rule::UnknownElement,
                    };
                    return refused(rule, located(patch, error));
                }
            },
            Change::Configlet(configlet) => configlet.update(&config),
        };
        let checked = change::check(self.schema, self.policy, base, &change, &target)
            .map_err(|error| Failure::Refused(format!("{}: {error}", document.source().name)))?;
        Ok(checked.reports)
    }
}

/// The report of a text that is not what it should be. Its secrets are overwritten already.
fn refused(source: Source, input: &'static str, rule: Rule, error: FormError) -> FileReport {
    FileReport {
        path: source.name.clone(),
        input,
        source,
        diagnostics: vec![Diagnostic {
            rule,
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

/// Tells by its form what a document is: a list of operations is a patch, a list of other objects a
/// configlet, members with the names of modules are YANG JSON; anything else is a config_db.
fn guess(document: &Document) -> Input {
    let root = document.root();
    let mut children = document.children(root).peekable();
    let is_empty = children.peek().is_none();
    match document.kind(root) {
        JsonKind::Array => {
            let is_operation = |id: JsonId| document.get(id, "op").or(document.get(id, "path")).is_some();
            if is_empty || document.children(root).any(is_operation) {
                Input::Patch
            } else if children.any(|id| document.kind(id) == JsonKind::Object) {
                Input::Configlet
            } else {
                Input::ConfigDb
            }
        }
        _ if !is_empty && children.all(|id| document.key(id).contains(':')) => Input::Sonicyang,
        _ => Input::ConfigDb,
    }
}
