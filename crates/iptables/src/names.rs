//! Names of protocols, services, hosts and networks, from the files under /etc that hold them.
//!
//! A file is read only where a name is asked for that is not built in. Names are not asked of the DNS: a firewall's
//! listing should not wait for the network it filters.

use crate::problem::{Problem, Result};
use std::net::IpAddr;

/// The protocols that are known without a file.
const PROTOCOLS: &[(u8, &str)] = &[
    (6, "tcp"),
    (132, "sctp"),
    (17, "udp"),
    (136, "udplite"),
    (1, "icmp"),
    (58, "ipv6-icmp"),
    (58, "icmpv6"),
    (50, "esp"),
    (51, "ah"),
    (135, "mobility-header"),
    (135, "ipv6-mh"),
    (135, "mh"),
    (33, "dccp"),
    (0, "all"),
];

/// The protocol called `word`: a number, a name that is built in, or one in /etc/protocols.
pub fn protocol(word: &[u8]) -> Result<u8> {
    let lower = word.to_ascii_lowercase();
    let unknown = || Problem::word("unknown protocol \"", &lower, "\" specified");
    if let Some(number) = number(&lower) {
        return u8::try_from(number).map_err(|_| unknown());
    }
    let built_in = PROTOCOLS.iter().find(|(_, name)| name.as_bytes() == lower).map(|(number, _)| *number);
    let listed = || {
        let lines = file("/etc/protocols");
        let mut fields = lines.iter().filter_map(|line| Fields::of(line, 1));
        fields.find(|fields| fields.is_called(&lower)).and_then(|fields| fields.number.parse().ok())
    };
    built_in.or_else(listed).ok_or_else(unknown)
}

/// The name of a protocol, if it has one: built in, or (`look`) in /etc/protocols.
pub fn protocol_name(number: u8, look: bool) -> Option<String> {
    let built_in = PROTOCOLS.iter().find(|(known, _)| *known == number).map(|(_, name)| (*name).to_owned());
    built_in.or_else(|| {
        let lines = if look { file("/etc/protocols") } else { Vec::new() };
        let mut fields = lines.iter().filter_map(|line| Fields::of(line, 1));
        fields.find(|fields| fields.number.parse() == Ok(number)).map(|fields| fields.name.to_owned())
    })
}

/// The port of the service called `name`, with that protocol or any.
pub fn service(name: &[u8], protocol: Option<&str>) -> Option<u16> {
    let lines = file("/etc/services");
    let fields = lines.iter().filter_map(|line| Fields::of(line, 1));
    let mut ports = fields.filter(|fields| fields.is_called(name)).filter_map(|fields| fields.port());
    ports.find(|(_, with)| protocol.is_none_or(|wanted| wanted == *with)).map(|(port, _)| port)
}

/// The name of the service at `port` of a protocol.
pub fn service_name(port: u16, protocol: &str) -> Option<String> {
    let lines = file("/etc/services");
    let mut fields = lines.iter().filter_map(|line| Fields::of(line, 1));
    fields.find(|fields| fields.port() == Some((port, protocol))).map(|fields| fields.name.to_owned())
}

/// The addresses of a host in /etc/hosts.
pub fn host(name: &[u8]) -> Vec<IpAddr> {
    let lines = file("/etc/hosts");
    let fields = lines.iter().filter_map(|line| Fields::of(line, 0)).filter(|fields| fields.is_called(name));
    fields.filter_map(|fields| fields.number.parse().ok()).collect()
}

/// The name of a host, from /etc/hosts.
pub fn host_name(address: IpAddr) -> Option<String> {
    let lines = file("/etc/hosts");
    let mut fields = lines.iter().filter_map(|line| Fields::of(line, 0));
    fields.find(|fields| fields.number.parse() == Ok(address)).map(|fields| fields.name.to_owned())
}

/// The name of an IPv4 network, from /etc/networks.
pub fn network_name(address: IpAddr) -> Option<String> {
    let lines = file("/etc/networks");
    let mut fields = lines.iter().filter_map(|line| Fields::of(line, 1));
    let fits = |fields: &Fields| crate::address::dotted(fields.number.as_bytes()).map(IpAddr::V4) == Some(address);
    fields.find(fits).map(|fields| fields.name.to_owned())
}

/// The number of a user or group, in /etc/passwd or /etc/group.
pub fn account(path: &str, name: &[u8]) -> Option<u32> {
    let lines = file(path);
    let mut fields = lines.iter().map(|line| line.split(':').collect::<Vec<_>>());
    let found = fields.find(|fields| fields.first().is_some_and(|first| first.as_bytes() == name))?;
    found.get(2)?.parse().ok()
}

/// The name of a user or group.
pub fn account_name(path: &str, number: u32) -> Option<String> {
    let lines = file(path);
    let mut fields = lines.iter().map(|line| line.split(':').collect::<Vec<_>>());
    let found = fields.find(|fields| fields.get(2).is_some_and(|third| third.parse() == Ok(number)))?;
    found.first().map(|name| (*name).to_owned())
}

/// A number as C has it: decimal, `0x` hexadecimal, `0` octal.
pub fn number(word: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(word).ok()?;
    if !text.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => u64::from_str_radix(hex, 16).ok().filter(|_| !hex.starts_with('+')),
        None if text.len() > 1 && text.starts_with('0') => {
            u64::from_str_radix(text.get(1..)?, 8).ok().filter(|_| !text.contains('+'))
        }
        None => text.parse().ok(),
    }
}

/// A line of one of the files: a name, a number before or behind it, further names.
struct Fields<'a> {
    name: &'a str,
    number: &'a str,
    others: Vec<&'a str>,
}

impl<'a> Fields<'a> {
    /// Reads a line whose number is the field `at`, 0 or 1, and its first name the other.
    fn of(line: &'a str, at: usize) -> Option<Self> {
        let mut fields = line.split('#').next()?.split_ascii_whitespace();
        let (first, second) = (fields.next()?, fields.next()?);
        let (number, name) = if at == 0 { (first, second) } else { (second, first) };
        Some(Fields { name, number, others: fields.collect() })
    }

    fn is_called(&self, name: &[u8]) -> bool {
        self.name.as_bytes() == name || self.others.iter().any(|other| other.as_bytes() == name)
    }

    fn port(&self) -> Option<(u16, &'a str)> {
        let (port, protocol) = self.number.split_once('/')?;
        Some((port.parse().ok()?, protocol))
    }
}

fn file(path: &str) -> Vec<String> {
    let bytes = std::fs::read(path).unwrap_or_default();
    String::from_utf8_lossy(&bytes).lines().map(str::to_owned).collect()
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
        for bad in [&b""[..], b"x", b"09", b"0x", b"+1", b"0x+1", b"99999999999999999999"] {
            assert_eq!(number(bad), None, "{bad:?}");
        }
    }
}
