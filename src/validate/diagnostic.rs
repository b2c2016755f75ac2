//! One finding.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::config::{Location, Span};

pub use super::fix::Fix;
pub use super::rule::Rule;

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The config is not valid.
    Error,
    /// Something to know; the config is valid all the same.
    Warning,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        })
    }
}

/// A place in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceRange {
    /// The bytes of the place.
    pub span: Span,
    /// Line and column of the first.
    pub location: Location,
}

/// Another place that a finding is about, such as the entry that has the same value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Related {
    /// What is at the place, in a few words: `first used here`.
    pub message: String,
    /// The JSON pointer (RFC 6901) of the value in the document; secret keys are masked.
    pub pointer: String,
    /// Its place in the text, if the document was read from one.
    pub place: Option<SourceRange>,
}

/// One finding: what is wrong, its place, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// The kind of rule.
    pub rule: Rule,
    /// Its weight: error or warning.
    pub severity: Severity,
    /// The JSON pointer (RFC 6901) of the value in the document; secret keys are masked.
    pub pointer: String,
    /// The place in the text, if the document was read from one.
    pub place: Option<SourceRange>,
    /// The schema path of the node; empty where there is none.
    pub yang_path: String,
    /// What is wrong; the model's own words where it has some.
    pub message: String,
    /// What to write or do instead.
    pub hint: Option<String>,
    /// The `error-app-tag` of the model.
    pub app_tag: Option<String>,
    /// The condition of the model that does not hold, in XPath (RFC 7950, section 6.4) as the module has it.
    pub condition: Option<String>,
    /// Other places that the finding is about.
    pub related: Vec<Related>,
    /// A correction that a program can make, where only one is possible.
    pub fix: Option<Box<Fix>>,
}

impl Diagnostic {
    /// An error of which nothing is known but the kind of rule and what is wrong.
    pub fn error(rule: Rule, message: impl Into<String>) -> Self {
        Diagnostic {
            rule,
            severity: Severity::Error,
            pointer: String::new(),
            place: None,
            yang_path: String::new(),
            message: message.into(),
            hint: None,
            app_tag: None,
            condition: None,
            related: Vec::new(),
            fix: None,
        }
    }

    /// All lines and columns of the finding, its related places and its fix.
    pub fn locations_mut(&mut self) -> impl Iterator<Item = &mut Location> {
        let related = self
            .related
            .iter_mut()
            .filter_map(|related| related.place.as_mut());
        let places = self.place.iter_mut().chain(related);
        let edits = self.fix.iter_mut().flat_map(|fix| &mut fix.replacements);
        places
            .map(|place| &mut place.location)
            .chain(edits.flat_map(|edit| [&mut edit.start, &mut edit.end]))
    }

    /// Makes the finding one of a document in which its config is a member, by the JSON pointer of that: `/asic0`.
    pub fn below(&mut self, config: &str) {
        self.pointer.insert_str(0, config);
        for related in &mut self.related {
            related.pointer.insert_str(0, config);
        }
        if let Some(fix) = &mut self.fix {
            fix.below(config);
        }
    }

    /// Moves the finding to another text: `moved` gives the new place of a related one, or `None`. The replacements of a
    /// fix are for the old text, and are dropped.
    pub fn moved(&mut self, place: Option<SourceRange>, moved: impl Fn(SourceRange) -> Option<SourceRange>) {
        self.place = place;
        for related in &mut self.related {
            related.place = related.place.and_then(&moved);
        }
        if let Some(fix) = &mut self.fix {
            fix.replacements.clear();
        }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} [{}]", self.pointer, self.message, self.rule)?;
        match &self.hint {
            Some(hint) => write!(f, " ({hint})"),
            None => Ok(()),
        }
    }
}
