//! Addresses with masks, as options give them and as listings show them.

use crate::names;
use crate::problem::{Problem, Result};
use crate::rule::{Family, Masked};
use netmite_output::Value;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An IPv4 address of one to four numbers; what is missing is zero.
pub fn dotted(word: &[u8]) -> Option<Ipv4Addr> {
    let mut octets = [0; 4];
    let mut parts = word.split(|byte| *byte == b'.');
    for octet in &mut octets {
        match parts.next() {
            Some(part) => *octet = u8::try_from(names::number(part)?).ok()?,
            None => break,
        }
    }
    parts.next().is_none().then(|| Ipv4Addr::from(octets))
}

/// An address alone, without mask and name.
pub fn plain(family: Family, word: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(word).ok()?;
    match family {
        Family::V4 => text.parse().ok().map(IpAddr::V4),
        Family::V6 => text.parse().ok().map(IpAddr::V6),
    }
}

/// The value of `-s` and `-d`: `ADDRESS[/MASK]` or a host's name, several between commas.
pub fn list(family: Family, value: &[u8]) -> Result<Vec<Masked>> {
    let mut all = Vec::new();
    for word in value.split(|byte| *byte == b',') {
        let word = word.trim_ascii_start();
        let at = word.iter().rposition(|byte| *byte == b'/');
        let (address, mask) = at.map_or((word, None), |at| (word.get(..at).unwrap_or(b""), word.get(at + 1..)));
        let mask = mask.map_or_else(|| Ok(prefix(family, 128)), |mask| mask_of(family, mask))?;
        let exact = match family {
            Family::V4 => dotted(address).or_else(|| aton(address)).map(IpAddr::V4),
            Family::V6 => plain(family, address),
        };
        let found = match exact {
            Some(exact) => vec![exact],
            None => names::host(family, address),
        };
        if found.is_empty() {
            return Err(Problem::word("host/network `", address, "' not found"));
        }
        for address in found {
            let address = joined(address, mask, |byte, mask| byte & mask).unwrap_or(address);
            all.push(Masked { address, mask });
        }
    }
    Ok(all)
}

/// One address as some matches have it, whose other bits stay: as inet_aton(3) reads it, the last number filling what is left.
/// `bad` is what to say of a mask that is none.
pub fn unmasked(family: Family, word: &[u8], bad: &dyn Fn() -> Problem) -> Result<(IpAddr, IpAddr)> {
    let (text, mask) = names::cut(word, b'/').map_or((word, None), |(text, mask)| (text, Some(mask)));
    let mask = mask.map_or_else(|| Ok(prefix(family, 128)), |mask| mask_of(family, mask).map_err(|_| bad()))?;
    let found = match family {
        Family::V4 => aton(text).map(IpAddr::V4),
        Family::V6 => plain(family, text),
    };
    let found = found.or_else(|| names::host(family, text).first().copied());
    found.map(|address| (address, mask)).ok_or_else(|| {
        let other = if family == Family::V4 { Family::V6 } else { Family::V4 };
        match plain(other, text) {
            Some(_) => Problem::parameter("getaddrinfo: Address family for hostname not supported\n"),
            None => {
                let text = text.escape_ascii();
                let hint = format!("\"{text}\" is no address, and not in /etc/hosts; the DNS is not asked");
                Problem::parameter("getaddrinfo: Name or service not known\n").hint(hint)
            }
        }
    })
}

/// As inet_aton(3): what stands in front has a byte each, the last number the rest.
fn aton(word: &[u8]) -> Option<Ipv4Addr> {
    let mut parts = word.split(|byte| *byte == b'.');
    let (mut part, mut bits, mut free) = (parts.next()?, 0, 32);
    loop {
        let number = names::number(part)?;
        match parts.next() {
            Some(next) if number < 256 && free > 8 => {
                free -= 8;
                bits |= number << free;
                part = next;
            }
            None if number >> free == 0 => return u32::try_from(bits | number).ok().map(Ipv4Addr::from_bits),
            _ => return None,
        }
    }
}

fn mask_of(family: Family, word: &[u8]) -> Result<IpAddr> {
    let bad = || Problem::word("invalid mask `", word, "' specified");
    if names::number(word).is_none() {
        return plain(family, word).ok_or_else(bad);
    }
    let most = if family == Family::V4 { 32 } else { 128 };
    let len = names::number(word).and_then(|len| u8::try_from(len).ok());
    len.filter(|len| *len <= most).map(|len| prefix(family, len)).ok_or_else(bad)
}

