//! A change and the config that it makes: findings, with the places they come from.

use std::collections::HashMap;

use serde_json::Value;

use crate::config::{Config, ConfigError, Document, JsonId, Lines, Source, Span, pointer, to_text};
use crate::patch::{ApplyError, Configlet, FormError, Patch};
use crate::policy::Policy;
use crate::report::FileReport;
use crate::schema::Schema;
use crate::validate::{Diagnostic, MASK, Place, Report, Rule, Severity, masked_text, validate};

/// How the message about a repeated name ends.
const TWICE: &str = "stands twice in one object";

/// A change that was read.
pub enum Change {
    /// A JSON patch.
    Patch(Patch),
    /// A configlet, to be laid over a config.
    Configlet(Configlet),
}

impl Change {
    fn document(&self) -> &Document {
        match self {
            Change::Patch(patch) => patch.document(),
            Change::Configlet(configlet) => configlet.document(),
        }
    }

    fn origin(&self, pointer: &str, target: &Value, name: bool) -> Option<Span> {
        match self {
            Change::Patch(patch) => patch.origin(pointer, target.pointer(pointer), name),
            Change::Configlet(configlet) => configlet.origin(pointer, name),
        }
    }

    /// What the change is, as reports call it.
    pub fn input(&self) -> &'static str {
        match self {
            Change::Patch(_) => "patch",
            Change::Configlet(_) => "configlet",
        }
    }
}

/// What is to be said of a change.
pub struct Checked {
    /// The findings in the change, and those in the config that it is for.
    pub reports: Vec<FileReport>,
    /// How many errors there are that the config does not have without the change.
    pub brought: usize,
}

/// Validates the config that a change makes of `base`. What the change brought is reported at its
/// place in the change, everything else at its place in the base.
///
/// # Errors
/// [`ConfigError`] where the change makes something that could not be read again.
pub fn check(
    schema: &Schema,
    policy: &Policy,
    base: &Config,
    change: &Change,
    target: &Value,
) -> Result<Checked, ConfigError> {
    // The target goes through text, so that its findings have places, and those lead to values.
    let name = "the changed config";
    let changed = Config::parse(Source::new(name, to_text(target, None)))?;
    let report = validate(schema, policy, &changed);
    let mut old = if report.diagnostics.is_empty() {
        HashMap::new()
    } else {
        by_finding(validate(schema, policy, base))
    };
    let places = Places {
        changed: changed.document(),
        base: base.document(),
        base_lines: Lines::of(base.document().source()),
        change,
        change_lines: Lines::of(change.document().source()),
        target,
    };
    let mut of_change = Report::default();
    let mut of_base = Report {
        tables_without_model: report.tables_without_model,
        ..Report::default()
    };
    let mut brought = 0;
    for mut diagnostic in report.diagnostics {
        if let Some(before) = old.get_mut(&finding(&diagnostic)).and_then(Vec::pop) {
            of_base.diagnostics.push(before);
            continue;
        }
        brought += usize::from(diagnostic.severity == Severity::Error);
        let (in_change, place) = places.find(diagnostic.place);
        diagnostic.place = place;
        let report = if in_change { &mut of_change } else { &mut of_base };
        report.diagnostics.push(diagnostic);
    }
    for report in [&mut of_change, &mut of_base] {
        report
            .diagnostics
            .sort_by_key(|diagnostic| diagnostic.place.map(|place| place.span.start));
    }
    Ok(Checked {
        reports: vec![
            FileReport::new(change.document(), change.input(), policy, of_change),
            FileReport::new(base.document(), "config_db", policy, of_base),
        ],
        brought,
    })
}

/// Tables that a change touches and no model covers, so that nothing can be said of them.
pub fn unchecked<'a>(schema: &Schema, before: &'a Value, after: &'a Value) -> Vec<&'a str> {
    let (Value::Object(before), Value::Object(after)) = (before, after) else {
        return Vec::new();
    };
    let gone = before.keys().filter(|name| !after.contains_key(*name));
    let touched = after.keys().filter(|name| before.get(*name) != after.get(*name));
    touched
        .chain(gone)
        .map(String::as_str)
        .filter(|name| schema.tables.get(name).is_none())
        .collect()
}

