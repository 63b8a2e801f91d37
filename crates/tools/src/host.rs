//! A host as it is named on a command line: an address, or a name that /etc/hosts has. No resolver is asked.

use crate::getopt::digits;
use nix::net::if_::if_nametoindex;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Which addresses will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    Any,
    V4,
    V6,
}

impl Family {
    fn takes(self, address: IpAddr) -> bool {
        match self {
            Family::Any => true,
            Family::V4 => address.is_ipv4(),
            Family::V6 => address.is_ipv6(),
        }
    }
}

/// A host: its address, and the interface that a link-local one is on (0: none named).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Host {
    pub(crate) address: IpAddr,
    pub(crate) scope: u32,
}

/// The host that `word` names: a number in any form of inet_aton(3), an IPv6 address with `%INTERFACE` or without, a name in
/// /etc/hosts (of several addresses an IPv4 one).
pub(crate) fn find(word: &[u8], family: Family) -> Option<Host> {
    let found = numeric(word).or_else(|| {
        let hosts = netmite_netlink::sys::file::contents("/etc/hosts").ok()?;
        let of = |family| in_hosts(&hosts, word, family).map(|address| Host { address, scope: 0 });
        if family == Family::Any { of(Family::V4).or_else(|| of(Family::V6)) } else { of(family) }
    })?;
    Some(found).filter(|host| family.takes(host.address))
}

fn numeric(word: &[u8]) -> Option<Host> {
    if let Some(address) = aton(word) {
        return Some(Host { address: IpAddr::V4(address), scope: 0 });
    }
    let (address, zone) = word.split_at(word.iter().position(|byte| *byte == b'%').unwrap_or(word.len()));
    let scope = match zone.get(1..) {
        Some(zone) => digits(zone, 10).or_else(|| if_nametoindex(zone).ok())?,
        None => 0,
    };
    let address: Ipv6Addr = std::str::from_utf8(address).ok()?.parse().ok()?;
    Some(Host { address: IpAddr::V6(address), scope })
}

/// An IPv4 address as inet_aton(3) reads it: one to four parts, decimal, octal or hexadecimal; the last fills what is left.
fn aton(word: &[u8]) -> Option<Ipv4Addr> {
    let (mut address, mut room) = (0u32, 32);
    let mut parts = word.split(|byte| *byte == b'.').peekable();
    loop {
        let part = match parts.next()? {
            [b'0', b'x' | b'X', hexadecimal @ ..] => digits(hexadecimal, 16)?,
            [b'0', octal @ ..] if !octal.is_empty() => digits(octal, 8)?,
            decimal => digits(decimal, 10)?,
        };
        if parts.peek().is_none() {
            return (room == 32 || part >> room == 0).then_some(Ipv4Addr::from(address | part));
        }
        if part > 255 || room == 8 {
            return None;
        }
        room -= 8;
        address |= part << room;
    }
}

/// The first address of `family` that a file in the form of hosts(5) gives `name`.
fn in_hosts(file: &[u8], name: &[u8], family: Family) -> Option<IpAddr> {
    file.split(|byte| *byte == b'\n').find_map(|line| {
        let line = line.split(|byte| *byte == b'#').next()?;
        let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        let address: IpAddr = std::str::from_utf8(words.next()?).ok()?.parse().ok()?;
        (family.takes(address) && words.any(|word| word.eq_ignore_ascii_case(name))).then_some(address)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_the_forms_of_inet_aton() {
        assert_eq!(aton(b"10.9.0"), Some(Ipv4Addr::new(10, 9, 0, 0)));
        assert_eq!(aton(b"0"), Some(Ipv4Addr::UNSPECIFIED));
        assert_eq!(aton(b"0x7f.1"), Some(Ipv4Addr::LOCALHOST));
        assert_eq!(aton(b"010.0.0.1"), Some(Ipv4Addr::new(8, 0, 0, 1)));
        assert_eq!(aton(b"4294967295"), Some(Ipv4Addr::BROADCAST));
        for wrong in ["", ".", "1.2.3.4.5", "256.1", "1.2.3.256", "1..2", "x", "+1", "0x-1", "1.16777216"] {
            assert_eq!(aton(wrong.as_bytes()), None, "{wrong}");
        }
    }

    #[test]
    fn names_are_those_of_the_hosts_file() {
        let file = b"# comment\n::1 localhost\n127.0.0.1\tlocalhost self # not this\nbad line\n";
        assert_eq!(in_hosts(file, b"LOCALHOST", Family::V4), Some(IpAddr::V4(Ipv4Addr::LOCALHOST)));
        assert_eq!(in_hosts(file, b"localhost", Family::V6), Some(IpAddr::V6(Ipv6Addr::LOCALHOST)));
        assert_eq!(in_hosts(file, b"this", Family::Any), None);
        assert_eq!(in_hosts(file, b"line", Family::Any), None);
    }

    #[test]
    fn no_byte_string_panics() {
        for word in [&b"\xff"[..], b"%", b"fe80::1%", b"fe80::1%nosuch0", b"1.2.3.4%1", b"::1%0x"] {
            assert_eq!(numeric(word), None);
        }
        assert!(numeric(b"fe80::1%7").is_some_and(|host| host.scope == 7));
    }
}
