//! Shapes: which fields a set's keys have, and what its values are. A shape is its set's name, so that the kernel keeps it.

use super::{Addresses, Interface, Kind, Nat, Not};
use crate::nftables::Bytes;
use crate::nftables::uapi::*;
use crate::types::Prefix;
use std::fmt::Write;
use std::net::IpAddr;

/// The greatest key in bytes: the kernel has 16 registers of four.
const KEY_MAX: usize = 64;
/// An interface's name in a register: as long as the kernel's own, filled up with zeros.
pub(super) const NAME_LEN: usize = 16;

/// A field that keys can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Source(u8),
    Destination(u8),
    Input,
    Output,
    Protocol,
    SourcePort,
    DestinationPort,
}

/// A shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) kind: Kind,
    pub(super) v6: bool,
    pub(super) fields: Vec<Field>,
    /// Whether only packets to this host are looked up.
    pub(super) local: bool,
    /// Whether values hold an address, and a port.
    pub(super) to: (bool, bool),
    pub(super) flags: u32,
}

static KINDS: [(Kind, &str); 4] =
    [(Kind::Masquerade, "masquerade"), (Kind::Snat, "snat"), (Kind::Dnat, "dnat"), (Kind::Redirect, "redirect")];
static FLAGS: [(u32, &str); 3] = [
    (NF_NAT_RANGE_PROTO_RANDOM, "random"),
    (NF_NAT_RANGE_PROTO_RANDOM_FULLY, "fully"),
    (NF_NAT_RANGE_PERSISTENT, "persistent"),
];

impl Field {
    /// Length in bytes, and nft's number for the type.
    fn form(self, v6: bool) -> (usize, u32) {
        match self {
            Field::Source(_) | Field::Destination(_) if v6 => (16, 8),
            Field::Source(_) | Field::Destination(_) => (4, 7),
            Field::Input | Field::Output => (NAME_LEN, 41),
            Field::Protocol => (1, 12),
            Field::SourcePort | Field::DestinationPort => (2, 13),
        }
    }

    /// Its part of a set's name: a word, and behind it the length of a prefix.
    fn name(self) -> (&'static str, Option<u8>) {
        match self {
            Field::Source(len) => ("s", Some(len)),
            Field::Destination(len) => ("d", Some(len)),
            Field::Input => ("i", None),
            Field::Output => ("o", None),
            Field::Protocol => ("p", None),
            Field::SourcePort => ("sport", None),
            Field::DestinationPort => ("dport", None),
        }
    }

    fn of(name: &[u8], v6: bool) -> Option<Self> {
        Some(match name {
            b"i" => Field::Input,
            b"o" => Field::Output,
            b"p" => Field::Protocol,
            b"sport" => Field::SourcePort,
            b"dport" => Field::DestinationPort,
            [which @ (b's' | b'd'), digits @ ..] => {
                let mut len = if digits.is_empty() { None } else { Some(0u8) };
                for digit in digits {
                    let digit = digit.checked_sub(b'0').filter(|digit| *digit < 10)?;
                    len = len.and_then(|len| len.checked_mul(10)?.checked_add(digit));
                }
                let len = len.filter(|len| *len <= if v6 { 128 } else { 32 })?;
                if *which == b's' { Field::Source(len) } else { Field::Destination(len) }
            }
            _ => return None,
        })
    }
}

/// Bytes up to the next register of four.
pub(super) fn padded(len: usize) -> usize {
    len.div_ceil(4) * 4
}

impl Shape {
    /// The shape of an entry; `None` where it can't be an element, but must be a rule.
    pub(super) fn of(nat: &Nat) -> Option<Self> {
        let single = |pair: Option<(u16, u16)>| pair.is_none_or(|(first, last)| first == last);
        let one = nat.to.is_none_or(|(first, last)| first == last);
        let to = (nat.to.is_some(), nat.to_ports.is_some());
        let takes = match nat.kind {
            Kind::Masquerade => to == (false, false),
            Kind::Snat | Kind::Dnat => to.0 && single(nat.to_ports) && one,
            Kind::Redirect => !to.0 && single(nat.to_ports),
            Kind::Netmap => false,
        };
        if !takes {
            return None;
        }
        let fields = Self::fields(nat)?;
        Some(Shape { kind: nat.kind, v6: nat.v6, fields, local: nat.local, to, flags: nat.flags })
    }

