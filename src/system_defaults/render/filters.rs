//! The filters that templates of SONiC use.

use std::net::IpAddr;

use minijinja::{Environment, Value as Item};

use super::values::natural;

/// Adds all of them.
pub(super) fn add(environment: &mut Environment) {
    environment.add_filter("ipv4", |value: Item| {
        prefix(&value).is_some_and(|prefix| prefix.address.is_ipv4())
    });
    environment.add_filter("ipv6", |value: Item| {
        prefix(&value).is_some_and(|prefix| prefix.address.is_ipv6())
    });
    environment.add_filter("ip", |value: Item| {
        shown(prefix(&value).map(|prefix| prefix.address.to_string()))
    });
    environment.add_filter("network", |value: Item| {
        shown(prefix(&value).map(|prefix| prefix.network().to_string()))
    });
    environment.add_filter("prefixlen", |value: Item| match prefix(&value) {
        Some(prefix) => Item::from(prefix.length),
        None => Item::UNDEFINED,
    });
    environment.add_filter("sort_by_port_index", sort_by_port_index);
    environment.add_filter("unique_name", unique_name);
}

fn shown(text: Option<String>) -> Item {
    text.map_or(Item::UNDEFINED, Item::from)
}

/// An address with the length of its prefix, that of the whole address where none is written.
struct Prefix {
    address: IpAddr,
    length: u8,
}

impl Prefix {
    /// The address with all bits behind the prefix cleared.
    fn network(&self) -> IpAddr {
        match self.address {
            IpAddr::V4(address) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.length)).unwrap_or(0);
                IpAddr::V4((address.to_bits() & mask).into())
            }
            IpAddr::V6(address) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.length)).unwrap_or(0);
                IpAddr::V6((address.to_bits() & mask).into())
            }
        }
    }
}

/// Reads an address, with a prefix length or without. `None` for anything else.
fn prefix(value: &Item) -> Option<Prefix> {
    let text = value.as_str()?;
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address, Some(length)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().ok()?;
    let longest = if address.is_ipv4() { 32 } else { 128 };
    let length = match length {
        Some(length) => length.parse().ok().filter(|length| *length <= longest)?,
        None => longest,
    };
    Some(Prefix { address, length })
}

/// Names in the order of their numbers, as a new list. What is no list is none.
fn sort_by_port_index(value: Item) -> Vec<Item> {
    let mut names: Vec<Item> = value.try_iter().map(Iterator::collect).unwrap_or_default();
    names.sort_by(|a, b| natural(&a.to_string(), &b.to_string()));
    names
}

/// The first of those that have the same `name`.
fn unique_name(value: Item) -> Vec<Item> {
    let mut seen = std::collections::HashSet::new();
    let items = value.try_iter().into_iter().flatten();
    items
        .filter(|item| seen.insert(item.get_attr("name").unwrap_or(Item::UNDEFINED)))
        .collect()
}
