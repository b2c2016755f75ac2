//! Random changes of documents. They are made with the schema at hand, so that most are nearly right.

#![allow(dead_code, reason = "not every test uses all of it")]

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Value, json};
use sonicfg::schema::{ModuleId, NodeId, NodeKind, Schema};

use super::values::unlike_text;

/// A string that begins so stands for what follows, written without quotation marks: numbers in
/// forms that `serde_json` does not write.
pub const RAW: char = '\u{E000}';

/// SplitMix64: small, and the same everywhere.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// A sequence of its own for each seed.
    pub fn new(seed: u64) -> Self {
        Random(seed)
    }

    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below a limit, which is not 0.
    pub fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    /// True once in so many times.
    pub fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// One of some things, if there are any.
    pub fn pick<'a, T>(&mut self, things: &'a [T]) -> Option<&'a T> {
        if things.is_empty() {
            None
        } else {
            Some(&things[self.below(things.len())])
        }
    }
}

/// A place in a document: the names of members and the positions of items from the top.
pub type At = Vec<String>;

/// One change.
#[derive(Debug, Clone)]
pub enum Edit {
    /// Another value.
    Set(At, Value),
    /// A value less.
    Remove(At),
    /// A member more, or, into an array, an item.
    Insert(At, String, Value),
    /// A member under another name.
    Rename(At, String),
}

impl fmt::Display for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Edit::Set(at, value) => write!(f, "set /{} to {}", at.join("/"), to_line(value)),
            Edit::Remove(at) => write!(f, "remove /{}", at.join("/")),
            Edit::Insert(at, name, value) => write!(f, "insert /{}/{name} {}", at.join("/"), to_line(value)),
            Edit::Rename(at, name) => write!(f, "rename /{} to {name}", at.join("/")),
        }
    }
}

impl Edit {
    /// Changes a document. False where the place is not there, or nothing changes.
    pub fn apply(&self, document: &mut Value) -> bool {
        match self {
            Edit::Set(at, value) => find(document, at).is_some_and(|old| {
                let changed = *old != *value;
                *old = value.clone();
                changed
            }),
            Edit::Remove(at) => remove(document, at),
            Edit::Insert(at, name, value) => match find(document, at) {
                Some(Value::Object(members)) if !members.contains_key(name) => {
                    members.insert(name.clone(), value.clone());
                    true
                }
                Some(Value::Array(items)) => {
                    let position = name.parse().unwrap_or(items.len()).min(items.len());
                    items.insert(position, value.clone());
                    true
                }
                _ => false,
            },
            Edit::Rename(at, name) => {
                let Some((old, above)) = at.split_last() else {
                    return false;
                };
                let Some(Value::Object(members)) = find(document, above) else {
                    return false;
                };
                if members.contains_key(name) || !members.contains_key(old) {
                    return false;
                }
                let renamed = std::mem::take(members).into_iter();
                *members = renamed
                    .map(|(key, value)| (if key == *old { name.clone() } else { key }, value))
                    .collect();
                true
            }
        }
    }
}

/// The value at a place.
pub fn find<'v>(document: &'v mut Value, at: &[String]) -> Option<&'v mut Value> {
    at.iter().try_fold(document, |value, token| match value {
        Value::Object(members) => members.get_mut(token),
        Value::Array(items) => items.get_mut(token.parse::<usize>().ok()?),
        _ => None,
    })
}

fn remove(document: &mut Value, at: &[String]) -> bool {
    let Some((last, above)) = at.split_last() else {
        return false;
    };
    match find(document, above) {
        Some(Value::Object(members)) => members.shift_remove(last).is_some(),
        Some(Value::Array(items)) => {
            let at = last.parse().unwrap_or(items.len());
            let there = at < items.len();
            if there {
                items.remove(at);
            }
            there
        }
        _ => false,
    }
}

/// A document as one line of JSON.
pub fn to_line(document: &Value) -> String {
    let mut text = document.to_string();
    while let Some(start) = text.find(&format!("\"{RAW}")) {
        let end = start + 1 + text[start + 1..].find('"').unwrap();
        text = format!(
            "{}{}{}",
            &text[..start],
            &text[start + 1 + RAW.len_utf8()..end],
            &text[end + 1..]
        );
    }
    text
}

