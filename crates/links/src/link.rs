//! What every link takes: `ip link add` and `set`, and the peer of a veth.
//!
//! The rows only parse: a link's line is printed by hand, since its order depends on its flags. `dev` is kept in a
//! place of our own, [`DEV`], that is taken out when all words are read: which of index and name it becomes depends
//! on the verb.

use crate::link_netns::{LinkNetns, LinkNetnsId};
use crate::select::{
    AddrGenMode, Alias, Dev, Group, Index, Kind, Lower, Master, Mode, Name, Netns, Number, NumberOnOff, ParentDev,
    Physical, ProtodownReason, Segments, Size, State, Vrf,
};
use crate::{flag, inet, link_netns, netkit, vf, xdp};
use netmite_grammar::{Error, Operation, Repeat, Result, Scope, Spec, Table, attr, exact, key, row, rows, unambiguous};
use netmite_netlink::attributes::{array, until_nul};
use netmite_netlink::header::IfInfo;
use netmite_netlink::tree::Node;
use netmite_netlink::uapi::*;
use netmite_output::brief;

/// What every link takes.
pub static LINK: Table = Table {
    rules,
    unknown: |table, word| table.suggest(word, Error::garbage("dev", word)),
    help: Some(|| Error::new(255, format!("Usage: ip link {{ add | set }} ...\n{}", LINK.usage()))),
    ..Table::new("link", rows!(ROWS))
};

/// Tables of what stands inside an option, by the words that lead there.
pub const INNER: &[(&str, &Table)] = &[("vf", &vf::TABLE), ("inet", &inet::TABLE), ("type netkit peer", &netkit::PEER)];

/// A place for the device's name while words are read; no attribute of the kernel's has this number.
pub const DEV: u16 = 0x3ffe;

/// A place for the name of the link below.
const LOWER: u16 = 0x3ffd;

/// A place for the name of the namespace that the link below is in.
pub(crate) const LINK_NETNS: u16 = 0x3ffc;

const GEN_MODE: &[netmite_grammar::Attr] =
    &[attr!(IFLA_AF_SPEC), netmite_grammar::Attr::named(AF_INET6 as u16, "AF_INET6")];

