//! A compiled schema as bytes: what a cache keeps, and what comes of it.
//!
//! The nodes, which are most of it, stand in two pieces that are read at the same time.

use xxhash_rust::xxh3::xxh3_128;

use crate::memory;
use crate::threads::at_once;

use super::model::{Schema, SchemaNode};
use super::pattern::Pattern;
use super::prose::Prose;

const MAGIC: &[u8; 8] = b"sonicfg\0";

/// The bytes of a schema.
///
/// # Errors
/// None is known; the encoder has one.
pub fn write(schema: &Schema) -> Result<Vec<u8>, postcard::Error> {
    let mut head = postcard::to_stdvec(schema)?;
    let sizes: Vec<usize> = schema
        .nodes
        .iter()
        .map(|node| postcard::to_stdvec(node).map(|bytes| bytes.len()))
        .collect::<Result<_, _>>()?;
    // Automata are taken over as they are.
    let automata: usize = schema.patterns.iter().map(Pattern::automaton_bytes).sum();
    let mut size = head.len().saturating_sub(automata);
    let half = (size + sizes.iter().sum::<usize>()) / 2;
    let in_head = sizes.iter().take_while(|&&more| {
        size += more;
        size <= half
    });
    let (first, second) = schema.nodes.split_at(in_head.count());
    head.extend(postcard::to_stdvec(first)?);
    let tail = postcard::to_stdvec(second)?;
    let lengths = [&head, &tail].map(|piece| (piece.len() as u64).to_le_bytes());
    let payload = [&lengths.concat()[..], &head, &tail, schema.prose.bytes()].concat();
    let checksum = xxh3_128(&payload).to_le_bytes();
    Ok([&MAGIC[..], &checksum, &payload].concat())
}

/// The schema that some bytes are, if they are whole.
pub fn read(bytes: Vec<u8>) -> Option<Schema> {
    let payload = bytes.strip_prefix(MAGIC)?;
    let (checksum, payload) = payload.split_first_chunk::<16>()?;
    if xxh3_128(payload).to_le_bytes() != *checksum {
        return None;
    }
    let (lengths, rest) = payload.split_first_chunk::<16>()?;
    let length = |at: usize| -> Option<usize> {
        let bytes = lengths.get(at..at + 8)?.try_into().ok()?;
        usize::try_from(u64::from_le_bytes(bytes)).ok()
    };
    let (head, rest) = rest.split_at_checked(length(0)?)?;
    let (tail, prose) = rest.split_at_checked(length(8)?)?;
    let (schema, more) = at_once(
        || read_head(head),
        || {
            memory::make_room();
            postcard::from_bytes::<Vec<SchemaNode>>(tail).ok()
        },
    );
    let mut schema = schema?;
    schema.nodes.append(&mut more?);
    let from = bytes.len() - prose.len();
    schema.prose = Prose::at_end(bytes, from);
    schema.index();
    Some(schema)
}

/// All but the nodes in the second piece.
fn read_head(bytes: &[u8]) -> Option<Schema> {
    let (mut schema, rest) = postcard::take_from_bytes::<Schema>(bytes).ok()?;
    let (nodes, _) = postcard::take_from_bytes::<Vec<SchemaNode>>(rest).ok()?;
    schema.nodes = nodes;
    Some(schema)
}
