//! Values of options and entries as words, both ways.

use crate::arguments::{FLAGS, KINDS};
use netmite_grammar::number::in_base;
use netmite_netlink::Prefix;
use netmite_netlink::nat::{Addresses, Interface, Kind, Nat, Not};
use netmite_output::{Names, Value, names};
use std::net::IpAddr;

/// Protocols by their names.
const PROTOCOLS: Names = names![
    ("tcp", 6),
    ("udp", 17),
    ("sctp", 132),
    ("dccp", 33),
    ("udplite", 136),
    ("icmp", 1),
    ("icmpv6", 58),
    ("esp", 50),
    ("ah", 51),
];

/// Cuts a word at the first of these bytes, which is left out.
pub fn cut<'w>(word: &'w [u8], at: &[u8]) -> Option<(&'w [u8], &'w [u8])> {
    let (front, behind) = word.split_at(word.iter().position(|byte| at.contains(byte))?);
    Some((front, behind.get(1..)?))
}

/// Cuts a word at the last byte of this value, which is left out.
pub fn cut_last(word: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let (front, behind) = word.split_at(word.iter().rposition(|byte| *byte == at)?);
    Some((front, behind.get(1..)?))
}

/// An IP address.
pub fn address(word: &[u8]) -> Option<IpAddr> {
    std::str::from_utf8(word).ok()?.parse().ok()
}

/// An IP address that may stand between brackets.
pub fn bracketed(word: &[u8]) -> Option<IpAddr> {
    let word = word.strip_prefix(b"[").unwrap_or(word);
    address(word.strip_suffix(b"]").unwrap_or(word))
}

/// Two addresses of one version, the first before the last.
fn range(first: Option<IpAddr>, last: Option<IpAddr>) -> Option<(IpAddr, IpAddr)> {
    let ordered = match (first?, last?) {
        (IpAddr::V4(first), IpAddr::V4(last)) => first.to_bits() <= last.to_bits(),
        (IpAddr::V6(first), IpAddr::V6(last)) => first.to_bits() <= last.to_bits(),
        _ => false,
    };
    first.zip(last).filter(|_| ordered)
}

/// `ADDRESS`, `ADDRESS/LENGTH`, `ADDRESS/MASK` or `ADDRESS-ADDRESS`.
pub fn addresses(word: &[u8]) -> Option<Addresses> {
    if let Some((first, last)) = cut(word, b"-") {
        return range(address(first), address(last)).map(|(first, last)| Addresses::Range(first, last));
    }
    let prefix = match std::str::from_utf8(word).ok()?.parse::<Prefix>() {
        Ok(prefix) => prefix,
        Err(_) => {
            let (front, behind) = cut(word, b"/")?;
            let (of, mask) = (address(front)?, address(behind)?);
            let bits = match mask {
                IpAddr::V4(mask) => u128::from(mask.to_bits()) << 96,
                IpAddr::V6(mask) => mask.to_bits(),
            };
            let ones = bits.leading_ones();
            let whole = ones == bits.count_ones() && of.is_ipv4() == mask.is_ipv4();
            Prefix::new(of, u8::try_from(ones).ok().filter(|_| whole)?)?
        }
    };
    Some(Addresses::Prefix(prefix.network()))
}

/// `NAME`, or `NAME+` for all that start so.
pub fn interface(word: &[u8]) -> Option<Interface> {
    let (name, wildcard) = word.strip_suffix(b"+").map_or((word, false), |name| (name, true));
    let bad = |byte: &u8| matches!(byte, 0 | b'/' | b' ' | b'\t'..=b'\r');
    (!name.is_empty() && !name.iter().any(bad)).then(|| Interface { name: name.into(), wildcard })
}

/// A protocol's name or number.
pub fn protocol(word: &[u8]) -> Option<u8> {
    let number = || in_base(word, 10).filter(|number| *number != 0);
    u8::try_from(PROTOCOLS.number_in_any_case(word).map(u64::from).or_else(number)?).ok()
}