    /// The fields that an entry is matched by; `None` where no set's key can say so.
    pub(super) fn fields(nat: &Nat) -> Option<Vec<Field>> {
        let mut fields = Vec::with_capacity(7);
        for (address, field) in
            [(&nat.source, Field::Source as fn(u8) -> Field), (&nat.destination, Field::Destination)]
        {
            match address {
                None => (),
                Some(Not { value: Addresses::Prefix(prefix), inverted: false }) => fields.push(field(prefix.len())),
                Some(_) => return None,
            }
        }
        for (interface, field) in [(&nat.input, Field::Input), (&nat.output, Field::Output)] {
            match interface {
                None => (),
                Some(Not { value, inverted: false }) if !value.wildcard && value.name.len() < NAME_LEN => {
                    fields.push(field);
                }
                Some(_) => return None,
            }
        }
        match nat.protocol {
            None => (),
            Some(Not { inverted: false, .. }) => fields.push(Field::Protocol),
            Some(_) => return None,
        }
        let ports = [(nat.source_ports, Field::SourcePort), (nat.destination_ports, Field::DestinationPort)];
        for (ports, field) in ports {
            match ports {
                None => (),
                Some(Not { value: (first, last), inverted: false }) if first == last => fields.push(field),
                Some(_) => return None,
            }
        }
        (!fields.is_empty() && key_len(&fields, nat.v6) <= KEY_MAX).then_some(fields)
    }

    /// The fields with the register that each starts in, counted in steps of four bytes.
    pub(super) fn slots(&self) -> impl Iterator<Item = (Field, u32)> {
        let mut at = 0;
        self.fields.iter().map(move |field| {
            let slot = at;
            at += padded(field.form(self.v6).0) / 4;
            (*field, u32::try_from(slot).unwrap_or(0))
        })
    }

    /// The set's name.
    pub(super) fn name(&self) -> String {
        let mut all = String::with_capacity(64);
        for (kind, word) in KINDS {
            all.push_str(if kind == self.kind { word } else { "" });
        }
        let mut part = |word: &str, len: Option<u8>| {
            all.push('-');
            all.push_str(word);
            if let Some(len) = len {
                let _ = write!(all, "{len}");
            }
        };
        part(if self.v6 { "ip6" } else { "ip" }, None);
        for field in &self.fields {
            let (word, len) = field.name();
            part(word, len);
        }
        let [random, fully, persistent] = FLAGS.map(|(flag, word)| (self.flags & flag != 0, word));
        for (has, word) in [(self.local, "local"), (self.to.0, "to"), (self.to.1, "toport"), random, fully, persistent]
        {
            if has {
                part(word, None);
            }
        }
        all
    }

    /// The shape that a set of that name has.
    pub(super) fn parse(name: &[u8]) -> Option<Self> {
        let mut parts = name.split(|byte| *byte == b'-');
        let kind = parts.next()?;
        let kind = KINDS.iter().find(|(_, name)| name.as_bytes() == kind).map(|(kind, _)| *kind)?;
        let v6 = match parts.next()? {
            b"ip" => false,
            b"ip6" => true,
            _ => return None,
        };
        let mut shape = Shape { kind, v6, fields: Vec::new(), local: false, to: (false, false), flags: 0 };
        for part in parts {
            match part {
                b"local" => shape.local = true,
                b"to" => shape.to.0 = true,
                b"toport" => shape.to.1 = true,
                _ => match FLAGS.iter().find(|(_, name)| name.as_bytes() == part) {
                    Some((flag, _)) => shape.flags |= flag,
                    None => shape.fields.push(Field::of(part, v6)?),
                },
            }
        }
        Some(shape)
    }

    /// Type and length of keys, as a set is made with.
    pub(super) fn key(&self) -> (u32, u32) {
        let kind = self.fields.iter().fold(0u32, |all, field| (all << 6) | field.form(self.v6).1);
        // A key of one field is as long as the field, not as its registers.
        let len = match &*self.fields {
            [only] => only.form(self.v6).0,
            several => key_len(several, self.v6),
        };
        (kind, u32::try_from(len).unwrap_or(0))
    }

    /// Type and length of values; `None` for a set.
    pub(super) fn data(&self) -> Option<(u32, u32)> {
        let (len, kind) = Field::Source(0).form(self.v6);
        let len = u32::try_from(len).unwrap_or(0);
        match self.to {
            (false, false) => None,
            (true, false) => Some((kind, len)),
            (false, true) => Some((13, 2)),
            (true, true) => Some(((kind << 6) | 13, len.saturating_add(4))),
        }
    }

