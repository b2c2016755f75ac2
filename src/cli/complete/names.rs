//! The names that are offered, each with what it is.

use crate::config::{CONFIG_DB_SEPARATOR, pointer};
use crate::schema::{PlaceFacts, PlaceName, Role, Schema, facts, summaries};
use crate::system_defaults::Registry;
use crate::transaction::{Checkpoints, History};
use crate::validate::Rule;

use super::around::Around;
use crate::engine::CHECKPOINTS;

type Names = Vec<(String, String)>;

/// All tables, and their modules.
pub fn tables(around: &Around) -> Names {
    let Some(schema) = around.schema() else {
        return Names::new();
    };
    let tables = summaries(&schema).into_iter();
    tables
        .map(|table| (table.table.to_owned(), table.module.to_owned()))
        .collect()
}

/// Places in the form in which one is begun.
pub fn places(around: &Around, current: &str) -> Names {
    let Some(schema) = around.schema() else {
        return Names::new();
    };
    if let Some(path) = current.strip_prefix('/') {
        let tokens: Vec<&str> = path.split('/').collect();
        return match tokens[..] {
            [_] => tables(around)
                .into_iter()
                .map(|(name, module)| (format!("/{name}/"), module))
                .collect(),
            [table, _] => keys(around, &schema, table, true)
                .into_iter()
                .map(|key| (format!("{}/", pointer::join([table, &key])), String::new()))
                .collect(),
            [table, key, _] => {
                let before = format!("/{table}/{key}/");
                let key = pointer::split(&format!("/{key}")).and_then(|mut tokens| tokens.pop());
                fields(&schema, table, key.as_deref(), &before)
            }
            _ => Names::new(),
        };
    }
    if let Some((table, rest)) = current.split_once(CONFIG_DB_SEPARATOR) {
        let mut found = Names::new();
        for key in keys(around, &schema, table, false) {
            let entry = format!("{table}|{key}");
            if rest.strip_prefix(&key).is_some_and(|rest| rest.starts_with('/')) {
                found.extend(fields(&schema, table, Some(&key), &format!("{entry}/")));
            }
            found.push((entry, String::new()));
        }
        return found;
    }
    match current.split_once('.') {
        Some((table, _)) => fields(&schema, table, None, &format!("{table}.")),
        None => tables(around),
    }
}

/// The keys of a table: those of the config, those that the models name, and one for any where `any` is asked for.
fn keys(around: &Around, schema: &Schema, table: &str, any: bool) -> Vec<String> {
    if around.policy().is_secret_key(table) {
        return Vec::new();
    }
    let config = around.config();
    let entries = config.as_ref().and_then(|config| config.get(table)?.as_object());
    let mut keys: Vec<String> = entries
        .into_iter()
        .flat_map(|entries| entries.keys().cloned())
        .collect();
    for entry in of(schema, table, None)
        .map(|facts| facts.entries)
        .unwrap_or_default()
    {
        let mut parts = entry.fields.iter().filter(|field| field.role == Role::Key);
        match (parts.next(), parts.next()) {
            (None, _) => keys.extend(
                entry
                    .name
                    .split_once(CONFIG_DB_SEPARATOR)
                    .map(|(_, key)| key.to_owned()),
            ),
            (Some(only), None) => keys.extend(only.allowed.values.iter().map(|(name, _)| name.clone())),
            _ => {}
        }
    }
    if any && keys.is_empty() {
        keys.push("*".to_owned());
    }
    let mut seen = rustc_hash::FxHashSet::default();
    keys.retain(|key| seen.insert(key.clone()));
    keys
}

/// The fields of entries, after the text before them.
fn fields(schema: &Schema, table: &str, key: Option<&str>, before: &str) -> Names {
    let entries = of(schema, table, key)
        .map(|facts| facts.entries)
        .unwrap_or_default();
    let fields = entries.into_iter().flat_map(|entry| entry.fields);
    let fields = fields.filter(|field| field.role == Role::Field);
    fields
        .map(|field| {
            (
                format!("{before}{}", field.name),
                first_sentence(field.description.as_deref()),
            )
        })
        .collect()
}

fn of(schema: &Schema, table: &str, key: Option<&str>) -> Option<PlaceFacts> {
    let place = PlaceName {
        table: table.to_owned(),
        key: key.filter(|key| *key != "*").map(str::to_owned),
        field: None,
    };
    facts(schema, &place).ok()
}

fn registry(around: &Around) -> Registry {
    let schema = around.schema();
    let registry = schema.and_then(|schema| Registry::of(&schema).ok());
    registry.unwrap_or_default()
}

/// All flags.
pub fn flags(around: &Around) -> Names {
    let registry = registry(around);
    let flags = registry.iter();
    flags
        .map(|flag| (flag.name.clone(), first_sentence(Some(&flag.description))))
        .collect()
}

/// What the flag that is named can be set to.
pub fn statuses(around: &Around) -> Names {
    let registry = registry(around);
    let names = around.values("name");
    let flag = names.first().and_then(|name| registry.get(name));
    let family = flag.and_then(|flag| flag.family.as_ref());
    let values = family.map(|family| family.values.clone()).unwrap_or_default();
    values.into_iter().map(|value| (value, String::new())).collect()
}

/// The checkpoints of the stores that are named, or of the switch.
pub fn checkpoints(around: &Around) -> Names {
    let checkpoints = match around.stores() {
        Some((_, Some(stores))) => stores.checkpoints(),
        _ => Checkpoints::new(CHECKPOINTS),
    };
    let listed = checkpoints.list().unwrap_or_default().into_iter();
    listed.map(|(name, _)| (name, String::new())).collect()
}

/// The changes of the stores that are named, the newest first.
pub fn changes(around: &Around) -> Names {
    let Some((_, Some(stores))) = around.stores() else {
        return Names::new();
    };
    let (mut records, _) = History::new(stores.state_dir()).list().unwrap_or_default();
    records.sort_by(|one, other| other.id.cmp(&one.id));
    let about = |comment: Option<String>, command: String| comment.unwrap_or(command);
    records
        .into_iter()
        .map(|record| (record.id.clone(), about(record.comment, record.holder.command)))
        .collect()
}

/// Commands, and the kinds of rules behind `rules`.
pub fn topics(around: &Around, current: &str) -> Names {
    let mut words = around.values("words");
    if words.last().is_some_and(|last| last == current) {
        words.pop();
    }
    match &words[..] {
        [topic] if topic == "rules" => Rule::ALL
            .iter()
            .map(|rule| {
                let summary = rule.text().summary;
                (rule.to_string().to_lowercase(), summary.to_owned())
            })
            .collect(),
        words => {
            let root = <super::Cli as clap::CommandFactory>::command();
            let mut command = &root;
            for word in words {
                match command.find_subcommand(word) {
                    Some(found) => command = found,
                    None => return Names::new(),
                }
            }
            let name = |command: &clap::Command| {
                let about = command.get_about().map(ToString::to_string);
                (command.get_name().to_owned(), about.unwrap_or_default())
            };
            let mut names: Names = command.get_subcommands().map(name).collect();
            if words.is_empty() {
                names.push(("rules".to_owned(), "the rules of findings".to_owned()));
            }
            names
        }
    }
}

fn first_sentence(text: Option<&str>) -> String {
    let text = text.unwrap_or_default();
    let first = text.split_once(". ").map_or(text, |(first, _)| first);
    crate::report::printable(first).trim_end_matches('.').to_owned()
}
