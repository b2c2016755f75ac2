//! Many configs that are much alike, one after the other: of each, only the entries in which it differs from one that
//! is known are read and checked.

use std::collections::BTreeMap;

use serde_json::Value;
use smallvec::SmallVec;

use crate::config::{Document, EntryName, JsonKind, Source, Span, Write};
use crate::policy::Policy;
use crate::schema::Schema;

use super::Validator;

/// How many texts in a row have to be like the base before the base is read for incremental validation, which takes as
/// long as validating some texts.
const WORTH: usize = 3;
/// After how many texts in a row that are not like the base another one takes its place.
const MISSES: usize = 4;
/// In how many entries a text may differ from the base.
const MAX_DIFFERING: usize = 64;
/// How deep objects and arrays may be nested in an entry that differs; entries that are valid are not nested deeper.
const MAX_NESTING: usize = 8;
/// The longest text that becomes the base, in bytes.
const MAX_BASE_BYTES: usize = 2 * 1024 * 1024;
/// After how many updates the base is read anew, so that what the updates leave behind does not grow.
const MAX_UPDATES: usize = 2048;
/// How many bytes of two texts are compared at once.
const BLOCK: usize = 256;

/// Recognizes valid configs by their likeness to one that was validated before, the base.
///
/// A text is like the base if it is the same but for the values of some entries. Those entries are written to a
/// [`Validator`] of the base, which says whether there are findings. The texts are compared byte by byte. Of a text that
/// is not like the base, or in which something is found, nothing is said: it is for [`validate`](super::validate).
#[derive(Debug)]
pub struct AlikeValidator<'s> {
    schema: &'s Schema,
    policy: &'s Policy,
    base: Option<Base<'s>>,
}

#[derive(Debug)]
struct Base<'s> {
    text: String,
    /// The entries, in document order.
    entries: Vec<Entry>,
    /// How many texts in a row were like it.
    alike: usize,
    /// How many texts in a row were not.
    misses: usize,
    /// Updates of it take as long as validation.
    is_slow: bool,
    /// There once it is worth the time.
    state: Option<State<'s>>,
}

/// An entry of the base.
#[derive(Debug)]
struct Entry {
    name: EntryName,
    /// The text of its value, an object.
    span: Span,
}

/// The config that was checked last.
#[derive(Debug)]
struct State<'s> {
    validator: Validator<'s>,
    /// The entries in which it differs from the base, with the texts of their values.
    differing: BTreeMap<usize, Box<str>>,
    updates: usize,
}

/// An entry by its position in the base, and the text of its value in another config.
type Differing<'t> = SmallVec<[(usize, &'t str); 8]>;

impl<'s> AlikeValidator<'s> {
    /// Knows no config yet.
    pub fn new(schema: &'s Schema, policy: &'s Policy) -> Self {
        AlikeValidator {
            schema,
            policy,
            base: None,
        }
    }

    /// Whether the text is like the base and [`validate`](super::validate) finds nothing in it, neither errors nor
    /// warnings. Where it is false, either may be the case all the same.
    pub fn is_clean(&mut self, text: &str) -> bool {
        let Some(base) = &mut self.base else {
            return false;
        };
        let Some(differing) = base.differing(text) else {
            base.alike = 0;
            base.misses += 1;
            return false;
        };
        base.alike += 1;
        base.misses = 0;
        let is_worth = base.state.is_some() || base.alike > WORTH;
        if !is_worth || base.is_slow {
            return false;
        }
        base.is_clean_with(self.schema, self.policy, &differing)
            .unwrap_or(false)
    }

    /// Takes in a config in which nothing was found, neither errors nor warnings.
    pub fn note_clean(&mut self, document: &Document) {
        let text = &document.source().text;
        let is_wanted = self.base.as_ref().is_none_or(|base| base.misses >= MISSES);
        if !is_wanted || text.is_empty() || text.len() > MAX_BASE_BYTES {
            return;
        }
        self.base = Some(Base {
            text: text.clone(),
            entries: entries_of(document),
            alike: 0,
            misses: 0,
            is_slow: false,
            state: None,
        });
    }
}

/// The entries whose values are objects, in document order.
fn entries_of(document: &Document) -> Vec<Entry> {
    let mut entries = Vec::new();
    for table in document.children(document.root()) {
        for entry in document.children(table) {
            if document.kind(entry) == JsonKind::Object
                && let Some(span) = document.span(entry)
            {
                let name = EntryName::new(document.key(table), document.key(entry));
                entries.push(Entry { name, span });
            }
        }
    }
    entries
}

