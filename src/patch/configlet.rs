//! Configlets: `[{"TABLE": {"key": {"key2": {"field": "value"}}}}]`, laid over a config or taken out of it, in
//! order.

use serde_json::{Map, Value};

use crate::config::debug_without_contents;
use crate::config::{CONFIG_DB_SEPARATOR, Document, JsonId, JsonKind, Source, Span, pointer};

use super::{SyntaxError, keep_order};

/// A configlet with the places of its entries.
#[derive(Clone)]
pub struct Configlet {
    document: Document,
    entries: Vec<Entry>,
}

debug_without_contents!(Configlet { document });

/// What a configlet says of one entry.
#[derive(Debug, Clone)]
struct Entry {
    table: String,
    /// `None` where a table is named alone.
    key: Option<String>,
    /// The object that holds the fields; the table, where it is named alone.
    fields: JsonId,
}

impl Configlet {
    /// Reads a configlet: one object of tables, or a list of them. Objects inside an entry are further
    /// parts of its key.
    ///
    /// # Errors
    /// [`SyntaxError`] with line and column where the text is not JSON or not of that form.
    pub fn parse(source: Source) -> Result<Self, SyntaxError> {
        let name = source.name.clone();
        let document = Document::parse(source).map_err(|error| SyntaxError::from_parse(&name, error))?;
        Self::of(document)
    }

    /// The configlet that a document holds.
    ///
    /// # Errors
    /// As [`Configlet::parse`], save that it is JSON.
    pub fn of(document: Document) -> Result<Self, SyntaxError> {
        let root = document.root();
        let parts: Vec<JsonId> = match document.kind(root) {
            JsonKind::Object => vec![root],
            JsonKind::Array => document.children(root).collect(),
            kind => {
                let message = format!(
                    "a configlet is a list of objects of tables, not {}",
                    kind.describe()
                );
                return Err(SyntaxError::at(&document, root, message));
            }
        };
        let mut entries = Vec::new();
        for part in parts {
            for table in children(&document, part, "an object of tables")? {
                let name = document.key(table);
                let named = children(&document, table, "an object of entries")?;
                if named.is_empty() {
                    entries.push(Entry {
                        table: name.to_owned(),
                        key: None,
                        fields: table,
                    });
                }
                for entry in named {
                    let key = document.key(entry).to_owned();
                    collect(&document, name, key, entry, &mut entries)?;
                }
            }
        }
        Ok(Configlet { document, entries })
    }

    /// The configlet's own document.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// The config with the configlet laid over it: its fields are set, others stay.
    pub fn update(&self, config: &Value) -> Value {
        let mut changed = match config {
            Value::Object(tables) => tables.clone(),
            _ => Map::new(),
        };
        for entry in &self.entries {
            let Some(key) = &entry.key else { continue };
            let table = changed
                .entry(entry.table.clone())
                .or_insert_with(|| Value::Object(Map::new()));
            let Value::Object(table) = table else { continue };
            let old = table
                .entry(key.clone())
                .or_insert_with(|| Value::Object(Map::new()));
            let Value::Object(old) = old else { continue };
            for field in self.document.children(entry.fields) {
                old.insert(self.document.key(field).to_owned(), self.document.to_value(field));
            }
        }
        keep_order(config, Value::Object(changed))
    }

    /// The config without what the configlet names: fields, whatever their values; the entry where it names no field;
    /// the table where it names no key. A table without entries is deleted too. What does not exist need not be
    /// deleted.
    pub fn delete(&self, config: &Value) -> Value {
        let mut changed = match config {
            Value::Object(tables) => tables.clone(),
            _ => Map::new(),
        };
        for entry in &self.entries {
            let Some(Value::Object(table)) = changed.get_mut(&entry.table) else {
                continue;
            };
            let Some(key) = &entry.key else {
                changed.shift_remove(&entry.table);
                continue;
            };
            let mut fields = self.document.children(entry.fields).peekable();
            if fields.peek().is_none() {
                table.shift_remove(key);
                if table.is_empty() {
                    changed.shift_remove(&entry.table);
                }
            } else if let Some(Value::Object(old)) = table.get_mut(key) {
                for field in fields {
                    old.shift_remove(self.document.key(field));
                }
            }
        }
        Value::Object(changed)
    }

    /// The place in the configlet that a place of the changed config is made from; `name` asks for the place of its
    /// name.
    pub fn origin(&self, place: &str, name: bool) -> Option<Span> {
        let tokens = pointer::split(place)?;
        let [table, key, rest @ ..] = &tokens[..] else {
            return None;
        };
        let found = self.entries.iter().rev().find_map(|entry| {
            if entry.table != *table || entry.key.as_ref().is_some_and(|own| own != key) {
                return None;
            }
            if entry.key.is_none() {
                return Some(entry.fields);
            }
            let Some((field, rest)) = rest.split_first() else {
                return Some(entry.fields);
            };
            let field = self.document.get(entry.fields, field)?;
            let element = rest.first().and_then(|index| index.parse().ok());
            Some(
                element
                    .and_then(|index| self.document.children(field).nth(index))
                    .unwrap_or(field),
            )
        })?;
        self.document.name_or_scalar(found, name)
    }
}

