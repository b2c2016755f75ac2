//! Rules of the network operating system that its YANG models do not hold, as data.
//!
//! The default is `policy/default.toml`, which is part of the program; [`Policy::with_file`] lays
//! another file over it.

mod golden;
mod hooks;
mod old_keys;
mod order;
mod removal;
mod renames;

use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::config::{Source, from_toml, pointer};

pub use crate::config::TomlError as PolicyError;

pub use golden::{GoldenRequirement, GoldenRules, KeptFields};
pub use hooks::{Action, CommandLine, FieldName, Fields, ImmutableFields, Platforms, Supported, Wait, is_on};
pub use old_keys::{RenamedKey, renamed_keys};
pub use order::{BreakBeforeMake, LocalSystemPorts};
pub use renames::{References, Rename};

use removal::Removal;

const DEFAULT: &str = include_str!("../../policy/default.toml");

/// The rules. See `policy/default.toml` for what each means.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Policy {
    /// `TABLE.field` of leaf-lists that are kept as one string, with what joins their elements.
    pub joined_lists: BTreeMap<String, String>,
    /// Lists whose fields are rows of an inner list to SONiC's loader, by their YANG names.
    pub map_lists: Vec<String>,
    /// What releases have renamed, by `TABLE` or `TABLE.field`.
    #[serde(deserialize_with = "renames::checked")]
    pub renames: BTreeMap<String, Rename>,
    /// How references to other entries are written.
    pub references: References,
    /// Tables whose keys hold networks: bits behind the length of a prefix do not tell two entries apart.
    pub network_keys: Vec<String>,
    /// What is never shown.
    pub secrets: Secrets,
    /// The rule about lanes of ports.
    pub lanes: Option<Lanes>,
    /// Fields whose elements are used once in a VRF.
    pub unique_in_vrf: Vec<UniqueInVrf>,
    /// Fields by table that change only with their entry; `*` means every field.
    pub create_only: BTreeMap<String, Vec<String>>,
    /// Entries of which an old one goes in an earlier step than a new one comes.
    pub break_before_make: Vec<BreakBeforeMake>,
    /// Fields by table of which an entry that has any keeps one as long as it is there.
    pub keep_one_of: BTreeMap<String, Vec<String>>,
    /// Entries that change only while another entry has a value.
    #[serde(alias = "changes-while")]
    pub change_requires: Vec<ChangeRequires>,
    /// What may not be removed.
    #[serde(alias = "refused-removal")]
    pub protected: Vec<ProtectedPath>,
    /// What may not change together.
    #[serde(alias = "refused-together")]
    pub exclusive_changes: Vec<ExclusiveChanges>,
    /// The part of a table's entries that may be interrupted at once, from 0 to 1.
    #[serde(alias = "interrupted-at-once", deserialize_with = "shares")]
    pub max_unavailable: BTreeMap<String, f64>,
    /// Groups that are never interrupted whole.
    #[serde(alias = "never-all")]
    pub keep_available: Vec<KeepAvailable>,
    /// Tables that daemons write themselves: what they do there meanwhile is no conflict.
    #[serde(alias = "written-by-daemons")]
    pub daemon_owned: Vec<String>,
    /// Fields whose values are the same in the configs of all scopes.
    pub same_in_all_scopes: Vec<SameInAllScopes>,
    /// What a golden config keeps and requires.
    pub golden: GoldenRules,
    /// Tables that daemons change in answer to a change.
    pub daemon_answers: Vec<DaemonAnswer>,
    /// Commands that run after steps, by name.
    pub actions: BTreeMap<String, Action>,
    /// What is waited for before a step, by name.
    pub waits: BTreeMap<String, Wait>,
    /// Fields whose values the switch lists, by name.
    pub supported: BTreeMap<String, Supported>,
    /// Fields that some switches do not let change, by name.
    #[serde(alias = "refused-change")]
    pub immutable: BTreeMap<String, ImmutableFields>,
    /// What a file takes away from the policy that it is laid over.
    remove: Option<Removal>,
}

/// Whose values never appear in a message.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Secrets {
    /// `TABLE.field`; `*` matches anything.
    pub fields: Vec<String>,
    /// Tables whose keys are secret.
    pub keys: Vec<String>,
}

