//! What modules say about their nodes, in words: all of it in one piece, since few who load a schema read it.

/// The descriptions and references of a schema's nodes.
#[derive(Debug, Default)]
pub struct Docs {
    /// The texts are in it from `from` on, one after the other.
    bytes: Vec<u8>,
    from: usize,
}

/// The place of a text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct TextSpan {
    start: u32,
    len: u32,
}

impl Docs {
    /// The texts at the end of some bytes.
    pub(in crate::schema) fn at_end(bytes: Vec<u8>, from: usize) -> Self {
        Docs { bytes, from }
    }

    /// Adds a text.
    pub(in crate::schema) fn add(&mut self, text: &str) -> TextSpan {
        let start = self.bytes.len() - self.from;
        self.bytes.extend_from_slice(text.as_bytes());
        TextSpan {
            start: start as u32,
            len: text.len() as u32,
        }
    }

    /// All texts, one after the other.
    pub(in crate::schema) fn bytes(&self) -> &[u8] {
        self.bytes.get(self.from..).unwrap_or_default()
    }

    /// A text that was added; nothing where there is none.
    pub(in crate::schema) fn text(&self, words: TextSpan) -> Option<&str> {
        let start = words.start as usize;
        let text = self.bytes().get(start..start.checked_add(words.len as usize)?)?;
        let text = std::str::from_utf8(text).ok()?;
        (!text.is_empty()).then_some(text)
    }
}
