//! Addresses and prefixes of `ietf-inet-types` (RFC 6991, section 4), in canonical form.

use std::borrow::Cow;
use std::net::{Ipv4Addr, Ipv6Addr};

use crate::schema::Dialect;
use crate::validate::diagnostic::Rule;

use super::{CheckResult, ValueError};

fn parse4(text: &str) -> Result<Ipv4Addr, ValueError> {
    text.parse()
        .map_err(|_| ValueError::new(Rule::IPv4, "is not an IPv4 address"))
}

fn parse6(text: &str) -> Result<Ipv6Addr, ValueError> {
    text.parse()
        .map_err(|_| ValueError::new(Rule::IPv6, "is not an IPv6 address"))
}

/// An address and its zone.
fn zone(value: &str) -> (&str, &str) {
    value.find('%').map_or((value, ""), |at| value.split_at(at))
}

pub(super) fn ipv4(value: &str) -> CheckResult<'_> {
    parse4(zone(value).0)?;
    Ok(Cow::Borrowed(value))
}

pub(super) fn ipv6(value: &str, dialect: Dialect) -> CheckResult<'_> {
    let (address, zone) = zone(value);
    let canonical = format!("{}{zone}", text6(parse6(address)?, dialect));
    Ok(shared(value, canonical))
}

/// A prefix means its network: bits behind its length are zero.
pub(super) fn ipv4_prefix(value: &str) -> CheckResult<'_> {
    let (address, length) = split(value, Rule::IPv4)?;
    let bits = u32::from(parse4(address)?);
    let mask = u32::MAX.checked_shl(32 - length.min(32)).unwrap_or(0);
    if bits & mask == bits && !has_other_form(value) {
        return Ok(Cow::Borrowed(value));
    }
    let network = Ipv4Addr::from(bits & mask);
    Ok(shared(value, format!("{network}/{length}")))
}

pub(super) fn ipv6_prefix(value: &str, dialect: Dialect) -> CheckResult<'_> {
    let (address, length) = split(value, Rule::IPv6)?;
    let bits = u128::from(parse6(address)?);
    let mask = u128::MAX.checked_shl(128 - length.min(128)).unwrap_or(0);
    let network = Ipv6Addr::from(bits & mask);
    Ok(shared(value, format!("{}/{length}", text6(network, dialect))))
}

/// The text of an address: as RFC 5952 has it, or as `inet_ntop` writes it for libyang, which shows the last 32 bits like
/// an IPv4 address where all before them are zero.
fn text6(address: Ipv6Addr, dialect: Dialect) -> String {
    match address.segments() {
        [0, 0, 0, 0, 0, 0, high, low] if high != 0 && dialect == Dialect::Libyang => {
            let last = Ipv4Addr::from(u32::from(high) << 16 | u32::from(low));
            format!("::{last}")
        }
        _ => address.to_string(),
    }
}

fn split(value: &str, rule: Rule) -> Result<(&str, u32), ValueError> {
    let parts = value
        .split_once('/')
        .and_then(|(address, length)| Some((address, length.parse().ok()?)));
    parts.ok_or_else(|| ValueError::new(rule, "is not a prefix"))
}

/// Whether the length of a prefix may be written in another way than its canonical one. Of an IPv4 address that was read
/// there is one way only.
fn has_other_form(prefix: &str) -> bool {
    let length = prefix.split_once('/').map_or("", |(_, length)| length);
    length.len() > 1 && length.starts_with(['+', '0'])
}

fn shared(value: &str, canonical: String) -> Cow<'_, str> {
    if canonical == value {
        Cow::Borrowed(value)
    } else {
        Cow::Owned(canonical)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_forms() {
        assert_eq!(ipv4("10.0.0.1%eth0").unwrap(), "10.0.0.1%eth0");
        assert_eq!(ipv6("FC00:0:0::1%e", Dialect::Libyang).unwrap(), "fc00::1%e");
        assert_eq!(ipv6("::a4:c9f", Dialect::Libyang).unwrap(), "::0.164.12.159");
        assert_eq!(ipv6("::a4:c9f", Dialect::Rfc).unwrap(), "::a4:c9f");
        assert_eq!(ipv6("::ffff:a00:1", Dialect::Libyang).unwrap(), "::ffff:10.0.0.1");
        assert_eq!(ipv6("0:0::0:1", Dialect::Libyang).unwrap(), "::1");
        assert_eq!(ipv4_prefix("10.1.2.3/24").unwrap(), "10.1.2.0/24");
        assert_eq!(ipv4_prefix("10.1.2.3/0").unwrap(), "0.0.0.0/0");
        assert_eq!(ipv4_prefix("10.1.2.3/32").unwrap(), "10.1.2.3/32");
        assert_eq!(ipv4_prefix("10.1.2.0/024").unwrap(), "10.1.2.0/24");
        assert_eq!(ipv4_prefix("0.0.0.0/0").unwrap(), "0.0.0.0/0");
        assert_eq!(ipv6_prefix("fc00::1/64", Dialect::Libyang).unwrap(), "fc00::/64");
        assert_eq!(ipv6_prefix("fc00::1/0", Dialect::Libyang).unwrap(), "::/0");
    }

    #[test]
    fn malformed_addresses_are_refused() {
        assert_eq!(ipv4("10.0.0.256").unwrap_err().rule, Rule::IPv4);
        assert_eq!(ipv6("1::2::3", Dialect::Libyang).unwrap_err().rule, Rule::IPv6);
        assert!(ipv4_prefix("10.0.0.0").is_err());
    }
}
