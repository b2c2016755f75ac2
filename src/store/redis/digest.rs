//! The digest of a table, as the script of a step makes it: SHA-1 of its entries, packed (MessagePack).

use sha1_smol::Sha1;

/// The entries of a table, packed one after the other.
#[derive(Debug, Default)]
pub(super) struct Packed {
    count: usize,
    bytes: Vec<u8>,
}

impl Packed {
    /// Adds an entry, whose fields are in the order of their names.
    pub fn add(&mut self, name: &str, fields: &[(String, String)]) {
        self.count += 2;
        pack_text(&mut self.bytes, name);
        pack_list(&mut self.bytes, 2 * fields.len());
        for (field, value) in fields {
            pack_text(&mut self.bytes, field);
            pack_text(&mut self.bytes, value);
        }
    }

    /// The digest, in hexadecimal digits.
    pub fn digest(&self) -> String {
        let mut head = Vec::new();
        pack_list(&mut head, self.count);
        let mut sha1 = Sha1::new();
        sha1.update(&head);
        sha1.update(&self.bytes);
        sha1.digest().to_string()
    }
}

/// The head of a list of so many elements.
fn pack_list(bytes: &mut Vec<u8>, count: usize) {
    match count {
        0..=15 => bytes.push(0x90 | count as u8),
        16..=0xffff => {
            bytes.push(0xdc);
            bytes.extend((count as u16).to_be_bytes());
        }
        _ => {
            bytes.push(0xdd);
            bytes.extend((count as u32).to_be_bytes());
        }
    }
}

fn pack_text(bytes: &mut Vec<u8>, text: &str) {
    match text.len() {
        length @ 0..=31 => bytes.push(0xa0 | length as u8),
        length @ 32..=0xff => bytes.extend([0xd9, length as u8]),
        length @ 0x100..=0xffff => {
            bytes.push(0xda);
            bytes.extend((length as u16).to_be_bytes());
        }
        length => {
            bytes.push(0xdb);
            bytes.extend((length as u32).to_be_bytes());
        }
    }
    bytes.extend(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_have_the_shortest_heads() {
        let text = |length: usize| {
            let mut bytes = Vec::new();
            pack_text(&mut bytes, &"x".repeat(length));
            bytes.truncate(bytes.len() - length);
            bytes
        };
        assert_eq!(text(31), [0xbf]);
        assert_eq!(text(32), [0xd9, 32]);
        assert_eq!(text(256), [0xda, 1, 0]);
        assert_eq!(text(65536), [0xdb, 0, 1, 0, 0]);
        let list = |count: usize| {
            let mut bytes = Vec::new();
            pack_list(&mut bytes, count);
            bytes
        };
        assert_eq!((list(15), list(16)), (vec![0x9f], vec![0xdc, 0, 16]));
        assert_eq!(list(65536), [0xdd, 0, 1, 0, 0]);
    }
}
