//! What a switch needs around the steps of a change, as data: commands that run, states that are waited for,
//! changes that it does not take.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::SignedDuration;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::config::EntryName;

use super::glob;

/// A table, or a field of one: `TABLE` or `TABLE.field`, with `*` for any characters.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Fields {
    table: String,
    field: Option<String>,
}

impl TryFrom<String> for Fields {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (table, field) = match text.split_once('.') {
            Some((table, field)) => (table, Some(field.to_owned())),
            None => (&*text, None),
        };
        if table.is_empty() || field.as_ref().is_some_and(String::is_empty) {
            return Err(format!("{text:?} names no table or field: TABLE or TABLE.field"));
        }
        Ok(Fields {
            table: table.to_owned(),
            field,
        })
    }
}

impl Fields {
    /// Whether entries of a table can be meant.
    pub fn is_of(&self, table: &str) -> bool {
        glob(&self.table, table)
    }

    /// Whether a field is meant, in a table of which that is known already.
    pub fn has(&self, field: &str) -> bool {
        self.field.as_ref().is_none_or(|fields| glob(fields, field))
    }

    /// Whether entries are meant with all that they are.
    pub fn is_whole(&self) -> bool {
        self.field.is_none()
    }
}

/// One field of a table: `TABLE.field`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct FieldName {
    /// The name of the table.
    pub table: String,
    /// The name of the field.
    pub field: String,
}

impl TryFrom<String> for FieldName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.split_once('.') {
            Some((table, field)) if !table.is_empty() && !field.is_empty() => Ok(FieldName {
                table: table.to_owned(),
                field: field.to_owned(),
            }),
            _ => Err(format!("{text:?} names no field: TABLE.field")),
        }
    }
}

/// A program and its arguments, in which `{1}`, `{2}` and so on are replaced by the parts of an entry's key.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub struct CommandLine(Vec<String>);

impl TryFrom<Vec<String>> for CommandLine {
    type Error = String;

    fn try_from(words: Vec<String>) -> Result<Self, String> {
        if words
            .first()
            .is_none_or(|program| program.is_empty() || program.contains('{'))
        {
            return Err("a command begins with the name of a program".to_owned());
        }
        for word in &words {
            let mut rest = word.as_str();
            while let Some((_, behind)) = rest.split_once('{') {
                let number = behind.split_once('}');
                let is_part = |number: &str| number.parse::<usize>().is_ok_and(|number| number > 0);
                match number {
                    Some((number, behind)) if is_part(number) => rest = behind,
                    _ => {
                        return Err(format!(
                            "{word:?} holds a brace that is no {{1}}, {{2}} and so on"
                        ));
                    }
                }
            }
            if word.contains('\0') {
                return Err("an argument holds a null character".to_owned());
            }
        }
        Ok(CommandLine(words))
    }
}

impl CommandLine {
    /// The words as they are written.
    pub fn words(&self) -> &[String] {
        &self.0
    }

    /// The words for an entry. `None`: its key has fewer parts than they name, or one that a program would take
    /// for an option.
    pub fn of(&self, entry: &EntryName) -> Option<Vec<String>> {
        let parts: Vec<&str> = entry.parts().collect();
        self.0.iter().map(|word| filled(word, &parts)).collect()
    }
}

/// A word with the parts of a key in place of their numbers.
fn filled(word: &str, parts: &[&str]) -> Option<String> {
    let mut text = String::new();
    let mut rest = word;
    while let Some((before, behind)) = rest.split_once('{') {
        let (number, behind) = behind.split_once('}')?;
        let part = parts.get(number.parse::<usize>().ok()?.checked_sub(1)?)?;
        text += before;
        if text.is_empty() && part.starts_with('-') || part.contains('\0') {
            return None;
        }
        text += part;
        rest = behind;
    }
    Some(text + rest)
}

/// A command that runs after each step that changes what it names.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Action {
    /// Tables and fields whose change asks for it.
    #[serde(default)]
    pub after: Vec<Fields>,
    /// Tables of which an entry is removed; `*` matches any characters.
    #[serde(default)]
    pub after_removal: Vec<String>,
    /// The command with its arguments.
    pub run: CommandLine,
    /// A command that runs before the first one is tried again.
    #[serde(default)]
    pub before_retry: Option<CommandLine>,
    /// How often it is tried again where it fails.
    #[serde(default = "retries")]
    pub retries: u32,
    /// How long it is left alone before it is tried again. The first time it is not, where a command runs before.
    #[serde(default = "pause", deserialize_with = "duration")]
    pub pause: Duration,
    /// How long it may take; then it is killed, and has failed.
    #[serde(default = "timeout", deserialize_with = "duration")]
    pub timeout: Duration,
}