impl<'s> Base<'s> {
    /// The entries of a text that differ; `None` where it differs elsewhere, or in too much.
    ///
    /// The text is the base with some objects replaced by others, so it is JSON if these are.
    fn differing<'t>(&self, text: &'t str) -> Option<Differing<'t>> {
        let (old, new) = (self.text.as_bytes(), text.as_bytes());
        let (mut at_old, mut at_new) = (0, 0);
        let mut differing = Differing::new();
        loop {
            let same = common_prefix(&old[at_old..], &new[at_new..]);
            (at_old, at_new) = (at_old + same, at_new + same);
            if at_old == old.len() && at_new == new.len() {
                return Some(differing);
            }
            let index = self
                .entries
                .partition_point(|entry| entry.span.end as usize <= at_old);
            let span = self.entries.get(index)?.span;
            // The object has begun in both.
            let inside = at_old
                .checked_sub(span.start as usize)
                .filter(|&inside| inside > 0)?;
            let start = at_new.checked_sub(inside)?;
            let object = object(text.get(start..)?)?;
            if differing.len() == MAX_DIFFERING {
                return None;
            }
            differing.push((index, object));
            (at_old, at_new) = (span.end as usize, start + object.len());
        }
    }

    /// Whether nothing is found in the base with other values of some entries; `None` where a value is not JSON, or
    /// where it takes too long to say.
    fn is_clean_with(
        &mut self,
        schema: &'s Schema,
        policy: &'s Policy,
        differing: &Differing,
    ) -> Option<bool> {
        if self
            .state
            .as_ref()
            .is_some_and(|state| state.updates >= MAX_UPDATES)
        {
            self.state = None;
        }
        let state = match &mut self.state {
            Some(state) => state,
            none => {
                let config = value(&self.text)?;
                none.insert(State {
                    validator: Validator::new(schema, policy, &config),
                    differing: BTreeMap::new(),
                    updates: 0,
                })
            }
        };
        if state.validator.is_worn() {
            self.is_slow = true;
            self.state = None;
            return None;
        }
        let mut writes = Vec::new();
        let mut write = |index: usize, text: &str| {
            let entry = self.entries[index].name.clone();
            let value = Some(value(text)?);
            writes.push(Write { entry, value });
            Some(())
        };
        for &index in state.differing.keys() {
            if differing.iter().all(|&(other, _)| other != index) {
                let Span { start, end } = self.entries[index].span;
                write(index, self.text.get(start as usize..end as usize)?)?;
            }
        }
        for &(index, text) in differing {
            if state.differing.get(&index).map(Box::as_ref) != Some(text) {
                write(index, text)?;
            }
        }
        state.differing = differing
            .iter()
            .map(|&(index, text)| (index, text.into()))
            .collect();
        state.updates += 1;
        state.validator.update(&writes);
        Some(state.validator.is_clean())
    }
}

/// A JSON text as a value, with the limits of documents.
fn value(text: &str) -> Option<Value> {
    let document = Document::parse(Source::new("", text)).ok()?;
    Some(document.to_value(document.root()))
}

/// How many bytes two texts have in common at their beginning.
fn common_prefix(one: &[u8], other: &[u8]) -> usize {
    let blocks = one.chunks_exact(BLOCK).zip(other.chunks_exact(BLOCK));
    let same = BLOCK * blocks.take_while(|(one, other)| one == other).count();
    let rest = one[same..].iter().zip(&other[same..]);
    same + rest.take_while(|(one, other)| one == other).count()
}

/// The object at the beginning of a text, as far as its braces and quotation marks say; `None` where there is none, or
/// it is nested too deep.
fn object(text: &str) -> Option<&str> {
    let mut depth = 0;
    let mut bytes = text.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => loop {
                match bytes.next()?.1 {
                    b'\\' => drop(bytes.next()?),
                    b'"' => break,
                    _ => {}
                }
            },
            b'{' | b'[' => {
                depth += 1;
                if depth > MAX_NESTING {
                    return None;
                }
            }
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return text.get(..=at);
                }
            }
            _ if depth == 0 => return None,
            _ => {}
        }
    }
    None
}
