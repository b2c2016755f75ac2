//! A change and the config that it makes: findings, with the places they come from.

use serde_json::Value;

use crate::config::{Config, Document, Span};
use crate::patch::{Configlet, Patch};
use crate::policy::Policy;
use crate::report::FileReport;
use crate::schema::Schema;
use crate::validate::{Place, Report, validate};

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

    fn origin(&self, pointer: &str) -> Option<Span> {
        match self {
            Change::Patch(patch) => patch.origin(pointer),
            Change::Configlet(configlet) => configlet.origin(pointer),
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

/// Validates the config that a change makes of `base`. What the change brought is reported at its
/// place in the change, everything else at its place in the base.
pub fn check(
    schema: &Schema,
    policy: &Policy,
    base: &Config,
    change: &Change,
    target: &Value,
) -> Vec<FileReport> {
    let base_document = base.document();
    let target = Config::from_value(base_document.source().name.clone(), target);
    let report = validate(schema, policy, &target);
    let mut of_change = Report::default();
    let mut of_base = Report {
        tables_without_model: report.tables_without_model,
        ..Report::default()
    };
    for mut diagnostic in report.diagnostics {
        let place = |document: &Document, span: Span| Place {
            span,
            location: document.source().locate(span.start),
        };
        if let Some(span) = change.origin(&diagnostic.pointer) {
            diagnostic.place = Some(place(change.document(), span));
            of_change.diagnostics.push(diagnostic);
        } else {
            let found = base_document.find(&diagnostic.pointer);
            let span = found.and_then(|id| base_document.key_span(id).or_else(|| base_document.span(id)));
            diagnostic.place = span.map(|span| place(base_document, span));
            of_base.diagnostics.push(diagnostic);
        }
    }
    vec![
        FileReport::new(change.document(), change.input(), policy, of_change),
        FileReport::new(base_document, "config_db", policy, of_base),
    ]
}
