//! One file against the models: a config, YANG JSON, or a change.

use std::path::Path;
use std::sync::OnceLock;

use crate::config::{Config, Document, JsonId, JsonKind, Location, ReadError, Source, Span};
use crate::patch::{Configlet, FormError, Patch, Reason, Scope, SonicYangError};
use crate::policy::Policy;
use crate::report::{Counts, FileReport, Group, Judgement};
use crate::schema::{Modules, Retired, Schema};
use crate::validate::{Diagnostic, Place, Report, Rule, masked, masked_text, validate, validate_yang_json};

use super::Input;
use super::verdicts::{Key, Verdict, Verdicts};
use crate::cli::Failure;
use crate::cli::change::{Change, Format, located, masked_pointer, read_document};
use crate::cli::options::ModelArgs;
use crate::cli::review::{Options, Part, review};
use crate::cli::scoped;
use crate::cli::settings::Adjustments;

/// What was found in one input: a file, or a change with the configs that it is for.
#[derive(Debug)]
pub struct Sheet {
    /// The files, one after the other.
    pub files: Vec<FileReport>,
    /// Their findings by what they follow from, if that is to be told.
    pub groups: Option<Vec<Group>>,
}

impl Sheet {
    /// The findings that count.
    pub fn counts(&self, judgement: Judgement) -> Counts {
        let mut counts = Counts::default();
        for file in &self.files {
            counts += judgement.counts(file);
        }
        counts
    }
}

impl From<FileReport> for Sheet {
    fn from(file: FileReport) -> Self {
        Sheet {
            files: vec![file],
            groups: None,
        }
    }
}

/// A file's text, or what is wrong with it.
pub type Text = Result<Source, (Source, FormError)>;

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

/// The models, which are compiled when they are needed: what is known already needs none.
pub struct Models<'a> {
    args: &'a ModelArgs,
    modules: Modules,
    retired: Retired,
    schema: OnceLock<Result<Schema, Failure>>,
}

impl<'a> Models<'a> {
    /// The models that were asked for.
    ///
    /// # Errors
    /// [`Failure::Environment`]: they cannot be read.
    pub fn new(args: &'a ModelArgs) -> Result<Self, Failure> {
        let retired = args.retired_or(Retired::Error)?;
        Ok(Models {
            args,
            modules: args.modules(retired)?,
            retired,
            schema: OnceLock::new(),
        })
    }

    /// The schema.
    ///
    /// # Errors
    /// [`Failure::Environment`]: the models are refused.
    pub fn schema(&self) -> Result<&Schema, Failure> {
        let schema = self.schema.get_or_init(|| self.args.load(&self.modules));
        schema.as_ref().map_err(Clone::clone)
    }

    /// The same for models of which the same findings come.
    ///
    /// # Errors
    /// [`Failure::Environment`]: they cannot be read.
    pub fn digest(&self) -> Result<([u8; 32], Retired), Failure> {
        Ok((self.args.digest(&self.modules)?, self.retired))
    }
}

/// Why a text was not checked.
pub enum Unchecked {
    /// It is something about this one.
    This(Failure),
    /// No other will be either.
    All(Failure),
}

/// Checks files.
pub struct Checker<'a> {
    pub models: &'a Models<'a>,
    pub policy: &'a Policy,
    /// The configs that changes are for.
    pub bases: &'a [(Scope, Config)],
    /// How the paths of patches lead to what they change.
    pub format: Format,
    /// Whether findings of a change are told by what they follow from.
    pub operations: bool,
    /// What the project makes of findings.
    pub adjustments: &'a Adjustments<'a>,
    /// What is known of configs that were checked before.
    pub verdicts: Option<&'a Verdicts>,
}

impl Checker<'_> {
    /// Checks a text.
    ///
    /// # Errors
    /// [`Unchecked`]: the models are refused; it is a change without a config that it is for, or one that makes what
    /// cannot be read again.
    pub fn check(&self, text: Text, input: Input) -> Result<Sheet, Unchecked> {
        let source = match text {
            Ok(source) => source,
            Err(found) => return Ok(self.no_json(found, input)),
        };
        let key = self.verdicts.map(|verdicts| verdicts.key(&source.text, input));
        let known = self
            .verdicts
            .zip(key)
            .and_then(|(verdicts, key)| verdicts.get(&key));
        if let Some(known) = known {
            return Ok(match self.recall(source, known) {
                Ok(file) => file.into(),
                Err(found) => self.no_json(found, input),
            });
        }
        let document = match read_document(source, self.policy) {
            Ok(document) => document,
            Err(found) => return Ok(self.no_json(found, input)),
        };
        let input = match input {
            Input::Auto => guess(&document),
            input => input,
        };
        let schema = self.models.schema().map_err(Unchecked::All)?;
        let report = match input {
            Input::Patch | Input::Configlet | Input::ConfigletDelete => {
                return self.change(schema, &document, input).map_err(Unchecked::This);
            }
            Input::Sonicyang => validate_yang_json(schema, self.policy, &document),
            Input::Auto | Input::ConfigDb | Input::Ndjson => {
                let config = Config::from(document);
                let report = validate(schema, self.policy, &config);
                self.keep(key, Input::ConfigDb, &report);
                return Ok(self
                    .report(config.document(), Input::ConfigDb.name(), report)
                    .into());
            }
        };
        self.keep(key, input, &report);
        Ok(self.report(&document, input.name(), report).into())
    }

    /// A text that is no JSON.
    fn no_json(&self, (shown, error): (Source, FormError), input: Input) -> Sheet {
        refused(shown, input.name(), Rule::InvalidJSON, vec![error]).into()
    }

    /// Remembers what was found.
    fn keep(&self, key: Option<Key>, input: Input, report: &Report) {
        if let (Some(verdicts), Some(key)) = (self.verdicts, key) {
            verdicts.put(&key, input.name(), report);
        }
    }

    /// What is known of a text; it is read only if there is something to show of it.
    fn recall(&self, source: Source, known: Verdict) -> Result<FileReport, (Source, FormError)> {
        let input = Input::named(&known.input);
        if known.report.diagnostics.is_empty() {
            return Ok(FileReport {
                tables_without_model: known.report.tables_without_model,
                ..FileReport::without_text(source.name, input, Vec::new())
            });
        }
        let document = read_document(source, self.policy)?;
        Ok(self.report(&document, input, known.report))
    }

    /// What is to be shown of a file.
    fn report(&self, document: &Document, input: &'static str, mut report: Report) -> FileReport {
        let name = &document.source().name;
        let counts = |one: &mut Diagnostic| self.adjustments.adjust(name, one);
        report.diagnostics.retain_mut(counts);
        FileReport::new(document, input, self.policy, report)
    }

    fn change(&self, schema: &Schema, document: &Document, input: Input) -> Result<Sheet, Failure> {
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
                .and_then(|patch| scoped::split(patch, scopes, Some("--base")))
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
            match change.make(schema, self.policy, base) {
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
            adjustments: Some(self.adjustments),
            ..Options::default()
        };
        let review = review(schema, self.policy, &parts, &options)
            .map_err(|error| Failure::refused(format!("{name}: {error}")))?;
        Ok(Sheet {
            files: review.files,
            groups: self.operations.then_some(review.groups),
        })
    }
}

/// The report of a text that is not what it should be. Its secrets are overwritten already.
fn refused(source: Source, input: &'static str, rule: Rule, errors: Vec<FormError>) -> FileReport {
    let diagnostic = |error: FormError| Diagnostic {
        place: Some(Place {
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
