//! Addresses and prefixes as the reference reads them.
//!
//! IPv4 may lack octets at the end (`10.1` is 10.1.0.0), a prefix may lack its length, and `default`, `any` and `all` are
//! the prefix of everything.

use crate::error::{Error, Result};
use crate::number;
use netmite_netlink::message::Value;
use netmite_netlink::uapi::*;
use netmite_netlink::{LLADDR_MAX, MacAddress, Prefix};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What a family is called in complaints.
pub fn family_name(family: u8) -> &'static str {
    match family {
        AF_INET => "inet",
        AF_INET6 => "inet6",
        AF_MPLS => "mpls",
        AF_BRIDGE => "bridge",
        AF_PACKET => "link",
        _ => "any valid",
    }
}

/// An IPv4 address, shortened ones included; `None` for anything else.
pub fn ipv4(word: &[u8]) -> Option<Ipv4Addr> {
    plain_ipv4(word).or_else(|| other_ipv4(word))
}

/// What nearly all are: four numbers in decimal.
pub(crate) fn plain_ipv4(word: &[u8]) -> Option<Ipv4Addr> {
    // Behind the digits of each number the least that it may be: with a leading zero it were octal.
    const LEAST: [u32; 4] = [u32::MAX, 0, 10, 100];
    let (mut address, mut octet, mut digits, mut dots) = (0u32, 0u32, 0usize, 0);
    for byte in word {
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 {
            octet = octet.wrapping_mul(10).wrapping_add(u32::from(digit));
            digits += 1;
            continue;
        }
        if *byte != b'.' || octet > 255 || octet < *LEAST.get(digits)? {
            return None;
        }
        address = (address << 8) | octet;
        (octet, digits, dots) = (0, 0, dots + 1);
    }
    let whole = dots == 3 && octet <= 255 && octet >= *LEAST.get(digits)?;
    whole.then(|| Ipv4Addr::from_bits((address << 8) | octet))
}

#[cold]
fn other_ipv4(word: &[u8]) -> Option<Ipv4Addr> {
    let mut octets = [0u8; 4];
    let mut parts = word.split(|byte| *byte == b'.');
    for octet in &mut octets {
        match parts.next() {
            Some(part) => *octet = number::up_to(part, 255)? as u8,
            None => break,
        }
    }
    parts.next().is_none().then_some(Ipv4Addr::from(octets))
}

/// An IPv6 address; `None` for anything else.
pub fn ipv6(word: &[u8]) -> Option<Ipv6Addr> {
    std::str::from_utf8(word).ok()?.parse().ok()
}

/// An address of `family`, or of whichever family it looks like. An MPLS label has the four bytes of its entry in a stack of
/// one, as if they were an IPv4 address.
pub fn parse_ip(word: &[u8], family: u8) -> Option<IpAddr> {
    match family {
        AF_INET => ipv4(word).map(IpAddr::V4),
        AF_INET6 => ipv6(word).map(IpAddr::V6),
        AF_UNSPEC if word.contains(&b':') => ipv6(word).map(IpAddr::V6),
        AF_UNSPEC => ipv4(word).map(IpAddr::V4),
        AF_MPLS => label(word).map(|entry| IpAddr::V4(Ipv4Addr::from_bits(entry | BOTTOM_OF_STACK))),
        _ => None,
    }
}

/// The bit of the last entry of a stack of MPLS labels: RFC 3032.
const BOTTOM_OF_STACK: u32 = 0x100;
/// Bits of a label, which stands in front in its entry of four bytes.
const LABEL_BITS: u8 = 20;

/// An entry of a stack with this label.
fn label(word: &[u8]) -> Option<u32> {
    Some((number::up_to(word, (1 << LABEL_BITS) - 1)? as u32) << (32 - LABEL_BITS))
}