/// Every element of a joined field is a number and is used once.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Lanes {
    /// The field, written `TABLE.field`.
    pub field: String,
    /// Platforms on which elements may be used more than once.
    #[serde(default)]
    pub shared_on: Vec<String>,
}

/// An element of a list field is used once in all entries that have the same first key.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct UniqueInVrf {
    /// The field, written `TABLE.field`.
    pub field: String,
}

/// Entries of some tables, whose key names an entry of another table, change only while that entry has
/// a value.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ChangeRequires {
    /// The tables whose entries change.
    pub tables: Vec<String>,
    /// The table of the other entry.
    pub of: String,
    /// The name of its field.
    pub field: String,
    /// The value that the field must have meanwhile.
    pub value: String,
    /// Whether an entry without the field counts as having the value.
    #[serde(default)]
    pub absent: bool,
}

impl ChangeRequires {
    /// Whether it is about the entries of a table.
    pub fn is_about(&self, table: &str) -> bool {
        self.tables.iter().any(|name| name == table)
    }
}

/// Tables that daemons change in answer to a change of other tables.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DaemonAnswer {
    /// The tables that the daemons change.
    pub tables: Vec<String>,
    /// The tables and fields whose change they answer.
    pub after: Vec<Fields>,
}

/// An entry or field that no change removes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ProtectedPath {
    /// A JSON pointer: `/TABLE/key` or `/TABLE/key/field`.
    #[serde(deserialize_with = "entry_or_field")]
    pub path: String,
}

/// Fields of a table that have the same value in the config of the host and in those of all ASICs, as far as these have
/// the entry.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SameInAllScopes {
    /// The name of the table.
    pub table: String,
    /// The names of its fields.
    pub fields: Vec<String>,
}

/// A part of a whole.
struct Share(f64);

impl<'de> Deserialize<'de> for Share {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let share = f64::deserialize(deserializer)?;
        if (0.0..=1.0).contains(&share) {
            return Ok(Share(share));
        }
        Err(D::Error::custom(format!("{share} is no fraction from 0 to 1")))
    }
}

fn shares<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, f64>, D::Error> {
    let shares = BTreeMap::<String, Share>::deserialize(deserializer)?;
    Ok(shares
        .into_iter()
        .map(|(table, Share(share))| (table, share))
        .collect())
}

fn entry_or_field<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let path = String::deserialize(deserializer)?;
    let tokens = pointer::split(&path).unwrap_or_default();
    if matches!(tokens.len(), 2 | 3) && tokens.iter().all(|token| !token.is_empty()) {
        return Ok(path);
    }
    Err(D::Error::custom(format!(
        "{path:?} is no pointer to an entry or field: /TABLE/key or /TABLE/key/field"
    )))
}

/// A field that does not change together with the entries below its own.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ExclusiveChanges {
    /// The table of the field.
    pub table: String,
    /// The name of the field.
    pub field: String,
    /// The table of the entries; their key begins with the key of the field's entry.
    pub with: String,
    /// Values that the rule does not concern.
    #[serde(default)]
    pub except: Vec<String>,
}

/// Entries with the same first part of their key are never all interrupted, unless there is one only.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct KeepAvailable {
    /// The name of the table.
    pub table: String,
    /// The table of the entry that the second part of the key names: with it the entry is interrupted.
    pub through: String,
    /// The table of the entry that the first part of the key names. Where that is itself removed and added again, its
    /// group goes with it.
    #[serde(default)]
    pub of: String,
}

impl Policy {
    /// The policy that is part of the program.
    pub fn shipped() -> Self {
        // A test reads it; a program with a broken one does not pass.
        Self::parse(&Source::new("policy/default.toml", DEFAULT)).unwrap_or_default()
    }

    /// Reads a policy file on its own. Old names of keys are read too; [`renamed_keys`] finds them.
    ///
    /// # Errors
    /// Not TOML, a key that is not known, a key with both its old and its new name, a value of the wrong kind or
    /// outside its range: with line and column.
    pub fn parse(source: &Source) -> Result<Self, PolicyError> {
        renamed_keys(source)?;
        from_toml(source).map_err(old_keys::not_offered)
    }

