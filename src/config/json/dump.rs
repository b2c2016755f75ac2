//! The output of `sonic-db-dump`: a member for each key of the database.

use rustc_hash::FxHashMap;

use super::super::document::CONFIG_DB_SEPARATOR;
use super::{Document, JsonId, JsonKind, Key, NO_TEXT, NONE, Text, link, push};

/// What the name of a list field ends with in Redis.
const LIST: char = '@';
/// What joins the elements of a list in Redis.
const JOINT: char = ',';

/// A table of the config while it is made.
struct OpenTable {
    id: u32,
    /// Its last entry.
    last: u32,
}

impl Document {
    /// The config in a dump of CONFIG_DB, `{"TABLE|key": {"type": "hash", "value": {"field": "value", "list@": "a,b"}}}`;
    /// `None` where the document has another form. Values keep their places in the text.
    pub fn from_dump(&self) -> Option<Document> {
        let root = self.root();
        let is_key = |id: JsonId| {
            let kind = |name| self.get(id, name).map(|member| self.kind(member));
            kind("type") == Some(JsonKind::String) && kind("value").is_some()
        };
        if self.children(root).next().is_none() || !self.children(root).all(is_key) {
            return None;
        }
        let mut config = Document {
            source: self.source.clone(),
            unescaped: self.unescaped.clone(),
            nodes: Vec::with_capacity(self.nodes.len()),
            root: 0,
        };
        let span = self.node(root).span;
        push(&mut config.nodes, JsonKind::Object, Key::root(), NO_TEXT, span);
        let mut tables: FxHashMap<&str, OpenTable> = FxHashMap::default();
        let mut last = NONE;
        for key in self.children(root) {
            // Other keys, such as CONFIG_DB_INITIALIZED, are no entries.
            let is_hash = self.get(key, "type").is_some_and(|id| self.scalar(id) == "hash");
            let (Some((table, _)), true) = (self.key(key).split_once(CONFIG_DB_SEPARATOR), is_hash) else {
                continue;
            };
            let table = tables.entry(table).or_insert_with(|| {
                let id = config.add_table(self, key, table.len());
                link(&mut config.nodes, 0, &mut last, id);
                OpenTable { id, last: NONE }
            });
            config.add_entry(self, key, table)?;
        }
        Some(config)
    }

    /// Adds the table of a key of a dump, whose name has so many bytes.
    fn add_table(&mut self, dump: &Document, key: JsonId, length: usize) -> u32 {
        let node = dump.node(key);
        let text = Text {
            start: node.key.start,
            len: length as u32,
        };
        let key = Key {
            parent: 0,
            text,
            span: node.key_span,
        };
        push(&mut self.nodes, JsonKind::Object, key, NO_TEXT, node.span)
    }

    fn add_entry(&mut self, dump: &Document, key: JsonId, table: &mut OpenTable) -> Option<()> {
        let node = dump.node(key);
        let skipped = self.nodes[table.id as usize].key.len + 1;
        let name = Key {
            parent: table.id,
            text: Text {
                start: node.key.start + skipped,
                len: node.key.len - skipped,
            },
            span: node.key_span,
        };
        let entry = push(&mut self.nodes, JsonKind::Object, name, NO_TEXT, node.span);
        link(&mut self.nodes, table.id, &mut table.last, entry);
        let value = dump.get(key, "value")?;
        let mut last = NONE;
        for field in dump
            .children(value)
            .filter(|&field| !dump.is_stored_marker(field))
        {
            let node = dump.node(field);
            if node.kind != JsonKind::String {
                return None;
            }
            let is_list = dump.key(field).ends_with(LIST);
            let key = Key {
                parent: entry,
                text: Text {
                    len: node.key.len - u32::from(is_list),
                    ..node.key
                },
                span: node.key_span,
            };
            let id = if is_list {
                let list = push(&mut self.nodes, JsonKind::Array, key, NO_TEXT, node.span);
                self.add_elements(dump, field, list);
                list
            } else {
                push(&mut self.nodes, JsonKind::String, key, node.text, node.span)
            };
            link(&mut self.nodes, entry, &mut last, id);
        }
        Some(())
    }

    fn add_elements(&mut self, dump: &Document, field: JsonId, list: u32) {
        let node = dump.node(field);
        let mut last = NONE;
        let mut start = node.text.start;
        for (position, element) in dump.scalar(field).split(JOINT).enumerate() {
            let text = Text {
                start,
                len: element.len() as u32,
            };
            start += text.len + 1;
            let key = Key::item(list, position);
            let id = push(&mut self.nodes, JsonKind::String, key, text, node.span);
            link(&mut self.nodes, list, &mut last, id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::source::Source;
    use super::*;
    use serde_json::json;

    fn config(text: &str) -> Option<Document> {
        Document::parse(Source::new("dump.json", text))
            .unwrap()
            .from_dump()
    }

    #[test]
    fn keys_become_entries_with_their_places() {
        let text = r#"{"PORT|Ethernet0": {"ttl": -1, "type": "hash", "value": {"mtu": "9100", "lanes@": "1,2"}},
 "CONFIG_DB_INITIALIZED": {"type": "string", "value": "1"},
 "VLAN_MEMBER|Vlan1|Ethernet0": {"type": "hash", "value": {"NULL": "NULL"}},
 "PORT|Ethernet\u0034": {"type": "hash", "value": {"lanes@": "", "description": "a \"b\""}}}"#;
        let config = config(text).unwrap();
        assert_eq!(
            config.to_value(config.root()),
            json!({
                "PORT": {
                    "Ethernet0": {"mtu": "9100", "lanes": ["1", "2"]},
                    "Ethernet4": {"lanes": [""], "description": "a \"b\""}
                },
                "VLAN_MEMBER": {"Vlan1|Ethernet0": {}}
            })
        );
        let lane = config.find("/PORT/Ethernet0/lanes/1").unwrap();
        let span = config.span(lane).unwrap();
        assert_eq!(&text[span.start as usize..span.end as usize], "\"1,2\"");
        assert_eq!(config.pointer(lane), "/PORT/Ethernet0/lanes/1");
    }

    #[test]
    fn other_forms_are_no_dumps() {
        for text in [
            "{}",
            "[]",
            r#"{"PORT": {"Ethernet0": {"type": "hash", "value": "x"}}}"#,
            r#"{"PORT": {"type": {"a": "1"}, "value": {"a": "1"}}}"#,
            r#"{"T|k": {"type": "hash", "value": {"f": 1}}}"#,
        ] {
            assert!(config(text).is_none(), "{text}");
        }
    }
}
