//! Collects diagnostics: finds their places, keeps secrets out of them, puts them in order.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::config::{Document, JsonId, JsonKind, Lines, Span, nearest, pointer};
use crate::policy::Policy;
use crate::schema::{NodeId, Schema};

use super::diagnostic::{Diagnostic, Related, Rule, Severity, SourceRange};
use super::fix::{Correction, Fix};
use super::read::written;
use super::tree::{AnchorPart, DocumentAnchor, Tree};
use super::value::Written;

/// The replacement of a secret.
pub const MASK: &str = "****";

/// Diagnostics of one document.
pub struct DiagnosticCollector<'a> {
    document: &'a Document,
    schema: &'a Schema,
    policy: &'a Policy,
    lines: Option<Lines<'a>>,
    /// Names that were offered for unknown ones, by the object that they are in.
    misspelt: FxHashSet<(JsonId, String)>,
    /// There once a hint is looked for, or where they are shared.
    hints: OnceCell<Rc<Hints>>,
    /// How many fixes may still be looked for.
    fixes_left: usize,
    /// Each with what it is about.
    found: Vec<(DocumentAnchor, Diagnostic)>,
}

/// Names that were found and may be the intended ones, and how many more may be searched.
#[derive(Debug)]
pub struct Hints {
    /// How many names may still be compared.
    comparisons: Cell<usize>,
    /// For a value, and the leafs that it may refer to, the value of those that is most like it.
    targets: RefCell<FxHashMap<Miss, Option<Box<str>>>>,
}

/// A value that refers to nothing, and the leafs that it may refer to.
type Miss = (Box<str>, Vec<NodeId>);

impl Default for Hints {
    fn default() -> Self {
        Hints {
            comparisons: Cell::new(MAX_COMPARISONS),
            targets: RefCell::default(),
        }
    }
}

/// How many names are compared for all hints of one document, so that many mistakes among many names
/// do not take minutes.
const MAX_COMPARISONS: usize = 1_000_000;

/// How many fixes are looked for in one document: a look at the neighbours of a value takes time.
const MAX_FIXES: usize = 1_000;

/// A finding before its place is looked up.
pub struct DiagnosticBuilder {
    /// The kind of rule.
    pub rule: Rule,
    /// What is wrong, in words.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// The `error-app-tag` of the model.
    pub app_tag: Option<String>,
    /// The condition of the model that does not hold, in XPath.
    pub condition: Option<String>,
    /// Its weight: error or warning.
    pub severity: Severity,
    /// Other places that it is about, each with what is there.
    pub related: Vec<(DocumentAnchor, String)>,
    /// What corrects it, if that is certain.
    pub correction: Option<Correction>,
}

impl DiagnosticBuilder {
    /// A new finding, an error.
    pub fn new(rule: Rule, message: impl Into<String>) -> Self {
        DiagnosticBuilder {
            rule,
            message: message.into(),
            hint: None,
            app_tag: None,
            condition: None,
            severity: Severity::Error,
            related: Vec::new(),
            correction: None,
        }
    }

    /// The finding with a hint.
    pub fn hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint;
        self
    }

    /// The finding with an `error-app-tag`.
    pub fn app_tag(mut self, app_tag: Option<String>) -> Self {
        self.app_tag = app_tag;
        self
    }

    /// The finding with the condition that does not hold.
    pub fn condition(mut self, condition: &str) -> Self {
        self.condition = Some(condition.to_owned());
        self
    }

    /// The finding with another place that it is about.
    pub fn related(mut self, at: DocumentAnchor, message: impl Into<String>) -> Self {
        self.related.push((at, message.into()));
        self
    }

    /// The finding with what corrects it for certain.
    pub fn correction(mut self, correction: Option<Correction>) -> Self {
        self.correction = correction;
        self
    }

    /// The finding as a warning.
    pub fn warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }
}

impl<'a> DiagnosticCollector<'a> {
    /// A collector without any findings.
    pub fn new(document: &'a Document, schema: &'a Schema, policy: &'a Policy) -> Self {
        DiagnosticCollector {
            document,
            schema,
            policy,
            lines: None,
            misspelt: FxHashSet::default(),
            hints: OnceCell::new(),
            fixes_left: MAX_FIXES,
            found: Vec::new(),
        }
    }

