//! The ranges of addresses and ports that the NAT targets rewrite to, in the three forms their modules have.

use super::{Scan, Shown, bytes_at, u32_at};
use crate::address;
use crate::names;
use crate::problem::{Problem, Result};
use crate::rule::Family;
use netmite_netlink::nftables::uapi::*;
use std::net::IpAddr;

/// How a structure holds a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `struct nf_nat_ipv4_multi_range_compat` of one range: 20 bytes, padded to 24.
    Ipv4,
    /// `struct nf_nat_range`: 40 bytes.
    Any,
    /// `struct nf_nat_range2`: the same with a base port, padded to 48.
    Any2,
}

/// A range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Range {
    /// `NF_NAT_RANGE_…`.
    pub flags: u32,
    /// First and last address.
    pub addresses: Option<(IpAddr, IpAddr)>,
    /// First and last port, or ICMP identifier.
    pub ports: (u16, u16),
    /// The port of the original packet that the first one stands for.
    pub base: u16,
}

impl Form {
    /// Length of the structure, padded to eight bytes.
    pub const fn size(self) -> usize {
        match self {
            Form::Ipv4 => 24,
            Form::Any => 40,
            Form::Any2 => 48,
        }
    }

    /// Reads a structure.
    pub fn read(self, info: &[u8], family: Family) -> Range {
        let (flags, addresses, width, ports) = match self {
            Form::Ipv4 => (4, 8, 4, 16),
            Form::Any | Form::Any2 => (0, 4, 16, 36),
        };
        let len = if family == Family::V4 { 4 } else { 16 };
        let one = |at: usize| info.get(at..at + len.min(width)).and_then(address::from_octets);
        let port = |at| bytes_at(info, at).map_or(0, u16::from_be_bytes);
        let flags = u32_at(info, flags);
        let both = one(addresses).zip(one(addresses + width));
        Range {
            flags,
            addresses: both.filter(|_| flags & NF_NAT_RANGE_MAP_IPS != 0),
            ports: (port(ports), port(ports + 2)),
            base: if self == Form::Any2 { port(40) } else { 0 },
        }
    }

    /// Writes a structure.
    pub fn write(self, range: &Range) -> Vec<u8> {
        let mut info = Vec::with_capacity(self.size());
        let both = range.addresses.map(|(first, last)| [address::octets(first), address::octets(last)]);
        let ports = [range.ports.0.to_be_bytes(), range.ports.1.to_be_bytes()].concat();
        if self == Form::Ipv4 {
            info.extend_from_slice(&1u32.to_ne_bytes());
        }
        info.extend_from_slice(&range.flags.to_ne_bytes());
        let width = if self == Form::Ipv4 { 4 } else { 16 };
        for address in both.unwrap_or_default() {
            let end = info.len() + width;
            info.extend_from_slice(&address);
            info.resize(end, 0);
        }
        info.extend_from_slice(&ports);
        if self == Form::Any2 {
            info.extend_from_slice(&range.base.to_be_bytes());
        }
        info.resize(self.size(), 0);
        info
    }
}

/// Protocols whose ports can be rewritten: tcp, udp, sctp, dccp, udplite, icmp.
pub const WITH_PORTS: &[u8] = &[6, 17, 132, 33, 136];

/// `PORT[-PORT]` of `--to-ports`, numbers only.
pub fn ports(scan: &Scan) -> Result<(u16, u16)> {
    range(scan.value, port)
}

/// As [`ports`], where a service's name will do as well.
pub fn service_ports(scan: &Scan) -> Result<(u16, u16)> {
    range(scan.value, |word| port(word).or_else(|| names::service(word)))
}

/// Two ports, each read by `one`, with the original's complaints.
pub fn range(word: &[u8], one: impl Fn(&[u8]) -> Option<u16>) -> Result<(u16, u16)> {
    let one = |word: &[u8]| one(word).ok_or_else(|| Problem::word("Port `", word, "' not valid"));
    let at = word.iter().position(|byte| *byte == b'-');
    let Some(at) = at else { return one(word).map(|port| (port, port)) };
    let (first, last) = (word.get(..at).unwrap_or(b""), word.get(at + 1..).unwrap_or(b""));
    let range = (one(first)?, one(last)?);
    if range.0 > range.1 {
        return Err(Problem::word("Port range `", last, "' funky"));
    }
    Ok(range)
}

/// A port: a number up to 65535.
pub fn port(word: &[u8]) -> Option<u16> {
    names::number(word).and_then(|number| u16::try_from(number).ok())
}

impl Shown<'_> {
    /// Appends ports: ` PORT` or ` FIRST-LAST`, the blank included.
    pub fn ports(&mut self, range: &Range) {
        let (first, last) = range.ports;
        match first == last {
            true => self.text(format!("{first}")),
            false => self.text(format!("{first}-{last}")),
        }
    }
}
