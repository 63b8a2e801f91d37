//! NAT as entries in a table of our own, `inet netmite`: masquerade, snat, dnat, redirect, netmap.
//!
//! An entry that only compares fields exactly is an element of a hash set or map, one for each *shape*: which fields, which
//! prefix lengths, which flags. So adding the ten-thousandth costs what the first did, for us and for packets. Ranges,
//! wildcards and negations become rules. No other table is touched. `nft flush ruleset` takes ours along.

mod change;
mod read;
mod rival;
mod rule;
mod shape;

use crate::nftables::uapi::*;
use crate::nftables::{Bytes, TableName};
use crate::types::Prefix;
use std::hash::{Hash, Hasher};
use std::net::IpAddr;

pub use change::{NatChange, contains};
pub use read::{Listed, for_each};
pub use rival::rival;

/// The table that entries live in.
pub const TABLE: TableName<'static> = TableName { family: NFPROTO_INET, name: b"netmite" };

/// What is done to a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// The source becomes the address of the interface it leaves by.
    Masquerade,
    /// The source becomes an address of one's choice.
    Snat,
    /// The destination becomes another.
    Dnat,
    /// The destination becomes this host.
    Redirect,
    /// Source or destination move from one prefix to another, address by address.
    Netmap,
}

/// A value, or anything but it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Not<T> {
    /// The value.
    pub value: T,
    /// Whether anything but the value is meant.
    pub inverted: bool,
}

impl<T> From<T> for Not<T> {
    fn from(value: T) -> Self {
        Not { value, inverted: false }
    }
}

/// Addresses to match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Addresses {
    /// Those of a network.
    Prefix(Prefix),
    /// From the first to the last.
    Range(IpAddr, IpAddr),
}

/// An interface by its name, or all whose name starts so.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Interface {
    /// The name, or its start.
    pub name: Bytes,
    /// Whether it is the start only.
    pub wildcard: bool,
}

/// An entry. Without any match it concerns all packets of its IP version that pass.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Nat {
    /// What is done.
    pub kind: Kind,
    /// IPv6, not IPv4.
    pub v6: bool,
    /// Where the packet comes from.
    pub source: Option<Not<Addresses>>,
    /// Where it goes.
    pub destination: Option<Not<Addresses>>,
    /// The interface it came in by.
    pub input: Option<Not<Interface>>,
    /// The interface it leaves by.
    pub output: Option<Not<Interface>>,
    /// `IPPROTO_…`.
    pub protocol: Option<Not<u8>>,
    /// First and last source port.
    pub source_ports: Option<Not<(u16, u16)>>,
    /// First and last destination port.
    pub destination_ports: Option<Not<(u16, u16)>>,
    /// Only packets to an address of this host; what the host itself sends counts too.
    pub local: bool,
    /// First and last address to rewrite to; of netmap the prefix's.
    pub to: Option<(IpAddr, IpAddr)>,
    /// First and last port to rewrite to.
    pub to_ports: Option<(u16, u16)>,
    /// `NF_NAT_RANGE_PROTO_RANDOM` and its like.
    pub flags: u32,
    /// A note.
    pub comment: Bytes,
}

