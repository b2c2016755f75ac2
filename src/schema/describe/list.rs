//! The list of all tables.

use serde::Serialize;

use crate::schema::{Schema, Table};

use super::entry::{Entry, entries};

/// A table in a list of tables.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableSummary<'a> {
    /// The name of the table.
    pub table: &'a str,
    /// The module that defines it.
    pub module: &'a str,
    /// How many leafs and leaf-lists its entries have, keys not counted.
    pub fields: usize,
    /// Whether an entry takes fields of any name.
    pub any_field: bool,
}

/// All tables, in order of their names. What only looks like a table, and has no entry that config_db
/// could hold, is left out.
pub fn summaries(schema: &Schema) -> Vec<TableSummary<'_>> {
    let tables = schema.tables.iter();
    let tables = tables.filter(|table| !entries(schema, table).is_empty());
    tables.map(|table| summary(schema, table)).collect()
}

fn summary<'a>(schema: &'a Schema, table: &'a Table) -> TableSummary<'a> {
    let count = |entry: Entry| entry.fields(schema).len();
    TableSummary {
        table: &table.name,
        module: &schema.module(schema.node(table.node).module).name,
        fields: entries(schema, table).into_iter().map(count).sum(),
        any_field: table.lists.iter().any(|list| list.rows.is_some()),
    }
}

/// Tables, modules and numbers of fields in columns, below a header.
pub fn overview(tables: &[TableSummary]) -> String {
    let widest = |header: &str, name: fn(&TableSummary) -> usize| {
        let widths = tables.iter().map(name);
        widths.max().unwrap_or_default().max(header.len())
    };
    let table_width = widest("TABLE", |row| row.table.len());
    let module_width = widest("MODULE", |row| row.module.len());
    let line = |table: &str, module: &str, fields: &str| {
        format!("{table:table_width$}  {module:module_width$}  {fields}\n")
    };
    let mut out = line("TABLE", "MODULE", "FIELDS");
    for row in tables {
        let fields = match (row.fields, row.any_field) {
            (0, true) => "any".to_owned(),
            (fields, true) => format!("{fields}, and any other"),
            (fields, false) => fields.to_string(),
        };
        out.push_str(&line(row.table, row.module, &fields));
    }
    out
}
