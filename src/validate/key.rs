//! Whether two findings are the same finding.

use std::fmt;

use crate::config::{Document, JsonId, pointer};

use super::diagnostic::{Diagnostic, Rule};
use super::findings::MASK;

/// How many reference tokens of a pointer lead to a field: its table, its key, and its name.
const FIELD: usize = 3;

/// The identity of a finding: two diagnostics with equal keys are the same finding, of one config or of two.
///
/// It is the rule, the schema node, the message, and the pointer as far as the field: an element of a list has another
/// position as soon as one before it is removed. Place, severity and hint do not count.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DiagnosticKey {
    field: String,
    rule: Rule,
    yang_path: String,
    message: String,
    /// The key of the entry where the pointer masks it.
    secret: Option<String>,
}

impl DiagnosticKey {
    /// The key of a finding, as far as its masked pointer identifies it.
    pub fn of(diagnostic: &Diagnostic) -> Self {
        Self::with_secret(diagnostic, || None)
    }

    /// The key of a finding in a document with text, which identifies entries with masked keys too.
    pub fn in_document(document: &Document, diagnostic: &Diagnostic) -> Self {
        Self::with_secret(diagnostic, || {
            entry_key(document, document.at(diagnostic.place?.span.start)?)
        })
    }

    /// The key of a finding, with the entry's own key where the pointer masks it.
    pub(super) fn with_secret(diagnostic: &Diagnostic, key: impl FnOnce() -> Option<String>) -> Self {
        let is_masked = diagnostic.pointer.split('/').nth(2) == Some(MASK);
        DiagnosticKey {
            field: field(&diagnostic.pointer).to_owned(),
            rule: diagnostic.rule,
            yang_path: diagnostic.yang_path.clone(),
            message: diagnostic.message.clone(),
            secret: if is_masked { key() } else { None },
        }
    }

    /// The masked JSON pointer (RFC 6901) of the field, entry or table.
    pub fn pointer(&self) -> &str {
        &self.field
    }

    /// The rule of the finding.
    pub fn rule(&self) -> Rule {
        self.rule
    }

    /// The message of the finding.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Debug for DiagnosticKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DiagnosticKey")
            .field("pointer", &self.field)
            .field("rule", &self.rule)
            .field("message", &self.message)
            .finish_non_exhaustive()
    }
}

/// The key of the entry that a value of a config is in.
pub(super) fn entry_key(document: &Document, id: JsonId) -> Option<String> {
    pointer::split(&document.pointer(id))?.into_iter().nth(1)
}

/// The part of a pointer that leads to a field.
fn field(pointer: &str) -> &str {
    let end = pointer.match_indices('/').nth(FIELD).map(|(at, _)| at);
    &pointer[..end.unwrap_or(pointer.len())]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Source, Span};
    use crate::validate::{Severity, SourceRange};

    fn finding(pointer: &str) -> Diagnostic {
        Diagnostic {
            pointer: pointer.to_owned(),
            ..Diagnostic::error(Rule::Must, "no")
        }
    }

    #[test]
    fn an_element_of_a_list_counts_as_its_field() {
        assert_eq!(field("/T/k/l/7"), "/T/k/l");
        assert_eq!(field("/T/k/l"), "/T/k/l");
        assert_eq!(field(""), "");
        let key = |pointer| DiagnosticKey::of(&finding(pointer));
        assert_eq!(key("/T/k/l/0"), key("/T/k/l/1"));
        assert_ne!(key("/T/k/l/0"), key("/T/k/m/0"));
    }

    #[test]
    fn severity_and_hint_do_not_count() {
        let other = Diagnostic {
            severity: Severity::Warning,
            hint: Some("write it".to_owned()),
            ..finding("/T/k")
        };
        assert_eq!(DiagnosticKey::of(&finding("/T/k")), DiagnosticKey::of(&other));
        let other = Diagnostic {
            rule: Rule::When,
            ..finding("/T/k")
        };
        assert_ne!(DiagnosticKey::of(&finding("/T/k")), DiagnosticKey::of(&other));
    }

    #[test]
    fn masked_entries_differ_by_their_key_which_is_not_shown() {
        let text = r#"{"SNMP_COMMUNITY": {"hunter2": {}, "hunter3": {}}}"#;
        let document = Document::parse(Source::new("c", text)).unwrap();
        let key = |name: &str| {
            let start = text.find(name).unwrap() as u32;
            let span = Span {
                start,
                end: start + 7,
            };
            let place = SourceRange {
                span,
                location: document.source().locate(start),
            };
            let diagnostic = Diagnostic {
                place: Some(place),
                ..finding("/SNMP_COMMUNITY/****")
            };
            DiagnosticKey::in_document(&document, &diagnostic)
        };
        assert_eq!(key("hunter2"), key("hunter2"));
        assert_ne!(key("hunter2"), key("hunter3"));
        assert!(!format!("{:?}", key("hunter2")).contains("hunter"));
    }
}
