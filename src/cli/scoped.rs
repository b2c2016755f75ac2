//! Configs by scope: `FILE`, or `SCOPE=FILE` on switches of several ASICs.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::config::Source;
use crate::patch::Scope;

use super::Failure;

/// A config file and whose config it is. Without a scope in front it is the host's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopedFile {
    pub scope: Scope,
    pub path: PathBuf,
}

impl From<OsString> for ScopedFile {
    fn from(text: OsString) -> Self {
        let scoped = text.to_str().and_then(|text| text.split_once('='));
        let scoped = scoped.and_then(|(name, path)| Some((Scope::named(name)?, PathBuf::from(path))));
        let (scope, path) = scoped.unwrap_or_else(|| (Scope::HOST, PathBuf::from(text)));
        ScopedFile { scope, path }
    }
}

/// Refuses two files for one scope, and one file for two scopes.
///
/// # Errors
/// [`Failure::Environment`].
pub fn check(files: &[ScopedFile], option: &str) -> Result<(), Failure> {
    let real = |path: &PathBuf| {
        let is_file = !Source::is_stdin(path);
        is_file.then(|| path.canonicalize().unwrap_or_else(|_| path.clone()))
    };
    for (at, file) in files.iter().enumerate() {
        for other in &files[..at] {
            let message = if other.scope == file.scope {
                format!("{option} names two configs for {}", file.scope)
            } else if real(&other.path).is_some_and(|path| Some(path) == real(&file.path)) {
                let (one, two) = (&other.scope, &file.scope);
                format!("{option} names {} for {one} and for {two}", file.path.display())
            } else {
                continue;
            };
            return Err(Failure::Environment(message));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_stand_before_the_file() {
        let scoped = |text: &str| {
            let file = ScopedFile::from(OsString::from(text));
            format!("{} {}", file.scope, file.path.display())
        };
        assert_eq!(scoped("c.json"), "localhost c.json");
        assert_eq!(scoped("asic0=c=d.json"), "asic0 c=d.json");
        assert_eq!(scoped("localhost=c.json"), "localhost c.json");
        assert_eq!(scoped("a=c.json"), "localhost a=c.json");
        assert_eq!(scoped("./asic0=c.json"), "localhost ./asic0=c.json");
    }

    #[test]
    fn each_scope_has_one_file() {
        let refused = |texts: &[&str]| {
            let files: Vec<ScopedFile> = texts.iter().map(|text| OsString::from(text).into()).collect();
            check(&files, "--config").unwrap_err().message()
        };
        assert_eq!(
            refused(&["a", "localhost=b"]),
            "--config names two configs for localhost"
        );
        assert_eq!(
            refused(&["./a", "asic0=./a"]),
            "--config names ./a for localhost and for asic0"
        );
    }
}
