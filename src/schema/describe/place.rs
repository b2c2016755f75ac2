//! Places in a config, in the forms that people write them in.

use crate::config::{CONFIG_DB_SEPARATOR, pointer};
use crate::schema::{NodeKind, Schema, Table};

use super::entry::{Entry, entries};
use super::lookup::{LookupError, TablePart, table};

/// Matches any key.
const ANY: &str = "*";

/// A table, entries of it, or a field of these. Nothing need be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceName {
    /// The name of the table.
    pub table: String,
    /// The key of an entry; `None` for any.
    pub key: Option<String>,
    /// The name of the field.
    pub field: Option<String>,
}

impl PlaceName {
    /// Reads `/TABLE/key/field` (a JSON pointer), `TABLE|key`, `TABLE|key/field`, `TABLE|key|field`, `TABLE.field` or
    /// the path of a node, `/module:module/TABLE/TABLE_LIST/field`. `*` matches any key, and the first slash of a
    /// pointer may be left out.
    ///
    /// # Errors
    /// [`LookupError`]: it is none of these, or the models have no such table or entry.
    pub fn parse(schema: &Schema, text: &str) -> Result<Self, LookupError> {
        let no_place = || LookupError::Place {
            text: text.to_owned(),
        };
        if text.starts_with('/') {
            let tokens = pointer::split(text).ok_or_else(no_place)?;
            let tokens: Vec<&str> = tokens.iter().map(String::as_str).collect();
            return match tokens[..] {
                [top, ref below @ ..] if top.contains(':') => {
                    Self::of_node(schema, below).ok_or_else(no_place)
                }
                ["", ..] => Err(no_place()),
                [table] => Ok(Self::new(table, "", "")),
                [table, key] => Ok(Self::new(table, key, "")),
                [table, key, field] => Ok(Self::new(table, key, field)),
                [table, key, field, at] if is_index(at) => Ok(Self::new(table, key, field)),
                _ => Err(no_place()),
            };
        }
        let is_pointer = |name: &str| name.contains('/');
        if let Some((name, rest)) = text.split_once(CONFIG_DB_SEPARATOR)
            && !is_pointer(name)
        {
            return Ok(Self::of_entry(schema, table(schema, name)?, rest));
        }
        if let Some((name, rest)) = text.split_once('/') {
            let table = table(schema, name)?;
            let has = |entry: &Entry| (*entry).has_leaf(schema, rest);
            // A pointer without its first slash, unless it is a field.
            return if entries(schema, table).iter().any(has) {
                Ok(Self::new(name, ANY, rest))
            } else {
                Self::parse(schema, &format!("/{text}"))
            };
        }
        Ok(match text.split_once('.') {
            Some((table, field)) => Self::new(table, ANY, field),
            None => Self::new(text, "", ""),
        })
    }

    fn new(table: &str, key: &str, field: &str) -> Self {
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        PlaceName {
            table: table.to_owned(),
            key: some(key).filter(|key| key != ANY),
            field: some(field),
        }
    }

    /// The part after `TABLE|`: a key may hold slashes, and the part after the last bar may be a field.
    fn of_entry(schema: &Schema, table: &Table, rest: &str) -> Self {
        let entries = entries(schema, table);
        let takes = |key: &str| key == ANY || entries.iter().any(|entry| entry.takes(schema, key));
        // A number behind the last slash is the length of a prefix.
        if let Some((key, field)) = rest.rsplit_once('/')
            && field.parse::<u16>().is_err()
            && takes(key)
        {
            return Self::new(&table.name, key, field);
        }
        if let Some((key, field)) = rest.rsplit_once(CONFIG_DB_SEPARATOR) {
            let has = |entry: &Entry| entry.takes(schema, key) && entry.leaf(schema, field).is_some();
            if entries.iter().any(has) {
                return Self::new(&table.name, key, field);
            }
        }
        Self::new(&table.name, rest, "")
    }

    /// The part below the top container in the path of a node, or in a pointer into YANG JSON.
    fn of_node(schema: &Schema, tokens: &[&str]) -> Option<Self> {
        let bare = |token: &str| token.rsplit(':').next().unwrap_or_default().to_owned();
        let mut tokens = tokens.iter().map(|token| bare(token));
        let table = schema.tables.get(&tokens.next()?)?;
        let Some(entry) = tokens.next() else {
            return Some(Self::new(&table.name, "", ""));
        };
        let found = schema.data_children_named(table.node, &entry).next()?;
        let is_list = matches!(schema.node(found).kind, NodeKind::List(_));
        let key = if is_list { ANY } else { &entry };
        let field = tokens.find(|token| !is_index(token)).unwrap_or_default();
        Some(Self::new(&table.name, key, &field))
    }

    /// The entries of the table that are meant, each with the field where one is named.
    pub(super) fn entries<'s>(&self, schema: &'s Schema) -> Result<(&'s Table, Vec<Entry>), LookupError> {
        let table = table(schema, &self.table)?;
        let part = self.key.as_deref().map_or(TablePart::All, TablePart::Entry);
        let mut chosen = part.choose(schema, table)?;
        let Some(field) = &self.field else {
            return Ok((table, chosen));
        };
        // A field that the models name has precedence over one of any name.
        for has in [Entry::has_leaf, Entry::has_field] {
            if chosen.iter().any(|entry| has(*entry, schema, field)) {
                chosen.retain(|entry| has(*entry, schema, field));
                return Ok((table, chosen));
            }
        }
        Err(TablePart::Field(field).unknown(schema, &table.name, &chosen))
    }
}

impl std::fmt::Display for PlaceName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let key = self.key.as_deref().unwrap_or(ANY);
        let tokens: &[&str] = match (&self.key, &self.field) {
            (None, None) => &[&self.table],
            (Some(_), None) => &[&self.table, key],
            (_, Some(field)) => &[&self.table, key, field],
        };
        f.write_str(&pointer::join(tokens.iter().copied()))
    }
}

fn is_index(token: &str) -> bool {
    token == "-" || !token.is_empty() && token.bytes().all(|digit| digit.is_ascii_digit())
}
