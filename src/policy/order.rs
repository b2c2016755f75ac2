//! What daemons of a switch do not take at a time, as data.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::config::{CONFIG_DB_SEPARATOR, EntryName};

/// Entries of which an old one is gone in an earlier step than a new one comes: the daemon that reads them drops what
/// comes while something old is in its way.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct BreakBeforeMake {
    /// By table the part of the key, from 1, that names what its entries use: the same port, for instance. 0: all
    /// entries of the table use the same.
    pub part: BTreeMap<String, usize>,
    /// By table the field that names what its entries use.
    pub field: BTreeMap<String, String>,
    /// Tables whose keys end in a range, `3` or `3-4`. Entries conflict whose ranges overlap, where the rest of their
    /// keys is the same.
    pub ranges: Vec<String>,
}

impl BreakBeforeMake {
    /// What entries have to share to be in conflict, by their names and values; `None` where the rule is not about an
    /// entry.
    pub fn shared<'n>(&self, name: &'n EntryName, value: &'n Value) -> Option<(&'n str, &'n str)> {
        if let Some(&part) = self.part.get(name.table.as_str()) {
            let used = match part.checked_sub(1) {
                Some(at) => name.parts().nth(at)?,
                None => "",
            };
            return Some(("", used));
        }
        if let Some(field) = self.field.get(name.table.as_str()) {
            return Some(("", value.get(field)?.as_str()?));
        }
        let is_ranged = self.ranges.iter().any(|table| *table == name.table);
        let (rest, _) = name.key.rsplit_once(CONFIG_DB_SEPARATOR).filter(|_| is_ranged)?;
        Some((&name.table, rest))
    }

    /// Whether two entries that share the same are in conflict.
    pub fn conflict(&self, one: &EntryName, other: &EntryName) -> bool {
        if one == other {
            return false;
        }
        let is_ranged = self.ranges.iter().any(|table| *table == one.table);
        match (range(&one.key), range(&other.key)) {
            (Some((first, last)), Some((from, to))) if is_ranged => first <= to && from <= last,
            _ => true,
        }
    }
}

/// The range at the end of a key: `3` or `3-4`.
fn range(key: &str) -> Option<(u64, u64)> {
    let last = key.rsplit(CONFIG_DB_SEPARATOR).next()?;
    let (first, last) = last.split_once('-').unwrap_or((last, last));
    Some((first.parse().ok()?, last.parse().ok()?))
}

/// The keys that name a port of a chassis: host, ASIC, port. The port is one of this switch where the first parts are
/// what its `DEVICE_METADATA|localhost` says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LocalSystemPorts {
    /// Host and ASIC as each of some configs names them, where it does.
    names: Vec<(String, String)>,
}

impl LocalSystemPorts {
    /// The names of the switch in some configs.
    pub fn of(configs: [&Value; 2]) -> Self {
        let name = |config: &Value| {
            let metadata = config.get("DEVICE_METADATA")?.get("localhost")?;
            let text = |field: &str| metadata.get(field)?.as_str().map(str::to_owned);
            Some((text("hostname")?, text("asic_name").unwrap_or_default()))
        };
        LocalSystemPorts {
            names: configs.into_iter().filter_map(name).collect(),
        }
    }

    /// Whether an entry belongs to the port of another line card: its key begins with a host and an ASIC that are
    /// not these. The daemons compare the names of ASICs without case.
    pub fn is_remote(&self, name: &EntryName) -> bool {
        let mut parts = name.parts();
        let (Some(host), Some(asic), Some(_), Some(_)) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return false;
        };
        let is_own = |(own, own_asic): &(String, String)| own == host && own_asic.eq_ignore_ascii_case(asic);
        !self.names.is_empty() && !self.names.iter().any(is_own)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn name(table: &str, key: &str) -> EntryName {
        EntryName::new(table, key)
    }

    #[test]
    fn entries_of_one_port_conflict() {
        let rule = BreakBeforeMake {
            part: BTreeMap::from([
                ("LAG_MEMBER".to_owned(), 2),
                ("INTERFACE".to_owned(), 1),
                ("ONE".to_owned(), 0),
            ]),
            field: BTreeMap::from([("MAP".to_owned(), "vni".to_owned())]),
            ranges: vec!["QUEUE".to_owned()],
        };
        let shared = |table, key| {
            let name = name(table, key);
            rule.shared(&name, &json!({"vni": "7"}))
                .map(|(kind, used)| format!("{kind}/{used}"))
        };
        assert_eq!(
            shared("LAG_MEMBER", "PortChannel1|Ethernet0").as_deref(),
            Some("/Ethernet0")
        );
        assert_eq!(
            shared("INTERFACE", "Ethernet0|10.0.0.0/31").as_deref(),
            Some("/Ethernet0")
        );
        assert_eq!(
            shared("QUEUE", "host|asic0|Ethernet0|3-4").as_deref(),
            Some("QUEUE/host|asic0|Ethernet0")
        );
        assert_eq!(shared("MAP", "a|b").as_deref(), Some("/7"));
        assert_eq!(shared("ONE", "a"), shared("ONE", "b"));
        assert_eq!(shared("PORT", "Ethernet0"), None);
        assert_eq!(shared("LAG_MEMBER", "PortChannel1"), None);
        let queues = |one, other| rule.conflict(&name("QUEUE", one), &name("QUEUE", other));
        assert!(queues("Ethernet0|0-2", "Ethernet0|2"));
        assert!(queues("Ethernet0|0-2", "Ethernet0|1-5"));
        assert!(!queues("Ethernet0|0-2", "Ethernet0|3-4"));
        assert!(!queues("Ethernet0|0-2", "Ethernet0|0-2"));
        assert!(queues("Ethernet0|x", "Ethernet0|3-4"));
    }

    #[test]
    fn ports_of_other_line_cards_are_remote() {
        let config = json!({"DEVICE_METADATA": {"localhost": {"hostname": "lc1", "asic_name": "Asic0"}}});
        let local = LocalSystemPorts::of([&config, &json!({})]);
        let remote = |key| local.is_remote(&name("QUEUE", key));
        assert!(!remote("lc1|asic0|Ethernet0|3-4"));
        assert!(remote("lc1|asic1|Ethernet0|3-4"));
        assert!(remote("lc2|asic0|Ethernet0|3-4"));
        assert!(!remote("Ethernet0|3-4"));
        let unknown = LocalSystemPorts::of([&json!({}), &json!({})]);
        assert!(!unknown.is_remote(&name("QUEUE", "lc2|asic0|Ethernet0|3-4")));
    }
}
