//! `sonicfg validate`: configs, patches and configlets against the models.

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use crate::config::{Config, Document, JsonId, JsonKind, Location, ReadError, Source, Span};
use crate::patch::{Configlet, FormError, Patch, Reason, Scope, SonicYangError};
use crate::policy::Policy;
use crate::report::{FileReport, Group, UNKNOWN, counted, counts, findings, grouped, totals};
use crate::schema::Schema;
use crate::validate::{Diagnostic, Place, Rule, Severity, masked, masked_text, validate, validate_yang_json};

use super::change::{Change, Format, located, masked_pointer, read_document};
use super::options::{ModelArgs, ReportForm, color, stdout_is_terminal};
use super::output::{print, say};
use super::review::{Options, Part, review};
use super::scoped::{self, ScopedFile};
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

    /// The config that a patch or configlet is to change. May be given once for each scope: SCOPE is
    /// localhost, which may be left out, or asic0, asic1 and so on
    #[arg(long, value_name = "[SCOPE=]CONFIG")]
    base: Vec<ScopedFile>,

    /// How the paths of patches lead to what they change
    #[arg(short, long, value_enum, ignore_case = true, default_value_t)]
    format: Format,

    /// What is wrong with --base before a change is shown, and does not count
    #[arg(long)]
    allow_existing: bool,

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
    /// A configlet that says what goes from --base: the fields it names, the entry where it names none,
    /// the table where it names no key
    ConfigletDelete,
}

impl Input {
    /// What it is called in reports.
    fn name(self) -> &'static str {
        match self {
            Input::Auto => UNKNOWN,
            Input::ConfigDb => "config_db",
            Input::Sonicyang => "sonicyang",
            Input::Patch => "patch",
            Input::Configlet | Input::ConfigletDelete => "configlet",
        }
    }
}

/// What is to be shown of a file.
#[derive(Default)]
struct Sheet {
    files: Vec<FileReport>,
    /// The findings of a change by what they follow from.
    groups: Option<Vec<Group>>,
    /// How many errors and warnings stood before the change.
    existing: (usize, usize),
}

impl From<FileReport> for Sheet {
    fn from(file: FileReport) -> Self {
        Sheet {
            files: vec![file],
            ..Sheet::default()
        }
    }
}

pub fn run(args: &Args) -> Result<Outcome, Failure> {
    scoped::check(&args.base, "--base")?;
    let policy = args.models.policy()?;
    let bases = args.base.iter().map(|base| &base.path);
    let inputs = args.files.iter().chain(bases);
    if inputs.filter(|path| Source::is_stdin(path)).count() > 1 {
        let message = "standard input is named twice; it can be read once";
        return Err(Failure::Environment(message.to_owned()));
    }
    // Without a base there is nothing to say about the files.
    let mut bases = Vec::new();
    for base in &args.base {
        let config = read_document(Source::read(&base.path)?, &policy)
            .map_err(|(_, error)| Failure::Environment(error.to_string()))?;
        bases.push((base.scope.clone(), Config::from(config)));
    }
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
        bases: &bases,
        format: args.format,
        operations: args.report == ReportForm::Full,
    };
    let mut sheets = Vec::new();
    for text in files {
        sheets.push(checker.file(text, args.input)?);
    }
    let mut existing = (0, 0);
    if args.allow_existing {
        for sheet in &sheets {
            existing.0 += sheet.existing.0;
            existing.1 += sheet.existing.1;
        }
    }
    let reports = show(sheets, args)?;
    let (errors, warnings) = totals(&reports);
    let (errors, warnings) = (errors - existing.0, warnings - existing.1);
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

/// Prints what was found, and gives it back.
fn show(sheets: Vec<Sheet>, args: &Args) -> Result<Vec<FileReport>, Failure> {
    let form = args.report;
    let terminal = stdout_is_terminal();
    let color = color(terminal);
    let mut out = String::new();
    if form == ReportForm::Full {
        for sheet in &sheets {
            out += &match &sheet.groups {
                Some(groups) => grouped(&sheet.files, groups, color),
                None => findings(&sheet.files, color),
            };
        }
    }
    let reports: Vec<FileReport> = sheets.into_iter().flat_map(|sheet| sheet.files).collect();
    out += &match form {
        ReportForm::Full => counts(&reports),
        form => form.render(&reports, terminal, args.deny_warnings),
    };
    print(&out)?;
    Ok(reports)
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
    bases: &'a [(Scope, Config)],
    format: Format,
    /// Whether findings of a change are told by what they follow from.
    operations: bool,
}

