//! One address in two spellings as two keys of a table: config_db keeps two entries, and the switch has one address.

use std::collections::hash_map::Entry;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::policy::Policy;
use crate::schema::{NodeId, NodeKind, Schema};

use super::diagnostic::Rule;
use super::findings::{DiagnosticBuilder, DiagnosticCollector};
use super::structure::key_values;
use super::tree::{Inst, Symbol, Tree};

/// The longest text that is an address or a prefix.
const LONGEST: usize = 64;

/// The keys of an entry, the addresses in them in one spelling.
pub type SpelledKey = SmallVec<[KeyPart; 4]>;

/// A part of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyPart {
    /// An address, with the length of its prefix where it has one.
    Address(IpAddr, Option<u8>),
    /// A part that is no address.
    Other(Symbol),
}

/// Warns of entries of a table whose keys are the same but for the spelling of addresses.
pub fn check(schema: &Schema, policy: &Policy, tree: &Tree, findings: &mut DiagnosticCollector) {
    for table in schema.tables.iter() {
        let networks = are_networks(policy, &table.name);
        for list in &table.lists {
            let mut seen: FxHashMap<SpelledKey, Inst> = FxHashMap::default();
            let instances = tree.instances(list.node);
            if instances.len() < 2 {
                continue;
            }
            for &inst in instances {
                let Some(key) = spelled_key(schema, tree, inst, networks) else {
                    continue;
                };
                match seen.entry(key) {
                    Entry::Occupied(first) => report(schema, tree, inst, *first.get(), findings),
                    Entry::Vacant(place) => {
                        place.insert(inst);
                    }
                }
            }
        }
    }
}

/// Whether the keys of a table hold networks, so that bits behind the length of a prefix do not count.
pub fn are_networks(policy: &Policy, table: &str) -> bool {
    policy.network_keys.iter().any(|name| name == table)
}

/// The key of an entry, if an address is in it.
pub fn spelled_key(schema: &Schema, tree: &Tree, inst: Inst, networks: bool) -> Option<SpelledKey> {
    let mut has_address = false;
    let key = key_values(tree, inst, keys(schema, tree, inst))?
        .into_iter()
        .map(|value| match address(tree.text(value), networks) {
            Some((address, length)) => {
                has_address = true;
                KeyPart::Address(address, length)
            }
            None => KeyPart::Other(value),
        })
        .collect();
    has_address.then_some(key)
}

/// Reports an entry whose key is that of another one in other words, unless the keys are equal as their types read them:
/// then it is a duplicate.
pub fn report(schema: &Schema, tree: &Tree, inst: Inst, first: Inst, findings: &mut DiagnosticCollector) {
    let values = |inst| key_values(tree, inst, keys(schema, tree, inst));
    let node = tree.get(inst);
    if values(inst) == values(first) {
        return;
    }
    let finding = DiagnosticBuilder::new(
        Rule::SameAddress,
        "another entry has the same address in another spelling",
    )
    .related(tree.get(first).at, "first used here")
    .hint(Some("keep one of the two".to_owned()))
    .warning();
    findings.add(node.at, Some(node.schema), finding);
}

fn keys<'s>(schema: &'s Schema, tree: &Tree, inst: Inst) -> &'s [NodeId] {
    match &schema.node(tree.get(inst).schema).kind {
        NodeKind::List(list) => &list.keys,
        _ => &[],
    }
}

/// An address or a prefix, however it is written: IPv6 in long or short form, numbers with leading zeros, and with
/// `networks` any bits behind the length of a prefix.
fn address(text: &str, networks: bool) -> Option<(IpAddr, Option<u8>)> {
    if text.len() > LONGEST || !text.contains(['.', ':']) {
        return None;
    }
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address, Some(number(length)?)),
        None => (text, None),
    };
    let address = parse(address)?;
    let bits = if address.is_ipv4() { 32 } else { 128 };
    match length {
        Some(length) if length > bits => None,
        Some(length) if networks => Some((network(address, length), Some(length))),
        None if networks => Some((address, Some(bits))),
        length => Some((address, length)),
    }
}

fn parse(text: &str) -> Option<IpAddr> {
    if text.contains(':') {
        return text.parse::<Ipv6Addr>().ok().map(IpAddr::V6);
    }
    let mut parts = text.split('.');
    let mut octets = [0; 4];
    for octet in &mut octets {
        *octet = number(parts.next()?)?;
    }
    let whole = parts.next().is_none();
    whole.then(|| IpAddr::V4(Ipv4Addr::from(octets)))
}

/// A number of decimal digits, leading zeros too.
fn number(text: &str) -> Option<u8> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

/// The network of an address: bits behind the length are zero.
fn network(address: IpAddr, length: u8) -> IpAddr {
    let length = u32::from(length);
    match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
            IpAddr::V4(Ipv4Addr::from(u32::from(address) & mask))
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128 - length).unwrap_or(0);
            IpAddr::V6(Ipv6Addr::from(u128::from(address) & mask))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::address;

    fn same(one: &str, other: &str, networks: bool) -> bool {
        address(one, networks).is_some() && address(one, networks) == address(other, networks)
    }

    #[test]
    fn spellings_of_one_address() {
        for (one, other) in [
            ("2001:db8::1", "2001:0DB8:0:0::1"),
            ("2001:db8::1/64", "2001:db8:0::1/064"),
            ("10.0.0.1", "10.0.0.01"),
            ("10.0.0.1/24", "010.0.0.1/24"),
            ("::ffff:10.0.0.1", "::ffff:a00:1"),
        ] {
            assert!(same(one, other, false), "{one} {other}");
            assert!(same(one, other, true), "{one} {other}");
        }
    }

    #[test]
    fn a_network_is_known_by_its_prefix() {
        assert!(same("10.0.0.1/24", "10.0.0.0/24", true));
        assert!(same("2001:db8::1/64", "2001:db8::/64", true));
        assert!(same("10.0.0.1/0", "0.0.0.0/0", true));
        assert!(same("10.0.0.1/32", "10.0.0.1", true));
        assert!(!same("10.0.0.1/24", "10.0.0.0/24", false));
        assert!(!same("10.0.0.1/24", "10.0.0.1/25", true));
        assert!(!same("10.0.0.1/32", "10.0.0.1", false));
    }

    #[test]
    fn what_is_no_address() {
        for text in [
            "Ethernet0.10",
            "10.0.0",
            "10.0.0.256",
            "1.2.3.4.5",
            "10.0.0.1/33",
            "::1/129",
            "a:b",
            "1.2.3.+4",
            ":",
        ] {
            assert_eq!(address(text, false), None, "{text}");
        }
    }
}