/// Makes a document smaller while it stays remarkable: members and items go, large ones first, as long
/// as so many questions are left.
pub fn shrink(document: &mut Value, mut questions: usize, mut is_remarkable: impl FnMut(&Value) -> bool) {
    let mut depth = 1;
    loop {
        let mut places = Vec::new();
        places_at(document, depth, &mut Vec::new(), &mut places);
        if places.is_empty() {
            return;
        }
        // From the end, so that positions stay what they are.
        for at in places.into_iter().rev() {
            if questions == 0 {
                return;
            }
            questions -= 1;
            let mut smaller = document.clone();
            if remove(&mut smaller, &at) && is_remarkable(&smaller) {
                *document = smaller;
            }
        }
        depth += 1;
    }
}

fn places_at(value: &Value, depth: usize, at: &mut At, places: &mut Vec<At>) {
    if depth == 0 {
        places.push(at.clone());
        return;
    }
    each_child(value, |name, child| {
        at.push(name);
        places_at(child, depth - 1, at, places);
        at.pop();
    });
}

fn each_child<'d>(value: &'d Value, mut visit: impl FnMut(String, &'d Value)) {
    match value {
        Value::Object(members) => members
            .iter()
            .for_each(|(name, member)| visit(name.clone(), member)),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .for_each(|(at, item)| visit(at.to_string(), item)),
        _ => {}
    }
}

/// A place with what the schema knows of it.
#[derive(Debug, Clone)]
pub struct Spot<'d> {
    /// Where.
    pub at: At,
    /// The node that the value belongs to; an array and its items belong to the same.
    pub node: Option<NodeId>,
    /// The value.
    pub value: &'d Value,
}

/// In what form documents are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// YANG JSON.
    YangJson,
    /// config_db.
    ConfigDb,
}

/// Makes changes.
pub struct Mutator<'a> {
    pub(super) schema: &'a Schema,
    pub(super) form: Form,
    /// Values that were seen, by node.
    pub(super) seen: BTreeMap<NodeId, Vec<Value>>,
    /// Members of the top level that were seen.
    tops: Vec<(String, Value)>,
}

impl<'a> Mutator<'a> {
    /// A mutator that has seen no document.
    pub fn new(schema: &'a Schema, form: Form) -> Self {
        Mutator {
            schema,
            form,
            seen: BTreeMap::new(),
            tops: Vec::new(),
        }
    }

    /// Takes a document's values, for use in others.
    pub fn learn(&mut self, document: &Value) {
        for spot in self.spots(document) {
            if let Some(node) = spot.node {
                let seen = self.seen.entry(node).or_default();
                if seen.len() < 40 && !seen.contains(spot.value) {
                    seen.push(spot.value.clone());
                }
            }
        }
        each_child(document, |name, value| self.tops.push((name, value.clone())));
    }

    /// Changes a document in one to three ways; gives the changes.
    pub fn mutate(&self, document: &mut Value, random: &mut Random) -> Vec<Edit> {
        let wanted = [1, 1, 1, 2, 2, 3][random.below(6)];
        let mut edits = Vec::new();
        for _ in 0..wanted * 20 {
            let edit = match self.form {
                Form::YangJson => self.edit(document, random),
                Form::ConfigDb => self.config_edit(document, random),
            };
            if let Some(edit) = edit.filter(|edit| edit.apply(document)) {
                edits.push(edit);
            }
            if edits.len() == wanted {
                break;
            }
        }
        edits
    }

