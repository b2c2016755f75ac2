//! Base64 (RFC 4648, section 4), read as leniently as Python does.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pub(super) fn encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let bits =
            chunk.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for at in 0..4 {
            let index = (bits >> (18 - 6 * at) & 63) as usize;
            out.push(if at <= chunk.len() {
                ALPHABET[index] as char
            } else {
                '='
            });
        }
    }
    out
}

/// The bytes of a text; characters outside the alphabet are skipped. `None` where the text ends within a group.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let (mut bits, mut count, mut pads) = (0u32, 0, 0);
    for byte in text.bytes() {
        if byte == b'=' {
            pads += 1;
            // Behind a whole padding, nothing counts.
            if count >= 2 && count + pads >= 4 {
                return Some(out);
            }
            continue;
        }
        let Some(value) = ALPHABET.iter().position(|own| *own == byte) else {
            continue;
        };
        pads = 0;
        bits = bits << 6 | u32::try_from(value).unwrap_or(0);
        count += 1;
        if count > 1 {
            out.push((bits >> (2 * (4 - count)) & 0xff) as u8);
        }
        if count == 4 {
            (bits, count) = (0, 0);
        }
    }
    (count == 0).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_decoded() {
        for (plain, encoded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(encode(plain.as_bytes()), encoded);
            assert_eq!(decode(encoded).as_deref(), Some(plain.as_bytes()));
        }
    }

    #[test]
    fn reading_is_lenient() {
        for (text, expected) in [
            ("Zm9v\nYmFy", Some("foobar")),
            ("Zg==Zg==", Some("f")),
            ("Z m-9v", Some("foo")),
            ("=Zm9v", Some("foo")),
            ("Zg=", None),
            ("Zm9vY", None),
        ] {
            assert_eq!(
                decode(text),
                expected.map(|text| text.as_bytes().to_vec()),
                "{text}"
            );
        }
    }
}
