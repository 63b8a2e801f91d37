//! A link's lines: what `ip link` and `ip address` have in common.
//!
//! Written by hand, not from rows: the order of the words depends on flags, and this is printed for every link of a
//! dump. What belongs to a kind comes from the kind's rows.

use crate::route::print::named;
use netmite_grammar::Context;
use netmite_grammar::names::Database;
use netmite_links::head::{flags, name, peer_is_down};
use netmite_links::select::STATES;
use netmite_links::xdp;
use netmite_netlink::attributes::{Slots, array};
use netmite_netlink::header::IfInfo;
use netmite_netlink::uapi::*;
use netmite_netlink::{Message, Protocol, Socket};
use netmite_output::{Colour, Names, Value, names};
use std::net::{Ipv4Addr, Ipv6Addr};
use std::os::fd::{AsFd, AsRawFd};

/// What of a link's lines is wanted: `ip address` leaves some out.
#[derive(Clone, Copy)]
pub(crate) struct Parts {
    /// The link mode, and how IPv6 addresses are made.
    pub(crate) mode: bool,
    /// How many packets may wait: events leave it out.
    pub(crate) queue: bool,
    /// The second line.
    pub(crate) physical: bool,
}

/// Why a notification was sent: `IFLA_EVENT_…`, linux/if_link.h.
const EVENTS: &[&str] =
    &["NONE", "REBOOT", "FEATURE CHANGE", "BONDING FAILOVER", "NOTIFY PEERS", "RESEND IGMP", "BONDING OPTION"];

/// Prints a link up to its altnames: what `ip link show` prints without `-s`.
pub(crate) fn line(header: &IfInfo, slots: &Slots, parts: Parts, context: &mut Context) {
    let out = &mut context.out;
    out.put("ifindex", "", header.index, ": ");
    name(header, slots, ": ", None, context);
    let mdown = peer_is_down(slots, context);
    flags(header.flags, mdown, context);
    let out = &mut context.out;
    if let Some(mtu) = slots.u32(IFLA_MTU) {
        out.field("mtu", "mtu", mtu);
    }
    xdp::print_mode(slots, !parts.mode, context);
    let out = &mut context.out;
    if let Some(qdisc) = slots.bytes(IFLA_QDISC) {
        out.field("qdisc", "qdisc", qdisc);
    }
    if let Some(master) = slots.u32(IFLA_MASTER) {
        let master = context.name_of(master);
        context.out.field("master", "master", &master);
    }
    if let Some(state) = slots.u8(IFLA_OPERSTATE) {
        operstate(state, "state ", 0, context);
    }
    if let Some(mode) = slots.u8(IFLA_LINKMODE).filter(|_| parts.mode) {
        match ["DEFAULT", "DORMANT"].get(usize::from(mode)) {
            Some(name) => context.out.field("linkmode", "mode", *name),
            None => context.out.field("linkmode_index", "mode", mode),
        }
    }
    if let Some(group) = slots.u32(IFLA_GROUP) {
        named(Database::Groups, group, "group", "group ", " ", context);
    }
    if let Some(packets) = slots.u32(IFLA_TXQLEN).filter(|_| parts.queue) {
        context.out.put("txqlen", "qlen ", packets, "");
    }
    if let Some(event) = slots.u32(IFLA_EVENT) {
        let name = usize::try_from(event).ok().and_then(|event| EVENTS.get(event));
        context.out.field("link_event", "event", *name.unwrap_or(&"UNKNOWN"));
    }
    if parts.physical {
        physical(header, slots, context);
    }
    if let Some(id) = slots.i32(IFLA_LINK_NETNSID) {
        link_netns(id, context);
    }
    if slots.u8(IFLA_PROTO_DOWN).is_some_and(|on| on != 0) {
        protodown(slots, context);
    }
    if context.options.details > 0 {
        super::details::details(header, slots, parts, context);
    }
    if let Some(alias) =
        slots.bytes(IFLA_IFALIAS).filter(|alias| (parts.mode || context.options.details > 0) && !alias.is_empty())
    {
        context.out.newline();
        context.out.put("ifalias", "    alias ", alias, "");
    }
    if parts.mode || context.options.details > 0 {
        xdp::print_programs(slots, context);
    }
}

