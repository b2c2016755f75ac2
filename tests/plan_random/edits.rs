//! The ways in which a config is changed.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use sonicfg::config::{EntryName, Write};
use sonicfg::validate::EntryPart;

use crate::common::mutate::Random;
use crate::generator::Generator;

type Writes = Option<Vec<Write>>;
type Fields = Map<String, Value>;

fn write(entry: &EntryName, value: Option<Fields>) -> Write {
    Write {
        entry: entry.clone(),
        value: value.map(Value::Object),
    }
}

impl Generator<'_> {
    /// Some change, if there is something to change.
    pub(super) fn edit(&self, random: &mut Random) -> Writes {
        match random.below(20) {
            0 | 1 => self.remove(random),
            2 => Some(vec![write(&self.entry(random, None)?, None)]),
            3..=5 => self.more(random),
            6 | 7 => self.set_field(random),
            8..=10 => self.retarget(random),
            11 => self.change_list(random),
            12 | 13 => self.toggle(random),
            14 | 15 => self.permute_lanes(random),
            16 => self.break_out(random),
            17 | 18 => self.recreate(random),
            _ => self.rename(random),
        }
    }

    /// An entry goes with what refers to it; or only with the parts that refer to it.
    fn remove(&self, random: &mut Random) -> Writes {
        let mut open = vec![self.entry(random, None)?];
        let mut gone: BTreeMap<EntryName, Option<Fields>> = BTreeMap::new();
        while let Some(name) = open.pop() {
            if gone.insert(name.clone(), None) == Some(None) {
                continue;
            }
            for reference in self.validator.references_to(&name) {
                if gone.get(&reference.from) == Some(&None) {
                    continue;
                }
                if reference.via == EntryPart::Key || random.one_in(4) {
                    open.push(reference.from);
                    continue;
                }
                let before = self.value(&reference.from)?;
                let fields = gone.entry(reference.from).or_insert(Some(before));
                take_out(fields.as_mut()?, &reference.via);
            }
        }
        let writes = gone.into_iter().map(|(name, value)| write(&name, value));
        Some(writes.collect())
    }

    /// A field as another entry of the table has it, or none.
    fn set_field(&self, random: &mut Random) -> Writes {
        let name = self.entry(random, None)?;
        let mut fields = self.value(&name)?;
        let other = self.like(&name, random)?;
        let names: Vec<&String> = fields.keys().chain(other.keys()).collect();
        let field = (*random.pick(&names)?).clone();
        match other.get(&field) {
            Some(value) => drop(fields.insert(field, value.clone())),
            None => drop(fields.shift_remove(&field)),
        }
        Some(vec![write(&name, Some(fields))])
    }

    /// A reference goes to another entry of the same table; that of a key makes it another entry.
    fn retarget(&self, random: &mut Random) -> Writes {
        let name = self.entry(random, None)?;
        let references = self.validator.references_from(&name);
        let reference = random.pick(&references)?;
        let (old, _) = reference.to.first()?;
        let new = self.entry(random, Some(&old.table))?;
        self.moved(&name, &reference.via, old, &new)
    }

    /// An entry in which a part refers to another entry than it does.
    fn moved(&self, name: &EntryName, via: &EntryPart, old: &EntryName, new: &EntryName) -> Writes {
        let mut fields = self.value(name)?;
        let renamed: Vec<(&str, &str)> = old.parts().zip(new.parts()).collect();
        let swap = |text: &str| {
            let known = renamed.iter().find(|(old, _)| *old == text);
            known.map_or_else(|| text.to_owned(), |(_, new)| (*new).to_owned())
        };
        match via {
            EntryPart::Key => {
                let key: Vec<String> = name.parts().map(swap).collect();
                let moved = EntryName::new(name.table.as_str(), key.join("|"));
                return Some(vec![write(name, None), write(&moved, Some(fields))]);
            }
            EntryPart::Field(field) => {
                let text: Vec<String> = fields
                    .get(field.as_str())?
                    .as_str()?
                    .split(',')
                    .map(swap)
                    .collect();
                fields.insert(field.to_string(), Value::String(text.join(",")));
            }
            EntryPart::Name(field) => {
                let value = fields.shift_remove(field.as_str())?;
                fields.insert(swap(field), value);
            }
            EntryPart::Element(field, element) => {
                let list = fields.get_mut(field.as_str())?.as_array_mut()?;
                list.retain(|item| item.as_str() != Some(element));
                let new = Value::String(swap(element));
                if !list.contains(&new) {
                    list.push(new);
                }
            }
        }
        Some(vec![write(name, Some(fields))])
    }

    /// A list loses an element, or gets one that another entry's list has.
    fn change_list(&self, random: &mut Random) -> Writes {
        let name = self.entry(random, None)?;
        let mut fields = self.value(&name)?;
        let lists: Vec<String> = fields
            .iter()
            .filter(|(_, value)| value.is_array())
            .map(|(field, _)| field.clone())
            .collect();
        let field = random.pick(&lists)?;
        let list = fields.get_mut(field.as_str())?.as_array_mut()?;
        if random.one_in(2) {
            list.remove(random.below(list.len()));
        } else {
            let other = self.like(&name, random)?;
            let element = random.pick(other.get(field)?.as_array()?)?.clone();
            if !list.contains(&element) {
                list.push(element);
            }
        }
        if list.is_empty() {
            fields.shift_remove(field.as_str());
        }
        Some(vec![write(&name, Some(fields))])
    }

    /// A port goes up or down, perhaps with a change of what wants it down.
    fn toggle(&self, random: &mut Random) -> Writes {
        let name = self.entry(random, Some("PORT"))?;
        let mut fields = self.value(&name)?;
        match random.below(3) {
            0 => drop(fields.shift_remove("admin_status")),
            1 => drop(fields.insert("admin_status".to_owned(), json!("up"))),
            _ => drop(fields.insert("admin_status".to_owned(), json!("down"))),
        }
        let mut writes = vec![write(&name, Some(fields))];
        for reference in self.validator.references_to(&name) {
            if reference.via == EntryPart::Key && random.one_in(2) {
                writes.push(write(&reference.from, None));
            }
        }
        Some(writes)
    }

    /// Ports swap their lanes, or pass them round; or one gets others.
    fn permute_lanes(&self, random: &mut Random) -> Writes {
        let mut ports: Vec<(EntryName, Fields)> = Vec::new();
        for _ in 0..1 + random.below(6) {
            let name = self.entry(random, Some("PORT"))?;
            if ports.iter().all(|(other, _)| *other != name) {
                let fields = self.value(&name)?;
                ports.push((name, fields));
            }
        }
        let mut lanes: Vec<Value> = ports
            .iter()
            .map(|(_, fields)| fields.get("lanes").cloned())
            .collect::<Option<_>>()?;
        if random.one_in(6) || lanes.len() == 1 {
            lanes[0] = json!((300 + random.below(4)).to_string());
        } else {
            lanes.rotate_left(1);
        }
        let changed = ports.into_iter().zip(lanes).map(|((name, mut fields), lanes)| {
            fields.insert("lanes".to_owned(), lanes);
            write(&name, Some(fields))
        });
        Some(changed.collect())
    }

    /// A port of several lanes becomes a port for each.
    fn break_out(&self, random: &mut Random) -> Writes {
        let name = self.entry(random, Some("PORT"))?;
        let fields = self.value(&name)?;
        let lanes: Vec<&str> = fields.get("lanes")?.as_str()?.split(',').collect();
        let number: usize = name.key.trim_start_matches("Ethernet").parse().ok()?;
        let parts = lanes.iter().enumerate().map(|(at, lane)| {
            let part = EntryName::new("PORT", format!("Ethernet{}", number + at));
            let mut fields = fields.clone();
            fields.insert("lanes".to_owned(), json!(lane));
            if let Some(Value::String(alias)) = fields.get_mut("alias")
                && at > 0
            {
                alias.push_str(&format!("/{at}"));
            }
            write(&part, Some(fields))
        });
        Some(parts.collect())
    }

    /// A field that only a new entry takes gets another value.
    fn recreate(&self, random: &mut Random) -> Writes {
        let tables = self.config.as_object()?.keys();
        let tables: Vec<&String> = tables
            .filter(|table| self.policy.create_only.contains_key(*table))
            .collect();
        let table = random.pick(&tables)?.as_str();
        let name = self.entry(random, Some(table))?;
        let mut fields = self.value(&name)?;
        let other = self.like(&name, random).unwrap_or_default();
        let names = fields.keys().chain(other.keys());
        let names: Vec<String> = names
            .filter(|field| self.policy.is_create_only(&name.table, field))
            .cloned()
            .collect();
        let field = random.pick(&names)?.clone();
        let number = fields
            .get(&field)
            .and_then(|value| value.as_str()?.parse::<u64>().ok());
        match (number, other.get(&field)) {
            (Some(number), _) if random.one_in(2) => {
                fields.insert(field, json!((number + 1).to_string()));
            }
            (_, Some(value)) if fields.get(&field) != Some(value) => {
                fields.insert(field, value.clone());
            }
            _ => drop(fields.shift_remove(&field)),
        }
        Some(vec![write(&name, Some(fields))])
    }

    /// An entry gets another name, with all that refers to it.
    fn rename(&self, random: &mut Random) -> Writes {
        let name = self.entry(random, None)?;
        let mut key: Vec<String> = name.parts().map(str::to_owned).collect();
        let digits = key[0].trim_end_matches(|c: char| c.is_ascii_digit()).len();
        let number: u64 = key[0][digits..].parse().ok()?;
        let number = number + 1 + random.below(3) as u64;
        key[0] = format!("{}{number}", &key[0][..digits]);
        let new = EntryName::new(name.table.as_str(), key.join("|"));
        let mut fields = self.value(&name)?;
        if fields.contains_key("vlanid") {
            fields.insert("vlanid".to_owned(), json!(number.to_string()));
        }
        let mut changed: BTreeMap<EntryName, Option<Value>> = BTreeMap::new();
        changed.insert(name.clone(), None);
        changed.insert(new.clone(), Some(Value::Object(fields)));
        for reference in self.validator.references_to(&name) {
            for write in self.moved(&reference.from, &reference.via, &name, &new)? {
                changed.entry(write.entry).or_insert(write.value);
            }
        }
        let writes = changed.into_iter();
        Some(writes.map(|(entry, value)| Write { entry, value }).collect())
    }
}

fn take_out(fields: &mut Fields, part: &EntryPart) {
    match part {
        EntryPart::Key => {}
        EntryPart::Field(field) | EntryPart::Name(field) => drop(fields.shift_remove(field.as_str())),
        EntryPart::Element(field, element) => {
            if let Some(Value::Array(list)) = fields.get_mut(field.as_str()) {
                list.retain(|item| item.as_str() != Some(element));
                if list.is_empty() {
                    fields.shift_remove(field.as_str());
                }
            }
        }
    }
}