    /// Every value of a document, but for the outermost.
    pub fn spots<'d>(&self, document: &'d Value) -> Vec<Spot<'d>> {
        let mut spots = Vec::new();
        match self.form {
            Form::YangJson => self.yang_spots(document, None, &mut Vec::new(), &mut spots),
            Form::ConfigDb => self.config_spots(document, &mut spots),
        }
        spots
    }

    fn yang_spots<'d>(&self, value: &'d Value, node: Option<NodeId>, at: &mut At, spots: &mut Vec<Spot<'d>>) {
        each_child(value, |name, child| {
            let below = if value.is_array() {
                node
            } else {
                self.member(node, at.is_empty(), &name)
            };
            at.push(name);
            spots.push(Spot {
                at: at.clone(),
                node: below,
                value: child,
            });
            self.yang_spots(child, below, at, spots);
            at.pop();
        });
    }

    fn member(&self, parent: Option<NodeId>, is_top: bool, name: &str) -> Option<NodeId> {
        let (module, name) = match name.split_once(':') {
            Some((module, name)) => (self.schema.module_named(module)?, name),
            None => (self.schema.node(parent?).module, name),
        };
        if is_top {
            self.schema.top_node(module, name)
        } else {
            self.schema.data_child(parent?, module, name)
        }
    }

    fn config_spots<'d>(&self, document: &'d Value, spots: &mut Vec<Spot<'d>>) {
        each_child(document, |table_name, table_value| {
            let table = self.schema.tables.get(&table_name);
            spots.push(spot(&[&table_name], table.map(|table| table.node), table_value));
            each_child(table_value, |key, entry| {
                let entries = table.map_or(&[][..], |table| &table.entries);
                let named = entries
                    .iter()
                    .copied()
                    .find(|&id| *self.schema.node(id).name == *key);
                let parts = key.split('|').count();
                let list = table.and_then(|table| table.lists.iter().find(|list| list.keys == parts));
                let node = named.or(list.map(|list| list.node));
                let rows = list.and_then(|list| list.rows).filter(|_| named.is_none());
                spots.push(spot(&[&table_name, &key], node, entry));
                each_child(entry, |name, field| {
                    let leaf = node.and_then(|node| self.schema.data_children_named(node, &name).next());
                    let leaf = leaf.or(rows.map(|rows| rows.value));
                    spots.push(spot(&[&table_name, &key, &name], leaf, field));
                    each_child(field, |position, element| {
                        spots.push(spot(&[&table_name, &key, &name, &position], leaf, element));
                    });
                });
            });
        });
    }

    fn edit(&self, document: &Value, random: &mut Random) -> Option<Edit> {
        let spots = self.spots(document);
        let spot = random.pick(&spots)?.clone();
        match random.below(32) {
            0..=10 => self.change_value(&spots, random),
            11 => self.change_key(&spots, random),
            12 | 13 => self.refer(&spots, random),
            14 => Some(Edit::Remove(spot.at)),
            15..=23 => self.insert_known(&spots, random),
            24 => {
                let into = self.some(&spots, random, |spot| spot.value.is_object())?;
                let other = random.pick(&spots)?;
                let name = if random.one_in(3) {
                    "no-such-node"
                } else {
                    other.at.last()?
                };
                Some(Edit::Insert(
                    into.at.clone(),
                    name.to_owned(),
                    other.value.clone(),
                ))
            }
            25 => Some(Edit::Set(spot.at, random.pick(&spots)?.value.clone())),
            26 => self.repeat(&spots, random),
            27 => Some(Edit::Set(spot.at.clone(), reshaped(spot.value, random))),
            28 => self.rename(&spot, random),
            _ => self.graft(document, random),
        }
    }

    pub(super) fn some<'s>(
        &self,
        spots: &'s [Spot<'s>],
        random: &mut Random,
        is_wanted: impl Fn(&Spot) -> bool,
    ) -> Option<&'s Spot<'s>> {
        let wanted: Vec<&Spot> = spots.iter().filter(|spot| is_wanted(spot)).collect();
        random.pick(&wanted).copied()
    }

    /// Another value for a leaf or an element.
    fn change_value(&self, spots: &[Spot], random: &mut Random) -> Option<Edit> {
        let spot = self.some(spots, random, |spot| {
            !spot.value.is_object() && !is_list(spot.value)
        })?;
        Some(Edit::Set(
            spot.at.clone(),
            self.value(spot.node, Some(spot.value), spots, random),
        ))
    }

    /// Another value for a key; or it goes.
    fn change_key(&self, spots: &[Spot], random: &mut Random) -> Option<Edit> {
        let is_key = |id: NodeId| matches!(&self.schema.node(id).kind, NodeKind::Leaf(leaf) if leaf.key);
        let spot = self.some(spots, random, |spot| spot.node.is_some_and(is_key))?;
        if random.one_in(3) {
            return Some(Edit::Remove(spot.at.clone()));
        }
        Some(Edit::Set(
            spot.at.clone(),
            self.value(spot.node, Some(spot.value), spots, random),
        ))
    }

    /// Another value for a leaf that refers to something, or that something may refer to.
    fn refer(&self, spots: &[Spot], random: &mut Random) -> Option<Edit> {
        let refers = |id: NodeId| !self.schema.leafrefs(id).is_empty();
        let spot = self.some(spots, random, |spot| {
            spot.node.is_some_and(refers) && spot.value.is_string()
        })?;
        let target = random.pick(self.schema.leafrefs(spot.node?))?.target;
        if random.one_in(2) {
            let target = self.some(spots, random, |other| other.node == Some(target))?;
            let value = self.value(target.node, Some(target.value), spots, random);
            return Some(Edit::Set(target.at.clone(), value));
        }
        Some(Edit::Set(
            spot.at.clone(),
            self.value(Some(target), Some(spot.value), spots, random),
        ))
    }

    /// A node that the schema has and the document has not: also one of another case, or one whose
    /// `when` does not hold.
    fn insert_known(&self, spots: &[Spot], random: &mut Random) -> Option<Edit> {
        let has_children = |id: NodeId| !self.schema.node(id).data_children.is_empty();
        let spot = self.some(spots, random, |spot| {
            spot.value.is_object() && spot.node.is_some_and(has_children)
        })?;
        let node = self.schema.node(spot.node?);
        let child = *random.pick(&node.data_children)?;
        let name = self.name(child, node.module);
        if has_member(spot.value, &name) {
            return None;
        }
        Some(Edit::Insert(
            spot.at.clone(),
            name,
            self.build(child, spots, random, 0),
        ))
    }

    pub(super) fn name(&self, id: NodeId, inherited: ModuleId) -> String {
        let node = self.schema.node(id);
        if node.module == inherited {
            node.name.to_string()
        } else {
            format!("{}:{}", self.schema.module(node.module).name, node.name)
        }
    }

    /// An entry or element twice; of an entry, perhaps with one leaf changed.
    fn repeat(&self, spots: &[Spot], random: &mut Random) -> Option<Edit> {
        let spot = self.some(spots, random, |spot| {
            spot.at.last().is_some_and(|name| name.parse::<u32>().is_ok())
        })?;
        let mut item = spot.value.clone();
        let inside: Vec<&Spot> = spots.iter().filter(|other| is_child(other, spot)).collect();
        if let Some(leaf) = random.pick(&inside)
            && !random.one_in(4)
        {
            *item.get_mut(leaf.at.last()?)? = self.value(leaf.node, Some(leaf.value), spots, random);
        } else if item.is_string() && random.one_in(2) {
            item = self.value(spot.node, Some(spot.value), spots, random);
        }
        let (position, above) = spot.at.split_last()?;
        Some(Edit::Insert(above.to_vec(), position.clone(), item))
    }

    /// A member under another name: with the name of a module or without, of another module.
    fn rename(&self, spot: &Spot, random: &mut Random) -> Option<Edit> {
        let old = spot.at.last()?;
        let (module, name) = old.split_once(':').unwrap_or(("", old));
        let own = spot
            .node
            .map_or("", |id| &self.schema.module(self.schema.node(id).module).name);
        let other = &self.schema.modules[random.below(self.schema.modules.len())].name;
        let new = match random.below(8) {
            0 => name.to_owned(),
            1 | 2 => format!("{own}:{name}"),
            3 => format!("{other}:{name}"),
            4 => format!("no-such-module:{name}"),
            5 => format!(":{name}"),
            6 => format!("{module}:{}", name.to_uppercase()),
            _ => format!("@{old}"),
        };
        Some(Edit::Rename(spot.at.clone(), new))
    }

    /// A part of another document: a module's nodes, or one table of them.
    fn graft(&self, document: &Value, random: &mut Random) -> Option<Edit> {
        let (name, value) = random.pick(&self.tops)?;
        if document.get(name).is_none() {
            return Some(Edit::Insert(Vec::new(), name.clone(), value.clone()));
        }
        let tables: Vec<(&String, &Value)> = value.as_object()?.iter().collect();
        let &(table, value) = random.pick(&tables)?;
        if has_member(document.get(name)?, table) {
            return None;
        }
        Some(Edit::Insert(vec![name.clone()], table.clone(), value.clone()))
    }

    fn config_edit(&self, document: &Value, random: &mut Random) -> Option<Edit> {
        let spots = self.spots(document);
        let spot = random.pick(&spots)?.clone();
        match random.below(20) {
            0..=7 => self.change_value(&spots, random),
            8 | 9 => self.refer(&spots, random),
            10 => Some(Edit::Remove(spot.at)),
            11 | 12 => self.insert_known(&spots, random),
            13 | 14 => self.change_config_key(&spots, random),
            15 => {
                let into = self.some(&spots, random, |spot| spot.value.is_object())?;
                let name = if random.one_in(2) {
                    "no_such_name"
                } else {
                    random.pick(&spots)?.at.last()?
                };
                Some(Edit::Insert(
                    into.at.clone(),
                    name.to_owned(),
                    random.pick(&spots)?.value.clone(),
                ))
            }
            16 => Some(Edit::Set(spot.at.clone(), reshaped(spot.value, random))),
            17 => {
                // The same field of another entry.
                let same = |other: &Spot| other.node == spot.node && other.at[0] == spot.at[0];
                Some(Edit::Set(
                    spot.at.clone(),
                    self.some(&spots, random, same)?.value.clone(),
                ))
            }
            18 => {
                let empty = [json!({}), json!([]), json!([""]), json!("")];
                Some(Edit::Set(spot.at, random.pick(&empty)?.clone()))
            }
            _ => self.graft(document, random),
        }
    }

    /// An entry under another key, or once more under another key.
    fn change_config_key(&self, spots: &[Spot], random: &mut Random) -> Option<Edit> {
        let spot = self.some(spots, random, |spot| spot.at.len() == 2)?;
        let mut parts: Vec<String> = spot.at[1].split('|').map(str::to_owned).collect();
        let changed = random.below(parts.len());
        match random.below(8) {
            0 => parts.insert(changed, "Ethernet0".to_owned()),
            1 if parts.len() > 1 => drop(parts.remove(changed)),
            _ => {
                let leaf = match spot.node.map(|id| &self.schema.node(id).kind) {
                    Some(NodeKind::List(list)) => list.keys.get(changed).copied(),
                    _ => None,
                };
                let old = Value::String(parts[changed].clone());
                parts[changed] = self.value(leaf, Some(&old), spots, random).as_str()?.to_owned();
            }
        }
        let key = parts.join("|");
        if random.one_in(2) {
            return Some(Edit::Rename(spot.at.clone(), key));
        }
        Some(Edit::Insert(vec![spot.at[0].clone()], key, spot.value.clone()))
    }
}

