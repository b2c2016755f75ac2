//! A compiled schema as bytes, for a cache, and back.

use xxhash_rust::xxh3::xxh3_128;

use super::model::Schema;
use super::model::docs::Docs;

const MAGIC: &[u8; 8] = b"sonicfg\0";

/// The bytes of a schema.
///
/// # Errors
/// None is known; the encoder has one.
pub fn write(schema: &Schema) -> Result<Vec<u8>, postcard::Error> {
    let payload = [&postcard::to_stdvec(schema)?[..], schema.docs.bytes()].concat();
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
    // It is followed by texts for people, which are not decoded.
    let (mut schema, docs) = postcard::take_from_bytes::<Schema>(payload).ok()?;
    let from = bytes.len() - docs.len();
    schema.docs = Docs::at_end(bytes, from);
    schema.index();
    Some(schema)
}
