//! IP addresses as values, and networks as the templates of SONiC write them.

use std::fmt::{Display, Formatter};
use std::net::{Ipv4Addr, Ipv6Addr};

use super::parse_int;

/// The version of IP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    V4,
    V6,
}

impl Family {
    pub fn version(self) -> i128 {
        match self {
            Family::V4 => 4,
            Family::V6 => 6,
        }
    }

    /// How many bits an address has.
    pub fn width(self) -> u32 {
        match self {
            Family::V4 => 32,
            Family::V6 => 128,
        }
    }
}

/// An address as an object, of the package netaddr or of Python's own module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address {
    pub family: Family,
    pub bits: u128,
    pub is_of_netaddr: bool,
}

impl Display for Address {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self.family {
            #[allow(clippy::cast_possible_truncation, reason = "an IPv4 address has 32 bits")]
            Family::V4 => Ipv4Addr::from_bits(self.bits as u32).fmt(f),
            // The C library writes these with dots.
            Family::V6 if self.is_of_netaddr && self.bits >> 32 == 0 && self.bits > 0xffff => {
                #[allow(clippy::cast_possible_truncation, reason = "the bits above are zero")]
                let low = Ipv4Addr::from_bits(self.bits as u32);
                write!(f, "::{low}")
            }
            // Python's own module, up to 3.12, writes these without.
            Family::V6 if !self.is_of_netaddr && self.bits >> 32 == 0xffff => {
                let (high, low) = (self.bits >> 16 & 0xffff, self.bits & 0xffff);
                write!(f, "::ffff:{high:x}:{low:x}")
            }
            Family::V6 => Ipv6Addr::from_bits(self.bits).fmt(f),
        }
    }
}

/// An address with the length of its prefix, that of the whole address where none is written.
#[derive(Debug, Clone, Copy)]
pub struct Prefix {
    pub family: Family,
    pub bits: u128,
    pub length: u32,
}

fn of_family(text: &str, family: Family) -> Option<u128> {
    match family {
        Family::V4 => text
            .parse::<Ipv4Addr>()
            .ok()
            .map(|address| u128::from(address.to_bits())),
        Family::V6 => text.parse::<Ipv6Addr>().ok().map(Ipv6Addr::to_bits),
    }
}

/// An IPv4 address of fewer than four numbers, filled up with zeros.
fn partial(text: &str) -> Option<u128> {
    let mut parts = Vec::new();
    for part in text.split('.') {
        parts.push(u8::try_from(parse_int(part, 10).ok()?).ok()?);
    }
    if parts.len() > 4 {
        return None;
    }
    parts.resize(4, 0);
    Some(
        parts
            .into_iter()
            .fold(0, |bits, part| bits << 8 | u128::from(part)),
    )
}

impl Prefix {
    /// Reads a network as netaddr 0.8 does: also `10.1/16`, and masks instead of lengths. `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let read = |family: Family| {
            let bits = of_family(address, family);
            let bits = bits.or_else(|| partial(address).filter(|_| family == Family::V4))?;
            let width = family.width();
            let length = match length {
                None => width,
                Some(length) => match parse_int(length, 10) {
                    Ok(length) => u32::try_from(length).ok().filter(|length| *length <= width)?,
                    Err(_) => length_of_mask(of_family(length, family)?, width)?,
                },
            };
            Some(Prefix { family, bits, length })
        };
        read(Family::V4).or_else(|| read(Family::V6))
    }

    /// The bits that belong to hosts.
    fn host_mask(&self) -> u128 {
        let width = self.family.width() - self.length;
        u128::MAX.checked_shr(128 - width).unwrap_or(0)
    }

    fn address(&self, bits: u128, is_of_netaddr: bool) -> Address {
        Address {
            family: self.family,
            bits,
            is_of_netaddr,
        }
    }

    /// The address as it is written.
    pub fn own(&self) -> Address {
        self.address(self.bits, true)
    }

    /// The address with all bits behind the prefix cleared.
    pub fn network(&self) -> Address {
        self.address(self.bits & !self.host_mask(), true)
    }

    /// The mask of the prefix.
    pub fn netmask(&self) -> Address {
        let all = u128::MAX >> (128 - self.family.width());
        self.address(all ^ self.host_mask(), true)
    }

    /// The address with all bits behind the prefix set; IPv4 networks of one or two addresses have none.
    pub fn broadcast(&self) -> Option<Address> {
        let is_small = self.family == Family::V4 && self.length >= 31;
        (!is_small).then(|| self.address(self.bits | self.host_mask(), true))
    }

    /// The address behind the first one, as an object of Python's own module; `None` outside the network.
    pub fn first_host(&self) -> Option<Address> {
        let has_host = self.length < self.family.width();
        has_host.then(|| self.address((self.bits & !self.host_mask()) + 1, false))
    }
}

/// The length of a prefix with this mask, or with this inverted mask.
fn length_of_mask(mask: u128, width: u32) -> Option<u32> {
    let all = u128::MAX >> (128 - width);
    let is_hosts = |bits: u128| bits & (bits.wrapping_add(1)) == 0;
    if is_hosts(!mask & all) {
        return Some(mask.count_ones());
    }
    is_hosts(mask).then(|| width - mask.count_ones())
}