fn port(word: &[u8]) -> Option<u16> {
    u16::try_from(in_base(word, 10)?).ok()
}

/// `PORT`, `PORT:PORT` or `PORT-PORT`.
pub fn ports(word: &[u8]) -> Option<(u16, u16)> {
    let (first, last) = cut(word, b":-").unwrap_or((word, word));
    let (first, last) = (port(first)?, port(last)?);
    (first <= last).then_some((first, last))
}

/// What a packet is rewritten to: addresses, and ports.
pub type Target = ((IpAddr, IpAddr), Option<(u16, u16)>);

/// `ADDRESS[-ADDRESS][:PORT[-PORT]]`; IPv6 addresses between brackets where a port follows.
pub fn target(word: &[u8]) -> Option<Target> {
    let (addresses, behind) = match word.strip_prefix(b"[") {
        Some(rest) => match cut_last(rest, b']')? {
            (inside, b"") => (inside, None),
            (inside, behind) => (inside, Some(behind.strip_prefix(b":")?)),
        },
        None if word.iter().filter(|byte| **byte == b':').count() == 1 => {
            cut(word, b":").map(|(addresses, behind)| (addresses, Some(behind)))?
        }
        None => (word, None),
    };
    let (first, last) = cut(addresses, b"-").unwrap_or((addresses, addresses));
    let range = range(bracketed(first), bracketed(last))?;
    let ports = match behind {
        Some(behind) => Some(ports(behind)?),
        None => None,
    };
    Some((range, ports))
}

/// The first and the last address of a prefix.
pub fn ends(prefix: Prefix) -> (IpAddr, IpAddr) {
    let first = prefix.network().address();
    let rest = |bits: u32| u128::MAX.checked_shr(bits + u32::from(prefix.len())).unwrap_or(0);
    let last = match first {
        IpAddr::V4(a) => IpAddr::V4((a.to_bits() | rest(96) as u32).into()),
        IpAddr::V6(a) => IpAddr::V6((a.to_bits() | rest(0)).into()),
    };
    (first, last)
}

/// A kind's word.
pub fn kind(kind: Kind) -> &'static str {
    KINDS.iter().find(|(_, known)| *known == kind).map_or("", |(word, _)| word)
}

/// An option that selects.
pub struct Selector {
    /// Its word, with dashes.
    pub option: &'static str,
    /// What it is called in JSON.
    pub key: &'static str,
    /// Whether anything but the value is meant.
    pub inverted: bool,
    /// Its value as a word.
    pub value: Vec<u8>,
}

/// The options that select.
pub fn selectors(nat: &Nat) -> Vec<Selector> {
    let mut all = Vec::new();
    let mut put = |option, key, inverted, value| all.push(Selector { option, key, inverted, value });
    for (option, key, addresses) in [("-s", "source", &nat.source), ("-d", "destination", &nat.destination)] {
        if let Some(Not { value, inverted }) = addresses {
            put(option, key, *inverted, addresses_text(value).into_bytes());
        }
    }
    for (option, key, interface) in [("-i", "in_interface", &nat.input), ("-o", "out_interface", &nat.output)] {
        if let Some(Not { value, inverted }) = interface {
            let name = [&value.name[..], if value.wildcard { b"+" } else { b"" }].concat();
            put(option, key, *inverted, name);
        }
    }
    if let Some(Not { value, inverted }) = nat.protocol {
        put("-p", "protocol", inverted, protocol_text(value).into_bytes());
    }
    for (option, key, ports) in [("--sport", "sport", nat.source_ports), ("--dport", "dport", nat.destination_ports)] {
        if let Some(Not { value, inverted }) = ports {
            put(option, key, inverted, ports_text(value, ':').into_bytes());
        }
    }
    all
}

