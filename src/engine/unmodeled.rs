//! The check of tables that no model covers: whether config_db can hold what a change puts there.

use serde_json::Value;

use crate::config::{Config, Document, JsonId, JsonKind, Location, pointer};
use crate::policy::Policy;
use crate::schema::Schema;
use crate::validate::{Diagnostic, Rule, SourceRange, masked_pointer};

/// What a change puts into tables without a model and is neither a string nor a list of strings.
/// `document` is the changed config, `target` its value.
pub fn wrong_forms(
    schema: &Schema,
    policy: &Policy,
    base: &Config,
    document: &Document,
    target: &Value,
) -> Vec<Diagnostic> {
    let Value::Object(tables) = target else {
        return Vec::new();
    };
    let mut checker = Checker {
        policy,
        document,
        found: Vec::new(),
    };
    for table in tables.keys().filter(|name| schema.tables.get(name).is_none()) {
        let place = pointer::child("", table);
        let (before, after) = (base.document().find(&place), document.find(&place));
        let Some(after) = after else { continue };
        let before = before.map(|id| base.document().to_value(id)).unwrap_or_default();
        if document.kind(after) == JsonKind::Object && document.to_value(after) != before {
            checker.table(table, after, &before);
        }
    }
    checker.found
}

struct Checker<'a> {
    policy: &'a Policy,
    document: &'a Document,
    found: Vec<Diagnostic>,
}

impl Checker<'_> {
    fn table(&mut self, table: &str, id: JsonId, before: &Value) {
        for entry in self.document.children(id) {
            let key = self.document.key(entry);
            let old = before.get(key);
            if self.document.kind(entry) != JsonKind::Object {
                if old != Some(&self.document.to_value(entry)) {
                    self.wrong(entry, "an object of fields", false);
                }
                continue;
            }
            for field in self.document.children(entry) {
                let name = self.document.key(field);
                let old = old.and_then(|old| old.get(name));
                let secret = self.policy.is_secret_key(table) || self.policy.is_secret_field(table, name);
                self.field(field, old, secret);
            }
        }
    }

    fn field(&mut self, field: JsonId, old: Option<&Value>, secret: bool) {
        match self.document.kind(field) {
            JsonKind::String => {}
            JsonKind::Array => {
                for element in self.document.children(field) {
                    let value = self.document.to_value(element);
                    let is_old = || {
                        old.and_then(Value::as_array)
                            .is_some_and(|old| old.contains(&value))
                    };
                    if !value.is_string() && !is_old() {
                        self.wrong(element, "a string", secret);
                    }
                }
            }
            _ if old == Some(&self.document.to_value(field)) => {}
            _ => self.wrong(field, "a string", secret),
        }
    }

    fn wrong(&mut self, id: JsonId, wanted: &str, secret: bool) {
        let kind = self.document.kind(id);
        let can_be_written = matches!(kind, JsonKind::Number | JsonKind::Bool) && wanted == "a string";
        let hint = (can_be_written && !secret).then(|| format!("write {:?}", self.document.scalar(id)));
        self.found.push(Diagnostic {
            pointer: masked_pointer(self.policy, &self.document.pointer(id)),
            // The line is only known of the files, and is taken from there.
            place: self.document.span(id).map(|span| SourceRange {
                span,
                location: Location { line: 1, column: 1 },
            }),
            hint,
            ..Diagnostic::error(
                Rule::InvalidValue,
                format!("{} where {wanted} belongs", kind.describe()),
            )
        });
    }
}