fn spot<'d>(at: &[&str], node: Option<NodeId>, value: &'d Value) -> Spot<'d> {
    Spot {
        at: at.iter().map(|&token| token.to_owned()).collect(),
        node,
        value,
    }
}

/// Whether an object has a member of a name, with the name of a module in front or not.
fn has_member(object: &Value, name: &str) -> bool {
    let simple = |name: &str| name.rsplit(':').next().unwrap_or_default().to_owned();
    let members = object.as_object().into_iter().flatten();
    members
        .into_iter()
        .any(|(member, _)| simple(member) == simple(name))
}

fn is_list(value: &Value) -> bool {
    value
        .as_array()
        .is_some_and(|items| items.iter().any(|item| !item.is_null()))
}

fn is_child(spot: &Spot, above: &Spot) -> bool {
    spot.at.len() == above.at.len() + 1 && spot.at.starts_with(&above.at) && above.value.is_object()
}

/// A value of another kind.
fn reshaped(value: &Value, random: &mut Random) -> Value {
    let inner = match value {
        Value::Array(items) => random.pick(items).cloned(),
        Value::Object(members) => members.values().next().cloned(),
        _ => None,
    };
    match random.below(5) {
        0 => json!([value]),
        1 => json!({ "x": value }),
        2 => inner.unwrap_or(Value::Null),
        3 => Value::String(value.as_str().unwrap_or_default().to_owned()),
        _ => unlike_text(random),
    }
}
