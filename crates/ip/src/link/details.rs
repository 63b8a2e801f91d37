//! What `-d` adds to a link's lines: its kind's options, and the limits of the device.

use super::head::Parts;
use netmite_grammar::Context;
use netmite_links::register;
use netmite_links::select::ADDR_GEN_MODES;
use netmite_netlink::attributes::Slots;
use netmite_netlink::header::IfInfo;
use netmite_netlink::uapi::*;
/// What `-d` adds.
pub(super) fn details(header: &IfInfo, slots: &Slots, parts: Parts, context: &mut Context) {
    let out = &mut context.out;
    let mut before = " ";
    let mut number = |key: &str, label: &str, kind: u16| {
        if let Some(value) = slots.u32(kind) {
            out.text(std::mem::take(&mut before));
            out.field(key, label, value);
        }
    };
    number("promiscuity", "promiscuity", IFLA_PROMISCUITY);
    number("allmulti", "allmulti", IFLA_ALLMULTI);
    number("min_mtu", "minmtu", IFLA_MIN_MTU);
    number("max_mtu", "maxmtu", IFLA_MAX_MTU);
    if slots.u8(IFLA_NETNS_IMMUTABLE).is_some_and(|immutable| immutable != 0) {
        out.json("netns-immutable", true);
        out.text("netns-immutable ");
    }
    if let Some(info) = slots.nested_slots(IFLA_LINKINFO) {
        link_info(&info, context);
    }
    let spec = slots.nested_slots(IFLA_AF_SPEC).and_then(|spec| spec.nested_slots(u16::from(AF_INET6)));
    let mode = spec.and_then(|spec| spec.u8(IFLA_INET6_ADDR_GEN_MODE));
    let out = &mut context.out;
    if let Some(mode) = mode.filter(|_| parts.mode && header.family != AF_INET) {
        let number = format!("{mode:#04x}");
        let name = ADDR_GEN_MODES.get(usize::from(mode)).copied().unwrap_or(&number);
        out.field("inet6_addr_gen_mode", "addrgenmode", name);
    }
    for (key, label, kind) in NUMBERS {
        if let Some(value) = slots.u32(*kind) {
            out.field(key, label, value);
        }
    }
    if let Some(port) = slots.bytes(IFLA_PHYS_PORT_NAME) {
        out.field("phys_port_name", "portname", port);
    }
    for (key, label, kind) in
        [("phys_port_id", "portid", IFLA_PHYS_PORT_ID), ("phys_switch_id", "switchid", IFLA_PHYS_SWITCH_ID)]
    {
        if let Some(id) = slots.get(kind) {
            let id: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
            out.field(key, label, id.as_str());
        }
    }
    for (key, label, kind) in
        [("parentbus", "parentbus", IFLA_PARENT_DEV_BUS_NAME), ("parentdev", "parentdev", IFLA_PARENT_DEV_NAME)]
    {
        if let Some(name) = slots.bytes(kind) {
            out.field(key, label, name);
        }
    }
}

/// The numbers at the end of the details: key, label, attribute.
const NUMBERS: &[(&str, &str, u16)] = &[
    ("num_tx_queues", "numtxqueues", IFLA_NUM_TX_QUEUES),
    ("num_rx_queues", "numrxqueues", IFLA_NUM_RX_QUEUES),
    ("gso_max_size", "gso_max_size", IFLA_GSO_MAX_SIZE),
    ("gso_max_segs", "gso_max_segs", IFLA_GSO_MAX_SEGS),
    ("tso_max_size", "tso_max_size", IFLA_TSO_MAX_SIZE),
    ("tso_max_segs", "tso_max_segs", IFLA_TSO_MAX_SEGS),
    ("gro_max_size", "gro_max_size", IFLA_GRO_MAX_SIZE),
    ("gso_ipv4_max_size", "gso_ipv4_max_size", IFLA_GSO_IPV4_MAX_SIZE),
    ("gro_ipv4_max_size", "gro_ipv4_max_size", IFLA_GRO_IPV4_MAX_SIZE),
];

/// The kind and, of a port, its master's kind, with their options.
fn link_info(info: &Slots, context: &mut Context) {
    let (kind, slave) = (info.bytes(IFLA_INFO_KIND), info.bytes(IFLA_INFO_SLAVE_KIND));
    context.out.open_object("linkinfo");
    if let Some(kind) = kind {
        context.out.newline();
        context.out.put("info_kind", "    ", kind, " ");
        let data = info.nested_slots(IFLA_INFO_DATA);
        options(register::kind(kind), data.as_ref(), "info_data", context);
        let counters = info.get(IFLA_INFO_XSTATS).filter(|_| context.options.statistics > 0);
        if let Some((print, counters)) = register::statistics(kind).zip(counters) {
            print(counters, context);
        }
    }
    if let Some(slave) = slave {
        context.out.newline();
        context.out.json("info_slave_kind", slave);
        context.out.text("    ");
        context.out.text_value(slave);
        context.out.text("_slave ");
        let data = info.nested_slots(IFLA_INFO_SLAVE_DATA);
        options(register::slave(slave), data.as_ref(), "info_slave_data", context);
    }
    context.out.close_object();
}

fn options(table: Option<&'static netmite_grammar::Table>, data: Option<&Slots>, key: &str, context: &mut Context) {
    if let (Some(table), Some(data)) = (table, data) {
        context.out.open_object(key);
        table.print(data, context);
        context.out.close_object();
    }
}
