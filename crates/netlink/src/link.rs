//! Links: what `ip link` adds, sets, deletes and shows. Source: linux/if_link.h, linux/rtnetlink.h.

use crate::attributes::Slots;
use crate::error::Error;
use crate::header::IfInfo;
use crate::message::{MessageView, Value};
use crate::netns::Netns;
use crate::tree::{ROOT, Tree};
use crate::types::{IfIndex, IfName, MacAddress};
use crate::uapi::*;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

mod filter;
mod port;

pub use filter::Filter;
pub use port::{BridgePort, PORT_STATES};

/// Where its flags and, behind them, the mask of the flags meant lie.
const FLAGS: usize = 8;
const CHANGE: usize = 12;

/// A link to be made, or a change to one that is there.
///
/// Nothing is checked before it is sent, but for names that no link can have.
#[derive(Debug)]
pub struct Link {
    pub(crate) tree: Tree,
    /// Attributes that hold an index and are given by name: looked up when the request is sent.
    pub(crate) by_name: Vec<(u16, Box<[u8]>)>,
    /// The first thing that was wrong with what the caller gave.
    pub(crate) wrong: Option<Error>,
    /// Namespaces that the request names by descriptor.
    kept: Vec<OwnedFd>,
}

impl Link {
    fn empty(index: u32) -> Self {
        let header = IfInfo { index, ..IfInfo::default() };
        Link { tree: Tree::new(&header.to_bytes()), by_name: Vec::new(), wrong: None, kept: Vec::new() }
    }

    /// A new link called `name`.
    pub fn new(name: impl AsRef<[u8]>) -> Self {
        Link::by_name(name)
    }

    /// The link called `name`, to be changed or deleted.
    pub fn by_name(name: impl AsRef<[u8]>) -> Self {
        Link::empty(0).name(name)
    }

    /// The link numbered `index`, to be changed or deleted.
    pub fn by_index(index: IfIndex) -> Self {
        Link::empty(index.get())
    }

    /// Its name; with [`Link::by_index`] the name that it is to get.
    #[must_use]
    pub fn name(mut self, name: impl AsRef<[u8]>) -> Self {
        self.set_name(name.as_ref());
        self
    }

    fn set_name(&mut self, name: &[u8]) {
        match IfName::new(name) {
            Some(name) => self.tree.set(ROOT, IFLA_IFNAME, name, 0),
            None => {
                self.wrong.get_or_insert(Error::BadName(name.into()));
            }
        }
    }

    /// Its kind, with the kind's options.
    #[must_use]
    pub fn kind(mut self, kind: impl Into<Kind>) -> Self {
        self.set_kind(kind.into());
        self
    }

    fn set_kind(&mut self, Kind { name, data, mut peer }: Kind) {
        let info = self.tree.nest(ROOT, IFLA_LINKINFO);
        self.tree.set(info, IFLA_INFO_KIND, &*name, 0);
        if let Some(peer) = &mut peer {
            let inner = self.tree.nest(info, IFLA_INFO_DATA);
            self.tree.graft(inner, VETH_INFO_PEER, &peer.tree);
            self.kept.append(&mut peer.kept);
            self.wrong = self.wrong.take().or(peer.wrong.take());
        } else if !data.is_empty(ROOT) {
            self.tree.graft(info, IFLA_INFO_DATA, &data);
        }
    }

    fn flag(mut self, flag: u32, on: bool) -> Self {
        self.tree.set_header_bits(ROOT, FLAGS, flag, on);
        self.tree.set_header_bits(ROOT, CHANGE, flag, true);
        self
    }

    /// Administratively up (`IFF_UP`).
    #[must_use]
    pub fn up(self) -> Self {
        self.flag(IFF_UP, true)
    }

    /// Administratively down.
    #[must_use]
    pub fn down(self) -> Self {
        self.flag(IFF_UP, false)
    }

    /// Its largest packet in bytes.
    #[must_use]
    pub fn mtu(self, bytes: u32) -> Self {
        self.attribute(IFLA_MTU, bytes)
    }