/// The mask of `len` bits, or of all there are.
pub fn prefix(family: Family, len: u8) -> IpAddr {
    let cut = |all: u32| u32::from(len).min(all);
    match family {
        Family::V4 => Ipv4Addr::from_bits(!u32::MAX.checked_shr(cut(32)).unwrap_or(0)).into(),
        Family::V6 => Ipv6Addr::from_bits(!u128::MAX.checked_shr(cut(128)).unwrap_or(0)).into(),
    }
}

/// The 4 or 16 bytes of an address.
#[derive(Clone, Copy)]
pub struct Octets {
    bytes: [u8; 16],
    len: usize,
}

impl std::ops::Deref for Octets {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or(&self.bytes)
    }
}

/// An address's bytes.
#[inline(never)]
pub fn octets(address: IpAddr) -> Octets {
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, d] = address.octets();
            Octets { bytes: [a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], len: 4 }
        }
        IpAddr::V6(address) => Octets { bytes: address.octets(), len: 16 },
    }
}

/// An address made of two, byte by byte.
pub fn joined(one: IpAddr, other: IpAddr, byte: fn(u8, u8) -> u8) -> Option<IpAddr> {
    let mut all = octets(one);
    all.bytes.iter_mut().zip(octets(other).bytes).for_each(|(one, other)| *one = byte(*one, other));
    from_octets(&all)
}

/// The address of 4 or 16 bytes.
pub fn from_octets(bytes: &[u8]) -> Option<IpAddr> {
    netmite_netlink::attributes::ip(bytes)
}

/// The number of leading one bits, if all others are zero.
pub fn length(mask: IpAddr) -> Option<u8> {
    let bits = match mask {
        IpAddr::V4(mask) => u128::from(mask.to_bits()) << 96,
        IpAddr::V6(mask) => mask.to_bits(),
    };
    u8::try_from(bits.leading_ones()).ok().filter(|ones| bits.count_ones() == u32::from(*ones))
}

impl Masked {
    /// As `-S` has it: always with a mask.
    pub fn saved(&self) -> String {
        match length(self.mask) {
            Some(len) => Value::Prefix(self.address, len).to_string(),
            None => masked(self.address.into(), self.mask),
        }
    }

    /// As `-L` has it: without the mask of a single address; with names where `numeric` is false.
    pub fn listed(&self, numeric: bool) -> String {
        let whole = if self.address.is_ipv4() { 32 } else { 128 };
        let len = length(self.mask);
        // The original looks only at the address in IPv6, whatever the mask.
        let any = len == Some(0) || (self.address.is_ipv6() && self.address.is_unspecified());
        let name = match numeric {
            true => None,
            false if any => return "anywhere".to_owned(),
            false if self.address.is_ipv6() && len != Some(whole) => None,
            false => names::host_name(self.address).or_else(|| match self.address.is_ipv4() {
                true => names::network_name(self.address),
                false => None,
            }),
        };
        let name = name.unwrap_or_else(|| Value::Ip(self.address).to_string());
        match len {
            Some(len) if len == whole => name,
            Some(len) => format!("{name}/{len}"),
            None => masked((&*name).into(), self.mask),
        }
    }
}

/// What stands before a mask that is no prefix's, and the mask.
fn masked(before: Value, mask: IpAddr) -> String {
    format!("{before}/{}", Value::Ip(mask))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saved(family: Family, word: &str) -> String {
        match list(family, word.as_bytes()) {
            Ok(all) => all.iter().map(Masked::saved).collect::<Vec<_>>().join(" "),
            Err(problem) => String::from_utf8_lossy(problem.text()).into_owned(),
        }
    }

    #[test]
    fn as_the_original() {
        assert_eq!(saved(Family::V4, "10.1/8"), "10.0.0.0/8");
        assert_eq!(saved(Family::V4, "010.1.2.3"), "8.1.2.3/32");
        assert_eq!(saved(Family::V4, "1.2.3.4/255.0.255.0,0/0"), "1.0.3.0/255.0.255.0 0.0.0.0/0");
        assert_eq!(saved(Family::V4, "1.2.3.4/33"), "invalid mask `33' specified");
        assert_eq!(saved(Family::V4, "1.2.3.4/"), "invalid mask `' specified");
        assert_eq!(saved(Family::V4, "300.1.1.1"), "host/network `300.1.1.1' not found");
        assert_eq!(saved(Family::V6, "2001:db8::1/32"), "2001:db8::/32");
        assert_eq!(saved(Family::V6, "2001:db8::/ffff:0:ffff::"), "2001::/ffff:0:ffff::");
        assert_eq!(saved(Family::V6, "::1"), "::1/128");
        assert_eq!(prefix(Family::V4, 0).to_string(), "0.0.0.0");
    }
}