fn operstate(state: u8, before: &str, width: usize, context: &mut Context) {
    let Some(name) = STATES.get(usize::from(state)) else {
        context.out.json("operstate_index", state);
        // No blank follows, and the label is not left out, as with the reference.
        context.out.text("state ");
        return context.out.text_value(Value::Hex(state.into()));
    };
    context.out.json("operstate", *name);
    context.out.text(before);
    context.out.coloured(Colour::of_state(name), |out| {
        out.text_padded(*name, width, false);
        out.text(" ");
    });
}

/// The names of link types, by `ARPHRD_…`: linux/if_arp.h. Newer ones are shown by number.
#[rustfmt::skip]
const TYPES: Names = names![
    ("ether", 1), ("loopback", 772), ("netrom", 0), ("eether", 2), ("ax25", 3), ("pronet", 4), ("chaos", 5), ("ieee802", 6), ("arcnet", 7),
    ("atalk", 8), ("dlci", 15), ("atm", 19), ("metricom", 23), ("ieee1394", 24), ("infiniband", 32), ("slip", 256),
    ("cslip", 257), ("slip6", 258), ("cslip6", 259), ("rsrvd", 260), ("adapt", 264), ("rose", 270), ("x25", 271),
    ("hwx25", 272), ("can", 280), ("ppp", 512), ("hdlc", 513), ("lapb", 516), ("ddcmp", 517), ("rawhdlc", 518),
    ("ipip", 768), ("tunnel6", 769), ("frad", 770), ("skip", 771), ("ltalk", 773), ("fddi", 774),
    ("bif", 775), ("sit", 776), ("ip/ddp", 777), ("gre", 778), ("pimreg", 779), ("hippi", 780), ("ash", 781),
    ("econet", 782), ("irda", 783), ("fcpp", 784), ("fcal", 785), ("fcpl", 786), ("fcfb0", 787), ("fcfb1", 788),
    ("fcfb2", 789), ("fcfb3", 790), ("fcfb4", 791), ("fcfb5", 792), ("fcfb6", 793), ("fcfb7", 794), ("fcfb8", 795),
    ("fcfb9", 796), ("fcfb10", 797), ("fcfb11", 798), ("fcfb12", 799), ("tr", 800), ("ieee802.11", 801),
    ("ieee802.11/prism", 802), ("ieee802.11/radiotap", 803), ("ieee802.15.4", 804), ("ieee802.15.4/monitor", 805),
    ("phonet", 820), ("phonet_pipe", 821), ("caif", 822), ("gre6", 823), ("netlink", 824), ("6lowpan", 825),
    ("none", 0xfffe), ("void", 0xffff),
];

/// The second line: the link-layer type and addresses.
fn physical(header: &IfInfo, slots: &Slots, context: &mut Context) {
    context.out.newline();
    link_type(header.kind, context);
    if let Some(own) = slots.get(IFLA_ADDRESS) {
        address("address", "", own, "", header.kind, context);
    }
    if let Some(other) = slots.get(IFLA_BROADCAST) {
        let point = header.flags & IFF_POINTOPOINT != 0;
        if point {
            context.out.json("link_pointtopoint", true);
        }
        address("broadcast", if point { " peer " } else { " brd " }, other, "", header.kind, context);
    }
    // The one that the device was made with, where it has another now.
    if let Some(permanent) = slots.get(IFLA_PERM_ADDRESS).filter(|one| Some(*one) != slots.get(IFLA_ADDRESS)) {
        address("permaddr", " permaddr ", permanent, "", header.kind, context);
    }
}

/// The link-layer type, by name.
pub(super) fn link_type(number: u16, context: &mut Context) {
    match TYPES.name(number.into()).filter(|_| !context.options.numeric) {
        Some(name) => context.out.put("link_type", "    link/", name, " "),
        None => context.out.put("link_type", "    link/", format!("[{number}]").as_str(), " "),
    }
}

