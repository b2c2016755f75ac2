//! The part of a table that a user asks for.

use thiserror::Error;

use crate::config::{CONFIG_DB_SEPARATOR, nearest};
use crate::schema::{Schema, Table};

use super::entry::{Entry, entries};
use super::joined;

/// Why there is nothing to describe.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LookupError {
    /// There is no such table.
    #[error("no model defines the table {table:?}{}", did_you_mean(near.as_deref()))]
    Table {
        /// The name that was asked for.
        table: String,
        /// A table of a similar name.
        near: Option<String>,
    },
    /// The table has no entry with such a key.
    #[error("the table {table:?} has no entry with the key {key:?}; its entries: {entries}")]
    Entry {
        /// The table.
        table: String,
        /// The key that was asked for.
        key: String,
        /// What its entries look like.
        entries: String,
    },
    /// It is no place in a config.
    #[error(
        "{text:?} is no place in a config: write /TABLE, /TABLE/key, /TABLE/key/field, 'TABLE|key' or TABLE.field"
    )]
    Place {
        /// What was written.
        text: String,
    },
    /// The table has no such field.
    #[error("the table {table:?} has no field {field:?}{}", did_you_mean(near.as_deref()))]
    Field {
        /// The table.
        table: String,
        /// The name that was asked for.
        field: String,
        /// A field of a similar name.
        near: Option<String>,
    },
}

fn did_you_mean(near: Option<&str>) -> String {
    near.map(|near| format!("; did you mean {near:?}?"))
        .unwrap_or_default()
}

/// The table of a name.
///
/// # Errors
/// [`LookupError::Table`]: no model defines it.
pub fn table<'a>(schema: &'a Schema, name: &str) -> Result<&'a Table, LookupError> {
    schema.tables.get(name).ok_or_else(|| {
        let names = schema.tables.iter().map(|table| table.name.as_ref());
        LookupError::Table {
            table: name.to_owned(),
            near: nearest(name, names).map(str::to_owned),
        }
    })
}

/// What of a table is asked for.
#[derive(Clone, Copy)]
pub enum TablePart<'a> {
    /// All parts of the table.
    All,
    /// Entries with such a key.
    Entry(&'a str),
    /// One field of its entries.
    Field(&'a str),
}

impl<'a> TablePart<'a> {
    /// Takes `TABLE`, `TABLE|key` and `TABLE.field` apart. A key may have dots.
    pub fn of(what: &'a str) -> (&'a str, Self) {
        if let Some((table, key)) = what.split_once(CONFIG_DB_SEPARATOR) {
            (table, TablePart::Entry(key))
        } else if let Some((table, field)) = what.split_once('.') {
            (table, TablePart::Field(field))
        } else {
            (what, TablePart::All)
        }
    }

    /// The field that is asked for.
    pub fn field(self) -> Option<&'a str> {
        match self {
            TablePart::Field(field) => Some(field),
            _ => None,
        }
    }

    /// The entries of a table that are meant.
    pub fn choose(self, schema: &Schema, table: &Table) -> Result<Vec<Entry>, LookupError> {
        let all = entries(schema, table);
        let is_meant = |entry: &Entry| match self {
            TablePart::All => true,
            TablePart::Entry(key) => entry.takes(schema, key),
            TablePart::Field(name) => entry.has_field(schema, name),
        };
        let mut chosen: Vec<Entry> = all.iter().copied().filter(is_meant).collect();
        if let (TablePart::Entry(key), true) = (self, chosen.len() > 1) {
            // An entry of this name has precedence over lists.
            let named = |entry: &Entry| entry.keys(schema).is_empty() && entry.takes(schema, key);
            if chosen.iter().any(named) {
                chosen.retain(named);
            }
        }
        let table = table.name.to_string();
        match self {
            TablePart::Entry(key) if chosen.is_empty() => Err(LookupError::Entry {
                key: key.to_owned(),
                entries: joined(all.iter().map(|entry| entry.title(schema, &table))),
                table,
            }),
            TablePart::Field(_) if chosen.is_empty() => Err(self.unknown(schema, &table, &all)),
            _ => Ok(chosen),
        }
    }

    /// That entries of a table have no such field.
    pub fn unknown(self, schema: &Schema, table: &str, entries: &[Entry]) -> LookupError {
        let field = self.field().unwrap_or_default();
        let nodes = entries.iter().flat_map(|entry| entry.leafs(schema));
        let names = nodes.map(|node| schema.node(node).name.as_ref());
        LookupError::Field {
            near: nearest(field, names).map(str::to_owned),
            field: field.to_owned(),
            table: table.to_owned(),
        }
    }
}
