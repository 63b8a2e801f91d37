//! Addresses: what `ip address` adds, deletes and shows. Source: linux/if_addr.h.

use crate::attributes::Slots;
use crate::header::IfAddr;
use crate::message::{MessageView, Value};
use crate::tree::{ROOT, Tree};
use crate::types::{IfIndex, Prefix};
use crate::uapi::*;
use std::net::IpAddr;

/// An address of an interface, to be added or deleted.
#[derive(Clone, Debug)]
pub struct Address {
    pub(crate) tree: Tree,
}

/// The family byte of an address.
pub(crate) fn family(address: IpAddr) -> u8 {
    if address.is_ipv4() { AF_INET } else { AF_INET6 }
}

impl Address {
    /// An address with the length of its network.
    ///
    /// IPv4 gets the broadcast address of its network only if asked for, as with `ip`.
    pub fn new(prefix: Prefix) -> Self {
        let header = IfAddr { family: family(prefix.address()), prefix_len: prefix.len(), ..IfAddr::default() };
        Address { tree: Tree::new(&header.to_bytes()) }
            .attribute(IFA_LOCAL, prefix.address())
            .attribute(IFA_ADDRESS, prefix.address())
    }

    /// The interface that has it.
    #[must_use]
    pub fn dev(mut self, index: IfIndex) -> Self {
        self.tree.set_header(ROOT, 4, index);
        self
    }

    /// How far it is valid: `RT_SCOPE_…`.
    #[must_use]
    pub fn scope(mut self, scope: u8) -> Self {
        self.tree.set_header(ROOT, 3, scope);
        self
    }

    /// The broadcast address.
    #[must_use]
    pub fn broadcast(self, address: std::net::Ipv4Addr) -> Self {
        self.attribute(IFA_BROADCAST, address)
    }

    /// The other end of a point-to-point link.
    #[must_use]
    pub fn peer(self, address: IpAddr) -> Self {
        self.attribute(IFA_ADDRESS, address)
    }

    /// Any attribute of an address, `IFA_…`.
    #[must_use]
    pub fn attribute(mut self, kind: u16, value: impl Value) -> Self {
        self.tree.set(ROOT, kind, value, 0);
        self
    }
}

/// An address in a dump, where it lies in the buffer.
#[derive(Clone)]
pub struct AddressView<'a> {
    header: IfAddr,
    index: IfIndex,
    prefix: Prefix,
    slots: Slots<'a>,
}

impl<'a> AddressView<'a> {
    pub(crate) fn of(view: &MessageView<'a>) -> Option<Self> {
        let header = IfAddr::of(view)?;
        let slots = view.slots(IfAddr::LEN);
        let address = slots.ip(IFA_LOCAL).or(slots.ip(IFA_ADDRESS))?;
        let prefix = Prefix::new(address, header.prefix_len)?;
        Some(AddressView { header, index: IfIndex::new(header.index)?, prefix, slots })
    }

    /// The interface that has it.
    pub fn index(&self) -> IfIndex {
        self.index
    }

    /// The address with the length of its network.
    pub fn prefix(&self) -> Prefix {
        self.prefix
    }

    /// `RT_SCOPE_…`.
    pub fn scope(&self) -> u8 {
        self.header.scope
    }

    /// `IFA_F_…`.
    pub fn flags(&self) -> u32 {
        self.slots.u32(IFA_FLAGS).unwrap_or(u32::from(self.header.flags))
    }

    /// The address of the other end of a point-to-point link; else the address itself.
    pub fn peer(&self) -> IpAddr {
        self.slots.ip(IFA_ADDRESS).unwrap_or(self.prefix.address())
    }

    /// Any attribute, as it was sent.
    pub fn attribute(&self, kind: u16) -> Option<&'a [u8]> {
        self.slots.get(kind)
    }

    /// The same facts, for keeping.
    pub fn to_owned(&self) -> AddressInfo {
        AddressInfo { index: self.index, prefix: self.prefix, scope: self.scope(), flags: self.flags() }
    }
}

/// What most want to know of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AddressInfo {
    /// The interface that has it.
    pub index: IfIndex,
    /// The address with the length of its network.
    pub prefix: Prefix,
    /// `RT_SCOPE_…`.
    pub scope: u8,
    /// `IFA_F_…`.
    pub flags: u32,
}
