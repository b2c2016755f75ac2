//! Tables, entries and fields.

use serde_json::{Map, Value, json};

use crate::config::CONFIG_DB_SEPARATOR;
use crate::schema::{EntryFacts, FieldFacts, NodeId, NodeKind, PlaceFacts, Retired, Role, TypeKind};

use super::Writer;
use super::types::{any_text, is_any_text};

/// How many keys are listed one by one at most.
const MOST_KEYS: usize = 64;
/// How long the words for a type may be in a description.
const MOST_WORDS: usize = 200;

impl Writer<'_> {
    /// A table: an object of entries, by their keys.
    pub fn table(&mut self, facts: &PlaceFacts) -> Value {
        let mut named = Map::new();
        let mut lists: Vec<&EntryFacts> = Vec::new();
        for entry in &facts.entries {
            match &self.schema.node(entry.node).kind {
                NodeKind::List(_) => lists.push(entry),
                _ => {
                    let name = self.schema.node(entry.node).name.to_string();
                    named.insert(name, self.entry(entry));
                }
            }
        }
        let mut table = described(facts.description.as_deref());
        table.insert("type".to_owned(), "object".into());
        let names = self.names(&lists, &named);
        let mut groups: Vec<(usize, Vec<&EntryFacts>)> = Vec::new();
        for &list in &lists {
            let count = self.keys(list).len();
            match groups.iter_mut().find(|(known, _)| *known == count) {
                Some((_, group)) => group.push(list),
                None => groups.push((count, vec![list])),
            }
        }
        let mut patterns = Map::new();
        let mut others = Value::Bool(false);
        match &groups[..] {
            [] => {}
            [(_, group)] => {
                others = self.any_of(group);
                self.add_listed(group, &mut named, &mut others);
                if named.is_empty()
                    && let [list] = group[..]
                    && let NodeKind::List(node) = &self.schema.node(list.node).kind
                    && node.max < u32::MAX
                {
                    table.insert("maxProperties".to_owned(), node.max.into());
                }
            }
            several => {
                for (count, group) in several {
                    patterns.insert(of_parts(*count, &named), self.any_of(group));
                }
            }
        }
        if !named.is_empty() {
            table.insert("properties".to_owned(), named.into());
        }
        if !patterns.is_empty() {
            table.insert("patternProperties".to_owned(), patterns.into());
        }
        if let Some(names) = names {
            table.insert("propertyNames".to_owned(), names);
        }
        table.insert("additionalProperties".to_owned(), others);
        table.into()
    }

    fn keys(&self, list: &EntryFacts) -> Vec<NodeId> {
        match &self.schema.node(list.node).kind {
            NodeKind::List(list) => list.keys.clone(),
            _ => Vec::new(),
        }
    }

    /// What keys may be; `None` where there is nothing to say.
    fn names(&mut self, lists: &[&EntryFacts], named: &Map<String, Value>) -> Option<Value> {
        if lists.is_empty() {
            return None;
        }
        let mut forms: Vec<Value> = Vec::new();
        if !named.is_empty() {
            forms.push(json!({"enum": named.keys().collect::<Vec<_>>()}));
        }
        for list in lists {
            let keys = self.keys(list);
            let types: Vec<_> = keys
                .iter()
                .filter_map(|&key| self.schema.value_type(key))
                .collect();
            let form = match keys[..] {
                [only] => {
                    let ty = self.types.of(only);
                    match is_any_text(&ty) {
                        true => json!({"pattern": "^[^|]*$"}),
                        false => ty,
                    }
                }
                _ => {
                    let parts: Vec<String> = types.iter().map(|&ty| self.types.part(ty)).collect();
                    json!({"pattern": format!("^{}$", parts.join("\\|"))})
                }
            };
            if !forms.contains(&form) {
                forms.push(form);
            }
        }
        match forms.len() {
            1 => forms.pop(),
            _ => Some(json!({"anyOf": forms})),
        }
    }

    /// The entries of lists whose keys have as many parts: it is for validation to say which is meant.
    fn any_of(&mut self, lists: &[&EntryFacts]) -> Value {
        let mut entries: Vec<Value> = lists.iter().map(|list| self.entry(list)).collect();
        match entries.len() {
            1 => entries.swap_remove(0),
            _ => json!({"anyOf": entries}),
        }
    }

    /// Lists entries by their keys where there are few that these can have.
    fn add_listed(&mut self, group: &[&EntryFacts], named: &mut Map<String, Value>, others: &mut Value) {
        let [list] = group else { return };
        let [key] = list
            .fields
            .iter()
            .filter(|field| field.role == Role::Key)
            .collect::<Vec<_>>()[..]
        else {
            return;
        };
        let Some(ty) = self.schema.value_type(key.node) else {
            return;
        };
        let is_closed = matches!(
            self.schema.ty(ty).kind,
            TypeKind::Enumeration(_) | TypeKind::Identityref { .. }
        );
        let values = &key.allowed.values;
        if !is_closed || values.is_empty() || values.len() > MOST_KEYS {
            return;
        }
        let entry = self
            .types
            .share(&list.name.replace(['<', '>'], ""), others.clone());
        for (name, description) in values {
            let mut known = described(Some(description));
            known.extend(
                entry
                    .as_object()
                    .into_iter()
                    .flatten()
                    .map(|(key, value)| (key.clone(), value.clone())),
            );
            // A container of this name comes first.
            named.entry(name).or_insert(known.into());
        }
        *others = entry;
    }

    /// An entry: an object of fields.
    fn entry(&mut self, facts: &EntryFacts) -> Value {
        let mut entry = described(facts.description.as_deref());
        let (mut properties, mut required) = (Map::new(), Vec::new());
        let mut rows = None;
        let mut row_names = None;
        for field in &facts.fields {
            match field.role {
                Role::Field => {
                    if self.is_required(facts.node, field.node) {
                        required.push(field.name.clone());
                    }
                    properties.extend(self.field(&facts.name, field));
                }
                Role::AnyValue => rows = Some(self.value(field)),
                Role::AnyName => row_names = Some(self.types.of(field.node)),
                Role::Key => {}
            }
        }
        properties.extend(self.retired(facts.node));
        if let Some(names) = row_names.filter(|names| !is_any_text(names)) {
            let known: Vec<&str> = properties.keys().map(String::as_str).collect();
            let names = match known.is_empty() {
                true => names,
                false => json!({"anyOf": [{"enum": known}, names]}),
            };
            entry.insert("propertyNames".to_owned(), names);
        }
        entry.insert("type".to_owned(), "object".into());
        if !properties.is_empty() {
            entry.insert("properties".to_owned(), properties.into());
        }
        if !required.is_empty() {
            entry.insert("required".to_owned(), required.into());
        }
        entry.insert(
            "additionalProperties".to_owned(),
            rows.unwrap_or(Value::Bool(false)),
        );
        let left = left_to_validate(&facts.conditions.iter().map(|c| c.kind).collect::<Vec<_>>(), &[]);
        entry.extend(left.map(|left| ("$comment".to_owned(), left.into())));
        entry.into()
    }

    /// Whether a field must be there whatever other fields say.
    fn is_required(&self, entry: NodeId, field: NodeId) -> bool {
        let node = self.schema.node(field);
        let is_mandatory = matches!(&node.kind, NodeKind::Leaf(leaf) if leaf.mandatory);
        let is_plain = node.parent == Some(entry) && node.config && node.whens.is_empty();
        is_mandatory && is_plain && self.schema.retired(field).is_none()
    }

    /// A field by its name, if a config may have it.
    fn field(&mut self, entry: &str, field: &FieldFacts) -> Option<(String, Value)> {
        let is_config = self.schema.node(field.node).config;
        let is_retired = self.schema.retired(field.node).is_some();
        if !is_config || is_retired {
            return None;
        }
        let mut value = if field.list {
            self.list(entry, field)
        } else {
            self.value(field)
        };
        if let Value::Object(value) = &mut value {
            self.annotate(field, value);
        }
        Some((field.name.clone(), value))
    }

    /// Fields that flags have replaced: those that the models still define are to be avoided, others are not allowed where
    /// they are errors.
    fn retired(&mut self, entry: NodeId) -> Vec<(String, Value)> {
        let schema = self.schema;
        let retired = schema.retired.iter().filter(|retired| retired.holder == entry);
        let of = |retired: &crate::schema::RetiredLeaf| {
            let flag = schema.flag_key(retired.flag);
            let description = format!("Retired: the flag SYSTEM_DEFAULTS|{flag} has taken its place.");
            let mut value = described(Some(&description));
            let is_error = matches!(schema.retired_mode, Retired::Error | Retired::ByModels);
            if retired.unknown && is_error {
                value.insert("not".to_owned(), json!({}));
            } else {
                value.insert("deprecated".to_owned(), true.into());
            }
            (schema.node(retired.node).name.to_string(), value.into())
        };
        retired.map(of).collect()
    }

    /// A value that is one string.
    fn value(&mut self, field: &FieldFacts) -> Value {
        self.types.of(field.node)
    }

    /// A list of strings; some are kept as one.
    fn list(&mut self, entry: &str, field: &FieldFacts) -> Value {
        let items = self.value(field);
        let table = entry.split(CONFIG_DB_SEPARATOR).next().unwrap_or_default();
        let joint = self.policy.joined_by(table, &field.name);
        let mut list = Map::new();
        list.insert("type".to_owned(), "array".into());
        // One empty string stands for no element.
        let takes_blank = is_any_text(&items);
        if takes_blank {
            list.insert("items".to_owned(), items);
        } else {
            list.insert("anyOf".to_owned(), json!([{"items": items}, {"const": [""]}]));
        }
        list.insert("uniqueItems".to_owned(), true.into());
        if let NodeKind::LeafList(node) = &self.schema.node(field.node).kind
            && node.max < u32::MAX
        {
            list.insert("maxItems".to_owned(), node.max.max(1).into());
        }
        // A list of types is no good style, and strict validators refuse it.
        match joint {
            Some(_) => json!({"anyOf": [list, any_text()]}),
            None => list.into(),
        }
    }

    /// What is said of a field beside its values.
    fn annotate(&self, field: &FieldFacts, value: &mut Map<String, Value>) {
        let mut words: Vec<String> = field.description.iter().cloned().collect();
        if field.type_words.len() <= MOST_WORDS {
            words.push(format!("({})", field.type_words));
        }
        if let Some(units) = &field.units {
            words.push(format!("In {units}."));
        }
        let mut all = described(Some(&words.join(" ")));
        match &field.default[..] {
            [] => {}
            [default] if !field.list => {
                all.insert("default".to_owned(), default.clone().into());
            }
            defaults => {
                all.insert("default".to_owned(), defaults.into());
            }
        }
        if field.status.is_some() {
            all.insert("deprecated".to_owned(), true.into());
        }
        let kinds: Vec<&str> = field.conditions.iter().map(|condition| condition.kind).collect();
        let targets: Vec<&str> = field
            .refers_to
            .iter()
            .filter(|target| target.must_exist)
            .map(|target| target.name.as_str())
            .collect();
        let left = left_to_validate(&kinds, &targets);
        let inexact = value.remove("$comment");
        let comments: Vec<String> = left
            .into_iter()
            .chain(inexact.and_then(|comment| comment.as_str().map(str::to_owned)))
            .collect();
        if !comments.is_empty() {
            all.insert("$comment".to_owned(), comments.join("; ").into());
        }
        all.append(value);
        *value = all;
    }
}

