//! The few values that the API speaks in: interface indexes and names, link-layer addresses, prefixes.
//!
//! They refuse at construction what the kernel would refuse: index 0, a name that is empty or longer than 15
//! bytes, a prefix longer than its address.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::num::NonZeroU32;
use std::str::FromStr;

/// The number of an interface in its namespace; never 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IfIndex(NonZeroU32);

impl IfIndex {
    /// The index `number`, unless that is 0.
    pub const fn new(number: u32) -> Option<Self> {
        match NonZeroU32::new(number) {
            Some(index) => Some(IfIndex(index)),
            None => None,
        }
    }

    /// The number.
    pub const fn get(self) -> u32 {
        self.0.get()
    }
}

impl fmt::Display for IfIndex {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The longest interface name in bytes: `IFNAMSIZ` less its NUL.
pub const IFNAME_MAX: usize = 15;

/// An interface name: 1 to 15 bytes, which need not be UTF-8, without `/`, white space and NUL.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IfName {
    bytes: [u8; IFNAME_MAX],
    len: u8,
}

impl IfName {
    /// The name `bytes`, if the kernel would take it. (`:` it refuses too, but some old systems have it.)
    pub fn new(bytes: &[u8]) -> Option<Self> {
        let bad = |byte: &u8| matches!(byte, 0 | b'/' | b' ' | b'\t'..=b'\r');
        if bytes.is_empty() || bytes.len() > IFNAME_MAX || bytes.iter().any(bad) || bytes == b"." || bytes == b".." {
            return None;
        }
        let mut name = IfName { bytes: [0; IFNAME_MAX], len: bytes.len() as u8 };
        name.bytes.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        Some(name)
    }

    /// The name's bytes, without NUL.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or(&[])
    }

    /// For printing; bytes that are not UTF-8 show as the replacement character.
    pub fn display(&self) -> impl fmt::Display + '_ {
        String::from_utf8_lossy(self.as_bytes())
    }
}

impl fmt::Debug for IfName {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "\"{}\"", self.as_bytes().escape_ascii())
    }
}

/// The longest link-layer address in bytes: `MAX_ADDR_LEN`.
pub const LLADDR_MAX: usize = 32;

/// A link-layer address: 6 bytes on Ethernet, 4 on IPv4 tunnels, 16 on IPv6 tunnels, 20 on InfiniBand.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct MacAddress {
    bytes: [u8; LLADDR_MAX],
    len: u8,
}

impl MacAddress {
    /// The address `bytes`, at most 32.
    pub fn new(bytes: &[u8]) -> Option<Self> {
        let len = u8::try_from(bytes.len()).ok().filter(|len| usize::from(*len) <= LLADDR_MAX)?;
        let mut address = MacAddress { bytes: [0; LLADDR_MAX], len };
        address.bytes.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        Some(address)
    }

    /// The address's bytes, in transmission order.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or(&[])
    }
}

impl fmt::Display for MacAddress {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        for (i, byte) in self.as_bytes().iter().enumerate() {
            write!(f, "{}{byte:02x}", if i > 0 { ":" } else { "" })?;
        }
        Ok(())
    }
}

impl fmt::Debug for MacAddress {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for MacAddress {
    type Err = ParseError;

    /// Hexadecimal bytes between colons, as `02:00:00:00:00:01`.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let bad = ParseError("link-layer address");
        let mut address = MacAddress { bytes: [0; LLADDR_MAX], len: 0 };
        for part in text.split(':') {
            let byte = Some(part).filter(|part| part.len() <= 2).and_then(|part| u8::from_str_radix(part, 16).ok());
            *address.bytes.get_mut(usize::from(address.len)).ok_or(bad)? = byte.ok_or(bad)?;
            address.len += 1;
        }
        Ok(address)
    }
}

/// An address and the length of its network part in bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Prefix {
    address: IpAddr,
    len: u8,
}

impl Prefix {
    /// All IPv4 addresses.
    pub const ANY_V4: Prefix = Prefix { address: IpAddr::V4(Ipv4Addr::UNSPECIFIED), len: 0 };
    /// All IPv6 addresses.
    pub const ANY_V6: Prefix = Prefix { address: IpAddr::V6(Ipv6Addr::UNSPECIFIED), len: 0 };

    /// `address` with `len` bits of network part, unless that is more than the address has. The host's bits are kept.
    pub const fn new(address: IpAddr, len: u8) -> Option<Self> {
        let most = if address.is_ipv4() { 32 } else { 128 };
        if len <= most { Some(Prefix { address, len }) } else { None }
    }

    /// The address alone: 32 or 128 bits of network part.
    pub const fn host(address: IpAddr) -> Self {
        Prefix { address, len: if address.is_ipv4() { 32 } else { 128 } }
    }

    /// The address, with its host bits.
    pub const fn address(&self) -> IpAddr {
        self.address
    }

    /// Bits of network part, 0 to 32 or 128. (There is no `is_empty`: it is no collection.)
    #[allow(clippy::len_without_is_empty)]
    pub const fn len(&self) -> u8 {
        self.len
    }

    /// The same prefix with its host bits cleared.
    pub fn network(&self) -> Prefix {
        let address = match self.address {
            IpAddr::V4(a) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.len)).unwrap_or(0);
                IpAddr::V4(Ipv4Addr::from_bits(a.to_bits() & mask))
            }
            IpAddr::V6(a) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.len)).unwrap_or(0);
                IpAddr::V6(Ipv6Addr::from_bits(a.to_bits() & mask))
            }
        };
        Prefix { address, len: self.len }
    }
}

impl From<IpAddr> for Prefix {
    fn from(address: IpAddr) -> Self {
        Prefix::host(address)
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.len)
    }
}

impl FromStr for Prefix {
    type Err = ParseError;

    /// `ADDRESS/LENGTH`, or an address alone.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let bad = ParseError("prefix");
        match text.split_once('/') {
            None => text.parse().map(Prefix::host).map_err(|_| bad),
            Some((address, len)) => {
                let len = len.parse().map_err(|_| bad)?;
                Prefix::new(address.parse().map_err(|_| bad)?, len).ok_or(bad)
            }
        }
    }
}

/// A text that is not what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {0}")]
pub struct ParseError(pub(crate) &'static str);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_kernel_would_refuse() {
        assert_eq!(IfName::new(b"eth0").unwrap().as_bytes(), b"eth0");
        for bad in [&b""[..], b"0123456789abcdef", b"a/b", b"a b", b"a\0", b".", b".."] {
            assert!(IfName::new(bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn prefixes() {
        let prefix: Prefix = "10.1.2.3/16".parse().unwrap();
        assert_eq!(prefix.network().to_string(), "10.1.0.0/16");
        assert_eq!("::1/0".parse::<Prefix>().unwrap().network(), Prefix::ANY_V6);
        assert_eq!("::1".parse::<Prefix>().unwrap().len(), 128);
        assert!("10.0.0.0/33".parse::<Prefix>().is_err());
    }

    #[test]
    fn link_layer_addresses() {
        assert_eq!("2:0:0:0:0:ff".parse::<MacAddress>().unwrap().to_string(), "02:00:00:00:00:ff");
        assert!("02:00:g0".parse::<MacAddress>().is_err());
    }
}
