//! A rule's line. By hand: most of it stands or not by flags, by other attributes, and by how much is asked for.

use super::values::{DSCP_BITS, FLOW_LABEL_BITS, action, flags};
use crate::route::TYPES;
use crate::route::print::type_of_service;
use netmite_grammar::Context;
use netmite_grammar::names::Database;
use netmite_netlink::MessageView;
use netmite_netlink::attributes::{Slots, array};
use netmite_netlink::header::RuleHeader;
use netmite_netlink::uapi::*;
use netmite_output::{Colour, Value};
use std::net::IpAddr;

/// Prints what a notification tells of a rule.
pub(crate) fn event(view: &MessageView, context: &mut Context) {
    print(view, &view.slots(RuleHeader::LEN), context);
}

/// Prints a rule, or what a notification tells of one; `slots` are the message's attributes.
pub(crate) fn print(view: &MessageView, slots: &Slots, context: &mut Context) {
    let Some(header) = &RuleHeader::of(view) else { return };
    context.out.open_object("");
    if view.kind == RTM_DELRULE {
        context.out.deleted();
    }
    context.out.put("priority", "", slots.u32(FRA_PRIORITY).unwrap_or(0), ":\t");
    if header.flags & flags::INVERT != 0 {
        mention("not", "not ", context);
    }
    context.out.text("from ");
    if !prefix(slots.ip(FRA_SRC), header.src_len, ["src", "srclen"], context) {
        context.out.put("src", "", "all", "");
    }
    if slots.has(FRA_DST) || header.dst_len > 0 {
        context.out.text(" to ");
        prefix(slots.ip(FRA_DST), header.dst_len, ["dst", "dstlen"], context);
    }
    selectors(header, slots, context);
    lookup(header, slots, context);
    realms(slots, context);
    act(header, slots, context);
    owner(slots, context);
    if let Some(dscp) = slots.u8(FRA_DSCP) {
        code_point(dscp, slots.u8(FRA_DSCP_MASK).unwrap_or(DSCP_BITS), context);
    }
    if let Some(label) = slots.u32_be(FRA_FLOWLABEL) {
        let mask = slots.u32_be(FRA_FLOWLABEL_MASK).unwrap_or(FLOW_LABEL_BITS);
        with_mask(label, mask, FLOW_LABEL_BITS, ["flowlabel", "flowlabel_mask"], " flowlabel ", context);
    }
    context.out.end_line();
    context.out.close_object();
}

/// A fact that is there or not.
fn mention(key: &str, text: &str, context: &mut Context) {
    context.out.put(key, text, Value::Null, "");
}

/// An address and its length, unless that is of a whole address; whether there was either.
fn prefix(address: Option<IpAddr>, len: u8, keys: [&str; 2], context: &mut Context) -> bool {
    match address {
        Some(address) => context.out.put_in(Colour::of(address), keys[0], "", address, ""),
        None if len > 0 => context.out.put(keys[0], "", "0", ""),
        None => return false,
    }
    let whole = address.map_or(0, |address| if address.is_ipv4() { 32 } else { 128 });
    if len != whole {
        context.out.put(keys[1], "/", len, "");
    }
    true
}

/// What stands between the addresses and the table.
fn selectors(header: &RuleHeader, slots: &Slots, context: &mut Context) {
    if header.tos != 0 {
        type_of_service(header.tos, "tos", " tos ", "", context);
    }
    let (mark, mask) = (slots.u32(FRA_FWMARK), slots.u32(FRA_FWMASK));
    if mark.is_some() || mask.is_some() {
        context.out.put("fwmark", " fwmark ", Value::HexOrZero(mark.unwrap_or(0).into()), "");
        if let Some(mask) = mask.filter(|mask| *mask != u32::MAX) {
            context.out.put("fwmask", "/", Value::HexOrZero(mask.into()), "");
        }
    }
    if let Some(name) = slots.bytes(FRA_IIFNAME) {
        context.out.put_in(Colour::IfName, "iif", " iif ", name, "");
        if header.flags & flags::INCOMING_DETACHED != 0 {
            mention("iif_detached", " [detached]", context);
        }
    }
    if let Some(name) = slots.bytes(FRA_OIFNAME) {
        context.out.put_in(Colour::IfName, "oif", " oif ", name, "");
        if header.flags & flags::OUTGOING_DETACHED != 0 {
            mention("oif_detached", " [detached]", context);
        }
    }
    if let Some((first, last)) = slots.get(FRA_UID_RANGE).and_then(|range| range.split_first_chunk()) {
        context.out.put("uid_start", " uidrange ", u32::from_ne_bytes(*first), "");
        context.out.put("uid_end", "-", array(last).map_or(0, u32::from_ne_bytes), "");
    }
    if let Some(protocol) = slots.u8(FRA_IP_PROTO) {
        ip_protocol(protocol, context);
    }
    let keys = ["sport", "sport_mask", "sport_start", "sport_end"];
    ports(slots, [FRA_SPORT_RANGE, FRA_SPORT_MASK], keys, " sport ", context);
    let keys = ["dport", "dport_mask", "dport_start", "dport_end"];
    ports(slots, [FRA_DPORT_RANGE, FRA_DPORT_MASK], keys, " dport ", context);
    if let Some(id) = slots.get(FRA_TUN_ID).and_then(array) {
        context.out.put("tun_id", " tun_id ", u64::from_be_bytes(id), "");
    }
}

