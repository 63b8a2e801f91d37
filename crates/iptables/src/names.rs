//! Names of protocols, services, hosts and networks, from the files under /etc that hold them.
//!
//! A file is read only where a name is asked for that is not built in. Names are not asked of the DNS: a firewall's
//! listing should not wait for the network it filters.

use crate::problem::{Problem, Result};
use crate::rule::Family;
use netmite_output::{Names, names};
use std::net::IpAddr;

/// The protocols that are known without a file.
const PROTOCOLS: Names = names![
    ("tcp", 6),
    ("sctp", 132),
    ("udp", 17),
    ("udplite", 136),
    ("icmp", 1),
    ("ipv6-icmp", 58),
    ("icmpv6", 58),
    ("esp", 50),
    ("ah", 51),
    ("mobility-header", 135),
    ("ipv6-mh", 135),
    ("mh", 135),
    ("dccp", 33),
    ("all", 0),
];

/// The protocol called `word`: a number, a name that is built in, or one in /etc/protocols.
pub fn protocol(word: &[u8]) -> Result<u8> {
    let lower = word.to_ascii_lowercase();
    let unknown = || Problem::word("unknown protocol \"", &lower, "\" specified");
    if let Some(number) = number(&lower) {
        return u8::try_from(number).map_err(|_| unknown());
    }
    let built_in = PROTOCOLS.byte(&lower);
    let listed = || {
        let mut found = None;
        look("/etc/protocols", &mut |fields| {
            if is_called(fields, 1, &lower) {
                found = fields.get(1).and_then(|number| number.parse().ok());
            }
            found.is_some()
        });
        found
    };
    built_in.or_else(listed).ok_or_else(unknown)
}

/// The name of a protocol, if it has one: built in, or (`listed`) in /etc/protocols.
pub fn protocol_name(number: u8, listed: bool) -> Option<String> {
    let built_in = PROTOCOLS.name(number.into()).map(str::to_owned);
    if built_in.is_some() || !listed {
        return built_in;
    }
    name_of("/etc/protocols", &|fields| fields.get(1).and_then(|found| found.parse().ok()) == Some(number))
}

/// The port of the service called `name`, with that protocol or any.
pub fn service(name: &[u8], protocol: Option<&str>) -> Option<u16> {
    let mut found = None;
    look("/etc/services", &mut |fields| {
        if is_called(fields, 1, name) {
            found =
                port(fields).filter(|(_, with)| protocol.is_none_or(|wanted| wanted == *with)).map(|(port, _)| port);
        }
        found.is_some()
    });
    found
}

/// The name of the service at `number` of a protocol.
pub fn service_name(number: u16, protocol: &str) -> Option<String> {
    name_of("/etc/services", &|fields| port(fields) == Some((number, protocol)))
}

/// The addresses of that family that a host has in /etc/hosts.
pub fn host(family: Family, name: &[u8]) -> Vec<IpAddr> {
    let mut found = Vec::new();
    look("/etc/hosts", &mut |fields| {
        match address(fields) {
            Some(one) if one.is_ipv4() == (family == Family::V4) && is_called(fields, 0, name) => found.push(one),
            _ => (),
        }
        false
    });
    found
}

/// The name of a host, from /etc/hosts.
pub fn host_name(wanted: IpAddr) -> Option<String> {
    let mut found = None;
    look("/etc/hosts", &mut |fields| {
        if address(fields) == Some(wanted) {
            found = fields.get(1).map(|name| (*name).to_owned());
        }
        found.is_some()
    });
    found
}

fn address(fields: &[&str]) -> Option<IpAddr> {
    fields.first()?.parse().ok()
}

/// The name of an IPv4 network, from /etc/networks.
pub fn network_name(address: IpAddr) -> Option<String> {
    let number = |fields: &[&str]| crate::address::dotted(fields.get(1)?.as_bytes()).map(IpAddr::V4);
    name_of("/etc/networks", &|fields| number(fields) == Some(address))
}

/// The number of a user or group, in /etc/passwd or /etc/group.
pub fn account(path: &str, name: &[u8]) -> Option<u32> {
    let mut found = None;
    lines(path, &mut |line| {
        if let [first, _, number, ..] = *line.split(':').collect::<Vec<_>>() {
            found = number.parse().ok().filter(|_| first.as_bytes() == name);
        }
        found.is_some()
    });
    found
}