    /// What nft wants to know beside the type to print keys: that a name is no number in network order.
    pub(super) fn userdata(&self) -> Bytes {
        const KEY_BYTEORDER: u8 = 0;
        const HOST: u32 = 1;
        let mut bytes = Vec::new();
        if matches!(&*self.fields, [Field::Input | Field::Output]) {
            crate::nftables::userdata::put(&mut bytes, KEY_BYTEORDER, &HOST.to_ne_bytes());
        }
        bytes.into()
    }

    /// An entry's key.
    pub(super) fn key_of(&self, nat: &Nat) -> Bytes {
        let mut key = Vec::with_capacity(KEY_MAX);
        for field in &self.fields {
            match field {
                Field::Source(_) => address(&mut key, &nat.source),
                Field::Destination(_) => address(&mut key, &nat.destination),
                Field::Input => name(&mut key, &nat.input),
                Field::Output => name(&mut key, &nat.output),
                Field::Protocol => key.extend(nat.protocol.map(|protocol| protocol.value)),
                Field::SourcePort => port(&mut key, nat.source_ports.map(|ports| ports.value)),
                Field::DestinationPort => port(&mut key, nat.destination_ports.map(|ports| ports.value)),
            }
            if self.fields.len() > 1 {
                key.resize(padded(key.len()), 0);
            }
        }
        key.into()
    }

    /// An entry's value.
    pub(super) fn data_of(&self, nat: &Nat) -> Option<Bytes> {
        self.data()?;
        let mut data = Vec::with_capacity(20);
        if let Some((to, _)) = nat.to {
            octets(&mut data, to);
        }
        port(&mut data, nat.to_ports);
        if self.to == (true, true) {
            data.resize(padded(data.len()), 0);
        }
        Some(data.into())
    }

    /// The entry that a key and a value are.
    pub(super) fn entry(&self, key: &[u8], data: Option<&[u8]>) -> Option<Nat> {
        let mut nat = Nat { flags: self.flags, local: self.local, ..Nat::new(self.kind, self.v6) };
        let mut rest = key;
        for field in &self.fields {
            let len = field.form(self.v6).0;
            let value = rest.get(..len)?;
            rest = rest.get(padded(len)..).unwrap_or(&[]);
            match *field {
                Field::Source(bits) => nat.source = Some(network(value, bits)?),
                Field::Destination(bits) => nat.destination = Some(network(value, bits)?),
                Field::Input => nat.input = Some(interface(value)),
                Field::Output => nat.output = Some(interface(value)),
                Field::Protocol => nat.protocol = Some((*value.first()?).into()),
                Field::SourcePort => nat.source_ports = Some(number(value)?.into()),
                Field::DestinationPort => nat.destination_ports = Some(number(value)?.into()),
            }
        }
        if let Some(data) = data {
            let len = if self.v6 { 16 } else { 4 };
            let (address, ports) = if self.to.0 { data.split_at_checked(len)? } else { (&[][..], data) };
            nat.to = crate::attributes::ip(address).map(|address| (address, address));
            nat.to_ports = if self.to.1 { number(ports) } else { None };
        }
        Some(nat)
    }
}

fn key_len(fields: &[Field], v6: bool) -> usize {
    fields.iter().map(|field| padded(field.form(v6).0)).sum()
}

fn network(value: &[u8], bits: u8) -> Option<Not<Addresses>> {
    Some(Addresses::Prefix(Prefix::new(crate::attributes::ip(value)?, bits)?).into())
}

fn interface(value: &[u8]) -> Not<Interface> {
    Interface { name: crate::attributes::until_nul(value).into(), wildcard: false }.into()
}

fn number(value: &[u8]) -> Option<(u16, u16)> {
    crate::attributes::array(value).map(u16::from_be_bytes).map(|port| (port, port))
}

pub(super) fn octets(to: &mut Vec<u8>, address: IpAddr) {
    match address {
        IpAddr::V4(address) => to.extend_from_slice(&address.octets()),
        IpAddr::V6(address) => to.extend_from_slice(&address.octets()),
    }
}

fn address(to: &mut Vec<u8>, address: &Option<Not<Addresses>>) {
    if let Some(Not { value: Addresses::Prefix(prefix), .. }) = address {
        octets(to, prefix.network().address());
    }
}

fn name(to: &mut Vec<u8>, interface: &Option<Not<Interface>>) {
    let end = to.len() + NAME_LEN;
    to.extend_from_slice(interface.as_ref().map_or(&[], |interface| &interface.value.name));
    to.resize(end, 0);
}

fn port(to: &mut Vec<u8>, ports: Option<(u16, u16)>) {
    if let Some((port, _)) = ports {
        to.extend_from_slice(&port.to_be_bytes());
    }
}