/// Why an operation of a patch cannot be done, with its place in the patch.
pub fn located(patch: &Patch, error: ApplyError) -> FormError {
    let source = patch.document().source();
    let span = patch
        .operation_span(error.index)
        .unwrap_or(Span { start: 0, end: 0 });
    FormError {
        name: source.name.clone(),
        location: source.locate(span.start),
        span,
        message: error.to_string(),
    }
}

/// Reads a document. One that is refused comes back with the reason, both without their secrets.
pub fn read_document(source: Source, policy: &Policy) -> Result<Document, (Source, FormError)> {
    Document::read(source).map_err(|(source, mut error)| {
        let shown = masked_text(source, policy);
        let place = error.span.start as usize..error.span.end as usize;
        let name = shown.text.get(place).unwrap_or_default().trim_matches('"');
        // The only message that quotes the text, and what it quotes.
        if error.message.ends_with(TWICE) && name.bytes().all(|byte| byte == b'*') {
            error.message = format!("a secret key {TWICE}");
        }
        let error = FormError::from_parse(&shown.name, error);
        (shown, error)
    })
}

/// A pointer without the secret keys in it.
pub fn masked_pointer(policy: &Policy, text: &str) -> String {
    let mut tokens = pointer::split(text).unwrap_or_default();
    match &mut tokens[..] {
        [table, key, ..] if policy.is_secret_key(table) => *key = MASK.to_owned(),
        _ => return text.to_owned(),
    }
    pointer::join(tokens.iter().map(String::as_str))
}

/// What makes two findings the same one, wherever it stands.
type Finding = (String, Rule, String);

fn finding(diagnostic: &Diagnostic) -> Finding {
    (
        diagnostic.pointer.clone(),
        diagnostic.rule,
        diagnostic.message.clone(),
    )
}

fn by_finding(report: Report) -> HashMap<Finding, Vec<Diagnostic>> {
    let mut found: HashMap<Finding, Vec<Diagnostic>> = HashMap::new();
    // From the end, so that the first one is taken first.
    for diagnostic in report.diagnostics.into_iter().rev() {
        found.entry(finding(&diagnostic)).or_default().push(diagnostic);
    }
    found
}

/// Leads from places in the changed config to places in files.
struct Places<'a> {
    changed: &'a Document,
    base: &'a Document,
    base_lines: Lines<'a>,
    change: &'a Change,
    change_lines: Lines<'a>,
    target: &'a Value,
}

impl Places<'_> {
    /// Where a finding about the changed config stands, and whether that is in the change.
    fn find(&self, place: Option<Place>) -> (bool, Option<Place>) {
        let Some(place) = place else {
            return (false, None);
        };
        let Some(id) = self.changed.at(place.span.start) else {
            return (false, None);
        };
        let key = self.changed.key_span(id);
        let key = key.filter(|key| key.start <= place.span.start && place.span.start < key.end);
        let pointer = self.changed.pointer(id);
        if let Some(span) = self.change.origin(&pointer, self.target, key.is_some()) {
            return (true, Some(placed(&self.change_lines, span)));
        }
        let span = self.in_base(id, key, place.span);
        (false, span.map(|span| placed(&self.base_lines, span)))
    }

    /// The same value in the base; what is around it, if it is not there.
    fn in_base(&self, id: JsonId, key: Option<Span>, span: Span) -> Option<Span> {
        let Some(found) = self.base.find(&self.changed.pointer(id)) else {
            let around = self.changed.parent(id)?;
            return self.in_base(around, self.changed.key_span(around), span);
        };
        let place = self.base.name_or_scalar(found, key.is_some())?;
        match key {
            // A part of a key that is written in the same way.
            Some(key) if key.end - key.start == place.end - place.start && span.end <= key.end => {
                Some(Span {
                    start: place.start + span.start.saturating_sub(key.start),
                    end: place.start + span.end.saturating_sub(key.start),
                })
            }
            _ => Some(place),
        }
    }
}

fn placed(lines: &Lines, span: Span) -> Place {
    Place {
        span,
        location: lines.locate(span.start),
    }
}