/// The name of a user or group.
pub fn account_name(path: &str, number: u32) -> Option<String> {
    let mut found = None;
    lines(path, &mut |line| {
        if let [name, _, third, ..] = *line.split(':').collect::<Vec<_>>() {
            found = Some(name.to_owned()).filter(|_| third.parse() == Ok(number));
        }
        found.is_some()
    });
    found
}

/// A number as C has it: decimal, `0x` hexadecimal, `0` octal, with blanks and `+` before it.
pub fn number(word: &[u8]) -> Option<u64> {
    leading(word).filter(|(_, rest)| rest.is_empty())?.0
}

/// As [`number`], if it is one that a `T` can be.
pub fn fitting<T: TryFrom<u64>>(word: &[u8]) -> Option<T> {
    T::try_from(number(word)?).ok()
}

/// What stands before the first `at` in a word, and what behind it.
#[inline(never)]
pub fn cut(word: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let place = word.iter().position(|byte| *byte == at)?;
    word.split_at_checked(place).and_then(|(before, behind)| Some((before, behind.get(1..)?)))
}

/// The number at the start of a word, as strtoul(3) finds it, and what follows; without a number where it is too great.
/// `None`: no digit is there.
pub fn leading(word: &[u8]) -> Option<(Option<u64>, &[u8])> {
    let word = word.trim_ascii_start();
    let word = word.strip_prefix(b"+").unwrap_or(word);
    let (base, digits) = match word {
        [b'0', b'x' | b'X', digits @ ..] if digits.first().is_some_and(u8::is_ascii_hexdigit) => (16, digits),
        [b'0', ..] => (8, word),
        _ => (10, word),
    };
    let end = digits.iter().position(|byte| !char::from(*byte).is_digit(base)).unwrap_or(digits.len());
    let (number, rest) = digits.split_at_checked(end).filter(|_| end > 0)?;
    Some((u64::from_str_radix(std::str::from_utf8(number).ok()?, base).ok(), rest))
}

/// The first word of the first line that fits.
fn name_of(path: &str, fits: &dyn Fn(&[&str]) -> bool) -> Option<String> {
    let mut found = None;
    look(path, &mut |fields| {
        if fits(fields) {
            found = fields.first().map(|name| (*name).to_owned());
        }
        found.is_some()
    });
    found
}

/// Whether a line's name, or one behind it, is `name`; its number is the field `number`, 0 or 1.
fn is_called(fields: &[&str], number: usize, name: &[u8]) -> bool {
    fields.iter().enumerate().any(|(at, field)| at != number && field.as_bytes() == name)
}

/// Port and protocol, which /etc/services has as `80/tcp`.
fn port<'l>(fields: &[&'l str]) -> Option<(u16, &'l str)> {
    let (port, protocol) = fields.get(1)?.split_once('/')?;
    Some((port.parse().ok()?, protocol))
}

/// Hands the fields of each line that has two or more to `each`, until it has found what it looks for.
fn look(path: &str, each: &mut dyn FnMut(&[&str]) -> bool) {
    lines(path, &mut |line| {
        let fields: Vec<&str> = line.split('#').next().unwrap_or("").split_ascii_whitespace().collect();
        fields.len() > 1 && each(&fields)
    });
}

fn lines(path: &str, each: &mut dyn FnMut(&str) -> bool) {
    let bytes = netmite_netlink::sys::file::contents(path).unwrap_or_default();
    let _ = String::from_utf8_lossy(&bytes).lines().any(each);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protocols() {
        assert_eq!(protocol(b"TCP").unwrap(), 6);
        assert_eq!(protocol(b"0x11").unwrap(), 17);
        assert_eq!(protocol(b"all").unwrap(), 0);
        assert!(protocol(b"300").is_err());
        assert_eq!(protocol_name(135, false).as_deref(), Some("mobility-header"));
        assert_eq!(protocol_name(47, false), None);
    }

    #[test]
    fn numbers_of_c() {
        assert_eq!(number(b"010"), Some(8));
        assert_eq!(number(b"0x1F"), Some(31));
        assert_eq!(number(b"0"), Some(0));
        assert_eq!(number(b" +7"), Some(7));
        assert_eq!(leading(b"7x"), Some((Some(7), &b"x"[..])));
        for bad in [&b""[..], b"x", b"09", b"0x", b"++1", b"+ 1", b"1 ", b"0x+1", b"99999999999999999999"] {
            assert_eq!(number(bad), None, "{bad:?}");
        }
    }
}
