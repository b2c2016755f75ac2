//! The configs of all scopes of a switch in one document.

use crate::config::{Document, JsonId, Lines, Scope, pointer, scopes};
use crate::policy::Policy;
use crate::schema::Schema;

use super::diagnostic::{Diagnostic, Related, Rule, Severity, SourceRange};
use super::{MASK, Report, validate_document};

/// Validates each config in a document that has one for each scope, and compares what must be the same in all of them.
/// Pointers begin with the scope: `/asic0/PORT/…`. `None` where the document is one config.
pub fn validate_scopes(schema: &Schema, policy: &Policy, document: &Document) -> Option<Report> {
    let scopes = scopes(document);
    if scopes.is_empty() {
        return None;
    }
    let mut all = Report::default();
    for (scope, config) in &scopes {
        let report = validate_document(schema, policy, &document.rooted_at(*config));
        let scope = pointer::join([scope.to_string().as_str()]);
        all.diagnostics
            .extend(report.diagnostics.into_iter().map(|mut found| {
                found.below(&scope);
                found
            }));
        for table in report.tables_without_model {
            if !all.tables_without_model.contains(&table) {
                all.tables_without_model.push(table);
            }
        }
    }
    let comparison = Comparison {
        policy,
        document,
        lines: Lines::of(document.source()),
        scopes: &scopes,
    };
    all.diagnostics.extend(comparison.differing());
    let place = |found: &Diagnostic| found.place.map(|place| place.span.start);
    all.diagnostics.sort_by_key(place);
    Some(all)
}

/// Compares the configs of several scopes.
struct Comparison<'a> {
    policy: &'a Policy,
    document: &'a Document,
    lines: Lines<'a>,
    scopes: &'a [(Scope, JsonId)],
}

impl Comparison<'_> {
    /// The fields that are not the same in all configs that have the entry.
    fn differing(&self) -> Vec<Diagnostic> {
        let document = self.document;
        let mut found = Vec::new();
        for rule in &self.policy.same_in_all_scopes {
            for (at, (scope, config)) in self.scopes.iter().enumerate().skip(1) {
                let table = document.get(*config, &rule.table);
                for entry in table.into_iter().flat_map(|table| document.children(table)) {
                    // It is compared with the first config that has it.
                    let first = self.scopes[..at].iter().find_map(|(other, config)| {
                        let table = document.get(*config, &rule.table)?;
                        Some((other, document.get(table, document.key(entry))?))
                    });
                    let Some(first) = first else { continue };
                    let fields = rule.fields.iter();
                    found.extend(
                        fields.filter_map(|field| self.compare(&rule.table, field, (scope, entry), first)),
                    );
                }
            }
        }
        found
    }

    fn compare(
        &self,
        table: &str,
        field: &str,
        (scope, entry): (&Scope, JsonId),
        (other, first): (&Scope, JsonId),
    ) -> Option<Diagnostic> {
        let document = self.document;
        let value = |entry| {
            let field = document.get(entry, field);
            field.map(|field| document.to_value(field))
        };
        let (own, same) = (value(entry), value(first));
        if own == same {
            return None;
        }
        let shown = |value: Option<serde_json::Value>| match value {
            None => "not set".to_owned(),
            Some(_) if self.policy.is_secret_field(table, field) => MASK.to_owned(),
            Some(value) => value.to_string(),
        };
        let at = |entry| document.get(entry, field).unwrap_or(entry);
        let message = format!(
            "{field} is {} for {scope} and {} for {other}; it must be the same for all",
            shown(own),
            shown(same)
        );
        Some(Diagnostic {
            severity: Severity::Warning,
            pointer: document.pointer(at(entry)),
            place: self.place(at(entry)),
            related: vec![Related {
                message: format!("the value for {other}"),
                pointer: document.pointer(at(first)),
                place: self.place(at(first)),
            }],
            ..Diagnostic::error(Rule::Scopes, message)
        })
    }

    fn place(&self, id: JsonId) -> Option<SourceRange> {
        let span = self.document.name_or_scalar(id, false)?;
        Some(SourceRange {
            span,
            location: self.lines.locate(span.start),
        })
    }
}