/// A number by its name, or else as it is; in JSON as text.
fn numbered(database: Database, number: u32, key: &str, before: &str, context: &mut Context) {
    context.put_named(database, number, Value::Numeral(number.into()), key, before, "");
}

fn ip_protocol(number: u8, context: &mut Context) {
    let plain = format!("ipproto-{number}");
    // The number 0 has a name in a file, but no packet.
    context.put_named(Database::IpProtocols, number.into(), Value::Str(&plain), "ipproto", " ipproto ", "");
}

/// Ports: one, with a mask, or several.
fn ports(slots: &Slots, kinds: [u16; 2], keys: [&str; 4], before: &str, context: &mut Context) {
    let Some(range) = slots.get(kinds[0]).and_then(array::<4>) else { return };
    let [a, b, c, d] = range;
    let (first, last) = (u16::from_ne_bytes([a, b]), u16::from_ne_bytes([c, d]));
    if first == last {
        let mask = slots.u16(kinds[1]).unwrap_or(u16::MAX);
        context.out.json(keys[0], first);
        context.out.json(keys[1], Value::HexOrZero(mask.into()));
        context.out.text(before);
        if mask == u16::MAX {
            context.out.text_value(first);
        } else {
            context.out.text_value(Value::HexOrZero(first.into()));
            context.out.text("/");
            context.out.text_value(Value::HexOrZero(mask.into()));
        }
    } else {
        context.out.put(keys[2], before, first, "");
        context.out.put(keys[3], "-", last, "");
    }
}

/// Where the rule looks the route up, and which routes there don't count.
fn lookup(header: &RuleHeader, slots: &Slots, context: &mut Context) {
    if slots.u8(FRA_L3MDEV).is_some_and(|on| on != 0) {
        mention("l3mdev", " lookup [l3mdev-table]", context);
    }
    let table = slots.u32(FRA_TABLE).unwrap_or(u32::from(header.table));
    if table == 0 {
        return;
    }
    numbered(Database::Tables, table, "table", " lookup ", context);
    if let Some(length) = slots.i32(FRA_SUPPRESS_PREFIXLEN).filter(|length| *length != -1) {
        context.out.put("suppress_prefixlen", " suppress_prefixlength ", length, "");
    }
    if let Some(group) = slots.u32(FRA_SUPPRESS_IFGROUP).filter(|group| *group != u32::MAX) {
        numbered(Database::Groups, group, "suppress_ifgroup", " suppress_ifgroup ", context);
    }
}

fn realms(slots: &Slots, context: &mut Context) {
    let Some(realms) = slots.u32(FRA_FLOW) else { return };
    let (from, to) = (realms >> 16, realms & 0xffff);
    let mut before = " realms ";
    if from > 0 {
        numbered(Database::Realms, from, "flow_from", before, context);
        before = "/";
    }
    numbered(Database::Realms, to, "flow_to", before, context);
}

/// What is done, if that is more than a lookup.
fn act(header: &RuleHeader, slots: &Slots, context: &mut Context) {
    match header.action {
        RTN_NAT => match slots.ip(FRA_UNUSED2) {
            Some(address) => context.out.put("nat_gateway", " map-to ", address, ""),
            None => mention("masquerade", " masquerade", context),
        },
        action::GOTO => {
            match slots.u32(FRA_GOTO) {
                Some(target) => context.out.put("goto", " goto ", target, ""),
                None => context.out.put("goto", " goto ", "none", ""),
            }
            if header.flags & flags::UNRESOLVED != 0 {
                mention("unresolved", " [unresolved]", context);
            }
        }
        action::NOP => mention("nop", " nop", context),
        action::TO_TABLE => (),
        other => {
            let plain = Value::Numeral(other.into());
            let name = TYPES.name(other.into()).filter(|_| !context.options.numeric);
            context.out.put("action", " ", name.map_or(plain, Value::Str), "");
        }
    }
}

/// Who made it, unless that is the kernel or nobody said so.
fn owner(slots: &Slots, context: &mut Context) {
    let Some(protocol) = slots.u8(FRA_PROTOCOL) else { return };
    if !matches!(protocol, 0 | RTPROT_KERNEL) || context.options.details > 0 {
        numbered(Database::Protocols, u32::from(protocol), "protocol", " proto ", context);
    }
}

/// A code point by the name of the type of service that holds it; with a mask in text as a number.
fn code_point(dscp: u8, mask: u8, context: &mut Context) {
    if context.out.is_json() || mask == DSCP_BITS {
        context.put_named(Database::DsFields, u32::from(dscp) << 2, Value::Numeral(dscp.into()), "dscp", " dscp ", "");
        context.out.json("dscp_mask", Value::HexOrZero(mask.into()));
    } else {
        with_mask(dscp.into(), mask.into(), DSCP_BITS.into(), ["dscp", "dscp_mask"], " dscp ", context);
    }
}

/// A number and its mask, in hexadecimal; text leaves the mask out where all bits count.
fn with_mask(value: u32, mask: u32, all: u32, keys: [&str; 2], before: &str, context: &mut Context) {
    context.out.put(keys[0], before, Value::HexOrZero(value.into()), "");
    context.out.json(keys[1], Value::HexOrZero(mask.into()));
    if mask != all {
        context.out.text("/");
        context.out.text_value(Value::HexOrZero(mask.into()));
    }
}
