//! The text of a file or a stream, and places in it.

use crate::config::debug_without_contents;
use std::io::Read;
use std::path::Path;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The largest file that is read, in bytes.
pub const MAX_FILE_BYTES: u64 = 512 * 1024 * 1024;

/// A half-open range of bytes in a [`Source`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset behind the last byte.
    pub end: u32,
}

/// A place in a text as people count it: both numbers start at 1, columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

/// Why a text could not be read.
#[derive(Debug, Clone, Error)]
pub enum ReadError {
    /// The operating system refused.
    #[error("cannot read {path}: {reason}")]
    Io {
        /// What was to be read.
        path: String,
        /// The system's reason, without its number.
        reason: String,
    },
    /// The text is larger than [`MAX_FILE_BYTES`].
    #[error("cannot read {path}: it is larger than {} MiB", MAX_FILE_BYTES / 1024 / 1024)]
    TooLarge {
        /// What was to be read.
        path: String,
    },
    /// The bytes are not UTF-8 (RFC 8259, section 8.1).
    #[error("{path}:{line}:{column}: invalid UTF-8")]
    Utf8 {
        /// What was read.
        path: String,
        /// Line of the first byte that is not UTF-8.
        line: usize,
        /// Column of that byte.
        column: usize,
        /// Offset of that byte.
        offset: u32,
        /// The text, with U+FFFD in place of what is not UTF-8.
        lossy: String,
    },
}

impl ReadError {
    /// Wraps an error of the operating system with the path that it is about.
    pub fn io(path: &Path, error: &std::io::Error) -> Self {
        ReadError::Io {
            path: path.display().to_string(),
            reason: plain_reason(error),
        }
    }
}

/// The system's reason for a failure in words, without the error's number.
pub fn plain_reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error") {
        Some(end) => text[..end].to_lowercase(),
        None => text,
    }
}

/// A named text. The name is the path as the user wrote it, or `<stdin>`.
#[derive(Clone, Default)]
pub struct Source {
    /// How messages call the text.
    pub name: String,
    /// The text, in full length.
    pub text: String,
}

debug_without_contents!(Source { name });

impl Source {
    /// A text under a name.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Source {
            name: name.into(),
            text: text.into(),
        }
    }

    /// Whether a path means standard input: `-` or `/dev/stdin`.
    pub fn is_stdin(path: &Path) -> bool {
        path == Path::new("-") || path == Path::new("/dev/stdin")
    }

    /// Reads a file; `-` and `/dev/stdin` read standard input.
    ///
    /// # Errors
    /// [`ReadError`] where the file cannot be read, is too large, or is not UTF-8.
    pub fn read(path: &Path) -> Result<Self, ReadError> {
        let stdin = Self::is_stdin(path);
        let name = if stdin {
            "<stdin>".to_owned()
        } else {
            path.display().to_string()
        };
        let mut bytes = Vec::new();
        let outcome = if stdin {
            read_bounded(std::io::stdin().lock(), &mut bytes)
        } else {
            std::fs::File::open(path).and_then(|file| {
                // Room for all of it and a byte that is not there: then two reads do. It is a hint alone,
                // pipes have no length, and a file may grow.
                let len = file.metadata().map_or(0, |metadata| metadata.len());
                bytes.reserve_exact(len.min(MAX_FILE_BYTES) as usize + 1);
                read_bounded(file, &mut bytes)
            })
        };
        outcome.map_err(|error| ReadError::Io {
            path: name.clone(),
            reason: plain_reason(&error),
        })?;
        if bytes.len() as u64 > MAX_FILE_BYTES {
            return Err(ReadError::TooLarge { path: name });
        }
        Self::from_bytes(name, bytes)
    }

    /// Reads a regular file. Anything else, as a pipe, is refused and not waited for.
    ///
    /// # Errors
    /// As [`Source::read`].
    pub fn read_file(path: &Path) -> Result<Self, ReadError> {
        use std::os::unix::fs::OpenOptionsExt;
        let nonblock = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
        let opened = std::fs::File::options()
            .read(true)
            .custom_flags(nonblock)
            .open(path);
        let file = opened.map_err(|error| ReadError::io(path, &error))?;
        let metadata = file.metadata().map_err(|error| ReadError::io(path, &error))?;
        let name = path.display().to_string();
        if !metadata.is_file() {
            return Err(ReadError::Io {
                path: name,
                reason: "it is not a regular file".to_owned(),
            });
        }
        let mut bytes = Vec::new();
        bytes.reserve_exact(metadata.len().min(MAX_FILE_BYTES) as usize + 1);
        read_bounded(file, &mut bytes).map_err(|error| ReadError::io(path, &error))?;
        if bytes.len() as u64 > MAX_FILE_BYTES {
            return Err(ReadError::TooLarge { path: name });
        }
        Self::from_bytes(name, bytes)
    }

    /// A text from bytes.
    ///
    /// # Errors
    /// [`ReadError::Utf8`] with the place of the first byte that is not UTF-8.
    pub fn from_bytes(name: impl Into<String>, bytes: Vec<u8>) -> Result<Self, ReadError> {
        let name = name.into();
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Source { name, text }),
            Err(error) => {
                let valid = error.utf8_error().valid_up_to();
                let lossy = String::from_utf8_lossy(error.as_bytes()).into_owned();
                let place = locate(&lossy, valid);
                Err(ReadError::Utf8 {
                    path: name,
                    line: place.line,
                    column: place.column,
                    offset: valid as u32,
                    lossy,
                })
            }
        }
    }

    /// Line and column of a byte offset.
    pub fn locate(&self, offset: u32) -> Location {
        locate(&self.text, offset as usize)
    }
}