/// The options that select, as they would be typed: `-s 10.0.0.0/16 ! -o br0`.
pub fn matches(nat: &Nat) -> Vec<u8> {
    let mut all = Vec::new();
    for Selector { option, inverted, value, .. } in selectors(nat) {
        let between: &[u8] = if all.is_empty() { b"" } else { b" " };
        for part in [between, if inverted { b"! " } else { b"" }, option.as_bytes(), b" "] {
            all.extend_from_slice(part);
        }
        quote(&mut all, &value);
    }
    if nat.local {
        all.extend_from_slice(if all.is_empty() { b"--local" } else { b" --local" });
    }
    all
}

/// An address without the length of a host's prefix.
pub fn addresses_text(addresses: &Addresses) -> String {
    match addresses {
        Addresses::Prefix(prefix) if *prefix == Prefix::host(prefix.address()) => {
            Value::Ip(prefix.address()).to_string()
        }
        Addresses::Prefix(prefix) => Value::Prefix(prefix.address(), prefix.len()).to_string(),
        Addresses::Range(first, last) => range_text(*first, *last),
        _ => String::new(),
    }
}

/// A protocol's name, or its number.
pub fn protocol_text(number: u8) -> String {
    PROTOCOLS.name(number.into()).map_or_else(|| number.to_string(), str::to_owned)
}

fn ports_text((first, last): (u16, u16), between: char) -> String {
    if first == last { first.to_string() } else { format!("{first}{between}{last}") }
}

/// What a packet is rewritten to: `203.0.113.5:80-90`; empty for masquerading.
pub fn target_text(nat: &Nat) -> String {
    let mut text = String::new();
    if let Some((first, last)) = nat.to {
        let bracketed = nat.v6 && nat.to_ports.is_some();
        text.push_str(if bracketed { "[" } else { "" });
        text.push_str(&match nat.kind {
            Kind::Netmap => netmap_prefix(first, last),
            _ if first == last => Value::Ip(first).to_string(),
            _ => range_text(first, last),
        });
        text.push_str(if bracketed { "]" } else { "" });
    }
    if let Some(ports) = nat.to_ports {
        text.push_str(if nat.to.is_some() { ":" } else { "" });
        text.push_str(&ports_text(ports, '-'));
    }
    text
}

fn netmap_prefix(first: IpAddr, last: IpAddr) -> String {
    let common = match (first, last) {
        (IpAddr::V4(a), IpAddr::V4(b)) => (a.to_bits() ^ b.to_bits()).leading_zeros(),
        (IpAddr::V6(a), IpAddr::V6(b)) => (a.to_bits() ^ b.to_bits()).leading_zeros(),
        _ => 0,
    };
    Value::Prefix(first, common as u8).to_string()
}

fn range_text(first: IpAddr, last: IpAddr) -> String {
    [Value::Ip(first).to_string(), Value::Ip(last).to_string()].join("-")
}

/// The flags, as options.
pub fn flags(nat: &Nat) -> Vec<&'static str> {
    let mut all = Vec::new();
    for (word, flag) in &FLAGS {
        if nat.flags & flag != 0 {
            all.push(*word);
        }
    }
    all
}

/// The entry as it would be typed behind `nat add`.
pub fn entry(nat: &Nat) -> Vec<u8> {
    let mut line = kind(nat.kind).as_bytes().to_vec();
    if nat.v6 && !has_address(nat) {
        line.extend_from_slice(b" -6");
    }
    let matches = matches(nat);
    if !matches.is_empty() {
        line.push(b' ');
        line.extend_from_slice(&matches);
    }
    let target = target_text(nat);
    if !target.is_empty() {
        let option = match nat.kind {
            Kind::Snat => " --to-source ",
            Kind::Dnat => " --to-destination ",
            Kind::Netmap => " --to ",
            _ => " --to-ports ",
        };
        line.extend_from_slice(option.as_bytes());
        line.extend_from_slice(target.as_bytes());
    }
    for flag in flags(nat) {
        line.extend_from_slice(b" --");
        line.extend_from_slice(flag.as_bytes());
    }
    if !nat.comment.is_empty() {
        line.extend_from_slice(b" --comment ");
        quote(&mut line, &nat.comment);
    }
    line
}