impl Checker<'_> {
    fn file(&self, text: Text, input: Input) -> Result<Sheet, Failure> {
        let document = match text.and_then(|source| read_document(source, self.policy)) {
            Ok(document) => document,
            Err((shown, error)) => {
                return Ok(refused(shown, input.name(), Rule::InvalidJSON, vec![error]).into());
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
                Ok(FileReport::new(&document, input.name(), self.policy, report).into())
            }
            Input::Patch | Input::Configlet | Input::ConfigletDelete => self.change(&document, input),
            Input::Auto | Input::ConfigDb => {
                let config = Config::from(document);
                let report = validate(self.schema, self.policy, &config);
                let name = Input::ConfigDb.name();
                Ok(FileReport::new(config.document(), name, self.policy, report).into())
            }
        }
    }

    fn change(&self, document: &Document, input: Input) -> Result<Sheet, Failure> {
        let name = &document.source().name;
        let host = self.bases.iter().filter(|(scope, _)| *scope == Scope::HOST);
        // A configlet is for the host.
        let bases: Vec<&(Scope, Config)> = match input {
            Input::Patch => self.bases.iter().collect(),
            _ => host.collect(),
        };
        if bases.is_empty() {
            return Err(Failure::Environment(format!(
                "{name} is a {}: name the config it is to change with --base",
                input.name()
            )));
        }
        let refused = |rule, errors| {
            let shown = masked(document, self.policy);
            Ok(refused(shown, input.name(), rule, errors).into())
        };
        let scopes = bases.iter().map(|(scope, _)| scope);
        let changes = match input {
            Input::Patch => Patch::of(document.clone())
                .and_then(|patch| scoped::split(&patch, scopes, Some("--base")))
                .map(|patches| {
                    patches
                        .into_iter()
                        .map(|patch| self.format.change(patch))
                        .collect()
                }),
            Input::ConfigletDelete => {
                Configlet::of(document.clone()).map(|configlet| vec![Change::ConfigletDelete(configlet)])
            }
            _ => Configlet::of(document.clone()).map(|configlet| vec![Change::Configlet(configlet)]),
        };
        let mut changes: Vec<Change> = match changes {
            Ok(changes) => changes,
            Err(error) => return refused(Rule::InvalidJSON, vec![error]),
        };
        let mut targets = Vec::new();
        for (change, (scope, base)) in changes.iter_mut().zip(bases.iter().copied()) {
            match change.make(self.schema, self.policy, base) {
                Ok(target) => targets.push(target),
                Err(SonicYangError::NoConfig(errors)) => return refused(Rule::UnknownElement, errors),
                Err(SonicYangError::Operation(error)) => {
                    let error = error.map_pointers(|pointer| masked_pointer(self.policy, pointer));
                    let rule = match error.reason {
                        Reason::OtherValue => Rule::InvalidValue,
                        _ => Rule::UnknownElement,
                    };
                    let scope = (bases.len() > 1).then_some(scope);
                    let errors = change.patch().map(|patch| located(patch, scope, error));
                    return refused(rule, errors.into_iter().collect());
                }
            }
        }
        let parts = bases.iter().zip(&changes).zip(&targets);
        let parts: Vec<Part> = parts
            .map(|((base, change), target)| Part {
                scope: &base.0,
                base: &base.1,
                change,
                target,
            })
            .collect();
        let options = Options {
            operations: self.operations,
            ..Options::default()
        };
        let review = review(self.schema, self.policy, &parts, &options)
            .map_err(|error| Failure::Refused(format!("{name}: {error}")))?;
        Ok(Sheet {
            files: review.files,
            groups: self.operations.then_some(review.groups),
            existing: review.existing,
        })
    }
}

/// The report of a text that is not what it should be. Its secrets are overwritten already.
fn refused(source: Source, input: &'static str, rule: Rule, errors: Vec<FormError>) -> FileReport {
    let diagnostic = |error: FormError| Diagnostic {
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
    };
    FileReport {
        path: source.name.clone(),
        input,
        source,
        diagnostics: errors.into_iter().map(diagnostic).collect(),
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
