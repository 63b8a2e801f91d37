//! What `-d` adds to a link's lines: its kind's options, and the limits of the device.

use super::head::Parts;
use netmite_grammar::Context;
use netmite_links::register;
use netmite_links::select::ADDR_GEN_MODES;
use netmite_netlink::attributes::{Slots, u32_at, until_nul};
use netmite_netlink::header::IfInfo;
use netmite_netlink::uapi::*;
use netmite_output::Value;

/// What `-d` adds.
pub(super) fn details(header: &IfInfo, slots: &Slots, parts: Parts, context: &mut Context) {
    facts(" ", FIRST, slots, context);
    let out = &mut context.out;
    if slots.u8(IFLA_NETNS_IMMUTABLE).is_some_and(|immutable| immutable != 0) {
        out.json("netns-immutable", true);
        out.text("netns-immutable ");
    }
    if let Some(info) = slots.nested_slots(IFLA_LINKINFO) {
        link_info(&info, context);
    }
    let mode = slots.inside(&[IFLA_AF_SPEC, AF_INET6.into(), IFLA_INET6_ADDR_GEN_MODE]);
    let mode = mode.filter(|_| parts.mode && header.family != AF_INET).and_then(|mode| mode.first());
    if let Some(mode) = mode {
        let name = ADDR_GEN_MODES.name((*mode).into()).map(Value::Str);
        let value = name.unwrap_or(Value::HexPadded(u64::from(*mode), 2));
        context.out.field("inet6_addr_gen_mode", "addrgenmode", value);
    }
    facts("", LAST, slots, context);
}

/// How an attribute is shown.
#[derive(Clone, Copy)]
enum Form {
    Number,
    Name,
    Octets,
}

/// What an attribute tells: key, label, attribute, form.
type Fact = (&'static str, &'static str, u16, Form);

/// Prints those of the facts that are known, with `before` in front of the first.
fn facts(mut before: &str, facts: &[Fact], slots: &Slots, context: &mut Context) {
    for (key, label, kind, form) in facts {
        let Some(payload) = slots.get(*kind) else { continue };
        let value = match form {
            Form::Number => u32_at(payload, 0).into(),
            Form::Name => until_nul(payload).into(),
            Form::Octets => Value::Octets(payload),
        };
        context.out.text(std::mem::take(&mut before));
        context.out.field(key, label, value);
    }
}

const FIRST: &[Fact] = &[
    ("promiscuity", "promiscuity", IFLA_PROMISCUITY, Form::Number),
    ("allmulti", "allmulti", IFLA_ALLMULTI, Form::Number),
    ("min_mtu", "minmtu", IFLA_MIN_MTU, Form::Number),
    ("max_mtu", "maxmtu", IFLA_MAX_MTU, Form::Number),
];
const LAST: &[Fact] = &[
    ("num_tx_queues", "numtxqueues", IFLA_NUM_TX_QUEUES, Form::Number),
    ("num_rx_queues", "numrxqueues", IFLA_NUM_RX_QUEUES, Form::Number),
    ("gso_max_size", "gso_max_size", IFLA_GSO_MAX_SIZE, Form::Number),
    ("gso_max_segs", "gso_max_segs", IFLA_GSO_MAX_SEGS, Form::Number),
    ("tso_max_size", "tso_max_size", IFLA_TSO_MAX_SIZE, Form::Number),
    ("tso_max_segs", "tso_max_segs", IFLA_TSO_MAX_SEGS, Form::Number),
    ("gro_max_size", "gro_max_size", IFLA_GRO_MAX_SIZE, Form::Number),
    ("gso_ipv4_max_size", "gso_ipv4_max_size", IFLA_GSO_IPV4_MAX_SIZE, Form::Number),
    ("gro_ipv4_max_size", "gro_ipv4_max_size", IFLA_GRO_IPV4_MAX_SIZE, Form::Number),
    ("phys_port_name", "portname", IFLA_PHYS_PORT_NAME, Form::Name),
    ("phys_port_id", "portid", IFLA_PHYS_PORT_ID, Form::Octets),
    ("phys_switch_id", "switchid", IFLA_PHYS_SWITCH_ID, Form::Octets),
    ("parentbus", "parentbus", IFLA_PARENT_DEV_BUS_NAME, Form::Name),
    ("parentdev", "parentdev", IFLA_PARENT_DEV_NAME, Form::Name),
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
        context.out.put("info_slave_kind", "    ", slave, "_slave ");
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
