//! `.sonicfg.toml`: what a project says once, instead of with every command.

mod rules;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::config::{Source, from_toml, pointer};
use crate::policy::glob;
use crate::report::relative;
use crate::validate::Rule;

use super::Failure;
use super::dialect::DialectArg;
use super::retired::RetiredArg;

pub use rules::Adjustments;

/// The name of the file.
const NAME: &str = ".sonicfg.toml";

/// What a project says.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The file that says it; `None` where there is none.
    pub file: Option<PathBuf>,
    /// The folder that paths and patterns lead from; empty where it is the working directory.
    root: PathBuf,
    /// The same, from the root of the file system.
    folder: PathBuf,
    stated: Stated,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Stated {
    yang_dirs: Vec<PathBuf>,
    policy: Option<PathBuf>,
    retired: Option<RetiredArg>,
    dialect: Option<DialectArg>,
    files: Vec<FilePattern>,
    exclude: Vec<FilePattern>,
    #[serde(deserialize_with = "levels")]
    rules: BTreeMap<Rule, Level>,
    tables: BTreeMap<String, OfTable>,
    ignore: Vec<Ignore>,
}

/// How much findings weigh.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    Error,
    Warning,
    /// They are not shown, and do not count.
    Off,
}

/// How much findings of a table weigh.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct OfTable {
    severity: Option<Level>,
    #[serde(deserialize_with = "levels")]
    rules: BTreeMap<Rule, Level>,
}

/// Known findings.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Ignore {
    /// The place at or above them; `*` in a part matches any characters of it.
    #[serde(deserialize_with = "place")]
    pointer: Vec<String>,
    /// Why. Nothing is made of it, but it must be said.
    #[serde(rename = "reason", deserialize_with = "reason")]
    _reason: (),
    rule: Option<Rule>,
    #[serde(default)]
    files: Vec<FilePattern>,
}

impl Ignore {
    fn covers(&self, place: &[String]) -> bool {
        let mut parts = self.pointer.iter().zip(place);
        place.len() >= self.pointer.len() && parts.all(|(pattern, part)| glob(pattern, part))
    }
}

/// A pattern of paths: `*` and `?` stay within a folder, `**` leads through any number of them.
#[derive(Debug, Clone)]
struct FilePattern {
    text: String,
    matcher: GlobMatcher,
}

impl FilePattern {
    /// Whether a path matches that leads from the folder of the settings.
    fn matches(&self, path: &Path) -> bool {
        self.matcher.is_match(path)
    }

    /// The folder that everything which matches lies in.
    fn base(&self) -> &Path {
        let meta = self.text.find(['*', '?', '[', '{', '\\']);
        let literal = &self.text[..meta.unwrap_or(self.text.len())];
        Path::new(literal.rsplit_once('/').map_or("", |(folder, _)| folder))
    }
}

impl<'de> Deserialize<'de> for FilePattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.starts_with('/') || text.split('/').any(|part| matches!(part, "." | "..")) {
            return Err(D::Error::custom(format!(
                "the pattern {text:?} does not lead from the folder of this file: it begins with \"/\", or has \".\" or \"..\" in it"
            )));
        }
        let matcher = GlobBuilder::new(&text).literal_separator(true).build();
        let matcher = matcher
            .map_err(|error| D::Error::custom(format!("the pattern {text:?}: {}", error.kind())))?
            .compile_matcher();
        Ok(FilePattern { text, matcher })
    }
}

fn levels<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<Rule, Level>, D::Error> {
    let levels = BTreeMap::<Rule, Level>::deserialize(deserializer)?;
    if levels.contains_key(&Rule::InvalidJSON) {
        let message = "InvalidJSON is always an error: nothing else can be said of such a file";
        return Err(D::Error::custom(message));
    }
    Ok(levels)
}

fn place<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let place = pointer::split(&text).filter(|place| !place.is_empty());
    place.ok_or_else(|| {
        D::Error::custom(format!(
            "{text:?} is no JSON pointer: /TABLE/key/field, or part of it"
        ))
    })
}

fn reason<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    if String::deserialize(deserializer)?.trim().is_empty() {
        return Err(D::Error::custom("say why it is ignored"));
    }
    Ok(())
}

