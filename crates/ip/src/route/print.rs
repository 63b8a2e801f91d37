//! A route's line.
//!
//! Written by hand: this is printed a million times on a router. What the filter fixes is left out, as all lines would
//! say it.

use super::cache::{cache, cache_info};
use super::encap;
use super::filter::{Filter, Tables};
use super::gateway::FAMILIES;
use super::metrics::METRICS;
use super::table::PREFS;
use netmite_grammar::Context;
use netmite_grammar::names::Database;
use netmite_netlink::attributes::{Slots, ip};
use netmite_netlink::header::{NextHopHeader, RouteHeader};
use netmite_netlink::uapi::*;
use netmite_output::{Colour, Value};

/// Prints a route.
pub(super) fn route(header: &RouteHeader, slots: &Slots, filter: &Filter, context: &mut Context) {
    context.out.open_object("");
    let details = context.options.details > 0;
    if header.kind != RTN_UNICAST || details {
        kind(header.kind, context);
    }
    destination(header, slots, context);
    source(header, slots, context);
    context.put_number("nhid", RTA_NH_ID, slots);
    if let Some(to) = slots.get(RTA_NEWDST) {
        new_destination(header.family, to, context);
    }
    if let (Some(kind), Some(body)) = (slots.u16(RTA_ENCAP_TYPE), slots.get(RTA_ENCAP)) {
        encap::print(kind, body, context);
    }
    if header.tos != 0 && filter.tos.is_none() {
        type_of_service(header.tos, "tos", "tos ", " ", context);
    }
    if let Some(gateway) = slots.ip(RTA_GATEWAY).filter(|_| !filter.has_router()) {
        context.put_host(gateway, "gateway", "via ", " ");
    }
    if let Some(via) = slots.get(RTA_VIA) {
        other_family(via, context);
    }
    if let Some(device) = slots.u32(RTA_OIF).filter(|_| filter.device.is_none()) {
        context.put_device(device, "dev", "dev ", " ");
    }
    if header.flags & RTM_F_CLONED == 0 {
        belongs(header, slots, filter, details, context);
    } else {
        named_table(header, slots, filter, details, context);
    }
    if let Some(address) = slots.ip(RTA_PREFSRC).filter(|_| !filter.has_source()) {
        context.out.put_over(Colour::of(address), "prefsrc", "src ", address, " ");
    }
    if filter.metric.is_none() {
        context.put_number("metric", RTA_PRIORITY, slots);
    }
    flags(header.flags, context);
    tail(header, slots, filter, context);
    context.out.end_line();
    context.out.close_object();
}

fn kind(number: u8, context: &mut Context) {
    let name = super::TYPES.name(number.into()).filter(|_| !context.options.numeric);
    context.out.put("type", "", name.map_or(Value::Numeral(number.into()), Value::Str), " ");
}

/// A type of service by its name, or as two digits.
pub(crate) fn type_of_service(tos: u8, key: &str, before: &str, after: &str, context: &mut Context) {
    let digit = |number: u8| char::from_digit(u32::from(number & 15), 16).map_or(b'0', |digit| digit as u8);
    let plain = [b'0', b'x', digit(tos >> 4), digit(tos)];
    context.put_named(Database::DsFields, tos.into(), Value::Bytes(&plain), key, before, after);
}

/// The length of an address of this family in bits.
pub(super) fn whole(family: u8) -> u8 {
    match family {
        AF_INET => 32,
        AF_MPLS => 20,
        _ => 128,
    }
}

fn colour_of(family: u8) -> Colour {
    match family {
        AF_INET => Colour::Inet,
        AF_INET6 => Colour::Inet6,
        _ => Colour::None,
    }
}

fn destination(header: &RouteHeader, slots: &Slots, context: &mut Context) {
    let whole = whole(header.family);
    let value = match slots.ip(RTA_DST) {
        Some(_) if header.family == AF_MPLS && header.dst_len == whole => {
            Value::Labels(slots.get(RTA_DST).unwrap_or(&[]))
        }
        Some(address) if header.dst_len == whole => return context.put_host(address, "dst", "", " "),
        Some(address) => Value::Prefix(address, header.dst_len),
        None if header.dst_len > 0 => return without_address(header.dst_len, "dst", "", context),
        None => return context.out.put("dst", "", "default", " "),
    };
    context.out.put_over(colour_of(header.family), "dst", "", value, " ");
}