#[rustfmt::skip]
const ROWS: &[Spec] = &[
    row(&[exact("dev")], attr!(DEV), &Dev, "the link").positional().repeat(Repeat::Garbage),
    row(&[exact("name")], attr!(IFLA_IFNAME), &Name, "its name, or the name it gets").repeat(Repeat::Duplicate),
    row(&[exact("up").tag(1), exact("down")], attr!(DEV), &flag::Word(IFF_UP), "administratively up or down").header(8),
    row(&[exact("index")], attr!(DEV), &Index, "the index of the new link").header(4).repeat(Repeat::Duplicate),
    row(&[key("link", 1)], attr!(LOWER), &Lower, "the link below it"),
    row(&[key("address", 1)], attr!(IFLA_ADDRESS), &Physical, "its link-layer address"),
    row(&[key("broadcast", 1), exact("brd")], attr!(IFLA_BROADCAST), &Physical, "its broadcast address"),
    row(&[key("txqueuelen", 1), key("txqlen", 4), exact("qlen")], attr!(IFLA_TXQLEN), &Number("Invalid \"txqueuelen\" value\n"), "packets that may wait").repeat(Repeat::Duplicate),
    row(&[exact("mtu")], attr!(IFLA_MTU), &Number("Invalid \"mtu\" value\n"), "largest packet in bytes").repeat(Repeat::Duplicate),
    row(&[exact("netns")], attr!(IFLA_NET_NS_FD), &Netns, "the namespace it is made in or moves to: a name, path or process").repeat(Repeat::Duplicate),
    row(&[exact("multicast")], attr!(DEV), &flag::OnOff(IFF_MULTICAST, false), "multicast").header(8),
    row(&[exact("allmulticast")], attr!(DEV), &flag::OnOff(IFF_ALLMULTI, false), "take all multicast").header(8),
    row(&[exact("promisc")], attr!(DEV), &flag::OnOff(IFF_PROMISC, false), "take everything").header(8),
    row(&[exact("trailers")], attr!(DEV), &flag::OnOff(IFF_NOTRAILERS, true), "trailers").header(8),
    row(&[exact("arp")], attr!(DEV), &flag::OnOff(IFF_NOARP, true), "ARP").header(8),
    row(&[exact("carrier")], attr!(IFLA_CARRIER), &NumberOnOff, "whether there is a carrier"),
    row(&[key("master", 1), key("nomaster", 1).tag(1)], attr!(IFLA_MASTER), &Master, "the link it is a port of"),
    row(&[exact("vrf")], attr!(IFLA_MASTER), &Vrf, "the VRF it belongs to"),
    row(&[key("dynamic", 1)], attr!(DEV), &flag::OnOff(IFF_DYNAMIC, false), "loses its addresses when down").header(8),
    row(&[key("type", 2)], attr!(IFLA_LINKINFO), &Kind, "its kind, and the kind's options").repeat(Repeat::Duplicate),
    row(&[key("alias", 2)], attr!(IFLA_IFALIAS), &Alias, "a text for people"),
    row(&[exact("group")], attr!(IFLA_GROUP), &Group, "the group it belongs to").repeat(Repeat::Duplicate),
    row(&[exact("mode")], attr!(IFLA_LINKMODE), &Mode, "default or dormant"),
    row(&[exact("state")], attr!(IFLA_OPERSTATE), &State, "its operational state"),
    row(&[key("numtxqueues", 2)], attr!(IFLA_NUM_TX_QUEUES), &Number("Invalid \"numtxqueues\" value\n"), "how many queues send").repeat(Repeat::Duplicate),
    row(&[key("numrxqueues", 4)], attr!(IFLA_NUM_RX_QUEUES), &Number("Invalid \"numrxqueues\" value\n"), "how many queues receive").repeat(Repeat::Duplicate),
    row(&[key("addrgenmode", 5)], attr!(IFLA_INET6_ADDR_GEN_MODE), &AddrGenMode, "how IPv6 link-local addresses are made").inside(GEN_MODE),
    row(&[key("link-netns", 5)], attr!(LINK_NETNS), &LinkNetns, "the namespace that the link below it is in"),
    row(&[key("link-netnsid", 11)], attr!(IFLA_LINK_NETNSID), &LinkNetnsId, "the same, by id"),
    row(&[exact("protodown")], attr!(IFLA_PROTO_DOWN), &NumberOnOff, "held down by a protocol"),
    row(&[exact("protodown_reason")], attr!(IFLA_PROTO_DOWN_REASON), &ProtodownReason, "why"),
    row(&[exact("gso_max_size")], attr!(IFLA_GSO_MAX_SIZE), &Size("Invalid \"gso_max_size\" value\n"), "largest packet before segmentation"),
    row(&[exact("gso_max_segs")], attr!(IFLA_GSO_MAX_SEGS), &Segments, "most segments of a packet"),
    row(&[exact("gro_max_size")], attr!(IFLA_GRO_MAX_SIZE), &Size("Invalid \"gro_max_size\" value\n"), "largest packet after coalescing"),
    row(&[exact("gso_ipv4_max_size")], attr!(IFLA_GSO_IPV4_MAX_SIZE), &Size("Invalid \"gso_ipv4_max_size\" value\n"), "largest IPv4 packet before segmentation"),
    row(&[exact("gro_ipv4_max_size")], attr!(IFLA_GRO_IPV4_MAX_SIZE), &Size("Invalid \"gro_ipv4_max_size\" value\n"), "largest IPv4 packet after coalescing"),
    row(&[exact("vf")], attr!(IFLA_VFINFO_LIST), &vf::Function, "a virtual function of the card, and what it gets"),
    row(xdp::KEYS, attr!(IFLA_XDP), &xdp::Attach, "the program that looks at packets first"),
    row(&[exact("inet")], attr!(IFLA_AF_SPEC), &inet::Settings, "settings of IPv4"),
    row(&[exact("parentdev")], attr!(IFLA_PARENT_DEV_NAME), &ParentDev, "the device it belongs to"),
];
const _: () = unambiguous(ROWS);