impl Settings {
    /// Reads a file of settings.
    ///
    /// # Errors
    /// [`Failure::Environment`]: it cannot be read, or is refused, with line and column.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let source = Source::read(path)?;
        let stated: Stated = from_toml(&source).map_err(|error| Failure::Environment(error.to_string()))?;
        let root = path.parent().unwrap_or(Path::new("")).to_owned();
        Ok(Settings {
            file: Some(path.to_owned()),
            // The working directory is known unless it was deleted, and then no path leads from it.
            folder: std::env::current_dir().unwrap_or_default().join(&root),
            root,
            stated,
        })
    }

    /// The settings of the nearest file in the working directory or above it; none where there is no such file.
    ///
    /// # Errors
    /// As [`Settings::read`].
    pub fn around() -> Result<Self, Failure> {
        let Ok(folder) = std::env::current_dir() else {
            return Ok(Self::default());
        };
        let mut found = folder.ancestors().map(|folder| folder.join(NAME));
        match found.find(|path| path.is_file()) {
            // In the working directory itself it is called by its name alone.
            Some(path) if path.parent() == Some(&folder) => Self::read(Path::new(NAME)),
            Some(path) => Self::read(&path),
            None => Ok(Self::default()),
        }
    }

    /// The directories of models.
    pub fn yang_dirs(&self) -> impl Iterator<Item = PathBuf> {
        self.stated.yang_dirs.iter().map(|dir| self.root.join(dir))
    }

    /// The file of rules.
    pub fn policy(&self) -> Option<PathBuf> {
        self.stated.policy.as_deref().map(|path| self.root.join(path))
    }

    /// What becomes of retired fields.
    pub fn retired(&self) -> Option<RetiredArg> {
        self.stated.retired
    }

    /// Whose reading of the standards decides.
    pub fn dialect(&self) -> Option<DialectArg> {
        self.stated.dialect
    }

    /// Whether something is said of tables.
    pub fn weighs_tables(&self) -> bool {
        !self.stated.tables.is_empty()
    }

    /// Whether a file is left out where no one names it.
    pub fn excludes(&self, path: &Path) -> bool {
        let path = self.lead(path);
        self.stated.exclude.iter().any(|pattern| pattern.matches(&path))
    }

    /// Whether a file matches one of the patterns.
    pub fn includes(&self, path: &Path) -> bool {
        let path = self.lead(path);
        self.stated.files.iter().any(|pattern| pattern.matches(&path))
    }

    /// The folders that everything which matches a pattern lies in.
    pub fn bases(&self) -> impl Iterator<Item = PathBuf> {
        self.stated
            .files
            .iter()
            .map(|pattern| self.root.join(pattern.base()))
    }

    /// The path of a file as it leads from the folder of the settings.
    fn lead(&self, path: &Path) -> PathBuf {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        relative(&path.to_string_lossy(), &self.folder).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Stated, String> {
        from_toml(&Source::new(NAME, text)).map_err(|error| error.to_string())
    }

    #[test]
    fn invalid_setting_is_reported_at_its_place() {
        let refused = |text: &str| parse(text).unwrap_err();
        assert!(refused("yang-dir = []").starts_with(".sonicfg.toml:1:1: unknown field `yang-dir`"));
        assert!(
            refused("[rules]\nLeafref = \"off\"").starts_with(".sonicfg.toml:2:1: unknown variant `Leafref`")
        );
        assert!(refused("[rules]\nLeafRef = \"no\"").contains("unknown variant `no`"));
        assert!(refused("[rules]\nInvalidJSON = \"off\"").contains("InvalidJSON is always an error"));
        assert!(refused("files = [\"a\", \"../b\"]").contains("does not lead from the folder"));
        assert!(refused("files = [\"[\"]").contains("the pattern \"[\""));
        assert!(refused("[[ignore]]\npointer = \"/PORT\"").contains("missing field `reason`"));
        assert!(refused("[[ignore]]\npointer = \"/PORT\"\nreason = \" \"").contains("say why"));
        assert!(refused("[[ignore]]\npointer = \"PORT\"\nreason = \"x\"").contains("no JSON pointer"));
        assert!(refused("[tables.PORT]\nlevel = \"off\"").contains("unknown field `level`"));
    }

    #[test]
    fn patterns_of_files() {
        let stated = parse("files = [\"sites/*/db-?.json\", \"golden/**/*.json\", \"*.json\"]").unwrap();
        let [sites, golden, top] = &stated.files[..] else {
            unreachable!()
        };
        assert_eq!(sites.base(), Path::new("sites"));
        assert_eq!(golden.base(), Path::new("golden"));
        assert_eq!(top.base(), Path::new(""));
        assert!(sites.matches(Path::new("sites/a/db-1.json")));
        assert!(!sites.matches(Path::new("sites/a/b/db-1.json")));
        assert!(golden.matches(Path::new("golden/a/b/c.json")));
        assert!(golden.matches(Path::new("golden/c.json")));
        assert!(!top.matches(Path::new("golden/c.json")));
    }
}