    /// No findings yet; hints are shared with others, who must be about the same state of the document.
    pub fn sharing(document: &'a Document, schema: &'a Schema, policy: &'a Policy, hints: Rc<Hints>) -> Self {
        DiagnosticCollector {
            hints: OnceCell::from(hints),
            fixes_left: 0,
            ..Self::new(document, schema, policy)
        }
    }

    /// The same without fixes: nothing that changes with other parts of the document is looked at.
    pub fn without_fixes(mut self) -> Self {
        self.fixes_left = 0;
        self
    }

    /// Whether a correction of a node's value is of use: fixes are looked for, and the value is not secret.
    pub fn wants_fix(&self, node: Option<NodeId>) -> bool {
        self.fixes_left > 0 && !node.is_some_and(|node| self.is_secret(node))
    }

    /// Whether a value is a string of its own in the document, not a part of one.
    pub fn is_text(&self, at: DocumentAnchor, text: &str) -> bool {
        at.spot == AnchorPart::Value
            && self.document.kind(at.json) == JsonKind::String
            && self.document.scalar(at.json) == text
    }

    /// Adds a finding about a node, or about something that has no node.
    pub fn add(&mut self, at: DocumentAnchor, node: Option<NodeId>, finding: DiagnosticBuilder) {
        let related = finding.related.into_iter().map(|(at, message)| Related {
            message,
            pointer: self.pointer(at.json),
            place: self.place(at),
        });
        let related = related.collect();
        let fix = finding
            .correction
            .and_then(|correction| self.fix(correction, at, node));
        let diagnostic = Diagnostic {
            rule: finding.rule,
            severity: finding.severity,
            pointer: self.pointer(at.json),
            place: self.place(at),
            yang_path: node.map(|id| self.schema.path(id)).unwrap_or_default(),
            message: finding.message,
            hint: finding.hint,
            app_tag: finding.app_tag,
            condition: finding.condition,
            related,
            fix,
        };
        self.found.push((at, diagnostic));
    }

    fn hints(&self) -> &Hints {
        self.hints.get_or_init(Rc::default)
    }