    /// Its link-layer address.
    #[must_use]
    pub fn address(self, address: MacAddress) -> Self {
        self.attribute(IFLA_ADDRESS, address)
    }

    /// The link it becomes a port or slave of, by name.
    #[must_use]
    pub fn master(mut self, name: impl AsRef<[u8]>) -> Self {
        self.by_name.push((IFLA_MASTER, name.as_ref().into()));
        self
    }

    /// The link it becomes a port or slave of.
    #[must_use]
    pub fn master_index(self, index: IfIndex) -> Self {
        self.attribute(IFLA_MASTER, index)
    }

    /// Released from its master.
    #[must_use]
    pub fn no_master(self) -> Self {
        self.attribute(IFLA_MASTER, 0u32)
    }

    /// The link below it (of a VLAN, a macvlan), by name.
    #[must_use]
    pub fn link(mut self, name: impl AsRef<[u8]>) -> Self {
        self.by_name.push((IFLA_LINK, name.as_ref().into()));
        self
    }

    /// The namespace it is made in, or moves to.
    #[must_use]
    pub fn netns(mut self, netns: &Netns) -> Self {
        match netns.as_fd().try_clone_to_owned() {
            Ok(descriptor) => {
                let number = descriptor.as_raw_fd();
                self.kept.push(descriptor);
                self.attribute(IFLA_NET_NS_FD, number)
            }
            Err(source) => {
                self.wrong.get_or_insert(Error::System { what: "Cannot duplicate a namespace's descriptor", source });
                self
            }
        }
    }

    /// Any attribute of a link, `IFLA_…`.
    #[must_use]
    pub fn attribute(mut self, kind: u16, value: impl Value) -> Self {
        self.tree.set(ROOT, kind, value, 0);
        self
    }
}

/// A kind of link and the options that it has.
#[derive(Debug)]
pub struct Kind {
    name: Box<[u8]>,
    data: Tree,
    peer: Option<Box<Link>>,
}

impl Kind {
    /// The kind called `name` by the kernel (`dummy`, `wireguard`), so far without options.
    pub fn new(name: &str) -> Self {
        Kind { name: name.as_bytes().into(), data: Tree::new(&[]), peer: None }
    }

    /// Any option of the kind: its attribute inside `IFLA_INFO_DATA`.
    #[must_use]
    pub fn attribute(mut self, kind: u16, value: impl Value) -> Self {
        self.data.set(ROOT, kind, value, 0);
        self
    }
}

/// A pair of links, each the other's far end.
#[derive(Debug)]
pub struct Veth(Kind);

impl Veth {
    /// A pair whose other end is `peer`; that may be made in another namespace.
    pub fn peer(peer: Link) -> Self {
        Veth(Kind { peer: Some(Box::new(peer)), ..Kind::new("veth") })
    }
}

impl From<Veth> for Kind {
    fn from(veth: Veth) -> Self {
        veth.0
    }
}

/// A bridge.
#[derive(Debug)]
pub struct Bridge(Kind);

impl Default for Bridge {
    fn default() -> Self {
        Bridge::new()
    }
}

impl Bridge {
    /// A bridge as the kernel makes one by default.
    pub fn new() -> Self {
        Bridge(Kind::new("bridge"))
    }

    /// Whether frames are forwarded by VLAN.
    #[must_use]
    pub fn vlan_filtering(self, on: bool) -> Self {
        self.attribute(IFLA_BR_VLAN_FILTERING, on)
    }

    /// Whether it takes part in the spanning tree protocol.
    #[must_use]
    pub fn stp(self, on: bool) -> Self {
        self.attribute(IFLA_BR_STP_STATE, u32::from(on))
    }

    /// How long a new port listens and learns before it forwards, in hundredths of a second.
    #[must_use]
    pub fn forward_delay(self, centiseconds: u32) -> Self {
        self.attribute(IFLA_BR_FORWARD_DELAY, centiseconds)
    }

