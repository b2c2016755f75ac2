//! What is in the way of what comes; entries that need one of some fields.

use std::collections::BTreeSet;

use serde_json::Value;

use sonicfg::config::{CONFIG_DB_SEPARATOR, EntryName};
use sonicfg::policy::Policy;

use crate::{Property, Walk};

/// Why an old entry is in the way of a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Obstacle {
    /// It has a lane that the new one takes.
    Lanes,
    /// A rule of the policy says so.
    Rule,
}

/// Whether an old entry, with its value, is in the way of a new one. Lanes do not count where ports may share them.
pub(super) fn obstacle(
    policy: &Policy,
    shares_lanes: bool,
    (old, old_value): (&EntryName, &Value),
    (new, new_value): (&EntryName, &Value),
) -> Option<Obstacle> {
    if old == new {
        return None;
    }
    if let Some(lanes) = &policy.lanes
        && let Some((table, field)) = lanes.field.split_once('.')
        && !shares_lanes
        && old.table == table
        && new.table == table
    {
        let lanes = |value: &Value| -> BTreeSet<String> {
            let text = value.get(field).and_then(Value::as_str).unwrap_or_default();
            let lanes = text.split(',').map(str::trim).filter(|lane| !lane.is_empty());
            lanes.map(str::to_owned).collect()
        };
        if !lanes(old_value).is_disjoint(&lanes(new_value)) {
            return Some(Obstacle::Lanes);
        }
    }
    let mut rules = policy.break_before_make.iter();
    let is_in_the_way = rules.any(|rule| {
        let used = |name: &EntryName, value: &Value| {
            let table = name.table.as_str();
            match (rule.part.get(table), rule.field.get(table)) {
                (Some(0), _) => Some(String::new()),
                (Some(part), _) => name.parts().nth(part - 1).map(str::to_owned),
                (None, Some(field)) => Some(value.get(field)?.as_str()?.to_owned()),
                (None, None) => None,
            }
        };
        let old_use = used(old, old_value);
        let is_same_user = old_use.is_some() && old_use == used(new, new_value);
        let is_same_range = rule
            .ranges
            .iter()
            .any(|table| *table == old.table && *table == new.table)
            && overlap(&old.key, &new.key);
        is_same_user || is_same_range
    });
    is_in_the_way.then_some(Obstacle::Rule)
}

/// Whether two keys are the same but for their last parts, which are ranges that overlap.
fn overlap(one: &str, other: &str) -> bool {
    let parse = |key: &str| {
        let (rest, last) = key.rsplit_once(CONFIG_DB_SEPARATOR)?;
        let (from, to) = last.split_once('-').unwrap_or((last, last));
        let numbers = from.parse::<u64>().ok().zip(to.parse::<u64>().ok());
        Some((rest.to_owned(), numbers))
    };
    let (Some((one, first)), Some((other, second))) = (parse(one), parse(other)) else {
        return false;
    };
    one == other
        && match (first, second) {
            (Some(first), Some(second)) => first.0 <= second.1 && second.0 <= first.1,
            _ => true,
        }
}

/// Whether ports may share lanes, by the platform that one of two configs names.
pub(super) fn shares_lanes(policy: &Policy, configs: [&Value; 2]) -> bool {
    let Some(lanes) = &policy.lanes else { return true };
    configs.iter().any(|config| {
        let entries = config.get("DEVICE_METADATA").and_then(Value::as_object);
        let mut platforms = entries
            .into_iter()
            .flat_map(|entries| entries.values())
            .filter_map(|entry| entry.get("platform")?.as_str());
        platforms.any(|platform| lanes.shared_on.iter().any(|known| known == platform))
    })
}

/// Whether an entry belongs to the port of another line card: it is named by host, ASIC and port, and host or ASIC are
/// not what both configs say of the switch.
pub(super) fn is_remote(entry: &EntryName, configs: [&Value; 2]) -> bool {
    let parts: Vec<&str> = entry.parts().collect();
    let own = configs.iter().filter_map(|config| {
        let metadata = config.get("DEVICE_METADATA")?.get("localhost")?;
        let text = |field: &str| metadata.get(field).and_then(Value::as_str);
        Some((text("hostname")?, text("asic_name").unwrap_or_default()))
    });
    let own: Vec<(&str, &str)> = own.collect();
    parts.len() >= 4
        && !own.is_empty()
        && own
            .iter()
            .all(|(host, asic)| *host != parts[0] || asic.to_lowercase() != parts[1].to_lowercase())
}

impl Walk<'_> {
    pub(super) fn conflicts(&mut self, step: usize) {
        let (before, next) = (&self.configs[step], &self.configs[step + 1]);
        let shares = shares_lanes(self.rules.policy, [self.current, self.target]);
        let mut messages = Vec::new();
        let come = self.writes[step]
            .iter()
            .filter(|entry| entry.find(before).is_none());
        for new in come {
            let Some(value) = new.find(next) else { continue };
            let mut olds: Vec<EntryName> = self.writes[step..].iter().flatten().cloned().collect();
            olds.sort();
            olds.dedup();
            for old in olds {
                let Some(old_value) = old.find(self.current) else {
                    continue;
                };
                let stands = (0..=step).all(|at| old.find(&self.configs[at]).is_some());
                let mut later = self.configs[step + 1..].iter();
                let goes = old.find(self.target).is_none() || later.any(|config| old.find(config).is_none());
                if !stands || !goes {
                    continue;
                }
                let both = self.stays(&old) && self.stays(new);
                let found = obstacle(self.rules.policy, shares, (&old, old_value), (new, value));
                match found {
                    Some(Obstacle::Lanes) => messages.push(format!("{new} takes lanes that {old} still has")),
                    Some(Obstacle::Rule) if !both => {
                        messages.push(format!("{new} is created while {old} is in its way"));
                    }
                    _ => {}
                }
            }
        }
        for message in messages {
            self.violation(step, Property::Conflict, message);
        }
    }

    pub(super) fn keep_one_of(&mut self, step: usize) {
        let policy = self.rules.policy;
        let next = &self.configs[step + 1];
        let mut messages = Vec::new();
        for entry in &self.writes[step] {
            let Some(value) = entry.find(next) else { continue };
            let forms = [entry.find(self.current), entry.find(self.target)];
            let all = forms
                .into_iter()
                .flatten()
                .all(|form| has_one_of(policy, entry, form));
            if all && !has_one_of(policy, entry, value) {
                messages.push(format!("{entry} has none of the fields of which it needs one"));
            }
        }
        for message in messages {
            self.violation(step, Property::KeepOneOf, message);
        }
    }
}

/// Whether an entry has one of the fields of which those of its table need one; true where they need none.
pub(super) fn has_one_of(policy: &Policy, entry: &EntryName, value: &Value) -> bool {
    let fields = policy.keep_one_of.get(entry.table.as_str());
    fields.is_none_or(|fields| fields.iter().any(|field| value.get(field).is_some()))
}