/// A link-layer address, coloured with what is `after` it. Those of tunnels are IP addresses.
pub(super) fn address(key: &str, before: &str, bytes: &[u8], after: &str, kind: u16, context: &mut Context) {
    let value = match (kind, bytes.len()) {
        (768 | 776 | 778, 4) => array::<4>(bytes).map(|octets| Value::from(Ipv4Addr::from(octets))),
        (769 | 823, 16) => array::<16>(bytes).map(|octets| Value::from(Ipv6Addr::from(octets))),
        _ => None,
    };
    let value = value.unwrap_or(Value::Link(bytes));
    context.out.json(key, value);
    context.out.text(before);
    context.out.coloured(Colour::Mac, |out| {
        out.text_value(value);
        out.text(after);
    });
}

/// The namespace that the link's other end is in: its name where it has one, else its id.
fn link_netns(id: i32, context: &mut Context) {
    context.out.json("link_netnsid", id);
    if context.out.is_json() {
        return;
    }
    if id < 0 {
        return context.out.text(" link-netnsid unknown");
    }
    match netns_name(id) {
        Some(name) => context.out.put("", " link-netns ", name.as_slice(), ""),
        None => context.out.put("", " link-netnsid ", id, ""),
    }
}

/// The name of the namespace that has this id in ours: each name is asked for its id.
pub(crate) fn netns_name(id: i32) -> Option<Vec<u8>> {
    use std::os::unix::ffi::OsStrExt;
    let names = netmite_netlink::Netns::list().ok()?;
    let mut socket = Socket::open(Protocol::Route).ok().filter(|_| !names.is_empty())?;
    let own = |name: &std::ffi::OsString, socket: &mut Socket| {
        let netns = netmite_netlink::Netns::open(name).ok()?;
        let mut request = Message::new(RTM_GETNSID, 0, &[0; 4]);
        request.put(NETNSA_FD, netns.as_fd().as_raw_fd());
        socket.get(&mut request, |view| Ok(view.slots(4).i32(NETNSA_NSID))).ok().flatten()
    };
    names.iter().find(|name| own(name, &mut socket) == Some(id)).map(|name| name.as_bytes().to_vec())
}

fn protodown(slots: &Slots, context: &mut Context) {
    context.out.put("proto_down", " protodown ", Value::OnOff(true), " ");
    let reasons = slots.nested_slots(IFLA_PROTO_DOWN_REASON).and_then(|nest| nest.u32(IFLA_PROTO_DOWN_REASON_VALUE));
    let Some(reasons) = reasons.filter(|reasons| *reasons != 0) else { return };
    context.out.open_array("proto_down_reason");
    context.out.text("protodown_reason <");
    let mut before = "";
    for bit in (0..32).filter(|bit| reasons >> bit & 1 == 1) {
        let number = bit.to_string();
        let name = context.databases.name(Database::ProtodownReasons, bit).unwrap_or(&number).to_owned();
        context.out.put("", before, name.as_str(), "");
        before = ",";
    }
    context.out.text(">");
    context.out.close_array();
}

/// The alternative names, a line each.
pub(crate) fn altnames(slots: &Slots, context: &mut Context) {
    let Some(list) = slots.get(IFLA_PROP_LIST) else { return };
    context.out.open_array("altnames");
    for name in netmite_netlink::attributes::Attributes::new(list).filter(|name| name.kind == IFLA_ALT_IFNAME) {
        context.out.newline();
        let name = netmite_netlink::attributes::until_nul(name.payload);
        context.out.put("", "    altname ", name, "");
    }
    context.out.close_array();
}

/// The start of the short form: name and state in columns.
pub(crate) fn brief(header: &IfInfo, slots: &Slots, context: &mut Context) {
    name(header, slots, " ", Some(16), context);
    if let Some(state) = slots.u8(IFLA_OPERSTATE) {
        operstate(state, "", 14, context);
    }
}

/// The rest of `ip -br link`: the link-layer address and the flags.
pub(crate) fn brief_address(header: &IfInfo, slots: &Slots, context: &mut Context) {
    if let Some(own) = slots.get(IFLA_ADDRESS) {
        address("address", "", own, " ", header.kind, context);
    }
    let mdown = peer_is_down(slots, context);
    flags(header.flags, mdown, context);
}
