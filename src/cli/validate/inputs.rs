//! Which files are checked.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use crate::cli::Failure;
use crate::cli::settings::Settings;
use crate::config::{ReadError, Source, plain_reason};
use crate::report::relative;

/// A part of all files, for several machines that share the work: the K-th of N.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Partition {
    number: u64,
    of: u64,
}

impl std::str::FromStr for Partition {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.split_once('/');
        let parsed = parts.and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
        match parsed {
            Some((number, of)) if (1..=of).contains(&number) => Ok(Partition { number, of }),
            _ => Err("K/N is one of N parts, counted from 1, such as 2/5".to_owned()),
        }
    }
}

impl Partition {
    /// Whether a file is in it. Only the path relative to the working directory decides, so that the parts of all
    /// machines together are all files, and none is in two.
    fn holds(self, path: &Path, folder: &Path) -> bool {
        let path = relative(&path.to_string_lossy(), folder);
        let hash = blake3::hash(path.as_bytes());
        let mut first = [0; 8];
        first.copy_from_slice(&hash.as_bytes()[..8]);
        u64::from_le_bytes(first) % self.of == self.number - 1
    }
}

/// The files that are named, those in folders that are named, or, where nothing is, those that the settings name.
///
/// # Errors
/// [`Failure::Environment`]: a file that is not there, a folder that cannot be listed, or no file at all.
pub fn files(
    named: &[PathBuf],
    settings: &Settings,
    partition: Option<Partition>,
) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    if named.is_empty() {
        files = of_settings(settings)?;
    }
    for path in named {
        if Source::is_stdin(path) {
            files.push(path.clone());
            continue;
        }
        // A mistyped name is reported before the others are checked.
        let metadata = std::fs::metadata(path).map_err(|error| ReadError::io(path, &error))?;
        if metadata.is_dir() {
            let mut found = BTreeSet::new();
            let is_json = |path: &Path| path.extension().is_some_and(|ending| ending == "json");
            below(path, &mut found, |path| {
                let is_one = settings.includes(path) || settings.bases().next().is_none() && is_json(path);
                is_one && !settings.excludes(path)
            })?;
            if found.is_empty() {
                return Err(nothing_in(path, settings));
            }
            files.extend(found);
        } else {
            files.push(path.clone());
        }
    }
    if let Some(partition) = partition {
        let folder = std::env::current_dir().unwrap_or_default();
        files.retain(|path| partition.holds(path, &folder));
    }
    Ok(files)
}

fn nothing_in(folder: &Path, settings: &Settings) -> Failure {
    let folder = folder.display();
    Failure::Environment(match &settings.file {
        Some(file) if settings.bases().next().is_some() => {
            let file = file.display();
            format!("no file in {folder} matches the patterns of {file}")
        }
        _ => format!("there is no file *.json in {folder}"),
    })
}

fn of_settings(settings: &Settings) -> Result<Vec<PathBuf>, Failure> {
    let Some(file) = &settings.file else {
        let message = "no file is named, and no .sonicfg.toml here or above names any; for example: sonicfg validate \
             config_db.json";
        return Err(Failure::Environment(message.to_owned()));
    };
    let mut found = BTreeSet::new();
    for base in settings.bases() {
        let base = if base.as_os_str().is_empty() {
            PathBuf::from(".")
        } else {
            base
        };
        // A folder that is not there has no files.
        if base.is_dir() {
            below(&base, &mut found, |path| {
                settings.includes(path) && !settings.excludes(path)
            })?;
        }
    }
    if found.is_empty() {
        let file = file.display();
        let message = match settings.bases().next() {
            None => format!("no file is named, and {file} has no patterns of files"),
            Some(_) => format!("no file matches the patterns of {file}"),
        };
        return Err(Failure::Environment(message));
    }
    Ok(found.into_iter().collect())
}

/// The files below a folder that are wanted. What is hidden is left out.
fn below(
    folder: &Path,
    found: &mut BTreeSet<PathBuf>,
    wanted: impl Fn(&Path) -> bool,
) -> Result<(), Failure> {
    let is_hidden = |name: &std::ffi::OsStr| name.as_encoded_bytes().starts_with(b".");
    let entries = WalkDir::new(folder).into_iter();
    for entry in entries.filter_entry(|entry| entry.depth() == 0 || !is_hidden(entry.file_name())) {
        let entry = entry.map_err(|error| {
            let path = error.path().unwrap_or(folder).display().to_string();
            let reason = error
                .io_error()
                .map_or_else(|| "a loop of links".to_owned(), plain_reason);
            Failure::Environment(format!("cannot list {path}: {reason}"))
        })?;
        let path = entry.path();
        // A link to a file is a file, one to a folder is not followed.
        if path.is_file() && wanted(path) {
            found.insert(path.strip_prefix("./").unwrap_or(path).to_owned());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_all_files_once() {
        let folder = Path::new("/srv/site");
        for at in 0..200 {
            let path = format!("/srv/site/rack-{at}/config_db.json");
            let holding = (1..=7).filter(|number| {
                let partition: Partition = format!("{number}/7").parse().unwrap();
                let holds = partition.holds(Path::new(&path), folder);
                // However it is named.
                let short = format!("./rack-{at}/config_db.json");
                assert_eq!(partition.holds(Path::new(&short), folder), holds);
                holds
            });
            assert_eq!(holding.count(), 1);
        }
        for wrong in ["0/3", "4/3", "1", "1/0", "a/b", "-1/3", "1/3/5"] {
            assert!(wrong.parse::<Partition>().is_err(), "{wrong}");
        }
    }
}
