//! Keys of policy files that have new names. The old names are read for one release.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::IgnoredAny;
use toml::Spanned;

use crate::config::{Location, Source, from_toml};

use super::PolicyError;

/// Keys of release 0.1, and what they are called now. [`Policy`](super::Policy) has the old ones as aliases.
const RENAMED: [(&str, &str); 7] = [
    ("changes-while", "change-requires"),
    ("interrupted-at-once", "max-unavailable"),
    ("never-all", "keep-available"),
    ("refused-change", "immutable"),
    ("refused-removal", "protected"),
    ("refused-together", "exclusive-changes"),
    ("written-by-daemons", "daemon-owned"),
];

/// A key of a policy file that is written with its old name.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RenamedKey {
    /// The file, as it was named.
    pub file: String,
    /// Where in the file the key is.
    pub location: Location,
    /// The name in the file.
    pub old: &'static str,
    /// The name that takes its place.
    pub new: &'static str,
}

impl fmt::Display for RenamedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RenamedKey {
            file,
            location,
            old,
            new,
            ..
        } = self;
        write!(
            f,
            "{file}:{}:{}: the key \"{old}\" is now \"{new}\"; the old name is read in this release only",
            location.line, location.column
        )
    }
}

/// The keys of a policy file that are written with their old names, in the order of the old names.
///
/// # Errors
/// [`PolicyError`] with line and column: the file is not TOML, or has a key with both its names.
pub fn renamed_keys(source: &Source) -> Result<Vec<RenamedKey>, PolicyError> {
    // The text is read once more only where one of the names occurs at all.
    if !RENAMED.iter().any(|(old, _)| source.text.contains(old)) {
        return Ok(Vec::new());
    }
    let keys: BTreeMap<Spanned<String>, IgnoredAny> = from_toml(source)?;
    let location = |name: &str| {
        let key = keys.keys().find(|key| key.get_ref() == name);
        key.map(|key| source.locate(key.span().start as u32))
    };
    let mut renamed = Vec::new();
    for (old, new) in RENAMED {
        let Some(at) = location(old) else {
            continue;
        };
        if location(new).is_some() {
            return Err(PolicyError {
                file: source.name.clone(),
                location: at,
                message: format!(
                    "the file has both \"{old}\" and \"{new}\", which are the same key; use \"{new}\""
                ),
            });
        }
        renamed.push(RenamedKey {
            file: source.name.clone(),
            location: at,
            old,
            new,
        });
    }
    Ok(renamed)
}

/// An error without the old names in the list of keys that are expected.
pub(super) fn not_offered(mut error: PolicyError) -> PolicyError {
    if error.message.starts_with("unknown field") {
        for (old, _) in RENAMED {
            error.message = error.message.replace(&format!(", `{old}`"), "");
        }
    }
    error
}

#[cfg(test)]
mod tests {
    use crate::policy::Policy;

    use super::*;

    fn source(text: &str) -> Source {
        Source::new("p.toml", text)
    }

    #[test]
    fn old_and_new_keys_mean_the_same() {
        let old = "written-by-daemons = [\"A\"]\n[interrupted-at-once]\nPORT = 0.5\n[[refused-removal]]\npath = \"/T/k\"\n\
                   [[never-all]]\ntable = \"M\"\nthrough = \"PORT\"\n[[changes-while]]\ntables = [\"Q\"]\nof = \"PORT\"\n\
                   field = \"f\"\nvalue = \"v\"\n[[refused-together]]\ntable = \"T\"\nfield = \"f\"\nwith = \"U\"\n\
                   [refused-change.x]\nfields = [\"T.f\"]\nreason = \"r\"\n";
        let mut new = old.to_owned();
        for (old, name) in RENAMED {
            assert!(new.contains(old));
            new = new.replace(old, name);
        }
        let read = Policy::parse(&source(old)).unwrap();
        assert_eq!(read, Policy::parse(&source(&new)).unwrap());
        assert!(read != Policy::default());
        let names: Vec<(&str, &str)> = renamed_keys(&source(old))
            .unwrap()
            .iter()
            .map(|key| (key.old, key.new))
            .collect();
        assert_eq!(names, RENAMED);
        assert_eq!(renamed_keys(&source(&new)), Ok(Vec::new()));
    }

    #[test]
    fn old_key_is_located() {
        let keys = renamed_keys(&source(
            "# a file\n[[never-all]]\ntable = \"M\"\nthrough = \"PORT\"\n",
        ))
        .unwrap();
        let messages: Vec<String> = keys.iter().map(ToString::to_string).collect();
        assert_eq!(
            messages,
            [
                "p.toml:2:3: the key \"never-all\" is now \"keep-available\"; the old name is read in this release only"
            ]
        );
        // A table of an entry may be called so.
        assert_eq!(
            renamed_keys(&source("[create-only]\nnever-all = []\n")),
            Ok(Vec::new())
        );
    }

    #[test]
    fn old_names_are_not_offered() {
        let error = Policy::parse(&source("x = 1\n")).unwrap_err().to_string();
        assert!(
            error.starts_with("p.toml:1:1: unknown field `x`, expected one of `joined-lists`, "),
            "{error}"
        );
        for (old, new) in RENAMED {
            assert!(
                error.contains(&format!("`{new}`")) && !error.contains(old),
                "{error}"
            );
        }
    }

    #[test]
    fn both_names_in_one_file_are_refused() {
        let text = "[max-unavailable]\nPORT = 0.5\n[interrupted-at-once]\nVLAN = 0.5\n";
        let message = "p.toml:3:2: the file has both \"interrupted-at-once\" and \"max-unavailable\", which are the same \
                       key; use \"max-unavailable\"";
        assert_eq!(renamed_keys(&source(text)).unwrap_err().to_string(), message);
        assert_eq!(Policy::parse(&source(text)).unwrap_err().to_string(), message);
    }
}