/// A stack of MPLS labels with slashes between, in the form of RFC 3032: four bytes each, the last marked as the bottom.
///
/// # Errors
/// `mpls address is expected rather than …`, exit status 1.
pub fn labels(word: &[u8]) -> Result<Vec<u8>> {
    let mut entries = Vec::new();
    let mut parts = word.split(|byte| *byte == b'/').peekable();
    while let Some(part) = parts.next() {
        let bottom = if parts.peek().is_none() { BOTTOM_OF_STACK } else { 0 };
        let entry = label(part).ok_or_else(|| Error::bad_address("mpls", word))?;
        entries.extend_from_slice(&(entry | bottom).to_be_bytes());
    }
    Ok(entries)
}

/// An address that an option insists on.
///
/// # Errors
/// `any valid address is expected rather than …`, exit status 1. `default` is the zero address of a known family.
pub fn address(word: &[u8], family: u8) -> Result<IpAddr> {
    match (word, family) {
        (b"default", AF_INET) => return Ok(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
        (b"default", AF_INET6) => return Ok(IpAddr::V6(Ipv6Addr::UNSPECIFIED)),
        _ => (),
    }
    match parse_ip(word, family) {
        Some(address) => Ok(address),
        None if family == AF_PACKET => Err(of_another_level(word, "address")),
        None => Err(Error::bad_address(family_name(family), word)),
    }
}

/// What is said of an address where one of the link level is wanted.
fn of_another_level(word: &[u8], what: &str) -> Error {
    let rest = format!("\" may be inet {what}, but it is not allowed in this context.");
    Error::of(1, &[b"Error: \"", word, rest.as_bytes()])
}

/// Whether a word means everything: `default`, `any`, `all`.
pub fn is_everything(word: &[u8]) -> bool {
    matches!(word, b"default" | b"any" | b"all")
}

/// The family of an address.
pub fn family_of(address: IpAddr) -> u8 {
    if address.is_ipv4() { AF_INET } else { AF_INET6 }
}

/// An address of either level.
#[derive(Clone, Copy)]
pub enum AnyAddress {
    /// Of the network level.
    Ip(IpAddr),
    /// Of the link level.
    Link(MacAddress),
}

impl Value for AnyAddress {
    fn write(&self, to: &mut Vec<u8>) {
        match self {
            AnyAddress::Ip(address) => address.write(to),
            AnyAddress::Link(address) => address.write(to),
        }
    }
}

/// A prefix as a command line gives one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GivenPrefix {
    /// The address and length; for `default` without a family, IPv4's everything.
    pub prefix: Prefix,
    /// Whether it was `default`, `any` or `all`.
    pub everything: bool,
    /// Whether a length was given, so that it is no single host.
    pub with_length: bool,
}

impl GivenPrefix {
    /// The family, `AF_UNSPEC` for a `default` that has none.
    pub fn family(&self, asked: u8) -> u8 {
        if self.everything { asked } else { family_of(self.prefix.address()) }
    }
}

/// A prefix that an option insists on: `ADDRESS`, `ADDRESS/LENGTH`, `ADDRESS/MASK`, `default`.
///
/// # Errors
/// `any valid prefix is expected rather than …`, exit status 1.
pub fn prefix(word: &[u8], family: u8) -> Result<GivenPrefix> {
    if family == AF_PACKET {
        return Err(of_another_level(word, "prefix"));
    }
    parse_prefix(word, family).ok_or_else(|| Error::bad_prefix(family_name(family), word))
}

fn parse_prefix(word: &[u8], family: u8) -> Option<GivenPrefix> {
    if is_everything(word) && family != AF_MPLS {
        let prefix = if family == AF_INET6 { Prefix::ANY_V6 } else { Prefix::ANY_V4 };
        return Some(GivenPrefix { prefix, everything: true, with_length: true });
    }
    let slash = word.iter().position(|byte| *byte == b'/');
    let address = parse_ip(slash.map_or(Some(word), |slash| word.get(..slash))?, family)?;
    let Some(length) = slash.and_then(|slash| word.get(slash + 1..)) else {
        let host = if family == AF_MPLS { Prefix::new(address, LABEL_BITS)? } else { Prefix::host(address) };
        return Some(GivenPrefix { prefix: host, everything: false, with_length: false });
    };
    let most = match address {
        _ if family == AF_MPLS => u64::from(LABEL_BITS),
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    };
    let len = match number::unsigned(length) {
        Some(len) => u8::try_from(len).ok().filter(|len| u64::from(*len) <= most)?,
        None => mask_length(length, address)?,
    };
    Some(GivenPrefix { prefix: Prefix::new(address, len)?, everything: false, with_length: true })
}

