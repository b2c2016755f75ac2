//! How programs outside find a finding: by the path of its file, by its extent, and by a fingerprint.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

use crate::config::{Lines, Location};
use crate::validate::{Diagnostic, SourceRange};

use super::FileReport;

/// A path as it leads from a folder, without `.` and needless `..`; one that leads elsewhere stays
/// absolute.
pub fn relative(path: &str, root: &Path) -> String {
    let path = Path::new(path);
    let mut short = PathBuf::new();
    for part in path.strip_prefix(root).unwrap_or(path).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(short.components().next_back(), Some(Component::Normal(_))) => {
                short.pop();
            }
            part => short.push(part),
        }
    }
    short.to_string_lossy().into_owned()
}

/// A path as a URI (RFC 3986): relative where the path is, else with the scheme `file`.
pub fn uri(path: &str) -> String {
    let scheme = if path.starts_with('/') { "file://" } else { "" };
    let mut uri = scheme.to_owned();
    for byte in path.bytes() {
        // Not the colon: in front of the first slash it would make a scheme of what is before it.
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

/// First and last place of a finding; columns count characters, and the last is behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// The place where it begins.
    pub start: Location,
    /// Where it ends, never before its beginning.
    pub end: Location,
}

/// Finds the extents of the findings of a file.
pub struct Extents<'a> {
    lines: Lines<'a>,
}

impl<'a> Extents<'a> {
    /// For the findings of a file.
    pub fn of(file: &'a FileReport) -> Self {
        Extents {
            lines: Lines::of(&file.source),
        }
    }

    /// The extent of a finding; `None` where it has no place.
    pub fn find(&self, diagnostic: &Diagnostic) -> Option<Extent> {
        diagnostic.place.map(|place| self.at(place))
    }

    /// The extent of a place in the file.
    pub fn at(&self, place: SourceRange) -> Extent {
        let start = place.location;
        let end = self.lines.locate(place.span.end);
        let is_behind = (end.line, end.column) > (start.line, start.column);
        let next = Location {
            column: start.column + 1,
            ..start
        };
        Extent {
            start,
            end: if is_behind { end } else { next },
        }
    }
}

/// Makes fingerprints of findings: the same for the same finding, wherever its line has moved to, and
/// another for each finding of one run.
#[derive(Debug, Default)]
pub struct Fingerprints {
    seen: HashMap<blake3::Hash, usize>,
}

impl Fingerprints {
    /// The fingerprint of a finding in the file with this path, in hexadecimal digits.
    pub fn next(&mut self, path: &str, diagnostic: &Diagnostic) -> String {
        let rule = diagnostic.rule.to_string();
        let parts = [
            path,
            &rule,
            &diagnostic.pointer,
            &diagnostic.yang_path,
            &diagnostic.message,
        ];
        let mut hasher = blake3::Hasher::new();
        for part in parts {
            // Lengths, so that no two lists of parts run into the same bytes.
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        // Equal findings are distinguished by their order.
        let count = self.seen.entry(hasher.finalize()).or_insert(0);
        hasher.update(&(*count as u64).to_le_bytes());
        *count += 1;
        let mut hex = hasher.finalize().to_hex().to_string();
        hex.truncate(32);
        hex
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_from_the_folder() {
        let root = Path::new("/srv/site");
        let relative = |path| relative(path, root);
        assert_eq!(relative("a.json"), "a.json");
        assert_eq!(relative("./b/./a.json"), "b/a.json");
        assert_eq!(relative("b/../a.json"), "a.json");
        assert_eq!(relative("../a.json"), "../a.json");
        assert_eq!(relative("../../a.json"), "../../a.json");
        assert_eq!(relative("/srv/site/b/a.json"), "b/a.json");
        assert_eq!(relative("/etc/sonic/config_db.json"), "/etc/sonic/config_db.json");
    }

    #[test]
    fn uris_hold_safe_characters_alone() {
        assert_eq!(uri("sites/a.json"), "sites/a.json");
        assert_eq!(
            uri("Zürich Süd/c:1%.json"),
            "Z%C3%BCrich%20S%C3%BCd/c%3A1%25.json"
        );
        assert_eq!(uri("/etc/a b.json"), "file:///etc/a%20b.json");
        assert_eq!(uri("<stdin>"), "%3Cstdin%3E");
    }
}
