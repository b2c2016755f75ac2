//! Parts of a document as documents: their values keep their places in the text.

use super::{Document, JsonId, NONE};

impl Document {
    /// A value of the document as a document of its own.
    #[must_use]
    pub fn rooted_at(&self, id: JsonId) -> Document {
        let mut part = self.clone();
        part.root = id.0;
        part
    }

    /// The document without a member or an item.
    #[must_use]
    pub fn without(&self, id: JsonId) -> Document {
        let mut rest = self.clone();
        let next = self.node(id).next;
        for node in &mut rest.nodes {
            if node.first == id.0 {
                node.first = next;
            } else if node.next == id.0 {
                node.next = next;
            }
        }
        rest.nodes[id.0 as usize].next = NONE;
        rest
    }
}
