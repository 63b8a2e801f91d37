//! A group's line, and the ports that lead to routers.

use super::table::{ENTRY_LEN, FILTER_MODES, IPV4, IPV6};
use crate::vlan::Filter;
use crate::words::{HEADER_LEN, header_index};
use netmite_grammar::Context;
use netmite_grammar::names::Database;
use netmite_netlink::MessageView;
use netmite_netlink::attributes::{Attributes, Slots, array, ip};
use netmite_netlink::uapi::*;
use netmite_output::{Colour, Names, Value, names};

/// The flags of a group, `MDB_FLAGS_…`, in the order in which they are shown.
const FLAGS: Names =
    names![("offload", 1), ("fast_leave", 2), ("added_by_star_ex", 4), ("blocked", 8), ("offload_failed", 16)];

/// `MDB_RTR_TYPE_TEMP_QUERY` and `MDB_RTR_TYPE_TEMP`.
const TEMPORARY: &[u8] = &[1, 3];

/// A `struct br_mdb_entry`.
struct Entry<'a> {
    port: u32,
    state: u8,
    flags: u8,
    vid: u16,
    address: &'a [u8],
    protocol: u16,
}

impl<'a> Entry<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let bytes: &[u8; ENTRY_LEN] = bytes.first_chunk()?;
        Some(Entry {
            port: array(bytes).map(u32::from_ne_bytes)?,
            state: bytes[4],
            flags: bytes[5],
            vid: bytes.get(6..).and_then(array).map(u16::from_ne_bytes)?,
            address: &bytes[8..24],
            protocol: bytes.get(24..).and_then(array).map(u16::from_be_bytes)?,
        })
    }

    /// The group's address, and the colour that such a one has.
    fn group(&self) -> (Value<'a>, Colour) {
        let len = match self.protocol {
            IPV4 => 4,
            IPV6 => 16,
            _ => 6,
        };
        let bytes = self.address.get(..len).unwrap_or(&[]);
        match ip(bytes) {
            Some(address) => (address.into(), Colour::of(address)),
            None => (Value::Link(bytes), Colour::None),
        }
    }
}

/// The groups of a message, each on a line, as far as they pass the filter.
pub(super) fn entries(view: &MessageView, filter: &Filter, context: &mut Context) {
    let Some(bridge) = header_index(view.body).filter(|bridge| is_group(view) && filter.wants(*bridge)) else { return };
    each_group(view, &mut |entry, attributes| {
        if filter.vid == 0 || u32::from(entry.vid) == filter.vid {
            context.out.open_object("");
            group(bridge, entry, attributes, context);
            context.out.close_object();
        }
    });
}

fn each_group(view: &MessageView, each: &mut dyn FnMut(&Entry, &Slots)) {
    for groups in view.attributes(HEADER_LEN).filter(|one| one.kind == MDBA_MDB) {
        for entries in groups.nested().filter(|one| one.kind == MDBA_MDB_ENTRY) {
            for info in entries.nested() {
                if let Some((entry, rest)) = Entry::read(info.payload).zip(info.payload.get(ENTRY_LEN..)) {
                    each(&entry, &Slots::parse(rest));
                }
            }
        }
    }
}

/// An event, for the monitor: of a group, or of a port that leads to routers. Its object in JSON has been begun.
pub(crate) fn event(view: &MessageView, context: &mut Context) {
    let Some(bridge) = header_index(view.body) else { return };
    // The kernel tells one group a message.
    let mut told = false;
    each_group(view, &mut |entry, attributes| {
        if !std::mem::replace(&mut told, true) {
            group(bridge, entry, attributes, context);
        }
    });
    let routers = view.attributes(HEADER_LEN).get(MDBA_ROUTER).map(Attributes::new);
    if let Some(index) = routers.and_then(|mut ports| array(ports.next()?.payload)).map(u32::from_ne_bytes) {
        let (port, dev) = (context.name_of(index), context.name_of(bridge));
        context.out.put("router_port", "router port dev ", &port, "");
        context.out.put("dev", " master ", &dev, "");
        context.out.end_line();
    }
}

/// Whether a message is about groups; in dumps it bears the request's own type.
fn is_group(view: &MessageView) -> bool {
    matches!(view.kind, RTM_NEWMDB | RTM_DELMDB | RTM_GETMDB)
}

/// A fact that is coloured with the word before it.
fn coloured(colour: Colour, key: &str, before: &str, value: Value, context: &mut Context) {
    context.out.json(key, value);
    context.out.coloured(colour, |out| {
        out.text(before);
        out.text_value(value);
    });
}

fn group(bridge: u32, entry: &Entry, attributes: &Slots, context: &mut Context) {
    let (details, statistics) = (context.options.details > 0, context.options.statistics > 0);
    let (dev, port) = (context.name_of(bridge), context.name_of(entry.port));
    context.out.json("index", bridge);
    coloured(Colour::IfName, "dev", "dev ", (&dev).into(), context);
    context.out.put("port", " port ", &port, "");
    let (address, colour) = entry.group();
    coloured(colour, "grp", " grp ", address, context);
    if let Some(source) = attributes.ip(MDBA_MDB_EATTR_SOURCE) {
        coloured(Colour::of(source), "src", " src ", source.into(), context);
    }
    context.out.put("state", " ", if entry.state & 1 != 0 { "permanent" } else { "temp" }, "");
    if details {
        origin(attributes, context);
    }
    context.out.open_array("flags");
    for word in FLAGS.of_bits(entry.flags.into()) {
        context.out.put("", " ", word, "");
    }
    context.out.close_array();
    if entry.vid != 0 {
        context.out.put("vid", " vid ", entry.vid, "");
    }
    far_end(attributes, context);
    if let Some(ticks) = attributes.u32(MDBA_MDB_EATTR_TIMER).filter(|_| statistics) {
        context.out.put("timer", " ", &*padded(ticks), "");
    }
    context.out.newline();
}

