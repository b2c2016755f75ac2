//! What the policy says of a place, in sentences.

use crate::config::pointer;
use crate::policy::{FieldName, Fields, Policy};
use crate::schema::{PlaceFacts, PlaceName, Role};

/// The rules of a policy that are about a place: the table's for a table, and those of the fields below it.
pub fn remarks(policy: &Policy, place: &PlaceName, facts: &PlaceFacts) -> Vec<String> {
    let entries = facts.entries.iter();
    let fields = entries.flat_map(|entry| &entry.fields);
    let mut fields: Vec<&str> = fields
        .filter(|field| field.role == Role::Field)
        .map(|field| field.name.as_str())
        .collect();
    fields.dedup();
    let remarks = Remarks {
        policy,
        table: &facts.table,
        key: place.key.as_deref(),
        fields,
        is_field: place.field.is_some(),
    };
    let mut found = remarks.values();
    found.extend(remarks.changes());
    found.extend(remarks.interruptions());
    found.extend(remarks.around());
    found
}

struct Remarks<'a> {
    policy: &'a Policy,
    table: &'a str,
    key: Option<&'a str>,
    /// The fields that are meant.
    fields: Vec<&'a str>,
    /// Whether they were named.
    is_field: bool,
}

impl Remarks<'_> {
    /// What is said of some of the fields; they are named where more are meant.
    fn of(&self, is_meant: impl Fn(&str) -> bool, words: &str) -> Option<String> {
        let meant: Vec<&str> = self
            .fields
            .iter()
            .copied()
            .filter(|field| is_meant(field))
            .collect();
        match meant.is_empty() {
            true => None,
            false if self.is_field => Some(words.to_owned()),
            false => Some(format!("{}: {words}", meant.join(", "))),
        }
    }

    /// How values are written, and whether they are shown.
    fn values(&self) -> Vec<String> {
        let (policy, table) = (self.policy, self.table);
        let mut found = Vec::new();
        if policy.is_secret_key(table) {
            found.push("its keys are secret: they are never shown".to_owned());
        }
        found.extend(self.of(
            |field| policy.is_secret_field(table, field),
            "secret: its value is never shown",
        ));
        for field in &self.fields {
            let words = policy
                .joined_by(table, field)
                .map(|joint| format!("one string, with {joint:?} between the elements"));
            found.extend(words.and_then(|words| self.of(|other| other == *field, &words)));
        }
        let is = |name: &str, field: &str| name == format!("{table}.{field}");
        if let Some(lanes) = &policy.lanes {
            found.extend(self.of(
                |field| is(&lanes.field, field),
                "each lane is a number, and belongs to one port only",
            ));
        }
        for unique in &policy.unique_in_vrf {
            found.extend(self.of(
                |field| is(&unique.field, field),
                "an element is used once in all entries whose key begins alike",
            ));
        }
        for supported in policy.supported.values() {
            let FieldName { table: among, field } = &supported.among;
            let words = format!("a switch takes the values that {among}|<key> {field} lists in its STATE_DB");
            let is_it = |name: &str| supported.field.table == table && supported.field.field == name;
            found.extend(self.of(is_it, &words));
        }
        found
    }

    /// What a change of it takes.
    fn changes(&self) -> Vec<String> {
        let (policy, table) = (self.policy, self.table);
        let mut found = Vec::new();
        found.extend(self.of(
            |field| policy.is_create_only(table, field),
            "create-only: for another value the entry is removed and added again",
        ));
        for rule in &policy.change_requires {
            if rule.tables.iter().any(|known| known == table) {
                let absent = if rule.absent { ", or none" } else { "" };
                found.push(format!(
                    "an entry changes only while its {} has {} {:?}{absent}",
                    rule.of, rule.field, rule.value
                ));
            }
        }
        for rule in &policy.protected {
            let tokens = pointer::split(&rule.path).unwrap_or_default();
            let tokens: Vec<&str> = tokens.iter().map(String::as_str).collect();
            let is_it = match tokens[..] {
                [of, key] => of == table && !self.is_field && self.key.is_none_or(|own| own == key),
                [of, key, field] => {
                    of == table && self.key.is_none_or(|own| own == key) && self.fields.contains(&field)
                }
                _ => false,
            };
            if is_it {
                found.push(format!("no change may remove {}", rule.path));
            }
        }
        for rule in policy.exclusive_changes.iter().filter(|rule| rule.table == table) {
            let words = format!("does not change together with entries of {} below it", rule.with);
            found.extend(self.of(|field| field == rule.field, &words));
        }
        for rule in policy
            .exclusive_changes
            .iter()
            .filter(|rule| rule.with == table && !self.is_field)
        {
            found.push(format!(
                "its entries do not change together with {} of their {}",
                rule.field, rule.table
            ));
        }
        for rule in policy.immutable.values() {
            let is_it = |field: &str| {
                rule.fields
                    .iter()
                    .any(|known| known.is_of(table) && known.has(field))
            };
            found.extend(self.of(
                is_it,
                &format!("some switches do not let it change: {}", rule.reason),
            ));
        }
        found
    }

    /// How much of the table may be interrupted.
    fn interruptions(&self) -> Vec<String> {
        let (policy, table) = (self.policy, self.table);
        let mut found = Vec::new();
        if self.is_field {
            return found;
        }
        if let Some(share) = policy.max_unavailable.get(table) {
            let percent = share * 100.0;
            found.push(format!(
                "at most {percent} % of its entries are interrupted at once, or one"
            ));
        }
        for rule in policy.keep_available.iter().filter(|rule| rule.table == table) {
            found.push(format!(
                "entries whose key begins alike are never all interrupted at once, nor their {}",
                rule.through
            ));
        }
        if policy.daemon_owned.iter().any(|known| known == table) {
            found.push("daemons of the switch write here too".to_owned());
        }
        found
    }

    /// What happens on a switch when it changes.
    fn around(&self) -> Vec<String> {
        let (policy, table) = (self.policy, self.table);
        let mut found = Vec::new();
        for action in policy.actions.values() {
            let run = action.run.words().join(" ");
            let is_whole = |known: &Fields| known.is_of(table) && known.is_whole();
            if action.after.iter().any(is_whole) {
                found.push(format!("after a change, a switch runs: {run}"));
            } else {
                let has = |field: &str| {
                    action
                        .after
                        .iter()
                        .any(|known| known.is_of(table) && known.has(field))
                };
                found.extend(self.of(has, &format!("after a change, a switch runs: {run}")));
            }
            if !self.is_field && action.after_removal.iter().any(|known| known == table) {
                found.push(format!("after an entry is removed, a switch runs: {run}"));
            }
        }
        for wait in policy
            .waits
            .values()
            .filter(|wait| wait.before_adding == table && !self.is_field)
        {
            found.push(format!(
                "an entry is added again only when it is gone from {} in STATE_DB",
                wait.until_gone
            ));
        }
        found
    }
}