/// Only a new link has one below it.
fn lower(scope: &mut Scope) -> Result<()> {
    let Some(lower) = scope.tree.get(scope.node, LOWER).map(<[u8]>::to_vec) else { return Ok(()) };
    scope.tree.remove(scope.node, LOWER);
    if scope.operation == Operation::Add {
        // Where it is in another namespace, its name is of there.
        let index = match scope
            .tree
            .get(scope.node, IFLA_LINK_NETNSID)
            .and_then(array)
            .map(i32::from_ne_bytes)
            .filter(|id| *id >= 0)
        {
            Some(id) => link_netns::index_of(&lower, id)?,
            None => scope.context.index_of(&lower)?,
        };
        scope.set(IFLA_LINK, index);
    }
    Ok(())
}

/// Which link the words are about, once they are read or once a kind's options follow: a new one's `dev` is its name, in
/// a change it becomes an index, and `name` is the new name.
pub(crate) fn rules(scope: &mut Scope) -> Result<()> {
    match scope.operation {
        Operation::Add => {
            link_netns::ask(scope)?;
            name(scope)?;
        }
        _ => existing(scope)?,
    }
    lower(scope)
}

fn name(scope: &mut Scope) -> Result<()> {
    let name = scope.tree.get(scope.node, IFLA_IFNAME).map(until_nul);
    let Some(dev) = scope.tree.get(scope.node, DEV).map(<[u8]>::to_vec) else {
        return if is_group(scope) {
            Err(Error::new(255, brief!("group cannot be used when creating devices.")))
        } else {
            Ok(())
        };
    };
    if name.is_some_and(|name| name != dev) {
        return Err(Error::new(255, brief!("both \"name\" and \"dev\" cannot be used when creating devices.")));
    }
    scope.tree.remove(scope.node, DEV);
    let name = [&dev[..], b"\0"].concat();
    scope.tree.set(scope.node, IFLA_IFNAME, &*name, scope.words.position());
    Ok(())
}

/// Puts the index of a link that is there into the header of the request, or of the nest that is a peer.
fn existing(scope: &mut Scope) -> Result<()> {
    let node = scope.node;
    if scope.tree.has(node, IFLA_NEW_IFINDEX) && !scope.tree.has(node, IFLA_NET_NS_FD) {
        let text = "index can be used only when creating devices or when moving device to another netns.";
        return Err(Error::new(255, text));
    }
    link_netns::ask(scope)?;
    let name = scope.tree.get(node, IFLA_IFNAME).map(|name| until_nul(name).to_vec());
    let dev = scope.tree.get(node, DEV).map(<[u8]>::to_vec);
    if dev.is_some() && dev == name {
        scope.tree.remove(node, IFLA_IFNAME);
    }
    if dev.is_none() && index(scope, node) == 0 {
        scope.tree.remove(node, IFLA_IFNAME);
    }
    // Without another word for it, `name NAME` says which.
    let Some(dev) = dev.or_else(|| name.filter(|_| index(scope, node) == 0)) else {
        return match index(scope, node) {
            0 if !is_group(scope) => {
                Err(Error::new(255, brief!("Not enough information: \"dev\" argument is required.")))
            }
            _ => Ok(()),
        };
    };
    let index = scope.context.index_of(&dev)?;
    scope.tree.remove(node, DEV);
    scope.tree.set_header(node, 4, index);
    vf::check_address(scope, index)
}

/// Whether the words are about all links of a group: no other word says which.
pub(crate) fn is_group(scope: &Scope) -> bool {
    let has = |place| scope.tree.has(scope.node, place);
    let known = scope.operation != Operation::Add && index(scope, scope.node) != 0;
    has(IFLA_GROUP) && !has(DEV) && !has(IFLA_IFNAME) && !known
}

/// The index of the link that a change or deletion, or a peer, is about; 0 where none is known yet.
pub(crate) fn index(scope: &Scope, node: Node) -> u32 {
    IfInfo::from_bytes(scope.tree.header(node)).map_or(0, |header| header.index)
}
