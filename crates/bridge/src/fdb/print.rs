//! An entry's line.

use super::options::{FDB_NOTIFY, FDB_NOTIFY_INACTIVE, NFEA_ACTIVITY_NOTIFY};
use netmite_grammar::Context;
use netmite_netlink::attributes::{Slots, array};
use netmite_netlink::header::NeighbourHeader;
use netmite_netlink::uapi::*;
use netmite_output::{Colour, Names, Value, names};

/// The flags' names, in the order in which they are shown.
const FLAGS: Names = names![
    ("self", NTF_SELF),
    ("router", NTF_ROUTER),
    ("extern_learn", NTF_EXT_LEARNED),
    ("offload", NTF_OFFLOADED),
    ("master", NTF_MASTER),
    ("sticky", NTF_STICKY),
];

/// Prints an entry, with its device unless that was asked for.
pub(crate) fn entry(header: &NeighbourHeader, slots: &Slots, with_device: bool, context: &mut Context) {
    if let Some(address) = slots.get(NDA_LLADDR) {
        coloured(Colour::Mac, "mac", "", Value::Link(address), context);
    }
    if with_device && header.index != 0 {
        let name = context.name_of(header.index);
        coloured(Colour::IfName, "ifname", "dev ", (&name).into(), context);
    }
    if let Some(address) = slots.ip(NDA_DST) {
        coloured(Colour::of(address), "dst", "dst ", address.into(), context);
    }
    if let Some(vlan) = slots.u16(NDA_VLAN).filter(|vlan| *vlan != 0) {
        context.out.field("vlan", "vlan", vlan);
    }
    if let Some(port) = slots.u16_be(NDA_PORT) {
        context.out.field("port", "port", port);
    }
    if let Some(vni) = slots.u32(NDA_VNI) {
        context.out.field("vni", "vni", vni);
    }
    if let Some(vni) = slots.u32(NDA_SRC_VNI) {
        context.out.field("src_vni", "src_vni", vni);
    }
    if let Some(index) = slots.u32(NDA_IFINDEX) {
        via(index, slots, context);
    }
    if let Some(id) = slots.u32(NDA_NH_ID) {
        context.out.field("nhid", "nhid", id);
    }
    if let Some(id) = slots.i32(NDA_LINK_NETNSID) {
        context.out.field("linkNetNsId", "link-netnsid", id);
    }
    if context.options.details > 0 {
        activity(slots, context);
    }
    if context.options.statistics > 0 {
        used(slots, context);
    }
    flags(header, slots, context);
    if let Some(master) = slots.u32(NDA_MASTER) {
        context.name_field("master", "master", master);
    }
    state(header.state, context);
    context.out.end_line();
}

/// A value whose colour goes on over the blank behind it.
fn coloured(colour: Colour, key: &str, before: &str, value: Value, context: &mut Context) {
    context.out.json(key, value);
    context.out.text(before);
    context.out.coloured(colour, |out| {
        out.text_value(value);
        out.text(" ");
    });
}

/// The device that packets leave by; one of another namespace has no name here.
fn via(index: u32, slots: &Slots, context: &mut Context) {
    if slots.has(NDA_LINK_NETNSID) {
        return context.out.field("viaIfIndex", "via ifindex", index);
    }
    context.name_field("viaIf", "via", index);
}

/// How long ago the entry was used and updated, in seconds: of `struct nda_cacheinfo`, which counts ticks.
fn used(slots: &Slots, context: &mut Context) {
    let Some(info) = slots.get(NDA_CACHEINFO) else { return };
    let ticks = netmite_netlink::sys::clock_ticks();
    let seconds = |at: usize| info.get(at..).and_then(array).map_or(0, u32::from_ne_bytes);
    let (used, updated) = (u64::from(seconds(4)) / ticks, u64::from(seconds(8)) / ticks);
    context.out.put("used", "used ", used, "");
    context.out.put("updated", "/", updated, " ");
}

fn flags(header: &NeighbourHeader, slots: &Slots, context: &mut Context) {
    let out = &mut context.out;
    out.open_array("flags");
    for name in FLAGS.of_bits(header.flags.into()) {
        out.put("", "", name, " ");
    }
    if slots.u32(NDA_FLAGS_EXT).unwrap_or(0) & u32::from(NTF_EXT_LOCKED) != 0 {
        out.put("", "", "locked", " ");
    }
    out.close_array();
}

/// What the bridge tells of the address being seen or not.
fn activity(slots: &Slots, context: &mut Context) {
    let more = slots.nested_slots(NDA_FDB_EXT_ATTRS).and_then(|more| more.u8(NFEA_ACTIVITY_NOTIFY)).unwrap_or(0);
    for (bit, name) in [(FDB_NOTIFY, "activity_notify"), (FDB_NOTIFY_INACTIVE, "inactive")] {
        if more & bit != 0 {
            context.out.json(name, true);
            context.out.text(name);
            context.out.text(" ");
        }
    }
}

fn state(state: u16, context: &mut Context) {
    let number;
    let name = match state {
        _ if state & NUD_PERMANENT != 0 => "permanent",
        _ if state & NUD_NOARP != 0 => "static",
        _ if state & NUD_STALE != 0 => "stale",
        _ if state & NUD_REACHABLE != 0 => "",
        _ => {
            number = if state == 0 { "state=0".to_owned() } else { format!("state={state:#x}") };
            &number
        }
    };
    context.out.put("state", "", name, "");
}