fn children(document: &Document, id: JsonId, wanted: &str) -> Result<Vec<JsonId>, SyntaxError> {
    match document.kind(id) {
        JsonKind::Object => Ok(document.children(id).collect()),
        kind => {
            let message = format!("{} where {wanted} belongs", kind.describe());
            Err(SyntaxError::at(document, id, message))
        }
    }
}

/// Finds the entries below a part of a key.
fn collect(
    document: &Document,
    table: &str,
    key: String,
    id: JsonId,
    entries: &mut Vec<Entry>,
) -> Result<(), SyntaxError> {
    let members = children(document, id, "an object of fields")?;
    let nested = |&member: &JsonId| document.kind(member) == JsonKind::Object;
    // An object without members names an entry, and its parents are parts of the key.
    if !members.is_empty() && members.iter().all(nested) {
        for member in members {
            let key = format!("{key}{CONFIG_DB_SEPARATOR}{}", document.key(member));
            collect(document, table, key, member, entries)?;
        }
        return Ok(());
    }
    if let Some(&member) = members.iter().find(|member| nested(member)) {
        let message = "fields and further parts of the key side by side";
        return Err(SyntaxError::at(document, member, message));
    }
    entries.push(Entry {
        table: table.to_owned(),
        key: Some(key),
        fields: id,
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fields_are_merged_and_keys_joined() {
        let text = r#"[{"VLAN": {"Vlan1": {"mtu": "9000"}}}, {"VLAN_MEMBER": {"Vlan1": {"Ethernet0": {"tagging_mode": "tagged"}}}}]"#;
        let configlet = Configlet::parse(Source::new("c", text)).unwrap();
        let config = json!({"VLAN": {"Vlan1": {"vlanid": "1", "mtu": "1"}}});
        assert_eq!(
            configlet.update(&config),
            json!({"VLAN": {"Vlan1": {"vlanid": "1", "mtu": "9000"}}, "VLAN_MEMBER": {"Vlan1|Ethernet0": {"tagging_mode": "tagged"}}})
        );
        let span = configlet
            .origin("/VLAN_MEMBER/Vlan1|Ethernet0/tagging_mode", false)
            .unwrap();
        assert_eq!(&text[span.start as usize..span.end as usize], "\"tagged\"");
    }

    #[test]
    fn fields_entries_and_tables_are_deleted() {
        let config = json!({
            "VLAN": {"Vlan1": {"mtu": "1", "dhcp_servers": ["1.1.1.1", "2.2.2.2"]}, "Vlan2": {}},
            "VLAN_MEMBER": {"Vlan1|Ethernet0": {"tagging_mode": "tagged"}},
            "PORT": {"Ethernet0": {}, "Ethernet4": {}},
            "LLDP": {"GLOBAL": {"enabled": "true"}},
        });
        let delete = |text| Configlet::parse(Source::new("c", text)).unwrap().delete(&config);
        assert_eq!(
            delete(
                r#"[{"VLAN": {"Vlan1": {"dhcp_servers": ["1.1.1.1"]}, "Vlan2": {}}, "VLAN_MEMBER": {"Vlan1": {"Ethernet0": {}}}},
                    {"PORT": {}}]"#
            ),
            json!({"VLAN": {"Vlan1": {"mtu": "1"}}, "LLDP": {"GLOBAL": {"enabled": "true"}}})
        );
        assert_eq!(
            delete(r#"{"LLDP": {"GLOBAL": {"enabled": ""}}}"#)["LLDP"],
            json!({"GLOBAL": {}})
        );
        let nothing = r#"{"X": {}, "Y": {"a": {}}, "VLAN": {"Vlan3": {}, "Vlan1": {"f": ""}}, "PORT": {"Ethernet8": {"f": ""}}}"#;
        assert_eq!(delete(nothing), config);
    }

    #[test]
    fn other_forms_are_refused_with_their_place() {
        let message = |text| Configlet::parse(Source::new("c", text)).unwrap_err().to_string();
        assert_eq!(
            message("7"),
            "c:1:1: a configlet is a list of objects of tables, not a number"
        );
        assert_eq!(
            message("[{\"T\": []}]"),
            "c:1:8: a list where an object of entries belongs"
        );
        assert_eq!(
            message("[{\"T\": {\"k\": {\"f\": \"v\", \"x\": {}}}}]"),
            "c:1:30: fields and further parts of the key side by side"
        );
    }
}
