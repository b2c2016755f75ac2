//! What releases of the network operating system have renamed: names and values of earlier ones.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::{Deserializer, Error};

/// What a table, a field or its values were renamed to, or that there is no such any more.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "RenameKeys")]
pub struct Rename {
    /// The new name of the table, or of the field in the same table.
    pub to: Option<String>,
    /// It is no longer there, and has no other name.
    pub removed: bool,
    /// New values of the field, by the old ones.
    pub values: BTreeMap<String, String>,
    /// The release that renamed it: `202305`.
    pub since: Option<String>,
}

/// The keys of a [`Rename`] as a policy has them.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct RenameKeys {
    to: Option<String>,
    removed: bool,
    values: BTreeMap<String, String>,
    since: Option<String>,
}

impl TryFrom<RenameKeys> for Rename {
    type Error = &'static str;

    fn try_from(keys: RenameKeys) -> Result<Self, Self::Error> {
        let RenameKeys {
            to,
            removed,
            values,
            since,
        } = keys;
        let said = [to.is_some(), removed, !values.is_empty()];
        if said.into_iter().filter(|&said| said).count() != 1 {
            return Err("a rename has one of `to`, `removed = true` and `values`");
        }
        Ok(Rename {
            to,
            removed,
            values,
            since,
        })
    }
}

impl Rename {
    /// `, since release 202305`; nothing where the release is not known.
    pub fn since(&self) -> String {
        since(self.since.as_deref())
    }
}

/// How a release writes references to other entries.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct References {
    /// The first release that writes the name alone, `AZURE` in place of `[SCHEDULER|AZURE]`.
    pub plain_since: Option<String>,
}

impl References {
    /// The name in a reference of an earlier release to an entry of a table: `AZURE` of `[SCHEDULER|AZURE]`, and of
    /// `SCHEDULER|AZURE`. `None` where the text is not such a reference.
    pub fn name_in<'t>(text: &'t str, table: &str) -> Option<&'t str> {
        let text = text.trim();
        let inner = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
        let name = inner.unwrap_or(text).strip_prefix(table)?.strip_prefix('|')?;
        let is_name = !name.is_empty() && !name.contains(['|', '[', ']']);
        is_name.then_some(name)
    }

    /// `, since release 202111`; nothing where the release is not known.
    pub fn since(&self) -> String {
        since(self.plain_since.as_deref())
    }
}

fn since(release: Option<&str>) -> String {
    release.map_or(String::new(), |release| format!(" since release {release}"))
}

/// Renames by `TABLE` or `TABLE.field`; only a field has values.
pub fn checked<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, Rename>, D::Error> {
    let renames = BTreeMap::<String, Rename>::deserialize(deserializer)?;
    for (name, rename) in &renames {
        if !name.contains('.') && !rename.values.is_empty() {
            return Err(D::Error::custom(format!(
                "{name:?} is a table: only a field, TABLE.field, has `values`"
            )));
        }
    }
    Ok(renames)
}
