//! Finds the templates that a template includes.

use std::path::PathBuf;

use crate::config::Source;
use crate::template::Loaded;

/// The template of this name in the first of the folders that has it. A name has no `..` in it; one with a `/` at its beginning
/// is below each of the folders as well.
pub(super) fn load(folders: &[PathBuf], name: &str) -> Loaded {
    let parts = name.split('/').filter(|part| !part.is_empty() && *part != ".");
    let parts: Vec<&str> = parts.collect();
    if parts.contains(&"..") || parts.is_empty() {
        return Ok(None);
    }
    for folder in folders {
        let path = parts.iter().fold(folder.clone(), |path, part| path.join(part));
        if path.is_file() {
            let source = Source::read(&path).map_err(|error| error.to_string())?;
            return Ok(Some((source.name, source.text)));
        }
    }
    Ok(None)
}
