//! Validation of one input: a config, YANG JSON, a patch or a configlet.

mod forms;
mod results;

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use thiserror::Error;

use crate::config::{Config, ConfigError, Document, JsonId, JsonKind, Location, ReadError, Source, Span};
use crate::patch::{Configlet, Golden, Patch, Scope, SonicYangError, SyntaxError};
use crate::policy::Policy;
use crate::report::{Counts, FailOn, FileReport, Group, UNKNOWN};
use crate::schema::{Retired, Schema};
use crate::validate::{
    AlikeValidator, Diagnostic, Report, Rule, Severity, SourceRange, masked, masked_text, validate_document,
    validate_scopes, validate_yang_json,
};

use super::change::{ChangeDocument, PathFormat, located, read_document};
use super::review::{Adjust, ReviewInput, ReviewOptions, review};
use super::scopes::{SplitError, split};
use super::{Engine, LoadError};
use forms::ConfigForm;
use results::{Key, StoredResult};

pub use results::ResultCache;

/// What an input is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum InputKind {
    /// It is recognised by its form.
    #[default]
    Auto,
    /// A config in the form of config_db.json.
    ConfigDb,
    /// YANG JSON (RFC 7951).
    YangJson,
    /// A JSON patch (RFC 6902) of a base config.
    Patch,
    /// A configlet whose fields are set in a base config.
    ConfigletUpdate,
    /// A configlet whose fields, entries or tables are deleted from a base config.
    ConfigletDelete,
    /// A golden config whose tables replace those of a base config.
    Golden,
}

impl InputKind {
    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            InputKind::Auto => UNKNOWN,
            InputKind::ConfigDb => "config_db",
            InputKind::YangJson => "sonicyang",
            InputKind::Patch => "patch",
            InputKind::ConfigletUpdate | InputKind::ConfigletDelete => "configlet",
            InputKind::Golden => "golden config",
        }
    }

    /// A name of [`InputKind::name`] that was read from a file.
    fn stored_name(name: &str) -> &'static str {
        let known = [InputKind::ConfigDb, InputKind::YangJson];
        let found = known.into_iter().find(|kind| kind.name() == name);
        found.unwrap_or_default().name()
    }
}

/// The findings in one input: a file, or a change with the configs that it is for.
#[derive(Debug)]
#[non_exhaustive]
pub struct InputReport {
    /// The files, one after the other.
    pub files: Vec<FileReport>,
    /// Their findings by cause, where that was asked for.
    pub groups: Option<Vec<Group>>,
}

impl InputReport {
    /// The numbers of findings by severity.
    pub fn counts(&self, fail_on: FailOn) -> Counts {
        let mut counts = Counts::default();
        for file in &self.files {
            counts += fail_on.counts(file);
        }
        counts
    }
}

impl From<FileReport> for InputReport {
    fn from(file: FileReport) -> Self {
        InputReport {
            files: vec![file],
            groups: None,
        }
    }
}

/// A file's text, or what is wrong with it.
pub type Text = Result<Source, (Source, SyntaxError)>;

/// Reads a file. One that is not UTF-8 was read, and is no JSON.
///
/// # Errors
/// [`ReadError`]: it cannot be read.
pub fn read(path: &Path, policy: &Policy) -> Result<Text, ReadError> {
    text(Source::read(path), policy)
}