/// The beginnings of the lines of a text, and the number of characters before each block of it, to find many places
/// quickly, also in one long line.
#[derive(Debug, Clone)]
pub struct Lines<'a> {
    bytes: &'a [u8],
    starts: Vec<u32>,
    characters: Vec<u32>,
}

impl<'a> Lines<'a> {
    /// After how many bytes characters are counted anew.
    const BLOCK: usize = 1024;

    /// The lines of a source.
    pub fn of(source: &'a Source) -> Self {
        let bytes = source.text.as_bytes();
        let breaks = bytes.iter().enumerate().filter(|&(_, &b)| b == b'\n');
        let starts = std::iter::once(0).chain(breaks.map(|(at, _)| at as u32 + 1));
        let mut counted = 0;
        let blocks = bytes.chunks(Self::BLOCK).map(|block| {
            let before = counted;
            counted += characters(block) as u32;
            before
        });
        Lines {
            bytes,
            starts: starts.collect(),
            characters: blocks.collect(),
        }
    }

    /// Line and column of a byte offset.
    pub fn locate(&self, offset: u32) -> Location {
        let line = self.starts.partition_point(|&start| start <= offset);
        let start = self.starts[line - 1] as usize;
        Location {
            line,
            column: self.before(offset as usize) - self.before(start) + 1,
        }
    }

    /// How many characters begin before an offset.
    fn before(&self, offset: usize) -> usize {
        let offset = offset.min(self.bytes.len());
        let block = (offset / Self::BLOCK).min(self.characters.len().saturating_sub(1));
        let counted = self.characters.get(block).copied().unwrap_or(0) as usize;
        counted + characters(&self.bytes[block * Self::BLOCK..offset])
    }
}

/// How many characters a part of a text has; bytes that continue one are not counted.
fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&b| b & 0xC0 != 0x80).count()
}

fn read_bounded(input: impl Read, bytes: &mut Vec<u8>) -> std::io::Result<usize> {
    input.take(MAX_FILE_BYTES + 1).read_to_end(bytes)
}

fn locate(text: &str, offset: usize) -> Location {
    let before = &text.as_bytes()[..offset.min(text.len())];
    let line_start = before.iter().rposition(|&b| b == b'\n').map_or(0, |i| i + 1);
    Location {
        line: before.iter().filter(|&&b| b == b'\n').count() + 1,
        column: characters(&before[line_start..]) + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        let source = Source::new("x", "a\nüé!");
        assert_eq!(source.locate(6), Location { line: 2, column: 3 });
        assert_eq!(source.locate(0), Location { line: 1, column: 1 });
        let lines = Lines::of(&source);
        let long = Source::new("x", "aü\n".repeat(5000));
        let far = Lines::of(&long).locate(19_998);
        assert_eq!(far, long.locate(19_998));
        for offset in 0..=source.text.len() as u32 {
            assert_eq!(lines.locate(offset), source.locate(offset));
        }
    }

    #[test]
    fn invalid_utf8_has_a_place() {
        let error = Source::from_bytes("f", b"ab\nc\xff".to_vec()).unwrap_err();
        assert_eq!(error.to_string(), "f:2:2: invalid UTF-8");
    }
}
