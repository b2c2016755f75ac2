//! What a change does to a config, entry by entry and field by field.

use std::fmt::Write;

use serde_json::Value;

use crate::config::{ChangeKind, diff, pointer};
use crate::policy::Policy;
use crate::validate::MASK;

use super::printable;

/// How many elements a list has that is shown whole when it becomes another.
const FEW: usize = 8;

/// The differences between two configs, a line each: `+` comes, `-` goes, `~` becomes another.
/// Secrets are masked. No difference gives a line that says so.
pub fn changes(policy: &Policy, before: &Value, after: &Value) -> String {
    let differences = diff(before, after);
    if differences.is_empty() {
        return "no change\n".to_owned();
    }
    let mut out = String::new();
    for change in differences {
        let place = EntryPath::of(policy, &change.pointer);
        // Writing to a string cannot fail.
        let _ = match &change.kind {
            ChangeKind::Add(value) => writeln!(out, "+ {}{}", place.name, place.value(policy, value)),
            ChangeKind::Remove(value) => writeln!(out, "- {}{}", place.name, place.value(policy, value)),
            ChangeKind::Replace(old, new) if place.is_long_list(policy, old, new) => {
                writeln!(out, "~ {} {}", place.name, elements(old, new))
            }
            ChangeKind::Replace(old, new) => writeln!(
                out,
                "~ {}{} ->{}",
                place.name,
                place.value(policy, old),
                place.value(policy, new)
            ),
        };
    }
    out
}

/// The elements that come to a list, and those that go.
fn elements(old: &Value, new: &Value) -> String {
    let of = |list: &Value| list.as_array().cloned().unwrap_or_default();
    let (old, new) = (of(old), of(new));
    let told = |word: &str, these: &[Value], those: &[Value]| {
        let only = these.iter().filter(|element| !those.contains(element));
        let only: Vec<String> = only.map(Value::to_string).collect();
        (!only.is_empty()).then(|| format!("{word} {}", only.join(", ")))
    };
    let parts = [told("without", &old, &new), told("with", &new, &old)];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() {
        return "in another order".to_owned();
    }
    parts.join(", ")
}

/// A table, entry or field as operators write it: `TABLE|key field`.
struct EntryPath {
    table: String,
    field: Option<String>,
    secret_key: bool,
    name: String,
}

impl EntryPath {
    fn of(policy: &Policy, text: &str) -> Self {
        let tokens = pointer::split(text).unwrap_or_default();
        let mut tokens = tokens.into_iter();
        let table = tokens.next().unwrap_or_default();
        let secret_key = policy.is_secret_key(&table);
        let key = tokens
            .next()
            .map(|key| if secret_key { MASK.to_owned() } else { key });
        let field = tokens.next();
        let mut name = table.clone();
        for (separator, part) in [('|', &key), (' ', &field)] {
            if let Some(part) = part {
                name.push(separator);
                name.push_str(part);
            }
        }
        EntryPath {
            table,
            field,
            secret_key,
            name: printable(&name),
        }
    }

    /// Whether both values are lists, and one has more elements than a line can hold.
    fn is_long_list(&self, policy: &Policy, old: &Value, new: &Value) -> bool {
        let (Value::Array(old), Value::Array(new)) = (old, new) else {
            return false;
        };
        let field = self.field.as_deref().unwrap_or_default();
        old.len().max(new.len()) > FEW && !self.secret_key && !policy.is_secret_field(&self.table, field)
    }

    fn value(&self, policy: &Policy, value: &Value) -> String {
        let hide = |field: &str| self.secret_key || policy.is_secret_field(&self.table, field);
        match (&self.field, value) {
            (Some(field), _) if hide(field) => format!(" {MASK:?}"),
            (Some(_), value) => format!(" {value}"),
            (None, Value::Object(fields)) if fields.is_empty() => String::new(),
            (None, Value::Object(fields)) => {
                let shown: Vec<String> = fields
                    .iter()
                    .map(|(field, value)| {
                        if hide(field) {
                            format!("{field:?}: {MASK:?}")
                        } else {
                            format!("{field:?}: {value}")
                        }
                    })
                    .collect();
                format!(" {{{}}}", shown.join(", "))
            }
            (None, value) => format!(" {value}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn one_line_per_difference() {
        let before = json!({"VLAN": {"Vlan1": {"mtu": "1"}}, "TACPLUS": {"global": {"passkey": "old"}}, "X": {"a": {}}});
        let after = json!({"VLAN": {"Vlan1": {"mtu": "2"}, "Vlan2": {"mtu": "3"}}, "TACPLUS": {"global": {"passkey": "new"}}});
        let text = changes(&Policy::shipped(), &before, &after);
        assert_eq!(
            text,
            "~ VLAN|Vlan1 mtu \"1\" -> \"2\"\n\
             + VLAN|Vlan2 {\"mtu\": \"3\"}\n\
             ~ TACPLUS|global passkey \"****\" -> \"****\"\n\
             - X|a\n"
        );
        assert_eq!(changes(&Policy::shipped(), &before, &before), "no change\n");
    }

    #[test]
    fn of_long_lists_the_elements_are_told_that_differ() {
        let told = |old: &[&str], new: &[&str]| {
            let config = |ports: &[&str]| json!({"ACL_TABLE": {"a": {"ports": ports}}});
            changes(&Policy::shipped(), &config(old), &config(new))
        };
        let names: Vec<String> = (0..9).map(|at| format!("Ethernet{at}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert_eq!(
            told(&names, &names[2..]),
            "~ ACL_TABLE|a ports without \"Ethernet0\", \"Ethernet1\"\n"
        );
        let other = [&names[1..], &["PortChannel1"]].concat();
        assert_eq!(
            told(&names, &other),
            "~ ACL_TABLE|a ports without \"Ethernet0\", with \"PortChannel1\"\n"
        );
        let turned: Vec<&str> = names.iter().rev().copied().collect();
        assert_eq!(told(&names, &turned), "~ ACL_TABLE|a ports in another order\n");
        assert_eq!(
            told(&["b"], &["a", "b"]),
            "~ ACL_TABLE|a ports [\"b\"] -> [\"a\",\"b\"]\n"
        );
    }
}