/// A prefix of which the kernel told the length alone.
fn without_address(len: u8, key: &str, before: &str, context: &mut Context) {
    let text = format!("0/{len}");
    context.out.put(key, before, text.as_str(), " ");
}

fn source(header: &RouteHeader, slots: &Slots, context: &mut Context) {
    let whole = whole(header.family);
    let host;
    let value = match slots.ip(RTA_SRC) {
        Some(address) if header.src_len == whole => {
            host = context.host(address);
            (&host).into()
        }
        Some(address) => Value::Prefix(address, header.src_len),
        None if header.src_len > 0 => return without_address(header.src_len, "from", "from ", context),
        None => return,
    };
    context.out.json("from", value);
    context.out.coloured(colour_of(header.family), |out| {
        out.text("from ");
        out.text_value(value);
        out.text(" ");
    });
}

/// What packets get for a destination: an address, or a stack of labels.
fn new_destination(family: u8, bytes: &[u8], context: &mut Context) {
    let Some(value) = address_of(family, bytes) else { return };
    context.out.put_over(colour_of(family), "to", "as to ", value, " ");
}

/// An address of any family that routers have.
fn address_of(family: u8, bytes: &[u8]) -> Option<Value<'_>> {
    match family {
        AF_INET | AF_INET6 => ip(bytes).map(Value::Ip),
        AF_MPLS => Some(Value::Labels(bytes)),
        AF_PACKET => Some(Value::Link(bytes)),
        _ => None,
    }
}

/// A router of another family than the route's: `struct rtvia`.
fn other_family(bytes: &[u8], context: &mut Context) {
    let Some((family, bytes)) = bytes.split_first_chunk::<2>() else { return };
    let family = u8::try_from(u16::from_ne_bytes(*family)).unwrap_or(AF_UNSPEC);
    let Some(value) = address_of(family, bytes) else { return };
    let name = FAMILIES.name(family.into()).unwrap_or("???");
    context.out.open_object("via");
    context.out.field("family", "via", name);
    context.out.put_over(colour_of(family), "host", "", value, " ");
    context.out.close_object();
}

/// Table, protocol and scope.
fn belongs(header: &RouteHeader, slots: &Slots, filter: &Filter, details: bool, context: &mut Context) {
    named_table(header, slots, filter, details, context);
    if (header.protocol != RTPROT_BOOT || details) && filter.protocol.is_none() {
        named(Database::Protocols, u32::from(header.protocol), "protocol", "proto ", " ", context);
    }
    if (header.scope != RT_SCOPE_UNIVERSE || details) && filter.scope.is_none() {
        named(Database::Scopes, u32::from(header.scope), "scope", "scope ", " ", context);
    }
}

fn named_table(header: &RouteHeader, slots: &Slots, filter: &Filter, details: bool, context: &mut Context) {
    let table = slots.u32(RTA_TABLE).unwrap_or(u32::from(header.table));
    if table != RT_TABLE_UNSPEC && filter.tables == Tables::All && (table != RT_TABLE_MAIN || details) {
        named(Database::Tables, table, "table", "table ", " ", context);
    }
}

/// A number by its name, unless numbers are asked for.
pub(crate) fn named(database: Database, number: u32, key: &str, before: &str, after: &str, context: &mut Context) {
    context.put_named(database, number, Value::Numeral(number.into()), key, before, after);
}

/// The names of the flags, `RTNH_F_…` and `RTM_F_…`.
const FLAGS: &[(u32, &str)] = &[
    (RTNH_F_DEAD, "dead"),
    (RTNH_F_ONLINK, "onlink"),
    (RTNH_F_PERVASIVE, "pervasive"),
    (RTNH_F_OFFLOAD, "offload"),
    (RTNH_F_TRAP, "trap"),
    (RTM_F_NOTIFY, "notify"),
    (RTNH_F_LINKDOWN, "linkdown"),
    (RTNH_F_UNRESOLVED, "unresolved"),
    (RTM_F_OFFLOAD, "rt_offload"),
    (RTM_F_TRAP, "rt_trap"),
    (RTM_F_OFFLOAD_FAILED, "rt_offload_failed"),
];