/// What an entry matches: kind, version, `local`, addresses, interfaces, protocol, ports.
type Matching<'n> = (
    Kind,
    bool,
    bool,
    [&'n Option<Not<Addresses>>; 2],
    [&'n Option<Not<Interface>>; 2],
    Option<Not<u8>>,
    [Option<Not<(u16, u16)>>; 2],
);

impl Nat {
    /// An entry of this kind that matches every packet.
    pub fn new(kind: Kind, v6: bool) -> Self {
        Nat {
            kind,
            v6,
            source: None,
            destination: None,
            input: None,
            output: None,
            protocol: None,
            source_ports: None,
            destination_ports: None,
            local: false,
            to: None,
            to_ports: None,
            flags: 0,
            comment: Bytes::default(),
        }
    }

    /// Masquerading of IPv4.
    pub fn masquerade_v4() -> Self {
        Self::new(Kind::Masquerade, false)
    }

    /// Masquerading of IPv6.
    pub fn masquerade_v6() -> Self {
        Self::new(Kind::Masquerade, true)
    }

    /// The source becomes `to`.
    pub fn snat(to: IpAddr) -> Self {
        Nat { to: Some((to, to)), ..Self::new(Kind::Snat, to.is_ipv6()) }
    }

    /// The destination becomes `to`.
    pub fn dnat(to: IpAddr) -> Self {
        Nat { to: Some((to, to)), ..Self::new(Kind::Dnat, to.is_ipv6()) }
    }

    /// Only packets from there.
    pub fn source(self, prefix: Prefix) -> Self {
        Nat { source: Some(Addresses::Prefix(prefix.network()).into()), ..self }
    }

    /// Only packets to there.
    pub fn destination(self, prefix: Prefix) -> Self {
        Nat { destination: Some(Addresses::Prefix(prefix.network()).into()), ..self }
    }

    /// Only packets that came in by the interface of this name.
    pub fn in_interface(self, name: impl AsRef<[u8]>) -> Self {
        Nat { input: Some(Interface { name: name.as_ref().into(), wildcard: false }.into()), ..self }
    }

    /// Only packets that leave by the interface of this name.
    pub fn out_interface(self, name: impl AsRef<[u8]>) -> Self {
        Nat { output: Some(Interface { name: name.as_ref().into(), wildcard: false }.into()), ..self }
    }

    /// Only packets of this protocol, `IPPROTO_TCP` and the like.
    pub fn protocol(self, protocol: u8) -> Self {
        Nat { protocol: Some(protocol.into()), ..self }
    }

    /// Only packets to this port; the protocol must be given as well.
    pub fn destination_port(self, port: u16) -> Self {
        Nat { destination_ports: Some((port, port).into()), ..self }
    }

    /// Only packets to an address of this host, from elsewhere or from itself: to publish a port.
    pub fn to_this_host(self) -> Self {
        Nat { local: true, ..self }
    }

    /// Rewrites the port as well.
    pub fn to_port(self, port: u16) -> Self {
        Nat { to_ports: Some((port, port)), ..self }
    }

    /// A note that is kept with the entry and listed.
    pub fn comment(self, text: impl AsRef<[u8]>) -> Self {
        Nat { comment: text.as_ref().into(), ..self }
    }

    /// Whether it rewrites the source, behind routing, and not the destination, before.
    pub fn rewrites_source(&self) -> bool {
        match self.kind {
            Kind::Masquerade | Kind::Snat => true,
            Kind::Dnat | Kind::Redirect => false,
            // The prefix that is mapped says which: that of the destination if one is given.
            Kind::Netmap => self.destination.is_none(),
        }
    }

    /// Whether another matches the same and does the same kind of thing, whatever it rewrites to.
    pub fn matches_same(&self, other: &Nat) -> bool {
        self.matching() == other.matching()
    }

    /// Whether another rewrites to the same.
    pub fn rewrites_same(&self, other: &Nat) -> bool {
        (self.to, self.to_ports, self.flags) == (other.to, other.to_ports, other.flags)
    }

    /// Feeds a hasher with what [`Nat::matches_same`] compares.
    pub fn hash_matching(&self, hasher: &mut impl Hasher) {
        self.matching().hash(hasher);
    }

    fn matching(&self) -> Matching<'_> {
        let (addresses, interfaces) = ([&self.source, &self.destination], [&self.input, &self.output]);
        let ports = [self.source_ports, self.destination_ports];
        (self.kind, self.v6, self.local, addresses, interfaces, self.protocol, ports)
    }

    /// Adds the entry; if it is there nothing changes. One that matches the same and rewrites otherwise ([`rival`]) is an
    /// error, `EEXIST`: the later would never be reached.
    pub fn add(self) -> NatChange {
        NatChange::Add(self)
    }

    /// Adds the entry; one that is there is an error, `EEXIST`.
    pub fn create(self) -> NatChange {
        NatChange::Create(self)
    }

    /// Adds the entry in place of one that matches the same and rewrites otherwise.
    pub fn replace(self) -> NatChange {
        NatChange::Replace(self)
    }

    /// Takes the entry away; if it is not there that is an error, `ENOENT`.
    pub fn delete(self) -> NatChange {
        NatChange::Delete(self)
    }

    /// Takes the entry away if it is there.
    pub fn destroy(self) -> NatChange {
        NatChange::Destroy(self)
    }
}

#[cfg(test)]
mod tests;