    /// This policy with a file laid over it: what its `remove` names is taken away, then lists and tables grow, single
    /// settings are replaced, and so is what has a name.
    ///
    /// # Errors
    /// As [`Policy::parse`]; something is to be taken away that is not there.
    pub fn with_file(mut self, source: &Source) -> Result<Self, PolicyError> {
        let over = Self::parse(source)?;
        if let Some(removal) = &over.remove {
            removal.apply(source, &mut self)?;
        }
        self.joined_lists.extend(over.joined_lists);
        self.map_lists.extend(over.map_lists);
        self.renames.extend(over.renames);
        self.references.plain_since = over.references.plain_since.or(self.references.plain_since);
        self.network_keys.extend(over.network_keys);
        self.secrets.fields.extend(over.secrets.fields);
        self.secrets.keys.extend(over.secrets.keys);
        self.lanes = over.lanes.or(self.lanes);
        self.unique_in_vrf.extend(over.unique_in_vrf);
        for (table, fields) in over.create_only {
            self.create_only.entry(table).or_default().extend(fields);
        }
        self.break_before_make.extend(over.break_before_make);
        for (table, fields) in over.keep_one_of {
            self.keep_one_of.entry(table).or_default().extend(fields);
        }
        self.change_requires.extend(over.change_requires);
        self.protected.extend(over.protected);
        self.exclusive_changes.extend(over.exclusive_changes);
        self.max_unavailable.extend(over.max_unavailable);
        self.keep_available.extend(over.keep_available);
        self.daemon_owned.extend(over.daemon_owned);
        self.same_in_all_scopes.extend(over.same_in_all_scopes);
        self.golden.keep.extend(over.golden.keep);
        self.golden.requires.extend(over.golden.requires);
        self.daemon_answers.extend(over.daemon_answers);
        self.actions.extend(over.actions);
        self.waits.extend(over.waits);
        self.supported.extend(over.supported);
        self.immutable.extend(over.immutable);
        Ok(self)
    }

    /// What a table was renamed to.
    pub fn renamed_table(&self, table: &str) -> Option<&Rename> {
        self.renames.get(table)
    }

    /// What a field or its values were renamed to.
    pub fn renamed_field(&self, table: &str, field: &str) -> Option<&Rename> {
        self.renames.get(&format!("{table}.{field}"))
    }

    /// What joins the elements of a list field that is kept as one string.
    pub fn joined_by(&self, table: &str, field: &str) -> Option<&str> {
        self.joined_lists
            .get(&format!("{table}.{field}"))
            .map(String::as_str)
    }

    /// Whether a field changes only with its entry.
    pub fn is_create_only(&self, table: &str, field: &str) -> bool {
        let fields = self.create_only.get(table);
        fields.is_some_and(|fields| fields.iter().any(|name| name == "*" || name == field))
    }

    /// Whether daemons change a table in answer to changes of others.
    pub fn is_answer(&self, table: &str) -> bool {
        let mut tables = self.daemon_answers.iter().flat_map(|answer| &answer.tables);
        tables.any(|known| known == table)
    }

    /// Whether an entry has no longer any of the fields of which it keeps one, and had one.
    pub fn loses_last(&self, table: &str, before: &Value, after: &Value) -> bool {
        self.keep_one_of.get(table).is_some_and(|fields| {
            let has_one = |entry: &Value| fields.iter().any(|field| entry.get(field).is_some());
            has_one(before) && !has_one(after)
        })
    }

    /// Whether the value of a field must not be shown.
    pub fn is_secret_field(&self, table: &str, field: &str) -> bool {
        self.secret_in(field).any(|tables| glob(tables, table))
    }

    /// Patterns of the tables in which the value of a field must not be shown.
    pub fn secret_in(&self, field: &str) -> impl Iterator<Item = &str> {
        let patterns = self
            .secrets
            .fields
            .iter()
            .filter_map(|pattern| pattern.split_once('.'));
        patterns
            .filter(move |(_, fields)| glob(fields, field))
            .map(|(tables, _)| tables)
    }

    /// Whether the keys of a table must not be shown.
    pub fn is_secret_key(&self, table: &str) -> bool {
        self.secrets.keys.iter().any(|pattern| glob(pattern, table))
    }
}