/// What `-d` adds: which sources are heard, and who made the entry.
fn origin(attributes: &Slots, context: &mut Context) {
    let mode = attributes.u8(MDBA_MDB_EATTR_GROUP_MODE).and_then(|mode| FILTER_MODES.name(mode.into()));
    if let Some(mode) = mode {
        context.out.put("filter_mode", " filter_mode ", mode, "");
    }
    if attributes.has(MDBA_MDB_EATTR_SRC_LIST) {
        context.out.open_array("source_list");
        let mut before = " source_list ";
        for source in attributes.nested(MDBA_MDB_EATTR_SRC_LIST) {
            let source = Slots::parse(source.payload);
            let Some(address) = source.ip(MDBA_MDB_SRCATTR_ADDRESS) else { continue };
            context.out.open_object("");
            let before = std::mem::replace(&mut before, ",");
            context.out.put_in(Colour::of(address), "address", before, address, "");
            if let Some(ticks) = source.u32(MDBA_MDB_SRCATTR_TIMER) {
                context.out.put("timer", "/", &*seconds(ticks), "");
            }
            context.out.close_object();
        }
        context.out.close_array();
    }
    if let Some(protocol) = attributes.u8(MDBA_MDB_EATTR_RTPROT) {
        let name = context.databases.name(Database::Protocols, protocol.into());
        context.out.put("protocol", " proto ", name.map_or(Value::Numeral(protocol.into()), Value::Str), "");
    }
}

/// Where a VXLAN sends the group.
fn far_end(attributes: &Slots, context: &mut Context) {
    if let Some(address) = attributes.ip(MDBA_MDB_EATTR_DST) {
        coloured(Colour::of(address), "dst", " dst ", address.into(), context);
    }
    if let Some(port) = attributes.u16(MDBA_MDB_EATTR_DST_PORT) {
        context.out.put("dst_port", " dst_port ", port, "");
    }
    for (kind, key, before) in [(MDBA_MDB_EATTR_VNI, "vni", " vni "), (MDBA_MDB_EATTR_SRC_VNI, "src_vni", " src_vni ")]
    {
        if let Some(vni) = attributes.u32(kind) {
            context.out.put(key, before, vni, "");
        }
    }
    if let Some(index) = attributes.u32(MDBA_MDB_EATTR_IFINDEX) {
        let name = context.name_of(index);
        context.out.put("via", " via ", &name, "");
    }
}

/// A time in the kernel's clock ticks as seconds with two digits behind the point.
fn seconds(ticks: u32) -> String {
    let hundredths = u64::from(ticks).saturating_mul(100) / netmite_netlink::sys::clock_ticks().max(1);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// The same in a column of seven; a string in JSON too, blanks and all, as the reference has it.
fn padded(ticks: u32) -> String {
    format!("{:>7}", seconds(ticks))
}

/// The ports of a message's bridge that lead to routers; with statistics a line each.
pub(super) fn routers(view: &MessageView, filter: &Filter, context: &mut Context) {
    let Some(bridge) = header_index(view.body).filter(|bridge| is_group(view) && filter.wants(*bridge)) else { return };
    let statistics = context.options.statistics > 0;
    for list in view.attributes(HEADER_LEN).filter(|one| one.kind == MDBA_ROUTER && !one.payload.is_empty()) {
        let name = context.name_of(bridge);
        let name = String::from_utf8_lossy(name.as_bytes());
        let title = format!("router ports on {name}: ");
        context.out.open_array(&name);
        let ports = list.nested().filter(|one| one.kind == MDBA_ROUTER_PORT);
        for (at, port) in ports.enumerate() {
            if at == 0 || statistics {
                context.out.text(&title);
            }
            router_port(port.payload, "", context);
            if statistics {
                context.out.newline();
            }
        }
        if !statistics {
            context.out.newline();
        }
        context.out.close_array();
    }
}

/// A port that leads to a router: its index, and behind it attributes; with statistics how long it does. `before` stands
/// before the time.
pub(crate) fn router_port(payload: &[u8], before: &str, context: &mut Context) {
    let Some(index) = array(payload).map(u32::from_ne_bytes) else { return };
    let name = context.name_of(index);
    context.out.open_object("");
    context.out.put("port", "", &name, " ");
    if context.options.statistics > 0 {
        let attributes = Slots::parse(payload.get(4..).unwrap_or(&[]));
        if let Some(ticks) = attributes.u32(MDBA_ROUTER_PATTR_TIMER) {
            context.out.put("timer", before, &*padded(ticks), "");
        }
        if let Some(kind) = attributes.u8(MDBA_ROUTER_PATTR_TYPE) {
            context.out.put("type", " ", if TEMPORARY.contains(&kind) { "temp" } else { "permanent" }, "");
        }
    }
    context.out.close_object();
}