/// The length of a netmask written as an address: 255.255.0.0 is 16.
fn mask_length(word: &[u8], address: IpAddr) -> Option<u8> {
    let mask = match address {
        IpAddr::V4(_) => ipv4(word)?.to_bits(),
        IpAddr::V6(_) => return None,
    };
    let len = mask.leading_ones();
    (mask.checked_shl(len).unwrap_or(0) == 0).then_some(len as u8)
}

/// A link-layer address: hexadecimal bytes between colons, or an IPv4 address for the links that have such.
///
/// # Errors
/// `"zz" is invalid lladdr.`, exit status 1.
pub fn link_address(word: &[u8]) -> Result<MacAddress> {
    parse_link_address(word).ok_or_else(|| Error::about(1, "\"%\" is invalid lladdr.", word))
}

fn parse_link_address(word: &[u8]) -> Option<MacAddress> {
    if word.contains(&b'.') {
        return MacAddress::new(&ipv4(word)?.octets());
    }
    let (mut bytes, mut len) = ([0; LLADDR_MAX], 0);
    for part in word.split(|byte| *byte == b':') {
        let digits = part.strip_prefix(b"0x").unwrap_or(part);
        *bytes.get_mut(len)? = number::in_base(digits, 16)?.try_into().ok()?;
        len += 1;
    }
    MacAddress::new(bytes.get(..len)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes() {
        let text = |word: &[u8]| prefix(word, AF_UNSPEC).map(|given| given.prefix.to_string());
        assert_eq!(text(b"10/8").unwrap(), "10.0.0.0/8");
        assert_eq!(text(b"10.1").unwrap(), "10.1.0.0/32");
        assert_eq!(text(b"10.0.0.1/255.255.0.0").unwrap(), "10.0.0.1/16");
        assert_eq!(text(b"fe80::1/64").unwrap(), "fe80::1/64");
        assert!(prefix(b"default", AF_INET6).unwrap().everything);
        for bad in [&b"10.0.0.999"[..], b"10.0.0.0/33", b"::1/129", b"1.2.3.4.5", b"", b"/", b"10/255.0.255.0"] {
            assert_eq!(text(bad).unwrap_err().status(), 1, "{bad:?}");
        }
    }

    /// What is plain is read as the long way round reads it, and nearly everything is plain.
    #[test]
    fn plain_addresses_are_the_same() {
        let parts = ["", "0", "00", "07", "7", "010", "99", "255", "256", "999", "1000", "0x1", "-1", "4294967297"];
        for (first, last) in parts.iter().flat_map(|first| parts.iter().map(move |last| (first, last))) {
            for word in [format!("{first}.0.20.{last}"), format!("{last}.{first}"), format!("1.2.{first}.{last}.5")] {
                let plain = plain_ipv4(word.as_bytes());
                assert!(plain.is_none() || plain == other_ipv4(word.as_bytes()), "{word}");
            }
        }
        assert!(plain_ipv4(b"10.0.20.255").is_some() && plain_ipv4(b"0.0.0.0").is_some());
        assert!(plain_ipv4(b"10.0.20.010").is_none() && ipv4(b"10.0.20.010") == Some(Ipv4Addr::new(10, 0, 20, 8)));
    }

    #[test]
    fn link_layer_addresses() {
        assert_eq!(link_address(b"2:0:0:0:0:1").unwrap().as_bytes(), [2, 0, 0, 0, 0, 1]);
        assert_eq!(link_address(b"10.0.0.1").unwrap().as_bytes(), [10, 0, 0, 1]);
        assert_eq!(link_address(b"zz").unwrap_err().text(), b"\"zz\" is invalid lladdr.");
    }
}