fn has_address(nat: &Nat) -> bool {
    nat.source.is_some() || nat.destination.is_some() || nat.to.is_some()
}

/// Appends a word so that [`split`] gives it back: between quotes where it has to be.
fn quote(to: &mut Vec<u8>, word: &[u8]) {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_./:+,@%=".contains(byte) || *byte >= 0x80;
    if !word.is_empty() && word.iter().all(plain) {
        return to.extend_from_slice(word);
    }
    to.push(b'"');
    for byte in word {
        match byte {
            b'"' | b'\\' => to.extend_from_slice(&[b'\\', *byte]),
            b'\n' => to.extend_from_slice(b"\\n"),
            _ => to.push(*byte),
        }
    }
    to.push(b'"');
}

/// The words of a line, with quotes and backslashes undone; `None` where a quote is left open.
pub fn split(line: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut words = Vec::new();
    let mut word: Option<Vec<u8>> = None;
    let mut quote = None;
    let mut bytes = line.iter().copied();
    while let Some(byte) = bytes.next() {
        match (byte, quote) {
            (b'\\', Some(b'"') | None) => {
                let next = bytes.next()?;
                let real = if next == b'n' && quote.is_some() { b'\n' } else { next };
                word.get_or_insert_default().push(real);
            }
            (_, Some(open)) if byte == open => quote = None,
            (_, Some(_)) => word.get_or_insert_default().push(byte),
            (b'"' | b'\'', None) => {
                quote = Some(byte);
                word.get_or_insert_default();
            }
            (b'#', None) if word.is_none() => break,
            (b' ' | b'\t' | b'\r' | b'\n', None) => words.extend(word.take()),
            (_, None) => word.get_or_insert_default().push(byte),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values() {
        let text = |word: &str| addresses(word.as_bytes()).map(|addresses| addresses_text(&addresses));
        assert_eq!(text("10.1.2.3/16").as_deref(), Some("10.1.0.0/16"));
        assert_eq!(text("10.1.2.3/255.255.255.0").as_deref(), Some("10.1.2.0/24"));
        assert_eq!(text("10.0.0.1-10.0.0.9").as_deref(), Some("10.0.0.1-10.0.0.9"));
        for bad in ["", "10", "10.0.0.0/33", "10.0.0.9-10.0.0.1", "1.2.3.4-::1", "1.2.3.4/255.0.255.0"] {
            assert_eq!(text(bad), None, "{bad}");
        }
        assert_eq!(ports(b"80:90"), Some((80, 90)));
        assert_eq!((ports(b"90-80"), ports(b"+8"), ports(b"70000")), (None, None, None));
        let full = target(b"[fd00::1]:80").unwrap();
        assert_eq!(full, (("fd00::1".parse().unwrap(), "fd00::1".parse().unwrap()), Some((80, 80))));
        assert!(target(b"10.0.0.1-10.0.0.4:80-90").is_some());
        assert_eq!((target(b"10.0.0.1:"), target(b"fd00::1-10.0.0.1")), (None, None));
    }

    #[test]
    fn lines() {
        let words = |line: &[u8]| {
            split(line).map(|words| words.iter().map(|w| String::from_utf8_lossy(w).into_owned()).collect::<Vec<_>>())
        };
        assert_eq!(words(b"a 'b c' \"d\\\"\" # e").unwrap(), ["a", "b c", "d\""]);
        assert_eq!(words(b"a \"b"), None);
        for comment in [&b"web"[..], b"a b", b"\"\\\n", b"", b"#x"] {
            let mut line = Vec::new();
            quote(&mut line, comment);
            assert_eq!(split(&line).unwrap(), [comment.to_vec()]);
        }
    }
}