    /// The name that is most like a word, as [`nearest`] finds it, as long as that does not take long.
    pub fn nearest<'n>(
        &mut self,
        word: &str,
        names: impl Iterator<Item = &'n str> + Clone,
    ) -> Option<&'n str> {
        let comparisons = &self.hints().comparisons;
        comparisons.set(comparisons.get().checked_sub(names.clone().count())?);
        nearest(word, names)
    }

    /// The value of some leafs that is most like one that refers to none of them.
    pub fn nearest_target(&mut self, tree: &Tree, word: &str, leafs: Vec<NodeId>) -> Option<String> {
        let key = (word.into(), leafs);
        if let Some(known) = self.hints().targets.borrow().get(&key) {
            return known.as_deref().map(str::to_owned);
        }
        let values = key.1.iter().flat_map(|&leaf| tree.instances(leaf));
        let near = self.nearest(word, values.map(|&inst| tree.value(inst)));
        let near = near.map(str::to_owned);
        let known = near.as_deref().map(Box::from);
        self.hints().targets.borrow_mut().insert(key, known);
        near
    }

    /// Notes that a name in an object is unknown and that another one was offered for it.
    pub fn note_misspelt(&mut self, object: JsonId, offered: &str) {
        self.misspelt.insert((object, offered.to_owned()));
    }

    /// Whether a name that is missing in an object is there misspelt: then one finding is enough.
    pub fn is_misspelt(&self, object: JsonId, missing: &str) -> bool {
        !self.misspelt.is_empty() && self.misspelt.contains(&(object, missing.to_owned()))
    }

    /// All findings, in document order; those about one place in the order in which they were found.
    pub fn finish(mut self) -> Vec<(DocumentAnchor, Diagnostic)> {
        self.found.sort_by_key(|(at, _)| {
            let within = match at.spot {
                AnchorPart::Key => 0,
                AnchorPart::KeyPart(part) => 1 + u32::from(part),
                AnchorPart::Value => u32::MAX,
            };
            (at.json.order(), within)
        });
        self.found
    }

    /// How many there are so far.
    pub fn len(&self) -> usize {
        self.found.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// The findings so far, in the order in which they were found; they are moved out.
    pub fn take(&mut self) -> Vec<(DocumentAnchor, Diagnostic)> {
        std::mem::take(&mut self.found)
    }

    /// The names that were offered for unknown ones, by the object that they are in.
    pub fn misspelt(&mut self) -> &mut FxHashSet<(JsonId, String)> {
        &mut self.misspelt
    }

    /// How a value was written in the document.
    pub fn written(&self, at: DocumentAnchor) -> Written {
        written(self.document, at)
    }

    /// A value in quotation marks, for a message; masked where the node is secret.
    pub fn quote(&self, node: Option<NodeId>, value: &str) -> String {
        if node.is_some_and(|node| self.is_secret(node)) {
            return "(a secret value)".to_owned();
        }
        shorten(value)
    }

    /// The rules beside the models.
    pub fn policy(&self) -> &'a Policy {
        self.policy
    }

    /// Whether the values of a node must not be shown.
    pub fn is_secret(&self, node: NodeId) -> bool {
        let table = self.schema.table_name(node);
        if table.is_empty() {
            return false;
        }
        let leaf = self.schema.node(node);
        let is_key = matches!(&leaf.kind, crate::schema::NodeKind::Leaf(leaf) if leaf.key);
        self.policy.is_secret_field(table, &leaf.name) || is_key && self.policy.is_secret_key(table)
    }

    fn pointer(&self, json: JsonId) -> String {
        let plain = self.document.pointer(json);
        let Some(mut tokens) = pointer::split(&plain) else {
            return plain;
        };
        match &mut tokens[..] {
            [table, key, ..] if self.policy.is_secret_key(table) => *key = MASK.to_owned(),
            _ => return plain,
        }
        pointer::join(tokens.iter().map(String::as_str))
    }

    /// A fix, unless it would show a secret.
    fn fix(&mut self, correction: Correction, at: DocumentAnchor, node: Option<NodeId>) -> Option<Box<Fix>> {
        if !self.wants_fix(node) || self.pointer(at.json) != self.document.pointer(at.json) {
            return None;
        }
        self.fixes_left -= 1;
        let document = self.document;
        let lines = self.lines.get_or_insert_with(|| Lines::of(document.source()));
        correction.fix(document, lines, at).map(Box::new)
    }

    fn place(&mut self, at: DocumentAnchor) -> Option<SourceRange> {
        let span = self.span(at)?;
        let document = self.document;
        let lines = self.lines.get_or_insert_with(|| Lines::of(document.source()));
        Some(SourceRange {
            span,
            location: lines.locate(span.start),
        })
    }

    /// The bytes to point at. Of what spreads over many lines that is its name.
    fn span(&self, at: DocumentAnchor) -> Option<Span> {
        let document = self.document;
        let key = document.key_span(at.json);
        match at.spot {
            AnchorPart::Value => {
                let span = document.span(at.json)?;
                match document.kind(at.json) {
                    JsonKind::Object | JsonKind::Array => Some(key.unwrap_or(Span {
                        start: span.start,
                        end: span.start + 1,
                    })),
                    _ => Some(span),
                }
            }
            AnchorPart::Key => key.or_else(|| {
                let start = document.span(at.json)?.start;
                Some(Span {
                    start,
                    end: start + 1,
                })
            }),
            AnchorPart::KeyPart(part) => {
                let key = key?;
                let text = document.key(at.json);
                if text.len() + 2 != (key.end - key.start) as usize {
                    // With escapes in it the parts are not where they seem to be.
                    return Some(key);
                }
                let before: usize = text.split('|').take(part.into()).map(|part| part.len() + 1).sum();
                let length = text.split('|').nth(part.into()).map_or(0, str::len);
                let start = key.start + 1 + before as u32;
                Some(Span {
                    start,
                    end: start + length as u32,
                })
            }
        }
    }
}

/// How much of a value a message shows, in characters.
const SHOWN: usize = 80;

/// A value in quotation marks; a long one is cut.
fn shorten(value: &str) -> String {
    if value.chars().count() <= SHOWN {
        return format!("{value:?}");
    }
    let start: String = value.chars().take(SHOWN).collect();
    format!("{start:?}… ({} characters)", value.chars().count())
}