/// What was read. A text that is not UTF-8 is no JSON.
///
/// # Errors
/// [`ReadError`]: it was not read.
pub fn text(read: Result<Source, ReadError>, policy: &Policy) -> Result<Text, ReadError> {
    match read {
        Err(ReadError::Utf8 {
            path,
            line,
            column,
            offset,
            lossy,
        }) => {
            let error = SyntaxError {
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

/// Why an input was not checked.
#[derive(Debug, Clone, Error)]
#[non_exhaustive]
pub enum CheckError {
    /// It is a change, and there is no config that it changes.
    #[error("{name} is a {}, and the config that it is to change is not named", kind.name())]
    NoBase {
        /// The input.
        name: String,
        /// What it is.
        kind: InputKind,
    },
    /// The config after the change cannot be read again.
    #[error("{name}: {error}")]
    Unreadable {
        /// The input.
        name: String,
        /// The reason.
        #[source]
        error: std::sync::Arc<ConfigError>,
    },
    /// The models cannot be loaded, so no other input can be checked either.
    #[error(transparent)]
    Load(#[from] LoadError),
}

/// Validates inputs, one after the other.
pub struct Checker<'a> {
    /// The models and the policy.
    pub engine: &'a Engine,
    /// The configs that changes are for, by scope.
    pub bases: &'a [(Scope, Config)],
    /// What the paths of patches mean.
    pub format: PathFormat,
    /// Whether findings of a change are grouped by cause.
    pub operations: bool,
    /// Severities that the project sets.
    pub adjust: &'a Adjust<'a>,
    /// The results of earlier checks.
    pub results: Option<&'a ResultCache>,
    /// For several inputs: configs without findings that were seen before, one for each thread at most. An input that is
    /// much like one of these is checked only where it differs.
    pub alike: Option<Mutex<Vec<AlikeValidator<'a>>>>,
}

impl<'a> Checker<'a> {
    /// Checks a text.
    ///
    /// # Errors
    /// [`CheckError`]: the models cannot be loaded; it is a change without a base, or one whose result cannot be read
    /// again.
    pub fn check(&self, text: Text, kind: InputKind) -> Result<InputReport, CheckError> {
        let source = match text {
            Ok(source) => source,
            Err(found) => return Ok(self.no_json(found, kind)),
        };
        let key = self.results.map(|results| results.key(&source.text, kind));
        let known = self.results.zip(key).and_then(|(results, key)| results.get(&key));
        if let Some(known) = known {
            return Ok(match self.recall(source, known) {
                Ok(file) => file.into(),
                Err(found) => self.no_json(found, kind),
            });
        }
        let may_be_config = matches!(kind, InputKind::Auto | InputKind::ConfigDb);
        if may_be_config && self.is_like_clean(&source.text) {
            let kind = InputKind::ConfigDb;
            self.keep(key, kind, &Report::default());
            return Ok(FileReport::without_text(source.name, kind.name(), Vec::new()).into());
        }
        let document = match read_document(source, self.engine.policy()) {
            Ok(document) => document,
            Err(found) => return Ok(self.no_json(found, kind)),
        };
        let kind = match kind {
            InputKind::Auto => guess(&document),
            kind => kind,
        };
        let engine: &'a Engine = self.engine;
        let schema = engine.schema()?;
        let report = match kind {
            InputKind::Patch
            | InputKind::ConfigletUpdate
            | InputKind::ConfigletDelete
            | InputKind::Golden => {
                return self.change(schema, &document, kind);
            }
            InputKind::YangJson => validate_yang_json(schema, self.engine.policy(), &document),
            InputKind::Auto | InputKind::ConfigDb => {
                let (document, report) = self.config(schema, document);
                self.keep(key, InputKind::ConfigDb, &report);
                return Ok(self.report(&document, InputKind::ConfigDb.name(), report).into());
            }
        };
        self.keep(key, kind, &report);
        Ok(self.report(&document, kind.name(), report).into())
    }

    /// Validates a config in any of its forms.
    fn config(&self, schema: &'a Schema, document: Document) -> (Document, Report) {
        let policy = self.engine.policy();
        let form = ConfigForm::of(document);
        let document = &form.document;
        let report = validate_scopes(schema, policy, document);
        let mut report = report.unwrap_or_else(|| validate_document(schema, policy, document));
        if form.is_dump {
            // They are for a config, not for the text of a dump.
            report.diagnostics.iter_mut().for_each(|found| found.fix = None);
        }
        // Tables without a model are reported too.
        if form.is_plain && report.diagnostics.is_empty() && report.tables_without_model.is_empty() {
            self.note_clean(schema, document);
        }
        if schema.retired_mode == Retired::ByModels {
            let retired = report.diagnostics.iter_mut();
            retired.for_each(|found| weigh_by_models(schema, found));
        }
        report.diagnostics.splice(0..0, form.unchecked(schema));
        (form.document, report)
    }

    /// Whether a text is so much like a config without findings that it is known to have none either.
    fn is_like_clean(&self, text: &str) -> bool {
        let Some(mut known) = self.alike.as_ref().and_then(|alike| locked(alike).pop()) else {
            return false;
        };
        let is_clean = known.is_clean(text);
        self.put_back(known);
        is_clean
    }

    /// Notes a config without findings, for inputs that are like it.
    fn note_clean(&self, schema: &'a Schema, document: &Document) {
        let Some(alike) = &self.alike else { return };
        let known = locked(alike).pop();
        let mut known = known.unwrap_or_else(|| AlikeValidator::new(schema, self.engine.policy()));
        known.note_clean(document);
        self.put_back(known);
    }

    fn put_back(&self, known: AlikeValidator<'a>) {
        if let Some(alike) = &self.alike {
            locked(alike).push(known);
        }
    }

    /// The report of a text that is not JSON.
    fn no_json(&self, (shown, error): (Source, SyntaxError), kind: InputKind) -> InputReport {
        refused(shown, kind.name(), Rule::InvalidJSON, vec![error]).into()
    }

    /// Stores a result.
    fn keep(&self, key: Option<Key>, kind: InputKind, report: &Report) {
        if let (Some(results), Some(key)) = (self.results, key) {
            results.put(&key, kind.name(), report);
        }
    }

    /// The report of a stored result. The text is read only where it has findings.
    fn recall(&self, source: Source, known: StoredResult) -> Result<FileReport, (Source, SyntaxError)> {
        let input = InputKind::stored_name(&known.input);
        if known.report.diagnostics.is_empty() {
            return Ok(FileReport {
                tables_without_model: known.report.tables_without_model,
                ..FileReport::without_text(source.name, input, Vec::new())
            });
        }
        let mut document = read_document(source, self.engine.policy())?;
        if input == InputKind::ConfigDb.name() {
            document = ConfigForm::of(document).document;
        }
        Ok(self.report(&document, input, known.report))
    }

    /// The report of a file, with the severities of the project.
    fn report(&self, document: &Document, input: &'static str, mut report: Report) -> FileReport {
        let name = &document.source().name;
        let counts = |one: &mut Diagnostic| (self.adjust)(name, one);
        report.diagnostics.retain_mut(counts);
        FileReport::new(document, input, self.engine.policy(), report)
    }

    fn change(
        &self,
        schema: &Schema,
        document: &Document,
        kind: InputKind,
    ) -> Result<InputReport, CheckError> {
        let (name, policy) = (&document.source().name, self.engine.policy());
        // A configlet is for the host.
        let has_scopes = matches!(kind, InputKind::Patch | InputKind::Golden);
        let is_for = |(scope, _): &&(Scope, Config)| has_scopes || *scope == Scope::HOST;
        let bases: Vec<&(Scope, Config)> = self.bases.iter().filter(is_for).collect();
        if bases.is_empty() {
            return Err(CheckError::NoBase {
                name: name.clone(),
                kind,
            });
        }
        let refused = |rule, errors| {
            let shown = masked(document, policy);
            Ok(refused(shown, kind.name(), rule, errors).into())
        };
        let scopes: Vec<Scope> = bases.iter().map(|(scope, _)| scope.clone()).collect();
        let configlet = |change: fn(Configlet) -> ChangeDocument| {
            Configlet::of(document.clone()).map(|configlet| vec![change(configlet)])
        };
        let mut rule = Rule::InvalidJSON;
        let changes = match kind {
            InputKind::Patch => Patch::of(document.clone()).and_then(|patch| {
                let patches = split(patch, &scopes).map_err(|error| {
                    if matches!(error, SplitError::NoStore { .. }) {
                        rule = Rule::Refused;
                    }
                    let hint = match &error {
                        SplitError::NoStore { scope, .. } => format!(" (a base for {scope} is needed too)"),
                        SplitError::Syntax(_) => String::new(),
                    };
                    let error = error.into_form();
                    SyntaxError {
                        message: format!("{}{hint}", error.message),
                        ..error
                    }
                })?;
                let changes = patches.into_iter().map(|patch| self.format.change(patch));
                Ok(changes.collect())
            }),
            InputKind::ConfigletDelete => configlet(ChangeDocument::ConfigletDelete),
            InputKind::Golden => Golden::of(document.clone(), &scopes)
                .map(|parts| parts.into_iter().map(ChangeDocument::Golden).collect()),
            _ => configlet(ChangeDocument::ConfigletUpdate),
        };
        let mut changes: Vec<ChangeDocument> = match changes {
            Ok(changes) => changes,
            Err(error) => return refused(rule, vec![error]),
        };
        let mut targets = Vec::new();
        for (change, (scope, base)) in changes.iter_mut().zip(bases.iter().copied()) {
            match change.apply(schema, policy, base) {
                Ok(target) => {
                    let broken = match &*change {
                        ChangeDocument::Golden(golden) => golden.check(policy, &target),
                        _ => None,
                    };
                    if let Some((_, error)) = broken {
                        return refused(Rule::Refused, vec![error]);
                    }
                    targets.push(target);
                }
                Err(SonicYangError::NoConfig(errors)) => return refused(Rule::Refused, errors),
                Err(SonicYangError::Operation(error)) => {
                    let scope = (bases.len() > 1).then_some(scope);
                    let errors = change.patch().map(|patch| located(patch, scope, &error));
                    return refused(Rule::Refused, errors.into_iter().collect());
                }
            }
        }
        let inputs = bases.iter().zip(&changes).zip(&targets);
        let inputs = inputs.map(|((base, change), target)| ReviewInput {
            scope: &base.0,
            base: &base.1,
            change,
            target,
        });
        let inputs: Vec<ReviewInput> = inputs.collect();
        let options = ReviewOptions {
            operations: self.operations,
            adjust: Some(self.adjust),
            ..ReviewOptions::default()
        };
        let review = review(schema, policy, &inputs, &options).map_err(|error| CheckError::Unreadable {
            name: name.clone(),
            error: std::sync::Arc::new(error),
        })?;
        Ok(InputReport {
            files: review.files,
            groups: self.operations.then_some(review.groups),
        })
    }
}

/// Makes a warning of what the models of a switch still define, or may define.
fn weigh_by_models(schema: &Schema, found: &mut Diagnostic) {
    let is_defined = || {
        let mut retired = schema.retired.iter();
        retired.any(|leaf| !leaf.unknown && schema.path(leaf.node) == found.yang_path)
    };
    if found.rule == Rule::UnknownFlag || found.rule == Rule::Retired && is_defined() {
        found.severity = Severity::Warning;
    }
}

/// The report of a text that cannot be used. Its secrets are masked already.
fn refused(source: Source, input: &'static str, rule: Rule, errors: Vec<SyntaxError>) -> FileReport {
    let diagnostic = |error: SyntaxError| Diagnostic {
        place: Some(SourceRange {
            span: error.span,
            location: error.location,
        }),
        ..Diagnostic::error(rule, error.message)
    };
    let diagnostics = errors.into_iter().map(diagnostic).collect();
    let path = source.name.clone();
    FileReport {
        source,
        ..FileReport::without_text(path, input, diagnostics)
    }
}

/// Recognises an input by its form: a list of operations is a patch, a list of other objects a
/// configlet, members with the names of modules are YANG JSON; anything else is a config_db.
fn guess(document: &Document) -> InputKind {
    let root = document.root();
    let mut children = document.children(root).peekable();
    let is_empty = children.peek().is_none();
    match document.kind(root) {
        JsonKind::Array => {
            let is_operation = |id: JsonId| document.get(id, "op").or(document.get(id, "path")).is_some();
            if is_empty || document.children(root).any(is_operation) {
                InputKind::Patch
            } else if children.any(|id| document.kind(id) == JsonKind::Object) {
                InputKind::ConfigletUpdate
            } else {
                InputKind::ConfigDb
            }
        }
        _ if !is_empty && children.all(|id| document.key(id).contains(':')) => InputKind::YangJson,
        _ => InputKind::ConfigDb,
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
