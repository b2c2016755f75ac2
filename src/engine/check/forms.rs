//! The forms in which whole configs are found: one config, one for each scope, a dump of the database, and what
//! `show runningconfiguration all` prints.

use crate::config::{Document, JsonId, JsonKind, Lines, scopes};
use crate::schema::Schema;
use crate::validate::{Diagnostic, Rule, SourceRange};

/// What `show runningconfiguration all` adds to a config: the configuration of the routing daemons, as text.
const NO_TABLE: &str = "bgpraw";

/// A config in one of its forms.
pub(super) struct ConfigForm {
    /// The config, or the configs by scope.
    pub document: Document,
    /// Whether the text is that of one config, as config_db.json holds it.
    pub is_plain: bool,
    /// Whether the text is a dump of the database.
    pub is_dump: bool,
}

impl ConfigForm {
    /// Recognises the form of a document.
    pub fn of(mut document: Document) -> Self {
        if let Some(document) = document.from_dump() {
            return ConfigForm {
                document,
                is_plain: false,
                is_dump: true,
            };
        }
        let configs = configs(&document);
        let texts: Vec<JsonId> = configs
            .iter()
            .filter_map(|&config| document.get(config, NO_TABLE))
            .filter(|&text| document.kind(text) == JsonKind::String)
            .collect();
        for &text in &texts {
            document.unlink(text);
        }
        ConfigForm {
            is_plain: texts.is_empty() && configs == [document.root()],
            is_dump: false,
            document,
        }
    }

    /// The finding in configs that are not checked at all, because no model covers any of their tables.
    pub fn unchecked(&self, schema: &Schema) -> Option<Diagnostic> {
        let document = &self.document;
        let configs = configs(document).into_iter();
        let mut tables = configs.flat_map(|config| document.children(config)).peekable();
        let is_object = document.kind(document.root()) == JsonKind::Object;
        let is_checked = |table: JsonId| schema.tables.get(document.key(table)).is_some();
        if !is_object || tables.peek().is_none() || tables.any(is_checked) {
            return None;
        }
        let message = "no model covers any of its tables, so nothing in it was checked";
        let root = document.name_or_scalar(document.root(), false);
        let place = root.map(|mut span| {
            span.end = span.start + 1;
            SourceRange {
                span,
                location: Lines::of(document.source()).locate(span.start),
            }
        });
        Some(Diagnostic {
            place,
            hint: Some("it is no config_db, or the models of its tables are not loaded".to_owned()),
            ..Diagnostic::error(Rule::UnknownElement, message)
        })
    }
}

/// The configs in a document.
fn configs(document: &Document) -> Vec<JsonId> {
    let scopes = scopes(document);
    if scopes.is_empty() {
        vec![document.root()]
    } else {
        scopes.into_iter().map(|(_, config)| config).collect()
    }
}
