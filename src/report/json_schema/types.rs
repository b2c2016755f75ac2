//! Values by their types: all are strings.

use rustc_hash::FxHashMap;
use serde_json::{Map, Value, json};

use crate::schema::{ModuleId, NodeId, PatternUse, Range, Schema, TypeId, TypeKind};

use super::LONG;
use super::numbers::{decimal, integer};

/// Writes types, those that are met more than once in one place.
pub struct Types<'s> {
    schema: &'s Schema,
    /// How often each was met the last time.
    counts: FxHashMap<String, usize>,
    /// How often each is met.
    met: FxHashMap<String, usize>,
    /// Names of what is shared, by content.
    names: FxHashMap<String, String>,
    shared: Map<String, Value>,
}

/// The schema of any string.
pub fn any_text() -> Value {
    json!({"type": "string"})
}

/// Whether it takes any string.
pub fn is_any_text(schema: &Value) -> bool {
    schema.as_object().is_some_and(|schema| {
        schema
            .iter()
            .all(|(key, value)| key == "$comment" || key == "type" && value == "string")
    })
}

/// A text in a pattern that it alone matches.
pub fn escaped(text: &str) -> String {
    let mut pattern = String::new();
    for c in text.chars() {
        if "^$\\.*+?()[]{}|/".contains(c) {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

impl<'s> Types<'s> {
    /// For the types of a schema, by how often each was met before.
    pub fn new(schema: &'s Schema, counts: FxHashMap<String, usize>) -> Self {
        Types {
            schema,
            counts,
            met: FxHashMap::default(),
            names: FxHashMap::default(),
            shared: Map::new(),
        }
    }

    /// How often each was met.
    pub fn met(self) -> FxHashMap<String, usize> {
        self.met
    }

    /// What is shared, by name.
    pub fn shared(&mut self) -> Map<String, Value> {
        let mut shared: Vec<(String, Value)> = std::mem::take(&mut self.shared).into_iter().collect();
        shared.sort_by(|one, other| one.0.cmp(&other.0));
        shared.into_iter().collect()
    }

    /// A value of a leaf, or a reference to where its type is written.
    pub fn of(&mut self, leaf: NodeId) -> Value {
        let Some(id) = self.schema.value_type(leaf) else {
            return any_text();
        };
        let value = self.whole(id, self.schema.node(leaf).module);
        let content = value.to_string();
        if content.len() < LONG {
            return value;
        }
        let count = self.met.entry(content.clone()).or_default();
        *count += 1;
        if self.counts.get(&content).is_none_or(|&count| count < 2) {
            return value;
        }
        let name = self.schema.ty(id).name.as_deref().unwrap_or("type").to_owned();
        self.share(&name, value)
    }

    /// Writes something in a place of its own, and gives the reference to it.
    pub fn share(&mut self, name: &str, value: Value) -> Value {
        let content = value.to_string();
        let name = match self.names.get(&content) {
            Some(name) => name.clone(),
            None => {
                let free = |name: &String| !self.shared.contains_key(name);
                let numbered = (2..).map(|number| format!("{name}-{number}"));
                let name = std::iter::once(name.to_owned()).chain(numbered).find(free);
                let name = name.unwrap_or_default();
                self.names.insert(content, name.clone());
                self.shared.insert(name.clone(), value);
                name
            }
        };
        let pointer: String = name.replace('~', "~0").replace('/', "~1").replace('|', "%7C");
        json!({"$ref": format!("#/$defs/{pointer}")})
    }

    fn whole(&mut self, id: TypeId, module: ModuleId) -> Value {
        match &self.schema.ty(id).kind {
            TypeKind::Integer { kind, range } => {
                let bounds = kind.bounds();
                let parts = range.as_ref().map_or(vec![bounds], |range| range.parts.clone());
                json!({"type": "string", "pattern": format!("^{}$", integer(&parts))})
            }
            TypeKind::Decimal64 { digits, range } => {
                let mut value = json!({"type": "string", "pattern": format!("^{}$", decimal(*digits))});
                if range.is_some() {
                    value["$comment"] = "left to validate: range".into();
                }
                value
            }
            TypeKind::String {
                length,
                patterns,
                form,
            } => {
                let mut value = self.string(length.as_ref(), patterns);
                if form.is_some() && value.get("$comment").is_none() {
                    value.insert(
                        "$comment".to_owned(),
                        "left to validate: whether there is such a one".into(),
                    );
                }
                value.into()
            }
            TypeKind::Boolean => json!({"enum": ["true", "false"]}),
            TypeKind::Enumeration(values) => {
                json!({"enum": values.iter().map(|value| &value.name).collect::<Vec<_>>()})
            }
            TypeKind::Bits(values) => {
                let names: Vec<String> = values.iter().map(|value| escaped(&value.name)).collect();
                let bit = names.join("|");
                let space = "[ \\t\\n\\r]";
                json!({
                    "type": "string",
                    "pattern": format!("^{space}*(?:(?:{bit})(?:{space}+(?:{bit}))*{space}*)?$"),
                })
            }
            TypeKind::Identityref { bases } => {
                let known: Vec<_> = self.schema.identities_of(bases).collect();
                let names: Vec<String> = known
                    .iter()
                    .map(|&id| self.schema.identity_word(id, module))
                    .collect();
                // Its own module may stand in front, or the colon alone.
                let own = known.iter().map(|&id| self.schema.identity(id));
                let own: Vec<String> = own
                    .filter(|identity| identity.module == module)
                    .map(|identity| escaped(&identity.name))
                    .collect();
                if own.is_empty() {
                    return json!({"enum": names});
                }
                let prefix = escaped(&self.schema.module(module).name);
                json!({"anyOf": [
                    {"enum": names},
                    {"type": "string", "pattern": format!("^(?:{prefix})?:(?:{})$", own.join("|"))},
                ]})
            }
            TypeKind::Leafref { target, .. } => self.whole(*target, module),
            TypeKind::Union(members) => self.union(members, module),
            TypeKind::Binary { .. } | TypeKind::Empty => any_text(),
        }
    }

    fn string(&self, length: Option<&Range>, patterns: &[PatternUse]) -> Map<String, Value> {
        let mut value = Map::new();
        value.insert("type".to_owned(), "string".into());
        let parts = length.map_or(&[][..], |length| &length.parts);
        if let [(min, _), ..] = parts
            && let Ok(min) = u64::try_from(*min)
            && min > 0
        {
            value.insert("minLength".to_owned(), min.into());
        }
        if let [.., (_, max)] = parts
            && let Ok(max) = u32::try_from(*max)
        {
            value.insert("maxLength".to_owned(), max.into());
        }
        let mut left: Vec<String> = Vec::new();
        let mut all: Vec<Value> = Vec::new();
        for used in patterns {
            let pattern = &self.schema.patterns[used.pattern.index()];
            match pattern.ecma(self.schema.dialect) {
                Some(text) if used.inverted => all.push(json!({"not": {"pattern": anchored(&text)}})),
                Some(text) => all.push(json!({"pattern": anchored(&text)})),
                None => left.push(format!("pattern '{}'", pattern.text)),
            }
        }
        match &all[..] {
            [] => {}
            [Value::Object(only)] => value.extend(only.clone()),
            _ => {
                value.insert("allOf".to_owned(), all.into());
            }
        }
        if parts.len() > 1 {
            left.push("length".to_owned());
        }
        if !left.is_empty() {
            let left = format!("left to validate: {}", left.join(", "));
            value.insert("$comment".to_owned(), left.into());
        }
        value
    }

    /// Words of all members together; then the other members.
    fn union(&mut self, members: &[TypeId], module: ModuleId) -> Value {
        let mut words: Vec<Value> = Vec::new();
        let mut others: Vec<Value> = Vec::new();
        let mut rest: Vec<Value> = members.iter().map(|&member| self.whole(member, module)).collect();
        rest.reverse();
        while let Some(member) = rest.pop() {
            if is_any_text(&member) {
                return any_text();
            }
            let only = member.as_object().filter(|object| object.len() == 1);
            if let Some(Value::Array(values)) = only.and_then(|object| object.get("enum")) {
                words.extend(
                    values
                        .iter()
                        .filter(|value| !words.contains(value))
                        .cloned()
                        .collect::<Vec<_>>(),
                );
            } else if let Some(Value::Array(inner)) = only.and_then(|object| object.get("anyOf")) {
                rest.extend(inner.iter().rev().cloned());
            } else if !others.contains(&member) {
                others.push(member);
            }
        }
        if !words.is_empty() {
            others.insert(0, json!({"enum": words}));
        }
        match others.len() {
            1 => others.swap_remove(0),
            _ => json!({"anyOf": others}),
        }
    }

    /// A part of a key: a pattern that takes all its values, and no bar where that is easily said.
    pub fn part(&self, id: TypeId) -> String {
        let any = || "[^|]*".to_owned();
        match &self.schema.ty(id).kind {
            TypeKind::Integer { kind, range } => {
                let parts = range
                    .as_ref()
                    .map_or(vec![kind.bounds()], |range| range.parts.clone());
                integer(&parts)
            }
            TypeKind::Enumeration(values) => {
                let names: Vec<String> = values.iter().map(|value| escaped(&value.name)).collect();
                format!("(?:{})", names.join("|"))
            }
            TypeKind::Boolean => "(?:true|false)".to_owned(),
            TypeKind::Leafref { target, .. } => self.part(*target),
            TypeKind::String { patterns, .. } => match &patterns[..] {
                [only] if !only.inverted => {
                    let pattern = self.schema.patterns[only.pattern.index()].ecma(self.schema.dialect);
                    pattern.map_or_else(any, |text| format!("(?:{text})"))
                }
                _ => any(),
            },
            TypeKind::Union(members) => {
                let mut parts: Vec<String> = Vec::new();
                for &member in members {
                    let part = self.part(member);
                    if part == any() {
                        return part;
                    }
                    if !parts.contains(&part) {
                        parts.push(part);
                    }
                }
                format!("(?:{})", parts.join("|"))
            }
            _ => any(),
        }
    }
}

fn anchored(pattern: &str) -> String {
    format!("^(?:{pattern})$")
}
