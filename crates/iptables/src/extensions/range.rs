//! The ranges of addresses and ports that the NAT targets rewrite to, in the three forms their modules have.

use super::{bytes_at, store, u32_at};
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
    /// The form whose structure has that length.
    pub fn of(size: u16) -> Self {
        match size {
            24 => Form::Ipv4,
            40 => Form::Any,
            _ => Form::Any2,
        }
    }

    /// Length of the structure, padded to eight bytes.
    pub const fn size(self) -> u16 {
        match self {
            Form::Ipv4 => 24,
            Form::Any => 40,
            Form::Any2 => 48,
        }
    }

    /// Where a structure has its flags, its addresses, and its ports; and how far the addresses are apart.
    fn places(self) -> (usize, usize, usize, usize) {
        match self {
            Form::Ipv4 => (4, 8, 16, 4),
            Form::Any | Form::Any2 => (0, 4, 36, 16),
        }
    }

    /// Reads a structure.
    pub fn read(self, info: &[u8], family: Family) -> Range {
        let (flags, addresses, ports, width) = self.places();
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
        let mut info = vec![0; self.size().into()];
        let (flags, addresses, ports, width) = self.places();
        if self == Form::Ipv4 {
            store(&mut info, 0, &1u32.to_ne_bytes());
        }
        store(&mut info, flags, &range.flags.to_ne_bytes());
        if let Some((first, last)) = range.addresses {
            store(&mut info, addresses, &address::octets(first));
            store(&mut info, addresses + width, &address::octets(last));
        }
        store(&mut info, ports, &range.ports.0.to_be_bytes());
        store(&mut info, ports + 2, &range.ports.1.to_be_bytes());
        if self == Form::Any2 {
            store(&mut info, 40, &range.base.to_be_bytes());
        }
        info
    }
}

/// Protocols whose ports can be rewritten: tcp, udp, sctp, dccp, udplite, icmp.
pub const WITH_PORTS: &[u8] = &[6, 17, 132, 33, 136];

/// `PORT[-PORT]` of `--to-ports`.
pub fn ports(value: &[u8]) -> Result<(u16, u16)> {
    match range(value)? {
        (ports, []) => Ok(ports),
        (_, [b'/', ..]) if value.contains(&b'-') => {
            Err(Problem::parameter("Shifted portmap ranges not supported with this kernel"))
        }
        (_, rest) => Err(garbage(value, rest)),
    }
}

/// `PORT[-PORT][/PORT]`: the last is the port of the original packet that the first stands for.
pub fn ports_and_base(value: &[u8]) -> Result<((u16, u16), Option<u16>)> {
    let (ports, rest) = range(value)?;
    match rest {
        [] => Ok((ports, None)),
        [b'/', base @ ..] if value.contains(&b'-') => {
            let number = leading(base).map_or_else(|| names::service(base, None), |(number, _)| number);
            number.map(|base| (ports, Some(base))).ok_or_else(|| invalid(base))
        }
        rest => Err(garbage(value, rest)),
    }
}

fn invalid(word: &[u8]) -> Problem {
    Problem::word("Port `", word, "' not valid")
}

fn garbage(value: &[u8], rest: &[u8]) -> Problem {
    let what = if value.contains(&b'-') { "range" } else { "value" };
    Problem::word(&format!("Garbage after port {what}: `"), rest, "'")
}

/// The number at the start of a word, in C's notation, if it is a port, and what follows. `None`: no digit is there.
fn leading(word: &[u8]) -> Option<(Option<u16>, &[u8])> {
    let (number, rest) = names::leading(word)?;
    Some((number.and_then(|number| u16::try_from(number).ok()), rest))
}

/// `PORT[-PORT]` or a service's name, and what follows.
fn range(value: &[u8]) -> Result<((u16, u16), &[u8])> {
    let Some((first, rest)) = leading(value) else {
        let port = names::service(value, None).ok_or_else(|| invalid(value))?;
        return Ok(((port, port), &[]));
    };
    let first = first.ok_or_else(|| invalid(value))?;
    let Some(behind) = rest.strip_prefix(b"-") else { return Ok(((first, first), rest)) };
    let (last, rest) = leading(behind).ok_or_else(|| invalid(behind))?;
    let last = last.ok_or_else(|| invalid(behind))?;
    if first > last {
        return Err(Problem::word("Port range `", behind, "' funky"));
    }
    Ok(((first, last), rest))
}