/// Whether a name matches a pattern in which `*` matches any characters.
pub fn glob(pattern: &str, name: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(mut name) = name.strip_prefix(first) else {
        return false;
    };
    let (between, last) = match rest.rsplit_once('*') {
        Some((between, last)) => (Some(between), last),
        None => (None, rest),
    };
    for part in between.into_iter().flat_map(|parts| parts.split('*')) {
        match name.find(part) {
            Some(at) => name = &name[at + part.len()..],
            None => return false,
        }
    }
    name.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Policy, PolicyError> {
        Policy::parse(&Source::new("p.toml", text))
    }

    #[test]
    fn the_shipped_policy_is_read_whole() {
        assert!(parse(DEFAULT).is_ok());
        let policy = Policy::shipped();
        assert_eq!(policy.joined_by("NTP", "src_intf"), Some(";"));
        assert_eq!(policy.joined_by("PORT", "lanes"), None);
        assert_eq!(policy.lanes.unwrap().shared_on.len(), 3);
    }

    #[test]
    fn secrets_by_pattern() {
        let policy = Policy::shipped();
        assert!(policy.is_secret_field("TACPLUS", "passkey"));
        assert!(policy.is_secret_field("SNMP_USER", "SNMP_USER_AUTH_PASSWORD"));
        assert!(policy.is_secret_field("MACSEC_PROFILE", "primary_cak"));
        assert!(!policy.is_secret_field("SSH_SERVER", "password_authentication"));
        assert!(!policy.is_secret_field("PORT", "speed"));
        assert!(policy.is_secret_key("SNMP_COMMUNITY"));
    }

    #[test]
    fn policy_file_adds_and_overrides() {
        let file = Source::new(
            "p.toml",
            "[lanes]\nfield = \"PORT.lanes\"\n[secrets]\nkeys = [\"X\"]\n",
        );
        let policy = Policy::shipped().with_file(&file).unwrap();
        assert!(policy.lanes.as_ref().unwrap().shared_on.is_empty());
        assert!(policy.is_secret_key("X") && policy.is_secret_key("SNMP_COMMUNITY"));
    }

    #[test]
    fn unknown_key_is_reported_at_its_place() {
        let error = parse("[lanes]\nfield = \"a.b\"\nsharred-on = []\n").unwrap_err();
        assert_eq!(
            error.to_string(),
            "p.toml:3:1: unknown field `sharred-on`, expected `field` or `shared-on`"
        );
        assert!(
            parse("x = 1")
                .unwrap_err()
                .to_string()
                .starts_with("p.toml:1:1: unknown field `x`")
        );
    }

    #[test]
    fn values_are_checked_in_their_place() {
        let told = |text: &str| parse(text).unwrap_err().to_string();
        assert_eq!(
            told("[max-unavailable]\nPORT = 0.5\nVLAN = 1.5\n"),
            "p.toml:3:8: 1.5 is no fraction from 0 to 1"
        );
        assert_eq!(
            told("[max-unavailable]\nPORT = -0.1\n"),
            "p.toml:2:8: -0.1 is no fraction from 0 to 1"
        );
        assert!(told("[max-unavailable]\nPORT = nan\n").contains("NaN is no fraction"));
        assert_eq!(
            told("[[protected]]\npath = \"/PFC_WD\"\n"),
            "p.toml:2:8: \"/PFC_WD\" is no pointer to an entry or field: /TABLE/key or /TABLE/key/field"
        );
        for path in ["PFC_WD/GLOBAL", "/a/b/c/d", "/a/~2", "/a/", ""] {
            let text = format!("[[protected]]\npath = {path:?}\n");
            let error = told(&text);
            assert!(error.starts_with("p.toml:2:8: "), "{error}");
        }
        assert!(parse("[max-unavailable]\nA = 0.0\nB = 1.0\n[[protected]]\npath = \"/a/b/c\"\n").is_ok());
    }

    #[test]
    fn globs() {
        assert!(glob("*", ""));
        assert!(glob("a*c*", "abcd"));
        assert!(!glob("a*c", "abcd"));
        assert!(glob("abc", "abc"));
    }
}