pub(crate) fn flags(flags: u32, context: &mut Context) {
    if flags == 0 && !context.out.is_json() {
        return;
    }
    context.out.open_array("flags");
    for (_, name) in FLAGS.iter().filter(|(bit, _)| flags & bit != 0) {
        context.out.put("", "", *name, " ");
    }
    context.out.close_array();
}

/// What stands behind the flags.
fn tail(header: &RouteHeader, slots: &Slots, filter: &Filter, context: &mut Context) {
    if let Some(mark) = slots.u32(RTA_MARK).filter(|mark| *mark != 0) {
        context.out.json("mark", mark);
        context.out.text("mark ");
        context.out.text_value(if mark >= 16 { Value::Hex(mark.into()) } else { mark.into() });
        context.out.text(" ");
    }
    context.put_number("uid", RTA_UID, slots);
    if let Some(realms) = slots.u32(RTA_FLOW).filter(|_| !filter.has_realms()) {
        flow(realms, context);
    }
    if header.flags & RTM_F_CLONED != 0 && header.family == AF_INET {
        cache(header, slots, context);
    } else if let Some(info) = slots.get(RTA_CACHEINFO) {
        cache_info(info, context);
    }
    if let Some(metrics) = &slots.nested_slots(RTA_METRICS) {
        context.out.open_array("metrics");
        context.out.open_object("");
        METRICS.print(metrics, context);
        context.out.close_object();
        context.out.close_array();
    }
    if let Some(index) = slots.u32(RTA_IIF) {
        let name = context.name_of(index);
        context.out.field("iif", "iif", &name);
    }
    if let Some(pref) = slots.u8(RTA_PREF) {
        let name = PREFS.name(pref.into()).map_or(Value::Numeral(pref.into()), Value::Str);
        context.out.put("pref", "pref ", name, "");
    }
    if let Some(on) = slots.u8(RTA_TTL_PROPAGATE) {
        context.out.json("ttl-propogate", on != 0);
        context.out.text(if on != 0 { "ttl-propogate enabled" } else { "ttl-propogate disabled" });
    }
    if let Some(id) = slots.u32(RTA_NH_ID).filter(|_| context.options.details > 0) {
        filter.next_hops.tell(id, context);
    }
    if let Some(hops) = slots.get(RTA_MULTIPATH) {
        nexthops(header, hops, context);
    }
}

fn flow(realms: u32, context: &mut Context) {
    let (from, to) = (realms >> 16, realms & 0xffff);
    context.out.open_object("flow");
    if from != 0 {
        named(Database::Realms, from, "from", "realms ", "/", context);
    }
    named(Database::Realms, to, "to", if from == 0 { "realm " } else { "" }, " ", context);
    context.out.close_object();
}

/// The ways of a route that has several: each a `struct rtnexthop` and attributes.
fn nexthops(header: &RouteHeader, mut rest: &[u8], context: &mut Context) {
    context.out.open_array("nexthops");
    while let Some(hop) = NextHopHeader::from_bytes(rest) {
        let len = usize::from(hop.len);
        let Some(body) = rest.get(NextHopHeader::LEN..len) else { break };
        let slots = Slots::parse(body);
        context.out.open_object("");
        context.out.newline();
        context.out.text("\tnexthop ");
        if let (Some(kind), Some(body)) = (slots.u16(RTA_ENCAP_TYPE), slots.get(RTA_ENCAP)) {
            encap::print(kind, body, context);
        }
        if let Some(to) = slots.get(RTA_NEWDST) {
            new_destination(header.family, to, context);
        }
        if let Some(gateway) = slots.ip(RTA_GATEWAY) {
            context.put_host(gateway, "gateway", "via ", " ");
        }
        if let Some(via) = slots.get(RTA_VIA) {
            other_family(via, context);
        }
        let name = context.name_of(hop.index);
        context.out.field("dev", "dev", &name);
        if let Some(realms) = slots.u32(RTA_FLOW) {
            flow(realms, context);
        }
        if header.family != AF_MPLS {
            context.out.field("weight", "weight", u32::from(hop.hops) + 1);
        }
        flags(u32::from(hop.flags), context);
        context.out.close_object();
        rest = rest.get(netmite_netlink::attributes::align(len)..).unwrap_or(&[]);
    }
    context.out.close_array();
}
