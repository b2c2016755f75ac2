//! From places in a changed config to places in the files that it was made of.

use serde_json::Value;

use crate::config::{Document, JsonId, Lines, Span};
use crate::engine::change::ChangeDocument;
use crate::patch::OperationOrigin;
use crate::validate::SourceRange;

/// Leads from places in the changed config to places in files.
pub struct Places<'a> {
    changed: &'a Document,
    base: &'a Document,
    base_lines: Lines<'a>,
    change: &'a ChangeDocument,
    change_lines: Lines<'a>,
    target: &'a Value,
}

/// The origin of a finding about the changed config.
#[derive(Debug, Default)]
pub struct Found {
    /// The JSON pointer in the changed config, whole.
    pub pointer: Option<String>,
    /// What in the change; `None` if it left the place alone.
    pub origin: Option<OperationOrigin>,
    /// The place in the change, or else in the base.
    pub place: Option<SourceRange>,
}

impl<'a> Places<'a> {
    /// `changed` is the config that `change` makes of `base`, read from text; `target` is its value.
    pub fn new(
        changed: &'a Document,
        base: &'a Document,
        change: &'a ChangeDocument,
        target: &'a Value,
    ) -> Self {
        Places {
            changed,
            base,
            base_lines: Lines::of(base.source()),
            change,
            change_lines: Lines::of(change.document().source()),
            target,
        }
    }

    /// The origin of a finding at a place of the changed config.
    pub fn find(&self, place: Option<SourceRange>) -> Found {
        let Some(place) = place else {
            return Found::default();
        };
        let Some(id) = self.changed.at(place.span.start) else {
            return Found::default();
        };
        let key = self.changed.key_span(id);
        let key = key.filter(|key| key.start <= place.span.start && place.span.start < key.end);
        let pointer = self.changed.pointer(id);
        let origin = self.change.origin(&pointer, self.target, key.is_some());
        let place = match origin {
            Some(origin) => origin.span.map(|span| placed(&self.change_lines, span)),
            None => self
                .in_base(id, key, place.span)
                .map(|span| placed(&self.base_lines, span)),
        };
        Found {
            pointer: Some(pointer),
            origin,
            place,
        }
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

fn placed(lines: &Lines, span: Span) -> SourceRange {
    SourceRange {
        span,
        location: lines.locate(span.start),
    }
}
