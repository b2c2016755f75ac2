//! Parts of a document as documents: their values keep their places in the text.

use super::{Document, JsonId, JsonKind};

/// The name and the value of the field that Redis keeps for an entry without fields.
pub const STORED_MARKER: &str = "NULL";

impl Document {
    /// A value of the document as a document of its own.
    #[must_use]
    pub fn rooted_at(&self, id: JsonId) -> Document {
        let mut part = self.clone();
        part.root = id.0;
        part
    }

    /// Whether a member is the pair `"NULL": "NULL"`, as Redis keeps an entry without fields.
    pub fn is_stored_marker(&self, id: JsonId) -> bool {
        self.key(id) == STORED_MARKER && self.kind(id) == JsonKind::String && self.scalar(id) == STORED_MARKER
    }
}
