//! The virtual functions of a card, a line each below the card's own: linux/if_link.h.

use super::head;
use super::stats::number;
use netmite_grammar::Context;
use netmite_grammar::codec::EtherType;
use netmite_links::vf::STATES;
use netmite_netlink::attributes::{Attributes, Slots, array, u16_at, u32_at, u64_at};
use netmite_netlink::uapi::*;
use netmite_output::Value;

/// What the kernel says where a card does not know.
const UNKNOWN: u32 = u32::MAX;
/// The type of links whose addresses have six bytes, where those of others (InfiniBand) have twenty: linux/if_arp.h.
const ETHER: u16 = 1;

/// Prints all functions of a link of type `kind`, which is theirs too.
pub(crate) fn print(kind: u16, slots: &Slots, context: &mut Context) {
    let Some(list) = slots.get(IFLA_VFINFO_LIST).filter(|_| slots.has(IFLA_NUM_VF)) else { return };
    context.out.open_array("vfinfo_list");
    for info in Attributes::new(list).filter(|info| info.kind == IFLA_VF_INFO) {
        context.out.open_object("");
        one(kind, &Slots::parse(info.payload), context);
        context.out.close_object();
    }
    context.out.close_array();
}

/// The number of four bytes at place `at` of an attribute; the function's own stands at 0.
fn field(info: &Slots, kind: u16, at: usize) -> Option<u32> {
    info.get(kind)?.get(at * 4..).and_then(array).map(u32::from_ne_bytes)
}

fn one(kind: u16, info: &Slots, context: &mut Context) {
    let Some(number) = field(info, IFLA_VF_MAC, 0) else { return };
    context.out.newline();
    context.out.put("vf", "    vf ", i64::from(number as i32), " ");
    head::link_type(kind, context);
    let len = if kind == ETHER { 6 } else { 20 };
    let address = |kind: u16, skipped: usize| info.get(kind).and_then(|bytes| bytes.get(skipped..skipped + len));
    if let Some(own) = address(IFLA_VF_MAC, 4) {
        head::address("address", "", own, "", kind, context);
    }
    if let Some(other) = address(IFLA_VF_BROADCAST, 0) {
        head::address("broadcast", " brd ", other, "", kind, context);
    }
    vlans(info, context);
    rates(info, context);
    for (kind, key, before) in SETTINGS {
        let Some(setting) = field(info, *kind, 1) else { continue };
        let guid = u64_at(info.get(*kind).unwrap_or(&[]), 8).to_be_bytes();
        let value = match *kind {
            IFLA_VF_IB_NODE_GUID | IFLA_VF_IB_PORT_GUID => Value::Link(&guid),
            IFLA_VF_LINK_STATE => {
                let name = STATES.name(setting);
                Value::Str(name.unwrap_or("unknown"))
            }
            _ if setting == UNKNOWN => continue,
            _ => Value::OnOff(setting != 0),
        };
        context.out.put(key, before, value, "");
    }
    if let Some(counters) = info.nested_slots(IFLA_VF_STATS).filter(|_| context.options.statistics > 0) {
        counters_of(&counters, context);
    }
}

/// What a function is set to, in the order in which it is told: attribute, key, what stands in front.
const SETTINGS: &[(u16, &str, &str)] = &[
    (IFLA_VF_SPOOFCHK, "spoofchk", ", spoof checking "),
    (IFLA_VF_IB_NODE_GUID, "node guid", ", NODE_GUID "),
    (IFLA_VF_IB_PORT_GUID, "port guid", ", PORT_GUID "),
    (IFLA_VF_LINK_STATE, "link_state", ", link-state "),
    (IFLA_VF_TRUST, "trust", ", trust "),
    (IFLA_VF_RSS_QUERY_EN, "query_rss_en", ", query_rss "),
];

/// `struct ifla_vf_vlan_info`, several of them or one; else the older `struct ifla_vf_vlan`.
fn vlans(info: &Slots, context: &mut Context) {
    let Some(list) = info.get(IFLA_VF_VLAN_LIST) else {
        let (vlan, priority) = (field(info, IFLA_VF_VLAN, 1), field(info, IFLA_VF_VLAN, 2));
        return vlan_and_priority(vlan.unwrap_or(0), priority.unwrap_or(0), context);
    };
    context.out.open_array("vlan_list");
    for tag in Attributes::new(list).map(|one| one.payload) {
        context.out.open_object("");
        vlan_and_priority(u32_at(tag, 4), u32_at(tag, 8), context);
        let protocol = u16::from_be(u16_at(tag, 12));
        let plain = format!("[{protocol}]");
        let name = EtherType::name(protocol).filter(|_| !context.options.numeric).unwrap_or(&plain);
        context.out.json("protocol", name);
        if protocol != ETH_P_8021Q {
            context.out.text(", vlan protocol ");
            context.out.text(name);
        }
        context.out.close_object();
    }
    context.out.close_array();
}

/// The usual type of VLAN tags: linux/if_ether.h.
const ETH_P_8021Q: u16 = 0x8100;

fn vlan_and_priority(vlan: u32, priority: u32, context: &mut Context) {
    unless_zero("vlan", ", vlan ", vlan, "", context);
    unless_zero("qos", ", qos ", priority, "", context);
}

fn unless_zero(key: &str, before: &str, number: u32, after: &str, context: &mut Context) {
    if number != 0 {
        context.out.put(key, before, number, after);
    }
}

fn rates(info: &Slots, context: &mut Context) {
    unless_zero("tx_rate", ", tx rate ", field(info, IFLA_VF_TX_RATE, 1).unwrap_or(0), " (Mbps)", context);
    let (Some(least), Some(most)) = (field(info, IFLA_VF_RATE, 1), field(info, IFLA_VF_RATE, 2)) else { return };
    if context.out.is_json() {
        context.out.open_object("rate");
        context.out.json("max_tx", most);
        context.out.json("min_tx", least);
        return context.out.close_object();
    }
    unless_zero("", ", max_tx_rate ", most, "Mbps", context);
    unless_zero("", ", min_tx_rate ", least, "Mbps", context);
}

/// A column: its key in JSON, the attribute, its width.
type Column = (&'static str, u16, usize);
const RX: &[Column] =
    &[("bytes", 2, 10), ("packets", 0, 8), ("multicast", 5, 7), ("broadcast", 4, 7), ("dropped", 7, 8)];
const TX: &[Column] = &[("tx_bytes", 3, 10), ("tx_packets", 1, 8), ("dropped", 8, 8)];

fn counters_of(counters: &Slots, context: &mut Context) {
    context.out.open_object("stats");
    for (key, title, columns) in [
        ("rx", "    RX: bytes  packets  mcast   bcast   dropped ", RX),
        ("tx", "    TX: bytes  packets   dropped ", TX),
    ] {
        context.out.open_object(key);
        context.out.newline();
        context.out.text(title);
        context.out.newline();
        context.out.text("    ");
        // The kernel leaves out what a card does not drop.
        for (key, kind, width) in columns {
            let count = counters.u64(*kind).unwrap_or(0);
            context.out.json(key, count);
            number(count, *width, context);
            context.out.text(" ");
        }
        context.out.close_object();
    }
    context.out.close_object();
}