fn retries() -> u32 {
    2
}

fn pause() -> Duration {
    Duration::from_secs(10)
}

fn timeout() -> Duration {
    Duration::from_secs(60)
}

/// An entry of STATE_DB that must disappear before an entry is added that a change removed, or that takes something over
/// from one that it removed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Wait {
    /// The table of the entry.
    pub before_adding: String,
    /// The table of STATE_DB in which the entry of the same key must disappear.
    pub until_gone: String,
    /// How long that is waited for.
    #[serde(default = "deadline", deserialize_with = "duration")]
    pub deadline: Duration,
}

fn deadline() -> Duration {
    Duration::from_secs(30)
}

/// Values by the fields of `DEVICE_METADATA|localhost`, with `*` for any characters.
pub type Platforms = BTreeMap<String, Vec<String>>;

/// Whether a switch is one of some, by the fields of its `DEVICE_METADATA|localhost`: each of those named has
/// one of the values.
pub fn is_on(platforms: &Platforms, metadata: impl Fn(&str) -> Option<String>) -> bool {
    platforms.iter().all(|(field, values)| {
        metadata(field).is_some_and(|value| values.iter().any(|known| glob(known, &value)))
    })
}

/// A field whose values a switch lists in STATE_DB, with commas between them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Supported {
    /// The name of the field.
    pub field: FieldName,
    /// The field of STATE_DB, in the entry of the same key. Where it is not there, or empty, nothing is known.
    pub among: FieldName,
    /// The value where the switch supports none.
    #[serde(default)]
    pub nothing: Vec<String>,
    /// Switches whose list does not count.
    #[serde(default)]
    pub not_on: Platforms,
}

/// Fields that some switches do not let change.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ImmutableFields {
    /// The tables and fields.
    pub fields: Vec<Fields>,
    /// The switches; all, where none is named.
    #[serde(default)]
    pub on: Platforms,
    /// The software, by its branch or build version; `*` matches any characters. Any, where none is named.
    #[serde(default)]
    pub branches: Vec<String>,
    /// The first release that lets them change, by its date: 20221100. None does, where it is not named.
    #[serde(default, deserialize_with = "release")]
    pub until_release: Option<String>,
    /// Whether they may come and go with their entry.
    #[serde(default)]
    pub edits_only: bool,
    /// Why they do not change.
    pub reason: String,
}

impl ImmutableFields {
    /// Whether the software is one of those that are named.
    pub fn is_branch(&self, names: &[&str]) -> bool {
        self.branches.is_empty() || {
            let known = |name: &&str| self.branches.iter().any(|branch| glob(branch, name));
            names.iter().any(known)
        }
    }
}

fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    let parsed: Option<SignedDuration> = text.parse().ok();
    parsed
        .and_then(|duration| Duration::try_from(duration).ok())
        .ok_or_else(|| D::Error::custom(format!("{text:?} is no length of time: 500ms, 30s, 2m")))
}

fn release<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.len() == 8 && text.bytes().all(|digit| digit.is_ascii_digit()) {
        return Ok(Some(text));
    }
    Err(D::Error::custom(format!(
        "{text:?} is no release: its date in eight digits, as in 20221100"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(words: &[&str]) -> Result<CommandLine, String> {
        CommandLine::try_from(words.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn parts_of_the_key_stand_for_their_numbers() {
        let flush = line(&["ip", "dev", "{1}", "to={2}/"]).unwrap();
        let of = |key: &str| flush.of(&EntryName::new("T", key)).map(|words| words.join(" "));
        assert_eq!(of("Vlan1|10.0.0.1"), Some("ip dev Vlan1 to=10.0.0.1/".to_owned()));
        assert_eq!(of("Vlan1"), None);
        assert_eq!(of("-all|-x"), None);
        assert_eq!(
            of("Vlan1|-x; rm {1}"),
            Some("ip dev Vlan1 to=-x; rm {1}/".to_owned())
        );
        for words in [
            &[][..],
            &[""],
            &["{1}"],
            &["ip", "{0}"],
            &["ip", "{x}"],
            &["ip", "{"],
        ] {
            assert!(line(words).is_err(), "{words:?}");
        }
    }

    #[test]
    fn tables_and_fields() {
        let fields = |text: &str| Fields::try_from(text.to_owned()).unwrap();
        assert!(fields("PORT.sp*").is_of("PORT") && fields("PORT.sp*").has("speed"));
        assert!(!fields("PORT.speed").has("fec") && !fields("PORT").is_of("PORTS"));
        assert!(fields("*").is_whole() && fields("*").has("x"));
        assert!(Fields::try_from(".x".to_owned()).is_err());
        assert!(Fields::try_from("x.".to_owned()).is_err());
    }
}
