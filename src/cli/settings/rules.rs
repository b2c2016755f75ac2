//! How much findings weigh in a project.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::config::{pointer, without_scope};
use crate::schema::Schema;
use crate::validate::{Diagnostic, Rule, Severity};

use super::{Level, Settings};

/// What a project makes of findings: one of a table and a kind weighs what is said of both, else what is said of
/// the table, else what is said of the kind.
#[derive(Debug)]
pub struct Adjustments<'a> {
    settings: &'a Settings,
    ignored: AtomicUsize,
}

impl<'a> Adjustments<'a> {
    /// What the settings say.
    pub fn new(settings: &'a Settings) -> Self {
        Adjustments {
            settings,
            ignored: AtomicUsize::new(0),
        }
    }

    /// Gives a finding of a file the weight that it has here; false if it does not count at all.
    pub fn adjust(&self, file: &str, diagnostic: &mut Diagnostic) -> bool {
        let stated = &self.settings.stated;
        if stated.rules.is_empty() && stated.tables.is_empty() && stated.ignore.is_empty()
            || diagnostic.rule == Rule::InvalidJSON
        {
            return true;
        }
        let whole = pointer::split(&diagnostic.pointer).unwrap_or_default();
        let place = without_scope(&whole);
        let table = place.first().and_then(|table| stated.tables.get(table));
        let level = table
            .and_then(|table| table.rules.get(&diagnostic.rule).copied().or(table.severity))
            .or_else(|| stated.rules.get(&diagnostic.rule).copied());
        match level {
            Some(Level::Error) => diagnostic.severity = Severity::Error,
            Some(Level::Warning) => diagnostic.severity = Severity::Warning,
            Some(Level::Off) | None => {}
        }
        let path = self.settings.lead(Path::new(file));
        let is_known = stated.ignore.iter().any(|ignore| {
            ignore.rule.is_none_or(|rule| rule == diagnostic.rule)
                && (ignore.files.is_empty() || ignore.files.iter().any(|pattern| pattern.matches(&path)))
                && (ignore.covers(&whole) || ignore.covers(place))
        });
        let counts = level != Some(Level::Off) && !is_known;
        if !counts {
            self.ignored.fetch_add(1, Ordering::Relaxed);
        }
        counts
    }

    /// How many findings did not count.
    pub fn ignored(&self) -> usize {
        self.ignored.load(Ordering::Relaxed)
    }

    /// The tables that something is said of, though no model defines them.
    pub fn unknown_tables<'s>(&'s self, schema: &'s Schema) -> impl Iterator<Item = &'s str> {
        let tables = self.settings.stated.tables.keys().map(String::as_str);
        tables.filter(|table| schema.tables.get(table).is_none())
    }
}