    /// How long a learnt address is kept, in hundredths of a second.
    #[must_use]
    pub fn ageing_time(self, centiseconds: u32) -> Self {
        self.attribute(IFLA_BR_AGEING_TIME, centiseconds)
    }

    /// Any option of a bridge, `IFLA_BR_…`.
    #[must_use]
    pub fn attribute(self, kind: u16, value: impl Value) -> Self {
        Bridge(self.0.attribute(kind, value))
    }
}

impl From<Bridge> for Kind {
    fn from(bridge: Bridge) -> Self {
        bridge.0
    }
}

/// A link in a dump, where it lies in the buffer.
#[derive(Clone)]
pub struct LinkView<'a> {
    header: IfInfo,
    index: IfIndex,
    name: IfName,
    slots: Slots<'a>,
}

impl<'a> LinkView<'a> {
    /// Reads a link; `None` where the message lacks what every link has.
    pub(crate) fn of(view: &MessageView<'a>) -> Option<Self> {
        let header = IfInfo::of(view)?;
        let slots = view.slots(IfInfo::LEN);
        let name = IfName::new(slots.bytes(IFLA_IFNAME)?)?;
        Some(LinkView { header, index: IfIndex::new(header.index)?, name, slots })
    }

    /// Its index.
    pub fn index(&self) -> IfIndex {
        self.index
    }

    /// Its name.
    pub fn name(&self) -> IfName {
        self.name
    }

    /// `IFF_…`.
    pub fn flags(&self) -> u32 {
        self.header.flags
    }

    /// Whether it is administratively up.
    pub fn is_up(&self) -> bool {
        self.header.flags & IFF_UP != 0
    }

    /// Its largest packet in bytes.
    pub fn mtu(&self) -> u32 {
        self.slots.u32(IFLA_MTU).unwrap_or(0)
    }

    /// Its link-layer address.
    pub fn address(&self) -> Option<MacAddress> {
        self.slots.get(IFLA_ADDRESS).and_then(MacAddress::new)
    }

    /// The link it is a port or slave of.
    pub fn master(&self) -> Option<IfIndex> {
        self.slots.u32(IFLA_MASTER).and_then(IfIndex::new)
    }

    /// The index of the link below it or of its peer; in another namespace where [`LinkView::peer_netnsid`] tells one.
    pub fn link(&self) -> Option<u32> {
        self.slots.u32(IFLA_LINK)
    }

    /// The id of the namespace that [`LinkView::link`] is in, where that is not this one.
    pub fn peer_netnsid(&self) -> Option<i32> {
        self.slots.i32(IFLA_LINK_NETNSID)
    }

    /// Its kind: `veth`, `bridge`; none for hardware and lo.
    pub fn kind(&self) -> Option<&'a [u8]> {
        self.slots.nested_slots(IFLA_LINKINFO)?.bytes(IFLA_INFO_KIND)
    }

    /// Any attribute, as it was sent.
    pub fn attribute(&self, kind: u16) -> Option<&'a [u8]> {
        self.slots.get(kind)
    }

    /// All attributes, by type.
    pub fn attributes(&self) -> &Slots<'a> {
        &self.slots
    }

    /// The same facts, for keeping.
    pub fn to_owned(&self) -> LinkInfo {
        LinkInfo {
            index: self.index,
            name: self.name,
            flags: self.header.flags,
            mtu: self.mtu(),
            address: self.address(),
            master: self.master(),
            kind: self.kind().map(Box::from),
        }
    }
}

/// What most want to know of a link.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LinkInfo {
    /// Its index.
    pub index: IfIndex,
    /// Its name.
    pub name: IfName,
    /// `IFF_…`.
    pub flags: u32,
    /// Its largest packet in bytes.
    pub mtu: u32,
    /// Its link-layer address.
    pub address: Option<MacAddress>,
    /// The link it is a port or slave of.
    pub master: Option<IfIndex>,
    /// Its kind; none for hardware and lo.
    pub kind: Option<Box<[u8]>>,
}