/// What a schema cannot say, in a few words.
fn left_to_validate(conditions: &[&str], targets: &[&str]) -> Option<String> {
    let mut left: Vec<String> = Vec::new();
    for kind in ["when", "must"] {
        match conditions.iter().filter(|known| **known == kind).count() {
            0 => {}
            1 => left.push(kind.to_owned()),
            count => left.push(format!("{count} {kind}")),
        }
    }
    if !targets.is_empty() {
        left.push(format!("reference to {}", targets.join(" or ")));
    }
    (!left.is_empty()).then(|| format!("left to validate: {}", left.join(", ")))
}

/// An object with a description, if there is one.
fn described(description: Option<&str>) -> Map<String, Value> {
    let description = description.filter(|text| !text.is_empty());
    let pair = description.map(|text| ("description".to_owned(), text.into()));
    pair.into_iter().collect()
}

/// Keys of some number of parts, without those that name an entry.
fn of_parts(count: usize, named: &Map<String, Value>) -> String {
    let parts = vec!["[^|]*"; count].join("\\|");
    let names: Vec<String> = named.keys().map(|name| super::types::escaped(name)).collect();
    match names.is_empty() {
        true => format!("^{parts}$"),
        false => format!("^(?!(?:{})$){parts}$", names.join("|")),
    }
}
