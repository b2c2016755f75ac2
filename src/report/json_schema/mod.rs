//! The models as JSON Schema (2020-12) of a config_db.json, so that an editor checks and completes while typing.
//!
//! It takes whatever [`validate`](crate::validate::validate) takes, and refuses what a value alone shows to be wrong.
//! What looks at other values (leafref, must, when) is left to validation; `$comment` says where.

mod entry;
mod numbers;
mod types;

use rustc_hash::FxHashMap;
use serde_json::{Map, Value, json};

use crate::policy::Policy;
use crate::schema::{PlaceFacts, Schema, all_facts};

use types::Types;

/// The dialect.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";
/// How long a type is, at least, that is written once if it is met again.
const LONG: usize = 60;

/// A document of JSON Schema for the configs that have all tables of a schema, or for those of one table: other
/// tables are not looked into then. It ends with a line feed.
pub fn json_schema(schema: &Schema, policy: &Policy, table: Option<&str>) -> String {
    let mut tables = all_facts(schema);
    tables.retain(|facts| !facts.entries.is_empty() && table.is_none_or(|only| only == facts.table));
    let mut counts = FxHashMap::default();
    // Twice: what is met more than once is known only at the end.
    let mut document = Value::Null;
    for _ in 0..2 {
        let mut writer = Writer {
            schema,
            policy,
            types: Types::new(schema, std::mem::take(&mut counts)),
        };
        document = writer.document(&tables, table);
        counts = writer.types.met();
    }
    on_lines(&document)
}

/// How deep members stand on lines of their own: a table is one line.
const LINES: usize = 2;

/// The text of a document, without the white space that would be a third of it.
fn on_lines(document: &Value) -> String {
    let mut text = String::new();
    write_lines(document, 0, &mut text);
    text.push('\n');
    text
}

fn write_lines(value: &Value, depth: usize, text: &mut String) {
    let Value::Object(members) = value else {
        return text.push_str(&value.to_string());
    };
    if depth >= LINES || members.is_empty() {
        return text.push_str(&value.to_string());
    }
    for (at, (name, member)) in members.iter().enumerate() {
        text.push_str(if at == 0 { "{\n" } else { ",\n" });
        text.push_str(&"  ".repeat(depth + 1));
        text.push_str(&Value::from(name.as_str()).to_string());
        text.push_str(": ");
        write_lines(member, depth + 1, text);
    }
    text.push('\n');
    text.push_str(&"  ".repeat(depth));
    text.push('}');
}

struct Writer<'s> {
    schema: &'s Schema,
    policy: &'s Policy,
    types: Types<'s>,
}

impl Writer<'_> {
    fn document(&mut self, tables: &[PlaceFacts], only: Option<&str>) -> Value {
        let mut properties = Map::new();
        for facts in tables {
            properties.insert(facts.table.clone(), self.table(facts));
        }
        let comment = match only {
            Some(table) => format!("Tables other than {table} are not looked into."),
            None => "A table that is not listed has no model, and is not looked into.".to_owned(),
        };
        let mut document = json!({
            "$schema": DIALECT,
            "title": "config_db.json",
            "description": "The configuration of a SONiC switch: tables of entries of fields.",
            "$comment": format!(
                "{comment} References, conditions and what a policy asks for are left to sonicfg validate."
            ),
            "type": "object",
            "properties": properties,
            "additionalProperties": {"type": "object"},
        });
        let shared = self.types.shared();
        if !shared.is_empty() {
            document["$defs"] = shared.into();
        }
        document
    }
}
